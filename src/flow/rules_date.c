/* Named rules of dates (NCA-V, NCA-9.trs, NCA-10). Days are those of the provider's place. */
#include "rules.h"
#include "tamga/workdays.h"

/* Runs of at most four digits; 0 when there is anything else between them than one separator. */
static unsigned numbers_in(const char *value, int out[3])
{
	unsigned n = 0;
	for (const char *p = value; *p != '\0'; p += *p != '\0') {
		size_t digits = strspn(p, "0123456789");
		if (digits == 0 || digits > 4 || n == 3)
			return 0;
		for (out[n] = 0; digits > 0; digits--)
			out[n] = out[n] * 10 + (*p++ - '0');
		n++;
		if (*p != '\0' && !strchr("./,- ", *p))
			return 0;
	}
	return n;
}

/* "01022026", "1.2.2026", "2026-02-01", as people and machines write dates. */
static void mend_date(const char *value, char *mend)
{
	int part[3];
	char meant[40] = "", iso[11];
	if (strlen(value) == 8 && strspn(value, "0123456789") == 8)
		(void)snprintf(meant, sizeof meant, "%.2s.%.2s.%s", value, value + 2, value + 4);
	else if (numbers_in(value, part) == 3 && part[0] > 31)
		(void)snprintf(meant, sizeof meant, "%02d.%02d.%04d", part[2], part[1], part[0]);
	else if (numbers_in(value, part) == 3)
		(void)snprintf(meant, sizeof meant, "%02d.%02d.%04d", part[0], part[1], part[2]);
	if (tg_date_iso(meant, iso))
		(void)tg_copy(mend, TG_VALUE_MAX, meant);
}

static const char *read_date(const char *value, char iso[11], char *mend)
{
	if (tg_date_iso(value, iso))
		return NULL;
	mend_date(value, mend);
	return "rule.date.none";
}

const char *tg_rule_date(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)arg, (void)v;
	char iso[11];
	return read_date(value, iso, mend);
}

/* ISO dates are ordered as their text is. */
static const char *past(const char *value, const struct tg_rule_values *v, char iso[11], char *mend)
{
	const char *error = read_date(value, iso, mend);
	if (error)
		return error;
	return v->today && strcmp(iso, v->today) > 0 ? "rule.past-date.future" : NULL;
}

const char *tg_rule_past_date(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)arg;
	char iso[11];
	return past(value, v, iso, mend);
}

static int count_of(const char *arg)
{
	long n = arg ? strtol(arg, NULL, 10) : 0;
	return n > 0 && n < 1000 ? (int)n : 0;
}

bool tg_rule_count_ok(const char *arg)
{
	return arg && arg[0] != '\0' && strspn(arg, "0123456789") == strlen(arg) && count_of(arg) > 0;
}

/* Monday to Friday, where the provider has no calendar. */
static int weekdays_between(const char *from, const char *to)
{
	struct tg_workdays *w = NULL;
	static const struct tg_work_hours week[] = {{1, 540, 1080, 0, 0}, {2, 540, 1080, 0, 0}, {3, 540, 1080, 0, 0},
	        {4, 540, 1080, 0, 0}, {5, 540, 1080, 0, 0}};
	if (tg_workdays_create(&w, week, 5, NULL, 0, false, 0) != TG_OK)
		return 0; /* the desk counts again */
	int n = tg_workdays_between(w, from, to);
	tg_workdays_destroy(w);
	return n;
}

/* The day of signing is not counted, the day of submission is (NCA-9.trs). */
const char *tg_rule_within_working_days(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	char iso[11];
	const char *error = past(value, v, iso, mend);
	if (error || !v->today)
		return error;
	int days = v->workdays ? tg_workdays_between(v->workdays, iso, v->today) : weekdays_between(iso, v->today);
	return days > count_of(arg) ? "rule.working-days.late" : NULL;
}

/* On a birth date, that date; on any other field (an IIN), the birth date that a chip proved, and nothing without one:
 * an IIN alone proves no age (NCA-10, NCA-V). */
const char *tg_rule_age_at_least(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	char iso[11];
	bool date = strlen(value) == 10 && value[2] == '.' && value[5] == '.';
	const char *error = date ? past(value, v, iso, mend) : NULL;
	if (error || !v->today || (!date && (!v->chip_birth || !tg_copy(iso, sizeof iso, v->chip_birth))))
		return error;
	return tg_date_age(iso, v->today) < count_of(arg) ? "rule.age.young" : NULL;
}
