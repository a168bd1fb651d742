/* Money at the kiosk: the payment slip, what a clerk notes, what is still to be paid (DOS-3, DOS-7). */
#ifndef KIOSK_MONEY_H
#define KIOSK_MONEY_H

#include "kiosk.h"

#include <jansson.h>

/* Effects, started by the loop. */
void kiosk_start_slip(struct kiosk *k);
void kiosk_start_desk_pay(struct kiosk *k);
void kiosk_start_cloud(struct kiosk *k);

/* "1510 som", in the currency's own way of writing. */
void kiosk_sum_text(
        const struct tg_i18n *i18n, enum tg_lang lang, const char *currency, int64_t amount, char *out, size_t cap);
/* What is still to be paid for the application, as this kiosk knows it; on the store's worker. */
void kiosk_take_money(struct kiosk *k, const char *number, struct tg_application_facts *out);
void kiosk_unfinished_money(struct kiosk *k, const char *number, struct tg_event *ev);
/* TG_UNPAID; from any worker. */
enum tg_status kiosk_check_paid(struct kiosk *k, const char *number, struct tg_error *err) TG_MUST_USE;
/* What the centre's answer about a status says of it. */
void kiosk_take_rest(const json_t *answer, struct tg_application_facts *out);
/* The application on the screen is an order, and the centre says that it is made at the office only. That nobody could
 * be asked refuses nothing: the desk and the centre look again. */
bool kiosk_order_refused(struct kiosk_job *job);
/* How the application's money stands, by the centre; due 0: it costs nothing, or nobody could be asked. */
void kiosk_desk_money(struct kiosk_job *job, const char *number, struct tg_desk_money *out);

#endif
