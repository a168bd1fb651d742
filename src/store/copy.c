/* A copy of a database that programs are writing to. */
#include "tamga/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#define BUSY_MS 5000

static enum tg_status failed(sqlite3 *db, const char *path, struct tg_error *err)
{
	int rc = sqlite3_errcode(db) & 0xff;
	enum tg_status st = TG_IO;
	if (rc == SQLITE_FULL || sqlite3_system_errno(db) == ENOSPC)
		st = TG_DISK_FULL;
	else if (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB)
		st = TG_STORE_DAMAGED;
	else if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
		st = TG_STORE_BUSY;
	else if (rc == SQLITE_CANTOPEN)
		st = TG_STORE_OPEN;
	return tg_error_at(err, st, path, 0, 0, "%s", sqlite3_errmsg(db));
}

/* Nobody else may read it, and nothing that is there is overwritten. */
static enum tg_status make_file(const char *path, struct tg_error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return tg_error_at(err, errno == ENOSPC ? TG_DISK_FULL : TG_IO, path, 0, 0, "%s", strerror(errno));
	(void)close(fd);
	return TG_OK;
}

/* All pages in one step: one moment of the source, whatever is written meanwhile. */
static enum tg_status copy(sqlite3 *from, sqlite3 *to, const char *path, struct tg_error *err)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	if (!b)
		return failed(to, path, err);
	(void)sqlite3_backup_step(b, -1);
	return sqlite3_backup_finish(b) == SQLITE_OK ? TG_OK : failed(to, path, err);
}

static enum tg_status check(sqlite3 *db, const char *path, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	enum tg_status st = TG_OK;
	if (sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &q, NULL) != SQLITE_OK ||
	        sqlite3_step(q) != SQLITE_ROW)
		st = failed(db, path, err);
	else if (strcmp((const char *)sqlite3_column_text(q, 0), "ok") != 0)
		st = tg_error_at(err, TG_STORE_DAMAGED, path, 0, 0, "%s", (const char *)sqlite3_column_text(q, 0));
	(void)sqlite3_finalize(q);
	return st;
}

static enum tg_status open_at(sqlite3 **db, const char *path, int how, struct tg_error *err)
{
	int rc = sqlite3_open_v2(path, db, how | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(*db, BUSY_MS);
	return rc == SQLITE_OK ? TG_OK : failed(*db, path, err);
}

enum tg_status tg_store_copy(const char *from, const char *to, struct tg_error *err)
{
	sqlite3 *source = NULL, *target = NULL;
	enum tg_status st = open_at(&source, from, SQLITE_OPEN_READONLY, err);
	if (st == TG_OK)
		st = make_file(to, err);
	if (st == TG_OK)
		st = open_at(&target, to, SQLITE_OPEN_READWRITE, err);
	if (st == TG_OK)
		st = copy(source, target, to, err);
	/* A copy needs no log beside it, and can be looked at where nothing can be written. */
	if (st == TG_OK && sqlite3_exec(target, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) != SQLITE_OK)
		st = failed(target, to, err);
	if (st == TG_OK)
		st = check(target, to, err);
	if (sqlite3_close(target) != SQLITE_OK && st == TG_OK)
		st = tg_error_at(err, TG_IO, to, 0, 0, "not closed");
	(void)sqlite3_close(source);
	return st;
}
