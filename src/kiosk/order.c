/* What this kiosk knows of the money of its applications, and whether an order may be made (DOS-3, DOS-7). */
#include "cabinet.h"
#include "money.h"
#include "ways.h"
#include "tamga/link.h"
#include "tamga/log.h"
#include "tamga/text.h"

#define ASK_MS 8000

void kiosk_take_money(struct kiosk *k, const char *number, struct tg_application_facts *out)
{
	struct tg_error err = {0};
	struct tg_money m;
	enum tg_status st = tg_store_money(k->store, number, &m, &err);
	if (st != TG_OK) {
		if (st != TG_NOT_FOUND)
			tg_log_error(&err, "what is to be paid is not known");
		return;
	}
	out->due = m.due;
	out->rest = tg_money_rest(&m);
	out->order = m.order;
	tg_copy(out->currency, sizeof out->currency, m.currency);
}

void kiosk_unfinished_money(struct kiosk *k, const char *number, struct tg_event *ev)
{
	struct tg_application_facts f = {0};
	kiosk_take_money(k, number, &f);
	ev->rest = f.rest;
	tg_copy(ev->currency, sizeof ev->currency, f.currency);
}

/* On the store's worker. */
static enum tg_status check_paid(struct kiosk *k, void *number, struct tg_error *err)
{
	struct tg_money m;
	enum tg_status st = tg_store_money(k->store, number, &m, err);
	if (st == TG_NOT_FOUND || (st == TG_OK && tg_money_is_paid(&m)))
		return TG_OK;
	return st == TG_OK ? tg_error_set(err, TG_UNPAID, "nothing is made that is not paid") : st;
}

enum tg_status kiosk_check_paid(struct kiosk *k, const char *number, struct tg_error *err)
{
	char own[TG_NUMBER_MAX];
	tg_copy(own, sizeof own, number);
	return kiosk_store_call(k, check_paid, own, err);
}

static const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));
	return s ? s : "";
}

void kiosk_take_rest(const json_t *answer, struct tg_application_facts *out)
{
	if (!json_is_integer(json_object_get(answer, "rest")))
		return;
	out->due = json_integer_value(json_object_get(answer, "due"));
	out->rest = json_integer_value(json_object_get(answer, "rest"));
	tg_copy(out->currency, sizeof out->currency, text_of(answer, "currency"));
}

static json_t *question_of(const struct tg_flow_state *s)
{
	struct tg_buf body = TG_BUF_INIT;
	json_t *question = NULL;
	if (tg_flow_application_json_as(s, "", &body) == TG_OK) {
		json_t *o = json_loads(tg_buf_str(&body), 0, NULL);
		const char *serial = json_string_value(json_array_get(json_object_get(o, "serials"), 0));
		if (text_of(o, "account")[0])
			question = json_pack("{s:s, s:s, s:s}", "provider", text_of(o, "provider"), "account",
			        text_of(o, "account"), "serial", serial ? serial : "");
		json_decref(o);
	}
	tg_buf_wipe(&body);
	return question;
}

bool kiosk_order_refused(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_buf answer = TG_BUF_INIT;
	json_t *question = question_of(&job->state);
	char *text = question ? json_dumps(question, JSON_COMPACT) : NULL;
	json_decref(question);
	if (!text)
		return false;
	enum tg_status st = tg_link_ask(job->k->config->agent_socket, "cloud", text, ASK_MS, &answer, &err);
	free(text);
	json_t *o = st == TG_OK ? json_loads(tg_buf_str(&answer), 0, NULL) : NULL;
	bool refused = st == TG_NOT_FOUND || json_integer_value(json_object_get(o, "code")) != 0;
	if (st != TG_OK && st != TG_NOT_FOUND)
		tg_log_error(&err, "the centre was not asked about an order");
	json_decref(o);
	tg_buf_wipe(&answer);
	return refused;
}

/* ---- certificates in E-Cloud of the organisation that was entered with ---- */

#define NAME_COLUMNS 120

static void take_name(char *out, size_t cap, const json_t *o, const char *member)
{
	const char *text = text_of(o, member);
	tg_text_clean(out, cap, text, strlen(text), NAME_COLUMNS);
}

static void take_one(const json_t *o, const struct tg_held_certificate *entered, struct tg_held_certificate *out)
{
	*out = (struct tg_held_certificate){.cloud = true,
	        .signs = true,
	        .left_today = -1,
	        .left_in_all = -1,
	        .order = (enum tg_status)json_integer_value(json_object_get(o, "code")),
	        .from_ms = json_integer_value(json_object_get(o, "from_ms")),
	        .until_ms = json_integer_value(json_object_get(o, "until_ms"))};
	take_name(out->serial, sizeof out->serial, o, "serial");
	take_name(out->holder, sizeof out->holder, o, "name");
	take_name(out->organisation, sizeof out->organisation, o, "organisation");
	take_name(out->title, sizeof out->title, o, "title");
	take_name(out->personal_number, sizeof out->personal_number, o, "personal_number");
	tg_copy(out->organisation_number, sizeof out->organisation_number, entered->organisation_number);
}

static enum tg_status ask_cloud(struct kiosk_job *job, struct tg_cabinet_facts *out, struct tg_error *err)
{
	const struct tg_cabinet *c = &job->state.cabinet;
	json_t *answer = NULL;
	const json_t *one;
	size_t i;
	if (c->certificate >= c->facts.n_certificates)
		return tg_error_set(err, TG_CERT_NONE, "nobody has entered");
	const struct tg_held_certificate *entered = &c->facts.certificates[c->certificate];
	TG_TRY(kiosk_ask_json(job->k, "cloud-of",
	        json_pack("{s:s, s:s, s:s}", "provider", job->state.provider->id, "serial", entered->serial, "account",
	                entered->organisation_number),
	        &answer, err));
	json_array_foreach(json_object_get(answer, "certificates"), i, one)
	{
		if (out->n_in_cloud < TG_CLOUD_CERTIFICATES_MAX)
			take_one(one, entered, &out->in_cloud[out->n_in_cloud++]);
	}
	json_decref(answer);
	return TG_OK;
}

static void cloud(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_CLOUD};
	struct tg_cabinet_facts *f = kiosk_facts_new();
	if (!f)
		return;
	ev.status = ask_cloud(job, f, &err);
	if (ev.status != TG_OK && ev.status != TG_NOT_FOUND)
		tg_log_error(&err, "the centre was not asked for certificates in the cloud");
	kiosk_post_cabinet(job->k, &ev, f, NULL);
}

void kiosk_start_cloud(struct kiosk *k)
{
	kiosk_job_start(k->link_worker, kiosk_job_new(k, cloud));
}
