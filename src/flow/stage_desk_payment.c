/* DESK_PAYMENT: money that came for an application or for a balance, and money that goes back (DOS-7). What the clerk
 * says is checked by the centre before it is written: a reference is good once, a refund is possible until the
 * certificate is made. */
#include "desk.h"
#include "money.h"

#define PAY_ACTS 2

static const char *const field_ids[TG_PAY_FIELDS] = {"account", "amount", "reference"};
static const struct tg_field fields[TG_PAY_FIELDS] = {
        [TG_PAY_ACCOUNT] = {.id = "account",
                .kind = TG_FIELD_DIGITS,
                .label = "desk.pay.account",
                .hint = "desk.pay.account.hint",
                .max_chars = 14},
        [TG_PAY_AMOUNT] = {.id = "amount",
                .kind = TG_FIELD_TEXT,
                .label = "desk.pay.amount",
                .hint = "desk.pay.amount.hint",
                .max_chars = 12},
        [TG_PAY_REFERENCE] = {.id = "reference",
                .kind = TG_FIELD_TEXT,
                .label = "desk.pay.reference",
                .hint = "desk.pay.reference.hint",
                .max_chars = 40},
};

/* ---- what there is ---- */

static bool has_balances(const struct tg_provider *p)
{
	for (unsigned i = 0; i < p->n_payments; i++)
		if (tg_payment_is_balance(&p->payments[i]))
			return p->currency != NULL;
	return false;
}

const struct tg_provider *tg_desk_balances(const struct tg_flow_config *c, unsigned i)
{
	for (unsigned k = 0; k < c->catalog->n_providers; k++)
		if (has_balances(&c->catalog->providers[k]) && i-- == 0)
			return &c->catalog->providers[k];
	return NULL;
}

bool tg_desk_has_money(const struct tg_desk_application *a)
{
	return a->kind && a->money.due > 0;
}

static const struct tg_desk_money *money(const struct tg_desk *d)
{
	return d->pay.balance ? &d->pay.now : &d->app.money;
}

/* Ways that a clerk notes. */
static unsigned noted_ways(const struct tg_desk *d, const struct tg_payment *out[TG_PAYMENTS_MAX])
{
	const struct tg_payment *open[TG_PAYMENTS_MAX];
	unsigned n = 0, all = tg_payments_open(d->pay.provider, d->pay.balance ? "" : d->app.conditions, open);
	for (unsigned i = 0; i < all; i++)
		if (open[i]->desk)
			out[n++] = open[i];
	return n;
}

/* Of an application the account is not asked for. */
static unsigned first_field(const struct tg_desk *d)
{
	return d->pay.balance ? TG_PAY_ACCOUNT : TG_PAY_AMOUNT;
}

static unsigned n_fields(const struct tg_desk *d)
{
	return TG_PAY_FIELDS - first_field(d);
}

/* What may be done about money that goes back, in order. */
static unsigned refunds(const struct tg_desk *d, const char *out[PAY_ACTS])
{
	unsigned n = 0;
	if (d->pay.balance || d->app.money.order || d->app.money.paid <= 0)
		return 0;
	if (d->app.money.asked == 0)
		out[n++] = "asked";
	else
		out[n++] = "paid";
	return n;
}

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	const struct tg_payment *ways[TG_PAYMENTS_MAX];
	const char *acts[PAY_ACTS];
	(void)c;
	if (tg_desk_busy(s))
		return 0;
	return n_fields(&s->desk) + noted_ways(&s->desk, ways) + refunds(&s->desk, acts) + 1;
}

/* ---- begin and end ---- */

/* An order is paid from the balance: what the clerk takes goes there. */
static void take_account(struct tg_desk *d)
{
	static const char *const rules[] = {"bin", "kg-inn"};
	for (unsigned i = 0; d->app.kind && i < d->app.n_answers; i++)
		for (size_t r = 0; r < sizeof rules / sizeof rules[0]; r++)
			if (tg_field_has_rule(&d->app.kind->form->fields[d->app.answers[i].field], rules[r]))
				(void)tg_copy(d->pay.typed[TG_PAY_ACCOUNT], sizeof d->pay.typed[TG_PAY_ACCOUNT],
				        d->app.text + d->app.answers[i].at);
}

void tg_desk_to_payment(struct tg_turn *t, bool balance)
{
	struct tg_desk *d = &t->s->desk;
	memset(&d->pay, 0, sizeof d->pay);
	d->pay.wrong = -1;
	d->pay.balance = balance || d->app.money.order;
	d->pay.provider = balance ? tg_desk_balances(t->c, 0) : d->app.provider;
	d->told = TG_OK;
	if (d->app.money.order && !balance) {
		take_account(d);
		d->pay.now = d->app.money;
	}
	int64_t rest = d->app.money.rest;
	if (!d->pay.balance && rest > 0)
		(void)snprintf(d->pay.typed[TG_PAY_AMOUNT], sizeof d->pay.typed[TG_PAY_AMOUNT],
		        rest % 100 != 0 ? "%lld,%02lld" : "%lld", (long long)(rest / 100), (long long)(rest % 100));
	tg_turn_go(t, TG_STAGE_DESK_PAYMENT);
	d->pay.cursor = (unsigned)strlen(d->pay.typed[first_field(d)]);
}

static void leave_to(struct tg_turn *t)
{
	t->s->desk.told = TG_OK;
	tg_turn_go(t, t->s->desk.app.kind ? TG_STAGE_DESK_APPLICATION : TG_STAGE_DESK_QUEUE);
}

/* ---- what is typed ---- */

/* "1510", "1 510,50" in hundredths; 0: no amount. */
static int64_t amount_of(const char *typed)
{
	int64_t whole = 0, part = 0;
	int digits = -1;
	for (; *typed; typed++) {
		if (*typed == ' ')
			continue;
		if ((*typed == ',' || *typed == '.') && digits < 0) {
			digits = 0;
		} else if (*typed < '0' || *typed > '9' || digits == 2 || whole > 100000000) {
			return 0;
		} else if (digits < 0) {
			whole = whole * 10 + (*typed - '0');
		} else {
			part = part * 10 + (*typed - '0');
			digits++;
		}
	}
	return whole * 100 + (digits == 1 ? part * 10 : part);
}

static bool account_fits(const char *typed)
{
	size_t n = strlen(typed);
	return n >= 10 && n <= 14 && strspn(typed, "0123456789") == n;
}

/* Blanks at the ends are nobody's meaning, and would make two references of one. */
static void tidy(struct tg_desk_pay *pay)
{
	for (unsigned i = 0; i < TG_PAY_FIELDS; i++) {
		struct tg_answer a = {0};
		(void)tg_copy(a.value, sizeof a.value, pay->typed[i]);
		tg_answer_tidy(&a);
		(void)tg_copy(pay->typed[i], sizeof pay->typed[i], a.value);
	}
}

/* The first field that is not right for this way; -1: all are. */
static int first_wrong(const struct tg_desk *d, const struct tg_payment *how)
{
	if (d->pay.balance && !account_fits(d->pay.typed[TG_PAY_ACCOUNT]))
		return TG_PAY_ACCOUNT;
	if (amount_of(d->pay.typed[TG_PAY_AMOUNT]) <= 0)
		return TG_PAY_AMOUNT;
	return how->code && d->pay.typed[TG_PAY_REFERENCE][0] == '\0' ? TG_PAY_REFERENCE : -1;
}

static void send(struct tg_turn *t)
{
	t->s->desk.pay.done = false;
	tg_desk_ask(t, TG_FX_DESK_PAY, TG_DESK_PAYING);
}

static void note(struct tg_turn *t, const struct tg_payment *how)
{
	struct tg_desk *d = &t->s->desk;
	tidy(&d->pay);
	d->pay.wrong = first_wrong(d, how);
	if (d->pay.wrong >= 0) {
		t->s->focus = d->pay.wrong - (int)first_field(d);
		d->pay.cursor = (unsigned)strlen(d->pay.typed[d->pay.wrong]);
		return;
	}
	d->pay.how = how;
	d->pay.refund[0] = '\0';
	d->pay.amount = amount_of(d->pay.typed[TG_PAY_AMOUNT]);
	send(t);
}

/* All that may go back goes back; what was asked for is what is paid. */
static void refund(struct tg_turn *t, const char *what)
{
	struct tg_desk *d = &t->s->desk;
	d->pay.how = NULL;
	d->pay.wrong = -1;
	(void)tg_copy(d->pay.refund, sizeof d->pay.refund, what);
	d->pay.amount = strcmp(what, "paid") == 0 ? d->app.money.asked : d->app.money.refundable;
	if (d->pay.amount > 0)
		send(t);
	else
		d->told = d->app.money.produced_ms > 0 ? TG_REFUND_LATE : TG_CARD_STATE;
}

/* ---- keys ---- */

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	const struct tg_payment *ways[TG_PAYMENTS_MAX];
	const char *acts[PAY_ACTS];
	unsigned typed = n_fields(&s->desk), n = noted_ways(&s->desk, ways), back = refunds(&s->desk, acts);
	if (tg_desk_busy(s))
		return;
	if (slot < typed)
		s->focus++;
	else if (slot < typed + n)
		note(t, ways[slot - typed]);
	else if (slot < typed + n + back)
		refund(t, acts[slot - typed - n]);
	else
		leave_to(t);
	if ((unsigned)s->focus < typed && slot < typed)
		s->desk.pay.cursor = (unsigned)strlen(s->desk.pay.typed[first_field(&s->desk) + (unsigned)s->focus]);
}

static bool type(struct tg_desk_pay *pay, unsigned field, const struct tg_event *ev)
{
	bool edited = tg_text_type(pay->typed[field], sizeof pay->typed[field], &pay->cursor, &fields[field], ev);
	if (edited)
		pay->wrong = -1;
	return edited;
}

static bool key(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	struct tg_desk *d = &s->desk;
	unsigned typed = n_fields(d);
	if (tg_desk_busy(s))
		return false;
	if ((unsigned)s->focus < typed && type(&d->pay, first_field(d) + (unsigned)s->focus, t->ev)) {
		d->told = TG_OK;
		d->pay.done = false;
		return true;
	}
	if (!tg_focus_move(&s->focus, slots(t->c, s), t->ev->action))
		return false;
	if ((unsigned)s->focus < typed)
		d->pay.cursor = (unsigned)strlen(d->pay.typed[first_field(d) + (unsigned)s->focus]);
	return true;
}

static void back(struct tg_turn *t)
{
	if (!tg_desk_busy(t->s))
		leave_to(t);
}

static void event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	struct tg_desk *d = &s->desk;
	if (t->ev->kind != TG_EV_DESK || d->work != TG_DESK_PAYING)
		return;
	d->work = TG_DESK_IDLE;
	d->told = t->ev->status;
	s->focus = (int)slots(t->c, s) - 1;
	if (t->ev->status == TG_PAYMENT_TWICE) {
		s->focus = TG_PAY_REFERENCE - (int)first_field(d);
		d->pay.cursor = (unsigned)strlen(d->pay.typed[TG_PAY_REFERENCE]);
	}
	if (t->ev->status != TG_OK || !t->ev->desk)
		return;
	d->pay.done = true;
	if (d->pay.balance)
		d->pay.now = t->ev->desk->application.money;
	if (d->app.kind)
		d->app.money = t->ev->desk->application.money;
	memset(d->pay.typed[TG_PAY_AMOUNT], 0, sizeof d->pay.typed[TG_PAY_AMOUNT]);
	memset(d->pay.typed[TG_PAY_REFERENCE], 0, sizeof d->pay.typed[TG_PAY_REFERENCE]);
	s->focus = (int)slots(t->c, s) - 1;
}

/* ---- the screen ---- */

static const char *currency(const struct tg_desk *d)
{
	return d->pay.provider ? d->pay.provider->currency : NULL;
}

static void paint_sums(struct tg_paint *p, const struct tg_desk *d)
{
	const struct tg_desk_money *m = money(d);
	const char *lines[4];
	unsigned n = 0;
	if (d->app.kind) {
		lines[n++] = TG_FILL(p, "desk.pay.due", "due", tg_paint_sum(p, currency(d), m->due), "paid",
		        tg_paint_sum(p, currency(d), m->paid), "rest", tg_paint_sum(p, currency(d), m->rest));
		if (m->asked > 0)
			lines[n++] = TG_FILL(p, "desk.pay.asked", "sum", tg_paint_sum(p, currency(d), m->asked));
		if (m->refunded > 0)
			lines[n++] = TG_FILL(p, "desk.pay.refunded", "sum", tg_paint_sum(p, currency(d), m->refunded));
	}
	if (d->pay.balance && (d->app.kind || d->pay.done))
		lines[n++] = TG_FILL(p, "desk.pay.balance", "sum", tg_paint_sum(p, currency(d), m->balance));
	tg_paint_lines(p, lines, n);
}

static void paint_done(struct tg_paint *p, const struct tg_desk *d)
{
	const char *id = strcmp(d->pay.refund, "asked") == 0  ? "desk.pay.refund-noted"
	                 : strcmp(d->pay.refund, "paid") == 0 ? "desk.pay.refund-done"
	                                                      : "desk.pay.noted";
	if (d->pay.done)
		TG_PAINT(p, TG_ITEM_NOTICE, id, "sum", tg_paint_sum(p, currency(d), d->pay.amount));
}

static void paint_field(struct tg_paint *p, const struct tg_desk *d, unsigned i)
{
	char wrong[48];
	struct tg_item *item = tg_paint_item(p, TG_ITEM_FIELD, tg_say(p, fields[i].label), true);
	item->id = (int)i;
	item->value = d->pay.typed[i];
	item->cursor = d->pay.cursor;
	item->max_chars = fields[i].max_chars;
	item->hint = tg_say(p, fields[i].hint);
	(void)snprintf(wrong, sizeof wrong, "desk.pay.%s.wrong", field_ids[i]);
	if (d->pay.wrong == (int)i)
		item->error = tg_say(p, wrong);
}

static void paint_acts(struct tg_paint *p, const struct tg_desk *d)
{
	const struct tg_payment *ways[TG_PAYMENTS_MAX];
	const char *acts[PAY_ACTS];
	unsigned n = noted_ways(d, ways);
	for (unsigned i = 0; i < n; i++) {
		struct tg_item *item = tg_paint_item(
		        p, TG_ITEM_BUTTON, TG_FILL(p, "desk.pay.came", "way", tg_say(p, ways[i]->label)), true);
		item->id = TG_ITEM_ID_CONTINUE;
	}
	n = refunds(d, acts);
	for (unsigned i = 0; i < n; i++)
		tg_paint_button(p, TG_ITEM_ID_UNDO,
		        strcmp(acts[i], "asked") == 0 ? "desk.pay.refund-ask" : "desk.pay.refund-pay");
	tg_paint_button(p, TG_ITEM_ID_LEAVE, "desk.pay.back");
}

static void paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	const struct tg_desk *d = &s->desk;
	p->v->title = tg_say(p, "title.desk-payment");
	tg_desk_paint_news(p);
	if (tg_desk_busy(s))
		return;
	paint_done(p, d);
	if (d->app.kind)
		TG_PAINT(p, TG_ITEM_TEXT, "desk.number", "number", d->app.number, "state",
		        tg_desk_state(p, d->app.state));
	else if (d->pay.provider)
		tg_paint_text(p, d->pay.provider->label);
	paint_sums(p, d);
	for (unsigned i = first_field(d); i < TG_PAY_FIELDS; i++)
		paint_field(p, d, i);
	paint_acts(p, d);
}

void tg_desk_paint_money(struct tg_paint *p)
{
	const struct tg_desk_application *a = &p->s->desk.app;
	const struct tg_desk_money *m = &a->money;
	const char *sum = tg_paint_sum(p, a->provider->currency, m->due);
	if (m->rest == 0)
		tg_paint_notice(p, m->order ? "desk.money.charged" : "desk.money.paid");
	else
		TG_PAINT(p, TG_ITEM_ERROR, m->order ? "desk.money.order" : "desk.money.rest", "sum", sum, "rest",
		        tg_paint_sum(p, a->provider->currency, m->rest), "balance",
		        tg_paint_sum(p, a->provider->currency, m->balance));
	tg_paint_button(p, TG_ITEM_ID_MEND, "desk.money");
}

const struct tg_stage_ops tg_stage_desk_payment = {
        .traits = TG_STAGE_USUAL,
        .slots = slots,
        .choose = choose,
        .key = key,
        .back = back,
        .event = event,
        .paint = paint,
};
