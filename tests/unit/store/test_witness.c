/* A centre that writes its past again, with every hash made anew: what kiosks signed, were told and have themselves
 * shows it, and where. Requirement C-1; src/decisions/0226. */
#include "witness.h"

#include <stdlib.h>

static struct stage g;

/* Places: K1's entries 1 … 24 and K2's, in turns; each kiosk signed at 6, 12, 18 (its 7th, 13th, 19th entry). */
#define ROUNDS 20

static int make(void **state)
{
	(void)state;
	char json[60];
	stage_make(&g);
	for (int i = 1; i <= ROUNDS; i++) {
		for (int who = 0; who < 2; who++) {
			(void)snprintf(json, sizeof(json), "{\"code\":203,\"screen\":\"%d-%d\"}", who, i);
			stage_entry(&g, who, json);
			if (i % 6 == 0)
				stage_sign(&g, who);
		}
	}
	stage_close(&g);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	stage_drop(&g);
	return 0;
}

static void expect(enum tg_status st, const struct tg_verify_report *r, const char *kiosk, uint64_t seq)
{
	if (st != TG_CHAIN_BROKEN || strcmp(r->kiosk, kiosk) != 0 || r->seq != seq)
		print_error("wanted %s %llu, got %s: %s %llu (places %lld-%lld): %s\n", kiosk, (unsigned long long)seq,
		        tg_status_name(st), r->kiosk, (unsigned long long)r->seq, (long long)r->place,
		        (long long)r->place_to, r->what);
	assert_int_equal(st, TG_CHAIN_BROKEN);
	assert_string_equal(r->kiosk, kiosk);
	assert_int_equal(r->seq, seq);
}

/* The place of an entry in the file "centre". */
static long place_of(const char *kiosk, uint64_t seq)
{
	char sql[120];
	(void)snprintf(sql, sizeof(sql), "SELECT id FROM journal WHERE kiosk = '%s' AND seq = %llu", kiosk,
	        (unsigned long long)seq);
	return lib_count("centre", sql);
}

struct one {
	const char *kiosk;
	uint64_t seq;
	bool without_heads;
};

static bool change_one(struct tg_entry *e, void *ctx)
{
	const struct one *o = ctx;
	if (strcmp(e->kiosk, o->kiosk) != 0)
		return true;
	if (o->without_heads && strcmp(e->kind, "head.signed") == 0)
		return false;
	if (e->seq == o->seq) {
		e->body = "{\"code\":0}";
		e->body_len = strlen(e->body);
	}
	return true;
}

static bool leave_all(struct tg_entry *e, void *ctx)
{
	(void)e;
	(void)ctx;
	return true;
}

static void test_c1_an_honest_centre_is_whole(void **state)
{
	(void)state;
	struct tg_verify_report r;
	for (unsigned against = 0; against < 4; against++) {
		assert_int_equal(stage_verify(&g, "centre", against, true, &r), TG_OK);
		assert_int_equal(r.entries, 2 * (ROUNDS + 3));
		assert_true(r.heads == 6 && r.streams == 2 && r.trees_over == 0);
		assert_int_equal(r.trees, 6 + (against & 1) + (against >> 1));
	}
	/* The same past made again is the same: what is found below is the change, not the making. */
	stage_rewrite("centre", "again", leave_all, NULL);
	assert_int_equal(stage_verify(&g, "again", 3, true, &r), TG_OK);
	char *want = strdup(lib_sqlite3("centre", "SELECT hex(peaks), size, hex(epoch) FROM tree"));
	assert_string_equal(lib_sqlite3("again", "SELECT hex(peaks), size, hex(epoch) FROM tree"), want);
	free(want);
}

/* One entry after the other, of both streams. */
static void test_c1_a_past_written_again_is_found_in_the_kiosks_journal(void **state)
{
	(void)state;
	struct tg_verify_report r;
	for (int who = 0; who < 2; who++) {
		for (uint64_t seq = 1; seq <= ROUNDS + 3; seq++) {
			const struct one o = {g.party[who].kiosk, seq, false};
			if (seq == 7 || seq == 14 || seq == 21) /* the signed heads themselves: below */
				continue;
			stage_rewrite("centre", "again", change_one, (void *)(uintptr_t)&o);
			assert_int_equal(lib_count("again", "SELECT count(*) FROM journal"), 2 * (ROUNDS + 3));
			expect(stage_verify(&g, "again", 1u << who, false, &r), &r, o.kiosk, seq);
			/* Chains and tree alone are right: nobody but a witness can tell. */
			struct tg_store *s = NULL;
			assert_int_equal(tg_store_open_readonly(&s, lib_path("again"), NULL), TG_OK);
			assert_int_equal(lib_verify(s, &r), TG_OK);
			tg_store_close(s);
		}
	}
}

/* Signed at 6, told before; the first signed head after the change is another. */
static uint64_t next_signed(uint64_t seq)
{
	return seq <= 6 ? 6 : seq <= 13 ? 13 : 20;
}

static void test_c1_a_past_written_again_is_found_by_signed_heads(void **state)
{
	(void)state;
	struct tg_verify_report r;
	for (uint64_t seq = 1; seq <= 20; seq++) {
		const struct one o = {"K1", seq, false};
		if (seq == 7 || seq == 14)
			continue;
		stage_rewrite("centre", "again", change_one, (void *)(uintptr_t)&o);
		expect(stage_verify(&g, "again", 0, false, &r), &r, "K1", next_signed(seq));
		assert_non_null(strstr(r.what, "signed another"));
	}
}

/* K1's signed heads are gone too: what K2 was told of the tree shows it, between two places. */
static void test_c1_what_others_were_told_shows_it_too(void **state)
{
	(void)state;
	struct tg_verify_report r;
	for (uint64_t seq = 1; seq <= 19; seq += 3) {
		const struct one o = {"K1", seq, true};
		long place = place_of("K1", seq <= 6 ? seq : seq <= 12 ? seq + 1 : seq + 2);
		stage_rewrite("centre", "again", change_one, (void *)(uintptr_t)&o);
		enum tg_status st = stage_verify(&g, "again", 0, true, &r);
		assert_int_equal(st, TG_CHAIN_BROKEN);
		/* The heads of K1 are left out from its 7th entry on: a change after that is found at that place. */
		long first = place < place_of("K1", 7) ? place : place_of("K1", 7);
		if (!(r.place <= first && first <= r.place_to))
			print_error("seq %llu at %ld: places %lld-%lld: %s\n", (unsigned long long)seq, first,
			        (long long)r.place, (long long)r.place_to, r.what);
		assert_true(r.place <= first && first <= r.place_to);
		assert_non_null(strstr(r.what, "holds the centre's signature"));
	}
}

static bool first_ones(struct tg_entry *e, void *ctx)
{
	int *left = ctx;
	(void)e;
	return (*left)-- > 0;
}

static void test_c1_a_cut_end_is_found(void **state)
{
	(void)state;
	struct tg_verify_report r;
	const int all = 2 * (ROUNDS + 3);
	for (int left = 0; left < all; left++) {
		int n = left;
		char sql[120];
		stage_rewrite("centre", "again", first_ones, &n);
		/* Each kiosk has the centre's signature for its last entry: the first that is missing is named. */
		for (unsigned who = 0; who < 2; who++) {
			(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM journal WHERE kiosk = '%s'",
			        g.party[who].kiosk);
			uint64_t has = (uint64_t)lib_count("again", sql);
			enum tg_status st = stage_verify(&g, "again", 1u << who, true, &r);
			if (has < ROUNDS + 3)
				expect(st, &r, g.party[who].kiosk, has + 1);
			else
				assert_int_equal(st, TG_OK); /* all that it was told is there */
		}
	}
	/* Without any kiosk's journal: the trees that were told of before are larger than what is left. */
	int n = 38;
	stage_rewrite("centre", "again", first_ones, &n);
	assert_int_equal(stage_verify(&g, "again", 0, false, &r), TG_OK);
	(void)lib_sqlite3("again", "UPDATE tree SET size = size + 3");
	assert_int_equal(stage_verify(&g, "again", 0, false, &r), TG_CHAIN_BROKEN);
	assert_true(r.place == 39 && r.place_to == 41);
}

/* Two neighbours of different streams change places: no chain notices. */
static void test_c1_a_changed_order_is_found(void **state)
{
	(void)state;
	struct tg_verify_report r;
	lib_copy("centre", "again");
	(void)lib_sqlite3("again",
	        "UPDATE journal SET id = 1000 WHERE id = 9; UPDATE journal SET id = 9 WHERE id = 10; "
	        "UPDATE journal SET id = 10 WHERE id = 1000; "
	        "UPDATE journal SET before = 19 - before WHERE before IN (9, 10)");
	assert_int_equal(stage_verify(&g, "again", 0, false, &r), TG_CHAIN_BROKEN);
	assert_true(r.place <= 9 && 9 <= r.place_to);
}

static bool drop_second(struct tg_entry *e, void *ctx)
{
	(void)ctx;
	return strcmp(e->kiosk, "K2") != 0;
}

static void test_c1_a_whole_stream_left_out_is_found(void **state)
{
	(void)state;
	struct tg_verify_report r;
	stage_rewrite("centre", "again", drop_second, NULL);
	expect(stage_verify(&g, "again", 2, true, &r), &r, "K2", 1);
	assert_int_equal(stage_verify(&g, "again", 1, true, &r), TG_CHAIN_BROKEN);
	assert_int_equal(stage_verify(&g, "again", 0, true, &r), TG_CHAIN_BROKEN);
	assert_true(r.place <= 2 && 2 <= r.place_to);
}

/* --- Witnesses that lie */
#define MANY 700u /* more than the blocks that are looked at beside the reading */

/* `n` times the same. */
static void with_heads(const char *body, const char *kiosk, size_t n)
{
	struct tg_store *s = lib_open_centre("again");
	static struct tg_entry all[MANY];
	static enum tg_status results[MANY];
	struct tg_entry e = {.version = 1, .body = body, .body_len = strlen(body), .time_ms = NOW};
	assert_true(tg_copy(e.kiosk, sizeof(e.kiosk), kiosk) && tg_copy(e.kind, sizeof(e.kind), "head.signed"));
	assert_int_equal(tg_store_head(s, kiosk, &e.seq, e.prev_hash, NULL), TG_OK);
	assert_true(n <= MANY);
	for (size_t i = 0; i < n; i++) {
		e.seq++;
		assert_int_equal(tg_entry_seal(&e), TG_OK);
		all[i] = e;
		memcpy(e.prev_hash, e.hash, TG_HASH_LEN);
	}
	assert_int_equal(tg_store_receive(s, all, n, NOW, results, NULL), TG_OK);
	assert_int_equal(results[n - 1], TG_OK);
	tg_store_close(s);
}

static void expect_refused(char *body, const char *kiosk, bool keyed, const char *what)
{
	struct tg_verify_report r;
	lib_copy("centre", "again");
	with_heads(body, kiosk, 1);
	enum tg_status st = stage_verify(&g, "again", 0, keyed, &r);
	if (st != TG_CHAIN_BROKEN || !strstr(r.what, what))
		print_error("%s: %s: %s\n", what, tg_status_name(st), r.what);
	assert_int_equal(st, TG_CHAIN_BROKEN);
	assert_non_null(strstr(r.what, what));
	/* Backups do not fail over what a kiosk writes. */
	struct tg_store *s = NULL;
	assert_int_equal(tg_store_open_readonly(&s, lib_path("again"), NULL), TG_OK);
	assert_int_equal(lib_verify(s, &r), TG_OK);
	tg_store_close(s);
	free(body);
}

static void test_c1_false_witnesses_are_named(void **state)
{
	(void)state;
	struct party *p = &g.party[0];
	const struct party *other = &g.party[1];
	const uint8_t wrong[TG_HASH_LEN] = {1};
	struct tg_ack ack, bent;
	p->store = lib_open_kiosk(p->file, p->kiosk);
	g.centre = lib_open_centre("centre");
	stage_ack(&g, 0, g.ack_key, &ack);
	stage_ack(&g, 0, g.other_key, &bent);
	tg_store_close(g.centre);
	g.centre = NULL;
	expect_refused(strdup("{}"), "K1", false, "cannot be read");
	expect_refused(strdup("{\"seq\":1,\"hash\":\"00\"}"), "K1", false, "cannot be read");
	expect_refused(stage_head_body(p, g.other_key, &p->certificate, 0, NULL, NULL), "K1", false, "signature in it");
	expect_refused(stage_head_body(p, other->key, &other->certificate, 0, NULL, NULL), "K1", false,
	        "no certificate of its");
	expect_refused(stage_head_body(p, p->key, &p->certificate, 3, wrong, NULL), "K1", false, "signed another");
	expect_refused(stage_head_body(p, p->key, &p->certificate, 99, NULL, NULL), "K1", false, "cannot be read");
	expect_refused(
	        stage_head_body(p, p->key, &p->certificate, 0, NULL, &bent), "K1", true, "not signed by the centre");
	ack.tree.root[0] ^= 1;
	expect_refused(stage_head_body(p, p->key, &p->certificate, 0, NULL, &ack), "K1", false, "was told a tree");
	tg_store_close(p->store);
	p->store = NULL;
}

/* Whichever thread sees which of them first. */
static void test_c1_of_many_faults_the_first_is_named(void **state)
{
	(void)state;
	struct tg_verify_report r;
	const struct party *p = &g.party[0];
	uint8_t hash[TG_HASH_LEN];
	assert_int_equal(tg_unhex(lib_sqlite3("centre", "SELECT hex(hash) FROM journal WHERE kiosk = 'K1' AND seq = 1"),
	                         hash, sizeof(hash)),
	        TG_HASH_LEN);
	g.party[0].store = lib_open_kiosk(p->file, p->kiosk);
	char *right = stage_head_body(p, p->key, &p->certificate, 1, hash, NULL);
	char *wrong = stage_head_body(p, g.other_key, &p->certificate, 1, hash, NULL);
	lib_copy("centre", "again");
	with_heads(right, "K1", MANY);
	with_heads(wrong, "K1", MANY);
	with_heads("{}", "K2", MANY);
	free(right);
	free(wrong);
	tg_store_close(g.party[0].store);
	g.party[0].store = NULL;
	for (int i = 0; i < 10; i++) {
		expect(stage_verify(&g, "again", 0, true, &r), &r, "K1", ROUNDS + 3 + MANY + 1);
		assert_string_equal(r.what, "the signature in it is wrong");
		assert_int_equal(r.heads, 6 + MANY);
	}
	/* A row in the same block that is not what it should be comes before them. */
	(void)lib_sqlite3("again", "UPDATE journal SET body = '{\"seq\":2}' WHERE kiosk = 'K1' AND seq = 722");
	expect(stage_verify(&g, "again", 0, true, &r), &r, "K1", 722);
	assert_string_equal(r.what, "its body or salt was changed");
}

static void test_c1_a_kiosks_journal_that_is_broken_accuses_nobody(void **state)
{
	(void)state;
	struct tg_verify_report r;
	lib_copy("k1", "k1.keep");
	(void)lib_sqlite3("k1", "UPDATE journal SET body = body || ' ' WHERE seq = 5");
	expect(stage_verify(&g, "centre", 1, false, &r), &r, "K1", 5);
	assert_non_null(strstr(r.what, "its body or salt was changed"));
	lib_copy("k1.keep", "k1");
	/* A kiosk that has more than it sent, and one that was copied long ago, are no witnesses against anybody. */
	struct tg_store *k = lib_open_kiosk("k1", "K1");
	(void)lib_append(k, TG_RECORD_FAILURE_SHOWN, "{\"code\":1}");
	tg_store_close(k);
	assert_int_equal(stage_verify(&g, "centre", 1, true, &r), TG_OK);
	lib_copy("k1.keep", "k1");
	stage_rewrite("centre", "again", leave_all, NULL);
	assert_int_equal(stage_verify(&g, "again", 1, true, &r), TG_OK);
}

static void test_c1_a_restored_centre_is_told_apart(void **state)
{
	(void)state;
	struct tg_verify_report r;
	struct tg_error err = {0};
	lib_copy("centre", "again");
	struct tg_store *s = lib_open_centre("again");
	assert_int_equal(tg_store_tree_restart(s, "restored", NOW, &err), TG_OK);
	tg_store_close(s);
	/* The same entries: what was told of the old tree still fits. */
	assert_int_equal(stage_verify(&g, "again", 3, true, &r), TG_OK);
	assert_true(r.trees == 8 && r.trees_over == 0 && r.streams == 3);
	/* A past written again under cover of a restored backup: the old tree's end does not fit, it is not compared,
	 * and that is said; the signed heads speak all the same. */
	const struct one o = {"K1", 3, false};
	stage_rewrite("centre", "again", change_one, (void *)(uintptr_t)&o);
	s = lib_open_centre("again");
	assert_int_equal(tg_store_tree_restart(s, "restored", NOW, &err), TG_OK);
	tg_store_close(s);
	expect(stage_verify(&g, "again", 0, true, &r), &r, "K1", 6);
	expect(stage_verify(&g, "again", 1, true, &r), &r, "K1", 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_c1_an_honest_centre_is_whole),
	        cmocka_unit_test(test_c1_a_past_written_again_is_found_in_the_kiosks_journal),
	        cmocka_unit_test(test_c1_a_past_written_again_is_found_by_signed_heads),
	        cmocka_unit_test(test_c1_what_others_were_told_shows_it_too),
	        cmocka_unit_test(test_c1_a_cut_end_is_found),
	        cmocka_unit_test(test_c1_a_changed_order_is_found),
	        cmocka_unit_test(test_c1_a_whole_stream_left_out_is_found),
	        cmocka_unit_test(test_c1_false_witnesses_are_named),
	        cmocka_unit_test(test_c1_of_many_faults_the_first_is_named),
	        cmocka_unit_test(test_c1_a_kiosks_journal_that_is_broken_accuses_nobody),
	        cmocka_unit_test(test_c1_a_restored_centre_is_told_apart),
	};
	return cmocka_run_group_tests(tests, make, drop);
}
