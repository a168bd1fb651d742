/* The centre's tree and what verification finds in a small journal: every column of every row, every row left out,
 * every pair of neighbours, every tail, every node of the tree. The tree is made again here from the recursive
 * definition with OpenSSL's SHA-256 over what the sqlite3 program reads. Requirement C-1. */
#include "lib.h"

#include <openssl/sha.h>
#include <sqlite3.h>
#include <stdlib.h>

#define ROWS 140 /* two nodes of level 6 and one of level 7, and a rest */

static struct tg_store *centre;

static int set_up(void **state)
{
	(void)state;
	lib_make_dir();
	centre = lib_open_centre("centre");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tg_store_close(centre);
	centre = NULL;
	lib_remove_dir();
	return 0;
}

/* MTH of RFC 9162 §2.1 over hashes as hex, one a line: pairs from the left, an odd last one goes up as it is. */
static void mth(const char *lines, size_t n, uint8_t out[TG_HASH_LEN])
{
	uint8_t(*level)[TG_HASH_LEN] = calloc(n + 1, TG_HASH_LEN), b[65];
	assert_non_null(level);
	SHA256(b, 0, out);
	for (size_t i = 0; i < n; i++) {
		char hex[65] = "";
		memcpy(hex, lines + 65 * i, 64);
		b[0] = 0;
		assert_int_equal(tg_unhex(hex, b + 1, TG_HASH_LEN), TG_HASH_LEN);
		SHA256(b, 33, level[i]);
	}
	for (; n > 1; n = (n + 1) / 2)
		for (size_t i = 0; i < n; i += 2) {
			b[0] = 1;
			memcpy(b + 1, level[i], TG_HASH_LEN);
			memcpy(b + 33, level[i + 1], TG_HASH_LEN);
			if (i + 1 < n)
				SHA256(b, 65, level[i / 2]);
			else
				memcpy(level[i / 2], level[i], TG_HASH_LEN);
		}
	if (n == 1)
		memcpy(out, level[0], TG_HASH_LEN);
	free(level);
}

static const char *all_hashes(void)
{
	return lib_sqlite3("centre", "SELECT lower(hex(hash)) FROM journal ORDER BY id");
}

static void assert_tree(uint64_t size)
{
	struct tg_tree_head head;
	uint8_t root[TG_HASH_LEN];
	assert_int_equal(tg_store_tree_head(centre, &head, NULL), TG_OK);
	assert_int_equal(head.size, size);
	mth(all_hashes(), size, root);
	assert_memory_equal(head.root, root, TG_HASH_LEN);
	assert_int_equal(
	        lib_count("centre", "SELECT count(*) FROM journal WHERE id NOT BETWEEN 1 AND (SELECT size FROM tree)"),
	        0);
}

/* Two streams in turns, in groups. */
static void fill(size_t n)
{
	struct lib_chain c[2];
	enum tg_status results[2];
	lib_chain_make(&c[0], "K1", n);
	lib_chain_make(&c[1], "K2", n);
	for (size_t i = 0; i < n / 2; i++) {
		struct tg_entry pair[2] = {c[0].entries[i], c[1].entries[i]};
		assert_int_equal(tg_store_receive(centre, pair, 2, NOW, results, NULL), TG_OK);
		assert_true(results[0] == TG_OK && results[1] == TG_OK);
	}
	lib_chain_free(&c[0]);
	lib_chain_free(&c[1]);
}

static void test_c1_the_tree_grows_with_every_group(void **state)
{
	(void)state;
	struct lib_chain c;
	enum tg_status results[64];
	uint64_t rnd = 5, n = 0;
	lib_chain_make(&c, "K1", 400);
	assert_tree(0);
	while (n < 300) {
		size_t group = 1 + lib_rnd(&rnd, 60);
		assert_int_equal(tg_store_receive(centre, c.entries + n, group, NOW, results, NULL), TG_OK);
		n += group;
		assert_tree(n);
	}
	(void)lib_append(centre, TG_RECORD_FAILURE_SHOWN, "{}"); /* the centre's own stream is in it */
	assert_tree(n + 1);
	/* After a new start it goes on where it was. */
	tg_store_close(centre);
	centre = lib_open_centre("centre");
	assert_int_equal(tg_store_receive(centre, c.entries + n, 3, NOW, results, NULL), TG_OK);
	assert_tree(n + 4);
	assert_int_equal(lib_count("centre", "SELECT count(*) FROM tree_node WHERE level = 6"), (long)(n + 4) / 64);
	assert_int_equal(lib_count("centre", "SELECT count(*) FROM tree_node WHERE level < 6"), 0);
	lib_chain_free(&c);
}

static void test_c1_what_is_taken_back_was_never_in_it(void **state)
{
	(void)state;
	struct lib_chain c;
	enum tg_status results[8];
	lib_chain_make(&c, "K1", 8);
	assert_int_equal(tg_store_receive(centre, c.entries, 3, NOW, results, NULL), TG_OK);
	/* An entry that its own rule refuses. */
	assert_int_equal(tg_store_append(centre, TG_RECORD_TOKEN_STATE, "{\"serial\":\"S\",\"state\":\"nonsense\"}",
	                         NOW, NULL, NULL),
	        TG_INVALID);
	assert_tree(3);
	/* Repeats, gaps and forks among good ones. */
	struct tg_entry mixed[4] = {c.entries[1], c.entries[3], c.entries[6], c.entries[4]};
	assert_int_equal(tg_store_receive(centre, mixed, 4, NOW, results, NULL), TG_OK);
	assert_tree(5);
	/* The group fails in its last row: nothing of it stays, in the table or in the tree. */
	(void)lib_sqlite3("centre", "CREATE TRIGGER refuse BEFORE INSERT ON journal WHEN new.seq = 8 BEGIN SELECT "
	                            "RAISE(ABORT, 'no'); END");
	assert_int_not_equal(tg_store_receive(centre, c.entries + 5, 3, NOW, results, NULL), TG_OK);
	assert_tree(5);
	(void)lib_sqlite3("centre", "DROP TRIGGER refuse");
	assert_int_equal(tg_store_receive(centre, c.entries + 5, 3, NOW, results, NULL), TG_OK);
	assert_tree(8);
	lib_chain_free(&c);
}

/* --- Proofs */
static void test_c1_proofs_of_entries_and_growth(void **state)
{
	(void)state;
	struct tg_tree_proof p;
	uint8_t to_root[TG_HASH_LEN], from_root[TG_HASH_LEN], leaf[TG_HASH_LEN];
	fill(ROWS);
	char *lines = strdup(all_hashes());
	for (uint64_t to = 1; to <= ROWS; to += to < 70 ? 7 : 3) {
		mth(lines, to, to_root);
		for (uint64_t from = 1; from <= to; from += 5) {
			const struct tg_tree_question q = {from, to, (to + 1) / 2};
			assert_int_equal(tg_store_tree_prove(centre, "K1", &q, &p, NULL), TG_OK);
			mth(lines, from, from_root);
			mth(lines + 65 * (p.place - 1), 1, leaf);
			assert_int_equal(p.place, 2 * q.seq - 1);
			assert_int_equal(tg_tree_check_growth(&p.growth, from, from_root, to, to_root), TG_OK);
			assert_int_equal(tg_tree_check_leaf(&p.inclusion, leaf, p.place - 1, to, to_root), TG_OK);
		}
	}
	free(lines);
	const struct {
		struct tg_tree_question q;
		const char *kiosk;
		enum tg_status want;
	} bad[] = {{{1, ROWS + 1, 1}, "K1", TG_INVALID}, {{9, 8, 1}, "K1", TG_INVALID},
	        {{1, ROWS, ROWS / 2 + 1}, "K1", TG_NOT_FOUND}, {{1, ROWS, 1}, "K9", TG_NOT_FOUND},
	        {{1, 10, 6}, "K1", TG_NOT_FOUND}};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(tg_store_tree_prove(centre, bad[i].kiosk, &bad[i].q, &p, NULL), bad[i].want);
	const struct tg_tree_question none = {0, 0, 0};
	assert_int_equal(tg_store_tree_prove(centre, "K1", &none, &p, NULL), TG_OK);
	/* A tree that was spoilt proves nothing, and says so. */
	(void)lib_sqlite3("centre", "DELETE FROM tree_node WHERE level = 6 AND at = 0");
	const struct tg_tree_question q = {70, ROWS, 70};
	assert_int_equal(tg_store_tree_prove(centre, "K1", &q, &p, NULL), TG_STORE_DAMAGED);
}

static void test_c1_a_new_epoch_says_what_was_before(void **state)
{
	(void)state;
	struct tg_tree_head old, now;
	char want[200], epoch[33], root[65];
	fill(20);
	assert_int_equal(tg_store_tree_head(centre, &old, NULL), TG_OK);
	assert_int_equal(tg_store_tree_restart(centre, "restored", NOW, NULL), TG_OK);
	assert_int_equal(tg_store_tree_head(centre, &now, NULL), TG_OK);
	assert_memory_not_equal(old.epoch, now.epoch, TG_EPOCH_LEN);
	assert_tree(21);
	tg_hex(old.epoch, TG_EPOCH_LEN, epoch);
	tg_hex(old.root, TG_HASH_LEN, root);
	(void)snprintf(want, sizeof(want), "restored|%s|20|%s", epoch, root);
	assert_string_equal(
	        lib_sqlite3("centre", "SELECT body ->> 'why', body ->> '$.old.epoch', body ->> '$.old.size', "
	                              "body ->> '$.old.root' FROM journal WHERE kind = 'tree.restarted'"),
	        want);
	/* What was there cannot be read: the new one is made all the same. */
	(void)lib_sqlite3("centre", "UPDATE tree SET peaks = x'00'");
	assert_int_equal(tg_store_tree_head(centre, &now, NULL), TG_STORE_DAMAGED);
	assert_int_equal(tg_store_tree_restart(centre, "mended", NOW, NULL), TG_OK);
	assert_tree(22);
	/* Without dense places there is no tree to be made. */
	(void)lib_sqlite3("centre", "DELETE FROM journal WHERE id = 5");
	assert_int_equal(tg_store_tree_restart(centre, "mended", NOW, NULL), TG_STORE_DAMAGED);
	assert_int_equal(lib_count("centre", "SELECT size FROM tree"), 22);
}

static void test_c1_the_kiosk_keeps_what_it_saw(void **state)
{
	(void)state;
	struct tg_store *k = lib_open_kiosk("kiosk", "K1");
	struct tg_tree_seen seen;
	struct tg_ack a = {.kiosk = "K1", .seq = 3, .centre_time_ms = 7, .tree = {.size = 9}, .signature_len = 70};
	memset(a.signature, 0x33, 70);
	memset(a.tree.epoch, 1, TG_EPOCH_LEN);
	assert_int_equal(tg_store_tree_seen(k, &seen, NULL), TG_OK);
	assert_int_equal(seen.ack.tree.size, 0);
	assert_int_equal(tg_store_tree_see(k, &a, NOW, NULL), TG_OK);
	assert_int_equal(tg_store_tree_doubt(k, TG_TREE_OTHER, NULL), TG_OK);
	tg_store_close(k);
	k = lib_open_kiosk("kiosk", "K1");
	assert_int_equal(tg_store_tree_seen(k, &seen, NULL), TG_OK);
	assert_true(
	        seen.ack.tree.size == 9 && seen.ack.seq == 3 && seen.since_ms == NOW && seen.doubt == TG_TREE_OTHER);
	assert_memory_equal(seen.ack.signature, a.signature, 70);
	a.tree.size = 12;
	assert_int_equal(tg_store_tree_see(k, &a, NOW, NULL), TG_OK);
	memset(a.tree.epoch, 2, TG_EPOCH_LEN);
	a.tree.size = 4;
	assert_int_equal(tg_store_tree_see(k, &a, NOW, NULL), TG_OK);
	memset(a.tree.epoch, 1, TG_EPOCH_LEN);
	a.tree.size = 99;
	assert_int_equal(tg_store_tree_see(k, &a, NOW, NULL), TG_TREE_OTHER);
	assert_string_equal(
	        lib_sqlite3("kiosk", "SELECT group_concat(size, ',') FROM (SELECT size FROM tree_seen ORDER BY n)"),
	        "12,4");
	tg_store_close(k);
}

/* --- Tampering, exhaustively */
static sqlite3 *file;

static void run(const char *sql, int64_t id)
{
	sqlite3_stmt *q;
	while (*sql) {
		assert_int_equal(sqlite3_prepare_v2(file, sql, -1, &q, &sql), SQLITE_OK);
		if (!q)
			break;
		(void)sqlite3_bind_int64(q, 1, id);
		int rc = sqlite3_step(q);
		if (rc != SQLITE_DONE && rc != SQLITE_ROW)
			print_error("%s: %s\n", sqlite3_sql(q), sqlite3_errmsg(file));
		assert_true(rc == SQLITE_DONE || rc == SQLITE_ROW);
		sqlite3_finalize(q);
	}
}

static enum tg_status verify(struct tg_verify_report *r)
{
	struct tg_store *s = NULL;
	*r = (struct tg_verify_report){0};
	assert_int_equal(tg_store_open_readonly(&s, lib_path("centre"), NULL), TG_OK);
	enum tg_status st = lib_verify(s, r);
	tg_store_close(s);
	return st;
}

static void put_back(void)
{
	run("DELETE FROM main.journal; INSERT INTO main.journal SELECT * FROM keep.journal;"
	    "DELETE FROM main.high_water; INSERT INTO main.high_water SELECT * FROM keep.high_water;"
	    "DELETE FROM main.tree; INSERT INTO main.tree SELECT * FROM keep.tree;"
	    "DELETE FROM main.tree_node; INSERT INTO main.tree_node SELECT * FROM keep.tree_node",
	        0);
}

static void open_file(void)
{
	char sql[400];
	fill(ROWS);
	tg_store_close(centre);
	centre = NULL;
	(void)lib_sqlite3("centre", "PRAGMA wal_checkpoint(TRUNCATE)");
	lib_copy("centre", "keep");
	assert_int_equal(sqlite3_open(lib_path("centre"), &file), SQLITE_OK);
	(void)snprintf(sql, sizeof(sql), "PRAGMA synchronous = OFF; ATTACH '%s' AS keep", lib_path("keep"));
	run(sql, 0);
}

static void close_file(void)
{
	assert_int_equal(sqlite3_close(file), SQLITE_OK);
	file = NULL;
}

static const char *stream(int64_t id)
{
	return id % 2 ? "K1" : "K2";
}

static uint64_t seq_at(int64_t id)
{
	return (uint64_t)(id + 1) / 2;
}

/* `exact`: it is said of this entry. Else somewhere. */
static void expect_broken(const char *what, int64_t id, bool exact)
{
	struct tg_verify_report r;
	enum tg_status st = verify(&r);
	bool placed = r.place > 0 ? r.place <= id && id <= r.place_to
	                          : strcmp(r.kiosk, stream(id)) == 0 && r.seq == seq_at(id);
	if (st != TG_CHAIN_BROKEN || (exact && !placed))
		print_error("%s, row %lld: %s: %s %llu, places %lld-%lld: %s\n", what, (long long)id,
		        tg_status_name(st), r.kiosk, (unsigned long long)r.seq, (long long)r.place,
		        (long long)r.place_to, r.what);
	assert_int_equal(st, TG_CHAIN_BROKEN);
	assert_true(r.what[0] && (!exact || placed));
}

/* Columns; received_ms is the centre's own note and no part of the record. A changed place or number is seen at the
 * entry or beside it. */
static const struct {
	const char *column, *sql;
	bool exact;
} columns[] = {{"kiosk", "kiosk = 'K9'", false},
        {"kiosk, the other", "kiosk = CASE kiosk WHEN 'K1' THEN 'K2' ELSE 'K1' END", false},
        {"seq", "seq = seq + 1000", false}, {"time", "time_ms = time_ms + 1", true},
        {"kind", "kind = kind || 'x'", true}, {"version", "version = version + 1", true},
        {"body", "body = body || ' '", true}, {"body, first byte", "body = '[' || substr(body, 2)", true},
        {"body empty", "body = ''", true}, {"salt", "salt = randomblob(16)", true},
        {"body hash", "body_hash = zeroblob(32)", true}, {"previous hash", "prev_hash = zeroblob(32)", true},
        {"hash", "hash = zeroblob(32)", true}, {"hash cut", "hash = substr(hash, 1, 31)", true},
        {"link", "before = before + 1", true}, {"place", "id = id + 100000", false}};

static void test_c1_every_column_of_every_row(void **state)
{
	(void)state;
	char sql[200];
	struct tg_verify_report r;
	open_file();
	assert_int_equal(verify(&r), TG_OK);
	for (int64_t id = 1; id <= ROWS; id++) {
		for (size_t c = 0; c < sizeof(columns) / sizeof(columns[0]); c++) {
			(void)snprintf(sql, sizeof(sql), "UPDATE main.journal SET %s WHERE id = ?1", columns[c].sql);
			run(sql, id);
			expect_broken(columns[c].column, id, columns[c].exact);
			run("DELETE FROM main.journal WHERE id IN (?1, ?1 + 100000); INSERT INTO main.journal SELECT * "
			    "FROM "
			    "keep.journal WHERE id = ?1",
			        id);
		}
	}
	assert_int_equal(verify(&r), TG_OK);
	close_file();
}

static void test_c1_every_row_left_out_and_every_pair_of_neighbours(void **state)
{
	(void)state;
	struct tg_verify_report r;
	open_file();
	for (int64_t id = 1; id <= ROWS; id++) {
		run("DELETE FROM main.journal WHERE id = ?1", id);
		expect_broken("left out", id, true);
		put_back();
		if (id == ROWS)
			break;
		/* With all links made to fit: only the tree tells. */
		run("UPDATE main.journal SET id = -1 WHERE id = ?1; UPDATE main.journal SET id = ?1 WHERE id = ?1 + 1;"
		    "UPDATE main.journal SET id = ?1 + 1 WHERE id = -1;"
		    "UPDATE main.journal SET before = 2 * ?1 + 1 - before WHERE before IN (?1, ?1 + 1);"
		    "UPDATE main.high_water SET last_id = 2 * ?1 + 1 - last_id WHERE last_id IN (?1, ?1 + 1)",
		        id);
		expect_broken("swapped", id, true);
		put_back();
	}
	assert_int_equal(verify(&r), TG_OK);
	close_file();
}

static void test_c1_every_tail_cut_with_its_heads(void **state)
{
	(void)state;
	struct tg_verify_report r;
	open_file();
	for (int64_t id = ROWS; id >= 1; id--) {
		run("DELETE FROM main.journal WHERE id >= ?1;"
		    "DELETE FROM main.high_water; INSERT INTO main.high_water SELECT kiosk, max(seq), hash, id FROM "
		    "main.journal GROUP BY kiosk",
		        id);
		assert_int_equal(verify(&r), TG_CHAIN_BROKEN);
		assert_true(r.place == id && r.place_to == ROWS);
		/* One stream alone. */
		put_back();
		run("DELETE FROM main.journal WHERE id >= ?1 AND id % 2 = ?1 % 2;"
		    "DELETE FROM main.high_water; INSERT INTO main.high_water SELECT kiosk, max(seq), hash, id FROM "
		    "main.journal GROUP BY kiosk",
		        id);
		assert_int_equal(verify(&r), TG_CHAIN_BROKEN);
		assert_int_equal(r.place, id);
		put_back();
	}
	run("INSERT INTO main.journal SELECT -5, kiosk, seq, time_ms, kind, version, body, salt, body_hash, prev_hash, "
	    "hash, "
	    "before, received_ms FROM main.journal WHERE id = 1",
	        0);
	assert_int_equal(verify(&r), TG_CHAIN_BROKEN);
	put_back();
	assert_int_equal(verify(&r), TG_OK);
	close_file();
}

static void test_c1_the_tree_itself(void **state)
{
	(void)state;
	static const struct {
		const char *sql;
		int64_t from, to; /* 0: it cannot be read at all */
	} bends[] = {
	        {"UPDATE main.tree_node SET hash = zeroblob(32) WHERE level = 6 AND at = 0", 1, 64},
	        {"UPDATE main.tree_node SET hash = zeroblob(32) WHERE level = 6 AND at = 1", 65, 128},
	        {"UPDATE main.tree_node SET hash = zeroblob(32) WHERE level = 7", 1, 128},
	        {"DELETE FROM main.tree_node WHERE level = 6 AND at = 1", 65, 128},
	        {"DELETE FROM main.tree_node WHERE level = 7", 1, 128},
	        {"DELETE FROM main.tree_node", 1, 64},
	        {"INSERT INTO main.tree_node VALUES (6, 2, zeroblob(32))", 129, 192},
	        {"INSERT INTO main.tree_node VALUES (20, 0, zeroblob(32))", 1, 1 << 20},
	        {"UPDATE main.tree SET size = size + 1, peaks = CAST(peaks || zeroblob(32) AS BLOB)", ROWS + 1,
	                ROWS + 1},
	        {"UPDATE main.tree SET size = 128, peaks = substr(peaks, -32)", 129, ROWS},
	        /* 140 = 128 + 8 + 4: peaks lowest first */
	        {"UPDATE main.tree SET peaks = CAST(zeroblob(32) || substr(peaks, 33) AS BLOB)", 137, 140},
	        {"UPDATE main.tree SET peaks = CAST(substr(peaks, 1, 64) || zeroblob(32) AS BLOB)", 1, 128},
	        {"UPDATE main.tree SET peaks = substr(peaks, 2)", 0, 0},
	        {"UPDATE main.tree SET size = -1", 0, 0},
	        {"UPDATE main.tree SET epoch = x'00'", 0, 0},
	        {"DELETE FROM main.tree", 0, 0},
	};
	struct tg_verify_report r;
	open_file();
	for (size_t i = 0; i < sizeof(bends) / sizeof(bends[0]); i++) {
		run(bends[i].sql, 0);
		enum tg_status st = verify(&r);
		if (r.place != bends[i].from || r.place_to != bends[i].to)
			print_error("%s: places %lld-%lld: %s\n", bends[i].sql, (long long)r.place,
			        (long long)r.place_to, r.what);
		assert_int_equal(st, bends[i].from ? TG_CHAIN_BROKEN : TG_STORE_DAMAGED);
		assert_true(r.place == bends[i].from && r.place_to == bends[i].to && r.what[0]);
		put_back();
	}
	assert_int_equal(verify(&r), TG_OK);
	close_file();
}

int main(void)
{
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	        IN_DIR(test_c1_what_is_taken_back_was_never_in_it),
	        IN_DIR(test_c1_every_column_of_every_row),
	        IN_DIR(test_c1_every_row_left_out_and_every_pair_of_neighbours),
	        IN_DIR(test_c1_every_tail_cut_with_its_heads),
	        IN_DIR(test_c1_the_tree_itself),
	        IN_DIR(test_c1_the_tree_grows_with_every_group),
	        IN_DIR(test_c1_proofs_of_entries_and_growth),
	        IN_DIR(test_c1_a_new_epoch_says_what_was_before),
	        IN_DIR(test_c1_the_kiosk_keeps_what_it_saw),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
