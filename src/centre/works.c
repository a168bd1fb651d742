/* A thread that does what the centre owes. */
#include "centre.h"
#include "tamga/log.h"

#include <errno.h>
#include <time.h>

/* False: it is time to end. */
static bool wait_for_work(struct tg_works *w)
{
	const struct timespec soonest = tg_clock_after(TG_WORKS_REST_MS), latest = tg_clock_after(w->every_ms);
	pthread_mutex_lock(&w->lock);
	while (!w->stopping)
		if (pthread_cond_timedwait(&w->wake, &w->lock, w->woken ? &soonest : &latest) == ETIMEDOUT)
			break;
	w->woken = false;
	bool go = !w->stopping;
	pthread_mutex_unlock(&w->lock);
	return go;
}

static void *run(void *ctx)
{
	struct tg_works *w = ctx;
	do {
		for (unsigned i = 0; i < w->n_jobs; i++) {
			struct tg_error err = {0};
			enum tg_status st =
			        w->jobs[i].run(w->store, w->clock.wall_ms(w->clock.ctx), w->jobs[i].ctx, &err);
			if (st != TG_OK)
				tg_log_error(&err, "work of the centre put off: %s", tg_status_name(st));
		}
	} while (wait_for_work(w));
	return NULL;
}

static bool make_lock(struct tg_works *w)
{
	pthread_condattr_t a;
	if (pthread_mutex_init(&w->lock, NULL) != 0)
		return false;
	bool ok = pthread_condattr_init(&a) == 0 && pthread_condattr_setclock(&a, CLOCK_MONOTONIC) == 0 &&
	          pthread_cond_init(&w->wake, &a) == 0;
	pthread_condattr_destroy(&a);
	if (!ok)
		pthread_mutex_destroy(&w->lock);
	return ok;
}

static void release(struct tg_works *w)
{
	tg_store_close(w->store);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	*w = (struct tg_works){0};
}

enum tg_status tg_works_start(struct tg_works *w, const struct tg_centre_paths *p, const struct tg_job *jobs,
        unsigned n, int64_t every_ms, struct tg_clock clock, struct tg_error *err)
{
	TG_BUG_IF(n > TG_JOBS_MAX || every_ms <= 0);
	*w = (struct tg_works){.clock = clock, .n_jobs = n, .every_ms = every_ms};
	memcpy(w->jobs, jobs, n * sizeof(*jobs));
	if (!make_lock(w))
		return tg_error_set(err, TG_NO_MEMORY, "works");
	enum tg_status st = p ? tg_store_open(&w->store, p->replica, TG_STORE_CENTRE, NULL, err) : TG_OK;
	if (st == TG_OK && pthread_create(&w->thread, NULL, run, w) != 0)
		st = tg_error_set(err, TG_NO_MEMORY, "works thread");
	w->ready = st == TG_OK;
	if (st != TG_OK)
		release(w);
	return st;
}

void tg_works_wake(struct tg_works *w)
{
	if (!w->ready)
		return;
	pthread_mutex_lock(&w->lock);
	w->woken = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

bool tg_works_are_stopping(struct tg_works *w)
{
	pthread_mutex_lock(&w->lock);
	bool stopping = w->stopping;
	pthread_mutex_unlock(&w->lock);
	return stopping;
}

void tg_works_stop(struct tg_works *w)
{
	if (!w->ready)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	release(w);
}
