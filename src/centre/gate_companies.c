/* How many companies a complex certificate begins with (DOS-6): the form has looked; the CA looks again. */
#include "centre.h"
#include "tamga/screen.h"

#include <jansson.h>

static const struct tg_product *complex_of(
        const struct tg_provider *p, const struct tg_kind *kind, const char *conditions)
{
	for (unsigned i = 0; i < kind->n_charges; i++) {
		const struct tg_product *product = tg_provider_product(p, kind->charges[i].product);
		if (product && product->complex && tg_when_holds(kind->charges[i].when, conditions))
			return product;
	}
	return NULL;
}

/* A renewal whose form asks for no list goes on with the old one. */
static bool asks_for_companies(const struct tg_form *form, const char *conditions)
{
	for (unsigned i = 0; form && i < form->n_fields; i++)
		if (form->fields[i].kind == TG_FIELD_COMPANIES && tg_when_holds(form->fields[i].when, conditions))
			return true;
	return false;
}

/* Different tax numbers. */
static int count(const json_t *list)
{
	size_t i;
	const json_t *company;
	json_t *seen = json_object();
	json_array_foreach(list, i, company)
	{
		if (*tg_court_text(company, "inn"))
			(void)json_object_set_new(seen, tg_court_text(company, "inn"), json_true());
	}
	int n = (int)json_object_size(seen);
	json_decref(seen);
	return n;
}

bool tg_gate_wrong_companies(const struct tg_catalog *c, const json_t *application, const char *conditions)
{
	const struct tg_kind *kind = tg_gate_kind(c, application);
	const struct tg_provider *p = kind ? tg_catalog_provider(c, tg_court_text(application, "provider")) : NULL;
	const struct tg_product *product = p ? complex_of(p, kind, conditions) : NULL;
	if (!product || !asks_for_companies(kind->form, conditions))
		return false;
	int n = count(json_object_get(application, "companies"));
	bool other = strcmp(tg_court_text(application, "product"), product->id) != 0;
	return other || n < product->companies_min || (product->companies_max > 0 && n > product->companies_max);
}
