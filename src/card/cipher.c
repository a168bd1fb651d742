#include "cipher.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#define DES_KEY 8

size_t tg_cipher_key_bytes(enum tg_cipher c)
{
	static const size_t bytes[] = {16, 16, 24, 32};
	return bytes[c];
}

size_t tg_cipher_block(enum tg_cipher c)
{
	return c == TG_CIPHER_3DES ? 8 : 16;
}

/* Two keys are written as three for OpenSSL, which then has the modes we need in its default provider. */
static void triple(const uint8_t *key, uint8_t out[3 * DES_KEY])
{
	memcpy(out, key, 2 * DES_KEY);
	memcpy(out + 2 * DES_KEY, key, DES_KEY);
}

static bool evp_crypt(
        const EVP_CIPHER *how, const uint8_t *key, const uint8_t *iv, bool encrypt, struct tg_bytes in, uint8_t *out)
{
	static const uint8_t zero[TG_CIPHER_BLOCK_MAX];
	int n = 0, rest = 0;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	bool ok = ctx && in.len <= INT32_MAX && EVP_CipherInit_ex(ctx, how, NULL, key, iv ? iv : zero, encrypt) == 1 &&
	          EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	          EVP_CipherUpdate(ctx, out, &n, in.data, (int)in.len) == 1 &&
	          EVP_CipherFinal_ex(ctx, out + n, &rest) == 1 && (size_t)n + (size_t)rest == in.len;
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

static const EVP_CIPHER *cbc(enum tg_cipher c)
{
	switch (c) {
	case TG_CIPHER_AES128:
		return EVP_aes_128_cbc();
	case TG_CIPHER_AES192:
		return EVP_aes_192_cbc();
	case TG_CIPHER_AES256:
		return EVP_aes_256_cbc();
	case TG_CIPHER_3DES:
		break;
	}
	return EVP_des_ede3_cbc();
}

static const EVP_CIPHER *ecb(enum tg_cipher c)
{
	switch (c) {
	case TG_CIPHER_AES128:
		return EVP_aes_128_ecb();
	case TG_CIPHER_AES192:
		return EVP_aes_192_ecb();
	case TG_CIPHER_AES256:
		return EVP_aes_256_ecb();
	case TG_CIPHER_3DES:
		break;
	}
	return EVP_des_ede3_ecb();
}

static bool crypt_with(enum tg_cipher c, const EVP_CIPHER *how, const uint8_t *key, const uint8_t *iv, bool encrypt,
        struct tg_bytes in, uint8_t *out)
{
	uint8_t three[3 * DES_KEY];
	if (c != TG_CIPHER_3DES)
		return evp_crypt(how, key, iv, encrypt, in, out);
	triple(key, three);
	bool ok = evp_crypt(how, three, iv, encrypt, in, out);
	OPENSSL_cleanse(three, sizeof three);
	return ok;
}

bool tg_cipher_crypt(
        enum tg_cipher c, const uint8_t *key, const uint8_t *iv, bool encrypt, struct tg_bytes in, uint8_t *out)
{
	return crypt_with(c, cbc(c), key, iv, encrypt, in, out);
}

bool tg_cipher_block_encrypt(enum tg_cipher c, const uint8_t *key, const uint8_t *in, uint8_t *out)
{
	return crypt_with(c, ecb(c), key, NULL, true, (struct tg_bytes){in, tg_cipher_block(c)}, out);
}

static void set_parity(uint8_t *key, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned ones = 0;
		for (unsigned bit = 1; bit < 8; bit++)
			ones += (unsigned)key[i] >> bit & 1u;
		key[i] = (uint8_t)((key[i] & 0xFE) | (ones % 2 == 0));
	}
}

bool tg_cipher_derive(enum tg_cipher c, struct tg_bytes secret, uint32_t counter, uint8_t *key)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	struct tg_buf in = TG_BUF_INIT;
	bool sha1 = c == TG_CIPHER_3DES || c == TG_CIPHER_AES128;
	tg_buf_add(&in, secret.data, secret.len);
	tg_buf_add_u32(&in, counter);
	bool ok = !in.failed && EVP_Digest(in.data, in.len, hash, &n, sha1 ? EVP_sha1() : EVP_sha256(), NULL) == 1;
	if (ok)
		memcpy(key, hash, tg_cipher_key_bytes(c));
	if (ok && c == TG_CIPHER_3DES)
		set_parity(key, tg_cipher_key_bytes(c));
	OPENSSL_cleanse(hash, sizeof hash);
	tg_buf_wipe(&in);
	return ok;
}

/* ISO/IEC 9797-1 MAC algorithm 3: DES-CBC with the first key, and 3DES for the last block. DES-CBC is 3DES-CBC with
 * three equal keys, so the legacy provider, where plain DES lives, is not needed. */
static bool retail_mac(const uint8_t *key, struct tg_bytes in, uint8_t mac[TG_MAC_BYTES])
{
	uint8_t same[3 * DES_KEY], last[DES_KEY] = {0};
	struct tg_buf chain = TG_BUF_INIT;
	size_t head = in.len - DES_KEY;
	for (size_t i = 0; i < 3; i++)
		memcpy(same + i * DES_KEY, key, DES_KEY);
	tg_buf_add(&chain, in.data, head);
	bool ok = !chain.failed && (head == 0 || evp_crypt(EVP_des_ede3_cbc(), same, NULL, true,
	                                                 (struct tg_bytes){in.data, head}, chain.data));
	if (ok && head)
		memcpy(last, chain.data + head - DES_KEY, DES_KEY);
	for (size_t i = 0; i < DES_KEY; i++)
		last[i] ^= in.data[head + i];
	ok = ok && tg_cipher_block_encrypt(TG_CIPHER_3DES, key, last, mac);
	OPENSSL_cleanse(same, sizeof same);
	tg_buf_wipe(&chain);
	return ok;
}

static bool cmac(enum tg_cipher c, const uint8_t *key, struct tg_bytes in, uint8_t mac[TG_MAC_BYTES])
{
	static const char *const names[] = {"", "AES-128-CBC", "AES-192-CBC", "AES-256-CBC"};
	uint8_t full[TG_CIPHER_BLOCK_MAX];
	size_t n = 0;
	char *name = (char *)(uintptr_t)names[c]; /* the parameter is not written to */
	const OSSL_PARAM params[] = {
	        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, name, 0), OSSL_PARAM_construct_end()};
	EVP_MAC *algorithm = EVP_MAC_fetch(NULL, "CMAC", NULL);
	EVP_MAC_CTX *ctx = algorithm ? EVP_MAC_CTX_new(algorithm) : NULL;
	bool ok = ctx && EVP_MAC_init(ctx, key, tg_cipher_key_bytes(c), params) == 1 &&
	          EVP_MAC_update(ctx, in.data, in.len) == 1 && EVP_MAC_final(ctx, full, &n, sizeof full) == 1 &&
	          n == sizeof full;
	if (ok)
		memcpy(mac, full, TG_MAC_BYTES);
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(algorithm);
	return ok;
}

bool tg_cipher_mac(enum tg_cipher c, const uint8_t *key, struct tg_bytes in, uint8_t mac[TG_MAC_BYTES])
{
	if (in.len == 0 || in.len % tg_cipher_block(c))
		return false;
	return c == TG_CIPHER_3DES ? retail_mac(key, in, mac) : cmac(c, key, in, mac);
}

void tg_cipher_pad(struct tg_buf *b, size_t block)
{
	tg_buf_add_u8(b, 0x80);
	while (b->len % block && !b->failed)
		tg_buf_add_u8(b, 0);
}

long tg_cipher_unpad(struct tg_bytes padded)
{
	size_t n = padded.len;
	while (n && padded.data[n - 1] == 0)
		n--;
	return n && padded.data[n - 1] == 0x80 ? (long)n - 1 : -1;
}
