/* Answers of a form: which are asked, what is right, how they are shown. */
#include "parts.h"
#include "tamga/clock.h"

bool tg_field_asked(const struct tg_flow_state *s, unsigned field)
{
	const struct tg_field *f = &tg_state_form(s)->fields[field];
	return f->person && f->kind != TG_FIELD_PUBLIC_KEY && f->kind != TG_FIELD_NUMBER &&
	       s->answers[field].by != TG_BY_CHIP && s->answers[field].by != TG_BY_CERTIFICATE;
}

static unsigned n_fields(const struct tg_flow_state *s)
{
	const struct tg_form *form = tg_state_form(s);
	if (!form)
		return 0;
	return form->n_fields < TG_FORM_FIELDS_MAX ? form->n_fields : TG_FORM_FIELDS_MAX;
}

unsigned tg_fields_asked(const struct tg_flow_state *s)
{
	unsigned n = 0;
	for (unsigned i = 0; i < n_fields(s); i++)
		n += tg_field_asked(s, i);
	return n;
}

int tg_field_of_slot(const struct tg_flow_state *s, unsigned slot)
{
	for (unsigned i = 0; i < n_fields(s); i++)
		if (tg_field_asked(s, i) && slot-- == 0)
			return (int)i;
	return -1;
}

unsigned tg_slot_of_field(const struct tg_flow_state *s, unsigned field)
{
	unsigned slot = 0;
	for (unsigned i = 0; i < field; i++)
		slot += tg_field_asked(s, i);
	return slot;
}

void tg_answers_begin(struct tg_flow_state *s)
{
	memset(s->answers, 0, sizeof s->answers);
	memset(s->documents, 0, sizeof s->documents);
	memset(s->consents, 0, sizeof s->consents);
	s->return_to_review = 0;
	const struct tg_form *form = tg_state_form(s);
	for (unsigned i = 0; i < n_fields(s); i++)
		if (form->fields[i].default_value) {
			struct tg_answer *a = &s->answers[i];
			(void)tg_copy(a->value, sizeof a->value, form->fields[i].default_value);
			a->cursor = strlen(a->value);
			a->by = TG_BY_PERSON; /* shown on form and review, where it can be changed */
		}
}

static const char *other_answer(const char *field_id, const void *ctx)
{
	const struct tg_flow_state *s = ctx;
	const struct tg_form *form = tg_state_form(s);
	for (unsigned i = 0; i < n_fields(s); i++)
		if (strcmp(form->fields[i].id, field_id) == 0)
			return s->answers[i].value;
	return NULL;
}

/* "22.11.2026 15:15" → "2026-11-22" */
void tg_state_today(const struct tg_flow_state *s, char out[11])
{
	char local[TG_TIME_TEXT];
	tg_time_local(s->now_wall_ms, s->provider ? s->provider->utc_offset_minutes : 0, local);
	(void)snprintf(out, 11, "%.4s-%.2s-%.2s", local + 6, local + 3, local);
}

static const struct tg_rule *find_rule(const char *name)
{
	for (const struct tg_rule *r = tg_flow_rules; r->name; r++)
		if (strcmp(r->name, name) == 0)
			return r;
	return NULL;
}

static const char *broken_rule(const struct tg_flow_state *s, const struct tg_field *f, struct tg_answer *a)
{
	char today[11];
	tg_state_today(s, today);
	const struct tg_rule_values values = {
	        other_answer, s, today, s->provider && s->provider->accept_nca_test_numbers};
	for (unsigned i = 0; i < f->n_rules; i++) {
		const struct tg_rule *rule = find_rule(f->rules[i].name);
		if (!rule)
			continue; /* the loader refuses unknown rules */
		a->mend[0] = '\0';
		const char *error = rule->check(a->value, f->rules[i].arg, &values, a->mend);
		if (error)
			return error;
	}
	a->mend[0] = '\0';
	return NULL;
}

bool tg_answer_check(struct tg_flow_state *s, unsigned field)
{
	const struct tg_field *f = &tg_state_form(s)->fields[field];
	struct tg_answer *a = &s->answers[field];
	memset(a->mend, 0, sizeof a->mend);
	a->error = NULL;
	if (!tg_field_asked(s, field))
		return true;
	if (a->value[0] == '\0')
		a->error = f->required ? "form.required-missing" : NULL;
	else if (f->kind != TG_FIELD_CHOICE)
		a->error = broken_rule(s, f, a);
	return a->error == NULL;
}

int tg_answers_check(struct tg_flow_state *s)
{
	int first = -1;
	for (unsigned i = 0; i < n_fields(s); i++) {
		tg_answer_tidy(&s->answers[i]);
		if (!tg_answer_check(s, i) && first < 0)
			first = (int)i;
	}
	return first;
}

void tg_answer_tidy(struct tg_answer *a)
{
	size_t n = strlen(a->value), from = strspn(a->value, " ");
	while (n > from && a->value[n - 1] == ' ')
		n--;
	memmove(a->value, a->value + from, n - from);
	memset(a->value + (n - from), 0, sizeof a->value - (n - from));
	a->cursor = a->cursor > from ? a->cursor - from : 0;
	if (a->cursor > n - from)
		a->cursor = n - from;
}

const char *tg_answer_shown(
        const struct tg_flow_config *c, enum tg_lang lang, const struct tg_field *f, const struct tg_answer *a)
{
	if (f->kind != TG_FIELD_CHOICE)
		return a->value;
	for (unsigned i = 0; i < f->n_choices; i++)
		if (strcmp(f->choices[i].id, a->value) == 0)
			return tg_text(c->i18n, lang, f->choices[i].label);
	return "";
}
