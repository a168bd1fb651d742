/* The Merkle tree of RFC 9162 §2.1. */
#include "parts.h"
#include "tamga/tree.h"

static bool has(uint64_t size, unsigned level)
{
	return (size >> level & 1) != 0;
}

enum tg_status tg_tree_leaf(const void *data, size_t n, uint8_t out[TG_HASH_LEN])
{
	static const uint8_t zero = 0;
	const struct tg_bytes pieces[] = {{&zero, 1}, {data, n}};
	return tg_digest(pieces, 2, out);
}

enum tg_status tg_tree_node(const uint8_t left[TG_HASH_LEN], const uint8_t right[TG_HASH_LEN], uint8_t out[TG_HASH_LEN])
{
	uint8_t whole[1 + 2 * TG_HASH_LEN] = {1};
	const struct tg_bytes piece = {whole, sizeof(whole)};
	memcpy(whole + 1, left, TG_HASH_LEN);
	memcpy(whole + 1 + TG_HASH_LEN, right, TG_HASH_LEN);
	return tg_digest(&piece, 1, out);
}

enum tg_status tg_tree_add(struct tg_tree *t, const uint8_t leaf[TG_HASH_LEN], tg_tree_made_fn *fn, void *ctx)
{
	uint8_t node[TG_HASH_LEN];
	unsigned level = 0;
	if (t->size >= INT64_MAX)
		return TG_LIMIT;
	memcpy(node, leaf, TG_HASH_LEN);
	for (;; level++) {
		if (fn)
			TG_TRY(fn(level, t->size >> level, node, ctx));
		if (!has(t->size, level))
			break;
		TG_TRY(tg_tree_node(t->peak[level], node, node));
	}
	memcpy(t->peak[level], node, TG_HASH_LEN);
	t->size++;
	return TG_OK;
}

enum tg_status tg_tree_root(const struct tg_tree *t, uint8_t out[TG_HASH_LEN])
{
	bool any = false;
	if (t->size == 0)
		return tg_digest(NULL, 0, out);
	for (unsigned level = 0; level < TG_TREE_LEVELS; level++) {
		if (!has(t->size, level))
			continue;
		if (any)
			TG_TRY(tg_tree_node(t->peak[level], out, out));
		else
			memcpy(out, t->peak[level], TG_HASH_LEN);
		any = true;
	}
	return TG_OK;
}

enum tg_status tg_tree_at(struct tg_tree *t, uint64_t size, tg_tree_get_fn *get, void *ctx)
{
	if (size > INT64_MAX)
		return TG_LIMIT;
	t->size = size;
	for (unsigned level = 0; level < TG_TREE_LEVELS; level++)
		if (has(size, level))
			TG_TRY(get(level, (size >> level) - 1, t->peak[level], ctx));
	return TG_OK;
}

/* Where the leaves lo … hi-1 are parted: the largest power of two below their number. */
static uint64_t half(uint64_t n)
{
	uint64_t k = 1;
	while (k < n - k)
		k <<= 1;
	return k;
}

/* MTH of the leaves lo … hi-1; `lo` is a multiple of the largest power of two in their number. */
static enum tg_status range(uint64_t lo, uint64_t hi, uint8_t out[TG_HASH_LEN], tg_tree_get_fn *get, void *ctx)
{
	struct tg_tree part = {.size = hi - lo};
	for (unsigned level = 0; level < TG_TREE_LEVELS; level++) {
		if (!has(part.size, level))
			continue;
		hi -= UINT64_C(1) << level;
		TG_TRY(get(level, hi >> level, part.peak[level], ctx));
	}
	return tg_tree_root(&part, out);
}

struct maker {
	struct tg_proof *out;
	tg_tree_get_fn *get;
	void *ctx;
};

static enum tg_status put(struct maker *m, uint64_t lo, uint64_t hi)
{
	TG_BUG_IF(m->out->n == TG_PROOF_MAX);
	TG_TRY(range(lo, hi, m->out->hash[m->out->n], m->get, m->ctx));
	m->out->n++;
	return TG_OK;
}

/* Proofs are written from the leaves up, and made from the root down. */
static void turn(struct tg_proof *p)
{
	uint8_t h[TG_HASH_LEN];
	for (size_t i = 0; i + 1 < p->n - i; i++) {
		memcpy(h, p->hash[i], TG_HASH_LEN);
		memcpy(p->hash[i], p->hash[p->n - 1 - i], TG_HASH_LEN);
		memcpy(p->hash[p->n - 1 - i], h, TG_HASH_LEN);
	}
}

enum tg_status tg_tree_prove_leaf(struct tg_proof *out, uint64_t index, uint64_t size, tg_tree_get_fn *get, void *ctx)
{
	struct maker m = {out, get, ctx};
	uint64_t lo = 0, hi = size;
	out->n = 0;
	if (index >= size || size > INT64_MAX)
		return TG_INVALID;
	while (hi - lo > 1) {
		uint64_t k = lo + half(hi - lo);
		if (index < k) {
			TG_TRY(put(&m, k, hi));
			hi = k;
		} else {
			TG_TRY(put(&m, lo, k));
			lo = k;
		}
	}
	turn(out);
	return TG_OK;
}

enum tg_status tg_tree_prove_growth(struct tg_proof *out, uint64_t from, uint64_t to, tg_tree_get_fn *get, void *ctx)
{
	struct maker m = {out, get, ctx};
	uint64_t lo = 0, hi = to;
	out->n = 0;
	if (from == 0 || from > to || to > INT64_MAX)
		return TG_INVALID;
	while (hi != from) {
		uint64_t k = lo + half(hi - lo);
		if (from <= k) {
			TG_TRY(put(&m, k, hi));
			hi = k;
		} else {
			TG_TRY(put(&m, lo, k));
			lo = k;
		}
	}
	/* Where the older tree is itself a node of the newer one, the one who checks has it. */
	if (lo > 0)
		TG_TRY(put(&m, lo, hi));
	turn(out);
	return TG_OK;
}

static bool equal(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, TG_HASH_LEN) == 0;
}

enum tg_status tg_tree_check_leaf(const struct tg_proof *p, const uint8_t leaf[TG_HASH_LEN], uint64_t index,
        uint64_t size, const uint8_t root[TG_HASH_LEN])
{
	uint8_t r[TG_HASH_LEN];
	if (index >= size || p->n > TG_PROOF_MAX)
		return TG_TREE_OTHER;
	uint64_t fn = index, sn = size - 1;
	memcpy(r, leaf, TG_HASH_LEN);
	for (size_t i = 0; i < p->n; i++, fn >>= 1, sn >>= 1) {
		if (sn == 0)
			return TG_TREE_OTHER;
		if ((fn & 1) == 0 && fn != sn) {
			TG_TRY(tg_tree_node(r, p->hash[i], r));
			continue;
		}
		TG_TRY(tg_tree_node(p->hash[i], r, r));
		while ((fn & 1) == 0 && fn != 0) {
			fn >>= 1;
			sn >>= 1;
		}
	}
	return sn == 0 && equal(r, root) ? TG_OK : TG_TREE_OTHER;
}

/* The proof proper, for 0 < from < to. `first` is the hash that both trees begin from. */
static enum tg_status climb(const struct tg_proof *p, size_t next, const uint8_t first[TG_HASH_LEN], uint64_t fn,
        uint64_t sn, uint8_t fr[TG_HASH_LEN], uint8_t sr[TG_HASH_LEN])
{
	memcpy(fr, first, TG_HASH_LEN);
	memcpy(sr, first, TG_HASH_LEN);
	for (; next < p->n; next++, fn >>= 1, sn >>= 1) {
		const uint8_t *c = p->hash[next];
		if (sn == 0)
			return TG_TREE_OTHER;
		if ((fn & 1) == 0 && fn != sn) {
			TG_TRY(tg_tree_node(sr, c, sr));
			continue;
		}
		TG_TRY(tg_tree_node(c, fr, fr));
		TG_TRY(tg_tree_node(c, sr, sr));
		while ((fn & 1) == 0 && fn != 0) {
			fn >>= 1;
			sn >>= 1;
		}
	}
	return sn == 0 ? TG_OK : TG_TREE_OTHER;
}

enum tg_status tg_tree_check_growth(const struct tg_proof *p, uint64_t from, const uint8_t from_root[TG_HASH_LEN],
        uint64_t to, const uint8_t to_root[TG_HASH_LEN])
{
	uint8_t fr[TG_HASH_LEN], sr[TG_HASH_LEN];
	if (from == 0 || from > to || p->n > TG_PROOF_MAX)
		return TG_TREE_OTHER;
	if (from == to)
		return p->n == 0 && equal(from_root, to_root) ? TG_OK : TG_TREE_OTHER;
	bool power = (from & (from - 1)) == 0;
	if (!power && p->n == 0)
		return TG_TREE_OTHER;
	uint64_t fn = from - 1, sn = to - 1;
	for (; (fn & 1) != 0; fn >>= 1)
		sn >>= 1;
	TG_TRY(climb(p, power ? 0 : 1, power ? from_root : p->hash[0], fn, sn, fr, sr));
	return equal(fr, from_root) && equal(sr, to_root) ? TG_OK : TG_TREE_OTHER;
}
