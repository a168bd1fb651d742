/* CARRIER: waits for a usable card; a wrong one is named before any PIN is asked (K-3, K-5). Where the chip must say
 * who asks it is an identity card first; once that is proven, the card that the certificates go onto. */
#include "cabinet.h"
#include "ways.h"

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

/* Once, until a card is moved, so that two wrong ones are not looked at for ever. */
bool tg_turn_look_beside(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	enum tg_status trouble = tg_card_trouble(s);
	bool another = trouble == TG_OK && s->number[0] != '\0' && !tg_card_is_ours(s);
	bool wrong = trouble == TG_CARD_UNSUPPORTED && (s->token.status == TG_OK || tg_card_only_names(s));
	/* Before the identity card whatever else lies there is in nobody's way. A locked card waits for staff, who come
	 * with a token. */
	if (tg_identity_wanted(s))
		wrong = trouble != TG_OK && trouble != TG_PIN_LOCKED;
	if (tg_card_being_read(s) || !tg_card_answers(s) || (!wrong && !another))
		return false;
	if (s->looked_beside || !s->other.card || s->other.mute)
		return false;
	struct tg_reader_state mine = s->reader;
	enum tg_status service = s->reader.service;
	s->reader = s->other;
	s->reader.service = service;
	s->other = mine;
	s->looked_beside = true;
	tg_turn_forget_card(t);
	tg_turn_ask_token(t);
	return true;
}

void tg_turn_look_for_ours(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->looked_beside = false;
	if (!tg_turn_look_beside(t) && tg_card_answers(s) && !tg_card_being_read(s) && s->token.serial[0] == '\0')
		tg_turn_ask_token(t);
}

static void enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->looked_beside = false;
	tg_staff_end(t);
	if (!s->kind && s->service) { /* back from unblocking, on the way into a cabinet */
		tg_turn_go(t, TG_STAGE_DEVICES);
		return;
	}
	if (s->unfinished_number[0] != '\0')
		tg_turn_go(t, TG_STAGE_RESUME);
	else if (!tg_turn_look_beside(t) && tg_card_answers(s) && !tg_card_being_read(s) && !tg_card_ready(s))
		tg_turn_ask_token(t);
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
	} else if (s->carriers[0] != '\0') {
		tg_turn_go(t, tg_carriers_asked(s) ? TG_STAGE_CARRIERS : TG_STAGE_READING);
	} else {
		tg_turn_go(t, tg_stage_last_choice(t->c, s));
	}
}

static void event(struct tg_turn *t)
{
	if (t->s->unfinished_number[0] != '\0')
		tg_turn_go(t, TG_STAGE_RESUME);
	else
		(void)tg_turn_look_beside(t);
}

static void paint_card(struct tg_paint *p)
{
	const struct tg_token_state *k = &p->s->token;
	if (k->serial[0] != '\0')
		tg_paint_card_found(p);
	else /* one that only its document says something of */
		TG_PAINT(p, TG_ITEM_NOTICE, "carrier.known", "card", tg_paint_card_name(p));
	if (k->n_certificates > 0)
		TG_PAINT(p, TG_ITEM_TEXT, "carrier.certificates", "count", tg_paint_number(p, k->n_certificates));
	if (k->tries_left >= 0)
		TG_PAINT(p, TG_ITEM_TEXT, "pin.tries", "count", tg_paint_number(p, k->tries_left));
}

/* A card that is known and cannot be used is called by its name. */
static void paint_trouble(struct tg_paint *p, enum tg_status trouble)
{
	char id[48];
	bool named = tg_card_only_names(p->s) && p->s->doc.keyless[0] != '\0'; /* it has done its part */
	bool another = trouble == TG_CARD_UNSUPPORTED && (p->s->token.status == TG_OK || named);
	if (another && tg_identity_wanted(p->s))
		tg_paint_notice(p, "carrier.identity-first");
	else if (another && p->s->carriers[0] != '\0')
		tg_paint_notice(p, tg_carrier_insert(p->s, id));
	else
		tg_paint_status(p, trouble);
	tg_paint_card_known(p);
}

static void paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	char id[48];
	p->v->title = tg_say(p, "title.carrier");
	enum tg_status trouble = tg_card_trouble(s);
	if (s->notice != TG_OK && trouble != TG_OK)
		tg_paint_status(p, s->notice);
	if (tg_card_being_read(s))
		tg_paint_notice(p, "carrier.reading");
	else if (trouble == TG_CARD_NONE)
		tg_paint_text(p, tg_carrier_insert(s, id));
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
        .traits = TG_STAGE_USUAL | TG_STAGE_CARDS,
        .slots = slots,
        .enter = enter,
        .leave = tg_forget_notice,
        .choose = choose,
        .back = back,
        .event = event,
        .paint = paint,
        .enter_label = "key.continue",
};
