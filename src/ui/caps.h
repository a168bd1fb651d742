/* Layer: ui, private. What terminfo says of this terminal. Apart, because term.h has macros named "lines" and
 * "columns". */
#ifndef TAMGA_UI_CAPS_H
#define TAMGA_UI_CAPS_H

#include "keys.h"

/* The bytes that clear the screen and leave it as it was before us; returns how many. After newterm. */
size_t tg_caps_leaving(char *out, size_t cap);
/* The sequences of this terminal's keys; they live as long as the screen. */
void tg_caps_keys(struct tg_key_map *map);

#endif
