/* Letters that look like others (P-7). The pairs are those of the four keyboards: Latin on the left. */
#include "parts.h"

struct pair {
	uint32_t latin, cyrillic;
};
static const struct pair pairs[] = {
        {'a', 0x430},
        {'c', 0x441},
        {'e', 0x435},
        {'h', 0x4BB},
        {'i', 0x456},
        {'j', 0x458},
        {'k', 0x43A},
        {'m', 0x43C},
        {'o', 0x43E},
        {'p', 0x440},
        {'s', 0x455},
        {'t', 0x442},
        {'x', 0x445},
        {'y', 0x443},
        {'y', 0x4AF},
        {'A', 0x410},
        {'B', 0x412},
        {'C', 0x421},
        {'E', 0x415},
        {'H', 0x41D},
        {'I', 0x406},
        {'J', 0x408},
        {'K', 0x41A},
        {'M', 0x41C},
        {'O', 0x41E},
        {'P', 0x420},
        {'S', 0x405},
        {'T', 0x422},
        {'X', 0x425},
        {'Y', 0x423},
        {'Y', 0x4AE},
};
#define N_PAIRS (sizeof pairs / sizeof pairs[0])

/* Letters that are typed for digits; Cyrillic ones by code. */
static const struct {
	uint32_t letter;
	char digit;
} digit_letters[] = {
        {'O', '0'},
        {'o', '0'},
        {0x41E, '0'},
        {0x43E, '0'},
        {'I', '1'},
        {'l', '1'},
        {'|', '1'},
        {0x406, '1'},
        {0x456, '1'},
        {'Z', '2'},
        {0x417, '3'},
        {0x437, '3'},
        {'S', '5'},
        {'B', '8'},
        {0x412, '8'},
};

bool tg_is_latin(uint32_t cp)
{
	return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') ||
	       (cp >= 0xC0 && cp <= 0x24F && cp != 0xD7 && cp != 0xF7);
}

bool tg_is_cyrillic(uint32_t cp)
{
	return cp >= 0x400 && cp <= 0x52F && !(cp >= 0x482 && cp <= 0x489);
}

static uint32_t to_latin(uint32_t cp)
{
	for (size_t i = 0; i < N_PAIRS; i++)
		if (pairs[i].cyrillic == cp)
			return pairs[i].latin;
	return 0;
}

static uint32_t to_cyrillic(uint32_t cp)
{
	for (size_t i = 0; i < N_PAIRS; i++)
		if (pairs[i].latin == cp)
			return pairs[i].cyrillic;
	return 0;
}

static bool put(char *out, size_t *n, uint32_t cp)
{
	char bytes[4];
	size_t k = tg_utf8_put(cp, bytes);
	if (*n + k >= TG_VALUE_MAX)
		return false;
	memcpy(out + *n, bytes, k);
	*n += k;
	out[*n] = '\0';
	return true;
}

static uint32_t digit_for(uint32_t cp)
{
	if (cp >= '0' && cp <= '9')
		return cp;
	for (size_t i = 0; i < sizeof digit_letters / sizeof digit_letters[0]; i++)
		if (digit_letters[i].letter == cp)
			return (uint32_t)digit_letters[i].digit;
	return 0;
}

static bool fail(char *out)
{
	out[0] = '\0';
	return false;
}

bool tg_mend_digits(const char *value, char *out)
{
	size_t n = 0;
	out[0] = '\0';
	for (const char *p = value, *end = value + strlen(value); p < end;) {
		uint32_t cp = tg_utf8_next(&p, end);
		if (cp == ' ' || cp == '-' || cp == 0xA0)
			continue;
		uint32_t digit = digit_for(cp);
		if (digit == 0 || !put(out, &n, digit))
			return fail(out);
	}
	return n > 0;
}

bool tg_mend_latin(const char *value, char *out)
{
	size_t n = 0;
	out[0] = '\0';
	for (const char *p = value, *end = value + strlen(value); p < end;) {
		uint32_t cp = tg_utf8_next(&p, end);
		uint32_t latin = cp < 0x80 ? cp : to_latin(cp);
		if (latin == 0 || !put(out, &n, latin))
			return fail(out);
	}
	return n > 0;
}

static bool word_end(uint32_t cp)
{
	return !tg_is_latin(cp) && !tg_is_cyrillic(cp);
}

/* One word: the script that has more letters wins, Cyrillic in a tie. */
static bool mend_word(const char *p, const char *end, char *out, size_t *n)
{
	int latin = 0, cyrillic = 0;
	for (const char *q = p; q < end;) {
		uint32_t cp = tg_utf8_next(&q, end);
		latin += tg_is_latin(cp);
		cyrillic += tg_is_cyrillic(cp);
	}
	while (p < end) {
		uint32_t cp = tg_utf8_next(&p, end), right = cp;
		if (latin > 0 && cyrillic >= latin && tg_is_latin(cp))
			right = to_cyrillic(cp);
		else if (cyrillic > 0 && latin > cyrillic && tg_is_cyrillic(cp))
			right = to_latin(cp);
		if (right == 0 || !put(out, n, right))
			return false;
	}
	return true;
}

bool tg_mend_one_script(const char *value, char *out)
{
	size_t n = 0;
	out[0] = '\0';
	const char *end = value + strlen(value), *word = value;
	for (const char *p = value; p <= end;) {
		const char *at = p;
		uint32_t cp = p < end ? tg_utf8_next(&p, end) : 0;
		if (at < end && !word_end(cp))
			continue;
		if (!mend_word(word, at, out, &n) || (at < end && !put(out, &n, cp)))
			return fail(out);
		if (at == end)
			break;
		word = p;
	}
	return true;
}
