#include "paper.h"

#include "qr.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#define FAMILY "DejaVu Sans"

static const struct {
	const char *font;
	double grey;
	float spacing; /* of lines; 0: the font's own */
} looks[] = {
        [TG_LOOK_TITLE] = {FAMILY " Bold 17", 0},
        [TG_LOOK_NUMBER] = {FAMILY " Mono Bold 22", 0},
        [TG_LOOK_HEADING] = {FAMILY " Bold 10.5", 0},
        [TG_LOOK_LABEL] = {FAMILY " 9", 0.25},
        [TG_LOOK_VALUE] = {FAMILY " 10", 0},
        [TG_LOOK_SMALL] = {FAMILY " 8.5", 0.25},
        [TG_LOOK_BANNER] = {FAMILY " Bold 13", 0},
        [TG_LOOK_FORM_TITLE] = {FAMILY " Bold 11", 0},
        [TG_LOOK_FORM] = {FAMILY " 9.5", 0},
        [TG_LOOK_ANSWER] = {FAMILY " 10", 0, 1.25f}, /* lines are drawn under it */
        [TG_LOOK_CODE] = {FAMILY " Mono 8", 0, 1.25f},
        [TG_LOOK_TINY] = {FAMILY " 7", 0.35},
};

/* ---- text ---- */

double tg_paper_measure(struct tg_paper *p, enum tg_look look, double width, const char *text)
{
	int height;
	PangoFontDescription *font = pango_font_description_from_string(looks[look].font);
	pango_layout_set_font_description(p->layout, font);
	pango_font_description_free(font);
	pango_layout_set_width(p->layout, width < 0 ? -1 : (int)(width * PANGO_SCALE));
	pango_layout_set_wrap(p->layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_line_spacing(p->layout, looks[look].spacing);
	pango_layout_set_text(p->layout, text, -1);
	pango_layout_get_size(p->layout, NULL, &height);
	p->missing += pango_layout_get_unknown_glyphs_count(p->layout);
	return (double)height / PANGO_SCALE;
}

int tg_paper_lines(struct tg_paper *p)
{
	return pango_layout_get_line_count(p->layout);
}

double tg_paper_natural(struct tg_paper *p, enum tg_look look, const char *text)
{
	int width;
	(void)tg_paper_measure(p, look, -1, text);
	pango_layout_get_size(p->layout, &width, NULL);
	return (double)width / PANGO_SCALE;
}

double tg_paper_put(struct tg_paper *p, enum tg_look look, double x, double y, double width, const char *text)
{
	double height = tg_paper_measure(p, look, width, text);
	cairo_set_source_rgb(p->cr, looks[look].grey, looks[look].grey, looks[look].grey);
	cairo_move_to(p->cr, PAPER_MARGIN + x, y);
	pango_cairo_show_layout(p->cr, p->layout);
	return height;
}

double tg_paper_put_aligned(
        struct tg_paper *p, enum tg_look look, double x, double y, double width, const char *text, PangoAlignment align)
{
	pango_layout_set_alignment(p->layout, align);
	double height = tg_paper_put(p, look, x, y, width, text);
	pango_layout_set_alignment(p->layout, PANGO_ALIGN_LEFT);
	return height;
}

void tg_paper_line(struct tg_paper *p, double x, double y, double length, double thick, double grey)
{
	cairo_set_source_rgb(p->cr, grey, grey, grey);
	cairo_set_line_width(p->cr, thick);
	cairo_move_to(p->cr, PAPER_MARGIN + x, y);
	cairo_line_to(p->cr, PAPER_MARGIN + x + length, y);
	cairo_stroke(p->cr);
}

void tg_paper_qr(struct tg_paper *p, double x, double y, double size)
{
	if (!tg_paper_qr_of(p, p->number, x, y, size))
		p->qr_failed = true;
}

bool tg_paper_qr_of(struct tg_paper *p, const char *text, double x, double y, double size)
{
	cairo_set_source_rgb(p->cr, 0, 0, 0);
	return tg_qr_draw(p->cr, text, PAPER_MARGIN + x, y, size);
}

/* ---- pages ---- */

static void put_foot(struct tg_paper *p)
{
	char page[16], pages[16], text[256];
	double y = PAPER_PAGE_HEIGHT - PAPER_MARGIN - 4, half = PAPER_WIDTH / 2;
	snprintf(page, sizeof page, "%d", p->page);
	snprintf(pages, sizeof pages, "%d", p->pages);
	(void)tg_text_fill(text, sizeof text, tg_text(p->i18n, p->lang, "receipt.page"), "page", page, "pages", pages,
	        (char *)NULL);
	tg_paper_line(p, 0, y - 4, PAPER_WIDTH, 0.5, 0.6);
	(void)tg_paper_put(p, TG_LOOK_SMALL, 0, y, half, p->number ? p->number : "");
	(void)tg_paper_put_aligned(p, TG_LOOK_SMALL, half, y, half, text, PANGO_ALIGN_RIGHT);
}

void tg_paper_banner(struct tg_paper *p, const char *text)
{
	double height = tg_paper_measure(p, TG_LOOK_BANNER, PAPER_WIDTH - 24, text) + 12;
	cairo_set_source_rgb(p->cr, 0, 0, 0);
	cairo_set_line_width(p->cr, 2);
	cairo_rectangle(p->cr, PAPER_MARGIN + 1, p->y + 1, PAPER_WIDTH - 2, height);
	cairo_stroke(p->cr);
	(void)tg_paper_put_aligned(p, TG_LOOK_BANNER, 12, p->y + 7, PAPER_WIDTH - 24, text, PANGO_ALIGN_CENTER);
	p->y += height + 12;
}

void tg_paper_end_page(struct tg_paper *p)
{
	put_foot(p);
	cairo_show_page(p->cr);
}

void tg_paper_new_page(struct tg_paper *p)
{
	tg_paper_end_page(p);
	p->page++;
	p->y = PAPER_MARGIN;
	if (p->training)
		tg_paper_banner(p, tg_text(p->i18n, p->lang, p->training));
}

void tg_paper_need(struct tg_paper *p, double height)
{
	if (p->y + height > PAPER_BOTTOM)
		tg_paper_new_page(p);
}

/* ---- the file ---- */

static cairo_status_t take_bytes(void *ctx, const unsigned char *bytes, unsigned n)
{
	struct tg_buf *out = ctx;
	if (out)
		tg_buf_add(out, bytes, n);
	return out && out->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void describe(cairo_surface_t *surface, const struct tg_paper_job *job)
{
	char title[400], text[512], date[32];
	struct tm t;
	time_t seconds = (time_t)(job->ms / 1000);
	(void)tg_copy(title, sizeof title, job->title); /* a letter cut in two would be no text to cairo */
	snprintf(text, sizeof text, "%s%s%.80s", title, job->number ? " " : "", job->number ? job->number : "");
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, text);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Tamga");
	if (gmtime_r(&seconds, &t) && strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &t))
		cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, date);
}

struct pass {
	const struct tg_paper_job *job;
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
	const struct tg_paper_job *job = pass->job;
	cairo_surface_t *surface =
	        cairo_pdf_surface_create_for_stream(take_bytes, pass->out, PAPER_PAGE_WIDTH, PAPER_PAGE_HEIGHT);
	struct tg_paper p = {.cr = cairo_create(surface),
	        .i18n = job->i18n,
	        .lang = job->lang,
	        .number = job->number,
	        .training = job->training,
	        .y = PAPER_MARGIN,
	        .page = 1,
	        .pages = pass->pages};
	describe(surface, job);
	PangoContext *context = pango_font_map_create_context(pass->fonts);
	pango_cairo_context_set_resolution(context, 72); /* font sizes are points of the page */
	pango_cairo_update_context(p.cr, context);
	p.layout = new_layout(context);
	job->draw(&p, job->what);
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
		return tg_error_set(err, TG_FONT_MISSING, "%d letters of the paper are in no font", pass->missing);
	if (pass->qr_failed)
		return tg_error_set(err, TG_PRINT_FAILED, "the number cannot be a QR code");
	if (pass->out && pass->out->failed)
		return tg_error_set(err, TG_NO_MEMORY, "paper");
	return good ? TG_OK : tg_error_set(err, TG_PRINT_FAILED, "cairo could not draw the paper");
}

enum tg_status tg_paper_make(const struct tg_paper_job *job, struct tg_buf *out, struct tg_error *err)
{
	struct pass pass = {.job = job, .fonts = pango_cairo_font_map_new()};
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
