/* Layer: program agent. The only program of a kiosk with network: sends the journal, relays CMP bytes. Requirements
 * C-1, C-2, C-3, K-7. */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "tamga/ca.h"
#include "tamga/clock.h"
#include "tamga/erase.h"
#include "tamga/link.h"
#include "tamga/retention.h"
#include "tamga/sync.h"

#include <pthread.h>
#include <stdatomic.h>

/* --- Configuration: a YAML file, then flags. Strings are owned; NULL: not given. */
struct tg_agent_endpoint {
	char *profile, *url;
};
struct tg_agent_tls { /* all NULL: the system has no say, plain HTTP or a refused HTTPS */
	char *ca, *cert, *key;
};
struct tg_agent_cmp {
	char *url; /* NULL: the centre's own, /v1/cmp */
	struct tg_agent_endpoint *endpoints;
	unsigned n_endpoints;
	struct tg_agent_tls *tls;
};
struct tg_agent_centre {
	char *url;
	struct tg_agent_tls *tls;
	char *ack_key;
};
struct tg_agent_config {
	char *kiosk;    /* stream id; from the identity directory when not given */
	char *database; /* kiosk.db */
	char *socket;
	char *identity;   /* directory that --enrol filled: gives whatever is not given otherwise */
	char *net_switch; /* training only: while this file exists, nothing is reachable */
	char *clock_file; /* training only: offset of the clock, see clock.h */
	char *retention;  /* rules of what is erased when; without: TG_RETENTION_FILE */
	char *tpm;        /* "auto", "require", "never": where the key of a renewal is made */
	struct tg_agent_centre *centre;
	struct tg_agent_cmp *cmp;
	unsigned renew_days; /* before the certificate's end; 0: when a third of its time is left */
	unsigned timeout_ms, backoff_ms, backoff_cap_ms, ask_every_ms, poll_ms;
	unsigned prove_every_ms; /* at most one proof of the centre's tree in this time: 60 000 */
	/* A signed head (head.signed) after each start, then after so many entries, 1000, or so long, a day. */
	unsigned head_entries, head_every_ms;
	bool no_heads; /* tests that count entries: none is written */
};
/* Reads the file at `path` (NULL: none). TG_CONFIG names file, line and column. */
enum tg_status tg_agent_config_load(struct tg_agent_config **out, const char *path, struct tg_error *err) TG_MUST_USE;
void tg_agent_config_free(struct tg_agent_config *c);
/* Fills from the identity directory and the defaults what is still missing; then everything needed is there. */
enum tg_status tg_agent_config_complete(struct tg_agent_config *c, struct tg_error *err) TG_MUST_USE;

/* --- Command line */
struct tg_agent_flags {
	const char *config, *kiosk, *database, *socket, *identity, *centre, *cmp_url, *net_switch, *clock_file;
	const char *secret_file, *out, *ca_pin, *tpm; /* --enrol; tpm: at renewal too */
	bool enrol, help, version;
};
enum tg_status tg_agent_flags_read(struct tg_agent_flags *f, int argc, char **argv, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_agent_flags_apply(const struct tg_agent_flags *f, struct tg_agent_config *c) TG_MUST_USE;
void tg_agent_usage(FILE *to);

/* --- HTTP: one handle belongs to one thread at a time; connections are kept. */
struct tg_http;
struct tg_http_options {
	const char *ca; /* PEM file with the CAs; NULL with `plain` or `any_server` */
	const char *cert, *key;
	bool plain;      /* http:// too: external CAs on loopback only */
	bool any_server; /* no look at the server's certificate: only to fetch what a pin then proves */
	bool tls13;      /* nothing older */
	const char *net_switch;
	size_t answer_max;
	/* What a dead peer is called: TG_CENTRE_DOWN or TG_CA_DOWN; and one that talks nonsense. */
	enum tg_status down, garbage, refused;
	enum tg_status busy;     /* a peer that asks to wait (TG_CENTRE_BUSY); TG_OK: the same as `down` */
	enum tg_status stranger; /* its certificate is of none of the CAs */
};
/* How the centre is spoken to; NULL net_switch: always. */
struct tg_http_options tg_http_to_centre(
        const struct tg_agent_tls *tls, const char *net_switch, size_t answer_max) TG_MUST_USE;
struct tg_http_request {
	const char *url, *content_type, *accept; /* content_type NULL: GET */
	struct tg_bytes body;
	int timeout_ms;
	size_t answer_max;       /* 0: the handle's */
	const atomic_bool *stop; /* given up within a second when it becomes true; may be NULL */
};
enum tg_status tg_http_create(struct tg_http **out, const struct tg_http_options *o, struct tg_error *err) TG_MUST_USE;
void tg_http_destroy(struct tg_http *h);
/* The body of a 200 answer of the type `accept` in `answer`. A refusal {code, name} of the centre comes back as that
 * status. */
enum tg_status tg_http_do(
        struct tg_http *h, const struct tg_http_request *q, struct tg_buf *answer, struct tg_error *err) TG_MUST_USE;
/* How long the peer asked to be left alone, when the last request came back as `busy`. */
int64_t tg_http_wait_ms(const struct tg_http *h);
/* The address that the last refusal named (TG_SHARD_OTHER), "" without one: an https:// address of at most
 * 255 bytes. */
const char *tg_http_elsewhere(const struct tg_http *h);

/* --- What the threads share */
struct tg_agent {
	const struct tg_agent_config *config;
	struct tg_clock clock;
	atomic_bool stop;
	atomic_bool elsewhere; /* begins again with another centre */
	bool begun_elsewhere;  /* it did so at begun_ms (monotonic) */
	int64_t begun_ms;
	pthread_mutex_t lock; /* of everything below */
	pthread_cond_t wake;  /* monotonic; the sender sleeps here */
	bool poked;
	struct tg_link_status status;
	int64_t worked_ms; /* monotonic; -1 never */
	unsigned clients;  /* link connections served now */
	/* FRESH: callers draw a ticket; an exchange that began after it was drawn answers all tickets up to then. */
	uint64_t fresh_wanted, fresh_done;
	enum tg_status fresh_status; /* of the exchange that answered fresh_done */
	pthread_cond_t freshened;    /* monotonic */
	/* The listener: from where it listens, while the sender says so; what it heard; that it lost the centre. */
	pthread_cond_t turn; /* monotonic */
	bool listening, lost;
	struct tg_feed_place feed_at, told_at;
	struct tg_buf told;
};
/* Another centre keeps this stream: its address is written down and the agent ends, to begin again there. False:
 * nothing was done. */
bool tg_agent_follow(struct tg_agent *a, struct tg_store *s, const char *url);
void tg_agent_poke(struct tg_agent *a);
/* Everybody who waits is woken. */
void tg_agent_stop(struct tg_agent *a);
/* Waits for an exchange with the centre that begins now, at most `timeout_ms`. What came of it; TG_CENTRE_DOWN when
 * nothing came of it in time. */
enum tg_status tg_agent_freshen(struct tg_agent *a, int timeout_ms) TG_MUST_USE;

/* Sends the journal until a->stop. A thread's body; ctx is the agent. */
void *tg_agent_sender(void *ctx);
/* Waits at the centre for what is told, until a->stop. A thread's body; ctx is the agent. */
void *tg_agent_listener(void *ctx);
/* How long a question of it waits there. */
unsigned tg_agent_listen_s(const struct tg_agent_config *c);
/* The centre's endpoints as the sender's port; ctx of the port is the link. */
struct tg_centre_link {
	struct tg_http *http;
	char high_water[512], journal[512], feed[512], tree[512];
	int timeout_ms;
	const atomic_bool *stop;
};
enum tg_status tg_centre_link_open(
        struct tg_centre_link *l, const struct tg_agent_config *c, struct tg_error *err) TG_MUST_USE;
void tg_centre_link_close(struct tg_centre_link *l);
struct tg_sync_port tg_centre_port(struct tg_centre_link *l);
/* One page of the feed; the centre keeps the question for `wait_s` seconds while there is nothing to tell. */
enum tg_status tg_centre_feed(struct tg_centre_link *l, const struct tg_feed_place *at, unsigned wait_s,
        struct tg_buf *answer, struct tg_error *err) TG_MUST_USE;

/* One CMP message out, one back. Handles are lent from a small pool so that a transaction keeps its connection. */
enum tg_status tg_agent_cmp(
        struct tg_agent *a, const struct tg_link_request *q, struct tg_buf *answer, struct tg_error *err) TG_MUST_USE;
void tg_agent_cmp_finish(void);

/* One question to the centre, one answer (link.h). Handles are lent from a pool of their own. */
enum tg_status tg_agent_ask(
        struct tg_agent *a, const struct tg_link_request *q, struct tg_buf *answer, struct tg_error *err) TG_MUST_USE;
void tg_agent_ask_finish(void);

/* A few idle handles with their kept connections, one pool for each kind of peer. */
#define TG_HTTP_POOL 4
struct tg_http_pool {
	pthread_mutex_t lock;
	struct tg_http *idle[TG_HTTP_POOL];
};
/* One that is idle, or a new one. */
enum tg_status tg_http_pool_take(struct tg_http_pool *p, const struct tg_http_options *o, struct tg_http **out,
        struct tg_error *err) TG_MUST_USE;
void tg_http_pool_give(struct tg_http_pool *p, struct tg_http *h);
void tg_http_pool_finish(struct tg_http_pool *p);

/* Serves the local socket until `stop_fd` is readable. */
enum tg_status tg_agent_serve(struct tg_agent *a, int stop_fd, struct tg_error *err) TG_MUST_USE;

/* --- Renewal of the channel certificate. Belongs to the sender's thread. */
struct tg_renewal {
	int64_t issued_ms, until_ms; /* of the present certificate; 0: not looked at yet */
	bool other_ca;               /* a newer channel CA is known than the one that signed it */
	int64_t again_ms, learn_ms;  /* monotonic: nothing is looked at, the centre's CAs are not asked for, before */
	enum tg_status last, learned;
};
/* When its time comes: a new key, a certificate for it over the connection that the present one proves, and both take
 * their places. Until the new one is shown to the centre the present one is good; killed at any moment, the kiosk has a
 * pair that works. `now_ms`: wall time as the centre has it. TG_CHANNEL_EXPIRED: it is too late. */
enum tg_status tg_renewal_turn(
        struct tg_renewal *r, struct tg_agent *a, int64_t now_ms, struct tg_error *err) TG_MUST_USE;
/* Connections are made anew with the files as they are now. */
void tg_http_forget_certificates(void);
/* "auto" (also NULL), "require", "never". TG_CONFIG. */
enum tg_status tg_agent_tpm(const char *word, enum tg_channel_tpm *out, struct tg_error *err) TG_MUST_USE;

/* --- Erasure by rule. Belongs to the sender's thread. */
#define TG_RETENTION_FILE "/usr/share/tamga/screens/retention.yaml"
struct tg_forgetting {
	struct tg_retention *rules; /* NULL: they cannot be read; nothing is erased, which the log says once */
	bool tried;
	struct tg_erase_sweep sweep;
	struct tg_erase_count sum;
	int64_t round_ms, sweep_ms; /* monotonic: the next round, the next sweep without news */
	uint64_t cursor, left;
	enum tg_status last;
};
/* Called while the sender is level with the centre, and then only. `centre_ms`: wall time as the centre has it. */
void tg_forget_turn(struct tg_forgetting *f, const struct tg_agent *a, struct tg_store *s, int64_t centre_ms);
void tg_forget_finish(struct tg_forgetting *f);

/* --- Enrolment: key, PKCS#10, certificate; fills the directory f->out. */
enum tg_status tg_agent_enrol(const struct tg_agent_flags *f, struct tg_error *err) TG_MUST_USE;

/* Names of the files in an identity directory. None ends in ".new": so a file is called that is half written (file.h).
 */
#define TG_ID_KEY        "kiosk.key"
#define TG_ID_CERT       "kiosk.crt"
#define TG_ID_KEY_NEXT   "kiosk.key.next" /* a renewal is under way */
#define TG_ID_CERT_GOT   "kiosk.crt.got"  /* it was answered, nothing was looked at */
#define TG_ID_CERT_NEXT  "kiosk.crt.next" /* the answer is good: both take the others' places */
#define TG_ID_CHANNEL_CA "channel-ca.pem" /* one or more */
#define TG_ID_CA_TRUST   "ca-trust.pem"
#define TG_ID_ACK_KEY    "ack.pem"
#define TG_ID_KIOSK      "kiosk-id"
#define TG_ID_NUMBER     "kiosk-number"
#define TG_ID_CENTRE     "centre-url"
/* "DIR/NAME" on the heap; NULL when there is no memory. */
char *tg_identity_path(const char *dir, const char *name);
/* First line of DIR/NAME on the heap, without its end; NULL when there is no such file. */
char *tg_identity_line(const char *dir, const char *name);
bool tg_identity_has(const char *dir, const char *name);
enum tg_status tg_identity_move(const char *dir, const char *from, const char *to, struct tg_error *err) TG_MUST_USE;
/* What the centre says it is to be believed by, if the certificate `cert_name` of the directory is of one of these CAs.
 * TG_CENTRE_GARBAGE. */
enum tg_status tg_identity_take_cas(
        const char *dir, const char *cert_name, const char *cas, struct tg_error *err) TG_MUST_USE;
/* Appends the file. */
enum tg_status tg_identity_read(
        const char *dir, const char *name, struct tg_buf *out, struct tg_error *err) TG_MUST_USE;
/* Completes a renewal whose answer was found good: first the key, then the certificate takes its place. May be killed
 * and called again. */
enum tg_status tg_identity_settle(const char *dir, struct tg_error *err) TG_MUST_USE;
/* Writes DIR/NAME, mode 0600, all or nothing, synced. */
enum tg_status tg_identity_write(const char *dir, const char *name, const char *text, struct tg_error *err) TG_MUST_USE;

#endif
