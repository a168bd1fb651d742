/* PENDING and REQUEST: the first head reads what employees have asked for, and confirms or declines each with an own
 * electronic signature, before the employee comes to the desk (NCA-9.head). The list is of the organisation whose
 * number stands in the certificate that was entered with. */
#include "cabinet.h"
#include "ways.h"

static const struct tg_field why_field = {
        .id = "why", .kind = TG_FIELD_TEXT, .label = "request.why", .hint = "request.why-hint", .max_chars = 200};

/* ---- PENDING ---- */

static unsigned pending_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return s->asked.pending > 0 || s->asked.request > 0 ? 0 : s->ways.n_pending + 2;
}

static void ask_pending(struct tg_turn *t)
{
	tg_turn_ask(t, TG_FX_PENDING, &t->s->asked.pending);
}

/* The head has just signed a decision; it counts when the centre has judged the signature. */
static bool decided(const struct tg_flow_state *s)
{
	return s->ways.facts.state[0] != '\0';
}

static bool is_judged(const struct tg_flow_state *s)
{
	return strcmp(s->ways.facts.state, TG_STATE_CONFIRMING) != 0;
}

static void ask_verdict(struct tg_turn *t)
{
	t->s->ways.judge_until_ms = t->s->now_ms + TG_JUDGE_WAIT_MS;
	tg_turn_ask(t, TG_FX_VERDICT, &t->s->asked.verdict);
}

static void verdict_came(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (!decided(s) || !t->ev->ways)
		return;
	if (t->ev->ways->application.state[0] != '\0')
		s->ways.facts = t->ev->ways->application;
	if (is_judged(s))
		ask_pending(t); /* without this one */
	else if (s->now_ms < s->ways.judge_until_ms)
		tg_turn_ask(t, TG_FX_VERDICT, &s->asked.verdict);
}

static void pending_enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->kind = NULL;
	s->service = s->cabinet.service;
	memset(s->answers, 0, sizeof s->answers);
	s->ways.deciding = s->ways.declining = false;
	memset(&s->ways.why, 0, sizeof s->ways.why);
	ask_pending(t);
	if (decided(s))
		ask_verdict(t);
}

static void pending_leave(struct tg_turn *t, enum tg_stage to)
{
	(void)to;
	t->s->notice = TG_OK;
	memset(&t->s->ways.facts, 0, sizeof t->s->ways.facts);
}

/* A request; the list anew; the end. */
static void pending_choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	if (slot < s->ways.n_pending) {
		s->ways.chosen = slot;
		tg_turn_ask(t, TG_FX_REQUEST, &s->asked.request);
	} else if (slot == s->ways.n_pending) {
		ask_pending(t);
	} else {
		tg_cabinet_leave(t, TG_LEAVING_BY_HAND);
	}
}

static void pending_back(struct tg_turn *t)
{
	tg_cabinet_leave(t, TG_LEAVING_BY_HAND);
}

static void request_came(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	const struct tg_application_answers *a = t->ev->ways ? &t->ev->ways->answers : NULL;
	s->notice = t->ev->status;
	if (t->ev->status != TG_OK || !a)
		return;
	if (tg_state_take_application(t->c, s, a))
		tg_turn_go(t, TG_STAGE_REQUEST);
	else
		s->notice = TG_NOT_FOUND;
}

static void pending_event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (t->ev->kind == TG_EV_VERDICT) {
		verdict_came(t);
	} else if (t->ev->kind == TG_EV_REQUEST) {
		request_came(t);
	} else if (t->ev->kind == TG_EV_PENDING) {
		s->notice = t->ev->status;
		s->ways.listed = t->ev->status == TG_OK;
		s->ways.n_pending = 0;
		if (t->ev->status != TG_OK || !t->ev->ways)
			return;
		memcpy(s->ways.pending, t->ev->ways->pending, sizeof s->ways.pending);
		s->ways.n_pending = t->ev->ways->n_pending < TG_PENDING_MAX ? t->ev->ways->n_pending : TG_PENDING_MAX;
		s->focus = 0;
	}
}

static void paint_pending(struct tg_paint *p, const struct tg_pending_request *r)
{
	const struct tg_form *form = tg_catalog_form(p->c->catalog, r->form);
	const char *when = TG_FILL(p, "pending.line", "number", r->number, "time", tg_paint_time(p, r->accepted_ms));
	(void)tg_paint_choice(p, r->name[0] != '\0' ? r->name : r->number, when, form ? form->code : NULL);
}

static void paint_decision(struct tg_paint *p)
{
	const struct tg_application_facts *f = &p->s->ways.facts;
	if (is_judged(p->s))
		tg_paint_notice(p, strcmp(f->state, TG_STATE_DECLINED) == 0 ? "pending.declined" : "pending.done");
	else if (f->code != TG_OK)
		tg_paint_status(p, (enum tg_status)f->code);
	else
		tg_paint_notice(p, "pending.sent");
}

static void pending_paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	p->v->title = tg_say(p, "title.pending");
	if (s->asked.pending > 0 || s->asked.request > 0) {
		tg_paint_notice(p, "pending.asking");
		return;
	}
	if (decided(s))
		paint_decision(p);
	if (s->notice != TG_OK)
		tg_paint_status(p, s->notice);
	else
		tg_paint_text(p, s->ways.n_pending > 0 ? "pending.intro" : "pending.none");
	for (unsigned i = 0; i < s->ways.n_pending; i++)
		paint_pending(p, &s->ways.pending[i]);
	tg_paint_button(p, TG_ITEM_ID_RETRY, "pending.again");
	tg_paint_button(p, TG_ITEM_ID_LEAVE, "button.leave");
}

/* ---- REQUEST ---- */

static unsigned n_answers(const struct tg_flow_state *s)
{
	const struct tg_form *form = tg_state_form(s);
	unsigned n = 0;
	for (unsigned i = 0; i < tg_state_fields(s); i++)
		n += form->fields[i].person && s->answers[i].value[0] != '\0';
	return n;
}

/* The answers, to be read line by line; then yes and no. Or the reason and its button. */
static unsigned request_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return s->ways.declining ? 2 : n_answers(s) + 2;
}

static void request_enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->ways.deciding = s->ways.declining = false;
	s->ways.why.error = NULL;
}

static void decide(struct tg_turn *t, bool yes)
{
	struct tg_flow_state *s = t->s;
	s->ways.yes = yes;
	s->ways.deciding = true;
	tg_turn_go(t, TG_STAGE_PIN);
}

static void request_choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	unsigned n = n_answers(s);
	if (s->ways.declining) {
		tg_answer_tidy(&s->ways.why);
		if (s->ways.why.value[0] == '\0')
			s->ways.why.error = "form.required-missing";
		else
			decide(t, false);
	} else if (slot == n) {
		decide(t, true);
	} else if (slot > n) {
		s->ways.declining = true;
		s->focus = 0;
	} else {
		s->focus = (int)n; /* read: what is to be decided */
	}
}

static bool request_key(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (!s->ways.declining || s->focus != 0 || !tg_answer_type(&s->ways.why, &why_field, t->ev))
		return false;
	s->ways.why.error = NULL;
	return true;
}

static void request_back(struct tg_turn *t)
{
	if (!t->s->ways.declining) {
		tg_turn_go(t, TG_STAGE_PENDING);
		return;
	}
	t->s->ways.declining = false;
	t->s->focus = 0;
}

static void paint_why(struct tg_paint *p)
{
	tg_paint_text(p, "request.decline-text");
	(void)tg_paint_typed(p, &why_field, &p->s->ways.why);
	tg_paint_button(p, TG_ITEM_ID_NO, "request.decline-sign");
}

static void request_paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	p->v->title = tg_say(p, "title.request");
	TG_PAINT(p, TG_ITEM_NOTICE, "work.number", "number", s->ways.pending[s->ways.chosen].number);
	if (s->ways.declining) {
		paint_why(p);
		return;
	}
	tg_paint_text(p, "request.intro");
	tg_paint_heading(p, tg_state_form(s)->title);
	tg_paint_answers(p, true);
	tg_paint_button(p, TG_ITEM_ID_YES, "request.confirm");
	tg_paint_button(p, TG_ITEM_ID_NO, "request.decline");
}

const struct tg_stage_ops tg_stage_pending = {
        .traits = TG_STAGE_USUAL | TG_STAGE_DIGITS,
        .slots = pending_slots,
        .enter = pending_enter,
        .leave = pending_leave,
        .choose = pending_choose,
        .back = pending_back,
        .event = pending_event,
        .paint = pending_paint,
        .enter_label = "key.choose",
};

const struct tg_stage_ops tg_stage_request = {
        .traits = TG_STAGE_USUAL,
        .slots = request_slots,
        .enter = request_enter,
        .choose = request_choose,
        .key = request_key,
        .back = request_back,
        .paint = request_paint,
        .enter_label = "key.continue",
};
