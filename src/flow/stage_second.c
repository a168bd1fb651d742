/* SECOND: the first carrier is finished, now the other one: it is asked for, a wrong one is named before any PIN, and
 * the person may go without it (NCA-6). Work on it that was broken off goes on from here, too. */
#include "cabinet.h"
#include "work.h"

enum act { ACT_CONTINUE, ACT_STAFF, ACT_RETRY, ACT_LEAVE_OUT, ACT_LATER, ACT_COUNT };

static bool ready(const struct tg_flow_state *s)
{
	return tg_card_ready(s) && tg_card_is_ours(s);
}

/* The first one may stay in the reader while the other is looked for. */
static bool is_first(const struct tg_flow_state *s)
{
	return s->token.serial[0] != '\0' && strcmp(s->token.serial, s->work.carriers[0].serial) == 0;
}

static bool can_retry(const struct tg_flow_state *s)
{
	return tg_card_answers(s) && !tg_card_being_read(s) && !tg_card_ready(s) && !s->token.locked && !is_first(s);
}

static bool offered(const struct tg_flow_config *c, const struct tg_flow_state *s, enum act a)
{
	switch (a) {
	case ACT_CONTINUE:
		return ready(s);
	case ACT_STAFF:
		return tg_card_trouble(s) == TG_PIN_LOCKED && tg_staff_can_help(c, s);
	case ACT_RETRY:
		return can_retry(s);
	case ACT_LEAVE_OUT: /* what was made on it must be removed: then it has to be there */
		return tg_work_can_leave_out(s) && (!s->work.touched || ready(s));
	case ACT_LATER:
		return true;
	case ACT_COUNT:
		break;
	}
	return false;
}

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	unsigned n = 0;
	for (int a = 0; a < ACT_COUNT; a++)
		n += offered(c, s, (enum act)a);
	return n;
}

static void enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	const struct tg_work_carrier *mine = &s->work.carriers[tg_work_turn(s)];
	tg_staff_end(t);
	s->undoing = s->leaving_out = false;
	(void)tg_copy(s->work_carrier, sizeof s->work_carrier, mine->name);
	(void)tg_copy(s->work_serial, sizeof s->work_serial, mine->serial);
	(void)tg_copy(s->work_purpose, sizeof s->work_purpose, mine->purpose);
	tg_turn_look_for_ours(t);
}

static void act(struct tg_turn *t, enum act a)
{
	switch (a) {
	case ACT_CONTINUE:
		tg_turn_go(t, TG_STAGE_PIN);
		break;
	case ACT_STAFF:
		tg_turn_go(t, TG_STAGE_STAFF);
		break;
	case ACT_RETRY:
		tg_turn_forget_card(t);
		tg_turn_ask_token(t);
		break;
	case ACT_LEAVE_OUT:
		tg_overlay_open(t, TG_OVERLAY_WITHOUT);
		break;
	case ACT_LATER:
	case ACT_COUNT:
		tg_overlay_open(t, TG_OVERLAY_CANCEL);
		break;
	}
}

static void choose(struct tg_turn *t, unsigned slot)
{
	for (int a = 0; a < ACT_COUNT; a++)
		if (offered(t->c, t->s, (enum act)a) && slot-- == 0) {
			act(t, (enum act)a);
			return;
		}
}

static void back(struct tg_turn *t)
{
	tg_overlay_open(t, TG_OVERLAY_CANCEL);
}

/* That its module died while it lay there stays said: nothing on the screen would tell it else. */
static void event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (!tg_turn_look_beside(t) && ready(s) && s->notice != TG_TOKEN_LOST)
		s->notice = TG_OK;
}

static void paint_other_card(struct tg_paint *p, enum tg_status trouble)
{
	if (trouble == TG_OK || trouble == TG_CARD_UNSUPPORTED)
		tg_paint_status(p, TG_CARD_OTHER);
	else
		tg_paint_status(p, trouble);
	tg_paint_card_known(p);
}

/* What to put in, and what lies there instead. */
static void paint_card(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	char id[48];
	enum tg_status trouble = tg_card_trouble(s);
	if (tg_card_being_read(s)) {
		tg_paint_notice(p, "carrier.reading");
		return;
	}
	if (ready(s)) {
		tg_paint_card_found(p);
		tg_paint_pin_broken(p);
		tg_paint_text(p, "carrier.leave-in");
		return;
	}
	tg_paint_notice(p, tg_work_message(s, "carrier.insert-", tg_work_turn(s), id));
	if (s->work_serial[0] != '\0')
		TG_PAINT(p, TG_ITEM_TEXT, "second.serial", "serial", s->work_serial);
	if (trouble != TG_CARD_NONE && !is_first(s))
		paint_other_card(p, trouble);
}

static void paint_buttons(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	char id[48];
	if (offered(p->c, s, ACT_CONTINUE))
		tg_paint_button(p, TG_ITEM_ID_CONTINUE, s->work.touched ? "resume.continue" : "button.continue");
	if (offered(p->c, s, ACT_STAFF))
		tg_paint_button(p, TG_ITEM_ID_STAFF, "staff.here");
	if (offered(p->c, s, ACT_RETRY))
		tg_paint_button(p, TG_ITEM_ID_RETRY, "button.retry");
	if (offered(p->c, s, ACT_LEAVE_OUT))
		tg_paint_button(p, TG_ITEM_ID_OTHER_WAY, tg_work_message(s, "second.without-", tg_work_turn(s), id));
	tg_paint_button(p, TG_ITEM_ID_LEAVE, "resume.leave");
}

static void paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	char id[48];
	p->v->title = tg_say(p, tg_work_message(s, "title.second-", tg_work_turn(s), id));
	if (s->notice != TG_OK)
		tg_paint_status(p, s->notice);
	tg_paint_application_number(p);
	tg_paint_text(p, tg_work_message(s, "second.done-", 0, id));
	paint_card(p);
	paint_buttons(p);
	if (tg_work_can_leave_out(s) && s->work.touched && !offered(p->c, s, ACT_LEAVE_OUT))
		tg_paint_text(p, "second.remove");
	if (s->notice != TG_OK)
		tg_paint_contact_on(p, s->notice);
}

const struct tg_stage_ops tg_stage_second = {
        .traits = TG_STAGE_CANCEL | TG_STAGE_TIMED | TG_STAGE_CARDS | TG_STAGE_PERSON,
        .slots = slots,
        .enter = enter,
        .leave = tg_forget_notice,
        .choose = choose,
        .back = back,
        .event = event,
        .paint = paint,
        .enter_label = "key.continue",
};
