/* Layer: base. One list of everything that can go wrong.
 *
 * Each row makes the enumerator, the code a person reads out to a technician ("T-203"), who can mend it, and the
 * id of the sentence in locale/ (error.<name>) and of the entry in the technicians' manual. Ids are kept for ever:
 * a number that was once printed on a receipt never changes its meaning.
 * Requirement: K-12. */
#ifndef TAMGA_STATUS_H
#define TAMGA_STATUS_H

#include <stddef.h>

#define TG_MUST_USE          __attribute__((warn_unused_result))
#define TG_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

enum tg_status_class {
	TG_CLASS_NONE,      /* not a failure */
	TG_CLASS_APPLICANT, /* the person at the kiosk can mend it */
	TG_CLASS_OPERATOR,  /* staff or a technician can mend it */
	TG_CLASS_BUG,       /* nobody but us can mend it */
};

/*      name                 code class      locale id, also the key of the manual entry */
/* clang-format off */
#define TG_STATUS_LIST(X) \
	X(OK,                    0, NONE,      "ok") \
	/* 1xx: this machine */ \
	X(NO_MEMORY,           101, OPERATOR,  "no-memory") \
	X(IO,                  102, OPERATOR,  "io") \
	X(DISK_FULL,           103, OPERATOR,  "disk-full") \
	X(CLOCK_WRONG,         104, OPERATOR,  "clock-wrong") \
	X(CONFIG,              105, OPERATOR,  "config") \
	X(SCREEN_DATA,         106, OPERATOR,  "screen-data") \
	X(TERMINAL_SMALL,      107, OPERATOR,  "terminal-small") \
	X(TRANSLATION_MISSING, 108, OPERATOR,  "translation-missing") \
	X(TIMEOUT,             109, OPERATOR,  "timeout") \
	X(CANCELLED,           110, APPLICANT, "cancelled") \
	X(LIMIT,               111, APPLICANT, "limit") \
	X(INVALID,             112, APPLICANT, "invalid") \
	X(NOT_FOUND,           113, APPLICANT, "not-found") \
	X(BUG,                 199, BUG,       "bug") \
	/* 2xx: readers and cards */ \
	X(READER_NONE,         201, OPERATOR,  "reader-none") \
	X(READER_GONE,         202, OPERATOR,  "reader-gone") \
	X(READER_SERVICE,      203, OPERATOR,  "reader-service") \
	X(CARD_NONE,           204, APPLICANT, "card-none") \
	X(CARD_PULLED,         205, APPLICANT, "card-pulled") \
	X(CARD_FOREIGN,        206, APPLICANT, "card-foreign") \
	X(CARD_BROKEN,         207, APPLICANT, "card-broken") \
	X(CARD_MUTE,           208, APPLICANT, "card-mute") \
	X(CARD_OTHER,          209, APPLICANT, "card-other") \
	X(CARD_FULL,           210, APPLICANT, "card-full") \
	X(CARD_BLANK,          211, OPERATOR,  "card-blank") \
	X(CARD_UNSUPPORTED,    212, OPERATOR,  "card-unsupported") \
	X(CARD_EXPIRED,        213, APPLICANT, "card-expired") \
	X(CARD_VERSION,        214, APPLICANT, "card-version") \
	X(CARD_STATE,          215, OPERATOR,  "card-state") \
	/* 22x: the identity document on a card's chip */ \
	X(DOC_ACCESS,          220, APPLICANT, "doc-access") \
	X(DOC_NONE,            221, APPLICANT, "doc-none") \
	X(DOC_READ,            222, APPLICANT, "doc-read") \
	X(DOC_SIGNER,          223, OPERATOR,  "doc-signer") \
	X(DOC_TAMPERED,        224, OPERATOR,  "doc-tampered") \
	X(DOC_COPY,            225, OPERATOR,  "doc-copy") \
	X(DOC_OTHER,           226, APPLICANT, "doc-other") \
	X(DOC_YOUNG,           227, APPLICANT, "doc-young") /* younger than the form allows (NCA-10) */ \
	/* 3xx: PKCS#11 carriers */ \
	X(PIN_WRONG,           301, APPLICANT, "pin-wrong") \
	X(PIN_LOCKED,          302, OPERATOR,  "pin-locked") \
	X(PIN_LENGTH,          303, APPLICANT, "pin-length") \
	X(TOKEN_MODULE,        304, OPERATOR,  "token-module") \
	X(TOKEN_LOST,          305, APPLICANT, "token-lost") \
	X(TOKEN_PROTOCOL,      306, BUG,       "token-protocol") \
	X(KEY_GENERATE,        307, APPLICANT, "key-generate") \
	X(KEY_MISSING,         308, APPLICANT, "key-missing") \
	X(SIGN_FAILED,         309, APPLICANT, "sign-failed") \
	X(CERT_WRITE,          310, APPLICANT, "cert-write") \
	X(CERT_READBACK,       311, APPLICANT, "cert-readback") \
	X(PROOF_FAILED,        312, APPLICANT, "proof-failed") \
	X(PIN_FACTORY,         313, APPLICANT, "pin-factory") \
	X(PIN_WEAK,            314, APPLICANT, "pin-weak") \
	X(PIN_MISMATCH,        315, APPLICANT, "pin-mismatch") \
	X(SO_PIN_WRONG,        316, OPERATOR,  "so-pin-wrong") \
	X(SO_PIN_LOCKED,       317, OPERATOR,  "so-pin-locked") \
	X(ALGORITHM,           318, OPERATOR,  "algorithm") \
	X(CERT_NONE,           319, APPLICANT, "cert-none") \
	X(CERT_EXPIRED,        320, APPLICANT, "cert-expired") \
	X(CERT_REVOKED,        321, APPLICANT, "cert-revoked") \
	X(LOCK_DAY,            322, APPLICANT, "lock-day") \
	X(LOCK_ALL,            323, APPLICANT, "lock-all") \
	X(STAFF_UNKNOWN,       324, OPERATOR,  "staff-unknown") \
	X(PIN_PAD_CANCELLED,   325, APPLICANT, "pin-pad-cancelled") \
	X(CERT_OTHER_PERSON,   326, APPLICANT, "cert-other-person") /* the certificate names another than the form */ \
	/* 4xx: network, centre, certification authority */ \
	X(AGENT_DOWN,          401, OPERATOR,  "agent-down") \
	X(CENTRE_DOWN,         402, OPERATOR,  "centre-down") \
	X(CENTRE_REFUSED,      403, OPERATOR,  "centre-refused") \
	X(CENTRE_GARBAGE,      404, OPERATOR,  "centre-garbage") \
	X(TLS,                 405, OPERATOR,  "tls") \
	X(CA_DOWN,             406, OPERATOR,  "ca-down") \
	X(CA_REFUSED,          407, OPERATOR,  "ca-refused") \
	X(CA_GARBAGE,          408, OPERATOR,  "ca-garbage") \
	X(CA_PROTECTION,       409, OPERATOR,  "ca-protection") \
	X(CERT_MISMATCH,       410, OPERATOR,  "cert-mismatch") \
	X(CERT_INVALID,        411, OPERATOR,  "cert-invalid") \
	X(KIOSK_UNKNOWN,       412, OPERATOR,  "kiosk-unknown") \
	X(SIGNATURE_BAD,       413, APPLICANT, "signature-bad") /* of an application: not good for what it says */ \
	X(NOT_CONFIRMED,       414, APPLICANT, "not-confirmed") /* the head has not confirmed, or declined */ \
	X(NOT_DECIDED,         415, APPLICANT, "not-decided")   /* the desk has not accepted it yet */ \
	X(CLAIMED,             416, OPERATOR,  "claimed")       /* another clerk has it before the eyes */ \
	X(POWER_USED,          417, APPLICANT, "power-used")    /* a power of attorney for one time, used up */ \
	X(REGISTER_DOWN,       418, OPERATOR,  "register-down") \
	X(APPLICATION_OPEN,    419, APPLICANT, "application-open") /* of the same person, for the same service (K-16) */ \
	X(KEY_USED,            420, APPLICANT, "key-used")      /* a public key that a certificate was issued for */ \
	X(KEY_WEAK,            421, APPLICANT, "key-weak") \
	X(PKCS10,              422, APPLICANT, "pkcs10")        /* no request, or its signature does not fit */ \
	X(PKCS10_NAMES,        423, APPLICANT, "pkcs10-names")  /* names other domains than the form */ \
	X(MAIL,                424, OPERATOR,  "mail") \
	X(DOMAIN_UNPROVEN,     425, APPLICANT, "domain-unproven") /* whose a domain is (NCA-9.dom) */ \
	X(ROLE_BEYOND,         426, APPLICANT, "role-beyond")   /* a right the signer does not have */ \
	X(CERT_STATUS,         427, OPERATOR,  "cert-status")   /* nobody could be asked whether a certificate is revoked */ \
	X(UNPAID,              428, APPLICANT, "unpaid")        /* nothing is issued that is not paid (DOS-7) */ \
	X(COMPANIES,           429, APPLICANT, "companies")     /* more or fewer companies than the kind of certificate serves */ \
	X(CHANGED,             430, APPLICANT, "changed")       /* other particulars than the old certificate has (DOS-4) */ \
	/* 43x: removable media */ \
	X(MEDIUM_NONE,         431, APPLICANT, "medium-none") \
	X(MEDIUM_READ,         432, APPLICANT, "medium-read") \
	X(MEDIUM_WRITE,        433, APPLICANT, "medium-write") \
	X(CENTRE_BUSY,         434, OPERATOR,  "centre-busy")   /* it asks to be left alone for a while */ \
	X(PRICE_SHORT,         435, OPERATOR,  "price-short")   /* an application says it costs less than the price list does */ \
	/* 44x: money, and who one is */ \
	X(BALANCE_LOW,         441, APPLICANT, "balance-low") \
	X(REFUND_LATE,         442, APPLICANT, "refund-late")   /* the certificate is made already */ \
	X(NOT_IDENTIFIED,      443, APPLICANT, "not-identified") /* neither a chip, nor a clerk, nor a signature says who it is */ \
	X(PAYMENT_TWICE,       444, APPLICANT, "payment-twice") /* a payment of this reference was noted before */ \
	X(ORDER_OFFICE,        446, APPLICANT, "order-office")  /* this renewal is made at the office only (DOS-3) */ \
	X(ENROL_WRONG,         447, OPERATOR,  "enrol-wrong")   /* no secret, or the one of another kiosk */ \
	X(ENROL_USED,          448, OPERATOR,  "enrol-used")    /* a one-time secret a second time */ \
	X(ENROL_EXPIRED,       449, OPERATOR,  "enrol-expired") /* a one-time secret after its end */ \
	X(CHANNEL_EXPIRED,     450, OPERATOR,  "channel-expired") /* the kiosk's own certificate is over */ \
	X(CHANNEL_OTHER,       451, OPERATOR,  "channel-other")   /* the centre's is of a CA that the kiosk does not know */ \
	/* 5xx: records */ \
	X(STORE_OPEN,          501, OPERATOR,  "store-open") \
	X(STORE_DAMAGED,       502, OPERATOR,  "store-damaged") \
	X(STORE_BUSY,          503, OPERATOR,  "store-busy") \
	X(CHAIN_BROKEN,        504, OPERATOR,  "chain-broken") \
	X(SYNC_REPEAT,         505, OPERATOR,  "sync-repeat") \
	X(SYNC_GAP,            506, OPERATOR,  "sync-gap") \
	X(SYNC_FORK,           507, OPERATOR,  "sync-fork") \
	X(SYNC_FOREIGN,        508, OPERATOR,  "sync-foreign") \
	X(TREE_OTHER,          509, OPERATOR,  "tree-other")     /* the centre shows another past than it did */ \
	X(LOG_DOWN,            511, OPERATOR,  "log-down")       /* the database that keeps the journal does not answer */ \
	X(LOG_AHEAD,           512, OPERATOR,  "log-ahead")      /* it holds more than this file */ \
	X(ABANDONED,           517, APPLICANT, "abandoned")      /* the application ended because nobody went on with it */ \
	X(ERASE_OPEN,          520, OPERATOR,  "erase-open")     /* the application has not ended */ \
	X(BODY_MISSING,        521, OPERATOR,  "body-missing")   /* gone, and no erasure says so */ \
	X(LOG_FENCED,          523, OPERATOR,  "log-fenced")     /* another centre writes it now */ \
	X(LOG_OTHER,           524, OPERATOR,  "log-other")      /* it and this file have different pasts */ \
	X(SHARD_OTHER,         525, OPERATOR,  "shard-other")    /* another centre keeps this stream */ \
	/* 6xx: paper */ \
	X(PRINTER_NONE,        601, OPERATOR,  "printer-none") \
	X(PRINT_FAILED,        602, OPERATOR,  "print-failed") \
	X(FONT_MISSING,        603, OPERATOR,  "font-missing")
/* clang-format on */

#define TG_STATUS_ENUM(name, code, class, id) TG_##name = (code),
enum tg_status { TG_STATUS_LIST(TG_STATUS_ENUM) };
#undef TG_STATUS_ENUM

/* What went wrong, for the log and the technician. `detail` is our own wording plus escaped outside text; it never
 * holds personal data, PINs or keys. `file`, `line`, `column` are set where a file is to be mended (1-based, 0 = no).
 */
struct tg_error {
	enum tg_status status;
	char detail[320];
	char file[160];
	int line, column;
};

/* Fills `err` (may be NULL) and returns `status`, so that a failure is one line at the place where it is seen. */
enum tg_status tg_error_set(struct tg_error *err, enum tg_status status, const char *fmt, ...) TG_PRINTF(3, 4);
enum tg_status tg_error_at(struct tg_error *err, enum tg_status status, const char *file, int line, int column,
        const char *fmt, ...) TG_PRINTF(6, 7);

/* "FILE:LINE:COLUMN: DETAIL", "FILE: DETAIL" or "DETAIL", whatever is known; cut where it does not fit. */
void tg_error_text(const struct tg_error *err, char *out, size_t cap);

/* "pin-wrong"; never NULL. The locale id is "error.pin-wrong" (what happened) and "mend.pin-wrong" (what to do). */
const char *tg_status_name(enum tg_status status);
/* "T-301" in `out`, which holds at least 8 bytes. */
void tg_status_code(enum tg_status status, char out[8]);
enum tg_status_class tg_status_class(enum tg_status status);
/* Walks the list: returns 0 after the last row. Start with i = 0. */
int tg_status_each(size_t i, enum tg_status *status);

/* Our own mistakes, in release builds too: the program's hook logs, wipes and shows "out of service". It does not
 * return into the broken state: `TG_BUG_IF` makes the calling function return TG_BUG. */
typedef void tg_bug_hook(const char *file, int line, const char *what);
void tg_bug_set_hook(tg_bug_hook *hook);
void tg_bug_report(const char *file, int line, const char *what);
#define TG_BUG_IF(cond)                                                                                                \
	do {                                                                                                           \
		if (cond) {                                                                                            \
			tg_bug_report(__FILE__, __LINE__, #cond);                                                      \
			return TG_BUG;                                                                                 \
		}                                                                                                      \
	} while (0)

/* Passes a failure on to the caller. */
#define TG_TRY(expr)                                                                                                   \
	do {                                                                                                           \
		enum tg_status tg_try_ = (expr);                                                                       \
		if (tg_try_ != TG_OK)                                                                                  \
			return tg_try_;                                                                                \
	} while (0)

#endif
