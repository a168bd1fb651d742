/* Layer: flow. A person's way through the kiosk as a pure function: step(state, event) → state', effects. No clock, no
 * I/O, no curses; times come in with the events. Requirements K-1, K-2, K-3, K-11, K-12, K-14.
 *
 *   idle ► provider ► service ► kind ► carrier ► form ► documents ► review ► consent ► pin ► working ► result
 *                                         ╰─► resume (unfinished chip work on this card) ─► pin ─► working …
 *   every way out ► wiping ► idle
 * Back keeps what was typed. Cancel asks once. The allowed moves are a table (sm.h), checked at each step. */
#ifndef TAMGA_FLOW_H
#define TAMGA_FLOW_H

#include "tamga/record.h"
#include "tamga/screen.h"
#include "tamga/sm.h"
#include "tamga/view.h"

/* clang-format off */
#define TG_STAGES(X) \
	X(IDLE, "idle") /* choose language; nothing of the last person remains */ \
	X(PROVIDER, "provider") X(SERVICE, "service") X(KIND, "kind") \
	X(CARRIER, "carrier")     /* waits for a usable card; names a wrong one */ \
	X(FORM, "form") X(DOCUMENTS, "documents") X(REVIEW, "review") X(CONSENT, "consent") \
	X(PIN, "pin")             /* tries left shown; the last one asks first */ \
	X(SUBMITTING, "submitting") X(WORKING, "working") \
	X(RESULT, "result") X(WAITING, "waiting") /* queued: centre or CA not reached; honest status */ \
	X(RESUME, "resume") X(FAILURE, "failure") \
	X(WIPING, "wiping") X(OUT_OF_SERVICE, "out-of-service")
/* clang-format on */
#define TG_STAGE_ENUM(name, text) TG_STAGE_##name,
enum tg_stage { TG_STAGES(TG_STAGE_ENUM) TG_STAGE_COUNT };
#undef TG_STAGE_ENUM
extern const struct tg_sm tg_stage_machine;

enum tg_overlay {
	TG_OVERLAY_NONE,
	TG_OVERLAY_CANCEL,
	TG_OVERLAY_IDLE,
	TG_OVERLAY_HELP,
	TG_OVERLAY_LANGUAGE,
	TG_OVERLAY_LAST_TRY,
	TG_OVERLAY_WHERE,
	TG_OVERLAY_COUNT,
};

enum tg_answer_by { TG_BY_NOBODY, TG_BY_PERSON, TG_BY_CHIP, TG_BY_STAFF };
struct tg_answer {
	char value[TG_VALUE_MAX];
	size_t cursor;
	enum tg_answer_by by;
	const char *error;       /* message id or NULL */
	char mend[TG_VALUE_MAX]; /* proposed value or "" */
};

struct tg_reader_state {
	enum tg_status service; /* TG_OK, TG_READER_SERVICE (no pcscd), TG_READER_NONE */
	bool card;              /* one is in the reader */
	bool mute;              /* it does not answer */
	char reader[64];        /* cleaned for the screen */
};

struct tg_token_state {
	enum tg_status status; /* TG_OK usable; TG_CARD_FOREIGN, TG_CARD_BLANK, TG_PIN_LOCKED, TG_TOKEN_MODULE … */
	char carrier[32];      /* row of the carriers table: "kz-idcard" */
	char carrier_name[64]; /* message id of that row: shown by language */
	char purpose[16];      /* of that row: "id-card", "token", "sim", "staff" */
	char label[64], serial[64]; /* cleaned */
	int tries_left;             /* -1 unknown */
	bool tries_low, final_try, locked, pin_pad;
	unsigned pin_min, pin_max;
	unsigned n_keys, n_certificates;
};

/* Steps of chip work as the person sees them. */
/* clang-format off */
#define TG_CHIP_STEPS(X) \
	X(GENERATE, "generate") X(REQUEST, "request") X(ENROL, "enrol") X(WRITE, "write") X(PROVE, "prove") \
	X(RETIRE, "retire") /* the old pair of a replacement, after the new one is proven */ \
	X(UNDO, "undo")
/* clang-format on */
#define TG_CHIP_STEP_ENUM(name, text) TG_CHIP_##name,
enum tg_chip_step { TG_CHIP_STEPS(TG_CHIP_STEP_ENUM) TG_CHIP_STEP_COUNT };
#undef TG_CHIP_STEP_ENUM
const char *tg_chip_step_name(enum tg_chip_step step);

/* Effects whose answer has not come yet. When several are under way only the last answer counts: the others speak of a
 * card, or a person, that has left. */
struct tg_flow_asked {
	unsigned token, unfinished, submit, chip, receipt;
};

#define TG_FLOW_KEYS_MAX 4 /* key pairs of one application */

/* Everything about the journey. A plain value: no pointers but into the catalogue. Never holds a PIN. */
struct tg_flow_state {
	enum tg_stage stage;
	enum tg_overlay overlay;
	enum tg_lang lang;
	const struct tg_provider *provider;
	const struct tg_service *service;
	const struct tg_kind *kind;
	struct tg_answer answers[TG_FORM_FIELDS_MAX]; /* by index in kind->form->fields */
	bool documents[32], consents[8];              /* ticked */
	int focus;                                    /* counts the focusable items of the present stage from 0 */
	int overlay_focus;                            /* the same on the question that lies over it */
	enum tg_overlay overlay_under;                /* comes back when the idle warning is answered */
	int return_to_review;       /* 0, or 1 + the line of the review from which a field was reached */
	enum tg_stage carrier_then; /* where CARRIER leads: FORM, or PIN when a card was taken out before it */
	struct tg_reader_state reader;
	struct tg_token_state token;
	struct tg_flow_asked asked;
	char unfinished_number[TG_NUMBER_MAX], unfinished_form[32]; /* found for the card in the reader, or "" */
	char number[TG_NUMBER_MAX];                                 /* "" until the application is recorded here */
	char work_carrier[32], work_serial[64]; /* the carrier that the application is for: another one is refused */
	char work_purpose[16];
	bool must_finish;     /* a certificate was asked for: the work cannot be undone any more */
	bool resumed;         /* chip work that was begun before */
	bool undoing;         /* the next PIN is for TG_FX_CHIP_UNDO */
	bool last_try_agreed; /* the person knows that it is the last try */
	unsigned pin_characters;
	enum tg_chip_step step;
	int step_key; /* running now */
	struct {
		enum tg_step_state state[TG_CHIP_STEP_COUNT];
		char serial[48];
	} keys[TG_FLOW_KEYS_MAX];
	int64_t accepted_ms, sent_ms, registered_ms; /* K-15: 0 = not yet */
	enum tg_status services;
	int64_t services_ms;    /* K-14: why no journey can be begun, or TG_OK; when asked last */
	enum tg_status failure; /* shown on FAILURE, WAITING, OUT_OF_SERVICE */
	enum tg_status notice;  /* e.g. TG_PIN_WRONG on the PIN screen */
	bool receipt_busy, receipt_done;
	enum tg_status receipt_status;
	char receipt_where[96];
	int64_t last_input_ms; /* monotonic */
	int64_t warn_until_ms; /* 0, or end of the idle count-down */
	int64_t now_ms, now_wall_ms;
};

struct tg_flow_config {
	const struct tg_catalog *catalog;
	const struct tg_i18n *i18n;
	bool sandbox;
	bool may_quit;     /* the help line names Ctrl-Q: a demonstration that people must be able to leave */
	int64_t idle_ms;   /* without input until the warning (default 90 s) */
	int64_t warn_ms;   /* length of the warning, at least 20 s (P-3) */
	int64_t result_ms; /* on the result screen */
};

/* What can happen. Each effect below that has an answer is answered exactly once, also when it failed. */
enum tg_event_kind {
	TG_EV_START,
	TG_EV_TICK,       /* at least twice a second while somebody is there */
	TG_EV_KEY,        /* action, ch */
	TG_EV_READER,     /* reader; a card that was changed unseen is told as one without a card and one with */
	TG_EV_TOKEN,      /* token: answer to TG_FX_TOKEN_INFO */
	TG_EV_UNFINISHED, /* answer to TG_FX_FIND_UNFINISHED: status TG_OK with number, form, accepted_ms; or
	                     TG_NOT_FOUND */
	TG_EV_PIN,        /* pin_characters: the secret was edited */
	TG_EV_SUBMITTED,  /* status, number, accepted */
	TG_EV_CHIP_STEP,  /* step, key, step_state */
	TG_EV_CHIP_ENDED, /* status: TG_OK delivered; TG_CENTRE_DOWN, TG_CA_DOWN, TG_AGENT_DOWN: waiting; else failed */
	TG_EV_SYNC,       /* registered_ms of the shown application changed */
	TG_EV_RECEIPT,    /* status, where */
	TG_EV_WIPED,
	TG_EV_SERVICES, /* status: TG_OK, or why a journey cannot be begun (K-14) */
	TG_EV_BUG,
};
struct tg_event {
	enum tg_event_kind kind;
	int64_t now_ms, now_wall_ms;
	enum tg_action action;
	uint32_t ch;
	struct tg_reader_state reader;
	struct tg_token_state token;
	enum tg_status status;
	char number[TG_NUMBER_MAX];
	char form[32];
	bool must_finish; /* UNFINISHED, CHIP_ENDED */
	int64_t accepted_ms, sent_ms, registered_ms;
	unsigned pin_characters;
	enum tg_chip_step step;
	int key;
	enum tg_step_state step_state;
	char serial[TG_FLOW_KEYS_MAX][48]; /* CHIP_ENDED: certificates, hex */
	char where[96];
};

/* What is to be done. The kiosk does each on the worker of its port; its outcome comes back as an event. */
enum tg_effect_kind {
	TG_FX_TOKEN_INFO,      /* → TG_EV_TOKEN */
	TG_FX_FIND_UNFINISHED, /* for state.token.serial → TG_EV_UNFINISHED */
	TG_FX_SUBMIT,          /* write application.submitted from the state → TG_EV_SUBMITTED */
	TG_FX_CHIP_RUN,  /* chip work of state.number with the PIN in hand → TG_EV_CHIP_STEP*, TG_EV_CHIP_ENDED */
	TG_FX_CHIP_UNDO, /* → TG_EV_CHIP_ENDED */
	TG_FX_RECEIPT,   /* → TG_EV_RECEIPT */
	TG_FX_CLEAR_PIN,
	TG_FX_WIPE,           /* forget everything of the person → TG_EV_WIPED */
	TG_FX_RECORD_FAILURE, /* state.failure, state.stage → journal */
	TG_FX_CHECK_SERVICES, /* → TG_EV_SERVICES */
};
#define TG_EFFECTS_MAX 8
struct tg_effects {
	enum tg_effect_kind list[TG_EFFECTS_MAX];
	unsigned n;
};

void tg_flow_init(const struct tg_flow_config *c, struct tg_flow_state *s);
/* Changes `s` in place; `fx` is emptied first. An event that means nothing in the state changes nothing.
 * A move that the table forbids is our bug: tg_bug_report, OUT_OF_SERVICE. */
void tg_flow_step(
        const struct tg_flow_config *c, struct tg_flow_state *s, const struct tg_event *ev, struct tg_effects *fx);
/* Paints the state into the view-model. Reads nothing but its arguments. */
void tg_flow_view(const struct tg_flow_config *c, const struct tg_flow_state *s, struct tg_view *v);
/* True while typed characters belong to the PIN: the kiosk puts them into its tg_secret and sends TG_EV_PIN. */
bool tg_flow_wants_secret(const struct tg_flow_state *s);
/* True between the first choice of a person and the end of wiping. */
bool tg_flow_somebody_there(const struct tg_flow_state *s);
/* The rules there are, for tg_catalog_load. */
extern const struct tg_rule tg_flow_rules[];
/* The body of application.submitted (record.h) from the state. `number` is that of the new application, which comes
 * into the state only with TG_EV_SUBMITTED. TG_INVALID when nothing was chosen yet. Holds personal data: tg_buf_wipe.
 */
enum tg_status tg_flow_application_json_as(
        const struct tg_flow_state *s, const char *number, struct tg_buf *out) TG_MUST_USE;
/* The same with the state's own number. */
enum tg_status tg_flow_application_json(const struct tg_flow_state *s, struct tg_buf *out) TG_MUST_USE;
/* Every message id that flow can put on a screen, for the translation test. */
void tg_flow_messages(void (*fn)(const char *id, void *ctx), void *ctx);

#endif
