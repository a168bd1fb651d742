/* RESUME: chip work that was begun and not ended. With the same card it is continued or undone, never left half-done
 * (K-8); without it the screen says which card is waited for. */
#include "cabinet.h"
#include "money.h"
#include "ways.h"
#include "work.h"

/* Nothing is issued that is not paid (DOS-7). */
static bool unpaid(const struct tg_flow_state *s)
{
	return s->ways.facts.rest > 0 && strcmp(s->ways.facts.number, s->number) == 0;
}

static bool ready(const struct tg_flow_state *s)
{
	return tg_card_ready(s) && tg_card_is_ours(s) && !unpaid(s);
}

/* An accepted application of which nothing was begun: there is nothing to undo, it can be withdrawn by its number. */
static bool fresh(const struct tg_flow_state *s)
{
	return tg_outcome_is(s, TG_STATE_ACCEPTED) && strcmp(s->ways.facts.number, s->number) == 0;
}

/* It was refused or withdrawn: all that is left are its keys on the card (NCA-9.again). */
static bool ended(const struct tg_flow_state *s)
{
	return tg_outcome_is(s, TG_STATE_REFUSED) && strcmp(s->ways.facts.number, s->number) == 0;
}

static bool can_undo(const struct tg_flow_state *s)
{
	return !s->must_finish && !fresh(s);
}

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return ready(s) ? 1u + !ended(s) + can_undo(s) : 1;
}

/* From an earlier visit: number and form come from the journal, the card is the one in the reader. */
static void take_over(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	(void)tg_copy(s->number, sizeof s->number, s->unfinished_number);
	tg_card_becomes_ours(s);
	if (!tg_state_choose_form(t->c, s, s->unfinished_form)) {
		s->kind = NULL; /* a form of other screen data: shown without its steps */
		s->service = NULL;
	}
	s->notice = TG_OK;
	memset(s->unfinished_number, 0, sizeof s->unfinished_number);
	memset(s->unfinished_form, 0, sizeof s->unfinished_form);
	tg_take_work(s, &s->work);
}

static void enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (s->unfinished_number[0] != '\0')
		take_over(t);
	tg_staff_end(t);
	s->resumed = true;
	if (tg_work_at_second(s)) {
		tg_turn_go(t, TG_STAGE_SECOND);
		return;
	}
	s->undoing = false;
	tg_turn_look_for_ours(t);
}

static void leave(struct tg_turn *t, enum tg_stage to)
{
	if (to != TG_STAGE_SECOND) /* which says it then */
		t->s->notice = TG_OK;
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	if (slot + 1 == slots(t->c, s)) { /* the last one: come back later */
		tg_overlay_open(t, TG_OVERLAY_CANCEL);
		return;
	}
	s->undoing = slot == 1 || ended(s);
	tg_turn_go(t, TG_STAGE_PIN);
}

static void back(struct tg_turn *t)
{
	tg_overlay_open(t, TG_OVERLAY_CANCEL);
}

/* That the card was away is over when it is back. That its module died while it lay there stays said: nothing on the
 * screen would tell it else. */
static void event(struct tg_turn *t)
{
	if (!tg_turn_look_beside(t) && ready(t->s) && t->s->notice != TG_TOKEN_LOST)
		t->s->notice = TG_OK;
}

static void paint_card(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	if (unpaid(s)) {
		tg_paint_status(p, TG_UNPAID);
		tg_paint_rest(p, &s->ways.facts);
		return;
	}
	enum tg_status trouble = tg_card_trouble(s);
	bool lost = s->notice == TG_TOKEN_LOST && (trouble == TG_OK || tg_card_being_read(s));
	if (lost)
		tg_paint_status(p, s->notice);
	if (tg_card_being_read(s))
		tg_paint_notice(p, "carrier.reading");
	else if (trouble == TG_OK && !tg_card_is_ours(s))
		tg_paint_status(p, TG_CARD_OTHER);
	else if (trouble != TG_OK && trouble != TG_CARD_NONE)
		tg_paint_status(p, trouble);
	else if (s->notice != TG_OK && !lost)
		tg_paint_status(p, s->notice);
	if (trouble == TG_CARD_NONE)
		tg_paint_notice(p, "resume.insert");
}

static void paint(struct tg_paint *p)
{
	const char *text = ended(p->s) ? "resume.ended" : p->s->must_finish ? "resume.must-finish" : "resume.text";
	p->v->title = tg_say(p, fresh(p->s) ? "title.resume-accepted" : "title.resume");
	tg_paint_application_number(p);
	tg_paint_text(p, fresh(p->s) ? "resume.accepted" : text);
	paint_card(p);
	if (ready(p->s) && !ended(p->s))
		tg_paint_button(p, TG_ITEM_ID_CONTINUE, "resume.continue");
	if (ready(p->s) && can_undo(p->s))
		tg_paint_button(p, TG_ITEM_ID_UNDO, "resume.undo");
	tg_paint_button(p, TG_ITEM_ID_LEAVE, "resume.leave");
	tg_paint_contact_on(p, p->s->notice);
}

const struct tg_stage_ops tg_stage_resume = {
        .traits = TG_STAGE_CANCEL | TG_STAGE_TIMED | TG_STAGE_CARDS | TG_STAGE_PERSON,
        .slots = slots,
        .enter = enter,
        .leave = leave,
        .choose = choose,
        .back = back,
        .event = event,
        .paint = paint,
};
