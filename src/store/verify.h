/* Pieces of verification: rows with their hashes made again beside the reading, the tree made again, witnesses. */
#ifndef TG_STORE_VERIFY_H
#define TG_STORE_VERIFY_H

#include "db.h"

/* verify_tree.c: the tree made again. Of its nodes more are kept than in a database, 8 MB a million entries: the tree
 * at a told size then takes 7 rows at most, not 63. */
#define TG_VERIFY_KEPT 3
struct tg_verify_tree {
	struct tg_tree tree;
	struct tg_buf level[TG_TREE_LEVELS]; /* from TG_VERIFY_KEPT on: hashes one after the other */
};
enum tg_status tg_verify_tree_add(struct tg_verify_tree *t, const uint8_t leaf[TG_HASH_LEN]) TG_MUST_USE;
void tg_verify_tree_finish(struct tg_verify_tree *t);
/* Against what the centre's database keeps: `*from` … `*to` are the places of the first difference, NULL in `*what`
 * when there is none. */
enum tg_status tg_verify_tree_compare(struct tg_store *s, const struct tg_verify_tree *t, const char **what,
        int64_t *from, int64_t *to, struct tg_error *err) TG_MUST_USE;
/* The root it had when it had `size` leaves. */
enum tg_status tg_verify_tree_root(struct tg_store *s, const struct tg_verify_tree *t, uint64_t size,
        uint8_t out[TG_HASH_LEN], struct tg_error *err) TG_MUST_USE;

/* verify_head.c: what somebody says of another entry, or of the tree. */
struct tg_told {
	char kiosk[TG_KIOSK_MAX + 1]; /* whose word it is */
	uint64_t seq;                 /* of the entry that says so; 0: the kiosk's own database */
	uint64_t head_seq;            /* the kiosk signed this entry of its own; 0: not checked any more */
	uint8_t head_hash[TG_HASH_LEN];
	struct tg_tree_head tree; /* size 0: none was told */
	bool is_signed;           /* the centre's signature was looked at */
};
/* One that was read, and what is wrong with it; NULL: nothing. */
struct tg_verify_head {
	struct tg_told told;
	const char *what;
};
struct tg_verify_heads;
enum tg_status tg_verify_heads_create(
        struct tg_verify_heads **out, const struct tg_verify_options *o, struct tg_error *err) TG_MUST_USE;
void tg_verify_heads_destroy(struct tg_verify_heads *h);
/* A head.signed: reads it, checks its signatures. From any thread. */
void tg_verify_head_read(struct tg_verify_heads *h, const struct tg_entry *e, struct tg_verify_head *out);
/* An acknowledgement with the key of the options; true too without a key. */
bool tg_verify_ack(struct tg_verify_heads *h, const struct tg_ack *a);
/* tree.restarted: the epoch before, and where its tree ended; false: it does not say. */
bool tg_verify_restart_read(const struct tg_entry *e, struct tg_tree_head *old);

/* verify_rows.c: all rows in order; hashes are made and signed heads read on two threads. Ends with the first status
 * that is not TG_OK. `heads` NULL: they are not read. */
typedef enum tg_status tg_verify_row_fn(
        const struct tg_verify_row *row, const struct tg_verify_head *head, void *ctx); /* NULL: none, or not read */
enum tg_status tg_verify_rows(struct tg_store *s, struct tg_verify_heads *heads, tg_verify_row_fn *fn, void *ctx,
        struct tg_error *err) TG_MUST_USE;

/* verify_against.c: journals of the kiosks themselves. Each is verified by itself first (TG_CHAIN_BROKEN, `report`). */
struct tg_against;
enum tg_status tg_against_open(struct tg_against **out, const struct tg_verify_options *o,
        struct tg_verify_report *report, struct tg_error *err) TG_MUST_USE;
void tg_against_close(struct tg_against *a);
/* The centre's row of a stream, in the stream's order. `*what`: it is another than the kiosk's, else NULL. */
enum tg_status tg_against_row(
        struct tg_against *a, const struct tg_entry *e, const char **what, struct tg_error *err) TG_MUST_USE;
/* After the last row, one journal after the other. `index` from 0; TG_NOT_FOUND after the last one. */
struct tg_against_end {
	char kiosk[TG_KIOSK_MAX + 1];
	uint64_t acked;    /* the highest that the centre acknowledged */
	struct tg_ack ack; /* its acknowledgement; seq 0: not kept with its tree */
};
enum tg_status tg_against_end(
        struct tg_against *a, size_t index, struct tg_against_end *out, struct tg_error *err) TG_MUST_USE;
/* The trees that this kiosk saw, one for each epoch; `fn` gets the acknowledgements. */
typedef enum tg_status tg_against_seen_fn(const struct tg_ack *ack, void *ctx);
enum tg_status tg_against_seen(
        struct tg_against *a, size_t index, tg_against_seen_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;

#endif
