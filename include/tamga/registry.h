/* Layer: office. ca.db in the centre's directory: which kiosks there are, their channel certificates, the one-time
 * secrets they are let in with (C-2); beside that what the sandbox CA issued, kept by the centre's program. Written by
 * tamga-centre and by tamgactl, which may run at the same moment.
 *
 * What is done about a kiosk becomes an entry of the centre's own stream: it is noted here in the same transaction as
 * the change, and moved to the journal by tg_kiosk_tell, from whichever program comes first. */
#ifndef TAMGA_REGISTRY_H
#define TAMGA_REGISTRY_H

#include "tamga/buf.h"
#include "tamga/record.h"
#include "tamga/store.h"

/* One object belongs to one thread at a time. */
struct sqlite3;
struct sqlite3_stmt;
struct tg_registry;
/* Opens or makes the file. TG_STORE_OPEN. */
enum tg_status tg_registry_open(struct tg_registry **out, const char *path, struct tg_error *err) TG_MUST_USE;
void tg_registry_close(struct tg_registry *r); /* takes NULL */
/* How one that is damaged is made again (tg_store_mend_beside); the centre's next start takes in the rest. */
extern const struct tg_beside tg_registry_mending;
struct sqlite3 *tg_registry_db(struct tg_registry *r);
/* Prepares; NULL when the database refuses. Finalise with sqlite3_finalize. */
struct sqlite3_stmt *tg_registry_stmt(struct tg_registry *r, const char *sql);
/* Steps a statement that returns nothing, finalises it. TG_OK, TG_INVALID (a constraint), TG_STORE_BUSY, TG_DISK_FULL,
 * TG_IO. */
enum tg_status tg_registry_run(struct tg_registry *r, struct sqlite3_stmt *q) TG_MUST_USE;
/* What an SQLite result means. */
enum tg_status tg_registry_status(int rc);
/* Changes by other connections since the last call, cheaply. */
bool tg_registry_changed(struct tg_registry *r);
/* One transaction: begin, then end with what came of its parts; end returns that, or why it could not be kept. */
enum tg_status tg_registry_begin(struct tg_registry *r) TG_MUST_USE;
enum tg_status tg_registry_end(struct tg_registry *r, enum tg_status st) TG_MUST_USE;

/* --- Kiosks */
#define TG_FINGERPRINT_LEN  32
#define TG_ENROL_VERIFIER   32 /* pki's enrol.h: Ed25519 public key */
#define TG_KIOSK_PLACE_MAX  200
#define TG_KIOSK_KEY_IN_MAX 8
struct tg_kiosk_row {
	char kiosk[TG_KIOSK_MAX + 1];
	uint32_t number; /* never given twice: unique numbers are made from it */
	bool disabled, enrolled;
	char place[TG_KIOSK_PLACE_MAX + 1];
	char key_in[TG_KIOSK_KEY_IN_MAX + 1]; /* of the newest certificate: "file", "tpm"; "" without one */
	int64_t until_ms;                     /* its end; 0 without one */
	bool pending;                         /* it was issued, the kiosk has not shown it yet */
	int64_t secret_until_ms;              /* of a one-time secret that was not used; 0: there is none */
};
enum tg_status tg_kiosk_find(
        struct tg_registry *r, const char *kiosk, struct tg_kiosk_row *out) TG_MUST_USE; /* TG_NOT_FOUND */
/* Whose number this is. TG_NOT_FOUND. */
enum tg_status tg_kiosk_of_number(struct tg_registry *r, uint32_t number, char kiosk[TG_KIOSK_MAX + 1]) TG_MUST_USE;
typedef enum tg_status tg_kiosk_row_fn(const struct tg_kiosk_row *k, void *ctx);
/* By id. Stops when `fn` does not return TG_OK, and returns that. */
enum tg_status tg_kiosk_each(struct tg_registry *r, tg_kiosk_row_fn *fn, void *ctx) TG_MUST_USE;

/* A kiosk is announced: the row is made when it is new, and a one-time secret known by `verifier`, good until
 * `until_ms`. An earlier secret of this kiosk ends. */
struct tg_kiosk_announcement {
	const char *kiosk, *place; /* place NULL: as it was */
	const char *follows;       /* the kiosk whose place it takes, disabled once the new one connects; NULL: none */
	const char *by;            /* who does it */
	uint8_t verifier[TG_ENROL_VERIFIER];
	int64_t until_ms;
};
/* TG_INVALID: it is enrolled already. */
enum tg_status tg_kiosk_add(
        struct tg_registry *r, const struct tg_kiosk_announcement *a, int64_t now_ms, struct tg_error *err) TG_MUST_USE;
/* The same for a kiosk that has a certificate: the next one is made with the new secret. TG_KIOSK_UNKNOWN. */
enum tg_status tg_kiosk_replace(
        struct tg_registry *r, const struct tg_kiosk_announcement *a, int64_t now_ms, struct tg_error *err) TG_MUST_USE;
/* Disabled, its certificate is refused at once, and its unused secret ends. TG_KIOSK_UNKNOWN. */
enum tg_status tg_kiosk_disable(struct tg_registry *r, const char *kiosk, bool disable, const char *by, int64_t now_ms,
        struct tg_error *err) TG_MUST_USE;
/* The stream id that a kiosk takes whose database is lost: "K01A-1" → "K01A-2", "K01" → "K01-2". False: too long. */
bool tg_kiosk_next_id(const char *kiosk, char out[TG_KIOSK_MAX + 1]);

/* --- Letting in */
struct tg_kiosk_secret {
	uint8_t verifier[TG_ENROL_VERIFIER], spki[TG_HASH_LEN]; /* spki: of the key it was used for */
	int64_t until_ms, used_ms;                              /* used_ms 0: not used */
};
enum tg_status tg_kiosk_secret_find(
        struct tg_registry *r, const char *kiosk, struct tg_kiosk_secret *out) TG_MUST_USE; /* TG_NOT_FOUND */
/* Appends the PEM of a certificate of this kiosk and key that has not ended. TG_NOT_FOUND. */
enum tg_status tg_kiosk_certificate(
        struct tg_registry *r, const char *kiosk, const uint8_t spki[TG_HASH_LEN], struct tg_buf *pem) TG_MUST_USE;
/* Appends the PEM of the newest certificate that the kiosk came with. TG_NOT_FOUND: of none yet. */
enum tg_status tg_kiosk_shown(struct tg_registry *r, const char *kiosk, struct tg_buf *pem) TG_MUST_USE;
enum tg_kiosk_way {
	TG_KIOSK_BY_SECRET,  /* the one-time secret is used up */
	TG_KIOSK_BY_SANDBOX, /* the row is made when it is new */
	TG_KIOSK_BY_RENEWAL
};
struct tg_kiosk_issue {
	const char *kiosk, *key_in, *pem;
	enum tg_kiosk_way way;
	uint8_t fingerprint[TG_FINGERPRINT_LEN], spki[TG_HASH_LEN];
	int64_t until_ms;
};
/* A certificate was made: it is kept beside the present one, which ends when the new one is shown for the first time.
 * One that was made before and never shown ends now. TG_LIMIT: there are no numbers left. */
enum tg_status tg_kiosk_issued(
        struct tg_registry *r, const struct tg_kiosk_issue *i, int64_t now_ms, uint32_t *number) TG_MUST_USE;
/* Whose certificate this is; TG_KIOSK_UNKNOWN: nobody's, one that ended, or of a disabled kiosk. Shown for the first
 * time, it makes those before it end. */
enum tg_status tg_kiosk_by_certificate(struct tg_registry *r, const uint8_t fingerprint[TG_FINGERPRINT_LEN],
        char kiosk[TG_KIOSK_MAX + 1], int64_t now_ms) TG_MUST_USE;
/* The same, of one that is only looked at: nothing ends. */
enum tg_status tg_kiosk_of_certificate(
        struct tg_registry *r, const uint8_t fingerprint[TG_FINGERPRINT_LEN], char kiosk[TG_KIOSK_MAX + 1]) TG_MUST_USE;
/* Notes a refused enrolment for the journal. `kiosk`: as it was claimed. */
enum tg_status tg_kiosk_refused(
        struct tg_registry *r, const char *kiosk, enum tg_status why, unsigned tries, int64_t now_ms) TG_MUST_USE;

/* The sandbox's secret, which serves many kiosks: closed for good? */
enum tg_status tg_kiosk_sandbox_closed(struct tg_registry *r, bool *closed) TG_MUST_USE;
enum tg_status tg_kiosk_sandbox_close(struct tg_registry *r, const char *by, int64_t now_ms) TG_MUST_USE;

/* Notes an entry of the centre's stream in the transaction that is open (or as one of its own); takes `body` (NULL:
 * there was no memory for it). What the CA does is noted here too (RFC 3647 5.4.1). */
struct json_t;
enum tg_status tg_kiosk_note(
        struct tg_registry *r, enum tg_record_kind kind, struct json_t *body, int64_t now_ms) TG_MUST_USE;
/* Moves what was noted into the journal of centre.db. Killed in between, an entry does not come twice: the next program
 * first looks for it at the end of the stream, by its member "event". */
enum tg_status tg_kiosk_tell(struct tg_registry *r, struct tg_store *s, struct tg_error *err) TG_MUST_USE;

#endif
