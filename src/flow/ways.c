/* Which stages lie between consent and result, by the way's proof and the service's operation; and what the stages of
 * these ways share. */
#include "cabinet.h"
#include "tamga/workdays.h"
#include "ways.h"

bool tg_proof_is(const struct tg_flow_state *s, const char *proof)
{
	const char *mine = s->way && s->way->proof ? s->way->proof : "chip";
	return strcmp(mine, proof) == 0;
}

bool tg_operation_is(const struct tg_flow_state *s, const char *operation)
{
	return s->service && tg_kind_is(s->service, s->kind, operation);
}

bool tg_makes_keys(const struct tg_flow_state *s)
{
	const struct tg_form *form = tg_state_form(s);
	return form && form->n_keys > 0 && !tg_operation_is(s, "ssl");
}

bool tg_chip_must_prove(const struct tg_flow_state *s)
{
	return s->way && tg_proof_is(s, "chip") && tg_operation_is(s, "revoke");
}

bool tg_signs(const struct tg_flow_state *s)
{
	return s->ways.deciding || (s->way && tg_proof_is(s, "signature"));
}

bool tg_signs_here(const struct tg_flow_state *s)
{
	return tg_signs(s) || (s->service && tg_service_has_opens(s->service, "confirm"));
}

/* Nothing is asked of a card, and nobody but the desk judges: papers, a power of attorney, a complaint. */
static bool paper_only(const struct tg_flow_state *s)
{
	return tg_operation_is(s, "paper") || tg_operation_is(s, "complaint");
}

bool tg_pin_before_submitting(const struct tg_flow_state *s)
{
	if (paper_only(s))
		return false;
	return tg_proof_is(s, "signature") || (tg_proof_is(s, "chip") && tg_makes_keys(s));
}

enum tg_stage tg_stage_of_service(const struct tg_service *service)
{
	if (tg_service_opens_cabinet(service) || tg_service_has_opens(service, "confirm"))
		return TG_STAGE_DEVICES;
	if (tg_service_has_opens(service, "status"))
		return TG_STAGE_STATUS;
	if (tg_service_has_opens(service, "ticket"))
		return TG_STAGE_TICKET;
	return tg_service_has_opens(service, "about") ? TG_STAGE_ABOUT : TG_STAGE_KIND;
}

enum tg_stage tg_stage_after_choices(const struct tg_flow_state *s)
{
	if (paper_only(s) || tg_proof_is(s, "desk"))
		return TG_STAGE_FORM;
	return tg_proof_is(s, "signature") ? TG_STAGE_DEVICES : TG_STAGE_CARRIER;
}

enum tg_stage tg_stage_after_consent(const struct tg_flow_state *s)
{
	return tg_pin_before_submitting(s) ? TG_STAGE_PIN : TG_STAGE_SUBMITTING;
}

/* A head's confirmation and a clerk's decision take longer than anybody stands here. */
static bool decided_elsewhere(const struct tg_flow_state *s)
{
	return tg_outcome_is(s, TG_STATE_CONFIRMING) || tg_outcome_is(s, TG_STATE_AT_DESK) ||
	       tg_outcome_is(s, TG_STATE_RECORDED);
}

enum tg_stage tg_stage_after_submitting(const struct tg_flow_state *s)
{
	if (decided_elsewhere(s) || paper_only(s) || tg_proof_is(s, "desk"))
		return TG_STAGE_RESULT;
	if (tg_proof_is(s, "signature") || tg_operation_is(s, "revoke"))
		return TG_STAGE_JUDGING;
	return tg_makes_keys(s) ? TG_STAGE_WORKING : TG_STAGE_RESULT;
}

/* A complaint's term runs from its registration at the desk. */
static const struct tg_term *term_of(const struct tg_flow_state *s)
{
	if (!s->provider || paper_only(s) || tg_proof_is(s, "signature"))
		return NULL;
	return tg_provider_term(s->provider, "result");
}

int64_t tg_flow_promised_ms(const struct tg_flow_state *s, int64_t accepted_ms)
{
	const struct tg_term *term = term_of(s);
	const struct tg_calendar *c = term && term->calendar ? tg_provider_calendar(s->provider, term->calendar) : NULL;
	const struct tg_workdays *days = c ? tg_calendar_workdays(s->provider, c) : NULL;
	if (!days || term->working_days <= 0)
		return 0;
	int64_t at = tg_workdays_add(days, accepted_ms, term->working_days);
	return at == INT64_MAX ? 0 : at;
}

const char *tg_outcome(const struct tg_flow_state *s)
{
	return s->number[0] != '\0' ? s->ways.facts.state : "";
}

bool tg_outcome_is(const struct tg_flow_state *s, const char *state)
{
	return strcmp(tg_outcome(s), state) == 0;
}

static void keep_time(int64_t *mine, int64_t news)
{
	if (news != 0)
		*mine = news;
}

void tg_take_facts(struct tg_flow_state *s, const struct tg_event *ev)
{
	if (!ev->ways)
		return;
	s->ways.facts = ev->ways->application;
	keep_time(&s->accepted_ms, s->ways.facts.accepted_ms);
	keep_time(&s->sent_ms, s->ways.facts.sent_ms);
	keep_time(&s->registered_ms, s->ways.facts.registered_ms);
}

const struct tg_service *tg_service_of(const struct tg_provider *p, const char *operation)
{
	for (unsigned i = 0; p && i < p->n_services; i++) {
		const struct tg_service *service = &p->services[i];
		if (service->open && tg_service_is(service, operation) && tg_kinds_open(service) > 0)
			return service;
	}
	return NULL;
}

static const struct tg_service *service_named(const struct tg_provider *p, const char *id)
{
	for (unsigned i = 0; i < p->n_services; i++)
		if (strcmp(p->services[i].id, id) == 0)
			return &p->services[i];
	return NULL;
}

static const struct tg_kind *kind_named(const struct tg_service *service, const char *id)
{
	for (unsigned i = 0; i < service->n_kinds; i++)
		if (service->kinds[i].form && strcmp(service->kinds[i].id, id) == 0)
			return &service->kinds[i];
	return NULL;
}

bool tg_state_choose_ids(const struct tg_flow_config *c, struct tg_flow_state *s, const char *provider,
        const char *service, const char *kind)
{
	const struct tg_provider *p = tg_catalog_provider(c->catalog, provider);
	const struct tg_service *v = p ? service_named(p, service) : NULL;
	const struct tg_kind *k = v ? kind_named(v, kind) : NULL;
	if (!k)
		return false;
	s->provider = p;
	s->service = v;
	s->kind = k;
	tg_answers_begin(s);
	return true;
}

/* All words of `sets` are among `words`. */
static bool all_set(const char *sets, const char *words)
{
	const char *when = sets, *set = words;
	return when && tg_when_holds(when, set);
}

void tg_state_take_conditions(struct tg_flow_state *s, const char *words)
{
	for (unsigned q = 0; q < s->kind->n_questions && q < TG_QUESTIONS_MAX; q++) {
		const struct tg_question *question = &s->kind->questions[q];
		s->chosen[q] = 0;
		for (unsigned o = 0; o < question->n_options; o++)
			if (all_set(question->options[o].sets, words) || (!question->options[o].sets && !s->chosen[q]))
				s->chosen[q] = o + 1;
	}
}

void tg_take_answers(struct tg_flow_state *s, const struct tg_application_answers *a)
{
	const struct tg_form *form = tg_state_form(s);
	for (unsigned i = 0; i < form->n_fields && i < TG_FORM_FIELDS_MAX; i++) {
		if (!form->fields[i].person)
			continue;
		for (unsigned k = 0; k < a->n && k < TG_FORM_FIELDS_MAX; k++)
			if (strcmp(a->list[k].field, form->fields[i].id) == 0) {
				(void)tg_copy(s->answers[i].value, sizeof s->answers[i].value, a->list[k].value);
				s->answers[i].by = TG_BY_PERSON;
			}
	}
}

/* ---- painting ---- */

void tg_paint_state(struct tg_paint *p, const struct tg_application_facts *f)
{
	char id[64], next[64];
	(void)snprintf(id, sizeof id, "state.%s", f->state);
	(void)snprintf(next, sizeof next, "state.%s.next", f->state);
	if (f->code > 0) {
		tg_paint_notice(p, id);
		tg_paint_status(p, (enum tg_status)f->code);
		return;
	}
	(void)snprintf(tg_paint_room(p), tg_paint_left(p), "%s. %s", tg_say(p, id), tg_say(p, next));
	(void)tg_paint_item(p, TG_ITEM_NOTICE, tg_paint_keep(p), false);
}

static const char *one_time(struct tg_paint *p, const char *id, const char *not_yet, int64_t at)
{
	return at == 0 ? tg_say(p, not_yet) : TG_FILL(p, id, "time", tg_paint_time(p, at));
}

void tg_paint_facts_times(struct tg_paint *p, const struct tg_application_facts *f)
{
	const char *lines[5];
	unsigned n = 0;
	lines[n++] = one_time(p, "work.accepted", "work.accepted", f->accepted_ms);
	lines[n++] = one_time(p, "work.sent", "work.not-sent", f->sent_ms);
	lines[n++] = one_time(p, "work.registered", "work.not-registered", f->registered_ms);
	if (f->promised_ms != 0)
		lines[n++] = TG_FILL(p, "result.promised", "time", tg_paint_time(p, f->promised_ms));
	tg_paint_lines(p, lines, n);
}

void tg_paint_answers(struct tg_paint *p, bool focusable)
{
	const struct tg_form *form = tg_state_form(p->s);
	for (unsigned i = 0; form && i < form->n_fields && i < TG_FORM_FIELDS_MAX; i++) {
		const struct tg_field *f = &form->fields[i];
		const struct tg_answer *a = &p->s->answers[i];
		if (!f->person || a->value[0] == '\0')
			continue;
		struct tg_item *item = tg_paint_item(p, TG_ITEM_ANSWER, tg_say(p, f->label), focusable);
		item->id = (int)i;
		item->number = f->number;
		item->locked = true;
		item->value = tg_answer_shown(p->c, p->lang, f, a);
	}
}
