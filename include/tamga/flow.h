/* Layer: flow. A person's way through the kiosk as a pure function: step(state, event) → state', effects. No clock, no
 * I/O, no curses; times come in with the events. Requirements K-1, K-2, K-3, K-11, K-12, K-14.
 *
 *   idle ► provider ► service ► kind ► way ► questions ► carrier ► form ► documents ► review ► consent ► pin …
 *                                                           ╰─► document ► reading ► carriers ─► (carrier) ► form
 *                                         ╰─► resume (unfinished chip work on this card) ─► pin ─► working …
 *   every way out ► wiping ► idle
 * Back keeps what was typed. Cancel asks once. The allowed moves are a table (sm.h), checked at each step. */
#ifndef TAMGA_FLOW_H
#define TAMGA_FLOW_H

#include "tamga/advice.h"
#include "tamga/cabinet.h"
#include "tamga/desk.h"
#include "tamga/medium.h"
#include "tamga/record.h"
#include "tamga/screen.h"
#include "tamga/sm.h"
#include "tamga/view.h"
#include "tamga/ways.h"

/* clang-format off */
#define TG_STAGES(X) \
	X(IDLE, "idle") /* choose language; nothing of the last person remains */ \
	X(PROVIDER, "provider") X(SERVICE, "service") X(KIND, "kind") \
	X(WAY, "way") X(QUESTIONS, "questions") /* how one comes; what decides which papers are asked for */ \
	X(CARRIER, "carrier")     /* waits for a usable card; names a wrong one */ \
	X(DOCUMENT, "document")   /* what opens the chip of the identity document: typed from the card */ \
	X(READING, "reading")     /* the chip is read; then who it is and what was proven */ \
	X(CARRIERS, "carriers")   /* where the certificates are written, when it is proven who asks */ \
	X(PICK, "pick")           /* which certificates of those on the card: their serial numbers go into the form */ \
	X(MEDIUM, "medium")       /* a request that was brought: which file of a removable medium */ \
	X(FORM, "form") X(DOCUMENTS, "documents") X(REVIEW, "review") \
	X(OPEN, "open")           /* this person has an open application already (K-16) */ \
	X(CONSENT, "consent") \
	X(PIN, "pin")             /* tries left shown; the last one asks first */ \
	X(SUBMITTING, "submitting") X(WORKING, "working") \
	X(JUDGING, "judging")     /* recorded; the centre's verdict is waited for */ \
	X(DELIVER, "deliver")     /* the certificate of a request goes onto a medium or paper */ \
	X(RESULT, "result") X(WAITING, "waiting") /* queued: centre or CA not reached; honest status */ \
	X(RESUME, "resume") X(FAILURE, "failure") \
	X(SECOND, "second")       /* one carrier is finished: the other is asked for, or left out (NCA-6) */ \
	X(PIN_CHANGE, "pin-change") \
	X(STAFF, "staff")         /* a member of staff proves who they are, and that the card is this person's */ \
	X(UNBLOCK, "unblock")     /* the unblocking PIN by staff, then the new PIN by the person */ \
	X(DEVICES, "devices")     /* where the signature is kept; the tokens there are (DOS-9) */ \
	X(COMPANY, "company") X(ENTER, "enter") \
	X(HOME, "home") X(CERTIFICATES, "certificates") X(CERTIFICATE, "certificate") \
	X(APPLICATIONS, "applications") X(TRY, "try") \
	X(LEAVE, "leave")         /* take your token */ \
	X(STATUS, "status")       /* an application by its number (K-15) */ \
	X(PENDING, "pending") X(REQUEST, "request") /* the head's list, and one request of it (NCA-9.head) */ \
	X(ABOUT, "about")         /* legal basis, terms, where to ask (NCA-0, 13, 16, 17) */ \
	X(TICKET, "ticket")       /* a number of the electronic queue (NCA-8) */ \
	X(ADVISER, "adviser") X(ADVICE, "advice") /* which certificates one needs, and what they cost (DOS-5) */ \
	X(TOPICS, "topics") X(TOPIC, "topic")     /* answers to questions, searched (DOS-11) */ \
	X(COMPANIES, "companies") /* of a complex certificate: the list, and what is to be changed (DOS-6) */ \
	X(DESK_ENTER, "desk-enter") X(DESK_QUEUE, "desk-queue") X(DESK_APPLICATION, "desk-application") \
	X(DESK_DECIDE, "desk-decide") X(DESK_DONE, "desk-done") X(DESK_COMPLAINT, "desk-complaint") /* P-5 */ \
	X(DESK_PAYMENT, "desk-payment")   /* money that came, or goes back (DOS-7) */ \
	X(DESK_CALLBACK, "desk-callback") /* who ordered is called back (UBR-3) */ \
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
	TG_OVERLAY_LEADS,   /* the answer belongs to another service */
	TG_OVERLAY_WITHOUT, /* the second carrier is to be left out */
	TG_OVERLAY_COUNT,
};

enum tg_answer_by { TG_BY_NOBODY, TG_BY_PERSON, TG_BY_CHIP, TG_BY_STAFF, TG_BY_CERTIFICATE };
struct tg_answer {
	char value[TG_VALUE_MAX];
	size_t cursor;
	enum tg_answer_by by;
	const char *error;       /* message id or NULL */
	const char *warning;     /* the same, but it stops nobody */
	unsigned error_line;     /* of a list: the line that `error` or `warning` is about, from 1 */
	char mend[TG_VALUE_MAX]; /* proposed value or "" */
	bool letters_row;        /* digits came from the letters that the Kazakh layout has in their place */
};

/* One document of the list: brought on paper, or proven otherwise with the reason shown. */
enum tg_brought_by {
	TG_BROUGHT_NOT,
	TG_BROUGHT_PAPER,
	TG_BROUGHT_FORM,
	TG_BROUGHT_CHIP,
	TG_BROUGHT_CERTIFICATE,
	TG_BROUGHT_HEAD,
	TG_BROUGHT_REGISTER,
	TG_BROUGHT_CARRIER
};
struct tg_brought {
	enum tg_brought_by by;
	char date[12]; /* of a document whose rule asks for it: DD.MM.YYYY, as far as it was typed */
	unsigned date_cursor;
	bool letters_row;
	const char *error; /* message id of what is wrong with the date, or NULL */
};

enum tg_presenter { TG_PRESENTER_SURNAME, TG_PRESENTER_GIVEN, TG_PRESENTER_IIN, TG_PRESENTER_COUNT };

struct tg_reader_state {
	enum tg_status service; /* TG_OK, TG_READER_SERVICE (no pcscd), TG_READER_NONE */
	bool card;              /* one is in the reader */
	bool mute;              /* it does not answer */
	char reader[64];        /* cleaned for the screen */
	char name[128];         /* as PC/SC calls it */
};

struct tg_token_state {
	enum tg_status status; /* TG_OK usable; TG_CARD_FOREIGN, TG_CARD_BLANK, TG_PIN_LOCKED, TG_TOKEN_MODULE … */
	char carrier[32];      /* row of the carriers table: "kz-idcard" */
	char carrier_name[64]; /* message id of that row: shown by language */
	char purpose[16];      /* of that row: "id-card", "token", "sim", "staff" */
	char algorithms[64];   /* of that row: what keys it makes, words separated by spaces; "": not known */
	char label[64], serial[64]; /* cleaned */
	char version[16];           /* "2.0"; "": it does not say */
	int tries_left;             /* -1 unknown */
	bool tries_low, final_try, locked, pin_pad;
	unsigned pin_min, pin_max;
	unsigned n_keys, n_certificates;
	bool document;                      /* may carry an identity document (K-4) */
	bool pin_to_be_changed, pin_digits; /* still the one it was handed out with; takes digits only */
	bool can_unblock;                   /* its PIN can be unblocked with a PIN of the issuer */
	char pin_broken[16];                /* PIN work on it that was broken off: its `what` (record.h), or "" */
};

/* Which secret the typed characters belong to. The kiosk holds one tg_secret for each; only numbers come here. */
enum tg_secret_slot {
	TG_SECRET_NONE,
	TG_SECRET_PIN, /* of the person's card */
	TG_SECRET_OLD, /* the same, on the screen where it is changed */
	TG_SECRET_NEW,
	TG_SECRET_AGAIN, /* the new one once more */
	TG_SECRET_STAFF, /* of the staff member's own token */
	TG_SECRET_SO,    /* what unblocks the person's card */
	TG_SECRET_COUNT,
};
/* Why a new PIN is refused. */
enum tg_pin_flaw {
	TG_FLAW_NONE,
	TG_FLAW_EASY,   /* repeats, runs, the factory PIN */
	TG_FLAW_BIRTH,  /* holds the birth date */
	TG_FLAW_NUMBER, /* holds a number of the person's documents */
	TG_FLAW_SAME,   /* is the old one */
	TG_FLAW_CARD,   /* the card's own rules */
	TG_FLAW_COUNT,
};
/* A change of the PIN, or its unblocking. */
struct tg_pin_state {
	unsigned characters[TG_SECRET_COUNT];
	bool old_known; /* it was typed on the PIN screen: only the new one is asked */
	bool factory;   /* what is typed on the PIN screen is the maker's PIN */
	bool judged;    /* the new one was found good enough */
	bool busy;      /* the card works */
	bool done;      /* the PIN was changed or unblocked on this visit */
	enum tg_pin_flaw flaw;
	enum tg_stage then; /* where PIN_CHANGE leads, done or not: set it before tg_turn_go */
	enum tg_stage back; /* where it leads back to when it was forced */
};

/* The identity document on the person's card (K-4). What opens its chip, as typed: */
enum tg_open_field { TG_OPEN_NUMBER, TG_OPEN_BIRTH, TG_OPEN_EXPIRY, TG_OPEN_CAN, TG_OPEN_COUNT };
/* What the chip told, and what of it was proven. Personal data. Dates YYYY-MM-DD; statuses as in struct
 * tg_mrtd_proof. */
struct tg_chip_document {
	char number[24], birth[11], expiry[11], issuer[4], nationality[4], iin[16], sex[2];
	char surname[40], given[40]; /* Latin, as the machine-readable zone has them */
	bool expired, pace;
	bool other_holder; /* a certificate on the same card names another person */
	enum tg_status passive, active, chip;
	char signer[160]; /* cleaned */
};
enum tg_name_fit { TG_NAME_UNKNOWN, TG_NAME_FITS, TG_NAME_DIFFERS };
#define TG_DOCUMENT_STEPS 5 /* select, access, data, signature, chip */
struct tg_document_state {
	struct tg_answer typed[TG_OPEN_COUNT];
	bool by_can, busy;
	int step;   /* running now */
	bool tried; /* `status` is how a reading ended */
	enum tg_status status;
	struct tg_chip_document chip; /* after TG_OK: read, proven, this person's, not expired */
	char serial[64];              /* of the card it was read from; "" when only its document can be read */
	char keyless[16];             /* then the purpose of that card, on which no keys are made here; else "" */
	enum tg_name_fit name_fit;    /* the names typed into the form beside those of the chip */
};

/* A member of staff who unblocks (P-5). */
enum tg_staff_step { TG_STAFF_INSERT, TG_STAFF_PIN, TG_STAFF_CHECK };
struct tg_staff_state {
	enum tg_staff_step step;
	bool busy, compared;         /* the card is this person's, staff says */
	bool handed_over;            /* the unblocking PIN is typed: now only the person types */
	bool pinned;                 /* wanted_reader was set for it */
	struct tg_token_state token; /* the staff member's own, in the other reader */
	char name[96], serial[48];   /* of the certificate that was proven */
	char holder[96];             /* of a certificate on the person's card, or "" */
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
	unsigned token, unfinished, submit, chip, receipt, document, judge, pin, staff_token, staff;
	unsigned devices, certificates, enter, cabinet, cloud;
	unsigned verdict, status, application, withdraw, pending, request, decide, paper;
	unsigned desk, desk_claim;
	unsigned open;
	unsigned ticket, slip;
	unsigned topics, companies;
	unsigned medium, deliver;
};

/* Something that is printed while the person looks on. */
struct tg_print {
	bool busy, done;
	enum tg_status status; /* of the last one */
	char where[96];        /* "paper", "file", "screen", or on which printer */
};

/* The electronic queue. */
#define TG_TICKET_MAX 16
struct tg_ticket {
	struct tg_answer typed;     /* one that was booked on the portal */
	char number[TG_TICKET_MAX]; /* the person's, or "": goes with the applications of this visit */
	char where[96];             /* on which paper, or "" */
	bool waiting;               /* it was asked for on this visit: an answer to somebody who left is nobody's */
};

/* An application by its number: typed, shown, the person proves to be the one it names, withdrawn. */
enum tg_status_step { TG_STATUS_NUMBER, TG_STATUS_SHOWN, TG_STATUS_PROVE, TG_STATUS_WITHDRAW };
enum tg_status_wish { TG_WISH_CONTINUE, TG_WISH_CORRECT, TG_WISH_WITHDRAW };
#define TG_PROOF_TRIES 3
struct tg_ways {
	enum tg_status_step step;
	enum tg_status_wish wish;
	struct tg_answer number, proof; /* typed: of the application; the IIN or BIN that stands on it */
	int proof_tries;                /* wrong ones on this visit */
	struct tg_application_facts facts;
	int64_t judge_until_ms;    /* how long JUDGING waits */
	char edits[TG_NUMBER_MAX]; /* the new application is in place of this one, or "" */
	struct tg_pending_request pending[TG_PENDING_MAX];
	unsigned n_pending, chosen;
	bool listed;    /* the list was told once */
	bool deciding;  /* the PIN is for the head's decision on pending[chosen] */
	bool yes;       /* which is */
	bool declining; /* the reason is being typed */
	struct tg_answer why;
	struct tg_print paper, slip; /* the filled form; the payment slip (DOS-7) */
};

/* Help topics: what was typed, what was found, which one is read. */
#define TG_QUERY_CHARS 64
struct tg_helpdesk {
	struct tg_answer query;
	struct tg_topics found;
	unsigned shown;        /* index of the topic that is read */
	enum tg_status status; /* of the search */
};

#define TG_FLOW_KEYS_MAX  4 /* key pairs of one application */
#define TG_CARRIERS_BYTES 48

/* Chip work as its journal has it, where a journey must know more than its own steps: which carriers, which keys on
 * which, whose turn it is. One carrier nearly always; two for the identity card and the SIM (NCA-6). */
#define TG_WORK_CARRIERS_MAX 2
struct tg_work_carrier {
	char name[32], purpose[16]; /* row of the carriers table, and what it is for; "" before the card was seen */
	char serial[64];            /* "" before the first step on it */
};
struct tg_work_facts {
	unsigned n, at; /* carriers; the one whose turn it is, n when nothing is left to do */
	struct tg_work_carrier carriers[TG_WORK_CARRIERS_MAX];
	struct {
		char plan[32]; /* its id */
		unsigned carrier;
	} keys[TG_FLOW_KEYS_MAX];
	unsigned n_keys;
	bool touched;       /* key pairs of this application may lie on the carrier whose turn it is */
	bool can_leave_out; /* what is done can be delivered without the carrier whose turn it is */
	bool left_out;      /* the last one was, in the end */
};

/* Everything about the journey. A plain value: no pointers but into the catalogue. Never holds a PIN. */
struct tg_flow_state {
	enum tg_stage stage;
	enum tg_overlay overlay;
	enum tg_lang lang;
	const struct tg_provider *provider;
	const struct tg_service *service;
	const struct tg_kind *kind;
	const struct tg_way *way;                       /* NULL: the kind has none, "spot" */
	struct tg_replies replies;                      /* to the questions of the kind */
	unsigned leading;                               /* the question whose answer leads away, from 1; 0: none */
	const struct tg_question_option *led;           /* led here: answers that fit are kept */
	struct tg_answer answers[TG_FORM_FIELDS_MAX];   /* by index in kind->form->fields */
	struct tg_brought documents[TG_DOCUMENTS_MAX];  /* by index in kind->documents */
	bool consents[8];                               /* ticked */
	struct tg_answer presenter[TG_PRESENTER_COUNT]; /* who stands here with a power, where it is another */
	struct tg_answer power;          /* number of the power of attorney that was filled here, or "" */
	struct tg_pkcs10_facts pkcs10;   /* of the form's request, when it is right */
	char open_number[TG_NUMBER_MAX]; /* an open application of this person, or "" (K-16) */
	bool picked;                     /* PICK came before this form already */
	bool open_agreed;                /* the person knows, and goes on */
	enum tg_status order_status;     /* why the order is made at the office only (DOS-3), as far as it is known */
	bool key_used;                   /* of the form's request: a certificate was issued for its key (K-16) */
	int focus;                       /* counts the focusable items of the present stage from 0 */
	int overlay_focus;               /* the same on the question that lies over it */
	enum tg_overlay overlay_under;   /* comes back when the idle warning is answered */
	int return_to_review;            /* 0, or 1 + the line of the review from which a field was reached */
	enum tg_stage carrier_then;      /* where CARRIER leads: FORM, or PIN when a card was taken out before it */
	struct tg_reader_state reader;   /* the person's: `wanted_reader`, or the first with a card */
	struct tg_reader_state other;    /* the first of the others that holds a card, or the first */
	char wanted_reader[128];         /* PC/SC name; "": the kiosk chooses */
	bool looked_beside;              /* CARRIER tried the other reader, and nothing was moved since */
	bool card_moved;                 /* while the machine worked: what is known of it may be another's */
	struct tg_token_state token;
	struct tg_document_state doc;
	struct tg_pin_state pin;
	struct tg_staff_state staff;
	struct tg_cabinet cabinet;
	struct tg_ways ways;
	struct tg_medium medium;
	struct tg_desk desk;
	struct tg_ticket ticket;
	struct tg_adviser adviser;
	struct tg_helpdesk helpdesk;
	struct tg_company_change change;
	struct tg_flow_asked asked;
	char unfinished_number[TG_NUMBER_MAX], unfinished_form[32]; /* found for the card in the reader, or "" */
	char number[TG_NUMBER_MAX];                                 /* "" until the application is recorded here */
	char work_carrier[32], work_serial[64]; /* the carrier that the application is for: another one is refused */
	char work_purpose[16];
	/* Purposes of the carriers that the certificates go onto, in the order of the work, separated by spaces:
	 * "id-card sim" (NCA-6). "" before CARRIERS and where the kind leaves nothing to choose: then it is the card at
	 * hand. What is of one carrier (work_…) is of the first. */
	char carriers[TG_CARRIERS_BYTES];
	struct tg_work_facts work; /* of state.number, once something of it was done or read back; n 0 before */
	bool leaving_out;          /* the next chip work is TG_FX_CHIP_LEAVE_OUT */
	bool must_finish;          /* a certificate was asked for: the work cannot be undone any more */
	bool resumed;              /* chip work that was begun before */
	bool undoing;              /* the next PIN is for TG_FX_CHIP_UNDO */
	bool last_try_agreed;      /* the person knows that it is the last try */
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
	struct tg_print receipt;
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
	bool staff;        /* this kiosk knows its staff: a locked PIN can be unblocked here */
	/* Whether a typed name may be the Latin one of a chip (tg_mrz_same_name of mrtd.h); pure. NULL: not compared.
	 */
	bool (*same_name)(const char *name, const char *mrz_name);
	const char *channel; /* condition of this office, "channel-provider"; NULL: none */
	const struct tg_desk_office *office;
	unsigned n_office;
	bool media;     /* there is a place for removable media (medium.h) */
	bool field_set; /* this is a field set at the applicant's address (NCA-14) */
	bool tickets;   /* this kiosk gives out numbers of the electronic queue */
	/* As in struct tg_rule_values; NULL: only the shape is looked at. */
	enum tg_status (*domain)(const char *name, const char *zones, char ascii[256], char shown[256]);
	enum tg_status (*pkcs10)(
	        const char *text, const char *domain, const char *more_domains, struct tg_pkcs10_facts *out);
};

/* What can happen. Each effect below that has an answer is answered exactly once, also when it failed. */
enum tg_event_kind {
	TG_EV_START,
	TG_EV_TICK,       /* at least twice a second while somebody is there */
	TG_EV_KEY,        /* action, ch */
	TG_EV_READER,     /* reader; a card that was changed unseen is told as one without a card and one with */
	TG_EV_TOKEN,      /* token: answer to TG_FX_TOKEN_INFO */
	TG_EV_UNFINISHED, /* of TG_FX_FIND_UNFINISHED: TG_OK with number, form, accepted_ms; or TG_NOT_FOUND */
	TG_EV_PIN,        /* pin_characters: the secret that tg_flow_wants_secret tells was edited; factory: it is now
	                     the maker's PIN */
	TG_EV_SUBMITTED,  /* status, number, accepted; ways: application, or NULL; token where a PIN was tried */
	TG_EV_CHIP_STEP,  /* step, key, step_state */
	TG_EV_CHIP_ENDED, /* status: TG_OK delivered; or signed: then ways says so; or this carrier is finished and
	                     work.at is the other one; TG_CENTRE_DOWN, TG_CA_DOWN,
	                     TG_AGENT_DOWN: waiting; else failed */
	TG_EV_SYNC,       /* registered_ms of the shown application changed */
	TG_EV_RECEIPT,    /* status, where */
	TG_EV_WIPED,
	TG_EV_SERVICES,      /* status: TG_OK, or why a journey cannot be begun (K-14) */
	TG_EV_DOCUMENT_STEP, /* key: the step (enum tg_mrtd_step) that runs now */
	TG_EV_DOCUMENT,      /* status of the reading; document when TG_OK */
	TG_EV_PIN_JUDGED,    /* status: TG_OK, TG_PIN_WEAK with flaw, TG_PIN_MISMATCH, TG_PIN_LENGTH */
	TG_EV_PIN_ENDED,     /* status of the change or the unblocking, token: fresh counters */
	TG_EV_STAFF_TOKEN,   /* token: what is in the other reader */
	TG_EV_STAFF,         /* status; staff_name, staff_serial, holder; token: the staff member's */
	TG_EV_DEVICES,       /* status of the service of readers; cabinet: devices */
	TG_EV_CERTIFICATES,  /* status of the chosen token; token; cabinet: certificates with their locks */
	TG_EV_ENTERED,       /* status, chain; token: fresh counters; cabinet: the certificate with its lock */
	TG_EV_CABINET,       /* cabinet: news, applications */
	TG_EV_VERDICT,       /* ways: application, as this kiosk knows it now */
	TG_EV_STATUS,        /* status: TG_OK, TG_NOT_FOUND, or why nobody could be asked; ways: application */
	TG_EV_APPLICATION,   /* status: TG_OK, TG_CERT_OTHER_PERSON (the proof does not fit); ways: answers */
	TG_EV_WITHDRAWN,     /* status */
	TG_EV_PENDING,       /* status; ways: pending */
	TG_EV_REQUEST,       /* status; ways: answers */
	TG_EV_DECIDED,       /* status of the head's decision; token: fresh counters */
	TG_EV_PAPER,         /* status, where */
	TG_EV_DESK,          /* answer to any TG_FX_DESK_… but the claim: status, desk */
	TG_EV_OPEN,          /* status: TG_OK with number, TG_NOT_FOUND, TG_KEY_USED of its request, TG_ORDER_OFFICE,
	                        TG_CERT_NONE of an order (no such old one), or why nobody could be asked */
	TG_EV_MEDIUM,        /* status; medium: its files, or the one that was chosen */
	TG_EV_DELIVERED,     /* status; serial[0] as soon as the certificate is recorded; where */
	TG_EV_DESK_CLAIM,    /* status: TG_OK the claim holds on; TG_CLAIMED, TG_CARD_STATE: it is lost */
	TG_EV_SLIP,          /* status, where: the payment slip */
	TG_EV_TICKET,        /* status; number: the ticket, "" when none was written down; where: the paper, or "" */
	TG_EV_TOPICS,        /* status; topics: those of state.helpdesk.query */
	TG_EV_COMPANIES,     /* status; companies */
	TG_EV_CLOUD,         /* status; cabinet: in_cloud */
	TG_EV_BUG,
};
struct tg_event {
	enum tg_event_kind kind;
	int64_t now_ms, now_wall_ms;
	enum tg_action action;
	uint32_t ch;
	struct tg_reader_state reader, other;
	struct tg_token_state token;
	struct tg_chip_document document;
	const struct tg_cabinet_facts *cabinet; /* borrowed during the step, or NULL */
	const struct tg_ways_facts *ways;       /* the same */
	const struct tg_desk_facts *desk;       /* the same */
	const struct tg_medium_facts *medium;   /* the same */
	const struct tg_topics *topics;         /* the same */
	const struct tg_companies *companies;   /* the same */
	enum tg_status chain;
	enum tg_pin_flaw flaw;
	bool factory;
	char staff_name[96], staff_serial[48], holder[96];
	enum tg_status status;
	char number[TG_NUMBER_MAX];
	char form[32];
	bool must_finish;          /* UNFINISHED, CHIP_ENDED */
	struct tg_work_facts work; /* UNFINISHED, CHIP_ENDED, APPLICATION; n 0: not known */
	bool untouched;            /* UNFINISHED: it is accepted, and nothing was begun on the card */
	bool ended;                /* UNFINISHED: it was refused or withdrawn; its new keys are still on the card */
	int64_t accepted_ms, sent_ms, registered_ms;
	int64_t rest; /* UNFINISHED: still to be paid, in hundredths of `currency` */
	char currency[8];
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
	TG_FX_CHIP_LEAVE_OUT, /* delivers without the second carrier; keys on it are removed, with the PIN in hand →
	                         TG_EV_CHIP_ENDED */
	TG_FX_RECEIPT,        /* → TG_EV_RECEIPT */
	TG_FX_CLEAR_PIN,
	TG_FX_WIPE,           /* forget everything of the person → TG_EV_WIPED */
	TG_FX_RECORD_FAILURE, /* state.failure, state.stage → journal */
	TG_FX_CHECK_SERVICES, /* → TG_EV_SERVICES */
	TG_FX_DEVICES,        /* every reader with a card → TG_EV_DEVICES */
	TG_FX_CERTIFICATES, /* of the token in state.wanted_reader, and the counts of wrong PINs → TG_EV_CERTIFICATES */
	TG_FX_ENTER,        /* login with the PIN in hand, a proof of the key, logout → TG_EV_ENTERED */
	TG_FX_CABINET,      /* news, applications of this token → TG_EV_CABINET */
	TG_FX_READ_DOCUMENT, /* opens the chip with state.doc → TG_EV_DOCUMENT_STEP*, TG_EV_DOCUMENT */
	TG_FX_KEEP_PIN,      /* the PIN in hand becomes the old one, known already */
	TG_FX_CLEAR_NEW,     /* the new PIN and its second entry */
	TG_FX_PIN_JUDGE,     /* the new one, and the second entry if there is one → TG_EV_PIN_JUDGED */
	TG_FX_PIN_CHANGE, /* → TG_EV_PIN_ENDED; when state.pin.then needs a PIN, the new one is in hand after TG_OK */
	TG_FX_STAFF_TOKEN, /* looks at the other reader → TG_EV_STAFF_TOKEN */
	TG_FX_STAFF_PROVE, /* the staff member's PIN and a signature; holder of the person's card → TG_EV_STAFF */
	TG_FX_UNBLOCK,     /* → TG_EV_PIN_ENDED */
	TG_FX_OPEN_ASK,    /* an open application of the person of state.answers, for the same service → TG_EV_OPEN */
	TG_FX_VERDICT,     /* what the centre made of state.number, a moment later → TG_EV_VERDICT */
	TG_FX_STATUS,      /* of the application state.ways.facts.number → TG_EV_STATUS */
	TG_FX_APPLICATION, /* its answers, if state.ways.proof stands in them as IIN or BIN → TG_EV_APPLICATION */
	TG_FX_WITHDRAW,    /* application.cancelled by the person → TG_EV_WITHDRAWN */
	TG_FX_PENDING,     /* requests that wait for the head whose certificate was entered with → TG_EV_PENDING */
	TG_FX_REQUEST,     /* one of them, state.ways.chosen → TG_EV_REQUEST */
	TG_FX_DECIDE,      /* the head's decision, signed with the PIN in hand → TG_EV_DECIDED */
	TG_FX_PRINT_FORM,  /* the filled form of state.number, as many copies as it says → TG_EV_PAPER */
	TG_FX_MEDIUM_LIST, /* files of the medium that may be requests → TG_EV_MEDIUM */
	TG_FX_MEDIUM_READ, /* the one of state.medium.chosen → TG_EV_MEDIUM */
	TG_FX_DELIVER, /* asks for the certificate of state.number if there is none yet, writes it → TG_EV_DELIVERED */
	TG_FX_DELIVER_PAPER, /* prints the certificate that there is → TG_EV_DELIVERED */
	TG_FX_DESK_TOKEN,    /* looks for a token of the staff in every reader → TG_EV_STAFF_TOKEN, with its reader */
	TG_FX_DESK_QUEUE,    /* → TG_EV_DESK */
	TG_FX_DESK_READ,     /* claims desk.wanted and reads it → TG_EV_DESK */
	TG_FX_DESK_CLAIM,    /* holds it longer → TG_EV_DESK_CLAIM */
	TG_FX_DESK_REGISTERS, /* of persons and entities → TG_EV_DESK */
	TG_FX_DESK_DECIDE,    /* writes desk.decided → TG_EV_DESK */
	TG_FX_DESK_MOVE,  /* a complaint, an order, a reissue to desk.move → TG_EV_DESK; of the reissue with desk */
	TG_FX_DESK_PRINT, /* what goes with the decision → TG_EV_RECEIPT */
	TG_FX_SLIP,       /* the payment slip of state.number → TG_EV_SLIP */
	TG_FX_DESK_PAY,   /* notes state.desk.pay → TG_EV_DESK, with desk: how the money stands then */
	TG_FX_TICKET,     /* a number of the queue, or state.ticket.typed is checked in → TG_EV_TICKET */
	TG_FX_TOPICS,     /* help topics for state.helpdesk.query → TG_EV_TOPICS */
	TG_FX_COMPANIES,  /* of the certificate that was entered with → TG_EV_COMPANIES */
	TG_FX_CLOUD,      /* certificates in E-Cloud of the organisation that was entered with → TG_EV_CLOUD */
	TG_FX_COUNT,
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
/* What opens the chip, as dates YYYY-MM-DD, from state.doc.typed; false when one is no date. */
bool tg_flow_document_dates(const struct tg_flow_state *s, char birth[11], char expiry[11]);
/* Not TG_SECRET_NONE while typed characters are secret: the kiosk puts them into that tg_secret and sends TG_EV_PIN. */
enum tg_secret_slot tg_flow_wants_secret(const struct tg_flow_state *s);
/* True for a stage that begins with the PIN in hand: the kiosk keeps the new one for it after a change. */
bool tg_flow_stage_takes_pin(enum tg_stage stage);
/* The machine works for the person and must not be interrupted. */
bool tg_flow_busy(const struct tg_flow_state *s);
/* True between the first choice of a person and the end of wiping. */
bool tg_flow_somebody_there(const struct tg_flow_state *s);
/* The rules there are, for tg_catalog_load. */
extern const struct tg_rule tg_flow_rules[];
/* A request that was brought on a medium becomes the answer of the form's field of kind "pkcs10"; text: PEM or Base64.
 * TG_INVALID when the form has none, TG_LIMIT when it is longer than an answer, else what the field's rule says of it
 * (TG_OK, TG_PKCS10; the sentence stands in the answer's `error`). */
enum tg_status tg_flow_set_pkcs10(
        const struct tg_flow_config *c, struct tg_flow_state *s, const char *text, size_t n) TG_MUST_USE;
/* The conditions that way and answers have set, words separated by spaces. `out` holds TG_CONDITIONS_BYTES (ways.h). */
void tg_state_conditions(const struct tg_flow_state *s, char *out);
/* The body of application.submitted (record.h) from the state. `number` is that of the new application, which comes
 * into the state only with TG_EV_SUBMITTED. TG_INVALID when nothing was chosen yet. Holds personal data: tg_buf_wipe.
 */
enum tg_status tg_flow_application_json_as(
        const struct tg_flow_state *s, const char *number, struct tg_buf *out) TG_MUST_USE;
/* The same with the state's own number. */
enum tg_status tg_flow_application_json(const struct tg_flow_state *s, struct tg_buf *out) TG_MUST_USE;
/* The applicant's certificate signs the application when its new keys are made (NCA-9.again). */
bool tg_flow_signs_keys(const struct tg_flow_state *s);
/* TG_FX_CHIP_RUN makes the keys and signs: the PIN is wanted once more, as soon as the signature is judged. */
bool tg_flow_pin_again(const struct tg_flow_state *s);
/* Every message id that flow can put on a screen, for the translation test. */
void tg_flow_messages(void (*fn)(const char *id, void *ctx), void *ctx);

#endif
