/* A centre's database whose journal is kept in PostgreSQL: both suites over it, then everything that can come between
 * the two. C-1, C-3, C-7, C-8. */
#include "../store/centre_suite.h"
#include "on_file.h"
#include "pg_lib.h"

#include "tamga/erase.h"

static char where[400];

static struct tg_store *keep(const char *name, enum tg_status want)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	enum tg_status st = tg_store_keep_outside(&s, lib_path(name), where, &err);
	if (st != want)
		print_error("%s: %s\n", tg_status_name(st), err.detail);
	assert_int_equal(st, want);
	return s;
}

static struct tg_store *open_outside(void)
{
	return keep("centre", TG_OK);
}

static void reset(void)
{
	on_file_remove();
	pg_reset();
}

static int setup(void **state)
{
	pg_reset();
	return lib_setup(state);
}

static enum tg_status give(struct tg_store *s, const struct lib_chain *c, size_t from, size_t n)
{
	enum tg_status results[64];
	struct tg_error err = {0};
	assert_true(n <= 64);
	enum tg_status st = tg_store_receive(s, c->entries + from, n, NOW, results, &err);
	for (size_t i = 0; st == TG_OK && i < n; i++)
		if (results[i] != TG_OK)
			return results[i];
	return st;
}

/* Entries, places and hashes here and there, by the programs of the two databases. */
static void assert_equal(const char *name, long entries)
{
	assert_int_equal(lib_count(name, "SELECT count(*) FROM journal"), entries);
	assert_int_equal(pg_number("SELECT count(*) FROM tamga.journal"), entries);
	assert_int_equal(pg_number("SELECT place FROM tamga.head"), entries);
	char sql[200];
	for (long place = 1; place <= entries; place += 1 + entries / 20) {
		(void)snprintf(sql, sizeof(sql), "SELECT lower(hex(hash)) FROM journal WHERE id = %ld", place);
		char hash[80], there[250];
		assert_true(tg_copy(hash, sizeof(hash), lib_sqlite3(name, sql)));
		(void)snprintf(there, sizeof(there),
		        "SELECT count(*) FROM tamga.journal WHERE place = %ld AND encode(hash, 'hex') = '%s'", place,
		        hash);
		assert_int_equal(pg_number(there), 1);
	}
}

static void assert_roots_equal(struct tg_store *s)
{
	struct tg_tree_head here, there;
	struct tg_replica r;
	const struct tg_postgres p = pg_options();
	assert_int_equal(tg_store_tree_head(s, &here, NULL), TG_OK);
	assert_int_equal(tg_replica_postgres(&r, &p, NULL), TG_OK);
	assert_int_equal(r.tree(r.ctx, &there, NULL), TG_OK);
	assert_memory_equal(here.epoch, there.epoch, TG_EPOCH_LEN);
	assert_int_equal(here.size, there.size);
	assert_memory_equal(here.root, there.root, TG_HASH_LEN);
	struct tg_verify_report v;
	assert_int_equal(r.verify(r.ctx, &v, NULL), TG_OK);
	r.close(r.ctx);
}

static void test_c7_a_live_file_moves(void **state)
{
	(void)state;
	struct lib_chain c;
	lib_chain_make(&c, "K1", 60);
	struct tg_store *s = lib_open_centre("c");
	assert_int_equal(give(s, &c, 0, 40), TG_OK);
	tg_store_close(s);
	s = keep("c", TG_OK);
	assert_equal("c", 40);
	assert_int_equal(give(s, &c, 40, 20), TG_OK);
	assert_int_equal(
	        tg_store_append(s, TG_RECORD_KIOSK_ROLE, "{\"kiosk\":\"K1\",\"role\":\"desk\"}", NOW, NULL, NULL),
	        TG_OK);
	assert_equal("c", 61);
	assert_roots_equal(s);
	tg_store_close(s);
	/* From now on nobody writes the file without its journal. */
	tg_store_set_log_opener(NULL);
	lib_open_fails("c", TG_STORE_CENTRE, NULL, TG_CONFIG);
	tg_store_set_log_opener(tg_postgres_open_log);
	lib_chain_free(&c);
}

/* C-3: the machine is lost; a new file is made of the journal, projections too, under the same tree. */
static void test_c3_a_lost_file_is_made_again(void **state)
{
	(void)state;
	struct tg_store *k = lib_open_kiosk("kiosk", "K1"), *s = keep("c", TG_OK);
	struct tg_app_row before, after;
	struct tg_tree_head was, is;
	lib_whole_application(k, "A", "S1");
	lib_send_all(k, "K1", s, NOW);
	assert_int_equal(tg_store_app_find(s, "A", &before, NULL), TG_OK);
	assert_int_equal(tg_store_tree_head(s, &was, NULL), TG_OK);
	tg_store_close(s);
	s = keep("new", TG_OK);
	assert_equal("new", (long)was.size);
	assert_int_equal(tg_store_tree_head(s, &is, NULL), TG_OK);
	assert_memory_equal(&was, &is, sizeof(was));
	assert_int_equal(tg_store_app_find(s, "A", &after, NULL), TG_OK);
	assert_true(after.state == before.state && after.last_seq == before.last_seq &&
	            after.registered_ms == before.registered_ms && after.finished_ms == before.finished_ms);
	struct tg_verify_report v;
	assert_int_equal(lib_verify(s, &v), TG_OK);
	tg_store_close(s);
	tg_store_close(k);
}

/* An older copy of the file, of the day before: what it lacks is read, nothing is asked of kiosks. */
static void test_c3_a_file_that_is_behind(void **state)
{
	(void)state;
	struct lib_chain c;
	lib_chain_make(&c, "K1", 60);
	struct tg_store *s = keep("c", TG_OK);
	assert_int_equal(give(s, &c, 0, 20), TG_OK);
	tg_store_close(s);
	assert_int_equal(tg_store_copy(lib_path("c"), lib_path("old"), NULL), TG_OK);
	s = keep("c", TG_OK);
	assert_int_equal(give(s, &c, 20, 20), TG_OK);
	tg_store_close(s);
	s = keep("old", TG_OK);
	assert_equal("old", 40);
	assert_roots_equal(s);
	assert_int_equal(give(s, &c, 40, 20), TG_OK);
	assert_equal("old", 60);
	tg_store_close(s);
	lib_chain_free(&c);
}

/* Another connection of the same file wrote there and its commit here failed: found at the next write. */
static void test_c7_a_row_that_only_the_database_has(void **state)
{
	(void)state;
	struct lib_chain c;
	lib_chain_make(&c, "K1", 30);
	struct tg_store *s = keep("c", TG_OK);
	assert_int_equal(give(s, &c, 0, 10), TG_OK);
	/* As after a power cut: the file as it was, with the same owner. */
	tg_store_close(s);
	assert_int_equal(tg_store_copy(lib_path("c"), lib_path("cut"), NULL), TG_OK);
	s = lib_open_centre("c");
	assert_int_equal(give(s, &c, 10, 10), TG_OK);
	tg_store_close(s);
	s = lib_open_centre("cut");
	assert_int_equal(give(s, &c, 10, 10), TG_SYNC_REPEAT); /* the kiosk, which had no answer, asks again */
	assert_equal("cut", 20);
	assert_int_equal(give(s, &c, 20, 10), TG_OK);
	assert_equal("cut", 30);
	assert_roots_equal(s);
	tg_store_close(s);
	lib_chain_free(&c);
}

static void test_c7_the_database_is_down(void **state)
{
	(void)state;
	struct lib_chain c;
	lib_chain_make(&c, "K1", 30);
	struct tg_store *s = keep("c", TG_OK);
	assert_int_equal(give(s, &c, 0, 10), TG_OK);
	pg_do("ALTER ROLE tamga NOLOGIN");
	pg_do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'tamga'");
	assert_int_equal(give(s, &c, 10, 10), TG_LOG_DOWN);
	assert_int_equal(
	        tg_store_append(s, TG_RECORD_KIOSK_ROLE, "{\"kiosk\":\"K1\",\"role\":\"desk\"}", NOW, NULL, NULL),
	        TG_LOG_DOWN);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM journal"), 10);
	/* What is known is still told. */
	uint64_t seq = 0;
	uint8_t hash[TG_HASH_LEN];
	assert_int_equal(tg_store_head(s, "K1", &seq, hash, NULL), TG_OK);
	assert_int_equal(seq, 10);
	pg_do("ALTER ROLE tamga LOGIN");
	assert_int_equal(give(s, &c, 10, 20), TG_OK);
	assert_equal("c", 30);
	tg_store_close(s);
	lib_chain_free(&c);
}

static void test_c7_other_pasts(void **state)
{
	(void)state;
	struct lib_chain a, b;
	lib_chain_make(&a, "A", 20);
	lib_chain_make(&b, "B", 30);
	struct tg_store *s = keep("c", TG_OK);
	assert_int_equal(give(s, &a, 0, 20), TG_OK);
	tg_store_close(s);
	/* Another centre's file: longer, as long, shorter. */
	for (size_t n = 10; n <= 30; n += 10) {
		const char *const names[] = {"short", "same", "long"};
		const char *name = names[n / 10 - 1];
		s = lib_open_centre(name);
		assert_int_equal(give(s, &b, 0, n), TG_OK);
		tg_store_close(s);
		(void)keep(name, TG_LOG_OTHER);
		assert_int_equal(lib_count(name, "SELECT count(*) FROM journal"), n);
		assert_int_equal(lib_count(name, "SELECT count(*) FROM outer_log"), 0);
	}
	assert_equal("c", 20);
	/* Somebody changes a row of the database: a new file is not made of it. */
	pg_do("UPDATE tamga.journal SET time_ms = 1 WHERE place = 7");
	(void)keep("new", TG_LOG_OTHER);
	lib_chain_free(&a);
	lib_chain_free(&b);
}

/* Two machines: the one started last writes; one that lives is not pushed aside. */
static void test_c7_two_centres(void **state)
{
	(void)state;
	struct lib_chain c;
	lib_chain_make(&c, "K1", 30);
	struct tg_store *a = keep("a", TG_OK);
	assert_int_equal(give(a, &c, 0, 10), TG_OK);
	(void)keep("b", TG_LOG_FENCED);
	assert_int_equal(give(a, &c, 10, 5), TG_OK);
	/* Its network fails for a moment, and the other one is faster. */
	pg_do("ALTER ROLE tamga CONNECTION LIMIT 0");
	pg_do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'tamga'");
	pg_do("ALTER ROLE tamga CONNECTION LIMIT -1");
	struct tg_store *b = keep("b", TG_OK);
	assert_int_equal(give(b, &c, 15, 5), TG_OK);
	assert_int_equal(give(a, &c, 15, 5), TG_LOG_FENCED);
	assert_int_equal(give(a, &c, 20, 5), TG_SYNC_GAP);
	assert_int_equal(lib_count("a", "SELECT count(*) FROM journal"), 15);
	assert_int_equal(give(b, &c, 20, 10), TG_OK);
	assert_equal("b", 30);
	tg_store_close(a);
	tg_store_close(b);
	lib_chain_free(&c);
}

/* C-8: what is erased here is erased there, and a file made of the rest says the same. */
static void test_c8_erased_in_both(void **state)
{
	(void)state;
	struct tg_store *k = lib_open_kiosk("kiosk", "K1"), *s = keep("c", TG_OK);
	struct tg_app_row before, after;
	uint64_t left = 9, bodies = 0;
	lib_whole_application(k, "A", "S1");
	lib_send_all(k, "K1", s, NOW);
	assert_int_equal(tg_store_app_find(s, "A", &before, NULL), TG_OK);
	struct tg_error err = {0};
	enum tg_status st = tg_store_erase(s, "A", "court order 1", NOW, &bodies, &err);
	if (st != TG_OK)
		print_error("%s: %s\n", tg_status_name(st), err.detail);
	assert_int_equal(st, TG_OK);
	assert_int_equal(tg_store_erase_finish(s, &left, NULL), TG_OK);
	long gone = lib_count("c", "SELECT count(*) FROM journal WHERE body IS NULL");
	assert_true(gone > 0);
	assert_int_equal(pg_number("SELECT count(*) FROM tamga.journal WHERE body IS NULL"), gone);
	assert_int_equal(pg_number("SELECT count(*) FROM tamga.journal WHERE body IS NULL AND "
	                           "salt <> decode(repeat('00', 16), 'hex')"),
	        0);
	assert_roots_equal(s);
	tg_store_close(s);
	s = keep("new", TG_OK);
	assert_int_equal(tg_store_app_find(s, "A", &after, NULL), TG_OK);
	assert_int_equal(after.state, before.state);
	struct tg_verify_report v;
	assert_int_equal(lib_verify(s, &v), TG_OK);
	assert_int_equal(v.erased_bodies, gone);
	tg_store_close(s);
	tg_store_close(k);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, lib_teardown)
	const struct CMUnitTest tests[] = {
	        T(test_c7_a_live_file_moves),
	        T(test_c3_a_lost_file_is_made_again),
	        T(test_c3_a_file_that_is_behind),
	        T(test_c7_a_row_that_only_the_database_has),
	        T(test_c7_the_database_is_down),
	        T(test_c7_other_pasts),
	        T(test_c7_two_centres),
	        T(test_c8_erased_in_both),
	};
#undef T
	static const struct centre_case suite = {"centre on PostgreSQL", open_outside, pg_reset};
	struct tg_buf text = TG_BUF_INIT;
	pg_up(0);
	const struct tg_postgres p = pg_options();
	assert_int_equal(tg_postgres_where(&p, &text, NULL), TG_OK);
	assert_true(tg_copy(where, sizeof(where), tg_buf_str(&text)));
	tg_buf_finish(&text);
	tg_store_set_log_opener(tg_postgres_open_log);
	int failed = on_file_run("journal in PostgreSQL", open_outside, reset);
	failed += centre_suite_run(&suite);
	failed += cmocka_run_group_tests_name("file and database", tests, NULL, NULL);
	pg_down();
	return failed;
}
