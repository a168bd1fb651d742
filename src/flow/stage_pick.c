/* PICK: a form that asks for serial numbers of certificates takes them from the certificates on the card (NCA-A7): they
 * are ticked, not typed. Others can be typed on the form. */
#include "cabinet.h"
#include "tamga/clock.h"

static int serials_field(const struct tg_flow_state *s)
{
	return tg_field_asked_of(s, TG_FIELD_SERIALS);
}

bool tg_pick_wanted(const struct tg_flow_state *s)
{
	return serials_field(s) >= 0 && (s->cabinet.facts.n_certificates > 0 || tg_card_ready(s));
}

static bool looking(const struct tg_flow_state *s)
{
	return s->asked.certificates > 0;
}

static unsigned n_certificates(const struct tg_flow_state *s)
{
	return looking(s) ? 0 : s->cabinet.facts.n_certificates;
}

static unsigned slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c;
	return n_certificates(s) + 1;
}

/* Where the serial stands in the answer, as a line of its own; NULL: nowhere. */
static char *line_of(struct tg_answer *a, const char *serial)
{
	size_t n = strlen(serial);
	for (char *at = a->value; *at != '\0'; at += strcspn(at, "\n"), at += *at == '\n')
		if (strcspn(at, "\n") == n && strncasecmp(at, serial, n) == 0)
			return at;
	return NULL;
}

static bool ticked(const struct tg_flow_state *s, unsigned certificate)
{
	struct tg_answer a = s->answers[serials_field(s)];
	return line_of(&a, s->cabinet.facts.certificates[certificate].serial) != NULL;
}

/* One more line, or one less; what else was typed stays. */
static void turn_over(struct tg_flow_state *s, unsigned certificate)
{
	struct tg_answer *a = &s->answers[serials_field(s)];
	char serial[sizeof s->cabinet.facts.certificates[0].serial];
	(void)tg_copy(serial, sizeof serial, s->cabinet.facts.certificates[certificate].serial);
	char *line = line_of(a, serial);
	size_t len = strlen(a->value), n = strlen(serial);
	if (line) {
		size_t from = (size_t)(line - a->value), end = from + n + (line[n] == '\n');
		memmove(line, a->value + end, len - end);
		memset(a->value + len - (end - from), 0, end - from);
	} else if (len + n + 2 < sizeof a->value) {
		(void)snprintf(a->value + len, sizeof a->value - len, "%s%s", len > 0 ? "\n" : "", serial);
	}
	tg_answer_tidy(a);
	a->cursor = strlen(a->value);
	a->by = a->value[0] == '\0' ? TG_BY_NOBODY : TG_BY_PERSON;
	a->error = NULL;
}

static void issue_date(const struct tg_flow_state *s, const struct tg_held_certificate *c, char out[11])
{
	char local[TG_TIME_TEXT];
	tg_time_local(c->from_ms, s->provider ? s->provider->utc_offset_minutes : 0, local);
	(void)snprintf(out, 11, "%.10s", local);
}

/* "01.02.2026", or where they differ "5a01c0ffee 01.02.2026" line by line. */
static void pick_dates(struct tg_flow_state *s, struct tg_answer *a)
{
	char first[11] = "", date[11];
	bool differ = false;
	size_t at = 0;
	for (unsigned i = 0; i < n_certificates(s); i++) {
		const struct tg_held_certificate *c = &s->cabinet.facts.certificates[i];
		if (!ticked(s, i))
			continue;
		issue_date(s, c, date);
		differ = differ || (first[0] != '\0' && strcmp(first, date) != 0);
		memcpy(first, date, sizeof first);
	}
	memset(a, 0, sizeof *a);
	if (!differ)
		(void)tg_copy(a->value, sizeof a->value, first);
	for (unsigned i = 0; differ && i < n_certificates(s) && at < sizeof a->value; i++) {
		const struct tg_held_certificate *c = &s->cabinet.facts.certificates[i];
		issue_date(s, c, date);
		if (ticked(s, i))
			at += (size_t)snprintf(
			        a->value + at, sizeof a->value - at, "%s%s %s", at > 0 ? "\n" : "", c->serial, date);
	}
	a->by = a->value[0] == '\0' ? TG_BY_NOBODY : TG_BY_CERTIFICATE;
}

static bool is_issue_date(const struct tg_flow_state *s, unsigned field)
{
	const char *fact = tg_state_form(s)->fields[field].certificate;
	return fact && strcmp(fact, "from") == 0 && tg_field_shown(s, field);
}

static unsigned n_ticked(const struct tg_flow_state *s)
{
	unsigned n = 0;
	for (unsigned i = 0; i < n_certificates(s); i++)
		n += ticked(s, i);
	return n;
}

/* The day on which those that were ticked were issued: one date goes into its field, several are listed with their
 * serial numbers (NCA-A7). Of numbers that were typed besides the person knows the day. */
static void fill_issue_dates(struct tg_flow_state *s)
{
	const struct tg_form *form = tg_state_form(s);
	bool all = n_ticked(s) == tg_answer_lines(&s->answers[serials_field(s)]);
	tg_issue_dates_unlock(s);
	for (unsigned i = 0; all && i < form->n_fields && i < TG_FORM_FIELDS_MAX; i++)
		if (is_issue_date(s, i) && n_ticked(s) > 0)
			pick_dates(s, &s->answers[i]);
}

void tg_issue_dates_unlock(struct tg_flow_state *s)
{
	for (unsigned i = 0; i < tg_state_fields(s); i++) {
		struct tg_answer *a = &s->answers[i];
		if (!is_issue_date(s, i) || a->by != TG_BY_CERTIFICATE)
			continue;
		if (strlen(a->value) > 10) /* several: no answer that can be edited */
			memset(a, 0, sizeof *a);
		a->by = a->value[0] == '\0' ? TG_BY_NOBODY : TG_BY_PERSON;
	}
}

static void enter(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	s->picked = true;
	if (s->cabinet.facts.n_certificates == 0 && tg_card_ready(s))
		tg_ask_certificates(t);
	else if (s->cabinet.facts.n_certificates == 0)
		tg_turn_go(t, TG_STAGE_FORM);
}

static void choose(struct tg_turn *t, unsigned slot)
{
	struct tg_flow_state *s = t->s;
	if (slot < n_certificates(s)) {
		turn_over(s, slot);
		return;
	}
	fill_issue_dates(s);
	tg_turn_go(t, TG_STAGE_FORM);
}

static bool key(struct tg_turn *t)
{
	if (!tg_key_is_space(t->ev))
		return false;
	if ((unsigned)t->s->focus < n_certificates(t->s))
		turn_over(t->s, (unsigned)t->s->focus);
	return true;
}

static void back(struct tg_turn *t)
{
	tg_turn_go(t, tg_stage_before_form(t->c, t->s));
}

/* Nothing on the card, or it cannot be asked: the numbers are typed. */
static void event(struct tg_turn *t)
{
	if (t->ev->kind != TG_EV_CERTIFICATES)
		return;
	const struct tg_token_state card = t->s->token; /* one without certificates is a good card all the same */
	bool some = tg_take_certificates(t) == TG_OK && t->s->cabinet.facts.n_certificates > 0;
	if (tg_card_answers(t->s))
		t->s->token = card;
	t->s->focus = 0;
	if (!some)
		tg_turn_go(t, TG_STAGE_FORM);
}

static void paint(struct tg_paint *p)
{
	const struct tg_flow_state *s = p->s;
	p->v->title = tg_say(p, "title.pick");
	tg_paint_text(p, looking(s) ? "pick.looking" : "pick.intro");
	for (unsigned i = 0; i < n_certificates(s); i++) {
		const struct tg_held_certificate *c = &s->cabinet.facts.certificates[i];
		struct tg_item *item = tg_paint_item(p, TG_ITEM_CHECK, c->serial, true);
		item->checked = ticked(s, i);
		item->value = tg_certificate_line(p, c);
	}
	tg_paint_button(p, TG_ITEM_ID_CONTINUE, "button.continue");
}

const struct tg_stage_ops tg_stage_pick = {
        .traits = TG_STAGE_USUAL | TG_STAGE_CARDS | TG_STAGE_PROVEN,
        .slots = slots,
        .enter = enter,
        .choose = choose,
        .key = key,
        .back = back,
        .event = event,
        .paint = paint,
        .enter_label = "key.tick",
};
