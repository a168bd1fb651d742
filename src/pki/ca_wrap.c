/* A password that only the token can open (src/decisions/0243): 32 random bytes under RSA-OAEP. SHA-1 in it, because it
 * is the only hash that SoftHSM 2.6.1 takes there; OAEP does not rest on collisions of its hash (RFC 8017 appendix
 * B.1). */
#include "ca_token.h"

#include "ossl.h"

#include "tamga/file.h"
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#define WRAP_LABEL   "tamga-wrap"
#define PASSWORD_LEN 32
#define LOCKED_MAX   1024

static enum tg_status open_it(struct tg_ca_token *t, const struct tg_buf *locked, unsigned char out[LOCKED_MAX],
        size_t *n, struct tg_error *err)
{
	CK_SESSION_HANDLE s;
	CK_RSA_PKCS_OAEP_PARAMS oaep = {.hashAlg = CKM_SHA_1, .mgf = CKG_MGF1_SHA1, .source = CKZ_DATA_SPECIFIED};
	CK_MECHANISM mechanism = {CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep};
	CK_ULONG len = LOCKED_MAX;
	TG_TRY(tg_ca_token_session(t, &s, err));
	CK_OBJECT_HANDLE key = tg_ca_token_object(t, s, CKO_PRIVATE_KEY, WRAP_LABEL);
	CK_RV rv = key == CK_INVALID_HANDLE ? CKR_KEY_HANDLE_INVALID : t->raw->C_DecryptInit(s, &mechanism, key);
	if (rv == CKR_OK)
		rv = t->raw->C_Decrypt(s, locked->data, locked->len, out, &len);
	(void)t->raw->C_CloseSession(s);
	*n = rv == CKR_OK ? len : 0;
	return rv == CKR_OK && len == PASSWORD_LEN
	               ? TG_OK
	               : tg_error_set(
	                         err, TG_PIN_WRONG, "the token does not open what locks the GOST keys: CKR 0x%lx", rv);
}

/* By OpenSSL, with the public half: nothing of it is secret. */
static bool lock_it(EVP_PKEY *key, const unsigned char password[PASSWORD_LEN], struct tg_buf *locked)
{
	unsigned char out[LOCKED_MAX];
	size_t n = sizeof out;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
	bool ok = c != NULL && EVP_PKEY_encrypt_init(c) == 1 &&
	          EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_OAEP_PADDING) == 1 &&
	          EVP_PKEY_CTX_set_rsa_oaep_md(c, EVP_sha1()) == 1 &&
	          EVP_PKEY_CTX_set_rsa_mgf1_md(c, EVP_sha1()) == 1 &&
	          EVP_PKEY_encrypt(c, out, &n, password, PASSWORD_LEN) == 1;
	EVP_PKEY_CTX_free(c);
	if (ok)
		tg_buf_add(locked, out, n);
	return ok && tg_buf_status(locked) == TG_OK;
}

/* The public half as a key of OpenSSL alone: libp11's would ask the token to encrypt. */
static EVP_PKEY *public_half(struct tg_ca_token *t, struct tg_error *err)
{
	EVP_PKEY *key = NULL, *plain = NULL;
	bool made;
	unsigned char *der = NULL;
	if (tg_ca_token_key(t, WRAP_LABEL, &made, &key, err) != TG_OK)
		return NULL;
	int n = i2d_PUBKEY(key, &der);
	const unsigned char *p = der;
	if (n > 0)
		plain = d2i_PUBKEY(NULL, &p, n);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	if (plain == NULL)
		(void)tg_ossl_error(err, TG_KEY_GENERATE, "the key that locks the GOST keys");
	return plain;
}

static enum tg_status make_new(struct tg_ca *ca, const char *path, struct tg_error *err)
{
	unsigned char password[PASSWORD_LEN];
	struct tg_buf locked = TG_BUF_INIT;
	struct tg_buf labels = TG_BUF_INIT;
	enum tg_status status = tg_ca_token_labels(ca->token, WRAP_LABEL, &labels);
	if (status == TG_OK && labels.len == 0) {
		status = tg_ca_token_generate(ca->token, WRAP_LABEL, TG_CA_KEY_OPENS, err);
		if (status == TG_OK)
			tg_ca_tell(ca, &(struct tg_ca_event){.what = TG_CA_KEY_MADE, .label = WRAP_LABEL});
	}
	tg_buf_finish(&labels);
	EVP_PKEY *key = status == TG_OK ? public_half(ca->token, err) : NULL;
	if (key == NULL)
		return status == TG_OK ? TG_KEY_GENERATE : status;
	bool ok = RAND_priv_bytes(password, sizeof password) == 1 && lock_it(key, password, &locked);
	OPENSSL_cleanse(password, sizeof password);
	EVP_PKEY_free(key);
	status = ok ? tg_file_write(path, locked.data, locked.len, 0600, err)
	            : tg_ossl_error(err, TG_KEY_GENERATE, "what locks the GOST keys cannot be locked");
	tg_buf_finish(&locked);
	return status;
}

enum tg_status tg_ca_wrap_password(struct tg_ca *ca, const char *path, struct tg_secret *password, struct tg_error *err)
{
	unsigned char plain[LOCKED_MAX];
	char hex[2 * PASSWORD_LEN + 1];
	size_t n = 0;
	struct tg_buf locked = TG_BUF_INIT;
	struct tg_error none = {0};
	enum tg_status status = tg_file_read(&locked, path, LOCKED_MAX, &none);
	if (status == TG_NOT_FOUND) {
		TG_TRY(make_new(ca, path, err));
		status = tg_file_read(&locked, path, LOCKED_MAX, &none);
	}
	status = status == TG_OK ? open_it(ca->token, &locked, plain, &n, err)
	                         : tg_error_at(err, status, path, 0, 0, "%s", none.detail);
	tg_buf_finish(&locked);
	if (status == TG_OK) {
		tg_hex(plain, PASSWORD_LEN, hex); /* PKCS#8 passwords are text */
		status = tg_secret_append(password, hex, 2 * PASSWORD_LEN) ? TG_OK : TG_NO_MEMORY;
	}
	OPENSSL_cleanse(plain, sizeof plain);
	OPENSSL_cleanse(hex, sizeof hex);
	return status;
}
