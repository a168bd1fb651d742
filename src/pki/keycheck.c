#include "keycheck.h"

#include "ossl.h"
#include <openssl/core_names.h>
#include <openssl/err.h>

#define FERMAT_ROUNDS 100
#define EXPONENT_BITS 256

static enum tg_status weak(struct tg_error *err, const char *why)
{
	return tg_error_set(err, TG_KEY_WEAK, "%s", why);
}

/* --- Moduli. A list of the keys that Debian's OpenSSL of 2006 to 2008 could make is no longer in Debian 12
 * (openssl-blacklist was removed), so those are not known here. */
bool tg_modulus_small_factor(const BIGNUM *n)
{
	/* CA/B BR 6.1.6 asks for 752; the primes are found as they are needed. */
	for (BN_ULONG p = 2; p < 752; p++) {
		bool prime = true;
		for (BN_ULONG d = 2; d * d <= p && prime; d++)
			prime = p % d != 0;
		if (prime && BN_mod_word(n, p) == 0)
			return true;
	}
	return false;
}

/* Nemec and others, "The Return of Coppersmith's Attack", 2017: n is a power of 65537 modulo each of these. */
bool tg_modulus_roca(const BIGNUM *n)
{
	static const BN_ULONG primes[] = {11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157};
	for (size_t i = 0; i < sizeof primes / sizeof *primes; i++) {
		BN_ULONG p = primes[i], rest = BN_mod_word(n, p), power = 1;
		bool found = false;
		for (BN_ULONG k = 0; k < p && !found; k++) {
			found = power == rest;
			power = power * (65537 % p) % p;
		}
		if (!found)
			return false;
	}
	return true;
}

/* The whole root of `n`, by Newton's method from above. `t` is room to work in. */
static bool whole_root(BIGNUM *root, const BIGNUM *n, BIGNUM *t, BN_CTX *c)
{
	if (!BN_one(root) || !BN_lshift(root, root, (BN_num_bits(n) + 1) / 2))
		return false;
	for (;;) {
		if (!BN_div(t, NULL, n, root, c) || !BN_add(t, t, root) || !BN_rshift1(t, t))
			return false;
		if (BN_cmp(t, root) >= 0)
			return true;
		if (BN_copy(root, t) == NULL)
			return false;
	}
}

/* a*a - n is a square for an a a little above the root of n. */
static bool fermat(const BIGNUM *n, BN_CTX *c)
{
	BN_CTX_start(c);
	BIGNUM *a = BN_CTX_get(c), *b = BN_CTX_get(c), *root = BN_CTX_get(c), *t = BN_CTX_get(c);
	bool found = false, ok = t != NULL && whole_root(a, n, t, c) && BN_add_word(a, 1);
	for (int i = 0; i < FERMAT_ROUNDS && ok && !found; i++) {
		ok = BN_sqr(b, a, c) && BN_sub(b, b, n) && whole_root(root, b, t, c) && BN_sqr(t, root, c) &&
		     BN_add_word(a, 1);
		found = ok && BN_cmp(t, b) == 0;
	}
	BN_CTX_end(c);
	return found;
}

bool tg_modulus_close_primes(const BIGNUM *n)
{
	BN_CTX *c = BN_CTX_new();
	bool found = c != NULL && fermat(n, c);
	BN_CTX_free(c);
	ERR_clear_error();
	return found;
}

/* --- Keys */
static enum tg_status check_modulus(const BIGNUM *n, struct tg_error *err)
{
	if (tg_modulus_small_factor(n))
		return weak(err, "the modulus has a small factor");
	if (tg_modulus_roca(n))
		return weak(err, "the key was made by a device with CVE-2017-15361 (ROCA)");
	return tg_modulus_close_primes(n) ? weak(err, "the primes of the key are close to each other") : TG_OK;
}

static enum tg_status check_rsa(EVP_PKEY *key, char algorithm[32], struct tg_error *err)
{
	BIGNUM *n = NULL, *e = NULL;
	int bits = EVP_PKEY_get_bits(key);
	if (bits < 2048)
		return weak(err, "an RSA key of less than 2048 bits");
	if (bits != 2048 && bits != 3072 && bits != 4096)
		return tg_error_set(
		        err, TG_PKCS10, "an RSA key of 2048, 3072 or 4096 bits is taken, this has %d", bits);
	enum tg_status status = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
	                                        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1
	                                ? TG_OK
	                                : TG_NO_MEMORY;
	if (status == TG_OK && (BN_num_bits(e) < 17 || BN_num_bits(e) > EXPONENT_BITS || !BN_is_odd(e)))
		status = weak(err, "an RSA exponent below 65537, even, or longer than 256 bits");
	if (status == TG_OK)
		status = check_modulus(n, err);
	BN_free(n);
	BN_free(e);
	(void)snprintf(algorithm, 32, "rsa-%d", bits);
	return status;
}

static enum tg_status check_ec(EVP_PKEY *key, char algorithm[32], struct tg_error *err)
{
	char curve[64] = "", encoding[32] = "";
	size_t n = 0;
	bool named =
	        EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, curve, sizeof curve, &n) == 1 &&
	        EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, encoding, sizeof encoding, &n) == 1 &&
	        strcmp(encoding, OSSL_PKEY_EC_ENCODING_GROUP) == 0;
	bool p256 = strcmp(curve, "prime256v1") == 0;
	ERR_clear_error();
	if (!named || (!p256 && strcmp(curve, "secp384r1") != 0))
		return weak(err, "a curve other than P-256 and P-384");
	(void)tg_copy(algorithm, 32, p256 ? "ec-p256" : "ec-p384");
	return TG_OK;
}

enum tg_status tg_key_check(struct tg_bytes spki, char algorithm[32], struct tg_error *err)
{
	EVP_PKEY *key = tg_spki_parse(spki);
	int type = key == NULL ? 0 : EVP_PKEY_get_base_id(key);
	ERR_clear_error();
	algorithm[0] = '\0';
	enum tg_status status =
	        type == EVP_PKEY_RSA  ? check_rsa(key, algorithm, err)
	        : type == EVP_PKEY_EC ? check_ec(key, algorithm, err)
	                              : tg_error_set(err, TG_PKCS10, "the key is neither RSA nor of an elliptic curve");
	EVP_PKEY_free(key);
	return status;
}
