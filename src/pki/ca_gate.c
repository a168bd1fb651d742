#include "ca_parts.h"

#include "ossl.h"
#include <openssl/cmp.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

/* What the kiosk reads in the answer: cmp_client.c knows the word. */
#define NOT_DECIDED "not-decided: "
#define UNPAID      "unpaid: "
#define NOBODY      "not-identified: "
#define CHANGED     "changed: "
#define COMPANIES   "companies: "
#define PRICE       "price: "

static enum tg_status find(struct tg_ca *ca, const char *number, struct tg_ca_grounds *g, struct tg_error *err)
{
	const struct tg_ca_applications *port = &ca->config.applications;
	enum tg_status status = port->find == NULL ? TG_NOT_FOUND : port->find(port->ctx, number, &g->application, err);
	g->known = status == TG_OK;
	return status == TG_OK || status == TG_NOT_FOUND
	               ? TG_OK
	               : tg_error_set(err, status, "the replica of the applications does not answer");
}

/* K-4: who asks is known by the chip, a clerk or a judged signature. The signature with the old key says it as well. */
static enum tg_status check_identified(
        const struct tg_profile *p, const struct tg_ca_wish *w, const struct tg_ca_grounds *g, struct tg_error *err)
{
	if (p->approval == TG_APPROVAL_NONE || w->old != NULL)
		return TG_OK;
	if (!g->known)
		return tg_error_set(err, TG_NOT_DECIDED, NOT_DECIDED "the centre does not have the application yet");
	return g->application.identified == TG_OK
	               ? TG_OK
	               : tg_error_set(err, TG_NOT_IDENTIFIED, NOBODY "nothing proves who asks (%s)",
	                         tg_status_name(g->application.identified));
}

/* NCA-9, NCA-10. */
static enum tg_status judge(const struct tg_profile *p, const struct tg_ca_grounds *g, struct tg_error *err)
{
	bool must = p->approval == TG_APPROVAL_REQUIRED;
	if (!g->known)
		return must ? tg_error_set(
		                      err, TG_NOT_DECIDED, NOT_DECIDED "the centre does not have the application yet")
		            : TG_OK;
	switch (g->application.standing) {
	case TG_CA_ACCEPTED:
		return TG_OK;
	case TG_CA_HANDED_IN:
		return must ? tg_error_set(err, TG_NOT_DECIDED, NOT_DECIDED "nobody has accepted the application")
		            : TG_OK;
	case TG_CA_WAITING:
		return tg_error_set(err, TG_NOT_DECIDED, NOT_DECIDED "the application waits for a decision");
	case TG_CA_CLOSED:
		break;
	}
	return tg_error_set(err, TG_CA_REFUSED, "the application is closed");
}

/* Nothing is issued that is not paid (DOS-7), nor is what it costs the kiosk's to say alone. */
static enum tg_status check_paid(const struct tg_ca_grounds *g, struct tg_error *err)
{
	if (g->known && g->application.price_short)
		return tg_error_set(err, TG_PRICE_SHORT, PRICE "by the price list it costs more");
	return g->known && g->application.unpaid ? tg_error_set(err, TG_UNPAID, UNPAID "the application is not paid")
	                                         : TG_OK;
}

/* A complex certificate is for more than two companies, and for no more than its kind serves (DOS-6). */
static enum tg_status check_companies(const struct tg_ca_grounds *g, struct tg_error *err)
{
	return g->known && g->application.wrong_companies
	               ? tg_error_set(err, TG_COMPANIES, COMPANIES "the list of companies does not fit the certificate")
	               : TG_OK;
}

/* --- Is it what the application says? */
static enum tg_status make_subject(struct tg_ca *ca, const struct tg_profile *p, const struct tg_ca_application *a,
        X509_NAME **out, struct tg_error *err)
{
	struct tg_buf der = TG_BUF_INIT;
	enum tg_status status = tg_profile_subject(ca->config.profiles, p->id, a->answer, a->answers, &der, err);
	const unsigned char *at = der.data;
	if (status == TG_OK && (*out = d2i_X509_NAME(NULL, &at, (long)der.len)) == NULL)
		status = tg_ossl_error(err, TG_NO_MEMORY, "name");
	tg_buf_wipe(&der);
	return status;
}

/* Byte for byte: X509_NAME_cmp would take upper and lower case for the same. */
static bool same_name(const X509_NAME *a, const X509_NAME *b)
{
	struct tg_buf x = TG_BUF_INIT, y = TG_BUF_INIT;
	bool same = TG_DER_ADD(X509_NAME, a, &x) == TG_OK && TG_DER_ADD(X509_NAME, b, &y) == TG_OK && x.len == y.len &&
	            memcmp(x.data, y.data, x.len) == 0;
	tg_buf_wipe(&x);
	tg_buf_wipe(&y);
	return same;
}

static const ASN1_OCTET_STRING *alt_names(const X509_EXTENSIONS *list)
{
	int at = list == NULL ? -1 : X509v3_get_ext_by_NID(list, NID_subject_alt_name, -1);
	return at < 0 ? NULL : X509_EXTENSION_get_data(X509v3_get_ext(list, at));
}

static enum tg_status check_email(struct tg_ca *ca, const struct tg_profile *p, const struct tg_ca_application *a,
        const X509_EXTENSIONS *asked, struct tg_error *err)
{
	struct tg_buf der = TG_BUF_INIT;
	TG_TRY(tg_profile_request_extensions(
	        ca->config.profiles, p->id, a->answer("email", a->answers), NULL, &der, err));
	const unsigned char *at = der.data;
	X509_EXTENSIONS *list = der.len == 0 ? NULL : d2i_X509_EXTENSIONS(NULL, &at, (long)der.len);
	const ASN1_OCTET_STRING *want = alt_names(list), *got = alt_names(asked);
	bool same = want == NULL || got == NULL ? want == got : ASN1_OCTET_STRING_cmp(want, got) == 0;
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	tg_buf_wipe(&der);
	return same ? TG_OK : tg_error_set(err, TG_INVALID, "the e-mail address is not that of the application");
}

static enum tg_status check_domains(
        const struct tg_profile *p, const struct tg_ca_application *a, const struct tg_csr *csr, struct tg_error *err)
{
	struct tg_buf lines = TG_BUF_INIT;
	for (unsigned i = 0; i < p->n_dns_names; i++) {
		const char *answer = a->answer(p->dns_names[i], a->answers);
		tg_buf_addf(&lines, "%s\n", answer == NULL ? "" : answer);
	}
	enum tg_status status = tg_buf_status(&lines);
	if (status == TG_OK)
		status = tg_csr_names_fit(csr, tg_buf_str(&lines), NULL, err);
	tg_buf_finish(&lines);
	return status;
}

/* What the applicant signed holds the new public keys (NCA-9.again). */
static enum tg_status check_key(const struct tg_ca_application *a, struct tg_bytes spki, struct tg_error *err)
{
	uint8_t hash[TG_HASH_LEN];
	char name[2 * TG_HASH_LEN + 1];
	SHA256(spki.data, spki.len, hash);
	tg_hex(hash, sizeof hash, name);
	return a->keys == NULL || tg_profile_word(a->keys, name)
	               ? TG_OK
	               : tg_error_set(err, TG_INVALID, "the key is none of those that the applicant signed");
}

/* No certificate from afar for anybody of whom something has changed (DOS-4). */
static enum tg_status check_unchanged(
        const struct tg_ca *ca, const struct tg_ca_wish *w, const struct tg_ca_application *a, struct tg_error *err)
{
	struct tg_ca_record r = {0};
	struct tg_certificate_facts f;
	if (a->unchanged == NULL)
		return TG_OK;
	const struct tg_ca_record *old = w->old;
	if (old == NULL) {
		TG_TRY(tg_ca_find_for(&ca->store, a->old_serial, a->iin, a->bin, &r, err));
		old = &r;
	}
	enum tg_status status =
	        tg_pki_certificate_facts((struct tg_bytes){old->certificate.data, old->certificate.len}, &f, err);
	if (status == TG_OK && a->unchanged(a, &f) != TG_OK)
		status = tg_error_set(err, TG_CHANGED, CHANGED "not what the old certificate says");
	tg_ca_record_finish(&r);
	return status;
}

static enum tg_status compare(struct tg_ca *ca, const struct tg_ca_wish *w, const struct tg_profile *p,
        struct tg_ca_grounds *g, struct tg_error *err)
{
	const struct tg_ca_application *a = &g->application;
	if (a->profiles != NULL && !tg_profile_word(a->profiles, p->id))
		return tg_error_set(err, TG_INVALID, "the application is for no certificate of this profile");
	TG_TRY(check_key(a, w->spki, err));
	if (w->old != NULL)
		return TG_OK;
	TG_TRY(make_subject(ca, p, a, &g->subject, err));
	if (w->subject != NULL && !same_name(w->subject, g->subject))
		return tg_error_set(err, TG_INVALID, "the subject is not that of the application");
	if (p->n_dns_names > 0)
		return w->pkcs10 == NULL ? TG_OK : check_domains(p, a, w->pkcs10, err);
	return w->pkcs10 == NULL && !w->own ? check_email(ca, p, a, w->asked, err) : TG_OK;
}

/* --- */
enum tg_status tg_ca_gate(struct tg_ca *ca, const struct tg_ca_wish *w, const struct tg_profile *p,
        struct tg_ca_grounds *g, int *failure, struct tg_error *err)
{
	memset(g, 0, sizeof *g);
	*failure = OSSL_CMP_PKIFAILUREINFO_systemUnavail;
	TG_TRY(find(ca, w->number, g, err));
	*failure = OSSL_CMP_PKIFAILUREINFO_notAuthorized;
	TG_TRY(judge(p, g, err));
	TG_TRY(check_identified(p, w, g, err));
	if (g->known)
		TG_TRY(check_unchanged(ca, w, &g->application, err));
	TG_TRY(check_companies(g, err));
	TG_TRY(check_paid(g, err));
	*failure = OSSL_CMP_PKIFAILUREINFO_badCertTemplate;
	if (g->known)
		return compare(ca, w, p, g, err);
	return w->subject != NULL ? TG_OK
	                          : tg_error_set(err, TG_INVALID, "nobody says who a PKCS#10 is to be certified for");
}

void tg_ca_grounds_finish(const struct tg_ca *ca, struct tg_ca_grounds *g)
{
	const struct tg_ca_applications *port = &ca->config.applications;
	if (g->known && port->release != NULL)
		port->release(port->ctx, &g->application);
	X509_NAME_free(g->subject);
	memset(g, 0, sizeof *g);
}
