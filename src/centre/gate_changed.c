/* An application that may not differ from the old certificate (DOS-4): the kiosk has looked; the CA looks again. */
#include "centre.h"
#include "tamga/screen.h"

#include <jansson.h>

const struct tg_kind *tg_gate_kind(const struct tg_catalog *c, const json_t *application)
{
	const struct tg_provider *p = c ? tg_catalog_provider(c, tg_court_text(application, "provider")) : NULL;
	for (unsigned i = 0; p && i < p->n_services; i++)
		for (unsigned k = 0; k < p->services[i].n_kinds; k++)
			if (strcmp(p->services[i].id, tg_court_text(application, "service")) == 0 &&
			        strcmp(p->services[i].kinds[k].id, tg_court_text(application, "kind")) == 0)
				return &p->services[i].kinds[k];
	return NULL;
}

bool tg_gate_must_be_unchanged(const struct tg_catalog *c, const json_t *application, const char *conditions)
{
	const struct tg_kind *kind = tg_gate_kind(c, application);
	return kind && kind->form && kind->unchanged && tg_when_holds(kind->unchanged, conditions);
}

static const char *answer(const char *field, const void *application)
{
	return tg_application_answer(application, field);
}

enum tg_status tg_gate_unchanged(const struct tg_catalog *c, const json_t *application, const char *conditions,
        const struct tg_certificate_facts *old)
{
	const struct tg_kind *kind = tg_gate_kind(c, application);
	const struct tg_answers_now now = {answer, application, conditions};
	const struct tg_old_facts facts = {.common_name = old->common_name,
	        .organisation = old->organisation,
	        .organisation_number = old->organisation_number,
	        .title = old->title,
	        .personal_number = old->personal_number};
	const char *was;
	return kind && kind->form && tg_form_changed(kind->form, &now, &facts, &was) ? TG_CHANGED : TG_OK;
}
