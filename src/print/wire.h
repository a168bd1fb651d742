/* Layer: print, private. Messages between the kiosk and tamga-print, frames of tamga/frame.h: one job there; back the
 * PDF in pieces, if there is one, and then the result. */
#ifndef TAMGA_PRINT_WIRE_H
#define TAMGA_PRINT_WIRE_H

#include "tamga/frame.h"
#include "sheet.h"
#include "tamga/arena.h"
#include "tamga/print.h"

#define TG_PRINT_FD 3 /* the child's end */

enum tg_print_frame {
	TG_PRINT_JOB = 1,
	TG_PRINT_PDF = 2,
	TG_PRINT_RESULT = 3,
	TG_PRINT_SHEET = 4,
	TG_PRINT_STATEMENT = 5
};

struct tg_print_job {
	struct tg_receipt receipt;
	enum tg_lang first, office;
	const char *locale, *printer; /* printer NULL: only the PDF */
};

void tg_print_job_encode(const struct tg_print_job *job, struct tg_buf *out);
/* Texts of `out` point into `body`. False when the bytes are not a whole job. */
bool tg_print_job_decode(const struct tg_buf *body, struct tg_print_job *out);

struct tg_print_sheet {
	struct tg_sheet sheet;
	const char *locale, *printer; /* as above */
};

void tg_print_sheet_encode(const struct tg_print_sheet *job, struct tg_buf *out);
bool tg_print_sheet_decode(const struct tg_buf *body, struct tg_print_sheet *out);

struct tg_print_statement {
	struct tg_statement statement;
	const char *locale, *printer; /* as above */
};

void tg_print_statement_encode(const struct tg_print_statement *job, struct tg_buf *out);
/* Lists of `out` are the arena's. */
bool tg_print_statement_decode(const struct tg_buf *body, struct tg_arena *arena, struct tg_print_statement *out);

void tg_print_result_encode(enum tg_status status, int job, const struct tg_error *why, struct tg_buf *out);
bool tg_print_result_decode(const struct tg_buf *body, enum tg_status *status, int *job, struct tg_error *why);

#endif
