/* Sealed months: everything is found as before, whichever file it lies in; killed anywhere, the next call goes on.
 * The sqlite3 program looks into the files. Requirements C-1, C-3, K-15. */
#include "lib.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAY    INT64_C(86400000)
#define JUNE   INT64_C(1780272000000) /* 2026-06-01T00:00:00Z, by date(1) */
#define JULY   INT64_C(1782864000000)
#define AUG    INT64_C(1785542400000)
#define SEP    INT64_C(1788220800000)
#define KIOSKS 3

static struct tg_store *kiosk[KIOSKS], *centre;
static const char *const ids[KIOSKS] = {"K01A-1", "K02B-2", "K03C-3"};

static enum tg_status add_line(const struct tg_entry *e, void *ctx)
{
	char hash[2 * TG_HASH_LEN + 1];
	tg_hex(e->hash, TG_HASH_LEN, hash);
	tg_buf_addf(ctx, "%s %llu %s %s %.*s\n", e->kiosk, (unsigned long long)e->seq, e->kind, hash, (int)e->body_len,
	        e->body ? e->body : "");
	return TG_OK;
}

/* All that can be asked of the journal, as one text. */
static void tell(struct tg_store *s, struct tg_buf *out)
{
	struct tg_error err = {0};
	assert_int_equal(tg_store_each(s, add_line, out, &err), TG_OK);
	for (int i = 0; i < KIOSKS; i++)
		assert_int_equal(tg_store_read(s, ids[i], 1, 1000, add_line, out, &err), TG_OK);
	for (int i = 0; i < KIOSKS; i++) {
		for (int month = 0; month < 3; month++) {
			char number[32];
			struct tg_app_row row;
			(void)snprintf(number, sizeof(number), "N%d-%d", i, month);
			enum tg_status st = tg_store_app_find(s, number, &row, &err);
			tg_buf_addf(out, "%s %d %d %lld %lld\n", number, (int)st, (int)row.state,
			        (long long)row.sent_ms, (long long)row.registered_ms);
			if (st == TG_OK)
				assert_int_equal(tg_store_app_entries(s, number, add_line, out, &err), TG_OK);
		}
	}
}

static void month_of_entries(int month, int64_t begins)
{
	for (int i = 0; i < KIOSKS; i++) {
		char number[32], serial[32];
		(void)snprintf(number, sizeof(number), "N%d-%d", i, month);
		(void)snprintf(serial, sizeof(serial), "S%d-%d", i, month);
		/* the second kiosk sends nothing in August */
		if (i == 1 && month == 2)
			continue;
		for (int n = 0; n < 10; n++)
			lib_whole_application(kiosk[i], number, serial);
		lib_send_all(kiosk[i], ids[i], centre, begins + (i + 1) * DAY);
	}
}

/* Made once; each test gets copies. */
static int make_months(void **state)
{
	(void)state;
	lib_make_dir();
	centre = lib_open_centre("made-c");
	for (int i = 0; i < KIOSKS; i++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "made-%s", ids[i]);
		kiosk[i] = lib_open_kiosk(name, ids[i]);
	}
	month_of_entries(0, JUNE);
	month_of_entries(1, JULY);
	month_of_entries(2, AUG);
	tg_store_close(centre);
	for (int i = 0; i < KIOSKS; i++)
		tg_store_close(kiosk[i]);
	return 0;
}

static int remove_months(void **state)
{
	(void)state;
	lib_remove_dir();
	return 0;
}

static int three_months(void **state)
{
	(void)state;
	lib_copy("made-c", "c");
	centre = lib_open_centre("c");
	for (int i = 0; i < KIOSKS; i++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "made-%s", ids[i]);
		lib_copy(name, ids[i]);
		kiosk[i] = lib_open_kiosk(ids[i], ids[i]);
	}
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	static const char *const left[] = {"2026-06", "2026-07", "2026-08"};
	tg_store_close(centre);
	for (int i = 0; i < KIOSKS; i++)
		tg_store_close(kiosk[i]);
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		char name[40];
		(void)snprintf(name, sizeof(name), "segments/%s.db", left[i]);
		(void)unlink(lib_path(name));
	}
	return 0;
}

static enum tg_status seal(struct tg_store *s, int64_t now, int keep)
{
	struct tg_error err = {0};
	const struct tg_seal_order o = {.now_ms = now, .keep_months = keep};
	enum tg_status st = tg_store_seal(s, &o, &err);
	if (st != TG_OK)
		print_message("%s: %s\n", tg_status_name(st), err.detail);
	return st;
}

static void assert_whole(void)
{
	struct tg_verify_report r;
	assert_int_equal(lib_verify(centre, &r), TG_OK);
	assert_int_equal(r.entries, 480);
}

static void assert_same(const struct tg_buf *before)
{
	struct tg_buf after = TG_BUF_INIT;
	tell(centre, &after);
	assert_true(
	        before->len > 10000 && after.len == before->len && memcmp(after.data, before->data, after.len) == 0);
	tg_buf_finish(&after);
}

static void test_c1_everything_is_found_as_before(void **state)
{
	(void)state;
	struct tg_buf before = TG_BUF_INIT;
	tell(centre, &before);
	assert_whole();
	assert_int_equal(lib_count("c", "SELECT count(*) FROM journal"), 480);

	assert_int_equal(seal(centre, AUG + 20 * DAY, 1), TG_OK); /* June: July is over too */
	assert_int_equal(lib_count("c", "SELECT count(*) FROM journal"), 300);
	assert_string_equal(lib_sqlite3("c", "SELECT name, first_id, last_id FROM segment"), "2026-06|1|180");
	assert_same(&before);
	assert_int_equal(seal(centre, SEP, 0), TG_OK); /* the very first moment of September */
	assert_int_equal(lib_count("c", "SELECT count(*) FROM journal"), 0);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM mark"), 0);
	assert_same(&before);
	assert_whole();

	assert_int_equal(lib_count("segments/2026-06.db", "SELECT count(*) FROM journal"), 180);
	assert_int_equal(lib_count("segments/2026-07.db", "SELECT count(*) FROM journal"), 180);
	assert_int_equal(lib_count("segments/2026-08.db", "SELECT count(*) FROM journal"), 120);
	assert_string_equal(lib_sqlite3("segments/2026-08.db", "PRAGMA integrity_check"), "ok");
	assert_string_equal(lib_sqlite3("segments/2026-08.db", "PRAGMA index_list(journal)"), "0|journal_entry|1|c|0");
	assert_string_equal(
	        lib_sqlite3("segments/2026-08.db", "PRAGMA index_info(journal_entry)"), "0|1|kiosk\n1|2|seq");
	struct stat file;
	assert_int_equal(stat(lib_path("segments/2026-08.db"), &file), 0);
	assert_int_equal(file.st_mode & 0777, 0400);

	tg_store_close(centre);
	centre = lib_open_centre("c");
	assert_same(&before);
	assert_int_equal(tg_store_rebuild(centre, NULL), TG_OK);
	assert_same(&before);
	tg_buf_finish(&before);
}

/* What is sent again is known; what is new goes on behind the sealed places. */
static void test_c3_receiving_goes_on(void **state)
{
	(void)state;
	uint64_t seq;
	uint8_t hash[TG_HASH_LEN];
	assert_int_equal(seal(centre, SEP, 0), TG_OK);
	struct lib_chain other;
	lib_chain_make(&other, ids[0], 5);
	enum tg_status results[5];
	assert_int_equal(tg_store_receive(centre, other.entries, 5, SEP, results, NULL), TG_OK);
	for (int i = 0; i < 5; i++)
		assert_int_equal(results[i], TG_SYNC_FORK);
	lib_chain_free(&other);

	lib_send_all(kiosk[0], ids[0], centre, SEP); /* from its acknowledgement: nothing */
	lib_whole_application(kiosk[1], "N1-9", "S1-9");
	lib_send_all(kiosk[1], ids[1], centre, SEP + 1);
	assert_string_equal(lib_sqlite3("c", "SELECT min(id), max(id), count(*) FROM journal"), "481|486|6");
	assert_int_equal(tg_store_head(centre, ids[1], &seq, hash, NULL), TG_OK);
	assert_int_equal(seq, 126);
	struct tg_verify_report r;
	assert_int_equal(lib_verify(centre, &r), TG_OK);
	assert_int_equal(r.entries, 486);
}

/* Gives one entry, and expects that it is judged so. */
static enum tg_status give(const struct tg_entry *e, void *want)
{
	enum tg_status result = TG_BUG;
	assert_int_equal(tg_store_receive(centre, e, 1, SEP, &result, NULL), TG_OK);
	assert_int_equal(result, *(const enum tg_status *)want);
	return TG_OK;
}

static void test_c3_repeats_of_sealed_entries(void **state)
{
	(void)state;
	assert_int_equal(seal(centre, SEP, 0), TG_OK);
	enum tg_status want = TG_SYNC_REPEAT;
	assert_int_equal(tg_store_read(kiosk[2], ids[2], 1, 1000, give, &want, NULL), TG_OK);
	assert_whole();
}

static void test_c1_a_segment_that_is_not_there(void **state)
{
	(void)state;
	struct tg_error err = {0};
	struct tg_buf out = TG_BUF_INIT;
	struct tg_verify_report r;
	assert_int_equal(seal(centre, SEP, 0), TG_OK);
	tg_store_close(centre);
	assert_int_equal(rename(lib_path("segments/2026-07.db"), lib_path("away")), 0);
	centre = lib_open_centre("c"); /* the centre itself goes on */
	assert_int_equal(tg_store_read(centre, ids[0], 1, 60, add_line, &out, &err), TG_OK);
	assert_int_equal(tg_store_read(centre, ids[0], 61, 1, add_line, &out, &err), TG_STORE_DAMAGED);
	assert_non_null(strstr(err.detail, "2026-07"));
	assert_int_equal(tg_store_read(centre, ids[0], 121, 60, add_line, &out, &err), TG_OK);
	assert_int_not_equal(lib_verify(centre, &r), TG_OK);
	lib_whole_application(kiosk[1], "N1-9", "S1-9");
	enum tg_status want = TG_OK;
	assert_int_equal(tg_store_read(kiosk[1], ids[1], 121, 1, give, &want, NULL), TG_OK);
	want = TG_STORE_DAMAGED; /* whether it is the same one cannot be said */
	assert_int_equal(tg_store_read(kiosk[1], ids[1], 70, 1, give, &want, NULL), TG_OK);

	assert_int_equal(rename(lib_path("segments/2026-06.db"), lib_path("segments/2026-07.db")), 0);
	assert_int_equal(tg_store_read(centre, ids[0], 61, 1, add_line, &out, &err), TG_STORE_DAMAGED);
	assert_non_null(strstr(err.detail, "something else"));
	tg_buf_finish(&out);
}

static void test_c1_a_row_that_was_changed_is_not_sealed(void **state)
{
	(void)state;
	struct tg_error err = {0};
	const struct tg_seal_order o = {.now_ms = SEP};
	(void)lib_sqlite3("c", "UPDATE journal SET body = '{}' WHERE id = 77");
	assert_int_equal(tg_store_seal(centre, &o, &err), TG_STORE_DAMAGED);
	assert_non_null(strstr(err.detail, "place 77"));
	assert_int_equal(lib_count("c", "SELECT count(*) FROM segment"), 0);
	assert_int_equal(access(lib_path("segments/2026-06.db"), F_OK), -1);
	assert_int_equal(access(lib_path("segments/2026-06.db.making"), F_OK), -1);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM journal"), 480);
}

/* A row whose hash was made anew after the change: only the tree knows. */
static void test_c1_rows_that_are_not_the_trees(void **state)
{
	(void)state;
	struct tg_error err = {0};
	const struct tg_seal_order o = {.now_ms = SEP};
	(void)lib_sqlite3("c", "UPDATE tree_node SET hash = zeroblob(32) WHERE level = 7 AND at = 0");
	tg_store_close(centre);
	centre = lib_open_centre("c");
	assert_int_equal(tg_store_seal(centre, &o, &err), TG_STORE_DAMAGED);
	assert_non_null(strstr(err.detail, "tree"));
	assert_int_equal(lib_count("c", "SELECT count(*) FROM segment"), 0);
}

/* The clock stood wrong for a moment: neither does a month end in its middle nor does sealing stop for years. */
static void test_c1_a_clock_that_was_wrong(void **state)
{
	(void)state;
	(void)lib_sqlite3("c", "UPDATE journal SET received_ms = 4070908800000 WHERE id IN (1, 90)"); /* 2099 */
	(void)lib_sqlite3(
	        "c", "UPDATE journal SET received_ms = 1782864000000 - 5000 WHERE id = 200"); /* June, in July */
	assert_int_equal(seal(centre, AUG + DAY, 0), TG_OK);
	assert_string_equal(
	        lib_sqlite3("c", "SELECT name, first_id, last_id FROM segment"), "2026-06|1|200\n2026-07|201|360");
	assert_whole();
}

static void test_c1_never_the_current_month(void **state)
{
	(void)state;
	assert_int_equal(seal(centre, JUNE, 0), TG_OK);
	assert_int_equal(seal(centre, JULY + 5 * DAY, 1), TG_OK);
	assert_int_equal(seal(centre, SEP - 1, 12), TG_OK);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM segment"), 0);
}

/* Another process seals and is killed; reading and receiving go on here, and the next one finishes. */
static void test_c1_killed_at_any_moment(void **state)
{
	(void)state;
	struct tg_buf before = TG_BUF_INIT;
	uint64_t seed = 20260901;
	int killed = 0;
	tell(centre, &before);
	tg_store_close(centre);
	const int cycles = lib_deep() ? 400 : 20;
	for (int i = 0; i < cycles; i++) {
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			struct tg_store *s = NULL;
			const struct tg_seal_order o = {.now_ms = SEP};
			if (tg_store_open(&s, lib_path("c"), TG_STORE_CENTRE, NULL, NULL) != TG_OK)
				_exit(2);
			_exit(tg_store_seal(s, &o, NULL) == TG_OK ? 0 : 3);
		}
		int status = 0;
		(void)usleep(lib_rnd(&seed, 60000));
		(void)kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		killed += WIFSIGNALED(status);
		assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
		centre = lib_open_centre("c");
		assert_same(&before);
		if (i % 8 == 0)
			assert_whole();
		tg_store_close(centre);
	}
	print_message("%d kills\n", killed);
	assert_true(killed > 2);
	centre = lib_open_centre("c");
	assert_int_equal(seal(centre, SEP, 0), TG_OK);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM journal"), 0);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM segment"), 3);
	assert_same(&before);
	assert_whole();
	tg_buf_finish(&before);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, three_months, close_all)
	const struct CMUnitTest tests[] = {
	        TEST(test_c1_everything_is_found_as_before),
	        TEST(test_c3_receiving_goes_on),
	        TEST(test_c3_repeats_of_sealed_entries),
	        TEST(test_c1_a_segment_that_is_not_there),
	        TEST(test_c1_a_row_that_was_changed_is_not_sealed),
	        TEST(test_c1_rows_that_are_not_the_trees),
	        TEST(test_c1_a_clock_that_was_wrong),
	        TEST(test_c1_never_the_current_month),
	        TEST(test_c1_killed_at_any_moment),
	};
	return cmocka_run_group_tests(tests, make_months, remove_months);
}
