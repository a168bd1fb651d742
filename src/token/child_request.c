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

/* The authority will check the proof; a card that signs wrongly is found out here, where the person still stands. */
static bool proof_holds(OSSL_CRMF_MSG *msg)
{
	OSSL_CRMF_MSGS *all = sk_OSSL_CRMF_MSG_new_null();
	bool ok = all && sk_OSSL_CRMF_MSG_push(all, msg) && OSSL_CRMF_MSGS_verify_popo(all, 0, 0, NULL, NULL) == 1;
	sk_OSSL_CRMF_MSG_free(all);
	return ok;
}

static enum tg_status sign_and_encode(struct tg_child *c, OSSL_CRMF_MSG *msg, struct tg_bytes id, struct tg_buf *out)
{
	EVP_PKEY *key;
	TG_TRY(tg_child_private_key(c, id, &key));
	ERR_clear_error();
	int ok = OSSL_CRMF_MSG_create_popo(OSSL_CRMF_POPO_SIGNATURE, msg, key, EVP_sha256(), NULL, NULL);
	EVP_PKEY_free(key);
	if (ok != 1)
		return tg_child_failed_p11(c, TG_SIGN_FAILED, "OSSL_CRMF_MSG_create_popo");
	if (!proof_holds(msg))
		return tg_child_failed_p11(c, TG_SIGN_FAILED, "the proof of possession does not verify");
	unsigned char *der = NULL;
	int n = i2d_OSSL_CRMF_MSG(msg, &der);
	if (n <= 0)
		return tg_error_set(&c->err, TG_NO_MEMORY, "i2d_OSSL_CRMF_MSG");
	tg_buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
	return tg_buf_status(out);
}

enum tg_status tg_child_request(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out)
{
	OSSL_CRMF_MSG *msg = OSSL_CRMF_MSG_new();
	enum tg_status status = TG_OK;
	if (!fill(msg, r))
		status = tg_error_set(
		        &c->err, TG_INVALID, "subject, public key, extensions or regInfo are not as they must be");
	if (status == TG_OK)
		status = sign_and_encode(c, msg, r->field[TG_F_KEY_ID], out);
	OSSL_CRMF_MSG_free(msg);
	ERR_clear_error();
	return status;
}
