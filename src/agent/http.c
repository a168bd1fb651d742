/* HTTP by libcurl with OpenSSL: deadlines, a cap on answers, nothing from the environment. */
#include "agent.h"
#include "tamga/text.h"

#include <curl/curl.h>
#include <jansson.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_MS 5000L

struct tg_http {
	CURL *curl;
	struct tg_http_options o;
	struct tg_buf *answer; /* of the request under way */
	size_t answer_max;
	bool too_long;
};

static size_t take_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct tg_http *h = ctx;
	if (n * size > h->answer_max || h->answer->len > h->answer_max - n * size) {
		h->too_long = true;
		return 0;
	}
	tg_buf_add(h->answer, bytes, n * size);
	return h->answer->failed ? 0 : n * size;
}

static bool set_security(CURL *c, const struct tg_http_options *o)
{
	long version = o->tls13 ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2;
	bool ok = curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, o->plain ? "http,https" : "https") == CURLE_OK;
	ok = ok && curl_easy_setopt(c, CURLOPT_SSLVERSION, version) == CURLE_OK;
	ok = ok && curl_easy_setopt(c, CURLOPT_CAPATH, NULL) == CURLE_OK;
	ok = ok && curl_easy_setopt(c, CURLOPT_CAINFO, o->ca ? o->ca : "/nonexistent") == CURLE_OK;
	if (o->any_server) {
		ok = ok && curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK;
		ok = ok && curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK;
	}
	if (o->cert && o->key) {
		ok = ok && curl_easy_setopt(c, CURLOPT_SSLCERT, o->cert) == CURLE_OK;
		ok = ok && curl_easy_setopt(c, CURLOPT_SSLKEY, o->key) == CURLE_OK;
	}
	return ok;
}

static bool set_habits(struct tg_http *h)
{
	CURL *c = h->curl;
	return curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEDATA, h) == CURLE_OK;
}

enum tg_status tg_http_create(struct tg_http **out, const struct tg_http_options *o, struct tg_error *err)
{
	*out = NULL;
	struct tg_http *h = calloc(1, sizeof(*h));
	if (!h)
		return tg_error_set(err, TG_NO_MEMORY, "http");
	h->o = *o;
	h->curl = curl_easy_init();
	if (!h->curl || !set_security(h->curl, o) || !set_habits(h)) {
		tg_http_destroy(h);
		return tg_error_set(err, TG_CONFIG, "http: libcurl lacks what is needed");
	}
	*out = h;
	return TG_OK;
}

void tg_http_destroy(struct tg_http *h)
{
	if (!h)
		return;
	if (h->curl)
		curl_easy_cleanup(h->curl);
	free(h);
}

static enum tg_status curl_status(const struct tg_http *h, CURLcode code)
{
	if (h->too_long)
		return h->o.garbage;
	switch ((int)code) {
	case CURLE_OPERATION_TIMEDOUT:
		return TG_TIMEOUT;
	case CURLE_OUT_OF_MEMORY:
		return TG_NO_MEMORY;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
		return TG_TLS;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_HTTP2:
	case CURLE_BAD_CONTENT_ENCODING:
		return h->o.garbage;
	default:
		return h->o.down;
	}
}

/* A refusal by name, as the centre writes it: {"code": 507, "name": "sync-fork"}. */
static enum tg_status named_refusal(const struct tg_buf *body)
{
	json_t *o = json_loadb((const char *)body->data, body->len, 0, NULL);
	json_int_t code = json_integer_value(json_object_get(o, "code"));
	enum tg_status st = TG_OK;
	json_decref(o);
	for (size_t i = 0; tg_status_each(i, &st); i++)
		if ((json_int_t)st == code)
			return st;
	return TG_OK;
}

static enum tg_status refusal(const struct tg_http *h, long http, const struct tg_buf *answer, struct tg_error *err)
{
	enum tg_status named = answer->len > 0 ? named_refusal(answer) : TG_OK;
	enum tg_status st = named;
	if (http >= 500)
		st = h->o.down; /* its full disk is not ours */
	else if (http < 400)
		st = h->o.garbage;
	else if (st == TG_OK)
		st = h->o.refused;
	return tg_error_set(err, st, "HTTP %ld, %s", http, tg_status_name(named));
}

static enum tg_status judge(
        struct tg_http *h, const struct tg_http_request *q, struct tg_buf *answer, struct tg_error *err)
{
	long http = 0;
	const char *type = NULL;
	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &http);
	curl_easy_getinfo(h->curl, CURLINFO_CONTENT_TYPE, &type);
	if (http != 200)
		return refusal(h, http, answer, err);
	if (q->accept && (!type || strncasecmp(type, q->accept, strlen(q->accept)) != 0))
		return tg_error_set(err, h->o.garbage, "answer is not %s", q->accept);
	return tg_buf_status(answer);
}

static enum tg_status perform(
        struct tg_http *h, const struct tg_http_request *q, struct tg_buf *answer, struct tg_error *err)
{
	char why[CURL_ERROR_SIZE] = "";
	curl_easy_setopt(h->curl, CURLOPT_ERRORBUFFER, why);
	CURLcode code = curl_easy_perform(h->curl);
	curl_easy_setopt(h->curl, CURLOPT_ERRORBUFFER, NULL);
	if (code != CURLE_OK) {
		char clean[160];
		tg_text_clean(clean, sizeof(clean), why, strlen(why), 120);
		return tg_error_set(err, curl_status(h, code), "%s", clean[0] ? clean : curl_easy_strerror(code));
	}
	return judge(h, q, answer, err);
}

enum tg_status tg_http_do(
        struct tg_http *h, const struct tg_http_request *q, struct tg_buf *answer, struct tg_error *err)
{
	char type[96];
	struct curl_slist *headers = NULL;
	tg_buf_reset(answer);
	h->answer = answer;
	h->too_long = false;
	h->answer_max = q->answer_max > 0 ? q->answer_max : h->o.answer_max;
	if (h->o.net_switch && access(h->o.net_switch, F_OK) == 0)
		return tg_error_set(err, h->o.down, "network is switched off");
	curl_easy_setopt(h->curl, CURLOPT_URL, q->url);
	curl_easy_setopt(h->curl, CURLOPT_TIMEOUT_MS, (long)q->timeout_ms);
	if (q->content_type) {
		(void)snprintf(type, sizeof(type), "Content-Type: %s", q->content_type);
		headers = curl_slist_append(headers, type);
		headers = headers ? curl_slist_append(headers, "Expect:") : NULL;
		if (!headers)
			return tg_error_set(err, TG_NO_MEMORY, "http headers");
		curl_easy_setopt(h->curl, CURLOPT_POST, 1L);
		curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, (const char *)q->body.data);
		curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body.len);
	} else {
		curl_easy_setopt(h->curl, CURLOPT_HTTPGET, 1L);
	}
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers);
	enum tg_status st = perform(h, q, answer, err);
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	return st;
}
