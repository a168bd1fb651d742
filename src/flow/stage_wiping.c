/* WIPING: every way out leads here; the person's data are gone from the state before the next event (K-1, K-2, K-11).
 * OUT_OF_SERVICE: our own mistake; nothing of a person is left on the screen. */
#include "parts.h"

static void wiping_enter(struct tg_turn *t)
{
	enum tg_lang lang = t->s->lang;
	tg_state_erase(t->s);
	t->s->lang = lang; /* until the words "is being erased" are off the screen */
	(void)tg_turn_emit(t, TG_FX_CLEAR_PIN);
	(void)tg_turn_emit(t, TG_FX_WIPE);
}

static void wiping_event(struct tg_turn *t)
{
	if (t->ev->kind != TG_EV_WIPED)
		return;
	tg_state_erase(t->s);
	tg_turn_go(t, TG_STAGE_IDLE);
	t->s->services_ms = t->s->now_ms;
	(void)tg_turn_emit(t, TG_FX_CHECK_SERVICES);
}

static void wiping_paint(struct tg_paint *p)
{
	p->v->title = tg_say(p, "title.wiping");
	tg_paint_notice(p, "wiping.text");
	if (p->s->reader.card)
		tg_paint_notice(p, "wiping.take-card");
}

static void out_paint(struct tg_paint *p)
{
	char code[8];
	tg_status_code(p->s->failure, code);
	p->v->title = tg_say(p, "app.title");
	for (int l = 0; l < TG_LANG_COUNT; l++) {
		p->lang = (enum tg_lang)l;
		TG_PAINT(p, TG_ITEM_ERROR, "out-of-service.text", "code", code);
	}
	p->lang = p->s->lang;
}

const struct tg_stage_ops tg_stage_wiping = {
        .traits = 0,
        .event = wiping_event,
        .enter = wiping_enter,
        .paint = wiping_paint,
};

const struct tg_stage_ops tg_stage_out_of_service = {
        .traits = 0,
        .paint = out_paint,
};
