#include "chain.h"

#include "kazakh.h"
#include "ossl.h"

#include "tamga/gost.h"
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

enum tg_status tg_pki_check_openssl(struct tg_error *err)
{
	unsigned major = OPENSSL_version_major(), minor = OPENSSL_version_minor(), patch = OPENSSL_version_patch();
	if (major > 3 || (major == 3 && (minor > 0 || patch >= 22)))
		return TG_OK;
	return tg_error_set(
	        err, TG_CONFIG, "OpenSSL %u.%u.%u is older than 3.0.22: CVE-2026-63076", major, minor, patch);
}

/* DER certificates one after the other. NULL for anything else. */
static STACK_OF(X509) * split(struct tg_bytes chain)
{
	STACK_OF(X509) *list = sk_X509_new_null();
	const unsigned char *p = chain.data, *end = chain.len == 0 ? p : p + chain.len;
	while (list != NULL && p < end) {
		X509 *x = d2i_X509(NULL, &p, (long)(end - p));
		if (x == NULL || sk_X509_push(list, x) <= 0) {
			X509_free(x);
			sk_X509_pop_free(list, X509_free);
			return NULL;
		}
	}
	return list;
}

enum tg_status tg_chain_verify(
        X509 *leaf, STACK_OF(X509) * untrusted, X509_STORE *store, struct tg_buf *chain, struct tg_error *err)
{
	X509_STORE_CTX *c = X509_STORE_CTX_new();
	enum tg_status status = c == NULL ? TG_NO_MEMORY : TG_OK;
	if (status == TG_OK && X509_STORE_CTX_init(c, store, leaf, untrusted) != 1)
		status = tg_ossl_error(err, TG_NO_MEMORY, "chain");
	if (status == TG_OK && X509_verify_cert(c) != 1)
		status = tg_error_set(
		        err, TG_CERT_INVALID, "chain: %s", X509_verify_cert_error_string(X509_STORE_CTX_get_error(c)));
	STACK_OF(X509) *found = status == TG_OK ? X509_STORE_CTX_get0_chain(c) : NULL;
	for (int i = 1; chain != NULL && i < sk_X509_num(found) && status == TG_OK; i++)
		status = TG_DER_ADD(X509, sk_X509_value(found, i), chain);
	X509_STORE_CTX_free(c);
	ERR_clear_error();
	return status;
}

/* A certificate with a GOST key or signature needs the engine, before anything is parsed for good: OpenSSL looks at a
 * key once, and never again when it did not know it. */
static enum tg_status ready_for(struct tg_bytes certificate, struct tg_error *err)
{
	struct tg_buf spki = TG_BUF_INIT;
	X509 *x = tg_x509_parse(certificate);
	bool gost = false;
	if (x != NULL && tg_x509_spki(x, &spki) == TG_OK) {
		int nid = X509_get_signature_nid(x);
		gost = tg_gost_of_spki((struct tg_bytes){spki.data, spki.len}) != NULL ||
		       nid == NID_id_GostR3411_94_with_GostR3410_2001 ||
		       nid == NID_id_tc26_signwithdigest_gost3410_2012_256 ||
		       nid == NID_id_tc26_signwithdigest_gost3410_2012_512;
	}
	tg_buf_finish(&spki);
	X509_free(x);
	ERR_clear_error();
	return gost ? tg_gost_load(err) : TG_OK;
}

/* --- Kazakh identifiers: OpenSSL follows no chain whose keys it does not know */
#define STEPS_MAX 4

static bool is_kazakh(const X509 *x)
{
	const X509_ALGOR *a = NULL;
	const ASN1_OBJECT *o = NULL;
	X509_get0_signature(NULL, &a, x);
	if (a != NULL)
		X509_ALGOR_get0(&o, NULL, NULL, a);
	return o != NULL && tg_kazakh_is((struct tg_bytes){OBJ_get0_data(o), OBJ_length(o)});
}

static bool in_time(const X509 *x, int64_t at_ms)
{
	time_t at = (time_t)(at_ms / 1000);
	return X509_cmp_time(X509_get0_notBefore(x), &at) < 0 && X509_cmp_time(X509_get0_notAfter(x), &at) > 0;
}

static X509 *issuer_among(const X509 *x, const STACK_OF(X509) * list)
{
	for (int i = 0; i < sk_X509_num(list); i++) {
		X509 *ca = sk_X509_value(list, i);
		if (X509_NAME_cmp(X509_get_subject_name(ca), X509_get_issuer_name(x)) == 0)
			return ca;
	}
	return NULL;
}

static enum tg_status signed_by(const X509 *x, X509 *ca, int64_t at_ms, struct tg_error *err)
{
	struct tg_buf a = TG_BUF_INIT, b = TG_BUF_INIT;
	bool may = X509_check_ca(ca) == 1 && (X509_get_key_usage(ca) & KU_KEY_CERT_SIGN) != 0 && in_time(ca, at_ms);
	enum tg_status status =
	        may ? TG_OK : tg_error_set(err, TG_CERT_INVALID, "chain: an issuer is no CA, or out of its time");
	if (status == TG_OK)
		status = TG_DER_ADD(X509, x, &a);
	if (status == TG_OK)
		status = TG_DER_ADD(X509, ca, &b);
	if (status == TG_OK)
		status = tg_pki_verify_certificate(
		        (struct tg_bytes){a.data, a.len}, (struct tg_bytes){b.data, b.len}, err);
	tg_buf_finish(&a);
	tg_buf_finish(&b);
	ERR_clear_error();
	return status;
}

static enum tg_status follow(
        X509 *leaf, const STACK_OF(X509) * untrusted, X509_STORE *store, int64_t at_ms, struct tg_error *err)
{
	if (!in_time(leaf, at_ms))
		return tg_error_set(err, TG_CERT_INVALID, "chain: the certificate is out of its time");
	STACK_OF(X509) *trusted = X509_STORE_get1_all_certs(store);
	enum tg_status status = TG_NOT_FOUND;
	X509 *x = leaf;
	for (int i = 0; i < STEPS_MAX && status == TG_NOT_FOUND; i++) {
		X509 *anchor = issuer_among(x, trusted), *ca = anchor != NULL ? anchor : issuer_among(x, untrusted);
		if (ca == NULL)
			break;
		status = signed_by(x, ca, at_ms, err);
		if (status == TG_OK && anchor == NULL)
			status = TG_NOT_FOUND; /* further up */
		x = ca;
	}
	sk_X509_pop_free(trusted, X509_free);
	return status == TG_NOT_FOUND ? tg_error_set(err, TG_CERT_INVALID, "chain: it leads to nobody who is trusted")
	                              : status;
}

enum tg_status tg_pki_check_chain(
        struct tg_bytes certificate, struct tg_bytes chain, const char *trust_pem, int64_t at_ms, struct tg_error *err)
{
	TG_TRY(ready_for(certificate, err));
	X509_STORE *store = tg_trust_store(trust_pem, at_ms, err);
	if (store == NULL)
		return TG_CONFIG;
	X509 *leaf = tg_x509_parse(certificate);
	STACK_OF(X509) *untrusted = split(chain);
	enum tg_status status = leaf == NULL || untrusted == NULL
	                                ? tg_ossl_error(err, TG_CERT_INVALID, "not a certificate")
	                        : is_kazakh(leaf) ? follow(leaf, untrusted, store, at_ms, err)
	                                          : tg_chain_verify(leaf, untrusted, store, NULL, err);
	sk_X509_pop_free(untrusted, X509_free);
	X509_free(leaf);
	X509_STORE_free(store);
	return status;
}
