/* TICKET: the electronic queue (NCA-8): a number is taken here, or one that was booked on the portal is typed in. The
 * minutes until it is called are measured from here (NCA-4). */
#include "cabinet.h"
#include "ways.h"

static const struct tg_field booked_field = {.id = "ticket",
        .kind = TG_FIELD_TEXT,
        .label = "ticket.booked",
        .hint = "ticket.booked-hint",
        .max_chars = TG_TICKET_MAX - 1};

enum slot { SLOT_TAKE, SLOT_BOOKED, SLOT_USE, SLOT_COUNT };

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	if (s->ticket.waiting)
		return 0;
	return s->ticket.number[0] != '\0' ? 2 : SLOT_COUNT;
}

static void enter(struct tg_turn *t)
{
	t->s->ticket.typed.error = NULL;
	t->s->notice = TG_OK;
}

static void ask(struct tg_turn *t)
{
	t->s->ticket.waiting = true;
	tg_turn_ask(t, TG_FX_TICKET, &t->s->asked.ticket);
}

/* Letters, digits and dashes: what stands on tickets. It is printed, shown at the desk and kept. */
static bool is_ticket(const char *s)
{
	size_t n = strlen(s);
	return n > 0 && n < TG_TICKET_MAX &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static void use_booked(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	tg_answer_tidy(&s->ticket.typed);
	if (s->ticket.typed.value[0] == '\0')
		s->ticket.typed.error = "form.required-missing";
	else if (!is_ticket(s->ticket.typed.value))
		s->ticket.typed.error = "ticket.booked-wrong";
	if (!s->ticket.typed.error)
		ask(t);
	else
		s->focus = SLOT_BOOKED;
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	if (s->ticket.number[0] != '\0') {
		tg_turn_go(t, slot == 0 ? TG_STAGE_WIPING : TG_STAGE_SERVICE);
	} else if (slot == SLOT_TAKE) {
		memset(&s->ticket.typed, 0, sizeof s->ticket.typed);
		ask(t);
	} else {
		use_booked(t); /* Enter in the line does the same as its button */
	}
}

static bool key(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (s->focus != SLOT_BOOKED || s->ticket.waiting || s->ticket.number[0] != '\0' ||
	        !tg_answer_type(&s->ticket.typed, &booked_field, t->ev))
		return false;
	s->ticket.typed.error = NULL;
	return true;
}

static void back(struct tg_turn *t)
{
	if (!t->s->ticket.waiting)
		tg_turn_go(t, TG_STAGE_SERVICE);
}

static void event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (t->ev->kind != TG_EV_TICKET || !s->ticket.waiting)
		return;
	s->ticket.waiting = false;
	s->notice = t->ev->status;
	s->focus = 0;
	if (t->ev->number[0] == '\0')
		return; /* none was written down: the reason is told */
	(void)tg_copy(s->ticket.number, sizeof s->ticket.number, t->ev->number);
	(void)tg_copy(s->ticket.where, sizeof s->ticket.where, t->ev->where);
}

static void paint_term(struct tg_paint *p)
{
	const struct tg_term *term = tg_provider_term(p->s->provider, "queue");
	if (term && term->minutes > 0)
		TG_PAINT(p, TG_ITEM_TEXT, "ticket.term", "count", tg_paint_number(p, term->minutes));
}

static void paint_have(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	TG_PAINT(p, TG_ITEM_HEADING, "ticket.number", "ticket", s->ticket.number);
	tg_paint_text(p, s->ticket.where[0] != '\0' ? "ticket.printed" : "ticket.remember");
	paint_term(p);
	tg_paint_button(p, TG_ITEM_ID_LEAVE, "button.finish");
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "ticket.go-on");
}

static void paint_choice(struct tg_paint *p)
{
	const struct tg_answer *a = &p->s->ticket.typed;
	tg_paint_text(p, "ticket.intro");
	if (!a->error) /* on a small screen what is wrong comes first */
		paint_term(p);
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "ticket.take");
	(void)tg_paint_typed(p, &booked_field, a);
	tg_paint_button(p, TG_ITEM_ID_OTHER_WAY, "ticket.use");
}

static void paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	p->v->title = tg_say(p, "title.ticket");
	if (s->ticket.waiting) {
		tg_paint_notice(p, "ticket.asking");
		return;
	}
	if (s->notice != TG_OK)
		tg_paint_status(p, s->notice);
	if (s->ticket.number[0] != '\0')
		paint_have(p);
	else
		paint_choice(p);
}

const struct tg_stage_ops tg_stage_ticket = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CARDS,
        .slots = slots,
        .enter = enter,
        .leave = tg_forget_notice,
        .choose = choose,
        .key = key,
        .back = back,
        .event = event,
        .paint = paint,
        .enter_label = "key.continue",
};
