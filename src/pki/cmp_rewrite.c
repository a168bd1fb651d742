#include "cmp_rewrite.h"

#include "der.h"
#include "ossl.h"

#include "tamga/gost.h"
#include <openssl/err.h>
#include <openssl/x509v3.h>

#define TAG_SEQUENCE   0x30
#define TAG_BIT_STRING 0x03
#define TAG_OCTETS     0x04
#define TAG_CONTEXT(n) (uint8_t)(0xa0 | (n))

struct message {
	struct tg_der header, body;
};

static bool parse(struct tg_bytes in, struct message *m)
{
	struct tg_der all;
	if (!tg_der_take_tag(&in, TAG_SEQUENCE, &all) || in.len != 0)
		return false;
	in = all.content;
	return tg_der_take_tag(&in, TAG_SEQUENCE, &m->header) && tg_der_next(&in, &m->body) &&
	       (m->body.tag & 0xe0) == 0xa0;
}

static struct tg_bytes bytes(const struct tg_buf *b)
{
	return (struct tg_bytes){b->data, b->len};
}

/* --- Header. What is to stand in the place of sender, protectionAlg and senderKID; empty: nothing, but the sender
 * stays as it is then. */
struct who {
	struct tg_buf sender; /* Name, DER */
	struct tg_buf algorithm;
	struct tg_buf key_id;
};

static void who_finish(struct who *w)
{
	tg_buf_finish(&w->sender);
	tg_buf_finish(&w->algorithm);
	tg_buf_finish(&w->key_id);
}

static void put_who(const struct who *w, struct tg_buf *out)
{
	struct tg_buf octets = TG_BUF_INIT;
	if (w->algorithm.len > 0)
		tg_der_put(out, TAG_CONTEXT(1), bytes(&w->algorithm));
	if (w->key_id.len > 0) {
		tg_der_put(&octets, TAG_OCTETS, bytes(&w->key_id));
		tg_der_put(out, TAG_CONTEXT(2), bytes(&octets));
	}
	tg_buf_finish(&octets);
}

static bool put_header(struct tg_bytes in, const struct who *w, struct tg_buf *out)
{
	struct tg_buf content = TG_BUF_INIT;
	struct tg_der e;
	bool said = false, ok = true;
	for (int n = 0; ok && in.len > 0; n++) {
		ok = tg_der_next(&in, &e);
		if (!ok || (n > 2 && (e.tag == TAG_CONTEXT(1) || e.tag == TAG_CONTEXT(2))))
			continue;
		if (n > 2 && e.tag > TAG_CONTEXT(2) && !said) { /* behind messageTime [0] */
			put_who(w, &content);
			said = true;
		}
		if (n == 1 && w->sender.len > 0)
			tg_der_put(&content, TAG_CONTEXT(4), bytes(&w->sender));
		else
			tg_buf_add(&content, e.whole.data, e.whole.len);
	}
	if (!said)
		put_who(w, &content);
	tg_der_put(out, TAG_SEQUENCE, bytes(&content));
	ok = ok && !content.failed;
	tg_buf_finish(&content);
	return ok && !out->failed;
}

/* --- Protection */
static enum tg_status key_id(const X509 *x, struct tg_buf *out)
{
	ASN1_OCTET_STRING *id = X509_get_ext_d2i(x, NID_subject_key_identifier, NULL, NULL);
	if (id != NULL)
		tg_buf_add(out, ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id));
	ASN1_OCTET_STRING_free(id);
	return tg_buf_status(out);
}

/* What the key of a certificate signs with: the header names it before the signature exists. */
static enum tg_status expected_algorithm(const X509 *x, struct tg_buf *out, struct tg_error *err)
{
	static const uint8_t rsa[] = {
	        0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00};
	static const uint8_t ec[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
	struct tg_buf spki = TG_BUF_INIT;
	TG_TRY(tg_x509_spki(x, &spki));
	const struct tg_gost *g = tg_gost_of_spki(bytes(&spki));
	tg_buf_finish(&spki);
	if (g != NULL)
		return tg_gost_signature_algorithm(g, out);
	const EVP_PKEY *key = X509_get0_pubkey(x);
	int type = key == NULL ? 0 : EVP_PKEY_get_base_id(key);
	ERR_clear_error();
	if (type == EVP_PKEY_RSA)
		tg_buf_add(out, rsa, sizeof rsa);
	else if (type == EVP_PKEY_EC)
		tg_buf_add(out, ec, sizeof ec);
	else
		return tg_error_set(err, TG_ALGORITHM, "messages cannot be signed with a key of this kind");
	return tg_buf_status(out);
}

static enum tg_status who_signs(const struct tg_cmp_signer *s, struct who *w, struct tg_error *err)
{
	X509 *x = tg_x509_parse(s->certificate);
	enum tg_status status = x == NULL ? tg_ossl_error(err, TG_CERT_INVALID, "the signer's certificate") : TG_OK;
	if (status == TG_OK)
		status = TG_DER_ADD(X509_NAME, X509_get_subject_name(x), &w->sender);
	if (status == TG_OK)
		status = key_id(x, &w->key_id);
	if (status == TG_OK)
		status = expected_algorithm(x, &w->algorithm, err);
	X509_free(x);
	return status;
}

/* Header, body and the signature over both, in `part` and `signature`. */
static enum tg_status sign_once(const struct tg_cmp_signer *s, const struct message *m, const struct who *w,
        struct tg_buf *part, struct tg_buf *signature, struct tg_buf *algorithm, struct tg_error *err)
{
	struct tg_buf whole = TG_BUF_INIT;
	tg_buf_reset(part);
	tg_buf_reset(signature);
	if (!put_header(m->header.content, w, part))
		return tg_error_set(err, TG_BUG, "the CMP header cannot be rewritten");
	tg_buf_add(part, m->body.whole.data, m->body.whole.len);
	tg_der_put(&whole, TAG_SEQUENCE, bytes(part));
	enum tg_status status = tg_buf_status(&whole);
	if (status == TG_OK)
		status = s->sign(s->ctx, bytes(&whole), signature, algorithm, err);
	tg_buf_finish(&whole);
	return status;
}

static bool same(const struct tg_buf *a, const struct tg_buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static enum tg_status sign(const struct tg_cmp_signer *s, const struct message *m, struct who *w, struct tg_buf *part,
        struct tg_buf *signature, struct tg_error *err)
{
	struct tg_buf algorithm = TG_BUF_INIT;
	enum tg_status status = sign_once(s, m, w, part, signature, &algorithm, err);
	if (status == TG_OK && !same(&algorithm, &w->algorithm)) {
		/* The signer has its own mind about hash or parameters: once more under the name it gives. */
		tg_buf_finish(&w->algorithm);
		w->algorithm = algorithm;
		algorithm = (struct tg_buf)TG_BUF_INIT;
		status = sign_once(s, m, w, part, signature, &algorithm, err);
		if (status == TG_OK && !same(&algorithm, &w->algorithm))
			status = tg_error_set(err, TG_BUG, "the signer's algorithm changes from call to call");
	}
	tg_buf_finish(&algorithm);
	return status;
}

/* SEQUENCE { part, [0] BIT STRING, [1] SEQUENCE OF Certificate } */
static enum tg_status put_together(
        const struct tg_buf *part, const struct tg_buf *signature, struct tg_bytes certificate, struct tg_buf *out)
{
	struct tg_buf content = TG_BUF_INIT, bits = TG_BUF_INIT, inner = TG_BUF_INIT;
	tg_buf_add(&content, part->data, part->len);
	tg_buf_add_u8(&bits, 0); /* no unused bits */
	tg_buf_add(&bits, signature->data, signature->len);
	tg_der_put(&inner, TAG_BIT_STRING, bytes(&bits));
	tg_der_put(&content, TAG_CONTEXT(0), bytes(&inner));
	tg_buf_reset(&inner);
	tg_der_put(&inner, TAG_SEQUENCE, certificate);
	tg_der_put(&content, TAG_CONTEXT(1), bytes(&inner));
	tg_der_put(out, TAG_SEQUENCE, bytes(&content));
	bool failed = content.failed || bits.failed || inner.failed;
	tg_buf_finish(&content);
	tg_buf_finish(&bits);
	tg_buf_finish(&inner);
	return failed ? TG_NO_MEMORY : tg_buf_status(out);
}

enum tg_status tg_cmp_protect(
        const struct tg_cmp_signer *s, struct tg_bytes message, struct tg_buf *out, struct tg_error *err)
{
	struct message m;
	struct who w = {0};
	struct tg_buf part = TG_BUF_INIT, signature = TG_BUF_INIT;
	if (!parse(message, &m))
		return tg_error_set(err, TG_BUG, "not a CMP message");
	enum tg_status status = who_signs(s, &w, err);
	if (status == TG_OK)
		status = sign(s, &m, &w, &part, &signature, err);
	if (status == TG_OK)
		status = put_together(&part, &signature, s->certificate, out);
	tg_buf_finish(&signature);
	tg_buf_finish(&part);
	who_finish(&w);
	return status;
}

enum tg_status tg_cmp_strip(struct tg_bytes message, struct tg_buf *out)
{
	const struct who nobody = {0};
	struct message m;
	struct tg_buf part = TG_BUF_INIT;
	if (!parse(message, &m))
		return TG_INVALID;
	bool ok = put_header(m.header.content, &nobody, &part);
	tg_buf_add(&part, m.body.whole.data, m.body.whole.len);
	tg_der_put(out, TAG_SEQUENCE, bytes(&part));
	ok = ok && !part.failed;
	tg_buf_finish(&part);
	return ok ? tg_buf_status(out) : TG_INVALID;
}

enum tg_status tg_cmp_protected_part(struct tg_bytes message, struct tg_buf *out)
{
	struct message m;
	struct tg_buf part = TG_BUF_INIT;
	if (!parse(message, &m))
		return TG_INVALID;
	tg_buf_add(&part, m.header.whole.data, m.header.whole.len);
	tg_buf_add(&part, m.body.whole.data, m.body.whole.len);
	tg_der_put(out, TAG_SEQUENCE, bytes(&part));
	tg_buf_finish(&part);
	return tg_buf_status(out);
}
