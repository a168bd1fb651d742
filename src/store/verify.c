/* The whole journal, once through in the order of its rows: memory grows with the streams and a little with the tree,
 * not with the bodies. */
#include "verify_walk.h"

enum tg_status tg_verify_broken(struct tg_verify_walk *w, const char *kiosk, uint64_t seq, const char *what)
{
	(void)tg_copy(w->out->kiosk, sizeof(w->out->kiosk), kiosk);
	(void)tg_copy(w->out->what, sizeof(w->out->what), what);
	w->out->seq = seq;
	return tg_error_set(w->err, TG_CHAIN_BROKEN, "stream %s, entry %llu: %s", kiosk, (unsigned long long)seq, what);
}

enum tg_status tg_verify_broken_at(struct tg_verify_walk *w, int64_t from, int64_t to, const char *what)
{
	struct tg_row_look row = {.kiosk = ""};
	struct tg_error none;
	/* Whose entry stands there, if any does. */
	if (tg_row_look(w->s, from, &row, &none) != TG_OK)
		row = (struct tg_row_look){.kiosk = ""};
	enum tg_status st = tg_verify_broken(w, row.kiosk, row.seq, what);
	w->out->place = from;
	w->out->place_to = to;
	return from == to ? tg_error_set(w->err, st, "place %lld of the journal: %s", (long long)from, what)
	                  : tg_error_set(w->err, st, "places %lld to %lld of the journal: %s", (long long)from,
	                            (long long)to, what);
}

/* Where `kiosk` stands, or where it would be put in. */
static size_t lower_bound(const struct tg_verify_walk *w, const char *kiosk)
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

const struct tg_stream *tg_verify_stream(const struct tg_verify_walk *w, const char *kiosk)
{
	size_t at = lower_bound(w, kiosk);
	return at < w->n && strcmp(w->streams[at].kiosk, kiosk) == 0 ? &w->streams[at] : NULL;
}

static enum tg_status grow(struct tg_verify_walk *w)
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

static enum tg_status stream_of(struct tg_verify_walk *w, const char *kiosk, struct tg_stream **out)
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
static const char *fault(const struct tg_verify_row *r, const struct tg_stream *st)
{
	const struct tg_entry *e = &r->e;
	if (e->seq <= st->seq)
		return "stands after an entry that it should precede";
	if (e->seq > st->seq + 1)
		return "the entry before it is missing";
	if (r->fault == TG_ROW_UNMADE)
		return "its hash could not be made";
	if (r->fault == TG_ROW_BODY)
		return "its body or salt was changed";
	if (memcmp(e->prev_hash, st->hash, TG_HASH_LEN) != 0)
		return "it does not follow from the entry before it";
	if (r->fault == TG_ROW_SELF)
		return "it was changed";
	if (r->place.before != st->last_id)
		return "its link to the entry before it was changed";
	return NULL;
}

/* A place without an entry is said when no chain says more. */
static enum tg_status add_to_tree(struct tg_verify_walk *w, const struct tg_verify_row *r)
{
	if (!w->has_tree)
		return TG_OK;
	if (w->gap == 0 && (uint64_t)r->place.id != w->tree.tree.size + 1)
		w->gap = (int64_t)w->tree.tree.size + 1;
	return w->gap == 0 ? tg_verify_tree_add(&w->tree, r->leaf) : TG_OK;
}

static enum tg_status verify_row(const struct tg_verify_row *r, void *ctx)
{
	struct tg_verify_walk *w = ctx;
	const struct tg_entry *e = &r->e;
	struct tg_stream *st;
	const char *kiosk = tg_kiosk_id_valid(e->kiosk) ? e->kiosk : "?";
	if (r->read != TG_OK || kiosk != e->kiosk)
		return tg_verify_broken(w, kiosk, e->seq, "the row cannot be read");
	if (w->s->role == TG_STORE_KIOSK && (strcmp(kiosk, w->s->kiosk) != 0 || (uint64_t)r->place.id != e->seq))
		return tg_verify_broken(w, kiosk, e->seq, "it is not at its place in this kiosk's stream");
	TG_TRY(stream_of(w, kiosk, &st));
	const char *what = fault(r, st);
	if (what)
		return tg_verify_broken(w, kiosk, e->seq > st->seq + 1 ? st->seq + 1 : e->seq, what);
	st->seq = e->seq;
	st->last_id = r->place.id;
	memcpy(st->hash, e->hash, TG_HASH_LEN);
	w->out->entries++;
	TG_TRY(add_to_tree(w, r));
	TG_TRY(tg_erased_see(w->s, e, &w->erased, &what, w->err));
	if (what)
		return tg_verify_broken(w, w->erased.kiosk, w->erased.seq, what);
	return w->witnesses ? tg_witnesses_row(w->witnesses, w, r) : TG_OK;
}

static enum tg_status verify_rows(struct tg_verify_walk *w)
{
	int64_t outside = 0;
	const char *what = NULL;
	TG_TRY(tg_verify_rows(w->s, verify_row, w, w->err));
	w->out->streams = w->n;
	TG_TRY(tg_db_number(w->s, "SELECT EXISTS (SELECT 1 FROM journal WHERE id < 1)", &outside, w->err));
	if (outside)
		return tg_verify_broken_at(w, 0, 0, "an entry stands before the first place");
	TG_TRY(tg_erased_end(w->s, &w->erased, &what, w->err));
	w->out->erased_bodies = w->erased.gone;
	return what ? tg_verify_broken(w, w->erased.kiosk, w->erased.seq, what) : TG_OK;
}

static enum tg_status verify_head(struct tg_verify_walk *w, const struct tg_stream *end)
{
	struct tg_stream head;
	TG_TRY(tg_stream_load(w->s, end->kiosk, &head, w->err));
	if (head.seq > end->seq)
		return tg_verify_broken(w, end->kiosk, end->seq + 1, "entries at the end are missing");
	if (head.seq != end->seq || head.last_id != end->last_id || memcmp(head.hash, end->hash, TG_HASH_LEN) != 0)
		return tg_verify_broken(w, end->kiosk, end->seq, "the high water is not the newest entry");
	return TG_OK;
}

/* A head without any entry. */
static enum tg_status verify_no_orphans(struct tg_verify_walk *w)
{
	sqlite3_stmt *q = NULL;
	enum tg_status st;
	char kiosk[TG_KIOSK_MAX + 1];
	TG_TRY(tg_db_prepare(w->s, "SELECT kiosk FROM high_water ORDER BY kiosk", &q, w->err));
	while ((st = tg_db_row(w->s, q, w->err)) == TG_OK) {
		if (!tg_db_text(q, 0, kiosk, sizeof(kiosk)) || !tg_verify_stream(w, kiosk)) {
			st = tg_verify_broken(w, kiosk, 1, "the whole stream is missing");
			break;
		}
	}
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

static enum tg_status verify_ack(struct tg_verify_walk *w)
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
		return tg_verify_broken(w, w->s->kiosk, end + 1, "entries that the centre acknowledged are missing");
	if (best == 0)
		return TG_OK;
	int64_t id;
	TG_TRY(tg_stream_find(w->s, &w->streams[0], best, &id, own, w->err));
	return memcmp(own, signed_hash, TG_HASH_LEN) == 0
	               ? TG_OK
	               : tg_verify_broken(w, w->s->kiosk, best, "the centre acknowledged another");
}

static enum tg_status verify_tree(struct tg_verify_walk *w)
{
	const char *what = NULL;
	int64_t from = 0, to = 0;
	if (w->gap > 0)
		return tg_verify_broken_at(w, w->gap, w->gap, "the entry that stood there is missing");
	TG_TRY(tg_verify_tree_compare(w->s, &w->tree, &what, &from, &to, w->err));
	return what ? tg_verify_broken_at(w, from, to, what) : TG_OK;
}

static enum tg_status verify_all(struct tg_verify_walk *w)
{
	/* An older program's file, opened for looking only, has no tree. */
	w->has_tree = w->s->role == TG_STORE_CENTRE && w->s->version >= TG_STORE_VERSION;
	TG_TRY(verify_rows(w));
	for (size_t i = 0; i < w->n; i++)
		TG_TRY(verify_head(w, &w->streams[i]));
	TG_TRY(verify_no_orphans(w));
	TG_TRY(w->s->role == TG_STORE_KIOSK ? verify_ack(w) : TG_OK);
	if (w->has_tree)
		TG_TRY(verify_tree(w));
	return w->witnesses ? tg_witnesses_end(w->witnesses, w) : TG_OK;
}

static enum tg_status verify_locked(struct tg_verify_walk *w, const struct tg_verify_options *o)
{
	enum tg_status st = o ? tg_witnesses_open(&w->witnesses, o, w) : TG_OK;
	if (st == TG_OK)
		st = verify_all(w);
	tg_witnesses_close(w->witnesses);
	return st;
}

enum tg_status tg_store_verify_with(
        struct tg_store *s, const struct tg_verify_options *o, struct tg_verify_report *out, struct tg_error *err)
{
	struct tg_error own_err;
	struct tg_verify_walk *w = calloc(1, sizeof(*w));
	*out = (struct tg_verify_report){0};
	if (!w)
		return tg_error_set(err, TG_NO_MEMORY, "verify");
	*w = (struct tg_verify_walk){.s = s, .out = out, .err = err ? err : &own_err};
	enum tg_status st = tg_db_exec(s, "BEGIN", w->err);
	if (st == TG_OK)
		st = tg_db_end(s, verify_locked(w, o), w->err);
	if (st != TG_OK && !out->what[0])
		(void)tg_copy(out->what, sizeof(out->what), w->err->detail);
	tg_verify_tree_finish(&w->tree);
	free(w->streams);
	free(w);
	return st;
}

enum tg_status tg_store_verify(struct tg_store *s, struct tg_verify_report *out, struct tg_error *err)
{
	return tg_store_verify_with(s, NULL, out, err);
}
