/* A kiosk becomes known. Body: {"kiosk", "csr" (hex DER), "mac" (hex)}; mac = HMAC-SHA256(secret, "tamga-enrol-1" 00 ‖
 * kiosk 00 ‖ csr). The sandbox secret can be used for many kiosks, once for each id; an id that is known already is let
 * in again only after --kiosk-allow, or with the very same key (an answer that got lost). */
#include "centre.h"
#include "tamga/log.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdlib.h>

#define MAC_LABEL "tamga-enrol-1"
#define CSR_MAX   4096
#define CERT_DAYS 730

struct request {
	char kiosk[TG_KIOSK_MAX + 1];
	uint8_t csr[CSR_MAX], mac[SHA256_DIGEST_LENGTH], spki[TG_HASH_LEN];
	size_t csr_len;
};

static bool parse(const struct tg_buf *body, struct request *r)
{
	json_t *o = json_loadb((const char *)body->data, body->len, JSON_REJECT_DUPLICATES, NULL);
	const char *kiosk = json_string_value(json_object_get(o, "kiosk"));
	const char *csr = json_string_value(json_object_get(o, "csr"));
	const char *mac = json_string_value(json_object_get(o, "mac"));
	bool ok = kiosk && csr && mac && tg_kiosk_id_valid(kiosk) && tg_copy(r->kiosk, sizeof(r->kiosk), kiosk);
	int n = ok ? tg_unhex(csr, r->csr, sizeof(r->csr)) : -1;
	ok = n > 0 && tg_unhex(mac, r->mac, sizeof(r->mac)) == (int)sizeof(r->mac);
	r->csr_len = ok ? (size_t)n : 0;
	json_decref(o);
	return ok;
}

static bool mac_fits(const struct tg_desk *d, const struct request *r)
{
	unsigned char mac[SHA256_DIGEST_LENGTH];
	struct tg_buf text = TG_BUF_INIT;
	tg_buf_add(&text, MAC_LABEL, sizeof(MAC_LABEL));
	tg_buf_add(&text, r->kiosk, strlen(r->kiosk) + 1);
	tg_buf_add(&text, r->csr, r->csr_len);
	bool made = tg_buf_status(&text) == TG_OK &&
	            HMAC(EVP_sha256(), d->secret, (int)strlen(d->secret), text.data, text.len, mac, NULL) != NULL;
	tg_buf_finish(&text);
	return made && CRYPTO_memcmp(mac, r->mac, sizeof(mac)) == 0;
}

static bool hash_spki(struct request *r)
{
	const unsigned char *p = r->csr;
	unsigned char *der = NULL;
	X509_REQ *q = d2i_X509_REQ(NULL, &p, (long)r->csr_len);
	int n = q && p == r->csr + r->csr_len ? i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(q), &der) : -1;
	if (n > 0)
		SHA256(der, (size_t)n, r->spki);
	OPENSSL_free(der);
	X509_REQ_free(q);
	return n > 0;
}

static bool fingerprint(const struct tg_buf *pem, uint8_t out[TG_FINGERPRINT_LEN])
{
	unsigned n = 0;
	BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
	X509 *x = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	bool ok = x && X509_digest(x, EVP_sha256(), out, &n) == 1 && n == TG_FINGERPRINT_LEN;
	X509_free(x);
	BIO_free(bio);
	return ok;
}

static enum tg_status issue(struct tg_desk *d, const struct request *r, struct tg_kiosk_row *k, struct tg_error *err)
{
	uint8_t print[TG_FINGERPRINT_LEN];
	struct tg_clock real = tg_clock_real(); /* TLS is judged by the machines' own clocks */
	int64_t now = real.wall_ms(real.ctx);
	struct tg_bytes csr = {r->csr, r->csr_len};
	tg_buf_reset(&k->certificate);
	TG_TRY(tg_channel_issue(
	        d->paths->channel_ca, d->paths->channel_ca_key, r->kiosk, csr, CERT_DAYS, now, &k->certificate, err));
	if (!fingerprint(&k->certificate, print))
		return tg_error_set(err, TG_BUG, "own certificate cannot be read");
	memcpy(k->spki, r->spki, TG_HASH_LEN);
	enum tg_status st = tg_kiosk_enrol(d->registry, k, print, d->clock.wall_ms(d->clock.ctx));
	return st == TG_OK ? TG_OK : tg_error_set(err, st, "registry");
}

static enum tg_status admit(struct tg_desk *d, const struct request *r, struct tg_kiosk_row *k, struct tg_error *err)
{
	if (strcmp(r->kiosk, TG_CENTRE_STREAM) == 0)
		return tg_error_set(err, TG_CENTRE_REFUSED, "%s is the centre's own", r->kiosk);
	enum tg_status st = tg_kiosk_find(d->registry, r->kiosk, k);
	if (st != TG_OK && st != TG_NOT_FOUND)
		return tg_error_set(err, st, "registry");
	if (st == TG_OK && k->disabled)
		return tg_error_set(err, TG_KIOSK_UNKNOWN, "kiosk %s is disabled", r->kiosk);
	if (st == TG_OK && k->certificate.len > 0 && memcmp(k->spki, r->spki, TG_HASH_LEN) == 0)
		return TG_OK;
	if (st == TG_OK && !k->may_enrol)
		return tg_error_set(err, TG_CENTRE_REFUSED, "kiosk %s is enrolled already", r->kiosk);
	return issue(d, r, k, err);
}

static enum tg_status write_answer(const struct tg_desk *d, const struct tg_kiosk_row *k, struct tg_request *q)
{
	json_t *o = json_pack("{s:s, s:I, s:s, s:s, s:s, s:s}", "kiosk", k->kiosk, "number", (json_int_t)k->number,
	        "certificate", tg_buf_str(&k->certificate), "channel_ca", tg_buf_str(&d->channel_ca), "ca_trust",
	        tg_buf_str(&d->ca_trust), "ack_key", tg_buf_str(&d->ack_public));
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	if (!text)
		return TG_NO_MEMORY;
	tg_buf_add_str(&q->answer, text);
	free(text);
	q->http = 200;
	q->type = "application/json";
	return tg_buf_status(&q->answer);
}

void tg_desk_enrol(struct tg_desk *d, struct tg_request *q)
{
	struct tg_error err = {0};
	struct tg_kiosk_row k = {0};
	struct request *r = calloc(1, sizeof(*r));
	enum tg_status st = r ? TG_OK : TG_NO_MEMORY;
	if (r && (!parse(&q->body, r) || !hash_spki(r)))
		st = tg_error_set(&err, TG_INVALID, "enrolment: malformed");
	else if (r && !mac_fits(d, r))
		st = tg_error_set(&err, TG_CENTRE_REFUSED, "enrolment: wrong secret");
	if (st == TG_OK)
		st = admit(d, r, &k, &err);
	if (st == TG_OK)
		st = write_answer(d, &k, q);
	if (st != TG_OK) {
		tg_log_error(&err, "enrolment refused");
		tg_request_refuse(q, st);
	} else {
		tg_log_info("kiosk %s enrolled, number %u", k.kiosk, (unsigned)k.number);
	}
	tg_buf_finish(&k.certificate);
	free(r);
}
