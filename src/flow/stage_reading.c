/* READING: the chip is being read; then who it is and what was proven, or what went wrong, each by its own name (K-4).
 * Only what was proven goes into the form. */
#include "cabinet.h"
#include "ways.h"

static const char *const step_ids[TG_DOCUMENT_STEPS] = {
        "reading.select", "reading.access", "reading.data", "reading.signature", "reading.chip"};

enum act { ACT_NONE, ACT_GO_ON, ACT_MEND, ACT_AGAIN, ACT_OTHER_CARD, ACT_BY_HAND, ACT_LEAVE };

static bool staff_asks(const struct tg_flow_state *s)
{
	return s->staff.step == TG_STAFF_CHECK;
}

/* Read and proven, but a foreigner's document: nothing on it says which IIN the certificate is for. */
static bool names_nobody(const struct tg_flow_state *s)
{
	return s->doc.status == TG_OK && !staff_asks(s) && tg_identity_wanted(s);
}

/* What can be done after each way a reading ends. Another person's card and an expired document go no further. */
static const enum act *acts_of(const struct tg_flow_state *s)
{
	static const enum act done[] = {ACT_GO_ON, ACT_NONE}, wrong_data[] = {ACT_MEND, ACT_BY_HAND, ACT_NONE},
	                      wrong_card[] = {ACT_OTHER_CARD, ACT_BY_HAND, ACT_NONE},
	                      not_proven[] = {ACT_BY_HAND, ACT_AGAIN, ACT_NONE},
	                      nobody[] = {ACT_BY_HAND, ACT_OTHER_CARD, ACT_NONE},
	                      refused[] = {ACT_OTHER_CARD, ACT_LEAVE, ACT_NONE},
	                      broken[] = {ACT_AGAIN, ACT_BY_HAND, ACT_NONE};
	static const struct {
		enum tg_status status;
		const enum act *acts;
	} rows[] = {{TG_OK, done}, {TG_DOC_ACCESS, wrong_data}, {TG_DOC_NONE, wrong_card}, {TG_DOC_SIGNER, not_proven},
	        {TG_DOC_TAMPERED, not_proven}, {TG_DOC_COPY, not_proven}, {TG_CARD_EXPIRED, refused},
	        {TG_DOC_OTHER, refused}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].status == s->doc.status)
			return names_nobody(s) ? nobody : rows[i].acts;
	return broken;
}

static unsigned n_acts(const struct tg_flow_state *s)
{
	const enum act *acts = acts_of(s);
	unsigned n = 0;
	while (acts[n] != ACT_NONE)
		n++;
	return n;
}

/* While it reads, the running step has the cursor. */
static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return s->doc.busy ? 1 : n_acts(s);
}

static void enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (s->doc.tried) /* come back to what was read already */
		return;
	s->doc.busy = true;
	s->doc.step = 0;
	tg_turn_ask(t, TG_FX_READ_DOCUMENT, &s->asked.document);
}

static void go_on(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	tg_turn_go(t, staff_asks(s) ? TG_STAGE_STAFF : tg_chip_must_prove(s) ? TG_STAGE_CARRIERS : TG_STAGE_FORM);
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	if (s->doc.busy)
		return;
	switch (acts_of(s)[slot]) {
	case ACT_GO_ON:
		go_on(t);
		break;
	case ACT_BY_HAND:
		tg_document_without(t);
		break;
	case ACT_MEND:
		tg_turn_go(t, TG_STAGE_DOCUMENT);
		break;
	case ACT_AGAIN:
		tg_document_forget(s);
		enter(t);
		break;
	case ACT_OTHER_CARD:
		tg_document_forget(s);
		tg_turn_go(t, TG_STAGE_CARRIER);
		break;
	case ACT_LEAVE:
		tg_turn_go(t, TG_STAGE_WIPING);
		break;
	case ACT_NONE:
		break;
	}
}

static void back(struct tg_turn *t)
{
	if (!t->s->doc.busy)
		tg_turn_go(t, TG_STAGE_DOCUMENT);
}

static bool card_is_gone(enum tg_status status)
{
	return status == TG_CARD_PULLED || status == TG_CARD_NONE || status == TG_READER_GONE ||
	       status == TG_READER_NONE || status == TG_READER_SERVICE || status == TG_CARD_MUTE;
}

static void to_carrier(struct tg_turn *t, enum tg_status why)
{
	t->s->notice = tg_card_gone_notice(why);
	tg_turn_forget_card(t);
	tg_turn_go(t, TG_STAGE_CARRIER);
}

/* What was not proven is not kept, but what it was that failed: it goes into the record. */
static void keep_only_proof(struct tg_chip_document *d)
{
	struct tg_chip_document kept = {.pace = d->pace, .passive = d->passive, .active = d->active, .chip = d->chip};
	(void)tg_copy(kept.signer, sizeof kept.signer, d->signer);
	memset(d, 0, sizeof *d);
	*d = kept;
}

static void ended(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	enum tg_status status = t->ev->status;
	s->doc.busy = false;
	if (card_is_gone(status)) {
		to_carrier(t, status);
		return;
	}
	s->doc.tried = true;
	s->doc.chip = t->ev->document;
	s->doc.status = status == TG_OK ? tg_document_verdict(&s->doc.chip) : status;
	(void)tg_copy(s->doc.serial, sizeof s->doc.serial, s->token.serial);
	(void)tg_copy(s->doc.keyless, sizeof s->doc.keyless, tg_card_only_names(s) ? s->token.purpose : "");
	s->focus = 0;
	if (s->doc.status == TG_OK && !staff_asks(s) && tg_chip_too_young(s)) { /* the chip proves it (NCA-10) */
		tg_turn_fail(t, TG_DOC_YOUNG);
		return;
	}
	if (s->doc.status != TG_OK)
		keep_only_proof(&s->doc.chip);
	tg_turn_look_again(t);
}

static void event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (t->ev->kind == TG_EV_DOCUMENT_STEP) {
		if (s->doc.busy && t->ev->key >= 0 && t->ev->key < TG_DOCUMENT_STEPS)
			s->doc.step = t->ev->key;
	} else if (t->ev->kind == TG_EV_DOCUMENT && s->doc.busy) {
		ended(t);
	} else if (!s->doc.busy && !tg_document_proven(s) && !tg_card_answers(s)) {
		to_carrier(t, s->reader.service == TG_OK ? TG_CARD_PULLED : TG_OK);
	}
}

/* ---- the screen ---- */

static void paint_steps(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	tg_paint_notice(p, "carrier.reading");
	for (int i = 0; i < TG_DOCUMENT_STEPS; i++) {
		struct tg_item *item = tg_paint_item(p, TG_ITEM_STEP, tg_say(p, step_ids[i]), i == s->doc.step);
		item->id = i;
		item->state = i < s->doc.step ? TG_STEP_DONE : i == s->doc.step ? TG_STEP_RUNNING : TG_STEP_WAITING;
	}
}

/* "C=KZ, O=…, CN=Document signer 1" → "Document signer 1" */
static const char *common_name(struct tg_paint *p, const char *signer)
{
	const char *name = strstr(signer, "CN=");
	if (!name)
		return signer;
	(void)snprintf(tg_paint_room(p), tg_paint_left(p), "%.*s", (int)strcspn(name + 3, ",/+"), name + 3);
	return tg_paint_keep(p);
}

/* Below the button: for who wants to know. */
static void paint_proof(struct tg_paint *p)
{
	const struct tg_chip_document *d = &p->s->doc.chip;
	if (!staff_asks(p->s))
		tg_paint_text(p, tg_document_fills(p->s) ? "reading.filled" : "reading.not-filled");
	TG_PAINT(p, TG_ITEM_TEXT, "reading.signed", "signer", common_name(p, d->signer));
	bool genuine = d->active == TG_OK || d->chip == TG_OK;
	tg_paint_text(p, genuine ? "reading.genuine" : "reading.no-proof");
}

static void paint_person(struct tg_paint *p)
{
	const struct tg_chip_document *d = &p->s->doc.chip;
	TG_PAINT(p, TG_ITEM_NOTICE, "reading.person", "surname", d->surname, "given", d->given);
	const char *lines[2];
	lines[0] = TG_FILL(p, "reading.document", "number", d->number, "expiry", tg_paint_iso_date(p, d->expiry));
	lines[1] = TG_FILL(p, "reading.born", "birth", tg_paint_iso_date(p, d->birth));
	tg_paint_lines(p, lines, 2);
}

/* Which of the data may be wrong: the chip tells only that they do not fit together. */
static void paint_typed(struct tg_paint *p)
{
	const struct tg_answer *typed = p->s->doc.typed;
	if (p->s->doc.by_can)
		TG_PAINT(p, TG_ITEM_TEXT, "reading.typed-can", "can", typed[TG_OPEN_CAN].value);
	else
		TG_PAINT(p, TG_ITEM_TEXT, "reading.typed", "number", typed[TG_OPEN_NUMBER].value, "birth",
		        typed[TG_OPEN_BIRTH].value, "expiry", typed[TG_OPEN_EXPIRY].value);
}

static void paint_acts(struct tg_paint *p)
{
	static const struct {
		int id;
		const char *label;
	} buttons[] = {[ACT_GO_ON] = {TG_ITEM_ID_CONTINUE, "button.continue"},
	        [ACT_MEND] = {TG_ITEM_ID_MEND, "reading.mend"},
	        [ACT_AGAIN] = {TG_ITEM_ID_RETRY, "button.retry"},
	        [ACT_OTHER_CARD] = {TG_ITEM_ID_OTHER_CARD, "reading.other-card"},
	        [ACT_BY_HAND] = {TG_ITEM_ID_BY_HAND, NULL},
	        [ACT_LEAVE] = {TG_ITEM_ID_LEAVE, "button.leave"}};
	for (const enum act *a = acts_of(p->s); *a != ACT_NONE; a++) {
		const char *label = *a == ACT_BY_HAND ? tg_document_by_hand(p->c, p->s) : buttons[*a].label;
		tg_paint_button(p, buttons[*a].id, label);
	}
}

static void paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	p->v->title = tg_say(p, s->doc.busy ? "title.reading" : "title.read");
	if (s->doc.busy) {
		paint_steps(p);
		return;
	}
	if (s->doc.status == TG_OK)
		paint_person(p);
	else
		tg_paint_status(p, s->doc.status);
	if (s->doc.status == TG_DOC_ACCESS)
		paint_typed(p);
	if (names_nobody(s))
		tg_paint_notice(p, "reading.no-iin");
	paint_acts(p);
	if (s->doc.status == TG_OK)
		paint_proof(p);
	else if (s->provider && s->provider->contact_for) /* it has support for devices (DOS-12) */
		tg_paint_contact(p);
}

const struct tg_stage_ops tg_stage_reading = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CARDS,
        .slots = slots,
        .enter = enter,
        .choose = choose,
        .back = back,
        .event = event,
        .paint = paint,
        .enter_label = "key.continue",
};
