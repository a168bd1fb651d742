/* What the files of this folder share: the open database, its statements and transactions. */
#ifndef TG_STORE_DB_H
#define TG_STORE_DB_H

#include "tamga/store.h"

#include <jansson.h>
#include <sqlite3.h>

#define TG_ENTRY_COLUMNS "kiosk, seq, time_ms, kind, version, body, salt, body_hash, prev_hash, hash, id, before"
enum { TG_COL_ID = 10, TG_COL_BEFORE = 11 };

/* Statements used again and again: prepared at first use, kept until the store closes. */
/* clang-format off */
#define TG_SQL_LIST(X) \
	X(BEGIN, "BEGIN IMMEDIATE") \
	X(COMMIT, "COMMIT") \
	X(ROLLBACK, "ROLLBACK") \
	X(HEAD_GET, "SELECT seq, hash, last_id FROM high_water WHERE kiosk = ?1") \
	X(HEAD_SET, "INSERT INTO high_water (kiosk, seq, hash, last_id) VALUES (?1, ?2, ?3, ?4) " \
	            "ON CONFLICT (kiosk) DO UPDATE SET seq = ?2, hash = ?3, last_id = ?4") \
	X(ENTRY_ADD, "INSERT INTO journal (" TG_ENTRY_COLUMNS ", received_ms) " \
	             "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)") \
	X(ENTRY_PLACE, "SELECT kiosk, seq, hash, before FROM journal WHERE id = ?1") \
	X(ENTRY_RECEIVED, "SELECT received_ms FROM journal WHERE id = ?1") \
	X(MARK_ADD, "INSERT INTO mark (kiosk, block, id) VALUES (?1, ?2, ?3)") \
	X(MARK_GET, "SELECT id FROM mark WHERE kiosk = ?1 AND block = ?2") \
	X(NUMBER_NEXT, "UPDATE meta SET next_number = next_number + 1 WHERE next_number < 268435456 " \
	               "RETURNING next_number - 1") \
	X(APP_GET, "SELECT number, kiosk, state, provider, service, form, carrier_serial, accepted_ms, finished_ms, " \
	           "first_seq, last_seq, sent_ms, registered_ms, last_id, irregular FROM application WHERE number = ?1") \
	X(APP_SET, "INSERT OR REPLACE INTO application (number, kiosk, state, provider, service, form, carrier_serial, " \
	           "accepted_ms, finished_ms, first_seq, last_seq, sent_ms, registered_ms, last_id, irregular) " \
	           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)") \
	X(APP_OPEN, "SELECT number FROM application WHERE carrier_serial = ?1 AND finished_ms = 0 " \
	            "AND carrier_serial <> '' ORDER BY last_id DESC LIMIT 1") \
	X(LINK_ADD, "INSERT INTO application_entry (id, before) VALUES (?1, ?2)") \
	X(LINK_GET, "SELECT before FROM application_entry WHERE id = ?1") \
	X(FEED_SEQ, "SELECT cursor, centre_ms FROM feed_state") \
	X(FEED_SEQ_SET, "UPDATE feed_state SET cursor = ?1, centre_ms = ?2") \
	X(FEED_ADD, "INSERT OR REPLACE INTO feed (cursor, time_ms, kind, key, provider, audience, body) " \
	            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)") \
	X(FEED_DROP, "DELETE FROM feed WHERE kind = ?1 AND key = ?2") \
	X(FEED_FIND, "SELECT time_ms, body FROM feed WHERE kind = ?1 AND key = ?2") \
	X(TRY_ADD, "INSERT OR REPLACE INTO lock_try (certificate, kiosk, seq, time_ms, provider) " \
	           "VALUES (?1, ?2, ?3, ?4, ?5)") \
	X(TRY_PRUNE, "DELETE FROM lock_try WHERE certificate = ?1 AND (time_ms, kiosk, seq) < " \
	             "(SELECT time_ms, kiosk, seq FROM lock_try WHERE certificate = ?1 " \
	             "ORDER BY time_ms DESC, kiosk DESC, seq DESC LIMIT 1 OFFSET 255)") \
	X(TRY_ANY, "SELECT 1 FROM lock_try WHERE certificate = ?1 LIMIT 1") \
	X(CLEAR_SET, "INSERT INTO lock_clear (certificate, kiosk, seq, time_ms) VALUES (?1, ?2, ?3, ?4) " \
	             "ON CONFLICT (certificate, kiosk) DO UPDATE SET seq = max(seq, ?3), time_ms = max(time_ms, ?4)") \
	X(TRIES, "SELECT kiosk, seq, time_ms, provider FROM lock_try WHERE certificate = ?1 ORDER BY time_ms, kiosk, seq") \
	X(CLEARS, "SELECT kiosk, seq, time_ms FROM lock_clear WHERE certificate = ?1 ORDER BY time_ms DESC, kiosk") \
	X(TOKEN_GET, "SELECT state, changed_ms, stated_ms, last_id, irregular FROM token WHERE serial = ?1") \
	X(TOKEN_SET, "INSERT OR REPLACE INTO token (serial, state, changed_ms, stated_ms, last_id, irregular) " \
	             "VALUES (?1, ?2, ?3, ?4, ?5, ?6)") \
	X(TOKEN_LINK_ADD, "INSERT INTO token_entry (id, before) VALUES (?1, ?2)") \
	X(TOKEN_LINK_GET, "SELECT before FROM token_entry WHERE id = ?1") \
	X(PIN_OPEN, "INSERT OR REPLACE INTO pin_work (serial, kiosk, what, seq) VALUES (?1, ?2, ?3, ?4)") \
	X(PIN_CLOSE, "DELETE FROM pin_work WHERE serial = ?1 AND kiosk = ?2 AND what = ?3") \
	X(PIN_GET, "SELECT what FROM pin_work WHERE serial = ?1 ORDER BY seq DESC LIMIT 1") \
	X(ACK_GET, "SELECT acked_seq, acked_at_ms, best_seq, best_hash FROM sync_state") \
	X(ACK_SET, "UPDATE sync_state SET acked_seq = ?1, acked_hash = ?2, acked_centre_ms = ?3, acked_signature = ?4, " \
	           "acked_at_ms = ?5") \
	X(ACK_BEST, "UPDATE sync_state SET best_seq = acked_seq, best_hash = acked_hash, " \
	            "best_centre_ms = acked_centre_ms, best_signature = acked_signature WHERE acked_seq >= best_seq") \
	X(SENT_SET, "UPDATE application SET sent_ms = ?2, registered_ms = ?3 WHERE sent_ms = 0 AND last_seq <= ?1") \
	X(SENT_UNDO, "UPDATE application SET sent_ms = 0, registered_ms = 0 WHERE sent_ms <> 0 AND last_seq > ?1")
/* clang-format on */

#define TG_SQL_ENUM(name, text) TG_SQL_##name,
enum tg_sql { TG_SQL_LIST(TG_SQL_ENUM) TG_SQL_COUNT };
#undef TG_SQL_ENUM

struct tg_store {
	sqlite3 *db;
	enum tg_store_role role;
	char kiosk[TG_KIOSK_MAX + 1]; /* "" at the centre */
	sqlite3_stmt *stmt[TG_SQL_COUNT];
	bool tidies;     /* this connection moves the log into the file (sync_state.c) */
	bool silent;     /* projections are made again: what was said in the feed is not said again */
	int64_t version; /* of the schema */
};

/* The head of one stream. */
struct tg_stream {
	char kiosk[TG_KIOSK_MAX + 1];
	uint64_t seq; /* 0 = no entry yet, `hash` is the genesis hash then */
	uint8_t hash[TG_HASH_LEN];
	int64_t last_id; /* row of the newest entry, 0 = none */
};

/* db.c: what SQLite says, in our words. */
enum tg_status tg_db_fail(struct tg_store *s, int rc, const char *doing, struct tg_error *err);
enum tg_status tg_db_exec(struct tg_store *s, const char *sql, struct tg_error *err) TG_MUST_USE;
/* One integer of one row; TG_NOT_FOUND without a row. */
enum tg_status tg_db_number(struct tg_store *s, const char *sql, int64_t *out, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_db_prepare(struct tg_store *s, const char *sql, sqlite3_stmt **out, struct tg_error *err) TG_MUST_USE;
/* A statement of the list, reset and without values. */
enum tg_status tg_db_stmt(struct tg_store *s, enum tg_sql id, sqlite3_stmt **out, struct tg_error *err) TG_MUST_USE;
/* Steps a statement that gives no row. */
enum tg_status tg_db_run(struct tg_store *s, sqlite3_stmt *q, struct tg_error *err) TG_MUST_USE;
/* TG_OK with a row, TG_NOT_FOUND without. The caller resets after reading. */
enum tg_status tg_db_row(struct tg_store *s, sqlite3_stmt *q, struct tg_error *err) TG_MUST_USE;
/* Values; text and blobs stay the caller's and must live until the statement is reset. */
void tg_db_bind_text(sqlite3_stmt *q, int at, const char *text);
void tg_db_bind_int(sqlite3_stmt *q, int at, int64_t v);
void tg_db_bind_hash(sqlite3_stmt *q, int at, const uint8_t *hash);
bool tg_db_hash(sqlite3_stmt *q, int col, uint8_t out[TG_HASH_LEN]);
/* Copies a text column; false when it does not fit or is no text. */
bool tg_db_text(sqlite3_stmt *q, int col, char *out, size_t cap);

enum tg_status tg_db_begin(struct tg_store *s, struct tg_error *err) TG_MUST_USE;
/* Commits when `st` is TG_OK, else rolls back. Returns `st`, or why the commit failed. */
enum tg_status tg_db_end(struct tg_store *s, enum tg_status st, struct tg_error *err) TG_MUST_USE;

/* schema.c */
#define TG_STORE_VERSION 2
enum tg_status tg_schema_migrate(struct tg_store *s, struct tg_error *err) TG_MUST_USE;
/* Reads role and stream of an existing database; refuses what is not ours or newer. */
enum tg_status tg_schema_read(struct tg_store *s, struct tg_error *err) TG_MUST_USE;
/* TG_STORE_OPEN when the file is an older program's, opened for looking only, and lacks the tables of version 2. */
enum tg_status tg_schema_has_life(struct tg_store *s, struct tg_error *err) TG_MUST_USE;

/* entry_rows.c: rows of the journal. */
/* TG_CHAIN_BROKEN when a column has not the shape it was written with. Strings are borrowed from the row. */
enum tg_status tg_row_entry(sqlite3_stmt *q, struct tg_entry *e) TG_MUST_USE;
enum tg_status tg_stream_load(
        struct tg_store *s, const char *kiosk, struct tg_stream *out, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_stream_save(struct tg_store *s, const struct tg_stream *st, struct tg_error *err) TG_MUST_USE;
/* Adds a sealed entry after the head and moves the head (in memory; tg_stream_save writes it). */
enum tg_status tg_stream_add(struct tg_store *s, struct tg_stream *st, const struct tg_entry *e, int64_t received_ms,
        struct tg_error *err) TG_MUST_USE;
/* When the centre had the row of this entry; 0 at a kiosk. */
enum tg_status tg_row_received(struct tg_store *s, int64_t id, int64_t *ms, struct tg_error *err) TG_MUST_USE;
/* The row numbers of a list linked backwards through `link`, from its newest `id`, as int64_t. TG_STORE_DAMAGED. */
enum tg_status tg_rows_linked(
        struct tg_store *s, enum tg_sql link, int64_t id, struct tg_buf *ids, struct tg_error *err) TG_MUST_USE;
/* The entries of such a list, oldest first. */
enum tg_status tg_rows_of_list(struct tg_store *s, enum tg_sql link, int64_t id, tg_store_entry_fn *fn, void *ctx,
        struct tg_error *err) TG_MUST_USE;
/* Row number and hash of an entry at or before the head. `hash` may be NULL. */
enum tg_status tg_stream_find(struct tg_store *s, const struct tg_stream *st, uint64_t seq, int64_t *id, uint8_t *hash,
        struct tg_error *err) TG_MUST_USE;
/* Steps through `q`, which selects TG_ENTRY_COLUMNS, and finalizes it. */
enum tg_status tg_rows_walk(
        struct tg_store *s, sqlite3_stmt *q, tg_store_entry_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;

/* project.c: what an entry changes in the other tables, the same at kiosk and centre. `body` is the parsed body when
 * the caller has it, else NULL. */
enum tg_status tg_project(
        struct tg_store *s, const struct tg_entry *e, const json_t *body, int64_t id, struct tg_error *err) TG_MUST_USE;

/* What a projection gets to know of an entry. */
struct tg_seen {
	const struct tg_entry *e;
	int kind;
	const json_t *body;
	int64_t id;
	int64_t time_ms;   /* when it happened; never after the centre had it */
	int64_t centre_ms; /* when the centre had it, 0 at a kiosk */
};
enum tg_status tg_seen_make(struct tg_store *s, const struct tg_entry *e, int kind, const json_t *body, int64_t id,
        struct tg_seen *out, struct tg_error *err) TG_MUST_USE;
/* The part of tg_project that is of version 2: locks, tokens, PIN work. */
enum tg_status tg_project_life(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err) TG_MUST_USE;

/* feed.c: the centre says something, inside the transaction of the caller. `time_ms` 0: at the time of the last item.
 */
enum tg_status tg_feed_put(struct tg_store *s, struct tg_feed_item *item, struct tg_error *err) TG_MUST_USE;
/* What stands in the feed of this thing: `*body` is the caller's, NULL when there is none. */
enum tg_status tg_feed_find(struct tg_store *s, const char *kind, const char *key, int64_t *time_ms, json_t **body,
        struct tg_error *err) TG_MUST_USE;

/* lock.c, token.c: projections of one entry; what the feed does not say yet, after rebuilding. */
enum tg_status tg_lock_project(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_lock_say_all(struct tg_store *s, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_token_project(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err) TG_MUST_USE;
/* Chip work on the token `serial` was delivered. */
enum tg_status tg_token_delivered(
        struct tg_store *s, const char *serial, const struct tg_seen *seen, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_token_say_all(struct tg_store *s, struct tg_error *err) TG_MUST_USE;
/* Before a token.state entry is appended: TG_CARD_STATE, TG_INVALID. */
enum tg_status tg_token_check(struct tg_store *s, const json_t *body, struct tg_error *err) TG_MUST_USE;

/* app.c */
struct tg_app_full {
	struct tg_app_row row;
	int64_t last_id;   /* newest entry of this application, the end of a list linked through application_entry */
	int64_t irregular; /* entries that did not fit the state they met */
};
enum tg_status tg_app_load(
        struct tg_store *s, const char *number, struct tg_app_full *out, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_app_save(struct tg_store *s, const struct tg_app_full *app, struct tg_error *err) TG_MUST_USE;
int tg_app_state_find(const char *name);

/* check.c: heads against rows. */
enum tg_status tg_check_heads(struct tg_store *s, struct tg_error *err) TG_MUST_USE;

#endif
