/* Screens as a person sees them: nothing cut, the focus whole and visible, the cursor on it, at every size (P-3). What
 * is expected comes from the view's own words, not from the layout. */
#include "views.h"

#include "layout.h"
#include "tamga/text.h"
#include "tamga/ui.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
	int columns, rows;
} sizes[] = {{120, 33}, {100, 30}, {80, 25}, {80, 24}, {64, 24}, {50, 18}};
#define N_SIZES (sizeof sizes / sizeof sizes[0])

static struct tg_view view;
static struct tg_layout layout;

/* Letters and digits only: what wrapping, boxes and marks do not change. */
static void squeeze(const char *s, struct tg_buf *out)
{
	const char *end = s + strlen(s);
	while (s < end) {
		char bytes[4];
		uint32_t cp = tg_utf8_next(&s, end);
		bool letter = (cp >= '0' && cp <= '9') || (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z') ||
		              (cp >= 0x300 && cp < 0x530 && cp != 0x482) || (cp >= 0x4E00 && cp < 0xA000);
		if (letter)
			tg_buf_add(out, bytes, tg_utf8_put(cp, bytes));
	}
}

/* Every word of `text` stands in `screen`; both squeezed, so a word that had to be broken is found, too. */
static void assert_words(const char *screen, const char *text, const char *what)
{
	struct tg_buf word = TG_BUF_INIT;
	const char *p = text;
	while (p && *p) {
		size_t n = strcspn(p, " ");
		char part[256];
		snprintf(part, sizeof part, "%.*s", (int)n, p);
		tg_buf_reset(&word);
		squeeze(part, &word);
		if (!strstr(screen, tg_buf_str(&word)))
			fail_msg("%s: '%s' is not on the screen", what, tg_buf_str(&word));
		p += n + (p[n] == ' ');
	}
	tg_buf_finish(&word);
}

static void rows_text(int from, int to, int left, int right, struct tg_buf *out)
{
	for (int r = from; r < to; r++) {
		const struct tg_cell *c = tg_grid_row(&layout.screen, r);
		for (int x = left; c && x < right; x++) {
			char bytes[4];
			if (!c[x].width)
				continue;
			tg_buf_add(out, bytes, tg_utf8_put(c[x].cp, bytes));
			if (c[x].marks[0])
				tg_buf_add(out, bytes, tg_utf8_put(c[x].marks[0], bytes));
		}
		tg_buf_add_str(out, "\n");
	}
}

/* Labels and answers stand in columns of their own, so the words of each are looked for in the whole window. */
static void assert_item_whole(const struct tg_item *it, const char *name)
{
	struct tg_buf raw = TG_BUF_INIT, left = TG_BUF_INIT;
	bool beside = layout.page.grid.columns >= 70;
	rows_text(0, layout.screen.rows, 0, layout.screen.columns, &raw);
	squeeze(tg_buf_str(&raw), &left);
	assert_words(tg_buf_str(&left), it->label, name);
	if (it->hint)
		assert_words(tg_buf_str(&left), it->hint, name);
	if (it->error)
		assert_words(tg_buf_str(&left), it->error, name);
	if (it->value && !beside) /* a long answer beside a label is broken over rows: only alone on its rows can it be
	                             read back */
		assert_words(tg_buf_str(&left), it->value, name);
	assert_false(raw.failed || left.failed);
	tg_buf_finish(&raw);
	tg_buf_finish(&left);
}

static bool harmless(const char *name)
{
	return strcmp(name, "hostile") != 0;
}

static void lay(int columns, int rows)
{
	assert_true(tg_layout_set(&layout, &view, NULL, columns, rows, TG_LAYOUT_FOCUS));
	assert_int_equal(layout.screen.columns, columns);
	assert_int_equal(layout.screen.rows, rows);
}

static void assert_focus_whole(const char *name, int columns, int rows)
{
	const struct tg_place *at = &layout.page.places[view.focus];
	if (at->row < layout.top || at->end > layout.top + layout.seen)
		fail_msg("%s at %dx%d: rows %d to %d of item %d, the window is %d to %d", name, columns, rows, at->row,
		        at->end, view.focus, layout.top, layout.top + layout.seen);
	int cursor = layout.page.grid.cursor_row;
	assert_true(cursor >= at->row && cursor < at->end);
	assert_in_range(layout.screen.cursor_row, 0, rows - 1);
	assert_in_range(layout.screen.cursor_col, 0, columns - 1);
	/* The screen shows at the cursor what the page has there. */
	const struct tg_cell *on_page = &tg_grid_row(&layout.page.grid, cursor)[layout.page.grid.cursor_col];
	const struct tg_cell *on_screen =
	        &tg_grid_row(&layout.screen, layout.screen.cursor_row)[layout.screen.cursor_col];
	assert_int_equal(on_page->cp, on_screen->cp);
	assert_int_equal(on_page->style, on_screen->style);
}

static void check_marks(int columns)
{
	struct tg_buf all = TG_BUF_INIT;
	tg_grid_text(&layout.screen, &all);
	assert_int_equal(strstr(tg_buf_str(&all), "PageDown") != NULL, layout.below);
	assert_int_equal(strstr(tg_buf_str(&all), "PageUp") != NULL, layout.above);
	const char *line = tg_buf_str(&all);
	while (*line) {
		size_t n = strcspn(line, "\n");
		char one[2048];
		snprintf(one, sizeof one, "%.*s", (int)n, line);
		assert_in_range(tg_text_columns(one), 0, columns);
		line += n + (line[n] == '\n');
	}
	tg_buf_finish(&all);
}

/* P-3: every focusable item of every view at every size. */
static void test_p3_focus_is_whole_at_every_size(void **state)
{
	(void)state;
	for (unsigned i = 0; i < n_test_views; i++)
		for (size_t k = 0; k < N_SIZES; k++) {
			test_views[i].make(&view);
			do {
				lay(sizes[k].columns, sizes[k].rows);
				check_marks(sizes[k].columns);
				if (view.focus < 0)
					break;
				assert_focus_whole(test_views[i].name, sizes[k].columns, sizes[k].rows);
				if (harmless(test_views[i].name))
					assert_item_whole(&view.items[view.focus], test_views[i].name);
			} while (test_view_move(&view, 1));
		}
}

/* What is not an item is never cut either. */
static void test_p3_surroundings_are_whole(void **state)
{
	(void)state;
	for (unsigned i = 0; i < n_test_views; i++)
		for (size_t k = 0; k < N_SIZES && harmless(test_views[i].name); k++) {
			struct tg_buf raw = TG_BUF_INIT, all = TG_BUF_INIT;
			test_views[i].make(&view);
			lay(sizes[k].columns, sizes[k].rows);
			rows_text(0, sizes[k].rows, 0, sizes[k].columns, &raw);
			squeeze(tg_buf_str(&raw), &all);
			assert_words(tg_buf_str(&all), view.title, "title");
			assert_words(tg_buf_str(&all), view.banner, "banner");
			assert_words(tg_buf_str(&all), view.status, "status");
			assert_words(tg_buf_str(&all), view.countdown, "countdown");
			for (unsigned j = 0; j < view.n_keys; j++)
				assert_words(tg_buf_str(&all), view.keys[j].label, "key");
			tg_buf_finish(&raw);
			tg_buf_finish(&all);
		}
}

/* P-3: long text pages: turning pages from the top shows every row once at least. */
static void test_p3_pages_show_everything(void **state)
{
	(void)state;
	for (unsigned i = 0; i < n_test_views; i++)
		for (size_t k = 0; k < N_SIZES; k++) {
			test_views[i].make(&view);
			int top = 0, turns = 0;
			do {
				assert_true(tg_layout_set(&layout, &view, NULL, sizes[k].columns, sizes[k].rows, top));
				assert_int_equal(layout.top, top);
				assert_true(layout.seen >= 2);
				assert_in_range(layout.screen.cursor_row, 0, sizes[k].rows - 1);
				if (layout.below)
					top = layout.top + layout.seen - 1 < layout.page.rows - layout.seen
					              ? layout.top + layout.seen - 1
					              : layout.page.rows - layout.seen;
			} while (layout.below && ++turns < 200);
			assert_true(turns < 200);
			assert_true(layout.top + layout.seen >= layout.page.rows);
		}
}

/* K-17 */
static void test_k17_training_is_on_every_screen(void **state)
{
	(void)state;
	for (unsigned i = 0; i < n_test_views; i++)
		for (size_t k = 0; k < N_SIZES; k++) {
			struct tg_buf all = TG_BUF_INIT;
			test_views[i].make(&view);
			lay(sizes[k].columns, sizes[k].rows);
			tg_grid_text(&layout.screen, &all);
			assert_int_equal(strstr(tg_buf_str(&all), "ОҚУ РЕЖИМІ") != NULL, view.banner != NULL);
			tg_buf_finish(&all);
		}
}

/* No byte that could steer a terminal comes out of layout, whatever goes in. */
static void test_foreign_text_cannot_steer_the_terminal(void **state)
{
	(void)state;
	test_views[9].make(&view);
	assert_string_equal(test_views[9].name, "hostile");
	for (size_t k = 0; k < N_SIZES; k++) {
		lay(sizes[k].columns, sizes[k].rows);
		for (int r = 0; r < sizes[k].rows; r++)
			for (int x = 0; x < sizes[k].columns; x++) {
				const struct tg_cell *c = &tg_grid_row(&layout.screen, r)[x];
				assert_true(c->cp >= 0x20 && !(c->cp >= 0x7F && c->cp < 0xA0));
				assert_false(c->cp >= 0x200B && c->cp <= 0x200F);
				assert_false(c->cp >= 0x202A && c->cp <= 0x202E);
				assert_int_not_equal(c->cp, 0xFEFF);
			}
	}
}

static void test_small_terminal_asks_in_four_languages(void **state)
{
	static const struct {
		int columns, rows;
	} small[] = {{49, 18}, {50, 17}, {40, 17}, {120, 10}};
	(void)state;
	test_views[1].make(&view);
	for (size_t k = 0; k < 4; k++) {
		struct tg_buf all = TG_BUF_INIT;
		lay(small[k].columns, small[k].rows);
		tg_grid_text(&layout.screen, &all);
		assert_non_null(strstr(tg_buf_str(&all), "Терезе тым"));
		assert_non_null(strstr(tg_buf_str(&all), "Терезе өтө"));
		assert_non_null(strstr(tg_buf_str(&all), "Окно слишком"));
		assert_non_null(strstr(tg_buf_str(&all), "The window"));
		assert_null(strstr(tg_buf_str(&all), "Айгүл"));
		tg_buf_finish(&all);
	}
	for (int columns = 1; columns < 52; columns += 3)
		for (int rows = 1; rows < 20; rows += 2) {
			lay(columns, rows);
			assert_in_range(layout.screen.cursor_row, 0, rows - 1);
		}
}

/* The edit position in the box, counted by hand: gutter 2, box indent 2, bracket 1. */
static void test_cursor_stands_at_the_edit_position(void **state)
{
	(void)state;
	memset(&view, 0, sizeof view);
	view.items[0] = (struct tg_item){
	        .kind = TG_ITEM_FIELD, .focusable = true, .label = "Аты", .value = "Айгүл", .max_chars = 8};
	view.n_items = 1;
	static const struct {
		size_t cursor;
		int col;
	} at[] = {{0, 5}, {2, 6}, {10, 10}};
	for (size_t k = 0; k < 3; k++) {
		view.items[0].cursor = at[k].cursor;
		lay(50, 18);
		assert_int_equal(layout.screen.cursor_col, at[k].col);
		assert_int_equal(layout.screen.cursor_row, 4); /* title, line, free row, label, box */
	}
	view.items[0].value = "12345678901234567890"; /* nine columns: rows of 9, 9, 2 */
	view.items[0].cursor = 20;
	lay(50, 18);
	assert_int_equal(layout.screen.cursor_row, 6);
	assert_int_equal(layout.screen.cursor_col, 7);
	view.items[0].value = "123456789";
	view.items[0].cursor = 9; /* full row: the cursor is on the next one, inside the box */
	lay(50, 18);
	assert_int_equal(layout.screen.cursor_row, 5);
	assert_int_equal(layout.screen.cursor_col, 5);
}

/* One answer a row; the cursor is where the next letter goes, also behind a full row and on an empty one (NCA-A7). */
static void test_a_list_has_one_answer_a_row(void **state)
{
	(void)state;
	memset(&view, 0, sizeof view);
	view.n_items = 1;
	view.items[0] = (struct tg_item){.kind = TG_ITEM_FIELD, .focusable = true, .label = "l", .max_chars = 8};
	static const struct {
		const char *value;
		size_t cursor;
		int row, col;
	} at[] = {{"ab\ncd", 0, 4, 5}, {"ab\ncd", 2, 4, 7}, {"ab\ncd", 3, 5, 5}, {"ab\ncd", 5, 5, 7}, {"ab\n", 3, 5, 5},
	        {"123456789\nb", 9, 4, 13}, {"123456789\nb", 10, 5, 5}, {"a\n\nb", 2, 5, 5}, {"a\n\nb", 3, 6, 5}};
	for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
		view.items[0].value = at[i].value;
		view.items[0].cursor = at[i].cursor;
		lay(50, 18);
		if (layout.screen.cursor_row != at[i].row || layout.screen.cursor_col != at[i].col)
			fail_msg("row %zu: %d, %d", i, layout.screen.cursor_row, layout.screen.cursor_col);
	}
}

static void test_pin_shows_only_how_many(void **state)
{
	(void)state;
	struct tg_buf all = TG_BUF_INIT;
	memset(&view, 0, sizeof view);
	view.items[0] = (struct tg_item){.kind = TG_ITEM_PIN,
	        .focusable = true,
	        .label = "PIN",
	        .value = "123456",
	        .pin_characters = 3,
	        .max_chars = 16};
	view.n_items = 1;
	lay(80, 24);
	tg_grid_text(&layout.screen, &all);
	assert_non_null(strstr(tg_buf_str(&all), "[***              ]"));
	assert_null(strstr(tg_buf_str(&all), "123"));
	tg_buf_finish(&all);
}

/* A question laid over the screen: the box is whole, what is under it is dimmed. */
static void test_modal_is_a_box_over_the_dimmed_screen(void **state)
{
	(void)state;
	test_views[1].make(&view);
	lay(80, 24);
	test_views[6].make(&view);
	lay(80, 24);
	struct tg_buf all = TG_BUF_INIT;
	tg_grid_text(&layout.screen, &all);
	assert_non_null(strstr(tg_buf_str(&all), "┌────"));
	assert_non_null(strstr(tg_buf_str(&all), "────┘"));
	assert_non_null(strstr(tg_buf_str(&all), "Тоқтатасыз ба?"));
	assert_non_null(strstr(tg_buf_str(&all), "Барлық жолды")); /* of the form under it */
	tg_buf_finish(&all);
	unsigned dim = 0, bright = 0;
	for (int x = 0; x < 80; x++) {
		dim += tg_grid_row(&layout.screen, 4)[x].style == TG_STYLE_DIM;
		bright += tg_grid_row(&layout.screen, layout.screen.cursor_row)[x].style == TG_STYLE_FOCUS;
	}
	assert_true(dim == 80);
	assert_true(bright > 20);
}

/* Only letters that the console fonts for Kazakh and Kyrgyz have (CyrAsia) stand in our own decoration. */
static void test_decoration_is_in_the_console_font(void **state)
{
	(void)state;
	for (unsigned i = 0; i < n_test_views; i++) {
		test_views[i].make(&view);
		lay(80, 24);
		for (int r = 0; r < 24; r++)
			for (int x = 0; x < 80; x++) {
				uint32_t cp = tg_grid_row(&layout.screen, r)[x].cp;
				if (cp >= 0x2500 && cp < 0x2800)
					assert_true(cp == 0x2500 || cp == 0x2502 || cp == 0x250C || cp == 0x2510 ||
					            cp == 0x2514 || cp == 0x2518);
			}
	}
}

static void test_forgetting_leaves_no_letter(void **state)
{
	(void)state;
	test_views[5].make(&view);
	lay(120, 33);
	struct tg_cell *page = layout.page.grid.cells, *under = layout.under.cells;
	size_t n_page = layout.page.grid.room, n_under = layout.under.room;
	tg_layout_forget(&layout);
	for (size_t i = 0; i < n_page; i++)
		assert_int_equal(page[i].cp, 0);
	for (size_t i = 0; i < n_under; i++)
		assert_int_equal(under[i].cp, 0);
}

static int finish(void **state)
{
	(void)state;
	tg_layout_finish(&layout);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_p3_focus_is_whole_at_every_size),
	        cmocka_unit_test(test_p3_surroundings_are_whole),
	        cmocka_unit_test(test_p3_pages_show_everything),
	        cmocka_unit_test(test_k17_training_is_on_every_screen),
	        cmocka_unit_test(test_foreign_text_cannot_steer_the_terminal),
	        cmocka_unit_test(test_small_terminal_asks_in_four_languages),
	        cmocka_unit_test(test_cursor_stands_at_the_edit_position),
	        cmocka_unit_test(test_a_list_has_one_answer_a_row),
	        cmocka_unit_test(test_pin_shows_only_how_many),
	        cmocka_unit_test(test_modal_is_a_box_over_the_dimmed_screen),
	        cmocka_unit_test(test_decoration_is_in_the_console_font),
	        cmocka_unit_test(test_forgetting_leaves_no_letter),
	};
	return cmocka_run_group_tests(tests, NULL, finish);
}
