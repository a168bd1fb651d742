/* DESK_QUEUE: what waits for a clerk, oldest first (P-5). Typing looks for a number or a ticket at once. */
#include "desk.h"
#include "money.h"

#define MINUTE_MS 60000

/* The rows; then the field of what is looked for, look again, money for a balance where there are balances, leave. */
enum after { FIND, REFRESH, BALANCE };

static unsigned n_after(const struct tg_flow_config *c)
{
	return BALANCE + (tg_desk_balances(c, 0) != NULL) + 1;
}

static unsigned rows(const struct tg_flow_state *s)
{
	return s->desk.queue.n < TG_DESK_ROWS_MAX ? s->desk.queue.n : TG_DESK_ROWS_MAX;
}

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	return tg_desk_busy(s) ? 0 : rows(s) + n_after(c);
}

static void refresh(struct tg_turn *t)
{
	tg_desk_ask(t, TG_FX_DESK_QUEUE, TG_DESK_LISTING);
}

/* Why one came back stays in sight. */
static void enter(struct tg_turn *t)
{
	enum tg_status told = t->s->desk.told;
	tg_desk_lay_down(t->s);
	refresh(t);
	t->s->desk.told = told;
}

static void open_number(struct tg_turn *t, const char *number)
{
	struct tg_desk *d = &t->s->desk;
	(void)tg_copy(d->wanted, sizeof d->wanted, number);
	tg_desk_ask(t, TG_FX_DESK_READ, TG_DESK_READING);
}

static void open_row(struct tg_turn *t, unsigned row)
{
	struct tg_desk *d = &t->s->desk;
	d->line = (int)row;
	if (!d->queue.rows[row].kind)
		d->told = TG_NOT_FOUND; /* its form is not in this kiosk's data */
	else
		open_number(t, d->queue.rows[row].number);
}

/* A ticket of the queue, or a number: also one that does not wait. */
static void find(struct tg_turn *t)
{
	struct tg_desk *d = &t->s->desk;
	char number[TG_NUMBER_MAX];
	if (d->find[0] == '\0')
		return;
	for (unsigned i = 0; i < rows(t->s); i++)
		if (strcmp(d->queue.rows[i].ticket, d->find) == 0) {
			open_row(t, i);
			return;
		}
	if (tg_number_check(d->find, number) == TG_OK)
		open_number(t, number);
	else
		d->told = TG_NOT_FOUND;
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	unsigned n = rows(s);
	if (tg_desk_busy(s))
		return;
	s->desk.told = TG_OK;
	if (slot < n)
		open_row(t, slot);
	else if (slot == n + FIND)
		find(t);
	else if (slot == n + REFRESH)
		refresh(t);
	else if (slot == n + BALANCE && tg_desk_balances(t->c, 0))
		tg_desk_to_payment(t, true);
	else
		tg_turn_go(t, TG_STAGE_WIPING);
}

/* What is typed anywhere goes into the field. */
static bool key(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	struct tg_desk *d = &s->desk;
	size_t n = strlen(d->find);
	uint32_t ch = t->ev->ch;
	if (d->work == TG_DESK_READING)
		return false;
	if (t->ev->action == TG_ACTION_ERASE && n > 0) {
		d->find[n - 1] = '\0';
	} else if (t->ev->action == TG_ACTION_CHAR && ch > ' ' && ch < 0x7F) {
		if (n + 1 < sizeof d->find)
			d->find[n] = (char)tg_text_upper(ch);
		s->focus = (int)(rows(s) + FIND);
	} else {
		return false;
	}
	d->told = TG_OK;
	return true;
}

static void back(struct tg_turn *t)
{
	tg_overlay_open(t, TG_OVERLAY_CANCEL);
}

static void take_queue(const struct tg_flow_config *c, struct tg_flow_state *s)
{
	struct tg_desk *d = &s->desk;
	int last = (int)(rows(s) + n_after(c)) - 1;
	s->focus = d->line < last ? d->line : last;
	if (rows(s) == 0 || d->find[0] != '\0') /* typed while the queue was on its way */
		s->focus = (int)rows(s) + FIND;
}

static void take_application(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	const struct tg_desk_application *a = &t->ev->desk->application;
	enum tg_stage to = tg_kind_is(a->service, a->kind, "complaint") ? TG_STAGE_DESK_COMPLAINT
	                   : tg_kind_is(a->service, a->kind, "order")   ? TG_STAGE_DESK_CALLBACK
	                                                                : TG_STAGE_DESK_APPLICATION;
	tg_desk_take_application(t);
	memset(s->desk.find, 0, sizeof s->desk.find);
	tg_turn_go(t, to);
}

static void event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	struct tg_desk *d = &s->desk;
	if (t->ev->kind != TG_EV_DESK || d->work == TG_DESK_IDLE)
		return;
	enum tg_desk_work was = d->work;
	d->work = TG_DESK_IDLE;
	if (t->ev->status != TG_OK)
		d->told = t->ev->status;
	if (t->ev->status == TG_OK && t->ev->desk && was == TG_DESK_LISTING) {
		d->queue = t->ev->desk->queue;
		take_queue(t->c, s);
	} else if (t->ev->status == TG_OK && t->ev->desk && was == TG_DESK_READING) {
		take_application(t);
	}
}

/* ---- the screen ---- */

static int64_t minutes_waited(const struct tg_flow_state *s, int64_t since)
{
	int64_t waited = (s->now_wall_ms - since) / MINUTE_MS;
	return waited > 0 ? waited : 0;
}

static const char *line_of(struct tg_paint *p, const struct tg_desk_row *r)
{
	const char *number = r->number;
	if (r->ticket[0] != '\0')
		number = TG_FILL(p, "desk.ticket", "ticket", r->ticket, "number", r->number);
	const char *what = r->service ? tg_say(p, r->service->label) : tg_say(p, "desk.not-in-data");
	return TG_FILL(p, "desk.row", "number", number, "service", what, "minutes",
	        tg_paint_number(p, minutes_waited(p->s, r->accepted_ms)));
}

/* An order waits for a call, not for a decision. */
static const char *call_of(struct tg_paint *p, const struct tg_desk_row *r)
{
	return r->calls > 0 ? TG_FILL(p, "desk.callback-again", "count", tg_paint_number(p, r->calls))
	                    : tg_say(p, "desk.callback");
}

static const char *more_of(struct tg_paint *p, const struct tg_desk_row *r)
{
	const char *kind = r->kind ? tg_say(p, r->kind->label) : "";
	const char *promised = "", *state = r->order ? call_of(p, r) : tg_desk_state(p, r->state);
	if (r->promised_ms != 0)
		promised = TG_FILL(p, "desk.promised", "time", tg_paint_time_at(p, r->provider, r->promised_ms));
	(void)snprintf(tg_paint_room(p), tg_paint_left(p), "%s · %s%s%s", kind, state, promised[0] != '\0' ? " · " : "",
	        promised);
	return tg_paint_keep(p);
}

static void paint_row(struct tg_paint *p, const struct tg_desk_row *r)
{
	struct tg_item *item = tg_paint_item(p, TG_ITEM_CHOICE, line_of(p, r), true);
	item->value = more_of(p, r);
	if (r->claimed_by[0] != '\0' && r->claimed_until_ms > p->s->now_wall_ms)
		item->mark = TG_FILL(p, "desk.claimed-by", "name", r->claimed_by);
	else if (r->urgent)
		item->mark = tg_say(p, "desk.urgent");
}

static void paint_find(struct tg_paint *p)
{
	struct tg_item *item = tg_paint_item(p, TG_ITEM_FIELD, tg_say(p, "desk.find"), true);
	item->id = -1;
	item->value = p->s->desk.find;
	item->cursor = strlen(p->s->desk.find);
	item->max_chars = 16;
	item->hint = tg_say(p, "desk.find.hint");
}

static void paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	const struct tg_desk_queue *q = &s->desk.queue;
	p->v->title = tg_say(p, "title.desk-queue");
	tg_desk_paint_news(p);
	if (tg_desk_busy(s))
		return;
	if (q->local)
		tg_paint_notice(p, "desk.local");
	TG_PAINT(p, TG_ITEM_TEXT, "desk.queue", "name", s->desk.name, "count", tg_paint_number(p, q->waiting));
	for (unsigned i = 0; i < rows(s); i++)
		paint_row(p, &q->rows[i]);
	if (q->waiting > rows(s))
		tg_paint_text(p, "desk.more-wait");
	paint_find(p);
	tg_paint_button(p, TG_ITEM_ID_RETRY, "desk.refresh");
	if (tg_desk_balances(p->c, 0))
		tg_paint_button(p, TG_ITEM_ID_MEND, "desk.to-balance");
	tg_paint_button(p, TG_ITEM_ID_LEAVE, "desk.leave");
	tg_desk_paint_told(p);
}

static const char *label(const struct tg_flow_state *s)
{
	return (unsigned)s->focus < rows(s) ? "key.open" : NULL;
}

const struct tg_stage_ops tg_stage_desk_queue = {
        .traits = TG_STAGE_USUAL,
        .slots = slots,
        .enter = enter,
        .choose = choose,
        .key = key,
        .back = back,
        .event = event,
        .paint = paint,
        .label = label,
};
