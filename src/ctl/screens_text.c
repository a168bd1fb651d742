/* `screens list` for a reader at a terminal. */
#include "screens.h"

#include "screens_names.h"
#include "tamga/clock.h"

const struct tg_price *screens_price_today(const struct tg_provider *p, const char *product)
{
	char day[TG_TIME_TEXT];
	struct tg_clock clock = tg_clock_real();
	tg_time_utc(clock.wall_ms(clock.ctx) + (int64_t)p->utc_offset_minutes * 60000, day);
	day[10] = '\0';
	return tg_provider_price(p, product, day);
}

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

static void say_when(const char *when)
{
	if (when)
		printf(" when %s", when);
}

static void say_option(const char *indent, const struct tg_question *q, const struct tg_question_option *o)
{
	printf("%s  %s", indent, o->id);
	if (q->number && o->to)
		printf(" %d to %d", o->from, o->to);
	else if (q->number)
		printf(" from %d", o->from);
	if (o->sets)
		printf(" sets %s", o->sets);
	if (o->leads)
		printf(" leads to %s%s%s", o->leads, o->leads_way ? " by " : "", o->leads_way ? o->leads_way : "");
	putchar('\n');
}

static void say_questions(const char *indent, const struct tg_question *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		printf("%squestion %s", indent, list[i].id);
		say_when(list[i].when);
		putchar('\n');
		for (unsigned k = 0; k < list[i].n_options; k++)
			say_option(indent, &list[i], &list[i].options[k]);
	}
}

/* What it costs today, and the end of the line. */
static void say_price(const struct tg_provider *p, const char *product)
{
	const struct tg_price *price = screens_price_today(p, product);
	if (price)
		printf(", %d.%02d %s\n", price->amount / 100, price->amount % 100, p->currency);
	else
		puts(", no price today");
}

static void say_kind(
        const struct tg_i18n *texts, const struct tg_provider *p, const struct tg_service *s, const struct tg_kind *k)
{
	printf("    kind %s (%s)\n", k->id, tg_kind_operation(s, k));
	if (k->ways)
		printf("      ways %s\n", k->ways);
	say_questions("      ", k->questions, k->n_questions);
	say_form(texts, k->form);
	for (unsigned i = 0; i < k->n_documents; i++)
		say_document(&k->documents[i]);
	for (unsigned i = 0; i < k->n_charges; i++) {
		printf("      charge %s", k->charges[i].product);
		say_when(k->charges[i].when);
		say_price(p, k->charges[i].product);
	}
	if (k->revokes)
		printf("      revokes the old certificate when %s\n", k->revokes);
	if (k->printed)
		printf("      prints %s as well\n", k->printed);
}

static void say_counter(const struct tg_i18n *texts, const struct tg_provider *p)
{
	for (unsigned i = 0; i < p->n_products; i++) {
		printf("  product %s, %d months", p->products[i].id, p->products[i].months);
		say_price(p, p->products[i].id);
	}
	for (unsigned i = 0; i < p->n_payments; i++) {
		printf("  payment %s%s%s%s%s", p->payments[i].id, p->payments[i].code ? " " : "",
		        p->payments[i].code ? p->payments[i].code : "", p->payments[i].code2 ? " " : "",
		        p->payments[i].code2 ? p->payments[i].code2 : "");
		say_when(p->payments[i].when);
		putchar('\n');
	}
	if (p->n_adviser)
		puts("  adviser");
	say_questions("    ", p->adviser, p->n_adviser);
	for (unsigned i = 0; i < p->n_advice; i++) {
		printf("    advice %s%s", p->advice[i].product, p->advice[i].each_company ? " for each company" : "");
		say_when(p->advice[i].when);
		putchar('\n');
	}
	for (unsigned i = 0; i < p->n_help; i++) {
		printf("  help %s\n", p->help[i].id);
		for (int l = 0; texts && l < TG_LANG_COUNT; l++)
			printf("    %s %s\n", tg_lang_code((enum tg_lang)l),
			        tg_text(texts, (enum tg_lang)l, p->help[i].title));
	}
}

static void say_term(const struct tg_term *t)
{
	const char *unit = t->working_days ? "working days" : t->days ? "days" : "minutes";
	printf("  term %s %d %s\n", t->id, t->working_days + t->days + t->minutes, unit);
}

static void say_provider(const struct tg_i18n *texts, const struct tg_catalog *c, const struct tg_provider *p)
{
	printf("provider %s\n", p->id);
	for (unsigned i = 0; i < p->n_ways; i++)
		printf("  way %s (%s)%s%s\n", p->ways[i].id, p->ways[i].proof, p->ways[i].sets ? " sets " : "",
		        p->ways[i].sets ? p->ways[i].sets : "");
	for (unsigned i = 0; i < p->n_terms; i++)
		say_term(&p->terms[i]);
	for (unsigned i = 0; i < p->n_calendars; i++)
		printf("  calendar %s, %u days\n", p->calendars[i].id, p->calendars[i].n_days);
	for (unsigned s = 0; s < p->n_services; s++) {
		const struct tg_service *service = &p->services[s];
		printf("  service %s (%s)%s\n", service->id, service->opens ? service->opens : "form",
		        service->open ? "" : " (not open)");
		for (unsigned k = 0; k < service->n_kinds; k++)
			say_kind(texts, p, service, &service->kinds[k]);
	}
	say_counter(texts, p);
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
