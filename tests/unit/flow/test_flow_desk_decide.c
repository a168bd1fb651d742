/* The desk (P-5): decisions, complaints, and all its screens in all languages. */
#include "flow_desk.h"

#include "tamga/text.h"

static struct flow f;

/* ---- decisions ---- */

static void nca10_nothing_is_recorded_without_a_choice(void **state)
{
	(void)state;
	flow_to_decision(&f);
	flow_keys(&f, "End Enter");
	flow_at(&f, "desk-decide");
	flow_see_id(&f, "desk.choose-decision");
	assert_int_equal(f.count[TG_FX_DESK_DECIDE], 0);
}

static void nca10_refused_acceptance_names_each_missing_document(void **state)
{
	(void)state;
	flow_to_application(&f);
	flow_to_line(&f, "title.document");
	flow_keys(&f, "Space");
	flow_decide_again(&f);
	flow_to_line(&f, "title.waiting"); /* the ground of refused acceptance */
	flow_keys(&f, "Enter");
	assert_false(f.s.desk.missing[0]); /* the identity was shown */
	assert_true(f.s.desk.missing[3]);  /* of the group its first one */
	assert_false(f.s.desk.missing[4]);
	assert_true(f.s.desk.missing[5]);
	assert_false(f.s.desk.missing[6]); /* asked for "if there is one" */
	flow_to_line(&f, "title.carrier");
	flow_keys(&f, "Space");
	flow_to_line(&f, "title.review");
	flow_keys(&f, "Space");
	flow_to_line(&f, "title.consent");
	flow_keys(&f, "Space End Enter");
	flow_at(&f, "desk-decide");
	flow_see_id(&f, "desk.name-missing");
	assert_int_equal(f.count[TG_FX_DESK_DECIDE], 0);
	flow_to_line(&f, "title.carrier");
	flow_keys(&f, "Space End Enter");
	flow_at(&f, "desk-decide"); /* the telephone of the office is not known yet */
	flow_see_id(&f, "desk.type-refusal");
	assert_string_equal(f.s.desk.refusal[1], "Нұра");
	assert_string_equal(f.s.desk.refusal[3], "ТІЛЕУОВ ДӘУРЕН");
	flow_to_line(&f, "title.pin");
	flow_keys(&f, "'+77172123456");
	flow_to_line(&f, "desk.confirm");
	flow_keys(&f, "Enter");
	flow_at(&f, "desk-done");
	assert_int_equal(f.s.desk.outcome, TG_DESK_NOT_ACCEPT);
	assert_int_equal(f.count[TG_FX_DESK_PRINT], 1);
	flow_see_id(&f, "desk.two-copies");
}

static void nca10_a_refused_service_has_its_ground(void **state)
{
	(void)state;
	flow_to_application(&f);
	flow_decide_again(&f);
	flow_to_line(&f, "title.try");
	flow_keys(&f, "Enter Enter");
	flow_at(&f, "desk-done");
	assert_int_equal(f.s.desk.outcome, TG_DESK_REFUSE);
	assert_string_equal(f.s.desk.app.provider->grounds[f.s.desk.ground].id, "court");
	flow_see_id(&f, "title.try");
	assert_int_equal(f.s.desk.promised_ms, 0);
	assert_int_equal(f.count[TG_FX_DESK_PRINT], 0);
}

/* Handed in on Thursday: one working day later is Friday, to the end of its hours (18:30, seed 004). */
static void nca9_rcpt_accepted_with_its_promise_and_its_receipt(void **state)
{
	(void)state;
	f.receipt = TG_PRINTER_NONE;
	flow_to_decision(&f);
	flow_to_line(&f, "desk.accept");
	flow_keys(&f, "Enter Enter");
	flow_at(&f, "desk-done");
	assert_int_equal(f.count[TG_FX_DESK_DECIDE], 1);
	assert_int_equal(f.count[TG_FX_DESK_PRINT], 1);
	flow_see(&f, "06.02.2026 18:30");
	flow_see_id(&f, "desk.originals");
	flow_see(&f, "T-601");
	f.receipt = TG_OK;
	flow_keys(&f, "Down Enter");
	assert_int_equal(f.count[TG_FX_DESK_PRINT], 2);
	flow_see_not(&f, "T-601");
	flow_keys(&f, "Up Enter");
	flow_at(&f, "desk-queue");
	assert_false(flow_state_has(&f.s, "Жүнісұлы"));
}

static void p5_what_changed_meanwhile_is_not_decided(void **state)
{
	(void)state;
	static const enum tg_status lost[] = {TG_CARD_STATE, TG_CLAIMED};
	for (size_t i = 0; i < 2; i++) {
		flow_desk_begin(&f);
		flow_to_decision(&f);
		flow_to_line(&f, "desk.accept");
		flow_keys(&f, "Enter");
		f.silent = true;
		flow_keys(&f, "Enter");
		struct tg_event ev = flow_ev(&f, TG_EV_DESK);
		ev.status = lost[i];
		flow_event(&f, &ev);
		flow_at(&f, "desk-queue");
		assert_int_equal(f.count[TG_FX_DESK_PRINT], 0);
		assert_int_equal(f.s.desk.told, lost[i]);
	}
}

static void p5_an_entry_that_cannot_be_written_decides_nothing(void **state)
{
	(void)state;
	flow_to_decision(&f);
	f.desk_status = TG_DISK_FULL;
	flow_to_line(&f, "desk.accept");
	flow_keys(&f, "Enter Enter");
	flow_at(&f, "desk-decide");
	char code[8];
	tg_status_code(TG_DISK_FULL, code);
	flow_see(&f, code);
	assert_int_equal(f.count[TG_FX_DESK_PRINT], 0);
}

/* ---- complaints ---- */

static void complaint(const char *conditions)
{
	flow_desk_begin(&f);
	struct tg_desk_application *a = &f.desk->application;
	(void)tg_copy(a->number, sizeof a->number, "K7M2-0006-ABC3");
	(void)tg_copy(a->conditions, sizeof a->conditions, conditions);
	a->service = f.desk->queue.rows[2].service;
	a->kind = f.desk->queue.rows[2].kind;
	a->claimed_until_ms = 0;
	flow_to_queue(&f);
	flow_keys(&f, "Down*2 Enter");
	flow_at(&f, "desk-complaint");
}

/* Registered Thursday 5 February 2026: five working days later is Thursday 12, fifteen Thursday 26. */
static void nca11_registered_with_its_term_then_executed_then_answered(void **state)
{
	(void)state;
	complaint("");
	flow_see_id(&f, "complaint-state.delivered");
	flow_to_line(&f, "desk.complaint-register");
	flow_keys(&f, "Enter");
	assert_string_equal(f.s.desk.move, "registered");
	flow_see_id(&f, "complaint-state.registered");
	flow_see(&f, "12.02.2026 18:30");
	assert_int_equal(f.count[TG_FX_DESK_PRINT], 1);
	flow_to_line(&f, "desk.complaint-execute");
	flow_keys(&f, "Enter");
	flow_to_line(&f, "desk.complaint-answer");
	flow_keys(&f, "Enter");
	flow_see_id(&f, "complaint-state.answered");
	flow_see_not(&f, tg_text(f.config.i18n, f.s.lang, "desk.complaint-refuse"));
	assert_int_equal(f.count[TG_FX_DESK_MOVE], 3);
}

static void nca11_disagreement_with_the_result_has_fifteen_days(void **state)
{
	(void)state;
	complaint("quality");
	flow_to_line(&f, "desk.complaint-register");
	flow_keys(&f, "Enter");
	flow_see(&f, "26.02.2026 18:30");
}

static void nca12_the_court_is_named(void **state)
{
	(void)state;
	complaint("");
	flow_see_id(&f, "desk.complaint-court");
	f.desk_status = TG_STORE_BUSY;
	flow_to_line(&f, "desk.complaint-register");
	flow_keys(&f, "Enter");
	flow_see_id(&f, "complaint-state.delivered");
	assert_int_equal(f.count[TG_FX_DESK_PRINT], 0);
}

/* ---- every screen in every language ---- */

static void check_words(const char *s, void *ctx)
{
	(void)ctx;
	if (strchr(s, '{') || strstr(s, "desk."))
		fail_msg("a sentence that was not said: %s", s);
}

static void see_all_languages(void)
{
	for (int l = 0; l < TG_LANG_COUNT; l++) {
		f.s.lang = (enum tg_lang)l;
		tg_flow_view(&f.config, &f.s, &f.view);
		flow_view_strings(&f.view, check_words, NULL);
	}
	f.s.lang = TG_LANG_EN;
}

static void p1_all_screens_speak_all_languages(void **state)
{
	(void)state;
	flow_keys(&f, "F9");
	see_all_languages();
	flow_pin(&f, 6);
	flow_keys(&f, "Enter");
	see_all_languages();
	flow_keys(&f, "Enter");
	see_all_languages();
	flow_check_all(&f);
	see_all_languages();
	flow_decide_again(&f);
	see_all_languages();
	flow_to_line(&f, "desk.accept");
	flow_keys(&f, "Enter Enter");
	see_all_languages();
	complaint("");
	see_all_languages();
}

#define TEST(name) FLOW_DESK_TEST(name, f)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(nca10_nothing_is_recorded_without_a_choice),
	        TEST(nca10_refused_acceptance_names_each_missing_document),
	        TEST(nca10_a_refused_service_has_its_ground), TEST(nca9_rcpt_accepted_with_its_promise_and_its_receipt),
	        TEST(p5_what_changed_meanwhile_is_not_decided),
	        TEST(p5_an_entry_that_cannot_be_written_decides_nothing),
	        TEST(nca11_registered_with_its_term_then_executed_then_answered),
	        TEST(nca11_disagreement_with_the_result_has_fifteen_days), TEST(nca12_the_court_is_named),
	        TEST(p1_all_screens_speak_all_languages)};
	return cmocka_run_group_tests_name("desk decisions", tests, flow_words_setup, flow_desk_finish);
}
