/* Checks of what is sold: prices by day, products, how one pays, what an application costs. */
#include "refs.h"
#include "tamga/workdays.h"

#include <limits.h>
#include <string.h>

#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* Days from one date to another: a calendar in which every day is worked counts them. */
static enum tg_status all_days(const struct check *c, struct tg_workdays **out)
{
	enum tg_status status = tg_workdays_create(out, NULL, 0, NULL, 0, true, 0);
	return status == TG_OK ? TG_OK : tg_error_set(c->y->err, status, "no memory for the prices");
}

static const struct tg_price *previous(const struct tg_provider *p, unsigned i)
{
	for (unsigned o = i; o-- > 0;)
		if (strcmp(p->prices[o].id, p->prices[i].id) == 0)
			return &p->prices[o];
	return NULL;
}

static enum tg_status check_price(const struct check *c, const struct tg_yaml_node *n, const struct tg_provider *p,
        unsigned i, const struct tg_workdays *days)
{
	static const char day[] = "a date is written as 2016-01-22";
	const struct tg_price *price = &p->prices[i], *before = previous(p, i);
	if (price->amount <= 0)
		return check_bad(c, n, "amount", "an amount is more than 0, in hundredths of the currency");
	if (tg_workdays_between(days, price->from, price->from) == INT_MIN)
		return check_bad(c, n, "from", day);
	if (price->until && tg_workdays_between(days, price->until, price->until) == INT_MIN)
		return check_bad(c, n, "until", day);
	if (price->until && tg_workdays_between(days, price->from, price->until) < 0)
		return check_bad(c, n, "until", "a price ends after it begins");
	if (!before)
		return TG_OK;
	if (!before->until || tg_workdays_between(days, before->until, price->from) != 1)
		return check_bad(c, n, "from", "this price does not begin on the day after the one before it ends");
	return TG_OK;
}

static bool has_price(const struct tg_provider *p, const char *id)
{
	for (unsigned i = 0; i < p->n_prices; i++)
		if (strcmp(p->prices[i].id, id) == 0)
			return true;
	return false;
}

static enum tg_status check_product(const struct check *c, const struct tg_yaml_node *n, const struct tg_provider *p,
        const struct tg_product *product)
{
	if (!has_price(p, product->price))
		return check_bad(c, n, "price", "there is no price of this");
	if (product->months < 1 || product->months > 120)
		return check_bad(c, n, "months", "a certificate is valid for 1 to 120 months");
	if (!product->complex && (product->companies_min || product->companies_max))
		return check_bad(c, n, product->companies_min ? "companies-min" : "companies-max",
		        "only a complex certificate has a list of companies");
	if (product->companies_min < 0)
		return check_bad(c, n, "companies-min", "companies are not fewer than 0");
	if (product->companies_max < 0 ||
	        (product->companies_max > 0 && product->companies_max < product->companies_min))
		return check_bad(c, n, "companies-max", "not fewer than companies-min, or 0 for no limit");
	return TG_OK;
}

static enum tg_status check_payment(
        const struct check *c, const struct tg_catalog *catalog, const struct tg_yaml_node *n)
{
	static const char *const codes[] = {"code", "code2"};
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		const struct tg_yaml_node *at = tg_yaml_key(n, codes[i]);
		if (at && at->text[strspn(at->text, DIGITS)])
			return check_bad(c, n, codes[i], "a payment code is made of digits");
	}
	return refs_conditions(c, catalog, n, "when", true);
}

static enum tg_status check_head(const struct check *c, const struct tg_yaml_node *root, const struct tg_provider *p)
{
	if (p->currency && (strlen(p->currency) != 3 || p->currency[strspn(p->currency, UPPER)]))
		return check_bad(c, root, "currency", "a currency is three capital letters (ISO 4217)");
	if (!p->currency && (p->n_prices > 0 || p->n_products > 0 || p->n_payments > 0))
		return check_bad(c, root, p->n_prices > 0 ? "prices" : "products",
		        "where something is paid there is a currency");
	if (p->notice_days < 0 || p->notice_days > 365)
		return check_bad(c, root, "notice-days", "days of notice are from 0 (none) to 365");
	return TG_OK;
}

static enum tg_status check_prices(const struct check *c, const struct tg_yaml_node *root, const struct tg_provider *p)
{
	struct tg_workdays *days = NULL;
	TG_TRY(all_days(c, &days));
	enum tg_status status = TG_OK;
	for (unsigned i = 0; i < p->n_prices && status == TG_OK; i++)
		status = check_price(c, tg_yaml_item(tg_yaml_key(root, "prices"), i), p, i, days);
	tg_workdays_destroy(days);
	return status;
}

enum tg_status refs_money(const struct check *c, const struct tg_catalog *catalog, const struct tg_yaml_node *root,
        const struct tg_provider *p)
{
	TG_TRY(check_head(c, root, p));
	TG_TRY(check_prices(c, root, p));
	for (unsigned i = 0; i < p->n_products; i++)
		TG_TRY(check_product(c, tg_yaml_item(tg_yaml_key(root, "products"), i), p, &p->products[i]));
	for (const struct tg_yaml_node *n = check_first(root, "payments"); n; n = n->next)
		TG_TRY(check_payment(c, catalog, n));
	return TG_OK;
}

enum tg_status refs_product(
        const struct check *c, const struct tg_provider *p, const struct tg_yaml_node *n, const char *key)
{
	const struct tg_yaml_node *at = tg_yaml_key(n, key);
	return at && !tg_provider_product(p, at->text)
	               ? check_bad(c, n, key, "the provider has no product with this id")
	               : TG_OK;
}

enum tg_status refs_charges(const struct check *c, const struct tg_catalog *catalog, const struct tg_provider *p,
        const struct tg_yaml_node *kind)
{
	for (const struct tg_yaml_node *n = check_first(kind, "charges"); n; n = n->next) {
		TG_TRY(refs_product(c, p, n, "product"));
		TG_TRY(refs_conditions(c, catalog, n, "when", true));
	}
	return TG_OK;
}

enum tg_status refs_order(const struct check *c, const struct tg_yaml_node *root, const struct tg_provider *p)
{
	if (!p->order_service && !p->order_way)
		return TG_OK;
	if (!p->order_service || !p->order_way)
		return check_bad(c, root, p->order_way ? "order-way" : "order-service",
		        "order-service and order-way stand together");
	if (p->notice_days == 0)
		return check_bad(c, root, "order-service", "what is ordered from a notice has notice-days");
	const struct tg_service *s = tg_provider_service(p, p->order_service);
	if (!s || !tg_service_is(s, "cloud"))
		return check_bad(
		        c, root, "order-service", "the provider has no service with this id whose operation is cloud");
	if (s->n_kinds == 0 || !tg_when_holds(p->order_way, s->kinds[0].ways))
		return check_bad(c, root, "order-way", "the first kind of that service has no way with this id");
	return TG_OK;
}
