/* What an application costs is not for the kiosk to say alone: its charges are held against the price list (DOS-7). */
#include "centre.h"
#include "tamga/screen.h"

#include <jansson.h>

/* A minute before midnight the price was shown, a minute later the application was handed in. */
#define SHOWN_BEFORE_MS (30 * 60 * 1000)

/* -1: no price is known for one of its products on that day. */
static int64_t price_on(
        const struct tg_provider *p, const struct tg_kind *kind, const char *conditions, int64_t wall_ms)
{
	char day[11];
	struct tg_charged list[TG_CHARGES_MAX];
	tg_provider_day(p, wall_ms, day);
	return tg_charged_sum(list, tg_kind_charges(p, kind, conditions, day, list));
}

static int64_t charged(const json_t *application)
{
	size_t i;
	const json_t *charge;
	int64_t sum = 0;
	json_array_foreach(json_object_get(application, "charges"), i, charge)
	{
		int64_t amount = json_integer_value(json_object_get(charge, "amount"));
		sum += amount > 0 && amount < INT32_MAX ? amount : 0;
	}
	return sum;
}

static bool sells(const struct tg_service *s, const char *form)
{
	for (unsigned k = 0; k < s->n_kinds; k++)
		if (s->kinds[k].form && s->kinds[k].n_charges > 0 && strcmp(s->kinds[k].form->id, form) == 0)
			return true;
	return false;
}

/* Somebody charges for what this form asks for; the certificates come by the form. */
static bool is_sold(const struct tg_catalog *c, const char *form)
{
	for (unsigned p = 0; c && p < c->n_providers; p++)
		for (unsigned s = 0; s < c->providers[p].n_services; s++)
			if (sells(&c->providers[p].services[s], form))
				return true;
	return false;
}

bool tg_gate_price_short(
        const struct tg_catalog *c, const json_t *application, const char *conditions, int64_t accepted_ms)
{
	const struct tg_kind *kind = tg_gate_kind(c, application);
	const struct tg_provider *p = kind ? tg_catalog_provider(c, tg_court_text(application, "provider")) : NULL;
	const char *form = tg_court_text(application, "form");
	/* A form that is sold, in the name of a kind that gives it away. */
	if (!p || !kind->form || strcmp(kind->form->id, form) != 0)
		return is_sold(c, form);
	if (kind->n_charges == 0)
		return false;
	int64_t now = price_on(p, kind, conditions, accepted_ms);
	int64_t shown = price_on(p, kind, conditions, accepted_ms - SHOWN_BEFORE_MS);
	if (now < 0 && shown < 0)
		return true;
	int64_t least = now < 0 || (shown >= 0 && shown < now) ? shown : now;
	const char *currency = tg_court_text(application, "currency");
	return least > 0 && (charged(application) < least || !p->currency || strcmp(currency, p->currency) != 0);
}
