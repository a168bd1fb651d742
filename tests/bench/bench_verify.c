/* Verification of a centre's journal: a million entries of 200 kiosks, bodies of 0.5 to 2 KB, a signed head with a told
 * tree in every thousand. Beside it the same rows read by SQLite and not looked at.
 *   bench_verify [ENTRIES]   prints "name value unit [ratio PEER]" lines; two minutes, two gigabytes under TMPDIR */
#include "tamga/store.h"
#include "tamga/text.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <sqlite3.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { KIOSKS = 200, GROUP = 500, HEAD_EVERY = 1000, RUNS = 3 };

struct kiosk {
	char id[TG_KIOSK_MAX + 1];
	uint64_t seq;
	uint8_t hash[TG_HASH_LEN];
	EVP_PKEY *key;
	char certificate[2048]; /* Base64 */
};
static struct kiosk kiosks[KIOSKS];
static char dir[200], path[300];
static uint64_t entries = 1000000;

static void die(const char *what, const struct tg_error *err)
{
	fprintf(stderr, "bench_verify: %s %s\n", what, err ? err->detail : "");
	exit(1);
}

static double seconds(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void enrol(struct kiosk *k, int i)
{
	unsigned char *der = NULL;
	(void)snprintf(k->id, sizeof(k->id), "B%03dA-1", i);
	tg_entry_genesis(k->id, k->hash);
	X509 *x = X509_new();
	k->key = EVP_EC_gen("P-256");
	if (!x || !k->key || X509_set_version(x, 2) != 1 ||
	        X509_NAME_add_entry_by_txt(
	                X509_get_subject_name(x), "CN", MBSTRING_UTF8, (const unsigned char *)k->id, -1, -1, 0) != 1 ||
	        !X509_gmtime_adj(X509_getm_notBefore(x), 0) || !X509_gmtime_adj(X509_getm_notAfter(x), 1000) ||
	        X509_set_pubkey(x, k->key) != 1 || X509_sign(x, k->key, EVP_sha256()) <= 0)
		die("certificate", NULL);
	int n = i2d_X509(x, &der);
	if (n <= 0 || n > 1400)
		die("certificate", NULL);
	EVP_EncodeBlock((unsigned char *)k->certificate, der, n);
	OPENSSL_free(der);
	X509_free(x);
}

static void signature_of(struct kiosk *k, char out[256])
{
	struct tg_buf what = TG_BUF_INIT;
	unsigned char signature[160];
	size_t n = sizeof(signature);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	tg_head_signed_bytes(k->id, k->seq, k->hash, &what);
	if (!md || EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, k->key) != 1 ||
	        EVP_DigestSign(md, signature, &n, what.data, what.len) != 1)
		die("signature", NULL);
	EVP_EncodeBlock((unsigned char *)out, signature, (int)n);
	EVP_MD_CTX_free(md);
	tg_buf_finish(&what);
}

static int head_body(struct kiosk *k, const struct tg_tree_head *told, char *out, size_t cap)
{
	char hash[65], epoch[33], root[65], signature[256];
	signature_of(k, signature);
	tg_hex(k->hash, TG_HASH_LEN, hash);
	tg_hex(told->epoch, TG_EPOCH_LEN, epoch);
	tg_hex(told->root, TG_HASH_LEN, root);
	return snprintf(out, cap,
	        "{\"seq\":%llu,\"hash\":\"%s\",\"signature\":\"%s\",\"certificate\":\"%s\",\"tree\":{\"epoch\":\"%s\","
	        "\"size\":%llu,\"root\":\"%s\",\"centre_ms\":1,\"seq\":1,\"hash\":\"%s\",\"signature\":\"AAAA\"}}",
	        (unsigned long long)k->seq, hash, signature, k->certificate, epoch, (unsigned long long)told->size,
	        root, hash);
}

/* A batch of one kiosk, as it would send it. */
static void fill_group(struct kiosk *k, struct tg_entry *group, char (*bodies)[2100], const struct tg_tree_head *told)
{
	for (unsigned i = 0; i < GROUP; i++) {
		struct tg_entry *e = &group[i];
		const bool head = told->size > 0 && k->seq > 0 && (k->seq + 1) % HEAD_EVERY == 0;
		int n = head ? head_body(k, told, bodies[i], sizeof(bodies[i]))
		             : snprintf(bodies[i], sizeof(bodies[i]), "{\"code\":203,\"screen\":\"%0*llu\"}",
		                       (int)(480 + (k->seq * 7919) % 1500), (unsigned long long)k->seq);
		*e = (struct tg_entry){.seq = k->seq + 1,
		        .time_ms = INT64_C(1795338930000),
		        .version = 1,
		        .body = bodies[i],
		        .body_len = (size_t)n};
		(void)tg_copy(e->kiosk, sizeof(e->kiosk), k->id);
		(void)tg_copy(e->kind, sizeof(e->kind), head ? "head.signed" : "failure.shown");
		memcpy(e->prev_hash, k->hash, TG_HASH_LEN);
		if (tg_entry_seal(e) != TG_OK)
			die("seal", NULL);
		k->seq++;
		memcpy(k->hash, e->hash, TG_HASH_LEN);
	}
}

static void fill(void)
{
	static struct tg_entry group[GROUP];
	static char bodies[GROUP][2100];
	static enum tg_status results[GROUP];
	struct tg_tree_head told = {.size = 0};
	struct tg_store *s;
	struct tg_error err = {0};
	double wall = 0, cpu = 0;
	if (tg_store_open(&s, path, TG_STORE_CENTRE, NULL, &err) != TG_OK)
		die("open", &err);
	for (uint64_t n = 0; n < entries; n += GROUP) {
		fill_group(&kiosks[n / GROUP % KIOSKS], group, bodies, &told);
		double w = seconds(CLOCK_MONOTONIC), c = seconds(CLOCK_PROCESS_CPUTIME_ID);
		if (tg_store_receive(s, group, GROUP, 1, results, &err) != TG_OK || results[GROUP - 1] != TG_OK)
			die("receive", &err);
		wall += seconds(CLOCK_MONOTONIC) - w;
		cpu += seconds(CLOCK_PROCESS_CPUTIME_ID) - c;
		if (tg_store_tree_head(s, &told, &err) != TG_OK)
			die("tree", &err);
	}
	tg_store_close(s);
	printf("centre-receive-1-25-KB %.0f entries/s\n", (double)entries / wall);
	printf("centre-receive-1-25-KB-cpu %.2f us\n", cpu / (double)entries * 1e6);
}

/* Every column of every row, as it comes. */
static double plain_read(void)
{
	sqlite3 *db;
	sqlite3_stmt *q;
	uint64_t rows = 0, bytes = 0;
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
	        sqlite3_prepare_v2(db, "SELECT * FROM journal ORDER BY id", -1, &q, NULL) != SQLITE_OK)
		die("plain read", NULL);
	double t = seconds(CLOCK_MONOTONIC);
	while (sqlite3_step(q) == SQLITE_ROW) {
		for (int c = 0; c < sqlite3_column_count(q); c++)
			bytes += sqlite3_column_type(q, c) == SQLITE_INTEGER ? (uint64_t)sqlite3_column_int64(q, c) & 1
			                                                     : (uint64_t)sqlite3_column_bytes(q, c);
		rows++;
	}
	t = seconds(CLOCK_MONOTONIC) - t;
	sqlite3_finalize(q);
	sqlite3_close(db);
	if (rows != entries || bytes == 0)
		die("plain read: rows are missing", NULL);
	return t;
}

static double verify(const struct tg_verify_options *o, double *cpu)
{
	struct tg_store *s;
	struct tg_error err = {0};
	struct tg_verify_report r;
	if (tg_store_open_readonly(&s, path, &err) != TG_OK)
		die("open", &err);
	double t = seconds(CLOCK_MONOTONIC), c = seconds(CLOCK_PROCESS_CPUTIME_ID);
	enum tg_status st = o ? tg_store_verify_with(s, o, &r, &err) : tg_store_verify(s, &r, &err);
	t = seconds(CLOCK_MONOTONIC) - t;
	*cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - c;
	tg_store_close(s);
	if (st != TG_OK || r.entries != entries || (o && r.trees + 2 * KIOSKS < entries / HEAD_EVERY))
		die("verify", &err);
	return t;
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

static void measure(void)
{
	const struct tg_verify_options witnessed = {.ctx = NULL};
	double read = 1e9, chains = 1e9, all = 1e9, cpu = 0, all_cpu = 1e9;
	/* In turns, so that all meet the same machine; the best of each. */
	for (int i = 0; i < RUNS; i++) {
		read = least(read, plain_read());
		chains = least(chains, verify(NULL, &cpu));
		all = least(all, verify(&witnessed, &cpu));
		all_cpu = least(all_cpu, cpu);
	}
	const double million = 1e6 / (double)entries;
	printf("journal-plain-read-1M %.2f s\n", read * million);
	printf("journal-verify-1M-chains-and-tree %.2f s %.2f plain-read\n", chains * million, chains / read);
	printf("journal-verify-1M-with-witnesses %.2f s %.2f plain-read\n", all * million, all / read);
	printf("journal-verify-1M-with-witnesses-cpu %.2f s\n", all_cpu * million);
}

int main(int argc, char **argv)
{
	const char *base = getenv("TMPDIR");
	if (argc > 1)
		entries = strtoull(argv[1], NULL, 10) / (GROUP * KIOSKS) * (GROUP * KIOSKS);
	snprintf(dir, sizeof(dir), "%s/tamga-bench-XXXXXX", base && *base ? base : "/var/tmp");
	if (entries == 0 || !mkdtemp(dir))
		die("usage: bench_verify [ENTRIES], at least 100000", NULL);
	snprintf(path, sizeof(path), "%s/centre.db", dir);
	for (int i = 0; i < KIOSKS; i++)
		enrol(&kiosks[i], i);
	fill();
	measure();
	const char *const ends[] = {"", "-wal", "-shm"};
	for (size_t i = 0; i < 3; i++) {
		char name[320];
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	for (int i = 0; i < KIOSKS; i++)
		EVP_PKEY_free(kiosks[i].key);
	rmdir(dir);
	return 0;
}
