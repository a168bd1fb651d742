/* Checks of one form and of the head of a provider. Each mistake is reported at the value that is wrong. */
#include "form_check.h"

#include "tamga/i18n.h"
#include "tamga/text.h"
#include <assert.h>

/* Letters of our languages take two bytes in UTF-8, and one byte is the NUL. */
#define TYPED_CHARS_MAX ((TG_VALUE_MAX - 1) / 2)
static_assert(TG_VALUE_MAX == 4096 && TYPED_CHARS_MAX == 2047, "the numbers in the sentences of check_field");

static const char *const algorithms[] = {
        "rsa-2048", "gost2001", "gost2012-256", "gost2012-512", "as-old", "as-request", NULL};
static const char *const purposes[] = {"id-card", "token", "sim", "staff", "medium", "cloud", NULL};
static const char *const chip_facts[] = {
        "iin", "number", "birth", "expiry", "sex", "nationality", "surname", "given", NULL};
static const char *const certificate_facts[] = {"common-name", "organisation", "personal-number", "organisation-number",
        "title", "serial", "from", "until", NULL};
static const char *const opens[] = {"form", "cabinet", "status", "confirm", "about", "ticket", "adviser", "help", NULL};

/* A value that may be left out, and is one of a list otherwise. */
static bool none_or_one_of(const char *const *list, const char *s)
{
	return !s || check_one_of(list, s, strlen(s));
}

/* Words of a list, separated by single spaces. */
static enum tg_status check_purposes(const struct check *c, const struct tg_yaml_node *n, const char *words)
{
	for (const char *w = words; w; w = strchr(w, ' ') ? strchr(w, ' ') + 1 : NULL)
		if (!check_one_of(purposes, w, strcspn(w, " ")))
			return check_bad(c, n, "carriers",
			        "purposes of carriers are id-card, token, sim, staff, medium, cloud; found");
	return TG_OK;
}

static const struct tg_field *find(const struct tg_form *form, const char *id)
{
	for (unsigned i = 0; i < form->n_fields; i++)
		if (strcmp(form->fields[i].id, id) == 0)
			return &form->fields[i];
	return NULL;
}

static bool is_code(const char *s)
{
	size_t digits = strspn(s + (*s != '\0'), "0123456789");
	return *s >= 'A' && *s <= 'Z' && digits > 0 && s[1 + digits] == '\0';
}

static enum tg_status check_number(
        const struct check *c, const struct tg_yaml_node *n, const struct tg_form *form, unsigned i)
{
	char expected[32], what[128];
	snprintf(expected, sizeof(expected), "%s.%u", form->code, i + 1);
	if (strcmp(form->fields[i].number, expected) == 0)
		return TG_OK;
	snprintf(what, sizeof(what), "question numbers run on without a gap; expected '%s', found", expected);
	return check_bad(c, n, "number", what);
}

static enum tg_status check_rule(
        const struct check *c, const struct tg_yaml_node *n, const struct tg_rule_use *use, const struct tg_rule *rules)
{
	const struct tg_rule *r = rules;
	if (!r)
		return TG_OK; /* the caller has no rules: it only reads names and places */
	while (r->name && strcmp(r->name, use->name) != 0)
		r++;
	if (!r->name)
		return check_bad(c, n, "name", "unknown rule");
	if (!r->arg_ok && use->arg)
		return check_bad(c, n, "arg", "this rule takes no argument");
	if (r->arg_ok && !r->arg_ok(use->arg))
		return check_bad(c, n, "arg", "the rule cannot work with this argument");
	for (const char *const *m = r->messages; m && *m; m++)
		TG_TRY(uses_add(c->uses, *m, c->y->file, n->line, n->column));
	return TG_OK;
}

static enum tg_status check_default(const struct check *c, const struct tg_yaml_node *n, const struct tg_field *f)
{
	if (!f->default_value)
		return TG_OK;
	if (tg_utf8_count(f->default_value) > (size_t)f->max_chars)
		return check_bad(c, n, "default", "the default is longer than max-chars");
	if (f->kind != TG_FIELD_CHOICE)
		return TG_OK;
	for (unsigned i = 0; i < f->n_choices; i++)
		if (strcmp(f->choices[i].id, f->default_value) == 0)
			return TG_OK;
	return check_bad(c, n, "default", "the default is none of the choices");
}

static bool by_program(enum tg_field_kind kind)
{
	return kind == TG_FIELD_NUMBER || kind == TG_FIELD_PUBLIC_KEY;
}

static enum tg_status check_field(
        const struct check *c, const struct tg_yaml_node *n, const struct tg_field *f, const struct tg_rule *rules)
{
	if (by_program(f->kind) && f->person)
		return check_bad(c, n, "person", "this kind of field is filled by the program, never by a person");
	bool letters = f->person && f->kind != TG_FIELD_PKCS10 && f->kind != TG_FIELD_SERIALS;
	if (f->max_chars < 1 || f->max_chars > (letters ? TYPED_CHARS_MAX : TG_VALUE_MAX - 1))
		return check_bad(c, n, "max-chars",
		        letters ? "max-chars is from 1 to 2047 for what a person types"
		                : "max-chars is from 1 to 4095");
	if ((f->kind == TG_FIELD_CHOICE) != (f->n_choices > 0))
		return check_bad(c, n, "choices", "choices belong to a field of kind 'choice', and to no other");
	if (!none_or_one_of(chip_facts, f->chip))
		return check_bad(c, n, "chip", "a chip has no such fact");
	if (!none_or_one_of(certificate_facts, f->certificate))
		return check_bad(c, n, "certificate", "a certificate has no such fact");
	const struct tg_yaml_node *list = tg_yaml_key(n, "rules");
	for (unsigned i = 0; i < f->n_rules; i++)
		TG_TRY(check_rule(c, tg_yaml_item(list, i), &f->rules[i], rules));
	return check_default(c, n, f);
}

static enum tg_status check_lines(const struct check *c, const struct tg_yaml_node *root, const struct tg_form *form)
{
	const struct tg_yaml_node *list = tg_yaml_key(root, "lines");
	for (unsigned i = 0; i < form->n_lines; i++)
		if (form->lines[i].after && !find(form, form->lines[i].after))
			return check_bad(c, tg_yaml_item(list, i), "after", "the form has no field with this id");
	list = tg_yaml_key(root, "consents");
	for (unsigned i = 0; i < form->n_consents; i++)
		if (form->consents[i].after && !find(form, form->consents[i].after))
			return check_bad(c, tg_yaml_item(list, i), "after", "the form has no field with this id");
	if (form->title_after && !find(form, form->title_after))
		return check_bad(c, root, "title-after", "the form has no field with this id");
	if (form->date_after && strcmp(form->date_after, "signatures") != 0 && !find(form, form->date_after))
		return check_bad(c, root, "date-after", "the form has no field with this id");
	if (form->language && tg_lang_find(form->language) < 0)
		return check_bad(c, root, "language", "one of kk, ky, ru, en");
	return TG_OK;
}

/* Keys that are never made on the same carrier, or only under different conditions, may share a field and a label. */
static bool made_together(const struct tg_key_plan *a, const struct tg_key_plan *b)
{
	if (a->when && b->when && strcmp(a->when, b->when) != 0)
		return false;
	for (const char *const *p = purposes; *p; p++)
		if (tg_words_have(a->carriers, *p) && tg_words_have(b->carriers, *p))
			return true;
	return false;
}

static enum tg_status check_key(
        const struct check *c, const struct tg_yaml_node *n, const struct tg_form *form, unsigned i)
{
	const struct tg_key_plan *k = &form->keys[i];
	const struct tg_field *f = find(form, k->field);
	if (!none_or_one_of(algorithms, k->algorithm))
		return check_bad(c, n, "algorithm", "unknown algorithm");
	TG_TRY(check_purposes(c, n, k->carriers));
	bool request = strcmp(k->algorithm, "as-request") == 0;
	if (!f || f->kind != (request ? TG_FIELD_PKCS10 : TG_FIELD_PUBLIC_KEY))
		return check_bad(c, n, "field",
		        request ? "the form has no field of kind 'pkcs10' with this id"
		                : "the form has no field of kind 'public-key' with this id");
	for (unsigned o = 0; o < i; o++) {
		if (!made_together(k, &form->keys[o]))
			continue;
		if (strcmp(form->keys[o].field, k->field) == 0)
			return check_bad(c, n, "field", "two keys cannot be shown in one field");
		if (strcmp(form->keys[o].label, k->label) == 0)
			return check_bad(c, n, "label", "two keys of one form cannot have the same label");
	}
	return TG_OK;
}

enum tg_status form_check(
        const struct check *c, const struct tg_yaml_node *root, const struct tg_form *form, const struct tg_rule *rules)
{
	if (!is_code(form->code))
		return check_bad(c, root, "code", "a form's code is a capital letter and digits, as A1");
	if (form->version < 1)
		return check_bad(c, root, "version", "versions begin with 1");
	if (form->validity_days < (form->n_keys > 0) || form->validity_days > 3660)
		return check_bad(
		        c, root, "validity-days", "validity-days of a form that asks for keys is from 1 to 3660");
	const struct tg_yaml_node *fields = tg_yaml_key(root, "fields"), *keys = tg_yaml_key(root, "keys");
	for (unsigned i = 0; i < form->n_fields; i++) {
		TG_TRY(check_number(c, tg_yaml_item(fields, i), form, i));
		TG_TRY(check_field(c, tg_yaml_item(fields, i), &form->fields[i], rules));
	}
	TG_TRY(check_lines(c, root, form));
	for (unsigned i = 0; i < form->n_keys; i++)
		TG_TRY(check_key(c, tg_yaml_item(keys, i), form, i));
	return TG_OK;
}

static enum tg_status check_basis(const struct check *c, const struct tg_yaml_node *n)
{
	static const char *const dates[] = {
	        "order-date", "wording-date", "in-force-from", "in-force-until", "repealed-date"};
	for (size_t i = 0; i < sizeof(dates) / sizeof(*dates); i++) {
		const struct tg_yaml_node *at = tg_yaml_key(n, dates[i]);
		if (at && !check_is_date(at->text))
			return tg_yaml_bad_node(c->y, at, "a date is written as 2016-01-22", at->text);
	}
	if (!tg_yaml_key(n, "wording") != !tg_yaml_key(n, "wording-date"))
		return check_bad(c, n, "wording", "wording and wording-date stand together");
	if (!tg_yaml_key(n, "repealed-by") != !tg_yaml_key(n, "repealed-date"))
		return check_bad(c, n, "repealed-by", "repealed-by and repealed-date stand together");
	return TG_OK;
}

enum tg_status provider_check(const struct check *c, const struct tg_yaml_node *root, const struct tg_provider *p)
{
	if (strlen(p->country) != 2 || strspn(p->country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2)
		return check_bad(c, root, "country", "a country is two capital letters (ISO 3166)");
	if (p->utc_offset_minutes < -720 || p->utc_offset_minutes > 840)
		return check_bad(c, root, "utc-offset-minutes", "the offset from UTC is from -720 to 840 minutes");
	if (tg_lang_find(p->office_language) < 0)
		return check_bad(c, root, "office-language", "the office language is one of kk, ky, ru, en");
	if (p->lock_per_day < 0 || p->lock_per_day > 99 || p->lock_in_all < 0 || p->lock_in_all > 99)
		return check_bad(c, root, p->lock_per_day < 0 || p->lock_per_day > 99 ? "lock-per-day" : "lock-in-all",
		        "wrong tries until the lock are from 0 (no lock) to 99");
	const struct tg_yaml_node *list = tg_yaml_key(root, "legal-basis");
	for (const struct tg_yaml_node *n = list ? list->first : NULL; n; n = n->next)
		TG_TRY(check_basis(c, n));
	return TG_OK;
}

enum tg_status service_check(const struct check *c, const struct tg_yaml_node *root, const struct tg_service *s)
{
	if (!none_or_one_of(opens, s->opens))
		return check_bad(c, root, "opens",
		        "a service opens form, cabinet, status, confirm, about, ticket, adviser or help");
	if (!none_or_one_of(check_operations, s->operation))
		return check_bad(c, root, "operation", CHECK_OPERATIONS);
	return TG_OK;
}

enum tg_status kind_check(const struct check *c, const struct tg_yaml_node *n, const struct tg_kind *k)
{
	TG_TRY(check_purposes(c, n, k->carriers));
	const char *both = k->carriers_together;
	bool several = both && strchr(both, ' ');
	for (const char *w = both; w; w = strchr(w, ' ') ? strchr(w, ' ') + 1 : NULL) {
		char word[32];
		(void)snprintf(word, sizeof word, "%.*s", (int)strcspn(w, " "), w);
		several = several && k->carriers && tg_words_have(k->carriers, word);
	}
	return !both || several ? TG_OK
	                        : check_bad(c, n, "carriers-together", "two or more of the kind's own carriers; found");
}
