/* What way and questions set, and what depends on it: which fields, documents and lines there are, and whose they are
 * (NCA-9.again, 9.rep, 9.head, NCA-role). */
#include "questions.h"
#include "rules.h"
#include "tamga/workdays.h"

static void add_words(char *out, const char *words)
{
	size_t n = strlen(out), more = words ? strlen(words) : 0;
	if (more == 0 || n + more + 2 > TG_CONDITIONS_BYTES)
		return; /* the loader's own limits are far below */
	(void)snprintf(out + n, TG_CONDITIONS_BYTES - n, "%s%s", n > 0 ? " " : "", words);
}

/* In order: a question that is not asked any more sets nothing, though its answer is kept for those who come back. */
unsigned tg_questions_hold(const struct tg_question *list, unsigned n, const struct tg_replies *r, char *set,
        unsigned out[TG_QUESTIONS_MAX])
{
	unsigned asked = 0;
	for (unsigned i = 0; i < n && i < TG_QUESTIONS_MAX; i++) {
		if (!tg_when_holds(list[i].when, set))
			continue;
		out[asked++] = i;
		const struct tg_question_option *o = tg_option_chosen(&list[i], r->option[i]);
		if (o)
			add_words(set, o->sets);
	}
	return asked;
}

static unsigned ask(const struct tg_flow_state *s, char *set, unsigned out[TG_QUESTIONS_MAX])
{
	set[0] = '\0';
	if (s->way)
		add_words(set, s->way->sets);
	return s->kind ? tg_questions_hold(s->kind->questions, s->kind->n_questions, &s->replies, set, out) : 0;
}

void tg_state_conditions(const struct tg_flow_state *s, char *out)
{
	unsigned asked[TG_QUESTIONS_MAX];
	(void)ask(s, out, asked);
}

unsigned tg_questions_asked(const struct tg_flow_state *s, unsigned out[TG_QUESTIONS_MAX])
{
	char set[TG_CONDITIONS_BYTES];
	return ask(s, set, out);
}

static unsigned ask_adviser(const struct tg_flow_state *s, char *set, unsigned out[TG_QUESTIONS_MAX])
{
	const struct tg_provider *p = s->provider;
	set[0] = '\0';
	return p ? tg_questions_hold(p->adviser, p->n_adviser, &s->adviser.replies, set, out) : 0;
}

void tg_adviser_conditions(const struct tg_flow_state *s, char *out)
{
	unsigned asked[TG_QUESTIONS_MAX];
	(void)ask_adviser(s, out, asked);
}

void tg_asking_now(const struct tg_flow_state *s, struct tg_asking *out)
{
	char set[TG_CONDITIONS_BYTES];
	bool adviser = s->stage == TG_STAGE_ADVISER;
	*out = (struct tg_asking){.replies = adviser ? &s->adviser.replies : &s->replies};
	if (adviser) {
		out->list = s->provider->adviser;
		out->n = ask_adviser(s, set, out->asked);
	} else if (s->kind) {
		out->list = s->kind->questions;
		out->n = ask(s, set, out->asked);
	}
}

bool tg_state_holds(const struct tg_flow_state *s, const char *when)
{
	if (!when)
		return true;
	char set[TG_CONDITIONS_BYTES];
	tg_state_conditions(s, set);
	return tg_when_holds(when, set);
}

unsigned tg_ways_open(
        const struct tg_flow_config *c, const struct tg_flow_state *s, const struct tg_way *out[TG_WAYS_MAX])
{
	unsigned n = 0;
	const char *words = s->kind ? s->kind->ways : NULL;
	for (const char *w = words; w && *w != '\0' && n < TG_WAYS_MAX; w += strcspn(w, " "), w += *w == ' ') {
		char id[48];
		(void)snprintf(id, sizeof id, "%.*s", (int)strcspn(w, " "), w);
		const struct tg_way *way = tg_provider_way(s->provider, id);
		if (!way || (way->field_set && !c->field_set))
			continue;
		if (out)
			out[n] = way;
		n++;
	}
	return n;
}

enum tg_stage tg_stage_last_choice(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	unsigned asked[TG_QUESTIONS_MAX];
	if (tg_questions_asked(s, asked) > 0)
		return TG_STAGE_QUESTIONS;
	if (tg_ways_open(c, s, NULL) > 1)
		return TG_STAGE_WAY;
	return tg_kinds_open(s->service) == 1 ? TG_STAGE_SERVICE : TG_STAGE_KIND;
}

/* ---- whose ---- */

static const char *const roles[] = {"subject", "head", "presenter", "organisation", "representative-1",
        "representative-2", "representative-3", "representative-4"};

const char *tg_role_heading(const char *role, char *id)
{
	for (size_t i = 0; role && i < sizeof roles / sizeof roles[0]; i++)
		if (strcmp(roles[i], role) == 0) {
			(void)snprintf(id, 48, "role.%s", role);
			return id;
		}
	return NULL;
}

static bool has_role(const struct tg_form *form, const char *role)
{
	for (unsigned i = 0; form && i < form->n_fields; i++)
		if (form->fields[i].role && strcmp(form->fields[i].role, role) == 0)
			return true;
	return false;
}

/* The certificate is the subject's, whoever stands at the kiosk: so are the card that bears it and its PIN. Where a
 * form has no subject but a head (A3, A8), it is the head's signature. */
const char *tg_state_whose(const struct tg_flow_state *s)
{
	static const char *const ids[] = {"whose.subject", "whose.head", "whose.presenter", "whose.organisation"};
	const struct tg_form *form = tg_state_form(s);
	if (s->stage == TG_STAGE_PENDING || s->stage == TG_STAGE_REQUEST || s->ways.deciding)
		return "whose.head";
	if (s->stage == TG_STAGE_FORM && form) {
		int field = tg_field_of_slot(s, (unsigned)s->focus);
		const char *role = field >= 0 ? form->fields[field].role : NULL;
		for (size_t i = 0; role && i < sizeof ids / sizeof ids[0]; i++)
			if (strcmp(role, roles[i]) == 0)
				return ids[i];
		return NULL;
	}
	for (size_t i = 0; i < 2; i++)
		if (has_role(form, roles[i]))
			return ids[i];
	return NULL;
}

void tg_paint_whose(struct tg_paint *p)
{
	const char *id = tg_state_whose(p->s);
	if (id)
		tg_paint_notice(p, id);
}

/* ---- age, calendar ---- */

bool tg_chip_too_young(const struct tg_flow_state *s)
{
	const struct tg_form *form = tg_state_form(s);
	char today[11];
	if (!form || !tg_document_proven(s) || strlen(s->doc.chip.birth) != 10)
		return false;
	tg_state_today(s, today);
	for (unsigned i = 0; i < form->n_fields; i++)
		for (unsigned k = 0; k < form->fields[i].n_rules; k++) {
			const struct tg_rule_use *use = &form->fields[i].rules[k];
			if (strcmp(use->name, "age_at_least") == 0 && use->arg &&
			        tg_date_age(s->doc.chip.birth, today) < (int)strtol(use->arg, NULL, 10))
				return true;
		}
	return false;
}

const struct tg_workdays *tg_state_workdays(const struct tg_flow_state *s)
{
	const struct tg_term *term = s->provider ? tg_provider_term(s->provider, "result") : NULL;
	const struct tg_calendar *calendar =
	        s->provider ? tg_provider_calendar(s->provider, term && term->calendar ? term->calendar : "provider")
	                    : NULL;
	return calendar ? tg_calendar_workdays(s->provider, calendar) : NULL;
}
