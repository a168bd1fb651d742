/* Questions about a state, and the small changes that several stages make. */
#include "ways.h"
#include "work.h"

bool tg_card_answers(const struct tg_flow_state *s)
{
	return s->reader.service == TG_OK && s->reader.card && !s->reader.mute;
}

bool tg_card_being_read(const struct tg_flow_state *s)
{
	return tg_card_answers(s) && (s->asked.token > 0 || s->asked.unfinished > 0);
}

/* A carrier that the table says no algorithms of is asked to try. */
static bool makes(const struct tg_token_state *k, const char *algorithm)
{
	bool told_by_another = strcmp(algorithm, "as-old") == 0 || strcmp(algorithm, "as-request") == 0;
	return told_by_another || k->algorithms[0] == '\0' || tg_words_have(k->algorithms, algorithm);
}

/* The key pairs that the form of this journey asks for on a carrier of this purpose. */
unsigned tg_state_keys_on(const struct tg_flow_state *s, const char *purpose, const struct tg_key_plan **out)
{
	char set[TG_CONDITIONS_BYTES];
	tg_state_conditions(s, set);
	return tg_form_keys(tg_state_form(s), purpose, set, out, TG_FLOW_KEYS_MAX);
}

/* One that does not tell its version may be of the right one: then a clerk looks at it. */
bool tg_carrier_is_old(const struct tg_flow_state *s)
{
	const char *oldest = s->kind ? s->kind->carrier_version : NULL;
	return oldest && s->token.version[0] != '\0' && tg_version_is_older(s->token.version, oldest);
}

bool tg_carrier_told(const struct tg_flow_state *s)
{
	const struct tg_token_state *k = &s->token;
	return s->kind && s->kind->carrier_version && tg_card_answers(s) && k->version[0] != '\0' &&
	       tg_words_have(s->kind->carriers, k->purpose) &&
	       !tg_version_is_older(k->version, s->kind->carrier_version);
}

enum tg_status tg_card_unfit(const struct tg_flow_state *s)
{
	const struct tg_key_plan *keys[TG_FLOW_KEYS_MAX];
	if (s->ways.deciding || !s->kind) /* the head reads another person's application, with an own token */
		return TG_OK;
	if (tg_identity_wanted(s))
		return s->token.document ? TG_OK : TG_CARD_UNSUPPORTED;
	if (!tg_carrier_fits(s))
		return TG_CARD_UNSUPPORTED;
	if (tg_carrier_is_old(s))
		return TG_CARD_VERSION;
	unsigned n = tg_makes_keys(s) ? tg_state_keys_on(s, s->token.purpose, keys) : 0;
	for (unsigned i = 0; i < n; i++)
		if (!makes(&s->token, keys[i]->algorithm))
			return TG_ALGORITHM;
	return TG_OK;
}

bool tg_card_only_names(const struct tg_flow_state *s)
{
	return s->token.status == TG_CARD_UNSUPPORTED && s->token.document;
}

enum tg_status tg_card_trouble(const struct tg_flow_state *s)
{
	if (s->reader.service != TG_OK)
		return s->reader.service;
	if (!s->reader.card)
		return TG_CARD_NONE;
	if (s->reader.mute)
		return TG_CARD_MUTE;
	if (s->asked.token > 0 || s->asked.unfinished > 0)
		return TG_OK;
	if (tg_card_only_names(s) && tg_identity_wanted(s) && tg_carriers_beside(s, s->token.purpose))
		return TG_OK;
	if (s->token.status == TG_OK && s->token.locked)
		return TG_PIN_LOCKED;
	if (s->token.status == TG_OK && s->token.serial[0] == '\0')
		return TG_CARD_MUTE; /* never inspected, or it did not say who it is */
	/* A good card, but not one that this is done with. */
	return s->token.status == TG_OK ? tg_card_unfit(s) : s->token.status;
}

bool tg_card_ready(const struct tg_flow_state *s)
{
	return !tg_card_being_read(s) && tg_card_trouble(s) == TG_OK;
}

bool tg_card_is_ours(const struct tg_flow_state *s)
{
	return s->work_serial[0] == '\0' || strcmp(s->work_serial, s->token.serial) == 0;
}

void tg_card_becomes_ours(struct tg_flow_state *s)
{
	(void)tg_copy(s->work_carrier, sizeof s->work_carrier, s->token.carrier);
	(void)tg_copy(s->work_serial, sizeof s->work_serial, s->token.serial);
	(void)tg_copy(s->work_purpose, sizeof s->work_purpose, s->token.purpose);
}

bool tg_status_among(enum tg_status status, const enum tg_status *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == status)
			return true;
	return false;
}

bool tg_card_is_gone(enum tg_status status)
{
	static const enum tg_status list[] = {TG_CARD_PULLED, TG_TOKEN_LOST, TG_CARD_NONE, TG_CARD_MUTE, TG_CARD_OTHER,
	        TG_READER_GONE, TG_READER_NONE, TG_READER_SERVICE};
	return tg_status_among(status, list, sizeof list / sizeof list[0]);
}

enum tg_status tg_card_gone_notice(enum tg_status status)
{
	return status == TG_CARD_NONE ? TG_CARD_PULLED : status;
}

void tg_turn_ask_token(struct tg_turn *t)
{
	if (tg_card_answers(t->s))
		tg_turn_ask(t, TG_FX_TOKEN_INFO, &t->s->asked.token);
}

void tg_turn_forget_card(struct tg_turn *t)
{
	struct tg_flow_state *s = t->s;
	memset(&s->token, 0, sizeof s->token);
	s->token.tries_left = -1;
	memset(s->unfinished_number, 0, sizeof s->unfinished_number);
	memset(s->unfinished_form, 0, sizeof s->unfinished_form);
	s->last_try_agreed = false;
	s->card_moved = false;
	if (s->number[0] == '\0') {
		s->accepted_ms = 0; /* that of the unfinished work on it */
		memset(&s->work, 0, sizeof s->work);
	}
}

bool tg_service_open(const struct tg_provider *p)
{
	for (unsigned i = 0; i < p->n_services; i++)
		if (p->services[i].open)
			return true;
	return false;
}

enum tg_stage tg_state_before_pin(const struct tg_flow_state *s)
{
	return tg_state_form(s)->n_consents > 0 ? TG_STAGE_CONSENT : TG_STAGE_REVIEW;
}

unsigned tg_kinds_open(const struct tg_service *s)
{
	unsigned n = 0;
	for (unsigned i = 0; i < s->n_kinds; i++)
		n += s->kinds[i].form != NULL;
	return n;
}

const struct tg_form *tg_state_form(const struct tg_flow_state *s)
{
	return s->kind ? s->kind->form : NULL;
}

static bool choose_in(struct tg_flow_state *s, const struct tg_provider *p, const char *form)
{
	for (unsigned i = 0; i < p->n_services; i++)
		for (unsigned k = 0; k < p->services[i].n_kinds; k++) {
			const struct tg_kind *kind = &p->services[i].kinds[k];
			if (!kind->form || strcmp(kind->form->id, form) != 0)
				continue;
			s->provider = p;
			s->service = &p->services[i];
			s->kind = kind;
			return true;
		}
	return false;
}

bool tg_state_choose_form(const struct tg_flow_config *c, struct tg_flow_state *s, const char *form)
{
	const struct tg_kind *before = s->kind;
	for (unsigned i = 0; i < c->catalog->n_providers; i++)
		if (choose_in(s, &c->catalog->providers[i], form)) {
			if (s->kind != before)
				tg_answers_begin(s);
			return true;
		}
	return false;
}

unsigned tg_one_slot(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	(void)c, (void)s;
	return 1;
}

void tg_forget_notice(struct tg_turn *t, enum tg_stage to)
{
	(void)to;
	t->s->notice = TG_OK;
}

void tg_resume_found(struct tg_turn *t)
{
	if (t->ev->kind == TG_EV_UNFINISHED && t->s->unfinished_number[0] != '\0')
		tg_turn_go(t, TG_STAGE_RESUME);
}

bool tg_same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

bool tg_key_is_space(const struct tg_event *ev)
{
	return ev->action == TG_ACTION_CHAR && ev->ch == ' ';
}

unsigned tg_slots(const struct tg_flow_config *c, const struct tg_flow_state *s)
{
	const struct tg_stage_ops *ops = tg_stage_ops(s->stage);
	return ops->slots ? ops->slots(c, s) : 0;
}

static int within(int at, int last)
{
	return at < 0 ? 0 : at > last ? last : at;
}

bool tg_focus_move(int *focus, unsigned slots, enum tg_action action)
{
	/* The Tab key goes round; the arrows stop at the ends, so that a held key does not run in circles. */
	static const struct {
		enum tg_action action;
		int by;
	} moves[] = {{TG_ACTION_DOWN, 1}, {TG_ACTION_UP, -1}, {TG_ACTION_PAGE_DOWN, 5}, {TG_ACTION_PAGE_UP, -5},
	        {TG_ACTION_HOME, -10000}, {TG_ACTION_END, 10000}};
	int last = (int)slots - 1;
	if (last < 0)
		return false;
	if (action == TG_ACTION_NEXT || action == TG_ACTION_PREVIOUS) {
		int to = *focus + (action == TG_ACTION_NEXT ? 1 : -1);
		*focus = to > last ? 0 : to < 0 ? last : to;
		return true;
	}
	for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
		if (moves[i].action == action) {
			*focus = within(*focus + moves[i].by, last);
			return true;
		}
	return false;
}

/* What stands on the upper row of the Kazakh layout, in the order 1 2 3 … 9 0 (P-7: it has no digits there). */
static const uint32_t kazakh_row[10] = {'"', 0x4D9, 0x456, 0x4A3, 0x493, ',', '.', 0x4AF, 0x4B1, 0x49B};

int tg_digit_of(uint32_t ch)
{
	if (ch >= '0' && ch <= '9')
		return (int)(ch - '0');
	uint32_t low = tg_text_lower(ch);
	for (int i = 0; i < 10; i++)
		if (kazakh_row[i] == low)
			return (i + 1) % 10;
	return -1;
}

int tg_digit_of_letter(uint32_t ch)
{
	return ch < 0x80 && (ch < '0' || ch > '9') ? -1 : tg_digit_of(ch);
}

/* The journal knows which there are, also of an application whose conditions are not known here. */
static unsigned keys_of_work(const struct tg_flow_state *s, const struct tg_key_plan **out)
{
	const struct tg_form *form = tg_state_form(s);
	unsigned n = 0;
	for (unsigned i = 0; i < s->work.n_keys; i++)
		for (unsigned k = 0; k < form->n_keys; k++)
			if (strcmp(form->keys[k].id, s->work.keys[i].plan) == 0 && n < TG_FLOW_KEYS_MAX) {
				out[n++] = &form->keys[k];
				break;
			}
	return n;
}

unsigned tg_state_keys(const struct tg_flow_state *s, const struct tg_key_plan **out)
{
	char first[TG_CARRIERS_BYTES];
	if (!tg_state_form(s))
		return 0;
	if (s->number[0] != '\0' && s->work.n_keys > 0)
		return keys_of_work(s, out);
	if (!tg_work_is_double(s))
		return tg_state_keys_on(s, s->work_purpose, out);
	size_t one = strcspn(s->carriers, " ");
	(void)snprintf(first, sizeof first, "%.*s", (int)one, s->carriers);
	const struct tg_key_plan *more[TG_FLOW_KEYS_MAX];
	unsigned n = tg_state_keys_on(s, first, out), n_more = tg_state_keys_on(s, s->carriers + one + 1, more);
	for (unsigned i = 0; i < n_more && n < TG_FLOW_KEYS_MAX; i++)
		out[n++] = more[i];
	return n;
}

const char *tg_state_key_note(const struct tg_flow_state *s, const struct tg_field *field)
{
	const char *at = s->carriers[0] != '\0' ? s->carriers : s->token.purpose;
	do { /* without a card at hand: on any */
		const struct tg_key_plan *keys[TG_FLOW_KEYS_MAX];
		char purpose[TG_CARRIERS_BYTES];
		(void)snprintf(purpose, sizeof purpose, "%.*s", (int)strcspn(at, " "), at);
		unsigned n = tg_state_keys_on(s, purpose, keys);
		for (unsigned i = 0; i < n; i++)
			if (keys[i]->field && !strcmp(keys[i]->field, field->id))
				return "form.key-later";
		at += strcspn(at, " ");
		at += strspn(at, " ");
	} while (*at != '\0');
	return "form.key-none";
}

void tg_state_key_name(const struct tg_flow_state *s, unsigned key, char *id)
{
	const struct tg_key_plan *keys[TG_FLOW_KEYS_MAX];
	(void)snprintf(id, 48, "key-plan.%s", key < tg_state_keys(s, keys) ? keys[key]->id : "other");
}
