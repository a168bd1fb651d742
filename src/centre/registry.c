/* ca.db: the tables and how statements are run. Every change is durable before it is told to anybody. */
#include "centre.h"

#include <stdlib.h>

struct tg_registry {
	sqlite3 *db;
	sqlite3_stmt *version;
	sqlite3_int64 seen;
};

static const char *const schema =
        "CREATE TABLE IF NOT EXISTS kiosks ("
        " number INTEGER PRIMARY KEY AUTOINCREMENT," /* never given twice: unique numbers are made from it */
        " kiosk TEXT NOT NULL UNIQUE, disabled INTEGER NOT NULL DEFAULT 0, may_enrol INTEGER NOT NULL DEFAULT 0,"
        " added_ms INTEGER NOT NULL) STRICT;"
        "CREATE TABLE IF NOT EXISTS kiosk_certificates ("
        " fingerprint BLOB PRIMARY KEY, kiosk TEXT NOT NULL REFERENCES kiosks(kiosk), spki_hash BLOB NOT NULL,"
        " pem TEXT NOT NULL, issued_ms INTEGER NOT NULL, replaced INTEGER NOT NULL DEFAULT 0) STRICT;"
        "CREATE INDEX IF NOT EXISTS kiosk_certificates_kiosk ON kiosk_certificates(kiosk);"
        "CREATE TABLE IF NOT EXISTS issued ("
        " serial TEXT PRIMARY KEY, spki_hash BLOB NOT NULL UNIQUE, number TEXT NOT NULL, profile TEXT NOT NULL,"
        " kiosk TEXT NOT NULL, state INTEGER NOT NULL, reason INTEGER NOT NULL, issued_ms INTEGER NOT NULL,"
        " expires_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, certificate BLOB NOT NULL) STRICT;"
        "CREATE INDEX IF NOT EXISTS issued_number ON issued(number);"
        "CREATE INDEX IF NOT EXISTS issued_revoked ON issued(state) WHERE state >= 2;"
        "CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;";

enum tg_status tg_registry_status(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return TG_OK;
	case SQLITE_CONSTRAINT:
		return TG_INVALID;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return TG_STORE_BUSY;
	case SQLITE_FULL:
		return TG_DISK_FULL;
	case SQLITE_NOMEM:
		return TG_NO_MEMORY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return TG_STORE_DAMAGED;
	default:
		return TG_IO;
	}
}

static int prepare(struct tg_registry *r)
{
	int rc = sqlite3_busy_timeout(r->db, 5000);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(r->db,
		        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA "
		        "trusted_schema=OFF;",
		        NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(r->db, schema, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(r->db, "PRAGMA data_version", -1, &r->version, NULL);
	return rc;
}

enum tg_status tg_registry_open(struct tg_registry **out, const char *path, struct tg_error *err)
{
	*out = NULL;
	struct tg_registry *r = calloc(1, sizeof(*r));
	if (!r)
		return tg_error_set(err, TG_NO_MEMORY, "registry");
	int rc = sqlite3_open_v2(path, &r->db,
	        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (rc == SQLITE_OK)
		rc = prepare(r);
	if (rc != SQLITE_OK) {
		enum tg_status st = tg_error_at(err, TG_STORE_OPEN, path, 0, 0, "%s", sqlite3_errstr(rc));
		tg_registry_close(r);
		return st;
	}
	*out = r;
	return TG_OK;
}

void tg_registry_close(struct tg_registry *r)
{
	if (!r)
		return;
	sqlite3_finalize(r->version);
	sqlite3_close(r->db);
	free(r);
}

sqlite3 *tg_registry_db(struct tg_registry *r)
{
	return r->db;
}

sqlite3_stmt *tg_registry_stmt(struct tg_registry *r, const char *sql)
{
	sqlite3_stmt *q = NULL;
	return sqlite3_prepare_v2(r->db, sql, -1, &q, NULL) == SQLITE_OK ? q : NULL;
}

enum tg_status tg_registry_run(struct tg_registry *r, sqlite3_stmt *q)
{
	if (!q)
		return tg_registry_status(sqlite3_errcode(r->db));
	(void)sqlite3_step(q);
	return tg_registry_status(sqlite3_finalize(q));
}

bool tg_registry_changed(struct tg_registry *r)
{
	sqlite3_int64 now = r->seen;
	if (sqlite3_step(r->version) == SQLITE_ROW)
		now = sqlite3_column_int64(r->version, 0);
	sqlite3_reset(r->version);
	bool changed = now != r->seen;
	r->seen = now;
	return changed;
}
