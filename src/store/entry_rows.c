#include "db.h"

#define BLOCK 64 /* a mark for every so many entries of a stream */

static bool fixed_blob(sqlite3_stmt *q, int col, uint8_t *out, int n)
{
	const void *p = sqlite3_column_blob(q, col);
	if (!p || sqlite3_column_type(q, col) != SQLITE_BLOB || sqlite3_column_bytes(q, col) != n)
		return false;
	memcpy(out, p, (size_t)n);
	return true;
}

static bool row_hashes(sqlite3_stmt *q, struct tg_entry *e)
{
	return fixed_blob(q, 6, e->salt, TG_SALT_LEN) && tg_db_hash(q, 7, e->body_hash) &&
	       tg_db_hash(q, 8, e->prev_hash) && tg_db_hash(q, 9, e->hash);
}

static bool row_body(sqlite3_stmt *q, struct tg_entry *e)
{
	if (sqlite3_column_type(q, 5) == SQLITE_NULL)
		return true;
	e->body = (const char *)sqlite3_column_text(q, 5);
	e->body_len = (size_t)sqlite3_column_bytes(q, 5);
	return e->body && e->body_len <= TG_BODY_MAX;
}

enum tg_status tg_row_entry(sqlite3_stmt *q, struct tg_entry *e)
{
	*e = (struct tg_entry){0};
	int64_t seq = sqlite3_column_int64(q, 1), version = sqlite3_column_int64(q, 4);
	e->seq = (uint64_t)seq;
	e->time_ms = sqlite3_column_int64(q, 2);
	e->version = (uint32_t)version;
	bool ok = tg_db_text(q, 0, e->kiosk, sizeof(e->kiosk)) && tg_db_text(q, 3, e->kind, sizeof(e->kind)) &&
	          seq > 0 && version >= 0 && version <= UINT32_MAX && row_body(q, e) && row_hashes(q, e);
	return ok ? TG_OK : TG_CHAIN_BROKEN;
}

enum tg_status tg_stream_load(struct tg_store *s, const char *kiosk, struct tg_stream *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	*out = (struct tg_stream){0};
	(void)tg_copy(out->kiosk, sizeof(out->kiosk), kiosk);
	TG_TRY(tg_db_stmt(s, TG_SQL_HEAD_GET, &q, err));
	tg_db_bind_text(q, 1, kiosk);
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_NOT_FOUND) {
		tg_entry_genesis(kiosk, out->hash);
		return TG_OK;
	}
	TG_TRY(st);
	out->seq = (uint64_t)sqlite3_column_int64(q, 0);
	out->last_id = sqlite3_column_int64(q, 2);
	if (!tg_db_hash(q, 1, out->hash) || out->seq == 0 || out->seq > INT64_MAX)
		st = tg_error_set(err, TG_STORE_DAMAGED, "store: high water of %s cannot be read", kiosk);
	sqlite3_reset(q);
	return st;
}

enum tg_status tg_stream_save(struct tg_store *s, const struct tg_stream *st, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_HEAD_SET, &q, err));
	tg_db_bind_text(q, 1, st->kiosk);
	tg_db_bind_int(q, 2, (int64_t)st->seq);
	tg_db_bind_hash(q, 3, st->hash);
	tg_db_bind_int(q, 4, st->last_id);
	return tg_db_run(s, q, err);
}

void tg_row_bind(sqlite3_stmt *q, const struct tg_entry *e)
{
	tg_db_bind_text(q, 1, e->kiosk);
	tg_db_bind_int(q, 2, (int64_t)e->seq);
	tg_db_bind_int(q, 3, e->time_ms);
	tg_db_bind_text(q, 4, e->kind);
	tg_db_bind_int(q, 5, e->version);
	if (e->body)
		(void)sqlite3_bind_text(q, 6, e->body, (int)e->body_len, SQLITE_STATIC);
	(void)sqlite3_bind_blob(q, 7, e->salt, TG_SALT_LEN, SQLITE_STATIC);
	tg_db_bind_hash(q, 8, e->body_hash);
	tg_db_bind_hash(q, 9, e->prev_hash);
	tg_db_bind_hash(q, 10, e->hash);
}

static void bind_row(sqlite3_stmt *q, const struct tg_entry *e, const struct tg_row_place *at)
{
	tg_row_bind(q, e);
	tg_db_bind_int(q, 11, at->id);
	tg_db_bind_int(q, 12, at->before);
}

static enum tg_status add_row(struct tg_store *s, enum tg_sql sql, const struct tg_entry *e,
        const struct tg_row_place *at, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, sql, &q, err));
	bind_row(q, e, at);
	tg_db_bind_int(q, 13, at->received_ms);
	return tg_db_run(s, q, err);
}

enum tg_status tg_own_add(
        struct tg_store *s, const struct tg_entry *e, const struct tg_row_place *at, struct tg_error *err)
{
	if (s->role != TG_STORE_CENTRE || strcmp(e->kiosk, TG_CENTRE_STREAM) != 0)
		return TG_OK;
	return add_row(s, TG_SQL_OWN_ADD, e, at, err);
}

enum tg_status tg_own_same(
        struct tg_store *s, const struct tg_entry *e, const struct tg_row_place *at, bool *same, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_OWN_SAME, &q, err));
	bind_row(q, e, at);
	TG_TRY(tg_db_row(s, q, err));
	*same = sqlite3_column_int(q, 0) == 1;
	sqlite3_reset(q);
	return TG_OK;
}

static enum tg_status add_mark(struct tg_store *s, const struct tg_stream *st, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_MARK_ADD, &q, err));
	tg_db_bind_text(q, 1, st->kiosk);
	tg_db_bind_int(q, 2, (int64_t)(st->seq / BLOCK));
	tg_db_bind_int(q, 3, st->last_id);
	return tg_db_run(s, q, err);
}

enum tg_status tg_stream_add(
        struct tg_store *s, struct tg_stream *st, const struct tg_entry *e, int64_t received_ms, struct tg_error *err)
{
	/* Places are told, never SQLite's choice: the tree names them, and rows may have gone into a segment. */
	struct tg_row_place at = {.id = (int64_t)e->seq, .before = st->last_id, .received_ms = received_ms};
	TG_BUG_IF(e->seq != st->seq + 1 || e->body_len > TG_BODY_MAX);
	if (s->role == TG_STORE_CENTRE)
		TG_TRY(tg_tree_place(s, &at.id, err));
	TG_TRY(add_row(s, TG_SQL_ENTRY_ADD, e, &at, err));
	TG_TRY(tg_own_add(s, e, &at, err));
	const struct tg_log_row row = {.entry = *e, .place = at.id, .before = at.before, .received_ms = received_ms};
	TG_TRY(tg_outer_collect(s, &row, err));
	st->seq = e->seq;
	st->last_id = at.id;
	memcpy(st->hash, e->hash, TG_HASH_LEN);
	if (s->role == TG_STORE_CENTRE)
		TG_TRY(tg_tree_append(s, e->hash, err));
	return s->role == TG_STORE_CENTRE && st->seq % BLOCK == 0 ? add_mark(s, st, err) : TG_OK;
}

/* The row to begin the walk back at: the entry itself at a kiosk, the next mark or the head at the centre. */
static enum tg_status walk_start(
        struct tg_store *s, const struct tg_stream *st, uint64_t seq, int64_t *id, struct tg_error *err)
{
	sqlite3_stmt *q;
	uint64_t block = (seq + BLOCK - 1) / BLOCK;
	*id = s->role == TG_STORE_KIOSK ? (int64_t)seq : st->last_id;
	if (s->role == TG_STORE_KIOSK || block * BLOCK >= st->seq)
		return TG_OK;
	TG_TRY(tg_db_stmt(s, TG_SQL_MARK_GET, &q, err));
	tg_db_bind_text(q, 1, st->kiosk);
	tg_db_bind_int(q, 2, (int64_t)block);
	TG_TRY(tg_db_row(s, q, err));
	*id = sqlite3_column_int64(q, 0);
	sqlite3_reset(q);
	return TG_OK;
}

/* Back from `id`, row by row; TG_NOT_FOUND when a row on the way is gone or another stream's. */
static enum tg_status walk_back(struct tg_store *s, const struct tg_stream *st, uint64_t seq, int64_t *id,
        struct tg_row_look *look, struct tg_error *err)
{
	for (int i = 0; i < BLOCK; i++) {
		TG_TRY(tg_row_look(s, *id, look, err));
		if (strcmp(look->kiosk, st->kiosk) != 0 || look->seq < seq)
			return TG_NOT_FOUND;
		if (look->seq == seq)
			return TG_OK;
		*id = look->before;
	}
	return TG_NOT_FOUND;
}

enum tg_status tg_stream_find(
        struct tg_store *s, const struct tg_stream *st, uint64_t seq, int64_t *id, uint8_t *hash, struct tg_error *err)
{
	struct tg_row_look look;
	TG_BUG_IF(seq == 0 || seq > st->seq);
	enum tg_status found = tg_segment_find(s, st->kiosk, seq, id, &look, err);
	if (found == TG_NOT_FOUND) {
		found = walk_start(s, st, seq, id, err);
		if (found == TG_OK)
			found = walk_back(s, st, seq, id, &look, err);
	}
	if (found == TG_OK) {
		if (hash)
			memcpy(hash, look.hash, TG_HASH_LEN);
		return TG_OK;
	}
	if (found != TG_NOT_FOUND)
		return found;
	return tg_error_set(err, TG_STORE_DAMAGED, "store: entry %llu of %s is not where it should be",
	        (unsigned long long)seq, st->kiosk);
}

enum tg_status tg_row_received(struct tg_store *s, int64_t id, int64_t *ms, struct tg_error *err)
{
	struct tg_row_look look;
	enum tg_status st = tg_row_look(s, id, &look, err);
	if (st == TG_OK)
		*ms = look.received_ms;
	return st == TG_NOT_FOUND ? TG_OK : st;
}

enum tg_status tg_rows_linked(
        struct tg_store *s, enum tg_sql link, int64_t id, struct tg_buf *ids, struct tg_error *err)
{
	while (id > 0) {
		sqlite3_stmt *q;
		int64_t before = 0;
		tg_buf_add(ids, &id, sizeof(id));
		TG_TRY(tg_db_stmt(s, link, &q, err));
		tg_db_bind_int(q, 1, id);
		enum tg_status st = tg_db_row(s, q, err);
		if (st == TG_OK)
			before = sqlite3_column_int64(q, 0);
		sqlite3_reset(q);
		if (st == TG_NOT_FOUND ||
		        (st == TG_OK && before >= id)) /* each link leads to an older row: no circles */
			st = tg_error_set(err, TG_STORE_DAMAGED, "store: links between entries are broken; rebuild");
		TG_TRY(st);
		id = before;
	}
	return tg_buf_status(ids);
}

enum tg_status tg_rows_of_list(
        struct tg_store *s, enum tg_sql link, int64_t id, tg_store_entry_fn *fn, void *ctx, struct tg_error *err)
{
	struct tg_buf ids = TG_BUF_INIT;
	enum tg_status st = tg_rows_linked(s, link, id, &ids, err);
	for (size_t i = ids.len / sizeof(int64_t); st == TG_OK && i > 0; i--) {
		memcpy(&id, ids.data + (i - 1) * sizeof(id), sizeof(id));
		st = tg_rows_hand(s, id, id, fn, ctx, err);
	}
	tg_buf_finish(&ids);
	return st;
}
