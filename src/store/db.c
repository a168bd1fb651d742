#include "db.h"

#include <errno.h>

#define SQL_TEXT(name, text) text,
static const char *const sql_text[TG_SQL_COUNT] = {TG_SQL_LIST(SQL_TEXT)};
#undef SQL_TEXT

static enum tg_status io_status(struct tg_store *s)
{
	/* SQLite reports ENOSPC of a write as FULL, but not that of a shared-memory file, nor a used-up quota. */
	int e = s->db ? sqlite3_system_errno(s->db) : 0;
	return e == ENOSPC || e == EDQUOT ? TG_DISK_FULL : TG_IO;
}

static enum tg_status status_of(struct tg_store *s, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return TG_DISK_FULL;
	case SQLITE_IOERR:
		return rc == SQLITE_IOERR_NOMEM ? TG_NO_MEMORY : io_status(s);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return TG_STORE_BUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_CONSTRAINT: /* tables that contradict each other */
	case SQLITE_ERROR:      /* a table or column that should be there is not */
		return TG_STORE_DAMAGED;
	case SQLITE_NOMEM:
		return TG_NO_MEMORY;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_READONLY:
		return TG_STORE_OPEN;
	case SQLITE_TOOBIG:
		return TG_LIMIT;
	default:
		return TG_BUG;
	}
}

enum tg_status tg_db_fail(struct tg_store *s, int rc, const char *doing, struct tg_error *err)
{
	return tg_error_set(err, status_of(s, rc), "store: %s (SQLite %d) at: %.60s",
	        s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc), rc, doing);
}

enum tg_status tg_db_exec(struct tg_store *s, const char *sql, struct tg_error *err)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK ? TG_OK : tg_db_fail(s, rc, sql, err);
}

enum tg_status tg_db_prepare(struct tg_store *s, const char *sql, sqlite3_stmt **out, struct tg_error *err)
{
	int rc = sqlite3_prepare_v3(s->db, sql, -1, 0, out, NULL);
	return rc == SQLITE_OK ? TG_OK : tg_db_fail(s, rc, "prepare", err);
}

enum tg_status tg_db_number(struct tg_store *s, const char *sql, int64_t *out, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_prepare(s, sql, &q, err));
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_OK)
		*out = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return st;
}

enum tg_status tg_db_stmt(struct tg_store *s, enum tg_sql id, sqlite3_stmt **out, struct tg_error *err)
{
	if (!s->stmt[id]) {
		int rc = sqlite3_prepare_v3(s->db, sql_text[id], -1, SQLITE_PREPARE_PERSISTENT, &s->stmt[id], NULL);
		if (rc != SQLITE_OK)
			return tg_db_fail(s, rc, "prepare", err);
	}
	*out = s->stmt[id];
	sqlite3_reset(*out);
	sqlite3_clear_bindings(*out);
	return TG_OK;
}

enum tg_status tg_db_run(struct tg_store *s, sqlite3_stmt *q, struct tg_error *err)
{
	int rc = sqlite3_step(q);
	enum tg_status st = rc == SQLITE_DONE || rc == SQLITE_ROW ? TG_OK : tg_db_fail(s, rc, "write", err);
	sqlite3_reset(q);
	return st;
}

enum tg_status tg_db_row(struct tg_store *s, sqlite3_stmt *q, struct tg_error *err)
{
	int rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		return TG_OK;
	enum tg_status st = rc == SQLITE_DONE ? TG_NOT_FOUND : tg_db_fail(s, rc, "read", err);
	sqlite3_reset(q);
	return st;
}

/* A bind can only fail for want of memory or with a wrong index. Then the value stays NULL, which every column refuses:
 * the step reports it. */
void tg_db_bind_text(sqlite3_stmt *q, int at, const char *text)
{
	(void)sqlite3_bind_text(q, at, text, -1, SQLITE_STATIC);
}

void tg_db_bind_int(sqlite3_stmt *q, int at, int64_t v)
{
	(void)sqlite3_bind_int64(q, at, v);
}

void tg_db_bind_hash(sqlite3_stmt *q, int at, const uint8_t *hash)
{
	(void)sqlite3_bind_blob(q, at, hash, TG_HASH_LEN, SQLITE_STATIC);
}

bool tg_db_hash(sqlite3_stmt *q, int col, uint8_t out[TG_HASH_LEN])
{
	const void *p = sqlite3_column_blob(q, col);
	if (!p || sqlite3_column_type(q, col) != SQLITE_BLOB || sqlite3_column_bytes(q, col) != TG_HASH_LEN)
		return false;
	memcpy(out, p, TG_HASH_LEN);
	return true;
}

bool tg_db_text(sqlite3_stmt *q, int col, char *out, size_t cap)
{
	const char *p = (const char *)sqlite3_column_text(q, col);
	size_t n = (size_t)sqlite3_column_bytes(q, col);
	out[0] = '\0';
	if (!p || n >= cap || strlen(p) != n)
		return false;
	memcpy(out, p, n + 1);
	return true;
}

enum tg_status tg_db_begin(struct tg_store *s, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_stmt(s, TG_SQL_BEGIN, &q, err));
	return tg_db_run(s, q, err);
}

static void rollback(struct tg_store *s)
{
	sqlite3_stmt *q = NULL;
	/* SQLite has already rolled back after some failures; then there is nothing left to do. */
	if (!sqlite3_get_autocommit(s->db) && tg_db_stmt(s, TG_SQL_ROLLBACK, &q, NULL) == TG_OK &&
	        tg_db_run(s, q, NULL) != TG_OK)
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	/* What was asked while rows were taken out that are there again. */
	s->nothing_aside = s->none_ahead = s->some_ahead = false;
}

enum tg_status tg_db_end(struct tg_store *s, enum tg_status st, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	if (st == TG_OK)
		st = tg_tree_flush(s, err);
	tg_tree_forget(s);
	if (st == TG_OK)
		st = tg_outer_push(s, err);
	tg_outer_drop(s);
	if (st == TG_OK)
		st = tg_db_stmt(s, TG_SQL_COMMIT, &q, err);
	bool tried = st == TG_OK;
	if (tried)
		st = tg_db_run(s, q, err);
	if (st == TG_OK)
		return TG_OK;
	rollback(s);
	if (st == TG_LOG_AHEAD) {
		enum tg_status read = tg_outer_catch_up(s, err);
		return read == TG_OK ? TG_LOG_AHEAD : read;
	}
	/* A commit that failed in its fsync has left whole frames in the log: a crash now would bring the transaction
	 * back although its caller was told that nothing was written. Emptying the log removes them. */
	if (tried && st != TG_STORE_BUSY)
		(void)sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	return st;
}
