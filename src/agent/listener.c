/* The thread that waits at the centre for something to be told to this kiosk (C-5). What comes it hands to the sender,
 * which owns the database; the sender says from where to listen. src/decisions/0253. */
#include "agent.h"
#include "tamga/log.h"

#include <stdlib.h>
#include <unistd.h>

struct listener {
	struct tg_agent *agent;
	struct tg_centre_link link;
	struct tg_buf page;
	unsigned failures; /* in a row */
};

unsigned tg_agent_listen_s(const struct tg_agent_config *c)
{
	/* Longer than the sender would leave the centre alone: then it need not ask. */
	unsigned s = c->ask_every_ms / 600;
	return s < 1 ? 1 : s > TG_FEED_WAIT_MAX_S ? TG_FEED_WAIT_MAX_S : s;
}

/* False: it is time to end. */
static bool wait_for_turn(struct tg_agent *a, struct tg_feed_place *at)
{
	pthread_mutex_lock(&a->lock);
	while (!atomic_load(&a->stop) && (!a->listening || a->told.len > 0))
		pthread_cond_wait(&a->turn, &a->lock);
	*at = a->feed_at;
	pthread_mutex_unlock(&a->lock);
	return !atomic_load(&a->stop);
}

static void pause_for(struct tg_agent *a, int64_t ms)
{
	struct timespec until = tg_clock_after(ms);
	pthread_mutex_lock(&a->lock);
	while (!atomic_load(&a->stop))
		if (pthread_cond_timedwait(&a->turn, &a->lock, &until) != 0)
			break;
	pthread_mutex_unlock(&a->lock);
}

/* Ten thousand lose their centre in one moment: they come back spread over time. */
static void lost(struct listener *l)
{
	struct tg_agent *a = l->agent;
	struct tg_sync_port port = tg_centre_port(&l->link);
	unsigned doublings = l->failures < 16 ? l->failures : 16;
	uint64_t top = (uint64_t)a->config->backoff_ms << doublings;
	if (top > a->config->backoff_cap_ms)
		top = a->config->backoff_cap_ms;
	l->failures++;
	pthread_mutex_lock(&a->lock);
	a->listening = false;
	pthread_mutex_unlock(&a->lock);
	pause_for(a, (int64_t)(port.random(port.ctx) * (top + 1) >> 32));
	/* The sender asks whether the centre is there and remembers; then there is something to listen to again. */
	pthread_mutex_lock(&a->lock);
	a->lost = a->poked = true;
	pthread_cond_signal(&a->wake);
	pthread_mutex_unlock(&a->lock);
}

static void hand_over(struct listener *l, const struct tg_feed_place *at)
{
	struct tg_agent *a = l->agent;
	l->failures = 0;
	pthread_mutex_lock(&a->lock);
	struct tg_buf empty = a->told;
	a->told = l->page;
	a->told_at = *at;
	a->poked = true;
	pthread_cond_signal(&a->wake);
	pthread_mutex_unlock(&a->lock);
	l->page = empty;
}

static void listen_once(struct listener *l, const struct tg_feed_place *at)
{
	struct tg_error err = {0};
	const struct tg_agent_config *c = l->agent->config;
	enum tg_status st = tg_centre_feed(&l->link, at, tg_agent_listen_s(c), &l->page, &err);
	/* In training the line was cut in the meantime. */
	if (st == TG_OK && c->net_switch && access(c->net_switch, F_OK) == 0)
		st = TG_CENTRE_DOWN;
	if (st == TG_OK && l->page.len > 0)
		hand_over(l, at);
	else
		lost(l);
}

void *tg_agent_listener(void *ctx)
{
	struct listener l = {.agent = ctx};
	struct tg_feed_place at;
	struct tg_error err = {0};
	if (tg_centre_link_open(&l.link, l.agent->config, &err) != TG_OK) {
		tg_log_error(&err, "the feed is only asked for now and then");
		return NULL;
	}
	l.link.stop = &l.agent->stop;
	while (wait_for_turn(l.agent, &at))
		listen_once(&l, &at);
	tg_centre_link_close(&l.link);
	tg_buf_finish(&l.page);
	return NULL;
}
