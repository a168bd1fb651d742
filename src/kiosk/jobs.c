#include "kiosk.h"

static void run(struct tg_job *base)
{
	struct kiosk_job *job = (struct kiosk_job *)base;
	job->work(job);
}

static void destroy(struct tg_job *base)
{
	struct kiosk_job *job = (struct kiosk_job *)base;
	tg_secret_destroy(job->pin);
	explicit_bzero(&job->state, sizeof job->state); /* answers of a person */
	free(job);
}

struct kiosk_job *kiosk_job_new(struct kiosk *k, void (*work)(struct kiosk_job *job))
{
	struct kiosk_job *job = calloc(1, sizeof *job);
	if (!job) {
		tg_bug_report(__FILE__, __LINE__, "no memory for a job");
		return NULL;
	}
	job->base.run = run;
	job->base.destroy = destroy;
	job->k = k;
	job->work = work;
	job->state = k->state;
	return job;
}

void kiosk_job_start(struct tg_worker *w, struct kiosk_job *job)
{
	if (job)
		tg_worker_submit(w, &job->base);
}

static void free_event(struct tg_message *m)
{
	free(m);
}

static struct kiosk_event *event_new(void)
{
	struct kiosk_event *e = calloc(1, sizeof *e);
	if (!e)
		tg_bug_report(__FILE__, __LINE__, "no memory for an event");
	else
		e->base.destroy = free_event;
	return e;
}

void kiosk_post(struct kiosk *k, const struct tg_event *event)
{
	struct kiosk_event *e = event_new();
	if (!e)
		return;
	e->event = *event;
	tg_mailbox_post(k->mailbox, &e->base);
}

void kiosk_post_readers(const struct tg_readers *now, void *ctx)
{
	struct kiosk *k = ctx;
	struct kiosk_event *e = event_new();
	if (!e)
		return;
	e->event.kind = TG_EV_READER;
	e->readers = *now;
	e->has_readers = true;
	tg_mailbox_post(k->mailbox, &e->base);
}
