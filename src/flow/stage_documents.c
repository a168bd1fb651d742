/* DOCUMENTS: what is asked for beside the form, under the conditions of way and questions (NCA-9.1 … 9.8, R1 … R3). Of
 * alternatives it is seen that one is enough; what form, chip or certificate prove is ticked by itself and says why. */
#include "documents.h"
#include "ways.h"

static unsigned n_documents(const struct tg_flow_state *s)
{
	unsigned n = s->kind ? s->kind->n_documents : 0;
	return n < TG_DOCUMENTS_MAX ? n : TG_DOCUMENTS_MAX;
}

/* ---- what is brought ---- */

static bool another_form(const struct tg_flow_state *s, const struct tg_document *d)
{
	const struct tg_form *form = tg_state_form(s);
	return d->form && form && strcmp(d->form, form->id) != 0;
}

static bool names_power(const struct tg_flow_state *s)
{
	char number[TG_NUMBER_MAX];
	return tg_number_check(s->power.value, number) == TG_OK;
}

static bool proven_by(const struct tg_document *d, const char *word)
{
	return d->proven_by && tg_words_have(d->proven_by, word);
}

/* What is proven without paper; of "any one of" the first speaks for all. */
static enum tg_brought_by proof_of(const struct tg_flow_state *s, const struct tg_document *d)
{
	if (proven_by(d, "form") && (another_form(s, d) ? names_power(s) : true))
		return TG_BROUGHT_FORM;
	if (proven_by(d, "chip") && tg_document_proven(s))
		return TG_BROUGHT_CHIP;
	if (proven_by(d, "certificate") && (s->cabinet.entered || (s->way && tg_proof_is(s, "signature"))))
		return TG_BROUGHT_CERTIFICATE;
	if (proven_by(d, "carrier") && tg_carrier_told(s))
		return TG_BROUGHT_CARRIER;
	return TG_BROUGHT_NOT;
}

enum tg_brought_by tg_document_brought(const struct tg_flow_state *s, unsigned i)
{
	const struct tg_document *d = &s->kind->documents[i];
	enum tg_brought_by proof = proof_of(s, d);
	for (unsigned k = 0; proof != TG_BROUGHT_NOT && k < i; k++) {
		const struct tg_document *other = &s->kind->documents[k];
		if (tg_same(other->group, d->group) && tg_state_holds(s, other->when) && proof_of(s, other) == proof)
			proof = TG_BROUGHT_NOT;
	}
	return proof != TG_BROUGHT_NOT ? proof : s->documents[i].by;
}

/* The head confirms later, and the registers are asked at the desk: nobody need bring these. A paper that the desk may
 * also fetch from a register is brought all the same. */
static bool elsewhere(const struct tg_document *d)
{
	return proven_by(d, "head") || (proven_by(d, "register") && !d->paper);
}

static const char *rule_of(const struct tg_flow_state *s, unsigned i)
{
	return s->kind->documents[i].rule;
}

static bool date_fits(const struct tg_flow_config *c, const struct tg_flow_state *s, unsigned i, const char **error)
{
	char mend[TG_VALUE_MAX];
	*error = NULL;
	if (!rule_of(s, i) || s->documents[i].by != TG_BROUGHT_PAPER)
		return true;
	if (s->documents[i].date[0] == '\0')
		*error = "documents.date-missing";
	else
		*error = tg_rule_says(c, s, rule_of(s, i), s->documents[i].date, mend);
	return *error == NULL;
}

unsigned tg_state_missing(const struct tg_flow_config *c, const struct tg_flow_state *s, unsigned out[TG_DOCUMENTS_MAX])
{
	char set[TG_CONDITIONS_BYTES];
	bool have[TG_DOCUMENTS_MAX] = {false};
	const char *error;
	tg_state_conditions(s, set);
	for (unsigned i = 0; i < n_documents(s); i++)
		have[i] = elsewhere(&s->kind->documents[i]) ||
		          (tg_document_brought(s, i) != TG_BROUGHT_NOT && date_fits(c, s, i, &error));
	return s->kind ? tg_documents_missing(s->kind, set, have, out) : 0;
}

bool tg_documents_ask_presenter(const struct tg_flow_state *s, bool *needed)
{
	char set[TG_CONDITIONS_BYTES];
	tg_state_conditions(s, set);
	for (unsigned i = 0; i < n_documents(s); i++) {
		const char *asks = s->kind->documents[i].asks;
		if (!asks || tg_document_brought(s, i) == TG_BROUGHT_NOT || !tg_documents_asked(s->kind, i, set))
			continue;
		*needed = strcmp(asks, "presenter") == 0;
		return true;
	}
	return false;
}

bool tg_documents_any(const struct tg_flow_state *s)
{
	char set[TG_CONDITIONS_BYTES];
	tg_state_conditions(s, set);
	for (unsigned i = 0; i < n_documents(s); i++)
		if (tg_documents_asked(s->kind, i, set))
			return true;
	return false;
}

/* ---- the list as it stands on the screen ---- */

enum row_kind { ROW_GROUP, ROW_TICK, ROW_DATE, ROW_POWER, ROW_WHO, ROW_PRESENTER };
struct row {
	enum row_kind kind;
	unsigned document;
	unsigned part;    /* of ROW_PRESENTER */
	bool alternative; /* stands in the place of the one above */
	bool fixed;       /* proven: nothing to tick */
};
struct rows {
	struct row list[TG_DOCUMENTS_MAX * 3 + TG_PRESENTER_COUNT + 1];
	unsigned n;
	const struct tg_flow_state *s;
	char set[TG_CONDITIONS_BYTES];
	bool done[TG_DOCUMENTS_MAX];
};

static void add_row(struct rows *r, enum row_kind kind, unsigned document, bool alternative)
{
	if (r->n == sizeof r->list / sizeof r->list[0])
		return;
	bool fixed = kind == ROW_TICK && tg_document_brought(r->s, document) > TG_BROUGHT_PAPER;
	r->list[r->n++] = (struct row){.kind = kind, .document = document, .alternative = alternative, .fixed = fixed};
}

static bool waits(const struct rows *r, unsigned i)
{
	return !r->done[i] && tg_documents_asked(r->s->kind, i, r->set);
}

static void add_document(struct rows *r, unsigned i, bool alternative)
{
	const struct tg_document *d = &r->s->kind->documents[i];
	r->done[i] = true;
	add_row(r, ROW_TICK, i, alternative);
	if (r->s->documents[i].by != TG_BROUGHT_PAPER && !(another_form(r->s, d) && names_power(r->s)))
		return;
	if (d->rule)
		add_row(r, ROW_DATE, i, alternative);
	if (another_form(r->s, d))
		add_row(r, ROW_POWER, i, alternative);
	if (!d->asks)
		return;
	add_row(r, ROW_WHO, i, alternative);
	for (unsigned part = 0; part < TG_PRESENTER_COUNT; part++) {
		add_row(r, ROW_PRESENTER, i, alternative);
		r->list[r->n - 1].part = part;
	}
}

/* Those that may stand in the place of a document or of a group. */
static void add_alternatives(struct rows *r, const char *of)
{
	for (unsigned i = 0; of && i < n_documents(r->s); i++)
		if (waits(r, i) && tg_same(r->s->kind->documents[i].instead, of))
			add_document(r, i, true);
}

static bool replaces_what_is_asked(const struct rows *r, const struct tg_document *d)
{
	for (unsigned i = 0; d->instead && i < n_documents(r->s); i++) {
		const struct tg_document *other = &r->s->kind->documents[i];
		if ((tg_same(other->id, d->instead) || tg_same(other->group, d->instead)) &&
		        tg_documents_asked(r->s->kind, i, r->set))
			return true;
	}
	return false;
}

static void add_group(struct rows *r, unsigned first)
{
	const char *group = r->s->kind->documents[first].group;
	unsigned members = 0;
	for (unsigned i = first; i < n_documents(r->s); i++)
		members += tg_same(r->s->kind->documents[i].group, group) && waits(r, i);
	if (members > 1)
		add_row(r, ROW_GROUP, first, false);
	for (unsigned i = first; i < n_documents(r->s); i++)
		if (tg_same(r->s->kind->documents[i].group, group) && waits(r, i)) {
			add_document(r, i, false);
			add_alternatives(r, r->s->kind->documents[i].id);
		}
	add_alternatives(r, group);
}

static void list_rows(const struct tg_flow_state *s, struct rows *r)
{
	memset(r, 0, sizeof *r);
	r->s = s;
	tg_state_conditions(s, r->set);
	for (unsigned i = 0; i < n_documents(s); i++) {
		const struct tg_document *d = &s->kind->documents[i];
		if (!waits(r, i) || replaces_what_is_asked(r, d))
			continue;
		if (d->group) {
			add_group(r, i);
			continue;
		}
		add_document(r, i, false);
		add_alternatives(r, d->id);
	}
}

static bool takes_focus(const struct row *row)
{
	return row->kind != ROW_GROUP && row->kind != ROW_WHO && !row->fixed;
}

static unsigned slots_of(const struct rows *r)
{
	unsigned n = 1; /* "continue" */
	for (unsigned i = 0; i < r->n; i++)
		n += takes_focus(&r->list[i]);
	return n;
}

static const struct row *row_of(const struct rows *r, unsigned slot)
{
	for (unsigned i = 0; i < r->n; i++)
		if (takes_focus(&r->list[i]) && slot-- == 0)
			return &r->list[i];
	return NULL;
}

static void focus_row(struct tg_flow_state *s, const struct rows *r, enum row_kind kind, unsigned document)
{
	int slot = 0;
	for (unsigned i = 0; i < r->n; i++) {
		if (r->list[i].kind == kind && r->list[i].document == document)
			s->focus = slot;
		slot += takes_focus(&r->list[i]);
	}
}

/* ---- moving on ---- */

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	struct rows r;
	list_rows(s, &r);
	return slots_of(&r);
}

static void enter(struct tg_turn *t)
{
	t->s->notice = TG_OK;
	if (!tg_documents_any(t->s)) {
		tg_turn_go(t, TG_STAGE_REVIEW);
		return;
	}
	struct rows r;
	list_rows(t->s, &r);
	if (slots_of(&r) == 1) /* everything is proven: "continue" has the focus, the list is read and left */
		t->s->focus = 0;
}

static bool power_fits(struct tg_flow_state *s)
{
	bool wrong = s->power.value[0] != '\0' && !names_power(s);
	s->power.error = wrong ? "documents.power-wrong" : NULL;
	return !wrong;
}

static bool stopped_by_the_presenter(struct tg_turn *t, const struct rows *r)
{
	bool needed;
	int part = tg_documents_ask_presenter(t->s, &needed) ? tg_presenter_first_wrong(t->c, t->s, needed) : -1;
	int slot = 0;
	for (unsigned i = 0; part >= 0 && i < r->n; i++) {
		if (r->list[i].kind == ROW_PRESENTER && r->list[i].part == (unsigned)part)
			t->s->focus = slot;
		slot += takes_focus(&r->list[i]);
	}
	return part >= 0;
}

/* A date or a number that is wrong is wrong at the desk too; true when one was found. */
static bool stopped_by_an_answer(struct tg_turn *t, const struct rows *r)
{
	struct tg_flow_state *s = t->s;
	for (unsigned i = 0; i < n_documents(s); i++) {
		if (!tg_documents_asked(s->kind, i, r->set) || date_fits(t->c, s, i, &s->documents[i].error))
			continue;
		focus_row(s, r, ROW_DATE, i);
		return true;
	}
	bool fits = power_fits(s);
	for (unsigned i = 0; !fits && i < r->n; i++)
		if (r->list[i].kind == ROW_POWER) {
			focus_row(s, r, ROW_POWER, r->list[i].document);
			return true;
		}
	return stopped_by_the_presenter(t, r);
}

/* For the desk the list reminds: what is missing is named once, and who goes on all the same may. */
static void go_on(struct tg_turn *t, const struct rows *r)
{
	struct tg_flow_state *s = t->s;
	unsigned missing[TG_DOCUMENTS_MAX];
	bool told = s->notice == TG_INVALID;
	if (stopped_by_an_answer(t, r))
		return;
	unsigned n = tg_state_missing(t->c, s, missing);
	if (n == 0 || (told && tg_proof_is(s, "desk"))) {
		tg_turn_go(t, TG_STAGE_REVIEW);
		return;
	}
	s->notice = TG_INVALID;
	if (!tg_proof_is(s, "desk"))
		focus_row(s, r, ROW_TICK, missing[0]);
}

static void tick(struct tg_flow_state *s, unsigned document)
{
	struct tg_brought *b = &s->documents[document];
	bool brought = b->by != TG_BROUGHT_NOT;
	memset(b, 0, sizeof *b);
	b->by = brought ? TG_BROUGHT_NOT : TG_BROUGHT_PAPER;
}

/* Enter: takes the mend that is offered, else goes on when the answer is right. */
static bool choose_presenter(struct tg_turn *t, unsigned part)
{
	struct tg_answer *a = &t->s->presenter[part];
	if (a->error && a->mend[0] != '\0') {
		char meant[TG_VALUE_MAX];
		(void)tg_copy(meant, sizeof meant, a->mend);
		memset(a, 0, sizeof *a);
		(void)tg_copy(a->value, sizeof a->value, meant);
		a->cursor = strlen(a->value);
		return false;
	}
	if (a->value[0] == '\0')
		return a->error == NULL; /* one that was asked for stays */
	return tg_presenter_check(t->c, t->s, part, false);
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	struct rows r;
	list_rows(s, &r);
	const struct row *row = row_of(&r, slot);
	if (!row) {
		go_on(t, &r);
		return;
	}
	s->notice = TG_OK;
	if (row->kind == ROW_TICK) {
		tick(s, row->document);
		if (rule_of(s, row->document) && s->documents[row->document].by)
			s->focus++; /* its date is asked for at once */
		return;
	}
	if (row->kind == ROW_DATE && !date_fits(t->c, s, row->document, &s->documents[row->document].error))
		return;
	if (row->kind == ROW_POWER && !power_fits(s))
		return;
	if (row->kind == ROW_PRESENTER && !choose_presenter(t, row->part))
		return;
	s->focus++;
}

static const struct tg_field date_field = {
        .id = "date", .kind = TG_FIELD_DATE, .label = "documents.date", .hint = "documents.date-hint", .max_chars = 10};
static const struct tg_field power_field = {.id = "power",
        .kind = TG_FIELD_TEXT,
        .label = "documents.power-number",
        .hint = "documents.power-hint",
        .max_chars = 23};

static bool edit_date(struct tg_turn *t, unsigned document)
{
	struct tg_brought *b = &t->s->documents[document];
	struct tg_answer a = {.cursor = b->date_cursor, .letters_row = b->letters_row};
	(void)tg_copy(a.value, sizeof a.value, b->date);
	if (!tg_answer_type(&a, &date_field, t->ev))
		return false;
	memset(b->date, 0, sizeof b->date);
	(void)tg_copy(b->date, sizeof b->date, a.value);
	b->date_cursor = (unsigned)a.cursor;
	b->letters_row = a.letters_row;
	bool whole = strlen(b->date) == 10;
	if (!whole || date_fits(t->c, t->s, document, &b->error)) /* judged as soon as it is whole */
		b->error = NULL;
	return true;
}

static bool edit_power(struct tg_turn *t)
{
	bool edited = tg_answer_type(&t->s->power, &power_field, t->ev);
	if (edited)
		t->s->power.error = NULL;
	return edited;
}

static bool key(struct tg_turn *t)
{
	struct rows r;
	list_rows(t->s, &r);
	const struct row *row = row_of(&r, (unsigned)t->s->focus);
	if (row && row->kind == ROW_DATE)
		return edit_date(t, row->document);
	if (row && row->kind == ROW_POWER)
		return edit_power(t);
	if (row && row->kind == ROW_PRESENTER) {
		struct tg_answer *a = &t->s->presenter[row->part];
		bool edited = tg_answer_type(a, tg_presenter_field(row->part), t->ev);
		if (edited)
			a->error = NULL;
		return edited;
	}
	if (!tg_key_is_space(t->ev))
		return false;
	if (row)
		choose(t, (unsigned)t->s->focus);
	return true;
}

static void back(struct tg_turn *t)
{
	tg_turn_go(t, TG_STAGE_FORM);
}

/* ---- painting ---- */

/* The first condition that has a sentence of its own. */
static const char *reason(struct tg_paint *p, const struct tg_document *d)
{
	for (const char *w = d->when; w && *w != '\0'; w += strcspn(w, " "), w += *w == ' ') {
		char id[48];
		(void)snprintf(id, sizeof id, "%.*s", (int)strcspn(w, " "), w);
		const struct tg_condition *when = tg_catalog_condition(p->c->catalog, id);
		if (when)
			return tg_say(p, when->label);
	}
	return NULL;
}

static const char *mark_of(struct tg_paint *p, const struct row *row)
{
	static const char *const proofs[] = {[TG_BROUGHT_FORM] = "documents.by-form",
	        [TG_BROUGHT_CHIP] = "documents.by-chip",
	        [TG_BROUGHT_CERTIFICATE] = "documents.by-certificate",
	        [TG_BROUGHT_HEAD] = "documents.by-head",
	        [TG_BROUGHT_REGISTER] = "documents.by-register",
	        [TG_BROUGHT_CARRIER] = "documents.by-carrier"};
	const struct tg_document *d = &p->s->kind->documents[row->document];
	if (row->fixed)
		return tg_say(p, proofs[tg_document_brought(p->s, row->document)]);
	if (elsewhere(d))
		return tg_say(p, proven_by(d, "head") ? "documents.by-head" : "documents.by-register");
	if (row->alternative)
		return tg_say(p, "documents.instead");
	const char *why = reason(p, d);
	if (why)
		return why;
	if (d->group)
		return NULL;
	bool sure = !d->when || p->s->kind->ways || p->s->kind->n_questions > 0; /* of whether it applies */
	return tg_say(p, d->optional ? "documents.if-any" : sure ? "documents.needed" : "documents.if-needed");
}

static void paint_tick(struct tg_paint *p, const struct row *row, bool missing)
{
	struct tg_item *item =
	        tg_paint_item(p, TG_ITEM_CHECK, tg_say(p, p->s->kind->documents[row->document].label), !row->fixed);
	item->id = (int)row->document;
	item->checked = tg_document_brought(p->s, row->document) != TG_BROUGHT_NOT;
	item->locked = row->fixed;
	item->mark = mark_of(p, row);
	item->error = missing && !tg_proof_is(p->s, "desk") ? tg_say(p, "documents.missing") : NULL;
}

static const char *date_error(struct tg_paint *p, unsigned document)
{
	const char *error = p->s->documents[document].error, *arg = strchr(rule_of(p->s, document), ' ');
	return error ? TG_FILL(p, error, "count", arg ? arg + 1 : "") : NULL;
}

static void paint_presenter(struct tg_paint *p, const struct row *row)
{
	const struct tg_answer *a = &p->s->presenter[row->part];
	const struct tg_field *f = tg_presenter_field(row->part);
	bool focused = p->slot == p->focus;
	struct tg_item *item = tg_paint_typed(p, f, a);
	item->id = (int)(2 * TG_DOCUMENTS_MAX + row->part);
	if (strcmp(p->s->kind->documents[row->document].asks, "presenter") != 0)
		item->hint = tg_say(p, "presenter.if-other");
	if (a->error && focused && a->mend[0] != '\0')
		item->error = TG_FILL(p, "form.mend", "error", tg_say(p, a->error), "value", a->mend);
}

static void paint_date(struct tg_paint *p, unsigned document)
{
	const struct tg_brought *b = &p->s->documents[document];
	struct tg_item *item = tg_paint_item(p, TG_ITEM_FIELD, tg_say(p, date_field.label), true);
	item->id = (int)(TG_DOCUMENTS_MAX + document);
	item->value = b->date;
	item->cursor = b->date_cursor;
	item->hint = tg_say(p, date_field.hint);
	item->max_chars = date_field.max_chars;
	item->error = date_error(p, document);
}

static void paint_power(struct tg_paint *p, unsigned document)
{
	tg_paint_typed(p, &power_field, &p->s->power)->id = (int)(TG_DOCUMENTS_MAX + document);
}

/* One sentence names the first that is missing. */
static int paint_missing(struct tg_paint *p)
{
	unsigned missing[TG_DOCUMENTS_MAX];
	unsigned n = p->s->notice == TG_INVALID ? tg_state_missing(p->c, p->s, missing) : 0;
	if (n == 0)
		return -1;
	const char *first = tg_say(p, p->s->kind->documents[missing[0]].label);
	const char *id = n == 1 ? "documents.missing-one" : "documents.missing-more";
	TG_PAINT(p, TG_ITEM_ERROR, id, "document", first, "count", tg_paint_number(p, (int64_t)n - 1));
	return (int)missing[0];
}

/* `missing`: the document that is named as such, -1: none. */
static void paint_row(struct tg_paint *p, const struct row *row, int missing)
{
	switch (row->kind) {
	case ROW_GROUP:
		tg_paint_heading(p, "documents.any-one");
		break;
	case ROW_TICK:
		paint_tick(p, row, (int)row->document == missing);
		break;
	case ROW_DATE:
		paint_date(p, row->document);
		break;
	case ROW_POWER:
		paint_power(p, row->document);
		break;
	case ROW_WHO:
		tg_paint_heading(p, "role.presenter");
		break;
	case ROW_PRESENTER:
		paint_presenter(p, row);
		break;
	}
}

static void paint(struct tg_paint *p)
{
	struct rows r;
	list_rows(p->s, &r);
	bool desk = tg_proof_is(p->s, "desk");
	p->v->title = tg_say(p, "title.documents");
	tg_paint_text(p, desk ? "documents.intro-desk" : "documents.intro");
	int missing = paint_missing(p);
	for (unsigned i = 0; i < r.n; i++)
		paint_row(p, &r.list[i], missing);
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, desk && missing >= 0 ? "documents.go-on-without" : "button.continue");
}

const struct tg_stage_ops tg_stage_documents = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CARDS | TG_STAGE_PROVEN,
        .slots = slots,
        .enter = enter,
        .leave = tg_forget_notice,
        .choose = choose,
        .key = key,
        .back = back,
        .paint = paint,
        .enter_label = "key.tick",
};
