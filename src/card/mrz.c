/* The machine-readable zone (ICAO 9303-3, -4, -5, -6). */
#include "mrz.h"
#include "tamga/mrtd.h"

#include <ctype.h>

struct span {
	uint8_t line, at, n;
};
/* Where everything stands; columns are counted from 0. A check digit follows its field. */
struct layout {
	uint8_t lines, columns;
	struct span number, birth, expiry, name, nationality;
	struct span sex, optional1, optional2;
	struct span composite[4]; /* what the last check digit is over */
	struct span check;
	bool checked_optional; /* TD3: a check digit follows optional1 */
};
/* clang-format off */
static const struct layout layouts[] = {
	{.lines = 3, .columns = 30, /* TD1 */
	        .number = {0, 5, 9}, .optional1 = {0, 15, 15}, .birth = {1, 0, 6}, .sex = {1, 7, 1}, .expiry = {1, 8, 6},
	        .nationality = {1, 15, 3}, .optional2 = {1, 18, 11}, .name = {2, 0, 30},
	        .composite = {{0, 5, 25}, {1, 0, 7}, {1, 8, 7}, {1, 18, 11}}, .check = {1, 29, 1}},
	{.lines = 2, .columns = 36, /* TD2 */
	        .name = {0, 5, 31}, .number = {1, 0, 9}, .nationality = {1, 10, 3}, .birth = {1, 13, 6}, .sex = {1, 20, 1},
	        .expiry = {1, 21, 6}, .optional1 = {1, 28, 7},
	        .composite = {{1, 0, 10}, {1, 13, 7}, {1, 21, 14}}, .check = {1, 35, 1}},
	{.lines = 2, .columns = 44, /* TD3 */
	        .name = {0, 5, 39}, .number = {1, 0, 9}, .nationality = {1, 10, 3}, .birth = {1, 13, 6}, .sex = {1, 20, 1},
	        .expiry = {1, 21, 6}, .optional1 = {1, 28, 14}, .checked_optional = true,
	        .composite = {{1, 0, 10}, {1, 13, 7}, {1, 21, 22}}, .check = {1, 43, 1}},
};
/* clang-format on */
#define LAYOUTS   (sizeof layouts / sizeof layouts[0])
#define TEXT_MAX  90
#define FIELD_MAX 45

/* The text without line ends, and its layout. */
struct zone {
	char text[TEXT_MAX + 1];
	const struct layout *layout;
};

int tg_mrz_check_digit(const char *text, size_t n)
{
	static const int weights[] = {7, 3, 1};
	int sum = 0;
	for (size_t i = 0; i < n; i++) {
		int value = 0;
		if (text[i] >= '0' && text[i] <= '9')
			value = text[i] - '0';
		else if (text[i] >= 'A' && text[i] <= 'Z')
			value = text[i] - 'A' + 10;
		else if (text[i] != '<')
			return -1;
		sum += value * weights[i % 3];
	}
	return sum % 10;
}

static const char *at(const struct zone *z, struct span s)
{
	return z->text + (size_t)s.line * z->layout->columns + s.at;
}

static void field(const struct zone *z, struct span s, char *out)
{
	memcpy(out, at(z, s), s.n);
	out[s.n] = 0;
}

static void cut_fillers(char *s)
{
	size_t n = strlen(s);
	while (n && s[n - 1] == '<')
		s[--n] = 0;
}

static bool digit_fits(const char *text, size_t n, char digit)
{
	int want = tg_mrz_check_digit(text, n);
	return want >= 0 && digit == '0' + want;
}

static enum tg_status wrong(struct tg_error *err, unsigned line, const char *what)
{
	return tg_error_set(err, TG_DOC_READ, "machine-readable zone, line %u: %s", line + 1, what);
}

static enum tg_status take_text(struct zone *z, struct tg_bytes text, struct tg_error *err)
{
	size_t n = 0;
	for (size_t i = 0; i < text.len; i++) {
		char c = (char)text.data[i];
		if (c == '\n' || c == '\r')
			continue;
		if (n == TEXT_MAX || !(isupper((unsigned char)c) || isdigit((unsigned char)c) || c == '<'))
			return tg_error_set(err, TG_DOC_READ, "machine-readable zone: not its characters, or too long");
		z->text[n++] = c;
	}
	z->text[n] = 0;
	for (size_t i = 0; i < LAYOUTS; i++) {
		if (n == (size_t)layouts[i].lines * layouts[i].columns) {
			z->layout = &layouts[i];
			return TG_OK;
		}
	}
	return tg_error_set(err, TG_DOC_READ, "machine-readable zone: %zu characters", n);
}

/* A number that is too long goes on in the optional data, ends with its check digit and a filler; the usual place of
 * the digit is a filler then (9303-5, 4.2.2.1; 9303-6 the same). */
static enum tg_status take_number(const struct zone *z, struct tg_mrz *out, struct tg_error *err)
{
	const struct layout *l = z->layout;
	char number[FIELD_MAX], rest[FIELD_MAX];
	field(z, l->number, number);
	field(z, l->optional1, rest);
	char digit = at(z, l->number)[l->number.n];
	size_t used = 0;
	if (digit == '<' && !l->checked_optional && rest[0] != '<') {
		while (rest[used] && rest[used] != '<')
			used++;
		if (used < 2)
			return wrong(err, l->number.line, "the document number has no check digit");
		digit = rest[used - 1];
		memcpy(number + l->number.n, rest, used - 1);
		number[l->number.n + used - 1] = 0;
	}
	if (!digit_fits(number, strlen(number), digit))
		return wrong(err, l->number.line, "the check digit of the document number does not fit");
	cut_fillers(number);
	const char *optional = rest + used + (used && rest[used] == '<');
	cut_fillers(rest + (optional - rest));
	if (!number[0] || !tg_copy(out->number, sizeof out->number, number) ||
	        !tg_copy(out->optional1, sizeof out->optional1, optional))
		return wrong(err, l->number.line, "no document number");
	return TG_OK;
}

static enum tg_status check_digits(const struct zone *z, struct tg_error *err)
{
	const struct layout *l = z->layout;
	char all[TEXT_MAX + 1];
	size_t n = 0;
	if (!digit_fits(at(z, l->birth), l->birth.n, at(z, l->birth)[l->birth.n]))
		return wrong(err, l->birth.line, "the check digit of the birth date does not fit");
	if (!digit_fits(at(z, l->expiry), l->expiry.n, at(z, l->expiry)[l->expiry.n]))
		return wrong(err, l->expiry.line, "the check digit of the expiry date does not fit");
	if (l->checked_optional) {
		const char *optional = at(z, l->optional1);
		bool empty = strspn(optional, "<") >= l->optional1.n;
		char digit = optional[l->optional1.n];
		/* An empty field may have a filler there (9303-4, 4.2.2.2). */
		if (!(empty && digit == '<') && !digit_fits(optional, l->optional1.n, digit))
			return wrong(err, l->optional1.line, "the check digit of the optional data does not fit");
	}
	for (size_t i = 0; i < sizeof l->composite / sizeof l->composite[0]; i++) {
		memcpy(all + n, at(z, l->composite[i]), l->composite[i].n);
		n += l->composite[i].n;
	}
	if (!digit_fits(all, n, *at(z, l->check)))
		return wrong(err, l->check.line, "the last check digit does not fit");
	return TG_OK;
}

/* YYMMDD, where month and day may be fillers when nobody knows them. */
static bool take_date(const char *text, int century, char out[11])
{
	char part[3][3] = {"", "", ""};
	for (size_t i = 0; i < 3; i++) {
		memcpy(part[i], text + 2 * i, 2);
		if (i && memcmp(part[i], "<<", 2) == 0)
			memcpy(part[i], "00", 3);
		if (!isdigit((unsigned char)part[i][0]) || !isdigit((unsigned char)part[i][1]))
			return false;
	}
	long month = strtol(part[1], NULL, 10), day = strtol(part[2], NULL, 10);
	const char shown[11] = {(char)('0' + century / 10 % 10), (char)('0' + century % 10), part[0][0], part[0][1],
	        '-', part[1][0], part[1][1], '-', part[2][0], part[2][1], 0};
	memcpy(out, shown, sizeof shown);
	return month <= 12 && day <= 31;
}

/* The century of today or the one before: a birth is never in the future. A document's own end is at most some decades
 * away: the century that puts it nearest. */
static enum tg_status take_dates(const struct zone *z, const char *today, struct tg_mrz *out, struct tg_error *err)
{
	const struct layout *l = z->layout;
	int year = (int)strtol(today, NULL, 10), century = year / 100;
	if (!take_date(at(z, l->birth), century, out->birth))
		return wrong(err, l->birth.line, "the birth date is none");
	if (strcmp(out->birth, today) > 0)
		(void)take_date(at(z, l->birth), century - 1, out->birth);
	if (!take_date(at(z, l->expiry), century, out->expiry))
		return wrong(err, l->expiry.line, "the expiry date is none");
	int ends = (int)strtol(out->expiry, NULL, 10);
	if (ends - year > 50)
		(void)take_date(at(z, l->expiry), century - 1, out->expiry);
	else if (year - ends > 50)
		(void)take_date(at(z, l->expiry), century + 1, out->expiry);
	return TG_OK;
}

/* Fillers become single spaces. */
static bool spaced(const char *from, size_t n, char *out, size_t cap)
{
	size_t used = 0;
	for (size_t i = 0; i < n; i++) {
		if (isdigit((unsigned char)from[i]))
			return false;
		bool filler = from[i] == '<';
		if (filler && (used == 0 || out[used - 1] == ' '))
			continue;
		if (used + 1 == cap)
			return false;
		char shown = ' ';
		if (!filler)
			shown = from[i];
		out[used++] = shown;
	}
	while (used && out[used - 1] == ' ')
		used--;
	out[used] = 0;
	return true;
}

static enum tg_status take_names(const struct zone *z, struct tg_mrz *out, struct tg_error *err)
{
	struct span s = z->layout->name;
	char names[FIELD_MAX];
	field(z, s, names);
	out->name_cut = names[s.n - 1] != '<';
	const char *gap = strstr(names, "<<");
	size_t first = gap ? (size_t)(gap - names) : s.n;
	if (names[0] == '<' || !spaced(names, first, out->surname, sizeof out->surname) ||
	        !spaced(names + first, s.n - first, out->given, sizeof out->given))
		return wrong(err, s.line, "the name is none");
	return TG_OK;
}

static bool today_is_date(const char *today)
{
	return today && strlen(today) == 10 && today[4] == '-' && today[7] == '-' && strtol(today, NULL, 10) > 1900;
}

enum tg_status tg_mrz_parse(struct tg_bytes text, const char *today, struct tg_mrz *out, struct tg_error *err)
{
	struct zone z = {.layout = &layouts[0]};
	*out = (struct tg_mrz){0};
	TG_BUG_IF(!today_is_date(today));
	TG_TRY(take_text(&z, text, err));
	field(&z, (struct span){0, 0, 2}, out->document_code);
	field(&z, (struct span){0, 2, 3}, out->issuer);
	field(&z, z.layout->nationality, out->nationality);
	field(&z, z.layout->optional2, out->optional2);
	cut_fillers(out->document_code);
	cut_fillers(out->issuer);
	cut_fillers(out->nationality);
	cut_fillers(out->optional2);
	if (!isalpha((unsigned char)out->document_code[0]))
		return wrong(err, 0, "no document");
	TG_TRY(take_number(&z, out, err));
	TG_TRY(check_digits(&z, err));
	TG_TRY(take_dates(&z, today, out, err));
	char sex = *at(&z, z.layout->sex);
	if (sex != 'F' && sex != 'M' && sex != '<' && sex != 'X')
		return wrong(err, z.layout->sex.line, "the sex is none of those that are written there");
	out->sex = 'X';
	if (sex != '<')
		out->sex = sex;
	return take_names(&z, out, err);
}

/* Twelve digits and the official check digit (the numbering rules of Kazakhstan, second round of weights included). */
static bool iin_fits(const char digits[12])
{
	static const int weights[2][11] = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, {3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2}};
	int check = 10;
	for (int round = 0; round < 2 && check == 10; round++) {
		check = 0;
		for (int i = 0; i < 11; i++)
			check += (digits[i] - '0') * weights[round][i];
		check %= 11;
	}
	return check < 10 && digits[11] == '0' + check;
}

static bool find_iin(const char *optional, char iin[13])
{
	for (const char *s = optional; *s;) {
		size_t n = strspn(s, "0123456789");
		if (n == 12 && iin_fits(s)) {
			memcpy(iin, s, 12);
			iin[12] = 0;
			return true;
		}
		s += n ? n : 1;
	}
	return false;
}

void tg_mrz_iin(const struct tg_mrz *m, char iin[13])
{
	iin[0] = 0;
	if (strcmp(m->issuer, "KAZ") == 0 && !find_iin(m->optional1, iin))
		(void)find_iin(m->optional2, iin);
}
