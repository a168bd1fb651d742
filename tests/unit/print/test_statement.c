/* A statement for managers (C-6): what goes to tamga-print comes out of it; read back by pdftotext. */
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PROGRAM TAMGA_BINARY_DIR "/bin/tamga-print"
#define LOCALE  TAMGA_BINARY_DIR "/locale"

static const char *cells[] = {"Мерзім ә", "3", "Срок «ы»", "41"};
static struct tg_statement_bar bars[] = {{"Мерзім ә", {3, 0}}, {"Срок «ы»", {30, 11}}};

static struct tg_print_statement sample(void)
{
	return (struct tg_print_statement){.locale = LOCALE,
	        .statement = {.title = "Есеп",
	                .period = "2026-11-01 … 2026-11-22",
	                .none = "жоқ",
	                .lang = TG_LANG_KK,
	                .ms = INT64_C(1795342530000),
	                .n_sections = 2,
	                .sections = {{.heading = "Мерзімдер",
	                                     .note = "7 more",
	                                     .n_columns = 2,
	                                     .n_rows = 2,
	                                     .columns = {"Term", "Count"},
	                                     .numeric = {false, true},
	                                     .cells = cells,
	                                     .chart = "Chart",
	                                     .parts = {"kept", "broken"},
	                                     .n_bars = 2,
	                                     .bars = bars},
	                        {.heading = "Ақша", .n_columns = 1, .columns = {"Nothing"}}}}};
}

static void test_c6_comes_back_whole(void **state)
{
	(void)state;
	struct tg_print_statement in = sample(), out;
	struct tg_buf bytes = TG_BUF_INIT;
	struct tg_arena arena = {0};
	tg_print_statement_encode(&in, &bytes);
	assert_int_equal(tg_buf_status(&bytes), TG_OK);
	assert_true(tg_print_statement_decode(&bytes, &arena, &out));
	const struct tg_statement_section *s = &out.statement.sections[0];
	assert_string_equal(out.statement.title, "Есеп");
	assert_int_equal(out.statement.lang, TG_LANG_KK);
	assert_int_equal(out.statement.n_sections, 2);
	assert_string_equal(s->columns[1], "Count");
	assert_false(s->numeric[0]);
	assert_true(s->numeric[1]);
	assert_string_equal(s->cells[3], "41");
	assert_string_equal(s->parts[1], "broken");
	assert_int_equal(s->bars[1].parts[1], 11);
	assert_string_equal(out.statement.sections[1].heading, "Ақша");
	assert_null(out.statement.sections[1].note);
	tg_buf_finish(&bytes);
	tg_arena_finish(&arena);
}

static void test_cut_or_impossible_is_refused(void **state)
{
	(void)state;
	struct tg_print_statement in = sample(), out;
	struct tg_buf bytes = TG_BUF_INIT;
	struct tg_arena arena = {0};
	tg_print_statement_encode(&in, &bytes);
	for (size_t n = 0; n < bytes.len; n++) {
		struct tg_buf cut = TG_BUF_INIT;
		tg_buf_add(&cut, bytes.data, n);
		assert_false(tg_print_statement_decode(&cut, &arena, &out));
		tg_buf_finish(&cut);
	}
	tg_buf_reset(&bytes);
	in.statement.sections[0].n_rows = TG_STATEMENT_ROWS + 1;
	in.statement.sections[0].n_columns = 0;
	tg_print_statement_encode(&in, &bytes);
	assert_int_not_equal(tg_buf_status(&bytes), TG_OK);
	tg_buf_finish(&bytes);
	struct tg_statement_bar below = {"x", {-1, 0}};
	in = sample();
	in.statement.sections[0].bars = &below;
	in.statement.sections[0].n_bars = 1;
	tg_print_statement_encode(&in, &bytes);
	assert_int_not_equal(tg_buf_status(&bytes), TG_OK);
	tg_buf_finish(&bytes);
	tg_arena_finish(&arena);
}

static void read_text(const struct tg_buf *pdf, char *out, size_t cap)
{
	char path[] = "/tmp/tamga-statement.XXXXXX";
	int fd = mkstemp(path), tube[2];
	size_t got = 0;
	ssize_t n;
	assert_true(fd >= 0 && pipe(tube) == 0);
	assert_true(write(fd, pdf->data, pdf->len) == (ssize_t)pdf->len);
	close(fd);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(tube[1], STDOUT_FILENO);
		close(tube[0]);
		execlp("pdftotext", "pdftotext", "-layout", path, "-", (char *)NULL);
		_exit(1);
	}
	close(tube[1]);
	while ((n = read(tube[0], out + got, cap - 1 - got)) > 0)
		got += (size_t)n;
	out[got] = '\0';
	close(tube[0]);
	int status = 1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	unlink(path);
}

/* The line in which both stand, in this order. */
static bool has_line(const char *text, const char *first, const char *then)
{
	for (const char *at = strstr(text, first); at; at = strstr(at + 1, first)) {
		const char *end = strchr(at, '\n'), *other = strstr(at, then);
		if (other && (!end || other < end))
			return true;
	}
	return false;
}

static void test_c6_on_paper(void **state)
{
	(void)state;
	static char text[60000];
	struct tg_print_statement in = sample();
	struct tg_buf pdf = TG_BUF_INIT;
	struct tg_error err = {0};
	const struct tg_print_settings settings = {.program = PROGRAM, .locale = LOCALE, .timeout_ms = 20000};
	assert_int_equal(tg_print_statement(&settings, &in.statement, &pdf, NULL, &err), TG_OK);
	read_text(&pdf, text, sizeof(text));
	assert_non_null(strstr(text, "Есеп"));
	assert_true(has_line(text, "Срок «ы»", "30 + 11")); /* the chart */
	assert_true(has_line(text, "Срок «ы»", "41"));      /* the table */
	assert_true(has_line(text, "kept", "broken"));
	assert_non_null(strstr(text, "7 more"));
	assert_non_null(strstr(text, "жоқ"));
	tg_buf_finish(&pdf);
}

/* Longer than one page and than one message of tamga-print: the columns' names stand on each page. */
static void test_c6_many_pages(void **state)
{
	(void)state;
	static char text[400000], numbers[TG_STATEMENT_ROWS][12];
	static const char *many[TG_STATEMENT_ROWS * 2];
	struct tg_print_statement in = sample();
	struct tg_buf pdf = TG_BUF_INIT;
	struct tg_error err = {0};
	const struct tg_print_settings settings = {.program = PROGRAM, .locale = LOCALE, .timeout_ms = 60000};
	for (unsigned i = 0; i < TG_STATEMENT_ROWS; i++) {
		(void)snprintf(numbers[i], sizeof(numbers[i]), "R%u", i);
		many[2 * i] = numbers[i];
		many[2 * i + 1] = "5";
	}
	in.statement.sections[0].cells = many;
	in.statement.sections[0].n_rows = TG_STATEMENT_ROWS;
	assert_int_equal(tg_print_statement(&settings, &in.statement, &pdf, NULL, &err), TG_OK);
	read_text(&pdf, text, sizeof(text));
	unsigned pages = 0, heads = 0;
	for (const char *at = text; (at = strchr(at, '\f')); at++)
		pages++;
	for (const char *at = text; (at = strstr(at, "Term ")); at++)
		heads++;
	assert_true(pages > 3);
	assert_true(heads == pages || heads == pages - 1); /* the last page may hold the next section alone */
	assert_non_null(strstr(text, "R0 "));
	assert_non_null(strstr(text, "R399 "));
	tg_buf_finish(&pdf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_c6_comes_back_whole),
	        cmocka_unit_test(test_cut_or_impossible_is_refused),
	        cmocka_unit_test(test_c6_on_paper),
	        cmocka_unit_test(test_c6_many_pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
