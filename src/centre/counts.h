/* What the centre has counted since it started: written by many threads, read by whoever shows it. Nothing personal. */
#ifndef CENTRE_COUNTS_H
#define CENTRE_COUNTS_H

#include "tamga/status.h"

#include <stdatomic.h>
#include <stdint.h>

/* How far a connection has come; each has a deadline of its own (door.c), but the one in which it waits for us. */
/* clang-format off */
#define TG_PHASES(X) \
	X(GREETING, "greeting") /* accepted; TLS, certificate and the first request's head are to come */ \
	X(IDLE,     "idle")     /* between two requests, and the head of the next one */ \
	X(BODY,     "body")     /* the head was looked at, the body is on its way */ \
	X(OWED,     "owed")     /* the request is here, the answer is ours to give */ \
	X(ANSWER,   "answer")   /* the answer is on its way */
/* clang-format on */
#define TG_PHASE_ENUM(name, text) TG_PHASE_##name,
enum tg_phase { TG_PHASES(TG_PHASE_ENUM) TG_PHASE_COUNT };
#undef TG_PHASE_ENUM
const char *tg_phase_name(enum tg_phase p);

/* From the moment a batch was here to its acknowledgement: counted under the first bound that holds it, the last one
 * holds everything. */
#define TG_ACK_BOUNDS 12
extern const unsigned tg_ack_bounds_ms[TG_ACK_BOUNDS - 1]; /* the last is without end */

#define TG_STATUS_CODES 1000
struct tg_centre_counts {
	atomic_ullong accepted;                 /* connections */
	atomic_ullong turned_away;              /* closed at once: too many greetings from one address */
	atomic_ullong unheard;                  /* closed without a request: no TLS, a handshake that failed, silence */
	atomic_ullong late[TG_PHASE_COUNT];     /* closed by us at a deadline */
	atomic_uint open, greeting;             /* now */
	atomic_ullong requests;                 /* heads that were looked at */
	atomic_ullong refused[TG_STATUS_CODES]; /* by status */
	atomic_ullong parsed;                   /* batches that were decoded */
	atomic_ullong groups, entries;          /* transactions of the writer, and what it was given in them */
	atomic_ullong acks[TG_ACK_BOUNDS];
	atomic_ullong ack_us;          /* sum */
	atomic_uint in_flight;         /* requests, now */
	atomic_ullong in_flight_bytes; /* of their bodies, as announced */
	atomic_ullong rate;            /* bytes a second that the writer is able to take, as measured */
	atomic_ullong database;        /* times that a connection to the replica or the registry was used for a peer */
};
int64_t tg_counts_now_us(void); /* monotonic */
void tg_counts_refused(struct tg_centre_counts *c, enum tg_status st);
void tg_counts_acknowledged(struct tg_centre_counts *c, int64_t us);
/* One line of name=value, what is zero left out; `st` of refusals by name. */
void tg_counts_log(const struct tg_centre_counts *c);

#endif
