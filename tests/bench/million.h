/* A journal as many kiosks would have sent it: batches in turns, now and then a head that its kiosk
 * signed, with the tree that the centre had told it. All signatures are real: channel certificates of the
 * centre's CA, acknowledgements by its key. For measuring and for looking for changes in it. */
#ifndef TG_TESTS_MILLION_H
#define TG_TESTS_MILLION_H

#include "tamga/store.h"

enum { MILLION_KIOSKS = 200, MILLION_GROUP = 500, MILLION_HEAD_EVERY = 1000 };

struct million {
	const char *dir; /* the centre's: channel-ca.pem, channel-ca.key, ack.key; centre.db is made or goes on */
	uint64_t entries;
	unsigned head_every;          /* one entry in so many of a stream; 0: MILLION_HEAD_EVERY */
	uint64_t old;                 /* the first so many were received at `old_ms` */
	int64_t old_ms, now_ms;       /* by the centre's clock */
	unsigned body_min, body_more; /* bytes of a body: from … to, without what stands around */
};
struct million_took {
	double wall, cpu; /* seconds, of receiving alone */
};
/* All end the program with a message when anything fails. Streams are B000A-1 … B199A-1. */
void million_receive(const struct million *m, struct million_took *took);
/* The same entries as one kiosk's own journal, which must not exist. No append is used: it would sync each. */
void million_kiosk(const struct million *m, const char *path, const char *kiosk);
double million_seconds(int clock); /* CLOCK_… */
void million_die(const char *what, const struct tg_error *err) __attribute__((noreturn));

#endif
