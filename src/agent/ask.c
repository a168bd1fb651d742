/* Questions of the kiosk to the centre: carried, not understood. Requirements C-5, K-15, K-16. */
#include "agent.h"

#define OTHERS_MAX 2 /* where a kiosk moved twice */

static struct tg_http_pool pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

void tg_agent_ask_finish(void)
{
	tg_http_pool_finish(&pool);
}

static enum tg_status ask_at(struct tg_http *h, const char *centre, const char *path, struct tg_http_request r,
        struct tg_buf *answer, struct tg_error *err)
{
	char url[512];
	if (snprintf(url, sizeof(url), "%s/v1/ask/%s", centre, path) >= (int)sizeof(url))
		return tg_error_set(err, TG_CONFIG, "centre.url is too long");
	r.url = url;
	return tg_http_do(h, &r, answer, err);
}

/* Another centre may keep what was asked for (C-7): it is named, and asked in the time that is left. The channel CA is
 * the same, so that an address that is none of ours leads nowhere. */
static enum tg_status ask(struct tg_agent *a, struct tg_http *h, const struct tg_link_request *q,
        struct tg_http_request *r, struct tg_buf *answer, struct tg_error *err)
{
	char centre[256];
	const int64_t until = a->clock.mono_ms(a->clock.ctx) + r->timeout_ms;
	enum tg_status st = ask_at(h, a->config->centre->url, q->path, *r, answer, err);
	for (int other = 0; st == TG_SHARD_OTHER && other < OTHERS_MAX; other++) {
		int64_t left = until - a->clock.mono_ms(a->clock.ctx);
		if (left <= 0 || !tg_copy(centre, sizeof(centre), tg_http_elsewhere(h)) || !centre[0])
			break;
		r->timeout_ms = (int)left;
		st = ask_at(h, centre, q->path, *r, answer, err);
	}
	return st;
}

enum tg_status tg_agent_ask(
        struct tg_agent *a, const struct tg_link_request *q, struct tg_buf *answer, struct tg_error *err)
{
	struct tg_http *h = NULL;
	const struct tg_agent_config *c = a->config;
	const struct tg_http_options o = tg_http_to_centre(c->centre->tls, c->net_switch, TG_LINK_ASK_ANSWER_MAX);
	bool hurried = q->timeout_ms > 0 && q->timeout_ms < c->timeout_ms;
	struct tg_http_request r = {.content_type = "application/json",
	        .accept = "application/json",
	        .body = q->body,
	        .timeout_ms = (int)(hurried ? q->timeout_ms : c->timeout_ms)};
	TG_TRY(tg_http_pool_take(&pool, &o, &h, err));
	enum tg_status st = ask(a, h, q, &r, answer, err);
	tg_http_pool_give(&pool, h);
	if (st == TG_OK && answer->len == 0)
		st = tg_error_set(err, TG_CENTRE_GARBAGE, "an empty answer");
	return st;
}
