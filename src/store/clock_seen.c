/* Times that are known whatever the machine's clock says: at a kiosk the newest that the centre signed, at the centre
 * that of the newest entry it received. */
#include "db.h"

enum tg_status tg_store_clock_seen(struct tg_store *s, struct tg_clock_seen *out, struct tg_error *err)
{
	*out = (struct tg_clock_seen){0};
	TG_TRY(tg_db_number(s, "SELECT coalesce(max(centre_ms), 0) FROM clock_seen", &out->centre_ms, err));
	return tg_db_number(s, "SELECT coalesce(max(wall_ms), 0) FROM clock_seen", &out->wall_ms, err);
}

enum tg_status tg_store_set_clock_seen(struct tg_store *s, const struct tg_clock_seen *seen, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_BUG_IF(s->role != TG_STORE_KIOSK);
	TG_TRY(tg_db_prepare(s,
	        "INSERT INTO clock_seen(id, centre_ms, wall_ms) VALUES(1, ?1, ?2) ON CONFLICT(id) DO UPDATE SET"
	        " centre_ms = max(centre_ms, ?1), wall_ms = ?2",
	        &q, err));
	tg_db_bind_int(q, 1, seen->centre_ms);
	tg_db_bind_int(q, 2, seen->wall_ms);
	enum tg_status st = tg_db_run(s, q, err);
	sqlite3_finalize(q);
	return st;
}

bool tg_clock_contradicts(const struct tg_clock_seen *seen, int64_t wall_ms, int64_t limit_ms)
{
	if (seen->centre_ms == 0)
		return false;
	return wall_ms < seen->centre_ms - limit_ms ||
	       (seen->wall_ms > seen->centre_ms + limit_ms && wall_ms >= seen->wall_ms);
}

enum tg_status tg_store_newest_received(struct tg_store *s, int64_t *ms, struct tg_error *err)
{
	int64_t here = 0;
	/* Of the last rows: a centre that was started with a wrong clock all the same wrote lower times behind them. */
	TG_TRY(tg_db_number(s,
	        "SELECT coalesce(max(received_ms), 0) FROM (SELECT received_ms FROM journal ORDER BY id DESC LIMIT "
	        "1000)",
	        &here, err));
	/* All rows in sealed segments: none was received after the newest was sealed. */
	*ms = here;
	return here > 0 ? TG_OK : tg_db_number(s, "SELECT coalesce(max(sealed_ms), 0) FROM segment", ms, err);
}

enum tg_status tg_store_stream_received(struct tg_store *s, const char *kiosk, int64_t *ms, struct tg_error *err)
{
	struct tg_stream stream;
	*ms = 0;
	TG_TRY(tg_stream_load(s, kiosk, &stream, err));
	return stream.seq > 0 ? tg_row_received(s, stream.last_id, ms, err) : TG_OK;
}
