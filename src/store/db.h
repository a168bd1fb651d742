/* What the files of this folder share: the open database, its statements and transactions. */
#ifndef TG_STORE_DB_H
#define TG_STORE_DB_H

#include "tamga/streams.h"

#include <jansson.h>
#include <sqlite3.h>

#define TG_ENTRY_COLUMNS "kiosk, seq, time_ms, kind, version, body, salt, body_hash, prev_hash, hash, id, before"
enum { TG_COL_ID = 10, TG_COL_BEFORE = 11 };

#define TG_BUSY_MS 4000

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
	X(OWN_ADD, "INSERT INTO own (" TG_ENTRY_COLUMNS ", received_ms) " \
	           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)") \
	X(ENTRY_LOOK, "SELECT kiosk, seq, hash, before, received_ms, time_ms FROM journal WHERE id = ?1") \
	X(ASIDE_GET, "SELECT kiosk, seq, time_ms, kind, version, body, salt, body_hash, prev_hash, hash, received_ms FROM " \
	             "aside WHERE kiosk = ?1 AND seq = ?2") \
	X(ASIDE_DROP, "DELETE FROM aside WHERE kiosk = ?1 AND seq = ?2") \
	X(SEGMENT_AT, "SELECT name, first_id, last_id FROM segment WHERE first_id <= ?1 AND last_id >= ?1") \
	X(SEGMENT_STREAM_ADD, "INSERT INTO segment_stream (kiosk, first_seq, last_seq, name) VALUES (?1, ?2, ?3, ?4)") \
	X(SEGMENT_OF, "SELECT name, first_id, last_id FROM segment WHERE name = (SELECT name FROM segment_stream " \
	              "WHERE kiosk = ?1 AND first_seq <= ?2 AND last_seq >= ?2)") \
	X(TREE_GET, "SELECT epoch, size, peaks FROM tree WHERE id = 1") \
	X(TREE_SET, "INSERT OR REPLACE INTO tree (id, epoch, size, peaks) VALUES (1, ?1, ?2, ?3)") \
	X(TREE_NODE_ADD, "INSERT INTO tree_node (level, at, hash) VALUES (?1, ?2, ?3)") \
	X(TREE_NODE_GET, "SELECT hash FROM tree_node WHERE level = ?1 AND at = ?2") \
	X(SEEN_GET, "SELECT epoch, size, root, centre_ms, seq, hash, signature, code, since_ms FROM tree_seen " \
	            "ORDER BY n DESC LIMIT 1") \
	X(SEEN_SET, "INSERT INTO tree_seen (epoch, size, root, centre_ms, seq, hash, signature, code, since_ms) " \
	            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8) ON CONFLICT (epoch) DO UPDATE SET size = ?2, root = ?3, " \
	            "centre_ms = ?4, seq = ?5, hash = ?6, signature = ?7, code = 0, since_ms = ?8 " \
	            "WHERE n = (SELECT max(n) FROM tree_seen)") \
	X(SEEN_DOUBT, "UPDATE tree_seen SET code = ?1 WHERE n = (SELECT max(n) FROM tree_seen)") \
	X(MARK_ADD, "INSERT INTO mark (kiosk, block, id) VALUES (?1, ?2, ?3)") \
	X(MARK_GET, "SELECT id FROM mark WHERE kiosk = ?1 AND block = ?2") \
	X(NUMBER_NEXT, "UPDATE meta SET next_number = next_number + 1 WHERE next_number < 268435456 " \
	               "RETURNING next_number - 1") \
	X(APP_GET, "SELECT number, kiosk, state, provider, service, form, carrier_serial, accepted_ms, finished_ms, " \
	           "first_seq, last_seq, sent_ms, registered_ms, last_id, irregular, kind, way, operation, proof, person, " \
	           "head, power, before_complaint, promised_ms, changed_ms, code, flags, held FROM application WHERE number = ?1") \
	X(APP_ADD, "INSERT INTO application (state, carrier_serial, before_complaint, finished_ms, last_seq, sent_ms, " \
	           "registered_ms, last_id, irregular, promised_ms, changed_ms, code, flags, held, number, kiosk, provider, " \
	           "service, form, kind, way, operation, proof, person, head, power, accepted_ms, first_seq) VALUES (?1, ?2, " \
	           "?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, " \
	           "?25, ?26, ?27, ?28)") \
	X(APP_SET, "UPDATE application SET state = ?1, carrier_serial = ?2, before_complaint = ?3, finished_ms = ?4, " \
	           "last_seq = ?5, sent_ms = ?6, registered_ms = ?7, last_id = ?8, irregular = ?9, promised_ms = ?10, " \
	           "changed_ms = ?11, code = ?12, flags = ?13, held = ?14 WHERE number = ?15") \
	X(APP_HELD, "UPDATE application SET held = max(held - 1, 0) WHERE number = ?1") \
	X(ERASED_GET, "SELECT kept FROM erased WHERE kiosk = ?1 AND seq = ?2") \
	X(ERASED_ADD, "INSERT OR REPLACE INTO erased (kiosk, seq, kept) VALUES (?1, ?2, ?3)") \
	X(ERASE_BODY, "UPDATE journal SET body = NULL, salt = zeroblob(16) WHERE id = ?1") \
	X(OWN_SAME, "SELECT (kiosk, seq, time_ms, kind, version, body_hash, prev_hash, hash, before) IS " \
	            "(?1, ?2, ?3, ?4, ?5, ?8, ?9, ?10, ?12) AND (body IS ?6 AND salt IS ?7 OR body IS NULL AND " \
	            "salt IS zeroblob(16)) FROM own WHERE id = ?11") \
	X(ERASE_OWN, "UPDATE own SET body = NULL, salt = zeroblob(16) WHERE id = ?1") \
	X(ERASE_TODO, "INSERT OR IGNORE INTO erase_todo (kiosk, seq) VALUES (?1, ?2)") \
	X(APP_PRINTS, "UPDATE application SET person = ?2, head = ?3 WHERE number = ?1") \
	X(APP_OPEN, "SELECT number FROM application WHERE carrier_serial = ?1 AND carrier_serial <> '' AND " \
	            "((finished_ms = 0 AND state <> 'verifying') OR (finished_ms > 0 AND flags & 8)) " \
	            "ORDER BY last_id DESC LIMIT 1") \
	X(SECOND_GET, "SELECT purpose, serial, left_out FROM second_carrier WHERE number = ?1") \
	X(SECOND_SET, "INSERT OR REPLACE INTO second_carrier (number, purpose, serial, left_out) VALUES (?1, ?2, ?3, ?4)") \
	X(SECOND_OPEN, "SELECT a.number FROM second_carrier c JOIN application a ON a.number = c.number WHERE c.serial = ?1 " \
	               "AND c.serial <> '' AND a.finished_ms = 0 ORDER BY a.last_id DESC LIMIT 1") \
	X(LINK_ADD, "INSERT INTO application_entry (id, before) VALUES (?1, ?2)") \
	X(LINK_GET, "SELECT before FROM application_entry WHERE id = ?1") \
	X(EARLY_ADD, "INSERT OR IGNORE INTO early (number, id) VALUES (?1, ?2)") \
	X(EARLY_NEXT, "SELECT id FROM early WHERE number = ?1 AND id > ?2 ORDER BY id LIMIT 1") \
	X(EARLY_DROP, "DELETE FROM early WHERE number = ?1") \
	X(KEY_GET, "SELECT key FROM store_key WHERE id = 1") \
	X(ROLE_SET, "INSERT OR REPLACE INTO kiosk_role (kiosk, role) VALUES (?1, ?2)") \
	X(ROLE_GET, "SELECT role FROM kiosk_role WHERE kiosk = ?1") \
	X(CLAIM_SET, "INSERT OR REPLACE INTO claim (number, kiosk, staff, until_ms) VALUES (?1, ?2, ?3, ?4)") \
	X(CLAIM_GET, "SELECT kiosk, staff, until_ms FROM claim WHERE number = ?1") \
	X(CLAIM_DROP, "DELETE FROM claim WHERE number = ?1") \
	X(WORK_ADD, "INSERT OR REPLACE INTO work (what, number, id) VALUES (?1, ?2, ?3)") \
	X(WORK_DROP, "DELETE FROM work WHERE what = ?1 AND number = ?2 AND (?3 = 0 OR id = ?3)") \
	X(SIGNATURE_ADD, "INSERT OR IGNORE INTO used_signature (hash, number) VALUES (?1, ?2)") \
	X(SIGNATURE_GET, "SELECT number FROM used_signature WHERE hash = ?1") \
	X(POWER_GET, "SELECT number FROM power WHERE power = ?1") \
	X(POWER_SET, "INSERT OR REPLACE INTO power (power, number) VALUES (?1, ?2)") \
	X(COMPLAINT_GET, "SELECT about, state, staff, staff_name, place, due_ms, changed_ms FROM complaint " \
	                 "WHERE number = ?1") \
	X(COMPLAINT_SET, "INSERT OR REPLACE INTO complaint (number, about, state, staff, staff_name, place, due_ms, " \
	                 "changed_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)") \
	X(COMPLAINT_ABOUT, "SELECT number FROM complaint WHERE about = ?1 AND about <> '' ORDER BY changed_ms DESC, number " \
	                   "LIMIT 1") \
	X(TICKET_SET, "INSERT INTO ticket (day, ticket, kiosk, number, taken_ms, called_ms, served_ms) VALUES (?1, ?2, ?3, " \
	              "?4, ?5, ?6, ?7) ON CONFLICT (day, ticket) DO UPDATE SET " \
	              "kiosk = CASE ?5 WHEN 0 THEN kiosk ELSE ?3 END, number = CASE ?4 WHEN '' THEN number ELSE ?4 END, " \
	              "taken_ms = CASE WHEN 0 IN (taken_ms, ?5) THEN max(taken_ms, ?5) ELSE min(taken_ms, ?5) END, " \
	              "called_ms = CASE WHEN 0 IN (called_ms, ?6) THEN max(called_ms, ?6) ELSE min(called_ms, ?6) END, " \
	              "served_ms = max(served_ms, ?7)") \
	X(COMPANY_LIST_SET, "INSERT OR REPLACE INTO company_list (number, product) VALUES (?1, ?2)") \
	X(COMPANY_LIST_GET, "SELECT product, (SELECT count(*) FROM company WHERE number = ?1) FROM company_list " \
	                    "WHERE number = ?1") \
	X(COMPANY_LIST_DROP, "DELETE FROM company_list WHERE number = ?1") \
	X(COMPANY_SET, "INSERT OR REPLACE INTO company (number, inn, name) VALUES (?1, ?2, ?3)") \
	X(COMPANY_DROP, "DELETE FROM company WHERE number = ?1 AND inn = ?2") \
	X(COMPANY_DROP_ALL, "DELETE FROM company WHERE number = ?1") \
	X(MONEY_GET, "SELECT provider, currency, account, due, paid, asked, refunded, charged, produced_ms, is_order " \
	             "FROM money WHERE number = ?1") \
	X(MONEY_SET, "INSERT OR REPLACE INTO money (number, provider, currency, account, due, paid, asked, refunded, " \
	             "charged, produced_ms, is_order) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)") \
	X(PAYMENT_ADD, "INSERT INTO payment (provider, how, reference) VALUES (?1, ?2, ?3)") \
	X(PAYMENT_GET, "SELECT 1 FROM payment WHERE provider = ?1 AND how = ?2 AND reference = ?3") \
	X(MOVE_ADD, "INSERT OR REPLACE INTO money_move (id, provider, number, what, how, currency, amount, time_ms) " \
	            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)") \
	X(BALANCE_GET, "SELECT amount FROM balance WHERE account = ?1") \
	X(BALANCE_ADD, "INSERT INTO balance (account, amount) VALUES (?1, ?2) ON CONFLICT (account) DO UPDATE SET " \
	               "amount = amount + ?2") \
	X(FEED_SEQ, "SELECT cursor, centre_ms, floor, walk FROM feed_state") \
	X(FEED_SEQ_SET, "UPDATE feed_state SET cursor = ?1, centre_ms = ?2, floor = ?3, walk = ?4") \
	X(FEED_ADD, "INSERT OR REPLACE INTO feed (cursor, time_ms, kind, key, provider, audience, body, seen) " \
	            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1)") \
	X(FEED_DROP, "DELETE FROM feed WHERE kind = ?1 AND key = ?2") \
	X(FEED_FIND, "SELECT time_ms, body, provider FROM feed WHERE kind = ?1 AND key = ?2") \
	X(FEED_GONE, "SELECT cursor FROM feed WHERE body IS NULL AND time_ms < ?1 ORDER BY time_ms LIMIT ?2") \
	X(FEED_TIDY, "DELETE FROM feed WHERE cursor = ?1 AND body IS NULL") \
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
	           "acked_at_ms = ?5, acked_tree = ?6") \
	X(ACK_BEST, "UPDATE sync_state SET best_seq = acked_seq, best_hash = acked_hash, " \
	            "best_centre_ms = acked_centre_ms, best_signature = acked_signature, " \
	            "best_tree = acked_tree WHERE acked_seq >= best_seq") \
	X(SENT_SET, "UPDATE application SET sent_ms = ?2, registered_ms = ?3 WHERE sent_ms = 0 AND last_seq <= ?1") \
	X(SENT_UNDO, "UPDATE application SET sent_ms = 0, registered_ms = 0 WHERE sent_ms <> 0 AND last_seq > ?1")
/* clang-format on */

#define TG_SQL_ENUM(name, text) TG_SQL_##name,
enum tg_sql { TG_SQL_LIST(TG_SQL_ENUM) TG_SQL_COUNT };
#undef TG_SQL_ENUM

/* A sealed month (src/decisions/0227), open for reading. */
#define TG_SEGMENT_NAME_MAX 8 /* "2026-08" */
struct tg_segment {
	char name[TG_SEGMENT_NAME_MAX];
	int64_t first, last; /* its places */
	uint64_t used;       /* by the store's count: the one used longest ago makes room */
	sqlite3 *db;         /* NULL: free */
	sqlite3_stmt *look, *find;
};
#define TG_SEGMENTS_OPEN 4

/* The journal kept outside (outer.c), and what the transaction that is open adds to it. */
struct tg_outer {
	struct tg_log_port port;
	bool is_there;
	bool quiet;              /* rows are read from there: nothing is collected */
	struct tg_log_row *rows; /* bodies are our own copies */
	size_t n, cap;
};

struct tg_store {
	sqlite3 *db;
	enum tg_store_role role;
	char kiosk[TG_KIOSK_MAX + 1]; /* "" at the centre */
	sqlite3_stmt *stmt[TG_SQL_COUNT];
	bool tidies; /* this connection moves the log into the file (sync_state.c) */
	bool silent; /* projections are made again: what was said in the feed is not said again */
	bool has_key;
	uint8_t key[16]; /* of the fingerprints of persons (person.c) */
	int64_t version; /* of the schema */
	struct tg_segment segments[TG_SEGMENTS_OPEN];
	uint64_t segment_uses;
	bool none_ahead, some_ahead; /* asked once: erased bodies are named of entries that are still to come */
	bool nothing_aside;          /* asked once: only mending puts rows there */
	/* The tree while a transaction appends: read at its first entry, written at its end (tree.c). */
	bool tree_loaded, tree_changed;
	uint8_t tree_epoch[TG_EPOCH_LEN];
	struct tg_tree tree;
	struct tg_outer outer;
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
#define TG_STORE_VERSION 6
#define TG_TREE_VERSION  5 /* the first with a tree, and with what is kept of erased bodies */
enum tg_status tg_schema_migrate(struct tg_store *s, struct tg_error *err) TG_MUST_USE;
/* Reads role and stream of an existing database; refuses what is not ours or newer. */
enum tg_status tg_schema_read(struct tg_store *s, struct tg_error *err) TG_MUST_USE;
/* TG_STORE_OPEN when the file is an older program's, opened for looking only, and lacks tables of today. */
enum tg_status tg_schema_is_present(struct tg_store *s, struct tg_error *err) TG_MUST_USE;

/* tree.c: the centre's tree, inside the transaction of the caller, who ends it with tg_db_end. Nodes of these levels
 * and above are rows. */
#define TG_TREE_KEPT 6
enum tg_status tg_tree_read(
        struct tg_store *s, struct tg_tree *t, uint8_t epoch[TG_EPOCH_LEN], struct tg_error *err) TG_MUST_USE;
/* The place of the next entry; it is appended under the hash of the entry. */
enum tg_status tg_tree_place(struct tg_store *s, int64_t *place, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_tree_append(struct tg_store *s, const uint8_t hash[TG_HASH_LEN], struct tg_error *err) TG_MUST_USE;
/* Of tg_db_end: before the commit, after everything. */
enum tg_status tg_tree_flush(struct tg_store *s, struct tg_error *err) TG_MUST_USE;
void tg_tree_forget(struct tg_store *s);
/* A new tree under a new epoch over the rows that are there. TG_STORE_DAMAGED: a place is empty. */
enum tg_status tg_tree_make_locked(struct tg_store *s, struct tg_error *err) TG_MUST_USE;

/* The tree as it was when it had so many entries. */
enum tg_status tg_tree_at_size(struct tg_store *s, uint64_t size, struct tg_tree *t, struct tg_error *err) TG_MUST_USE;

/* A transaction that met TG_LOG_AHEAD is tried so often in all. */
#define TG_OUTER_TRIES 3
/* outer.c. Opens the port where outer_log has a row. TG_CONFIG: this program knows no such port. */
enum tg_status tg_outer_attach(struct tg_store *s, struct tg_error *err) TG_MUST_USE;
void tg_outer_close(struct tg_store *s);
/* Of tg_stream_add: a row that was added. */
enum tg_status tg_outer_collect(struct tg_store *s, const struct tg_log_row *row, struct tg_error *err) TG_MUST_USE;
/* Of tg_db_end: before the commit; what was collected is durable there. TG_LOG_AHEAD: this file lacks rows. */
enum tg_status tg_outer_push(struct tg_store *s, struct tg_error *err) TG_MUST_USE;
void tg_outer_drop(struct tg_store *s);
/* Outside a transaction: reads what this file lacks. TG_LOG_OTHER. */
enum tg_status tg_outer_catch_up(struct tg_store *s, struct tg_error *err) TG_MUST_USE;
/* Erasing, inside the transaction of the caller: the bodies at these places are gone there too. */
enum tg_status tg_outer_erase(struct tg_store *s, const int64_t *places, size_t n, struct tg_error *err) TG_MUST_USE;

/* tree_seen.c: a head as bytes: epoch, size, root; a row of SEEN_GET. False: it has not that shape. */
#define TG_TREE_HEAD_LEN (TG_EPOCH_LEN + 8 + TG_HASH_LEN)
void tg_tree_head_pack(const struct tg_tree_head *h, uint8_t out[TG_TREE_HEAD_LEN]);
bool tg_tree_head_unpack(sqlite3_stmt *q, int col, struct tg_tree_head *out);
bool tg_tree_seen_row(sqlite3_stmt *q, const char *kiosk, struct tg_tree_seen *out);

/* append.c: one entry of this database's own stream, inside the transaction of the caller. */
enum tg_status tg_append_locked(struct tg_store *s, enum tg_record_kind kind, const char *json, int64_t now_ms,
        struct tg_error *err) TG_MUST_USE;

/* entry_rows.c: rows of the journal. */
/* TG_CHAIN_BROKEN when a column has not the shape it was written with. Strings are borrowed from the row. */
enum tg_status tg_row_entry(sqlite3_stmt *q, struct tg_entry *e) TG_MUST_USE;
/* Binds the first ten of those columns. */
void tg_row_bind(sqlite3_stmt *q, const struct tg_entry *e);
struct tg_row_place {
	int64_t id, before, received_ms;
};
/* The second row of an entry of the centre's own stream; others have none. */
enum tg_status tg_own_add(
        struct tg_store *s, const struct tg_entry *e, const struct tg_row_place *at, struct tg_error *err) TG_MUST_USE;
/* Whether the second row says what the first one does; its body may be erased already, and when it was received is
 * proven by neither. TG_NOT_FOUND: there is none. */
enum tg_status tg_own_same(struct tg_store *s, const struct tg_entry *e, const struct tg_row_place *at, bool *same,
        struct tg_error *err) TG_MUST_USE;
enum tg_status tg_stream_load(
        struct tg_store *s, const char *kiosk, struct tg_stream *out, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_stream_save(struct tg_store *s, const struct tg_stream *st, struct tg_error *err) TG_MUST_USE;
/* Adds a sealed entry after the head and moves the head (in memory; tg_stream_save writes it). */
enum tg_status tg_stream_add(struct tg_store *s, struct tg_stream *st, const struct tg_entry *e, int64_t received_ms,
        struct tg_error *err) TG_MUST_USE;
/* When the centre had the row of this entry; 0 at a kiosk. */
enum tg_status tg_row_received(struct tg_store *s, int64_t id, int64_t *ms, struct tg_error *err) TG_MUST_USE;
/* journal_rows.c: rows of the journal by place, whichever file they lie in: this one or a sealed segment. */
struct tg_rows {
	struct tg_store *s;
	int64_t next, to; /* places still to be read */
	sqlite3_stmt *q;
	char segment[TG_SEGMENT_NAME_MAX]; /* the one that is being read, "": this file */
	int64_t segment_end;               /* its last place */
	struct tg_buf kept;                /* of the entry that was read last (erase_kept.c) */
};
/* Rows `from` … `to` (INT64_MAX: to the end). */
enum tg_status tg_rows_open(
        struct tg_rows *r, struct tg_store *s, int64_t from, int64_t to, struct tg_error *err) TG_MUST_USE;
/* TG_NOT_FOUND after the last. Strings of `e` are borrowed until the next call. TG_CHAIN_BROKEN: a row that cannot be
 * read; `place` is filled then too. */
enum tg_status tg_rows_next(
        struct tg_rows *r, struct tg_entry *e, struct tg_row_place *place, struct tg_error *err) TG_MUST_USE;
void tg_rows_close(struct tg_rows *r);
/* Hands the rows `from` … `to` to `fn`. */
enum tg_status tg_rows_hand(struct tg_store *s, int64_t from, int64_t to, tg_store_entry_fn *fn, void *ctx,
        struct tg_error *err) TG_MUST_USE;
/* What stands at one place, without its body. TG_NOT_FOUND, also for a row that cannot be read. */
struct tg_row_look {
	char kiosk[TG_KIOSK_MAX + 1];
	uint64_t seq;
	uint8_t hash[TG_HASH_LEN];
	int64_t before, received_ms, time_ms;
};
enum tg_status tg_row_look(struct tg_store *s, int64_t id, struct tg_row_look *out, struct tg_error *err) TG_MUST_USE;

/* aside.c: rows behind a gap that a damaged file left. */
enum tg_status tg_aside_add(
        struct tg_store *s, const struct tg_entry *e, int64_t received_ms, struct tg_error *err) TG_MUST_USE;
/* Whether its body was erased before the entry itself was lost. */
enum tg_status tg_erased_ahead(
        struct tg_store *s, const struct tg_entry *e, bool *erased, struct tg_error *err) TG_MUST_USE;
/* Those that follow the head now. */
enum tg_status tg_aside_take(struct tg_store *s, struct tg_stream *st, struct tg_error *err) TG_MUST_USE;

/* segment.c: sealed months, read only, a few of them open at a time. The path is NUL-terminated. */
enum tg_status tg_segment_path(struct tg_store *s, const char *name, struct tg_buf *path) TG_MUST_USE;
enum tg_status tg_segment_dir(struct tg_store *s, struct tg_buf *path) TG_MUST_USE;
enum tg_status tg_segment_at(struct tg_store *s, int64_t id, struct tg_segment **out, struct tg_error *err) TG_MUST_USE;
/* The one that holds an entry of a stream. TG_NOT_FOUND: none does. TG_STORE_DAMAGED: it is not there, or unreadable.
 */
enum tg_status tg_segment_of(
        struct tg_store *s, const char *kiosk, uint64_t seq, struct tg_segment **out, struct tg_error *err) TG_MUST_USE;
/* Place of an entry that lies in a segment, by the segment's own index. TG_NOT_FOUND: in no segment. */
enum tg_status tg_segment_find(struct tg_store *s, const char *kiosk, uint64_t seq, int64_t *id,
        struct tg_row_look *look, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_segment_look(
        struct tg_store *s, int64_t id, struct tg_row_look *look, struct tg_error *err) TG_MUST_USE;
bool tg_row_read_look(sqlite3_stmt *q, struct tg_row_look *out);
enum tg_status tg_segment_fail(const char *name, sqlite3 *db, struct tg_error *err);
void tg_segments_close(struct tg_store *s);

/* The row numbers of a list linked backwards through `link`, from its newest `id`, as int64_t. TG_STORE_DAMAGED. */
enum tg_status tg_rows_linked(
        struct tg_store *s, enum tg_sql link, int64_t id, struct tg_buf *ids, struct tg_error *err) TG_MUST_USE;
/* The entries of such a list, oldest first. */
enum tg_status tg_rows_of_list(struct tg_store *s, enum tg_sql link, int64_t id, tg_store_entry_fn *fn, void *ctx,
        struct tg_error *err) TG_MUST_USE;
/* Row number and hash of an entry at or before the head. `hash` may be NULL. */
enum tg_status tg_stream_find(struct tg_store *s, const struct tg_stream *st, uint64_t seq, int64_t *id, uint8_t *hash,
        struct tg_error *err) TG_MUST_USE;

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
/* When the centre had it: only what speaks of tokens and locks needs to know. */
enum tg_status tg_seen_ask_centre(struct tg_store *s, struct tg_seen *seen, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_seen_make(struct tg_store *s, const struct tg_entry *e, int kind, const json_t *body, int64_t id,
        struct tg_seen *out, struct tg_error *err) TG_MUST_USE;

/* rebuild.c: inside the transaction of the caller. */
enum tg_status tg_rebuild_locked(struct tg_store *s, struct tg_error *err) TG_MUST_USE;

/* feed.c: the centre says something, inside the transaction of the caller. `time_ms` 0: at the time of the last item.
 */
enum tg_status tg_feed_put(struct tg_store *s, struct tg_feed_item *item, struct tg_error *err) TG_MUST_USE;
/* What stands in the feed of this thing: `*body` is the caller's, NULL when there is none. */
enum tg_status tg_feed_find(struct tg_store *s, const char *kind, const char *key, int64_t *time_ms, json_t **body,
        struct tg_error *err) TG_MUST_USE;

/* feed_kinds.c: which members the body of an item may have (C-5). True: no others, each of its kind. */
bool tg_feed_body_fits(const char *kind, const json_t *body);
/* Takes out what may not be in it. */
void tg_feed_body_trim(const char *kind, json_t *body);
/* Whether an item of this kind is for one kiosk alone. False too for a kind that is not known. */
bool tg_feed_kind_is_for_one(const char *kind);
/* Letters, digits, signs of ASCII without blanks and quotes: what may be a key. */
bool tg_feed_plain(const char *text, size_t max, bool may_be_empty);

/* told.c: entries of the centre's own stream that tell its kiosks something. */
enum tg_status tg_told_project(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err) TG_MUST_USE;
/* A rebuild: what the entries told is collected, and compared with the feed when all are read. */
enum tg_status tg_told_begin(struct tg_store *s, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_told_say_all(struct tg_store *s, struct tg_error *err) TG_MUST_USE;
/* News from before they were entries. */
enum tg_status tg_told_migrate(struct tg_store *s, struct tg_error *err) TG_MUST_USE;

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
enum tg_app_flag {
	TG_APP_CONFIRM = 1, /* the head must confirm */
	TG_APP_SIGNED = 2,  /* carries a signature that the centre judges */
	TG_APP_GOOD = 4,    /* that signature was good */
	TG_APP_KEYS = 8,    /* signed by its applicant: keys made for it may lie on the card, and were not taken back */
	TG_APP_REVOKES = 16,    /* its old certificate is revoked as soon as it is proven who asks (UBR-2) */
	TG_APP_TAKEN_BACK = 32, /* that was done, or cannot be */
	TG_APP_TWO = 64,        /* its certificates go onto two carriers: second_carrier has the other one (NCA-6) */
};
enum { TG_APP_KEEPS_STATE = -1, TG_APP_UNFIT = -2 }; /* where an entry leads, beside the states */
struct tg_app_full {
	struct tg_app_row row;
	int64_t last_id;   /* newest entry of this application, the end of a list linked through application_entry */
	int64_t irregular; /* entries that did not fit the state they met */
	int64_t held;      /* personal bodies that the journal still holds of it (C-8) */
	unsigned flags;
	char person[65], head[65]; /* fingerprints (person.c), "" once nobody may ask for them any more */
	char power[TG_NUMBER_MAX];
	enum tg_app_state before_complaint;
	bool stored, had_person, had_head; /* as the row is now */
};
/* carriers.c: the second of two carriers (NCA-6). */
/* application.submitted: whether it names two. */
enum tg_status tg_carriers_begin(
        struct tg_store *s, struct tg_app_full *app, const json_t *body, struct tg_error *err) TG_MUST_USE;
/* chip.intent that fits: the card it was done on. */
enum tg_status tg_carriers_worked_on(
        struct tg_store *s, struct tg_app_full *app, const json_t *body, struct tg_error *err) TG_MUST_USE;
/* Another entry that fits, of an application that has two: the second token is in use, or was left out. */
enum tg_status tg_carriers_note(struct tg_store *s, const struct tg_app_full *app, const struct tg_seen *seen,
        struct tg_error *err) TG_MUST_USE;
/* Fills the row's second_…; nothing for one carrier. */
enum tg_status tg_carriers_read(struct tg_store *s, struct tg_app_full *app, struct tg_error *err) TG_MUST_USE;
/* app_signed.c: what the applicant signs after the keys were made (NCA-9.again). */
bool tg_app_is_signed_kind(const struct tg_app_row *r);
int tg_app_chip_leads_to(const struct tg_app_full *app, const json_t *body); /* chip.intent, chip.done */
/* No certificate comes of what is not signed yet, whatever the states allow. */
bool tg_app_may_move(const struct tg_app_full *app, enum tg_app_state to);
void tg_app_note_keys(struct tg_app_full *app, const struct tg_seen *seen);
/* application.signed: what the centre owes then; `fits` false: it changes nothing. */
enum tg_status tg_app_take_signed(struct tg_store *s, struct tg_app_full *app, const struct tg_seen *seen, bool *fits,
        struct tg_error *err) TG_MUST_USE;
int tg_app_signed_leads_to(const struct tg_app_full *app);

/* app_office.c: the old certificate of a reissue, the lock of a certificate, a person who is called back. */
void tg_app_take_revokes(struct tg_app_full *app, const json_t *body);
bool tg_app_is_reissue(const struct tg_app_full *app);
/* It is known who asks: the old certificate is to be revoked, if that was not done. */
enum tg_status tg_app_owe_revocation(
        struct tg_store *s, const struct tg_app_full *app, struct tg_error *err) TG_MUST_USE;
/* desk.decided "identified". */
enum tg_status tg_app_identified(
        struct tg_store *s, const struct tg_app_full *app, const json_t *body, struct tg_error *err) TG_MUST_USE;
/* What the state that it came into makes the centre owe. */
enum tg_status tg_app_owe_on_state(struct tg_store *s, const struct tg_app_full *app, struct tg_error *err) TG_MUST_USE;
/* application.revoked; `fits` false: it changes nothing. */
enum tg_status tg_app_old_revoked(struct tg_store *s, struct tg_app_full *app, const struct tg_seen *seen, bool *fits,
        struct tg_error *err) TG_MUST_USE;
int tg_app_revoked_leads_to(const struct tg_app_full *app, const json_t *body);
int tg_app_reset_leads_to(const struct tg_app_full *app, const json_t *body);  /* lock.reset */
int tg_app_called_leads_to(const struct tg_app_full *app, const json_t *body); /* callback.done */
enum tg_status tg_app_load(
        struct tg_store *s, const char *number, struct tg_app_full *out, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_app_save(struct tg_store *s, const struct tg_app_full *app, struct tg_error *err) TG_MUST_USE;
/* Rows of `q`, whose first column is a number; `q` is finalized. */
enum tg_status tg_app_walk(
        struct tg_store *s, sqlite3_stmt *q, tg_app_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;

/* app_state.c */
/* The state an application begins with, by its body (NCA-9.again, 9.head). */
enum tg_app_state tg_app_first_state(const json_t *body);
/* The state that follows when the head confirmed, by the same. */
enum tg_app_state tg_app_confirmed_state(const struct tg_app_full *app);
bool tg_app_reaches(enum tg_app_state from, enum tg_app_state to);

/* app_project.c: what an entry makes of its application, and of the one it complains about. */
enum tg_status tg_app_project(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err) TG_MUST_USE;
/* Kiosk: the centre's word about an application of ours. */
enum tg_status tg_app_told(struct tg_store *s, const struct tg_feed_item *item, struct tg_error *err) TG_MUST_USE;
/* After rebuilding. Kiosk: the centre's words that are held. Centre: what the feed does not say. */
enum tg_status tg_app_told_again(struct tg_store *s, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_app_say_all(struct tg_store *s, struct tg_error *err) TG_MUST_USE;

/* app_effects.c: the application came into another state, or got another code; saved by the caller afterwards. `seen`
 * may be NULL at a kiosk. */
enum tg_status tg_app_entered(struct tg_store *s, struct tg_app_full *app, const struct tg_seen *seen, int64_t now_ms,
        struct tg_error *err) TG_MUST_USE;
/* Centre: tells the kiosk of the application what `seen` made of it. */
enum tg_status tg_app_say(struct tg_store *s, const struct tg_app_full *app, const struct tg_seen *seen,
        struct tg_error *err) TG_MUST_USE;
/* By which application this power of attorney was used; "" by none. */
enum tg_status tg_power_user(
        struct tg_store *s, const char *power, char number[TG_NUMBER_MAX], struct tg_error *err) TG_MUST_USE;
enum tg_status tg_work_add(
        struct tg_store *s, const char *what, const char *number, int64_t id, struct tg_error *err) TG_MUST_USE;
/* `id` 0: whatever entry it was for. */
/* The centre still has to act on the application. */
enum tg_status tg_work_owed(struct tg_store *s, const char *number, bool *is, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_work_drop(
        struct tg_store *s, const char *what, const char *number, int64_t id, struct tg_error *err) TG_MUST_USE;

/* office.c: roles of kiosks, claims, complaints, tickets. */
enum tg_status tg_office_project(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err) TG_MUST_USE;
/* May this entry decide on the application? (src/decisions/0178) */
enum tg_status tg_office_may_decide(struct tg_store *s, const struct tg_app_full *app, const struct tg_seen *seen,
        bool *may, struct tg_error *err) TG_MUST_USE;
/* Its kiosk has a role, or it is the office's own. */
enum tg_status tg_office_is_staffed(
        struct tg_store *s, const struct tg_seen *seen, bool *is, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_claim_drop(struct tg_store *s, const char *number, struct tg_error *err) TG_MUST_USE;

/* money.c: what is paid for applications and what organisations have with a provider (DOS-3, DOS-7). */
/* It was handed in: what it costs. */
enum tg_status tg_money_begin(
        struct tg_store *s, const char *number, const struct tg_seen *seen, struct tg_error *err) TG_MUST_USE;
/* An entry about an application that may be about its money; false in `fits` when it does not fit. `moved`: the sums
 * are others now. */
enum tg_status tg_money_project(struct tg_store *s, const struct tg_app_full *app, const struct tg_seen *seen,
        bool *fits, bool *moved, struct tg_error *err) TG_MUST_USE;
/* Money that goes to a balance. */
enum tg_status tg_money_project_balance(
        struct tg_store *s, const struct tg_seen *seen, struct tg_error *err) TG_MUST_USE;
/* Centre: the balance that the application is to be charged to is enough for its acceptance. */
enum tg_status tg_money_covers(
        struct tg_store *s, const struct tg_app_full *app, bool *covers, struct tg_error *err) TG_MUST_USE;
/* The application came into another state, or its sums are others: the balance is charged, or gets it back; what the
 * centre owes. */
enum tg_status tg_money_follow(struct tg_store *s, const struct tg_app_full *app, struct tg_error *err) TG_MUST_USE;
/* Members "due", "rest", "currency" of the word to a kiosk, where it costs something; and what a kiosk makes of them.
 */
enum tg_status tg_money_say(struct tg_store *s, const char *number, json_t *word, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_money_told(
        struct tg_store *s, const char *number, const json_t *word, struct tg_error *err) TG_MUST_USE;

/* complaint.c: false in `moved` when the entry does not fit. */
enum tg_status tg_complaint_project(
        struct tg_store *s, const struct tg_seen *seen, bool *moved, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_complaint_begin(
        struct tg_store *s, const char *number, const json_t *body, int64_t now_ms, struct tg_error *err) TG_MUST_USE;
/* Kiosk: the centre's word about it. */
enum tg_status tg_complaint_told(
        struct tg_store *s, const char *number, const char *state, int64_t now_ms, struct tg_error *err) TG_MUST_USE;
bool tg_complaint_is_open(const char *state);

/* company.c: lists of complex certificates. The list begins; its application ended without a certificate, or the centre
 * owes a change; where the change leads; the change itself. */
enum tg_status tg_company_begin(
        struct tg_store *s, const char *number, const json_t *body, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_company_follow(struct tg_store *s, const struct tg_app_full *app, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_company_has_list(struct tg_store *s, const char *number, bool *has, struct tg_error *err) TG_MUST_USE;
/* The list goes with the words of its application (C-8). */
enum tg_status tg_company_forget(struct tg_store *s, const char *number, struct tg_error *err) TG_MUST_USE;
int tg_company_leads_to(const struct tg_app_full *app, const json_t *body);
enum tg_status tg_company_change(struct tg_store *s, const struct tg_app_full *app, const json_t *body, bool *fits,
        struct tg_error *err) TG_MUST_USE;

/* person.c: a fingerprint that only this database can make, of a person and a service, or of an entity. "" when there
 * is nothing to make it of. */
enum tg_status tg_person_print(struct tg_store *s, const char *provider, const char *service, const char *iin,
        const char *bin, char out[65], struct tg_error *err) TG_MUST_USE;
enum tg_status tg_entity_print(struct tg_store *s, const char *bin, char out[65], struct tg_error *err) TG_MUST_USE;

/* check.c: heads against rows. */
enum tg_status tg_check_heads(struct tg_store *s, struct tg_error *err) TG_MUST_USE;

#endif
