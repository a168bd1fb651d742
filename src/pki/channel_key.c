/* Keys of channel certificates: in a file, or in the TPM where there is one (C-2). A key of the TPM is a file too, but
 * what is in it is of use to that TPM only: the provider tpm2 of OpenSSL (package tpm2-openssl) signs with it there. */
#include "channel_key.h"

#include "tamga/ca.h"
#include "tamga/file.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <unistd.h>

#define TSS2_BEGIN "-----BEGIN TSS2 PRIVATE KEY-----"
#define NO_TPM     "TPM 2.0 (package tpm2-openssl, /dev/tpmrm0)"
#define KEY_MAX    16384
/* All but its own keys stays with the software: hashes and random numbers too, which it could make slowly. */
#define PREFER "?provider!=tpm2"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static OSSL_PROVIDER *tpm; /* once loaded it stays: keys of it are in use */
static EVP_PKEY *kept;     /* the last that was loaded from the TPM, and its file */
static struct tg_buf last;

static bool load_provider(void)
{
	if (tpm)
		return true;
	/* What the caller's environment says wins: a test's TPM, or a resource manager of its own. */
	if (setenv("TPM2OPENSSL_TCTI", "device:/dev/tpmrm0", 0) != 0 || setenv("TSS2_LOG", "all+NONE", 0) != 0)
		return false;
	if (!OSSL_PROVIDER_load(NULL, "default"))
		return false;
	tpm = OSSL_PROVIDER_load(NULL, "tpm2");
	return tpm && EVP_set_default_properties(NULL, PREFER) == 1;
}

enum tg_status tg_channel_tpm(struct tg_error *err)
{
	pthread_mutex_lock(&lock);
	bool loaded = load_provider();
	pthread_mutex_unlock(&lock);
	return loaded ? TG_OK : tg_ossl_error(err, TG_NOT_FOUND, NO_TPM);
}

static bool is_of_tpm(const struct tg_buf *pem)
{
	return pem->len > strlen(TSS2_BEGIN) && strncmp(tg_buf_str(pem), TSS2_BEGIN, strlen(TSS2_BEGIN)) == 0;
}

bool tg_channel_key_in_tpm(const char *path)
{
	struct tg_buf pem = TG_BUF_INIT;
	bool is = tg_file_read(&pem, path, KEY_MAX, NULL) == TG_OK && is_of_tpm(&pem);
	tg_buf_wipe(&pem);
	return is;
}

static EVP_PKEY *load_from_tpm(const char *path, struct tg_error *err)
{
	if (!load_provider()) {
		(void)tg_ossl_error(err, TG_NOT_FOUND, NO_TPM);
		return NULL;
	}
	EVP_PKEY *key = tg_pem_key(path, err);
	EVP_PKEY *wrapped = key != NULL ? tg_channel_key_wrap(key) : NULL;
	if (key != NULL && wrapped == NULL)
		(void)tg_ossl_error(err, TG_CONFIG, "key of the TPM");
	EVP_PKEY_free(key);
	return wrapped;
}

/* A TPM has room for three objects or so: each key is loaded once for all connections. */
static EVP_PKEY *shared(const char *path, const struct tg_buf *pem, struct tg_error *err)
{
	pthread_mutex_lock(&lock);
	if (kept == NULL || last.len != pem->len || memcmp(last.data, pem->data, pem->len) != 0) {
		EVP_PKEY_free(kept);
		tg_buf_reset(&last);
		kept = load_from_tpm(path, err);
		tg_buf_add(&last, pem->data, pem->len);
	}
	EVP_PKEY *key = kept != NULL && EVP_PKEY_up_ref(kept) == 1 ? kept : NULL;
	pthread_mutex_unlock(&lock);
	return key;
}

void tg_channel_key_forget(void)
{
	pthread_mutex_lock(&lock);
	EVP_PKEY_free(kept);
	kept = NULL;
	tg_buf_finish(&last);
	last = (struct tg_buf)TG_BUF_INIT;
	pthread_mutex_unlock(&lock);
}

EVP_PKEY *tg_channel_key_load(const char *path, struct tg_error *err)
{
	struct tg_buf pem = TG_BUF_INIT;
	bool of_tpm = tg_file_read(&pem, path, KEY_MAX, NULL) == TG_OK && is_of_tpm(&pem);
	EVP_PKEY *key = of_tpm ? shared(path, &pem, err) : tg_pem_key(path, err);
	tg_buf_wipe(&pem);
	return key;
}

/* PKCS#8, or what the TPM's provider writes: the encoder that belongs to the key is taken. */
static enum tg_status save(const char *path, EVP_PKEY *key, struct tg_error *err)
{
	struct tg_buf pem = TG_BUF_INIT;
	BIO *mem = BIO_new(BIO_s_secmem());
	bool ok = mem != NULL && PEM_write_bio_PrivateKey(mem, key, NULL, NULL, 0, NULL, NULL) == 1;
	enum tg_status status = tg_bio_take(&pem, mem, ok);
	if (status == TG_OK)
		status = tg_file_write(path, pem.data, pem.len, 0600, err);
	else
		(void)tg_ossl_error(err, TG_KEY_GENERATE, "key file");
	tg_buf_wipe(&pem);
	return status;
}

static EVP_PKEY *make(const char *path, bool in_tpm, struct tg_error *err)
{
	EVP_PKEY *key = in_tpm ? EVP_PKEY_Q_keygen(NULL, "provider=tpm2", "EC", "P-256") : EVP_EC_gen("P-256");
	if (key == NULL)
		(void)tg_ossl_error(err, TG_KEY_GENERATE, in_tpm ? "key in the TPM" : "key generation");
	if (key != NULL && save(path, key, err) != TG_OK) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

EVP_PKEY *tg_channel_key_of(const char *path, struct tg_error *err)
{
	return access(path, F_OK) == 0 ? tg_channel_key_load(path, err) : make(path, false, err);
}

enum tg_status tg_channel_key_make(const char *path, enum tg_channel_tpm want, struct tg_error *err)
{
	struct tg_error local = {0};
	err = err == NULL ? &local : err;
	if (access(path, F_OK) == 0)
		return TG_OK;
	bool in_tpm = want != TG_CHANNEL_TPM_NEVER && tg_channel_tpm(err) == TG_OK;
	if (want == TG_CHANNEL_TPM_REQUIRE && !in_tpm)
		return TG_NOT_FOUND;
	*err = (struct tg_error){0};
	EVP_PKEY *key = make(path, in_tpm, err);
	bool made = key != NULL;
	EVP_PKEY_free(key);
	return made ? TG_OK : err->status;
}
