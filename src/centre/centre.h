/* Layer: program centre. The server: replica of every kiosk's journal, the sandbox CA, who may talk to it. Requirements
 * C-1, C-2, C-3, C-4, K-7; design.md §2.8.
 *
 * Threads: libmicrohttpd's (parse, know the peer, collect the body), the writer (centre.db, acknowledgements), the desk
 * (CMP, enrolment, CRLs; ca.db), the askers (what kiosks ask, link.h). A request travels as one struct tg_request: made
 * by the first, suspended, answered by one of the others, resumed. Beside them the works: what the centre owes because
 * of what was written, done by threads of their own (src/decisions/0179). Each thread has its own connections to the
 * databases. */
#ifndef CENTRE_CENTRE_H
#define CENTRE_CENTRE_H

#include "audit.h"
#include "pressure.h"
#include "publish.h"
#include "trust.h"
#include "wire.h"
#include "works.h"

#include "tamga/ca.h"
#include "tamga/certstatus.h"
#include "tamga/clock.h"
#include "tamga/erase.h"
#include "tamga/mail.h"
#include "tamga/register.h"
#include "tamga/registry.h"
#include "tamga/retention.h"
#include "tamga/replica.h"
#include "tamga/sync.h"

#include <microhttpd.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

struct json_t;
struct tg_centre_options {
	const char *data, *listen, *names, *profiles, *module, *clock_file;
	const char *gost_token, *gost_pin, *gost_reader, *gost_carriers;
	bool gost_files;
	bool help, version;
	bool no_sandbox_enrolment, accept_clock;
	unsigned kiosk_seconds, tls_seconds; /* training: how long these certificates are for; 0: as long as usual */
	const char *smtp, *smtp_user_file, *smtp_ca, *mail_from, *screens, *locale;
	unsigned mail_retry_ms, mail_days;
	const char *outside_issuers;
	const char *public_at, *public_url; /* status service */
	const char *metrics_at;
	unsigned crl_hours;
	const char *ra, *ra_trust;
	const char *relay, *relay_ca, *relay_trust, *relay_cert, *relay_key;
	const char *register_url, *register_ca, *register_cert, *register_key;
	unsigned register_ms;
	const char *postgres, *shards, *shard;
	unsigned postgres_quorum, postgres_ms;
	unsigned threads, connections, per_ip;
	unsigned seal_after_months;
	unsigned greetings, waiting, waiting_mib;
	bool allow_test_ids;
};
enum tg_status tg_centre_options_read(
        struct tg_centre_options *o, int argc, char **argv, struct tg_error *err) TG_MUST_USE;
void tg_centre_usage(FILE *to);
/* All flags with their values, one a line: what a configuration is known by. */
void tg_centre_options_text(const struct tg_centre_options *o, struct tg_buf *out);

/* --- The data directory: paths, and what a first start makes. */
#define TG_CENTRE_PATH 512
struct tg_centre_paths {
	char dir[TG_CENTRE_PATH - 64]; /* absolute */
	char replica[TG_CENTRE_PATH], registry[TG_CENTRE_PATH], office[TG_CENTRE_PATH], ca_dir[TG_CENTRE_PATH];
	char channel_ca[TG_CENTRE_PATH], channel_ca_key[TG_CENTRE_PATH], tls_cert[TG_CENTRE_PATH],
	        tls_key[TG_CENTRE_PATH];
	/* The next channel CA, when there is one; all channel CAs that are believed, made at each start. */
	char channel_next[TG_CENTRE_PATH], channel_next_key[TG_CENTRE_PATH], channel_trust[TG_CENTRE_PATH];
	char ca_trust[TG_CENTRE_PATH];
	char ack_key[TG_CENTRE_PATH], ack_public[TG_CENTRE_PATH], secret[TG_CENTRE_PATH], token_pin[TG_CENTRE_PATH];
	char softhsm_conf[TG_CENTRE_PATH], softhsm_dir[TG_CENTRE_PATH], listen[TG_CENTRE_PATH],
	        public_at[TG_CENTRE_PATH], cmp_trust[TG_CENTRE_PATH], metrics_at[TG_CENTRE_PATH], lock[TG_CENTRE_PATH];
};
/* Makes the directory (0700) when there is none. TG_IO, TG_CONFIG. */
enum tg_status tg_centre_paths_init(struct tg_centre_paths *p, const char *dir, struct tg_error *err) TG_MUST_USE;
/* Keys, channel CA, secret (with `sandbox`), SoftHSM configuration: what is missing is made. A channel CA that comes to
 * its end is made anew with the same key and name: certificates of before and after fit both. */
enum tg_status tg_centre_setup(const struct tg_centre_paths *p, bool sandbox, struct tg_error *err) TG_MUST_USE;

/* A PIN from the first line of a file. TG_NOT_FOUND, TG_CONFIG. */
enum tg_status tg_centre_pin(const char *path, struct tg_secret **out, struct tg_error *err) TG_MUST_USE;

/* --- The centre's own TLS certificate: made at each start, and while it runs before it ends. One in a process. */
/* `hosts`: names and addresses, separated by commas, for the certificate. `seconds`: how long it is for. */
enum tg_status tg_tls_open(
        const struct tg_centre_paths *p, const char *hosts, int64_t seconds, struct tg_error *err) TG_MUST_USE;
void tg_tls_close(void); /* after the daemon's end */
/* A job (tg_works): renews it when less than a third of its time is left. */
enum tg_status tg_tls_renew(struct tg_store *s, int64_t now_ms, void *ctx, struct tg_error *err) TG_MUST_USE;

/* --- Before the door is opened, and beside it (life.c) */
/* TG_CLOCK_WRONG: it stands more than a day before the newest entry received, and this is not accepted. */
enum tg_status tg_life_clock(
        const struct tg_centre_paths *p, struct tg_clock clock, bool accept, struct tg_error *err) TG_MUST_USE;
/* Sets o->no_sandbox_enrolment where that was closed; setup, clock, TLS certificate. */
enum tg_status tg_life_prepare(struct tg_centre_options *o, const struct tg_centre_paths *p, const char *hosts,
        struct tg_clock clock, struct tg_error *err) TG_MUST_USE;
/* A job: what happened to kiosks goes into the journal. ctx: the paths. */
enum tg_status tg_life_tell(struct tg_store *s, int64_t now_ms, void *ctx, struct tg_error *err) TG_MUST_USE;

/* --- ca.db (registry.h): what the CA issued. */
struct tg_ca_store tg_registry_ca_port(struct tg_registry *r);
/* After a restore (learn.c): kiosks may still tell of certificates that are not known here; what depends on one is put
 * off. */
bool tg_registry_is_learning(struct tg_registry *r, int64_t now_ms);
/* catch_up.c: takes in what the centre's stream tells and ca.db, put back from a backup, has forgotten. Before the
 * first request. */
enum tg_status tg_catch_up(struct tg_registry *r, struct tg_store *s, struct tg_error *err) TG_MUST_USE;
/* The certificates of keys that `who` keeps, good, not over at `now_ms`, in which `text` stands somewhere; the one that
 * ends first is told first. Stops when `fn` does not return TG_OK, and returns that. */
enum tg_status tg_registry_each_kept(struct tg_registry *r, const char *who, const char *text, int64_t now_ms,
        enum tg_status (*fn)(const struct tg_ca_record *r, void *ctx), void *ctx) TG_MUST_USE;

/* --- The journal in PostgreSQL, and which streams are ours (C-7; decisions 0234, 0237) */
struct tg_outside {
	struct tg_store *store; /* open for life: others see by it that this centre lives; NULL: a file of our own */
	struct tg_shards *shards;
	const char *shard;
};
/* Before anything else opens the replica. As tg_store_keep_outside, tg_shards_load. */
enum tg_status tg_outside_open(struct tg_outside *x, const struct tg_centre_options *o, const struct tg_centre_paths *p,
        struct tg_error *err) TG_MUST_USE;
void tg_outside_close(struct tg_outside *x);
/* TG_SHARD_OTHER: the centre at `*url` keeps this stream. TG_KIOSK_UNKNOWN: none does. `x` may be NULL. */
enum tg_status tg_outside_check(const struct tg_outside *x, const char *kiosk, const char **url) TG_MUST_USE;
/* The same of an application, as tg_number_check wrote its number; TG_OK also when nobody knows. */
enum tg_status tg_outside_of_number(
        const struct tg_outside *x, struct tg_registry *r, const char *number, const char **url) TG_MUST_USE;

/* --- Requests */
enum tg_work {
	TG_WORK_JOURNAL,
	TG_WORK_HIGH_WATER,
	TG_WORK_FEED,
	TG_WORK_TREE,
	TG_WORK_CMP,
	TG_WORK_ENROL,
	TG_WORK_RENEW,
	TG_WORK_PUBLIC, /* CRLs, certificates of the CA: publish.h */
	TG_WORK_CHANNEL_CA,
	TG_WORK_ASK
};
struct tg_request {
	struct tg_request *next;
	struct MHD_Connection *connection;
	enum tg_work work;
	bool queued, answered;
	struct tg_flight flight;
	enum tg_status refusal;       /* what it was answered with, or is going to be: the rest of the body is let go */
	unsigned wait_ms;             /* with TG_CENTRE_BUSY */
	const char *elsewhere;        /* with TG_SHARD_OTHER: address of the centre, borrowed */
	int64_t queued_us;            /* monotonic: when all of it was here */
	char kiosk[TG_KIOSK_MAX + 1]; /* "" when the connection proved none */
	struct tg_buf body;
	struct tg_entry *entries; /* TG_WORK_JOURNAL, of `body` */
	size_t n;
	uint64_t after, walk; /* TG_WORK_FEED: where the kiosk stands, and how long it may wait for something new */
	unsigned wait_s;
	int64_t since_ms, until_ms; /* while it waits (monotonic) */
	uint64_t told;              /* the head of the feed when it began to */
	bool due;
	struct tg_tree_question tree; /* TG_WORK_TREE */
	char path[32];                /* TG_WORK_ASK: what is asked; TG_WORK_PUBLIC: the whole path */
	unsigned http;                /* of the answer */
	const char *type;
	struct tg_buf answer;
};
void tg_request_free(struct tg_request *q);
/* Answers {code, name} with the HTTP status that fits; TG_CENTRE_BUSY: {code, name, wait_ms} of q->wait_ms;
 * TG_SHARD_OTHER: {code, name, centre} of q->elsewhere. */
void tg_request_refuse(struct tg_request *q, enum tg_status st);
unsigned tg_http_of(enum tg_status st);

/* Requests on their way to a thread. */
struct tg_queue {
	pthread_mutex_t lock;
	pthread_cond_t some;
	struct tg_request *first, *last;
	unsigned n, max; /* max 0: no bound of its own */
	bool closed;
};
enum tg_status tg_queue_init(struct tg_queue *q) TG_MUST_USE;
void tg_queue_finish(struct tg_queue *q);
/* TG_CENTRE_DOWN: it is closed; TG_CENTRE_BUSY: full. Then nothing was taken. */
enum tg_status tg_queue_put(struct tg_queue *q, struct tg_request *r) TG_MUST_USE;
unsigned tg_queue_length(struct tg_queue *q);
/* Waits for requests; takes as many in order as have at most `max_entries` entries together, at least one. NULL when
 * the queue is closed and empty. */
struct tg_request *tg_queue_take(struct tg_queue *q, size_t max_entries);
/* Waits at most `ms` (< 0: without end) for a request or the end: whether there is one. */
bool tg_queue_wait(struct tg_queue *q, int ms);
/* One that was finished, or never begun, takes nothing any more. */
void tg_queue_shut(struct tg_queue *q);
bool tg_queue_is_closed(struct tg_queue *q);
void tg_queue_close(struct tg_queue *q);

/* --- Questions for the feed that wait (waiting.c) */
struct tg_waiting;
struct tg_waiting *tg_waiting_create(void); /* NULL: no memory */
void tg_waiting_destroy(struct tg_waiting *w);
unsigned tg_waiting_count(const struct tg_waiting *w);
/* `q` waits; `head`: of the feed when it was found that there is nothing for it. A kiosk has one question waiting: the
 * one before, which is to be answered now, or NULL. */
struct tg_request *tg_waiting_add(struct tg_waiting *w, struct tg_request *q, uint64_t head, int64_t now_ms);
/* Those that are to be answered now, at most `max`, linked through `next`; NULL: none. */
struct tg_request *tg_waiting_due(struct tg_waiting *w, struct tg_store *s, int64_t now_ms, unsigned max);
struct tg_request *tg_waiting_all(struct tg_waiting *w); /* the end */

/* --- The writer. It signs too: a second thread for that made the groups smaller and the rate lower (decision 0072). */
struct tg_writer {
	struct tg_queue queue;
	struct tg_store *store;
	struct tg_ack_key *key;
	struct tg_tree_head tree; /* after the last commit: one root for a group */
	enum tg_status tree_read;
	struct tg_clock clock;
	pthread_t thread;
	struct tg_entry *group;
	enum tg_status *results;
	struct tg_feed_writer page;
	struct tg_waiting *waiting;
	struct tg_works *after;          /* woken when something was written; NULL: nobody */
	struct tg_pressure *pressure;    /* set before the first request comes */
	struct tg_centre_counts *counts; /* as above */
};
enum tg_status tg_writer_start(
        struct tg_writer *w, const struct tg_centre_paths *p, struct tg_clock clock, struct tg_error *err) TG_MUST_USE;
void tg_writer_stop(struct tg_writer *w); /* answers what is queued */

/* --- The gate: what the replica says about the application that a certificate is asked for (ca.h) */
struct tg_gate {
	struct tg_store *store;
	const struct tg_catalog *catalog; /* which profiles a form has keys for; NULL: not known */
};
enum tg_status tg_gate_open(struct tg_gate *g, const struct tg_centre_paths *p, struct tg_error *err) TG_MUST_USE;
void tg_gate_close(struct tg_gate *g);
struct tg_ca_applications tg_gate_port(struct tg_gate *g);

/* The kind of applicant that an application names; NULL: not known here. */
const struct tg_kind *tg_gate_kind(const struct tg_catalog *c, const struct json_t *application);
/* DOS-7 (gate_price.c): it costs more, by the price list of the day, than it says. */
bool tg_gate_price_short(
        const struct tg_catalog *c, const struct json_t *application, const char *conditions, int64_t accepted_ms);
/* DOS-6 (gate_companies.c): what is charged serves companies, and the application names too many or too few. */
bool tg_gate_wrong_companies(const struct tg_catalog *c, const struct json_t *application, const char *conditions);
/* DOS-4 (gate_changed.c): whether the application may not differ from the old certificate, and whether it does
 * (TG_CHANGED). */
bool tg_gate_must_be_unchanged(const struct tg_catalog *c, const struct json_t *application, const char *conditions);
enum tg_status tg_gate_unchanged(const struct tg_catalog *c, const struct json_t *application, const char *conditions,
        const struct tg_certificate_facts *old) TG_MUST_USE;

/* Of the body of application.submitted. The conditions, separated by spaces. */
#define TG_CONDITIONS_MAX 1024
const char *tg_application_answer(const struct json_t *application, const char *field); /* NULL if none */
void tg_application_conditions(const struct json_t *application, char out[TG_CONDITIONS_MAX]);

/* --- The desk */
#define TG_ENROL_GUESSES 64
struct tg_enrol_guesses {
	int64_t since_ms; /* of the running minute */
	unsigned all, n;
	struct tg_enrol_guess {
		char kiosk[TG_KIOSK_MAX + 1];
		unsigned wrong;
	} of[TG_ENROL_GUESSES];
};
struct tg_desk {
	struct tg_queue queue;
	struct tg_registry *registry;
	struct tg_ca *ca;
	struct tg_clock clock;
	const struct tg_centre_paths *paths;
	bool sandbox; /* a secret lets any kiosk in */
	uint8_t sandbox_verifier[TG_ENROL_VERIFIER];
	unsigned kiosk_seconds; /* 0: as long as usual */
	struct tg_enrol_guesses guesses;
	unsigned untold; /* refusals since the last that the journal was told of */
	struct tg_buf ca_trust, ack_public;
	struct tg_buf channel_ca; /* PEM: what kiosks are to believe */
	bool next_issues;         /* the next channel CA signs kiosks' certificates already */
	/* The CA's own connections: used inside its lock, from whatever thread calls it. */
	struct tg_registry *ca_registry;
	struct tg_gate gate;
	const char *ra; /* brings requests of kiosks that are not ours; NULL: nobody does */
	struct tg_ledger ledger;
	struct tg_audit audit;
	struct tg_publisher publisher;
	const struct tg_outside *outside; /* NULL: every stream is ours */
	pthread_t thread;
};
enum tg_status tg_desk_start(struct tg_desk *d, const struct tg_centre_paths *p, const struct tg_centre_options *o,
        const struct tg_ca_config *ca, struct tg_clock clock, struct tg_error *err) TG_MUST_USE;
void tg_desk_stop(struct tg_desk *d);
void tg_desk_enrol(struct tg_desk *d, struct tg_request *q);
void tg_desk_cmp(struct tg_desk *d, struct tg_request *q); /* from any thread */
void tg_desk_renew(struct tg_desk *d, struct tg_request *q);

/* --- What the office needs to know of the screens; const after loading, so that its threads share it */
struct tg_names {
	struct tg_catalog *catalog;
	struct tg_registers *registers;
	struct tg_i18n *i18n; /* with --smtp only */
};
enum tg_status tg_names_load(struct tg_names *n, const struct tg_centre_options *o, struct tg_error *err) TG_MUST_USE;
void tg_names_free(struct tg_names *n);

/* --- Notices by e-mail (NCA-9.mail): a thread with connections of its own to both databases */
struct tg_notices {
	struct tg_mailer *mailer;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool running, stop;
};
/* Nothing without --smtp. */
enum tg_status tg_notices_start(struct tg_notices *n, const struct tg_centre_options *o,
        const struct tg_centre_paths *p, const struct tg_names *names, struct tg_clock clock,
        struct tg_error *err) TG_MUST_USE;
void tg_notices_stop(struct tg_notices *n);

/* --- Erasure by rule (C-8), a job of the works. A mistake in screens/retention.yaml: TG_SCREEN_DATA with its place. */
struct tg_erasing {
	struct tg_retention *rules;
	struct tg_erase_sweep sweep;
	struct tg_erase_count sum; /* of this sweep */
	struct tg_idle_rule idle;
	int64_t round_ms, next_ms; /* the next round, the next sweep */
};
enum tg_status tg_erasing_open(
        struct tg_erasing *e, const char *screens, const struct tg_catalog *catalog, struct tg_error *err) TG_MUST_USE;
void tg_erasing_close(struct tg_erasing *e);
enum tg_status tg_erasing_round(struct tg_store *s, int64_t now_ms, void *ctx, struct tg_error *err) TG_MUST_USE;

/* Months that are over leave the database (tg_store_seal) but for `months` further ones. */
struct tg_keeping {
	struct tg_works works;
	unsigned months;
};
enum tg_status tg_keeping_start(struct tg_keeping *k, const struct tg_centre_paths *p, unsigned months,
        struct tg_clock clock, struct tg_error *err) TG_MUST_USE;
void tg_keeping_stop(struct tg_keeping *k); /* one that was never started too */

/* --- The centre's own works: signatures of applications and of heads are judged, certificates revoked, powers of
 * attorney written down as used (NCA-9.again, 9.head, 9.rep). */
struct tg_court {
	struct tg_desk *desk;               /* for the CA */
	struct tg_registry *registry;       /* what was revoked */
	char trust[TG_CENTRE_PATH];         /* PEM file: chains of the CA and of outside issuers */
	struct tg_cert_status *outside;     /* issuers that are asked whether they revoked; NULL: none */
	const struct tg_profiles *profiles; /* what an application asks for */
	const struct tg_catalog *catalog;   /* what may be asked for by signature; NULL: not known */
};
/* `outside`: directory of the issuers that are asked (certstatus.h), or NULL. */
enum tg_status tg_court_open(struct tg_court *c, struct tg_desk *d, const struct tg_profiles *profiles,
        const struct tg_catalog *catalog, const struct tg_centre_paths *p, const char *outside,
        struct tg_error *err) TG_MUST_USE;
void tg_court_close(struct tg_court *c);
/* court_revoked.c: who is asked beside our own records. */
enum tg_status tg_court_trust(
        struct tg_court *c, const struct tg_centre_paths *p, const char *outside, struct tg_error *err) TG_MUST_USE;
/* TG_OK: not revoked. TG_CERT_REVOKED, TG_CERT_INVALID (nobody's of those that are known), TG_CERT_STATUS. */
enum tg_status tg_court_revoked(
        struct tg_court *c, struct tg_bytes certificate, int64_t now_ms, struct tg_error *err) TG_MUST_USE;
/* Jobs; ctx is the court. */
enum tg_status tg_court_judge(struct tg_store *s, int64_t now_ms, void *court, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_court_heads(struct tg_store *s, int64_t now_ms, void *court, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_court_revoke(struct tg_store *s, int64_t now_ms, void *court, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_court_powers(struct tg_store *s, int64_t now_ms, void *court, struct tg_error *err) TG_MUST_USE;
/* learn.c: certificates that ca.db lost together with the journal are learnt again from what kiosks send. */
struct tg_learner {
	struct tg_registry *registry;
	struct tg_desk *desk;
	const struct tg_catalog *catalog;
	struct tg_buf issuers[2]; /* DER: RSA, GOST */
	int64_t at;               /* looked through up to this place */
	uint64_t learnt;
};
enum tg_status tg_learner_open(struct tg_learner *l, struct tg_desk *d, const struct tg_catalog *catalog,
        const struct tg_centre_paths *p, struct tg_error *err) TG_MUST_USE;
void tg_learner_close(struct tg_learner *l);
/* A job; ctx is the learner. */
enum tg_status tg_learner_round(struct tg_store *s, int64_t now_ms, void *learner, struct tg_error *err) TG_MUST_USE;
/* tidy.c: what is long gone; ctx is the wall time of the last round, an int64_t. */
enum tg_status tg_feed_forget(struct tg_store *s, int64_t now_ms, void *last_ms, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_court_unlock(struct tg_store *s, int64_t now_ms, void *court, struct tg_error *err) TG_MUST_USE;
/* A second request, signed with `certificate`, which is the applicant's: it asks for no more than the signer has.
 * TG_SIGNATURE_BAD (no form for a signature), TG_CERT_OTHER_PERSON (a certificate in the name of another),
 * TG_ROLE_BEYOND, TG_DOMAIN_UNPROVEN. `at_ms`: of the
 * application. src/decisions/0163. */
enum tg_status tg_court_again(struct tg_court *c, struct tg_store *s, const struct json_t *application,
        struct tg_bytes certificate, int64_t at_ms, struct tg_error *err) TG_MUST_USE;
/* Whether it is known who asks: TG_OK where a clerk or a signature says so, and where the chip was proven and names the
 * applicant; else TG_DOC_NONE (not read), TG_DOC_SIGNER, TG_DOC_TAMPERED, TG_DOC_COPY, TG_DOC_OTHER. */
enum tg_status tg_court_identified(const struct json_t *application, struct tg_error *err) TG_MUST_USE;
/* The public keys that were signed with an application: each of its form's plans one, well formed and of the plan's
 * algorithm, no two the same, no others; of a server's certificate that of the PKCS#10 among the answers. Their SHA-256
 * (hex) are appended to `names`. TG_SIGNATURE_BAD, TG_ALGORITHM. `catalog` NULL: not looked at. */
enum tg_status tg_court_keys(const struct tg_catalog *catalog, const struct json_t *application,
        const struct json_t *content, struct json_t *names, struct tg_error *err) TG_MUST_USE;
const char *tg_court_text(const struct json_t *o, const char *member); /* "" if none */
/* Appends what a Base64 text of a body stands for; false: it is none, or empty. */
bool tg_court_unpack(const char *text, struct tg_buf *out);
/* The certificate profile of a key of this application, "" when it cannot be said. */
const char *tg_court_profile(const struct tg_catalog *catalog, const json_t *application, const char *key);
/* Appends to the centre's stream; takes `body`. */
enum tg_status tg_court_write(struct tg_store *s, enum tg_record_kind kind, struct json_t *body, int64_t now_ms,
        struct tg_error *err) TG_MUST_USE;

/* --- What kiosks ask (link.h) */
/* The registers of persons and entities, compared with an application: `answer` is the JSON array of link.h.
 * TG_REGISTER_DOWN. Called from one thread only. */
struct tg_registers_port {
	enum tg_status (*compare)(
	        void *ctx, const struct json_t *application, struct json_t **answer, struct tg_error *err);
	void *ctx;
};
/* The register adapter of the options: an HTTPS service with --register-url, else what was imported (decision 0181). */
struct tg_register_desk {
	struct tg_office *office;
	struct tg_register_https *https;
	struct tg_register_port port;
	const struct tg_registers *map;
	struct tg_clock clock;
};
enum tg_status tg_register_desk_open(struct tg_register_desk *d, const struct tg_centre_options *o,
        const struct tg_centre_paths *p, const struct tg_names *names, struct tg_clock clock,
        struct tg_error *err) TG_MUST_USE;
void tg_register_desk_close(struct tg_register_desk *d);
struct tg_registers_port tg_register_desk_port(struct tg_register_desk *d);
struct tg_asker {
	struct tg_queue queue;
	struct tg_store *store;
	struct tg_registry *registry; /* of keys that were used */
	struct tg_clock clock;
	struct tg_registers_port registers;
	const struct tg_catalog *catalog; /* set before the first question comes; NULL: not known */
	struct tg_guesses *guesses;
	const struct tg_outside *outside; /* NULL: every stream is ours */
	const char *elsewhere;            /* of the question that is being answered, with TG_SHARD_OTHER */
	pthread_t thread;
};
enum tg_status tg_asker_start(struct tg_asker *a, const struct tg_centre_paths *p,
        const struct tg_registers_port *registers, struct tg_clock clock, struct tg_error *err) TG_MUST_USE;
void tg_asker_stop(struct tg_asker *a); /* answers what is queued */
/* One question: `in` a JSON object, `*out` another. */
typedef enum tg_status tg_question(
        struct tg_asker *a, const char *kiosk, const struct json_t *in, struct json_t **out, struct tg_error *err);
tg_question tg_ask_status, tg_ask_queue, tg_ask_read, tg_ask_claim, tg_ask_registers, tg_ask_pending, tg_ask_open,
        tg_ask_keys, tg_ask_power, tg_ask_money, tg_ask_cloud, tg_ask_cloud_of, tg_ask_locks;
/* TG_WORK_TREE: fills the answer (ask_tree.c). */
void tg_ask_tree(struct tg_asker *a, struct tg_request *q);
/* Numbers are what a state is told for: a kiosk that asks for too many that are none is refused for a while.
 * TG_LIMIT. */
enum tg_status tg_guess_allowed(struct tg_asker *a, const char *kiosk) TG_MUST_USE;
void tg_guess_missed(struct tg_asker *a, const char *kiosk);

/* --- Who is at the other end of a TLS connection */
struct tg_peers {
	pthread_mutex_t lock;
	struct tg_trust *trust;
	struct tg_registry *registry;
	struct tg_clock clock; /* the machine's */
	struct tg_clock wall;  /* the centre's, shifted in training */
	int64_t looked_ms;
	unsigned generation; /* grows when something in the registry changed */
	struct tg_centre_counts *counts;
	struct tg_audit *audit; /* told of those that are refused; NULL: nobody */
};
struct tg_peer {
	struct tg_peer *next, *prev; /* the door's list, under its lock */
	struct tg_door *door;
	struct tg_wire wire;
	unsigned char address[16];    /* IPv4 in its IPv6 form */
	int64_t since_ms;             /* monotonic: accepted */
	atomic_int phase;             /* enum tg_phase */
	atomic_llong deadline_ms;     /* of the phase; INT64_MAX: none */
	int64_t until_ms;             /* end of its certificate */
	bool over;                    /* it was over when the connection began */
	bool met, proven;             /* its certificate was looked at; it leads to the channel CA and is for clients */
	char named[TG_KIOSK_MAX + 1]; /* the kiosk by that certificate; "" when it names none */
	enum tg_status status;        /* TG_OK, TG_KIOSK_UNKNOWN, TG_CHANNEL_EXPIRED */
	unsigned generation;          /* of the registry when `status` was found */
	uint8_t fingerprint[TG_FINGERPRINT_LEN];
	char kiosk[TG_KIOSK_MAX + 1];
};
/* Full verification once per connection; afterwards only whether the kiosk was disabled meanwhile. */
enum tg_status tg_peer_check(struct tg_peers *all, struct tg_peer *peer, struct MHD_Connection *c) TG_MUST_USE;
/* The same; but a kiosk that only another shard knows is let in too. Only for what every kiosk may ask. */
enum tg_status tg_peer_check_guest(struct tg_peers *all, struct tg_peer *peer, struct MHD_Connection *c,
        const struct tg_outside *outside) TG_MUST_USE;

/* --- The door: accepts connections, not more at a time than can be greeted soon, and closes those that let a deadline
 * pass. libmicrohttpd knows idle time only, which every byte begins anew (src/decisions/0240). */
struct tg_door {
	pthread_mutex_t lock;
	pthread_t thread;
	bool running;
	int listen_fd, stop_fd, tick_fd; /* tick: in the daemon's own epoll */
	struct MHD_Daemon *daemon;
	struct tg_clock clock;
	struct tg_centre_counts *counts;
	struct tg_peer *peers; /* all that are open */
	unsigned max_open, max_greeting, max_of_one;
	atomic_uint on_the_way; /* accepted, not yet announced by the daemon */
};
/* Takes the listening socket over, also when it fails. `daemon` was started without one. */
enum tg_status tg_door_open(struct tg_door *d, int listen_fd, struct MHD_Daemon *daemon,
        const struct tg_centre_options *o, struct tg_error *err) TG_MUST_USE;
/* No new connections. */
void tg_door_close(struct tg_door *d);
/* Of the daemon's notifications: a connection begins and ends. NULL: no memory. */
struct tg_peer *tg_door_enters(struct tg_door *d, struct MHD_Connection *c);
void tg_door_leaves(struct tg_peer *p);
/* The connection has come so far; `bytes` are to come in the phase BODY. Takes NULL. */
void tg_door_phase(struct tg_peer *p, enum tg_phase phase, size_t bytes);

/* --- The server */
struct tg_relay;
struct tg_server {
	struct MHD_Daemon *daemon;
	struct tg_relay *relay; /* NULL: our own CA answers */
	struct tg_door door;
	struct tg_pressure pressure;
	struct tg_centre_counts counts;
	struct tg_writer *writer;
	struct tg_desk *desk;
	struct tg_asker *asker, *register_asker; /* the second waits for registers elsewhere and holds up nobody */
	struct tg_peers peers;
	const struct tg_outside *outside;
	struct tg_buf trust;
};
/* The listening socket is handed over. */
enum tg_status tg_server_start(struct tg_server *s, int listen_fd, const struct tg_centre_options *o,
        const struct tg_centre_paths *p, struct tg_error *err) TG_MUST_USE;
/* No new connections and requests; then writer and desk can be stopped, then finish. */
void tg_server_quiesce(struct tg_server *s);
void tg_server_finish(struct tg_server *s);
/* MHD_AccessHandlerCallback; ctx is the server. */
enum MHD_Result tg_routes_handle(void *ctx, struct MHD_Connection *c, const char *url, const char *method,
        const char *version, const char *upload, size_t *upload_len, void **request);
void tg_routes_done(void *ctx, struct MHD_Connection *c, void **request, enum MHD_RequestTerminationCode why);

#endif
