/* Layer: print, private. An A4 page that text is put on: fonts, wrapping, page ends, the training frame, page numbers.
 * What is drawn is drawn twice: first to count pages and letters that no font has, then into the file. */
#ifndef TAMGA_PRINT_PAPER_H
#define TAMGA_PRINT_PAPER_H

#include "tamga/buf.h"
#include "tamga/i18n.h"

#include <cairo.h>
#include <pango/pango.h>
#include <stdbool.h>
#include <stdint.h>

/* All lengths in PostScript points; A4. Across from the left margin, down from the page's upper edge. */
#define PAPER_PAGE_WIDTH  595.28
#define PAPER_PAGE_HEIGHT 841.89
#define PAPER_MARGIN      54.0
#define PAPER_WIDTH       (PAPER_PAGE_WIDTH - 2 * PAPER_MARGIN)
#define PAPER_BOTTOM      (PAPER_PAGE_HEIGHT - PAPER_MARGIN - 14)

enum tg_look {
	TG_LOOK_TITLE,
	TG_LOOK_NUMBER,
	TG_LOOK_HEADING,
	TG_LOOK_LABEL,
	TG_LOOK_VALUE,
	TG_LOOK_SMALL,
	TG_LOOK_BANNER,
	TG_LOOK_FORM_TITLE,
	TG_LOOK_FORM,
	TG_LOOK_ANSWER,
	TG_LOOK_CODE, /* keys, requests, serial numbers */
	TG_LOOK_TINY,
};

struct tg_paper {
	cairo_t *cr;
	PangoLayout *layout;
	const struct tg_i18n *i18n;
	enum tg_lang lang;    /* of the foot and the training frame */
	const char *number;   /* in the foot of each page, and its QR code; may be NULL */
	const char *training; /* message id of the sentence in the frame (K-17), or NULL: not a sandbox */
	double y;
	int page, pages; /* pages: of the whole, known in the second pass */
	int missing;     /* letters without a glyph */
	bool qr_failed;
};

/* Heights of the text when it is wrapped to `width`; the second gets the number of its lines. */
double tg_paper_measure(struct tg_paper *p, enum tg_look look, double width, const char *text);
int tg_paper_lines(struct tg_paper *p); /* of what was measured or put last */
/* Width of the text on one line. */
double tg_paper_natural(struct tg_paper *p, enum tg_look look, const char *text);
/* Returns the height. */
double tg_paper_put(struct tg_paper *p, enum tg_look look, double x, double y, double width, const char *text);
double tg_paper_put_aligned(struct tg_paper *p, enum tg_look look, double x, double y, double width, const char *text,
        PangoAlignment align);
void tg_paper_line(struct tg_paper *p, double x, double y, double length, double thick, double grey);
/* A frame and a sentence at the present height. */
void tg_paper_banner(struct tg_paper *p, const char *text);
void tg_paper_qr(struct tg_paper *p, double x, double y, double size);
bool tg_paper_qr_of(struct tg_paper *p, const char *text, double x, double y, double size); /* false: too long */
void tg_paper_end_page(struct tg_paper *p);
void tg_paper_new_page(struct tg_paper *p);
/* A new page when less than `height` is left on this one. */
void tg_paper_need(struct tg_paper *p, double height);

struct tg_paper_job {
	const struct tg_i18n *i18n;
	enum tg_lang lang;
	const char *title;    /* of the file */
	const char *number;   /* or NULL */
	int64_t ms;           /* the file's date: that of the paper, not the machine's */
	const char *training; /* as above */
	/* Draws all pages and ends the last. The same each time it is called. */
	void (*draw)(struct tg_paper *p, const void *what);
	const void *what;
};
/* TG_FONT_MISSING: a letter has no glyph, a paper with boxes is never printed; TG_PRINT_FAILED; TG_NO_MEMORY. */
enum tg_status tg_paper_make(const struct tg_paper_job *job, struct tg_buf *out, struct tg_error *err) TG_MUST_USE;

#endif
