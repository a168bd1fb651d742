/* The whole journal in PostgreSQL, once through by place: chains, places, links, high water, tree. */
#include "pg.h"

#include "tamga/streams.h"

struct walk {
	struct tg_pg *pg;
	struct tg_streams streams;
	struct tg_tree tree;
	int64_t gap; /* the first place without a row; 0: none */
	struct tg_error *err;
};

static enum tg_status see_row(const PGresult *r, void *ctx)
{
	struct walk *w = ctx;
	struct tg_verify_row v = {.fault = TG_ROW_FINE};
	v.read = tg_pg_row(r, 0, &v.row);
	tg_verify_row_hash(&v);
	TG_TRY(tg_streams_row(&w->streams, &v));
	w->streams.out->erased_bodies += !v.row.entry.body;
	if (w->gap == 0 && v.row.place != (int64_t)w->tree.size + 1)
		w->gap = (int64_t)w->tree.size + 1;
	return w->gap == 0 ? tg_tree_add(&w->tree, v.leaf, NULL, NULL) : TG_OK;
}

static enum tg_status see_head(const PGresult *r, void *ctx)
{
	struct walk *w = ctx;
	struct tg_stream kept = {.seq = (uint64_t)tg_pg_int(r, 0, 1), .last_id = tg_pg_int(r, 0, 3)};
	return tg_pg_text(r, 0, 0, kept.kiosk, sizeof(kept.kiosk)) && tg_pg_fixed(r, 0, 2, kept.hash, TG_HASH_LEN)
	               ? tg_streams_head(&w->streams, &kept)
	               : tg_streams_broken(&w->streams, "?", 0, "a high water cannot be read");
}

static enum tg_status broken_at(struct walk *w, int64_t from, int64_t to, const char *what)
{
	const struct tg_places at = {"", 0, from, to};
	return tg_streams_broken_at(&w->streams, &at, what);
}

static enum tg_status verify_tree(struct walk *w)
{
	struct tg_tree_head head;
	uint8_t root[TG_HASH_LEN];
	const int64_t rows = (int64_t)w->tree.size;
	if (w->gap > 0)
		return broken_at(w, w->gap, w->gap, "the entry that stood there is missing");
	TG_TRY(tg_pg_tree(w->pg, &head, w->err));
	TG_TRY(tg_tree_root(&w->tree, root));
	if ((int64_t)head.size > rows)
		return broken_at(w, rows + 1, (int64_t)head.size, "entries at the end of the journal are missing");
	if ((int64_t)head.size < rows)
		return broken_at(w, (int64_t)head.size + 1, rows, "the tree ends before the journal does");
	return memcmp(head.root, root, TG_HASH_LEN) == 0
	               ? TG_OK
	               : broken_at(w, 1, rows, "the tree was made over other entries");
}

static enum tg_status verify_all(struct walk *w)
{
	TG_TRY(tg_pg_each(
	        w->pg, "SELECT " TG_PG_ENTRY_COLUMNS " FROM tamga.journal ORDER BY place", NULL, see_row, w, w->err));
	TG_TRY(tg_pg_each(w->pg, "SELECT kiosk, seq, hash, place FROM tamga.high_water ORDER BY kiosk", NULL, see_head,
	        w, w->err));
	TG_TRY(tg_streams_end(&w->streams));
	return verify_tree(w);
}

enum tg_status tg_pg_verify(void *ctx, struct tg_verify_report *out, struct tg_error *err)
{
	struct tg_pg *pg = ctx;
	struct tg_error own = {0};
	struct walk w = {.pg = pg, .err = err ? err : &own};
	*out = (struct tg_verify_report){0};
	w.streams = (struct tg_streams){.out = out, .err = w.err};
	/* One moment of the journal, whatever is written meanwhile; no limit of time for one statement. */
	TG_TRY(tg_pg_start(pg, w.err));
	enum tg_status st = tg_pg_do(pg,
	        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0", w.err);
	if (st == TG_OK)
		st = verify_all(&w);
	tg_pg_rollback(pg);
	tg_streams_finish(&w.streams);
	if (st != TG_OK && !out->what[0])
		(void)tg_copy(out->what, sizeof(out->what), w.err->detail);
	return st;
}
