/* FORM: one list of numbered questions. What is wrong is said when a field is left, and goes as soon as it is mended.
 */
#include "cabinet.h"

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return tg_fields_asked(s) + 1; /* and "continue" */
}

static void tidy_and_check(struct tg_flow_state *s, int field)
{
	if (field < 0)
		return;
	tg_answer_tidy(&s->answers[field]);
	/* An empty answer that was only passed by is no mistake yet: "continue" names it. */
	if (s->answers[field].value[0] != '\0' || s->answers[field].error)
		(void)tg_answer_check(s, (unsigned)field);
}

static void focus_field(struct tg_flow_state *s, int field)
{
	s->focus = (int)tg_slot_of_field(s, (unsigned)field);
	s->answers[field].cursor = strlen(s->answers[field].value);
}

static void put_cursor_at_end(struct tg_flow_state *s)
{
	int field = tg_field_of_slot(s, (unsigned)s->focus);
	if (field >= 0)
		s->answers[field].cursor = strlen(s->answers[field].value);
}

static void to_review(struct tg_turn *t)
{
	int line = t->s->return_to_review - 1;
	t->s->return_to_review = 0;
	tg_turn_go(t, TG_STAGE_REVIEW);
	t->s->focus = line;
}

static void go_on(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	int wrong = tg_answers_check(s);
	s->notice = wrong >= 0 ? TG_INVALID : TG_OK;
	if (wrong >= 0)
		focus_field(s, wrong);
	else if (s->return_to_review != 0)
		to_review(t);
	else
		tg_turn_go(t, TG_STAGE_DOCUMENTS);
}

/* Enter on a field: takes the proposed mend, else checks it and goes to the next. */
static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	int field = tg_field_of_slot(s, slot);
	if (field < 0) {
		go_on(t);
		return;
	}
	struct tg_answer *a = &s->answers[field];
	if (a->error && a->mend[0] != '\0') {
		memset(a->value, 0, sizeof a->value);
		(void)tg_copy(a->value, sizeof a->value, a->mend);
		a->cursor = strlen(a->value);
		a->by = TG_BY_PERSON;
		(void)tg_answer_check(s, (unsigned)field);
		return; /* it stays in sight until the person goes on */
	}
	tg_answer_tidy(a);
	if (!tg_answer_check(s, (unsigned)field))
		return;
	if (s->return_to_review != 0) {
		to_review(t);
		return;
	}
	s->focus++;
	put_cursor_at_end(s);
}

static bool key(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	int field = tg_field_of_slot(s, (unsigned)s->focus);
	if (field >= 0 && tg_answer_edit(t->c, s, (unsigned)field, t->ev))
		return true;
	if (!tg_focus_move(&s->focus, slots(t->c, s), t->ev->action))
		return false;
	tidy_and_check(s, field);
	put_cursor_at_end(s);
	return true;
}

static void enter(struct tg_turn *t)
{
	t->s->notice = TG_OK;
	tg_document_fill(t->s);
	put_cursor_at_end(t->s);
}

static void leave(struct tg_turn *t, enum tg_stage to)
{
	(void)to;
	t->s->notice = TG_OK;
	t->s->doc.name_fit = tg_document_names_fit(t->c, t->s);
}

static enum tg_stage before_form(const struct tg_flow_state *s)
{
	if (!tg_card_ready(s) || !tg_document_offered(s))
		return TG_STAGE_CARRIER;
	return tg_document_proven(s) ? TG_STAGE_READING : TG_STAGE_DOCUMENT;
}

static void back(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	tidy_and_check(s, tg_field_of_slot(s, (unsigned)s->focus));
	if (s->return_to_review != 0)
		to_review(t);
	else if (!tg_cabinet_back(t))
		tg_turn_go(t, before_form(s));
}

/* {min} and {max} of a sentence come from the field's length rule. */
static const char *error_sentence(struct tg_paint *p, const struct tg_field *f, const char *id)
{
	const char *sentence = tg_say(p, id);
	if (!strchr(sentence, '{'))
		return sentence;
	for (unsigned i = 0; i < f->n_rules; i++) {
		const char *dots = f->rules[i].arg ? strstr(f->rules[i].arg, "..") : NULL;
		if (strcmp(f->rules[i].name, "length") != 0 || !dots)
			continue;
		char min[8], max[8];
		(void)snprintf(min, sizeof min, "%.*s", (int)(dots - f->rules[i].arg), f->rules[i].arg);
		(void)snprintf(max, sizeof max, "%s", dots + 2);
		return TG_FILL(p, id, "min", min, "max", max);
	}
	return sentence;
}

/* Only the focused field needs the offer: there Enter takes it. */
static const char *error_text(struct tg_paint *p, const struct tg_field *f, const struct tg_answer *a, bool focused)
{
	if (!a->error)
		return NULL;
	const char *error = error_sentence(p, f, a->error);
	if (!focused || a->mend[0] == '\0')
		return error;
	const char *both = TG_FILL(p, "form.mend", "error", error, "value", a->mend);
	return both[0] != '\0' ? both : error;
}

static const char *hint_of(struct tg_paint *p, const struct tg_field *f)
{
	if (f->hint)
		return tg_say(p, f->hint);
	if (f->kind == TG_FIELD_CHOICE)
		return tg_say(p, "form.choice-hint");
	return f->required ? NULL : tg_say(p, "where.optional");
}

static const char *locked_value(struct tg_paint *p, const struct tg_field *f, const struct tg_answer *a)
{
	if (f->kind == TG_FIELD_NUMBER)
		return p->s->number[0] != '\0' ? p->s->number : tg_say(p, "form.number-later");
	if (f->kind == TG_FIELD_PUBLIC_KEY)
		return tg_say(p, tg_state_key_note(p->s, f));
	return tg_answer_shown(p->c, p->lang, f, a);
}

static void paint_field(struct tg_paint *p, unsigned field)
{
	const struct tg_field *f = &tg_state_form(p->s)->fields[field];
	const struct tg_answer *a = &p->s->answers[field];
	bool asked = tg_field_asked(p->s, field), focused = asked && p->slot == p->focus;
	struct tg_item *item = tg_paint_item(p, TG_ITEM_FIELD, tg_say(p, f->label), asked);
	item->id = (int)field;
	item->number = f->number;
	item->locked = !asked;
	item->value = asked ? tg_answer_shown(p->c, p->lang, f, a) : locked_value(p, f, a);
	item->hint = hint_of(p, f);
	item->error = error_text(p, f, a, focused);
	item->mark = tg_answer_mark(p, field);
	item->cursor = f->kind == TG_FIELD_CHOICE ? 0 : a->cursor;
	item->max_chars = f->max_chars;
}

static unsigned count_errors(const struct tg_flow_state *s)
{
	unsigned n = 0;
	for (unsigned i = 0; i < TG_FORM_FIELDS_MAX; i++)
		n += s->answers[i].error != NULL;
	return n;
}

static void paint(struct tg_paint *p)
{
	const struct tg_form *form = tg_state_form(p->s);
	p->v->title = tg_say(p, "title.form");
	(void)tg_paint_item(p, TG_ITEM_HEADING, tg_say(p, form->title), false);
	unsigned wrong = p->s->notice == TG_INVALID ? count_errors(p->s) : 0;
	if (wrong > 0)
		(void)tg_paint_item(
		        p, TG_ITEM_ERROR, TG_FILL(p, "form.wrong", "count", tg_paint_number(p, wrong)), false);
	for (unsigned i = 0; i < form->n_fields && i < TG_FORM_FIELDS_MAX; i++)
		paint_field(p, i);
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, p->s->return_to_review ? "button.to-review" : "button.continue");
}

const struct tg_stage_ops tg_stage_form = {
        .traits = TG_STAGE_CANCEL | TG_STAGE_TIMED | TG_STAGE_BACK | TG_STAGE_CARDS | TG_STAGE_PERSON,
        .slots = slots,
        .enter = enter,
        .leave = leave,
        .choose = choose,
        .key = key,
        .back = back,
        .paint = paint,
        .enter_label = "key.next-field",
};
