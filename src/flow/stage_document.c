/* DOCUMENT: what opens the chip is typed from the card. Without the chip the way is another one, on which a clerk
 * checks what is typed (K-4). */
#include "ways.h"

static const struct tg_field fields[TG_OPEN_COUNT] = {
        [TG_OPEN_NUMBER] = {.id = "number",
                .kind = TG_FIELD_TEXT,
                .label = "document.number",
                .hint = "document.number.hint",
                .max_chars = 22},
        [TG_OPEN_BIRTH] = {.id = "birth",
                .kind = TG_FIELD_DATE,
                .label = "document.birth",
                .hint = "document.birth.hint",
                .max_chars = 10},
        [TG_OPEN_EXPIRY] = {.id = "expiry",
                .kind = TG_FIELD_DATE,
                .label = "document.expiry",
                .hint = "document.expiry.hint",
                .max_chars = 10},
        [TG_OPEN_CAN] = {.id = "can",
                .kind = TG_FIELD_DIGITS,
                .label = "document.can",
                .hint = "document.can.hint",
                .max_chars = 6},
};

const char *tg_document_by_hand(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	if (s->staff.step == TG_STAFF_CHECK)
		return "document.without";
	if (!tg_chip_must_prove(s))
		return "document.by-hand";
	return tg_way_with_papers(c, s) ? "document.papers" : "document.other-way";
}

void tg_document_without(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (s->staff.step == TG_STAFF_CHECK) {
		tg_turn_go(t, TG_STAGE_STAFF);
		return;
	}
	if (!tg_chip_must_prove(s)) {
		tg_turn_go(t, TG_STAGE_FORM);
		return;
	}
	const struct tg_way *papers = tg_way_with_papers(t->c, s);
	memset(s->carriers, 0, sizeof s->carriers);
	if (papers)
		s->way = papers;
	tg_turn_go(t, papers ? TG_STAGE_QUESTIONS : TG_STAGE_WAY);
	if (!papers)
		s->notice = TG_DOC_NONE; /* said beside the ways that there are */
}

/* Slots: the fields, then these. */
enum button { BUTTON_READ, BUTTON_OTHER_WAY, BUTTON_BY_HAND, BUTTON_COUNT };

static unsigned n_typed(const struct tg_flow_state *s)
{
	return s->doc.by_can ? 1 : 3;
}

/* -1: not a field. */
static int field_of(const struct tg_flow_state *s, unsigned slot)
{
	if (slot >= n_typed(s))
		return -1;
	return s->doc.by_can ? TG_OPEN_CAN : (int)slot;
}

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return n_typed(s) + BUTTON_COUNT;
}

static bool staff_asks(const struct tg_flow_state *s)
{
	return s->staff.step == TG_STAFF_CHECK;
}

/* ---- is it right? ---- */

static const char *wrong_number(const char *value)
{
	size_t n = strlen(value);
	bool right = n >= 5 && n <= 22 && strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == n;
	return right ? NULL : "document.bad-number";
}

static const char *wrong_birth(const struct tg_flow_state *s, const char *value)
{
	char iso[11], today[11];
	if (!tg_date_iso(value, iso))
		return "document.bad-date";
	tg_state_today(s, today);
	return strcmp(iso, today) > 0 ? "document.bad-birth" : NULL;
}

static const char *wrong_value(const struct tg_flow_state *s, int field)
{
	const char *value = s->doc.typed[field].value;
	char iso[11];
	if (value[0] == '\0')
		return "form.required-missing";
	if (field == TG_OPEN_NUMBER)
		return wrong_number(value);
	if (field == TG_OPEN_BIRTH)
		return wrong_birth(s, value);
	if (field == TG_OPEN_EXPIRY)
		return tg_date_iso(value, iso) ? NULL : "document.bad-date";
	return strlen(value) == 6 ? NULL : "document.bad-can";
}

static bool check(struct tg_flow_state *s, int field)
{
	s->doc.typed[field].error = wrong_value(s, field);
	return s->doc.typed[field].error == NULL;
}

static void put_cursor_at_end(struct tg_flow_state *s)
{
	int field = field_of(s, (unsigned)s->focus);
	if (field >= 0)
		s->doc.typed[field].cursor = strlen(s->doc.typed[field].value);
}

/* An empty answer that was only passed by is no mistake yet. */
static void leave_field(struct tg_flow_state *s, int field)
{
	if (field >= 0 && (s->doc.typed[field].value[0] != '\0' || s->doc.typed[field].error))
		(void)check(s, field);
}

/* ---- keys ---- */

/* A document's number has Latin capitals and digits: what other layouts give on the same keys is turned into them. */
static uint32_t meant_in_number(uint32_t ch)
{
	char one[8] = "", latin[TG_VALUE_MAX];
	int digit = tg_digit_of(ch);
	if (digit >= 0)
		return (uint32_t)digit + '0';
	(void)tg_utf8_put(ch, one);
	if (ch >= 0x80 && tg_mend_latin(one, latin))
		ch = (uint32_t)(unsigned char)latin[0];
	ch = tg_text_upper(ch);
	return ch >= 'A' && ch <= 'Z' ? ch : 0;
}

static bool edit(struct tg_turn *t, int field)
{
	struct tg_event ev = *t->ev;
	if (field == TG_OPEN_NUMBER && ev.action == TG_ACTION_CHAR) {
		ev.ch = meant_in_number(ev.ch);
		if (ev.ch == 0)
			return true;
	}
	if (field == TG_OPEN_CAN && ev.action == TG_ACTION_CHAR && tg_digit_of(ev.ch) < 0)
		return true;
	struct tg_answer *a = &t->s->doc.typed[field];
	if (!tg_answer_type(a, &fields[field], &ev))
		return false;
	if (a->error)
		(void)check(t->s, field);
	return true;
}

static bool key(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	int field = field_of(s, (unsigned)s->focus);
	if (field >= 0 && edit(t, field))
		return true;
	if (!tg_focus_move(&s->focus, slots(t->c, s), t->ev->action))
		return false;
	leave_field(s, field);
	put_cursor_at_end(s);
	return true;
}

static void read_chip(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	int first = -1;
	for (unsigned i = n_typed(s); i-- > 0;)
		if (!check(s, field_of(s, i)))
			first = (int)i;
	if (first >= 0) {
		s->focus = first;
		put_cursor_at_end(s);
		return;
	}
	enum tg_status trouble = tg_card_trouble(s);
	if (tg_card_being_read(s) || (trouble != TG_OK && trouble != TG_PIN_LOCKED))
		return; /* it is still being looked at, or is no card for this */
	tg_document_forget(s);
	tg_turn_go(t, TG_STAGE_READING);
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	int field = field_of(s, slot);
	if (field >= 0) {
		if (!check(s, field))
			return;
		s->focus++;
		put_cursor_at_end(s);
	} else if (slot - n_typed(s) == BUTTON_READ) {
		read_chip(t);
	} else if (slot - n_typed(s) == BUTTON_OTHER_WAY) {
		s->doc.by_can = !s->doc.by_can;
		s->focus = 0;
		put_cursor_at_end(s);
	} else {
		tg_document_without(t);
	}
}

static void back(struct tg_turn *t)
{
	if (!staff_asks(t->s)) /* the card is chosen anew, and so is where the certificates go */
		memset(t->s->carriers, 0, sizeof t->s->carriers);
	tg_turn_go(t, staff_asks(t->s) ? TG_STAGE_STAFF : TG_STAGE_CARRIER);
}

static void enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	bool other = s->reader.card && tg_chip_must_prove(s) && !staff_asks(s) && !s->token.document;
	if (s->reader.card && !other) {
		put_cursor_at_end(s);
		return;
	}
	if (tg_chip_must_prove(s)) /* back from the proof, and the identity card is not here any more */
		tg_document_forget(s);
	s->notice = other ? TG_OK : TG_CARD_PULLED;
	tg_turn_go(t, TG_STAGE_CARRIER);
}

/* The card that was to be opened has left, or is another one now. */
static void event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (s->reader.card && !s->reader.mute && s->reader.service == TG_OK)
		return;
	s->notice = s->reader.service == TG_OK ? TG_CARD_PULLED : TG_OK;
	tg_turn_go(t, TG_STAGE_CARRIER);
}

/* ---- the screen ---- */

static void paint_field(struct tg_paint *p, int field)
{
	const struct tg_answer *a = &p->s->doc.typed[field];
	struct tg_item *item = tg_paint_typed(p, &fields[field], a);
	item->id = field;
	if (a->error) /* which says how to mend it */
		item->hint = NULL;
}

static void paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	p->v->title = tg_say(p, "title.document");
	tg_paint_text(p, s->doc.by_can ? "document.intro-can" : "document.intro");
	if (!staff_asks(s))
		tg_paint_whose(p);
	for (unsigned i = 0; i < n_typed(s); i++)
		paint_field(p, field_of(s, i));
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "document.read");
	tg_paint_button(p, TG_ITEM_ID_OTHER_WAY, s->doc.by_can ? "document.by-details" : "document.by-can");
	tg_paint_button(p, TG_ITEM_ID_BY_HAND, tg_document_by_hand(p->c, s));
}

const struct tg_stage_ops tg_stage_document = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CARDS,
        .slots = slots,
        .enter = enter,
        .choose = choose,
        .key = key,
        .back = back,
        .event = event,
        .paint = paint,
        .enter_label = "key.continue",
};
