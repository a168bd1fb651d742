/* The feed in the tables: the centre's items, a kiosk's cursor. Requirement C-5. */
#include "lib.h"

#include <unistd.h>

static struct tg_feed_item item_of(const char *kind, const char *key, const char *body)
{
	struct tg_feed_item i = {.time_ms = NOW, .body = body, .body_len = body ? strlen(body) : 0};
	assert_true(tg_copy(i.kind, sizeof(i.kind), kind));
	assert_true(tg_copy(i.key, sizeof(i.key), key));
	return i;
}

static uint64_t add(struct tg_store *c, const char *kind, const char *key, const char *body)
{
	struct tg_feed_item i = item_of(kind, key, body);
	struct tg_error err = {0};
	enum tg_status st = tg_store_feed_add(c, &i, &err);
	if (st != TG_OK)
		print_error("add: %s: %s\n", tg_status_name(st), err.detail);
	assert_int_equal(st, TG_OK);
	return i.cursor;
}

static enum tg_status join(const struct tg_feed_item *i, void *ctx)
{
	tg_buf_addf(ctx, "%s/%s/%.*s;", i->kind, i->key, i->body ? (int)i->body_len : 1, i->body ? i->body : "-");
	return TG_OK;
}

static void assert_held(struct tg_store *s, const char *kind, int max, const char *want)
{
	struct tg_buf b = TG_BUF_INIT;
	assert_int_equal(tg_store_feed_held(s, kind, max, join, &b, NULL), TG_OK);
	assert_string_equal(tg_buf_str(&b), want);
	tg_buf_finish(&b);
}

static uint64_t cursor_of(struct tg_store *s)
{
	uint64_t c = 99;
	assert_int_equal(tg_store_feed_cursor(s, &c, NULL), TG_OK);
	return c;
}

static void test_c5_what_is_no_item_is_refused(void **state)
{
	(void)state;
	struct tg_store *c = lib_open_centre("c");
	static char big[TG_FEED_BODY_MAX + 2];
	memset(big, ' ', sizeof(big) - 1);
	memcpy(big, "{}", 2);
	const struct {
		const char *kind, *key, *body;
	} bad[] = {{"", "k", "{}"}, {"news", "", "{}"}, {"ne ws", "k", "{}"}, {"news", "k\n", "{}"},
	        {"news", "к", "{}"}, {"news", "a\"b", "{}"}, {"news", "k", ""}, {"news", "k", "[]"}, {"news", "k", "{"},
	        {"news", "k", "{} {}"}, {"news", "k", "{\"a\":1,\"a\":2}"}, {"news", "k", "{\"a\":\"\xff\"}"},
	        {"news", "k", big}};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct tg_feed_item item = item_of(bad[i].kind, bad[i].key, bad[i].body);
		assert_int_equal(tg_store_feed_add(c, &item, NULL), TG_INVALID);
	}
	assert_int_equal(cursor_of(c), 0);
	big[TG_FEED_BODY_MAX] = '\0';
	(void)add(c, "news", "k", big);
	tg_store_close(c);
}

static void test_c5_cursors_grow_and_items_replace(void **state)
{
	(void)state;
	struct tg_store *c = lib_open_centre("c");
	struct tg_buf b = TG_BUF_INIT;
	uint64_t first = add(c, "news", "a", "{\"from_ms\":1}"), second = add(c, "news", "b", "{\"from_ms\":2}");
	uint64_t third = add(c, "register", "a", "{\"ms\":3}"), fourth = add(c, "news", "a", "{\"from_ms\":4}");
	assert_true(first > 0 && second > first && third > second && fourth > third);
	assert_int_equal(cursor_of(c), fourth);
	assert_int_equal(tg_store_feed_after(c, 0, 10, join, &b, NULL), TG_OK);
	assert_string_equal(tg_buf_str(&b), "news/b/{\"from_ms\":2};register/a/{\"ms\":3};news/a/{\"from_ms\":4};");
	tg_buf_reset(&b);
	assert_int_equal(tg_store_feed_after(c, second, 1, join, &b, NULL), TG_OK);
	assert_string_equal(tg_buf_str(&b), "register/a/{\"ms\":3};");
	tg_buf_reset(&b);
	assert_int_equal(tg_store_feed_after(c, fourth, 10, join, &b, NULL), TG_OK);
	assert_int_equal(tg_store_feed_after(c, UINT64_MAX, 10, join, &b, NULL), TG_OK);
	assert_int_equal(tg_store_feed_after(c, 0, 0, join, &b, NULL), TG_OK);
	assert_int_equal(b.len, 0);
	assert_held(c, "news", 10, "news/a/{\"from_ms\":4};news/b/{\"from_ms\":2};");
	assert_held(c, NULL, 2, "news/a/{\"from_ms\":4};register/a/{\"ms\":3};");
	/* What is gone is told, and not held. */
	uint64_t fifth = add(c, "news", "a", NULL);
	assert_int_equal(tg_store_feed_after(c, fourth, 10, join, &b, NULL), TG_OK);
	assert_string_equal(tg_buf_str(&b), "news/a/-;");
	assert_held(c, "news", 10, "news/b/{\"from_ms\":2};");
	tg_store_close(c);
	/* Restored from a copy of before, as the file of an hour ago: whatever comes now is above what was. */
	(void)lib_sqlite3("c", "DELETE FROM feed WHERE key = 'a'; UPDATE feed_state SET cursor = 1, centre_ms = 1");
	c = lib_open_centre("c");
	struct tg_feed_item later = item_of("news", "c", "{}");
	later.time_ms = NOW + 1;
	assert_int_equal(tg_store_feed_add(c, &later, NULL), TG_OK);
	assert_true(later.cursor > fifth);
	tg_store_close(c);
	tg_buf_finish(&b);
}

static void test_c5_a_kiosk_sees_only_what_it_may(void **state)
{
	(void)state;
	struct tg_store *c = lib_open_centre("c");
	struct tg_buf b = TG_BUF_INIT;
	struct tg_feed_item own = item_of("application", "d1", "{}"), all = item_of("news", "n1", "{}");
	assert_true(tg_copy(own.audience, sizeof(own.audience), "K01A-1"));
	assert_int_equal(tg_store_feed_add(c, &own, NULL), TG_OK);
	assert_int_equal(tg_store_feed_add(c, &all, NULL), TG_OK);
	const struct {
		const char *kiosk, *want;
	} cases[] = {{"K01A-1", "application/d1/{};news/n1/{};"}, {"K01A-2", "news/n1/{};"}, {"K01A", "news/n1/{};"},
	        {"", "news/n1/{};"}};
	for (size_t i = 0; i < 4; i++) {
		tg_buf_reset(&b);
		assert_int_equal(tg_store_feed_for(c, cases[i].kiosk, 0, 10, join, &b, NULL), TG_OK);
		assert_string_equal(tg_buf_str(&b), cases[i].want);
	}
	tg_buf_finish(&b);
	tg_store_close(c);
}

static void test_c5_a_page_that_cannot_be_is_not_taken(void **state)
{
	(void)state;
	struct tg_store *k = lib_open_kiosk("k", "K1");
	struct tg_feed_item good[2] = {
	        item_of("news", "a", "{\"from_ms\":1}"), item_of("news", "b", "{\"from_ms\":2}")};
	good[0].cursor = 5;
	good[1].cursor = 9;
	assert_int_equal(tg_store_feed_take(k, good, 2, NULL), TG_OK);
	assert_int_equal(cursor_of(k), 9);
	const char *const held = "news/b/{\"from_ms\":2};news/a/{\"from_ms\":1};";
	struct tg_feed_item wrong[2];
	for (int i = 0; i < 9; i++) {
		wrong[0] = item_of("news", "c", "{}");
		wrong[1] = item_of("news", "d", "{}");
		wrong[0].cursor = 10;
		wrong[1].cursor = 11;
		if (i == 0)
			wrong[0].cursor = 9; /* had that */
		else if (i == 1)
			wrong[1].cursor = 10; /* twice */
		else if (i == 2)
			wrong[1].cursor = UINT64_MAX;
		else if (i == 3)
			wrong[1].body = "x", wrong[1].body_len = 1;
		else if (i == 4)
			wrong[1].body = "{}", wrong[1].body_len = TG_FEED_BODY_MAX + 1;
		else if (i == 5)
			wrong[1].kind[0] = '\0';
		else if (i == 6)
			wrong[1].key[0] = '\x1b';
		else if (i == 7)
			wrong[1].provider[0] = ' ';
		else
			wrong[1].audience[0] = 'K';
		assert_int_equal(tg_store_feed_take(k, wrong, 2, NULL), TG_CENTRE_GARBAGE);
		assert_int_equal(cursor_of(k), 9);
		assert_held(k, NULL, 10, held);
	}
	struct tg_feed_page back = {.up_to = 8, .centre_ms = NOW}, far = {.up_to = UINT64_MAX, .centre_ms = NOW};
	assert_int_equal(tg_store_feed_take_page(k, &back, NULL), TG_CENTRE_GARBAGE);
	assert_int_equal(tg_store_feed_take_page(k, &far, NULL), TG_CENTRE_GARBAGE);
	struct tg_feed_page torn = {.items = good, .n = 1, .up_to = 4};
	assert_int_equal(tg_store_feed_take_page(k, &torn, NULL), TG_CENTRE_GARBAGE);
	assert_int_equal(tg_store_feed_take(k, NULL, 0, NULL), TG_OK);
	assert_int_equal(cursor_of(k), 9);
	tg_store_close(k);
}

static void test_c5_a_kiosk_holds_the_newest_of_each(void **state)
{
	(void)state;
	struct tg_store *k = lib_open_kiosk("k", "K1");
	struct tg_feed_item page[4] = {item_of("news", "a", "{\"from_ms\":1}"), item_of("news", "b", "{\"from_ms\":2}"),
	        item_of("news", "a", "{\"from_ms\":3}"), item_of("unknown.kind", "x", "{\"from_ms\":4}")};
	for (int i = 0; i < 4; i++)
		page[i].cursor = (uint64_t)(10 + i);
	assert_int_equal(tg_store_feed_take(k, page, 4, NULL), TG_OK);
	assert_held(k, "news", 10, "news/a/{\"from_ms\":3};news/b/{\"from_ms\":2};");
	assert_held(k, NULL, 1, "unknown.kind/x/{\"from_ms\":4};");
	struct tg_feed_item gone = item_of("news", "a", NULL);
	gone.cursor = 20;
	struct tg_feed_page p = {.items = &gone, .n = 1, .up_to = 31, .centre_ms = NOW + 5};
	assert_int_equal(tg_store_feed_take_page(k, &p, NULL), TG_OK);
	assert_held(k, "news", 10, "news/b/{\"from_ms\":2};");
	assert_int_equal(cursor_of(k), 31);
	tg_store_close(k);
	k = lib_open_kiosk("k", "K1");
	assert_int_equal(cursor_of(k), 31);
	/* A rebuild makes projections again; what the centre said is none. */
	assert_int_equal(tg_store_rebuild(k, NULL), TG_OK);
	assert_held(k, "news", 10, "news/b/{\"from_ms\":2};");
	assert_int_equal(cursor_of(k), 31);
	tg_store_close(k);
}

/* A quiet kiosk's disk is left alone (as with acknowledgements): nothing new is written down once a minute. */
static void test_c5_nothing_new_writes_nothing(void **state)
{
	(void)state;
	struct tg_store *k = lib_open_kiosk("k", "K1");
	struct tg_feed_page p = {.up_to = 7, .centre_ms = NOW};
	assert_int_equal(tg_store_feed_take_page(k, &p, NULL), TG_OK);
	size_t log = lib_file_size(lib_path("k-wal"));
	for (int i = 0; i < 59; i++) {
		p.centre_ms += 1000;
		assert_int_equal(tg_store_feed_take_page(k, &p, NULL), TG_OK);
	}
	assert_int_equal(lib_file_size(lib_path("k-wal")), log);
	p.centre_ms += 1000;
	assert_int_equal(tg_store_feed_take_page(k, &p, NULL), TG_OK);
	assert_true(lib_file_size(lib_path("k-wal")) > log);
	tg_store_close(k);
	assert_int_equal(lib_count("k", "SELECT centre_ms FROM feed_state"), (long)(NOW + 60000));
}

static void test_damaged_rows_have_a_name(void **state)
{
	(void)state;
	struct tg_store *k = lib_open_kiosk("k", "K1");
	struct tg_feed_item i = item_of("token", "S1", "{\"state\":\"lost\"}");
	enum tg_token_life life;
	struct tg_buf b = TG_BUF_INIT;
	uint64_t cursor;
	i.cursor = 1;
	assert_int_equal(tg_store_feed_take(k, &i, 1, NULL), TG_OK);
	(void)lib_sqlite3("k", "UPDATE feed SET body = 'x'");
	assert_int_equal(tg_store_token_life(k, "S1", &life, NULL), TG_STORE_DAMAGED);
	(void)lib_sqlite3("k", "UPDATE feed SET provider = hex(zeroblob(99))");
	assert_int_equal(tg_store_feed_held(k, NULL, 9, join, &b, NULL), TG_STORE_DAMAGED);
	/* A state that only a newer centre knows: no work on such a token. */
	(void)lib_sqlite3("k", "UPDATE feed SET body = '{\"state\":\"embargoed\"}'");
	assert_int_equal(tg_store_token_life(k, "S1", &life, NULL), TG_OK);
	assert_int_equal(life, TG_TOKEN_LIFE_SUSPENDED);
	(void)lib_sqlite3("k", "DELETE FROM feed_state");
	assert_int_equal(tg_store_feed_cursor(k, &cursor, NULL), TG_STORE_DAMAGED);
	tg_buf_finish(&b);
	tg_store_close(k);
}

/* Restored from before, or with another clock: a kiosk that is further waits; one that would wait for days reads anew.
 */
static void test_c5_a_cursor_ahead_of_the_feed(void **state)
{
	(void)state;
	const int64_t day = 24 * 3600 * INT64_C(1000);
	struct tg_store *c = lib_open_centre("c");
	uint64_t head = 0, first = add(c, "news", "n1", "{}");
	struct tg_feed_place at = {first + 5, 0};
	assert_int_equal(tg_store_feed_begin(c, &at, NOW, &head, NULL), TG_OK);
	assert_true(head == first && at.after == first + 5 && at.walk == 0);
	at.after = (uint64_t)(NOW + day) * 1024; /* what is said tomorrow comes behind it */
	assert_int_equal(tg_store_feed_begin(c, &at, NOW, &head, NULL), TG_OK);
	assert_true(at.after == (uint64_t)(NOW + day) * 1024 && at.walk == 0);
	at.after++;
	assert_int_equal(tg_store_feed_begin(c, &at, NOW, &head, NULL), TG_OK);
	assert_true(at.after == 0 && at.walk == first);
	/* Our own clock was wrong and was set right: there is nothing that the kiosk does not know. */
	struct tg_feed_item late = item_of("news", "n2", "{}");
	late.time_ms = NOW + 9 * day;
	assert_int_equal(tg_store_feed_add(c, &late, NULL), TG_OK);
	at = (struct tg_feed_place){late.cursor, 0};
	assert_int_equal(tg_store_feed_begin(c, &at, NOW, &head, NULL), TG_OK);
	assert_true(at.after == late.cursor && at.walk == 0);
	tg_store_close(c);
}

/* It went to another shard: what that one told before is read too, and what is held is in use until it is. */
static void test_c5_another_centre_is_read_from_its_beginning(void **state)
{
	(void)state;
	struct tg_store *k = lib_open_kiosk("k", "K01A-1");
	struct tg_feed_item north = item_of("news", "north", "{}"), south = item_of("news", "south", "{}");
	struct tg_feed_place at;
	north.cursor = 900;
	south.cursor = 800;
	assert_int_equal(tg_store_feed_take(k, &north, 1, NULL), TG_OK);
	assert_int_equal(tg_store_feed_take(k, &south, 1, NULL), TG_CENTRE_GARBAGE);
	assert_int_equal(tg_store_feed_again(k, NULL), TG_OK);
	assert_int_equal(tg_store_feed_place(k, &at, NULL), TG_OK);
	assert_true(at.after == 0 && at.walk == 0);
	assert_held(k, NULL, 9, "news/north/{};");
	assert_int_equal(tg_store_feed_take(k, &south, 1, NULL), TG_OK);
	assert_held(k, NULL, 9, "news/north/{};news/south/{};");
	tg_store_close(k);
}

#define T(name) cmocka_unit_test_setup_teardown(name, lib_setup, lib_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
	        T(test_c5_what_is_no_item_is_refused),
	        T(test_c5_a_page_that_cannot_be_is_not_taken),
	        T(test_damaged_rows_have_a_name),
	        T(test_c5_cursors_grow_and_items_replace),
	        T(test_c5_a_kiosk_sees_only_what_it_may),
	        T(test_c5_a_kiosk_holds_the_newest_of_each),
	        T(test_c5_nothing_new_writes_nothing),
	        T(test_c5_a_cursor_ahead_of_the_feed),
	        T(test_c5_another_centre_is_read_from_its_beginning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
