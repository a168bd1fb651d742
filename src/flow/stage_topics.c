/* TOPICS: the provider's questions and answers, searched while typing. TOPIC: one of them, line by line (DOS-11). */
#include "advice.h"
#include "ways.h"

static const struct tg_field query_field = {.id = "query",
        .kind = TG_FIELD_TEXT,
        .label = "topics.query",
        .hint = "topics.query-hint",
        .max_chars = TG_QUERY_CHARS};

/* ---- TOPICS ---- */

static bool nothing_typed(const struct tg_flow_state *s)
{
	return s->helpdesk.query.value[strspn(s->helpdesk.query.value, " ")] == '\0';
}

static void list_all(struct tg_flow_state *s)
{
	struct tg_topics *found = &s->helpdesk.found;
	memset(found, 0, sizeof *found);
	for (unsigned i = 0; i < s->provider->n_help && i < TG_TOPICS_MAX; i++)
		found->list[found->n++] = i;
	s->helpdesk.status = TG_OK;
}

static bool nothing_found(const struct tg_flow_state *s)
{
	return s->helpdesk.found.n == 0 || s->helpdesk.status != TG_OK;
}

/* The line to type in, what was found, and where to ask when that is nothing. */
static unsigned topics_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return 1 + s->helpdesk.found.n + (nothing_found(s) ? tg_contacts_slots(s->provider) : 0);
}

static void search(struct tg_turn *t)
{
	if (nothing_typed(t->s))
		list_all(t->s);
	else
		tg_turn_ask(t, TG_FX_TOPICS, &t->s->asked.topics);
}

void tg_topics_search_again(struct tg_turn *t)
{
	if (t->s->stage == TG_STAGE_TOPICS)
		search(t);
}

/* The language may have been changed over a topic: what was typed is looked for again. */
static void topics_enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	unsigned shown = s->helpdesk.shown;
	if (s->helpdesk.found.n == 0)
		list_all(s);
	for (unsigned i = 0; shown > 0 && i < s->helpdesk.found.n; i++)
		if (s->helpdesk.found.list[i] + 1 == shown)
			s->focus = (int)i + 1;
	s->helpdesk.shown = 0;
	search(t);
}

static void topics_choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	if (slot == 0) {
		s->focus = s->helpdesk.found.n > 0 ? 1 : 0;
	} else if (slot <= s->helpdesk.found.n) {
		s->helpdesk.shown = s->helpdesk.found.list[slot - 1] + 1;
		tg_turn_go(t, TG_STAGE_TOPIC);
	}
}

/* Letters go into the line from wherever the focus is: one looks at what was found and types on. */
static bool topics_key(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	enum tg_action a = t->ev->action;
	bool types = a == TG_ACTION_CHAR || a == TG_ACTION_ERASE || a == TG_ACTION_DELETE;
	if ((s->focus != 0 && !types) || !tg_answer_type(&s->helpdesk.query, &query_field, t->ev))
		return false;
	s->focus = 0;
	if (types)
		search(t);
	return true;
}

static void topics_back(struct tg_turn *t)
{
	memset(&t->s->helpdesk, 0, sizeof t->s->helpdesk);
	tg_turn_go(t, TG_STAGE_SERVICE);
}

static void take_found(struct tg_flow_state *s, const struct tg_topics *news)
{
	struct tg_topics *found = &s->helpdesk.found;
	memset(found, 0, sizeof *found);
	for (unsigned i = 0; news && i < news->n && i < TG_TOPICS_MAX; i++)
		if (news->list[i] < s->provider->n_help)
			found->list[found->n++] = news->list[i];
}

static void topics_event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (t->ev->kind != TG_EV_TOPICS || nothing_typed(s))
		return;
	s->helpdesk.status = t->ev->status;
	if (t->ev->status == TG_OK)
		take_found(s, t->ev->topics);
	else
		list_all(s), s->helpdesk.status = t->ev->status; /* without the search all can still be read */
}

static void topics_paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	const struct tg_topics *found = &s->helpdesk.found;
	p->v->title = tg_say(p, s->service->label);
	(void)tg_paint_typed(p, &query_field, &s->helpdesk.query);
	if (s->helpdesk.status != TG_OK)
		tg_paint_status(p, s->helpdesk.status);
	else if (found->n == 0)
		tg_paint_notice(p, "topics.nothing");
	for (unsigned i = 0; i < found->n; i++)
		(void)tg_paint_item(p, TG_ITEM_CHOICE, tg_say(p, s->provider->help[found->list[i]].title), true);
	if (nothing_found(s))
		tg_paint_contacts(p);
}

/* ---- TOPIC ---- */

static const struct tg_help_topic *topic(const struct tg_flow_state *s)
{
	unsigned shown = s->helpdesk.shown;
	return shown > 0 && shown <= s->provider->n_help ? &s->provider->help[shown - 1] : NULL;
}

static unsigned topic_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	const struct tg_help_topic *h = topic(s);
	(void)c;
	return (h ? h->n_text : 0) + 1;
}

static void to_topics(struct tg_turn *t)
{
	tg_turn_go(t, TG_STAGE_TOPICS);
}

static void topic_choose(struct tg_turn *t, unsigned slot)
{
	(void)slot;
	to_topics(t);
}

static void topic_paint(struct tg_paint *p)
{
	const struct tg_help_topic *h = topic(p->s);
	p->v->title = tg_say(p, h ? h->title : "topics.nothing");
	for (unsigned i = 0; h && i < h->n_text; i++)
		(void)tg_paint_item(p, TG_ITEM_TEXT, tg_say(p, h->text[i]), true);
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.close");
}

const struct tg_stage_ops tg_stage_topics = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CARDS,
        .slots = topics_slots,
        .enter = topics_enter,
        .choose = topics_choose,
        .key = topics_key,
        .back = topics_back,
        .event = topics_event,
        .paint = topics_paint,
        .enter_label = "key.choose",
};

const struct tg_stage_ops tg_stage_topic = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CARDS,
        .slots = topic_slots,
        .choose = topic_choose,
        .back = to_topics,
        .paint = topic_paint,
        .enter_label = "key.continue",
};
