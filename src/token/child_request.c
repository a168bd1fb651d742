#include "child.h"

#include <openssl/crmf.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* DER that must be one value and nothing behind it. */
static bool read_all(const unsigned char *end, const unsigned char *p, const void *value)
{
	return value && p == end;
}

static X509_NAME *read_name(struct tg_bytes der)
{
	const unsigned char *p = der.data;
	X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)der.len);
	if (read_all(der.data + der.len, p, name))
		return name;
	X509_NAME_free(name);
	return NULL;
}

static EVP_PKEY *read_public(struct tg_bytes der)
{
	const unsigned char *p = der.data;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)der.len);
	if (read_all(der.data + der.len, p, key))
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

static bool add_extensions(OSSL_CRMF_MSG *msg, struct tg_bytes der)
{
	if (!der.len)
		return true;
	const unsigned char *p = der.data;
	X509_EXTENSIONS *list = d2i_X509_EXTENSIONS(NULL, &p, (long)der.len);
	if (read_all(der.data + der.len, p, list) && OSSL_CRMF_MSG_set0_extensions(msg, list))
		return true;
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	return false;
}

static bool add_reg_info(OSSL_CRMF_MSG *msg, struct tg_bytes text)
{
	if (!text.data)
		return true;
	ASN1_UTF8STRING *pairs = ASN1_UTF8STRING_new();
	bool ok = pairs && ASN1_STRING_set(pairs, text.data, (int)text.len) &&
	          OSSL_CRMF_MSG_set1_regInfo_utf8Pairs(msg, pairs);
	ASN1_UTF8STRING_free(pairs);
	return ok;
}

static bool fill(OSSL_CRMF_MSG *msg, const struct tg_token_request *r)
{
	EVP_PKEY *public = read_public(r->field[TG_F_SPKI]);
	X509_NAME *subject = read_name(r->field[TG_F_SUBJECT]);
	bool ok = msg && public && subject && OSSL_CRMF_MSG_set_certReqId(msg, 0) &&
	          OSSL_CRMF_CERTTEMPLATE_fill(OSSL_CRMF_MSG_get0_tmpl(msg), public, subject, NULL, NULL) &&
	          add_extensions(msg, r->field[TG_F_EXTENSIONS]) && add_reg_info(msg, r->field[TG_F_REG_INFO]);
	EVP_PKEY_free(public);
	X509_NAME_free(subject);
	return ok;
}

/* One DER value after another, each with its head. */
static struct tg_bytes next_value(struct tg_bytes *rest)
{
	const unsigned char *p = rest->data;
	long n = 0;
	int tag, class;
	if (!rest->len || ASN1_get_object(&p, &n, &tag, &class, (long)rest->len) & 0x80)
		return (struct tg_bytes){NULL, 0};
	struct tg_bytes value = {rest->data, (size_t)(p - rest->data) + (size_t)n};
	*rest = (struct tg_bytes){rest->data + value.len, rest->len - value.len};
	return value;
}

static void put_head(struct tg_buf *b, uint8_t tag, size_t n)
{
	tg_buf_add_u8(b, tag);
	if (n > 0xFF) {
		tg_buf_add_u8(b, 0x82);
		tg_buf_add_u16(b, (uint16_t)n);
	} else {
		if (n > 0x7F)
			tg_buf_add_u8(b, 0x81);
		tg_buf_add_u8(b, (uint8_t)n);
	}
	b->failed |= n > 0xFFFF;
}

static size_t head_size(size_t n)
{
	return n > 0xFF ? 4 : n > 0x7F ? 3 : 2;
}

/* popo [1] IMPLICIT POPOSigningKey { algorithmIdentifier, signature BIT STRING }, RFC 4211 §4.1. */
static void put_proof(struct tg_buf *b, const struct tg_buf *algorithm, const struct tg_buf *signature)
{
	size_t bits = 1 + signature->len;
	put_head(b, 0xA1, algorithm->len + head_size(bits) + bits);
	tg_buf_add(b, algorithm->data, algorithm->len);
	put_head(b, 0x03, bits);
	tg_buf_add_u8(b, 0);
	tg_buf_add(b, signature->data, signature->len);
}

/* The finished message out of one without proof: SEQUENCE { certReq, popo, regInfo }. */
static enum tg_status put_message(
        struct tg_bytes cert_req, struct tg_bytes reg_info, const struct tg_buf *proof, struct tg_buf *out)
{
	put_head(out, 0x30, cert_req.len + proof->len + reg_info.len);
	tg_buf_add(out, cert_req.data, cert_req.len);
	tg_buf_add(out, proof->data, proof->len);
	tg_buf_add(out, reg_info.data, reg_info.len);
	return tg_buf_status(out);
}

/* OpenSSL signs requests only with keys that it can hold: the proof of one on a token is put in by hand. The authority
 * will check it; a card that signs wrongly is found out here, where the person still stands. */
static enum tg_status sign_and_encode(
        struct tg_child *c, struct tg_bytes unsigned_message, const struct tg_token_request *r, struct tg_buf *out)
{
	struct tg_buf signature = TG_BUF_INIT, algorithm = TG_BUF_INIT, proof = TG_BUF_INIT;
	struct tg_bytes inside = unsigned_message;
	long n = 0;
	int tag, class;
	if (ASN1_get_object(&inside.data, &n, &tag, &class, (long)unsigned_message.len) & 0x80)
		return tg_error_set(&c->err, TG_BUG, "OpenSSL's own encoding");
	inside.len = (size_t)n;
	struct tg_bytes cert_req = next_value(&inside);
	enum tg_status status =
	        tg_child_sign_with(c, r->field[TG_F_KEY_ID], r->field[TG_F_SPKI], cert_req, &signature, &algorithm);
	if (status == TG_OK)
		status = tg_child_verify(
		        c, r->field[TG_F_SPKI], cert_req, (struct tg_bytes){signature.data, signature.len});
	if (status == TG_PROOF_FAILED)
		status = tg_error_set(&c->err, TG_SIGN_FAILED, "the proof of possession does not verify");
	if (status == TG_OK) {
		put_proof(&proof, &algorithm, &signature);
		status = tg_buf_status(&proof);
	}
	if (status == TG_OK)
		status = put_message(cert_req, inside, &proof, out);
	tg_buf_finish(&signature);
	tg_buf_finish(&algorithm);
	tg_buf_finish(&proof);
	return status;
}

enum tg_status tg_child_request(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out)
{
	OSSL_CRMF_MSG *msg = OSSL_CRMF_MSG_new();
	unsigned char *der = NULL;
	enum tg_status status = tg_gost_of_spki(r->field[TG_F_SPKI]) ? tg_gost_load(&c->err) : TG_OK;
	int n = status == TG_OK && fill(msg, r) ? i2d_OSSL_CRMF_MSG(msg, &der) : 0;
	if (status == TG_OK && n <= 0)
		status = tg_error_set(
		        &c->err, TG_INVALID, "subject, public key, extensions or regInfo are not as they must be");
	if (status == TG_OK)
		status = sign_and_encode(c, (struct tg_bytes){der, (size_t)n}, r, out);
	OPENSSL_free(der);
	OSSL_CRMF_MSG_free(msg);
	ERR_clear_error();
	return status;
}
