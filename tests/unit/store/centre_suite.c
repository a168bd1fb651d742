#include "centre_suite.h"

static const struct centre_case *back;
static struct tg_store *store;

static int setup(void **state)
{
	(void)state;
	lib_make_dir();
	if (back->reset)
		back->reset();
	store = back->open();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tg_store_close(store);
	lib_remove_dir();
	return 0;
}

static void reopen(void)
{
	tg_store_close(store);
	store = back->open();
}

static enum tg_status give_one(const struct tg_entry *e)
{
	enum tg_status result = TG_BUG;
	assert_int_equal(tg_store_receive(store, e, 1, NOW, &result, NULL), TG_OK);
	return result;
}

static void give_all(const struct lib_chain *c, size_t from, size_t n)
{
	enum tg_status *results = calloc(n, sizeof(*results));
	assert_non_null(results);
	assert_int_equal(tg_store_receive(store, c->entries + from, n, NOW, results, NULL), TG_OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(results[i], TG_OK);
	free(results);
}

static void assert_whole(uint64_t entries, uint64_t streams)
{
	struct tg_verify_report r;
	assert_int_equal(tg_store_verify(store, &r, NULL), TG_OK);
	assert_int_equal(r.entries, entries);
	assert_int_equal(r.streams, streams);
	assert_string_equal(r.kiosk, "");
}

/* A kiosk's own journal, taken over entry by entry, gives the same applications at the centre. */
static enum tg_status send_entry(const struct tg_entry *e, void *ctx)
{
	(void)ctx;
	assert_int_equal(give_one(e), TG_OK);
	return TG_OK;
}

static void test_c1_the_centre_makes_the_same_applications(void **state)
{
	(void)state;
	struct tg_store *k = lib_open_kiosk("kiosk", "K1");
	struct tg_app_row at_kiosk, at_centre;
	lib_whole_application(k, "A", "S1");
	(void)lib_append(k, TG_RECORD_APPLICATION_SUBMITTED, "{\"number\":\"B\",\"provider\":\"kz-nca\"}");
	(void)lib_append(k, TG_RECORD_CHIP_INTENT, "{\"number\":\"B\",\"serial\":\"S2\"}");
	assert_int_equal(tg_store_read(k, "K1", 1, 100, send_entry, NULL, NULL), TG_OK);
	for (const char *number = "A"; number; number = *number == 'A' ? "B" : NULL) {
		assert_int_equal(tg_store_app_find(k, number, &at_kiosk, NULL), TG_OK);
		assert_int_equal(tg_store_app_find(store, number, &at_centre, NULL), TG_OK);
		assert_string_equal(at_centre.kiosk, "K1");
		assert_string_equal(at_centre.provider, at_kiosk.provider);
		assert_string_equal(at_centre.carrier_serial, at_kiosk.carrier_serial);
		assert_true(at_centre.state == at_kiosk.state && at_centre.first_seq == at_kiosk.first_seq &&
		            at_centre.last_seq == at_kiosk.last_seq && at_centre.finished_ms == at_kiosk.finished_ms);
	}
	assert_int_equal(tg_store_app_find(store, "C", &at_centre, NULL), TG_NOT_FOUND);
	tg_store_close(k);
}

static void test_c2_a_kiosk_cannot_finish_anothers_application(void **state)
{
	(void)state;
	struct tg_store *k = lib_open_kiosk("kiosk", "K1"), *thief = lib_open_kiosk("thief", "K2");
	struct tg_app_row row;
	(void)lib_append(k, TG_RECORD_APPLICATION_SUBMITTED, "{\"number\":\"A\"}");
	(void)lib_append(thief, TG_RECORD_APPLICATION_DELIVERED, "{\"number\":\"A\"}");
	assert_int_equal(tg_store_read(k, "K1", 1, 100, send_entry, NULL, NULL), TG_OK);
	assert_int_equal(tg_store_read(thief, "K2", 1, 100, send_entry, NULL, NULL), TG_OK);
	assert_int_equal(tg_store_app_find(store, "A", &row, NULL), TG_OK);
	assert_int_equal(row.state, TG_APP_SUBMITTED);
	assert_string_equal(row.kiosk, "K1");
	assert_int_equal(row.last_seq, 1);
	tg_store_close(k);
	tg_store_close(thief);
}

static void test_c8_an_erased_body_is_taken_over(void **state)
{
	(void)state;
	struct lib_chain c;
	struct tg_verify_report r;
	lib_chain_make(&c, "K1", 2);
	assert_true(tg_copy(c.entries[0].kind, sizeof(c.entries[0].kind), "application.submitted"));
	assert_int_equal(tg_entry_seal(&c.entries[0]), TG_OK);
	memcpy(c.entries[1].prev_hash, c.entries[0].hash, TG_HASH_LEN);
	assert_int_equal(tg_entry_seal(&c.entries[1]), TG_OK);
	tg_entry_forget_body(&c.entries[0]);
	give_all(&c, 0, 2);
	assert_int_equal(tg_store_verify(store, &r, NULL), TG_OK);
	assert_true(r.entries == 3 && r.erased_bodies == 1); /* one more says that it came so */
	lib_chain_free(&c);
}

#define CERT "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static enum tg_status join_items(const struct tg_feed_item *i, void *ctx)
{
	tg_buf_addf(ctx, "%s %s %.*s;", i->kind, i->key, i->body ? (int)i->body_len : 1, i->body ? i->body : "-");
	return TG_OK;
}

static void assert_told(const char *kiosk, uint64_t cursor, const char *want)
{
	struct tg_buf b = TG_BUF_INIT;
	assert_int_equal(tg_store_feed_for(store, kiosk, cursor, 100, join_items, &b, NULL), TG_OK);
	assert_string_equal(tg_buf_str(&b), want);
	tg_buf_finish(&b);
}

static void assert_lock(int today, int in_all)
{
	const struct tg_lock_rule rule = {5, 7, 360};
	struct tg_lock l;
	assert_int_equal(tg_store_lock(store, CERT, &rule, NOW, &l, NULL), TG_OK);
	assert_int_equal(l.today, today);
	assert_int_equal(l.in_all, in_all);
}

static void test_dos8_locks_and_what_is_told_of_them(void **state)
{
	(void)state;
	struct tg_store *a = lib_open_kiosk("a", "K1"), *b = lib_open_kiosk("b", "K2");
	const char *const wrong = "{\"certificate\":\"" CERT "\",\"provider\":\"p\",\"right\":false}";
	for (int i = 0; i < 2; i++)
		(void)lib_append(a, TG_RECORD_PIN_TRIED, wrong);
	(void)lib_append(b, TG_RECORD_PIN_TRIED, wrong);
	assert_told("K1", 0, "");
	assert_int_equal(tg_store_read(a, "K1", 1, 100, send_entry, NULL, NULL), TG_OK);
	assert_int_equal(tg_store_read(b, "K2", 1, 100, send_entry, NULL, NULL), TG_OK);
	assert_lock(3, 3);
	assert_told("K9", 0,
	        "lock " CERT " {\"tries\":[[\"K1\",1795338930000,0],[\"K1\",1795338930000,0],[\"K2\",1795338930000,0]],"
	        "\"clears\":[]};");
	assert_int_equal(tg_store_append(store, TG_RECORD_LOCK_RESET,
	                         "{\"certificate\":\"" CERT "\",\"by\":\"office\"}", NOW + 1, NULL, NULL),
	        TG_OK);
	assert_lock(3, 0);
	reopen();
	assert_lock(3, 0);
	assert_whole(4, 3);
	tg_store_close(a);
	tg_store_close(b);
}

static void test_dos8_lives_of_tokens(void **state)
{
	(void)state;
	struct tg_store *k = lib_open_kiosk("kiosk", "K1");
	enum tg_token_life life;
	lib_whole_application(k, "A", "S1");
	assert_int_equal(tg_store_read(k, "K1", 1, 100, send_entry, NULL, NULL), TG_OK);
	assert_int_equal(tg_store_token_life(store, "S1", &life, NULL), TG_OK);
	assert_int_equal(life, TG_TOKEN_LIFE_IN_USE);
	assert_int_equal(tg_store_append(store, TG_RECORD_TOKEN_STATE, "{\"serial\":\"S1\",\"state\":\"blank\"}", NOW,
	                         NULL, NULL),
	        TG_CARD_STATE);
	assert_int_equal(tg_store_append(store, TG_RECORD_TOKEN_STATE, "{\"serial\":\"S1\",\"state\":\"lost\"}", NOW,
	                         NULL, NULL),
	        TG_OK);
	reopen();
	assert_int_equal(tg_store_token_life(store, "S1", &life, NULL), TG_OK);
	assert_int_equal(life, TG_TOKEN_LIFE_LOST);
	assert_int_equal(tg_store_token_life(store, "S2", &life, NULL), TG_OK);
	assert_int_equal(life, TG_TOKEN_LIFE_BLANK);
	assert_told("K1", 0, "token S1 {\"state\":\"lost\"};");
	tg_store_close(k);
}

static void test_c5_items_for_one_kiosk_and_for_all(void **state)
{
	(void)state;
	struct tg_feed_item own = {
	        .time_ms = NOW, .kind = "application", .key = "d", .body = "{}", .body_len = 2, .audience = "K1"};
	struct tg_feed_item all = {.time_ms = NOW, .kind = "news", .key = "n", .body = "{}", .body_len = 2};
	struct tg_feed_item gone = {.time_ms = NOW, .kind = "news", .key = "n"};
	assert_int_equal(tg_store_feed_add(store, &own, NULL), TG_OK);
	assert_int_equal(tg_store_feed_add(store, &all, NULL), TG_OK);
	assert_true(all.cursor > own.cursor && own.cursor > 0);
	assert_told("K1", 0, "application d {};news n {};");
	assert_told("K2", 0, "news n {};");
	assert_told("K1", own.cursor, "news n {};");
	reopen();
	assert_int_equal(tg_store_feed_add(store, &gone, NULL), TG_OK);
	assert_true(gone.cursor > all.cursor);
	assert_told("K2", 0, "news n -;");
	assert_told("K2", gone.cursor, "");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int centre_suite_run(const struct centre_case *c)
{
	back = c;
	const struct CMUnitTest tests[] = {
	        T(test_c2_a_kiosk_cannot_finish_anothers_application),
	        T(test_c8_an_erased_body_is_taken_over),
	        T(test_c5_items_for_one_kiosk_and_for_all),
	        T(test_dos8_locks_and_what_is_told_of_them),
	        T(test_dos8_lives_of_tokens),
	        T(test_c1_the_centre_makes_the_same_applications),
	};
	return cmocka_run_group_tests_name(c->name, tests, NULL, NULL);
}
