/* Layer: token. Choosing a row of the carriers table. */
#ifndef TG_TOKEN_CARRIERS_H
#define TG_TOKEN_CARRIERS_H

#include "tamga/token.h"

/* Equal under the row's mask and equally long. */
bool tg_carrier_fits_atr(const struct tg_carrier *c, const uint8_t *atr, size_t n);

#endif
