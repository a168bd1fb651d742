/* A register behind HTTPS: deadline, a cap on answers, nothing from the environment. */
#include "tamga/register.h"
#include "tamga/text.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX 65536u
#define TIMEOUT_MS 5000
#define URL_MAX    600

struct tg_register_https {
	struct tg_register_https_settings s;
	CURL *curl;
	struct curl_slist *headers;
	struct tg_buf answer;
};

static size_t take(char *bytes, size_t size, size_t n, void *ctx)
{
	struct tg_register_https *h = ctx;
	size_t len = size * n;
	if (len > ANSWER_MAX || h->answer.len > ANSWER_MAX - len)
		return 0;
	tg_buf_add(&h->answer, bytes, len);
	return h->answer.failed ? 0 : len;
}

static bool set_text(CURL *c, CURLoption option, const char *value)
{
	return curl_easy_setopt(c, option, value) == CURLE_OK;
}

static bool set_number(CURL *c, CURLoption option, long value)
{
	return curl_easy_setopt(c, option, value) == CURLE_OK;
}

static bool set_all(struct tg_register_https *h)
{
	CURL *c = h->curl;
	const struct tg_register_https_settings *s = &h->s;
	bool ok = set_text(c, CURLOPT_PROTOCOLS_STR, "https") && set_text(c, CURLOPT_PROXY, "") &&
	          set_number(c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) && set_number(c, CURLOPT_NOSIGNAL, 1) &&
	          set_number(c, CURLOPT_FOLLOWLOCATION, 0) &&
	          set_number(c, CURLOPT_TIMEOUT_MS, s->timeout_ms > 0 ? s->timeout_ms : TIMEOUT_MS) &&
	          set_number(c, CURLOPT_POST, 1) && curl_easy_setopt(c, CURLOPT_HTTPHEADER, h->headers) == CURLE_OK &&
	          curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
	          curl_easy_setopt(c, CURLOPT_WRITEDATA, h) == CURLE_OK;
	if (ok && s->ca)
		ok = set_text(c, CURLOPT_CAPATH, NULL) && set_text(c, CURLOPT_CAINFO, s->ca);
	if (ok && s->cert && s->key)
		ok = set_text(c, CURLOPT_SSLCERT, s->cert) && set_text(c, CURLOPT_SSLKEY, s->key);
	return ok;
}

enum tg_status tg_register_https_create(
        struct tg_register_https **out, const struct tg_register_https_settings *s, struct tg_error *err)
{
	*out = NULL;
	if (!s->url || strncmp(s->url, "https://", 8) != 0 || strlen(s->url) > URL_MAX - 100 ||
	        strpbrk(s->url, "@?#\r\n "))
		return tg_error_set(err, TG_CONFIG, "--register-url: https://HOST[:PORT][/PATH] expected");
	struct tg_register_https *h = calloc(1, sizeof(*h));
	if (!h)
		return tg_error_set(err, TG_NO_MEMORY, "registers");
	h->s = *s;
	h->curl = curl_easy_init();
	h->headers = curl_slist_append(NULL, "Content-Type: application/json");
	struct curl_slist *more = h->headers ? curl_slist_append(h->headers, "Expect:") : NULL;
	if (!h->curl || !more || !set_all(h)) {
		tg_register_https_destroy(h);
		return tg_error_set(err, TG_CONFIG, "registers: libcurl lacks what is needed");
	}
	*out = h;
	return TG_OK;
}

void tg_register_https_destroy(struct tg_register_https *h)
{
	if (!h)
		return;
	if (h->curl)
		curl_easy_cleanup(h->curl);
	curl_slist_free_all(h->headers);
	tg_buf_wipe(&h->answer);
	free(h);
}

static enum tg_status down(struct tg_error *err, const char *why)
{
	return tg_error_set(err, TG_REGISTER_DOWN, "register: %s", why);
}

/* Only strings of a sane length are facts: the rest of a strange answer goes no further. */
static enum tg_status read_facts(json_t *facts, struct tg_register_record *out, struct tg_error *err)
{
	const char *name;
	json_t *value, *clean = json_object();
	if (!json_is_object(facts) || !clean) {
		json_decref(clean);
		return down(err, "no facts");
	}
	bool ok = true;
	json_object_foreach((json_t *)(uintptr_t)facts, name,
	        value) if (json_is_string(value) && json_string_length(value) < 1000) ok =
	        ok && json_object_set(clean, name, value) == 0;
	char *text = ok ? json_dumps(clean, JSON_COMPACT) : NULL;
	json_decref(clean);
	if (!text)
		return tg_error_set(err, TG_NO_MEMORY, "register");
	tg_buf_add_str(&out->facts, text);
	free(text);
	return tg_buf_status(&out->facts);
}

static enum tg_status read_answer(const struct tg_buf *b, struct tg_register_record *out, struct tg_error *err)
{
	json_t *o = json_loadb((const char *)b->data, b->len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *found = json_object_get(o, "found"), *time = json_object_get(o, "time_ms");
	const char *source = json_string_value(json_object_get(o, "source"));
	enum tg_status st = TG_OK;
	if (!json_is_boolean(found) || !json_is_integer(time) || json_integer_value(time) <= 0 || !source) {
		st = down(err, "an answer that is none");
	} else {
		tg_text_clean(out->source, sizeof(out->source), source, strlen(source), 100);
		out->time_ms = json_integer_value(time);
		out->ended = json_is_true(json_object_get(o, "ended"));
		st = json_is_true(found) ? read_facts(json_object_get(o, "facts"), out, err) : TG_NOT_FOUND;
	}
	json_decref(o);
	return st;
}

static enum tg_status ask(struct tg_register_https *h, const char *url, const char *body, struct tg_error *err)
{
	long http = 0;
	const char *type = NULL;
	tg_buf_reset(&h->answer);
	if (!set_text(h->curl, CURLOPT_URL, url) || !set_text(h->curl, CURLOPT_COPYPOSTFIELDS, body))
		return tg_error_set(err, TG_NO_MEMORY, "register");
	CURLcode code = curl_easy_perform(h->curl);
	if (code != CURLE_OK)
		return down(err, curl_easy_strerror(code));
	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &http);
	curl_easy_getinfo(h->curl, CURLINFO_CONTENT_TYPE, &type);
	if (http != 200 || !type || strncasecmp(type, "application/json", 16) != 0)
		return tg_error_set(err, TG_REGISTER_DOWN, "register: HTTP %ld, or not application/json", http);
	return TG_OK;
}

static enum tg_status look(
        void *ctx, const char *id, const char *key, struct tg_register_record *out, struct tg_error *err)
{
	struct tg_register_https *h = ctx;
	char url[URL_MAX];
	json_t *question = json_pack("{s:s}", "key", key);
	char *body = question ? json_dumps(question, JSON_COMPACT) : NULL;
	json_decref(question);
	if (!body)
		return down(err, "the key is no text");
	(void)snprintf(url, sizeof(url), "%s/v1/registers/%s", h->s.url, id);
	enum tg_status st = ask(h, url, body, err);
	free(body);
	if (st == TG_OK)
		st = read_answer(&h->answer, out, err);
	tg_buf_wipe(&h->answer);
	return st;
}

struct tg_register_port tg_register_https_port(struct tg_register_https *h)
{
	return (struct tg_register_port){look, h};
}
