/* PACE (ICAO 9303-11, 4.4) through libeac: generic mapping over elliptic curves and Diffie-Hellman groups of the
 * standard. libeac does the arithmetic only: no byte of a chip's file goes through its parsers (decision 0110). */
#ifndef TG_CARD_PACE_H
#define TG_CARD_PACE_H

#include "chip.h"

struct eac_ctx;

/* Of what EF.CardAccess offers, the strongest that we know. */
struct tg_pace_choice {
	int protocol; /* libeac's number */
	int domain;   /* standardised domain parameters (9303-11, 9.5.1) */
	enum tg_cipher cipher;
	uint8_t oid[10];
	bool ambiguous; /* the same protocol stands there with other parameters too: say which */
};
/* Once in a process, before it gives up its rights. */
void tg_pace_initialise(void);
/* False when the chip offers no PACE that we know. */
bool tg_pace_choose(struct tg_bytes card_access, struct tg_pace_choice *out);

/* The whole exchange; afterwards the channel is protected. TG_DOC_ACCESS: the chip refuses the password. TG_NOT_FOUND:
 * it refuses the protocol it offered. `prepare` (NULL) may put other sources of randoms into the context: for the
 * worked examples of the standard. */
typedef void tg_pace_prepare(struct eac_ctx *ctx);
enum tg_status tg_pace(struct tg_chip *c, const struct tg_pace_choice *choice, const struct tg_mrtd_access *access,
        tg_pace_prepare *prepare, struct tg_error *err) TG_MUST_USE;

#endif
