#include "ca_parts.h"

#include "ca_outside.h"
#include "issue.h"
#include "ossl.h"
#include "sign.h"
#include <openssl/cmp.h>
#include <openssl/err.h>
#include <openssl/sha.h>

void tg_ca_record_finish(struct tg_ca_record *r)
{
	tg_buf_finish(&r->certificate);
	memset(r, 0, sizeof *r);
}

/* --- A key that was certified before: the same certificate, or no. */
static bool same_subject(const struct tg_ca_record *r, const X509_NAME *subject, X509 **out)
{
	X509 *x = tg_x509_parse((struct tg_bytes){r->certificate.data, r->certificate.len});
	if (x != NULL && X509_NAME_cmp(X509_get_subject_name(x), subject) == 0) {
		*out = x;
		return true;
	}
	X509_free(x);
	return false;
}

static enum tg_status again(struct tg_ca *ca, const struct tg_ca_wish *w, const struct tg_ca_record *r, X509 **out,
        int *failure, struct tg_error *err)
{
	*failure = OSSL_CMP_PKIFAILUREINFO_duplicateCertReq;
	if (strcmp(r->number, w->number) != 0 || strcmp(r->profile, w->profile) != 0)
		return tg_error_set(err, TG_CA_REFUSED, "the key was certified for another application");
	if (r->state == TG_CA_REVOKED) {
		*failure = OSSL_CMP_PKIFAILUREINFO_certRevoked;
		return tg_error_set(err, TG_CA_REFUSED, "the certificate of this key was revoked");
	}
	if (r->issuer[0] != '\0')
		return tg_ca_is_relay(ca) ? TG_OK
		                          : tg_error_set(err, TG_CA_REFUSED, "the key was certified by a CA elsewhere");
	if (w->subject == NULL)
		*out = tg_x509_parse((struct tg_bytes){r->certificate.data, r->certificate.len});
	if (w->subject == NULL ? *out == NULL : !same_subject(r, w->subject, out))
		return tg_error_set(err, TG_CA_REFUSED, "the key was certified for another name");
	enum tg_status status = TG_OK;
	if (r->state == TG_CA_REJECTED)
		status = ca->store.set_state(ca->store.ctx, r->serial, TG_CA_UNCONFIRMED, -1, tg_ca_now(ca), w->kiosk);
	else if (ca->store.settle != NULL)
		status = ca->store.settle(ca->store.ctx); /* a kill came before the journal had it */
	if (status != TG_OK) {
		X509_free(*out);
		*out = NULL;
		*failure = OSSL_CMP_PKIFAILUREINFO_systemUnavail;
		return tg_error_set(err, status, "the register of certificates does not answer");
	}
	return TG_OK;
}

/* --- A new one */
static enum tg_status lint_and_sign(struct tg_ca *ca, const struct tg_profile *p,
        const struct tg_ca_application *application, X509 **x, struct tg_error *err)
{
	const struct tg_ca_own *by = tg_ca_issuer(ca, p->issuer);
	/* The linter needs a whole certificate: one signed by a key that nobody trusts. */
	if (tg_sign_x509(x, p->issuer == TG_CA_GOST ? ca->gost_lint_key : ca->lint_key, err) != TG_OK)
		return tg_error_set(err, TG_BUG, "signature for the linter");
	TG_TRY(tg_lint_x509(p, *x, by->cert, ca->config.allow_test_ids, application, tg_ca_now(ca), err));
	TG_TRY(tg_sign_x509(x, by->key, err));
	return X509_verify(*x, X509_get0_pubkey(by->cert)) == 1
	               ? TG_OK
	               : tg_ossl_error(err, TG_SIGN_FAILED, "the CA's signature does not fit its certificate");
}

enum tg_status tg_ca_record_of(const struct tg_ca *ca, const struct tg_ca_wish *w, const X509 *x,
        const uint8_t spki_hash[TG_HASH_LEN], struct tg_ca_record *r)
{
	struct tm end;
	memset(r, 0, sizeof *r);
	bool fits = tg_serial_text(X509_get0_serialNumber(x), r->serial, sizeof r->serial) &&
	            tg_copy(r->number, sizeof r->number, w->number) &&
	            tg_copy(r->profile, sizeof r->profile, w->profile) &&
	            tg_copy(r->kiosk, sizeof r->kiosk, w->kiosk) && ASN1_TIME_to_tm(X509_get0_notAfter(x), &end) == 1;
	if (!fits)
		return TG_BUG;
	memcpy(r->spki_hash, spki_hash, TG_HASH_LEN);
	r->state = TG_CA_UNCONFIRMED;
	r->reason = -1;
	r->issued_ms = r->changed_ms = tg_ca_now(ca);
	r->expires_ms = (int64_t)timegm(&end) * 1000;
	return TG_DER_ADD(X509, x, &r->certificate);
}

/* What a kiosk would ask for: the applicant's e-mail address where there is one. */
static enum tg_status own_extensions(struct tg_ca *ca, const struct tg_profile *p, const struct tg_ca_application *a,
        X509_EXTENSIONS **out, struct tg_error *err)
{
	struct tg_buf der = TG_BUF_INIT;
	TG_TRY(tg_profile_request_extensions(
	        ca->config.profiles, p->id, a->answer("email", a->answers), NULL, &der, err));
	const unsigned char *at = der.data;
	*out = der.len == 0 ? NULL : d2i_X509_EXTENSIONS(NULL, &at, (long)der.len);
	tg_buf_wipe(&der);
	return TG_OK;
}

static enum tg_status make(struct tg_ca *ca, const struct tg_ca_wish *w, const struct tg_profile *p,
        const struct tg_ca_grounds *g, X509 **x, int *failure, struct tg_error *err)
{
	static const struct tg_ca_application unknown = {.standing = TG_CA_HANDED_IN};
	const struct tg_ca_application *application = g->known ? &g->application : &unknown;
	X509_EXTENSIONS *own = NULL;
	if (w->own && g->known)
		TG_TRY(own_extensions(ca, p, application, &own, err));
	EVP_PKEY *key = tg_spki_parse(w->spki);
	const struct tg_issue in = {.profile = p,
	        .urls = p->issuer == TG_CA_GOST ? &ca->config.gost_urls : &ca->config.urls,
	        .issuer = tg_ca_issuer(ca, p->issuer)->cert,
	        .subject = w->subject != NULL ? w->subject : g->subject,
	        .spki = w->spki,
	        .asked = own != NULL ? own : w->asked,
	        .now_ms = tg_ca_now(ca),
	        .from_ms = w->from_ms,
	        .application = g->known ? application : NULL};
	*failure = OSSL_CMP_PKIFAILUREINFO_badCertTemplate;
	enum tg_status status = key == NULL ? tg_ossl_error(err, TG_INVALID, "the public key cannot be read")
	                                    : tg_issue_build(&in, x, err);
	if (status == TG_OK && (status = lint_and_sign(ca, p, application, x, err)) != TG_CERT_INVALID)
		*failure = status == TG_SIGN_FAILED ? OSSL_CMP_PKIFAILUREINFO_systemFailure
		                                    : OSSL_CMP_PKIFAILUREINFO_systemUnavail;
	EVP_PKEY_free(key);
	sk_X509_EXTENSION_pop_free(own, X509_EXTENSION_free);
	return status;
}

static enum tg_status first_time(struct tg_ca *ca, const struct tg_ca_wish *w, const struct tg_profile *p,
        const uint8_t spki_hash[TG_HASH_LEN], X509 **out, int *failure, struct tg_error *err)
{
	struct tg_ca_record r = {0};
	struct tg_ca_grounds g;
	X509 *x = NULL;
	bool here = !tg_ca_is_relay(ca);
	enum tg_status status = tg_ca_gate(ca, w, p, &g, failure, err);
	if (status == TG_OK && here)
		status = make(ca, w, p, &g, &x, failure, err);
	tg_ca_grounds_finish(ca, &g);
	if (status == TG_OK && here) {
		*failure = OSSL_CMP_PKIFAILUREINFO_systemUnavail;
		status = tg_ca_record_of(ca, w, x, spki_hash, &r);
		if (status == TG_OK && (status = ca->store.insert(ca->store.ctx, &r)) != TG_OK)
			(void)tg_error_set(err, status, "the register did not take the certificate");
	}
	tg_ca_record_finish(&r);
	if (status == TG_OK)
		*out = x;
	else
		X509_free(x);
	return status;
}

enum tg_status tg_ca_grant(struct tg_ca *ca, const struct tg_ca_wish *w, X509 **out, int *failure, struct tg_error *err)
{
	uint8_t spki_hash[TG_HASH_LEN];
	struct tg_ca_record r = {0};
	*out = NULL;
	const struct tg_profile *p = tg_profile_find(ca->config.profiles, w->profile);
	if (p == NULL) {
		*failure = OSSL_CMP_PKIFAILUREINFO_badCertTemplate;
		return tg_error_set(err, TG_NOT_FOUND, "no such certificate profile");
	}
	if (tg_ca_is_relay(ca) && w->own) {
		*failure = OSSL_CMP_PKIFAILUREINFO_notAuthorized;
		return tg_error_set(err, TG_CONFIG, "keys are not kept for others where a CA elsewhere issues");
	}
	if (!tg_ca_is_relay(ca) && tg_ca_issuer(ca, p->issuer)->cert == NULL) {
		*failure = OSSL_CMP_PKIFAILUREINFO_badAlg;
		return tg_error_set(err, TG_ALGORITHM, "this CA has no GOST issuer");
	}
	SHA256(w->spki.data, w->spki.len, spki_hash);
	enum tg_status status = ca->store.find_by_spki(ca->store.ctx, spki_hash, &r);
	if (status == TG_OK) {
		status = again(ca, w, &r, out, failure, err);
		tg_ca_record_finish(&r);
		return status;
	}
	if (status != TG_NOT_FOUND) {
		*failure = OSSL_CMP_PKIFAILUREINFO_systemUnavail;
		return tg_error_set(err, status, "the register of certificates does not answer");
	}
	return first_time(ca, w, p, spki_hash, out, failure, err);
}
