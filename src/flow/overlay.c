/* Questions that lie over any screen: stop?, more time?, help, where am I?, language, last try? The safe answer has the
 * focus. */
#include "advice.h"
#include "questions.h"
#include "work.h"

const char *tg_overlay_name(enum tg_overlay overlay)
{
	static const char *const names[] = {
	        "none", "cancel", "idle-warning", "help", "language", "last-try", "where", "leads", "without"};
	return names[overlay];
}

unsigned tg_overlay_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	static const unsigned slots[] = {
	        [TG_OVERLAY_NONE] = 0,
	        [TG_OVERLAY_CANCEL] = 2,
	        [TG_OVERLAY_IDLE] = 1,
	        [TG_OVERLAY_HELP] = 1,
	        [TG_OVERLAY_LANGUAGE] = TG_LANG_COUNT,
	        [TG_OVERLAY_LAST_TRY] = 2,
	        [TG_OVERLAY_WHERE] = 1,
	        [TG_OVERLAY_LEADS] = 2,
	        [TG_OVERLAY_WITHOUT] = 2,
	};
	return slots[s->overlay];
}

void tg_overlay_open(struct tg_turn *t, enum tg_overlay overlay)
{
	struct tg_flow_state *s = t->s;
	bool fits_any = overlay == TG_OVERLAY_IDLE || overlay == TG_OVERLAY_LANGUAGE;
	s->overlay_under = fits_any ? s->overlay : TG_OVERLAY_NONE;
	s->overlay = overlay;
	s->overlay_focus = overlay == TG_OVERLAY_LANGUAGE ? (int)s->lang : 0;
}

static void close_overlay(struct tg_flow_state *s)
{
	s->overlay = s->overlay_under;
	s->overlay_under = TG_OVERLAY_NONE;
	s->overlay_focus = 0;
	s->warn_until_ms = 0;
}

static void choose(struct tg_turn *t, int slot)
{
	struct tg_flow_state *s = t->s;
	enum tg_overlay overlay = s->overlay;
	close_overlay(s);
	if (overlay == TG_OVERLAY_LANGUAGE) {
		s->lang = (enum tg_lang)slot;
		tg_topics_search_again(t);
	} else if (overlay == TG_OVERLAY_LEADS) {
		(slot == 1 ? tg_lead_follow : tg_lead_stay)(t);
	} else if (overlay == TG_OVERLAY_CANCEL && slot == 1) {
		tg_turn_go(t, TG_STAGE_WIPING);
	} else if (overlay == TG_OVERLAY_WITHOUT && slot == 1) {
		tg_work_leave_out(t);
	} else if (overlay == TG_OVERLAY_LAST_TRY && slot == 1) {
		s->last_try_agreed = true;
		tg_stage_ops(s->stage)->choose(t, 0);
	}
}

static void leave_overlay(struct tg_turn *t)
{
	if (t->s->overlay == TG_OVERLAY_LEADS)
		tg_lead_stay(t);
	close_overlay(t->s);
}

void tg_overlay_key(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	enum tg_action a = t->ev->action;
	unsigned slots = tg_overlay_slots(t->c, s);
	if (s->overlay == TG_OVERLAY_IDLE) { /* any key is "more time" (P-3) */
		close_overlay(s);
		return;
	}
	/* A question is worth reading in one's own language, too (P-1). */
	bool person = (tg_stage_ops(s->stage)->traits & TG_STAGE_PERSON) != 0;
	if (a == TG_ACTION_LANGUAGE && s->overlay != TG_OVERLAY_LANGUAGE && person) {
		tg_overlay_open(t, TG_OVERLAY_LANGUAGE);
		return;
	}
	int digit = a == TG_ACTION_CHAR ? tg_digit_of(t->ev->ch) : -1;
	if (tg_focus_move(&s->overlay_focus, slots, a))
		return;
	if (digit >= 1 && digit <= (int)slots)
		choose(t, digit - 1);
	else if (a == TG_ACTION_ENTER)
		choose(t, s->overlay_focus);
	else if (a == TG_ACTION_BACK || (a == TG_ACTION_HELP && s->overlay == TG_OVERLAY_HELP) ||
	         (a == TG_ACTION_LANGUAGE && s->overlay == TG_OVERLAY_LANGUAGE) ||
	         (a == TG_ACTION_WHERE && s->overlay == TG_OVERLAY_WHERE) ||
	         (a == TG_ACTION_CANCEL && s->overlay == TG_OVERLAY_CANCEL))
		leave_overlay(t);
}

static void numbered(struct tg_paint *p, int id, const char *label, const char *number)
{
	struct tg_item *item = tg_paint_item(p, TG_ITEM_CHOICE, label, true);
	item->id = id;
	item->number = number;
}

static void paint_cancel(struct tg_paint *p)
{
	p->v->title = tg_say(p, "cancel.title");
	if (p->s->desk.entered) {
		tg_paint_text(p, "desk.leave-text");
		numbered(p, TG_ITEM_ID_NO, tg_say(p, "desk.stay"), "1");
		numbered(p, TG_ITEM_ID_YES, tg_say(p, "desk.leave"), "2");
		return;
	}
	bool recorded = p->s->number[0] != '\0';
	const char *text = recorded ? TG_FILL(p, "cancel.recorded", "number", p->s->number) : tg_say(p, "cancel.text");
	tg_paint_line(p, TG_ITEM_TEXT, text);
	numbered(p, TG_ITEM_ID_NO, tg_say(p, "cancel.no"), "1");
	numbered(p, TG_ITEM_ID_YES, tg_say(p, recorded ? "cancel.leave" : "cancel.yes"), "2");
}

static void paint_idle(struct tg_paint *p)
{
	p->v->title = tg_say(p, "idle-warning.title");
	int64_t left = (p->s->warn_until_ms - p->s->now_ms + 999) / 1000;
	p->v->countdown = TG_FILL(p, "idle-warning.countdown", "seconds", tg_paint_number(p, left > 0 ? left : 0));
	tg_paint_text(p, "idle-warning.text");
	tg_paint_button(p, TG_ITEM_ID_MORE_TIME, "idle-warning.more");
}

static void paint_help(struct tg_paint *p)
{
	p->v->title = tg_say(p, "help.title");
	char id[40];
	(void)snprintf(id, sizeof id, "help.%s", tg_sm_name(&tg_stage_machine, (int)p->s->stage));
	enum tg_lang own = p->lang;
	bool all = p->s->stage == TG_STAGE_IDLE; /* no language was chosen yet */
	for (int l = 0; l < TG_LANG_COUNT; l++) {
		p->lang = (enum tg_lang)l;
		if (all || p->lang == own)
			tg_paint_text(p, id);
	}
	p->lang = own;
	if (!all)
		tg_paint_text(p, "help.keys");
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.close");
	if (!all && p->s->provider)
		tg_paint_text(p, p->s->provider->contact);
}

static void paint_language(struct tg_paint *p)
{
	static const char *const numbers[] = {"1", "2", "3", "4"};
	p->v->title = tg_say(p, "language.title");
	for (int l = 0; l < TG_LANG_COUNT; l++)
		numbered(p, l, tg_lang_name((enum tg_lang)l), numbers[l]);
}

static void paint_last_try(struct tg_paint *p)
{
	p->v->title = tg_say(p, "last-try.title");
	tg_paint_text(p, "last-try.text");
	numbered(p, TG_ITEM_ID_NO, tg_say(p, "last-try.no"), "1");
	numbered(p, TG_ITEM_ID_YES, tg_say(p, "last-try.yes"), "2");
}

/* The answer belongs to another service: why, and there or back (DOS-4). */
static void paint_leads(struct tg_paint *p)
{
	const struct tg_question_option *o = tg_leading_option(p->s);
	p->v->title = tg_say(p, "leads.title");
	if (o && o->why)
		tg_paint_text(p, o->why);
	tg_paint_text(p, "leads.kept");
	numbered(p, TG_ITEM_ID_NO, tg_say(p, "leads.no"), "1");
	numbered(p, TG_ITEM_ID_YES, TG_FILL(p, "leads.yes", "service", tg_lead_name(p)), "2");
}

/* What is delivered is closed: the question is asked once (NCA-6). */
static void paint_without(struct tg_paint *p)
{
	char id[48];
	if (!tg_work_at_second(p->s)) { /* nothing is to be left out any more */
		paint_cancel(p);
		return;
	}
	const char *without = tg_say(p, tg_work_message(p->s, "second.without-", tg_work_turn(p->s), id));
	p->v->title = without;
	tg_paint_text(p, tg_work_message(p->s, "second.done-", 0, id));
	tg_paint_text(p, "second.may-leave-out");
	if (p->s->work.touched)
		tg_paint_text(p, "second.remove");
	numbered(p, TG_ITEM_ID_NO, tg_say(p, "second.no"), "1");
	numbered(p, TG_ITEM_ID_YES, without, "2");
}

void tg_overlay_paint(struct tg_paint *p)
{
	static void (*const paint[])(struct tg_paint *) = {NULL, paint_cancel, paint_idle, paint_help, paint_language,
	        paint_last_try, tg_where_paint, paint_leads, paint_without};
	paint[p->s->overlay](p);
}
