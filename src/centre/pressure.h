/* How much may wait at once, and how long whoever comes too many is asked to stay away. Requirements C-1, C-3;
 * src/decisions/0239. */
#ifndef CENTRE_PRESSURE_H
#define CENTRE_PRESSURE_H

#include "counts.h"
#include "tamga/record.h"

#include <pthread.h>

/* What a request costs beside its body, in bytes of the writer's time. */
#define TG_PRESSURE_EACH 4096u
/* No more than this is let in before the writer: a person may wait for an answer behind it. */
#define TG_PRESSURE_BACKLOG_MS 2000
#define TG_PRESSURE_WAIT_MIN   1000
#define TG_PRESSURE_WAIT_MAX   300000
/* Requests of one kiosk at a time; of them one that writes. */
#define TG_PRESSURE_OF_ONE 16u

struct tg_flight { /* part of a request */
	struct tg_flight *next, *prev;
	char kiosk[TG_KIOSK_MAX + 1]; /* "": nobody's; only counted */
	bool writes, up;
	size_t bytes;
};
#define TG_PRESSURE_SLOTS 4096u
struct tg_pressure {
	pthread_mutex_t lock;
	size_t max_bytes;
	unsigned max_requests;
	size_t bytes;      /* of bodies that are let in, on their way or waiting */
	size_t ready;      /* of them here, and waiting for the writer */
	unsigned requests; /* let in and not yet answered */
	double rate;       /* bytes a second that the writer took when it had work */
	int64_t promised_ms;
	struct tg_flight *slots[TG_PRESSURE_SLOTS];
	struct tg_centre_counts *counts;
};
enum tg_status tg_pressure_init(
        struct tg_pressure *p, size_t max_bytes, unsigned max_requests, struct tg_centre_counts *counts) TG_MUST_USE;
void tg_pressure_finish(struct tg_pressure *p);
/* Before a byte of the body is read. `f` names kiosk, bytes, writes. TG_CENTRE_BUSY: it may not come in, and is asked
 * to come back after `*wait_ms`. Three quarters of the room are for those who write, the last one only for questions:
 * there somebody may be standing before the kiosk. */
enum tg_status tg_pressure_admit(
        struct tg_pressure *p, struct tg_flight *f, int64_t now_ms, unsigned *wait_ms) TG_MUST_USE;
/* Answered, or gone; one that was never let in too. */
void tg_pressure_leave(struct tg_pressure *p, struct tg_flight *f);
/* A body is here and waits for the writer; the writer took so much in so long. */
void tg_pressure_ready(struct tg_pressure *p, size_t bytes);
void tg_pressure_drained(struct tg_pressure *p, size_t bytes, unsigned requests, int64_t us);

#endif
