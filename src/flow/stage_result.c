/* RESULT and WAITING: what is done, what is not yet, with its times (K-15), and the receipt (K-10). What the person
 * must know stands before the buttons, the particulars behind them: the first window of a small screen shows all that
 * counts. */
#include "cabinet.h"
#include "money.h"
#include "ways.h"
#include "work.h"

static void ask_receipt(struct tg_turn *t)
{
	t->s->receipt_busy = true;
	t->s->receipt_done = false;
	t->s->receipt_status = TG_OK;
	tg_turn_ask(t, TG_FX_RECEIPT, &t->s->asked.receipt);
}

/* What the person signs on paper and takes to the desk; a power of attorney; a complaint. */
static bool prints_form(const struct tg_flow_state *s)
{
	if (s->ways.facts.order)
		return false;
	return tg_operation_is(s, "paper") || tg_operation_is(s, "complaint") || tg_operation_is(s, "order") ||
	       (s->way && tg_proof_is(s, "desk") && tg_outcome(s)[0] != '\0' && !tg_outcome_is(s, TG_STATE_DELIVERED) &&
	               !tg_outcome_is(s, TG_STATE_ISSUED));
}

/* Of what is only printed there is nothing to give a receipt for. */
static bool has_receipt(const struct tg_flow_state *s)
{
	return !tg_operation_is(s, "paper");
}

static void ask_paper(struct tg_turn *t)
{
	struct tg_ways *w = &t->s->ways;
	w->paper_busy = true;
	w->paper_done = false;
	w->paper_status = TG_OK;
	tg_turn_ask(t, TG_FX_PRINT_FORM, &t->s->asked.paper);
}

/* Something is to be paid, at a desk or a bank: with a slip (DOS-7). */
static bool has_slip(const struct tg_flow_state *s)
{
	return s->ways.facts.rest > 0 && !s->ways.facts.order && !tg_outcome_is(s, TG_STATE_REFUSED);
}

static void ask_slip(struct tg_turn *t)
{
	struct tg_ways *w = &t->s->ways;
	w->slip_busy = true;
	w->slip_done = false;
	w->slip_status = TG_OK;
	tg_turn_ask(t, TG_FX_SLIP, &t->s->asked.slip);
}

static void enter(struct tg_turn *t)
{
	t->s->notice = TG_OK;
	if (has_receipt(t->s))
		ask_receipt(t);
}

static void result_enter(struct tg_turn *t)
{
	enter(t);
	if (prints_form(t->s))
		ask_paper(t);
	if (has_slip(t->s))
		ask_slip(t);
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

/* Finish, the receipt again, the form again, the payment slip again: those that there are. */
static unsigned result_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return 1u + has_receipt(s) + prints_form(s) + has_slip(s);
}

static void result_choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	if (slot == 0)
		tg_cabinet_or_wiping(t);
	else if (slot == 1 && has_receipt(s))
		receipt_again(t);
	else if (slot == 1u + has_receipt(s) && prints_form(s)) {
		if (!s->ways.paper_busy)
			ask_paper(t);
	} else if (has_slip(s) && !s->ways.slip_busy) {
		ask_slip(t);
	}
}

static void paint_certificates_on(struct tg_paint *p, unsigned carrier)
{
	const char *lines[TG_FLOW_KEYS_MAX];
	unsigned n = 0;
	for (unsigned k = 0; k < TG_FLOW_KEYS_MAX; k++) {
		char id[48];
		if (p->s->keys[k].serial[0] == '\0' || tg_work_carrier_of(p->s, k) != carrier)
			continue;
		tg_state_key_name(p->s, k, id);
		lines[n++] = TG_FILL(p, "result.certificate", "key", tg_say(p, id), "serial", p->s->keys[k].serial);
	}
	tg_paint_lines(p, lines, n);
}

/* Where there are two carriers, each with its certificates; and the one that was left out (NCA-6). */
static void paint_certificates(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	unsigned n = tg_work_is_double(s) ? s->work.n : 1;
	for (unsigned c = 0; c < n; c++) {
		char id[48];
		if (s->work.left_out && c == n - 1) {
			tg_paint_notice(p, tg_work_message(s, "written.not-", c, id));
			continue;
		}
		if (n > 1)
			tg_paint_work_carrier(p, c);
		paint_certificates_on(p, c);
	}
}

/* What the outcome means for the person; the first row that fits. NULL fits any. */
static const struct outcome {
	const char *operation, *state, *text;
} outcomes[] = {
        {"paper", NULL, "result.paper"},
        {"complaint", NULL, "result.complaint"},
        {"order", NULL, "result.ordered"},
        {NULL, TG_STATE_CONFIRMING, "result.confirming"},
        {"cloud", TG_STATE_AT_DESK, "result.cloud"},
        {"revoke", TG_STATE_AT_DESK, "result.at-desk-papers"},
        {"unlock", TG_STATE_AT_DESK, "result.at-desk-papers"},
        {"companies", TG_STATE_AT_DESK, "result.at-desk-papers"},
        {NULL, TG_STATE_AT_DESK, "result.at-desk"},
        {"revoke", TG_STATE_REVOKED, "result.revoked"},
        {"revoke", TG_STATE_REFUSED, "result.refused"},
        {"revoke", NULL, "result.revoke-waits"},
        {"companies", TG_STATE_DELIVERED, "result.companies"},
        {"companies", TG_STATE_ACCEPTED, "result.companies-waits"},
        {NULL, TG_STATE_VERIFYING, "result.verifying"},
        {NULL, TG_STATE_REFUSED, "result.refused"},
        {"ssl", TG_STATE_ISSUED, "result.issued-medium"},
        {NULL, TG_STATE_ISSUED, "result.issued"},
        {"ssl", TG_STATE_DELIVERED, "result.delivered-medium"},
        {NULL, TG_STATE_SUBMITTED, "result.submitted"},
};

static const char *outcome_text(const struct tg_flow_state *s)
{
	if (s->ways.facts.order && tg_outcome_is(s, TG_STATE_AT_DESK))
		return "result.cloud-order"; /* nothing is to be brought */
	bool chip_work = tg_outcome(s)[0] == '\0' || s->keys[0].serial[0] != '\0';
	for (size_t i = 0; !chip_work && i < sizeof outcomes / sizeof outcomes[0]; i++) {
		const struct outcome *o = &outcomes[i];
		if ((!o->operation || tg_operation_is(s, o->operation)) && (!o->state || tg_outcome_is(s, o->state)))
			return o->text;
	}
	return !tg_work_is_double(s) ? "result.text" : s->work.left_out ? "result.text-part" : "result.text-both";
}

static void paint_revoked(struct tg_paint *p)
{
	const struct tg_application_facts *f = &p->s->ways.facts;
	const char *lines[TG_SERIALS_SHOWN];
	unsigned n = f->n_serials < TG_SERIALS_SHOWN ? f->n_serials : TG_SERIALS_SHOWN;
	for (unsigned i = 0; i < n; i++)
		lines[i] = TG_FILL(p, "result.serial", "serial", f->serials[i]);
	tg_paint_lines(p, lines, n);
}

static void paint_paper(struct tg_paint *p)
{
	const struct tg_ways *w = &p->s->ways;
	if (w->paper_busy)
		tg_paint_text(p, "paper.busy");
	else if (w->paper_done)
		(void)tg_paint_item(p, TG_ITEM_TEXT, TG_FILL(p, "paper.where", "where", w->paper_where), false);
	else if (w->paper_status != TG_OK)
		tg_paint_status(p, w->paper_status);
}

/* What is promised of the old certificate of a reissue (UBR-2). */
static void paint_old(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	const struct tg_term *term = s->provider ? tg_provider_term(s->provider, "revocation") : NULL;
	if (!s->kind || !s->kind->revokes || !tg_state_holds(s, s->kind->revokes) || !term || term->minutes <= 0)
		return;
	(void)tg_paint_item(p, TG_ITEM_NOTICE,
	        TG_FILL(p, "result.old-certificate", "hours", tg_paint_number(p, term->minutes / 60)), false);
}

static void paint_promised(struct tg_paint *p)
{
	int64_t at = p->s->ways.facts.promised_ms;
	if (at != 0 && tg_outcome(p->s)[0] != '\0')
		(void)tg_paint_item(
		        p, TG_ITEM_NOTICE, TG_FILL(p, "result.promised", "time", tg_paint_time(p, at)), false);
}

static void result_paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	const char *text = outcome_text(s);
	bool refused = tg_outcome_is(s, TG_STATE_REFUSED);
	p->v->title = tg_say(p, refused ? "title.refused" : "title.result");
	tg_paint_notice(p, text);
	if (refused && s->ways.facts.code > 0)
		tg_paint_status(p, (enum tg_status)s->ways.facts.code);
	tg_paint_application_number(p);
	paint_promised(p);
	tg_paint_to_pay(p);
	paint_old(p);
	if (s->reader.card)
		tg_paint_notice(p, "result.take-card");
	if (has_receipt(s))
		tg_paint_receipt(p);
	paint_paper(p);
	tg_paint_button(p, TG_ITEM_ID_LEAVE, "button.finish");
	if (has_receipt(s))
		tg_paint_button(p, TG_ITEM_ID_RECEIPT, "button.receipt");
	if (prints_form(s))
		tg_paint_button(p, TG_ITEM_ID_OTHER_WAY, "button.form");
	if (has_slip(s))
		tg_paint_button(p, TG_ITEM_ID_MEND, "button.payment-slip");
	tg_paint_how_to_pay(p);
	paint_certificates(p);
	paint_revoked(p);
	tg_paint_times(p);
}

static unsigned waiting_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return 3u + tg_work_can_leave_out(s);
}

static void waiting_choose(struct tg_turn *t, unsigned slot)
{
	if (slot == 0)
		tg_cabinet_or_wiping(t);
	else if (slot == 1)
		receipt_again(t);
	else if (slot == 2)
		tg_turn_go(t, TG_STAGE_PIN);
	else
		tg_overlay_open(t, TG_OVERLAY_WITHOUT);
}

static void waiting_paint(struct tg_paint *p)
{
	char id[48];
	p->v->title = tg_say(p, "title.waiting");
	tg_paint_notice(p, "waiting.text");
	tg_paint_application_number(p);
	tg_paint_status(p, p->s->failure);
	tg_paint_receipt(p);
	tg_paint_button(p, TG_ITEM_ID_LEAVE, "button.finish");
	tg_paint_button(p, TG_ITEM_ID_RECEIPT, "button.receipt");
	tg_paint_button(p, TG_ITEM_ID_RETRY, "button.retry");
	if (tg_work_can_leave_out(p->s))
		tg_paint_button(
		        p, TG_ITEM_ID_OTHER_WAY, tg_work_message(p->s, "second.without-", tg_work_turn(p->s), id));
	tg_paint_times(p);
}

const struct tg_stage_ops tg_stage_result = {
        .traits = TG_STAGE_SHOWN | TG_STAGE_PERSON,
        .slots = result_slots,
        .enter = result_enter,
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
