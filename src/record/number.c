/* The unique number of an application: KKKK-CCCC-CCXX, in the 32 characters below.
 *
 * K is the stream's number (20 bits), C the counter (28 bits), X two check characters that make the whole a word of a
 * Reed-Solomon code over GF(32): Σ c[i] = 0 and Σ a^i·c[i] = 0. Any two columns (1, a^i) are independent, so two words
 * differ in at least three places: every one or two wrong characters and every swap of any two is caught (K-9).
 * src/decisions/0020-unique-number.md */
#include "tamga/record.h"

#define CHARS     12
#define DATA      10
#define KIOSK_END (1u << 20)
#define COUNT_END (1u << 28)

/* No I, L, O, U: they are mistaken for 1, 1, 0, V. */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Powers of a root of x^5 + x^2 + 1, which is primitive over GF(2). */
static uint8_t times_a(uint8_t v)
{
	unsigned w = (unsigned)v << 1;
	return (uint8_t)((w & 32u) ? (w ^ 37u) : w);
}

static uint8_t times_a_n(uint8_t v, int n)
{
	for (int i = 0; i < n; i++)
		v = times_a(v);
	return v;
}

/* Both sums of a word's first `n` characters; a word is right when both are 0 for all of it. */
static void sums(const uint8_t *c, int n, uint8_t *plain, uint8_t *weighted)
{
	*plain = *weighted = 0;
	for (int i = 0; i < n; i++) {
		*plain ^= c[i];
		*weighted ^= times_a_n(c[i], i);
	}
}

/* c[10] + c[11] = s, a^10·c[10] + a^11·c[11] = w: 32 × 1 trials are simpler to read than the division. */
static void add_check(uint8_t *c)
{
	uint8_t s, w;
	sums(c, DATA, &s, &w);
	for (uint8_t x = 0; x < 32; x++) {
		uint8_t y = s ^ x;
		if ((times_a_n(x, DATA) ^ times_a_n(y, DATA + 1)) == w) {
			c[DATA] = x;
			c[DATA + 1] = y;
			return;
		}
	}
}

static void write_number(const uint8_t *c, char out[TG_NUMBER_MAX])
{
	size_t o = 0;
	for (int i = 0; i < CHARS; i++) {
		if (i > 0 && i % 4 == 0)
			out[o++] = '-';
		out[o++] = alphabet[c[i]];
	}
	out[o] = '\0';
}

enum tg_status tg_number_make(uint32_t kiosk_no, uint32_t counter, char out[TG_NUMBER_MAX])
{
	TG_BUG_IF(kiosk_no >= KIOSK_END || counter >= COUNT_END);
	uint64_t v = ((uint64_t)kiosk_no << 30) | counter;
	uint8_t c[CHARS] = {0};
	for (int i = 0; i < DATA; i++)
		c[i] = (uint8_t)((v >> (5 * (DATA - 1 - i))) & 31u);
	add_check(c);
	write_number(c, out);
	return TG_OK;
}

/* Value of a character as people type it, or -1. */
static int value_of(char ch)
{
	if (ch >= 'a' && ch <= 'z')
		ch = (char)(ch - 'a' + 'A');
	if (ch == 'O')
		ch = '0';
	if (ch == 'I' || ch == 'L')
		ch = '1';
	const char *at = ch ? strchr(alphabet, ch) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

static bool read_number(const char *text, uint8_t c[CHARS])
{
	int n = 0;
	for (; *text; text++) {
		if (*text == '-' || *text == ' ')
			continue;
		int v = value_of(*text);
		if (v < 0 || n == CHARS)
			return false;
		c[n++] = (uint8_t)v;
	}
	return n == CHARS;
}

enum tg_status tg_number_check(const char *text, char out[TG_NUMBER_MAX])
{
	uint8_t c[CHARS], s, w;
	out[0] = '\0';
	if (!read_number(text, c))
		return TG_INVALID;
	sums(c, CHARS, &s, &w);
	/* The counter has 28 of its 30 bits: the first two are 0 in every number that was made. */
	if (s != 0 || w != 0 || c[4] >= 8)
		return TG_INVALID;
	write_number(c, out);
	return TG_OK;
}

uint32_t tg_number_kiosk_no(const char *number)
{
	uint32_t no = 0;
	for (int i = 0; i < 4; i++) /* its first 20 bits */
		no = no << 5 | (uint32_t)value_of(number[i]);
	return no;
}
