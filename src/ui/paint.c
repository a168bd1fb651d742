#include "paint.h"

#include "layout.h"

#include <curses.h>

/* Dark ground, few colours, strong contrast; each style differs from its neighbours without colour, too (`mono`).
 * Console fonts with 512 letters have no bright colours, so A_BOLD only underlines what place and marks already say. */
static const struct {
	short fg, bg;
	attr_t attr, mono;
} looks[TG_STYLE_COUNT] = {
        [TG_STYLE_PLAIN] = {COLOR_WHITE, COLOR_BLACK, A_NORMAL, A_NORMAL},
        [TG_STYLE_BAR] = {COLOR_WHITE, COLOR_BLUE, A_BOLD, A_REVERSE},
        [TG_STYLE_TRAIL] = {COLOR_CYAN, COLOR_BLACK, A_NORMAL, A_NORMAL},
        [TG_STYLE_BANNER] = {COLOR_BLACK, COLOR_CYAN, A_NORMAL, A_REVERSE},
        [TG_STYLE_LINE] = {COLOR_CYAN, COLOR_BLACK, A_NORMAL, A_NORMAL},
        [TG_STYLE_MORE] = {COLOR_YELLOW, COLOR_BLACK, A_BOLD, A_BOLD},
        [TG_STYLE_HEADING] = {COLOR_WHITE, COLOR_BLACK, A_BOLD, A_BOLD},
        [TG_STYLE_NUMBER] = {COLOR_CYAN, COLOR_BLACK, A_NORMAL, A_NORMAL},
        [TG_STYLE_FOCUS] = {COLOR_BLACK, COLOR_WHITE, A_NORMAL, A_REVERSE},
        [TG_STYLE_ACTIVE] = {COLOR_WHITE, COLOR_BLACK, A_BOLD, A_BOLD},
        [TG_STYLE_BOX] = {COLOR_WHITE, COLOR_BLUE, A_BOLD, A_UNDERLINE},
        [TG_STYLE_BOX_FOCUS] = {COLOR_BLACK, COLOR_WHITE, A_NORMAL, A_REVERSE},
        [TG_STYLE_VALUE] = {COLOR_WHITE, COLOR_BLACK, A_BOLD, A_NORMAL},
        [TG_STYLE_HINT] = {COLOR_CYAN, COLOR_BLACK, A_NORMAL, A_NORMAL},
        [TG_STYLE_ERROR] = {COLOR_YELLOW, COLOR_BLACK, A_BOLD, A_BOLD},
        [TG_STYLE_NOTICE] = {COLOR_GREEN, COLOR_BLACK, A_BOLD, A_BOLD},
        [TG_STYLE_STATUS] = {COLOR_WHITE, COLOR_BLACK, A_NORMAL, A_NORMAL},
        [TG_STYLE_COUNTDOWN] = {COLOR_BLACK, COLOR_WHITE, A_NORMAL, A_REVERSE},
        [TG_STYLE_KEY] = {COLOR_BLACK, COLOR_CYAN, A_NORMAL, A_REVERSE},
        [TG_STYLE_KEY_LABEL] = {COLOR_WHITE, COLOR_BLACK, A_NORMAL, A_NORMAL},
        [TG_STYLE_DIM] = {COLOR_BLACK, COLOR_BLACK, A_BOLD, A_DIM},
};

void tg_paint_init(void)
{
	if (!has_colors() || start_color() != OK)
		return;
	for (int i = 0; i < TG_STYLE_COUNT; i++)
		init_pair((short)(i + 1), looks[i].fg, looks[i].bg);
	bkgd((chtype)COLOR_PAIR(TG_STYLE_PLAIN + 1) | ' ');
}

static void to_curses(const struct tg_cell *c, bool colours, cchar_t *out)
{
	wchar_t text[4] = {(wchar_t)c->cp, (wchar_t)c->marks[0], (wchar_t)c->marks[1], 0};
	unsigned style = c->style < TG_STYLE_COUNT ? c->style : TG_STYLE_PLAIN;
	setcchar(out, text, colours ? looks[style].attr : looks[style].mono, (short)(colours ? style + 1 : 0), NULL);
}

static void paint_row(const struct tg_grid *g, int row, bool colours)
{
	cchar_t line[TG_UI_MOST_COLUMNS];
	const struct tg_cell *c = tg_grid_row(g, row);
	int n = 0;
	for (int col = 0; col < g->columns && n < TG_UI_MOST_COLUMNS; col++)
		if (c[col].width)
			to_curses(&c[col], colours, &line[n++]);
	mvadd_wchnstr(row, 0, line, n);
}

void tg_paint(const struct tg_grid *g, const struct tg_grid *shown)
{
	bool same_size = g->columns == shown->columns && g->rows == shown->rows, colours = has_colors();
	for (int row = 0; row < g->rows; row++) {
		size_t bytes = (size_t)g->columns * sizeof *g->cells;
		if (!same_size || memcmp(tg_grid_row(g, row), tg_grid_row(shown, row), bytes) != 0)
			paint_row(g, row, colours);
	}
	move(g->cursor_row, g->cursor_col);
}
