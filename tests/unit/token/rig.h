/* What the tests of the token layer share: programs run and listened to, a SoftHSM of one's own, a virtual card in the
 * second reader, certificates from a throwaway authority, and questions to the card that go past our code. */
#ifndef TG_TEST_TOKEN_RIG_H
#define TG_TEST_TOKEN_RIG_H

#include "tamga/buf.h"
#include "tamga/secret.h"
#include "tamga/token.h"

#include <pthread.h>
#include <stdbool.h>

#define RIG_MAIN_MS 20000

struct rig {
	char dir[64];
	char log[96]; /* the child's stderr: sanitizer reports */
	struct tg_token *token;
	struct tg_token_info info;
	struct tg_error err;
	/* the virtual card */
	int card_pid;
	char control[96];
	char persona[128];
	const char *reader;
};

/* Runs a program, gives its output (both streams) in `out`, returns its exit code, or -1. */
int rig_run(char *out, size_t cap, const char *const argv[]);

void rig_start(struct rig *r, const char *carriers, const char *override, int call_ms);
void rig_stop(struct rig *r);
/* Teardown of every test here: after a failure it ends what the test left running. The rig must be static then. */
int rig_teardown(void **state);
/* Ends the test program when a sanitizer found something in the child. */
void rig_check_log(const struct rig *r);

/* A SoftHSM in the rig's directory; `initialised`: one token with PIN 48213 and label "Rig". */
void rig_softhsm(const struct rig *r, bool initialised);

/* Starts a PC/SC daemon of one's own (its own mount namespace, socket and ports), with two virtual readers. False, with
 * the reason said, when there is no daemon, no driver, or no virtual card program: the test is then skipped. */
bool rig_pcscd_start(const char *readers); /* NULL: "Virtual PCD" */
void rig_pcscd_stop(void);                 /* and its folder */
void rig_pcscd_kill(void);                 /* and start it again: for tests of a lost service */
void rig_pcscd_again(void);
/* Starts a virtual card with this persona (of tests/personas, or a path) in the second reader and waits until PC/SC
 * sees it. */
void rig_card(struct rig *r, const char *persona);
void rig_card_stop(struct rig *r);
/* One command to the card's control socket; its answer in `out`. */
void rig_card_do(const struct rig *r, char *out, size_t cap, const char *command, const char *argument);
void rig_card_insert(const struct rig *r);
void rig_wait_card(const struct rig *r, bool there);
/* The card's files, asked by an own connection. Returns how many. */
unsigned rig_card_files(const struct rig *r, unsigned fids[], unsigned cap);

/* What the card's own status says of one thing: "tries", "so-tries", "keys" … */
int rig_card_says(const struct rig *r, const char *what);
/* Writes a persona file into the rig's directory; its path, for rig_card. */
const char *rig_persona(struct rig *r, const char *text);

struct tg_secret *rig_pin(const char *digits);
struct tg_key_ref rig_key(uint8_t last, const char *label);
/* inspect + login, which must succeed. */
void rig_login(struct rig *r, const char *pin);
/* Kills the child `after_us` later; rig_killed waits until it has happened and was seen. */
struct rig_killer {
	struct tg_token *token;
	unsigned after_us;
	pthread_t thread;
};
void rig_kill_later(struct rig_killer *k, struct tg_token *token, unsigned after_us);
void rig_killed(struct rig_killer *k);
/* A certificate over this public key. */
void rig_certify(struct tg_bytes spki, const char *name, struct tg_buf *der);
/* The bytes as a file in the rig's directory; its path in `path`. */
void rig_file(const struct rig *r, const char *name, struct tg_bytes bytes, char path[160]);
/* Whether the openssl program verifies the signature: by a key in DER, over these bytes. `digest` as "-sha256";
 * "-md_gost94" and its like through the packaged engine. */
bool rig_openssl_verifies(const struct rig *r, const char *digest, struct tg_bytes spki, struct tg_bytes message,
        struct tg_bytes signature);
/* How often the bytes stand in the writable memory of a process. */
unsigned rig_copies(int pid, const char *bytes);
/* How often `what` stands in `text`. */
unsigned rig_count(const char *text, const char *what);
struct tg_bytes rig_bytes(const struct tg_buf *b);

#endif
