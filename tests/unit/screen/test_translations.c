/* Every sentence that can reach a screen stands in all four languages, in the letters of its language, with the same
 * places to fill (K-12, P-1). The ids come from the catalogue, from flow, and from the list of statuses; the sentences
 * from the PO files, read by gettext's own tools and by ours. */
#include "screen_fixture.h"

#include "tamga/flow.h"
#include "tamga/text.h"

#include <ftw.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOCALE TAMGA_BINARY_DIR "/locale"

extern char **environ;
static struct tg_catalog *catalog;
static struct tg_i18n *texts;
static unsigned wrong, seen;

static int set_up(void **state)
{
	(void)state;
	struct tg_error err = {0};
	if (tg_catalog_load(&catalog, TAMGA_SOURCE_DIR "/screens", tg_flow_rules, &err) != TG_OK)
		fail_msg("%s:%d:%d: %s", err.file, err.line, err.column, err.detail);
	if (tg_i18n_load(&texts, LOCALE, &err) != TG_OK)
		fail_msg("%s: %s", err.file, err.detail);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tg_catalog_destroy(catalog);
	tg_i18n_destroy(texts);
	return 0;
}

static void must_be_there(const char *id, void *ctx)
{
	(void)ctx;
	seen++;
	for (int l = 0; l < TG_LANG_COUNT; l++)
		if (!tg_text_has(texts, (enum tg_lang)l, id)) {
			print_error("%s is missing in %s\n", id, tg_lang_code((enum tg_lang)l));
			wrong++;
		}
}

static void every_message_of_the_catalogue(void **state)
{
	(void)state;
	wrong = seen = 0;
	tg_catalog_messages(catalog, must_be_there, NULL);
	assert_true(seen > 60);
	assert_int_equal(wrong, 0);
}

static void every_message_of_flow_and_of_its_rules(void **state)
{
	(void)state;
	wrong = seen = 0;
	tg_flow_messages(must_be_there, NULL);
	for (const struct tg_rule *r = tg_flow_rules; r->name; r++)
		for (const char *const *m = r->messages; m && *m; m++)
			must_be_there(*m, NULL);
	assert_true(seen > 150);
	assert_int_equal(wrong, 0);
}

static void K_12_every_status_has_what_happened_and_what_to_do(void **state)
{
	(void)state;
	enum tg_status status;
	wrong = seen = 0;
	for (size_t i = 0; tg_status_each(i, &status); i++) {
		char id[80];
		snprintf(id, sizeof(id), "error.%s", tg_status_name(status));
		must_be_there(id, NULL);
		snprintf(id, sizeof(id), "mend.%s", tg_status_name(status));
		must_be_there(id, NULL);
	}
	assert_true(seen > 100);
	assert_int_equal(wrong, 0);
}

static void complain(const char *id, enum tg_lang lang, const char *what)
{
	print_error("%s in %s: %s\n   %s\n", id, tg_lang_code(lang), what, tg_text(texts, lang, id));
	wrong++;
}

static void K_12_every_status_has_an_entry_in_the_technicians_manual(void **state)
{
	(void)state;
	enum tg_status status;
	wrong = seen = 0;
	for (size_t i = 0; tg_status_each(i, &status); i++) {
		char id[80];
		snprintf(id, sizeof(id), "manual.%s", tg_status_name(status));
		must_be_there(id, NULL);
		for (int l = 0; l < TG_LANG_COUNT; l++)
			if (status != TG_OK && tg_utf8_count(tg_text(texts, (enum tg_lang)l, id)) < 60)
				complain(id, (enum tg_lang)l, "too short to help anybody");
	}
	assert_true(seen > 55);
	assert_int_equal(wrong, 0);
}

static void every_action_has_a_label(void **state)
{
	(void)state;
	wrong = seen = 0;
	for (int a = TG_ACTION_NONE + 1; a < TG_ACTION_COUNT; a++)
		must_be_there(tg_action_label((enum tg_action)a), NULL);
	assert_int_equal(seen, TG_ACTION_COUNT - 1);
	assert_int_equal(wrong, 0);
}

/* The ids of a PO file as this test reads them: lines `msgid "…"`. */
#define IDS_MAX 4000
static char ids[IDS_MAX][80];
static unsigned n_ids;

static void read_ids(const char *language)
{
	char path[256], line[4096];
	snprintf(path, sizeof(path), TAMGA_SOURCE_DIR "/locale/%s.po", language);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	n_ids = 0;
	while (fgets(line, sizeof(line), f) && n_ids < IDS_MAX)
		if (sscanf(line, "msgid \"%79[^\"]\"", ids[n_ids]) == 1)
			n_ids++;
	fclose(f);
	assert_in_range(n_ids, 200, IDS_MAX - 1);
}

static void the_four_files_hold_the_same_ids(void **state)
{
	(void)state;
	wrong = 0;
	for (int l = 0; l < TG_LANG_COUNT; l++) {
		read_ids(tg_lang_code((enum tg_lang)l));
		for (unsigned i = 0; i < n_ids; i++)
			must_be_there(ids[i], NULL);
	}
	assert_int_equal(wrong, 0);
}

static bool cyrillic(uint32_t cp)
{
	return cp >= 0x400 && cp <= 0x52f;
}

static bool latin(uint32_t cp)
{
	return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') || (cp >= 0xc0 && cp <= 0x24f && cp != 0xd7);
}

static bool one_of(uint32_t cp, const char *letters)
{
	for (const char *p = letters, *end = p + strlen(p); p < end;)
		if (tg_utf8_next(&p, end) == cp)
			return true;
	return false;
}

/* Letters that a sentence of the language cannot hold. */
static const char *const foreign[TG_LANG_COUNT] = {
        [TG_LANG_KK] = "ўјљњћђѓќѕїєґ",
        [TG_LANG_KY] = "әғқұһіӘҒҚҰҺІўјљњћђѓќѕїєґ",
        [TG_LANG_RU] = "әғқңөұүһіӘҒҚҢӨҰҮҺІўјљњћђѓќѕїєґ",
        [TG_LANG_EN] = "",
};

/* Sentences that hold a name in another language: the number of the order, the names of all languages. */
static bool quotes_another_language(const char *id)
{
	return strcmp(id, "nca.basis") == 0 || strcmp(id, "language.title") == 0;
}

/* A sentence without words of its own: only places, signs and names. */
static bool has_word(const char *s)
{
	unsigned run = 0;
	bool place = false;
	for (const char *p = s, *end = s + strlen(s); p < end;) {
		uint32_t cp = tg_utf8_next(&p, end);
		place = cp == '{' || (place && cp != '}');
		run = !place && (latin(cp) || cyrillic(cp)) ? run + 1 : 0;
		if (run >= 2)
			return true;
	}
	return false;
}

/* The zone .қаз is a name that stands as it is in every language. */
static void without_zone(const char *s, char *out, size_t cap)
{
	static const char *const zones[] = {".қаз", ".ҚАЗ"};
	tg_copy(out, cap, s);
	for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++)
		for (char *at = strstr(out, zones[i]); at; at = strstr(out, zones[i]))
			memmove(at, at + strlen(zones[i]), strlen(at + strlen(zones[i])) + 1);
}

static void check_letters(const char *id, enum tg_lang lang)
{
	char s[4096];
	without_zone(tg_text(texts, lang, id), s, sizeof(s));
	bool word_latin = false, word_cyrillic = false, any_cyrillic = false;
	bool control = false; /* «Войти»: the guide's own name of a control stands in every language */
	for (const char *p = s, *end = s + strlen(s); p < end;) {
		uint32_t cp = tg_utf8_next(&p, end);
		if (!latin(cp) && !cyrillic(cp))
			word_latin = word_cyrillic = false;
		control = cp == 0xab || (control && cp != 0xbb);
		word_latin = word_latin || latin(cp);
		word_cyrillic = word_cyrillic || cyrillic(cp);
		any_cyrillic = any_cyrillic || (cyrillic(cp) && !(control && lang == TG_LANG_EN));
		if (word_latin && word_cyrillic) {
			complain(id, lang, "a Latin letter stands inside a Cyrillic word, or the reverse");
			return;
		}
		if (cyrillic(cp) && one_of(cp, foreign[lang]) && !quotes_another_language(id))
			complain(id, lang, "a letter of another language");
	}
	if (lang == TG_LANG_EN && any_cyrillic && !quotes_another_language(id))
		complain(id, lang, "Cyrillic letters in English");
	if (lang != TG_LANG_EN && !any_cyrillic && has_word(s) && strcmp(s, "SIM") != 0)
		complain(id, lang, "no Cyrillic letter: left in English?");
}

static void P_1_each_language_in_its_letters(void **state)
{
	(void)state;
	wrong = 0;
	read_ids("kk");
	for (unsigned i = 0; i < n_ids; i++)
		for (int l = 0; l < TG_LANG_COUNT; l++)
			check_letters(ids[i], (enum tg_lang)l);
	assert_int_equal(wrong, 0);
}

/* Characters that a translator wrote: without the places for values. */
static size_t own_length(const char *s)
{
	size_t n = 0;
	bool place = false;
	for (const char *p = s, *end = s + strlen(s); p < end;) {
		uint32_t cp = tg_utf8_next(&p, end);
		n += !place && cp != '{';
		place = cp == '{' || (place && cp != '}');
	}
	return n;
}

static void the_check_of_letters_can_fail(void **state)
{
	(void)state;
	assert_true(cyrillic(0x456) && !cyrillic('i') && latin('i') && !latin(0x456));
	assert_true(one_of(0x456, foreign[TG_LANG_RU]) && !one_of(0x456, foreign[TG_LANG_KK]));
	assert_int_equal(own_length("{a} ok, {b}"), 5);
	assert_true(has_word("{a} ok") && !has_word("{what} {mend} ({code})"));
}

/* A long sentence that is the same in two languages was not translated. Words and names are often the same. */
static void long_sentences_differ_between_languages(void **state)
{
	(void)state;
	wrong = 0;
	read_ids("kk");
	for (unsigned i = 0; i < n_ids; i++)
		for (int a = 0; a < TG_LANG_COUNT; a++)
			for (int b = a + 1; b < TG_LANG_COUNT; b++) {
				const char *s = tg_text(texts, (enum tg_lang)a, ids[i]);
				if (strcmp(s, tg_text(texts, (enum tg_lang)b, ids[i])) != 0 ||
				        quotes_another_language(ids[i]))
					continue;
				/* Kazakh and Kyrgyz are near enough for a short sentence to be the same in both. */
				size_t suspicious = a == TG_LANG_KK && b == TG_LANG_KY ? 60 : 20;
				if (own_length(s) > suspicious && has_word(s) && strncmp(ids[i], "ubr.", 4) != 0 &&
				        strncmp(ids[i], "dostek.", 7) != 0)
					complain(ids[i], (enum tg_lang)b, "the same as in another language");
			}
	assert_int_equal(wrong, 0);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The places of a sentence, sorted: "{a}{b}". */
static void places(const char *s, char out[256])
{
	char list[16][32];
	int n = 0;
	for (const char *p = strchr(s, '{'); p && n < 16; p = strchr(p + 1, '{'))
		if (sscanf(p, "{%31[a-z-]}", list[n]) == 1)
			n++;
	qsort(list, (size_t)n, sizeof(list[0]), by_text);
	size_t at = 0;
	out[0] = '\0';
	for (int i = 0; i < n; i++)
		at += (size_t)snprintf(out + at, 256 - at, "{%s}", list[i]);
}

static void the_same_places_in_all_languages(void **state)
{
	(void)state;
	unsigned with_places = 0;
	wrong = 0;
	read_ids("kk");
	for (unsigned i = 0; i < n_ids; i++) {
		char first[256], other[256];
		places(tg_text(texts, TG_LANG_KK, ids[i]), first);
		with_places += first[0] != '\0';
		for (int l = 1; l < TG_LANG_COUNT; l++) {
			places(tg_text(texts, (enum tg_lang)l, ids[i]), other);
			if (strcmp(first, other) != 0)
				complain(ids[i], (enum tg_lang)l, "other places than in Kazakh");
		}
	}
	assert_true(with_places > 10);
	assert_int_equal(wrong, 0);
}

/* Shown to staff at the desk, in the office's own lists, and to the technician at a command line: there is nobody else
 * to be called. */
static bool only_staff_sees(enum tg_status status)
{
	return status == TG_CLAIMED || status == TG_REGISTER_DOWN || status == TG_MAIL || status == TG_ENROL_WRONG ||
	       status == TG_ERASE_OPEN;
}

static void operators_are_called_and_told_the_code(void **state)
{
	(void)state;
	enum tg_status status;
	static const char *const words[] = {"код", "код", "код", "code"};
	wrong = 0;
	for (size_t i = 0; tg_status_each(i, &status); i++) {
		char id[80];
		if (tg_status_class(status) != TG_CLASS_OPERATOR || only_staff_sees(status))
			continue;
		snprintf(id, sizeof(id), "mend.%s", tg_status_name(status));
		for (int l = 0; l < TG_LANG_COUNT; l++)
			if (!strstr(tg_text(texts, (enum tg_lang)l, id), words[l]))
				complain(id, (enum tg_lang)l, "does not speak of the code");
	}
	assert_int_equal(wrong, 0);
}

static int run_msgfmt(const char *po, char out[2048])
{
	int ends[2];
	pid_t pid;
	posix_spawn_file_actions_t actions;
	assert_int_equal(pipe(ends), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
	posix_spawn_file_actions_addclose(&actions, ends[0]);
	char *argv[] = {(char[]){"msgfmt"}, (char[]){"--check"}, (char[]){"-o"}, (char[]){"/dev/null"},
	        (char *)(uintptr_t)po, NULL};
	assert_int_equal(posix_spawnp(&pid, "msgfmt", &actions, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	size_t n = 0;
	ssize_t got;
	while ((got = read(ends[0], out + n, 2047 - n)) > 0)
		n += (size_t)got;
	out[n] = '\0';
	close(ends[0]);
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void msgfmt_has_nothing_to_say(void **state)
{
	(void)state;
	for (int l = 0; l < TG_LANG_COUNT; l++) {
		char po[256], out[2048];
		snprintf(po, sizeof(po), TAMGA_SOURCE_DIR "/locale/%s.po", tg_lang_code((enum tg_lang)l));
		assert_int_equal(run_msgfmt(po, out), 0);
		assert_string_equal(out, "");
	}
	char out[2048];
	assert_int_not_equal(run_msgfmt(TAMGA_SOURCE_DIR "/screens/catalog.yaml", out), 0);
	assert_string_not_equal(out, "");
}

/* Ids that stand as literals in the code of ui, print and the programs: what looks like "head.rest" with a head that
 * the PO files know. File names and kinds of journal entries look alike and are passed over. */
static bool known_head(const char *id)
{
	size_t head = strcspn(id, ".") + 1;
	for (unsigned i = 0; i < n_ids; i++)
		if (strncmp(ids[i], id, head) == 0)
			return true;
	return false;
}

/* "written.on-": the rest is put behind it when the program runs. */
static bool begins_an_id(const char *head)
{
	size_t n = strlen(head);
	for (unsigned i = 0; i < n_ids; i++)
		if (strncmp(ids[i], head, n) == 0)
			return true;
	return false;
}

static bool looks_like_a_file(const char *id)
{
	static const char *const ends[] = {".h", ".c", ".crt", ".key", ".pem", ".db", ".mo", ".po", ".yaml", ".pdf",
	        ".txt", ".sock", ".json", ".log", ".conf", ".service", ".cnf", ".csr", ".crl", ".der"};
	size_t n = strlen(id);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (n > strlen(ends[i]) && strcmp(id + n - strlen(ends[i]), ends[i]) == 0)
			return true;
	return false;
}

static void scan_literal(const char *id, const char *file)
{
	if (!strchr(id, '.') || id[strlen(id) - 1] == '.' || !known_head(id) || looks_like_a_file(id) ||
	        tg_record_kind_find(id) >= 0)
		return;
	seen++;
	bool there = id[strlen(id) - 1] == '-' ? begins_an_id(id) : tg_text_has(texts, TG_LANG_KK, id);
	if (!there) {
		print_error("%s: no sentence for \"%s\"\n", file, id);
		wrong++;
	}
}

static int scan_file(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	size_t n = strlen(path);
	if (kind != FTW_F || n < 2 || strcmp(path + n - 2, ".c") != 0)
		return 0;
	struct tg_buf b = TG_BUF_INIT;
	fixture_read(path, &b);
	for (const char *p = strchr(tg_buf_str(&b), '"'); p; p = strchr(p + 1, '"')) {
		char id[80];
		int end = 0;
		if (sscanf(p + 1, "%79[a-z0-9.-]%n", id, &end) == 1 && p[1 + end] == '"')
			scan_literal(id, path);
	}
	tg_buf_finish(&b);
	return 0;
}

static void every_id_in_the_code(void **state)
{
	(void)state;
	static const char *const folders[] = {"flow", "ui", "print", "token", "kiosk"};
	wrong = seen = 0;
	read_ids("kk");
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		char path[256];
		snprintf(path, sizeof(path), TAMGA_SOURCE_DIR "/src/%s", folders[i]);
		assert_int_equal(nftw(path, scan_file, 8, FTW_PHYS), 0);
	}
	assert_true(seen > 100);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_message_of_the_catalogue),
	        cmocka_unit_test(every_message_of_flow_and_of_its_rules),
	        cmocka_unit_test(K_12_every_status_has_what_happened_and_what_to_do),
	        cmocka_unit_test(K_12_every_status_has_an_entry_in_the_technicians_manual),
	        cmocka_unit_test(every_action_has_a_label),
	        cmocka_unit_test(every_id_in_the_code),
	        cmocka_unit_test(the_four_files_hold_the_same_ids),
	        cmocka_unit_test(P_1_each_language_in_its_letters),
	        cmocka_unit_test(the_check_of_letters_can_fail),
	        cmocka_unit_test(long_sentences_differ_between_languages),
	        cmocka_unit_test(the_same_places_in_all_languages),
	        cmocka_unit_test(operators_are_called_and_told_the_code),
	        cmocka_unit_test(msgfmt_has_nothing_to_say),
	};
	return cmocka_run_group_tests_name("translations", tests, set_up, tear_down);
}
