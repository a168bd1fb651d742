/* DOS-4: no renewal from afar for anybody of whom something has changed. What the kiosk can compare it compares with
 * the old certificate, before anything is recorded; the centre does it again. */
#include "cabinet.h"
#include "ways.h"

static const char *answer(const char *field, const void *ctx)
{
	const struct tg_flow_state *s = ctx;
	for (unsigned i = 0; i < tg_state_fields(s); i++)
		if (strcmp(tg_state_form(s)->fields[i].id, field) == 0)
			return s->answers[i].value;
	return NULL;
}

/* The one that the cabinet renews, or that the person named and the kiosk has seen; NULL: only the centre knows it. */
static const struct tg_held_certificate *old_one(const struct tg_flow_state *s)
{
	const struct tg_held_certificate *old = tg_cabinet_old(s);
	const char *serial = tg_value_of(s, TG_FIELD_SERIALS);
	for (unsigned i = 0; !old && serial[0] != '\0' && i < tg_held_count(s); i++)
		if (strcasecmp(tg_held(s, i)->serial, serial) == 0)
			old = tg_held(s, i);
	return old;
}

const struct tg_field *tg_changed_field(const struct tg_flow_state *s, const char **was)
{
	char set[TG_CONDITIONS_BYTES];
	const struct tg_form *form = tg_state_form(s);
	const struct tg_held_certificate *old = form ? old_one(s) : NULL;
	if (!old || !s->kind->unchanged || !tg_state_holds(s, s->kind->unchanged))
		return NULL;
	tg_state_conditions(s, set);
	const struct tg_answers_now now = {answer, s, set};
	const struct tg_old_facts facts = {.common_name = old->holder,
	        .organisation = old->organisation,
	        .organisation_number = old->organisation_number,
	        .title = old->title,
	        .personal_number = old->personal_number};
	return tg_form_changed(form, &now, &facts, was);
}

/* Where the questions of this kind lead whoever has changed. */
const struct tg_question_option *tg_changed_leads(const struct tg_flow_state *s)
{
	const struct tg_kind *kind = s->kind;
	for (unsigned q = 0; kind && q < kind->n_questions; q++)
		for (unsigned o = 0; o < kind->questions[q].n_options; o++)
			if (kind->questions[q].options[o].leads)
				return &kind->questions[q].options[o];
	return NULL;
}

void tg_changed_follow(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->led = tg_changed_leads(s);
	s->service = tg_provider_service(s->provider, s->led->leads);
	s->failure = TG_OK;
	memset(s->cabinet.old, 0, sizeof s->cabinet.old);
	s->cabinet.ordering = false;
	tg_turn_go(t, tg_stage_of_service(s->service));
}

void tg_paint_changed(struct tg_paint *p)
{
	const char *was;
	const struct tg_field *f = tg_changed_field(p->s, &was);
	if (f)
		TG_PAINT(p, TG_ITEM_TEXT, "changed.field", "field", tg_say(p, f->label), "old", was);
}
