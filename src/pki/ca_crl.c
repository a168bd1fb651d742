/* CRLs and delta CRLs (RFC 5280 5). The policy is told in ca.h. */
#include "ca_parts.h"

#include "issue.h"
#include "ossl.h"
#include "sign.h"
#include <openssl/err.h>
#include <openssl/x509v3.h>

#define HOUR_MS        INT64_C(3600000)
#define CRL_HOURS      24
#define ROOT_CRL_HOURS (24 * 180)
/* A delta is made anew when half of its time is over, as a whole list is. */
#define DELTAS_PER_LIST 4
/* Clocks are slewed by so much without anybody being alarmed. */
#define CLOCK_BACK_MS 60000

static bool set_serial(X509_REVOKED *e, const char *hex)
{
	uint8_t bytes[TG_CA_SERIAL_MAX / 2];
	int n = tg_unhex(hex, bytes, sizeof bytes);
	BIGNUM *bn = n <= 0 ? NULL : BN_bin2bn(bytes, n, NULL);
	ASN1_INTEGER *serial = bn == NULL ? NULL : BN_to_ASN1_INTEGER(bn, NULL);
	bool ok = serial != NULL && X509_REVOKED_set_serialNumber(e, serial) == 1;
	ASN1_INTEGER_free(serial);
	BN_free(bn);
	return ok;
}

static bool set_reason(X509_REVOKED *e, int reason)
{
	if (reason <= 0)
		return true; /* RFC 5280 5.3.1: unspecified is said by saying nothing */
	ASN1_ENUMERATED *value = ASN1_ENUMERATED_new();
	bool ok = value != NULL && ASN1_ENUMERATED_set(value, reason) == 1 &&
	          X509_REVOKED_add1_ext_i2d(e, NID_crl_reason, value, 0, 0) == 1;
	ASN1_ENUMERATED_free(value);
	return ok;
}

/* A CRL and whose certificates go on it. */
struct listing {
	const struct tg_ca *ca;
	X509_CRL *crl;
	enum tg_ca_family family;
	unsigned count;
};

/* The register does not say which of our two signed; the profile does. One that is gone was of the RSA family: so were
 * all. */
enum tg_ca_family tg_ca_family_of(const struct tg_ca *ca, const char *profile)
{
	const struct tg_profile *p = tg_profile_find(ca->config.profiles, profile);
	return p == NULL ? TG_CA_RSA : p->issuer;
}

static int reason_of(const struct tg_ca_record *r)
{
	switch (r->state) {
	case TG_CA_REVOKED:
		return r->reason;
	case TG_CA_REJECTED:
		return CRL_REASON_CERTIFICATE_HOLD;
	case TG_CA_UNCONFIRMED:
	case TG_CA_VALID:
		break;
	}
	return CRL_REASON_REMOVE_FROM_CRL; /* on a delta only */
}

static enum tg_status add_entry(const struct tg_ca_record *r, void *ctx)
{
	struct listing *l = ctx;
	if (r->issuer[0] != '\0' || tg_ca_family_of(l->ca, r->profile) != l->family)
		return TG_OK;
	X509_REVOKED *e = X509_REVOKED_new();
	ASN1_TIME *when = ASN1_TIME_set(NULL, (time_t)(r->changed_ms / 1000));
	bool ok = e != NULL && when != NULL && set_serial(e, r->serial) &&
	          X509_REVOKED_set_revocationDate(e, when) == 1 && set_reason(e, reason_of(r)) &&
	          X509_CRL_add0_revoked(l->crl, e) == 1;
	ASN1_TIME_free(when);
	if (!ok)
		X509_REVOKED_free(e);
	l->count++;
	return ok ? TG_OK : TG_NO_MEMORY;
}

static bool set_times(X509_CRL *crl, int64_t this_ms, int64_t next_ms)
{
	ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(this_ms / 1000));
	ASN1_TIME *until = ASN1_TIME_set(NULL, (time_t)(next_ms / 1000));
	bool ok = from != NULL && until != NULL && X509_CRL_set1_lastUpdate(crl, from) == 1 &&
	          X509_CRL_set1_nextUpdate(crl, until) == 1;
	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
	return ok;
}

static bool add_number(X509_CRL *crl, int nid, uint64_t number, int critical)
{
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	bool ok = n != NULL && ASN1_INTEGER_set_uint64(n, number) == 1 &&
	          X509_CRL_add1_ext_i2d(crl, nid, n, critical, 0) == 1;
	ASN1_INTEGER_free(n);
	return ok;
}

static bool add_key_id(X509_CRL *crl, X509 *issuer)
{
	const ASN1_OCTET_STRING *ski = X509_get0_subject_key_id(issuer);
	AUTHORITY_KEYID *aki = AUTHORITY_KEYID_new();
	bool ok = ski != NULL && aki != NULL && (aki->keyid = ASN1_OCTET_STRING_dup(ski)) != NULL &&
	          X509_CRL_add1_ext_i2d(crl, NID_authority_key_identifier, aki, 0, 0) == 1;
	AUTHORITY_KEYID_free(aki);
	return ok;
}

/* --- One list */
struct plan {
	const struct tg_ca_own *by;
	enum tg_ca_family family;
	bool root;
	uint64_t number;
	const struct tg_ca_base *base; /* NULL: a whole list */
	const char *delta_url;         /* of a whole list that has deltas; else NULL */
	int64_t this_ms, next_ms;
};

static bool begin(X509_CRL *crl, const struct plan *p)
{
	return crl != NULL && X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
	       X509_CRL_set_issuer_name(crl, X509_get_subject_name(p->by->cert)) == 1 &&
	       set_times(crl, p->this_ms, p->next_ms) && add_key_id(crl, p->by->cert) &&
	       add_number(crl, NID_crl_number, p->number, 0) &&
	       (p->base == NULL || add_number(crl, NID_delta_crl, p->base->number, 1)) &&
	       tg_issue_freshest(crl, p->delta_url);
}

static enum tg_status fill(struct tg_ca *ca, const struct plan *p, struct listing *l, struct tg_error *err)
{
	enum tg_status status = TG_OK;
	if (p->root)
		return TG_OK; /* nothing is on it */
	if (p->base != NULL)
		status = ca->store.each_changed(ca->store.ctx, p->base->change, add_entry, l);
	else
		status = ca->store.each_revoked(ca->store.ctx, add_entry, l);
	return status == TG_OK ? TG_OK : tg_error_set(err, status, "the register does not list what was revoked");
}

static enum tg_status make_list(
        struct tg_ca *ca, const struct plan *p, unsigned *count, struct tg_buf *der, struct tg_error *err)
{
	X509_CRL *crl = X509_CRL_new();
	struct listing l = {.ca = ca, .crl = crl, .family = p->family};
	enum tg_status status = begin(crl, p) ? fill(ca, p, &l, err) : tg_ossl_error(err, TG_NO_MEMORY, "CRL");
	if (status == TG_OK && X509_CRL_sort(crl) != 1)
		status = tg_ossl_error(err, TG_NO_MEMORY, "CRL");
	if (status == TG_OK)
		status = tg_sign_crl(&crl, p->by->key, err);
	if (status == TG_OK)
		status = TG_DER_ADD(X509_CRL, crl, der);
	*count = l.count;
	X509_CRL_free(crl);
	return status;
}

/* --- When */
static bool is_root(enum tg_ca_list list)
{
	return list == TG_CA_LIST_RSA_ROOT || list == TG_CA_LIST_GOST_ROOT;
}

static enum tg_ca_family family_of_list(enum tg_ca_list list)
{
	return list == TG_CA_LIST_GOST || list == TG_CA_LIST_GOST_ROOT ? TG_CA_GOST : TG_CA_RSA;
}

static bool half_over(int64_t from_ms, int64_t until_ms, int64_t now_ms)
{
	return now_ms >= from_ms + (until_ms - from_ms) / 2;
}

static int64_t length_of(const struct tg_ca *ca, enum tg_ca_list list)
{
	int hours = ca->config.crl_hours > 0 ? ca->config.crl_hours : CRL_HOURS;
	return (is_root(list) ? ROOT_CRL_HOURS : hours) * HOUR_MS;
}

bool tg_ca_publish_due(const struct tg_ca_published *p, enum tg_ca_list list, int64_t last_change, int64_t now_ms)
{
	if (p->number == 0 || half_over(p->this_ms, p->next_ms, now_ms))
		return true;
	return !is_root(list) && (last_change > p->change || half_over(p->this_ms, p->delta_next_ms, now_ms));
}

void tg_ca_published_finish(struct tg_ca_published *p)
{
	tg_buf_finish(&p->full);
	tg_buf_finish(&p->delta);
	memset(p, 0, sizeof *p);
}

/* The times and the base of the next list; its number and its entries are still to come. */
static enum tg_status plan_next(const struct tg_ca *ca, enum tg_ca_list list, const struct tg_ca_published *p,
        struct tg_ca_published *next, struct tg_error *err)
{
	int64_t now = tg_ca_now(ca);
	if (p->number > 0 && now < p->this_ms - CLOCK_BACK_MS)
		return tg_error_set(err, TG_CLOCK_WRONG, "the clock stands before the list that was published last");
	int64_t length = length_of(ca, list);
	bool on_schedule = p->number == 0 || half_over(p->scheduled.next_ms - length, p->scheduled.next_ms, now);
	next->this_ms = now > p->this_ms ? now : p->this_ms;
	next->scheduled = p->scheduled;
	next->base = p->base;
	if (on_schedule) {
		next->scheduled = (struct tg_ca_base){.next_ms = next->this_ms + length};
		next->base = p->scheduled;
	}
	next->next_ms = next->scheduled.next_ms;
	next->delta_next_ms = next->this_ms + length / DELTAS_PER_LIST;
	if (next->delta_next_ms > next->next_ms)
		next->delta_next_ms = next->next_ms;
	return TG_OK;
}

static enum tg_status number_it(struct tg_ca *ca, struct tg_ca_published *next, struct tg_error *err)
{
	/* Seconds since 1970 at least: a centre that was restored from a backup has forgotten the last numbers. */
	enum tg_status status = ca->store.last_change(ca->store.ctx, &next->change);
	if (status == TG_OK)
		status = ca->store.next_crl_number(ca->store.ctx, (uint64_t)(next->this_ms / 1000), &next->number);
	if (status != TG_OK)
		return tg_error_set(err, status, "the register gives no CRL number");
	if (next->scheduled.number == 0) {
		next->scheduled.number = next->number;
		next->scheduled.change = next->change;
	}
	if (next->base.number == 0 || next->this_ms >= next->base.next_ms)
		next->base = next->scheduled;
	return TG_OK;
}

static enum tg_status publish(struct tg_ca *ca, enum tg_ca_list list, const struct tg_ca_published *p,
        struct tg_ca_published *next, struct tg_error *err)
{
	enum tg_ca_family family = family_of_list(list);
	const struct tg_ca_own *root = family == TG_CA_GOST ? &ca->gost_root : &ca->root;
	struct plan plan = {
	        .by = is_root(list) ? root : tg_ca_issuer(ca, family), .family = family, .root = is_root(list)};
	if (plan.by->cert == NULL)
		return tg_error_set(err, TG_NOT_FOUND, "this CA has no such issuer");
	TG_TRY(plan_next(ca, list, p, next, err));
	TG_TRY(number_it(ca, next, err));
	const struct tg_ca_urls *urls = family == TG_CA_GOST ? &ca->config.gost_urls : &ca->config.urls;
	plan.number = next->number;
	plan.this_ms = next->this_ms;
	plan.next_ms = next->next_ms;
	plan.delta_url = is_root(list) ? NULL : urls->delta_crl;
	TG_TRY(make_list(ca, &plan, &next->count, &next->full, err));
	if (is_root(list))
		return TG_OK;
	plan.base = &next->base;
	plan.delta_url = NULL;
	plan.next_ms = next->delta_next_ms;
	return make_list(ca, &plan, &next->delta_count, &next->delta, err);
}

enum tg_status tg_ca_publish(struct tg_ca *ca, enum tg_ca_list list, struct tg_ca_published *p, struct tg_error *err)
{
	struct tg_ca_published next = {0};
	(void)pthread_mutex_lock(&ca->lock);
	enum tg_status status = publish(ca, list, p, &next, err);
	(void)pthread_mutex_unlock(&ca->lock);
	struct tg_ca_published *waste = status == TG_OK ? p : &next;
	tg_ca_published_finish(waste);
	if (status == TG_OK)
		*p = next;
	return status;
}
