/* The form of refused acceptance (A9) at the desk: what the application says comes by itself, what is the same in every
 * case of the office comes from its file or from the last one, the rest is typed. Who is who on the form, its roles
 * say: "subject" the applicant, "worker" the clerk, "presenter" who takes the papers back. */
#include "desk.h"

static const struct tg_field *field_of(const struct tg_desk_application *a, unsigned answer)
{
	return &a->kind->form->fields[a->answers[answer].field];
}

static void append(char *out, size_t cap, const char *word, const char *between)
{
	size_t used = strlen(out);
	if (word[0] != '\0')
		(void)snprintf(out + used, cap - used, "%s%s", used > 0 ? between : "", word);
}

/* Names of the person that the form is about; `role`: of another one. */
static void names(const struct tg_desk_application *a, const char *role, char out[TG_DESK_NAME])
{
	memset(out, 0, TG_DESK_NAME);
	for (unsigned i = 0; i < a->n_answers; i++) {
		const struct tg_field *f = field_of(a, i);
		bool theirs = role ? tg_same(f->role, role) : !f->role || tg_same(f->role, "subject");
		if (f->kind == TG_FIELD_NAME && theirs)
			append(out, TG_DESK_NAME, a->text + a->answers[i].at, " ");
	}
}

static void organisation(const struct tg_desk_application *a, char out[TG_DESK_NAME])
{
	memset(out, 0, TG_DESK_NAME);
	for (unsigned i = 0; i < a->n_answers && out[0] == '\0'; i++) {
		const struct tg_field *f = field_of(a, i);
		if (f->kind == TG_FIELD_TEXT && tg_same(f->role, "organisation"))
			append(out, TG_DESK_NAME, a->text + a->answers[i].at, "");
	}
}

void tg_desk_applicant(const struct tg_desk_application *a, char out[TG_DESK_NAME])
{
	bool entity = tg_same(a->kind->subject, "entity");
	if (entity)
		organisation(a, out);
	else
		names(a, NULL, out);
	if (out[0] == '\0' && entity)
		names(a, NULL, out);
	else if (out[0] == '\0')
		organisation(a, out);
}

void tg_desk_receiver(const struct tg_desk_application *a, char out[TG_DESK_NAME])
{
	names(a, "presenter", out);
	if (a->presenter_name[0] != '\0')
		(void)tg_copy(out, TG_DESK_NAME, a->presenter_name);
	if (out[0] == '\0')
		names(a, NULL, out);
	if (out[0] == '\0')
		tg_desk_applicant(a, out);
}

const char *tg_desk_about(const struct tg_desk_application *a)
{
	for (unsigned i = 0; i < a->n_answers; i++)
		if (tg_same(field_of(a, i)->role, "about"))
			return a->text + a->answers[i].at;
	return "";
}

/* ---- what is typed ---- */

bool tg_desk_types(const struct tg_desk *d, unsigned field)
{
	const struct tg_form *form = d->app.refusal_form;
	return form && field < form->n_fields && field < TG_DESK_REFUSAL_MAX && form->fields[field].person &&
	       tg_when_holds(form->fields[field].when, d->app.conditions);
}

int tg_desk_typed_of(const struct tg_desk *d, unsigned place)
{
	for (unsigned i = 0; i < TG_DESK_REFUSAL_MAX; i++)
		if (tg_desk_types(d, i) && place-- == 0)
			return (int)i;
	return -1;
}

unsigned tg_desk_n_typed(const struct tg_desk *d)
{
	unsigned n = 0;
	while (tg_desk_typed_of(d, n) >= 0)
		n++;
	return n;
}

int tg_desk_untyped(const struct tg_desk *d)
{
	for (unsigned i = 0; i < TG_DESK_REFUSAL_MAX; i++)
		if (tg_desk_types(d, i) && d->app.refusal_form->fields[i].required && d->refusal[i][0] == '\0')
			return (int)i;
	return -1;
}

bool tg_desk_type(struct tg_desk *d, unsigned field, const struct tg_event *ev)
{
	return tg_text_type(d->refusal[field], sizeof d->refusal[field], &d->refusal_cursor,
	        &d->app.refusal_form->fields[field], ev);
}

/* Where the applicant lives, in the order of the application: the fields that a rule of places is asked of. */
static void address(const struct tg_desk_application *a, char *out, size_t cap)
{
	for (unsigned i = 0; i < a->n_answers; i++) {
		const struct tg_field *f = field_of(a, i);
		bool is = false;
		for (unsigned k = 0; k < f->n_rules; k++)
			is = is || tg_same(f->rules[k].name, "address") || tg_same(f->rules[k].name, "place");
		if (is)
			append(out, cap, a->text + a->answers[i].at, ", ");
	}
}

static void prefill_one(struct tg_turn *t, unsigned i)
{
	struct tg_desk *d = &t->s->desk;
	const struct tg_field *f = &d->app.refusal_form->fields[i];
	char *to = d->refusal[i];
	if (f->role)
		memset(to, 0, sizeof d->refusal[i]); /* the last one's */
	if (tg_same(f->role, "worker"))
		(void)tg_copy(to, sizeof d->refusal[i], d->name);
	else if (tg_same(f->role, "subject"))
		address(&d->app, to, sizeof d->refusal[i]);
	for (unsigned k = 0; to[0] == '\0' && k < t->c->n_office; k++)
		if (tg_same(t->c->office[k].field, f->id))
			(void)tg_copy(to, sizeof d->refusal[i], t->c->office[k].value);
}

void tg_desk_prefill(struct tg_turn *t)
{
	struct tg_desk *d = &t->s->desk;
	for (unsigned i = 0; i < TG_DESK_REFUSAL_MAX; i++)
		if (tg_desk_types(d, i))
			prefill_one(t, i);
}
