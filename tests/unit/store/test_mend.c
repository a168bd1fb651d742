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

#define KINDS "SELECT DISTINCT name || ' ' || pagetype AS k FROM dbstat ORDER BY k"

static const char *const ids[KIOSKS] = {"K01A-1", "K02B-2", "K03C-3"};
static struct tg_store *kiosk[KIOSKS];
static struct tg_buf whole; /* what the centre says when nothing is damaged */
static struct tg_buf own;   /* its own stream */

static enum tg_status add_line(const struct tg_entry *e, void *ctx)
{
	char hash[2 * TG_HASH_LEN + 1];
	tg_hex(e->hash, TG_HASH_LEN, hash);
	tg_buf_addf(ctx, "%s %llu %s %s %.*s\n", e->kiosk, (unsigned long long)e->seq, e->kind, hash, (int)e->body_len,
	        e->body ? e->body : "");
	return TG_OK;
}

/* An entry of the centre's own; some go on in further pages. */
static void append_own(struct tg_store *s, int n)
{
	static char body[24000];
	(void)snprintf(body, sizeof(body), "{\"to\":\"%0*d\",\"files\":%d}", n % 7 == 0 ? 20000 : 30, n, n);
	assert_int_equal(tg_store_append(s, TG_RECORD_BACKUP_MADE, body, SEP - 90 * DAY + n * DAY, NULL, NULL), TG_OK);
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
		append_own(centre, n);
	}
	tell(centre, &whole);
	assert_int_equal(tg_store_read(centre, TG_CENTRE_STREAM, 1, 10000, add_line, &own, NULL), TG_OK);
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
	tg_buf_finish(&own);
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

static enum tg_status mend_with(const char *name, const char *backup, struct tg_mend_report *r, struct tg_error *err)
{
	char path[300], copy[300] = "";
	assert_true(tg_copy(path, sizeof(path), lib_path(name)));
	if (backup)
		assert_true(tg_copy(copy, sizeof(copy), lib_path(backup)));
	const struct tg_mend_order o = {.path = path, .backup = backup ? copy : NULL, .now_ms = SEP};
	return tg_store_mend(&o, r, err);
}

static enum tg_status mend(const char *name, struct tg_mend_report *r, struct tg_error *err)
{
	return mend_with(name, NULL, r, err);
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
	enum tg_status st = mend(name, &r, &err);
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

/* Each of the centre's own entries is where it was, with the same hash; what was done since stands behind them. */
static void assert_own(struct tg_store *s)
{
	struct tg_buf now = TG_BUF_INIT;
	assert_int_equal(tg_store_read(s, TG_CENTRE_STREAM, 1, 10000, add_line, &now, NULL), TG_OK);
	assert_true(now.len > own.len && memcmp(now.data, own.data, own.len) == 0);
	tg_buf_finish(&now);
}

static void assert_resent(const char *name, const struct tg_mend_report *r)
{
	struct tg_buf now = TG_BUF_INIT;
	struct tg_store *s = lib_open_centre(name);
	assert_verified(s);
	assert_own(s);
	assert_int_equal(r->own_lost, 0);
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
	assert_int_equal(lib_count(name, "SELECT count(*) FROM journal WHERE kind = 'tree.restarted'"), !r->same_tree);
	assert_int_equal(lib_count(name, "SELECT count(*) FROM journal WHERE kind = 'replica.mended'"), 1);
	assert_int_equal(lib_count(name, "SELECT count(*) FROM own") -
	                         lib_count(name, "SELECT count(*) FROM journal WHERE kiosk = 'C00-1'"),
	        0);
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
	assert_resent("c", &r);
	return r;
}

static void test_c3_a_page_of_rows(void **state)
{
	(void)state;
	struct tg_mend_report r = damage_and_mend(page_of("journal", "leaf"), "table journal");
	assert_true(r.entries > 180 && r.aside > 50);
	assert_false(r.same_tree);
	/* the damaged file is kept as it was */
	char kept[100];
	(void)snprintf(kept, sizeof(kept), "%s/c", r.moved_to);
	assert_string_equal(r.moved_to, "damaged-20260901T000000Z");
	assert_int_equal(lib_file_size(lib_path(kept)), lib_file_size(lib_path("good")));
}

/* A kind: a table or an index, and what a page of it is: leaf, inner, overflow, the table of tables. Only what a page
 * of the journal itself held, and of kiosks, has to come again; the tree goes on where its own page was not the one. */
static void damage_kind(long i, int of, int from)
{
	char kind[100], sql[300];
	(void)snprintf(sql, sizeof(sql), KINDS " LIMIT 1 OFFSET %ld", i);
	assert_true(tg_copy(kind, sizeof(kind), lib_sqlite3("good", sql)));
	(void)snprintf(sql, sizeof(sql),
	        "SELECT pageno FROM (SELECT pageno, row_number() OVER (ORDER BY path) * %d / (count(*) OVER () + 1) AS "
	        "part "
	        "FROM dbstat WHERE name || ' ' || pagetype = '%s') WHERE part = %d LIMIT 1",
	        of, kind, from);
	const char *text = lib_sqlite3("good", sql);
	if (!*text)
		return;
	struct tg_mend_report r = damage_and_mend(strtol(text, NULL, 10), "c: ");
	const bool rows = strcmp(kind, "journal leaf") == 0 || strcmp(kind, "journal overflow") == 0;
	const bool tree = strcmp(kind, "tree leaf") == 0 || strncmp(kind, "sqlite_schema", 13) == 0;
	if (r.same_tree != !(rows || tree) && !rows)
		print_error("%s: %d\n", kind, r.same_tree);
	assert_true(rows || r.same_tree == !tree);
	assert_true(rows || r.aside == 0);
}

static void test_c3_every_kind_of_page(void **state)
{
	(void)state;
	const long n = lib_count("good", "SELECT count(*) FROM (" KINDS ")");
	assert_true(n > 40);
	for (long i = 0; i < n; i++) {
		char sql[200];
		(void)snprintf(sql, sizeof(sql),
		        "SELECT substr(k, 1, 4) IN ('jour', 'own ', 'sqli', 'tree') FROM (" KINDS
		        ") LIMIT 1 OFFSET %ld",
		        i);
		const bool always = lib_count("good", sql);
		for (int part = 0; part < (lib_deep() ? 12 : always); part++)
			damage_kind(i, lib_deep() ? 12 : 1, part);
		if (!lib_deep() && !always && i % 8 == 0)
			damage_kind(i, 1, 0);
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
	assert_int_equal(r.entries, lib_count("good", "SELECT count(*) FROM journal"));
	assert_resent("c", &r);
}

static void test_c3_nothing_is_damaged(void **state)
{
	(void)state;
	struct tg_mend_report r;
	struct tg_error err = {0};
	lib_copy("good", "c");
	assert_int_equal(tg_store_inspect(lib_path("c"), NULL, NULL, &err), TG_OK);
	assert_int_equal(mend("c", &r, &err), TG_NOT_FOUND);
	assert_int_equal(mend("none", &r, &err), TG_STORE_OPEN);
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

/* Rows of a page that is gone come from a backup; what was erased since it was made does not come back with them. */
static void test_c8_a_backup_brings_nothing_back(void **state)
{
	(void)state;
	struct tg_error err = {0};
	struct tg_mend_report r;
	uint64_t left = 0, bodies = 0;
	lib_copy("good", "backup");
	lib_copy("good", "c");
	struct tg_store *s = lib_open_centre("c");
	for (int n = 0; n < 60; n += 3) {
		char number[32];
		(void)snprintf(number, sizeof(number), "N%d", n);
		assert_int_equal(tg_store_erase(s, number, "order", SEP, &bodies, NULL), TG_OK);
	}
	assert_int_equal(tg_store_erase_finish(s, &left, NULL), TG_OK);
	tg_store_close(s);
	(void)lib_sqlite3("c", "PRAGMA wal_checkpoint(TRUNCATE)");
	const long gone = lib_count("c", "SELECT count(*) FROM journal WHERE body IS NULL");
	const long rows = lib_count("c", "SELECT count(*) FROM journal");
	overwrite("c", page_of("journal", "leaf"));
	assert_int_equal(mend_with("c", "backup", &r, &err), TG_OK);
	assert_true(r.same_tree && r.own_lost == 0 && r.aside == 0 && r.entries == rows);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM journal WHERE body IS NULL"), gone);
	s = lib_open_centre("c");
	assert_verified(s);
	tg_store_close(s);
}

/* One of another tree has other entries at these places. */
static void test_c3_another_trees_backup_is_not_used(void **state)
{
	(void)state;
	struct tg_error err = {0};
	struct tg_mend_report r;
	lib_copy("good", "backup");
	struct tg_store *s = lib_open_centre("backup");
	assert_int_equal(tg_store_tree_restart(s, "restored", SEP, &err), TG_OK);
	tg_store_close(s);
	lib_copy("good", "c");
	overwrite("c", page_of("journal", "leaf"));
	assert_int_equal(mend_with("c", "backup", &r, &err), TG_OK);
	assert_false(r.same_tree);
	assert_resent("c", &r);
}

/* A centre that was killed left its newest pages in the log. */
static void test_c3_with_a_log_beside_it(void **state)
{
	(void)state;
	struct tg_error err = {0};
	struct tg_mend_report r;
	lib_copy("good", "live");
	struct tg_store *s = lib_open_centre("live");
	for (int n = 100; n < 400; n++)
		append_own(s, n);
	const long newest = lib_count("live", "SELECT max(id) FROM journal");
	const char *const pages[] = {"1", "(SELECT rootpage FROM sqlite_schema WHERE name = 'journal')"};
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		char sql[120];
		(void)snprintf(sql, sizeof(sql), "SELECT %s", pages[i]);
		lib_copy("live", "c");
		lib_copy("live-wal", "c-wal");
		(void)unlink(lib_path("c-shm"));
		assert_true(lib_file_size(lib_path("c-wal")) > 300000);
		overwrite("c", lib_count("live", sql));
		const enum tg_status st = mend("c", &r, &err);
		/* In the log the page stands whole. */
		assert_true(st == TG_OK || st == TG_NOT_FOUND);
		assert_true(lib_count("c", "SELECT max(id) FROM journal") >= newest);
		struct tg_store *m = lib_open_centre("c");
		assert_verified(m);
		assert_own(m);
		tg_store_close(m);
	}
	tg_store_close(s);
	(void)unlink(lib_path("c-wal"));
}

/* Microseconds that it takes here. */
static uint32_t time_of_mending(long page)
{
	struct tg_mend_report r;
	struct timespec from, to;
	lib_copy("good", "c");
	overwrite("c", page);
	clock_gettime(CLOCK_MONOTONIC, &from);
	assert_int_equal(mend("c", &r, NULL), TG_OK);
	clock_gettime(CLOCK_MONOTONIC, &to);
	return (uint32_t)((to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000);
}

/* Killed while mending: no centre starts on what is half done, and the next call finishes. */
static void test_c3_killed_while_mending(void **state)
{
	(void)state;
	uint64_t seed = 7;
	int killed = 0;
	long page = page_of("journal", "leaf");
	const uint32_t all_of_it = time_of_mending(page);
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
				_exit(mend("c", &r, NULL) == TG_OK ? 0 : 3);
			}
			int status = 0;
			if (tries < 7)
				(void)usleep((useconds_t)lib_rnd(&seed, all_of_it));
			if (tries < 7) /* the last one has all the time it needs */
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
		const struct tg_mend_report r = {.same_tree = false};
		assert_resent("c", &r);
	}
	print_message("%d kills\n", killed);
	assert_true(killed > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_c3_nothing_is_damaged),
	        cmocka_unit_test(test_c3_a_page_of_rows),
	        cmocka_unit_test(test_c3_every_kind_of_page),
	        cmocka_unit_test(test_c3_a_free_page),
	        cmocka_unit_test(test_c3_the_first_page),
	        cmocka_unit_test(test_c3_a_damaged_segment),
	        cmocka_unit_test(test_c8_erased_stays_erased),
	        cmocka_unit_test(test_c8_a_backup_brings_nothing_back),
	        cmocka_unit_test(test_c3_another_trees_backup_is_not_used),
	        cmocka_unit_test(test_c3_with_a_log_beside_it),
	        cmocka_unit_test(test_c3_killed_while_mending),
	};
	return cmocka_run_group_tests(tests, make_all, remove_all);
}
