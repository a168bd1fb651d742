#include "ca_holder.h"

#include "bodies.h"
#include "cmp_rewrite.h"
#include "ossl.h"
#include <openssl/err.h>

/* The certificate that the sender's name belongs to, among those that came along; NULL: none of ours. */
static X509 *find(const struct tg_ca *ca, const struct tg_cmp_peek *m, struct tg_bytes *der)
{
	struct tg_bytes extra = m->extra;
	struct tg_der e;
	enum tg_ca_family family;
	const unsigned char *p = m->sender.data;
	X509_NAME *sender = m->sender.len == 0 ? NULL : d2i_X509_NAME(NULL, &p, (long)m->sender.len);
	X509 *found = NULL;
	while (sender != NULL && found == NULL && tg_der_next(&extra, &e)) {
		X509 *x = tg_x509_parse(e.whole);
		if (x != NULL && tg_ca_issued_by(ca, X509_get_issuer_name(x), &family) &&
		        X509_NAME_cmp(X509_get_subject_name(x), sender) == 0) {
			*der = e.whole;
			found = x;
		} else {
			X509_free(x);
		}
	}
	X509_NAME_free(sender);
	ERR_clear_error();
	return found;
}

bool tg_ca_holder_speaks(const struct tg_ca *ca, const struct tg_cmp_peek *m)
{
	struct tg_bytes der;
	X509 *x = m->protection_pbm || m->protection_alg.len == 0 ? NULL : find(ca, m, &der);
	X509_free(x);
	return x != NULL;
}

/* In the register, byte for byte, and in force. */
static enum tg_status in_force(struct tg_ca *ca, X509 *x, struct tg_bytes der, const char *serial, struct tg_error *err)
{
	struct tg_ca_record r = {0};
	int64_t now = tg_ca_now(ca);
	enum tg_status status = ca->store.find_by_serial(ca->store.ctx, serial, &r);
	if (status != TG_OK)
		return tg_error_set(err, status == TG_NOT_FOUND ? TG_CERT_INVALID : status,
		        "the certificate that protects the message is not in the register");
	time_t at = (time_t)(now / 1000);
	if (r.certificate.len != der.len || memcmp(r.certificate.data, der.data, der.len) != 0)
		status = tg_error_set(err, TG_CERT_INVALID, "the register has another certificate under this number");
	else if (r.state == TG_CA_REVOKED || r.state == TG_CA_REJECTED)
		status = tg_error_set(err, TG_CERT_REVOKED, "the certificate that protects the message was revoked");
	else if (r.state != TG_CA_VALID)
		status = tg_error_set(
		        err, TG_CERT_INVALID, "the certificate that protects the message was never confirmed");
	else if (X509_cmp_time(X509_get0_notBefore(x), &at) > 0 || now >= r.expires_ms)
		status = tg_error_set(
		        err, TG_CERT_EXPIRED, "the certificate that protects the message is out of its time");
	else if ((X509_get_key_usage(x) & KU_DIGITAL_SIGNATURE) == 0)
		status = tg_error_set(
		        err, TG_CERT_INVALID, "the certificate that protects the message is not for signing");
	tg_ca_record_finish(&r);
	return status;
}

static enum tg_status check_signature(
        struct tg_bytes message, const struct tg_cmp_peek *m, struct tg_bytes certificate, struct tg_error *err)
{
	struct tg_buf part = TG_BUF_INIT;
	enum tg_status status = tg_cmp_protected_part(message, &part);
	if (status == TG_OK)
		status = tg_pki_verify_signature(
		        certificate, m->protection_alg, (struct tg_bytes){part.data, part.len}, m->protection, err);
	tg_buf_finish(&part);
	return status;
}

enum tg_status tg_ca_holder_check(struct tg_ca *ca, struct tg_bytes message, const struct tg_cmp_peek *m,
        const char *peer, char serial[TG_CA_SERIAL_MAX], struct tg_error *err)
{
	struct tg_bytes der = {0};
	if (peer == NULL)
		return tg_error_set(err, TG_INVALID, "a holder's message comes through an enrolled kiosk only");
	if (m->body_tag != TG_BODY_KUR && m->body_tag != TG_BODY_RR && m->body_tag != TG_BODY_CERTCONF &&
	        m->body_tag != TG_BODY_ERROR)
		return tg_error_set(err, TG_INVALID, "a holder's key protects renewals and revocations only");
	X509 *x = find(ca, m, &der);
	if (x == NULL || !tg_serial_text(X509_get0_serialNumber(x), serial, TG_CA_SERIAL_MAX)) {
		X509_free(x);
		return tg_error_set(err, TG_CERT_INVALID, "no certificate of ours protects the message");
	}
	enum tg_status status = in_force(ca, x, der, serial, err);
	if (status == TG_OK)
		status = check_signature(message, m, der, err);
	X509_free(x);
	ERR_clear_error();
	return status;
}
