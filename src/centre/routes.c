/* What may be asked of the centre, by whom, how long it may be. Whoever may not is refused before a byte of the body is
 * looked at. */
#include "centre.h"
#include "relay.h"
#include "tamga/link.h"

#include <errno.h>
#include <stdlib.h>

#define CMP_MAX    (64u * 1024u)
#define ENROL_MAX  (16u * 1024u)
#define SHORT_BODY (16u * 1024u)

#define ASK "/v1/ask/"

enum who { ANYBODY, OUR_KIOSK, ANY_KIOSK }; /* ANY_KIOSK: of another shard too */
struct route {
	const char *method, *path, *type; /* type: of the body; NULL with GET */
	size_t body_max;
	enum who who;
	enum tg_work work;
};
static const struct route routes[] = {
        {"POST", "/v1/journal", "application/octet-stream", TG_BATCH_BYTES, OUR_KIOSK, TG_WORK_JOURNAL},
        {"POST", ASK "status", "application/json", TG_LINK_ASK_MAX, ANY_KIOSK, TG_WORK_ASK},
        {"POST", ASK, "application/json", TG_LINK_ASK_MAX, OUR_KIOSK, TG_WORK_ASK},
        {"GET", "/v1/high-water", NULL, 0, OUR_KIOSK, TG_WORK_HIGH_WATER},
        {"GET", "/v1/feed", NULL, 0, OUR_KIOSK, TG_WORK_FEED},
        {"GET", "/v1/tree", NULL, 0, OUR_KIOSK, TG_WORK_TREE},
        {"POST", "/v1/cmp", "application/pkixcmp", CMP_MAX, OUR_KIOSK, TG_WORK_CMP},
        {"POST", "/v1/enrol", "application/json", ENROL_MAX, ANYBODY, TG_WORK_ENROL},
        {"POST", "/v1/renew", "application/json", ENROL_MAX, OUR_KIOSK, TG_WORK_RENEW},
        {"GET", "/ca/channel-ca.pem", NULL, 0, ANYBODY, TG_WORK_CHANNEL_CA},
        {"GET", "/ca/", NULL, 0, ANYBODY, TG_WORK_PUBLIC},
        {"GET", "/crl/", NULL, 0, ANYBODY, TG_WORK_PUBLIC},
};

/* A path that ends with '/' stands for all below it. */
static bool is_at(const struct route *r, const char *path)
{
	size_t n = strlen(r->path);
	return r->path[n - 1] == '/' ? strncmp(r->path, path, n) == 0 : strcmp(r->path, path) == 0;
}

static const struct route *find(const char *method, const char *path)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (is_at(&routes[i], path) && strcmp(routes[i].method, method) == 0)
			return &routes[i];
	return NULL;
}

static struct tg_peer *peer_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info ? info->socket_context : NULL;
}

/* `wait_ms` 0: nobody is asked to wait. */
static enum MHD_Result reply(
        struct MHD_Connection *c, unsigned http, const char *type, const void *bytes, size_t n, unsigned wait_ms)
{
	char seconds[16];
	/* MHD_RESPMEM_MUST_COPY only reads. */
	union {
		const void *in;
		void *out;
	} body = {.in = bytes};
	struct MHD_Response *r = MHD_create_response_from_buffer(n, body.out, MHD_RESPMEM_MUST_COPY);
	if (!r)
		return MHD_NO;
	enum MHD_Result ok = MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	(void)snprintf(seconds, sizeof(seconds), "%u", (wait_ms + 999) / 1000);
	if (ok == MHD_YES && wait_ms > 0)
		ok = MHD_add_response_header(r, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
	if (ok == MHD_YES)
		ok = MHD_queue_response(c, http, r);
	tg_door_phase(peer_of(c), TG_PHASE_ANSWER, 0);
	MHD_destroy_response(r);
	return ok;
}

/* Before it was given to anybody. */
static enum MHD_Result reply_refusal(
        struct tg_server *s, struct MHD_Connection *c, unsigned http, enum tg_status st, unsigned wait_ms)
{
	struct tg_request q = {.wait_ms = wait_ms};
	tg_counts_refused(&s->counts, st);
	tg_request_refuse(&q, st);
	enum MHD_Result ok = tg_buf_status(&q.answer) == TG_OK
	                             ? reply(c, http, q.type, q.answer.data, q.answer.len, wait_ms)
	                             : MHD_NO;
	tg_buf_finish(&q.answer);
	return ok;
}

/* Another centre keeps this stream: where it is. */
static enum MHD_Result reply_elsewhere(struct tg_server *s, struct MHD_Connection *c, const char *url)
{
	struct tg_request q = {.elsewhere = url};
	tg_counts_refused(&s->counts, TG_SHARD_OTHER);
	tg_request_refuse(&q, TG_SHARD_OTHER);
	enum MHD_Result ok = MHD_NO;
	if (tg_buf_status(&q.answer) == TG_OK)
		ok = reply(c, q.http, q.type, q.answer.data, q.answer.len, 0);
	tg_buf_finish(&q.answer);
	return ok;
}

static const char *header(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

struct head {
	unsigned lengths, hosts;
	bool odd;
};

static enum MHD_Result see_header(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct head *h = ctx;
	(void)kind;
	(void)value;
	h->lengths += strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0;
	h->hosts += strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0;
	h->odd = h->odd || strpbrk(name, " \t") != NULL;
	return MHD_YES;
}

/* Where a request ends must be said once and plainly, else what follows it may be taken for another; whom it is for too
 * (RFC 9112 3.2: the library would answer a missing Host itself, without our names). */
static bool is_ambiguous(struct MHD_Connection *c)
{
	struct head h = {0};
	(void)MHD_get_connection_values(c, MHD_HEADER_KIND, see_header, &h);
	return h.lengths > 1 || h.hosts != 1 || h.odd;
}

/* 0, or the HTTP status of what is wrong with the head of a request with a body. */
static unsigned check_head(struct MHD_Connection *c, const struct route *r)
{
	const char *length = header(c, MHD_HTTP_HEADER_CONTENT_LENGTH), *type = header(c, MHD_HTTP_HEADER_CONTENT_TYPE);
	char *end = NULL;
	if (is_ambiguous(c))
		return MHD_HTTP_BAD_REQUEST;
	if (header(c, MHD_HTTP_HEADER_TRANSFER_ENCODING) || (r->type && !length))
		return MHD_HTTP_LENGTH_REQUIRED;
	if (!length)
		return 0;
	errno = 0;
	unsigned long long n = strtoull(length, &end, 10);
	if (errno || *end != '\0' || length[0] < '0' || length[0] > '9')
		return MHD_HTTP_BAD_REQUEST;
	if (n > r->body_max)
		return MHD_HTTP_CONTENT_TOO_LARGE;
	if (r->type && (!type || strcasecmp(type, r->type) != 0))
		return MHD_HTTP_UNSUPPORTED_MEDIA_TYPE;
	return 0;
}

struct arguments {
	struct tg_request *q;
	unsigned n;
	bool after, wrong;
};

/* Decimal digits; false for anything else or more than `max`. */
static bool read_number(const char *text, uint64_t max, uint64_t *out)
{
	char *end = NULL;
	if (!text || text[0] < '0' || text[0] > '9' || strlen(text) > 19)
		return false;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' && *out <= max;
}

static enum MHD_Result see_argument(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct arguments *a = ctx;
	uint64_t seconds = 0;
	bool right = false;
	(void)kind;
	a->n++;
	if (strcmp(name, "after") == 0)
		a->after = right = read_number(value, INT64_MAX, &a->q->after);
	else if (strcmp(name, "walk") == 0)
		right = read_number(value, INT64_MAX, &a->q->walk);
	else if (strcmp(name, "wait") == 0)
		right = read_number(value, TG_FEED_WAIT_MAX_S, &seconds);
	if (seconds > 0)
		a->q->wait_s = (unsigned)seconds;
	a->wrong = a->wrong || !right;
	return MHD_YES;
}

static enum MHD_Result see_tree_argument(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct arguments *a = ctx;
	struct tg_tree_question *t = &a->q->tree;
	uint64_t *to = NULL;
	(void)kind;
	if (strcmp(name, "from") == 0)
		to = &t->from;
	else if (strcmp(name, "to") == 0)
		to = &t->to;
	else if (strcmp(name, "seq") == 0)
		to = &t->seq;
	a->n++;
	a->wrong = a->wrong || !to || !read_number(value, INT64_MAX, to);
	return MHD_YES;
}

/* "?from=SIZE&to=SIZE&seq=SEQ", each once. */
static bool check_tree_arguments(struct MHD_Connection *c, struct tg_request *q)
{
	struct arguments a = {.q = q};
	(void)MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, see_tree_argument, &a);
	unsigned known = 0;
	for (size_t i = 0; i < 3; i++)
		known += MHD_lookup_connection_value(
		                 c, MHD_GET_ARGUMENT_KIND, (const char *[]){"from", "to", "seq"}[i]) != NULL;
	return !a.wrong && a.n == 3 && known == 3;
}

/* "?after=CURSOR&walk=CURSOR&wait=SECONDS" for the feed, the last two as wanted, none twice; no other route reads any.
 */
static bool check_arguments(struct MHD_Connection *c, struct tg_request *q)
{
	struct arguments a = {.q = q};
	if (q->work == TG_WORK_TREE)
		return check_tree_arguments(c, q);
	if (q->work != TG_WORK_FEED)
		return true;
	(void)MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, see_argument, &a);
	unsigned known = 0;
	for (size_t i = 0; i < 3; i++)
		known += MHD_lookup_connection_value(
		                 c, MHD_GET_ARGUMENT_KIND, (const char *[]){"after", "walk", "wait"}[i]) != NULL;
	return a.after && !a.wrong && a.n == known;
}

/* The request itself, let in: what it asks fits, and there is room for it. */
static enum tg_status let_in(
        struct tg_server *s, struct tg_request *q, const struct route *r, const char *url, size_t bytes)
{
	if (!check_arguments(q->connection, q))
		return TG_INVALID;
	if (r->work == TG_WORK_ASK)
		(void)tg_copy(q->path, sizeof(q->path), url + strlen(ASK));
	if (r->work == TG_WORK_PUBLIC && !tg_copy(q->path, sizeof(q->path), url))
		return TG_NOT_FOUND;
	(void)tg_copy(q->flight.kiosk, sizeof(q->flight.kiosk), q->kiosk);
	q->flight.bytes = bytes;
	q->flight.writes = r->work == TG_WORK_JOURNAL;
	const int64_t now = s->peers.clock.mono_ms(s->peers.clock.ctx);
	return tg_pressure_admit(&s->pressure, &q->flight, now, &q->wait_ms);
}

static enum MHD_Result begin_body(struct tg_server *s, struct MHD_Connection *c, const struct route *r, const char *url,
        struct tg_peer *p, void **request)
{
	const char *length = header(c, MHD_HTTP_HEADER_CONTENT_LENGTH);
	size_t bytes = length ? strtoull(length, NULL, 10) : 0;
	struct tg_request *q = calloc(1, sizeof(*q));
	if (!q)
		return MHD_NO;
	q->connection = c;
	q->work = r->work;
	if (r->who != ANYBODY)
		(void)tg_copy(q->kiosk, sizeof(q->kiosk), p->kiosk);
	*request = q; /* freed when it is done with, whatever becomes of it */
	enum tg_status st = let_in(s, q, r, url, bytes);
	/* The answer to a short body comes after it, so that the connection is kept: a new one costs more than to let
	 * go of so few bytes. */
	if (st == TG_CENTRE_BUSY && bytes <= SHORT_BODY)
		q->refusal = st;
	else if (st != TG_OK)
		return reply_refusal(s, c, tg_http_of(st), st, q->wait_ms);
	tg_door_phase(p, TG_PHASE_BODY, bytes);
	return MHD_YES;
}

/* Who it is, and whether this is the centre where it belongs. */
static enum tg_status check_who(
        struct tg_server *s, struct MHD_Connection *c, struct tg_peer *p, enum who wanted, const char **elsewhere)
{
	if (wanted == ANYBODY)
		return TG_OK;
	if (wanted == ANY_KIOSK)
		return tg_peer_check_guest(&s->peers, p, c, s->outside);
	TG_TRY(tg_peer_check(&s->peers, p, c));
	return tg_outside_check(s->outside, p->kiosk, elsewhere);
}

/* The head of a request: refused here, or a request to be filled. First who it is, then what is asked, how long it is,
 * whether there is room; nothing of the body was read. */
static enum MHD_Result begin(struct tg_server *s, struct MHD_Connection *c, const char *method, const char *url,
        const char *version, void **request)
{
	const struct route *r = find(method, url);
	struct tg_peer *p = peer_of(c);
	atomic_fetch_add(&s->counts.requests, 1);
	if (!p || strcmp(version, MHD_HTTP_VERSION_1_1) != 0)
		return reply_refusal(s, c, MHD_HTTP_HTTP_VERSION_NOT_SUPPORTED, TG_INVALID, 0);
	if (!r)
		return reply_refusal(s, c, MHD_HTTP_NOT_FOUND, TG_NOT_FOUND, 0);
	const char *elsewhere = NULL;
	enum tg_status who = check_who(s, c, p, r->who, &elsewhere);
	if (who == TG_SHARD_OTHER)
		return reply_elsewhere(s, c, elsewhere);
	if (who != TG_OK)
		return reply_refusal(s, c, tg_http_of(who), who, 0);
	unsigned wrong = check_head(c, r);
	if (wrong)
		return reply_refusal(s, c, wrong, wrong == MHD_HTTP_CONTENT_TOO_LARGE ? TG_LIMIT : TG_INVALID, 0);
	return begin_body(s, c, r, url, p, request);
}

/* A batch says in its first bytes whose it is. The rest of a foreign one is let go as it comes. */
static void take_body(struct tg_request *q, const char *upload, size_t n)
{
	if (q->refusal != TG_OK)
		return;
	if (q->body.len + n > q->flight.bytes)
		q->refusal = TG_LIMIT; /* never: the length was announced */
	else
		tg_buf_add(&q->body, upload, n);
	if (q->work == TG_WORK_JOURNAL && q->refusal == TG_OK && q->body.len == n)
		q->refusal = tg_batch_look((struct tg_bytes){q->body.data, q->body.len}, q->kiosk);
	if (q->refusal != TG_OK)
		tg_buf_wipe(&q->body);
}

static enum MHD_Result finish(struct tg_server *s, struct tg_request *q)
{
	if (tg_buf_status(&q->answer) != TG_OK)
		return MHD_NO;
	if (q->refusal != TG_OK)
		tg_counts_refused(&s->counts, q->refusal);
	/* No route answers HEAD: what has bytes sends them. */
	struct tg_peer *p = peer_of(q->connection);
	if (p && q->answer.len > 0)
		tg_wire_hold(&p->wire);
	return reply(q->connection, q->http, q->type, q->answer.data ? (const void *)q->answer.data : "", q->answer.len,
	        q->refusal == TG_CENTRE_BUSY ? q->wait_ms : 0);
}

static struct tg_queue *queue_of(struct tg_server *s, const struct tg_request *q)
{
	if (q->work == TG_WORK_ASK)
		return strcmp(q->path, "registers") == 0 ? &s->register_asker->queue : &s->asker->queue;
	if (q->work == TG_WORK_TREE)
		return &s->asker->queue;
	if (q->work == TG_WORK_CMP && s->relay)
		return tg_relay_queue(s->relay, q->kiosk);
	bool replica = q->work == TG_WORK_JOURNAL || q->work == TG_WORK_HIGH_WATER || q->work == TG_WORK_FEED;
	return replica ? &s->writer->queue : &s->desk->queue;
}

static enum tg_status read_batch(struct tg_server *s, struct tg_request *q)
{
	struct tg_bytes body = {q->body.data, q->body.len};
	if (q->refusal != TG_OK)
		return q->refusal;
	TG_TRY(tg_buf_status(&q->body));
	if (q->work != TG_WORK_JOURNAL)
		return TG_OK;
	atomic_fetch_add(&s->counts.parsed, 1);
	return tg_batch_decode(body, q->kiosk, &q->entries, &q->n);
}

/* Everything is here: to the thread whose work it is. */
static enum MHD_Result hand_over(struct tg_server *s, struct tg_request *q)
{
	enum tg_status st = read_batch(s, q);
	if (st != TG_OK)
		return reply_refusal(s, q->connection, tg_http_of(st), st, q->wait_ms);
	q->queued = true;
	q->queued_us = tg_counts_now_us();
	if (q->n > 0)
		tg_pressure_ready(&s->pressure, q->body.len);
	tg_door_phase(peer_of(q->connection), TG_PHASE_OWED, 0);
	/* First suspended: the answer may be there before put returns. */
	MHD_suspend_connection(q->connection);
	st = tg_queue_put(queue_of(s, q), q);
	if (st == TG_OK)
		return MHD_YES;
	if (q->n > 0)
		tg_pressure_drained(&s->pressure, q->body.len, 0, 0); /* it waits no more */
	q->wait_ms = TG_PRESSURE_WAIT_MIN;
	tg_request_refuse(q, st);
	q->answered = true;
	MHD_resume_connection(q->connection);
	return MHD_YES;
}

enum MHD_Result tg_routes_handle(void *ctx, struct MHD_Connection *c, const char *url, const char *method,
        const char *version, const char *upload, size_t *upload_len, void **request)
{
	struct tg_server *s = ctx;
	struct tg_request *q = *request;
	if (!q)
		return begin(s, c, method, url, version, request);
	if (*upload_len > 0) {
		take_body(q, upload, *upload_len);
		*upload_len = 0;
		return MHD_YES;
	}
	if (q->answered)
		return finish(s, q);
	return q->queued ? MHD_YES : hand_over(s, q);
}

void tg_routes_done(void *ctx, struct MHD_Connection *c, void **request, enum MHD_RequestTerminationCode why)
{
	struct tg_server *s = ctx;
	struct tg_request *q = *request;
	(void)why;
	tg_door_phase(peer_of(c), TG_PHASE_IDLE, 0);
	if (q)
		tg_pressure_leave(&s->pressure, &q->flight);
	tg_request_free(q);
	*request = NULL;
}
