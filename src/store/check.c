/* At opening: does each head stand on its last entry, and does nothing lie beyond? Cheap, whatever the length. */
#include "db.h"

static enum tg_status broken(struct tg_error *err, const char *kiosk, const char *what)
{
	return tg_error_set(err, TG_CHAIN_BROKEN, "store: stream %s: %s", kiosk, what);
}

/* The newest entry of a stream that sent nothing for long lies in a segment: whether its file can be read is asked by
 * whoever needs it. */
static enum tg_status check_sealed(struct tg_store *s, const char *kiosk, sqlite3_stmt *head, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_prepare(s,
	        "SELECT 1 FROM segment_stream t JOIN segment g ON g.name = t.name WHERE t.kiosk = ?1 AND "
	        "t.last_seq = ?2 AND g.first_id <= ?3 AND g.last_id >= ?3",
	        &q, err));
	tg_db_bind_text(q, 1, kiosk);
	tg_db_bind_int(q, 2, sqlite3_column_int64(head, 12));
	tg_db_bind_int(q, 3, sqlite3_column_int64(head, 15));
	enum tg_status st = tg_db_row(s, q, err);
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? broken(err, kiosk, "the newest entry is missing or cannot be read") : st;
}

/* Columns: those of the entry, then the head's seq, hash, kiosk and place (12 to 15). A missing entry gives NULLs. */
static enum tg_status check_row(struct tg_store *s, sqlite3_stmt *q, struct tg_error *err)
{
	struct tg_entry e;
	uint8_t hash[TG_HASH_LEN];
	char kiosk[TG_KIOSK_MAX + 1];
	if (!tg_db_text(q, 14, kiosk, sizeof(kiosk)))
		return broken(err, "?", "a high-water row cannot be read");
	if (sqlite3_column_type(q, TG_COL_ID) == SQLITE_NULL)
		return check_sealed(s, kiosk, q, err);
	if (tg_row_entry(q, &e) != TG_OK || !tg_db_hash(q, 13, hash))
		return broken(err, kiosk, "the newest entry is missing or cannot be read");
	if (strcmp(kiosk, e.kiosk) != 0 || e.seq != (uint64_t)sqlite3_column_int64(q, 12) ||
	        memcmp(hash, e.hash, TG_HASH_LEN) != 0)
		return broken(err, kiosk, "the high water is not the newest entry");
	if (tg_entry_check(&e, e.prev_hash) != TG_OK)
		return broken(err, kiosk, "the newest entry was changed");
	return TG_OK;
}

static enum tg_status check_rows(struct tg_store *s, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	enum tg_status st;
	TG_TRY(tg_db_prepare(s,
	        "SELECT j.kiosk, j.seq, j.time_ms, j.kind, j.version, j.body, j.salt, j.body_hash, j.prev_hash, "
	        "j.hash, "
	        "j.id, j.before, h.seq, h.hash, h.kiosk, h.last_id FROM high_water h LEFT JOIN journal j ON j.id = "
	        "h.last_id",
	        &q, err));
	while ((st = tg_db_row(s, q, err)) == TG_OK && (st = check_row(s, q, err)) == TG_OK)
		;
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

static enum tg_status check_end(struct tg_store *s, struct tg_error *err)
{
	int64_t beyond = 0;
	TG_TRY(tg_db_number(s,
	        "SELECT max((SELECT coalesce(max(id), 0) FROM journal), (SELECT coalesce(max(last_id), 0) FROM "
	        "segment)) "
	        "<> (SELECT coalesce(max(last_id), 0) FROM high_water)",
	        &beyond, err));
	return beyond ? broken(err, s->role == TG_STORE_KIOSK ? s->kiosk : "?", "entries beyond the high water")
	              : TG_OK;
}

/* A kiosk's file that was set back to an older copy, or cut, is shorter than what the centre signed for. */
static enum tg_status check_ack(struct tg_store *s, struct tg_error *err)
{
	int64_t lost = 0;
	TG_TRY(tg_db_number(s,
	        "SELECT best_seq > 0 AND NOT EXISTS (SELECT 1 FROM journal WHERE id = best_seq AND hash = best_hash) "
	        "FROM sync_state",
	        &lost, err));
	return lost ? broken(err, s->kiosk, "an entry that the centre acknowledged is missing or another") : TG_OK;
}

enum tg_status tg_check_heads(struct tg_store *s, struct tg_error *err)
{
	/* One snapshot: the other process may append between the statements. */
	TG_TRY(tg_db_exec(s, "BEGIN", err));
	enum tg_status st = check_rows(s, err);
	if (st == TG_OK)
		st = check_end(s, err);
	if (st == TG_OK && s->role == TG_STORE_KIOSK)
		st = check_ack(s, err);
	return tg_db_end(s, st, err);
}
