#include "tamga/text.h"

#define BAD 0xFFFDu

struct shape {
	uint8_t mask, lead;
	int extra;
	uint32_t least; /* smaller values in so many bytes are overlong, which RFC 3629 forbids */
};
static const struct shape shapes[] = {
        {0x80, 0x00, 0, 0}, {0xE0, 0xC0, 1, 0x80}, {0xF0, 0xE0, 2, 0x800}, {0xF8, 0xF0, 3, 0x10000}};

uint32_t tg_utf8_next(const char **p, const char *end)
{
	const unsigned char *s = (const unsigned char *)*p;
	for (size_t i = 0; i < 4; i++) {
		if ((s[0] & shapes[i].mask) != shapes[i].lead)
			continue;
		int extra = shapes[i].extra;
		if (end - *p <= extra)
			break;
		uint32_t cp = s[0] & (uint32_t)(uint8_t)~shapes[i].mask;
		int k = 1;
		for (; k <= extra && (s[k] & 0xC0) == 0x80; k++)
			cp = cp << 6 | (s[k] & 0x3Fu);
		if (k <= extra || cp < shapes[i].least || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
			break;
		*p += extra + 1;
		return cp;
	}
	*p += 1;
	return BAD;
}

size_t tg_utf8_put(uint32_t cp, char out[4])
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xC0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3F));
		return 2;
	}
	if ((cp >= 0xD800 && cp <= 0xDFFF) || cp > 0x10FFFF)
		return 0;
	if (cp < 0x10000) {
		out[0] = (char)(0xE0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
		out[2] = (char)(0x80 | (cp & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
	out[3] = (char)(0x80 | (cp & 0x3F));
	return 4;
}

bool tg_utf8_valid(const char *s, size_t n)
{
	const char *p = s, *end = s + n;
	while (p < end) {
		const char *at = p;
		/* U+FFFD itself is valid text; only a one-byte step with that answer is a fault. */
		if (tg_utf8_next(&p, end) == BAD && p - at == 1)
			return false;
	}
	return true;
}

size_t tg_utf8_count(const char *s)
{
	const char *end = s + strlen(s);
	size_t n = 0;
	for (; s < end; n++)
		tg_utf8_next(&s, end);
	return n;
}

size_t tg_utf8_prev(const char *s, size_t at)
{
	if (!at)
		return 0;
	do
		at--;
	while (at && ((unsigned char)s[at] & 0xC0) == 0x80);
	return at;
}

size_t tg_utf8_after(const char *s, size_t at)
{
	if (!s[at])
		return at;
	do
		at++;
	while (((unsigned char)s[at] & 0xC0) == 0x80);
	return at;
}

int tg_text_columns(const char *s)
{
	const char *end = s + strlen(s);
	int columns = 0;
	while (s < end)
		columns += tg_text_width(tg_utf8_next(&s, end));
	return columns;
}

/* What may never reach a terminal: it would move the cursor, reorder the line, hide, or differ by font. */
static bool harmful(uint32_t cp)
{
	static const struct {
		uint32_t from, to;
	} ranges[] = {
	        {0x00, 0x1F},                          /* C0 */
	        {0x7F, 0x9F},                          /* DEL, C1 */
	        {0xAD, 0xAD},                          /* soft hyphen */
	        {0x61C, 0x61C},                        /* Arabic letter mark */
	        {0x180E, 0x180E},                      /* Mongolian vowel separator */
	        {0x200B, 0x200F},                      /* zero width, marks of direction */
	        {0x2028, 0x202E},                      /* line separators, embeddings */
	        {0x2060, 0x206F},                      /* word joiner, isolates */
	        {0xE000, 0xF8FF},                      /* private use */
	        {0xFE00, 0xFE0F},                      /* variation selectors */
	        {0xFEFF, 0xFEFF},                      /* byte order mark */
	        {0xFFF0, 0xFFFC},                      /* specials */
	        {0xFFFE, 0xFFFF}, {0xE0000, 0x10FFFF}, /* tags, private use */
	};
	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
		if (cp >= ranges[i].from && cp <= ranges[i].to)
			return true;
	return false;
}

/* For text that goes on behind the cut. */
static size_t add_ellipsis(char *dst, size_t cap, size_t len, int columns)
{
	if (columns <= 0 || len + 4 > cap)
		return len;
	memcpy(dst + len, "…", 4);
	return len + 3;
}

void tg_text_clean(char *dst, size_t cap, const char *src, size_t n, int columns)
{
	const char *p = src, *end = src + n;
	size_t len = 0, cut_len = 0;
	int used = 0, marks = 0;
	if (!cap)
		return;
	while (p < end && *p) {
		uint32_t cp = tg_utf8_next(&p, end);
		if (harmful(cp))
			cp = cp == '\t' || cp == '\n' || cp == '\r' ? ' ' : BAD;
		int width = tg_text_width(cp);
		marks = width ? 0 : marks + 1;
		if (marks > 2)
			continue; /* a tower of combining marks would climb over the neighbouring rows */
		char bytes[4];
		size_t k = tg_utf8_put(cp, bytes);
		if (used + width > columns || len + k + 4 > cap) {
			len = add_ellipsis(dst, cap, cut_len, columns);
			break;
		}
		memcpy(dst + len, bytes, k);
		len += k;
		used += width;
		if (used < columns)
			cut_len = len;
	}
	dst[len] = '\0';
}

bool tg_text_to_upper(char *dst, size_t cap, const char *src)
{
	const char *end = src + strlen(src);
	size_t len = 0;
	if (!cap)
		return false;
	while (src < end) {
		char bytes[4];
		size_t n = tg_utf8_put(tg_text_upper(tg_utf8_next(&src, end)), bytes);
		if (len + n >= cap) {
			dst[len] = '\0';
			return false;
		}
		memcpy(dst + len, bytes, n);
		len += n;
	}
	dst[len] = '\0';
	return true;
}

/* One line: as many words as fit, or a part of a word that is longer than a line. Returns where the next one begins. */
static const char *take_line(const char *s, const char *end, int columns, const char **line_end)
{
	const char *p = s, *space = NULL, *after_space = NULL;
	int used = 0;
	while (p < end && *p != '\n') {
		const char *at = p;
		uint32_t cp = tg_utf8_next(&p, end);
		int width = tg_text_width(cp);
		if (cp == ' ') {
			space = at;
			after_space = p;
		}
		if (used + width > columns && at > s) {
			if (cp == ' ') {
				*line_end = at;
				return p;
			}
			*line_end = space && space > s ? space : at;
			return space && space > s ? after_space : at;
		}
		used += width;
	}
	*line_end = p;
	return p < end ? p + 1 : p;
}

int tg_text_wrap(const char *s, int columns, tg_text_line *emit, void *ctx)
{
	const char *end = s + strlen(s);
	int lines = 0;
	if (columns < 1)
		columns = 1;
	do {
		const char *line_end, *next = take_line(s, end, columns, &line_end);
		if (emit)
			emit(s, (size_t)(line_end - s), ctx);
		lines++;
		s = next;
	} while (s < end);
	return lines;
}

bool tg_version_ok(const char *s)
{
	return s[0] >= '0' && s[0] <= '9' && !s[strspn(s, "0123456789.")] && !strstr(s, "..") && strlen(s) < 16;
}

bool tg_version_is_older(const char *version, const char *than)
{
	if (!tg_version_ok(version))
		return true;
	while (*than) {
		char *a, *b;
		unsigned long mine = strtoul(version, &a, 10), wanted = strtoul(than, &b, 10);
		if (mine != wanted)
			return mine < wanted;
		version = *a == '.' ? a + 1 : a;
		than = *b == '.' ? b + 1 : b;
	}
	return false;
}

uint32_t tg_text_hash(const char *s)
{
	uint32_t h = 2166136261u;
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}
