/* Relaying CMP to a CA elsewhere (tg_ca_outside): a few lanes, each with a thread and a connection of its own; the
 * messages of one kiosk go through one lane, because some servers forget a transaction with its connection. */
#ifndef CENTRE_RELAY_H
#define CENTRE_RELAY_H

#include "centre.h"

#define TG_RELAY_LANES 4
struct tg_relay_lane {
	struct tg_queue queue;
	pthread_mutex_t lock; /* of the connection */
	void *curl;
	struct curl_slist *headers;
	struct tg_buf answer;
	int64_t again_ms; /* monotonic, of the centre's own: not asked before that */
	struct tg_relay *relay;
	pthread_t thread;
	bool made, running;
};
struct tg_relay {
	const struct tg_centre_options *o;
	struct tg_desk *desk;
	struct tg_relay_lane lanes[TG_RELAY_LANES];
	struct tg_relay_lane own; /* what the centre itself asks; no thread */
	bool on;
};
/* Connections; nothing without --relay. TG_CONFIG. */
enum tg_status tg_relay_open(struct tg_relay *r, const struct tg_centre_options *o, struct tg_error *err) TG_MUST_USE;
/* Threads, once the desk stands. */
enum tg_status tg_relay_start(struct tg_relay *r, struct tg_desk *d, struct tg_error *err) TG_MUST_USE;
void tg_relay_stop(struct tg_relay *r); /* answers what is queued */
void tg_relay_close(struct tg_relay *r);
/* The lane's queue for a kiosk. */
struct tg_queue *tg_relay_queue(struct tg_relay *r, const char *kiosk);
/* struct tg_ca_outside's exchange; ctx is the relay. */
enum tg_status tg_relay_exchange(
        void *ctx, const char *route, struct tg_bytes request, struct tg_buf *answer, struct tg_error *err) TG_MUST_USE;

#endif
