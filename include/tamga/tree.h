/* Layer: record. A Merkle tree over leaves that are only ever appended: RFC 9162 §2.1 (the hashing of RFC 6962),
 * SHA-256.
 *
 * leaf = SHA-256(00 ‖ data), node = SHA-256(01 ‖ left ‖ right), the root of nothing is SHA-256(""). Of `n` leaves the
 * left half is the largest power of two below `n`. A node is named by its level (0: a leaf) and its place in it: it
 * stands over the leaves at << level … ((at + 1) << level) - 1, all of which are there. Pure. Requirement C-1. */
#ifndef TAMGA_TREE_H
#define TAMGA_TREE_H

#include "tamga/record.h"

#define TG_TREE_LEVELS 63 /* of places that fit int64_t */
#define TG_PROOF_MAX   64 /* hashes of a proof */

/* What is needed to append: the roots of the whole parts, one for each bit of the size. */
struct tg_tree {
	uint64_t size;
	uint8_t peak[TG_TREE_LEVELS][TG_HASH_LEN]; /* of level i where bit i of `size` is set */
};
/* A node came to be. A leaf is told too. */
typedef enum tg_status tg_tree_made_fn(unsigned level, uint64_t at, const uint8_t hash[TG_HASH_LEN], void *ctx);
/* All return TG_NO_MEMORY when OpenSSL refuses, and what a callback returned. */
enum tg_status tg_tree_leaf(const void *data, size_t n, uint8_t out[TG_HASH_LEN]) TG_MUST_USE;
enum tg_status tg_tree_node(
        const uint8_t left[TG_HASH_LEN], const uint8_t right[TG_HASH_LEN], uint8_t out[TG_HASH_LEN]) TG_MUST_USE;
/* Appends a leaf by its hash. `fn` may be NULL. TG_LIMIT: there is no room for another. */
enum tg_status tg_tree_add(
        struct tg_tree *t, const uint8_t leaf[TG_HASH_LEN], tg_tree_made_fn *fn, void *ctx) TG_MUST_USE;
enum tg_status tg_tree_root(const struct tg_tree *t, uint8_t out[TG_HASH_LEN]) TG_MUST_USE;

/* A whole node of the tree, from wherever it is kept. */
typedef enum tg_status tg_tree_get_fn(unsigned level, uint64_t at, uint8_t out[TG_HASH_LEN], void *ctx);
/* The tree as it was when it had `size` leaves. */
enum tg_status tg_tree_at(struct tg_tree *t, uint64_t size, tg_tree_get_fn *get, void *ctx) TG_MUST_USE;

struct tg_proof {
	size_t n;
	uint8_t hash[TG_PROOF_MAX][TG_HASH_LEN];
};
/* §2.1.3.1: that leaf `index` is in the tree of `size` leaves. TG_INVALID: it is not. */
enum tg_status tg_tree_prove_leaf(
        struct tg_proof *out, uint64_t index, uint64_t size, tg_tree_get_fn *get, void *ctx) TG_MUST_USE;
/* §2.1.4.1: that the tree of `to` leaves begins with the one of `from`; 0 < from ≤ to. TG_INVALID: other sizes. */
enum tg_status tg_tree_prove_growth(
        struct tg_proof *out, uint64_t from, uint64_t to, tg_tree_get_fn *get, void *ctx) TG_MUST_USE;

/* §2.1.3.2 and §2.1.4.2. TG_OK, or TG_TREE_OTHER: the proof does not show it. */
enum tg_status tg_tree_check_leaf(const struct tg_proof *p, const uint8_t leaf[TG_HASH_LEN], uint64_t index,
        uint64_t size, const uint8_t root[TG_HASH_LEN]) TG_MUST_USE;
enum tg_status tg_tree_check_growth(const struct tg_proof *p, uint64_t from, const uint8_t from_root[TG_HASH_LEN],
        uint64_t to, const uint8_t to_root[TG_HASH_LEN]) TG_MUST_USE;

#endif
