/* The kiosk's side of tamga-print: started for one paper, ended with it. */
#include "tamga/spawn.h"
#include "wire.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEND_MS 2000
#define PDF_MAX (16u * 1024u * 1024u)

static enum tg_status start(const char *program, pid_t *pid, int *fd, struct tg_error *err)
{
	char name[] = "tamga-print";
	char *argv[] = {name, NULL};
	const struct tg_spawn child = {
	        .program = program, .argv = argv, .env = environ, .child_fd = TG_PRINT_FD, .failed = TG_PRINT_FAILED};
	return tg_spawn(&child, pid, fd, err);
}

struct errand {
	uint16_t kind;
	struct tg_buf message;
};

static enum tg_status converse(int fd, const struct errand *e, int timeout_ms, struct tg_buf *body, struct tg_buf *pdf,
        int *number, struct tg_error *err)
{
	uint16_t kind = 0;
	enum tg_status result = TG_PRINT_FAILED;
	TG_TRY(tg_frame_send(fd, e->kind, e->message.data, e->message.len, SEND_MS));
	TG_TRY(tg_frame_recv(fd, &kind, body, timeout_ms));
	while (kind == TG_PRINT_PDF) {
		tg_buf_add(pdf, body->data, body->len);
		TG_TRY(pdf->len > PDF_MAX ? TG_LIMIT : tg_buf_status(pdf));
		TG_TRY(tg_frame_recv(fd, &kind, body, timeout_ms));
	}
	if (kind != TG_PRINT_RESULT || !tg_print_result_decode(body, &result, number, err))
		return tg_error_set(err, TG_PRINT_FAILED, "tamga-print answers nonsense");
	return result;
}

/* Takes the message. */
static enum tg_status run(
        const struct tg_print_settings *s, struct errand *e, struct tg_buf *pdf, int *job, struct tg_error *err)
{
	struct tg_buf body = TG_BUF_INIT;
	int fd = -1, number = 0;
	pid_t pid = -1;
	enum tg_status st = tg_buf_status(&e->message);
	if (st == TG_OK)
		st = start(s->program, &pid, &fd, err);
	if (st == TG_OK) {
		st = converse(fd, e, s->timeout_ms, &body, pdf, &number, err);
		if (st == TG_IO || st == TG_TIMEOUT || st == TG_LIMIT)
			st = tg_error_set(err, TG_PRINT_FAILED, "tamga-print was lost");
		close(fd);
		kill(pid, SIGKILL); /* it has answered, or never will */
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (job)
		*job = number;
	tg_buf_wipe(&e->message);
	tg_buf_wipe(&body);
	return st;
}

enum tg_status tg_print_receipt(const struct tg_print_settings *s, const struct tg_receipt *r, enum tg_lang first,
        enum tg_lang office, struct tg_buf *pdf, int *job, struct tg_error *err)
{
	const struct tg_print_job message = {
	        .receipt = *r, .first = first, .office = office, .locale = s->locale, .printer = s->printer};
	struct errand e = {.kind = TG_PRINT_JOB};
	tg_print_job_encode(&message, &e.message);
	return run(s, &e, pdf, job, err);
}

/* Takes the sheet if it was made. */
static enum tg_status print_sheet(const struct tg_print_settings *s, struct tg_print_sheet *message,
        enum tg_status made, struct tg_buf *pdf, int *job, struct tg_error *err)
{
	struct errand e = {.kind = TG_PRINT_SHEET};
	if (made == TG_OK) {
		message->locale = s->locale;
		message->printer = s->printer;
		tg_print_sheet_encode(message, &e.message);
		made = run(s, &e, pdf, job, err);
	}
	explicit_bzero(message, sizeof *message);
	free(message);
	return made;
}

enum tg_status tg_print_form(const struct tg_print_settings *s, const struct tg_form_print *f, enum tg_lang person,
        struct tg_buf *pdf, int *job, struct tg_error *err)
{
	struct tg_print_sheet *message = calloc(1, sizeof *message);
	if (!message)
		return tg_error_set(err, TG_NO_MEMORY, "form");
	return print_sheet(s, message, tg_sheet_of_form(f, person, &message->sheet, err), pdf, job, err);
}

enum tg_status tg_print_slip(const struct tg_print_settings *s, const struct tg_slip *slip, enum tg_lang person,
        struct tg_buf *pdf, int *job, struct tg_error *err)
{
	struct tg_print_sheet *message = calloc(1, sizeof *message);
	if (!message)
		return tg_error_set(err, TG_NO_MEMORY, "slip");
	return print_sheet(s, message, tg_sheet_of_slip(slip, person, &message->sheet, err), pdf, job, err);
}

enum tg_status tg_print_statement(const struct tg_print_settings *s, const struct tg_statement *statement,
        struct tg_buf *pdf, int *job, struct tg_error *err)
{
	const struct tg_print_statement message = {.statement = *statement, .locale = s->locale, .printer = s->printer};
	struct errand e = {.kind = TG_PRINT_STATEMENT};
	tg_print_statement_encode(&message, &e.message);
	if (e.message.len > TG_FRAME_MAX - 2) {
		tg_buf_finish(&e.message);
		return tg_error_set(err, TG_LIMIT, "the statement is too long for one paper");
	}
	return run(s, &e, pdf, job, err);
}
