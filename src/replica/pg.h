/* What the files of the PostgreSQL side share: one session, its requests and answers. */
#ifndef TG_REPLICA_PG_H
#define TG_REPLICA_PG_H

#include "tamga/replica.h"

#include <libpq-fe.h>

/* A session belongs to one thread. It is opened when it is needed and forgotten after anything that leaves its state in
 * doubt. */
struct tg_pg {
	PGconn *c; /* NULL: none */
	char *conninfo, *shard;
	unsigned quorum;
	int timeout_ms;
	bool has_owner; /* writes as this owner, and is refused once it is another's */
	uint8_t owner[TG_LOG_OWNER_LEN];
	bool ready; /* the session is set up */
	bool in_transaction;
	unsigned warnings; /* said by the server since it was last set to 0 */
};
enum tg_status tg_pg_create(
        struct tg_pg **out, const struct tg_postgres *p, const uint8_t *owner, struct tg_error *err) TG_MUST_USE;
void tg_pg_destroy(struct tg_pg *pg);
/* Connects where there is no session, sets it up, makes or checks the tables. What can be read afterwards is durable at
 * the quorum. TG_LOG_DOWN, TG_CONFIG. */
enum tg_status tg_pg_session(struct tg_pg *pg, struct tg_error *err) TG_MUST_USE;
void tg_pg_forget(struct tg_pg *pg);
/* Whether synchronous_standby_names, of which this is the value, is what was asked for. TG_CONFIG. */
enum tg_status tg_pg_quorum(const struct tg_pg *pg, const char *names, struct tg_error *err) TG_MUST_USE;
/* schema.c */
enum tg_status tg_pg_schema(struct tg_pg *pg, struct tg_error *err) TG_MUST_USE;

/* Values of one request, all binary. */
#define TG_PG_VALUES 12
struct tg_pg_values {
	int n;
	struct tg_buf bytes;
	size_t at[TG_PG_VALUES];
	int len[TG_PG_VALUES];
};
void tg_pg_values_finish(struct tg_pg_values *v);
void tg_pg_add_int(struct tg_pg_values *v, int64_t number);
void tg_pg_add_bytes(struct tg_pg_values *v, const void *bytes, size_t n);
/* A one-dimensional array: begin, one tg_pg_item each, end. */
enum tg_pg_type { TG_PG_INT8 = 20, TG_PG_TEXT = 25, TG_PG_BYTEA = 17 };
void tg_pg_array_begin(struct tg_pg_values *v, enum tg_pg_type type, size_t n);
void tg_pg_item(struct tg_pg_values *v, const void *bytes, size_t n);
void tg_pg_item_int(struct tg_pg_values *v, int64_t number);
void tg_pg_array_end(struct tg_pg_values *v);

/* With the session there is, which must be one, else TG_LOG_DOWN: only tg_pg_session, tg_pg_look and tg_pg_start
 * connect.
 *
 * One request; answers are binary. `out` may be NULL; it is the caller's, PQclear. TG_LOG_DOWN, TG_CONFIG, TG_BUG. A
 * refusal inside a transaction leaves it to be rolled back. */
enum tg_status tg_pg_ask(struct tg_pg *pg, const char *sql, const struct tg_pg_values *v, PGresult **out,
        struct tg_error *err) TG_MUST_USE;
/* Several statements without values, answers thrown away. */
enum tg_status tg_pg_do(struct tg_pg *pg, const char *sql, struct tg_error *err) TG_MUST_USE;
/* COPY … FROM STDIN of these bytes. */
enum tg_status tg_pg_copy(
        struct tg_pg *pg, const char *sql, const struct tg_buf *bytes, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_pg_begin(struct tg_pg *pg, struct tg_error *err) TG_MUST_USE;
/* The same with a session that is made first; a question outside a transaction too. */
enum tg_status tg_pg_start(struct tg_pg *pg, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_pg_look(struct tg_pg *pg, const char *sql, const struct tg_pg_values *v, PGresult **out,
        struct tg_error *err) TG_MUST_USE;
/* TG_OK: durable at the quorum. TG_LOG_DOWN: nobody knows, the session is gone. */
enum tg_status tg_pg_commit(struct tg_pg *pg, struct tg_error *err) TG_MUST_USE;
void tg_pg_rollback(struct tg_pg *pg);
/* Each row of an answer, as it comes, without holding the others. */
typedef enum tg_status tg_pg_row_fn(const PGresult *r, void *ctx);
enum tg_status tg_pg_each(struct tg_pg *pg, const char *sql, const struct tg_pg_values *v, tg_pg_row_fn *fn, void *ctx,
        struct tg_error *err) TG_MUST_USE;

int64_t tg_pg_int(const PGresult *r, int row, int col);
bool tg_pg_fixed(const PGresult *r, int row, int col, void *out, size_t n);
bool tg_pg_text(const PGresult *r, int row, int col, char *out, size_t cap);

/* log.c */
#define TG_PG_ENTRY_COLUMNS                                                                                            \
	"kiosk, seq, time_ms, kind, version, body, salt, body_hash, prev_hash, hash, place, before, received_ms"
enum { TG_PG_COL_PLACE = 10, TG_PG_COL_BEFORE, TG_PG_COL_RECEIVED };
/* TG_CHAIN_BROKEN: a column has not the shape it was written with; place, kiosk and seq are set as far as they can be.
 */
enum tg_status tg_pg_row(const PGresult *r, int row, struct tg_log_row *out) TG_MUST_USE;
enum tg_status tg_pg_append(void *ctx, int64_t after, const struct tg_log_row *rows, size_t n, struct tg_error *err);
enum tg_status tg_pg_read(void *ctx, int64_t after, int max, tg_log_row_fn *fn, void *fn_ctx, struct tg_error *err);
enum tg_status tg_pg_end(void *ctx, int64_t *place, uint8_t hash[TG_HASH_LEN], struct tg_error *err);
enum tg_status tg_pg_claim(void *ctx, const uint8_t epoch[TG_EPOCH_LEN], struct tg_error *err);
enum tg_status tg_pg_tree(void *ctx, struct tg_tree_head *out, struct tg_error *err);
enum tg_status tg_pg_erase(void *ctx, const int64_t *places, size_t n, struct tg_error *err);
/* Rows of one stream from `from` to `to`, found through the marks. */
enum tg_status tg_pg_stream_rows(struct tg_pg *pg, const char *kiosk, uint64_t from, uint64_t to, PGresult **out,
        struct tg_error *err) TG_MUST_USE;
/* verify.c */
enum tg_status tg_pg_verify(void *ctx, struct tg_verify_report *out, struct tg_error *err);

#endif
