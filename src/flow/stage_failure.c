/* FAILURE: what happened, what to do, where to ask, with a code (K-12). Nothing half-done is left without a way to mend
 * or undo it. */
#include "cabinet.h"
#include "work.h"
#include "ways.h"

/* A certificate was asked for already: it exists, so the work can only be finished. */
static bool only_finishing(const struct tg_flow_state *s)
{
	return s->undoing && s->failure == TG_LIMIT;
}

static bool worth_another_try(const struct tg_flow_state *s)
{
	static const enum tg_status list[] = {TG_NO_MEMORY, TG_IO, TG_TIMEOUT, TG_STORE_BUSY, TG_TOKEN_MODULE,
	        TG_TOKEN_LOST, TG_KEY_GENERATE, TG_KEY_MISSING, TG_SIGN_FAILED, TG_CERT_WRITE, TG_CERT_READBACK,
	        TG_PROOF_FAILED, TG_CARD_BROKEN, TG_CENTRE_DOWN, TG_CA_DOWN, TG_AGENT_DOWN, TG_CA_GARBAGE,
	        TG_CENTRE_GARBAGE, TG_DISK_FULL};
	if (!s->kind && s->number[0] == '\0') /* out of the cabinet: there is no application whose PIN to ask */
		return false;
	return tg_status_among(s->failure, list, sizeof list / sizeof list[0]) || only_finishing(s);
}

/* Something was begun on a card and its PIN can still be given. What the CA has refused was undone at once. */
static bool can_undo(const struct tg_flow_state *s)
{
	return s->number[0] != '\0' && s->failure != TG_CANCELLED && s->failure != TG_PIN_LOCKED &&
	       s->failure != TG_CA_REFUSED && s->failure != TG_NOT_DECIDED && s->failure != TG_NOT_CONFIRMED &&
	       !only_finishing(s) && !tg_work_at_second(s);
}

/* The card is still in, and staff can unblock its PIN here (P-5). */
static bool staff_helps(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	return s->failure == TG_PIN_LOCKED && tg_staff_can_help(c, s);
}

/* What cannot be renewed from here can be at an office (DOS-4). */
static bool leads(const struct tg_flow_state *s)
{
	return s->failure == TG_CHANGED && s->number[0] == '\0' && tg_changed_leads(s) != NULL;
}

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	return 1u + worth_another_try(s) + can_undo(s) + staff_helps(c, s) + leads(s);
}

static void enter(struct tg_turn *t)
{
	tg_staff_end(t);
	t->s->notice = TG_OK;
	t->s->pin_characters = 0;
	(void)tg_turn_emit(t, TG_FX_CLEAR_PIN);
	(void)tg_turn_emit(t, TG_FX_RECORD_FAILURE);
}

/* Retry, undo, staff, leave, in this order, those that there are. */
static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	bool retry = worth_another_try(s), undo = can_undo(s);
	if (retry && slot == 0) {
		if (only_finishing(s))
			s->undoing = false;
		tg_turn_go(t, TG_STAGE_PIN); /* which asks for the card if it is not there */
	} else if (undo && slot == (retry ? 1u : 0u)) {
		s->undoing = true;
		tg_turn_go(t, TG_STAGE_PIN);
	} else if (leads(s) && slot == 0) {
		tg_changed_follow(t);
	} else if (staff_helps(t->c, s) && slot == 0) {
		tg_turn_go(t, TG_STAGE_STAFF);
	} else {
		tg_cabinet_or_wiping(t);
	}
}

static void paint_lead(struct tg_paint *p)
{
	const struct tg_service *to = tg_provider_service(p->s->provider, tg_changed_leads(p->s)->leads);
	struct tg_item *item =
	        tg_paint_item(p, TG_ITEM_BUTTON, TG_FILL(p, "changed.office", "service", tg_say(p, to->label)), true);
	item->id = TG_ITEM_ID_OTHER_WAY;
}

static void paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	char code[8];
	tg_status_code(s->failure, code);
	p->v->title = tg_say(p, s->failure == TG_CANCELLED ? "title.undone" : "title.failure");
	if (only_finishing(s)) {
		tg_paint_error(p, "failure.only-finish");
	} else {
		const char *name = tg_status_name(s->failure);
		tg_paint_line(
		        p, s->failure == TG_CANCELLED ? TG_ITEM_NOTICE : TG_ITEM_ERROR, tg_say_of(p, "error", name));
		tg_paint_line(p, TG_ITEM_TEXT, tg_say_of(p, "mend", name));
	}
	tg_paint_application_number(p);
	TG_PAINT(p, TG_ITEM_TEXT, "failure.code", "code", code);
	if (s->failure == TG_CHANGED)
		tg_paint_changed(p);
	if (leads(s))
		paint_lead(p);
	if (worth_another_try(s))
		tg_paint_button(p, TG_ITEM_ID_RETRY, only_finishing(s) ? "resume.continue" : "button.retry");
	if (can_undo(s))
		tg_paint_button(p, TG_ITEM_ID_UNDO, "resume.undo");
	if (staff_helps(p->c, s))
		tg_paint_button(p, TG_ITEM_ID_STAFF, "staff.here");
	tg_paint_button(p, TG_ITEM_ID_LEAVE, "button.leave");
	if (s->failure != TG_CANCELLED)
		tg_paint_contact(p);
}

const struct tg_stage_ops tg_stage_failure = {
        .traits = TG_STAGE_TIMED | TG_STAGE_PERSON | TG_STAGE_CARDS,
        .slots = slots,
        .enter = enter,
        .choose = choose,
        .paint = paint,
};
