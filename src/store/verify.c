/* The whole journal, once through in the order of its rows: memory grows with the streams, not with the entries. */
#include "db.h"

struct walk {
	struct tg_store *s;
	struct tg_stream *streams; /* sorted by kiosk */
	size_t n, cap, last;       /* `last`: the one used before, usually the one used next */
	struct tg_verify_report *out;
	struct tg_error *err;
};

static enum tg_status broken(struct walk *w, const char *kiosk, uint64_t seq, const char *what)
{
	(void)tg_copy(w->out->kiosk, sizeof(w->out->kiosk), kiosk);
	(void)tg_copy(w->out->what, sizeof(w->out->what), what);
	w->out->seq = seq;
	return tg_error_set(w->err, TG_CHAIN_BROKEN, "stream %s, entry %llu: %s", kiosk, (unsigned long long)seq, what);
}

/* Where `kiosk` stands, or where it would be put in. */
static size_t lower_bound(const struct walk *w, const char *kiosk)
{
	size_t lo = 0, hi = w->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (strcmp(w->streams[mid].kiosk, kiosk) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static enum tg_status grow(struct walk *w)
{
	if (w->n < w->cap)
		return TG_OK;
	size_t cap = w->cap ? w->cap * 2 : 16;
	struct tg_stream *p = reallocarray(w->streams, cap, sizeof(*p));
	if (!p)
		return tg_error_set(w->err, TG_NO_MEMORY, "verify");
	w->streams = p;
	w->cap = cap;
	return TG_OK;
}

static enum tg_status stream_of(struct walk *w, const char *kiosk, struct tg_stream **out)
{
	size_t at = w->last;
	if (at >= w->n || strcmp(w->streams[at].kiosk, kiosk) != 0) {
		at = lower_bound(w, kiosk);
		if (at >= w->n || strcmp(w->streams[at].kiosk, kiosk) != 0) {
			TG_TRY(grow(w));
			memmove(w->streams + at + 1, w->streams + at, (w->n - at) * sizeof(*w->streams));
			w->streams[at] = (struct tg_stream){0};
			(void)tg_copy(w->streams[at].kiosk, sizeof(w->streams[at].kiosk), kiosk);
			tg_entry_genesis(kiosk, w->streams[at].hash);
			w->n++;
		}
	}
	w->last = at;
	*out = &w->streams[at];
	return TG_OK;
}

/* What is wrong with an entry in itself and towards the one before, NULL when nothing is. */
static const char *fault(const struct tg_entry *e, const struct tg_stream *st)
{
	struct tg_entry own = *e;
	if (e->seq <= st->seq)
		return "stands after an entry that it should precede";
	if (e->seq > st->seq + 1)
		return "the entry before it is missing";
	if (tg_entry_seal(&own) != TG_OK)
		return "its hash could not be made";
	if (memcmp(own.body_hash, e->body_hash, TG_HASH_LEN) != 0)
		return "its body or salt was changed";
	if (memcmp(e->prev_hash, st->hash, TG_HASH_LEN) != 0)
		return "it does not follow from the entry before it";
	if (memcmp(own.hash, e->hash, TG_HASH_LEN) != 0)
		return "it was changed";
	return NULL;
}

static enum tg_status verify_row(struct walk *w, sqlite3_stmt *q)
{
	struct tg_entry e;
	struct tg_stream *st;
	int64_t id = sqlite3_column_int64(q, TG_COL_ID);
	enum tg_status readable = tg_row_entry(q, &e);
	const char *kiosk = tg_kiosk_id_valid(e.kiosk) ? e.kiosk : "?";
	if (readable != TG_OK || kiosk != e.kiosk)
		return broken(w, kiosk, e.seq, "the row cannot be read");
	if (w->s->role == TG_STORE_KIOSK && (strcmp(kiosk, w->s->kiosk) != 0 || (uint64_t)id != e.seq))
		return broken(w, kiosk, e.seq, "it is not at its place in this kiosk's stream");
	TG_TRY(stream_of(w, kiosk, &st));
	const char *what = fault(&e, st);
	if (!what && sqlite3_column_int64(q, TG_COL_BEFORE) != st->last_id)
		what = "its link to the entry before it was changed";
	if (what)
		return broken(w, kiosk, e.seq > st->seq + 1 ? st->seq + 1 : e.seq, what);
	st->seq = e.seq;
	st->last_id = id;
	memcpy(st->hash, e.hash, TG_HASH_LEN);
	w->out->entries++;
	w->out->erased_bodies += !e.body;
	return TG_OK;
}

static enum tg_status verify_rows(struct walk *w)
{
	sqlite3_stmt *q = NULL;
	enum tg_status st;
	TG_TRY(tg_db_prepare(w->s, "SELECT " TG_ENTRY_COLUMNS " FROM journal ORDER BY id", &q, w->err));
	while ((st = tg_db_row(w->s, q, w->err)) == TG_OK && (st = verify_row(w, q)) == TG_OK)
		;
	sqlite3_finalize(q);
	w->out->streams = w->n;
	return st == TG_NOT_FOUND ? TG_OK : st;
}

static enum tg_status verify_head(struct walk *w, const struct tg_stream *end)
{
	struct tg_stream head;
	TG_TRY(tg_stream_load(w->s, end->kiosk, &head, w->err));
	if (head.seq > end->seq)
		return broken(w, end->kiosk, end->seq + 1, "entries at the end are missing");
	if (head.seq != end->seq || head.last_id != end->last_id || memcmp(head.hash, end->hash, TG_HASH_LEN) != 0)
		return broken(w, end->kiosk, end->seq, "the high water is not the newest entry");
	return TG_OK;
}

/* A head without any entry. */
static enum tg_status verify_no_orphans(struct walk *w)
{
	sqlite3_stmt *q = NULL;
	enum tg_status st;
	char kiosk[TG_KIOSK_MAX + 1];
	TG_TRY(tg_db_prepare(w->s, "SELECT kiosk FROM high_water ORDER BY kiosk", &q, w->err));
	while ((st = tg_db_row(w->s, q, w->err)) == TG_OK) {
		bool known = false;
		if (tg_db_text(q, 0, kiosk, sizeof(kiosk))) {
			size_t at = lower_bound(w, kiosk);
			known = at < w->n && strcmp(w->streams[at].kiosk, kiosk) == 0;
		}
		if (!known) {
			st = broken(w, kiosk, 1, "the whole stream is missing");
			break;
		}
	}
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

static enum tg_status verify_ack(struct walk *w)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(w->s, TG_SQL_ACK_GET, &q, w->err));
	TG_TRY(tg_db_row(w->s, q, w->err));
	uint64_t best = (uint64_t)sqlite3_column_int64(q, 2);
	uint8_t signed_hash[TG_HASH_LEN] = {0}, own[TG_HASH_LEN];
	bool read = best == 0 || tg_db_hash(q, 3, signed_hash);
	sqlite3_reset(q);
	uint64_t end = w->n > 0 ? w->streams[0].seq : 0;
	if (!read || best > end)
		return broken(w, w->s->kiosk, end + 1, "entries that the centre acknowledged are missing");
	if (best == 0)
		return TG_OK;
	int64_t id;
	TG_TRY(tg_stream_find(w->s, &w->streams[0], best, &id, own, w->err));
	return memcmp(own, signed_hash, TG_HASH_LEN) == 0
	               ? TG_OK
	               : broken(w, w->s->kiosk, best, "the centre acknowledged another");
}

static enum tg_status verify_all(struct walk *w)
{
	TG_TRY(verify_rows(w));
	for (size_t i = 0; i < w->n; i++)
		TG_TRY(verify_head(w, &w->streams[i]));
	TG_TRY(verify_no_orphans(w));
	return w->s->role == TG_STORE_KIOSK ? verify_ack(w) : TG_OK;
}

enum tg_status tg_store_verify(struct tg_store *s, struct tg_verify_report *out, struct tg_error *err)
{
	struct tg_error own_err;
	struct walk w = {.s = s, .out = out, .err = err ? err : &own_err};
	*out = (struct tg_verify_report){0};
	TG_TRY(tg_db_exec(s, "BEGIN", w.err));
	enum tg_status st = verify_all(&w);
	if (st != TG_OK && !out->what[0])
		(void)tg_copy(out->what, sizeof(out->what), w.err->detail);
	free(w.streams);
	return tg_db_end(s, st, w.err);
}
