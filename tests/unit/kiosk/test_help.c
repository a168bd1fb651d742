/* Search in the help topics (DOS-11): letters that stand for each other, beginnings of words, and queries that would be
 * commands of the full-text search if they reached it. The topics and sentences are the shipped ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "help.h"
#include "tamga/flow.h"

#include <stdlib.h>
#include <string.h>

static struct tg_i18n *words;
static struct tg_catalog *catalog;
static const struct tg_provider *dostek;
static struct kiosk_help *help;

static int setup(void **state)
{
	struct tg_error err = {0};
	(void)state;
	if (tg_i18n_load(&words, TAMGA_BINARY_DIR "/locale", &err) != TG_OK ||
	        tg_catalog_load(&catalog, TAMGA_SOURCE_DIR "/screens", tg_flow_rules, &err) != TG_OK ||
	        kiosk_help_create(&help, words, &err) != TG_OK) {
		print_error("%s\n", err.detail);
		return -1;
	}
	dostek = tg_catalog_provider(catalog, "kg-dostek");
	return dostek ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	kiosk_help_destroy(help);
	tg_catalog_destroy(catalog);
	tg_i18n_destroy(words);
	return 0;
}

static struct tg_topics found;

static unsigned find(enum tg_lang lang, const char *query)
{
	struct tg_error err = {0};
	memset(&found, 0xA5, sizeof found);
	assert_int_equal(kiosk_help_find(help, dostek, lang, query, &found, &err), TG_OK);
	return found.n;
}

static int place(const char *topic)
{
	for (unsigned i = 0; i < found.n; i++)
		if (strcmp(dostek->help[found.list[i]].id, topic) == 0)
			return (int)i;
	return -1;
}

/* A provider of our own: what is written here is what is found. Sentences that no catalogue has are the ids in marks.
 */
static const char *const o_text[] = {"<кол>"}, *const oe_text[] = {"<көл>"};
static const struct tg_help_topic letters[] = {
        {.id = "o", .title = "<t1>", .text = o_text, .n_text = 1},
        {.id = "oe", .title = "<t2>", .text = oe_text, .n_text = 1},
};
static const struct tg_provider own = {.id = "own", .help = letters, .n_help = 2};

static void dos_11_own_letter_first_then_its_neighbour(void **state)
{
	(void)state;
	struct tg_error err = {0};
	struct tg_topics t;
	assert_int_equal(kiosk_help_find(help, &own, TG_LANG_KY, "көл", &t, &err), TG_OK);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.list[0], 1); /* «ө» finds «ө» … */
	assert_int_equal(t.list[1], 0); /* … and, second, «о» */
	assert_int_equal(kiosk_help_find(help, &own, TG_LANG_KY, "кол", &t, &err), TG_OK);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.list[0], 0);
	assert_int_equal(kiosk_help_find(help, &own, TG_LANG_KY, "КӨ", &t, &err), TG_OK);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.list[0], 1);
}

static void dos_11_every_pair_of_letters(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {{"ө", "о"}, {"ү", "у"}, {"ң", "н"}, {"і", "и"}, {"қ", "к"}, {"ғ", "г"},
	        {"ә", "а"}, {"һ", "х"}, {"ұ", "у"}, {"ё", "е"}, {"Ө", "о"}, {"Ү", "У"}, {"Ң", "н"}, {"І", "и"},
	        {"Қ", "К"}, {"Ғ", "г"}, {"Ә", "а"}, {"Һ", "х"}, {"Ұ", "у"}, {"Ё", "Е"}};
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		char word[32];
		struct tg_error err = {0};
		struct tg_topics t;
		(void)snprintf(word, sizeof word, "<б%sр>", pairs[i][0]);
		const char *const text[] = {word};
		const struct tg_help_topic one = {.id = "x", .title = "<t>", .text = text, .n_text = 1};
		const struct tg_provider p = {.id = "p", .help = &one, .n_help = 1};
		struct kiosk_help *h;
		char query[16];
		assert_int_equal(kiosk_help_create(&h, words, &err), TG_OK);
		(void)snprintf(query, sizeof query, "б%sр", pairs[i][1]);
		assert_int_equal(kiosk_help_find(h, &p, TG_LANG_KK, query, &t, &err), TG_OK);
		assert_int_equal(t.n, 1);
		(void)snprintf(query, sizeof query, "б%sр", pairs[i][0]);
		assert_int_equal(kiosk_help_find(h, &p, TG_LANG_KK, query, &t, &err), TG_OK);
		assert_int_equal(t.n, 1);
		kiosk_help_destroy(h);
	}
}

static void dos_11_beginnings_of_words_while_typing(void **state)
{
	(void)state;
	static const char *const typed[] = {"пин", "ПИН-", "пин-к", "ПИН-код"};
	for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
		find(TG_LANG_RU, typed[i]);
		assert_true(place("lock") >= 0);
	}
	find(TG_LANG_RU, "возвр");
	assert_true(place("refund") >= 0);
	assert_int_equal(find(TG_LANG_RU, "озвр"), 0); /* the middle of a word is no beginning */
}

static void dos_11_numbers_of_the_source_are_found_in_four_languages(void **state)
{
	(void)state;
	for (int l = 0; l < TG_LANG_COUNT; l++) {
		find((enum tg_lang)l, "42151410"); /* a payment code of seed 002 */
		assert_true(place("pay") >= 0);
		find((enum tg_lang)l, "2350");
		assert_true(found.n >= 1);
	}
}

static void dos_11_empty_query_lists_all_in_order(void **state)
{
	(void)state;
	static const char *const empty[] = {"", " ", "   "};
	for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
		assert_int_equal(find(TG_LANG_KY, empty[i]), dostek->n_help);
		for (unsigned k = 0; k < found.n; k++)
			assert_int_equal(found.list[k], k);
	}
	assert_true(dostek->n_help >= 14); /* thirteen questions and the notice on responsibility */
}

static void dos_11_no_query_is_a_command(void **state)
{
	(void)state;
	/* Operators, filters and quotation marks of FTS5: none is an error, none finds what its words do not. */
	static const char *const nothing[] = {"\"", "\"\"", "*", "***", "-", "^", "(", ")", "(((", "\\", "'", "''", ";",
	        "{", "}:", ":", ",", "+", "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80\xF0\x9F\x98\x80", "…", "«»"};
	for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
		assert_int_equal(find(TG_LANG_RU, nothing[i]), 0);
	static const char *const words_only[] = {"NEAR(пин код)", "пин NOT пин", "title : zzz", "zzz OR пин", "rowid:1",
	        "{title} : zzz", "zzz'; DROP TABLE topic; --", "zzz* OR \"пин\"", "-zzz", "^zzz", "zzz AND"};
	for (size_t i = 0; i < sizeof words_only / sizeof words_only[0]; i++)
		assert_int_equal(find(TG_LANG_RU, words_only[i]), 0);
	static const char *const still_found[] = {"\"пин", "пин\"", "пин*", "(пин", "пин)", "-пин", "^пин", "\"пин\"*",
	        "пин;", "пин\xF0\x9F\x98\x80", "  пин  ", "пин:", "{пин}"};
	for (size_t i = 0; i < sizeof still_found / sizeof still_found[0]; i++) {
		find(TG_LANG_RU, still_found[i]);
		assert_true(place("lock") >= 0);
	}
	find(TG_LANG_RU, "пин"); /* and the table is there */
	assert_true(place("lock") >= 0);
}

static void dos_11_very_long_and_broken_queries(void **state)
{
	(void)state;
	char *text = malloc(100001);
	assert_non_null(text);
	memset(text, 'z', 100000);
	text[100000] = '\0';
	assert_int_equal(find(TG_LANG_EN, text), 0);
	for (size_t i = 0; i < 100000; i += 2)
		text[i] = ' ';
	assert_int_equal(find(TG_LANG_EN, text), 0);
	memset(text, '"', 100000);
	assert_int_equal(find(TG_LANG_EN, text), 0);
	for (size_t i = 0; i + 1 < 100000; i += 2)
		memcpy(text + i, "ө", 2); /* cut in the middle of nothing */
	assert_int_equal(find(TG_LANG_KY, text), 0);
	free(text);
	assert_int_equal(find(TG_LANG_RU, "\xFF\xFE\x80"), 0);
	assert_int_equal(find(TG_LANG_RU, "\xD0"), 0);
}

static void dos_11_another_language_is_another_index(void **state)
{
	(void)state;
	find(TG_LANG_EN, "password");
	find(TG_LANG_KY, "кулп"); /* КЭКтин кулпулануусу, seed 002 */
	assert_true(place("lock") >= 0);
	assert_int_equal(find(TG_LANG_EN, "кулп"), 0);
	find(TG_LANG_KY, "кулп");
	assert_true(place("lock") >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(dos_11_own_letter_first_then_its_neighbour),
	        cmocka_unit_test(dos_11_every_pair_of_letters),
	        cmocka_unit_test(dos_11_beginnings_of_words_while_typing),
	        cmocka_unit_test(dos_11_numbers_of_the_source_are_found_in_four_languages),
	        cmocka_unit_test(dos_11_empty_query_lists_all_in_order),
	        cmocka_unit_test(dos_11_no_query_is_a_command),
	        cmocka_unit_test(dos_11_very_long_and_broken_queries),
	        cmocka_unit_test(dos_11_another_language_is_another_index),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
