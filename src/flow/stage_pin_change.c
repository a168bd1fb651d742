/* PIN_CHANGE: the old PIN, the new one, and the new one again (K-5). Forced before a PIN that was handed out with the
 * card is used for anything; then the old one was just typed and is not asked again. */
#include "cabinet.h"

static bool forced(const struct tg_flow_state *s)
{
	return s->pin.back != TG_STAGE_IDLE;
}

/* Places of the entries; with a PIN pad there is one button. */
static int slot_of_new(const struct tg_flow_state *s)
{
	return s->pin.old_known ? 0 : 1;
}

static bool has_entries(const struct tg_flow_state *s)
{
	return !s->token.pin_pad && !s->pin.done;
}

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	if (s->pin.busy)
		return 0;
	return has_entries(s) ? (unsigned)slot_of_new(s) + 2 : 1;
}

enum tg_secret_slot tg_pin_change_secret(const struct tg_flow_state *s)
{
	if (!has_entries(s))
		return TG_SECRET_NONE;
	int at = s->focus - slot_of_new(s);
	return at < 0 ? TG_SECRET_OLD : at == 0 ? TG_SECRET_NEW : TG_SECRET_AGAIN;
}

static void begin(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (!s->pin.old_known) {
		s->pin.characters[TG_SECRET_OLD] = 0;
		(void)tg_turn_emit(t, TG_FX_CLEAR_PIN);
	}
	tg_new_pin_begin(t);
	s->focus = 0;
}

static void enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->pin.busy = s->pin.done = false;
	s->pin.flaw = TG_FLAW_NONE;
	s->last_try_agreed = s->last_try_agreed && s->pin.old_known;
	s->notice = tg_pin_must_change(s) ? TG_PIN_FACTORY : TG_OK;
	begin(t);
}

static void leave(struct tg_turn *t, enum tg_stage to)
{
	struct tg_flow_state *s = t->s;
	if (!tg_flow_stage_takes_pin(to))
		(void)tg_turn_emit(t, TG_FX_CLEAR_PIN);
	if (to != TG_STAGE_CARRIER && to != TG_STAGE_RESUME && to != TG_STAGE_PIN && to != TG_STAGE_ENTER)
		s->notice = TG_OK;
	memset(&s->pin, 0, sizeof s->pin);
}

static void change(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (tg_last_try_asked(t, &s->token))
		return;
	s->pin.busy = true;
	s->notice = TG_OK;
	tg_turn_ask(t, TG_FX_PIN_CHANGE, &s->asked.pin);
}

static bool both_typed(const struct tg_flow_state *s)
{
	return s->pin.judged && s->pin.characters[TG_SECRET_AGAIN] > 0;
}

static void choose_old(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (tg_pin_length_is_right(&s->token, s->pin.characters[TG_SECRET_OLD]))
		s->focus++;
	else
		s->notice = TG_PIN_LENGTH;
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	(void)slot;
	if (s->pin.busy || (!s->pin.done && !tg_card_ready(s)))
		return;
	if (s->pin.done)
		tg_turn_go(t, s->pin.then);
	else if (s->token.pin_pad || (both_typed(s) && s->last_try_agreed))
		change(t);
	else if (tg_pin_change_secret(s) == TG_SECRET_OLD)
		choose_old(t);
	else if (!s->pin.old_known && !tg_pin_length_is_right(&s->token, s->pin.characters[TG_SECRET_OLD]))
		s->notice = TG_PIN_LENGTH, s->focus = 0;
	else
		tg_new_pin_choose(t);
}

static void back(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (!s->pin.busy)
		tg_turn_go(t, forced(s) && !s->pin.done ? s->pin.back : s->pin.then);
}

/* ---- what became of it ---- */

/* Where a card is asked for again: a session of the cabinet has ended with its card (cabinet.c). */
static void to_card(struct tg_turn *t, enum tg_status why)
{
	struct tg_flow_state *s = t->s;
	s->notice = tg_card_gone_notice(why);
	tg_turn_forget_card(t);
	if (tg_cabinet_lost(t)) {
		s->notice = TG_CARD_PULLED;
	} else if (!tg_flow_stage_takes_pin(s->pin.then)) {
		tg_turn_go(t, forced(s) ? s->pin.back : s->pin.then);
	} else if (s->number[0] != '\0') {
		tg_turn_go(t, TG_STAGE_RESUME);
	} else {
		s->carrier_then = TG_STAGE_PIN;
		tg_turn_go(t, TG_STAGE_CARRIER);
	}
}

/* Nothing was changed; what was typed is gone from the kiosk. */
static void refused(struct tg_turn *t, enum tg_status status)
{
	struct tg_flow_state *s = t->s;
	tg_new_pin_refused(s, status);
	s->last_try_agreed = false;
	if (forced(s))
		tg_turn_go(t, s->pin.back);
	else
		begin(t);
	tg_turn_ask_token(t); /* the tries left */
	s->notice = status;
}

static void ended(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	enum tg_status status = tg_new_pin_ended(t);
	if (status == TG_OK && forced(s)) {
		s->pin.factory = s->token.pin_to_be_changed = false;
		tg_turn_go(t, s->pin.then);
	} else if (status == TG_OK) {
		s->token.pin_to_be_changed = false;
		tg_new_pin_done(t);
	} else if (status == TG_PIN_WRONG || status == TG_PIN_WEAK || status == TG_PIN_LENGTH ||
	           status == TG_PIN_PAD_CANCELLED || status == TG_TIMEOUT) {
		refused(t, status);
	} else if (tg_card_is_gone(status)) {
		to_card(t, status);
	} else {
		tg_turn_fail(t, status);
	}
}

static void event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (t->ev->kind == TG_EV_PIN) {
		tg_new_pin_typed(t, tg_pin_change_secret(s));
	} else if (t->ev->kind == TG_EV_PIN_JUDGED) {
		if (tg_new_pin_judged(t, slot_of_new(s)))
			change(t);
	} else if (t->ev->kind == TG_EV_PIN_ENDED) {
		ended(t);
	} else if (!s->pin.done && !tg_card_being_read(s) && tg_card_trouble(s) != TG_OK) {
		enum tg_status trouble = tg_card_trouble(s);
		if (trouble == TG_PIN_LOCKED)
			tg_turn_fail(t, trouble);
		else
			to_card(t, trouble);
	}
}

/* ---- the screen ---- */

static void paint_entries(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	if (!s->pin.old_known)
		tg_paint_secret(p, TG_SECRET_OLD, "pin-change.old", &s->token);
	tg_paint_new_pin(p);
}

/* On a small screen the place of typing comes before the advice. */
static void paint_questions(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	const char *intro = s->token.pin_pad ? "pin-change.pad" : "pin-change.intro";
	tg_paint_new_pin_notice(p);
	if (s->notice == TG_OK || s->token.pin_pad)
		TG_PAINT(p, TG_ITEM_TEXT, intro, "card", tg_paint_card_name(p));
	if (!s->pin.old_known)
		tg_paint_tries_of(p, &s->token);
	if (s->token.pin_pad)
		tg_paint_button(p, TG_ITEM_ID_CONTINUE, "pin-change.begin");
	else
		paint_entries(p);
	tg_paint_text(p, "pin-change.rules");
}

static void paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	p->v->title = tg_say(p, "title.pin-change");
	if (s->pin.busy) {
		tg_paint_notice(p, "pin-change.busy");
	} else if (s->pin.done) {
		tg_paint_notice(p, "pin-change.done");
		tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.continue");
	} else {
		paint_questions(p);
	}
}

const struct tg_stage_ops tg_stage_pin_change = {
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
