/* The chip's own keys: active authentication (ICAO 9303-11 §6.1) and chip authentication (§6.2). */
#include "card.h"
#include "vdoc.h"
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/rsa.h>

static EVP_PKEY *key_of(const struct tg_vdoc *d, enum tg_vdoc_file file)
{
	const uint8_t *p = d->files[file].data;
	return p ? d2i_AutoPrivateKey(NULL, &p, (long)d->files[file].len) : NULL;
}

/* --- Active authentication */
static bool hash(const EVP_MD *md, struct tg_bytes a, struct tg_bytes b, uint8_t *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, md, NULL) == 1 && EVP_DigestUpdate(ctx, a.data, a.len) == 1 &&
	          EVP_DigestUpdate(ctx, b.data, b.len) == 1 && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

static bool raw_rsa(EVP_PKEY *key, const uint8_t *block, size_t n, uint8_t *out)
{
	size_t got = n;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	bool ok = ctx && EVP_PKEY_decrypt_init(ctx) == 1 && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1 &&
	          EVP_PKEY_decrypt(ctx, out, &got, block, n) == 1 && got == n;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

/* ISO/IEC 9796-2 scheme 1 with SHA-1: 6A ‖ M1 ‖ H(M1 ‖ RND.IFD) ‖ BC, M1 the chip's own random bytes. */
static uint16_t sign_rsa(struct tg_vdoc *d, EVP_PKEY *key, struct tg_bytes challenge, struct tg_buf *out)
{
	uint8_t block[512], signature[512];
	int size = EVP_PKEY_get_size(key);
	if (size < 64 || size > (int)sizeof block)
		return TG_SW_BROKEN;
	size_t n = (size_t)size, m1 = n - 2 - 20;
	block[0] = 0x6a;
	block[n - 1] = 0xbc;
	bool ok = tg_vdoc_random(d, block + 1, m1) &&
	          hash(EVP_sha1(), (struct tg_bytes){block + 1, m1}, challenge, block + 1 + m1) &&
	          raw_rsa(key, block, n, signature);
	if (ok)
		tg_buf_add(out, signature, n);
	return ok ? TG_SW_OK : TG_SW_BROKEN;
}

static bool put_plain(const uint8_t *der, size_t n, struct tg_buf *out)
{
	uint8_t bytes[64];
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)n);
	bool ok = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), bytes, 32) == 32 &&
	          BN_bn2binpad(ECDSA_SIG_get0_s(sig), bytes + 32, 32) == 32;
	ECDSA_SIG_free(sig);
	if (ok)
		tg_buf_add(out, bytes, sizeof bytes);
	return ok;
}

/* ECDSA over the challenge, r ‖ s (BSI TR-03111 plain format), SHA-256 as DG14 says. */
static uint16_t sign_ec(EVP_PKEY *key, struct tg_bytes challenge, struct tg_buf *out)
{
	uint8_t der[128];
	size_t n = sizeof der;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	          EVP_DigestSign(ctx, der, &n, challenge.data, challenge.len) == 1 && put_plain(der, n, out);
	EVP_MD_CTX_free(ctx);
	return ok ? TG_SW_OK : TG_SW_BROKEN;
}

uint16_t tg_vdoc_active(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *out)
{
	if (a->p1 || a->p2)
		return TG_SW_P1P2;
	if (d->files[TG_VDOC_ACTIVE_KEY].len == 0)
		return TG_SW_INS;
	if (!d->selected || !d->open)
		return TG_SW_LOGIN;
	if (a->data.len != 8 || a->le == 0)
		return TG_SW_LENGTH;
	EVP_PKEY *key = key_of(d, TG_VDOC_ACTIVE_KEY);
	uint16_t sw = TG_SW_BROKEN;
	if (key)
		sw = EVP_PKEY_is_a(key, "RSA") ? sign_rsa(d, key, a->data, out) : sign_ec(key, a->data, out);
	EVP_PKEY_free(key);
	return sw == TG_SW_OK && out->len > a->le ? TG_SW_LENGTH : sw;
}

/* --- Chip authentication */
static const uint8_t protocol_aes[] = {0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02, 0x02};

static uint16_t may(const struct tg_vdoc *d)
{
	if (d->files[TG_VDOC_CHIP_KEY].len == 0)
		return TG_SW_INS;
	return d->selected && d->open && d->sm.on ? TG_SW_OK : TG_SW_LOGIN;
}

uint16_t tg_vdoc_chip_choose(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_bytes v;
	(void)out;
	d->chip_chosen = false;
	uint16_t sw = may(d);
	if (sw != TG_SW_OK)
		return sw;
	if (!tg_tlv_find(a->data, 0x80, &v) || v.len != sizeof protocol_aes ||
	        memcmp(v.data, protocol_aes, sizeof protocol_aes) != 0)
		return TG_SW_DATA;
	/* There is one key; its number is told only by terminals that found one in DG14. */
	if (tg_tlv_find(a->data, 0x84, &v) && (v.len != 1 || v.data[0] != TG_VDOC_CHIP_KEY_ID))
		return TG_SW_NO_REFERENCE;
	d->chip_chosen = true;
	return TG_SW_OK;
}

/* The secret is the x coordinate of what both keys make together. */
static bool new_session(struct tg_vdoc *d, bool aes, const uint8_t peer[TG_VDOC_POINT])
{
	uint8_t k[TG_VDOC_SCALAR], shared[TG_VDOC_POINT];
	BIGNUM *n = NULL;
	EVP_PKEY *key = key_of(d, TG_VDOC_CHIP_KEY);
	bool ok = key && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &n) == 1 &&
	          BN_bn2binpad(n, k, sizeof k) == (int)sizeof k &&
	          tg_vdoc_ec_mul(NID_X9_62_prime256v1, peer, k, shared) &&
	          tg_vdoc_session(&d->next, aes, shared + 1, TG_VDOC_SCALAR);
	OPENSSL_cleanse(k, sizeof k);
	OPENSSL_cleanse(shared, sizeof shared);
	BN_clear_free(n);
	EVP_PKEY_free(key);
	return ok;
}

uint16_t tg_vdoc_chip_go(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_bytes body, v;
	d->chip_chosen = false;
	if (!tg_tlv_find(a->data, 0x7c, &body) || !tg_tlv_find(body, 0x80, &v) || v.len != TG_VDOC_POINT)
		return TG_SW_DATA;
	if (!new_session(d, true, v.data))
		return TG_SW_AUTHENTICATION;
	tg_tlv_put(out, 0x7c, NULL, 0);
	return TG_SW_OK;
}

/* The form with 3DES is one command. */
uint16_t tg_vdoc_chip_kat(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_bytes v;
	(void)out;
	uint16_t sw = may(d);
	if (sw != TG_SW_OK)
		return sw;
	if (tg_tlv_find(a->data, 0x84, &v) && (v.len != 1 || v.data[0] != TG_VDOC_CHIP_KEY_ID))
		return TG_SW_NO_REFERENCE;
	if (!tg_tlv_find(a->data, 0x91, &v) || v.len != TG_VDOC_POINT)
		return TG_SW_DATA;
	return new_session(d, false, v.data) ? TG_SW_OK : TG_SW_AUTHENTICATION;
}
