/* What is to be paid, and the desk's side of it (DOS-3, DOS-7). */
#include "scenes.h"

static const struct tg_provider *dostek(const struct flow *f)
{
	return tg_catalog_provider(f->config.catalog, "kg-dostek");
}

static void service(struct flow *f, const char *id, const char *way)
{
	f->wall = INT64_C(1795334400000); /* 22.11.2026: prices are of a day */
	f->s.provider = dostek(f);
	for (unsigned i = 0; i < f->s.provider->n_services; i++)
		if (strcmp(f->s.provider->services[i].id, id) == 0)
			f->s.service = &f->s.provider->services[i];
	f->s.kind = &f->s.service->kinds[0];
	f->s.way = tg_provider_way(f->s.provider, way);
	f->s.now_wall_ms = f->wall;
	memset(&f->s.replies, 0, sizeof f->s.replies);
	f->s.replies.option[0] = 1;
}

static void handed_in(struct flow *f, const char *id, const char *way, bool order)
{
	flow_walk(f, TG_STAGE_RESULT);
	service(f, id, way);
	f->s.reader.card = false;
	memset(f->s.keys, 0, sizeof f->s.keys);
	struct tg_application_facts *a = &f->s.ways.facts;
	(void)tg_copy(a->number, sizeof a->number, f->s.number);
	(void)tg_copy(a->state, sizeof a->state, TG_STATE_AT_DESK);
	(void)tg_copy(a->currency, sizeof a->currency, "KGS");
	a->due = a->rest = 151000;
	a->order = order;
	f->s.ways.slip.done = !order;
	(void)tg_copy(f->s.ways.slip.where, sizeof f->s.ways.slip.where, "HP-LaserJet");
}

static void result_to_pay(struct flow *f)
{
	handed_in(f, "renew", "office", false);
}

static void result_order(struct flow *f)
{
	handed_in(f, "renew-cloud", "online", true);
}

static void desk_payment(struct flow *f)
{
	flow_walk(f, TG_STAGE_PROVIDER);
	service(f, "renew", "office");
	struct tg_desk *d = &f->s.desk;
	d->entered = true;
	(void)tg_copy(d->app.number, sizeof d->app.number, "0001-0000-0144");
	(void)tg_copy(d->app.state, sizeof d->app.state, TG_STATE_ACCEPTED);
	d->app.provider = f->s.provider;
	d->app.service = f->s.service;
	d->app.kind = f->s.kind;
	(void)tg_copy(d->app.conditions, sizeof d->app.conditions, "at-desk product-head");
	d->app.money = (struct tg_desk_money){.currency = "KGS", .due = 151000, .rest = 151000};
	f->s.stage = TG_STAGE_DESK_APPLICATION;
	f->s.focus = 0;
	f->silent = true;
	flow_keys(f, "Enter");
	flow_at(f, "desk-payment");
}

static void desk_payment_error(struct flow *f)
{
	desk_payment(f);
	flow_keys(f, "Down*2 Enter");
}

static void desk_payment_back(struct flow *f)
{
	desk_payment(f);
	f->s.desk.app.money =
	        (struct tg_desk_money){.currency = "KGS", .due = 151000, .paid = 151000, .refundable = 151000};
	f->s.desk.pay.typed[TG_PAY_AMOUNT][0] = '\0';
	f->s.focus = 4;
}

static void desk_balance(struct flow *f)
{
	desk_payment(f);
	flow_keys(f, "Esc");
	f->s.desk.app.money.order = true;
	f->s.desk.app.money.balance = 50000;
	f->s.focus = 0;
	flow_keys(f, "Enter");
	flow_at(f, "desk-payment");
}

const struct scene golden_money_scenes[] = {{"result-to-pay", result_to_pay}, {"result-order", result_order},
        {"desk-payment", desk_payment}, {"desk-payment-error", desk_payment_error},
        {"desk-payment-back", desk_payment_back}, {"desk-balance", desk_balance}, {NULL, NULL}};
