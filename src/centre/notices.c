/* The thread that sends notices: looks at the journal about twice a second, and sends what is due. */
#include "centre.h"
#include "tamga/log.h"

#include <time.h>

#define LOOK_MS    400
#define TROUBLE_MS 5000 /* a database that is full or busy is not asked again at once */

static bool must_stop(void *ctx)
{
	struct tg_notices *n = ctx;
	pthread_mutex_lock(&n->lock);
	bool stop = n->stop;
	pthread_mutex_unlock(&n->lock);
	return stop;
}

/* False: the thread is to end. */
static bool rest(struct tg_notices *n, int ms)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)(ms % 1000) * 1000000L;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&n->lock);
	int rc = 0;
	while (!n->stop && rc == 0)
		rc = pthread_cond_timedwait(&n->wake, &n->lock, &until);
	bool stop = n->stop;
	pthread_mutex_unlock(&n->lock);
	return !stop;
}

static void *run(void *ctx)
{
	struct tg_notices *n = ctx;
	int pause = LOOK_MS;
	while (rest(n, pause)) {
		struct tg_error err = {0};
		enum tg_status st = tg_mailer_round(n->mailer, &err);
		pause = st == TG_OK ? LOOK_MS : TROUBLE_MS;
		if (st != TG_OK)
			tg_log_error(&err, "notices");
	}
	return NULL;
}

static enum tg_status open_parts(struct tg_notices *n, const struct tg_centre_options *o,
        const struct tg_centre_paths *p, const struct tg_names *names, struct tg_clock clock, struct tg_error *err)
{
	const struct tg_mailer_parts parts = {.office = p->office,
	        .replica = p->replica,
	        .settings = {.url = o->smtp,
	                .user_file = o->smtp_user_file,
	                .ca = o->smtp_ca,
	                .from = o->mail_from,
	                .retry_ms = o->mail_retry_ms,
	                .give_up_days = o->mail_days},
	        .catalog = names->catalog,
	        .i18n = names->i18n,
	        .clock = clock,
	        .sandbox = true, /* as long as the CA is the centre's own */
	        .stop = must_stop,
	        .ctx = n};
	return tg_mailer_create(&n->mailer, &parts, err);
}

static void release(struct tg_notices *n)
{
	tg_mailer_destroy(n->mailer);
	n->mailer = NULL;
}

enum tg_status tg_notices_start(struct tg_notices *n, const struct tg_centre_options *o,
        const struct tg_centre_paths *p, const struct tg_names *names, struct tg_clock clock, struct tg_error *err)
{
	*n = (struct tg_notices){0};
	if (!o->smtp)
		return TG_OK;
	if (pthread_mutex_init(&n->lock, NULL) != 0 || pthread_cond_init(&n->wake, NULL) != 0)
		return tg_error_set(err, TG_NO_MEMORY, "notices");
	enum tg_status st = open_parts(n, o, p, names, clock, err);
	if (st == TG_OK && pthread_create(&n->thread, NULL, run, n) != 0)
		st = tg_error_set(err, TG_NO_MEMORY, "thread of the notices");
	n->running = st == TG_OK;
	if (st != TG_OK)
		release(n);
	return st;
}

void tg_notices_stop(struct tg_notices *n)
{
	if (!n->running)
		return;
	pthread_mutex_lock(&n->lock);
	n->stop = true;
	pthread_cond_signal(&n->wake);
	pthread_mutex_unlock(&n->lock);
	pthread_join(n->thread, NULL);
	n->running = false;
	release(n);
}
