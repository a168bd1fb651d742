/* A database that may be damaged anywhere. Each row is asked for by its place: one page that cannot be read hides the
 * rows in it and under it, and no others. */
#include "damaged.h"

#include <stdarg.h>
#include <sys/stat.h>

#define LINES_MAX 40  /* of one file */
#define ROW_MIN   150 /* bytes: hashes and salt alone are as long */

void tg_damaged_say(struct tg_damaged *d, const char *fmt, ...)
{
	char line[400];
	va_list args;
	d->said++;
	if (!d->say || d->said > LINES_MAX)
		return;
	int n = snprintf(line, sizeof(line), "%s: ", d->name);
	va_start(args, fmt);
	if (n > 0 && (size_t)n < sizeof(line))
		(void)vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, args);
	va_end(args);
	d->say(d->said == LINES_MAX ? "… and more" : line, d->ctx);
}

enum tg_status tg_damaged_open(struct tg_damaged *d, const char *path, struct tg_error *err)
{
	const char *slash = strrchr(path, '/');
	if (!tg_copy(d->leaves.path, sizeof(d->leaves.path), path))
		return tg_error_set(err, TG_LIMIT, "store: the path is too long");
	(void)tg_copy(d->name, sizeof(d->name), slash ? slash + 1 : path);
	int rc =
	        sqlite3_open_v2(path, &d->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(d->db,
		        "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; SELECT count(*) FROM "
		        "sqlite_schema",
		        NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		return TG_OK;
	if (!d->db || (rc & 0xff) == SQLITE_NOMEM)
		return tg_error_set(err, TG_NO_MEMORY, "store: %s", path);
	tg_damaged_say(d, "cannot be read at all: %s", sqlite3_errmsg(d->db));
	(void)sqlite3_close_v2(d->db);
	d->db = NULL;
	return TG_OK;
}

void tg_damaged_close(struct tg_damaged *d)
{
	(void)sqlite3_close_v2(d->db);
	d->db = NULL;
	tg_leaves_close(&d->leaves);
}

int64_t tg_damaged_number(struct tg_damaged *d, const char *sql, int64_t otherwise)
{
	sqlite3_stmt *q = NULL;
	int64_t n = otherwise;
	if (d->db && sqlite3_prepare_v2(d->db, sql, -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
		n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return n;
}

/* --- Pages */

static void check_table(struct tg_damaged *d, const char *table)
{
	sqlite3_stmt *q = NULL;
	char *sql = sqlite3_mprintf("PRAGMA integrity_check(%Q)", table);
	int rc = sql ? sqlite3_prepare_v2(d->db, sql, -1, &q, NULL) : SQLITE_NOMEM;
	sqlite3_free(sql);
	while (rc == SQLITE_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		const char *line = (const char *)sqlite3_column_text(q, 0);
		if (line && strcmp(line, "ok") != 0)
			tg_damaged_say(d, "table %s: %.300s", table, line);
		rc = SQLITE_OK;
	}
	if (rc != SQLITE_DONE && rc != SQLITE_OK)
		tg_damaged_say(d, "table %s: %s", table, sqlite3_errmsg(d->db));
	sqlite3_finalize(q);
}

/* What belongs to no table: the list of free pages. */
static bool is_whole(struct tg_damaged *d)
{
	sqlite3_stmt *q = NULL;
	bool whole = false;
	if (sqlite3_prepare_v2(d->db, "PRAGMA integrity_check(1)", -1, &q, NULL) == SQLITE_OK &&
	        sqlite3_step(q) == SQLITE_ROW) {
		const char *line = (const char *)sqlite3_column_text(q, 0);
		whole = line && strcmp(line, "ok") == 0;
		if (!whole)
			tg_damaged_say(d, "%.300s", line ? line : "?");
	} else {
		tg_damaged_say(d, "%s", sqlite3_errmsg(d->db));
	}
	sqlite3_finalize(q);
	return whole;
}

void tg_damaged_tables(struct tg_damaged *d)
{
	sqlite3_stmt *q = NULL;
	if (!d->db || is_whole(d))
		return;
	if (sqlite3_prepare_v2(d->db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rootpage", -1, &q,
	            NULL) == SQLITE_OK)
		while (sqlite3_step(q) == SQLITE_ROW)
			check_table(d, (const char *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
}

/* --- Rows */

static int64_t rows_possible(struct tg_damaged *d)
{
	struct stat file = {0}, log = {0};
	char wal[sizeof(d->leaves.path) + 5];
	(void)snprintf(wal, sizeof(wal), "%s-wal", d->leaves.path);
	(void)stat(d->leaves.path, &file);
	(void)stat(wal, &log);
	return (int64_t)(file.st_size + log.st_size) / ROW_MIN;
}

int64_t tg_damaged_end(struct tg_damaged *d)
{
	static const char *const sources[] = {"SELECT max(id) FROM journal", "SELECT max(last_id) FROM high_water",
	        "SELECT size FROM tree", "SELECT max(last_id) FROM segment"};
	/* A place beyond these comes from a damaged page. */
	int64_t sealed = tg_damaged_number(d, sources[3], 0);
	const int64_t possible = (sealed > d->sealed ? sealed : d->sealed) + rows_possible(d);
	int64_t end = d->spares ? tg_leaves_end(&d->leaves, possible) : 0;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		int64_t n = tg_damaged_number(d, sources[i], 0);
		if (n > end && n <= possible)
			end = n;
	}
	return end;
}

/* Places that follow one another and have no readable row are said as one. */
struct missing {
	int64_t from, to;
};

static void say_missing(struct tg_damaged *d, struct missing *m)
{
	if (m->from > 0)
		tg_damaged_say(d, "places %lld to %lld cannot be read or are not what they were", (long long)m->from,
		        (long long)m->to);
	*m = (struct missing){0};
}

static void miss(struct missing *m, int64_t id)
{
	if (m->from == 0)
		m->from = id;
	m->to = id;
}

static bool read_row(sqlite3_stmt *q, int64_t id, struct tg_entry *e, int64_t *received_ms)
{
	if (!q)
		return false;
	sqlite3_reset(q);
	tg_db_bind_int(q, 1, id);
	if (sqlite3_step(q) != SQLITE_ROW || sqlite3_column_int64(q, TG_COL_ID) != id || tg_row_entry(q, e) != TG_OK)
		return false;
	*received_ms = sqlite3_column_int64(q, TG_COL_BEFORE + 1);
	return tg_entry_check(e, e->prev_hash) == TG_OK;
}

/* What hides a row does not harm it: pages further up, the table of tables. What harms it leaves the second one of the
 * centre's own, and a backup. `rows` keeps what `e` borrows. */
static bool find_row(struct tg_damaged *d, int64_t id, struct tg_rows *rows, struct tg_entry *e, int64_t *received_ms)
{
	struct tg_row_place place = {0};
	tg_rows_close(rows);
	if (!d->spares)
		return false;
	if (tg_leaves_row(&d->leaves, id, e, received_ms))
		return true;
	if (d->spares->replica != &d->leaves && tg_leaves_row(d->spares->replica, id, e, received_ms))
		return true;
	if (!d->spares->backup || tg_rows_open(rows, d->spares->backup, id, id, NULL) != TG_OK ||
	        tg_rows_next(rows, e, &place, NULL) != TG_OK || place.id != id)
		return false;
	*received_ms = place.received_ms;
	return tg_entry_check(e, e->prev_hash) == TG_OK;
}

enum tg_status tg_damaged_rows(struct tg_damaged *d, int64_t from, int64_t to, tg_damaged_fn *fn, void *ctx)
{
	struct missing m = {0};
	struct tg_rows spare = {0};
	sqlite3_stmt *q = NULL;
	enum tg_status st = TG_OK;
	if (!d->db || sqlite3_prepare_v2(d->db, "SELECT " TG_ENTRY_COLUMNS ", received_ms FROM journal WHERE id = ?1",
	                      -1, &q, NULL) != SQLITE_OK)
		tg_damaged_say(d, "table journal cannot be read");
	for (int64_t id = from; id <= to && (q || d->spares) && st == TG_OK; id++) {
		struct tg_entry e;
		int64_t received_ms = 0;
		const bool is_there = read_row(q, id, &e, &received_ms) || find_row(d, id, &spare, &e, &received_ms);
		if (is_there && tg_kiosk_id_valid(e.kiosk)) {
			say_missing(d, &m);
			st = fn ? fn(&e, received_ms, ctx) : TG_OK;
		} else {
			miss(&m, id);
		}
	}
	say_missing(d, &m);
	tg_rows_close(&spare);
	sqlite3_finalize(q);
	return st;
}
