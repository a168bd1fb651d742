#include "relay.h"

#include "tamga/log.h"

#include <curl/curl.h>
#include <strings.h>

#define ANSWER_MAX    (64u * 1024u)
#define CONNECT_MS    5000
#define TIMEOUT_MS    20000 /* a kiosk waits 30 s */
#define QUESTIONS_MAX 256u
#define REST_MS       10000

static size_t take(char *bytes, size_t size, size_t n, void *ctx)
{
	struct tg_relay_lane *l = ctx;
	size_t len = size * n;
	if (len > ANSWER_MAX || l->answer.len > ANSWER_MAX - len)
		return 0;
	tg_buf_add(&l->answer, bytes, len);
	return l->answer.failed ? 0 : len;
}

static bool set_text(CURL *c, CURLoption option, const char *value)
{
	return !value || curl_easy_setopt(c, option, value) == CURLE_OK;
}

static bool set_number(CURL *c, CURLoption option, long value)
{
	return curl_easy_setopt(c, option, value) == CURLE_OK;
}

/* Nothing from the environment, no redirects; the peer is who --relay-ca says. */
static bool set_all(struct tg_relay_lane *l, const struct tg_centre_options *o)
{
	CURL *c = l->curl;
	return set_text(c, CURLOPT_URL, o->relay) && set_text(c, CURLOPT_PROTOCOLS_STR, "http,https") &&
	       set_text(c, CURLOPT_PROXY, "") && set_number(c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) &&
	       set_number(c, CURLOPT_NOSIGNAL, 1) && set_number(c, CURLOPT_FOLLOWLOCATION, 0) &&
	       set_number(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) && set_number(c, CURLOPT_TIMEOUT_MS, TIMEOUT_MS) &&
	       set_number(c, CURLOPT_POST, 1) && set_text(c, CURLOPT_CAINFO, o->relay_ca) &&
	       set_text(c, CURLOPT_SSLCERT, o->relay_cert) && set_text(c, CURLOPT_SSLKEY, o->relay_key) &&
	       curl_easy_setopt(c, CURLOPT_HTTPHEADER, l->headers) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEDATA, l) == CURLE_OK;
}

static struct curl_slist *make_headers(void)
{
	static const char *const lines[] = {"Content-Type: application/pkixcmp", "Accept: application/pkixcmp",
	        "Connection: keep-alive", "Expect:"};
	struct curl_slist *list = NULL;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct curl_slist *more = curl_slist_append(list, lines[i]);
		if (!more) {
			curl_slist_free_all(list);
			return NULL;
		}
		list = more;
	}
	return list;
}

static enum tg_status make_lane(struct tg_relay *r, struct tg_relay_lane *l, struct tg_error *err)
{
	l->relay = r;
	if (pthread_mutex_init(&l->lock, NULL) != 0)
		return tg_error_set(err, TG_NO_MEMORY, "relay");
	l->made = true;
	TG_TRY(tg_queue_init(&l->queue));
	l->queue.max = QUESTIONS_MAX;
	l->curl = curl_easy_init();
	l->headers = make_headers();
	return l->curl && l->headers && set_all(l, r->o)
	               ? TG_OK
	               : tg_error_set(err, TG_CONFIG, "relay: libcurl lacks what is needed");
}

static void free_lane(struct tg_relay_lane *l)
{
	if (!l->made)
		return;
	if (l->curl)
		curl_easy_cleanup(l->curl);
	curl_slist_free_all(l->headers);
	tg_buf_finish(&l->answer);
	tg_queue_finish(&l->queue);
	pthread_mutex_destroy(&l->lock);
	l->made = false;
}

enum tg_status tg_relay_open(struct tg_relay *r, const struct tg_centre_options *o, struct tg_error *err)
{
	*r = (struct tg_relay){.o = o, .on = o->relay != NULL};
	enum tg_status st = r->on ? make_lane(r, &r->own, err) : TG_OK;
	for (unsigned i = 0; r->on && st == TG_OK && i < TG_RELAY_LANES; i++)
		st = make_lane(r, &r->lanes[i], err);
	return st;
}

void tg_relay_close(struct tg_relay *r)
{
	free_lane(&r->own);
	for (unsigned i = 0; i < TG_RELAY_LANES; i++)
		free_lane(&r->lanes[i]);
}

/* --- One message */
static struct tg_relay_lane *lane_of(struct tg_relay *r, const char *kiosk)
{
	unsigned h = 5381;
	for (const char *c = kiosk; *c; c++)
		h = h * 33 + (unsigned char)*c;
	return *kiosk ? &r->lanes[h % TG_RELAY_LANES] : &r->own;
}

struct tg_queue *tg_relay_queue(struct tg_relay *r, const char *kiosk)
{
	return &lane_of(r, kiosk)->queue;
}

static enum tg_status read_answer(const struct tg_relay_lane *l, struct tg_buf *answer, struct tg_error *err)
{
	long http = 0;
	const char *type = NULL;
	curl_easy_getinfo(l->curl, CURLINFO_RESPONSE_CODE, &http);
	curl_easy_getinfo(l->curl, CURLINFO_CONTENT_TYPE, &type);
	if (http != 200)
		return tg_error_set(err, TG_CA_DOWN, "the CA elsewhere answers HTTP %ld", http);
	if (!type || strncasecmp(type, "application/pkixcmp", 19) != 0 || l->answer.len == 0)
		return tg_error_set(err, TG_CA_GARBAGE, "the CA elsewhere answers something else than CMP");
	tg_buf_add(answer, l->answer.data, l->answer.len);
	return tg_buf_status(answer);
}

static enum tg_status exchange(
        struct tg_relay_lane *l, struct tg_bytes request, struct tg_buf *answer, struct tg_error *err)
{
	tg_buf_reset(&l->answer);
	if (curl_easy_setopt(l->curl, CURLOPT_POSTFIELDSIZE, (long)request.len) != CURLE_OK ||
	        curl_easy_setopt(l->curl, CURLOPT_POSTFIELDS, request.data) != CURLE_OK)
		return tg_error_set(err, TG_NO_MEMORY, "relay");
	CURLcode code = curl_easy_perform(l->curl);
	if (code == CURLE_WRITE_ERROR)
		return tg_error_set(err, TG_CA_GARBAGE, "the CA elsewhere answers too much");
	return code == CURLE_OK ? read_answer(l, answer, err)
	                        : tg_error_set(err, TG_CA_DOWN, "the CA elsewhere: %s", curl_easy_strerror(code));
}

enum tg_status tg_relay_exchange(
        void *ctx, const char *route, struct tg_bytes request, struct tg_buf *answer, struct tg_error *err)
{
	struct tg_relay_lane *l = lane_of(ctx, route);
	const struct tg_clock real = tg_clock_real();
	pthread_mutex_lock(&l->lock);
	/* What the centre itself has to ask comes from a thread that owes other things too: of a hundred revocations
	 * one finds out that nobody answers, and the others wait for the next round. */
	bool own = l == &l->relay->own;
	enum tg_status st = own && real.mono_ms(real.ctx) < l->again_ms
	                            ? tg_error_set(err, TG_CA_DOWN, "the CA elsewhere did not answer just now")
	                            : exchange(l, request, answer, err);
	if (own && st != TG_OK && real.mono_ms(real.ctx) >= l->again_ms)
		l->again_ms = real.mono_ms(real.ctx) + REST_MS;
	pthread_mutex_unlock(&l->lock);
	return st;
}

/* --- Threads */
static void *run(void *ctx)
{
	struct tg_relay_lane *l = ctx;
	struct tg_request *list;
	while ((list = tg_queue_take(&l->queue, 0)))
		while (list) {
			struct tg_request *q = list;
			list = q->next;
			tg_desk_cmp(l->relay->desk, q);
			q->answered = true;
			MHD_resume_connection(q->connection);
		}
	return NULL;
}

enum tg_status tg_relay_start(struct tg_relay *r, struct tg_desk *d, struct tg_error *err)
{
	r->desk = d;
	for (unsigned i = 0; r->on && i < TG_RELAY_LANES; i++) {
		if (pthread_create(&r->lanes[i].thread, NULL, run, &r->lanes[i]) != 0)
			return tg_error_set(err, TG_NO_MEMORY, "relay thread");
		r->lanes[i].running = true;
	}
	return TG_OK;
}

void tg_relay_stop(struct tg_relay *r)
{
	for (unsigned i = 0; i < TG_RELAY_LANES; i++) {
		if (!r->lanes[i].running)
			continue;
		tg_queue_close(&r->lanes[i].queue);
		pthread_join(r->lanes[i].thread, NULL);
		r->lanes[i].running = false;
	}
}
