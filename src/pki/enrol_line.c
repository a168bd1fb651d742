/* The line that is carried from the centre to a new kiosk. */
#include "tamga/enrol.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#define DATA       (TG_ENROL_SECRET + TG_ENROL_PIN) /* bytes */
#define GROUP      4
#define CHARACTERS (GROUP * TG_ENROL_GROUPS)
_Static_assert(DATA * 8 == CHARACTERS * 5, "the groups hold the bytes exactly");

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* GF(32): powers of a root of x^5 + x^2 + 1, as in the unique number (src/record/number.c). */
static uint8_t times_a(uint8_t v)
{
	unsigned w = (unsigned)v << 1;
	return (uint8_t)((w & 32u) ? (w ^ 37u) : w);
}

/* Five bits for each group from what stands before the code: an id or address that was mistyped spoils all groups. */
static bool head_bits(const struct tg_enrol_line *l, uint8_t out[TG_ENROL_GROUPS])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	struct tg_buf text = TG_BUF_INIT;
	tg_buf_add(&text, l->kiosk, strlen(l->kiosk) + 1);
	tg_buf_add(&text, l->url, strlen(l->url) + 1);
	bool made = tg_buf_status(&text) == TG_OK && SHA256(text.data, text.len, digest);
	for (size_t i = 0; made && i < TG_ENROL_GROUPS; i++)
		out[i] = digest[i] & 31u;
	tg_buf_finish(&text);
	return made;
}

/* a·c[0] + a²·c[1] + …: a wrong character changes it, and so does a swap of two different ones. */
static uint8_t check_of(const uint8_t *c, uint8_t head)
{
	uint8_t sum = 0;
	for (int i = GROUP - 1; i >= 0; i--)
		sum = times_a(sum ^ c[i]);
	return sum ^ head;
}

static void spread(const uint8_t bytes[DATA], uint8_t out[CHARACTERS])
{
	for (size_t i = 0; i < CHARACTERS; i++) {
		unsigned v = 0;
		for (size_t bit = 5 * i; bit < 5 * i + 5; bit++)
			v = (v << 1) | (((unsigned)bytes[bit / 8] >> (7 - bit % 8)) & 1u);
		out[i] = (uint8_t)v;
	}
}

static void gather(const uint8_t c[CHARACTERS], uint8_t out[DATA])
{
	memset(out, 0, DATA);
	for (size_t bit = 0; bit < 8 * DATA; bit++)
		if (((unsigned)c[bit / 5] >> (4 - bit % 5)) & 1u)
			out[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
}

static bool url_fits(const char *url)
{
	size_t n = strlen(url);
	return strncmp(url, "https://", 8) == 0 && n > 8 && n <= TG_ENROL_URL_MAX &&
	       strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_~:/[]%") == n;
}

enum tg_status tg_enrol_line_write(const struct tg_enrol_line *l, char out[TG_ENROL_LINE_MAX], struct tg_error *err)
{
	uint8_t bytes[DATA], c[CHARACTERS], head[TG_ENROL_GROUPS];
	if (!tg_kiosk_id_valid(l->kiosk) || !url_fits(l->url))
		return tg_error_set(err, TG_INVALID, "no kiosk id, or no https:// address of at most %d characters",
		        TG_ENROL_URL_MAX);
	if (!head_bits(l, head))
		return tg_error_set(err, TG_NO_MEMORY, "enrolment line");
	memcpy(bytes, l->secret, TG_ENROL_SECRET);
	memcpy(bytes + TG_ENROL_SECRET, l->pin, TG_ENROL_PIN);
	spread(bytes, c);
	int at = snprintf(out, TG_ENROL_LINE_MAX, "%s%s %s ", TG_ENROL_LINE_BEGIN, l->kiosk, l->url);
	char *to = out + at;
	for (size_t g = 0; g < TG_ENROL_GROUPS; g++) {
		for (size_t i = 0; i < GROUP; i++)
			*to++ = alphabet[c[g * GROUP + i]];
		*to++ = alphabet[check_of(&c[g * GROUP], head[g])];
		*to++ = g + 1 < TG_ENROL_GROUPS ? '-' : '\0';
	}
	OPENSSL_cleanse(bytes, sizeof(bytes));
	OPENSSL_cleanse(c, sizeof(c));
	return TG_OK;
}

static int value_of(char c)
{
	static const char mistaken[][2] = {{'O', '0'}, {'I', '1'}, {'L', '1'}};
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	for (size_t i = 0; i < sizeof(mistaken) / sizeof(mistaken[0]); i++)
		if (c == mistaken[i][0])
			c = mistaken[i][1];
	const char *at = c ? strchr(alphabet, c) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

/* The word that begins at `*text`, into `out`; false: none, or too long. */
static bool take_word(const char **text, char *out, size_t cap)
{
	*text += strspn(*text, " \t");
	size_t n = strcspn(*text, " \t\r\n");
	if (n == 0 || n >= cap)
		return false;
	memcpy(out, *text, n);
	out[n] = '\0';
	*text += n;
	return true;
}

/* All characters of the code, whatever groups it was typed in; false: too few, too many, or one that is none. */
static bool take_code(const char *text, uint8_t c[CHARACTERS], uint8_t checks[TG_ENROL_GROUPS])
{
	size_t n = 0;
	for (; *text; text++) {
		if (strchr("- \t\r\n", *text))
			continue;
		int v = value_of(*text);
		if (v < 0 || n >= CHARACTERS + TG_ENROL_GROUPS)
			return false;
		if (n % (GROUP + 1) == GROUP)
			checks[n / (GROUP + 1)] = (uint8_t)v;
		else
			c[n / (GROUP + 1) * GROUP + n % (GROUP + 1)] = (uint8_t)v;
		n++;
	}
	return n == CHARACTERS + TG_ENROL_GROUPS;
}

static enum tg_status check_groups(const struct tg_enrol_line *l, const uint8_t c[CHARACTERS],
        const uint8_t checks[TG_ENROL_GROUPS], struct tg_error *err)
{
	uint8_t head[TG_ENROL_GROUPS];
	unsigned wrong = 0, first = 0;
	if (!head_bits(l, head))
		return tg_error_set(err, TG_NO_MEMORY, "enrolment line");
	for (unsigned g = 0; g < TG_ENROL_GROUPS; g++)
		if (check_of(&c[(size_t)g * GROUP], head[g]) != checks[g] && wrong++ == 0)
			first = g + 1;
	if (wrong > TG_ENROL_GROUPS / 2)
		return tg_error_set(err, TG_INVALID, "enrolment line: the kiosk's id or the address is mistyped");
	return wrong ? tg_error_set(err, TG_INVALID, "enrolment line: group %u is mistyped", first) : TG_OK;
}

enum tg_status tg_enrol_line_read(const char *text, struct tg_enrol_line *l, struct tg_error *err)
{
	char word[sizeof(TG_ENROL_LINE_BEGIN)];
	uint8_t bytes[DATA], c[CHARACTERS] = {0}, checks[TG_ENROL_GROUPS] = {0};
	*l = (struct tg_enrol_line){0};
	bool ok = take_word(&text, word, sizeof(word)) && strcmp(word, "tamga-enrol") == 0 &&
	          take_word(&text, l->kiosk, sizeof(l->kiosk)) && take_word(&text, l->url, sizeof(l->url)) &&
	          tg_kiosk_id_valid(l->kiosk) && url_fits(l->url);
	if (!ok)
		return tg_error_set(
		        err, TG_INVALID, "enrolment line: tamga-enrol KIOSK https://ADDRESS CODE is expected");
	if (!take_code(text, c, checks))
		return tg_error_set(err, TG_INVALID,
		        "enrolment line: the code is not %d groups of %d letters and digits", TG_ENROL_GROUPS,
		        GROUP + 1);
	enum tg_status st = check_groups(l, c, checks, err);
	gather(c, bytes);
	if (st == TG_OK) {
		memcpy(l->secret, bytes, TG_ENROL_SECRET);
		memcpy(l->pin, bytes + TG_ENROL_SECRET, TG_ENROL_PIN);
	}
	OPENSSL_cleanse(bytes, sizeof(bytes));
	OPENSSL_cleanse(c, sizeof(c));
	return st;
}
