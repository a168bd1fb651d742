/* Layer: token. Choosing a row of the carriers table. */
#ifndef TG_TOKEN_CARRIERS_H
#define TG_TOKEN_CARRIERS_H

#include "tamga/token.h"

/* Length and alphabet. */
bool tg_carrier_allows_pin(const struct tg_carrier *row, struct tg_bytes pin);
/* The one the maker delivers it with. */
bool tg_carrier_is_factory_pin(const struct tg_carrier *row, struct tg_bytes pin);
/* Whether the row names the algorithm. */
bool tg_carrier_has_algorithm(const struct tg_carrier *row, struct tg_bytes algorithm);
/* Equal under the row's mask and equally long. */
bool tg_carrier_fits_atr(const struct tg_carrier *c, const uint8_t *atr, size_t n);

#endif
