/* A sheet drawn: the form as its annex has it, in the language of the source, and under each question, small, in the
 * person's own. */
#include "paper.h"
#include "sheet.h"
#include "tamga/clock.h"
#include "tamga/text.h"

#include <string.h>

#define NUMBER_WIDE 38.0
#define INLINE_MOST 230.0 /* a longer name of a question stands above its answer */
#define SIGN_WIDE   110.0
#define QR_SIZE     62.0
#define GAP         3.0
#define SEAL_SIZE   100.0
#define CODE_QR     260.0
#define TOP         42.0
#define LINE_BYTES  (TG_VALUE_MAX + 1024)

struct drawing {
	struct tg_paper *p;
	const struct tg_sheet *s;
	const struct tg_sheet_item *item;
	double x, width;  /* of the present item */
	double sign_foot; /* where the name of the last signature line ended, on this page; 0: none */
};

static double larger(double a, double b)
{
	return a > b ? a : b;
}

static double smaller(double a, double b)
{
	return a < b ? a : b;
}

static const char *say(const struct drawing *d, const char *id)
{
	return id ? tg_text(d->p->i18n, d->s->lang, id) : "";
}

/* The same for the person, NULL when it is the same language. */
static const char *say_too(const struct drawing *d, const char *id)
{
	return id && d->s->person != d->s->lang ? tg_text(d->p->i18n, d->s->person, id) : NULL;
}

static void put(struct drawing *d, enum tg_look look, double x, double width, const char *text)
{
	d->p->y += tg_paper_put(d->p, look, x, d->p->y, width, text);
}

static void put_too(struct drawing *d, double x, double width, const char *id)
{
	if (say_too(d, id))
		put(d, TG_LOOK_TINY, x, width, say_too(d, id));
}

/* ---- head ---- */

static void draw_corner(struct drawing *d, unsigned copy)
{
	char one[16], all[16], text[256];
	double y = d->p->y;
	if (d->s->number) {
		tg_paper_qr(d->p, -4, y - 4, QR_SIZE);
		y += QR_SIZE - 4;
		if (!d->s->number_inside) {
			y += tg_paper_put(d->p, TG_LOOK_TINY, 0, y, 200, say(d, "print.form.record"));
			y += tg_paper_put(d->p, TG_LOOK_LABEL, 0, y, 200, d->s->number);
		}
	}
	if (d->s->copies > 1) {
		snprintf(one, sizeof one, "%u", copy);
		snprintf(all, sizeof all, "%u", d->s->copies);
		(void)tg_text_fill(text, sizeof text, say(d, "print.copy"), "copy", one, "copies", all, (char *)NULL);
		y += tg_paper_put(d->p, TG_LOOK_LABEL, 0, y, 200, text);
	}
	d->p->y = y;
}

static void draw_head(struct drawing *d, unsigned copy)
{
	double top = d->p->y, half = PAPER_WIDTH / 2, y = top;
	if (d->s->annex)
		y += tg_paper_put_aligned(d->p, TG_LOOK_SMALL, half, y, half, say(d, d->s->annex), PANGO_ALIGN_RIGHT);
	if (say_too(d, d->s->annex))
		y += tg_paper_put_aligned(
		        d->p, TG_LOOK_TINY, half, y, half, say_too(d, d->s->annex), PANGO_ALIGN_RIGHT);
	if (d->s->annex)
		y += 8 + tg_paper_put_aligned(
		                 d->p, TG_LOOK_FORM, half, y + 6, half, say(d, "print.form.word"), PANGO_ALIGN_RIGHT);
	draw_corner(d, copy);
	d->p->y = (d->p->y > y ? d->p->y : y) + GAP;
}

/* ---- answers ---- */

/* One line of the answer, and the lines of the paper under it. */
static void draw_answer_line(struct drawing *d, const char *text, double x, double width)
{
	enum tg_look look = d->item->code ? TG_LOOK_CODE : TG_LOOK_ANSWER;
	double line = tg_paper_measure(d->p, look, width, "Ы"), tall = tg_paper_measure(d->p, look, width, text);
	int lines = tg_paper_lines(d->p);
	tg_paper_need(d->p, smaller(tall + 4, 400));
	(void)tg_paper_put(d->p, look, x, d->p->y, width, text);
	for (int i = 1; i <= lines; i++)
		tg_paper_line(d->p, x, d->p->y + i * (tall / lines) + 0.5, width, 0.4, 0.3);
	d->p->y += larger(tall, line) + 3;
}

static void draw_blank_line(struct drawing *d, double x, double width)
{
	double tall = d->item->code ? 12 : 15;
	tg_paper_need(d->p, tall + 3);
	d->p->y += tall;
	tg_paper_line(d->p, x, d->p->y, width, 0.4, 0.3);
	d->p->y += 3;
}

/* Foreign and typed text is made harmless, line by line. */
static void clean_line(const struct drawing *d, const char *line, size_t n, unsigned number, char out[LINE_BYTES])
{
	size_t used = 0;
	if (d->item->listed)
		used = (size_t)snprintf(out, LINE_BYTES, "%u) ", number);
	tg_text_clean(out + used, LINE_BYTES - used, line, n, TG_VALUE_MAX);
}

/* The first line may begin further right, behind its name. */
static void draw_answer(struct drawing *d, double first_x)
{
	char clean[LINE_BYTES];
	const struct tg_sheet_item *item = d->item;
	const char *value = item->value ? item->said ? say(d, item->value) : item->value : "";
	double right = d->x + d->width - (item->sign ? SIGN_WIDE + 10 : 0), x = first_x;
	unsigned drawn = 0, number = 0;
	while (*value && (!item->most || drawn < item->most)) {
		size_t n = strcspn(value, "\n");
		if (number++ >= item->from) {
			clean_line(d, value, n, number, clean);
			draw_answer_line(d, clean, x, right - x);
			drawn++;
			x = d->x + NUMBER_WIDE;
		}
		value += n + (value[n] == '\n');
	}
	while (drawn < item->blank) {
		if (item->listed) {
			snprintf(clean, sizeof clean, "%u)", drawn + 1);
			(void)tg_paper_put(d->p, TG_LOOK_VALUE, x, d->p->y + 3, 30, clean);
		}
		draw_blank_line(d, x, right - x);
		x = d->x + NUMBER_WIDE;
		drawn++;
	}
}

static void draw_place_to_sign(struct drawing *d, double y)
{
	double x = d->x + d->width - SIGN_WIDE;
	tg_paper_line(d->p, x, y, SIGN_WIDE, 0.6, 0);
	(void)tg_paper_put_aligned(d->p, TG_LOOK_TINY, x, y + 1, SIGN_WIDE, say(d, d->item->sign), PANGO_ALIGN_CENTER);
}

static void draw_question(struct drawing *d)
{
	char label[1024];
	struct tg_paper *p = d->p;
	double after = d->width - NUMBER_WIDE, x = d->x + NUMBER_WIDE;
	snprintf(label, sizeof label, "%s:", say(d, d->item->label));
	double natural = tg_paper_natural(p, TG_LOOK_FORM, label);
	bool beside = natural <= smaller(INLINE_MOST, after * 0.6);
	double tall = tg_paper_measure(p, TG_LOOK_FORM, after, label);
	tg_paper_need(p, tall + 34 + (d->item->sign ? 12 : 0));
	if (d->item->number)
		(void)tg_paper_put(p, TG_LOOK_SMALL, d->x, p->y + 1.5, NUMBER_WIDE, d->item->number);
	(void)tg_paper_put(p, TG_LOOK_FORM, x, p->y + 1, after, label);
	if (!beside)
		p->y += tall + 2;
	int page = p->page;
	double top = p->y;
	draw_answer(d, beside ? x + natural + 5 : x);
	/* An answer without lines of its own: the missing documents follow. */
	if (beside && p->y < top + tall && p->page == page)
		p->y = top + tall;
	if (d->item->sign) {
		draw_place_to_sign(d, p->page == page ? top + 12 : p->y);
		p->y = larger(p->y, p->page == page ? top + 22 : p->y);
	}
	put_too(d, x, after, d->item->label);
	p->y += GAP;
}

/* ---- the other parts ---- */

static void draw_title(struct drawing *d)
{
	double tall = tg_paper_measure(d->p, TG_LOOK_FORM_TITLE, PAPER_WIDTH - 30, say(d, d->item->label));
	tg_paper_need(d->p, tall + 60);
	d->p->y += 6;
	d->p->y += tg_paper_put_aligned(
	        d->p, TG_LOOK_FORM_TITLE, 15, d->p->y, PAPER_WIDTH - 30, say(d, d->item->label), PANGO_ALIGN_CENTER);
	if (say_too(d, d->item->label))
		d->p->y += 2 + tg_paper_put_aligned(d->p, TG_LOOK_TINY, 15, d->p->y + 2, PAPER_WIDTH - 30,
		                       say_too(d, d->item->label), PANGO_ALIGN_CENTER);
	d->p->y += 7;
}

static double tall_with_translation(struct drawing *d, enum tg_look look, double width, const char *id)
{
	double tall = tg_paper_measure(d->p, look, width, say(d, id));
	return tall + (say_too(d, id) ? tg_paper_measure(d->p, TG_LOOK_TINY, width, say_too(d, id)) : 0);
}

static void draw_line(struct drawing *d)
{
	tg_paper_need(d->p, tall_with_translation(d, TG_LOOK_FORM, PAPER_WIDTH, d->item->label) + 26);
	put(d, TG_LOOK_FORM, 0, PAPER_WIDTH, say(d, d->item->label));
	put_too(d, 0, PAPER_WIDTH, d->item->label);
	d->p->y += GAP;
}

static void draw_listed(struct drawing *d)
{
	char number[16];
	double width = PAPER_WIDTH - NUMBER_WIDE - 20;
	snprintf(number, sizeof number, "%u)", d->item->from);
	tg_paper_need(d->p, tall_with_translation(d, TG_LOOK_VALUE, width, d->item->label) + GAP);
	(void)tg_paper_put(d->p, TG_LOOK_VALUE, NUMBER_WIDE, d->p->y, 20, number);
	put(d, TG_LOOK_VALUE, NUMBER_WIDE + 20, width, say(d, d->item->label));
	put_too(d, NUMBER_WIDE + 20, width, d->item->label);
	d->p->y += GAP;
}

static void draw_consent(struct drawing *d)
{
	char text[2048], version[256];
	double x = 18, width = PAPER_WIDTH - x;
	(void)tg_text_fill(
	        version, sizeof version, say(d, "print.form.version"), "version", d->item->value, (char *)NULL);
	snprintf(text, sizeof text, "%s (%s)", say(d, d->item->label), version);
	tg_paper_need(d->p, tg_paper_measure(d->p, TG_LOOK_FORM, width, text) +
	                            tall_with_translation(d, TG_LOOK_TINY, width, d->item->label));
	(void)tg_paper_put(d->p, TG_LOOK_VALUE, 0, d->p->y, x, d->item->given ? "☑" : "☐");
	put(d, TG_LOOK_FORM, x, width, text);
	put_too(d, x, width, d->item->label);
	d->p->y += GAP - 1;
}

/* «2026 жылғы "22" қараша»: the month by its name, as the annex has it. */
static void date_text(const struct drawing *d, char *out, size_t cap)
{
	char local[TG_TIME_TEXT], month[32], day[3], year[5];
	if (!d->s->date_ms) {
		(void)tg_copy(out, cap, say(d, "print.date.blank"));
		return;
	}
	tg_time_local(d->s->date_ms, d->s->utc_offset_minutes, local);
	snprintf(day, sizeof day, "%.2s", local);
	snprintf(year, sizeof year, "%.4s", local + 6);
	snprintf(month, sizeof month, "print.month.%.2s", local + 3);
	(void)tg_text_fill(
	        out, cap, say(d, "print.date"), "year", year, "day", day, "month", say(d, month), (char *)NULL);
}

/* A short name of the line stands before the date, a long one above it. */
static void draw_date(struct drawing *d)
{
	char date[256], text[1024];
	date_text(d, date, sizeof date);
	snprintf(text, sizeof text, "%s: %s", say(d, d->item->label), date);
	bool one = tg_paper_natural(d->p, TG_LOOK_FORM, text) <= PAPER_WIDTH;
	tg_paper_need(d->p, tall_with_translation(d, TG_LOOK_FORM, PAPER_WIDTH, d->item->label) + 40);
	put(d, TG_LOOK_FORM, 0, PAPER_WIDTH, one ? text : say(d, d->item->label));
	put_too(d, 0, PAPER_WIDTH, d->item->label);
	if (!one) {
		d->p->y += 3;
		put(d, TG_LOOK_VALUE, 0, PAPER_WIDTH, date);
	}
	d->p->y += GAP + 2;
}

static void caption(struct drawing *d, double x, double y, double width, const char *id)
{
	tg_paper_line(d->p, x, y, width, 0.6, 0);
	(void)tg_paper_put_aligned(d->p, TG_LOOK_TINY, x, y + 1, width, say(d, id), PANGO_ALIGN_CENTER);
}

struct sign {
	char name[512];
	double label, name_tall, tall, whole; /* heights */
	double sign, name_at, name_wide;
};

#define SIGN_AT 230.0

static struct sign measure_sign(struct drawing *d, const struct tg_sheet_item *item)
{
	struct sign m = {.sign = item->named ? 100 : PAPER_WIDTH - SIGN_AT};
	const char *value = item->value ? item->value : "";
	m.name_at = SIGN_AT + m.sign + 12;
	m.name_wide = PAPER_WIDTH - m.name_at;
	tg_text_clean(m.name, sizeof m.name, value, strlen(value), 160);
	m.label = tg_paper_measure(d->p, TG_LOOK_FORM, SIGN_AT - 8, say(d, item->label));
	m.name_tall = item->named ? tg_paper_measure(d->p, TG_LOOK_VALUE, m.name_wide, m.name) : 0;
	m.tall = larger(larger(m.label, m.name_tall), 22);
	m.whole = 6 + GAP + larger(m.tall + 12, tall_with_translation(d, TG_LOOK_FORM, SIGN_AT - 8, item->label));
	return m;
}

/* Who signs, and the seal: not torn apart by the end of a page. */
static double tall_signatures(struct drawing *d)
{
	double tall = 0;
	const struct tg_sheet_item *end = d->s->items + d->s->n_items;
	for (const struct tg_sheet_item *i = d->item; i < end; i++) {
		if (i->kind == TG_SHEET_SEAL)
			return tall + SEAL_SIZE;
		if (i->kind != TG_SHEET_SIGN)
			break;
		tall += measure_sign(d, i).whole;
	}
	return tall;
}

static void draw_sign(struct drawing *d)
{
	struct tg_paper *p = d->p;
	bool first = d->item == d->s->items || d->item[-1].kind != TG_SHEET_SIGN;
	tg_paper_need(p, first ? tall_signatures(d) : measure_sign(d, d->item).whole);
	struct sign m = measure_sign(d, d->item);
	double top = p->y + 6, base = top + m.tall;
	double under = top + tg_paper_put(p, TG_LOOK_FORM, 0, top, SIGN_AT - 8, say(d, d->item->label));
	caption(d, SIGN_AT, base, m.sign, "print.form.sign");
	if (d->item->named) {
		(void)tg_paper_put(p, TG_LOOK_VALUE, m.name_at, base - m.name_tall - 1, m.name_wide, m.name);
		caption(d, m.name_at, base, m.name_wide, "print.form.name");
	}
	if (say_too(d, d->item->label))
		under += tg_paper_put(p, TG_LOOK_TINY, 0, under, SIGN_AT - 8, say_too(d, d->item->label));
	d->sign_foot = under;
	p->y += m.whole;
}

static void draw_circle(struct drawing *d, double y)
{
	const double dash[] = {3, 3}, r = SEAL_SIZE / 2;
	cairo_t *cr = d->p->cr;
	cairo_set_source_rgb(cr, 0.3, 0.3, 0.3);
	cairo_set_line_width(cr, 0.7);
	cairo_set_dash(cr, dash, 2, 0);
	cairo_new_sub_path(cr);
	cairo_arc(cr, PAPER_MARGIN + r, y + r, r, 0, 2 * G_PI);
	cairo_stroke(cr);
	cairo_set_dash(cr, NULL, 0, 0);
}

/* To the left of the signature, under who signs. */
static void draw_seal(struct drawing *d)
{
	struct tg_paper *p = d->p;
	bool beside = d->sign_foot > 0;
	if (!beside)
		tg_paper_need(p, SEAL_SIZE + 8);
	double y = beside ? d->sign_foot + 4 : p->y + 4, text = SEAL_SIZE - 14;
	draw_circle(d, y);
	double tall = tall_with_translation(d, TG_LOOK_LABEL, text, d->item->label), at = y + SEAL_SIZE / 2 - tall / 2;
	at += tg_paper_put_aligned(p, TG_LOOK_LABEL, 7, at, text, say(d, d->item->label), PANGO_ALIGN_CENTER);
	if (say_too(d, d->item->label))
		(void)tg_paper_put_aligned(
		        p, TG_LOOK_TINY, 7, at, text, say_too(d, d->item->label), PANGO_ALIGN_CENTER);
	p->y = larger(p->y, y + SEAL_SIZE + GAP);
}

static void draw_note(struct drawing *d)
{
	tg_paper_need(d->p, tall_with_translation(d, TG_LOOK_SMALL, PAPER_WIDTH, d->item->label) + 8);
	d->p->y += 4;
	put(d, TG_LOOK_SMALL, 0, PAPER_WIDTH, say(d, d->item->label));
	put_too(d, 0, PAPER_WIDTH, d->item->label);
}

static void draw_basis(struct drawing *d)
{
	tg_paper_need(d->p, tall_with_translation(d, TG_LOOK_TINY, PAPER_WIDTH, d->item->label) + 2);
	d->p->y += 2;
	put(d, TG_LOOK_TINY, 0, PAPER_WIDTH, say(d, d->item->label));
	put_too(d, 0, PAPER_WIDTH, d->item->label);
}

static void draw_further(struct drawing *d)
{
	tg_paper_new_page(d->p);
	put(d, TG_LOOK_FORM_TITLE, 0, PAPER_WIDTH, say(d, "print.form.further"));
	put(d, TG_LOOK_SMALL, 0, PAPER_WIDTH, say(d, d->item->label));
	if (d->s->number)
		put(d, TG_LOOK_LABEL, 0, PAPER_WIDTH, d->s->number);
	d->p->y += 8;
}

static void draw_row(struct drawing *d)
{
	char value[1024];
	const char *said = d->item->value ? d->item->said ? say(d, d->item->value) : d->item->value : "";
	double at = 190, wide = PAPER_WIDTH - at;
	tg_text_clean(value, sizeof value, said, strlen(said), 400);
	double label = tall_with_translation(d, TG_LOOK_LABEL, at - 10, d->item->label);
	double other = tg_paper_measure(d->p, TG_LOOK_VALUE, wide, value), tall = larger(label, other) + 6;
	tg_paper_need(d->p, tall);
	double y = d->p->y;
	put(d, TG_LOOK_LABEL, 0, at - 10, say(d, d->item->label));
	put_too(d, 0, at - 10, d->item->label);
	(void)tg_paper_put(d->p, TG_LOOK_VALUE, at, y, wide, value);
	d->p->y = y + tall;
	tg_paper_line(d->p, 0, d->p->y - 3, PAPER_WIDTH, 0.3, 0.75);
}

static void draw_big(struct drawing *d)
{
	char value[64];
	tg_text_clean(value, sizeof value, d->item->value, strlen(d->item->value), 24);
	put(d, TG_LOOK_NUMBER, 0, PAPER_WIDTH, value);
	d->p->y += 8;
}

/* A certificate of many names does not fit into a QR code: then the text is all there is. */
static void draw_code(struct drawing *d)
{
	char line[128];
	struct tg_paper *p = d->p;
	tg_paper_need(p, CODE_QR + 10);
	if (tg_paper_qr_of(p, d->item->value, 0, p->y, CODE_QR))
		p->y += CODE_QR + 6;
	for (const char *v = d->item->value; *v; v += strcspn(v, "\n"), v += *v == '\n') {
		tg_text_clean(line, sizeof line, v, strcspn(v, "\n"), 80);
		tg_paper_need(p, 14);
		put(d, TG_LOOK_CODE, 0, PAPER_WIDTH, line);
	}
	p->y += 6;
}

static void draw_item(struct drawing *d)
{
	static void (*const parts[TG_SHEET_KINDS])(struct drawing *) = {[TG_SHEET_TITLE] = draw_title,
	        [TG_SHEET_LINE] = draw_line,
	        [TG_SHEET_QUESTION] = draw_question,
	        [TG_SHEET_LISTED] = draw_listed,
	        [TG_SHEET_CONSENT] = draw_consent,
	        [TG_SHEET_DATE] = draw_date,
	        [TG_SHEET_SIGN] = draw_sign,
	        [TG_SHEET_SEAL] = draw_seal,
	        [TG_SHEET_NOTE] = draw_note,
	        [TG_SHEET_BASIS] = draw_basis,
	        [TG_SHEET_FURTHER] = draw_further,
	        [TG_SHEET_ROW] = draw_row,
	        [TG_SHEET_CODE] = draw_code,
	        [TG_SHEET_BIG] = draw_big};
	if (d->item->kind != TG_SHEET_SIGN && d->item->kind != TG_SHEET_SEAL)
		d->sign_foot = 0;
	d->x = d->item->right ? PAPER_WIDTH * 0.4 : 0;
	d->width = PAPER_WIDTH - d->x;
	parts[d->item->kind](d);
}

static void draw_copy(struct drawing *d, unsigned copy)
{
	d->p->y = TOP;
	if (d->p->training)
		tg_paper_banner(d->p, tg_text(d->p->i18n, d->s->reader, d->p->training));
	draw_head(d, copy);
	for (unsigned i = 0; i < d->s->n_items; i++) {
		d->item = &d->s->items[i];
		draw_item(d);
	}
	tg_paper_end_page(d->p);
}

static void draw(struct tg_paper *p, const void *what)
{
	struct drawing d = {.p = p, .s = what};
	for (unsigned copy = 1; copy <= d.s->copies; copy++) {
		if (copy > 1)
			p->page++;
		draw_copy(&d, copy);
	}
}

enum tg_status tg_sheet_pdf(
        const struct tg_sheet *s, const struct tg_i18n *i18n, struct tg_buf *out, struct tg_error *err)
{
	const struct tg_paper_job job = {.i18n = i18n,
	        .lang = s->reader,
	        .title = tg_text(i18n, s->lang, s->title),
	        .number = s->number,
	        .ms = s->date_ms,
	        .training = s->sandbox ? "print.training" : NULL,
	        .draw = draw,
	        .what = s};
	return tg_paper_make(&job, out, err);
}
