/* Layer: flow. The desk (P-5, NCA-9.check, NCA-9.rcpt, NCA-10, NCA-11): what the kiosk tells the journey of waiting
 * applications, and what the clerk has done with the one on the screen. Plain values, no pointers but into the
 * catalogue. Personal data: erased with the state that holds them. Texts are cleaned for the screen before they come.
 *
 *   idle ► desk-enter ► desk-queue ► desk-application ► desk-decide ► desk-done ► desk-queue
 *                           ├──────► desk-complaint ◄─╯               every way out ► wiping ► idle
 *                           ├──────► desk-payment ◄──► desk-application
 *                           ╰──────► desk-callback */
#ifndef TAMGA_DESK_H
#define TAMGA_DESK_H

#include "tamga/i18n.h"
#include "tamga/record.h"
#include "tamga/screen.h"
#include "tamga/status.h"

#define TG_DESK_ROWS_MAX      40
#define TG_DESK_REGISTERS_MAX 4
#define TG_DESK_DIFFERS_MAX   8
#define TG_DESK_TEXT          24576 /* all answers of one application */
#define TG_DESK_LEASE_MS      (15 * 60 * 1000)
#define TG_DESK_RENEW_MS      (5 * 60 * 1000)

#define TG_DESK_REFUSAL_MAX   16  /* fields of the form of refused acceptance */
#define TG_DESK_REFUSAL_VALUE 408 /* bytes of one of its answers */
#define TG_DESK_NAME          256

/* What stands on the form of refused acceptance in every case of this office (A9: branch, address, telephone). */
struct tg_desk_office {
	char field[32], value[TG_DESK_REFUSAL_VALUE];
};

/* One line of the queue. */
struct tg_desk_row {
	char number[TG_NUMBER_MAX], ticket[16];
	const struct tg_provider *provider; /* NULL: not in this kiosk's catalogue: it cannot be taken here */
	const struct tg_service *service;
	const struct tg_kind *kind;
	char state[24];
	int64_t accepted_ms, promised_ms; /* 0: no term is stated */
	int64_t claimed_until_ms;
	char claimed_by[96]; /* another clerk; "" when it is free */
	bool complaint;
	bool order;  /* somebody is to be called back (UBR-3); calls: how often in vain */
	bool urgent; /* its old certificate waits to be revoked (UBR-2) */
	int calls;
};
/* What the centre tells the staff; texts by language. */
#define TG_DESK_TOLD_MAX 3
struct tg_desk_fresh {
	char source[301]; /* as the office named it */
	int64_t time_ms, records;
};
struct tg_desk_software {
	char version[72];
	int64_t until_ms; /* it is to be installed before */
	char text[TG_LANG_COUNT][600];
};
struct tg_desk_told {
	struct tg_desk_fresh registers[TG_DESK_TOLD_MAX];
	struct tg_desk_software software[TG_DESK_TOLD_MAX];
	unsigned n_registers, n_software;
};
struct tg_desk_queue {
	struct tg_desk_row rows[TG_DESK_ROWS_MAX]; /* oldest first */
	unsigned n, waiting;                       /* waiting: all there are */
	bool local;                                /* the centre was not reached: only what was handed in here */
	struct tg_desk_told told;
};

/* Whether the head has confirmed it, or need not (NCA-9.head). */
enum tg_desk_head { TG_DESK_HEAD_NONE, TG_DESK_HEAD_WAITING, TG_DESK_HEAD_YES, TG_DESK_HEAD_NO };
enum tg_desk_register { TG_DESK_SAME, TG_DESK_OTHER, TG_DESK_UNKNOWN, TG_DESK_DOWN };
enum tg_desk_power { TG_DESK_POWER_NONE, TG_DESK_POWER_FREE, TG_DESK_POWER_USED, TG_DESK_POWER_UNKNOWN };

/* An answer of the application; the text lies in struct tg_desk_application. */
struct tg_desk_answer {
	unsigned field; /* index in the form */
	unsigned at;    /* where its text begins */
	char by;        /* 'p' person, 'c' chip, 's' staff, 'k' certificate */
};
/* A document as the application names it. `by` as in record.h; "" not named. */
struct tg_desk_document {
	char by[16];
	char date[16]; /* DD.MM.YYYY or ""; with room for the ellipsis of what is longer */
};
struct tg_desk_answered_register {
	char name[48], source[100];
	enum tg_desk_register status;
	int64_t time_ms;
	unsigned differs[TG_DESK_DIFFERS_MAX], n_differs; /* fields, by index in the form */
};

/* The lock of a certificate that an unlocking names (DOS-8): wrong PINs as the centre has counted them. */
#define TG_DESK_LOCKS_MAX 4
struct tg_desk_lock {
	char serial[48];
	enum tg_status code; /* TG_OK; TG_NOT_FOUND: nobody's; TG_CERT_OTHER_PERSON: another's */
	enum tg_status lock; /* TG_OK, TG_LOCK_DAY, TG_LOCK_ALL */
	int today, in_all;
	bool revoked;
};

/* How the money of an application, or of a balance, stands: hundredths (DOS-7). */
struct tg_desk_money {
	char currency[8];
	int64_t due, paid, rest, asked, refunded, refundable, balance;
	int64_t produced_ms; /* the certificate is made since then: nothing is paid back any more */
	bool order;          /* taken from the balance when it is accepted */
};

struct tg_desk_application {
	char number[TG_NUMBER_MAX], ticket[16], state[24];
	const struct tg_provider *provider;
	const struct tg_service *service;
	const struct tg_kind *kind;
	const struct tg_way *way;
	const struct tg_form *refusal_form; /* of the provider, or NULL */
	char conditions[512];               /* words separated by spaces */
	char language[4];                   /* of the applicant */
	struct tg_desk_answer answers[TG_FORM_FIELDS_MAX];
	unsigned n_answers;
	char text[TG_DESK_TEXT];
	struct tg_desk_document documents[TG_DOCUMENTS_MAX]; /* by index in the kind */
	char presenter_name[120];
	char presenter[160]; /* names and number of who stands at the kiosk, or "" */
	enum tg_desk_head head;
	bool chip, signed_, verified; /* the chip was read; a signature came with it; the centre judged it */
	enum tg_status passive, active, chip_status, signature;
	char chip_names; /* 's' the same as typed, 'o' other, 0 not compared */
	char power[TG_NUMBER_MAX];
	enum tg_desk_power power_state;
	int64_t accepted_ms, promised_ms, due_ms; /* due_ms: of a registered complaint */
	char complaint[24];                       /* state of a complaint, or "" */
	int64_t claimed_until_ms;
	bool local;                 /* claimed without the centre */
	struct tg_desk_money money; /* due 0: it costs nothing */
	bool price_short;           /* the centre finds that it costs more than it says: nothing will be issued */
	struct tg_desk_answered_register registers[TG_DESK_REGISTERS_MAX];
	unsigned n_registers;
	bool asked_registers;                         /* answered, or known to be down */
	struct tg_desk_lock locks[TG_DESK_LOCKS_MAX]; /* of an unlocking */
	unsigned n_locks;
	enum tg_status locks_known; /* TG_OK, or why the centre could not be asked */
	bool reissue;               /* its old certificate is revoked as soon as it is proven who asks (UBR-2) */
	bool identified;            /* a clerk has said who asks */
	int64_t revoked_ms;         /* when the centre had dealt with the old certificate; 0: not yet */
	enum tg_status revoked;     /* and what came of it */
	unsigned n_revoked;         /* how many were revoked */
	int calls;                  /* of an order: how often somebody was called in vain */
};

/* What an event of the desk brings; only the part that it is about is filled. */
struct tg_desk_facts {
	struct tg_desk_queue queue;
	struct tg_desk_application application;
};

/* A document against its original (NCA-9.check). */
enum tg_desk_mark {
	TG_DESK_NOT_SHOWN,
	TG_DESK_GOOD,
	TG_DESK_CORRECTED, /* erasures, additions, crossed-out words, other corrections that are not declared */
	TG_DESK_MARK_COUNT
};
enum tg_desk_outcome { TG_DESK_UNDECIDED, TG_DESK_ACCEPT, TG_DESK_REFUSE, TG_DESK_NOT_ACCEPT };
/* Money that is about to be noted: as paid by `how`, or going back (`refund`). */
enum tg_desk_pay_field { TG_PAY_ACCOUNT, TG_PAY_AMOUNT, TG_PAY_REFERENCE, TG_PAY_FIELDS };
struct tg_desk_pay {
	bool balance;                       /* for a balance, not for the application */
	const struct tg_provider *provider; /* whose */
	const struct tg_payment *how;
	char refund[8]; /* "asked", "paid" */
	char typed[TG_PAY_FIELDS][48];
	unsigned cursor;
	int wrong;                /* the field that is not right, or -1 */
	int64_t amount;           /* hundredths, of what is being noted */
	bool done;                /* it is noted */
	struct tg_desk_money now; /* of a balance */
};

/* What is under way. */
enum tg_desk_work {
	TG_DESK_IDLE,
	TG_DESK_LOOKING, /* for the token of a member of staff */
	TG_DESK_ENTERING,
	TG_DESK_LISTING,
	TG_DESK_READING,
	TG_DESK_COMPARING, /* with the registers */
	TG_DESK_DECIDING,
	TG_DESK_MOVING, /* a complaint, an order */
	TG_DESK_PAYING,
	TG_DESK_IDENTIFYING, /* that it is proven who asks, and the revocation that follows */
};

/* The journey's side, in tg_flow_state. */
struct tg_desk {
	bool entered, pinned;
	enum tg_desk_work work;
	char name[96], serial[48]; /* of the clerk's certificate */
	struct tg_desk_queue queue;
	struct tg_desk_application app;
	int line; /* of the queue: where one comes back to */
	char find[24];
	char wanted[TG_NUMBER_MAX]; /* the application to be read */
	enum tg_status told;        /* why the last thing was not done, or TG_OK */
	bool incomplete;            /* deciding was tried with a wrong line */
	/* the clerk's own work on `app` */
	enum tg_desk_mark marks[TG_DOCUMENTS_MAX];
	char dates[TG_DOCUMENTS_MAX][12]; /* on the paper */
	unsigned date_cursor;
	bool consent;
	enum tg_desk_outcome outcome;
	unsigned ground; /* index in the provider's grounds */
	bool missing[TG_DOCUMENTS_MAX];
	/* Its answers that the clerk types, by index in the form; those about the office stay for the next one. */
	char refusal[TG_DESK_REFUSAL_MAX][TG_DESK_REFUSAL_VALUE];
	unsigned refusal_cursor;
	char move[24]; /* of a complaint: the state that it is brought to; of an order "reached", "not-reached"; of a
	                  reissue "identified" */
	struct tg_desk_pay pay;
	int64_t decided_ms, renewed_ms; /* renewed_ms: monotonic */
	int64_t promised_ms;            /* when the result is handed out, as decided */
};

/* What stands for a document of the application without paper, as record.h names it: "chip", "certificate", "form",
 * "head", "register"; NULL: only paper. */
const char *tg_desk_proof(const struct tg_desk *d, unsigned i);

/* Names of the person or of the organisation whose application it is, as it stands in its answers; "" when it has none.
 */
void tg_desk_applicant(const struct tg_desk_application *a, char out[TG_DESK_NAME]);
/* Who takes the papers back: who stood at the kiosk, else the applicant. */
void tg_desk_receiver(const struct tg_desk_application *a, char out[TG_DESK_NAME]);
/* The clerk answers this field of the form of refused acceptance. */
bool tg_desk_types(const struct tg_desk *d, unsigned field);
/* The application it is about, of a complaint: the answer whose field has the role "about"; "" for none. */
const char *tg_desk_about(const struct tg_desk_application *a);

#endif
