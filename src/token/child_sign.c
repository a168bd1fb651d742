#include "child.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#define CHALLENGE_BYTES 32
#define SHA256_BYTES    32
#define SIGNATURE_MAX   1024

/* DigestInfo of SHA-256 up to the hash itself, RFC 8017 §9.2 note 1. */
static const uint8_t digest_info[] = {0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
        0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

static PKCS11_SLOT *our_slot(struct tg_child *c)
{
	for (unsigned i = 0; i < c->n_slots; i++)
		if (PKCS11_get_slotid_from_slot(&c->slots[i]) == c->slot)
			return &c->slots[i];
	return NULL;
}

/* libp11 0.4.12 waits for ever when the module opens no session, so one is opened here first. */
static enum tg_status probe_session(struct tg_child *c)
{
	CK_SESSION_HANDLE s;
	CK_RV rv = c->f->C_OpenSession(c->slot, CKF_SERIAL_SESSION, NULL, NULL, &s);
	if (rv == CKR_OK)
		rv = c->f->C_CloseSession(s);
	return rv == CKR_OK ? TG_OK : tg_child_failed(c, rv, TG_CARD_BROKEN, "C_OpenSession");
}

/* The login of our raw session counts for the whole process, so libp11 never sees a PIN. */
enum tg_status tg_child_private_key(struct tg_child *c, struct tg_bytes id, EVP_PKEY **out)
{
	PKCS11_KEY *keys = NULL;
	unsigned n = 0;
	*out = NULL;
	TG_TRY(probe_session(c));
	ERR_clear_error();
	if (!c->slots && PKCS11_enumerate_slots(c->p11, &c->slots, &c->n_slots))
		return tg_child_failed_p11(c, TG_CARD_BROKEN, "PKCS11_enumerate_slots");
	PKCS11_SLOT *slot = our_slot(c);
	if (!slot || !slot->token)
		return tg_error_set(&c->err, TG_TOKEN_LOST, "the slot is gone");
	if (PKCS11_enumerate_keys(slot->token, &keys, &n))
		return tg_child_failed_p11(c, TG_CARD_BROKEN, "PKCS11_enumerate_keys");
	for (unsigned i = 0; i < n && !*out; i++)
		if (keys[i].id_len == id.len && memcmp(keys[i].id, id.data, id.len) == 0)
			*out = PKCS11_get_private_key(&keys[i]);
	return *out ? TG_OK : tg_error_set(&c->err, TG_KEY_MISSING, "no private key with this id");
}

/* Bare C_Sign with the one mechanism every RSA token has; libp11 cannot: it wants the public half to be on the token,
 * and broken-off writing can leave a key without it (decision 0054). */
static enum tg_status sign_raw(struct tg_child *c, struct tg_bytes id, const uint8_t *hash, uint8_t *out, CK_ULONG *n)
{
	struct tg_found keys;
	uint8_t block[sizeof digest_info + SHA256_BYTES];
	CK_MECHANISM mechanism = {CKM_RSA_PKCS, NULL, 0};
	TG_TRY(tg_child_find(c, CKO_PRIVATE_KEY, id, &keys));
	if (!keys.n)
		return tg_error_set(&c->err, TG_KEY_MISSING, "no private key with this id");
	memcpy(block, digest_info, sizeof digest_info);
	memcpy(block + sizeof digest_info, hash, SHA256_BYTES);
	CK_RV rv = c->f->C_SignInit(c->session, &mechanism, keys.list[0]);
	if (rv == CKR_OK)
		rv = c->f->C_Sign(c->session, block, sizeof block, out, n);
	if (rv == CKR_OK && *n > SIGNATURE_MAX)
		rv = CKR_GENERAL_ERROR;
	return rv == CKR_OK ? TG_OK : tg_child_failed(c, rv, TG_PROOF_FAILED, "C_Sign");
}

enum tg_status tg_child_challenge(struct tg_child *c, struct tg_bytes id, EVP_PKEY *public)
{
	uint8_t challenge[CHALLENGE_BYTES], hash[SHA256_BYTES], signature[SIGNATURE_MAX];
	CK_ULONG n = sizeof signature;
	unsigned hash_len = 0;
	ERR_clear_error();
	if (RAND_bytes(challenge, sizeof challenge) != 1 ||
	        EVP_Digest(challenge, sizeof challenge, hash, &hash_len, EVP_sha256(), NULL) != 1)
		return tg_error_set(&c->err, TG_NO_MEMORY, "challenge");
	TG_TRY(sign_raw(c, id, hash, signature, &n));
	EVP_MD_CTX *verify = EVP_MD_CTX_new();
	bool ok = verify && EVP_DigestVerifyInit(verify, NULL, EVP_sha256(), NULL, public) == 1 &&
	          EVP_DigestVerify(verify, signature, n, challenge, sizeof challenge) == 1;
	EVP_MD_CTX_free(verify);
	ERR_clear_error();
	return ok ? TG_OK
	          : tg_error_set(&c->err, TG_PROOF_FAILED, "the token's signature does not verify with this key");
}
