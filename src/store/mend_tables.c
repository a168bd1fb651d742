#include "mend.h"

#define LOST_MAX 200

/* Rows that can be read from one end; the statement gives them all. */
static enum tg_status copy_rows(struct tg_mending *m, sqlite3_stmt *from, sqlite3_stmt *to, bool *whole)
{
	int rc;
	const int n = sqlite3_column_count(from);
	while ((rc = sqlite3_step(from)) == SQLITE_ROW) {
		for (int i = 0; i < n; i++)
			(void)sqlite3_bind_value(to, i + 1, sqlite3_column_value(from, i));
		int put = sqlite3_step(to);
		sqlite3_reset(to);
		/* A row that does not fit its table comes from a damaged page. */
		if (put != SQLITE_DONE && (put & 0xff) != SQLITE_CONSTRAINT && (put & 0xff) != SQLITE_MISMATCH)
			return tg_db_fail(m->to, put, "copy", m->err);
	}
	*whole = rc == SQLITE_DONE;
	return TG_OK;
}

struct table {
	const char *name, *columns, *values, *key;
};

static enum tg_status copy_from_end(struct tg_mending *m, const struct table *t, bool backwards, bool *whole)
{
	char sql[300];
	sqlite3_stmt *from = NULL, *to = NULL;
	(void)snprintf(sql, sizeof(sql), "INSERT OR REPLACE INTO %s (%s) VALUES (%s)", t->name, t->columns, t->values);
	enum tg_status st = tg_db_prepare(m->to, sql, &to, m->err);
	(void)snprintf(sql, sizeof(sql), "SELECT %s FROM %s ORDER BY %s%s", t->columns, t->name, t->key,
	        backwards ? " DESC" : "");
	*whole = false;
	/* An older program's file may have no such table or column. */
	if (st == TG_OK && sqlite3_prepare_v2(m->from->db, sql, -1, &from, NULL) == SQLITE_OK)
		st = copy_rows(m, from, to, whole);
	sqlite3_finalize(from);
	sqlite3_finalize(to);
	return st;
}

static enum tg_status copy_table(struct tg_mending *m, const struct table *t)
{
	bool whole = false;
	TG_TRY(copy_from_end(m, t, false, &whole));
	if (whole)
		return TG_OK;
	tg_damaged_say(m->from, "table %s: taken over as far as it can be read", t->name);
	return copy_from_end(m, t, true, &whole);
}

enum tg_status tg_mend_tables(struct tg_mending *m)
{
	static const struct table tables[] = {{"store_key", "id, key", "?, ?", "id"},
	        {"feed", "cursor, time_ms, kind, key, provider, audience, body, seen", "?, ?, ?, ?, ?, ?, ?, ?",
	                "cursor"},
	        {"feed_state", "id, cursor, centre_ms, floor, walk", "?, ?, ?, ?, ?", "id"},
	        {"erased", "kiosk, seq, kept", "?, ?, ?", "kiosk, seq"},
	        {"erase_todo", "kiosk, seq", "?, ?", "kiosk, seq"},
	        {"aside", "kiosk, seq, time_ms, kind, version, body, salt, body_hash, prev_hash, hash, received_ms",
	                "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?", "kiosk, seq"}};
	if (!m->from->db)
		return TG_OK;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		TG_TRY(copy_table(m, &tables[i]));
	/* Kiosks were told cursors up to the newest item, whatever can still be read of the count. */
	return tg_db_exec(m->to,
	        "UPDATE feed_state SET cursor = max(cursor, (SELECT coalesce(max(cursor), 0) FROM feed))", m->err);
}

enum tg_status tg_mend_old_tree(struct tg_mending *m)
{
	static const struct table tree = {"tree", "id, epoch, size, peaks", "?, ?, ?, ?", "id"};
	return m->from->db ? copy_table(m, &tree) : TG_OK;
}

/* --- What was lost */

static void add_lost(struct tg_mending *m, json_t *list, sqlite3_stmt *q)
{
	char kiosk[TG_KIOSK_MAX + 1];
	struct tg_stream st;
	const int64_t had = sqlite3_column_int64(q, 1);
	if (!tg_db_text(q, 0, kiosk, sizeof(kiosk)) || !tg_kiosk_id_valid(kiosk))
		return;
	if (strcmp(kiosk, TG_CENTRE_STREAM) == 0) {
		m->out->own_lost += had > (int64_t)m->own_seen ? had - (int64_t)m->own_seen : 0;
		return;
	}
	if (json_array_size(list) < LOST_MAX && tg_stream_load(m->to, kiosk, &st, NULL) == TG_OK &&
	        (int64_t)st.seq < had)
		(void)json_array_append_new(list, json_pack("{s:s, s:I, s:I}", "kiosk", kiosk, "from",
		                                          (json_int_t)st.seq + 1, "to", (json_int_t)had));
}

json_t *tg_mend_lost(struct tg_mending *m)
{
	json_t *list = json_array();
	sqlite3_stmt *q = NULL;
	if (m->from->db && sqlite3_prepare_v2(m->from->db, "SELECT kiosk, seq FROM high_water ORDER BY kiosk", -1, &q,
	                           NULL) == SQLITE_OK)
		while (sqlite3_step(q) == SQLITE_ROW)
			add_lost(m, list, q);
	sqlite3_finalize(q);
	return list;
}
