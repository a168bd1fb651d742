/* The replica's port over PostgreSQL, and how the store comes to it. */
#include "pg.h"

#include <stdlib.h>

/* Another writer came in between reading the heads and appending. */
#define TRIES 5

/* Heads of the streams of one group, as they become while it is judged. */
struct head {
	char kiosk[TG_KIOSK_MAX + 1];
	uint64_t seq, stored; /* stored: what is in the database */
	int64_t place;
	uint8_t hash[TG_HASH_LEN];
};
struct group {
	struct tg_pg *pg;
	struct head *heads; /* sorted by kiosk */
	size_t n_heads, n_rows;
	struct tg_log_row *rows;
	int64_t after, now_ms;
	struct tg_error *err;
};

static int by_kiosk(const void *a, const void *b)
{
	return strcmp(((const struct head *)a)->kiosk, ((const struct head *)b)->kiosk);
}

static void collect_streams(struct group *g, const struct tg_entry *entries, size_t n)
{
	size_t m = 0;
	for (size_t i = 0; i < n; i++)
		if (tg_store_is_receivable(&entries[i]))
			memcpy(g->heads[g->n_heads++].kiosk, entries[i].kiosk, sizeof(entries[i].kiosk));
	qsort(g->heads, g->n_heads, sizeof(*g->heads), by_kiosk);
	for (size_t i = 0; i < g->n_heads; i++)
		if (i == 0 || strcmp(g->heads[i].kiosk, g->heads[m - 1].kiosk) != 0)
			g->heads[m++] = g->heads[i];
	g->n_heads = m;
	for (size_t i = 0; i < m; i++)
		tg_entry_genesis(g->heads[i].kiosk, g->heads[i].hash);
}

static struct head *head_of(const struct group *g, const char *kiosk)
{
	struct head key = {0};
	(void)tg_copy(key.kiosk, sizeof(key.kiosk), kiosk);
	return bsearch(&key, g->heads, g->n_heads, sizeof(*g->heads), by_kiosk);
}

static enum tg_status take_heads(struct group *g, const PGresult *r)
{
	for (int i = 0; i < PQntuples(r); i++) {
		char kiosk[TG_KIOSK_MAX + 1];
		struct head *h = tg_pg_text(r, i, 0, kiosk, sizeof(kiosk)) ? head_of(g, kiosk) : NULL;
		if (!h || !tg_pg_fixed(r, i, 2, h->hash, TG_HASH_LEN))
			return tg_error_set(g->err, TG_STORE_DAMAGED, "postgres: a high water cannot be read");
		h->seq = h->stored = (uint64_t)tg_pg_int(r, i, 1);
		h->place = tg_pg_int(r, i, 3);
	}
	return TG_OK;
}

static enum tg_status load_heads(struct group *g)
{
	struct tg_pg_values v = {0};
	PGresult *r = NULL;
	uint8_t hash[TG_HASH_LEN];
	TG_TRY(tg_pg_end(g->pg, &g->after, hash, g->err));
	tg_pg_array_begin(&v, TG_PG_TEXT, g->n_heads);
	for (size_t i = 0; i < g->n_heads; i++)
		tg_pg_item(&v, g->heads[i].kiosk, strlen(g->heads[i].kiosk));
	tg_pg_array_end(&v);
	enum tg_status st = tg_pg_look(g->pg,
	        "SELECT kiosk, seq, hash, place FROM tamga.high_water WHERE kiosk = ANY ($1::text[])", &v, &r, g->err);
	tg_pg_values_finish(&v);
	if (st == TG_OK)
		st = take_heads(g, r);
	PQclear(r);
	return st;
}

/* An entry that is there already: the same one, or another in its place. One of this same group is not in the database
 * yet. */
static enum tg_status judge_old(struct group *g, const struct head *h, const struct tg_entry *e, enum tg_status *result)
{
	PGresult *r = NULL;
	for (size_t i = 0; i < g->n_rows && e->seq > h->stored; i++)
		if (g->rows[i].entry.seq == e->seq && strcmp(g->rows[i].entry.kiosk, e->kiosk) == 0) {
			bool same = memcmp(g->rows[i].entry.hash, e->hash, TG_HASH_LEN) == 0;
			*result = same ? TG_SYNC_REPEAT : TG_SYNC_FORK;
			return TG_OK;
		}
	TG_TRY(tg_pg_stream_rows(g->pg, e->kiosk, e->seq, e->seq, &r, g->err));
	struct tg_log_row row;
	enum tg_status st = TG_OK;
	if (PQntuples(r) != 1 || tg_pg_row(r, 0, &row) != TG_OK)
		st = tg_error_set(g->err, TG_STORE_DAMAGED, "postgres: entry %llu of %s is not where it should be",
		        (unsigned long long)e->seq, e->kiosk);
	else
		*result = memcmp(row.entry.hash, e->hash, TG_HASH_LEN) == 0 ? TG_SYNC_REPEAT : TG_SYNC_FORK;
	PQclear(r);
	return st;
}

static void take(struct group *g, struct head *h, const struct tg_entry *e)
{
	struct tg_log_row *row = &g->rows[g->n_rows];
	*row = (struct tg_log_row){
	        .entry = *e, .place = g->after + 1 + (int64_t)g->n_rows, .before = h->place, .received_ms = g->now_ms};
	g->n_rows++;
	h->seq = e->seq;
	h->place = row->place;
	memcpy(h->hash, e->hash, TG_HASH_LEN);
}

static enum tg_status judge(struct group *g, const struct tg_entry *e, enum tg_status *result)
{
	*result = TG_SYNC_FOREIGN;
	if (!tg_store_is_receivable(e))
		return TG_OK;
	struct head *h = head_of(g, e->kiosk);
	TG_BUG_IF(!h);
	*result = tg_store_judge(e, h->seq, h->hash);
	if (*result == TG_SYNC_REPEAT)
		return judge_old(g, h, e, result);
	if (*result == TG_OK)
		take(g, h, e);
	return *result == TG_NO_MEMORY ? *result : TG_OK;
}

static enum tg_status append_once(struct group *g, const struct tg_entry *entries, size_t n, enum tg_status *results)
{
	g->n_heads = g->n_rows = 0;
	memset(g->heads, 0, n * sizeof(*g->heads));
	collect_streams(g, entries, n);
	enum tg_status st = load_heads(g);
	for (size_t i = 0; i < n && st == TG_OK; i++)
		st = judge(g, &entries[i], &results[i]);
	return st == TG_OK ? tg_pg_append(g->pg, g->after, g->rows, g->n_rows, g->err) : st;
}

static enum tg_status append_group(void *ctx, const struct tg_entry *entries, size_t n, int64_t now_ms,
        enum tg_status *results, struct tg_error *err)
{
	struct group g = {.pg = ctx, .now_ms = now_ms, .err = err};
	enum tg_status st = TG_LOG_AHEAD;
	if (n == 0)
		return TG_OK;
	g.heads = calloc(n, sizeof(*g.heads));
	g.rows = calloc(n, sizeof(*g.rows));
	if (!g.heads || !g.rows) {
		free(g.heads);
		free(g.rows);
		return tg_error_set(err, TG_NO_MEMORY, "postgres");
	}
	for (int i = 0; i < TRIES && (st == TG_LOG_AHEAD || st == TG_LOG_OTHER); i++)
		st = append_once(&g, entries, n, results);
	free(g.heads);
	free(g.rows);
	return st;
}

static enum tg_status high_water(
        void *ctx, const char *kiosk, uint64_t *seq, uint8_t hash[TG_HASH_LEN], struct tg_error *err)
{
	struct head h = {0};
	struct group g = {.pg = ctx, .heads = &h, .n_heads = 1, .err = err};
	(void)tg_copy(h.kiosk, sizeof(h.kiosk), kiosk);
	tg_entry_genesis(kiosk, h.hash);
	TG_TRY(load_heads(&g));
	*seq = h.seq;
	memcpy(hash, h.hash, TG_HASH_LEN);
	return TG_OK;
}

static enum tg_status read_range(
        void *ctx, const char *kiosk, uint64_t from, int max, tg_store_entry_fn *fn, void *fn_ctx, struct tg_error *err)
{
	PGresult *r = NULL;
	uint64_t seq = 0;
	uint8_t hash[TG_HASH_LEN];
	struct tg_log_row row;
	TG_TRY(high_water(ctx, kiosk, &seq, hash, err));
	from = from > 0 ? from : 1;
	if (max <= 0 || from > seq)
		return TG_OK;
	uint64_t left = seq - from, want = (uint64_t)max - 1, to = from + (left < want ? left : want);
	TG_TRY(tg_pg_stream_rows(ctx, kiosk, from, to, &r, err));
	enum tg_status st = TG_OK;
	if ((uint64_t)PQntuples(r) != to - from + 1)
		st = tg_error_set(err, TG_STORE_DAMAGED, "postgres: entries of %s are not where they should be", kiosk);
	for (int i = 0; i < PQntuples(r) && st == TG_OK; i++) {
		st = tg_pg_row(r, i, &row);
		if (st == TG_OK)
			st = fn(&row.entry, fn_ctx);
	}
	PQclear(r);
	return st;
}

static enum tg_status stats(void *ctx, struct tg_replica_stats *out, struct tg_error *err)
{
	PGresult *r = NULL;
	TG_TRY(tg_pg_look(ctx,
	        "SELECT (SELECT place FROM tamga.head WHERE id = 1), (SELECT count(*) FROM tamga.high_water), "
	        "(SELECT count(*) FROM tamga.journal WHERE body IS NULL), "
	        "(SELECT coalesce(sum(pg_total_relation_size(relid)), 0)::bigint FROM "
	        "pg_partition_tree('tamga.journal'))",
	        NULL, &r, err));
	*out = (struct tg_replica_stats){.entries = (uint64_t)tg_pg_int(r, 0, 0),
	        .streams = (uint64_t)tg_pg_int(r, 0, 1),
	        .erased_bodies = (uint64_t)tg_pg_int(r, 0, 2),
	        .bytes = tg_pg_int(r, 0, 3)};
	PQclear(r);
	return TG_OK;
}

static void close_it(void *ctx)
{
	tg_pg_destroy(ctx);
}

enum tg_status tg_replica_postgres(struct tg_replica *out, const struct tg_postgres *p, struct tg_error *err)
{
	struct tg_pg *pg = NULL;
	TG_TRY(tg_pg_create(&pg, p, NULL, err));
	enum tg_status st = tg_pg_session(pg, err);
	if (st != TG_OK) {
		tg_pg_destroy(pg);
		return st;
	}
	*out = (struct tg_replica){
	        append_group, high_water, read_range, tg_pg_read, tg_pg_verify, stats, tg_pg_tree, close_it, pg};
	return TG_OK;
}

/* --- For the store: "quorum=1 timeout=5000 shard=north CONNINFO" */

enum tg_status tg_postgres_where(const struct tg_postgres *p, struct tg_buf *out, struct tg_error *err)
{
	TG_TRY(tg_postgres_check(p, err));
	if (p->shard && p->shard[strcspn(p->shard, " \t\n")])
		return tg_error_set(err, TG_CONFIG, "the name of a shard has no blanks");
	tg_buf_addf(out, "quorum=%u timeout=%u shard=%s %s", p->quorum, p->timeout_ms, p->shard ? p->shard : "",
	        p->conninfo);
	return tg_buf_status(out);
}

enum tg_status tg_postgres_read_where(const char *where, struct tg_postgres *out, char shard[80], struct tg_error *err)
{
	char name[24];
	int at = 0;
	*out = (struct tg_postgres){0};
	int got = sscanf(where, "quorum=%u timeout=%u %23[^=]=%n", &out->quorum, &out->timeout_ms, name, &at);
	size_t n = got == 3 && at > 0 ? strcspn(where + at, " ") : 80;
	if (n >= 80 || where[(size_t)at + n] != ' ')
		return tg_error_set(err, TG_CONFIG, "postgres: where the journal is kept cannot be read");
	memcpy(shard, where + at, n);
	shard[n] = '\0';
	out->shard = shard;
	out->conninfo = where + at + n + 1;
	return TG_OK;
}

static struct tg_log_port log_port(struct tg_pg *pg)
{
	return (struct tg_log_port){
	        tg_pg_append, tg_pg_read, tg_pg_end, tg_pg_erase, tg_pg_claim, tg_pg_tree, close_it, pg};
}

enum tg_status tg_postgres_log(struct tg_log_port *out, const struct tg_postgres *p, struct tg_error *err)
{
	struct tg_pg *pg = NULL;
	TG_TRY(tg_pg_create(&pg, p, NULL, err));
	*out = log_port(pg);
	return TG_OK;
}

enum tg_status tg_postgres_open_log(struct tg_log_port *out, const struct tg_log_place *where, struct tg_error *err)
{
	struct tg_postgres p;
	struct tg_pg *pg = NULL;
	char shard[80];
	TG_TRY(tg_postgres_read_where(where->where_to, &p, shard, err));
	TG_TRY(tg_pg_create(&pg, &p, where->owner, err));
	*out = log_port(pg);
	return TG_OK;
}
