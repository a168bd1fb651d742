#include "certstatus.h"

#include "ossl.h"
#include <openssl/err.h>
#include <openssl/http.h>
#include <strings.h>

#define TIMEOUT_S 5
#define CHUNK     4096
#define FRESH_MS  (INT64_C(3600) * 1000)
#define SECOND_MS INT64_C(1000)

struct place {
	char *host, *port, *path, *query;
	int tls;
};

static bool parse(const char *url, struct place *p)
{
	*p = (struct place){0};
	bool ok = OSSL_HTTP_parse_url(url, &p->tls, NULL, &p->host, &p->port, NULL, &p->path, &p->query, NULL) == 1;
	ERR_clear_error();
	return ok && p->tls == 0;
}

static void finish(struct place *p)
{
	OPENSSL_free(p->host);
	OPENSSL_free(p->port);
	OPENSSL_free(p->path);
	OPENSSL_free(p->query);
}

bool tg_cert_may_follow(const struct tg_cert_source *s, const char *url)
{
	struct place p;
	bool named = false;
	if (parse(url, &p))
		for (unsigned i = 0; i < s->n_hosts; i++)
			named = named || strcasecmp(s->hosts[i], p.host) == 0;
	finish(&p);
	return named;
}

static enum tg_status take_answer(BIO *from, size_t max, struct tg_buf *out, struct tg_error *err)
{
	char chunk[CHUNK];
	int n;
	while ((n = BIO_read(from, chunk, sizeof chunk)) > 0) {
		if (out->len + (size_t)n > max)
			return tg_error_set(err, TG_CERT_STATUS, "a longer answer than there can be");
		tg_buf_add(out, chunk, (size_t)n);
	}
	return tg_buf_status(out);
}

/* The empty proxy keeps OpenSSL from asking the environment for one. */
enum tg_status tg_cert_http(const char *url, struct tg_bytes body, const char *type, const char *answer_type,
        size_t max, struct tg_buf *out, struct tg_error *err)
{
	struct place p;
	enum tg_status status = TG_OK;
	BIO *request = body.data != NULL ? BIO_new_mem_buf(body.data, (int)body.len) : NULL, *answer = NULL;
	if (!parse(url, &p))
		status = tg_error_set(err, TG_CERT_STATUS, "no address of http: %s", url);
	if (status == TG_OK)
		answer = OSSL_HTTP_transfer(NULL, p.host, p.port, p.path, 0, "", NULL, NULL, NULL, NULL, NULL, 0, NULL,
		        request != NULL ? type : NULL, request, answer_type, 1, max, TIMEOUT_S, 0);
	if (status == TG_OK && answer == NULL)
		status = tg_ossl_error(err, TG_CERT_STATUS, url);
	if (status == TG_OK)
		status = take_answer(answer, max, out, err);
	BIO_free_all(answer);
	BIO_free(request);
	finish(&p);
	ERR_clear_error();
	return status;
}

bool tg_cert_time(const ASN1_TIME *t, int64_t *out)
{
	struct tm tm;
	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	*out = (int64_t)timegm(&tm) * SECOND_MS;
	return true;
}

bool tg_cert_in_time(const ASN1_TIME *from, const ASN1_TIME *until, int64_t now_ms)
{
	const int64_t apart = TG_CERT_CLOCKS_APART_S * SECOND_MS;
	int64_t begin, end;
	if (!tg_cert_time(from, &begin))
		return false;
	end = begin + FRESH_MS;
	if (until != NULL && !tg_cert_time(until, &end))
		return false;
	return begin - apart <= now_ms && now_ms <= end + apart;
}
