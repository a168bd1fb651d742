/* Which PINs are too easy. Everything is compared in place: no copy of the PIN is made. */
#include "carriers.h"

#define PIECE 6 /* so many digits of what is known of the person in a row are too many */

bool tg_carrier_allows_pin(const struct tg_carrier *row, struct tg_bytes pin)
{
	if (pin.len < row->pin_min || pin.len > row->pin_max)
		return false;
	for (size_t i = 0; row->pin_digits_only && i < pin.len; i++)
		if (pin.data[i] < '0' || pin.data[i] > '9')
			return false;
	return true;
}

/* 111111, 121212, 123123: the same one, two or three characters again and again. */
static bool repeats(struct tg_bytes pin)
{
	for (size_t period = 1; period <= 3 && period * 2 <= pin.len; period++) {
		size_t i = period;
		while (i < pin.len && pin.data[i] == pin.data[i - period])
			i++;
		if (i == pin.len)
			return true;
	}
	return false;
}

static unsigned char after(unsigned char c)
{
	return c == '9' ? '0' : (unsigned char)(c + 1);
}

/* 123456 and 987654; after 9 comes 0, as on the keyboard. */
static bool runs(struct tg_bytes pin)
{
	size_t up = 1, down = 1;
	while (up < pin.len && pin.data[up] == after(pin.data[up - 1]))
		up++;
	while (down < pin.len && after(pin.data[down]) == pin.data[down - 1])
		down++;
	return up >= pin.len || down >= pin.len;
}

/* Whether so many digits in a row of `known` stand in the PIN, read forwards or backwards. */
static bool shares(struct tg_bytes pin, const char *known, size_t n)
{
	size_t piece = pin.len < PIECE ? pin.len : PIECE;
	if (n < piece)
		piece = n;
	if (piece < 4)
		return false; /* too little to be anybody's */
	for (size_t at = 0; at + piece <= n; at++) {
		for (size_t from = 0; from + piece <= pin.len; from++) {
			size_t same = 0, back = 0;
			while (same < piece && pin.data[from + same] == (uint8_t)known[at + same])
				same++;
			while (back < piece && pin.data[from + back] == (uint8_t)known[at + piece - 1 - back])
				back++;
			if (same == piece || back == piece)
				return true;
		}
	}
	return false;
}

/* Digits of a writing only: "1999-04-15" and "N 1234567" are written in many ways. */
static size_t take_digits(char *out, size_t cap, const char *s)
{
	size_t n = 0;
	for (; *s && n < cap; s++)
		if (*s >= '0' && *s <= '9')
			out[n++] = *s;
	return n;
}

static bool is_date(const char d[8])
{
	int month = (d[4] - '0') * 10 + d[5] - '0', day = (d[6] - '0') * 10 + d[7] - '0';
	return (d[0] == '1' || d[0] == '2') && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* Year, month and day of YYYYMMDD in the orders people write them in. */
static bool holds_date(struct tg_bytes pin, const char d[8])
{
	static const struct {
		uint8_t n, at[8];
	} orders[] = {
	        {8, {6, 7, 4, 5, 0, 1, 2, 3}}, /* DDMMYYYY */
	        {8, {4, 5, 6, 7, 0, 1, 2, 3}}, /* MMDDYYYY */
	        {8, {0, 1, 2, 3, 6, 7, 4, 5}}, /* YYYYDDMM */
	        {6, {6, 7, 4, 5, 2, 3}},       /* DDMMYY */
	        {6, {4, 5, 6, 7, 2, 3}},       /* MMDDYY */
	        {6, {2, 3, 4, 5, 6, 7}},       /* YYMMDD */
	};
	for (size_t o = 0; o < sizeof orders / sizeof orders[0]; o++) {
		char written[8];
		for (size_t i = 0; i < orders[o].n; i++)
			written[i] = d[orders[o].at[i]];
		if (shares(pin, written, orders[o].n))
			return true;
	}
	return false;
}

static bool is_known(struct tg_bytes pin, const char *known)
{
	char digits[64];
	size_t n = take_digits(digits, sizeof digits, known);
	return shares(pin, digits, n) || (n == 8 && is_date(digits) && holds_date(pin, digits));
}

enum tg_status tg_pin_judge(const struct tg_carrier *row, const struct tg_secret *pin, const char *const *known)
{
	struct tg_bytes p = {tg_secret_peek(pin), tg_secret_len(pin)};
	if (!tg_carrier_allows_pin(row, p))
		return TG_PIN_LENGTH;
	if (repeats(p) || runs(p) || tg_carrier_is_factory_pin(row, p))
		return TG_PIN_WEAK;
	for (; known && *known; known++)
		if (is_known(p, *known))
			return TG_PIN_WEAK;
	return TG_OK;
}

bool tg_carrier_is_factory_pin(const struct tg_carrier *row, struct tg_bytes pin)
{
	return row->factory_pin && strlen(row->factory_pin) == pin.len &&
	       memcmp(row->factory_pin, pin.data, pin.len) == 0;
}
