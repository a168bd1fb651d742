/* DESK_ENTER: a member of staff proves by the own token, in whichever reader it lies, who they are (P-5). */
#include "desk.h"

static bool asks_pin(const struct tg_flow_state *s)
{
	return s->desk.work == TG_DESK_IDLE && tg_staff_token_usable(s);
}

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return s->desk.work == TG_DESK_IDLE ? 1 : 0;
}

enum tg_secret_slot tg_desk_secret(const struct tg_flow_state *s)
{
	return asks_pin(s) && !s->staff.token.pin_pad ? TG_SECRET_STAFF : TG_SECRET_NONE;
}

static void look(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	memset(&s->staff.token, 0, sizeof s->staff.token);
	memset(s->wanted_reader, 0, sizeof s->wanted_reader);
	s->desk.work = TG_DESK_LOOKING;
	tg_turn_ask(t, TG_FX_DESK_TOKEN, &s->asked.staff_token);
}

/* Nobody has chosen a language yet: the office's, until F2. */
static void take_office_language(struct tg_turn *t)
{
	const struct tg_catalog *c = t->c->catalog;
	int lang = c->n_providers > 0 ? tg_lang_find(c->providers[0].office_language) : -1;
	if (lang >= 0)
		t->s->lang = (enum tg_lang)lang;
}

void tg_desk_begin(struct tg_turn *t)
{
	take_office_language(t);
	tg_turn_go(t, TG_STAGE_DESK_ENTER);
}

static void enter(struct tg_turn *t)
{
	t->s->notice = TG_OK;
	look(t);
}

static void choose(struct tg_turn *t, unsigned slot)
{
	(void)slot;
	if (asks_pin(t->s)) {
		if (tg_staff_prove(t))
			t->s->desk.work = TG_DESK_ENTERING;
	} else if (t->s->desk.work == TG_DESK_IDLE) {
		look(t);
	}
}

static void back(struct tg_turn *t)
{
	if (t->s->desk.work != TG_DESK_ENTERING)
		tg_turn_go(t, TG_STAGE_WIPING);
}

/* ---- events ---- */

static void take_token(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->desk.work = TG_DESK_IDLE;
	s->staff.token = t->ev->token;
	if (!tg_staff_token_usable(s))
		return;
	s->notice = TG_OK;
	s->desk.pinned = true;
	(void)tg_copy(s->wanted_reader, sizeof s->wanted_reader, t->ev->reader.name);
	s->reader = t->ev->reader;
	s->reader.card = true;
}

static void proven(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	const struct tg_event *ev = t->ev;
	s->desk.work = TG_DESK_IDLE;
	s->notice = ev->status;
	if (ev->status == TG_OK && s->card_moved) { /* the token left while it worked */
		tg_turn_go(t, TG_STAGE_WIPING);
	} else if (ev->status == TG_OK) {
		s->desk.entered = true;
		(void)tg_copy(s->desk.name, sizeof s->desk.name, ev->staff_name);
		(void)tg_copy(s->desk.serial, sizeof s->desk.serial, ev->staff_serial);
		tg_turn_go(t, TG_STAGE_DESK_QUEUE);
	} else if (!tg_staff_pin_again(t)) {
		memset(&s->staff.token, 0, sizeof s->staff.token);
	}
}

static void event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (t->ev->kind == TG_EV_STAFF_TOKEN && s->desk.work == TG_DESK_LOOKING) {
		take_token(t);
	} else if (t->ev->kind == TG_EV_STAFF && s->desk.work == TG_DESK_ENTERING) {
		proven(t);
	} else if (t->ev->kind == TG_EV_READER && s->desk.work != TG_DESK_ENTERING) {
		s->notice = TG_OK;
		look(t);
	} else if (t->ev->kind == TG_EV_PIN) {
		tg_staff_typed(t);
	}
}

/* ---- the screen ---- */

static void paint_insert(struct tg_paint *p)
{
	enum tg_status why = tg_staff_token_trouble(p->s);
	if (p->s->notice == TG_OK && why != TG_OK && why != TG_CARD_NONE)
		tg_paint_status(p, why);
	tg_paint_text(p, "desk.insert");
	tg_paint_button(p, TG_ITEM_ID_RETRY, "button.retry");
}

static void paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	p->v->title = tg_say(p, "title.desk-enter");
	if (s->desk.work != TG_DESK_IDLE) {
		tg_desk_paint_news(p);
		return;
	}
	if (s->notice != TG_OK)
		tg_paint_status(p, s->notice);
	if (asks_pin(s))
		tg_paint_staff_pin(p);
	else
		paint_insert(p);
}

const struct tg_stage_ops tg_stage_desk_enter = {
        .traits = TG_STAGE_USUAL,
        .slots = slots,
        .enter = enter,
        .leave = tg_staff_leave,
        .choose = choose,
        .back = back,
        .event = event,
        .paint = paint,
        .enter_label = "key.continue",
};
