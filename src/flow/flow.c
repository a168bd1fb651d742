/* The step function. What is common to all stages stands here; what a stage does of its own, in its file. */
#include "cabinet.h"
#include "desk.h"
#include "ways.h"

#define IDLE_MS     90000
#define RESULT_MS   60000
#define WARN_MIN_MS 20000 /* P-3 */
#define SERVICES_MS 30000
#define WIPE_MS     5000

void tg_flow_init(const struct tg_flow_config *c, struct tg_flow_state *s)
{
	(void)c;
	memset(s, 0, sizeof *s);
	s->reader.service = TG_OK;
	s->token.tries_left = -1;
	s->carrier_then = TG_STAGE_FORM;
}

bool tg_turn_emit(struct tg_turn *t, enum tg_effect_kind effect)
{
	for (unsigned i = 0; i < t->fx->n; i++)
		if (t->fx->list[i] == effect)
			return false;
	if (t->fx->n == TG_EFFECTS_MAX) {
		tg_bug_report(__FILE__, __LINE__, "more effects than fit");
		return false;
	}
	t->fx->list[t->fx->n++] = effect;
	return true;
}

void tg_turn_ask(struct tg_turn *t, enum tg_effect_kind effect, unsigned *asked)
{
	if (tg_turn_emit(t, effect))
		(*asked)++;
}

static bool of_screen(enum tg_overlay o)
{
	return o == TG_OVERLAY_CANCEL || o == TG_OVERLAY_LAST_TRY || o == TG_OVERLAY_LEADS || o == TG_OVERLAY_WITHOUT;
}

/* The questions over the screen belong to it, except those that fit any. */
static void close_overlays(struct tg_flow_state *s, enum tg_stage to)
{
	bool person = (tg_stage_ops(to)->traits & TG_STAGE_PERSON) != 0;
	if (!person || of_screen(s->overlay))
		s->overlay = TG_OVERLAY_NONE;
	if (!person || of_screen(s->overlay_under))
		s->overlay_under = TG_OVERLAY_NONE;
	if (s->overlay == TG_OVERLAY_NONE)
		s->warn_until_ms = 0;
}

void tg_print_ask(struct tg_turn *t, struct tg_print *print, enum tg_effect_kind effect, unsigned *asked)
{
	print->busy = true;
	print->done = false;
	print->status = TG_OK;
	tg_turn_ask(t, effect, asked);
}

void tg_print_again(struct tg_turn *t, struct tg_print *print, enum tg_effect_kind effect, unsigned *asked)
{
	if (!print->busy)
		tg_print_ask(t, print, effect, asked);
}

void tg_turn_go(struct tg_turn *t, enum tg_stage to)
{
	struct tg_flow_state *s = t->s;
	if ((tg_stage_ops(to)->traits & TG_STAGE_PROVEN) && tg_identity_wanted(s))
		to = TG_STAGE_CARRIER;
	if (!tg_sm_allows(&tg_stage_machine, (int)s->stage, (int)to)) {
		tg_turn_bug(t, "a move that the table does not have");
		return;
	}
	if (tg_stage_ops(s->stage)->leave)
		tg_stage_ops(s->stage)->leave(t, to);
	s->stage = to;
	s->focus = 0;
	s->last_input_ms = s->now_ms;
	close_overlays(s, to);
	if (tg_stage_ops(to)->enter)
		tg_stage_ops(to)->enter(t);
}

void tg_turn_look_again(struct tg_turn *t)
{
	if (!t->s->card_moved)
		return;
	t->s->card_moved = false;
	tg_turn_forget_card(t);
	if (tg_stage_ops(t->s->stage)->traits & TG_STAGE_CARDS)
		tg_turn_ask_token(t);
}

void tg_turn_fail(struct tg_turn *t, enum tg_status why)
{
	t->s->failure = why;
	tg_turn_go(t, TG_STAGE_FAILURE);
}

static void out_of_service(struct tg_turn *t)
{
	tg_state_erase(t->s);
	t->s->stage = TG_STAGE_OUT_OF_SERVICE;
	t->s->failure = TG_BUG;
	(void)tg_turn_emit(t, TG_FX_CLEAR_PIN);
	(void)tg_turn_emit(t, TG_FX_WIPE);
	(void)tg_turn_emit(t, TG_FX_RECORD_FAILURE);
}

void tg_turn_bug(struct tg_turn *t, const char *what)
{
	tg_bug_report(__FILE__, __LINE__, what);
	out_of_service(t);
}

void tg_state_erase(struct tg_flow_state *s)
{
	struct tg_reader_state reader = s->reader;
	struct tg_flow_asked asked = s->asked;
	enum tg_stage stage = s->stage;
	enum tg_status services = s->services;
	int64_t services_ms = s->services_ms, now = s->now_ms, wall = s->now_wall_ms;
	memset(s, 0, sizeof *s);
	s->stage = stage;
	s->reader = reader;
	s->asked = asked;
	s->services = services;
	s->services_ms = services_ms;
	s->now_ms = s->last_input_ms = now;
	s->now_wall_ms = wall;
	s->token.tries_left = -1;
	s->carrier_then = TG_STAGE_FORM;
}

bool tg_flow_busy(const struct tg_flow_state *s)
{
	return s->stage == TG_STAGE_SUBMITTING || s->stage == TG_STAGE_WORKING ||
	       (s->stage == TG_STAGE_READING && s->doc.busy) || (s->stage == TG_STAGE_STAFF && s->staff.busy) ||
	       tg_desk_proving(s) || (s->stage == TG_STAGE_DELIVER && s->asked.deliver > 0) ||
	       ((s->stage == TG_STAGE_PIN_CHANGE || s->stage == TG_STAGE_UNBLOCK) && s->pin.busy);
}

/* Counts an answer; true when it is the one that was asked for last. */
static bool answered(unsigned *asked)
{
	if (*asked > 0)
		(*asked)--;
	return *asked == 0;
}

static void on_reader(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	struct tg_reader_state old = s->reader;
	s->reader = t->ev->reader;
	s->reader.reader[sizeof s->reader.reader - 1] = s->reader.name[sizeof s->reader.name - 1] = '\0';
	s->other = t->ev->other;
	s->other.reader[sizeof s->other.reader - 1] = '\0';
	bool same = old.card == s->reader.card && old.mute == s->reader.mute && old.service == s->reader.service &&
	            strcmp(old.reader, s->reader.reader) == 0;
	s->looked_beside = false;
	s->card_moved = s->card_moved || (!same && tg_flow_busy(s));
	if (same || tg_flow_busy(s)) /* chip work tells itself that its card is gone */
		return;
	s->last_input_ms = s->now_ms; /* somebody is there and moves a card */
	if (s->overlay == TG_OVERLAY_IDLE)
		s->overlay = s->overlay_under, s->overlay_under = TG_OVERLAY_NONE, s->warn_until_ms = 0;
	tg_turn_forget_card(t);
	if (tg_desk_lost(t) || tg_cabinet_lost(t))
		return;
	if (tg_stage_ops(s->stage)->traits & TG_STAGE_CARDS)
		tg_turn_ask_token(t);
}

static void end_strings(struct tg_token_state *k)
{
	k->carrier[sizeof k->carrier - 1] = k->carrier_name[sizeof k->carrier_name - 1] = '\0';
	k->label[sizeof k->label - 1] = k->serial[sizeof k->serial - 1] = '\0';
}

/* What the chip of another card told is not this person's, and neither are the answers it filled (K-4). A carrier
 * without a document says nothing against it: the certificates of a proven person may go there. */
static void another_document(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (!s->doc.tried || s->token.serial[0] == '\0' || strcmp(s->doc.serial, s->token.serial) == 0 ||
	        (tg_identity_proven(s) && tg_chip_must_prove(s) && !s->token.document))
		return;
	tg_document_forget(s);
	if (s->carrier_then == TG_STAGE_PIN)
		s->carrier_then = TG_STAGE_FORM;
	if ((tg_stage_ops(s->stage)->traits & TG_STAGE_PROVEN) && tg_identity_wanted(s))
		tg_turn_go(t, TG_STAGE_CARRIER);
}

static bool on_token(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (!answered(&s->asked.token) || tg_flow_busy(s) || !tg_card_answers(s) ||
	        !(tg_stage_ops(s->stage)->traits & TG_STAGE_CARDS))
		return false;
	s->token = t->ev->token;
	end_strings(&s->token);
	another_document(t);
	if (s->token.status != TG_OK || s->token.serial[0] == '\0' || s->number[0] != '\0')
		return true;
	tg_turn_ask(t, TG_FX_FIND_UNFINISHED, &s->asked.unfinished);
	return true;
}

/* What is known of the application besides its chip work, where RESUME has to tell it. */
static void take_unfinished_facts(struct tg_application_facts *facts, const struct tg_event *ev)
{
	facts->rest = ev->rest;
	(void)tg_copy(facts->currency, sizeof facts->currency, ev->currency);
	if (ev->untouched || ev->ended || ev->rest > 0)
		(void)tg_copy(facts->number, sizeof facts->number, ev->number);
	if (ev->untouched || ev->ended)
		(void)tg_copy(facts->state, sizeof facts->state, ev->ended ? TG_STATE_REFUSED : TG_STATE_ACCEPTED);
}

/* The answer must be about the card that is known now: not about one that left before it came. */
static bool on_unfinished(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	const struct tg_event *ev = t->ev;
	bool last = answered(&s->asked.unfinished);
	bool known = s->token.status == TG_OK && s->token.serial[0] != '\0';
	if (!last || !known || s->number[0] != '\0' ||
	        !(tg_stage_ops(s->stage)->traits & (TG_STAGE_CARDS | TG_STAGE_CABINET)))
		return false;
	if (ev->status != TG_OK)
		return true;
	(void)tg_copy(s->unfinished_number, sizeof s->unfinished_number, ev->number);
	(void)tg_copy(s->unfinished_form, sizeof s->unfinished_form, ev->form);
	s->must_finish = ev->must_finish;
	s->work = ev->work;
	s->accepted_ms = ev->accepted_ms;
	take_unfinished_facts(&s->ways.facts, ev);
	return true;
}

static bool on_printed(struct tg_turn *t, unsigned *asked, struct tg_print *print)
{
	if (!answered(asked) || !print->busy)
		return false;
	print->busy = false;
	print->done = t->ev->status == TG_OK;
	print->status = t->ev->status;
	(void)tg_copy(print->where, sizeof print->where, t->ev->where);
	return true;
}

/* It may come on any screen behind the one that asked, or never: nothing waits for it. */
static bool on_open(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (!answered(&s->asked.open) || s->number[0] != '\0' || !tg_state_form(s))
		return false;
	memset(s->open_number, 0, sizeof s->open_number);
	s->key_used = t->ev->status == TG_KEY_USED;
	s->order_status = t->ev->status == TG_ORDER_OFFICE ? TG_ORDER_OFFICE : TG_OK;
	if (t->ev->status == TG_OK)
		(void)tg_copy(s->open_number, sizeof s->open_number, t->ev->number);
	return true;
}

/* Events that are nothing but the answer to an effect: which of the counts is theirs. */
#define ASKED(member) (1 + offsetof(struct tg_flow_asked, member))
static const size_t answers[] = {
        [TG_EV_SUBMITTED] = ASKED(submit),
        [TG_EV_CHIP_ENDED] = ASKED(chip),
        [TG_EV_DOCUMENT] = ASKED(document),
        [TG_EV_PIN_JUDGED] = ASKED(judge),
        [TG_EV_PIN_ENDED] = ASKED(pin),
        [TG_EV_STAFF_TOKEN] = ASKED(staff_token),
        [TG_EV_STAFF] = ASKED(staff),
        [TG_EV_DEVICES] = ASKED(devices),
        [TG_EV_CERTIFICATES] = ASKED(certificates),
        [TG_EV_ENTERED] = ASKED(enter),
        [TG_EV_CABINET] = ASKED(cabinet),
        [TG_EV_VERDICT] = ASKED(verdict),
        [TG_EV_STATUS] = ASKED(status),
        [TG_EV_TICKET] = ASKED(ticket),
        [TG_EV_TOPICS] = ASKED(topics),
        [TG_EV_COMPANIES] = ASKED(companies),
        [TG_EV_CLOUD] = ASKED(cloud),
        [TG_EV_APPLICATION] = ASKED(application),
        [TG_EV_WITHDRAWN] = ASKED(withdraw),
        [TG_EV_PENDING] = ASKED(pending),
        [TG_EV_REQUEST] = ASKED(request),
        [TG_EV_DECIDED] = ASKED(decide),
        [TG_EV_DESK] = ASKED(desk),
        [TG_EV_DESK_CLAIM] = ASKED(desk_claim),
        [TG_EV_MEDIUM] = ASKED(medium),
        [TG_EV_DELIVERED] = ASKED(deliver),
};

static unsigned *asked_for(struct tg_flow_asked *asked, enum tg_event_kind event)
{
	size_t at = (size_t)event < sizeof answers / sizeof answers[0] ? answers[event] : 0;
	return at > 0 ? (unsigned *)(void *)((char *)asked + at - 1) : NULL;
}

/* What every stage has in common about an event; false: it means nothing to the stage. */
static bool common_event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	unsigned *asked = asked_for(&s->asked, t->ev->kind);
	if (asked)
		return answered(asked);
	switch ((int)t->ev->kind) {
	case TG_EV_READER:
		on_reader(t);
		return !tg_flow_busy(s);
	case TG_EV_TOKEN:
		return on_token(t);
	case TG_EV_UNFINISHED:
		return on_unfinished(t);
	case TG_EV_RECEIPT:
		return on_printed(t, &s->asked.receipt, &s->receipt);
	case TG_EV_PAPER:
		return on_printed(t, &s->asked.paper, &s->ways.paper);
	case TG_EV_SLIP:
		return on_printed(t, &s->asked.slip, &s->ways.slip);
	case TG_EV_OPEN:
		return on_open(t);
	case TG_EV_SERVICES:
		s->services = t->ev->status;
		return true;
	default:
		return true;
	}
}

static void ask_services(struct tg_turn *t)
{
	t->s->services_ms = t->s->now_ms;
	(void)tg_turn_emit(t, TG_FX_CHECK_SERVICES);
}

static void on_start(struct tg_turn *t)
{
	if (t->s->stage == TG_STAGE_OUT_OF_SERVICE)
		tg_turn_go(t, TG_STAGE_WIPING);
	else if (t->s->stage == TG_STAGE_IDLE)
		ask_services(t);
}

/* Waiting without a limit: nobody is there, or the machine works. */
static void untimed_tick(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (s->stage == TG_STAGE_WIPING && s->now_ms - s->last_input_ms >= WIPE_MS) {
		s->last_input_ms = s->now_ms; /* the answer was lost: ask again rather than stand still (K-1) */
		(void)tg_turn_emit(t, TG_FX_WIPE);
	} else if (s->stage == TG_STAGE_IDLE && s->overlay != TG_OVERLAY_NONE &&
	           s->now_ms - s->last_input_ms >= IDLE_MS) {
		s->overlay = TG_OVERLAY_NONE;
	} else if (tg_flow_busy(s)) {
		s->last_input_ms = s->now_ms;
	}
}

static int64_t or_default(int64_t ms, int64_t otherwise)
{
	return ms > 0 ? ms : otherwise;
}

/* Who leaves a token behind is reminded of it; everything else is erased at once all the same. */
static void time_is_up(struct tg_turn *t)
{
	if (tg_cabinet_inside(t->s))
		tg_cabinet_leave(t, TG_LEAVING_IDLE);
	else
		tg_turn_go(t, TG_STAGE_WIPING);
}

static void on_tick(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	tg_desk_tick(t);
	unsigned traits = tg_stage_traits(s);
	if ((s->stage == TG_STAGE_IDLE || s->stage == TG_STAGE_PROVIDER) && s->now_ms - s->services_ms >= SERVICES_MS)
		ask_services(t);
	if (!(traits & (TG_STAGE_TIMED | TG_STAGE_SHOWN))) {
		untimed_tick(t);
		return;
	}
	if (tg_cabinet_busy(s) || tg_desk_busy(s))
		s->last_input_ms = s->now_ms;
	int64_t limit =
	        traits & TG_STAGE_SHOWN ? or_default(t->c->result_ms, RESULT_MS) : or_default(t->c->idle_ms, IDLE_MS);
	if (s->overlay == TG_OVERLAY_IDLE) {
		if (s->now_ms >= s->warn_until_ms)
			time_is_up(t);
	} else if (s->now_ms - s->last_input_ms >= limit) {
		int64_t warn = t->c->warn_ms > WARN_MIN_MS ? t->c->warn_ms : WARN_MIN_MS;
		tg_overlay_open(t, TG_OVERLAY_IDLE);
		s->warn_until_ms = s->now_ms + warn;
	}
}

/* Keys that do the same on every screen. */
static bool common_key(struct tg_turn *t, unsigned traits)
{
	enum tg_action a = t->ev->action;
	if (a == TG_ACTION_HELP && ((traits & TG_STAGE_PERSON) || t->s->stage == TG_STAGE_IDLE))
		tg_overlay_open(t, TG_OVERLAY_HELP);
	else if (a == TG_ACTION_WHERE && (traits & TG_STAGE_PERSON))
		tg_overlay_open(t, TG_OVERLAY_WHERE);
	else if (a == TG_ACTION_LANGUAGE && (traits & TG_STAGE_PERSON))
		tg_overlay_open(t, TG_OVERLAY_LANGUAGE);
	else if (a == TG_ACTION_CANCEL && (traits & TG_STAGE_CANCEL))
		tg_overlay_open(t, TG_OVERLAY_CANCEL);
	else
		return false;
	return true;
}

static void on_key(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	const struct tg_stage_ops *ops = tg_stage_ops(s->stage);
	if (s->overlay != TG_OVERLAY_NONE) {
		tg_overlay_key(t);
		return;
	}
	unsigned slots = tg_slots(t->c, s);
	if (common_key(t, tg_stage_traits(s)) || (ops->key && ops->key(t)) ||
	        tg_focus_move(&s->focus, slots, t->ev->action))
		return;
	int digit = t->ev->action == TG_ACTION_CHAR && (ops->traits & TG_STAGE_DIGITS) ? tg_digit_of(t->ev->ch) : -1;
	if (digit == 0)
		digit = 10; /* as on the keyboard, where 0 stands behind 9 */
	if (digit >= 1 && (unsigned)digit <= slots) {
		s->focus = digit - 1;
		ops->choose(t, (unsigned)digit - 1);
	} else if (t->ev->action == TG_ACTION_ENTER && (unsigned)s->focus < slots && ops->choose) {
		ops->choose(t, (unsigned)s->focus);
	} else if (t->ev->action == TG_ACTION_BACK && ops->back) {
		ops->back(t);
	}
}

/* Places of data may have vanished under the focus (a card that left). */
static void keep_focus_inside(const struct tg_flow_config *c, struct tg_flow_state *s)
{
	int slots = (int)tg_slots(c, s);
	if (s->focus >= slots)
		s->focus = slots > 0 ? slots - 1 : 0;
	int over = s->overlay == TG_OVERLAY_NONE ? 0 : (int)tg_overlay_slots(c, s);
	if (s->overlay_focus >= over)
		s->overlay_focus = over > 0 ? over - 1 : 0;
}

void tg_flow_step(
        const struct tg_flow_config *c, struct tg_flow_state *s, const struct tg_event *ev, struct tg_effects *fx)
{
	struct tg_turn t = {c, s, ev, fx};
	fx->n = 0;
	if (ev->now_ms > s->now_ms)
		s->now_ms = ev->now_ms;
	if (ev->now_wall_ms != 0)
		s->now_wall_ms = ev->now_wall_ms;
	if (ev->kind == TG_EV_KEY || ev->kind == TG_EV_PIN)
		s->last_input_ms = s->now_ms;
	if (ev->kind == TG_EV_BUG)
		out_of_service(&t);
	else if (ev->kind == TG_EV_START)
		on_start(&t);
	else if (ev->kind == TG_EV_TICK)
		on_tick(&t);
	else if (ev->kind == TG_EV_KEY)
		on_key(&t);
	else if (common_event(&t) && tg_stage_ops(s->stage)->event)
		tg_stage_ops(s->stage)->event(&t);
	keep_focus_inside(c, s);
}

enum tg_secret_slot tg_flow_wants_secret(const struct tg_flow_state *s)
{
	if (s->overlay != TG_OVERLAY_NONE || tg_flow_busy(s))
		return TG_SECRET_NONE;
	switch ((int)s->stage) {
	case TG_STAGE_PIN:
		return s->token.pin_pad ? TG_SECRET_NONE : TG_SECRET_PIN;
	case TG_STAGE_ENTER:
		return tg_enter_asks(s) ? TG_SECRET_PIN : TG_SECRET_NONE;
	case TG_STAGE_PIN_CHANGE:
		return tg_pin_change_secret(s);
	case TG_STAGE_STAFF:
		return tg_staff_secret(s);
	case TG_STAGE_UNBLOCK:
		return tg_unblock_secret(s);
	case TG_STAGE_DESK_ENTER:
		return tg_desk_secret(s);
	default:
		return TG_SECRET_NONE;
	}
}

bool tg_flow_stage_takes_pin(enum tg_stage stage)
{
	return stage == TG_STAGE_SUBMITTING || stage == TG_STAGE_WORKING;
}

bool tg_flow_somebody_there(const struct tg_flow_state *s)
{
	return s->stage != TG_STAGE_IDLE && s->stage != TG_STAGE_OUT_OF_SERVICE;
}
