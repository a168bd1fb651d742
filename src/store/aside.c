/* Rows of a damaged file that stand behind a gap in their stream (src/decisions/0229): kept until the kiosk has sent
 * what is missing, then taken in with the time at which the centre first had them (K-15). */
#include "db.h"

#define COLUMNS "kiosk, seq, time_ms, kind, version, body, salt, body_hash, prev_hash, hash, received_ms"
enum { COL_RECEIVED = 10 };

enum tg_status tg_aside_add(struct tg_store *s, const struct tg_entry *e, int64_t received_ms, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_prepare(s,
	        "INSERT OR IGNORE INTO aside (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)", &q,
	        err));
	tg_row_bind(q, e);
	tg_db_bind_int(q, COL_RECEIVED + 1, received_ms);
	enum tg_status st = tg_db_run(s, q, err);
	sqlite3_finalize(q);
	return st;
}

static enum tg_status drop(struct tg_store *s, const struct tg_entry *e, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_ASIDE_DROP, &q, err));
	tg_db_bind_text(q, 1, e->kiosk);
	tg_db_bind_int(q, 2, (int64_t)e->seq);
	return tg_db_run(s, q, err);
}

/* The row that follows the head; its body is copied to `body`. TG_NOT_FOUND. */
static enum tg_status next(struct tg_store *s, const struct tg_stream *st, struct tg_entry *e, int64_t *received_ms,
        struct tg_buf *body, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_ASIDE_GET, &q, err));
	tg_db_bind_text(q, 1, st->kiosk);
	tg_db_bind_int(q, 2, (int64_t)st->seq + 1);
	TG_TRY(tg_db_row(s, q, err));
	*received_ms = sqlite3_column_int64(q, COL_RECEIVED);
	enum tg_status read = tg_row_entry(q, e);
	if (read == TG_OK && e->body) {
		tg_buf_reset(body);
		tg_buf_add(body, e->body, e->body_len);
		e->body = tg_buf_str(body); /* an empty body must not look like an erased one */
		read = tg_buf_status(body);
	}
	sqlite3_reset(q);
	return read == TG_OK ? TG_OK : tg_error_set(err, read, "store: a row of aside cannot be read");
}

static enum tg_status take_next(struct tg_store *s, struct tg_stream *st, struct tg_buf *body, struct tg_error *err)
{
	struct tg_entry e;
	int64_t received_ms = 0;
	TG_TRY(next(s, st, &e, &received_ms, body, err));
	if (memcmp(e.prev_hash, st->hash, TG_HASH_LEN) == 0) {
		TG_TRY(tg_stream_add(s, st, &e, received_ms, err));
		TG_TRY(tg_project(s, &e, NULL, st->last_id, err));
	}
	return drop(s, &e, err);
}

enum tg_status tg_erased_ahead(struct tg_store *s, const struct tg_entry *e, bool *erased, struct tg_error *err)
{
	sqlite3_stmt *q;
	int64_t any = 0;
	*erased = false;
	if (s->none_ahead)
		return TG_OK;
	if (!s->some_ahead)
		TG_TRY(tg_db_number(s,
		        "SELECT EXISTS (SELECT 1 FROM erased e LEFT JOIN high_water h ON h.kiosk = e.kiosk WHERE e.seq "
		        "> "
		        "coalesce(h.seq, 0))",
		        &any, err));
	s->some_ahead = s->some_ahead || any;
	s->none_ahead = !s->some_ahead;
	if (s->none_ahead)
		return TG_OK;
	TG_TRY(tg_db_stmt(s, TG_SQL_ERASED_GET, &q, err));
	tg_db_bind_text(q, 1, e->kiosk);
	tg_db_bind_int(q, 2, (int64_t)e->seq);
	enum tg_status st = tg_db_row(s, q, err);
	*erased = st == TG_OK;
	sqlite3_reset(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

enum tg_status tg_aside_take(struct tg_store *s, struct tg_stream *st, struct tg_error *err)
{
	struct tg_buf body = TG_BUF_INIT;
	int64_t any = 0;
	if (s->nothing_aside)
		return TG_OK;
	TG_TRY(tg_db_number(s, "SELECT EXISTS (SELECT 1 FROM aside)", &any, err));
	s->nothing_aside = !any;
	enum tg_status taken = any ? TG_OK : TG_NOT_FOUND;
	while (taken == TG_OK)
		taken = take_next(s, st, &body, err);
	tg_buf_wipe(&body);
	return taken == TG_NOT_FOUND ? TG_OK : taken;
}
