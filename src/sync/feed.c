/* Pages of the feed, and one exchange that brings a page into the kiosk's store. */
#include "tamga/sync.h"

#include <stdlib.h>

static const char label[] = "tamga-feed-2";

enum flag { FLAG_MORE = 1, FLAG_ANEW = 2 };

/* Places of what is known only at the end. */
#define AT_UP_TO (sizeof(label) + 16)
#define AT_TIME  (AT_UP_TO + 8)
#define AT_FLAGS (AT_TIME + 8)
#define AT_COUNT (AT_FLAGS + 1)

static void put_be(struct tg_buf *b, size_t at, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		b->data[at + i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
}

void tg_feed_write_begin(struct tg_feed_writer *w, uint64_t after, const struct tg_feed_place *from, bool anew)
{
	tg_buf_reset(&w->bytes);
	tg_buf_add(&w->bytes, label, sizeof(label));
	tg_buf_add_u64(&w->bytes, after);
	tg_buf_add_u64(&w->bytes, from->walk);
	tg_buf_add_u64(&w->bytes, 0);
	tg_buf_add_u64(&w->bytes, 0);
	tg_buf_add_u8(&w->bytes, 0);
	tg_buf_add_u16(&w->bytes, 0);
	w->n = 0;
	w->last = from->after;
	w->anew = anew;
}

static void add_short(struct tg_buf *b, const char *text)
{
	size_t n = strnlen(text, UINT8_MAX);
	tg_buf_add_u8(b, (uint8_t)n);
	tg_buf_add(b, text, n);
}

enum tg_status tg_feed_write(const struct tg_feed_item *item, void *writer)
{
	struct tg_feed_writer *w = writer;
	size_t before = w->bytes.len;
	if (w->n == TG_FEED_PAGE_ITEMS)
		return TG_LIMIT;
	tg_buf_add_u64(&w->bytes, item->cursor);
	tg_buf_add_u64(&w->bytes, (uint64_t)item->time_ms);
	add_short(&w->bytes, item->kind);
	add_short(&w->bytes, item->key);
	add_short(&w->bytes, item->provider);
	tg_buf_add_u32(&w->bytes, item->body ? (uint32_t)item->body_len + 1 : 0);
	if (item->body)
		tg_buf_add(&w->bytes, item->body, item->body_len);
	TG_TRY(tg_buf_status(&w->bytes));
	if (w->bytes.len > TG_FEED_PAGE_BYTES) {
		w->bytes.len = before;
		return TG_LIMIT;
	}
	w->last = item->cursor;
	w->n++;
	return TG_OK;
}

enum tg_status tg_feed_write_end(struct tg_feed_writer *w, uint64_t head, bool more, int64_t centre_ms)
{
	TG_TRY(tg_buf_status(&w->bytes));
	uint64_t up_to = more || w->last > head ? w->last : head;
	put_be(&w->bytes, AT_UP_TO, up_to, 8);
	put_be(&w->bytes, AT_TIME, (uint64_t)centre_ms, 8);
	put_be(&w->bytes, AT_FLAGS, (more ? FLAG_MORE : 0) | (w->anew ? FLAG_ANEW : 0), 1);
	put_be(&w->bytes, AT_COUNT, w->n, 2);
	return TG_OK;
}

static bool read_short(struct tg_reader *r, char *out, size_t cap)
{
	struct tg_bytes v = tg_read_bytes(r, tg_read_u8(r));
	if (r->failed || v.len >= cap || memchr(v.data, '\0', v.len))
		return false;
	memcpy(out, v.data, v.len);
	out[v.len] = '\0';
	return true;
}

static bool read_item(struct tg_reader *r, struct tg_feed_item *item)
{
	*item = (struct tg_feed_item){0};
	item->cursor = tg_read_u64(r);
	item->time_ms = tg_read_time(r);
	if (!read_short(r, item->kind, sizeof(item->kind)) || !read_short(r, item->key, sizeof(item->key)) ||
	        !read_short(r, item->provider, sizeof(item->provider)))
		return false;
	uint32_t n = tg_read_u32(r);
	if (n > 0) {
		struct tg_bytes body = tg_read_bytes(r, n - 1);
		item->body = r->failed || !body.data ? "" : (const char *)body.data;
		item->body_len = r->failed ? 0 : body.len;
	}
	return !r->failed;
}

/* Everything before the items; false: not the answer to this question. */
static bool read_head(struct tg_reader *r, const struct tg_feed_place *asked, struct tg_feed_page *out)
{
	struct tg_bytes head = tg_read_bytes(r, sizeof(label));
	uint64_t after = tg_read_u64(r);
	out->walk = tg_read_u64(r);
	out->up_to = tg_read_u64(r);
	out->centre_ms = tg_read_time(r);
	uint8_t flags = tg_read_u8(r);
	out->n = tg_read_u16(r);
	out->more = flags & FLAG_MORE;
	out->anew = flags & FLAG_ANEW;
	if (r->failed || memcmp(head.data, label, sizeof(label)) != 0 || flags > (FLAG_MORE | FLAG_ANEW))
		return false;
	bool bound = after == asked->after && (out->anew ? out->walk > 0 : out->walk == asked->walk);
	return bound && out->n <= TG_FEED_PAGE_ITEMS && (!out->more || out->n > 0);
}

enum tg_status tg_feed_read(
        struct tg_bytes in, const struct tg_feed_place *asked, struct tg_feed_item **items, struct tg_feed_page *out)
{
	struct tg_reader r;
	*out = (struct tg_feed_page){0};
	*items = NULL;
	if (in.len > TG_FEED_PAGE_BYTES)
		return TG_INVALID;
	tg_reader_init(&r, in.data, in.len);
	if (!read_head(&r, asked, out))
		return TG_INVALID;
	struct tg_feed_item *list = calloc(out->n + 1, sizeof(*list));
	if (!list)
		return TG_NO_MEMORY;
	bool ok = true;
	for (size_t i = 0; ok && i < out->n; i++)
		ok = read_item(&r, &list[i]);
	uint64_t last = ok && out->n > 0 ? list[out->n - 1].cursor : out->anew ? 0 : asked->after;
	/* A page that ends behind its last item says that nothing lies between: a full one cannot know. */
	ok = ok && (out->more ? out->up_to == last : out->up_to >= last);
	if (ok && tg_reader_done(&r)) {
		out->items = *items = list;
		return TG_OK;
	}
	free(list);
	*out = (struct tg_feed_page){0};
	return TG_INVALID;
}

enum tg_status tg_sync_feed_came(
        struct tg_sync *s, const struct tg_feed_place *asked, struct tg_bytes in, bool *more, struct tg_error *err)
{
	struct tg_feed_page page;
	struct tg_feed_item *items;
	struct tg_feed_place now;
	*more = false;
	TG_TRY(tg_store_feed_place(s->store, &now, err));
	if (now.after != asked->after || now.walk != asked->walk)
		return tg_error_set(err, TG_CENTRE_GARBAGE, "feed: the answer to another question");
	enum tg_status st = tg_feed_read(in, asked, &items, &page);
	if (st == TG_INVALID)
		return tg_error_set(err, TG_CENTRE_GARBAGE, "feed: not a page: %zu bytes", in.len);
	if (st != TG_OK)
		return tg_error_set(err, st, "feed");
	st = tg_store_feed_take_page(s->store, &page, err);
	*more = st == TG_OK && page.more;
	free(items);
	return st;
}

enum tg_status tg_sync_feed(struct tg_sync *s, bool *more, struct tg_error *err)
{
	struct tg_feed_place at;
	*more = false;
	TG_TRY(tg_store_feed_place(s->store, &at, err));
	tg_buf_reset(&s->answer);
	TG_TRY(s->port.feed(s->port.ctx, &at, &s->answer, err));
	return tg_sync_feed_came(s, &at, (struct tg_bytes){s->answer.data, s->answer.len}, more, err);
}
