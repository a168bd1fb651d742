/* Relaying: the bytes go to a CA elsewhere and back as they are; what comes of them is written down here. */
#include "ca_outside.h"

#include "bodies.h"
#include "ca_table.h"
#include "ossl.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#define TAG_SEQUENCE   0x30
#define TAG_EXPLICIT_0 0xa0
#define TAG_EXPLICIT_1 0xa1
#define ACCEPTED       0
#define GRANTED_MODS   1
#define WAITING        3

bool tg_ca_is_relay(const struct tg_ca *ca)
{
	return ca->config.outside.exchange != NULL;
}

enum tg_status tg_ca_outside_open(struct tg_ca *ca, struct tg_error *err)
{
	X509 *x;
	if (!tg_ca_is_relay(ca))
		return TG_OK;
	BIO *file = ca->config.outside.trust_pem == NULL ? NULL : BIO_new_file(ca->config.outside.trust_pem, "r");
	ca->outside = sk_X509_new_null();
	while (file != NULL && ca->outside != NULL && (x = PEM_read_bio_X509(file, NULL, NULL, NULL)) != NULL)
		if (sk_X509_push(ca->outside, x) <= 0)
			X509_free(x);
	BIO_free(file);
	ERR_clear_error();
	return sk_X509_num(ca->outside) > 0
	               ? TG_OK
	               : tg_error_set(err, TG_CONFIG, "the chain of the CA elsewhere holds no certificate");
}

/* --- Revocation from the centre's side */
static enum tg_status exchange(void *ctx, const char *endpoint, struct tg_bytes request, struct tg_buf *answer,
        int timeout_ms, struct tg_error *err)
{
	const struct tg_ca_outside *o = ctx;
	(void)endpoint, (void)timeout_ms;
	return o->exchange(o->ctx, "", request, answer, err);
}

enum tg_status tg_ca_outside_revoke(struct tg_ca *ca, const struct tg_ca_record *r, int reason, struct tg_error *err)
{
	struct tg_ca_outside *o = &ca->config.outside;
	struct tg_error why = {0};
	if (o->cert_pem == NULL || o->key_pem == NULL)
		return tg_error_set(err, TG_CONFIG, "no certificate of the centre for the CA elsewhere");
	const struct tg_cmp_config c = {
	        .trust_pem = o->trust_pem, .cert_pem = o->cert_pem, .key_pem = o->key_pem, .clock = &ca->clock};
	const struct tg_cmp_transport t = {.exchange = exchange, .ctx = o};
	enum tg_status status = tg_cmp_revoke(
	        &c, &t, r->profile, (struct tg_bytes){r->certificate.data, r->certificate.len}, reason, &why);
	/* It was revoked there before this centre came to write it down. */
	if (status == TG_CA_REFUSED && strstr(why.detail, "certRevoked") != NULL)
		return TG_OK;
	if (status != TG_OK && err != NULL)
		*err = why;
	return status;
}

/* --- Messages of kiosks */
enum tg_status tg_ca_outside_ask(struct tg_ca *ca, const struct tg_ca_transaction *t, struct tg_bytes request,
        struct tg_buf *answer, struct tg_error *err)
{
	const struct tg_ca_outside *o = &ca->config.outside;
	enum tg_status status = o->exchange(o->ctx, t->peer, request, answer, err);
	if (status != TG_OK)
		tg_buf_reset(answer);
	return status;
}

bool tg_ca_outside_accepts(const struct tg_cmp_peek *m)
{
	struct tg_bytes in = m->body;
	struct tg_der body, all, one, e;
	if (!tg_der_next(&in, &body) || !tg_der_take_tag(&body.content, TAG_SEQUENCE, &all) ||
	        !tg_der_take_tag(&all.content, TAG_SEQUENCE, &one))
		return false;
	while (tg_der_next(&one.content, &e))
		if (e.tag == TAG_SEQUENCE)
			return tg_pkisi_status(e.whole) == ACCEPTED;
	return true;
}

/* CertResponse of an ip, cp or kup: its status, and the certificate when there is one (RFC 4210 5.3.4). */
static bool read_response(const struct tg_cmp_peek *m, int *status, struct tg_bytes *certificate)
{
	struct tg_bytes in = m->body;
	struct tg_der body, rep, list, one, e, pair, cert;
	*certificate = (struct tg_bytes){0};
	if (!tg_der_next(&in, &body) || !tg_der_take_tag(&body.content, TAG_SEQUENCE, &rep))
		return false;
	(void)tg_der_take_tag(&rep.content, TAG_EXPLICIT_1, &e); /* caPubs */
	if (!tg_der_take_tag(&rep.content, TAG_SEQUENCE, &list) ||
	        !tg_der_take_tag(&list.content, TAG_SEQUENCE, &one) || !tg_der_next(&one.content, &e) ||
	        !tg_der_take_tag(&one.content, TAG_SEQUENCE, &e))
		return false;
	*status = tg_pkisi_status(e.whole);
	if (tg_der_take_tag(&one.content, TAG_SEQUENCE, &pair) && tg_der_take_tag(&pair.content, TAG_EXPLICIT_0, &cert))
		*certificate = cert.content;
	return true;
}

static bool read_revocation(const struct tg_cmp_peek *m, int *status)
{
	struct tg_bytes in = m->body;
	struct tg_der body, rep, list, one;
	if (!tg_der_next(&in, &body) || !tg_der_take_tag(&body.content, TAG_SEQUENCE, &rep) ||
	        !tg_der_take_tag(&rep.content, TAG_SEQUENCE, &list) ||
	        !tg_der_take_tag(&list.content, TAG_SEQUENCE, &one))
		return false;
	*status = tg_pkisi_status(one.whole);
	return true;
}

static enum tg_status check_certificate(struct tg_ca *ca, const struct tg_ca_transaction *t, const X509 *x,
        struct tg_bytes der, struct tg_bytes extra, struct tg_error *err)
{
	struct tg_buf spki = TG_BUF_INIT;
	uint8_t hash[TG_HASH_LEN];
	enum tg_status status = tg_x509_spki(x, &spki);
	SHA256(spki.data, spki.len, hash);
	if (status == TG_OK && memcmp(hash, t->spki_hash, sizeof hash) != 0)
		status = tg_error_set(err, TG_CERT_MISMATCH, "the CA elsewhere certified another key");
	tg_buf_finish(&spki);
	return status == TG_OK ? tg_pki_check_chain(der, extra, ca->config.outside.trust_pem, tg_ca_now(ca), err)
	                       : status;
}

static enum tg_status keep_record(struct tg_ca *ca, const struct tg_ca_record *r, struct tg_error *err)
{
	struct tg_ca_record old = {0};
	enum tg_status status = ca->store.find_by_spki(ca->store.ctx, r->spki_hash, &old);
	if (status == TG_NOT_FOUND) {
		status = ca->store.insert(ca->store.ctx, r);
	} else if (status == TG_OK && strcmp(old.serial, r->serial) != 0) {
		status = old.state == TG_CA_UNCONFIRMED && old.issuer[0] != '\0' && strcmp(old.number, r->number) == 0
		                 ? ca->store.replace(ca->store.ctx, old.serial, r)
		                 : TG_CERT_MISMATCH;
	}
	tg_ca_record_finish(&old);
	return status == TG_OK ? TG_OK : tg_error_set(err, status, "the register did not take the certificate");
}

static enum tg_status take_certificate(
        struct tg_ca *ca, struct tg_ca_transaction *t, struct tg_bytes der, struct tg_bytes extra, struct tg_error *err)
{
	struct tg_ca_record r = {0};
	X509 *x = tg_x509_parse(der);
	if (x == NULL)
		return tg_error_set(err, TG_CA_GARBAGE, "the CA elsewhere sent no certificate");
	enum tg_status status = check_certificate(ca, t, x, der, extra, err);
	const struct tg_ca_wish w = {.number = t->number, .profile = t->profile, .kiosk = t->kiosk};
	if (status == TG_OK && (status = tg_ca_record_of(ca, &w, x, t->spki_hash, &r)) == TG_OK) {
		BIO *mem = BIO_new(BIO_s_mem());
		if (mem != NULL && X509_NAME_print_ex(mem, X509_get_issuer_name(x), 0, XN_FLAG_RFC2253) >= 0)
			(void)BIO_read(mem, r.issuer, sizeof r.issuer - 1); /* what is longer is cut */
		BIO_free(mem);
		status = r.issuer[0] == '\0' ? TG_NO_MEMORY : keep_record(ca, &r, err);
	}
	if (status == TG_OK)
		(void)tg_copy(t->serial, sizeof t->serial, r.serial);
	tg_ca_record_finish(&r);
	X509_free(x);
	return status;
}

static enum tg_status take_response(
        struct tg_ca *ca, struct tg_ca_transaction *t, const struct tg_cmp_peek *m, bool *open, struct tg_error *err)
{
	int status = -1;
	struct tg_bytes der;
	if (!read_response(m, &status, &der))
		return tg_error_set(err, TG_CA_GARBAGE, "the CA elsewhere answered what cannot be read");
	if (status == WAITING) {
		*open = true;
		return TG_OK;
	}
	if (status != ACCEPTED && status != GRANTED_MODS) {
		(void)tg_error_set(err, TG_CA_REFUSED, "the CA elsewhere refused");
		tg_ca_refused(t);
		return TG_OK;
	}
	*open = true;
	return take_certificate(ca, t, der, m->extra, err);
}

static enum tg_status set_state(struct tg_ca *ca, const char *serial, enum tg_ca_state state, int reason,
        const struct tg_ca_transaction *t, struct tg_error *err)
{
	struct tg_ca_record r = {0};
	enum tg_status status = ca->store.find_by_serial(ca->store.ctx, serial, &r);
	bool there = status == TG_OK && r.state == state;
	tg_ca_record_finish(&r);
	if (status == TG_OK && !there)
		status = ca->store.set_state(ca->store.ctx, serial, state, reason, tg_ca_now(ca), t->kiosk);
	return status == TG_OK ? TG_OK : tg_error_set(err, status, "the register did not take what became of it");
}

enum tg_status tg_ca_outside_take(
        struct tg_ca *ca, struct tg_ca_transaction *t, struct tg_bytes answer, bool *open, struct tg_error *err)
{
	struct tg_cmp_peek m;
	int status = -1;
	*open = false;
	if (!tg_cmp_peek(answer, &m))
		return tg_error_set(err, TG_CA_GARBAGE, "the CA elsewhere answered no CMP message");
	switch (m.body_tag) {
	case TG_BODY_IP:
	case TG_BODY_CP:
	case TG_BODY_KUP:
		return take_response(ca, t, &m, open, err);
	case TG_BODY_PKICONF:
		return t->serial[0] == '\0'
		               ? TG_OK
		               : set_state(ca, t->serial, t->takes ? TG_CA_VALID : TG_CA_REJECTED, -1, t, err);
	case TG_BODY_RP:
		if (read_revocation(&m, &status) && (status == ACCEPTED || status == GRANTED_MODS))
			return set_state(ca, t->revokes, TG_CA_REVOKED, t->reason, t, err);
		break;
	case TG_BODY_POLLREP:
		*open = true;
		return TG_OK;
	default:
		break;
	}
	(void)tg_error_set(err, TG_CA_REFUSED, "the CA elsewhere refused");
	return TG_OK;
}
