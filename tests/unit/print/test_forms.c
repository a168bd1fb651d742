/* The nine forms on paper, read back by pdftotext and held against what the annexes of the standard ask (typed from the
 * source into annexes.kk.txt): every label in its order, every answer beside its number, who signs, the seal's place,
 * footnote, copies (NCA-A1 … A9, NCA-sign, NCA-decl, K-9, K-13, K-17). TAMGA_KEEP_FORMS=DIR keeps the papers. */
#include "tamga/print.h"

#include "tamga/flow.h"
#include "tamga/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define LOCALE TAMGA_BINARY_DIR "/locale"
#define TEXT   (256 * 1024)

static struct tg_catalog *catalog;
static struct tg_i18n *texts;
static const struct tg_provider *nca;
static char dir[200];
static bool keep;
static char paper[TEXT], folded[TEXT], expected[TEXT];

/* fontconfig keeps its patterns until the process ends. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig";
}

/* ---- reading ---- */

struct letters {
	const char *from, *to;
};
/* Signs that mean the same; the Latin i inside Kazakh words of the source; lines to fill. */
static const struct letters same_letters[] = {{"«", "\""}, {"»", "\""}, {"“", "\""}, {"”", "\""}, {"–", "-"},
        {"—", "-"}, {"‑", "-"}, {"_", ""}, {"і", "i"}, {"\f", " "}};

/* Case of the words "бит" and "Бит" is the source's own disorder: everything is compared in small letters. */
static void fold(const char *in, char *out)
{
	bool space = true;
	const char *end = in + strlen(in);
	while (in < end) {
		bool replaced = false;
		for (size_t i = 0; i < sizeof same_letters / sizeof same_letters[0] && !replaced; i++) {
			size_t n = strlen(same_letters[i].from);
			if (strncmp(in, same_letters[i].from, n) != 0)
				continue;
			for (const char *p = same_letters[i].to; *p; p++) {
				if (*p == ' ' && space)
					continue;
				space = *p == ' ';
				*out++ = *p;
			}
			in += n;
			replaced = true;
		}
		if (replaced)
			continue;
		uint32_t cp = tg_utf8_next(&in, end);
		bool blank = cp == ' ' || cp == '\n' || cp == '\t' || cp == 0xA0;
		if (blank && (space || out[-1] == '-'))
			continue; /* a line that was broken at a hyphen */
		space = blank;
		out += tg_utf8_put(blank ? ' ' : tg_text_lower(cp), out);
	}
	*out = '\0';
}

static void read_file(const char *path, char *out)
{
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	size_t n = fread(out, 1, TEXT - 1, f);
	assert_true(n < TEXT - 1);
	out[n] = '\0';
	assert_int_equal(fclose(f), 0);
}

static void tool(const char *name, const char *a, const char *b, const char *c)
{
	pid_t pid = fork();
	if (pid == 0) {
		execlp(name, name, a, b, c, (char *)NULL);
		_exit(127);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Keeps the PDF under a name, and has it read. */
static void take(const struct tg_buf *pdf, const char *name)
{
	char pdf_path[300], text_path[300];
	assert_memory_equal(pdf->data, "%PDF-", 5);
	snprintf(pdf_path, sizeof pdf_path, "%s/%s.pdf", dir, name);
	snprintf(text_path, sizeof text_path, "%s/%s.txt", dir, name);
	FILE *out = fopen(pdf_path, "wb");
	assert_non_null(out);
	assert_int_equal(fwrite(pdf->data, 1, pdf->len, out), pdf->len);
	assert_int_equal(fclose(out), 0);
	tool("pdftotext", "-raw", pdf_path, text_path);
	read_file(text_path, paper);
	fold(paper, folded);
	if (!keep) {
		unlink(pdf_path);
		unlink(text_path);
	}
}

static void make(const struct tg_form_print *f, enum tg_lang person, const char *name)
{
	struct tg_buf pdf = TG_BUF_INIT;
	struct tg_error err = {0};
	if (tg_form_pdf(f, texts, person, &pdf, &err) != TG_OK)
		fail_msg("%s: %s", f->form->code, err.detail);
	take(&pdf, name);
	tg_buf_finish(&pdf);
}

static void make_slip(const struct tg_slip *slip, const char *name)
{
	struct tg_buf pdf = TG_BUF_INIT;
	struct tg_error err = {0};
	if (tg_slip_pdf(slip, texts, TG_LANG_KK, &pdf, &err) != TG_OK)
		fail_msg("%s: %s", name, err.detail);
	take(&pdf, name);
	tg_buf_finish(&pdf);
}

static bool has(const char *part)
{
	char want[4096];
	fold(part, want);
	return strstr(folded, want) != NULL;
}

static void must_have(const char *part)
{
	if (!has(part))
		fail_msg("«%s» is missing in:\n%s", part, folded);
}

static void must_not_have(const char *part)
{
	if (has(part))
		fail_msg("«%s» stands in:\n%s", part, folded);
}

static unsigned count(const char *part)
{
	char want[1024];
	unsigned n = 0;
	fold(part, want);
	for (const char *p = folded; (p = strstr(p, want)) != NULL; p += strlen(want))
		n++;
	return n;
}

/* Every line of the annex's section, each behind the one before. */
static void must_follow_the_annex(const char *code)
{
	char head[16], line[2048], want[4096];
	unsigned n = 0;
	const char *at = folded;
	read_file(TAMGA_TESTS_DIR "/unit/print/annexes.kk.txt", expected);
	snprintf(head, sizeof head, "[%s]\n", code);
	const char *p = strstr(expected, head);
	assert_non_null(p);
	for (p += strlen(head); *p && *p != '['; p += strcspn(p, "\n") + 1) {
		snprintf(line, sizeof line, "%.*s", (int)strcspn(p, "\n"), p);
		fold(line, want);
		const char *found = strstr(at, want);
		if (!found)
			fail_msg("%s: «%s» is %s:\n%s", code, line, strstr(folded, want) ? "too early" : "missing",
			        folded);
		else
			at = found + strlen(want);
		n++;
	}
	assert_true(n >= 14);
}

/* ---- answers ---- */

struct answers {
	const struct tg_form *form;
	const char *only; /* only fields whose role is none or one of these words; NULL: all */
	unsigned serials;
};

static const char *serial_list(unsigned n)
{
	static char text[TG_VALUE_MAX];
	size_t used = 0;
	text[0] = '\0';
	for (unsigned i = 1; i <= n; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%02u3fa21190abcdef01234567890abcdef0%04u",
		        i > 1 ? "\n" : "", i % 100, i);
	return text;
}

/* An answer that says which question it belongs to. */
static const char *answer(const char *id, const void *ctx)
{
	static char values[TG_FORM_FIELDS_MAX][64];
	const struct answers *a = ctx;
	const struct tg_field *field = tg_form_field(a->form, id);
	if (!field || (a->only && field->role && !tg_words_have(a->only, field->role)))
		return NULL;
	if (field->kind == TG_FIELD_SERIALS && a->serials)
		return serial_list(a->serials);
	if (field->kind == TG_FIELD_CHOICE)
		return field->choices[0].id;
	if (field->kind == TG_FIELD_LIST)
		return NULL;
	char *value = values[field - a->form->fields];
	snprintf(value, sizeof values[0], "мән-%s", field->number);
	return value;
}

static const struct tg_form *form_of(const char *code)
{
	char id[16];
	snprintf(id, sizeof id, "nca-a%s", code + 1);
	const struct tg_form *form = tg_catalog_form(catalog, id);
	if (!form)
		fail_msg("there is no form %s", id);
	return form;
}

static struct tg_form_print filled(const struct answers *a)
{
	return (struct tg_form_print){.form = a->form,
	        .provider = nca,
	        .conditions = "treasury",
	        .answer = answer,
	        .ctx = a,
	        .number = "KZ01-26-000123-7",
	        .date_ms = INT64_C(1795342530000), /* 2026-11-22T10:15:30Z */
	        .consents = {true, true, true, true}};
}

static struct tg_form_print empty(const struct tg_form *form)
{
	return (struct tg_form_print){.form = form, .provider = nca, .conditions = "treasury"};
}

static const char *const codes[] = {"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9"};
#define N_CODES (sizeof codes / sizeof codes[0])

/* Number, label and answer of each question, as one line of text. */
static void must_have_answers(const struct tg_form_print *f)
{
	char want[2048];
	for (unsigned i = 0; i < f->form->n_fields; i++) {
		const struct tg_field *field = &f->form->fields[i];
		const char *value = field->kind == TG_FIELD_NUMBER ? NULL : f->answer(field->id, f->ctx);
		if (!tg_when_holds(field->when, f->conditions))
			continue;
		if (field->kind == TG_FIELD_CHOICE)
			value = tg_text(texts, TG_LANG_KK, field->choices[0].label);
		snprintf(want, sizeof want, "%s %s: %s", field->number, tg_text(texts, TG_LANG_KK, field->label),
		        value ? value : "");
		must_have(want);
	}
}

static void test_each_form_follows_its_annex(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CODES; i++) {
		const struct answers a = {.form = form_of(codes[i])};
		struct tg_form_print f = filled(&a);
		make(&f, TG_LANG_KK, codes[i]);
		must_follow_the_annex(codes[i]);
		must_have_answers(&f);
		must_have("2026 жылғы «22» қараша");
		must_not_have("ОҚУ РЕЖИМІ");
	}
}

static void test_each_empty_form_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CODES; i++) {
		struct tg_form_print f = empty(form_of(codes[i]));
		char name[16];
		snprintf(name, sizeof name, "%s-empty", codes[i]);
		make(&f, TG_LANG_KK, name);
		must_follow_the_annex(codes[i]);
		must_have("жылғы");
		must_not_have("☑");
	}
}

/* In the language of the source; the person's stands small under it. */
static void test_other_languages_stand_under_the_source(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CODES; i++) {
		const struct answers a = {.form = form_of(codes[i])};
		struct tg_form_print f = filled(&a);
		char name[16];
		f.sandbox = true;
		for (int lang = TG_LANG_KY; lang < TG_LANG_COUNT; lang++) { /* Kazakh is that of the source */
			snprintf(name, sizeof name, "%s-%s", codes[i], tg_lang_code((enum tg_lang)lang));
			make(&f, (enum tg_lang)lang, name);
			must_follow_the_annex(codes[i]);
			must_have(tg_text(texts, (enum tg_lang)lang, a.form->title));
			must_have(tg_text(texts, (enum tg_lang)lang, a.form->fields[1].label));
			must_have(tg_text(texts, (enum tg_lang)lang, "print.training")); /* K-17 */
		}
	}
}

/* NCA-decl: issue forms have four declarations, revocations three, A3 and A9 none; each with its version. */
static void test_declarations_are_those_of_the_form(void **state)
{
	static const struct {
		const char *code;
		unsigned declarations;
		bool policy, agreement;
	} want[] = {{"A1", 4, true, true}, {"A2", 4, true, true}, {"A3", 0, false, false}, {"A4", 4, true, true},
	        {"A5", 4, true, true}, {"A6", 4, true, true}, {"A7", 3, false, true}, {"A8", 3, false, true},
	        {"A9", 0, false, false}};
	(void)state;
	for (size_t i = 0; i < N_CODES; i++) {
		const struct answers a = {.form = form_of(want[i].code)};
		struct tg_form_print f = filled(&a);
		make(&f, TG_LANG_KK, "declarations");
		assert_int_equal(count("☑"), want[i].declarations);
		assert_int_equal(count("нұсқасы:"), want[i].declarations);
		assert_int_equal(has("саясатымен таныстым, қарсылығым жоқ"), want[i].policy);
		assert_int_equal(has("пайдаланушылық келісімімен таныстым"), want[i].agreement);
		assert_int_equal(has("дербес деректерімді өңдеуге"), want[i].agreement);
		assert_int_equal(has("электрондық поштаға хабарлама"), want[i].agreement);
		if (!want[i].declarations || want[i].code[1] > '2')
			continue;
		f.consents[0] = false;
		make(&f, TG_LANG_KK, "declarations");
		assert_int_equal(count("☐"), 1);
	}
}

/* NCA-sign: seal places on A3 and A8 only; the footnote on A8 only; two copies of A9 only. */
static void test_seal_footnote_and_copies(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CODES; i++) {
		const char *code = codes[i];
		const struct answers a = {.form = form_of(code)};
		struct tg_form_print f = filled(&a);
		bool sealed = !strcmp(code, "A3") || !strcmp(code, "A8"), twice = !strcmp(code, "A9");
		make(&f, TG_LANG_KK, "seal");
		assert_int_equal(has("МО (болған кезде)"), sealed);
		assert_int_equal(has("ұйымның мөрі қажет емес"), !strcmp(code, "A8"));
		assert_int_equal(has("1-дана, барлығы 2") && has("2-дана, барлығы 2"), twice);
		assert_int_equal(count("Бірегей нөмірі"), strchr("12456", code[1]) ? 1 : 0); /* K-9 */
		must_have("KZ01-26-000123-7");
		assert_int_equal(count("Жазба нөмірі"), strchr("12456", code[1]) ? 0 : twice ? 2 : 1);
		must_have("383/НҚ"); /* NCA-0: the standard was repealed, and the paper does not hide it */
	}
}

/* A8: with an extract of the dismissal order the owner of the certificate signs, and there is no seal; treasury fields
 * only for the treasury's participants. */
static void test_nca_a8_dismissal_and_treasury(void **state)
{
	(void)state;
	const struct answers a = {.form = form_of("A8")};
	struct tg_form_print f = filled(&a);
	f.conditions = "dismissal-order dismissal-extract";
	make(&f, TG_LANG_KK, "A8-extract");
	must_not_have("МО (болған кезде)");
	must_not_have("ММ/МБС");
	must_have("Тіркеу куәлігінің иесі*");
	must_not_have("Басшы*");
	f.conditions = "treasury";
	make(&f, TG_LANG_KK, "A8-treasury");
	must_have("ММ/МБС коды");
	must_have("МО (болған кезде)");
}

/* A3: so many places for a representative's specimen signature as there are representatives. */
static void test_nca_a3_one_to_four_representatives(void **state)
{
	static const char *const who[] = {"head organisation representative-1",
	        "head organisation representative-1 representative-2",
	        "head organisation representative-1 representative-2 representative-3", NULL};
	(void)state;
	for (unsigned n = 1; n <= 4; n++) {
		const struct answers a = {.form = form_of("A3"), .only = who[n - 1]};
		struct tg_form_print f = filled(&a);
		char name[16];
		snprintf(name, sizeof name, "A3-%u", n);
		make(&f, TG_LANG_KK, name);
		assert_int_equal(count("(қолы)"), n + 1); /* and the head's */
		must_have("Басшы");
	}
}

/* A7: 17 lines on the form, a further sheet beyond, signed as well; A8 without limit. */
static void test_nca_a7_further_sheet(void **state)
{
	char last[64];
	(void)state;
	for (unsigned n = 1; n <= 40; n = n == 1 ? 17 : n == 17 ? 18 : n == 18 ? 40 : 41) {
		const struct answers a = {.form = form_of("A7"), .serials = n};
		struct tg_form_print f = filled(&a);
		snprintf(last, sizeof last, "A7-%u", n);
		make(&f, TG_LANG_KK, last);
		assert_int_equal(count("Қосымша парақ"), n <= 17 ? 0 : n <= 34 ? 1 : 2);
		assert_int_equal(count("жеке тұлға өкілінің) қолы"), n <= 17 ? 1 : n <= 34 ? 2 : 3);
		snprintf(last, sizeof last, "%02u3fa21190abcdef01234567890abcdef0%04u", n, n);
		assert_int_equal(count(last), 1);
		assert_int_equal(count("3fa21190abcdef01234567890abcdef0"), n);
	}
	const struct answers a = {.form = form_of("A8"), .serials = 40};
	struct tg_form_print f = filled(&a);
	make(&f, TG_LANG_KK, "A8-40");
	assert_int_equal(count("Қосымша парақ"), 0);
	assert_int_equal(count("3fa21190abcdef01234567890abcdef0"), 40);
}

/* A9 names each missing document with its number, and who refused (NCA-10). */
static void test_nca_a9_missing_documents(void **state)
{
	(void)state;
	const struct answers a = {.form = form_of("A9"), .only = "nobody"};
	struct tg_form_print f = filled(&a);
	f.missing[0] = "nca.a1.title";
	f.missing[1] = "nca.a1.phone";
	f.missing[2] = "nca.a1.email";
	f.n_missing = 3;
	f.worker = "Сейітов Қанат Ерболұлы";
	make(&f, TG_LANG_KK, "A9-missing");
	must_have("1) Қазақстан Республикасының Ұлттық куәландыру орталығының тіркеу куәліктерін беруге өтініш");
	must_have("2) Телефон");
	must_have("3) Электрондық пошта мекенжайы");
	must_not_have("4)");
	must_have("Сейітов Қанат Ерболұлы");
	must_follow_the_annex("A9");
}

/* Foreign text is harmless, long names are whole, and no letter is lost. */
static const char *wild(const char *id, const void *ctx)
{
	(void)ctx;
	(void)id;
	return "Жауапкершілігі шектеулі серіктестігі «Өте-ұзын-атаулы-Ұйым-ӘәҒғҚқҢңӨөҰұҮүҺһІі» Құрылыс және жөндеу "
	       "жұмыстары жөніндегі бірлескен кәсіпорын \033[31mқызыл\xE2\x80\xAE";
}

static void test_wild_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CODES; i++) {
		struct tg_form_print f = empty(form_of(codes[i]));
		char name[16];
		f.answer = wild;
		snprintf(name, sizeof name, "%s-wild", codes[i]);
		make(&f, TG_LANG_RU, name);
		for (const char *p = paper; *p; p++)
			assert_true((unsigned char)*p >= 0x20 || strchr("\n\f\t", *p));
		must_have("ӘәҒғҚқҢңӨөҰұҮүҺһІі");
		must_have("жөніндегі бірлескен кәсіпорын");
	}
}

/* NCA-11: two copies, the place for the stamp on each, who took it. */
static void test_nca_11_slip_of_a_complaint(void **state)
{
	const struct tg_slip slip = {.title = "slip.complaint",
	        .number = "KZ01-26-000123-7",
	        .rows = {{.label = "nca.a1.given-name", .value = "Айгүл ӘәҒғҚқҢңӨөҰұҮүҺһІі"},
	                {.label = "receipt.service", .value = "nca.a1.title", .said = true}},
	        .n_rows = 2,
	        .signer = "slip.complaint.worker",
	        .worker = "Сейітов Қанат Ерболұлы",
	        .stamp = "slip.complaint.stamp",
	        .office = TG_LANG_RU,
	        .copies = 2,
	        .sandbox = true};
	(void)state;
	make_slip(&slip, "slip");
	must_have("1-дана, барлығы 2");
	must_have("2-дана, барлығы 2");
	must_have("Аты");
	must_have("Айгүл ӘәҒғҚқҢңӨөҰұҮүҺһІі");
	must_have("тіркеу куәліктерін беруге өтініш (жеке тұлғадан)");
	assert_int_equal(count(tg_text(texts, TG_LANG_KK, "slip.complaint.stamp")), 2);
	assert_int_equal(count("Сейітов Қанат Ерболұлы"), 2);
	must_have(tg_text(texts, TG_LANG_KK, "print.training"));
}

/* A certificate that does not fit into a QR code is text only, and nothing of it is lost. */
static void test_a_long_code_is_text_only(void **state)
{
	char code[3600];
	const struct tg_slip slip = {.title = "print.certificate.title", .code = code, .copies = 1};
	(void)state;
	for (size_t i = 0; i + 1 < sizeof code; i++)
		code[i] = i % 65 == 64 ? '\n' : 'A';
	code[sizeof code - 1] = '\0';
	make_slip(&slip, "code");
	unsigned letters = 0;
	for (const char *p = paper; *p; p++)
		letters += *p == 'A';
	assert_int_equal(letters, sizeof code - 1 - (sizeof code - 1) / 65);
}

static int set_up(void **state)
{
	struct tg_error err = {0};
	(void)state;
	if (tg_catalog_load(&catalog, TAMGA_SOURCE_DIR "/screens", tg_flow_rules, &err) != TG_OK)
		fail_msg("%s:%d: %s", err.file, err.line, err.detail);
	if (tg_i18n_load(&texts, LOCALE, &err) != TG_OK)
		fail_msg("%s", err.detail);
	nca = tg_catalog_provider(catalog, "kz-nca");
	return nca ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	tg_catalog_destroy(catalog);
	tg_i18n_destroy(texts);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_form_follows_its_annex),
	        cmocka_unit_test(test_each_empty_form_is_whole),
	        cmocka_unit_test(test_other_languages_stand_under_the_source),
	        cmocka_unit_test(test_declarations_are_those_of_the_form),
	        cmocka_unit_test(test_seal_footnote_and_copies), cmocka_unit_test(test_nca_a8_dismissal_and_treasury),
	        cmocka_unit_test(test_nca_a3_one_to_four_representatives), cmocka_unit_test(test_nca_a7_further_sheet),
	        cmocka_unit_test(test_nca_a9_missing_documents), cmocka_unit_test(test_wild_answers),
	        cmocka_unit_test(test_nca_11_slip_of_a_complaint), cmocka_unit_test(test_a_long_code_is_text_only)};
	keep = getenv("TAMGA_KEEP_FORMS") != NULL;
	snprintf(dir, sizeof dir, "%s", keep ? getenv("TAMGA_KEEP_FORMS") : "/tmp/tamga-forms-XXXXXX");
	if (!keep && !mkdtemp(dir))
		return 1;
	int rc = cmocka_run_group_tests(tests, set_up, tear_down);
	if (!keep)
		rmdir(dir);
	return rc;
}
