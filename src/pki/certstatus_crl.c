/* The list of revoked certificates (RFC 5280 5): kept until it ends, and never exchanged for an older one. */
#include "certstatus.h"

#include "ossl.h"
#include "tamga/file.h"
#include "tamga/log.h"
#include "tamga/pki.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define CRL_MAX (32u * 1024u * 1024u)

static enum tg_status unknown(struct tg_error *err, const char *why)
{
	return tg_error_set(err, TG_CERT_STATUS, "CRL: %s", why);
}

/* A whole list of what this issuer issued itself: no part for one purpose, no list of differences. */
static bool is_whole(const X509_CRL *crl)
{
	for (int i = 0; i < X509_CRL_get_ext_count(crl); i++) {
		X509_EXTENSION *e = X509_CRL_get_ext(crl, i);
		int nid = OBJ_obj2nid(X509_EXTENSION_get_object(e));
		if (X509_EXTENSION_get_critical(e) || nid == NID_delta_crl || nid == NID_issuing_distribution_point)
			return false;
	}
	return true;
}

static ASN1_INTEGER *number_of(const X509_CRL *crl)
{
	return crl == NULL ? NULL : X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
}

static bool is_older(const X509_CRL *news, const X509_CRL *known)
{
	ASN1_INTEGER *a = number_of(news), *b = number_of(known);
	bool older = b != NULL && (a == NULL || ASN1_INTEGER_cmp(a, b) < 0);
	ASN1_INTEGER_free(a);
	ASN1_INTEGER_free(b);
	return older;
}

static enum tg_status check_signature(const struct tg_cert_issuer *i, struct tg_bytes der, struct tg_error *err)
{
	struct tg_buf issuer = TG_BUF_INIT;
	struct tg_error why = {0};
	enum tg_status status = TG_DER_ADD(X509, tg_cert_issuer_of(i), &issuer);
	if (status == TG_OK && tg_pki_verify_crl(der, (struct tg_bytes){issuer.data, issuer.len}, &why) != TG_OK)
		status = unknown(err, "it is not signed by the issuer");
	tg_buf_finish(&issuer);
	return status;
}

static enum tg_status check(
        const struct tg_cert_issuer *i, const X509_CRL *crl, struct tg_bytes der, int64_t now_ms, struct tg_error *err)
{
	if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(tg_cert_issuer_of(i))) != 0)
		return unknown(err, "it is another issuer's");
	TG_TRY(check_signature(i, der, err));
	if (!is_whole(crl))
		return unknown(err, "it is not the whole list, or says what is not known here");
	if (X509_CRL_get0_nextUpdate(crl) == NULL ||
	        !tg_cert_in_time(X509_CRL_get0_lastUpdate(crl), X509_CRL_get0_nextUpdate(crl), now_ms))
		return unknown(err, "it is not of now");
	return is_older(crl, i->crl) ? unknown(err, "it is older than one that was seen before") : TG_OK;
}

enum tg_status tg_cert_take_crl(struct tg_cert_issuer *i, struct tg_bytes der, int64_t now_ms, struct tg_error *err)
{
	const unsigned char *p = der.data;
	X509_CRL *crl = der.len > 0 ? d2i_X509_CRL(NULL, &p, (long)der.len) : NULL;
	enum tg_status status = crl != NULL && p == der.data + der.len ? check(i, crl, der, now_ms, err)
	                                                               : unknown(err, "no list in DER");
	ERR_clear_error();
	if (status != TG_OK) {
		X509_CRL_free(crl);
		return status;
	}
	X509_CRL_free(i->crl);
	i->crl = crl;
	return TG_OK;
}

/* --- Where it is from */

/* What was kept counts by its number also when it has ended. It was good when it was kept: a file that is not any more
 * is passed over, and a list is fetched anew. */
static void read_cache(struct tg_cert_issuer *i)
{
	struct tg_buf der = TG_BUF_INIT;
	struct tg_error err = {0};
	int64_t made = 0;
	if (i->cache_read)
		return;
	i->cache_read = true;
	const unsigned char *p = NULL;
	X509_CRL *crl = NULL;
	if (tg_file_read(&der, i->cache, CRL_MAX, &err) == TG_OK && der.len > 0) {
		p = der.data;
		crl = d2i_X509_CRL(NULL, &p, (long)der.len);
	}
	if (crl != NULL && tg_cert_time(X509_CRL_get0_lastUpdate(crl), &made) &&
	        tg_cert_take_crl(i, (struct tg_bytes){der.data, der.len}, made, &err) != TG_OK)
		tg_log_error(&err, "the list of revoked certificates that was kept");
	X509_CRL_free(crl);
	tg_buf_finish(&der);
	ERR_clear_error();
}

static bool is_of_now(const X509_CRL *crl, int64_t now_ms)
{
	return crl != NULL && tg_cert_in_time(X509_CRL_get0_lastUpdate(crl), X509_CRL_get0_nextUpdate(crl), now_ms);
}

static enum tg_status read_file(const char *path, struct tg_buf *der, struct tg_error *err)
{
	struct tg_buf text = TG_BUF_INIT;
	struct tg_error why = {0};
	if (tg_file_read(&text, path, CRL_MAX, &why) != TG_OK)
		return unknown(err, "its file cannot be read");
	BIO *mem = BIO_new_mem_buf(text.data, (int)text.len);
	X509_CRL *pem = mem == NULL ? NULL : PEM_read_bio_X509_CRL(mem, NULL, NULL, NULL);
	enum tg_status status = TG_OK;
	if (pem != NULL)
		status = TG_DER_ADD(X509_CRL, pem, der);
	else
		tg_buf_add(der, text.data, text.len);
	X509_CRL_free(pem);
	BIO_free(mem);
	tg_buf_finish(&text);
	ERR_clear_error();
	return status == TG_OK ? tg_buf_status(der) : status;
}

static enum tg_status fetch(const char *where, struct tg_buf *der, struct tg_error *err)
{
	const struct tg_bytes nothing = {NULL, 0};
	if (strncmp(where, "http://", 7) != 0)
		return read_file(where, der, err);
	return tg_cert_http(where, nothing, NULL, NULL, CRL_MAX, der, err);
}

/* The first address of the certificate that may be followed; the caller frees it. */
static char *address_in(const struct tg_cert_question *q)
{
	char *found = NULL;
	STACK_OF(DIST_POINT) *points = X509_get_ext_d2i(q->certificate, NID_crl_distribution_points, NULL, NULL);
	for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
		const DIST_POINT *point = sk_DIST_POINT_value(points, i);
		GENERAL_NAMES *names = point->distpoint != NULL && point->distpoint->type == 0
		                               ? point->distpoint->name.fullname
		                               : NULL;
		for (int n = 0; found == NULL && n < sk_GENERAL_NAME_num(names); n++) {
			const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, n);
			if (name->type == GEN_URI && ASN1_STRING_length(name->d.uniformResourceIdentifier) > 0)
				found = OPENSSL_strndup(
				        (const char *)ASN1_STRING_get0_data(name->d.uniformResourceIdentifier),
				        (size_t)ASN1_STRING_length(name->d.uniformResourceIdentifier));
			if (found != NULL && !tg_cert_may_follow(q->issuer->source, found)) {
				OPENSSL_free(found);
				found = NULL;
			}
		}
	}
	sk_DIST_POINT_pop_free(points, DIST_POINT_free);
	return found;
}

static enum tg_status renew(const struct tg_cert_question *q, struct tg_error *err)
{
	struct tg_buf der = TG_BUF_INIT;
	struct tg_cert_issuer *i = q->issuer;
	char *found = i->source->crl == NULL ? address_in(q) : NULL;
	const char *where = i->source->crl != NULL ? i->source->crl : found;
	enum tg_status status =
	        where != NULL ? fetch(where, &der, err) : unknown(err, "no address that may be followed");
	OPENSSL_free(found);
	if (status == TG_OK)
		status = tg_cert_take_crl(i, (struct tg_bytes){der.data, der.len}, q->now_ms, err);
	if (status == TG_OK)
		status = tg_file_write(i->cache, der.data, der.len, 0644, err);
	tg_buf_finish(&der);
	return status;
}

enum tg_status tg_cert_ask_crl(const struct tg_cert_question *q, struct tg_error *err)
{
	struct tg_cert_issuer *i = q->issuer;
	X509_REVOKED *entry = NULL;
	read_cache(i);
	if (!is_of_now(i->crl, q->now_ms))
		TG_TRY(renew(q, err));
	int found = X509_CRL_get0_by_cert(i->crl, &entry, q->certificate);
	return found == 1 ? tg_error_set(err, TG_CERT_REVOKED, "CRL: revoked") : TG_OK;
}
