/* The notice of a near end, on the token and in E-Cloud, and the order of the next certificate from it (DOS-3, DOS-10,
 * sources #49). How many days before the end, and by which service, is the provider's data. */
#include "cabinet.h"
#include "questions.h"
#include "ways.h"

#define DAY_MS INT64_C(86400000)

unsigned tg_held_count(const struct tg_flow_state *s)
{
	return s->cabinet.facts.n_certificates + s->cabinet.facts.n_in_cloud;
}

const struct tg_held_certificate *tg_held(const struct tg_flow_state *s, unsigned at)
{
	const struct tg_cabinet_facts *f = &s->cabinet.facts;
	if (at < f->n_certificates)
		return &f->certificates[at];
	at -= f->n_certificates;
	return at < f->n_in_cloud ? &f->in_cloud[at] : NULL;
}

/* A person without an organisation is told of what is the person's own. */
static bool same_company(const struct tg_held_certificate *a, const struct tg_held_certificate *b)
{
	return tg_same(a->organisation_number, b->organisation_number) &&
	       (a->organisation_number[0] != '\0' || tg_same(a->personal_number, b->personal_number));
}

static bool usable(const struct tg_held_certificate *c)
{
	return c->status == TG_OK && !c->foreign;
}

/* The end is near when it is for the centre that judges an order: to the millisecond, not by whole days. */
static bool near_end(const struct tg_flow_state *s, const struct tg_held_certificate *c)
{
	int64_t left = c->until_ms - s->now_wall_ms;
	return left > 0 && left <= s->provider->notice_days * DAY_MS;
}

/* The next one is there already: nothing more to be told. */
static bool has_next(const struct tg_flow_state *s, const struct tg_held_certificate *c)
{
	for (unsigned i = 0; i < tg_held_count(s); i++) {
		const struct tg_held_certificate *o = tg_held(s, i);
		if (o != c && o->cloud == c->cloud && usable(o) && o->until_ms > c->until_ms && same_company(o, c) &&
		        tg_same(o->personal_number, c->personal_number) && tg_same(o->title, c->title) &&
		        o->signs == c->signs && o->authenticates == c->authenticates)
			return true;
	}
	return false;
}

/* Told of: near the end, and without a next one. */
static unsigned notices(const struct tg_flow_state *s, bool cloud, unsigned *out)
{
	const struct tg_held_certificate *entered = tg_cabinet_certificate(s);
	unsigned n = 0;
	for (unsigned i = 0; entered && i < tg_held_count(s) && n < TG_NOTICES_MAX; i++) {
		const struct tg_held_certificate *c = tg_held(s, i);
		if (c->cloud == cloud && usable(c) && near_end(s, c) && same_company(c, entered) && !has_next(s, c))
			out[n++] = i;
	}
	return n;
}

unsigned tg_offers(const struct tg_flow_state *s, bool cloud, unsigned *out)
{
	unsigned n = 0, told = notices(s, cloud, out);
	for (unsigned i = 0; i < told; i++)
		if ((cloud ? tg_can_order : tg_can_renew)(s, tg_held(s, out[i])))
			out[n++] = out[i];
	return n;
}

/* ---- the order ---- */

static bool cloud_asked(const struct tg_flow_state *s)
{
	const struct tg_held_certificate *c = tg_cabinet_certificate(s);
	return c && s->provider->order_service && c->organisation_number[0] != '\0';
}

void tg_ask_cloud(struct tg_turn *t)
{
	if (cloud_asked(t->s))
		tg_turn_ask(t, TG_FX_CLOUD, &t->s->asked.cloud);
}

void tg_take_cloud(struct tg_turn *t)
{
	struct tg_cabinet *c = &t->s->cabinet;
	const struct tg_cabinet_facts *came = t->ev->cabinet;
	c->cloud = t->ev->status;
	if (t->ev->status != TG_OK || !came)
		return; /* what was known before still helps */
	memcpy(c->facts.in_cloud, came->in_cloud, sizeof c->facts.in_cloud);
	c->facts.n_in_cloud =
	        came->n_in_cloud < TG_CLOUD_CERTIFICATES_MAX ? came->n_in_cloud : TG_CLOUD_CERTIFICATES_MAX;
}

bool tg_can_order(const struct tg_flow_state *s, const struct tg_held_certificate *c)
{
	const char *id = s->provider->order_service;
	const struct tg_service *service = id ? tg_provider_service(s->provider, id) : NULL;
	bool open = service && service->open && service->n_kinds > 0 && service->kinds[0].form;
	return open && c->cloud && c->order == TG_OK && near_end(s, c) && !has_next(s, c);
}

/* Up to how many days the making of an order takes; 0: not said. */
static int order_days(const struct tg_flow_state *s)
{
	const struct tg_term *term = tg_provider_term(s->provider, "cloud-order");
	return term ? term->days : 0;
}

void tg_order_begin(struct tg_turn *t, const struct tg_held_certificate *c)
{
	struct tg_flow_state *s = t->s;
	unsigned asked[TG_QUESTIONS_MAX];
	s->service = tg_provider_service(s->provider, s->provider->order_service);
	s->kind = &s->service->kinds[0];
	tg_answers_begin(s);
	s->way = tg_provider_way(s->provider, s->provider->order_way);
	s->cabinet.ordering = true;
	tg_fill_from_certificate(s, c);
	tg_turn_go(t, tg_questions_asked(s, asked) > 0 ? TG_STAGE_QUESTIONS : tg_stage_after_choices(s));
}

/* ---- painting ---- */

static void paint_notice(struct tg_paint *p, const struct tg_held_certificate *c)
{
	bool offered = c->cloud ? tg_can_order(p->s, c) : tg_can_renew(p->s, c);
	const char *who = c->title[0] != '\0' ? TG_FILL(p, "certificate.who", "holder", c->holder, "position", c->title)
	                                      : c->holder;
	const char *id = c->cloud ? "home.cloud-expiry" : "home.expiry";
	if (!offered)
		id = c->cloud ? "home.cloud-expiry-office" : "home.expiry-office";
	TG_PAINT(p, TG_ITEM_NOTICE, id, "certificate", who, "date", tg_paint_date(p, c->until_ms), "days",
	        tg_paint_number(p, tg_days_left(p->s, c)), "term", tg_paint_number(p, order_days(p->s)));
}

void tg_paint_notices(struct tg_paint *p)
{
	for (int cloud = 0; cloud <= 1; cloud++) {
		unsigned places[TG_NOTICES_MAX], n = notices(p->s, cloud, places);
		for (unsigned i = 0; i < n; i++)
			paint_notice(p, tg_held(p->s, places[i]));
	}
}

/* Nobody is kept from anything: it is said, no more. A certificate that the centre does not know has nothing there. */
void tg_paint_cloud_unknown(struct tg_paint *p)
{
	enum tg_status st = p->s->cabinet.cloud;
	if (st != TG_OK && st != TG_NOT_FOUND && p->s->asked.cloud == 0 && cloud_asked(p->s))
		tg_paint_text(p, "home.cloud-unknown");
}

void tg_paint_order_terms(struct tg_paint *p)
{
	TG_PAINT(p, TG_ITEM_NOTICE, "certificate.order-terms", "term", tg_paint_number(p, order_days(p->s)));
}
