/* What this kiosk knows of the money of its applications, and whether an order may be made (DOS-3, DOS-7). */
#include "money.h"
#include "tamga/link.h"
#include "tamga/log.h"

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
