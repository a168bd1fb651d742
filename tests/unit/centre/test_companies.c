/* DOS-6: what becomes of the list of a complex certificate. The limits are those of seed 002: 5, 10, none. */
#include "companies.h"
#include "tamga/screen.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* Companies `from` … `from` + n - 1. */
static json_t *some(int from, int n)
{
	json_t *list = json_array();
	for (int i = 0; i < n; i++) {
		char inn[16];
		(void)snprintf(inn, sizeof inn, "%014d", from + i);
		assert_int_equal(json_array_append_new(list, json_pack("{s:s, s:s}", "inn", inn, "name", "Ф")), 0);
	}
	return list;
}

static enum tg_status judged(json_t *now, json_t *removed, json_t *added, int max, int *count)
{
	struct tg_error err = {0};
	enum tg_status st = tg_companies_judge(now, removed, added, max, count, &err);
	json_decref(now);
	json_decref(removed);
	json_decref(added);
	return st;
}

static void dos_6_borders(void **state)
{
	(void)state;
	static const struct {
		int now, removed, added, max;
		enum tg_status want;
		int count;
	} rows[] = {{4, 0, 1, 5, TG_OK, 5}, {5, 0, 1, 5, TG_COMPANIES, 0}, {5, 1, 1, 5, TG_OK, 5},
	        {3, 0, 3, 5, TG_COMPANIES, 0}, {6, 0, 4, 10, TG_OK, 10}, {10, 0, 1, 10, TG_COMPANIES, 0},
	        {10, 1, 2, 10, TG_COMPANIES, 0}, {11, 0, 1, 10, TG_COMPANIES, 0}, {11, 1, 0, 10, TG_OK, 10},
	        {500, 0, 500, 0, TG_OK, 1000}, {3, 3, 0, 5, TG_OK, 0}, {0, 0, 5, 5, TG_OK, 5},
	        {0, 0, 6, 5, TG_COMPANIES, 0}};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int count = -1;
		assert_int_equal(judged(some(1, rows[i].now), some(1, rows[i].removed), some(5001, rows[i].added),
		                         rows[i].max, &count),
		        rows[i].want);
		assert_int_equal(count, rows[i].count);
	}
}

static void dos_6_what_is_no_change(void **state)
{
	(void)state;
	int count;
	assert_int_equal(judged(some(1, 3), some(1, 0), some(1, 0), 5, &count), TG_COMPANIES);
	assert_int_equal(judged(some(1, 3), some(4, 1), some(1, 0), 5, &count), TG_COMPANIES); /* is not there */
	assert_int_equal(judged(some(1, 3), some(1, 0), some(3, 1), 5, &count), TG_COMPANIES); /* is there */
	assert_int_equal(judged(some(1, 3), some(3, 1), some(3, 1), 5, &count), TG_OK);        /* under another name */
	assert_int_equal(count, 3);
}

static void dos_6_the_same_number_twice(void **state)
{
	(void)state;
	int count;
	json_t *twice = some(7, 1), *out = some(2, 1);
	assert_int_equal(
	        json_array_append_new(twice, json_pack("{s:s, s:s}", "inn", "00000000000007", "name", "В")), 0);
	assert_int_equal(json_array_append_new(out, json_pack("{s:s}", "inn", "00000000000002")), 0);
	assert_int_equal(judged(some(1, 3), some(1, 0), twice, 5, &count), TG_COMPANIES);
	assert_int_equal(judged(some(1, 3), out, some(1, 0), 5, &count), TG_COMPANIES);
}

/* What a kiosk sends is believed of nothing: no arrays, no numbers. */
static void dos_6_bodies_that_are_none(void **state)
{
	(void)state;
	int count;
	struct tg_error err = {0};
	json_t *now = some(1, 3), *nameless = json_pack("[{s:s}]", "name", "Ф"), *text = json_string("x");
	assert_int_equal(tg_companies_judge(now, NULL, NULL, 5, &count, &err), TG_COMPANIES);
	assert_int_equal(tg_companies_judge(now, text, text, 5, &count, &err), TG_COMPANIES);
	assert_int_equal(tg_companies_judge(now, NULL, nameless, 5, &count, &err), TG_COMPANIES);
	assert_int_equal(tg_companies_judge(now, nameless, NULL, 5, &count, &err), TG_COMPANIES);
	json_decref(now);
	json_decref(nameless);
	json_decref(text);
}

/* ---- the gate, with the shipped prices and products ---- */

static bool refused(const struct tg_catalog *c, const char *product, const char *conditions, int n)
{
	json_t *a = json_pack("{s:s, s:s, s:s, s:s, s:o}", "provider", "kg-dostek", "service", "renew", "kind",
	        "holder", "product", product, "companies", some(1, n));
	assert_non_null(a);
	bool wrong = tg_gate_wrong_companies(c, a, conditions);
	json_decref(a);
	return wrong;
}

static void dos_6_how_many_at_registration(void **state)
{
	(void)state;
	static const struct {
		const char *product, *conditions;
		int n;
		bool refused;
	} rows[] = {{"complex-5", "at-desk product-complex-5 complex", 2, true},
	        {"complex-5", "at-desk product-complex-5 complex", 3, false},
	        {"complex-5", "at-desk product-complex-5 complex", 5, false},
	        {"complex-5", "at-desk product-complex-5 complex", 6, true},
	        {"complex-10", "at-desk product-complex-10 complex", 10, false},
	        {"complex-10", "at-desk product-complex-10 complex", 11, true},
	        {"complex-all", "at-desk product-complex-all complex", 2, true},
	        {"complex-all", "at-desk product-complex-all complex", 300, false},
	        {"complex-10", "at-desk product-complex-5 complex", 5, true}, /* another than is paid for */
	        {"", "at-desk product-complex-5 complex", 5, true}, {"", "at-desk product-head", 0, false}};
	struct tg_catalog *c = NULL;
	struct tg_error err = {0};
	if (tg_catalog_load(&c, TAMGA_SOURCE_DIR "/screens", NULL, &err) != TG_OK)
		fail_msg("%s", err.detail);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(refused(c, rows[i].product, rows[i].conditions, rows[i].n), rows[i].refused);
	tg_catalog_destroy(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(dos_6_how_many_at_registration),
	        cmocka_unit_test(dos_6_borders),
	        cmocka_unit_test(dos_6_what_is_no_change),
	        cmocka_unit_test(dos_6_the_same_number_twice),
	        cmocka_unit_test(dos_6_bodies_that_are_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
