/* One page of the centre's database is overwritten: it is named, what can be read of the rest is kept, and the kiosks
 * send what is missing. Pages are found by the sqlite3 program (dbstat). Requirements C-1, C-3, K-15. */
#include "lib.h"

#include "tamga/erase.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define KIOSKS 3
#define DAY    INT64_C(86400000)
#define SEP    INT64_C(1788220800000) /* 2026-09-01 */

static const char *const ids[KIOSKS] = {"K01A-1", "K02B-2", "K03C-3"};
static struct tg_store *kiosk[KIOSKS];
static struct tg_buf whole; /* what the centre says when nothing is damaged */

static enum tg_status add_line(const struct tg_entry *e, void *ctx)
{
	char hash[2 * TG_HASH_LEN + 1];
	tg_hex(e->hash, TG_HASH_LEN, hash);
	tg_buf_addf(ctx, "%s %llu %s %s %.*s\n", e->kiosk, (unsigned long long)e->seq, e->kind, hash, (int)e->body_len,
	        e->body ? e->body : "");
	return TG_OK;
}

/* The kiosks' streams, and what became of their applications with the times at which the centre had them. */
static void tell(struct tg_store *s, struct tg_buf *out)
{
	struct tg_error err = {0};
	for (int i = 0; i < KIOSKS; i++)
		assert_int_equal(tg_store_read(s, ids[i], 1, 10000, add_line, out, &err), TG_OK);
	for (int n = 0; n < 60; n++) {
		char number[32];
		struct tg_app_row row;
		(void)snprintf(number, sizeof(number), "N%d", n);
		assert_int_equal(tg_store_app_find(s, number, &row, &err), TG_OK);
		tg_buf_addf(out, "%s %d\n", number, (int)row.state);
	}
}

static int make_all(void **state)
{
	(void)state;
	lib_make_dir();
	struct tg_store *centre = lib_open_centre("good");
	for (int i = 0; i < KIOSKS; i++)
		kiosk[i] = lib_open_kiosk(ids[i], ids[i]);
	for (int n = 0; n < 60; n++) {
		char number[32], serial[32];
		(void)snprintf(number, sizeof(number), "N%d", n);
		(void)snprintf(serial, sizeof(serial), "S%d", n);
		lib_whole_application(kiosk[n % KIOSKS], number, serial);
		lib_send_all(kiosk[n % KIOSKS], ids[n % KIOSKS], centre, SEP - 90 * DAY + n * DAY);
		if (n % 10 == 0)
			assert_int_equal(tg_store_set_kiosk_role(centre, ids[n / 10 % KIOSKS],
			                         n % 20 ? "desk" : "field", SEP - 90 * DAY + n * DAY, NULL),
			        TG_OK);
	}
	tell(centre, &whole);
	/* some free pages */
	tg_store_close(centre);
	(void)lib_sqlite3("good",
	        "CREATE TABLE x (a); INSERT INTO x SELECT randomblob(6000) FROM application; DROP TABLE x; "
	        "PRAGMA wal_checkpoint(TRUNCATE)");
	assert_true(lib_count("good", "PRAGMA freelist_count") > 2);
	return 0;
}

static int remove_all(void **state)
{
	(void)state;
	for (int i = 0; i < KIOSKS; i++)
		tg_store_close(kiosk[i]);
	tg_buf_finish(&whole);
	lib_remove_dir();
	return 0;
}

/* Garbage over one page; 1 is the first. */
static void overwrite(const char *name, long page)
{
	static uint8_t garbage[8192];
	uint64_t seed = 20260901 + (uint64_t)page;
	for (size_t i = 0; i < sizeof(garbage); i++)
		garbage[i] = (uint8_t)lib_rnd(&seed, 256);
	int fd = open(lib_path(name), O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0 && page > 0);
	assert_int_equal(
	        pwrite(fd, garbage, sizeof(garbage), (page - 1) * (off_t)sizeof(garbage)), (ssize_t)sizeof(garbage));
	assert_int_equal(close(fd), 0);
}

static void collect(const char *line, void *ctx)
{
	tg_buf_addf(ctx, "%s\n", line);
}

static struct tg_mend_report mended(const char *name, const char *names)
{
	struct tg_error err = {0};
	struct tg_buf said = TG_BUF_INIT;
	struct tg_mend_report r;
	assert_int_equal(tg_store_inspect(lib_path(name), collect, &said, &err), TG_STORE_DAMAGED);
	if (!strstr(tg_buf_str(&said), names))
		print_error("wanted «%s» in:\n%s", names, tg_buf_str(&said));
	assert_non_null(strstr(tg_buf_str(&said), names));
	enum tg_status st = tg_store_mend(lib_path(name), SEP, NULL, NULL, &r, &err);
	if (st != TG_OK)
		print_error("%s: %s\n%s", tg_status_name(st), err.detail, tg_buf_str(&said));
	assert_int_equal(st, TG_OK);
	tg_buf_finish(&said);
	assert_int_equal(tg_store_inspect(lib_path(name), NULL, NULL, &err), TG_OK);
	return r;
}

static void assert_verified(struct tg_store *s)
{
	struct tg_verify_report v;
	enum tg_status st = lib_verify(s, &v);
	if (st != TG_OK)
		print_error("%s %llu %s\n", v.kiosk, (unsigned long long)v.seq, v.what);
	assert_int_equal(st, TG_OK);
}

static void assert_resent(const char *name)
{
	struct tg_buf now = TG_BUF_INIT;
	struct tg_store *s = lib_open_centre(name);
	assert_verified(s);
	for (int i = 0; i < KIOSKS; i++)
		lib_send_all(kiosk[i], ids[i], s, SEP + DAY);
	tell(s, &now);
	assert_true(now.len == whole.len && memcmp(now.data, whole.data, now.len) == 0);
	assert_verified(s);
	tg_buf_finish(&now);
	tg_store_close(s);
	assert_int_equal(lib_count(name, "SELECT count(*) FROM aside"), 0);
	assert_string_equal(
	        lib_sqlite3(name, "SELECT count(*) - count(DISTINCT kiosk || ' ' || seq) FROM journal"), "0");
	assert_string_equal(lib_sqlite3(name, "PRAGMA integrity_check"), "ok");
	assert_int_equal(lib_count(name, "SELECT count(*) FROM journal WHERE kind = 'tree.restarted'"), 1);
	assert_int_equal(lib_count(name, "SELECT count(*) FROM journal WHERE kind = 'replica.mended'"), 1);
	/* every row that could be read kept the time at which it came first (K-15) */
	assert_int_equal(lib_count(name, "SELECT count(*) FROM journal WHERE received_ms = 1788220800000 + 86400000"),
	        360 - lib_count(name,
	                      "SELECT count(*) FROM journal WHERE kiosk <> 'C00-1' AND received_ms < 1788220800000"));
}

/* A page of this table and type ("leaf", "internal"), in the middle of its pages. */
static long page_of(const char *table, const char *type)
{
	char sql[300];
	(void)snprintf(sql, sizeof(sql),
	        "SELECT pageno FROM dbstat WHERE name = '%s' AND pagetype = '%s' ORDER BY path LIMIT 1 OFFSET "
	        "(SELECT count(*) / 2 FROM dbstat WHERE name = '%s' AND pagetype = '%s')",
	        table, type, table, type);
	return lib_count("good", sql);
}

static struct tg_mend_report damage_and_mend(long page, const char *names)
{
	lib_copy("good", "c");
	overwrite("c", page);
	struct tg_mend_report r = mended("c", names);
	assert_resent("c");
	return r;
}

static void test_c3_a_page_of_rows(void **state)
{
	(void)state;
	struct tg_mend_report r = damage_and_mend(page_of("journal", "leaf"), "table journal");
	assert_true(r.entries > 180 && r.aside > 50);
	assert_true(r.own_lost <= 1);
	/* the damaged file is kept as it was */
	char kept[100];
	(void)snprintf(kept, sizeof(kept), "%s/c", r.moved_to);
	assert_string_equal(r.moved_to, "damaged-20260901T000000Z");
	assert_int_equal(lib_file_size(lib_path(kept)), lib_file_size(lib_path("good")));
}

static void test_c3_every_page_of_rows(void **state)
{
	(void)state;
	char sql[120];
	long n = lib_count("good", "SELECT count(*) FROM dbstat WHERE name = 'journal'");
	assert_true(n > 5);
	for (long i = 0; i < n; i += lib_deep() ? 1 : 7) {
		(void)snprintf(sql, sizeof(sql),
		        "SELECT pageno FROM dbstat WHERE name = 'journal' ORDER BY pageno LIMIT 1 OFFSET %ld", i);
		(void)damage_and_mend(lib_count("good", sql), "journal");
	}
}

static void test_c3_the_page_above_all_rows(void **state)
{
	(void)state;
	(void)damage_and_mend(page_of("journal", "internal"), "journal");
}

static void test_c3_pages_of_other_tables(void **state)
{
	(void)state;
	static const char *const tables[] = {"application", "feed_thing", "high_water", "mark", "feed", "tree_node",
	        "meta", "token", "tree", "store_key", "application_entry", "kiosk_role"};
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i += lib_deep() ? 1 : 2) {
		char sql[200];
		(void)snprintf(sql, sizeof(sql),
		        "SELECT pageno FROM dbstat WHERE name = '%s' ORDER BY path DESC LIMIT 1", tables[i]);
		struct tg_mend_report r = damage_and_mend(lib_count("good", sql), "c: ");
		assert_int_equal(r.aside, 0);
		assert_int_equal(r.own_lost, 0);
		assert_int_equal(lib_count("c", "SELECT count(*) FROM journal WHERE kiosk <> 'C00-1' AND received_ms > "
		                                "1788220800000"),
		        0);
	}
}

static void test_c3_a_free_page(void **state)
{
	(void)state;
	uint8_t at[4];
	int fd = open(lib_path("good"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(fd, at, 4, 32), 4); /* of the list of free pages: file format 2, 1.3 */
	assert_int_equal(close(fd), 0);
	struct tg_mend_report r =
	        damage_and_mend((long)at[0] << 24 | (long)at[1] << 16 | (long)at[2] << 8 | (long)at[3], "reelist");
	assert_int_equal(r.aside, 0);
}

static void test_c3_the_first_page(void **state)
{
	(void)state;
	lib_copy("good", "c");
	overwrite("c", 1);
	struct tg_mend_report r = mended("c", "cannot be read at all");
	assert_int_equal(r.entries, 0);
	struct tg_store *s = lib_open_centre("c");
	for (int i = 0; i < KIOSKS; i++)
		lib_send_all(kiosk[i], ids[i], s, SEP + DAY);
	assert_verified(s);
	tg_store_close(s);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM journal WHERE kiosk <> 'C00-1'"), 360);
}

static void test_c3_nothing_is_damaged(void **state)
{
	(void)state;
	struct tg_mend_report r;
	struct tg_error err = {0};
	lib_copy("good", "c");
	assert_int_equal(tg_store_inspect(lib_path("c"), NULL, NULL, &err), TG_OK);
	assert_int_equal(tg_store_mend(lib_path("c"), SEP, NULL, NULL, &r, &err), TG_NOT_FOUND);
	assert_int_equal(tg_store_mend(lib_path("none"), SEP, NULL, NULL, &r, &err), TG_STORE_OPEN);
	assert_int_equal(access(lib_path("none"), F_OK), -1);
}

/* With months sealed: the whole ones stay, a damaged one comes back into the database. */
static void test_c3_a_damaged_segment(void **state)
{
	(void)state;
	struct tg_error err = {0};
	lib_copy("good", "c");
	struct tg_store *s = lib_open_centre("c");
	const struct tg_seal_order o = {.now_ms = SEP};
	assert_int_equal(tg_store_seal(s, &o, &err), TG_OK);
	tg_store_close(s);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM segment"), 3);
	assert_int_equal(chmod(lib_path("segments/2026-07.db"), 0600), 0);
	long page = lib_count("segments/2026-07.db",
	        "SELECT pageno FROM dbstat WHERE name = 'journal' AND pagetype = 'leaf' "
	        "ORDER BY path LIMIT 1 OFFSET 2");
	overwrite("segments/2026-07.db", page);
	struct tg_mend_report r = mended("c", "2026-07");
	assert_int_equal(r.segments, 1);
	assert_int_equal(r.reopened, 2);
	assert_int_equal(access(lib_path("segments/2026-07.db"), F_OK), -1);
	assert_int_equal(access(lib_path("damaged-20260901T000000Z/2026-07.db"), F_OK), 0);
	s = lib_open_centre("c");
	for (int i = 0; i < KIOSKS; i++)
		lib_send_all(kiosk[i], ids[i], s, SEP + DAY);
	struct tg_buf now = TG_BUF_INIT;
	tell(s, &now);
	assert_true(now.len == whole.len && memcmp(now.data, whole.data, now.len) == 0);
	tg_buf_finish(&now);
	assert_int_equal(tg_store_seal(s, &o, &err), TG_OK);
	assert_verified(s);
	tg_store_close(s);
	(void)unlink(lib_path("segments/2026-06.db"));
	(void)unlink(lib_path("segments/2026-07.db"));
	(void)unlink(lib_path("segments/2026-08.db"));
}

/* Bodies were erased (C-8) before a page is lost: what was erased stays erased when the kiosk, which has its body
 * still, sends it again; and where the entry that names it was lost, another names it. */
static void test_c8_erased_stays_erased(void **state)
{
	(void)state;
	char sql[200];
	lib_copy("good", "c");
	struct tg_store *s = lib_open_centre("c");
	for (int n = 0; n < 60; n += 3) {
		char number[32];
		uint64_t left = 0;
		uint64_t bodies = 0;
		(void)snprintf(number, sizeof(number), "N%d", n);
		assert_int_equal(tg_store_erase(s, number, "order", SEP, &bodies, NULL), TG_OK);
		assert_int_equal(tg_store_erase_finish(s, &left, NULL), TG_OK);
	}
	assert_verified(s);
	tg_store_close(s);
	(void)lib_sqlite3("c", "PRAGMA wal_checkpoint(TRUNCATE)");
	const long erased = lib_count("c", "SELECT count(*) FROM erased");
	assert_true(erased > 20);
	lib_copy("c", "erased");
	const long pages = lib_count("c", "SELECT count(*) FROM dbstat WHERE name = 'journal' AND pagetype = 'leaf'");
	for (long i = 0; i < pages; i += pages / 3) {
		lib_copy("erased", "c");
		(void)snprintf(sql, sizeof(sql),
		        "SELECT pageno FROM dbstat WHERE name = 'journal' AND pagetype = 'leaf' ORDER BY path LIMIT 1 "
		        "OFFSET "
		        "%ld",
		        i);
		overwrite("c", lib_count("erased", sql));
		(void)mended("c", "table journal");
		s = lib_open_centre("c");
		assert_verified(s);
		for (int k = 0; k < KIOSKS; k++)
			lib_send_all(kiosk[k], ids[k], s, SEP + DAY);
		assert_verified(s);
		tg_store_close(s);
		assert_int_equal(lib_count("c", "SELECT count(*) FROM journal WHERE kiosk <> 'C00-1'"), 360);
		assert_int_equal(
		        lib_count("c", "SELECT count(*) FROM journal WHERE kiosk <> 'C00-1' AND body IS NULL"), erased);
	}
}

/* Killed while mending: no centre starts on what is half done, and the next call finishes. */
static void test_c3_killed_while_mending(void **state)
{
	(void)state;
	uint64_t seed = 7;
	int killed = 0;
	long page = page_of("journal", "leaf");
	const int rounds = getenv("TAMGA_DEEP") ? 40 : 3;
	for (int i = 0; i < rounds; i++) {
		lib_copy("good", "c");
		overwrite("c", page);
		bool done = false;
		for (int tries = 0; !done && tries < 8; tries++) {
			pid_t pid = fork();
			assert_true(pid >= 0);
			if (pid == 0) {
				struct tg_mend_report r;
				_exit(tg_store_mend(lib_path("c"), SEP, NULL, NULL, &r, NULL) == TG_OK ? 0 : 3);
			}
			int status = 0;
			(void)usleep(lib_rnd(&seed, tries < 6 ? 400000 : 9000000));
			(void)kill(pid, SIGKILL);
			assert_int_equal(waitpid(pid, &status, 0), pid);
			killed += WIFSIGNALED(status);
			done = WIFEXITED(status);
			struct tg_store *s = NULL;
			struct tg_error err = {0};
			enum tg_status st = tg_store_inspect(lib_path("c"), NULL, NULL, &err);
			done = done || (st == TG_OK && access(lib_path("c.mended"), F_OK) != 0);
			if (access(lib_path("c.mended"), F_OK) == 0) {
				assert_int_equal(tg_store_open(&s, lib_path("c"), TG_STORE_CENTRE, NULL, &err),
				        TG_STORE_DAMAGED);
				assert_non_null(strstr(err.detail, "cut off"));
			}
		}
		assert_true(done);
		assert_resent("c");
	}
	print_message("%d kills\n", killed);
	assert_true(killed > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_c3_nothing_is_damaged),
	        cmocka_unit_test(test_c3_a_page_of_rows),
	        cmocka_unit_test(test_c3_every_page_of_rows),
	        cmocka_unit_test(test_c3_the_page_above_all_rows),
	        cmocka_unit_test(test_c3_pages_of_other_tables),
	        cmocka_unit_test(test_c3_a_free_page),
	        cmocka_unit_test(test_c3_the_first_page),
	        cmocka_unit_test(test_c3_a_damaged_segment),
	        cmocka_unit_test(test_c8_erased_stays_erased),
	        cmocka_unit_test(test_c3_killed_while_mending),
	};
	return cmocka_run_group_tests(tests, make_all, remove_all);
}
