/* DESK_CALLBACK: somebody who ordered is called back (UBR-3): who, where, about what. Whoever is not reached stays in
 * the queue, with how often that was. */
#include "desk.h"

enum button { REACHED, NOT_REACHED, QUEUE, BUTTONS };

/* One that was called already, or was taken by another clerk, is only read. */
static bool waits(const struct tg_flow_state *s)
{
	return s->desk.app.claimed_until_ms != 0;
}

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	const struct tg_desk *d = &s->desk;
	(void)c;
	if (tg_desk_busy(s) || !d->app.kind)
		return 0;
	return d->app.n_answers + (waits(s) ? BUTTONS : 1);
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	struct tg_desk *d = &s->desk;
	if (tg_desk_busy(s))
		return;
	if (slot < d->app.n_answers) {
		s->focus++;
		return;
	}
	slot -= d->app.n_answers;
	if (!waits(s) || slot == QUEUE) {
		tg_turn_go(t, TG_STAGE_DESK_QUEUE);
		return;
	}
	(void)tg_copy(d->move, sizeof d->move, slot == REACHED ? "reached" : "not-reached");
	tg_desk_ask(t, TG_FX_DESK_MOVE, TG_DESK_MOVING);
}

static void event(struct tg_turn *t)
{
	struct tg_desk *d = &t->s->desk;
	bool lost = tg_desk_claim_lost(t->ev);
	bool moved = t->ev->kind == TG_EV_DESK && d->work == TG_DESK_MOVING;
	if (!lost && !moved)
		return;
	d->work = TG_DESK_IDLE;
	d->told = t->ev->status;
	if (lost || t->ev->status == TG_OK)
		tg_turn_go(t, TG_STAGE_DESK_QUEUE);
}

/* The telephone stands where it is seen at once: it is what the clerk came for. */
static const char *telephone(const struct tg_desk_application *a)
{
	for (unsigned i = 0; i < a->n_answers; i++)
		if (a->kind->form->fields[a->answers[i].field].kind == TG_FIELD_PHONE)
			return a->text + a->answers[i].at;
	return "";
}

static void paint_who(struct tg_paint *p)
{
	const struct tg_desk_application *a = &p->s->desk.app;
	const char *lines[4];
	char applicant[TG_DESK_NAME];
	unsigned n = 0;
	lines[n++] = TG_FILL(p, "desk.callback-number", "number", a->number, "service", tg_say(p, a->service->label));
	tg_desk_applicant(a, applicant);
	if (applicant[0] != '\0')
		lines[n++] = TG_FILL(p, "desk.applicant", "name", applicant);
	if (a->calls > 0)
		lines[n++] = TG_FILL(p, "desk.calls", "count", tg_paint_number(p, a->calls));
	tg_paint_lines(p, lines, n);
}

static void paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	p->v->title = tg_say(p, "title.desk-callback");
	tg_desk_paint_news(p);
	if (tg_desk_busy(s) || !s->desk.app.kind)
		return;
	if (waits(s))
		TG_PAINT(p, TG_ITEM_NOTICE, "desk.call", "phone", telephone(&s->desk.app));
	else
		tg_paint_notice(p, "desk.nothing-to-call");
	paint_who(p);
	tg_desk_paint_answers(p);
	if (waits(s)) {
		tg_paint_button(p, TG_ITEM_ID_YES, "desk.reached");
		tg_paint_button(p, TG_ITEM_ID_NO, "desk.not-reached");
	}
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "desk.to-queue");
}

const struct tg_stage_ops tg_stage_desk_callback = {
        .traits = TG_STAGE_USUAL,
        .slots = slots,
        .choose = choose,
        .back = tg_desk_back,
        .event = event,
        .paint = paint,
        .enter_label = "key.continue",
};
