#include "ber.h"

#define TAG_BYTES    3
#define LENGTH_BYTES 4

static uint32_t read_tag(struct tg_reader *r)
{
	uint8_t byte = tg_read_u8(r);
	uint32_t tag = byte;
	if ((byte & 0x1F) != 0x1F)
		return tag;
	for (int i = 1; i < TAG_BYTES; i++) {
		byte = tg_read_u8(r);
		tag = tag << 8 | byte;
		if (!(byte & 0x80))
			return tag;
	}
	r->failed = true;
	return 0;
}

static size_t read_length(struct tg_reader *r)
{
	uint8_t byte = tg_read_u8(r);
	if (byte < 0x80)
		return byte;
	unsigned n = byte & 0x7F;
	if (n == 0 || n > LENGTH_BYTES) { /* 80 is the indefinite form, which no chip may use */
		r->failed = true;
		return 0;
	}
	size_t length = 0;
	while (n--)
		length = length << 8 | tg_read_u8(r);
	return length;
}

bool tg_ber_next(struct tg_reader *r, struct tg_ber *out)
{
	if (r->failed || r->p == r->end)
		return false;
	out->tag = read_tag(r);
	size_t length = read_length(r);
	if (r->failed)
		return false;
	out->value = tg_read_bytes(r, length);
	return !r->failed;
}

bool tg_ber_find(struct tg_bytes level, uint32_t tag, struct tg_bytes *value)
{
	struct tg_reader r;
	struct tg_ber t;
	bool found = false;
	tg_reader_init(&r, level.data, level.len);
	while (tg_ber_next(&r, &t)) {
		if (t.tag == tag && !found) {
			*value = t.value;
			found = true;
		}
	}
	return found && !r.failed;
}

bool tg_ber_whole(struct tg_bytes bytes, uint32_t tag, struct tg_bytes *value)
{
	struct tg_reader r;
	struct tg_ber t;
	tg_reader_init(&r, bytes.data, bytes.len);
	if (!tg_ber_next(&r, &t) || t.tag != tag || !tg_reader_done(&r))
		return false;
	*value = t.value;
	return true;
}

bool tg_ber_path(struct tg_bytes bytes, const uint32_t *tags, size_t n, struct tg_bytes *value)
{
	if (n == 0 || !tg_ber_whole(bytes, tags[0], value))
		return false;
	for (size_t i = 1; i < n; i++)
		if (!tg_ber_find(*value, tags[i], value))
			return false;
	return true;
}

bool tg_ber_measure(struct tg_bytes head, uint32_t *tag, size_t *total)
{
	struct tg_reader r;
	tg_reader_init(&r, head.data, head.len);
	*tag = read_tag(&r);
	size_t length = read_length(&r);
	if (r.failed)
		return false;
	*total = (size_t)(r.p - head.data) + length;
	return true;
}

void tg_ber_put_head(struct tg_buf *b, uint32_t tag, size_t length)
{
	if (tag > 0xFFFF)
		tg_buf_add_u8(b, (uint8_t)(tag >> 16));
	if (tag > 0xFF)
		tg_buf_add_u8(b, (uint8_t)(tag >> 8));
	tg_buf_add_u8(b, (uint8_t)tag);
	if (length > 0xFFFF)
		b->failed = true;
	if (length > 0xFF) {
		tg_buf_add_u8(b, 0x82);
		tg_buf_add_u16(b, (uint16_t)length);
		return;
	}
	if (length > 0x7F)
		tg_buf_add_u8(b, 0x81);
	tg_buf_add_u8(b, (uint8_t)length);
}

void tg_ber_put(struct tg_buf *b, uint32_t tag, struct tg_bytes value)
{
	tg_ber_put_head(b, tag, value.len);
	tg_buf_add(b, value.data, value.len);
}
