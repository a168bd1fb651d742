/* The thread that sends the journal. It owns its database connection, its TLS connection and the acknowledgement key.
 */
#include "agent.h"
#include "tamga/log.h"

#include <errno.h>

#define REOPEN_MS 2000

struct sender {
	struct tg_sync sync;
	struct tg_centre_link link;
	struct tg_store *store;
	struct tg_ack_key *key;
};

void tg_agent_poke(struct tg_agent *a)
{
	pthread_mutex_lock(&a->lock);
	a->poked = true;
	pthread_cond_signal(&a->wake);
	pthread_mutex_unlock(&a->lock);
}

/* Until the time, a poke, or the end. */
static void sleep_until(struct tg_agent *a, int64_t mono_ms)
{
	/* The condition waits on the machine's monotonic clock, the agent's may be shifted: sleep for the difference.
	 */
	int64_t left = mono_ms - a->clock.mono_ms(a->clock.ctx);
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	if (left < 0)
		left = 0;
	t.tv_sec += left / 1000;
	t.tv_nsec += (left % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	pthread_mutex_lock(&a->lock);
	while (!a->poked && !atomic_load(&a->stop))
		if (pthread_cond_timedwait(&a->wake, &a->lock, &t) == ETIMEDOUT)
			break;
	a->poked = false;
	pthread_mutex_unlock(&a->lock);
}

static void publish(struct tg_agent *a, const struct tg_sync *s)
{
	pthread_mutex_lock(&a->lock);
	a->worked_ms = s->sender.last == TG_OK ? s->worked_ms : -1;
	a->status.last = s->sender.last;
	a->status.acked_seq = s->acked_seq;
	a->status.acked_ms = s->acked_ms;
	a->status.clock_offset_ms = s->clock_offset_ms;
	pthread_mutex_unlock(&a->lock);
}

static void report(struct tg_agent *a, enum tg_status st)
{
	pthread_mutex_lock(&a->lock);
	a->worked_ms = -1;
	a->status.last = st;
	pthread_mutex_unlock(&a->lock);
}

static void close_parts(struct sender *s)
{
	tg_sync_finish(&s->sync);
	tg_centre_link_close(&s->link);
	tg_ack_key_destroy(s->key);
	tg_store_close(s->store);
	*s = (struct sender){0};
}

static enum tg_status open_parts(struct sender *s, struct tg_agent *a, struct tg_error *err)
{
	const struct tg_agent_config *c = a->config;
	struct tg_sender_config pace = tg_sender_defaults();
	pace.backoff_base_ms = c->backoff_ms;
	pace.backoff_cap_ms = c->backoff_cap_ms;
	pace.ask_every_ms = c->ask_every_ms;
	*s = (struct sender){0};
	tg_sync_init(&s->sync, &pace);
	TG_TRY(tg_store_open(&s->store, c->database, TG_STORE_KIOSK, c->kiosk, err));
	TG_TRY(tg_ack_key_load(&s->key, c->centre->ack_key, err));
	TG_TRY(tg_centre_link_open(&s->link, c, err));
	TG_TRY(tg_store_acked(s->store, &s->sync.acked_seq, err));
	s->sync.store = s->store;
	s->sync.ack_key = s->key;
	s->sync.kiosk = c->kiosk;
	s->sync.port = tg_centre_port(&s->link);
	s->sync.clock = a->clock;
	return TG_OK;
}

/* Keeps trying: the disk may be full now and not in a minute. */
static bool open_patiently(struct sender *s, struct tg_agent *a)
{
	while (!atomic_load(&a->stop)) {
		struct tg_error err = {0};
		enum tg_status st = open_parts(s, a, &err);
		if (st == TG_OK)
			return true;
		close_parts(s);
		report(a, st);
		tg_log_error(&err, "the sender cannot start");
		sleep_until(a, a->clock.mono_ms(a->clock.ctx) + REOPEN_MS);
	}
	return false;
}

/* The same trouble again and again is one line. */
static void log_change(struct tg_error *before, const struct tg_error *now, const struct tg_sync *s)
{
	bool same = now->status == before->status && strcmp(now->detail, before->detail) == 0;
	if (same || (now->status == TG_OK && s->sender.last != TG_OK)) /* a round that only paused */
		return;
	if (now->status != TG_OK)
		tg_log_error(now, "exchange with the centre failed");
	else
		tg_log_info("the centre is back, acknowledged up to %llu", (unsigned long long)s->acked_seq);
	*before = *now;
}

static void run(struct sender *s, struct tg_agent *a)
{
	struct tg_error before = {0};
	while (!atomic_load(&a->stop)) {
		struct tg_error err = {0};
		int64_t again = 0;
		err.status = tg_sync_round(&s->sync, &again, &err);
		publish(a, &s->sync);
		log_change(&before, &err, &s->sync);
		int64_t now = a->clock.mono_ms(a->clock.ctx);
		/* A kiosk that died between writing and poking: its entries are looked for all the same. */
		if (again > now + (int64_t)a->config->poll_ms)
			again = now + (int64_t)a->config->poll_ms;
		if (again > now)
			sleep_until(a, again);
	}
}

void *tg_agent_sender(void *ctx)
{
	struct tg_agent *a = ctx;
	struct sender s = {0};
	if (open_patiently(&s, a))
		run(&s, a);
	close_parts(&s);
	return NULL;
}
