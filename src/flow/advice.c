/* What the adviser's answers come to (DOS-5), and lines of companies (DOS-6). Pure. */
#include "tamga/advice.h"
#include "tamga/text.h"

#include <string.h>

unsigned tg_advice_lines(
        const struct tg_provider *p, const char *conditions, const char *day, struct tg_advised out[TG_ADVICE_MAX])
{
	unsigned n = 0;
	for (unsigned i = 0; i < p->n_advice && n < TG_ADVICE_MAX; i++) {
		const struct tg_advice *a = &p->advice[i];
		const struct tg_product *product = tg_provider_product(p, a->product);
		if (!product || !tg_when_holds(a->when, conditions))
			continue;
		out[n++] = (struct tg_advised){a, product, tg_provider_price(p, product->id, day)};
	}
	return n;
}

bool tg_advice_sum(const struct tg_advised *list, unsigned n, unsigned companies, int64_t *sum)
{
	*sum = 0;
	for (unsigned i = 0; i < n; i++) {
		int64_t times = list[i].advice->each_company ? (int64_t)companies : 1, more;
		if (!list[i].price || __builtin_mul_overflow(times, (int64_t)list[i].price->amount, &more) ||
		        __builtin_add_overflow(*sum, more, sum))
			return false;
	}
	return true;
}

bool tg_company_parse(const char *line, size_t n, struct tg_company *out)
{
	size_t digits = 0;
	while (digits < n && line[digits] >= '0' && line[digits] <= '9')
		digits++;
	size_t at = digits;
	while (at < n && line[at] == ' ')
		at++;
	if (digits == 0 || digits >= sizeof out->inn || (at == digits && at < n) || n - at >= sizeof out->name)
		return false;
	*out = (struct tg_company){{0}, {0}};
	memcpy(out->inn, line, digits);
	memcpy(out->name, line + at, n - at);
	return true;
}
