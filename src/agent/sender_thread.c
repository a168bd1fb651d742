/* The thread that sends the journal and reads the feed. It owns its database connection, its TLS connection and the
 * acknowledgement key. */
#include "tamga/log.h"
#include "trust.h"

#include <errno.h>

#define REOPEN_MS      2000
#define CLOCK_SET_MS   60000
#define ASKED_AT_LEAST 10 /* times the usual pause between two questions, while the listener hears the centre */

struct sender {
	struct tg_renewal renewal;
	struct tg_forgetting forgetting;
	struct tg_sync sync;
	struct tg_centre_link link;
	struct tg_store *store;
	struct tg_ack_key *key;
	struct tg_trust trust;
	int64_t feed_ms;      /* monotonic: when the feed is asked for without another reason */
	enum tg_status feed;  /* of the last question */
	struct tg_error said; /* the last trouble with the feed that was logged */
	uint64_t answered;    /* FRESH: the highest ticket that has its answer */
	uint64_t hurried;     /* FRESH: the highest ticket an exchange was begun for */
	int64_t heard_ms;     /* monotonic: the listener heard the centre; -1 never */
	struct tg_buf told;   /* what it heard */
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
	pthread_cond_broadcast(&a->turn);
	pthread_mutex_unlock(&a->lock);
}

enum tg_status tg_agent_freshen(struct tg_agent *a, int timeout_ms)
{
	struct timespec until = tg_clock_after(timeout_ms);
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
	struct timespec t = tg_clock_after(mono_ms - a->clock.mono_ms(a->clock.ctx));
	pthread_mutex_lock(&a->lock);
	while (!a->poked && !atomic_load(&a->stop))
		if (pthread_cond_timedwait(&a->wake, &a->lock, &t) == ETIMEDOUT)
			break;
	a->poked = false;
	pthread_mutex_unlock(&a->lock);
}

static void publish(struct tg_agent *a, const struct sender *from)
{
	const struct tg_sync *s = &from->sync;
	int64_t worked_ms = from->heard_ms > s->worked_ms ? from->heard_ms : s->worked_ms;
	pthread_mutex_lock(&a->lock);
	/* A centre that asks to wait is there. */
	a->worked_ms = s->sender.last == TG_OK || s->sender.last == TG_CENTRE_BUSY ? worked_ms : -1;
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
	tg_forget_finish(&s->forgetting);
	tg_buf_finish(&s->told);
	*s = (struct sender){0};
}

static enum tg_status open_parts(struct sender *s, struct tg_agent *a, struct tg_error *err)
{
	const struct tg_agent_config *c = a->config;
	struct tg_sender_config pace = tg_sender_defaults();
	pace.backoff_base_ms = c->backoff_ms;
	pace.backoff_cap_ms = c->backoff_cap_ms;
	pace.ask_every_ms = c->ask_every_ms;
	*s = (struct sender){.heard_ms = -1};
	tg_sync_init(&s->sync, &pace);
	TG_TRY(tg_store_open(&s->store, c->database, TG_STORE_KIOSK, c->kiosk, err));
	TG_TRY(tg_ack_key_load(&s->key, c->centre->ack_key, err));
	TG_TRY(tg_centre_link_open(&s->link, c, err));
	TG_TRY(tg_store_acked(s->store, &s->sync.acked_seq, err));
	s->sync.store = s->store;
	s->sync.ack_key = s->key;
	s->sync.kiosk = c->kiosk;
	s->sync.port = tg_centre_port(&s->link);
	s->sync.tree.every_ms = c->prove_every_ms;
	s->trust.config = c;
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

static enum tg_status take_version(const struct tg_feed_item *item, void *version)
{
	if (strcmp(item->key, TAMGA_VERSION) != 0)
		(void)tg_copy(version, sizeof(((struct tg_link_status *)0)->software), item->key);
	return TG_OK;
}

/* The newest version that is told: for technicians, who ask the agent how it is. */
static void note_software(struct sender *s, struct tg_agent *a)
{
	struct tg_error err = {0};
	char version[sizeof(a->status.software)] = "";
	if (tg_store_feed_held(s->store, "software", 1, take_version, version, &err) != TG_OK)
		return;
	pthread_mutex_lock(&a->lock);
	bool other = strcmp(a->status.software, version) != 0;
	(void)tg_copy(a->status.software, sizeof(a->status.software), version);
	pthread_mutex_unlock(&a->lock);
	if (other && version[0])
		tg_log_info("version %s is to be installed", version);
}

/* From where the listener listens; not while the centre is not there. */
static void let_listen(struct sender *s, struct tg_agent *a)
{
	struct tg_error err = {0};
	struct tg_feed_place at;
	enum tg_sender_state state = s->sync.sender.state;
	bool there = (state == TG_SENDER_LEVEL || state == TG_SENDER_HALTED) && s->feed == TG_OK;
	if (tg_store_feed_place(s->store, &at, &err) != TG_OK)
		there = false;
	pthread_mutex_lock(&a->lock);
	/* After it was lost, an exchange comes first. */
	if (there && !a->lost) {
		a->feed_at = at;
		a->listening = true;
		pthread_cond_signal(&a->turn);
	}
	pthread_mutex_unlock(&a->lock);
}

static bool take_told(struct sender *s, struct tg_agent *a, struct tg_feed_place *at)
{
	tg_buf_reset(&s->told);
	pthread_mutex_lock(&a->lock);
	struct tg_buf empty = s->told;
	s->told = a->told;
	a->told = empty;
	*at = a->told_at;
	a->listening = a->listening && s->told.len == 0;
	pthread_mutex_unlock(&a->lock);
	return s->told.len > 0;
}

/* The centre spoke: it need not be asked whether it is there, but now and then what it remembers. */
static void note_heard(struct sender *s, struct tg_agent *a)
{
	int64_t now = a->clock.mono_ms(a->clock.ctx), every = (int64_t)a->config->ask_every_ms;
	int64_t until = now + (int64_t)tg_agent_listen_s(a->config) * 1000 + every;
	int64_t at_last = s->sync.worked_ms + ASKED_AT_LEAST * every;
	s->heard_ms = now;
	s->feed_ms = until;
	tg_sender_heard(&s->sync.sender, until < at_last ? until : at_last);
}

/* What the listener heard, unless the feed was read meanwhile. */
static void hear(struct sender *s, struct tg_agent *a)
{
	struct tg_error err = {0};
	struct tg_feed_place at, now;
	bool more = false;
	if (!take_told(s, a, &at))
		return;
	note_heard(s, a);
	if (tg_store_feed_place(s->store, &now, &err) != TG_OK || now.after != at.after || now.walk != at.walk)
		return;
	s->feed = tg_sync_feed_came(&s->sync, &at, (struct tg_bytes){s->told.data, s->told.len}, &more, &err);
	err.status = s->feed;
	log_feed(s, &err);
	if (more)
		read_feed(s, a);
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

/* After those who wait had their answer. */
static void look_after_trust(struct sender *s, struct tg_agent *a, struct turn *t)
{
	if (tg_trust_prove(&s->trust, &s->sync) != TG_OK)
		publish(a, s);
	else if (tg_trust_sign(&s->trust, &s->sync))
		t->again = a->clock.mono_ms(a->clock.ctx);
}

/* The centre's time where it is known from this run, else no earlier than it ever signed. */
static int64_t centre_now(const struct sender *s, const struct tg_agent *a)
{
	int64_t wall = a->clock.wall_ms(a->clock.ctx);
	if (s->sync.acked_ms > 0)
		return wall + s->sync.clock_offset_ms;
	return wall > s->sync.seen.centre_ms ? wall : s->sync.seen.centre_ms;
}

/* Whatever comes of it, the journal is sent as before. */
static void renew_in_time(struct sender *s, struct tg_agent *a)
{
	struct tg_error err = {0};
	enum tg_status before = s->renewal.last, st = tg_renewal_turn(&s->renewal, a, centre_now(s, a), &err);
	if (st != TG_OK && st != before)
		tg_log_error(&err, "the channel certificate is not renewed");
}

/* Nothing more is to be sent just now: the feed, those who wait, and sleep. */
static void rest(struct sender *s, struct tg_agent *a, struct turn *t)
{
	hear(s, a);
	int64_t now = a->clock.mono_ms(a->clock.ctx);
	renew_in_time(s, a);
	if (feed_is_due(s, t, now, t->ticket > s->answered))
		read_feed(s, a);
	enum tg_status sent = t->sent != TG_OK ? t->sent : s->sync.sender.last;
	fresh_is(a, t->ticket, sent != TG_OK ? sent : s->feed);
	s->answered = t->ticket;
	look_after_trust(s, a, t);
	if (s->sync.sender.state == TG_SENDER_LEVEL && s->sync.acked_ms > 0)
		tg_forget_turn(&s->forgetting, a, s->store, centre_now(s, a));
	note_software(s, a);
	let_listen(s, a);
	/* A kiosk that died between writing and poking: its entries are looked for all the same. */
	if (t->again > now + (int64_t)a->config->poll_ms)
		t->again = now + (int64_t)a->config->poll_ms;
	sleep_until(a, t->again);
	t->exchanged = false;
}

static bool was_lost(struct tg_agent *a)
{
	pthread_mutex_lock(&a->lock);
	bool lost = a->lost;
	a->lost = false;
	pthread_mutex_unlock(&a->lock);
	return lost;
}

/* The clock was set since the last exchange: what that one said of it holds no longer (K-14). */
static bool clock_was_set(const struct sender *s, const struct tg_agent *a)
{
	if (s->sync.acked_ms <= 0 || s->sync.worked_ms < 0)
		return false;
	int64_t by_wall = a->clock.wall_ms(a->clock.ctx) - s->sync.acked_ms;
	int64_t moved = by_wall - (a->clock.mono_ms(a->clock.ctx) - s->sync.worked_ms);
	return moved > CLOCK_SET_MS || moved < -CLOCK_SET_MS;
}

static void one_round(struct sender *s, struct tg_agent *a, struct turn *t, struct tg_error *err)
{
	int64_t worked = s->sync.worked_ms;
	t->ticket = fresh_wanted(a);
	/* A centre that was gone may have forgotten; one that is gone is paused for as ever. */
	bool level = s->sync.sender.state == TG_SENDER_LEVEL, lost = was_lost(a) && level;
	if (lost || (level && clock_was_set(s, a)) || t->ticket > s->hurried)
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
		publish(a, s);
		log_change(&before, &err, &s->sync);
		if (turn.sent == TG_SHARD_OTHER && tg_agent_follow(a, s->store, tg_http_elsewhere(s->link.http)))
			return;
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
