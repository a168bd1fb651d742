/* The shipped catalogue, and form A1 against the text of the standard (tests/data/seed-a1.txt: annex 1 as published).
 * Requirements K-6, K-13, NCA-0, NCA-A1, NCA-decl, NCA-sign, NCA-valid. */
#include "screen_fixture.h"

#include <sys/stat.h>

#define SCREENS TAMGA_SOURCE_DIR "/screens"
#define LOCALE  TAMGA_BINARY_DIR "/locale"

static struct tg_catalog *catalog;
static struct tg_i18n *texts;
static char seed[8192];

static void assert_in_seed(const char *sentence)
{
	char folded[2048];
	fixture_fold(sentence, folded, sizeof(folded));
	assert_true(strlen(folded) > 3);
	if (!strstr(seed, folded))
		fail_msg("not in the source: %s", sentence);
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
	fixture_read(TAMGA_TESTS_DIR "/data/seed-a1.txt", &b);
	fixture_fold(tg_buf_str(&b), seed, sizeof(seed));
	tg_buf_finish(&b);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tg_catalog_destroy(catalog);
	tg_i18n_destroy(texts);
	return 0;
}

static const struct tg_form *a1(void)
{
	const struct tg_form *form = tg_catalog_form(catalog, "nca-a1");
	assert_non_null(form);
	return form;
}

static const char *kk(const char *id)
{
	assert_true(tg_text_has(texts, TG_LANG_KK, id));
	return tg_text(texts, TG_LANG_KK, id);
}

static void NCA_A1_has_every_field_of_the_source_in_its_number(void **state)
{
	(void)state;
	/* Written down from annex 1, in its order. */
	static const char *const titles[] = {
	        "Бірегей нөмірі",
	        "ЖСН",
	        "Тегі",
	        "Аты",
	        "Әкесінің аты",
	        "Облыстың атауы",
	        "Қала",
	        "Электрондық пошта мекенжайы",
	        "Телефон",
	        "Қолтаңбаның ашық кілті",
	        "Аутентификация ашық кілті",
	        "Қосымша ақпаратқа арналған орын",
	};
	assert_int_equal(a1()->n_fields, 12);
	for (unsigned i = 0; i < 12; i++) {
		const struct tg_field *f = &a1()->fields[i];
		char number[16];
		snprintf(number, sizeof(number), "A1.%u", i + 1);
		assert_string_equal(f->number, number);
		assert_string_equal(kk(f->label), titles[i]);
		assert_in_seed(kk(f->label));
	}
	assert_string_equal(a1()->code, "A1");
}

static void NCA_A1_lines_title_and_signer_stand_as_in_the_source(void **state)
{
	(void)state;
	assert_in_seed(kk(a1()->title));
	assert_in_seed(kk(a1()->signer));
	assert_in_seed(kk(a1()->date));
	assert_in_seed(kk("nca.a1.subject"));
	assert_in_seed(kk("nca.a1.validity"));
	assert_int_equal(a1()->n_lines, 3);
	assert_int_equal(a1()->validity_days, 365);
}

static void NCA_A1_misprint_is_mended_and_listed(void **state)
{
	(void)state;
	const struct tg_provider *p = tg_catalog_provider(catalog, "kz-nca");
	assert_string_equal(p->errata[0].form, "nca-a1");
	assert_in_seed(p->errata[0].printed);
	const char *line = kk("nca.a1.tools");
	assert_non_null(strstr(line, p->errata[0].mended));
	/* with the misprint put back, the line is that of the source */
	char whole[1024];
	snprintf(whole, sizeof(whole), "%.*s%s", (int)(strstr(line, p->errata[0].mended) - line), line,
	        p->errata[0].printed);
	assert_in_seed(whole);
}

static void NCA_decl_four_declarations_with_version(void **state)
{
	(void)state;
	static const char *const ids[] = {"policy", "agreement", "personal-data", "email"};
	assert_int_equal(a1()->n_consents, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_string_equal(a1()->consents[i].id, ids[i]);
		assert_true(strlen(a1()->consents[i].version) > 0);
		assert_true(strlen(kk(a1()->consents[i].text)) > 20);
	}
}

static void K_6_two_rsa_keys_shown_in_their_fields(void **state)
{
	(void)state;
	const struct tg_key_plan *keys[4];
	assert_int_equal(tg_form_keys(a1(), "id-card", NULL, keys, 4), 2);
	assert_int_equal(tg_form_keys(a1(), "token", NULL, keys, 4), 2);
	assert_int_equal(tg_form_keys(a1(), "staff", NULL, keys, 4), 0);
	assert_int_equal(tg_form_keys(a1(), "sim", NULL, keys, 4), 1);
	assert_string_equal(keys[0]->algorithm, "gost2001");
	assert_string_equal(tg_form_field(a1(), keys[0]->field)->number, "A1.10");
	const struct tg_key_plan *sign = &a1()->keys[0], *auth = &a1()->keys[1];
	assert_string_equal(sign->algorithm, "rsa-2048");
	assert_string_equal(sign->profile, "nca-individual-sign");
	assert_string_equal(sign->label, "SIGN");
	assert_string_equal(tg_form_field(a1(), sign->field)->number, "A1.10");
	assert_string_equal(auth->algorithm, "rsa-2048");
	assert_string_equal(auth->profile, "nca-individual-auth");
	assert_string_equal(auth->label, "AUTH");
	assert_string_equal(tg_form_field(a1(), auth->field)->number, "A1.11");
}

static void NCA_0_the_basis_is_repealed(void **state)
{
	(void)state;
	const struct tg_provider *p = tg_catalog_provider(catalog, "kz-nca");
	assert_int_equal(p->n_basis, 1);
	assert_string_equal(p->basis[0].order, "№ 491");
	assert_string_equal(p->basis[0].wording_date, "2016-01-22");
	assert_string_equal(p->basis[0].in_force_from, "2016-03-01");
	assert_string_equal(p->basis[0].repealed_by, "№ 383/НҚ");
	assert_string_equal(p->basis[0].repealed_date, "2020-10-13");
	for (int l = 0; l < TG_LANG_COUNT; l++)
		assert_non_null(strstr(tg_text(texts, (enum tg_lang)l, p->basis[0].text), "383/НҚ"));
}

static void providers_in_the_order_of_the_catalogue(void **state)
{
	(void)state;
	assert_int_equal(catalog->n_providers, 3);
	assert_string_equal(catalog->providers[0].id, "kz-nca");
	assert_int_equal(catalog->providers[0].utc_offset_minutes, 300);
	assert_false(catalog->providers[0].accept_nca_test_numbers);
	for (unsigned i = 1; i < 3; i++) {
		assert_string_equal(catalog->providers[i].country, "KG");
		assert_int_equal(catalog->providers[i].utc_offset_minutes, 360);
	}
	assert_null(tg_catalog_provider(catalog, "kz-ncb"));
	assert_null(tg_catalog_form(catalog, "nca-a10"));
	assert_null(tg_form_field(a1(), "IIN"));
	assert_null(tg_catalog_condition(catalog, ""));
}

static void DOS_8_five_wrong_tries_a_day_and_seven_in_all(void **state)
{
	(void)state;
	const struct tg_provider *dostek = tg_catalog_provider(catalog, "kg-dostek");
	assert_int_equal(dostek->lock_per_day, 5);
	assert_int_equal(dostek->lock_in_all, 7);
	assert_int_equal(tg_catalog_provider(catalog, "kz-nca")->lock_in_all, 0);
}

static void words_are_found_whole(void **state)
{
	(void)state;
	assert_true(tg_words_have(NULL, "sim"));
	assert_true(tg_words_have("id-card sim", "sim"));
	assert_true(tg_words_have("id-card sim", "id-card"));
	assert_false(tg_words_have("id-card sim", "id"));
	assert_false(tg_words_have("id-card", "id-card sim"));
	assert_false(tg_words_have("", "sim"));
}

static void load_hash(const char *dir, char out[65])
{
	struct tg_catalog *c = NULL;
	struct tg_error err = {0};
	assert_int_equal(tg_catalog_load(&c, dir, fixture_rules, &err), TG_OK);
	assert_int_equal(strlen(c->hash), 64);
	memcpy(out, c->hash, 65);
	tg_catalog_destroy(c);
}

static void the_hash_covers_every_byte_and_name(void **state)
{
	(void)state;
	char dir[64], path[256], before[65], same[65], after[65], moved[65];
	struct tg_buf b = TG_BUF_INIT;
	fixture_folder(dir);
	fixture_copy(TAMGA_TESTS_DIR "/data/screens-bad/base", dir);
	load_hash(dir, before);
	load_hash(TAMGA_TESTS_DIR "/data/screens-bad/base", same);
	assert_string_equal(before, same);
	snprintf(path, sizeof(path), "%s/providers/p/forms/f.yaml", dir);
	fixture_read(path, &b);
	tg_buf_add_str(&b, "#\n");
	fixture_write(path, b.data, b.len);
	load_hash(dir, after);
	assert_string_not_equal(before, after);
	fixture_write(path, b.data, b.len - 2);
	char other[256];
	snprintf(other, sizeof(other), "%s/providers/p/forms/g.yaml", dir);
	assert_int_equal(rename(path, other), 0);
	load_hash(dir, moved);
	assert_string_not_equal(before, moved);
	tg_buf_finish(&b);
	fixture_remove(dir);
}

static void a_missing_sentence_is_told_at_its_first_use(void **state)
{
	(void)state;
	struct tg_catalog *c = NULL;
	struct tg_error err = {0};
	assert_int_equal(tg_catalog_load(&c, TAMGA_TESTS_DIR "/data/screens-bad/base", fixture_rules, &err), TG_OK);
	/* no locale has the ids of the fixture; its first message in the order of the files is a condition */
	assert_int_equal(tg_catalog_check_texts(c, texts, &err), TG_SCREEN_DATA);
	assert_string_equal(err.file, "catalog.yaml");
	assert_int_equal(err.line, 5);
	assert_int_equal(err.column, 12);
	assert_non_null(strstr(err.detail, "m.represented"));
	tg_catalog_destroy(c);
	assert_int_equal(tg_catalog_check_texts(catalog, texts, &err), TG_OK);
}

static void destroy_takes_null(void **state)
{
	(void)state;
	tg_catalog_destroy(NULL);
	tg_i18n_destroy(NULL);
	assert_non_null(catalog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(NCA_A1_has_every_field_of_the_source_in_its_number),
	        cmocka_unit_test(NCA_A1_lines_title_and_signer_stand_as_in_the_source),
	        cmocka_unit_test(NCA_A1_misprint_is_mended_and_listed),
	        cmocka_unit_test(NCA_decl_four_declarations_with_version),
	        cmocka_unit_test(K_6_two_rsa_keys_shown_in_their_fields),
	        cmocka_unit_test(NCA_0_the_basis_is_repealed),
	        cmocka_unit_test(providers_in_the_order_of_the_catalogue),
	        cmocka_unit_test(DOS_8_five_wrong_tries_a_day_and_seven_in_all),
	        cmocka_unit_test(words_are_found_whole),
	        cmocka_unit_test(the_hash_covers_every_byte_and_name),
	        cmocka_unit_test(a_missing_sentence_is_told_at_its_first_use),
	        cmocka_unit_test(destroy_takes_null),
	};
	return cmocka_run_group_tests_name("screens", tests, set_up, tear_down);
}
