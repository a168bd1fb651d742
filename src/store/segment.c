/* Sealed months: DIR/segments/YYYY-MM.db beside the database. The table `segment` says which places each holds. */
#include "db.h"

#include <sys/stat.h>
#include <unistd.h>

#define LOOK "SELECT kiosk, seq, hash, before, received_ms, time_ms, id FROM journal WHERE "

enum tg_status tg_segment_fail(const char *name, sqlite3 *db, struct tg_error *err)
{
	int rc = db ? sqlite3_extended_errcode(db) : SQLITE_NOMEM;
	bool memory = (rc & 0xff) == SQLITE_NOMEM, busy = (rc & 0xff) == SQLITE_BUSY;
	return tg_error_set(err,
	        memory ? TG_NO_MEMORY
	        : busy ? TG_STORE_BUSY
	               : TG_STORE_DAMAGED,
	        "store: segment %s: %s (SQLite %d)", name, db ? sqlite3_errmsg(db) : "no memory", rc);
}

static void close_one(struct tg_segment *g)
{
	sqlite3_finalize(g->look);
	sqlite3_finalize(g->find);
	/* A walk through it may still be under way: it ends its connection. */
	(void)sqlite3_close_v2(g->db);
	*g = (struct tg_segment){0};
}

void tg_segments_close(struct tg_store *s)
{
	for (int i = 0; i < TG_SEGMENTS_OPEN; i++)
		close_one(&s->segments[i]);
}

enum tg_status tg_segment_dir(struct tg_store *s, struct tg_buf *path)
{
	const char *own = sqlite3_db_filename(s->db, "main"); /* absolute */
	const char *slash = strrchr(own, '/');
	tg_buf_add(path, own, slash ? (size_t)(slash - own) + 1 : 0);
	tg_buf_add_str(path, "segments");
	return tg_buf_status(path);
}

enum tg_status tg_segment_path(struct tg_store *s, const char *name, struct tg_buf *path)
{
	TG_TRY(tg_segment_dir(s, path));
	tg_buf_addf(path, "/%s.db", name);
	tg_buf_add_u8(path, 0);
	return tg_buf_status(path);
}

/* Its own word about what it holds must be what was registered. */
static enum tg_status check_meta(struct tg_segment *g, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	char name[TG_SEGMENT_NAME_MAX] = "";
	if (sqlite3_prepare_v2(g->db, "SELECT name, first_id, last_id FROM segment", -1, &q, NULL) != SQLITE_OK)
		return tg_segment_fail(g->name, g->db, err);
	enum tg_status st = sqlite3_step(q) == SQLITE_ROW ? TG_OK : tg_segment_fail(g->name, g->db, err);
	if (st == TG_OK && (!tg_db_text(q, 0, name, sizeof(name)) || strcmp(name, g->name) != 0 ||
	                           sqlite3_column_int64(q, 1) != g->first || sqlite3_column_int64(q, 2) != g->last))
		st = tg_error_set(err, TG_STORE_DAMAGED, "store: segment %s: the file holds something else", g->name);
	sqlite3_finalize(q);
	return st;
}

/* An erasure in it was cut off: whoever opens it for writing undoes what was half done. */
static void undo(const char *path)
{
	char log[700];
	sqlite3 *db = NULL;
	if (snprintf(log, sizeof(log), "%s-journal", path) >= (int)sizeof(log) || access(log, F_OK) != 0)
		return;
	(void)chmod(path, 0600);
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK) {
		(void)sqlite3_busy_timeout(db, 4000);
		(void)sqlite3_exec(db, "SELECT count(*) FROM segment", NULL, NULL, NULL);
	}
	(void)sqlite3_close(db);
}

static enum tg_status open_one(struct tg_store *s, struct tg_segment *g, struct tg_error *err)
{
	struct tg_buf path = TG_BUF_INIT;
	enum tg_status st = tg_segment_path(s, g->name, &path);
	if (st == TG_OK)
		undo(tg_buf_str(&path));
	if (st == TG_OK &&
	        sqlite3_open_v2(tg_buf_str(&path), &g->db,
	                SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL) != SQLITE_OK)
		st = tg_segment_fail(g->name, g->db, err);
	tg_buf_finish(&path);
	TG_TRY(st);
	(void)sqlite3_busy_timeout(g->db, 4000);
	TG_TRY(check_meta(g, err));
	if (sqlite3_prepare_v3(g->db, LOOK "id = ?1", -1, SQLITE_PREPARE_PERSISTENT, &g->look, NULL) != SQLITE_OK ||
	        sqlite3_prepare_v3(g->db, LOOK "kiosk = ?1 AND seq = ?2", -1, SQLITE_PREPARE_PERSISTENT, &g->find,
	                NULL) != SQLITE_OK)
		return tg_segment_fail(g->name, g->db, err);
	return TG_OK;
}

/* The open one of that name, or the one that makes room for it. */
static struct tg_segment *slot_of(struct tg_store *s, const char *name)
{
	struct tg_segment *oldest = &s->segments[0];
	for (int i = 0; i < TG_SEGMENTS_OPEN; i++) {
		struct tg_segment *g = &s->segments[i];
		if (g->db && strcmp(g->name, name) == 0)
			return g;
		if (g->used < oldest->used)
			oldest = g;
	}
	return oldest;
}

/* `q` has found a row of `segment`. */
static enum tg_status take(struct tg_store *s, sqlite3_stmt *q, struct tg_segment **out, struct tg_error *err)
{
	struct tg_segment row = {.first = sqlite3_column_int64(q, 1), .last = sqlite3_column_int64(q, 2)};
	bool ok = tg_db_text(q, 0, row.name, sizeof(row.name));
	sqlite3_reset(q);
	if (!ok) {
		(void)!tg_error_set(err, TG_STORE_DAMAGED, "store: a row of segment cannot be read");
		return TG_STORE_DAMAGED;
	}
	struct tg_segment *g = slot_of(s, row.name);
	if (!g->db || strcmp(g->name, row.name) != 0) {
		close_one(g);
		*g = row;
		enum tg_status st = open_one(s, g, err);
		if (st != TG_OK) {
			close_one(g);
			return st;
		}
	}
	g->used = ++s->segment_uses;
	*out = g;
	return TG_OK;
}

/* A kiosk seals nothing, and an older program's database has no such table. */
static bool has_segments(const struct tg_store *s)
{
	return s->role == TG_STORE_CENTRE && s->version >= TG_TREE_VERSION;
}

enum tg_status tg_segment_at(struct tg_store *s, int64_t id, struct tg_segment **out, struct tg_error *err)
{
	sqlite3_stmt *q;
	if (!has_segments(s))
		return TG_NOT_FOUND;
	TG_TRY(tg_db_stmt(s, TG_SQL_SEGMENT_AT, &q, err));
	tg_db_bind_int(q, 1, id);
	TG_TRY(tg_db_row(s, q, err));
	return take(s, q, out, err);
}

enum tg_status tg_segment_of(
        struct tg_store *s, const char *kiosk, uint64_t seq, struct tg_segment **out, struct tg_error *err)
{
	sqlite3_stmt *q;
	if (!has_segments(s))
		return TG_NOT_FOUND;
	TG_TRY(tg_db_stmt(s, TG_SQL_SEGMENT_OF, &q, err));
	tg_db_bind_text(q, 1, kiosk);
	tg_db_bind_int(q, 2, (int64_t)seq);
	TG_TRY(tg_db_row(s, q, err));
	return take(s, q, out, err);
}

static enum tg_status look_up(
        const struct tg_segment *g, sqlite3_stmt *q, int64_t *id, struct tg_row_look *look, struct tg_error *err)
{
	int rc = sqlite3_step(q);
	enum tg_status st = rc == SQLITE_ROW ? TG_OK : TG_STORE_DAMAGED;
	if (st != TG_OK && rc != SQLITE_DONE)
		st = tg_segment_fail(g->name, g->db, err);
	else if (st != TG_OK || !tg_row_read_look(q, look))
		st = tg_error_set(err, TG_STORE_DAMAGED, "store: segment %s: a row is missing or unreadable", g->name);
	else
		*id = sqlite3_column_int64(q, 6);
	sqlite3_reset(q);
	return st;
}

enum tg_status tg_segment_look(struct tg_store *s, int64_t id, struct tg_row_look *look, struct tg_error *err)
{
	struct tg_segment *g;
	TG_TRY(tg_segment_at(s, id, &g, err));
	tg_db_bind_int(g->look, 1, id);
	return look_up(g, g->look, &id, look, err);
}

enum tg_status tg_segment_find(struct tg_store *s, const char *kiosk, uint64_t seq, int64_t *id,
        struct tg_row_look *look, struct tg_error *err)
{
	struct tg_segment *g;
	TG_TRY(tg_segment_of(s, kiosk, seq, &g, err));
	tg_db_bind_text(g->find, 1, kiosk);
	tg_db_bind_int(g->find, 2, (int64_t)seq);
	return look_up(g, g->find, id, look, err);
}
