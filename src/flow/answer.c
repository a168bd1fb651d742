/* Answers of a form: which are asked, what is right, how they are shown. */
#include "companies.h"
#include "rules.h"
#include "tamga/clock.h"

static bool names_companies(const struct tg_field *f)
{
	return f->kind == TG_FIELD_COMPANIES || f->kind == TG_FIELD_COMPANIES_ADDED ||
	       f->kind == TG_FIELD_COMPANIES_REMOVED;
}

bool tg_field_is_list(const struct tg_field *f)
{
	return f->kind == TG_FIELD_SERIALS || f->kind == TG_FIELD_DOMAINS || f->kind == TG_FIELD_LIST ||
	       names_companies(f);
}

bool tg_field_shown(const struct tg_flow_state *s, unsigned field)
{
	return tg_state_holds(s, tg_state_form(s)->fields[field].when);
}

bool tg_field_asked(const struct tg_flow_state *s, unsigned field)
{
	const struct tg_field *f = &tg_state_form(s)->fields[field];
	return f->person && tg_field_shown(s, field) && f->kind != TG_FIELD_PUBLIC_KEY && f->kind != TG_FIELD_NUMBER &&
	       s->answers[field].by != TG_BY_CHIP && s->answers[field].by != TG_BY_CERTIFICATE;
}

unsigned tg_state_fields(const struct tg_flow_state *s)
{
	const struct tg_form *form = tg_state_form(s);
	if (!form)
		return 0;
	return form->n_fields < TG_FORM_FIELDS_MAX ? form->n_fields : TG_FORM_FIELDS_MAX;
}

int tg_field_asked_of(const struct tg_flow_state *s, enum tg_field_kind kind)
{
	for (unsigned i = 0; i < tg_state_fields(s); i++)
		if (tg_state_form(s)->fields[i].kind == kind && tg_field_asked(s, i))
			return (int)i;
	return -1;
}

const struct tg_answer *tg_answer_of(const struct tg_flow_state *s, enum tg_field_kind kind)
{
	for (unsigned i = 0; i < tg_state_fields(s); i++)
		if (tg_state_form(s)->fields[i].kind == kind && tg_field_shown(s, i))
			return &s->answers[i];
	return NULL;
}

const char *tg_value_of(const struct tg_flow_state *s, enum tg_field_kind kind)
{
	const struct tg_answer *a = tg_answer_of(s, kind);
	return a ? a->value : "";
}

/* Of a person whom a form need not name: any of theirs is answered. */
static bool begun(const struct tg_flow_state *s, const char *role)
{
	const struct tg_form *form = tg_state_form(s);
	for (unsigned i = 0; i < tg_state_fields(s); i++)
		if (form->fields[i].role && strcmp(form->fields[i].role, role) == 0 && s->answers[i].value[0] != '\0')
			return true;
	return false;
}

/* One to four representatives: the further ones whole, or not at all (NCA-9.poa). */
bool tg_field_needed(const struct tg_flow_state *s, unsigned field)
{
	const struct tg_field *f = &tg_state_form(s)->fields[field];
	if (f->required)
		return true;
	if (f->kind == TG_FIELD_COMPANIES_ADDED) /* a change that changes nothing is none */
		return !tg_companies_changed(s);
	return f->role && strncmp(f->role, "representative-", 15) == 0 && begun(s, f->role);
}

unsigned tg_fields_asked(const struct tg_flow_state *s)
{
	unsigned n = 0;
	for (unsigned i = 0; i < tg_state_fields(s); i++)
		n += tg_field_asked(s, i);
	return n;
}

int tg_field_of_slot(const struct tg_flow_state *s, unsigned slot)
{
	for (unsigned i = 0; i < tg_state_fields(s); i++)
		if (tg_field_asked(s, i) && slot-- == 0)
			return (int)i;
	return -1;
}

unsigned tg_slot_of_field(const struct tg_flow_state *s, unsigned field)
{
	unsigned slot = 0;
	for (unsigned i = 0; i < field; i++)
		slot += tg_field_asked(s, i);
	return slot;
}

void tg_answers_begin(struct tg_flow_state *s)
{
	memset(s->answers, 0, sizeof s->answers);
	tg_case_begin(s);
}

void tg_case_begin(struct tg_flow_state *s)
{
	memset(s->documents, 0, sizeof s->documents);
	memset(s->consents, 0, sizeof s->consents);
	memset(&s->replies, 0, sizeof s->replies);
	s->leading = 0;
	memset(&s->power, 0, sizeof s->power);
	memset(s->presenter, 0, sizeof s->presenter);
	memset(&s->pkcs10, 0, sizeof s->pkcs10);
	memset(s->open_number, 0, sizeof s->open_number);
	s->way = NULL;
	memset(s->carriers, 0, sizeof s->carriers);
	s->open_agreed = s->picked = s->key_used = false;
	s->return_to_review = 0;
	const struct tg_form *form = tg_state_form(s);
	for (unsigned i = 0; i < tg_state_fields(s); i++)
		if (form->fields[i].default_value && s->answers[i].value[0] == '\0') {
			struct tg_answer *a = &s->answers[i];
			(void)tg_copy(a->value, sizeof a->value, form->fields[i].default_value);
			a->cursor = strlen(a->value);
			a->by = TG_BY_PERSON; /* shown on form and review, where it can be changed */
		}
}

/* Hidden answers are none. */
static const char *other_answer(const char *field_id, const void *ctx)
{
	const struct tg_flow_state *s = ctx;
	const struct tg_form *form = tg_state_form(s);
	for (unsigned i = 0; i < tg_state_fields(s); i++)
		if (strcmp(form->fields[i].id, field_id) == 0)
			return tg_field_shown(s, i) ? s->answers[i].value : NULL;
	return NULL;
}

/* "22.11.2026 15:15" → "2026-11-22" */
void tg_state_today(const struct tg_flow_state *s, char out[11])
{
	tg_provider_day(s->provider, s->now_wall_ms, out);
}

/* What rules may look at; `today` holds 11 bytes and must live as long. */
static struct tg_rule_values rule_values(const struct tg_flow_config *c, const struct tg_flow_state *s, char *today)
{
	tg_state_today(s, today);
	return (struct tg_rule_values){.get = other_answer,
	        .ctx = s,
	        .today = today,
	        .accept_nca_test_numbers = s->provider && s->provider->accept_nca_test_numbers,
	        .workdays = tg_state_workdays(s),
	        .chip_birth = tg_document_proven(s) && s->doc.chip.birth[0] != '\0' ? s->doc.chip.birth : NULL,
	        .domain = c->domain,
	        .pkcs10 = c->pkcs10};
}

const char *tg_rule_says(
        const struct tg_flow_config *c, const struct tg_flow_state *s, const char *use, const char *value, char *mend)
{
	char today[11];
	const struct tg_rule_values v = rule_values(c, s, today);
	size_t n = strcspn(use, " ");
	const struct tg_rule *rule = tg_rule_find(use, n);
	mend[0] = '\0';
	return rule ? rule->check(value, use[n] == ' ' ? use + n + 1 : NULL, &v, mend) : NULL;
}

/* The first rule that has something against the value. */
static const char *broken_rule(
        const struct tg_field *f, const struct tg_rule_values *v, const char *value, struct tg_answer *a)
{
	for (unsigned i = 0; i < f->n_rules; i++) {
		const struct tg_rule *rule = tg_rule_find(f->rules[i].name, strlen(f->rules[i].name));
		if (!rule)
			continue; /* the loader refuses unknown rules */
		a->mend[0] = '\0';
		const char *said = rule->check(value, f->rules[i].arg, v, a->mend);
		if (said && !tg_rule_only_warns(rule, said))
			return said;
		if (said && !a->warning)
			a->warning = said;
	}
	a->mend[0] = '\0';
	return NULL;
}

static bool stands_before(const char *value, const char *line, size_t n)
{
	for (const char *at = value; at < line; at += strcspn(at, "\n") + 1)
		if (strcspn(at, "\n") == n && strncasecmp(at, line, n) == 0)
			return true;
	return false;
}

/* The whole answer with one line of it as it was probably meant; "" takes the line out. */
static void mend_line(struct tg_answer *a, const char *line, size_t n, const char *meant)
{
	char whole[TG_VALUE_MAX];
	const char *rest = line + n;
	int before = (int)(line - a->value);
	if (meant[0] == '\0' && *rest == '\n')
		rest++;
	else if (meant[0] == '\0' && before > 0)
		before--;
	int need = snprintf(whole, sizeof whole, "%.*s%s%s", before, a->value, meant, rest);
	a->mend[0] = '\0';
	if (need > 0 && (size_t)need < sizeof whole)
		(void)tg_copy(a->mend, sizeof a->mend, whole);
}

/* Line by line: `error_line` says which. */
static const char *broken_list(const struct tg_field *f, const struct tg_rule_values *v, struct tg_answer *a)
{
	unsigned number = 0;
	for (const char *at = a->value; *at != '\0';
	        at += at[strcspn(at, "\n")] == '\n' ? strcspn(at, "\n") + 1 : strlen(at)) {
		char line[TG_VALUE_MAX], meant[TG_VALUE_MAX];
		size_t n = strcspn(at, "\n");
		number++;
		if (n == 0)
			continue;
		(void)snprintf(line, sizeof line, "%.*s", (int)n, at);
		bool warned = a->warning != NULL;
		const char *error = broken_rule(f, v, line, a);
		if (!error && f->kind != TG_FIELD_LIST && stands_before(a->value, at, n))
			error = "rule.list.line-twice";
		if (error || (!warned && a->warning))
			a->error_line = number;
		if (!error)
			continue;
		(void)tg_copy(meant, sizeof meant, a->mend);
		if (meant[0] != '\0' || strcmp(error, "rule.list.line-twice") == 0)
			mend_line(a, at, n, meant);
		return error;
	}
	return NULL;
}

static void learn_pkcs10(const struct tg_flow_config *c, struct tg_flow_state *s, const struct tg_answer *a)
{
	memset(&s->pkcs10, 0, sizeof s->pkcs10);
	if (!c->pkcs10 || a->value[0] == '\0' || c->pkcs10(a->value, NULL, NULL, &s->pkcs10) != TG_OK)
		memset(&s->pkcs10, 0, sizeof s->pkcs10);
}

static const char *wrong(
        const struct tg_flow_config *c, struct tg_flow_state *s, const struct tg_field *f, struct tg_answer *a)
{
	char today[11];
	const struct tg_rule_values v = rule_values(c, s, today);
	if (f->kind == TG_FIELD_PKCS10)
		learn_pkcs10(c, s, a);
	if (f->kind == TG_FIELD_CHOICE)
		return NULL;
	const char *said = tg_field_is_list(f) ? broken_list(f, &v, a) : broken_rule(f, &v, a->value, a);
	return said || !names_companies(f) ? said : tg_companies_wrong(s, (unsigned)(a - s->answers), &a->error_line);
}

bool tg_answer_check(const struct tg_flow_config *c, struct tg_flow_state *s, unsigned field)
{
	const struct tg_field *f = &tg_state_form(s)->fields[field];
	struct tg_answer *a = &s->answers[field];
	memset(a->mend, 0, sizeof a->mend);
	a->error = a->warning = NULL;
	a->error_line = 0;
	if (!tg_field_asked(s, field))
		return true;
	if (a->value[0] == '\0')
		a->error = tg_field_needed(s, field) ? "form.required-missing" : NULL;
	else
		a->error = wrong(c, s, f, a);
	return a->error == NULL;
}

int tg_answers_check(const struct tg_flow_config *c, struct tg_flow_state *s)
{
	int first = -1;
	for (unsigned i = 0; i < tg_state_fields(s); i++) {
		tg_answer_tidy(&s->answers[i]);
		if (!tg_answer_check(c, s, i) && first < 0)
			first = (int)i;
	}
	return first;
}

unsigned tg_answer_lines(const struct tg_answer *a)
{
	unsigned n = 0;
	for (const char *at = a->value; *at != '\0'; at += strcspn(at, "\n"), at += *at == '\n')
		n += *at != '\n';
	return n;
}

/* Spaces at both ends of a line, and a line of nothing else. Writes to `to`; returns the end. */
static size_t tidy_line(char *value, size_t to, size_t from, size_t n)
{
	while (n > 0 && value[from] == ' ')
		from++, n--;
	while (n > 0 && value[from + n - 1] == ' ')
		n--;
	if (n == 0)
		return to;
	if (to > 0)
		value[to++] = '\n';
	memmove(value + to, value + from, n);
	return to + n;
}

void tg_answer_tidy(struct tg_answer *a)
{
	size_t len = strlen(a->value), to = 0, leading = strspn(a->value, " \n");
	for (size_t at = 0; at < len;) {
		size_t n = strcspn(a->value + at, "\n");
		to = tidy_line(a->value, to, at, n);
		at += n + 1;
	}
	memset(a->value + to, 0, len - to);
	a->cursor = a->cursor > leading ? a->cursor - leading : 0;
	if (a->cursor > to)
		a->cursor = to;
	while (a->cursor > 0 && ((unsigned char)a->value[a->cursor] & 0xC0) == 0x80)
		a->cursor--;
}

const char *tg_answer_shown(
        const struct tg_flow_config *c, enum tg_lang lang, const struct tg_field *f, const struct tg_answer *a)
{
	if (f->kind != TG_FIELD_CHOICE)
		return a->value;
	for (unsigned i = 0; i < f->n_choices; i++)
		if (strcmp(f->choices[i].id, a->value) == 0)
			return tg_text(c->i18n, lang, f->choices[i].label);
	return "";
}

static const char *paint_pkcs10(struct tg_paint *p)
{
	const struct tg_pkcs10_facts *facts = &p->s->pkcs10;
	char names[1200] = "";
	size_t at = 0;
	unsigned shown = facts->n_names < TG_PKCS10_NAMES_MAX ? facts->n_names : TG_PKCS10_NAMES_MAX;
	for (unsigned i = 0; i < shown && at < sizeof names; i++)
		at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", i > 0 ? ", " : "", facts->names[i]);
	if (facts->n_names > shown && at < sizeof names)
		(void)snprintf(names + at, sizeof names - at, " …");
	return TG_FILL(p, "pkcs10.summary", "algorithm", facts->algorithm, "names", names);
}

const char *tg_paint_answer(struct tg_paint *p, unsigned field)
{
	const struct tg_field *f = &tg_state_form(p->s)->fields[field];
	const struct tg_answer *a = &p->s->answers[field];
	if (f->kind == TG_FIELD_PKCS10 && a->value[0] != '\0' && p->s->pkcs10.algorithm[0] != '\0')
		return paint_pkcs10(p);
	return tg_answer_shown(p->c, p->lang, f, a);
}

enum tg_status tg_flow_set_pkcs10(const struct tg_flow_config *c, struct tg_flow_state *s, const char *text, size_t n)
{
	const struct tg_form *form = tg_state_form(s);
	for (unsigned i = 0; i < tg_state_fields(s); i++) {
		struct tg_answer *a = &s->answers[i];
		if (form->fields[i].kind != TG_FIELD_PKCS10 || !tg_field_shown(s, i))
			continue;
		if (n >= sizeof a->value)
			return TG_LIMIT;
		memset(a, 0, sizeof *a);
		size_t len = 0;
		for (size_t k = 0; k < n; k++) /* lines of other systems, and what is no text at all */
			if (text[k] == '\n' || (text[k] >= ' ' && text[k] <= '~'))
				a->value[len++] = text[k];
		tg_answer_tidy(a);
		a->cursor = strlen(a->value);
		a->by = a->value[0] == '\0' ? TG_BY_NOBODY : TG_BY_PERSON;
		return tg_answer_check(c, s, i) ? TG_OK : TG_PKCS10;
	}
	return TG_INVALID;
}
