/* A damaged database: what is wrong with it, and made again of what can be read (src/decisions/0229). */
#include "mend.h"

#include <errno.h>
#include <unistd.h>

enum tg_status tg_inspect(struct tg_damaged *d, const struct tg_months *m)
{
	int64_t sealed = tg_damaged_number(d, "SELECT max(last_id) FROM segment", 0);
	int64_t first = tg_damaged_number(d, "SELECT min(id) FROM journal", 1);
	tg_damaged_tables(d);
	if (!d->db)
		return TG_STORE_DAMAGED;
	if ((int64_t)m->tree.size < sealed && m->n == 0)
		tg_damaged_say(d, "store: no segment is there");
	else if ((int64_t)m->tree.size < sealed && m->at[m->n - 1].whole)
		tg_damaged_say(d, "store: the segments behind %s are not there", m->at[m->n - 1].name);
	if (first > sealed + 1)
		first = sealed + 1;
	int64_t end = tg_damaged_end(d);
	enum tg_status st = end >= first ? tg_damaged_rows(d, first, end, NULL, NULL) : TG_OK;
	return st == TG_OK && d->said > 0 ? TG_STORE_DAMAGED : st;
}

static enum tg_status look(const char *path, struct tg_damaged *d, struct tg_months *m, struct tg_error *err)
{
	if (access(path, F_OK) != 0)
		return tg_error_at(err, TG_STORE_OPEN, path, 0, 0, "%s", strerror(errno));
	TG_TRY(tg_damaged_open(d, path, err));
	TG_TRY(tg_months_read(m, path, d, err));
	enum tg_status st = tg_inspect(d, m);
	return st == TG_STORE_DAMAGED ? tg_error_at(err, st, path, 0, 0, "damaged in %lld places", (long long)d->said)
	                              : st;
}

enum tg_status tg_store_inspect(const char *path, tg_damage_fn *fn, void *ctx, struct tg_error *err)
{
	struct tg_damaged d = {.say = fn, .ctx = ctx};
	struct tg_months m = {0};
	enum tg_status st = look(path, &d, &m, err);
	tg_damaged_close(&d);
	tg_months_free(&m);
	return st;
}

/* --- Made again */

static enum tg_status tell(struct tg_mending *m)
{
	json_t *lost = tg_mend_lost(m);
	json_t *body = json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}", "entries", (json_int_t)m->out->entries, "aside",
	        (json_int_t)m->out->aside, "own_lost", (json_int_t)m->out->own_lost, "segments",
	        (json_int_t)m->out->segments, "reopened", (json_int_t)m->out->reopened, "lost", lost);
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	enum tg_status st = text ? tg_store_append(m->to, TG_RECORD_REPLICA_MENDED, text, m->now_ms, NULL, m->err)
	                         : tg_error_set(m->err, TG_NO_MEMORY, "store: replica.mended");
	free(text);
	json_decref(body);
	return st;
}

static enum tg_status in_transaction(struct tg_mending *m, enum tg_status (*step)(struct tg_mending *))
{
	TG_TRY(tg_db_begin(m->to, m->err));
	return tg_db_end(m->to, step(m), m->err);
}

/* Those that were waiting already, and now stand at or before a head. */
static enum tg_status tidy_aside(struct tg_mending *m)
{
	TG_TRY(tg_db_exec(m->to,
	        "DELETE FROM aside WHERE seq <= (SELECT seq FROM high_water WHERE high_water.kiosk = aside.kiosk)",
	        m->err));
	return tg_db_number(m->to, "SELECT count(*) FROM aside", &m->out->aside, m->err);
}

/* Every row is where it was: the tree that kiosks know grows on. TG_NOT_FOUND: it does not. */
static enum tg_status keep_tree(struct tg_mending *m)
{
	struct tg_tree_head made, old;
	TG_TRY(tg_store_tree_head(m->to, &made, m->err));
	TG_TRY(tg_mend_old_tree(m));
	enum tg_status st = tg_store_tree_head(m->to, &old, m->err);
	if (st != TG_OK)
		return st == TG_STORE_DAMAGED ? TG_NOT_FOUND : st;
	/* The new file's own name of its tree: nothing of the old one could be read. */
	const bool is_read = memcmp(old.epoch, made.epoch, TG_EPOCH_LEN) != 0;
	m->out->same_tree =
	        is_read && m->out->aside == 0 && old.size == made.size && memcmp(old.root, made.root, TG_HASH_LEN) == 0;
	return m->out->same_tree ? TG_OK : TG_NOT_FOUND;
}

static enum tg_status fill(struct tg_mending *m)
{
	if (tg_damaged_number(m->from, "SELECT count(*) FROM outer_log", 0) > 0)
		return tg_error_set(
		        m->err, TG_CONFIG, "store: the journal is kept outside: it is read from there again");
	TG_TRY(in_transaction(m, tg_mend_tables));
	TG_TRY(in_transaction(m, tg_mend_rows));
	enum tg_status kept = in_transaction(m, keep_tree);
	if (kept != TG_OK && kept != TG_NOT_FOUND)
		return kept;
	TG_TRY(in_transaction(m, tidy_aside));
	TG_TRY(in_transaction(m, tg_mend_erased));
	TG_TRY(tg_store_rebuild(m->to, m->err));
	if (!m->out->same_tree) {
		TG_TRY(in_transaction(m, tg_mend_old_tree));
		TG_TRY(tg_store_tree_restart(m->to, "mended", m->now_ms, m->err));
	}
	return tell(m);
}

static enum tg_status make(struct tg_mending *m, const char *path)
{
	char making[700], done[700];
	if (snprintf(making, sizeof(making), "%s" TG_MENDING, path) >= (int)sizeof(making) ||
	        snprintf(done, sizeof(done), "%s" TG_MENDED, path) >= (int)sizeof(done))
		return tg_error_set(m->err, TG_LIMIT, "store: the path is too long");
	tg_mend_remove_unfinished(path);
	enum tg_status st = tg_store_open(&m->to, making, TG_STORE_CENTRE, NULL, m->err);
	if (st == TG_OK)
		st = fill(m);
	tg_store_close(m->to);
	m->to = NULL;
	/* Closing moves the log into the file and removes it. */
	(void)snprintf(done, sizeof(done), "%s" TG_MENDING "-wal", path);
	if (st == TG_OK && access(done, F_OK) == 0)
		st = tg_error_at(m->err, TG_IO, done, 0, 0, "not moved into its file");
	(void)snprintf(done, sizeof(done), "%s" TG_MENDED, path);
	if (st == TG_OK && rename(making, done) != 0)
		st = tg_error_at(m->err, TG_IO, done, 0, 0, "%s", strerror(errno));
	if (st != TG_OK)
		tg_mend_remove_unfinished(path);
	return st;
}

/* One of another tree has other entries at the same places. */
static enum tg_status open_backup(const char *path, struct tg_damaged *d, struct tg_store **out, struct tg_error *err)
{
	struct tg_tree_head head;
	char epoch[2 * TG_EPOCH_LEN + 1], sql[100];
	TG_TRY(tg_store_open_readonly(out, path, err));
	enum tg_status st = tg_store_tree_head(*out, &head, err);
	if (st == TG_OK)
		tg_hex(head.epoch, TG_EPOCH_LEN, epoch);
	if (st == TG_OK && snprintf(sql, sizeof(sql), "SELECT count(*) FROM tree WHERE epoch = x'%s'", epoch) > 0 &&
	        tg_damaged_number(d, sql, 0) == 1)
		return TG_OK;
	tg_store_close(*out);
	*out = NULL;
	if (st == TG_OK)
		tg_damaged_say(d, "the backup is of another tree, as far as can be seen: nothing is taken from it");
	return st;
}

static enum tg_status mend(const struct tg_mend_order *o, struct tg_damaged *d, struct tg_months *months,
        struct tg_mend_report *out, struct tg_error *err)
{
	struct tg_spares spares = {.replica = &d->leaves};
	struct tg_mending m = {.from = d, .months = months, .now_ms = o->now_ms, .out = out, .err = err};
	enum tg_status st = look(o->path, d, months, err);
	if (st != TG_STORE_DAMAGED)
		return st == TG_OK ? TG_NOT_FOUND : st;
	if (o->backup)
		TG_TRY(open_backup(o->backup, d, &spares.backup, err));
	d->said = 0;
	d->say = NULL; /* said already */
	d->spares = &spares;
	st = make(&m, o->path);
	d->spares = NULL;
	tg_store_close(spares.backup);
	return st;
}

enum tg_status tg_store_mend(const struct tg_mend_order *o, struct tg_mend_report *out, struct tg_error *err)
{
	struct tg_error own;
	struct tg_damaged d = {.say = o->say, .ctx = o->ctx};
	struct tg_months months = {0};
	*out = (struct tg_mend_report){0};
	enum tg_status st = TG_OK;
	if (!tg_mend_is_cut_off(o->path)) {
		st = mend(o, &d, &months, out, err ? err : &own);
		tg_damaged_close(&d);
		tg_months_free(&months);
	}
	return st == TG_OK ? tg_mend_swap(o->path, o->now_ms, out->moved_to, err) : st;
}
