/* Questions to the catalogue that its structs answer by themselves. */
#include "tamga/screen.h"

#include <string.h>

static bool same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

bool tg_words_have(const char *list, const char *word)
{
	size_t n = strlen(word);
	for (const char *w = list; w; w = strchr(w, ' ') ? strchr(w, ' ') + 1 : NULL)
		if (strcspn(w, " ") == n && strncmp(w, word, n) == 0)
			return true;
	return !list;
}

/* One word of a `when`, `n` bytes. */
static bool word_holds(const char *word, size_t n, const char *set)
{
	bool negated = n > 0 && *word == '!';
	const char *w = negated ? word + 1 : word;
	size_t length = negated ? n - 1 : n;
	bool is_set = false;
	for (const char *s = set; s && !is_set; s = strchr(s, ' ') ? strchr(s, ' ') + 1 : NULL)
		is_set = strcspn(s, " ") == length && strncmp(s, w, length) == 0;
	return is_set != negated;
}

bool tg_when_holds(const char *when, const char *set)
{
	for (const char *w = when; w && *w; w += strspn(w, " ")) {
		size_t n = strcspn(w, " ");
		if (n > 0 && !word_holds(w, n, set))
			return false;
		w += n;
	}
	return true;
}

unsigned tg_form_keys(const struct tg_form *form, const char *purpose, const char *conditions,
        const struct tg_key_plan **out, unsigned max)
{
	unsigned n = 0;
	const char *on = purpose && *purpose ? purpose : "id-card";
	for (unsigned i = 0; i < form->n_keys && n < max; i++)
		if (tg_words_have(form->keys[i].carriers, on) && tg_when_holds(form->keys[i].when, conditions))
			out[n++] = &form->keys[i];
	return n;
}

bool tg_service_is(const struct tg_service *s, const char *operation)
{
	return same(s->operation ? s->operation : "issue", operation);
}

const char *tg_kind_operation(const struct tg_service *s, const struct tg_kind *kind)
{
	if (kind && kind->operation)
		return kind->operation;
	return s->operation ? s->operation : "issue";
}

bool tg_kind_is(const struct tg_service *s, const struct tg_kind *kind, const char *operation)
{
	return same(tg_kind_operation(s, kind), operation);
}

bool tg_service_has_opens(const struct tg_service *s, const char *opens)
{
	return same(s->opens ? s->opens : "form", opens);
}

bool tg_service_opens_cabinet(const struct tg_service *s)
{
	return tg_service_has_opens(s, "cabinet");
}

const struct tg_way *tg_provider_way(const struct tg_provider *p, const char *id)
{
	for (unsigned i = 0; i < p->n_ways; i++)
		if (same(p->ways[i].id, id))
			return &p->ways[i];
	return NULL;
}

const struct tg_calendar *tg_provider_calendar(const struct tg_provider *p, const char *id)
{
	for (unsigned i = 0; i < p->n_calendars; i++)
		if (same(p->calendars[i].id, id))
			return &p->calendars[i];
	return NULL;
}

const struct tg_service *tg_provider_service(const struct tg_provider *p, const char *id)
{
	for (unsigned i = 0; p && i < p->n_services; i++)
		if (strcmp(p->services[i].id, id) == 0)
			return &p->services[i];
	return NULL;
}

const struct tg_term *tg_provider_term(const struct tg_provider *p, const char *id)
{
	for (unsigned i = 0; i < p->n_terms; i++)
		if (same(p->terms[i].id, id))
			return &p->terms[i];
	return NULL;
}

const struct tg_pin_plan *tg_provider_pin(const struct tg_provider *p, const char *purpose)
{
	for (unsigned i = 0; p && i < p->n_pins; i++)
		if (tg_words_have(p->pins[i].carriers, purpose))
			return &p->pins[i];
	return NULL;
}

const struct tg_product *tg_provider_product(const struct tg_provider *p, const char *id)
{
	for (unsigned i = 0; i < p->n_products; i++)
		if (same(p->products[i].id, id))
			return &p->products[i];
	return NULL;
}

/* Dates of one shape stand in the order of their characters. */
const struct tg_price *tg_provider_price(const struct tg_provider *p, const char *id, const char *day)
{
	const struct tg_product *product = tg_provider_product(p, id);
	for (unsigned i = 0; product && i < p->n_prices; i++) {
		const struct tg_price *price = &p->prices[i];
		if (same(price->id, product->price) && strcmp(price->from, day) <= 0 &&
		        (!price->until || strcmp(day, price->until) <= 0))
			return price;
	}
	return NULL;
}

const struct tg_workdays *tg_calendar_workdays(const struct tg_provider *p, const struct tg_calendar *c)
{
	(void)p; /* its offset from UTC is in what was made at loading */
	return c->workdays;
}
