/* The full-screen program: one loop, and a worker for each port. The loop alone touches the flow state, the screen and
 * the PIN; workers get copies and post events back. */
#ifndef KIOSK_H
#define KIOSK_H

#include "config.h"
#include "tamga/card.h"
#include "tamga/chipwork.h"
#include "tamga/clock.h"
#include "tamga/flow.h"
#include "tamga/pki.h"
#include "tamga/secret.h"
#include "tamga/store.h"
#include "tamga/token.h"
#include "tamga/ui.h"
#include "tamga/worker.h"

struct kiosk_held; /* cabinet.h */
struct kiosk_certificate;
struct kiosk_media; /* media.h */
struct kiosk_help;  /* help.h */

struct kiosk {
	struct kiosk_config *config;
	struct tg_clock clock;
	struct tg_i18n *i18n;
	struct tg_catalog *catalog;
	struct tg_profiles *profiles;
	struct tg_carriers *carriers;
	struct tg_flow_config flow_config;

	/* the loop's */
	struct tg_flow_state state;
	struct tg_view view;
	struct tg_ui *ui;
	struct tg_secret *secrets[TG_SECRET_COUNT]; /* what is typed, by slot; the first is always NULL */
	struct tg_secret *pin;                      /* secrets[TG_SECRET_PIN] */
	struct tg_readers readers;                  /* last picture of the watch */
	struct kiosk_held *held;                    /* certificates on the chosen token, or NULL */
	struct kiosk_media *media;                  /* where removable media are put in, or NULL */
	char *pending;                              /* what waits for the head: JSON as the centre told it, or NULL */
	int64_t last_link_ms;                       /* when the agent was last asked */
	bool quit;
	enum tg_status start_status; /* why no journey can be begun since the start, or TG_OK */
	int signals;                 /* signalfd */

	/* ports */
	struct tg_mailbox *mailbox; /* struct kiosk_event messages */
	struct tg_card_watch *watch;
	struct tg_worker *store_worker, *token_worker, *link_worker, *print_worker;
	struct tg_store *store;  /* the store worker's */
	struct kiosk_help *help; /* the store worker's too; NULL until somebody looks for something */
	struct tg_token *token;  /* the token worker's */
	struct kiosk_staff_list {
		char (*list)[65]; /* SHA-256 of their certificates */
		unsigned n;
	} staff;
	struct kiosk_office {
		struct tg_desk_office rows[TG_DESK_REFUSAL_MAX];
		unsigned n;
	} office;
	char channel[40]; /* condition of this office, or "" */
};

/* What workers post. */
struct kiosk_event {
	struct tg_message base;
	struct tg_event event;
	struct tg_readers readers; /* with TG_EV_READER */
	bool has_readers;
	struct tg_cabinet_facts *facts; /* owned: what event.cabinet points to, or NULL */
	struct kiosk_held *held;        /* owned until the loop takes it, or NULL */
	struct tg_ways_facts *ways;     /* owned: what event.ways points to, or NULL */
	char *pending;                  /* owned until the loop takes it, or NULL */
	struct tg_desk_facts *desk;     /* owned: what event.desk points to, or NULL */
	struct tg_medium_facts *medium; /* owned: what event.medium points to, or NULL */
	struct tg_topics *topics;       /* owned: what event.topics points to, or NULL */
	struct tg_companies *companies; /* owned: what event.companies points to, or NULL */
};
struct kiosk_event *kiosk_event_new(void); /* NULL: reported as a bug */
/* Posts a copy. Never fails silently: without memory the bug hook is called. */
void kiosk_post(struct kiosk *k, const struct tg_event *event);
void kiosk_post_readers(const struct tg_readers *now, void *ctx);

/* loop.c: runs until the program is told to end. */
void kiosk_loop(struct kiosk *k);
/* The reader of the journey: the wanted one; else the one it had, while its card is in; else the first with a card.
 * NULL when there is none. And the one beside it, with a card if there is one. */
const struct tg_reader_info *kiosk_persons_reader(const struct kiosk *k);
const struct tg_reader_info *kiosk_other_reader(const struct kiosk *k);
/* Not a reader but the carrier that is there without one (configuration: soft_carrier). */
bool kiosk_reader_is_soft(const struct kiosk *k, const struct tg_reader_info *r);
/* Runs one event through the flow, and its effects. */
void kiosk_handle(struct kiosk *k, struct tg_event *event);

/* effects.c: what waits for the head is the loop's from here on; NULL: forgotten. Wipes what was there. */
void kiosk_keep_pending(struct kiosk *k, char **json);

/* effects.c: starts one effect on its worker. */
void kiosk_effect(struct kiosk *k, enum tg_effect_kind effect);
void kiosk_ask_link(struct kiosk *k); /* services and acknowledgement, every few seconds */

/* jobs.c: a job with a copy of what it needs. */
struct kiosk_job {
	struct tg_job base;
	struct kiosk *k;
	void (*work)(struct kiosk_job *job);
	struct tg_flow_state state;                 /* as it was when the effect was asked for */
	struct tg_secret *pin;                      /* the job's own copy, wiped at its end; NULL when not needed */
	struct tg_secret *secrets[TG_SECRET_COUNT]; /* the job's own too */
	struct tg_reader_info reader, other;        /* the person's, and the one beside it */
	bool has_reader, has_other;
	bool undo, leave_out;
	struct tg_readers readers;             /* for jobs that look for a reader themselves */
	struct kiosk_certificate *certificate; /* the job's own copy, or NULL */
	char *text;                            /* the job's own, wiped at its end, or NULL */
};
/* Reader of the person's card, and of another card beside it. */
void kiosk_job_reader(struct kiosk_job *job);
/* The PIN in hand moves into the job. */
void kiosk_job_take_pin(struct kiosk_job *job);
/* A copy: the same PIN is needed once more on this visit. */
void kiosk_job_copy_pin(struct kiosk_job *job);
struct kiosk_job *kiosk_job_new(struct kiosk *k, void (*work)(struct kiosk_job *job));
void kiosk_job_start(struct tg_worker *w, struct kiosk_job *job);

/* storeport.c: the store belongs to its worker; other workers wait for their turn. */
typedef enum tg_status kiosk_store_fn(struct kiosk *k, void *arg, struct tg_error *err);
enum tg_status kiosk_store_call(struct kiosk *k, kiosk_store_fn *fn, void *arg, struct tg_error *err) TG_MUST_USE;
enum tg_status kiosk_append(
        struct kiosk *k, enum tg_record_kind kind, const char *json, struct tg_error *err) TG_MUST_USE;
/* The agent is told that there is something to send. From any worker. */
void kiosk_poke(const struct kiosk *k);
enum tg_status kiosk_load_work(
        struct kiosk *k, const char *number, struct tg_chip_work *work, struct tg_error *err) TG_MUST_USE;

/* token.c */
enum tg_status kiosk_inspect(struct kiosk_job *job, struct tg_token_info *info, struct tg_error *err) TG_MUST_USE;
void kiosk_describe_token(
        struct kiosk *k, enum tg_status status, const struct tg_token_info *info, struct tg_token_state *out);

/* Adds what the journal knows of the token: its life (TG_CARD_STATE), work on its PIN that was broken off. Not on the
 * store worker. */
void kiosk_ask_records(struct kiosk *k, struct tg_token_state *token);

/* The same for a job of the store worker itself. */
enum tg_status kiosk_load_work_here(
        struct kiosk *k, const char *number, struct tg_chip_work *work, struct tg_error *err) TG_MUST_USE;

/* What a journey must know of chip work, into the event; on the store worker (records.c). */
void kiosk_read_work(struct kiosk *k, const char *number, struct tg_event *ev);

/* On the workers. */
void kiosk_token_info(struct kiosk_job *job);                 /* token.c */
void kiosk_find_unfinished(struct kiosk_job *job);            /* records.c */
void kiosk_submit(struct kiosk_job *job);                     /* records.c */
void kiosk_submit_signed(struct kiosk_job *job);              /* records.c */
void kiosk_record_failure(struct kiosk_job *job);             /* records.c */
void kiosk_chip_run(struct kiosk_job *job);                   /* chip.c */
struct tg_cmp_config kiosk_cmp_config(const struct kiosk *k); /* chip.c */
void kiosk_receipt(struct kiosk_job *job);                    /* receipt.c */
void kiosk_services(struct kiosk_job *job);                   /* services.c */
void kiosk_sync_state(struct kiosk_job *job);                 /* services.c */

#endif
