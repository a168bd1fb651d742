/* The body of head.signed (record.h): what a kiosk signs of its own journal, and what it was told of the centre's. The
 * key is read for each signature: it may have been renewed. */
#include "tamga/ca.h"
#include "tamga/sync.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

struct signing {
	EVP_PKEY *key;
	unsigned char *certificate; /* DER */
	int certificate_len;
};

static bool read_certificate(struct signing *g, const char *path)
{
	FILE *f = fopen(path, "re");
	X509 *x = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
	if (f)
		fclose(f);
	g->certificate_len = x ? i2d_X509(x, &g->certificate) : -1;
	/* While both are being replaced they may not be a pair. */
	bool ok = g->certificate_len > 0 && X509_check_private_key(x, g->key) == 1;
	X509_free(x);
	return ok;
}

static void add_base64(struct tg_buf *out, const unsigned char *bytes, size_t n)
{
	unsigned char text[68];
	for (size_t at = 0; at < n; at += 48) {
		int len = EVP_EncodeBlock(text, bytes + at, (int)(n - at < 48 ? n - at : 48));
		tg_buf_add(out, text, len > 0 ? (size_t)len : 0);
	}
}

static void add_hex(struct tg_buf *out, const uint8_t *bytes, size_t n)
{
	char hex[2 * TG_HASH_LEN + 1];
	tg_hex(bytes, n, hex);
	tg_buf_add_str(out, hex);
}

static bool sign(const struct signing *g, const struct tg_buf *what, unsigned char *out, size_t *n)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool ok = md && EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, g->key) == 1 &&
	          EVP_DigestSign(md, out, n, what->data, what->len) == 1;
	EVP_MD_CTX_free(md);
	return ok;
}

static void add_head(struct tg_buf *out, const struct tg_tree_head *h)
{
	tg_buf_add_str(out, "{\"epoch\":\"");
	add_hex(out, h->epoch, TG_EPOCH_LEN);
	tg_buf_addf(out, "\",\"size\":%llu,\"root\":\"", (unsigned long long)h->size);
	add_hex(out, h->root, TG_HASH_LEN);
	tg_buf_add_str(out, "\"");
}

static void add_tree(struct tg_buf *out, const struct tg_ack *a)
{
	tg_buf_add_str(out, ",\"tree\":");
	add_head(out, &a->tree);
	tg_buf_addf(out, ",\"centre_ms\":%lld,\"seq\":%llu,\"hash\":\"", (long long)a->centre_time_ms,
	        (unsigned long long)a->seq);
	add_hex(out, a->hash, TG_HASH_LEN);
	tg_buf_add_str(out, "\",\"signature\":\"");
	add_base64(out, a->signature, a->signature_len);
	tg_buf_add_str(out, "\"}");
}

static enum tg_status write_body(const struct signing *g, const struct tg_head_facts *f, struct tg_buf *out)
{
	struct tg_buf what = TG_BUF_INIT;
	unsigned char signature[160];
	size_t n = sizeof(signature);
	tg_head_signed_bytes(f->kiosk, f->seq, f->hash, &what);
	bool ok = tg_buf_status(&what) == TG_OK && sign(g, &what, signature, &n);
	tg_buf_finish(&what);
	if (!ok)
		return TG_SIGN_FAILED;
	tg_buf_addf(out, "{\"seq\":%llu,\"hash\":\"", (unsigned long long)f->seq);
	add_hex(out, f->hash, TG_HASH_LEN);
	tg_buf_add_str(out, "\",\"signature\":\"");
	add_base64(out, signature, n);
	tg_buf_add_str(out, "\",\"certificate\":\"");
	add_base64(out, g->certificate, (size_t)g->certificate_len);
	tg_buf_add_str(out, "\"");
	if (f->told)
		add_tree(out, f->told);
	if (f->before) {
		tg_buf_add_str(out, ",\"before\":");
		add_head(out, f->before);
		tg_buf_add_str(out, "}");
	}
	tg_buf_add_str(out, "}");
	return tg_buf_status(out);
}

enum tg_status tg_head_body(const char *key_pem, const char *certificate_pem, const struct tg_head_facts *f,
        struct tg_buf *json, struct tg_error *err)
{
	struct signing g = {0};
	tg_buf_reset(json);
	enum tg_status st = TG_CONFIG;
	g.key = tg_channel_key_load(key_pem, err); /* it may lie in a TPM */
	if (g.key && read_certificate(&g, certificate_pem))
		st = write_body(&g, f, json);
	OPENSSL_free(g.certificate);
	EVP_PKEY_free(g.key);
	return st == TG_OK ? TG_OK : tg_error_set(err, st, "a signed head: key %s", key_pem);
}
