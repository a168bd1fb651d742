/* The desk's rules: what the clerk's ticks come to. Pure. */
#include "desk.h"
#include "ways.h"
#include "tamga/clock.h"

bool tg_desk_busy(const struct tg_flow_state *s)
{
	return s->desk.work != TG_DESK_IDLE && s->desk.work != TG_DESK_LOOKING;
}

void tg_desk_ask(struct tg_turn *t, enum tg_effect_kind effect, enum tg_desk_work work)
{
	t->s->desk.work = work;
	t->s->desk.told = TG_OK;
	tg_turn_ask(t, effect, &t->s->asked.desk);
}

void tg_desk_back(struct tg_turn *t)
{
	if (!tg_desk_busy(t->s))
		tg_turn_go(t, TG_STAGE_DESK_QUEUE);
}

void tg_desk_print(struct tg_turn *t)
{
	tg_print_again(t, &t->s->receipt, TG_FX_DESK_PRINT, &t->s->asked.receipt);
}

bool tg_desk_claim_lost(const struct tg_event *ev)
{
	return ev->kind == TG_EV_DESK_CLAIM && (ev->status == TG_CLAIMED || ev->status == TG_CARD_STATE);
}

bool tg_desk_proving(const struct tg_flow_state *s)
{
	return s->stage == TG_STAGE_DESK_ENTER && s->desk.work == TG_DESK_ENTERING;
}

bool tg_desk_offered(const struct tg_flow_config *c)
{
	return c->staff;
}

bool tg_desk_lost(struct tg_turn *t)
{
	const struct tg_flow_state *s = t->s;
	if (!s->desk.entered || tg_card_answers(s))
		return false;
	tg_turn_go(t, TG_STAGE_WIPING);
	return true;
}

void tg_desk_tick(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	bool held = s->desk.app.number[0] != '\0' && !s->desk.app.local && s->desk.decided_ms == 0;
	if (!s->desk.entered || !held || tg_desk_busy(s) || s->now_ms - s->desk.renewed_ms < TG_DESK_RENEW_MS)
		return;
	s->desk.renewed_ms = s->now_ms;
	tg_turn_ask(t, TG_FX_DESK_CLAIM, &s->asked.desk_claim);
}

void tg_desk_lay_down(struct tg_flow_state *s)
{
	struct tg_desk *d = &s->desk;
	memset(&d->app, 0, sizeof d->app);
	memset(d->wanted, 0, sizeof d->wanted);
	memset(d->marks, 0, sizeof d->marks);
	memset(d->dates, 0, sizeof d->dates);
	memset(d->missing, 0, sizeof d->missing);
	memset(d->move, 0, sizeof d->move);
	d->date_cursor = d->ground = 0;
	d->consent = d->incomplete = false;
	d->outcome = TG_DESK_UNDECIDED;
	d->decided_ms = d->promised_ms = 0;
	s->provider = NULL;
	s->service = NULL;
	memset(&s->receipt, 0, sizeof s->receipt);
}

/* ---- documents ---- */

static const struct tg_document *document(const struct tg_desk *d, unsigned i)
{
	return &d->app.kind->documents[i];
}

static unsigned n_documents(const struct tg_desk *d)
{
	unsigned n = d->app.kind ? d->app.kind->n_documents : 0;
	return n < TG_DOCUMENTS_MAX ? n : TG_DOCUMENTS_MAX;
}

unsigned tg_desk_n_documents(const struct tg_desk *d)
{
	unsigned n = 0;
	for (unsigned i = 0; i < n_documents(d); i++)
		n += tg_documents_asked(d->app.kind, i, d->app.conditions);
	return n;
}

int tg_desk_document_of(const struct tg_desk *d, unsigned place)
{
	for (unsigned i = 0; i < n_documents(d); i++)
		if (tg_documents_asked(d->app.kind, i, d->app.conditions) && place-- == 0)
			return (int)i;
	return -1;
}

/* Every register that was asked knows it as the application has it. */
static bool registers_agree(const struct tg_desk *d)
{
	for (unsigned i = 0; i < d->app.n_registers; i++)
		if (d->app.registers[i].status != TG_DESK_SAME)
			return false;
	return d->app.n_registers > 0;
}

static bool head_has_confirmed(const struct tg_desk *d)
{
	return d->app.head == TG_DESK_HEAD_YES;
}

/* What the desk can see for itself it judges itself: the application, the head's word, the registers. For the rest the
 * applicant's kiosk says what proved it. */
const char *tg_desk_proof(const struct tg_desk *d, unsigned i)
{
	const char *by = d->app.documents[i].by, *may = document(d, i)->proven_by;
	if (!may || !tg_documents_asked(d->app.kind, i, d->app.conditions))
		return NULL;
	if (tg_words_have(may, "form"))
		return "form";
	if (tg_words_have(may, "head") && head_has_confirmed(d))
		return "head";
	if (tg_words_have(may, "register") && registers_agree(d))
		return "register";
	bool told = strcmp(by, "chip") == 0 || strcmp(by, "certificate") == 0 || strcmp(by, "carrier") == 0;
	return told && tg_words_have(may, by) ? by : NULL;
}

bool tg_desk_asks_date(const struct tg_desk *d, unsigned i)
{
	return document(d, i)->rule != NULL;
}

/* The day on which the application was handed in counts as the day of handing in the paper. */
bool tg_desk_date_fits(const struct tg_desk *d, unsigned i)
{
	char date[11], day[TG_TIME_TEXT], handed_in[11];
	if (!tg_desk_asks_date(d, i))
		return true;
	tg_time_local(d->app.accepted_ms, d->app.provider->utc_offset_minutes, day);
	day[10] = '\0';
	return tg_date_iso(d->dates[i], date) && tg_date_iso(day, handed_in) &&
	       tg_documents_date_fits(d->app.provider, document(d, i), date, handed_in);
}

bool tg_desk_good(const struct tg_desk *d, unsigned i)
{
	if (d->marks[i] == TG_DESK_CORRECTED)
		return false;
	if (d->marks[i] == TG_DESK_NOT_SHOWN)
		return tg_desk_proof(d, i) != NULL;
	return tg_desk_date_fits(d, i);
}

unsigned tg_desk_missing(const struct tg_desk *d, unsigned out[TG_DOCUMENTS_MAX])
{
	bool have[TG_DOCUMENTS_MAX] = {false};
	for (unsigned i = 0; i < n_documents(d); i++)
		have[i] = tg_desk_good(d, i);
	return d->app.kind ? tg_documents_missing(d->app.kind, d->app.conditions, have, out) : 0;
}

unsigned tg_desk_reasons(const struct tg_desk *d, const char *out[TG_DESK_REASONS_MAX])
{
	unsigned n = 0;
	if (d->app.head == TG_DESK_HEAD_WAITING || d->app.head == TG_DESK_HEAD_NO)
		out[n++] = d->app.head == TG_DESK_HEAD_NO ? "desk.head-no" : "desk.head-waiting";
	if (d->app.signed_ && d->app.verified && d->app.signature != TG_OK)
		out[n++] = "desk.signature-bad";
	if (d->app.power_state == TG_DESK_POWER_USED || d->app.power_state == TG_DESK_POWER_UNKNOWN)
		out[n++] = d->app.power_state == TG_DESK_POWER_USED ? "desk.power-used" : "desk.power-unknown";
	if (!tg_desk_locks_fit(&d->app))
		out[n++] = "desk.lock-unfit";
	if (d->app.money.order && d->app.money.balance < d->app.money.rest)
		out[n++] = "desk.balance-low";
	if (!d->consent)
		out[n++] = "desk.no-consent";
	if (!d->app.asked_registers)
		out[n++] = "desk.no-registers";
	return n;
}

bool tg_desk_may_accept(const struct tg_desk *d)
{
	const char *reasons[TG_DESK_REASONS_MAX];
	unsigned missing[TG_DOCUMENTS_MAX];
	return tg_desk_reasons(d, reasons) == 0 && tg_desk_missing(d, missing) == 0;
}

int64_t tg_desk_term_end(const struct tg_provider *p, const struct tg_term *term, int64_t from_ms)
{
	if (term && term->working_days == 0 && term->minutes > 0)
		return from_ms + (int64_t)term->minutes * 60000;
	return tg_working_days_end(p, term, from_ms);
}

/* ---- what the kiosk brings ---- */

/* The condition of this office holds for whatever is decided here. */
static void add_channel(struct tg_desk_application *a, const char *channel)
{
	size_t used = strlen(a->conditions);
	bool there = used > 0 && channel && tg_words_have(a->conditions, channel);
	if (channel && !there && used + strlen(channel) + 2 < sizeof a->conditions)
		(void)snprintf(a->conditions + used, sizeof a->conditions - used, "%s%s", used > 0 ? " " : "", channel);
}

void tg_desk_take_application(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	struct tg_desk *d = &s->desk;
	tg_desk_lay_down(s);
	d->app = t->ev->desk->application;
	add_channel(&d->app, t->c->channel);
	d->app.text[sizeof d->app.text - 1] = '\0';
	for (unsigned i = 0; i < d->app.n_answers; i++)
		if (d->app.answers[i].at >= sizeof d->app.text)
			d->app.answers[i].at = sizeof d->app.text - 1;
	for (unsigned i = 0; i < n_documents(d); i++)
		(void)tg_copy(d->dates[i], sizeof d->dates[i], d->app.documents[i].date);
	d->renewed_ms = s->now_ms;
	s->provider = d->app.provider;
	s->service = d->app.service;
	tg_desk_prefill(t);
}

void tg_desk_take_registers(struct tg_flow_state *s, const struct tg_desk_facts *facts)
{
	struct tg_desk_application *a = &s->desk.app;
	const struct tg_desk_application *came = &facts->application;
	memcpy(a->registers, came->registers, sizeof a->registers);
	a->n_registers = came->n_registers < TG_DESK_REGISTERS_MAX ? came->n_registers : TG_DESK_REGISTERS_MAX;
	a->asked_registers = came->asked_registers;
}

/* ---- painting ---- */

const char *tg_desk_state(struct tg_paint *p, const char *state)
{
	char id[TG_STATE_MESSAGE];
	const struct tg_desk_application *a = &p->s->desk.app;
	tg_state_message(p, "app-state", a->service, a->kind, state, id);
	return tg_text_has(p->c->i18n, p->lang, id) ? tg_say(p, id) : state;
}

/* What the usual sentences say to an applicant means something else to a clerk. */
static const char *own_words(enum tg_status status)
{
	static const struct {
		enum tg_status status;
		const char *id;
	} rows[] = {{TG_CARD_STATE, "desk.changed"}, {TG_NOT_FOUND, "desk.not-found"},
	        {TG_CENTRE_REFUSED, "desk.no-role"}, {TG_AGENT_DOWN, "desk.offline"}, {TG_CENTRE_DOWN, "desk.offline"},
	        {TG_TIMEOUT, "desk.offline"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].status == status)
			return rows[i].id;
	return NULL;
}

void tg_desk_paint_news(struct tg_paint *p)
{
	static const char *const works[] = {[TG_DESK_LOOKING] = "desk.looking",
	        [TG_DESK_ENTERING] = "staff.busy",
	        [TG_DESK_LISTING] = "desk.listing",
	        [TG_DESK_READING] = "desk.reading",
	        [TG_DESK_COMPARING] = "desk.comparing",
	        [TG_DESK_DECIDING] = "desk.deciding",
	        [TG_DESK_MOVING] = "desk.deciding",
	        [TG_DESK_PAYING] = "desk.paying",
	        [TG_DESK_IDENTIFYING] = "desk.identifying"};
	const struct tg_desk *d = &p->s->desk;
	char code[8];
	tg_status_code(d->told, code);
	if (d->work != TG_DESK_IDLE)
		tg_paint_notice(p, works[d->work]);
	else if (own_words(d->told))
		TG_PAINT(p, TG_ITEM_ERROR, own_words(d->told), "code", code);
	else if (d->told != TG_OK)
		tg_paint_status(p, d->told);
}

static const char *answered_by(char by)
{
	switch (by) {
	case 'c':
		return "desk.by-chip";
	case 's':
		return "desk.by-staff";
	case 'k':
		return "desk.by-certificate";
	default:
		return "desk.by-person";
	}
}

static const char *shown_value(struct tg_paint *p, const struct tg_field *f, const char *value)
{
	for (unsigned i = 0; i < f->n_choices; i++)
		if (strcmp(f->choices[i].id, value) == 0)
			return tg_say(p, f->choices[i].label);
	return value;
}

/* Registers are data of the centre: one that this kiosk's sentences do not know is shown by its own name. */
const char *tg_desk_register_name(struct tg_paint *p, const char *name)
{
	char id[80];
	(void)snprintf(id, sizeof id, "desk.register.%s", name);
	return tg_text_has(p->c->i18n, p->lang, id) ? tg_say(p, id) : name;
}

/* A register that has it otherwise stands right beside the answer. */
static const char *register_says(struct tg_paint *p, unsigned field)
{
	const struct tg_desk_application *a = &p->s->desk.app;
	for (unsigned r = 0; r < a->n_registers; r++)
		for (unsigned i = 0; i < a->registers[r].n_differs; i++)
			if (a->registers[r].differs[i] == field)
				return TG_FILL(p, "desk.register-differs", "register",
				        tg_desk_register_name(p, a->registers[r].name));
	return NULL;
}

void tg_desk_paint_answers(struct tg_paint *p)
{
	const struct tg_desk_application *a = &p->s->desk.app;
	const struct tg_form *form = a->kind->form;
	for (unsigned i = 0; i < a->n_answers; i++) {
		const struct tg_field *f = &form->fields[a->answers[i].field];
		struct tg_item *item = tg_paint_item(p, TG_ITEM_ANSWER, tg_say(p, f->label), true);
		item->id = (int)a->answers[i].field;
		item->number = f->number;
		item->value = shown_value(p, f, a->text + a->answers[i].at);
		item->mark = tg_say(p, answered_by(a->answers[i].by));
		item->error = register_says(p, a->answers[i].field);
	}
}
