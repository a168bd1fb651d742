/* Private: a finished PKIMessage with another protection (RFC 4210 5.1.1, 5.1.3). OpenSSL 3.0 signs with a key that it
 * holds itself; a key on a carrier is behind a process boundary, so the message is made without protection and signed
 * here. */
#ifndef TAMGA_PKI_CMP_REWRITE_H
#define TAMGA_PKI_CMP_REWRITE_H

#include "tamga/pki.h"

/* The same message from the signer's subject, protected by its signature, with its certificate as extraCerts.
 * TG_BUG: `message` is no PKIMessage; TG_CERT_INVALID: the signer's certificate is none; what `sign` returns. */
enum tg_status tg_cmp_protect(
        const struct tg_cmp_signer *s, struct tg_bytes message, struct tg_buf *out, struct tg_error *err) TG_MUST_USE;
/* The same message without protection, for a CA that has checked it already. TG_INVALID: no PKIMessage. */
enum tg_status tg_cmp_strip(struct tg_bytes message, struct tg_buf *out) TG_MUST_USE;
/* What a protection signs: SEQUENCE { header, body }. TG_INVALID. */
enum tg_status tg_cmp_protected_part(struct tg_bytes message, struct tg_buf *out) TG_MUST_USE;

#endif
