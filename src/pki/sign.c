#include "sign.h"

#include "der.h"
#include "ossl.h"

#include "tamga/file.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#define TAG_BITS      0x03
#define TAG_SEQUENCE  0x30
#define SIGNATURE_MAX 128
#define KEY_FILE_MAX  16384
#define ITERATIONS    100000 /* PBKDF2; once at each start of the centre */

static struct tg_bytes bytes(const struct tg_buf *b)
{
	return (struct tg_bytes){b->data, b->len};
}

const struct tg_gost *tg_gost_of_key(const EVP_PKEY *key)
{
	static const char *const ids[] = {"gost2001", "gost2012-256", "gost2012-512"};
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		const struct tg_gost *g = tg_gost_find(ids[i]);
		if (g != NULL && g->key_nid == EVP_PKEY_get_id(key))
			return g;
	}
	return NULL;
}

static const EVP_MD *hash_of(const struct tg_gost *g)
{
	return g == NULL ? EVP_sha256() : EVP_get_digestbynid(g->hash_nid);
}

/* What is signed, with `algorithm` in the place of the one it names: the first SEQUENCE inside (verify.c). */
static bool rename_algorithm(struct tg_bytes tbs, const struct tg_buf *algorithm, struct tg_buf *out)
{
	struct tg_buf content = TG_BUF_INIT;
	struct tg_der all, e;
	bool done = false, ok = tg_der_take_tag(&tbs, TAG_SEQUENCE, &all);
	while (ok && all.content.len > 0 && (ok = tg_der_next(&all.content, &e))) {
		if (!done && e.tag == TAG_SEQUENCE) {
			tg_buf_add(&content, algorithm->data, algorithm->len);
			done = true;
		} else {
			tg_buf_add(&content, e.whole.data, e.whole.len);
		}
	}
	tg_der_put(out, TAG_SEQUENCE, bytes(&content));
	ok = ok && done && !content.failed && !out->failed;
	tg_buf_finish(&content);
	return ok;
}

/* --- Keys that OpenSSL cannot use */
struct elsewhere {
	tg_sign_hash *fn;
	void *ctx;
	const char *label;
	EVP_PKEY *stand_in; /* of the same algorithm: OpenSSL writes into what is to be signed who signed it */
};
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static int slot = -1;

static void forget(void *key, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
	struct elsewhere *e = ptr;
	(void)key, (void)ad, (void)index, (void)argl, (void)argp;
	if (e != NULL)
		EVP_PKEY_free(e->stand_in);
	free(e);
}

static void take_slot(void)
{
	slot = EVP_PKEY_get_ex_new_index(0, NULL, NULL, NULL, forget);
}

static const struct elsewhere *elsewhere_of(const EVP_PKEY *key)
{
	return slot < 0 ? NULL : EVP_PKEY_get_ex_data(key, slot);
}

enum tg_status tg_key_elsewhere(EVP_PKEY *key, tg_sign_hash *fn, void *ctx, const char *label, struct tg_error *err)
{
	const struct tg_gost *g = tg_gost_of_key(key);
	struct elsewhere *e = g == NULL ? NULL : calloc(1, sizeof *e);
	if (e == NULL || CRYPTO_THREAD_run_once(&once, take_slot) != 1 || slot < 0) {
		free(e);
		return tg_error_set(err, g == NULL ? TG_ALGORITHM : TG_NO_MEMORY, "no GOST key, or no memory for it");
	}
	*e = (struct elsewhere){fn, ctx, label, tg_gost_key_new(g)};
	if (e->stand_in != NULL && EVP_PKEY_set_ex_data(key, slot, e) == 1)
		return TG_OK;
	forget(key, e, NULL, slot, 0, NULL);
	return tg_ossl_error(err, TG_KEY_GENERATE, "a key to stand in");
}

/* What does not fit the certificate's own key is of another token, or in another order. */
static enum tg_status sign_elsewhere(const struct elsewhere *e, EVP_PKEY *key, struct tg_bytes message,
        struct tg_buf *signature, struct tg_error *err)
{
	struct tg_buf hash = TG_BUF_INIT, spki = TG_BUF_INIT;
	enum tg_status status = tg_gost_hash(tg_gost_of_key(key), message, &hash, err);
	if (status == TG_OK)
		status = e->fn(e->ctx, e->label, bytes(&hash), signature, err);
	unsigned char *der = NULL;
	int n = 0;
	if (status == TG_OK)
		n = i2d_PUBKEY(key, &der);
	if (status == TG_OK)
		status = tg_der_take(&spki, der, n);
	if (status == TG_OK && tg_gost_verify(bytes(&spki), message, bytes(signature), err) != TG_OK)
		status = tg_error_set(err, TG_SIGN_FAILED, "the token's signature is not of the issuer's key");
	tg_buf_finish(&spki);
	tg_buf_finish(&hash);
	return status;
}

static enum tg_status sign_here(EVP_PKEY *key, struct tg_bytes message, struct tg_buf *signature, struct tg_error *err)
{
	unsigned char out[SIGNATURE_MAX];
	size_t n = sizeof out;
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool ok = c != NULL && EVP_DigestSignInit(c, NULL, hash_of(tg_gost_of_key(key)), NULL, key) == 1 &&
	          EVP_DigestSign(c, out, &n, message.data, message.len) == 1;
	EVP_MD_CTX_free(c);
	if (!ok)
		return tg_ossl_error(err, TG_SIGN_FAILED, "signature");
	tg_buf_add(signature, out, n);
	return tg_buf_status(signature);
}

static EVP_PKEY *first_key(EVP_PKEY *key)
{
	const struct elsewhere *e = elsewhere_of(key);
	return e == NULL ? key : e->stand_in;
}

/* A certificate or CRL that OpenSSL signed, under the right algorithm, signed once more. */
static enum tg_status sign_again(struct tg_bytes object, EVP_PKEY *key, struct tg_buf *out, struct tg_error *err)
{
	struct tg_der all, tbs;
	struct tg_buf algorithm = TG_BUF_INIT, content = TG_BUF_INIT, bits = TG_BUF_INIT, signature = TG_BUF_INIT;
	const struct elsewhere *e = elsewhere_of(key);
	enum tg_status status = TG_BUG;
	if (tg_der_take_tag(&object, TAG_SEQUENCE, &all) && tg_der_take_tag(&all.content, TAG_SEQUENCE, &tbs) &&
	        tg_gost_signature_algorithm(tg_gost_of_key(key), &algorithm) == TG_OK &&
	        rename_algorithm(tbs.whole, &algorithm, &content))
		status = e == NULL ? sign_here(key, bytes(&content), &signature, err)
		                   : sign_elsewhere(e, key, bytes(&content), &signature, err);
	if (status == TG_OK) {
		tg_buf_add_u8(&bits, 0);
		tg_buf_add(&bits, signature.data, signature.len);
		tg_buf_add(&content, algorithm.data, algorithm.len);
		tg_der_put(&content, TAG_BITS, bytes(&bits));
		tg_der_put(out, TAG_SEQUENCE, bytes(&content));
		status = bits.failed || content.failed ? TG_NO_MEMORY : tg_buf_status(out);
	}
	tg_buf_finish(&signature);
	tg_buf_finish(&bits);
	tg_buf_finish(&content);
	tg_buf_finish(&algorithm);
	return status;
}

enum tg_status tg_sign_x509(X509 **x, EVP_PKEY *key, struct tg_error *err)
{
	const struct tg_gost *g = tg_gost_of_key(key);
	struct tg_buf der = TG_BUF_INIT, again = TG_BUF_INIT;
	if (X509_sign(*x, first_key(key), hash_of(g)) <= 0)
		return tg_ossl_error(err, TG_SIGN_FAILED, "certificate");
	if (g == NULL)
		return TG_OK;
	enum tg_status status = TG_DER_ADD(X509, *x, &der);
	if (status == TG_OK)
		status = sign_again(bytes(&der), key, &again, err);
	X509 *fresh = status == TG_OK ? tg_x509_parse(bytes(&again)) : NULL;
	tg_buf_finish(&again);
	tg_buf_finish(&der);
	if (fresh == NULL)
		return status == TG_OK ? tg_ossl_error(err, TG_SIGN_FAILED, "certificate") : status;
	X509_free(*x);
	*x = fresh;
	return TG_OK;
}

enum tg_status tg_sign_crl(X509_CRL **crl, EVP_PKEY *key, struct tg_error *err)
{
	const struct tg_gost *g = tg_gost_of_key(key);
	struct tg_buf der = TG_BUF_INIT, again = TG_BUF_INIT;
	if (X509_CRL_sign(*crl, first_key(key), hash_of(g)) <= 0)
		return tg_ossl_error(err, TG_SIGN_FAILED, "CRL");
	if (g == NULL)
		return TG_OK;
	enum tg_status status = TG_DER_ADD(X509_CRL, *crl, &der);
	if (status == TG_OK)
		status = sign_again(bytes(&der), key, &again, err);
	const unsigned char *p = again.data;
	X509_CRL *fresh = status == TG_OK ? d2i_X509_CRL(NULL, &p, (long)again.len) : NULL;
	tg_buf_finish(&again);
	tg_buf_finish(&der);
	if (fresh == NULL)
		return status == TG_OK ? tg_ossl_error(err, TG_SIGN_FAILED, "CRL") : status;
	X509_CRL_free(*crl);
	*crl = fresh;
	return TG_OK;
}

/* --- Keys in files */
EVP_PKEY *tg_gost_key_new(const struct tg_gost *g)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(g->key_nid, NULL);
	if (c != NULL && EVP_PKEY_keygen_init(c) == 1 && EVP_PKEY_CTX_ctrl_str(c, "paramset", "A") == 1)
		(void)EVP_PKEY_keygen(c, &key);
	EVP_PKEY_CTX_free(c);
	return key;
}

enum tg_status tg_gost_key_write(
        const char *path, EVP_PKEY *key, const struct tg_secret *password, struct tg_error *err)
{
	struct tg_buf pem = TG_BUF_INIT;
	PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key);
	X509_SIG *locked = plain == NULL ? NULL
	                                 : PKCS8_encrypt(-1, EVP_aes_256_cbc(), (const char *)tg_secret_peek(password),
	                                           (int)tg_secret_len(password), NULL, 0, ITERATIONS, plain);
	BIO *mem = BIO_new(BIO_s_mem());
	enum tg_status status =
	        tg_bio_take(&pem, mem, locked != NULL && mem != NULL && PEM_write_bio_PKCS8(mem, locked) == 1);
	X509_SIG_free(locked);
	PKCS8_PRIV_KEY_INFO_free(plain);
	if (status == TG_OK)
		status = tg_file_write(path, pem.data, pem.len, 0600, err);
	else
		(void)tg_ossl_error(err, status, "the GOST key cannot be locked");
	tg_buf_finish(&pem);
	return status;
}

enum tg_status tg_gost_key_read(
        const char *path, const struct tg_secret *password, EVP_PKEY **out, struct tg_error *err)
{
	struct tg_buf pem = TG_BUF_INIT;
	*out = NULL;
	TG_TRY(tg_file_read(&pem, path, KEY_FILE_MAX, err));
	BIO *mem = BIO_new_mem_buf(pem.data, (int)pem.len);
	X509_SIG *locked = mem == NULL ? NULL : PEM_read_bio_PKCS8(mem, NULL, NULL, NULL);
	PKCS8_PRIV_KEY_INFO *plain = locked == NULL ? NULL
	                                            : PKCS8_decrypt(locked, (const char *)tg_secret_peek(password),
	                                                      (int)tg_secret_len(password));
	*out = plain == NULL ? NULL : EVP_PKCS82PKEY(plain);
	bool opened = plain != NULL;
	PKCS8_PRIV_KEY_INFO_free(plain);
	X509_SIG_free(locked);
	BIO_free(mem);
	tg_buf_finish(&pem);
	ERR_clear_error();
	if (*out != NULL)
		return TG_OK;
	return tg_error_at(err, opened || locked == NULL ? TG_CONFIG : TG_PIN_WRONG, path, 0, 0,
	        opened ? "no GOST key" : "the key does not open with the PIN of the CA's token");
}
