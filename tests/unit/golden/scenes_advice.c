/* The adviser, help topics, a service's own page, the companies of a complex certificate. */
#include "scenes.h"

#include <stdio.h>

static void open_service(struct flow *f, const char *id)
{
	const struct tg_provider *p = tg_catalog_provider(f->config.catalog, "kg-dostek");
	unsigned slot = 0;
	f->wall = INT64_C(1795334400000); /* 22.11.2026: prices are of a day */
	flow_walk(f, TG_STAGE_PROVIDER);
	assert_non_null(p);
	f->s.provider = p;
	f->s.stage = TG_STAGE_SERVICE;
	for (unsigned i = 0; i < p->n_services && strcmp(p->services[i].id, id) != 0; i++)
		slot += p->services[i].open;
	f->s.focus = (int)slot;
	flow_keys(f, "Enter");
}

static void adviser(struct flow *f)
{
	open_service(f, "adviser");
	flow_at(f, "adviser");
}

static void adviser_number(struct flow *f)
{
	adviser(f);
	flow_keys(f, "4 '6");
}

static void adviser_missing(struct flow *f)
{
	adviser(f);
	flow_keys(f, "4 '0 Enter");
}

static void advice_nil(struct flow *f)
{
	adviser(f);
	flow_keys(f, "1");
	flow_at(f, "advice");
}

static void advice_serving(struct flow *f)
{
	adviser_number(f);
	flow_keys(f, "Enter Enter");
	flow_at(f, "advice");
}

static void advice_no_price(struct flow *f)
{
	advice_nil(f);
	f->s.now_wall_ms = INT64_C(1763800000000); /* before the first day of the price list */
}

static void topics(struct flow *f)
{
	open_service(f, "help");
	flow_at(f, "topics");
}

static void found(struct flow *f, unsigned n)
{
	const struct tg_topics t = {.list = {11, 4}, .n = n};
	struct tg_event ev = flow_ev(f, TG_EV_TOPICS);
	ev.topics = &t;
	flow_event(f, &ev);
}

static void topics_found(struct flow *f)
{
	topics(f);
	f->silent = true;
	flow_keys(f, "'п 'и 'н");
	for (int i = 0; i < 3; i++)
		found(f, 2);
}

static void topics_nothing(struct flow *f)
{
	topics(f);
	f->silent = true;
	flow_keys(f, "'z");
	found(f, 0);
}

static void topic(struct flow *f)
{
	topics_found(f);
	flow_keys(f, "Down Enter");
	flow_at(f, "topic");
}

static void about_first(struct flow *f)
{
	open_service(f, "first");
	flow_at(f, "about");
}

static void put(struct tg_companies *c, const char *inn, const char *name)
{
	(void)tg_copy(c->list[c->n].inn, sizeof c->list[0].inn, inn);
	(void)tg_copy(c->list[c->n++].name, sizeof c->list[0].name, name);
	c->count = (int)c->n;
}

static void told(struct flow *f, enum tg_status status, const char *product)
{
	static struct tg_companies c;
	struct tg_event ev = flow_ev(f, TG_EV_COMPANIES);
	memset(&c, 0, sizeof c);
	put(&c, "00102199910018", "«Ош Жибек Жолу» ЖЧК");
	put(&c, "01503200110025", "ОсОО «Ромашка»");
	put(&c, "02211201210033", "«Көк-Арт Ынтымак» айыл чарба кооперативи");
	(void)tg_copy(c.product, sizeof c.product, product);
	(void)tg_copy(c.number, sizeof c.number, "KG-K01-261122-000001-7");
	ev.status = status;
	ev.companies = status == TG_OK ? &c : NULL;
	flow_event(f, &ev);
}

/* Where the holder stands after the PIN. */
static void at_companies(struct flow *f)
{
	open_service(f, "companies");
	f->s.kind = &f->s.service->kinds[0];
	f->s.way = tg_provider_way(f->s.provider, "token");
	f->s.stage = TG_STAGE_COMPANIES;
	f->s.asked.companies = 1;
}

static void companies_asking(struct flow *f)
{
	at_companies(f);
}

static void companies(struct flow *f)
{
	at_companies(f);
	told(f, TG_OK, "complex-5");
	flow_keys(f, "Down Space");
}

static void companies_any(struct flow *f)
{
	at_companies(f);
	told(f, TG_OK, "complex-all");
}

static void companies_none(struct flow *f)
{
	at_companies(f);
	told(f, TG_NOT_FOUND, "");
}

static void companies_offline(struct flow *f)
{
	at_companies(f);
	told(f, TG_AGENT_DOWN, "");
}

static void over_leads(struct flow *f)
{
	open_service(f, "renew-cloud");
	flow_keys(f, "2"); /* the online order */
	flow_at(f, "questions");
	flow_keys(f, "Home Enter Down Enter");
	assert_int_equal(f->s.overlay, TG_OVERLAY_LEADS);
}

const struct scene golden_advice_scenes[] = {{"adviser", adviser}, {"adviser-number", adviser_number},
        {"adviser-missing", adviser_missing}, {"advice-nil", advice_nil}, {"advice-serving", advice_serving},
        {"advice-no-price", advice_no_price}, {"topics", topics}, {"topics-found", topics_found},
        {"topics-nothing", topics_nothing}, {"topic", topic}, {"about-first", about_first},
        {"companies-asking", companies_asking}, {"companies", companies}, {"companies-any", companies_any},
        {"companies-none", companies_none}, {"companies-offline", companies_offline}, {"over-leads", over_leads},
        {NULL, NULL}};
