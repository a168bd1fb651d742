/* What an application costs: the products whose conditions hold, at the prices of the day at the provider's place
 * (DOS-5, DOS-7). */
#include "companies.h"
#include "money.h"
#include "ways.h"

bool tg_payment_is_balance(const struct tg_payment *payment)
{
	return strcmp(payment->id, "balance") == 0;
}

unsigned tg_charges(const struct tg_flow_state *s, struct tg_charged out[TG_CHARGES_MAX])
{
	char day[11], set[TG_CONDITIONS_BYTES];
	tg_state_today(s, day);
	tg_state_conditions(s, set);
	return tg_kind_charges(s->provider, s->kind, set, day, out);
}

int64_t tg_charges_sum(const struct tg_flow_state *s)
{
	struct tg_charged list[TG_CHARGES_MAX];
	return tg_charged_sum(list, tg_charges(s, list));
}

unsigned tg_payments_open(
        const struct tg_provider *p, const char *conditions, const struct tg_payment *out[TG_PAYMENTS_MAX])
{
	unsigned n = 0;
	for (unsigned i = 0; p && i < p->n_payments && n < TG_PAYMENTS_MAX; i++)
		if (!p->payments[i].when || tg_when_holds(p->payments[i].when, conditions))
			out[n++] = &p->payments[i];
	return n;
}

bool tg_is_order(const struct tg_flow_state *s)
{
	char set[TG_CONDITIONS_BYTES];
	const struct tg_payment *open[TG_PAYMENTS_MAX];
	if (!tg_operation_is(s, "cloud"))
		return false;
	tg_state_conditions(s, set);
	unsigned n = tg_payments_open(s->provider, set, open);
	for (unsigned i = 0; i < n; i++)
		if (tg_payment_is_balance(open[i]))
			return true;
	return false;
}

/* The answer may come on any screen behind REVIEW: then back to where it is told. */
bool tg_order_refused(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	enum tg_status why = tg_is_order(s) ? s->order_status : TG_OK;
	if (why == TG_OK)
		return false;
	if (s->stage != TG_STAGE_REVIEW)
		tg_turn_go(t, TG_STAGE_REVIEW);
	s->order_status = why;
	return true;
}

/* ---- the record ---- */

enum tg_status tg_charges_json(const struct tg_flow_state *s, struct tg_buf *out)
{
	struct tg_charged list[TG_CHARGES_MAX];
	unsigned n = tg_charges(s, list);
	if (n == 0)
		return TG_OK;
	if (tg_charges_sum(s) < 0 || !s->provider->currency)
		return TG_CONFIG;
	tg_buf_add_str(out, ",\"charges\":[");
	for (unsigned i = 0; i < n; i++) {
		tg_buf_addf(out, "%s{\"product\":", i > 0 ? "," : "");
		tg_json_string(out, list[i].product->id);
		tg_buf_addf(out, ",\"amount\":%lld}", (long long)list[i].amount);
	}
	tg_buf_add_str(out, "],\"currency\":");
	tg_json_string(out, s->provider->currency);
	return tg_buf_status(out);
}

/* ---- painting ---- */

/* A currency's own way of writing a sum is a sentence; hundredths only where there are any. */
const char *tg_paint_sum(struct tg_paint *p, const char *currency, int64_t amount)
{
	char id[16], sum[40];
	(void)snprintf(id, sizeof id, "money.%s", currency ? currency : "");
	int n = snprintf(sum, sizeof sum, "%lld", (long long)(amount / 100));
	if (amount % 100 != 0 && n > 0)
		(void)snprintf(sum + n, sizeof sum - (size_t)n, ",%02d", (int)(amount % 100));
	return TG_FILL(p, id, "sum", sum);
}

static void paint_line(struct tg_paint *p, const char *label, const char *value)
{
	struct tg_item *item = tg_paint_item(p, TG_ITEM_ANSWER, label, false);
	item->locked = true;
	item->value = value;
}

void tg_paint_charges(struct tg_paint *p)
{
	struct tg_charged list[TG_CHARGES_MAX];
	const struct tg_flow_state *s = p->s;
	unsigned n = tg_charges(s, list);
	int64_t sum = tg_charges_sum(s);
	if (n == 0)
		return;
	tg_paint_heading(p, "review.cost");
	for (unsigned i = 0; i < n; i++)
		paint_line(p, list[i].product ? tg_say(p, list[i].product->label) : "",
		        list[i].amount < 0 ? tg_say(p, "review.no-price")
		                           : tg_paint_sum(p, s->provider->currency, list[i].amount));
	if (n > 1 && sum >= 0)
		paint_line(p, tg_say(p, "review.sum"), tg_paint_sum(p, s->provider->currency, sum));
	tg_paint_text(p, tg_is_order(s) ? "review.order" : "review.pay-later");
}

static const char *ways_of_paying(struct tg_paint *p)
{
	char set[TG_CONDITIONS_BYTES], list[400] = "";
	const struct tg_payment *open[TG_PAYMENTS_MAX];
	size_t used = 0;
	tg_state_conditions(p->s, set);
	unsigned n = tg_payments_open(p->s->provider, set, open);
	for (unsigned i = 0; i < n && used + 1 < sizeof list; i++) {
		int more = snprintf(
		        list + used, sizeof list - used, "%s%s", used > 0 ? "; " : "", tg_say(p, open[i]->label));
		used += more > 0 ? (size_t)more : 0;
	}
	return TG_FILL(p, "result.pay-ways", "list", list);
}

static const char *codes(struct tg_paint *p)
{
	for (unsigned i = 0; i < p->s->provider->n_payments; i++) {
		const struct tg_payment *pay = &p->s->provider->payments[i];
		if (pay->code)
			return TG_FILL(p, "result.pay-codes", "one", pay->code, "two", pay->code2 ? pay->code2 : "");
	}
	return NULL;
}

void tg_paint_to_pay(struct tg_paint *p)
{
	const struct tg_application_facts *f = &p->s->ways.facts;
	if (f->rest <= 0 || !p->s->provider)
		return;
	TG_PAINT(p, TG_ITEM_NOTICE, f->order ? "result.order" : "result.to-pay", "sum",
	        tg_paint_sum(p, f->currency, f->rest));
	tg_paint_printed(p, &p->s->ways.slip, "paper.busy", "result.slip-where");
}

void tg_paint_how_to_pay(struct tg_paint *p)
{
	const struct tg_application_facts *f = &p->s->ways.facts;
	const char *lines[2];
	unsigned n = 0;
	if (f->rest <= 0 || f->order || !p->s->provider)
		return;
	if (codes(p))
		lines[n++] = codes(p);
	lines[n++] = ways_of_paying(p);
	tg_paint_lines(p, lines, n);
}

void tg_paint_rest(struct tg_paint *p, const struct tg_application_facts *f)
{
	if (f->rest > 0)
		TG_PAINT(p, TG_ITEM_NOTICE, f->order ? "status.order" : "status.to-pay", "sum",
		        tg_paint_sum(p, f->currency, f->rest));
}
