/* A compiled catalogue of gettext (.mo, gettext manual §10.3), read where it lies and checked before use. Private. */
#ifndef TAMGA_SCREEN_MO_H
#define TAMGA_SCREEN_MO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mo {
	const uint8_t *data; /* borrowed */
	size_t len;
	uint32_t n, ids, texts; /* number of messages; offsets of the two tables */
	bool swapped;           /* written on a machine of the other byte order */
};

/* NULL when the file is sound: every string inside the file, ended by NUL, UTF-8, the ids in order and none twice.
 * Else says what is wrong. Afterwards look-ups cannot leave the file. */
const char *mo_open(struct mo *m, const void *data, size_t len);
/* NULL when there is none. */
const char *mo_find(const struct mo *m, const char *id);

#endif
