/* The status service: CRLs, CA certificates and OCSP by plain HTTP, for anybody (RFC 5280 4.2.1.13, RFC 5019). What it
 * gives is signed; nothing is asked of who asks. */
#ifndef CENTRE_PUBLIC_H
#define CENTRE_PUBLIC_H

#include "publish.h"

#include <microhttpd.h>

/* A relying party's cache asks again after this time: a revocation is known to everybody within it. */
#define TG_PUBLIC_FRESH_S 60

struct tg_public {
	struct MHD_Daemon *daemon;
	struct tg_publisher *publisher;
	struct tg_ca *ca;
	struct tg_clock clock;
};
/* The listening socket is handed over, also when it fails. */
enum tg_status tg_public_start(struct tg_public *p, int listen_fd, struct tg_publisher *publisher, struct tg_ca *ca,
        struct tg_clock clock, struct tg_error *err) TG_MUST_USE;
void tg_public_stop(struct tg_public *p); /* one that was never started too */

/* "GET /ocsp/BASE64": what is asked, of the path as it came. False: no Base64. */
bool tg_public_unpack(const char *text, struct tg_buf *request);

/* public_answer.c: an answer with the headers of RFC 5019 6.2, or 304. */
struct tg_public_answer {
	struct tg_bytes body;
	const char *type;
	unsigned http;
	bool cached;                /* the headers are set; with GET only may others keep it */
	int64_t since_ms, until_ms; /* 0: not said */
};
enum MHD_Result tg_public_give(
        struct tg_public *p, struct MHD_Connection *c, const struct tg_public_answer *a) TG_MUST_USE;

#endif
