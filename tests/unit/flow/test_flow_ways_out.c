/* Ways out of a journey: cancel, time, wiping; and what must not be lost by them. */
#include "flow_fixture.h"

static void k2_cancel_asks_once_and_the_safe_answer_has_the_focus(void **state)
{
	(void)state;
	static const enum tg_stage stages[] = {TG_STAGE_PROVIDER, TG_STAGE_SERVICE, TG_STAGE_CARRIER, TG_STAGE_FORM,
	        TG_STAGE_DOCUMENTS, TG_STAGE_REVIEW, TG_STAGE_CONSENT, TG_STAGE_PIN};
	for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
		struct flow f;
		flow_begin(&f, flow_shipped());
		flow_walk(&f, stages[i]);
		flow_keys(&f, "F10");
		assert_int_equal(f.s.overlay, TG_OVERLAY_CANCEL);
		flow_keys(&f, "Enter");
		assert_int_equal(f.s.stage, stages[i]);
		assert_int_equal(f.s.overlay, TG_OVERLAY_NONE);
		flow_keys(&f, "F10 Esc F10");
		assert_int_equal(f.s.stage, stages[i]);
		flow_keys(&f, "2");
		flow_at(&f, "idle");
		assert_int_equal(f.wipings, 1);
	}
}

/* Esc on the first screen: nothing typed yet, so nothing to ask; but the way out is the same. */
static void k2_back_from_the_first_screen_wipes(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_keys(&f, "4 Esc");
	flow_at(&f, "idle");
	assert_int_equal(f.wipings, 1);
	flow_walk(&f, TG_STAGE_FORM);
	flow_keys(&f, "Esc*9");
	flow_at(&f, "provider");
	assert_int_equal(f.s.overlay, TG_OVERLAY_CANCEL);
}

static void k1_nothing_of_the_last_person_remains(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_walk(&f, TG_STAGE_RESULT);
	assert_true(flow_state_has(&f.s, "Нұрланова"));
	flow_keys(&f, "Enter");
	flow_at(&f, "idle");
	static const char *const traces[] = {"Нұрланова", "Айгүл", "900101300017", "aigul", "701", "Қонаев", "Алматы",
	        "K7M2", "c0ffee", "DECC0401234", "paper"};
	for (size_t i = 0; i < sizeof traces / sizeof traces[0]; i++)
		assert_false(flow_state_has(&f.s, traces[i]));
	tg_flow_view(&f.config, &f.s, &f.view);
	assert_null(memmem(&f.view, sizeof f.view, "Айгүл", strlen("Айгүл")));
	assert_int_equal(f.s.lang, TG_LANG_KK);
	assert_null(f.s.provider);
}

/* The view keeps sentences of its own making: those of the last screen must not stay behind the next. */
static void k1_nothing_of_the_last_person_remains_in_the_view(void **state)
{
	(void)state;
	static struct flow f;
	flow_begin(&f, flow_shipped());
	flow_walk(&f, TG_STAGE_FORM);
	flow_to_field(&f, "email");
	flow_keys(&f, "'canаry@example.kz Enter"); /* a Cyrillic letter inside: a mend is offered */
	flow_see(&f, "canary@example.kz");
	assert_non_null(memmem(f.view.arena, sizeof f.view.arena, "canary@", 7));
	flow_keys(&f, "F10 2");
	flow_at(&f, "idle");
	tg_flow_view(&f.config, &f.s, &f.view);
	assert_null(memmem(&f.view, sizeof f.view, "canary@", 7));
}

/* The step into WIPING already leaves nothing, though the answer to TG_FX_WIPE is not there yet. */
static void k1_wiping_does_not_wait_for_its_answer(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_walk(&f, TG_STAGE_REVIEW);
	f.silent = true;
	flow_forget_effects(&f);
	flow_keys(&f, "F10 2");
	flow_at(&f, "wiping");
	assert_false(flow_state_has(&f.s, "Нұрланова"));
	assert_int_equal(f.count[TG_FX_WIPE], 1);
	assert_int_equal(f.count[TG_FX_CLEAR_PIN], 1);
	flow_keys(&f, "Enter 1 Esc");
	flow_at(&f, "wiping");
	flow_tick(&f, 6000); /* a lost answer is asked for again */
	assert_int_equal(f.count[TG_FX_WIPE], 2);
}

static void k11_warning_with_countdown_and_more_time(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_to_typed_form(&f);
	flow_keys(&f, "'900");
	flow_tick(&f, 89000);
	assert_int_equal(f.s.overlay, TG_OVERLAY_NONE);
	for (int i = 0; i < 12; i++) { /* P-3: at least ten times */
		flow_tick(&f, 90000);
		assert_int_equal(f.s.overlay, TG_OVERLAY_IDLE);
		flow_tick(&f, 7000);
		flow_see(&f, "23");
		assert_non_null(f.view.countdown);
		assert_true(f.view.modal);
		flow_keys(&f, i % 2 ? "Enter" : "Esc");
		assert_int_equal(f.s.overlay, TG_OVERLAY_NONE);
		flow_at(&f, "form");
	}
	assert_string_equal(f.s.answers[flow_field(&f, "iin")].value, "900");
	flow_tick(&f, 90000);
	flow_tick(&f, 29000);
	flow_at(&f, "form");
	flow_tick(&f, 1000);
	flow_at(&f, "idle");
	assert_int_equal(f.wipings, 1);
	assert_false(flow_state_has(&f.s, "900"));
}

/* A clock that jumps far ahead still gives the whole warning (P-3: at least 20 s), whatever the configuration says. */
static void k11_no_one_is_wiped_without_a_warning(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	f.config.warn_ms = 1000;
	flow_walk(&f, TG_STAGE_REVIEW);
	flow_tick(&f, 3600000);
	flow_at(&f, "review");
	assert_int_equal(f.s.overlay, TG_OVERLAY_IDLE);
	flow_tick(&f, 19900);
	flow_at(&f, "review");
	flow_tick(&f, 200);
	flow_at(&f, "idle");
}

static void k11_the_clock_stands_still_while_the_machine_works(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_walk(&f, TG_STAGE_WORKING);
	for (int i = 0; i < 100; i++)
		flow_tick(&f, 60000);
	flow_at(&f, "working");
	assert_int_equal(f.s.overlay, TG_OVERLAY_NONE);
	flow_chip_ended(&f, TG_OK);
	flow_tick(&f, 59000);
	assert_int_equal(f.s.overlay, TG_OVERLAY_NONE);
	flow_tick(&f, 1000);
	assert_int_equal(f.s.overlay, TG_OVERLAY_IDLE);
}

static void k11_the_warning_gives_the_question_under_it_back(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_walk(&f, TG_STAGE_FORM);
	flow_keys(&f, "F10");
	flow_tick(&f, 95000);
	assert_int_equal(f.s.overlay, TG_OVERLAY_IDLE);
	flow_keys(&f, "Enter");
	assert_int_equal(f.s.overlay, TG_OVERLAY_CANCEL);
}

/* P-1, K-2: the language can be switched at any stage, and every byte of the journey but the language stays. */
static void p1_language_switch_keeps_everything(void **state)
{
	(void)state;
	for (int stage = TG_STAGE_PROVIDER; stage <= TG_STAGE_RESULT; stage++) {
		if (!flow_on_the_way((enum tg_stage)stage))
			continue;
		struct flow f;
		flow_begin(&f, flow_shipped());
		f.token.document = true;
		flow_walk(&f, (enum tg_stage)stage);
		static struct tg_flow_state before;
		before = f.s;
		flow_keys(&f, "F2");
		assert_int_equal(f.s.overlay, TG_OVERLAY_LANGUAGE);
		flow_keys(&f, "1");
		assert_int_equal(f.s.lang, TG_LANG_KK);
		f.s.lang = before.lang;
		assert_memory_equal(&f.s, &before, sizeof before);
		flow_keys(&f, "F2 Esc");
		assert_memory_equal(&f.s, &before, sizeof before);
	}
}

/* P-1: a question over the screen can be read in another language, and is still asked afterwards. */
static void p1_a_question_is_asked_in_the_other_language(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	f.token.tries_left = 1;
	flow_walk(&f, TG_STAGE_PIN);
	flow_pin(&f, 6);
	flow_keys(&f, "Enter F2 1");
	assert_int_equal(f.s.overlay, TG_OVERLAY_LAST_TRY);
	assert_int_equal(f.s.overlay_focus, 0); /* on the safe answer */
	flow_see_id(&f, "last-try.text");
	assert_int_equal(f.s.lang, TG_LANG_KK);
	flow_keys(&f, "F2 Esc");
	assert_int_equal(f.s.overlay, TG_OVERLAY_LAST_TRY);
	flow_keys(&f, "Enter");
	flow_at(&f, "pin");
	flow_keys(&f, "F10 F2 4");
	assert_int_equal(f.s.overlay, TG_OVERLAY_CANCEL);
	flow_keys(&f, "F2 F2 Esc");
	assert_int_equal(f.s.overlay, TG_OVERLAY_NONE);
	assert_int_equal(f.count[TG_FX_SUBMIT], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(k2_cancel_asks_once_and_the_safe_answer_has_the_focus),
	        cmocka_unit_test(k2_back_from_the_first_screen_wipes),
	        cmocka_unit_test(k1_nothing_of_the_last_person_remains),
	        cmocka_unit_test(k1_nothing_of_the_last_person_remains_in_the_view),
	        cmocka_unit_test(k1_wiping_does_not_wait_for_its_answer),
	        cmocka_unit_test(k11_warning_with_countdown_and_more_time),
	        cmocka_unit_test(k11_no_one_is_wiped_without_a_warning),
	        cmocka_unit_test(k11_the_clock_stands_still_while_the_machine_works),
	        cmocka_unit_test(k11_the_warning_gives_the_question_under_it_back),
	        cmocka_unit_test(p1_language_switch_keeps_everything),
	        cmocka_unit_test(p1_a_question_is_asked_in_the_other_language),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
