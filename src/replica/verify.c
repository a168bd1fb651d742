/* The whole journal in PostgreSQL, once through by place: chains, places, links, high water, tree. */
#include "pg.h"

struct stream {
	char kiosk[TG_KIOSK_MAX + 1];
	uint64_t seq;
	int64_t place;
	uint8_t hash[TG_HASH_LEN];
	bool has_head;
};
struct walk {
	struct tg_pg *pg;
	struct stream *streams; /* sorted by kiosk */
	size_t n, cap;
	struct tg_tree tree;
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

static struct stream *known(const struct walk *w, const char *kiosk)
{
	size_t at = lower_bound(w, kiosk);
	return at < w->n && strcmp(w->streams[at].kiosk, kiosk) == 0 ? &w->streams[at] : NULL;
}

static struct stream *stream_of(struct walk *w, const char *kiosk)
{
	struct stream *old = known(w, kiosk);
	if (old)
		return old;
	if (w->n == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 64;
		struct stream *p = reallocarray(w->streams, cap, sizeof(*p));
		if (!p)
			return NULL;
		w->streams = p;
		w->cap = cap;
	}
	size_t at = lower_bound(w, kiosk);
	memmove(w->streams + at + 1, w->streams + at, (w->n - at) * sizeof(*w->streams));
	w->streams[at] = (struct stream){0};
	(void)tg_copy(w->streams[at].kiosk, sizeof(w->streams[at].kiosk), kiosk);
	tg_entry_genesis(kiosk, w->streams[at].hash);
	w->n++;
	return &w->streams[at];
}

static const char *fault(const struct tg_log_row *row, const struct stream *st, const struct walk *w)
{
	const struct tg_entry *e = &row->entry;
	if (row->place != (int64_t)w->out->entries + 1)
		return "a row before it is missing";
	if (e->seq <= st->seq)
		return "stands after an entry that it should precede";
	if (e->seq > st->seq + 1)
		return "the entry before it is missing";
	if (memcmp(e->prev_hash, st->hash, TG_HASH_LEN) != 0)
		return "it does not follow from the entry before it";
	if (tg_entry_check(e, e->prev_hash) != TG_OK)
		return "it was changed";
	return row->before != st->place ? "its link to the entry before it was changed" : NULL;
}

static enum tg_status see_row(const PGresult *r, void *ctx)
{
	struct walk *w = ctx;
	struct tg_log_row row;
	uint8_t leaf[TG_HASH_LEN];
	enum tg_status readable = tg_pg_row(r, 0, &row);
	const char *kiosk = tg_kiosk_id_valid(row.entry.kiosk) ? row.entry.kiosk : "?";
	if (readable != TG_OK || kiosk != row.entry.kiosk)
		return broken(w, kiosk, row.entry.seq, "the row cannot be read");
	struct stream *st = stream_of(w, kiosk);
	if (!st)
		return tg_error_set(w->err, TG_NO_MEMORY, "verify");
	const char *what = fault(&row, st, w);
	if (what)
		return broken(w, kiosk, row.entry.seq > st->seq + 1 ? st->seq + 1 : row.entry.seq, what);
	st->seq = row.entry.seq;
	st->place = row.place;
	memcpy(st->hash, row.entry.hash, TG_HASH_LEN);
	w->out->entries++;
	w->out->erased_bodies += !row.entry.body;
	TG_TRY(tg_tree_leaf(row.entry.hash, TG_HASH_LEN, leaf));
	return tg_tree_add(&w->tree, leaf, NULL, NULL);
}

static enum tg_status see_head(const PGresult *r, void *ctx)
{
	struct walk *w = ctx;
	char kiosk[TG_KIOSK_MAX + 1];
	uint8_t hash[TG_HASH_LEN];
	uint64_t seq = (uint64_t)tg_pg_int(r, 0, 1);
	bool read = tg_pg_text(r, 0, 0, kiosk, sizeof(kiosk)) && tg_pg_fixed(r, 0, 2, hash, TG_HASH_LEN);
	struct stream *st = read ? known(w, kiosk) : NULL;
	if (!st)
		return broken(w, read ? kiosk : "?", 1, "the whole stream is missing");
	if (seq > st->seq)
		return broken(w, kiosk, st->seq + 1, "entries at the end are missing");
	if (seq != st->seq || tg_pg_int(r, 0, 3) != st->place || memcmp(hash, st->hash, TG_HASH_LEN) != 0)
		return broken(w, kiosk, st->seq, "the high water is not the newest entry");
	st->has_head = true;
	return TG_OK;
}

static enum tg_status verify_tree(struct walk *w)
{
	struct tg_tree_head head;
	uint8_t root[TG_HASH_LEN];
	TG_TRY(tg_pg_tree(w->pg, &head, w->err));
	TG_TRY(tg_tree_root(&w->tree, root));
	if (head.size != w->tree.size)
		return broken(w, "?", 0, "the journal does not end where its head says");
	return memcmp(head.root, root, TG_HASH_LEN) == 0 ? TG_OK : broken(w, "?", 0, "the tree over it is another");
}

static enum tg_status verify_all(struct walk *w)
{
	TG_TRY(tg_pg_each(
	        w->pg, "SELECT " TG_PG_ENTRY_COLUMNS " FROM tamga.journal ORDER BY place", NULL, see_row, w, w->err));
	w->out->streams = w->n;
	TG_TRY(tg_pg_each(w->pg, "SELECT kiosk, seq, hash, place FROM tamga.high_water", NULL, see_head, w, w->err));
	for (size_t i = 0; i < w->n; i++)
		if (!w->streams[i].has_head)
			return broken(w, w->streams[i].kiosk, w->streams[i].seq, "its high water is missing");
	return verify_tree(w);
}

enum tg_status tg_pg_verify(void *ctx, struct tg_verify_report *out, struct tg_error *err)
{
	struct tg_pg *pg = ctx;
	struct tg_error own = {0};
	struct walk w = {.pg = pg, .out = out, .err = err ? err : &own};
	*out = (struct tg_verify_report){0};
	/* One moment of the journal, whatever is written meanwhile; no limit of time for one statement. */
	TG_TRY(tg_pg_start(pg, w.err));
	enum tg_status st = tg_pg_do(pg,
	        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0", w.err);
	if (st == TG_OK)
		st = verify_all(&w);
	tg_pg_rollback(pg);
	free(w.streams);
	if (st != TG_OK && !out->what[0])
		(void)tg_copy(out->what, sizeof(out->what), w.err->detail);
	return st;
}
