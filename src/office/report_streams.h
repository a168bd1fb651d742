/* Private to office: of which of several centres a stream counts (decision 0237). */
#ifndef OFFICE_REPORT_STREAMS_H
#define OFFICE_REPORT_STREAMS_H

#include "tamga/store.h"

struct json_t;
struct tg_report_streams {
	struct tg_store *const *all; /* NULL ends it */
	struct tg_store *s;          /* the one that is being read */
	struct json_t *known;        /* stream → whether it counts in `s` */
};
/* What is read from now on is of `s`. TG_NO_MEMORY. */
enum tg_status tg_report_streams_of(struct tg_report_streams *x, struct tg_store *s) TG_MUST_USE;
void tg_report_streams_finish(struct tg_report_streams *x);
/* A kiosk that went to another centre brought its whole stream along: it counts once, where most of it is. */
enum tg_status tg_report_streams_here(
        struct tg_report_streams *x, const char *stream, bool *here, struct tg_error *err) TG_MUST_USE;
/* The same of the entry at a place. */
enum tg_status tg_report_streams_place(
        struct tg_report_streams *x, int64_t place, bool *here, struct tg_error *err) TG_MUST_USE;

#endif
