/* The audit journal of the registration and certification authority (RFC 3647 5.4.1): entries of the centre's own
 * stream. Whatever is noted is first durable in ca.db, in one transaction with what it tells of, and then moved to the
 * journal (registry.h). audit_table.c says which kinds of entry there are for which class of event, and who writes
 * them. */
#ifndef CENTRE_AUDIT_H
#define CENTRE_AUDIT_H

#include "tamga/ca.h"
#include "tamga/clock.h"
#include "tamga/registry.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>

struct tg_centre_paths;

/* A refusal that is asked for again and again is one event, until its reason changes. */
#define TG_AUDIT_REFUSALS 64
struct tg_audit_refusal {
	uint8_t wish[TG_HASH_LEN]; /* of kiosk, number, profile, key, serial */
	enum tg_status why;
	int64_t at_ms;
};
struct tg_audit_count {
	atomic_uint n;
	atomic_llong first_ms, last_ms;
};
struct tg_audit {
	pthread_mutex_t lock;
	bool ready;
	struct tg_registry *registry;
	struct tg_store *store;
	struct tg_clock clock;
	int64_t started_ms, ahead_ms; /* monotonic; wall less monotonic clock, when it was last looked at */
	struct tg_audit_refusal refusals[TG_AUDIT_REFUSALS];
	unsigned next;
	struct tg_audit_count no_certificate, no_kiosk; /* of clients that were let in no further */
};
enum tg_status tg_audit_open(
        struct tg_audit *a, const struct tg_centre_paths *p, struct tg_clock clock, struct tg_error *err) TG_MUST_USE;
void tg_audit_close(struct tg_audit *a);
/* From any thread; takes `body`. It is in the journal when TG_OK. */
enum tg_status tg_audit_write(
        struct tg_audit *a, enum tg_record_kind kind, json_t *body, struct tg_error *err) TG_MUST_USE;
/* The same; a failure is logged. */
void tg_audit_note(struct tg_audit *a, enum tg_record_kind kind, json_t *body);
/* What came before the journal took it. */
enum tg_status tg_audit_settle(struct tg_audit *a, struct tg_error *err) TG_MUST_USE;
/* For tg_ca_config. */
struct tg_ca_watch tg_audit_watch(struct tg_audit *a);
/* Counts, to be told by tg_audit_tick at most once a minute. Cheap, from any thread. */
void tg_audit_refused(struct tg_audit *a, struct tg_audit_count *of);
/* Jobs that come round: counts of refusals, a clock that jumped, what is still to be settled. */
void tg_audit_tick(struct tg_audit *a, bool ends);

/* --- audit_start.c: that the centre began, with what, and that it ended. */
struct tg_centre_options;
enum tg_status tg_audit_started(
        struct tg_audit *a, const struct tg_centre_options *o, struct tg_error *err) TG_MUST_USE;
void tg_audit_stopped(struct tg_audit *a);

/* --- ledger.c: the CA's records with their events, in one transaction each. */
struct tg_publisher;
struct tg_ledger {
	struct tg_ca_store records;
	struct tg_registry *registry;
	struct tg_store *store;
	struct tg_clock clock;
	struct tg_publisher *publisher; /* told when something was revoked; NULL: nobody */
};
struct tg_ca_store tg_ledger_port(struct tg_ledger *l);

/* --- audit_table.c */
struct tg_audit_class {
	const char *source; /* where the class of event stands */
	const char *what;
	const char *kinds;  /* names of the kinds of entry, separated by spaces */
	const char *writer; /* "centre", "kiosk", "tamgactl", separated by spaces */
};
/* Walks the table; NULL after the last. */
const struct tg_audit_class *tg_audit_class(size_t i);

#endif
