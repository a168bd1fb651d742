/* What was erased in the rows of this file goes from everywhere else: sealed months, a journal kept outside, and the
 * write-ahead log, which still has the pages as they were. Each step may be done again: the list of what is to be done
 * is dropped last. Requirement C-8. */
#include "erase.h"

#include <sys/stat.h>

#define AT_ONCE 4096
#define WAIT_MS 200 /* somebody who reads just now keeps the log; nobody who writes is to wait long for that */

struct todo {
	char kiosk[TG_KIOSK_MAX + 1];
	int64_t seq;
};

static enum tg_status load(struct tg_store *s, struct tg_buf *list, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	enum tg_status st;
	TG_TRY(tg_db_prepare(s, "SELECT kiosk, seq FROM erase_todo ORDER BY kiosk, seq LIMIT ?1", &q, err));
	tg_db_bind_int(q, 1, AT_ONCE);
	while ((st = tg_db_row(s, q, err)) == TG_OK) {
		struct todo t = {.seq = sqlite3_column_int64(q, 1)};
		if (tg_db_text(q, 0, t.kiosk, sizeof(t.kiosk)))
			tg_buf_add(list, &t, sizeof(t));
	}
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? tg_buf_status(list) : st;
}

static struct todo at(const struct tg_buf *list, size_t i)
{
	struct todo t;
	memcpy(&t, list->data + i * sizeof(t), sizeof(t));
	return t;
}

/* --- Sealed months */

/* Open for writing, which nobody else does; the hashes in it stay as they are. */
struct month {
	char name[TG_SEGMENT_NAME_MAX];
	sqlite3 *db;
	sqlite3_stmt *update;
};

static enum tg_status close_month(struct month *m, struct tg_error *err)
{
	enum tg_status st = TG_OK;
	sqlite3_finalize(m->update);
	if (m->db && !sqlite3_get_autocommit(m->db) && sqlite3_exec(m->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		st = tg_segment_fail(m->name, m->db, err);
	if (m->db && st != TG_OK)
		(void)sqlite3_exec(m->db, "ROLLBACK", NULL, NULL, NULL);
	const char *path = m->db ? sqlite3_db_filename(m->db, "main") : NULL;
	if (path)
		(void)chmod(path, 0400);
	(void)sqlite3_close(m->db);
	*m = (struct month){0};
	return st;
}

static enum tg_status open_month(struct tg_store *s, struct month *m, const char *name, struct tg_error *err)
{
	struct tg_buf path = TG_BUF_INIT;
	(void)tg_copy(m->name, sizeof(m->name), name);
	TG_TRY(tg_segment_path(s, name, &path));
	(void)chmod(tg_buf_str(&path), 0600);
	int rc = sqlite3_open_v2((const char *)path.data, &m->db,
	        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	tg_buf_finish(&path);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(m->db, 4000);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(m->db, "PRAGMA secure_delete = ON; PRAGMA synchronous = FULL; BEGIN IMMEDIATE", NULL,
		        NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(m->db,
		        "UPDATE journal SET body = NULL, salt = zeroblob(16) WHERE kiosk = ?1 AND seq = ?2 AND "
		        "body IS NOT NULL",
		        -1, &m->update, NULL);
	return rc == SQLITE_OK ? TG_OK : tg_segment_fail(name, m->db, err);
}

static enum tg_status erase_in_month(
        struct tg_store *s, struct month *m, const char *name, const struct todo *t, struct tg_error *err)
{
	if (m->db && strcmp(m->name, name) != 0)
		TG_TRY(close_month(m, err));
	if (!m->db)
		TG_TRY(open_month(s, m, name, err));
	tg_db_bind_text(m->update, 1, t->kiosk);
	tg_db_bind_int(m->update, 2, t->seq);
	int rc = sqlite3_step(m->update);
	sqlite3_reset(m->update);
	return rc == SQLITE_DONE ? TG_OK : tg_segment_fail(name, m->db, err);
}

static enum tg_status do_months(struct tg_store *s, const struct tg_buf *list, struct tg_error *err)
{
	struct month m = {0};
	enum tg_status st = TG_OK, end;
	for (size_t i = 0; st == TG_OK && i < list->len / sizeof(struct todo); i++) {
		struct todo t = at(list, i);
		struct tg_segment *g = NULL;
		char name[TG_SEGMENT_NAME_MAX] = "";
		enum tg_status found = tg_segment_of(s, t.kiosk, (uint64_t)t.seq, &g, err);
		if (found == TG_OK)
			(void)tg_copy(name, sizeof(name), g->name);
		else if (found != TG_NOT_FOUND)
			st = found;
		if (found == TG_OK)
			st = erase_in_month(s, &m, name, &t, err);
	}
	end = close_month(&m, err);
	return st == TG_OK ? end : st;
}

/* --- A journal kept outside: after the commit here, so that what an entry says is always there before a body goes */

static enum tg_status do_outer(struct tg_store *s, const struct tg_buf *list, struct tg_error *err)
{
	struct tg_buf places = TG_BUF_INIT;
	enum tg_status st = TG_OK;
	if (!s->outer.is_there)
		return TG_OK;
	for (size_t i = 0; st == TG_OK && i < list->len / sizeof(struct todo); i++) {
		struct todo t = at(list, i);
		struct tg_stream stream;
		int64_t id = 0;
		st = tg_stream_load(s, t.kiosk, &stream, err);
		if (st == TG_OK && t.seq > 0 && (uint64_t)t.seq <= stream.seq) {
			st = tg_stream_find(s, &stream, (uint64_t)t.seq, &id, NULL, err);
			tg_buf_add(&places, &id, sizeof(id));
		}
	}
	if (st == TG_OK)
		st = tg_buf_status(&places);
	if (st == TG_OK)
		st = tg_outer_erase(s, (const int64_t *)(const void *)places.data, places.len / sizeof(int64_t), err);
	tg_buf_finish(&places);
	return st;
}

/* --- The log */

/* Emptied, so that no page from before is left in it. */
static enum tg_status empty_log(struct tg_store *s, bool *emptied, struct tg_error *err)
{
	int frames = 0, moved = 0;
	(void)sqlite3_busy_timeout(s->db, WAIT_MS);
	int rc = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, &frames, &moved);
	(void)sqlite3_busy_timeout(s->db, TG_BUSY_MS);
	*emptied = rc == SQLITE_OK;
	bool busy = (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED;
	return rc == SQLITE_OK || busy ? TG_OK : tg_db_fail(s, rc, "checkpoint", err);
}

static enum tg_status drop(struct tg_store *s, const struct tg_buf *list, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_prepare(s, "DELETE FROM erase_todo WHERE kiosk = ?1 AND seq = ?2", &q, err));
	enum tg_status st = TG_OK;
	for (size_t i = 0; st == TG_OK && i < list->len / sizeof(struct todo); i++) {
		struct todo t = at(list, i);
		tg_db_bind_text(q, 1, t.kiosk);
		tg_db_bind_int(q, 2, t.seq);
		st = tg_db_run(s, q, err);
	}
	sqlite3_finalize(q);
	return st;
}

static enum tg_status drop_in_transaction(struct tg_store *s, const struct tg_buf *list, struct tg_error *err)
{
	TG_TRY(tg_db_begin(s, err));
	return tg_db_end(s, drop(s, list, err), err);
}

static enum tg_status do_part(struct tg_store *s, struct tg_buf *list, bool *emptied, struct tg_error *err)
{
	TG_TRY(load(s, list, err));
	*emptied = list->len == 0;
	if (*emptied)
		return TG_OK;
	TG_TRY(do_months(s, list, err));
	TG_TRY(do_outer(s, list, err));
	TG_TRY(empty_log(s, emptied, err));
	return *emptied ? drop_in_transaction(s, list, err) : TG_OK;
}

enum tg_status tg_store_erase_finish(struct tg_store *s, uint64_t *left, struct tg_error *err)
{
	bool emptied = true;
	enum tg_status st = tg_schema_is_present(s, err);
	for (bool more = true; st == TG_OK && emptied && more;) {
		struct tg_buf list = TG_BUF_INIT;
		st = do_part(s, &list, &emptied, err);
		more = list.len > 0;
		tg_buf_finish(&list);
	}
	int64_t n = 0;
	if (st == TG_OK)
		st = tg_db_number(s, "SELECT count(*) FROM erase_todo", &n, err);
	*left = (uint64_t)n;
	return st;
}
