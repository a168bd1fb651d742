#include "public.h"

#include "tamga/log.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define CONNECTIONS  1000u
#define PER_IP       64u
#define IDLE_SECONDS 10u
#define THREADS      2u
#define MEMORY_LIMIT (16u * 1024u)
#define OCSP_GET     "/ocsp/"
/* Base64 of a request, each character as %XX. */
#define PATH_MAX_LEN (TG_OCSP_REQUEST_MAX * 4)

struct ask {
	struct tg_buf body;
	bool post;
};

static enum MHD_Result say(struct tg_public *p, struct MHD_Connection *c, unsigned http, const char *words)
{
	const struct tg_public_answer a = {
	        .body = {(const uint8_t *)words, strlen(words)}, .type = "text/plain", .http = http};
	return tg_public_give(p, c, &a);
}

/* --- Files */
static enum MHD_Result give_file(struct tg_public *p, struct MHD_Connection *c, const char *path)
{
	struct tg_public_file f;
	enum tg_status st = tg_publisher_get(p->publisher, path, &f);
	const struct tg_public_answer a = {.body = {f.bytes.data, f.bytes.len},
	        .type = f.type,
	        .http = MHD_HTTP_OK,
	        .cached = true,
	        .since_ms = f.since_ms,
	        .until_ms = f.until_ms};
	enum MHD_Result ok = st == TG_OK          ? tg_public_give(p, c, &a)
	                     : st == TG_NOT_FOUND ? say(p, c, MHD_HTTP_NOT_FOUND, "not found\n")
	                                          : say(p, c, MHD_HTTP_SERVICE_UNAVAILABLE, "try later\n");
	tg_buf_finish(&f.bytes);
	return ok;
}

/* --- OCSP */
static int hex_digit(char ch)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *at = ch ? strchr(digits, ch) : NULL;
	return !at ? -1 : at - digits < 16 ? (int)(at - digits) : (int)(at - digits) - 6;
}

/* %XX undone: "+", "/" and "=" of Base64 come so or plain (RFC 6960 A.1). */
static bool unescape(const char *text, struct tg_buf *out)
{
	for (; *text; text++) {
		int high = text[0] == '%' ? hex_digit(text[1]) : 0;
		int low = text[0] == '%' && high >= 0 ? hex_digit(text[2]) : 0;
		if (high < 0 || low < 0)
			return false;
		if (text[0] == '%') {
			tg_buf_add_u8(out, (uint8_t)(high << 4 | low));
			text += 2;
		} else {
			tg_buf_add_u8(out, (uint8_t)text[0]);
		}
	}
	return tg_buf_status(out) == TG_OK;
}

static bool decode(struct tg_buf *text, struct tg_buf *out)
{
	size_t padding = 0;
	while (text->len % 4 != 0)
		tg_buf_add_u8(text, '='); /* some leave it out */
	if (text->failed || text->len == 0 || text->len > TG_OCSP_REQUEST_MAX / 3 * 4)
		return false;
	while (padding < 2 && text->data[text->len - 1 - padding] == '=')
		padding++;
	unsigned char *bytes = malloc(text->len / 4 * 3);
	int n = bytes ? EVP_DecodeBlock(bytes, text->data, (int)text->len) : -1;
	if (n > (int)padding)
		tg_buf_add(out, bytes, (size_t)n - padding);
	free(bytes);
	return n > (int)padding && tg_buf_status(out) == TG_OK;
}

bool tg_public_unpack(const char *text, struct tg_buf *request)
{
	struct tg_buf plain = TG_BUF_INIT;
	bool ok = strlen(text) <= PATH_MAX_LEN && unescape(text, &plain) && decode(&plain, request);
	tg_buf_finish(&plain);
	return ok;
}

static enum MHD_Result give_ocsp(struct tg_public *p, struct MHD_Connection *c, struct tg_bytes request)
{
	struct tg_ca_ocsp said;
	if (tg_ca_ocsp(p->ca, request, &said, NULL) != TG_OK)
		return say(p, c, MHD_HTTP_SERVICE_UNAVAILABLE, "try later\n");
	const struct tg_public_answer a = {.body = {said.der.data, said.der.len},
	        .type = "application/ocsp-response",
	        .http = MHD_HTTP_OK,
	        .cached = said.answered && !said.nonce,
	        .since_ms = said.this_ms,
	        .until_ms = said.next_ms};
	enum MHD_Result ok = tg_public_give(p, c, &a);
	tg_buf_finish(&said.der);
	return ok;
}

/* What is no Base64 is answered as what is no request. */
static enum MHD_Result ocsp_get(struct tg_public *p, struct MHD_Connection *c, const char *text)
{
	struct tg_buf request = TG_BUF_INIT;
	if (!tg_public_unpack(text, &request))
		tg_buf_reset(&request);
	enum MHD_Result ok = give_ocsp(p, c, (struct tg_bytes){request.data, request.len});
	tg_buf_finish(&request);
	return ok;
}

/* --- Requests */
static enum MHD_Result begin(
        struct tg_public *p, struct MHD_Connection *c, const char *url, const char *method, struct ask **ask)
{
	bool get = strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
	bool post =
	        strcmp(method, MHD_HTTP_METHOD_POST) == 0 && (strcmp(url, "/ocsp") == 0 || strcmp(url, OCSP_GET) == 0);
	const char *length = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	const char *type = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);
	if (!get && !post)
		return say(p, c, MHD_HTTP_METHOD_NOT_ALLOWED, "method not allowed\n");
	if (post && (!type || strcasecmp(type, "application/ocsp-request") != 0))
		return say(p, c, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "application/ocsp-request expected\n");
	if (post && (!length || strspn(length, "0123456789") != strlen(length)))
		return say(p, c, MHD_HTTP_LENGTH_REQUIRED, "Content-Length expected\n");
	if (length && (strlen(length) > 6 || strtoul(length, NULL, 10) > (post ? TG_OCSP_REQUEST_MAX : 0)))
		return say(p, c, MHD_HTTP_CONTENT_TOO_LARGE, "too large\n");
	*ask = calloc(1, sizeof(**ask));
	if (!*ask)
		return MHD_NO;
	(*ask)->post = post;
	return MHD_YES;
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *c, const char *url, const char *method,
        const char *version, const char *upload, size_t *upload_len, void **request)
{
	struct tg_public *p = ctx;
	struct ask *ask = *request;
	(void)version;
	if (!ask)
		return begin(p, c, url, method, (struct ask **)(void *)request);
	if (*upload_len > 0) {
		if (ask->body.len + *upload_len > TG_OCSP_REQUEST_MAX)
			return MHD_NO; /* more than was announced */
		tg_buf_add(&ask->body, upload, *upload_len);
		*upload_len = 0;
		return MHD_YES;
	}
	if (ask->post)
		return give_ocsp(p, c, (struct tg_bytes){ask->body.data, ask->body.len});
	if (strncmp(url, OCSP_GET, strlen(OCSP_GET)) == 0)
		return ocsp_get(p, c, url + strlen(OCSP_GET));
	return give_file(p, c, url);
}

static void done(void *ctx, struct MHD_Connection *c, void **request, enum MHD_RequestTerminationCode why)
{
	struct ask *ask = *request;
	(void)ctx, (void)c, (void)why;
	if (ask)
		tg_buf_finish(&ask->body);
	free(ask);
	*request = NULL;
}

/* Paths are compared as they come. */
static size_t leave_escaped(void *ctx, struct MHD_Connection *c, char *text)
{
	(void)ctx, (void)c;
	return strlen(text);
}

enum tg_status tg_public_start(struct tg_public *p, int listen_fd, struct tg_publisher *publisher, struct tg_ca *ca,
        struct tg_clock clock, struct tg_error *err)
{
	*p = (struct tg_public){.publisher = publisher, .ca = ca, .clock = clock};
	p->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO, 0, NULL, NULL, handle, p,
	        MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_THREAD_POOL_SIZE, THREADS, MHD_OPTION_CONNECTION_LIMIT,
	        CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT, PER_IP, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
	        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_LIMIT, MHD_OPTION_STRICT_FOR_CLIENT, 1,
	        MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_NOTIFY_COMPLETED, done, NULL,
	        MHD_OPTION_END);
	if (p->daemon)
		return TG_OK;
	close(listen_fd);
	return tg_error_set(err, TG_IO, "the status service cannot start");
}

void tg_public_stop(struct tg_public *p)
{
	if (p->daemon)
		MHD_stop_daemon(p->daemon);
	p->daemon = NULL;
}
