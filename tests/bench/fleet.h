/* A fleet of simulated kiosks: real TLS 1.3 with a certificate each, real journals, one thread, epoll. */
#ifndef BENCH_FLEET_H
#define BENCH_FLEET_H

#include "tamga/sync.h"

#include <openssl/ssl.h>
#include <sys/types.h>

enum link_state { LINK_DOWN, LINK_DIALLING, LINK_SHAKING, LINK_IDLE, LINK_WAITING, LINK_ASKING };

struct fleet_kiosk {
	char kiosk[TG_KIOSK_MAX + 1];
	X509 *certificate;
	uint64_t seq;
	uint8_t hash[TG_HASH_LEN]; /* of its newest entry */
	enum link_state state;
	SSL *ssl;
	int fd;
	struct tg_buf out;
	size_t sent, got;
	char in[1400];
	int64_t since_us, again_us;       /* again: it was asked to wait until then */
	struct fleet_kiosk *next_waiting; /* the fleet's list */
	unsigned drops;
};

struct fleet {
	char dir[64], bin[300];
	pid_t server;
	unsigned short port;
	unsigned n;
	struct fleet_kiosk *kiosks;
	SSL_CTX *tls;
	EVP_PKEY *key;
	int ep;
	size_t body;                 /* bytes of an entry's body */
	unsigned drops;              /* connections that the server closed and that were dialled again */
	unsigned waits;              /* times the centre asked to wait */
	struct fleet_kiosk *waiting; /* those that do so */
	int64_t *latency_us;         /* of answered requests of the round */
	size_t n_latency;
};

/* Ends the program, and the server with it. */
_Noreturn void fleet_die(struct fleet *f, const char *what);
int64_t fleet_now_us(void);
/* Makes the directory, the kiosks' certificates and rows, starts tamga-centre on loopback. */
void fleet_begin(struct fleet *f, const char *bin, unsigned n, size_t body);
void fleet_end(struct fleet *f);
/* Starts a program with its output in DIR/NAME.log; `argv` ends with NULL. */
pid_t fleet_start(struct fleet *f, const char *name, const char *const *argv);

/* One round: `per_kiosk` exchanges of each kiosk, at most `window` under way at once (dialling counts). `batch` 0: asks
 * for its high water; else sends so many fresh entries. Ends when all were answered; seconds. */
struct fleet_round {
	unsigned batch, per_kiosk, window;
	double seconds;
};
void fleet_run(struct fleet *f, struct fleet_round *r);
/* Closes all connections. */
void fleet_hang_up(struct fleet *f);
double fleet_percentile(struct fleet *f, double p); /* milliseconds */

/* Of the server and its children. */
double fleet_cpu_seconds(const struct fleet *f);
double fleet_memory_gib(const struct fleet *f); /* proportional set size (Pss of smaps_rollup) */
void fleet_stop_server(struct fleet *f);

#endif
