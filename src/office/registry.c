/* ca.db: the tables and how statements are run. Every change is durable before it is told to anybody. */
#include "kiosk_event.h"

#include <sqlite3.h>
#include <stdlib.h>

struct tg_registry {
	sqlite3 *db;
	sqlite3_stmt *version;
	sqlite3_int64 seen;
	bool looked;
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

/* One-time secrets, renewal, and what is still to be told to the journal. A certificate with used = 0 was issued and
 * not shown yet; one with replaced = 1 has ended. */
static const char *const version_1 =
        "BEGIN IMMEDIATE;"
        "ALTER TABLE kiosks DROP COLUMN may_enrol;"
        "ALTER TABLE kiosks ADD COLUMN place TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE kiosks ADD COLUMN follows TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE kiosk_certificates ADD COLUMN until_ms INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE kiosk_certificates ADD COLUMN used INTEGER NOT NULL DEFAULT 1;"
        "ALTER TABLE kiosk_certificates ADD COLUMN key_in TEXT NOT NULL DEFAULT 'file';"
        "CREATE TABLE one_time (kiosk TEXT PRIMARY KEY REFERENCES kiosks(kiosk), verifier BLOB NOT NULL,"
        " until_ms INTEGER NOT NULL, used_ms INTEGER NOT NULL DEFAULT 0, spki_hash BLOB) STRICT, WITHOUT ROWID;"
        "CREATE TABLE kiosk_event (id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, kind TEXT NOT NULL,"
        " body TEXT NOT NULL) STRICT;"
        "PRAGMA user_version = 1; COMMIT;";

/* Certificates of a CA elsewhere; each change that a CRL tells of has a number, so that a delta CRL is what came after
 * one (no clock says that); what is published of each list, so that a start serves it at once. */
static const char *const version_2 =
        "BEGIN IMMEDIATE;"
        "ALTER TABLE issued ADD COLUMN issuer TEXT NOT NULL DEFAULT '';"
        "CREATE TABLE change (id INTEGER PRIMARY KEY AUTOINCREMENT, serial TEXT NOT NULL UNIQUE) STRICT;"
        "CREATE TRIGGER issued_changed AFTER UPDATE OF state ON issued"
        " WHEN old.state <> new.state AND (old.state >= 2 OR new.state >= 2)"
        " BEGIN INSERT OR REPLACE INTO change(serial) VALUES(new.serial); END;"
        "CREATE TRIGGER issued_listed AFTER INSERT ON issued WHEN new.state >= 2"
        " BEGIN INSERT OR REPLACE INTO change(serial) VALUES(new.serial); END;"
        "CREATE TABLE published (list INTEGER PRIMARY KEY, number INTEGER NOT NULL, change INTEGER NOT NULL,"
        " this_ms INTEGER NOT NULL, next_ms INTEGER NOT NULL, delta_next_ms INTEGER NOT NULL,"
        " base INTEGER NOT NULL, base_change INTEGER NOT NULL, base_next_ms INTEGER NOT NULL,"
        " scheduled INTEGER NOT NULL, scheduled_change INTEGER NOT NULL, scheduled_next_ms INTEGER NOT NULL,"
        " count INTEGER NOT NULL, delta_count INTEGER NOT NULL, crl BLOB NOT NULL, delta BLOB NOT NULL) STRICT;"
        "CREATE TABLE words (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
        "PRAGMA user_version = 2; COMMIT;";
static const char *const steps[] = {version_1, version_2};

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

static sqlite3_int64 version_of(struct tg_registry *r)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(r->db, "PRAGMA user_version", -1, &q, NULL);
	sqlite3_int64 version = rc == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW ? sqlite3_column_int64(q, 0) : -1;
	sqlite3_finalize(q);
	return version;
}

/* Two programs may open an old file at the same moment: who comes second finds it done. */
static int migrate(struct tg_registry *r)
{
	const sqlite3_int64 newest = (sqlite3_int64)(sizeof(steps) / sizeof(steps[0]));
	sqlite3_int64 version;
	while ((version = version_of(r)) != newest) {
		if (version < 0)
			return SQLITE_CORRUPT;
		if (version > newest)
			return SQLITE_CANTOPEN;
		int rc = sqlite3_exec(r->db, steps[version], NULL, NULL, NULL);
		if (rc == SQLITE_OK)
			continue;
		(void)sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL);
		if (version_of(r) == version)
			return rc;
	}
	return SQLITE_OK;
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
		rc = migrate(r);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(r->db, "PRAGMA data_version", -1, &r->version, NULL);
	return rc;
}

static enum tg_status make(const char *path, struct tg_error *err)
{
	struct tg_registry *r = NULL;
	enum tg_status st = tg_registry_open(&r, path, err);
	tg_registry_close(r);
	return st;
}

/* The journal knows what is missing then, from its beginning; lists are published anew under numbers far above. */
const struct tg_beside tg_registry_mending = {.make = make,
        .made_again = " change published ",
        .from_backup = " kiosks kiosk_certificates issued counters ",
        .after = "DELETE FROM words WHERE name = 'journal';"
                 "UPDATE counters SET value = value + 100000 WHERE name LIKE 'crl%'"};

enum tg_status tg_registry_open(struct tg_registry **out, const char *path, struct tg_error *err)
{
	*out = NULL;
	if (tg_mend_is_cut_off(path))
		return tg_error_at(
		        err, TG_STORE_DAMAGED, path, 0, 0, "mending was cut off: tamgactl journal mend goes on");
	struct tg_registry *r = calloc(1, sizeof(*r));
	if (!r)
		return tg_error_set(err, TG_NO_MEMORY, "registry");
	int rc = sqlite3_open_v2(path, &r->db,
	        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (rc == SQLITE_OK)
		rc = prepare(r);
	if (rc != SQLITE_OK) {
		const bool damaged = tg_registry_status(rc) == TG_STORE_DAMAGED;
		enum tg_status st = tg_error_at(
		        err, damaged ? TG_STORE_DAMAGED : TG_STORE_OPEN, path, 0, 0, "%s", sqlite3_errstr(rc));
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

bool tg_registry_first_look(struct tg_registry *r)
{
	bool first = !r->looked;
	r->looked = true;
	return first;
}

enum tg_status tg_registry_begin(struct tg_registry *r)
{
	return tg_registry_run(r, tg_registry_stmt(r, "BEGIN IMMEDIATE"));
}

enum tg_status tg_registry_end(struct tg_registry *r, enum tg_status st)
{
	if (st == TG_OK)
		st = tg_registry_run(r, tg_registry_stmt(r, "COMMIT"));
	if (st != TG_OK)
		(void)!tg_registry_run(r, tg_registry_stmt(r, "ROLLBACK"));
	return st;
}
