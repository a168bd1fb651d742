/* Layer: store. The journal kept outside (C-7): where a centre has outgrown one machine, the rows of its journal are
 * durable in another database, and its file is what is made of them (src/decisions/0234). Place: number of a row in the
 * journal, dense from 1. */
#ifndef TAMGA_OUTSIDE_H
#define TAMGA_OUTSIDE_H

#include "tamga/store.h"

struct tg_log_row {
	struct tg_entry entry;              /* body borrowed */
	int64_t place, before, received_ms; /* before: place of the same stream's entry before it, or 0 */
};
typedef enum tg_status tg_log_row_fn(const struct tg_log_row *row, void *ctx);
#define TG_LOG_OWNER_LEN 16
struct tg_log_port {
	/* Rows that follow the place `after`, all or none, durable at a quorum when TG_OK. TG_LOG_AHEAD: rows stand
	 * after `after` already (this file is behind: read them first). TG_LOG_DOWN: not known whether they were
	 * written. TG_LOG_FENCED: another owner claimed it. TG_LOG_OTHER: they do not follow from what is there. */
	enum tg_status (*append)(
	        void *ctx, int64_t after, const struct tg_log_row *rows, size_t n, struct tg_error *err);
	/* Rows after a place, in order, at most `max`. */
	enum tg_status (*read)(
	        void *ctx, int64_t after, int max, tg_log_row_fn *fn, void *fn_ctx, struct tg_error *err);
	/* The last place and the hash of its entry; 0 when empty. */
	enum tg_status (*end)(void *ctx, int64_t *place, uint8_t hash[TG_HASH_LEN], struct tg_error *err);
	/* The bodies at these places are gone for good (C-8). */
	enum tg_status (*erase)(void *ctx, const int64_t *places, size_t n, struct tg_error *err);
	/* From now on only who opened with this owner writes, and the tree's epoch is this. TG_LOG_FENCED: whoever has
	 * it now is still connected. */
	enum tg_status (*claim)(void *ctx, const uint8_t epoch[TG_EPOCH_LEN], struct tg_error *err);
	/* The tree over its rows; the epoch is zero before the first claim. */
	enum tg_status (*tree)(void *ctx, struct tg_tree_head *out, struct tg_error *err);
	void (*close)(void *ctx);
	void *ctx;
};
/* What outer_log says: where the journal is, and as whom this file writes there. */
struct tg_log_place {
	const char *where_to;
	uint8_t owner[TG_LOG_OWNER_LEN];
};
/* How a journal outside is opened; set once at the start of a program that can. A database whose journal is kept
 * outside is not opened for writing by a program without it (TG_CONFIG). Without a connection the port is made all the
 * same: it connects when it is used. */
typedef enum tg_status tg_log_opener(struct tg_log_port *out, const struct tg_log_place *where, struct tg_error *err);
void tg_store_set_log_opener(tg_log_opener *opener);
/* The centre's database at `path`, made if it is not there, keeps its journal at `where_to` from now on; until it is
 * closed, `*out` shows others that its owner lives. What one of the two lacks at the end it gets from the other.
 * TG_LOG_FENCED: another centre writes there. TG_LOG_OTHER: their pasts differ, nothing was changed. */
enum tg_status tg_store_keep_outside(
        struct tg_store **out, const char *path, const char *where_to, struct tg_error *err) TG_MUST_USE;
/* Rows of the centre's journal after a place, at most `max`, as a port would give them. */
enum tg_status tg_store_log_rows(
        struct tg_store *s, int64_t after, int max, tg_log_row_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;
/* Where the journal is kept; TG_NOT_FOUND: in this file alone. */
enum tg_status tg_store_outside(struct tg_store *s, struct tg_buf *where_to, struct tg_error *err) TG_MUST_USE;

#endif
