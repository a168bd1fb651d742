/* The centre's endpoints for journal and feed as the sender's port. */
#include "agent.h"

#include <sys/random.h>

#define ANSWER_MAX 4096u /* an acknowledgement has some 170 bytes */

static enum tg_status ask(void *ctx, struct tg_buf *answer, struct tg_error *err)
{
	struct tg_centre_link *l = ctx;
	const struct tg_http_request q = {
	        .url = l->high_water, .accept = "application/octet-stream", .timeout_ms = l->timeout_ms};
	return tg_http_do(l->http, &q, answer, err);
}

static enum tg_status send_batch(void *ctx, struct tg_bytes batch, struct tg_buf *answer, struct tg_error *err)
{
	struct tg_centre_link *l = ctx;
	const struct tg_http_request q = {.url = l->journal,
	        .content_type = "application/octet-stream",
	        .accept = "application/octet-stream",
	        .body = batch,
	        .timeout_ms = l->timeout_ms};
	return tg_http_do(l->http, &q, answer, err);
}

static enum tg_status ask_feed(void *ctx, uint64_t cursor, struct tg_buf *answer, struct tg_error *err)
{
	struct tg_centre_link *l = ctx;
	char url[sizeof(l->feed) + 32];
	const struct tg_http_request q = {.url = url,
	        .accept = "application/octet-stream",
	        .timeout_ms = l->timeout_ms,
	        .answer_max = TG_FEED_PAGE_BYTES};
	(void)snprintf(url, sizeof(url), "%s?after=%llu", l->feed, (unsigned long long)cursor);
	return tg_http_do(l->http, &q, answer, err);
}

static uint32_t draw(void *ctx)
{
	uint32_t r = 0;
	(void)ctx;
	/* A failure leaves zero: no pause where one was due, and the next draw tries again. */
	(void)!getrandom(&r, sizeof(r), GRND_NONBLOCK);
	return r;
}

enum tg_status tg_centre_link_open(struct tg_centre_link *l, const struct tg_agent_config *c, struct tg_error *err)
{
	const struct tg_http_options o = {.ca = c->centre->tls->ca,
	        .cert = c->centre->tls->cert,
	        .key = c->centre->tls->key,
	        .tls13 = true,
	        .net_switch = c->net_switch,
	        .answer_max = ANSWER_MAX,
	        .down = TG_CENTRE_DOWN,
	        .garbage = TG_CENTRE_GARBAGE,
	        .refused = TG_CENTRE_REFUSED};
	*l = (struct tg_centre_link){.timeout_ms = (int)c->timeout_ms};
	int n = (int)sizeof(l->feed);
	if (snprintf(l->high_water, sizeof(l->high_water), "%s/v1/high-water", c->centre->url) >= n ||
	        snprintf(l->journal, sizeof(l->journal), "%s/v1/journal", c->centre->url) >= n ||
	        snprintf(l->feed, sizeof(l->feed), "%s/v1/feed", c->centre->url) >= n)
		return tg_error_set(err, TG_CONFIG, "centre.url is too long");
	return tg_http_create(&l->http, &o, err);
}

void tg_centre_link_close(struct tg_centre_link *l)
{
	tg_http_destroy(l->http);
	l->http = NULL;
}

struct tg_sync_port tg_centre_port(struct tg_centre_link *l)
{
	return (struct tg_sync_port){.ask = ask, .send = send_batch, .random = draw, .ctx = l, .feed = ask_feed};
}
