/* A thread that does jobs when something was written, and now and then without that. What is to be done stands in a
 * database: a job does what it finds and writes that it is done, so that it may be killed at any moment and run again.
 */
#ifndef CENTRE_WORKS_H
#define CENTRE_WORKS_H

#include "tamga/clock.h"
#include "tamga/status.h"

#include <pthread.h>
#include <stdbool.h>

struct tg_store;
struct tg_centre_paths;

struct tg_job {
	/* A failure is logged; the job is run again after every_ms or at the next wake, whichever is sooner. `s` is of
	 * the works alone; NULL where they have none. */
	enum tg_status (*run)(struct tg_store *s, int64_t now_ms, void *ctx, struct tg_error *err);
	void *ctx;
};
#define TG_JOBS_MAX 14
/* So long the jobs rest between two rounds, however often they are woken: a fleet that sends its backlog wakes them a
 * thousand times a second, and most of what they look for is not there. */
#define TG_WORKS_REST_MS 50
struct tg_works {
	pthread_mutex_t lock;
	pthread_cond_t wake; /* monotonic */
	bool ready, woken, stopping;
	struct tg_store *store;
	struct tg_clock clock;
	struct tg_job jobs[TG_JOBS_MAX];
	unsigned n_jobs;
	int64_t every_ms;
	pthread_t thread;
};
/* `jobs` are copied; their ctx outlive the works. `p` NULL: jobs that need no store. */
enum tg_status tg_works_start(struct tg_works *w, const struct tg_centre_paths *p, const struct tg_job *jobs,
        unsigned n, int64_t every_ms, struct tg_clock clock, struct tg_error *err) TG_MUST_USE;
void tg_works_wake(struct tg_works *w);         /* from any thread; nothing for one that was not started */
void tg_works_stop(struct tg_works *w);         /* one that was never started too */
bool tg_works_are_stopping(struct tg_works *w); /* for a job that takes long */

#endif
