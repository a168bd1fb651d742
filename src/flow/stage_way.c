/* WAY: how one comes to the service. What has one answer only is not asked. */
#include "ways.h"

static unsigned way_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	return tg_ways_open(c, s, NULL);
}

static void way_choose(struct tg_turn *t, unsigned slot)
{
	const struct tg_way *ways[TG_WAYS_MAX];
	if (slot >= tg_ways_open(t->c, t->s, ways))
		return;
	if (t->s->way != ways[slot])
		memset(t->s->carriers, 0, sizeof t->s->carriers);
	t->s->way = ways[slot];
	tg_turn_go(t, TG_STAGE_QUESTIONS);
}

static void way_enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	const struct tg_way *ways[TG_WAYS_MAX];
	unsigned n = tg_ways_open(t->c, s, ways);
	const char *named = s->led ? s->led->leads_way : NULL; /* by the answer that led here */
	s->led = NULL;
	for (unsigned i = 0; named && i < n; i++)
		if (strcmp(ways[i]->id, named) == 0) {
			way_choose(t, i);
			return;
		}
	if (n <= 1) {
		s->way = n == 1 ? ways[0] : NULL;
		tg_turn_go(t, TG_STAGE_QUESTIONS);
		return;
	}
	for (unsigned i = 0; i < n; i++)
		if (ways[i] == s->way)
			s->focus = (int)i;
}

static void way_back(struct tg_turn *t)
{
	tg_turn_go(t, tg_kinds_open(t->s->service) == 1 ? TG_STAGE_SERVICE : TG_STAGE_KIND);
}

static void way_paint(struct tg_paint *p)
{
	const struct tg_way *ways[TG_WAYS_MAX];
	unsigned n = tg_ways_open(p->c, p->s, ways);
	p->v->title = tg_say(p, "title.way");
	if (p->s->notice == TG_DOC_NONE) /* back from a way that the chip alone opens */
		tg_paint_notice(p, "way.chip-needed");
	else
		tg_paint_text(p, "way.intro");
	for (unsigned i = 0; i < n; i++) /* with the hints of all: they are compared */
		(void)tg_paint_choice(
		        p, tg_say(p, ways[i]->label), ways[i]->hint ? tg_say(p, ways[i]->hint) : NULL, NULL);
}

const struct tg_stage_ops tg_stage_way = {
        .traits = TG_STAGE_USUAL | TG_STAGE_DIGITS | TG_STAGE_CARDS,
        .slots = way_slots,
        .enter = way_enter,
        .leave = tg_forget_notice,
        .choose = way_choose,
        .back = way_back,
        .event = tg_resume_found,
        .paint = way_paint,
        .enter_label = "key.choose",
};
