#include "db.h"

#include "tamga/store.h"

#include <stdlib.h>

/* "TMGO": tells our files from other SQLite files. */
static const char *const version_1 =
        "CREATE TABLE mail (number TEXT, what TEXT, state TEXT NOT NULL, attempts INTEGER NOT NULL, "
        "since_ms INTEGER NOT NULL, next_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, code INTEGER NOT NULL, "
        "PRIMARY KEY (number, what)) STRICT, WITHOUT ROWID;"
        "CREATE INDEX mail_open ON mail (next_ms) WHERE state <> 'done';"
        "CREATE TABLE mail_seen (id INTEGER PRIMARY KEY CHECK (id = 1), journal_id INTEGER NOT NULL, "
        "hash BLOB NOT NULL) STRICT;"
        "CREATE TABLE register (register TEXT, key TEXT, facts TEXT NOT NULL, PRIMARY KEY (register, key)) "
        "STRICT, WITHOUT ROWID;"
        "CREATE TABLE register_source (register TEXT PRIMARY KEY, source TEXT NOT NULL, time_ms INTEGER NOT NULL, "
        "records INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "PRAGMA application_id = 1414350671; PRAGMA user_version = 1;";

enum tg_status tg_office_status(const struct tg_office *o, int rc, struct tg_error *err)
{
	enum tg_status st;
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return TG_OK;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		st = TG_STORE_BUSY;
		break;
	case SQLITE_FULL:
		st = TG_DISK_FULL;
		break;
	case SQLITE_NOMEM:
		st = TG_NO_MEMORY;
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		st = TG_STORE_DAMAGED;
		break;
	default:
		st = TG_IO;
	}
	(void)o;
	return tg_error_set(err, st, "office.db: %s", sqlite3_errstr(rc));
}

enum tg_status tg_office_exec(struct tg_office *o, const char *sql, struct tg_error *err)
{
	return tg_office_status(o, sqlite3_exec(o->db, sql, NULL, NULL, NULL), err);
}

enum tg_status tg_office_prepare(struct tg_office *o, const char *sql, sqlite3_stmt **q, struct tg_error *err)
{
	*q = NULL;
	return tg_office_status(o, sqlite3_prepare_v2(o->db, sql, -1, q, NULL), err);
}

enum tg_status tg_office_run(struct tg_office *o, sqlite3_stmt *q, struct tg_error *err)
{
	(void)sqlite3_step(q);
	return tg_office_status(o, sqlite3_finalize(q), err);
}

enum tg_status tg_office_row(struct tg_office *o, sqlite3_stmt *q, struct tg_error *err)
{
	if (sqlite3_step(q) == SQLITE_ROW)
		return TG_OK;
	enum tg_status st = tg_office_status(o, sqlite3_finalize(q), err);
	return st == TG_OK ? TG_NOT_FOUND : st;
}

void tg_office_bind(sqlite3_stmt *q, int at, const char *text)
{
	(void)sqlite3_bind_text(q, at, text, -1, SQLITE_TRANSIENT);
}

const char *tg_office_text(sqlite3_stmt *q, int column)
{
	const char *text = (const char *)sqlite3_column_text(q, column);
	return text ? text : "";
}

enum tg_status tg_office_begin(struct tg_office *o, struct tg_error *err)
{
	return tg_office_exec(o, "BEGIN IMMEDIATE", err);
}

enum tg_status tg_office_end(struct tg_office *o, enum tg_status st, struct tg_error *err)
{
	if (st == TG_OK)
		st = tg_office_exec(o, "COMMIT", err);
	if (st != TG_OK)
		(void)sqlite3_exec(o->db, "ROLLBACK", NULL, NULL, NULL);
	return st;
}

static enum tg_status number_of(struct tg_office *o, const char *sql, int64_t *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_office_prepare(o, sql, &q, err));
	TG_TRY(tg_office_row(o, q, err));
	*out = sqlite3_column_int64(q, 0);
	return tg_office_status(o, sqlite3_finalize(q), err);
}

static enum tg_status make_tables(struct tg_office *o, struct tg_error *err)
{
	int64_t version = 0, tables = 0;
	TG_TRY(number_of(o, "PRAGMA user_version", &version, err));
	TG_TRY(number_of(o, "SELECT count(*) FROM sqlite_schema", &tables, err));
	if (version == 1)
		return TG_OK;
	if (version != 0 || tables != 0)
		return tg_error_set(err, TG_STORE_OPEN, "office.db: another program's database, or a newer one");
	return tg_office_exec(o, version_1, err);
}

static enum tg_status prepare(struct tg_office *o, struct tg_error *err)
{
	TG_TRY(tg_office_status(o, sqlite3_busy_timeout(o->db, 5000), err));
	TG_TRY(tg_office_exec(o,
	        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA trusted_schema=OFF",
	        err));
	TG_TRY(tg_office_begin(o, err));
	return tg_office_end(o, make_tables(o, err), err);
}

static enum tg_status make(const char *path, struct tg_error *err)
{
	struct tg_office *o = NULL;
	enum tg_status st = tg_office_open(&o, path, err);
	tg_office_close(o);
	return st;
}

/* Of a register with holes nobody can say who is not in it: it is imported again. Notices are found again from the
 * journal, which says which went. */
#define NO_REGISTERS "DELETE FROM register; DELETE FROM register_source"
#define NO_NOTICES   "DELETE FROM mail; DELETE FROM mail_seen"
const struct tg_beside tg_office_mending = {.make = make,
        .made_again = " ",
        .from_backup = " ",
        .in_part = {{"register", NO_REGISTERS}, {"register_source", NO_REGISTERS}, {"mail", NO_NOTICES},
                {"mail_seen", NO_NOTICES}},
        .after = ""};

enum tg_status tg_office_open(struct tg_office **out, const char *path, struct tg_error *err)
{
	*out = NULL;
	if (tg_mend_is_cut_off(path))
		return tg_error_at(
		        err, TG_STORE_DAMAGED, path, 0, 0, "mending was cut off: tamgactl journal mend goes on");
	struct tg_office *o = calloc(1, sizeof(*o));
	if (!o)
		return tg_error_set(err, TG_NO_MEMORY, "office");
	int rc = sqlite3_open_v2(path, &o->db,
	        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	enum tg_status st = rc == SQLITE_OK ? prepare(o, err)
	                                    : tg_error_at(err, TG_STORE_OPEN, path, 0, 0, "%s", sqlite3_errstr(rc));
	if (st != TG_OK) {
		tg_office_close(o);
		return st;
	}
	*out = o;
	return TG_OK;
}

void tg_office_close(struct tg_office *o)
{
	if (!o)
		return;
	sqlite3_close(o->db);
	free(o);
}
