/* Verification of a centre's journal: a million entries of 200 kiosks, bodies of 0.5 to 2 KB, a signed head with a told
 * tree in every thousand, then in every fifty: a head a day of a kiosk with one visitor. Beside it the same rows read
 * by SQLite and not looked at. bench_verify [ENTRIES]   prints "name value unit [ratio PEER]" lines; four minutes, two
 * gigabytes under TMPDIR */
#include "million.h"

#include "../../src/ctl/witness.h"
#include "tamga/ca.h"

#include <openssl/pem.h>

#include <sqlite3.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { RUNS = 3, DAILY = 50 };

static char dir[200], path[300], ca[300], ack_key[300];
static uint64_t entries = 1000000;

static void write_key(const char *name, EVP_PKEY *key)
{
	char file[300];
	(void)snprintf(file, sizeof(file), "%s/%s", dir, name);
	FILE *f = fopen(file, "we");
	if (!f || PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) != 1 || fclose(f) != 0)
		million_die(file, NULL);
}

/* What a centre would have made at its first start. */
static void set_up(int64_t now_ms)
{
	char ca_key[300];
	struct tg_error err = {0};
	EVP_PKEY *key = EVP_EC_gen("P-256");
	(void)snprintf(ca, sizeof(ca), "%s/channel-ca.pem", dir);
	(void)snprintf(ack_key, sizeof(ack_key), "%s/ack.key", dir);
	(void)snprintf(ca_key, sizeof(ca_key), "%s/channel-ca.key", dir);
	if (!key || tg_channel_ca_create(ca, ca_key, "bench", now_ms, &err) != TG_OK)
		million_die("keys", &err);
	write_key("ack.key", key);
	EVP_PKEY_free(key);
}

static void fill(unsigned head_every, struct million_took *took)
{
	const struct million m = {.dir = dir,
	        .entries = entries,
	        .head_every = head_every,
	        .now_ms = (int64_t)time(NULL) * 1000,
	        .body_min = 480,
	        .body_more = 1499};
	set_up(m.now_ms);
	million_receive(&m, took);
}

/* Every column of every row, as it comes. */
static double plain_read(void)
{
	sqlite3 *db;
	sqlite3_stmt *q;
	uint64_t rows = 0, bytes = 0;
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
	        sqlite3_prepare_v2(db, "SELECT * FROM journal ORDER BY id", -1, &q, NULL) != SQLITE_OK)
		million_die("plain read", NULL);
	double t = million_seconds(CLOCK_MONOTONIC);
	while (sqlite3_step(q) == SQLITE_ROW) {
		for (int c = 0; c < sqlite3_column_count(q); c++)
			bytes += sqlite3_column_type(q, c) == SQLITE_INTEGER ? (uint64_t)sqlite3_column_int64(q, c) & 1
			                                                     : (uint64_t)sqlite3_column_bytes(q, c);
		rows++;
	}
	t = million_seconds(CLOCK_MONOTONIC) - t;
	sqlite3_finalize(q);
	sqlite3_close(db);
	if (rows != entries || bytes == 0)
		million_die("plain read: rows are missing", NULL);
	return t;
}

static double verify(const struct tg_verify_options *o, uint64_t heads, double *cpu)
{
	struct tg_store *s;
	struct tg_error err = {0};
	struct tg_verify_report r;
	if (tg_store_open_readonly(&s, path, &err) != TG_OK)
		million_die("open", &err);
	double t = million_seconds(CLOCK_MONOTONIC), c = million_seconds(CLOCK_PROCESS_CPUTIME_ID);
	enum tg_status st = o ? tg_store_verify_with(s, o, &r, &err) : tg_store_verify(s, &r, &err);
	t = million_seconds(CLOCK_MONOTONIC) - t;
	*cpu = million_seconds(CLOCK_PROCESS_CPUTIME_ID) - c;
	tg_store_close(s);
	if (st != TG_OK || r.entries != entries || (o && r.trees + 2 * MILLION_KIOSKS < heads))
		million_die("verify", &err);
	return t;
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

struct measured {
	double read, chains, told, keyed; /* the best of all runs, seconds */
	double told_cpu, keyed_cpu;
};

/* In turns, so that all meet the same machine. */
static struct measured measure(uint64_t heads)
{
	const struct tg_verify_options told = {.ctx = NULL};
	struct measured m = {1e9, 1e9, 1e9, 1e9, 1e9, 1e9};
	struct ctl_witness keyed;
	struct tg_error err = {0};
	double cpu = 0;
	if (ctl_witness_open(&keyed, ca, ack_key, &err) != TG_OK)
		million_die("keys", &err);
	for (int i = 0; i < RUNS; i++) {
		m.read = least(m.read, plain_read());
		m.chains = least(m.chains, verify(NULL, 0, &cpu));
		m.told = least(m.told, verify(&told, heads, &cpu));
		m.told_cpu = least(m.told_cpu, cpu);
		m.keyed = least(m.keyed, verify(&keyed.options, heads, &cpu));
		m.keyed_cpu = least(m.keyed_cpu, cpu);
	}
	ctl_witness_close(&keyed);
	return m;
}

static void clean(void)
{
	const char *const made[] = {
	        "centre.db", "centre.db-wal", "centre.db-shm", "channel-ca.pem", "channel-ca.key", "ack.key"};
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		char name[320];
		(void)snprintf(name, sizeof(name), "%s/%s", dir, made[i]);
		unlink(name);
	}
}

static void few_heads(void)
{
	struct million_took took;
	const double million = 1e6 / (double)entries;
	fill(MILLION_HEAD_EVERY, &took);
	printf("centre-receive-1-25-KB %.0f entries/s\n", (double)entries / took.wall);
	printf("centre-receive-1-25-KB-cpu %.2f us\n", took.cpu / (double)entries * 1e6);
	const struct measured m = measure(entries / MILLION_HEAD_EVERY);
	printf("journal-plain-read-1M %.2f s\n", m.read * million);
	printf("journal-verify-1M-chains-and-tree %.2f s %.2f plain-read\n", m.chains * million, m.chains / m.read);
	printf("journal-verify-1M-with-witnesses %.2f s %.2f plain-read\n", m.told * million, m.told / m.read);
	printf("journal-verify-1M-with-witnesses-cpu %.2f s\n", m.told_cpu * million);
	clean();
}

/* As `tamgactl journal verify --channel-ca --ack-key` does it. */
static void daily_heads(void)
{
	struct million_took took;
	const double million = 1e6 / (double)entries;
	fill(DAILY, &took);
	const struct measured m = measure(entries / DAILY);
	printf("journal-verify-1M-daily-heads %.2f s %.2f plain-read\n", m.told * million, m.told / m.read);
	printf("journal-verify-1M-daily-heads-all-keys %.2f s %.2f plain-read\n", m.keyed * million, m.keyed / m.read);
	printf("journal-verify-1M-daily-heads-all-keys-cpu %.2f s\n", m.keyed_cpu * million);
	clean();
}

int main(int argc, char **argv)
{
	const char *base = getenv("TMPDIR");
	if (argc > 1)
		entries = strtoull(argv[1], NULL, 10) / (MILLION_GROUP * MILLION_KIOSKS) *
		          (MILLION_GROUP * MILLION_KIOSKS);
	snprintf(dir, sizeof(dir), "%s/tamga-bench-XXXXXX", base && *base ? base : "/var/tmp");
	if (entries == 0 || !mkdtemp(dir))
		million_die("usage: bench_verify [ENTRIES], at least 100000", NULL);
	snprintf(path, sizeof(path), "%s/centre.db", dir);
	few_heads();
	daily_heads();
	rmdir(dir);
	return 0;
}
