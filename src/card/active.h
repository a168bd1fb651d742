/* Verifying active authentication (ICAO 9303-11, 6.1): the chip's signature over our challenge by the key in DG15. */
#ifndef TG_CARD_ACTIVE_H
#define TG_CARD_ACTIVE_H

#include "tamga/mrtd.h"

/* `dg14` (may be empty) names the hash of an ECDSA key. TG_OK or TG_DOC_COPY. */
enum tg_status tg_active_verify(struct tg_bytes dg15, struct tg_bytes dg14, const uint8_t challenge[8],
        struct tg_bytes response, struct tg_error *err) TG_MUST_USE;

#endif
