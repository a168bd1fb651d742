/* Which stages lie between consent and result, by the way's proof and the service's operation; and what the stages of
 * these ways share. */
#include "cabinet.h"
#include "money.h"
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
	return form && form->n_keys > 0 && !tg_operation_is(s, "ssl") && !tg_operation_is(s, "cloud");
}

bool tg_chip_must_prove(const struct tg_flow_state *s)
{
	return s->way && tg_proof_is(s, "chip");
}

bool tg_identity_proven(const struct tg_flow_state *s)
{
	return tg_document_proven(s) && tg_id_iin(s->doc.chip.iin) == TG_ID_OK;
}

bool tg_identity_wanted(const struct tg_flow_state *s)
{
	return tg_chip_must_prove(s) && s->number[0] == '\0' && !s->ways.deciding && !tg_identity_proven(s);
}

const struct tg_way *tg_way_with_papers(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	const struct tg_way *ways[TG_WAYS_MAX];
	unsigned n = tg_ways_open(c, s, ways);
	for (unsigned i = 0; i < n; i++)
		if (ways[i]->proof && strcmp(ways[i]->proof, "desk") == 0)
			return ways[i];
	return NULL;
}

bool tg_signs(const struct tg_flow_state *s)
{
	return s->ways.deciding || (s->way && tg_proof_is(s, "signature"));
}

bool tg_flow_signs_keys(const struct tg_flow_state *s)
{
	return s->way && tg_proof_is(s, "signature") && tg_makes_keys(s);
}

/* Handed in, and not signed yet. */
static bool is_to_sign(const struct tg_flow_state *s)
{
	return tg_flow_signs_keys(s) && (tg_outcome_is(s, TG_STATE_SUBMITTED) || tg_outcome_is(s, TG_STATE_CONFIRMING));
}

bool tg_flow_pin_again(const struct tg_flow_state *s)
{
	return is_to_sign(s) && !s->resumed;
}

bool tg_signs_here(const struct tg_flow_state *s)
{
	return tg_signs(s) || (s->service && tg_service_has_opens(s->service, "confirm"));
}

/* Nothing is asked of a card, and nobody but the desk judges: papers, a power of attorney, a complaint, an order. */
static bool paper_only(const struct tg_flow_state *s)
{
	return tg_operation_is(s, "paper") || tg_operation_is(s, "complaint") || tg_operation_is(s, "order");
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
	if (tg_service_has_opens(service, "adviser"))
		return TG_STAGE_ADVISER;
	if (tg_service_has_opens(service, "help"))
		return TG_STAGE_TOPICS;
	return tg_service_has_opens(service, "about") ? TG_STAGE_ABOUT : TG_STAGE_KIND;
}

enum tg_stage tg_stage_after_choices(const struct tg_flow_state *s)
{
	if (s->cabinet.old[0] != '\0') /* from the cabinet: the certificate has answered already */
		return tg_fields_asked(s) > 0 ? TG_STAGE_FORM : TG_STAGE_REVIEW;
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
	if (is_to_sign(s))
		return TG_STAGE_WORKING;
	if (decided_elsewhere(s) || paper_only(s) || tg_proof_is(s, "desk"))
		return TG_STAGE_RESULT;
	if (tg_proof_is(s, "signature") || tg_operation_is(s, "revoke"))
		return TG_STAGE_JUDGING;
	bool unpaid = s->ways.facts.rest > 0; /* nothing is issued unpaid (DOS-7) */
	return tg_makes_keys(s) && !unpaid ? TG_STAGE_WORKING : TG_STAGE_RESULT;
}

/* A complaint's term runs from its registration at the desk. */
static const struct tg_term *term_of(const struct tg_flow_state *s)
{
	if (!s->provider || paper_only(s) || tg_proof_is(s, "signature"))
		return NULL;
	if (tg_is_order(s))
		return tg_provider_term(s->provider, "cloud-order");
	return tg_provider_term(s->provider, "result");
}

int64_t tg_working_days_end(const struct tg_provider *p, const struct tg_term *term, int64_t from_ms)
{
	const struct tg_calendar *c = term && term->calendar ? tg_provider_calendar(p, term->calendar) : NULL;
	const struct tg_workdays *days = c ? tg_calendar_workdays(p, c) : NULL;
	int64_t end = days && term->working_days > 0 ? tg_workdays_add(days, from_ms, term->working_days) : 0;
	return end == INT64_MAX ? 0 : end;
}

int64_t tg_state_promised_ms(const struct tg_flow_state *s, int64_t accepted_ms)
{
	const struct tg_term *term = term_of(s);
	if (term && term->days > 0)
		return accepted_ms + (int64_t)term->days * 86400000;
	return tg_working_days_end(s->provider, term, accepted_ms);
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
	if (!s->way && s->provider) /* gone on with on a later visit */
		s->way = tg_provider_way(s->provider, s->ways.facts.way);
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
	const struct tg_service *v = p ? tg_provider_service(p, service) : NULL;
	const struct tg_kind *k = v ? kind_named(v, kind) : NULL;
	if (!k)
		return false;
	s->provider = p;
	s->service = v;
	s->kind = k;
	tg_answers_begin(s);
	return true;
}

/* The answers to the kind's questions that set these conditions: all words of `sets` are among `words`. */
static void take_conditions(struct tg_flow_state *s, const char *words)
{
	for (unsigned q = 0; q < s->kind->n_questions && q < TG_QUESTIONS_MAX; q++) {
		const struct tg_question *question = &s->kind->questions[q];
		s->replies.option[q] = 0;
		for (unsigned o = 0; o < question->n_options; o++) {
			const char *condition = question->options[o].sets;
			if (condition ? tg_when_holds(condition, words) : !s->replies.option[q])
				s->replies.option[q] = o + 1;
		}
	}
}

static void take_answers(struct tg_flow_state *s, const struct tg_application_answers *a)
{
	const struct tg_form *form = tg_state_form(s);
	for (unsigned i = 0; i < tg_state_fields(s); i++) {
		if (!form->fields[i].person)
			continue;
		for (unsigned k = 0; k < a->n && k < TG_FORM_FIELDS_MAX; k++)
			if (strcmp(a->list[k].field, form->fields[i].id) == 0) {
				(void)tg_copy(s->answers[i].value, sizeof s->answers[i].value, a->list[k].value);
				s->answers[i].by = TG_BY_PERSON;
			}
	}
}

bool tg_state_take_application(
        const struct tg_flow_config *c, struct tg_flow_state *s, const struct tg_application_answers *a)
{
	if (!tg_state_choose_ids(c, s, a->provider, a->service, a->kind))
		return false;
	s->way = a->way[0] != '\0' ? tg_provider_way(s->provider, a->way) : NULL;
	take_conditions(s, a->conditions);
	take_answers(s, a);
	return true;
}

/* ---- painting ---- */

void tg_state_message(struct tg_paint *p, const char *prefix, const struct tg_service *service,
        const struct tg_kind *kind, const char *state, char id[TG_STATE_MESSAGE])
{
	(void)snprintf(
	        id, TG_STATE_MESSAGE, "%s.%s.%s", prefix, service ? tg_kind_operation(service, kind) : "", state);
	if (!tg_text_has(p->c->i18n, p->lang, id))
		(void)snprintf(id, TG_STATE_MESSAGE, "%s.%s", prefix, state);
}

void tg_paint_state(struct tg_paint *p, const struct tg_application_facts *f)
{
	char id[TG_STATE_MESSAGE], next[TG_STATE_MESSAGE + 8];
	const struct tg_provider *provider = tg_catalog_provider(p->c->catalog, f->provider);
	const struct tg_service *service = provider ? tg_provider_service(provider, f->service) : NULL;
	tg_state_message(p, "state", service, service ? kind_named(service, f->kind) : NULL, f->state, id);
	(void)snprintf(next, sizeof next, "%s.next", id);
	if (f->code > 0) {
		tg_paint_notice(p, id);
		tg_paint_status(p, (enum tg_status)f->code);
		return;
	}
	(void)snprintf(tg_paint_room(p), tg_paint_left(p), "%s. %s", tg_say(p, id), tg_say(p, next));
	tg_paint_line(p, TG_ITEM_NOTICE, tg_paint_keep(p));
	if (f->without[0] != '\0') {
		(void)snprintf(id, sizeof id, "written.not-%s", f->without);
		tg_paint_notice(p, id);
	}
}

void tg_paint_answers(struct tg_paint *p, bool focusable)
{
	const struct tg_form *form = tg_state_form(p->s);
	for (unsigned i = 0; i < tg_state_fields(p->s); i++) {
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
