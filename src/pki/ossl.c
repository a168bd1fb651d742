#include "ossl.h"

#include "tamga/file.h"
#include "tamga/gost.h"
#include "tamga/text.h"
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

enum tg_status tg_ossl_error(struct tg_error *err, enum tg_status status, const char *what)
{
	/* The deepest reason stands first in the queue. Its text is OpenSSL's own; its data may be the peer's. */
	const char *data = NULL;
	int flags = 0;
	unsigned long code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags);
	const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);
	char clean[160] = "";
	if ((flags & ERR_TXT_STRING) != 0 && data != NULL && data[0] != '\0')
		tg_text_clean(clean, sizeof clean, data, strlen(data), 120);
	ERR_clear_error();
	return tg_error_set(err, status, "%s: %s%s%s", what, reason != NULL ? reason : "no reason given",
	        clean[0] != '\0' ? ": " : "", clean);
}

enum tg_status tg_der_take(struct tg_buf *out, unsigned char *bytes, int n)
{
	if (n > 0)
		tg_buf_add(out, bytes, (size_t)n);
	OPENSSL_free(bytes);
	return n > 0 ? tg_buf_status(out) : TG_NO_MEMORY;
}

#define DER_ADD(type)                                                                                                  \
	enum tg_status tg_der_add_##type(const type *o, struct tg_buf *out)                                            \
	{                                                                                                              \
		unsigned char *bytes = NULL;                                                                           \
		int n = i2d_##type(o, &bytes);                                                                         \
		return tg_der_take(out, bytes, n);                                                                     \
	}
DER_ADD(X509_NAME)
DER_ADD(X509_EXTENSIONS)
DER_ADD(X509)
DER_ADD(X509_CRL)
DER_ADD(X509_REQ)
DER_ADD(X509_PUBKEY)

X509 *tg_x509_parse(struct tg_bytes der)
{
	const unsigned char *p = der.data;
	if (der.len == 0 || der.len > LONG_MAX)
		return NULL;
	X509 *x = d2i_X509(NULL, &p, (long)der.len);
	if (x != NULL && p != der.data + der.len) {
		X509_free(x);
		x = NULL;
	}
	return x;
}

EVP_PKEY *tg_spki_parse(struct tg_bytes der)
{
	const unsigned char *p = der.data;
	if (der.len == 0 || der.len > LONG_MAX)
		return NULL;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)der.len);
	if (key != NULL && p != der.data + der.len) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

enum tg_status tg_x509_spki(const X509 *x, struct tg_buf *out)
{
	return TG_DER_ADD(X509_PUBKEY, X509_get_X509_PUBKEY(x), out);
}

static const char *ec_algorithm(const EVP_PKEY *key)
{
	char curve[64] = "";
	size_t n = 0;
	bool named = EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, curve, sizeof curve, &n) == 1;
	ERR_clear_error();
	return !named                             ? ""
	       : strcmp(curve, "prime256v1") == 0 ? "ec-p256"
	       : strcmp(curve, "secp384r1") == 0  ? "ec-p384"
	                                          : "";
}

bool tg_spki_algorithm(struct tg_bytes spki, char *out, size_t cap)
{
	const struct tg_gost *g = tg_gost_of_spki(spki);
	EVP_PKEY *key = g == NULL ? tg_spki_parse(spki) : NULL;
	out[0] = '\0';
	if (g != NULL)
		(void)tg_copy(out, cap, g->id);
	else if (key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
		(void)snprintf(out, cap, "rsa-%d", EVP_PKEY_get_bits(key));
	else if (key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC)
		(void)tg_copy(out, cap, ec_algorithm(key));
	bool is_key = g != NULL || key != NULL;
	EVP_PKEY_free(key);
	ERR_clear_error();
	return is_key;
}

void tg_x509_algorithm(const X509 *x, char *out, size_t cap)
{
	struct tg_buf spki = TG_BUF_INIT;
	out[0] = '\0';
	if (tg_x509_spki(x, &spki) == TG_OK)
		(void)tg_spki_algorithm((struct tg_bytes){spki.data, spki.len}, out, cap);
	tg_buf_finish(&spki);
}

bool tg_serial_text(const ASN1_INTEGER *serial, char *out, size_t cap)
{
	int n = ASN1_STRING_length(serial);
	if (n <= 0 || (size_t)n * 2 + 1 > cap)
		return false;
	tg_hex(ASN1_STRING_get0_data(serial), (size_t)n, out);
	return true;
}

enum tg_status tg_bio_take(struct tg_buf *out, BIO *mem, bool written)
{
	char *bytes = NULL;
	long n = written ? BIO_get_mem_data(mem, &bytes) : 0;
	if (n > 0)
		tg_buf_add(out, bytes, (size_t)n);
	BIO_free(mem);
	return written ? tg_buf_status(out) : TG_NO_MEMORY;
}

X509 *tg_pem_cert(const char *path, struct tg_error *err)
{
	BIO *in = BIO_new_file(path, "r");
	X509 *x = in == NULL ? NULL : PEM_read_bio_X509(in, NULL, NULL, NULL);
	BIO_free(in);
	if (x == NULL) {
		(void)tg_ossl_error(err, TG_CONFIG, "certificate file");
		if (err != NULL)
			(void)tg_copy(err->file, sizeof err->file, path);
	}
	return x;
}

EVP_PKEY *tg_pem_key(const char *path, struct tg_error *err)
{
	BIO *in = BIO_new_file(path, "r");
	EVP_PKEY *key = in == NULL ? NULL : PEM_read_bio_PrivateKey(in, NULL, NULL, (void *)(uintptr_t) "");
	BIO_free(in);
	if (key == NULL) {
		(void)tg_ossl_error(err, TG_CONFIG, "key file");
		if (err != NULL)
			(void)tg_copy(err->file, sizeof err->file, path);
	}
	return key;
}

X509_STORE *tg_trust_store(const char *path, int64_t at_ms, struct tg_error *err)
{
	X509_STORE *store = X509_STORE_new();
	if (store == NULL || X509_STORE_load_file(store, path) != 1) {
		X509_STORE_free(store);
		(void)tg_ossl_error(err, TG_CONFIG, "trusted certificates");
		if (err != NULL)
			(void)tg_copy(err->file, sizeof err->file, path);
		return NULL;
	}
	if (at_ms != 0)
		X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)(at_ms / 1000));
	return store;
}

enum tg_status tg_pem_write_cert(const char *path, X509 *x, struct tg_error *err)
{
	struct tg_buf pem = TG_BUF_INIT;
	BIO *mem = BIO_new(BIO_s_mem());
	enum tg_status status = tg_bio_take(&pem, mem, mem != NULL && PEM_write_bio_X509(mem, x) == 1);
	if (status == TG_OK)
		status = tg_file_write(path, pem.data, pem.len, 0644, err);
	tg_buf_finish(&pem);
	return status;
}

enum tg_status tg_pem_write_key(const char *path, EVP_PKEY *key, struct tg_error *err)
{
	struct tg_buf pem = TG_BUF_INIT;
	BIO *mem = BIO_new(BIO_s_secmem());
	bool ok = mem != NULL && PEM_write_bio_PKCS8PrivateKey(mem, key, NULL, NULL, 0, NULL, NULL) == 1;
	enum tg_status status = tg_bio_take(&pem, mem, ok);
	if (status == TG_OK)
		status = tg_file_write(path, pem.data, pem.len, 0600, err);
	tg_buf_wipe(&pem);
	return status;
}

/* --- Parts of certificates */
X509_EXTENSION *tg_storage_extension(const char *extension_oid, const char *storage_oid)
{
	unsigned char *bytes = NULL;
	ASN1_OBJECT *type = OBJ_txt2obj(extension_oid, 1), *oid = OBJ_txt2obj(storage_oid, 1);
	ASN1_TYPE *item = ASN1_TYPE_new();
	STACK_OF(ASN1_TYPE) *sequence = sk_ASN1_TYPE_new_null();
	ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
	X509_EXTENSION *e = NULL;
	if (type != NULL && oid != NULL && item != NULL && sequence != NULL && octets != NULL) {
		ASN1_TYPE_set(item, V_ASN1_OBJECT, oid);
		oid = NULL;
		int n = sk_ASN1_TYPE_push(sequence, item) > 0 ? i2d_ASN1_SEQUENCE_ANY(sequence, &bytes) : -1;
		if (n > 0 && ASN1_OCTET_STRING_set(octets, bytes, n) == 1)
			e = X509_EXTENSION_create_by_OBJ(NULL, type, 0, octets);
	}
	OPENSSL_free(bytes);
	ASN1_OCTET_STRING_free(octets);
	sk_ASN1_TYPE_free(sequence);
	ASN1_TYPE_free(item);
	ASN1_OBJECT_free(oid);
	ASN1_OBJECT_free(type);
	return e;
}

bool tg_x509_validity(X509 *x, int64_t from_ms, int64_t seconds)
{
	time_t from = (time_t)(from_ms / 1000);
	return ASN1_TIME_set(X509_getm_notBefore(x), from) != NULL &&
	       ASN1_TIME_set(X509_getm_notAfter(x), from + (time_t)seconds) != NULL;
}

bool tg_spki_key_id(const X509 *x, unsigned char out[TG_KEY_ID_LEN])
{
	struct tg_buf spki = TG_BUF_INIT;
	bool ok = tg_x509_spki(x, &spki) == TG_OK && EVP_Digest(spki.data, spki.len, out, NULL, EVP_sha1(), NULL) == 1;
	tg_buf_finish(&spki);
	return ok;
}

bool tg_serial_random(ASN1_INTEGER *out)
{
	uint8_t bytes[20];
	do {
		if (RAND_bytes(bytes, sizeof bytes) != 1)
			return false;
		bytes[0] &= 0x7f;
	} while (bytes[0] < 0x10);
	BIGNUM *n = BN_bin2bn(bytes, sizeof bytes, NULL);
	bool ok = n != NULL && BN_to_ASN1_INTEGER(n, out) != NULL;
	BN_free(n);
	return ok;
}
