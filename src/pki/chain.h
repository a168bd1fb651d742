#ifndef TAMGA_PKI_CHAIN_H
#define TAMGA_PKI_CHAIN_H

#include "tamga/pki.h"
#include <openssl/x509.h>

/* The chain from `leaf` to a certificate of `store`. `chain` (may be NULL) gets the certificates above the leaf, DER.
 */
enum tg_status tg_chain_verify(X509 *leaf, STACK_OF(X509) * untrusted, X509_STORE *store, struct tg_buf *chain,
        struct tg_error *err) TG_MUST_USE;

#endif
