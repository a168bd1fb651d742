/* The receipt as others read it: pdftotext, pdftoppm and zbarimg, a printing service on a socket. */
#include "tamga/print.h"

#include "tamga/text.h"

#include <cups/cups.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define KAZAKH "ӘәҒғҚқҢңӨөҰұҮүҺһІі"
#define KYRGYZ "ҢңӨөҮү"

static char dir[64];

/* fontconfig keeps its patterns until the process ends. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig";
}

static struct tg_receipt sample(void)
{
	struct tg_receipt r = {
	        .number = "KZ01-26-000123-7",
	        .provider = "t.provider",
	        .service = "t.service",
	        .form_title = "t.form",
	        .form_code = "A1",
	        .accepted_ms = INT64_C(1795342530000),
	        .utc_offset_minutes = 300, /* 2026-11-22T10:15:30Z, 15:15 there */
	        .kiosk = "ALA-0042",
	        .state = "receipt.state.delivered",
	        .place = "t.place",
	        .sandbox = true,
	        .documents = {{"t.idcard", "№ 012345678"}, {"t.consent", NULL}},
	        .n_documents = 2,
	        .certificates = {{"t.sign", "3fa21190abcdef01234567890abcdef012345678", "22.11.2027", NULL, NULL},
	                {"t.auth", "1c77025e90112233445566778899aabbccddee0f", "22.11.2027", NULL, NULL}},
	        .n_certificates = 2,
	        .answers = {{"A1.1", "t.surname", "Әбдірахманқызы"}, {"A1.2", "t.name", "Айгүл " KAZAKH},
	                {"A1.3", "t.iin", "950101400125"}, {"A1.4", "t.mail", "aigul@example.kz"},
	                {"A1.5", "t.phone", ""},
	                {"A1.6", "t.address",
	                        "Алматы қаласы, Алмалы ауданы, Төле би көшесі, 59-үй, 12-пәтер; кыргызча: " KYRGYZ}},
	        .n_answers = 6,
	        .sent_ms = INT64_C(1795342590000),
	        .registered_ms = 0,
	};
	return r;
}

/* ---- text ---- */

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is missing in:\n%s", part, text);
}

static void assert_width(const char *text, int columns)
{
	while (*text) {
		char line[1024];
		size_t n = strcspn(text, "\n");
		snprintf(line, sizeof line, "%.*s", (int)n, text);
		if (tg_text_columns(line) > columns)
			fail_msg("wider than %d: %s", columns, line);
		text += n + (text[n] == '\n');
	}
}

/* NCA-9.rcpt, K-13, K-15, K-17: every item of the list, in both languages. */
static void test_nca_9_rcpt_text_has_every_item(void **state)
{
	static const char *const parts[] = {
	        "ОҚУ РЕЖИМІ",
	        "УЧЕБНЫЙ РЕЖИМ", /* training */
	        "KZ01-26-000123-7",
	        "22.11.2026 15:15", /* number and date */
	        "Вид запрошенной услуги",
	        "Выдача регистрационного свидетельства", /* kind of service */
	        "документов: 2",
	        "1. Удостоверение личности: № 012345678",
	        "2. Согласие на обработку персональных данных",
	        "Дата, время и место выдачи результата",
	        "сразу после ответа удостоверяющего центра; в этом киоске",
	        "Работник, принявший документы",
	        "киоск, без участия работника",
	        "A1.1 Тегі: Әбдірахманқызы",
	        "A1.3",
	        "950101400125",
	        "A1.5 Мобильный телефон: не заполнено", /* K-13 */
	        "Принято здесь: 22.11.2026 15:15",
	        "Отправлено в центр: 22.11.2026 15:16",
	        "Зарегистрировано в центре: ещё нет", /* K-15 */
	        "3fa21190abcdef01234567890abcdef012345678",
	        "1c77025e",
	        "22.11.2027",
	};
	(void)state;
	struct tg_receipt r = sample();
	struct tg_buf out = TG_BUF_INIT;
	assert_int_equal(tg_receipt_text(&r, NULL, TG_LANG_KK, TG_LANG_RU, 72, &out), TG_OK);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		assert_has(tg_buf_str(&out), parts[i]);
	assert_width(tg_buf_str(&out), 72);
	assert_null(strstr(tg_buf_str(&out), "<?>"));
	assert_true(strstr(tg_buf_str(&out), "Өтініштің нөмірі") < strstr(tg_buf_str(&out), "Номер заявления"));
	tg_buf_finish(&out);
}

static void test_text_fits_a_paper_roll(void **state)
{
	(void)state;
	struct tg_receipt r = sample();
	for (int first = 0; first < TG_LANG_COUNT; first++) {
		struct tg_buf out = TG_BUF_INIT;
		assert_int_equal(tg_receipt_text(&r, NULL, (enum tg_lang)first, TG_LANG_RU, 48, &out), TG_OK);
		assert_width(tg_buf_str(&out), 48);
		tg_buf_finish(&out);
	}
}

static void test_text_of_one_language_stands_once(void **state)
{
	(void)state;
	struct tg_receipt r = sample();
	struct tg_buf out = TG_BUF_INIT;
	assert_int_equal(tg_receipt_text(&r, NULL, TG_LANG_RU, TG_LANG_RU, 72, &out), TG_OK);
	const char *once = strstr(tg_buf_str(&out), "Номер заявления");
	assert_non_null(once);
	assert_null(strstr(once + 1, "Номер заявления"));
	tg_buf_finish(&out);
}

static void test_a_worker_and_a_fixed_time_are_printed(void **state)
{
	(void)state;
	struct tg_receipt r = sample();
	struct tg_buf out = TG_BUF_INIT;
	r.accepted_by = "Сейітов Қанат Ерболұлы";
	r.result_ms = INT64_C(1795428000000); /* 2026-11-23T10:00Z */
	r.sandbox = false;
	assert_int_equal(tg_receipt_text(&r, NULL, TG_LANG_EN, TG_LANG_EN, 72, &out), TG_OK);
	assert_has(tg_buf_str(&out), "Worker who accepted the documents: Сейітов Қанат Ерболұлы");
	assert_has(tg_buf_str(&out), "23.11.2026 15:00; at this kiosk");
	assert_null(strstr(tg_buf_str(&out), "TRAINING"));
	tg_buf_finish(&out);
}

/* NCA-9.rcpt, NCA-8, NCA-9.mail: by when, the ticket, and that a form without an address brings no notice (A8). */
static void test_nca_9_rcpt_promise_ticket_and_no_notice(void **state)
{
	(void)state;
	struct tg_receipt r = sample();
	struct tg_buf out = TG_BUF_INIT;
	r.promised_ms = INT64_C(1795440600000); /* 2026-11-23T13:30Z: 18:30 there */
	r.ticket = "A-042";
	r.notes[0] = "receipt.no-mail";
	r.n_notes = 1;
	assert_int_equal(tg_receipt_text(&r, NULL, TG_LANG_RU, TG_LANG_RU, 72, &out), TG_OK);
	assert_has(tg_buf_str(&out), "не позднее 23.11.2026 18:30; в этом киоске");
	assert_has(tg_buf_str(&out), "Талон электронной очереди: A-042");
	assert_has(tg_buf_str(&out), "уведомление не отправляется");
	assert_null(strstr(tg_buf_str(&out), "сразу после ответа"));
	tg_buf_reset(&out);
	r.result_ms = INT64_C(1795428000000); /* it has come already */
	assert_int_equal(tg_receipt_text(&r, NULL, TG_LANG_RU, TG_LANG_RU, 72, &out), TG_OK);
	assert_null(strstr(tg_buf_str(&out), "не позднее"));
	tg_buf_finish(&out);
}

/* NCA-11: the slip of a complaint; K-17. */
static struct tg_slip slip(void)
{
	return (struct tg_slip){.title = "t.slip",
	        .number = "KZ01-26-000123-7",
	        .rows = {{.label = "t.name", .value = "Айгүл " KAZAKH},
	                {.label = "receipt.service", .value = "t.service", .said = true}},
	        .n_rows = 2,
	        .notes = {"receipt.how"},
	        .n_notes = 1,
	        .signer = "receipt.accepted-by",
	        .worker = "Сейітов Қанат Ерболұлы",
	        .office = TG_LANG_RU,
	        .copies = 2,
	        .sandbox = true};
}

static void test_nca_11_slip_as_text(void **state)
{
	(void)state;
	struct tg_slip s = slip();
	struct tg_buf out = TG_BUF_INIT;
	assert_int_equal(tg_slip_text(&s, NULL, TG_LANG_EN, 48, &out), TG_OK);
	assert_has(tg_buf_str(&out), "TRAINING");
	assert_has(tg_buf_str(&out), "KZ01-26-000123-7");
	assert_has(tg_buf_str(&out), "Given name: Айгүл " KAZAKH);
	assert_has(tg_buf_str(&out), "Issue of a certificate");
	assert_has(tg_buf_str(&out), "Сейітов Қанат");
	assert_width(tg_buf_str(&out), 48);
	tg_buf_finish(&out);
}

static void test_foreign_text_is_made_harmless(void **state)
{
	(void)state;
	struct tg_receipt r = sample();
	struct tg_buf out = TG_BUF_INIT;
	r.kiosk = "A\033[31mB\033]0;x\007";
	r.answers[0].value = "x\xE2\x80\xAEy\n\x9B";
	r.documents[0].value = "\xFF\xFE";
	assert_int_equal(tg_receipt_text(&r, NULL, TG_LANG_EN, TG_LANG_EN, 72, &out), TG_OK);
	for (size_t i = 0; i < out.len; i++)
		assert_true(out.data[i] >= 0x20 || out.data[i] == '\n');
	assert_true(tg_utf8_valid(tg_buf_str(&out), out.len));
	assert_null(strstr(tg_buf_str(&out), "\xE2\x80\xAE"));
	tg_buf_finish(&out);
}

/* The whole text, as it was looked at and found right by a person. */
static void test_text_golden(void **state)
{
	char want[16384];
	(void)state;
	struct tg_receipt r = sample();
	struct tg_buf out = TG_BUF_INIT;
	assert_int_equal(tg_receipt_text(&r, NULL, TG_LANG_KK, TG_LANG_RU, 48, &out), TG_OK);
	FILE *f = fopen(TAMGA_TESTS_DIR "/unit/print/receipt.kk-ru.48.txt", "r");
	assert_non_null(f);
	want[fread(want, 1, sizeof want - 1, f)] = '\0';
	fclose(f);
	assert_string_equal(tg_buf_str(&out), want);
	tg_buf_finish(&out);
}

/* ---- PDF, read by others' tools ---- */

static void save(const char *name, const struct tg_buf *b)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(b->data, 1, b->len, f), b->len);
	assert_int_equal(fclose(f), 0);
}

/* Runs a tool in the test's folder; its words go into `out`. Returns its exit status. */
static int tool(const char *command, char *out, size_t cap)
{
	char line[512], path[128];
	snprintf(line, sizeof line, "cd %s && %s >tool.out 2>tool.err", dir, command);
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	snprintf(path, sizeof path, "%s/tool.out", dir);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	out[fread(out, 1, cap - 1, f)] = '\0';
	fclose(f);
	return WEXITSTATUS(status);
}

static void make_pdf(const struct tg_receipt *r, enum tg_lang first, enum tg_lang office)
{
	struct tg_buf pdf = TG_BUF_INIT;
	struct tg_error err = {0};
	if (tg_receipt_pdf(r, NULL, first, office, &pdf, &err) != TG_OK)
		fail_msg("%s", err.detail);
	assert_memory_equal(pdf.data, "%PDF-", 5);
	save("receipt.pdf", &pdf);
	tg_buf_finish(&pdf);
}

static void test_k10_pdf_reads_back_every_letter(void **state)
{
	static const char *const parts[] = {KAZAKH, KYRGYZ, "Әбдірахманқызы", "KZ01-26-000123-7", "Қабылданған күні",
	        "Кабыл алынган күнү", "22.11.2026 15:15", "950101400125", "ОҚУ РЕЖИМІ", "ОКУУ РЕЖИМИ", "№ 012345678",
	        "A1.3", "азырынча жок", "ALA-0042"};
	static char text[65536];
	(void)state;
	struct tg_receipt r = sample();
	make_pdf(&r, TG_LANG_KK, TG_LANG_KY);
	assert_int_equal(tool("pdftotext -layout receipt.pdf -", text, sizeof text), 0);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		assert_has(text, parts[i]);
	assert_int_equal(tool("pdfinfo receipt.pdf", text, sizeof text), 0);
	assert_has(text, "(A4)");
	assert_int_equal(tool("pdffonts receipt.pdf", text, sizeof text), 0);
	assert_has(text, "DejaVuSans");
	assert_null(strstr(text, " no  yes")); /* every font is embedded */
}

static void test_k10_qr_holds_the_number(void **state)
{
	static char text[4096];
	(void)state;
	struct tg_receipt r = sample();
	make_pdf(&r, TG_LANG_RU, TG_LANG_RU);
	assert_int_equal(tool("pdftoppm -r 120 -f 1 -l 1 -gray receipt.pdf page && zbarimg -q --raw page-*.pgm", text,
	                         sizeof text),
	        0);
	assert_string_equal(text, "KZ01-26-000123-7\n");
}

/* K-17: the sentence stands on each page, also when the answers go on over several. */
static void test_k17_every_page_says_training(void **state)
{
	static char text[131072];
	(void)state;
	struct tg_receipt r = sample();
	for (unsigned i = 0; i < TG_RECEIPT_ROWS; i++) {
		r.answers[i].number = "A1.6";
		r.answers[i].label = "t.address";
		r.answers[i].value = "Алматы қаласы, Алмалы ауданы, Төле би көшесі, 59-үй, 12-пәтер, ескі мекенжайы: "
		                     "Шымкент қаласы, "
		                     "Қаратау ауданы, Әл-Фараби даңғылы, 7-үй";
	}
	r.n_answers = TG_RECEIPT_ROWS;
	make_pdf(&r, TG_LANG_RU, TG_LANG_EN);
	int pages = 0;
	for (int page = 1; page < 40; page++) {
		char command[128];
		snprintf(command, sizeof command, "pdftotext -f %d -l %d receipt.pdf -", page, page);
		if (tool(command, text, sizeof text) != 0 || !*text || text[0] == '\f')
			break;
		pages++;
		if (!strstr(text, "УЧЕБНЫЙ РЕЖИМ") && !strstr(text, "TRAINING"))
			fail_msg("page %d does not say that it is training", page);
		assert_has(text, "KZ01-26-000123-7");
	}
	assert_true(pages >= 4);
	char last[64];
	snprintf(last, sizeof last, "Page %d of %d", pages, pages);
	assert_int_equal(tool("pdftotext receipt.pdf -", text, sizeof text), 0);
	assert_has(text, last);
}

/* A letter that is in no font: no receipt with boxes. Plane 3 has ideographs that no font of Debian's kiosk has. */
static void test_t603_missing_glyph_is_refused(void **state)
{
	(void)state;
	struct tg_receipt r = sample();
	struct tg_buf pdf = TG_BUF_INIT;
	struct tg_error err = {0};
	r.answers[0].value = "\xF0\xB1\x8D\x8A"; /* U+3134A */
	assert_int_equal(tg_receipt_pdf(&r, NULL, TG_LANG_KK, TG_LANG_RU, &pdf, &err), TG_FONT_MISSING);
	assert_int_equal(err.status, TG_FONT_MISSING);
	assert_int_equal(pdf.len, 0);
	tg_buf_finish(&pdf);
}

/* The same receipt is the same file: nothing of the machine's clock is in it. */
static void test_pdf_is_reproducible(void **state)
{
	(void)state;
	struct tg_receipt r = sample();
	struct tg_buf a = TG_BUF_INIT, b = TG_BUF_INIT;
	assert_int_equal(tg_receipt_pdf(&r, NULL, TG_LANG_KK, TG_LANG_RU, &a, NULL), TG_OK);
	sleep(1);
	assert_int_equal(tg_receipt_pdf(&r, NULL, TG_LANG_KK, TG_LANG_RU, &b, NULL), TG_OK);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	tg_buf_finish(&a);
	tg_buf_finish(&b);
}

/* ---- printing service ---- */

struct service {
	int fd, port;
	pthread_t thread;
	uint16_t status; /* of the IPP answer; 0xFFFF = says nothing, 0xFFFE = garbage */
	char head[2048], body[256];
	size_t body_len;
};

static size_t read_head(int fd, char *out, size_t cap)
{
	size_t n = 0;
	while (n + 1 < cap && read(fd, out + n, 1) == 1) {
		out[++n] = '\0';
		if (n >= 4 && strcmp(out + n - 4, "\r\n\r\n") == 0)
			break;
	}
	return n;
}

static void answer_job(struct service *s, int fd)
{
	/* RFC 8010: version 2.0, status, request 1, operation attributes, job attributes with job-id 4711. */
	static const char attributes[] = "\x01\x47\x00\x12"
	                                 "attributes-charset\x00\x05"
	                                 "utf-8"
	                                 "\x48\x00\x1b"
	                                 "attributes-natural-language\x00\x02"
	                                 "en"
	                                 "\x02\x21\x00\x06"
	                                 "job-id\x00\x04\x00\x00\x12\x67\x03";
	char ipp[512] = {2, 0, (char)(s->status >> 8), (char)(s->status & 0xFF), 0, 0, 0, 1};
	char http[256];
	size_t n = 8 + sizeof attributes - 1;
	memcpy(ipp + 8, attributes, sizeof attributes - 1);
	if (s->status == 0xFFFE)
		memset(ipp, 'x', n);
	int h = snprintf(http, sizeof http,
	        "HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: %zu\r\n\r\n", n);
	(void)!write(fd, http, (size_t)h);
	(void)!write(fd, ipp, n);
}

static void *serve(void *ctx)
{
	struct service *s = ctx;
	int fd = accept(s->fd, NULL, NULL);
	if (fd < 0)
		return NULL;
	read_head(fd, s->head, sizeof s->head);
	if (strcasestr(s->head, "Expect: 100-continue"))
		(void)!write(fd, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	const char *length = strcasestr(s->head, "Content-Length:");
	size_t left = length ? strtoul(length + 15, NULL, 10) : 0;
	for (char part[4096]; left > 0;) {
		ssize_t k = read(fd, part, left < sizeof part ? left : sizeof part);
		if (k <= 0)
			break;
		size_t keep = sizeof s->body - s->body_len < (size_t)k ? sizeof s->body - s->body_len : (size_t)k;
		memcpy(s->body + s->body_len, part, keep);
		s->body_len += keep;
		left -= (size_t)k;
	}
	if (s->status != 0xFFFF)
		answer_job(s, fd);
	close(fd);
	return NULL;
}

static void start_service(struct service *s, uint16_t status)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	char name[64];
	*s = (struct service){.status = status};
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(s->fd >= 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(s->fd, 4), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &n), 0);
	snprintf(name, sizeof name, "127.0.0.1:%u", ntohs(a.sin_port));
	cupsSetServer(name);
	ippSetPort(ntohs(a.sin_port));
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static enum tg_status print_to(uint16_t status, int *job, struct service *s)
{
	static const uint8_t pdf[] = "%PDF-1.5 test";
	struct tg_error err = {0};
	start_service(s, status);
	enum tg_status st = tg_print_submit("office", "receipt", (struct tg_bytes){pdf, sizeof pdf - 1}, job, &err);
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
	return st;
}

static void test_a_job_is_handed_over(void **state)
{
	struct service s;
	int job = 0;
	(void)state;
	assert_int_equal(print_to(0x0000, &job, &s), TG_OK);
	assert_int_equal(job, 4711);
	assert_has(s.head, "POST /printers/office HTTP/1.1");
	assert_int_equal(s.body[3], 0x02); /* RFC 8011: Print-Job */
	assert_true(memmem(s.body, s.body_len, "application/pdf", 15) != NULL);
	assert_true(memmem(s.body, s.body_len, "%PDF-1.5 test", 13) != NULL);
}

static void test_t601_t602_printing_that_fails_is_named(void **state)
{
	struct service s;
	struct tg_error err = {0};
	struct tg_bytes nothing = {(const uint8_t *)"", 0};
	(void)state;
	assert_int_equal(print_to(0x0406, NULL, &s), TG_PRINTER_NONE); /* client-error-not-found */
	assert_int_equal(print_to(0x0501, NULL, &s), TG_PRINT_FAILED); /* operation not supported */
	assert_int_equal(print_to(0x0400, NULL, &s), TG_PRINT_FAILED);
	assert_int_equal(print_to(0xFFFF, NULL, &s), TG_PRINT_FAILED);
	assert_int_equal(print_to(0xFFFE, NULL, &s), TG_PRINT_FAILED);
	/* Nobody listens any more. */
	assert_int_equal(tg_print_submit("office", "x", nothing, NULL, &err), TG_PRINTER_NONE);
	assert_int_equal(tg_print_submit("", "x", nothing, NULL, &err), TG_PRINTER_NONE);
	assert_int_equal(tg_print_submit(NULL, "x", nothing, NULL, &err), TG_PRINTER_NONE);
	assert_int_equal(tg_print_submit("../admin", "x", nothing, NULL, &err), TG_PRINTER_NONE);
	assert_int_equal(err.status, TG_PRINTER_NONE);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "/tmp/tamga-print-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int clean_up(void **state)
{
	char command[256];
	int status;
	(void)state;
	snprintf(command, sizeof command, "rm -f %s/receipt.pdf %s/page-*.pgm %s/tool.*", dir, dir, dir);
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return rmdir(dir);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_nca_9_rcpt_promise_ticket_and_no_notice),
	        cmocka_unit_test(test_nca_11_slip_as_text),
	        cmocka_unit_test(test_nca_9_rcpt_text_has_every_item),
	        cmocka_unit_test(test_text_fits_a_paper_roll),
	        cmocka_unit_test(test_text_of_one_language_stands_once),
	        cmocka_unit_test(test_a_worker_and_a_fixed_time_are_printed),
	        cmocka_unit_test(test_foreign_text_is_made_harmless),
	        cmocka_unit_test(test_text_golden),
	        cmocka_unit_test(test_k10_pdf_reads_back_every_letter),
	        cmocka_unit_test(test_k10_qr_holds_the_number),
	        cmocka_unit_test(test_k17_every_page_says_training),
	        cmocka_unit_test(test_t603_missing_glyph_is_refused),
	        cmocka_unit_test(test_pdf_is_reproducible),
	        cmocka_unit_test(test_a_job_is_handed_over),
	        cmocka_unit_test(test_t601_t602_printing_that_fails_is_named),
	};
	struct tg_receipt r = sample();
	struct tg_buf out = TG_BUF_INIT;
	if (argc == 2) { /* test_print pdf|text: the sample itself, to be looked at */
		enum tg_status st = strcmp(argv[1], "pdf") == 0
		                            ? tg_receipt_pdf(&r, NULL, TG_LANG_KK, TG_LANG_RU, &out, NULL)
		                            : tg_receipt_text(&r, NULL, TG_LANG_KK, TG_LANG_RU, 48, &out);
		fwrite(out.data, 1, out.len, stdout);
		tg_buf_finish(&out);
		return st == TG_OK ? 0 : 1;
	}
	return cmocka_run_group_tests(tests, set_up, clean_up);
}
