/* Layer: base. Working calendars: which days are worked and from when to when, and what a term of working days or an
 * hour outside them comes to. Pure: the caller knows the place's offset from UTC. Requirements NCA-4, NCA-8, NCA-11,
 * NCA-9.trs. Years that have no days of their own follow the rule of the days whose year is "*" (src/decisions/0160).
 */
#ifndef TAMGA_WORKDAYS_H
#define TAMGA_WORKDAYS_H

#include "tamga/status.h"
#include <stdbool.h>
#include <stdint.h>

struct tg_workdays;

/* Minutes since local midnight; `weekday` 1 Monday … 7 Sunday; break_from = break_to: none. */
struct tg_work_hours {
	int weekday, from, to, break_from, break_to;
};
/* `date` "YYYY-MM-DD", or "*-MM-DD" for years without days of their own; `moves`, of the latter: when it falls on a day
 * of the week that has no hours, the next working day after it is off instead (Labour Code of Kazakhstan, article 85).
 */
struct tg_work_day {
	const char *date;
	bool working, moves;
};
/* Copies what it is given. TG_INVALID for a date or an hour that is none; TG_NO_MEMORY. */
enum tg_status tg_workdays_create(struct tg_workdays **out, const struct tg_work_hours *hours, unsigned n_hours,
        const struct tg_work_day *days, unsigned n_days, bool round_the_clock, int utc_offset_minutes) TG_MUST_USE;
void tg_workdays_destroy(struct tg_workdays *w); /* takes NULL */

/* Whether the local day is worked. */
bool tg_workdays_is_working(const struct tg_workdays *w, int year, int month, int day);
bool tg_workdays_is_open(const struct tg_workdays *w, int64_t at_ms);
/* The moment itself when it is open then, else the next opening. INT64_MAX when there is none within two years. */
int64_t tg_workdays_next_open(const struct tg_workdays *w, int64_t at_ms);
/* The end of the working day that is `days` working days after the day of `at_ms` (what comes after closing, or on a
 * day off, counts as handed in on the next working day): the promised time. */
int64_t tg_workdays_add(const struct tg_workdays *w, int64_t at_ms, int days);
/* Working days from `from` (not counted) to `to` (counted), dates "YYYY-MM-DD"; negative when `to` is earlier, INT_MIN
 * for what is no date, INT_MAX or -INT_MAX for dates more than four years apart. NCA-9.trs: signed Mon 2 Feb 2026: Thu
 * 5 is 3, Fri 6 is 4. */
int tg_workdays_between(const struct tg_workdays *w, const char *from, const char *to);

#endif
