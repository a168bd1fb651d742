#include "damaged.h"
#include "segment.h"

#include <dirent.h>

static bool is_month(const char *name)
{
	static const char shape[] = "0000-00.db";
	if (strlen(name) != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; shape[i]; i++)
		if (shape[i] == '0' ? name[i] < '0' || name[i] > '9' : name[i] != shape[i])
			return false;
	return true;
}

static int is_segment(const struct dirent *e)
{
	return is_month(e->d_name);
}

bool tg_month_path(const struct tg_months *m, size_t i, char out[600])
{
	return snprintf(out, 600, "%s/%s.db", m->dir, m->at[i].name) < 600;
}

static bool read_meta(sqlite3 *db, struct tg_month *month)
{
	sqlite3_stmt *q = NULL;
	char name[TG_SEGMENT_NAME_MAX] = "";
	bool ok = sqlite3_prepare_v2(db, "SELECT name, first_id, last_id, sealed_ms, root FROM segment", -1, &q,
	                  NULL) == SQLITE_OK &&
	          sqlite3_step(q) == SQLITE_ROW && tg_db_text(q, 0, name, sizeof(name)) &&
	          strcmp(name, month->name) == 0 && tg_db_hash(q, 4, month->root);
	if (ok) {
		month->first = sqlite3_column_int64(q, 1);
		month->last = sqlite3_column_int64(q, 2);
		month->sealed_ms = sqlite3_column_int64(q, 3);
	}
	sqlite3_finalize(q);
	return ok && month->first > 0 && month->last >= month->first;
}

/* `follows`: all before it are whole. */
static void check_month(
        struct tg_months *m, struct tg_month *month, const char *path, bool follows, struct tg_error *what)
{
	struct tg_damaged file = {0};
	struct tg_tree t = m->tree;
	if (tg_damaged_open(&file, path, what) != TG_OK || !file.db)
		(void)!tg_error_set(what, TG_STORE_DAMAGED, "store: segment %s: cannot be opened", month->name);
	else if (!read_meta(file.db, month))
		(void)!tg_error_set(
		        what, TG_STORE_DAMAGED, "store: segment %s: does not say what it holds", month->name);
	else if (follows && month->first != (int64_t)m->tree.size + 1)
		(void)!tg_error_set(what, TG_STORE_DAMAGED, "store: segment %s: places %llu to %lld before it are gone",
		        month->name, (unsigned long long)m->tree.size + 1, (long long)month->first - 1);
	else if (follows)
		month->whole = tg_segment_check(
		                       file.db, month->name, &t, month->first, month->last, month->root, what) == TG_OK;
	tg_damaged_close(&file);
	if (month->whole)
		m->tree = t;
}

static enum tg_status check_all(struct tg_months *m, struct tg_damaged *d, struct tg_error *err)
{
	bool whole = true;
	for (size_t i = 0; i < m->n; i++) {
		char path[600];
		struct tg_error what = {0};
		if (!tg_month_path(m, i, path))
			return tg_error_set(err, TG_LIMIT, "store: the path is too long");
		check_month(m, &m->at[i], path, whole, &what);
		if (whole && !m->at[i].whole)
			tg_damaged_say(d, "%s", what.detail);
		whole = whole && m->at[i].whole;
	}
	return TG_OK;
}

enum tg_status tg_months_read(struct tg_months *m, const char *database, struct tg_damaged *d, struct tg_error *err)
{
	struct dirent **names = NULL;
	const char *slash = strrchr(database, '/');
	*m = (struct tg_months){0};
	if (snprintf(m->dir, sizeof(m->dir), "%.*ssegments", slash ? (int)(slash - database) + 1 : 0, database) >=
	        (int)sizeof(m->dir))
		return tg_error_set(err, TG_LIMIT, "store: the path is too long");
	int n = scandir(m->dir, &names, is_segment, alphasort);
	if (n <= 0) {
		free(names);
		return TG_OK;
	}
	m->at = calloc((size_t)n, sizeof(*m->at));
	for (int i = 0; i < n; i++) {
		names[i]->d_name[TG_SEGMENT_NAME_MAX - 1] = '\0';
		if (m->at)
			(void)tg_copy(m->at[m->n++].name, TG_SEGMENT_NAME_MAX, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return m->at ? check_all(m, d, err) : tg_error_set(err, TG_NO_MEMORY, "store: segments");
}

void tg_months_free(struct tg_months *m)
{
	free(m->at);
	*m = (struct tg_months){0};
}
