/* CONSENT: the declarations of the form. Each tick is an act of its own (NCA-decl); nothing goes on without them. */
#include "medium.h"
#include "money.h"
#include "ways.h"

static unsigned at_most(unsigned n, size_t places)
{
	return n < places ? n : (unsigned)places;
}

static unsigned n_consents(const struct tg_flow_state *s)
{
	return at_most(tg_state_form(s)->n_consents, sizeof s->consents / sizeof s->consents[0]);
}

/* Space ticks as Enter does; on "continue" it does nothing. */
static bool space_ticks(struct tg_turn *t, bool *ticks, unsigned n)
{
	if (!tg_key_is_space(t->ev))
		return false;
	if ((unsigned)t->s->focus < n)
		ticks[t->s->focus] = !ticks[t->s->focus];
	return true;
}

static struct tg_item *paint_tick(struct tg_paint *p, unsigned id, const char *label, bool ticked)
{
	struct tg_item *item = tg_paint_item(p, TG_ITEM_CHECK, tg_say(p, label), true);
	item->id = (int)id;
	item->checked = ticked;
	return item;
}

/* The line that stopped the person has the focus; there it is said why. */
static bool missing(const struct tg_paint *p, unsigned line)
{
	return p->s->notice == TG_INVALID && (unsigned)p->s->focus == line;
}

static unsigned consent_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return n_consents(s) + 1;
}

/* An answer about open applications that came late is told now (K-16). */
static void go_on(struct tg_turn *t)
{
	bool told = t->s->open_agreed || t->s->open_number[0] == '\0';
	if (tg_request_used(t) || tg_order_refused(t))
		return;
	tg_turn_go(t, told ? tg_stage_after_consent(t->s) : TG_STAGE_OPEN);
}

static void consent_enter(struct tg_turn *t)
{
	t->s->notice = TG_OK;
	if (n_consents(t->s) == 0)
		go_on(t);
}

static void consent_choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	s->notice = TG_OK;
	if (slot < n_consents(s)) {
		s->consents[slot] = !s->consents[slot];
		return;
	}
	for (unsigned i = 0; i < n_consents(s); i++)
		if (!s->consents[i]) {
			s->notice = TG_INVALID;
			s->focus = (int)i;
			return;
		}
	go_on(t);
}

static bool consent_key(struct tg_turn *t)
{
	return space_ticks(t, t->s->consents, n_consents(t->s));
}

static void consent_back(struct tg_turn *t)
{
	tg_turn_go(t, TG_STAGE_REVIEW);
}

static void consent_paint(struct tg_paint *p)
{
	const struct tg_form *form = tg_state_form(p->s);
	p->v->title = tg_say(p, "title.consent");
	tg_paint_text(p, "consent.intro");
	for (unsigned i = 0; i < n_consents(p->s); i++) {
		const char *version = form->consents[i].version;
		struct tg_item *item = paint_tick(p, i, form->consents[i].text, p->s->consents[i]);
		item->mark = version ? TG_FILL(p, "consent.version", "version", version) : NULL;
		item->error = missing(p, i) ? tg_say(p, "consent.missing") : NULL;
	}
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.continue");
}

const struct tg_stage_ops tg_stage_consent = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CARDS | TG_STAGE_PROVEN,
        .slots = consent_slots,
        .enter = consent_enter,
        .leave = tg_forget_notice,
        .choose = consent_choose,
        .key = consent_key,
        .back = consent_back,
        .paint = consent_paint,
        .enter_label = "key.tick",
};
