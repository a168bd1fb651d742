/* The journal: durable appends beside raw SQLite and beside the bare fsync, groups at the centre, verification.
 * Prints "name value unit [ratio-to PEER]" lines. About ten seconds on a 2-core machine. */
#include "tamga/store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

/* WARM_UP: until the write-ahead log is written over and no longer grows, as on a kiosk in use. */
enum { WARM_UP = 800, APPENDS = 2000, VERIFY_ENTRIES = 200000, GROUP = 500 };

static char dir[200];
static double took[APPENDS];

static void die(const char *what, const struct tg_error *err)
{
	fprintf(stderr, "bench_journal: %s %s\n", what, err ? err->detail : "");
	exit(1);
}

static double now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static const char *in_dir(const char *name)
{
	static char path[300];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

struct tail {
	double p50, p99;
};

static struct tail tail_of(double *us, int n)
{
	qsort(us, (size_t)n, sizeof(*us), by_size);
	return (struct tail){us[n / 2], us[n * 99 / 100]};
}

/* About 2 KB, as a filled form is. */
static const char *body_of(int i)
{
	static char body[2200];
	static char filler[1900];
	if (!filler[0])
		memset(filler, 'x', sizeof(filler) - 1);
	snprintf(body, sizeof(body),
	        "{\"number\":\"N%d\",\"provider\":\"kz-nca\",\"service\":\"issue\",\"form\":\"nca-a1\","
	        "\"answers\":[{\"field\":\"iin\",\"value\":\"%s\"}]}",
	        i, filler);
	return body;
}

static struct tail bench_fsync(void)
{
	static char page[4096];
	int fd = open(in_dir("fsync"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		die("fsync file", NULL);
	for (int i = 0; i < APPENDS; i++) {
		double t = now_us();
		if (write(fd, page, sizeof(page)) != (ssize_t)sizeof(page) || fsync(fd) != 0)
			die("fsync", NULL);
		took[i] = now_us() - t;
	}
	close(fd);
	return tail_of(took, APPENDS);
}

static sqlite3 *raw_open(void)
{
	sqlite3 *db;
	if (sqlite3_open(in_dir("raw"), &db) != SQLITE_OK ||
	        sqlite3_exec(db,
	                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, "
	                "kiosk TEXT, "
	                "seq INTEGER, time_ms INTEGER, kind TEXT, version INTEGER, body TEXT, salt BLOB, body_hash "
	                "BLOB, "
	                "prev_hash BLOB, hash BLOB)",
	                NULL, NULL, NULL) != SQLITE_OK)
		die("raw open", NULL);
	return db;
}

/* The same columns and sizes, nothing else: no chain, no head, no projection. */
static void raw_insert(sqlite3 *db, sqlite3_stmt *q, int i, const char *body)
{
	static const uint8_t hash[TG_HASH_LEN] = {1, 2, 3};
	sqlite3_bind_text(q, 1, "K1", -1, SQLITE_STATIC);
	sqlite3_bind_int(q, 2, i + 1);
	sqlite3_bind_int64(q, 3, INT64_C(1795338930000));
	sqlite3_bind_text(q, 4, "application.submitted", -1, SQLITE_STATIC);
	sqlite3_bind_int(q, 5, 1);
	sqlite3_bind_text(q, 6, body, -1, SQLITE_STATIC);
	sqlite3_bind_blob(q, 7, hash, TG_SALT_LEN, SQLITE_STATIC);
	for (int c = 8; c <= 10; c++)
		sqlite3_bind_blob(q, c, hash, TG_HASH_LEN, SQLITE_STATIC);
	if (sqlite3_step(q) != SQLITE_DONE || sqlite3_reset(q) != SQLITE_OK)
		die(sqlite3_errmsg(db), NULL);
}

/* What one append of ours and one raw insert take, in turns, so that both meet the same disk. */
struct pair {
	struct tail ours, raw;
	double ours_sum, raw_sum;
};

static struct pair bench_appends(enum tg_record_kind kind)
{
	static double raw_took[APPENDS];
	struct tg_store *s;
	struct tg_error err = {0};
	struct pair p = {0};
	sqlite3 *db = raw_open();
	sqlite3_stmt *q;
	if (sqlite3_prepare_v2(db, "INSERT INTO t VALUES (NULL,?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)", -1, &q, NULL) !=
	        SQLITE_OK)
		die("raw prepare", NULL);
	if (tg_store_open(&s, in_dir("ours"), TG_STORE_KIOSK, "K1", &err) != TG_OK)
		die("open", &err);
	for (int n = 0; n < WARM_UP + APPENDS; n++) {
		const int i = n < WARM_UP ? 0 : n - WARM_UP;
		const char *body = body_of(n);
		double t0 = now_us();
		if (tg_store_append(s, kind, body, INT64_C(1795338930000), NULL, &err) != TG_OK)
			die("append", &err);
		double t1 = now_us();
		raw_insert(db, q, n, body);
		double t2 = now_us();
		took[i] = t1 - t0;
		raw_took[i] = t2 - t1;
		p.ours_sum += n < WARM_UP ? 0 : took[i];
		p.raw_sum += n < WARM_UP ? 0 : raw_took[i];
	}
	sqlite3_finalize(q);
	sqlite3_close(db);
	tg_store_close(s);
	p.ours = tail_of(took, APPENDS);
	p.raw = tail_of(raw_took, APPENDS);
	const char *const files[] = {"ours", "raw"};
	for (int i = 0; i < 2; i++)
		unlink(in_dir(files[i]));
	return p;
}

static void print_pair(const char *name, const struct pair *p, const struct tail *sync)
{
	printf("%s-p50 %.0f us %.2f raw-sqlite\n", name, p->ours.p50, p->ours.p50 / p->raw.p50);
	printf("%s-p99 %.0f us %.2f fsync-p50\n", name, p->ours.p99, p->ours.p99 / sync->p50);
	printf("%s-rate %.0f /s %.2f raw-sqlite\n", name, APPENDS / p->ours_sum * 1e6, p->raw_sum / p->ours_sum);
	printf("%s-raw-sqlite-p50 %.0f us\n%s-raw-sqlite-p99 %.0f us\n", name, p->raw.p50, name, p->raw.p99);
}

/* One stream received in groups: what a kiosk that was cut off for long sends. */
static void fill_group(struct tg_entry *group, char (*bodies)[256], uint64_t from, uint8_t prev[TG_HASH_LEN])
{
	for (int i = 0; i < GROUP; i++) {
		struct tg_entry *e = &group[i];
		uint64_t seq = from + (uint64_t)i;
		int n = snprintf(bodies[i], sizeof(bodies[i]), "{\"code\":203,\"screen\":\"%0200llu\"}",
		        (unsigned long long)seq);
		*e = (struct tg_entry){.kiosk = "K1",
		        .seq = seq,
		        .time_ms = INT64_C(1795338930000),
		        .kind = "failure.shown",
		        .version = 1,
		        .body = bodies[i],
		        .body_len = (size_t)n};
		memcpy(e->prev_hash, prev, TG_HASH_LEN);
		if (tg_entry_seal(e) != TG_OK)
			die("seal", NULL);
		memcpy(prev, e->hash, TG_HASH_LEN);
	}
}

static double receive_all(struct tg_store *s)
{
	static struct tg_entry group[GROUP];
	static char bodies[GROUP][256];
	static enum tg_status results[GROUP];
	uint8_t prev[TG_HASH_LEN];
	struct tg_error err = {0};
	double sum = 0;
	tg_entry_genesis("K1", prev);
	for (uint64_t seq = 1; seq <= VERIFY_ENTRIES; seq += GROUP) {
		fill_group(group, bodies, seq, prev);
		double t = now_us();
		if (tg_store_receive(s, group, GROUP, 1, results, &err) != TG_OK || results[GROUP - 1] != TG_OK)
			die("receive", &err);
		sum += now_us() - t;
	}
	return sum;
}

static void bench_centre(void)
{
	struct tg_store *s;
	struct tg_error err = {0};
	struct tg_verify_report r;
	if (tg_store_open(&s, in_dir("centre"), TG_STORE_CENTRE, NULL, &err) != TG_OK)
		die("open", &err);
	double us = receive_all(s);
	printf("centre-receive-groups-of-%d %.0f entries/s\n", GROUP, VERIFY_ENTRIES / us * 1e6);
	tg_store_close(s);
	double t0 = now_us();
	if (tg_store_open(&s, in_dir("centre"), TG_STORE_CENTRE, NULL, &err) != TG_OK)
		die("open", &err);
	double t1 = now_us();
	if (tg_store_verify(s, &r, &err) != TG_OK || r.entries != VERIFY_ENTRIES)
		die("verify", &err);
	double t2 = now_us();
	tg_store_close(s);
	printf("journal-reopen-%d-entries %.2f ms\n", VERIFY_ENTRIES, (t1 - t0) / 1e3);
	printf("journal-verify %.0f entries/s\n", VERIFY_ENTRIES / (t2 - t1) * 1e6);
}

int main(void)
{
	const char *base = getenv("TMPDIR");
	snprintf(dir, sizeof(dir), "%s/tamga-bench-XXXXXX", base && *base ? base : "/var/tmp");
	if (!mkdtemp(dir))
		die("mkdtemp", NULL);
	struct tail sync = bench_fsync();
	printf("fsync-4k-append-p50 %.0f us\nfsync-4k-append-p99 %.0f us\n", sync.p50, sync.p99);
	struct pair plain = bench_appends(TG_RECORD_FAILURE_SHOWN),
	            projected = bench_appends(TG_RECORD_APPLICATION_SUBMITTED);
	print_pair("journal-append", &plain, &sync);
	print_pair("journal-append-projected", &projected, &sync);
	bench_centre();
	const char *const files[] = {"fsync", "ours", "raw", "centre", "centre-wal", "centre-shm"};
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(in_dir(files[i]));
	rmdir(dir);
	return 0;
}
