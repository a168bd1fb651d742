/* A new PIN, typed twice: on PIN_CHANGE and on UNBLOCK. The kiosk judges it, for only there are its characters (K-5).
 * A PIN that is too easy is refused before it is typed a second time. */
#include "parts.h"

void tg_new_pin_begin(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->pin.characters[TG_SECRET_NEW] = s->pin.characters[TG_SECRET_AGAIN] = 0;
	s->pin.judged = false;
	(void)tg_turn_emit(t, TG_FX_CLEAR_NEW);
}

void tg_new_pin_typed(struct tg_turn *t, enum tg_secret_slot slot)
{
	struct tg_flow_state *s = t->s;
	s->pin.characters[slot] = t->ev->pin_characters;
	if (slot == TG_SECRET_NEW)
		s->pin.judged = false;
	if (t->ev->pin_characters > 0) {
		s->notice = TG_OK;
		s->pin.flaw = TG_FLAW_NONE;
	}
}

void tg_new_pin_choose(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (s->asked.judge > 0)
		return;
	const struct tg_token_state mine = tg_person_token(s);
	if (!tg_pin_length_is_right(&mine, s->pin.characters[TG_SECRET_NEW]))
		s->notice = TG_PIN_LENGTH;
	else
		tg_turn_ask(t, TG_FX_PIN_JUDGE, &s->asked.judge);
}

bool tg_new_pin_judged(struct tg_turn *t, int first)
{
	struct tg_flow_state *s = t->s;
	enum tg_status status = t->ev->status;
	if (s->asked.judge > 0 || s->pin.busy)
		return false;
	if (status != TG_OK) {
		s->notice = status;
		s->pin.flaw = status == TG_PIN_WEAK ? t->ev->flaw : TG_FLAW_NONE;
		tg_new_pin_begin(t);
		s->focus = first;
		return false;
	}
	bool both = s->pin.judged && s->pin.characters[TG_SECRET_AGAIN] > 0;
	if (!both)
		s->focus = first + 1;
	s->pin.judged = true;
	return both;
}

enum tg_status tg_new_pin_ended(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->pin.busy = false;
	tg_turn_look_again(t);
	if (t->ev->token.serial[0] != '\0')
		s->token = t->ev->token;
	return t->ev->status;
}

void tg_new_pin_done(struct tg_turn *t)
{
	t->s->pin.done = true;
	t->s->focus = 0;
	(void)tg_turn_emit(t, TG_FX_CLEAR_PIN);
}

void tg_new_pin_refused(struct tg_flow_state *s, enum tg_status why)
{
	s->notice = why;
	s->pin.flaw = why == TG_PIN_WEAK ? TG_FLAW_CARD : TG_FLAW_NONE;
}

void tg_paint_secret(struct tg_paint *p, enum tg_secret_slot slot, const char *label_id, const struct tg_token_state *k)
{
	int id = TG_ITEM_ID_SECRET + (int)slot;
	(void)tg_paint_pin_box(p, id, tg_say(p, label_id), p->s->pin.characters[slot], k);
}

void tg_paint_new_pin(struct tg_paint *p)
{
	const struct tg_token_state mine = tg_person_token(p->s);
	tg_paint_secret(p, TG_SECRET_NEW, "pin-change.new", &mine);
	tg_paint_secret(p, TG_SECRET_AGAIN, "pin-change.again", &mine);
}

void tg_paint_new_pin_notice(struct tg_paint *p)
{
	static const char *const flaws[TG_FLAW_COUNT] = {[TG_FLAW_EASY] = "pin-flaw.easy",
	        [TG_FLAW_BIRTH] = "pin-flaw.birth",
	        [TG_FLAW_NUMBER] = "pin-flaw.number",
	        [TG_FLAW_SAME] = "pin-flaw.same",
	        [TG_FLAW_CARD] = "pin-flaw.card"};
	const struct tg_flow_state *s = p->s;
	if (s->notice == TG_OK)
		return;
	if (s->notice != TG_PIN_WEAK || !flaws[s->pin.flaw]) {
		tg_paint_status(p, s->notice);
		return;
	}
	char code[8];
	tg_status_code(TG_PIN_WEAK, code);
	TG_PAINT(p, TG_ITEM_ERROR, "status.sentence", "what", tg_say(p, flaws[s->pin.flaw]), "mend",
	        tg_say(p, "pin-flaw.mend"), "code", code);
}
