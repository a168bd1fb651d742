#include "grid.h"

#include "tamga/text.h"

#include <limits.h>

static const struct tg_cell blank = {.cp = ' ', .style = TG_STYLE_PLAIN, .width = 1};

void tg_grid_finish(struct tg_grid *g)
{
	free(g->cells);
	*g = (struct tg_grid){0};
}

bool tg_grid_grow(struct tg_grid *g, int rows)
{
	if (rows <= g->rows)
		return true;
	size_t need = (size_t)rows * (size_t)g->columns, have = (size_t)g->rows * (size_t)g->columns;
	if (need > g->room) {
		struct tg_cell *cells = realloc(g->cells, need * 2 * sizeof *cells);
		if (!cells)
			return false;
		g->cells = cells;
		g->room = need * 2;
	}
	for (size_t i = have; i < need; i++)
		g->cells[i] = blank;
	g->rows = rows;
	return true;
}

bool tg_grid_reset(struct tg_grid *g, int columns, int rows)
{
	g->columns = columns > 0 ? columns : 0;
	g->rows = 0;
	g->cursor_row = g->cursor_col = 0;
	return tg_grid_grow(g, rows);
}

static struct tg_cell *cell(const struct tg_grid *g, int row, int col)
{
	if (row < 0 || row >= g->rows || col < 0 || col >= g->columns)
		return NULL;
	return &g->cells[(size_t)row * (size_t)g->columns + (size_t)col];
}

const struct tg_cell *tg_grid_row(const struct tg_grid *g, int row)
{
	return cell(g, row, 0);
}

/* The letters that nearly all text and all our decoration is made of are known to be good and one column wide: asking
 * the tables for each was half of the time of a screen. */
static bool usual(uint32_t cp)
{
	return (cp >= 0x20 && cp < 0x7F) || (cp >= 0x400 && cp < 0x483) || (cp >= 0x48A && cp < 0x530) ||
	       (cp >= 0x2500 && cp < 0x2580);
}

static int columns_of(uint32_t cp)
{
	return usual(cp) ? 1 : tg_text_width(cp);
}

/* The gate. */
static uint32_t gate(uint32_t cp)
{
	if (usual(cp))
		return cp;
	if (cp == 0xA0) /* it has kept a telephone number on one row; on the screen it is a space like any other */
		return ' ';
	char raw[4], clean[16];
	size_t n = tg_utf8_put(cp, raw);
	if (!n || !cp)
		return 0xFFFD;
	tg_text_clean(clean, sizeof clean, raw, n, 2);
	const char *p = clean;
	return *p ? tg_utf8_next(&p, clean + strlen(clean)) : 0xFFFD;
}

static void add_mark(struct tg_cell *c, uint32_t cp)
{
	if (c && !c->width)
		c--;
	for (size_t i = 0; c && i < 2; i++)
		if (!c->marks[i]) {
			c->marks[i] = cp;
			return;
		}
}

/* A wide letter of which one half is written over leaves no torn half behind. */
static void mend_halves(struct tg_grid *g, int row, int col)
{
	struct tg_cell *c = cell(g, row, col), *right = cell(g, row, col + 1), *left = cell(g, row, col - 1);
	if (c && !c->width && left)
		left->cp = ' ', left->width = 1;
	if (c && c->width == 2 && right)
		right->cp = ' ', right->width = 1;
}

int tg_grid_put_cp(struct tg_grid *g, int row, int col, enum tg_style style, uint32_t cp)
{
	cp = gate(cp);
	int width = columns_of(cp);
	if (width < 1) {
		add_mark(cell(g, row, col - 1), cp);
		return 0;
	}
	struct tg_cell *c = cell(g, row, col), *right = width == 2 ? cell(g, row, col + 1) : NULL;
	if (!c || (width == 2 && !right))
		return 0;
	if (c->width != 1)
		mend_halves(g, row, col);
	*c = (struct tg_cell){.cp = cp, .style = (uint8_t)style, .width = (uint8_t)width};
	if (right) {
		mend_halves(g, row, col + 1);
		*c = (struct tg_cell){.cp = cp, .style = (uint8_t)style, .width = 2};
		*right = (struct tg_cell){.cp = ' ', .style = (uint8_t)style, .width = 0};
	}
	return width;
}

int tg_grid_put(struct tg_grid *g, int row, int col, int limit, enum tg_style style, const char *s, size_t n)
{
	const char *end = s + n;
	int last = col + limit;
	while (s < end) {
		uint32_t cp = tg_utf8_next(&s, end);
		if (col + columns_of(cp) > last)
			break;
		col += tg_grid_put_cp(g, row, col, style, cp);
	}
	return col;
}

int tg_grid_put_str(struct tg_grid *g, int row, int col, int limit, enum tg_style style, const char *s)
{
	return tg_grid_put(g, row, col, limit, style, s, strlen(s));
}

void tg_grid_fill(struct tg_grid *g, int row, int col, int n, enum tg_style style, uint32_t cp)
{
	for (int i = 0; i < n; i++)
		tg_grid_put_cp(g, row, col + i, style, cp);
}

struct wrapping {
	struct tg_grid *g;
	int row, col, width, left;
	enum tg_style style;
};

static void put_line(const char *line, size_t bytes, void *ctx)
{
	struct wrapping *w = ctx;
	if (w->left-- <= 0)
		return;
	if (tg_grid_grow(w->g, w->row + 1))
		tg_grid_put(w->g, w->row, w->col, w->width, w->style, line, bytes);
	w->row++;
}

int tg_grid_wrap_most(struct tg_grid *g, int row, int col, int width, int most, enum tg_style style, const char *s)
{
	struct wrapping w = {g, row, col, width, most, style};
	int rows = tg_text_wrap(s, width, put_line, &w);
	return rows < most ? rows : most;
}

int tg_grid_wrap(struct tg_grid *g, int row, int col, int width, enum tg_style style, const char *s)
{
	return tg_grid_wrap_most(g, row, col, width, INT_MAX, style, s);
}

void tg_grid_restyle(struct tg_grid *g, int row, int col, int n, enum tg_style style)
{
	for (int i = 0; i < n; i++) {
		struct tg_cell *c = cell(g, row, col + i);
		if (c)
			c->style = (uint8_t)style;
	}
}

void tg_grid_copy(struct tg_grid *g, int row, int col, const struct tg_grid *from, int from_row, int rows, int columns)
{
	if (columns > from->columns)
		columns = from->columns;
	if (columns > g->columns - col)
		columns = g->columns - col;
	for (int y = 0; y < rows && columns > 0; y++) {
		struct tg_cell *to = cell(g, row + y, col);
		const struct tg_cell *c = cell(from, from_row + y, 0);
		if (to && c)
			memcpy(to, c, (size_t)columns * sizeof *to);
	}
}

static int used_columns(const struct tg_grid *g, int row)
{
	int n = g->columns;
	while (n > 0 && tg_grid_row(g, row)[n - 1].cp == ' ' && tg_grid_row(g, row)[n - 1].width)
		n--;
	return n;
}

static void add_cp(struct tg_buf *out, uint32_t cp)
{
	char bytes[4];
	tg_buf_add(out, bytes, tg_utf8_put(cp, bytes));
}

void tg_grid_text(const struct tg_grid *g, struct tg_buf *out)
{
	for (int row = 0; row < g->rows; row++) {
		const struct tg_cell *c = tg_grid_row(g, row);
		int n = used_columns(g, row);
		for (int col = 0; col < n; col++, c++) {
			if (!c->width)
				continue;
			add_cp(out, c->cp);
			for (size_t i = 0; i < 2 && c->marks[i]; i++)
				add_cp(out, c->marks[i]);
		}
		tg_buf_add_str(out, "\n");
	}
}
