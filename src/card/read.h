/* A reading with the challenge of active authentication chosen by the caller: by the process that will judge, so that
 * whoever speaks to the chip cannot have it signed beforehand. */
#ifndef TG_CARD_READ_H
#define TG_CARD_READ_H

#include "tamga/mrtd.h"

struct tg_chip;

/* As tg_mrtd_read, after tg_pace_initialise. */
enum tg_status tg_mrtd_read_with(const struct tg_apdu_port *port, const struct tg_mrtd_access *access,
        const uint8_t challenge[8], tg_mrtd_progress *progress, void *ctx, struct tg_mrtd_raw *out,
        struct tg_error *err) TG_MUST_USE;
/* The part of it that follows once the chip has opened; `out` holds the challenge. */
enum tg_status tg_mrtd_collect(struct tg_chip *c, tg_mrtd_progress *progress, void *ctx, struct tg_mrtd_raw *out,
        struct tg_error *err) TG_MUST_USE;

#endif
