/* What a clerk notes of money: the centre is asked whether it fits, then it is an entry of this kiosk (DOS-7). */
#include "money.h"
#include "desk.h"
#include "tamga/link.h"
#include "tamga/log.h"

#define ASK_MS 10000

static int64_t number_of(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

static void take_money(const json_t *answer, struct tg_desk_money *out)
{
	const struct {
		const char *name;
		int64_t *to;
	} rows[] = {{"due", &out->due}, {"paid", &out->paid}, {"rest", &out->rest}, {"asked", &out->asked},
	        {"refunded", &out->refunded}, {"refundable", &out->refundable}, {"balance", &out->balance},
	        {"produced_ms", &out->produced_ms}};
	const char *currency = json_string_value(json_object_get(answer, "currency"));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		*rows[i].to = number_of(answer, rows[i].name);
	out->order = json_is_true(json_object_get(answer, "order"));
	tg_copy(out->currency, sizeof out->currency, currency ? currency : "");
}

static enum tg_status ask(struct kiosk *k, json_t *question, struct tg_desk_money *out, struct tg_error *err)
{
	struct tg_buf answer = TG_BUF_INIT;
	char *text = question ? json_dumps(question, JSON_COMPACT) : NULL;
	json_decref(question);
	if (!text)
		return tg_error_set(err, TG_NO_MEMORY, "a question about money");
	enum tg_status st = tg_link_ask(k->config->agent_socket, "money", text, ASK_MS, &answer, err);
	free(text);
	json_t *o = st == TG_OK ? json_loadb((const char *)answer.data, answer.len, 0, NULL) : NULL;
	tg_buf_wipe(&answer);
	if (st == TG_OK && !json_is_object(o))
		st = tg_error_set(err, TG_CENTRE_GARBAGE, "the answer to money is no object");
	if (st == TG_OK)
		take_money(o, out);
	json_decref(o);
	return st;
}

/* That it is not known stops nobody here: the centre's gate stands behind it. */
void kiosk_desk_money(struct kiosk_job *job, const char *number, struct tg_desk_money *out)
{
	struct tg_error err = {0};
	memset(out, 0, sizeof *out);
	enum tg_status st = ask(job->k, json_pack("{s:s}", "number", number), out, &err);
	if (st != TG_OK && st != TG_NOT_FOUND)
		tg_log_error(&err, "how the money stands is not known");
}

/* ---- a note ---- */

static bool of_application(const struct tg_desk_pay *p)
{
	return !p->balance;
}

static json_t *question_of(const struct tg_desk *d)
{
	const struct tg_desk_pay *p = &d->pay;
	json_t *o = of_application(p)
	                    ? json_pack("{s:s}", "number", d->app.number)
	                    : json_pack("{s:s, s:s}", "provider", p->provider->id, "account", p->typed[TG_PAY_ACCOUNT]);
	if (o && p->refund[0])
		json_object_set_new(o, "refund", json_string(p->refund));
	if (o && p->how) {
		json_object_set_new(o, "how", json_string(p->how->id));
		json_object_set_new(o, "reference", json_string(p->typed[TG_PAY_REFERENCE]));
	}
	return o;
}

static json_t *entry_of(const struct tg_desk *d)
{
	const struct tg_desk_pay *p = &d->pay;
	const char *number = of_application(p) ? d->app.number : "";
	if (p->refund[0])
		return json_pack("{s:s, s:s, s:I, s:s, s:s, s:s}", "number", number, "what", p->refund, "amount",
		        (json_int_t)p->amount, "currency", p->provider->currency, "staff", d->serial, "staff_name",
		        d->name);
	return json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:s}", "number", number, "account",
	        of_application(p) ? "" : p->typed[TG_PAY_ACCOUNT], "provider", p->provider->id, "amount",
	        (json_int_t)p->amount, "currency", p->provider->currency, "how", p->how->id, "reference",
	        p->typed[TG_PAY_REFERENCE], "staff", d->serial, "staff_name", d->name);
}

static enum tg_status write_entry(struct kiosk_job *job, struct tg_error *err)
{
	const struct tg_desk *d = &job->state.desk;
	json_t *body = entry_of(d);
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_decref(body);
	if (!text)
		return tg_error_set(err, TG_NO_MEMORY, "no memory for an entry");
	enum tg_status st =
	        kiosk_append(job->k, d->pay.refund[0] ? TG_RECORD_PAYMENT_REFUND : TG_RECORD_PAYMENT_NOTED, text, err);
	free(text);
	return st;
}

/* What the note makes of the sums that the centre told a moment before. */
static void add_note(const struct tg_desk_pay *p, struct tg_desk_money *m)
{
	if (p->balance) {
		m->balance += p->amount;
	} else if (strcmp(p->refund, "asked") == 0) {
		m->asked = p->amount;
	} else if (p->refund[0]) {
		m->asked = 0;
		m->paid -= p->amount;
		m->refunded += p->amount;
	} else {
		m->paid += p->amount;
	}
	int64_t rest = m->due - (m->paid - m->asked);
	m->rest = rest > 0 ? rest : 0;
	int64_t kept = m->produced_ms > 0 ? m->due : 0;
	m->refundable = m->paid > kept ? m->paid - kept : 0;
}

/* The paper's due and rest of an order stay as the application has them: only its balance is another. */
static void take_order(const struct tg_desk *d, struct tg_desk_money *m)
{
	const int64_t balance = m->balance;
	if (d->pay.balance && d->app.kind) {
		*m = d->app.money;
		m->balance = balance;
	}
}

static enum tg_status note(struct kiosk_job *job, struct tg_desk_money *out, struct tg_error *err)
{
	const struct tg_desk *d = &job->state.desk;
	if (!d->entered || !d->pay.provider || (!d->pay.how && !d->pay.refund[0]) || d->pay.amount <= 0)
		return tg_error_set(err, TG_BUG, "a note of no money");
	TG_TRY(ask(job->k, question_of(d), out, err));
	TG_TRY(write_entry(job, err));
	add_note(&d->pay, out);
	take_order(d, out);
	return TG_OK;
}

static void pay(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_DESK};
	struct tg_desk_facts *f = calloc(1, sizeof *f);
	ev.status = f ? note(job, &f->application.money, &err) : tg_error_set(&err, TG_NO_MEMORY, "money");
	if (ev.status == TG_OK)
		kiosk_poke(job->k);
	else
		tg_log_error(&err, "the payment was not noted");
	kiosk_post_desk(job->k, &ev, f);
}

void kiosk_start_desk_pay(struct kiosk *k)
{
	kiosk_job_start(k->link_worker, kiosk_job_new(k, pay));
}
