/* PIN_CHANGE, STAFF and UNBLOCK: no try burnt by accident, no weak PIN, nobody unblocks who is not of the staff (K-5,
 * P-5). */
#include "flow_cabinet.h"
#include "flow_chip.h"

#include <string.h>

static struct flow f;

static int begin(void **state)
{
	(void)state;
	flow_begin(&f, flow_shipped());
	return 0;
}

static void forced(void)
{
	f.token.pin_to_be_changed = true;
	flow_walk(&f, TG_STAGE_PIN_CHANGE);
}

/* As the cabinet leads there. */
static void own_will(void)
{
	flow_walk(&f, TG_STAGE_PIN);
	struct tg_event ev = flow_ev(&f, TG_EV_TICK);
	f.s.stage = TG_STAGE_HOME;
	f.s.pin.then = TG_STAGE_HOME;
	f.s.stage = TG_STAGE_PIN_CHANGE;
	flow_event(&f, &ev);
}

static void secret_is(enum tg_secret_slot slot)
{
	assert_int_equal(tg_flow_wants_secret(&f.s), slot);
}

static void k5_a_pin_that_must_be_changed_is_not_used_for_anything_else(void **state)
{
	(void)state;
	forced();
	flow_see(&f, "T-313");
	assert_int_equal(f.count[TG_FX_KEEP_PIN], 1);
	assert_int_equal(f.count[TG_FX_SUBMIT], 0);
	assert_int_equal(f.count[TG_FX_CHIP_RUN], 0);
	secret_is(TG_SECRET_NEW); /* the old one is known already */
}

static void k5_the_factory_pin_forces_it_too(void **state)
{
	(void)state;
	flow_walk(&f, TG_STAGE_PIN);
	struct tg_event ev = flow_ev(&f, TG_EV_PIN);
	ev.pin_characters = 8;
	ev.factory = true;
	flow_event(&f, &ev);
	flow_keys(&f, "Enter");
	flow_at(&f, "pin-change");
	ev.pin_characters = 0;
	flow_keys(&f, "Esc");
	flow_at(&f, "pin");
	flow_pin(&f, 8); /* another one now */
	flow_keys(&f, "Enter");
	assert_int_not_equal(f.s.stage, TG_STAGE_PIN_CHANGE);
}

static void k5_nobody_enters_with_the_makers_pin(void **state)
{
	(void)state;
	f.token.pin_to_be_changed = true;
	flow_cabinet_walk(&f, TG_STAGE_ENTER);
	flow_pin(&f, 8);
	flow_forget_effects(&f);
	flow_keys(&f, "Enter");
	flow_at(&f, "pin-change");
	assert_int_equal(f.count[TG_FX_ENTER], 0);
	assert_int_equal(f.count[TG_FX_KEEP_PIN], 1);
	assert_int_equal(f.count[TG_FX_CLEAR_PIN], 0);
	flow_new_pin(&f, 8);
	f.token.pin_to_be_changed = false;
	flow_pin_ended(&f, TG_OK);
	flow_at(&f, "enter");
	assert_true(f.count[TG_FX_CLEAR_PIN] > 0); /* it is typed once more, to enter */
}

static void k5_a_weak_one_is_refused_with_its_reason_before_it_is_typed_again(void **state)
{
	(void)state;
	static const struct {
		enum tg_pin_flaw flaw;
		const char *id;
	} rows[] = {{TG_FLAW_EASY, "pin-flaw.easy"}, {TG_FLAW_BIRTH, "pin-flaw.birth"},
	        {TG_FLAW_NUMBER, "pin-flaw.number"}, {TG_FLAW_SAME, "pin-flaw.same"}};
	forced();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		f.judged = TG_PIN_WEAK;
		f.flaw = rows[i].flaw;
		flow_forget_effects(&f);
		flow_pin(&f, 6);
		flow_keys(&f, "Enter");
		flow_see(&f, tg_text(f.config.i18n, f.s.lang, rows[i].id));
		flow_see(&f, "T-314");
		assert_int_equal(f.count[TG_FX_CLEAR_NEW], 1);
		assert_int_equal(f.count[TG_FX_PIN_CHANGE], 0);
		assert_int_equal(f.s.pin.characters[TG_SECRET_NEW], 0);
		secret_is(TG_SECRET_NEW);
	}
}

static void k5_two_different_entries_reach_no_card(void **state)
{
	(void)state;
	forced();
	flow_pin(&f, 6);
	flow_keys(&f, "Enter");
	secret_is(TG_SECRET_AGAIN);
	flow_pin(&f, 6);
	f.judged = TG_PIN_MISMATCH;
	flow_keys(&f, "Enter");
	flow_see(&f, "T-315");
	secret_is(TG_SECRET_NEW);
	assert_int_equal(f.count[TG_FX_PIN_CHANGE], 0);
	f.judged = TG_OK;
	flow_new_pin(&f, 7);
	assert_int_equal(f.count[TG_FX_PIN_CHANGE], 1);
}

static void k5_a_length_that_the_carrier_refuses_reaches_nobody(void **state)
{
	(void)state;
	forced();
	flow_pin(&f, 5);
	flow_keys(&f, "Enter");
	flow_see(&f, "T-303");
	flow_pin(&f, 16);
	flow_keys(&f, "Enter");
	flow_see(&f, "T-303");
	assert_int_equal(f.count[TG_FX_PIN_JUDGE], 0);
}

static void an_edited_new_pin_is_judged_anew(void **state)
{
	(void)state;
	forced();
	flow_pin(&f, 6);
	flow_keys(&f, "Enter Up");
	flow_pin(&f, 7);
	flow_keys(&f, "Down");
	flow_pin(&f, 7);
	flow_keys(&f, "Enter"); /* judged, and the second entry waits for another Enter */
	assert_int_equal(f.count[TG_FX_PIN_JUDGE], 2);
	assert_int_equal(f.count[TG_FX_PIN_CHANGE], 0);
	flow_keys(&f, "Enter");
	assert_int_equal(f.count[TG_FX_PIN_CHANGE], 1);
}

static void k5_after_a_forced_change_the_journey_goes_on(void **state)
{
	(void)state;
	forced();
	flow_new_pin(&f, 6);
	assert_true(tg_flow_busy(&f.s));
	flow_keys(&f, "Enter Esc F10 2");
	flow_at(&f, "pin-change");
	secret_is(TG_SECRET_NONE);
	f.token.pin_to_be_changed = false;
	flow_forget_effects(&f);
	flow_pin_ended(&f, TG_OK);
	flow_at(&f, "working");
	assert_int_equal(f.count[TG_FX_SUBMIT], 1);
	assert_int_equal(f.count[TG_FX_CHIP_RUN], 1);
	assert_int_equal(f.count[TG_FX_CLEAR_PIN], 0); /* the new one is in hand */
}

static void k5_a_wrong_old_pin_shows_the_tries_left(void **state)
{
	(void)state;
	own_will();
	secret_is(TG_SECRET_OLD);
	flow_pin(&f, 6);
	flow_keys(&f, "Enter");
	flow_new_pin(&f, 7);
	f.token.tries_left = 2;
	flow_pin_ended(&f, TG_PIN_WRONG);
	flow_at(&f, "pin-change");
	flow_see(&f, "T-301");
	flow_see(&f, "2");
	secret_is(TG_SECRET_OLD);
	for (int i = TG_SECRET_OLD; i <= TG_SECRET_AGAIN; i++)
		assert_int_equal(f.s.pin.characters[i], 0);
	assert_true(f.count[TG_FX_CLEAR_PIN] > 0);
	flow_begin(&f, flow_shipped());
	forced();
	flow_new_pin(&f, 6);
	flow_pin_ended(&f, TG_PIN_WRONG);
	flow_at(&f, "pin");
	flow_see(&f, "T-301");
}

static void k5_the_last_try_asks_first(void **state)
{
	(void)state;
	f.token.tries_left = 1;
	own_will();
	flow_pin(&f, 6);
	flow_keys(&f, "Enter");
	flow_new_pin(&f, 7);
	assert_int_equal(f.s.overlay, TG_OVERLAY_LAST_TRY);
	assert_int_equal(f.count[TG_FX_PIN_CHANGE], 0);
	flow_keys(&f, "1");
	assert_int_equal(f.count[TG_FX_PIN_CHANGE], 0);
	flow_keys(&f, "Enter 2");
	assert_int_equal(f.count[TG_FX_PIN_CHANGE], 1);
	flow_pin_ended(&f, TG_PIN_LOCKED);
	flow_at(&f, "failure");
	flow_see(&f, "T-302");
}

static void k5_a_pin_pad_types_nothing_here(void **state)
{
	(void)state;
	f.token.pin_pad = true;
	own_will();
	secret_is(TG_SECRET_NONE);
	flow_keys(&f, "Enter");
	assert_int_equal(f.count[TG_FX_PIN_CHANGE], 1);
	flow_pin_ended(&f, TG_PIN_PAD_CANCELLED);
	flow_at(&f, "pin-change");
	flow_see(&f, "T-325");
	flow_keys(&f, "Enter");
	flow_pin_ended(&f, TG_OK);
	flow_see_id(&f, "pin-change.done");
}

static void k8_a_pulled_card_says_which_pin_may_hold(void **state)
{
	(void)state;
	forced();
	flow_new_pin(&f, 6);
	flow_card(&f, false);
	flow_pin_ended(&f, TG_CARD_PULLED);
	flow_at(&f, "carrier");
	assert_true(f.count[TG_FX_CLEAR_PIN] > 0);
	(void)snprintf(f.token.pin_broken, sizeof f.token.pin_broken, "factory");
	flow_card(&f, true);
	flow_see_id(&f, "pin.broken-change");
	flow_keys(&f, "Enter");
	flow_at(&f, "pin");
	flow_see_id(&f, "pin.broken-change");
}

static void a_card_pulled_before_the_change_reaches_no_card(void **state)
{
	(void)state;
	forced();
	flow_pin(&f, 6);
	flow_card(&f, false);
	flow_at(&f, "carrier");
	secret_is(TG_SECRET_NONE);
	assert_int_equal(f.s.pin.characters[TG_SECRET_NEW], 0);
}

/* ---- staff ---- */

static void p5_without_staff_or_without_an_unblocking_pin_nothing_is_offered(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		flow_begin(&f, flow_shipped());
		f.config.staff = i == 0;
		f.token.can_unblock = i == 1;
		f.token.locked = true;
		flow_walk(&f, TG_STAGE_CARRIER);
		flow_card(&f, true);
		flow_see(&f, "T-302");
		flow_keys(&f, "Enter");
		flow_at(&f, "carrier");
	}
}

static void p5_the_persons_reader_is_kept_for_the_persons_card(void **state)
{
	(void)state;
	flow_to_staff(&f);
	assert_string_equal(f.s.wanted_reader, "Virtual PCD 00 00");
	flow_keys(&f, "Esc");
	flow_at(&f, "carrier");
	assert_string_equal(f.s.wanted_reader, "");
}

static void p5_a_token_of_nobody_is_refused_before_its_pin(void **state)
{
	(void)state;
	flow_to_staff(&f);
	f.staff_token = (struct tg_token_state){.status = TG_STAFF_UNKNOWN, .tries_left = -1};
	flow_other_card(&f, true);
	flow_see(&f, "T-324");
	secret_is(TG_SECRET_NONE);
	assert_int_equal(f.count[TG_FX_STAFF_PROVE], 0);
	flow_other_card(&f, false);
	flow_see_not(&f, "T-324");
}

static void p5_wrong_pin_of_staff_and_the_last_try(void **state)
{
	(void)state;
	f.staff = TG_PIN_WRONG;
	f.staff_token.tries_left = 1;
	flow_to_staff(&f);
	flow_other_card(&f, true);
	secret_is(TG_SECRET_STAFF);
	flow_pin(&f, 8);
	flow_keys(&f, "Enter");
	assert_int_equal(f.s.overlay, TG_OVERLAY_LAST_TRY);
	flow_keys(&f, "2");
	assert_int_equal(f.count[TG_FX_STAFF_PROVE], 1);
	flow_see(&f, "T-301");
	assert_int_equal(f.s.staff.step, TG_STAFF_PIN);
	assert_int_equal(f.s.pin.characters[TG_SECRET_STAFF], 0);
}

static void p5_nothing_is_unblocked_before_it_was_compared(void **state)
{
	(void)state;
	flow_staff_known(&f);
	flow_see(&f, "ТІЛЕУОВ ДӘУРЕН");
	flow_keys(&f, "End Enter");
	flow_at(&f, "staff");
	flow_see_id(&f, "staff.not-compared");
	flow_keys(&f, "Enter Enter");
	flow_at(&f, "unblock");
}

static void p5_the_document_tells_whose_card_it_is(void **state)
{
	(void)state;
	f.token.document = true;
	flow_staff_known(&f);
	flow_keys(&f, "Enter");
	flow_read(&f, TG_OK);
	flow_keys(&f, "Enter");
	flow_at(&f, "staff");
	flow_see(&f, "NURLANOVA AIGUL");
	flow_see(&f, "01.01.1990");
	assert_int_equal(f.s.staff.step, TG_STAFF_CHECK);
}

static void p5_a_card_pulled_ends_the_help(void **state)
{
	(void)state;
	flow_staff_known(&f);
	flow_card(&f, false);
	flow_at(&f, "carrier");
	assert_int_equal(f.s.staff.step, TG_STAFF_INSERT);
	assert_string_equal(f.s.staff.name, "");
	assert_string_equal(f.s.wanted_reader, "");
	assert_int_equal(f.count[TG_FX_UNBLOCK], 0);
}

static void p5_staff_and_person_type_apart(void **state)
{
	(void)state;
	flow_to_unblock(&f);
	secret_is(TG_SECRET_SO);
	flow_keys(&f, "Enter"); /* nothing typed yet */
	secret_is(TG_SECRET_SO);
	flow_pin(&f, 16);
	flow_keys(&f, "Enter");
	flow_see_id(&f, "unblock.turn-away");
	secret_is(TG_SECRET_NEW);
	flow_new_pin(&f, 6);
	assert_int_equal(f.count[TG_FX_UNBLOCK], 1);
	flow_keys(&f, "Esc F10 2 Enter");
	flow_at(&f, "unblock");
}

static void p5_a_wrong_unblocking_pin_begins_anew(void **state)
{
	(void)state;
	flow_to_unblock(&f);
	flow_pin(&f, 16);
	flow_keys(&f, "Enter");
	flow_new_pin(&f, 6);
	flow_forget_effects(&f);
	flow_pin_ended(&f, TG_SO_PIN_WRONG);
	flow_see(&f, "T-316");
	secret_is(TG_SECRET_SO);
	assert_true(f.count[TG_FX_CLEAR_PIN] > 0);
	flow_pin(&f, 16);
	flow_keys(&f, "Enter");
	flow_new_pin(&f, 6);
	flow_pin_ended(&f, TG_SO_PIN_LOCKED);
	flow_at(&f, "failure");
	flow_see(&f, "T-317");
}

static void p5_unblocked_the_card_is_usable_again(void **state)
{
	(void)state;
	flow_to_unblock(&f);
	flow_pin(&f, 16);
	flow_keys(&f, "Enter");
	flow_new_pin(&f, 6);
	f.token.locked = false;
	f.token.tries_left = 3;
	flow_pin_ended(&f, TG_OK);
	flow_see_id(&f, "unblock.done");
	flow_keys(&f, "Enter");
	flow_at(&f, "carrier");
	assert_string_equal(f.s.wanted_reader, "");
	flow_keys(&f, "Enter");
	flow_at(&f, "document");
}

static void p5_out_of_an_application_it_leads_back_into_it(void **state)
{
	(void)state;
	f.token.can_unblock = true;
	flow_walk(&f, TG_STAGE_WORKING);
	f.token.locked = true;
	flow_chip_ended(&f, TG_PIN_LOCKED);
	flow_at(&f, "failure");
	flow_keys(&f, "Enter");
	flow_at(&f, "staff");
	flow_other_card(&f, true);
	flow_pin(&f, 8);
	flow_keys(&f, "Enter Enter Enter");
	flow_at(&f, "unblock");
	flow_pin(&f, 16);
	flow_keys(&f, "Enter");
	flow_new_pin(&f, 6);
	f.token.locked = false;
	flow_pin_ended(&f, TG_OK);
	flow_keys(&f, "Enter");
	flow_at(&f, "resume");
}

static void p5_time_out_takes_everything_with_it(void **state)
{
	(void)state;
	flow_to_unblock(&f);
	flow_pin(&f, 16);
	flow_tick(&f, 100000);
	flow_tick(&f, 100000);
	flow_at(&f, "idle");
	assert_false(flow_state_has(&f.s, "ДӘУРЕН"));
	assert_int_equal(f.s.pin.characters[TG_SECRET_SO], 0);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(k5_a_pin_that_must_be_changed_is_not_used_for_anything_else),
	        TEST(k5_the_factory_pin_forces_it_too), TEST(k5_nobody_enters_with_the_makers_pin),
	        TEST(k5_a_weak_one_is_refused_with_its_reason_before_it_is_typed_again),
	        TEST(k5_two_different_entries_reach_no_card), TEST(k5_a_length_that_the_carrier_refuses_reaches_nobody),
	        TEST(an_edited_new_pin_is_judged_anew), TEST(k5_after_a_forced_change_the_journey_goes_on),
	        TEST(k5_a_wrong_old_pin_shows_the_tries_left), TEST(k5_the_last_try_asks_first),
	        TEST(k5_a_pin_pad_types_nothing_here), TEST(k8_a_pulled_card_says_which_pin_may_hold),
	        TEST(a_card_pulled_before_the_change_reaches_no_card),
	        TEST(p5_without_staff_or_without_an_unblocking_pin_nothing_is_offered),
	        TEST(p5_the_persons_reader_is_kept_for_the_persons_card),
	        TEST(p5_a_token_of_nobody_is_refused_before_its_pin), TEST(p5_wrong_pin_of_staff_and_the_last_try),
	        TEST(p5_nothing_is_unblocked_before_it_was_compared), TEST(p5_the_document_tells_whose_card_it_is),
	        TEST(p5_a_card_pulled_ends_the_help), TEST(p5_staff_and_person_type_apart),
	        TEST(p5_a_wrong_unblocking_pin_begins_anew), TEST(p5_unblocked_the_card_is_usable_again),
	        TEST(p5_out_of_an_application_it_leads_back_into_it), TEST(p5_time_out_takes_everything_with_it)};
	return cmocka_run_group_tests_name("pin", tests, flow_group_setup, flow_group_teardown);
}
