/* What the clerk decided, as it stands in the journal (record.h): for each document how it was brought and from where,
 * what the registers said, the consent, the promise. */
#include "desk.h"

static const char *const register_names[] = {
        [TG_DESK_SAME] = "same", [TG_DESK_OTHER] = "other", [TG_DESK_UNKNOWN] = "none", [TG_DESK_DOWN] = "down"};

/* The registers speak for the document together: the source of the first, the time of the last. */
static void add_source(json_t *to, const struct tg_desk_application *a)
{
	int64_t last = 0;
	for (unsigned i = 0; i < a->n_registers; i++)
		last = a->registers[i].time_ms > last ? a->registers[i].time_ms : last;
	if (a->n_registers == 0)
		return;
	json_object_set_new(to, "source", json_string(a->registers[0].source));
	json_object_set_new(to, "time_ms", json_integer(last));
}

/* NULL: neither shown nor proven, so it was not brought. */
static json_t *document(const struct tg_desk *d, unsigned i)
{
	const char *proof = tg_desk_proof(d, i);
	bool corrected = d->marks[i] == TG_DESK_CORRECTED, shown = d->marks[i] != TG_DESK_NOT_SHOWN;
	if (!shown && !proof)
		return NULL;
	json_t *o = json_pack("{s:s, s:s, s:b}", "id", d->app.kind->documents[i].id, "by", shown ? "paper" : proof,
	        "erasures", (int)corrected);
	if (o && d->dates[i][0])
		json_object_set_new(o, "date", json_string(d->dates[i]));
	if (o && !shown && strcmp(proof, "register") == 0)
		add_source(o, &d->app);
	return o;
}

json_t *kiosk_desk_documents(const struct tg_desk *d)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < d->app.kind->n_documents && i < TG_DOCUMENTS_MAX; i++) {
		json_t *one = document(d, i);
		if (one)
			json_array_append_new(list, one);
	}
	return list;
}

static json_t *missing(const struct tg_desk *d)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < d->app.kind->n_documents && i < TG_DOCUMENTS_MAX; i++)
		if (d->outcome == TG_DESK_NOT_ACCEPT && d->missing[i])
			json_array_append_new(list, json_string(d->app.kind->documents[i].id));
	return list;
}

static json_t *registers(const struct tg_desk *d)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < d->app.n_registers; i++) {
		const struct tg_desk_answered_register *r = &d->app.registers[i];
		json_array_append_new(
		        list, json_pack("{s:s, s:s, s:s, s:I}", "name", r->name, "status", register_names[r->status],
		                      "source", r->source, "time_ms", (json_int_t)r->time_ms));
	}
	return list;
}

static const char *ground(const struct tg_desk *d)
{
	const struct tg_provider *p = d->app.provider;
	bool has = d->outcome == TG_DESK_REFUSE || d->outcome == TG_DESK_NOT_ACCEPT;
	return has && d->ground < p->n_grounds ? p->grounds[d->ground].id : "";
}

static const char *outcome_name(enum tg_desk_outcome outcome)
{
	static const char *const names[] = {[TG_DESK_UNDECIDED] = "",
	        [TG_DESK_ACCEPT] = "accepted",
	        [TG_DESK_REFUSE] = "refused",
	        [TG_DESK_NOT_ACCEPT] = "not-accepted"};
	return names[outcome];
}

static enum tg_lang office_language(const struct tg_provider *p)
{
	int lang = tg_lang_find(p->office_language);
	return lang < 0 ? TG_LANG_RU : (enum tg_lang)lang;
}

/* Every field of the form of refused acceptance is in the record too. */
static json_t *refusal(const struct kiosk_job *job)
{
	struct kiosk_refusal *r = calloc(1, sizeof *r);
	json_t *answers = json_array();
	if (r)
		kiosk_desk_refusal(job, r);
	for (unsigned i = 0; r && i < r->form->n_fields && i < TG_DESK_REFUSAL_MAX; i++)
		if (r->values[i][0])
			json_array_append_new(
			        answers, json_pack("{s:s, s:s, s:s}", "field", r->form->fields[i].id, "number",
			                         r->form->fields[i].number, "value", r->values[i]));
	json_t *form = r ? json_pack("{s:s, s:O}", "form", r->form->id, "answers", answers) : NULL;
	json_decref(answers);
	if (r)
		explicit_bzero(r, sizeof *r);
	free(r);
	return form;
}

enum tg_status kiosk_desk_decision_json(const struct kiosk_job *job, struct tg_buf *out)
{
	const struct tg_desk *d = &job->state.desk;
	if (!d->app.kind || d->outcome == TG_DESK_UNDECIDED)
		return TG_INVALID;
	const char *place =
	        d->promised_ms ? tg_text(job->k->i18n, office_language(d->app.provider), d->app.provider->place) : "";
	json_t *body = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:b, s:o, s:I, s:s}", "number", d->app.number,
	        "staff", d->serial, "staff_name", d->name, "outcome", outcome_name(d->outcome), "ground", ground(d),
	        "missing", missing(d), "documents", kiosk_desk_documents(d), "consent", (int)d->consent, "registers",
	        registers(d), "promised_ms", (json_int_t)d->promised_ms, "place", place);
	if (body && d->outcome == TG_DESK_NOT_ACCEPT && d->app.refusal_form)
		json_object_set_new(body, "refusal", refusal(job));
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_decref(body);
	if (!text)
		return TG_NO_MEMORY;
	tg_buf_add_str(out, text);
	free(text);
	return tg_buf_status(out);
}
