#include "witness.h"

#include <openssl/x509.h>
#include <stdlib.h>

static void self_signed(struct party *p)
{
	X509 *x = X509_new();
	unsigned char *der = NULL;
	assert_true(x && X509_set_version(x, 2) == 1);
	X509_NAME *n = X509_get_subject_name(x);
	assert_int_equal(
	        X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8, (const unsigned char *)p->kiosk, -1, -1, 0), 1);
	assert_int_equal(X509_set_issuer_name(x, n), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 7), 1);
	assert_true(X509_gmtime_adj(X509_getm_notBefore(x), 0) && X509_gmtime_adj(X509_getm_notAfter(x), 1000));
	assert_int_equal(X509_set_pubkey(x, p->key), 1);
	assert_true(X509_sign(x, p->key, EVP_sha256()) > 0);
	int len = i2d_X509(x, &der);
	assert_true(len > 0);
	tg_buf_add(&p->certificate, der, (size_t)len);
	OPENSSL_free(der);
	X509_free(x);
}

void stage_make(struct stage *g)
{
	*g = (struct stage){.party = {{.kiosk = "K1", .file = "k1"}, {.kiosk = "K2", .file = "k2"}}};
	lib_make_dir();
	g->ack_key = EVP_EC_gen("P-256");
	g->other_key = EVP_EC_gen("P-256");
	assert_true(g->ack_key && g->other_key);
	for (int i = 0; i < 2; i++) {
		struct party *p = &g->party[i];
		p->key = EVP_EC_gen("P-256");
		assert_non_null(p->key);
		self_signed(p);
		p->store = lib_open_kiosk(p->file, p->kiosk);
	}
	g->centre = lib_open_centre("centre");
}

void stage_close(struct stage *g)
{
	for (int i = 0; i < 2; i++) {
		tg_store_close(g->party[i].store);
		g->party[i].store = NULL;
	}
	tg_store_close(g->centre);
	g->centre = NULL;
}

void stage_drop(struct stage *g)
{
	stage_close(g);
	for (int i = 0; i < 2; i++) {
		EVP_PKEY_free(g->party[i].key);
		tg_buf_finish(&g->party[i].certificate);
	}
	EVP_PKEY_free(g->ack_key);
	EVP_PKEY_free(g->other_key);
	lib_remove_dir();
}

static size_t sign(EVP_PKEY *key, const struct tg_buf *what, uint8_t *out, size_t cap)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	size_t n = cap;
	assert_true(md && EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
	            EVP_DigestSign(md, out, &n, what->data, what->len) == 1);
	EVP_MD_CTX_free(md);
	return n;
}

void stage_ack(struct stage *g, int who, EVP_PKEY *key, struct tg_ack *out)
{
	struct tg_buf b = TG_BUF_INIT;
	*out = (struct tg_ack){.centre_time_ms = NOW + 1};
	assert_true(tg_copy(out->kiosk, sizeof(out->kiosk), g->party[who].kiosk));
	assert_int_equal(tg_store_head(g->centre, out->kiosk, &out->seq, out->hash, NULL), TG_OK);
	assert_int_equal(tg_store_tree_head(g->centre, &out->tree, NULL), TG_OK);
	tg_ack_signed_bytes(out, &b);
	out->signature_len = sign(key, &b, out->signature, sizeof(out->signature));
	tg_buf_finish(&b);
}

enum tg_status stage_check_ack(void *ctx, const struct tg_ack *ack)
{
	struct stage *g = ctx;
	struct tg_buf b = TG_BUF_INIT;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	tg_ack_signed_bytes(ack, &b);
	bool ok = md && EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, g->ack_key) == 1 &&
	          EVP_DigestVerify(md, ack->signature, ack->signature_len, b.data, b.len) == 1;
	EVP_MD_CTX_free(md);
	tg_buf_finish(&b);
	return ok ? TG_OK : TG_CENTRE_GARBAGE;
}

static void carry(struct stage *g, int who)
{
	struct party *p = &g->party[who];
	struct tg_ack ack;
	lib_send_all(p->store, p->kiosk, g->centre, NOW);
	stage_ack(g, who, g->ack_key, &ack);
	assert_int_equal(tg_store_set_acked(p->store, &ack, NOW, NULL), TG_OK);
	assert_int_equal(tg_store_tree_see(p->store, &ack, NOW, NULL), TG_OK);
}

void stage_entry(struct stage *g, int who, const char *json)
{
	(void)lib_append(g->party[who].store, TG_RECORD_FAILURE_SHOWN, json);
	carry(g, who);
}

static void add_base64(struct tg_buf *out, const uint8_t *bytes, size_t n)
{
	unsigned char text[4096];
	assert_true(n < 3000);
	int len = EVP_EncodeBlock(text, bytes, (int)n);
	tg_buf_add(out, text, (size_t)len);
}

static void add_hex(struct tg_buf *out, const uint8_t *bytes, size_t n)
{
	char hex[2 * TG_HASH_LEN + 1];
	tg_hex(bytes, n, hex);
	tg_buf_add_str(out, hex);
}

char *stage_head_body(const struct party *p, EVP_PKEY *key, const struct tg_buf *certificate, uint64_t seq,
        const uint8_t *hash, const struct tg_ack *told)
{
	struct tg_buf b = TG_BUF_INIT, what = TG_BUF_INIT;
	uint8_t right[TG_HASH_LEN], signature[100];
	uint64_t head;
	assert_int_equal(tg_store_head(p->store, p->kiosk, &head, right, NULL), TG_OK);
	hash = hash ? hash : right;
	tg_buf_add(&what, "tamga-head-1", 13);
	tg_buf_add_u16(&what, (uint16_t)strlen(p->kiosk));
	tg_buf_add_str(&what, p->kiosk);
	tg_buf_add_u64(&what, seq ? seq : head);
	tg_buf_add(&what, hash, TG_HASH_LEN);
	size_t n = sign(key, &what, signature, sizeof(signature));
	tg_buf_addf(&b, "{\"seq\":%llu,\"hash\":\"", (unsigned long long)(seq ? seq : head));
	add_hex(&b, hash, TG_HASH_LEN);
	tg_buf_add_str(&b, "\",\"signature\":\"");
	add_base64(&b, signature, n);
	tg_buf_add_str(&b, "\",\"certificate\":\"");
	add_base64(&b, certificate->data, certificate->len);
	if (told) {
		tg_buf_add_str(&b, "\",\"tree\":{\"epoch\":\"");
		add_hex(&b, told->tree.epoch, TG_EPOCH_LEN);
		tg_buf_addf(&b, "\",\"size\":%llu,\"root\":\"", (unsigned long long)told->tree.size);
		add_hex(&b, told->tree.root, TG_HASH_LEN);
		tg_buf_addf(&b, "\",\"centre_ms\":%lld,\"seq\":%llu,\"hash\":\"", (long long)told->centre_time_ms,
		        (unsigned long long)told->seq);
		add_hex(&b, told->hash, TG_HASH_LEN);
		tg_buf_add_str(&b, "\",\"signature\":\"");
		add_base64(&b, told->signature, told->signature_len);
		tg_buf_add_str(&b, "\"}}");
	} else {
		tg_buf_add_str(&b, "\"}");
	}
	char *text = strdup(tg_buf_str(&b));
	assert_non_null(text);
	tg_buf_finish(&b);
	tg_buf_finish(&what);
	return text;
}

void stage_sign(struct stage *g, int who)
{
	struct party *p = &g->party[who];
	struct tg_tree_seen seen;
	assert_int_equal(tg_store_tree_seen(p->store, &seen, NULL), TG_OK);
	char *body = stage_head_body(p, p->key, &p->certificate, 0, NULL, seen.ack.tree.size > 0 ? &seen.ack : NULL);
	(void)lib_append(p->store, TG_RECORD_HEAD_SIGNED, body);
	free(body);
	carry(g, who);
}

/* --- Another past */
struct rewriting {
	struct tg_store *to;
	stage_change *change;
	void *ctx;
	struct {
		char kiosk[TG_KIOSK_MAX + 1];
		uint64_t seq;
		uint8_t hash[TG_HASH_LEN];
	} head[4];
};

static enum tg_status rewrite_one(const struct tg_entry *old, void *ctx)
{
	struct rewriting *w = ctx;
	struct tg_entry e = *old;
	enum tg_status result = TG_BUG;
	size_t i = 0;
	if (!w->change(&e, w->ctx))
		return TG_OK;
	while (w->head[i].kiosk[0] && strcmp(w->head[i].kiosk, e.kiosk) != 0)
		i++;
	if (!w->head[i].kiosk[0]) {
		assert_true(tg_copy(w->head[i].kiosk, sizeof(w->head[i].kiosk), e.kiosk));
		tg_entry_genesis(e.kiosk, w->head[i].hash);
	}
	e.seq = ++w->head[i].seq;
	memcpy(e.prev_hash, w->head[i].hash, TG_HASH_LEN);
	assert_int_equal(tg_entry_seal(&e), TG_OK);
	memcpy(w->head[i].hash, e.hash, TG_HASH_LEN);
	assert_int_equal(tg_store_receive(w->to, &e, 1, NOW, &result, NULL), TG_OK);
	assert_int_equal(result, TG_OK);
	return TG_OK;
}

void stage_rewrite(const char *from, const char *to, stage_change *change, void *ctx)
{
	char sql[400];
	struct tg_store *old = NULL;
	struct rewriting w = {.change = change, .ctx = ctx};
	const char *const ends[] = {"", "-wal", "-shm"};
	for (int i = 0; i < 3; i++) {
		char name[40];
		(void)snprintf(name, sizeof(name), "%s%s", to, ends[i]);
		(void)remove(lib_path(name));
	}
	w.to = lib_open_centre(to);
	assert_int_equal(tg_store_open_readonly(&old, lib_path(from), NULL), TG_OK);
	assert_int_equal(tg_store_each(old, rewrite_one, &w, NULL), TG_OK);
	tg_store_close(old);
	tg_store_close(w.to);
	(void)snprintf(sql, sizeof(sql), "ATTACH '%s' AS old; UPDATE tree SET epoch = (SELECT epoch FROM old.tree)",
	        lib_path(from));
	(void)lib_sqlite3(to, sql);
}

enum tg_status stage_verify(struct stage *g, const char *file, unsigned against, bool keyed, struct tg_verify_report *r)
{
	char paths[2][300];
	const char *list[2];
	struct tg_verify_options o = {.check_ack = keyed ? stage_check_ack : NULL, .ctx = g, .against = list};
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	for (size_t i = 0; i < 2; i++) {
		if (!(against >> i & 1))
			continue;
		assert_true(tg_copy(paths[o.n_against], sizeof(paths[0]), lib_path(g->party[i].file)));
		list[o.n_against] = paths[o.n_against];
		o.n_against++;
	}
	*r = (struct tg_verify_report){0};
	assert_int_equal(tg_store_open_readonly(&s, lib_path(file), &err), TG_OK);
	enum tg_status st = tg_store_verify_with(s, &o, r, &err);
	tg_store_close(s);
	return st;
}
