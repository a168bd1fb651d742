#include "chain.h"

#include "ossl.h"

#include "tamga/gost.h"
#include <openssl/crypto.h>
#include <openssl/err.h>

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
	                                : tg_chain_verify(leaf, untrusted, store, NULL, err);
	sk_X509_pop_free(untrusted, X509_free);
	X509_free(leaf);
	X509_STORE_free(store);
	return status;
}
