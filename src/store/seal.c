/* Moving the months that are over out of the database (src/decisions/0227). A month ends behind the last row that the
 * centre received in it; its file is registered in one transaction, and only then are its rows deleted here, a few at a
 * time. Killed anywhere, the next start goes on. */
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DROP_ROWS 500 /* in one transaction, */
#define REST_MS   10  /* then the writer has its turn */

/* Months since year 0, by UTC. */
static int64_t month_of(int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	return gmtime_r(&t, &tm) ? ((int64_t)tm.tm_year + 1900) * 12 + tm.tm_mon : 0;
}

static int64_t month_begins(int64_t month)
{
	struct tm tm = {.tm_year = (int)(month / 12 - 1900), .tm_mon = (int)(month % 12), .tm_mday = 1};
	return (int64_t)timegm(&tm) * 1000;
}

static bool name_of(int64_t month, char name[TG_SEGMENT_NAME_MAX])
{
	return snprintf(name, TG_SEGMENT_NAME_MAX, "%04u-%02u", (unsigned)(month / 12), (unsigned)(month % 12) + 1) ==
	       TG_SEGMENT_NAME_MAX - 1;
}

static enum tg_status number_from(
        struct tg_store *s, const char *sql, int64_t value, int64_t *out, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_prepare(s, sql, &q, err));
	tg_db_bind_int(q, 1, value);
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_OK)
		*out = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return st;
}

/* The month of the first row that is not sealed. A clock that was far ahead for a moment names no month. */
static enum tg_status oldest_month(
        struct tg_store *s, int64_t first, int64_t now_ms, int64_t *month, struct tg_error *err)
{
	int64_t ms = 0;
	TG_TRY(number_from(s, "SELECT received_ms FROM journal WHERE id = ?1", first, &ms, err));
	if (ms > now_ms)
		TG_TRY(number_from(s, "SELECT min(received_ms) FROM journal WHERE id >= ?1", first, &ms, err));
	*month = month_of(ms);
	return TG_OK;
}

static enum tg_status newest_sealed_month(struct tg_store *s, int64_t *month, struct tg_error *err)
{
	return tg_db_number(s,
	        "SELECT coalesce(max(CAST(substr(name, 1, 4) AS INTEGER) * 12 + CAST(substr(name, 6) AS INTEGER) - 1), "
	        "0) "
	        "FROM segment",
	        month, err);
}

/* TG_NOT_FOUND: nothing is to be sealed. */
static enum tg_status choose(struct tg_store *s, const struct tg_seal_order *o, struct tg_seal *m, struct tg_error *err)
{
	int64_t month, newest;
	TG_TRY(tg_db_number(s, "SELECT coalesce(max(last_id), 0) FROM segment", &m->first, err));
	m->first++;
	TG_TRY(oldest_month(s, m->first, o->now_ms, &month, err));
	TG_TRY(newest_sealed_month(s, &newest, err));
	if (month <= newest)
		month = newest + 1;
	if (month + o->keep_months >= month_of(o->now_ms))
		return TG_NOT_FOUND;
	TG_TRY(number_from(s, "SELECT id FROM journal WHERE received_ms < ?1 ORDER BY id DESC LIMIT 1",
	        month_begins(month + 1), &m->last, err));
	if (m->last < m->first)
		return TG_NOT_FOUND;
	return name_of(month, m->name) ? TG_OK : tg_error_set(err, TG_LIMIT, "store: no month");
}

/* --- Registered: from now on its places are read there */

static enum tg_status add_stream(struct tg_store *s, const struct tg_seal *m, sqlite3_stmt *from, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_SEGMENT_STREAM_ADD, &q, err));
	for (int i = 0; i < 3; i++)
		(void)sqlite3_bind_value(q, i + 1, sqlite3_column_value(from, i));
	tg_db_bind_text(q, 4, m->name);
	return tg_db_run(s, q, err);
}

static enum tg_status add_streams(struct tg_store *s, const struct tg_seal *m, struct tg_error *err)
{
	struct tg_segment *g;
	sqlite3_stmt *q = NULL;
	int rc;
	enum tg_status st = TG_OK;
	TG_TRY(tg_segment_at(s, m->first, &g, err));
	if (sqlite3_prepare_v2(g->db, "SELECT kiosk, min(seq), max(seq) FROM journal GROUP BY kiosk", -1, &q, NULL) !=
	        SQLITE_OK)
		return tg_segment_fail(m->name, g->db, err);
	while (st == TG_OK && (rc = sqlite3_step(q)) != SQLITE_DONE)
		st = rc == SQLITE_ROW ? add_stream(s, m, q, err) : tg_segment_fail(m->name, g->db, err);
	sqlite3_finalize(q);
	return st;
}

static enum tg_status register_locked(struct tg_store *s, struct tg_seal *m, int64_t now_ms, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_prepare(s,
	        "INSERT INTO segment (name, first_id, last_id, sealed_ms, root) VALUES (?1, ?2, ?3, ?4, ?5)", &q, err));
	tg_db_bind_text(q, 1, m->name);
	tg_db_bind_int(q, 2, m->first);
	tg_db_bind_int(q, 3, m->last);
	tg_db_bind_int(q, 4, now_ms);
	tg_db_bind_hash(q, 5, m->root);
	enum tg_status st = tg_db_run(s, q, err);
	sqlite3_finalize(q);
	return st == TG_OK ? add_streams(s, m, err) : st;
}

static enum tg_status register_segment(struct tg_store *s, struct tg_seal *m, int64_t now_ms, struct tg_error *err)
{
	TG_TRY(tg_db_begin(s, err));
	return tg_db_end(s, register_locked(s, m, now_ms, err), err);
}

/* --- The rows that lie in a segment leave this file */

static enum tg_status drop_some(struct tg_store *s, int64_t first, int64_t last, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_begin(s, err));
	enum tg_status st = tg_db_prepare(s, "DELETE FROM journal WHERE id BETWEEN ?1 AND ?2", &q, err);
	if (st == TG_OK) {
		tg_db_bind_int(q, 1, first);
		tg_db_bind_int(q, 2, last);
		st = tg_db_run(s, q, err);
	}
	sqlite3_finalize(q);
	return tg_db_end(s, st, err);
}

static enum tg_status drop_rows(
        struct tg_store *s, int64_t first, int64_t last, const struct tg_seal_order *o, struct tg_error *err)
{
	for (int64_t at = first; at <= last; at += DROP_ROWS) {
		if (o->stopped && o->stopped(o->ctx))
			return TG_OK;
		TG_TRY(drop_some(s, at, at + DROP_ROWS - 1 < last ? at + DROP_ROWS - 1 : last, err));
		(void)sqlite3_sleep(REST_MS);
	}
	return TG_OK;
}

/* Rows are deleted only while the file that holds them is there and whole. */
static enum tg_status drop_sealed(struct tg_store *s, const struct tg_seal_order *o, struct tg_error *err)
{
	int64_t first = 0, last = 0;
	struct tg_segment *g;
	TG_TRY(tg_db_number(s, "SELECT coalesce(max(last_id), 0) FROM segment", &last, err));
	TG_TRY(tg_db_number(s, "SELECT coalesce(min(id), 0) FROM journal", &first, err));
	if (first == 0 || first > last)
		return TG_OK;
	for (int64_t at = first; at <= last; at = g->last + 1)
		TG_TRY(tg_segment_at(s, at, &g, err));
	/* Personal data must not stay behind in pages that are free. */
	TG_TRY(tg_db_exec(s, "PRAGMA secure_delete = ON", err));
	TG_TRY(tg_db_exec(s, "DELETE FROM mark WHERE id <= (SELECT max(last_id) FROM segment)", err));
	return drop_rows(s, first, last, o, err);
}

/* --- One at a time */

enum tg_status tg_segments_lock(struct tg_store *s, int *fd, struct tg_error *err)
{
	struct tg_buf path = TG_BUF_INIT;
	enum tg_status st = tg_segment_dir(s, &path);
	if (st == TG_OK && mkdir(tg_buf_str(&path), 0700) != 0 && errno != EEXIST)
		st = tg_error_at(
		        err, errno == ENOSPC ? TG_DISK_FULL : TG_IO, tg_buf_str(&path), 0, 0, "%s", strerror(errno));
	*fd = st == TG_OK ? open(tg_buf_str(&path), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (st == TG_OK && (*fd < 0 || flock(*fd, LOCK_EX | LOCK_NB) != 0))
		st = tg_error_at(err, *fd < 0 ? TG_IO : TG_STORE_BUSY, tg_buf_str(&path), 0, 0,
		        "another program works on the segments");
	tg_buf_finish(&path);
	if (st != TG_OK && *fd >= 0)
		(void)close(*fd);
	return st;
}

void tg_segments_unlock(int fd)
{
	(void)close(fd);
}

static enum tg_status seal_month(
        struct tg_store *s, const struct tg_seal_order *o, struct tg_seal *m, struct tg_error *err)
{
	struct tg_buf dir = TG_BUF_INIT, path = TG_BUF_INIT, making = TG_BUF_INIT;
	enum tg_status st = tg_segment_dir(s, &dir);
	if (st == TG_OK)
		st = tg_segment_path(s, m->name, &path);
	tg_buf_addf(&making, "%s.making", tg_buf_str(&path));
	if (st == TG_OK)
		st = tg_buf_status(&making);
	m->dir = tg_buf_str(&dir);
	m->path = tg_buf_str(&path);
	m->making = tg_buf_str(&making);
	if (st == TG_OK)
		st = tg_segment_make(s, m, o->now_ms, err);
	if (st == TG_OK)
		st = tg_segment_name(m, err);
	if (st == TG_OK)
		st = register_segment(s, m, o->now_ms, err);
	tg_segment_drop(m);
	if (st != TG_OK)
		tg_segments_close(s); /* the next try makes another file of this name */
	tg_buf_finish(&dir);
	tg_buf_finish(&path);
	tg_buf_finish(&making);
	return st;
}

static enum tg_status seal_all(struct tg_store *s, const struct tg_seal_order *o, struct tg_error *err)
{
	TG_TRY(drop_sealed(s, o, err));
	for (;;) {
		struct tg_seal m = {0};
		enum tg_status st = choose(s, o, &m, err);
		if (st == TG_NOT_FOUND || (o->stopped && o->stopped(o->ctx)))
			return TG_OK;
		TG_TRY(st);
		TG_TRY(seal_month(s, o, &m, err));
		if (o->sealed)
			o->sealed(m.name, m.last - m.first + 1, o->ctx);
		TG_TRY(drop_sealed(s, o, err));
	}
}

enum tg_status tg_store_seal(struct tg_store *s, const struct tg_seal_order *o, struct tg_error *err)
{
	int fd;
	TG_BUG_IF(s->role != TG_STORE_CENTRE || o->keep_months < 0);
	TG_TRY(tg_segments_lock(s, &fd, err));
	enum tg_status st = seal_all(s, o, err);
	tg_segments_unlock(fd);
	return st;
}
