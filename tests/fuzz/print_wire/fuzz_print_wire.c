/* Both sides of the messages between the kiosk and tamga-print: what is read back is written as it came. */
#include "wire.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void read_job(const struct tg_buf *body)
{
	struct tg_print_job job;
	struct tg_buf again = TG_BUF_INIT;
	if (!tg_print_job_decode(body, &job))
		return;
	tg_print_job_encode(&job, &again);
	if (again.failed || again.len != body->len || memcmp(again.data, body->data, again.len) != 0)
		abort();
	tg_buf_finish(&again);
}

static void read_sheet(const struct tg_buf *body)
{
	static struct tg_print_sheet job;
	struct tg_buf again = TG_BUF_INIT;
	if (!tg_print_sheet_decode(body, &job))
		return;
	tg_print_sheet_encode(&job, &again);
	if (again.failed || again.len != body->len || memcmp(again.data, body->data, again.len) != 0)
		abort();
	tg_buf_finish(&again);
}

static void read_statement(const struct tg_buf *body)
{
	static struct tg_print_statement job;
	struct tg_arena arena = {0};
	struct tg_buf again = TG_BUF_INIT;
	if (tg_print_statement_decode(body, &arena, &job)) {
		tg_print_statement_encode(&job, &again);
		if (again.failed || again.len != body->len || memcmp(again.data, body->data, again.len) != 0)
			abort();
	}
	tg_buf_finish(&again);
	tg_arena_finish(&arena);
}

static void read_result(const struct tg_buf *body)
{
	enum tg_status status;
	struct tg_error why = {0};
	int job;
	if (tg_print_result_decode(body, &status, &job, &why) && status != why.status)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tg_buf body = TG_BUF_INIT;
	tg_buf_add(&body, data, n);
	if (n) {
		read_job(&body);
		read_sheet(&body);
		read_statement(&body);
		read_result(&body);
	}
	tg_buf_finish(&body);
	return 0;
}
