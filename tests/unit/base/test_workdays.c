/* Working days: hours, holidays, terms. Days of the week are those of the calendar on the wall (cal 2026); instants
 * from date(1). Requirements NCA-4, NCA-8, NCA-9.trs, NCA-11. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tamga/workdays.h"
#include <limits.h>

#define HOUR   ((int64_t)3600 * 1000)
#define MINUTE ((int64_t)60 * 1000)
/* date -d '2026-11-23 00:00 +0500' +%s: a Monday */
#define MONDAY ((int64_t)1795374000 * 1000)

static const struct tg_work_hours week[] = {{1, 540, 1110, 780, 870}, {2, 540, 1110, 780, 870},
        {3, 540, 1110, 780, 870}, {4, 540, 1110, 780, 870}, {5, 540, 1110, 780, 870}};

static struct tg_workdays *with(const struct tg_work_day *days, unsigned n)
{
	struct tg_workdays *w = NULL;
	assert_int_equal(tg_workdays_create(&w, week, 5, days, n, false, 300), TG_OK);
	return w;
}

static int64_t at(int day, int hour, int minute)
{
	return MONDAY + (day * 24 + hour) * HOUR + minute * MINUTE;
}

static void refuse_hours(struct tg_work_hours h)
{
	struct tg_workdays *w = NULL;
	assert_int_equal(tg_workdays_create(&w, &h, 1, NULL, 0, false, 300), TG_INVALID);
	assert_null(w);
}

static void refuse_day(const char *date, bool working, bool moves)
{
	const struct tg_work_day d = {date, working, moves};
	struct tg_workdays *w = NULL;
	assert_int_equal(tg_workdays_create(&w, week, 5, &d, 1, false, 300), TG_INVALID);
	assert_null(w);
}

static void impossible_hours_and_days_are_refused(void **state)
{
	(void)state;
	refuse_hours((struct tg_work_hours){0, 540, 1110, 0, 0});
	refuse_hours((struct tg_work_hours){8, 540, 1110, 0, 0});
	refuse_hours((struct tg_work_hours){1, 540, 540, 0, 0});
	refuse_hours((struct tg_work_hours){1, -1, 540, 0, 0});
	refuse_hours((struct tg_work_hours){1, 540, 1441, 0, 0});
	refuse_hours((struct tg_work_hours){1, 540, 1110, 870, 780});
	refuse_hours((struct tg_work_hours){1, 540, 1110, 500, 600});
	refuse_hours((struct tg_work_hours){1, 540, 1110, 1000, 1110});
	static const char *const dates[] = {"2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-1-01", "",
	        "*", "*-02-30", "2026-03-21 ", "*2-03-21", "26-03-2021", "2026/03/21", "*-00-01"};
	for (size_t i = 0; i < sizeof(dates) / sizeof(*dates); i++)
		refuse_day(dates[i], false, false);
	refuse_day(NULL, false, false);
	refuse_day("2026-03-21", false, true); /* only a day of the rule moves */
	refuse_day("*-03-21", true, true);
	const struct tg_work_hours twice[] = {week[0], week[0]};
	struct tg_workdays *w = NULL;
	assert_int_equal(tg_workdays_create(&w, twice, 2, NULL, 0, false, 300), TG_INVALID);
	assert_int_equal(tg_workdays_create(&w, week, 5, NULL, 0, false, 15 * 60), TG_INVALID);
	tg_workdays_destroy(NULL);
}

static void NCA_8_open_by_the_clock_of_the_place(void **state)
{
	(void)state;
	struct tg_workdays *w = with(NULL, 0);
	static const struct {
		int day, hour, minute;
		bool open;
	} rows[] = {{0, 8, 59, false}, {0, 9, 0, true}, {0, 12, 59, true}, {0, 13, 0, false}, {0, 14, 29, false},
	        {0, 14, 30, true}, {0, 18, 29, true}, {0, 18, 30, false}, {4, 18, 29, true}, {5, 10, 0, false},
	        {6, 10, 0, false}, {-1, 10, 0, false}, {-3, 10, 0, true}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(tg_workdays_is_open(w, at(rows[i].day, rows[i].hour, rows[i].minute)), rows[i].open);
	assert_int_equal(tg_workdays_next_open(w, at(0, 8, 0)), at(0, 9, 0));
	assert_int_equal(tg_workdays_next_open(w, at(0, 13, 5)), at(0, 14, 30));
	assert_int_equal(tg_workdays_next_open(w, at(0, 10, 0) + 123), at(0, 10, 0) + 123);
	assert_int_equal(tg_workdays_next_open(w, at(0, 18, 30)), at(1, 9, 0));
	assert_int_equal(tg_workdays_next_open(w, at(4, 20, 0)), at(7, 9, 0));
	tg_workdays_destroy(w);
}

static void NCA_4_the_promised_time(void **state)
{
	(void)state;
	struct tg_workdays *w = with(NULL, 0);
	/* one working day from handing in: the end of the next one */
	assert_int_equal(tg_workdays_add(w, at(0, 10, 0), 1), at(1, 18, 30));
	assert_int_equal(tg_workdays_add(w, at(0, 7, 0), 1), at(1, 18, 30));
	assert_int_equal(tg_workdays_add(w, at(0, 13, 30), 1), at(1, 18, 30));
	/* after closing it counts as handed in on the next working day */
	assert_int_equal(tg_workdays_add(w, at(0, 19, 0), 1), at(2, 18, 30));
	assert_int_equal(tg_workdays_add(w, at(4, 10, 0), 1), at(7, 18, 30));
	assert_int_equal(tg_workdays_add(w, at(5, 10, 0), 1), at(8, 18, 30));
	assert_int_equal(tg_workdays_add(w, at(0, 10, 0), 0), at(0, 18, 30));
	/* NCA-11 */
	assert_int_equal(tg_workdays_add(w, at(0, 10, 0), 5), at(7, 18, 30));
	assert_int_equal(tg_workdays_add(w, at(0, 10, 0), 15), at(21, 18, 30));
	assert_int_equal(tg_workdays_add(w, at(0, 10, 0), -1), INT64_MAX);
	tg_workdays_destroy(w);
}

static void days_off_and_moved_days_count(void **state)
{
	(void)state;
	static const struct tg_work_day days[] = {{"2026-11-24", false, false}, {"2026-11-28", true, false}};
	struct tg_workdays *w = with(days, 2);
	assert_false(tg_workdays_is_working(w, 2026, 11, 24));
	assert_true(tg_workdays_is_working(w, 2026, 11, 28)); /* a Saturday */
	assert_false(tg_workdays_is_working(w, 2026, 11, 29));
	assert_false(tg_workdays_is_working(w, 2026, 11, 31)); /* no day */
	assert_int_equal(tg_workdays_add(w, at(0, 10, 0), 1), at(2, 18, 30));
	assert_int_equal(tg_workdays_add(w, at(4, 10, 0), 1), at(5, 18, 30));
	assert_true(tg_workdays_is_open(w, at(5, 10, 0)));
	assert_int_equal(tg_workdays_between(w, "2026-11-23", "2026-11-27"), 3);
	tg_workdays_destroy(w);
}

static void NCA_9_trs_the_day_of_signing_is_not_counted(void **state)
{
	(void)state;
	struct tg_workdays *w = with(NULL, 0);
	assert_int_equal(tg_workdays_between(w, "2026-02-02", "2026-02-02"), 0);
	assert_int_equal(tg_workdays_between(w, "2026-02-02", "2026-02-05"), 3);
	assert_int_equal(tg_workdays_between(w, "2026-02-02", "2026-02-06"), 4);
	assert_int_equal(tg_workdays_between(w, "2026-02-06", "2026-02-02"), -4);
	assert_int_equal(tg_workdays_between(w, "2026-02-05", "2026-02-10"), 3);
	assert_int_equal(tg_workdays_between(w, "2026-02-30", "2026-03-02"), INT_MIN);
	assert_int_equal(tg_workdays_between(w, "2026-02-02", "soon"), INT_MIN);
	assert_int_equal(tg_workdays_between(w, "2026-02-02", NULL), INT_MIN);
	assert_int_equal(tg_workdays_between(w, "*-02-02", "2026-02-02"), INT_MIN);
	assert_int_equal(tg_workdays_between(w, "0001-01-01", "9999-12-31"), INT_MAX);
	assert_int_equal(tg_workdays_between(w, "9999-12-31", "0001-01-01"), -INT_MAX);
	tg_workdays_destroy(w);
}

/* Later years: 2028-01-01 is a Saturday, 2028-01-02 a Sunday, 2028-03-21 a Tuesday; 2032-05-01 a Saturday. */
static void the_rule_for_later_years(void **state)
{
	(void)state;
	static const struct tg_work_day days[] = {{"2026-01-05", false, false}, {"*-01-01", false, true},
	        {"*-01-02", false, true}, {"*-01-07", false, false}, {"*-03-21", false, true},
	        {"*-05-01", false, true}};
	struct tg_workdays *w = with(days, sizeof(days) / sizeof(*days));
	/* a year with days of its own does not follow it */
	assert_true(tg_workdays_is_working(w, 2026, 1, 1));
	assert_false(tg_workdays_is_working(w, 2026, 1, 5));
	/* both days of the New Year move behind the weekend, one behind the other */
	assert_false(tg_workdays_is_working(w, 2028, 1, 1));
	assert_false(tg_workdays_is_working(w, 2028, 1, 3));
	assert_false(tg_workdays_is_working(w, 2028, 1, 4));
	assert_true(tg_workdays_is_working(w, 2028, 1, 5));
	assert_false(tg_workdays_is_working(w, 2028, 1, 7));
	assert_false(tg_workdays_is_working(w, 2028, 3, 21));
	assert_true(tg_workdays_is_working(w, 2028, 3, 22));
	assert_false(tg_workdays_is_working(w, 2032, 5, 3));
	assert_true(tg_workdays_is_working(w, 2032, 5, 4));
	/* 2029-01-07 is a Sunday and does not move */
	assert_true(tg_workdays_is_working(w, 2029, 1, 8));
	tg_workdays_destroy(w);
}

static void round_the_clock(void **state)
{
	(void)state;
	struct tg_workdays *w = NULL;
	assert_int_equal(tg_workdays_create(&w, NULL, 0, NULL, 0, true, 300), TG_OK);
	assert_true(tg_workdays_is_open(w, at(6, 3, 0)));
	assert_int_equal(tg_workdays_next_open(w, at(6, 3, 0)), at(6, 3, 0));
	assert_int_equal(tg_workdays_add(w, at(6, 3, 0), 1), at(8, 0, 0));
	tg_workdays_destroy(w);
	/* and a calendar that is never open */
	assert_int_equal(tg_workdays_create(&w, NULL, 0, NULL, 0, false, 300), TG_OK);
	assert_false(tg_workdays_is_open(w, at(0, 10, 0)));
	assert_int_equal(tg_workdays_next_open(w, at(0, 10, 0)), INT64_MAX);
	assert_int_equal(tg_workdays_add(w, at(0, 10, 0), 1), INT64_MAX);
	tg_workdays_destroy(w);
}

/* Days of the week far from today: 1969-12-31 was a Wednesday, 2000-02-29 a Tuesday, 2100-02-28 is a Sunday and no leap
 * day follows it. */
static void days_of_the_week(void **state)
{
	(void)state;
	struct tg_workdays *w = with(NULL, 0);
	assert_true(tg_workdays_is_working(w, 1969, 12, 31));
	assert_true(tg_workdays_is_working(w, 2000, 2, 29));
	assert_false(tg_workdays_is_working(w, 2000, 2, 27));
	assert_false(tg_workdays_is_working(w, 2100, 2, 28));
	assert_false(tg_workdays_is_working(w, 2100, 2, 29));
	assert_true(tg_workdays_is_working(w, 2100, 3, 1));
	assert_false(tg_workdays_is_working(w, 1969, 12, 28));
	/* an instant before 1970 */
	assert_true(tg_workdays_is_open(w, -14 * HOUR)); /* 1969-12-31 15:00 at the place */
	assert_false(tg_workdays_is_open(w, -6 * HOUR));
	tg_workdays_destroy(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(impossible_hours_and_days_are_refused),
	        cmocka_unit_test(NCA_8_open_by_the_clock_of_the_place),
	        cmocka_unit_test(NCA_4_the_promised_time),
	        cmocka_unit_test(days_off_and_moved_days_count),
	        cmocka_unit_test(NCA_9_trs_the_day_of_signing_is_not_counted),
	        cmocka_unit_test(the_rule_for_later_years),
	        cmocka_unit_test(round_the_clock),
	        cmocka_unit_test(days_of_the_week),
	};
	return cmocka_run_group_tests_name("workdays", tests, NULL, NULL);
}
