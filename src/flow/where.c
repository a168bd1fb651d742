/* "Where am I?": the screen, the step, and the item that has the focus, in words. For those who hear or feel the screen
 * line by line (P-3). The screen under the question is painted once more to see what its focus is on. */
#include "parts.h"

/* The way as a person walks it; 0: not on it. */
static unsigned step_of(enum tg_stage stage)
{
	static const unsigned char steps[TG_STAGE_COUNT] = {
	        [TG_STAGE_PROVIDER] = 1,
	        [TG_STAGE_SERVICE] = 2,
	        [TG_STAGE_KIND] = 2,
	        [TG_STAGE_CARRIER] = 3,
	        [TG_STAGE_DOCUMENT] = 3,
	        [TG_STAGE_READING] = 3,
	        [TG_STAGE_CARRIERS] = 3,
	        [TG_STAGE_WAY] = 2,
	        [TG_STAGE_QUESTIONS] = 2,
	        [TG_STAGE_PICK] = 4,
	        [TG_STAGE_MEDIUM] = 4,
	        [TG_STAGE_DELIVER] = 9,
	        [TG_STAGE_OPEN] = 6,
	        [TG_STAGE_FORM] = 4,
	        [TG_STAGE_DOCUMENTS] = 5,
	        [TG_STAGE_REVIEW] = 6,
	        [TG_STAGE_CONSENT] = 7,
	        [TG_STAGE_PIN] = 8,
	        [TG_STAGE_PIN_CHANGE] = 8,
	        [TG_STAGE_SUBMITTING] = 9,
	        [TG_STAGE_JUDGING] = 9,
	        [TG_STAGE_WORKING] = 9,
	        [TG_STAGE_RESULT] = 10,
	};
	return steps[stage];
}
#define STEPS 10

static void say(struct tg_paint *p, const char *sentence)
{
	tg_paint_line(p, TG_ITEM_TEXT, sentence);
}

static void say_screen(struct tg_paint *p, const char *title)
{
	say(p, TG_FILL(p, "where.screen", "title", title));
	unsigned step = step_of(p->s->stage);
	if (step > 0)
		say(p, TG_FILL(p, "where.step", "step", tg_paint_number(p, step), "steps", tg_paint_number(p, STEPS)));
}

static void say_answer(struct tg_paint *p, const struct tg_item *it)
{
	if (it->kind == TG_ITEM_PIN)
		say(p, TG_FILL(p, "where.pin", "count", tg_paint_number(p, it->pin_characters)));
	else if (it->kind == TG_ITEM_CHECK)
		tg_paint_text(p, it->checked ? "where.ticked" : "where.not-ticked");
	else if (it->value && it->value[0] != '\0')
		say(p, TG_FILL(p, "where.answer", "answer", it->value));
	else if (it->kind == TG_ITEM_FIELD)
		tg_paint_text(p, "where.no-answer");
}

static bool must_be_answered(const struct tg_flow_state *s, const struct tg_item *it)
{
	if (it->kind != TG_ITEM_FIELD || it->id < 0)
		return false;
	if (s->stage == TG_STAGE_DOCUMENTS) /* not those that say themselves when they may stay empty */
		return it->max_chars == 10 || !it->hint;
	if (s->stage != TG_STAGE_FORM) /* what is typed elsewhere is needed there */
		return true;
	return tg_field_needed(s, (unsigned)it->id);
}

static void say_item(struct tg_paint *p, const struct tg_item *it, unsigned slots)
{
	const char *line = it->label;
	if (it->number)
		line = TG_FILL(p, "where.numbered", "number", it->number, "line", it->label);
	if (slots > 1)
		line = TG_FILL(p, "where.line", "line", line, "place", tg_paint_number(p, p->s->focus + 1), "places",
		        tg_paint_number(p, slots));
	say(p, line);
	say_answer(p, it);
	if (it->error)
		tg_paint_line(p, TG_ITEM_ERROR, it->error);
	else if (it->kind == TG_ITEM_FIELD)
		tg_paint_text(p, must_be_answered(p->s, it) ? "where.required" : "where.optional");
	if (it->hint && it->hint != tg_say(p, "where.optional"))
		say(p, it->hint);
}

void tg_where_paint(struct tg_paint *p)
{
	struct tg_view *v = p->v;
	struct tg_paint under = {p->c, p->s, v, p->lang, p->s->focus, 0};
	tg_stage_ops(p->s->stage)->paint(&under);
	const char *title = v->title;
	struct tg_item focused = {0};
	bool any = v->focus >= 0;
	if (any)
		focused = v->items[v->focus];
	memset(v->items, 0, sizeof v->items);
	v->n_items = 0;
	v->focus = -1;
	v->title = tg_say(p, tg_action_label(TG_ACTION_WHERE));
	say_screen(p, title);
	if (any)
		say_item(p, &focused, (unsigned)under.slot);
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.close");
}
