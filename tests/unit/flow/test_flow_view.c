/* Every screen of every stage in the four languages: nothing missing, nothing overflowing, the cursor on something.
 * K-12, P-1, P-3. */
#include "flow_fixture.h"

static unsigned painted;

static void no_missing(const char *s, void *ctx)
{
	(void)ctx;
	const char *open = strchr(s, '<');
	if (open && strchr(open, '>'))
		fail_msg("a sentence is missing: %s", s);
	assert_null(strchr(s, '{')); /* no place left unfilled */
}

static unsigned focusable(const struct tg_view *v)
{
	unsigned n = 0;
	for (unsigned i = 0; i < v->n_items; i++)
		n += v->items[i].focusable;
	return n;
}

static void paint_in_all_languages(struct flow *f)
{
	enum tg_lang own = f->s.lang;
	for (int l = 0; l < TG_LANG_COUNT; l++) {
		f->s.lang = (enum tg_lang)l;
		tg_flow_view(&f->config, &f->s, &f->view);
		flow_view_strings(&f->view, no_missing, NULL);
		assert_true(f->view.n_items > 0 && f->view.n_items < TG_VIEW_ITEMS);
		assert_true(f->view.arena_used < TG_VIEW_ARENA * 9 / 10);
		assert_non_null(f->view.title);
		assert_true(f->view.title[0] != '\0');
		if (focusable(&f->view) > 0)
			assert_true(f->view.focus >= 0 && f->view.items[f->view.focus].focusable);
		else
			assert_int_equal(f->view.focus, -1);
		painted++;
	}
	f->s.lang = own;
}

static void with_overlays(struct flow *f)
{
	paint_in_all_languages(f);
	for (int o = TG_OVERLAY_CANCEL; o < TG_OVERLAY_COUNT; o++) {
		f->s.overlay = (enum tg_overlay)o;
		f->s.overlay_focus = 0;
		f->s.warn_until_ms = f->s.now_ms + 20000;
		paint_in_all_languages(f);
	}
	f->s.overlay = TG_OVERLAY_NONE;
	f->s.warn_until_ms = 0;
}

static void p1_every_stage_in_every_language(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	f.token.document = true;
	for (int stage = TG_STAGE_IDLE; stage <= TG_STAGE_RESULT; stage++) {
		if (!flow_on_the_way((enum tg_stage)stage))
			continue;
		flow_walk(&f, (enum tg_stage)stage);
		if (stage == TG_STAGE_IDLE)
			paint_in_all_languages(&f);
		else
			with_overlays(&f);
	}
	f.s.stage = TG_STAGE_SUBMITTING;
	paint_in_all_languages(&f);
	f.s.stage = TG_STAGE_WIPING;
	paint_in_all_languages(&f);
	assert_true(painted > 200);
}

/* K-12: whatever can go wrong has its sentences on every screen that may have to show it. */
static void k12_every_status_on_every_screen_that_can_show_it(void **state)
{
	(void)state;
	static const enum tg_stage stages[] = {TG_STAGE_WAITING, TG_STAGE_FAILURE, TG_STAGE_OUT_OF_SERVICE,
	        TG_STAGE_PIN, TG_STAGE_RESUME, TG_STAGE_CARRIER, TG_STAGE_PROVIDER, TG_STAGE_RESULT, TG_STAGE_IDLE};
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_walk(&f, TG_STAGE_RESULT);
	enum tg_status status;
	for (size_t i = 0; tg_status_each(i, &status); i++)
		for (size_t k = 0; k < sizeof stages / sizeof stages[0]; k++) {
			if (status == TG_OK)
				continue;
			f.s.stage = stages[k];
			f.s.failure = f.s.notice = f.s.services = f.s.receipt.status = f.s.token.status = status;
			f.s.receipt.done = f.s.receipt.busy = false;
			paint_in_all_languages(&f);
		}
}

static void variants_of_the_pin_screen(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_walk(&f, TG_STAGE_PIN);
	for (int i = 0; i < 32; i++) {
		f.s.token.tries_left = i & 1 ? -1 : 3;
		f.s.token.final_try = i & 2;
		f.s.token.pin_pad = i & 4;
		f.s.undoing = i & 8;
		f.s.token.tries_low = i & 16;
		paint_in_all_languages(&f);
	}
	f.s.asked.token = 1;
	paint_in_all_languages(&f);
}

/* The longest answers and every error at once still fit, and nothing is cut in the middle of a letter. */
static void k13_the_fullest_form_fits(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_to_typed_form(&f); /* where no chip has answered, every question is asked */
	const struct tg_form *form = f.s.kind->form;
	for (unsigned i = 0; i < form->n_fields; i++) {
		struct tg_answer *a = &f.s.answers[i];
		for (size_t k = 0; k + 2 < sizeof a->value; k += 2)
			memcpy(a->value + k, "Ә", 3);
		memcpy(a->mend, a->value, sizeof a->mend);
		a->error = "rule.iin.check-digit";
	}
	f.s.notice = TG_INVALID;
	for (f.s.focus = 0; f.s.focus <= 9; f.s.focus++) { /* nine questions and the button */
		tg_flow_view(&f.config, &f.s, &f.view);
		assert_true(f.view.arena_used <= TG_VIEW_ARENA);
		assert_true(f.view.focus >= 0);
	}
}

/* The biggest form that the loader takes (TG_FORM_FIELDS_MAX) with every error at once. */
static void k13_forty_fields_with_errors_fit(void **state)
{
	(void)state;
	static struct tg_field fields[TG_FORM_FIELDS_MAX];
	for (unsigned i = 0; i < TG_FORM_FIELDS_MAX; i++)
		fields[i] = (struct tg_field){
		        .id = "f", .number = "X.1", .kind = TG_FIELD_TEXT, .label = "help.title", .person = true};
	const struct tg_form form = {
	        .id = "big", .code = "X", .title = "help.title", .fields = fields, .n_fields = TG_FORM_FIELDS_MAX};
	const struct tg_kind kind = {.id = "k", .label = "help.title", .form = &form};
	static struct flow f;
	flow_begin(&f, &flow_small);
	f.s.provider = &flow_small.providers[1];
	f.s.service = &f.s.provider->services[1];
	f.s.kind = &kind;
	for (unsigned i = 0; i < TG_FORM_FIELDS_MAX; i++) {
		memset(f.s.answers[i].value, 'x', TG_VALUE_MAX - 1);
		memset(f.s.answers[i].mend, 'y', TG_VALUE_MAX - 1);
		f.s.answers[i].error = "form.required-missing";
	}
	static const enum tg_stage stages[] = {TG_STAGE_FORM, TG_STAGE_REVIEW};
	for (size_t k = 0; k < 2; k++)
		for (f.s.focus = 0; f.s.focus <= TG_FORM_FIELDS_MAX; f.s.focus++) {
			f.s.stage = stages[k];
			paint_in_all_languages(&f);
			assert_int_equal(focusable(&f.view), TG_FORM_FIELDS_MAX + 1);
		}
}

static void listed_in_all_languages(const char *id, void *ctx)
{
	unsigned *n = ctx;
	(*n)++;
	for (int l = 0; l < TG_LANG_COUNT; l++)
		if (!tg_text_has(flow_sentences(), (enum tg_lang)l, id))
			fail_msg("%s has no sentence in %s", id, tg_lang_code((enum tg_lang)l));
}

static void p1_every_listed_message_is_translated(void **state)
{
	(void)state;
	unsigned n = 0;
	tg_flow_messages(listed_in_all_languages, &n);
	assert_true(n > 250);
}

/* F1 leads nowhere without a sentence: every stage that a person stands at has its own. */
static void p3_every_stage_has_its_help(void **state)
{
	(void)state;
	for (int stage = 0; stage < TG_STAGE_COUNT; stage++) {
		char id[64];
		if (stage == TG_STAGE_WIPING || stage == TG_STAGE_OUT_OF_SERVICE)
			continue;
		(void)snprintf(id, sizeof id, "help.%s", tg_sm_name(&tg_stage_machine, stage));
		unsigned n = 0;
		listed_in_all_languages(id, &n);
	}
}

/* The four languages must differ, or the table was filled with copies. */
static void p1_languages_are_not_copies_of_each_other(void **state)
{
	(void)state;
	static const char *const ids[] = {"cancel.text", "pin.last-try", "carrier.insert", "resume.text", "help.form"};
	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
		for (int a = 0; a < TG_LANG_COUNT; a++)
			for (int b = a + 1; b < TG_LANG_COUNT; b++)
				assert_string_not_equal(tg_text(flow_sentences(), (enum tg_lang)a, ids[i]),
				        tg_text(flow_sentences(), (enum tg_lang)b, ids[i]));
}

static void keys_come_from_the_one_list(void **state)
{
	(void)state;
	assert_string_equal(tg_action_key(TG_ACTION_CANCEL), "F10");
	assert_string_equal(tg_action_label(TG_ACTION_BACK), "action.back");
	assert_string_equal(tg_action_key(TG_ACTION_COUNT), "");
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_walk(&f, TG_STAGE_FORM);
	tg_flow_view(&f.config, &f.s, &f.view);
	static const enum tg_action want[] = {
	        TG_ACTION_ENTER, TG_ACTION_BACK, TG_ACTION_HELP, TG_ACTION_LANGUAGE, TG_ACTION_WHERE, TG_ACTION_CANCEL};
	assert_int_equal(f.view.n_keys, sizeof want / sizeof want[0]);
	for (unsigned i = 0; i < f.view.n_keys; i++)
		assert_int_equal(f.view.keys[i].action, want[i]);
}

/* P-3: "where am I" tells screen, step, question with its number, and the answer's state, and changes nothing. */
static void p3_where_am_i(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_keys(&f, "F3");
	assert_int_equal(f.s.overlay, TG_OVERLAY_NONE); /* nobody is there yet */
	flow_walk(&f, TG_STAGE_FORM);
	flow_to_field(&f, "given-name");
	flow_keys(&f, "'Айгүл F3");
	flow_see(&f, "Заполните заявление");
	flow_see(&f, "A1.4 Имя");
	flow_see(&f, "Айгүл");
	flow_see_id(&f, "where.required");
	assert_true(f.view.modal);
	flow_keys(&f, "F3");
	assert_int_equal(f.s.overlay, TG_OVERLAY_NONE);
	assert_string_equal(f.s.answers[flow_field(&f, "given-name")].value, "Айгүл");
	flow_keys(&f, "Tab F3");
	flow_see(&f, "A1.5");
	flow_see_id(&f, "where.no-answer");
	flow_see_id(&f, "where.optional");
	flow_keys(&f, "Esc");
	flow_at(&f, "form");
	flow_walk(&f, TG_STAGE_PIN);
	flow_pin(&f, 4);
	flow_keys(&f, "F3");
	assert_false(tg_flow_wants_secret(&f.s));
	flow_see(&f, ": 4");
	flow_keys(&f, "Enter");
	flow_at(&f, "pin");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(p1_every_stage_in_every_language),
	        cmocka_unit_test(k12_every_status_on_every_screen_that_can_show_it),
	        cmocka_unit_test(variants_of_the_pin_screen),
	        cmocka_unit_test(k13_the_fullest_form_fits),
	        cmocka_unit_test(k13_forty_fields_with_errors_fit),
	        cmocka_unit_test(p1_every_listed_message_is_translated),
	        cmocka_unit_test(p3_every_stage_has_its_help),
	        cmocka_unit_test(p1_languages_are_not_copies_of_each_other),
	        cmocka_unit_test(keys_come_from_the_one_list),
	        cmocka_unit_test(p3_where_am_i),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
