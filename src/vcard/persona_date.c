/* Values that depend on the day a card is made: a person who turns 16 today does so on every day. */
#include "tamga/vcard.h"

#define DAY_S 86400

/* --- Days: "today", then any number of "+10y", "-3d" */
struct day {
	int year, month, day;
};

static struct day day_of(int64_t s)
{
	struct tm t = {0};
	time_t at = (time_t)s;
	(void)gmtime_r(&at, &t);
	return (struct day){t.tm_year + 1900, t.tm_mon + 1, t.tm_mday};
}

static int64_t seconds(struct day d)
{
	struct tm t = {.tm_year = d.year - 1900, .tm_mon = d.month - 1, .tm_mday = d.day};
	return (int64_t)timegm(&t);
}

static bool leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool step(const char **text, struct day *d)
{
	char *end;
	long n = strtol(*text, &end, 10);
	if ((**text != '+' && **text != '-') || end == *text + 1 || n > 40000 || n < -40000)
		return false;
	if (*end == 'y') {
		d->year += (int)n;
		if (d->month == 2 && d->day == 29 && !leap(d->year))
			d->day = 28;
	} else if (*end == 'd') {
		*d = day_of(seconds(*d) + n * DAY_S);
	} else {
		return false;
	}
	*text = end + 1;
	return true;
}

static bool resolve_date(char *text, size_t cap, int64_t now_s)
{
	const char *at = text + strlen("today");
	struct day d = day_of(now_s);
	if (strncmp(text, "today", strlen("today")) != 0)
		return true;
	while (*at) {
		if (!step(&at, &d))
			return false;
	}
	if (d.year < 1900 || d.year > 2099)
		return false;
	snprintf(text, cap, "%04d-%02d-%02d", d.year, d.month, d.day);
	return true;
}

/* --- Personal numbers: "auto" is made from the birth date */
static int weigh(const char *digits, int first)
{
	int sum = 0;
	for (int i = 0; i < 11; i++)
		sum += (digits[i] - '0') * ((first - 1 + i) % 11 + 1);
	return sum % 11;
}

/* Kazakhstan: YYMMDD, century and sex, four digits, check digit; a number without a check digit is not given out. */
static void number_kz(const struct tg_vcard_person *w, int century_sex, unsigned serial, char *out, size_t cap)
{
	for (;; serial++) {
		snprintf(out, cap, "%.2s%.2s%.2s%d%04u", w->birth + 2, w->birth + 5, w->birth + 8, century_sex,
		        serial % 10000);
		int check = weigh(out, 1);
		check = check == 10 ? weigh(out, 3) : check;
		if (check == 10)
			continue;
		out[11] = (char)('0' + check);
		out[12] = '\0';
		return;
	}
}

static unsigned serial_of(const char *text)
{
	unsigned n = 0;
	for (; *text; text++) {
		if (*text >= '0' && *text <= '9')
			n = n * 10 + (unsigned)(*text - '0');
	}
	return n;
}

static bool resolve_number(struct tg_vcard_persona *p)
{
	struct tg_vcard_person *w = &p->person;
	bool woman = w->sex[0] == 'F';
	if (strcmp(w->iin, "auto") != 0)
		return true;
	if (strlen(w->birth) != 10)
		return false;
	if (strcmp(w->nationality, "KGZ") == 0) /* Kyrgyzstan: sex, DDMMYYYY, five digits */
		snprintf(w->iin, sizeof w->iin, "%d%.2s%.2s%.4s%05u", woman ? 1 : 2, w->birth + 8, w->birth + 5,
		        w->birth, serial_of(p->serial) % 100000);
	else
		number_kz(w, (w->birth[0] == '2' ? 5 : 3) + woman, serial_of(p->serial), w->iin, sizeof w->iin);
	return true;
}

enum tg_status tg_vcard_persona_resolve(struct tg_vcard_persona *p, int64_t now_ms, struct tg_error *err)
{
	struct tg_vcard_person *w = &p->person;
	const struct {
		const char *key;
		char *text;
	} dates[] = {{"birth", w->birth}, {"issued", w->issued}, {"expiry", w->expiry}};
	for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
		if (!resolve_date(dates[i].text, sizeof w->birth, now_ms / 1000))
			return tg_error_set(err, TG_CONFIG,
			        "person.%s: YYYY-MM-DD, or today with steps like -16y and +3d", dates[i].key);
	}
	return resolve_number(p) ? TG_OK : tg_error_set(err, TG_CONFIG, "person.iin: auto needs a date of birth");
}
