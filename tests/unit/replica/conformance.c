#include "conformance.h"

static const struct replica_case *back;
static struct tg_replica r;

static int setup(void **state)
{
	(void)state;
	back->reset();
	back->open(&r);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	r.close(r.ctx);
	return 0;
}

static void reopen(void)
{
	r.close(r.ctx);
	back->open(&r);
}

static void give(const struct tg_entry *entries, size_t n, enum tg_status *results)
{
	struct tg_error err = {0};
	enum tg_status st = r.append_group(r.ctx, entries, n, NOW, results, &err);
	if (st != TG_OK)
		print_error("%s: %s\n", tg_status_name(st), err.detail);
	assert_int_equal(st, TG_OK);
}

static enum tg_status give_one(const struct tg_entry *e)
{
	enum tg_status result = TG_BUG;
	give(e, 1, &result);
	return result;
}

static void give_all(const struct lib_chain *c, size_t from, size_t n)
{
	enum tg_status *results = calloc(n, sizeof(*results));
	assert_non_null(results);
	give(c->entries + from, n, results);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(results[i], TG_OK);
	free(results);
}

static void assert_high_water(const char *kiosk, uint64_t want, const uint8_t *want_hash)
{
	uint64_t seq = 99;
	uint8_t hash[TG_HASH_LEN], genesis[TG_HASH_LEN];
	assert_int_equal(r.high_water(r.ctx, kiosk, &seq, hash, NULL), TG_OK);
	assert_int_equal(seq, want);
	tg_entry_genesis(kiosk, genesis);
	assert_memory_equal(hash, want_hash ? want_hash : genesis, TG_HASH_LEN);
}

static void assert_whole(uint64_t entries, uint64_t streams)
{
	struct tg_verify_report v;
	struct tg_error err = {0};
	enum tg_status st = r.verify(r.ctx, &v, &err);
	if (st != TG_OK)
		print_error("%s: %s\n", tg_status_name(st), err.detail);
	assert_int_equal(st, TG_OK);
	assert_int_equal(v.entries, entries);
	assert_int_equal(v.streams, streams);
	assert_string_equal(v.kiosk, "");
}

/* "before TABLE after" */
static const char *on(const char *before, const char *table, const char *after)
{
	static char sql[300];
	assert_true(snprintf(sql, sizeof(sql), "%s %s %s", before, table, after) < (int)sizeof(sql));
	return sql;
}

static void test_c1_in_order_with_dense_places(void **state)
{
	(void)state;
	struct lib_chain a, b;
	lib_chain_make(&a, "A", 70);
	lib_chain_make(&b, "B", 70);
	for (size_t i = 0; i < 70; i += 10) {
		give_all(&a, i, 10);
		give_all(&b, i, 10);
	}
	assert_high_water("A", 70, a.entries[69].hash);
	assert_high_water("B", 70, b.entries[69].hash);
	assert_high_water("C", 0, NULL);
	assert_int_equal(back->ask(on("SELECT count(*) FROM", back->journal, "")), 140);
	assert_int_equal(back->ask(on("SELECT count(*) FROM", back->high_water, "")), 2);
	char sql[300];
	(void)snprintf(sql, sizeof(sql), "SELECT max(%s) - min(%s) + count(DISTINCT %s) FROM %s", back->place,
	        back->place, back->place, back->journal);
	assert_int_equal(back->ask(sql), 279); /* 140 - 1 + 140 */
	reopen();
	assert_whole(140, 2);
	lib_chain_free(&a);
	lib_chain_free(&b);
}

static void test_c1_gaps_and_forks(void **state)
{
	(void)state;
	struct lib_chain c, other;
	lib_chain_make(&c, "K1", 200);
	lib_chain_make(&other, "K1", 200);
	uint8_t prev[TG_HASH_LEN];
	memcpy(prev, other.entries[0].prev_hash, TG_HASH_LEN);
	for (size_t i = 0; i < other.n; i++) {
		other.entries[i].time_ms++;
		memcpy(other.entries[i].prev_hash, prev, TG_HASH_LEN);
		assert_int_equal(tg_entry_seal(&other.entries[i]), TG_OK);
		memcpy(prev, other.entries[i].hash, TG_HASH_LEN);
	}
	assert_int_equal(give_one(&c.entries[1]), TG_SYNC_GAP);
	give_all(&c, 0, 190);
	assert_int_equal(give_one(&c.entries[191]), TG_SYNC_GAP);
	const size_t at[] = {0, 1, 62, 63, 64, 100, 127, 128, 188, 189, 190};
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		assert_int_equal(give_one(&other.entries[at[i]]), TG_SYNC_FORK);
	assert_whole(190, 1);
	lib_chain_free(&c);
	lib_chain_free(&other);
}

static void test_c1_a_repeat_is_known_however_old(void **state)
{
	(void)state;
	struct lib_chain c, noise;
	lib_chain_make(&c, "K1", 200);
	lib_chain_make(&noise, "K2", 200);
	for (size_t i = 0; i < 200; i += 20) {
		give_all(&c, i, 20);
		give_all(&noise, i, 20);
	}
	reopen();
	for (size_t i = 0; i < 200; i++)
		assert_int_equal(give_one(&c.entries[i]), TG_SYNC_REPEAT);
	assert_whole(400, 2);
	lib_chain_free(&c);
	lib_chain_free(&noise);
}

static void test_c1_what_is_wrong_in_itself(void **state)
{
	(void)state;
	struct lib_chain c, own;
	lib_chain_make(&c, "K1", 3);
	lib_chain_make(&own, TG_CENTRE_STREAM, 1);
	give_all(&c, 0, 1);
	struct tg_entry e = c.entries[1];
	e.hash[0] ^= 1;
	assert_int_equal(give_one(&e), TG_CHAIN_BROKEN);
	e = c.entries[1];
	e.body = "{\"code\":7}";
	e.body_len = strlen(e.body);
	assert_int_equal(give_one(&e), TG_CHAIN_BROKEN);
	e = c.entries[0]; /* a repeat with another body is not taken for a repeat */
	e.body = "{}";
	e.body_len = 2;
	assert_int_equal(give_one(&e), TG_CHAIN_BROKEN);
	assert_high_water("K1", 1, c.entries[0].hash);
	e = c.entries[1];
	e.kiosk[0] = 'k';
	assert_int_equal(give_one(&e), TG_SYNC_FOREIGN);
	e = c.entries[1];
	e.seq = 0;
	assert_int_equal(give_one(&e), TG_SYNC_FOREIGN);
	e.seq = UINT64_MAX;
	assert_int_equal(give_one(&e), TG_SYNC_FOREIGN);
	assert_int_equal(give_one(&own.entries[0]), TG_SYNC_FOREIGN);
	assert_high_water(TG_CENTRE_STREAM, 0, NULL);
	char *huge = calloc(1, TG_BODY_MAX + 2);
	assert_non_null(huge);
	memset(huge, 'x', TG_BODY_MAX + 1);
	e = c.entries[1];
	e.body = huge;
	e.body_len = TG_BODY_MAX + 1;
	assert_int_equal(give_one(&e), TG_SYNC_FOREIGN);
	/* The longest one that may be goes in, and comes back whole. */
	e.body_len = TG_BODY_MAX;
	assert_int_equal(tg_entry_seal(&e), TG_OK);
	assert_int_equal(give_one(&e), TG_OK);
	free(huge);
	assert_whole(2, 1);
	lib_chain_free(&c);
	lib_chain_free(&own);
}

/* One entry that a database would refuse must not keep the others out. */
static void test_c1_bodies_and_kinds_are_bytes(void **state)
{
	(void)state;
	struct lib_chain c, good;
	struct lib_seen seen = {0};
	enum tg_status got[2];
	lib_chain_make(&c, "K1", 1);
	lib_chain_make(&good, "K2", 1);
	c.entries[0].body = "a\0b\xff{";
	c.entries[0].body_len = 5;
	assert_true(tg_copy(c.entries[0].kind, sizeof(c.entries[0].kind), "\xc3'); DROP TABLE \xff"));
	assert_int_equal(tg_entry_seal(&c.entries[0]), TG_OK);
	const struct tg_entry group[] = {c.entries[0], good.entries[0]};
	give(group, 2, got);
	assert_true(got[0] == TG_OK && got[1] == TG_OK);
	assert_int_equal(r.read_range(r.ctx, "K1", 1, 1, lib_see, &seen, NULL), TG_OK);
	assert_int_equal(seen.n, 1);
	assert_memory_equal(seen.hash, c.entries[0].hash, TG_HASH_LEN);
	assert_whole(2, 2);
	lib_chain_free(&c);
	lib_chain_free(&good);
}

static void test_c1_a_bad_entry_does_not_harm_its_neighbours(void **state)
{
	(void)state;
	struct lib_chain a, b;
	lib_chain_make(&a, "A", 4);
	lib_chain_make(&b, "B", 4);
	struct tg_entry group[] = {a.entries[0], b.entries[1], a.entries[1], b.entries[0], b.entries[0], b.entries[1],
	        a.entries[3], a.entries[2]};
	const enum tg_status want[] = {TG_OK, TG_SYNC_GAP, TG_OK, TG_OK, TG_SYNC_REPEAT, TG_OK, TG_SYNC_GAP, TG_OK};
	enum tg_status got[8];
	give(group, 8, got);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(got[i], want[i]);
	reopen();
	assert_high_water("A", 3, a.entries[2].hash);
	assert_high_water("B", 2, b.entries[1].hash);
	assert_whole(5, 2);
	assert_int_equal(r.append_group(r.ctx, NULL, 0, NOW, NULL, NULL), TG_OK);
	lib_chain_free(&a);
	lib_chain_free(&b);
}

static enum tg_status see_row(const struct tg_log_row *row, void *ctx)
{
	int64_t *place = ctx;
	assert_int_equal(row->place, *place + 1);
	assert_int_equal(row->received_ms, NOW);
	assert_int_equal(tg_entry_check(&row->entry, row->entry.prev_hash), TG_OK);
	*place = row->place;
	return row->place == 333 ? TG_LIMIT : TG_OK;
}

static void test_c3_any_range_of_a_stream_and_of_the_journal(void **state)
{
	(void)state;
	struct lib_chain a, b;
	uint64_t seed = 20261122;
	lib_chain_make(&a, "A", 300);
	lib_chain_make(&b, "B", 300);
	for (size_t i = 0; i < 300; i += 3) {
		give_all(&a, i, 3);
		give_all(&b, i, 3);
	}
	for (int round = 0; round < 60; round++) {
		struct lib_seen seen = {.ordered = true};
		uint64_t from = 1 + lib_rnd(&seed, 300), max = 1 + lib_rnd(&seed, 80);
		uint64_t last = from + max - 1 < 300 ? from + max - 1 : 300;
		assert_int_equal(r.read_range(r.ctx, "A", from, (int)max, lib_see, &seen, NULL), TG_OK);
		assert_true(seen.ordered && seen.n == last - from + 1 && seen.last_seq == last);
		assert_memory_equal(seen.hash, a.entries[last - 1].hash, TG_HASH_LEN);
	}
	struct lib_seen none = {0};
	assert_int_equal(r.read_range(r.ctx, "A", 301, 10, lib_see, &none, NULL), TG_OK);
	assert_int_equal(r.read_range(r.ctx, "Z", 1, 10, lib_see, &none, NULL), TG_OK);
	assert_int_equal(none.n, 0);
	int64_t place = 0;
	for (int i = 0; i < 3; i++)
		assert_int_equal(r.query(r.ctx, place, 100, see_row, &place, NULL), TG_OK);
	assert_int_equal(place, 300);
	assert_int_equal(r.query(r.ctx, place, 100, see_row, &place, NULL), TG_LIMIT);
	assert_int_equal(place, 333);
	assert_int_equal(r.query(r.ctx, place, 1000, see_row, &place, NULL), TG_OK);
	assert_int_equal(place, 600);
	lib_chain_free(&a);
	lib_chain_free(&b);
}

/* RFC 9162 §2.1.1 over the hashes in the order in which they were taken: neighbours are joined row by row, an odd one
 * at the end goes up as it is. */
static void model_root(const uint8_t *hashes, size_t n, uint8_t out[TG_HASH_LEN])
{
	uint8_t(*row)[TG_HASH_LEN] = calloc(n, sizeof(*row));
	assert_non_null(row);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(tg_tree_leaf(hashes + i * TG_HASH_LEN, TG_HASH_LEN, row[i]), TG_OK);
	for (; n > 1; n = (n + 1) / 2) {
		for (size_t i = 0; i + 1 < n; i += 2)
			assert_int_equal(tg_tree_node(row[i], row[i + 1], row[i / 2]), TG_OK);
		if (n % 2)
			memmove(row[n / 2], row[n - 1], TG_HASH_LEN);
	}
	memcpy(out, row[0], TG_HASH_LEN);
	free(row);
}

/* The model: per stream how many entries are in; the leaves of the tree in order. */
enum { STREAMS = 7, LENGTH = 400, GROUP = 16 };
struct model {
	struct lib_chain c[STREAMS];
	size_t in[STREAMS], total;
	uint8_t leaves[STREAMS * LENGTH][TG_HASH_LEN];
	uint64_t seed;
};

static void model_group(struct model *m, struct tg_entry *group, enum tg_status *want, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = lib_rnd(&m->seed, STREAMS), at = m->in[k];
		uint32_t kind = lib_rnd(&m->seed, 10);
		want[i] = TG_OK;
		if (kind == 0 && at > 0) {
			at = lib_rnd(&m->seed, (uint32_t)at);
			want[i] = TG_SYNC_REPEAT;
		} else if (kind == 1 || at + 1 >= LENGTH) {
			at = at + 1 + lib_rnd(&m->seed, 3);
			want[i] = TG_SYNC_GAP;
		}
		group[i] = m->c[k].entries[at < LENGTH ? at : LENGTH - 1];
		if (want[i] == TG_OK) {
			memcpy(m->leaves[m->total++], group[i].hash, TG_HASH_LEN);
			m->in[k]++;
		}
	}
}

static void assert_as_model(const struct model *m)
{
	struct tg_tree_head head;
	struct tg_replica_stats stats;
	uint8_t root[TG_HASH_LEN];
	assert_int_equal(r.tree(r.ctx, &head, NULL), TG_OK);
	assert_int_equal(head.size, m->total);
	model_root(m->leaves[0], m->total, root);
	assert_memory_equal(head.root, root, TG_HASH_LEN);
	assert_int_equal(r.stats(r.ctx, &stats, NULL), TG_OK);
	assert_true(stats.entries == m->total && stats.streams == STREAMS && stats.erased_bodies == 0);
	assert_true(stats.bytes > (int64_t)m->total * 100);
}

static void test_c1_random_groups_against_a_model(void **state)
{
	(void)state;
	static struct model m;
	const char *deep = getenv("TAMGA_DEEP");
	const int rounds = deep && *deep ? 1500 : 1000;
	m = (struct model){.seed = 4711};
	for (size_t i = 0; i < STREAMS; i++) {
		char id[8];
		snprintf(id, sizeof(id), "K%zu", i);
		lib_chain_make(&m.c[i], id, LENGTH);
	}
	for (int round = 0; round < rounds; round++) {
		struct tg_entry group[GROUP];
		enum tg_status got[GROUP], want[GROUP];
		size_t n = 1 + lib_rnd(&m.seed, GROUP / 4);
		model_group(&m, group, want, n);
		give(group, n, got);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(got[i], want[i]);
		if (round % 100 == 99) {
			reopen();
			assert_as_model(&m);
		}
	}
	assert_true(m.total > 1000);
	assert_whole(m.total, STREAMS);
	for (size_t i = 0; i < STREAMS; i++) {
		const struct tg_entry *entries = m.c[i].entries;
		assert_true(m.in[i] > 0);
		assert_high_water(m.c[i].kiosk, m.in[i], entries ? entries[m.in[i] - 1].hash : NULL);
		lib_chain_free(&m.c[i]);
	}
}

/* What somebody does to the tables behind our back is found, and where it is. */
static void test_c1_verify_finds_what_was_changed(void **state)
{
	(void)state;
	struct lib_chain a, b;
	struct tg_verify_report v;
	lib_chain_make(&a, "A", 30);
	lib_chain_make(&b, "B", 30);
	const char *const changes[][2] = {
	        {"UPDATE", "SET time_ms = time_ms + 1 WHERE kiosk = 'A' AND seq = 7"},
	        {"UPDATE", "SET body = 'x' WHERE kiosk = 'A' AND seq = 7"},
	        {"UPDATE", "SET before = 3 WHERE kiosk = 'A' AND seq = 7"},
	        {"DELETE FROM", "WHERE kiosk = 'A' AND seq = 7"},
	        {"DELETE FROM", "WHERE kiosk = 'A'"},
	        {"DELETE FROM", "WHERE kiosk = 'A' AND seq > 6"},
	};
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		(void)teardown(NULL);
		(void)setup(NULL);
		give_all(&a, 0, 30);
		give_all(&b, 0, 30);
		assert_whole(60, 2);
		back->change(on(changes[i][0], back->journal, changes[i][1]));
		assert_int_equal(r.verify(r.ctx, &v, NULL), TG_CHAIN_BROKEN);
		assert_true(v.what[0] != '\0' && (strcmp(v.kiosk, "A") == 0 || strcmp(v.kiosk, "B") == 0));
		if (i < 4)
			assert_true(strcmp(v.kiosk, "A") == 0 && (v.seq == 7 || v.seq == 8));
	}
	(void)teardown(NULL);
	(void)setup(NULL);
	give_all(&a, 0, 30);
	back->change(on("UPDATE", back->high_water, "SET seq = 29 WHERE kiosk = 'A'"));
	assert_int_equal(r.verify(r.ctx, &v, NULL), TG_CHAIN_BROKEN);
	assert_string_equal(v.kiosk, "A");
	lib_chain_free(&a);
	lib_chain_free(&b);
}

int conformance_run(const struct replica_case *c)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	        T(test_c1_in_order_with_dense_places),
	        T(test_c1_gaps_and_forks),
	        T(test_c1_a_repeat_is_known_however_old),
	        T(test_c1_what_is_wrong_in_itself),
	        T(test_c1_bodies_and_kinds_are_bytes),
	        T(test_c1_a_bad_entry_does_not_harm_its_neighbours),
	        T(test_c3_any_range_of_a_stream_and_of_the_journal),
	        T(test_c1_random_groups_against_a_model),
	        T(test_c1_verify_finds_what_was_changed),
	};
#undef T
	back = c;
	return cmocka_run_group_tests_name(c->name, tests, NULL, NULL);
}
