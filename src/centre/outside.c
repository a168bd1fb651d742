/* A centre that has outgrown one machine (C-7): its journal in PostgreSQL, its streams a shard of all. */
#include "centre.h"
#include "tamga/log.h"

static enum tg_status where_asked(const struct tg_centre_options *o, struct tg_buf *where, struct tg_error *err)
{
	const struct tg_postgres p = {
	        .conninfo = o->postgres, .quorum = o->postgres_quorum, .timeout_ms = o->postgres_ms, .shard = o->shard};
	return tg_postgres_where(&p, where, err);
}

/* Where it was kept before; TG_NOT_FOUND: in its own file, or there is none yet. */
static enum tg_status where_before(const char *path, struct tg_buf *where, struct tg_error *err)
{
	struct tg_store *s = NULL;
	if (tg_store_open_readonly(&s, path, NULL) != TG_OK)
		return TG_NOT_FOUND; /* what is wrong with it is said when it is opened for writing */
	enum tg_status st = tg_store_outside(s, where, err);
	tg_store_close(s);
	return st == TG_STORE_OPEN ? TG_NOT_FOUND : st;
}

/* Kiosks that are enrolled from now on get numbers from `first` on: never those of another shard (K-9). */
static enum tg_status set_numbers(struct tg_registry *r, unsigned first, unsigned last, struct tg_error *err)
{
	sqlite3_stmt *q =
	        tg_registry_stmt(r, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'kiosks'");
	if (!q || sqlite3_step(q) != SQLITE_ROW) {
		sqlite3_finalize(q);
		return tg_error_set(err, TG_IO, "the registry cannot be read");
	}
	int64_t given = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	if (given >= last)
		return tg_error_set(
		        err, TG_LIMIT, "all numbers of this shard's kiosks are used: move first_number in shards.yaml");
	if (given >= (int64_t)first - 1)
		return TG_OK;
	q = tg_registry_stmt(r, given > 0 ? "UPDATE sqlite_sequence SET seq = ?1 WHERE name = 'kiosks'"
	                                  : "INSERT INTO sqlite_sequence (name, seq) VALUES ('kiosks', ?1)");
	if (!q)
		return tg_error_set(err, TG_IO, "the registry cannot be written");
	(void)sqlite3_bind_int64(q, 1, (int64_t)first - 1);
	return tg_registry_run(r, q);
}

static enum tg_status keep_numbers(const char *path, unsigned first, unsigned last, struct tg_error *err)
{
	struct tg_registry *r = NULL;
	TG_TRY(tg_registry_open(&r, path, err));
	enum tg_status st = set_numbers(r, first, last, err);
	tg_registry_close(r);
	return st;
}

static enum tg_status load_shards(
        struct tg_outside *x, const struct tg_centre_options *o, const struct tg_centre_paths *p, struct tg_error *err)
{
	if (!o->shards)
		return TG_OK;
	if (!o->shard)
		return tg_error_set(err, TG_CONFIG, "--shards: which of them this is says --shard");
	TG_TRY(tg_shards_load(&x->shards, o->shards, err));
	x->shard = o->shard;
	unsigned first, last;
	if (!tg_shards_numbers(x->shards, o->shard, &first, &last))
		return tg_error_at(err, TG_CONFIG, o->shards, 0, 0, "has no shard «%s»", o->shard);
	return keep_numbers(p->registry, first, last, err);
}

enum tg_status tg_outside_open(
        struct tg_outside *x, const struct tg_centre_options *o, const struct tg_centre_paths *p, struct tg_error *err)
{
	struct tg_buf where = TG_BUF_INIT;
	TG_TRY(load_shards(x, o, p, err));
	tg_store_set_log_opener(tg_postgres_open_log);
	enum tg_status st = o->postgres ? where_asked(o, &where, err) : where_before(p->replica, &where, err);
	if (st == TG_OK)
		st = tg_store_keep_outside(&x->store, p->replica, tg_buf_str(&where), err);
	if (st == TG_OK)
		tg_log_info("the journal is kept in PostgreSQL");
	tg_buf_finish(&where);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

void tg_outside_close(struct tg_outside *x)
{
	tg_store_close(x->store);
	tg_shards_destroy(x->shards);
	*x = (struct tg_outside){0};
}

enum tg_status tg_outside_check(const struct tg_outside *x, const char *kiosk, const char **url)
{
	*url = NULL;
	if (!x || !x->shards)
		return TG_OK;
	const char *name = tg_shards_of(x->shards, kiosk, url);
	if (name && strcmp(name, x->shard) == 0)
		return TG_OK;
	return name ? TG_SHARD_OTHER : TG_KIOSK_UNKNOWN;
}

/* A kiosk that is known here says by its stream where it writes: it may have moved away with a number of ours. */
enum tg_status tg_outside_of_number(
        const struct tg_outside *x, struct tg_registry *r, const char *number, const char **url)
{
	char kiosk[TG_KIOSK_MAX + 1];
	*url = NULL;
	if (!x || !x->shards)
		return TG_OK;
	uint32_t no = tg_number_kiosk_no(number);
	enum tg_status st = tg_kiosk_of_number(r, no, kiosk);
	if (st != TG_OK && st != TG_NOT_FOUND)
		return st;
	const char *name = st == TG_OK ? tg_shards_of(x->shards, kiosk, url) : tg_shards_of_number(x->shards, no, url);
	return name && strcmp(name, x->shard) != 0 ? TG_SHARD_OTHER : TG_OK;
}
