/* Machine-readable zones: ICAO 9303-3 §4, -4 (TD3), -5 (TD1). */
#include "vdoc_make.h"
#include <ctype.h>

/* --- Characters */
static int value_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : 0;
}

/* §4.9: weights 7, 3, 1, modulo 10; over two or more parts as if they stood together. */
struct check {
	int sum;
	unsigned at;
};
static void check_add(struct check *c, const char *text, size_t n)
{
	static const int weights[3] = {7, 3, 1};
	for (size_t i = 0; i < n; i++)
		c->sum += value_of(text[i]) * weights[c->at++ % 3];
}

static char check_digit(const char *text, size_t n)
{
	struct check c = {0};
	check_add(&c, text, n);
	return (char)('0' + c.sum % 10);
}

/* A name or number in the zone's alphabet: blanks and hyphens become fillers, apostrophes vanish (ICAO 9303-3 §4.6).
 * False for any other character. */
static bool zone(char *out, size_t cap, const char *text)
{
	size_t n = 0;
	for (const char *s = text; *s; s++) {
		char c = (char)toupper((unsigned char)*s);
		if (c == '\'')
			continue;
		if (c == ' ' || c == '-')
			c = '<';
		if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '<') || n + 1 >= cap)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return true;
}

static void fill(char *field, size_t width, const char *text)
{
	size_t n = strlen(text);
	memset(field, '<', width);
	memcpy(field, text, n < width ? n : width);
}

/* "1994-03-17" → "940317" */
static bool short_date(const char *date, char out[6])
{
	static const char form[] = "0000-00-00";
	for (size_t i = 0; i < sizeof form; i++) {
		if (form[i] == '0' ? date[i] < '0' || date[i] > '9' : date[i] != form[i])
			return false;
	}
	memcpy(out, date + 2, 2);
	memcpy(out + 2, date + 5, 2);
	memcpy(out + 4, date + 8, 2);
	return true;
}

/* --- Names: primary identifier, two fillers, secondary identifier. A name that is too long is cut so that both keep at
 * least one letter, and the field ends with a letter: that is how a reader sees that it was cut (9303-4 §4.2.3,
 * 9303-5 §4.2.3). */
static void name_field(char *field, size_t width, const char *primary, const char *secondary)
{
	char all[2 * TG_VCARD_TEXT + 4];
	size_t p = strlen(primary), s = strlen(secondary);
	size_t tail = s ? 2 : 0;
	if (p + tail + s > width && p + tail + (s ? 1 : 0) > width)
		p = width - tail - (s ? 1 : 0);
	for (;; p--) {
		snprintf(all, sizeof all, "%.*s%s%s", (int)p, primary, s ? "<<" : "", secondary);
		if (strlen(all) <= width || all[width - 1] != '<' || p == 1)
			break;
	}
	fill(field, width, all);
}

/* --- What both formats share, in the zone's alphabet */
struct parts {
	char code[3], state[4], nationality[4];
	char number[TG_VDOC_INFO_MAX], optional[20];
	char primary[TG_VCARD_TEXT], secondary[TG_VCARD_TEXT];
	char birth[6], expiry[6], sex;
};

const char *tg_vdoc_state(const struct tg_vcard_persona *p)
{
	return p->document.state[0] ? p->document.state : p->person.nationality;
}

static enum tg_status wrong(struct tg_error *err, const char *key)
{
	return tg_error_set(err, TG_CONFIG, "person.%s cannot stand in a machine-readable zone", key);
}

static char sex_of(const char *sex)
{
	return (char)(sex[0] == 'F' || sex[0] == 'M' ? sex[0] : '<');
}

static enum tg_status take(const struct tg_vcard_persona *p, struct parts *z, struct tg_error *err)
{
	const struct tg_vcard_person *w = &p->person;
	const char *code = p->document.code[0] ? p->document.code : p->document.format[2] == '1' ? "ID" : "P";
	*z = (struct parts){.sex = sex_of(w->sex)};
	if (!zone(z->code, sizeof z->code, code) || !zone(z->state, sizeof z->state, tg_vdoc_state(p)))
		return tg_error_set(err, TG_CONFIG, "document: code or state cannot stand in a machine-readable zone");
	if (!zone(z->nationality, sizeof z->nationality, w->nationality) || !z->nationality[0])
		return wrong(err, "nationality");
	if (!zone(z->number, sizeof z->number, w->document) || !z->number[0])
		return wrong(err, "document");
	if (!zone(z->optional, sizeof z->optional, p->document.optional[0] ? p->document.optional : w->iin))
		return wrong(err, "iin");
	if (!zone(z->primary, sizeof z->primary, w->surname_latin) || !z->primary[0])
		return wrong(err, "surname_latin");
	if (!zone(z->secondary, sizeof z->secondary, w->given_latin))
		return wrong(err, "given_latin");
	if (!short_date(w->birth, z->birth))
		return wrong(err, "birth");
	return short_date(w->expiry, z->expiry) ? TG_OK : wrong(err, "expiry");
}

/* Number, check digit, birth, check digit, expiry, check digit (ICAO 9303-11 §9.7.2). */
static void info_of(const struct parts *z, char out[TG_VDOC_INFO_MAX])
{
	char number[TG_VDOC_INFO_MAX];
	size_t n = strlen(z->number);
	fill(number, n > 9 ? n : 9, z->number);
	n = n > 9 ? n : 9;
	snprintf(out, TG_VDOC_INFO_MAX, "%.*s%c%.6s%c%.6s%c", (int)n, number, check_digit(number, n), z->birth,
	        check_digit(z->birth, 6), z->expiry, check_digit(z->expiry, 6));
}

/* The field for a number of nine characters; a longer one goes on in the optional data, where its check digit follows
 * it (9303-5 §4.2.2.1 note j). */
static void number_td1(const struct parts *z, char *line)
{
	char rest[2 * TG_VDOC_INFO_MAX + 24] = "";
	size_t n = strlen(z->number);
	fill(line + 5, 9, z->number);
	line[14] = (char)(n > 9 ? '<' : check_digit(line + 5, 9));
	if (n > 9)
		snprintf(rest, sizeof rest, "%s%c<", z->number + 9, check_digit(z->number, n));
	size_t at = strlen(rest);
	snprintf(rest + at, sizeof rest - at, "%s", z->optional);
	fill(line + 15, 15, rest);
}

static void make_td1(const struct parts *z, char *out)
{
	char *second = out + 30;
	struct check c = {0};
	fill(out, 2, z->code);
	fill(out + 2, 3, z->state);
	number_td1(z, out);
	memcpy(second, z->birth, 6);
	second[6] = check_digit(z->birth, 6);
	second[7] = z->sex;
	memcpy(second + 8, z->expiry, 6);
	second[14] = check_digit(z->expiry, 6);
	fill(second + 15, 3, z->nationality);
	fill(second + 18, 11, "");
	check_add(&c, out + 5, 25);
	check_add(&c, second, 7);
	check_add(&c, second + 8, 7);
	check_add(&c, second + 18, 11);
	second[29] = (char)('0' + c.sum % 10);
	name_field(out + 60, 30, z->primary, z->secondary);
	out[90] = '\0';
}

static void make_td3(const struct parts *z, char *out)
{
	char *second = out + 44;
	struct check c = {0};
	fill(out, 2, z->code);
	fill(out + 2, 3, z->state);
	name_field(out + 5, 39, z->primary, z->secondary);
	fill(second, 9, z->number);
	second[9] = check_digit(second, 9);
	fill(second + 10, 3, z->nationality);
	memcpy(second + 13, z->birth, 6);
	second[19] = check_digit(z->birth, 6);
	second[20] = z->sex;
	memcpy(second + 21, z->expiry, 6);
	second[27] = check_digit(z->expiry, 6);
	fill(second + 28, 14, z->optional);
	second[42] = (char)(z->optional[0] ? check_digit(second + 28, 14) : '<');
	check_add(&c, second, 10);
	check_add(&c, second + 13, 7);
	check_add(&c, second + 21, 22);
	second[43] = (char)('0' + c.sum % 10);
	out[88] = '\0';
}

enum tg_status tg_vdoc_mrz_make(const struct tg_vcard_persona *p, struct tg_vdoc_mrz *out, struct tg_error *err)
{
	struct parts z;
	TG_TRY(take(p, &z, err));
	bool td1 = p->document.format[2] == '1';
	size_t number = strlen(z.number), optional = strlen(z.optional);
	if (number > (td1 ? 15 : 9) || optional > (td1 ? (number > 9 ? 15 - 2 - (number - 9) : 15) : 14))
		return tg_error_set(err, TG_CONFIG, "the document's number and the person's do not fit into %s",
		        p->document.format);
	*out = (struct tg_vdoc_mrz){.width = td1 ? 30 : 44};
	info_of(&z, out->info);
	if (td1)
		make_td1(&z, out->text);
	else
		make_td3(&z, out->text);
	return TG_OK;
}
