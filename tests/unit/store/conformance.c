#include "conformance.h"

static const struct store_port *port;
static void *store;

static int setup(void **state)
{
	(void)state;
	store = port->open();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	port->close(store);
	port->remove();
	return 0;
}

static void reopen(void)
{
	port->close(store);
	store = port->open();
}

static enum tg_status give_one(const struct tg_entry *e)
{
	enum tg_status result = TG_BUG;
	assert_int_equal(port->append_group(store, e, 1, &result), TG_OK);
	return result;
}

static void give_all(const struct lib_chain *c, size_t from, size_t n)
{
	enum tg_status *results = calloc(n, sizeof(*results));
	assert_non_null(results);
	assert_int_equal(port->append_group(store, c->entries + from, n, results), TG_OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(results[i], TG_OK);
	free(results);
}

static void assert_high_water(const char *kiosk, uint64_t want)
{
	uint64_t seq = 99;
	uint8_t hash[TG_HASH_LEN];
	assert_int_equal(port->high_water(store, kiosk, &seq, hash), TG_OK);
	assert_int_equal(seq, want);
}

static void assert_whole(uint64_t entries, uint64_t streams)
{
	struct tg_verify_report r;
	assert_int_equal(port->verify(store, &r), TG_OK);
	assert_int_equal(r.entries, entries);
	assert_int_equal(r.streams, streams);
	assert_string_equal(r.kiosk, "");
}

static void test_c1_a_gap_is_refused_by_name(void **state)
{
	(void)state;
	struct lib_chain c;
	lib_chain_make(&c, "K1", 5);
	assert_int_equal(give_one(&c.entries[1]), TG_SYNC_GAP);
	give_all(&c, 0, 2);
	assert_int_equal(give_one(&c.entries[3]), TG_SYNC_GAP);
	assert_int_equal(give_one(&c.entries[4]), TG_SYNC_GAP);
	assert_high_water("K1", 2);
	assert_whole(2, 1);
	lib_chain_free(&c);
}

static void test_c1_a_fork_is_refused_by_name(void **state)
{
	(void)state;
	struct lib_chain c, other;
	lib_chain_make(&c, "K1", 200);
	lib_chain_make(&other, "K1", 200);
	/* the same stream id lived twice: another first entry, well made in itself */
	uint8_t prev[TG_HASH_LEN];
	memcpy(prev, other.entries[0].prev_hash, TG_HASH_LEN);
	for (size_t i = 0; i < other.n; i++) {
		other.entries[i].time_ms++;
		memcpy(other.entries[i].prev_hash, prev, TG_HASH_LEN);
		assert_int_equal(tg_entry_seal(&other.entries[i]), TG_OK);
		memcpy(prev, other.entries[i].hash, TG_HASH_LEN);
	}
	give_all(&c, 0, 190);
	const size_t at[] = {0, 1, 62, 63, 64, 100, 127, 128, 188, 189, 190};
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		assert_int_equal(give_one(&other.entries[at[i]]), TG_SYNC_FORK);
	assert_whole(190, 1);
	lib_chain_free(&c);
	lib_chain_free(&other);
}

static void test_c1_a_repeat_is_known_however_old(void **state)
{
	(void)state;
	struct lib_chain c, noise;
	lib_chain_make(&c, "K1", 200);
	lib_chain_make(&noise, "K2", 200);
	for (size_t i = 0; i < 200; i += 20) {
		give_all(&c, i, 20);
		give_all(&noise, i, 20);
	}
	reopen();
	for (size_t i = 0; i < 200; i++)
		assert_int_equal(give_one(&c.entries[i]), TG_SYNC_REPEAT);
	assert_whole(400, 2);
	lib_chain_free(&c);
	lib_chain_free(&noise);
}

static void test_c1_an_entry_that_is_wrong_in_itself(void **state)
{
	(void)state;
	struct lib_chain c;
	lib_chain_make(&c, "K1", 3);
	give_all(&c, 0, 1);
	struct tg_entry e = c.entries[1];
	e.hash[0] ^= 1;
	assert_int_equal(give_one(&e), TG_CHAIN_BROKEN);
	e = c.entries[1];
	e.body = "{\"code\":7}";
	e.body_len = strlen(e.body);
	assert_int_equal(give_one(&e), TG_CHAIN_BROKEN);
	e = c.entries[0]; /* a repeat with another body is not taken for a repeat */
	e.body = "{}";
	e.body_len = 2;
	assert_int_equal(give_one(&e), TG_CHAIN_BROKEN);
	assert_high_water("K1", 1);
	lib_chain_free(&c);
}

static void test_c2_what_is_no_stream_is_foreign(void **state)
{
	(void)state;
	struct lib_chain c;
	lib_chain_make(&c, "K1", 1);
	struct tg_entry e = c.entries[0];
	e.kiosk[0] = 'k';
	assert_int_equal(give_one(&e), TG_SYNC_FOREIGN);
	e = c.entries[0];
	e.seq = 0;
	assert_int_equal(give_one(&e), TG_SYNC_FOREIGN);
	e.seq = UINT64_MAX;
	assert_int_equal(give_one(&e), TG_SYNC_FOREIGN);
	lib_chain_free(&c);
}

static void test_c1_a_bad_entry_does_not_harm_its_neighbours(void **state)
{
	(void)state;
	struct lib_chain a, b;
	lib_chain_make(&a, "A", 4);
	lib_chain_make(&b, "B", 4);
	struct tg_entry group[] = {a.entries[0], b.entries[1], a.entries[1], b.entries[0], b.entries[0], b.entries[1],
	        a.entries[3], a.entries[2]};
	const enum tg_status want[] = {TG_OK, TG_SYNC_GAP, TG_OK, TG_OK, TG_SYNC_REPEAT, TG_OK, TG_SYNC_GAP, TG_OK};
	enum tg_status got[8];
	assert_int_equal(port->append_group(store, group, 8, got), TG_OK);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(got[i], want[i]);
	reopen();
	assert_high_water("A", 3);
	assert_high_water("B", 2);
	assert_whole(5, 2);
	assert_int_equal(port->append_group(store, NULL, 0, NULL), TG_OK);
	lib_chain_free(&a);
	lib_chain_free(&b);
}

static void test_c3_any_range_of_a_stream_is_found(void **state)
{
	(void)state;
	struct lib_chain a, b;
	uint64_t seed = 20261122;
	lib_chain_make(&a, "A", 300);
	lib_chain_make(&b, "B", 300);
	for (size_t i = 0; i < 300; i++) {
		give_all(&a, i, 1);
		give_all(&b, i, 1);
	}
	for (int round = 0; round < 100; round++) {
		struct lib_seen seen = {.ordered = true};
		uint64_t from = 1 + lib_rnd(&seed, 300), max = 1 + lib_rnd(&seed, 80);
		uint64_t last = from + max - 1 < 300 ? from + max - 1 : 300;
		assert_int_equal(port->read_range(store, "A", from, (int)max, lib_see, &seen), TG_OK);
		assert_true(seen.ordered && seen.n == last - from + 1 && seen.last_seq == last);
		assert_memory_equal(seen.hash, a.entries[last - 1].hash, TG_HASH_LEN);
	}
	lib_chain_free(&a);
	lib_chain_free(&b);
}

/* The model: per stream the number of entries that are in. Random groups, some of old entries, some too early. */
static void test_c1_random_groups_against_a_model(void **state)
{
	(void)state;
	enum { STREAMS = 7, LENGTH = 400 };
	struct lib_chain c[STREAMS];
	size_t in[STREAMS] = {0}, total = 0;
	uint64_t seed = 4711;
	for (size_t i = 0; i < STREAMS; i++) {
		char id[8];
		snprintf(id, sizeof(id), "K%zu", i);
		lib_chain_make(&c[i], id, LENGTH);
	}
	for (int round = 0; round < 300; round++) {
		struct tg_entry group[16];
		enum tg_status got[16], want[16];
		size_t n = 1 + lib_rnd(&seed, 16);
		for (size_t i = 0; i < n; i++) {
			size_t k = lib_rnd(&seed, STREAMS), at = in[k];
			uint32_t kind = lib_rnd(&seed, 10);
			want[i] = TG_OK;
			if (kind == 0 && at > 0) {
				at = lib_rnd(&seed, (uint32_t)at);
				want[i] = TG_SYNC_REPEAT;
			} else if (kind == 1 || at + 1 >= LENGTH) {
				at = at + 1 + lib_rnd(&seed, 3);
				want[i] = TG_SYNC_GAP;
			}
			group[i] = c[k].entries[at < LENGTH ? at : LENGTH - 1];
			in[k] += want[i] == TG_OK;
			total += want[i] == TG_OK;
		}
		assert_int_equal(port->append_group(store, group, n, got), TG_OK);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(got[i], want[i]);
		if (round % 50 == 49)
			reopen();
	}
	assert_true(total > 1000);
	assert_whole(total, STREAMS);
	for (size_t i = 0; i < STREAMS; i++) {
		assert_high_water(c[i].kiosk, in[i]);
		lib_chain_free(&c[i]);
	}
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
		assert_int_equal(port->application(store, number, &at_centre), TG_OK);
		assert_string_equal(at_centre.kiosk, "K1");
		assert_string_equal(at_centre.provider, at_kiosk.provider);
		assert_string_equal(at_centre.carrier_serial, at_kiosk.carrier_serial);
		assert_true(at_centre.state == at_kiosk.state && at_centre.first_seq == at_kiosk.first_seq &&
		            at_centre.last_seq == at_kiosk.last_seq && at_centre.finished_ms == at_kiosk.finished_ms);
	}
	assert_int_equal(port->application(store, "C", &at_centre), TG_NOT_FOUND);
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
	assert_int_equal(port->application(store, "A", &row), TG_OK);
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
	assert_int_equal(port->verify(store, &r), TG_OK);
	assert_true(r.entries == 3 && r.erased_bodies == 1); /* one more says that it came so */
	lib_chain_free(&c);
}

static void test_c1_bodies_are_bytes(void **state)
{
	(void)state;
	struct lib_chain c;
	struct lib_seen seen = {0};
	lib_chain_make(&c, "K1", 1);
	c.entries[0].body = "a\0b\xff{";
	c.entries[0].body_len = 5;
	assert_true(tg_copy(c.entries[0].kind, sizeof(c.entries[0].kind), "application.submitted"));
	assert_int_equal(tg_entry_seal(&c.entries[0]), TG_OK);
	give_all(&c, 0, 1);
	assert_whole(1, 1);
	assert_int_equal(port->read_range(store, "K1", 1, 1, lib_see, &seen), TG_OK);
	assert_int_equal(seen.n, 1);
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
	assert_int_equal(port->feed_for(store, kiosk, cursor, 100, join_items, &b), TG_OK);
	assert_string_equal(tg_buf_str(&b), want);
	tg_buf_finish(&b);
}

static void assert_lock(int today, int in_all)
{
	const struct tg_lock_rule rule = {5, 7, 360};
	struct tg_lock l;
	assert_int_equal(port->lock(store, CERT, &rule, NOW, &l), TG_OK);
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
	assert_int_equal(port->append_own(store, TG_RECORD_LOCK_RESET,
	                         "{\"certificate\":\"" CERT "\",\"by\":\"office\"}", NOW + 1),
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
	assert_int_equal(port->token_life(store, "S1", &life), TG_OK);
	assert_int_equal(life, TG_TOKEN_LIFE_IN_USE);
	assert_int_equal(port->append_own(store, TG_RECORD_TOKEN_STATE, "{\"serial\":\"S1\",\"state\":\"blank\"}", NOW),
	        TG_CARD_STATE);
	assert_int_equal(
	        port->append_own(store, TG_RECORD_TOKEN_STATE, "{\"serial\":\"S1\",\"state\":\"lost\"}", NOW), TG_OK);
	reopen();
	assert_int_equal(port->token_life(store, "S1", &life), TG_OK);
	assert_int_equal(life, TG_TOKEN_LIFE_LOST);
	assert_int_equal(port->token_life(store, "S2", &life), TG_OK);
	assert_int_equal(life, TG_TOKEN_LIFE_BLANK);
	assert_told("K1", 0, "token S1 {\"state\":\"lost\"};");
	tg_store_close(k);
}

static void test_c2_the_centres_own_stream_comes_from_nowhere(void **state)
{
	(void)state;
	struct lib_chain c;
	lib_chain_make(&c, TG_CENTRE_STREAM, 1);
	assert_int_equal(give_one(&c.entries[0]), TG_SYNC_FOREIGN);
	assert_high_water(TG_CENTRE_STREAM, 0);
	lib_chain_free(&c);
}

static void test_c5_items_for_one_kiosk_and_for_all(void **state)
{
	(void)state;
	struct tg_feed_item own = {
	        .time_ms = NOW, .kind = "application", .key = "d", .body = "{}", .body_len = 2, .audience = "K1"};
	struct tg_feed_item all = {.time_ms = NOW, .kind = "news", .key = "n", .body = "{}", .body_len = 2};
	struct tg_feed_item gone = {.time_ms = NOW, .kind = "news", .key = "n"};
	assert_int_equal(port->feed_add(store, &own), TG_OK);
	assert_int_equal(port->feed_add(store, &all), TG_OK);
	assert_true(all.cursor > own.cursor && own.cursor > 0);
	assert_told("K1", 0, "application d {};news n {};");
	assert_told("K2", 0, "news n {};");
	assert_told("K1", own.cursor, "news n {};");
	reopen();
	assert_int_equal(port->feed_add(store, &gone), TG_OK);
	assert_true(gone.cursor > all.cursor);
	assert_told("K2", 0, "news n -;");
	assert_told("K2", gone.cursor, "");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int conformance_run(const struct store_port *p)
{
	port = p;
	const struct CMUnitTest tests[] = {
	        T(test_c1_a_gap_is_refused_by_name),
	        T(test_c1_a_fork_is_refused_by_name),
	        T(test_c1_a_repeat_is_known_however_old),
	        T(test_c1_an_entry_that_is_wrong_in_itself),
	        T(test_c2_what_is_no_stream_is_foreign),
	        T(test_c2_a_kiosk_cannot_finish_anothers_application),
	        T(test_c1_a_bad_entry_does_not_harm_its_neighbours),
	        T(test_c8_an_erased_body_is_taken_over),
	        T(test_c2_the_centres_own_stream_comes_from_nowhere),
	        T(test_c5_items_for_one_kiosk_and_for_all),
	        T(test_dos8_locks_and_what_is_told_of_them),
	        T(test_dos8_lives_of_tokens),
	        T(test_c1_bodies_are_bytes),
	        T(test_c3_any_range_of_a_stream_is_found),
	        T(test_c1_the_centre_makes_the_same_applications),
	        T(test_c1_random_groups_against_a_model),
	};
	return cmocka_run_group_tests_name(p->name, tests, NULL, NULL);
}
