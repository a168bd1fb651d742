/* A database made again of what can be read of a damaged one: places are dense again, each stream ends at its first
 * gap. */
#include "mend.h"

#define AT_ONCE 4000 /* rows in one transaction */

static enum tg_status put_back(struct tg_mending *m)
{
	if (!m->changed)
		return TG_OK;
	m->changed = false;
	return tg_stream_save(m->to, &m->stream, m->err);
}

static enum tg_status go_on(struct tg_mending *m)
{
	if (++m->pending < AT_ONCE)
		return TG_OK;
	m->pending = 0;
	TG_TRY(put_back(m));
	TG_TRY(tg_db_end(m->to, TG_OK, m->err));
	return tg_db_begin(m->to, m->err);
}

static enum tg_status take_stream(struct tg_mending *m, const char *kiosk)
{
	if (strcmp(m->stream.kiosk, kiosk) == 0)
		return TG_OK;
	TG_TRY(put_back(m));
	return tg_stream_load(m->to, kiosk, &m->stream, m->err);
}

static enum tg_status add(struct tg_mending *m, const struct tg_entry *e, int64_t received_ms)
{
	TG_TRY(tg_stream_add(m->to, &m->stream, e, received_ms, m->err));
	m->changed = true;
	m->out->entries++;
	return go_on(m);
}

/* Nobody sends the centre's own entries again: those behind a gap get the next numbers, with what they say and when. */
static enum tg_status add_own(struct tg_mending *m, const struct tg_entry *e, int64_t received_ms)
{
	struct tg_entry own = *e;
	m->out->own_lost += (int64_t)(e->seq - m->own_seen) - 1;
	m->own_seen = e->seq;
	own.seq = m->stream.seq + 1;
	memcpy(own.prev_hash, m->stream.hash, TG_HASH_LEN);
	TG_TRY(tg_entry_seal(&own));
	return add(m, &own, received_ms);
}

static enum tg_status take(const struct tg_entry *e, int64_t received_ms, void *ctx)
{
	struct tg_mending *m = ctx;
	TG_TRY(take_stream(m, e->kiosk));
	bool is_own = strcmp(e->kiosk, TG_CENTRE_STREAM) == 0;
	if (is_own && e->seq > m->own_seen)
		return add_own(m, e, received_ms);
	if (is_own || e->seq <= m->stream.seq)
		return TG_OK; /* there already */
	if (e->seq == m->stream.seq + 1 && memcmp(e->prev_hash, m->stream.hash, TG_HASH_LEN) == 0)
		return add(m, e, received_ms);
	m->out->aside++;
	TG_TRY(tg_aside_add(m->to, e, received_ms, m->err));
	return go_on(m);
}

/* --- Segments that stay */

static enum tg_status take_heads(struct tg_mending *m, const char *name, sqlite3 *db)
{
	sqlite3_stmt *q = NULL, *add_stream;
	enum tg_status st = TG_OK;
	if (sqlite3_prepare_v2(db, "SELECT kiosk, min(seq), max(seq) FROM journal GROUP BY kiosk", -1, &q, NULL) !=
	        SQLITE_OK)
		return tg_segment_fail(name, db, m->err);
	while (st == TG_OK && sqlite3_step(q) == SQLITE_ROW) {
		st = tg_db_stmt(m->to, TG_SQL_SEGMENT_STREAM_ADD, &add_stream, m->err);
		for (int i = 0; st == TG_OK && i < 3; i++)
			(void)sqlite3_bind_value(add_stream, i + 1, sqlite3_column_value(q, i));
		if (st == TG_OK) {
			tg_db_bind_text(add_stream, 4, name);
			st = tg_db_run(m->to, add_stream, m->err);
		}
	}
	sqlite3_finalize(q);
	return st;
}

/* Each row becomes the head of its stream; all leaves of the tree are told in order. */
static enum tg_status pass_row(struct tg_mending *m, sqlite3_stmt *q)
{
	struct tg_entry e;
	TG_TRY(tg_row_entry(q, &e));
	TG_TRY(take_stream(m, e.kiosk));
	m->stream.seq = e.seq;
	m->stream.last_id = sqlite3_column_int64(q, TG_COL_ID);
	memcpy(m->stream.hash, e.hash, TG_HASH_LEN);
	m->changed = true;
	if (strcmp(e.kiosk, TG_CENTRE_STREAM) == 0)
		m->own_seen = e.seq;
	TG_TRY(tg_tree_append(m->to, e.hash, m->err));
	const struct tg_row_place at = {
	        m->stream.last_id, sqlite3_column_int64(q, TG_COL_BEFORE), sqlite3_column_int64(q, TG_COL_BEFORE + 1)};
	TG_TRY(tg_own_add(m->to, &e, &at, m->err));
	m->out->entries++;
	return go_on(m);
}

static enum tg_status pass_rows(struct tg_mending *m, const char *name, sqlite3 *db)
{
	sqlite3_stmt *q = NULL;
	enum tg_status st = TG_OK;
	int rc = SQLITE_DONE;
	if (sqlite3_prepare_v2(db, "SELECT " TG_ENTRY_COLUMNS ", received_ms FROM journal ORDER BY id", -1, &q, NULL) !=
	        SQLITE_OK)
		return tg_segment_fail(name, db, m->err);
	while (st == TG_OK && (rc = sqlite3_step(q)) == SQLITE_ROW)
		st = pass_row(m, q);
	sqlite3_finalize(q);
	return st == TG_OK && rc != SQLITE_DONE ? tg_segment_fail(name, db, m->err) : st;
}

static enum tg_status register_month(struct tg_mending *m, const struct tg_month *month)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_prepare(m->to,
	        "INSERT INTO segment (name, first_id, last_id, sealed_ms, root) VALUES (?1, ?2, ?3, ?4, ?5)", &q,
	        m->err));
	tg_db_bind_text(q, 1, month->name);
	tg_db_bind_int(q, 2, month->first);
	tg_db_bind_int(q, 3, month->last);
	tg_db_bind_int(q, 4, month->sealed_ms);
	tg_db_bind_hash(q, 5, month->root);
	enum tg_status st = tg_db_run(m->to, q, m->err);
	sqlite3_finalize(q);
	return st;
}

static enum tg_status keep_month(struct tg_mending *m, const struct tg_month *month, struct tg_damaged *file)
{
	TG_TRY(pass_rows(m, month->name, file->db));
	TG_TRY(take_heads(m, month->name, file->db));
	m->out->segments++;
	return register_month(m, month);
}

static enum tg_status take_month(struct tg_mending *m, size_t i, int64_t *end)
{
	char path[600];
	struct tg_damaged file = {.say = m->from->say, .ctx = m->from->ctx, .spares = m->from->spares};
	const struct tg_month *month = &m->months->at[i];
	if (!tg_month_path(m->months, i, path))
		return tg_error_set(m->err, TG_LIMIT, "store: the path is too long");
	enum tg_status st = tg_damaged_open(&file, path, m->err);
	if (st == TG_OK && month->whole) {
		st = keep_month(m, month, &file);
	} else if (st == TG_OK) {
		m->out->reopened++;
		file.sealed = *end;
		int64_t last = month->last > 0 ? month->last : tg_damaged_end(&file);
		/* Also what a month before it had, whose file is gone. */
		st = tg_damaged_rows(&file, *end + 1, last, take, m);
		*end = last > *end ? last : *end;
	}
	tg_damaged_close(&file);
	if (month->whole)
		*end = month->last;
	return st;
}

enum tg_status tg_mend_rows(struct tg_mending *m)
{
	int64_t end = 0;
	for (size_t i = 0; i < m->months->n; i++)
		TG_TRY(take_month(m, i, &end));
	m->from->sealed = end;
	/* Rows that are sealed already may stand in both files. */
	TG_TRY(tg_damaged_rows(m->from, end + 1, tg_damaged_end(m->from), take, m));
	return put_back(m);
}
