#ifndef TAMGA_PKI_CMP_MESSAGE_H
#define TAMGA_PKI_CMP_MESSAGE_H

#include "tamga/buf.h"
#include <openssl/cmp.h>

/* One message that fills `der` to its last byte; NULL otherwise, or when it is longer than `max`. */
OSSL_CMP_MSG *tg_cmp_message_parse(const void *der, size_t n, size_t max);
enum tg_status tg_cmp_message_add(const OSSL_CMP_MSG *msg, struct tg_buf *der) TG_MUST_USE;

#endif
