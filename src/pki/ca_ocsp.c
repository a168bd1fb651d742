/* OCSP (RFC 6960) in the profile of RFC 5019, with more than one question where somebody asks so. */
#include "ca_parts.h"

#include "ossl.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/sha.h>

#define FRESH_MS INT64_C(3600000)  /* an answer is given again for so long */
#define VALID_MS INT64_C(43200000) /* nextUpdate - thisUpdate */
#define SLOTS    1024u
#define NONCE_MAX                                                                                                      \
	128 /* RFC 9654 2.1: 0, and more than this, is malformed; up to 32 is taken, others are passed over            \
	     */
#define NONCE_ECHOED 32

/* --- Answers that were made before: one place for each, found by the hash of what was asked. */
struct slot {
	uint8_t hash[SHA256_DIGEST_LENGTH];
	int64_t change, this_ms;
	struct tg_buf der; /* empty: nothing here */
};
struct tg_ca_ocsp_cache {
	struct slot slots[SLOTS];
};

void tg_ca_ocsp_cache_destroy(struct tg_ca_ocsp_cache *c)
{
	for (size_t i = 0; c != NULL && i < SLOTS; i++)
		tg_buf_finish(&c->slots[i].der);
	free(c);
}

static struct slot *slot_for(struct tg_ca *ca, const uint8_t hash[SHA256_DIGEST_LENGTH])
{
	if (ca->ocsp_cache == NULL)
		ca->ocsp_cache = calloc(1, sizeof *ca->ocsp_cache);
	return ca->ocsp_cache == NULL ? NULL : &ca->ocsp_cache->slots[((unsigned)hash[0] << 8 | hash[1]) % SLOTS];
}

static void keep(struct tg_ca *ca, const uint8_t hash[SHA256_DIGEST_LENGTH], int64_t change, const struct tg_ca_ocsp *a)
{
	struct slot *s = slot_for(ca, hash);
	if (s == NULL)
		return;
	tg_buf_reset(&s->der);
	tg_buf_add(&s->der, a->der.data, a->der.len);
	memcpy(s->hash, hash, sizeof s->hash);
	s->change = change;
	s->this_ms = a->this_ms;
	if (tg_buf_status(&s->der) != TG_OK)
		tg_buf_finish(&s->der);
}

static bool kept(struct tg_ca *ca, const uint8_t hash[SHA256_DIGEST_LENGTH], int64_t change, struct tg_ca_ocsp *a)
{
	const struct slot *s = slot_for(ca, hash);
	int64_t now = tg_ca_now(ca);
	if (s == NULL || s->der.len == 0 || s->change != change || memcmp(s->hash, hash, sizeof s->hash) != 0 ||
	        now < s->this_ms || now - s->this_ms >= FRESH_MS)
		return false;
	tg_buf_add(&a->der, s->der.data, s->der.len);
	a->answered = true;
	a->this_ms = s->this_ms;
	a->next_ms = s->this_ms + VALID_MS;
	return true;
}

/* --- What is asked */
static bool is_issuer(X509 *issuer, const OCSP_CERTID *id)
{
	ASN1_OBJECT *md_oid = NULL;
	ASN1_OCTET_STRING *name = NULL;
	OCSP_CERTID *parts = (OCSP_CERTID *)(uintptr_t)id; /* not const in 3.0, only read */
	if (issuer == NULL || OCSP_id_get0_info(&name, &md_oid, NULL, NULL, parts) != 1)
		return false;
	int nid = OBJ_obj2nid(md_oid);
	if (nid != NID_sha1 && nid != NID_sha256)
		return false;
	OCSP_CERTID *own = OCSP_cert_id_new(nid == NID_sha1 ? EVP_sha1() : EVP_sha256(), X509_get_subject_name(issuer),
	        X509_get0_pubkey_bitstr(issuer), NULL);
	bool same = own != NULL && OCSP_id_issuer_cmp(own, parts) == 0;
	OCSP_CERTID_free(own);
	return same;
}

static bool family_of_id(const struct tg_ca *ca, const OCSP_CERTID *id, enum tg_ca_family *family)
{
	for (*family = TG_CA_RSA; *family <= TG_CA_GOST; ++*family)
		if (is_issuer(tg_ca_issuer(ca, *family)->cert, id))
			return true;
	return false;
}

struct question {
	OCSP_REQUEST *request;
	int n;
	enum tg_ca_family family; /* of the first certificate of ours: who signs */
	bool ours;
	ASN1_OCTET_STRING *nonce; /* borrowed; NULL: none, or none that is taken */
	uint8_t hash[SHA256_DIGEST_LENGTH];
};

/* The extension holds an OCTET STRING in an OCTET STRING; some clients put the bare bytes. */
static bool read_nonce(struct question *q)
{
	int at = OCSP_REQUEST_get_ext_by_NID(q->request, NID_id_pkix_OCSP_Nonce, -1);
	if (at < 0)
		return true;
	X509_EXTENSION *e = OCSP_REQUEST_get_ext(q->request, at);
	const ASN1_OCTET_STRING *raw = X509_EXTENSION_get_data(e);
	const unsigned char *p = ASN1_STRING_get0_data(raw);
	ASN1_OCTET_STRING *inner = d2i_ASN1_OCTET_STRING(NULL, &p, ASN1_STRING_length(raw));
	bool whole = inner != NULL && p == ASN1_STRING_get0_data(raw) + ASN1_STRING_length(raw);
	int n = whole ? ASN1_STRING_length(inner) : 0;
	ASN1_OCTET_STRING_free(inner);
	ERR_clear_error();
	if (n == 0 || n > NONCE_MAX)
		return false;
	if (n <= NONCE_ECHOED)
		q->nonce = X509_EXTENSION_get_data(e);
	return true;
}

/* Nothing critical is known here but the nonce. */
static bool critical_unknown(OCSP_REQUEST *r)
{
	int n = OCSP_REQUEST_get_ext_count(r);
	for (int i = 0; i < n; i++) {
		X509_EXTENSION *e = OCSP_REQUEST_get_ext(r, i);
		if (X509_EXTENSION_get_critical(e) != 0 &&
		        OBJ_obj2nid(X509_EXTENSION_get_object(e)) != NID_id_pkix_OCSP_Nonce)
			return true;
	}
	return false;
}

static bool read_question(const struct tg_ca *ca, struct tg_bytes in, struct question *q)
{
	const unsigned char *p = in.data;
	if (in.len == 0 || in.len > TG_OCSP_REQUEST_MAX)
		return false;
	q->request = d2i_OCSP_REQUEST(NULL, &p, (long)in.len);
	if (q->request == NULL || p != in.data + in.len)
		return false;
	q->n = OCSP_request_onereq_count(q->request);
	if (q->n < 1 || q->n > (int)TG_OCSP_CERTS_MAX || critical_unknown(q->request) || !read_nonce(q))
		return false;
	for (int i = 0; i < q->n && !q->ours; i++)
		q->ours = family_of_id(ca, OCSP_onereq_get0_id(OCSP_request_onereq_get0(q->request, i)), &q->family);
	return true;
}

/* By what is asked alone: who signed a request, and what stands beside, changes no answer. */
static bool hash_question(struct question *q)
{
	struct tg_buf all = TG_BUF_INIT;
	for (int i = 0; i < q->n; i++) {
		unsigned char *der = NULL;
		int n = i2d_OCSP_CERTID(OCSP_onereq_get0_id(OCSP_request_onereq_get0(q->request, i)), &der);
		if (n > 0)
			tg_buf_add(&all, der, (size_t)n);
		OPENSSL_free(der);
	}
	bool ok = tg_buf_status(&all) == TG_OK && SHA256(all.data, all.len, q->hash) != NULL;
	tg_buf_finish(&all);
	return ok;
}

/* --- The answer */
struct verdict {
	int status, reason;
	int64_t revoked_ms;
};

static enum tg_status judge(const struct tg_ca *ca, enum tg_ca_family signer, const OCSP_CERTID *id, struct verdict *v)
{
	char serial[TG_CA_SERIAL_MAX];
	ASN1_INTEGER *number = NULL;
	struct tg_ca_record r = {0};
	enum tg_ca_family family;
	*v = (struct verdict){.status = V_OCSP_CERTSTATUS_UNKNOWN, .reason = OCSP_REVOKED_STATUS_NOSTATUS};
	/* What another issuer issued the signer of this answer has nothing to say about. */
	if (!family_of_id(ca, id, &family) || family != signer ||
	        OCSP_id_get0_info(NULL, NULL, NULL, &number, (OCSP_CERTID *)(uintptr_t)id) != 1 ||
	        !tg_serial_text(number, serial, sizeof serial))
		return TG_OK;
	enum tg_status status = ca->store.find_by_serial(ca->store.ctx, serial, &r);
	if (status == TG_OK && r.issuer[0] == '\0' && tg_ca_family_of(ca, r.profile) == family) {
		bool held = r.state == TG_CA_REJECTED, revoked = r.state == TG_CA_REVOKED;
		v->status = held || revoked ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD;
		v->revoked_ms = r.changed_ms;
		if (held)
			v->reason = OCSP_REVOKED_STATUS_CERTIFICATEHOLD;
		else if (revoked && r.reason > 0)
			v->reason = r.reason;
	}
	tg_ca_record_finish(&r);
	return status == TG_NOT_FOUND ? TG_OK : status;
}

static enum tg_status add_one(
        const struct tg_ca *ca, const struct question *q, int i, OCSP_BASICRESP *basic, int64_t this_ms)
{
	struct verdict v;
	OCSP_CERTID *id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(q->request, i));
	TG_TRY(judge(ca, q->family, id, &v));
	ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(this_ms / 1000));
	ASN1_TIME *until = ASN1_TIME_set(NULL, (time_t)((this_ms + VALID_MS) / 1000));
	ASN1_TIME *revoked =
	        v.status == V_OCSP_CERTSTATUS_REVOKED ? ASN1_TIME_set(NULL, (time_t)(v.revoked_ms / 1000)) : NULL;
	bool ok = from != NULL && until != NULL && (v.status != V_OCSP_CERTSTATUS_REVOKED || revoked != NULL) &&
	          OCSP_basic_add1_status(basic, id, v.status, v.reason, revoked, from, until) != NULL;
	ASN1_TIME_free(revoked);
	ASN1_TIME_free(until);
	ASN1_TIME_free(from);
	return ok ? TG_OK : TG_NO_MEMORY;
}

static bool echo_nonce(OCSP_BASICRESP *basic, const struct question *q)
{
	if (q->nonce == NULL)
		return true;
	X509_EXTENSION *e = X509_EXTENSION_create_by_NID(NULL, NID_id_pkix_OCSP_Nonce, 0, q->nonce);
	bool ok = e != NULL && OCSP_BASICRESP_add_ext(basic, e, -1) == 1;
	X509_EXTENSION_free(e);
	return ok;
}

static bool add_response(struct tg_buf *out, int status, OCSP_BASICRESP *basic)
{
	unsigned char *der = NULL;
	OCSP_RESPONSE *r = OCSP_response_create(status, basic);
	int n = r == NULL ? -1 : i2d_OCSP_RESPONSE(r, &der);
	OCSP_RESPONSE_free(r);
	return tg_der_take(out, der, n) == TG_OK;
}

static enum tg_status sign(
        struct tg_ca *ca, const struct question *q, OCSP_BASICRESP *basic, struct tg_ca_ocsp *out, struct tg_error *err)
{
	const struct tg_ca_own *by = q->family == TG_CA_GOST ? &ca->gost_ocsp : &ca->ocsp;
	enum tg_status status = TG_OK;
	out->this_ms = tg_ca_now(ca);
	out->next_ms = out->this_ms + VALID_MS;
	for (int i = 0; i < q->n && status == TG_OK; i++)
		status = add_one(ca, q, i, basic, out->this_ms);
	if (status != TG_OK)
		return tg_error_set(err, status, "the register does not answer");
	/* The responder by its key, as RFC 5019 2.2.4 wants it. OpenSSL 3.0 takes producedAt from the machine's clock,
	 * which is another than the centre's in training alone. */
	if (!echo_nonce(basic, q) ||
	        OCSP_basic_sign(basic, by->cert, by->key, EVP_sha256(), NULL, OCSP_RESPID_KEY) != 1)
		return tg_ossl_error(err, TG_SIGN_FAILED, "OCSP answer");
	return add_response(&out->der, OCSP_RESPONSE_STATUS_SUCCESSFUL, basic) ? TG_OK : TG_NO_MEMORY;
}

static enum tg_status refuse(struct tg_ca_ocsp *out, int status)
{
	tg_buf_reset(&out->der);
	return add_response(&out->der, status, NULL) ? TG_OK : TG_NO_MEMORY;
}

static enum tg_status answer(struct tg_ca *ca, struct question *q, struct tg_ca_ocsp *out, struct tg_error *err)
{
	int64_t change = 0;
	enum tg_status status = tg_ca_ocsp_signer(ca, q->family, err);
	if (status == TG_OK)
		status = ca->store.last_change(ca->store.ctx, &change);
	if (status == TG_OK && !hash_question(q))
		return TG_NO_MEMORY;
	if (status == TG_OK && q->nonce == NULL && kept(ca, q->hash, change, out))
		return tg_buf_status(&out->der);
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	if (status == TG_OK)
		status = basic == NULL ? TG_NO_MEMORY : sign(ca, q, basic, out, err);
	OCSP_BASICRESP_free(basic);
	if (status != TG_OK)
		return refuse(out, OCSP_RESPONSE_STATUS_TRYLATER);
	out->answered = true;
	out->nonce = q->nonce != NULL;
	if (!out->nonce)
		keep(ca, q->hash, change, out);
	return TG_OK;
}

enum tg_status tg_ca_ocsp(struct tg_ca *ca, struct tg_bytes request, struct tg_ca_ocsp *out, struct tg_error *err)
{
	struct question q = {0};
	enum tg_status status;
	*out = (struct tg_ca_ocsp){0};
	(void)pthread_mutex_lock(&ca->lock);
	if (!read_question(ca, request, &q)) {
		(void)tg_error_set(err, TG_INVALID, "not an OCSP request");
		status = refuse(out, OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
	} else if (!q.ours) {
		(void)tg_error_set(err, TG_NOT_FOUND, "an OCSP request about other issuers");
		status = refuse(out, OCSP_RESPONSE_STATUS_UNAUTHORIZED);
	} else {
		status = answer(ca, &q, out, err);
	}
	OCSP_REQUEST_free(q.request);
	ERR_clear_error();
	(void)pthread_mutex_unlock(&ca->lock);
	return status;
}
