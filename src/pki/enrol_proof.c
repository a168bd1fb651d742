/* The proof that a kiosk knows the secret it was given: an Ed25519 signature with the key that the secret seeds. */
#include "ossl.h"
#include "tamga/enrol.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/sha.h>

#define SEED_LABEL  "tamga-enrol-seed"
#define PROOF_LABEL "tamga-enrol-2"

static EVP_PKEY *key_of(struct tg_bytes secret)
{
	unsigned char seed[SHA256_DIGEST_LENGTH];
	struct tg_buf text = TG_BUF_INIT;
	EVP_PKEY *key = NULL;
	tg_buf_add(&text, SEED_LABEL, sizeof(SEED_LABEL));
	tg_buf_add(&text, secret.data, secret.len);
	if (tg_buf_status(&text) == TG_OK && SHA256(text.data, text.len, seed))
		key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof(seed));
	tg_buf_wipe(&text);
	OPENSSL_cleanse(seed, sizeof(seed));
	return key;
}

enum tg_status tg_enrol_pin(const char *cert_pem, uint8_t out[32], struct tg_error *err)
{
	unsigned n = 0;
	X509 *x = tg_pem_cert(cert_pem, err);
	if (!x)
		return TG_CONFIG;
	bool ok = X509_digest(x, EVP_sha256(), out, &n) == 1 && n == 32;
	X509_free(x);
	return ok ? TG_OK : tg_ossl_error(err, TG_NO_MEMORY, "digest");
}

enum tg_status tg_enrol_verifier(struct tg_bytes secret, uint8_t out[TG_ENROL_KEY_LEN], struct tg_error *err)
{
	size_t n = TG_ENROL_KEY_LEN;
	EVP_PKEY *key = key_of(secret);
	bool ok = key && EVP_PKEY_get_raw_public_key(key, out, &n) == 1 && n == TG_ENROL_KEY_LEN;
	EVP_PKEY_free(key);
	return ok ? TG_OK : tg_ossl_error(err, TG_NO_MEMORY, "enrolment secret");
}

static enum tg_status proof_text(const char *kiosk, struct tg_bytes csr, struct tg_buf *out)
{
	tg_buf_add(out, PROOF_LABEL, sizeof(PROOF_LABEL));
	tg_buf_add(out, kiosk, strlen(kiosk) + 1);
	tg_buf_add(out, csr.data, csr.len);
	return tg_buf_status(out);
}

enum tg_status tg_enrol_prove(struct tg_bytes secret, const char *kiosk, struct tg_bytes csr,
        uint8_t out[TG_ENROL_PROOF_LEN], struct tg_error *err)
{
	size_t n = TG_ENROL_PROOF_LEN;
	struct tg_buf text = TG_BUF_INIT;
	EVP_PKEY *key = key_of(secret);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = key && ctx && proof_text(kiosk, csr, &text) == TG_OK &&
	          EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
	          EVP_DigestSign(ctx, out, &n, text.data, text.len) == 1 && n == TG_ENROL_PROOF_LEN;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	tg_buf_finish(&text);
	return ok ? TG_OK : tg_ossl_error(err, TG_NO_MEMORY, "enrolment proof");
}

bool tg_enrol_proven(const uint8_t verifier[TG_ENROL_KEY_LEN], const char *kiosk, struct tg_bytes csr,
        const uint8_t proof[TG_ENROL_PROOF_LEN])
{
	struct tg_buf text = TG_BUF_INIT;
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, verifier, TG_ENROL_KEY_LEN);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = key && ctx && proof_text(kiosk, csr, &text) == TG_OK &&
	          EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
	          EVP_DigestVerify(ctx, proof, TG_ENROL_PROOF_LEN, text.data, text.len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	tg_buf_finish(&text);
	ERR_clear_error();
	return ok;
}
