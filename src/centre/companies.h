/* Private to the centre: lists of complex certificates. */
#ifndef CENTRE_COMPANIES_H
#define CENTRE_COMPANIES_H

#include "centre.h"

/* What becomes of a list (arrays of {inn, name}): `removed` go out, `added` come in. TG_COMPANIES: more than `max` (0:
 * no limit), one that is to go is not there, one that is to come is, one stands twice, nothing is to be done. */
enum tg_status tg_companies_judge(const struct json_t *now, const struct json_t *removed, const struct json_t *added,
        int max, int *count, struct tg_error *err) TG_MUST_USE;
/* The application that a certificate came from, by its serial number as people write it. TG_NOT_FOUND: no certificate
 * of ours, or taken back. */
enum tg_status tg_companies_number(
        struct tg_registry *registry, const char *typed, char number[TG_NUMBER_MAX], struct tg_error *err) TG_MUST_USE;
/* Its list: `*list` is the caller's, an array of {inn, name}. TG_NOT_FOUND: it has none. */
enum tg_status tg_companies_list(struct tg_store *s, const char *number, struct tg_company_list *row,
        struct json_t **list, struct tg_error *err) TG_MUST_USE;
tg_question tg_ask_companies;
/* A job; ctx is the court. */
enum tg_status tg_court_companies(struct tg_store *s, int64_t now_ms, void *court, struct tg_error *err) TG_MUST_USE;

#endif
