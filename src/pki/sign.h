/* Private: signatures of our own CA, RSA or GOST. */
#ifndef TAMGA_PKI_SIGN_H
#define TAMGA_PKI_SIGN_H

#include "tamga/buf.h"
#include "tamga/secret.h"
#include <openssl/x509.h>

/* Signs, replacing what stood there: SHA-256 with RSA or EC, the hash of its family with a GOST key. GOST goes without
 * algorithm parameters, as RFC 4491 and RFC 9215 want it; the engine alone writes NULL. The object may be another one
 * afterwards. TG_SIGN_FAILED. */
enum tg_status tg_sign_x509(X509 **x, EVP_PKEY *key, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_sign_crl(X509_CRL **crl, EVP_PKEY *key, struct tg_error *err) TG_MUST_USE;

/* A new key of GOST R 34.10-2012, 512 bits. The engine must be loaded. */
EVP_PKEY *tg_gost_key_new(void);
/* PKCS#8 under a password (AES-256); 0600. TG_NOT_FOUND; TG_PIN_WRONG: another password. */
enum tg_status tg_gost_key_write(
        const char *path, EVP_PKEY *key, const struct tg_secret *password, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_gost_key_read(
        const char *path, const struct tg_secret *password, EVP_PKEY **out, struct tg_error *err) TG_MUST_USE;

#endif
