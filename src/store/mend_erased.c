/* Bodies that are gone must be named by an entry (C-8): where that entry was lost, another one does. */
#include "body.h"
#include "erase.h"
#include "mend.h"

#include <limits.h>

static enum tg_status put_named(struct tg_mending *m, const char *kiosk, json_int_t seq)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_prepare(m->to, "INSERT OR IGNORE INTO temp.named VALUES (?1, ?2)", &q, m->err));
	tg_db_bind_text(q, 1, kiosk);
	tg_db_bind_int(q, 2, seq);
	enum tg_status st = tg_db_run(m->to, q, m->err);
	sqlite3_finalize(q);
	return st;
}

static enum tg_status see_entry(const struct tg_entry *e, void *ctx)
{
	struct tg_mending *m = ctx;
	size_t i;
	const json_t *item;
	enum tg_status st = TG_OK;
	if (!e->body || strcmp(e->kind, tg_record_kind_name(TG_RECORD_BODIES_ERASED)) != 0)
		return TG_OK;
	json_t *body = tg_body_parse(e->body, e->body_len);
	json_array_foreach(json_object_get(body, "entries"), i, item)
	{
		if (st == TG_OK)
			st = put_named(
			        m, tg_body_text(item, "kiosk"), json_integer_value(json_object_get(item, "seq")));
	}
	json_decref(body);
	return st;
}

/* What the old table kept of it, as far as it can be read. */
static json_t *kept_of(struct tg_mending *m, const char *kiosk, int64_t seq)
{
	sqlite3_stmt *q = NULL;
	json_t *kept = NULL;
	if (tg_db_stmt(m->to, TG_SQL_ERASED_GET, &q, NULL) == TG_OK) {
		tg_db_bind_text(q, 1, kiosk);
		tg_db_bind_int(q, 2, seq);
		if (tg_db_row(m->to, q, NULL) == TG_OK)
			kept = tg_body_parse(
			        (const char *)sqlite3_column_text(q, 0), (size_t)sqlite3_column_bytes(q, 0));
		sqlite3_reset(q);
	}
	return kept ? kept : json_object();
}

static enum tg_status is_named(struct tg_mending *m, const char *kiosk, int64_t seq)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_prepare(m->to, "SELECT 1 FROM temp.named WHERE kiosk = ?1 AND seq = ?2", &q, m->err));
	tg_db_bind_text(q, 1, kiosk);
	tg_db_bind_int(q, 2, seq);
	enum tg_status st = tg_db_row(m->to, q, m->err);
	sqlite3_finalize(q);
	return st;
}

/* Those of one file. */
static enum tg_status name_gone(struct tg_mending *m, sqlite3 *db, const char *table, struct tg_erasure *a)
{
	char sql[100];
	sqlite3_stmt *q = NULL;
	enum tg_status st = TG_OK;
	(void)snprintf(sql, sizeof(sql), "SELECT kiosk, seq FROM %s WHERE body IS NULL", table);
	if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK)
		return tg_db_fail(m->to, sqlite3_errcode(db), sql, m->err);
	while (st == TG_OK && sqlite3_step(q) == SQLITE_ROW) {
		char kiosk[TG_KIOSK_MAX + 1];
		const int64_t seq = sqlite3_column_int64(q, 1);
		if (!tg_db_text(q, 0, kiosk, sizeof(kiosk)))
			continue;
		st = is_named(m, kiosk, seq);
		if (st == TG_NOT_FOUND)
			st = tg_erasure_name(a, kiosk, (uint64_t)seq, kept_of(m, kiosk, seq), m->err);
	}
	sqlite3_finalize(q);
	return st;
}

static enum tg_status name_in_months(struct tg_mending *m, struct tg_erasure *a)
{
	for (size_t i = 0; i < m->months->n && m->months->at[i].whole; i++) {
		char path[600];
		struct tg_damaged file = {0};
		if (!tg_month_path(m->months, i, path))
			return tg_error_set(m->err, TG_LIMIT, "store: the path is too long");
		enum tg_status st = tg_damaged_open(&file, path, m->err);
		if (st == TG_OK && file.db)
			st = name_gone(m, file.db, "journal", a);
		tg_damaged_close(&file);
		TG_TRY(st);
	}
	return TG_OK;
}

static enum tg_status name_all(struct tg_mending *m, struct tg_erasure *a)
{
	TG_TRY(tg_db_exec(m->to,
	        "CREATE TEMP TABLE named (kiosk TEXT, seq INTEGER, PRIMARY KEY (kiosk, seq)) WITHOUT ROWID", m->err));
	TG_TRY(tg_store_read(m->to, TG_CENTRE_STREAM, 1, INT_MAX, see_entry, m, m->err));
	TG_TRY(name_gone(m, m->to->db, "journal", a));
	TG_TRY(name_gone(m, m->to->db, "aside", a));
	return name_in_months(m, a);
}

/* What was erased since the backup: its entry says so. An entry of the centre's own that has another number now is not
 * the one that was named. */
static enum tg_status erase_again(struct tg_mending *m)
{
	static const char *const tables[] = {"journal", "own"};
	if (!m->from->spares->backup)
		return TG_OK;
	TG_TRY(tg_kept_collect(m->to, m->err));
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		char sql[300];
		(void)snprintf(sql, sizeof(sql),
		        "UPDATE %s AS j SET body = NULL, salt = zeroblob(16) WHERE body IS NOT NULL AND EXISTS "
		        "(SELECT 1 FROM erased e WHERE e.kiosk = j.kiosk AND e.seq = j.seq)%s",
		        tables[i], m->out->own_lost > 0 ? " AND kiosk <> '" TG_CENTRE_STREAM "'" : "");
		TG_TRY(tg_db_exec(m->to, sql, m->err));
	}
	return TG_OK;
}

enum tg_status tg_mend_erased(struct tg_mending *m)
{
	struct tg_erasure a = {.s = m->to, .why = "mended", .by = "", .now_ms = m->now_ms};
	TG_TRY(erase_again(m));
	enum tg_status st = name_all(m, &a);
	st = tg_erasure_end(&a, st, m->err);
	return st == TG_OK ? tg_db_exec(m->to, "DROP TABLE temp.named", m->err) : st;
}
