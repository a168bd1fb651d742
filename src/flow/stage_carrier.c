/* CARRIER: waits for a usable card; a wrong one is named before any PIN is asked (K-3, K-5). */
#include "cabinet.h"

enum offer { OFFER_NOTHING, OFFER_CONTINUE, OFFER_RETRY, OFFER_STAFF };

/* A card that is in but could not be read is worth another look without taking it out. */
static enum offer offer(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	if (tg_card_ready(s))
		return OFFER_CONTINUE;
	if (tg_card_trouble(s) == TG_PIN_LOCKED && tg_staff_can_help(c, s))
		return OFFER_STAFF;
	bool again = tg_card_answers(s) && !tg_card_being_read(s) && !s->token.locked;
	return again ? OFFER_RETRY : OFFER_NOTHING;
}

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	return offer(c, s) != OFFER_NOTHING;
}

static void enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	tg_staff_end(t);
	if (!s->kind && s->service) { /* back from unblocking, on the way into a cabinet */
		tg_turn_go(t, TG_STAGE_DEVICES);
		return;
	}
	if (s->unfinished_number[0] != '\0')
		tg_turn_go(t, TG_STAGE_RESUME);
	else if (tg_card_answers(s) && !tg_card_being_read(s) && !tg_card_ready(s))
		tg_turn_ask_token(t);
}

static void leave(struct tg_turn *t, enum tg_stage to)
{
	(void)to;
	t->s->notice = TG_OK;
}

static void choose(struct tg_turn *t, unsigned slot)
{
	(void)slot;
	struct tg_flow_state *s = t->s;
	enum offer what = offer(t->c, s);
	if (what == OFFER_RETRY) {
		tg_turn_forget_card(t);
		tg_turn_ask_token(t);
		return;
	}
	if (what == OFFER_STAFF) {
		tg_turn_go(t, TG_STAGE_STAFF);
		return;
	}
	enum tg_stage then = s->carrier_then;
	s->carrier_then = TG_STAGE_FORM;
	tg_turn_go(t, then == TG_STAGE_FORM ? tg_state_after_card(s) : then);
}

static void back(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (s->carrier_then == TG_STAGE_PIN) {
		s->carrier_then = TG_STAGE_FORM;
		tg_turn_go(t, tg_state_before_pin(s));
	} else {
		tg_turn_go(t, tg_stage_last_choice(t->c, s));
	}
}

static void event(struct tg_turn *t)
{
	if (t->s->unfinished_number[0] != '\0')
		tg_turn_go(t, TG_STAGE_RESUME);
}

static void paint_card(struct tg_paint *p)
{
	const struct tg_token_state *k = &p->s->token;
	(void)tg_paint_item(p, TG_ITEM_NOTICE,
	        TG_FILL(p, "carrier.found", "card", tg_paint_card_name(p), "serial", k->serial), false);
	if (k->n_certificates > 0)
		(void)tg_paint_item(p, TG_ITEM_TEXT,
		        TG_FILL(p, "carrier.certificates", "count", tg_paint_number(p, k->n_certificates)), false);
	if (k->tries_left >= 0)
		(void)tg_paint_item(
		        p, TG_ITEM_TEXT, TG_FILL(p, "pin.tries", "count", tg_paint_number(p, k->tries_left)), false);
}

/* A card that is known and cannot be used is called by its name. */
static void paint_trouble(struct tg_paint *p, enum tg_status trouble)
{
	tg_paint_status(p, trouble);
	if (p->s->token.carrier_name[0] != '\0')
		(void)tg_paint_item(p, TG_ITEM_TEXT, TG_FILL(p, "carrier.known", "card", tg_paint_card_name(p)), false);
}

static void paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	p->v->title = tg_say(p, "title.carrier");
	enum tg_status trouble = tg_card_trouble(s);
	if (s->notice != TG_OK && trouble != TG_OK)
		tg_paint_status(p, s->notice);
	if (tg_card_being_read(s))
		tg_paint_notice(p, "carrier.reading");
	else if (trouble == TG_CARD_NONE)
		tg_paint_text(p, "carrier.insert");
	else if (trouble != TG_OK)
		paint_trouble(p, trouble);
	tg_paint_whose(p);
	enum offer what = offer(p->c, s);
	if (what == OFFER_CONTINUE) {
		paint_card(p);
		tg_paint_pin_broken(p);
		tg_paint_text(p, "carrier.leave-in");
		tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.continue");
	} else if (what == OFFER_STAFF) {
		tg_paint_text(p, "staff.call");
		tg_paint_button(p, TG_ITEM_ID_STAFF, "staff.here");
	} else if (what == OFFER_RETRY) {
		tg_paint_button(p, TG_ITEM_ID_RETRY, "button.retry");
	}
	tg_paint_contact_on(p, s->notice);
}

const struct tg_stage_ops tg_stage_carrier = {
        .traits = TG_STAGE_CANCEL | TG_STAGE_TIMED | TG_STAGE_BACK | TG_STAGE_CARDS | TG_STAGE_PERSON,
        .slots = slots,
        .enter = enter,
        .leave = leave,
        .choose = choose,
        .back = back,
        .event = event,
        .paint = paint,
        .enter_label = "key.continue",
};
