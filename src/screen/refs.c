/* Checks of references between the parts of the catalogue. Each mistake is reported at the value that is wrong. */
#include "refs.h"
#include "tamga/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char *const proofs[] = {"chip", "desk", "signature", NULL};
static const char *const proven[] = {"form", "chip", "certificate", "head", "register", "carrier", NULL};
static const char *const papers[] = {"original", "copy", "sealed-copy", "extract", "notarised", NULL};
static const char *const asks[] = {"presenter", "presenter-if-other", NULL};
static const char *const events[] = {"service", "acceptance", NULL};
static const char *const subjects[] = {"person", "entity", NULL};
static const char *const roles[] = {"subject", "head", "presenter", "organisation", "representative-1",
        "representative-2", "representative-3", "representative-4", "worker", "about", NULL};

static bool is_condition(const char *word, size_t n, const void *catalog)
{
	const struct tg_catalog *all = catalog;
	for (unsigned i = 0; i < all->n_conditions; i++)
		if (strlen(all->conditions[i].id) == n && strncmp(all->conditions[i].id, word, n) == 0)
			return true;
	return false;
}

static bool is_condition_or_not(const char *word, size_t n, const void *catalog)
{
	bool negated = n > 0 && *word == '!';
	return is_condition(word + negated, n - negated, catalog);
}

static bool is_proof(const char *word, size_t n, const void *list)
{
	return check_one_of(list, word, n);
}

static bool is_way(const char *word, size_t n, const void *provider)
{
	const struct tg_provider *p = provider;
	for (unsigned i = 0; i < p->n_ways; i++)
		if (strlen(p->ways[i].id) == n && strncmp(p->ways[i].id, word, n) == 0)
			return true;
	return false;
}

enum tg_status refs_conditions(const struct check *c, const struct tg_catalog *catalog, const struct tg_yaml_node *map,
        const char *key, bool negated)
{
	return check_words(c, map, key, negated ? is_condition_or_not : is_condition, catalog,
	        "catalog.yaml has no condition with this id");
}

static enum tg_status check_signatures(
        const struct check *c, const struct tg_yaml_node *root, const struct tg_form *form)
{
	for (const struct tg_yaml_node *n = check_first(root, "signatures"); n; n = n->next) {
		const struct tg_yaml_node *field = tg_yaml_key(n, "field");
		if (field && !tg_form_field(form, field->text))
			return check_bad(c, n, "field", "the form has no field with this id");
		TG_TRY(check_listed(c, n, "role", roles, "there is no such role"));
	}
	return TG_OK;
}

static bool has_kind(const struct tg_form *form, enum tg_field_kind kind)
{
	for (unsigned i = 0; i < form->n_fields; i++)
		if (form->fields[i].kind == kind)
			return true;
	return false;
}

enum tg_status refs_form(const struct check *c, const struct tg_catalog *catalog, const struct tg_yaml_node *root,
        const struct tg_form *form)
{
	static const char *const lists[] = {"fields", "lines", "signatures", "keys"};
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		for (const struct tg_yaml_node *n = check_first(root, lists[i]); n; n = n->next)
			TG_TRY(refs_conditions(c, catalog, n, "when", true));
	for (const struct tg_yaml_node *n = check_first(root, "fields"); n; n = n->next)
		TG_TRY(check_listed(c, n, "role", roles, "there is no such role"));
	TG_TRY(refs_conditions(c, catalog, root, "seal-when", true));
	if (form->seal_when && !form->seal)
		return check_bad(c, root, "seal-when", "a form without a place for the seal needs no seal-when");
	if (form->copies < 0 || form->copies > 9)
		return check_bad(c, root, "copies", "copies are from 1 to 9");
	if (form->lines_per_sheet < 0 || form->lines_per_sheet > 99)
		return check_bad(c, root, "lines-per-sheet", "lines-per-sheet is from 1 to 99");
	if (form->lines_per_sheet > 0 && !has_kind(form, TG_FIELD_SERIALS))
		return check_bad(
		        c, root, "lines-per-sheet", "lines-per-sheet is of a form with a field of kind 'serials'");
	return check_signatures(c, root, form);
}

static bool has_group(const struct tg_kind *k, const char *id)
{
	for (unsigned i = 0; i < k->n_documents; i++)
		if (k->documents[i].group && strcmp(k->documents[i].group, id) == 0)
			return true;
	return false;
}

static const struct tg_document *document(const struct tg_kind *k, const char *id)
{
	for (unsigned i = 0; i < k->n_documents; i++)
		if (strcmp(k->documents[i].id, id) == 0)
			return &k->documents[i];
	return NULL;
}

/* In whose place a document stands: another document, or a group as a whole, which asks for something itself. */
static bool instead_ok(const struct tg_kind *k, const struct tg_document *d)
{
	const struct tg_document *other = document(k, d->instead);
	return other ? other != d && !other->instead : has_group(k, d->instead);
}

static unsigned of_group(const struct tg_kind *k, const char *id)
{
	unsigned n = 0;
	for (unsigned i = 0; i < k->n_documents; i++)
		n += k->documents[i].group && strcmp(k->documents[i].group, id) == 0;
	return n;
}

/* "name argument" */
static bool rule_ok(const char *use, const struct tg_rule *rules)
{
	size_t n = strcspn(use, " ");
	const char *arg = use[n] ? use + n + 1 : NULL;
	for (const struct tg_rule *r = rules; r && r->name; r++)
		if (strlen(r->name) == n && strncmp(r->name, use, n) == 0)
			return r->arg_ok ? r->arg_ok(arg) : !arg;
	return !rules;
}

static enum tg_status rule_messages(const struct check *c, const struct tg_yaml_node *n, const struct tg_rule *rules)
{
	const struct tg_yaml_node *at = tg_yaml_key(n, "rule");
	for (const struct tg_rule *r = rules; r && at && r->name; r++)
		if (strncmp(r->name, at->text, strcspn(at->text, " ")) == 0)
			for (const char *const *m = r->messages; m && *m; m++)
				TG_TRY(uses_add(c->uses, *m, c->y->file, at->line, at->column));
	return TG_OK;
}

static enum tg_status check_document(const struct check *c, const struct tg_yaml_node *n, const struct tg_kind *k,
        unsigned i, const struct tg_rule *rules)
{
	const struct tg_document *d = &k->documents[i];
	TG_TRY(check_words(c, n, "proven-by", is_proof, proven,
	        "what proves a document is form, chip, certificate, head, register, carrier; found"));
	TG_TRY(check_listed(c, n, "paper", papers, "papers are original, copy, sealed-copy, extract, notarised"));
	TG_TRY(check_listed(c, n, "asks", asks, "a document asks for presenter or presenter-if-other"));
	if (d->instead && !instead_ok(k, d))
		return check_bad(
		        c, n, "instead", "the list has no document that is asked for, and no group, of this id");
	if (d->group && (document(k, d->group) || of_group(k, d->group) < 2))
		return check_bad(c, n, "group", "a group is of two documents or more and has an id of its own");
	if (d->rule && !rule_ok(d->rule, rules))
		return check_bad(c, n, "rule", "unknown rule, or it cannot work with this argument");
	return rule_messages(c, n, rules);
}

/* Keys of one field are never made together (form_check lets them stand where their conditions differ). */
static enum tg_status check_keys(const struct check *c, const struct tg_yaml_node *n, const struct tg_kind *k)
{
	for (unsigned i = 0; k->form && i < k->form->n_keys; i++) /* a file looked at by itself has no form yet */
		for (unsigned o = 0; o < i; o++) {
			const struct tg_key_plan *a = &k->form->keys[i], *b = &k->form->keys[o];
			bool share = a->when && b->when && strcmp(a->field, b->field) == 0;
			if (share && !refs_exclude(k, a->when, b->when))
				return check_bad(c, n, "form",
				        "the answers of this kind can ask for two keys of one field of the form");
		}
	return TG_OK;
}

enum tg_status refs_kind(const struct check *c, const struct tg_catalog *catalog, const struct tg_provider *p,
        const struct tg_yaml_node *n, const struct tg_kind *k, const struct tg_rule *rules)
{
	TG_TRY(check_words(c, n, "ways", is_way, p, "the provider has no way with this id"));
	TG_TRY(check_listed(c, n, "subject", subjects, "the subject of a certificate is a person or an entity"));
	TG_TRY(check_listed(c, n, "operation", check_operations, CHECK_OPERATIONS));
	TG_TRY(refs_conditions(c, catalog, n, "confirm", true));
	TG_TRY(refs_conditions(c, catalog, n, "extensions", false));
	TG_TRY(refs_conditions(c, catalog, n, "revokes", true));
	TG_TRY(refs_conditions(c, catalog, n, "unchanged", true));
	if (k->carrier_version && !tg_version_ok(k->carrier_version))
		return check_bad(c, n, "carrier-version", "a version is numbers with dots between");
	TG_TRY(refs_questions(c, catalog, n, k->questions, k->n_questions));
	TG_TRY(refs_charges(c, catalog, p, n));
	TG_TRY(check_keys(c, n, k));
	for (unsigned i = 0; i < k->n_documents; i++) {
		const struct tg_yaml_node *d = tg_yaml_item(tg_yaml_key(n, "documents"), i);
		TG_TRY(refs_conditions(c, catalog, d, "when", true));
		TG_TRY(refs_conditions(c, catalog, d, "identity", true));
		TG_TRY(check_document(c, d, k, i, rules));
	}
	return TG_OK;
}

static bool has_calendar(const struct tg_provider *p, const char *id)
{
	return tg_provider_calendar(p, id) != NULL;
}

static enum tg_status check_term(
        const struct check *c, const struct tg_yaml_node *n, const struct tg_provider *p, const struct tg_term *t)
{
	if (t->working_days < 0 || t->working_days > 365 || t->minutes < 0 || t->minutes > 24 * 60 || t->days < 0 ||
	        t->days > 365 || (t->working_days > 0) + (t->minutes > 0) + (t->days > 0) != 1)
		return check_bad(c, n,
		        t->minutes ? "minutes"
		        : t->days  ? "days"
		                   : "working-days",
		        "a term has working days or days (up to 365), or minutes (up to 1440)");
	if ((t->working_days > 0) != (t->calendar != NULL))
		return check_bad(c, n, "calendar", "working days, and they alone, are counted by a calendar");
	if (t->calendar && !has_calendar(p, t->calendar))
		return check_bad(c, n, "calendar", "calendars.yaml has no calendar with this id");
	return TG_OK;
}

static enum tg_status check_pins(const struct check *c, const struct tg_yaml_node *root, const struct tg_provider *p)
{
	for (unsigned i = 0; i < p->n_pins; i++)
		if (p->pins[i].min < 1 || p->pins[i].max < p->pins[i].min || p->pins[i].max > 64)
			return check_bad(c, tg_yaml_item(tg_yaml_key(root, "pins"), i), "min",
			        "a PIN has 1 to 64 characters, the least number first");
	return TG_OK;
}

enum tg_status refs_provider(const struct check *c, const struct tg_catalog *catalog, const struct tg_yaml_node *root,
        const struct tg_provider *p)
{
	for (const struct tg_yaml_node *n = check_first(root, "ways"); n; n = n->next) {
		TG_TRY(check_listed(c, n, "proof", proofs, "a proof is chip, desk or signature"));
		TG_TRY(refs_conditions(c, catalog, n, "sets", false));
	}
	for (const struct tg_yaml_node *n = check_first(root, "grounds"); n; n = n->next)
		TG_TRY(check_listed(c, n, "event", events, "what is refused is the service or the acceptance"));
	for (unsigned i = 0; i < p->n_terms; i++) {
		const struct tg_yaml_node *n = tg_yaml_item(tg_yaml_key(root, "terms"), i);
		TG_TRY(check_term(c, n, p, &p->terms[i]));
		TG_TRY(refs_conditions(c, catalog, n, "when", true));
	}
	TG_TRY(check_pins(c, root, p));
	return refs_money(c, catalog, root, p);
}
