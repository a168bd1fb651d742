#include "content.h"

#include "qr.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

/* All lengths in PostScript points; A4. */
#define PAGE_WIDTH  595.28
#define PAGE_HEIGHT 841.89
#define MARGIN      54.0
#define WIDTH       (PAGE_WIDTH - 2 * MARGIN)
#define BOTTOM      (PAGE_HEIGHT - MARGIN - 14)
#define VALUE_AT    190.0 /* from the left margin */
#define NUMBER_WIDE 38.0
#define QR_SIZE     92.0

#define FAMILY "DejaVu Sans"

enum look { LOOK_TITLE, LOOK_NUMBER, LOOK_HEADING, LOOK_LABEL, LOOK_VALUE, LOOK_SMALL, LOOK_BANNER };
static const struct {
	const char *font;
	double grey;
} looks[] = {
        [LOOK_TITLE] = {FAMILY " Bold 17", 0},
        [LOOK_NUMBER] = {FAMILY " Mono Bold 22", 0},
        [LOOK_HEADING] = {FAMILY " Bold 10.5", 0},
        [LOOK_LABEL] = {FAMILY " 9", 0.25},
        [LOOK_VALUE] = {FAMILY " 10", 0},
        [LOOK_SMALL] = {FAMILY " 8.5", 0.25},
        [LOOK_BANNER] = {FAMILY " Bold 13", 0},
};

struct paper {
	cairo_t *cr;
	PangoLayout *layout;
	const struct tg_receipt *r;
	const struct tg_i18n *i18n;
	enum tg_lang lang;
	double y;
	int page, pages; /* pages: of the whole, known in the second pass */
	int missing;     /* letters without a glyph */
	bool qr_failed;
};

/* ---- text ---- */

static double measure(struct paper *p, enum look look, double width, const char *text)
{
	int height;
	PangoFontDescription *font = pango_font_description_from_string(looks[look].font);
	pango_layout_set_font_description(p->layout, font);
	pango_font_description_free(font);
	pango_layout_set_width(p->layout, (int)(width * PANGO_SCALE));
	pango_layout_set_wrap(p->layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_text(p->layout, text, -1);
	pango_layout_get_size(p->layout, NULL, &height);
	p->missing += pango_layout_get_unknown_glyphs_count(p->layout);
	return (double)height / PANGO_SCALE;
}

/* Returns the height. */
static double put(struct paper *p, enum look look, double x, double y, double width, const char *text)
{
	double height = measure(p, look, width, text);
	cairo_set_source_rgb(p->cr, looks[look].grey, looks[look].grey, looks[look].grey);
	cairo_move_to(p->cr, MARGIN + x, y);
	pango_cairo_show_layout(p->cr, p->layout);
	return height;
}

static void line(struct paper *p, double y, double width, double grey)
{
	cairo_set_source_rgb(p->cr, grey, grey, grey);
	cairo_set_line_width(p->cr, width);
	cairo_move_to(p->cr, MARGIN, y);
	cairo_line_to(p->cr, MARGIN + WIDTH, y);
	cairo_stroke(p->cr);
}

/* ---- pages ---- */

static void put_foot(struct paper *p)
{
	char page[16], pages[16], text[256];
	double y = PAGE_HEIGHT - MARGIN - 4;
	snprintf(page, sizeof page, "%d", p->page);
	snprintf(pages, sizeof pages, "%d", p->pages);
	(void)tg_text_fill(text, sizeof text, tg_text(p->i18n, p->lang, "receipt.page"), "page", page, "pages", pages,
	        (char *)NULL);
	line(p, y - 4, 0.5, 0.6);
	(void)put(p, LOOK_SMALL, 0, y, WIDTH / 2, p->r->number);
	pango_layout_set_alignment(p->layout, PANGO_ALIGN_RIGHT);
	(void)put(p, LOOK_SMALL, WIDTH / 2, y, WIDTH / 2, text);
	pango_layout_set_alignment(p->layout, PANGO_ALIGN_LEFT);
}

/* K-17: a frame and a sentence, on every page. */
static void put_banner(void *ctx, const char *text)
{
	struct paper *p = ctx;
	double height = measure(p, LOOK_BANNER, WIDTH - 24, text) + 12;
	cairo_set_source_rgb(p->cr, 0, 0, 0);
	cairo_set_line_width(p->cr, 2);
	cairo_rectangle(p->cr, MARGIN + 1, p->y + 1, WIDTH - 2, height);
	cairo_stroke(p->cr);
	pango_layout_set_alignment(p->layout, PANGO_ALIGN_CENTER);
	(void)put(p, LOOK_BANNER, 12, p->y + 7, WIDTH - 24, text);
	pango_layout_set_alignment(p->layout, PANGO_ALIGN_LEFT);
	p->y += height + 12;
}

static void end_page(struct paper *p)
{
	put_foot(p);
	cairo_show_page(p->cr);
}

static void new_page(struct paper *p)
{
	end_page(p);
	p->page++;
	p->y = MARGIN;
	if (p->r->sandbox)
		put_banner(p, tg_text(p->i18n, p->lang, "receipt.training"));
}

static void need(struct paper *p, double height)
{
	if (p->y + height > BOTTOM)
		new_page(p);
}

/* ---- the parts ---- */

static void put_title(void *ctx, const char *text)
{
	struct paper *p = ctx;
	p->y += put(p, LOOK_TITLE, 0, p->y, WIDTH - QR_SIZE - 16, text) + 10;
}

static void put_number(void *ctx, const char *label, const char *number, const char *how)
{
	struct paper *p = ctx;
	double width = WIDTH - QR_SIZE - 16, top = p->y;
	p->y += put(p, LOOK_LABEL, 0, p->y, width, label) + 2;
	p->y += put(p, LOOK_NUMBER, 0, p->y, width, number) + 6;
	p->y += put(p, LOOK_SMALL, 0, p->y, width, how);
	double qr_top = top - 24 < MARGIN ? MARGIN : top - 24;
	cairo_set_source_rgb(p->cr, 0, 0, 0);
	if (!tg_qr_draw(p->cr, p->r->number, MARGIN + WIDTH - QR_SIZE, qr_top, QR_SIZE))
		p->qr_failed = true;
	if (p->y < qr_top + QR_SIZE)
		p->y = qr_top + QR_SIZE;
	p->y += 12;
	line(p, p->y, 1.2, 0);
	p->y += 6;
}

static void put_heading(void *ctx, const char *text)
{
	struct paper *p = ctx;
	need(p, 60); /* never alone at the end of a page */
	p->y += 8;
	p->y += put(p, LOOK_HEADING, 0, p->y, WIDTH, text) + 3;
	line(p, p->y, 0.8, 0);
	p->y += 4;
}

static void put_row(void *ctx, const char *number, const char *label, const char *value)
{
	struct paper *p = ctx;
	double x = number ? NUMBER_WIDE : 0, label_width = value ? VALUE_AT - x - 10 : WIDTH - x;
	double height = measure(p, LOOK_LABEL, label_width, label),
	       other = value ? measure(p, LOOK_VALUE, WIDTH - VALUE_AT, value) : 0;
	double tall = (height > other ? height : other) + 6;
	need(p, tall < BOTTOM - MARGIN - 60 ? tall : 0);
	if (number)
		(void)put(p, LOOK_LABEL, 0, p->y + 1, NUMBER_WIDE, number);
	(void)put(p, LOOK_LABEL, x, p->y + 1, label_width, label);
	if (value)
		(void)put(p, LOOK_VALUE, VALUE_AT, p->y, WIDTH - VALUE_AT, value);
	p->y += tall;
	line(p, p->y - 3, 0.3, 0.75);
}

static void tell(struct paper *p, enum tg_lang lang)
{
	const struct tg_receipt_sink sink = {put_banner, put_title, put_number, put_heading, put_row, p};
	p->lang = lang;
	tg_receipt_tell(p->r, p->i18n, lang, &sink);
}

/* The office's copy begins on a page of its own, so that the sheets can be parted. */
static void put_all(struct paper *p, enum tg_lang first, enum tg_lang office)
{
	p->y = MARGIN;
	p->page = 1;
	tell(p, first);
	if (office != first) {
		end_page(p);
		p->page++;
		p->y = MARGIN;
		tell(p, office);
	}
	end_page(p);
}

/* ---- the file ---- */

static cairo_status_t take_bytes(void *ctx, const unsigned char *bytes, unsigned n)
{
	struct tg_buf *out = ctx;
	if (out)
		tg_buf_add(out, bytes, n);
	return out && out->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

/* The file's own data; its date is the receipt's, not the machine's. */
static void describe(cairo_surface_t *surface, const struct tg_receipt *r, const char *title, int64_t ms)
{
	char text[512], date[32];
	struct tm t;
	time_t seconds = (time_t)(ms / 1000);
	snprintf(text, sizeof text, "%s %s", title, r->number);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, text);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Tamga");
	if (gmtime_r(&seconds, &t) && strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &t))
		cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, date);
}

struct pass {
	const struct tg_receipt *r;
	const struct tg_i18n *i18n;
	enum tg_lang first, office;
	struct tg_buf *out; /* NULL: only counts */
	int pages;          /* in: for the feet; out: how many there were */
	int missing;
	bool qr_failed;
	PangoFontMap *fonts;
};

/* A serial number that is broken over lines gets no hyphen that is not in it. */
static PangoLayout *new_layout(PangoContext *context)
{
	PangoLayout *layout = pango_layout_new(context);
	PangoAttrList *attributes = pango_attr_list_new();
	pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
	pango_layout_set_attributes(layout, attributes);
	pango_attr_list_unref(attributes);
	return layout;
}

static bool run(struct pass *pass)
{
	cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(take_bytes, pass->out, PAGE_WIDTH, PAGE_HEIGHT);
	struct paper p = {.cr = cairo_create(surface),
	        .r = pass->r,
	        .i18n = pass->i18n,
	        .lang = pass->first,
	        .pages = pass->pages};
	describe(surface, pass->r, tg_text(pass->i18n, pass->first, "receipt.title"), pass->r->accepted_ms);
	PangoContext *context = pango_font_map_create_context(pass->fonts);
	pango_cairo_context_set_resolution(context, 72); /* font sizes are points of the page */
	pango_cairo_update_context(p.cr, context);
	p.layout = new_layout(context);
	put_all(&p, pass->first, pass->office);
	pass->pages = p.page;
	pass->missing = p.missing;
	pass->qr_failed = p.qr_failed;
	g_object_unref(p.layout);
	g_object_unref(context);
	bool good = cairo_status(p.cr) == CAIRO_STATUS_SUCCESS;
	cairo_destroy(p.cr);
	cairo_surface_finish(surface);
	good = good && cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS;
	cairo_surface_destroy(surface);
	return good;
}

static enum tg_status outcome(const struct pass *pass, bool good, struct tg_error *err)
{
	if (pass->missing)
		return tg_error_set(err, TG_FONT_MISSING, "%d letters of the receipt are in no font", pass->missing);
	if (pass->qr_failed)
		return tg_error_set(err, TG_PRINT_FAILED, "the number cannot be a QR code");
	if (pass->out && pass->out->failed)
		return tg_error_set(err, TG_NO_MEMORY, "receipt");
	return good ? TG_OK : tg_error_set(err, TG_PRINT_FAILED, "cairo could not draw the receipt");
}

enum tg_status tg_receipt_pdf(const struct tg_receipt *r, const struct tg_i18n *i18n, enum tg_lang first,
        enum tg_lang office, struct tg_buf *out, struct tg_error *err)
{
	struct pass pass = {
	        .r = r, .i18n = i18n, .first = first, .office = office, .fonts = pango_cairo_font_map_new()};
	if (!pass.fonts)
		return tg_error_set(err, TG_FONT_MISSING, "there are no fonts");
	enum tg_status st = outcome(&pass, run(&pass), err); /* counts pages and missing letters */
	if (st == TG_OK) {
		pass.out = out;
		bool good = run(&pass);
		st = outcome(&pass, good, err);
	}
	g_object_unref(pass.fonts);
	return st;
}
