/* Delegated OCSP signers (RFC 6960 4.2.2.2). Nobody asks whether their certificates were revoked, so they are short,
 * and a new certificate comes with a new key. The key of the GOST issuer's signer is RSA as well: only such keys can be
 * in the token, and who verifies GOST verifies RSA too (src/decisions/0244). */
#include "ca_parts.h"

#include "issue.h"
#include "ossl.h"

#include <openssl/err.h>
#include <unistd.h>

#define DAY_MS      INT64_C(86400000)
#define OCSP_DAYS   90
#define BACKDATE_MS INT64_C(3600000)
#define AGAIN_MS    INT64_C(60000) /* after a failure: a key is made for each try */

struct signer_plan {
	const char *file, *prefix, *name;
};
static const struct signer_plan plans[] = {
        [TG_CA_RSA] = {"ocsp.pem", "tamga-ocsp-rsa-", "ТАМГА ОҚУ OCSP (RSA)"},
        [TG_CA_GOST] = {"gost-ocsp.pem", "tamga-ocsp-gost-", "ТАМГА ОҚУ OCSP (GOST)"},
};

static struct tg_ca_own *signer_of(struct tg_ca *ca, enum tg_ca_family family)
{
	return family == TG_CA_GOST ? &ca->gost_ocsp : &ca->ocsp;
}

static int64_t length_of(const struct tg_ca *ca)
{
	return (ca->config.ocsp_days > 0 ? ca->config.ocsp_days : OCSP_DAYS) * DAY_MS;
}

/* Begun, and not over for so long. */
static bool good_for(const struct tg_ca *ca, const X509 *x, int64_t ms)
{
	struct tm end;
	int64_t now = tg_ca_now(ca);
	time_t at = (time_t)(now / 1000);
	return x != NULL && ASN1_TIME_to_tm(X509_get0_notAfter(x), &end) == 1 &&
	       (int64_t)timegm(&end) * 1000 - now > ms && X509_cmp_time(X509_get0_notBefore(x), &at) < 0;
}

static bool fresh(const struct tg_ca *ca, const X509 *x)
{
	return good_for(ca, x, length_of(ca) / 3);
}

/* Calls `fn` for each label of a key of this signer, until it says true. */
static bool each_label(
        struct tg_ca *ca, const char *prefix, bool (*fn)(struct tg_ca *ca, const char *label, void *ctx), void *ctx)
{
	struct tg_buf labels = TG_BUF_INIT;
	bool done = false;
	if (tg_ca_token_labels(ca->token, prefix, &labels) == TG_OK)
		for (char *at = (char *)(uintptr_t)tg_buf_str(&labels), *save = NULL, *label;
		        !done && (label = strtok_r(at, "\n", &save)) != NULL; at = NULL)
			done = fn(ca, label, ctx);
	tg_buf_finish(&labels);
	return done;
}

static bool take_if_fits(struct tg_ca *ca, const char *label, void *ctx)
{
	struct tg_ca_own *own = ctx;
	EVP_PKEY *key = NULL;
	bool made;
	if (tg_ca_token_key(ca->token, label, &made, &key, NULL) == TG_OK &&
	        EVP_PKEY_eq(X509_get0_pubkey(own->cert), key) == 1) {
		own->key = key;
		tg_ca_tell(ca, &(struct tg_ca_event){.what = TG_CA_KEY_OPENED, .label = label});
		return true;
	}
	EVP_PKEY_free(key);
	ERR_clear_error();
	return false;
}

/* What an earlier start left: taken when it is whole and not over. */
static void take_kept(struct tg_ca *ca, enum tg_ca_family family, const char *path)
{
	struct tg_ca_own own = {NULL, NULL};
	X509 *issuer = tg_ca_issuer(ca, family)->cert;
	own.cert = access(path, F_OK) == 0 ? tg_pem_cert(path, NULL) : NULL;
	bool good = own.cert != NULL && good_for(ca, own.cert, 0) &&
	            X509_NAME_cmp(X509_get_issuer_name(own.cert), X509_get_subject_name(issuer)) == 0 &&
	            X509_verify(own.cert, X509_get0_pubkey(issuer)) == 1;
	ERR_clear_error();
	if (good && each_label(ca, plans[family].prefix, take_if_fits, &own)) {
		*signer_of(ca, family) = own;
		return;
	}
	X509_free(own.cert);
}

static X509_NAME *name_of(const char *common)
{
	X509_NAME *n = X509_NAME_new();
	if (n != NULL &&
	        X509_NAME_add_entry_by_txt(n, "C", V_ASN1_PRINTABLESTRING, (const unsigned char *)"KZ", 2, -1, 0) ==
	                1 &&
	        X509_NAME_add_entry_by_txt(n, "CN", V_ASN1_UTF8STRING, (const unsigned char *)common, -1, -1, 0) == 1)
		return n;
	X509_NAME_free(n);
	return NULL;
}

static enum tg_status certify(struct tg_ca *ca, enum tg_ca_family family, struct tg_ca_own *own, struct tg_error *err)
{
	const struct tg_ca_own *issuer = tg_ca_issuer(ca, family);
	X509_NAME *name = name_of(plans[family].name);
	const struct tg_issue_plain in = {.subject = name,
	        .key = own->key,
	        .issuer = issuer->cert,
	        .issuer_key = issuer->key,
	        .path_length = -1,
	        .key_usage = "critical,digitalSignature",
	        .ext_key_usage = "OCSPSigning",
	        .no_check = true,
	        .from_ms = tg_ca_now(ca) - BACKDATE_MS,
	        .seconds = length_of(ca) / 1000};
	enum tg_status status = name == NULL ? TG_NO_MEMORY : tg_issue_plain(&in, &own->cert, err);
	X509_NAME_free(name);
	return status;
}

static bool destroy_unless(struct tg_ca *ca, const char *label, void *keep)
{
	if (strcmp(label, keep) != 0 && tg_ca_token_destroy_key(ca->token, label, NULL) == TG_OK)
		tg_ca_tell(ca, &(struct tg_ca_event){.what = TG_CA_KEY_DESTROYED, .label = label});
	return false;
}

/* A kill in between leaves a key without a certificate: the next signer's coming destroys it. A failure leaves none: a
 * token that is away must not fill the other one with keys. */
static enum tg_status make_new(struct tg_ca *ca, enum tg_ca_family family, const char *path, struct tg_error *err)
{
	struct tg_ca_own own = {NULL, NULL}, *at = signer_of(ca, family);
	char label[64], serial[TG_CA_SERIAL_MAX] = "";
	bool made = false;
	(void)snprintf(label, sizeof label, "%s%lld", plans[family].prefix, (long long)tg_ca_now(ca));
	enum tg_status status = tg_ca_token_key(ca->token, label, &made, &own.key, err);
	if (status == TG_OK && made)
		tg_ca_tell(ca, &(struct tg_ca_event){.what = TG_CA_KEY_MADE, .label = label});
	if (status == TG_OK)
		status = certify(ca, family, &own, err);
	if (status == TG_OK)
		status = tg_pem_write_cert(path, own.cert, err);
	if (status != TG_OK) {
		X509_free(own.cert);
		EVP_PKEY_free(own.key);
		if (made && tg_ca_token_destroy_key(ca->token, label, NULL) == TG_OK)
			tg_ca_tell(ca, &(struct tg_ca_event){.what = TG_CA_KEY_DESTROYED, .label = label});
		return status;
	}
	(void)tg_serial_text(X509_get0_serialNumber(own.cert), serial, sizeof serial);
	tg_ca_tell(ca,
	        &(struct tg_ca_event){.what = TG_CA_OWN_CERTIFICATE, .label = plans[family].file, .serial = serial});
	X509_free(at->cert);
	EVP_PKEY_free(at->key);
	*at = own;
	(void)each_label(ca, plans[family].prefix, destroy_unless, label);
	return TG_OK;
}

static enum tg_status renew(struct tg_ca *ca, enum tg_ca_family family, struct tg_error *err)
{
	char path[TG_CA_PATH];
	TG_TRY(tg_ca_path(ca, plans[family].file, path, err));
	if (signer_of(ca, family)->cert == NULL)
		take_kept(ca, family, path);
	return fresh(ca, signer_of(ca, family)->cert) ? TG_OK : make_new(ca, family, path, err);
}

/* Where no new one can be made the one that there is goes on to its end. */
enum tg_status tg_ca_ocsp_signer(struct tg_ca *ca, enum tg_ca_family family, struct tg_error *err)
{
	const int64_t now = tg_ca_now(ca), failed = ca->ocsp_failed_ms[family];
	if (tg_ca_issuer(ca, family)->cert == NULL || fresh(ca, signer_of(ca, family)->cert))
		return TG_OK;
	enum tg_status status = failed != 0 && now >= failed && now - failed < AGAIN_MS
	                                ? tg_error_set(err, TG_SIGN_FAILED, "no new OCSP signer could be made just now")
	                                : renew(ca, family, err);
	if (status != TG_OK && (failed == 0 || now < failed || now - failed >= AGAIN_MS))
		ca->ocsp_failed_ms[family] = now;
	return status == TG_OK || good_for(ca, signer_of(ca, family)->cert, 0) ? TG_OK : status;
}

enum tg_status tg_ca_ocsp_renew(struct tg_ca *ca, struct tg_error *err)
{
	(void)pthread_mutex_lock(&ca->lock);
	enum tg_status status = tg_ca_ocsp_signer(ca, TG_CA_RSA, err);
	if (status == TG_OK)
		status = tg_ca_ocsp_signer(ca, TG_CA_GOST, err);
	(void)pthread_mutex_unlock(&ca->lock);
	return status;
}
