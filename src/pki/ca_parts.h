/* Private: the sandbox CA between its files. */
#ifndef TAMGA_PKI_CA_PARTS_H
#define TAMGA_PKI_CA_PARTS_H

#include "profile.h"
#include "tamga/ca.h"
#include <openssl/x509.h>
#include <pthread.h>

/* --- ca_token.c: keys in a PKCS#11 token */
struct tg_ca;
struct tg_ca_token;
enum tg_status tg_ca_token_open(
        struct tg_ca_token **out, const struct tg_ca_config *c, struct tg_error *err) TG_MUST_USE;
void tg_ca_token_close(struct tg_ca_token *t); /* after all keys were freed */
/* The two tokens: each is made where it is missing before either is used, because making one starts the module anew. */
enum tg_status tg_ca_tokens_open(struct tg_ca *ca, const struct tg_ca_config *c, struct tg_error *err) TG_MUST_USE;
/* The RSA-2048 key with this label; made when there is none. */
enum tg_status tg_ca_token_key(
        struct tg_ca_token *t, const char *label, bool *made, EVP_PKEY **out, struct tg_error *err) TG_MUST_USE;
/* TG_KEY_MISSING. EVP_PKEYs of it were freed before. */
enum tg_status tg_ca_token_destroy_key(struct tg_ca_token *t, const char *label, struct tg_error *err) TG_MUST_USE;
/* The labels of the private keys that begin with `prefix`, one a line. */
enum tg_status tg_ca_token_labels(struct tg_ca_token *t, const char *prefix, struct tg_buf *labels) TG_MUST_USE;

/* --- ca_wrap.c: a password that only the token can open. It lies in `path` under an RSA key of the token (label
 * "tamga-wrap") that can do nothing else and cannot be taken out; both are made when they are missing. TG_PIN_WRONG:
 * the file is not of this token. */
enum tg_status tg_ca_wrap_password(
        struct tg_ca *ca, const char *path, struct tg_secret *password, struct tg_error *err) TG_MUST_USE;

/* --- ca_gost_key.c: keys of the GOST issuers: in a token of their own (src/decisions/0267), or in files that open with
 * that password (0243). Made when there is none; a file of an older program, which the token's PIN opens, is locked
 * anew. */
/* TG_CONFIG: the keys are in another place than the configuration says. */
enum tg_status tg_ca_gost_place(const struct tg_ca *ca, enum tg_ca_gost_place *out, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_ca_gost_file_key(
        struct tg_ca *ca, const char *label, EVP_PKEY **out, struct tg_error *err) TG_MUST_USE;
/* `cert`: its certificate, which is believed until the token is needed; NULL: there is none yet. */
enum tg_status tg_ca_gost_token_key(
        struct tg_ca *ca, const char *label, X509 *cert, EVP_PKEY **out, struct tg_error *err) TG_MUST_USE;

/* --- ca_ocsp_signer.c: who signs OCSP answers of an issuer: a key in the token and a certificate for it alone (RFC
 * 6960 4.2.2.2), for a time; then another key and another certificate, and the old key is destroyed. */
struct tg_ca_own;
enum tg_status tg_ca_ocsp_signer(struct tg_ca *ca, enum tg_ca_family family, struct tg_error *err) TG_MUST_USE;

/* --- ca_ocsp.c: answers that were made before */
struct tg_ca_ocsp_cache;
void tg_ca_ocsp_cache_destroy(struct tg_ca_ocsp_cache *c);

/* --- ca.c */
struct tg_ca_own {
	X509 *cert;
	EVP_PKEY *key;
};
struct tg_ca_transactions;
struct tg_ca {
	pthread_mutex_t lock;
	struct tg_ca_store store;
	struct tg_clock clock;
	struct tg_ca_config config; /* strings are copies in `strings` */
	char *strings[20];
	unsigned n_strings;
	struct tg_ca_token *token;
	struct tg_ca_token *cloud; /* keys of others that the provider keeps (DOS-3); NULL: none are kept */
	struct tg_ca_own root, issuing, cmp;
	struct tg_ca_own ocsp, gost_ocsp; /* who signs OCSP answers */
	int64_t ocsp_failed_ms[2];        /* of each family: when no new one could be made; 0: never */
	struct tg_ca_ocsp_cache *ocsp_cache;
	enum tg_ca_gost_place gost_place;
	struct tg_ca_own gost_root, gost_issuing; /* empty when no profile asks for GOST, or without the engine */
	/* Sign what the linter looks at, so that the real keys sign nothing wrong. */
	EVP_PKEY *lint_key, *gost_lint_key;
	const struct tg_secret *pin;     /* while the CA is opened */
	struct tg_secret *gost_password; /* while the CA is opened: what the token opened */
	X509_STORE *kiosks;
	STACK_OF(X509) * outside; /* chain of the CA elsewhere; NULL: none */
	struct tg_ca_transactions *transactions;
};
#define TG_CA_PATH 512
/* Of a file in the CA's folder. TG_CONFIG. */
enum tg_status tg_ca_path(
        const struct tg_ca *ca, const char *file, char out[TG_CA_PATH], struct tg_error *err) TG_MUST_USE;
int64_t tg_ca_now(const struct tg_ca *ca);
void tg_ca_tell(const struct tg_ca *ca, const struct tg_ca_event *e);
/* Which of our issuers a profile is for. */
enum tg_ca_family tg_ca_family_of(const struct tg_ca *ca, const char *profile);
const struct tg_ca_own *tg_ca_issuer(const struct tg_ca *ca, enum tg_ca_family family); /* its `cert` may be NULL */
/* The family whose issuing certificate has this name; false: nobody of ours. */
bool tg_ca_issued_by(const struct tg_ca *ca, const X509_NAME *issuer, enum tg_ca_family *family);

/* --- ca_issue.c */
struct tg_ca_wish {
	const char *number, *profile, *kiosk;
	const X509_NAME *subject; /* as asked for; NULL: the application's answers give it (PKCS#10) */
	struct tg_bytes spki;
	const X509_EXTENSIONS *asked;   /* may be NULL */
	const struct tg_csr *pkcs10;    /* what the key came in, or NULL */
	const struct tg_ca_record *old; /* of a renewal: who it names is checked already; or NULL */
	bool own;                       /* the key is the CA's to keep: what may be asked for the application says */
	int64_t from_ms;                /* validity begins then; 0: now */
};
/* Why a wish was refused, as PKIFailureInfo bit numbers; the text is in `err`. `*out` NULL with TG_OK: a CA elsewhere
 * is to be asked. */
enum tg_status tg_ca_grant(
        struct tg_ca *ca, const struct tg_ca_wish *w, X509 **out, int *failure, struct tg_error *err) TG_MUST_USE;
/* What the register keeps of a new certificate. TG_BUG: it does not fit. */
enum tg_status tg_ca_record_of(const struct tg_ca *ca, const struct tg_ca_wish *w, const X509 *x,
        const uint8_t spki_hash[TG_HASH_LEN], struct tg_ca_record *r) TG_MUST_USE;
/* Also used by rr. TG_NOT_FOUND, TG_INVALID. */
enum tg_status tg_ca_revoke_locked(
        struct tg_ca *ca, const char *serial, int reason, const char *by, struct tg_error *err) TG_MUST_USE;

/* --- ca_gate.c: what the application has to say before anything new is issued */
struct tg_ca_grounds {
	bool known;
	struct tg_ca_application application; /* when known */
	X509_NAME *subject;                   /* that its answers give, when known and no renewal; owned */
};
/* Why a wish was refused as for tg_ca_grant. */
enum tg_status tg_ca_gate(struct tg_ca *ca, const struct tg_ca_wish *w, const struct tg_profile *p,
        struct tg_ca_grounds *g, int *failure, struct tg_error *err) TG_MUST_USE;
void tg_ca_grounds_finish(const struct tg_ca *ca, struct tg_ca_grounds *g);

/* --- ca_table.c: open transactions */
struct tg_ca_transactions *tg_ca_transactions_create(struct tg_ca *ca);
void tg_ca_transactions_destroy(struct tg_ca_transactions *t);

#endif
