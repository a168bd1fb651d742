/* Identifiers of persons and entities (domain facts: Kazakhstan's IIN and BIN, Kyrgyzstan's PIN). No birth date is
 * tested: since 2013 an IIN need not agree with its holder's (NCA-V). */
#include "tamga/record.h"

static enum tg_id_result digits(const char *text, size_t want)
{
	size_t n = strlen(text);
	if (strspn(text, "0123456789") != n)
		return TG_ID_CHARACTERS;
	return n == want ? TG_ID_OK : TG_ID_LENGTH;
}

/* Σ d[i]·weight mod 11 over the first eleven digits; weights run from `first` and wrap from 11 to 1. */
static int weighted(const char *d, int first)
{
	int sum = 0;
	for (int i = 0; i < 11; i++)
		sum += (d[i] - '0') * ((first - 1 + i) % 11 + 1);
	return sum % 11;
}

static bool kz_check_digit(const char *d)
{
	int r = weighted(d, 1);
	if (r == 10)
		r = weighted(d, 3);
	return r != 10 && r == d[11] - '0'; /* 10 twice: such a number is never issued */
}

static enum tg_id_result kz(const char *text)
{
	enum tg_id_result r = digits(text, 12);
	if (r == TG_ID_OK && !kz_check_digit(text))
		r = TG_ID_CHECK_DIGIT;
	return r;
}

/* The fifth digit: 0–3 are tens of a day of birth, 4–6 the kind of entity. */
enum tg_id_result tg_id_iin(const char *text)
{
	enum tg_id_result r = kz(text);
	if (r == TG_ID_OK && text[4] > '3')
		r = TG_ID_NOT_PERSON;
	return r;
}

enum tg_id_result tg_id_bin(const char *text)
{
	enum tg_id_result r = kz(text);
	if (r == TG_ID_OK && (text[4] < '4' || text[4] > '6'))
		r = TG_ID_NOT_ENTITY;
	return r;
}

static int two(const char *d)
{
	return (d[0] - '0') * 10 + (d[1] - '0');
}

/* No check digit is documented. What does not look like sex and DDMMYYYY is only worth a second look. */
enum tg_id_result tg_id_kg_pin(const char *text)
{
	enum tg_id_result r = digits(text, 14);
	if (r != TG_ID_OK)
		return r;
	int day = two(text + 1), month = two(text + 3), century = two(text + 5);
	bool usual = (text[0] == '1' || text[0] == '2') && day >= 1 && day <= 31 && month >= 1 && month <= 12 &&
	             (century == 19 || century == 20);
	return usual ? TG_ID_OK : TG_ID_ODD;
}

bool tg_id_is_nca_test(const char *text)
{
	return strcmp(text, "123456789011") == 0 || strcmp(text, "123456789021") == 0;
}
