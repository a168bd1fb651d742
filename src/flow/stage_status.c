/* STATUS: an application by its number, at any kiosk (K-15): its state in plain words, its times, what to do next. What
 * only the person may do with it (go on, correct, withdraw) asks first for the IIN or BIN that stands on it: a number
 * on a lost receipt opens nothing (src/decisions/0169). */
#include "cabinet.h"
#include "money.h"
#include "ways.h"
#include "work.h"

static const struct tg_field number_field = {
        .id = "number", .kind = TG_FIELD_TEXT, .label = "status.number", .hint = "status.number-hint", .max_chars = 20};
static const struct tg_field proof_field = {
        .id = "proof", .kind = TG_FIELD_DIGITS, .label = "status.proof", .hint = "status.proof-hint", .max_chars = 14};

enum act { ACT_CONTINUE, ACT_CORRECT, ACT_WITHDRAW, ACT_COMPLAIN, ACT_LEAVE, ACT_COUNT };

static bool state_is(const struct tg_flow_state *s, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(s->ways.facts.state, *list) == 0)
			return true;
	return false;
}

static const struct tg_service *its_service(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	return tg_provider_service(tg_catalog_provider(c->catalog, s->ways.facts.provider), s->ways.facts.service);
}

static bool its_operation_is(const struct tg_flow_config *c, const struct tg_flow_state *s, const char *operation)
{
	const struct tg_service *service = its_service(c, s);
	for (unsigned i = 0; service && i < service->n_kinds; i++)
		if (strcmp(service->kinds[i].id, s->ways.facts.kind) == 0)
			return tg_kind_is(service, &service->kinds[i], operation);
	return false;
}

static bool is_cloud(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	return its_operation_is(c, s, "cloud");
}

/* Chip work is left to be done, here; nothing is issued unpaid (DOS-7). */
static bool can_continue(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	if (s->ways.facts.rest > 0 || is_cloud(c, s))
		return false;
	static const char *const list[] = {TG_STATE_ACCEPTED, TG_STATE_ISSUED, "working", "waiting", NULL};
	const struct tg_service *service = its_service(c, s);
	const struct tg_form *form = tg_catalog_form(c->catalog, s->ways.facts.form);
	return s->ways.facts.ours && service && form && form->n_keys > 0 && state_is(s, list);
}

/* Nothing was made of it yet. After acceptance a correction takes the acceptance back. */
static bool can_change(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	static const char *const list[] = {TG_STATE_CONFIRMING, TG_STATE_DECLINED, TG_STATE_AT_DESK, TG_STATE_ACCEPTED,
	        TG_STATE_NOT_ACCEPTED, NULL};
	/* What is accepted and paid is being made by the centre. */
	bool making = is_cloud(c, s) && s->ways.facts.rest == 0 && strcmp(s->ways.facts.state, TG_STATE_ACCEPTED) == 0;
	return s->ways.facts.ours && its_service(c, s) && state_is(s, list) && !making;
}

static bool can_withdraw(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	static const char *const list[] = {TG_STATE_CONFIRMING, TG_STATE_AT_DESK, TG_STATE_ACCEPTED, NULL};
	return can_change(c, s) && state_is(s, list);
}

static bool offered(const struct tg_flow_config *c, const struct tg_flow_state *s, enum act a)
{
	switch (a) {
	case ACT_CONTINUE:
		return can_continue(c, s);
	case ACT_CORRECT:
		return can_change(c, s);
	case ACT_WITHDRAW:
		return can_withdraw(c, s);
	case ACT_COMPLAIN:
		return tg_service_of(tg_catalog_provider(c->catalog, s->ways.facts.provider), "complaint") != NULL;
	case ACT_LEAVE:
		return true;
	case ACT_COUNT:
		break;
	}
	return false;
}

static enum act nth(const struct tg_flow_config *c, const struct tg_flow_state *s, unsigned slot)
{
	for (int a = 0; a < ACT_COUNT; a++)
		if (offered(c, s, (enum act)a) && slot-- == 0)
			return (enum act)a;
	return ACT_LEAVE;
}

static bool asking(const struct tg_flow_state *s)
{
	return s->asked.status > 0 || s->asked.application > 0 || s->asked.withdraw > 0;
}

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	if (asking(s))
		return 0;
	if (s->ways.step != TG_STATUS_SHOWN)
		return 2; /* answer and button; or yes and no */
	unsigned n = 0;
	for (int a = 0; a < ACT_COUNT; a++)
		n += offered(c, s, (enum act)a);
	return n;
}

/* The IIN or BIN that was typed is kept for the question it answers alone (K-12). */
static void to_step(struct tg_flow_state *s, enum tg_status_step step)
{
	if (step != TG_STATUS_WITHDRAW)
		memset(&s->ways.proof, 0, sizeof s->ways.proof);
	s->ways.step = step;
	s->focus = 0;
	s->notice = TG_OK;
}

static void enter(struct tg_turn *t)
{
	to_step(t->s, TG_STATUS_NUMBER);
	memset(&t->s->ways.facts, 0, sizeof t->s->ways.facts);
	memset(&t->s->ways.proof, 0, sizeof t->s->ways.proof);
	t->s->ways.number.error = NULL;
}

static void leave(struct tg_turn *t, enum tg_stage to)
{
	(void)to;
	t->s->notice = TG_OK;
	memset(&t->s->ways.proof, 0, sizeof t->s->ways.proof);
}

/* What was typed; small letters, spaces and look-alikes are taken for what they stand for. */
static void look_up(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	char number[TG_NUMBER_MAX];
	tg_answer_tidy(&s->ways.number);
	if (tg_number_check(s->ways.number.value, number) != TG_OK) {
		s->ways.number.error = "status.number-wrong";
		return;
	}
	s->ways.number.error = NULL;
	memset(&s->ways.facts, 0, sizeof s->ways.facts);
	(void)tg_copy(s->ways.facts.number, sizeof s->ways.facts.number, number);
	s->notice = TG_OK;
	tg_turn_ask(t, TG_FX_STATUS, &s->asked.status);
}

static void prove(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	tg_answer_tidy(&s->ways.proof);
	if (s->ways.proof_tries >= TG_PROOF_TRIES) {
		s->notice = TG_LIMIT;
	} else if (s->ways.proof.value[0] == '\0') {
		s->ways.proof.error = "form.required-missing";
	} else {
		s->ways.proof.error = NULL;
		s->notice = TG_OK;
		tg_turn_ask(t, TG_FX_APPLICATION, &s->asked.application);
	}
}

static void wish(struct tg_turn *t, enum tg_status_wish what)
{
	t->s->ways.wish = what;
	to_step(t->s, TG_STATUS_PROVE);
}

/* A new form of the same service, about this application. */
static void complain(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	const struct tg_provider *p = tg_catalog_provider(t->c->catalog, s->ways.facts.provider);
	const struct tg_service *service = tg_service_of(p, "complaint");
	if (!service || !tg_state_choose_ids(t->c, s, p->id, service->id, service->kinds[0].id))
		return;
	const struct tg_form *form = tg_state_form(s);
	for (unsigned i = 0; i < tg_state_fields(s); i++)
		if (form->fields[i].role && strcmp(form->fields[i].role, "about") == 0) {
			(void)tg_copy(s->answers[i].value, sizeof s->answers[i].value, s->ways.facts.number);
			s->answers[i].by = TG_BY_PERSON;
		}
	tg_turn_go(t, tg_kinds_open(service) > 1 ? TG_STAGE_KIND : TG_STAGE_FORM);
}

static void act(struct tg_turn *t, enum act a)
{
	switch (a) {
	case ACT_CONTINUE:
		wish(t, TG_WISH_CONTINUE);
		break;
	case ACT_CORRECT:
		wish(t, TG_WISH_CORRECT);
		break;
	case ACT_WITHDRAW:
		wish(t, TG_WISH_WITHDRAW);
		break;
	case ACT_COMPLAIN:
		complain(t);
		break;
	case ACT_LEAVE:
	case ACT_COUNT:
		tg_turn_go(t, TG_STAGE_WIPING);
		break;
	}
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	switch (s->ways.step) {
	case TG_STATUS_NUMBER:
		look_up(t);
		break;
	case TG_STATUS_SHOWN:
		act(t, nth(t->c, s, slot));
		break;
	case TG_STATUS_PROVE:
		prove(t);
		break;
	case TG_STATUS_WITHDRAW:
		if (slot == 1)
			tg_turn_ask(t, TG_FX_WITHDRAW, &s->asked.withdraw);
		else
			to_step(s, TG_STATUS_SHOWN);
		break;
	}
}

static bool key(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (s->focus != 0 || s->asked.status > 0 || s->asked.application > 0)
		return false;
	if (s->ways.step == TG_STATUS_NUMBER && tg_answer_type(&s->ways.number, &number_field, t->ev)) {
		s->ways.number.error = NULL;
		s->notice = TG_OK;
		return true;
	}
	if (s->ways.step == TG_STATUS_PROVE && tg_answer_type(&s->ways.proof, &proof_field, t->ev)) {
		s->ways.proof.error = NULL;
		return true;
	}
	return false;
}

static void back(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (asking(s))
		return;
	if (s->ways.step == TG_STATUS_NUMBER)
		tg_turn_go(t, s->provider ? TG_STAGE_SERVICE : TG_STAGE_PROVIDER);
	else
		to_step(s, s->ways.step == TG_STATUS_SHOWN ? TG_STATUS_NUMBER : TG_STATUS_SHOWN);
}

/* The application becomes that of the journey, as if it had just been handed in. */
static void go_on(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	(void)tg_copy(s->number, sizeof s->number, s->ways.facts.number);
	s->accepted_ms = s->ways.facts.accepted_ms;
	s->sent_ms = s->ways.facts.sent_ms;
	s->registered_ms = s->ways.facts.registered_ms;
	tg_take_work(s, &t->ev->work);
	tg_turn_go(t, tg_operation_is(s, "ssl") ? TG_STAGE_DELIVER : TG_STAGE_RESUME);
}

static void proven(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	const struct tg_application_answers *a = t->ev->ways ? &t->ev->ways->answers : NULL;
	if (t->ev->status != TG_OK || !a) {
		s->ways.proof_tries += t->ev->status == TG_CERT_OTHER_PERSON;
		s->notice = t->ev->status != TG_OK ? t->ev->status : TG_NOT_FOUND;
	} else if (s->ways.wish == TG_WISH_WITHDRAW) {
		to_step(s, TG_STATUS_WITHDRAW);
	} else if (!tg_state_take_application(t->c, s, a)) {
		s->notice = TG_NOT_FOUND;
	} else if (s->ways.wish == TG_WISH_CONTINUE) {
		go_on(t);
	} else {
		(void)tg_copy(s->ways.edits, sizeof s->ways.edits, s->ways.facts.number);
		tg_turn_go(t, TG_STAGE_FORM);
	}
}

static void event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (t->ev->kind == TG_EV_STATUS) {
		s->notice = t->ev->status;
		if (t->ev->status != TG_OK || !t->ev->ways)
			return;
		s->ways.facts = t->ev->ways->application;
		to_step(s, TG_STATUS_SHOWN);
	} else if (t->ev->kind == TG_EV_APPLICATION) {
		proven(t);
	} else if (t->ev->kind == TG_EV_WITHDRAWN) {
		to_step(s, TG_STATUS_SHOWN);
		s->notice = t->ev->status;
		if (t->ev->status == TG_OK)
			(void)tg_copy(s->ways.facts.state, sizeof s->ways.facts.state, TG_STATE_CANCELLED);
	} else {
		tg_resume_found(t);
	}
}

/* ---- painting ---- */

static void paint_typed(struct tg_paint *p, const struct tg_field *f, const struct tg_answer *a)
{
	(void)tg_paint_typed(p, f, a);
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.continue");
}

/* The old certificate of a reissue (UBR-2). */
static void paint_old(struct tg_paint *p, const struct tg_application_facts *f)
{
	if (!f->reissues)
		return;
	const char *text = f->revoked_ms == 0 ? tg_say(p, "status.old-waits")
	                   : f->revoked_code != 0
	                           ? tg_say(p, "status.old-failed")
	                           : TG_FILL(p, "status.old-revoked", "time", tg_paint_time(p, f->revoked_ms));
	tg_paint_line(p, TG_ITEM_NOTICE, text);
}

/* Of a certificate in the cloud no card is spoken of. */
static void paint_cloud(struct tg_paint *p, const struct tg_application_facts *f)
{
	bool accepted = strcmp(f->state, TG_STATE_ACCEPTED) == 0, made = strcmp(f->state, TG_STATE_DELIVERED) == 0;
	if (accepted)
		tg_paint_notice(p, f->rest > 0 ? "status.cloud-pay" : "status.cloud-making");
	else if (made)
		tg_paint_notice(p, "status.cloud-made");
	else
		tg_paint_state(p, f);
}

static void paint_acts(struct tg_paint *p)
{
	static const struct {
		int id;
		const char *label;
	} buttons[ACT_COUNT] = {[ACT_CONTINUE] = {TG_ITEM_ID_CONTINUE, "status.continue"},
	        [ACT_CORRECT] = {TG_ITEM_ID_OTHER_WAY, "status.correct"},
	        [ACT_WITHDRAW] = {TG_ITEM_ID_UNDO, "status.withdraw"},
	        [ACT_COMPLAIN] = {TG_ITEM_ID_NO, "status.complain"},
	        [ACT_LEAVE] = {TG_ITEM_ID_LEAVE, "button.finish"}};
	for (int a = 0; a < ACT_COUNT; a++) {
		/* A certificate that waits for its medium: no card is needed (NCA-9.dom). */
		bool collected = a == ACT_CONTINUE && its_operation_is(p->c, p->s, "ssl");
		if (offered(p->c, p->s, (enum act)a))
			tg_paint_button(p, buttons[a].id, collected ? "status.collect" : buttons[a].label);
	}
}

static void paint_times(struct tg_paint *p, const struct tg_application_facts *f)
{
	const char *lines[4];
	unsigned n = tg_times_lines(p, f->accepted_ms, f->sent_ms, f->registered_ms, lines);
	if (f->promised_ms != 0)
		lines[n++] = TG_FILL(p, "result.promised", "time", tg_paint_time(p, f->promised_ms));
	tg_paint_lines(p, lines, n);
}

static void paint_shown(struct tg_paint *p)
{
	const struct tg_application_facts *f = &p->s->ways.facts;
	const struct tg_service *service = its_service(p->c, p->s);
	(void)snprintf(
	        tg_paint_room(p), tg_paint_left(p), "%s · %s", f->number, service ? tg_say(p, service->label) : "");
	tg_paint_line(p, TG_ITEM_NOTICE, tg_paint_keep(p));
	if (is_cloud(p->c, p->s))
		paint_cloud(p, f);
	else
		tg_paint_state(p, f);
	tg_paint_rest(p, f);
	if (f->complaint[0] != '\0')
		tg_paint_line(p, TG_ITEM_NOTICE, tg_say_of(p, "complaint-state", f->complaint));
	paint_acts(p);
	paint_times(p, f);
	paint_old(p, f);
	if (!f->by_centre)
		tg_paint_text(p, "status.own-word");
}

static void paint_withdraw(struct tg_paint *p)
{
	TG_PAINT(p, TG_ITEM_NOTICE, "status.withdraw-text", "number", p->s->ways.facts.number);
	tg_paint_button(p, TG_ITEM_ID_NO, "status.withdraw-no");
	tg_paint_button(p, TG_ITEM_ID_YES, "status.withdraw-yes");
}

static void paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	p->v->title = tg_say(p, "title.status");
	if (asking(s)) {
		tg_paint_notice(p, "status.asking");
		return;
	}
	if (s->notice == TG_NOT_FOUND)
		tg_paint_error(p, "status.not-found");
	else if (s->notice == TG_CERT_OTHER_PERSON)
		tg_paint_error(p, "status.proof-wrong");
	else if (s->notice != TG_OK)
		tg_paint_status(p, s->notice);
	switch (s->ways.step) {
	case TG_STATUS_NUMBER:
		tg_paint_text(p, "status.intro");
		paint_typed(p, &number_field, &s->ways.number);
		break;
	case TG_STATUS_SHOWN:
		paint_shown(p);
		break;
	case TG_STATUS_PROVE:
		tg_paint_text(p, "status.proof-intro");
		paint_typed(p, &proof_field, &s->ways.proof);
		break;
	case TG_STATUS_WITHDRAW:
		paint_withdraw(p);
		break;
	}
}

const struct tg_stage_ops tg_stage_status = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CARDS,
        .slots = slots,
        .enter = enter,
        .leave = leave,
        .choose = choose,
        .key = key,
        .back = back,
        .event = event,
        .paint = paint,
        .enter_label = "key.continue",
};
