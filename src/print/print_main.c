/* tamga-print: draws one paper and hands it to the printing service. Started by the kiosk for one paper: the
 * libraries that draw letters are large and read fonts, and have no place in a process that has seen a PIN. */
#include "tamga/secret.h"
#include "wire.h"

#include <unistd.h>

#define HAND_OVER_MS 5000
#define LIFE_S       120
#define PIECE        (64u * 1024u)

static enum tg_status hand_over(const struct tg_buf *pdf)
{
	for (size_t at = 0; at < pdf->len; at += PIECE) {
		size_t n = pdf->len - at < PIECE ? pdf->len - at : PIECE;
		TG_TRY(tg_frame_send(TG_PRINT_FD, TG_PRINT_PDF, pdf->data + at, n, HAND_OVER_MS));
	}
	return TG_OK;
}

static void answer(enum tg_status status, int number, const struct tg_error *err, const struct tg_buf *pdf)
{
	struct tg_buf out = TG_BUF_INIT;
	tg_print_result_encode(status, number, err, &out);
	enum tg_status sent = hand_over(pdf);
	if (sent == TG_OK)
		sent = tg_frame_send(TG_PRINT_FD, TG_PRINT_RESULT, out.data, out.len, HAND_OVER_MS);
	tg_buf_finish(&out);
	if (sent != TG_OK)
		_exit(1); /* the kiosk sees the end of the socket */
}

union paper {
	struct tg_print_job receipt;
	struct tg_print_sheet sheet;
	struct tg_print_statement statement;
};
struct job {
	uint16_t kind;
	const char *locale, *printer, *number;
	union paper paper;
	struct tg_arena arena;
};

static bool read_job(struct job *job, const struct tg_buf *body)
{
	if (job->kind == TG_PRINT_JOB && tg_print_job_decode(body, &job->paper.receipt)) {
		job->locale = job->paper.receipt.locale;
		job->printer = job->paper.receipt.printer;
		job->number = job->paper.receipt.receipt.number;
		return true;
	}
	if (job->kind == TG_PRINT_SHEET && tg_print_sheet_decode(body, &job->paper.sheet)) {
		job->locale = job->paper.sheet.locale;
		job->printer = job->paper.sheet.printer;
		job->number = job->paper.sheet.sheet.number;
		return true;
	}
	struct tg_print_statement *s = &job->paper.statement;
	if (job->kind == TG_PRINT_STATEMENT && tg_print_statement_decode(body, &job->arena, s)) {
		job->locale = s->locale;
		job->printer = s->printer;
		job->number = s->statement.title;
		return true;
	}
	return false;
}

static enum tg_status draw(const struct job *job, struct tg_buf *pdf, struct tg_error *err)
{
	struct tg_i18n *i18n = NULL;
	const struct tg_print_job *r = &job->paper.receipt;
	TG_TRY(tg_i18n_load(&i18n, job->locale, err));
	enum tg_status status = TG_OK;
	if (job->kind == TG_PRINT_JOB)
		status = tg_receipt_pdf(&r->receipt, i18n, r->first, r->office, pdf, err);
	else if (job->kind == TG_PRINT_SHEET)
		status = tg_sheet_pdf(&job->paper.sheet.sheet, i18n, pdf, err);
	else
		status = tg_statement_pdf(&job->paper.statement.statement, i18n, pdf, err);
	tg_i18n_destroy(i18n);
	return status;
}

static void work(const struct job *job)
{
	struct tg_buf pdf = TG_BUF_INIT;
	struct tg_error err = {0};
	int number = 0;
	enum tg_status status = draw(job, &pdf, &err);
	if (status == TG_OK && job->printer) {
		const struct tg_bytes bytes = {pdf.data, pdf.len};
		status = tg_print_submit(job->printer, job->number ? job->number : "tamga", bytes, &number, &err);
	}
	answer(status, number, &err, &pdf);
	tg_buf_wipe(&pdf);
}

int main(void)
{
	static struct job job; /* a sheet is large */
	struct tg_buf body = TG_BUF_INIT;
	alarm(LIFE_S); /* if the kiosk is gone, nobody else ends this */
	if (tg_secret_harden_process() != TG_OK)
		return 1;
	if (tg_frame_recv(TG_PRINT_FD, &job.kind, &body, HAND_OVER_MS) != TG_OK || !read_job(&job, &body))
		return 1;
	work(&job);
	tg_arena_finish(&job.arena);
	tg_buf_wipe(&body);
	return 0;
}
