/* The centre's tree as a kiosk follows it: a real replica and a real kiosk journal, and between them a transport that
 * loses, repeats, bends and lies. Requirement C-1; src/decisions/0224. */
#include "lib.h"

#include "tamga/store.h"

#include <sqlite3.h>
#include <stdlib.h>

#define OTHER "K02B-1"

enum mood { HONEST, DOWN, REFUSED, GARBAGE, CUT, OLD, BENT_GROWTH, BENT_INCLUSION, NO_INCLUSION, OTHER_EPOCH };

struct world {
	char dir[64];
	struct tg_store *centre, *kiosk;
	EVP_PKEY *key;
	struct tg_ack_key *ack_key;
	struct tg_sync sync;
	enum mood mood;
	int64_t now;
	unsigned proofs; /* asked for */
	struct tg_tree_question asked;
	struct tg_buf first; /* the first proof that was given */
	uint64_t other_seq;
	uint8_t other_hash[TG_HASH_LEN];
	void (*lie)(struct tg_ack *a); /* before it is signed */
};

static struct world w;

static enum tg_status acknowledge(struct tg_buf *answer)
{
	struct tg_ack a = {.kiosk = KIOSK, .centre_time_ms = 1790000000000 + w.now};
	assert_int_equal(tg_store_head(w.centre, KIOSK, &a.seq, a.hash, NULL), TG_OK);
	assert_int_equal(tg_store_tree_head(w.centre, &a.tree, NULL), TG_OK);
	if (w.lie)
		w.lie(&a);
	sign_ack(w.key, &a);
	tg_ack_encode(&a, answer);
	return TG_OK;
}

static enum tg_status ask(void *ctx, struct tg_buf *answer, struct tg_error *err)
{
	(void)ctx;
	(void)err;
	return acknowledge(answer);
}

static enum tg_status send_batch(void *ctx, struct tg_bytes batch, struct tg_buf *answer, struct tg_error *err)
{
	struct tg_entry *list = NULL;
	size_t n = 0;
	enum tg_status results[TG_BATCH_ENTRIES];
	(void)ctx;
	(void)err;
	assert_int_equal(tg_batch_decode(batch, KIOSK, &list, &n), TG_OK);
	assert_int_equal(tg_store_receive(w.centre, list, n, 1, results, NULL), TG_OK);
	for (size_t i = 0; i < n; i++)
		assert_true(results[i] == TG_OK || results[i] == TG_SYNC_REPEAT);
	free(list);
	return acknowledge(answer);
}

static void bend(struct tg_tree_proof *p)
{
	if (w.mood == BENT_GROWTH && p->growth.n > 0)
		p->growth.hash[p->growth.n - 1][0] ^= 1;
	if (w.mood == BENT_INCLUSION && p->inclusion.n > 0)
		p->inclusion.hash[0][5] ^= 1;
	if (w.mood == NO_INCLUSION)
		p->place = 0;
	if (w.mood == OTHER_EPOCH)
		p->epoch[0] ^= 1;
}

static enum tg_status tree(void *ctx, const struct tg_tree_question *q, struct tg_buf *answer, struct tg_error *err)
{
	struct tg_tree_proof p;
	(void)ctx;
	w.proofs++;
	w.asked = *q;
	if (w.mood == DOWN || w.mood == REFUSED)
		return tg_error_set(err, w.mood == DOWN ? TG_CENTRE_DOWN : TG_CENTRE_REFUSED, "model");
	TG_TRY(tg_store_tree_prove(w.centre, KIOSK, q, &p, err));
	bend(&p);
	if (w.mood == GARBAGE)
		tg_buf_add_str(answer, "<html>");
	else if (w.mood == OLD)
		tg_buf_add(answer, w.first.data, w.first.len);
	else
		assert_int_equal(tg_tree_proof_write(&p, answer), TG_OK);
	if (w.mood == CUT)
		answer->len--;
	if (w.first.len == 0)
		tg_buf_add(&w.first, answer->data, answer->len);
	return TG_OK;
}

static uint32_t no_random(void *ctx)
{
	(void)ctx;
	return 0;
}

static int64_t mono(void *ctx)
{
	(void)ctx;
	return w.now;
}

static int64_t wall(void *ctx)
{
	(void)ctx;
	return 1790000000000 + w.now;
}

static const char *path(const char *name)
{
	static char p[2][128];
	static int at;
	at = !at;
	(void)snprintf(p[at], sizeof(p[at]), "%s/%s", w.dir, name);
	return p[at];
}

/* The centre says that it is the tree that it was. */
static void set_epoch(const char *name, const struct tg_tree_head *as)
{
	char sql[120], hex[2 * TG_EPOCH_LEN + 1];
	sqlite3 *db;
	tg_hex(as->epoch, TG_EPOCH_LEN, hex);
	(void)snprintf(sql, sizeof(sql), "UPDATE tree SET epoch = x'%s'", hex);
	assert_int_equal(sqlite3_open(path(name), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void start_sync(void)
{
	static const struct tg_sender_config pace = {.backoff_base_ms = 1000,
	        .backoff_cap_ms = 60000,
	        .ask_every_ms = 30000,
	        .halt_ms = 300000,
	        .wait_cap_ms = 600000};
	tg_sync_init(&w.sync, &pace);
	w.sync.store = w.kiosk;
	w.sync.ack_key = w.ack_key;
	w.sync.kiosk = KIOSK;
	w.sync.port = (struct tg_sync_port){.ask = ask, .send = send_batch, .random = no_random, .tree = tree};
	w.sync.clock = (struct tg_clock){wall, mono, NULL};
}

/* As after a new start of the agent. */
static void start_again(void)
{
	tg_sync_finish(&w.sync);
	tg_store_close(w.kiosk);
	assert_int_equal(tg_store_open(&w.kiosk, path("kiosk.db"), TG_STORE_KIOSK, KIOSK, NULL), TG_OK);
	start_sync();
}

static int set_up(void **state)
{
	(void)state;
	w = (struct world){0};
	w.key = make_ack_files(make_dir(w.dir));
	assert_int_equal(tg_store_open(&w.centre, path("centre.db"), TG_STORE_CENTRE, NULL, NULL), TG_OK);
	assert_int_equal(tg_store_open(&w.kiosk, path("kiosk.db"), TG_STORE_KIOSK, KIOSK, NULL), TG_OK);
	assert_int_equal(tg_ack_key_load(&w.ack_key, path("ack.pem"), NULL), TG_OK);
	tg_entry_genesis(OTHER, w.other_hash);
	start_sync();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tg_sync_finish(&w.sync);
	tg_ack_key_destroy(w.ack_key);
	tg_store_close(w.kiosk);
	tg_store_close(w.centre);
	EVP_PKEY_free(w.key);
	tg_buf_finish(&w.first);
	drop_dir(w.dir);
	return 0;
}

/* Another kiosk sends `n` entries. */
static void others(unsigned n, const char *json)
{
	for (unsigned i = 0; i < n; i++) {
		struct tg_entry e = {.kiosk = OTHER,
		        .seq = ++w.other_seq,
		        .kind = "failure.shown",
		        .version = 1,
		        .body = json,
		        .body_len = strlen(json)};
		enum tg_status result;
		memcpy(e.prev_hash, w.other_hash, TG_HASH_LEN);
		assert_int_equal(tg_entry_seal(&e), TG_OK);
		memcpy(w.other_hash, e.hash, TG_HASH_LEN);
		assert_int_equal(tg_store_receive(w.centre, &e, 1, 1, &result, NULL), TG_OK);
		assert_int_equal(result, TG_OK);
	}
}

static void append(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(
		        tg_store_append(w.kiosk, TG_RECORD_FAILURE_SHOWN, "{\"code\":203}", wall(NULL), NULL, NULL),
		        TG_OK);
}

/* Rounds until nothing is to be done now, or one fails. */
static enum tg_status settle(void)
{
	struct tg_error err = {0};
	int64_t again = w.now;
	enum tg_status st = TG_OK;
	for (int i = 0; i < 10 && again <= w.now && st == TG_OK; i++)
		st = tg_sync_round(&w.sync, &again, &err);
	return st;
}

/* What the agent does when nothing else is to be sent. */
static enum tg_status prove(void)
{
	struct tg_error err = {0};
	if (w.sync.sender.state != TG_SENDER_LEVEL || !tg_sync_tree_is_due(&w.sync, w.now))
		return TG_NOT_FOUND;
	enum tg_status st = tg_sync_tree(&w.sync, &err);
	if (st == TG_TREE_OTHER)
		tg_sender_failed(&w.sync.sender, w.now, st, 0);
	return st;
}

static struct tg_tree_seen seen(void)
{
	struct tg_tree_seen s;
	assert_int_equal(tg_store_tree_seen(w.kiosk, &s, NULL), TG_OK);
	return s;
}

/* One entry sent, acknowledged, its tree proven. */
static void begin_well(void)
{
	others(5, "{}");
	append(3);
	assert_int_equal(settle(), TG_OK);
	assert_int_equal(prove(), TG_OK);
	assert_int_equal(seen().ack.tree.size, 8);
}

static void later(int64_t ms)
{
	w.now += ms;
}

static void expect_alarm(enum tg_status st)
{
	const struct tg_tree_seen before = seen();
	assert_int_equal(st, TG_TREE_OTHER);
	assert_int_equal(w.sync.sender.state, TG_SENDER_HALTED);
	assert_int_equal(w.sync.sender.last, TG_TREE_OTHER);
	assert_int_equal(before.doubt, TG_TREE_OTHER);
	assert_int_equal(before.ack.tree.size, 8); /* the evidence stays */
}

static void test_c1_a_tree_is_proven_at_once_and_then_now_and_then(void **state)
{
	(void)state;
	begin_well();
	assert_int_equal(w.proofs, 1);
	assert_true(w.asked.from == 0 && w.asked.to == 8 && w.asked.seq == 3);
	for (int i = 0; i < 10; i++) {
		others(3, "{}");
		append(1);
		assert_int_equal(settle(), TG_OK);
		assert_int_equal(prove(), TG_NOT_FOUND); /* not yet */
		later(1000);
	}
	later(50000);
	assert_int_equal(prove(), TG_OK);
	assert_true(w.proofs == 2 && w.asked.from == 8 && w.asked.to == 48 && w.asked.seq == 13);
	assert_int_equal(seen().ack.tree.size, 48);
	assert_int_equal(seen().ack.seq, 13);
	later(60000);
	assert_int_equal(settle(), TG_OK);
	assert_int_equal(prove(), TG_NOT_FOUND); /* nothing is new */
}

static void test_c1_every_growth_is_proven(void **state)
{
	(void)state;
	begin_well();
	for (unsigned i = 0; i < 150; i++) {
		others(i % 4, "{}");
		append(1);
		later(60000);
		assert_int_equal(settle(), TG_OK);
		assert_int_equal(prove(), TG_OK);
	}
	assert_true(seen().ack.tree.size > 300);
}

static void shrink(struct tg_ack *a)
{
	a->tree.size--;
	a->tree.root[0] ^= 1;
}

static void swap_root(struct tg_ack *a)
{
	a->tree.root[31] ^= 1;
}

static void grow_falsely(struct tg_ack *a)
{
	a->tree.size++;
	a->tree.root[0] ^= 1;
}

static void test_c1_a_smaller_or_other_tree_halts_the_kiosk(void **state)
{
	(void)state;
	void (*const lies[])(struct tg_ack *) = {shrink, swap_root};
	for (size_t i = 0; i < 2; i++) {
		if (i > 0) {
			tear_down(NULL);
			set_up(NULL);
		}
		begin_well();
		uint64_t acked;
		w.lie = lies[i];
		later(30000);
		expect_alarm(settle());
		/* What a centre says that contradicts itself counts for nothing. */
		append(1);
		assert_int_equal(tg_store_acked(w.kiosk, &acked, NULL), TG_OK);
		assert_int_equal(acked, 3);
		/* It comes to its senses: it must prove that first, also after a new start. */
		w.lie = NULL;
		start_again();
		w.mood = GARBAGE;
		assert_int_equal(settle(), TG_CENTRE_GARBAGE);
		assert_int_equal(seen().doubt, TG_TREE_OTHER);
		w.mood = HONEST;
		later(60000);
		assert_int_equal(settle(), TG_OK);
		assert_int_equal(seen().doubt, TG_OK);
		assert_int_equal(w.sync.acked_seq, 4);
	}
}

static void test_c1_a_doubted_centre_gets_nothing(void **state)
{
	(void)state;
	uint64_t seq;
	uint8_t hash[TG_HASH_LEN];
	begin_well();
	w.lie = swap_root;
	later(30000);
	expect_alarm(settle());
	append(5);
	w.lie = grow_falsely;
	for (int i = 0; i < 5; i++) {
		start_again();
		w.mood = i % 2 ? DOWN : BENT_INCLUSION;
		/* There is no such tree, or the centre does not say: in no case is anything sent. */
		assert_int_equal(settle(), i % 2 ? TG_CENTRE_DOWN : TG_INVALID);
		later(300000);
	}
	assert_int_equal(tg_store_head(w.centre, KIOSK, &seq, hash, NULL), TG_OK);
	assert_int_equal(seq, 3);
}

/* Rewritten: everything as it was but one entry of somebody else, and grown since. */
static void test_c1_a_centre_that_changed_anothers_entry_is_found_out(void **state)
{
	(void)state;
	struct tg_tree_head old;
	begin_well();
	assert_int_equal(tg_store_tree_head(w.centre, &old, NULL), TG_OK);
	tg_store_close(w.centre);
	assert_int_equal(tg_store_open(&w.centre, path("bad.db"), TG_STORE_CENTRE, NULL, NULL), TG_OK);
	w.other_seq = 0;
	tg_entry_genesis(OTHER, w.other_hash);
	others(4, "{}");
	others(1, "{\"changed\":true}");
	set_epoch("bad.db", &old);
	later(30000);
	/* It has fewer: said at once. */
	expect_alarm(settle());
	/* It has more: only the proof shows it. */
	others(20, "{}");
	start_again();
	later(300000);
	expect_alarm(settle());
	uint64_t seq;
	uint8_t hash[TG_HASH_LEN];
	assert_int_equal(tg_store_head(w.centre, KIOSK, &seq, hash, NULL), TG_OK);
	assert_int_equal(seq, 0); /* and nothing of ours was sent there */
}

static void test_c1_proofs_that_are_none_leave_everything_as_it_was(void **state)
{
	(void)state;
	static const struct {
		enum mood mood;
		enum tg_status want;
	} bad[] = {{DOWN, TG_CENTRE_DOWN}, {REFUSED, TG_CENTRE_REFUSED}, {GARBAGE, TG_CENTRE_GARBAGE},
	        {CUT, TG_CENTRE_GARBAGE}, {OLD, TG_CENTRE_GARBAGE}, {OTHER_EPOCH, TG_CENTRE_GARBAGE}};
	begin_well();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		others(2, "{}");
		append(1);
		later(60000);
		w.mood = bad[i].mood;
		assert_int_equal(settle(), TG_OK); /* acknowledgements go on */
		assert_int_equal(prove(), bad[i].want);
		assert_int_equal(seen().ack.tree.size, 8);
		assert_int_equal(seen().doubt, TG_OK);
		assert_int_equal(w.sync.sender.state, TG_SENDER_LEVEL);
		assert_int_equal(w.sync.acked_seq, 4 + i);
	}
	w.mood = HONEST;
	later(60000);
	assert_int_equal(prove(), TG_OK);
	assert_int_equal(seen().ack.tree.size, 26);
}

static void test_c1_wrong_proofs_halt_the_kiosk(void **state)
{
	(void)state;
	const enum mood bad[] = {BENT_GROWTH, BENT_INCLUSION, NO_INCLUSION};
	for (size_t i = 0; i < 3; i++) {
		if (i > 0) {
			tear_down(NULL);
			set_up(NULL);
		}
		begin_well();
		others(9, "{}");
		append(1);
		later(60000);
		assert_int_equal(settle(), TG_OK);
		w.mood = bad[i];
		expect_alarm(prove());
	}
}

static void test_c1_a_centre_that_never_proves_is_an_alarm_in_the_end(void **state)
{
	(void)state;
	begin_well();
	w.mood = REFUSED;
	append(1);
	assert_int_equal(settle(), TG_OK);
	for (unsigned i = 1; i < TG_TREE_PATIENCE; i++) {
		later(60000);
		(void)!settle();
		assert_int_equal(prove(), TG_CENTRE_REFUSED);
	}
	later(60000);
	(void)!settle();
	expect_alarm(prove());
}

static void test_c1_a_new_epoch_is_taken_once(void **state)
{
	(void)state;
	struct tg_tree_head old, now;
	begin_well();
	assert_int_equal(tg_store_tree_head(w.centre, &old, NULL), TG_OK);
	assert_int_equal(tg_store_tree_restart(w.centre, "restored", 1, NULL), TG_OK);
	assert_int_equal(tg_store_tree_head(w.centre, &now, NULL), TG_OK);
	assert_memory_not_equal(now.epoch, old.epoch, TG_EPOCH_LEN);
	assert_int_equal(now.size, 9); /* and the entry that says so */
	later(60000);
	assert_int_equal(settle(), TG_OK);
	/* Our entry is not in it, says a wrong proof: not taken. */
	w.mood = BENT_INCLUSION;
	expect_alarm(prove());
	w.mood = HONEST;
	later(300000);
	assert_int_equal(settle(), TG_OK);
	assert_true(w.asked.from == 0 && w.asked.seq == 3);
	assert_int_equal(seen().ack.tree.size, 9);
	assert_true(w.sync.tree.restarted);
	assert_memory_equal(w.sync.tree.before.epoch, old.epoch, TG_EPOCH_LEN);
	assert_int_equal(w.sync.tree.before.size, 8);
	/* The old one again, however long: it is over. */
	set_epoch("centre.db", &old);
	others(1, "{}");
	later(60000);
	assert_int_equal(settle(), TG_OK);
	assert_int_equal(prove(), TG_TREE_OTHER);
	assert_int_equal(seen().doubt, TG_TREE_OTHER);
	assert_memory_equal(seen().ack.tree.epoch, now.epoch, TG_EPOCH_LEN);
}

/* --- The bytes of a proof */
static void test_c1_only_whole_answers_to_the_question_are_read(void **state)
{
	(void)state;
	const struct tg_tree_question q = {5, 8, 3};
	struct tg_tree_proof p = {.from = 5, .to = 8, .seq = 3, .place = 7}, got;
	struct tg_buf b = TG_BUF_INIT;
	p.growth.n = 3;
	p.inclusion.n = TG_PROOF_MAX;
	memset(p.inclusion.hash, 7, sizeof(p.inclusion.hash));
	assert_int_equal(tg_tree_proof_write(&p, &b), TG_OK);
	assert_int_equal(tg_tree_proof_read((struct tg_bytes){b.data, b.len}, &q, &got), TG_OK);
	assert_true(got.place == 7 && got.growth.n == 3 && got.inclusion.n == TG_PROOF_MAX);
	assert_memory_equal(got.inclusion.hash, p.inclusion.hash, sizeof(p.inclusion.hash));
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(tg_tree_proof_read((struct tg_bytes){b.data, n}, &q, &got), TG_INVALID);
	const struct tg_tree_question wrong[] = {{4, 8, 3}, {5, 9, 3}, {5, 8, 2}};
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(tg_tree_proof_read((struct tg_bytes){b.data, b.len}, &wrong[i], &got), TG_INVALID);
	b.data[13 + TG_EPOCH_LEN + 32] = TG_PROOF_MAX + 1;
	assert_int_equal(tg_tree_proof_read((struct tg_bytes){b.data, b.len}, &q, &got), TG_INVALID);
	tg_buf_add_u8(&b, 0);
	b.data[13 + TG_EPOCH_LEN + 32] = 3;
	assert_int_equal(tg_tree_proof_read((struct tg_bytes){b.data, b.len}, &q, &got), TG_INVALID);
	tg_buf_finish(&b);
}

int main(void)
{
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	        IN_WORLD(test_c1_proofs_that_are_none_leave_everything_as_it_was),
	        IN_WORLD(test_c1_wrong_proofs_halt_the_kiosk),
	        IN_WORLD(test_c1_a_smaller_or_other_tree_halts_the_kiosk),
	        IN_WORLD(test_c1_a_doubted_centre_gets_nothing),
	        IN_WORLD(test_c1_a_centre_that_changed_anothers_entry_is_found_out),
	        IN_WORLD(test_c1_a_centre_that_never_proves_is_an_alarm_in_the_end),
	        IN_WORLD(test_c1_a_new_epoch_is_taken_once),
	        IN_WORLD(test_c1_a_tree_is_proven_at_once_and_then_now_and_then),
	        IN_WORLD(test_c1_every_growth_is_proven),
	        IN_WORLD(test_c1_only_whole_answers_to_the_question_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
