/* What entries say of other entries: head.signed, whose kiosk signed its own head and holds what the centre told it;
 * tree.restarted. */
#include "body.h"
#include "verify.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#define CERTIFICATE_MAX 4096

struct tg_verify_heads {
	const struct tg_verify_options *o;
	EVP_MD_CTX *md;
};

enum tg_status tg_verify_heads_create(
        struct tg_verify_heads **out, const struct tg_verify_options *o, struct tg_error *err)
{
	struct tg_verify_heads *h = calloc(1, sizeof(*h));
	*out = h;
	if (!h)
		return tg_error_set(err, TG_NO_MEMORY, "verify");
	h->o = o;
	h->md = EVP_MD_CTX_new();
	return h->md ? TG_OK : tg_error_set(err, TG_NO_MEMORY, "verify");
}

void tg_verify_heads_destroy(struct tg_verify_heads *h)
{
	if (h)
		EVP_MD_CTX_free(h->md);
	free(h);
}

static bool hex_member(const json_t *o, const char *name, uint8_t *out, size_t n)
{
	return tg_unhex(tg_body_text(o, name), out, n) == (int)n;
}

static bool number_member(const json_t *o, const char *name, uint64_t *out)
{
	const json_t *v = json_object_get(o, name);
	json_int_t n = json_integer_value(v);
	*out = n > 0 ? (uint64_t)n : 0;
	return json_is_integer(v) && n > 0;
}

/* Base64 without line ends. 0: none, or too long. */
static size_t base64_member(const json_t *o, const char *name, uint8_t *out, size_t cap)
{
	uint8_t bytes[CERTIFICATE_MAX + 3];
	const char *text = tg_body_text(o, name);
	size_t n = strlen(text);
	if (n == 0 || n % 4 != 0 || n / 4 * 3 > CERTIFICATE_MAX)
		return 0;
	int got = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)n);
	for (size_t i = n; got > 0 && i > n - 2 && text[i - 1] == '='; i--)
		got--;
	if (got <= 0 || (size_t)got > cap)
		return 0;
	memcpy(out, bytes, (size_t)got);
	return (size_t)got;
}

static bool head_member(const json_t *o, struct tg_tree_head *out)
{
	return hex_member(o, "epoch", out->epoch, TG_EPOCH_LEN) && number_member(o, "size", &out->size) &&
	       hex_member(o, "root", out->root, TG_HASH_LEN);
}

/* "tree": the acknowledgement that told it. */
static bool ack_member(const json_t *o, const char *kiosk, struct tg_ack *a)
{
	uint64_t ms = 0;
	*a = (struct tg_ack){0};
	bool ok = head_member(o, &a->tree) && number_member(o, "seq", &a->seq) && number_member(o, "centre_ms", &ms) &&
	          hex_member(o, "hash", a->hash, TG_HASH_LEN);
	a->signature_len = base64_member(o, "signature", a->signature, sizeof(a->signature));
	a->centre_time_ms = (int64_t)ms;
	(void)tg_copy(a->kiosk, sizeof(a->kiosk), kiosk);
	return ok && a->signature_len > 0;
}

/* When it began to be good: kiosks' clocks go wrong, and old heads are looked at after their certificates ended. */
static int64_t begins_ms(const X509 *x)
{
	struct tm tm;
	return ASN1_TIME_to_tm(X509_get0_notBefore(x), &tm) == 1 ? ((int64_t)timegm(&tm) + 1) * 1000 : 0;
}

static bool is_of(const X509 *x, const char *kiosk)
{
	char name[TG_KIOSK_MAX + 2] = "";
	int n = X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, name, sizeof(name));
	return n > 0 && strcmp(name, kiosk) == 0;
}

static bool signature_fits(struct tg_verify_heads *h, X509 *x, const struct tg_told *t, struct tg_bytes signature)
{
	struct tg_buf what = TG_BUF_INIT;
	EVP_PKEY *key = X509_get0_pubkey(x);
	tg_head_signed_bytes(t->kiosk, t->head_seq, t->head_hash, &what);
	(void)EVP_MD_CTX_reset(h->md);
	bool ok = key && tg_buf_status(&what) == TG_OK &&
	          EVP_DigestVerifyInit(h->md, NULL, EVP_sha256(), NULL, key) == 1 &&
	          EVP_DigestVerify(h->md, signature.data, signature.len, what.data, what.len) == 1;
	tg_buf_finish(&what);
	return ok;
}

static const char *judge_signature(struct tg_verify_heads *h, const json_t *body, const struct tg_told *t)
{
	uint8_t der[CERTIFICATE_MAX], signature[160];
	size_t n = base64_member(body, "certificate", der, sizeof(der));
	const struct tg_bytes sig = {signature, base64_member(body, "signature", signature, sizeof(signature))};
	const unsigned char *at = der;
	const char *what = NULL;
	X509 *x = n > 0 ? d2i_X509(NULL, &at, (long)n) : NULL;
	if (!x || !is_of(x, t->kiosk))
		what = "the signed head in it has no certificate of its kiosk";
	else if (h->o->check_certificate &&
	         h->o->check_certificate(h->o->ctx, (struct tg_bytes){der, n}, t->kiosk, begins_ms(x)) != TG_OK)
		what = "the signed head in it has a certificate that is not the channel CA's";
	else if (!signature_fits(h, x, t, sig))
		what = "the signature in it is wrong";
	X509_free(x);
	return what;
}

bool tg_verify_ack(struct tg_verify_heads *h, const struct tg_ack *a)
{
	return !h->o->check_ack || h->o->check_ack(h->o->ctx, a) == TG_OK;
}

static const char *judge(struct tg_verify_heads *h, const json_t *body, struct tg_told *t)
{
	struct tg_ack ack;
	const json_t *tree = json_object_get(body, "tree");
	if (!number_member(body, "seq", &t->head_seq) || t->head_seq >= t->seq ||
	        !hex_member(body, "hash", t->head_hash, TG_HASH_LEN))
		return "the signed head in it cannot be read";
	const char *what = judge_signature(h, body, t);
	if (what || !tree)
		return what;
	if (!ack_member(tree, t->kiosk, &ack))
		return "the tree in it cannot be read";
	if (!tg_verify_ack(h, &ack))
		return "the acknowledgement in it was not signed by the centre";
	t->tree = ack.tree;
	t->is_signed = h->o->check_ack != NULL;
	return NULL;
}

void tg_verify_head_read(struct tg_verify_heads *h, const struct tg_entry *e, struct tg_told *out, const char **what)
{
	*out = (struct tg_told){.seq = e->seq};
	*what = NULL;
	(void)tg_copy(out->kiosk, sizeof(out->kiosk), e->kiosk);
	if (!e->body) /* nothing in it is personal: no rule erases it */
		return;
	json_t *body = tg_body_parse(e->body, e->body_len);
	*what = body ? judge(h, body, out) : "the signed head in it cannot be read";
	json_decref(body);
}

bool tg_verify_restart_read(const struct tg_entry *e, struct tg_tree_head *old)
{
	json_t *body = e->body ? tg_body_parse(e->body, e->body_len) : NULL;
	bool ok = body && head_member(json_object_get(body, "old"), old);
	json_decref(body);
	return ok;
}
