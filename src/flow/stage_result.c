/* RESULT and WAITING: what is done, what is not yet, with its times (K-15), and the receipt (K-10). What the person
 * must know stands before the buttons, the particulars behind them: the first window of a small screen shows all that
 * counts. */
#include "cabinet.h"
#include "money.h"
#include "ways.h"
#include "work.h"

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

/* Something is to be paid, at a desk or a bank: with a slip (DOS-7). */
static bool has_slip(const struct tg_flow_state *s)
{
	return s->ways.facts.rest > 0 && !s->ways.facts.order && !tg_outcome_is(s, TG_STATE_REFUSED);
}

static void enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->notice = TG_OK;
	if (has_receipt(s))
		tg_print_ask(t, &s->receipt, TG_FX_RECEIPT, &s->asked.receipt);
}

static void result_enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	enter(t);
	if (prints_form(s))
		tg_print_ask(t, &s->ways.paper, TG_FX_PRINT_FORM, &s->asked.paper);
	if (has_slip(s))
		tg_print_ask(t, &s->ways.slip, TG_FX_SLIP, &s->asked.slip);
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

static void receipt_again(struct tg_turn *t)
{
	tg_print_again(t, &t->s->receipt, TG_FX_RECEIPT, &t->s->asked.receipt);
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
	else if (slot == 1u + has_receipt(s) && prints_form(s))
		tg_print_again(t, &s->ways.paper, TG_FX_PRINT_FORM, &s->asked.paper);
	else if (has_slip(s))
		tg_print_again(t, &s->ways.slip, TG_FX_SLIP, &s->asked.slip);
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

/* What is promised of the old certificate of a reissue (UBR-2). */
static void paint_old(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	const struct tg_term *term = s->provider ? tg_provider_term(s->provider, "revocation") : NULL;
	if (!s->kind || !s->kind->revokes || !tg_state_holds(s, s->kind->revokes) || !term || term->minutes <= 0)
		return;
	TG_PAINT(p, TG_ITEM_NOTICE, "result.old-certificate", "hours", tg_paint_number(p, term->minutes / 60));
}

static void paint_promised(struct tg_paint *p)
{
	int64_t at = p->s->ways.facts.promised_ms;
	if (at != 0 && tg_outcome(p->s)[0] != '\0')
		TG_PAINT(p, TG_ITEM_NOTICE, "result.promised", "time", tg_paint_time(p, at));
}

static void paint_times(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	const char *lines[3];
	tg_paint_lines(p, lines, tg_times_lines(p, s->accepted_ms, s->sent_ms, s->registered_ms, lines));
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
	tg_paint_printed(p, &s->ways.paper, "paper.busy", "paper.where");
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
	paint_times(p);
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
	paint_times(p);
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
