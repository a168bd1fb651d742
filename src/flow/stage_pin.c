/* PIN: the tries left stand there before the first character; no try is burnt by accident (K-5). The characters
 * themselves never come here, only how many there are. */
#include "cabinet.h"
#include "ways.h"

/* Without the right card there is nothing to ask a PIN for. */
static void ask_for_card(struct tg_turn *t, enum tg_status why)
{
	struct tg_flow_state *s = t->s;
	s->notice = why;
	if (s->number[0] != '\0') {
		tg_turn_go(t, TG_STAGE_RESUME);
		return;
	}
	s->carrier_then = TG_STAGE_PIN;
	tg_turn_go(t, TG_STAGE_CARRIER);
}

/* The old certificate of a renewal: wrong PINs are counted for it too (DOS-8). NULL: there is none. */
static const struct tg_held_certificate *counted(const struct tg_flow_state *s)
{
	return tg_cabinet_old(s);
}

/* On the way to a new application the card in the reader becomes the one it is for. */
static void enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->pin_characters = 0;
	s->pin.factory = false;
	s->last_try_agreed = false;
	if (s->token.status == TG_OK && s->token.locked) {
		tg_turn_fail(t, TG_PIN_LOCKED);
		return;
	}
	const struct tg_held_certificate *old = counted(s);
	if (old && old->lock != TG_OK) {
		tg_turn_fail(t, old->lock);
		return;
	}
	bool tried = s->number[0] != '\0' || (tg_signs(s) && s->work_serial[0] != '\0');
	if (tg_card_being_read(s) && tried)
		return; /* after a wrong PIN: the tries left are being asked for */
	if (!tg_card_ready(s) || s->unfinished_number[0] != '\0') {
		ask_for_card(t, tg_card_trouble(s));
	} else if (s->number[0] == '\0' || s->work_serial[0] == '\0') {
		tg_card_becomes_ours(s);
	} else if (!tg_card_is_ours(s)) {
		ask_for_card(t, TG_CARD_OTHER);
	}
}

static void leave(struct tg_turn *t, enum tg_stage to)
{
	t->s->pin_characters = 0;
	if (to == TG_STAGE_SUBMITTING || to == TG_STAGE_WORKING || to == TG_STAGE_PIN_CHANGE) {
		t->s->notice = TG_OK;
		return;
	}
	(void)tg_turn_emit(t, TG_FX_CLEAR_PIN);
	if (to != TG_STAGE_CARRIER && to != TG_STAGE_RESUME)
		t->s->notice = TG_OK;
}

struct tg_token_state tg_person_token(const struct tg_flow_state *s)
{
	struct tg_token_state k = s->token;
	const struct tg_pin_plan *plan = tg_provider_pin(s->provider, k.purpose);
	if (!plan)
		return k;
	if ((unsigned)plan->min > k.pin_min)
		k.pin_min = (unsigned)plan->min;
	if (k.pin_max == 0 || (unsigned)plan->max < k.pin_max)
		k.pin_max = (unsigned)plan->max;
	k.pin_digits = k.pin_digits || plan->digits;
	return k;
}

bool tg_pin_length_is_right(const struct tg_token_state *k, unsigned characters)
{
	return characters > 0 && characters >= k->pin_min && (k->pin_max == 0 || characters <= k->pin_max);
}

bool tg_last_try(const struct tg_token_state *k)
{
	return k->final_try || k->tries_left == 1;
}

bool tg_last_try_asked(struct tg_turn *t, const struct tg_token_state *k)
{
	if (!tg_last_try(k) || t->s->last_try_agreed)
		return false;
	tg_overlay_open(t, TG_OVERLAY_LAST_TRY);
	return true;
}

bool tg_pin_must_change(const struct tg_flow_state *s)
{
	return s->token.pin_to_be_changed || (s->pin.factory && !s->token.pin_pad);
}

void tg_pin_change_forced(struct tg_turn *t, enum tg_stage then)
{
	struct tg_flow_state *s = t->s;
	s->pin.then = then;
	s->pin.back = s->stage;
	s->pin.old_known = !s->token.pin_pad;
	if (s->pin.old_known)
		(void)tg_turn_emit(t, TG_FX_KEEP_PIN);
	tg_turn_go(t, TG_STAGE_PIN_CHANGE);
}

static void choose(struct tg_turn *t, unsigned slot)
{
	(void)slot;
	struct tg_flow_state *s = t->s;
	if (!tg_card_ready(s)) /* the tries left are not known yet: none is risked */
		return;
	const struct tg_token_state mine = tg_person_token(s);
	if (!mine.pin_pad && !tg_pin_length_is_right(&mine, s->pin_characters)) {
		s->notice = TG_PIN_LENGTH;
		return;
	}
	if (tg_last_try_asked(t, &s->token))
		return;
	enum tg_stage then = s->number[0] == '\0' ? TG_STAGE_SUBMITTING : TG_STAGE_WORKING;
	if (tg_pin_must_change(s))
		tg_pin_change_forced(t, then);
	else
		tg_turn_go(t, then);
}

static void back(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (s->ways.deciding)
		tg_turn_go(t, TG_STAGE_REQUEST);
	else
		tg_turn_go(t, s->number[0] != '\0' ? TG_STAGE_RESUME : tg_state_before_pin(s));
}

static void take_counts(struct tg_turn *t)
{
	if (tg_take_certificates(t) != TG_OK)
		return; /* the card itself tells what is wrong */
	const struct tg_held_certificate *c = counted(t->s);
	if (c && c->lock != TG_OK)
		tg_turn_fail(t, c->lock);
}

static void event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (t->ev->kind == TG_EV_CERTIFICATES) {
		take_counts(t);
		return;
	}
	if (t->ev->kind == TG_EV_PIN) {
		s->pin_characters = t->ev->pin_characters;
		s->pin.factory = t->ev->factory;
		if (s->pin_characters > 0)
			s->notice = TG_OK;
		return;
	}
	if (tg_card_being_read(s))
		return;
	enum tg_status trouble = tg_card_trouble(s);
	if (trouble == TG_PIN_LOCKED)
		tg_turn_fail(t, TG_PIN_LOCKED);
	else if (trouble != TG_OK)
		ask_for_card(t, tg_card_gone_notice(trouble));
	else if (!tg_card_is_ours(s) && s->number[0] != '\0')
		ask_for_card(t, TG_CARD_OTHER);
	else if (s->unfinished_number[0] != '\0')
		ask_for_card(t, TG_OK);
}

void tg_paint_tries(struct tg_paint *p)
{
	if (tg_card_being_read(p->s))
		tg_paint_notice(p, "carrier.reading");
	else
		tg_paint_tries_of(p, &p->s->token);
}

void tg_paint_tries_of(struct tg_paint *p, const struct tg_token_state *k)
{
	if (tg_last_try(k))
		tg_paint_notice(p, "pin.last-try");
	else if (k->tries_left >= 0)
		TG_PAINT(p, TG_ITEM_NOTICE, "pin.tries", "count", tg_paint_number(p, k->tries_left));
	else
		tg_paint_notice(p, k->tries_low ? "pin.tries-low" : "pin.tries-unknown");
}

void tg_paint_pin_broken(struct tg_paint *p)
{
	const char *what = p->s->token.pin_broken;
	if (what[0] != '\0')
		tg_paint_notice(p, strcmp(what, "unblock") == 0 ? "pin.broken-unblock" : "pin.broken-change");
}

static const char *length_hint(struct tg_paint *p, const struct tg_token_state *k)
{
	if (!k || k->pin_min == 0 || k->pin_max == 0)
		return NULL;
	if (k->pin_min == k->pin_max)
		return TG_FILL(p, "pin.length-exact", "count", tg_paint_number(p, k->pin_min));
	return TG_FILL(p, "pin.length", "min", tg_paint_number(p, k->pin_min), "max", tg_paint_number(p, k->pin_max));
}

struct tg_item *tg_paint_pin_box(
        struct tg_paint *p, int id, const char *label, unsigned characters, const struct tg_token_state *k)
{
	struct tg_item *item = tg_paint_item(p, TG_ITEM_PIN, label, true);
	item->id = id;
	item->pin_characters = characters;
	item->max_chars = (int)(k && k->pin_max > 0 && k->pin_max < 64 ? k->pin_max : 32);
	item->hint = length_hint(p, k);
	return item;
}

/* Names of whom the certificate is for, and the position, as far as the form asks for them; "" when it does not. */
static const char *subject(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	const struct tg_form *form = tg_state_form(s);
	char *out = tg_paint_room(p);
	size_t at = 0, room = tg_paint_left(p);
	out[0] = '\0';
	for (unsigned i = 0; i < tg_state_fields(s); i++) {
		const struct tg_field *f = &form->fields[i];
		bool title = f->certificate && strcmp(f->certificate, "title") == 0;
		bool name = f->kind == TG_FIELD_NAME && f->role && strcmp(f->role, "subject") == 0;
		if ((!name && !title) || s->answers[i].value[0] == '\0' || !tg_field_shown(s, i) || at + 2 >= room)
			continue;
		int n = snprintf(out + at, room - at, "%s%s", at == 0 ? "" : title ? ", " : " ", s->answers[i].value);
		at += n > 0 && (size_t)n < room - at ? (size_t)n : 0;
	}
	return tg_paint_keep(p);
}

/* Where several people of one organisation have a token each: whose is asked for (UBR). */
static void paint_holder(struct tg_paint *p)
{
	const struct tg_pin_plan *plan = tg_provider_pin(p->s->provider, p->s->token.purpose);
	if (!plan || !plan->note)
		return;
	const char *holder = subject(p);
	if (holder[0] != '\0')
		TG_PAINT(p, TG_ITEM_NOTICE, "pin.whose-token", "holder", holder);
	tg_paint_text(p, plan->note);
}

/* Once the signature was found good the PIN is for the certificates. */
static bool signing(const struct tg_flow_state *s)
{
	return tg_signs(s) && !tg_outcome_is(s, TG_STATE_ACCEPTED);
}

static void paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	p->v->title = tg_say(p, "title.pin");
	if (s->notice != TG_OK)
		tg_paint_status(p, s->notice);
	const char *id = s->undoing || s->leaving_out ? "pin.undo"
	                 : s->token.pin_pad           ? "pin.pad"
	                 : signing(s)                 ? "pin.sign"
	                                              : "pin.intro";
	TG_PAINT(p, TG_ITEM_TEXT, id, "card", tg_paint_card_name(p));
	tg_paint_whose(p);
	paint_holder(p);
	tg_paint_tries(p);
	const struct tg_held_certificate *old = counted(s);
	if (old)
		tg_paint_counts(p, old);
	tg_paint_pin_broken(p);
	if (s->token.pin_pad) { /* nothing is typed here */
		tg_paint_button(p, TG_ITEM_ID_PIN, "button.continue");
		return;
	}
	const struct tg_token_state mine = tg_person_token(s);
	(void)tg_paint_pin_box(p, TG_ITEM_ID_PIN, tg_say(p, "pin.label"), s->pin_characters, &mine);
}

const struct tg_stage_ops tg_stage_pin = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CARDS | TG_STAGE_PROVEN,
        .slots = tg_one_slot,
        .enter = enter,
        .leave = leave,
        .choose = choose,
        .back = back,
        .event = event,
        .paint = paint,
        .enter_label = "key.confirm",
};
