/* IDLE: four languages, each in its own words, and nothing of the last person (K-1). */
#include "desk.h"

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c, (void)s;
	return TG_LANG_COUNT;
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	s->lang = (enum tg_lang)slot;
	if (s->token.serial[0] == '\0' && s->asked.token == 0)
		tg_turn_ask_token(t); /* a card that was in the reader already when the last journey ended */
	tg_turn_go(t, s->unfinished_number[0] != '\0' ? TG_STAGE_RESUME : TG_STAGE_PROVIDER);
}

/* Staff come in with their own token (P-5); a kiosk that knows no staff offers nothing. */
static bool key(struct tg_turn *t)
{
	if (t->ev->action != TG_ACTION_STAFF || !tg_desk_offered(t->c))
		return false;
	tg_desk_begin(t);
	return true;
}

static void paint(struct tg_paint *p)
{
	static const char *const numbers[] = {"1", "2", "3", "4"};
	p->v->title = tg_say(p, "app.title");
	for (int l = 0; l < TG_LANG_COUNT; l++) {
		enum tg_lang lang = (enum tg_lang)l;
		struct tg_item *item = tg_paint_item(p, TG_ITEM_CHOICE, tg_lang_name(lang), true);
		item->number = numbers[l];
		item->mark = tg_text(p->c->i18n, lang, "idle.choose");
	}
	for (int l = 0; l < TG_LANG_COUNT; l++) {
		enum tg_lang lang = (enum tg_lang)l;
		if (p->s->services != TG_OK)
			tg_paint_line(p, TG_ITEM_ERROR, tg_paint_trouble_text(p, lang, p->s->services));
		else if (p->c->sandbox)
			tg_paint_line(p, TG_ITEM_NOTICE, tg_text(p->c->i18n, lang, "idle.sandbox"));
		if (p->s->reader.card)
			tg_paint_line(p, TG_ITEM_NOTICE, tg_text(p->c->i18n, lang, "idle.card-in"));
	}
}

const struct tg_stage_ops tg_stage_idle = {
        .traits = TG_STAGE_DIGITS | TG_STAGE_CARDS,
        .slots = slots,
        .choose = choose,
        .key = key,
        .paint = paint,
        .enter_label = "key.choose",
};
