/* ABOUT: what the service rests on, what it costs, how long it takes, where to ask (NCA-0, 3, 4, 7, 8, 13, 16, 17,
 * DOS-12); or the service's own page (DOS-0). A repealed text is never called the law in force. */
#include "advice.h"
#include "cabinet.h"
#include "ways.h"

unsigned tg_contacts_slots(const struct tg_provider *p)
{
	return p->n_contacts > 0 ? p->n_contacts : 1;
}

static bool own_page(const struct tg_flow_state *s)
{
	return s->service && s->service->n_lines > 0;
}

/* Each paragraph is a line that the focus can stand on, so that the page turns and is heard line by line (P-3). */
static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	const struct tg_provider *v = s->provider;
	unsigned n = tg_contacts_slots(v);
	(void)c;
	if (own_page(s))
		return s->service->n_lines + 1;
	for (unsigned i = 0; i < v->n_basis; i++)
		n += v->basis[i].repealed_by ? 2 : 1;
	return n + v->n_terms + 1;
}

static void line(struct tg_paint *p, enum tg_item_kind kind, const char *sentence)
{
	(void)tg_paint_item(p, kind, sentence, true);
}

static void choose(struct tg_turn *t, unsigned slot)
{
	(void)slot;
	tg_turn_go(t, TG_STAGE_SERVICE);
}

static void back(struct tg_turn *t)
{
	tg_turn_go(t, TG_STAGE_SERVICE);
}

static void paint_basis(struct tg_paint *p, const struct tg_legal_basis *b)
{
	if (b->repealed_by)
		line(p, TG_ITEM_NOTICE,
		        TG_FILL(p, "about.repealed", "order", b->repealed_by, "date",
		                b->repealed_date ? b->repealed_date : ""));
	line(p, TG_ITEM_TEXT, tg_say(p, b->text));
}

static void paint_term(struct tg_paint *p, const struct tg_term *t)
{
	bool hours = t->minutes > 0 && t->minutes % 60 == 0;
	const char *id = t->working_days > 0 ? "about.days"
	                 : t->days > 0       ? "about.calendar-days"
	                 : hours             ? "about.hours"
	                                     : "about.minutes";
	int n = t->working_days + t->days + (hours ? t->minutes / 60 : t->minutes);
	line(p, TG_ITEM_TEXT, TG_FILL(p, id, "what", tg_say(p, t->label), "count", tg_paint_number(p, n)));
}

void tg_paint_contacts(struct tg_paint *p)
{
	const struct tg_provider *v = p->s->provider;
	for (unsigned i = 0; i < v->n_contacts; i++)
		line(p, TG_ITEM_TEXT, tg_say(p, v->contacts[i].text));
	if (v->n_contacts == 0)
		line(p, TG_ITEM_TEXT, tg_say(p, v->contact));
}

static void paint_own_page(struct tg_paint *p)
{
	const struct tg_service *service = p->s->service;
	p->v->title = tg_say(p, service->label);
	for (unsigned i = 0; i < service->n_lines; i++)
		line(p, TG_ITEM_TEXT, tg_say(p, service->lines[i].text));
}

static void paint_provider(struct tg_paint *p)
{
	const struct tg_provider *v = p->s->provider;
	p->v->title = tg_say(p, "title.about");
	for (unsigned i = 0; i < v->n_basis; i++)
		paint_basis(p, &v->basis[i]);
	tg_paint_contacts(p);
	for (unsigned i = 0; i < v->n_terms; i++)
		paint_term(p, &v->terms[i]);
}

static void paint(struct tg_paint *p)
{
	(own_page(p->s) ? paint_own_page : paint_provider)(p);
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.close");
}

const struct tg_stage_ops tg_stage_about = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CARDS,
        .slots = slots,
        .choose = choose,
        .back = back,
        .paint = paint,
        .enter_label = "key.continue",
};
