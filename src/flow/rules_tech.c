/* Named rules of what machines made: serial numbers, domain names, requests, codes of the Treasury (NCA-V, NCA-9.dom,
 * NCA-9.trs). People type them from paper or a screen: look-alike letters and separators are mended (P-7). */
#include "rules.h"

#define SERIAL_MIN 8
#define SERIAL_MAX 40

typedef const char *one_line(const char *value, const char *arg, const struct tg_rule_values *v, char *mend);

/* The first line that is wrong; a mend of one line of several is not offered here, the field does that. */
static const char *each_line(
        one_line *check, const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	if (!strchr(value, '\n'))
		return check(value, arg, v, mend);
	for (const char *at = value; *at != '\0';) {
		char line[TG_VALUE_MAX];
		size_t n = strcspn(at, "\n");
		(void)snprintf(line, sizeof line, "%.*s", (int)n, at);
		const char *error = n > 0 ? check(line, arg, v, mend) : NULL;
		mend[0] = '\0';
		if (error)
			return error;
		at += n + (at[n] == '\n');
	}
	return NULL;
}

/* ---- serial numbers ---- */

static bool is_hex(uint32_t ch)
{
	return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'f') || (ch >= 'A' && ch <= 'F');
}

/* The hexadecimal digit that was meant; 0: none. Cyrillic letters by code: а в с е о, and their capitals. */
static char hex_meant(uint32_t ch)
{
	static const struct {
		uint32_t letter;
		char digit;
	} others[] = {{'O', '0'}, {'o', '0'}, {'l', '1'}, {'I', '1'}, {0x430, 'a'}, {0x410, 'A'}, {0x432, 'b'},
	        {0x412, 'B'}, {0x441, 'c'}, {0x421, 'C'}, {0x435, 'e'}, {0x415, 'E'}, {0x43E, '0'}, {0x41E, '0'},
	        {0x456, '1'}, {0x406, '1'}};
	if (is_hex(ch))
		return (char)ch;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (others[i].letter == ch)
			return others[i].digit;
	return '\0';
}

static bool separator(uint32_t ch)
{
	return ch == ' ' || ch == ':' || ch == '-' || ch == '.' || ch == 0xA0;
}

/* False when a character cannot have been meant as a hexadecimal digit. */
static bool mend_serial(const char *value, char out[TG_VALUE_MAX])
{
	size_t n = 0;
	out[0] = '\0';
	for (const char *p = value, *end = value + strlen(value); p < end;) {
		uint32_t ch = tg_utf8_next(&p, end);
		if (separator(ch))
			continue;
		char digit = hex_meant(ch);
		if (digit == '\0')
			return false;
		out[n++] = digit;
		out[n] = '\0';
	}
	return n > 0;
}

static const char *serial(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)arg, (void)v;
	char meant[TG_VALUE_MAX];
	bool clear = mend_serial(value, meant);
	size_t n = strlen(meant);
	bool fits = clear && n >= SERIAL_MIN && n <= SERIAL_MAX && n % 2 == 0;
	if (clear && strcmp(meant, value) == 0) {
		if (n >= SERIAL_MIN && n <= SERIAL_MAX && n % 2 == 1)
			return "rule.serial.odd";
		return fits ? NULL : "rule.serial.length";
	}
	if (fits)
		(void)tg_copy(mend, TG_VALUE_MAX, meant);
	return "rule.serial.characters";
}

const char *tg_rule_serial_hex(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	return each_line(serial, value, arg, v, mend);
}

/* ---- domain names ---- */

static size_t without_scheme(const char *value, const char **host)
{
	static const char *const schemes[] = {"https://", "http://"};
	for (size_t i = 0; i < 2; i++)
		if (strncmp(value, schemes[i], strlen(schemes[i])) == 0)
			value += strlen(schemes[i]);
	*host = value;
	size_t n = strcspn(value, "/ ");
	return n > 0 && value[n - 1] == '.' ? n - 1 : n;
}

/* Shape only, where nothing knows IDNA: labels of letters, digits and inner hyphens, at least two. */
static bool domain_shape(const char *value)
{
	size_t label = 0, labels = 1;
	bool hyphen = true; /* none may stand first */
	for (const char *p = value, *end = value + strlen(value); p < end;) {
		uint32_t ch = tg_utf8_next(&p, end);
		bool digit = ch >= '0' && ch <= '9';
		if (ch == '.' && label > 0 && !hyphen)
			label = 0, labels++, hyphen = true;
		else if (tg_is_latin(ch) || tg_is_cyrillic(ch) || digit || (ch == '-' && label > 0))
			label++, hyphen = ch == '-';
		else
			return false;
	}
	return labels >= 2 && label > 0 && !hyphen && strlen(value) <= 253;
}

/* The last label is one of the words of `zones`. */
static bool in_zone(const char *value, const char *zones)
{
	const char *dot = strrchr(value, '.');
	if (!zones || !dot)
		return zones == NULL;
	char zone[64], low[64];
	size_t n = 0;
	if (!tg_copy(zone, sizeof zone, dot + 1))
		return false;
	for (const char *p = zone, *end = zone + strlen(zone); p < end && n + 4 < sizeof low;)
		n += tg_utf8_put(tg_text_lower(tg_utf8_next(&p, end)), low + n);
	low[n] = '\0';
	/* U+049B U+0430 U+0437 in Punycode (RFC 3492) */
	return tg_words_have(zones, strcmp(low, "xn--80ao21a") == 0 ? "қаз" : low);
}

static enum tg_status judge_domain(const char *value, const char *zones, const struct tg_rule_values *v)
{
	char ascii[256], shown[256];
	if (v->domain)
		return v->domain(value, zones, ascii, shown);
	if (!domain_shape(value))
		return TG_INVALID;
	return in_zone(value, zones) ? TG_OK : TG_NOT_FOUND;
}

/* A name of a Latin zone with Cyrillic look-alikes in it, or the reverse, is another name than it looks (P-7). */
static bool mixed_up(const char *value, char *mend)
{
	char one[TG_VALUE_MAX];
	const char *dot = strrchr(value, '.');
	if (!dot || !tg_rule_has_cyrillic(value))
		return false;
	if (!tg_mend_one_script(value, one) || strcmp(one, value) != 0)
		return (void)tg_copy(mend, TG_VALUE_MAX, one), true;
	/* All Cyrillic before a zone in Latin, and it could as well be Latin: "сар.kz". */
	if (!tg_rule_has_cyrillic(dot) && tg_mend_latin(value, mend))
		return true;
	mend[0] = '\0';
	return false;
}

static const char *domain(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	const char *host;
	char bare[TG_VALUE_MAX];
	size_t n = without_scheme(value, &host);
	(void)snprintf(bare, sizeof bare, "%.*s", (int)n, host);
	if (strcmp(bare, value) != 0) {
		if (judge_domain(bare, arg, v) == TG_OK)
			(void)tg_copy(mend, TG_VALUE_MAX, bare);
		return "rule.domain.shape";
	}
	if (mixed_up(value, mend)) {
		if (mend[0] != '\0' && judge_domain(mend, arg, v) != TG_OK)
			mend[0] = '\0';
		return "rule.domain.letters";
	}
	enum tg_status status = judge_domain(value, arg, v);
	if (status == TG_NOT_FOUND)
		return "rule.domain.zone";
	return status == TG_OK ? NULL : "rule.domain.shape";
}

const char *tg_rule_domain(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	return domain(value, arg, v, mend);
}

const char *tg_rule_domains(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	return each_line(domain, value, arg, v, mend);
}

/* ---- a request that was brought along ---- */

static bool base64_shape(const char *value)
{
	size_t letters = 0;
	for (const char *p = value; *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n') {
		size_t n = strcspn(p, "\n");
		if (strncmp(p, "-----", 5) == 0)
			continue;
		size_t good = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= ");
		if (good < n)
			return false;
		letters += n;
	}
	return letters >= 100; /* the smallest request with a name and a key is longer */
}

const char *tg_rule_pkcs10(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)mend;
	if (!v->pkcs10)
		return base64_shape(value) ? NULL : "rule.pkcs10.none";
	char first[64] = "", second[64] = "";
	size_t n = arg ? strcspn(arg, " ") : 0;
	(void)snprintf(first, sizeof first, "%.*s", (int)n, n > 0 ? arg : "");
	(void)snprintf(second, sizeof second, "%s", n > 0 && arg[n] == ' ' ? arg + n + 1 : "");
	struct tg_pkcs10_facts facts = {0};
	enum tg_status status = v->pkcs10(value, first[0] != '\0' ? v->get(first, v->ctx) : NULL,
	        second[0] != '\0' ? v->get(second, v->ctx) : NULL, &facts);
	if (status == TG_PKCS10_NAMES)
		return "rule.pkcs10.names";
	if (status == TG_KEY_WEAK)
		return "rule.pkcs10.weak";
	return status == TG_OK ? NULL : "rule.pkcs10.none";
}

/* ---- the Treasury ---- */

static bool upper_latin(const char *value, char *out)
{
	char latin[TG_VALUE_MAX];
	return tg_mend_latin(value, latin) && tg_text_to_upper(out, TG_VALUE_MAX, latin);
}

static bool has_shape(const char *value, const char *shape, size_t n)
{
	if (strlen(value) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (shape[i] == '#' ? value[i] < '0' || value[i] > '9' : value[i] != shape[i])
			return false;
	return true;
}

const char *tg_rule_treasury_code(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)v;
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	if (strspn(value, allowed) != strlen(value)) {
		if (!upper_latin(value, mend) || strspn(mend, allowed) != strlen(mend))
			mend[0] = '\0';
		return mend[0] != '\0' ? "rule.treasury-code.latin" : "rule.treasury-code.characters";
	}
	for (const char *w = arg; w && *w != '\0'; w += strcspn(w, " "), w += *w == ' ')
		if (has_shape(value, w, strcspn(w, " ")))
			return NULL;
	return arg ? "rule.treasury-code.unusual" : NULL;
}

const char *tg_rule_treasury_role(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)arg, (void)v;
	char latin[TG_VALUE_MAX], meant[TG_VALUE_MAX] = "";
	if (has_shape(value, "ROLE##", 6))
		return NULL;
	if (upper_latin(value, latin)) {
		size_t digits = strspn(latin, "0123456789");
		if (latin[digits] == '\0' && (digits == 1 || digits == 2))
			(void)snprintf(meant, sizeof meant, "ROLE%s%.2s", digits == 1 ? "0" : "", latin);
		else
			(void)tg_copy(meant, sizeof meant, latin);
	}
	if (has_shape(meant, "ROLE##", 6))
		(void)tg_copy(mend, TG_VALUE_MAX, meant);
	return "rule.treasury-role.shape";
}
