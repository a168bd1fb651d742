/* NCA-6: an application with two carriers is found by either of them, at kiosk and centre, also after rebuilding and
 * after the tables were brought up to date; what the person went without is known. */
#include "lib.h"

#include <stdlib.h>

#define BEGIN                                                                                                          \
	"{\"number\":\"%s\",\"provider\":\"kz-nca\",\"service\":\"issue\",\"form\":\"nca-a1\",\"carriers\":\"%s\","    \
	"\"carrier\":{\"name\":\"kz-idcard\",\"serial\":\"%s\",\"purpose\":\"id-card\"}}"
#define STEP "{\"number\":\"%s\",\"serial\":\"%s\",\"step\":\"%s\",\"key\":\"k\"%s}"
#define SIM  ",\"carrier\":\"kz-sim\",\"purpose\":\"sim\""

static void submit(struct tg_store *s, const char *number, const char *carriers, const char *card)
{
	char body[400];
	snprintf(body, sizeof(body), BEGIN, number, carriers, card);
	(void)lib_append(s, TG_RECORD_APPLICATION_SUBMITTED, body);
}

static void step(struct tg_store *s, const char *number, const char *serial, const char *name, const char *more)
{
	char body[300];
	snprintf(body, sizeof(body), STEP, number, serial, name, more);
	(void)lib_append(s, TG_RECORD_CHIP_INTENT, body);
	(void)lib_append(s, TG_RECORD_CHIP_DONE, body);
}

static void expect_unfinished(struct tg_store *s, const char *serial, const char *number)
{
	struct tg_app_row row;
	enum tg_status got = tg_store_app_unfinished(s, serial, &row, NULL);
	assert_int_equal(got, number ? TG_OK : TG_NOT_FOUND);
	if (number)
		assert_string_equal(row.number, number);
}

static void expect_life(struct tg_store *s, const char *serial, enum tg_token_life want)
{
	enum tg_token_life got = TG_TOKEN_LIFE_COUNT;
	assert_int_equal(tg_store_token_life(s, serial, &got, NULL), TG_OK);
	assert_int_equal(got, want);
}

static void test_nca6_either_carrier_finds_it(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	struct tg_app_row row;
	submit(s, "A", "id-card sim", "C1");
	expect_unfinished(s, "C1", "A");
	step(s, "A", "C1", "prove", "");
	expect_life(s, "C1", TG_TOKEN_LIFE_BLANK);
	expect_unfinished(s, "S1", NULL); /* nobody knows yet which SIM it will be */
	step(s, "A", "S1", "generate", SIM);
	expect_unfinished(s, "S1", "A");
	expect_unfinished(s, "C1", "A");
	expect_unfinished(s, "", NULL);
	assert_int_equal(tg_store_app_find(s, "A", &row, NULL), TG_OK);
	assert_string_equal(row.carrier_serial, "C1"); /* the first stays the first */
	assert_string_equal(row.second_purpose, "sim");
	assert_string_equal(row.second_serial, "S1");
	step(s, "A", "S1", "prove", SIM);
	expect_life(s, "S1", TG_TOKEN_LIFE_IN_USE);
	(void)lib_append(s, TG_RECORD_APPLICATION_DELIVERED, "{\"number\":\"A\"}");
	expect_life(s, "C1", TG_TOKEN_LIFE_IN_USE);
	expect_unfinished(s, "C1", NULL);
	expect_unfinished(s, "S1", NULL);
	assert_int_equal(tg_store_app_find(s, "A", &row, NULL), TG_OK);
	assert_false(row.second_left_out);
	tg_store_close(s);
}

static enum tg_status count_row(const struct tg_app_row *row, void *ctx)
{
	(void)row;
	++*(int *)ctx;
	return TG_OK;
}

static void test_nca6_applications_of_a_token(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	int n = 0, none = 0;
	submit(s, "A", "id-card sim", "C1");
	step(s, "A", "S1", "generate", SIM);
	submit(s, "B", "", "S1"); /* the same token as the only carrier of another */
	assert_int_equal(tg_store_apps_of_token(s, "S1", 9, count_row, &n, NULL), TG_OK);
	assert_int_equal(n, 2);
	assert_int_equal(tg_store_apps_of_token(s, "", 9, count_row, &none, NULL), TG_OK);
	assert_int_equal(none, 0);
	tg_store_close(s);
}

static void test_nca6_without_the_second(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1"), *c = lib_open_centre("c");
	struct tg_app_row row;
	submit(s, "A", "id-card sim", "C1");
	step(s, "A", "C1", "prove", "");
	step(s, "A", "S1", "generate", SIM);
	(void)lib_append(s, TG_RECORD_APPLICATION_DELIVERED, "{\"number\":\"A\",\"without\":\"sim\"}");
	expect_life(s, "S1", TG_TOKEN_LIFE_BLANK); /* nothing is on it */
	lib_send_all(s, "K1", c, NOW + 10);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(tg_store_app_find(i == 0 ? s : c, "A", &row, NULL), TG_OK);
		assert_int_equal(row.state, TG_APP_DELIVERED);
		assert_true(row.second_left_out);
		assert_string_equal(row.second_purpose, "sim");
	}
	tg_store_close(s);
	tg_store_close(c);
}

/* An entry that does not fit its application moves nothing. */
static void test_nca6_too_late_is_too_late(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	struct tg_app_row row;
	submit(s, "A", "id-card sim", "C1");
	(void)lib_append(s, TG_RECORD_APPLICATION_DELIVERED, "{\"number\":\"A\",\"without\":\"sim\"}");
	step(s, "A", "S1", "prove", SIM);
	(void)lib_append(s, TG_RECORD_APPLICATION_DELIVERED, "{\"number\":\"A\"}");
	assert_int_equal(tg_store_app_find(s, "A", &row, NULL), TG_OK);
	assert_string_equal(row.second_serial, "");
	assert_true(row.second_left_out);
	expect_life(s, "S1", TG_TOKEN_LIFE_BLANK);
	tg_store_close(s);
}

static void test_nca6_one_carrier_has_no_second(void **state)
{
	static const char *const carriers[] = {
	        "", "sim", "id-card sim token", "id-card a-purpose-that-is-too-long-here"};
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	for (size_t i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++) {
		char number[2] = {(char)('A' + i), '\0'};
		struct tg_app_row row;
		submit(s, number, carriers[i], "");
		step(s, number, "T1", "generate", SIM); /* the card came later, and says what it is */
		assert_int_equal(tg_store_app_find(s, number, &row, NULL), TG_OK);
		assert_string_equal(row.second_purpose, "");
		assert_string_equal(row.carrier_serial, "T1");
	}
	assert_int_equal(lib_count("k", "SELECT count(*) FROM second_carrier"), 0);
	tg_store_close(s);
}

static void fill(struct tg_store *s)
{
	submit(s, "A", "id-card sim", "C1");
	step(s, "A", "C1", "prove", "");
	step(s, "A", "S1", "generate", SIM);
	submit(s, "B", "id-card sim", "C2");
	(void)lib_append(s, TG_RECORD_APPLICATION_DELIVERED, "{\"number\":\"B\",\"without\":\"sim\"}");
	lib_whole_application(s, "C", "S9");
}

#define DUMP                                                                                                           \
	"SELECT * FROM second_carrier; SELECT number, state, carrier_serial, flags, irregular FROM application ORDER " \
	"BY 1;"                                                                                                        \
	"SELECT * FROM token; SELECT * FROM token_entry"

static void test_rebuilding_gives_the_same(void **state)
{
	(void)state;
	const char *const names[] = {"k", "c"};
	struct tg_store *s[] = {lib_open_kiosk("k", "K1"), lib_open_centre("c")};
	fill(s[0]);
	lib_send_all(s[0], "K1", s[1], NOW + 10);
	for (int i = 0; i < 2; i++) {
		char *want = strdup(lib_sqlite3(names[i], DUMP));
		assert_non_null(strstr(want, "A|sim|S1|0\nB|sim||1"));
		assert_int_equal(tg_store_rebuild(s[i], NULL), TG_OK);
		assert_string_equal(lib_sqlite3(names[i], DUMP), want);
		free(want);
		tg_store_close(s[i]);
	}
}

/* A program of version 3 kept such entries and knew only one carrier: the last that was worked on. */
static void test_version_3_is_brought_up_to_date(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	fill(s);
	tg_store_close(s);
	char *want = strdup(lib_sqlite3("k", DUMP));
	lib_make_version_3("k");
	(void)lib_sqlite3("k", "UPDATE application SET flags = 0, carrier_serial = 'S1' WHERE number = 'A'");
	/* For looking only it is named as what it is. */
	struct tg_app_row row;
	assert_int_equal(tg_store_open_readonly(&s, lib_path("k"), NULL), TG_OK);
	assert_int_equal(tg_store_app_find(s, "A", &row, NULL), TG_STORE_OPEN);
	tg_store_close(s);
	s = lib_open_kiosk("k", "K1");
	expect_unfinished(s, "C1", "A");
	expect_unfinished(s, "S1", "A");
	assert_string_equal(lib_sqlite3("k", DUMP), want);
	assert_true(lib_count("k", "PRAGMA user_version") >= 4);
	tg_store_close(s);
	free(want);
}

/* A kiosk looks each inserted card up: by an index, however many applications there were. */
static void test_the_second_is_found_by_an_index(void **state)
{
	(void)state;
	struct tg_store *s = lib_open_kiosk("k", "K1");
	fill(s);
	tg_store_close(s);
	assert_non_null(
	        strstr(lib_sqlite3("k", "EXPLAIN QUERY PLAN SELECT a.number FROM second_carrier c JOIN application a "
	                                "ON a.number = c.number WHERE c.serial = 'x' AND c.serial <> '' AND "
	                                "a.finished_ms = 0 ORDER BY a.last_id DESC LIMIT 1"),
	                "second_carrier_serial"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, lib_setup, lib_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        T(test_nca6_either_carrier_finds_it),
	        T(test_nca6_applications_of_a_token),
	        T(test_nca6_without_the_second),
	        T(test_nca6_too_late_is_too_late),
	        T(test_nca6_one_carrier_has_no_second),
	        T(test_rebuilding_gives_the_same),
	        T(test_version_3_is_brought_up_to_date),
	        T(test_the_second_is_found_by_an_index),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
