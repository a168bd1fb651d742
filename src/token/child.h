/* Layer: token, the child's side (program tamga-token). The child alone loads vendors' modules and hears what cards
 * say. It has one module loaded at a time (two modules show each other's readers as phantom slots), one token chosen by
 * `inspect`, and one session on it. All PKCS#11 goes through `f`; libp11 loads the module (decisions 0050, 0125).
 *
 * Every function that can fail fills `c->err` and returns its status. */
#ifndef TG_TOKEN_CHILD_H
#define TG_TOKEN_CHILD_H

#include "tamga/buf.h"
#include "tamga/gost.h"
#include "tamga/token.h"
#include "wire.h"

#include <libp11.h>
#include <p11-kit/pkcs11.h>

/* The makers' own names for keys and signatures of 512 bits (rtpkcs11t.h of Rutoken's SDK), which others follow. */
#define TG_CKK_GOSTR3410_512              0xD4321003UL
#define TG_CKM_GOSTR3410_512_KEY_PAIR_GEN 0xD4321005UL
#define TG_CKM_GOSTR3410_512              0xD4321006UL

struct tg_child;

/* What must be done around a module for one kind of card. NULL members: nothing. */
struct tg_dialect {
	const char *id;
	/* Adds to `info` what the module does not tell (exact tries, a card without PIN). */
	enum tg_status (*enrich)(struct tg_child *c, struct tg_token_info *info);
	/* Removes what broken-off work left; needs a login. */
	enum tg_status (*sweep)(struct tg_child *c);
	/* Whether the card itself, not the module's memory, holds these bytes as a certificate. */
	enum tg_status (*holds)(struct tg_child *c, struct tg_bytes certificate, bool *yes);
	/* Puts the certificate beside the key with this CKA_ID where the module cannot, because it stumbles over the
	 * fragment that is there. The module goes on not seeing it until it is loaded again. */
	enum tg_status (*store)(struct tg_child *c, struct tg_bytes id, struct tg_bytes certificate);
	/* Before the module destroys anything: what would make it crash. */
	enum tg_status (*mend)(struct tg_child *c);
	/* The module cannot make what broken-off work has left a nameless file of: after a failure it is swept, and
	 * tried once more. */
	bool sweep_and_retry;
	/* The module describes a new key's public half last, and nothing else ever costs it: a private key without it,
	 * and without a certificate, was never told to anybody. */
	bool public_comes_last;
	/* The module wants the hash of 2001 named with every GOST key and keeps it with none: it makes a point of the
	 * curve that 2001 and 2012 share, and the row says which of them it is. */
	bool hash_of_2001;
	/* Before the module destroys the certificate under this id: that no other one is hidden in the meantime. */
	enum tg_status (*undescribe)(struct tg_child *c, struct tg_bytes id);
	/* The module describes a key anew when a certificate is written under its id: decision 0155. */
	bool certificate_apart;
	/* What a card really is in which the module sees no token. Fills what it can of `info`; the status to be told.
	 */
	enum tg_status (*unseen)(struct tg_child *c, struct tg_token_info *info);
	/* Tries left for the SO PIN; -1 when the card does not say. Costs none. */
	int (*so_tries)(struct tg_child *c);
	/* Forgets on the card what PIN work has proven there, where the module leaves it. */
	void (*forget)(struct tg_child *c);
};
extern const struct tg_dialect tg_dialect_schsm, tg_dialect_rutoken;

struct tg_child {
	const struct tg_carriers *carriers;
	const char *carriers_path;   /* OpenSC's configurations stand beside it */
	bool keep_opensc_conf;       /* whoever started us named one */
	const char *module_override; /* "carrier-id=path" or NULL */
	struct tg_error err;

	PKCS11_CTX *p11;
	void *library;
	CK_FUNCTION_LIST *f;
	const struct tg_carrier *carrier; /* whose module is loaded */
	const struct tg_dialect *dialect;

	char reader[128]; /* "" when the token is in no reader */
	unsigned events;  /* PC/SC's count of comings and goings when it was inspected */
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE session;
	bool has_session, logged_in;
	bool factory_pin; /* the PIN of the last login is the one that the maker delivers */
};

/* child_module.c: nothing is loaded after an unload, and after a failed load. */
enum tg_status tg_child_load(struct tg_child *c, const struct tg_carrier *row) TG_MUST_USE;
/* The module that drives this row here; NULL when it has none. */
const char *tg_child_module_path(const struct tg_child *c, const struct tg_carrier *row);
void tg_child_unload(struct tg_child *c);

/* child_error.c: what a CK_RV means. `otherwise` is the meaning of codes that only say "failed"; for these, and for all
 * that a pulled card may be, the reader is asked first (a card pulled in mid-operation is CKR_GENERAL_ERROR for
 * OpenSC). */
enum tg_status tg_child_failed(struct tg_child *c, CK_RV rv, enum tg_status otherwise, const char *call);

/* child_pcsc.c: the reader without the module. */
struct tg_child_look {
	bool service, known, present;
	unsigned events;
	uint8_t atr[33];
	size_t atr_len;
};
void tg_child_look(const char *reader, struct tg_child_look *out);
/* Whether another reader's name begins with the same `told` bytes, which are all that PKCS#11 passes on. */
bool tg_child_reader_is_ambiguous(const char *reader, size_t told);
/* Whether the inspected card is still there, never having left; waits up to `wait_ms` for the news. */
bool tg_child_card_left(const struct tg_child *c, int wait_ms);
/* A second, shared connection beside the module's own, for as long as a transaction. */
struct tg_apdu_link {
	long context, card;
	unsigned long protocol;
};
enum tg_status tg_apdu_open(struct tg_child *c, struct tg_apdu_link *link) TG_MUST_USE;
void tg_apdu_close(struct tg_apdu_link *link);
/* Sends one APDU. `out` is reset and gets the data; `sw` the status word. TG_CARD_PULLED, TG_CARD_BROKEN. */
enum tg_status tg_apdu(struct tg_child *c, struct tg_apdu_link *link, struct tg_bytes apdu, struct tg_buf *out,
        unsigned *sw) TG_MUST_USE;
/* The same where only the status word matters. */
enum tg_status tg_apdu_ask(
        struct tg_child *c, struct tg_apdu_link *link, struct tg_bytes apdu, unsigned *sw) TG_MUST_USE;
#define BYTES(...) ((struct tg_bytes){(const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})})

/* child_rutoken_files.c */
enum tg_status tg_rutoken_sweep(struct tg_child *c);
enum tg_status tg_rutoken_holds(struct tg_child *c, struct tg_bytes certificate, bool *yes);
enum tg_status tg_rutoken_mend(struct tg_child *c);
enum tg_status tg_rutoken_undescribe(struct tg_child *c, struct tg_bytes id);
enum tg_status tg_rutoken_store(struct tg_child *c, struct tg_bytes id, struct tg_bytes certificate);

/* child_session.c */
enum tg_status tg_child_inspect(struct tg_child *c, const struct tg_token_request *r, struct tg_token_answer *a);
enum tg_status tg_child_login(struct tg_child *c, const struct tg_token_request *r, struct tg_token_answer *a);
void tg_child_logout(struct tg_child *c);
/* TG_OK while somebody is logged in on a card that never left; the second needs no login. */
enum tg_status tg_child_ready(struct tg_child *c) TG_MUST_USE;
enum tg_status tg_child_present(struct tg_child *c) TG_MUST_USE;
/* The token as it is now. */
enum tg_status tg_child_describe(struct tg_child *c, struct tg_token_info *out) TG_MUST_USE;

/* child_pin.c */
/* Everything that can be found wrong with a PIN without spending a try. */
enum tg_status tg_child_may_try(
        struct tg_child *c, const struct tg_token_request *r, const struct tg_token_info *info) TG_MUST_USE;
enum tg_status tg_child_change_pin(struct tg_child *c, const struct tg_token_request *r, struct tg_token_answer *a);
enum tg_status tg_child_unblock(struct tg_child *c, const struct tg_token_request *r, struct tg_token_answer *a);

/* child_object.c: objects of the token by class and CKA_ID (empty id: any). */
#define TG_FOUND_MAX 32
struct tg_found {
	CK_OBJECT_HANDLE list[TG_FOUND_MAX];
	unsigned n;
};
enum tg_status tg_child_find(
        struct tg_child *c, CK_OBJECT_CLASS class, struct tg_bytes id, struct tg_found *out) TG_MUST_USE;
/* `out` is reset first. TG_NOT_FOUND when the object has no such attribute. */
enum tg_status tg_child_attribute(
        struct tg_child *c, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type, struct tg_buf *out) TG_MUST_USE;
/* Before keys are destroyed: what the dialect knows the module to crash over. */
enum tg_status tg_child_mend(struct tg_child *c) TG_MUST_USE;
/* child_certificate.c: destroys what broken-off writing of the request's certificate left under the ids that it is
 * written under at first. */
enum tg_status tg_child_clear_apart(struct tg_child *c, const struct tg_token_request *r) TG_MUST_USE;
/* Destroys all of a class with this id. */
enum tg_status tg_child_destroy_all(struct tg_child *c, CK_OBJECT_CLASS class, struct tg_bytes id) TG_MUST_USE;

/* child_key.c; results go into `out`. */
/* TG_KEY_MISSING without a private key; TG_CARD_BROKEN when it is there and its public half cannot be told. */
enum tg_status tg_child_find_key(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out);
enum tg_status tg_child_generate(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out);
enum tg_status tg_child_remove(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out);
enum tg_status tg_child_sweep(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out);

/* child_public.c */
/* What a private key on the token signs with: `*gost` is NULL for RSA. TG_ALGORITHM for anything else. */
enum tg_status tg_child_kind(struct tg_child *c, CK_OBJECT_HANDLE private, const struct tg_gost **gost) TG_MUST_USE;
/* SubjectPublicKeyInfo of the private key with this id. TG_CARD_BROKEN when its public half cannot be told. */
enum tg_status tg_child_public(
        struct tg_child *c, CK_OBJECT_HANDLE private, struct tg_bytes id, struct tg_buf *spki) TG_MUST_USE;
/* Whether both are the same key, however its parameters are written. */
bool tg_child_same_key(struct tg_bytes a, struct tg_bytes b);

/* child_sign.c */
/* Hashes and signs with the key under this id. `spki` may be given where the token may not have it; the
 * AlgorithmIdentifier of the signature goes into `algorithm`, if it is not NULL. */
enum tg_status tg_child_sign_with(struct tg_child *c, struct tg_bytes id, struct tg_bytes spki, struct tg_bytes message,
        struct tg_buf *signature, struct tg_buf *algorithm) TG_MUST_USE;
/* In software. TG_PROOF_FAILED. */
enum tg_status tg_child_verify(
        struct tg_child *c, struct tg_bytes spki, struct tg_bytes message, struct tg_bytes signature) TG_MUST_USE;
/* Signs fresh random bytes on the token and verifies them in software with the public key. TG_PROOF_FAILED. */
enum tg_status tg_child_challenge(struct tg_child *c, struct tg_bytes id, struct tg_bytes spki) TG_MUST_USE;
enum tg_status tg_child_sign(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out);
enum tg_status tg_child_sign_hash(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out);

/* child_request.c */
enum tg_status tg_child_request(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out);
/* child_certificate.c */
enum tg_status tg_child_write(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out);
enum tg_status tg_child_prove(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out);
/* child_list.c; needs no login. */
enum tg_status tg_child_certificates(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out);

/* What the child gives up, in this order. False when the machine refuses.
 * child_harden.c: descriptors, core dumps, size; locks its memory. */
bool tg_child_harden(void);
/* child_files.c: all files but those that the modules of the carriers table need. `version` is Landlock's, 0 where the
 * kernel has none: then nothing is given up here. */
bool tg_child_refuse_files(const struct tg_child *c, int *version);
/* child_calls.c: system calls. */
bool tg_child_refuse_calls(void);

#endif
