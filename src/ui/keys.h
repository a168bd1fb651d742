/* Layer: ui, private. Bytes from a keyboard turned into actions: own parser instead of ncurses' one, so that no byte of
 * a PIN stays in a queue that we cannot wipe. Pure: no reading, no clock. */
#ifndef TAMGA_UI_KEYS_H
#define TAMGA_UI_KEYS_H

#include "tamga/ui.h"

/* Sequences of this terminal, from terminfo; those of xterm, linux, tmux and rxvt are known besides. */
#define TG_KEY_SEQUENCES 24
struct tg_key_map {
	struct {
		const char *sequence;
		enum tg_action action;
	} rows[TG_KEY_SEQUENCES];
	unsigned n;
};

enum tg_key_result {
	TG_KEY_READY, /* `key` is set, `used` bytes are spent */
	TG_KEY_SKIP,  /* `used` bytes mean nothing here */
	TG_KEY_MORE,  /* the beginning of something: needs more bytes, or `final` */
};

/* The longest sequence that is waited for; longer ones are dropped. */
#define TG_KEY_BYTES 32

/* `n` is at least 1. `final`: nothing more has come within the escape delay, so what is there is all there is. */
enum tg_key_result tg_keys_parse(
        const struct tg_key_map *map, const uint8_t *bytes, size_t n, bool final, struct tg_key *key, size_t *used);

#endif
