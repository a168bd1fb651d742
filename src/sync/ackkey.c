/* Signatures on acknowledgements: ECDSA with P-256 and SHA-256. The OpenSSL contexts are kept from one signature to the
 * next: making them anew costs as much as the signature itself. Checking takes a copy, which costs little beside it, so
 * that any thread may. */
#include "tamga/sync.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>

#define DIGEST_LEN 32

struct tg_ack_key {
	EVP_PKEY *pkey;
	EVP_PKEY_CTX *sign, *verify; /* sign: NULL with a public key only */
	EVP_MD *sha256;
};

static EVP_PKEY *read_key(const char *path, bool *is_private)
{
	FILE *f = fopen(path, "re");
	if (!f)
		return NULL;
	EVP_PKEY *k = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	*is_private = k != NULL;
	if (!k) {
		rewind(f);
		k = PEM_read_PUBKEY(f, NULL, NULL, NULL);
	}
	fclose(f);
	return k;
}

static bool is_p256(const EVP_PKEY *k)
{
	char group[32] = "";
	return EVP_PKEY_is_a(k, "EC") && EVP_PKEY_get_group_name(k, group, sizeof(group), NULL) == 1 &&
	       strcmp(group, "prime256v1") == 0;
}

static bool make_contexts(struct tg_ack_key *k, bool is_private)
{
	k->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	k->verify = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
	if (!k->sha256 || !k->verify || EVP_PKEY_verify_init(k->verify) != 1)
		return false;
	if (!is_private)
		return true;
	k->sign = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
	return k->sign && EVP_PKEY_sign_init(k->sign) == 1;
}

enum tg_status tg_ack_key_load(struct tg_ack_key **out, const char *pem_path, struct tg_error *err)
{
	bool is_private = false;
	*out = NULL;
	struct tg_ack_key *k = calloc(1, sizeof(*k));
	if (!k)
		return tg_error_set(err, TG_NO_MEMORY, "acknowledgement key");
	k->pkey = read_key(pem_path, &is_private);
	if (!k->pkey || !is_p256(k->pkey)) {
		tg_ack_key_destroy(k);
		return tg_error_at(err, TG_CONFIG, pem_path, 0, 0, "no EC P-256 key in PEM");
	}
	if (!make_contexts(k, is_private)) {
		tg_ack_key_destroy(k);
		return tg_error_set(err, TG_NO_MEMORY, "acknowledgement key contexts");
	}
	*out = k;
	return TG_OK;
}

void tg_ack_key_destroy(struct tg_ack_key *k)
{
	if (!k)
		return;
	EVP_PKEY_CTX_free(k->sign);
	EVP_PKEY_CTX_free(k->verify);
	EVP_MD_free(k->sha256);
	EVP_PKEY_free(k->pkey);
	free(k);
}

static enum tg_status digest(const struct tg_ack_key *k, const struct tg_ack *a, uint8_t out[DIGEST_LEN])
{
	struct tg_buf bytes = TG_BUF_INIT;
	tg_ack_signed_bytes(a, &bytes);
	enum tg_status st = tg_buf_status(&bytes);
	if (st == TG_OK && EVP_Digest(bytes.data, bytes.len, out, NULL, k->sha256, NULL) != 1)
		st = TG_NO_MEMORY;
	tg_buf_finish(&bytes);
	return st;
}

enum tg_status tg_ack_sign(struct tg_ack_key *k, struct tg_ack *a, struct tg_error *err)
{
	uint8_t d[DIGEST_LEN];
	TG_BUG_IF(!k->sign);
	enum tg_status st = digest(k, a, d);
	if (st != TG_OK)
		return tg_error_set(err, st, "digest of an acknowledgement");
	a->signature_len = sizeof(a->signature);
	if (EVP_PKEY_sign(k->sign, a->signature, &a->signature_len, d, sizeof(d)) != 1)
		return tg_error_set(err, TG_SIGN_FAILED, "acknowledgement");
	return TG_OK;
}

enum tg_status tg_ack_check(const struct tg_ack_key *k, const struct tg_ack *a, struct tg_error *err)
{
	uint8_t d[DIGEST_LEN];
	enum tg_status st = digest(k, a, d);
	EVP_PKEY_CTX *verify = st == TG_OK ? EVP_PKEY_CTX_dup(k->verify) : NULL;
	if (!verify)
		return tg_error_set(err, TG_NO_MEMORY, "check of an acknowledgement");
	bool ok = EVP_PKEY_verify(verify, a->signature, a->signature_len, d, sizeof(d)) == 1;
	EVP_PKEY_CTX_free(verify);
	return ok ? TG_OK : tg_error_set(err, TG_CENTRE_GARBAGE, "acknowledgement with a wrong signature");
}

enum tg_status tg_ack_open(
        struct tg_ack_key *k, struct tg_bytes answer, const char *kiosk, struct tg_ack *out, struct tg_error *err)
{
	struct tg_reader r;
	tg_reader_init(&r, answer.data, answer.len);
	if (tg_ack_decode(&r, out) != TG_OK || !tg_reader_done(&r))
		return tg_error_set(err, TG_CENTRE_GARBAGE, "not an acknowledgement: %zu bytes", answer.len);
	if (strcmp(out->kiosk, kiosk) != 0)
		return tg_error_set(err, TG_CENTRE_GARBAGE, "acknowledgement of another kiosk");
	return tg_ack_check(k, out, err);
}
