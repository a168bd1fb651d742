/* What a kind costs by its conditions on a day: the kiosk writes it into the application, the centre holds it against
 * this (DOS-5, DOS-7). */
#include "tamga/clock.h"
#include "tamga/screen.h"

#include <stdio.h>

void tg_provider_day(const struct tg_provider *p, int64_t wall_ms, char out[11])
{
	char local[TG_TIME_TEXT];
	tg_time_local(wall_ms, p ? p->utc_offset_minutes : 0, local);
	(void)snprintf(out, 11, "%.4s-%.2s-%.2s", local + 6, local + 3, local);
}

unsigned tg_kind_charges(const struct tg_provider *p, const struct tg_kind *kind, const char *conditions,
        const char *day, struct tg_charged out[TG_CHARGES_MAX])
{
	unsigned n = 0;
	for (unsigned i = 0; p && kind && i < kind->n_charges && n < TG_CHARGES_MAX; i++) {
		const struct tg_charge *c = &kind->charges[i];
		const struct tg_product *product = tg_provider_product(p, c->product);
		if (!tg_when_holds(c->when, conditions))
			continue;
		const struct tg_price *price = product ? tg_provider_price(p, product->price, day) : NULL;
		out[n++] = (struct tg_charged){product, price ? price->amount : -1};
	}
	return n;
}

int64_t tg_charged_sum(const struct tg_charged *list, unsigned n)
{
	int64_t sum = 0;
	for (unsigned i = 0; i < n; i++) {
		if (list[i].amount < 0)
			return -1;
		sum += list[i].amount;
	}
	return sum;
}
