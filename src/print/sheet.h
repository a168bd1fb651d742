/* Layer: print, private. A form or a slip as a flat list of what stands on it, in order: made from the data where the
 * catalogue is, drawn where the fonts are (tamga-print). Labels are message ids. */
#ifndef TAMGA_PRINT_SHEET_H
#define TAMGA_PRINT_SHEET_H

#include "tamga/print.h"

enum tg_sheet_kind {
	TG_SHEET_TITLE,
	TG_SHEET_LINE,     /* a sentence that asks nothing */
	TG_SHEET_QUESTION, /* number, label, answer on lines */
	TG_SHEET_LISTED,   /* label, with the number `from` before it */
	TG_SHEET_CONSENT,  /* label, value: version of the document */
	TG_SHEET_DATE,     /* label, and the date line */
	TG_SHEET_SIGN,     /* label: who; value: the name beside */
	TG_SHEET_SEAL,
	TG_SHEET_NOTE,    /* small print: footnote */
	TG_SHEET_BASIS,   /* smaller: what the form rests on */
	TG_SHEET_FURTHER, /* a further sheet begins; label: the title of what it belongs to */
	TG_SHEET_ROW,     /* of a slip: label, value */
	TG_SHEET_BIG,     /* of a slip: value in large letters */
	TG_SHEET_CODE,    /* of a slip: value in fixed letters and as a QR code */
	TG_SHEET_KINDS
};

struct tg_sheet_item {
	enum tg_sheet_kind kind;
	unsigned from, most; /* lines of the answer: from this one, at most so many; 0: all */
	unsigned blank;      /* so many lines at least */
	bool right;          /* in the right half, as who is written to */
	bool given;          /* a declaration that was made */
	bool said;           /* the value is a message id */
	bool code;           /* keys, requests, serial numbers */
	bool listed;         /* lines of the answer are numbered */
	bool named;          /* a signature with a place for the name */
	const char *number, *label, *value;
	const char *sign; /* message id: the place for a signature beside the answer, or NULL */
};

#define TG_SHEET_ITEMS 160
#define TG_SHEET_NAME  256
struct tg_sheet {
	const char *code, *title, *annex; /* of a form; NULL otherwise */
	const char *number;               /* in the upper left corner with its QR code, or NULL */
	bool number_inside;               /* the form has it as a question: the corner does not say it again */
	enum tg_lang lang, person;        /* printed in; the second one, small under it */
	enum tg_lang reader;              /* of the training frame and the feet */
	int64_t date_ms;
	int utc_offset_minutes;
	unsigned copies;
	bool sandbox;
	struct tg_sheet_item items[TG_SHEET_ITEMS];
	unsigned n_items;
	bool full;                      /* more was added than there is room for; not sent */
	char joined[12][TG_SHEET_NAME]; /* names made of several answers: what items point to; not sent */
};

/* The next part. Without room the last one is lost and `full` is set. */
struct tg_sheet_item *tg_sheet_add(struct tg_sheet *s, enum tg_sheet_kind kind, const char *label);

/* `out` points into `f` and the catalogue. TG_LIMIT: more than a sheet holds. */
enum tg_status tg_sheet_of_form(
        const struct tg_form_print *f, enum tg_lang person, struct tg_sheet *out, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_sheet_of_slip(
        const struct tg_slip *s, enum tg_lang person, struct tg_sheet *out, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_sheet_pdf(
        const struct tg_sheet *s, const struct tg_i18n *i18n, struct tg_buf *out, struct tg_error *err) TG_MUST_USE;

#endif
