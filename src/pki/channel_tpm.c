/* A key of the TPM as a key that everything in OpenSSL can sign with.
 *
 * OpenSSL 3.0 would take the public half of a provider's key out of it and sign with that in software, unless the
 * provider is preferred for everything; then it also makes other people's signatures be checked in the TPM, slowly, and
 * leaves errors behind that TLS takes for its own (libcurl then gives the connection up). So the key is wrapped: an EC
 * key with a method of its own, which is never handed to another provider, and whose signatures the TPM makes. */
#define OPENSSL_SUPPRESS_DEPRECATED /* EC_KEY_METHOD: OpenSSL 3.0 has nothing in its place */
#include "channel_key.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static EC_KEY_METHOD *method;
static int slot = -1; /* of the TPM's key in the wrapped one */

static const EVP_MD *md_of(int digest_len)
{
	return digest_len == 32   ? EVP_sha256()
	       : digest_len == 48 ? EVP_sha384()
	       : digest_len == 64 ? EVP_sha512()
	                          : NULL;
}

static ECDSA_SIG *sign_in_tpm(EVP_PKEY *key, const unsigned char *digest, int len)
{
	unsigned char der[160];
	const unsigned char *p = der;
	size_t n = sizeof der;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, "provider=tpm2");
	bool ok = ctx != NULL && md_of(len) != NULL && EVP_PKEY_sign_init(ctx) == 1 &&
	          EVP_PKEY_CTX_set_signature_md(ctx, md_of(len)) == 1 &&
	          EVP_PKEY_sign(ctx, der, &n, digest, (size_t)len) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok ? d2i_ECDSA_SIG(NULL, &p, (long)n) : NULL;
}

static ECDSA_SIG *sign_sig(const unsigned char *digest, int len, const BIGNUM *kinv, const BIGNUM *r, EC_KEY *wrapped)
{
	(void)kinv;
	(void)r;
	ERR_set_mark();
	ECDSA_SIG *signature = sign_in_tpm(EC_KEY_get_ex_data(wrapped, slot), digest, len);
	if (signature != NULL)
		ERR_pop_to_mark(); /* what the provider complained of was no failure */
	else
		ERR_clear_last_mark();
	return signature;
}

static int sign(int type, const unsigned char *digest, int len, unsigned char *out, unsigned *n, const BIGNUM *kinv,
        const BIGNUM *r, EC_KEY *wrapped)
{
	(void)type;
	ECDSA_SIG *signature = sign_sig(digest, len, kinv, r, wrapped);
	int got = signature == NULL ? 0 : i2d_ECDSA_SIG(signature, &out);
	ECDSA_SIG_free(signature);
	*n = got > 0 ? (unsigned)got : 0;
	return got > 0;
}

static void forget(void *parent, void *key, CRYPTO_EX_DATA *data, int index, long argl, void *argp)
{
	(void)parent;
	(void)data;
	(void)index;
	(void)argl;
	(void)argp;
	EVP_PKEY_free(key);
}

static void prepare(void)
{
	slot = EC_KEY_get_ex_new_index(0, NULL, NULL, NULL, forget);
	method = EC_KEY_METHOD_new(EC_KEY_OpenSSL());
	if (method != NULL)
		EC_KEY_METHOD_set_sign(method, sign, NULL, sign_sig);
}

/* The public half as an EC key of its own. */
static EC_KEY *public_of(const EVP_PKEY *key)
{
	unsigned char point[133];
	size_t n = 0;
	EC_KEY *ec = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
	bool ok = ec != NULL && EVP_PKEY_get_octet_string_param(key, "pub", point, sizeof point, &n) == 1 &&
	          EC_KEY_oct2key(ec, point, n, NULL) == 1;
	if (ok)
		return ec;
	EC_KEY_free(ec);
	return NULL;
}

EVP_PKEY *tg_channel_key_wrap(EVP_PKEY *key)
{
	EVP_PKEY *out = NULL;
	if (pthread_once(&once, prepare) != 0 || method == NULL || slot < 0)
		return NULL;
	EC_KEY *ec = public_of(key);
	bool ok = ec != NULL && EC_KEY_set_method(ec, method) == 1 && EVP_PKEY_up_ref(key) == 1;
	if (ok && EC_KEY_set_ex_data(ec, slot, key) != 1) {
		EVP_PKEY_free(key);
		ok = false;
	}
	out = ok ? EVP_PKEY_new() : NULL;
	if (out != NULL && EVP_PKEY_assign_EC_KEY(out, ec) == 1)
		return out;
	EVP_PKEY_free(out);
	EC_KEY_free(ec);
	return NULL;
}
