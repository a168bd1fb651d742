#include "ca_answer.h"

#include "ca_outside.h"
#include "der.h"
#include "ossl.h"
#include <openssl/crmf.h>
#include <openssl/err.h>
#include <openssl/sha.h>

#define RENEW_DAYS 60

static OSSL_CMP_PKISI *refuse(const struct tg_ca_transaction *t, int failure)
{
	return OSSL_CMP_STATUSINFO_new(OSSL_CMP_PKISTATUS_rejection, 1 << failure, t->err->detail);
}

static OSSL_CMP_PKISI *accept(void)
{
	return OSSL_CMP_STATUSINFO_new(OSSL_CMP_PKISTATUS_accepted, 0, NULL);
}

/* --- ir, cr, kur */
struct request {
	char number[TG_NUMBER_MAX], profile[TG_CA_PROFILE_MAX];
	struct tg_buf spki;
	const X509_NAME *subject; /* NULL: of a PKCS#10, whose names are not believed */
	const X509_EXTENSIONS *asked;
	struct tg_csr csr;       /* of a PKCS#10 */
	struct tg_ca_record old; /* of a renewal; empty otherwise */
};

static void request_finish(struct request *r)
{
	tg_buf_finish(&r->spki);
	tg_csr_finish(&r->csr);
	tg_ca_record_finish(&r->old);
}

static enum tg_status use_pairs(struct tg_bytes pairs, struct request *r, struct tg_error *err)
{
	char number[64];
	if (!tg_reg_info_get(pairs, "number", number, sizeof number) || tg_number_check(number, r->number) != TG_OK)
		return tg_error_set(err, TG_INVALID, "regInfo has no right application number");
	if (!tg_reg_info_get(pairs, "profile", r->profile, sizeof r->profile))
		return tg_error_set(err, TG_INVALID, "regInfo names no profile");
	return TG_OK;
}

static enum tg_status read_reg_info(const OSSL_CRMF_MSG *crm, bool may_lack, struct request *r, struct tg_error *err)
{
	struct tg_bytes pairs;
	unsigned char *der = NULL;
	int n = i2d_OSSL_CRMF_MSG(crm, &der);
	enum tg_status status = TG_OK;
	if (n > 0 && tg_crmf_reg_info((struct tg_bytes){der, (size_t)n}, &pairs))
		status = use_pairs(pairs, r, err);
	else if (n <= 0 || !may_lack)
		status = tg_error_set(err, TG_INVALID, "the request has no regInfo with number and profile");
	OPENSSL_free(der);
	return status;
}

static enum tg_status read_template(const OSSL_CRMF_MSG *crm, struct request *r, struct tg_error *err)
{
	const OSSL_CRMF_CERTTEMPLATE *t = OSSL_CRMF_MSG_get0_tmpl(crm);
	unsigned char *der = NULL;
	int n = i2d_OSSL_CRMF_CERTTEMPLATE(t, &der);
	bool ok = n > 0 && tg_template_spki((struct tg_bytes){der, (size_t)n}, &r->spki);
	OPENSSL_free(der);
	r->subject = OSSL_CRMF_CERTTEMPLATE_get0_subject(t);
	r->asked = OSSL_CRMF_CERTTEMPLATE_get0_extensions(t);
	return ok && r->subject != NULL ? TG_OK
	                                : tg_error_set(err, TG_INVALID, "the template lacks the key or the subject");
}

static enum tg_status add_chain(const struct tg_ca *ca, const X509 *leaf, STACK_OF(X509) * *chain)
{
	enum tg_ca_family family;
	if (!tg_ca_issued_by(ca, X509_get_issuer_name(leaf), &family))
		return TG_BUG;
	*chain = sk_X509_new_null();
	X509 *root = family == TG_CA_GOST ? ca->gost_root.cert : ca->root.cert;
	return *chain != NULL && X509_add_cert(*chain, tg_ca_issuer(ca, family)->cert, X509_ADD_FLAG_UP_REF) == 1 &&
	                       X509_add_cert(*chain, root, X509_ADD_FLAG_UP_REF) == 1
	               ? TG_OK
	               : TG_NO_MEMORY;
}

/* kur: the old certificate is the one whose key protects the message, or named by the oldCertID control, or lies in
 * extraCerts when a kiosk protects the message and the request was signed before (tg_cmp_renew). It must be ours, in
 * force, near its end, and of the same person. It stays in force: nobody is left without one while the new one is put
 * on the card. */
static X509 *old_in_message(const struct tg_ca_transaction *t)
{
	enum tg_ca_family family;
	struct tg_cmp_peek m;
	struct tg_der e;
	if (!tg_cmp_peek(t->request, &m))
		return NULL;
	while (tg_der_next(&m.extra, &e)) {
		X509 *x = tg_x509_parse(e.whole);
		if (x != NULL && tg_ca_issued_by(t->ca, X509_get_issuer_name(x), &family))
			return x;
		X509_free(x);
	}
	return NULL;
}

static bool old_serial(const struct tg_ca_transaction *t, const OSSL_CRMF_MSG *crm, char out[TG_CA_SERIAL_MAX])
{
	enum tg_ca_family family;
	const OSSL_CRMF_CERTID *id = OSSL_CRMF_MSG_get0_regCtrl_oldCertID(crm);
	if (id != NULL)
		return tg_ca_issued_by(t->ca, OSSL_CRMF_CERTID_get0_issuer(id), &family) &&
		       tg_serial_text(OSSL_CRMF_CERTID_get0_serialNumber(id), out, TG_CA_SERIAL_MAX) &&
		       (t->holder[0] == '\0' || strcmp(t->holder, out) == 0);
	if (t->holder[0] != '\0')
		return tg_copy(out, TG_CA_SERIAL_MAX, t->holder);
	X509 *x = old_in_message(t);
	bool ok = x != NULL && tg_serial_text(X509_get0_serialNumber(x), out, TG_CA_SERIAL_MAX);
	X509_free(x);
	return ok;
}

/* The profile of a renewal is that of the old certificate: named, or left to us by "as-old" or by saying nothing, as
 * other clients than ours do; then it is filed under the old number as well. */
static enum tg_status take_over(const struct tg_ca_record *old, struct request *r, struct tg_error *err)
{
	if (r->profile[0] == '\0' || strcmp(r->profile, "as-old") == 0)
		(void)tg_copy(r->profile, sizeof r->profile, old->profile);
	if (r->number[0] == '\0')
		(void)tg_copy(r->number, sizeof r->number, old->number);
	return strcmp(old->profile, r->profile) == 0
	               ? TG_OK
	               : tg_error_set(err, TG_INVALID, "the old certificate has another profile");
}

static enum tg_status judge_old(const struct tg_ca_transaction *t, const struct tg_ca_record *old,
        const struct request *r, struct tg_error *err)
{
	uint8_t hash[TG_HASH_LEN];
	int64_t now = tg_ca_now(t->ca);
	int days = t->ca->config.renew_days > 0 ? t->ca->config.renew_days : RENEW_DAYS;
	X509 *x = tg_x509_parse((struct tg_bytes){old->certificate.data, old->certificate.len});
	bool same_name = x != NULL && X509_NAME_cmp(X509_get_subject_name(x), r->subject) == 0;
	X509_free(x);
	SHA256(r->spki.data, r->spki.len, hash);
	if (!same_name)
		return tg_error_set(err, TG_INVALID, "the update is for another name than the old certificate");
	if (memcmp(hash, old->spki_hash, sizeof hash) == 0)
		return tg_error_set(err, TG_INVALID, "the update is for the old key");
	if (old->state != TG_CA_VALID || now >= old->expires_ms)
		return tg_error_set(err, TG_INVALID, "the old certificate is not in force");
	if (now < old->expires_ms - (int64_t)days * 86400000)
		return tg_error_set(err, TG_INVALID, "the old certificate is in force for more than %d days", days);
	return TG_OK;
}

static enum tg_status check_old(
        const struct tg_ca_transaction *t, const OSSL_CRMF_MSG *crm, struct request *r, struct tg_error *err)
{
	char serial[TG_CA_SERIAL_MAX];
	if (!old_serial(t, crm, serial))
		return tg_error_set(
		        err, TG_INVALID, "the update names no certificate of ours, or another than signs it");
	enum tg_status status = t->ca->store.find_by_serial(t->ca->store.ctx, serial, &r->old);
	if (status != TG_OK)
		return tg_error_set(err, status, "the old certificate is not in the register");
	TG_TRY(take_over(&r->old, r, err));
	return judge_old(t, &r->old, r, err);
}

/* A PKCS#10 has no place for number and profile: they stand in the header, as id-regInfo-utf8Pairs in generalInfo
 * (src/decisions/0174). */
static enum tg_status read_p10(
        const struct tg_ca_transaction *t, const X509_REQ *p10cr, struct request *r, struct tg_error *err)
{
	struct tg_cmp_peek m;
	struct tg_buf der = TG_BUF_INIT;
	if (!tg_cmp_peek(t->request, &m) || m.reg_info.len == 0)
		return tg_error_set(err, TG_INVALID, "generalInfo has no regInfo with number and profile");
	TG_TRY(use_pairs(m.reg_info, r, err));
	enum tg_status status = TG_DER_ADD(X509_REQ, p10cr, &der);
	if (status == TG_OK)
		status = tg_csr_parse((struct tg_bytes){der.data, der.len}, &r->csr, err);
	tg_buf_finish(&der);
	if (status == TG_OK)
		tg_buf_add(&r->spki, r->csr.spki.data, r->csr.spki.len);
	return status == TG_OK ? tg_buf_status(&r->spki) : status;
}

static enum tg_status read_crmf(
        struct tg_ca_transaction *t, const OSSL_CRMF_MSG *crm, bool update, struct request *r, int *failure)
{
	TG_TRY(read_reg_info(crm, update && t->holder[0] != '\0', r, t->err));
	*failure = OSSL_CMP_PKIFAILUREINFO_badCertTemplate;
	TG_TRY(read_template(crm, r, t->err));
	*failure = OSSL_CMP_PKIFAILUREINFO_badCertId;
	return update ? check_old(t, crm, r, t->err) : TG_OK;
}

static enum tg_status decide(struct tg_ca_transaction *t, const OSSL_CMP_MSG *req, const OSSL_CRMF_MSG *crm,
        const X509_REQ *p10cr, struct request *r, X509 **cert, int *failure)
{
	bool update = OSSL_CMP_MSG_get_bodytype(req) == OSSL_CMP_KUR;
	*failure = OSSL_CMP_PKIFAILUREINFO_badDataFormat;
	if (crm == NULL && p10cr == NULL)
		return tg_error_set(t->err, TG_INVALID, "nothing is asked for");
	TG_TRY(crm != NULL ? read_crmf(t, crm, update, r, failure) : read_p10(t, p10cr, r, t->err));
	const struct tg_ca_wish w = {.number = r->number,
	        .profile = r->profile,
	        .kiosk = t->kiosk,
	        .subject = r->subject,
	        .spki = {r->spki.data, r->spki.len},
	        .asked = r->asked,
	        .pkcs10 = crm == NULL ? &r->csr : NULL,
	        .old = update ? &r->old : NULL};
	return tg_ca_grant(t->ca, &w, cert, failure, t->err);
}

/* What was asked for, as far as it could be read. */
static void remember(struct tg_ca_transaction *t, const struct request *r)
{
	(void)tg_copy(t->number, sizeof t->number, r->number);
	(void)tg_copy(t->profile, sizeof t->profile, r->profile);
	SHA256(r->spki.data, r->spki.len, t->spki_hash);
}

void tg_ca_refused(const struct tg_ca_transaction *t)
{
	char key[2 * TG_HASH_LEN + 1];
	tg_hex(t->spki_hash, sizeof t->spki_hash, key);
	tg_ca_tell(t->ca, &(struct tg_ca_event){.what = TG_CA_WISH_REFUSED,
	                          .number = t->number,
	                          .profile = t->profile,
	                          .kiosk = t->kiosk,
	                          .key = t->number[0] == '\0' ? "" : key,
	                          .serial = t->revokes,
	                          .why = t->err});
}

OSSL_CMP_PKISI *tg_ca_on_request(OSSL_CMP_SRV_CTX *server, const OSSL_CMP_MSG *req, int id, const OSSL_CRMF_MSG *crm,
        const X509_REQ *p10cr, X509 **cert, STACK_OF(X509) * *chain, STACK_OF(X509) * *ca_pubs)
{
	struct tg_ca_transaction *t = OSSL_CMP_SRV_CTX_get0_custom_ctx(server);
	struct request r = {0};
	int failure;
	(void)id;
	*cert = NULL;
	*chain = *ca_pubs = NULL;
	enum tg_status status = decide(t, req, crm, p10cr, &r, cert, &failure);
	remember(t, &r);
	request_finish(&r);
	ERR_clear_error();
	if (status != TG_OK)
		tg_ca_refused(t);
	t->forward = status == TG_OK && *cert == NULL;
	if (status != TG_OK || t->forward)
		return refuse(t, failure); /* which nobody sees where it is forwarded */
	if (!tg_serial_text(X509_get0_serialNumber(*cert), t->serial, sizeof t->serial) ||
	        add_chain(t->ca, *cert, chain) != TG_OK)
		return NULL; /* OpenSSL answers with an error and frees what there is */
	return accept();
}

/* --- certConf */
enum tg_status tg_ca_reject(struct tg_ca_transaction *t)
{
	struct tg_ca_record r = {0};
	t->confirmed = true;
	TG_TRY(t->ca->store.find_by_serial(t->ca->store.ctx, t->serial, &r));
	bool open = r.state == TG_CA_UNCONFIRMED;
	tg_ca_record_finish(&r);
	/* What was confirmed once stands on a card: a later refusal does not undo that. */
	return open ? t->ca->store.set_state(
	                      t->ca->store.ctx, t->serial, TG_CA_REJECTED, -1, tg_ca_now(t->ca), t->kiosk)
	            : TG_OK;
}

static bool hash_fits(struct tg_ca_transaction *t, const ASN1_OCTET_STRING *hash)
{
	struct tg_ca_record r = {0};
	if (hash == NULL || t->ca->store.find_by_serial(t->ca->store.ctx, t->serial, &r) != TG_OK)
		return false;
	X509 *x = tg_x509_parse((struct tg_bytes){r.certificate.data, r.certificate.len});
	/* An engine's digest it looks for among the providers first; OpenSSL would log that as this message's error. */
	ERR_set_mark();
	ASN1_OCTET_STRING *ours = x == NULL ? NULL : X509_digest_sig(x, NULL, NULL);
	ERR_pop_to_mark();
	bool fits = ours != NULL && ASN1_OCTET_STRING_cmp(ours, hash) == 0;
	ASN1_OCTET_STRING_free(ours);
	X509_free(x);
	tg_ca_record_finish(&r);
	return fits;
}

static int status_of(const OSSL_CMP_PKISI *si)
{
	unsigned char *der = NULL;
	int n = i2d_OSSL_CMP_PKISI(si, &der);
	int status = n > 0 ? tg_pkisi_status((struct tg_bytes){der, (size_t)n}) : -1;
	OPENSSL_free(der);
	return status;
}

static enum tg_status confirm(struct tg_ca_transaction *t)
{
	struct tg_ca_record r = {0};
	t->confirmed = true;
	TG_TRY(t->ca->store.find_by_serial(t->ca->store.ctx, t->serial, &r));
	enum tg_ca_state state = r.state;
	tg_ca_record_finish(&r);
	if (state == TG_CA_VALID)
		return TG_OK;
	if (state != TG_CA_UNCONFIRMED)
		return TG_INVALID;
	return t->ca->store.set_state(t->ca->store.ctx, t->serial, TG_CA_VALID, -1, tg_ca_now(t->ca), t->kiosk);
}

int tg_ca_on_confirm(OSSL_CMP_SRV_CTX *server, const OSSL_CMP_MSG *req, int id, const ASN1_OCTET_STRING *hash,
        const OSSL_CMP_PKISI *si)
{
	struct tg_ca_transaction *t = OSSL_CMP_SRV_CTX_get0_custom_ctx(server);
	(void)req, (void)id;
	if (t->serial[0] == '\0' || !hash_fits(t, hash)) {
		(void)tg_error_set(t->err, TG_INVALID, "certConf is about another certificate");
		ERR_raise(ERR_LIB_CMP, CMP_R_CERTHASH_UNMATCHED);
		return 0;
	}
	bool taken = si == NULL || status_of(si) == OSSL_CMP_PKISTATUS_accepted;
	enum tg_status status = taken ? confirm(t) : tg_ca_reject(t);
	if (status == TG_OK)
		return 1;
	(void)tg_error_set(t->err, status, "the register did not take the confirmation");
	ERR_raise(ERR_LIB_CMP, CMP_R_ERROR_PROCESSING_MESSAGE);
	return 0;
}

void tg_ca_on_error(OSSL_CMP_SRV_CTX *server, const OSSL_CMP_MSG *req, const OSSL_CMP_PKISI *si,
        const ASN1_INTEGER *code, const OSSL_CMP_PKIFREETEXT *details)
{
	struct tg_ca_transaction *t = OSSL_CMP_SRV_CTX_get0_custom_ctx(server);
	(void)req, (void)si, (void)code, (void)details;
	(void)tg_error_set(t->err, TG_CANCELLED, "the kiosk reported an error");
}

/* --- rr */
/* Of a CA elsewhere: revoked there, when the message has come back. */
static bool is_there(const struct tg_ca_transaction *t, const char *serial)
{
	struct tg_ca_record r = {0};
	bool there = tg_ca_is_relay(t->ca) && t->ca->store.find_by_serial(t->ca->store.ctx, serial, &r) == TG_OK &&
	             r.issuer[0] != '\0' && r.state != TG_CA_REVOKED;
	tg_ca_record_finish(&r);
	return there;
}

static enum tg_status decide_revocation(
        struct tg_ca_transaction *t, const X509_NAME *issuer, const ASN1_INTEGER *serial, int *failure)
{
	struct tg_cmp_peek peek;
	enum tg_ca_family family;
	*failure = OSSL_CMP_PKIFAILUREINFO_badCertId;
	if (issuer == NULL || serial == NULL || !tg_ca_issued_by(t->ca, issuer, &family) ||
	        !tg_serial_text(serial, t->revokes, sizeof t->revokes) || !tg_cmp_peek(t->request, &peek))
		return tg_error_set(t->err, TG_INVALID, "the revocation is about no certificate of ours");
	*failure = OSSL_CMP_PKIFAILUREINFO_notAuthorized;
	if (t->holder[0] != '\0' && strcmp(t->holder, t->revokes) != 0)
		return tg_error_set(t->err, TG_INVALID, "a holder may revoke the certificate that signs, and no other");
	t->reason = tg_cmp_peek_reason(&peek);
	t->forward = is_there(t, t->revokes);
	if (t->forward)
		return TG_OK;
	enum tg_status status = tg_ca_revoke_locked(t->ca, t->revokes, t->reason, t->kiosk, t->err);
	*failure = status == TG_NOT_FOUND ? OSSL_CMP_PKIFAILUREINFO_badCertId
	           : status == TG_INVALID ? OSSL_CMP_PKIFAILUREINFO_certRevoked
	                                  : OSSL_CMP_PKIFAILUREINFO_systemUnavail;
	return status;
}

OSSL_CMP_PKISI *tg_ca_on_revocation(
        OSSL_CMP_SRV_CTX *server, const OSSL_CMP_MSG *req, const X509_NAME *issuer, const ASN1_INTEGER *serial)
{
	struct tg_ca_transaction *t = OSSL_CMP_SRV_CTX_get0_custom_ctx(server);
	int failure;
	(void)req;
	if (decide_revocation(t, issuer, serial, &failure) == TG_OK)
		return accept();
	tg_ca_refused(t);
	return refuse(t, failure);
}
