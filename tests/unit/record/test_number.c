/* Unique numbers (K-9). Expected numbers: vectors.py (Reed-Solomon by logarithm tables, written apart from number.c).
 */
#include "tests.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static const struct {
	uint32_t kiosk, counter;
	const char *number;
} examples[] = {
        {0, 0, "0000-0000-0000"},
        {1, 1, "0001-0000-0144"},
        {7, 123456, "0007-003R-J0ZH"},
        {1048575, 268435455, "ZZZZ-7ZZZ-ZZPE"},
        {524288, 1, "G000-0000-014N"},
};
#define EXAMPLES (sizeof(examples) / sizeof(examples[0]))

static bool accepted(const char *text)
{
	char out[TG_NUMBER_MAX];
	return tg_number_check(text, out) == TG_OK;
}

static uint32_t seed = 20261122;
static uint32_t rnd(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)seed * below) >> 32);
}

static void random_number(char out[TG_NUMBER_MAX])
{
	assert_int_equal(tg_number_make(rnd(1u << 20), rnd(1u << 28), out), TG_OK);
}

/* Places of the twelve characters in "XXXX-XXXX-XXXX". */
static int place(int i)
{
	return i + i / 4;
}

/* Numbers to change: the written ones and random ones. */
static void pick(int round, char out[TG_NUMBER_MAX])
{
	if (round < (int)EXAMPLES)
		assert_true(tg_copy(out, TG_NUMBER_MAX, examples[round].number));
	else
		random_number(out);
}

static void test_k9_every_wrong_character_is_caught(void **state)
{
	(void)state;
	long tried = 0;
	for (int round = 0; round < 300; round++) {
		char n[TG_NUMBER_MAX];
		pick(round, n);
		for (int i = 0; i < 12; i++) {
			const char was = n[place(i)];
			for (const char *c = alphabet; *c; c++) {
				n[place(i)] = *c;
				assert_int_equal(accepted(n), *c == was);
				tried++;
			}
			n[place(i)] = was;
		}
	}
	assert_int_equal(tried, 300L * 12 * 32);
}

static void test_k9_every_swap_of_two_is_caught(void **state)
{
	(void)state;
	for (int round = 0; round < 300; round++) {
		char n[TG_NUMBER_MAX];
		pick(round, n);
		for (int i = 0; i < 12; i++) {
			for (int k = i + 1; k < 12; k++) {
				const char a = n[place(i)], b = n[place(k)];
				n[place(i)] = b;
				n[place(k)] = a;
				assert_int_equal(accepted(n), a == b);
				n[place(i)] = a;
				n[place(k)] = b;
			}
		}
	}
}

/* The code is linear: a change is caught in every number when it is caught in the number of zeros. So this, over all
 * places and all characters, is the proof for every swap of neighbours, and for any two wrong characters. */
static void test_k9_proof_any_two_errors_over_the_whole_alphabet(void **state)
{
	(void)state;
	long tried = 0;
	for (int i = 0; i < 12; i++) {
		for (int k = i + 1; k < 12; k++) {
			for (int x = 0; x < 32; x++) {
				for (int y = 0; y < 32; y++) {
					char n[TG_NUMBER_MAX] = "0000-0000-0000";
					n[place(i)] = alphabet[x];
					n[place(k)] = alphabet[y];
					assert_int_equal(accepted(n), x == 0 && y == 0);
					tried++;
				}
			}
		}
	}
	assert_int_equal(tried, 66L * 32 * 32);
}

/* The linearity that the proof above stands on: the sum of two right numbers is right. */
static void test_k9_the_code_is_linear(void **state)
{
	(void)state;
	for (int round = 0; round < 20000; round++) {
		char a[TG_NUMBER_MAX], b[TG_NUMBER_MAX], sum[TG_NUMBER_MAX];
		random_number(a);
		random_number(b);
		assert_true(tg_copy(sum, sizeof(sum), a));
		for (int i = 0; i < 12; i++) {
			long x = strchr(alphabet, a[place(i)]) - alphabet, y = strchr(alphabet, b[place(i)]) - alphabet;
			sum[place(i)] = alphabet[x ^ y];
		}
		assert_true(accepted(sum));
	}
}

static void test_k9_numbers_that_cannot_be_are_refused(void **state)
{
	(void)state;
	const char *const bad[] = {"", "-", "0001-0000-014", "0001-0000-01440", "0001-0000-014U", "0001-0000-014!",
	        "0001_0000_0144", "0001-0000-014\xc3\xa9", "0001\n00000144", "ABCDEFGHJKMN"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(accepted(bad[i]));
}

static void test_k9_numbers_are_those_of_the_formula(void **state)
{
	(void)state;
	for (size_t i = 0; i < EXAMPLES; i++) {
		char n[TG_NUMBER_MAX];
		assert_int_equal(tg_number_make(examples[i].kiosk, examples[i].counter, n), TG_OK);
		assert_string_equal(n, examples[i].number);
	}
}

static void test_k9_typed_carelessly(void **state)
{
	(void)state;
	const char *const typed[] = {"0007-003R-J0ZH", "0007003RJ0ZH", "0007-003r-j0zh", " 0007 003R J0ZH ",
	        "ooo7-oo3r-jOzh", "00-07-00-3R-J0-ZH"};
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		char n[TG_NUMBER_MAX];
		assert_int_equal(tg_number_check(typed[i], n), TG_OK);
		assert_string_equal(n, "0007-003R-J0ZH");
	}
	char n[TG_NUMBER_MAX];
	assert_int_equal(tg_number_check("OOOL-0000-0I44", n), TG_OK);
	assert_string_equal(n, "0001-0000-0144");
}

static void test_k9_numbers_of_all_kiosks_differ(void **state)
{
	(void)state;
	char last[TG_NUMBER_MAX] = "", n[TG_NUMBER_MAX];
	/* Numbers sort as kiosk, counter: growing all the way means that none comes twice. */
	for (uint32_t kiosk = 0; kiosk < 200; kiosk++) {
		for (uint32_t counter = 0; counter < 100; counter++) {
			assert_int_equal(tg_number_make(kiosk, counter, n), TG_OK);
			assert_true(strncmp(n, last, 12) > 0);
			assert_int_equal(tg_number_kiosk_no(n), kiosk);
			assert_true(tg_copy(last, sizeof(last), n));
		}
	}
}

static int bugs;
static void count_bug(const char *file, int line, const char *what)
{
	(void)file;
	(void)line;
	(void)what;
	bugs++;
}

static void test_k9_parts_out_of_range_are_a_bug(void **state)
{
	(void)state;
	char n[TG_NUMBER_MAX];
	assert_int_equal(tg_number_make((1u << 20) - 1, (1u << 28) - 1, n), TG_OK);
	assert_int_equal(tg_number_kiosk_no(n), (1u << 20) - 1);
	tg_bug_set_hook(count_bug);
	assert_int_equal(tg_number_make(1u << 20, 0, n), TG_BUG);
	assert_int_equal(tg_number_make(0, 1u << 28, n), TG_BUG);
	assert_int_equal(bugs, 2);
	tg_bug_set_hook(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_k9_numbers_that_cannot_be_are_refused),
	        cmocka_unit_test(test_k9_parts_out_of_range_are_a_bug),
	        cmocka_unit_test(test_k9_every_wrong_character_is_caught),
	        cmocka_unit_test(test_k9_every_swap_of_two_is_caught),
	        cmocka_unit_test(test_k9_proof_any_two_errors_over_the_whole_alphabet),
	        cmocka_unit_test(test_k9_the_code_is_linear),
	        cmocka_unit_test(test_k9_numbers_are_those_of_the_formula),
	        cmocka_unit_test(test_k9_typed_carelessly),
	        cmocka_unit_test(test_k9_numbers_of_all_kiosks_differ),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
