#include "million.h"

#include "tamga/ca.h"
#include "tamga/sync.h"
#include "tamga/text.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <sqlite3.h>
#include <stdlib.h>
#include <time.h>

struct kiosk {
	char id[TG_KIOSK_MAX + 1];
	uint64_t seq;
	unsigned head_every, head_at; /* seq % head_every of its heads: spread, so that some kiosk is told every tree */
	uint8_t hash[TG_HASH_LEN];
	EVP_PKEY *key;
	char certificate[2048]; /* Base64 */
	struct tg_tree_head told;
};
struct batch {
	struct tg_entry entries[MILLION_GROUP];
	char bodies[MILLION_GROUP][2600];
};

void million_die(const char *what, const struct tg_error *err)
{
	fprintf(stderr, "%s: %s\n", what, err ? err->detail : "");
	exit(1);
}

double million_seconds(int clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const char *in_dir(const struct million *m, const char *name, char out[400])
{
	if (snprintf(out, 400, "%s/%s", m->dir, name) >= 400)
		million_die("path", NULL);
	return out;
}

static void base64(const void *bytes, size_t n, char *out, size_t cap)
{
	if (n / 3 * 4 + 5 > cap)
		million_die("base64", NULL);
	EVP_EncodeBlock((unsigned char *)out, bytes, (int)n);
}

static void certify(const struct million *m, struct kiosk *k)
{
	char ca[400], ca_key[400];
	struct tg_buf pem = TG_BUF_INIT;
	struct tg_error err = {0};
	unsigned char *csr = NULL, *der = NULL;
	X509_REQ *r = X509_REQ_new();
	k->key = EVP_EC_gen("P-256");
	int n = r && k->key && X509_REQ_set_pubkey(r, k->key) == 1 && X509_REQ_sign(r, k->key, EVP_sha256()) > 0
	                ? i2d_X509_REQ(r, &csr)
	                : -1;
	if (n <= 0 || tg_channel_issue(in_dir(m, "channel-ca.pem", ca), in_dir(m, "channel-ca.key", ca_key), k->id,
	                      (struct tg_bytes){csr, (size_t)n}, INT64_C(90) * 86400, m->now_ms, &pem, &err) != TG_OK)
		million_die("certificate", &err);
	BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	n = i2d_X509(x, &der);
	base64(der, n > 0 ? (size_t)n : 0, k->certificate, sizeof(k->certificate));
	BIO_free(bio);
	X509_free(x);
	X509_REQ_free(r);
	OPENSSL_free(csr);
	OPENSSL_free(der);
	tg_buf_finish(&pem);
}

static void begin(const struct million *m, struct kiosk *k, const char *id, unsigned i)
{
	*k = (struct kiosk){.head_every = m->head_every ? m->head_every : MILLION_HEAD_EVERY};
	k->head_at = (i % 2 * k->head_every / 2 + i) % k->head_every;
	(void)tg_copy(k->id, sizeof(k->id), id);
	tg_entry_genesis(id, k->hash);
	certify(m, k);
}

/* Base64 of the kiosk's signature over its newest entry. */
static void sign_head(const struct kiosk *k, char *out, size_t cap)
{
	struct tg_buf what = TG_BUF_INIT;
	unsigned char signature[160];
	size_t n = sizeof(signature);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	tg_head_signed_bytes(k->id, k->seq, k->hash, &what);
	if (!md || EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, k->key) != 1 ||
	        EVP_DigestSign(md, signature, &n, what.data, what.len) != 1)
		million_die("signature", NULL);
	base64(signature, n, out, cap);
	EVP_MD_CTX_free(md);
	tg_buf_finish(&what);
}

static int head_body(const struct kiosk *k, struct tg_ack_key *key, int64_t now_ms, char *out, size_t cap)
{
	char hash[65], epoch[33], root[65], signature[256], told[128];
	struct tg_ack ack = {.seq = k->seq, .centre_time_ms = now_ms, .tree = k->told};
	struct tg_error err = {0};
	(void)tg_copy(ack.kiosk, sizeof(ack.kiosk), k->id);
	memcpy(ack.hash, k->hash, TG_HASH_LEN);
	if (tg_ack_sign(key, &ack, &err) != TG_OK)
		million_die("acknowledgement", &err);
	base64(ack.signature, ack.signature_len, told, sizeof(told));
	sign_head(k, signature, sizeof(signature));
	tg_hex(k->hash, TG_HASH_LEN, hash);
	tg_hex(k->told.epoch, TG_EPOCH_LEN, epoch);
	tg_hex(k->told.root, TG_HASH_LEN, root);
	return snprintf(out, cap,
	        "{\"seq\":%llu,\"hash\":\"%s\",\"signature\":\"%s\",\"certificate\":\"%s\",\"tree\":{\"epoch\":\"%s\","
	        "\"size\":%llu,\"root\":\"%s\",\"centre_ms\":%lld,\"seq\":%llu,\"hash\":\"%s\",\"signature\":\"%s\"}}",
	        (unsigned long long)k->seq, hash, signature, k->certificate, epoch, (unsigned long long)k->told.size,
	        root, (long long)now_ms, (unsigned long long)k->seq, hash, told);
}

/* The next entries of one kiosk. */
static void fill(const struct million *m, struct kiosk *k, struct tg_ack_key *key, struct batch *b)
{
	for (unsigned i = 0; i < MILLION_GROUP; i++) {
		struct tg_entry *e = &b->entries[i];
		char *body = b->bodies[i];
		const size_t cap = sizeof(b->bodies[i]);
		const bool head = k->told.size > 0 && k->seq > 0 && (k->seq + 1) % k->head_every == k->head_at;
		const unsigned width = m->body_min + (unsigned)(k->seq * 7919 % (m->body_more + 1));
		int n = head ? head_body(k, key, m->now_ms, body, cap)
		             : snprintf(body, cap, "{\"code\":203,\"screen\":\"%0*llu\"}", (int)width,
		                       (unsigned long long)k->seq);
		if (n <= 0 || (size_t)n >= cap)
			million_die("body", NULL);
		*e = (struct tg_entry){
		        .seq = k->seq + 1, .time_ms = m->now_ms, .version = 1, .body = body, .body_len = (size_t)n};
		(void)tg_copy(e->kiosk, sizeof(e->kiosk), k->id);
		(void)tg_copy(e->kind, sizeof(e->kind), head ? "head.signed" : "failure.shown");
		memcpy(e->prev_hash, k->hash, TG_HASH_LEN);
		if (tg_entry_seal(e) != TG_OK)
			million_die("seal", NULL);
		k->seq++;
		memcpy(k->hash, e->hash, TG_HASH_LEN);
	}
}

static struct tg_ack_key *load_key(const struct million *m)
{
	char path[400];
	struct tg_ack_key *key = NULL;
	struct tg_error err = {0};
	if (tg_ack_key_load(&key, in_dir(m, "ack.key", path), &err) != TG_OK)
		million_die("acknowledgement key", &err);
	return key;
}

static void receive(struct tg_store *s, const struct batch *b, int64_t at_ms, struct million_took *took)
{
	static enum tg_status results[MILLION_GROUP];
	struct tg_error err = {0};
	double wall = million_seconds(CLOCK_MONOTONIC), cpu = million_seconds(CLOCK_PROCESS_CPUTIME_ID);
	if (tg_store_receive(s, b->entries, MILLION_GROUP, at_ms, results, &err) != TG_OK ||
	        results[MILLION_GROUP - 1] != TG_OK)
		million_die("receive", &err);
	took->wall += million_seconds(CLOCK_MONOTONIC) - wall;
	took->cpu += million_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
}

void million_receive(const struct million *m, struct million_took *took)
{
	static struct kiosk kiosks[MILLION_KIOSKS];
	static struct batch batch;
	char path[400];
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	struct tg_tree_head told;
	struct tg_ack_key *key = load_key(m);
	*took = (struct million_took){0};
	for (unsigned i = 0; i < MILLION_KIOSKS; i++) {
		char id[TG_KIOSK_MAX + 1];
		(void)snprintf(id, sizeof(id), "B%03uA-1", i);
		begin(m, &kiosks[i], id, i);
	}
	if (tg_store_open(&s, in_dir(m, "centre.db", path), TG_STORE_CENTRE, NULL, &err) != TG_OK)
		million_die("open", &err);
	for (uint64_t n = 0; n < m->entries; n += MILLION_GROUP) {
		struct kiosk *k = &kiosks[n / MILLION_GROUP % MILLION_KIOSKS];
		if (tg_store_tree_head(s, &told, &err) != TG_OK)
			million_die("tree", &err);
		k->told = told;
		fill(m, k, key, &batch);
		receive(s, &batch, n < m->old ? m->old_ms : m->now_ms, took);
	}
	tg_store_close(s);
	tg_ack_key_destroy(key);
	for (unsigned i = 0; i < MILLION_KIOSKS; i++)
		EVP_PKEY_free(kiosks[i].key);
}

/* --- A kiosk's own journal */

static void sql(sqlite3 *db, const char *text)
{
	struct tg_error err = {0};
	if (sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK)
		return;
	(void)tg_error_set(&err, TG_IO, "%s", sqlite3_errmsg(db));
	million_die("sqlite", &err);
}

static void insert(sqlite3_stmt *q, const struct tg_entry *e)
{
	sqlite3_bind_text(q, 1, e->kiosk, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 2, (int64_t)e->seq);
	sqlite3_bind_int64(q, 3, e->time_ms);
	sqlite3_bind_text(q, 4, e->kind, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 5, e->body, (int)e->body_len, SQLITE_STATIC);
	sqlite3_bind_blob(q, 6, e->salt, TG_SALT_LEN, SQLITE_STATIC);
	sqlite3_bind_blob(q, 7, e->body_hash, TG_HASH_LEN, SQLITE_STATIC);
	sqlite3_bind_blob(q, 8, e->prev_hash, TG_HASH_LEN, SQLITE_STATIC);
	sqlite3_bind_blob(q, 9, e->hash, TG_HASH_LEN, SQLITE_STATIC);
	if (sqlite3_step(q) != SQLITE_DONE)
		million_die("insert", NULL);
	sqlite3_reset(q);
}

void million_kiosk(const struct million *m, const char *path, const char *kiosk)
{
	static struct batch batch;
	struct kiosk k;
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;
	struct tg_ack_key *key = load_key(m);
	begin(m, &k, kiosk, 0);
	k.told.size = 1; /* of a centre that nobody asks */
	if (tg_store_open(&s, path, TG_STORE_KIOSK, kiosk, &err) != TG_OK)
		million_die("open", &err);
	tg_store_close(s);
	if (sqlite3_open(path, &db) != SQLITE_OK)
		million_die(path, NULL);
	sql(db, "BEGIN");
	if (sqlite3_prepare_v2(db,
	            "INSERT INTO journal (kiosk, seq, time_ms, kind, version, body, salt, body_hash, prev_hash, hash, "
	            "id, before, received_ms) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8, ?9, ?2, ?2 - 1, 0)",
	            -1, &q, NULL) != SQLITE_OK)
		million_die(path, NULL);
	while (k.seq < m->entries) {
		fill(m, &k, key, &batch);
		for (unsigned i = 0; i < MILLION_GROUP; i++)
			insert(q, &batch.entries[i]);
	}
	sqlite3_finalize(q);
	sql(db, "INSERT INTO high_water SELECT kiosk, seq, hash, id FROM journal WHERE id = (SELECT max(id) FROM "
	        "journal)");
	sql(db, "COMMIT");
	sqlite3_close(db);
	tg_ack_key_destroy(key);
	EVP_PKEY_free(k.key);
}
