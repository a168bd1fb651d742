/* The journal kept outside (src/decisions/0234): rows of a transaction are durable there before it is committed here,
 * and what stands there and not here is read back. */
#include "db.h"

#include <openssl/rand.h>
#include <stdlib.h>

#define BATCH 1000
#define ROOM  16

static tg_log_opener *known_opener;

void tg_store_set_log_opener(tg_log_opener *opener)
{
	known_opener = opener;
}

/* --- Opening and closing */

static enum tg_status read_place(
        struct tg_store *s, struct tg_buf *where, uint8_t owner[TG_LOG_OWNER_LEN], struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_prepare(s, "SELECT where_to, owner FROM outer_log WHERE id = 1", &q, err));
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_OK) {
		const void *o = sqlite3_column_blob(q, 1);
		if (!o || sqlite3_column_bytes(q, 1) != TG_LOG_OWNER_LEN)
			st = tg_error_set(err, TG_STORE_DAMAGED, "store: table outer_log cannot be read");
		else
			memcpy(owner, o, TG_LOG_OWNER_LEN);
		tg_buf_add_str(where, (const char *)sqlite3_column_text(q, 0));
	}
	sqlite3_finalize(q);
	return st == TG_OK ? tg_buf_status(where) : st;
}

enum tg_status tg_store_outside(struct tg_store *s, struct tg_buf *where_to, struct tg_error *err)
{
	uint8_t owner[TG_LOG_OWNER_LEN];
	TG_TRY(tg_schema_is_present(s, err));
	return read_place(s, where_to, owner, err);
}

static enum tg_status open_port(
        struct tg_store *s, const char *where_to, const uint8_t owner[TG_LOG_OWNER_LEN], struct tg_error *err)
{
	struct tg_log_place place = {.where_to = where_to};
	memcpy(place.owner, owner, TG_LOG_OWNER_LEN);
	if (!known_opener) {
		(void)!tg_error_set(err, TG_CONFIG,
		        "store: its journal is kept in another database, which this program cannot reach");
		return TG_CONFIG;
	}
	TG_TRY(known_opener(&s->outer.port, &place, err));
	s->outer.is_there = true;
	/* What a power cut takes from this file is read back. */
	return tg_db_exec(s, "PRAGMA synchronous = NORMAL", err);
}

enum tg_status tg_outer_attach(struct tg_store *s, struct tg_error *err)
{
	struct tg_buf where = TG_BUF_INIT;
	uint8_t owner[TG_LOG_OWNER_LEN] = {0};
	enum tg_status st = read_place(s, &where, owner, err);
	if (st == TG_OK)
		st = open_port(s, tg_buf_str(&where), owner, err);
	tg_buf_finish(&where);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

void tg_outer_drop(struct tg_store *s)
{
	for (size_t i = 0; i < s->outer.n; i++)
		free((void *)(uintptr_t)s->outer.rows[i].entry.body);
	s->outer.n = 0;
}

void tg_outer_close(struct tg_store *s)
{
	tg_outer_drop(s);
	free(s->outer.rows);
	if (s->outer.is_there)
		s->outer.port.close(s->outer.port.ctx);
	s->outer = (struct tg_outer){0};
}

/* --- A transaction's rows */

static enum tg_status keep_row(struct tg_outer *o, const struct tg_log_row *row, struct tg_error *err)
{
	if (o->n == o->cap) {
		size_t cap = o->cap ? o->cap * 2 : ROOM;
		struct tg_log_row *p = reallocarray(o->rows, cap, sizeof(*p));
		if (!p)
			return tg_error_set(err, TG_NO_MEMORY, "store");
		o->rows = p;
		o->cap = cap;
	}
	char *body = NULL;
	if (row->entry.body) {
		body = malloc(row->entry.body_len + 1);
		if (!body)
			return tg_error_set(err, TG_NO_MEMORY, "store");
		memcpy(body, row->entry.body, row->entry.body_len);
		body[row->entry.body_len] = '\0';
	}
	o->rows[o->n] = *row;
	o->rows[o->n].entry.kept = NULL;
	o->rows[o->n].entry.kept_len = 0;
	o->rows[o->n++].entry.body = body;
	return TG_OK;
}

enum tg_status tg_outer_collect(struct tg_store *s, const struct tg_log_row *row, struct tg_error *err)
{
	return s->outer.is_there && !s->outer.quiet ? keep_row(&s->outer, row, err) : TG_OK;
}

enum tg_status tg_outer_push(struct tg_store *s, struct tg_error *err)
{
	struct tg_outer *o = &s->outer;
	return o->n > 0 ? o->port.append(o->port.ctx, o->rows[0].place - 1, o->rows, o->n, err) : TG_OK;
}

enum tg_status tg_outer_erase(struct tg_store *s, const int64_t *places, size_t n, struct tg_error *err)
{
	struct tg_outer *o = &s->outer;
	return o->is_there && !o->quiet && n > 0 ? o->port.erase(o->port.ctx, places, n, err) : TG_OK;
}

/* --- Reading back */

struct reading {
	struct tg_store *s;
	struct tg_stream stream;
	bool loaded;
	int64_t after;
	int rows;
	bool erased; /* a body was gone already: what it once made of the tables is known only to a rebuild */
	struct tg_error *err;
};

static enum tg_status take_stream(struct reading *r, const char *kiosk)
{
	if (r->loaded && strcmp(r->stream.kiosk, kiosk) == 0)
		return TG_OK;
	if (r->loaded)
		TG_TRY(tg_stream_save(r->s, &r->stream, r->err));
	r->loaded = false;
	TG_TRY(tg_stream_load(r->s, kiosk, &r->stream, r->err));
	r->loaded = true;
	return TG_OK;
}

static enum tg_status other_past(struct tg_error *err, int64_t place)
{
	return tg_error_set(
	        err, TG_LOG_OTHER, "store: the database's journal is another at place %lld", (long long)place);
}

static enum tg_status take_row(const struct tg_log_row *row, void *ctx)
{
	struct reading *r = ctx;
	TG_TRY(take_stream(r, row->entry.kiosk));
	bool fits = row->before == r->stream.last_id && tg_kiosk_id_valid(row->entry.kiosk) &&
	            tg_store_judge(&row->entry, r->stream.seq, r->stream.hash) == TG_OK;
	if (!fits)
		return other_past(r->err, row->place);
	TG_TRY(tg_stream_add(r->s, &r->stream, &row->entry, row->received_ms, r->err));
	if (r->stream.last_id != row->place)
		return other_past(r->err, row->place);
	r->erased = r->erased || !row->entry.body;
	r->after = row->place;
	r->rows++;
	return tg_project(r->s, &row->entry, NULL, row->place, r->err);
}

static enum tg_status take_batch(struct reading *r)
{
	struct tg_log_port *port = &r->s->outer.port;
	r->rows = 0;
	TG_TRY(tg_db_begin(r->s, r->err));
	enum tg_status st = tg_tree_place(r->s, &r->after, r->err);
	r->after--;
	if (st == TG_OK)
		st = port->read(port->ctx, r->after, BATCH, take_row, r, r->err);
	if (st == TG_OK && r->loaded)
		st = tg_stream_save(r->s, &r->stream, r->err);
	r->loaded = false;
	return tg_db_end(r->s, st, r->err);
}

enum tg_status tg_outer_catch_up(struct tg_store *s, struct tg_error *err)
{
	struct reading r = {.s = s, .err = err};
	enum tg_status st;
	s->outer.quiet = true;
	do
		st = take_batch(&r);
	while (st == TG_OK && r.rows == BATCH);
	s->outer.quiet = false;
	return st == TG_OK && r.erased ? tg_store_rebuild(s, err) : st;
}

/* --- Comparing and joining */

struct growing {
	struct tg_tree *tree;
	int64_t after;
};

static enum tg_status add_leaf(const struct tg_log_row *row, void *ctx)
{
	struct growing *g = ctx;
	uint8_t leaf[TG_HASH_LEN];
	TG_TRY(tg_tree_leaf(row->entry.hash, TG_HASH_LEN, leaf));
	g->after = row->place;
	return tg_tree_add(g->tree, leaf, NULL, NULL);
}

/* Both trees brought to the same size: ours by the rows that we lack, or back to what it was. */
static enum tg_status compare(
        struct tg_store *s, const struct tg_tree_head *there, struct tg_tree *t, struct tg_error *err)
{
	struct tg_log_port *port = &s->outer.port;
	struct growing g = {t, (int64_t)t->size};
	uint8_t root[TG_HASH_LEN];
	if (t->size > there->size)
		TG_TRY(tg_tree_at_size(s, there->size, t, err));
	while (t->size < there->size) {
		uint64_t before = t->size;
		TG_TRY(port->read(port->ctx, g.after, BATCH, add_leaf, &g, err));
		if (t->size == before || t->size > there->size)
			return other_past(err, (int64_t)t->size);
	}
	TG_TRY(tg_tree_root(t, root));
	return memcmp(root, there->root, TG_HASH_LEN) == 0 ? TG_OK : other_past(err, (int64_t)there->size);
}

static enum tg_status gather(const struct tg_log_row *row, void *ctx)
{
	struct tg_store *s = ctx;
	return keep_row(&s->outer, row, NULL);
}

static enum tg_status push_rest(struct tg_store *s, int64_t after, struct tg_error *err)
{
	enum tg_status st = TG_OK;
	for (size_t n = 1; st == TG_OK && n > 0;) {
		st = tg_store_log_rows(s, after, BATCH, gather, s, err);
		n = s->outer.n;
		if (st == TG_OK)
			st = tg_outer_push(s, err);
		tg_outer_drop(s);
		after += (int64_t)n;
	}
	return st;
}

/* A file that holds no more than the database goes on with its tree, by its name. */
static enum tg_status take_epoch(struct tg_store *s, const struct tg_tree_head *there, struct tg_error *err)
{
	static const uint8_t none[TG_EPOCH_LEN];
	sqlite3_stmt *q = NULL;
	if (memcmp(there->epoch, none, TG_EPOCH_LEN) == 0)
		return TG_OK;
	TG_TRY(tg_db_prepare(s, "UPDATE tree SET epoch = ?1", &q, err));
	(void)sqlite3_bind_blob(q, 1, there->epoch, TG_EPOCH_LEN, SQLITE_STATIC);
	enum tg_status st = tg_db_run(s, q, err);
	sqlite3_finalize(q);
	return st;
}

static enum tg_status join(struct tg_store *s, bool first, struct tg_error *err)
{
	struct tg_log_port *port = &s->outer.port;
	struct tg_tree_head there;
	struct tg_tree t;
	uint8_t epoch[TG_EPOCH_LEN];
	TG_TRY(port->tree(port->ctx, &there, err));
	TG_TRY(tg_tree_read(s, &t, epoch, err));
	uint64_t here = t.size;
	TG_TRY(compare(s, &there, &t, err));
	if (here <= there.size)
		TG_TRY(take_epoch(s, &there, err));
	TG_TRY(tg_tree_read(s, &t, epoch, err));
	TG_TRY(port->claim(port->ctx, epoch, err));
	if (here < there.size)
		return tg_outer_catch_up(s, err);
	if (here > there.size)
		TG_TRY(push_rest(s, (int64_t)there.size, err));
	/* Bodies that were erased here after their rows were copied (erase_finish.c). */
	return first ? tg_db_exec(s, "INSERT OR IGNORE INTO erase_todo SELECT kiosk, seq FROM erased", err) : TG_OK;
}

static enum tg_status write_place(
        struct tg_store *s, const char *where_to, const uint8_t owner[TG_LOG_OWNER_LEN], struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_prepare(s, "INSERT OR REPLACE INTO outer_log (id, where_to, owner) VALUES (1, ?1, ?2)", &q, err));
	tg_db_bind_text(q, 1, where_to);
	(void)sqlite3_bind_blob(q, 2, owner, TG_LOG_OWNER_LEN, SQLITE_STATIC);
	enum tg_status st = tg_db_run(s, q, err);
	sqlite3_finalize(q);
	return st;
}

static enum tg_status keep_outside(struct tg_store *s, const char *where_to, struct tg_error *err)
{
	uint8_t owner[TG_LOG_OWNER_LEN];
	bool first = !s->outer.is_there;
	/* Whoever writes there as this file did before is not this centre any more. */
	if (RAND_bytes(owner, TG_LOG_OWNER_LEN) != 1)
		return tg_error_set(err, TG_NO_MEMORY, "store: no random numbers");
	tg_outer_close(s);
	TG_TRY(open_port(s, where_to, owner, err));
	TG_TRY(join(s, first, err));
	return write_place(s, where_to, owner, err);
}

enum tg_status tg_store_keep_outside(
        struct tg_store **out, const char *path, const char *where_to, struct tg_error *err)
{
	TG_TRY(tg_store_open(out, path, TG_STORE_CENTRE, NULL, err));
	enum tg_status st = keep_outside(*out, where_to, err);
	if (st != TG_OK) {
		tg_store_close(*out);
		*out = NULL;
	}
	return st;
}
