/* Layer: token. PKCS#11 carriers, from the kiosk's side: a child process (tamga-token) that alone loads modules. Every
 * call has a deadline; when it passes, or the child dies or talks nonsense, the child is killed, the call returns
 * TG_TOKEN_LOST, and the next call starts a new child. Never call from the UI thread. Requirements K-5, K-8; design.md
 * §1.
 *
 * The child has no network, no database and no terminal. It keeps a login only until the card leaves, `logout`, or the
 * end of the child. One tg_token belongs to one thread; its child ends with that thread (PR_SET_PDEATHSIG). */
#ifndef TAMGA_TOKEN_H
#define TAMGA_TOKEN_H

#include "tamga/buf.h"
#include "tamga/secret.h"

/* A row of the carriers table (screens/carriers.yaml): how a card is known and what may be done with it. */
struct tg_carrier {
	const char *id;         /* "kz-idcard", "softhsm" */
	const char *name;       /* message id */
	const char *atr, *mask; /* hex; NULL: known by the module's token model instead */
	const char *model;      /* prefix of CK_TOKEN_INFO.model, or NULL */
	const char *module; /* path of the PKCS#11 module; NULL: no keys are made on it here (TG_CARD_UNSUPPORTED) */
	const char *reads, *writes; /* a file or folder that the module needs beside its own (decision 0152), or NULL */
	const char *dialect;        /* "sc-hsm", "rutoken", "generic": what must be done around the module */
	unsigned pin_min, pin_max;
	bool pin_digits_only;
	const char *factory_pin; /* public: the maker prints it in its manual (domain-facts.md §1.5, §3.1); or NULL */
	const char *so_pin;      /* "text" or "hex16": what an unblocking PIN looks like; NULL: cannot be unblocked */
	const char *version_min; /* "2.0": an older one is TG_CARD_VERSION; or NULL */
	const char *purpose;     /* "id-card", "token", "sim", "staff": which journeys it fits */
	bool document;           /* the card may carry an ICAO 9303 document */
	const char *algorithms;  /* "rsa-2048 gost2001 gost2012-256 gost2012-512": what keys it makes */
	unsigned certificate_category; /* CKA_CERTIFICATE_CATEGORY, 1 = user */
	const char *storage_oid;       /* 1.2.398.3.3.5.… (domain-facts.md §1.2) */
};
struct tg_carriers {
	const struct tg_carrier *list;
	unsigned n;
};
enum tg_status tg_carriers_load(struct tg_carriers **out, const char *path, struct tg_error *err) TG_MUST_USE;
void tg_carriers_destroy(struct tg_carriers *c);

struct tg_token_config {
	const char *program;         /* path of tamga-token */
	const char *carriers_path;   /* carriers.yaml, read by the child too */
	const char *module_override; /* NULL, or "carrier-id=path" from the kiosk's configuration */
	int call_ms;                 /* deadline of an ordinary call (15 000) */
	int generate_ms;             /* deadline of key generation, and of a person at a PIN pad (120 000) */
	const char *stderr_path;     /* NULL: /dev/null, for a module's chatter must not reach the screen */
};

struct tg_token;
enum tg_status tg_token_create(struct tg_token **out, const struct tg_token_config *config) TG_MUST_USE;
void tg_token_destroy(struct tg_token *t); /* ends the child; takes NULL */
/* Kills the child at once, from any thread: for a pulled card or a cancelled journey. */
void tg_token_kill(struct tg_token *t);
int tg_token_pid(const struct tg_token *t); /* 0 when none runs */

struct tg_token_info {
	char carrier[32]; /* id in the carriers table, "" when none fits */
	char reader[128];
	char label[64], serial[64], model[64]; /* foreign text, cleaned */
	bool initialised;                      /* has a user PIN */
	char version[16];                      /* of the token's hardware or firmware, "2.0"; "" when it does not say */
	bool tries_low, final_try, locked, pin_to_be_changed, pin_pad;
	int tries_left;                  /* -1 when the card does not say */
	unsigned n_keys, n_certificates; /* visible without login */
};
/* What is in `reader` (its PC/SC name; NULL: the first token there is, e.g. SoftHSM) with `atr`. TG_CARD_NONE,
 * TG_CARD_FOREIGN (no carrier row fits or the module does not know it), TG_CARD_UNSUPPORTED (the row has no module),
 * TG_CARD_VERSION, TG_CARD_BLANK, TG_TOKEN_MODULE, TG_TOKEN_LOST. `out->carrier` and `out->reader` are filled whenever
 * a row fits, the rest as far as it is known. */
enum tg_status tg_token_inspect(struct tg_token *t, const char *reader, const uint8_t *atr, size_t atr_len,
        struct tg_token_info *out, struct tg_error *err) TG_MUST_USE;

/* Logs in on the inspected token. Never tries a PIN when the length is outside the carrier's bounds (TG_PIN_LENGTH) or
 * when the serial is not `serial` (TG_CARD_OTHER): no try is burnt by accident. A PIN with other characters than digits
 * where the carrier takes digits only is TG_PIN_LENGTH too. TG_PIN_WRONG, TG_PIN_LOCKED; `out` holds the fresh counters
 * then. `out->pin_to_be_changed` after a login also when this PIN is the row's factory PIN. With a PIN pad `pin` is
 * NULL (or not looked at): TG_PIN_PAD_CANCELLED, TG_TIMEOUT when nobody types for generate_ms. TG_PIN_FACTORY: the
 * token lets nobody in with this PIN before it is changed. `serial` may be `out->serial` here and in all calls below.
 * When the child was lost since the inspection, the token is inspected anew first. All later calls return
 * TG_TOKEN_LOST while nobody is logged in, and TG_CARD_PULLED when the card has left (or left and came back). */
enum tg_status tg_token_login(struct tg_token *t, const char *serial, const struct tg_secret *pin,
        struct tg_token_info *out, struct tg_error *err) TG_MUST_USE;
void tg_token_logout(struct tg_token *t);

#define TG_KEY_ID_MAX 20
struct tg_key_ref {
	uint8_t id[TG_KEY_ID_MAX]; /* CKA_ID, chosen by the kiosk before generation */
	size_t id_len;
	const char *label;
};
/* Makes a key pair on the token by `algorithm` ("rsa-2048", "gost2001", "gost2012-256", "gost2012-512"; TG_ALGORITHM
 * when the carrier's row does not name it or the module cannot): CKA_TOKEN, CKA_PRIVATE, CKA_SENSITIVE true,
 * CKA_EXTRACTABLE false where the module lets it be said. `spki` gets the public key, DER SubjectPublicKeyInfo. A key
 * with that id already there: nothing is made, its public key is returned (so a repeated step never makes a second
 * pair). On a Rutoken a private key that was left without its public half by a pull, and has no certificate, was never
 * told to anybody: it is destroyed and made anew. */
enum tg_status tg_token_generate(struct tg_token *t, const struct tg_key_ref *key, const char *algorithm,
        struct tg_buf *spki, struct tg_error *err) TG_MUST_USE;
/* TG_KEY_MISSING when there is no such key. TG_CARD_BROKEN (as from tg_token_generate) when the private key is there
 * but its public half cannot be read: so on a SmartCard-HSM after a write that was broken off, where only writing the
 * same certificate again, or tg_token_remove, goes on (src/decisions/0054). */
enum tg_status tg_token_find_key(
        struct tg_token *t, const struct tg_key_ref *key, struct tg_buf *spki, struct tg_error *err) TG_MUST_USE;
/* A finished CRMF CertReqMsg (RFC 4211) for the key with proof of possession by its signature. `subject` is a DER Name;
 * `extensions` a DER SEQUENCE OF Extension or empty; `reg_info` UTF-8 pairs ("number?…%profile?…%") or NULL. */
enum tg_status tg_token_request(struct tg_token *t, const struct tg_key_ref *key, struct tg_bytes spki,
        struct tg_bytes subject, struct tg_bytes extensions, const char *reg_info, struct tg_buf *crmf,
        struct tg_error *err) TG_MUST_USE;
/* Writes the certificate beside its key (same id and label, CKA_CERTIFICATE_CATEGORY of the carrier where the module
 * takes it); an equal one already there is left, a different or broken one under this id is replaced. Reads it back and
 * compares: TG_CERT_WRITE, TG_CERT_READBACK, TG_CARD_FULL. Nothing is written when the certificate is none
 * (TG_CERT_INVALID) or is for another key than the one under this id (TG_CERT_MISMATCH). */
enum tg_status tg_token_write(struct tg_token *t, const struct tg_key_ref *key, struct tg_bytes certificate,
        struct tg_error *err) TG_MUST_USE;
/* Reads the certificate under this id, signs fresh random bytes with the key on the token and verifies the signature
 * with the certificate's public key. TG_PROOF_FAILED. */
enum tg_status tg_token_prove(struct tg_token *t, const struct tg_key_ref *key, struct tg_bytes certificate,
        struct tg_error *err) TG_MUST_USE;
/* Undo: removes the key pair and the certificate under this id; TG_OK also when there was nothing. */
enum tg_status tg_token_remove(struct tg_token *t, const struct tg_key_ref *key, struct tg_error *err) TG_MUST_USE;
/* The signature of the key under this id over `message`, and the DER AlgorithmIdentifier that a verifier needs: RSA
 * PKCS#1 v1.5 with SHA-256, or GOST R 34.10 with its hash (RFC 4491, RFC 9215). For a CMP message that the holder's old
 * key protects (kur), and nothing that a person has not seen. */
enum tg_status tg_token_sign(struct tg_token *t, const struct tg_key_ref *key, struct tg_bytes message,
        struct tg_buf *signature, struct tg_buf *algorithm, struct tg_error *err) TG_MUST_USE;
/* The same over a hash that the caller made, of what may be too long to be handed over (a CA's list): with GOST keys
 * only, TG_ALGORITHM otherwise or when the hash is not as long as theirs. Only the caller can verify it. */
enum tg_status tg_token_sign_hash(struct tg_token *t, const struct tg_key_ref *key, struct tg_bytes hash,
        struct tg_buf *signature, struct tg_buf *algorithm, struct tg_error *err) TG_MUST_USE;

/* Certificates on the inspected token, without a login where the module shows them. The callback's bytes are borrowed;
 * a callback that returns anything but TG_OK ends the walk with that status. At most 32 are told. */
struct tg_token_certificate {
	uint8_t id[TG_KEY_ID_MAX];
	size_t id_len;
	char label[64]; /* cleaned */
	bool has_key; /* a private key or public key with this id is visible; before a login the private ones are not */
	struct tg_bytes der;
};
typedef enum tg_status tg_token_certificate_fn(const struct tg_token_certificate *c, void *ctx);
enum tg_status tg_token_certificates(
        struct tg_token *t, tg_token_certificate_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;

/* PIN work on the inspected token; nobody needs to be logged in, and nobody is afterwards. Lengths and alphabet of both
 * PINs are checked against the carrier's row before the card hears anything (TG_PIN_LENGTH); `serial` as at login.
 * With a PIN pad both secrets are NULL: the pad asks (TG_PIN_PAD_CANCELLED when the person breaks it off, TG_TIMEOUT).
 * TG_PIN_WRONG, TG_PIN_LOCKED, TG_PIN_WEAK (it is the old one or the row's factory PIN, or the card's own rules refused
 * it); `out` holds the fresh counters. TG_CARD_PULLED: after re-insertion the old or the new PIN is right, never
 * neither (src/decisions/0128). */
enum tg_status tg_token_change_pin(struct tg_token *t, const char *serial, const struct tg_secret *old,
        const struct tg_secret *new, struct tg_token_info *out, struct tg_error *err) TG_MUST_USE;
/* Sets a new user PIN with the security officer's PIN and so unblocks it. TG_SO_PIN_WRONG, TG_SO_PIN_LOCKED;
 * TG_CARD_UNSUPPORTED when the row has no so_pin. After TG_CARD_PULLED the PIN is still locked, or the new one is
 * right, or (Rutoken) it is unlocked with the old one: the same call again ends in all three. */
enum tg_status tg_token_unblock(struct tg_token *t, const char *serial, const struct tg_secret *so_pin,
        const struct tg_secret *new, struct tg_token_info *out, struct tg_error *err) TG_MUST_USE;

/* Whether a PIN that a person chose is too easy (K-5): TG_PIN_WEAK for repeats (111111), runs up or down (123456,
 * 987654), the carrier's factory PIN, and anything that shares six digits in a row (all, when it is shorter), forwards
 * or backwards, with one of `known`: document number, IIN …; what is no digit is passed over. A date as YYYY-MM-DD is
 * looked for in all its usual writings. NULL-ended, may be NULL. TG_PIN_LENGTH by the row. Constant time is not needed:
 * it is the person's own new PIN; but no copy of it is made. */
enum tg_status tg_pin_judge(
        const struct tg_carrier *row, const struct tg_secret *pin, const char *const *known) TG_MUST_USE;

/* After chip work was broken off: removes what the dialect can leave behind without a description (SmartCard-HSM: a key
 * file without its PrKD), so that no orphan stays. Only called when the journal says that a generation was begun on
 * this token and not ended. Needs a login. */
enum tg_status tg_token_sweep(struct tg_token *t, struct tg_error *err) TG_MUST_USE;

#endif
