/* Private: signatures of our own CA, RSA or GOST. */
#ifndef TAMGA_PKI_SIGN_H
#define TAMGA_PKI_SIGN_H

#include "tamga/buf.h"
#include "tamga/gost.h"
#include "tamga/secret.h"
#include <openssl/x509.h>

/* Whoever signs for a key that OpenSSL cannot use, over a hash: as PKCS#11's C_Sign with a GOST key. */
typedef enum tg_status tg_sign_hash(
        void *ctx, const char *label, struct tg_bytes hash, struct tg_buf *signature, struct tg_error *err);
/* From now on the signatures of `key`, the public half of a GOST key, are made by `fn`; `ctx` and `label` outlive it.
 */
enum tg_status tg_key_elsewhere(
        EVP_PKEY *key, tg_sign_hash *fn, void *ctx, const char *label, struct tg_error *err) TG_MUST_USE;

/* Signs, replacing what stood there: SHA-256 with RSA or EC, the hash of its family with a GOST key. GOST goes without
 * algorithm parameters, as RFC 4491 and RFC 9215 want it; the engine alone writes NULL. The object may be another one
 * afterwards. TG_SIGN_FAILED, and what tg_sign_hash returns. */
enum tg_status tg_sign_x509(X509 **x, EVP_PKEY *key, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_sign_crl(X509_CRL **crl, EVP_PKEY *key, struct tg_error *err) TG_MUST_USE;

/* NULL: no GOST key. */
const struct tg_gost *tg_gost_of_key(const EVP_PKEY *key);
/* A new key, parameter set A. The engine must be loaded. NULL: OpenSSL says why. */
EVP_PKEY *tg_gost_key_new(const struct tg_gost *g);
/* PKCS#8 under a password (AES-256); 0600. TG_NOT_FOUND; TG_PIN_WRONG: another password. */
enum tg_status tg_gost_key_write(
        const char *path, EVP_PKEY *key, const struct tg_secret *password, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_gost_key_read(
        const char *path, const struct tg_secret *password, EVP_PKEY **out, struct tg_error *err) TG_MUST_USE;

#endif
