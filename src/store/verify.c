/* The whole journal, once through in the order of its rows: memory grows with the streams and a little with the tree,
 * not with the bodies. */
#include "verify_walk.h"

enum tg_status tg_verify_broken_at(struct tg_verify_walk *w, int64_t from, int64_t to, const char *what)
{
	struct tg_row_look row = {.kiosk = ""};
	struct tg_error none;
	/* Whose entry stands there, if any does. */
	if (tg_row_look(w->s, from, &row, &none) != TG_OK)
		row = (struct tg_row_look){.kiosk = ""};
	const struct tg_places at = {row.kiosk, row.seq, from, to};
	return tg_streams_broken_at(&w->streams, &at, what);
}

/* A place without an entry is said when no chain says more. */
static enum tg_status add_to_tree(struct tg_verify_walk *w, const struct tg_verify_row *r)
{
	if (!w->has_tree)
		return TG_OK;
	if (w->gap == 0 && (uint64_t)r->row.place != w->tree.tree.size + 1)
		w->gap = (int64_t)w->tree.tree.size + 1;
	return w->gap == 0 ? tg_verify_tree_add(&w->tree, r->leaf) : TG_OK;
}

/* An entry of a month that was sealed before there were second rows has none. */
static enum tg_status verify_own(struct tg_verify_walk *w, const struct tg_verify_row *r)
{
	const struct tg_entry *e = &r->row.entry;
	const struct tg_row_place at = {r->row.place, r->row.before, r->row.received_ms};
	bool same = false;
	if (!w->has_own || strcmp(e->kiosk, TG_CENTRE_STREAM) != 0)
		return TG_OK;
	enum tg_status st = tg_own_same(w->s, e, &at, &same, w->err);
	w->own += st == TG_OK;
	if (st == TG_OK && !same)
		return tg_streams_broken(&w->streams, e->kiosk, e->seq, "its second row was changed");
	return st == TG_NOT_FOUND ? TG_OK : st;
}

static enum tg_status verify_no_other_own(struct tg_verify_walk *w)
{
	int64_t n = 0;
	if (!w->has_own)
		return TG_OK;
	TG_TRY(tg_db_number(w->s, "SELECT count(*) FROM own", &n, w->err));
	return n == w->own ? TG_OK
	                   : tg_streams_broken(&w->streams, TG_CENTRE_STREAM, 0, "a second row has no first one");
}

static enum tg_status verify_row(const struct tg_verify_row *r, const struct tg_verify_head *head, void *ctx)
{
	struct tg_verify_walk *w = ctx;
	const char *what = NULL;
	TG_TRY(tg_streams_row(&w->streams, r));
	TG_TRY(add_to_tree(w, r));
	TG_TRY(verify_own(w, r));
	TG_TRY(tg_erased_see(w->s, &r->row.entry, &w->erased, &what, w->err));
	if (what)
		return tg_streams_broken(&w->streams, w->erased.kiosk, w->erased.seq, what);
	return w->witnesses ? tg_witnesses_row(w->witnesses, w, r, head) : TG_OK;
}

static enum tg_status verify_rows(struct tg_verify_walk *w)
{
	int64_t outside = 0;
	const char *what = NULL;
	TG_TRY(tg_verify_rows(w->s, tg_witnesses_heads(w->witnesses), verify_row, w, w->err));
	TG_TRY(tg_db_number(w->s, "SELECT EXISTS (SELECT 1 FROM journal WHERE id < 1)", &outside, w->err));
	if (outside)
		return tg_verify_broken_at(w, 0, 0, "an entry stands before the first place");
	TG_TRY(tg_erased_end(w->s, &w->erased, &what, w->err));
	w->out->erased_bodies = w->erased.gone;
	return what ? tg_streams_broken(&w->streams, w->erased.kiosk, w->erased.seq, what) : TG_OK;
}

static enum tg_status verify_head(struct tg_verify_walk *w, sqlite3_stmt *q)
{
	struct tg_stream kept = {.seq = (uint64_t)sqlite3_column_int64(q, 1), .last_id = sqlite3_column_int64(q, 3)};
	return tg_db_text(q, 0, kept.kiosk, sizeof(kept.kiosk)) && tg_db_hash(q, 2, kept.hash)
	               ? tg_streams_head(&w->streams, &kept)
	               : tg_streams_broken(&w->streams, "?", 0, "a high water cannot be read");
}

static enum tg_status verify_heads(struct tg_verify_walk *w)
{
	sqlite3_stmt *q = NULL;
	enum tg_status st;
	TG_TRY(tg_db_prepare(w->s, "SELECT kiosk, seq, hash, last_id FROM high_water ORDER BY kiosk", &q, w->err));
	while ((st = tg_db_row(w->s, q, w->err)) == TG_OK && (st = verify_head(w, q)) == TG_OK)
		;
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? tg_streams_end(&w->streams) : st;
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
	uint64_t end = w->streams.n > 0 ? w->streams.at[0].seq : 0;
	if (!read || best > end)
		return tg_streams_broken(
		        &w->streams, w->s->kiosk, end + 1, "entries that the centre acknowledged are missing");
	if (best == 0)
		return TG_OK;
	int64_t id;
	TG_TRY(tg_stream_find(w->s, &w->streams.at[0], best, &id, own, w->err));
	return memcmp(own, signed_hash, TG_HASH_LEN) == 0
	               ? TG_OK
	               : tg_streams_broken(&w->streams, w->s->kiosk, best, "the centre acknowledged another");
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
	w->has_tree = w->s->role == TG_STORE_CENTRE && w->s->version >= TG_TREE_VERSION;
	w->has_own = w->s->role == TG_STORE_CENTRE && w->s->version >= TG_STORE_VERSION;
	TG_TRY(verify_rows(w));
	TG_TRY(verify_heads(w));
	TG_TRY(w->s->role == TG_STORE_KIOSK ? verify_ack(w) : TG_OK);
	if (w->has_tree)
		TG_TRY(verify_tree(w));
	TG_TRY(w->witnesses ? tg_witnesses_end(w->witnesses, w) : TG_OK);
	return verify_no_other_own(w); /* the last: others say more of what is missing */
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
	w->streams =
	        (struct tg_streams){.only = s->role == TG_STORE_KIOSK ? s->kiosk : NULL, .out = out, .err = w->err};
	enum tg_status st = tg_db_exec(s, "BEGIN", w->err);
	if (st == TG_OK)
		st = tg_db_end(s, verify_locked(w, o), w->err);
	if (st != TG_OK && !out->what[0])
		(void)tg_copy(out->what, sizeof(out->what), w->err->detail);
	tg_verify_tree_finish(&w->tree);
	tg_streams_finish(&w->streams);
	free(w);
	return st;
}

enum tg_status tg_store_verify(struct tg_store *s, struct tg_verify_report *out, struct tg_error *err)
{
	return tg_store_verify_with(s, NULL, out, err);
}
