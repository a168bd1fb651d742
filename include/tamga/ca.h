/* Layer: pki. The other side: a certification authority for training and tests, and the centre's channel certificates.
 *
 * tg_ca is a sandbox CA: a root and an issuing CA whose RSA-2048 keys live in a PKCS#11 token of the centre, and beside
 * them, where a profile asks for it, a root and an issuing CA of GOST R 34.10-2012 (512 bits), whose keys are in files
 * that only a key of the token opens (src/decisions/0243). It answers CMP (RFC 4210, 4211, 9480) for certificates of
 * the profiles (pki.h), keeps what it issued behind a small port, makes CRLs and delta CRLs (RFC 5280) and answers OCSP
 * (RFC 6960, 5019). Or it stands before a CA elsewhere and relays (struct tg_ca_outside). Its names say "ОҚУ"
 * (training); nothing it issues is valid outside.
 *
 * Threads: one tg_ca may be used from many threads; calls are serialised inside. The store port and pbm_secret are
 * called inside that lock: they must not call back. */
#ifndef TAMGA_CA_H
#define TAMGA_CA_H

#include "tamga/clock.h"
#include "tamga/pki.h"
#include "tamga/record.h"
#include "tamga/secret.h"

/* --- Store port: what was issued. The centre keeps it in SQLite; tg_ca_memory_* is the one for tests. */
enum tg_ca_state {
	TG_CA_UNCONFIRMED, /* sent, no certConf yet */
	TG_CA_VALID,       /* confirmed by the kiosk: it stands on the card */
	TG_CA_REJECTED,    /* the kiosk did not want it: on the CRL as certificateHold until it is asked for again */
	TG_CA_REVOKED,     /* for good */
};
#define TG_CA_SERIAL_MAX  48 /* hex, lower case, whole bytes, the first not 00, and NUL */
#define TG_CA_PROFILE_MAX 64
#define TG_CA_ISSUER_MAX  256
struct tg_ca_record {
	char serial[TG_CA_SERIAL_MAX];  /* unique */
	uint8_t spki_hash[TG_HASH_LEN]; /* SHA-256 of the SubjectPublicKeyInfo; unique: one key, one certificate */
	char number[TG_NUMBER_MAX];     /* of the application */
	char profile[TG_CA_PROFILE_MAX];
	char kiosk[TG_KIOSK_MAX + 1]; /* who asked, "" when not known */
	enum tg_ca_state state;
	int reason;                    /* RFC 5280 CRLReason when TG_CA_REVOKED, else -1 */
	int64_t issued_ms, expires_ms; /* wall time */
	int64_t changed_ms;            /* of the last change of state; the revocation date on the CRL */
	/* Name of the CA elsewhere that issued it (RFC 2253), "": this one did. */
	char issuer[TG_CA_ISSUER_MAX];
	struct tg_buf certificate; /* DER */
};
void tg_ca_record_finish(struct tg_ca_record *r);

struct tg_ca_store {
	/* Fill `out` (its `certificate` becomes the caller's). TG_NOT_FOUND; anything else means the store is down. */
	enum tg_status (*find_by_spki)(void *ctx, const uint8_t spki_hash[TG_HASH_LEN], struct tg_ca_record *out);
	enum tg_status (*find_by_serial)(void *ctx, const char *serial, struct tg_ca_record *out);
	/* Durable before it returns. TG_INVALID when the serial or the key is there already (unique indexes). */
	enum tg_status (*insert)(void *ctx, const struct tg_ca_record *r);
	/* In the place of the record with this serial, of the same key: a CA elsewhere certified it once more before
	 * the first certificate was confirmed. Durable before it returns. */
	enum tg_status (*replace)(void *ctx, const char *serial, const struct tg_ca_record *r);
	/* Durable before it returns. `by`: who wanted it, for the record ("": it is not known). TG_NOT_FOUND. */
	enum tg_status (*set_state)(
	        void *ctx, const char *serial, enum tg_ca_state state, int reason, int64_t changed_ms, const char *by);
	/* Calls `fn` for each record that is TG_CA_REVOKED or TG_CA_REJECTED; stops when it does not return TG_OK and
	 * returns that. `r->certificate` may be left empty. */
	enum tg_status (*each_revoked)(
	        void *ctx, enum tg_status (*fn)(const struct tg_ca_record *r, void *fn_ctx), void *fn_ctx);
	/* Each change that a CRL tells of (to TG_CA_REVOKED or TG_CA_REJECTED, and from them) has a number, and each is
	 * higher than the one before. `fn` is called for each record whose last such change is after `after`, in
	 * whatever state it is now. */
	enum tg_status (*each_changed)(void *ctx, int64_t after,
	        enum tg_status (*fn)(const struct tg_ca_record *r, void *fn_ctx), void *fn_ctx);
	enum tg_status (*last_change)(void *ctx, int64_t *out); /* 0: none yet */
	/* The next CRL number: never the same twice, also after a restart, and at least `least`. */
	enum tg_status (*next_crl_number)(void *ctx, uint64_t least, uint64_t *out);
	/* What the calls before wrote is in the audit journal too (RFC 3647 5.4.1) when TG_OK; until then nobody hears
	 * of it. NULL: no journal is kept. */
	enum tg_status (*settle)(void *ctx);
	void *ctx;
};

/* The certificate with this serial number, as people write it, if it is of the person and organisation with these
 * numbers (NULL or "": none). `out` becomes the caller's when TG_OK. TG_NOT_FOUND, TG_CERT_OTHER_PERSON,
 * TG_CERT_INVALID; anything else: the register does not answer. */
enum tg_status tg_ca_find_for(const struct tg_ca_store *store, const char *serial, const char *iin, const char *bin,
        struct tg_ca_record *out, struct tg_error *err) TG_MUST_USE;

/* In memory, for tests; takes NULL when destroyed. */
struct tg_ca_memory;
enum tg_status tg_ca_memory_create(struct tg_ca_memory **out) TG_MUST_USE;
void tg_ca_memory_destroy(struct tg_ca_memory *m);
struct tg_ca_store tg_ca_memory_port(struct tg_ca_memory *m);

/* --- The CA */
struct tg_ca_urls {            /* what goes into certificates; NULL: the extension is left out */
	const char *crl;       /* CRLDistributionPoints */
	const char *delta_crl; /* freshestCRL */
	const char *ca_cert;   /* AIA caIssuers */
	const char *ocsp;      /* AIA OCSP */
};
/* What an application says about a certificate that is asked for under its number. The centre answers from its replica
 * (NCA-9: no certificate before the desk, or the centre's judgement of a signature, has accepted it). */
enum tg_ca_standing {
	TG_CA_HANDED_IN, /* nobody has to decide */
	TG_CA_WAITING,   /* for the desk, the head, or the judgement of its signature */
	TG_CA_ACCEPTED,
	TG_CA_CLOSED, /* refused, cancelled, delivered: no new certificate */
};
struct tg_ca_application {
	enum tg_ca_standing standing;
	enum tg_status
	        identified;     /* TG_OK: the chip, a clerk or a judged signature says who asks (K-4); else why not */
	bool unpaid;            /* it costs something, and not all of it came: nothing is issued (DOS-7) */
	bool price_short;       /* by the price list it costs more than it says: nothing is issued (DOS-7) */
	bool wrong_companies;   /* a complex certificate with more or fewer companies than its kind serves (DOS-6) */
	const char *conditions; /* words separated by spaces, "role-head represented"; NULL: none */
	const char *profiles; /* ids of the profiles that its form has keys for, separated by spaces; NULL: not said */
	const char *keys;     /* SHA-256 (hex, lower case) of the public keys that its applicant signed, separated by
	                         spaces;     nothing is issued for another. NULL: not said */
	/* Where nothing may be other than in the old certificate (DOS-4): TG_OK or TG_CHANGED; NULL: it may be. The old
	 * one is that of the renewal, else the one with this serial number, of who has these numbers. */
	enum tg_status (*unchanged)(const struct tg_ca_application *a, const struct tg_certificate_facts *old);
	const char *old_serial, *iin, *bin;
	/* Its answers by field id, as for tg_profile_subject. */
	tg_answer_get *answer;
	const void *answers;
	void *own; /* what `release` frees */
};
struct tg_ca_applications {
	/* TG_NOT_FOUND: the replica does not have it (yet). Anything else but TG_OK: the replica does not answer; then
	 * nothing is issued. What is filled in stays valid until `release`, which may be NULL. */
	enum tg_status (*find)(void *ctx, const char *number, struct tg_ca_application *out, struct tg_error *err);
	void (*release)(void *ctx, struct tg_ca_application *a);
	void *ctx;
};

/* What the CA does beside its records, for an audit journal (RFC 3647 5.4.1). Called inside the CA's lock: it must not
 * call back. */
enum tg_ca_what {
	TG_CA_KEY_MADE,
	TG_CA_KEY_OPENED, /* at the start: it can be used from now on */
	TG_CA_KEY_LOCKED, /* a key in a file was put under the key of the token */
	TG_CA_KEY_DESTROYED,
	TG_CA_OWN_CERTIFICATE, /* of the CA, of its CMP and OCSP signers */
	TG_CA_WISH_REFUSED,    /* a certificate or a revocation that was asked for */
};
struct tg_ca_event {
	enum tg_ca_what what;
	const char *label;                          /* of a key, or the file of a certificate */
	const char *serial;                         /* of a certificate */
	const char *number, *profile, *kiosk, *key; /* of a wish; key: SHA-256 of the SubjectPublicKeyInfo, hex */
	const struct tg_error *why;
};
struct tg_ca_watch {
	void (*told)(void *ctx, const struct tg_ca_event *e); /* NULL: nobody looks */
	void *ctx;
};

/* --- A CA elsewhere. Where one is configured nothing is issued here: requests are looked at exactly as if they were
 * answered here (protection by the kiosk, proof of possession, the application behind them), and what stands is sent on
 * as it came, byte for byte, with the kiosk's own protection. What comes back is registered (record.issuer). */
struct tg_ca_outside {
	/* `route`: the kiosk; messages of one go through one connection. TG_CA_DOWN, TG_TIMEOUT, TG_CA_GARBAGE. Called
	 * outside the CA's lock, from several threads. */
	enum tg_status (*exchange)(
	        void *ctx, const char *route, struct tg_bytes request, struct tg_buf *answer, struct tg_error *err);
	void *ctx;
	const char *trust_pem;          /* file: chain of the CA there, which kiosks trust too; NULL: no CA elsewhere */
	const char *cert_pem, *key_pem; /* of this centre as registration authority: protects its own rr */
};

/* A token that keeps the GOST issuers' keys, where the module that has the others has no GOST (src/decisions/0267).
 * Called inside the CA's lock, from any thread. */
struct tg_ca_keeper {
	/* The public half (DER SubjectPublicKeyInfo, GOST R 34.10-2012) of the key with this label; made there, never
	 * to leave, when there is none. */
	enum tg_status (*key)(void *ctx, const char *label, bool *made, struct tg_buf *spki, struct tg_error *err);
	/* Its signature over the hash that goes with the key, s ‖ r as C_Sign gives it (gost.h). Away, locked, another
	 * one: by name (TG_CARD_NONE, TG_CARD_PULLED, TG_PIN_WRONG, TG_CARD_OTHER …); what needs it is refused
	 * meanwhile, and everything else goes on. */
	enum tg_status (*sign)(
	        void *ctx, const char *label, struct tg_bytes hash, struct tg_buf *signature, struct tg_error *err);
	void *ctx;
};

struct tg_ca_config {
	const char *module; /* path of the PKCS#11 module */
	const char *token_label;
	/* Token of the same module, with the same PIN, for keys that the provider keeps for others (tg_ca_cloud); NULL:
	 * none. */
	const char *cloud_label;
	const struct tg_secret *pin; /* user PIN; borrowed for the call of tg_ca_open */
	/* Makes the token when the module has none with this label but a blank slot. SoftHSM: true. The security
	 * officer gets the same PIN. */
	bool init_token;
	/* Directory for the CA's own certificates (root.pem, issuing.pem, cmp.pem, ocsp.pem, gost-root.pem,
	 * gost-issuing.pem, gost-ocsp.pem) and the locked keys of the GOST issuers: made on first start, read later. */
	const char *dir;
	/* Where the GOST issuers' keys are: in this token (`key` not NULL), or in `dir`, in files that a key of the
	 * other token opens. With neither there is no GOST, unless `dir` has such files already. What was made in one
	 * place is not looked for in the other: TG_CONFIG. */
	struct tg_ca_keeper gost_token;
	bool gost_files;
	int year;                           /* in the names, "… (RSA) 2026"; first start only */
	const struct tg_profiles *profiles; /* outlives the CA */
	struct tg_ca_urls urls, gost_urls;  /* of the RSA and of the GOST issuer */
	/* Who may ask: PEM file with the CA certificates of kiosks (tg_channel_ca_create makes it); NULL: nobody with a
	 * certificate. */
	const char *kiosk_trust_pem;
	/* Shared secrets (PBM) by reference; NULL: none. TG_NOT_FOUND refuses. */
	enum tg_status (*pbm_secret)(void *ctx, struct tg_bytes reference, struct tg_secret *secret);
	void *pbm_ctx;
	/* Where the CA looks an application up before it issues; `find` NULL: no application is known, and only
	 * profiles with `approval: none`, and renewals by the old key of those with `approval: identified`, are issued.
	 * Called inside the CA's lock. A known application decides: waiting or closed, or of nobody that was
	 * identified, nothing is issued (the kiosk sees TG_NOT_DECIDED, TG_CA_REFUSED, TG_NOT_IDENTIFIED); subject and
	 * names in the request must be what its answers give under the profile, byte for byte; its conditions give the
	 * roles in the extended key usage. A key that has its certificate gets the same again without being asked
	 * about. */
	struct tg_ca_applications applications;
	/* Accept the NCA's own published test numbers, which fail the check digit. */
	bool allow_test_ids;
	struct tg_ca_watch watch;
	struct tg_ca_outside outside;
	int crl_hours;        /* nextUpdate - thisUpdate; 0 = 24 */
	int transactions_max; /* open at a time; 0 = 256 */
	int transaction_ms;   /* an open transaction is forgotten after this; 0 = 120 000 */
	int renew_days;       /* kur is accepted this long before the end of the old certificate; 0 = 60 */
	int ocsp_days; /* an OCSP signer's certificate is for so long, and replaced when a third is left; 0 = 90 */
};

struct tg_ca;
/* Opens or makes the CA. TG_TOKEN_MODULE, TG_PIN_WRONG, TG_PIN_LOCKED, TG_KEY_GENERATE, TG_IO, TG_CONFIG,
 * TG_CERT_INVALID (the certificates in `dir` are not of the keys in the token). The strings of `config` are copied. */
enum tg_status tg_ca_open(struct tg_ca **out, const struct tg_ca_config *config, const struct tg_ca_store *store,
        const struct tg_clock *clock, struct tg_error *err) TG_MUST_USE;
void tg_ca_close(struct tg_ca *ca); /* takes NULL */
/* Where the keys of its GOST issuers are. */
enum tg_ca_gost_place { TG_CA_GOST_NOWHERE, TG_CA_GOST_FILES, TG_CA_GOST_TOKEN };
enum tg_ca_gost_place tg_ca_gost_keys(const struct tg_ca *ca);

/* One CMP message in, one out. A renewal (kur) or revocation (rr) may also be protected by the key of the certificate
 * it is about, when it comes through a kiosk (`peer`). A renewal gets the profile of the old certificate when it asks
 * for "as-old". `peer` is the kiosk id that the TLS connection proved, or NULL when it proved none; a
 * request protected by a certificate of another kiosk is refused. Refusals are answers too: TG_OK then, and `err` (may
 * be NULL) says in our words what was refused, for the log (status TG_OK when nothing was). TG_INVALID: not a
 * PKIMessage, nothing to answer (HTTP 400). TG_NO_MEMORY, TG_BUG. */
enum tg_status tg_ca_cmp(struct tg_ca *ca, const char *peer, struct tg_bytes request, struct tg_buf *answer,
        struct tg_error *err) TG_MUST_USE;
/* --- CRLs (RFC 5280 5). A whole list is made on schedule, when half of its time is over, and whenever something was
 * revoked. All whole lists from one on schedule to the next end at the same time, so that a delta CRL, which says what
 * changed since the last but one on schedule (or the last, when that one is over), fits each whole list that is not
 * over. Both have the same number. */
enum tg_ca_list { TG_CA_LIST_RSA, TG_CA_LIST_GOST, TG_CA_LIST_RSA_ROOT, TG_CA_LIST_GOST_ROOT };
#define TG_CA_LISTS 4
struct tg_ca_base {
	uint64_t number; /* 0: none */
	int64_t change;  /* the last change of the register that it tells of */
	int64_t next_ms;
};
/* What is public of one list. The caller keeps it, durable, from one call of tg_ca_publish to the next. */
struct tg_ca_published {
	uint64_t number; /* 0: nothing was published yet */
	int64_t change, this_ms, next_ms, delta_next_ms;
	struct tg_ca_base base, scheduled; /* of the delta; the last on schedule */
	unsigned count, delta_count;       /* entries */
	struct tg_buf full, delta;         /* DER; no delta for a root */
};
void tg_ca_published_finish(struct tg_ca_published *p);
/* Whether tg_ca_publish has something to do: a change, or time. `last_change` of the store. */
bool tg_ca_publish_due(const struct tg_ca_published *p, enum tg_ca_list list, int64_t last_change, int64_t now_ms);
/* Makes the list anew; `p` is what was public, and stays so unless TG_OK. TG_NOT_FOUND: this CA has no such issuer.
 * TG_CLOCK_WRONG: the clock stands before the last list's thisUpdate. */
enum tg_status tg_ca_publish(
        struct tg_ca *ca, enum tg_ca_list list, struct tg_ca_published *p, struct tg_error *err) TG_MUST_USE;

/* --- OCSP (RFC 6960, 5019) for what both issuers issued; the answers are signed by a delegated signer of each, made
 * and renewed here. A certificate that was never issued is "unknown"; a request about no issuer of ours is answered
 * with "unauthorized", one that is none, or asks too much, with "malformedRequest". Answers are kept and given again
 * until something was revoked or an hour has passed; with a nonce each is made anew. */
#define TG_OCSP_REQUEST_MAX 4096u
#define TG_OCSP_CERTS_MAX   16u
struct tg_ca_ocsp {
	struct tg_buf der;        /* OCSPResponse, always one */
	bool answered;            /* successful: the times below are set */
	bool nonce;               /* with a nonce: of use to nobody else */
	int64_t this_ms, next_ms; /* of the answer that ends first */
};
/* TG_OK whatever is answered; TG_NO_MEMORY. `err` (may be NULL): why it is an error, for the log. */
enum tg_status tg_ca_ocsp(
        struct tg_ca *ca, struct tg_bytes request, struct tg_ca_ocsp *out, struct tg_error *err) TG_MUST_USE;
/* Replaces the signers whose time comes; also done by tg_ca_open. */
enum tg_status tg_ca_ocsp_renew(struct tg_ca *ca, struct tg_error *err) TG_MUST_USE;

/* Issuing CA, then root, of RSA and then of GOST, PEM: what kiosks need as trust_pem; and what AIA gives (the issuing
 * CA alone, DER). */
enum tg_status tg_ca_chain_pem(struct tg_ca *ca, struct tg_buf *pem) TG_MUST_USE;
enum tg_status tg_ca_issuing_der(struct tg_ca *ca, struct tg_buf *der) TG_MUST_USE;
/* The same of the GOST family. TG_NOT_FOUND: this CA has none. */
enum tg_status tg_ca_gost_issuing_der(struct tg_ca *ca, struct tg_buf *der) TG_MUST_USE;
/* A serial number as people write it (either case, with spaces, colons or leading zeros) to how records have it. False:
 * it is none. */
bool tg_ca_serial(const char *text, char out[TG_CA_SERIAL_MAX]) TG_MUST_USE;
/* Revokes from the centre's side; `by` as for the store's set_state. A certificate of a CA elsewhere is revoked there
 * first. TG_NOT_FOUND; TG_INVALID: revoked already; TG_CA_DOWN. */
enum tg_status tg_ca_revoke(
        struct tg_ca *ca, const char *serial, int reason, const char *by, struct tg_error *err) TG_MUST_USE;
/* The same for an application of a person (`iin`, `bin` "" or NULL) or of an organisation (`bin`; `iin` of the employee
 * where the application names one): refuses with TG_CERT_OTHER_PERSON when the certificate names another, or a person's
 * application a certificate of an organisation. `serial` as people write it: either case, with spaces, colons or
 * leading zeros. TG_NOT_FOUND (also: no hex), TG_INVALID (revoked already, or the reason cannot be asked for). */
enum tg_status tg_ca_revoke_for(struct tg_ca *ca, const char *serial, const char *iin, const char *bin, int reason,
        const char *by, struct tg_error *err) TG_MUST_USE;
/* E-Cloud (DOS-3): a key made and kept in the provider's own token, by the label `number` (a second call finds it
 * again), and its certificate, by a PKCS#10 that the key signs, through the same gate and linter as any other. The key
 * never leaves the token. The certificate stands in the store as confirmed. The same answer again after a kill at any
 * moment. TG_CONFIG: no token for it; TG_UNPAID, TG_NOT_DECIDED, TG_CA_REFUSED, TG_CERT_INVALID as for CMP. */
struct tg_ca_cloud_wish {
	const char *number, *profile;
	const char *who; /* who asks: stands in the record as its kiosk */
	int64_t from_ms; /* validity begins then (the end of the old certificate); 0: now */
};
enum tg_status tg_ca_cloud(struct tg_ca *ca, const struct tg_ca_cloud_wish *w, struct tg_buf *certificate,
        struct tg_error *err) TG_MUST_USE;
/* Open CMP transactions, for reports. */
unsigned tg_ca_transactions(struct tg_ca *ca);

/* --- Linter: run by the CA before each signature, and by whoever wants to look at a certificate. Each rule has a name
 * ("rfc5280-serial-positive", "profile-key-usage"); the first broken one is named in `err`. `issuer` may be NULL.
 * TG_CERT_INVALID. */
enum tg_status tg_pki_lint(const struct tg_profiles *p, const char *profile, struct tg_bytes certificate,
        struct tg_bytes issuer, bool allow_test_ids, struct tg_error *err) TG_MUST_USE;
/* Walks the rules: returns NULL after the last. `why` names the source of the rule. */
const char *tg_pki_lint_rule(size_t i, const char **why);

/* --- Channel: who may talk to the centre. EC P-256; files PEM, keys 0600. All certificates X.509 v3, SHA-256. */
#define TG_CHANNEL_CA_NAME "Tamga sandbox channel CA"
/* A self-signed CA for kiosks and the centre's TLS: made when `cert_pem` does not exist (20 years), and made anew with
 * the same key and name when less than three years are left: certificates of before and after fit both. */
enum tg_status tg_channel_ca_create(
        const char *cert_pem, const char *key_pem, const char *name, int64_t now_ms, struct tg_error *err) TG_MUST_USE;
/* Another key, in the directory of a centre that stands still, which holds channel-ca.pem and .key (0270). `next`:
 * there is a next CA, `name` with a number; it signs kiosks' certificates from the next start on. Made already: TG_OK.
 * `turn`: it takes the present one's place. TG_NOT_FOUND: there is none. Killed anywhere in it, `settle`, which each
 * start of the centre does, completes it. */
enum tg_status tg_channel_ca_next(const char *dir, const char *name, int64_t now_ms, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_channel_ca_turn(const char *dir, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_channel_ca_settle(const char *dir, struct tg_error *err) TG_MUST_USE;
/* PEM, appended: what kiosks are to believe, the present CA first, then the next; and what a centre believes, those of
 * the past too. */
enum tg_status tg_channel_ca_told(const char *dir, struct tg_buf *pem, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_channel_ca_all(const char *dir, struct tg_buf *pem, struct tg_error *err) TG_MUST_USE;
/* By whose key a certificate is signed, of CAs one after the other: by none, by one, by the last of them. Its time is
 * not looked at. */
enum tg_channel_issuer { TG_CHANNEL_ISSUER_NONE, TG_CHANNEL_ISSUER_KNOWN, TG_CHANNEL_ISSUER_LAST };
enum tg_channel_issuer tg_channel_issuer(struct tg_bytes cas_pem, struct tg_bytes cert_pem);
/* The centre's TLS server certificate: `hosts` are names or IP addresses separated by commas (subjectAltName). Key made
 * when missing; the certificate is made anew by each call, for `seconds` from now. */
enum tg_status tg_channel_server(const char *ca_cert_pem, const char *ca_key_pem, const char *cert_pem,
        const char *key_pem, const char *hosts, int64_t seconds, int64_t now_ms, struct tg_error *err) TG_MUST_USE;
/* Where a kiosk's key is made: in its TPM if there is one; only there; in a file. A TPM is found through OpenSSL's
 * provider tpm2, at TPM2OPENSSL_TCTI of the environment or at /dev/tpmrm0. */
enum tg_channel_tpm { TG_CHANNEL_TPM_AUTO, TG_CHANNEL_TPM_REQUIRE, TG_CHANNEL_TPM_NEVER };
/* Makes a key file (0600) when there is none. One of the TPM is of use to that TPM only. TG_NOT_FOUND: there is no TPM.
 */
enum tg_status tg_channel_key_make(const char *path, enum tg_channel_tpm want, struct tg_error *err) TG_MUST_USE;
bool tg_channel_key_in_tpm(const char *path);
/* Whether the TPM can be reached. TG_NOT_FOUND. */
enum tg_status tg_channel_tpm(struct tg_error *err) TG_MUST_USE;
/* The key of a PEM file: PKCS#8, or a "TSS2 PRIVATE KEY", which only the TPM that made it can use. Of the latter
 * OpenSSL's own readers make a key that cannot sign: everybody loads channel keys here. OpenSSL's EVP_PKEY; NULL:
 * `err`. */
struct evp_pkey_st;
struct evp_pkey_st *tg_channel_key_load(const char *path, struct tg_error *err);
/* At a program's end: the last key is given back to the TPM, whose room is small. (A resource manager, /dev/tpmrm0,
 * does so by itself, for programs that were killed too.) */
void tg_channel_key_forget(void);
/* What a channel certificate (PEM file) says. */
struct tg_channel_facts {
	char name[TG_KIOSK_MAX + 1];
	int64_t issued_ms, until_ms; /* issued: without the day that it is dated back */
};
enum tg_status tg_channel_certificate(
        const char *cert_pem, struct tg_channel_facts *out, struct tg_error *err) TG_MUST_USE;
/* Certificate and key belong together, and the key can be used. */
bool tg_channel_pair(const char *cert_pem, const char *key_pem);
/* The kiosk's side: key (made when missing) and PKCS#10 with CN = kiosk id. */
enum tg_status tg_channel_request(
        const char *key_pem, const char *kiosk, struct tg_buf *csr_der, struct tg_error *err) TG_MUST_USE;
/* The centre's side: PKCS#10 → client certificate with CN = `kiosk` (clientAuth, digitalSignature), PEM. The request's
 * own name is not believed; its signature must fit, its key must be EC P-256. TG_INVALID. */
enum tg_status tg_channel_issue(const char *ca_cert_pem, const char *ca_key_pem, const char *kiosk,
        struct tg_bytes csr_der, int64_t seconds, int64_t now_ms, struct tg_buf *cert_pem,
        struct tg_error *err) TG_MUST_USE;
/* CN of a DER certificate that `ca_cert_pem` issued, valid at `now_ms`: the kiosk id. TG_KIOSK_UNKNOWN. */
enum tg_status tg_channel_peer(const char *ca_cert_pem, struct tg_bytes certificate, int64_t now_ms,
        char kiosk[TG_KIOSK_MAX + 1], struct tg_error *err) TG_MUST_USE;

#endif
