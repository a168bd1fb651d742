/* RESULT to OUT_OF_SERVICE, and what lies over the screens. */
#include "scenes.h"

/* Serial numbers as long as they may be: 20 bytes (RFC 5280 §4.1.2.2). */
static void long_serials(struct flow *f)
{
	flow_at(f, "result");
	(void)tg_copy(f->s.keys[0].serial, sizeof f->s.keys[0].serial, "5a01c0ffee5a01c0ffee5a01c0ffee5a01c0ffee");
	(void)tg_copy(f->s.keys[1].serial, sizeof f->s.keys[1].serial, "5a02c0ffee5a02c0ffee5a02c0ffee5a02c0ffee");
}

static void result_receipt_busy(struct flow *f)
{
	flow_walk(f, TG_STAGE_WORKING);
	f->silent = true;
	flow_chip_ended(f, TG_OK);
	long_serials(f);
}

static void result(struct flow *f)
{
	flow_walk(f, TG_STAGE_RESULT);
	long_serials(f);
}

static void registered(struct flow *f)
{
	struct tg_event ev = flow_ev(f, TG_EV_SYNC);
	(void)tg_copy(ev.number, sizeof ev.number, f->s.number);
	ev.sent_ms = f->wall + 60000;
	ev.registered_ms = f->wall + 120000;
	flow_event(f, &ev);
}

static void result_registered(struct flow *f)
{
	flow_walk(f, TG_STAGE_RESULT);
	long_serials(f);
	registered(f);
}

static void result_no_printer(struct flow *f)
{
	f->receipt = TG_PRINT_FAILED;
	flow_walk(f, TG_STAGE_RESULT);
	long_serials(f);
	registered(f);
}

static void ended_with(struct flow *f, enum tg_status status, const char *stage)
{
	flow_walk(f, TG_STAGE_WORKING);
	flow_chip_ended(f, status);
	flow_at(f, stage);
}

static void waiting_centre(struct flow *f)
{
	ended_with(f, TG_CENTRE_DOWN, "waiting");
}

static void waiting_mismatch(struct flow *f)
{
	ended_with(f, TG_CERT_MISMATCH, "waiting");
}

static void waiting_ca(struct flow *f)
{
	ended_with(f, TG_CA_DOWN, "waiting");
	registered(f);
}

static void resume(struct flow *f)
{
	f->unfinished = "K7M2-0004-9QX1";
	flow_keys(f, "3 1 1");
	flow_card(f, true);
	flow_at(f, "resume");
}

static void resume_insert(struct flow *f)
{
	flow_walk(f, TG_STAGE_WORKING);
	f->s.reader.card = false;
	flow_chip_ended(f, TG_CARD_PULLED);
	flow_at(f, "resume");
}

static void resume_other_card(struct flow *f)
{
	resume_insert(f);
	(void)tg_copy(f->token.serial, sizeof f->token.serial, "DECC0409999");
	flow_card(f, true);
	flow_at(f, "resume");
}

static void resume_lost(struct flow *f)
{
	ended_with(f, TG_TOKEN_LOST, "resume");
}

static void failure_applicant(struct flow *f)
{
	ended_with(f, TG_KEY_GENERATE, "failure");
}

static void failure_operator(struct flow *f)
{
	ended_with(f, TG_STORE_DAMAGED, "failure");
}

static void failure_bug(struct flow *f)
{
	ended_with(f, TG_TOKEN_PROTOCOL, "failure");
}

static void failure_locked(struct flow *f)
{
	ended_with(f, TG_PIN_LOCKED, "failure");
}

static void failure_not_recorded(struct flow *f)
{
	f->submit = TG_DISK_FULL;
	flow_walk(f, TG_STAGE_PIN);
	flow_next(f);
	flow_at(f, "failure");
}

static void undo(struct flow *f, enum tg_status how)
{
	failure_applicant(f);
	flow_keys(f, "Down Enter");
	flow_pin(f, 6);
	flow_keys(f, "Enter");
	flow_chip_ended(f, how);
	flow_at(f, "failure");
}

static void failure_undone(struct flow *f)
{
	undo(f, TG_OK);
}

static void failure_only_finish(struct flow *f)
{
	undo(f, TG_LIMIT);
}

static void wiping(struct flow *f)
{
	flow_walk(f, TG_STAGE_CARRIER);
	f->silent = true;
	flow_keys(f, "F10 Down Enter");
	flow_at(f, "wiping");
}

static void wiping_card(struct flow *f)
{
	flow_walk(f, TG_STAGE_FORM);
	f->silent = true;
	flow_keys(f, "F10 Down Enter");
	flow_at(f, "wiping");
}

static void out_of_service(struct flow *f)
{
	flow_walk(f, TG_STAGE_FORM);
	struct tg_event ev = flow_ev(f, TG_EV_BUG);
	flow_event(f, &ev);
	flow_at(f, "out-of-service");
}

const struct scene golden_end_scenes[] = {
        {"result-receipt-busy", result_receipt_busy},
        {"result", result},
        {"result-registered", result_registered},
        {"result-no-printer", result_no_printer},
        {"waiting-centre", waiting_centre},
        {"waiting-ca", waiting_ca},
        {"waiting-mismatch", waiting_mismatch},
        {"resume", resume},
        {"resume-insert", resume_insert},
        {"resume-other-card", resume_other_card},
        {"resume-lost", resume_lost},
        {"failure-applicant", failure_applicant},
        {"failure-operator", failure_operator},
        {"failure-bug", failure_bug},
        {"failure-locked", failure_locked},
        {"failure-not-recorded", failure_not_recorded},
        {"failure-undone", failure_undone},
        {"failure-only-finish", failure_only_finish},
        {"wiping", wiping},
        {"wiping-card", wiping_card},
        {"out-of-service", out_of_service},
        {NULL, NULL},
};

static void over_cancel(struct flow *f)
{
	flow_walk(f, TG_STAGE_FORM);
	flow_keys(f, "F10");
}

static void over_cancel_recorded(struct flow *f)
{
	resume(f);
	flow_keys(f, "F10");
}

static void over_idle_warning(struct flow *f)
{
	flow_walk(f, TG_STAGE_FORM);
	flow_tick(f, 90000);
	flow_tick(f, 7000);
	assert_int_equal(f->s.overlay, TG_OVERLAY_IDLE);
}

static void over_help(struct flow *f)
{
	flow_walk(f, TG_STAGE_FORM);
	flow_keys(f, "F1");
}

static void over_help_pin(struct flow *f)
{
	flow_walk(f, TG_STAGE_PIN);
	flow_keys(f, "F1");
}

static void over_help_idle(struct flow *f)
{
	flow_keys(f, "F1");
}

static void over_where_question(struct flow *f)
{
	flow_to_typed_form(f);
	flow_to_field(f, "iin");
	flow_keys(f, "'900101300018 Tab BackTab F3");
}

static void over_where_optional(struct flow *f)
{
	flow_walk(f, TG_STAGE_FORM);
	flow_to_field(f, "patronymic");
	flow_keys(f, "F3");
}

static void over_where_answered(struct flow *f)
{
	flow_walk(f, TG_STAGE_REVIEW);
	flow_keys(f, "Down Down F3");
}

static void over_where_consent(struct flow *f)
{
	flow_walk(f, TG_STAGE_CONSENT);
	flow_keys(f, "Space F3");
}

static void over_where_pin(struct flow *f)
{
	flow_walk(f, TG_STAGE_PIN);
	flow_pin(f, 4);
	flow_keys(f, "F3");
}

static void over_where_working(struct flow *f)
{
	flow_walk(f, TG_STAGE_WORKING);
	flow_step_event(f, TG_CHIP_GENERATE, 0, TG_STEP_RUNNING);
	flow_keys(f, "F3");
}

static void over_language(struct flow *f)
{
	flow_walk(f, TG_STAGE_FORM);
	flow_keys(f, "F2");
}

const struct scene golden_overlay_scenes[] = {
        {"over-cancel", over_cancel},
        {"over-cancel-recorded", over_cancel_recorded},
        {"over-idle-warning", over_idle_warning},
        {"over-help", over_help},
        {"over-help-pin", over_help_pin},
        {"over-help-idle", over_help_idle},
        {"over-where-question", over_where_question},
        {"over-where-optional", over_where_optional},
        {"over-where-answered", over_where_answered},
        {"over-where-consent", over_where_consent},
        {"over-where-pin", over_where_pin},
        {"over-where-working", over_where_working},
        {"over-language", over_language},
        {NULL, NULL},
};
