/* OPEN: this person has an application for the same service that is not finished yet (K-16). It is said before another
 * one is handed in; whether the new one is wanted all the same, the person decides. */
#include "parts.h"

enum { SLOT_LEAVE, SLOT_GO_ON, SLOTS };

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c, (void)s;
	return SLOTS;
}

static void choose(struct tg_turn *t, unsigned slot)
{
	if (slot == SLOT_LEAVE) {
		tg_overlay_open(t, TG_OVERLAY_CANCEL);
		return;
	}
	t->s->open_agreed = true;
	tg_turn_go(t, TG_STAGE_CONSENT);
}

static void back(struct tg_turn *t)
{
	tg_turn_go(t, TG_STAGE_REVIEW);
}

static void paint(struct tg_paint *p)
{
	p->v->title = tg_say(p, "title.open");
	TG_PAINT(p, TG_ITEM_NOTICE, "open.found", "number", p->s->open_number);
	tg_paint_text(p, "open.explained");
	tg_paint_button(p, TG_ITEM_ID_LEAVE, "open.leave");
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "open.go-on");
}

const struct tg_stage_ops tg_stage_open = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CARDS | TG_STAGE_PROVEN,
        .slots = slots,
        .choose = choose,
        .back = back,
        .paint = paint,
        .enter_label = "key.choose",
};
