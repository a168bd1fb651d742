#include "cabinet.h"

static void run(struct tg_job *base)
{
	struct kiosk_job *job = (struct kiosk_job *)base;
	job->work(job);
}

static void destroy(struct tg_job *base)
{
	struct kiosk_job *job = (struct kiosk_job *)base;
	tg_secret_destroy(job->pin);
	for (int i = 0; i < TG_SECRET_COUNT; i++)
		tg_secret_destroy(job->secrets[i]);
	kiosk_certificate_free(job->certificate);
	if (job->text)
		explicit_bzero(job->text, strlen(job->text));
	free(job->text);
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

void kiosk_job_reader(struct kiosk_job *job)
{
	const struct kiosk *k = job->k;
	const struct tg_reader_info *mine = kiosk_persons_reader(k), *other = kiosk_other_reader(k);
	job->has_reader = mine && mine->card && !kiosk_reader_is_soft(k, mine);
	job->has_other = other && other->card && !kiosk_reader_is_soft(k, other);
	if (job->has_reader)
		job->reader = *mine;
	if (job->has_other)
		job->other = *other;
}

void kiosk_job_copy_pin(struct kiosk_job *job)
{
	struct tg_secret *pin = job->k->pin;
	if (tg_secret_create(&job->pin) != TG_OK ||
	        !tg_secret_append(job->pin, tg_secret_peek(pin), tg_secret_len(pin)))
		tg_bug_report(__FILE__, __LINE__, "no locked memory for a PIN");
}

void kiosk_job_take_pin(struct kiosk_job *job)
{
	kiosk_job_copy_pin(job);
	tg_secret_wipe(job->k->pin); /* from here on the job alone has it */
}

void kiosk_job_start(struct tg_worker *w, struct kiosk_job *job)
{
	if (job)
		tg_worker_submit(w, &job->base);
}

static void free_event(struct tg_message *m)
{
	struct kiosk_event *e = (struct kiosk_event *)m;
	if (e->facts)
		explicit_bzero(e->facts, sizeof *e->facts); /* names of a person */
	free(e->facts);
	if (e->ways)
		explicit_bzero(e->ways, sizeof *e->ways); /* answers of a person */
	free(e->ways);
	if (e->pending)
		explicit_bzero(e->pending, strlen(e->pending));
	free(e->pending);
	kiosk_held_free(e->held);
	if (e->desk)
		explicit_bzero(e->desk, sizeof *e->desk);
	free(e->desk);
	free(e->medium);
	free(e->topics);
	if (e->companies)
		explicit_bzero(e->companies, sizeof *e->companies);
	free(e->companies);
	free(e);
}

struct kiosk_event *kiosk_event_new(void)
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
	struct kiosk_event *e = kiosk_event_new();
	if (!e)
		return;
	e->event = *event;
	tg_mailbox_post(k->mailbox, &e->base);
}

void kiosk_post_readers(const struct tg_readers *now, void *ctx)
{
	struct kiosk *k = ctx;
	struct kiosk_event *e = kiosk_event_new();
	if (!e)
		return;
	e->event.kind = TG_EV_READER;
	e->readers = *now;
	e->has_readers = true;
	tg_mailbox_post(k->mailbox, &e->base);
}
