/* Signing by bare C_Sign. libp11 stumbles: a GOST key on the token hides all others from it, and a key without public
 * half it cannot use (decisions 0054, 0125). */
#include "child.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#define CHALLENGE_BYTES 32
#define SHA256_BYTES    32
#define SIGNATURE_MAX   1024

/* DigestInfo of SHA-256 up to the hash itself, RFC 8017 §9.2 note 1. */
static const uint8_t digest_info[] = {0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
        0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
/* AlgorithmIdentifier sha256WithRSAEncryption with NULL, RFC 8017 appendix A.2.4. */
static const uint8_t sha256_with_rsa[] = {
        0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B, 0x05, 0x00};

/* One kind of key's way of signing. */
struct way {
	const struct tg_gost *gost;
	CK_OBJECT_HANDLE key;
	CK_MECHANISM_TYPE mechanism;
	struct tg_buf block; /* what C_Sign gets */
};

static enum tg_status sha256_block(struct tg_child *c, struct tg_bytes message, struct tg_buf *block)
{
	uint8_t hash[SHA256_BYTES];
	unsigned n = 0;
	if (EVP_Digest(message.data, message.len, hash, &n, EVP_sha256(), NULL) != 1 || n != sizeof hash)
		return tg_error_set(&c->err, TG_NO_MEMORY, "SHA-256");
	tg_buf_add(block, digest_info, sizeof digest_info);
	tg_buf_add(block, hash, sizeof hash);
	return tg_buf_status(block);
}

static enum tg_status choose_key(struct tg_child *c, struct tg_bytes id, struct way *way)
{
	struct tg_found keys;
	TG_TRY(tg_child_find(c, CKO_PRIVATE_KEY, id, &keys));
	if (!keys.n)
		return tg_error_set(&c->err, TG_KEY_MISSING, "no private key with this id");
	way->key = keys.list[0];
	TG_TRY(tg_child_kind(c, way->key, &way->gost));
	if (!way->gost)
		way->mechanism = CKM_RSA_PKCS; /* the one mechanism that every RSA token has */
	else
		way->mechanism = way->gost->hash_len > 32 ? TG_CKM_GOSTR3410_512 : CKM_GOSTR3410;
	return TG_OK;
}

static enum tg_status hash_message(struct tg_child *c, struct tg_bytes message, struct way *way)
{
	return way->gost ? tg_gost_hash(way->gost, message, &way->block, &c->err)
	                 : sha256_block(c, message, &way->block);
}

static enum tg_status sign_block(struct tg_child *c, struct way *way, struct tg_buf *signature)
{
	uint8_t bytes[SIGNATURE_MAX];
	CK_ULONG n = sizeof bytes;
	CK_MECHANISM mechanism = {way->mechanism, NULL, 0};
	/* OpenSC signs whatever it is given, a byte short too. */
	if (way->gost && way->block.len != way->gost->hash_len)
		return tg_error_set(&c->err, TG_ALGORITHM, "a hash of %zu bytes", way->block.len);
	CK_RV rv = c->f->C_SignInit(c->session, &mechanism, way->key);
	if (rv == CKR_OK)
		rv = c->f->C_Sign(c->session, way->block.data, way->block.len, bytes, &n);
	if (rv == CKR_OK && n > sizeof bytes)
		rv = CKR_GENERAL_ERROR;
	if (rv != CKR_OK)
		return tg_child_failed(c, rv, TG_SIGN_FAILED, "C_Sign");
	tg_buf_add(signature, bytes, n);
	return tg_buf_status(signature);
}

/* C_Sign gives s ‖ r (gost.h). A module that gives anything else must not come as far as the authority: what does not
 * fit its key is told here (decision 0129). */
static enum tg_status fits_key(struct tg_child *c, const struct tg_gost *gost, struct tg_bytes spki,
        struct tg_bytes message, const struct tg_buf *signature)
{
	if (tg_gost_of_spki(spki) != gost)
		return tg_error_set(&c->err, TG_SIGN_FAILED, "a key of another kind than %s", gost->id);
	enum tg_status status =
	        tg_gost_verify(spki, message, (struct tg_bytes){signature->data, signature->len}, &c->err);
	return status == TG_PROOF_FAILED || status == TG_INVALID
	               ? tg_error_set(
	                         &c->err, TG_SIGN_FAILED, "not the key's signature, or not in the order of PKCS #11")
	               : status;
}

static enum tg_status check_by_key(struct tg_child *c, const struct way *way, struct tg_bytes id, struct tg_bytes spki,
        struct tg_bytes message, const struct tg_buf *signature)
{
	struct tg_buf own = TG_BUF_INIT;
	enum tg_status status = TG_OK;
	if (!spki.len)
		status = tg_child_public(c, way->key, id, &own);
	if (status == TG_OK)
		status = fits_key(
		        c, way->gost, spki.len ? spki : (struct tg_bytes){own.data, own.len}, message, signature);
	tg_buf_finish(&own);
	return status;
}

enum tg_status tg_child_sign_with(struct tg_child *c, struct tg_bytes id, struct tg_bytes spki, struct tg_bytes message,
        struct tg_buf *signature, struct tg_buf *algorithm)
{
	struct way way = {.block = TG_BUF_INIT};
	enum tg_status status = choose_key(c, id, &way);
	if (status == TG_OK)
		status = hash_message(c, message, &way);
	if (status == TG_OK)
		status = sign_block(c, &way, signature);
	tg_buf_finish(&way.block);
	if (status == TG_OK && way.gost)
		status = check_by_key(c, &way, id, spki, message, signature);
	if (status != TG_OK || !algorithm)
		return status;
	if (way.gost)
		return tg_gost_signature_algorithm(way.gost, algorithm);
	tg_buf_add(algorithm, sha256_with_rsa, sizeof sha256_with_rsa);
	return tg_buf_status(algorithm);
}

static bool rsa_fits(struct tg_bytes spki, struct tg_bytes message, struct tg_bytes signature)
{
	const unsigned char *p = spki.data;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)spki.len);
	EVP_MD_CTX *verify = EVP_MD_CTX_new();
	bool ok = key && verify && EVP_DigestVerifyInit(verify, NULL, EVP_sha256(), NULL, key) == 1 &&
	          EVP_DigestVerify(verify, signature.data, signature.len, message.data, message.len) == 1;
	EVP_MD_CTX_free(verify);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return ok;
}

enum tg_status tg_child_verify(
        struct tg_child *c, struct tg_bytes spki, struct tg_bytes message, struct tg_bytes signature)
{
	if (tg_gost_of_spki(spki))
		return tg_gost_verify(spki, message, signature, &c->err);
	return rsa_fits(spki, message, signature)
	               ? TG_OK
	               : tg_error_set(&c->err, TG_PROOF_FAILED, "the token's signature does not fit this key");
}

enum tg_status tg_child_challenge(struct tg_child *c, struct tg_bytes id, struct tg_bytes spki)
{
	uint8_t bytes[CHALLENGE_BYTES];
	struct tg_bytes challenge = {bytes, sizeof bytes};
	struct tg_buf signature = TG_BUF_INIT;
	if (RAND_bytes(bytes, sizeof bytes) != 1)
		return tg_error_set(&c->err, TG_NO_MEMORY, "random bytes");
	enum tg_status status = tg_child_sign_with(c, id, spki, challenge, &signature, NULL);
	if (status == TG_SIGN_FAILED)
		status = c->err.status = TG_PROOF_FAILED;
	if (status == TG_OK)
		status = tg_child_verify(c, spki, challenge, (struct tg_bytes){signature.data, signature.len});
	tg_buf_finish(&signature);
	return status;
}

/* Frees both. */
static enum tg_status answer(
        enum tg_status status, struct tg_buf *algorithm, struct tg_buf *signature, struct tg_buf *out)
{
	if (status == TG_OK) {
		tg_token_signature_put(out, (struct tg_bytes){algorithm->data, algorithm->len},
		        (struct tg_bytes){signature->data, signature->len});
		status = tg_buf_status(out);
	}
	tg_buf_finish(signature);
	tg_buf_finish(algorithm);
	return status;
}

enum tg_status tg_child_sign(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out)
{
	struct tg_buf signature = TG_BUF_INIT, algorithm = TG_BUF_INIT;
	enum tg_status status = tg_child_sign_with(
	        c, r->field[TG_F_KEY_ID], (struct tg_bytes){NULL, 0}, r->field[TG_F_MESSAGE], &signature, &algorithm);
	return answer(status, &algorithm, &signature, out);
}

enum tg_status tg_child_sign_hash(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out)
{
	struct tg_buf signature = TG_BUF_INIT, algorithm = TG_BUF_INIT;
	struct way way = {.block = TG_BUF_INIT};
	enum tg_status status = choose_key(c, r->field[TG_F_KEY_ID], &way);
	if (status == TG_OK && !way.gost)
		status = tg_error_set(&c->err, TG_ALGORITHM, "hashes are signed with GOST keys only");
	if (status == TG_OK) {
		tg_buf_add(&way.block, r->field[TG_F_HASH].data, r->field[TG_F_HASH].len);
		status = sign_block(c, &way, &signature);
	}
	tg_buf_finish(&way.block);
	if (status == TG_OK)
		status = tg_gost_signature_algorithm(way.gost, &algorithm);
	return answer(status, &algorithm, &signature, out);
}
