/* What is wrong in screens/ and locale/, what there is in them, and what is to be translated. */
#include "ctl.h"

#include "tamga/flow.h"
#include "tamga/i18n.h"
#include "tamga/screen.h"

#include <jansson.h>

#define SCREENS_DIR "/usr/share/tamga/screens"
#define LOCALE_DIR  "/usr/share/tamga/locale"

typedef void id_fn(const char *id, void *ctx);

static void rule_messages(id_fn *fn, void *ctx)
{
	for (const struct tg_rule *r = tg_flow_rules; r->name; r++)
		for (const char *const *id = r->messages; id && *id; id++)
			fn(*id, ctx);
}

static void status_messages(id_fn *fn, void *ctx)
{
	enum tg_status st;
	for (size_t i = 0; tg_status_each(i, &st); i++) {
		char id[80];
		if (st == TG_OK)
			continue;
		snprintf(id, sizeof(id), "error.%s", tg_status_name(st));
		fn(id, ctx);
		snprintf(id, sizeof(id), "mend.%s", tg_status_name(st));
		fn(id, ctx);
	}
}

static void all_messages(const struct tg_catalog *c, id_fn *fn, void *ctx)
{
	tg_catalog_messages(c, fn, ctx);
	tg_flow_messages(fn, ctx);
	rule_messages(fn, ctx);
	status_messages(fn, ctx);
}

static enum ctl_exit load(const char *dir, struct tg_catalog **c)
{
	struct tg_error err = {0};
	enum tg_status st = tg_catalog_load(c, dir, tg_flow_rules, &err);
	if (st == TG_OK)
		return CTL_YES;
	(void)ctl_fail(st, &err);
	return st == TG_SCREEN_DATA ? CTL_NO : CTL_TROUBLE;
}

struct missing {
	const struct tg_i18n *texts;
	unsigned ids, missing;
};

static void look_up(const char *id, void *ctx)
{
	struct missing *m = ctx;
	m->ids++;
	for (int lang = 0; lang < TG_LANG_COUNT; lang++) {
		if (tg_text_has(m->texts, (enum tg_lang)lang, id))
			continue;
		printf("missing in %s: %s\n", tg_lang_code((enum tg_lang)lang), id);
		m->missing++;
	}
}

static enum ctl_exit check_texts(const struct tg_catalog *c, const char *dir)
{
	struct missing m = {0};
	struct tg_i18n *texts = NULL;
	struct tg_error err = {0};
	enum tg_status st = tg_i18n_load(&texts, dir, &err);
	if (st != TG_OK) {
		(void)ctl_fail(st, &err);
		return st == TG_TRANSLATION_MISSING ? CTL_NO : CTL_TROUBLE;
	}
	m.texts = texts;
	all_messages(c, look_up, &m);
	tg_i18n_destroy(texts);
	printf("%u message ids in %d languages, %u sentences missing\n", m.ids, (int)TG_LANG_COUNT, m.missing);
	return m.missing == 0 ? CTL_YES : CTL_NO;
}

enum ctl_exit ctl_screens_check(const struct ctl_args *args)
{
	const char *screens = SCREENS_DIR, *locale = LOCALE_DIR;
	const struct ctl_option options[] = {{"--screens", &screens, NULL}, {"--locale", &locale, NULL}, {0}};
	struct tg_catalog *c = NULL;
	if (!ctl_parse(args, options, NULL, 0))
		return CTL_TROUBLE;
	enum ctl_exit code = load(screens, &c);
	if (code != CTL_YES)
		return code;
	code = check_texts(c, locale);
	tg_catalog_destroy(c);
	return code;
}

static json_t *list_fields(const struct tg_form *f)
{
	json_t *fields = json_array();
	for (unsigned i = 0; i < f->n_fields; i++) {
		const struct tg_field *d = &f->fields[i];
		json_t *rules = json_array();
		for (unsigned k = 0; k < d->n_rules; k++)
			(void)json_array_append_new(rules,
			        json_pack("{s:s,s:s?}", "name", d->rules[k].name, "arg", d->rules[k].arg));
		(void)json_array_append_new(fields,
		        json_pack("{s:s,s:s,s:s,s:b,s:b,s:b,s:o}", "id", d->id, "number", d->number, "label", d->label,
		                "required", (int)d->required, "asked", (int)d->person, "personal", (int)d->personal,
		                "rules", rules));
	}
	return fields;
}

static json_t *list_documents(const struct tg_kind *k)
{
	json_t *documents = json_array();
	for (unsigned i = 0; i < k->n_documents; i++)
		(void)json_array_append_new(documents, json_pack("{s:s,s:s,s:s?}", "id", k->documents[i].id, "label",
		                                               k->documents[i].label, "when", k->documents[i].when));
	return documents;
}

static json_t *list_kinds(const struct tg_service *s)
{
	json_t *kinds = json_array();
	for (unsigned i = 0; i < s->n_kinds; i++) {
		const struct tg_kind *k = &s->kinds[i];
		json_t *form = k->form ? json_pack("{s:s,s:s,s:i,s:o}", "id", k->form->id, "code", k->form->code, "version",
		                                 k->form->version, "fields", list_fields(k->form))
		                       : json_null();
		(void)json_array_append_new(kinds, json_pack("{s:s,s:s,s:o,s:o}", "id", k->id, "label", k->label, "form",
		                                           form, "documents", list_documents(k)));
	}
	return kinds;
}

static json_t *list_services(const struct tg_provider *p)
{
	json_t *services = json_array();
	for (unsigned i = 0; i < p->n_services; i++)
		(void)json_array_append_new(services,
		        json_pack("{s:s,s:s,s:b,s:o}", "id", p->services[i].id, "label", p->services[i].label, "open",
		                (int)p->services[i].open, "kinds", list_kinds(&p->services[i])));
	return services;
}

static json_t *list_all(const struct tg_catalog *c)
{
	json_t *providers = json_array();
	for (unsigned i = 0; i < c->n_providers; i++)
		(void)json_array_append_new(providers,
		        json_pack("{s:s,s:s,s:s,s:o}", "id", c->providers[i].id, "label", c->providers[i].label, "country",
		                c->providers[i].country, "services", list_services(&c->providers[i])));
	return json_pack("{s:s,s:o}", "hash", c->hash, "providers", providers);
}

static void say_fields(const struct tg_form *f)
{
	printf("      form %s (%s), version %d\n", f->id, f->code, f->version);
	for (unsigned i = 0; i < f->n_fields; i++) {
		printf("        %-8s %s%s", f->fields[i].number, f->fields[i].id, f->fields[i].required ? " *" : "");
		for (unsigned k = 0; k < f->fields[i].n_rules; k++)
			printf(" %s%s%s", f->fields[i].rules[k].name, f->fields[i].rules[k].arg ? "=" : "",
			        f->fields[i].rules[k].arg ? f->fields[i].rules[k].arg : "");
		putchar('\n');
	}
}

static void say_kind(const struct tg_kind *k)
{
	printf("    kind %s\n", k->id);
	if (k->form)
		say_fields(k->form);
	for (unsigned i = 0; i < k->n_documents; i++)
		printf("      document %s%s%s\n", k->documents[i].id, k->documents[i].when ? " when " : "",
		        k->documents[i].when ? k->documents[i].when : "");
}

static void say_all(const struct tg_catalog *c)
{
	for (unsigned p = 0; p < c->n_providers; p++) {
		printf("provider %s\n", c->providers[p].id);
		for (unsigned s = 0; s < c->providers[p].n_services; s++) {
			const struct tg_service *service = &c->providers[p].services[s];
			printf("  service %s%s\n", service->id, service->open ? "" : " (not open)");
			for (unsigned k = 0; k < service->n_kinds; k++)
				say_kind(&service->kinds[k]);
		}
	}
}

enum ctl_exit ctl_screens_list(const struct ctl_args *args)
{
	const char *screens = SCREENS_DIR;
	bool json = false;
	const struct ctl_option options[] = {{"--screens", &screens, NULL}, {"--json", NULL, &json}, {0}};
	struct tg_catalog *c = NULL;
	if (!ctl_parse(args, options, NULL, 0))
		return CTL_TROUBLE;
	enum ctl_exit code = load(screens, &c);
	if (code != CTL_YES)
		return code;
	if (json) {
		json_t *all = list_all(c);
		code = all && json_dumpf(all, stdout, JSON_INDENT(1)) == 0 ? CTL_YES : CTL_TROUBLE;
		putchar('\n');
		json_decref(all);
	} else {
		say_all(c);
	}
	tg_catalog_destroy(c);
	return code;
}

/* Ids come more than once; each is printed at its first place. */
static void print_once(const char *id, void *ctx)
{
	json_t *seen = ctx;
	if (json_object_get(seen, id) || json_object_set_new(seen, id, json_true()) != 0)
		return;
	printf("msgid \"%s\"\nmsgstr \"\"\n\n", id);
}

enum ctl_exit ctl_screens_pot(const struct ctl_args *args)
{
	const char *screens = SCREENS_DIR;
	const struct ctl_option options[] = {{"--screens", &screens, NULL}, {0}};
	struct tg_catalog *c = NULL;
	if (!ctl_parse(args, options, NULL, 0))
		return CTL_TROUBLE;
	enum ctl_exit code = load(screens, &c);
	if (code != CTL_YES)
		return code;
	puts("msgid \"\"\nmsgstr \"\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n");
	json_t *seen = json_object();
	all_messages(c, print_once, seen);
	json_decref(seen);
	tg_catalog_destroy(c);
	return seen ? CTL_YES : CTL_TROUBLE;
}
