#include "sign.h"

#include "der.h"
#include "ossl.h"

#include "tamga/file.h"
#include "tamga/gost.h"
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

static const struct tg_gost *gost_of(const EVP_PKEY *key)
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

static bool sign_bytes(const struct tg_gost *g, EVP_PKEY *key, const struct tg_buf *message, struct tg_buf *bits)
{
	unsigned char signature[SIGNATURE_MAX];
	size_t n = sizeof signature;
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool ok = c != NULL && EVP_DigestSignInit(c, NULL, hash_of(g), NULL, key) == 1 &&
	          EVP_DigestSign(c, signature, &n, message->data, message->len) == 1;
	EVP_MD_CTX_free(c);
	tg_buf_add_u8(bits, 0);
	if (ok)
		tg_buf_add(bits, signature, n);
	return ok && !bits->failed;
}

/* A certificate or CRL that the engine signed, under the right algorithm, signed once more. */
static bool sign_again(struct tg_bytes object, const struct tg_gost *g, EVP_PKEY *key, struct tg_buf *out)
{
	struct tg_der all, tbs;
	struct tg_buf algorithm = TG_BUF_INIT, content = TG_BUF_INIT, bits = TG_BUF_INIT;
	bool ok = tg_der_take_tag(&object, TAG_SEQUENCE, &all) && tg_der_take_tag(&all.content, TAG_SEQUENCE, &tbs) &&
	          tg_gost_signature_algorithm(g, &algorithm) == TG_OK &&
	          rename_algorithm(tbs.whole, &algorithm, &content) && sign_bytes(g, key, &content, &bits);
	if (ok) {
		tg_buf_add(&content, algorithm.data, algorithm.len);
		tg_der_put(&content, TAG_BITS, bytes(&bits));
		tg_der_put(out, TAG_SEQUENCE, bytes(&content));
		ok = !content.failed && !out->failed;
	}
	tg_buf_finish(&bits);
	tg_buf_finish(&content);
	tg_buf_finish(&algorithm);
	return ok;
}

enum tg_status tg_sign_x509(X509 **x, EVP_PKEY *key, struct tg_error *err)
{
	const struct tg_gost *g = gost_of(key);
	struct tg_buf der = TG_BUF_INIT, again = TG_BUF_INIT;
	if (X509_sign(*x, key, hash_of(g)) <= 0)
		return tg_ossl_error(err, TG_SIGN_FAILED, "certificate");
	if (g == NULL)
		return TG_OK;
	X509 *fresh = TG_DER_ADD(X509, *x, &der) == TG_OK && sign_again(bytes(&der), g, key, &again)
	                      ? tg_x509_parse(bytes(&again))
	                      : NULL;
	tg_buf_finish(&again);
	tg_buf_finish(&der);
	if (fresh == NULL)
		return tg_ossl_error(err, TG_SIGN_FAILED, "certificate");
	X509_free(*x);
	*x = fresh;
	return TG_OK;
}

enum tg_status tg_sign_crl(X509_CRL **crl, EVP_PKEY *key, struct tg_error *err)
{
	const struct tg_gost *g = gost_of(key);
	struct tg_buf der = TG_BUF_INIT, again = TG_BUF_INIT;
	if (X509_CRL_sign(*crl, key, hash_of(g)) <= 0)
		return tg_ossl_error(err, TG_SIGN_FAILED, "CRL");
	if (g == NULL)
		return TG_OK;
	bool ok = TG_DER_ADD(X509_CRL, *crl, &der) == TG_OK && sign_again(bytes(&der), g, key, &again);
	const unsigned char *p = again.data;
	X509_CRL *fresh = ok ? d2i_X509_CRL(NULL, &p, (long)again.len) : NULL;
	tg_buf_finish(&again);
	tg_buf_finish(&der);
	if (fresh == NULL)
		return tg_ossl_error(err, TG_SIGN_FAILED, "CRL");
	X509_CRL_free(*crl);
	*crl = fresh;
	return TG_OK;
}

/* --- Keys in files */
EVP_PKEY *tg_gost_key_new(void)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(NID_id_GostR3410_2012_512, NULL);
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
