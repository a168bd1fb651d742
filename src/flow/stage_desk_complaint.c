/* DESK_COMPLAINT: a complaint at the desk (NCA-11): registered with number, date, who took it, when and where the
 * answer is given; then brought to its next state. The slip is printed twice. The court stands with it (NCA-12). */
#include "desk.h"

/* Which state may follow which; each with the button that leads there. */
static const struct {
	const char *from, *to, *label;
} moves[] = {{"delivered", "registered", "desk.complaint-register"},
        {"delivered", "not-considered", "desk.complaint-refuse"}, {"registered", "executed", "desk.complaint-execute"},
        {"registered", "answered", "desk.complaint-answer"}, {"registered", "not-considered", "desk.complaint-refuse"},
        {"executed", "answered", "desk.complaint-answer"}};
#define N_MOVES (sizeof moves / sizeof moves[0])

static const char *state_of(const struct tg_desk *d)
{
	return d->app.complaint[0] != '\0' ? d->app.complaint : "delivered";
}

/* -1 behind the last. */
static int move_of(const struct tg_desk *d, unsigned place)
{
	for (size_t i = 0; i < N_MOVES; i++)
		if (strcmp(moves[i].from, state_of(d)) == 0 && place-- == 0)
			return (int)i;
	return -1;
}

static unsigned n_moves(const struct tg_desk *d)
{
	unsigned n = 0;
	while (move_of(d, n) >= 0)
		n++;
	return n;
}

static bool has_slip(const struct tg_desk *d)
{
	return d->app.due_ms != 0;
}

/* Answers to read, moves, the slip, the way back. */
static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	const struct tg_desk *d = &s->desk;
	(void)c;
	return tg_desk_busy(s) || !d->app.kind ? 0 : d->app.n_answers + n_moves(d) + has_slip(d) + 1;
}

/* A term for complaints whose own conditions hold, before the usual one. */
static const struct tg_term *term_of(const struct tg_desk *d)
{
	const struct tg_provider *p = d->app.provider;
	for (unsigned i = 0; i < p->n_terms; i++)
		if (strncmp(p->terms[i].id, "complaint-", 10) == 0 && p->terms[i].when &&
		        tg_when_holds(p->terms[i].when, d->app.conditions))
			return &p->terms[i];
	return tg_provider_term(p, "complaint");
}

static int64_t due_at(const struct tg_flow_state *s)
{
	return tg_desk_term_end(s->desk.app.provider, term_of(&s->desk), s->now_wall_ms);
}

static void move(struct tg_turn *t, int which)
{
	struct tg_desk *d = &t->s->desk;
	(void)tg_copy(d->move, sizeof d->move, moves[which].to);
	d->promised_ms = strcmp(d->move, "registered") == 0 ? due_at(t->s) : d->app.due_ms;
	tg_desk_ask(t, TG_FX_DESK_MOVE, TG_DESK_MOVING);
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
	if (slot < n_moves(d))
		move(t, move_of(d, slot));
	else if (slot == n_moves(d) && has_slip(d))
		tg_desk_print(t);
	else
		tg_turn_go(t, TG_STAGE_DESK_QUEUE);
}

static void event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	struct tg_desk *d = &s->desk;
	if (t->ev->kind != TG_EV_DESK || d->work != TG_DESK_MOVING)
		return;
	d->work = TG_DESK_IDLE;
	d->told = t->ev->status;
	if (t->ev->status != TG_OK)
		return;
	bool registered = strcmp(d->move, "registered") == 0;
	(void)tg_copy(d->app.complaint, sizeof d->app.complaint, d->move);
	d->app.due_ms = d->promised_ms;
	d->decided_ms = s->now_wall_ms;
	s->focus = (int)d->app.n_answers;
	if (registered)
		tg_desk_print(t);
}

static void paint_state(struct tg_paint *p)
{
	const struct tg_desk *d = &p->s->desk;
	const char *state = tg_say_of(p, "complaint-state", state_of(d));
	TG_PAINT(p, TG_ITEM_NOTICE, "desk.complaint-state", "number", d->app.number, "state", state);
	if (has_slip(d))
		TG_PAINT(p, TG_ITEM_TEXT, "desk.complaint-due", "time",
		        tg_paint_time_at(p, d->app.provider, d->app.due_ms), "place",
		        tg_say(p, "slip.complaint.where"));
}

static void paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	const struct tg_desk *d = &s->desk;
	p->v->title = tg_say(p, "title.desk-complaint");
	tg_desk_paint_news(p);
	if (tg_desk_busy(s) || !d->app.kind)
		return;
	paint_state(p);
	tg_paint_receipt(p);
	tg_desk_paint_answers(p);
	for (unsigned i = 0; i < n_moves(d); i++)
		tg_paint_button(p, TG_ITEM_ID_OTHER_WAY, moves[move_of(d, i)].label);
	if (has_slip(d))
		tg_paint_button(p, TG_ITEM_ID_RECEIPT, "desk.complaint-print");
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "desk.to-queue");
	tg_paint_text(p, "desk.complaint-court");
}

const struct tg_stage_ops tg_stage_desk_complaint = {
        .traits = TG_STAGE_USUAL,
        .slots = slots,
        .choose = choose,
        .back = tg_desk_back,
        .event = event,
        .paint = paint,
        .enter_label = "key.continue",
};
