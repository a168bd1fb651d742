/* DESK_APPLICATION: one application on one screen: its answers and who filled them, what was proven, the documents to
 * be ticked against their originals, the consent to use protected data, the registers (P-5, NCA-9.check, NCA-9.head).
 */
#include "desk.h"
#include "money.h"

/* What stands in a focusable line. */
enum line { MONEY, ANSWER, DOCUMENT, DATE, IDENTITY, CONSENT, REGISTERS, DECIDE };
struct place {
	enum line line;
	unsigned document; /* of DOCUMENT and DATE: index in the kind */
};

static bool decides(const struct tg_flow_state *s)
{
	return s->desk.app.claimed_until_ms != 0;
}

static unsigned n_dates(const struct tg_desk *d)
{
	unsigned n = 0;
	for (unsigned i = 0; i < tg_desk_n_documents(d); i++)
		n += tg_desk_asks_date(d, (unsigned)tg_desk_document_of(d, i));
	return n;
}

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	const struct tg_desk *d = &s->desk;
	(void)c;
	if (tg_desk_busy(s) || !d->app.kind)
		return 0;
	return tg_desk_has_money(&d->app) + d->app.n_answers +
	       (decides(s) ? tg_desk_n_documents(d) + n_dates(d) + tg_desk_has_identity(d) + 3 : 1);
}

static struct place place_of(const struct tg_flow_state *s, unsigned slot)
{
	const struct tg_desk *d = &s->desk;
	if (tg_desk_has_money(&d->app) && slot-- == 0)
		return (struct place){MONEY, 0};
	if (slot < d->app.n_answers)
		return (struct place){ANSWER, 0};
	slot -= d->app.n_answers;
	for (unsigned i = 0; decides(s) && i < tg_desk_n_documents(d); i++) {
		unsigned document = (unsigned)tg_desk_document_of(d, i);
		if (slot-- == 0)
			return (struct place){DOCUMENT, document};
		if (tg_desk_asks_date(d, document) && slot-- == 0)
			return (struct place){DATE, document};
	}
	if (decides(s) && tg_desk_has_identity(d) && slot-- == 0)
		return (struct place){IDENTITY, 0};
	return (struct place){decides(s) ? (enum line)(CONSENT + slot) : DECIDE, 0};
}

/* A paper with corrections is not made good by one key. */
static void tick(struct tg_desk *d, unsigned i)
{
	if (d->marks[i] == TG_DESK_CORRECTED)
		d->incomplete = true;
	else
		d->marks[i] = d->marks[i] == TG_DESK_GOOD ? TG_DESK_NOT_SHOWN : TG_DESK_GOOD;
}

static void turn_mark(struct tg_desk *d, unsigned i, int by)
{
	d->marks[i] = (enum tg_desk_mark)(((int)d->marks[i] + by + TG_DESK_MARK_COUNT) % TG_DESK_MARK_COUNT);
	d->incomplete = false;
}

/* Nothing protected is looked up before the consent (NCA-9.check). */
static void compare(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	if (s->desk.consent) {
		tg_desk_ask(t, TG_FX_DESK_REGISTERS, TG_DESK_COMPARING);
		return;
	}
	s->desk.incomplete = true;
	s->focus--;
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	struct tg_desk *d = &s->desk;
	if (tg_desk_busy(s))
		return;
	struct place at = place_of(s, slot);
	d->told = TG_OK;
	if (at.line == DOCUMENT)
		tick(d, at.document);
	else if (at.line == CONSENT)
		d->consent = !d->consent, d->incomplete = false;
	if (at.line == ANSWER || (at.line == DOCUMENT && d->marks[at.document] == TG_DESK_GOOD) || at.line == DATE ||
	        (at.line == CONSENT && d->consent))
		s->focus++;
	else if (at.line == MONEY)
		tg_desk_to_payment(t, false);
	else if (at.line == IDENTITY)
		tg_desk_identify(t);
	else if (at.line == REGISTERS)
		compare(t);
	else if (at.line == DECIDE && decides(s))
		tg_turn_go(t, TG_STAGE_DESK_DECIDE);
	else if (at.line == DECIDE)
		tg_turn_go(t, TG_STAGE_DESK_QUEUE);
}

static const struct tg_field date_field = {.id = "date", .kind = TG_FIELD_DATE, .max_chars = 10};

static bool key_on_document(struct tg_desk *d, unsigned i, const struct tg_event *ev)
{
	if (tg_key_is_space(ev))
		tick(d, i);
	else if (ev->action == TG_ACTION_RIGHT)
		turn_mark(d, i, 1);
	else if (ev->action == TG_ACTION_LEFT)
		turn_mark(d, i, -1);
	else
		return false;
	return true;
}

static bool key(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	struct tg_desk *d = &s->desk;
	if (tg_desk_busy(s) || (unsigned)s->focus >= slots(t->c, s))
		return false;
	struct place at = place_of(s, (unsigned)s->focus);
	bool done = false;
	if (at.line == DOCUMENT)
		done = key_on_document(d, at.document, t->ev);
	else if (at.line == DATE)
		done = tg_text_type(
		        d->dates[at.document], sizeof d->dates[at.document], &d->date_cursor, &date_field, t->ev);
	else if (at.line == CONSENT && tg_key_is_space(t->ev))
		d->consent = !d->consent, d->incomplete = false, done = true;
	if (!done && tg_focus_move(&s->focus, slots(t->c, s), t->ev->action)) {
		struct place to = place_of(s, (unsigned)s->focus);
		d->date_cursor = to.line == DATE ? (unsigned)strlen(d->dates[to.document]) : 0;
		d->incomplete = false;
		return true;
	}
	return done;
}

static void event(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	struct tg_desk *d = &s->desk;
	if (tg_desk_claim_lost(t->ev)) {
		d->told = t->ev->status;
		tg_turn_go(t, TG_STAGE_DESK_QUEUE);
	} else if (t->ev->kind == TG_EV_DESK && d->work == TG_DESK_COMPARING) {
		d->work = TG_DESK_IDLE;
		d->told = t->ev->status;
		if (t->ev->desk)
			tg_desk_take_registers(s, t->ev->desk);
		s->focus = (int)slots(t->c, s) - (t->ev->status == TG_OK ? 1 : 2);
	} else if (t->ev->kind == TG_EV_DESK && d->work == TG_DESK_IDENTIFYING) {
		tg_desk_identified(t);
	}
}

/* ---- the screen ---- */

static void paint_head(struct tg_paint *p)
{
	const struct tg_desk_application *a = &p->s->desk.app;
	if (a->head == TG_DESK_HEAD_YES)
		tg_paint_notice(p, "desk.head-yes");
	else if (a->head != TG_DESK_HEAD_NONE)
		tg_paint_error(p, a->head == TG_DESK_HEAD_NO ? "desk.head-no" : "desk.head-waiting");
}

static const char *chip_line(struct tg_paint *p)
{
	const struct tg_desk_application *a = &p->s->desk.app;
	if (!a->chip)
		return tg_say(p, "desk.no-chip");
	bool proven = a->passive == TG_OK && a->active != TG_DOC_COPY; /* not every chip offers the second proof */
	return tg_say(p, !proven                ? "desk.chip-unproven"
	                 : a->chip_names == 'o' ? "desk.chip-other-names"
	                                        : "desk.chip-proven");
}

static const char *signature_line(struct tg_paint *p)
{
	const struct tg_desk_application *a = &p->s->desk.app;
	if (!a->verified)
		return tg_say(p, "desk.signature-waits");
	return tg_say(p, a->signature == TG_OK ? "desk.signature-good" : "desk.signature-bad");
}

static const char *power_line(struct tg_paint *p)
{
	static const char *const ids[] = {[TG_DESK_POWER_NONE] = "desk.power-unknown",
	        [TG_DESK_POWER_FREE] = "desk.power-free",
	        [TG_DESK_POWER_USED] = "desk.power-used",
	        [TG_DESK_POWER_UNKNOWN] = "desk.power-unknown"};
	const struct tg_desk_application *a = &p->s->desk.app;
	return TG_FILL(p, "desk.power", "number", a->power, "state", tg_say(p, ids[a->power_state]));
}

/* What must be seen first on the smallest screen; the rest stands behind the answers. */
static void paint_who(struct tg_paint *p)
{
	const struct tg_desk_application *a = &p->s->desk.app;
	const char *lines[3];
	char applicant[TG_DESK_NAME];
	unsigned n = 0;
	lines[n++] = TG_FILL(p, "desk.number", "number", a->number, "state", tg_desk_state(p, a->state));
	tg_desk_applicant(a, applicant);
	if (applicant[0] != '\0')
		lines[n++] = TG_FILL(p, "desk.applicant", "name", applicant);
	lines[n++] = tg_say(p, a->kind->label);
	tg_paint_lines(p, lines, n);
}

static void paint_facts(struct tg_paint *p)
{
	const struct tg_desk_application *a = &p->s->desk.app;
	const char *lines[7];
	unsigned n = 0;
	if (a->way)
		lines[n++] = TG_FILL(p, "desk.way", "way", tg_say(p, a->way->label));
	lines[n++] = TG_FILL(p, "work.accepted", "time", tg_paint_time_at(p, a->provider, a->accepted_ms));
	if (a->promised_ms != 0)
		lines[n++] = TG_FILL(p, "desk.promised", "time", tg_paint_time_at(p, a->provider, a->promised_ms));
	if (a->presenter[0] != '\0')
		lines[n++] = TG_FILL(p, "desk.presenter", "name", a->presenter);
	lines[n++] = chip_line(p);
	if (a->signed_)
		lines[n++] = signature_line(p);
	if (a->power[0] != '\0')
		lines[n++] = power_line(p);
	tg_paint_lines(p, lines, n);
}

static const char *mark_text(struct tg_paint *p, unsigned i)
{
	static const struct {
		const char *by, *id;
	} proofs[] = {{"chip", "desk.proof-chip"}, {"certificate", "desk.proof-certificate"},
	        {"head", "desk.proof-head"}, {"form", "desk.proof-form"}, {"register", "desk.proof-register"},
	        {"carrier", "desk.proof-carrier"}};
	const struct tg_desk *d = &p->s->desk;
	const char *by = tg_desk_proof(d, i);
	if (d->marks[i] != TG_DESK_NOT_SHOWN)
		return tg_say(p, d->marks[i] == TG_DESK_GOOD ? "desk.mark-good" : "desk.mark-corrected");
	for (size_t k = 0; by && k < sizeof proofs / sizeof proofs[0]; k++)
		if (strcmp(by, proofs[k].by) == 0)
			return tg_say(p, proofs[k].id);
	return tg_say(p, d->app.documents[i].by[0] != '\0' ? "desk.mark-named" : "desk.mark-none");
}

static void paint_date(struct tg_paint *p, unsigned i)
{
	const struct tg_desk *d = &p->s->desk;
	struct tg_item *item = tg_paint_item(p, TG_ITEM_FIELD, tg_say(p, "desk.date"), true);
	item->id = -1;
	item->value = d->dates[i];
	item->cursor = d->date_cursor;
	item->max_chars = date_field.max_chars;
	if (d->dates[i][0] != '\0' && !tg_desk_date_fits(d, i))
		item->error = tg_say(p, "desk.date-wrong");
}

static void paint_document(struct tg_paint *p, unsigned i)
{
	const struct tg_desk *d = &p->s->desk;
	bool focused = p->slot == p->focus;
	struct tg_item *item = tg_paint_item(p, TG_ITEM_CHECK, tg_say(p, d->app.kind->documents[i].label), true);
	item->id = (int)i;
	item->checked = tg_desk_good(d, i) || (d->marks[i] == TG_DESK_GOOD);
	item->mark = mark_text(p, i);
	item->hint = tg_say(p, "desk.document.hint");
	if (d->incomplete && focused && d->marks[i] == TG_DESK_CORRECTED)
		item->error = tg_say(p, "desk.corrected");
	if (tg_desk_asks_date(d, i))
		paint_date(p, i);
}

static void paint_registers(struct tg_paint *p)
{
	static const char *const ids[] = {[TG_DESK_SAME] = "desk.register-same",
	        [TG_DESK_OTHER] = "desk.register-other",
	        [TG_DESK_UNKNOWN] = "desk.register-none",
	        [TG_DESK_DOWN] = "desk.register-down"};
	const struct tg_desk_application *a = &p->s->desk.app;
	for (unsigned i = 0; i < a->n_registers; i++) {
		const struct tg_desk_answered_register *r = &a->registers[i];
		enum tg_item_kind kind = r->status == TG_DESK_SAME ? TG_ITEM_NOTICE : TG_ITEM_ERROR;
		const char *says = tg_say(p, ids[r->status]);
		const char *when = tg_paint_time_at(p, a->provider, r->time_ms);
		TG_PAINT(p, kind, r->source[0] != '\0' ? "desk.register" : "desk.register-at", "register",
		        tg_desk_register_name(p, r->name), "source", r->source, "says", says, "time", when);
	}
	if (a->asked_registers && a->n_registers == 0)
		tg_paint_text(p, "desk.registers-nothing");
}

static void paint_work(struct tg_paint *p)
{
	const struct tg_desk *d = &p->s->desk;
	tg_paint_heading(p, "desk.documents");
	for (unsigned i = 0; i < tg_desk_n_documents(d); i++)
		paint_document(p, (unsigned)tg_desk_document_of(d, i));
	tg_desk_paint_identity(p);
	bool focused = p->slot == p->focus;
	struct tg_item *consent = tg_paint_item(p, TG_ITEM_CHECK, tg_say(p, "desk.consent"), true);
	consent->checked = d->consent;
	consent->error = d->incomplete && focused ? tg_say(p, "desk.no-consent") : NULL;
	paint_registers(p);
	tg_paint_button(p, TG_ITEM_ID_OTHER_WAY, d->app.asked_registers ? "desk.compare-again" : "desk.compare");
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "desk.decide");
}

static void paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	p->v->title = tg_say(p, "title.desk-application");
	if (!s->desk.app.kind)
		return;
	paint_head(p);
	tg_desk_paint_news(p);
	if (tg_desk_busy(s))
		return;
	if (!decides(s))
		tg_paint_notice(p, "desk.nothing-to-decide");
	paint_who(p);
	if (s->desk.app.price_short)
		tg_paint_status(p, TG_PRICE_SHORT);
	if (tg_desk_has_money(&s->desk.app))
		tg_desk_paint_money(p);
	tg_desk_paint_old(p);
	tg_desk_paint_answers(p);
	paint_facts(p);
	tg_desk_paint_locks(p);
	if (decides(s))
		paint_work(p);
	else
		tg_paint_button(p, TG_ITEM_ID_CONTINUE, "desk.to-queue");
}

static const char *label(const struct tg_flow_state *s)
{
	enum line line = place_of(s, (unsigned)s->focus).line;
	return line == DOCUMENT || line == CONSENT ? "key.tick" : "key.continue";
}

const struct tg_stage_ops tg_stage_desk_application = {
        .traits = TG_STAGE_USUAL,
        .slots = slots,
        .choose = choose,
        .key = key,
        .back = tg_desk_back,
        .event = event,
        .paint = paint,
        .label = label,
};
