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

enum tg_status tg_centre_feed(struct tg_centre_link *l, const struct tg_feed_place *at, unsigned wait_s,
        struct tg_buf *answer, struct tg_error *err)
{
	char url[sizeof(l->feed) + 96], more[32] = "";
	const struct tg_http_request q = {.url = url,
	        .accept = "application/octet-stream",
	        .timeout_ms = l->timeout_ms + (int)wait_s * 1000,
	        .answer_max = TG_FEED_PAGE_BYTES,
	        .stop = l->stop};
	if (wait_s > 0)
		(void)snprintf(more, sizeof(more), "&wait=%u", wait_s);
	(void)snprintf(url, sizeof(url), "%s?after=%llu&walk=%llu%s", l->feed, (unsigned long long)at->after,
	        (unsigned long long)at->walk, more);
	return tg_http_do(l->http, &q, answer, err);
}

static enum tg_status ask_feed(void *ctx, const struct tg_feed_place *at, struct tg_buf *answer, struct tg_error *err)
{
	return tg_centre_feed(ctx, at, 0, answer, err);
}

static enum tg_status ask_tree(
        void *ctx, const struct tg_tree_question *ask, struct tg_buf *answer, struct tg_error *err)
{
	struct tg_centre_link *l = ctx;
	char url[sizeof(l->tree) + 96];
	const struct tg_http_request q = {.url = url,
	        .accept = "application/octet-stream",
	        .timeout_ms = l->timeout_ms,
	        .answer_max = TG_TREE_PROOF_BYTES};
	(void)snprintf(url, sizeof(url), "%s?from=%llu&to=%llu&seq=%llu", l->tree, (unsigned long long)ask->from,
	        (unsigned long long)ask->to, (unsigned long long)ask->seq);
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

static int64_t asked_wait(void *ctx)
{
	const struct tg_centre_link *l = ctx;
	return tg_http_wait_ms(l->http);
}

enum tg_status tg_centre_link_open(struct tg_centre_link *l, const struct tg_agent_config *c, struct tg_error *err)
{
	struct tg_http_options o = tg_http_to_centre(c->centre->tls, c->net_switch, ANSWER_MAX);
	o.busy = TG_CENTRE_BUSY;
	*l = (struct tg_centre_link){.timeout_ms = (int)c->timeout_ms};
	int n = (int)sizeof(l->feed);
	if (snprintf(l->high_water, sizeof(l->high_water), "%s/v1/high-water", c->centre->url) >= n ||
	        snprintf(l->tree, sizeof(l->tree), "%s/v1/tree", c->centre->url) >= n ||
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
	return (struct tg_sync_port){.ask = ask,
	        .send = send_batch,
	        .random = draw,
	        .ctx = l,
	        .feed = ask_feed,
	        .wait_ms = asked_wait,
	        .tree = ask_tree};
}
