/* Columns and letter case without the process locale: a kiosk started in locale "C" must not draw differently. */
#include "tamga/text.h"

struct range {
	uint32_t from, to;
};

/* Combining marks of the scripts that can turn up in names and certificates (Unicode 14, general category Mn, Me). */
static const struct range zero[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A},
        {0x064B, 0x065F}, {0x0670, 0x0670}, {0x06D6, 0x06DC}, {0x0E31, 0x0E31}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E},
        {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x20D0, 0x20F0}, {0x302A, 0x302D}, {0x3099, 0x309A},
        {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};

/* East Asian wide and fullwidth, and emoji drawn in two cells (Unicode 14, EastAsianWidth W and F, by blocks). */
static const struct range wide[] = {{0x1100, 0x115F}, {0x231A, 0x231B}, {0x2329, 0x232A}, {0x23E9, 0x23EC},
        {0x2614, 0x2615}, {0x2648, 0x2653}, {0x26AA, 0x26AB}, {0x2705, 0x2705}, {0x274C, 0x274C}, {0x2E80, 0x303E},
        {0x3041, 0x33FF}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0xA000, 0xA4CF}, {0xA960, 0xA97F}, {0xAC00, 0xD7A3},
        {0xF900, 0xFAFF}, {0xFE30, 0xFE6F}, {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF},
        {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};

static bool within(const struct range *ranges, size_t n, uint32_t cp)
{
	for (size_t i = 0; i < n; i++)
		if (cp >= ranges[i].from && cp <= ranges[i].to)
			return true;
	return false;
}

int tg_text_width(uint32_t cp)
{
	if (cp >= 0x20 && cp < 0x7F)
		return 1;
	if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0))
		return 0;
	if (cp < 0x1100) /* Latin and Cyrillic, the usual case, need no look at the long table */
		return within(zero, sizeof zero / sizeof zero[0], cp) ? 0 : 1;
	if (within(zero, sizeof zero / sizeof zero[0], cp))
		return 0;
	return within(wide, sizeof wide / sizeof wide[0], cp) ? 2 : 1;
}

/* Blocks where capital and small letters alternate: even is the capital one. */
static bool paired(uint32_t cp)
{
	return (cp >= 0x0100 && cp <= 0x0137) || (cp >= 0x014A && cp <= 0x0177) || (cp >= 0x0460 && cp <= 0x0481) ||
	       (cp >= 0x048A && cp <= 0x04BF) || (cp >= 0x04D0 && cp <= 0x052F);
}

/* The same with an odd capital. */
static bool paired_odd(uint32_t cp)
{
	return (cp >= 0x0139 && cp <= 0x0148) || (cp >= 0x0179 && cp <= 0x017E) || (cp >= 0x04C1 && cp <= 0x04CE);
}

uint32_t tg_text_upper(uint32_t cp)
{
	if ((cp >= 'a' && cp <= 'z') || (cp >= 0xE0 && cp <= 0xFE && cp != 0xF7) || (cp >= 0x0430 && cp <= 0x044F))
		return cp - 0x20;
	if (cp >= 0x0450 && cp <= 0x045F)
		return cp - 0x50;
	if (cp == 0x04CF)
		return 0x04C0;
	if (paired(cp) && cp % 2 == 1)
		return cp - 1;
	if (paired_odd(cp) && cp % 2 == 0)
		return cp - 1;
	return cp;
}

uint32_t tg_text_lower(uint32_t cp)
{
	if ((cp >= 'A' && cp <= 'Z') || (cp >= 0xC0 && cp <= 0xDE && cp != 0xD7) || (cp >= 0x0410 && cp <= 0x042F))
		return cp + 0x20;
	if (cp >= 0x0400 && cp <= 0x040F)
		return cp + 0x50;
	if (cp == 0x04C0)
		return 0x04CF;
	if (paired(cp) && cp % 2 == 0)
		return cp + 1;
	if (paired_odd(cp) && cp % 2 == 1)
		return cp + 1;
	return cp;
}
