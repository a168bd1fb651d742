/* Private: the Kazakh identifiers of GOST (1.2.398.3.10.*), turned into the Russian ones that the engine knows. */
#ifndef TAMGA_PKI_KAZAKH_H
#define TAMGA_PKI_KAZAKH_H

#include "tamga/buf.h"

/* The algorithm (content of its OID) is of this family. */
bool tg_kazakh_is(struct tg_bytes oid);
/* The hash that this OID (content) names, by OpenSSL's NID of the same function; NID_undef: none that is here. */
int tg_kazakh_hash(struct tg_bytes oid);
/* Verifies by the rules of domain-facts.md §1.3: identifiers of the key rewritten, signature turned round. TG_ALGORITHM
 * names what cannot be verified; TG_CERT_INVALID: does not fit. */
enum tg_status tg_kazakh_verify(struct tg_bytes oid, struct tg_bytes spki, struct tg_bytes message,
        struct tg_bytes signature, struct tg_error *err) TG_MUST_USE;

#endif
