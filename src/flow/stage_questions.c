/* QUESTIONS: what decides which papers and fields there are. The adviser asks in the same way. A question that has one
 * slot only (a number) is typed; a single question is answered by choosing; several are ticked, and there is
 * "continue". */
#include "cabinet.h"
#include "questions.h"
#include "ways.h"

static struct tg_replies *replies_of(struct tg_flow_state *s)
{
	return s->stage == TG_STAGE_ADVISER ? &s->adviser.replies : &s->replies;
}

const struct tg_question_option *tg_option_chosen(const struct tg_question *question, unsigned option)
{
	return option > 0 && option <= question->n_options ? &question->options[option - 1] : NULL;
}

/* ---- slots ---- */

static unsigned slots_of(const struct tg_question *q)
{
	return q->number ? 1 : q->n_options;
}

static unsigned all_options(const struct tg_asking *a)
{
	unsigned slots = 0;
	for (unsigned i = 0; i < a->n; i++)
		slots += slots_of(&a->list[a->asked[i]]);
	return slots;
}

unsigned tg_question_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	struct tg_asking a;
	(void)c;
	tg_asking_now(s, &a);
	return all_options(&a) + (a.n == 1 ? 0 : 1);
}

/* Question and option of a slot; false: "continue". */
static bool option_of(const struct tg_asking *a, unsigned slot, unsigned *question, unsigned *option)
{
	for (unsigned i = 0; i < a->n; i++) {
		unsigned n = slots_of(&a->list[a->asked[i]]);
		if (slot < n) {
			*question = a->asked[i];
			*option = slot;
			return true;
		}
		slot -= n;
	}
	return false;
}

static unsigned slot_of(const struct tg_asking *a, unsigned question, unsigned option)
{
	unsigned slot = a->list[question].number ? 0 : option;
	for (unsigned i = 0; i < a->n && a->asked[i] != question; i++)
		slot += slots_of(&a->list[a->asked[i]]);
	return slot;
}

static int first_open(const struct tg_asking *a)
{
	for (unsigned i = 0; i < a->n; i++)
		if (!tg_option_chosen(&a->list[a->asked[i]], a->replies->option[a->asked[i]]))
			return (int)a->asked[i];
	return -1;
}

void tg_question_focus(struct tg_flow_state *s)
{
	struct tg_asking a;
	tg_asking_now(s, &a);
	if (a.n > 0 && a.replies->option[a.asked[0]] > 0)
		s->focus = (int)slot_of(&a, a.asked[0], a.replies->option[a.asked[0]] - 1);
}

/* ---- answering ---- */

static bool leads(struct tg_turn *t, const struct tg_question *q, unsigned question)
{
	const struct tg_question_option *o = tg_option_chosen(q, replies_of(t->s)->option[question]);
	if (!o || !o->leads)
		return false;
	t->s->leading = question + 1;
	tg_overlay_open(t, TG_OVERLAY_LEADS);
	return true;
}

/* An answer that leads away is none with which one goes on here. */
static bool any_leads(struct tg_turn *t, const struct tg_asking *a)
{
	for (unsigned i = 0; i < a->n; i++)
		if (leads(t, &a->list[a->asked[i]], a->asked[i]))
			return true;
	return false;
}

static void go_on(struct tg_turn *t, tg_questions_done *done)
{
	struct tg_flow_state *s = t->s;
	struct tg_asking a;
	tg_asking_now(s, &a);
	int open = first_open(&a);
	s->notice = open >= 0 ? TG_INVALID : TG_OK;
	if (open >= 0)
		s->focus = (int)slot_of(&a, (unsigned)open, 0);
	else if (!any_leads(t, &a))
		done(t);
}

/* The next question that waits, else "continue". */
static void focus_next(struct tg_flow_state *s)
{
	struct tg_asking a;
	tg_asking_now(s, &a);
	int open = first_open(&a);
	s->focus = open >= 0 ? (int)slot_of(&a, (unsigned)open, 0) : (int)all_options(&a);
}

void tg_question_choose(struct tg_turn *t, unsigned slot, tg_questions_done *done)
{
	struct tg_flow_state *s = t->s;
	struct tg_asking a;
	unsigned question, option;
	tg_asking_now(s, &a);
	if (!option_of(&a, slot, &question, &option)) {
		go_on(t, done);
		return;
	}
	const struct tg_question *q = &a.list[question];
	if (!q->number)
		replies_of(s)->option[question] = option + 1;
	s->notice = TG_OK;
	if (leads(t, q, question))
		return;
	bool only = a.n == 1, wrong = q->number && replies_of(s)->option[question] == 0;
	tg_asking_now(s, &a); /* the answer may have opened another, or closed one */
	if (wrong || ((only || a.n == 1) && first_open(&a) < 0))
		go_on(t, done);
	else
		focus_next(s);
}

/* ---- a number ---- */

static long number_of(const char *typed)
{
	return strtol(typed, NULL, 10);
}

/* The option whose range the number is in, from 1; 0: none. */
static unsigned option_of_number(const struct tg_question *q, const char *typed)
{
	long n = number_of(typed);
	for (unsigned i = 0; typed[0] != '\0' && i < q->n_options; i++)
		if (n >= q->options[i].from && (q->options[i].to == 0 || n <= q->options[i].to))
			return i + 1;
	return 0;
}

static bool type_number(struct tg_turn *t, const struct tg_question *q, unsigned question)
{
	struct tg_replies *r = replies_of(t->s);
	char *typed = r->typed[question];
	size_t n = strlen(typed);
	int digit = t->ev->action == TG_ACTION_CHAR ? tg_digit_of(t->ev->ch) : -1;
	bool erases = t->ev->action == TG_ACTION_ERASE || t->ev->action == TG_ACTION_DELETE;
	if (t->ev->action != TG_ACTION_CHAR && !erases)
		return false;
	if (erases && n > 0)
		typed[n - 1] = '\0';
	else if (digit >= 0 && n + 1 < TG_TYPED_BYTES)
		typed[n] = (char)('0' + digit), typed[n + 1] = '\0';
	r->option[question] = option_of_number(q, typed);
	t->s->notice = TG_OK;
	return true;
}

bool tg_question_key(struct tg_turn *t, tg_questions_done *done)
{
	struct tg_asking a;
	unsigned question, option;
	tg_asking_now(t->s, &a);
	bool one = option_of(&a, (unsigned)t->s->focus, &question, &option);
	if (one && a.list[question].number)
		return type_number(t, &a.list[question], question);
	if (!tg_key_is_space(t->ev))
		return false;
	if (one)
		tg_question_choose(t, (unsigned)t->s->focus, done);
	return true;
}

unsigned tg_adviser_count(const struct tg_flow_state *s)
{
	char set[TG_CONDITIONS_BYTES] = "";
	unsigned asked[TG_QUESTIONS_MAX];
	const struct tg_provider *p = s->provider;
	unsigned n = p ? tg_questions_hold(p->adviser, p->n_adviser, &s->adviser.replies, set, asked) : 0;
	long count = 0;
	for (unsigned i = 0; i < n; i++)
		if (p->adviser[asked[i]].number)
			count = number_of(s->adviser.replies.typed[asked[i]]);
	return count > 0 ? (unsigned)count : 0;
}

/* ---- the answer leads elsewhere ---- */

const struct tg_question_option *tg_leading_option(const struct tg_flow_state *s)
{
	struct tg_asking a;
	tg_asking_now(s, &a);
	unsigned q = s->leading - 1;
	for (unsigned i = 0; s->leading > 0 && i < a.n; i++)
		if (a.asked[i] == q)
			return tg_option_chosen(&a.list[q], a.replies->option[q]);
	return NULL;
}

/* With this answer nobody goes on here. */
void tg_lead_stay(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	struct tg_replies *r = replies_of(s);
	if (s->leading > 0 && s->leading <= TG_QUESTIONS_MAX) {
		r->option[s->leading - 1] = 0;
		memset(r->typed[s->leading - 1], 0, TG_TYPED_BYTES);
	}
	s->leading = 0;
}

const char *tg_lead_name(struct tg_paint *p)
{
	const struct tg_question_option *o = tg_leading_option(p->s);
	const struct tg_service *to = o ? tg_provider_service(p->s->provider, o->leads) : NULL;
	return to ? tg_say(p, to->label) : "";
}

void tg_lead_follow(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	const struct tg_question_option *o = tg_leading_option(s);
	const struct tg_service *to = o ? tg_provider_service(s->provider, o->leads) : NULL;
	if (!to) { /* the loader knows all services that are led to */
		tg_lead_stay(t);
		return;
	}
	tg_lead_stay(t); /* that answer fits nowhere else */
	s->led = o;
	memset(s->cabinet.old, 0, sizeof s->cabinet.old); /* nothing is renewed from here */
	s->cabinet.ordering = false;
	s->service = to;
	tg_turn_go(t, tg_stage_of_service(to));
}

static void swap(struct tg_answer *a, struct tg_answer *b)
{
	struct tg_answer c = *a;
	*a = *b;
	*b = c;
}

/* In place: `at[i]` is where the answer of the old form's field i stands now. */
static void carry_answers(struct tg_flow_state *s, const struct tg_form *old, const struct tg_form *form)
{
	unsigned at[TG_FORM_FIELDS_MAX], n = form->n_fields < TG_FORM_FIELDS_MAX ? form->n_fields : TG_FORM_FIELDS_MAX;
	for (unsigned i = 0; i < TG_FORM_FIELDS_MAX; i++)
		at[i] = i;
	for (unsigned i = 0; i < n; i++) {
		unsigned k = 0;
		while (k < old->n_fields && (strcmp(old->fields[k].id, form->fields[i].id) != 0 ||
		                                    old->fields[k].kind != form->fields[i].kind))
			k++;
		if (k >= old->n_fields || k >= TG_FORM_FIELDS_MAX)
			continue;
		unsigned there = at[k];
		swap(&s->answers[i], &s->answers[there]);
		for (unsigned x = 0; x < TG_FORM_FIELDS_MAX; x++)
			at[x] = at[x] == i ? there : at[x] == there ? i : at[x];
	}
}

/* True for a field of the new form that has what was answered in the old one. */
static bool carried(const struct tg_form *old, const struct tg_field *f)
{
	for (unsigned k = 0; k < old->n_fields; k++)
		if (strcmp(old->fields[k].id, f->id) == 0 && old->fields[k].kind == f->kind)
			return true;
	return false;
}

static void carry_reply(struct tg_flow_state *s, const struct tg_question *q, const struct tg_replies *was, unsigned i)
{
	for (unsigned k = 0; k < s->kind->n_questions && k < TG_QUESTIONS_MAX; k++) {
		const struct tg_question *mine = &s->kind->questions[k];
		const struct tg_question_option *o = tg_option_chosen(q, was->option[i]);
		if (!o || strcmp(mine->id, q->id) != 0)
			continue;
		for (unsigned x = 0; x < mine->n_options; x++)
			if (strcmp(mine->options[x].id, o->id) == 0)
				s->replies.option[k] = x + 1;
		memcpy(s->replies.typed[k], was->typed[i], TG_TYPED_BYTES);
	}
}

void tg_answers_carry(struct tg_flow_state *s, const struct tg_kind *old)
{
	const struct tg_form *form = tg_state_form(s);
	const struct tg_replies was = s->replies;
	struct tg_answer none = {.by = TG_BY_NOBODY};
	carry_answers(s, old->form, form);
	for (unsigned i = 0; i < TG_FORM_FIELDS_MAX; i++)
		if (i >= form->n_fields || !carried(old->form, &form->fields[i]))
			s->answers[i] = none;
		else if (s->answers[i].by == TG_BY_CERTIFICATE)
			s->answers[i].by = TG_BY_PERSON; /* there the certificate is not asked for */
	tg_case_begin(s);
	for (unsigned i = 0; i < old->n_questions && i < TG_QUESTIONS_MAX; i++)
		carry_reply(s, &old->questions[i], &was, i);
}

/* ---- painting ---- */

static void paint_number_question(struct tg_paint *p, const struct tg_asking *a, unsigned question, const char *error)
{
	const struct tg_question *q = &a->list[question];
	const char *typed = a->replies->typed[question];
	struct tg_item *item = tg_paint_item(p, TG_ITEM_FIELD, tg_say(p, q->label), true);
	item->value = typed;
	item->cursor = strlen(typed);
	item->max_chars = TG_TYPED_BYTES - 1;
	item->hint = tg_say(p, "questions.number-hint");
	item->error = error && typed[0] != '\0' ? tg_say(p, "questions.number-wrong") : error;
	const struct tg_question_option *o = tg_option_chosen(q, a->replies->option[question]);
	if (o)
		item->mark = tg_say(p, o->label);
}

static struct tg_item *paint_option(struct tg_paint *p, const char *label, bool only)
{
	return only ? tg_paint_choice(p, label, NULL, NULL) : tg_paint_item(p, TG_ITEM_CHECK, label, true);
}

static void paint_question(struct tg_paint *p, const struct tg_asking *a, unsigned question)
{
	const struct tg_question *q = &a->list[question];
	bool stopped = p->s->notice == TG_INVALID && first_open(a) == (int)question;
	const char *error = stopped ? tg_say(p, "questions.missing") : NULL;
	if (q->number) {
		paint_number_question(p, a, question, error);
		return;
	}
	tg_paint_heading(p, q->label);
	for (unsigned i = 0; i < q->n_options; i++) {
		struct tg_item *item = paint_option(p, tg_say(p, q->options[i].label), a->n == 1);
		item->checked = a->replies->option[question] == i + 1;
		item->error = i == 0 ? error : NULL;
	}
}

void tg_questions_paint(struct tg_paint *p)
{
	struct tg_asking a;
	tg_asking_now(p->s, &a);
	for (unsigned i = 0; i < a.n; i++)
		paint_question(p, &a, a.asked[i]);
	if (a.n != 1)
		tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.continue");
}

/* ---- QUESTIONS ---- */

static void done(struct tg_turn *t)
{
	tg_turn_go(t, tg_stage_after_choices(t->s));
}

static void enter(struct tg_turn *t)
{
	unsigned asked[TG_QUESTIONS_MAX];
	t->s->notice = TG_OK;
	if (tg_questions_asked(t->s, asked) == 0)
		done(t);
	else
		tg_question_focus(t->s);
}

static void choose(struct tg_turn *t, unsigned slot)
{
	tg_question_choose(t, slot, done);
}

static bool key(struct tg_turn *t)
{
	return tg_question_key(t, done);
}

static void back(struct tg_turn *t)
{
	if ((t->s->cabinet.old[0] != '\0' || t->s->cabinet.ordering) && tg_cabinet_back(t))
		return;
	if (tg_ways_open(t->c, t->s, NULL) > 1)
		tg_turn_go(t, TG_STAGE_WAY);
	else
		tg_turn_go(t, tg_kinds_open(t->s->service) == 1 ? TG_STAGE_SERVICE : TG_STAGE_KIND);
}

static void paint(struct tg_paint *p)
{
	p->v->title = tg_say(p, "title.questions");
	tg_paint_text(p, "questions.intro");
	tg_questions_paint(p);
}

const struct tg_stage_ops tg_stage_questions = {
        .traits = TG_STAGE_USUAL | TG_STAGE_DIGITS | TG_STAGE_CARDS,
        .slots = tg_question_slots,
        .enter = enter,
        .leave = tg_forget_notice,
        .choose = choose,
        .key = key,
        .back = back,
        .event = tg_resume_found,
        .paint = paint,
        .enter_label = "key.choose",
};
