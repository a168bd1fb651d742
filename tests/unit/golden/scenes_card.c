/* PIN to WORKING. */
#include "scenes.h"

static void pin(struct flow *f)
{
	flow_walk(f, TG_STAGE_PIN);
}

static void pin_typed(struct flow *f)
{
	flow_walk(f, TG_STAGE_PIN);
	flow_pin(f, 5);
}

static void pin_short(struct flow *f)
{
	pin_typed(f);
	flow_keys(f, "Enter");
	flow_at(f, "pin");
}

/* The card counted the wrong PIN down to `left`. */
static void wrong_pin(struct flow *f, int left)
{
	flow_walk(f, TG_STAGE_WORKING);
	f->token.tries_left = left;
	flow_chip_ended(f, TG_PIN_WRONG);
	flow_at(f, "pin");
}

static void pin_wrong(struct flow *f)
{
	wrong_pin(f, 2);
}

static void pin_last(struct flow *f)
{
	wrong_pin(f, 1);
	flow_pin(f, 6);
}

static void last_try(struct flow *f)
{
	pin_last(f);
	flow_keys(f, "Enter");
	assert_int_equal(f->s.overlay, TG_OVERLAY_LAST_TRY);
}

static void pin_pad(struct flow *f)
{
	f->token.pin_pad = true;
	flow_walk(f, TG_STAGE_PIN);
}

static void pin_unknown_tries(struct flow *f)
{
	f->token.tries_left = -1;
	flow_walk(f, TG_STAGE_PIN);
}

static void pin_low_tries(struct flow *f)
{
	f->token.tries_left = -1;
	f->token.tries_low = true;
	flow_walk(f, TG_STAGE_PIN);
}

static void pin_undo(struct flow *f)
{
	flow_walk(f, TG_STAGE_WORKING);
	flow_chip_ended(f, TG_KEY_GENERATE);
	flow_keys(f, "2");
	flow_keys(f, "Down Enter");
	flow_at(f, "pin");
}

static void submitting(struct flow *f)
{
	flow_walk(f, TG_STAGE_PIN);
	f->silent = true;
	flow_next(f);
	flow_at(f, "submitting");
}

static void working_first(struct flow *f)
{
	flow_walk(f, TG_STAGE_WORKING);
	flow_step_event(f, TG_CHIP_GENERATE, 0, TG_STEP_RUNNING);
}

static void one_key_done(struct flow *f)
{
	for (int step = TG_CHIP_GENERATE; step < TG_CHIP_UNDO; step++)
		flow_step_event(f, (enum tg_chip_step)step, 0, TG_STEP_DONE);
}

static void working_second(struct flow *f)
{
	flow_walk(f, TG_STAGE_WORKING);
	one_key_done(f);
	flow_step_event(f, TG_CHIP_GENERATE, 1, TG_STEP_DONE);
	flow_step_event(f, TG_CHIP_REQUEST, 1, TG_STEP_DONE);
	flow_step_event(f, TG_CHIP_ENROL, 1, TG_STEP_RUNNING);
}

static void working_failed(struct flow *f)
{
	flow_walk(f, TG_STAGE_WORKING);
	flow_step_event(f, TG_CHIP_GENERATE, 0, TG_STEP_DONE);
	flow_step_event(f, TG_CHIP_REQUEST, 0, TG_STEP_FAILED);
}

static void working_card_gone(struct flow *f)
{
	working_first(f);
	flow_card(f, false);
}

static void working_undo(struct flow *f)
{
	pin_undo(f);
	flow_pin(f, 6);
	flow_keys(f, "Enter");
	flow_at(f, "working");
}

const struct scene golden_card_scenes[] = {
        {"pin", pin},
        {"pin-typed", pin_typed},
        {"pin-short", pin_short},
        {"pin-wrong", pin_wrong},
        {"pin-last", pin_last},
        {"over-last-try", last_try},
        {"pin-pad", pin_pad},
        {"pin-unknown-tries", pin_unknown_tries},
        {"pin-low-tries", pin_low_tries},
        {"pin-undo", pin_undo},
        {"submitting", submitting},
        {"working-first", working_first},
        {"working-second", working_second},
        {"working-failed", working_failed},
        {"working-card-gone", working_card_gone},
        {"working-undo", working_undo},
        {NULL, NULL},
};
