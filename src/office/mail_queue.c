/* Which notices there are and how far each is: durable before and after each step. */
#include "db.h"
#include "mail_parts.h"

#include <string.h>

enum tg_status tg_mail_seen_get(struct tg_office *o, int64_t *place, uint8_t hash[TG_HASH_LEN], struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_office_prepare(o, "SELECT journal_id, hash FROM mail_seen WHERE id = 1", &q, err));
	TG_TRY(tg_office_row(o, q, err));
	const void *bytes = sqlite3_column_blob(q, 1);
	bool whole = bytes && sqlite3_column_bytes(q, 1) == TG_HASH_LEN;
	*place = sqlite3_column_int64(q, 0);
	if (whole)
		memcpy(hash, bytes, TG_HASH_LEN);
	TG_TRY(tg_office_status(o, sqlite3_finalize(q), err));
	return whole ? TG_OK : tg_error_set(err, TG_STORE_DAMAGED, "office.db: table mail_seen");
}

enum tg_status tg_mail_seen_set(
        struct tg_office *o, int64_t place, const uint8_t hash[TG_HASH_LEN], struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_office_prepare(o, "INSERT OR REPLACE INTO mail_seen VALUES (1, ?1, ?2)", &q, err));
	(void)sqlite3_bind_int64(q, 1, place);
	(void)sqlite3_bind_blob(q, 2, hash, TG_HASH_LEN, SQLITE_STATIC);
	return tg_office_run(o, q, err);
}

enum tg_status tg_mail_add(
        struct tg_office *o, const char *number, const char *what, int64_t now_ms, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_office_prepare(o, "INSERT OR IGNORE INTO mail VALUES (?1, ?2, 'due', 0, ?3, ?3, ?3, 0)", &q, err));
	tg_office_bind(q, 1, number);
	tg_office_bind(q, 2, what);
	(void)sqlite3_bind_int64(q, 3, now_ms);
	return tg_office_run(o, q, err);
}

enum tg_status tg_mail_history(
        struct tg_office *o, const char *number, const char *what, int code, int64_t now_ms, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_office_prepare(o,
	        "INSERT INTO mail VALUES (?1, ?2, 'done', 0, ?4, ?4, ?4, ?3) ON CONFLICT (number, what) DO UPDATE SET "
	        "state = 'done', code = ?3 WHERE state <> 'done'",
	        &q, err));
	tg_office_bind(q, 1, number);
	tg_office_bind(q, 2, what);
	(void)sqlite3_bind_int(q, 3, code);
	(void)sqlite3_bind_int64(q, 4, now_ms);
	return tg_office_run(o, q, err);
}

/* Up to "sending" nothing was taken for certain: the end of the message was not handed over. After "handing" nobody
 * here can know, and a notice is not told twice. */
enum tg_status tg_mail_recover(struct tg_office *o, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_office_exec(o, "UPDATE mail SET state = 'due' WHERE state = 'sending'", err));
	TG_TRY(tg_office_prepare(o, "UPDATE mail SET state = 'ended', code = ?1 WHERE state = 'handing'", &q, err));
	(void)sqlite3_bind_int(q, 1, TG_TIMEOUT);
	return tg_office_run(o, q, err);
}

static enum tg_status take_row(struct tg_office *o, sqlite3_stmt *q, struct tg_mail_row *out, struct tg_error *err)
{
	*out = (struct tg_mail_row){0};
	TG_TRY(tg_office_row(o, q, err));
	bool fits = tg_copy(out->number, sizeof(out->number), tg_office_text(q, 0)) &&
	            tg_copy(out->what, sizeof(out->what), tg_office_text(q, 1));
	out->attempts = sqlite3_column_int(q, 2);
	out->code = sqlite3_column_int(q, 3);
	out->since_ms = sqlite3_column_int64(q, 4);
	TG_TRY(tg_office_status(o, sqlite3_finalize(q), err));
	return fits ? TG_OK : tg_error_set(err, TG_STORE_DAMAGED, "office.db: table mail");
}

enum tg_status tg_mail_next_due(
        struct tg_office *o, int64_t now_ms, int64_t reach_ms, struct tg_mail_row *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_office_prepare(o,
	        "SELECT number, what, attempts, code, since_ms FROM mail WHERE state = 'due' AND (next_ms <= ?1 OR "
	        "next_ms > ?2) ORDER BY next_ms LIMIT 1",
	        &q, err));
	(void)sqlite3_bind_int64(q, 1, now_ms);
	(void)sqlite3_bind_int64(q, 2, now_ms + reach_ms);
	return take_row(o, q, out, err);
}

enum tg_status tg_mail_next_ended(struct tg_office *o, struct tg_mail_row *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_office_prepare(o,
	        "SELECT number, what, attempts, code, since_ms FROM mail WHERE state = 'ended' ORDER BY changed_ms "
	        "LIMIT 1",
	        &q, err));
	return take_row(o, q, out, err);
}

enum tg_status tg_mail_move(struct tg_office *o, const struct tg_mail_row *row, const char *state, int64_t next_ms,
        int64_t now_ms, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_office_prepare(o,
	        "UPDATE mail SET state = ?3, attempts = ?4, code = ?5, next_ms = ?6, changed_ms = ?7 "
	        "WHERE number = ?1 AND what = ?2",
	        &q, err));
	tg_office_bind(q, 1, row->number);
	tg_office_bind(q, 2, row->what);
	tg_office_bind(q, 3, state);
	(void)sqlite3_bind_int(q, 4, row->attempts);
	(void)sqlite3_bind_int(q, 5, row->code);
	(void)sqlite3_bind_int64(q, 6, next_ms);
	(void)sqlite3_bind_int64(q, 7, now_ms);
	return tg_office_run(o, q, err);
}
