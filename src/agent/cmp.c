/* CMP bytes to the centre or to another certification authority: where, how protected, nothing about what they mean. */
#include "agent.h"

#define ANSWER_MAX (128u * 1024u)

/* Transactions of several messages are the normal case. */
static struct tg_http_pool pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

void tg_agent_cmp_finish(void)
{
	tg_http_pool_finish(&pool);
}

static struct tg_http_options options(const struct tg_agent_config *c)
{
	static const struct tg_agent_tls none;
	bool own = !c->cmp->url && c->cmp->n_endpoints == 0;
	const struct tg_agent_tls *tls = own ? c->centre->tls : c->cmp->tls ? c->cmp->tls : &none;
	struct tg_http_options o = tg_http_to_centre(tls, c->net_switch, ANSWER_MAX);
	o.down = TG_CA_DOWN;
	o.garbage = TG_CA_GARBAGE;
	o.refused = TG_CA_REFUSED;
	if (own)
		return o;
	/* An HTTP error of a stranger is not the CA's word: only its own signed message refuses an application. */
	o.refused = TG_CA_GARBAGE;
	o.stranger = TG_TLS;
	o.tls13 = false;
	o.plain = !tls->ca;
	return o;
}

static const char *address(const struct tg_agent_config *c, const char *endpoint, char *own, size_t cap)
{
	for (unsigned i = 0; i < c->cmp->n_endpoints; i++)
		if (strcmp(c->cmp->endpoints[i].profile, endpoint) == 0)
			return c->cmp->endpoints[i].url;
	if (c->cmp->url || c->cmp->n_endpoints > 0)
		return c->cmp->url;
	int n = snprintf(own, cap, "%s/v1/cmp", c->centre->url);
	return n > 0 && (size_t)n < cap ? own : NULL;
}

/* Whatever the answer names, to the kiosk it is the certification authority that speaks, whoever carries its bytes. */
static enum tg_status as_ca(enum tg_status st)
{
	switch ((int)st) {
	case TG_OK:
	case TG_TIMEOUT:
	case TG_TLS:
	case TG_CHANNEL_OTHER:
	case TG_NO_MEMORY:
	case TG_KIOSK_UNKNOWN:
	case TG_CA_DOWN:
	case TG_CA_GARBAGE:
		return st;
	case TG_CENTRE_DOWN:
		return TG_CA_DOWN;
	default:
		return TG_CA_REFUSED;
	}
}

enum tg_status tg_agent_cmp(
        struct tg_agent *a, const struct tg_link_request *q, struct tg_buf *answer, struct tg_error *err)
{
	char own[512];
	struct tg_http *h = NULL;
	const struct tg_agent_config *c = a->config;
	struct tg_http_request r = {.url = address(c, q->endpoint, own, sizeof(own)),
	        .content_type = "application/pkixcmp",
	        .accept = "application/pkixcmp",
	        .body = q->body,
	        .timeout_ms = (int)c->timeout_ms};
	if (!r.url)
		return tg_error_set(err, TG_CONFIG, "cmp: no address for profile %s", q->endpoint);
	/* The centre looks the application up before it issues: the journal goes first. Where it does not get through
	 * the centre says so itself, or is not there. */
	int64_t began = a->clock.mono_ms(a->clock.ctx);
	if (q->timeout_ms > 0 && q->timeout_ms < INT32_MAX)
		r.timeout_ms = (int)q->timeout_ms;
	if (r.url == own)
		(void)!tg_agent_freshen(a, r.timeout_ms / 2);
	int64_t took = a->clock.mono_ms(a->clock.ctx) - began;
	if (took > 0 && took < r.timeout_ms)
		r.timeout_ms -= (int)took;
	const struct tg_http_options o = options(c);
	TG_TRY(tg_http_pool_take(&pool, &o, &h, err));
	enum tg_status st = as_ca(tg_http_do(h, &r, answer, err));
	tg_http_pool_give(&pool, h);
	if (st == TG_OK && answer->len == 0)
		st = tg_error_set(err, TG_CA_GARBAGE, "an empty answer");
	if (st != TG_OK && err)
		err->status = st;
	return st;
}
