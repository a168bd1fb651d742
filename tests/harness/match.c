#include "match.h"

#include "tamga/text.h"

#include <stdbool.h>

static bool is_gap(uint32_t cp)
{
	return cp == 0 || cp == ' ' || cp == '\n' || cp == '\t' || cp == 0xA0 || (cp >= 0x2500 && cp < 0x2580);
}

void tg_match_fold(const char *s, struct tg_buf *out)
{
	const char *end = s + strlen(s);
	bool gap = true;
	while (s < end) {
		const char *at = s;
		uint32_t cp = tg_utf8_next(&s, end);
		if (!is_gap(cp))
			tg_buf_add(out, at, (size_t)(s - at));
		else if (!gap)
			tg_buf_add_str(out, " ");
		gap = is_gap(cp);
	}
	if (gap && out->len)
		out->data[--out->len] = '\0';
}

/* ---- text that was wrapped within a column, with other text beside it ---- */

struct search {
	const struct tg_match_grid *g;
	const uint32_t *want; /* folded, ends with 0 */
};

static uint32_t at(const struct search *s, int row, int col)
{
	if (row < 0 || row >= s->g->rows || col < 0 || col >= s->g->columns)
		return ' ';
	return s->g->cells[row * s->g->columns + col];
}

static bool gap_at(const struct search *s, int row, int col)
{
	return is_gap(at(s, row, col));
}

/* A piece of a line ends where two gaps are, or the line does. */
static int piece_start(const struct search *s, int row, int col)
{
	while (col > 0 && !(gap_at(s, row, col - 1) && gap_at(s, row, col - 2)))
		col--;
	return col;
}

static bool match_from(const struct search *s, int row, int col, const uint32_t *want);

/* The text goes on in the next line, in a piece that lies below this one. */
static bool match_below(const struct search *s, int row, int col, const uint32_t *want)
{
	int first = piece_start(s, row, col - 1);
	for (int x = first; x < col; x++)
		if (!gap_at(s, row + 1, x) && gap_at(s, row + 1, x - 1) && match_from(s, row + 1, x, want))
			return true;
	return false;
}

static bool match_from(const struct search *s, int row, int col, const uint32_t *want)
{
	for (; *want; want++, col++) {
		if (*want != ' ') {
			if (at(s, row, col) != *want)
				return false;
			continue;
		}
		if (!gap_at(s, row, col))
			return false;
		if (gap_at(s, row, col + 1))
			return match_below(s, row, col, want + 1);
	}
	return true;
}

bool tg_match_columns(const struct tg_match_grid *g, const char *folded)
{
	uint32_t want[512];
	const char *end = folded + strlen(folded);
	size_t n = 0;
	while (folded < end && n < sizeof want / sizeof want[0] - 1)
		want[n++] = tg_utf8_next(&folded, end);
	want[n] = 0;
	struct search s = {g, want};
	for (int row = 0; n && row < g->rows; row++)
		for (int col = 0; col < g->columns; col++)
			if (match_from(&s, row, col, want))
				return true;
	return false;
}
