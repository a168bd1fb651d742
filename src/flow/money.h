/* Private to flow: what an application costs, and what is paid for it (DOS-3, DOS-7). */
#ifndef TAMGA_FLOW_MONEY_H
#define TAMGA_FLOW_MONEY_H

#include "parts.h"

extern const struct tg_stage_ops tg_stage_desk_payment;

/* What the application on the screen costs by its conditions and the prices of today at the provider's place; how many.
 */
unsigned tg_charges(const struct tg_flow_state *s, struct tg_charged out[TG_CHARGES_MAX]);
/* Their sum; 0: it costs nothing; -1: a price is missing. */
int64_t tg_charges_sum(const struct tg_flow_state *s);
/* It is taken from the organisation's balance when it is accepted. */
bool tg_is_order(const struct tg_flow_state *s);
/* Members "charges", "currency" and "account" of application.submitted. TG_CONFIG: a price is missing. */
enum tg_status tg_charges_json(const struct tg_flow_state *s, struct tg_buf *out) TG_MUST_USE;
/* An order that the centre says is made at the office only: told on the screen; true then. */
bool tg_order_refused(struct tg_turn *t);

/* Out of the money an organisation has paid in beforehand (DOS-3): the one way of paying that is known by name. */
bool tg_payment_is_balance(const struct tg_payment *payment);
/* The ways of paying that are open under `conditions` (words); how many. */
#define TG_PAYMENTS_MAX 8
unsigned tg_payments_open(
        const struct tg_provider *p, const char *conditions, const struct tg_payment *out[TG_PAYMENTS_MAX]);

/* Painting. A sum in the currency's own way of writing. */
const char *tg_paint_sum(struct tg_paint *p, const char *currency, int64_t amount);
/* On REVIEW: each product with its price, their sum. */
void tg_paint_charges(struct tg_paint *p);
/* On RESULT: what is to be paid; and how, which stands on the slip as well. */
void tg_paint_to_pay(struct tg_paint *p);
void tg_paint_how_to_pay(struct tg_paint *p);
/* Still to be paid, by what is known of the application; nothing where nothing is. */
void tg_paint_rest(struct tg_paint *p, const struct tg_application_facts *f);

/* The desk (stage_desk_payment.c). Providers whose organisations have balances; NULL behind the last. */
const struct tg_provider *tg_desk_balances(const struct tg_flow_config *c, unsigned i);
bool tg_desk_has_money(const struct tg_desk_application *a);
/* To the money of the application on the desk, or of a balance. */
void tg_desk_to_payment(struct tg_turn *t, bool balance);
/* On the application: what it costs and what came, and the button to it; focusable. */
void tg_desk_paint_money(struct tg_paint *p);

#endif
