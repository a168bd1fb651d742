/* A kiosk that was away, with the real tables on both sides: everything comes, each thing once, whatever happens to the
 * pages in between; what was gone so long that the centre forgot it. Requirement C-5. */
#include "lib.h"

#include <stdlib.h>

#define KEEP 1000 /* milliseconds; of what is gone */

struct world {
	char dir[64], kiosk_path[128];
	struct tg_store *centre;
	struct tg_sync sync;
	const char *who;
	/* Of the next questions: */
	bool lose;    /* the answer does not come */
	bool doubled; /* it is the answer to the question before */
	struct tg_buf last;
	unsigned asked, items, anew;
	uint64_t seen[64]; /* a bit for each thing that came since begin() */
	unsigned twice;
};

static enum tg_status add_item(const struct tg_feed_item *item, void *ctx)
{
	return tg_feed_write(item, ctx);
}

static void note_items(struct world *w, const struct tg_buf *page, const struct tg_feed_place *at)
{
	struct tg_feed_item *items;
	struct tg_feed_page read;
	assert_int_equal(tg_feed_read((struct tg_bytes){page->data, page->len}, at, &items, &read), TG_OK);
	w->anew += read.anew;
	for (size_t i = 0; i < read.n; i++) {
		unsigned long n = strtoul(items[i].key + 1, NULL, 10);
		uint64_t bit = UINT64_C(1) << (n % 64);
		w->twice += (w->seen[n / 64 % 64] & bit) != 0;
		w->seen[n / 64 % 64] |= bit;
		w->items++;
	}
	free(items);
}

static enum tg_status give(void *ctx, const struct tg_feed_place *asked, struct tg_buf *answer, struct tg_error *err)
{
	struct world *w = ctx;
	struct tg_feed_writer page = {0};
	struct tg_feed_place at = *asked;
	uint64_t head = 0;
	w->asked++;
	assert_true(w->asked < 10000); /* no question without end */
	assert_int_equal(tg_store_feed_begin(w->centre, &at, 1000, &head, NULL), TG_OK);
	tg_feed_write_begin(&page, asked->after, &at, at.after != asked->after || at.walk != asked->walk);
	enum tg_status st =
	        tg_store_feed_for(w->centre, w->who, at.after, (int)TG_FEED_PAGE_ITEMS + 1, add_item, &page, NULL);
	assert_true(st == TG_OK || st == TG_LIMIT);
	assert_int_equal(tg_feed_write_end(&page, head, st == TG_LIMIT, 1000), TG_OK);
	if (w->lose) {
		tg_buf_finish(&page.bytes);
		return tg_error_set(err, TG_CENTRE_DOWN, "lost");
	}
	const struct tg_buf *told = w->doubled && w->last.len > 0 ? &w->last : &page.bytes;
	if (told == &page.bytes)
		note_items(w, told, asked);
	tg_buf_add(answer, told->data, told->len);
	tg_buf_reset(&w->last);
	tg_buf_add(&w->last, page.bytes.data, page.bytes.len);
	tg_buf_finish(&page.bytes);
	return TG_OK;
}

static void open_kiosk(struct world *w)
{
	const struct tg_sender_config pace = tg_sender_defaults();
	tg_sync_init(&w->sync, &pace);
	assert_int_equal(tg_store_open(&w->sync.store, w->kiosk_path, TG_STORE_KIOSK, KIOSK, NULL), TG_OK);
	w->sync.port = (struct tg_sync_port){.feed = give, .ctx = w};
}

static void close_kiosk(struct world *w)
{
	tg_store_close(w->sync.store);
	tg_sync_finish(&w->sync);
}

static void set_up(struct world *w)
{
	char path[128];
	*w = (struct world){.who = KIOSK};
	const char *dir = make_dir(w->dir);
	(void)snprintf(path, sizeof(path), "%s/centre.db", dir);
	(void)snprintf(w->kiosk_path, sizeof(w->kiosk_path), "%s/kiosk.db", dir);
	assert_int_equal(tg_store_open(&w->centre, path, TG_STORE_CENTRE, NULL, NULL), TG_OK);
	open_kiosk(w);
}

static void tear_down(struct world *w)
{
	close_kiosk(w);
	tg_store_close(w->centre);
	tg_buf_finish(&w->last);
	drop_dir(w->dir);
}

static void say(struct world *w, const char *kind, unsigned n, const char *audience, bool gone, int64_t ms)
{
	struct tg_feed_item item = {.time_ms = ms, .body = gone ? NULL : "{}", .body_len = gone ? 0 : 2};
	(void)tg_copy(item.kind, sizeof(item.kind), kind);
	(void)snprintf(item.key, sizeof(item.key), "n%u", n);
	(void)tg_copy(item.audience, sizeof(item.audience), audience);
	assert_int_equal(tg_store_feed_add(w->centre, &item, NULL), TG_OK);
}

/* Nothing came so far. */
static void begin(struct world *w)
{
	memset(w->seen, 0, sizeof(w->seen));
	w->asked = w->items = w->twice = w->anew = 0;
}

static void read_all(struct world *w)
{
	bool more = true;
	while (more) {
		struct tg_error err = {0};
		enum tg_status st = tg_sync_feed(&w->sync, &more, &err);
		if (st != TG_OK)
			print_error("%s\n", err.detail);
		assert_int_equal(st, TG_OK);
	}
}

static enum tg_status join(const struct tg_feed_item *item, void *ctx)
{
	tg_buf_addf(ctx, "%s ", item->key);
	return TG_OK;
}

/* What the kiosk holds is what the centre has for it: each a text of keys. */
static void assert_level(struct world *w)
{
	struct tg_buf here = TG_BUF_INIT, there = TG_BUF_INIT;
	struct tg_store *fresh = NULL;
	struct world other = *w;
	char path[160];
	(void)snprintf(path, sizeof(path), "%s-fresh", w->kiosk_path);
	/* A kiosk that has never been there before: it reads all there is. */
	assert_int_equal(tg_store_open(&fresh, path, TG_STORE_KIOSK, KIOSK, NULL), TG_OK);
	other.sync.store = fresh;
	other.sync.port.ctx = &other;
	other.sync.answer = (struct tg_buf)TG_BUF_INIT;
	other.last = (struct tg_buf)TG_BUF_INIT;
	other.lose = other.doubled = false;
	read_all(&other);
	assert_int_equal(tg_store_feed_held(w->sync.store, NULL, 100000, join, &here, NULL), TG_OK);
	assert_int_equal(tg_store_feed_held(fresh, NULL, 100000, join, &there, NULL), TG_OK);
	assert_string_equal(tg_buf_str(&here), tg_buf_str(&there));
	tg_buf_finish(&here);
	tg_buf_finish(&there);
	tg_buf_finish(&other.sync.answer);
	tg_buf_finish(&other.last);
	tg_store_close(fresh);
	(void)remove(path);
}

static unsigned held(struct world *w)
{
	struct tg_buf b = TG_BUF_INIT;
	unsigned n = 0;
	assert_int_equal(tg_store_feed_held(w->sync.store, NULL, 100000, join, &b, NULL), TG_OK);
	for (size_t i = 0; i < b.len; i++)
		n += b.data[i] == ' ';
	tg_buf_finish(&b);
	return n;
}

/* 3 000 things, most of them said many times, some for other kiosks. */
static void a_month(struct world *w)
{
	uint64_t random = 7;
	for (unsigned i = 0; i < 6000; i++)
		say(w, "news", draw(&random) % 1000, "", draw(&random) % 10 == 0, 1000 + i);
	for (unsigned i = 1000; i < 2000; i++)
		say(w, "news", i, "", false, 8000);
	for (unsigned i = 2000; i < 3000; i++)
		say(w, "application", i, i % 2 ? "K02B-1" : KIOSK, false, 9000);
}

static void test_c5_killed_at_any_page(void **state)
{
	(void)state;
	struct world w;
	bool more = true;
	set_up(&w);
	a_month(&w);
	begin(&w);
	for (unsigned pages = 0; more; pages++) {
		w.lose = pages % 3 == 1; /* an answer is lost: nothing happened */
		enum tg_status st = tg_sync_feed(&w.sync, &more, &(struct tg_error){0});
		assert_int_equal(st, w.lose ? TG_CENTRE_DOWN : TG_OK);
		more = more || w.lose;
		close_kiosk(&w); /* and the program is begun again */
		open_kiosk(&w);
	}
	assert_true(w.asked > 10 && w.twice == 0 && w.anew == 0);
	assert_level(&w);
	/* Nothing of the other's. */
	for (unsigned i = 2001; i < 3000; i += 2)
		assert_false(w.seen[i / 64] & (UINT64_C(1) << (i % 64)));
	tear_down(&w);
}

static void test_c5_a_page_repeated_is_no_page(void **state)
{
	(void)state;
	struct world w;
	bool more = true;
	set_up(&w);
	a_month(&w);
	assert_int_equal(tg_sync_feed(&w.sync, &more, &(struct tg_error){0}), TG_OK);
	w.doubled = true;
	assert_int_equal(tg_sync_feed(&w.sync, &more, &(struct tg_error){0}), TG_CENTRE_GARBAGE);
	assert_true(held(&w) <= TG_FEED_PAGE_ITEMS);
	w.doubled = false;
	begin(&w);
	read_all(&w);
	assert_int_equal(w.twice, 0);
	assert_level(&w);
	/* An answer to a question from elsewhere, brought by another connection. */
	struct tg_feed_place elsewhere = {1, 0};
	assert_int_equal(tg_sync_feed_came(&w.sync, &elsewhere, (struct tg_bytes){w.last.data, w.last.len}, &more,
	                         &(struct tg_error){0}),
	        TG_CENTRE_GARBAGE);
	assert_level(&w);
	tear_down(&w);
}

static void forget(struct world *w, int64_t before_ms)
{
	int n = 1, all = 0;
	for (; n > 0; all += n)
		assert_int_equal(tg_store_feed_tidy(w->centre, before_ms, 10, &n, NULL), TG_OK);
	assert_true(all > 0);
}

/* The kiosk was away so long that the centre does not know any more what is gone. Until it has read everything, what it
 * held stays in use: a lock is no less a lock. */
static void test_c5_away_too_long_reads_anew(void **state)
{
	(void)state;
	struct world w;
	bool more = true;
	set_up(&w);
	for (unsigned i = 0; i < 1000; i++)
		say(&w, "news", i, "", false, 1000);
	read_all(&w);
	assert_int_equal(held(&w), 1000);
	for (unsigned i = 0; i < 1000; i += 2)
		say(&w, "news", i, "", true, 2000);
	for (unsigned i = 1000; i < 1600; i++)
		say(&w, "news", i, "", false, 3000);
	forget(&w, 2000 + KEEP);
	begin(&w);
	for (unsigned pages = 0; more; pages++) {
		assert_int_equal(tg_sync_feed(&w.sync, &more, &(struct tg_error){0}), TG_OK);
		assert_true(held(&w) >= 1000 || !more);
		if (pages == 1) { /* what is said meanwhile comes too, and once */
			say(&w, "news", 1, "", true, 4000);
			say(&w, "news", 3000, "", false, 4000);
		}
		close_kiosk(&w);
		open_kiosk(&w);
	}
	assert_true(w.anew == 1 && w.twice <= 1);
	assert_int_equal(held(&w), 500 + 600 - 1 + 1);
	assert_level(&w);
	/* And again from where it is: nothing is read twice. */
	begin(&w);
	read_all(&w);
	assert_true(w.asked == 1 && w.items == 0 && w.anew == 0);
	/* One that knew of all that is forgotten is not bothered. */
	say(&w, "news", 3000, "", true, 5000);
	read_all(&w);
	forget(&w, 9000);
	begin(&w);
	read_all(&w);
	assert_true(w.anew == 0 && w.items == 0);
	assert_level(&w);
	tear_down(&w);
}

/* The centre forgets more while a kiosk reads anew: it begins once more, not for ever. */
static void test_c5_forgotten_while_it_reads(void **state)
{
	(void)state;
	struct world w;
	bool more = true;
	set_up(&w);
	for (unsigned i = 0; i < 900; i++)
		say(&w, "news", i, "", false, 1000);
	read_all(&w);
	say(&w, "news", 0, "", true, 2000);
	forget(&w, 3000);
	begin(&w);
	assert_int_equal(tg_sync_feed(&w.sync, &more, &(struct tg_error){0}), TG_OK);
	say(&w, "news", 1, "", true, 3000);
	forget(&w, 4000);
	read_all(&w);
	assert_int_equal(w.anew, 2);
	assert_int_equal(held(&w), 898);
	assert_level(&w);
	tear_down(&w);
}

/* Restored from before: the kiosk is further than the centre. It keeps what it has, and hears what is said from now on.
 */
static void test_c5_a_cursor_beyond_the_centre(void **state)
{
	(void)state;
	struct world w;
	set_up(&w);
	for (unsigned i = 0; i < 600; i++)
		say(&w, "news", i, "", false, 1000);
	struct tg_feed_item items[1] = {{.cursor = UINT64_C(9000000),
	        .time_ms = 9000,
	        .kind = "news",
	        .key = "n700",
	        .body = "{}",
	        .body_len = 2}};
	assert_int_equal(tg_store_feed_take(w.sync.store, items, 1, NULL), TG_OK);
	begin(&w);
	read_all(&w);
	assert_true(w.items == 0 && held(&w) == 1);
	say(&w, "news", 701, "", false, 10000); /* the clock has gone on: its cursor is above any given out */
	read_all(&w);
	assert_true(w.items == 1 && held(&w) == 2);
	tear_down(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_c5_a_page_repeated_is_no_page),
	        cmocka_unit_test(test_c5_killed_at_any_page),
	        cmocka_unit_test(test_c5_away_too_long_reads_anew),
	        cmocka_unit_test(test_c5_forgotten_while_it_reads),
	        cmocka_unit_test(test_c5_a_cursor_beyond_the_centre),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
