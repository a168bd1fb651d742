/* Names between alphabets: what a person writes and what stands in the machine-readable zone. */
#include "tamga/mrtd.h"
#include "tamga/text.h"

#define NAME_MAX    200 /* bytes of a name in Latin letters */
#define CUT_LETTERS 12  /* a shorter beginning may be another name */

/* The first spelling is the one we write; all are accepted when comparing. */
struct letter {
	uint32_t from;
	const char *to[4];
};

/* Certain: the Cyrillic table of ICAO 9303-3, section 6 B, first column of values («other languages» in brackets there
 * are the further ones). Kyrgyz passports follow it for the letters it has.
 * Likely, not confirmed by a published rule: Kazakh letters without their marks (Ә A, Ғ G, Қ K, Ң N, Ө O, Ұ U, Ү U, І
 * I), Һ as KH or H; Kyrgyz Ң N, also NG, Ө O, also OE, Ү U, also UE; Kazakh passports of earlier years write Х H, Ж ZH
 * or J, Ю YU, Я YA, Й Y, Ц TS or C, Э E. They are here as further spellings, because a comparison that is too narrow
 * sends an honest person to the desk, while what is proven never rests on this comparison. */
static const struct letter letters[] = {
        {0x0410, {"A"}},
        {0x0411, {"B"}},
        {0x0412, {"V", "W"}},
        {0x0413, {"G", "H"}},
        {0x0414, {"D"}},
        {0x0415, {"E", "YE", "IE"}},
        {0x0401, {"E", "IO", "YO"}},
        {0x0416, {"ZH", "Z", "J"}},
        {0x0417, {"Z"}},
        {0x0418, {"I", "Y"}},
        {0x0406, {"I", "Y"}},
        {0x0419, {"I", "Y", "J"}},
        {0x041A, {"K"}},
        {0x041B, {"L"}},
        {0x041C, {"M"}},
        {0x041D, {"N"}},
        {0x041E, {"O"}},
        {0x041F, {"P"}},
        {0x0420, {"R"}},
        {0x0421, {"S"}},
        {0x0422, {"T"}},
        {0x0423, {"U", "OU"}},
        {0x0424, {"F"}},
        {0x0425, {"KH", "H"}},
        {0x0426, {"TS", "C"}},
        {0x0427, {"CH", "C"}},
        {0x0428, {"SH", "S"}},
        {0x0429, {"SHCH", "SHT"}},
        {0x042A, {"IE", ""}},
        {0x042B, {"Y", "I"}},
        {0x042C, {"", "I"}},
        {0x042D, {"E"}},
        {0x042E, {"IU", "YU", "JU"}},
        {0x042F, {"IA", "YA", "JA"}},
        /* Ukrainian, Belarusian, Serbian, Macedonian of the same table */
        {0x0490, {"G"}},
        {0x040E, {"U"}},
        {0x0404, {"IE", "YE"}},
        {0x0407, {"I", "YI"}},
        {0x0402, {"D"}},
        {0x0403, {"G", "GJ"}},
        {0x0405, {"DZ"}},
        {0x0408, {"J"}},
        {0x0409, {"LJ"}},
        {0x040A, {"NJ"}},
        {0x040B, {"C"}},
        {0x040C, {"K", "KJ"}},
        {0x040F, {"DZ", "DJ"}},
        /* Kazakh and Kyrgyz: see above */
        {0x04D8, {"A", "AE"}},
        {0x0492, {"G", "GH"}},
        {0x049A, {"K", "Q"}},
        {0x04A2, {"N", "NG"}},
        {0x04E8, {"O", "OE"}},
        {0x04B0, {"U", "Y"}},
        {0x04AE, {"U", "UE", "Y"}},
        {0x04BA, {"KH", "H"}},
        /* Latin: ICAO 9303-3, section 6 A, the letters of the neighbours */
        {0x00C0, {"A"}},
        {0x00C1, {"A"}},
        {0x00C2, {"A"}},
        {0x00C3, {"A"}},
        {0x00C4, {"AE", "A"}},
        {0x00C5, {"AA", "A"}},
        {0x00C6, {"AE"}},
        {0x00C7, {"C"}},
        {0x00C8, {"E"}},
        {0x00C9, {"E"}},
        {0x00CA, {"E"}},
        {0x00CB, {"E"}},
        {0x00CC, {"I"}},
        {0x00CD, {"I"}},
        {0x00CE, {"I"}},
        {0x00CF, {"I"}},
        {0x00D1, {"N", "NXX"}},
        {0x00D2, {"O"}},
        {0x00D3, {"O"}},
        {0x00D4, {"O"}},
        {0x00D5, {"O"}},
        {0x00D6, {"OE", "O"}},
        {0x00D8, {"OE"}},
        {0x00D9, {"U"}},
        {0x00DA, {"U"}},
        {0x00DB, {"U"}},
        {0x00DC, {"UE", "U", "UXX"}},
        {0x00DD, {"Y"}},
        {0x00DF, {"SS"}},
        {0x1E9E, {"SS"}},
        {0x010C, {"C"}},
        {0x011E, {"G"}},
        {0x0130, {"I"}},
        {0x0131, {"I"}},
        {0x0141, {"L"}},
        {0x015E, {"S"}},
        {0x0160, {"S"}},
        {0x0218, {"S"}},
        {0x021A, {"T"}},
        {0x017D, {"Z"}},
        {0x018F, {"E", "A"}},
};

static const struct letter *find_letter(uint32_t cp)
{
	for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
		if (letters[i].from == cp)
			return &letters[i];
	return NULL;
}

/* The spellings of one character: a Latin letter is itself, hyphens and spaces part names, apostrophes and points are
 * left out (9303-3, 4.6). NULL: a character that no name has. `own` holds a spelling that is not in the table. */
static const char *const *spellings(uint32_t cp, struct letter *own)
{
	uint32_t upper = tg_text_upper(cp);
	const struct letter *l = find_letter(upper);
	*own = (struct letter){0};
	if (l)
		return l->to;
	static const char latin[26][2] = {"A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O",
	        "P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z"};
	if (upper >= 'A' && upper <= 'Z')
		own->to[0] = latin[upper - 'A'];
	else if (cp == ' ' || cp == '-' || cp == 0x00A0 || cp == 0x2010 || cp == 0x2011 || cp == '<')
		own->to[0] = " ";
	else if (cp == '\'' || cp == '.' || cp == ',' || cp == 0x2019 || cp == 0x02BC || cp == '`')
		own->to[0] = "";
	return own->to[0] ? own->to : NULL;
}

enum tg_status tg_mrz_transliterate(const char *name, char *out, size_t cap)
{
	const char *p = name, *end = name + strlen(name);
	size_t used = 0;
	struct letter own;
	TG_BUG_IF(cap == 0);
	out[0] = 0;
	while (p < end) {
		const char *const *to = spellings(tg_utf8_next(&p, end), &own);
		if (!to)
			return TG_INVALID;
		if (*to[0] == ' ' && (used == 0 || out[used - 1] == ' '))
			continue;
		if (!tg_copy(out + used, cap - used, to[0]))
			return TG_LIMIT;
		used += strlen(to[0]);
	}
	while (used && out[used - 1] == ' ')
		out[--used] = 0;
	return TG_OK;
}

/* Sets of places in the name of the zone that may have been reached: one bit each, so that many spellings of many
 * letters cost no more than letters times places. */
struct reach {
	bool at[NAME_MAX + 1];
};

/* True when a spelling went on where the zone ends: the name may have been cut there. */
static bool step(const struct reach *from, const char *const *to, const char *mrz, size_t n, struct reach *next)
{
	bool over = false;
	for (size_t i = 0; i <= n; i++) {
		for (size_t k = 0; from->at[i] && k < 4 && to[k]; k++) {
			size_t length = strlen(to[k]);
			if (to[k][0] == ' ')
				next->at[i] = true; /* parts may be written together */
			if (i + length <= n && memcmp(mrz + i, to[k], length) == 0)
				next->at[i + length] = true;
			else if (i + length > n && memcmp(mrz + i, to[k], n - i) == 0)
				over = true;
		}
	}
	return over;
}

bool tg_mrz_same_name(const char *name, const char *mrz_name)
{
	const char *p = name, *end = name + strlen(name);
	size_t n = strnlen(mrz_name, NAME_MAX + 1);
	struct reach now = {0};
	struct letter own;
	bool cut = false;
	if (n == 0 || n > NAME_MAX)
		return false;
	now.at[0] = true;
	while (p < end) {
		struct reach next = {0};
		const char *const *to = spellings(tg_utf8_next(&p, end), &own);
		if (!to)
			return false;
		if (step(&now, to, mrz_name, n, &next))
			cut = true;
		now = next;
	}
	return now.at[n] || (cut && n >= CUT_LETTERS);
}
