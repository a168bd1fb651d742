/* The Merkle tree of tamga/tree.h. Expected values: the eight-leaf vectors of the certificate-transparency project (its
 * merkle_tree_test; RFC 6962, whose hashing RFC 9162 §2.1 keeps), and vectors.py beside this file, which follows the
 * recursive definitions with python3's hashlib. Requirement C-1. */
#include "tests.h"

#include "tamga/tree.h"

#include <openssl/sha.h>

#define MOST 40

static const char *const ct_leaf[8] = {
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
static const char *const ct_root[8] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
#define NO_LEAF  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define EMPTY_96 "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
#define PAIR_5F  "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
#define FOUR_6B  "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
#define LEAF_BC  "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
#define PAIR_CA  "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
#define PAIR_0E  "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"

static void assert_hex(const uint8_t hash[TG_HASH_LEN], const char *hex)
{
	char text[2 * TG_HASH_LEN + 1];
	tg_hex(hash, TG_HASH_LEN, text);
	assert_string_equal(text, hex);
}

/* Every node there is, as a callback may be asked for it. */
struct kept {
	struct tg_tree tree;
	uint8_t node[7][64][TG_HASH_LEN];
	uint64_t n[7];
	uint8_t root[MOST + 1][TG_HASH_LEN], leaf[MOST][TG_HASH_LEN];
};

static enum tg_status keep(unsigned level, uint64_t at, const uint8_t hash[TG_HASH_LEN], void *ctx)
{
	struct kept *k = ctx;
	assert_true(level < 7 && at < 64 && at == k->n[level]);
	memcpy(k->node[level][at], hash, TG_HASH_LEN);
	k->n[level]++;
	return TG_OK;
}

static enum tg_status get(unsigned level, uint64_t at, uint8_t out[TG_HASH_LEN], void *ctx)
{
	struct kept *k = ctx;
	assert_true(level < 7 && at < k->n[level]);
	memcpy(out, k->node[level][at], TG_HASH_LEN);
	return TG_OK;
}

static void add(struct kept *k, const uint8_t *data, size_t n)
{
	uint64_t at = k->tree.size;
	assert_int_equal(tg_tree_leaf(data, n, k->leaf[at]), TG_OK);
	assert_int_equal(tg_tree_add(&k->tree, k->leaf[at], keep, k), TG_OK);
	assert_int_equal(tg_tree_root(&k->tree, k->root[at + 1]), TG_OK);
}

static struct kept *ct_tree(void)
{
	struct kept *k = calloc(1, sizeof(*k));
	uint8_t data[16];
	assert_non_null(k);
	assert_int_equal(tg_tree_root(&k->tree, k->root[0]), TG_OK);
	for (int i = 0; i < 8; i++) {
		int n = tg_unhex(ct_leaf[i], data, sizeof(data));
		add(k, data, n > 0 ? (size_t)n : 0);
	}
	return k;
}

/* Leaves are the numbers from 0, as four bytes. */
static struct kept *numbers(void)
{
	struct kept *k = calloc(1, sizeof(*k));
	assert_non_null(k);
	assert_int_equal(tg_tree_root(&k->tree, k->root[0]), TG_OK);
	for (uint8_t i = 0; i < MOST; i++)
		add(k, (const uint8_t[]){0, 0, 0, i}, 4);
	return k;
}

static void test_c1_roots_are_those_of_certificate_transparency(void **state)
{
	(void)state;
	struct kept *k = ct_tree();
	assert_hex(k->root[0], NO_LEAF);
	for (int i = 0; i < 8; i++)
		assert_hex(k->root[i + 1], ct_root[i]);
	free(k);
}

struct vector {
	bool leaf;
	uint64_t a, b; /* index and size, or the two sizes */
	size_t n;
	const char *hash[3];
};
static const struct vector vectors[] = {
        {true, 0, 8, 3, {EMPTY_96, PAIR_5F, FOUR_6B}},
        {true, 5, 8, 3, {LEAF_BC, PAIR_CA, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
        {true, 2, 3, 1, {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"}},
        {true, 1, 5, 3, {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", PAIR_5F, LEAF_BC}},
        {true, 0, 1, 0, {NULL}},
        {false, 1, 1, 0, {NULL}},
        {false, 1, 8, 3, {EMPTY_96, PAIR_5F, FOUR_6B}},
        {false, 6, 8, 3, {PAIR_0E, PAIR_CA, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
        {false, 2, 5, 2, {PAIR_5F, LEAF_BC}},
};

static void test_c1_proofs_are_those_of_certificate_transparency(void **state)
{
	(void)state;
	struct kept *k = ct_tree();
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		const struct vector *v = &vectors[i];
		struct tg_proof p;
		assert_int_equal(v->leaf ? tg_tree_prove_leaf(&p, v->a, v->b, get, k)
		                         : tg_tree_prove_growth(&p, v->a, v->b, get, k),
		        TG_OK);
		assert_int_equal(p.n, v->n);
		for (size_t h = 0; h < v->n; h++)
			assert_hex(p.hash[h], v->hash[h]);
	}
	free(k);
}

/* The hash of all hashes of all proofs of one size, one after the other. */
static void digest_all(struct kept *k, uint64_t n, bool leaves, uint8_t out[TG_HASH_LEN])
{
	struct tg_buf all = TG_BUF_INIT;
	struct tg_proof p;
	for (uint64_t m = 0; m < n; m++) {
		assert_int_equal(
		        leaves ? tg_tree_prove_leaf(&p, m, n, get, k) : tg_tree_prove_growth(&p, m + 1, n, get, k),
		        TG_OK);
		tg_buf_add(&all, p.hash, p.n * TG_HASH_LEN);
	}
	assert_int_equal(tg_buf_status(&all), TG_OK);
	SHA256(all.len ? all.data : (const uint8_t *)"", all.len, out);
	tg_buf_finish(&all);
}

/* From vectors.py: MTH, PATHS, PROOFS. */
static const struct {
	uint64_t n;
	const char *root, *paths, *proofs;
} python[] = {
        {1, "8855508aade16ec573d21e6a485dfd0a7624085c1a14b5ecdd6485de0c6839a4",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {2, "50746ee02c3fda32e421ddc1bbf3f20b50ce18738d48709cb6d0ad13f2bdabb7",
                "2f20d007f02081f2d9c2c9ed40a07b3a5ec44f80382a388fe9136d77aa9548a4",
                "471864d30c32a0a2badd2186bff37dab69b554e313217ec0c6a6ba79257fe6f1"},
        {3, "e4b0b8adadc95bb54949a5993c44797855d5acc2f863aab6435b74799e4c3484",
                "3c6b8b729ce1e77ca3e53c87689de45a17f7dfe4bd50059d6b9f9ad376371992",
                "6faa7d26b34a66d0d0448cc0bacc2df4341b0acf96a826c8757778248885dd80"},
        {7, "d62b43d7342d2e73a4a8910565cffb0dd6c07f65f9b8647417ad8d5c86bed8d8",
                "c9f9bfdf1cf9860e6aed53333b4c1d806abe4410c79b8242ea0271eff83e132c",
                "259fecb3d22ab23598a7c9c047c7ecc6c3999c178c21ef8030f3f6508294b014"},
        {8, "de1179c92dc98db5358961ded727f4b71474a71aa3e4053cf9e266d24cfb754a",
                "c804830713e2848b11176412b82478cddfa7c3d9bd0c2ff1b086be3f69fd8082",
                "54050329ab3a838dd861131d34c2212033ce4d3857f35789f103753768f57eeb"},
        {13, "422d634c508507e68ab894b896e17abf4b1aca1fc81d2cd201e82b5221aa49c3",
                "f655bc8f68a4d933d1313a2acc3103dc5096c12c8d0d3aac77424e923ad4b97c",
                "81b277ad0b6ab623f59deeb5498b451dd350848451d4a467099d02f58bfcc644"},
        {31, "8ad3a1ed67ddd52b0fd9bc61c4624bcf0df1d3987ae0c6fdb0fab30935a0b42e",
                "f094c61a80c2f0be6125f72f77769e50cbe93af672037ac9a3aa9a3cb56cb8e0",
                "f8f6b5c0023ebda05be98666578fc86e0716641f0ef5bb6ffca31bf91bb22e2c"},
        {32, "bdfdcbbb20d6327627639273378a289c6bdb22b22d1a45cae37f6e9f0761bf3c",
                "877ef7b82b7df25a2afc0b64687cf0f0c26a02d25d579910c7c9a0704ccbb310",
                "0dc840ce3c9b9b4798ff2dfe1fdf0ceba540be6caeaa060fa907b518a05aae60"},
        {33, "aaad7b2db7d2adb118c71a990110cf5f6b049b674ff0767dfd7bf671c7c69747",
                "4b0b17108d882261f05af1da71e01b0725ce044774eb1fdbdbe0be0f59a93e12",
                "2c1f8cfd976e88e22c68573c2ebc871fef8d10415fcd882d2c42edadab429aea"},
        {40, "41745c7c457cb87bba3e0884a846cf884ea544e445daf43dd00c8beb62117ee4",
                "15334a7048ffedabfe39ecd8a993f953883e48c00f7d7523399c67ff3ac13aa6",
                "97458b5600cd897edddc4eb1b0c698f1ce9c6a5f022ba626e6ab359dd405ef9e"},
};

static void test_c1_all_proofs_are_those_of_hashlib(void **state)
{
	(void)state;
	struct kept *k = numbers();
	uint8_t h[TG_HASH_LEN];
	for (size_t i = 0; i < sizeof(python) / sizeof(python[0]); i++) {
		assert_hex(k->root[python[i].n], python[i].root);
		digest_all(k, python[i].n, true, h);
		assert_hex(h, python[i].paths);
		digest_all(k, python[i].n, false, h);
		assert_hex(h, python[i].proofs);
	}
	free(k);
}

static void test_c1_every_proof_is_taken_for_what_it_proves_and_nothing_else(void **state)
{
	(void)state;
	struct kept *k = numbers();
	struct tg_proof p;
	for (uint64_t n = 1; n <= MOST; n++) {
		for (uint64_t m = 0; m < n; m++) {
			assert_int_equal(tg_tree_prove_leaf(&p, m, n, get, k), TG_OK);
			for (uint64_t other = 0; other <= n; other++)
				assert_int_equal(tg_tree_check_leaf(&p, k->leaf[m], other, n, k->root[n]),
				        other == m ? TG_OK : TG_TREE_OTHER);
			assert_int_equal(
			        tg_tree_check_leaf(&p, k->leaf[(m + 1) % MOST], m, n, k->root[n]), TG_TREE_OTHER);
			assert_int_equal(tg_tree_check_leaf(&p, k->leaf[m], m, n, k->root[n - 1]), TG_TREE_OTHER);
			assert_int_equal(tg_tree_prove_growth(&p, m + 1, n, get, k), TG_OK);
			assert_int_equal(tg_tree_check_growth(&p, m + 1, k->root[m + 1], n, k->root[n]), TG_OK);
			assert_int_equal(tg_tree_check_growth(&p, m + 1, k->root[m], n, k->root[n]), TG_TREE_OTHER);
			assert_int_equal(
			        tg_tree_check_growth(&p, m + 1, k->root[m + 1], n, k->root[n - 1]), TG_TREE_OTHER);
		}
	}
	free(k);
}

static void expect_refused(const struct kept *k, const struct tg_proof *p, bool leaf, uint64_t a, uint64_t b)
{
	assert_int_equal(leaf ? tg_tree_check_leaf(p, k->leaf[a], a, b, k->root[b])
	                      : tg_tree_check_growth(p, a, k->root[a], b, k->root[b]),
	        TG_TREE_OTHER);
}

/* Each hash changed, left out, doubled, exchanged with its neighbour. */
static void bend(const struct kept *k, const struct tg_proof *p, bool leaf, uint64_t a, uint64_t b)
{
	for (size_t i = 0; i < p->n; i++) {
		struct tg_proof q = *p;
		q.hash[i][a % TG_HASH_LEN] ^= 1;
		expect_refused(k, &q, leaf, a, b);
		q = *p;
		memmove(q.hash[i], q.hash[i + 1], (q.n - i - 1) * TG_HASH_LEN);
		q.n--;
		expect_refused(k, &q, leaf, a, b);
		q = *p;
		memmove(q.hash[i + 1], q.hash[i], (q.n - i) * TG_HASH_LEN);
		q.n++;
		expect_refused(k, &q, leaf, a, b);
		if (i + 1 == p->n)
			break;
		q = *p;
		memcpy(q.hash[i], p->hash[i + 1], TG_HASH_LEN);
		memcpy(q.hash[i + 1], p->hash[i], TG_HASH_LEN);
		expect_refused(k, &q, leaf, a, b);
	}
}

static void test_c1_bent_proofs_prove_nothing(void **state)
{
	(void)state;
	struct kept *k = numbers();
	struct tg_proof p;
	for (uint64_t n = 2; n <= MOST; n += 1 + n / 8) {
		for (uint64_t m = 1; m < n; m++) {
			assert_int_equal(tg_tree_prove_leaf(&p, m, n, get, k), TG_OK);
			bend(k, &p, true, m, n);
			assert_int_equal(tg_tree_prove_growth(&p, m, n, get, k), TG_OK);
			bend(k, &p, false, m, n);
		}
	}
	free(k);
}

static void test_c1_sizes_that_cannot_be_are_refused(void **state)
{
	(void)state;
	struct kept *k = numbers();
	struct tg_proof p = {.n = 0};
	assert_int_equal(tg_tree_prove_leaf(&p, 5, 5, get, k), TG_INVALID);
	assert_int_equal(tg_tree_prove_leaf(&p, 0, UINT64_MAX, get, k), TG_INVALID);
	assert_int_equal(tg_tree_prove_growth(&p, 0, 5, get, k), TG_INVALID);
	assert_int_equal(tg_tree_prove_growth(&p, 6, 5, get, k), TG_INVALID);
	p.n = 0;
	assert_int_equal(tg_tree_check_leaf(&p, k->leaf[0], 0, 0, k->root[0]), TG_TREE_OTHER);
	assert_int_equal(tg_tree_check_growth(&p, 0, k->root[0], 4, k->root[4]), TG_TREE_OTHER);
	assert_int_equal(tg_tree_check_growth(&p, 4, k->root[4], 3, k->root[3]), TG_TREE_OTHER);
	assert_int_equal(tg_tree_check_growth(&p, 3, k->root[3], 4, k->root[4]), TG_TREE_OTHER);
	assert_int_equal(tg_tree_check_growth(&p, 4, k->root[4], 8, k->root[4]), TG_TREE_OTHER);
	p.n = TG_PROOF_MAX + 1;
	assert_int_equal(tg_tree_check_leaf(&p, k->leaf[0], 0, 8, k->root[8]), TG_TREE_OTHER);
	assert_int_equal(tg_tree_check_growth(&p, 3, k->root[3], 8, k->root[8]), TG_TREE_OTHER);
	/* Places and sizes of the whole range: no endless loop, no shift beyond the width. */
	p.n = TG_PROOF_MAX;
	assert_int_equal(tg_tree_check_leaf(&p, k->leaf[0], UINT64_MAX - 1, UINT64_MAX, k->root[8]), TG_TREE_OTHER);
	assert_int_equal(tg_tree_check_growth(&p, UINT64_MAX - 1, k->root[3], UINT64_MAX, k->root[8]), TG_TREE_OTHER);
	free(k);
}

static enum tg_status stop_at_two(unsigned level, uint64_t at, const uint8_t hash[TG_HASH_LEN], void *ctx)
{
	(void)hash;
	(void)ctx;
	return level == 1 && at == 0 ? TG_DISK_FULL : TG_OK;
}

static void test_c1_what_a_callback_says_ends_it(void **state)
{
	(void)state;
	struct tg_tree t = {0};
	uint8_t leaf[TG_HASH_LEN] = {0};
	assert_int_equal(tg_tree_add(&t, leaf, stop_at_two, NULL), TG_OK);
	assert_int_equal(tg_tree_add(&t, leaf, stop_at_two, NULL), TG_DISK_FULL);
	assert_int_equal(t.size, 1);
	t.size = INT64_MAX;
	assert_int_equal(tg_tree_add(&t, leaf, NULL, NULL), TG_LIMIT);
}

static void test_c1_an_earlier_tree_is_found_again(void **state)
{
	(void)state;
	struct kept *k = numbers();
	for (uint64_t n = 0; n <= MOST; n++) {
		struct tg_tree then;
		uint8_t root[TG_HASH_LEN];
		assert_int_equal(tg_tree_at(&then, n, get, k), TG_OK);
		assert_int_equal(tg_tree_root(&then, root), TG_OK);
		assert_memory_equal(root, k->root[n], TG_HASH_LEN);
	}
	free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_c1_bent_proofs_prove_nothing),
	        cmocka_unit_test(test_c1_sizes_that_cannot_be_are_refused),
	        cmocka_unit_test(test_c1_every_proof_is_taken_for_what_it_proves_and_nothing_else),
	        cmocka_unit_test(test_c1_what_a_callback_says_ends_it),
	        cmocka_unit_test(test_c1_roots_are_those_of_certificate_transparency),
	        cmocka_unit_test(test_c1_proofs_are_those_of_certificate_transparency),
	        cmocka_unit_test(test_c1_all_proofs_are_those_of_hashlib),
	        cmocka_unit_test(test_c1_an_earlier_tree_is_found_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
