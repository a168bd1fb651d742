/* Statements on paper: each section a heading, its chart, its table. No meaning by colour: the second part of a bar is
 * hatched. */
#include "tamga/print.h"

#include "paper.h"

#define CELL_GAP  8.0
#define BAR_TALL  8.0
#define BAR_STEP  12.0
#define LABEL_MAX 200.0
#define VALUE_MAX 52.0

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* ---- charts ---- */

static void hatch(struct tg_paper *p, double x, double y, double width)
{
	cairo_save(p->cr);
	cairo_rectangle(p->cr, PAPER_MARGIN + x, y, width, BAR_TALL);
	cairo_clip(p->cr);
	cairo_set_line_width(p->cr, 0.6);
	const int lines = (int)((width + BAR_TALL) / 3) + 1;
	for (int i = 0; i < lines; i++) {
		double at = 3.0 * i - BAR_TALL;
		cairo_move_to(p->cr, PAPER_MARGIN + x + at, y + BAR_TALL);
		cairo_line_to(p->cr, PAPER_MARGIN + x + at + BAR_TALL, y);
	}
	cairo_stroke(p->cr);
	cairo_restore(p->cr);
	cairo_set_line_width(p->cr, 0.6);
	cairo_rectangle(p->cr, PAPER_MARGIN + x, y, width, BAR_TALL);
	cairo_stroke(p->cr);
}

/* A part of a bar; nothing for nothing. */
static void put_part(struct tg_paper *p, unsigned part, double x, double y, double width)
{
	if (width <= 0)
		return;
	cairo_set_source_rgb(p->cr, 0, 0, 0);
	if (part == 1) {
		hatch(p, x, y, width);
		return;
	}
	cairo_set_source_rgb(p->cr, 0.35, 0.35, 0.35);
	cairo_rectangle(p->cr, PAPER_MARGIN + x, y, width, BAR_TALL);
	cairo_fill(p->cr);
}

static void put_legend(struct tg_paper *p, const struct tg_statement_section *s)
{
	double x = 0;
	for (unsigned part = 0; part < 2 && s->parts[part]; part++) {
		put_part(p, part, x, p->y + 1, 14);
		(void)tg_paper_put(p, TG_LOOK_SMALL, x + 18, p->y - 1, -1, s->parts[part]);
		x += 18 + tg_paper_natural(p, TG_LOOK_SMALL, s->parts[part]) + 20;
	}
	p->y += BAR_STEP + 4;
}

struct scale {
	double label, width; /* of the labels; of the longest bar */
	int64_t most;
};

static struct scale scale_of(struct tg_paper *p, const struct tg_statement_section *s)
{
	struct scale scale = {.most = 1};
	for (unsigned i = 0; i < s->n_bars; i++) {
		double wide = tg_paper_natural(p, TG_LOOK_SMALL, or_empty(s->bars[i].label));
		int64_t sum = s->bars[i].parts[0] + s->bars[i].parts[1];
		scale.label = wide > scale.label ? wide : scale.label;
		scale.most = sum > scale.most ? sum : scale.most;
	}
	if (scale.label > LABEL_MAX)
		scale.label = LABEL_MAX;
	scale.width = PAPER_WIDTH - scale.label - CELL_GAP - VALUE_MAX;
	return scale;
}

static void put_bar(struct tg_paper *p, const struct tg_statement_bar *bar, const struct scale *scale, bool both)
{
	char value[48];
	double x = scale->label + CELL_GAP;
	double tall = tg_paper_measure(p, TG_LOOK_SMALL, scale->label, or_empty(bar->label));
	tg_paper_need(p, tall + 2);
	(void)tg_paper_put(p, TG_LOOK_SMALL, 0, p->y, scale->label, or_empty(bar->label));
	for (unsigned part = 0; part < 2; part++) {
		double wide = scale->width * (double)bar->parts[part] / (double)scale->most;
		put_part(p, part, x, p->y + 1.5, wide);
		x += wide > 0 ? wide : 0;
	}
	if (both)
		(void)snprintf(value, sizeof value, "%lld + %lld", (long long)bar->parts[0], (long long)bar->parts[1]);
	else
		(void)snprintf(value, sizeof value, "%lld", (long long)bar->parts[0]);
	(void)tg_paper_put(p, TG_LOOK_SMALL, x + 4, p->y, -1, value);
	p->y += tall > BAR_STEP ? tall + 2 : BAR_STEP;
}

static void put_chart(struct tg_paper *p, const struct tg_statement_section *s)
{
	const struct scale scale = scale_of(p, s);
	tg_paper_need(p, 60);
	p->y += tg_paper_put(p, TG_LOOK_LABEL, 0, p->y, PAPER_WIDTH, or_empty(s->chart)) + 4;
	if (s->parts[1])
		put_legend(p, s);
	for (unsigned i = 0; i < s->n_bars; i++)
		put_bar(p, &s->bars[i], &scale, s->parts[1] != NULL);
	p->y += 8;
}

/* ---- tables ---- */

static double width_of_line(struct tg_paper *p, const char *text)
{
	return tg_paper_natural(p, TG_LOOK_SMALL, text);
}

static double width_of_word(struct tg_paper *p, const char *text)
{
	char word[256];
	double most = 0;
	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t n = strcspn(text, " ");
		(void)snprintf(word, sizeof word, "%.*s", (int)n, text);
		double wide = width_of_line(p, word);
		most = wide > most ? wide : most;
		text += n;
	}
	return most;
}

/* The widest of each column; the sum. */
static double widest(struct tg_paper *p, const struct tg_statement_section *s,
        double (*width)(struct tg_paper *p, const char *text), double out[TG_STATEMENT_COLUMNS])
{
	double sum = 0;
	for (unsigned c = 0; c < s->n_columns; c++) {
		out[c] = width(p, or_empty(s->columns[c]));
		for (unsigned r = 0; r < s->n_rows; r++) {
			double wide = width(p, or_empty(s->cells[r * s->n_columns + c]));
			out[c] = wide > out[c] ? wide : out[c];
		}
		out[c] += 1; /* what is measured as one line stays one */
		sum += out[c];
	}
	return sum;
}

/* As wide as their texts; where that is too much, all give way alike, but none so far that a word breaks. */
static void widths_of(struct tg_paper *p, const struct tg_statement_section *s, double out[TG_STATEMENT_COLUMNS])
{
	double least[TG_STATEMENT_COLUMNS] = {0};
	const double room = PAPER_WIDTH - CELL_GAP * (s->n_columns - 1), sum = widest(p, s, width_of_line, out);
	if (sum <= room)
		return;
	const double words = widest(p, s, width_of_word, least);
	for (unsigned c = 0; c < s->n_columns; c++)
		out[c] = words < room ? least[c] + (out[c] - least[c]) * (room - words) / (sum - words)
		                      : least[c] * room / words;
}

static double put_cells(struct tg_paper *p, const struct tg_statement_section *s, const char *const *cells,
        const double *widths, bool draw)
{
	double x = 0, tall = 0;
	for (unsigned c = 0; c < s->n_columns; c++) {
		const char *text = or_empty(cells[c]);
		PangoAlignment align = s->numeric[c] ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT;
		double one = draw ? tg_paper_put_aligned(p, TG_LOOK_SMALL, x, p->y, widths[c], text, align)
		                  : tg_paper_measure(p, TG_LOOK_SMALL, widths[c], text);
		tall = one > tall ? one : tall;
		x += widths[c] + CELL_GAP;
	}
	return tall;
}

static void put_row(struct tg_paper *p, const struct tg_statement_section *s, const char *const *cells,
        const double *widths, double thick)
{
	p->y += put_cells(p, s, cells, widths, true) + 2;
	tg_paper_line(p, 0, p->y, PAPER_WIDTH, thick, thick > 0.5 ? 0 : 0.75);
	p->y += 2;
}

/* The names of the columns stand on each page. */
static void put_table(struct tg_paper *p, const struct tg_statement_section *s)
{
	double widths[TG_STATEMENT_COLUMNS] = {0};
	widths_of(p, s, widths);
	tg_paper_need(p, 40);
	put_row(p, s, s->columns, widths, 0.8);
	for (unsigned r = 0; r < s->n_rows; r++) {
		const char *const *cells = (const char *const *)s->cells + (size_t)r * s->n_columns;
		if (p->y + put_cells(p, s, cells, widths, false) + 4 > PAPER_BOTTOM) {
			tg_paper_new_page(p);
			put_row(p, s, s->columns, widths, 0.8);
		}
		put_row(p, s, cells, widths, 0.3);
	}
}

static void put_section(struct tg_paper *p, const struct tg_statement *whole, const struct tg_statement_section *s)
{
	tg_paper_need(p, s->n_bars > 0 ? 120 : 70); /* never a heading alone at the end of a page */
	p->y += 12;
	p->y += tg_paper_put(p, TG_LOOK_HEADING, 0, p->y, PAPER_WIDTH, or_empty(s->heading)) + 6;
	if (s->n_rows == 0 || s->n_columns == 0) {
		p->y += tg_paper_put(p, TG_LOOK_SMALL, 0, p->y, PAPER_WIDTH, or_empty(whole->none)) + 2;
		return;
	}
	if (s->n_bars > 0)
		put_chart(p, s);
	put_table(p, s);
	if (s->note)
		p->y += tg_paper_put(p, TG_LOOK_SMALL, 0, p->y + 2, PAPER_WIDTH, s->note) + 4;
}

static void draw(struct tg_paper *p, const void *what)
{
	const struct tg_statement *s = what;
	p->y += tg_paper_put(p, TG_LOOK_TITLE, 0, p->y, PAPER_WIDTH, s->title) + 4;
	p->y += tg_paper_put(p, TG_LOOK_VALUE, 0, p->y, PAPER_WIDTH, or_empty(s->period)) + 2;
	for (unsigned i = 0; i < s->n_sections; i++)
		put_section(p, s, &s->sections[i]);
	tg_paper_end_page(p);
}

enum tg_status tg_statement_pdf(
        const struct tg_statement *s, const struct tg_i18n *i18n, struct tg_buf *out, struct tg_error *err)
{
	const struct tg_paper_job job = {
	        .i18n = i18n, .lang = s->lang, .title = s->title, .ms = s->ms, .draw = draw, .what = s};
	return tg_paper_make(&job, out, err);
}
