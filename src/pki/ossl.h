/* Private: the few things that all files of this folder ask of OpenSSL. */
#ifndef TAMGA_PKI_OSSL_H
#define TAMGA_PKI_OSSL_H

#include "tamga/buf.h"
#include "tamga/clock.h"
#include <openssl/evp.h>
#include <openssl/x509.h>

/* Sets `err` to our words and OpenSSL's own reason (cleaned), empties OpenSSL's error queue, returns `status`. */
enum tg_status tg_ossl_error(struct tg_error *err, enum tg_status status, const char *what);

/* Appends bytes that i2d made; frees them. */
enum tg_status tg_der_take(struct tg_buf *out, unsigned char *bytes, int n);
/* Appends what was written into the memory BIO `mem`, and frees it. TG_NO_MEMORY when not `written`. */
enum tg_status tg_bio_take(struct tg_buf *out, BIO *mem, bool written) TG_MUST_USE;
/* Appends the DER of `object` of OpenSSL's type `type`. */
#define TG_DER_ADD(type, object, out) tg_der_add_##type(object, out)
enum tg_status tg_der_add_X509_NAME(const X509_NAME *o, struct tg_buf *out) TG_MUST_USE;
enum tg_status tg_der_add_X509_EXTENSIONS(const X509_EXTENSIONS *o, struct tg_buf *out) TG_MUST_USE;
enum tg_status tg_der_add_X509(const X509 *o, struct tg_buf *out) TG_MUST_USE;
enum tg_status tg_der_add_X509_CRL(const X509_CRL *o, struct tg_buf *out) TG_MUST_USE;
enum tg_status tg_der_add_X509_REQ(const X509_REQ *o, struct tg_buf *out) TG_MUST_USE;
enum tg_status tg_der_add_X509_PUBKEY(const X509_PUBKEY *o, struct tg_buf *out) TG_MUST_USE;

/* One certificate that fills `der` to its last byte; NULL otherwise. */
X509 *tg_x509_parse(struct tg_bytes der);
EVP_PKEY *tg_spki_parse(struct tg_bytes der);
/* Name of the key's algorithm, "" for one of none of ours; false: no key. */
bool tg_spki_algorithm(struct tg_bytes spki, char *out, size_t cap);
/* The whole SubjectPublicKeyInfo of a certificate. */
enum tg_status tg_x509_spki(const X509 *x, struct tg_buf *out) TG_MUST_USE;
/* What its key is: "rsa-2048", "gost2001" …; "" when it is none of ours. */
void tg_x509_algorithm(const X509 *x, char *out, size_t cap);
/* Serial number, lower-case hex. False when it is longer than `cap` allows. */
bool tg_serial_text(const ASN1_INTEGER *serial, char *out, size_t cap);

X509 *tg_pem_cert(const char *path, struct tg_error *err);
EVP_PKEY *tg_pem_key(const char *path, struct tg_error *err);
/* Certificates of a PEM file as a store that checks at `at_ms` (0: the machine's clock). */
X509_STORE *tg_trust_store(const char *path, int64_t at_ms, struct tg_error *err);
/* Writes PEM with tg_file_write; the certificate for everybody to read. */
enum tg_status tg_pem_write_cert(const char *path, X509 *x, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_pem_write_key(const char *path, EVP_PKEY *key, struct tg_error *err) TG_MUST_USE;

/* SEQUENCE { OID } in a non-critical extension `extension_oid`: the NCA's key storage. */
X509_EXTENSION *tg_storage_extension(const char *extension_oid, const char *storage_oid);
/* Sets both ends of the validity: from `from_ms`, for `seconds`. */
bool tg_x509_validity(X509 *x, int64_t from_ms, int64_t seconds);
/* The subject key identifier that the NCA gives its subscribers: SHA-1 of the whole SubjectPublicKeyInfo. (Its CAs have
 * that of RFC 5280 4.2.1.2 (1), of the key bits alone.) A name for the key, not a matter of security. */
#define TG_KEY_ID_LEN 20
bool tg_spki_key_id(const X509 *x, unsigned char out[TG_KEY_ID_LEN]);
/* 20 random bytes of which the first is 0x10 to 0x7f: positive, never shorter than 20 bytes. */
bool tg_serial_random(ASN1_INTEGER *out);

#endif
