/* Finding a text on a screen, however it was wrapped. Private to the harness. */
#ifndef TAMGA_HARNESS_MATCH_H
#define TAMGA_HARNESS_MATCH_H

#include "tamga/buf.h"

/* Runs of spaces, line ends and box lines become one space; none at the ends. */
void tg_match_fold(const char *s, struct tg_buf *out);

struct tg_match_grid {
	int columns, rows;
	const uint32_t *cells; /* row by row */
};
/* `folded` stands in one column of the screen, perhaps over several rows with other text beside it. */
bool tg_match_columns(const struct tg_match_grid *g, const char *folded);

#endif
