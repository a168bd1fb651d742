/* Layer: ui, private. A rectangle of character cells: what layout fills and what both painters read. Nothing here knows
 * curses. Every letter passes one gate (tg_text_clean's rules), so no control character can reach a terminal. */
#ifndef TAMGA_UI_GRID_H
#define TAMGA_UI_GRID_H

#include "tamga/buf.h"
#include <stdbool.h>
#include <stdint.h>

/* What a cell means; paint.c says how that looks. Each meaning also has a mark or a place, never a colour alone. */
enum tg_style {
	TG_STYLE_PLAIN,
	TG_STYLE_BAR, /* title line */
	TG_STYLE_TRAIL,
	TG_STYLE_BANNER, /* training */
	TG_STYLE_LINE,   /* separators and boxes */
	TG_STYLE_MORE,   /* "more below" */
	TG_STYLE_HEADING,
	TG_STYLE_NUMBER, /* of a question */
	TG_STYLE_FOCUS,  /* the line that the focus is on */
	TG_STYLE_ACTIVE, /* label of a focused field, and the focus mark */
	TG_STYLE_BOX,
	TG_STYLE_BOX_FOCUS,
	TG_STYLE_VALUE,
	TG_STYLE_HINT,
	TG_STYLE_ERROR,
	TG_STYLE_NOTICE,
	TG_STYLE_STATUS,
	TG_STYLE_COUNTDOWN,
	TG_STYLE_KEY, /* name of a key on the help line */
	TG_STYLE_KEY_LABEL,
	TG_STYLE_DIM, /* what lies under a box */
	TG_STYLE_COUNT,
};

struct tg_cell {
	uint32_t cp;
	uint32_t marks[2]; /* combining marks, 0 = none */
	uint8_t style;
	uint8_t width;    /* 1, 2; 0 = right half of the wide letter before it */
	uint8_t spare[2]; /* zero, so that cells can be compared as bytes */
};

struct tg_grid {
	int columns, rows;
	int cursor_row, cursor_col;
	size_t room;           /* cells allocated */
	struct tg_cell *cells; /* owned */
};

void tg_grid_finish(struct tg_grid *g);
/* Makes it so large and blank. Returns false without memory: then it has no rows, and writing to it does nothing. */
bool tg_grid_reset(struct tg_grid *g, int columns, int rows);
/* Adds blank rows so that there are at least `rows`. */
bool tg_grid_grow(struct tg_grid *g, int rows);

/* Writes up to `limit` columns of `n` bytes; returns the column after the last letter. Outside the grid nothing
 * happens. */
int tg_grid_put(struct tg_grid *g, int row, int col, int limit, enum tg_style style, const char *s, size_t n);
int tg_grid_put_str(struct tg_grid *g, int row, int col, int limit, enum tg_style style, const char *s);
/* One letter; returns its columns. */
int tg_grid_put_cp(struct tg_grid *g, int row, int col, enum tg_style style, uint32_t cp);
/* Repeats one narrow letter. */
void tg_grid_fill(struct tg_grid *g, int row, int col, int n, enum tg_style style, uint32_t cp);
/* Wraps `s` to `width` columns from `row` on; grows the grid; returns the number of rows. */
int tg_grid_wrap(struct tg_grid *g, int row, int col, int width, enum tg_style style, const char *s);
/* The same, but at most so many rows: for what stands around the page and must leave room for it. */
int tg_grid_wrap_most(struct tg_grid *g, int row, int col, int width, int most, enum tg_style style, const char *s);
void tg_grid_restyle(struct tg_grid *g, int row, int col, int n, enum tg_style style);
/* Copies a rectangle of `from` to (row, col) of `g`. */
void tg_grid_copy(struct tg_grid *g, int row, int col, const struct tg_grid *from, int from_row, int rows, int columns);

const struct tg_cell *tg_grid_row(const struct tg_grid *g, int row);
/* One line per row, UTF-8, trailing spaces cut. */
void tg_grid_text(const struct tg_grid *g, struct tg_buf *out);

#endif
