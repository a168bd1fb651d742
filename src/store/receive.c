/* The centre's side: entries of many kiosks in one transaction, each judged by itself. */
#include "db.h"

/* The stream of the last entry stays loaded: entries of one kiosk usually come together. */
struct group {
	struct tg_store *s;
	struct tg_stream stream;
	bool loaded, changed;
	int64_t now_ms;
	struct tg_error *err;
};

static enum tg_status put_back(struct group *g)
{
	if (!g->changed)
		return TG_OK;
	g->changed = false;
	return tg_stream_save(g->s, &g->stream, g->err);
}

static enum tg_status take_stream(struct group *g, const char *kiosk)
{
	if (g->loaded && strcmp(g->stream.kiosk, kiosk) == 0)
		return TG_OK;
	TG_TRY(put_back(g));
	TG_TRY(tg_stream_load(g->s, kiosk, &g->stream, g->err));
	g->loaded = true;
	return TG_OK;
}

/* An entry that is there already: the same one, or another in its place. */
static enum tg_status judge_old(struct group *g, const struct tg_entry *e, enum tg_status *result)
{
	uint8_t hash[TG_HASH_LEN];
	int64_t id;
	memcpy(hash, g->stream.hash, TG_HASH_LEN);
	if (e->seq != g->stream.seq)
		TG_TRY(tg_stream_find(g->s, &g->stream, e->seq, &id, hash, g->err));
	*result = memcmp(hash, e->hash, TG_HASH_LEN) == 0 ? TG_SYNC_REPEAT : TG_SYNC_FORK;
	return TG_OK;
}

/* The centre's own stream is written here and comes from nowhere. */
static bool well_formed(const struct tg_entry *e)
{
	return tg_kiosk_id_valid(e->kiosk) && strcmp(e->kiosk, TG_CENTRE_STREAM) != 0 && e->seq > 0 &&
	       e->seq <= INT64_MAX && e->body_len <= TG_BODY_MAX;
}

/* Sets `result`; returns a failure of the database only. */
static enum tg_status judge(struct group *g, const struct tg_entry *e, enum tg_status *result)
{
	*result = TG_SYNC_FOREIGN;
	if (!well_formed(e))
		return TG_OK;
	TG_TRY(take_stream(g, e->kiosk));
	/* First whether it agrees with itself: a repeat or a fork is said of whole entries only. */
	*result = tg_entry_check(e, e->prev_hash);
	if (*result != TG_OK)
		return *result == TG_CHAIN_BROKEN ? TG_OK : *result;
	if (e->seq <= g->stream.seq)
		return judge_old(g, e, result);
	if (e->seq > g->stream.seq + 1)
		*result = TG_SYNC_GAP;
	else if (memcmp(e->prev_hash, g->stream.hash, TG_HASH_LEN) != 0)
		*result = TG_SYNC_FORK;
	return TG_OK;
}

static enum tg_status receive_one(struct group *g, const struct tg_entry *e, enum tg_status *result)
{
	TG_TRY(judge(g, e, result));
	if (*result != TG_OK)
		return TG_OK;
	TG_TRY(tg_stream_add(g->s, &g->stream, e, g->now_ms, g->err));
	g->changed = true;
	return tg_project(g->s, e, NULL, g->stream.last_id, g->err);
}

enum tg_status tg_store_receive(struct tg_store *s, const struct tg_entry *entries, size_t n, int64_t now_ms,
        enum tg_status *results, struct tg_error *err)
{
	struct group g = {.s = s, .now_ms = now_ms, .err = err};
	TG_BUG_IF(s->role != TG_STORE_CENTRE);
	TG_TRY(tg_db_begin(s, err));
	enum tg_status st = TG_OK;
	for (size_t i = 0; i < n && st == TG_OK; i++)
		st = receive_one(&g, &entries[i], &results[i]);
	if (st == TG_OK)
		st = put_back(&g);
	return tg_db_end(s, st, err);
}
