/* `screens list --json`: all there is in the catalogue, with its sentences, for programs that compare it with a source.
 * A member that a file leaves out is null. */
#include "screens.h"

#include "screens_names.h"
#include <jansson.h>

struct out {
	const struct tg_i18n *texts;
	const struct tg_catalog *c;
};

/* {"id": message id, "kk": sentence, …}; without the sentences when there is no locale. */
static json_t *text(const struct out *o, const char *id)
{
	if (!id)
		return json_null();
	json_t *t = json_pack("{s:s}", "id", id);
	for (int l = 0; o->texts && l < TG_LANG_COUNT; l++)
		(void)json_object_set_new(
		        t, tg_lang_code((enum tg_lang)l), json_string(tg_text(o->texts, (enum tg_lang)l, id)));
	return t;
}

/* "a b c" as a list of words; null for none. */
static json_t *words(const char *list)
{
	if (!list)
		return json_null();
	json_t *all = json_array();
	for (const char *w = list; w; w = strchr(w, ' ') ? strchr(w, ' ') + 1 : NULL)
		(void)json_array_append_new(all, json_stringn(w, strcspn(w, " ")));
	return all;
}

static json_t *rules(const struct tg_field *d)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < d->n_rules; i++)
		(void)json_array_append_new(
		        all, json_pack("{s:s,s:s?}", "name", d->rules[i].name, "arg", d->rules[i].arg));
	return all;
}

static json_t *choices(const struct out *o, const struct tg_field *d)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < d->n_choices; i++)
		(void)json_array_append_new(
		        all, json_pack("{s:s,s:o}", "id", d->choices[i].id, "label", text(o, d->choices[i].label)));
	return all;
}

static json_t *field(const struct out *o, const struct tg_field *d)
{
	json_t *row = json_pack("{s:s,s:s,s:s,s:o,s:o,s:b,s:b,s:b,s:b,s:i,s:o,s:o,s:s?,s:s?,s:s?,s:s?}", "id", d->id,
	        "number", d->number, "kind", screens_kind_name(d->kind), "label", text(o, d->label), "hint",
	        text(o, d->hint), "required", (int)d->required, "asked", (int)d->person, "chip", d->chip != NULL,
	        "personal", (int)d->personal, "max_chars", d->max_chars, "rules", rules(d), "when", words(d->when),
	        "role", d->role, "default", d->default_value, "chip_fact", d->chip, "certificate_fact", d->certificate);
	if (d->n_choices)
		(void)json_object_set_new(row, "choices", choices(o, d));
	return row;
}

static json_t *fields(const struct out *o, const struct tg_form *f)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < f->n_fields; i++)
		(void)json_array_append_new(all, field(o, &f->fields[i]));
	return all;
}

static json_t *consents(const struct out *o, const struct tg_form *f)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < f->n_consents; i++)
		(void)json_array_append_new(
		        all, json_pack("{s:s,s:s,s:o,s:s?}", "id", f->consents[i].id, "version", f->consents[i].version,
		                     "text", text(o, f->consents[i].text), "after", f->consents[i].after));
	return all;
}

static json_t *keys(const struct tg_form *f)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < f->n_keys; i++)
		(void)json_array_append_new(all,
		        json_pack("{s:s,s:s,s:s,s:s,s:s,s:s?,s:o}", "id", f->keys[i].id, "algorithm",
		                f->keys[i].algorithm, "label", f->keys[i].label, "profile", f->keys[i].profile, "field",
		                f->keys[i].field, "carriers", f->keys[i].carriers, "when", words(f->keys[i].when)));
	return all;
}

static json_t *lines(const struct out *o, const struct tg_form_line *list, unsigned n)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < n; i++)
		(void)json_array_append_new(
		        all, json_pack("{s:s,s:o,s:s?,s:o}", "id", list[i].id, "text", text(o, list[i].text), "after",
		                     list[i].after, "when", words(list[i].when)));
	return all;
}

static json_t *signatures(const struct out *o, const struct tg_form *f)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < f->n_signatures; i++)
		(void)json_array_append_new(
		        all, json_pack("{s:s,s:o,s:o,s:s?,s:s?,s:b}", "id", f->signatures[i].id, "label",
		                     text(o, f->signatures[i].label), "when", words(f->signatures[i].when), "field",
		                     f->signatures[i].field, "role", f->signatures[i].role, "beside",
		                     (int)f->signatures[i].beside));
	return all;
}

static json_t *form(const struct out *o, const struct tg_form *f)
{
	if (!f)
		return json_null();
	json_t *row = json_pack("{s:s,s:s,s:i,s:o,s:o,s:i,s:o,s:o,s:o}", "id", f->id, "code", f->code, "version",
	        f->version, "title", text(o, f->title), "signer", text(o, f->signer), "validity_days", f->validity_days,
	        "fields", fields(o, f), "consents", consents(o, f), "keys", keys(f));
	json_t *paper = json_pack("{s:o,s:s?,s:s?,s:o,s:s?,s:o,s:o,s:o,s:o,s:o,s:i,s:i}", "annex", text(o, f->annex),
	        "language", f->language, "title_after", f->title_after, "date", text(o, f->date), "date_after",
	        f->date_after, "lines", lines(o, f->lines, f->n_lines), "signatures", signatures(o, f), "seal",
	        text(o, f->seal), "seal_when", words(f->seal_when), "footnote", text(o, f->footnote), "copies",
	        f->copies > 1 ? f->copies : 1, "lines_per_sheet", f->lines_per_sheet);
	(void)json_object_update_missing(row, paper);
	json_decref(paper);
	return row;
}

/* The label of the condition where `when` is one word, as it is shown behind the document. */
static json_t *document(const struct out *o, const struct tg_document *d)
{
	const struct tg_condition *when = d->when ? tg_catalog_condition(o->c, d->when) : NULL;
	return json_pack("{s:s,s:o,s:o,s:o,s:s?,s:s?,s:b,s:o,s:s?,s:s?,s:s?,s:o}", "id", d->id, "label",
	        text(o, d->label), "when", words(d->when), "when_label", text(o, when ? when->label : NULL), "group",
	        d->group, "instead", d->instead, "optional", (int)d->optional, "proven_by", words(d->proven_by),
	        "paper", d->paper, "form", d->form, "rule", d->rule, "identity", words(d->identity));
}

static json_t *documents(const struct out *o, const struct tg_kind *k)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < k->n_documents; i++)
		(void)json_array_append_new(all, document(o, &k->documents[i]));
	return all;
}

static json_t *options(const struct out *o, const struct tg_question *q)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < q->n_options; i++) {
		const struct tg_question_option *option = &q->options[i];
		json_t *row = json_pack("{s:s,s:o,s:o,s:s?,s:s?,s:o}", "id", option->id, "label",
		        text(o, option->label), "sets", words(option->sets), "leads", option->leads, "leads-way",
		        option->leads_way, "why", text(o, option->why));
		if (q->number)
			(void)json_object_update_new(
			        row, json_pack("{s:i,s:i}", "from", option->from, "to", option->to));
		(void)json_array_append_new(all, row);
	}
	return all;
}

static json_t *questions(const struct out *o, const struct tg_question *list, unsigned n)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < n; i++)
		(void)json_array_append_new(all,
		        json_pack("{s:s,s:o,s:o,s:b,s:o}", "id", list[i].id, "label", text(o, list[i].label), "when",
		                words(list[i].when), "number", (int)list[i].number, "options", options(o, &list[i])));
	return all;
}

/* In hundredths, as it is today; null where no price holds. */
static json_t *price_today(const struct tg_provider *p, const char *product)
{
	const struct tg_price *price = screens_price_today(p, product);
	return price ? json_integer(price->amount) : json_null();
}

static json_t *charges(const struct tg_provider *p, const struct tg_kind *k)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < k->n_charges; i++)
		(void)json_array_append_new(
		        all, json_pack("{s:s,s:o,s:o}", "product", k->charges[i].product, "when",
		                     words(k->charges[i].when), "amount", price_today(p, k->charges[i].product)));
	return all;
}

static json_t *kinds(const struct out *o, const struct tg_provider *p, const struct tg_service *s)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < s->n_kinds; i++) {
		const struct tg_kind *k = &s->kinds[i];
		(void)json_array_append_new(all,
		        json_pack("{s:s,s:o,s:s,s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:s?,s:o}", "id", k->id,
		                "label", text(o, k->label), "operation", tg_kind_operation(s, k), "ways",
		                words(k->ways), "carriers", words(k->carriers), "questions",
		                questions(o, k->questions, k->n_questions), "subject",
		                k->subject ? k->subject : "person", "confirm", words(k->confirm), "extensions",
		                words(k->extensions), "form", form(o, k->form), "documents", documents(o, k), "charges",
		                charges(p, k), "revokes", words(k->revokes), "unchanged", words(k->unchanged),
		                "carrier_version", k->carrier_version, "printed", words(k->printed)));
	}
	return all;
}

static json_t *services(const struct out *o, const struct tg_provider *p)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < p->n_services; i++) {
		const struct tg_service *s = &p->services[i];
		(void)json_array_append_new(
		        all, json_pack("{s:s,s:o,s:b,s:s,s:s,s:o,s:o}", "id", s->id, "label", text(o, s->label), "open",
		                     (int)s->open, "opens", s->opens ? s->opens : "form", "operation",
		                     tg_kind_operation(s, NULL), "lines", lines(o, s->lines, s->n_lines), "kinds",
		                     kinds(o, p, s)));
	}
	return all;
}

static json_t *ways(const struct out *o, const struct tg_provider *p)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < p->n_ways; i++)
		(void)json_array_append_new(all,
		        json_pack("{s:s,s:o,s:o,s:s,s:o,s:b}", "id", p->ways[i].id, "label", text(o, p->ways[i].label),
		                "hint", text(o, p->ways[i].hint), "proof", p->ways[i].proof, "sets",
		                words(p->ways[i].sets), "field_set", (int)p->ways[i].field_set));
	return all;
}

static json_t *hours(const struct tg_calendar *c)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < c->n_hours; i++)
		(void)json_array_append_new(all, json_pack("{s:i,s:i,s:i,s:i,s:i}", "weekday", c->hours[i].weekday,
		                                         "from", c->hours[i].from, "to", c->hours[i].to, "break_from",
		                                         c->hours[i].break_from, "break_to", c->hours[i].break_to));
	return all;
}

static json_t *days(const struct out *o, const struct tg_calendar *c)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < c->n_days; i++)
		(void)json_array_append_new(
		        all, json_pack("{s:s,s:b,s:b,s:o,s:s}", "day", c->days[i].date, "working",
		                     (int)c->days[i].working, "moves", (int)c->days[i].moves, "label",
		                     text(o, c->days[i].label), "source", c->days[i].source));
	return all;
}

static json_t *calendars(const struct out *o, const struct tg_provider *p)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < p->n_calendars; i++) {
		const struct tg_calendar *c = &p->calendars[i];
		(void)json_array_append_new(all,
		        json_pack("{s:s,s:o,s:b,s:o,s:o}", "id", c->id, "label", text(o, c->label), "round_the_clock",
		                (int)c->round_the_clock, "hours", hours(c), "days", days(o, c)));
	}
	return all;
}

static json_t *terms(const struct out *o, const struct tg_provider *p)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < p->n_terms; i++)
		(void)json_array_append_new(
		        all, json_pack("{s:s,s:o,s:i,s:i,s:i,s:s?,s:o}", "id", p->terms[i].id, "label",
		                     text(o, p->terms[i].label), "working_days", p->terms[i].working_days, "minutes",
		                     p->terms[i].minutes, "days", p->terms[i].days, "calendar", p->terms[i].calendar,
		                     "when", words(p->terms[i].when)));
	return all;
}

static json_t *grounds(const struct out *o, const struct tg_provider *p)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < p->n_grounds; i++)
		(void)json_array_append_new(all, json_pack("{s:s,s:o,s:s}", "id", p->grounds[i].id, "label",
		                                         text(o, p->grounds[i].label), "event", p->grounds[i].event));
	return all;
}

static json_t *basis(const struct out *o, const struct tg_provider *p)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < p->n_basis; i++) {
		const struct tg_legal_basis *b = &p->basis[i];
		(void)json_array_append_new(all,
		        json_pack("{s:s,s:s,s:s,s:s?,s:s?,s:s,s:s?,s:s?,s:s?,s:o}", "id", b->id, "order", b->order,
		                "order_date", b->order_date, "wording", b->wording, "wording_date", b->wording_date,
		                "in_force_from", b->in_force_from, "in_force_until", b->in_force_until, "repealed_by",
		                b->repealed_by, "repealed_date", b->repealed_date, "text", text(o, b->text)));
	}
	return all;
}

static json_t *errata(const struct tg_provider *p)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < p->n_errata; i++)
		(void)json_array_append_new(all,
		        json_pack("{s:s,s:s?,s:s,s:s,s:s}", "id", p->errata[i].id, "form", p->errata[i].form, "where",
		                p->errata[i].where, "printed", p->errata[i].printed, "mended", p->errata[i].mended));
	return all;
}

static json_t *prices(const struct tg_provider *p)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < p->n_prices; i++)
		(void)json_array_append_new(all,
		        json_pack("{s:s,s:i,s:s,s:s?,s:s}", "of", p->prices[i].id, "amount", p->prices[i].amount,
		                "from", p->prices[i].from, "until", p->prices[i].until, "source", p->prices[i].source));
	return all;
}

static json_t *products(const struct out *o, const struct tg_provider *p)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < p->n_products; i++) {
		const struct tg_product *x = &p->products[i];
		(void)json_array_append_new(
		        all, json_pack("{s:s,s:o,s:o,s:s,s:o,s:i,s:b,s:i,s:i}", "id", x->id, "label", text(o, x->label),
		                     "holder", text(o, x->holder), "price", x->price, "amount", price_today(p, x->id),
		                     "months", x->months, "complex", (int)x->complex, "companies_min", x->companies_min,
		                     "companies_max", x->companies_max));
	}
	return all;
}

static json_t *payments(const struct out *o, const struct tg_provider *p)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < p->n_payments; i++) {
		const struct tg_payment *x = &p->payments[i];
		(void)json_array_append_new(
		        all, json_pack("{s:s,s:o,s:o,s:s?,s:s?,s:b}", "id", x->id, "label", text(o, x->label), "when",
		                     words(x->when), "code", x->code, "code2", x->code2, "desk", (int)x->desk));
	}
	return all;
}

static json_t *advice(const struct out *o, const struct tg_provider *p)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < p->n_advice; i++) {
		const struct tg_advice *x = &p->advice[i];
		(void)json_array_append_new(
		        all, json_pack("{s:s,s:o,s:s,s:b,s:o}", "id", x->id, "when", words(x->when), "product",
		                     x->product, "each_company", (int)x->each_company, "reason", text(o, x->reason)));
	}
	return all;
}

static json_t *help(const struct out *o, const struct tg_provider *p)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < p->n_help; i++) {
		const struct tg_help_topic *x = &p->help[i];
		json_t *paragraphs = json_array();
		for (unsigned k = 0; k < x->n_text; k++)
			(void)json_array_append_new(paragraphs, text(o, x->text[k]));
		(void)json_array_append_new(all, json_pack("{s:s,s:o,s:o,s:s}", "id", x->id, "title", text(o, x->title),
		                                         "text", paragraphs, "source", x->source));
	}
	return all;
}

static json_t *pins(const struct out *o, const struct tg_provider *p)
{
	json_t *all = json_array();
	for (unsigned i = 0; i < p->n_pins; i++) {
		const struct tg_pin_plan *x = &p->pins[i];
		(void)json_array_append_new(
		        all, json_pack("{s:s,s:o,s:i,s:i,s:b,s:o,s:s}", "id", x->id, "carriers", words(x->carriers),
		                     "min", x->min, "max", x->max, "digits", (int)x->digits, "note", text(o, x->note),
		                     "source", x->source));
	}
	return all;
}

/* What is sold, advised and explained. */
static json_t *counter(const struct out *o, const struct tg_provider *p)
{
	return json_pack("{s:s?,s:i,s:s?,s:s?,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "currency", p->currency, "notice_days",
	        p->notice_days, "order_service", p->order_service, "order_way", p->order_way, "prices", prices(p),
	        "products", products(o, p), "payments", payments(o, p), "payment_note", text(o, p->payment_note),
	        "adviser", questions(o, p->adviser, p->n_adviser), "advice", advice(o, p), "help", help(o, p));
}

static json_t *provider(const struct out *o, const struct tg_provider *p)
{
	json_t *row = json_pack("{s:s,s:o,s:s,s:i,s:s,s:o,s:o,s:b,s:i,s:i,s:o}", "id", p->id, "label",
	        text(o, p->label), "country", p->country, "utc_offset_minutes", p->utc_offset_minutes,
	        "office_language", p->office_language, "place", text(o, p->place), "contact", text(o, p->contact),
	        "accept_nca_test_numbers", (int)p->accept_nca_test_numbers, "lock_per_day", p->lock_per_day,
	        "lock_in_all", p->lock_in_all, "services", services(o, p));
	json_t *more = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "legal_basis", basis(o, p), "errata", errata(p),
	        "ways", ways(o, p), "calendars", calendars(o, p), "terms", terms(o, p), "grounds", grounds(o, p),
	        "contacts", lines(o, p->contacts, p->n_contacts), "refusal_form",
	        form(o, p->refusal_form ? tg_catalog_form(o->c, p->refusal_form) : NULL));
	(void)json_object_update_missing(row, more);
	json_decref(more);
	(void)json_object_update_new(row, counter(o, p));
	(void)json_object_update_new(
	        row, json_pack("{s:o,s:o}", "pins", pins(o, p), "contact_for", text(o, p->contact_for)));
	return row;
}

static json_t *everything(const struct out *o)
{
	json_t *providers = json_array(), *conditions = json_array();
	for (unsigned i = 0; i < o->c->n_providers; i++)
		(void)json_array_append_new(providers, provider(o, &o->c->providers[i]));
	for (unsigned i = 0; i < o->c->n_conditions; i++)
		(void)json_array_append_new(conditions, json_pack("{s:s,s:o}", "id", o->c->conditions[i].id, "label",
		                                                text(o, o->c->conditions[i].label)));
	return json_pack("{s:s,s:o,s:o}", "hash", o->c->hash, "conditions", conditions, "providers", providers);
}

enum ctl_exit screens_say_json(const struct tg_i18n *texts, const struct tg_catalog *c)
{
	const struct out o = {texts, c};
	json_t *all = everything(&o);
	enum ctl_exit code = all && json_dumpf(all, stdout, JSON_INDENT(1)) == 0 ? CTL_YES : CTL_TROUBLE;
	putchar('\n');
	json_decref(all);
	return code;
}
