/* The thread that sends the journal and reads the feed. It owns its database connection, its TLS connection and the
 * acknowledgement key. */
#include "agent.h"
#include "tamga/log.h"

#include <errno.h>

#define REOPEN_MS 2000

struct sender {
	struct tg_sync sync;
	struct tg_centre_link link;
	struct tg_store *store;
	struct tg_ack_key *key;
	int64_t feed_ms;      /* monotonic: when the feed is asked for without another reason */
	enum tg_status feed;  /* of the last question */
	struct tg_error said; /* the last trouble with the feed that was logged */
	uint64_t answered;    /* FRESH: the highest ticket that has its answer */
	uint64_t hurried;     /* FRESH: the highest ticket an exchange was begun for */
};

void tg_agent_poke(struct tg_agent *a)
{
	pthread_mutex_lock(&a->lock);
	a->poked = true;
	pthread_cond_signal(&a->wake);
	pthread_mutex_unlock(&a->lock);
}

void tg_agent_stop(struct tg_agent *a)
{
	atomic_store(&a->stop, true);
	pthread_mutex_lock(&a->lock);
	a->poked = true;
	pthread_cond_broadcast(&a->wake);
	pthread_cond_broadcast(&a->freshened);
	pthread_mutex_unlock(&a->lock);
}

/* The machine's monotonic clock, on which conditions wait, at `left_ms` from now. */
static struct timespec machine_time(int64_t left_ms)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	if (left_ms < 0)
		left_ms = 0;
	t.tv_sec += left_ms / 1000;
	t.tv_nsec += (left_ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

enum tg_status tg_agent_freshen(struct tg_agent *a, int timeout_ms)
{
	struct timespec until = machine_time(timeout_ms);
	pthread_mutex_lock(&a->lock);
	uint64_t ticket = ++a->fresh_wanted;
	a->poked = true;
	pthread_cond_signal(&a->wake);
	while (a->fresh_done < ticket && !atomic_load(&a->stop))
		if (pthread_cond_timedwait(&a->freshened, &a->lock, &until) == ETIMEDOUT)
			break;
	enum tg_status st = a->fresh_done >= ticket ? a->fresh_status : TG_CENTRE_DOWN;
	pthread_mutex_unlock(&a->lock);
	return st;
}

static uint64_t fresh_wanted(struct tg_agent *a)
{
	pthread_mutex_lock(&a->lock);
	uint64_t wanted = a->fresh_wanted;
	pthread_mutex_unlock(&a->lock);
	return wanted;
}

static void fresh_is(struct tg_agent *a, uint64_t ticket, enum tg_status st)
{
	pthread_mutex_lock(&a->lock);
	if (ticket > a->fresh_done) {
		a->fresh_done = ticket;
		a->fresh_status = st;
		pthread_cond_broadcast(&a->freshened);
	}
	pthread_mutex_unlock(&a->lock);
}

/* Until the time, a poke, or the end. */
static void sleep_until(struct tg_agent *a, int64_t mono_ms)
{
	/* The agent's clock may be shifted against the machine's: sleep for the difference. */
	struct timespec t = machine_time(mono_ms - a->clock.mono_ms(a->clock.ctx));
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

/* The same trouble again and again is one line. */
static void log_feed(struct sender *s, const struct tg_error *now)
{
	if (now->status == s->said.status && strcmp(now->detail, s->said.detail) == 0)
		return;
	if (now->status != TG_OK)
		tg_log_error(now, "the feed cannot be read");
	else if (s->said.status != TG_OK)
		tg_log_info("the feed is read again");
	s->said = *now;
}

/* Every page there is. A centre that is not there is the sender's to notice and to pause for. */
static void read_feed(struct sender *s, struct tg_agent *a)
{
	struct tg_error err = {0};
	bool more = true;
	s->feed = TG_OK;
	while (s->feed == TG_OK && more && !atomic_load(&a->stop))
		s->feed = tg_sync_feed(&s->sync, &more, &err);
	err.status = s->feed;
	log_feed(s, &err);
	s->feed_ms = a->clock.mono_ms(a->clock.ctx) + (int64_t)a->config->ask_every_ms;
}

/* What one turn of the loop came to. */
struct turn {
	uint64_t ticket;     /* of FRESH, drawn before it began */
	enum tg_status sent; /* of the last round */
	bool exchanged;      /* something came back from the centre since the last rest */
	int64_t again;
};

/* After each exchange that worked; by itself, or for somebody who waits, while the sender has stopped over a fork. */
static bool feed_is_due(const struct sender *s, const struct turn *t, int64_t now, bool waited_for)
{
	if (s->sync.sender.state == TG_SENDER_LEVEL)
		return t->exchanged || now >= s->feed_ms;
	return s->sync.sender.state == TG_SENDER_HALTED && (waited_for || now >= s->feed_ms);
}

/* Nothing more is to be sent just now: the feed, those who wait, and sleep. */
static void rest(struct sender *s, struct tg_agent *a, struct turn *t)
{
	int64_t now = a->clock.mono_ms(a->clock.ctx);
	if (feed_is_due(s, t, now, t->ticket > s->answered))
		read_feed(s, a);
	enum tg_status sent = t->sent != TG_OK ? t->sent : s->sync.sender.last;
	fresh_is(a, t->ticket, sent != TG_OK ? sent : s->feed);
	s->answered = t->ticket;
	/* A kiosk that died between writing and poking: its entries are looked for all the same. */
	if (t->again > now + (int64_t)a->config->poll_ms)
		t->again = now + (int64_t)a->config->poll_ms;
	sleep_until(a, t->again);
	t->exchanged = false;
}

static void one_round(struct sender *s, struct tg_agent *a, struct turn *t, struct tg_error *err)
{
	int64_t worked = s->sync.worked_ms;
	t->ticket = fresh_wanted(a);
	if (t->ticket > s->hurried)
		tg_sender_hurry(&s->sync.sender, a->clock.mono_ms(a->clock.ctx));
	s->hurried = t->ticket;
	err->status = t->sent = tg_sync_round(&s->sync, &t->again, err);
	t->exchanged = t->exchanged || s->sync.worked_ms != worked;
}

static bool goes_on(const struct sender *s, const struct turn *t, int64_t now)
{
	enum tg_sender_state state = s->sync.sender.state;
	return t->again <= now && state != TG_SENDER_PAUSED && state != TG_SENDER_HALTED;
}

static void run(struct sender *s, struct tg_agent *a)
{
	struct tg_error before = {0};
	struct turn turn = {0};
	while (!atomic_load(&a->stop)) {
		struct tg_error err = {0};
		one_round(s, a, &turn, &err);
		publish(a, &s->sync);
		log_change(&before, &err, &s->sync);
		if (!goes_on(s, &turn, a->clock.mono_ms(a->clock.ctx)))
			rest(s, a, &turn);
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
