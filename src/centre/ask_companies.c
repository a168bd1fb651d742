/* Whom a complex certificate serves, for a kiosk where its holder has just entered (DOS-6). */
#include "companies.h"

#include <jansson.h>

#define COMPANIES_TOLD 1000 /* an answer has room for so many */

enum tg_status tg_ask_companies(
        struct tg_asker *a, const char *kiosk, const json_t *in, json_t **out, struct tg_error *err)
{
	char number[TG_NUMBER_MAX];
	struct tg_company_list row = {0};
	json_t *list = NULL;
	TG_TRY(tg_guess_allowed(a, kiosk));
	enum tg_status st = tg_companies_number(a->registry, tg_court_text(in, "serial"), number, err);
	if (st == TG_OK)
		st = tg_companies_list(a->store, number, &row, &list, err);
	if (st == TG_NOT_FOUND)
		tg_guess_missed(a, kiosk);
	if (st != TG_OK)
		return st;
	while (json_array_size(list) > COMPANIES_TOLD)
		(void)json_array_remove(list, json_array_size(list) - 1);
	*out = json_pack("{s:s, s:s, s:i, s:o}", "number", row.number, "product", row.product, "count", row.count,
	        "companies", list);
	return *out ? TG_OK : TG_NO_MEMORY;
}
