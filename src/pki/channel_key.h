/* Private: the key that a channel certificate belongs to. */
#ifndef TAMGA_PKI_CHANNEL_KEY_H
#define TAMGA_PKI_CHANNEL_KEY_H

#include "ossl.h"
#include "tamga/ca.h"

/* A key of the TPM (its provider's) as one that signs wherever OpenSSL signs; NULL: no memory, or not EC P-256. `key`
 * stays the caller's. */
EVP_PKEY *tg_channel_key_wrap(EVP_PKEY *key);
/* The same; one in a file is made when there is none. */
EVP_PKEY *tg_channel_key_of(const char *path, struct tg_error *err);

#endif
