/* What may be asked of the centre, by whom, how long it may be. Whoever may not is refused before a byte of the body is
 * looked at. */
#include "centre.h"
#include "tamga/link.h"

#include <errno.h>
#include <stdlib.h>

#define CMP_MAX   (64u * 1024u)
#define ENROL_MAX (16u * 1024u)

struct route {
	const char *method, *path, *type; /* type: of the body; NULL with GET */
	size_t body_max;
	bool peer; /* a known kiosk only */
	enum tg_work work;
};
static const struct route routes[] = {
        {"POST", "/v1/journal", "application/octet-stream", TG_BATCH_BYTES, true, TG_WORK_JOURNAL},
        {"POST", "/v1/ask/", "application/json", TG_LINK_ASK_MAX, true, TG_WORK_ASK},
        {"GET", "/v1/high-water", NULL, 0, true, TG_WORK_HIGH_WATER},
        {"GET", "/v1/feed", NULL, 0, true, TG_WORK_FEED},
        {"POST", "/v1/cmp", "application/pkixcmp", CMP_MAX, true, TG_WORK_CMP},
        {"POST", "/v1/enrol", "application/json", ENROL_MAX, false, TG_WORK_ENROL},
        {"GET", "/crl/issuing.crl", NULL, 0, false, TG_WORK_CRL},
        {"GET", "/crl/root.crl", NULL, 0, false, TG_WORK_ROOT_CRL},
        {"GET", "/ca/issuing.cer", NULL, 0, false, TG_WORK_ISSUING},
        {"GET", "/crl/issuing-gost.crl", NULL, 0, false, TG_WORK_GOST_CRL},
        {"GET", "/crl/root-gost.crl", NULL, 0, false, TG_WORK_GOST_ROOT_CRL},
        {"GET", "/ca/issuing-gost.cer", NULL, 0, false, TG_WORK_GOST_ISSUING},
        {"GET", "/ca/chain.pem", NULL, 0, false, TG_WORK_CHAIN},
        {"GET", "/ca/channel-ca.pem", NULL, 0, false, TG_WORK_CHANNEL_CA},
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

static enum MHD_Result reply(struct MHD_Connection *c, unsigned http, const char *type, const void *bytes, size_t n)
{
	/* MHD_RESPMEM_MUST_COPY only reads. */
	union {
		const void *in;
		void *out;
	} body = {.in = bytes};
	struct MHD_Response *r = MHD_create_response_from_buffer(n, body.out, MHD_RESPMEM_MUST_COPY);
	if (!r)
		return MHD_NO;
	enum MHD_Result ok = MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (ok == MHD_YES)
		ok = MHD_queue_response(c, http, r);
	MHD_destroy_response(r);
	return ok;
}

static enum MHD_Result reply_refusal(struct MHD_Connection *c, unsigned http, enum tg_status st)
{
	char text[96];
	int n = snprintf(text, sizeof(text), "{\"code\":%d,\"name\":\"%s\"}\n", (int)st, tg_status_name(st));
	return reply(c, http, "application/json", text, (size_t)n);
}

static const char *header(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

/* 0, or the HTTP status of what is wrong with the head of a request with a body. */
static unsigned check_head(struct MHD_Connection *c, const struct route *r)
{
	const char *length = header(c, MHD_HTTP_HEADER_CONTENT_LENGTH), *type = header(c, MHD_HTTP_HEADER_CONTENT_TYPE);
	char *end = NULL;
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
	unsigned n;
	const char *after;
};

static enum MHD_Result see_argument(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct arguments *a = ctx;
	(void)kind;
	a->n++;
	if (strcmp(name, "after") == 0)
		a->after = value;
	return MHD_YES;
}

/* "?after=CURSOR" for the feed and nothing else; no other route reads any. */
static bool check_arguments(struct MHD_Connection *c, const struct route *r, uint64_t *after)
{
	struct arguments a = {0};
	char *end = NULL;
	if (r->work != TG_WORK_FEED)
		return true;
	(void)MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, see_argument, &a);
	if (a.n != 1 || !a.after || a.after[0] < '0' || a.after[0] > '9' || strlen(a.after) > 19)
		return false;
	errno = 0;
	*after = strtoull(a.after, &end, 10);
	return errno == 0 && *end == '\0' && *after <= INT64_MAX;
}

static struct tg_peer *peer_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info ? info->socket_context : NULL;
}

/* The head of a request: refused here, or a request to be filled. */
static enum MHD_Result begin(
        struct tg_server *s, struct MHD_Connection *c, const char *method, const char *url, void **request)
{
	const struct route *r = find(method, url);
	struct tg_peer *p = peer_of(c);
	if (!r)
		return reply_refusal(c, MHD_HTTP_NOT_FOUND, TG_NOT_FOUND);
	enum tg_status who = r->peer ? TG_KIOSK_UNKNOWN : TG_OK;
	if (r->peer && p)
		who = tg_peer_check(&s->peers, p, c);
	if (who != TG_OK)
		return reply_refusal(c, tg_http_of(who), who);
	unsigned wrong = check_head(c, r);
	if (wrong)
		return reply_refusal(c, wrong, wrong == MHD_HTTP_CONTENT_TOO_LARGE ? TG_LIMIT : TG_INVALID);
	uint64_t after = 0;
	if (!check_arguments(c, r, &after))
		return reply_refusal(c, MHD_HTTP_BAD_REQUEST, TG_INVALID);
	struct tg_request *q = calloc(1, sizeof(*q));
	if (!q)
		return MHD_NO;
	q->connection = c;
	q->after = after;
	q->work = r->work;
	if (r->work == TG_WORK_ASK)
		(void)tg_copy(q->path, sizeof(q->path), url + strlen(r->path));
	if (r->peer)
		(void)tg_copy(q->kiosk, sizeof(q->kiosk), p->kiosk);
	*request = q;
	return MHD_YES;
}

static enum MHD_Result finish(struct tg_request *q)
{
	if (tg_buf_status(&q->answer) != TG_OK)
		return MHD_NO;
	return reply(
	        q->connection, q->http, q->type, q->answer.data ? (const void *)q->answer.data : "", q->answer.len);
}

/* Everything is here: to the thread whose work it is. */
static enum MHD_Result hand_over(struct tg_server *s, struct tg_request *q)
{
	bool journal = q->work == TG_WORK_JOURNAL;
	bool replica = journal || q->work == TG_WORK_HIGH_WATER || q->work == TG_WORK_FEED;
	struct tg_queue *to = replica ? &s->writer->queue : &s->desk->queue;
	if (q->work == TG_WORK_ASK)
		to = strcmp(q->path, "registers") == 0 ? &s->register_asker->queue : &s->asker->queue;
	enum tg_status st = tg_buf_status(&q->body);
	struct tg_bytes body = {q->body.data, q->body.len};
	if (st == TG_OK && journal)
		st = tg_batch_decode(body, q->kiosk, &q->entries, &q->n);
	if (st != TG_OK)
		return reply_refusal(q->connection, tg_http_of(st), st);
	q->queued = true;
	/* First suspended: the answer may be there before put returns. */
	MHD_suspend_connection(q->connection);
	if (tg_queue_put(to, q))
		return MHD_YES;
	tg_request_refuse(q, TG_CENTRE_DOWN);
	q->answered = true;
	MHD_resume_connection(q->connection);
	return MHD_YES;
}

enum MHD_Result tg_routes_handle(void *ctx, struct MHD_Connection *c, const char *url, const char *method,
        const char *version, const char *upload, size_t *upload_len, void **request)
{
	struct tg_server *s = ctx;
	struct tg_request *q = *request;
	(void)version;
	if (!q)
		return begin(s, c, method, url, request);
	if (*upload_len > 0) {
		tg_buf_add(&q->body, upload, *upload_len);
		*upload_len = 0;
		return MHD_YES;
	}
	if (q->answered)
		return finish(q);
	return q->queued ? MHD_YES : hand_over(s, q);
}

void tg_routes_done(void *ctx, struct MHD_Connection *c, void **request, enum MHD_RequestTerminationCode why)
{
	(void)ctx;
	(void)c;
	(void)why;
	tg_request_free(*request);
	*request = NULL;
}
