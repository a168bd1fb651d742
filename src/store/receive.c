/* The centre's side: entries of many kiosks in one transaction, each judged by itself. */
#include "db.h"
#include "erase.h"

/* The stream of the last entry stays loaded: entries of one kiosk usually come together. */
struct group {
	struct tg_store *s;
	struct tg_stream stream;
	bool loaded, changed;
	int64_t now_ms;
	struct tg_erasure erasure; /* of bodies that did not come */
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
	enum tg_status st = TG_OK;
	memcpy(hash, g->stream.hash, TG_HASH_LEN);
	if (e->seq != g->stream.seq)
		st = tg_stream_find(g->s, &g->stream, e->seq, &id, hash, g->err);
	/* Of what lies in a damaged segment nothing can be said; the others in the group have nothing to do with it. */
	*result = st != TG_OK ? st : memcmp(hash, e->hash, TG_HASH_LEN) == 0 ? TG_SYNC_REPEAT : TG_SYNC_FORK;
	return st == TG_STORE_DAMAGED ? TG_OK : st;
}

/* The centre's own stream is written here and comes from nowhere. */
bool tg_store_is_receivable(const struct tg_entry *e)
{
	return tg_kiosk_id_valid(e->kiosk) && strcmp(e->kiosk, TG_CENTRE_STREAM) != 0 && e->seq > 0 &&
	       e->seq <= INT64_MAX && e->body_len <= TG_BODY_MAX;
}

enum tg_status tg_store_judge(const struct tg_entry *e, uint64_t head, const uint8_t hash[TG_HASH_LEN])
{
	/* First whether it agrees with itself: a repeat or a fork is said of whole entries only. */
	enum tg_status st = tg_entry_check(e, e->prev_hash);
	if (st != TG_OK)
		return st;
	if (e->seq <= head)
		return TG_SYNC_REPEAT;
	if (!e->body && !tg_record_kind_personal((enum tg_record_kind)tg_record_kind_find(e->kind)))
		return TG_BODY_MISSING;
	if (e->seq > head + 1)
		return TG_SYNC_GAP;
	return memcmp(e->prev_hash, hash, TG_HASH_LEN) == 0 ? TG_OK : TG_SYNC_FORK;
}

/* Sets `result`; returns a failure of the database only. */
static enum tg_status judge(struct group *g, const struct tg_entry *e, enum tg_status *result)
{
	*result = TG_SYNC_FOREIGN;
	if (!tg_store_is_receivable(e))
		return TG_OK;
	TG_TRY(take_stream(g, e->kiosk));
	*result = tg_store_judge(e, g->stream.seq, g->stream.hash);
	if (*result == TG_SYNC_REPEAT)
		return judge_old(g, e, result);
	bool judged = *result == TG_OK || *result == TG_SYNC_GAP || *result == TG_SYNC_FORK ||
	              *result == TG_CHAIN_BROKEN || *result == TG_BODY_MISSING;
	return judged ? TG_OK : *result;
}

/* A kiosk erased the body before a restored centre was sent the entry again: its chain needs none. What the kiosk kept
 * of it is taken as far as it may be kept, and the centre's own stream says that it came so (C-8). */
static enum tg_status receive_without(struct group *g, const struct tg_entry *e)
{
	struct tg_entry own = *e;
	json_t *said = tg_kept_or_body(e);
	json_t *kept = tg_kept_of(tg_record_kind_find(e->kind), said);
	char *text = kept ? json_dumps(kept, JSON_COMPACT) : NULL;
	enum tg_status st = text ? TG_OK : tg_error_set(g->err, TG_NO_MEMORY, "receive");
	json_decref(said);
	tg_entry_forget_body(&own);
	own.kept = text;
	own.kept_len = text ? strlen(text) : 0;
	if (st == TG_OK)
		st = tg_stream_add(g->s, &g->stream, &own, g->now_ms, g->err);
	if (st == TG_OK) {
		g->changed = true;
		st = tg_kept_add(g->s, e->kiosk, e->seq, kept, g->err);
	}
	if (st == TG_OK)
		st = tg_project(g->s, &own, NULL, g->stream.last_id, g->err);
	free(text);
	if (st == TG_OK)
		return tg_erasure_name(&g->erasure, e->kiosk, e->seq, kept, g->err);
	json_decref(kept);
	return st;
}

/* What was erased here and lost afterwards stays erased, whatever the kiosk still has of it. */
static enum tg_status receive_erased(struct group *g, const struct tg_entry *e)
{
	struct tg_entry own = *e;
	struct tg_buf room = TG_BUF_INIT;
	tg_entry_forget_body(&own);
	enum tg_status st = tg_kept_fill(g->s, &own, &room, g->err);
	if (st == TG_OK)
		st = tg_stream_add(g->s, &g->stream, &own, g->now_ms, g->err);
	g->changed = true;
	if (st == TG_OK)
		st = tg_project(g->s, &own, NULL, g->stream.last_id, g->err);
	tg_buf_finish(&room);
	return st;
}

static enum tg_status receive_one(struct group *g, const struct tg_entry *e, enum tg_status *result)
{
	bool erased = false;
	TG_TRY(judge(g, e, result));
	if (*result != TG_OK)
		return TG_OK;
	TG_TRY(tg_erased_ahead(g->s, e, &erased, g->err));
	if (erased) {
		TG_TRY(receive_erased(g, e));
		return tg_aside_take(g->s, &g->stream, g->err);
	}
	if (!e->body) {
		TG_TRY(receive_without(g, e));
		return tg_aside_take(g->s, &g->stream, g->err);
	}
	TG_TRY(tg_stream_add(g->s, &g->stream, e, g->now_ms, g->err));
	g->changed = true;
	TG_TRY(tg_project(g->s, e, NULL, g->stream.last_id, g->err));
	return tg_aside_take(g->s, &g->stream, g->err);
}

static enum tg_status receive(struct tg_store *s, const struct tg_entry *entries, size_t n, int64_t now_ms,
        enum tg_status *results, struct tg_error *err)
{
	struct group g = {.s = s, .now_ms = now_ms, .err = err};
	g.erasure = (struct tg_erasure){.s = s, .why = "kiosk", .by = "", .now_ms = now_ms};
	TG_TRY(tg_db_begin(s, err));
	enum tg_status st = TG_OK;
	for (size_t i = 0; i < n && st == TG_OK; i++)
		st = receive_one(&g, &entries[i], &results[i]);
	if (st == TG_OK)
		st = put_back(&g);
	return tg_db_end(s, tg_erasure_end(&g.erasure, st, err), err);
}

enum tg_status tg_store_receive(struct tg_store *s, const struct tg_entry *entries, size_t n, int64_t now_ms,
        enum tg_status *results, struct tg_error *err)
{
	TG_BUG_IF(s->role != TG_STORE_CENTRE);
	enum tg_status st = TG_LOG_AHEAD;
	/* What this file lacked was read meanwhile: these entries may be among it. */
	for (int i = 0; st == TG_LOG_AHEAD && i < TG_OUTER_TRIES; i++)
		st = receive(s, entries, n, now_ms, results, err);
	return st;
}
