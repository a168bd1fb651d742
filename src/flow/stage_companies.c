/* COMPANIES: whom a complex certificate serves, told to its holder only, after the PIN; who is to go is ticked off
 * here, who is to come is typed into the form (DOS-6). */
#include "cabinet.h"
#include "companies.h"

static bool waits(const struct tg_flow_state *s)
{
	return s->asked.companies > 0;
}

/* The companies, "continue", the end; without a list: again, the end. */
static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return waits(s) ? 0 : (s->change.known ? s->change.now.n : 0) + 2;
}

static void ask(struct tg_turn *t)
{
	t->s->notice = TG_OK;
	tg_turn_ask(t, TG_FX_COMPANIES, &t->s->asked.companies);
}

static void enter(struct tg_turn *t)
{
	if (!t->s->change.known)
		ask(t);
}

/* Those that were ticked off become the answer of the form's field. Where the whole list is known, there is nothing to
 * be typed into it. */
static void put_removed(struct tg_flow_state *s)
{
	const struct tg_companies *now = &s->change.now;
	const struct tg_form *form = tg_state_form(s);
	for (unsigned i = 0; i < tg_state_fields(s); i++) {
		struct tg_answer *a = &s->answers[i];
		size_t at = 0;
		if (form->fields[i].kind != TG_FIELD_COMPANIES_REMOVED)
			continue;
		memset(a, 0, sizeof *a);
		for (unsigned k = 0; k < now->n; k++) {
			size_t need = strlen(now->list[k].inn) + strlen(now->list[k].name) + 3;
			if (s->change.removed[k] && at + need < sizeof a->value)
				at += (size_t)snprintf(a->value + at, sizeof a->value - at, "%s%s %s",
				        at > 0 ? "\n" : "", now->list[k].inn, now->list[k].name);
		}
		a->by = now->count == (int)now->n ? TG_BY_CERTIFICATE : TG_BY_PERSON;
	}
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	unsigned n = s->change.known ? s->change.now.n : 0;
	if (slot < n) {
		s->change.removed[slot] = !s->change.removed[slot];
	} else if (slot > n) {
		tg_turn_go(t, TG_STAGE_WIPING);
	} else if (!s->change.known) {
		ask(t);
	} else {
		put_removed(s);
		tg_turn_go(t, TG_STAGE_FORM);
	}
}

static bool key(struct tg_turn *t)
{
	if (!tg_key_is_space(t->ev))
		return false;
	if (t->s->change.known && (unsigned)t->s->focus < t->s->change.now.n)
		choose(t, (unsigned)t->s->focus);
	return true;
}

static void back(struct tg_turn *t)
{
	if (!waits(t->s))
		tg_turn_go(t, TG_STAGE_DEVICES);
}

static void event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (t->ev->kind != TG_EV_COMPANIES)
		return;
	s->focus = 0;
	s->notice = t->ev->status;
	memset(&s->change, 0, sizeof s->change);
	if (t->ev->status != TG_OK || !t->ev->companies)
		return;
	s->change.now = *t->ev->companies;
	if (s->change.now.n > TG_COMPANIES_MAX)
		s->change.now.n = TG_COMPANIES_MAX;
	s->change.known = true;
}

/* ---- painting ---- */

static void paint_limit(struct tg_paint *p)
{
	const struct tg_companies *now = &p->s->change.now;
	const struct tg_product *product = tg_provider_product(p->s->provider, now->product);
	int max = product ? product->companies_max : 0;
	if (product)
		tg_paint_heading(p, product->label);
	TG_PAINT(p, TG_ITEM_TEXT, max > 0 ? "companies.count-of" : "companies.count", "count",
	        tg_paint_number(p, now->count), "max", tg_paint_number(p, max));
}

static void paint_company(struct tg_paint *p, unsigned i)
{
	const struct tg_company *c = &p->s->change.now.list[i];
	const char *label = TG_FILL(p, "companies.line", "inn", c->inn, "name", c->name[0] != '\0' ? c->name : c->inn);
	struct tg_item *item = tg_paint_item(p, TG_ITEM_CHECK, label, true);
	item->checked = !p->s->change.removed[i];
	item->mark = p->s->change.removed[i] ? tg_say(p, "companies.goes") : NULL;
}

static void paint_price(struct tg_paint *p)
{
	const struct tg_price *price = tg_company_price(p->s);
	const char *text = price ? TG_FILL(p, "companies.price", "price", tg_paint_money(p, price->amount))
	                         : tg_say(p, "companies.no-price");
	tg_paint_line(p, TG_ITEM_NOTICE, text);
}

static void paint_list(struct tg_paint *p)
{
	const struct tg_companies *now = &p->s->change.now;
	paint_limit(p);
	tg_paint_text(p, "companies.intro");
	paint_price(p);
	for (unsigned i = 0; i < now->n; i++)
		paint_company(p, i);
	if (now->count > (int)now->n)
		tg_paint_text(p, "companies.more");
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.continue");
	tg_paint_button(p, TG_ITEM_ID_LEAVE, "button.finish");
}

static void paint_trouble(struct tg_paint *p)
{
	if (p->s->notice == TG_NOT_FOUND)
		tg_paint_notice(p, "companies.none");
	else if (p->s->notice != TG_OK)
		tg_paint_status(p, p->s->notice);
	tg_paint_contact(p);
	tg_paint_button(p, TG_ITEM_ID_RETRY, "button.retry");
	tg_paint_button(p, TG_ITEM_ID_LEAVE, "button.finish");
}

static void paint(struct tg_paint *p)
{
	p->v->title = tg_say(p, "title.companies");
	if (waits(p->s))
		tg_paint_notice(p, "companies.asking");
	else
		(p->s->change.known ? paint_list : paint_trouble)(p);
}

const struct tg_stage_ops tg_stage_companies = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CABINET,
        .slots = slots,
        .enter = enter,
        .leave = tg_forget_notice,
        .choose = choose,
        .key = key,
        .back = back,
        .event = event,
        .paint = paint,
        .enter_label = "key.choose",
};
