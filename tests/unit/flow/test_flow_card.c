/* Cards and PINs: every way a card can be wrong, absent or leave. K-3, K-5, K-8, K-12. */
#include "flow_fixture.h"

static void reader_event(struct flow *f, enum tg_status service, bool card, bool mute, const char *name)
{
	struct tg_event ev = flow_ev(f, TG_EV_READER);
	ev.reader.service = service;
	ev.reader.card = card;
	ev.reader.mute = mute;
	(void)tg_copy(ev.reader.reader, sizeof ev.reader.reader, name);
	flow_event(f, &ev);
}

static void begin_at(struct flow *f, enum tg_stage stage)
{
	flow_begin(f, flow_shipped());
	flow_walk(f, stage);
}

/* The card that comes has an application that was cut short. */
static void begin_unfinished(struct flow *f)
{
	flow_begin(f, flow_shipped());
	f->unfinished = "ABCD-0001-2345";
	flow_walk(f, TG_STAGE_CARRIER);
	flow_card(f, true);
}

static void type_pin(struct flow *f)
{
	flow_pin(f, 6);
	flow_keys(f, "Enter");
}

static void k3_the_reader_and_its_card_are_named(void **state)
{
	(void)state;
	struct flow f;
	begin_at(&f, TG_STAGE_CARRIER);
	flow_see_id(&f, "carrier.insert");
	flow_see(&f, "Virtual PCD 00 00");
	flow_card(&f, true);
	assert_int_equal(f.count[TG_FX_TOKEN_INFO], 1);
	assert_int_equal(f.count[TG_FX_FIND_UNFINISHED], 1);
	flow_see_id(&f, "carrier.kz-idcard");
	flow_see(&f, "DECC0401234");
	flow_card(&f, false);
	flow_see_id(&f, "carrier.insert");
	flow_see_not(&f, "DECC0401234");
	assert_false(flow_state_has(&f.s, "DECC0401234"));
}

static void k3_each_trouble_of_reader_or_card_has_its_own_sentence(void **state)
{
	(void)state;
	static const struct {
		enum tg_status service;
		bool card, mute;
		enum tg_status token;
		bool locked;
		const char *code;
	} rows[] = {
	        {TG_READER_SERVICE, false, false, TG_OK, false, "T-203"},
	        {TG_READER_NONE, false, false, TG_OK, false, "T-201"},
	        {TG_OK, true, true, TG_OK, false, "T-208"},
	        {TG_OK, true, false, TG_CARD_FOREIGN, false, "T-206"},
	        {TG_OK, true, false, TG_CARD_BLANK, false, "T-211"},
	        {TG_OK, true, false, TG_OK, true, "T-302"},
	        {TG_OK, true, false, TG_TOKEN_MODULE, false, "T-304"},
	        {TG_OK, true, false, TG_TOKEN_LOST, false, "T-305"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct flow f;
		begin_at(&f, TG_STAGE_CARRIER);
		f.token.status = rows[i].token;
		f.token.locked = rows[i].locked;
		reader_event(&f, rows[i].service, rows[i].card, rows[i].mute, "R");
		flow_see(&f, rows[i].code);
		flow_keys(&f, "Enter"); /* a retry at most: never a PIN for such a card */
		flow_at(&f, "carrier");
		flow_see(&f, rows[i].code);
		assert_int_equal(f.count[TG_FX_CHIP_RUN], 0);
		f.token.status = TG_OK;
		f.token.locked = false;
		reader_event(&f, TG_OK, false, false, "R");
		reader_event(&f, TG_OK, true, false, "R");
		flow_see_not(&f, rows[i].code);
		flow_keys(&f, "Enter");
		flow_at(&f, "document");
	}
}

/* Nothing is offered before the card has said who it is. */
static void k3_a_slow_card_is_waited_for(void **state)
{
	(void)state;
	struct flow f;
	begin_at(&f, TG_STAGE_CARRIER);
	f.silent = true;
	flow_card(&f, true);
	flow_see_id(&f, "carrier.reading");
	flow_keys(&f, "Enter Enter");
	flow_at(&f, "carrier");
	struct tg_event ev = flow_ev(&f, TG_EV_TOKEN);
	ev.token = f.token;
	flow_event(&f, &ev);
	flow_see_id(&f, "carrier.reading"); /* unfinished work is still being looked for */
	flow_keys(&f, "Enter");
	flow_at(&f, "carrier");
	ev = flow_ev(&f, TG_EV_UNFINISHED);
	ev.status = TG_NOT_FOUND;
	flow_event(&f, &ev);
	flow_keys(&f, "Enter");
	flow_at(&f, "document");
}

/* An answer about a card that has left says nothing about the one that came. */
static void k3_late_answers_about_another_card_are_dropped(void **state)
{
	(void)state;
	struct flow f;
	begin_at(&f, TG_STAGE_CARRIER);
	f.silent = true;
	flow_card(&f, true);
	flow_card(&f, false);
	flow_card(&f, true);
	struct tg_event ev = flow_ev(&f, TG_EV_TOKEN);
	ev.token = f.token;
	(void)tg_copy(ev.token.serial, sizeof ev.token.serial, "THE-FIRST");
	flow_event(&f, &ev);
	assert_false(flow_state_has(&f.s, "THE-FIRST"));
	(void)tg_copy(ev.token.serial, sizeof ev.token.serial, "THE-SECOND");
	flow_event(&f, &ev);
	assert_true(flow_state_has(&f.s, "THE-SECOND"));
}

static void k3_a_pulled_card_in_every_state_before_the_pin(void **state)
{
	(void)state;
	static const enum tg_stage calm[] = {TG_STAGE_FORM, TG_STAGE_DOCUMENTS, TG_STAGE_REVIEW, TG_STAGE_CONSENT};
	for (size_t i = 0; i < sizeof calm / sizeof calm[0]; i++) {
		struct flow f;
		begin_at(&f, calm[i]);
		flow_card(&f, false);
		assert_int_equal(f.s.stage, calm[i]); /* not needed now: nobody is disturbed */
		flow_walk(&f, TG_STAGE_CARRIER);      /* but it is asked for before the PIN */
		assert_string_equal(f.s.answers[flow_field(&f, "surname")].value, "Нұрланова");
		flow_card(&f, true);
		flow_keys(&f, "Enter");
		flow_at(&f, "pin");
	}
}

static void k3_a_card_pulled_at_the_pin(void **state)
{
	(void)state;
	struct flow f;
	begin_at(&f, TG_STAGE_PIN);
	flow_pin(&f, 4);
	flow_forget_effects(&f);
	flow_card(&f, false);
	flow_at(&f, "carrier");
	assert_int_equal(f.count[TG_FX_CLEAR_PIN], 1);
	assert_int_equal(f.s.pin_characters, 0);
	flow_see(&f, "T-205");
	flow_card(&f, true);
	flow_see_not(&f, "T-205");
	flow_keys(&f, "Enter");
	flow_at(&f, "pin");
	assert_string_equal(f.s.answers[flow_field(&f, "surname")].value, "Нұрланова");
	flow_card(&f, false);
	flow_keys(&f, "Esc"); /* back from here is the step before the PIN */
	flow_at(&f, "consent");
}

static void k8_pulled_while_working_the_same_card_goes_on(void **state)
{
	(void)state;
	static const enum tg_status gone[] = {
	        TG_CARD_PULLED, TG_TOKEN_LOST, TG_CARD_NONE, TG_CARD_MUTE, TG_READER_GONE};
	for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++) {
		struct flow f;
		begin_at(&f, TG_STAGE_WORKING);
		flow_step_event(&f, TG_CHIP_GENERATE, 0, TG_STEP_DONE);
		flow_card(&f, false);
		flow_at(&f, "working"); /* the chip work tells itself */
		flow_see_id(&f, "working.card-gone");
		flow_chip_ended(&f, gone[i]);
		flow_at(&f, "resume");
		flow_see_id(&f, "resume.insert");
		flow_see(&f, "K7M2-0004-9QX1");
		(void)tg_copy(f.token.serial, sizeof f.token.serial, "ANOTHER");
		flow_card(&f, true);
		flow_see(&f, "T-209"); /* another card is refused before its PIN is asked */
		flow_keys(&f, "1 Enter Enter");
		flow_at(&f, "resume");
		flow_card(&f, false);
		(void)tg_copy(f.token.serial, sizeof f.token.serial, "DECC0401234");
		flow_card(&f, true);
		flow_see_not(&f, "T-2");
		flow_keys(&f, "Enter");
		flow_at(&f, "pin");
		type_pin(&f);
		flow_at(&f, "working");
		assert_int_equal(f.count[TG_FX_SUBMIT], 1); /* the same application */
		assert_int_equal(f.count[TG_FX_CHIP_RUN], 2);
		flow_chip_ended(&f, TG_OK);
		flow_at(&f, "result");
	}
}

static void k8_unfinished_work_is_offered_at_the_next_visit(void **state)
{
	(void)state;
	/* the card comes: before a language is chosen, on each list, when it is asked for */
	static const enum tg_stage stages[] = {TG_STAGE_IDLE, TG_STAGE_PROVIDER, TG_STAGE_SERVICE, TG_STAGE_CARRIER};
	for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
		struct flow f;
		flow_begin(&f, flow_shipped());
		f.unfinished = "ABCD-0001-2345";
		flow_walk(&f, stages[i]);
		flow_card(&f, true);
		if (stages[i] == TG_STAGE_IDLE) {
			flow_see_not(&f, "ABCD"); /* nothing of a person on the idle screen */
			flow_keys(&f, "3");
		}
		flow_at(&f, "resume");
		flow_see(&f, "ABCD-0001-2345");
		assert_string_equal(f.s.kind->form->id, "nca-a1");
		flow_keys(&f, "Enter");
		flow_at(&f, "pin");
		type_pin(&f);
		flow_at(&f, "working");
		assert_int_equal(f.count[TG_FX_SUBMIT], 0);
		assert_int_equal(f.count[TG_FX_CHIP_RUN], 1);
		assert_string_equal(f.s.number, "ABCD-0001-2345");
		flow_chip_ended(&f, TG_OK);
		flow_keys(&f, "Enter");
		flow_at(&f, "idle");
	}
}

static void k8_unfinished_work_can_be_undone(void **state)
{
	(void)state;
	struct flow f;
	begin_unfinished(&f);
	flow_keys(&f, "Down Enter");
	flow_at(&f, "pin");
	type_pin(&f);
	flow_at(&f, "working");
	assert_int_equal(f.count[TG_FX_CHIP_UNDO], 1);
	assert_int_equal(f.count[TG_FX_CHIP_RUN], 0);
	flow_chip_ended(&f, TG_PIN_WRONG);
	flow_at(&f, "pin");
	type_pin(&f);
	assert_int_equal(f.count[TG_FX_CHIP_UNDO], 2); /* still the undoing */
	flow_chip_ended(&f, TG_OK);
	flow_at(&f, "failure");
	flow_see(&f, "T-110");
	flow_keys(&f, "Enter");
	flow_at(&f, "idle");
}

/* Leaving is allowed: the work stays in the journal and is offered again. */
static void k8_unfinished_work_can_be_left_for_later(void **state)
{
	(void)state;
	struct flow f;
	begin_unfinished(&f);
	flow_keys(&f, "End Enter");
	assert_int_equal(f.s.overlay, TG_OVERLAY_CANCEL);
	flow_keys(&f, "2");
	flow_at(&f, "idle");
	assert_false(flow_state_has(&f.s, "ABCD"));
	flow_keys(&f, "3"); /* the card is still in: it is looked at again for the next person */
	flow_at(&f, "resume");
}

static void k8_a_failed_step_can_be_undone(void **state)
{
	(void)state;
	struct flow f;
	begin_at(&f, TG_STAGE_WORKING);
	flow_chip_ended(&f, TG_CARD_FULL);
	flow_see_id(&f, "resume.undo");
	flow_keys(&f, "Enter");
	flow_at(&f, "pin");
	flow_see_id(&f, "carrier.kz-idcard");
	type_pin(&f);
	assert_int_equal(f.count[TG_FX_CHIP_UNDO], 1);
}

/* A certificate that was asked for exists somewhere: such work is finished, not undone. */
static void k8_what_cannot_be_undone_can_be_finished(void **state)
{
	(void)state;
	struct flow f;
	begin_unfinished(&f);
	flow_keys(&f, "Down Enter");
	type_pin(&f);
	flow_chip_ended(&f, TG_LIMIT);
	flow_at(&f, "failure");
	flow_see_id(&f, "failure.only-finish");
	flow_see_not(&f, tg_text(flow_sentences(), TG_LANG_RU, "resume.undo"));
	flow_keys(&f, "Enter");
	flow_at(&f, "pin");
	type_pin(&f);
	assert_int_equal(f.count[TG_FX_CHIP_RUN], 1);
	assert_int_equal(f.count[TG_FX_CHIP_UNDO], 1);
}

/* A token that came while the form was being filled: its unfinished work comes before the new application. */
static void k8_a_card_with_unfinished_work_changed_in_the_middle(void **state)
{
	(void)state;
	struct flow f;
	begin_at(&f, TG_STAGE_FORM);
	flow_card(&f, false);
	f.unfinished = "ABCD-0001-2345";
	(void)tg_copy(f.token.serial, sizeof f.token.serial, "ANOTHER");
	f.token.document = false;
	flow_card(&f, true);
	flow_at(&f, "form"); /* nobody is thrown out of the form */
	flow_walk(&f, TG_STAGE_RESUME);
	flow_see(&f, "ABCD-0001-2345");
	assert_int_equal(f.count[TG_FX_SUBMIT], 0);
	assert_string_equal(f.s.work_serial, "ANOTHER");
}

static void k5_tries_left_stand_there_before_the_pin(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	f.token.tries_left = 7;
	flow_walk(&f, TG_STAGE_CARRIER);
	flow_card(&f, true);
	flow_see(&f, ": 7.");
	flow_walk(&f, TG_STAGE_PIN);
	flow_see(&f, ": 7.");
	f.token.tries_left = -1;
	flow_begin(&f, flow_shipped());
	f.token.tries_left = -1;
	flow_walk(&f, TG_STAGE_PIN);
	flow_see_id(&f, "pin.tries-unknown");
}

static void k5_a_pin_of_wrong_length_burns_no_try(void **state)
{
	(void)state;
	static const unsigned wrong[] = {0, 1, 5, 16, 40};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct flow f;
		begin_at(&f, TG_STAGE_PIN);
		flow_pin(&f, wrong[i]);
		flow_keys(&f, "Enter");
		flow_at(&f, "pin");
		flow_see(&f, "T-303");
		assert_int_equal(f.count[TG_FX_SUBMIT], 0);
	}
}

static void k5_wrong_pin_stays_and_shows_the_new_tries(void **state)
{
	(void)state;
	struct flow f;
	begin_at(&f, TG_STAGE_WORKING);
	f.token.tries_left = 2;
	flow_forget_effects(&f);
	flow_chip_ended(&f, TG_PIN_WRONG);
	flow_at(&f, "pin");
	assert_int_equal(f.count[TG_FX_CLEAR_PIN], 1);
	assert_int_equal(f.count[TG_FX_TOKEN_INFO], 1);
	assert_int_equal(f.s.pin_characters, 0);
	flow_see(&f, "T-301");
	flow_see(&f, ": 2.");
	flow_pin(&f, 1);
	flow_see_not(&f, "T-301");
}

/* While the new number of tries is not known, Enter risks nothing. */
static void k5_no_try_while_the_tries_are_unknown_after_a_mistake(void **state)
{
	(void)state;
	struct flow f;
	begin_at(&f, TG_STAGE_WORKING);
	f.silent = true;
	flow_chip_ended(&f, TG_PIN_WRONG);
	flow_forget_effects(&f);
	flow_pin(&f, 6);
	flow_keys(&f, "Enter Enter");
	flow_at(&f, "pin");
	assert_int_equal(f.count[TG_FX_CHIP_RUN], 0);
}

static void k5_the_last_try_asks_first(void **state)
{
	(void)state;
	for (int by_flag = 0; by_flag < 2; by_flag++) {
		struct flow f;
		flow_begin(&f, flow_shipped());
		f.token.tries_left = by_flag ? -1 : 1;
		f.token.final_try = by_flag;
		flow_walk(&f, TG_STAGE_PIN);
		flow_see_id(&f, "pin.last-try");
		type_pin(&f);
		assert_int_equal(f.s.overlay, TG_OVERLAY_LAST_TRY);
		assert_false(tg_flow_wants_secret(&f.s));
		flow_keys(&f, "Enter"); /* the safe answer has the focus */
		flow_at(&f, "pin");
		assert_int_equal(f.count[TG_FX_SUBMIT], 0);
		flow_keys(&f, "Enter 2");
		flow_at(&f, "working");
	}
}

static void k5_a_card_that_locks_ends_the_journey(void **state)
{
	(void)state;
	struct flow f;
	begin_at(&f, TG_STAGE_WORKING);
	f.token.locked = true; /* the wrong PIN was the last one */
	f.token.tries_left = 0;
	flow_chip_ended(&f, TG_PIN_WRONG);
	flow_at(&f, "failure");
	flow_see(&f, "T-302");
	flow_keys(&f, "Enter");
	flow_at(&f, "idle");
}

static void k5_pin_characters_never_enter_the_state(void **state)
{
	(void)state;
	struct flow f;
	begin_at(&f, TG_STAGE_PIN);
	assert_true(tg_flow_wants_secret(&f.s));
	static struct tg_flow_state before;
	before = f.s;
	flow_keys(&f, "'74839201"); /* should the kiosk ever pass them on */
	assert_memory_equal(&before, &f.s, sizeof before);
	flow_pin(&f, 8);
	tg_flow_view(&f.config, &f.s, &f.view);
	assert_int_equal(f.view.items[f.view.focus].kind, TG_ITEM_PIN);
	assert_int_equal(f.view.items[f.view.focus].pin_characters, 8);
	assert_null(f.view.items[f.view.focus].value);
}

static void k5_a_pin_pad_asks_for_no_characters_here(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	f.token.pin_pad = true;
	flow_walk(&f, TG_STAGE_PIN);
	assert_false(tg_flow_wants_secret(&f.s));
	flow_keys(&f, "Enter");
	flow_at(&f, "working");
}

static void working_shows_each_step_of_each_key(void **state)
{
	(void)state;
	struct flow f;
	begin_at(&f, TG_STAGE_WORKING);
	flow_step_event(&f, TG_CHIP_GENERATE, 0, TG_STEP_DONE);
	flow_step_event(&f, TG_CHIP_WRITE, 1, TG_STEP_RUNNING);
	flow_step_event(&f, TG_CHIP_PROVE, 77, TG_STEP_RUNNING); /* no such key: no harm */
	flow_step_event(&f, TG_CHIP_PROVE, -1, TG_STEP_RUNNING);
	tg_flow_view(&f.config, &f.s, &f.view);
	unsigned steps = 0, done = 0;
	for (unsigned i = 0; i < f.view.n_items; i++) {
		steps += f.view.items[i].kind == TG_ITEM_STEP;
		done += f.view.items[i].kind == TG_ITEM_STEP && f.view.items[i].state == TG_STEP_DONE;
	}
	assert_int_equal(steps, 2 * 5);
	assert_int_equal(done, 1);
	assert_int_equal(f.view.items[f.view.focus].state, TG_STEP_RUNNING);
	assert_string_equal(f.view.items[f.view.focus].label, tg_text(flow_sentences(), TG_LANG_RU, "step.write"));
	flow_keys(&f, "Esc F10 Enter 1 2"); /* a write is never broken off */
	flow_at(&f, "working");
	assert_int_equal(f.s.overlay, TG_OVERLAY_NONE);
}

static void k10_the_receipt_is_asked_for_once_and_on_wish_again(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	f.receipt = TG_PRINTER_NONE;
	flow_walk(&f, TG_STAGE_RESULT);
	assert_int_equal(f.count[TG_FX_RECEIPT], 1);
	flow_see(&f, "T-601");
	f.receipt = TG_OK;
	flow_keys(&f, "End Enter");
	assert_int_equal(f.count[TG_FX_RECEIPT], 2);
	flow_see_id(&f, "receipt.paper");
	f.silent = true;
	flow_keys(&f, "Enter Enter Enter"); /* one print at a time */
	assert_int_equal(f.count[TG_FX_RECEIPT], 3);
}

/* A receipt of the last person that comes late is not shown to the next. */
static void k1_a_late_receipt_does_not_reach_the_next_person(void **state)
{
	(void)state;
	struct flow f;
	begin_at(&f, TG_STAGE_WORKING);
	f.silent = true;
	flow_chip_ended(&f, TG_OK);
	flow_keys(&f, "Enter");
	struct tg_event ev = flow_ev(&f, TG_EV_WIPED);
	flow_event(&f, &ev);
	flow_at(&f, "idle");
	f.silent = false;
	flow_card(&f, false);
	flow_walk(&f, TG_STAGE_WORKING);
	f.silent = true;
	flow_chip_ended(&f, TG_OK);
	flow_at(&f, "result");
	ev = flow_ev(&f, TG_EV_RECEIPT);
	(void)tg_copy(ev.where, sizeof ev.where, "LATE");
	flow_event(&f, &ev);
	flow_see_not(&f, "LATE");
	flow_see_id(&f, "receipt.busy");
	(void)tg_copy(ev.where, sizeof ev.where, "OWN");
	flow_event(&f, &ev);
	flow_see(&f, "OWN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(k3_the_reader_and_its_card_are_named),
	        cmocka_unit_test(k3_each_trouble_of_reader_or_card_has_its_own_sentence),
	        cmocka_unit_test(k3_a_slow_card_is_waited_for),
	        cmocka_unit_test(k3_late_answers_about_another_card_are_dropped),
	        cmocka_unit_test(k3_a_pulled_card_in_every_state_before_the_pin),
	        cmocka_unit_test(k3_a_card_pulled_at_the_pin),
	        cmocka_unit_test(k8_pulled_while_working_the_same_card_goes_on),
	        cmocka_unit_test(k8_unfinished_work_is_offered_at_the_next_visit),
	        cmocka_unit_test(k8_unfinished_work_can_be_undone),
	        cmocka_unit_test(k8_unfinished_work_can_be_left_for_later),
	        cmocka_unit_test(k8_a_failed_step_can_be_undone),
	        cmocka_unit_test(k8_what_cannot_be_undone_can_be_finished),
	        cmocka_unit_test(k8_a_card_with_unfinished_work_changed_in_the_middle),
	        cmocka_unit_test(k5_tries_left_stand_there_before_the_pin),
	        cmocka_unit_test(k5_a_pin_of_wrong_length_burns_no_try),
	        cmocka_unit_test(k5_wrong_pin_stays_and_shows_the_new_tries),
	        cmocka_unit_test(k5_no_try_while_the_tries_are_unknown_after_a_mistake),
	        cmocka_unit_test(k5_the_last_try_asks_first),
	        cmocka_unit_test(k5_a_card_that_locks_ends_the_journey),
	        cmocka_unit_test(k5_pin_characters_never_enter_the_state),
	        cmocka_unit_test(k5_a_pin_pad_asks_for_no_characters_here),
	        cmocka_unit_test(working_shows_each_step_of_each_key),
	        cmocka_unit_test(k10_the_receipt_is_asked_for_once_and_on_wish_again),
	        cmocka_unit_test(k1_a_late_receipt_does_not_reach_the_next_person),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
