#include "layout.h"

#include "tamga/text.h"
#include "tamga/ui.h"

#define WIDEST_PAGE 100 /* longer lines are hard to read */

/* Rows that each part around the page may have, so that four are left for the page on the smallest screen whatever the
 * texts are. Texts of our own never reach them (the test of every screen at every size shows it). */
enum { TITLE_ROWS = 3, TRAIL_ROWS = 3, BANNER_ROWS = 2, COUNTDOWN_ROWS = 3, STATUS_ROWS = 3, KEY_ROWS = 4 };

#define LOW_ROWS 24 /* on a lower screen the trail gives its room to a page that does not fit */

/* How much of the surroundings stays outside the scrolling page; the rest goes to its end. The first that leaves the
 * focused item whole is taken. */
enum frame { FRAME_FULL, FRAME_NO_TRAIL, FRAME_NO_STATUS, FRAME_COUNT };

struct work {
	struct tg_layout *l;
	const struct tg_view *v;
	const struct tg_i18n *i18n;
	int columns, rows;
	int left, page_columns;
	enum frame frame;
	int head_end, foot; /* rows of the two separators */
};

static bool has(const char *s)
{
	return s && *s;
}

void tg_layout_finish(struct tg_layout *l)
{
	tg_grid_finish(&l->screen);
	tg_grid_finish(&l->under);
	tg_page_finish(&l->page);
}

static void forget(struct tg_grid *g)
{
	if (g->cells)
		explicit_bzero(g->cells, g->room * sizeof *g->cells);
	g->rows = g->columns = 0;
}

void tg_layout_forget(struct tg_layout *l)
{
	forget(&l->screen);
	forget(&l->under);
	forget(&l->page.grid);
}

/* ---- head: title and language, trail, training banner ---- */

static int put_bar(struct work *w, int row)
{
	struct tg_grid *g = &w->l->screen;
	const char *lang = tg_lang_name(w->v->lang);
	int lang_columns = tg_text_columns(lang), text = w->left + 2;
	int width = w->columns - text - lang_columns - 3;
	const char *title = has(w->v->title) ? w->v->title : "";
	int rows = tg_grid_wrap_most(g, row, text, width, TITLE_ROWS, TG_STYLE_BAR, title);
	tg_grid_put_str(g, row, w->columns - lang_columns - 1, lang_columns, TG_STYLE_BAR, lang);
	for (int r = row; r < row + rows; r++)
		tg_grid_restyle(g, r, 0, w->columns, TG_STYLE_BAR);
	return row + rows;
}

struct centred {
	struct tg_grid *g;
	int row, columns, left;
};

static void put_banner_line(const char *line, size_t bytes, void *ctx)
{
	struct centred *c = ctx;
	char text[1024];
	if (c->left-- <= 0)
		return;
	snprintf(text, sizeof text, "%.*s", (int)bytes, line);
	int col = (c->columns - tg_text_columns(text)) / 2;
	tg_grid_fill(c->g, c->row, 0, c->columns, TG_STYLE_BANNER, ' ');
	tg_grid_put_str(c->g, c->row, 0, 4, TG_STYLE_BANNER, " ***");
	tg_grid_put_str(c->g, c->row, c->columns - 4, 4, TG_STYLE_BANNER, "*** ");
	tg_grid_put_str(c->g, c->row, col > 5 ? col : 5, c->columns - 10, TG_STYLE_BANNER, text);
	c->row++;
}

/* A paragraph of the surroundings, in line with the page's text. */
static int put_around(const struct work *w, struct tg_grid *g, int row, int most, enum tg_style style, const char *s)
{
	return has(s) ? tg_grid_wrap_most(g, row, w->left + 2, w->columns - 2 * w->left - 3, most, style, s) : 0;
}

static void put_head(struct work *w)
{
	int row = put_bar(w, 0);
	if (w->frame == FRAME_FULL)
		row += put_around(w, &w->l->screen, row, TRAIL_ROWS, TG_STYLE_TRAIL, w->v->trail);
	if (has(w->v->banner)) {
		struct centred c = {&w->l->screen, row, w->columns, BANNER_ROWS};
		tg_text_wrap(w->v->banner, w->columns - 10, put_banner_line, &c);
		row = c.row;
	}
	w->head_end = row;
}

/* ---- foot: count-down, reader and card, keys; laid on a grid of its own because it grows upwards ---- */

static const char *key_name(enum tg_action action)
{
#define KEY(name, key, id) key,
	static const char *const names[] = {TG_ACTIONS(KEY)};
#undef KEY
	return action >= 0 && action < TG_ACTION_COUNT ? names[action] : "";
}

/* Three columns between keys, or two when they all go into one row then. */
static int key_gap(const struct tg_view *v, int width)
{
	int need = 0, n = 0;
	for (; n < (int)v->n_keys && n < TG_VIEW_KEYS; n++)
		need += tg_text_columns(key_name(v->keys[n].action)) + 1 +
		        (has(v->keys[n].label) ? tg_text_columns(v->keys[n].label) : 0);
	return need + 3 * (n - 1) > width && need + 2 * (n - 1) <= width ? 2 : 3;
}

static void put_keys(const struct work *w, struct tg_grid *foot, int first)
{
	int row = first, begin = w->left + 2, col = begin, width = w->columns - w->left - 1;
	int gap = key_gap(w->v, width - begin);
	tg_grid_grow(foot, row + 1);
	for (unsigned i = 0; i < w->v->n_keys && i < TG_VIEW_KEYS; i++) {
		const char *name = key_name(w->v->keys[i].action);
		const char *label = has(w->v->keys[i].label) ? w->v->keys[i].label : "";
		if (col > begin && col + tg_text_columns(name) + 1 + tg_text_columns(label) > width) {
			col = begin;
			row++;
		}
		if (row >= first + KEY_ROWS)
			return;
		tg_grid_grow(foot, row + 1);
		col = tg_grid_put_str(foot, row, col, width - col, TG_STYLE_KEY, name) + 1;
		int most = first + KEY_ROWS - row;
		int rows = tg_grid_wrap_most(foot, row, col, width - col, most, TG_STYLE_KEY_LABEL, label);
		row += rows - 1;
		col = rows > 1 ? width : col + tg_text_columns(label) + gap;
	}
}

static bool set_foot(const struct work *w, struct tg_grid *foot)
{
	if (!tg_grid_reset(foot, w->columns, 0))
		return false;
	int row = put_around(w, foot, 0, COUNTDOWN_ROWS, TG_STYLE_COUNTDOWN, w->v->countdown);
	for (int r = 0; r < row; r++)
		tg_grid_restyle(foot, r, 0, w->columns, TG_STYLE_COUNTDOWN);
	if (w->frame != FRAME_NO_STATUS)
		row += put_around(w, foot, row, STATUS_ROWS, TG_STYLE_STATUS, w->v->status);
	put_keys(w, foot, row);
	return true;
}

static bool put_foot(struct work *w)
{
	struct tg_grid foot = {0};
	bool ok = set_foot(w, &foot);
	w->foot = w->rows - foot.rows - 1;
	tg_grid_copy(&w->l->screen, w->foot + 1, 0, &foot, 0, foot.rows, w->columns);
	tg_grid_finish(&foot);
	return ok;
}

/* ---- the window on the page ---- */

/* Turning over whole windows is calmer than creeping: the window only moves when the focus would leave it, and then
 * starts with the paragraphs that lead to the focused item. A pure function of the view: going down and up again shows
 * the same windows. */
static int window_top(const struct tg_page *p, const struct tg_view *v, int seen)
{
	int top = 0;
	if (p->rows <= seen)
		return 0;
	for (int i = 0; i <= v->focus && i < (int)v->n_items && i < TG_VIEW_ITEMS; i++) {
		const struct tg_place *at = &p->places[i];
		if ((!v->items[i].focusable && i != v->focus) || at->end <= top + seen)
			continue;
		top = at->lead;
		if (at->end > top + seen)
			top = at->end - at->row > seen ? at->row : at->end - seen;
	}
	return top < p->rows - seen ? top : p->rows - seen;
}

/* What cannot be seen whole is shown around the cursor. */
static int keep_cursor(const struct tg_page *p, int top, int seen)
{
	int row = p->grid.cursor_row;
	if (row < top)
		return row;
	return row >= top + seen ? row - seen + 1 : top;
}

static void choose_window(struct work *w, int seen, int wanted_top)
{
	struct tg_layout *l = w->l;
	int most = l->page.rows > seen ? l->page.rows - seen : 0;
	l->seen = seen;
	if (wanted_top == TG_LAYOUT_FOCUS)
		l->top = keep_cursor(&l->page, window_top(&l->page, w->v, seen), seen);
	else
		l->top = wanted_top < most ? wanted_top : most;
	l->above = l->top > 0;
	l->below = l->top + seen < l->page.rows;
}

static void put_more(struct work *w, int row, int col, int width, const char *id)
{
	char text[256];
	snprintf(text, sizeof text, " %s ", tg_text(w->i18n, w->v->lang, id));
	tg_grid_put_str(&w->l->screen, row, col, width, TG_STYLE_MORE, text);
}

static void put_cursor(struct work *w, int row, int col)
{
	struct tg_layout *l = w->l;
	int y = l->page.grid.cursor_row - l->top, x = l->page.grid.cursor_col;
	bool seen = y >= 0 && y < l->seen;
	l->screen.cursor_row = row + (seen ? y : 0);
	l->screen.cursor_col = col + (seen ? x : 2);
}

static void put_window(struct work *w, int row, int col)
{
	struct tg_layout *l = w->l;
	int rows = l->page.rows - l->top;
	rows = rows < l->seen ? rows : l->seen;
	tg_grid_copy(&l->screen, row, col, &l->page.grid, l->top, rows, w->page_columns);
	put_cursor(w, row, col);
}

/* ---- the whole ---- */

static bool set_page(struct work *w, enum tg_density density)
{
	struct tg_page_style style = {.columns = w->page_columns, .density = density};
	if (w->frame != FRAME_FULL)
		style.trail = w->v->trail;
	if (w->frame == FRAME_NO_STATUS)
		style.status = w->v->status;
	return tg_page_set(&w->l->page, w->v, w->i18n, &style);
}

static bool focus_fits(const struct work *w, int seen)
{
	int i = w->v->focus;
	if (i < 0 || i >= (int)w->v->n_items || i >= TG_VIEW_ITEMS)
		return seen >= 4;
	const struct tg_place *at = &w->l->page.places[i];
	return at->end - at->row <= seen;
}

/* The focus is in the first window, so that a person who comes here sees the top. */
static bool focus_at_top(const struct work *w, int seen)
{
	int i = w->v->focus;
	return i < 0 || i >= (int)w->v->n_items || i >= TG_VIEW_ITEMS || w->l->page.places[i].end <= seen;
}

/* The page with the most air that fits. What has to be turned over anyway is set as usual, unless only the tight one
 * keeps top and focus together. */
static bool fill_page(struct work *w, int seen)
{
	for (int d = TG_DENSITY_AIR; d <= TG_DENSITY_TIGHT; d++) {
		if (!set_page(w, (enum tg_density)d))
			return false;
		if (w->l->page.rows <= seen)
			return true;
	}
	bool tight = focus_at_top(w, seen);
	if (!set_page(w, TG_DENSITY_USUAL))
		return false;
	return !tight || focus_at_top(w, seen) || set_page(w, TG_DENSITY_TIGHT);
}

static bool frame_and_page(struct work *w)
{
	for (w->frame = FRAME_FULL; w->frame < FRAME_COUNT; w->frame++) {
		if (!tg_grid_reset(&w->l->screen, w->columns, w->rows))
			return false;
		put_head(w);
		if (!put_foot(w) || !fill_page(w, w->foot - w->head_end - 1))
			return false;
		int seen = w->foot - w->head_end - 1;
		bool roomy = w->frame != FRAME_FULL || w->rows >= LOW_ROWS || w->l->page.rows <= seen;
		if ((roomy && focus_fits(w, seen)) || w->frame == FRAME_NO_STATUS)
			return true;
	}
	return true;
}

static void put_separators(struct work *w)
{
	struct tg_grid *g = &w->l->screen;
	tg_grid_fill(g, w->head_end, 0, w->columns, TG_STYLE_LINE, 0x2500);
	tg_grid_fill(g, w->foot, 0, w->columns, TG_STYLE_LINE, 0x2500);
}

static void put_plain(struct work *w, int top)
{
	choose_window(w, w->foot - w->head_end - 1, top);
	put_separators(w);
	if (w->l->above)
		put_more(w, w->head_end, w->left + 2, w->columns - w->left - 2, "ui.more-above");
	if (w->l->below)
		put_more(w, w->foot, w->left + 2, w->columns - w->left - 2, "ui.more-below");
	int rows = w->foot - w->head_end - 1, spare = rows - w->l->page.rows;
	put_window(w, w->head_end + 1 + (spare >= 2 ? 1 : 0), w->left);
}

static void put_under(struct work *w)
{
	struct tg_layout *l = w->l;
	bool same = l->under.columns == w->columns && l->under.rows == w->rows;
	for (int r = w->head_end + 1; r < w->foot; r++) {
		if (same && r > l->under_head && r < l->under_foot)
			tg_grid_copy(&l->screen, r, 0, &l->under, r, 1, w->columns);
		tg_grid_restyle(&l->screen, r, 0, w->columns, TG_STYLE_DIM);
	}
}

static void draw_box(struct tg_grid *g, int row, int col, int rows, int columns)
{
	for (int r = row; r < row + rows; r++) {
		tg_grid_fill(
		        g, r, 0, g->columns, TG_STYLE_PLAIN, ' '); /* halves of words beside it would only confuse */
		tg_grid_put_cp(g, r, col, TG_STYLE_LINE, 0x2502);
		tg_grid_put_cp(g, r, col + columns - 1, TG_STYLE_LINE, 0x2502);
	}
	tg_grid_fill(g, row, col, columns, TG_STYLE_LINE, 0x2500);
	tg_grid_fill(g, row + rows - 1, col, columns, TG_STYLE_LINE, 0x2500);
	tg_grid_put_cp(g, row, col, TG_STYLE_LINE, 0x250C);
	tg_grid_put_cp(g, row, col + columns - 1, TG_STYLE_LINE, 0x2510);
	tg_grid_put_cp(g, row + rows - 1, col, TG_STYLE_LINE, 0x2514);
	tg_grid_put_cp(g, row + rows - 1, col + columns - 1, TG_STYLE_LINE, 0x2518);
}

/* The box may cover the separators: its own edges take their place. */
static void put_modal(struct work *w, int top)
{
	struct tg_layout *l = w->l;
	int most = w->foot - w->head_end - 1, rows = l->page.rows < most ? l->page.rows : most;
	int spare = most - rows, air = spare >= 4 ? 1 : 0;
	int first = w->head_end + 1 + spare / 2, col = (w->columns - w->page_columns) / 2;
	put_separators(w);
	put_under(w);
	choose_window(w, rows, top);
	draw_box(&l->screen, first - 1 - air, col - 2, rows + 2 + 2 * air, w->page_columns + 4);
	if (l->above)
		put_more(w, first - 1 - air, col, w->page_columns, "ui.more-above");
	if (l->below)
		put_more(w, first + rows + air, col, w->page_columns, "ui.more-below");
	put_window(w, first, col);
}

/* The code and a few words in each language first, so that they fit where little does; then what is needed. */
static bool set_small(struct work *w)
{
	static const char *const ids[] = {"error.terminal-small", "ui.small"};
	struct tg_grid *g = &w->l->screen;
	char code[8];
	if (!tg_grid_reset(g, w->columns, w->rows))
		return false;
	tg_status_code(TG_TERMINAL_SMALL, code);
	int row = tg_grid_wrap(g, 0, 0, w->columns, TG_STYLE_PLAIN, code);
	for (int i = 0; i < 2 * TG_LANG_COUNT; i++) {
		enum tg_lang lang = (enum tg_lang)(((int)w->v->lang + i) % TG_LANG_COUNT);
		row += tg_grid_wrap(
		        g, row, 0, w->columns, TG_STYLE_PLAIN, tg_text(w->i18n, lang, ids[i / TG_LANG_COUNT]));
	}
	g->rows = w->rows; /* what grew below the screen is not seen */
	return true;
}

static void set_columns(struct work *w)
{
	int margin = w->columns >= 80 ? 2 : w->columns >= 60 ? 1 : 0;
	int wide = w->columns - 2 * margin;
	w->page_columns = wide < WIDEST_PAGE ? wide : WIDEST_PAGE;
	w->left = (w->columns - w->page_columns) / 2;
	if (w->v->modal)
		w->page_columns = wide - 8 < 64 ? w->columns - 6 - 2 * margin : 64;
}

static void keep_under(const struct work *w)
{
	struct tg_layout *l = w->l;
	l->under_head = w->head_end;
	l->under_foot = w->foot;
	if (tg_grid_reset(&l->under, l->screen.columns, l->screen.rows))
		tg_grid_copy(&l->under, 0, 0, &l->screen, 0, l->screen.rows, l->screen.columns);
}

bool tg_layout_set(
        struct tg_layout *l, const struct tg_view *v, const struct tg_i18n *i18n, int columns, int rows, int top)
{
	struct work w = {.l = l, .v = v, .i18n = i18n};
	w.columns = columns < 1 ? 1 : columns > TG_UI_MOST_COLUMNS ? TG_UI_MOST_COLUMNS : columns;
	w.rows = rows < 1 ? 1 : rows > TG_UI_MOST_ROWS ? TG_UI_MOST_ROWS : rows;
	l->above = l->below = false;
	if (w.columns < TG_UI_LEAST_COLUMNS || w.rows < TG_UI_LEAST_ROWS)
		return set_small(&w);
	set_columns(&w);
	if (!frame_and_page(&w))
		return false;
	if (v->modal) {
		put_modal(&w, top);
	} else {
		put_plain(&w, top);
		keep_under(&w);
	}
	l->screen.rows = w.rows;
	return true;
}

void tg_ui_render_text(const struct tg_view *v, int columns, int rows, const struct tg_i18n *i18n, struct tg_buf *out)
{
	struct tg_layout l = {0};
	if (tg_layout_set(&l, v, i18n, columns, rows, TG_LAYOUT_FOCUS))
		tg_grid_text(&l.screen, out);
	else
		out->failed = true;
	tg_layout_finish(&l);
}
