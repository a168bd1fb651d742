/* `screens list` for a reader at a terminal. */
#include "screens.h"

#include "screens_names.h"

static void say_field(const struct tg_i18n *texts, const struct tg_field *d)
{
	printf("        %-6s %-18s %-13s%s", d->number, d->id, screens_kind_name(d->kind),
	        d->required ? " required" : "");
	for (unsigned k = 0; k < d->n_rules; k++)
		printf(" %s%s%s", d->rules[k].name, d->rules[k].arg ? "=" : "", d->rules[k].arg ? d->rules[k].arg : "");
	if (d->when)
		printf(" when %s", d->when);
	putchar('\n');
	for (int l = 0; texts && l < TG_LANG_COUNT; l++)
		printf("               %s %s\n", tg_lang_code((enum tg_lang)l),
		        tg_text(texts, (enum tg_lang)l, d->label));
}

static void say_form(const struct tg_i18n *texts, const struct tg_form *f)
{
	printf("      form %s (%s), version %d\n", f->id, f->code, f->version);
	for (unsigned i = 0; i < f->n_fields; i++)
		say_field(texts, &f->fields[i]);
}

static void say_document(const struct tg_document *d)
{
	printf("      document %s", d->id);
	if (d->when)
		printf(" when %s", d->when);
	if (d->group)
		printf(" any-of %s", d->group);
	if (d->instead)
		printf(" instead-of %s", d->instead);
	if (d->optional)
		printf(" if-any");
	if (d->rule)
		printf(" rule %s", d->rule);
	putchar('\n');
}

static void say_kind(const struct tg_i18n *texts, const struct tg_service *s, const struct tg_kind *k)
{
	printf("    kind %s (%s)\n", k->id, tg_kind_operation(s, k));
	if (k->ways)
		printf("      ways %s\n", k->ways);
	for (unsigned i = 0; i < k->n_questions; i++)
		printf("      question %s%s%s\n", k->questions[i].id, k->questions[i].when ? " when " : "",
		        k->questions[i].when ? k->questions[i].when : "");
	say_form(texts, k->form);
	for (unsigned i = 0; i < k->n_documents; i++)
		say_document(&k->documents[i]);
}

static void say_provider(const struct tg_i18n *texts, const struct tg_catalog *c, const struct tg_provider *p)
{
	printf("provider %s\n", p->id);
	for (unsigned i = 0; i < p->n_ways; i++)
		printf("  way %s (%s)%s%s\n", p->ways[i].id, p->ways[i].proof, p->ways[i].sets ? " sets " : "",
		        p->ways[i].sets ? p->ways[i].sets : "");
	for (unsigned i = 0; i < p->n_terms; i++)
		printf("  term %s %d %s\n", p->terms[i].id,
		        p->terms[i].working_days ? p->terms[i].working_days : p->terms[i].minutes,
		        p->terms[i].working_days ? "working days" : "minutes");
	for (unsigned i = 0; i < p->n_calendars; i++)
		printf("  calendar %s, %u days\n", p->calendars[i].id, p->calendars[i].n_days);
	for (unsigned s = 0; s < p->n_services; s++) {
		const struct tg_service *service = &p->services[s];
		printf("  service %s%s\n", service->id, service->open ? "" : " (not open)");
		for (unsigned k = 0; k < service->n_kinds; k++)
			say_kind(texts, service, &service->kinds[k]);
	}
	const struct tg_form *refusal = p->refusal_form ? tg_catalog_form(c, p->refusal_form) : NULL;
	if (refusal) {
		puts("  refused acceptance");
		say_form(texts, refusal);
	}
}

void screens_say_text(const struct tg_i18n *texts, const struct tg_catalog *c)
{
	for (unsigned p = 0; p < c->n_providers; p++)
		say_provider(texts, c, &c->providers[p]);
}
