/* JUDGING: the application is recorded, and the centre judges its signature or takes the certificates back. The verdict
 * comes with the feed. Whoever cannot wait leaves with the number; nothing is said to be done that is not (K-15). */
#include "cabinet.h"
#include "ways.h"

static void ask(struct tg_turn *t)
{
	tg_turn_ask(t, TG_FX_VERDICT, &t->s->asked.verdict);
}

static void enter(struct tg_turn *t)
{
	t->s->ways.judge_until_ms = t->s->now_ms + TG_JUDGE_WAIT_MS;
	ask(t);
}

/* The PIN is in hand only for chip work that follows at once. */
static void leave(struct tg_turn *t, enum tg_stage to)
{
	if (to != TG_STAGE_WORKING && to != TG_STAGE_PIN)
		(void)tg_turn_emit(t, TG_FX_CLEAR_PIN);
}

/* Acceptance is not the end where the centre has something to do. */
static bool done_by_centre(const struct tg_flow_state *s)
{
	return tg_operation_is(s, "revoke") || tg_operation_is(s, "companies");
}

static bool still_open(const struct tg_flow_state *s)
{
	return tg_outcome_is(s, TG_STATE_VERIFYING) || tg_outcome_is(s, TG_STATE_SUBMITTED) ||
	       tg_outcome(s)[0] == '\0' || (done_by_centre(s) && tg_outcome_is(s, TG_STATE_ACCEPTED));
}

/* Certificates follow where the signature was good; else the new keys leave the card again (NCA-9.again). */
static void judged(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	bool goes_on = tg_outcome_is(s, TG_STATE_ACCEPTED) && tg_makes_keys(s);
	s->undoing = tg_outcome_is(s, TG_STATE_REFUSED) && tg_flow_signs_keys(s);
	if (tg_outcome_is(s, TG_STATE_ACCEPTED) && tg_operation_is(s, "ssl"))
		tg_turn_go(t, TG_STAGE_DELIVER);
	else if (!goes_on && !s->undoing)
		tg_turn_go(t, TG_STAGE_RESULT);
	else if (s->token.pin_pad ||
	         s->resumed) /* the PIN is in hand only where it was typed before this number was given */
		tg_turn_go(t, TG_STAGE_PIN);
	else
		tg_turn_go(t, TG_STAGE_WORKING);
}

static void choose(struct tg_turn *t, unsigned slot)
{
	(void)slot;
	tg_turn_go(t, TG_STAGE_RESULT);
}

static void event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (t->ev->kind != TG_EV_VERDICT)
		return;
	tg_take_facts(s, t->ev);
	s->last_input_ms = s->now_ms; /* the machine works: the person cannot hurry it */
	if (!still_open(s))
		judged(t);
	else if (s->now_ms >= s->ways.judge_until_ms)
		tg_turn_go(t, TG_STAGE_RESULT);
	else
		ask(t);
}

static void paint(struct tg_paint *p)
{
	p->v->title = tg_say(p, "title.judging");
	tg_paint_application_number(p);
	tg_paint_notice(p, tg_operation_is(p->s, "revoke") ? "judging.revoke" : "judging.text");
	if (tg_makes_keys(p->s) && tg_proof_is(p->s, "signature"))
		tg_paint_notice(p, "working.leave-card");
	tg_paint_text(p, "judging.hint");
	tg_paint_button(p, TG_ITEM_ID_LEAVE, "judging.leave");
}

const struct tg_stage_ops tg_stage_judging = {
        .traits = TG_STAGE_TIMED | TG_STAGE_PERSON,
        .slots = tg_one_slot,
        .enter = enter,
        .leave = leave,
        .choose = choose,
        .event = event,
        .paint = paint,
};
