#include "keys.h"

#include "tamga/text.h"

#define ESC 0x1B

static enum tg_key_result ready(struct tg_key *key, enum tg_action action, uint32_t ch)
{
	key->action = action;
	key->ch = ch;
	return TG_KEY_READY;
}

/* A key that we know to mean nothing is spent without becoming an action. */
static enum tg_key_result known(struct tg_key *key, enum tg_action action)
{
	return action == TG_ACTION_NONE ? TG_KEY_SKIP : ready(key, action, 0);
}

/* CSI … final with letters, as xterm sends the cursor block; SS3 has the same letters. */
static enum tg_action by_letter(uint8_t letter)
{
	static const struct {
		char letter;
		enum tg_action action;
	} rows[] = {{'A', TG_ACTION_UP}, {'B', TG_ACTION_DOWN}, {'C', TG_ACTION_RIGHT}, {'D', TG_ACTION_LEFT},
	        {'H', TG_ACTION_HOME}, {'F', TG_ACTION_END}, {'Z', TG_ACTION_PREVIOUS}, {'M', TG_ACTION_ENTER},
	        {'P', TG_ACTION_HELP}, {'Q', TG_ACTION_LANGUAGE}, {'R', TG_ACTION_WHERE}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].letter == (char)letter)
			return rows[i].action;
	return TG_ACTION_NONE;
}

/* CSI number ~ */
static enum tg_action by_number(unsigned number)
{
	static const struct {
		unsigned number;
		enum tg_action action;
	} rows[] = {{1, TG_ACTION_HOME}, {7, TG_ACTION_HOME}, {4, TG_ACTION_END}, {8, TG_ACTION_END},
	        {3, TG_ACTION_DELETE}, {5, TG_ACTION_PAGE_UP}, {6, TG_ACTION_PAGE_DOWN}, {11, TG_ACTION_HELP},
	        {12, TG_ACTION_LANGUAGE}, {13, TG_ACTION_WHERE}, {20, TG_ACTION_STAFF}, {21, TG_ACTION_CANCEL}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].number == number)
			return rows[i].action;
	return TG_ACTION_NONE;
}

/* The linux console's F1 to F5: CSI [ A to E. */
static enum tg_action by_console_letter(uint8_t letter)
{
	return letter == 'A'   ? TG_ACTION_HELP
	       : letter == 'B' ? TG_ACTION_LANGUAGE
	       : letter == 'C' ? TG_ACTION_WHERE
	                       : TG_ACTION_NONE;
}

static enum tg_key_result incomplete(size_t n, bool final, size_t *used)
{
	if (!final && n < TG_KEY_BYTES)
		return TG_KEY_MORE;
	*used = n < TG_KEY_BYTES ? n : TG_KEY_BYTES;
	return TG_KEY_SKIP;
}

static enum tg_key_result parse_csi(const uint8_t *b, size_t n, bool final, struct tg_key *key, size_t *used)
{
	size_t i = 2;
	unsigned number = 0;
	bool first = true;
	if (n > 2 && b[2] == '[') {
		*used = 4;
		return n < 4 ? incomplete(n, final, used) : known(key, by_console_letter(b[3]));
	}
	for (; i < n && i < TG_KEY_BYTES && b[i] >= 0x20 && b[i] < 0x40; i++) {
		if (b[i] < '0' || b[i] > '9')
			first = false;
		else if (first && number < 1000)
			number = number * 10 + (unsigned)(b[i] - '0');
	}
	if (i >= n || i >= TG_KEY_BYTES)
		return incomplete(n, final, used);
	*used = b[i] >= 0x40 && b[i] < 0x7F ? i + 1 : i; /* a control character ends it and stays */
	if (*used == i)
		return TG_KEY_SKIP;
	/* Mouse and cursor reports have a first parameter that no key has; "1" comes with Shift, Alt, Ctrl. */
	if (b[i] != '~' && number > 1)
		return TG_KEY_SKIP;
	if (b[i] == 'M') /* a mouse report, not the keypad's Enter */
		return TG_KEY_SKIP;
	return known(key, b[i] == '~' ? by_number(number) : by_letter(b[i]));
}

/* ESC O letter; the numeric keypad in application mode sends the digits' letters. */
static enum tg_key_result parse_ss3(const uint8_t *b, size_t n, bool final, struct tg_key *key, size_t *used)
{
	if (n < 3)
		return incomplete(n, final, used);
	*used = 3;
	if (b[2] >= 'p' && b[2] <= 'y')
		return ready(key, TG_ACTION_CHAR, (uint32_t)('0' + (b[2] - 'p')));
	if (b[2] >= 'j' && b[2] <= 'o')
		return ready(key, TG_ACTION_CHAR, (uint32_t)('*' + (b[2] - 'j')));
	return known(key, by_letter(b[2]));
}

/* What this terminal's own description says. */
static enum tg_key_result parse_map(
        const struct tg_key_map *map, const uint8_t *b, size_t n, bool final, struct tg_key *key, size_t *used)
{
	bool begun = false;
	for (unsigned i = 0; map && i < map->n; i++) {
		size_t len = strlen(map->rows[i].sequence), common = len < n ? len : n;
		if (memcmp(map->rows[i].sequence, b, common) != 0)
			continue;
		if (common == len) {
			*used = len;
			return known(key, map->rows[i].action);
		}
		begun = true;
	}
	return begun && !final ? TG_KEY_MORE : TG_KEY_SKIP;
}

static enum tg_key_result parse_escape(const uint8_t *b, size_t n, bool final, struct tg_key *key, size_t *used)
{
	if (n == 1) {
		*used = 1;
		return final ? ready(key, TG_ACTION_BACK, 0) : TG_KEY_MORE;
	}
	if (b[1] == '[')
		return parse_csi(b, n, final, key, used);
	if (b[1] == 'O')
		return parse_ss3(b, n, final, key, used);
	*used = 1;
	if (b[1] == ESC)
		return ready(key, TG_ACTION_BACK, 0);
	*used = 2;
	if (b[1] == '\t')
		return ready(key, TG_ACTION_PREVIOUS, 0);
	return TG_KEY_SKIP; /* Alt with a letter: never half of it */
}

static enum tg_action by_control(uint8_t c)
{
	switch (c) {
	case '\r':
	case '\n':
		return TG_ACTION_ENTER;
	case '\t':
		return TG_ACTION_NEXT;
	case 0x11: /* Ctrl-Q: the kiosk heeds it on a training machine only */
		return TG_ACTION_QUIT;
	case 8:
	case 127:
		return TG_ACTION_ERASE;
	default:
		return TG_ACTION_NONE; /* Ctrl-C, Ctrl-Z, Ctrl-\, Ctrl-S … mean nothing */
	}
}

static size_t utf8_length(uint8_t lead)
{
	return lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
}

static enum tg_key_result parse_letter(const uint8_t *b, size_t n, bool final, struct tg_key *key, size_t *used)
{
	const char *p = (const char *)b;
	size_t want = utf8_length(b[0]);
	if (n < want && !final)
		return TG_KEY_MORE;
	uint32_t cp = tg_utf8_next(&p, p + (n < want ? n : want));
	*used = (size_t)(p - (const char *)b);
	bool printable = cp != 0xFFFD && cp >= 0x20 && !(cp >= 0x7F && cp < 0xA0);
	return printable ? ready(key, TG_ACTION_CHAR, cp) : TG_KEY_SKIP;
}

enum tg_key_result tg_keys_parse(
        const struct tg_key_map *map, const uint8_t *bytes, size_t n, bool final, struct tg_key *key, size_t *used)
{
	*key = (struct tg_key){TG_ACTION_NONE, 0};
	*used = 0;
	if (bytes[0] == ESC && n > 1) {
		enum tg_key_result r = parse_map(map, bytes, n, final, key, used);
		if (r == TG_KEY_MORE || *used)
			return r;
	}
	if (bytes[0] == ESC)
		return parse_escape(bytes, n, final, key, used);
	*used = 1;
	if (bytes[0] < 0x20 || bytes[0] == 127)
		return known(key, by_control(bytes[0]));
	return parse_letter(bytes, n, final, key, used);
}
