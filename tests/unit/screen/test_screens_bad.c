/* Mistakes in the files of the catalogue: each fixture of tests/data/screens-bad holds one, and is told once, with
 * file, line, column and words that name it. The places in the table were read from the fixtures. Requirement:
 * design.md §2.3. */
#include "screen_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#define DATA      TAMGA_TESTS_DIR "/data/screens-bad/"
#define FORM      "providers/p/forms/f.yaml"
#define SERVICE   "providers/p/services/s.yaml"
#define PROVIDER  "providers/p/provider.yaml"
#define CALENDARS "providers/p/calendars.yaml"
#define ADVISER   "providers/p/adviser.yaml"
#define HELP      "providers/p/help.yaml"

struct bad {
	const char *fixture, *place;
	int line, column;
	const char *words;
};

static const struct bad table[] = {
        /* not YAML */
        {"tab", FORM, 12, 1, "tab"},
        {"open-quote", FORM, 4, 8, "one line"},
        {"open-quote-at-end", FORM, 36, 12, "not valid YAML"},
        {"no-colon", FORM, 2, 1, "expected ':'"},
        {"indent", FORM, 10, 4, "not valid YAML"},
        {"open-bracket", FORM, 30, 14, "bracket missing"},
        {"not-utf8", FORM, 4, 10, "not UTF-8"},
        {"control", FORM, 4, 10, "control character"},
        {"escaped-control", FORM, 4, 8, "control character"},
        /* YAML that has no business here */
        {"anchor", FORM, 4, 8, "anchors"},
        {"alias", FORM, 22, 12, "aliases"},
        {"alias-bomb", FORM, 1, 4, "anchors"},
        {"tag", FORM, 3, 10, "tags"},
        {"second-document", FORM, 37, 1, "second document"},
        {"empty", FORM, 1, 1, "empty"},
        {"deep", FORM, 4, 17, "nested too deep"},
        /* not what the file may hold */
        {"only-list", FORM, 1, 1, "group of keys"},
        {"list-for-map", FORM, 8, 9, "must be a list: 'fields'"},
        {"unknown-key", FORM, 13, 5, "unknown key: 'requried'"},
        {"missing-number", FORM, 19, 5, "a key is missing: 'number'"},
        {"missing-top", FORM, 1, 1, "a key is missing: 'version'"},
        {"duplicate-key", FORM, 13, 5, "'label' stands here a second time"},
        {"unknown-kind", FORM, 11, 11, "unknown word for kind: 'numerals'"},
        {"not-bool", FORM, 14, 13, "true or false: 'yes'"},
        {"not-number", FORM, 16, 16, "whole number: 'twelve'"},
        {"octal", FORM, 16, 16, "whole number: '012'"},
        {"huge-number", FORM, 16, 16, "whole number"},
        {"empty-value", FORM, 12, 12, "empty"},
        {"message-id", FORM, 12, 12, "a message id is made of"},
        {"field-id", FORM, 9, 9, "an id is made of"},
        {"too-many-fields", FORM, 49, 5, "too many entries: 'fields'"},
        {"same-provider", "catalog.yaml", 3, 5, "twice: 'p'"},
        /* references, numbers, rules */
        {"unknown-rule", FORM, 18, 15, "unknown rule: 'inn'"},
        {"rule-wants-arg", FORM, 18, 9, "argument"},
        {"rule-bad-arg", FORM, 19, 14, "argument: '9..1'"},
        {"rule-no-arg", FORM, 19, 14, "takes no argument: '12'"},
        {"duplicate-field", FORM, 19, 9, "twice: 'iin'"},
        {"number-gap", FORM, 20, 13, "expected 'F1.2', found: 'F1.3'"},
        {"number-other-form", FORM, 10, 13, "expected 'F1.1', found: 'A1.1'"},
        {"bad-code", FORM, 2, 7, "capital letter"},
        {"typed-key", FORM, 24, 13, "never by a person"},
        {"stray-choices", FORM, 18, 7, "choices belong"},
        {"no-choices", FORM, 9, 5, "choices belong"},
        {"bad-default", FORM, 12, 14, "none of the choices: 'c'"},
        {"long-default", FORM, 12, 14, "longer than max-chars"},
        {"too-wide", FORM, 16, 16, "from 1 to 2047"},
        {"key-field", FORM, 36, 12, "no field of kind 'public-key'"},
        {"key-field-kind", FORM, 36, 12, "no field of kind 'public-key'"},
        {"algorithm", FORM, 33, 16, "unknown algorithm: 'rsa-512'"},
        {"chip-fact", FORM, 15, 11, "no such fact: 'shoe-size'"},
        {"certificate-fact", FORM, 15, 18, "no such fact: 'colour'"},
        {"key-carriers", FORM, 37, 15, "purposes of carriers"},
        {"opens", SERVICE, 4, 8, "ticket, adviser or help: 'window'"},
        {"operation", SERVICE, 4, 12, "companies or order: 'repair'"},
        {"kind-carriers", SERVICE, 8, 15, "purposes of carriers"},
        {"lock", PROVIDER, 9, 15, "from 0 (no lock) to 99: '100'"},
        {"two-keys", FORM, 41, 12, "two keys"},
        {"line-after", FORM, 11, 12, "no field with this id: 'iin2'"},
        {"validity", FORM, 7, 16, "from 1 to 3660"},
        /* what one part says of another: conditions, ways, documents, calendars */
        {"field-when", FORM, 17, 11, "no condition with this id: 'lost'"},
        {"field-when-not", FORM, 17, 11, "no condition with this id: 'represented !lost'"},
        {"field-when-spaces", FORM, 17, 11, "no condition with this id"},
        {"field-role", FORM, 17, 11, "no such role: 'uncle'"},
        {"line-when", FORM, 11, 11, "no condition with this id: 'lost'"},
        {"signature-field", FORM, 11, 12, "no field with this id: 'head'"},
        {"signature-when", FORM, 11, 11, "no condition with this id: '!lost'"},
        {"signature-role", FORM, 11, 11, "no such role: 'aunt'"},
        {"seal-when", FORM, 8, 12, "needs no seal-when"},
        {"copies", FORM, 8, 9, "copies are from 1 to 9"},
        {"lines-per-sheet", FORM, 8, 18, "of kind 'serials'"},
        {"lines-per-sheet-many", FORM, 8, 18, "from 1 to 99"},
        {"request-field", FORM, 36, 12, "no field of kind 'pkcs10'"},
        {"kind-ways", SERVICE, 8, 11, "no way with this id: 'spot'"},
        {"kind-subject", SERVICE, 8, 14, "a person or an entity: 'dog'"},
        {"kind-operation", SERVICE, 8, 16, "companies or order: 'repair'"},
        {"kind-confirm", SERVICE, 8, 14, "no condition with this id: '!lost'"},
        {"kind-extensions", SERVICE, 8, 17, "no condition with this id: '!represented'"},
        {"question-when", SERVICE, 11, 15, "no condition with this id: 'lost'"},
        {"question-sets", SERVICE, 14, 19, "no condition with this id: 'represented lost'"},
        {"question-one-option", SERVICE, 12, 11, "too few entries"},
        {"document-group", SERVICE, 11, 16, "two documents or more"},
        {"document-group-name", SERVICE, 11, 16, "has an id of its own: 'power'"},
        {"document-instead", SERVICE, 11, 18, "no group, of this id: 'order'"},
        {"document-instead-itself", SERVICE, 11, 18, "no group, of this id: 'power'"},
        {"document-instead-chain", SERVICE, 17, 18, "no group, of this id: 'a'"},
        {"document-proven", SERVICE, 11, 20, "register, carrier; found: 'chip luck'"},
        {"document-paper", SERVICE, 11, 16, "extract, notarised: 'napkin'"},
        {"document-form", SERVICE, 11, 15, "no form with this id"},
        {"document-rule", SERVICE, 11, 15, "unknown rule, or it cannot work"},
        {"document-rule-arg", SERVICE, 11, 15, "cannot work with this argument: 'within_working_days'"},
        {"document-when-not", SERVICE, 11, 15, "no condition with this id: '!lost'"},
        {"way-proof", PROVIDER, 18, 12, "chip, desk or signature: 'oath'"},
        {"way-sets", PROVIDER, 19, 11, "no condition with this id: 'lost'"},
        {"term-both", PROVIDER, 19, 14, "days (up to 365), or minutes"},
        {"term-none", PROVIDER, 16, 5, "days (up to 365), or minutes"},
        {"term-uncounted", PROVIDER, 16, 5, "are counted by a calendar"},
        {"term-calendar", PROVIDER, 19, 15, "no calendar with this id: 'post'"},
        {"term-when", PROVIDER, 19, 11, "no condition with this id: 'lost'"},
        {"ground-event", PROVIDER, 18, 12, "the service or the acceptance: 'mood'"},
        {"refusal-form", PROVIDER, 15, 15, "no form with this id"},
        {"calendar-leap", CALENDARS, 14, 14, "no such day"},
        {"calendar-day", CALENDARS, 14, 14, "no such day"},
        {"calendar-day-rule", CALENDARS, 16, 14, "no such day"},
        {"calendar-twice", CALENDARS, 16, 14, "stands here twice"},
        {"calendar-moves", CALENDARS, 15, 16, "only a day off of the rule"},
        {"calendar-hours", CALENDARS, 11, 15, "minutes from 0 to 1440"},
        {"calendar-break", CALENDARS, 6, 15, "minutes from 0 to 1440"},
        {"calendar-weekday", CALENDARS, 10, 18, "from 1 (Monday) to 7: '8'"},
        {"calendar-weekday-twice", CALENDARS, 10, 18, "has its hours already: '1'"},
        {"calendar-never", CALENDARS, 2, 5, "has hours, or is round the clock"},
        {"unknown-form", SERVICE, 7, 11, "no form with this id"},
        {"unknown-condition", SERVICE, 11, 15, "no condition with this id"},
        {"open-without-kinds", SERVICE, 4, 8, "at least one kind"},
        {"service-name", SERVICE, 1, 5, "file name: 't'"},
        {"unknown-service", PROVIDER, 17, 5, "services/: 'renew'"},
        {"country", PROVIDER, 3, 10, "two capital letters"},
        {"offset", PROVIDER, 4, 21, "offset from UTC"},
        {"office-language", PROVIDER, 5, 18, "kk, ky, ru, en"},
        {"date", PROVIDER, 13, 20, "written as"},
        {"provider-name", PROVIDER, 1, 5, "name of its folder: 'q'"},
        {"unknown-provider", "catalog.yaml", 3, 5, "no provider.yaml"},
        {"errata-form", "providers/p/errata.yaml", 3, 11, "no form with this id"},
        {"unused-service", "providers/p/services/u.yaml", 1, 1, "nothing refers to this file"},
        /* a sound file in a place where none belongs */
        {"unused-service", "providers/p/u.yaml", 1, 1, "no file has this place"},
        {"unused-service", "providers/p/services/u.txt", 1, 1, "no file has this place"},
        /* what is sold, asked, advised, explained */
        {"price-amount", PROVIDER, 23, 13, "more than 0"},
        {"price-from", PROVIDER, 24, 11, "written as 2016-01-22"},
        {"price-until", PROVIDER, 20, 12, "written as 2016-01-22"},
        {"price-order", PROVIDER, 20, 12, "ends after it begins"},
        {"price-gap", PROVIDER, 24, 11, "on the day after"},
        {"price-overlap", PROVIDER, 24, 11, "on the day after"},
        {"price-endless", PROVIDER, 23, 11, "on the day after"},
        {"product-price", PROVIDER, 30, 12, "no price of this: 'heads'"},
        {"product-months", PROVIDER, 31, 13, "1 to 120 months"},
        {"product-companies", PROVIDER, 32, 20, "only a complex certificate"},
        {"product-limit", PROVIDER, 34, 20, "not fewer than companies-min"},
        {"payment-code", PROVIDER, 36, 11, "made of digits"},
        {"payment-when", PROVIDER, 35, 11, "no condition with this id: 'lost'"},
        {"currency", PROVIDER, 15, 11, "three capital letters"},
        {"no-currency", PROVIDER, 16, 3, "there is a currency"},
        {"notice-days", PROVIDER, 16, 14, "from 0 (none) to 365"},
        {"order-alone", PROVIDER, 17, 16, "stand together"},
        {"order-no-notice", PROVIDER, 16, 16, "has notice-days"},
        {"order-service", PROVIDER, 17, 16, "whose operation is cloud"},
        {"term-days", PROVIDER, 18, 14, "days (up to 365), or minutes"},
        {"range-gap", SERVICE, 19, 19, "without gap or overlap"},
        {"range-overlap", SERVICE, 19, 19, "without gap or overlap"},
        {"range-endless", SERVICE, 18, 19, "has no end"},
        {"range-backwards", SERVICE, 20, 17, "ends after it begins"},
        {"range-none", SERVICE, 17, 13, "a range that begins"},
        {"range-stray", SERVICE, 14, 19, "belong to a question"},
        {"question-leads", SERVICE, 20, 20, "no service with this id: 't'"},
        {"question-leads-way", SERVICE, 21, 24, "no way with this id: 'nowhere'"},
        {"question-leads-alone", SERVICE, 20, 20, "leads and why stand together"},
        {"question-why-alone", SERVICE, 20, 18, "leads and why stand together"},
        {"charge-product", SERVICE, 9, 18, "no product with this id: 'head'"},
        {"kind-revokes", SERVICE, 8, 14, "no condition with this id: 'lost'"},
        {"kind-printed", SERVICE, 8, 14, "no form with this id"},
        {"opens-adviser", SERVICE, 4, 8, "has no adviser.yaml"},
        {"opens-help", SERVICE, 4, 8, "has no help.yaml"},
        {"key-when", FORM, 37, 11, "no condition with this id: 'lost'"},
        {"advice-product", ADVISER, 13, 14, "no product with this id: 'head'"},
        {"adviser-sets", ADVISER, 7, 15, "no condition with this id: 'lost'"},
        {"adviser-leads", ADVISER, 10, 16, "no service with this id: 't'"},
        {"help-text", HELP, 5, 9, "a message id is made of"},
        {"help-nothing", HELP, 4, 11, "too few entries"},
        {"pin-plan", PROVIDER, 18, 10, "a PIN has"},
};

static enum tg_status load_with(const struct bad *b, struct tg_error *err)
{
	char dir[64], to[256], from[256];
	struct tg_buf bytes = TG_BUF_INIT;
	struct tg_catalog *c = NULL;
	fixture_folder(dir);
	fixture_copy(DATA "base", dir);
	if (b) {
		snprintf(from, sizeof(from), DATA "%s.yaml", b->fixture);
		snprintf(to, sizeof(to), "%s/%s", dir, b->place);
		fixture_read(from, &bytes);
		fixture_write(to, tg_buf_str(&bytes), bytes.len);
		tg_buf_finish(&bytes);
	}
	*err = (struct tg_error){0};
	enum tg_status status = tg_catalog_load(&c, dir, fixture_rules, err);
	assert_true((c != NULL) == (status == TG_OK));
	tg_catalog_destroy(c);
	fixture_remove(dir);
	return status;
}

static void the_base_is_sound(void **state)
{
	(void)state;
	struct tg_error err;
	enum tg_status status = load_with(NULL, &err);
	if (status != TG_OK)
		fail_msg("%s:%d:%d: %s", err.file, err.line, err.column, err.detail);
}

static void each_mistake_has_its_place(void **state)
{
	(void)state;
	unsigned wrong = 0;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const struct bad *b = &table[i];
		struct tg_error err;
		enum tg_status status = load_with(b, &err);
		bool right = status == TG_SCREEN_DATA && err.status == TG_SCREEN_DATA &&
		             strcmp(err.file, b->place) == 0 && err.line == b->line && err.column == b->column &&
		             strstr(err.detail, b->words);
		if (!right)
			print_error("%s: wanted %s:%d:%d %s\n   got %d %s:%d:%d: %s\n", b->fixture, b->place, b->line,
			        b->column, b->words, (int)status, err.file, err.line, err.column, err.detail);
		wrong += !right;
	}
	assert_int_equal(wrong, 0);
}

/* The mistake is the kind's, whose questions do not keep the two keys of its form apart. */
static void keys_of_one_field_are_kept_apart(void **state)
{
	(void)state;
	static const struct bad form = {"two-keys-when", FORM, 7, 11, "two keys of one field"};
	struct tg_error err;
	assert_int_equal(load_with(&form, &err), TG_SCREEN_DATA);
	assert_string_equal(err.file, SERVICE);
	assert_int_equal(err.line, form.line);
	assert_int_equal(err.column, form.column);
	assert_non_null(strstr(err.detail, form.words));
}

static void expect_refused(const char *dir, enum tg_status expected, const char *words)
{
	struct tg_catalog *c = NULL;
	struct tg_error err = {0};
	assert_int_equal(tg_catalog_load(&c, dir, fixture_rules, &err), expected);
	assert_null(c);
	assert_non_null(strstr(err.detail, words));
}

static void no_folder_is_told(void **state)
{
	(void)state;
	expect_refused("/nonexistent/screens", TG_SCREEN_DATA, "No such file");
}

static void a_folder_without_catalog_is_told(void **state)
{
	(void)state;
	char dir[64];
	fixture_folder(dir);
	expect_refused(dir, TG_SCREEN_DATA, "the file is missing");
	fixture_remove(dir);
}

static void links_and_large_files_are_refused(void **state)
{
	(void)state;
	char dir[64], path[256];
	static char spaces[200 * 1024];
	fixture_folder(dir);
	fixture_copy(DATA "base", dir);
	snprintf(path, sizeof(path), "%s/link.yaml", dir);
	assert_int_equal(symlink("catalog.yaml", path), 0);
	expect_refused(dir, TG_SCREEN_DATA, "links are not followed");
	unlink(path);
	memset(spaces, ' ', sizeof(spaces));
	fixture_write(path, spaces, sizeof(spaces));
	expect_refused(dir, TG_SCREEN_DATA, "larger than 128 KiB");
	fixture_remove(dir);
}

static void folders_without_end_are_refused(void **state)
{
	(void)state;
	char dir[64], path[256];
	fixture_folder(dir);
	tg_copy(path, sizeof(path), dir);
	for (int i = 0; i < 9; i++) {
		size_t n = strlen(path);
		tg_copy(path + n, sizeof(path) - n, "/d");
		assert_int_equal(mkdir(path, 0700), 0);
	}
	expect_refused(dir, TG_SCREEN_DATA, "nested too deep");
	fixture_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_base_is_sound),
	        cmocka_unit_test(each_mistake_has_its_place),
	        cmocka_unit_test(keys_of_one_field_are_kept_apart),
	        cmocka_unit_test(no_folder_is_told),
	        cmocka_unit_test(a_folder_without_catalog_is_told),
	        cmocka_unit_test(links_and_large_files_are_refused),
	        cmocka_unit_test(folders_without_end_are_refused),
	};
	return cmocka_run_group_tests_name("screens_bad", tests, NULL, NULL);
}
