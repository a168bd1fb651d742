/* Sender, real kiosk journal and a model centre in virtual time: lost requests, lost answers, restored backups, forks.
 * The model is written from design.md §2.2 alone: it holds hashes, and refuses whatever does not follow. C-1, C-3. */
#include "lib.h"

#include "tamga/store.h"

#include <stdlib.h>

#define MODEL_MAX 4096

struct model {
	uint8_t hash[MODEL_MAX][TG_HASH_LEN]; /* [seq] */
	uint64_t high;
	unsigned stored[MODEL_MAX]; /* how often each seq was taken anew since the last restore below it */
	EVP_PKEY *key, *wrong_key;
	uint64_t random;
	int64_t now;
	unsigned lose_request, lose_answer, restore; /* in a thousand */
	bool sign_wrongly, garbage;
	unsigned asks, sends;
	bool resign_high; /* answers a hash that is not the kiosk's */
};

static bool happens(struct model *m, unsigned per_mille)
{
	return draw(&m->random) % 1000 < per_mille;
}

static enum tg_status answer_high(struct model *m, struct tg_buf *answer)
{
	struct tg_ack a = {.kiosk = KIOSK, .seq = m->high, .centre_time_ms = m->now + 5000};
	if (happens(m, m->lose_answer))
		return TG_TIMEOUT;
	memcpy(a.hash, m->hash[m->high], TG_HASH_LEN);
	if (m->resign_high)
		a.hash[0] ^= 1;
	sign_ack(m->sign_wrongly ? m->wrong_key : m->key, &a);
	if (m->garbage)
		tg_buf_add_str(answer, "<html>");
	else
		tg_ack_encode(&a, answer);
	return TG_OK;
}

static enum tg_status ask(void *ctx, struct tg_buf *answer, struct tg_error *err)
{
	struct model *m = ctx;
	m->asks++;
	if (happens(m, m->lose_request))
		return tg_error_set(err, TG_CENTRE_DOWN, "model");
	return answer_high(m, answer);
}

static enum tg_status take(struct model *m, const struct tg_entry *e)
{
	if (e->seq <= m->high)
		return memcmp(m->hash[e->seq], e->hash, TG_HASH_LEN) == 0 ? TG_OK : TG_SYNC_FORK;
	if (e->seq != m->high + 1)
		return TG_SYNC_GAP;
	if (memcmp(e->prev_hash, m->hash[m->high], TG_HASH_LEN) != 0)
		return TG_SYNC_FORK;
	m->high++;
	assert_true(m->high < MODEL_MAX);
	m->stored[m->high]++;
	memcpy(m->hash[m->high], e->hash, TG_HASH_LEN);
	return TG_OK;
}

static void restore_backup(struct model *m)
{
	uint64_t to = m->high ? draw(&m->random) % m->high : 0;
	for (uint64_t s = to + 1; s <= m->high; s++)
		m->stored[s] = 0;
	m->high = to;
}

static enum tg_status send_batch(void *ctx, struct tg_bytes batch, struct tg_buf *answer, struct tg_error *err)
{
	struct model *m = ctx;
	struct tg_entry *list = NULL;
	size_t n = 0;
	m->sends++;
	if (happens(m, m->lose_request))
		return tg_error_set(err, TG_CENTRE_DOWN, "model");
	if (happens(m, m->restore))
		restore_backup(m);
	assert_int_equal(tg_batch_decode(batch, KIOSK, &list, &n), TG_OK);
	enum tg_status st = TG_OK;
	for (size_t i = 0; i < n && st == TG_OK; i++)
		st = take(m, &list[i]);
	free(list);
	return st == TG_OK ? answer_high(m, answer) : st;
}

static uint32_t model_random(void *ctx)
{
	return draw(&((struct model *)ctx)->random);
}

static int64_t model_mono(void *ctx)
{
	return ((struct model *)ctx)->now;
}

static int64_t model_wall(void *ctx)
{
	return 1790000000000 + ((struct model *)ctx)->now;
}

struct bench {
	char dir[64];
	struct model *m;
	struct tg_store *store;
	struct tg_ack_key *key;
	struct tg_sync sync;
};

static void set_up(struct bench *b, uint64_t seed)
{
	static const struct tg_sender_config pace = {
	        .backoff_base_ms = 1000, .backoff_cap_ms = 60000, .ask_every_ms = 30000, .halt_ms = 300000};
	char path[128];
	struct tg_error err = {0};
	b->m = calloc(1, sizeof(*b->m));
	assert_non_null(b->m);
	b->m->random = seed * 2 + 1;
	b->m->key = make_ack_files(make_dir(b->dir));
	b->m->wrong_key = EVP_EC_gen("P-256");
	tg_entry_genesis(KIOSK, b->m->hash[0]);
	(void)snprintf(path, sizeof(path), "%s/kiosk.db", b->dir);
	assert_int_equal(tg_store_open(&b->store, path, TG_STORE_KIOSK, KIOSK, &err), TG_OK);
	(void)snprintf(path, sizeof(path), "%s/ack.pem", b->dir);
	assert_int_equal(tg_ack_key_load(&b->key, path, &err), TG_OK);
	tg_sync_init(&b->sync, &pace);
	b->sync.store = b->store;
	b->sync.ack_key = b->key;
	b->sync.kiosk = KIOSK;
	b->sync.port = (struct tg_sync_port){.ask = ask, .send = send_batch, .random = model_random, .ctx = b->m};
	b->sync.clock = (struct tg_clock){model_wall, model_mono, b->m};
}

static void tear_down(struct bench *b)
{
	tg_sync_finish(&b->sync);
	tg_ack_key_destroy(b->key);
	tg_store_close(b->store);
	EVP_PKEY_free(b->m->key);
	EVP_PKEY_free(b->m->wrong_key);
	free(b->m);
	drop_dir(b->dir);
}

static void append(struct bench *b, unsigned n)
{
	struct tg_error err = {0};
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(tg_store_append(b->store, TG_RECORD_KIOSK_STARTED,
		                         "{\"program\":\"tamga\",\"version\":\"1\",\"screens\":\"00\"}",
		                         model_wall(b->m), NULL, &err),
		        TG_OK);
}

static enum tg_status round_once(struct bench *b)
{
	struct tg_error err = {0};
	int64_t again = 0;
	enum tg_status st = tg_sync_round(&b->sync, &again, &err);
	if (again > b->m->now)
		b->m->now = again;
	return st;
}

static enum tg_status compare(const struct tg_entry *e, void *ctx)
{
	struct model *m = ctx;
	assert_true(e->seq <= m->high);
	assert_memory_equal(m->hash[e->seq], e->hash, TG_HASH_LEN);
	assert_int_equal(m->stored[e->seq], 1);
	return TG_OK;
}

static void check_equal(struct bench *b)
{
	struct tg_error err = {0};
	uint64_t head = 0, acked = 0;
	uint8_t hash[TG_HASH_LEN];
	assert_int_equal(tg_store_head(b->store, KIOSK, &head, hash, &err), TG_OK);
	assert_int_equal(tg_store_acked(b->store, &acked, &err), TG_OK);
	assert_int_equal(b->m->high, head);
	assert_int_equal(acked, head);
	assert_int_equal(tg_store_read(b->store, KIOSK, 1, MODEL_MAX, compare, b->m, &err), TG_OK);
}

static void settle(struct bench *b)
{
	b->m->lose_request = b->m->lose_answer = b->m->restore = 0;
	for (int i = 0; i < 50; i++)
		(void)!round_once(b);
}

static void test_C1_every_entry_arrives_once_whatever_the_network_does(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct bench b = {0};
		set_up(&b, seed);
		b.m->lose_request = 200;
		b.m->lose_answer = 300;
		b.m->restore = 50;
		for (int i = 0; i < 60; i++) {
			append(&b, draw(&b.m->random) % 4);
			(void)!round_once(&b);
		}
		settle(&b);
		check_equal(&b);
		tear_down(&b);
	}
}

static void test_C3_an_outage_is_drained_in_batches(void **state)
{
	(void)state;
	struct bench b = {0};
	set_up(&b, 7);
	append(&b, 2500);
	b.m->lose_request = 1000;
	for (int i = 0; i < 20; i++) {
		enum tg_status st = round_once(&b); /* TG_OK: a round that only pauses */
		assert_true(st == TG_CENTRE_DOWN || st == TG_OK);
	}
	assert_int_equal(b.m->sends, 0);
	assert_int_equal(b.sync.worked_ms, -1);
	settle(&b);
	check_equal(&b);
	assert_int_equal(b.m->sends, 3);
	/* The model's clock says now + 5 s where the kiosk's says 1790000000000 + now. */
	assert_int_equal(b.sync.clock_offset_ms, 5000 - 1790000000000);
	tear_down(&b);
}

static void expect_untouched(struct bench *b)
{
	struct tg_error err = {0};
	uint64_t acked = 99;
	assert_int_equal(tg_store_acked(b->store, &acked, &err), TG_OK);
	assert_int_equal(acked, 0);
}

static void test_C1_a_wrong_signature_acknowledges_nothing(void **state)
{
	(void)state;
	struct bench b = {0};
	set_up(&b, 3);
	append(&b, 3);
	b.m->sign_wrongly = true;
	assert_int_equal(round_once(&b), TG_CENTRE_GARBAGE);
	expect_untouched(&b);
	assert_int_equal(b.sync.sender.state, TG_SENDER_PAUSED);
	b.m->sign_wrongly = false;
	b.m->garbage = true;
	(void)!round_once(&b);
	assert_int_equal(b.sync.sender.last, TG_CENTRE_GARBAGE);
	expect_untouched(&b);
	b.m->garbage = false;
	settle(&b);
	check_equal(&b);
	tear_down(&b);
}

static void test_C1_another_hash_halts_the_stream(void **state)
{
	(void)state;
	struct bench b = {0};
	set_up(&b, 4);
	append(&b, 3);
	b.m->resign_high = true;
	assert_int_equal(round_once(&b), TG_SYNC_FORK);
	assert_int_equal(b.sync.sender.state, TG_SENDER_HALTED);
	expect_untouched(&b);
	assert_int_equal(b.m->sends, 0);
	tear_down(&b);
}

static void test_C1_a_centre_ahead_of_the_kiosk_halts_it(void **state)
{
	(void)state;
	/* The kiosk's disk was put back to an older state: its next entry would be a fork. */
	struct bench b = {0};
	set_up(&b, 5);
	append(&b, 2);
	settle(&b);
	b.m->high++;
	memset(b.m->hash[b.m->high], 0xee, TG_HASH_LEN);
	b.m->now += 40000;
	assert_int_equal(round_once(&b), TG_SYNC_FORK);
	assert_int_equal(b.sync.sender.state, TG_SENDER_HALTED);
	tear_down(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_C1_every_entry_arrives_once_whatever_the_network_does),
	        cmocka_unit_test(test_C3_an_outage_is_drained_in_batches),
	        cmocka_unit_test(test_C1_a_wrong_signature_acknowledges_nothing),
	        cmocka_unit_test(test_C1_another_hash_halts_the_stream),
	        cmocka_unit_test(test_C1_a_centre_ahead_of_the_kiosk_halts_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
