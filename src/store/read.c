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
		int64_t id;
		TG_TRY(tg_stream_find(s, stream, seq, &id, NULL, err));
		TG_TRY(tg_rows_hand(s, id, id, fn, ctx, err));
	}
	return TG_OK;
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
	return s->role == TG_STORE_KIOSK ? tg_rows_hand(s, (int64_t)from, (int64_t)to, fn, ctx, err)
	                                 : read_apart(s, &stream, from, to, fn, ctx, err);
}

enum tg_status tg_store_each(struct tg_store *s, tg_store_entry_fn *fn, void *ctx, struct tg_error *err)
{
	return tg_rows_hand(s, 1, INT64_MAX, fn, ctx, err);
}
