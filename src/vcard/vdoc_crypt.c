#include "vdoc.h"
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

bool tg_vdoc_kdf(const void *secret, size_t n, uint8_t counter, uint8_t key[16])
{
	uint8_t digest[20];
	struct tg_buf b = TG_BUF_INIT;
	tg_buf_add(&b, secret, n);
	tg_buf_add_u32(&b, counter);
	bool ok = !b.failed && EVP_Digest(b.data, b.len, digest, NULL, EVP_sha1(), NULL) == 1;
	if (ok)
		memcpy(key, digest, 16);
	OPENSSL_cleanse(digest, sizeof digest);
	tg_buf_wipe(&b);
	return ok;
}

bool tg_vdoc_session(struct tg_vdoc_sm *sm, bool aes, const void *secret, size_t n)
{
	*sm = (struct tg_vdoc_sm){.aes = aes};
	sm->on = tg_vdoc_kdf(secret, n, 1, sm->enc) && tg_vdoc_kdf(secret, n, 2, sm->mac);
	return sm->on;
}

size_t tg_vdoc_block(const struct tg_vdoc_sm *sm)
{
	return sm->aes ? 16 : 8;
}

/* One pass without padding; `iv` NULL: zeroes. */
static bool pass(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv, bool encrypt, const uint8_t *in,
        size_t n, uint8_t *out)
{
	static const uint8_t zeros[16];
	int got = 0;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	bool ok = ctx && n <= INT32_MAX && EVP_CipherInit_ex(ctx, cipher, NULL, key, iv ? iv : zeros, encrypt) == 1 &&
	          EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 && EVP_CipherUpdate(ctx, out, &got, in, (int)n) == 1 &&
	          got == (int)n;
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

static void two_key(const uint8_t key[16], uint8_t out[24])
{
	memcpy(out, key, 16);
	memcpy(out + 16, key, 8);
}

/* OpenSSL's default provider has no single DES: three times the same key is one. */
static bool single_des(const uint8_t key[8], bool encrypt, uint8_t block[8])
{
	uint8_t three[24];
	memcpy(three, key, 8);
	memcpy(three + 8, key, 8);
	memcpy(three + 16, key, 8);
	bool ok = pass(EVP_des_ede3_ecb(), three, NULL, encrypt, block, 8, block);
	OPENSSL_cleanse(three, sizeof three);
	return ok;
}

bool tg_vdoc_cipher(const struct tg_vdoc_sm *sm, bool encrypt, uint8_t *data, size_t n)
{
	uint8_t iv[16], key[24];
	if (n == 0 || n % tg_vdoc_block(sm) != 0)
		return false;
	if (sm->aes)
		return tg_vdoc_aes_block(sm->enc, sm->ssc, iv) &&
		       pass(EVP_aes_128_cbc(), sm->enc, iv, encrypt, data, n, data);
	two_key(sm->enc, key);
	bool ok = pass(EVP_des_ede3_cbc(), key, NULL, encrypt, data, n, data);
	OPENSSL_cleanse(key, sizeof key);
	return ok;
}

bool tg_vdoc_aes_block(const uint8_t key[16], const uint8_t in[16], uint8_t out[16])
{
	return pass(EVP_aes_128_ecb(), key, NULL, true, in, 16, out);
}

/* ISO/IEC 9797-1 algorithm 3: single DES in CBC with the first half, the last block once more with both. */
static bool retail_mac(const uint8_t key[16], const struct tg_buf *data, uint8_t out[8])
{
	uint8_t x[8] = {0};
	bool ok = data->len > 0 && data->len % 8 == 0;
	for (size_t i = 0; ok && i < data->len; i += 8) {
		for (size_t j = 0; j < 8; j++)
			x[j] ^= data->data[i + j];
		ok = single_des(key, true, x);
	}
	ok = ok && single_des(key + 8, false, x) && single_des(key, true, x);
	memcpy(out, x, 8);
	return ok;
}

static bool cmac(const uint8_t key[16], const struct tg_buf *data, uint8_t out[8])
{
	uint8_t full[16];
	size_t n = 0;
	char cipher[] = "AES-128-CBC";
	const OSSL_PARAM params[] = {
	        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0), OSSL_PARAM_construct_end()};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "CMAC", NULL);
	EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
	bool ok = ctx && EVP_MAC_init(ctx, key, 16, params) == 1 && EVP_MAC_update(ctx, data->data, data->len) == 1 &&
	          EVP_MAC_final(ctx, full, &n, sizeof full) == 1 && n == sizeof full;
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	if (ok)
		memcpy(out, full, 8);
	return ok;
}

bool tg_vdoc_mac(const struct tg_vdoc_sm *sm, const struct tg_buf *data, uint8_t out[8])
{
	if (data->failed || data->len == 0)
		return false;
	return sm->aes ? cmac(sm->mac, data, out) : retail_mac(sm->mac, data, out);
}

void tg_vdoc_pad(struct tg_buf *b, size_t block)
{
	tg_buf_add_u8(b, 0x80);
	while (!b->failed && b->len % block != 0)
		tg_buf_add_u8(b, 0);
}

long tg_vdoc_unpad(const uint8_t *data, size_t n)
{
	while (n > 0 && data[n - 1] == 0)
		n--;
	return n > 0 && data[n - 1] == 0x80 ? (long)n - 1 : -1;
}
