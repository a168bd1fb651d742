/* The file: magic, revision, n, offset of the table of ids, offset of the table of texts; a row is length, offset. */
#include "mo.h"

#include "tamga/text.h"

#define MO_MAGIC        0x950412deu
#define MO_MESSAGES_MAX 20000u

static uint32_t raw_u32(const struct mo *m, size_t at)
{
	uint32_t v;
	memcpy(&v, m->data + at, sizeof(v));
	return m->swapped ? __builtin_bswap32(v) : v;
}

static const char *row(const struct mo *m, uint32_t table, uint32_t i, uint32_t *len)
{
	size_t at = table + (size_t)i * 8;
	*len = raw_u32(m, at);
	return (const char *)m->data + raw_u32(m, at + 4);
}

static bool table_inside(const struct mo *m, uint32_t at)
{
	return at <= m->len && (m->len - at) / 8 >= m->n;
}

static bool row_sound(const struct mo *m, uint32_t table, uint32_t i)
{
	size_t at = table + (size_t)i * 8;
	uint32_t len = raw_u32(m, at), offset = raw_u32(m, at + 4);
	if (offset >= m->len || len >= m->len - offset)
		return false;
	const char *s = (const char *)m->data + offset;
	return s[len] == '\0' && strlen(s) == len && tg_utf8_valid(s, len);
}

static const char *check_rows(const struct mo *m)
{
	const char *before = NULL;
	for (uint32_t i = 0; i < m->n; i++) {
		uint32_t len;
		if (!row_sound(m, m->ids, i) || !row_sound(m, m->texts, i))
			return "a string is cut, not UTF-8, or outside the file";
		const char *id = row(m, m->ids, i, &len);
		if (before && strcmp(before, id) >= 0)
			return "the ids are not in order";
		before = id;
	}
	return NULL;
}

const char *mo_open(struct mo *m, const void *data, size_t len)
{
	*m = (struct mo){.data = data, .len = len};
	if (len < 28)
		return "the file is too short";
	uint32_t magic = raw_u32(m, 0);
	m->swapped = magic == __builtin_bswap32(MO_MAGIC);
	if (magic != MO_MAGIC && !m->swapped)
		return "this is not a .mo file";
	if (raw_u32(m, 4) >> 16 > 1)
		return "the format of the .mo file is newer than this program";
	m->n = raw_u32(m, 8);
	m->ids = raw_u32(m, 12);
	m->texts = raw_u32(m, 16);
	if (m->n > MO_MESSAGES_MAX || !table_inside(m, m->ids) || !table_inside(m, m->texts))
		return "the tables lie outside the file";
	return check_rows(m);
}

const char *mo_find(const struct mo *m, const char *id)
{
	uint32_t low = 0, high = m->n, len;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = strcmp(id, row(m, m->ids, middle, &len));
		if (order == 0)
			return row(m, m->texts, middle, &len);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
