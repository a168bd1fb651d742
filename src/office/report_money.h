/* Private to office: the money of a report (DOS-7). */
#ifndef OFFICE_REPORT_MONEY_H
#define OFFICE_REPORT_MONEY_H

#include "tamga/report.h"

/* Rows {provider, service, day, what, how, currency, count, amount}; the caller's to json_decref. */
enum tg_status tg_report_money(struct tg_store *s, const struct tg_catalog *catalog, const struct tg_report_period *p,
        struct json_t **rows, struct tg_error *err) TG_MUST_USE;

#endif
