/* A centre with two kiosks whose heads are signed, and what a centre does that wants another past. Signatures and
 * certificates are made with OpenSSL directly. */
#ifndef TG_STORE_TESTS_WITNESS_H
#define TG_STORE_TESTS_WITNESS_H

#include "lib.h"

#include <openssl/evp.h>

struct party { /* a kiosk */
	char kiosk[TG_KIOSK_MAX + 1], file[16];
	EVP_PKEY *key;
	struct tg_buf certificate; /* DER, self-signed */
	struct tg_store *store;
};
struct stage {
	struct party party[2];
	EVP_PKEY *ack_key, *other_key;
	struct tg_store *centre; /* file "centre" */
};
/* A new folder, both kiosks and the centre empty. */
void stage_make(struct stage *g);
void stage_close(struct stage *g); /* the databases; the keys stay */
void stage_drop(struct stage *g);
/* One entry of the kiosk, received by the centre, acknowledged with its tree, which the kiosk keeps as proven. */
void stage_entry(struct stage *g, int who, const char *json);
/* Signs the kiosk's head with the tree it was told last. */
void stage_sign(struct stage *g, int who);
/* The body of a head.signed. `key` signs, `certificate` is named, `hash` NULL: the right one; the caller's to free. */
char *stage_head_body(const struct party *p, EVP_PKEY *key, const struct tg_buf *certificate, uint64_t seq,
        const uint8_t *hash, const struct tg_ack *told);
void stage_ack(struct stage *g, int who, EVP_PKEY *key, struct tg_ack *out);
/* tg_verify_options.check_ack, ctx: the stage. */
enum tg_status stage_check_ack(void *ctx, const struct tg_ack *ack);

/* The centre's past written again as a centre would that has everything in its hands: `change` sees each entry in the
 * order of places and may change it (its body stays the caller's), or leaves it out by returning false. Then all hashes
 * are made again, and a new database is filled with the same code and gets the old epoch. */
typedef bool stage_change(struct tg_entry *e, void *ctx);
void stage_rewrite(const char *from, const char *to, stage_change *change, void *ctx);

/* Verifies FILE with these kiosks' own databases (a bit for each), and with the acknowledgement key. */
enum tg_status stage_verify(
        struct stage *g, const char *file, unsigned against, bool keyed, struct tg_verify_report *r);

#endif
