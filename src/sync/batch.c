/* Batches of entries on the way from a kiosk to the centre. */
#include "tamga/sync.h"

#include <stdlib.h>

static const char label[] = "tamga-batch-1";
#define HEAD_LEN (sizeof(label) + 4)

void tg_batch_begin(struct tg_batch *b)
{
	tg_buf_reset(&b->bytes);
	tg_buf_add(&b->bytes, label, sizeof(label));
	tg_buf_add_u32(&b->bytes, 0);
	b->n = 0;
	b->first = b->last = 0;
}

/* The count stands before the entries and grows with each. */
static void write_count(struct tg_batch *b)
{
	for (unsigned i = 0; i < 4; i++)
		b->bytes.data[sizeof(label) + i] = (uint8_t)(b->n >> (24 - 8 * i));
}

enum tg_status tg_batch_add(struct tg_batch *b, const struct tg_entry *e)
{
	size_t before = b->bytes.len;
	if (b->n == TG_BATCH_ENTRIES)
		return TG_LIMIT;
	if (b->n > 0 && e->seq != b->last + 1)
		return TG_CHAIN_BROKEN;
	tg_entry_encode(e, &b->bytes);
	TG_TRY(tg_buf_status(&b->bytes));
	if (b->bytes.len > TG_BATCH_BYTES) {
		b->bytes.len = before;
		return TG_LIMIT;
	}
	if (b->n == 0)
		b->first = e->seq;
	b->last = e->seq;
	b->n++;
	write_count(b);
	return TG_OK;
}

void tg_batch_finish(struct tg_batch *b)
{
	tg_buf_finish(&b->bytes);
	*b = (struct tg_batch){0};
}

static enum tg_status decode_entries(struct tg_reader *r, const char *kiosk, struct tg_entry *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		TG_TRY(tg_entry_decode(r, &list[i]));
		if (strcmp(list[i].kiosk, kiosk) != 0)
			return TG_SYNC_FOREIGN;
		if (i > 0 && list[i].seq != list[i - 1].seq + 1)
			return TG_INVALID;
	}
	return tg_reader_done(r) ? TG_OK : TG_INVALID;
}

enum tg_status tg_batch_decode(struct tg_bytes in, const char *kiosk, struct tg_entry **entries, size_t *n)
{
	struct tg_reader r;
	*entries = NULL;
	*n = 0;
	if (in.len > TG_BATCH_BYTES)
		return TG_LIMIT;
	tg_reader_init(&r, in.data, in.len);
	struct tg_bytes head = tg_read_bytes(&r, sizeof(label));
	uint32_t count = tg_read_u32(&r);
	if (r.failed || memcmp(head.data, label, sizeof(label)) != 0 || count == 0)
		return TG_INVALID;
	if (count > TG_BATCH_ENTRIES)
		return TG_LIMIT;
	struct tg_entry *list = calloc(count, sizeof(*list));
	if (!list)
		return TG_NO_MEMORY;
	enum tg_status st = decode_entries(&r, kiosk, list, count);
	if (st != TG_OK) {
		free(list);
		return st;
	}
	*entries = list;
	*n = count;
	return TG_OK;
}

/* Label, count, then the first entry, which begins with its stream. */
enum tg_status tg_batch_look(struct tg_bytes start, const char *kiosk)
{
	struct tg_reader r;
	const size_t n = strlen(kiosk);
	size_t there = start.len < sizeof(label) ? start.len : sizeof(label);
	if (there > 0 && memcmp(start.data, label, there) != 0)
		return TG_INVALID;
	if (start.len < HEAD_LEN)
		return TG_OK;
	tg_reader_init(&r, start.data + sizeof(label), start.len - sizeof(label));
	uint32_t count = tg_read_u32(&r);
	if (count == 0)
		return TG_INVALID;
	if (count > TG_BATCH_ENTRIES)
		return TG_LIMIT;
	if (start.len < HEAD_LEN + 2 + n)
		return TG_OK;
	bool own = tg_read_u16(&r) == n && memcmp(tg_read_bytes(&r, n).data, kiosk, n) == 0;
	return own ? TG_OK : TG_SYNC_FOREIGN;
}
