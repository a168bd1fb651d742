/* WAY: how one comes to the service. QUESTIONS: what decides which papers and fields there are. What has one answer
 * only is not asked. */
#include "ways.h"

static const char *const numbers[] = {"1", "2", "3", "4", "5", "6", "7", "8", "9"};

static struct tg_item *paint_line(struct tg_paint *p, const char *label)
{
	size_t slot = (size_t)p->slot;
	struct tg_item *item = tg_paint_item(p, TG_ITEM_CHOICE, tg_say(p, label), true);
	item->number = slot < sizeof numbers / sizeof numbers[0] ? numbers[slot] : NULL;
	return item;
}

/* ---- WAY ---- */

static unsigned way_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	return tg_ways_open(c, s, NULL);
}

static void way_choose(struct tg_turn *t, unsigned slot)
{
	const struct tg_way *ways[TG_WAYS_MAX];
	if (slot >= tg_ways_open(t->c, t->s, ways))
		return;
	t->s->way = ways[slot];
	tg_turn_go(t, TG_STAGE_QUESTIONS);
}

static void way_enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	const struct tg_way *ways[TG_WAYS_MAX];
	unsigned n = tg_ways_open(t->c, s, ways);
	if (n <= 1) {
		s->way = n == 1 ? ways[0] : NULL;
		tg_turn_go(t, TG_STAGE_QUESTIONS);
		return;
	}
	for (unsigned i = 0; i < n; i++)
		if (ways[i] == s->way)
			s->focus = (int)i;
}

static void way_leave(struct tg_turn *t, enum tg_stage to)
{
	(void)to;
	t->s->notice = TG_OK;
}

static void way_back(struct tg_turn *t)
{
	tg_turn_go(t, tg_kinds_open(t->s->service) == 1 ? TG_STAGE_SERVICE : TG_STAGE_KIND);
}

static void way_paint(struct tg_paint *p)
{
	const struct tg_way *ways[TG_WAYS_MAX];
	unsigned n = tg_ways_open(p->c, p->s, ways);
	p->v->title = tg_say(p, "title.way");
	if (p->s->notice == TG_DOC_NONE) /* back from a way that the chip alone opens */
		tg_paint_notice(p, "way.chip-needed");
	else
		tg_paint_text(p, "way.intro");
	for (unsigned i = 0; i < n; i++) {
		struct tg_item *item = paint_line(p, ways[i]->label);
		item->value = ways[i]->hint ? tg_say(p, ways[i]->hint) : NULL; /* of all: they are compared */
	}
}

/* ---- QUESTIONS ---- */

static unsigned n_options(const struct tg_flow_state *s, unsigned question)
{
	return s->kind->questions[question].n_options;
}

static unsigned options_slots(const struct tg_flow_state *s)
{
	unsigned asked[TG_QUESTIONS_MAX], slots = 0, n = tg_questions_asked(s, asked);
	for (unsigned i = 0; i < n; i++)
		slots += n_options(s, asked[i]);
	return slots;
}

/* A single question is answered by choosing; several are ticked, and there is "continue". */
static bool single(const struct tg_flow_state *s)
{
	unsigned asked[TG_QUESTIONS_MAX];
	return tg_questions_asked(s, asked) == 1;
}

static unsigned question_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return options_slots(s) + (single(s) ? 0 : 1);
}

/* Question and option of a slot; false: "continue". */
static bool option_of(const struct tg_flow_state *s, unsigned slot, unsigned *question, unsigned *option)
{
	unsigned asked[TG_QUESTIONS_MAX], n = tg_questions_asked(s, asked);
	for (unsigned i = 0; i < n; i++) {
		if (slot < n_options(s, asked[i])) {
			*question = asked[i];
			*option = slot;
			return true;
		}
		slot -= n_options(s, asked[i]);
	}
	return false;
}

static unsigned slot_of(const struct tg_flow_state *s, unsigned question, unsigned option)
{
	unsigned asked[TG_QUESTIONS_MAX], slot = option, n = tg_questions_asked(s, asked);
	for (unsigned i = 0; i < n && asked[i] != question; i++)
		slot += n_options(s, asked[i]);
	return slot;
}

static int first_open_question(const struct tg_flow_state *s)
{
	unsigned asked[TG_QUESTIONS_MAX], n = tg_questions_asked(s, asked);
	for (unsigned i = 0; i < n; i++)
		if (s->chosen[asked[i]] == 0)
			return (int)asked[i];
	return -1;
}

static void go_on(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	int open = first_open_question(s);
	s->notice = open >= 0 ? TG_INVALID : TG_OK;
	if (open >= 0)
		s->focus = (int)slot_of(s, (unsigned)open, 0);
	else
		tg_turn_go(t, tg_stage_after_choices(s));
}

static void question_choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	unsigned question, option;
	bool only = single(s);
	if (!option_of(s, slot, &question, &option)) {
		go_on(t);
		return;
	}
	s->chosen[question] = option + 1;
	s->notice = TG_OK;
	if (only && first_open_question(s) < 0) {
		go_on(t);
		return;
	}
	/* The next question that waits, else "continue". */
	int open = first_open_question(s);
	s->focus = open >= 0 ? (int)slot_of(s, (unsigned)open, 0) : (int)options_slots(s);
}

static void question_enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	unsigned asked[TG_QUESTIONS_MAX];
	s->notice = TG_OK;
	if (tg_questions_asked(s, asked) == 0)
		tg_turn_go(t, tg_stage_after_choices(s));
	else if (s->chosen[asked[0]] > 0)
		s->focus = (int)slot_of(s, asked[0], s->chosen[asked[0]] - 1);
}

static void question_leave(struct tg_turn *t, enum tg_stage to)
{
	(void)to;
	t->s->notice = TG_OK;
}

static bool question_key(struct tg_turn *t)
{
	unsigned question, option;
	if (t->ev->action != TG_ACTION_CHAR || t->ev->ch != ' ')
		return false;
	if (option_of(t->s, (unsigned)t->s->focus, &question, &option))
		question_choose(t, (unsigned)t->s->focus);
	return true;
}

static void question_back(struct tg_turn *t)
{
	if (tg_ways_open(t->c, t->s, NULL) > 1)
		tg_turn_go(t, TG_STAGE_WAY);
	else
		way_back(t);
}

static void paint_question(struct tg_paint *p, unsigned question, bool only)
{
	const struct tg_question *q = &p->s->kind->questions[question];
	bool stopped = p->s->notice == TG_INVALID && first_open_question(p->s) == (int)question;
	(void)tg_paint_item(p, TG_ITEM_HEADING, tg_say(p, q->label), false);
	for (unsigned i = 0; i < q->n_options; i++) {
		bool chosen = p->s->chosen[question] == i + 1;
		struct tg_item *item = only ? paint_line(p, q->options[i].label)
		                            : tg_paint_item(p, TG_ITEM_CHECK, tg_say(p, q->options[i].label), true);
		item->checked = chosen;
		item->error = stopped && i == 0 ? tg_say(p, "questions.missing") : NULL;
	}
}

static void question_paint(struct tg_paint *p)
{
	unsigned asked[TG_QUESTIONS_MAX], n = tg_questions_asked(p->s, asked);
	p->v->title = tg_say(p, "title.questions");
	tg_paint_text(p, "questions.intro");
	for (unsigned i = 0; i < n; i++)
		paint_question(p, asked[i], n == 1);
	if (n != 1)
		tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.continue");
}

static void look_for_unfinished(struct tg_turn *t)
{
	if (t->ev->kind == TG_EV_UNFINISHED && t->s->unfinished_number[0] != '\0')
		tg_turn_go(t, TG_STAGE_RESUME);
}

#define TRAITS (TG_STAGE_DIGITS | TG_STAGE_CANCEL | TG_STAGE_TIMED | TG_STAGE_BACK | TG_STAGE_CARDS | TG_STAGE_PERSON)

const struct tg_stage_ops tg_stage_way = {
        .traits = TRAITS,
        .slots = way_slots,
        .enter = way_enter,
        .leave = way_leave,
        .choose = way_choose,
        .back = way_back,
        .event = look_for_unfinished,
        .paint = way_paint,
        .enter_label = "key.choose",
};

const struct tg_stage_ops tg_stage_questions = {
        .traits = TRAITS,
        .slots = question_slots,
        .enter = question_enter,
        .leave = question_leave,
        .choose = question_choose,
        .key = question_key,
        .back = question_back,
        .event = look_for_unfinished,
        .paint = question_paint,
        .enter_label = "key.choose",
};
