#include "page.h"

#include "tamga/text.h"

#define GUTTER     2  /* "> " before the focused item */
#define PAIR_LEAST 70 /* from so many columns on, question and answer stand side by side */
#define BOX_LEAST  8

/* One item on its way onto the page. */
struct setting {
	struct tg_page *page;
	const struct tg_i18n *i18n;
	enum tg_lang lang;
	int columns;
	int number_columns; /* of the widest question number, with a space; 0 = nothing is numbered */
	bool pair;          /* label left, answer right */
	int label_columns;
	int row;
	bool focused;
	int answer_end; /* column after what was put into the answer's last row */
};

void tg_page_finish(struct tg_page *p)
{
	tg_grid_finish(&p->grid);
}

static bool has(const char *s)
{
	return s && *s;
}

static int put(struct setting *s, int row, int col, enum tg_style style, const char *text)
{
	return tg_grid_wrap(&s->page->grid, row, col, s->columns - col, style, text);
}

static void cursor_at(struct setting *s, int row, int col)
{
	if (!s->focused)
		return;
	s->page->grid.cursor_row = row;
	s->page->grid.cursor_col = col < s->columns ? col : s->columns - 1;
}

static int text_col(const struct setting *s, const struct tg_item *it)
{
	bool aligned =
	        has(it->number) || it->kind == TG_ITEM_FIELD || it->kind == TG_ITEM_PIN || it->kind == TG_ITEM_ANSWER;
	return aligned ? GUTTER + s->number_columns : GUTTER;
}

static int answer_col(const struct setting *s)
{
	int begin = GUTTER + s->number_columns; /* below the question's first letter */
	if (s->pair)
		return begin + s->label_columns + 2;
	return s->number_columns > 0 ? begin : GUTTER + 2;
}

static void put_number(struct setting *s, const struct tg_item *it)
{
	if (has(it->number))
		tg_grid_put_str(&s->page->grid, s->row, GUTTER, s->number_columns, TG_STYLE_NUMBER, it->number);
}

/* Number, an optional mark such as "[x] ", label; returns rows. The cursor stands at the label's first letter. */
static int put_label(struct setting *s, const struct tg_item *it, const char *mark, enum tg_style style, int width)
{
	int col = text_col(s, it), mark_columns = tg_text_columns(mark);
	tg_grid_grow(&s->page->grid, s->row + 1);
	put_number(s, it);
	tg_grid_put_str(&s->page->grid, s->row, col, mark_columns, style, mark);
	col += mark_columns;
	cursor_at(s, s->row, col);
	return tg_grid_wrap(&s->page->grid, s->row, col, width - mark_columns, style, has(it->label) ? it->label : "");
}

/* What stands below an answer: what is wrong and how to mend it, then the hint of the focused item. */
static int put_notes(struct setting *s, const struct tg_item *it, int row, int col)
{
	int rows = 0;
	if (has(it->error)) {
		tg_grid_grow(&s->page->grid, row + 1);
		tg_grid_put_str(&s->page->grid, row, col, 2, TG_STYLE_ERROR, "! ");
		rows += put(s, row, col + 2, TG_STYLE_ERROR, it->error);
	}
	if (has(it->hint) && s->focused)
		rows += put(s, row + rows, col, TG_STYLE_HINT, it->hint);
	return rows;
}

/* The note behind an answer, or below it where there is no room. */
static int put_mark(struct setting *s, const char *mark, int row, int col)
{
	struct tg_grid *g = &s->page->grid;
	if (!has(mark))
		return 0;
	if (s->answer_end + 2 + tg_text_columns(mark) <= s->columns) {
		tg_grid_put_str(g, row - 1, s->answer_end + 2, s->columns, TG_STYLE_HINT, mark);
		return 0;
	}
	return put(s, row, col, TG_STYLE_HINT, mark);
}

/* Empty answer box of one more row: "[        ]". */
static void open_box_row(struct setting *s, int row, int col, int width)
{
	struct tg_grid *g = &s->page->grid;
	enum tg_style style = s->focused ? TG_STYLE_BOX_FOCUS : TG_STYLE_BOX;
	tg_grid_grow(g, row + 1);
	tg_grid_put_str(g, row, col, 1, style, "[");
	tg_grid_fill(g, row, col + 1, width, style, ' ');
	tg_grid_put_str(g, row, col + 1 + width, 1, style, "]");
}

/* An answer that is being typed breaks at the box's edge, not at words, so that the cursor is where the next letter
 * goes and spaces at the end are seen. The last row always has room for the cursor. */
static int put_box(struct setting *s, int row, int col, int width, const char *value, size_t cursor)
{
	const char *p = value, *end = value + strlen(value);
	int rows = 1, x = 0;
	bool list = strchr(value, '\n') != NULL;
	enum tg_style style = s->focused ? TG_STYLE_BOX_FOCUS : TG_STYLE_BOX;
	open_box_row(s, row, col, width);
	while (p < end) {
		const char *at = p;
		uint32_t cp = tg_utf8_next(&p, end);
		if (cp != '\n' && x + tg_text_width(cp) > width) {
			open_box_row(s, row + rows++, col, width);
			x = 0;
			if (list) /* still the same answer of the list */
				tg_grid_put_str(&s->page->grid, row + rows - 1, col, 1, TG_STYLE_PLAIN, " ");
		}
		if ((size_t)(at - value) == cursor)
			cursor_at(s, row + rows - 1, col + 1 + (x < width ? x : width - 1));
		if (cp == '\n') { /* a list: one answer a row */
			open_box_row(s, row + rows++, col, width);
			x = 0;
			continue;
		}
		x += tg_grid_put_cp(&s->page->grid, row + rows - 1, col + 1 + x, style, cp);
	}
	if (x >= width && s->focused) {
		open_box_row(s, row + rows++, col, width);
		x = 0;
	}
	if (cursor >= (size_t)(end - value))
		cursor_at(s, row + rows - 1, col + 1 + x);
	s->answer_end = col + width + 2;
	return rows;
}

static int box_width(const struct setting *s, const struct tg_item *it, int col)
{
	int room = s->columns - col - 2, want = it->max_chars + 1;
	if (it->kind == TG_ITEM_PIN && it->max_chars <= 0)
		want = 33;
	else if (it->max_chars <= 0)
		want = room;
	if (want < BOX_LEAST)
		want = BOX_LEAST;
	return want < room ? want : room;
}

static int put_plain_value(struct setting *s, int row, int col, const char *value)
{
	const char *shown = has(value) ? value : "-";
	int rows = put(s, row, col, TG_STYLE_VALUE, shown);
	cursor_at(s, row, col);
	s->answer_end = rows == 1 ? col + tg_text_columns(shown) : s->columns;
	return rows;
}

static int put_pin(struct setting *s, const struct tg_item *it, int row, int col)
{
	char stars[129];
	size_t n = it->pin_characters < sizeof stars - 1 ? it->pin_characters : sizeof stars - 1;
	memset(stars, '*', n);
	stars[n] = '\0';
	return put_box(s, row, col, box_width(s, it, col), stars, n);
}

static int put_answer(struct setting *s, const struct tg_item *it, int row, int col)
{
	if (it->kind == TG_ITEM_PIN)
		return put_pin(s, it, row, col);
	if (it->kind == TG_ITEM_FIELD && !it->locked)
		return put_box(s, row, col, box_width(s, it, col), it->value ? it->value : "", it->cursor);
	return put_plain_value(s, row, col, it->value);
}

/* Question and answer: side by side where there is room, else the answer below. */
static void set_pair(struct setting *s, const struct tg_item *it)
{
	int col = answer_col(s);
	int width = s->pair ? s->label_columns : s->columns - text_col(s, it);
	int left = put_label(s, it, "", s->focused ? TG_STYLE_ACTIVE : TG_STYLE_PLAIN, width);
	int row = s->pair ? s->row : s->row + left;
	row += put_answer(s, it, row, col);
	row += put_mark(s, it->mark, row, col);
	row += put_notes(s, it, row, col);
	int left_end = s->row + left;
	s->row = row > left_end ? row : left_end;
}

/* Behind the last letter of a row. */
static int end_of_row(const struct setting *s, int row, int least)
{
	const struct tg_cell *c = tg_grid_row(&s->page->grid, row);
	int end = s->columns;
	while (end > least && c && c[end - 1].cp == ' ')
		end--;
	return end;
}

/* The note about a line: behind it, or below where there is no room, or where the line is a sentence of its own. */
static int put_line_mark(struct setting *s, const char *mark, int row, int below)
{
	char text[256];
	(void)snprintf(text, sizeof text, " – %s", mark);
	int end = end_of_row(s, row - 1, below);
	const struct tg_cell *last = tg_grid_row(&s->page->grid, row - 1);
	bool sentence = last && end > 0 && last[end - 1].cp == '.';
	if (sentence || end + tg_text_columns(text) > s->columns || strlen(mark) + 8 > sizeof text)
		return put(s, row, below, TG_STYLE_HINT, mark);
	tg_grid_put_str(&s->page->grid, row - 1, end, s->columns - end, TG_STYLE_HINT, text);
	return 0;
}

/* A line that is chosen, ticked or pressed. A value (a price, a term) goes below it. */
static void set_choice(struct setting *s, const struct tg_item *it, const char *mark, const char *closing)
{
	enum tg_style style = s->focused ? TG_STYLE_FOCUS : TG_STYLE_PLAIN;
	int first = s->row, col = text_col(s, it), width = s->columns - col - tg_text_columns(closing);
	s->row += put_label(s, it, mark, style, width);
	int below = col + tg_text_columns(mark);
	if (*closing)
		tg_grid_put_str(&s->page->grid, s->row - 1, end_of_row(s, s->row - 1, col), s->columns, style, closing);
	if (has(it->value))
		s->row += put(s, s->row, below, TG_STYLE_VALUE, it->value);
	if (has(it->mark))
		s->row += put_line_mark(s, it->mark, s->row, below);
	if (s->focused)
		for (int r = first; r < s->row; r++)
			tg_grid_restyle(&s->page->grid, r, GUTTER, s->columns - GUTTER, style);
	s->row += put_notes(s, it, s->row, below);
}

static void set_step(struct setting *s, const struct tg_item *it)
{
	static const struct {
		const char *mark, *id;
		enum tg_style style;
	} states[] = {
	        [TG_STEP_WAITING] = {"[ ] ", "ui.step.waiting", TG_STYLE_HINT},
	        [TG_STEP_RUNNING] = {"[>] ", "ui.step.running", TG_STYLE_ACTIVE},
	        [TG_STEP_DONE] = {"[x] ", "ui.step.done", TG_STYLE_PLAIN},
	        [TG_STEP_FAILED] = {"[!] ", "ui.step.failed", TG_STYLE_ERROR},
	};
	enum tg_step_state state = it->state <= TG_STEP_FAILED ? it->state : TG_STEP_FAILED;
	int col = text_col(s, it) + tg_text_columns(states[state].mark);
	s->row += put_label(s, it, states[state].mark, states[state].style, s->columns - text_col(s, it));
	s->row += put_line_mark(s, tg_text(s->i18n, s->lang, states[state].id), s->row, col);
	if (has(it->value))
		s->row += put(s, s->row, col, TG_STYLE_VALUE, it->value);
	s->row += put_notes(s, it, s->row, col);
}

/* News: a bar at its left side over its whole height, so that it is seen without colour. */
static void set_news(struct setting *s, const struct tg_item *it, const char *mark, enum tg_style style)
{
	struct tg_grid *g = &s->page->grid;
	int first = s->row, col = GUTTER + tg_text_columns(mark);
	cursor_at(s, s->row, col);
	if (has(it->label))
		s->row += put(s, s->row, col, style, it->label);
	if (has(it->value))
		s->row += put(s, s->row, col, TG_STYLE_VALUE, it->value);
	if (has(it->error))
		s->row += put(s, s->row, col, style, it->error);
	if (has(it->hint))
		s->row += put(s, s->row, col, TG_STYLE_PLAIN, it->hint);
	for (int r = first; r < s->row; r++)
		tg_grid_put_str(g, r, GUTTER, 2, style, r == first ? mark : "│ ");
}

static void set_text(struct setting *s, const struct tg_item *it, enum tg_style style)
{
	cursor_at(s, s->row, GUTTER);
	put_number(s, it);
	int col = has(it->number) ? text_col(s, it) : GUTTER;
	s->row += put(s, s->row, col, style, has(it->label) ? it->label : "");
	if (has(it->value))
		s->row += put(s, s->row, col, TG_STYLE_VALUE, it->value);
	s->row += put_notes(s, it, s->row, col);
}

static void set_item(struct setting *s, const struct tg_item *it)
{
	tg_grid_grow(&s->page->grid, s->row + 1);
	switch (it->kind) {
	case TG_ITEM_FIELD:
	case TG_ITEM_PIN:
	case TG_ITEM_ANSWER:
		set_pair(s, it);
		break;
	case TG_ITEM_CHOICE:
		set_choice(s, it, "", "");
		break;
	case TG_ITEM_CHECK:
		set_choice(s, it, it->checked ? "[x] " : "[ ] ", "");
		break;
	case TG_ITEM_BUTTON:
		set_choice(s, it, "[ ", " ]");
		break;
	case TG_ITEM_STEP:
		set_step(s, it);
		break;
	case TG_ITEM_NOTICE:
		set_news(s, it, "│ ", TG_STYLE_NOTICE);
		break;
	case TG_ITEM_ERROR:
		set_news(s, it, "! ", TG_STYLE_ERROR);
		break;
	case TG_ITEM_HEADING:
		set_text(s, it, TG_STYLE_HEADING);
		break;
	case TG_ITEM_TEXT:
		set_text(s, it, TG_STYLE_PLAIN);
		break;
	}
}

static bool chosen_from(const struct tg_item *it)
{
	return it->kind == TG_ITEM_BUTTON || it->kind == TG_ITEM_CHOICE;
}

/* Rows between two neighbours. */
static int gap(const struct tg_item *a, const struct tg_item *b, enum tg_density density)
{
	int air = density == TG_DENSITY_AIR ? 1 : 0;
	if (b->kind == TG_ITEM_HEADING)
		return 1;
	if (a->kind == TG_ITEM_HEADING)
		return air;
	if (density == TG_DENSITY_TIGHT)
		return chosen_from(b) && a->kind != b->kind ? 1 : 0;
	if (a->kind != b->kind && a->kind != TG_ITEM_FIELD)
		return 1;
	if (a->kind == TG_ITEM_TEXT || b->kind == TG_ITEM_BUTTON)
		return a->kind == b->kind && a->kind == TG_ITEM_BUTTON ? 0 : 1;
	if (a->kind == TG_ITEM_STEP || a->kind == TG_ITEM_ANSWER)
		return 0;
	return air;
}

static int widest_number(const struct tg_view *v)
{
	int widest = 0;
	for (unsigned i = 0; i < v->n_items && i < TG_VIEW_ITEMS; i++) {
		int n = has(v->items[i].number) ? tg_text_columns(v->items[i].number) + 1 : 0;
		widest = n > widest ? n : widest;
	}
	return widest < 16 ? widest : 16;
}

static void place_items(struct setting *s, const struct tg_view *v, enum tg_density density)
{
	unsigned n = v->n_items < TG_VIEW_ITEMS ? v->n_items : TG_VIEW_ITEMS;
	int lead = s->row;
	for (unsigned i = 0; i < n; i++) {
		const struct tg_item *it = &v->items[i];
		if (i)
			s->row += gap(&v->items[i - 1], it, density);
		s->focused = v->focus == (int)i;
		int row = s->row;
		set_item(s, it);
		if (s->focused)
			tg_grid_put_str(&s->page->grid, row, 0, 1, TG_STYLE_ACTIVE, ">");
		s->page->places[i] = (struct tg_place){lead, row, s->row};
		if (it->focusable)
			lead = s->row;
	}
}

static void put_after(struct setting *s, enum tg_style style, const char *text)
{
	if (has(text))
		s->row += 1 + put(s, s->row + 1, GUTTER, style, text);
}

bool tg_page_set(
        struct tg_page *p, const struct tg_view *v, const struct tg_i18n *i18n, const struct tg_page_style *style)
{
	if (!tg_grid_reset(&p->grid, style->columns, 1))
		return false;
	struct setting s = {.page = p, .i18n = i18n, .lang = v->lang, .columns = style->columns};
	s.number_columns = widest_number(v);
	s.pair = style->columns >= PAIR_LEAST;
	s.label_columns = (style->columns - GUTTER - s.number_columns) * 42 / 100;
	p->grid.cursor_col = GUTTER < style->columns ? GUTTER : 0;
	p->grid.cursor_row = s.row;
	place_items(&s, v, style->density);
	put_after(&s, TG_STYLE_TRAIL, style->trail);
	put_after(&s, TG_STYLE_STATUS, style->status);
	p->rows = s.row > 0 ? s.row : 1;
	return tg_grid_grow(&p->grid, p->rows);
}
