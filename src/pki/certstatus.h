/* Private: asking about certificates, between its files. */
#ifndef TAMGA_PKI_CERTSTATUS_H
#define TAMGA_PKI_CERTSTATUS_H

#include "tamga/certstatus.h"
#include <openssl/x509.h>

#define TG_CERT_QUIET_MS       10000
#define TG_CERT_CLOCKS_APART_S 300 /* between ours and theirs */

/* One file of the folder. */
struct tg_cert_source {
	char *certificate, *ocsp, *crl, *responder;
	char **hosts;
	unsigned n_hosts;
	bool nonce_optional;
};
struct tg_cert_issuer {
	struct tg_cert_source *source;
	STACK_OF(X509) * certificates; /* the issuer itself is the first */
	X509 *responder;               /* or NULL */
	char cache[512];               /* file of its newest CRL */
	X509_CRL *crl;                 /* the newest that was good, or NULL; its number never goes back */
	bool cache_read;
	int64_t quiet_until_ms, ocsp_quiet_until_ms; /* nobody waits for it before: for all, for the responder */
};
struct tg_cert_question {
	struct tg_cert_issuer *issuer;
	X509 *certificate;
	int64_t now_ms;
};
X509 *tg_cert_issuer_of(const struct tg_cert_issuer *i);

/* certstatus_load.c */
enum tg_status tg_cert_source_load(struct tg_cert_source **out, const char *path, struct tg_error *err) TG_MUST_USE;
void tg_cert_source_free(struct tg_cert_source *s);

/* certstatus_http.c. A URL of a certificate may be followed: http, and a host that was named. */
bool tg_cert_may_follow(const struct tg_cert_source *s, const char *url);
/* One request, no redirections; `body` NULL: GET. One DER value comes. TG_CERT_STATUS. */
enum tg_status tg_cert_http(const char *url, struct tg_bytes body, const char *type, const char *answer_type,
        size_t max, struct tg_buf *out, struct tg_error *err) TG_MUST_USE;
/* `now_ms` lies between the two, with the clocks apart; `until` NULL: `from` is not older than an hour. */
bool tg_cert_in_time(const ASN1_TIME *from, const ASN1_TIME *until, int64_t now_ms);
/* Milliseconds; false when it cannot be read. */
bool tg_cert_time(const ASN1_TIME *t, int64_t *out);

/* certstatus_ocsp.c, certstatus_crl.c: as tg_cert_status_ask. */
enum tg_status tg_cert_ask_ocsp(const struct tg_cert_question *q, struct tg_error *err) TG_MUST_USE;
/* What a responder answered to `request` (both DER); for the tests too. */
enum tg_status tg_cert_judge_ocsp(const struct tg_cert_question *q, struct tg_bytes request, struct tg_bytes answer,
        struct tg_error *err) TG_MUST_USE;
enum tg_status tg_cert_ask_crl(const struct tg_cert_question *q, struct tg_error *err) TG_MUST_USE;
/* TG_OK: `der` is a CRL of this issuer to go by now, and takes the place of the one that was known. */
enum tg_status tg_cert_take_crl(
        struct tg_cert_issuer *i, struct tg_bytes der, int64_t now_ms, struct tg_error *err) TG_MUST_USE;

#endif
