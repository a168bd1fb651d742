/* Trust in a document signer: a folder with the states' own certificates (CSCA) and their revocation lists. */
#ifndef TG_CARD_CSCA_H
#define TG_CARD_CSCA_H

#include "tamga/mrtd.h"

#include <openssl/x509.h>

/* TG_OK: the signer's certificate comes from one of the folder's, is in time, and a revocation list that is in time
 * does not name it. TG_DOC_SIGNER otherwise, `err` says why. TG_CONFIG: the folder or a file in it cannot be read. */
enum tg_status tg_csca_trusts(const char *folder, X509 *signer, int64_t at_ms, struct tg_error *err) TG_MUST_USE;

#endif
