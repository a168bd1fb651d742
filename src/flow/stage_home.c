/* HOME: the first page after entering, with the news (DOS-9, seed 003), and what the cabinet offers (DOS-10). */
#include "cabinet.h"

enum entry { RENEW, ORDER, CERTIFICATES, APPLICATIONS, PIN, TRY, LEAVE, ENTRIES };

/* What the notice offers stands first (sources #49). */
static unsigned entries(const struct tg_flow_state *s, enum entry out[ENTRIES])
{
	unsigned places[TG_NOTICES_MAX], n = 0;
	for (unsigned e = 0; e < ENTRIES; e++)
		if (e > ORDER || tg_offers(s, e == ORDER, places) > 0)
			out[n++] = (enum entry)e;
	return n;
}

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	enum entry list[ENTRIES];
	return entries(s, list);
}

/* After a renewal the token holds other certificates than before. */
static void enter(struct tg_turn *t)
{
	t->s->notice = TG_OK;
	tg_turn_ask(t, TG_FX_CABINET, &t->s->asked.cabinet);
	if (t->s->cabinet.stale)
		tg_ask_certificates(t);
	else
		tg_ask_cloud(t);
}

static void change_pin(struct tg_turn *t)
{
	t->s->pin.then = TG_STAGE_HOME;
	tg_turn_go(t, TG_STAGE_PIN_CHANGE);
}

static void try_signature(struct tg_turn *t)
{
	t->s->cabinet.trying = true;
	tg_turn_go(t, TG_STAGE_ENTER);
}

/* One is shown at once; of several the person chooses. */
static void follow_notice(struct tg_turn *t, bool cloud)
{
	unsigned places[TG_NOTICES_MAX], n = tg_offers(t->s, cloud, places);
	t->s->cabinet.shown = n > 0 ? places[0] : 0;
	tg_turn_go(t, n == 1 ? TG_STAGE_CERTIFICATE : TG_STAGE_CERTIFICATES);
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	enum entry list[ENTRIES];
	if (s->asked.certificates > 0 || slot >= entries(s, list))
		return; /* which they are is not known yet */
	switch (list[slot]) {
	case RENEW:
	case ORDER:
		follow_notice(t, list[slot] == ORDER);
		break;
	case CERTIFICATES:
		tg_turn_go(t, TG_STAGE_CERTIFICATES);
		break;
	case APPLICATIONS:
		tg_turn_go(t, TG_STAGE_APPLICATIONS);
		break;
	case PIN:
		change_pin(t);
		break;
	case TRY:
		try_signature(t);
		break;
	case LEAVE:
	case ENTRIES:
		tg_cabinet_leave(t, TG_LEAVING_BY_HAND);
		break;
	}
}

static void back(struct tg_turn *t)
{
	tg_cabinet_leave(t, TG_LEAVING_BY_HAND);
}

static void take_news(struct tg_flow_state *s, const struct tg_cabinet_facts *came)
{
	struct tg_cabinet_facts *f = &s->cabinet.facts;
	memcpy(f->news, came->news, sizeof f->news);
	f->n_news = came->n_news < TG_NEWS_MAX ? came->n_news : TG_NEWS_MAX;
	memcpy(f->applications, came->applications, sizeof f->applications);
	f->n_applications =
	        came->n_applications < TG_SHOWN_APPLICATIONS_MAX ? came->n_applications : TG_SHOWN_APPLICATIONS_MAX;
}

static void take_certificates(struct tg_turn *t)
{
	t->s->cabinet.stale = false;
	if (tg_take_certificates(t) != TG_OK)
		tg_cabinet_leave(t, TG_LEAVING_PULLED);
	else
		tg_ask_cloud(t);
}

/* An entry more above the focus: who stands on one stays on it; at the top one stands on what is offered first. */
static void take_cloud(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	unsigned before = slots(t->c, s);
	tg_take_cloud(t);
	int focus = s->focus + (int)slots(t->c, s) - (int)before;
	if (s->focus > 0)
		s->focus = focus > 0 ? focus : 0;
}

static void event(struct tg_turn *t)
{
	if (t->ev->kind == TG_EV_CABINET && t->ev->cabinet)
		take_news(t->s, t->ev->cabinet);
	else if (t->ev->kind == TG_EV_CERTIFICATES)
		take_certificates(t);
	else if (t->ev->kind == TG_EV_CLOUD)
		take_cloud(t);
}

static void paint_greeting(struct tg_paint *p, const struct tg_held_certificate *c)
{
	bool organisation = c->organisation[0] != '\0';
	TG_PAINT(p, TG_ITEM_TEXT, organisation ? "home.greeting" : "home.greeting-person", "organisation",
	        c->organisation, "holder", c->holder);
}

static void paint_menu(struct tg_paint *p)
{
	static const char *const ids[ENTRIES] = {"home.renew", "home.order", "home.certificates", "home.applications",
	        "home.pin", "home.try", "home.leave"};
	enum entry list[ENTRIES];
	unsigned n = entries(p->s, list);
	for (unsigned i = 0; i < n; i++)
		(void)tg_paint_choice(p, tg_say(p, ids[list[i]]), NULL, NULL);
}

static void paint_news(struct tg_paint *p)
{
	const struct tg_cabinet_facts *f = &p->s->cabinet.facts;
	tg_paint_heading(p, "home.news");
	if (f->n_news == 0)
		tg_paint_text(p, p->s->asked.cabinet > 0 ? "home.news-reading" : "home.no-news");
	for (unsigned i = 0; i < f->n_news; i++) {
		const struct tg_shown_news *n = &f->news[i];
		struct tg_item *item = tg_paint_item(p, TG_ITEM_TEXT,
		        TG_FILL(p, "home.news-line", "date", tg_paint_date(p, n->time_ms), "title", n->title[p->lang]),
		        false);
		item->value = n->text[p->lang][0] != '\0' ? n->text[p->lang] : NULL;
	}
}

/* What a provider must tell, where its sentences have it: DosTek's on the data of a report (seed 003). */
static void paint_notice(struct tg_paint *p)
{
	char id[64];
	(void)snprintf(id, sizeof id, "home.notice.%s", p->s->provider->id);
	if (tg_text_has(p->c->i18n, p->lang, id))
		tg_paint_text(p, id);
}

static void paint(struct tg_paint *p)
{
	const struct tg_held_certificate *c = tg_cabinet_certificate(p->s);
	p->v->title = tg_say(p, "title.home");
	if (p->s->asked.certificates > 0) {
		tg_paint_notice(p, "company.reading");
		return;
	}
	tg_paint_notices(p);
	if (c)
		paint_greeting(p, c);
	paint_menu(p);
	tg_paint_cloud_unknown(p);
	paint_news(p);
	paint_notice(p);
}

const struct tg_stage_ops tg_stage_home = {
        .traits = TG_STAGE_USUAL | TG_STAGE_DIGITS | TG_STAGE_CABINET,
        .slots = slots,
        .enter = enter,
        .choose = choose,
        .back = back,
        .event = event,
        .paint = paint,
        .enter_label = "key.choose",
};

/* ---- APPLICATIONS ---- */

static void applications_back(struct tg_turn *t)
{
	tg_turn_go(t, TG_STAGE_HOME);
}

static void applications_choose(struct tg_turn *t, unsigned slot)
{
	(void)slot;
	applications_back(t);
}

static void applications_enter(struct tg_turn *t)
{
	tg_turn_ask(t, TG_FX_CABINET, &t->s->asked.cabinet); /* what was sent or registered meanwhile (K-15) */
}

static void applications_event(struct tg_turn *t)
{
	if (t->ev->kind == TG_EV_CABINET && t->ev->cabinet)
		take_news(t->s, t->ev->cabinet);
}

static void paint_application(struct tg_paint *p, const struct tg_shown_application *a)
{
	const struct tg_service *service = tg_provider_service(p->s->provider, a->service);
	const char *times[3];
	const char *line = TG_FILL(p, "applications.line", "number", a->number, "service",
	        service ? tg_say(p, service->label) : "", "state", tg_say_of(p, "app-state", a->state));
	unsigned n = tg_times_lines(p, a->accepted_ms, a->sent_ms, a->registered_ms, times);
	tg_paint_item(p, TG_ITEM_TEXT, line, false)->value = tg_paint_joined(p, times, n);
}

static void applications_paint(struct tg_paint *p)
{
	const struct tg_cabinet_facts *f = &p->s->cabinet.facts;
	p->v->title = tg_say(p, "title.applications");
	tg_paint_text(p, f->n_applications > 0 ? "applications.intro" : "applications.none");
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.to-home");
	for (unsigned i = 0; i < f->n_applications; i++)
		paint_application(p, &f->applications[i]);
}

const struct tg_stage_ops tg_stage_applications = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CABINET,
        .slots = tg_one_slot,
        .enter = applications_enter,
        .choose = applications_choose,
        .back = applications_back,
        .event = applications_event,
        .paint = applications_paint,
};
