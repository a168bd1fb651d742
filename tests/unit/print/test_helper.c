/* tamga-print seen from the kiosk: a receipt through the child is the receipt; a child that is missing, dies, talks
 * nonsense or hangs is a named failure in time (K-10). */
#include "sheet.h"
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PROGRAM TAMGA_BINARY_DIR "/bin/tamga-print"
#define LOCALE  TAMGA_BINARY_DIR "/locale"

static char dir[64];

static struct tg_receipt sample(void)
{
	return (struct tg_receipt){.number = "KZ01-26-000123-7",
	        .provider = "provider.kz-nca",
	        .service = "service.issue",
	        .form_title = "form.nca-a1",
	        .form_code = "A1",
	        .accepted_ms = INT64_C(1795342530000),
	        .utc_offset_minutes = -210,
	        .kiosk = "K01",
	        .state = "receipt.state.delivered",
	        .place = "provider.kz-nca.place",
	        .sandbox = true,
	        .documents = {{"a", "№ 012345678"}, {"b", NULL}},
	        .n_documents = 2,
	        .certificates = {{"c", "3fa2", "22.11.2027", "on", "51c04a07"}},
	        .n_certificates = 1,
	        .not_written = "not",
	        .answers = {{"A1.1", "d", "Әбдіғалиева"}, {"A1.2", "e", ""}},
	        .n_answers = 2,
	        .sent_ms = INT64_C(1795342590000),
	        .promised_ms = INT64_C(1795428000000),
	        .result = "receipt.result.order.at-once",
	        .ticket = "A-042",
	        .notes = {"receipt.no-mail"},
	        .n_notes = 1};
}

static struct tg_print_job sample_job(void)
{
	return (struct tg_print_job){
	        .receipt = sample(), .first = TG_LANG_KK, .office = TG_LANG_RU, .locale = "/locale", .printer = NULL};
}

static void test_job_comes_back_whole(void **state)
{
	(void)state;
	struct tg_print_job in = sample_job(), out;
	struct tg_buf bytes = TG_BUF_INIT;
	tg_print_job_encode(&in, &bytes);
	assert_int_equal(tg_buf_status(&bytes), TG_OK);
	assert_true(tg_print_job_decode(&bytes, &out));
	assert_string_equal(out.locale, "/locale");
	assert_null(out.printer);
	assert_int_equal(out.first, TG_LANG_KK);
	assert_int_equal(out.office, TG_LANG_RU);
	assert_string_equal(out.receipt.number, "KZ01-26-000123-7");
	assert_null(out.receipt.accepted_by);
	assert_int_equal(out.receipt.utc_offset_minutes, -210);
	assert_true(out.receipt.accepted_ms == INT64_C(1795342530000));
	assert_int_equal(out.receipt.n_documents, 2);
	assert_string_equal(out.receipt.documents[0].value, "№ 012345678");
	assert_null(out.receipt.documents[1].value);
	assert_string_equal(out.receipt.certificates[0].valid_until, "22.11.2027");
	assert_string_equal(out.receipt.certificates[0].carrier, "on");
	assert_string_equal(out.receipt.certificates[0].carrier_serial, "51c04a07");
	assert_string_equal(out.receipt.not_written, "not");
	assert_string_equal(out.receipt.answers[0].value, "Әбдіғалиева");
	assert_string_equal(out.receipt.answers[1].value, "");
	assert_true(out.receipt.sandbox);
	assert_true(out.receipt.promised_ms == INT64_C(1795428000000));
	assert_string_equal(out.receipt.result, "receipt.result.order.at-once");
	assert_string_equal(out.receipt.ticket, "A-042");
	assert_string_equal(out.receipt.notes[0], "receipt.no-mail");
	tg_buf_finish(&bytes);
}

static void test_cut_job_is_refused(void **state)
{
	(void)state;
	struct tg_print_job in = sample_job(), out;
	struct tg_buf bytes = TG_BUF_INIT;
	tg_print_job_encode(&in, &bytes);
	for (size_t n = 0; n < bytes.len; n++) {
		struct tg_buf cut = TG_BUF_INIT;
		tg_buf_add(&cut, bytes.data, n);
		assert_false(tg_print_job_decode(&cut, &out));
		tg_buf_finish(&cut);
	}
	tg_buf_add_u8(&bytes, 0);
	assert_false(tg_print_job_decode(&bytes, &out));
	tg_buf_finish(&bytes);
}

static const char *answer(const char *field, const void *ctx)
{
	(void)ctx;
	return strcmp(field, "surname") == 0 ? "Әбдіғалиева" : NULL;
}

static const struct tg_field fields[] = {
        {.id = "surname", .number = "T.1", .kind = TG_FIELD_NAME, .label = "nca.a1.surname"},
        {.id = "serials", .number = "T.2", .kind = TG_FIELD_SERIALS, .label = "nca.a1.phone"}};
static const struct tg_consent consents[] = {
        {.id = "policy", .text = "nca.a1.consent.policy", .version = "22.01.2016"}};
static const struct tg_form form = {.id = "t",
        .code = "T",
        .title = "nca.a1.title",
        .language = "kk",
        .fields = fields,
        .n_fields = 2,
        .consents = consents,
        .n_consents = 1,
        .signer = "nca.a1.signer",
        .date = "nca.a1.date",
        .copies = 2,
        .lines_per_sheet = 17};

static struct tg_form_print sample_form(void)
{
	return (struct tg_form_print){
	        .form = &form, .answer = answer, .number = "KZ01-26-000123-7", .consents = {true}, .sandbox = true};
}

static void test_sheet_comes_back_whole(void **state)
{
	static struct tg_print_sheet in, out;
	const struct tg_form_print f = sample_form();
	struct tg_buf bytes = TG_BUF_INIT;
	struct tg_error err = {0};
	(void)state;
	assert_int_equal(tg_sheet_of_form(&f, TG_LANG_RU, &in.sheet, &err), TG_OK);
	in.locale = "/locale";
	tg_print_sheet_encode(&in, &bytes);
	assert_int_equal(tg_buf_status(&bytes), TG_OK);
	assert_true(tg_print_sheet_decode(&bytes, &out));
	assert_int_equal(out.sheet.copies, 2);
	assert_int_equal(out.sheet.lang, TG_LANG_KK);
	assert_int_equal(out.sheet.person, TG_LANG_RU);
	assert_int_equal(out.sheet.n_items, in.sheet.n_items);
	assert_string_equal(out.sheet.items[1].value, "Әбдіғалиева");
	assert_string_equal(out.sheet.items[1].number, "T.1");
	assert_int_equal(out.sheet.items[2].most, 17);
	assert_true(out.sheet.items[3].given);
	assert_true(out.sheet.sandbox);
	for (size_t n = 0; n < bytes.len; n++) {
		struct tg_buf cut = TG_BUF_INIT;
		tg_buf_add(&cut, bytes.data, n);
		assert_false(tg_print_sheet_decode(&cut, &out));
		tg_buf_finish(&cut);
	}
	tg_buf_add_u8(&bytes, 0);
	assert_false(tg_print_sheet_decode(&bytes, &out));
	tg_buf_finish(&bytes);
}

/* A form of more parts than a sheet holds is refused, not cut. */
static void test_too_large_a_form_is_named(void **state)
{
	static struct tg_sheet sheet;
	static struct tg_form_line lines[200];
	struct tg_form large = form;
	struct tg_form_print f = sample_form();
	struct tg_error err = {0};
	(void)state;
	for (size_t i = 0; i < 200; i++)
		lines[i] = (struct tg_form_line){.id = "x", .text = "nca.a1.title"};
	large.lines = lines;
	large.n_lines = 200;
	f.form = &large;
	assert_int_equal(tg_sheet_of_form(&f, TG_LANG_RU, &sheet, &err), TG_LIMIT);
}

static enum tg_status print_with(const char *program, const char *printer, int timeout_ms, struct tg_buf *pdf)
{
	const struct tg_print_settings s = {
	        .program = program, .locale = LOCALE, .printer = printer, .timeout_ms = timeout_ms};
	const struct tg_receipt r = sample();
	struct tg_error err = {0};
	return tg_print_receipt(&s, &r, TG_LANG_KK, TG_LANG_RU, pdf, NULL, &err);
}

/* The child draws what the library draws; that is read by others in test_print.c. */
static void test_child_draws_the_receipt(void **state)
{
	(void)state;
	struct tg_buf pdf = TG_BUF_INIT;
	assert_int_equal(print_with(PROGRAM, NULL, 20000, &pdf), TG_OK);
	char path[128], command[300], line[200];
	snprintf(path, sizeof path, "%s/r.pdf", dir);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(pdf.data, 1, pdf.len, f), pdf.len);
	assert_int_equal(fclose(f), 0);
	snprintf(command, sizeof command, "%s/r.txt", dir);
	pid_t pid = fork();
	if (pid == 0) {
		execlp("pdftotext", "pdftotext", path, command, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	f = fopen(command, "r");
	assert_non_null(f);
	bool number = false, name = false;
	while (fgets(line, sizeof line, f)) {
		number = number || strstr(line, "KZ01-26-000123-7");
		name = name || strstr(line, "Әбдіғалиева");
	}
	assert_int_equal(fclose(f), 0);
	assert_true(number);
	assert_true(name);
	unlink(path);
	unlink(command);
	tg_buf_finish(&pdf);
}

/* A form and a slip through the child are read back as well: both copies of the form. */
static unsigned count_in_pdf(const struct tg_buf *pdf, const char *word)
{
	char path[128], text[128], line[400];
	unsigned n = 0;
	snprintf(path, sizeof path, "%s/r.pdf", dir);
	snprintf(text, sizeof text, "%s/r.txt", dir);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(pdf->data, 1, pdf->len, f), pdf->len);
	assert_int_equal(fclose(f), 0);
	pid_t pid = fork();
	if (pid == 0) {
		execlp("pdftotext", "pdftotext", path, text, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	f = fopen(text, "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f))
		n += strstr(line, word) != NULL;
	assert_int_equal(fclose(f), 0);
	unlink(path);
	unlink(text);
	return n;
}

static void test_child_draws_forms_and_slips(void **state)
{
	const struct tg_print_settings s = {.program = PROGRAM, .locale = LOCALE, .timeout_ms = 20000};
	const struct tg_form_print f = sample_form();
	const struct tg_slip slip = {.title = "receipt.ticket",
	        .big = "A-042",
	        .rows = {{.label = "receipt.kiosk", .value = "K01"}},
	        .n_rows = 1,
	        .office = TG_LANG_RU,
	        .copies = 1};
	struct tg_buf pdf = TG_BUF_INIT;
	struct tg_error err = {0};
	(void)state;
	assert_int_equal(tg_print_form(&s, &f, TG_LANG_KK, &pdf, NULL, &err), TG_OK);
	assert_int_equal(count_in_pdf(&pdf, "Әбдіғалиева"), 2);
	tg_buf_finish(&pdf);
	assert_int_equal(tg_print_slip(&s, &slip, TG_LANG_KK, &pdf, NULL, &err), TG_OK);
	assert_int_equal(count_in_pdf(&pdf, "A-042"), 1);
	assert_int_equal(count_in_pdf(&pdf, "Электрондық кезек талоны"), 1);
	tg_buf_finish(&pdf);
}

/* No printing service listens there: the paper fails, the PDF is there all the same. */
static void test_failed_printer_keeps_the_pdf(void **state)
{
	(void)state;
	struct tg_buf pdf = TG_BUF_INIT;
	setenv("CUPS_SERVER", "/nonexistent/cups.sock", 1);
	assert_int_equal(print_with(PROGRAM, "front", 20000, &pdf), TG_PRINTER_NONE);
	assert_true(pdf.len > 1000);
	assert_memory_equal(pdf.data, "%PDF", 4);
	unsetenv("CUPS_SERVER");
	tg_buf_finish(&pdf);
}

static const char *script(const char *body)
{
	static char path[128];
	snprintf(path, sizeof path, "%s/child", dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", body);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0700), 0);
	return path;
}

static void test_lost_child_is_named(void **state)
{
	(void)state;
	struct tg_buf pdf = TG_BUF_INIT;
	struct timespec begin, end;
	assert_int_equal(print_with("/nonexistent/tamga-print", NULL, 5000, &pdf), TG_PRINT_FAILED);
	assert_int_equal(print_with(script("exit 0"), NULL, 5000, &pdf), TG_PRINT_FAILED);
	assert_int_equal(print_with(script("kill -SEGV $$"), NULL, 5000, &pdf), TG_PRINT_FAILED);
	/* a frame of a kind that there is not; a result with a status that there is not */
	assert_int_equal(
	        print_with(script("printf '\\0\\0\\0\\3\\0\\011x' >&3; sleep 9"), NULL, 5000, &pdf), TG_PRINT_FAILED);
	assert_int_equal(
	        print_with(script("printf '\\0\\0\\0\\014\\0\\3\\377\\377\\0\\0\\0\\0\\0\\0\\0\\0' >&3; sleep 9"), NULL,
	                5000, &pdf),
	        TG_PRINT_FAILED);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_int_equal(print_with(script("sleep 30"), NULL, 300, &pdf), TG_PRINT_FAILED);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_true(end.tv_sec - begin.tv_sec < 5);
	assert_int_equal(pdf.len, 0);
	char path[128];
	snprintf(path, sizeof path, "%s/child", dir);
	unlink(path);
	tg_buf_finish(&pdf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_job_comes_back_whole),
	        cmocka_unit_test(test_cut_job_is_refused),
	        cmocka_unit_test(test_sheet_comes_back_whole),
	        cmocka_unit_test(test_too_large_a_form_is_named),
	        cmocka_unit_test(test_child_draws_the_receipt),
	        cmocka_unit_test(test_child_draws_forms_and_slips),
	        cmocka_unit_test(test_failed_printer_keeps_the_pdf),
	        cmocka_unit_test(test_lost_child_is_named),
	};
	snprintf(dir, sizeof dir, "/tmp/tamga-print-XXXXXX");
	if (!mkdtemp(dir))
		return 1;
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(dir);
	return rc;
}
