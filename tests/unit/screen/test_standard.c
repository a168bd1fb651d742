/* The forms of the standard against its text (tests/data/seed-nca.txt: the standard with its annexes, as published).
 * Titles and names of fields are typed here from the source, in its order; each is looked for in the text of its own
 * annex after the misprints of errata.yaml are put back. Requirements K-6, K-13, NCA-9.poa, NCA-11, NCA-A2 … A9,
 * NCA-decl, NCA-sign, NCA-valid. */
#include "screen_fixture.h"

#define SCREENS TAMGA_SOURCE_DIR "/screens"
#define LOCALE  TAMGA_BINARY_DIR "/locale"
#define ANNEXES 9
#define TEXT    (256 * 1024)

static struct tg_catalog *catalog;
static struct tg_i18n *texts;
static char seed[TEXT];
static char annex[ANNEXES + 1][32 * 1024]; /* folded, by number */

static const char *kk(const char *id)
{
	assert_non_null(id);
	assert_true(tg_text_has(texts, TG_LANG_KK, id));
	return tg_text(texts, TG_LANG_KK, id);
}

/* Each annex begins with its number and the word "form". */
static void cut_annexes(void)
{
	const char *at = seed;
	for (unsigned n = 1; n <= ANNEXES; n++) {
		char mark[64], next[64];
		snprintf(mark, sizeof(mark), "%u-қосымшанысан", n);
		snprintf(next, sizeof(next), "%u-қосымшанысан", n + 1);
		const char *from = strstr(at, mark);
		assert_non_null(from);
		const char *to = strstr(from, next);
		size_t length = to ? (size_t)(to - from) : strlen(from);
		assert_true(length < sizeof(annex[n]));
		memcpy(annex[n], from, length);
		at = from;
	}
}

static int set_up(void **state)
{
	(void)state;
	struct tg_error err = {0};
	struct tg_buf b = TG_BUF_INIT;
	if (tg_catalog_load(&catalog, SCREENS, fixture_rules, &err) != TG_OK)
		fail_msg("%s:%d:%d: %s", err.file, err.line, err.column, err.detail);
	if (tg_i18n_load(&texts, LOCALE, &err) != TG_OK)
		fail_msg("%s: %s", err.file, err.detail);
	fixture_read(TAMGA_TESTS_DIR "/data/seed-nca.txt", &b);
	fixture_fold(tg_buf_str(&b), seed, sizeof(seed));
	tg_buf_finish(&b);
	cut_annexes();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tg_catalog_destroy(catalog);
	tg_i18n_destroy(texts);
	return 0;
}

static const struct tg_provider *nca(void)
{
	const struct tg_provider *p = tg_catalog_provider(catalog, "kz-nca");
	assert_non_null(p);
	return p;
}

static const struct tg_form *form_of(const char *code)
{
	char id[16] = "nca-";
	for (size_t i = 0; code[i]; i++)
		id[4 + i] = (char)(code[i] >= 'A' && code[i] <= 'Z' ? code[i] - 'A' + 'a' : code[i]);
	const struct tg_form *f = tg_catalog_form(catalog, id);
	assert_non_null(f);
	assert_string_equal(f->code, code);
	return f;
}

/* Puts what the source has in place of what was mended: folded text, one form's errata. */
static void unmend(const char *form, char text[4096])
{
	for (unsigned i = 0; i < nca()->n_errata; i++) {
		const struct tg_erratum *e = &nca()->errata[i];
		char mended[2048], printed[2048], rest[4096];
		if (!e->form || strcmp(e->form, form) != 0)
			continue;
		fixture_fold(e->mended, mended, sizeof(mended));
		fixture_fold(e->printed, printed, sizeof(printed));
		char *at = strstr(text, mended);
		if (!at || strcmp(mended, printed) == 0)
			continue;
		tg_copy(rest, sizeof(rest), at + strlen(mended));
		snprintf(at, 4096 - (size_t)(at - text), "%s%s", printed, rest);
	}
}

static void assert_in_annex(const struct tg_form *f, const char *sentence)
{
	char folded[4096];
	fixture_fold(sentence, folded, sizeof(folded));
	assert_true(strlen(folded) > 3);
	unmend(f->id, folded);
	if (!strstr(annex[f->code[1] - '0'], folded))
		fail_msg("%s: not in its annex: %s (%s)", f->code, sentence, folded);
}

struct expected {
	const char *code;
	unsigned n;
	const char *titles[24];
};

#define A9_BRANCH                                                                                                      \
	"«Азаматтарға арналған үкімет» мемлекеттік корпорациясы коммерциялық емес акционерлік қоғамының филиалы"
#define A9_SERVICE "Мемлекеттік көрсетілетін қызмет стандартына сәйкес мемлекеттік көрсетілетін қызметтің атауы"

static const struct expected forms[] = {
        {"A1", 12,
                {"Бірегей нөмірі", "ЖСН", "Тегі", "Аты", "Әкесінің аты", "Облыстың атауы", "Қала",
                        "Электрондық пошта мекенжайы", "Телефон", "Қолтаңбаның ашық кілті", "Аутентификация ашық кілті",
                        "Қосымша ақпаратқа арналған орын"}},
        {"A2", 14,
                {"Бірегей нөмірі", "БСН", "Ұйымның атауы немесе ДК", "ЖСН", "Тегі", "Аты", "Әкесінің аты",
                        "Облыстың атауы", "Қала", "Электрондық пошта мекенжайы", "Телефон", "Қолтаңбаның ашық кілті",
                        "Аутентификация ашық кілті", "Қосымша ақпаратқа арналған орын"}},
        {"A4", 12,
                {"Бірегей нөмірі", "ЖСН", "Тегі", "Аты", "Әкесінің аты", "Облыстың атауы", "Қала",
                        "Электрондық пошта мекенжайы", "Телефон", "Домендік атау", "Қосымша домендік атаулардың тізімі",
                        "Base64 форматындағы PKCS#10 сұрау салу"}},
        {"A5", 14,
                {"Бірегей нөмірі", "БСН", "Ұйымның атауы", "ЖСН", "Тегі", "Аты", "Әкесінің аты", "Облыстың атауы",
                        "Қала", "Электрондық пошта мекенжайы", "Телефон", "Домендік атау",
                        "Қосымша домендік атаулардың тізімі", "Base64 форматындағы PKCS#10 сұрау салу"}},
        {"A6", 16,
                {"Бірегей нөмірі", "БСН", "Ұйымның атауы", "ЖСН", "Тегі", "Аты", "Әкесінің аты", "ММ/МБС коды", "Рөлі",
                        "Облыстың атауы", "Қала", "Электрондық пошта мекенжайы", "Телефон", "Қолтаңбаның ашық кілті",
                        "Аутентификация ашық кілті", "Қосымша ақпаратқа арналған орын"}},
        {"A7", 8,
                {"ЖСН", "Тегі", "Аты", "Әкесінің аты", "Электрондық пошта мекенжайы", "Телефон", "Сериялық нөмірлері",
                        "Берілген күні"}},
        {"A8", 13,
                {"БСН", "Ұйымның немесе ДК атауы", "ЖСН", "Тегі", "Аты", "Әкесінің аты",
                        "ММ/МБС коды («Қазынашылық-Клиент» ақпараттық жүйесінің пайдаланушылары үшін)",
                        "Рөлі («Қазынашылық-Клиент» ақпараттық жүйесінің пайдаланушылары үшін)", "Облыстың атауы",
                        "Қала", "Телефон", "Сериялық нөмірлері", "Берілген күні"}},
        {"A9", 11,
                {"Т.А.Ә.А., не көрсетілетін қызметті алушы ұйымның атауы", "Көрсетілетін қызметті алушының мекенжайы",
                        A9_BRANCH, "№ бөлімі", "Мекенжайы", A9_SERVICE, "Жетіспейтін құжаттардың атауы", "Т.А.Ә.А.",
                        "Орынд. Т.А.Ә.А.", "Тел.", "Алдым: Т.А.Ә.А."}},
};

static void NCA_A_forms_have_every_field_of_the_source_in_its_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		const struct tg_form *f = form_of(forms[i].code);
		assert_int_equal(f->n_fields, forms[i].n);
		for (unsigned k = 0; k < forms[i].n; k++) {
			char number[16];
			snprintf(number, sizeof(number), "%s.%u", forms[i].code, k + 1);
			assert_string_equal(f->fields[k].number, number);
			assert_string_equal(kk(f->fields[k].label), forms[i].titles[k]);
			assert_in_annex(f, forms[i].titles[k]);
		}
	}
}

/* Annex 3: what its lines ask, in the order of the paper; three of them (name, IIN, own signature) for each of four. */
static void NCA_9_poa_A3_asks_what_annex_3_asks(void **state)
{
	(void)state;
	static const struct {
		const char *title, *source;
	} asked[] = {
	        {"Елді мекеннің атауы", "елді мекеннің атауы"},
	        {"Заңды тұлғаның атауы", "заңды тұлғаның атауы"},
	        {"БСН", "БСН ___"},
	        {"Заңды мекенжайы", "заңды мекенжайы:"},
	        {"Жарғы (Ереже) негізінде әрекет ететін", "Жарғы (Ереже) негізінде әрекет ететін"},
	        {"Азамат (тегі, аты, әкесінің аты)", "тегі, аты, әкесінің аты, туған"},
	        {"Туған жылы және орны", "туған жылы және орны,"},
	        {"Мекенжайы", ", мекенжайы)"},
	        {"ЖСН", "ЖСН"},
	        {"Беруге немесе кері қайтаруға", "(беруге немесе кері қайтаруға)"},
	};
	const struct tg_form *a3 = form_of("A3");
	assert_int_equal(a3->n_fields, 10 + 4 * 2);
	for (unsigned i = 0; i < 10; i++) {
		assert_string_equal(kk(a3->fields[i].label), asked[i].title);
		assert_in_annex(a3, asked[i].source);
	}
	assert_int_equal(a3->n_signatures, 5);
	for (unsigned i = 0; i < 4; i++) {
		const struct tg_field *name = &a3->fields[10 + 2 * i], *iin = name + 1;
		char role[32];
		snprintf(role, sizeof(role), "representative-%u", i + 1);
		assert_string_equal(kk(name->label), "Тегі, аты, әкесінің аты");
		assert_string_equal(kk(iin->label), "ЖСН");
		assert_int_equal(name->required, i == 0);
		assert_int_equal(iin->required, i == 0);
		assert_string_equal(name->role, role);
		assert_string_equal(iin->role, role);
		assert_string_equal(a3->signatures[i].role, role);
		assert_string_equal(a3->signatures[i].field, name->id);
	}
	assert_string_equal(a3->signatures[4].field, "head-name");
	const struct tg_field *purpose = tg_form_field(a3, "purpose");
	assert_int_equal(purpose->n_choices, 2);
	assert_string_equal(purpose->choices[0].id, "issue");
	assert_string_equal(purpose->choices[1].id, "revoke");
}

static void titles_and_lines_stand_as_in_the_source(void **state)
{
	(void)state;
	for (int n = 2; n <= 9; n++) {
		const char code[] = {'A', (char)('0' + n), '\0'};
		const struct tg_form *f = form_of(code);
		assert_in_annex(f, kk(f->title));
		for (unsigned i = 0; i < f->n_lines; i++) {
			const char *id = f->lines[i].id;
			/* a blank of the source; the extraction displaced a number in it; for the provider: our own */
			if (strcmp(id, "on-behalf") == 0 || strcmp(id, "basis") == 0 || strcmp(id, "provider") == 0)
				continue;
			assert_in_annex(f, kk(f->lines[i].text));
		}
	}
	assert_in_annex(form_of("A8"), kk(form_of("A8")->footnote));
}

static void NCA_valid_one_year_on_the_forms_that_issue(void **state)
{
	(void)state;
	static const struct {
		const char *code;
		int days;
	} valid[] = {{"A1", 365}, {"A2", 365}, {"A3", 0}, {"A4", 365}, {"A5", 365}, {"A6", 365}, {"A7", 0}, {"A8", 0},
	        {"A9", 0}};
	for (size_t i = 0; i < 9; i++)
		assert_int_equal(form_of(valid[i].code)->validity_days, valid[i].days);
}

static bool declares(const struct tg_form *f, const char *id)
{
	for (unsigned i = 0; i < f->n_consents; i++)
		if (strcmp(f->consents[i].id, id) == 0)
			return true;
	return false;
}

static void NCA_decl_policy_on_issue_forms_only(void **state)
{
	(void)state;
	static const char *const issue[] = {"A1", "A2", "A4", "A5", "A6"}, *const revoke[] = {"A7", "A8"},
	                         *const none[] = {"A3", "A9"};
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(form_of(issue[i])->n_consents, 4);
	for (size_t i = 0; i < 5; i++)
		assert_true(declares(form_of(issue[i]), "policy"));
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(form_of(revoke[i])->n_consents, 3);
		assert_false(declares(form_of(revoke[i]), "policy"));
		assert_true(declares(form_of(revoke[i]), "agreement"));
		assert_true(declares(form_of(revoke[i]), "personal-data"));
		assert_true(declares(form_of(revoke[i]), "email"));
		/* the source says "to get certificates" on the forms of revocation: mended */
		const char *said = kk(form_of(revoke[i])->consents[1].text);
		assert_non_null(strstr(said, "кері қайтарып алу"));
	}
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(form_of(none[i])->n_consents, 0);
}

static void NCA_sign_who_signs_and_seals_on_A3_and_A8_only(void **state)
{
	(void)state;
	static const struct {
		const char *code, *signer;
		bool seal;
		int copies;
	} signs[] = {
	        {"A1", "Жеке тұлғаның (жеке тұлға өкілінің) қолы", false, 1},
	        {"A2", "Заңды тұлға қызметкерінің (заңды тұлға өкілінің) қолы", false, 1},
	        {"A3", "Басшы", true, 1},
	        {"A4", "Жеке тұлғаның (жеке тұлға өкілінің) қолы", false, 1},
	        {"A5", "Заңды тұлға қызметкерінің (заңды тұлға өкілінің) қолы", false, 1},
	        {"A6", "Заңды тұлға қызметкерінің (заңды тұлға өкілінің) қолы", false, 1},
	        {"A7", "Жеке тұлғаның (жеке тұлға өкілінің) қолы", false, 1},
	        {"A8", "Басшы*", true, 1},
	        {"A9", "Алдым: көрсетілетін қызметті алушының қолы", false, 2},
	};
	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
		const struct tg_form *f = form_of(signs[i].code);
		bool found = false;
		for (unsigned k = 0; k < f->n_signatures; k++)
			found |= strcmp(kk(f->signatures[k].label), signs[i].signer) == 0;
		assert_true(found);
		assert_int_equal(f->seal != NULL, signs[i].seal);
		assert_int_equal(f->copies > 1 ? f->copies : 1, signs[i].copies);
		if (f->seal)
			assert_in_annex(f, kk(f->seal));
	}
}

/* Seed lines 1085-1087: with an extract of the order the owner signs; no head's signature, no seal. */
static void NCA_A8_owner_signs_with_the_order_and_without_seal(void **state)
{
	(void)state;
	const struct tg_form *a8 = form_of("A8");
	assert_int_equal(a8->n_signatures, 2);
	const struct tg_signature_line *head = &a8->signatures[0], *owner = &a8->signatures[1];
	assert_true(tg_when_holds(head->when, NULL));
	assert_false(tg_when_holds(owner->when, NULL));
	assert_true(tg_when_holds(a8->seal_when, NULL));
	const char *extract = "dismissal-order dismissal-extract";
	assert_false(tg_when_holds(head->when, extract));
	assert_true(tg_when_holds(owner->when, extract));
	assert_false(tg_when_holds(a8->seal_when, extract));
	assert_false(tg_when_holds(head->when, "dismissal-order dismissal-copy"));
	assert_false(tg_when_holds(owner->when, "dismissal-order dismissal-copy"));
	assert_true(tg_when_holds(tg_form_field(a8, "institution-code")->when, "treasury"));
	assert_false(tg_when_holds(tg_form_field(a8, "institution-code")->when, NULL));
	assert_false(tg_when_holds(tg_form_field(a8, "role")->when, "represented"));
	assert_null(tg_form_field(a8, "email"));
}

static void NCA_A7_has_17_lines_of_numbers(void **state)
{
	(void)state;
	assert_int_equal(form_of("A7")->lines_per_sheet, 17);
	assert_int_equal(tg_form_field(form_of("A7"), "serials")->kind, TG_FIELD_SERIALS);
	assert_int_equal(form_of("A8")->lines_per_sheet, 0);
}

static void expect_keys(const char *code, const char *carrier, unsigned n, const char *algorithms, const char *profiles)
{
	const struct tg_key_plan *keys[4];
	assert_int_equal(tg_form_keys(form_of(code), carrier, NULL, keys, 4), n);
	for (unsigned i = 0; i < n; i++) {
		char word[64];
		tg_copy(word, sizeof(word), keys[i]->algorithm);
		assert_true(tg_words_have(algorithms, word));
		assert_true(tg_words_have(profiles, keys[i]->profile));
	}
}

static void K_6_keys_of_each_form(void **state)
{
	(void)state;
	expect_keys("A2", "token", 2, "gost2001 rsa-2048", "nca-entity-sign nca-entity-auth");
	expect_keys("A6", "token", 2, "gost2001 rsa-2048", "nca-treasury-sign nca-treasury-auth");
	expect_keys("A4", "medium", 1, "as-request", "nca-ssl");
	expect_keys("A5", "medium", 1, "as-request", "nca-ssl-entity");
	expect_keys("A4", "id-card", 0, "", "");
	expect_keys("A5", "token", 0, "", "");
	static const char *const none[] = {"A3", "A7", "A8", "A9"};
	for (size_t i = 0; i < 4; i++)
		expect_keys(none[i], "id-card", 0, "", "");
	assert_string_equal(form_of("A2")->keys[0].algorithm, "gost2001");
	assert_string_equal(form_of("A2")->keys[0].field, "sign-key");
	assert_string_equal(form_of("A6")->keys[1].algorithm, "rsa-2048");
}

/* sources-line-by-line §6: a unique number on A1, A2, A4, A5, A6 only. */
static void K_9_unique_number_on_the_issue_forms_only(void **state)
{
	(void)state;
	for (int n = 1; n <= 9; n++) {
		const char code[] = {'A', (char)('0' + n), '\0'};
		assert_int_equal(tg_form_field(form_of(code), "number") != NULL, strchr("12456", code[1]) != NULL);
	}
	assert_false(tg_when_holds(tg_form_field(form_of("A1"), "number")->when, "at-desk with-id-card"));
	assert_true(tg_when_holds(tg_form_field(form_of("A1"), "number")->when, "at-desk"));
}

/* What is printed for a mistake stands in the source, and what is mended does not. */
static void errata_stand_in_the_source(void **state)
{
	(void)state;
	assert_int_equal(nca()->n_errata, 16);
	for (unsigned i = 0; i < nca()->n_errata; i++) {
		const struct tg_erratum *e = &nca()->errata[i];
		char printed[2048], mended[2048];
		fixture_fold(e->printed, printed, sizeof(printed));
		fixture_fold(e->mended, mended, sizeof(mended));
		const char *where = e->form ? annex[e->form[5] - '0'] : seed;
		if (!strstr(where, printed))
			fail_msg("%s: not in the source: %s", e->id, e->printed);
		/* Latin letters and dashes are the same when folded; annex 4 has "пошта" where annex 5 errs */
		if (strcmp(printed, mended) != 0 && e->form && strncmp(mended, printed, strlen(printed)) != 0)
			assert_null(strstr(where, mended));
	}
}

/* NCA-11: what a complaint holds, of a person and of an entity. */
static void NCA_11_complaint_of_a_person_and_of_an_entity(void **state)
{
	(void)state;
	const struct tg_form *c1 = form_of("C1");
	static const struct {
		const char *field;
		bool person, entity, required;
	} holds[] = {{"surname", true, false, true}, {"given-name", true, false, true},
	        {"patronymic", true, false, false}, {"postal-address", true, true, true},
	        {"organisation", false, true, true}, {"outgoing-number", false, true, true},
	        {"outgoing-date", false, true, true}, {"text", true, true, true}, {"answer", true, true, true}};
	for (size_t i = 0; i < sizeof(holds) / sizeof(*holds); i++) {
		const struct tg_field *f = tg_form_field(c1, holds[i].field);
		assert_non_null(f);
		assert_int_equal(tg_when_holds(f->when, "complainant-person matter-head"), holds[i].person);
		assert_int_equal(tg_when_holds(f->when, "complainant-entity matter-head"), holds[i].entity);
		assert_int_equal(f->required, holds[i].required);
	}
	assert_int_equal(c1->copies, 2);
	/* one addressee for each matter */
	static const char *const matters[] = {"matter-head", "matter-ministry", "matter-corporation", "matter-quality"};
	for (size_t i = 0; i < 4; i++) {
		unsigned n = 0;
		for (unsigned k = 0; k < c1->n_lines; k++)
			n += c1->lines[k].when && tg_when_holds(c1->lines[k].when, matters[i]);
		assert_int_equal(n, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(NCA_A_forms_have_every_field_of_the_source_in_its_number),
	        cmocka_unit_test(NCA_9_poa_A3_asks_what_annex_3_asks),
	        cmocka_unit_test(titles_and_lines_stand_as_in_the_source),
	        cmocka_unit_test(NCA_valid_one_year_on_the_forms_that_issue),
	        cmocka_unit_test(NCA_decl_policy_on_issue_forms_only),
	        cmocka_unit_test(NCA_sign_who_signs_and_seals_on_A3_and_A8_only),
	        cmocka_unit_test(NCA_A8_owner_signs_with_the_order_and_without_seal),
	        cmocka_unit_test(NCA_A7_has_17_lines_of_numbers),
	        cmocka_unit_test(K_6_keys_of_each_form),
	        cmocka_unit_test(K_9_unique_number_on_the_issue_forms_only),
	        cmocka_unit_test(errata_stand_in_the_source),
	        cmocka_unit_test(NCA_11_complaint_of_a_person_and_of_an_entity),
	};
	return cmocka_run_group_tests_name("standard", tests, set_up, tear_down);
}
