/* The journal as it grew: for those who follow it from where they were. */
#include "db.h"

enum tg_status tg_store_after(
        struct tg_store *s, int64_t after, int max, tg_store_after_fn *fn, void *ctx, struct tg_error *err)
{
	struct tg_rows rows;
	struct tg_row_place place;
	struct tg_entry e;
	TG_TRY(tg_rows_open(&rows, s, after + 1, INT64_MAX, err));
	enum tg_status st = TG_OK;
	for (int i = 0; i < max && st == TG_OK; i++) {
		st = tg_rows_next(&rows, &e, &place, err);
		if (st == TG_OK)
			st = fn(&e, place.id, ctx);
		else if (st == TG_NOT_FOUND)
			break;
	}
	tg_rows_close(&rows);
	return st == TG_NOT_FOUND ? TG_OK : st;
}
