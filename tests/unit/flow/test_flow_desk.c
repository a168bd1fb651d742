/* The desk (P-5): entering, the queue, one application on one screen. */
#include "flow_desk.h"

#include "tamga/text.h"

static struct flow f;

static void reader_leaves(void)
{
	struct tg_event ev = flow_ev(&f, TG_EV_READER);
	ev.reader = (struct tg_reader_state){.service = TG_OK, .reader = "Second reader", .name = "Second reader"};
	flow_event(&f, &ev);
}

/* ---- entering ---- */

static void p5_a_kiosk_without_staff_offers_nothing(void **state)
{
	(void)state;
	f.config.staff = false;
	tg_flow_view(&f.config, &f.s, &f.view);
	for (unsigned i = 0; i < f.view.n_keys; i++)
		assert_int_not_equal(f.view.keys[i].action, TG_ACTION_STAFF);
	flow_keys(&f, "F9");
	flow_at(&f, "idle");
	assert_int_equal(f.count[TG_FX_DESK_TOKEN], 0);
}

static void p5_a_token_of_nobody_is_not_asked_for_its_pin(void **state)
{
	(void)state;
	f.staff_token.status = TG_CARD_FOREIGN;
	flow_keys(&f, "F9");
	flow_see(&f, "T-324");
	assert_int_equal(tg_flow_wants_secret(&f.s), TG_SECRET_NONE);
	flow_keys(&f, "Esc");
	assert_int_equal(f.wipings, 1);
}

static void p5_a_wrong_pin_lets_nobody_in(void **state)
{
	(void)state;
	f.staff = TG_PIN_WRONG;
	flow_keys(&f, "F9");
	assert_int_equal(tg_flow_wants_secret(&f.s), TG_SECRET_STAFF);
	flow_pin(&f, 6);
	flow_keys(&f, "Enter");
	flow_at(&f, "desk-enter");
	flow_see(&f, "T-301");
	assert_int_equal(f.count[TG_FX_DESK_QUEUE], 0);
}

static void p5_a_pulled_token_ends_it_and_nothing_is_decided(void **state)
{
	(void)state;
	flow_to_decision(&f);
	flow_to_line(&f, "desk.accept");
	flow_keys(&f, "Enter");
	assert_true(flow_state_has(&f.s, "Жүнісұлы"));
	reader_leaves();
	flow_at(&f, "idle");
	assert_int_equal(f.count[TG_FX_DESK_DECIDE], 0);
	assert_false(flow_state_has(&f.s, "Жүнісұлы"));
	assert_false(flow_state_has(&f.s, "ДӘУРЕН"));
}

static void k11_time_out_takes_everything_with_it(void **state)
{
	(void)state;
	flow_to_application(&f);
	flow_tick(&f, 90000);
	flow_see_id(&f, "idle-warning.title");
	flow_tick(&f, 31000);
	flow_at(&f, "idle");
	assert_false(flow_state_has(&f.s, "Жүнісұлы"));
}

static void p5_leaving_asks_once(void **state)
{
	(void)state;
	flow_to_queue(&f);
	flow_keys(&f, "F10");
	flow_see_id(&f, "desk.leave-text");
	flow_keys(&f, "1");
	flow_at(&f, "desk-queue");
	flow_keys(&f, "F10 2");
	flow_at(&f, "idle");
}

/* ---- the queue ---- */

static void p5_the_oldest_first_with_minutes_waited(void **state)
{
	(void)state;
	flow_to_queue(&f);
	tg_flow_view(&f.config, &f.s, &f.view);
	assert_int_equal(f.view.items[f.view.focus].kind, TG_ITEM_CHOICE);
	assert_non_null(strstr(f.view.items[f.view.focus].label, "K7M2-0004-9QX1"));
	assert_non_null(strstr(f.view.items[f.view.focus].label, "7 min"));
	flow_see(&f, "A12");
	flow_see(&f, "ТІЛЕУОВ ДӘУРЕН");
}

static void p5_the_centre_down_says_so_and_opens_nothing(void **state)
{
	(void)state;
	f.desk_status = TG_CENTRE_DOWN;
	flow_to_queue(&f);
	flow_see(&f, "T-402");
	f.desk_status = TG_OK;
	flow_to_line(&f, "desk.refresh");
	flow_keys(&f, "Enter");
	flow_see(&f, "K7M2-0004-9QX1");
	flow_see_not(&f, "T-402");
}

static void p5_a_ticket_or_a_number_is_found_by_typing(void **state)
{
	(void)state;
	flow_to_queue(&f);
	flow_keys(&f, "Down 'zz9 Enter");
	flow_at(&f, "desk-queue");
	flow_see_id(&f, "desk.not-found");
	flow_keys(&f, "Backspace*3 'a12 Enter");
	flow_at(&f, "desk-application");
	assert_string_equal(f.s.desk.app.number, "K7M2-0004-9QX1");
}

static void p5_two_clerks_never_have_the_same_one(void **state)
{
	(void)state;
	flow_to_queue(&f);
	f.silent = true;
	flow_keys(&f, "Enter");
	struct tg_event ev = flow_ev(&f, TG_EV_DESK);
	ev.status = TG_CLAIMED;
	flow_event(&f, &ev);
	flow_at(&f, "desk-queue");
	flow_see(&f, "T-416");
	assert_false(flow_state_has(&f.s, "Жүнісұлы"));
}

static void p5_the_claim_is_held_while_somebody_works_and_lost_when_it_is_lost(void **state)
{
	(void)state;
	flow_to_application(&f);
	for (int i = 0; i < 5; i++) {
		flow_tick(&f, 61000);
		flow_keys(&f, "Down");
	}
	assert_int_equal(f.count[TG_FX_DESK_CLAIM], 1);
	flow_at(&f, "desk-application");
	f.desk_status = TG_CARD_STATE; /* the applicant took it back */
	struct tg_event ev = flow_ev(&f, TG_EV_DESK_CLAIM);
	ev.status = TG_CARD_STATE;
	f.s.asked.desk_claim = 1;
	f.silent = true;
	flow_event(&f, &ev);
	flow_at(&f, "desk-queue");
	assert_int_equal(f.s.desk.told, TG_CARD_STATE);
	assert_false(flow_state_has(&f.s, "Жүнісұлы"));
}

/* ---- one application ---- */

static void p5_answers_say_who_filled_them(void **state)
{
	(void)state;
	flow_to_application(&f);
	flow_see(&f, "T.2");
	flow_see(&f, "Жүнісұлы");
	tg_flow_view(&f.config, &f.s, &f.view);
	const struct tg_item *first = &f.view.items[f.view.focus];
	assert_string_equal(first->value, "010203040506");
	assert_string_equal(first->mark, tg_text(f.config.i18n, f.s.lang, "desk.by-certificate"));
	flow_see_id(&f, "button.close"); /* a choice stands there by its name, not by its id */
	flow_see_id(&f, "desk.no-chip");
}

static void nca9_head_stands_before_anything_else(void **state)
{
	(void)state;
	static const struct {
		enum tg_desk_head head;
		const char *says;
		bool accept;
	} rows[] = {{TG_DESK_HEAD_WAITING, "desk.head-waiting", false}, {TG_DESK_HEAD_NO, "desk.head-no", false},
	        {TG_DESK_HEAD_YES, "desk.head-yes", true}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		flow_desk_begin(&f);
		f.desk->application.head = rows[i].head;
		flow_to_application(&f);
		tg_flow_view(&f.config, &f.s, &f.view);
		assert_string_equal(f.view.items[0].label, tg_text(f.config.i18n, f.s.lang, rows[i].says));
		flow_check_all(&f);
		flow_decide_again(&f);
		assert_int_equal(flow_may_accept(&f), rows[i].accept);
	}
}

static void nca9_check_a_corrected_paper_is_never_good(void **state)
{
	(void)state;
	flow_to_application(&f);
	flow_check_all(&f);
	flow_to_line(&f, "title.document");
	flow_keys(&f, "Right");
	flow_see_id(&f, "desk.mark-corrected");
	flow_keys(&f, "Space Enter Space");
	flow_see_id(&f, "desk.mark-corrected");
	flow_see_id(&f, "desk.corrected");
	flow_decide_again(&f);
	assert_false(flow_may_accept(&f));
	flow_see(&f, tg_text(f.config.i18n, f.s.lang, "title.document"));
}

/* Documents one by one: without each that must be shown it cannot be accepted, with it it can. */
static void nca9_check_each_document_is_asked_for(void **state)
{
	(void)state;
	static const char *const needed[] = {"title.document", "title.carrier", "title.review"};
	for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
		flow_desk_begin(&f);
		flow_to_application(&f);
		flow_check_all(&f);
		flow_to_line(&f, needed[i]);
		flow_keys(&f, "Space"); /* not shown after all */
		flow_decide_again(&f);
		assert_false(flow_may_accept(&f));
		flow_keys(&f, "Esc");
		flow_to_line(&f, needed[i]);
		flow_keys(&f, "Space");
		flow_decide_again(&f);
		assert_true(flow_may_accept(&f));
	}
}

static void nca9_rep_one_may_stand_in_anothers_place(void **state)
{
	(void)state;
	(void)tg_copy(f.desk->application.conditions, sizeof f.desk->application.conditions, "represented");
	flow_to_application(&f);
	flow_check_all(&f);
	flow_decide_again(&f);
	assert_false(flow_may_accept(&f));
	flow_keys(&f, "Esc");
	flow_to_line(&f, "title.staff"); /* the appointment, in place of the power */
	flow_keys(&f, "Space");
	flow_decide_again(&f);
	assert_true(flow_may_accept(&f));
}

static void nca9_dom_any_one_of_a_group_is_enough(void **state)
{
	(void)state;
	flow_to_application(&f);
	flow_check_all(&f);
	flow_to_line(&f, "title.carrier");
	flow_keys(&f, "Space");
	flow_to_line(&f, "title.certificate"); /* the other one of the group */
	flow_keys(&f, "Space");
	flow_decide_again(&f);
	assert_true(flow_may_accept(&f));
}

static void nca9_check_the_chip_and_the_register_need_no_paper(void **state)
{
	(void)state;
	(void)tg_copy(f.desk->application.documents[0].by, 16, "chip");
	flow_to_application(&f);
	flow_see_id(&f, "desk.proof-chip");
	flow_see_not(&f, tg_text(f.config.i18n, f.s.lang, "desk.proof-register"));
	flow_check_all(&f);
	flow_see_id(&f, "desk.proof-register");
}

/* The head's word comes after the application was handed in: the desk sees it, not the list of the applicant's kiosk.
 */
static void nca9_head_the_confirmation_is_its_own_document(void **state)
{
	(void)state;
	(void)tg_copy(f.desk->application.documents[8].by, 16, "head"); /* the applicant's word proves nothing */
	f.desk->application.head = TG_DESK_HEAD_WAITING;
	flow_to_application(&f);
	flow_see_not(&f, tg_text(f.config.i18n, f.s.lang, "desk.proof-head"));
	flow_desk_begin(&f);
	f.desk->application.head = TG_DESK_HEAD_YES;
	flow_to_application(&f);
	flow_see_id(&f, "desk.proof-head");
}

/* An applicant's claim that the register proves a paper is no proof: the register itself is asked. */
static void nca9_check_a_register_that_differs_proves_nothing(void **state)
{
	(void)state;
	(void)tg_copy(f.desk->application.documents[7].by, 16, "register");
	flow_to_application(&f);
	flow_check_all(&f);
	struct tg_desk_answered_register *r = &f.desk->application.registers[0];
	r->status = TG_DESK_OTHER;
	r->differs[0] = 1;
	r->n_differs = 1;
	flow_to_line(&f, "desk.compare-again");
	flow_keys(&f, "Enter");
	tg_flow_view(&f.config, &f.s, &f.view);
	bool beside = false;
	for (unsigned i = 0; i < f.view.n_items; i++)
		beside = beside || (f.view.items[i].kind == TG_ITEM_ANSWER && f.view.items[i].error &&
		                           strcmp(f.view.items[i].number, "T.2") == 0);
	assert_true(beside);
	flow_decide_again(&f);
	assert_false(flow_may_accept(&f));
}

/* Signed Monday 2 February 2026: Thursday 5 is the third working day, Friday 6 the fourth (sources #1). */
static void nca9_trs_the_day_of_signing_is_not_counted_the_day_of_handing_in_is(void **state)
{
	(void)state;
	static const struct {
		int later_days;
		const char *date;
		bool good;
	} rows[] = {{0, "02.02.2026", true}, {1, "02.02.2026", false}, {1, "03.02.2026", true}, {4, "04.02.2026", true},
	        {5, "04.02.2026", false}, {0, "06.02.2026", false}, {0, "31.02.2026", false}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		flow_desk_begin(&f);
		f.desk->application.accepted_ms += (int64_t)rows[i].later_days * 86400000;
		f.desk->queue.rows[0].accepted_ms = f.desk->application.accepted_ms;
		(void)tg_copy(f.desk->application.documents[5].date, 12, rows[i].date);
		flow_to_application(&f);
		flow_check_all(&f);
		flow_decide_again(&f);
		if (flow_may_accept(&f) != rows[i].good)
			fail_msg("%s, handed in %d days after Thursday", rows[i].date, rows[i].later_days);
	}
}

static void nca9_trs_the_clerk_types_the_date_on_the_paper(void **state)
{
	(void)state;
	memset(f.desk->application.documents[5].date, 0, 12);
	flow_to_application(&f);
	flow_check_all(&f);
	flow_to_line(&f, "desk.date");
	flow_keys(&f, "'02022026 Enter");
	assert_string_equal(f.s.desk.dates[5], "02.02.2026");
	flow_decide_again(&f);
	assert_true(flow_may_accept(&f));
}

static void nca9_check_consent_comes_before_the_registers(void **state)
{
	(void)state;
	flow_to_application(&f);
	flow_to_line(&f, "desk.compare");
	flow_keys(&f, "Enter");
	assert_int_equal(f.count[TG_FX_DESK_REGISTERS], 0);
	flow_see_id(&f, "desk.no-consent");
	tg_flow_view(&f.config, &f.s, &f.view);
	assert_string_equal(f.view.items[f.view.focus].label, tg_text(f.config.i18n, f.s.lang, "desk.consent"));
}

static void nca9_check_registers_down_is_an_answer_too(void **state)
{
	(void)state;
	f.desk->application.asked_registers = false;
	flow_to_application(&f);
	flow_to_line(&f, "desk.consent");
	flow_keys(&f, "Space");
	flow_decide_again(&f);
	flow_see_id(&f, "desk.no-registers");
	flow_keys(&f, "Esc");
	f.desk->application.asked_registers = true;
	f.desk->application.n_registers = 1;
	f.desk->application.registers[0] = (struct tg_desk_answered_register){.name = "-", .status = TG_DESK_DOWN};
	flow_to_line(&f, "desk.compare");
	flow_keys(&f, "Enter");
	flow_see_id(&f, "desk.register-down");
	flow_decide_again(&f);
	flow_see_not(&f, tg_text(f.config.i18n, f.s.lang, "desk.no-registers"));
}

static void nca9_rep_a_used_power_is_not_accepted(void **state)
{
	(void)state;
	static const enum tg_desk_power powers[] = {TG_DESK_POWER_USED, TG_DESK_POWER_UNKNOWN, TG_DESK_POWER_FREE};
	for (size_t i = 0; i < 3; i++) {
		flow_desk_begin(&f);
		(void)tg_copy(f.desk->application.power, TG_NUMBER_MAX, "K7M2-0001-AAA1");
		f.desk->application.power_state = powers[i];
		flow_to_application(&f);
		flow_see(&f, "K7M2-0001-AAA1");
		flow_check_all(&f);
		flow_decide_again(&f);
		assert_int_equal(flow_may_accept(&f), powers[i] == TG_DESK_POWER_FREE);
	}
}

static void p5_what_is_decided_already_is_only_shown(void **state)
{
	(void)state;
	f.desk->application.claimed_until_ms = 0;
	(void)tg_copy(f.desk->application.state, sizeof f.desk->application.state, "accepted");
	flow_to_application(&f);
	flow_see_id(&f, "desk.nothing-to-decide");
	flow_see_not(&f, tg_text(f.config.i18n, f.s.lang, "desk.decide"));
	flow_keys(&f, "End Enter");
	flow_at(&f, "desk-queue");
}

#define TEST(name) FLOW_DESK_TEST(name, f)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(p5_a_kiosk_without_staff_offers_nothing),
	        TEST(p5_a_token_of_nobody_is_not_asked_for_its_pin), TEST(p5_a_wrong_pin_lets_nobody_in),
	        TEST(p5_a_pulled_token_ends_it_and_nothing_is_decided), TEST(k11_time_out_takes_everything_with_it),
	        TEST(p5_leaving_asks_once), TEST(p5_the_oldest_first_with_minutes_waited),
	        TEST(p5_the_centre_down_says_so_and_opens_nothing), TEST(p5_a_ticket_or_a_number_is_found_by_typing),
	        TEST(p5_two_clerks_never_have_the_same_one),
	        TEST(p5_the_claim_is_held_while_somebody_works_and_lost_when_it_is_lost),
	        TEST(p5_answers_say_who_filled_them), TEST(nca9_head_stands_before_anything_else),
	        TEST(nca9_check_a_corrected_paper_is_never_good), TEST(nca9_check_each_document_is_asked_for),
	        TEST(nca9_rep_one_may_stand_in_anothers_place), TEST(nca9_dom_any_one_of_a_group_is_enough),
	        TEST(nca9_check_the_chip_and_the_register_need_no_paper),
	        TEST(nca9_head_the_confirmation_is_its_own_document),
	        TEST(nca9_check_a_register_that_differs_proves_nothing),
	        TEST(nca9_trs_the_day_of_signing_is_not_counted_the_day_of_handing_in_is),
	        TEST(nca9_trs_the_clerk_types_the_date_on_the_paper),
	        TEST(nca9_check_consent_comes_before_the_registers), TEST(nca9_check_registers_down_is_an_answer_too),
	        TEST(nca9_rep_a_used_power_is_not_accepted), TEST(p5_what_is_decided_already_is_only_shown)};
	return cmocka_run_group_tests_name("desk", tests, flow_words_setup, flow_desk_finish);
}
