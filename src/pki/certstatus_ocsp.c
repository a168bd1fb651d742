/* The question and its answer by OCSP (RFC 6960): nonce, signature, who may answer, for which certificate, and when. */
#include "certstatus.h"

#include "ossl.h"
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#define ANSWER_MAX (64u * 1024u)

static enum tg_status unknown(struct tg_error *err, const char *why)
{
	return tg_error_set(err, TG_CERT_STATUS, "OCSP: %s", why);
}

static OCSP_CERTID *name_of(const struct tg_cert_question *q)
{
	return OCSP_cert_to_id(EVP_sha1(), q->certificate, tg_cert_issuer_of(q->issuer));
}

/* --- Who signed it */

static X509_STORE *trusted(const struct tg_cert_question *q)
{
	X509_STORE *store = X509_STORE_new();
	bool ok = store != NULL;
	for (int i = 0; ok && i < sk_X509_num(q->issuer->certificates); i++)
		ok = X509_STORE_add_cert(store, sk_X509_value(q->issuer->certificates, i)) == 1;
	if (ok) {
		X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)(q->now_ms / 1000));
		ok = X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) == 1;
	}
	if (!ok) {
		X509_STORE_free(store);
		return NULL;
	}
	return store;
}

/* The issuer itself, one that it certified for answering, or the one that was named. */
static enum tg_status check_signature(const struct tg_cert_question *q, OCSP_BASICRESP *basic, struct tg_error *err)
{
	X509_STORE *store = trusted(q);
	STACK_OF(X509) *others = sk_X509_new_null(), *named = sk_X509_new_null();
	bool ok = store != NULL && others != NULL && named != NULL &&
	          sk_X509_push(others, tg_cert_issuer_of(q->issuer)) > 0;
	X509 *responder = q->issuer->responder;
	bool by_named = ok && responder != NULL && sk_X509_push(named, responder) > 0 &&
	                tg_cert_in_time(X509_get0_notBefore(responder), X509_get0_notAfter(responder), q->now_ms) &&
	                OCSP_basic_verify(basic, named, store, OCSP_TRUSTOTHER | OCSP_NOINTERN) == 1;
	ok = ok && (by_named || OCSP_basic_verify(basic, others, store, 0) == 1);
	sk_X509_free(others);
	sk_X509_free(named);
	X509_STORE_free(store);
	enum tg_status status = ok ? TG_OK : tg_ossl_error(err, TG_CERT_STATUS, "OCSP: signature of the answer");
	ERR_clear_error();
	return status;
}

/* --- What it says */

static enum tg_status check_nonce(
        const struct tg_cert_question *q, OCSP_REQUEST *request, OCSP_BASICRESP *basic, struct tg_error *err)
{
	int fits = OCSP_check_nonce(request, basic);
	bool absent = fits == -1; /* in the answer */
	return fits == 1 || (absent && q->issuer->source->nonce_optional)
	               ? TG_OK
	               : unknown(err, absent ? "the answer repeats no nonce" : "the answer is to another question");
}

static enum tg_status read_status(const struct tg_cert_question *q, OCSP_BASICRESP *basic, struct tg_error *err)
{
	ASN1_GENERALIZEDTIME *from = NULL, *until = NULL;
	int state = -1;
	OCSP_CERTID *id = name_of(q);
	bool found = id != NULL && OCSP_resp_find_status(basic, id, &state, NULL, NULL, &from, &until) == 1;
	OCSP_CERTID_free(id);
	if (!found)
		return unknown(err, "the answer is about another certificate");
	if (!tg_cert_in_time(from, until, q->now_ms))
		return unknown(err, "the answer is not of now");
	if (state == V_OCSP_CERTSTATUS_REVOKED)
		return tg_error_set(err, TG_CERT_REVOKED, "OCSP: revoked");
	return state == V_OCSP_CERTSTATUS_GOOD
	               ? TG_OK
	               : tg_error_set(err, TG_CERT_INVALID, "OCSP: its issuer does not know the certificate");
}

static enum tg_status judge(
        const struct tg_cert_question *q, OCSP_REQUEST *request, OCSP_RESPONSE *answer, struct tg_error *err)
{
	int said = OCSP_response_status(answer);
	if (said != OCSP_RESPONSE_STATUS_SUCCESSFUL)
		return unknown(err, OCSP_response_status_str(said));
	OCSP_BASICRESP *basic = OCSP_response_get1_basic(answer);
	enum tg_status status = basic != NULL ? TG_OK : unknown(err, "no basic answer");
	if (status == TG_OK)
		status = check_nonce(q, request, basic, err);
	if (status == TG_OK)
		status = check_signature(q, basic, err);
	if (status == TG_OK)
		status = read_status(q, basic, err);
	OCSP_BASICRESP_free(basic);
	return status;
}

enum tg_status tg_cert_judge_ocsp(
        const struct tg_cert_question *q, struct tg_bytes request, struct tg_bytes answer, struct tg_error *err)
{
	const unsigned char *a = request.data, *b = answer.data;
	OCSP_REQUEST *asked = d2i_OCSP_REQUEST(NULL, &a, (long)request.len);
	OCSP_RESPONSE *said = answer.len > 0 ? d2i_OCSP_RESPONSE(NULL, &b, (long)answer.len) : NULL;
	bool whole = asked != NULL && said != NULL && b == answer.data + answer.len;
	enum tg_status status = whole ? judge(q, asked, said, err) : unknown(err, "no answer in DER");
	OCSP_REQUEST_free(asked);
	OCSP_RESPONSE_free(said);
	ERR_clear_error();
	return status;
}

/* --- Asking */

static enum tg_status make_request(const struct tg_cert_question *q, struct tg_buf *der, struct tg_error *err)
{
	OCSP_REQUEST *r = OCSP_REQUEST_new();
	OCSP_CERTID *id = name_of(q);
	unsigned char *bytes = NULL;
	bool ok = r != NULL && id != NULL && OCSP_request_add0_id(r, id) != NULL;
	if (!ok)
		OCSP_CERTID_free(id);
	ok = ok && OCSP_request_add1_nonce(r, NULL, -1) == 1;
	int n = ok ? i2d_OCSP_REQUEST(r, &bytes) : -1;
	OCSP_REQUEST_free(r);
	return n > 0 ? tg_der_take(der, bytes, n) : tg_ossl_error(err, TG_NO_MEMORY, "OCSP request");
}

/* A responder that does not answer is not waited for again at once. */
static enum tg_status exchange(const struct tg_cert_question *q, const char *url, struct tg_bytes asked,
        struct tg_buf *answer, struct tg_error *err)
{
	if (q->now_ms < q->issuer->ocsp_quiet_until_ms)
		return unknown(err, "the responder did not answer a moment ago");
	enum tg_status status = tg_cert_http(
	        url, asked, "application/ocsp-request", "application/ocsp-response", ANSWER_MAX, answer, err);
	if (status == TG_CERT_STATUS)
		q->issuer->ocsp_quiet_until_ms = q->now_ms + TG_CERT_QUIET_MS;
	return status;
}

static enum tg_status ask_at(const struct tg_cert_question *q, const char *url, struct tg_error *err)
{
	struct tg_buf request = TG_BUF_INIT, answer = TG_BUF_INIT;
	enum tg_status status = make_request(q, &request, err);
	const struct tg_bytes asked = {request.data, request.len};
	if (status == TG_OK)
		status = exchange(q, url, asked, &answer, err);
	if (status == TG_OK)
		status = tg_cert_judge_ocsp(q, asked, (struct tg_bytes){answer.data, answer.len}, err);
	tg_buf_finish(&request);
	tg_buf_finish(&answer);
	return status;
}

enum tg_status tg_cert_ask_ocsp(const struct tg_cert_question *q, struct tg_error *err)
{
	if (q->issuer->source->ocsp != NULL)
		return ask_at(q, q->issuer->source->ocsp, err);
	enum tg_status status = unknown(err, "no address that may be followed");
	STACK_OF(OPENSSL_STRING) *urls = X509_get1_ocsp(q->certificate);
	for (int i = 0; status == TG_CERT_STATUS && i < sk_OPENSSL_STRING_num(urls); i++) {
		const char *url = sk_OPENSSL_STRING_value(urls, i);
		if (tg_cert_may_follow(q->issuer->source, url)) {
			status = ask_at(q, url, err);
			break; /* of several the first that may be followed: a maker of certificates decides no waiting
			          time */
		}
	}
	X509_email_free(urls);
	return status;
}
