/* Which PINs are too easy: tables of what people choose. Requirement K-5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "tamga/token.h"

#include <cmocka.h>

static const struct tg_carrier rutoken = {
        .id = "r", .pin_min = 4, .pin_max = 32, .pin_digits_only = false, .factory_pin = "87136254"};
static const struct tg_carrier card = {.id = "c", .pin_min = 6, .pin_max = 15, .pin_digits_only = true};

/* Айгүл: born on 14 April 1988; IIN, number of her card, telephone. All invented. */
static const char *const known[] = {"1988-04-14", "880414450326", "N 031752689", "12", NULL};

static enum tg_status judge(const struct tg_carrier *row, const char *digits, const char *const *about)
{
	struct tg_secret *s = NULL;
	assert_int_equal(tg_secret_create(&s), TG_OK);
	assert_true(tg_secret_append(s, digits, strlen(digits)));
	enum tg_status status = tg_pin_judge(row, s, about);
	tg_secret_destroy(s);
	return status;
}

static void all_are(const struct tg_carrier *row, const char *const pins[], enum tg_status want)
{
	for (; *pins; pins++) {
		enum tg_status status = judge(row, *pins, known);
		if (status != want)
			fail_msg("%s: %s", *pins, tg_status_name(status));
	}
}

static void test_k5_lengths_and_letters_by_the_row(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "12345", "1234567890123456", "64a219", "64821 ", NULL};
	all_are(&card, bad, TG_PIN_LENGTH);
	assert_int_equal(judge(&rutoken, "qF7", NULL), TG_PIN_LENGTH);
	assert_int_equal(judge(&rutoken, "qF7!", NULL), TG_OK);
}

static void test_k5_repeats_and_runs_are_weak(void **state)
{
	(void)state;
	static const char *const weak[] = {"111111", "000000", "99999999", "123456", "234567890", "987654", "543210",
	        "890123", "321098", "121212", "373737", "123123", "804804", "7007007", NULL};
	all_are(&card, weak, TG_PIN_WEAK);
	assert_int_equal(judge(&rutoken, "aaaa", NULL), TG_PIN_WEAK);
	assert_int_equal(judge(&rutoken, "abcdef", NULL), TG_PIN_WEAK);
	assert_int_equal(judge(&rutoken, "4321", NULL), TG_PIN_WEAK);
}

static void test_k5_the_makers_pin_is_weak(void **state)
{
	(void)state;
	assert_int_equal(judge(&rutoken, "87136254", NULL), TG_PIN_WEAK);
	assert_int_equal(judge(&card, "87136254", NULL), TG_OK);
	assert_int_equal(judge(&rutoken, "8713625", NULL), TG_OK);
}

static void test_k5_the_birth_date_is_weak_however_it_is_written(void **state)
{
	(void)state;
	static const char *const weak[] = {"140488", "880414", "14041988", "19880414", "041488", "04141988",
	        /* backwards */
	        "884041", "414088", "88914041", "41408891",
	        /* with something before or behind */
	        "7140488", "1404885", "031404882", "5198804149", NULL};
	all_are(&card, weak, TG_PIN_WEAK);
	assert_int_equal(judge(&rutoken, "1988", known), TG_PIN_WEAK);
	assert_int_equal(judge(&rutoken, "1404", known), TG_PIN_WEAK);
}

static void test_k5_pieces_of_the_persons_numbers_are_weak(void **state)
{
	(void)state;
	static const char *const weak[] = {"450326", "414450", "880414450326", "623054", /* of the IIN */
	        "031752", "752689", "0317526893", "986257", /* of the card's number */ NULL};
	all_are(&card, weak, TG_PIN_WEAK);
}

static void test_k5_other_pins_are_good(void **state)
{
	(void)state;
	static const char *const good[] = {"648219", "730518264", "140489", "190414", "111112", "123457", "135790",
	        "503261", "1212120", "80480", NULL};
	for (const char *const *p = good; *p; p++)
		assert_int_equal(judge(&rutoken, *p, known), TG_OK);
	assert_int_equal(judge(&card, "140488", NULL), TG_OK);  /* nobody's that is known */
	assert_int_equal(judge(&card, "648212", known), TG_OK); /* "12" alone is nothing */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_k5_lengths_and_letters_by_the_row),
	        cmocka_unit_test(test_k5_repeats_and_runs_are_weak),
	        cmocka_unit_test(test_k5_the_makers_pin_is_weak),
	        cmocka_unit_test(test_k5_the_birth_date_is_weak_however_it_is_written),
	        cmocka_unit_test(test_k5_pieces_of_the_persons_numbers_are_weak),
	        cmocka_unit_test(test_k5_other_pins_are_good),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
