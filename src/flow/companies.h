/* Private to flow: the companies of a complex certificate (DOS-6). */
#ifndef TAMGA_FLOW_COMPANIES_H
#define TAMGA_FLOW_COMPANIES_H

#include "advice.h"
#include "ways.h"

/* The complex certificate that the application is for, by the kind's charges and the conditions; NULL: none. */
const struct tg_product *tg_state_product(const struct tg_flow_state *s);
/* What an added company costs: its head's certificate. NULL: the provider's adviser knows none. */
const struct tg_price *tg_company_price(const struct tg_flow_state *s);
/* Either field of a change has a line. */
bool tg_companies_changed(const struct tg_flow_state *s);
/* What is wrong with the companies of a field: a line (counted from 1 in `line`), or their number. Message id or NULL.
 */
const char *tg_companies_wrong(const struct tg_flow_state *s, unsigned field, unsigned *line);
/* Members of application.submitted (record.h). */
void tg_companies_json(struct tg_buf *out, const struct tg_flow_state *s);
void tg_json_string(struct tg_buf *out, const char *s); /* application.c */

#endif
