/* SUBMITTING and WORKING: the machine works, nothing can be pressed, the idle clock stands still. A write to a card is
 * never broken off from here; what goes wrong leads to a screen that says how it goes on (K-8). */
#include "cabinet.h"
#include "ways.h"
#include "work.h"
#include "tamga/chipwork.h"

static bool is_wrong_pin(enum tg_status status)
{
	return status == TG_PIN_WRONG || status == TG_PIN_LENGTH || status == TG_PIN_FACTORY;
}

static void submitting_enter(struct tg_turn *t)
{
	if (t->s->ways.deciding)
		tg_turn_ask(t, TG_FX_DECIDE, &t->s->asked.decide);
	else
		tg_turn_ask(t, TG_FX_SUBMIT, &t->s->asked.submit);
}

/* The number of tries left changed on the card: it is asked anew before the next PIN. */
static void wrong_pin(struct tg_turn *t, enum tg_status status)
{
	t->s->notice = status;
	if (t->ev->token.serial[0] != '\0')
		t->s->token = t->ev->token;
	tg_turn_ask_token(t);
	if (t->s->cabinet.old[0] != '\0') /* and the provider's counts for the old certificate (DOS-8) */
		tg_ask_certificates(t);
	tg_turn_go(t, TG_STAGE_PIN);
}

static void card_gone(struct tg_turn *t, enum tg_status status, enum tg_stage then)
{
	t->s->notice = tg_card_gone_notice(status);
	tg_turn_forget_card(t);
	tg_turn_go(t, then);
}

/* Nothing was recorded. A PIN that was tried for the signature leads back to the PIN, which looks for its card. */
static void not_submitted(struct tg_turn *t, enum tg_status status)
{
	(void)tg_turn_emit(t, TG_FX_CLEAR_PIN);
	if (tg_signs(t->s) && is_wrong_pin(status))
		wrong_pin(t, status);
	else if (tg_signs(t->s) && tg_card_is_gone(status))
		card_gone(t, status, TG_STAGE_PIN);
	else
		tg_turn_fail(t, status);
}

static void submitted(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	(void)tg_copy(s->number, sizeof s->number, t->ev->number);
	s->accepted_ms = t->ev->accepted_ms;
	memset(s->ways.edits, 0, sizeof s->ways.edits);
	tg_take_facts(s, t->ev);
	tg_turn_go(t, tg_stage_after_submitting(s));
}

static void decided(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	memset(&s->ways.facts, 0, sizeof s->ways.facts);
	(void)tg_copy(s->ways.facts.number, sizeof s->ways.facts.number, s->ways.pending[s->ways.chosen].number);
	(void)tg_copy(s->ways.facts.state, sizeof s->ways.facts.state, TG_STATE_CONFIRMING);
	(void)tg_turn_emit(t, TG_FX_CLEAR_PIN);
	tg_turn_go(t, TG_STAGE_PENDING);
}

static void submitting_event(struct tg_turn *t)
{
	if (t->ev->kind != TG_EV_SUBMITTED && t->ev->kind != TG_EV_DECIDED)
		return;
	if (t->ev->status != TG_OK)
		not_submitted(t, t->ev->status);
	else if (t->ev->kind == TG_EV_DECIDED)
		decided(t);
	else
		submitted(t);
}

static void submitting_paint(struct tg_paint *p)
{
	p->v->title = tg_say(p, "title.submitting");
	tg_paint_notice(p, "submitting.text");
}

static bool shows_running(const struct tg_flow_state *s)
{
	const struct tg_key_plan *keys[TG_FLOW_KEYS_MAX];
	unsigned n = tg_state_keys(s, keys);
	return !s->undoing && !s->leaving_out && s->step_key >= 0 && (unsigned)s->step_key < n &&
	       s->step < TG_CHIP_UNDO;
}

/* The running step has the cursor, so that Braille and speech are where the work is. */
static unsigned working_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return shows_running(s);
}

static int first_key(const struct tg_flow_state *s)
{
	const struct tg_key_plan *keys[TG_FLOW_KEYS_MAX];
	unsigned n = tg_state_keys(s, keys), k = 0;
	while (k + 1 < n && tg_work_carrier_of(s, k) != tg_work_turn(s))
		k++;
	return (int)k;
}

static void working_enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	memset(s->keys, 0, sizeof s->keys);
	s->step = TG_CHIP_GENERATE;
	s->step_key = first_key(s);
	tg_turn_ask(t,
	        s->undoing       ? TG_FX_CHIP_UNDO
	        : s->leaving_out ? TG_FX_CHIP_LEAVE_OUT
	                         : TG_FX_CHIP_RUN,
	        &s->asked.chip);
}

static void on_step(struct tg_flow_state *s, const struct tg_event *ev)
{
	if (ev->key < 0 || ev->key >= TG_FLOW_KEYS_MAX || (unsigned)ev->step >= TG_CHIP_STEP_COUNT)
		return;
	s->keys[ev->key].state[ev->step] = ev->step_state;
	s->step = ev->step;
	s->step_key = ev->key;
}

static void take_times(struct tg_flow_state *s, const struct tg_event *ev)
{
	if (ev->accepted_ms != 0)
		s->accepted_ms = ev->accepted_ms;
	if (ev->sent_ms != 0)
		s->sent_ms = ev->sent_ms;
	if (ev->registered_ms != 0)
		s->registered_ms = ev->registered_ms;
}

/* Refused with a certificate already issued to another key: nothing can be taken back, so it is kept too. */
static bool is_waiting(const struct tg_event *ev)
{
	bool issued = false;
	for (int i = 0; i < TG_FLOW_KEYS_MAX; i++)
		issued = issued || ev->serial[i][0] != '\0';
	return tg_chip_work_waits(ev->status) || (ev->status == TG_CA_REFUSED && issued);
}

/* The keys are made and the application is signed with them: the centre judges it now (NCA-9.again). */
static bool is_judged_now(const struct tg_turn *t)
{
	return t->ev->status == TG_OK && t->ev->ways && tg_outcome_is(t->s, TG_STATE_VERIFYING);
}

static void delivered(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	for (int i = 0; i < TG_FLOW_KEYS_MAX; i++)
		(void)tg_copy(s->keys[i].serial, sizeof s->keys[i].serial, t->ev->serial[i]);
	if (s->undoing)
		tg_turn_fail(t, TG_CANCELLED);
	else if (tg_work_at_second(s) && s->work.at < s->work.n)
		tg_turn_go(t, TG_STAGE_SECOND);
	else
		tg_turn_go(t, TG_STAGE_RESULT);
}

static void ended(struct tg_turn *t)
{
	enum tg_status status = t->ev->status;
	tg_take_facts(t->s, t->ev);
	if (is_judged_now(t)) {
		tg_turn_go(t, TG_STAGE_JUDGING);
		return;
	}
	(void)tg_turn_emit(t, TG_FX_CLEAR_PIN);
	if (status == TG_OK) {
		delivered(t);
	} else if (status == TG_CANCELLED && t->s->undoing && tg_outcome_is(t->s, TG_STATE_REFUSED)) {
		tg_turn_go(t, TG_STAGE_RESULT); /* its keys have left the card: what is left to say is why */
	} else if (is_wrong_pin(status)) {
		wrong_pin(t, status);
	} else if (tg_card_is_gone(status)) {
		card_gone(t, status, TG_STAGE_RESUME);
	} else if (is_waiting(t->ev) && !t->s->undoing) {
		t->s->failure = status;
		tg_turn_go(t, TG_STAGE_WAITING);
	} else {
		tg_turn_fail(t, status);
	}
}

static void working_event(struct tg_turn *t)
{
	if (t->ev->kind == TG_EV_CHIP_STEP) {
		on_step(t->s, t->ev);
	} else if (t->ev->kind == TG_EV_CHIP_ENDED) {
		take_times(t->s, t->ev);
		t->s->must_finish = t->ev->must_finish;
		tg_take_work(t->s, &t->ev->work);
		ended(t);
	}
}

static void paint_step(struct tg_paint *p, unsigned key, unsigned step)
{
	const struct tg_flow_state *s = p->s;
	bool running = shows_running(s) && (unsigned)s->step_key == key && (unsigned)s->step == step;
	const char *name = tg_chip_step_name((enum tg_chip_step)step);
	struct tg_item *item = tg_paint_item(p, TG_ITEM_STEP, tg_say_of(p, "step", name), running);
	item->id = (int)(key * TG_CHIP_STEP_COUNT + step);
	item->state = s->keys[key].state[step];
}

/* The old pair, if it goes, goes after all new ones are proven: it is counted with the first of them. */
static void paint_key(struct tg_paint *p, unsigned key, bool retires)
{
	char id[48];
	tg_state_key_name(p->s, key, id);
	tg_paint_heading(p, id);
	for (unsigned step = 0; step <= TG_CHIP_PROVE; step++)
		paint_step(p, key, step);
	if (retires && key == 0)
		paint_step(p, key, TG_CHIP_RETIRE);
}

static void working_paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	p->v->title = tg_say(p, "title.working");
	tg_paint_application_number(p);
	tg_paint_notice(p, s->reader.card ? "working.leave-card" : "working.card-gone");
	const struct tg_key_plan *keys[TG_FLOW_KEYS_MAX];
	unsigned n = s->undoing || s->leaving_out ? 0 : tg_state_keys(s, keys);
	if (n > 0 && tg_work_is_double(s))
		tg_paint_work_carrier(p, tg_work_turn(s));
	for (unsigned k = 0; k < n; k++)
		if (tg_work_carrier_of(s, k) == tg_work_turn(s))
			paint_key(p, k, s->service && tg_service_is(s->service, "replace"));
	if (s->undoing || (s->leaving_out && s->work.touched))
		tg_paint_item(p, TG_ITEM_STEP, tg_say(p, "step.undo"), false)->state = TG_STEP_RUNNING;
}

const struct tg_stage_ops tg_stage_submitting = {
        .traits = TG_STAGE_PERSON | TG_STAGE_PROVEN,
        .enter = submitting_enter,
        .event = submitting_event,
        .paint = submitting_paint,
};

const struct tg_stage_ops tg_stage_working = {
        .traits = TG_STAGE_PERSON,
        .slots = working_slots,
        .enter = working_enter,
        .event = working_event,
        .paint = working_paint,
};
