/* The papers of the desk, made from what was decided: the receipt of acceptance (NCA-9.rcpt), the receipt of refused
 * acceptance in two copies (NCA-A9), the slip of a complaint (NCA-11), whose stamp goes on the second copy. */
#include "desk.h"
#include "paper.h"
#include "tamga/log.h"

static enum tg_lang applicants_language(const struct kiosk_job *job)
{
	int lang = tg_lang_find(job->state.desk.app.language);
	return lang < 0 ? job->state.lang : (enum tg_lang)lang;
}

/* Handed in and good: on paper, or proven without it. */
static void add_documents(const struct tg_desk *d, struct tg_receipt *r)
{
	const struct tg_kind *kind = d->app.kind;
	for (unsigned i = 0; i < kind->n_documents && r->n_documents < TG_DOCUMENTS_MAX; i++)
		if (d->marks[i] == TG_DESK_GOOD || (d->marks[i] == TG_DESK_NOT_SHOWN && tg_desk_proof(d, i)))
			r->documents[r->n_documents++].label = kind->documents[i].label;
}

static void add_answers(const struct tg_desk *d, struct tg_receipt *r)
{
	const struct tg_form *form = d->app.kind->form;
	for (unsigned i = 0; i < d->app.n_answers && r->n_answers < TG_RECEIPT_ROWS; i++) {
		const struct tg_field *f = &form->fields[d->app.answers[i].field];
		r->answers[r->n_answers].number = f->number;
		r->answers[r->n_answers].label = f->label;
		r->answers[r->n_answers++].value = d->app.text + d->app.answers[i].at;
	}
}

static bool has_address(const struct tg_form *form)
{
	for (unsigned i = 0; i < form->n_fields; i++)
		if (form->fields[i].kind == TG_FIELD_EMAIL)
			return true;
	return false;
}

static enum tg_status print_receipt(
        struct kiosk_job *job, char where[KIOSK_WHERE], const char **to, struct tg_error *err)
{
	const struct tg_desk *d = &job->state.desk;
	const struct tg_provider *p = d->app.provider;
	char name[TG_NUMBER_MAX + 16];
	struct tg_receipt r = {.number = d->app.number,
	        .provider = p->label,
	        .service = d->app.service->label,
	        .form_title = d->app.kind->form->title,
	        .form_code = d->app.kind->form->code,
	        .accepted_ms = d->decided_ms,
	        .utc_offset_minutes = p->utc_offset_minutes,
	        .kiosk = job->k->config->kiosk,
	        .state = "receipt.state.accepted",
	        .place = p->place,
	        .accepted_by = d->name,
	        .sandbox = job->k->config->sandbox,
	        .promised_ms = d->promised_ms,
	        .ticket = d->app.ticket[0] ? d->app.ticket : NULL};
	add_documents(d, &r);
	add_answers(d, &r);
	if (d->consent)
		r.notes[r.n_notes++] = "receipt.protected-data";
	if (!has_address(d->app.kind->form))
		r.notes[r.n_notes++] = "receipt.no-mail";
	snprintf(name, sizeof name, "%s-desk", d->app.number);
	return kiosk_paper_receipt(job->k, &r, applicants_language(job), p, name, where, to, err);
}

static enum tg_status print_refusal(
        struct kiosk_job *job, char where[KIOSK_WHERE], const char **to, struct tg_error *err)
{
	const struct tg_desk *d = &job->state.desk;
	char name[TG_NUMBER_MAX + 16];
	struct kiosk_refusal *refusal = calloc(1, sizeof *refusal);
	if (!refusal)
		return tg_error_set(err, TG_NO_MEMORY, "no memory for a form");
	kiosk_desk_refusal(job, refusal);
	struct tg_form_print f = {.form = d->app.refusal_form,
	        .provider = d->app.provider,
	        .conditions = d->app.conditions,
	        .answer = kiosk_refusal_answer,
	        .ctx = refusal,
	        .number = d->app.number,
	        .date_ms = d->decided_ms,
	        .sandbox = job->k->config->sandbox};
	for (unsigned i = 0; i < d->app.kind->n_documents && i < TG_DOCUMENTS_MAX; i++)
		if (d->missing[i])
			f.missing[f.n_missing++] = d->app.kind->documents[i].label;
	snprintf(name, sizeof name, "%s-%s", d->app.number, f.form->code);
	enum tg_status status = kiosk_paper_form(job->k, &f, applicants_language(job), name, where, to, err);
	explicit_bzero(refusal, sizeof *refusal);
	free(refusal);
	return status;
}

/* ---- a complaint's slip ---- */

static void add_row(struct tg_slip *s, const char *label, const char *value, bool is_id)
{
	s->rows[s->n_rows].label = label;
	s->rows[s->n_rows].value = value;
	s->rows[s->n_rows++].said = is_id;
}

static enum tg_status print_slip(struct kiosk_job *job, char where[KIOSK_WHERE], const char **to, struct tg_error *err)
{
	const struct tg_desk *d = &job->state.desk;
	const struct tg_provider *p = d->app.provider;
	int64_t now = job->k->clock.wall_ms(job->k->clock.ctx);
	char name[TG_NUMBER_MAX + 16], applicant[TG_DESK_NAME], at[TG_TIME_TEXT], due[TG_TIME_TEXT];
	tg_desk_applicant(&d->app, applicant);
	tg_time_local(d->decided_ms ? d->decided_ms : now, p->utc_offset_minutes, at);
	tg_time_local(d->app.due_ms, p->utc_offset_minutes, due);
	struct tg_slip s = {.title = "slip.complaint",
	        .number = d->app.number,
	        .notes = {"slip.complaint.state", "desk.complaint-court"},
	        .n_notes = 2,
	        .signer = "slip.complaint.worker",
	        .worker = d->name,
	        .stamp = "slip.complaint.stamp",
	        .office = kiosk_office_language(p, applicants_language(job)),
	        .ms = d->decided_ms ? d->decided_ms : now,
	        .utc_offset_minutes = p->utc_offset_minutes,
	        .copies = 2,
	        .sandbox = job->k->config->sandbox};
	add_row(&s, "slip.complaint.number", d->app.number, false);
	add_row(&s, "slip.complaint.from", applicant, false);
	add_row(&s, "slip.complaint.registered", at, false);
	add_row(&s, "slip.complaint.taken-by", d->name, false);
	add_row(&s, "slip.complaint.due", due, false);
	add_row(&s, "slip.complaint.place", "slip.complaint.where", true);
	snprintf(name, sizeof name, "%s-slip", d->app.number);
	return kiosk_paper_slip(job->k, &s, applicants_language(job), name, where, to, err);
}

/* ---- */

static enum tg_status print_one(struct kiosk_job *job, char where[KIOSK_WHERE], const char **to, struct tg_error *err)
{
	const struct tg_desk *d = &job->state.desk;
	if (!d->app.kind)
		return tg_error_set(err, TG_INVALID, "there is no decision to print");
	if (d->outcome == TG_DESK_ACCEPT)
		return print_receipt(job, where, to, err);
	if (d->outcome == TG_DESK_NOT_ACCEPT)
		return print_refusal(job, where, to, err);
	return print_slip(job, where, to, err);
}

static void print(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_RECEIPT};
	const char *to = "";
	char json[160];
	ev.status = print_one(job, ev.where, &to, &err);
	if (ev.status == TG_OK) {
		snprintf(json, sizeof json, "{\"number\":\"%s\",\"to\":\"%s\",\"what\":\"desk\"}",
		        job->state.desk.app.number, to);
		if (kiosk_append(job->k, TG_RECORD_RECEIPT_PRINTED, json, &err) != TG_OK)
			tg_log_error(&err, "paper of the desk not recorded");
	} else {
		tg_log_error(&err, "no paper of the desk");
	}
	kiosk_post(job->k, &ev);
}

void kiosk_start_desk_print(struct kiosk *k)
{
	kiosk_job_start(k->print_worker, kiosk_job_new(k, print));
}
