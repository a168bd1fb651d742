/* Handles that are lent and given back, so that a kept connection serves the next request too. */
#include "agent.h"

struct tg_http *tg_http_pool_take(struct tg_http_pool *p)
{
	struct tg_http *h = NULL;
	pthread_mutex_lock(&p->lock);
	for (int i = 0; i < TG_HTTP_POOL && !h; i++) {
		h = p->idle[i];
		p->idle[i] = NULL;
	}
	pthread_mutex_unlock(&p->lock);
	return h;
}

void tg_http_pool_give(struct tg_http_pool *p, struct tg_http *h)
{
	pthread_mutex_lock(&p->lock);
	for (int i = 0; i < TG_HTTP_POOL && h; i++) {
		if (p->idle[i])
			continue;
		p->idle[i] = h;
		h = NULL;
	}
	pthread_mutex_unlock(&p->lock);
	tg_http_destroy(h);
}

void tg_http_pool_finish(struct tg_http_pool *p)
{
	struct tg_http *h;
	while ((h = tg_http_pool_take(p)))
		tg_http_destroy(h);
}
