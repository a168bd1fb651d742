/* REVIEW: every question with its answer; Enter on a line goes to its field and comes back. */
#include "cabinet.h"
#include "documents.h"
#include "medium.h"
#include "money.h"
#include "ways.h"

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return tg_fields_asked(s) + 1;
}

static void go_to_field(struct tg_turn *t, unsigned slot, unsigned line)
{
	tg_turn_go(t, TG_STAGE_FORM);
	t->s->return_to_review = 1 + (int)line;
	t->s->focus = (int)slot;
	int field = tg_field_of_slot(t->s, slot);
	if (field >= 0)
		t->s->answers[field].cursor = strlen(t->s->answers[field].value);
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	unsigned asked = tg_fields_asked(s);
	int wrong = slot < asked ? -1 : tg_answers_check(t->c, s);
	const char *was;
	if (slot < asked) {
		go_to_field(t, slot, slot);
	} else if (wrong >= 0) {
		go_to_field(t, tg_slot_of_field(s, (unsigned)wrong), asked);
		s->notice = TG_INVALID;
	} else if (tg_changed_field(s, &was)) {
		tg_turn_fail(t, TG_CHANGED);
	} else if (!tg_request_used(t) && !tg_order_refused(t)) {
		bool told = s->open_agreed || s->open_number[0] == '\0';
		tg_turn_go(t, told ? TG_STAGE_CONSENT : TG_STAGE_OPEN);
	}
}

static void back(struct tg_turn *t)
{
	if (tg_fields_asked(t->s) == 0 && tg_cabinet_back(t))
		return;
	tg_turn_go(t, tg_documents_any(t->s) ? TG_STAGE_DOCUMENTS : TG_STAGE_FORM);
}

/* Whether an application of this person is open already is asked while the answers are being read; nobody waits for it
 * (K-16). */
static void enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	static const char *const once[] = {"issue", "ssl", "revoke"};
	s->key_used = false; /* the request may be another one now */
	for (size_t i = 0; i < sizeof once / sizeof once[0]; i++)
		if (!s->open_agreed && s->number[0] == '\0' && tg_kind_is(s->service, s->kind, once[i]))
			tg_turn_ask(t, TG_FX_OPEN_ASK, &s->asked.open);
	s->order_status = TG_OK;
	if (tg_is_order(s))
		tg_turn_ask(t, TG_FX_OPEN_ASK, &s->asked.open);
}

static void paint_plain(struct tg_paint *p, const char *label_id, const char *value_id)
{
	struct tg_item *item = tg_paint_item(p, TG_ITEM_ANSWER, tg_say(p, label_id), false);
	item->locked = true;
	item->value = tg_say(p, value_id);
}

/* How one comes, and what was said of the case. */
static void paint_case(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	unsigned asked[TG_QUESTIONS_MAX], n = tg_questions_asked(s, asked);
	if (s->way)
		paint_plain(p, "review.way", s->way->label);
	for (unsigned i = 0; i < n; i++) {
		const struct tg_question *q = &s->kind->questions[asked[i]];
		if (s->replies.option[asked[i]] > 0)
			paint_plain(p, q->label, q->options[s->replies.option[asked[i]] - 1].label);
	}
}

static const char *brought_text(const struct tg_flow_state *s, unsigned i)
{
	static const char *const texts[] = {[TG_BROUGHT_NOT] = NULL,
	        [TG_BROUGHT_PAPER] = "review.document-paper",
	        [TG_BROUGHT_FORM] = "documents.by-form",
	        [TG_BROUGHT_CHIP] = "documents.by-chip",
	        [TG_BROUGHT_CERTIFICATE] = "documents.by-certificate",
	        [TG_BROUGHT_HEAD] = "documents.by-head",
	        [TG_BROUGHT_REGISTER] = "documents.by-register",
	        [TG_BROUGHT_CARRIER] = "documents.by-carrier"};
	return texts[tg_document_brought(s, i)];
}

static void paint_documents(struct tg_paint *p)
{
	char set[TG_CONDITIONS_BYTES];
	bool first = true;
	tg_state_conditions(p->s, set);
	for (unsigned i = 0; i < p->s->kind->n_documents && i < TG_DOCUMENTS_MAX; i++) {
		const char *text = tg_documents_asked(p->s->kind, i, set) ? brought_text(p->s, i) : NULL;
		if (!text)
			continue;
		if (first)
			tg_paint_heading(p, "title.documents");
		first = false;
		paint_plain(p, p->s->kind->documents[i].label, text);
	}
}

static void paint_line(struct tg_paint *p, unsigned field)
{
	const struct tg_field *f = &tg_state_form(p->s)->fields[field];
	const struct tg_answer *a = &p->s->answers[field];
	bool asked = tg_field_asked(p->s, field);
	struct tg_item *item = tg_paint_item(p, TG_ITEM_ANSWER, tg_say(p, f->label), asked);
	item->id = (int)field;
	item->number = f->number;
	item->locked = !asked;
	if (f->kind == TG_FIELD_NUMBER)
		item->value = p->s->number[0] != '\0' ? p->s->number : tg_say(p, "form.number-later");
	else if (f->kind == TG_FIELD_PUBLIC_KEY)
		item->value = tg_say(p, tg_state_key_note(p->s, f));
	else if (a->value[0] == '\0')
		item->value = tg_say(p, "review.empty");
	else
		item->value = tg_paint_answer(p, field);
	item->mark = tg_answer_mark(p, field);
	item->error = a->error ? tg_say(p, "review.wrong") : NULL;
}

static void paint(struct tg_paint *p)
{
	const struct tg_form *form = tg_state_form(p->s);
	p->v->title = tg_say(p, "title.review");
	if (p->s->order_status != TG_OK)
		tg_paint_status(p, p->s->order_status);
	bool fixed = tg_fields_asked(p->s) == 0; /* nothing to go to: the button first, so that the beginning is seen */
	tg_paint_text(p, fixed ? "review.fixed" : "review.intro");
	if (fixed)
		tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.all-right");
	tg_paint_heading(p, form->title);
	for (unsigned i = 0; i < tg_state_fields(p->s); i++)
		if (tg_field_shown(p->s, i))
			paint_line(p, i);
	paint_case(p);
	paint_documents(p);
	tg_paint_charges(p);
	if (form->signer)
		tg_paint_text(p, form->signer);
	if (!fixed)
		tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.all-right");
}

const struct tg_stage_ops tg_stage_review = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CARDS | TG_STAGE_PROVEN,
        .slots = slots,
        .enter = enter,
        .choose = choose,
        .back = back,
        .paint = paint,
        .enter_label = "key.change",
};
