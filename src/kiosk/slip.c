/* The payment slip (DOS-7): from the journal what it costs, from the data how it is paid. Its QR code holds the same
 * particulars as plain text: no bank's standard is known for these payments (src/decisions/0208). */
#include "money.h"
#include "paper.h"
#include "tamga/log.h"

#include <jansson.h>

#define SUM_TEXT 48

struct slip {
	const char *number;
	json_t *body;
	struct tg_money money;
	const struct tg_provider *provider;
	char conditions[TG_CONDITIONS_BYTES];
	char amount[SUM_TEXT], products[200], codes[64], qr[400];
};

static const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));
	return s ? s : "";
}

/* "1510", "1510,50". */
static void plain_sum(int64_t amount, char out[SUM_TEXT])
{
	int n = snprintf(out, SUM_TEXT, "%lld", (long long)(amount / 100));
	if (amount % 100 != 0 && n > 0)
		(void)snprintf(out + n, SUM_TEXT - (size_t)n, ",%02d", (int)(amount % 100));
}

void kiosk_sum_text(
        const struct tg_i18n *i18n, enum tg_lang lang, const char *currency, int64_t amount, char *out, size_t cap)
{
	char id[16], sum[SUM_TEXT];
	plain_sum(amount, sum);
	(void)snprintf(id, sizeof id, "money.%s", currency);
	(void)tg_text_fill(out, cap, tg_text(i18n, lang, id), "sum", sum, (const char *)NULL);
}

static enum tg_status load(struct kiosk *k, void *arg, struct tg_error *err)
{
	struct slip *s = arg;
	struct tg_buf text = TG_BUF_INIT;
	TG_TRY(tg_store_money(k->store, s->number, &s->money, err));
	enum tg_status st = tg_store_app_body(k->store, s->number, &text, err);
	if (st == TG_OK)
		s->body = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
	tg_buf_wipe(&text);
	return st == TG_OK && !s->body ? tg_error_set(err, TG_NOT_FOUND, "the application cannot be read") : st;
}

static void add(char *list, size_t cap, const char *between, const char *text)
{
	size_t used = strlen(list);
	if (text && text[0] && used + strlen(between) + strlen(text) + 1 < cap)
		(void)snprintf(list + used, cap - used, "%s%s", used > 0 ? between : "", text);
}

static void take_lists(struct kiosk *k, enum tg_lang lang, struct slip *s)
{
	size_t i;
	json_t *one;
	json_array_foreach(json_object_get(s->body, "conditions"), i, one)
	        add(s->conditions, sizeof s->conditions, " ", json_string_value(one));
	json_array_foreach(json_object_get(s->body, "charges"), i, one)
	{
		const struct tg_product *p = tg_provider_product(s->provider, text_of(one, "product"));
		add(s->products, sizeof s->products, "; ",
		        p ? tg_text(k->i18n, lang, p->label) : text_of(one, "product"));
	}
}

static void take_codes(struct slip *s)
{
	for (unsigned i = 0; i < s->provider->n_payments; i++) {
		const struct tg_payment *p = &s->provider->payments[i];
		if (!p->code || s->codes[0])
			continue;
		add(s->codes, sizeof s->codes, ", ", p->code);
		add(s->codes, sizeof s->codes, ", ", p->code2);
	}
}

/* Lines that a person reads as well as a program: the provider, the number, the amount with its currency, the codes. */
static void write_qr(struct kiosk *k, enum tg_lang lang, struct slip *s)
{
	char sum[SUM_TEXT];
	plain_sum(tg_money_rest(&s->money), sum);
	(void)snprintf(s->qr, sizeof s->qr, "%s\n%s\n%s %s\n%s", tg_text(k->i18n, lang, s->provider->label), s->number,
	        sum, s->money.currency, s->codes);
}

static void add_row(struct tg_slip *slip, const char *label, const char *value, bool said)
{
	if (slip->n_rows >= TG_SLIP_ROWS || !value || !value[0])
		return;
	slip->rows[slip->n_rows].label = label;
	slip->rows[slip->n_rows].value = value;
	slip->rows[slip->n_rows++].said = said;
}

static void add_ways(const struct slip *s, struct tg_slip *slip)
{
	for (unsigned i = 0; i < s->provider->n_payments; i++) {
		const struct tg_payment *p = &s->provider->payments[i];
		if (!p->when || tg_when_holds(p->when, s->conditions))
			add_row(slip, "slip.payment.way", p->label, true);
	}
}

static enum tg_status print(
        struct kiosk_job *job, struct slip *s, struct tg_event *ev, const char **to, struct tg_error *err)
{
	struct kiosk *k = job->k;
	const enum tg_lang lang = job->state.lang;
	char name[TG_NUMBER_MAX + 16];
	TG_TRY(kiosk_store_call(k, load, s, err));
	s->provider = tg_catalog_provider(k->catalog, text_of(s->body, "provider"));
	if (!s->provider)
		return tg_error_set(err, TG_NOT_FOUND, "the provider is not in this kiosk's data");
	take_lists(k, lang, s);
	take_codes(s);
	kiosk_sum_text(k->i18n, lang, s->money.currency, tg_money_rest(&s->money), s->amount, sizeof s->amount);
	write_qr(k, lang, s);
	struct tg_slip slip = {.title = "slip.payment",
	        .big = s->amount,
	        .code = s->qr,
	        .office = kiosk_office_language(s->provider, lang),
	        .ms = k->clock.wall_ms(k->clock.ctx),
	        .utc_offset_minutes = s->provider->utc_offset_minutes,
	        .copies = 1,
	        .sandbox = k->config->sandbox};
	add_row(&slip, "slip.payment.provider", s->provider->label, true);
	add_row(&slip, "slip.payment.number", s->number, false);
	add_row(&slip, "slip.payment.for", s->products, false);
	add_row(&slip, "slip.payment.amount", s->amount, false);
	add_row(&slip, "slip.payment.codes", s->codes, false);
	add_ways(s, &slip);
	if (s->provider->payment_note)
		slip.notes[slip.n_notes++] = s->provider->payment_note;
	slip.notes[slip.n_notes++] = "slip.payment.qr";
	(void)snprintf(name, sizeof name, "%s-payment", s->number);
	return kiosk_paper_slip(k, &slip, lang, name, ev->where, to, err);
}

static void work(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_SLIP};
	struct slip s = {.number = job->state.number};
	const char *to = "";
	char json[128];
	ev.status = print(job, &s, &ev, &to, &err);
	json_decref(s.body);
	(void)snprintf(json, sizeof json, "{\"number\":\"%s\",\"to\":\"%s\",\"what\":\"payment\"}", s.number, to);
	if (ev.status != TG_OK)
		tg_log_error(&err, "no payment slip");
	else if (kiosk_append(job->k, TG_RECORD_RECEIPT_PRINTED, json, &err) != TG_OK)
		tg_log_error(&err, "payment slip not recorded");
	kiosk_post(job->k, &ev);
}

void kiosk_start_slip(struct kiosk *k)
{
	kiosk_job_start(k->print_worker, kiosk_job_new(k, work));
}
