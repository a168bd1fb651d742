/* Identifiers (NCA-V). The BINs are real ones whose check digits were computed by hand from the published rule; what a
 * change of one digit does to them was listed with python3 (vectors.py). */
#include "tests.h"

static void test_nca_v_wrong_shapes(void **state)
{
	(void)state;
	assert_int_equal(tg_id_iin(""), TG_ID_LENGTH);
	assert_int_equal(tg_id_iin("14084002197"), TG_ID_LENGTH);
	assert_int_equal(tg_id_iin("1408400219700"), TG_ID_LENGTH);
	assert_int_equal(tg_id_iin("14084002197O"), TG_ID_CHARACTERS);
	assert_int_equal(tg_id_bin("-40840021970"), TG_ID_CHARACTERS);
	assert_int_equal(tg_id_bin("١٤٠٨"), TG_ID_CHARACTERS);
	assert_int_equal(tg_id_kg_pin("2010119900001"), TG_ID_LENGTH);
	assert_int_equal(tg_id_kg_pin("2010119900001a"), TG_ID_CHARACTERS);
}

/* Weight 11 is 0 modulo 11, so the published rule does not see the eleventh digit in its first pass; and one change in
 * another place leads by chance to the right second pass. Everything else is caught. */
static const struct {
	const char *bin;
	int other_at;
	char other_to;
	const char *eleventh; /* accepted there, the right digit included */
} real_bins[] = {
        {"140840021970", 6, '3', "0123456789"},
        {"170840028120", 8, '3', "0123456789"},
        {"050940007404", 5, '1', "0123456789"},
};

static void one_digit_changes(size_t b)
{
	char d[13];
	assert_true(tg_copy(d, sizeof(d), real_bins[b].bin));
	for (int i = 0; i < 12; i++) {
		const char was = d[i];
		for (char c = '0'; c <= '9'; c++) {
			d[i] = c;
			bool blind = c == was || (i == 10 && strchr(real_bins[b].eleventh, c)) ||
			             (i == real_bins[b].other_at && c == real_bins[b].other_to);
			assert_int_equal(tg_id_bin(d) != TG_ID_CHECK_DIGIT, blind);
		}
		d[i] = was;
	}
}

static void test_nca_v_one_wrong_digit_of_a_real_bin(void **state)
{
	(void)state;
	for (size_t b = 0; b < 3; b++)
		one_digit_changes(b);
}

static void test_nca_v_real_bins(void **state)
{
	(void)state;
	for (size_t b = 0; b < 3; b++) {
		assert_int_equal(tg_id_bin(real_bins[b].bin), TG_ID_OK);
		assert_int_equal(tg_id_iin(real_bins[b].bin), TG_ID_NOT_PERSON);
	}
}

static void test_nca_v_persons(void **state)
{
	(void)state;
	assert_int_equal(tg_id_iin("900101300017"), TG_ID_OK);
	assert_int_equal(tg_id_iin("900101300018"), TG_ID_CHECK_DIGIT);
	assert_int_equal(tg_id_bin("900101300017"), TG_ID_NOT_ENTITY);
	/* second pass of the weights */
	assert_int_equal(tg_id_iin("051231600807"), TG_ID_OK);
	assert_int_equal(tg_id_iin("051231600819"), TG_ID_OK);
}

static void test_nca_v_numbers_never_issued(void **state)
{
	(void)state;
	/* both passes give 10: no last digit is right */
	const char *const none[] = {"05123160087", "05123160168"};
	for (size_t i = 0; i < 2; i++) {
		for (char c = '0'; c <= '9'; c++) {
			char d[13];
			int n = snprintf(d, sizeof(d), "%s%c", none[i], c);
			assert_int_equal(n, 12);
			assert_int_equal(tg_id_iin(d), TG_ID_CHECK_DIGIT);
		}
	}
}

static void test_nca_v_no_birth_date_is_tested(void **state)
{
	(void)state;
	/* day 39, month 99: not a date, and by resolution 853 of 2013 not an error; check digit computed by hand:
	 * 9+18+27+36+15+54+7·0+0+0+0+11·1 = 170, 170 mod 11 = 5 */
	assert_int_equal(tg_id_iin("999939000015"), TG_ID_OK);
}

static void test_nca_v_test_numbers(void **state)
{
	(void)state;
	/* on the certificates in data/nca-test: they fail the rule of their own country */
	assert_int_equal(tg_id_iin("123456789011"), TG_ID_CHECK_DIGIT);
	assert_int_equal(tg_id_bin("123456789021"), TG_ID_CHECK_DIGIT);
	assert_true(tg_id_is_nca_test("123456789011"));
	assert_true(tg_id_is_nca_test("123456789021"));
	assert_false(tg_id_is_nca_test("123456789012"));
	assert_false(tg_id_is_nca_test("12345678901"));
}

static void test_kyrgyz_pin(void **state)
{
	(void)state;
	assert_int_equal(tg_id_kg_pin("20101199000011"), TG_ID_OK);
	assert_int_equal(tg_id_kg_pin("13112200500011"), TG_ID_OK);
	assert_int_equal(tg_id_kg_pin("00101199000011"), TG_ID_ODD);
	assert_int_equal(tg_id_kg_pin("23201199000011"), TG_ID_ODD);
	assert_int_equal(tg_id_kg_pin("20113199000011"), TG_ID_ODD);
	assert_int_equal(tg_id_kg_pin("20101179000011"), TG_ID_ODD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_nca_v_wrong_shapes),
	        cmocka_unit_test(test_nca_v_one_wrong_digit_of_a_real_bin),
	        cmocka_unit_test(test_nca_v_numbers_never_issued),
	        cmocka_unit_test(test_nca_v_real_bins),
	        cmocka_unit_test(test_nca_v_persons),
	        cmocka_unit_test(test_nca_v_no_birth_date_is_tested),
	        cmocka_unit_test(test_nca_v_test_numbers),
	        cmocka_unit_test(test_kyrgyz_pin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
