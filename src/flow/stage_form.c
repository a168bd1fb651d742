/* FORM: one list of numbered questions. What is wrong is said when a field is left, and goes as soon as it is mended.
 */
#include "cabinet.h"
#include "medium.h"
#include "ways.h"

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return tg_fields_asked(s) + 1; /* and "continue" */
}

static void tidy_and_check(const struct tg_flow_config *c, struct tg_flow_state *s, int field)
{
	if (field < 0)
		return;
	tg_answer_tidy(&s->answers[field]);
	/* An empty answer that was only passed by is no mistake yet: "continue" names it. */
	if (s->answers[field].value[0] != '\0' || s->answers[field].error)
		(void)tg_answer_check(c, s, (unsigned)field);
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
	int wrong = tg_answers_check(t->c, s);
	s->notice = wrong >= 0 ? TG_INVALID : TG_OK;
	if (wrong >= 0)
		focus_field(s, wrong);
	else if (s->return_to_review != 0)
		to_review(t);
	else
		tg_turn_go(t, TG_STAGE_DOCUMENTS);
}

/* Enter in a list adds a line, when those that were typed are right; on an empty line the list is done. */
static bool next_line(struct tg_turn *t, unsigned field)
{
	const struct tg_field *f = &tg_state_form(t->s)->fields[field];
	struct tg_answer *a = &t->s->answers[field];
	bool lines = tg_field_is_list(f) || (f->kind == TG_FIELD_PKCS10 && t->s->pkcs10.algorithm[0] == '\0');
	if (!lines || a->value[0] == '\0')
		return false;
	if (tg_field_is_list(f) && !tg_answer_check(t->c, t->s, field) && a->error_line > 0)
		return true;
	bool added = tg_answer_new_line(a, f);
	if (added)
		a->error = NULL; /* too few, or too many: said when the list is done */
	return added;
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
		(void)tg_answer_check(t->c, s, (unsigned)field);
		return; /* it stays in sight until the person goes on */
	}
	if (next_line(t, (unsigned)field))
		return;
	tg_answer_tidy(a);
	if (!tg_answer_check(t->c, s, (unsigned)field))
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
	tidy_and_check(t->c, s, field);
	put_cursor_at_end(s);
	return true;
}

static void enter(struct tg_turn *t)
{
	t->s->notice = TG_OK;
	tg_document_fill(t->s);
	if (!t->s->picked && t->s->return_to_review == 0 && tg_pick_wanted(t->s)) {
		tg_turn_go(t, TG_STAGE_PICK);
		return;
	}
	if (!t->s->medium.passed && t->s->return_to_review == 0 && tg_medium_wanted(t->c, t->s)) {
		tg_turn_go(t, TG_STAGE_MEDIUM);
		return;
	}
	put_cursor_at_end(t->s);
}

static void leave(struct tg_turn *t, enum tg_stage to)
{
	(void)to;
	t->s->notice = TG_OK;
	t->s->doc.name_fit = tg_document_names_fit(t->c, t->s);
}

/* Leaving the choices or the card, by the way that led here. */
enum tg_stage tg_stage_before_form(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	enum tg_stage first = tg_stage_after_choices(s);
	if (s->change.known)
		return TG_STAGE_COMPANIES;
	if (first == TG_STAGE_FORM)
		return tg_stage_last_choice(c, s);
	if (first != TG_STAGE_CARRIER)
		return first;
	if (tg_chip_must_prove(s))
		return tg_carriers_asked(s) ? TG_STAGE_CARRIERS : TG_STAGE_READING;
	if (!tg_card_ready(s) || !tg_document_offered(s))
		return TG_STAGE_CARRIER;
	return tg_document_proven(s) ? TG_STAGE_READING : TG_STAGE_DOCUMENT;
}

static void back(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	tidy_and_check(t->c, s, tg_field_of_slot(s, (unsigned)s->focus));
	if (s->return_to_review != 0)
		to_review(t);
	else if (!tg_cabinet_back(t))
		tg_turn_go(t, s->picked && tg_pick_wanted(s) ? TG_STAGE_PICK : tg_stage_before_form(t->c, s));
}

/* {min} and {max} of a sentence come from the field's length rule, {count} from the one whose argument is a number. */
static const char *error_sentence(struct tg_paint *p, const struct tg_field *f, const char *id)
{
	const char *sentence = tg_say(p, id);
	for (unsigned i = 0; strchr(sentence, '{') && i < f->n_rules; i++) {
		const char *arg = f->rules[i].arg, *dots = arg ? strstr(arg, "..") : NULL;
		char min[8], max[8];
		if (!arg || arg[0] < '0' || arg[0] > '9' ||
		        (dots != NULL) != (strstr(sentence, "{min}") != NULL || strstr(sentence, "{max}") != NULL))
			continue;
		(void)snprintf(min, sizeof min, "%.*s", (int)strcspn(arg, "."), arg);
		(void)snprintf(max, sizeof max, "%s", dots ? dots + 2 : "");
		return TG_FILL(p, id, "min", min, "max", max, "count", min);
	}
	return sentence;
}

/* Of a list: which line. */
static const char *said(struct tg_paint *p, const struct tg_field *f, const struct tg_answer *a, const char *id)
{
	const char *sentence = error_sentence(p, f, id);
	if (a->error_line == 0 || tg_answer_lines(a) < 2)
		return sentence;
	return TG_FILL(p, "list.line", "line", tg_paint_number(p, a->error_line), "error", sentence);
}

/* Of a list only the line that changes. */
static const char *mend_shown(struct tg_paint *p, const struct tg_answer *a)
{
	if (a->error_line == 0)
		return a->mend;
	const char *line = a->mend;
	for (unsigned i = 1; i < a->error_line && *line != '\0'; i++)
		line += strcspn(line, "\n"), line += *line == '\n';
	(void)snprintf(tg_paint_room(p), tg_paint_left(p), "%.*s", (int)strcspn(line, "\n"), line);
	return tg_paint_keep(p);
}

/* Only the focused field needs the offer: there Enter takes it. */
static const char *error_text(struct tg_paint *p, const struct tg_field *f, const struct tg_answer *a, bool focused)
{
	if (!a->error)
		return NULL;
	const char *error = said(p, f, a, a->error);
	if (!focused || a->mend[0] == '\0')
		return error;
	bool less = strcmp(a->error, "rule.list.line-twice") == 0;
	const char *both = TG_FILL(p, less ? "form.mend-less" : "form.mend", "error", error, "value", mend_shown(p, a));
	return both[0] != '\0' ? both : error;
}

/* How many lines there are, and on which sheet of the paper form they end. */
static const char *lines_mark(struct tg_paint *p, const struct tg_field *f, const struct tg_answer *a)
{
	unsigned n = tg_answer_lines(a);
	int sheet = f->kind == TG_FIELD_SERIALS ? tg_state_form(p->s)->lines_per_sheet : 0;
	const char *count = tg_paint_number(p, n);
	if (sheet <= 0)
		return n > 1 ? TG_FILL(p, "list.count", "count", count) : NULL;
	if (n <= (unsigned)sheet)
		return TG_FILL(p, "list.count-of", "count", count, "max", tg_paint_number(p, sheet));
	unsigned more = (n - 1) / (unsigned)sheet;
	return TG_FILL(p, "list.sheets", "count", count, "sheets", tg_paint_number(p, more));
}

static const char *mark_of(struct tg_paint *p, unsigned field)
{
	const struct tg_field *f = &tg_state_form(p->s)->fields[field];
	const struct tg_answer *a = &p->s->answers[field];
	const char *mark = tg_answer_mark(p, field);
	if (mark)
		return mark;
	if (a->warning)
		return said(p, f, a, a->warning);
	return tg_field_is_list(f) ? lines_mark(p, f, a) : NULL;
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

#define LINES_SHOWN 5

static size_t line_at(const char *value, unsigned line)
{
	size_t at = 0;
	for (; line > 0 && value[at] != '\0'; line--)
		at += strcspn(value + at, "\n"), at += value[at] == '\n';
	return at;
}

/* Of a long list the lines around the cursor, so that its question stays in sight. `cursor`: its place in them. */
static const char *lines_around(struct tg_paint *p, const struct tg_answer *a, bool focused, size_t *cursor)
{
	unsigned all = 1, now = 0;
	for (size_t i = 0; a->value[i] != '\0'; i++) {
		all += a->value[i] == '\n';
		now += focused && i < a->cursor && a->value[i] == '\n';
	}
	*cursor = a->cursor;
	if (all <= LINES_SHOWN)
		return a->value;
	unsigned first = now < LINES_SHOWN / 2 ? 0 : now - LINES_SHOWN / 2;
	if (first > all - LINES_SHOWN)
		first = all - LINES_SHOWN;
	size_t from = line_at(a->value, first), to = line_at(a->value, first + LINES_SHOWN);
	bool more = first + LINES_SHOWN < all;
	const char *above = first > 0 ? "…\n" : "";
	(void)snprintf(tg_paint_room(p), tg_paint_left(p), "%s%.*s%s", above, (int)(to - from), a->value + from,
	        more ? "…" : "");
	*cursor = focused ? a->cursor - from + strlen(above) : 0;
	return tg_paint_keep(p);
}

/* A new person begins (NCA-role). */
static void paint_role(struct tg_paint *p, const char *role, const char **last)
{
	char id[48];
	bool same = role == *last || (role && *last && strcmp(role, *last) == 0);
	*last = role;
	if (!same && tg_role_heading(role, id))
		tg_paint_heading(p, id);
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
	item->value = asked ? tg_paint_answer(p, field) : locked_value(p, f, a);
	item->hint = hint_of(p, f);
	item->error = error_text(p, f, a, focused);
	item->mark = mark_of(p, field);
	item->cursor = f->kind == TG_FIELD_CHOICE || item->value != a->value ? 0 : a->cursor;
	if (item->value == a->value && (tg_field_is_list(f) || f->kind == TG_FIELD_PKCS10))
		item->value = lines_around(p, a, focused, &item->cursor);
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
	tg_paint_heading(p, form->title);
	unsigned wrong = p->s->notice == TG_INVALID ? count_errors(p->s) : 0;
	if (wrong > 0)
		TG_PAINT(p, TG_ITEM_ERROR, "form.wrong", "count", tg_paint_number(p, wrong));
	const char *role = NULL;
	for (unsigned i = 0; i < tg_state_fields(p->s); i++) {
		if (!tg_field_shown(p->s, i))
			continue;
		paint_role(p, form->fields[i].role, &role);
		paint_field(p, i);
	}
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, p->s->return_to_review ? "button.to-review" : "button.continue");
}

const struct tg_stage_ops tg_stage_form = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CARDS | TG_STAGE_PROVEN,
        .slots = slots,
        .enter = enter,
        .leave = leave,
        .choose = choose,
        .key = key,
        .back = back,
        .paint = paint,
        .enter_label = "key.next-field",
};
