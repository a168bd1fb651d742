/* Handles that are lent and given back, so that a kept connection serves the next request too. */
#include "agent.h"

static struct tg_http *take_idle(struct tg_http_pool *p)
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

enum tg_status tg_http_pool_take(
        struct tg_http_pool *p, const struct tg_http_options *o, struct tg_http **out, struct tg_error *err)
{
	*out = take_idle(p);
	return *out ? TG_OK : tg_http_create(out, o, err);
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
	while ((h = take_idle(p)))
		tg_http_destroy(h);
}
