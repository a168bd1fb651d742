/* ENTER: the PIN under the name of the device (DOS-9). Before the first character stand the token's own tries (K-5) and
 * both counts of the provider (DOS-8); a locked certificate is refused before the PIN is asked. */
#include "cabinet.h"
#include "ways.h"

#define DAY_MS    INT64_C(86400000)
#define MINUTE_MS INT64_C(60000)

static bool refused(const struct tg_flow_state *s)
{
	const struct tg_held_certificate *c = tg_cabinet_certificate(s);
	return !c || c->lock != TG_OK;
}

bool tg_enter_asks(const struct tg_flow_state *s)
{
	return !refused(s) && !s->token.pin_pad && s->asked.enter == 0;
}

/* Where a locked certificate is unlocked: an application, decided at the desk (DOS-8). */
static const struct tg_service *unlocking(const struct tg_flow_state *s)
{
	const struct tg_held_certificate *c = tg_cabinet_certificate(s);
	return c && c->lock == TG_LOCK_ALL ? tg_service_of(s->provider, "unlock") : NULL;
}

static bool unlocks(const struct tg_flow_state *s)
{
	return unlocking(s) != NULL;
}

/* The certificates that are on the token are offered to be picked. */
static void apply_for_unlocking(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->service = unlocking(s);
	s->kind = NULL;
	tg_turn_go(t, TG_STAGE_KIND);
}

/* The PIN or the pad's button; refused: another device, the application, or the end. */
static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	if (s->asked.enter > 0)
		return 0;
	return refused(s) ? 2 + unlocks(s) : 1;
}

static void enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->pin_characters = 0;
	s->pin.factory = false;
	s->last_try_agreed = false;
	if (s->token.locked)
		tg_turn_fail(t, TG_PIN_LOCKED);
	else if (s->unfinished_number[0] != '\0')
		tg_turn_go(t, TG_STAGE_RESUME);
}

static void leave(struct tg_turn *t, enum tg_stage to)
{
	t->s->pin_characters = 0;
	t->s->notice = TG_OK;
	if (to != TG_STAGE_PIN_CHANGE) /* which has it as the old one */
		(void)tg_turn_emit(t, TG_FX_CLEAR_PIN);
}

static void ask_pin(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	const struct tg_token_state mine = tg_person_token(s);
	if (!mine.pin_pad && !tg_pin_length_is_right(&mine, s->pin_characters)) {
		s->notice = TG_PIN_LENGTH; /* no try is burnt */
		return;
	}
	if (tg_last_try_asked(t, &s->token))
		return;
	s->notice = TG_OK;
	if (tg_pin_must_change(s)) { /* it is known to all: nobody enters with it (K-5) */
		tg_pin_change_forced(t, TG_STAGE_ENTER);
		return;
	}
	s->pin_characters = 0;
	tg_turn_ask(t, TG_FX_ENTER, &s->asked.enter);
}

static void choose(struct tg_turn *t, unsigned slot)
{
	if (!refused(t->s))
		ask_pin(t);
	else if (slot == 0)
		tg_turn_go(t, TG_STAGE_DEVICES);
	else if (slot == 1 && unlocks(t->s))
		apply_for_unlocking(t);
	else if (t->s->cabinet.entered)
		tg_cabinet_leave(t, TG_LEAVING_BY_HAND);
	else
		tg_turn_go(t, TG_STAGE_WIPING);
}

static void back(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (s->asked.enter > 0)
		return;
	s->cabinet.trying = false;
	if (s->cabinet.entered)
		tg_turn_go(t, TG_STAGE_HOME);
	else
		tg_turn_go(t, s->cabinet.facts.n_certificates > 1 ? TG_STAGE_COMPANY : TG_STAGE_DEVICES);
}

/* The counts after the try, of the token and of the provider. */
static void take_counts(struct tg_flow_state *s, const struct tg_event *ev)
{
	struct tg_held_certificate *c = &s->cabinet.facts.certificates[s->cabinet.certificate];
	if (ev->token.serial[0] != '\0')
		s->token = ev->token;
	if (!ev->cabinet || ev->cabinet->n_certificates != 1)
		return;
	const struct tg_held_certificate *now = &ev->cabinet->certificates[0];
	c->lock = now->lock;
	c->left_today = now->left_today;
	c->left_in_all = now->left_in_all;
	c->lock_known_ms = now->lock_known_ms;
}

/* Entering is itself a signature that was tried. */
static void tried(struct tg_turn *t)
{
	struct tg_cabinet *c = &t->s->cabinet;
	c->trying = false;
	c->tried = t->ev->status;
	c->chain = t->ev->chain;
	tg_turn_go(t, TG_STAGE_TRY);
}

static void entered(struct tg_turn *t)
{
	if (tg_operation_is(t->s, "companies")) {
		tg_turn_go(t, TG_STAGE_COMPANIES);
		return;
	}
	bool head = t->s->service && tg_service_has_opens(t->s->service, "confirm");
	t->s->cabinet.entered = true;
	tg_turn_go(t, head ? TG_STAGE_PENDING : TG_STAGE_HOME);
}

static bool is_lost(enum tg_status status)
{
	return tg_card_is_gone(status) || status == TG_CARD_BROKEN || status == TG_TIMEOUT || status == TG_TOKEN_MODULE;
}

/* The connection was lost while entering: said on the list of devices, which is read anew (DOS-9). */
static void lost(struct tg_turn *t, enum tg_status status)
{
	if (t->s->cabinet.entered) {
		tg_cabinet_leave(t, TG_LEAVING_PULLED);
		return;
	}
	tg_turn_go(t, TG_STAGE_DEVICES);
	t->s->notice = tg_card_gone_notice(status);
}

static void answered(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	enum tg_status status = t->ev->status;
	(void)tg_turn_emit(t, TG_FX_CLEAR_PIN);
	s->pin_characters = 0;
	s->last_try_agreed = false;
	take_counts(s, t->ev);
	bool judged =
	        status != TG_PIN_WRONG && status != TG_PIN_LENGTH && status != TG_LOCK_DAY && status != TG_LOCK_ALL;
	if (status == TG_OK && !s->cabinet.trying)
		entered(t);
	else if (status == TG_PIN_LOCKED || s->token.locked)
		tg_turn_fail(t, TG_PIN_LOCKED);
	else if (is_lost(status))
		lost(t, status);
	else if (s->cabinet.trying && judged)
		tried(t);
	else
		s->notice = status; /* TG_PIN_WRONG, TG_PIN_LENGTH; TG_LOCK_DAY when it was locked meanwhile … */
}

static void event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (t->ev->kind == TG_EV_PIN && tg_enter_asks(s)) {
		s->pin_characters = t->ev->pin_characters;
		s->pin.factory = t->ev->factory;
		if (s->pin_characters > 0)
			s->notice = TG_OK;
	} else if (t->ev->kind == TG_EV_ENTERED) {
		answered(t);
	} else if (t->ev->kind == TG_EV_UNFINISHED && s->unfinished_number[0] != '\0' && !s->cabinet.entered) {
		tg_turn_go(t, TG_STAGE_RESUME);
	}
}

/* 00:00 of tomorrow at the provider's place. */
static int64_t next_day(const struct tg_flow_state *s)
{
	int64_t offset = (s->provider ? s->provider->utc_offset_minutes : 0) * MINUTE_MS;
	return ((s->now_wall_ms + offset) / DAY_MS + 1) * DAY_MS - offset;
}

/* What happened, and what mends it: tomorrow, or the office. */
static const char *refusal(struct tg_paint *p, const struct tg_held_certificate *c)
{
	char code[8];
	tg_status_code(c->lock, code);
	const char *mend = c->lock == TG_LOCK_DAY ? TG_FILL(p, "lock.until", "time", tg_paint_time(p, next_day(p->s)),
	                                                    "all", tg_paint_number(p, c->left_in_all))
	                                          : tg_say(p, "lock.office");
	const char *what = tg_say_of(p, "error", tg_status_name(c->lock));
	return TG_FILL(p, "status.sentence", "what", what, "mend", mend, "code", code);
}

static void paint_company(struct tg_paint *p, const struct tg_held_certificate *c)
{
	const char *id = c->organisation[0] != '\0' ? "enter.company" : "enter.holder";
	TG_PAINT(p, TG_ITEM_TEXT, id, "organisation", c->organisation, "holder", c->holder);
}

static void paint_refusal(struct tg_paint *p, const struct tg_held_certificate *c)
{
	p->v->title = tg_say(p, "title.enter-refused");
	if (c)
		tg_paint_line(p, TG_ITEM_ERROR, refusal(p, c));
	else
		tg_paint_status(p, TG_CERT_NONE);
	tg_paint_button(p, TG_ITEM_ID_RETRY, "enter.other-device");
	if (unlocks(p->s))
		tg_paint_button(p, TG_ITEM_ID_OTHER_WAY, "enter.unlock");
	tg_paint_button(p, TG_ITEM_ID_LEAVE, "button.leave");
	if (c) {
		paint_company(p, c);
		TG_PAINT(p, TG_ITEM_TEXT, "enter.serial", "serial", c->serial);
		tg_paint_text(p, "enter.token-apart");
		tg_paint_tries(p);
	}
	tg_paint_contact(p);
}

/* The box stands under the name of the device. */
static void paint_pin(struct tg_paint *p)
{
	const struct tg_token_state *k = &p->s->token;
	const char *device = TG_FILL(p, "enter.device", "card", tg_paint_card_name(p), "serial", k->serial);
	if (k->pin_pad) { /* nothing is typed here */
		TG_PAINT(p, TG_ITEM_TEXT, "pin.pad", "card", device);
		tg_paint_button(p, TG_ITEM_ID_PIN, "button.continue");
		return;
	}
	const struct tg_token_state mine = tg_person_token(p->s);
	(void)tg_paint_pin_box(
	        p, TG_ITEM_ID_PIN, TG_FILL(p, "enter.pin", "device", device), p->s->pin_characters, &mine);
}

/* What must be known before the PIN stands above it also on a small screen; the rest follows. */
static void paint_question(struct tg_paint *p, const struct tg_held_certificate *c)
{
	enum tg_status notice = p->s->notice;
	bool plain = notice == TG_OK || notice == TG_PIN_WRONG || notice == TG_PIN_LENGTH;
	if (notice != TG_OK)
		tg_paint_status(p, notice);
	else
		paint_company(p, c);
	tg_paint_counts(p, c);
	tg_paint_tries(p);
	tg_paint_pin_broken(p);
	paint_pin(p);
	if (notice != TG_OK)
		paint_company(p, c);
	tg_paint_counts_age(p, c);
	if (!plain)
		tg_paint_contact(p);
}

static void paint(struct tg_paint *p)
{
	const struct tg_held_certificate *c = tg_cabinet_certificate(p->s);
	p->v->title = tg_say(p, p->s->cabinet.trying ? "title.enter-try" : "title.enter");
	if (p->s->asked.enter > 0)
		tg_paint_notice(p, "enter.busy");
	else if (refused(p->s))
		paint_refusal(p, c);
	else
		paint_question(p, c);
}

static const char *enter_label(const struct tg_flow_state *s)
{
	if (refused(s))
		return tg_action_label(TG_ACTION_ENTER);
	return s->cabinet.trying ? "key.confirm" : "key.log-in";
}

const struct tg_stage_ops tg_stage_enter = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CABINET,
        .slots = slots,
        .enter = enter,
        .leave = leave,
        .choose = choose,
        .back = back,
        .event = event,
        .paint = paint,
        .label = enter_label,
};
