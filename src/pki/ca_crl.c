#include "ca_parts.h"

#include "ossl.h"
#include "sign.h"
#include <openssl/err.h>
#include <openssl/x509v3.h>

#define CRL_HOURS      24
#define ROOT_CRL_HOURS (24 * 180)

/* RFC 5280 5.3.1; hold, removal and the unused 7 cannot be asked for. */
static bool reason_possible(int reason)
{
	return (reason >= -1 && reason <= 5) || reason == 9 || reason == 10;
}

enum tg_status tg_ca_revoke_locked(struct tg_ca *ca, const char *serial, int reason, struct tg_error *err)
{
	struct tg_ca_record r = {0};
	if (!reason_possible(reason))
		return tg_error_set(err, TG_INVALID, "revocation reason %d cannot be asked for", reason);
	enum tg_status status = ca->store.find_by_serial(ca->store.ctx, serial, &r);
	bool revoked = status == TG_OK && r.state == TG_CA_REVOKED;
	tg_ca_record_finish(&r);
	if (status != TG_OK)
		return tg_error_set(
		        err, status, status == TG_NOT_FOUND ? "no such certificate" : "the register does not answer");
	if (revoked)
		return tg_error_set(err, TG_INVALID, "the certificate is revoked already");
	status = ca->store.set_state(ca->store.ctx, serial, TG_CA_REVOKED, reason, tg_ca_now(ca));
	return status == TG_OK ? TG_OK : tg_error_set(err, status, "the register did not take the revocation");
}

enum tg_status tg_ca_revoke(struct tg_ca *ca, const char *serial, int reason, struct tg_error *err)
{
	(void)pthread_mutex_lock(&ca->lock);
	enum tg_status status = tg_ca_revoke_locked(ca, serial, reason, err);
	(void)pthread_mutex_unlock(&ca->lock);
	return status;
}

/* --- For an application that names the certificate */
/* As people write serial numbers, to how the register has them: lower case, nothing between, no leading zero bytes. */
static bool plain_serial(const char *text, char out[TG_CA_SERIAL_MAX])
{
	static const char typed[] = "0123456789abcdefABCDEF", plain[] = "0123456789abcdefabcdef";
	char digits[TG_CA_SERIAL_MAX + 1] = "0";
	size_t n = 1;
	for (const char *c = text; *c != '\0'; c++) {
		const char *at = strchr(typed, *c);
		if (*c == ' ' || *c == ':' || (*c == '0' && n == 1))
			continue;
		if (at == NULL || n >= TG_CA_SERIAL_MAX)
			return false;
		digits[n++] = plain[at - typed];
	}
	/* Whole bytes: one zero stays when the number of digits is odd. */
	return n > 1 && tg_copy(out, TG_CA_SERIAL_MAX, n % 2 == 0 ? digits : digits + 1);
}

static bool is_of(const struct tg_certificate_facts *f, const char *iin, const char *bin)
{
	iin = iin == NULL ? "" : iin;
	bin = bin == NULL ? "" : bin;
	if (strcmp(f->organisation_number, bin) != 0 || (iin[0] == '\0' && bin[0] == '\0'))
		return false;
	/* A server of an organisation has nobody's number; its application names the employee who hands it in. */
	bool nobody = f->personal_number[0] == '\0' && bin[0] != '\0';
	return nobody || (iin[0] == '\0' && bin[0] != '\0') || strcmp(f->personal_number, iin) == 0;
}

enum tg_status tg_ca_find_for(const struct tg_ca_store *store, const char *serial, const char *iin, const char *bin,
        struct tg_ca_record *out, struct tg_error *err)
{
	char plain[TG_CA_SERIAL_MAX];
	struct tg_certificate_facts f;
	memset(out, 0, sizeof *out);
	if (serial == NULL || !plain_serial(serial, plain))
		return tg_error_set(err, TG_NOT_FOUND, "not a serial number");
	enum tg_status status = store->find_by_serial(store->ctx, plain, out);
	if (status != TG_OK)
		return tg_error_set(
		        err, status, status == TG_NOT_FOUND ? "no such certificate" : "the register does not answer");
	status = tg_pki_certificate_facts((struct tg_bytes){out->certificate.data, out->certificate.len}, &f, err);
	if (status == TG_OK && !is_of(&f, iin, bin))
		status = tg_error_set(err, TG_CERT_OTHER_PERSON, "the certificate names another holder");
	if (status != TG_OK)
		tg_ca_record_finish(out);
	return status;
}

enum tg_status tg_ca_revoke_for(
        struct tg_ca *ca, const char *serial, const char *iin, const char *bin, int reason, struct tg_error *err)
{
	struct tg_ca_record r;
	(void)pthread_mutex_lock(&ca->lock);
	enum tg_status status = tg_ca_find_for(&ca->store, serial, iin, bin, &r, err);
	if (status == TG_OK)
		status = tg_ca_revoke_locked(ca, r.serial, reason, err);
	tg_ca_record_finish(&r);
	(void)pthread_mutex_unlock(&ca->lock);
	return status;
}

/* --- CRL */
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
};

/* The register does not say who signed; the profile does. One that is gone was of the RSA family: so were all. */
static enum tg_ca_family family_of(const struct tg_ca *ca, const char *profile)
{
	const struct tg_profile *p = tg_profile_find(ca->config.profiles, profile);
	return p == NULL ? TG_CA_RSA : p->issuer;
}

static enum tg_status add_revoked(const struct tg_ca_record *r, void *ctx)
{
	struct listing *l = ctx;
	X509_CRL *crl = l->crl;
	if (family_of(l->ca, r->profile) != l->family)
		return TG_OK;
	X509_REVOKED *e = X509_REVOKED_new();
	ASN1_TIME *when = ASN1_TIME_set(NULL, (time_t)(r->changed_ms / 1000));
	int reason = r->state == TG_CA_REJECTED ? CRL_REASON_CERTIFICATE_HOLD : r->reason;
	bool ok = e != NULL && when != NULL && set_serial(e, r->serial) &&
	          X509_REVOKED_set_revocationDate(e, when) == 1 && set_reason(e, reason) &&
	          X509_CRL_add0_revoked(crl, e) == 1;
	ASN1_TIME_free(when);
	if (!ok)
		X509_REVOKED_free(e);
	return ok ? TG_OK : TG_NO_MEMORY;
}

static bool set_times(X509_CRL *crl, int64_t now_ms, int hours)
{
	ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(now_ms / 1000));
	ASN1_TIME *until = ASN1_TIME_set(NULL, (time_t)(now_ms / 1000) + (time_t)hours * 3600);
	bool ok = from != NULL && until != NULL && X509_CRL_set1_lastUpdate(crl, from) == 1 &&
	          X509_CRL_set1_nextUpdate(crl, until) == 1;
	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
	return ok;
}

static bool set_extensions(X509_CRL *crl, X509 *issuer, uint64_t number)
{
	const ASN1_OCTET_STRING *ski = X509_get0_subject_key_id(issuer);
	AUTHORITY_KEYID *aki = AUTHORITY_KEYID_new();
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	bool ok = ski != NULL && aki != NULL && n != NULL && (aki->keyid = ASN1_OCTET_STRING_dup(ski)) != NULL &&
	          ASN1_INTEGER_set_uint64(n, number) == 1 &&
	          X509_CRL_add1_ext_i2d(crl, NID_authority_key_identifier, aki, 0, 0) == 1 &&
	          X509_CRL_add1_ext_i2d(crl, NID_crl_number, n, 0, 0) == 1;
	AUTHORITY_KEYID_free(aki);
	ASN1_INTEGER_free(n);
	return ok;
}

/* `family` NULL: of a root, nothing is on it. */
static enum tg_status make_crl(struct tg_ca *ca, const struct tg_ca_own *by, int hours, const enum tg_ca_family *family,
        struct tg_buf *der, struct tg_error *err)
{
	if (by->cert == NULL)
		return tg_error_set(err, TG_NOT_FOUND, "this CA has no such issuer");
	uint64_t number = 0;
	enum tg_status status = ca->store.next_crl_number(ca->store.ctx, &number);
	if (status != TG_OK)
		return tg_error_set(err, status, "the register gives no CRL number");
	X509_CRL *crl = X509_CRL_new();
	bool ok = crl != NULL && X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
	          X509_CRL_set_issuer_name(crl, X509_get_subject_name(by->cert)) == 1 &&
	          set_times(crl, tg_ca_now(ca), hours) && set_extensions(crl, by->cert, number);
	if (!ok)
		status = tg_ossl_error(err, TG_NO_MEMORY, "CRL");
	struct listing l = {ca, crl, family == NULL ? TG_CA_RSA : *family};
	if (status == TG_OK && family != NULL &&
	        (status = ca->store.each_revoked(ca->store.ctx, add_revoked, &l)) != TG_OK)
		(void)tg_error_set(err, status, "the register does not list what was revoked");
	if (status == TG_OK && X509_CRL_sort(crl) != 1)
		status = tg_ossl_error(err, TG_NO_MEMORY, "CRL");
	if (status == TG_OK)
		status = tg_sign_crl(&crl, by->key, err);
	if (status == TG_OK)
		status = TG_DER_ADD(X509_CRL, crl, der);
	X509_CRL_free(crl);
	return status;
}

static enum tg_status issuing_crl(struct tg_ca *ca, enum tg_ca_family family, struct tg_buf *der, struct tg_error *err)
{
	(void)pthread_mutex_lock(&ca->lock);
	int hours = ca->config.crl_hours > 0 ? ca->config.crl_hours : CRL_HOURS;
	enum tg_status status = make_crl(ca, tg_ca_issuer(ca, family), hours, &family, der, err);
	(void)pthread_mutex_unlock(&ca->lock);
	return status;
}

enum tg_status tg_ca_crl(struct tg_ca *ca, struct tg_buf *der, struct tg_error *err)
{
	return issuing_crl(ca, TG_CA_RSA, der, err);
}

enum tg_status tg_ca_gost_crl(struct tg_ca *ca, struct tg_buf *der, struct tg_error *err)
{
	return issuing_crl(ca, TG_CA_GOST, der, err);
}

static enum tg_status root_crl(struct tg_ca *ca, const struct tg_ca_own *root, struct tg_buf *der, struct tg_error *err)
{
	(void)pthread_mutex_lock(&ca->lock);
	enum tg_status status = make_crl(ca, root, ROOT_CRL_HOURS, NULL, der, err);
	(void)pthread_mutex_unlock(&ca->lock);
	return status;
}

enum tg_status tg_ca_root_crl(struct tg_ca *ca, struct tg_buf *der, struct tg_error *err)
{
	return root_crl(ca, &ca->root, der, err);
}

enum tg_status tg_ca_gost_root_crl(struct tg_ca *ca, struct tg_buf *der, struct tg_error *err)
{
	return root_crl(ca, &ca->gost_root, der, err);
}
