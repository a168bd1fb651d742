#include "tamga/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

struct tg_worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct tg_job *first, **last;
	bool stop;
};

static struct tg_job *next_job(struct tg_worker *w)
{
	pthread_mutex_lock(&w->lock);
	while (!w->first && !w->stop)
		pthread_cond_wait(&w->wake, &w->lock);
	struct tg_job *job = w->stop ? NULL : w->first;
	if (job) {
		w->first = job->next;
		if (!w->first)
			w->last = &w->first;
	}
	pthread_mutex_unlock(&w->lock);
	return job;
}

static void *work(void *arg)
{
	struct tg_worker *w = arg;
	for (struct tg_job *job; (job = next_job(w));) {
		job->run(job);
		job->destroy(job);
	}
	return NULL;
}

/* Signals belong to the main thread's loop: a worker starts with all of them blocked. */
static int start(struct tg_worker *w, const char *name)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&w->thread, NULL, work, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!rc)
		pthread_setname_np(w->thread, name);
	return rc;
}

enum tg_status tg_worker_create(struct tg_worker **out, const char *name)
{
	*out = NULL;
	struct tg_worker *w = calloc(1, sizeof *w);
	if (!w)
		return TG_NO_MEMORY;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	w->last = &w->first;
	if (start(w, name)) {
		free(w);
		return TG_NO_MEMORY;
	}
	*out = w;
	return TG_OK;
}

void tg_worker_submit(struct tg_worker *w, struct tg_job *job)
{
	job->next = NULL;
	pthread_mutex_lock(&w->lock);
	*w->last = job;
	w->last = &job->next;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

void tg_worker_destroy(struct tg_worker *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	for (struct tg_job *job = w->first, *next; job; job = next) {
		next = job->next;
		job->destroy(job);
	}
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}
