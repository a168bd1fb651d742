/* Checks of a working calendar, and its working days as base counts them. */
#include "refs.h"
#include "tamga/workdays.h"

#include <string.h>

/* base says whether it can work with one part alone: the same code that will count with it. */
static bool usable(const struct tg_work_hours *h, unsigned n_hours, const struct tg_work_day *d, unsigned n_days)
{
	struct tg_workdays *w = NULL;
	enum tg_status status = tg_workdays_create(&w, h, n_hours, d, n_days, false, 0);
	tg_workdays_destroy(w);
	return status == TG_OK;
}

static enum tg_status check_hours(
        const struct check *c, const struct tg_yaml_node *n, const struct tg_calendar *calendar, unsigned i)
{
	const struct tg_calendar_hours *h = &calendar->hours[i];
	const struct tg_work_hours one = {h->weekday, h->from, h->to, h->break_from, h->break_to};
	if (h->weekday < 1 || h->weekday > 7)
		return check_bad(c, n, "weekday", "days of the week are from 1 (Monday) to 7");
	for (unsigned o = 0; o < i; o++)
		if (calendar->hours[o].weekday == h->weekday)
			return check_bad(c, n, "weekday", "this day of the week has its hours already");
	if (!usable(&one, 1, NULL, 0))
		return check_bad(
		        c, n, "from", "hours are minutes from 0 to 1440 in order, with the break between them; from");
	return TG_OK;
}

static enum tg_status check_day(
        const struct check *c, const struct tg_yaml_node *n, const struct tg_calendar *calendar, unsigned i)
{
	const struct tg_calendar_day *d = &calendar->days[i];
	const struct tg_work_day one = {d->date, d->working, false}, with = {d->date, d->working, d->moves};
	if (!usable(NULL, 0, &one, 1))
		return check_bad(
		        c, n, "day", "there is no such day; it is written as 2026-03-21, or *-03-21 for later years");
	if (!usable(NULL, 0, &with, 1))
		return check_bad(c, n, "moves", "only a day off of the rule for later years moves");
	for (unsigned o = 0; o < i; o++)
		if (strcmp(calendar->days[o].date, d->date) == 0)
			return check_bad(c, n, "day", "this day stands here twice");
	return TG_OK;
}

enum tg_status refs_calendar(const struct check *c, const struct tg_yaml_node *n, const struct tg_calendar *calendar)
{
	if (calendar->round_the_clock == (calendar->n_hours > 0))
		return check_bad(c, n, "hours", "a calendar has hours, or is round the clock");
	for (unsigned i = 0; i < calendar->n_hours; i++)
		TG_TRY(check_hours(c, tg_yaml_item(tg_yaml_key(n, "hours"), i), calendar, i));
	for (unsigned i = 0; i < calendar->n_days; i++)
		TG_TRY(check_day(c, tg_yaml_item(tg_yaml_key(n, "days"), i), calendar, i));
	return TG_OK;
}
