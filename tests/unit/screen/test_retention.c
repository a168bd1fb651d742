/* screens/retention.yaml (C-8): the one that is shipped, and every mistake told with its line and column. */
#include "screen_fixture.h"

#include "tamga/retention.h"

#include <stdio.h>
#include <unistd.h>

#define SCREENS TAMGA_SOURCE_DIR "/screens"

static const char *const kinds[] = {"application.submitted", "chip.done", NULL};

static struct tg_retention *load(const char *text, enum tg_status want, int line, int column, const char *what)
{
	char path[] = "/tmp/tamga-retention.XXXXXX";
	struct tg_retention *r = NULL;
	struct tg_error err = {0};
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
	enum tg_status st = tg_retention_load(&r, path, kinds, NULL, &err);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(st, want);
	if (want == TG_OK)
		return r;
	assert_null(r);
	if (err.line != line || err.column != column || !strstr(err.detail, what))
		fail_msg("%d:%d: %s, wanted %d:%d: %s", err.line, err.column, err.detail, line, column, what);
	return NULL;
}

static void c8_the_shipped_rules(void **state)
{
	(void)state;
	struct tg_retention *r = NULL;
	struct tg_catalog *catalog = NULL;
	const char *by;
	assert_int_equal(tg_catalog_load(&catalog, SCREENS, NULL, NULL), TG_OK);
	assert_int_equal(tg_retention_load(&r, SCREENS "/retention.yaml", kinds, catalog, NULL), TG_OK);
	assert_int_equal(tg_retention_centre_days(r, "chip.done", "kz-nca", "issue", &by), 1827);
	assert_string_equal(by, "personal");
	assert_int_equal(tg_retention_kiosk_days(r, "chip.done", "", "", &by), 30);
	assert_int_equal(tg_retention_centre_min(r), 1827);
	assert_int_equal(r->idle_days, 365);
	tg_retention_destroy(r);
	tg_catalog_destroy(catalog);
}

static void c8_the_first_rule_that_fits_decides(void **state)
{
	(void)state;
	const char *by;
	struct tg_retention *r =
	        load("kiosk_min_days: 7\n"
	             "rules:\n"
	             "  - {id: a, provider: p, service: s, records: [chip.done], centre_days: 10, kiosk_days: 8}\n"
	             "  - {id: b, provider: p, records: [personal], centre_days: 20, kiosk_days: 9}\n"
	             "  - {id: c, records: [personal], centre_days: 30, kiosk_days: 7}\n",
	                TG_OK, 0, 0, "");
	static const struct {
		const char *kind, *provider, *service, *by;
		int centre, kiosk;
	} cases[] = {{"chip.done", "p", "s", "a", 10, 8}, {"application.submitted", "p", "s", "b", 20, 9},
	        {"chip.done", "p", "t", "b", 20, 9}, {"chip.done", "q", "s", "c", 30, 7},
	        {"application.submitted", "", "", "c", 30, 7}, {"of-a-newer-program", "p", "", "b", 20, 9}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(tg_retention_centre_days(r, cases[i].kind, cases[i].provider, cases[i].service, &by),
		        cases[i].centre);
		assert_string_equal(by, cases[i].by);
		assert_int_equal(tg_retention_kiosk_days(r, cases[i].kind, cases[i].provider, cases[i].service, &by),
		        cases[i].kiosk);
	}
	assert_int_equal(tg_retention_centre_min(r), 10);
	assert_int_equal(tg_retention_kiosk_min(r), 7);
	tg_retention_destroy(r);
}

#define HEAD "kiosk_min_days: 7\nrules:\n"
#define ALL  "  - {id: all, records: [personal], centre_days: 30, kiosk_days: 7}\n"

static void c8_mistakes_have_their_place(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int line, column;
		const char *what;
	} cases[] = {
	        {HEAD "  - {id: a, records: [chip.intent], centre_days: 30, kiosk_days: 7}\n" ALL, 3, 23,
	                "no kind of entry with personal data"},
	        {HEAD "  - {id: a, service: s, records: [personal], centre_days: 30, kiosk_days: 7}\n" ALL, 3, 22,
	                "a service needs its provider"},
	        {HEAD "  - {id: a, records: [personal], centre_days: 30, kiosk_days: 6}\n", 3, 63,
	                "fewer than kiosk_min_days"},
	        {HEAD "  - {id: a, records: [personal], centre_days: 9, kiosk_days: 10}\n", 3, 47,
	                "the centre would forget before the kiosks"},
	        {HEAD "  - {id: a, records: [personal], centre_days: 36526, kiosk_days: 10}\n", 3, 47,
	                "more than a hundred years"},
	        {"kiosk_min_days: 0\nrules:\n" ALL, 1, 17, "at least a day"},
	        {HEAD "  - {id: a, provider: p, records: [personal], centre_days: 30, kiosk_days: 7}\n", 3, 3,
	                "has no rule for all providers"},
	        {HEAD "  - {id: a, records: [chip.done], centre_days: 30, kiosk_days: 7}\n", 3, 3,
	                "has no rule for all providers"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		(void)load(cases[i].text, TG_SCREEN_DATA, cases[i].line, cases[i].column, cases[i].what);
}

static void c8_no_file_and_no_such_provider(void **state)
{
	(void)state;
	struct tg_retention *r = NULL;
	struct tg_catalog *catalog = NULL;
	struct tg_error err = {0};
	char path[] = "/tmp/tamga-retention.XXXXXX";
	static const char text[] =
	        HEAD "  - {id: a, provider: none, records: [personal], centre_days: 30, kiosk_days: 7}\n" ALL;
	assert_int_equal(tg_retention_load(&r, "/nowhere/retention.yaml", kinds, NULL, &err), TG_SCREEN_DATA);
	assert_int_equal(tg_catalog_load(&catalog, SCREENS, NULL, NULL), TG_OK);
	int fd = mkstemp(path);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && close(fd) == 0);
	assert_int_equal(tg_retention_load(&r, path, kinds, catalog, &err), TG_SCREEN_DATA);
	assert_int_equal(err.line, 3);
	assert_non_null(strstr(err.detail, "no such provider"));
	assert_int_equal(unlink(path), 0);
	tg_catalog_destroy(catalog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(c8_the_shipped_rules),
	        cmocka_unit_test(c8_the_first_rule_that_fits_decides),
	        cmocka_unit_test(c8_mistakes_have_their_place),
	        cmocka_unit_test(c8_no_file_and_no_such_provider),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
