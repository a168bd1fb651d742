/* Questions of the kiosk to the centre: carried, not understood. Requirements C-5, K-15, K-16. */
#include "agent.h"

static struct tg_http_pool pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

void tg_agent_ask_finish(void)
{
	tg_http_pool_finish(&pool);
}

static enum tg_status make_handle(const struct tg_agent_config *c, struct tg_http **out, struct tg_error *err)
{
	const struct tg_http_options o = {.ca = c->centre->tls->ca,
	        .cert = c->centre->tls->cert,
	        .key = c->centre->tls->key,
	        .tls13 = true,
	        .net_switch = c->net_switch,
	        .answer_max = TG_LINK_ASK_ANSWER_MAX,
	        .down = TG_CENTRE_DOWN,
	        .garbage = TG_CENTRE_GARBAGE,
	        .refused = TG_CENTRE_REFUSED};
	return tg_http_create(out, &o, err);
}

enum tg_status tg_agent_ask(
        struct tg_agent *a, const struct tg_link_request *q, struct tg_buf *answer, struct tg_error *err)
{
	char url[512];
	const struct tg_agent_config *c = a->config;
	struct tg_http_request r = {.url = url,
	        .content_type = "application/json",
	        .accept = "application/json",
	        .body = q->body,
	        .timeout_ms = (int)c->timeout_ms};
	if (snprintf(url, sizeof(url), "%s/v1/ask/%s", c->centre->url, q->path) >= (int)sizeof(url))
		return tg_error_set(err, TG_CONFIG, "centre.url is too long");
	if (q->timeout_ms > 0 && q->timeout_ms < (uint32_t)r.timeout_ms)
		r.timeout_ms = (int)q->timeout_ms;
	struct tg_http *h = tg_http_pool_take(&pool);
	if (!h)
		TG_TRY(make_handle(c, &h, err));
	enum tg_status st = tg_http_do(h, &r, answer, err);
	tg_http_pool_give(&pool, h);
	if (st == TG_OK && answer->len == 0)
		st = tg_error_set(err, TG_CENTRE_GARBAGE, "an empty answer");
	return st;
}
