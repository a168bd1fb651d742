/* Databases beside the replica (ca.db, office.db), of other modules: nothing in them proves itself, but what is lost of
 * them is found again by their modules, from the journal. So every row that can be read comes into a new file, and the
 * damaged one goes aside, as the replica's does (src/decisions/0264). */
#include "mend.h"

#include <errno.h>
#include <unistd.h>

struct moving {
	struct tg_damaged from, backup;
	sqlite3 *to;
	const struct tg_beside *b;
	bool in_part[sizeof(((struct tg_beside *)0)->in_part) / sizeof(((struct tg_beside *)0)->in_part[0])];
	struct tg_error *err;
};
#define IN_PART (sizeof(((struct moving *)0)->in_part) / sizeof(bool))

static enum tg_status failed(const struct moving *m)
{
	const int rc = sqlite3_errcode(m->to) & 0xff;
	return tg_error_set(m->err, rc == SQLITE_FULL ? TG_DISK_FULL : TG_IO, "store: %s", sqlite3_errmsg(m->to));
}

static bool stands_in(const char *words, const char *word)
{
	char with[80];
	return snprintf(with, sizeof(with), " %s ", word) < (int)sizeof(with) && strstr(words, with);
}

/* The columns as the source has them; false: the new table has not all of them. */
static sqlite3_stmt *prepare_insert(const struct moving *m, const char *table, sqlite3_stmt *rows)
{
	struct tg_buf sql = TG_BUF_INIT;
	sqlite3_stmt *q = NULL;
	const int n = sqlite3_column_count(rows);
	tg_buf_addf(&sql, "INSERT OR REPLACE INTO \"%s\" (", table);
	for (int i = 0; i < n; i++)
		tg_buf_addf(&sql, "%s\"%s\"", i ? "," : "", sqlite3_column_name(rows, i));
	tg_buf_add_str(&sql, ") VALUES (");
	for (int i = 0; i < n; i++)
		tg_buf_add_str(&sql, i ? ",?" : "?");
	tg_buf_add_str(&sql, ")");
	if (tg_buf_status(&sql) == TG_OK)
		(void)sqlite3_prepare_v2(m->to, tg_buf_str(&sql), -1, &q, NULL);
	tg_buf_finish(&sql);
	return q;
}

static enum tg_status copy_rows(struct moving *m, const char *table, sqlite3_stmt *rows, bool *whole)
{
	enum tg_status st = TG_OK;
	int rc = SQLITE_DONE;
	sqlite3_stmt *q = prepare_insert(m, table, rows);
	while (q && st == TG_OK && (rc = sqlite3_step(rows)) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(rows); i++)
			(void)sqlite3_bind_value(q, i + 1, sqlite3_column_value(rows, i));
		const int put = sqlite3_step(q) & 0xff;
		(void)sqlite3_reset(q);
		/* A row that does not fit its table comes from a damaged page. */
		if (put != SQLITE_DONE && put != SQLITE_CONSTRAINT && put != SQLITE_MISMATCH)
			st = failed(m);
	}
	sqlite3_finalize(q);
	*whole = q && rc == SQLITE_DONE;
	return st;
}

/* Its rows the other way round: what stands behind a damaged page. */
static void order_back(const struct moving *m, const char *table, char out[200])
{
	sqlite3_stmt *q = NULL;
	(void)snprintf(out, 200, " ORDER BY rowid DESC");
	if (sqlite3_prepare_v2(m->to,
	            "SELECT group_concat('\"' || name || '\" DESC') FROM (SELECT name FROM pragma_table_info(?1) WHERE "
	            "pk > 0 ORDER BY pk) WHERE EXISTS (SELECT 1 FROM pragma_table_list WHERE name = ?1 AND wr)",
	            -1, &q, NULL) == SQLITE_OK) {
		tg_db_bind_text(q, 1, table);
		if (sqlite3_step(q) == SQLITE_ROW && sqlite3_column_type(q, 0) == SQLITE_TEXT)
			(void)snprintf(out, 200, " ORDER BY %s", (const char *)sqlite3_column_text(q, 0));
	}
	sqlite3_finalize(q);
}

static enum tg_status copy_from(
        struct moving *m, struct tg_damaged *from, const char *table, const char *order, bool *whole)
{
	char sql[300];
	sqlite3_stmt *rows = NULL;
	enum tg_status st = TG_OK;
	*whole = false;
	/* NOT INDEXED: an index may be what is damaged. */
	(void)snprintf(sql, sizeof(sql), "SELECT * FROM \"%s\" NOT INDEXED%s", table, order);
	if (from->db && sqlite3_prepare_v2(from->db, sql, -1, &rows, NULL) == SQLITE_OK)
		st = copy_rows(m, table, rows, whole);
	sqlite3_finalize(rows);
	return st;
}

static enum tg_status copy_table(struct moving *m, const char *table)
{
	char back[200];
	bool whole = false, ignored;
	if (stands_in(m->b->made_again, table))
		return TG_OK;
	TG_TRY(copy_from(m, &m->from, table, "", &whole));
	if (whole)
		return TG_OK;
	tg_damaged_say(&m->from, "table %s: taken over as far as it can be read", table);
	/* What is older first: the same rows as they are now replace it. */
	if (stands_in(m->b->from_backup, table))
		TG_TRY(copy_from(m, &m->backup, table, "", &ignored));
	order_back(m, table, back);
	TG_TRY(copy_from(m, &m->from, table, back, &ignored));
	TG_TRY(copy_from(m, &m->from, table, "", &ignored));
	for (size_t i = 0; i < IN_PART; i++)
		m->in_part[i] |= m->b->in_part[i].table && strcmp(m->b->in_part[i].table, table) == 0;
	return TG_OK;
}

static enum tg_status copy_tables(struct moving *m)
{
	sqlite3_stmt *q = NULL;
	enum tg_status st = TG_OK;
	if (sqlite3_prepare_v2(m->to,
	            "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name NOT LIKE 'sqlite_%' OR "
	            "name = 'sqlite_sequence') ORDER BY name = 'sqlite_sequence', rootpage",
	            -1, &q, NULL) != SQLITE_OK)
		return failed(m);
	while (st == TG_OK && sqlite3_step(q) == SQLITE_ROW)
		st = copy_table(m, (const char *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
	return st;
}

static enum tg_status fill(struct moving *m)
{
	if (sqlite3_exec(m->to, "PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return failed(m);
	TG_TRY(copy_tables(m));
	for (size_t i = 0; i < IN_PART; i++)
		if (m->in_part[i] && sqlite3_exec(m->to, m->b->in_part[i].then, NULL, NULL, NULL) != SQLITE_OK)
			return failed(m);
	/* Closing moves the log into the file and removes it. */
	return sqlite3_exec(m->to, m->b->after, NULL, NULL, NULL) == SQLITE_OK &&
	                       sqlite3_exec(m->to, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL) ==
	                               SQLITE_OK
	               ? TG_OK
	               : failed(m);
}

static enum tg_status make(struct moving *m, const char *path)
{
	char making[700], done[700];
	(void)snprintf(making, sizeof(making), "%s" TG_MENDING, path);
	(void)snprintf(done, sizeof(done), "%s" TG_MENDED, path);
	tg_mend_remove_unfinished(path);
	TG_TRY(m->b->make(making, m->err));
	enum tg_status st = TG_OK;
	if (sqlite3_open_v2(making, &m->to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		st = failed(m);
	if (st == TG_OK)
		st = fill(m);
	if (sqlite3_close(m->to) != SQLITE_OK && st == TG_OK)
		st = tg_error_set(m->err, TG_IO, "store: not closed");
	if (st == TG_OK && rename(making, done) != 0)
		st = tg_error_at(m->err, TG_IO, done, 0, 0, "%s", strerror(errno));
	return st;
}

static enum tg_status look(struct moving *m, const char *path, struct tg_error *err)
{
	if (access(path, F_OK) != 0)
		return TG_OK;
	TG_TRY(tg_damaged_open(&m->from, path, err));
	tg_damaged_tables(&m->from);
	return m->from.said > 0 ? tg_error_at(err, TG_STORE_DAMAGED, path, 0, 0, "damaged in %lld places",
	                                  (long long)m->from.said)
	                        : TG_OK;
}

enum tg_status tg_store_inspect_beside(const char *path, tg_damage_fn *fn, void *ctx, struct tg_error *err)
{
	struct moving m = {.from = {.say = fn, .ctx = ctx}};
	enum tg_status st = tg_mend_is_cut_off(path) ? TG_STORE_DAMAGED : look(&m, path, err);
	tg_damaged_close(&m.from);
	return st;
}

enum tg_status tg_store_mend_beside(
        const struct tg_mend_order *o, const struct tg_beside *b, char moved_to[64], struct tg_error *err)
{
	struct moving m = {.from = {.say = o->say, .ctx = o->ctx}, .b = b, .err = err};
	enum tg_status st = TG_OK;
	if (!tg_mend_is_cut_off(o->path)) {
		st = look(&m, o->path, err);
		if (st == TG_OK)
			st = TG_NOT_FOUND;
		else if (st == TG_STORE_DAMAGED)
			st = o->backup && access(o->backup, F_OK) == 0 ? tg_damaged_open(&m.backup, o->backup, err)
			                                               : TG_OK;
		if (st == TG_OK)
			st = make(&m, o->path);
		tg_damaged_close(&m.from);
		tg_damaged_close(&m.backup);
	}
	return st == TG_OK ? tg_mend_swap(o->path, o->now_ms, moved_to, err) : st;
}
