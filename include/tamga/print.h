/* Layer: print. The receipt (K-10, NCA-9.rcpt): one content, laid out as plain text or as PDF with a QR code (cairo,
 * pango, libqrencode), in the person's language and, below, in the office's language. */
#ifndef TAMGA_PRINT_H
#define TAMGA_PRINT_H

#include "tamga/buf.h"
#include "tamga/i18n.h"
#include "tamga/screen.h"

#define TG_RECEIPT_ROWS  40
#define TG_RECEIPT_NOTES 4
struct tg_receipt {
	const char *number;                          /* unique number: also the QR code's content */
	const char *provider, *service, *form_title; /* message ids */
	const char *form_code;                       /* "A1" */
	int64_t accepted_ms;                         /* when; shown at the place's time */
	int utc_offset_minutes;
	const char *kiosk;
	const char *state;       /* message id: "receipt.state.delivered", "receipt.state.waiting" … */
	const char *place;       /* message id: where the result is handed out */
	const char *accepted_by; /* full name of a worker, or NULL: the kiosk itself */
	bool sandbox;            /* "TRAINING" unmistakably (K-17) */
	struct {
		const char *label; /* message id */
		const char *value;
	} documents[TG_DOCUMENTS_MAX]; /* number and names; value may be NULL */
	unsigned n_documents;
	struct {
		const char *key; /* message id */
		const char *serial;
		const char *valid_until;
		const char *carrier,
		        *carrier_serial; /* message id and serial number of what it is on; NULL: not said */
	} certificates[4];
	unsigned n_certificates;
	const char *not_written; /* message id: the carrier that the person went without (NCA-6), or NULL */
	struct {
		const char *number, *label /* message id */, *value;
	} answers[TG_RECEIPT_ROWS]; /* K-13 */
	unsigned n_answers;
	int64_t sent_ms, registered_ms; /* K-15; 0 = not yet */
	const char *result;  /* message id of when the result comes, while neither time is known; NULL: as soon as the
	                        certification authority has answered */
	int64_t result_ms;   /* when the result is handed out; 0 = not known */
	int64_t promised_ms; /* by when, at the latest (NCA-4); said while result_ms is 0; 0: no term is stated */
	const char *ticket;  /* of the electronic queue, or NULL */
	const char *notes[TG_RECEIPT_NOTES]; /* message ids: that no notice goes by mail (A8), whom to complain to … */
	unsigned n_notes;
};

/* Plain text, at most `columns` wide (48 for paper rolls, 72 on screen), `first` language first. */
enum tg_status tg_receipt_text(const struct tg_receipt *r, const struct tg_i18n *i18n, enum tg_lang first,
        enum tg_lang office, int columns, struct tg_buf *out) TG_MUST_USE;
/* A4 PDF. TG_FONT_MISSING when a letter of the text has no glyph: a receipt with boxes is never printed. */
enum tg_status tg_receipt_pdf(const struct tg_receipt *r, const struct tg_i18n *i18n, enum tg_lang first,
        enum tg_lang office, struct tg_buf *out, struct tg_error *err) TG_MUST_USE;
/* Hands a PDF to CUPS: waits up to 10 s for each answer, so it belongs on a worker. TG_PRINTER_NONE: no name, no
 * printing service, or no such printer; TG_PRINT_FAILED: the job was not taken. `job` (may be NULL) gets the job's
 * number. */
enum tg_status tg_print_submit(
        const char *printer, const char *title, struct tg_bytes pdf, int *job, struct tg_error *err) TG_MUST_USE;

/* What the kiosk calls: the PDF is drawn and, with a printer, submitted by a child process (tamga-print), so that the
 * large libraries of drawing are in memory only then and never in a process that has seen a PIN. `pdf` is filled as
 * soon as it could be drawn, also when the printer then fails; errors as above, TG_PRINT_FAILED also for a child that
 * cannot be started, dies, or is silent for `timeout_ms` (then it is killed). */
struct tg_print_settings {
	const char *program; /* path of tamga-print */
	const char *locale;  /* directory of the translations */
	const char *printer; /* NULL: only the PDF */
	int timeout_ms;
};
enum tg_status tg_print_receipt(const struct tg_print_settings *s, const struct tg_receipt *r, enum tg_lang first,
        enum tg_lang office, struct tg_buf *pdf, int *job, struct tg_error *err) TG_MUST_USE;

/* --- The filled form as paper (NCA-A1 … A9): laid out like the annex: annex heading, title, numbered questions with
 * their answers, lines, declarations that were given, who signs, the seal's place, the date line; in the language that
 * the form is in force in (the source's) and, where it is another, the person's language in small print under each
 * question. The errata's mended wording is what stands in locale/.
 *
 * A form of which nothing is answered is printed whole, to be filled by hand; on a filled one the places of people who
 * are not named and need not be, and of public keys that were not made, are left out. */
struct tg_form_print {
	const struct tg_form *form;
	const struct tg_provider *provider;
	const char *conditions; /* that are set: fields and signatures by their `when`; words, may be NULL */
	/* NULL or "": the line stays empty to be filled. What it returns must live until the call is over. */
	const char *(*answer)(const char *field_id, const void *ctx);
	const void *ctx;
	const char
	        *number;  /* the record's own number; outside the form's text where the form has none (K-9); or NULL */
	int64_t date_ms;  /* 0: the date line stays empty */
	bool consents[8]; /* given, by index; an empty form has none */
	/* A9: message ids of the missing documents: they stand, numbered, on the form's field of kind LIST. */
	const char *missing[TG_DOCUMENTS_MAX];
	unsigned n_missing;
	const char *worker; /* full name of the accepting worker (A9: answers the fields of role "worker"), or NULL */
	bool sandbox;
};
/* One PDF with all copies that the form asks for. TG_FONT_MISSING, TG_LIMIT (more than 160 parts), TG_PRINT_FAILED. */
enum tg_status tg_form_pdf(const struct tg_form_print *f, const struct tg_i18n *i18n, enum tg_lang person,
        struct tg_buf *out, struct tg_error *err) TG_MUST_USE;
/* The same through tamga-print, as tg_print_receipt. */
enum tg_status tg_print_form(const struct tg_print_settings *s, const struct tg_form_print *f, enum tg_lang person,
        struct tg_buf *pdf, int *job, struct tg_error *err) TG_MUST_USE;

/* --- Slips: the registration slip of a complaint (NCA-11), the ticket of the electronic queue (NCA-8). */
#define TG_SLIP_ROWS  16
#define TG_SLIP_NOTES 6
struct tg_slip {
	const char *title;  /* message id */
	const char *number; /* with its QR code, or NULL */
	const char *big;    /* printed large: the ticket's number; or NULL */
	const char *code;   /* text in fixed letters, and as a QR code where it fits into one: a certificate; or NULL */
	struct {
		const char *label; /* message id */
		const char *value;
		bool said; /* the value is a message id */
	} rows[TG_SLIP_ROWS];
	unsigned n_rows;
	const char *notes[TG_SLIP_NOTES]; /* message ids */
	unsigned n_notes;
	const char *signer; /* message id: who signs for it, or NULL; `worker` is the name beside */
	const char *worker;
	const char *stamp; /* message id: the place for a stamp, or NULL */
	enum tg_lang office;
	int64_t ms; /* the slip's date */
	int utc_offset_minutes, copies;
	bool sandbox;
};
/* Plain text in one language, at most `columns` wide. */
enum tg_status tg_slip_text(const struct tg_slip *s, const struct tg_i18n *i18n, enum tg_lang person, int columns,
        struct tg_buf *out) TG_MUST_USE;
enum tg_status tg_slip_pdf(const struct tg_slip *s, const struct tg_i18n *i18n, enum tg_lang person, struct tg_buf *out,
        struct tg_error *err) TG_MUST_USE;
enum tg_status tg_print_slip(const struct tg_print_settings *s, const struct tg_slip *slip, enum tg_lang person,
        struct tg_buf *pdf, int *job, struct tg_error *err) TG_MUST_USE;

/* --- Statements: tables and charts for managers (C-6). All texts are ready to be read, in one language; NULL is "". */
#define TG_STATEMENT_SECTIONS 10
#define TG_STATEMENT_COLUMNS  8
#define TG_STATEMENT_ROWS     400u /* a section; who wants more takes the CSV */
#define TG_STATEMENT_BARS     62u
struct tg_statement_bar {
	const char *label;
	int64_t parts[2]; /* one after the other: filled, then hatched */
};
struct tg_statement_section {
	const char *heading, *note; /* note: below the table, or NULL */
	unsigned n_columns, n_rows;
	const char *columns[TG_STATEMENT_COLUMNS];
	bool numeric[TG_STATEMENT_COLUMNS];
	const char **cells; /* n_rows × n_columns, row by row */
	/* Where n_bars > 0, a chart before the table: what the parts are; the second is NULL where there is one only.
	 */
	const char *chart, *parts[2];
	unsigned n_bars;
	struct tg_statement_bar *bars;
};
struct tg_statement {
	const char *title, *period;
	const char *none; /* said in the place of a table without rows */
	enum tg_lang lang;
	int64_t ms; /* when it was made */
	unsigned n_sections;
	struct tg_statement_section sections[TG_STATEMENT_SECTIONS];
};
enum tg_status tg_statement_pdf(
        const struct tg_statement *s, const struct tg_i18n *i18n, struct tg_buf *out, struct tg_error *err) TG_MUST_USE;
/* The same through tamga-print, as tg_print_receipt. TG_LIMIT: too long for one paper. */
enum tg_status tg_print_statement(const struct tg_print_settings *s, const struct tg_statement *statement,
        struct tg_buf *pdf, int *job, struct tg_error *err) TG_MUST_USE;

#endif
