/* Layer: replica. Where the centre's journal is kept: one port, two implementations, one conformance suite
 * (tests/unit/replica). SQLite is the embedded one; PostgreSQL 15 with quorum commit is for a centre that has outgrown
 * one machine (src/decisions/0234, 0235). Requirements C-1, C-7; design.md §2.2.
 *
 * Place: number of a row in the journal, dense from 1, in the order of receipt. */
#ifndef TAMGA_REPLICA_H
#define TAMGA_REPLICA_H

#include "tamga/outside.h"
#include "tamga/tree.h"

struct tg_replica_stats {
	uint64_t entries, streams, erased_bodies;
	int64_t bytes; /* on the disk */
};
struct tg_replica {
	/* A group in one transaction, each entry judged by itself: results as of tg_store_receive. Nothing is durable,
	 * with PostgreSQL at a quorum, until it returns TG_OK. TG_LOG_DOWN: not known what became of it; sent again,
	 * what was stored is TG_SYNC_REPEAT. */
	enum tg_status (*append_group)(void *ctx, const struct tg_entry *entries, size_t n, int64_t now_ms,
	        enum tg_status *results, struct tg_error *err);
	/* Newest entry of a stream; 0 and the genesis hash when it has none. */
	enum tg_status (*high_water)(
	        void *ctx, const char *kiosk, uint64_t *seq, uint8_t hash[TG_HASH_LEN], struct tg_error *err);
	/* Entries of one stream from `from` on, at most `max`, in order. Callbacks must not use the replica. */
	enum tg_status (*read_range)(void *ctx, const char *kiosk, uint64_t from, int max, tg_store_entry_fn *fn,
	        void *fn_ctx, struct tg_error *err);
	/* Rows of all streams after a place, at most `max`, in order. */
	enum tg_status (*query)(
	        void *ctx, int64_t after, int max, tg_log_row_fn *fn, void *fn_ctx, struct tg_error *err);
	/* Every chain from its beginning, the places, the high water, the tree. TG_CHAIN_BROKEN. */
	enum tg_status (*verify)(void *ctx, struct tg_verify_report *out, struct tg_error *err);
	enum tg_status (*stats)(void *ctx, struct tg_replica_stats *out, struct tg_error *err);
	/* State of the tree over it; the epoch is zero where none was told. */
	enum tg_status (*tree)(void *ctx, struct tg_tree_head *out, struct tg_error *err);
	void (*close)(void *ctx);
	void *ctx;
};

/* An adapter over centre.db; the store stays the caller's. */
void tg_replica_sqlite(struct tg_replica *out, struct tg_store *s, const char *path);

struct tg_postgres {
	/* libpq's, without a password: that one lies in a file (passfile=, or PGPASSFILE). Several hosts may be named,
	 * the one that takes writes is found. */
	const char *conninfo;
	/* Standbys that have a commit before it counts: synchronous_standby_names must be ANY k with k at least this,
	 * else TG_CONFIG. 0: the server's own disk is enough. */
	unsigned quorum;
	unsigned timeout_ms; /* at most so long without a word from the server; 0: 5000 */
	const char *shard;   /* must be the name the database was made with; NULL: "" */
};
/* TG_CONFIG: what libpq does not understand, or a password. */
enum tg_status tg_postgres_check(const struct tg_postgres *p, struct tg_error *err) TG_MUST_USE;
/* Opens; makes the tables in an empty database. TG_LOG_DOWN, TG_CONFIG. Ignores who owns the journal: for tests,
 * looking and measuring. A second writer beside it is refused (TG_LOG_FENCED) once somebody claimed the journal. */
enum tg_status tg_replica_postgres(
        struct tg_replica *out, const struct tg_postgres *p, struct tg_error *err) TG_MUST_USE;

/* For tg_store_set_log_opener: the text in outer_log is what tg_postgres_where wrote. */
enum tg_status tg_postgres_where(const struct tg_postgres *p, struct tg_buf *out, struct tg_error *err) TG_MUST_USE;
/* The same for copying into a journal that nobody claimed yet. */
enum tg_status tg_postgres_log(struct tg_log_port *out, const struct tg_postgres *p, struct tg_error *err) TG_MUST_USE;
/* What tg_postgres_where wrote; the texts are borrowed from `where`, the name of the shard is put into `shard`. */
enum tg_status tg_postgres_read_where(
        const char *where, struct tg_postgres *out, char shard[80], struct tg_error *err) TG_MUST_USE;
enum tg_status tg_postgres_open_log(struct tg_log_port *out, const struct tg_log_place *where, struct tg_error *err);

/* --- Shards: which centre keeps which stream (src/decisions/0237). A file
 *       shards:
 *         - name: north
 *           url: https://centre-north.example:8443
 *           streams: [K0, K1]      beginnings of stream ids; the longest that fits decides, "" fits all
 *           first_number: 1        of the kiosks it enrols, up to the next shard's: ascending
 * TG_CONFIG with file, line and column. */
struct tg_shards;
enum tg_status tg_shards_load(struct tg_shards **out, const char *path, struct tg_error *err) TG_MUST_USE;
void tg_shards_destroy(struct tg_shards *s);
/* The numbers that this shard gives to its kiosks: unique numbers of applications are made from them (K-9), so that no
 * two shards may give the same. False: there is no such shard. */
bool tg_shards_numbers(const struct tg_shards *s, const char *name, unsigned *first, unsigned *last);
/* Who keeps this stream; NULL: nobody. Name and address live as long as `s`. */
const char *tg_shards_of(const struct tg_shards *s, const char *kiosk, const char **url);
/* Who gives this number to a kiosk; NULL: nobody. */
const char *tg_shards_of_number(const struct tg_shards *s, uint32_t kiosk_no, const char **url);

#endif
