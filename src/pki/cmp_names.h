#ifndef TAMGA_PKI_CMP_NAMES_H
#define TAMGA_PKI_CMP_NAMES_H

#include "tamga/buf.h"
#include <openssl/cmp.h>

/* Names of the bits of a PKIFailureInfo, "badPOP, badRequest"; "" when there is none. */
void tg_cmp_failure_names(int bits, struct tg_buf *out);
/* What OpenSSL's error queue says in our terms; empties the queue. `detail` gets the reasons, cleaned. */
enum tg_status tg_cmp_queue_status(char *detail, size_t cap);

#endif
