/* Pages of the feed on the wire, and how they get into a kiosk's store. The page of bytes below was written by hand
 * from the format in sync.h. Requirement C-5. */
#include "lib.h"

#include <stdlib.h>

/* clang-format off */
static const uint8_t page_bytes[] = {
	't','a','m','g','a','-','f','e','e','d','-','2',0,
	0,0,0,0,0,0,0,7,             /* after 7 */
	0,0,0,0,0,0,0,3,             /* walk 3 */
	0,0,0,0,0,0,1,0,             /* up_to 256 */
	0,0,0,0,0,0,0x30,0x39,       /* at 12345 */
	1,                           /* more */
	0,2,
	0,0,0,0,0,0,0,9, 0,0,0,0,0,0,0,5, 4,'n','e','w','s', 1,'a', 1,'p', 0,0,0,3, '{','}',
	0,0,0,0,0,0,1,0, 0,0,0,0,0,0,0,6, 4,'l','o','c','k', 1,'b', 0,     0,0,0,0,
};
/* clang-format on */

struct read { /* a page, and its items, which are ours */
	struct tg_feed_page page;
	struct tg_feed_item *items;
};

static enum tg_status read_at(const void *bytes, size_t n, uint64_t after, uint64_t walk, struct read *out)
{
	const struct tg_feed_place asked = {after, walk};
	/* On the heap at its exact length, so that a step beyond is seen. */
	uint8_t *copy = malloc(n > 0 ? n : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, n);
	const struct tg_bytes in = {copy, n};
	enum tg_status st = tg_feed_read(in, &asked, &out->items, &out->page);
	if (st == TG_OK) /* bodies are borrowed */
		for (size_t i = 0; i < out->page.n; i++)
			assert_true(!out->items[i].body || (const uint8_t *)out->items[i].body >= copy);
	free(copy);
	return st;
}

static enum tg_status read_page(const void *bytes, size_t n, uint64_t after, struct read *out)
{
	return read_at(bytes, n, after, 3, out);
}

static void test_c5_no_part_of_a_page_is_a_page(void **state)
{
	(void)state;
	struct read r;
	for (size_t n = 0; n < sizeof(page_bytes); n++)
		assert_int_equal(read_page(page_bytes, n, 7, &r), TG_INVALID);
	uint8_t longer[sizeof(page_bytes) + 1] = {0};
	memcpy(longer, page_bytes, sizeof(page_bytes));
	assert_int_equal(read_page(longer, sizeof(longer), 7, &r), TG_INVALID);
	assert_int_equal(read_page(page_bytes, sizeof(page_bytes), 8, &r), TG_INVALID);
	/* Any changed byte: refused, or a page of other words; never a step beyond its bytes. */
	for (size_t at = 0; at < sizeof(page_bytes); at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			uint8_t bent[sizeof(page_bytes)];
			memcpy(bent, page_bytes, sizeof(bent));
			bent[at] ^= (uint8_t)(1u << bit);
			enum tg_status st = read_page(bent, sizeof(bent), 7, &r);
			if (at < 29 && st == TG_OK) /* only a page that is anew has another walk than was asked for */
				fail();
			if (st == TG_OK)
				free(r.items);
		}
}

static void test_c5_lengths_that_cannot_be(void **state)
{
	(void)state;
	struct read r;
	static uint8_t huge[TG_FEED_PAGE_BYTES + 1];
	memcpy(huge, page_bytes, sizeof(page_bytes));
	assert_int_equal(read_page(huge, sizeof(huge), 7, &r), TG_INVALID);
	uint8_t bent[sizeof(page_bytes)];
	memcpy(bent, page_bytes, sizeof(bent));
	bent[45] = 4; /* no flag that there is */
	assert_int_equal(read_page(bent, sizeof(bent), 7, &r), TG_INVALID);
	memcpy(bent, page_bytes, sizeof(bent));
	bent[46] = 1, bent[47] = 1; /* 257 items */
	assert_int_equal(read_page(bent, sizeof(bent), 7, &r), TG_INVALID);
	memcpy(bent, page_bytes, sizeof(bent));
	memset(bent + 74, 0xff, 4); /* a body of four gigabytes */
	assert_int_equal(read_page(bent, sizeof(bent), 7, &r), TG_INVALID);
	memcpy(bent, page_bytes, sizeof(bent));
	bent[67] = '\0'; /* a kind with an end in it */
	assert_int_equal(read_page(bent, sizeof(bent), 7, &r), TG_INVALID);
	/* "There are more", and nothing in it: a kiosk would ask for ever. */
	bent[45] = 1;
	bent[46] = bent[47] = 0;
	assert_int_equal(read_page(bent, 48, 7, &r), TG_INVALID);
	bent[45] = 0;
	assert_int_equal(read_page(bent, 48, 7, &r), TG_OK);
	free(r.items);
}

static void test_c5_a_page_is_read(void **state)
{
	(void)state;
	struct read r;
	const struct tg_bytes in = {page_bytes, sizeof(page_bytes)};
	const struct tg_feed_place asked = {7, 3};
	assert_int_equal(tg_feed_read(in, &asked, &r.items, &r.page), TG_OK);
	assert_true(r.page.n == 2 && r.page.up_to == 256 && r.page.centre_ms == 12345 && r.page.more && !r.page.anew);
	assert_true(r.items[0].cursor == 9 && r.items[0].time_ms == 5 && r.items[0].body_len == 2);
	assert_string_equal(r.items[0].kind, "news");
	assert_string_equal(r.items[0].key, "a");
	assert_string_equal(r.items[0].provider, "p");
	assert_memory_equal(r.items[0].body, "{}", 2);
	assert_true(r.items[1].cursor == 256 && !r.items[1].body);
	free(r.items);
}

/* What was forgotten to be gone: everything from the beginning, under a walk of its own. */
static void test_c5_a_page_that_begins_anew(void **state)
{
	(void)state;
	struct read r;
	uint8_t anew[sizeof(page_bytes)];
	memcpy(anew, page_bytes, sizeof(anew));
	anew[45] = 3;
	anew[28] = 200; /* walk */
	anew[55] = 1;   /* the first cursor: behind the question, and yet in order */
	assert_int_equal(read_page(anew, sizeof(anew), 7, &r), TG_OK);
	assert_true(r.page.anew && r.page.walk == 200 && r.items[0].cursor == 1);
	free(r.items);
	assert_int_equal(read_page(anew, sizeof(anew), 8, &r), TG_INVALID);
	anew[28] = 0;
	assert_int_equal(read_page(anew, sizeof(anew), 7, &r), TG_INVALID);
	assert_int_equal(read_at(page_bytes, sizeof(page_bytes), 7, 4, &r), TG_INVALID);
}

static void test_c5_a_page_is_written(void **state)
{
	(void)state;
	struct tg_feed_writer w = {0};
	const struct tg_feed_item a = {9, 5, "news", "a", "p", "{}", 2, ""},
	                          b = {256, 6, "lock", "b", "", NULL, 0, "K1"};
	for (int again = 0; again < 2; again++) { /* its memory is used again */
		const struct tg_feed_place from = {7, 3};
		tg_feed_write_begin(&w, 7, &from, false);
		assert_int_equal(tg_feed_write(&a, &w), TG_OK);
		assert_int_equal(tg_feed_write(&b, &w), TG_OK);
		assert_int_equal(tg_feed_write_end(&w, 1000, true, 12345), TG_OK);
		assert_int_equal(w.bytes.len, sizeof(page_bytes));
		assert_memory_equal(w.bytes.data, page_bytes, sizeof(page_bytes));
	}
	tg_buf_finish(&w.bytes);
}

static void begin(struct tg_feed_writer *w, uint64_t after)
{
	const struct tg_feed_place from = {after, 0};
	tg_feed_write_begin(w, after, &from, false);
}

static void test_c5_pages_have_a_cap(void **state)
{
	(void)state;
	static char body[TG_FEED_BODY_MAX];
	struct tg_feed_writer w = {0};
	struct read r;
	memset(body, ' ', sizeof(body));
	memcpy(body, "{}", 2);
	struct tg_feed_item small = {1, 5, "news", "a", "p", "{}", 2, ""},
	                    large = {1, 5, "news", "a", "p", body, sizeof(body), ""};
	begin(&w, 0);
	while (tg_feed_write(&small, &w) == TG_OK)
		small.cursor++;
	assert_int_equal(w.n, TG_FEED_PAGE_ITEMS);
	begin(&w, 0);
	while (tg_feed_write(&large, &w) == TG_OK)
		large.cursor++;
	assert_int_equal(w.n, 7); /* 256 KiB hold seven of 32 KiB and their heads */
	assert_int_equal(tg_feed_write_end(&w, 1000, true, 1), TG_OK);
	assert_true(w.bytes.len <= TG_FEED_PAGE_BYTES);
	const struct tg_bytes in = {w.bytes.data, w.bytes.len};
	assert_int_equal(read_at(in.data, in.len, 0, 0, &r), TG_OK);
	assert_true(r.page.n == 7 && r.page.up_to == 7);
	free(r.items);
	/* Not full: everything up to the head is in it. A head behind the question changes nothing. */
	begin(&w, 20);
	assert_int_equal(tg_feed_write_end(&w, 30, false, 1), TG_OK);
	const struct tg_bytes empty = {w.bytes.data, w.bytes.len};
	assert_int_equal(read_at(empty.data, empty.len, 20, 0, &r), TG_OK);
	assert_true(r.page.n == 0 && r.page.up_to == 30);
	free(r.items);
	begin(&w, 20);
	assert_int_equal(tg_feed_write_end(&w, 10, false, 1), TG_OK);
	const struct tg_bytes behind = {w.bytes.data, w.bytes.len};
	assert_int_equal(read_at(behind.data, behind.len, 20, 0, &r), TG_OK);
	assert_true(r.page.up_to == 20);
	free(r.items);
	tg_buf_finish(&w.bytes);
}

/* --- A kiosk that reads: a centre as a list, which loses answers, lies and comes back. */
enum { ITEMS = 40 };
struct centre {
	uint64_t cursors[ITEMS];
	unsigned n, per_page;
	enum tg_status fails; /* the next question */
	unsigned asked;
	bool garbage, past;
};

static enum tg_status give_page(void *ctx, const struct tg_feed_place *at, struct tg_buf *answer, struct tg_error *err)
{
	struct centre *c = ctx;
	struct tg_feed_writer w = {0};
	uint64_t after = at->after;
	c->asked++;
	if (c->fails != TG_OK)
		return tg_error_set(err, c->fails, "as told");
	begin(&w, after);
	bool more = false;
	uint64_t from = c->past ? 0 : after;
	for (unsigned i = 0; i < c->n; i++) {
		struct tg_feed_item item = {c->cursors[i], 1, "news", "", "", "{}", 2, ""};
		if (item.cursor <= from)
			continue;
		(void)snprintf(item.key, sizeof(item.key), "n%u", i);
		more = w.n == c->per_page;
		if (more)
			break;
		assert_int_equal(tg_feed_write(&item, &w), TG_OK);
	}
	assert_int_equal(tg_feed_write_end(&w, c->n > 0 ? c->cursors[c->n - 1] : 0, more, 1000), TG_OK);
	tg_buf_add(answer, w.bytes.data, c->garbage ? w.bytes.len / 2 : w.bytes.len);
	tg_buf_finish(&w.bytes);
	return TG_OK;
}

struct reading {
	char dir[64];
	struct centre centre;
	struct tg_sync sync;
};

static void set_up(struct reading *r)
{
	char path[128];
	const struct tg_sender_config pace = tg_sender_defaults();
	*r = (struct reading){.centre = {.per_page = 4}};
	(void)snprintf(path, sizeof(path), "%s/kiosk.db", make_dir(r->dir));
	tg_sync_init(&r->sync, &pace);
	assert_int_equal(tg_store_open(&r->sync.store, path, TG_STORE_KIOSK, KIOSK, NULL), TG_OK);
	r->sync.port = (struct tg_sync_port){.feed = give_page, .ctx = &r->centre};
	for (unsigned i = 0; i < 10; i++)
		r->centre.cursors[r->centre.n++] = 10 * (i + 1);
}

static void tear_down(struct reading *r)
{
	tg_store_close(r->sync.store);
	tg_sync_finish(&r->sync);
	drop_dir(r->dir);
}

static enum tg_status count_item(const struct tg_feed_item *item, void *ctx)
{
	(void)item;
	++*(unsigned *)ctx;
	return TG_OK;
}

static void assert_knows(struct reading *r, uint64_t cursor, unsigned items)
{
	uint64_t at = 99;
	unsigned n = 0;
	assert_int_equal(tg_store_feed_cursor(r->sync.store, &at, NULL), TG_OK);
	assert_int_equal(tg_store_feed_held(r->sync.store, NULL, 100, count_item, &n, NULL), TG_OK);
	assert_int_equal(at, cursor);
	assert_int_equal(n, items);
}

static enum tg_status read_on(struct reading *r, bool *more)
{
	struct tg_error err = {0};
	return tg_sync_feed(&r->sync, more, &err);
}

static void test_c5_nothing_of_garbage_is_taken(void **state)
{
	(void)state;
	struct reading r;
	bool more = true;
	set_up(&r);
	r.centre.garbage = true;
	assert_int_equal(read_on(&r, &more), TG_CENTRE_GARBAGE);
	assert_false(more);
	assert_knows(&r, 0, 0);
	r.centre.garbage = false;
	assert_int_equal(read_on(&r, &more), TG_OK);
	assert_knows(&r, 40, 4);
	r.centre.past = true; /* well-formed, but of what we had */
	assert_int_equal(read_on(&r, &more), TG_CENTRE_GARBAGE);
	assert_knows(&r, 40, 4);
	tear_down(&r);
}

static void test_c5_reading_goes_on_where_it_was(void **state)
{
	(void)state;
	struct reading r;
	bool more = false;
	set_up(&r);
	assert_int_equal(read_on(&r, &more), TG_OK);
	assert_true(more);
	assert_knows(&r, 40, 4);
	static const enum tg_status failures[] = {TG_CENTRE_DOWN, TG_TIMEOUT, TG_TLS, TG_KIOSK_UNKNOWN};
	for (size_t i = 0; i < 4; i++) {
		r.centre.fails = failures[i];
		assert_int_equal(read_on(&r, &more), failures[i]);
		assert_false(more);
		assert_knows(&r, 40, 4);
	}
	r.centre.fails = TG_OK;
	assert_int_equal(read_on(&r, &more), TG_OK);
	assert_int_equal(read_on(&r, &more), TG_OK);
	assert_false(more);
	assert_knows(&r, 100, 10);
	assert_int_equal(read_on(&r, &more), TG_OK);
	assert_false(more);
	/* A centre restored from before has less than we know: we keep what we have and hear what is new. */
	r.centre.n = 3;
	assert_int_equal(read_on(&r, &more), TG_OK);
	assert_knows(&r, 100, 10);
	r.centre.cursors[r.centre.n++] = 200;
	assert_int_equal(read_on(&r, &more), TG_OK);
	assert_knows(&r, 200, 10); /* the fourth took the place of the old fourth */
	tear_down(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_c5_no_part_of_a_page_is_a_page),
	        cmocka_unit_test(test_c5_lengths_that_cannot_be),
	        cmocka_unit_test(test_c5_nothing_of_garbage_is_taken),
	        cmocka_unit_test(test_c5_a_page_is_read),
	        cmocka_unit_test(test_c5_a_page_that_begins_anew),
	        cmocka_unit_test(test_c5_a_page_is_written),
	        cmocka_unit_test(test_c5_pages_have_a_cap),
	        cmocka_unit_test(test_c5_reading_goes_on_where_it_was),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
