#include "advice.h"
#include "help.h"
#include "tamga/log.h"
#include "tamga/text.h"

#include <jansson.h>

#define NAME_COLUMNS 120

/* ---- help topics: on the store's worker, whose jobs are short and which has SQLite anyway ---- */

static enum tg_status find_topics(struct kiosk_job *job, struct tg_topics *out, struct tg_error *err)
{
	struct kiosk *k = job->k;
	const struct tg_flow_state *s = &job->state;
	if (!k->help)
		TG_TRY(kiosk_help_create(&k->help, k->i18n, err));
	return kiosk_help_find(k->help, s->provider, s->lang, s->helpdesk.query.value, out, err);
}

static void topics(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct kiosk_event *e = kiosk_event_new();
	if (!e)
		return;
	e->event.kind = TG_EV_TOPICS;
	e->topics = calloc(1, sizeof *e->topics);
	e->event.topics = e->topics;
	e->event.status = e->topics ? find_topics(job, e->topics, &err) : tg_error_set(&err, TG_NO_MEMORY, "topics");
	if (e->event.status != TG_OK)
		tg_log_error(&err, "search in the help");
	tg_mailbox_post(job->k->mailbox, &e->base);
}

void kiosk_start_topics(struct kiosk *k)
{
	kiosk_job_start(k->store_worker, kiosk_job_new(k, topics));
}

/* ---- companies: the centre's list, for who has just entered with the certificate ---- */

static const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));
	return s ? s : "";
}

static void take_companies(const json_t *answer, struct tg_companies *out)
{
	size_t i;
	const json_t *one;
	const json_t *list = json_object_get(answer, "companies");
	json_int_t count = json_integer_value(json_object_get(answer, "count"));
	tg_copy(out->number, sizeof out->number, text_of(answer, "number"));
	tg_copy(out->product, sizeof out->product, text_of(answer, "product"));
	json_array_foreach(list, i, one)
	{
		if (out->n == TG_COMPANIES_MAX)
			break;
		struct tg_company *c = &out->list[out->n++];
		const char *name = text_of(one, "name");
		tg_copy(c->inn, sizeof c->inn, text_of(one, "inn"));
		tg_text_clean(c->name, sizeof c->name, name, strlen(name), NAME_COLUMNS);
	}
	out->count = count >= (json_int_t)out->n && count < 1000000 ? (int)count : (int)out->n;
}

static enum tg_status ask_companies(struct kiosk_job *job, struct tg_companies *out, struct tg_error *err)
{
	const struct tg_cabinet *c = &job->state.cabinet;
	json_t *answer = NULL;
	if (c->certificate >= c->facts.n_certificates)
		return tg_error_set(err, TG_CERT_NONE, "nobody has entered");
	const struct tg_held_certificate *held = &c->facts.certificates[c->certificate];
	TG_TRY(kiosk_ask_json(job->k, "companies",
	        json_pack("{s:s, s:s}", "provider", job->state.provider->id, "serial", held->serial), &answer, err));
	take_companies(answer, out);
	json_decref(answer);
	return TG_OK;
}

static void companies(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct kiosk_event *e = kiosk_event_new();
	if (!e)
		return;
	e->event.kind = TG_EV_COMPANIES;
	e->companies = calloc(1, sizeof *e->companies);
	e->event.companies = e->companies;
	e->event.status =
	        e->companies ? ask_companies(job, e->companies, &err) : tg_error_set(&err, TG_NO_MEMORY, "companies");
	if (e->event.status != TG_OK && e->event.status != TG_NOT_FOUND)
		tg_log_error(&err, "companies of a certificate");
	tg_mailbox_post(job->k->mailbox, &e->base);
}

void kiosk_start_companies(struct kiosk *k)
{
	kiosk_job_start(k->link_worker, kiosk_job_new(k, companies));
}
