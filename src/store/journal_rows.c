/* Rows of the journal by place. They are looked for in this file first: while a month is being moved into its segment
 * its rows stand in both, and they are the same. */
#include "db.h"
#include "erase.h"

#define RANGE "SELECT " TG_ENTRY_COLUMNS ", received_ms FROM journal WHERE id BETWEEN ?1 AND ?2 ORDER BY id"
enum { COL_RECEIVED = TG_COL_BEFORE + 1 };

static enum tg_status read_here(struct tg_rows *r, struct tg_error *err)
{
	sqlite3_finalize(r->q);
	r->q = NULL;
	r->segment[0] = '\0';
	TG_TRY(tg_db_prepare(r->s, RANGE, &r->q, err));
	tg_db_bind_int(r->q, 1, r->next);
	tg_db_bind_int(r->q, 2, r->to);
	return TG_OK;
}

static enum tg_status read_segment(struct tg_rows *r, const struct tg_segment *g, struct tg_error *err)
{
	sqlite3_finalize(r->q);
	r->q = NULL;
	(void)tg_copy(r->segment, sizeof(r->segment), g->name);
	r->segment_end = g->last;
	if (sqlite3_prepare_v2(g->db, RANGE, -1, &r->q, NULL) != SQLITE_OK)
		return tg_segment_fail(g->name, g->db, err);
	tg_db_bind_int(r->q, 1, r->next);
	tg_db_bind_int(r->q, 2, r->to < g->last ? r->to : g->last);
	return TG_OK;
}

enum tg_status tg_rows_open(struct tg_rows *r, struct tg_store *s, int64_t from, int64_t to, struct tg_error *err)
{
	*r = (struct tg_rows){.s = s, .next = from > 0 ? from : 1, .to = to};
	return read_here(r, err);
}

/* The next row of the segment, TG_NOT_FOUND after its last. */
static enum tg_status step_segment(struct tg_rows *r, struct tg_error *err)
{
	int rc = sqlite3_step(r->q);
	if (rc == SQLITE_ROW)
		return TG_OK;
	return rc == SQLITE_DONE ? TG_NOT_FOUND : tg_segment_fail(r->segment, sqlite3_db_handle(r->q), err);
}

/* The next row of this file. A place that is not here lies in a segment, or nowhere. */
static enum tg_status step_here(struct tg_rows *r, struct tg_error *err)
{
	struct tg_segment *g;
	enum tg_status st = tg_db_row(r->s, r->q, err);
	if ((st == TG_OK && sqlite3_column_int64(r->q, TG_COL_ID) == r->next) || (st != TG_OK && st != TG_NOT_FOUND))
		return st;
	enum tg_status sealed = tg_segment_at(r->s, r->next, &g, err);
	if (sealed == TG_NOT_FOUND)
		return st;
	TG_TRY(sealed);
	TG_TRY(read_segment(r, g, err));
	return step_segment(r, err);
}

static enum tg_status step(struct tg_rows *r, struct tg_error *err)
{
	if (r->next > r->to)
		return TG_NOT_FOUND;
	enum tg_status st = r->segment[0] ? step_segment(r, err) : step_here(r, err);
	while (st == TG_NOT_FOUND && r->segment[0] && r->segment_end < r->to) {
		r->next = r->segment_end + 1;
		TG_TRY(read_here(r, err));
		st = step_here(r, err);
	}
	return st;
}

enum tg_status tg_rows_next(struct tg_rows *r, struct tg_entry *e, struct tg_row_place *place, struct tg_error *err)
{
	TG_TRY(step(r, err));
	*place = (struct tg_row_place){.id = sqlite3_column_int64(r->q, TG_COL_ID),
	        .before = sqlite3_column_int64(r->q, TG_COL_BEFORE),
	        .received_ms = sqlite3_column_int64(r->q, COL_RECEIVED)};
	r->next = place->id + 1;
	enum tg_status st = tg_row_entry(r->q, e);
	return st == TG_OK
	               ? tg_kept_fill(r->s, e, &r->kept, err)
	               : tg_error_set(err, st, "store: row %lld of the journal cannot be read", (long long)place->id);
}

void tg_rows_close(struct tg_rows *r)
{
	sqlite3_finalize(r->q);
	tg_buf_finish(&r->kept);
	*r = (struct tg_rows){0};
}

/* At most `max` of the rows from … to. A callback's TG_NOT_FOUND is its own word, not the end. */
static enum tg_status walk(struct tg_rows *rows, int64_t max, tg_log_row_fn *fn, void *ctx, struct tg_error *err)
{
	struct tg_row_place place;
	struct tg_log_row row;
	for (int64_t i = 0; i < max; i++) {
		enum tg_status st = tg_rows_next(rows, &row.entry, &place, err);
		if (st != TG_OK)
			return st == TG_NOT_FOUND ? TG_OK : st;
		row.place = place.id;
		row.before = place.before;
		row.received_ms = place.received_ms;
		TG_TRY(fn(&row, ctx));
	}
	return TG_OK;
}

static enum tg_status walk_from(
        struct tg_store *s, const int64_t places[2], int64_t max, tg_log_row_fn *fn, void *ctx, struct tg_error *err)
{
	struct tg_rows rows;
	enum tg_status st = tg_rows_open(&rows, s, places[0], places[1], err);
	if (st == TG_OK)
		st = walk(&rows, max, fn, ctx, err);
	tg_rows_close(&rows);
	return st;
}

enum tg_status tg_store_log_rows(
        struct tg_store *s, int64_t after, int max, tg_log_row_fn *fn, void *ctx, struct tg_error *err)
{
	return walk_from(s, (const int64_t[]){after + 1, INT64_MAX}, max, fn, ctx, err);
}

struct entries {
	tg_store_entry_fn *fn;
	tg_store_after_fn *after; /* the one or the other */
	void *ctx;
};

static enum tg_status hand_entry(const struct tg_log_row *row, void *ctx)
{
	const struct entries *to = ctx;
	return to->fn ? to->fn(&row->entry, to->ctx) : to->after(&row->entry, row->place, to->ctx);
}

enum tg_status tg_rows_hand(
        struct tg_store *s, int64_t from, int64_t to, tg_store_entry_fn *fn, void *ctx, struct tg_error *err)
{
	struct entries out = {.fn = fn, .ctx = ctx};
	return walk_from(s, (const int64_t[]){from, to}, INT64_MAX, hand_entry, &out, err);
}

enum tg_status tg_store_after(
        struct tg_store *s, int64_t after, int max, tg_store_after_fn *fn, void *ctx, struct tg_error *err)
{
	struct entries out = {.after = fn, .ctx = ctx};
	return tg_store_log_rows(s, after, max, hand_entry, &out, err);
}

bool tg_row_read_look(sqlite3_stmt *q, struct tg_row_look *out)
{
	*out = (struct tg_row_look){.seq = (uint64_t)sqlite3_column_int64(q, 1),
	        .before = sqlite3_column_int64(q, 3),
	        .received_ms = sqlite3_column_int64(q, 4),
	        .time_ms = sqlite3_column_int64(q, 5)};
	return tg_db_text(q, 0, out->kiosk, sizeof(out->kiosk)) && tg_db_hash(q, 2, out->hash);
}

enum tg_status tg_row_look(struct tg_store *s, int64_t id, struct tg_row_look *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_ENTRY_LOOK, &q, err));
	tg_db_bind_int(q, 1, id);
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_NOT_FOUND)
		return tg_segment_look(s, id, out, err);
	if (st == TG_OK && !tg_row_read_look(q, out))
		st = TG_NOT_FOUND;
	sqlite3_reset(q);
	return st;
}
