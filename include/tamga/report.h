/* Layer: office. What managers ask of the replica (C-6, NCA-4, NCA-11): applications by service, kiosk and day, states,
 * refusals by ground, terms kept and broken, notices. Made from the journal and its projections at the centre; days are
 * those of the provider's place. */
#ifndef TAMGA_REPORT_H
#define TAMGA_REPORT_H

#include "tamga/screen.h"
#include "tamga/store.h"

struct tg_report_period {
	char from[11], until[11]; /* "2026-11-01", both included */
	const char *provider;     /* NULL: all */
	int64_t now_ms;           /* a term that ran out before this and has no result is broken */
};
/* "2026-11-01" is a day. */
bool tg_report_day_ok(const char *day);
/* The day of a moment at an offset from UTC in minutes. */
void tg_report_day(int64_t ms, int utc_offset_minutes, char out[11]);

struct json_t; /* jansson's */
/* Of one centre or of all shards together (`centres`, NULL at the end): rows with equal keys are one row, a stream that
 * two centres have counts where most of it is. The terms are those of the provider's screens.
 * `*out`: {"from", "until", and arrays of flat objects:
 *   "applications" {provider, service, kiosk, day, count}
 *   "states"       {provider, service, state, count}        of those handed in in the period, as they are now
 *   "refusals"     {provider, event, ground, count}         event: "service" or "acceptance" (NCA-10)
 *   "terms"        {term, kept, broken, open, longest_minutes}   term: "result", "queue", "service", "revocation"
 * (UBR-2), and the terms of complaints "breaches"     {term, what, kiosk, due, done}           what: a number or a
 * ticket; done "" when it is not yet "money"        {provider, service, day, what, how, currency, count, amount} what:
 * "charge" (was handed in and costs it), "payment", "refund" (paid back), "top-up" (of a balance), "order" (a balance
 * was charged); amount in hundredths (DOS-7) "notices"      {what, outcome, count}                   outcome: "sent",
 * "given-up", "unknown"} The caller's to json_decref. */
enum tg_status tg_report_make(struct tg_store *const *centres, const struct tg_catalog *catalog,
        const struct tg_report_period *p, struct json_t **out, struct tg_error *err) TG_MUST_USE;

#endif
