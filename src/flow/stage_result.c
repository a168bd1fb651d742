/* RESULT and WAITING: what is done, what is not yet, with its times (K-15), and the receipt (K-10). What the person
 * must know stands before the buttons, the particulars behind them: the first window of a small screen shows all that
 * counts. */
#include "cabinet.h"

static void ask_receipt(struct tg_turn *t)
{
	t->s->receipt_busy = true;
	t->s->receipt_done = false;
	t->s->receipt_status = TG_OK;
	tg_turn_ask(t, TG_FX_RECEIPT, &t->s->asked.receipt);
}

static void enter(struct tg_turn *t)
{
	t->s->notice = TG_OK;
	ask_receipt(t);
}

static void event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (t->ev->kind != TG_EV_SYNC || (t->ev->number[0] != '\0' && strcmp(t->ev->number, s->number) != 0))
		return;
	if (t->ev->sent_ms != 0)
		s->sent_ms = t->ev->sent_ms;
	if (t->ev->registered_ms != 0)
		s->registered_ms = t->ev->registered_ms;
}

/* One print at a time. */
static void receipt_again(struct tg_turn *t)
{
	if (!t->s->receipt_busy)
		ask_receipt(t);
}

static unsigned result_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c, (void)s;
	return 2;
}

static void result_choose(struct tg_turn *t, unsigned slot)
{
	if (slot == 0)
		tg_cabinet_or_wiping(t);
	else
		receipt_again(t);
}

static void paint_certificates(struct tg_paint *p)
{
	const char *lines[TG_FLOW_KEYS_MAX];
	unsigned n = 0;
	for (unsigned k = 0; k < TG_FLOW_KEYS_MAX; k++) {
		char id[48];
		if (p->s->keys[k].serial[0] == '\0')
			continue;
		tg_state_key_name(p->s, k, id);
		lines[n++] = TG_FILL(p, "result.certificate", "key", tg_say(p, id), "serial", p->s->keys[k].serial);
	}
	tg_paint_lines(p, lines, n);
}

static void result_paint(struct tg_paint *p)
{
	p->v->title = tg_say(p, "title.result");
	tg_paint_notice(p, "result.text");
	tg_paint_application_number(p);
	tg_paint_notice(p, "result.take-card");
	tg_paint_receipt(p);
	tg_paint_button(p, TG_ITEM_ID_LEAVE, "button.finish");
	tg_paint_button(p, TG_ITEM_ID_RECEIPT, "button.receipt");
	paint_certificates(p);
	tg_paint_times(p);
}

static unsigned waiting_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c, (void)s;
	return 3;
}

static void waiting_choose(struct tg_turn *t, unsigned slot)
{
	if (slot == 0)
		tg_cabinet_or_wiping(t);
	else if (slot == 1)
		receipt_again(t);
	else
		tg_turn_go(t, TG_STAGE_PIN);
}

static void waiting_paint(struct tg_paint *p)
{
	p->v->title = tg_say(p, "title.waiting");
	tg_paint_notice(p, "waiting.text");
	tg_paint_application_number(p);
	tg_paint_status(p, p->s->failure);
	tg_paint_receipt(p);
	tg_paint_button(p, TG_ITEM_ID_LEAVE, "button.finish");
	tg_paint_button(p, TG_ITEM_ID_RECEIPT, "button.receipt");
	tg_paint_button(p, TG_ITEM_ID_RETRY, "button.retry");
	tg_paint_times(p);
}

const struct tg_stage_ops tg_stage_result = {
        .traits = TG_STAGE_SHOWN | TG_STAGE_PERSON,
        .slots = result_slots,
        .enter = enter,
        .choose = result_choose,
        .event = event,
        .paint = result_paint,
};

const struct tg_stage_ops tg_stage_waiting = {
        .traits = TG_STAGE_SHOWN | TG_STAGE_PERSON | TG_STAGE_CARDS,
        .slots = waiting_slots,
        .enter = enter,
        .choose = waiting_choose,
        .event = event,
        .paint = waiting_paint,
};
