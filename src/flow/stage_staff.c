/* STAFF: a member of staff proves by the own token who they are, and that the locked card is this person's (P-5, K-5).
 * The token lies in the other reader; the person's card stays where it is. */
#include "parts.h"

bool tg_staff_can_help(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	return c->staff && s->token.can_unblock && s->reader.card;
}

void tg_staff_end(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (s->staff.pinned)
		memset(s->wanted_reader, 0, sizeof s->wanted_reader);
	memset(&s->staff, 0, sizeof s->staff);
}

bool tg_staff_token_usable(const struct tg_flow_state *s)
{
	const struct tg_token_state *k = &s->staff.token;
	return k->serial[0] != '\0' && k->status == TG_OK && !k->locked;
}

enum tg_status tg_staff_token_trouble(const struct tg_flow_state *s)
{
	const struct tg_token_state *k = &s->staff.token;
	if (k->status == TG_OK && k->locked)
		return TG_PIN_LOCKED;
	bool nobodys = k->status == TG_CARD_FOREIGN || k->status == TG_CARD_BLANK || k->status == TG_CARD_UNSUPPORTED;
	return nobodys ? TG_STAFF_UNKNOWN : k->status;
}

/* INSERT: a button to look again when the token cannot be used. */
static bool may_look_again(const struct tg_flow_state *s)
{
	return s->other.card && s->asked.staff_token == 0;
}

/* CHECK: read the document (when the card may have one and it is not read yet), the tick, go on. */
static bool offers_document(const struct tg_flow_state *s)
{
	return s->token.document && !tg_document_proven(s);
}

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	if (s->staff.busy)
		return 0;
	if (s->staff.step == TG_STAFF_INSERT)
		return may_look_again(s);
	return s->staff.step == TG_STAFF_PIN ? 1 : 2u + offers_document(s);
}

enum tg_secret_slot tg_staff_secret(const struct tg_flow_state *s)
{
	bool typed = s->staff.step == TG_STAFF_PIN && !s->staff.token.pin_pad;
	return typed ? TG_SECRET_STAFF : TG_SECRET_NONE;
}

static void look(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	memset(&s->staff.token, 0, sizeof s->staff.token);
	if (s->other.card && !s->other.mute)
		tg_turn_ask(t, TG_FX_STAFF_TOKEN, &s->asked.staff_token);
}

void tg_staff_home(struct tg_turn *t)
{
	const struct tg_flow_state *s = t->s;
	if (s->number[0] != '\0')
		tg_turn_go(t, TG_STAGE_RESUME);
	else
		tg_turn_go(t, s->kind ? TG_STAGE_CARRIER : TG_STAGE_DEVICES);
}

static void enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->pin.characters[TG_SECRET_STAFF] = 0;
	if (!s->reader.card) {
		s->notice = TG_CARD_PULLED;
		tg_staff_home(t);
		return;
	}
	if (s->staff.step == TG_STAFF_CHECK) /* back from the document or from UNBLOCK */
		return;
	s->staff.pinned = s->wanted_reader[0] == '\0';
	if (s->staff.pinned)
		(void)tg_copy(s->wanted_reader, sizeof s->wanted_reader, s->reader.name);
	look(t);
}

void tg_staff_leave(struct tg_turn *t, enum tg_stage to)
{
	(void)to;
	t->s->notice = TG_OK;
	t->s->pin.characters[TG_SECRET_STAFF] = 0;
	(void)tg_turn_emit(t, TG_FX_CLEAR_PIN);
}

bool tg_staff_prove(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	const struct tg_token_state *k = &s->staff.token;
	if (!k->pin_pad && !tg_pin_length_is_right(k, s->pin.characters[TG_SECRET_STAFF])) {
		s->notice = TG_PIN_LENGTH;
		return false;
	}
	if (tg_last_try_asked(t, k))
		return false;
	s->notice = TG_OK;
	s->last_try_agreed = false;
	s->pin.characters[TG_SECRET_STAFF] = 0;
	tg_turn_ask(t, TG_FX_STAFF_PROVE, &s->asked.staff);
	return true;
}

void tg_staff_typed(struct tg_turn *t)
{
	t->s->pin.characters[TG_SECRET_STAFF] = t->ev->pin_characters;
	if (t->ev->pin_characters > 0)
		t->s->notice = TG_OK;
}

bool tg_staff_pin_again(struct tg_turn *t)
{
	const struct tg_event *ev = t->ev;
	if ((ev->status != TG_PIN_WRONG && ev->status != TG_PIN_LENGTH) || ev->token.serial[0] == '\0')
		return false;
	t->s->staff.token = ev->token;
	t->s->staff.token.status = TG_OK;
	return true;
}

static void choose_check(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	unsigned first = offers_document(s);
	if (slot < first) {
		tg_turn_go(t, TG_STAGE_DOCUMENT);
	} else if (slot == first) {
		s->staff.compared = !s->staff.compared;
		s->notice = TG_OK;
		s->focus++;
	} else if (s->staff.compared) {
		tg_turn_go(t, TG_STAGE_UNBLOCK);
	} else {
		s->notice = TG_INVALID;
		s->focus = (int)first;
	}
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	if (s->staff.busy)
		return;
	if (s->staff.step == TG_STAFF_INSERT)
		look(t);
	else if (s->staff.step == TG_STAFF_PIN)
		s->staff.busy = tg_staff_prove(t);
	else
		choose_check(t, slot);
}

static void back(struct tg_turn *t)
{
	if (!t->s->staff.busy)
		tg_staff_home(t);
}

/* ---- events ---- */

static void proven(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	const struct tg_event *ev = t->ev;
	s->staff.busy = false;
	s->focus = 0;
	s->notice = ev->status;
	tg_turn_look_again(t);
	if (ev->status == TG_OK) {
		s->staff.step = TG_STAFF_CHECK;
		(void)tg_copy(s->staff.name, sizeof s->staff.name, ev->staff_name);
		(void)tg_copy(s->staff.serial, sizeof s->staff.serial, ev->staff_serial);
		(void)tg_copy(s->staff.holder, sizeof s->staff.holder, ev->holder);
		return;
	}
	if (!tg_staff_pin_again(t))
		s->staff.step = TG_STAFF_INSERT;
}

static void other_reader(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	bool there = s->other.card && !s->other.mute;
	if (s->staff.step == TG_STAFF_CHECK || s->staff.busy)
		return; /* once they are known, staff may take their token */
	bool known = s->staff.token.serial[0] != '\0' || s->staff.token.status != TG_OK || s->asked.staff_token > 0;
	if (!there) {
		memset(&s->staff.token, 0, sizeof s->staff.token);
		s->staff.step = TG_STAFF_INSERT;
		s->notice = TG_OK;
	} else if (!known) {
		s->notice = TG_OK;
		look(t);
	}
}

static void take_token(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (s->staff.step == TG_STAFF_CHECK || s->staff.busy)
		return;
	s->staff.token = t->ev->token;
	s->staff.step = tg_staff_token_usable(s) ? TG_STAFF_PIN : TG_STAFF_INSERT;
	s->focus = 0;
}

static void event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (!s->staff.busy && !tg_card_answers(s)) {
		s->notice = s->reader.service == TG_OK ? TG_CARD_PULLED : TG_OK;
		tg_staff_home(t);
	} else if (t->ev->kind == TG_EV_READER) {
		other_reader(t);
	} else if (t->ev->kind == TG_EV_STAFF_TOKEN) {
		take_token(t);
	} else if (t->ev->kind == TG_EV_STAFF && s->staff.busy) {
		proven(t);
	} else if (t->ev->kind == TG_EV_PIN) {
		tg_staff_typed(t);
	}
}

/* ---- the screen ---- */

static void paint_insert(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	bool trouble = s->notice != TG_OK || (s->other.card && s->asked.staff_token == 0);
	if (!trouble)
		TG_PAINT(p, TG_ITEM_TEXT, "staff.card", "card", tg_paint_card_name(p), "serial", s->token.serial);
	if (s->asked.staff_token > 0)
		tg_paint_notice(p, "carrier.reading");
	else if (s->other.reader[0] == '\0')
		tg_paint_status(p, TG_READER_NONE);
	else if (s->other.card && s->other.mute)
		tg_paint_status(p, TG_CARD_MUTE);
	else if (s->other.card && s->notice == TG_OK && tg_staff_token_trouble(s) != TG_OK)
		tg_paint_status(p, tg_staff_token_trouble(s));
	if (s->other.reader[0] != '\0')
		TG_PAINT(p, TG_ITEM_NOTICE, "staff.insert", "reader", s->other.reader);
	if (may_look_again(s))
		tg_paint_button(p, TG_ITEM_ID_RETRY, "button.retry");
}

void tg_paint_staff_pin(struct tg_paint *p)
{
	const struct tg_token_state *k = &p->s->staff.token;
	const char *intro = k->pin_pad ? "staff.pin-pad" : "staff.pin";
	TG_PAINT(p, TG_ITEM_TEXT, intro, "card", tg_paint_token_name(p, k));
	tg_paint_tries_of(p, k);
	if (k->pin_pad)
		tg_paint_button(p, TG_ITEM_ID_PIN, "button.continue");
	else
		tg_paint_secret(p, TG_SECRET_STAFF, "staff.pin-label", k);
}

static void paint_whose(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	const struct tg_chip_document *d = &s->doc.chip;
	if (tg_document_proven(s))
		TG_PAINT(p, TG_ITEM_NOTICE, "staff.chip-says", "surname", d->surname, "given", d->given, "number",
		        d->number, "birth", tg_paint_iso_date(p, d->birth));
	else if (s->staff.holder[0] != '\0')
		TG_PAINT(p, TG_ITEM_NOTICE, "staff.holder", "name", s->staff.holder);
	else if (!offers_document(s))
		tg_paint_notice(p, "staff.holder-unknown");
}

static void paint_check(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	if (s->notice == TG_INVALID)
		tg_paint_error(p, "staff.not-compared");
	TG_PAINT(p, TG_ITEM_TEXT, "staff.known", "name", s->staff.name);
	paint_whose(p);
	if (offers_document(s))
		tg_paint_button(p, TG_ITEM_ID_OTHER_WAY, "staff.read-document");
	struct tg_item *tick = tg_paint_item(p, TG_ITEM_CHECK, tg_say(p, "staff.compared"), true);
	tick->id = TG_ITEM_ID_COMPARED;
	tick->checked = s->staff.compared;
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.continue");
}

static void paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	p->v->title = tg_say(p, "title.staff");
	if (s->staff.busy) {
		tg_paint_notice(p, "staff.busy");
		return;
	}
	if (s->notice != TG_OK && s->notice != TG_INVALID)
		tg_paint_status(p, s->notice);
	if (s->staff.step == TG_STAFF_INSERT)
		paint_insert(p);
	else if (s->staff.step == TG_STAFF_PIN)
		tg_paint_staff_pin(p);
	else
		paint_check(p);
}

const struct tg_stage_ops tg_stage_staff = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CARDS,
        .slots = slots,
        .enter = enter,
        .leave = tg_staff_leave,
        .choose = choose,
        .back = back,
        .event = event,
        .paint = paint,
        .enter_label = "key.continue",
};
