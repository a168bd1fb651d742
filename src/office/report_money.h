/* Private to office: the money of a report (DOS-7). */
#ifndef OFFICE_REPORT_MONEY_H
#define OFFICE_REPORT_MONEY_H

#include "report_streams.h"
#include "tamga/report.h"

/* Counts into `sums`, an object. */
enum tg_status tg_report_money_count(struct tg_report_streams *streams, const struct tg_catalog *catalog,
        const struct tg_report_period *p, struct json_t *sums, struct tg_error *err) TG_MUST_USE;
/* As rows {provider, service, day, what, how, currency, count, amount}; the caller's to json_decref. NULL: no memory.
 */
struct json_t *tg_report_money_rows(const struct json_t *sums);

#endif
