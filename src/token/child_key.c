#include "child.h"

#include <openssl/core_names.h>
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
static enum tg_status encode_spki(
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

static enum tg_status public_numbers(
        struct tg_child *c, CK_OBJECT_HANDLE o, struct tg_buf *modulus, struct tg_buf *exponent)
{
	TG_TRY(tg_child_attribute(c, o, CKA_MODULUS, modulus));
	TG_TRY(tg_child_attribute(c, o, CKA_PUBLIC_EXPONENT, exponent));
	return modulus->len && exponent->len ? TG_OK : tg_error_set(&c->err, TG_NOT_FOUND, "an empty public key");
}

/* From the private key, which holds the numbers too, or else from the public object of the same id. */
static enum tg_status read_numbers(struct tg_child *c, CK_OBJECT_HANDLE private, struct tg_bytes id,
        struct tg_buf *modulus, struct tg_buf *exponent)
{
	struct tg_found public;
	enum tg_status status = public_numbers(c, private, modulus, exponent);
	if (status != TG_NOT_FOUND)
		return status;
	TG_TRY(tg_child_find(c, CKO_PUBLIC_KEY, id, &public));
	if (public.n)
		status = public_numbers(c, public.list[0], modulus, exponent);
	return status == TG_NOT_FOUND ? tg_error_set(&c->err, TG_CARD_BROKEN, "a private key without its public half")
	                              : status;
}

enum tg_status tg_child_find_key(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out)
{
	struct tg_bytes id = r->field[TG_F_KEY_ID];
	struct tg_found private;
	TG_TRY(tg_child_find(c, CKO_PRIVATE_KEY, id, &private));
	if (!private.n)
		return tg_error_set(&c->err, TG_KEY_MISSING, "no private key with this id");
	struct tg_buf modulus = TG_BUF_INIT, exponent = TG_BUF_INIT;
	enum tg_status status = read_numbers(c, private.list[0], id, &modulus, &exponent);
	if (status == TG_OK)
		status = encode_spki(c, &modulus, &exponent, out);
	tg_buf_finish(&modulus);
	tg_buf_finish(&exponent);
	return status;
}

static bool refuses_template(CK_RV rv)
{
	return rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_VALUE_INVALID ||
	       rv == CKR_TEMPLATE_INCONSISTENT || rv == CKR_ATTRIBUTE_READ_ONLY;
}

static CK_RV generate_pair(struct tg_child *c, struct tg_bytes id, struct tg_bytes label, bool say_extractable)
{
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_ULONG bits = RSA_BITS;
	CK_BYTE exponent[] = {1, 0, 1};
	CK_ATTRIBUTE public[] = {
	        {CKA_TOKEN, &yes, sizeof yes},
	        {CKA_VERIFY, &yes, sizeof yes},
	        {CKA_MODULUS_BITS, &bits, sizeof bits},
	        {CKA_PUBLIC_EXPONENT, exponent, sizeof exponent},
	        {CKA_ID, (void *)(uintptr_t)id.data, id.len},
	        {CKA_LABEL, (void *)(uintptr_t)label.data, label.len},
	};
	CK_ATTRIBUTE private[] = {
	        {CKA_TOKEN, &yes, sizeof yes}, {CKA_PRIVATE, &yes, sizeof yes}, {CKA_SENSITIVE, &yes, sizeof yes},
	        {CKA_SIGN, &yes, sizeof yes}, {CKA_ID, (void *)(uintptr_t)id.data, id.len},
	        {CKA_LABEL, (void *)(uintptr_t)label.data, label.len},
	        {CKA_EXTRACTABLE, &no, sizeof no}, /* last: left out for modules that know only their own default */
	};
	CK_ULONG n_private = sizeof private / sizeof private[0];
	CK_MECHANISM mechanism = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
	CK_OBJECT_HANDLE a, b;
	return c->f->C_GenerateKeyPair(c->session, &mechanism, public, sizeof public / sizeof public[0], private,
	        n_private - !say_extractable, &a, &b);
}

enum tg_status tg_child_generate(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out)
{
	struct tg_bytes id = r->field[TG_F_KEY_ID], algorithm = r->field[TG_F_ALGORITHM];
	if (algorithm.len != 8 || memcmp(algorithm.data, "rsa-2048", 8) != 0)
		return tg_error_set(&c->err, TG_KEY_GENERATE, "an algorithm this carrier does not have");
	enum tg_status found = tg_child_find_key(c, r, out);
	if (found != TG_KEY_MISSING)
		return found;
	/* A public half alone is what broken-off work leaves; with it a reader of the token would see two. */
	TG_TRY(tg_child_destroy_all(c, CKO_PUBLIC_KEY, id));
	CK_RV rv = generate_pair(c, id, r->field[TG_F_LABEL], true);
	if (refuses_template(rv))
		rv = generate_pair(c, id, r->field[TG_F_LABEL], false);
	if (rv != CKR_OK)
		return tg_child_failed(c, rv, TG_KEY_GENERATE, "C_GenerateKeyPair");
	found = tg_child_find_key(c, r, out);
	return found == TG_KEY_MISSING ? tg_error_set(&c->err, TG_KEY_GENERATE, "the new key is not on the token")
	                               : found;
}

enum tg_status tg_child_sweep(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out)
{
	(void)r;
	(void)out;
	return c->dialect && c->dialect->sweep ? c->dialect->sweep(c) : TG_OK;
}

/* The certificate first: a certificate whose key is gone says more than it can hold to, a key without one is nothing.
 */
enum tg_status tg_child_remove(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out)
{
	struct tg_bytes id = r->field[TG_F_KEY_ID];
	struct tg_found left;
	TG_TRY(tg_child_destroy_all(c, CKO_CERTIFICATE, id));
	TG_TRY(tg_child_destroy_all(c, CKO_PRIVATE_KEY, id));
	TG_TRY(tg_child_find(c, CKO_PUBLIC_KEY, id, &left));
	for (unsigned i = 0; i < left.n; i++)
		(void)c->f->C_DestroyObject(
		        c->session, left.list[i]); /* often only a view of the private key: looked at below */
	TG_TRY(tg_child_find(c, CKO_PRIVATE_KEY, id, &left));
	if (!left.n)
		TG_TRY(tg_child_find(c, CKO_CERTIFICATE, id, &left));
	if (left.n)
		return tg_error_set(&c->err, TG_CARD_BROKEN, "the token keeps what it was told to destroy");
	return tg_child_sweep(c, r, out);
}
