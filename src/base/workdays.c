/* Working calendars. Days are counted from 1970-01-01 in the proleptic Gregorian calendar, minutes from local midnight.
 */
#include "tamga/workdays.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MINUTES  (24 * 60)
#define MINUTE_MS    60000
#define LOOK_AHEAD   (2 * 366)
#define FAR          (4 * 366) /* days between dates that nobody counts any more */
#define ANY_YEAR     (-1)
#define OFFSET_LIMIT (14 * 60)

/* A day of the data; `year` ANY_YEAR: of the rule. */
struct day {
	int year, month, day;
	bool working, moves;
};

struct tg_workdays {
	struct tg_work_hours week[8]; /* by weekday, 1 … 7; from = to: no hours */
	bool round_the_clock;
	int offset;
	unsigned n;
	struct day days[];
};

/* Days since 1970-01-01, in eras of 400 years that begin with March, so that a leap day is the last of its year. */
static int64_t day_number(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t number, int *year, int *month, int *day)
{
	int64_t z = number + 719468, era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
	*day = (int)(of_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(y + era * 400 + (*month <= 2));
}

static int weekday_of(int64_t number)
{
	return (int)(((number + 3) % 7 + 7) % 7) + 1;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool is_date(int year, int month, int day)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (month < 1 || month > 12 || day < 1)
		return false;
	bool leap = year == ANY_YEAR || is_leap(year);
	return day <= lengths[month - 1] + (month == 2 && leap);
}

static bool two_digits(const char *s, int *out)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return false;
	*out = (s[0] - '0') * 10 + (s[1] - '0');
	return true;
}

/* "YYYY-MM-DD"; with `any` also "*-MM-DD". */
static bool read_date(const char *s, bool any, struct day *out)
{
	int century, rest;
	if (any && s && s[0] == '*') {
		out->year = ANY_YEAR;
		s += 1;
	} else {
		if (!s || strlen(s) != 10 || !two_digits(s, &century) || !two_digits(s + 2, &rest))
			return false;
		out->year = century * 100 + rest;
		s += 4;
	}
	return strlen(s) == 6 && s[0] == '-' && s[3] == '-' && two_digits(s + 1, &out->month) &&
	       two_digits(s + 4, &out->day) && is_date(out->year, out->month, out->day);
}

static bool hours_ok(const struct tg_work_hours *h)
{
	if (h->weekday < 1 || h->weekday > 7 || h->from < 0 || h->to > DAY_MINUTES || h->from >= h->to)
		return false;
	return h->break_from == h->break_to ||
	       (h->break_from > h->from && h->break_from < h->break_to && h->break_to < h->to);
}

static enum tg_status fill(struct tg_workdays *w, const struct tg_work_hours *hours, unsigned n_hours,
        const struct tg_work_day *days, unsigned n_days)
{
	for (unsigned i = 0; i < n_hours; i++) {
		if (!hours_ok(&hours[i]) || w->week[hours[i].weekday].to != 0)
			return TG_INVALID;
		w->week[hours[i].weekday] = hours[i];
	}
	for (unsigned i = 0; i < n_days; i++) {
		struct day *d = &w->days[w->n++];
		*d = (struct day){.working = days[i].working, .moves = days[i].moves};
		if (!read_date(days[i].date, true, d) || (d->moves && (d->working || d->year != ANY_YEAR)))
			return TG_INVALID;
	}
	return TG_OK;
}

enum tg_status tg_workdays_create(struct tg_workdays **out, const struct tg_work_hours *hours, unsigned n_hours,
        const struct tg_work_day *days, unsigned n_days, bool round_the_clock, int utc_offset_minutes)
{
	*out = NULL;
	if (utc_offset_minutes < -OFFSET_LIMIT || utc_offset_minutes > OFFSET_LIMIT || n_days > 4096)
		return TG_INVALID;
	struct tg_workdays *w = calloc(1, sizeof(*w) + n_days * sizeof(struct day));
	if (!w)
		return TG_NO_MEMORY;
	w->round_the_clock = round_the_clock;
	w->offset = utc_offset_minutes;
	enum tg_status status = fill(w, hours, n_hours, days, n_days);
	if (status == TG_OK)
		*out = w;
	else
		free(w);
	return status;
}

void tg_workdays_destroy(struct tg_workdays *w)
{
	free(w);
}

static bool has_hours(const struct tg_workdays *w, int64_t number)
{
	return w->round_the_clock || w->week[weekday_of(number)].to != 0;
}

static const struct day *find(const struct tg_workdays *w, int year, int month, int day)
{
	for (unsigned i = 0; i < w->n; i++)
		if (w->days[i].year == year && w->days[i].month == month && w->days[i].day == day)
			return &w->days[i];
	return NULL;
}

static bool has_own_days(const struct tg_workdays *w, int year)
{
	for (unsigned i = 0; i < w->n; i++)
		if (w->days[i].year == year)
			return true;
	return false;
}

/* What the rule says of a day, before anything is moved. */
static bool ruled(const struct tg_workdays *w, int64_t number)
{
	int y, m, d;
	date_of(number, &y, &m, &d);
	const struct day *own = find(w, ANY_YEAR, m, d);
	return own ? own->working : has_hours(w, number);
}

/* How many days off of the rule fall on days without hours and are still to be taken at `number`: walked from the
 * first of the year, because each takes the next working day that none before it took. */
static bool taken_by_moved(const struct tg_workdays *w, int year, int64_t number)
{
	unsigned waiting = 0;
	for (int64_t i = day_number(year, 1, 1); i <= number; i++) {
		int y, m, d;
		date_of(i, &y, &m, &d);
		const struct day *own = find(w, ANY_YEAR, m, d);
		if (own && own->moves && !has_hours(w, i))
			waiting++;
		if (!ruled(w, i))
			continue;
		if (waiting > 0 && i == number)
			return true;
		waiting -= waiting > 0;
	}
	return false;
}

static bool works(const struct tg_workdays *w, int64_t number)
{
	int y, m, d;
	if (w->round_the_clock)
		return true;
	date_of(number, &y, &m, &d);
	if (has_own_days(w, y)) {
		const struct day *own = find(w, y, m, d);
		return own ? own->working : has_hours(w, number);
	}
	return ruled(w, number) && !taken_by_moved(w, y, number);
}

/* Of a moved working day the hours are those of the first day of the week that has any. */
static struct tg_work_hours hours_of(const struct tg_workdays *w, int64_t number)
{
	if (w->round_the_clock)
		return (struct tg_work_hours){.to = DAY_MINUTES};
	const struct tg_work_hours *h = &w->week[weekday_of(number)];
	for (int i = 1; i <= 7 && h->to == 0; i++)
		h = &w->week[i];
	return *h;
}

bool tg_workdays_is_working(const struct tg_workdays *w, int year, int month, int day)
{
	return is_date(year, month, day) && works(w, day_number(year, month, day));
}

struct local {
	int64_t number;
	int minute;
	int rest_ms; /* of the minute */
};

static struct local local_of(const struct tg_workdays *w, int64_t at_ms)
{
	int64_t ms = at_ms + (int64_t)w->offset * MINUTE_MS, day_ms = (int64_t)DAY_MINUTES * MINUTE_MS;
	int64_t number = ms >= 0 ? ms / day_ms : -((-ms + day_ms - 1) / day_ms), rest = ms - number * day_ms;
	return (struct local){number, (int)(rest / MINUTE_MS), (int)(rest % MINUTE_MS)};
}

static int64_t moment(const struct tg_workdays *w, int64_t number, int minute)
{
	return (number * DAY_MINUTES + minute - w->offset) * MINUTE_MS;
}

bool tg_workdays_is_open(const struct tg_workdays *w, int64_t at_ms)
{
	return tg_workdays_next_open(w, at_ms) == at_ms;
}

int64_t tg_workdays_next_open(const struct tg_workdays *w, int64_t at_ms)
{
	struct local l = local_of(w, at_ms);
	for (int i = 0; i < LOOK_AHEAD; i++) {
		struct tg_work_hours h = hours_of(w, l.number + i);
		int minute = i == 0 ? l.minute : -1;
		if (!works(w, l.number + i) || minute >= h.to || h.to == 0)
			continue;
		if (minute < h.from)
			return moment(w, l.number + i, h.from);
		return minute >= h.break_from && minute < h.break_to ? moment(w, l.number + i, h.break_to) : at_ms;
	}
	return INT64_MAX;
}

int64_t tg_workdays_add(const struct tg_workdays *w, int64_t at_ms, int days)
{
	int64_t open = tg_workdays_next_open(w, at_ms);
	if (open == INT64_MAX || days < 0 || days > LOOK_AHEAD)
		return INT64_MAX;
	int64_t number = local_of(w, open).number, last = number + LOOK_AHEAD;
	for (int left = days; left > 0 && number < last;)
		left -= works(w, ++number);
	return number < last ? moment(w, number, hours_of(w, number).to) : INT64_MAX;
}

int tg_workdays_between(const struct tg_workdays *w, const char *from, const char *to)
{
	struct day a = {0}, b = {0};
	if (!read_date(from, false, &a) || !read_date(to, false, &b))
		return INT_MIN;
	int64_t first = day_number(a.year, a.month, a.day), last = day_number(b.year, b.month, b.day);
	int sign = first <= last ? 1 : -1, n = 0;
	int64_t low = sign > 0 ? first : last, high = sign > 0 ? last : first;
	if (high - low > FAR)
		return sign * INT_MAX;
	for (int64_t i = low + 1; i <= high; i++)
		n += works(w, i);
	return sign * n;
}
