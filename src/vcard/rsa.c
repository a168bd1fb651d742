#include "card.h"
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

static bool put_number(EVP_PKEY *key, const char *name, struct tg_buf *out)
{
	BIGNUM *n = NULL;
	uint8_t bytes[512];
	bool ok = EVP_PKEY_get_bn_param(key, name, &n) && BN_num_bytes(n) <= (int)sizeof bytes;
	if (ok)
		tg_buf_add(out, bytes, (size_t)BN_bn2bin(n, bytes));
	BN_free(n);
	return ok && !out->failed;
}

static bool put_pkcs8(EVP_PKEY *key, struct tg_buf *out)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	uint8_t *der = NULL;
	int n = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;
	if (n > 0)
		tg_buf_add(out, der, (size_t)n);
	OPENSSL_clear_free(der, n > 0 ? (size_t)n : 0);
	PKCS8_PRIV_KEY_INFO_free(info);
	return n > 0 && !out->failed;
}

static EVP_PKEY *take_key(const struct tg_buf *pkcs8)
{
	const uint8_t *p = pkcs8->data;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)pkcs8->len);
	EVP_PKEY *key = info ? EVP_PKCS82PKEY(info) : NULL;
	PKCS8_PRIV_KEY_INFO_free(info);
	return key;
}

bool tg_vcard_rsa_make(unsigned bits, struct tg_buf *pkcs8, struct tg_buf *modulus, struct tg_buf *exponent)
{
	EVP_PKEY *key = EVP_RSA_gen(bits);
	bool ok = key && put_pkcs8(key, pkcs8) && put_number(key, OSSL_PKEY_PARAM_RSA_N, modulus) &&
	          put_number(key, OSSL_PKEY_PARAM_RSA_E, exponent);
	EVP_PKEY_free(key);
	return ok;
}

static bool raw_operation(EVP_PKEY *key, struct tg_bytes block, uint8_t *out, size_t *n)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	bool ok = ctx && EVP_PKEY_decrypt_init(ctx) > 0 && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) > 0 &&
	          EVP_PKEY_decrypt(ctx, out, n, block.data, block.len) > 0;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

uint16_t tg_vcard_rsa_block(const struct tg_buf *pkcs8, struct tg_bytes block, struct tg_buf *out)
{
	uint8_t result[512];
	size_t n = sizeof result;
	EVP_PKEY *key = take_key(pkcs8);
	uint16_t sw = TG_SW_DATA;
	if (!key)
		sw = TG_SW_MEMORY_FAILURE;
	else if (block.len != (size_t)EVP_PKEY_get_size(key))
		sw = TG_SW_LENGTH;
	else if (raw_operation(key, block, result, &n)) {
		tg_buf_add(out, result, n);
		sw = TG_SW_OK;
	}
	OPENSSL_cleanse(result, sizeof result);
	EVP_PKEY_free(key);
	return sw;
}

bool tg_vcard_rsa_sign(const struct tg_buf *pkcs8, struct tg_bytes text, struct tg_buf *out)
{
	uint8_t signature[512];
	size_t n = sizeof signature;
	EVP_PKEY *key = take_key(pkcs8);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool ok = key && md && EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) > 0 &&
	          EVP_DigestSign(md, signature, &n, text.data, text.len) > 0;
	if (ok)
		tg_buf_add(out, signature, n);
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
	return ok && !out->failed;
}
