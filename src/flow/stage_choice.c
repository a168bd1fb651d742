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

/* Whether the line can be chosen. */
typedef bool line_open(const struct tg_flow_config *c, const struct tg_flow_state *s, unsigned line);

/* How many can be chosen before this line: its slot; of all lines: how many there are. */
static unsigned slot_of(const struct tg_flow_config *c, const struct tg_flow_state *s, line_open *open, unsigned line)
{
	unsigned slot = 0;
	for (unsigned i = 0; i < line; i++)
		slot += open(c, s, i);
	return slot;
}

/* `slot` is one of them. */
static unsigned line_of(const struct tg_flow_config *c, const struct tg_flow_state *s, line_open *open, unsigned slot)
{
	unsigned line = 0;
	while (!open(c, s, line) || slot-- > 0)
		line++;
	return line;
}

static bool provider_open(const struct tg_flow_config *c, const struct tg_flow_state *s, unsigned line)
{
	return s->services == TG_OK && tg_service_open(&c->catalog->providers[line]);
}

static unsigned provider_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	return slot_of(c, s, provider_open, c->catalog->n_providers);
}

static void provider_enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->services_ms = s->now_ms;
	(void)tg_turn_emit(t, TG_FX_CHECK_SERVICES);
	for (unsigned i = 0; i < t->c->catalog->n_providers; i++)
		if (&t->c->catalog->providers[i] == s->provider)
			s->focus = (int)slot_of(t->c, s, provider_open, i);
}

static void provider_choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	const struct tg_provider *provider = &t->c->catalog->providers[line_of(t->c, s, provider_open, slot)];
	if (s->provider != provider)
		s->service = NULL;
	s->provider = provider;
	tg_turn_go(t, TG_STAGE_SERVICE);
}

/* Nothing was chosen yet: nothing is lost. Else the question is asked. */
static void provider_back(struct tg_turn *t)
{
	if (t->s->kind)
		tg_overlay_open(t, TG_OVERLAY_CANCEL);
	else
		tg_turn_go(t, TG_STAGE_WIPING);
}

static void provider_paint(struct tg_paint *p)
{
	p->v->title = tg_say(p, "title.provider");
	if (p->s->services != TG_OK)
		tg_paint_status(p, p->s->services);
	for (unsigned i = 0; i < p->c->catalog->n_providers; i++) {
		const struct tg_provider *provider = &p->c->catalog->providers[i];
		const char *why_not = tg_service_open(provider) ? "choice.not-now" : "choice.not-here";
		paint_choice(p, provider->label, provider_open(p->c, p->s, i), why_not);
	}
}

/* Numbers of the queue are given out at some kiosks only. */
static bool without_queue(const struct tg_flow_config *c, const struct tg_service *service)
{
	return !c->tickets && tg_service_has_opens(service, "ticket");
}

static bool service_open(const struct tg_flow_config *c, const struct tg_flow_state *s, unsigned line)
{
	const struct tg_service *service = &s->provider->services[line];
	return service->open && !without_queue(c, service);
}

static unsigned service_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	return slot_of(c, s, service_open, s->provider->n_services);
}

static void service_enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	for (unsigned i = 0; i < s->provider->n_services; i++)
		if (&s->provider->services[i] == s->service)
			s->focus = (int)slot_of(t->c, s, service_open, i);
}

static void service_choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	s->service = &s->provider->services[line_of(t->c, s, service_open, slot)];
	tg_turn_go(t, tg_stage_of_service(s->service));
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

static bool kind_open(const struct tg_flow_config *c, const struct tg_flow_state *s, unsigned line)
{
	(void)c;
	return s->service->kinds[line].form != NULL;
}

static unsigned kind_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	return slot_of(c, s, kind_open, s->service->n_kinds);
}

static void kind_choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	const struct tg_kind *old = s->kind, *kind = &s->service->kinds[line_of(t->c, s, kind_open, slot)];
	bool led = s->led && old && old->form;
	s->kind = kind;
	if (kind != old && led)
		tg_answers_carry(s, old);
	else if (kind != old)
		tg_answers_begin(s);
	if (led)
		s->way = NULL; /* perhaps the same service, on another way */
	s->carrier_then = TG_STAGE_FORM;
	tg_turn_go(t, TG_STAGE_WAY);
}

/* A list of one is no question. */
static void kind_enter(struct tg_turn *t)
{
	if (tg_kinds_open(t->s->service) == 1) {
		kind_choose(t, 0);
		return;
	}
	for (unsigned i = 0; i < t->s->service->n_kinds; i++)
		if (&t->s->service->kinds[i] == t->s->kind)
			t->s->focus = (int)slot_of(t->c, t->s, kind_open, i);
}

static void kind_back(struct tg_turn *t)
{
	tg_turn_go(t, TG_STAGE_SERVICE);
}

static void kind_paint(struct tg_paint *p)
{
	p->v->title = tg_say(p, "title.kind");
	for (unsigned i = 0; i < p->s->service->n_kinds; i++)
		paint_choice(p, p->s->service->kinds[i].label, kind_open(p->c, p->s, i), "choice.not-here");
}

const struct tg_stage_ops tg_stage_provider = {
        .traits = TG_STAGE_USUAL | TG_STAGE_DIGITS | TG_STAGE_CARDS,
        .slots = provider_slots,
        .enter = provider_enter,
        .choose = provider_choose,
        .back = provider_back,
        .event = tg_resume_found,
        .paint = provider_paint,
        .enter_label = "key.choose",
};

const struct tg_stage_ops tg_stage_service = {
        .traits = TG_STAGE_USUAL | TG_STAGE_DIGITS | TG_STAGE_CARDS,
        .slots = service_slots,
        .enter = service_enter,
        .choose = service_choose,
        .back = service_back,
        .event = tg_resume_found,
        .paint = service_paint,
        .enter_label = "key.choose",
};

const struct tg_stage_ops tg_stage_kind = {
        .traits = TG_STAGE_USUAL | TG_STAGE_DIGITS | TG_STAGE_CARDS,
        .slots = kind_slots,
        .enter = kind_enter,
        .choose = kind_choose,
        .back = kind_back,
        .event = tg_resume_found,
        .paint = kind_paint,
        .enter_label = "key.choose",
};
