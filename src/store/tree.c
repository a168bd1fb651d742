/* The centre's Merkle tree over its journal: leaf i stands over the hash of the entry at place i + 1. The peaks are
 * read once in each transaction that appends, and written before its commit; nodes from TG_TREE_KEPT on are rows, so
 * that a proof reads a few of them and the entries of at most three blocks (src/decisions/0223). */
#include "body.h"
#include "db.h"

#include <openssl/rand.h>

static enum tg_status unreadable(struct tg_error *err)
{
	return tg_error_set(err, TG_STORE_DAMAGED, "store: the tree over the journal cannot be read");
}

/* The peaks of a size, lowest first, one after the other. */
static bool read_peaks(sqlite3_stmt *q, int col, struct tg_tree *t)
{
	const uint8_t *p = sqlite3_column_blob(q, col);
	int left = sqlite3_column_bytes(q, col);
	for (unsigned level = 0; level < TG_TREE_LEVELS; level++) {
		if (!(t->size >> level & 1))
			continue;
		if (!p || left < TG_HASH_LEN)
			return false;
		memcpy(t->peak[level], p, TG_HASH_LEN);
		p += TG_HASH_LEN;
		left -= TG_HASH_LEN;
	}
	return left == 0;
}

enum tg_status tg_tree_read(struct tg_store *s, struct tg_tree *t, uint8_t epoch[TG_EPOCH_LEN], struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_TREE_GET, &q, err));
	enum tg_status st = tg_db_row(s, q, err);
	if (st != TG_OK)
		return st == TG_NOT_FOUND ? unreadable(err) : st;
	int64_t size = sqlite3_column_int64(q, 1);
	const void *e = sqlite3_column_blob(q, 0);
	bool ok = e && sqlite3_column_bytes(q, 0) == TG_EPOCH_LEN && size >= 0;
	if (ok) {
		memcpy(epoch, e, TG_EPOCH_LEN);
		t->size = (uint64_t)size;
		ok = read_peaks(q, 2, t);
	}
	sqlite3_reset(q);
	return ok ? TG_OK : unreadable(err);
}

static enum tg_status take(struct tg_store *s, struct tg_error *err)
{
	if (s->tree_loaded)
		return TG_OK;
	TG_TRY(tg_tree_read(s, &s->tree, s->tree_epoch, err));
	s->tree_loaded = true;
	return TG_OK;
}

enum tg_status tg_tree_place(struct tg_store *s, int64_t *place, struct tg_error *err)
{
	TG_TRY(take(s, err));
	*place = (int64_t)s->tree.size + 1;
	return TG_OK;
}

struct keeping {
	struct tg_store *s;
	struct tg_error *err;
};

static enum tg_status keep(unsigned level, uint64_t at, const uint8_t hash[TG_HASH_LEN], void *ctx)
{
	struct keeping *k = ctx;
	sqlite3_stmt *q;
	if (level < TG_TREE_KEPT)
		return TG_OK;
	TG_TRY(tg_db_stmt(k->s, TG_SQL_TREE_NODE_ADD, &q, k->err));
	tg_db_bind_int(q, 1, level);
	tg_db_bind_int(q, 2, (int64_t)at);
	tg_db_bind_hash(q, 3, hash);
	return tg_db_run(k->s, q, k->err);
}

enum tg_status tg_tree_append(struct tg_store *s, const uint8_t hash[TG_HASH_LEN], struct tg_error *err)
{
	uint8_t leaf[TG_HASH_LEN];
	struct keeping k = {s, err};
	TG_TRY(take(s, err));
	enum tg_status st = tg_tree_leaf(hash, TG_HASH_LEN, leaf);
	if (st == TG_OK)
		st = tg_tree_add(&s->tree, leaf, keep, &k);
	s->tree_changed = true;
	return st;
}

enum tg_status tg_tree_flush(struct tg_store *s, struct tg_error *err)
{
	uint8_t peaks[TG_TREE_LEVELS * TG_HASH_LEN];
	sqlite3_stmt *q;
	int n = 0;
	if (!s->tree_changed)
		return TG_OK;
	for (unsigned level = 0; level < TG_TREE_LEVELS; level++) {
		if (!(s->tree.size >> level & 1))
			continue;
		memcpy(peaks + n, s->tree.peak[level], TG_HASH_LEN);
		n += TG_HASH_LEN;
	}
	TG_TRY(tg_db_stmt(s, TG_SQL_TREE_SET, &q, err));
	(void)sqlite3_bind_blob(q, 1, s->tree_epoch, TG_EPOCH_LEN, SQLITE_STATIC);
	tg_db_bind_int(q, 2, (int64_t)s->tree.size);
	(void)sqlite3_bind_blob(q, 3, peaks, n, SQLITE_STATIC);
	enum tg_status st = tg_db_run(s, q, err);
	sqlite3_clear_bindings(q);
	return st;
}

void tg_tree_forget(struct tg_store *s)
{
	s->tree_loaded = s->tree_changed = false;
}

/* --- A new tree over the rows that are there */
static enum tg_status add_row(struct tg_store *s, const struct tg_entry *e, int64_t id, struct tg_error *err)
{
	if ((uint64_t)id != s->tree.size + 1)
		return tg_error_set(err, TG_STORE_DAMAGED, "store: the journal has no entry at place %llu",
		        (unsigned long long)s->tree.size + 1);
	return tg_tree_append(s, e->hash, err);
}

enum tg_status tg_tree_make_locked(struct tg_store *s, struct tg_error *err)
{
	struct tg_rows rows;
	struct tg_row_place place;
	struct tg_entry e;
	enum tg_status st;
	TG_TRY(tg_db_exec(s, "DELETE FROM tree_node", err));
	if (RAND_bytes(s->tree_epoch, TG_EPOCH_LEN) != 1)
		return tg_error_set(err, TG_NO_MEMORY, "store: no random numbers");
	s->tree.size = 0;
	s->tree_loaded = s->tree_changed = true;
	TG_TRY(tg_rows_open(&rows, s, 1, INT64_MAX, err));
	while ((st = tg_rows_next(&rows, &e, &place, err)) == TG_OK && (st = add_row(s, &e, place.id, err)) == TG_OK)
		;
	tg_rows_close(&rows);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

static json_t *head_object(const struct tg_tree_head *h)
{
	char epoch[2 * TG_EPOCH_LEN + 1], root[2 * TG_HASH_LEN + 1];
	tg_hex(h->epoch, TG_EPOCH_LEN, epoch);
	tg_hex(h->root, TG_HASH_LEN, root);
	return json_pack("{s:s, s:I, s:s}", "epoch", epoch, "size", (json_int_t)h->size, "root", root);
}

/* `old` NULL: what stood there could not be read. */
static enum tg_status say_restarted(
        struct tg_store *s, const struct tg_tree_head *old, const char *why, int64_t now_ms, struct tg_error *err)
{
	char epoch[2 * TG_EPOCH_LEN + 1];
	tg_hex(s->tree_epoch, TG_EPOCH_LEN, epoch);
	json_t *body = json_pack("{s:s, s:s, s:o*}", "epoch", epoch, "why", why, "old", old ? head_object(old) : NULL);
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	enum tg_status st = text ? tg_append_locked(s, TG_RECORD_TREE_RESTARTED, text, now_ms, err)
	                         : tg_error_set(err, TG_NO_MEMORY, "store: tree.restarted");
	free(text);
	json_decref(body);
	return st;
}

static enum tg_status restart_locked(struct tg_store *s, const char *why, int64_t now_ms, struct tg_error *err)
{
	struct tg_tree_head old;
	enum tg_status known = tg_store_tree_head(s, &old, err);
	if (known != TG_OK && known != TG_STORE_DAMAGED)
		return known;
	TG_TRY(tg_tree_make_locked(s, err));
	return say_restarted(s, known == TG_OK ? &old : NULL, why, now_ms, err);
}

enum tg_status tg_store_tree_restart(struct tg_store *s, const char *why, int64_t now_ms, struct tg_error *err)
{
	TG_BUG_IF(s->role != TG_STORE_CENTRE);
	TG_TRY(tg_schema_is_present(s, err));
	if (s->outer.is_there) /* nothing was lost: the file reads from there what it lacks, and the tree grows on */
		return TG_OK;
	TG_TRY(tg_db_begin(s, err));
	return tg_db_end(s, restart_locked(s, why, now_ms, err), err);
}

/* --- What is told of it */
enum tg_status tg_store_tree_head(struct tg_store *s, struct tg_tree_head *out, struct tg_error *err)
{
	struct tg_tree t;
	t.size = 0;
	TG_TRY(tg_tree_read(s, &t, out->epoch, err));
	out->size = t.size;
	return tg_tree_root(&t, out->root);
}

/* A low node, made from the entries under it. */
static enum tg_status make_node(struct keeping *k, unsigned level, uint64_t at, uint8_t out[TG_HASH_LEN])
{
	struct tg_tree t = {0};
	uint8_t leaf[TG_HASH_LEN];
	const uint64_t first = at << level, n = UINT64_C(1) << level;
	for (uint64_t i = first; i < first + n; i++) {
		struct tg_row_look row;
		enum tg_status st = tg_row_look(k->s, (int64_t)i + 1, &row, k->err);
		if (st != TG_OK)
			return st == TG_NOT_FOUND ? unreadable(k->err) : st;
		TG_TRY(tg_tree_leaf(row.hash, TG_HASH_LEN, leaf));
		TG_TRY(tg_tree_add(&t, leaf, NULL, NULL));
	}
	return tg_tree_root(&t, out);
}

static enum tg_status get_node(unsigned level, uint64_t at, uint8_t out[TG_HASH_LEN], void *ctx)
{
	struct keeping *k = ctx;
	sqlite3_stmt *q;
	if (level < TG_TREE_KEPT)
		return make_node(k, level, at, out);
	TG_TRY(tg_db_stmt(k->s, TG_SQL_TREE_NODE_GET, &q, k->err));
	tg_db_bind_int(q, 1, level);
	tg_db_bind_int(q, 2, (int64_t)at);
	enum tg_status st = tg_db_row(k->s, q, k->err);
	if (st == TG_NOT_FOUND || (st == TG_OK && !tg_db_hash(q, 0, out)))
		st = unreadable(k->err);
	sqlite3_reset(q);
	return st;
}

enum tg_status tg_tree_at_size(struct tg_store *s, uint64_t size, struct tg_tree *t, struct tg_error *err)
{
	struct keeping k = {s, err};
	return tg_tree_at(t, size, get_node, &k);
}

/* Where the entry stands, and that it does. */
static enum tg_status prove_entry(
        struct keeping *k, const char *kiosk, const struct tg_tree_question *ask, struct tg_tree_proof *out)
{
	struct tg_stream stream;
	int64_t id = 0;
	TG_TRY(tg_stream_load(k->s, kiosk, &stream, k->err));
	if (ask->seq > stream.seq)
		return tg_error_set(
		        k->err, TG_NOT_FOUND, "store: %s has no entry %llu", kiosk, (unsigned long long)ask->seq);
	TG_TRY(tg_stream_find(k->s, &stream, ask->seq, &id, NULL, k->err));
	out->place = (uint64_t)id;
	if (out->place > ask->to)
		return tg_error_set(k->err, TG_NOT_FOUND, "store: entry %llu of %s is not in so small a tree",
		        (unsigned long long)ask->seq, kiosk);
	return tg_tree_prove_leaf(&out->inclusion, out->place - 1, ask->to, get_node, k);
}

static enum tg_status prove(
        struct keeping *k, const char *kiosk, const struct tg_tree_question *ask, struct tg_tree_proof *out)
{
	struct tg_tree t;
	t.size = 0;
	*out = (struct tg_tree_proof){.from = ask->from, .to = ask->to, .seq = ask->seq};
	TG_TRY(tg_tree_read(k->s, &t, out->epoch, k->err));
	if (ask->to > t.size || ask->from > ask->to)
		return tg_error_set(k->err, TG_INVALID, "store: the tree has %llu entries", (unsigned long long)t.size);
	if (ask->from > 0)
		TG_TRY(tg_tree_prove_growth(&out->growth, ask->from, ask->to, get_node, k));
	return ask->seq > 0 ? prove_entry(k, kiosk, ask, out) : TG_OK;
}

enum tg_status tg_store_tree_prove(struct tg_store *s, const char *kiosk, const struct tg_tree_question *ask,
        struct tg_tree_proof *out, struct tg_error *err)
{
	struct keeping k = {s, err};
	TG_BUG_IF(s->role != TG_STORE_CENTRE);
	/* One moment: the writer goes on meanwhile. */
	TG_TRY(tg_db_exec(s, "BEGIN", err));
	return tg_db_end(s, prove(&k, kiosk, ask, out), err);
}
