/* Private: how certificates and CRLs are put together. */
#ifndef TAMGA_PKI_ISSUE_H
#define TAMGA_PKI_ISSUE_H

#include "profile.h"
#include "tamga/ca.h"

struct tg_issue {
	const struct tg_profile *profile;
	const struct tg_ca_urls *urls;
	X509 *issuer;
	const X509_NAME *subject;
	struct tg_bytes spki;         /* goes in as it is */
	const X509_EXTENSIONS *asked; /* may be NULL */
	int64_t now_ms;
	int64_t from_ms;                             /* validity begins then; 0: now, less what the profile takes off */
	const struct tg_ca_application *application; /* gives roles and domain names; NULL: not known */
};
/* Everything but the signature. TG_INVALID names what of the asked-for extensions cannot be. */
enum tg_status tg_issue_build(const struct tg_issue *in, X509 **out, struct tg_error *err) TG_MUST_USE;

/* A certificate that is not a subscriber's: CA, CMP signer, channel. */
struct tg_issue_plain {
	const X509_NAME *subject;
	EVP_PKEY *key;
	X509 *issuer; /* NULL: self-signed */
	EVP_PKEY *issuer_key;
	bool ca;
	int path_length;           /* -1: none */
	const char *key_usage;     /* as OpenSSL's configuration writes them */
	const char *ext_key_usage; /* or NULL */
	const char *alt_names;     /* or NULL */
	bool no_check;             /* id-pkix-ocsp-nocheck: nobody asks whether it was revoked (RFC 6960 4.2.2.2.1) */
	int64_t from_ms, seconds;
};
enum tg_status tg_issue_plain(const struct tg_issue_plain *in, X509 **out, struct tg_error *err) TG_MUST_USE;

/* Where the deltas of a whole list are (RFC 5280 5.2.6); NULL: nowhere. */
bool tg_issue_freshest(X509_CRL *crl, const char *uri);

/* The linter on what is to be signed. `application` NULL: not known, any right role will do. `now_ms` 0: not known,
 * when its validity begins is not looked at. */
enum tg_status tg_lint_x509(const struct tg_profile *p, X509 *x, X509 *issuer, bool allow_test_ids,
        const struct tg_ca_application *application, int64_t now_ms, struct tg_error *err) TG_MUST_USE;

#endif
