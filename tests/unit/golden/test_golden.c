/* Golden screens: every screen in the four languages at four sizes, as text, beside a reviewed file (K-12, K-13, K-17,
 * P-1, P-3). TAMGA_UPDATE_GOLDEN=1 writes the files anew, TAMGA_UPDATE_GOLDEN=pin those whose name begins so: then each
 * difference is to be read before it is kept.
 *
 * A file holds one screen in one language: every size, and at each size every page that PageDown shows. */
#include "scenes.h"

#include "layout.h"
#include "tamga/text.h"
#include "tamga/ui.h"

#include <dirent.h>
#include <unistd.h>

#define GOLDEN_DIR TAMGA_TESTS_DIR "/golden"

static const struct {
	int columns, rows;
} sizes[] = {{120, 33}, {80, 24}, {64, 24}, {50, 18}};
#define N_SIZES (sizeof sizes / sizeof sizes[0])

static const struct scene *const lists[] = {golden_ways_scenes, golden_desk_scenes, golden_money_scenes,
        golden_advice_scenes, golden_medium_scenes, golden_choice_scenes, golden_form_scenes, golden_papers_scenes,
        golden_card_scenes, golden_end_scenes, golden_overlay_scenes, golden_cabinet_scenes, golden_document_scenes,
        golden_second_scenes};
#define N_LISTS (sizeof lists / sizeof lists[0])

static struct flow flow;
static struct tg_layout layout;

typedef void scene_fn(const struct scene *scene, enum tg_lang lang);

static void each_scene(scene_fn *fn)
{
	for (size_t i = 0; i < N_LISTS; i++)
		for (const struct scene *scene = lists[i]; scene->name; scene++) {
			flow_begin(&flow, flow_shipped());
			scene->make(&flow);
			assert_int_equal(flow.bugs, 0);
			for (int l = 0; l < TG_LANG_COUNT; l++) {
				flow.s.lang = (enum tg_lang)l;
				tg_flow_view(&flow.config, &flow.s, &flow.view);
				fn(scene, (enum tg_lang)l);
			}
		}
}

static void lay(const struct tg_view *v, size_t size, int top)
{
	assert_true(tg_layout_set(&layout, v, flow_sentences(), sizes[size].columns, sizes[size].rows, top));
}

/* What the person sees on coming here; a question lies over the screen that it asks about. */
static void lay_first(size_t size)
{
	if (flow.s.overlay != TG_OVERLAY_NONE) {
		static struct tg_view under;
		struct tg_flow_state s = flow.s;
		s.overlay = TG_OVERLAY_NONE;
		tg_flow_view(&flow.config, &s, &under);
		lay(&under, size, TG_LAYOUT_FOCUS);
	}
	lay(&flow.view, size, TG_LAYOUT_FOCUS);
}

/* The page after the present one, as the ui turns it. False at the end. */
static bool turn(size_t size)
{
	if (!layout.below)
		return false;
	int next = layout.top + layout.seen - 1, last = layout.page.rows - layout.seen;
	lay(&flow.view, size, next < last ? next : last);
	return true;
}

static void add_screen(struct tg_buf *out, size_t size, int page)
{
	tg_buf_addf(out, "=== %dx%d page %d", sizes[size].columns, sizes[size].rows, page);
	if (page == 1)
		tg_buf_addf(out, " cursor %d:%d", layout.screen.cursor_row + 1, layout.screen.cursor_col + 1);
	tg_buf_add_str(out, "\n");
	tg_grid_text(&layout.screen, out);
}

static void all_sizes(struct tg_buf *out)
{
	for (size_t k = 0; k < N_SIZES; k++) {
		lay_first(k);
		int page = 1;
		add_screen(out, k, page);
		while (turn(k))
			add_screen(out, k, ++page);
	}
	assert_false(out->failed);
}

/* ---- the files ---- */

static unsigned different, compared;

static void path_of(const struct scene *scene, enum tg_lang lang, char path[256])
{
	(void)snprintf(path, 256, GOLDEN_DIR "/%s.%s.txt", scene->name, tg_lang_code(lang));
}

static void write_file(const char *path, const struct tg_buf *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text->data, 1, text->len, file), text->len);
	assert_int_equal(fclose(file), 0);
}

static void read_file(const char *path, struct tg_buf *out)
{
	char block[4096];
	FILE *file = fopen(path, "r");
	if (!file)
		return; /* an empty expectation never fits */
	for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
		tg_buf_add(out, block, n);
	(void)fclose(file);
}

static void tell_first_difference(const char *path, const char *want, const char *got)
{
	unsigned line = 1;
	size_t start = 0, i = 0;
	for (; want[i] == got[i] && got[i] != '\0'; i++)
		if (got[i] == '\n')
			line++, start = i + 1;
	print_error("%s:%u:\n  want: %.*s\n  is:   %.*s\n", path, line, (int)strcspn(want + start, "\n"), want + start,
	        (int)strcspn(got + start, "\n"), got + start);
}

static void compare(const struct scene *scene, enum tg_lang lang)
{
	char path[256];
	struct tg_buf got = TG_BUF_INIT, want = TG_BUF_INIT;
	path_of(scene, lang, path);
	all_sizes(&got);
	const char *update = getenv("TAMGA_UPDATE_GOLDEN");
	if (update && (strcmp(update, "1") == 0 || strncmp(update, scene->name, strlen(update)) == 0))
		write_file(path, &got);
	read_file(path, &want);
	compared++;
	if (strcmp(tg_buf_str(&want), tg_buf_str(&got)) != 0) {
		different++;
		tell_first_difference(path, tg_buf_str(&want), tg_buf_str(&got));
	}
	tg_buf_finish(&got);
	tg_buf_finish(&want);
}

static void P_1_P_3_every_screen_is_as_it_was_reviewed(void **state)
{
	(void)state;
	different = compared = 0;
	each_scene(compare);
	assert_true(compared > 250);
	if (different > 0)
		fail_msg("%u screens differ; when that is wanted: TAMGA_UPDATE_GOLDEN=1, and read the difference",
		        different);
}

/* ---- nothing is cut ---- */

/* A space that does not break is painted as any other, and what it joins stands on one row. */
static void without_no_break(char *word)
{
	for (char *at; (at = strstr(word, "\u00A0"));) {
		*at = ' ';
		memmove(at + 1, at + 2, strlen(at + 2) + 1);
	}
}

/* Lines break only between words here, so a word stands in one piece. */
static void words_are_in(const char *text, const char *seen, const struct scene *scene, size_t size)
{
	for (const char *p = text; p && *p;) {
		char word[256];
		size_t n = strcspn(p, " \n");
		(void)snprintf(word, sizeof word, "%.*s", (int)n, p);
		without_no_break(word);
		if (!strstr(seen, word))
			fail_msg("%s at %dx%d: \"%s\" of \"%s\" is not to be seen", scene->name, sizes[size].columns,
			        sizes[size].rows, word, text);
		p += n + (p[n] != '\0');
	}
}

static void see_all_pages(size_t size, struct tg_buf *seen)
{
	lay(&flow.view, size, 0);
	do
		tg_grid_text(&layout.screen, seen);
	while (turn(size));
}

static void surroundings_are_in(const char *seen, const struct scene *scene, size_t size)
{
	const struct tg_view *v = &flow.view;
	const char *const around[] = {v->title, v->trail, v->banner, v->status, v->countdown};
	for (size_t i = 0; i < sizeof around / sizeof around[0]; i++)
		words_are_in(around[i], seen, scene, size);
	for (unsigned i = 0; i < v->n_keys; i++)
		words_are_in(v->keys[i].label, seen, scene, size);
}

static void item_is_in(const struct tg_item *it, const char *seen, const struct scene *scene, size_t size)
{
	words_are_in(it->number, seen, scene, size);
	words_are_in(it->label, seen, scene, size);
	words_are_in(it->mark, seen, scene, size);
	words_are_in(it->error, seen, scene, size);
	if (it->kind != TG_ITEM_FIELD) /* an answer that is typed may break at the edge of its box */
		words_are_in(it->value, seen, scene, size);
}

/* The focus moved through all items: each is whole in the window that comes up for it, with its hint. */
static void each_focus_is_whole(const struct scene *scene, size_t size)
{
	struct tg_view *v = &flow.view;
	int own = v->focus;
	for (unsigned i = 0; i < v->n_items; i++) {
		if (!v->items[i].focusable)
			continue;
		struct tg_buf seen = TG_BUF_INIT;
		v->focus = (int)i;
		lay(v, size, TG_LAYOUT_FOCUS);
		tg_grid_text(&layout.screen, &seen);
		item_is_in(&v->items[i], tg_buf_str(&seen), scene, size);
		words_are_in(v->items[i].hint, tg_buf_str(&seen), scene, size);
		tg_buf_finish(&seen);
	}
	v->focus = own;
}

static void nothing_is_cut(const struct scene *scene, enum tg_lang lang)
{
	(void)lang;
	for (size_t k = 0; k < N_SIZES; k++) {
		struct tg_buf seen = TG_BUF_INIT;
		see_all_pages(k, &seen);
		surroundings_are_in(tg_buf_str(&seen), scene, k);
		for (unsigned i = 0; i < flow.view.n_items; i++)
			item_is_in(&flow.view.items[i], tg_buf_str(&seen), scene, k);
		tg_buf_finish(&seen);
		each_focus_is_whole(scene, k);
	}
	compared++;
}

static void P_3_nothing_is_cut_at_any_size(void **state)
{
	(void)state;
	compared = 0;
	each_scene(nothing_is_cut);
	assert_true(compared > 250);
}

/* ---- the top is seen first ---- */

/* A list that one walks through: its beginning is seen while its first line has the focus. */
static bool is_a_list(void)
{
	static const bool lists_at[TG_STAGE_COUNT] = {[TG_STAGE_FORM] = true,
	        [TG_STAGE_QUESTIONS] = true,
	        [TG_STAGE_PICK] = true,
	        [TG_STAGE_DOCUMENTS] = true,
	        [TG_STAGE_REVIEW] = true,
	        [TG_STAGE_CONSENT] = true,
	        [TG_STAGE_DEVICES] = true,
	        [TG_STAGE_COMPANY] = true,
	        [TG_STAGE_CERTIFICATES] = true,
	        [TG_STAGE_DESK_QUEUE] = true,
	        [TG_STAGE_DESK_APPLICATION] = true,
	        [TG_STAGE_DESK_DECIDE] = true,
	        [TG_STAGE_DESK_COMPLAINT] = true,
	        [TG_STAGE_DESK_CALLBACK] = true,
	        [TG_STAGE_ADVISER] = true,
	        [TG_STAGE_COMPANIES] = true,
	        [TG_STAGE_PENDING] = true,
	        [TG_STAGE_REQUEST] = true,
	        [TG_STAGE_ABOUT] = true,
	        [TG_STAGE_HOME] = true};
	return flow.s.overlay == TG_OVERLAY_NONE && lists_at[flow.s.stage];
}

static bool may_be_turned(size_t size)
{
	bool list = is_a_list() || (flow.s.stage == TG_STAGE_WORKING && flow.s.overlay == TG_OVERLAY_NONE);
	bool desk_list = flow.s.stage == TG_STAGE_DESK_QUEUE || flow.s.stage == TG_STAGE_DESK_APPLICATION ||
	                 flow.s.stage == TG_STAGE_DESK_DECIDE || flow.s.stage == TG_STAGE_DESK_COMPLAINT ||
	                 flow.s.stage == TG_STAGE_DESK_CALLBACK;
	bool endless = list && (desk_list || flow.s.stage == TG_STAGE_FORM || flow.s.stage == TG_STAGE_REVIEW ||
	                               flow.s.stage == TG_STAGE_QUESTIONS || flow.s.stage == TG_STAGE_DOCUMENTS ||
	                               flow.s.stage == TG_STAGE_PICK || flow.s.stage == TG_STAGE_COMPANY ||
	                               flow.s.stage == TG_STAGE_PENDING || flow.s.stage == TG_STAGE_REQUEST ||
	                               flow.s.stage == TG_STAGE_ABOUT || flow.s.stage == TG_STAGE_CERTIFICATES ||
	                               flow.s.stage == TG_STAGE_HOME);
	return endless || sizes[size].rows < 24 || sizes[size].columns < 80;
}

static void focus_on_first(struct tg_view *v)
{
	for (unsigned i = 0; i < v->n_items; i++)
		if (v->items[i].focusable) {
			v->focus = (int)i;
			return;
		}
}

/* What chip or program have filled stands before the first question and is not walked through. */
static bool begins_locked(void)
{
	const struct tg_view *v = &flow.view;
	for (unsigned i = 0; i < v->n_items && !v->items[i].focusable; i++)
		if (v->items[i].locked &&
		        (v->items[i].mark || v->items[i].kind == TG_ITEM_FIELD || v->items[i].kind == TG_ITEM_ANSWER))
			return true;
	return false;
}

static bool top_is_right(size_t size)
{
	if (layout.above && is_a_list() && begins_locked())
		return may_be_turned(size);
	if (layout.above && flow.s.stage == TG_STAGE_WORKING)
		return may_be_turned(size); /* the window goes with the work */
	return !layout.above && (!layout.below || may_be_turned(size));
}

static void the_top_is_first(const struct scene *scene, enum tg_lang lang)
{
	if (flow.s.stage == TG_STAGE_FORM && flow.s.overlay == TG_OVERLAY_NONE && flow.s.notice != TG_OK)
		return; /* the person was led to the answer that is wrong */
	if (is_a_list())
		focus_on_first(&flow.view);
	for (size_t k = 0; k < N_SIZES; k++) {
		lay_first(k);
		compared++;
		if (top_is_right(k))
			continue;
		different++;
		print_error("%s.%s at %dx%d: %d rows, %d seen, from row %d\n", scene->name, tg_lang_code(lang),
		        sizes[k].columns, sizes[k].rows, layout.page.rows, layout.seen, layout.top);
	}
}

/* On coming to a screen its beginning is in sight; from 80 × 24 on the whole of it, but for the form and its review. */
static void P_3_the_top_of_every_screen_is_seen_first(void **state)
{
	(void)state;
	different = compared = 0;
	each_scene(the_top_is_first);
	assert_true(compared > 1000);
	assert_int_equal(different, 0);
}

/* ---- training ---- */

static void training_is_told(const struct scene *scene, enum tg_lang lang)
{
	const char *told = tg_text(flow_sentences(), lang, "banner.sandbox");
	for (size_t k = 0; k < N_SIZES; k++) {
		struct tg_buf seen = TG_BUF_INIT;
		lay_first(k);
		tg_grid_text(&layout.screen, &seen);
		if (!strstr(tg_buf_str(&seen), told))
			fail_msg("%s.%s: \"%s\" is not on it", scene->name, tg_lang_code(lang), told);
		tg_buf_finish(&seen);
		compared++;
	}
}

static void K_17_training_is_on_every_screen(void **state)
{
	(void)state;
	compared = 0;
	each_scene(training_is_told);
	assert_true(compared > 1000);
}

/* ---- nothing is forgotten ---- */

static bool stages_seen[TG_STAGE_COUNT], overlays_seen[TG_OVERLAY_COUNT];

static void note_stage(const struct scene *scene, enum tg_lang lang)
{
	char path[256];
	path_of(scene, lang, path);
	if (access(path, R_OK) != 0)
		fail_msg("%s is missing", path);
	compared++;
	stages_seen[flow.s.stage] = true;
	overlays_seen[flow.s.overlay] = true;
}

static unsigned files_there(void)
{
	unsigned n = 0;
	DIR *dir = opendir(GOLDEN_DIR);
	assert_non_null(dir);
	for (const struct dirent *e; (e = readdir(dir));)
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

static void every_stage_and_question_has_its_screens(void **state)
{
	(void)state;
	compared = 0;
	each_scene(note_stage);
	for (int i = 0; i < TG_STAGE_COUNT; i++)
		if (!stages_seen[i])
			fail_msg("no screen of %s", tg_sm_name(&tg_stage_machine, i));
	for (int i = 0; i < TG_OVERLAY_COUNT; i++)
		assert_true(overlays_seen[i]);
	assert_int_equal(files_there(), compared); /* no file of a screen that there is no more */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(P_3_nothing_is_cut_at_any_size),
	        cmocka_unit_test(P_3_the_top_of_every_screen_is_seen_first),
	        cmocka_unit_test(K_17_training_is_on_every_screen),
	        cmocka_unit_test(P_1_P_3_every_screen_is_as_it_was_reviewed),
	        cmocka_unit_test(every_stage_and_question_has_its_screens),
	};
	int failed = cmocka_run_group_tests_name("golden", tests, flow_group_setup, flow_group_teardown);
	tg_layout_finish(&layout);
	return failed;
}
