/* Private to flow: which documents of a kind are asked for, and which are missing. One reading of the lists for the
 * applicant's own screen and for the desk (NCA-9.1 … 9.8, R1 … R3). Pure. */
#ifndef TAMGA_FLOW_DOCUMENTS_H
#define TAMGA_FLOW_DOCUMENTS_H

#include "tamga/screen.h"

/* `set`: the conditions that are set, words separated by spaces; NULL or "": none.
 * `have`: by index in kind->documents. */

/* It stands on the list at all under these conditions. */
bool tg_documents_asked(const struct tg_kind *kind, unsigned i, const char *set);
/* It is brought, or one that may stand in its place, or another of its group ("any one of"). */
bool tg_documents_covered(const struct tg_kind *kind, unsigned i, const char *set, const bool *have);
/* The documents without which the list is not complete: indexes, in the order of the list; of a group, its first one
 * stands for all. What is optional, or stands in another's place, is never missing itself. */
unsigned tg_documents_missing(
        const struct tg_kind *kind, const char *set, const bool *have, unsigned out[TG_DOCUMENTS_MAX]);

/* Judges the date on a paper by the document's rule: "within_working_days N [CALENDAR]" in the calendar with that id,
 * else in that of the term "result". Dates YYYY-MM-DD; `handed_in` is the day on which it is handed in, which counts,
 * the day of `date` does not (NCA-9.trs). True where the document has no rule. False for what is no date, a date after
 * `handed_in`, or too old. */
bool tg_documents_date_fits(
        const struct tg_provider *provider, const struct tg_document *d, const char *date, const char *handed_in);

#endif
