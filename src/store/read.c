#include "db.h"

enum tg_status tg_store_head(
        struct tg_store *s, const char *kiosk, uint64_t *seq, uint8_t hash[TG_HASH_LEN], struct tg_error *err)
{
	struct tg_stream st;
	TG_TRY(tg_stream_load(s, kiosk, &st, err));
	*seq = st.seq;
	memcpy(hash, st.hash, TG_HASH_LEN);
	return TG_OK;
}

/* At the centre the entries of one stream lie apart: each is found by its own place. */
static enum tg_status read_apart(struct tg_store *s, const struct tg_stream *stream, uint64_t from, uint64_t to,
        tg_store_entry_fn *fn, void *ctx, struct tg_error *err)
{
	for (uint64_t seq = from; seq <= to; seq++) {
		sqlite3_stmt *q = NULL;
		int64_t id;
		TG_TRY(tg_stream_find(s, stream, seq, &id, NULL, err));
		TG_TRY(tg_db_prepare(s, "SELECT " TG_ENTRY_COLUMNS " FROM journal WHERE id = ?1", &q, err));
		tg_db_bind_int(q, 1, id);
		TG_TRY(tg_rows_walk(s, q, fn, ctx, err));
	}
	return TG_OK;
}

static enum tg_status read_run(
        struct tg_store *s, uint64_t from, uint64_t to, tg_store_entry_fn *fn, void *ctx, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_prepare(
	        s, "SELECT " TG_ENTRY_COLUMNS " FROM journal WHERE id BETWEEN ?1 AND ?2 ORDER BY id", &q, err));
	tg_db_bind_int(q, 1, (int64_t)from);
	tg_db_bind_int(q, 2, (int64_t)to);
	return tg_rows_walk(s, q, fn, ctx, err);
}

enum tg_status tg_store_read(struct tg_store *s, const char *kiosk, uint64_t from_seq, int max_entries,
        tg_store_entry_fn *fn, void *ctx, struct tg_error *err)
{
	struct tg_stream stream;
	TG_TRY(tg_stream_load(s, kiosk, &stream, err));
	uint64_t from = from_seq > 0 ? from_seq : 1;
	if (max_entries <= 0 || from > stream.seq)
		return TG_OK;
	uint64_t left = stream.seq - from, want = (uint64_t)max_entries - 1;
	uint64_t to = from + (left < want ? left : want);
	return s->role == TG_STORE_KIOSK ? read_run(s, from, to, fn, ctx, err)
	                                 : read_apart(s, &stream, from, to, fn, ctx, err);
}

enum tg_status tg_store_each(struct tg_store *s, tg_store_entry_fn *fn, void *ctx, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_prepare(s, "SELECT " TG_ENTRY_COLUMNS " FROM journal ORDER BY id", &q, err));
	return tg_rows_walk(s, q, fn, ctx, err);
}
