/* DESK_DECIDE: accept; refuse the service with its ground; refuse the acceptance and name each missing document
 * (NCA-10). DESK_DONE: what was decided, the paper that goes with it, the next one (NCA-9.rcpt, NCA-A9). */
#include "desk.h"

/* Lines: accept (when it may be), the grounds of a refused service, refused acceptance, its documents, what the clerk
 * types on its form, confirm. */
enum line { ACCEPT, GROUND, INCOMPLETE, MISSING, TYPED, CONFIRM };
struct place {
	enum line line;
	unsigned which; /* ground, document, or field */
};

static bool is_about(const struct tg_desk *d, unsigned ground, const char *event)
{
	return strcmp(d->app.provider->grounds[ground].event, event) == 0;
}

static unsigned n_about(const struct tg_desk *d, const char *event)
{
	unsigned n = 0;
	for (unsigned i = 0; i < d->app.provider->n_grounds; i++)
		n += is_about(d, i, event);
	return n;
}

static unsigned ground_of(const struct tg_desk *d, const char *event, unsigned place)
{
	for (unsigned i = 0; i < d->app.provider->n_grounds; i++)
		if (is_about(d, i, event) && place-- == 0)
			return i;
	return 0;
}

static unsigned n_grounds(const struct tg_desk *d)
{
	return n_about(d, "service");
}

/* Grounds of refused acceptance: where there is a form for it, and papers that can be missing. */
static unsigned n_lacks(const struct tg_desk *d)
{
	return d->app.refusal_form && tg_desk_n_documents(d) > 0 ? n_about(d, "acceptance") : 0;
}

static unsigned n_missing_lines(const struct tg_desk *d)
{
	return d->outcome == TG_DESK_NOT_ACCEPT ? tg_desk_n_documents(d) : 0;
}

static unsigned n_typed(const struct tg_desk *d)
{
	return d->outcome == TG_DESK_NOT_ACCEPT ? tg_desk_n_typed(d) : 0;
}

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	const struct tg_desk *d = &s->desk;
	(void)c;
	if (tg_desk_busy(s) || !d->app.provider)
		return 0;
	return tg_desk_may_accept(d) + n_grounds(d) + n_lacks(d) + n_missing_lines(d) + n_typed(d) + 1;
}

static struct place place_of(const struct tg_desk *d, unsigned slot)
{
	unsigned accept = tg_desk_may_accept(d), grounds = n_grounds(d), lack = n_lacks(d),
	         missing = n_missing_lines(d);
	if (slot < accept)
		return (struct place){ACCEPT, 0};
	slot -= accept;
	if (slot < grounds)
		return (struct place){GROUND, ground_of(d, "service", slot)};
	slot -= grounds;
	if (slot < lack)
		return (struct place){INCOMPLETE, ground_of(d, "acceptance", slot)};
	slot -= lack;
	if (slot < missing)
		return (struct place){MISSING, (unsigned)tg_desk_document_of(d, slot)};
	slot -= missing;
	if (slot < n_typed(d))
		return (struct place){TYPED, (unsigned)tg_desk_typed_of(d, slot)};
	return (struct place){CONFIRM, 0};
}

static void prefill_missing(struct tg_desk *d)
{
	unsigned list[TG_DOCUMENTS_MAX], n = tg_desk_missing(d, list);
	memset(d->missing, 0, sizeof d->missing);
	for (unsigned i = 0; i < n; i++)
		d->missing[list[i]] = true;
}

static void enter(struct tg_turn *t)
{
	struct tg_desk *d = &t->s->desk;
	d->outcome = TG_DESK_UNDECIDED;
	d->incomplete = false;
	d->told = TG_OK;
	prefill_missing(d);
}

static bool names_one(const struct tg_desk *d)
{
	for (unsigned i = 0; i < TG_DOCUMENTS_MAX; i++)
		if (d->missing[i])
			return true;
	return false;
}

/* By the provider's calendar, unless the application has its promise already (NCA-4). */
static int64_t result_at(const struct tg_flow_state *s)
{
	const struct tg_provider *p = s->desk.app.provider;
	if (s->desk.app.promised_ms > s->now_wall_ms)
		return s->desk.app.promised_ms;
	return tg_desk_term_end(p, tg_provider_term(p, "result"), s->now_wall_ms);
}

static void confirm(struct tg_turn *t)
{
	struct tg_desk *d = &t->s->desk;
	bool lacks = d->outcome == TG_DESK_NOT_ACCEPT && (!names_one(d) || tg_desk_untyped(d) >= 0);
	d->incomplete = d->outcome == TG_DESK_UNDECIDED || lacks;
	if (d->incomplete || (d->outcome == TG_DESK_ACCEPT && !tg_desk_may_accept(d)))
		return;
	d->promised_ms = d->outcome == TG_DESK_ACCEPT ? result_at(t->s) : 0;
	tg_desk_ask(t, TG_FX_DESK_DECIDE, TG_DESK_DECIDING);
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	struct tg_desk *d = &s->desk;
	if (tg_desk_busy(s))
		return;
	struct place at = place_of(d, slot);
	d->incomplete = false;
	d->told = TG_OK;
	if (at.line == ACCEPT)
		d->outcome = TG_DESK_ACCEPT;
	else if (at.line == GROUND)
		d->outcome = TG_DESK_REFUSE, d->ground = at.which;
	else if (at.line == INCOMPLETE)
		d->outcome = TG_DESK_NOT_ACCEPT, d->ground = at.which;
	else if (at.line == MISSING)
		d->missing[at.which] = !d->missing[at.which];
	else if (at.line == TYPED)
		s->focus++;
	else
		confirm(t);
	/* The list of documents came or went: the focus stays on its line; a decision leads to its confirmation. */
	if (at.line == ACCEPT || at.line == GROUND)
		s->focus = (int)slots(t->c, s) - 1;
}

static bool key(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	struct tg_desk *d = &s->desk;
	if (tg_desk_busy(s) || (unsigned)s->focus >= slots(t->c, s))
		return false;
	struct place at = place_of(d, (unsigned)s->focus);
	if (at.line == TYPED && tg_desk_type(d, at.which, t->ev))
		return true;
	if (tg_key_is_space(t->ev) && at.line != CONFIRM && at.line != TYPED) {
		choose(t, (unsigned)s->focus);
		return true;
	}
	if (!tg_focus_move(&s->focus, slots(t->c, s), t->ev->action))
		return false;
	at = place_of(d, (unsigned)s->focus);
	d->refusal_cursor = at.line == TYPED ? (unsigned)strlen(d->refusal[at.which]) : 0;
	return true;
}

static void back(struct tg_turn *t)
{
	if (!tg_desk_busy(t->s))
		tg_turn_go(t, TG_STAGE_DESK_APPLICATION);
}

static void not_ours_any_more(struct tg_turn *t, enum tg_status why)
{
	t->s->desk.told = why;
	tg_turn_go(t, TG_STAGE_DESK_QUEUE);
}

static void decided(struct tg_turn *t)
{
	struct tg_desk *d = &t->s->desk;
	enum tg_status status = t->ev->status;
	d->work = TG_DESK_IDLE;
	if (status == TG_OK) {
		d->decided_ms = t->s->now_wall_ms;
		tg_turn_go(t, TG_STAGE_DESK_DONE);
	} else if (status == TG_CLAIMED || status == TG_CARD_STATE) {
		not_ours_any_more(t, status);
	} else {
		d->told = status;
	}
}

static void event(struct tg_turn *t)
{
	struct tg_desk *d = &t->s->desk;
	if (tg_desk_claim_lost(t->ev) && d->work == TG_DESK_IDLE)
		not_ours_any_more(t, t->ev->status);
	else if (t->ev->kind == TG_EV_DESK && d->work == TG_DESK_DECIDING)
		decided(t);
}

/* ---- the screen ---- */

static struct tg_item *paint_option(struct tg_paint *p, const char *label, bool chosen)
{
	struct tg_item *item = tg_paint_item(p, TG_ITEM_CHECK, label, true);
	item->checked = chosen;
	return item;
}

/* Why it cannot be accepted: every reason by name. */
static void paint_reasons(struct tg_paint *p)
{
	const struct tg_desk *d = &p->s->desk;
	const char *reasons[TG_DESK_REASONS_MAX];
	unsigned missing[TG_DOCUMENTS_MAX], n = tg_desk_reasons(d, reasons), m = tg_desk_missing(d, missing);
	for (unsigned i = 0; i < n; i++)
		tg_paint_error(p, reasons[i]);
	for (unsigned i = 0; i < m; i++)
		TG_PAINT(p, TG_ITEM_ERROR, "desk.lacks", "document",
		        tg_say(p, d->app.kind->documents[missing[i]].label));
}

static void paint_missing(struct tg_paint *p)
{
	const struct tg_desk *d = &p->s->desk;
	for (unsigned i = 0; i < n_missing_lines(d); i++) {
		unsigned document = (unsigned)tg_desk_document_of(d, i);
		struct tg_item *item =
		        paint_option(p, tg_say(p, d->app.kind->documents[document].label), d->missing[document]);
		item->mark = d->missing[document] ? tg_say(p, "desk.is-missing") : NULL;
	}
}

/* What the clerk types on the form of refused acceptance; the rest comes by itself. */
static void paint_typed(struct tg_paint *p)
{
	const struct tg_desk *d = &p->s->desk;
	for (unsigned i = 0; i < n_typed(d); i++) {
		unsigned field = (unsigned)tg_desk_typed_of(d, i);
		const struct tg_field *f = &d->app.refusal_form->fields[field];
		struct tg_item *item = tg_paint_item(p, TG_ITEM_FIELD, tg_say(p, f->label), true);
		item->id = -1;
		item->number = f->number;
		item->value = d->refusal[field];
		item->cursor = d->refusal_cursor;
		item->max_chars = f->max_chars;
		if (d->incomplete && f->required && d->refusal[field][0] == '\0')
			item->error = tg_say(p, "form.required-missing");
	}
}

static const char *what_lacks(const struct tg_desk *d)
{
	if (d->outcome == TG_DESK_UNDECIDED)
		return "desk.choose-decision";
	return names_one(d) ? "desk.type-refusal" : "desk.name-missing";
}

static void paint_grounds(
        struct tg_paint *p, const char *event, unsigned n, enum tg_desk_outcome outcome, const char *sentence)
{
	const struct tg_desk *d = &p->s->desk;
	for (unsigned i = 0; i < n; i++) {
		unsigned g = ground_of(d, event, i);
		const char *label = tg_say(p, d->app.provider->grounds[g].label);
		(void)paint_option(p, TG_FILL(p, sentence, "ground", label), d->outcome == outcome && d->ground == g);
	}
}

static void decide_paint(struct tg_paint *p)
{
	const struct tg_desk *d = &p->s->desk;
	p->v->title = tg_say(p, "title.desk-decide");
	tg_desk_paint_news(p);
	if (tg_desk_busy(p->s) || !d->app.provider)
		return;
	TG_PAINT(p, TG_ITEM_TEXT, "work.number", "number", d->app.number);
	if (tg_desk_may_accept(d))
		(void)paint_option(p, tg_say(p, "desk.accept"), d->outcome == TG_DESK_ACCEPT);
	else
		tg_paint_notice(p, "desk.cannot-accept");
	paint_grounds(p, "service", n_grounds(d), TG_DESK_REFUSE, "desk.refuse");
	paint_grounds(p, "acceptance", n_lacks(d), TG_DESK_NOT_ACCEPT, "desk.not-accept");
	paint_missing(p);
	paint_typed(p);
	if (d->outcome == TG_DESK_UNDECIDED)
		paint_reasons(p);
	if (d->incomplete)
		tg_paint_error(p, what_lacks(d));
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "desk.confirm");
}

static const char *label(const struct tg_flow_state *s)
{
	bool last = !tg_desk_busy(s) && s->desk.app.provider && place_of(&s->desk, (unsigned)s->focus).line == CONFIRM;
	return last ? "key.confirm" : "key.choose";
}

const struct tg_stage_ops tg_stage_desk_decide = {
        .traits = TG_STAGE_USUAL,
        .slots = slots,
        .enter = enter,
        .choose = choose,
        .key = key,
        .back = back,
        .event = event,
        .paint = decide_paint,
        .label = label,
};

/* ---- DESK_DONE ---- */

/* A refused service has no paper of its own in the source. */
static bool has_paper(const struct tg_desk *d)
{
	return d->outcome == TG_DESK_ACCEPT || d->outcome == TG_DESK_NOT_ACCEPT;
}

static unsigned done_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return 1u + has_paper(&s->desk);
}

static void done_enter(struct tg_turn *t)
{
	if (has_paper(&t->s->desk))
		tg_desk_print(t);
}

static void done_choose(struct tg_turn *t, unsigned slot)
{
	if (slot == 0)
		tg_turn_go(t, TG_STAGE_DESK_QUEUE);
	else
		tg_desk_print(t);
}

static void done_paint(struct tg_paint *p)
{
	const struct tg_desk *d = &p->s->desk;
	const struct tg_provider *provider = d->app.provider;
	p->v->title = tg_say(p, "title.desk-done");
	if (!provider)
		return;
	TG_PAINT(p, TG_ITEM_TEXT, "work.number", "number", d->app.number);
	if (d->outcome == TG_DESK_ACCEPT)
		tg_paint_notice(p, "desk.accepted");
	else if (d->outcome == TG_DESK_NOT_ACCEPT)
		tg_paint_notice(p, "desk.not-accepted");
	else
		TG_PAINT(p, TG_ITEM_NOTICE, "desk.refused", "ground", tg_say(p, provider->grounds[d->ground].label));
	if (d->promised_ms != 0)
		TG_PAINT(p, TG_ITEM_TEXT, "desk.result", "time", tg_paint_time_at(p, provider, d->promised_ms), "place",
		        tg_say(p, provider->place));
	tg_paint_text(p, d->outcome == TG_DESK_NOT_ACCEPT ? "desk.two-copies" : "desk.originals");
	tg_paint_receipt(p);
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "desk.next");
	if (has_paper(d))
		tg_paint_button(p, TG_ITEM_ID_RECEIPT, "desk.print-again");
}

const struct tg_stage_ops tg_stage_desk_done = {
        .traits = TG_STAGE_USUAL,
        .slots = done_slots,
        .enter = done_enter,
        .choose = done_choose,
        .back = tg_desk_back,
        .paint = done_paint,
        .enter_label = "key.continue",
};
