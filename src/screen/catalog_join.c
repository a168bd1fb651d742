/* From the files to one catalogue: names become pointers, each file must be used by another. */
#include "catalog.h"
#include "form_check.h"
#include "refs.h"

struct join {
	struct owner *o;
	const struct tg_rule *rules;
	struct tg_error *err;
};

struct form_names {
	const struct join *j;
	const char *provider;
};

static struct check at(const struct join *j, const struct loaded *l)
{
	return (struct check){&l->y, &j->o->uses};
}

static enum tg_status no_memory(const struct join *j)
{
	return tg_error_set(j->err, TG_NO_MEMORY, "no memory for the screens");
}

/* A `name` of NULL stands for any. */
static struct loaded *find_file(const struct join *j, enum file_kind kind, const char *provider, const char *name)
{
	for (unsigned i = 0; i < j->o->n_files; i++) {
		struct loaded *l = &j->o->files[i];
		if (l->kind == kind && strcmp(l->provider, provider) == 0 && (!name || strcmp(l->name, name) == 0))
			return l;
	}
	return NULL;
}

static struct loaded *find_form(const struct join *j, const char *provider, const char *id)
{
	for (unsigned i = 0; i < j->o->n_files; i++) {
		struct loaded *l = &j->o->files[i];
		if (l->kind == FILE_FORM && strcmp(l->provider, provider) == 0 &&
		        strcmp(((const struct tg_form *)l->data)->id, id) == 0)
			return l;
	}
	return NULL;
}

/* A form that something of the provider is, by its id; it is used then. */
static enum tg_status use_form(
        const struct join *j, const struct loaded *l, const struct tg_yaml_node *map, const char *key)
{
	const struct tg_yaml_node *at = tg_yaml_key(map, key);
	if (at && !find_form(j, l->provider, at->text))
		return tg_yaml_bad_node(&l->y, at, "there is no form with this id in this provider's forms/", at->text);
	return TG_OK;
}

/* Forms that are printed beside the kind's own: words. */
static bool is_form(const char *word, size_t n, const void *ctx)
{
	const struct form_names *names = ctx;
	char id[SCREEN_ID_MAX + 1];
	if (n == 0 || n > SCREEN_ID_MAX)
		return false;
	memcpy(id, word, n);
	id[n] = '\0';
	return find_form(names->j, names->provider, id) != NULL;
}

/* The service that an answer leads to is of the same provider; it may be the same one, to come by another way. */
static enum tg_status check_leads(
        const struct join *j, const struct loaded *l, const struct tg_provider *p, const struct tg_yaml_node *map)
{
	for (const struct tg_yaml_node *q = check_first(map, "questions"); q; q = q->next)
		for (const struct tg_yaml_node *o = check_first(q, "options"); o; o = o->next) {
			const struct tg_yaml_node *at = tg_yaml_key(o, "leads");
			if (at && !find_file(j, FILE_SERVICE, l->provider, at->text))
				return tg_yaml_bad_node(
				        &l->y, at, "the provider has no service with this id", at->text);
			const struct tg_yaml_node *way = tg_yaml_key(o, "leads-way");
			if (way && !tg_provider_way(p, way->text))
				return tg_yaml_bad_node(&l->y, way, "the provider has no way with this id", way->text);
		}
	return TG_OK;
}

static enum tg_status join_kind(const struct join *j, const struct loaded *l, const struct tg_provider *p,
        const struct tg_yaml_node *n, const struct raw_kind *raw, struct tg_kind *kind)
{
	struct loaded *form = find_form(j, l->provider, raw->form);
	if (!form)
		return tg_yaml_bad_node(&l->y, tg_yaml_key(n, "form"),
		        "there is no form with this id in this provider's forms/", raw->form);
	struct check c = at(j, l);
	TG_TRY(kind_check(&c, n, &raw->k));
	*kind = raw->k;
	kind->form = form->data;
	form->used = true;
	TG_TRY(refs_kind(&c, &j->o->pub, p, n, kind, j->rules));
	for (unsigned i = 0; i < kind->n_documents; i++)
		TG_TRY(use_form(j, l, tg_yaml_item(tg_yaml_key(n, "documents"), i), "form"));
	const struct form_names names = {j, l->provider};
	TG_TRY(check_words(
	        &c, n, "printed", is_form, &names, "there is no form with this id in this provider's forms/"));
	return check_leads(j, l, p, n);
}

static enum tg_status join_service(
        const struct join *j, struct loaded *l, const struct tg_provider *p, struct tg_service *out)
{
	const struct raw_service *raw = l->data;
	l->used = true;
	*out = raw->s;
	if (strcmp(raw->s.id, l->name) != 0)
		return tg_yaml_bad_node(
		        &l->y, tg_yaml_key(l->y.root, "id"), "the id of a service is its file name", raw->s.id);
	struct check c = at(j, l);
	TG_TRY(service_check(&c, l->y.root, &raw->s));
	if (raw->s.open && raw->n_kinds == 0 && tg_service_has_opens(&raw->s, "form"))
		return tg_yaml_bad_node(
		        &l->y, tg_yaml_key(l->y.root, "kinds"), "an open service needs at least one kind", raw->s.id);
	struct tg_kind *kinds = tg_arena_get(&j->o->arena, (raw->n_kinds + 1) * sizeof(*kinds));
	if (!kinds)
		return no_memory(j);
	for (unsigned i = 0; i < raw->n_kinds; i++)
		TG_TRY(join_kind(j, l, p, tg_yaml_item(tg_yaml_key(l->y.root, "kinds"), i), &raw->kinds[i], &kinds[i]));
	out->kinds = kinds;
	out->n_kinds = raw->n_kinds;
	return TG_OK;
}

static enum tg_status join_services(const struct join *j, const struct loaded *l, struct tg_provider *p)
{
	const struct raw_provider *raw = l->data;
	struct tg_service *services = tg_arena_get(&j->o->arena, (raw->n_services + 1) * sizeof(*services));
	if (!services)
		return no_memory(j);
	for (unsigned i = 0; i < raw->n_services; i++) {
		struct loaded *file = find_file(j, FILE_SERVICE, l->provider, raw->services[i]);
		if (!file)
			return tg_yaml_bad_node(&l->y, tg_yaml_item(tg_yaml_key(l->y.root, "services"), i),
			        "there is no file of this name in this provider's services/", raw->services[i]);
		TG_TRY(join_service(j, file, p, &services[i]));
	}
	p->services = services;
	p->n_services = raw->n_services;
	return TG_OK;
}

static enum tg_status join_errata(const struct join *j, const char *provider, struct tg_provider *p)
{
	struct loaded *l = find_file(j, FILE_ERRATA, provider, NULL);
	if (!l)
		return TG_OK;
	const struct raw_errata *raw = l->data;
	l->used = true;
	p->errata = raw->errata;
	p->n_errata = raw->n_errata;
	for (unsigned i = 0; i < raw->n_errata; i++) {
		const struct tg_yaml_node *n = tg_yaml_item(tg_yaml_key(l->y.root, "errata"), i);
		const char *form = raw->errata[i].form;
		if (form && !find_form(j, provider, form))
			return tg_yaml_bad_node(&l->y, tg_yaml_key(n, "form"), "there is no form with this id", form);
	}
	return TG_OK;
}

static enum tg_status join_adviser(const struct join *j, struct tg_provider *p)
{
	struct loaded *l = find_file(j, FILE_ADVISER, p->id, NULL);
	if (!l)
		return TG_OK;
	const struct raw_adviser *raw = l->data;
	struct check c = at(j, l);
	l->used = true;
	p->adviser = raw->questions;
	p->n_adviser = raw->n_questions;
	p->advice = raw->advice;
	p->n_advice = raw->n_advice;
	TG_TRY(refs_questions(&c, &j->o->pub, l->y.root, raw->questions, raw->n_questions));
	TG_TRY(check_leads(j, l, p, l->y.root));
	return refs_advice(&c, &j->o->pub, p, l->y.root);
}

static enum tg_status join_help(const struct join *j, struct tg_provider *p)
{
	struct loaded *l = find_file(j, FILE_HELP, p->id, NULL);
	if (!l)
		return TG_OK;
	const struct raw_help *raw = l->data;
	struct check c = at(j, l);
	l->used = true;
	p->help = raw->topics;
	p->n_help = raw->n_topics;
	for (const struct tg_yaml_node *n = check_first(l->y.root, "topics"); n; n = n->next)
		for (const struct tg_yaml_node *text = check_first(n, "text"); text; text = text->next)
			TG_TRY(check_message(&c, text));
	return TG_OK;
}

/* A service that opens the adviser or the help needs what it opens. */
static enum tg_status check_opens(const struct join *j, const struct tg_provider *p)
{
	for (unsigned i = 0; i < p->n_services; i++) {
		const struct tg_service *s = &p->services[i];
		bool adviser = tg_service_has_opens(s, "adviser");
		if ((!adviser || p->n_adviser > 0) && (!tg_service_has_opens(s, "help") || p->n_help > 0))
			continue;
		const struct loaded *l = find_file(j, FILE_SERVICE, p->id, s->id);
		return tg_yaml_bad_node(&l->y, tg_yaml_key(l->y.root, "opens"),
		        adviser ? "the provider has no adviser.yaml" : "the provider has no help.yaml", s->opens);
	}
	return TG_OK;
}

static enum tg_status join_provider(const struct join *j, struct loaded *l, struct tg_provider *p)
{
	const struct raw_provider *raw = l->data;
	struct check c = at(j, l);
	l->used = true;
	*p = raw->p;
	if (strcmp(p->id, l->provider) != 0)
		return tg_yaml_bad_node(
		        &l->y, tg_yaml_key(l->y.root, "id"), "the id of a provider is the name of its folder", p->id);
	TG_TRY(provider_check(&c, l->y.root, p));
	struct loaded *calendars = find_file(j, FILE_CALENDARS, l->provider, NULL);
	if (calendars)
		TG_TRY(calendars_join(j->o, calendars, p, j->err));
	TG_TRY(refs_provider(&c, &j->o->pub, l->y.root, p));
	TG_TRY(use_form(j, l, l->y.root, "refusal-form"));
	TG_TRY(join_adviser(j, p));
	TG_TRY(join_help(j, p));
	TG_TRY(join_services(j, l, p));
	TG_TRY(check_opens(j, p));
	TG_TRY(refs_order(&c, l->y.root, p));
	return join_errata(j, l->provider, p);
}

static enum tg_status join_providers(const struct join *j, const struct loaded *l)
{
	const struct raw_catalog *raw = l->data;
	struct tg_provider *list = tg_arena_get(&j->o->arena, raw->n_providers * sizeof(*list));
	if (!list)
		return no_memory(j);
	for (unsigned i = 0; i < raw->n_providers; i++) {
		struct loaded *file = find_file(j, FILE_PROVIDER, raw->providers[i], NULL);
		if (!file)
			return tg_yaml_bad_node(&l->y, tg_yaml_item(tg_yaml_key(l->y.root, "providers"), i),
			        "there is no provider.yaml in a folder of this name", raw->providers[i]);
		TG_TRY(join_provider(j, file, &list[i]));
	}
	j->o->pub.providers = list;
	j->o->pub.n_providers = raw->n_providers;
	return TG_OK;
}

static enum tg_status check_forms(const struct join *j)
{
	for (unsigned i = 0; i < j->o->n_files; i++) {
		const struct loaded *l = &j->o->files[i];
		if (l->kind != FILE_FORM)
			continue;
		const struct tg_form *form = l->data;
		struct check c = at(j, l);
		TG_TRY(form_check(&c, l->y.root, form, j->rules));
		TG_TRY(refs_form(&c, &j->o->pub, l->y.root, form));
		for (unsigned o = 0; o < i; o++)
			if (j->o->files[o].kind == FILE_FORM &&
			        strcmp(((const struct tg_form *)j->o->files[o].data)->id, form->id) == 0)
				return tg_yaml_bad_node(
				        &l->y, tg_yaml_key(l->y.root, "id"), "another form has this id", form->id);
	}
	return TG_OK;
}

/* A form may wait for its kind (a power of attorney belongs to no kind); any other file that nobody names was
 * forgotten, or its name is mistyped. */
static enum tg_status check_used(const struct join *j)
{
	for (unsigned i = 0; i < j->o->n_files; i++) {
		const struct loaded *l = &j->o->files[i];
		if (!l->used && l->kind != FILE_FORM && l->kind != FILE_OTHER)
			return tg_yaml_bad_node(
			        &l->y, l->y.root, "nothing refers to this file", *l->name ? l->name : l->provider);
	}
	return TG_OK;
}

enum tg_status catalog_join(struct owner *o, const struct tg_rule *rules, struct tg_error *err)
{
	struct join j = {o, rules, err};
	struct loaded *top = find_file(&j, FILE_CATALOG, "", NULL);
	if (!top)
		return tg_error_at(err, TG_SCREEN_DATA, "catalog.yaml", 1, 1, "the file is missing");
	const struct raw_catalog *raw = top->data;
	top->used = true;
	o->pub.conditions = raw->conditions;
	o->pub.n_conditions = raw->n_conditions;
	TG_TRY(check_forms(&j));
	TG_TRY(join_providers(&j, top));
	return check_used(&j);
}
