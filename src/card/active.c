#include "active.h"
#include "chip.h"
#include "secinfo.h"
#include "ber.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define CHALLENGE 8
#define RSA_MAX   1024 /* bytes: 8192 bits */

static enum tg_status copy(struct tg_error *err, const char *what)
{
	ERR_clear_error();
	return tg_error_set(err, TG_DOC_COPY, "active authentication: %s", what);
}

/* The trailer names the hash (ISO/IEC 9796-2, 8.1.2 and 10118-3's numbers): BC alone is SHA-1. Sets its length. */
static const EVP_MD *trailer_hash(const uint8_t *end, size_t *trailer)
{
	static const struct {
		uint8_t id;
		const EVP_MD *(*md)(void);
	} known[] = {{0x33, EVP_sha1}, {0x34, EVP_sha256}, {0x35, EVP_sha512}, {0x36, EVP_sha384}, {0x38, EVP_sha224}};
	if (end[-1] == 0xBC) {
		*trailer = 1;
		return EVP_sha1();
	}
	*trailer = 2;
	for (size_t i = 0; end[-1] == 0xCC && i < sizeof known / sizeof known[0]; i++)
		if (end[-2] == known[i].id)
			return known[i].md();
	return NULL;
}

/* ISO/IEC 9796-2 scheme 1, partial recovery: 6A ‖ M1 ‖ hash(M1 ‖ challenge) ‖ trailer. */
static bool recovered_fits(const uint8_t *f, size_t n, const uint8_t challenge[CHALLENGE])
{
	size_t trailer;
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	const EVP_MD *md = n > 2 ? trailer_hash(f + n, &trailer) : NULL;
	if (!md || f[0] != 0x6A || n < 1 + (size_t)EVP_MD_get_size(md) + trailer)
		return false;
	size_t m1 = n - 1 - (size_t)EVP_MD_get_size(md) - trailer;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, md, NULL) == 1 && EVP_DigestUpdate(ctx, f + 1, m1) == 1 &&
	          EVP_DigestUpdate(ctx, challenge, CHALLENGE) == 1 && EVP_DigestFinal_ex(ctx, hash, &length) == 1;
	EVP_MD_CTX_free(ctx);
	return ok && memcmp(hash, f + 1 + m1, length) == 0;
}

/* The signer may have taken n − s instead of s (ISO/IEC 9796-2, annex A): then what comes out is n − F. */
static bool complement(EVP_PKEY *key, uint8_t *f, size_t n)
{
	BIGNUM *modulus = NULL, *value = BN_bin2bn(f, (int)n, NULL);
	bool ok = value && EVP_PKEY_get_bn_param(key, "n", &modulus) == 1 && BN_sub(value, modulus, value) == 1 &&
	          !BN_is_negative(value) && BN_bn2binpad(value, f, (int)n) == (int)n;
	BN_free(modulus);
	BN_free(value);
	return ok;
}

static enum tg_status verify_rsa(
        EVP_PKEY *key, const uint8_t challenge[CHALLENGE], struct tg_bytes response, struct tg_error *err)
{
	uint8_t f[RSA_MAX];
	size_t n = sizeof f;
	if (EVP_PKEY_get_size(key) > RSA_MAX || response.len != (size_t)EVP_PKEY_get_size(key))
		return copy(err, "the signature is not as long as the key");
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	bool ok = ctx && EVP_PKEY_verify_recover_init(ctx) == 1 &&
	          EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1 &&
	          EVP_PKEY_verify_recover(ctx, f, &n, response.data, response.len) == 1 && n == response.len;
	EVP_PKEY_CTX_free(ctx);
	if (!ok)
		return copy(err, "the signature cannot be opened with the key in DG15");
	if (recovered_fits(f, n, challenge) || (complement(key, f, n) && recovered_fits(f, n, challenge)))
		return TG_OK;
	return copy(err, "the signature is not over our challenge");
}

/* r ‖ s (TR-03111, 5.2.1) as OpenSSL wants it. */
static bool plain_to_der(struct tg_bytes plain, struct tg_buf *der)
{
	unsigned char *bytes = NULL;
	ECDSA_SIG *sig = ECDSA_SIG_new();
	int half = (int)(plain.len / 2), n = -1;
	BIGNUM *r = BN_bin2bn(plain.data, half, NULL), *s = BN_bin2bn(plain.data + half, half, NULL);
	if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
		r = s = NULL;
		n = i2d_ECDSA_SIG(sig, &bytes);
	}
	if (n > 0)
		tg_buf_add(der, bytes, (size_t)n);
	OPENSSL_free(bytes);
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(sig);
	return n > 0 && !der->failed;
}

/* ActiveAuthenticationInfo in DG14 (2.23.136.1.1.5) names ecdsa-plain-SHA… (0.4.0.127.0.7.1.1.4.1.x). Without it: NULL.
 */
static const EVP_MD *named_hash(struct tg_bytes dg14)
{
	static const uint8_t info_oid[] = {0x67, 0x81, 0x08, 0x01, 0x01, 0x05};
	static const uint8_t plain[] = {0x04, 0x00, 0x7F, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01};
	static const EVP_MD *(*const by_arc[])(void) = {EVP_sha1, EVP_sha224, EVP_sha256, EVP_sha384, EVP_sha512};
	struct tg_reader r;
	struct tg_security_info info;
	struct tg_bytes oid;
	if (!tg_security_of_dg14(dg14, &r))
		return NULL;
	while (tg_security_info_next(&r, &info)) {
		if (!tg_bytes_equal(info.oid, (struct tg_bytes){info_oid, sizeof info_oid}) ||
		        !tg_ber_find(info.rest, 0x06, &oid) || oid.len != sizeof plain + 1 ||
		        memcmp(oid.data, plain, sizeof plain) != 0)
			continue;
		unsigned arc = oid.data[sizeof plain];
		if (arc >= 1 && arc <= sizeof by_arc / sizeof by_arc[0])
			return by_arc[arc - 1]();
	}
	return NULL;
}

static bool ecdsa_fits(EVP_PKEY *key, const EVP_MD *md, struct tg_bytes der, const uint8_t challenge[CHALLENGE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) == 1 &&
	          EVP_DigestVerify(ctx, der.data, der.len, challenge, CHALLENGE) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

static enum tg_status verify_ecdsa(EVP_PKEY *key, struct tg_bytes dg14, const uint8_t challenge[CHALLENGE],
        struct tg_bytes response, struct tg_error *err)
{
	static const EVP_MD *(*const all[])(void) = {EVP_sha256, EVP_sha384, EVP_sha512, EVP_sha224, EVP_sha1};
	const EVP_MD *named = named_hash(dg14);
	struct tg_buf der = TG_BUF_INIT;
	bool ok = false;
	if (response.len < 2 || response.len % 2 || !plain_to_der(response, &der)) {
		tg_buf_finish(&der);
		return copy(err, "the signature is none");
	}
	/* Chips without the info do not say which hash they take: the signature can fit one only. */
	for (size_t i = 0; !ok && i < (named ? 1 : sizeof all / sizeof all[0]); i++)
		ok = ecdsa_fits(key, named ? named : all[i](), tg_buf_bytes(&der), challenge);
	tg_buf_finish(&der);
	ERR_clear_error();
	return ok ? TG_OK : copy(err, "the signature is not over our challenge");
}

enum tg_status tg_active_verify(struct tg_bytes dg15, struct tg_bytes dg14, const uint8_t challenge[CHALLENGE],
        struct tg_bytes response, struct tg_error *err)
{
	struct tg_bytes spki;
	if (!tg_ber_whole(dg15, TG_TAG_DG15, &spki))
		return copy(err, "DG15 has no key");
	const unsigned char *p = spki.data;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)spki.len);
	enum tg_status status;
	if (key && EVP_PKEY_is_a(key, "RSA"))
		status = verify_rsa(key, challenge, response, err);
	else if (key && EVP_PKEY_is_a(key, "EC"))
		status = verify_ecdsa(key, dg14, challenge, response, err);
	else
		status = copy(err, "the key in DG15 is of no known kind");
	EVP_PKEY_free(key);
	ERR_clear_error();
	return status;
}
