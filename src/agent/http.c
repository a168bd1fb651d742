/* HTTP by libcurl with OpenSSL: deadlines, a cap on answers, nothing from the environment. */
#include "agent.h"
#include "tamga/text.h"

#include <curl/curl.h>
#include <jansson.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_MS 5000L
#define EXPECT_FROM        (16u * 1024u)

/* Grows when the certificate files changed: connections of before are not used any more. */
static atomic_uint files;

struct tg_http {
	CURL *curl;
	unsigned files; /* as they were when the handle was made */
	struct tg_http_options o;
	struct tg_buf *answer; /* of the request under way */
	size_t answer_max;
	bool too_long;
	int64_t wait_ms;
	char elsewhere[256];
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

/* libcurl reads files, but a key of the TPM is more than its file. */
static CURLcode use_tpm_key(CURL *c, void *ssl_ctx, void *options)
{
	struct tg_error err = {0};
	const struct tg_http_options *o = options;
	(void)c;
	EVP_PKEY *key = tg_channel_key_load(o->key, &err);
	bool ok = key && SSL_CTX_use_certificate_chain_file(ssl_ctx, o->cert) == 1 &&
	          SSL_CTX_use_PrivateKey(ssl_ctx, key) == 1;
	EVP_PKEY_free(key);
	return ok ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
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
	if (o->cert && o->key && tg_channel_key_in_tpm(o->key)) {
		ok = ok && curl_easy_setopt(c, CURLOPT_SSL_CTX_FUNCTION, use_tpm_key) == CURLE_OK;
		ok = ok && curl_easy_setopt(c, CURLOPT_SSL_CTX_DATA, o) == CURLE_OK;
	} else if (o->cert && o->key) {
		ok = ok && curl_easy_setopt(c, CURLOPT_SSLCERT, o->cert) == CURLE_OK;
		ok = ok && curl_easy_setopt(c, CURLOPT_SSLKEY, o->key) == CURLE_OK;
	}
	return ok;
}

static int see_stop(void *ctx, curl_off_t down, curl_off_t now, curl_off_t up, curl_off_t sent)
{
	const atomic_bool *stop = ctx;
	(void)down, (void)now, (void)up, (void)sent;
	return atomic_load(stop) ? 1 : 0;
}

/* libcurl asks about once a second while nothing comes. */
static void heed_stop(struct tg_http *h, const atomic_bool *stop)
{
	curl_easy_setopt(h->curl, CURLOPT_XFERINFOFUNCTION, see_stop);
	curl_easy_setopt(h->curl, CURLOPT_XFERINFODATA, stop);
	curl_easy_setopt(h->curl, CURLOPT_NOPROGRESS, stop ? 0L : 1L);
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

static enum tg_status open_curl(struct tg_http *h, struct tg_error *err)
{
	if (h->curl)
		curl_easy_cleanup(h->curl);
	h->files = atomic_load(&files);
	h->curl = curl_easy_init();
	if (!h->curl || !set_security(h->curl, &h->o) || !set_habits(h))
		return tg_error_set(err, TG_CONFIG, "http: libcurl lacks what is needed");
	return TG_OK;
}

struct tg_http_options tg_http_to_centre(const struct tg_agent_tls *tls, const char *net_switch, size_t answer_max)
{
	return (struct tg_http_options){.ca = tls->ca,
	        .cert = tls->cert,
	        .key = tls->key,
	        .tls13 = true,
	        .net_switch = net_switch,
	        .answer_max = answer_max,
	        .down = TG_CENTRE_DOWN,
	        .garbage = TG_CENTRE_GARBAGE,
	        .refused = TG_CENTRE_REFUSED,
	        .stranger = TG_CHANNEL_OTHER};
}

enum tg_status tg_http_create(struct tg_http **out, const struct tg_http_options *o, struct tg_error *err)
{
	*out = NULL;
	struct tg_http *h = calloc(1, sizeof(*h));
	if (!h)
		return tg_error_set(err, TG_NO_MEMORY, "http");
	h->o = *o;
	enum tg_status st = open_curl(h, err);
	if (st != TG_OK) {
		tg_http_destroy(h);
		return st;
	}
	*out = h;
	return TG_OK;
}

void tg_http_forget_certificates(void)
{
	atomic_fetch_add(&files, 1);
}

void tg_http_destroy(struct tg_http *h)
{
	if (!h)
		return;
	if (h->curl)
		curl_easy_cleanup(h->curl);
	free(h);
}

/* What is wrong with the certificate that was shown. */
static enum tg_status judge_peer(struct tg_http *h)
{
	long why = 0;
	curl_easy_getinfo(h->curl, CURLINFO_SSL_VERIFYRESULT, &why);
	switch (why) {
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_CERT_HAS_EXPIRED: /* but for this kiosk's clock it is good: the centre renews its own in time */
		return TG_CLOCK_WRONG;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return h->o.stranger;
	default:
		return TG_TLS;
	}
}

static enum tg_status curl_status(struct tg_http *h, CURLcode code)
{
	if (h->too_long)
		return h->o.garbage;
	switch ((int)code) {
	case CURLE_OPERATION_TIMEDOUT:
		return TG_TIMEOUT;
	case CURLE_OUT_OF_MEMORY:
		return TG_NO_MEMORY;
	case CURLE_PEER_FAILED_VERIFICATION:
		return judge_peer(h);
	case CURLE_SSL_CONNECT_ERROR:
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

static bool is_address(const char *url)
{
	return strncmp(url, "https://", 8) == 0 && url[8] != '\0' &&
	       strspn(url + 8, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") ==
	               strlen(url + 8);
}

/* A refusal by name, as the centre writes it: {"code": 507, "name": "sync-fork"}; one that asks to wait says how long:
 * {"code": 434, "name": "centre-busy", "wait_ms": 2500}; one that names another centre, where it is. */
static enum tg_status named_refusal(const struct tg_buf *body, int64_t *wait_ms, char elsewhere[256])
{
	json_t *o = json_loadb((const char *)body->data, body->len, 0, NULL);
	json_int_t code = json_integer_value(json_object_get(o, "code"));
	*wait_ms = json_integer_value(json_object_get(o, "wait_ms"));
	const char *centre = json_string_value(json_object_get(o, "centre"));
	if (!centre || !is_address(centre) || !tg_copy(elsewhere, 256, centre))
		elsewhere[0] = '\0';
	enum tg_status st = TG_OK;
	json_decref(o);
	for (size_t i = 0; tg_status_each(i, &st); i++)
		if ((json_int_t)st == code)
			return st;
	return TG_OK;
}

static enum tg_status refusal(struct tg_http *h, long http, const struct tg_buf *answer, struct tg_error *err)
{
	enum tg_status named = answer->len > 0 ? named_refusal(answer, &h->wait_ms, h->elsewhere) : TG_OK;
	enum tg_status st = named;
	if (named == TG_CENTRE_BUSY && h->o.busy != TG_OK)
		st = h->o.busy;
	else if (http >= 500)
		st = h->o.down; /* its full disk is not ours */
	else if (http < 400)
		st = h->o.garbage;
	else if (st == TG_OK)
		st = h->o.refused;
	return tg_error_set(
	        err, st, "HTTP %ld, %s%s%s", http, tg_status_name(named), h->elsewhere[0] ? ": " : "", h->elsewhere);
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
	/* Key and certificate are exchanged one after the other: who reads between them reads again. */
	if (code == CURLE_SSL_CERTPROBLEM && h->o.key)
		code = curl_easy_perform(h->curl);
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
	h->wait_ms = 0;
	h->elsewhere[0] = '\0';
	h->answer_max = q->answer_max > 0 ? q->answer_max : h->o.answer_max;
	if (h->o.net_switch && access(h->o.net_switch, F_OK) == 0)
		return tg_error_set(err, h->o.down, "network is switched off");
	if (h->files != atomic_load(&files))
		TG_TRY(open_curl(h, err));
	heed_stop(h, q->stop);
	curl_easy_setopt(h->curl, CURLOPT_URL, q->url);
	curl_easy_setopt(h->curl, CURLOPT_TIMEOUT_MS, (long)q->timeout_ms);
	if (q->content_type) {
		(void)snprintf(type, sizeof(type), "Content-Type: %s", q->content_type);
		headers = curl_slist_append(headers, type);
		/* A long body is sent when it is wanted: a peer that refuses it is heard, where it would else hang up
		 * amidst of it. */
		const char *expect = q->body.len > EXPECT_FROM ? "Expect: 100-continue" : "Expect:";
		headers = headers ? curl_slist_append(headers, expect) : NULL;
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

const char *tg_http_elsewhere(const struct tg_http *h)
{
	return h->elsewhere;
}

int64_t tg_http_wait_ms(const struct tg_http *h)
{
	return h->wait_ms;
}
