/* PROVIDER, SERVICE, KIND: numbered lists; what is not offered here is shown and says so (K-14). */
#include "questions.h"
#include "ways.h"

static const char *const numbers[] = {"1", "2", "3", "4", "5", "6", "7", "8", "9", "0"};

/* One line of a list. Only what can be chosen has a number: it is the digit that chooses it. */
static void paint_choice(struct tg_paint *p, const char *label, bool open, const char *why_not)
{
	size_t slot = (size_t)p->slot;
	struct tg_item *item = tg_paint_item(p, TG_ITEM_CHOICE, tg_say(p, label), open);
	item->locked = !open;
	item->mark = open ? NULL : tg_say(p, why_not);
	item->number = open && slot < sizeof numbers / sizeof numbers[0] ? numbers[slot] : NULL;
}

/* All have one way to a resumption: an answer about the card may come late. */
static void look_for_unfinished(struct tg_turn *t)
{
	if (t->ev->kind == TG_EV_UNFINISHED && t->s->unfinished_number[0] != '\0')
		tg_turn_go(t, TG_STAGE_RESUME);
}

static bool offered(const struct tg_flow_state *s, const struct tg_provider *provider)
{
	return s->services == TG_OK && tg_service_open(provider);
}

static unsigned provider_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	unsigned n = 0;
	for (unsigned i = 0; i < c->catalog->n_providers; i++)
		n += offered(s, &c->catalog->providers[i]);
	return n;
}

static void provider_enter(struct tg_turn *t)
{
	t->s->services_ms = t->s->now_ms;
	(void)tg_turn_emit(t, TG_FX_CHECK_SERVICES);
	unsigned slot = 0;
	for (unsigned i = 0; i < t->c->catalog->n_providers; i++) {
		if (&t->c->catalog->providers[i] == t->s->provider)
			t->s->focus = (int)slot;
		slot += offered(t->s, &t->c->catalog->providers[i]);
	}
}

static void provider_choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	for (unsigned i = 0; i < t->c->catalog->n_providers; i++) {
		const struct tg_provider *provider = &t->c->catalog->providers[i];
		if (!offered(s, provider) || slot-- > 0)
			continue;
		if (s->provider != provider)
			s->service = NULL;
		s->provider = provider;
		tg_turn_go(t, TG_STAGE_SERVICE);
		return;
	}
}

/* Nothing was chosen yet: nothing is lost. Else the question is asked. */
static void provider_back(struct tg_turn *t)
{
	if (t->s->kind)
		tg_overlay_open(t, TG_OVERLAY_CANCEL);
	else
		tg_turn_go(t, TG_STAGE_WIPING);
}

static void paint_provider(struct tg_paint *p, const struct tg_provider *provider)
{
	const char *why_not = tg_service_open(provider) ? "choice.not-now" : "choice.not-here";
	paint_choice(p, provider->label, offered(p->s, provider), why_not);
}

static void provider_paint(struct tg_paint *p)
{
	p->v->title = tg_say(p, "title.provider");
	if (p->s->services != TG_OK)
		tg_paint_status(p, p->s->services);
	for (unsigned i = 0; i < p->c->catalog->n_providers; i++)
		paint_provider(p, &p->c->catalog->providers[i]);
}

/* Numbers of the queue are given out at some kiosks only. */
static bool without_queue(const struct tg_flow_config *c, const struct tg_service *service)
{
	return !c->tickets && tg_service_has_opens(service, "ticket");
}

static bool service_offered(const struct tg_flow_config *c, const struct tg_service *service)
{
	return service->open && !without_queue(c, service);
}

static unsigned service_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	unsigned n = 0;
	for (unsigned i = 0; i < s->provider->n_services; i++)
		n += service_offered(c, &s->provider->services[i]);
	return n;
}

static void service_enter(struct tg_turn *t)
{
	unsigned slot = 0;
	for (unsigned i = 0; i < t->s->provider->n_services; i++) {
		if (&t->s->provider->services[i] == t->s->service)
			t->s->focus = (int)slot;
		slot += service_offered(t->c, &t->s->provider->services[i]);
	}
}

static void service_choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	for (unsigned i = 0; i < s->provider->n_services; i++) {
		if (!service_offered(t->c, &s->provider->services[i]) || slot-- > 0)
			continue;
		s->service = &s->provider->services[i];
		tg_turn_go(t, tg_stage_of_service(s->service));
		return;
	}
}

static void service_back(struct tg_turn *t)
{
	tg_turn_go(t, TG_STAGE_PROVIDER);
}

static void service_paint(struct tg_paint *p)
{
	p->v->title = tg_say(p, "title.service");
	for (unsigned i = 0; i < p->s->provider->n_services; i++) {
		const struct tg_service *service = &p->s->provider->services[i];
		bool inside = tg_service_is(service, "renew") || tg_service_is(service, "replace");
		if (without_queue(p->c, service))
			continue;
		if (service->open || !inside) /* what the cabinet offers is found there */
			paint_choice(p, service->label, service->open, "choice.not-here");
	}
}

static unsigned kind_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return tg_kinds_open(s->service);
}

static void kind_choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	for (unsigned i = 0; i < s->service->n_kinds; i++) {
		const struct tg_kind *kind = &s->service->kinds[i];
		if (!kind->form || slot-- > 0)
			continue;
		bool other = s->kind != kind;
		bool led = s->led && s->kind && s->kind->form;
		const struct tg_kind *old = s->kind;
		s->kind = kind;
		if (other && led)
			tg_answers_carry(s, old);
		else if (other)
			tg_answers_begin(s);
		if (led)
			s->way = NULL; /* perhaps the same service, on another way */
		s->carrier_then = TG_STAGE_FORM;
		tg_turn_go(t, TG_STAGE_WAY);
		return;
	}
}

/* A list of one is no question. */
static void kind_enter(struct tg_turn *t)
{
	if (tg_kinds_open(t->s->service) == 1) {
		kind_choose(t, 0);
		return;
	}
	unsigned slot = 0;
	for (unsigned i = 0; i < t->s->service->n_kinds; i++) {
		if (&t->s->service->kinds[i] == t->s->kind)
			t->s->focus = (int)slot;
		slot += t->s->service->kinds[i].form != NULL;
	}
}

static void kind_back(struct tg_turn *t)
{
	tg_turn_go(t, TG_STAGE_SERVICE);
}

static void kind_paint(struct tg_paint *p)
{
	p->v->title = tg_say(p, "title.kind");
	for (unsigned i = 0; i < p->s->service->n_kinds; i++)
		paint_choice(p, p->s->service->kinds[i].label, p->s->service->kinds[i].form != NULL, "choice.not-here");
}

#define TRAITS (TG_STAGE_DIGITS | TG_STAGE_CANCEL | TG_STAGE_TIMED | TG_STAGE_BACK | TG_STAGE_CARDS | TG_STAGE_PERSON)

const struct tg_stage_ops tg_stage_provider = {
        .traits = TRAITS,
        .slots = provider_slots,
        .enter = provider_enter,
        .choose = provider_choose,
        .back = provider_back,
        .event = look_for_unfinished,
        .paint = provider_paint,
        .enter_label = "key.choose",
};

const struct tg_stage_ops tg_stage_service = {
        .traits = TRAITS,
        .slots = service_slots,
        .enter = service_enter,
        .choose = service_choose,
        .back = service_back,
        .event = look_for_unfinished,
        .paint = service_paint,
        .enter_label = "key.choose",
};

const struct tg_stage_ops tg_stage_kind = {
        .traits = TRAITS,
        .slots = kind_slots,
        .enter = kind_enter,
        .choose = kind_choose,
        .back = kind_back,
        .event = look_for_unfinished,
        .paint = kind_paint,
        .enter_label = "key.choose",
};
