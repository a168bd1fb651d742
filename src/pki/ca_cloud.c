/* Keys that the provider keeps for its customers (E-Cloud, DOS-3). */
#include "ca_parts.h"

#include "ossl.h"

/* The key signs a PKCS#10 of itself, which is verified as anybody's: a key that signs nothing gets no certificate. */
static enum tg_status prove_key(EVP_PKEY *key, struct tg_buf *spki, struct tg_error *err)
{
	X509_REQ *request = X509_REQ_new();
	bool ok = request != NULL && X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1 &&
	          X509_REQ_set_pubkey(request, key) == 1 && X509_REQ_sign(request, key, EVP_sha256()) > 0 &&
	          X509_REQ_verify(request, X509_REQ_get0_pubkey(request)) == 1;
	enum tg_status status = ok ? TG_DER_ADD(X509_PUBKEY, X509_REQ_get_X509_PUBKEY(request), spki)
	                           : tg_ossl_error(err, TG_SIGN_FAILED, "the key of the cloud signs nothing");
	X509_REQ_free(request);
	return status;
}

/* Nobody has to confirm that it arrived: the key is here. */
static enum tg_status confirm(struct tg_ca *ca, const X509 *x, struct tg_error *err)
{
	char serial[TG_CA_SERIAL_MAX];
	if (!tg_serial_text(X509_get0_serialNumber(x), serial, sizeof serial))
		return tg_error_set(err, TG_BUG, "serial number");
	enum tg_status status = ca->store.set_state(ca->store.ctx, serial, TG_CA_VALID, -1, tg_ca_now(ca), "");
	return status == TG_OK ? TG_OK : tg_error_set(err, status, "the register of certificates does not answer");
}

static enum tg_status grant(struct tg_ca *ca, const struct tg_ca_cloud_wish *w, const struct tg_buf *spki,
        struct tg_buf *certificate, struct tg_error *err)
{
	X509 *x = NULL;
	int failure = 0;
	const struct tg_ca_wish wish = {.number = w->number,
	        .profile = w->profile,
	        .kiosk = w->who,
	        .spki = {spki->data, spki->len},
	        .own = true,
	        .from_ms = w->from_ms};
	enum tg_status status = tg_ca_grant(ca, &wish, &x, &failure, err);
	if (status == TG_OK)
		status = confirm(ca, x, err);
	if (status == TG_OK)
		status = TG_DER_ADD(X509, x, certificate);
	X509_free(x);
	return status;
}

static enum tg_status cloud(
        struct tg_ca *ca, const struct tg_ca_cloud_wish *w, struct tg_buf *certificate, struct tg_error *err)
{
	EVP_PKEY *key = NULL;
	struct tg_buf spki = TG_BUF_INIT;
	bool made;
	enum tg_status status = tg_ca_token_key(ca->cloud, w->number, &made, &key, err);
	if (status == TG_OK)
		status = prove_key(key, &spki, err);
	if (status == TG_OK)
		status = grant(ca, w, &spki, certificate, err);
	tg_buf_finish(&spki);
	EVP_PKEY_free(key);
	return status;
}

enum tg_status tg_ca_cloud(
        struct tg_ca *ca, const struct tg_ca_cloud_wish *w, struct tg_buf *certificate, struct tg_error *err)
{
	if (ca->cloud == NULL)
		return tg_error_set(err, TG_CONFIG, "this CA keeps no keys for others");
	if (w->number[0] == '\0')
		return tg_error_set(err, TG_INVALID, "no number");
	(void)pthread_mutex_lock(&ca->lock);
	enum tg_status status = cloud(ca, w, certificate, err);
	(void)pthread_mutex_unlock(&ca->lock);
	return status;
}
