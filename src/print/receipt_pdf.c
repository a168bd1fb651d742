#include "content.h"

#include "paper.h"

#define VALUE_AT    190.0 /* from the left margin */
#define NUMBER_WIDE 38.0
#define QR_SIZE     92.0

static void put_banner(void *ctx, const char *text)
{
	tg_paper_banner(ctx, text);
}

static void put_title(void *ctx, const char *text)
{
	struct tg_paper *p = ctx;
	p->y += tg_paper_put(p, TG_LOOK_TITLE, 0, p->y, PAPER_WIDTH - QR_SIZE - 16, text) + 10;
}

static void put_number(void *ctx, const char *label, const char *number, const char *how)
{
	struct tg_paper *p = ctx;
	double width = PAPER_WIDTH - QR_SIZE - 16, top = p->y;
	p->y += tg_paper_put(p, TG_LOOK_LABEL, 0, p->y, width, label) + 2;
	p->y += tg_paper_put(p, TG_LOOK_NUMBER, 0, p->y, width, number) + 6;
	p->y += tg_paper_put(p, TG_LOOK_SMALL, 0, p->y, width, how);
	double qr_top = top - 24 < PAPER_MARGIN ? PAPER_MARGIN : top - 24;
	tg_paper_qr(p, PAPER_WIDTH - QR_SIZE, qr_top, QR_SIZE);
	if (p->y < qr_top + QR_SIZE)
		p->y = qr_top + QR_SIZE;
	p->y += 12;
	tg_paper_line(p, 0, p->y, PAPER_WIDTH, 1.2, 0);
	p->y += 6;
}

static void put_heading(void *ctx, const char *text)
{
	struct tg_paper *p = ctx;
	tg_paper_need(p, 60); /* never alone at the end of a page */
	p->y += 8;
	p->y += tg_paper_put(p, TG_LOOK_HEADING, 0, p->y, PAPER_WIDTH, text) + 3;
	tg_paper_line(p, 0, p->y, PAPER_WIDTH, 0.8, 0);
	p->y += 4;
}

static void put_row(void *ctx, const char *number, const char *label, const char *value)
{
	struct tg_paper *p = ctx;
	double x = number ? NUMBER_WIDE : 0, label_width = value ? VALUE_AT - x - 10 : PAPER_WIDTH - x;
	double height = tg_paper_measure(p, TG_LOOK_LABEL, label_width, label),
	       other = value ? tg_paper_measure(p, TG_LOOK_VALUE, PAPER_WIDTH - VALUE_AT, value) : 0;
	double tall = (height > other ? height : other) + 6;
	tg_paper_need(p, tall < PAPER_BOTTOM - PAPER_MARGIN - 60 ? tall : 0);
	if (number)
		(void)tg_paper_put(p, TG_LOOK_LABEL, 0, p->y + 1, NUMBER_WIDE, number);
	(void)tg_paper_put(p, TG_LOOK_LABEL, x, p->y + 1, label_width, label);
	if (value)
		(void)tg_paper_put(p, TG_LOOK_VALUE, VALUE_AT, p->y, PAPER_WIDTH - VALUE_AT, value);
	p->y += tall;
	tg_paper_line(p, 0, p->y - 3, PAPER_WIDTH, 0.3, 0.75);
}

struct receipt_paper {
	const struct tg_receipt *r;
	enum tg_lang first, office;
};

static void tell(struct tg_paper *p, const struct tg_receipt *r, enum tg_lang lang)
{
	const struct tg_receipt_sink sink = {put_banner, put_title, put_number, put_heading, put_row, p};
	p->lang = lang;
	p->y = PAPER_MARGIN;
	tg_receipt_tell(r, p->i18n, lang, &sink);
	tg_paper_end_page(p);
}

/* The office's copy begins on a page of its own, so that the sheets can be parted. */
static void draw(struct tg_paper *p, const void *what)
{
	const struct receipt_paper *both = what;
	tell(p, both->r, both->first);
	if (both->office != both->first) {
		p->page++;
		tell(p, both->r, both->office);
	}
}

enum tg_status tg_receipt_pdf(const struct tg_receipt *r, const struct tg_i18n *i18n, enum tg_lang first,
        enum tg_lang office, struct tg_buf *out, struct tg_error *err)
{
	const struct receipt_paper both = {r, first, office};
	const struct tg_paper_job job = {.i18n = i18n,
	        .lang = first,
	        .title = tg_text(i18n, first, "receipt.title"),
	        .number = r->number,
	        .ms = r->accepted_ms,
	        .training = r->sandbox ? "receipt.training" : NULL,
	        .draw = draw,
	        .what = &both};
	return tg_paper_make(&job, out, err);
}
