#include "trust.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* 112 bits: RSA-2048, P-256, SHA-256. Whatever the channel CA was once made to sign. */
#define STRENGTH 2

struct tg_trust {
	X509_STORE *store;
};

static int add_all(X509_STORE *store, struct tg_bytes pem)
{
	BIO *in = BIO_new_mem_buf(pem.data, (int)pem.len);
	X509 *ca;
	int n = 0;
	while (in && (ca = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
		n += X509_STORE_add_cert(store, ca);
		X509_free(ca);
	}
	BIO_free(in);
	ERR_clear_error(); /* the end of the text is one */
	return n;
}

enum tg_status tg_trust_open(struct tg_trust **out, struct tg_bytes cas_pem, struct tg_error *err)
{
	struct tg_trust *t = *out = calloc(1, sizeof(*t));
	if (!t || !(t->store = X509_STORE_new()))
		return tg_error_set(err, TG_NO_MEMORY, "trust");
	X509_VERIFY_PARAM *param = X509_STORE_get0_param(t->store);
	X509_VERIFY_PARAM_set_auth_level(param, STRENGTH);
	if (X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_CLIENT) != 1 || add_all(t->store, cas_pem) == 0)
		return tg_error_set(err, TG_CONFIG, "no channel CA to believe");
	return TG_OK;
}

void tg_trust_close(struct tg_trust *t)
{
	if (!t)
		return;
	X509_STORE_free(t->store);
	free(t);
}

/* X509_V_OK, or the first thing that is wrong with it. Nothing between it and a channel CA: none was ever meant. */
static int wrong_with(const struct tg_trust *t, X509 *x, unsigned long flags)
{
	X509_STORE_CTX *c = X509_STORE_CTX_new();
	int wrong = X509_V_ERR_OUT_OF_MEM;
	if (c && X509_STORE_CTX_init(c, t->store, x, NULL) == 1) {
		X509_STORE_CTX_set_flags(c, flags);
		wrong = X509_verify_cert(c) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(c);
	}
	X509_STORE_CTX_free(c);
	return wrong;
}

/* An explicit clientAuth: a certificate without any purpose (all bits are set then) is not meant for this. */
static bool is_for_clients(X509 *x)
{
	uint32_t purposes = X509_get_extended_key_usage(x);
	return purposes != UINT32_MAX && (purposes & XKU_SSL_CLIENT) != 0 && X509_check_ca(x) == 0;
}

static enum tg_status judge(const struct tg_trust *t, X509 *x)
{
	int wrong = wrong_with(t, x, 0);
	bool over = wrong == X509_V_ERR_CERT_HAS_EXPIRED;
	if (over)
		wrong = wrong_with(t, x, X509_V_FLAG_NO_CHECK_TIME);
	if (wrong != X509_V_OK || !is_for_clients(x))
		return TG_KIOSK_UNKNOWN;
	return over ? TG_CHANNEL_EXPIRED : TG_OK;
}

static bool describe(X509 *x, struct tg_shown *out)
{
	unsigned n = 0;
	struct tm end;
	if (X509_digest(x, EVP_sha256(), out->fingerprint, &n) != 1 || n != TG_FINGERPRINT_LEN ||
	        ASN1_TIME_to_tm(X509_get0_notAfter(x), &end) != 1)
		return false;
	out->until_ms = (int64_t)timegm(&end) * 1000;
	int len = X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, NULL, 0);
	if (len <= 0 || len > (int)TG_KIOSK_MAX ||
	        X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, out->name, sizeof(out->name)) !=
	                len ||
	        strlen(out->name) != (size_t)len)
		out->name[0] = '\0';
	return true;
}

enum tg_status tg_trust_judge(const struct tg_trust *t, struct tg_bytes der, struct tg_shown *out)
{
	const unsigned char *at = der.data;
	*out = (struct tg_shown){0};
	X509 *x = d2i_X509(NULL, &at, (long)der.len);
	bool whole = x && at == der.data + der.len;
	enum tg_status st = whole ? judge(t, x) : TG_KIOSK_UNKNOWN;
	if (st != TG_KIOSK_UNKNOWN && !describe(x, out))
		st = TG_KIOSK_UNKNOWN;
	X509_free(x);
	ERR_clear_error();
	return st;
}
