/* The tree made again from the rows, held against what the centre's database keeps of it and what others were told. */
#include "verify.h"

static enum tg_status keep(unsigned level, uint64_t at, const uint8_t hash[TG_HASH_LEN], void *ctx)
{
	struct tg_verify_tree *t = ctx;
	(void)at;
	if (level < TG_VERIFY_KEPT)
		return TG_OK;
	tg_buf_add(&t->level[level], hash, TG_HASH_LEN);
	return tg_buf_status(&t->level[level]);
}

enum tg_status tg_verify_tree_add(struct tg_verify_tree *t, const uint8_t leaf[TG_HASH_LEN])
{
	return tg_tree_add(&t->tree, leaf, keep, t);
}

void tg_verify_tree_finish(struct tg_verify_tree *t)
{
	for (size_t i = 0; i < TG_TREE_LEVELS; i++)
		tg_buf_finish(&t->level[i]);
}

/* NULL: there is no such node. */
static const uint8_t *node(const struct tg_verify_tree *t, int64_t level, int64_t at)
{
	if (level < TG_VERIFY_KEPT || level >= TG_TREE_LEVELS || at < 0 ||
	        (uint64_t)at >= t->level[level].len / TG_HASH_LEN)
		return NULL;
	return t->level[level].data + (size_t)at * TG_HASH_LEN;
}

struct difference {
	const char **what;
	int64_t *from, *to;
};

static void differs(const struct difference *d, const char *what, int64_t level, int64_t at)
{
	*d->what = what;
	*d->from = (at << level) + 1;
	*d->to = (at + 1) << level;
}

/* Where the comparison of the stored nodes stands: lowest level first, in order, so that the first that differs has the
 * fewest entries under it. */
struct cursor {
	int64_t level, next;
};

/* Up to this level all is there, or a node is missing. */
static void reach_level(const struct tg_verify_tree *t, struct cursor *c, int64_t level, const struct difference *d)
{
	for (; c->level < level && !*d->what; c->level++, c->next = 0)
		if (node(t, c->level, c->next))
			differs(d, "a node of the tree is missing", c->level, c->next);
}

static void compare_node(const struct tg_verify_tree *t, struct cursor *c, sqlite3_stmt *q, const struct difference *d)
{
	uint8_t hash[TG_HASH_LEN];
	int64_t level = sqlite3_column_int64(q, 0), at = sqlite3_column_int64(q, 1);
	reach_level(t, c, level, d);
	if (*d->what)
		return;
	const uint8_t *own = level == c->level ? node(t, level, at) : NULL; /* lower ones are not kept there */
	if (!own || at != c->next || !tg_db_hash(q, 2, hash) || memcmp(own, hash, TG_HASH_LEN) != 0)
		differs(d, "the tree was made over other entries", c->level, c->next);
	c->next = at + 1;
}

static enum tg_status compare_nodes(
        struct tg_store *s, const struct tg_verify_tree *t, const struct difference *d, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	enum tg_status st = TG_OK;
	struct cursor c = {TG_TREE_KEPT, 0};
	TG_TRY(tg_db_prepare(s, "SELECT level, at, hash FROM tree_node ORDER BY level, at", &q, err));
	while (!*d->what && (st = tg_db_row(s, q, err)) == TG_OK)
		compare_node(t, &c, q, d);
	sqlite3_finalize(q);
	if (st == TG_NOT_FOUND)
		reach_level(t, &c, TG_TREE_LEVELS, d);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

/* The largest first: it stands over the first places. */
static void compare_peaks(const struct tg_verify_tree *t, const struct tg_tree *kept, const struct difference *d)
{
	for (unsigned level = TG_TREE_LEVELS; level-- > 0 && !*d->what;)
		if ((kept->size >> level & 1) && memcmp(kept->peak[level], t->tree.peak[level], TG_HASH_LEN) != 0)
			differs(d, "the tree was made over other entries", level, (int64_t)(kept->size >> level) - 1);
}

enum tg_status tg_verify_tree_compare(struct tg_store *s, const struct tg_verify_tree *t, const char **what,
        int64_t *from, int64_t *to, struct tg_error *err)
{
	const struct difference d = {what, from, to};
	uint8_t epoch[TG_EPOCH_LEN];
	struct tg_tree kept;
	int64_t own = (int64_t)t->tree.size;
	*what = NULL;
	TG_TRY(tg_tree_read(s, &kept, epoch, err));
	if (kept.size > t->tree.size) {
		*what = "entries at the end of the journal are missing";
		*from = own + 1;
		*to = (int64_t)kept.size;
		return TG_OK;
	}
	if (kept.size < t->tree.size) {
		*what = "the tree ends before the journal does";
		*from = (int64_t)kept.size + 1;
		*to = own;
		return TG_OK;
	}
	TG_TRY(compare_nodes(s, t, &d, err));
	compare_peaks(t, &kept, &d);
	return TG_OK;
}

struct source {
	struct tg_store *s;
	const struct tg_verify_tree *t;
	struct tg_error *err;
};

static enum tg_status get(unsigned level, uint64_t at, uint8_t out[TG_HASH_LEN], void *ctx)
{
	struct source *g = ctx;
	const uint8_t *own = node(g->t, level, (int64_t)at);
	struct tg_tree part = {0};
	uint8_t leaf[TG_HASH_LEN];
	if (own) {
		memcpy(out, own, TG_HASH_LEN);
		return TG_OK;
	}
	/* A low one: from its entries, which were verified. */
	for (uint64_t i = at << level; i < (at + 1) << level; i++) {
		struct tg_row_look row;
		TG_TRY(tg_row_look(g->s, (int64_t)i + 1, &row, g->err));
		TG_TRY(tg_tree_leaf(row.hash, TG_HASH_LEN, leaf));
		TG_TRY(tg_tree_add(&part, leaf, NULL, NULL));
	}
	return tg_tree_root(&part, out);
}

enum tg_status tg_verify_tree_root(struct tg_store *s, const struct tg_verify_tree *t, uint64_t size,
        uint8_t out[TG_HASH_LEN], struct tg_error *err)
{
	struct source g = {s, t, err};
	struct tg_tree then;
	TG_BUG_IF(size > t->tree.size);
	TG_TRY(tg_tree_at(&then, size, get, &g));
	return tg_tree_root(&then, out);
}
