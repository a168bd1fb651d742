/* The journal as it grew: for those who follow it from where they were. */
#include "db.h"

enum tg_status tg_store_after(
        struct tg_store *s, int64_t after, int max, tg_store_after_fn *fn, void *ctx, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	struct tg_entry e;
	enum tg_status st;
	TG_TRY(tg_db_prepare(
	        s, "SELECT " TG_ENTRY_COLUMNS " FROM journal WHERE id > ?1 ORDER BY id LIMIT ?2", &q, err));
	tg_db_bind_int(q, 1, after);
	tg_db_bind_int(q, 2, max > 0 ? max : 0);
	while ((st = tg_db_row(s, q, err)) == TG_OK) {
		st = tg_row_entry(q, &e);
		if (st != TG_OK)
			(void)!tg_error_set(err, st, "store: an entry of the journal cannot be read");
		else
			st = fn(&e, sqlite3_column_int64(q, TG_COL_ID), ctx);
		if (st != TG_OK)
			break;
	}
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}
