/* The walk through the journal, and the witnesses that are heard on it. */
#ifndef TG_STORE_VERIFY_WALK_H
#define TG_STORE_VERIFY_WALK_H

#include "erase.h"
#include "verify.h"

struct tg_witnesses;
struct tg_verify_walk {
	struct tg_store *s;
	struct tg_streams streams;
	struct tg_erased_seen erased;
	bool has_tree, has_own;
	int64_t own; /* entries of the centre's own that stand a second time (0264) */
	int64_t gap; /* the first place without an entry; 0: none */
	struct tg_verify_tree tree;
	struct tg_witnesses *witnesses; /* NULL: not asked for */
	struct tg_verify_report *out;
	struct tg_error *err;
};
/* Fills the report and returns TG_CHAIN_BROKEN. */
enum tg_status tg_verify_broken_at(struct tg_verify_walk *w, int64_t from, int64_t to, const char *what) TG_MUST_USE;

/* verify_told.c: what kiosks signed and were told, and their own journals. */
enum tg_status tg_witnesses_open(
        struct tg_witnesses **out, const struct tg_verify_options *o, struct tg_verify_walk *w) TG_MUST_USE;
void tg_witnesses_close(struct tg_witnesses *x);
/* With what signed heads are read; NULL for NULL. */
struct tg_verify_heads *tg_witnesses_heads(const struct tg_witnesses *x);
/* A row that fits its chain; `head` as tg_verify_rows() hands it on. */
enum tg_status tg_witnesses_row(struct tg_witnesses *x, struct tg_verify_walk *w, const struct tg_verify_row *r,
        const struct tg_verify_head *head) TG_MUST_USE;
/* After the last row. */
enum tg_status tg_witnesses_end(struct tg_witnesses *x, struct tg_verify_walk *w) TG_MUST_USE;

#endif
