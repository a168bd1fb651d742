/* SecurityInfos (ICAO 9303-11, 9.2): the list in EF.CardAccess and DG14 that says what a chip can do. */
#ifndef TG_CARD_SECINFO_H
#define TG_CARD_SECINFO_H

#include "cipher.h"

struct tg_security_info {
	struct tg_bytes oid;  /* value of the OBJECT IDENTIFIER */
	struct tg_bytes rest; /* the elements after it */
};
/* Starts at the outer SET; false when `set` is none. */
bool tg_security_infos(struct tg_bytes set, struct tg_reader *r);
/* The next that is well formed; false at the end. */
bool tg_security_info_next(struct tg_reader *r, struct tg_security_info *out);
/* `oid` is 0.4.0.127.0.7.2.2.FAMILY.a.b: then a and b (b 0 when there is none). */
bool tg_security_protocol(struct tg_bytes oid, uint8_t family, uint8_t *a, uint8_t *b);
/* The cipher that the last arc of a PACE or chip authentication protocol names. */
bool tg_security_cipher(uint8_t b, enum tg_cipher *cipher);
/* The n-th INTEGER (0-based) among `rest`, when it is small. */
bool tg_security_integer(struct tg_bytes rest, unsigned n, unsigned *value);
/* The value of DG14 (6E) is the SET. */
bool tg_security_of_dg14(struct tg_bytes dg14, struct tg_reader *r);

#endif
