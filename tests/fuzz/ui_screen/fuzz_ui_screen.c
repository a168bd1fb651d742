/* No byte of foreign text reaches the terminal but as a printable cell; no text breaks the layout. Input: two bytes of
 * size, one of focus, then up to 16 texts of items, ended by 0xFF (which UTF-8 does not have). */
#include "layout.h"

#include "keys.h"
#include "views.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct tg_view view;
static struct tg_layout layout;

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check_cells(void)
{
	const struct tg_grid *g = &layout.screen;
	must(g->cursor_row >= 0 && g->cursor_row < g->rows && g->cursor_col >= 0 && g->cursor_col < g->columns);
	for (int row = 0; row < g->rows; row++)
		for (int col = 0; col < g->columns; col++) {
			const struct tg_cell *c = &tg_grid_row(g, row)[col];
			must(c->cp >= 0x20 && !(c->cp >= 0x7F && c->cp < 0xA0) && c->cp <= 0x10FFFF);
			must(!(c->cp >= 0x200B && c->cp <= 0x200F) && !(c->cp >= 0x2028 && c->cp <= 0x202E) &&
			        c->cp != 0xFEFF);
			must(c->width != 2 || (col + 1 < g->columns && c[1].width == 0));
		}
}

static void check_keys(const uint8_t *data, size_t n)
{
	while (n) {
		struct tg_key key;
		size_t used = 0;
		enum tg_key_result r = tg_keys_parse(NULL, data, n, true, &key, &used);
		must(r != TG_KEY_MORE && used >= 1 && used <= n);
		must(key.action != TG_ACTION_CHAR || (key.ch >= 0x20 && !(key.ch >= 0x7F && key.ch < 0xA0)));
		data += used;
		n -= used;
	}
}

static void fill_view(char *p, const char *end)
{
	memset(&view, 0, sizeof view);
	view.title = view.trail = view.banner = view.status = p;
	while (p < end && view.n_items < 16) {
		struct tg_item *it = &view.items[view.n_items];
		*it = (struct tg_item){.kind = (enum tg_item_kind)(view.n_items % 11), .focusable = true};
		it->label = it->value = it->hint = it->error = it->mark = it->number = p;
		it->cursor = strlen(p) / 2;
		it->max_chars = (int)view.n_items * 3;
		it->locked = view.n_items % 3 == 1;
		view.n_items++;
		p += strlen(p) + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n < 4 || n > 4096)
		return 0;
	must(n_test_views > 0); /* brings the hand-made words of views.c in, so that no catalogue is needed */
	check_keys(data, n);
	char *text = malloc(n + 1);
	if (!text)
		return 0;
	memcpy(text, data + 3, n - 3);
	text[n - 3] = '\0';
	for (size_t i = 0; i < n - 3; i++)
		if (data[i + 3] == 0xFF)
			text[i] = '\0';
	fill_view(text, text + n - 3);
	view.focus = (int)(data[2] % 17) - 1;
	view.modal = data[2] & 0x80;
	if (tg_layout_set(&layout, &view, NULL, 40 + data[0] % 90, 10 + data[1] % 30, TG_LAYOUT_FOCUS))
		check_cells();
	free(text);
	return 0;
}
