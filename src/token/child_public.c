/* Public keys as SubjectPublicKeyInfo, out of what a module tells of them. */
#include "carriers.h"
#include "child.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#define RSA_BITS 2048

static EVP_PKEY *rsa_from(const struct tg_buf *modulus, const struct tg_buf *exponent)
{
	EVP_PKEY *key = NULL;
	BIGNUM *n = BN_bin2bn(modulus->data, (int)modulus->len, NULL);
	BIGNUM *e = BN_bin2bn(exponent->data, (int)exponent->len, NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	if (n && e && build && ctx && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
	        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e))
		params = OSSL_PARAM_BLD_to_param(build);
	if (params && EVP_PKEY_fromdata_init(ctx) == 1)
		(void)EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
	return key;
}

/* What a card calls its public key is taken only as the key we would have asked for. */
static enum tg_status encode_rsa(
        struct tg_child *c, const struct tg_buf *modulus, const struct tg_buf *exponent, struct tg_buf *out)
{
	EVP_PKEY *key = rsa_from(modulus, exponent);
	unsigned char *der = NULL;
	int n = -1;
	if (key && EVP_PKEY_get_bits(key) == RSA_BITS && exponent->len <= 8 && exponent->len >= 1 &&
	        (exponent->data[exponent->len - 1] & 1))
		n = i2d_PUBKEY(key, &der);
	EVP_PKEY_free(key);
	if (n <= 0)
		return tg_error_set(&c->err, TG_CARD_BROKEN, "the public key is no RSA key of %d bits", RSA_BITS);
	tg_buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
	return tg_buf_status(out);
}

static enum tg_status rsa_numbers(
        struct tg_child *c, CK_OBJECT_HANDLE o, struct tg_buf *modulus, struct tg_buf *exponent)
{
	TG_TRY(tg_child_attribute(c, o, CKA_MODULUS, modulus));
	TG_TRY(tg_child_attribute(c, o, CKA_PUBLIC_EXPONENT, exponent));
	return modulus->len && exponent->len ? TG_OK : tg_error_set(&c->err, TG_NOT_FOUND, "an empty public key");
}

static enum tg_status public_half(struct tg_child *c, struct tg_bytes id, CK_OBJECT_HANDLE *out)
{
	struct tg_found found;
	TG_TRY(tg_child_find(c, CKO_PUBLIC_KEY, id, &found));
	*out = found.list[0];
	return found.n ? TG_OK : tg_error_set(&c->err, TG_NOT_FOUND, "no public key with this id");
}

/* From the private key, which holds the numbers too, or else from the public object of the same id. */
static enum tg_status rsa_public(struct tg_child *c, CK_OBJECT_HANDLE private, struct tg_bytes id, struct tg_buf *spki)
{
	struct tg_buf modulus = TG_BUF_INIT, exponent = TG_BUF_INIT;
	CK_OBJECT_HANDLE public;
	enum tg_status status = rsa_numbers(c, private, &modulus, &exponent);
	if (status == TG_NOT_FOUND && (status = public_half(c, id, &public)) == TG_OK)
		status = rsa_numbers(c, public, &modulus, &exponent);
	if (status == TG_OK)
		status = encode_rsa(c, &modulus, &exponent, spki);
	tg_buf_finish(&modulus);
	tg_buf_finish(&exponent);
	return status;
}

static enum tg_status gost_public(
        struct tg_child *c, const struct tg_gost *gost, struct tg_bytes id, struct tg_buf *spki)
{
	CK_OBJECT_HANDLE public;
	struct tg_buf point = TG_BUF_INIT;
	TG_TRY(public_half(c, id, &public));
	enum tg_status status = tg_child_attribute(c, public, CKA_VALUE, &point);
	if (status == TG_OK)
		status = tg_gost_spki(gost, (struct tg_bytes){point.data, point.len}, spki, &c->err);
	tg_buf_finish(&point);
	return status == TG_INVALID ? tg_error_set(&c->err, TG_CARD_BROKEN, "the public key is none of %s", gost->id)
	                            : status;
}

enum tg_status tg_child_public(struct tg_child *c, CK_OBJECT_HANDLE private, struct tg_bytes id, struct tg_buf *spki)
{
	const struct tg_gost *gost;
	TG_TRY(tg_child_kind(c, private, &gost));
	enum tg_status status = gost ? gost_public(c, gost, id, spki) : rsa_public(c, private, id, spki);
	return status == TG_NOT_FOUND ? tg_error_set(&c->err, TG_CARD_BROKEN, "a private key without its public half")
	                              : status;
}

static bool says(struct tg_child *c, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type, struct tg_bytes want, bool *told)
{
	struct tg_buf value = TG_BUF_INIT;
	*told = tg_child_attribute(c, o, type, &value) == TG_OK && value.len;
	bool equal = *told && value.len == want.len && memcmp(value.data, want.data, want.len) == 0;
	tg_buf_finish(&value);
	return equal;
}

/* Keys of 2001 and of 2012 have the same curve; what tells them apart is the hash that was named at their making. Where
 * the module does not keep it (OpenSC) the carrier's row says what keys are made on it. */
static const struct tg_gost *gost_of(struct tg_child *c, CK_OBJECT_HANDLE private, bool wide)
{
	static const char *const ids[] = {"gost2001", "gost2012-256", "gost2012-512"};
	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		const struct tg_gost *g = tg_gost_find(ids[i]);
		bool told;
		if (!g || wide != (g->hash_len > 32) ||
		        (!says(c, private, CKA_GOSTR3410_PARAMS, g->key_params, &told) && told))
			continue;
		bool fits = says(c, private, CKA_GOSTR3411_PARAMS, g->hash_params, &told);
		struct tg_bytes id = {(const uint8_t *)ids[i], strlen(ids[i])};
		if (told ? fits : tg_carrier_has_algorithm(c->carrier, id))
			return g;
	}
	return NULL;
}

enum tg_status tg_child_kind(struct tg_child *c, CK_OBJECT_HANDLE private, const struct tg_gost **gost)
{
	CK_KEY_TYPE type;
	struct tg_buf value = TG_BUF_INIT;
	*gost = NULL;
	enum tg_status status = tg_child_attribute(c, private, CKA_KEY_TYPE, &value);
	if (status == TG_OK && value.len != sizeof type)
		status = tg_error_set(&c->err, TG_CARD_BROKEN, "a key type of %zu bytes", value.len);
	if (status == TG_OK)
		memcpy(&type, value.data, sizeof type);
	tg_buf_finish(&value);
	TG_TRY(status);
	if (type == CKK_RSA)
		return TG_OK;
	if (type == CKK_GOSTR3410 || type == TG_CKK_GOSTR3410_512)
		*gost = gost_of(c, private, type == TG_CKK_GOSTR3410_512);
	return *gost ? TG_OK : tg_error_set(&c->err, TG_ALGORITHM, "a key of another kind: 0x%lx", (unsigned long)type);
}

bool tg_child_same_key(struct tg_bytes a, struct tg_bytes b)
{
	if (a.len == b.len && memcmp(a.data, b.data, a.len) == 0)
		return true;
	/* RFC 9215 lets parameters of a GOST key be left out: the point is the key. */
	const struct tg_gost *g = tg_gost_of_spki(a);
	return g && g == tg_gost_of_spki(b) && a.len > g->point_len && b.len > g->point_len &&
	       memcmp(a.data + a.len - g->point_len, b.data + b.len - g->point_len, g->point_len) == 0;
}
