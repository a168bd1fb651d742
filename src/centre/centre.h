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

#include "tamga/ca.h"
#include "tamga/certstatus.h"
#include "tamga/clock.h"
#include "tamga/mail.h"
#include "tamga/register.h"
#include "tamga/sync.h"

#include <microhttpd.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

struct json_t;
struct tg_centre_options {
	const char *data, *listen, *names, *profiles, *module, *clock_file;
	const char *kiosk_disable, *kiosk_enable, *kiosk_allow;
	bool kiosk_list, help, version;
	const char *smtp, *smtp_user_file, *smtp_ca, *mail_from, *screens, *locale;
	unsigned mail_retry_ms, mail_days;
	const char *outside_issuers;
	const char *register_url, *register_ca, *register_cert, *register_key;
	unsigned register_ms;
	unsigned threads, connections, per_ip;
	bool allow_test_ids;
};
enum tg_status tg_centre_options_read(
        struct tg_centre_options *o, int argc, char **argv, struct tg_error *err) TG_MUST_USE;
void tg_centre_usage(FILE *to);

/* --- The data directory: paths, and what a first start makes. */
#define TG_CENTRE_PATH 512
struct tg_centre_paths {
	char dir[TG_CENTRE_PATH - 64]; /* absolute */
	char replica[TG_CENTRE_PATH], registry[TG_CENTRE_PATH], office[TG_CENTRE_PATH], ca_dir[TG_CENTRE_PATH];
	char channel_ca[TG_CENTRE_PATH], channel_ca_key[TG_CENTRE_PATH], tls_cert[TG_CENTRE_PATH],
	        tls_key[TG_CENTRE_PATH];
	char ca_trust[TG_CENTRE_PATH];
	char ack_key[TG_CENTRE_PATH], ack_public[TG_CENTRE_PATH], secret[TG_CENTRE_PATH], token_pin[TG_CENTRE_PATH];
	char softhsm_conf[TG_CENTRE_PATH], softhsm_dir[TG_CENTRE_PATH], listen[TG_CENTRE_PATH], lock[TG_CENTRE_PATH];
};
/* Makes the directory (0700) when there is none. TG_IO, TG_CONFIG. */
enum tg_status tg_centre_paths_init(struct tg_centre_paths *p, const char *dir, struct tg_error *err) TG_MUST_USE;
/* Keys, certificates, secret, SoftHSM configuration: what is missing is made. `hosts` go into the TLS certificate. */
enum tg_status tg_centre_setup(const struct tg_centre_paths *p, const char *hosts, struct tg_error *err) TG_MUST_USE;

/* --- ca.db: kiosks, their certificates, what the CA issued. One object belongs to one thread at a time. */
struct tg_registry;
enum tg_status tg_registry_open(struct tg_registry **out, const char *path, struct tg_error *err) TG_MUST_USE;
void tg_registry_close(struct tg_registry *r);
struct tg_ca_store tg_registry_ca_port(struct tg_registry *r);
/* The certificates of keys that `who` keeps, good, not over at `now_ms`, in which `text` stands somewhere; the one that
 * ends first is told first. Stops when `fn` does not return TG_OK, and returns that. */
enum tg_status tg_registry_each_kept(struct tg_registry *r, const char *who, const char *text, int64_t now_ms,
        enum tg_status (*fn)(const struct tg_ca_record *r, void *ctx), void *ctx) TG_MUST_USE;
sqlite3 *tg_registry_db(struct tg_registry *r);
/* Prepares; NULL when the database refuses. Finalise with sqlite3_finalize. */
sqlite3_stmt *tg_registry_stmt(struct tg_registry *r, const char *sql);
/* Steps a statement that returns nothing, finalises it. TG_OK, TG_INVALID (a constraint), TG_STORE_BUSY, TG_DISK_FULL,
 * TG_IO. */
enum tg_status tg_registry_run(struct tg_registry *r, sqlite3_stmt *q) TG_MUST_USE;
/* What an SQLite result means. */
enum tg_status tg_registry_status(int rc);

#define TG_FINGERPRINT_LEN 32
struct tg_kiosk_row {
	char kiosk[TG_KIOSK_MAX + 1];
	uint32_t number;
	bool disabled, may_enrol;  /* may_enrol: a certificate may be replaced, once */
	uint8_t spki[TG_HASH_LEN]; /* of the present certificate; zero when there is none */
	struct tg_buf certificate; /* PEM of the present one */
};
enum tg_status tg_kiosk_find(
        struct tg_registry *r, const char *kiosk, struct tg_kiosk_row *out) TG_MUST_USE; /* TG_NOT_FOUND */
/* Makes the kiosk when it is new and its certificate the present one, in one transaction. `out->number` is set. */
enum tg_status tg_kiosk_enrol(struct tg_registry *r, struct tg_kiosk_row *out,
        const uint8_t fingerprint[TG_FINGERPRINT_LEN], int64_t now_ms) TG_MUST_USE;
/* Whose present certificate this is; TG_KIOSK_UNKNOWN: nobody's, a replaced one, or of a disabled kiosk. */
enum tg_status tg_kiosk_by_certificate(
        struct tg_registry *r, const uint8_t fingerprint[TG_FINGERPRINT_LEN], char kiosk[TG_KIOSK_MAX + 1]) TG_MUST_USE;
/* Changes by other connections since the last call, cheaply. */
bool tg_registry_changed(struct tg_registry *r);
/* The command line's --kiosk-… */
enum tg_status tg_kiosk_command(
        const struct tg_centre_options *o, const char *registry, struct tg_error *err) TG_MUST_USE;

/* --- Requests */
enum tg_work {
	TG_WORK_JOURNAL,
	TG_WORK_HIGH_WATER,
	TG_WORK_FEED,
	TG_WORK_CMP,
	TG_WORK_ENROL,
	TG_WORK_CRL,
	TG_WORK_ROOT_CRL,
	TG_WORK_ISSUING,
	TG_WORK_GOST_CRL,
	TG_WORK_GOST_ROOT_CRL,
	TG_WORK_GOST_ISSUING,
	TG_WORK_CHAIN,
	TG_WORK_CHANNEL_CA,
	TG_WORK_ASK
};
struct tg_request {
	struct tg_request *next;
	struct MHD_Connection *connection;
	enum tg_work work;
	bool queued, answered;
	char kiosk[TG_KIOSK_MAX + 1]; /* "" when the connection proved none */
	struct tg_buf body;
	struct tg_entry *entries; /* TG_WORK_JOURNAL, of `body` */
	size_t n;
	uint64_t after; /* TG_WORK_FEED */
	char path[32];  /* TG_WORK_ASK: what is asked */
	unsigned http;  /* of the answer */
	const char *type;
	struct tg_buf answer;
};
void tg_request_free(struct tg_request *q);
/* Answers {code, name} with the HTTP status that fits. */
void tg_request_refuse(struct tg_request *q, enum tg_status st);
unsigned tg_http_of(enum tg_status st);

/* Requests on their way to a thread. */
struct tg_queue {
	pthread_mutex_t lock;
	pthread_cond_t some;
	struct tg_request *first, *last;
	bool closed;
};
enum tg_status tg_queue_init(struct tg_queue *q) TG_MUST_USE;
void tg_queue_finish(struct tg_queue *q);
/* False when the queue is closed: nothing was taken. */
bool tg_queue_put(struct tg_queue *q, struct tg_request *r) TG_MUST_USE;
/* Waits for requests; takes as many in order as have at most `max_entries` entries together, at least one. NULL when
 * the queue is closed and empty. */
struct tg_request *tg_queue_take(struct tg_queue *q, size_t max_entries);
void tg_queue_close(struct tg_queue *q);

/* --- The writer. It signs too: a second thread for that made the groups smaller and the rate lower (decision 0072). */
struct tg_writer {
	struct tg_queue queue;
	struct tg_store *store;
	struct tg_ack_key *key;
	struct tg_clock clock;
	pthread_t thread;
	struct tg_entry *group;
	enum tg_status *results;
	struct tg_feed_writer page;
	struct tg_works *after[4]; /* woken when something was written */
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
struct tg_desk {
	struct tg_queue queue;
	struct tg_registry *registry;
	struct tg_ca *ca;
	struct tg_clock clock;
	const struct tg_centre_paths *paths;
	char secret[128]; /* of the sandbox enrolment */
	struct tg_buf ca_trust, ack_public, channel_ca;
	/* The CA's own connections: used inside its lock, from whatever thread calls it. */
	struct tg_registry *ca_registry;
	struct tg_gate gate;
	atomic_bool revoked; /* something was: the CRLs that are kept are not given any more */
	struct tg_buf crl, root_crl, gost_crl, gost_root_crl;
	int64_t crl_ms, root_crl_ms, gost_crl_ms, gost_root_crl_ms; /* when they were made */
	pthread_t thread;
};
enum tg_status tg_desk_start(struct tg_desk *d, const struct tg_centre_paths *p, const struct tg_ca_config *ca,
        struct tg_clock clock, struct tg_error *err) TG_MUST_USE;
void tg_desk_stop(struct tg_desk *d);
void tg_desk_enrol(struct tg_desk *d, struct tg_request *q);

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

/* --- Works: a thread that does jobs when something was written, and now and then without that. What is to be done
 * stands in the database (tg_store_work): a job does what it finds and writes that it is done, so that it may be killed
 * at any moment and run again. */
struct tg_job {
	/* A failure is logged; the job is run again after every_ms or at the next wake, whichever is sooner. */
	enum tg_status (*run)(struct tg_store *s, int64_t now_ms, void *ctx, struct tg_error *err);
	void *ctx;
};
#define TG_JOBS_MAX 12
struct tg_works {
	pthread_mutex_t lock;
	pthread_cond_t wake; /* monotonic */
	bool ready, woken, stopping;
	struct tg_store *store;
	struct tg_clock clock;
	struct tg_job jobs[TG_JOBS_MAX];
	unsigned n_jobs;
	int64_t every_ms;
	pthread_t thread;
};
/* `jobs` are copied; their ctx outlive the works. */
enum tg_status tg_works_start(struct tg_works *w, const struct tg_centre_paths *p, const struct tg_job *jobs,
        unsigned n, int64_t every_ms, struct tg_clock clock, struct tg_error *err) TG_MUST_USE;
void tg_works_wake(struct tg_works *w); /* from any thread */
void tg_works_stop(struct tg_works *w); /* one that was never started too */

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
/* Numbers are what a state is told for: a kiosk that asks for too many that are none is refused for a while.
 * TG_LIMIT. */
enum tg_status tg_guess_allowed(struct tg_asker *a, const char *kiosk) TG_MUST_USE;
void tg_guess_missed(struct tg_asker *a, const char *kiosk);

/* --- Who is at the other end of a TLS connection */
struct tg_peers {
	pthread_mutex_t lock;
	struct tg_registry *registry;
	struct tg_clock clock;
	int64_t looked_ms;
	unsigned generation; /* grows when something in the registry changed */
};
struct tg_peer {
	bool met, proven;      /* its certificate was looked at; it leads to the channel CA and is for clients */
	enum tg_status status; /* TG_OK, TG_KIOSK_UNKNOWN */
	unsigned generation;   /* of the registry when `status` was found */
	uint8_t fingerprint[TG_FINGERPRINT_LEN];
	char kiosk[TG_KIOSK_MAX + 1];
};
/* Full verification once per connection; afterwards only whether the kiosk was disabled meanwhile. */
enum tg_status tg_peer_check(struct tg_peers *all, struct tg_peer *peer, struct MHD_Connection *c) TG_MUST_USE;

/* --- The server */
struct tg_server {
	struct MHD_Daemon *daemon;
	struct tg_writer *writer;
	struct tg_desk *desk;
	struct tg_asker *asker, *register_asker; /* the second waits for registers elsewhere and holds up nobody */
	struct tg_peers peers;
	struct tg_buf tls_cert, tls_key, trust;
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
