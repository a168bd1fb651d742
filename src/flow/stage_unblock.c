/* UNBLOCK: staff type what unblocks the card, then the person alone types a new PIN twice (P-5). Neither sees the
 * other's. */
#include "parts.h"

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	if (s->pin.busy)
		return 0;
	return s->pin.done || !s->staff.handed_over ? 1 : 2;
}

enum tg_secret_slot tg_unblock_secret(const struct tg_flow_state *s)
{
	if (s->pin.done)
		return TG_SECRET_NONE;
	if (!s->staff.handed_over)
		return TG_SECRET_SO;
	return s->focus == 0 ? TG_SECRET_NEW : TG_SECRET_AGAIN;
}

static void begin(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->pin.characters[TG_SECRET_SO] = 0;
	s->staff.handed_over = false;
	s->focus = 0;
	(void)tg_turn_emit(t, TG_FX_CLEAR_PIN);
	tg_new_pin_begin(t);
}

static void enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	memset(&s->pin, 0, sizeof s->pin);
	s->notice = TG_OK;
	begin(t);
}

static void leave(struct tg_turn *t, enum tg_stage to)
{
	struct tg_flow_state *s = t->s;
	if (to != TG_STAGE_CARRIER && to != TG_STAGE_RESUME)
		s->notice = TG_OK;
	memset(&s->pin, 0, sizeof s->pin);
	(void)tg_turn_emit(t, TG_FX_CLEAR_PIN);
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	(void)slot;
	if (s->pin.busy)
		return;
	if (s->pin.done) {
		tg_staff_home(t);
	} else if (!s->staff.handed_over) {
		s->staff.handed_over = s->pin.characters[TG_SECRET_SO] > 0;
		s->notice = s->staff.handed_over ? TG_OK : TG_PIN_LENGTH;
	} else {
		tg_new_pin_choose(t);
	}
}

static void back(struct tg_turn *t)
{
	if (t->s->pin.done)
		tg_staff_home(t);
	else if (!t->s->pin.busy)
		tg_turn_go(t, TG_STAGE_STAFF);
}

static void ended(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	enum tg_status status = tg_new_pin_ended(t);
	if (status == TG_OK) {
		s->token.locked = false;
		tg_new_pin_done(t);
	} else if (status == TG_SO_PIN_WRONG || status == TG_PIN_WEAK || status == TG_PIN_LENGTH) {
		tg_new_pin_refused(s, status);
		begin(t);
	} else if (status == TG_CARD_PULLED || status == TG_CARD_NONE || status == TG_TOKEN_LOST ||
	           status == TG_CARD_OTHER || status == TG_READER_GONE) {
		s->notice = tg_card_gone_notice(status);
		tg_turn_forget_card(t);
		tg_staff_home(t);
	} else {
		tg_turn_fail(t, status);
	}
}

static void event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (t->ev->kind == TG_EV_PIN) {
		tg_new_pin_typed(t, tg_unblock_secret(s));
	} else if (t->ev->kind == TG_EV_PIN_JUDGED) {
		if (tg_new_pin_judged(t, 0)) {
			s->pin.busy = true;
			tg_turn_ask(t, TG_FX_UNBLOCK, &s->asked.pin);
		}
	} else if (t->ev->kind == TG_EV_PIN_ENDED) {
		if (s->pin.busy)
			ended(t);
	} else if (!s->pin.busy && !s->pin.done && !tg_card_answers(s)) {
		s->notice = s->reader.service == TG_OK ? TG_CARD_PULLED : TG_OK;
		tg_staff_home(t);
	}
}

static void paint_done(struct tg_paint *p)
{
	tg_paint_notice(p, "unblock.done");
	tg_paint_text(p, "unblock.staff-leaves");
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.continue");
}

static void paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	p->v->title = tg_say(p, "title.unblock");
	if (s->pin.busy) {
		tg_paint_notice(p, "unblock.busy");
		return;
	}
	if (s->pin.done) {
		paint_done(p);
		return;
	}
	tg_paint_new_pin_notice(p);
	if (!s->staff.handed_over) {
		TG_PAINT(p, TG_ITEM_TEXT, "unblock.staff", "card", tg_paint_card_name(p), "serial", s->token.serial);
		tg_paint_secret(p, TG_SECRET_SO, "unblock.so-label", NULL);
		return;
	}
	tg_paint_notice(p, "unblock.turn-away");
	tg_paint_new_pin(p);
	tg_paint_text(p, "pin-change.rules");
}

const struct tg_stage_ops tg_stage_unblock = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CARDS,
        .slots = slots,
        .enter = enter,
        .leave = leave,
        .choose = choose,
        .back = back,
        .event = event,
        .paint = paint,
        .enter_label = "key.continue",
};
