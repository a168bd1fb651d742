/* ADVISER: the provider's questions. ADVICE: which certificates are needed, for whom, at what price and why; what they
 * cost together, and where to go on (DOS-5). */
#include "advice.h"
#include "questions.h"
#include "ways.h"

static unsigned advised(const struct tg_flow_state *s, struct tg_advised out[TG_ADVICE_MAX])
{
	char set[TG_CONDITIONS_BYTES], today[11];
	tg_adviser_conditions(s, set);
	tg_state_today(s, today);
	return tg_advice_lines(s->provider, set, today, out);
}

/* ---- ADVISER ---- */

static void done(struct tg_turn *t)
{
	tg_turn_go(t, TG_STAGE_ADVICE);
}

static void adviser_enter(struct tg_turn *t)
{
	t->s->notice = TG_OK;
	if (t->s->provider->n_adviser == 0) /* the loader asks for questions where there is such a service */
		tg_turn_go(t, TG_STAGE_SERVICE);
	else
		tg_question_focus(t->s);
}

static void adviser_choose(struct tg_turn *t, unsigned slot)
{
	tg_question_choose(t, slot, done);
}

static bool adviser_key(struct tg_turn *t)
{
	return tg_question_key(t, done);
}

static void to_services(struct tg_turn *t)
{
	tg_turn_go(t, TG_STAGE_SERVICE);
}

static void adviser_paint(struct tg_paint *p)
{
	p->v->title = tg_say(p, "title.adviser");
	tg_paint_text(p, "adviser.intro");
	tg_questions_paint(p);
}

/* ---- ADVICE ---- */

/* A service that sells one of these certificates. */
static bool sells(const struct tg_service *service, const struct tg_advised *list, unsigned n)
{
	for (unsigned k = 0; k < service->n_kinds; k++)
		for (unsigned c = 0; c < service->kinds[k].n_charges; c++)
			for (unsigned i = 0; i < n; i++)
				if (strcmp(service->kinds[k].charges[c].product, list[i].product->id) == 0)
					return true;
	return false;
}

/* Those that are open here, and pages about a first registration. */
#define GO_ON_MAX 8
static unsigned go_on_with(const struct tg_flow_state *s, const struct tg_service *out[GO_ON_MAX])
{
	struct tg_advised list[TG_ADVICE_MAX];
	unsigned found = 0, n = advised(s, list);
	for (unsigned i = 0; i < s->provider->n_services && found < GO_ON_MAX; i++) {
		const struct tg_service *service = &s->provider->services[i];
		bool page = tg_service_has_opens(service, "about") && service->n_lines > 0;
		if (service->open && (page || (sells(service, list, n) && tg_kinds_open(service) > 0)))
			out[found++] = service;
	}
	return found;
}

static bool any_of_each(const struct tg_advised *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (list[i].advice->each_company)
			return true;
	return false;
}

/* The source counts one head; each company served has one (sources, line 52): both sums stand side by side. */
struct sums {
	int64_t one, all;
	unsigned companies; /* of `all`, which is shown from two on */
	bool known;
};

static struct sums sums_of(const struct tg_flow_state *s, const struct tg_advised *list, unsigned n)
{
	struct sums sums = {.companies = any_of_each(list, n) ? tg_adviser_count(s) : 0};
	sums.known = tg_advice_sum(list, n, 1, &sums.one);
	if (!sums.known || sums.companies < 2 || !tg_advice_sum(list, n, sums.companies, &sums.all))
		sums.companies = 0;
	return sums;
}

/* Lines to be read: what is needed, then what it costs. */
static unsigned lines_of(const struct tg_flow_state *s)
{
	struct tg_advised list[TG_ADVICE_MAX];
	unsigned n = advised(s, list);
	return n == 0 ? 0 : n + (sums_of(s, list, n).companies > 0 ? 2 : 1);
}

/* The lines, where to go on, other services. */
static unsigned advice_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	const struct tg_service *services[GO_ON_MAX];
	(void)c;
	return lines_of(s) + go_on_with(s, services) + 1;
}

static void advice_choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	const struct tg_service *services[GO_ON_MAX];
	unsigned lines = lines_of(s), n = go_on_with(s, services);
	if (slot < lines) {
		s->focus = (int)slot + 1;
	} else if (slot - lines < n) {
		s->service = services[slot - lines];
		tg_turn_go(t, tg_stage_of_service(s->service));
	} else {
		to_services(t);
	}
}

static void advice_back(struct tg_turn *t)
{
	tg_turn_go(t, TG_STAGE_ADVISER);
}

static void paint_line(struct tg_paint *p, const struct tg_advised *line)
{
	const char *price = line->price ? tg_paint_money(p, line->price->amount) : tg_say(p, "advice.no-price");
	const char *label = TG_FILL(p, "advice.line", "product", tg_say(p, line->product->label), "price", price);
	struct tg_item *item = tg_paint_item(p, TG_ITEM_CHOICE, label, true);
	const char *holder = tg_say(p, line->product->holder), *reason = tg_say(p, line->advice->reason);
	const char *whose = TG_FILL(p, "advice.holder", "holder", holder);
	const char *why = TG_FILL(p, "advice.reason", "reason", reason);
	(void)snprintf(tg_paint_room(p), tg_paint_left(p), "%s\n%s", whose, why);
	item->value = tg_paint_keep(p);
}

static void paint_sum(struct tg_paint *p, const char *sentence)
{
	(void)tg_paint_item(p, TG_ITEM_NOTICE, sentence, true);
}

static void paint_sums(struct tg_paint *p, const struct tg_advised *list, unsigned n)
{
	const struct sums sums = sums_of(p->s, list, n);
	if (!sums.known) {
		paint_sum(p, tg_say(p, "advice.no-total"));
		return;
	}
	const char *one = tg_paint_money(p, sums.one);
	paint_sum(p, TG_FILL(p, sums.companies > 0 ? "advice.total-one" : "advice.total", "sum", one));
	if (sums.companies == 0)
		return;
	const char *all = tg_paint_money(p, sums.all), *count = tg_paint_number(p, sums.companies);
	paint_sum(p, TG_FILL(p, "advice.total-each", "count", count, "sum", all));
}

static void paint_day(struct tg_paint *p)
{
	char today[11];
	tg_state_today(p->s, today);
	TG_PAINT(p, TG_ITEM_TEXT, "advice.day", "date", tg_paint_iso_date(p, today));
}

static void advice_paint(struct tg_paint *p)
{
	struct tg_advised list[TG_ADVICE_MAX];
	const struct tg_service *services[GO_ON_MAX];
	unsigned n = advised(p->s, list), go = go_on_with(p->s, services);
	p->v->title = tg_say(p, "title.advice");
	if (n == 0)
		tg_paint_notice(p, "advice.none");
	else
		paint_day(p);
	for (unsigned i = 0; i < n; i++)
		paint_line(p, &list[i]);
	if (n > 0)
		paint_sums(p, list, n);
	for (unsigned i = 0; i < go; i++)
		(void)tg_paint_item(p, TG_ITEM_BUTTON, tg_say(p, services[i]->label), true);
	tg_paint_button(p, TG_ITEM_ID_OTHER_WAY, "advice.services");
}

const struct tg_stage_ops tg_stage_adviser = {
        .traits = TG_STAGE_USUAL | TG_STAGE_DIGITS | TG_STAGE_CARDS,
        .slots = tg_question_slots,
        .enter = adviser_enter,
        .leave = tg_forget_notice,
        .choose = adviser_choose,
        .key = adviser_key,
        .back = to_services,
        .paint = adviser_paint,
        .enter_label = "key.choose",
};

const struct tg_stage_ops tg_stage_advice = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CARDS,
        .slots = advice_slots,
        .choose = advice_choose,
        .back = advice_back,
        .paint = advice_paint,
        .enter_label = "key.continue",
};
