/* NCA-6: the journey over two carriers: the second is asked for when the first is finished, a wrong card is named
 * before its PIN, and nothing is left out by one key. */
#include "flow_two.h"

static void nca6_the_second_is_asked_for(void **state)
{
	struct flow f;
	(void)state;
	flow_to_second(&f);
	flow_see_id(&f, "title.second-sim");
	flow_see_id(&f, "second.done-id-card");
	flow_see_id(&f, "carrier.insert-sim");
	flow_see_not(&f, "T-"); /* that the first card lies there still is no mistake */
	flow_sim_in(&f);
	flow_keys(&f, "Enter");
	flow_at(&f, "pin");
	flow_see_id(&f, "carrier.kz-sim");
	flow_pin(&f, 6);
	flow_keys(&f, "Enter");
	flow_at(&f, "working");
	assert_int_equal(f.count[TG_FX_CHIP_RUN], 1);
	flow_see_id(&f, "key-plan.sim-sign"); /* and not the keys that are done */
	struct tg_work_facts done = flow_work_at(2);
	flow_work_ended(&f, TG_OK, &done);
	flow_at(&f, "result");
	flow_see_id(&f, "result.text-both");
}

/* K-3: another card than the one that is waited for is named before any PIN. */
static void nca6_a_wrong_card_is_named(void **state)
{
	struct flow f;
	(void)state;
	flow_to_second(&f);
	flow_sim_in(&f);
	flow_card(&f, false);
	(void)tg_copy(f.token.purpose, sizeof f.token.purpose, "token");
	(void)tg_copy(f.token.serial, sizeof f.token.serial, "R1");
	flow_card(&f, true);
	flow_see_id(&f, "error.card-other");
	flow_keys(&f, "Enter Enter");
	assert_int_equal(f.count[TG_FX_CHIP_RUN], 0);
	assert_true(f.s.stage == TG_STAGE_SECOND);
}

/* Once its work was begun it is that SIM and no other. */
static void nca6_another_sim_is_another_card(void **state)
{
	struct flow f;
	struct tg_work_facts work = flow_work_at(1);
	(void)state;
	flow_to_second(&f);
	flow_sim_in(&f);
	flow_keys(&f, "Enter");
	flow_pin(&f, 6);
	flow_keys(&f, "Enter");
	(void)tg_copy(work.carriers[1].serial, sizeof work.carriers[1].serial, "51c04a08");
	work.touched = true;
	flow_work_ended(&f, TG_CARD_PULLED, &work);
	flow_at(&f, "second");
	flow_card(&f, false);
	flow_card(&f, true);
	flow_see_id(&f, "error.card-other");
	flow_see(&f, "51c04a08");
}

static void nca6_one_key_leaves_nothing_out(void **state)
{
	struct flow f;
	(void)state;
	flow_to_second(&f);
	flow_keys(&f, "Enter"); /* a key that was meant for the card */
	assert_int_equal(f.s.overlay, TG_OVERLAY_WITHOUT);
	flow_keys(&f, "Enter");
	assert_int_equal(f.s.overlay, TG_OVERLAY_NONE);
	flow_at(&f, "second");
	assert_int_equal(f.count[TG_FX_CHIP_LEAVE_OUT], 0);
}

static void nca6_it_is_delivered_without(void **state)
{
	struct flow f;
	struct tg_work_facts done = flow_work_at(2);
	(void)state;
	flow_to_second(&f);
	flow_keys(&f, "Enter 2");
	flow_at(&f, "working"); /* no card is needed: nothing is on it */
	assert_int_equal(f.count[TG_FX_CHIP_LEAVE_OUT], 1);
	assert_int_equal(f.count[TG_FX_CHIP_RUN], 0);
	done.left_out = true;
	flow_work_ended(&f, TG_OK, &done);
	flow_at(&f, "result");
	flow_see_id(&f, "result.text-part");
	flow_see_id(&f, "written.not-sim");
}

/* A key was made on it: it leaves the card, with its PIN, and without the card it is not offered. */
static void nca6_a_key_that_was_made_is_removed(void **state)
{
	struct flow f;
	struct tg_work_facts work = flow_work_at(1);
	(void)state;
	flow_to_second(&f);
	flow_sim_in(&f);
	flow_keys(&f, "Enter");
	flow_pin(&f, 6);
	flow_keys(&f, "Enter");
	(void)tg_copy(work.carriers[1].serial, sizeof work.carriers[1].serial, "51c04a07");
	work.touched = true;
	flow_work_ended(&f, TG_CENTRE_DOWN, &work);
	flow_at(&f, "waiting");
	flow_keys(&f, "End Enter 2");
	flow_at(&f, "pin");
	flow_see_id(&f, "carrier.kz-sim");
	flow_card(&f, false);
	flow_at(&f, "second");
	flow_see_id(&f, "second.remove");
	flow_keys(&f, "Home Enter");
	assert_int_equal(f.s.overlay, TG_OVERLAY_CANCEL); /* all there is: to come later */
	flow_keys(&f, "Enter");
	flow_card(&f, true);
	flow_keys(&f, "Down Enter 2");
	flow_at(&f, "pin");
	flow_pin(&f, 6);
	flow_keys(&f, "Enter");
	assert_int_equal(f.count[TG_FX_CHIP_LEAVE_OUT], 1);
}

/* A certificate for it was received: it can only be finished. */
static void nca6_what_was_received_is_finished(void **state)
{
	struct flow f;
	struct tg_work_facts work = flow_work_at(1);
	(void)state;
	flow_to_second(&f);
	flow_sim_in(&f);
	flow_keys(&f, "Enter");
	flow_pin(&f, 6);
	flow_keys(&f, "Enter");
	work.touched = true;
	work.can_leave_out = false;
	flow_work_ended(&f, TG_CARD_PULLED, &work);
	flow_at(&f, "second");
	flow_keys(&f, "End Enter");
	assert_int_equal(f.s.overlay, TG_OVERLAY_CANCEL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nca6_the_second_is_asked_for),
	        cmocka_unit_test(nca6_a_wrong_card_is_named),
	        cmocka_unit_test(nca6_another_sim_is_another_card),
	        cmocka_unit_test(nca6_one_key_leaves_nothing_out),
	        cmocka_unit_test(nca6_it_is_delivered_without),
	        cmocka_unit_test(nca6_a_key_that_was_made_is_removed),
	        cmocka_unit_test(nca6_what_was_received_is_finished),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
