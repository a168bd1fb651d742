/* What entries say of other entries: head.signed, whose kiosk signed its own head and holds what the centre told it;
 * tree.restarted. */
#include "body.h"
#include "verify.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <pthread.h>

#define CERTIFICATE_MAX 4096
#define KNOWN           16384

/* A kiosk signs many heads with one certificate: what was found out of it is kept. */
struct certificate {
	char kiosk[TG_KIOSK_MAX + 1]; /* it is looked at as this kiosk's */
	uint8_t print[TG_HASH_LEN];
	EVP_PKEY *key; /* NULL: not looked at, or `what` is wrong with it */
	const char *what;
};
struct tg_verify_heads {
	const struct tg_verify_options *o;
	pthread_mutex_t lock;            /* of `known` */
	struct certificate known[KNOWN]; /* by the beginning of their prints; a later one takes the place */
};

enum tg_status tg_verify_heads_create(
        struct tg_verify_heads **out, const struct tg_verify_options *o, struct tg_error *err)
{
	struct tg_verify_heads *h = calloc(1, sizeof(*h));
	*out = h;
	if (!h)
		return tg_error_set(err, TG_NO_MEMORY, "verify");
	h->o = o;
	if (pthread_mutex_init(&h->lock, NULL) == 0)
		return TG_OK;
	free(h);
	*out = NULL;
	return tg_error_set(err, TG_NO_MEMORY, "verify");
}

void tg_verify_heads_destroy(struct tg_verify_heads *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < KNOWN; i++)
		EVP_PKEY_free(h->known[i].key);
	pthread_mutex_destroy(&h->lock);
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

static void judge_certificate(const struct tg_verify_options *o, struct tg_bytes der, struct certificate *out)
{
	const unsigned char *at = der.data;
	X509 *x = der.len > 0 ? d2i_X509(NULL, &at, (long)der.len) : NULL;
	if (!x || !is_of(x, out->kiosk))
		out->what = "the signed head in it has no certificate of its kiosk";
	else if (o->check_certificate && o->check_certificate(o->ctx, der, out->kiosk, begins_ms(x)) != TG_OK)
		out->what = "the signed head in it has a certificate that is not the channel CA's";
	else
		out->key = X509_get_pubkey(x);
	X509_free(x);
}

static struct certificate *place_of(struct tg_verify_heads *h, const struct certificate *c)
{
	return &h->known[(c->print[0] << 8 | c->print[1]) % KNOWN];
}

/* The key of what is handed on is the taker's own. */
static bool hand_certificate(struct certificate *to, const struct certificate *from)
{
	*to = *from;
	return !to->key || EVP_PKEY_up_ref(to->key) == 1;
}

static bool recall(struct tg_verify_heads *h, struct certificate *c)
{
	const struct certificate *kept = place_of(h, c);
	pthread_mutex_lock(&h->lock);
	bool ok = (kept->key || kept->what) && memcmp(kept->print, c->print, sizeof(c->print)) == 0 &&
	          strcmp(kept->kiosk, c->kiosk) == 0 && hand_certificate(c, kept);
	pthread_mutex_unlock(&h->lock);
	return ok;
}

static void remember(struct tg_verify_heads *h, const struct certificate *c)
{
	struct certificate *kept = place_of(h, c);
	pthread_mutex_lock(&h->lock);
	EVP_PKEY_free(kept->key);
	if (!hand_certificate(kept, c))
		*kept = (struct certificate){.key = NULL};
	pthread_mutex_unlock(&h->lock);
}

/* Judged without the lock: that two threads judge one at the same moment costs less than one that waits. */
static void look_at(struct tg_verify_heads *h, const char *kiosk, struct tg_bytes der, struct certificate *out)
{
	*out = (struct certificate){.key = NULL};
	(void)tg_copy(out->kiosk, sizeof(out->kiosk), kiosk);
	if (EVP_Q_digest(NULL, "SHA256", NULL, der.data, der.len, out->print, NULL) != 1 || recall(h, out))
		return;
	judge_certificate(h->o, der, out);
	remember(h, out);
}

static bool signature_fits(EVP_PKEY *key, const struct tg_told *t, struct tg_bytes signature)
{
	struct tg_buf what = TG_BUF_INIT;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	tg_head_signed_bytes(t->kiosk, t->head_seq, t->head_hash, &what);
	bool ok = md && key && tg_buf_status(&what) == TG_OK &&
	          EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
	          EVP_DigestVerify(md, signature.data, signature.len, what.data, what.len) == 1;
	EVP_MD_CTX_free(md);
	tg_buf_finish(&what);
	return ok;
}

static const char *judge_signature(struct tg_verify_heads *h, const json_t *body, const struct tg_told *t)
{
	uint8_t der[CERTIFICATE_MAX], signature[160];
	const struct tg_bytes cert = {der, base64_member(body, "certificate", der, sizeof(der))};
	const struct tg_bytes sig = {signature, base64_member(body, "signature", signature, sizeof(signature))};
	struct certificate c;
	look_at(h, t->kiosk, cert, &c);
	const char *what = c.what ? c.what : signature_fits(c.key, t, sig) ? NULL : "the signature in it is wrong";
	EVP_PKEY_free(c.key);
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

void tg_verify_head_read(struct tg_verify_heads *h, const struct tg_entry *e, struct tg_verify_head *out)
{
	*out = (struct tg_verify_head){.told = {.seq = e->seq}};
	(void)tg_copy(out->told.kiosk, sizeof(out->told.kiosk), e->kiosk);
	if (!e->body) /* nothing in it is personal: no rule erases it */
		return;
	json_t *body = tg_body_parse(e->body, e->body_len);
	out->what = body ? judge(h, body, &out->told) : "the signed head in it cannot be read";
	json_decref(body);
}

bool tg_verify_restart_read(const struct tg_entry *e, struct tg_tree_head *old)
{
	json_t *body = e->body ? tg_body_parse(e->body, e->body_len) : NULL;
	bool ok = body && head_member(json_object_get(body, "old"), old);
	json_decref(body);
	return ok;
}
