#include "public.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <time.h>

#define DATE_MAX 40
#define TAG_MAX  (2 * 16 + 3)

static void date_of(int64_t ms, char out[DATE_MAX])
{
	struct tm t;
	time_t s = (time_t)(ms / 1000);
	/* The words of HTTP are English whatever the locale is: it is never set here. */
	if (!gmtime_r(&s, &t) || strftime(out, DATE_MAX, "%a, %d %b %Y %H:%M:%S GMT", &t) == 0)
		out[0] = '\0';
}

static void tag_of(struct tg_bytes body, char out[TAG_MAX])
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char hex[2 * 16 + 1];
	SHA256(body.data, body.len, hash);
	tg_hex(hash, 16, hex);
	(void)snprintf(out, TAG_MAX, "\"%s\"", hex);
}

static const char *header(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

/* If-None-Match goes before If-Modified-Since (RFC 9110 13.2.2). */
static bool has_it(struct MHD_Connection *c, const char *tag, int64_t since_ms)
{
	struct tm t = {0};
	const char *tags = header(c, MHD_HTTP_HEADER_IF_NONE_MATCH);
	if (tags)
		return strcmp(tags, "*") == 0 || strstr(tags, tag) != NULL;
	const char *date = header(c, MHD_HTTP_HEADER_IF_MODIFIED_SINCE);
	const char *end = date && since_ms > 0 ? strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &t) : NULL;
	return end && *end == '\0' && (int64_t)timegm(&t) >= since_ms / 1000;
}

static bool add(struct MHD_Response *r, const char *name, const char *value)
{
	return !value[0] || MHD_add_response_header(r, name, value) == MHD_YES;
}

/* max-age ends before what is said does; Expires is the same moment, for caches of HTTP/1.0: RFC 5019 would let it be
 * nextUpdate, and such a cache would tell of a revocation only then (src/decisions/0244). */
static bool add_cache(
        const struct tg_public *p, struct MHD_Response *r, const struct tg_public_answer *a, const char *tag)
{
	char control[80], expires[DATE_MAX], since[DATE_MAX] = "";
	int64_t now = p->clock.wall_ms(p->clock.ctx), fresh = TG_PUBLIC_FRESH_S;
	if (a->until_ms > 0 && (a->until_ms - now) / 1000 < fresh)
		fresh = a->until_ms > now ? (a->until_ms - now) / 1000 : 0;
	(void)snprintf(
	        control, sizeof(control), "max-age=%lld, public, no-transform, must-revalidate", (long long)fresh);
	date_of(now + fresh * 1000, expires);
	if (a->since_ms > 0)
		date_of(a->since_ms, since);
	return add(r, MHD_HTTP_HEADER_CACHE_CONTROL, control) && add(r, MHD_HTTP_HEADER_EXPIRES, expires) &&
	       add(r, MHD_HTTP_HEADER_LAST_MODIFIED, since) && add(r, MHD_HTTP_HEADER_ETAG, tag);
}

enum MHD_Result tg_public_give(struct tg_public *p, struct MHD_Connection *c, const struct tg_public_answer *a)
{
	/* MHD_RESPMEM_MUST_COPY only reads. */
	union {
		const void *in;
		void *out;
	} body = {.in = a->body.data ? (const void *)a->body.data : ""};
	char tag[TAG_MAX] = "";
	if (a->cached)
		tag_of(a->body, tag);
	bool same = a->cached && has_it(c, tag, a->since_ms);
	struct MHD_Response *r =
	        MHD_create_response_from_buffer(same ? 0 : a->body.len, body.out, MHD_RESPMEM_MUST_COPY);
	if (!r)
		return MHD_NO;
	bool ok = add(r, MHD_HTTP_HEADER_CONTENT_TYPE, a->type) && add(r, "X-Content-Type-Options", "nosniff") &&
	          (a->cached ? add_cache(p, r, a, tag) : add(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store"));
	enum MHD_Result done = ok ? MHD_queue_response(c, same ? MHD_HTTP_NOT_MODIFIED : a->http, r) : MHD_NO;
	MHD_destroy_response(r);
	return done;
}
