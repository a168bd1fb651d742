/* As src/base/gost.c: keys of GOST exist for the engine interface only. This module shares no line with it, so that one
 * checks the other. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "module.h"

#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

static ENGINE *engine;

bool crypto_load(void)
{
	if (engine == NULL) {
		engine = ENGINE_by_id("gost");
		if (engine == NULL || ENGINE_init(engine) != 1 || ENGINE_set_default_pkey_meths(engine) != 1 ||
		        ENGINE_set_default_pkey_asn1_meths(engine) != 1)
			return false;
		(void)ENGINE_set_default_digests(engine);
	}
	return true;
}

/* --- Making keys */
static EVP_PKEY *make_rsa(const struct object *public)
{
	return object_ulong(public, CKA_MODULUS_BITS, 0) == 2048 ? EVP_RSA_gen(2048) : NULL;
}

/* The curve as dotted OID, out of the DER in the template; false: none, or nonsense. */
static bool curve_of(const struct object *o, char *out, int cap)
{
	const struct attribute *a = object_find(o, CKA_GOSTR3410_PARAMS);
	const unsigned char *p = a == NULL ? NULL : a->value;
	ASN1_OBJECT *oid = a == NULL ? NULL : d2i_ASN1_OBJECT(NULL, &p, (long)a->len);
	int n = oid == NULL ? -1 : OBJ_obj2txt(out, cap, oid, 1);
	ASN1_OBJECT_free(oid);
	return n > 0 && n < cap;
}

/* 256 bits: the hash in the template tells 2012 from 2001, as on a Rutoken. */
static int gost_nid(CK_MECHANISM_TYPE mechanism, const struct object *public)
{
	static const uint8_t streebog_256[] = {0x06, 0x08, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x02, 0x02};
	const struct attribute *hash = object_find(public, CKA_GOSTR3411_PARAMS);
	if (mechanism == CKM_GOSTR3410_512_KEY_PAIR_GEN)
		return NID_id_GostR3410_2012_512;
	if (hash != NULL && hash->len == sizeof streebog_256 && memcmp(hash->value, streebog_256, hash->len) == 0)
		return NID_id_GostR3410_2012_256;
	return NID_id_GostR3410_2001;
}

static EVP_PKEY *make_gost(CK_MECHANISM_TYPE mechanism, const struct object *public)
{
	char curve[64];
	EVP_PKEY *key = NULL;
	if (!crypto_load() || !curve_of(public, curve, sizeof curve))
		return NULL;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(gost_nid(mechanism, public), engine);
	if (c != NULL && EVP_PKEY_keygen_init(c) == 1 && EVP_PKEY_CTX_ctrl_str(c, "paramset", curve) == 1)
		(void)EVP_PKEY_keygen(c, &key);
	EVP_PKEY_CTX_free(c);
	return key;
}

static bool set_number(struct object *o, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
	return object_set(o, type, &value, sizeof value);
}

static bool set_bn(struct object *o, CK_ATTRIBUTE_TYPE type, EVP_PKEY *key, const char *name)
{
	BIGNUM *n = NULL;
	unsigned char bytes[512];
	bool ok = EVP_PKEY_get_bn_param(key, name, &n) == 1 && BN_num_bytes(n) <= (int)sizeof bytes &&
	          object_set(o, type, bytes, (size_t)BN_bn2bin(n, bytes));
	BN_free(n);
	return ok;
}

/* X ‖ Y are the last bytes of the SubjectPublicKeyInfo, little-endian each, as CKA_VALUE has them (PKCS#11 2.30). */
static bool set_point(struct object *o, EVP_PKEY *key, size_t n)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(key, &der);
	bool ok = len > (int)n && object_set(o, CKA_VALUE, der + (size_t)len - n, n);
	OPENSSL_free(der);
	return ok;
}

static bool keep_private(struct object *o, EVP_PKEY *key)
{
	unsigned char *der = NULL;
	PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(key);
	int n = p8 == NULL ? -1 : i2d_PKCS8_PRIV_KEY_INFO(p8, &der);
	bool ok = n > 0 && object_set(o, CKA_TEST_PKCS8, der, (size_t)n);
	OPENSSL_clear_free(der, n > 0 ? (size_t)n : 0);
	PKCS8_PRIV_KEY_INFO_free(p8);
	return ok;
}

static bool copy(struct object *to, const struct object *from, CK_ATTRIBUTE_TYPE type)
{
	const struct attribute *a = object_find(from, type);
	return a == NULL || object_set(to, type, a->value, a->len);
}

static bool describe(CK_MECHANISM_TYPE mechanism, EVP_PKEY *key, struct object *public, struct object *private)
{
	bool rsa = mechanism == CKM_RSA_PKCS_KEY_PAIR_GEN, long_key = mechanism == CKM_GOSTR3410_512_KEY_PAIR_GEN;
	CK_ULONG type = rsa ? CKK_RSA : long_key ? CKK_GOSTR3410_512 : CKK_GOSTR3410;
	bool ok = set_number(public, CKA_CLASS, CKO_PUBLIC_KEY) && set_number(private, CKA_CLASS, CKO_PRIVATE_KEY) &&
	          set_number(public, CKA_KEY_TYPE, type) && set_number(private, CKA_KEY_TYPE, type) &&
	          keep_private(private, key);
	if (rsa)
		return ok && set_bn(public, CKA_MODULUS, key, "n") && set_bn(public, CKA_PUBLIC_EXPONENT, key, "e") &&
		       set_bn(private, CKA_MODULUS, key, "n") && set_bn(private, CKA_PUBLIC_EXPONENT, key, "e");
	return ok && set_point(public, key, long_key ? 128 : 64) && copy(private, public, CKA_GOSTR3410_PARAMS) &&
	       copy(private, public, CKA_GOSTR3411_PARAMS);
}

CK_RV crypto_generate(CK_MECHANISM_TYPE mechanism, struct object *public, struct object *private)
{
	bool rsa = mechanism == CKM_RSA_PKCS_KEY_PAIR_GEN;
	if (!rsa && mechanism != CKM_GOSTR3410_KEY_PAIR_GEN && mechanism != CKM_GOSTR3410_512_KEY_PAIR_GEN)
		return CKR_MECHANISM_INVALID;
	if (object_find(public, rsa ? CKA_MODULUS_BITS : CKA_GOSTR3410_PARAMS) == NULL)
		return CKR_TEMPLATE_INCOMPLETE;
	EVP_PKEY *key = rsa ? make_rsa(public) : make_gost(mechanism, public);
	ERR_clear_error();
	if (key == NULL)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	bool ok = describe(mechanism, key, public, private);
	EVP_PKEY_free(key);
	return ok ? CKR_OK : CKR_DEVICE_MEMORY;
}

/* --- Signing */
static EVP_PKEY *private_key(const struct object *o)
{
	const struct attribute *a = object_find(o, CKA_TEST_PKCS8);
	const unsigned char *p = a == NULL ? NULL : a->value;
	PKCS8_PRIV_KEY_INFO *p8 = a == NULL || !crypto_load() ? NULL : d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)a->len);
	EVP_PKEY *key = p8 == NULL ? NULL : EVP_PKCS82PKEY(p8);
	PKCS8_PRIV_KEY_INFO_free(p8);
	return key;
}

static CK_RV check_length(CK_MECHANISM_TYPE mechanism, CK_ULONG n)
{
	if (mechanism == CKM_RSA_PKCS)
		return n <= 245 ? CKR_OK : CKR_DATA_LEN_RANGE;
	return n == (mechanism == CKM_GOSTR3410_512 ? 64 : 32) ? CKR_OK : CKR_DATA_LEN_RANGE;
}

CK_RV crypto_sign(const struct object *key, CK_MECHANISM_TYPE mechanism, const uint8_t *data, CK_ULONG n, uint8_t *out,
        CK_ULONG *out_len)
{
	CK_ULONG need = mechanism == CKM_RSA_PKCS ? 256 : mechanism == CKM_GOSTR3410_512 ? 128 : 64;
	bool short_room = *out_len < need;
	*out_len = need;
	if (out == NULL)
		return CKR_OK;
	if (short_room)
		return CKR_BUFFER_TOO_SMALL;
	CK_RV rv = check_length(mechanism, n);
	if (rv != CKR_OK)
		return rv;
	EVP_PKEY *k = private_key(key);
	size_t len = need;
	EVP_PKEY_CTX *c = k == NULL ? NULL : EVP_PKEY_CTX_new(k, mechanism == CKM_RSA_PKCS ? NULL : engine);
	bool ok = c != NULL && EVP_PKEY_sign_init(c) == 1 &&
	          (mechanism != CKM_RSA_PKCS || EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1) &&
	          EVP_PKEY_sign(c, out, &len, data, n) == 1 && len == need;
	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(k);
	ERR_clear_error();
	return ok ? CKR_OK : CKR_FUNCTION_FAILED;
}
