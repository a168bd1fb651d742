/* The form of refused acceptance as it is recorded and printed: every field that is asked under the case's conditions
 * with its answer (NCA-A9). */
#include "desk.h"

static const char *said(const struct kiosk_job *job, const struct tg_form *form, const char *id)
{
	int lang = form->language ? tg_lang_find(form->language) : -1;
	return tg_text(job->k->i18n, lang < 0 ? job->state.lang : (enum tg_lang)lang, id);
}

static void list_missing(const struct kiosk_job *job, const struct tg_form *form, char *out, size_t cap)
{
	const struct tg_desk *d = &job->state.desk;
	size_t used = 0;
	for (unsigned i = 0; i < d->app.kind->n_documents && i < TG_DOCUMENTS_MAX; i++) {
		if (!d->missing[i])
			continue;
		int n = snprintf(out + used, cap - used, "%s%s", used ? "\n" : "",
		        said(job, form, d->app.kind->documents[i].label));
		if (n < 0 || (size_t)n >= cap - used)
			return;
		used += (size_t)n;
	}
}

static void fill(const struct kiosk_job *job, unsigned i, char *out, size_t cap)
{
	const struct tg_desk *d = &job->state.desk;
	const struct tg_form *form = d->app.refusal_form;
	const struct tg_field *f = &form->fields[i];
	char name[TG_DESK_NAME] = "";
	if (f->person) {
		tg_copy(out, cap, d->refusal[i]);
	} else if (f->kind == TG_FIELD_LIST) {
		list_missing(job, form, out, cap);
	} else if (f->role && !strcmp(f->role, "worker")) {
		tg_copy(out, cap, d->name);
	} else if (f->role && !strcmp(f->role, "subject")) {
		tg_desk_applicant(&d->app, name);
		tg_copy(out, cap, name);
	} else if (f->role && !strcmp(f->role, "presenter")) {
		tg_desk_receiver(&d->app, name);
		tg_copy(out, cap, name);
	} else {
		tg_copy(out, cap, said(job, form, d->app.service->label));
	}
}

void kiosk_desk_refusal(const struct kiosk_job *job, struct kiosk_refusal *out)
{
	const struct tg_desk *d = &job->state.desk;
	const struct tg_form *form = d->app.refusal_form;
	memset(out, 0, sizeof *out);
	out->form = form;
	for (unsigned i = 0; form && i < form->n_fields && i < TG_DESK_REFUSAL_MAX; i++)
		if (tg_when_holds(form->fields[i].when, d->app.conditions))
			fill(job, i, out->values[i], sizeof out->values[i]);
}

const char *kiosk_refusal_answer(const char *field_id, const void *ctx)
{
	const struct kiosk_refusal *r = ctx;
	for (unsigned i = 0; i < r->form->n_fields && i < TG_DESK_REFUSAL_MAX; i++)
		if (!strcmp(r->form->fields[i].id, field_id))
			return r->values[i];
	return NULL;
}
