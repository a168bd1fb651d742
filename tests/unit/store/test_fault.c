/* Every write, sync, truncation and deletion fails once, or from then on, or the power goes there. Two outcomes are
 * allowed for an append: it said TG_OK and its entry is there exactly once, or it said why not and nothing is there.
 * Requirements C-1, K-8. */
#include "fault_vfs.h"
#include "lib.h"

#include <unistd.h>

enum { APPENDS = 14 };

#define CERT "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* Every table that entries change. */
static const enum tg_record_kind kinds[APPENDS] = {TG_RECORD_APPLICATION_SUBMITTED, TG_RECORD_CHIP_INTENT,
        TG_RECORD_APPLICATION_SUBMITTED, TG_RECORD_PIN_TRIED, TG_RECORD_PIN_INTENT, TG_RECORD_APPLICATION_DELIVERED,
        TG_RECORD_PIN_DONE, TG_RECORD_LOCK_RESET, TG_RECORD_APPLICATION_SUBMITTED, TG_RECORD_APPLICATION_DELIVERED,
        TG_RECORD_PIN_TRIED, TG_RECORD_PIN_INTENT, TG_RECORD_APPLICATION_SUBMITTED, TG_RECORD_CHIP_INTENT};

struct run {
	bool said_ok[APPENDS];
	uint64_t feed;    /* cursor up to which pages were said to be taken */
	uint32_t numbers; /* highest counter handed out */
	enum tg_status worst;
	int failed;
	/* What stood at the first failed append, in files copied then: a crash right after the failure. */
	bool crashed;
	struct {
		bool said_ok[APPENDS];
		uint32_t numbers;
		uint64_t feed;
	} crash;
};

static void expect_named(struct run *r, enum tg_status st)
{
	if (st == TG_OK)
		return;
	r->failed++;
	r->worst = st;
	assert_true(st == TG_IO || st == TG_DISK_FULL || st == TG_STORE_OPEN);
}

static enum tg_status append_nth(struct tg_store *s, int i)
{
	char body[300];
	snprintf(body, sizeof(body),
	        "{\"number\":\"N%d\",\"nth\":%d,\"serial\":\"S\",\"carrier\":{\"serial\":\"S\"},\"what\":\"change\","
	        "\"certificate\":\"" CERT "\",\"right\":false}",
	        i / 2, i);
	return tg_store_append(s, kinds[i], body, NOW, NULL, NULL);
}

/* Three items; the last takes the place of the first. */
static enum tg_status take_page(struct tg_store *s, struct run *r)
{
	struct tg_feed_item items[3] = {{.kind = "news", .key = "a", .body = "{}", .body_len = 2},
	        {.kind = "token", .key = "S", .body = "{\"state\":\"lost\"}", .body_len = 16},
	        {.kind = "news", .key = "a", .body = "{}", .body_len = 2}};
	for (unsigned i = 0; i < 3; i++)
		items[i].cursor = r->feed + 1 + i;
	enum tg_status st = tg_store_feed_take(s, items, 3, NULL);
	if (st == TG_OK)
		r->feed += 3;
	/* A page whose answer was lost on the disk is asked for again: as long as we do not know, no new one. */
	return st == TG_CENTRE_GARBAGE ? TG_OK : st;
}

static enum tg_status acknowledge(struct tg_store *s)
{
	struct tg_ack a = {.kiosk = "K1", .signature_len = 70};
	enum tg_status st = tg_store_head(s, "K1", &a.seq, a.hash, NULL);
	return st == TG_OK ? tg_store_set_acked(s, &a, NOW, NULL) : st;
}

static void crash_here(struct run *r)
{
	if (r->crashed || access(lib_path("k-wal"), F_OK) != 0)
		return;
	r->crashed = true;
	memcpy(r->crash.said_ok, r->said_ok, sizeof(r->said_ok));
	r->crash.numbers = r->numbers;
	r->crash.feed = r->feed;
	lib_copy("k", "crash");
	lib_copy("k-wal", "crash-wal");
}

static void work(struct run *r)
{
	struct tg_store *s = NULL;
	uint32_t counter = 0;
	enum tg_status st = tg_store_open(&s, lib_path("k"), TG_STORE_KIOSK, "K1", NULL);
	expect_named(r, st);
	for (int i = 0; st == TG_OK && i < APPENDS; i++) {
		enum tg_status a = append_nth(s, i);
		expect_named(r, a);
		r->said_ok[i] = a == TG_OK;
		if (a != TG_OK)
			crash_here(r);
		if (i % 4 == 0) {
			a = tg_store_next_number(s, &counter, NULL);
			expect_named(r, a);
			if (a == TG_OK) {
				assert_true(counter > r->numbers);
				r->numbers = counter;
			}
		}
		if (i == 5)
			expect_named(r, acknowledge(s));
		if (i % 5 == 2)
			expect_named(r, take_page(s, r));
		if (i == 7) { /* a restart in between: closing makes the log part of the file */
			tg_store_close(s);
			st = tg_store_open(&s, lib_path("k"), TG_STORE_KIOSK, "K1", NULL);
			expect_named(r, st);
		}
	}
	tg_store_close(s);
}

struct found {
	int times[APPENDS];
};

static enum tg_status count_nth(const struct tg_entry *e, void *ctx)
{
	struct found *f = ctx;
	const char *at = strstr(e->body, "\"nth\":");
	assert_non_null(at);
	long nth = strtol(at + 6, NULL, 10);
	assert_true(nth >= 0 && nth < APPENDS);
	f->times[nth]++;
	return TG_OK;
}

static enum tg_status see_item(const struct tg_feed_item *item, void *ctx)
{
	uint64_t *newest = ctx;
	if (item->cursor > *newest)
		*newest = item->cursor;
	return TG_OK;
}

/* The page is there with its cursor or not at all; the other tables are what the journal makes of them. */
static void judge_tables(struct tg_store *s, uint64_t feed)
{
	static const struct tg_lock_rule rule = {5, 7, 0};
	struct tg_lock before, after;
	enum tg_token_life life_before, life_after;
	char what_before[16], what_after[16];
	uint64_t cursor = 0, newest = 0;
	assert_int_equal(tg_store_feed_cursor(s, &cursor, NULL), TG_OK);
	assert_int_equal(tg_store_feed_held(s, NULL, 100, see_item, &newest, NULL), TG_OK);
	assert_true(cursor == newest && cursor >= feed && cursor % 3 == 0);
	assert_int_equal(tg_store_lock(s, CERT, &rule, NOW, &before, NULL), TG_OK);
	assert_int_equal(tg_store_token_life(s, "S", &life_before, NULL), TG_OK);
	enum tg_status open_before = tg_store_pin_unfinished(s, "S", what_before, NULL);
	assert_int_equal(tg_store_rebuild(s, NULL), TG_OK);
	assert_int_equal(tg_store_lock(s, CERT, &rule, NOW, &after, NULL), TG_OK);
	assert_int_equal(tg_store_token_life(s, "S", &life_after, NULL), TG_OK);
	assert_true(before.in_all == after.in_all && before.today == after.today && life_before == life_after);
	assert_int_equal(tg_store_pin_unfinished(s, "S", what_after, NULL), open_before);
	assert_string_equal(what_before, what_after);
}

/* Reopens without faults. Returns the number of entries that are there although their append said no. */
static int judge(const char *name, const bool said_ok[APPENDS], uint32_t numbers, uint64_t feed)
{
	struct found f = {0};
	struct tg_verify_report report;
	uint32_t counter = 0;
	int ghosts = 0;
	struct tg_store *s = lib_open_kiosk(name, "K1");
	assert_int_equal(lib_verify(s, &report), TG_OK);
	assert_int_equal(tg_store_each(s, count_nth, &f, NULL), TG_OK);
	for (int i = 0; i < APPENDS; i++) {
		if (said_ok[i])
			assert_int_equal(f.times[i], 1);
		assert_true(f.times[i] <= 1);
		ghosts += !said_ok[i] && f.times[i] == 1;
	}
	/* One entry may be in doubt: written, its sync refused, and the disk too dead to take it back. */
	assert_true(ghosts <= 1);
	assert_int_equal(tg_store_next_number(s, &counter, NULL), TG_OK);
	assert_true(counter > numbers);
	judge_tables(s, feed);
	assert_int_equal(append_nth(s, 0), TG_OK); /* and life goes on */
	tg_store_close(s);
	return ghosts;
}

static void remove_files(const char *name)
{
	const char *const ends[] = {"", "-wal", "-shm"};
	for (int i = 0; i < 3; i++) {
		char file[16];
		snprintf(file, sizeof(file), "%s%s", name, ends[i]);
		(void)unlink(lib_path(file));
	}
}

struct totals {
	int runs, failed, ghosts, crashes;
};

/* One run with the fault at `at`; false when it was not met. */
static bool one_run(enum fault_mode mode, long at, bool forever, uint64_t seed, struct totals *t)
{
	struct run r = {0};
	remove_files("k");
	remove_files("crash");
	fault_arm(mode, at, forever);
	work(&r);
	bool met = fault_disarm();
	if (mode == FAULT_POWER) {
		fault_lose_unsynced(seed);
		(void)unlink(lib_path("k-shm")); /* memory of the machine that went off */
	}
	t->ghosts += judge("k", r.said_ok, r.numbers, r.feed);
	if (r.crashed && mode != FAULT_POWER) {
		t->ghosts += judge("crash", r.crash.said_ok, r.crash.numbers, r.crash.feed);
		t->crashes++;
	}
	t->failed += r.failed;
	t->runs++;
	if (met && mode == FAULT_FULL && r.failed)
		assert_int_equal(r.worst, TG_DISK_FULL);
	return met;
}

static void all_places(enum fault_mode mode, bool forever, struct totals *t)
{
	long at = 1;
	while (one_run(mode, at, forever, (uint64_t)at, t))
		at++;
	assert_true(at > 100); /* the work does that many operations: the loop has not ended early */
	assert_true(t->failed > 50);
	assert_true(t->crashes > 20);
}

static void test_k8_one_failure_anywhere(void **state)
{
	(void)state;
	struct totals t = {0};
	all_places(FAULT_IO, false, &t);
	assert_int_equal(t.ghosts, 0);
}

static void test_k8_disk_full_once_anywhere(void **state)
{
	(void)state;
	struct totals t = {0};
	all_places(FAULT_FULL, false, &t);
	assert_int_equal(t.ghosts, 0);
}

static void test_k8_disk_full_and_stays_full(void **state)
{
	(void)state;
	struct totals t = {0};
	all_places(FAULT_FULL, true, &t);
	print_message("disk stays full: %d runs, %d failed calls, %d in doubt\n", t.runs, t.failed, t.ghosts);
}

static void test_k8_disk_fails_and_stays_failed(void **state)
{
	(void)state;
	struct totals t = {0};
	all_places(FAULT_IO, true, &t);
	print_message("disk stays broken: %d runs, %d failed calls, %d in doubt\n", t.runs, t.failed, t.ghosts);
}

/* What was not synced may be lost in any part. What said TG_OK was. */
static void test_k8_power_cut_anywhere(void **state)
{
	(void)state;
	struct totals t = {0};
	const char *rounds_text = getenv("TAMGA_POWER_ROUNDS");
	long rounds = rounds_text ? strtol(rounds_text, NULL, 10) : 3;
	for (long round = 0; round < rounds; round++) {
		long at = 1;
		while (one_run(FAULT_POWER, at, true, (uint64_t)(round * 100000 + at), &t))
			at++;
	}
	print_message("power cuts: %d runs, %d failed calls, %d in doubt\n", t.runs, t.failed, t.ghosts);
	assert_true(t.runs > 100 * rounds);
}

static int setup(void **state)
{
	fault_register();
	return lib_setup(state);
}

int main(void)
{
	/* The faults are the test's own: real syncs would only cost time. */
	if (!getenv("TMPDIR") && access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 1);
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_k8_one_failure_anywhere),
	        cmocka_unit_test(test_k8_disk_full_once_anywhere),
	        cmocka_unit_test(test_k8_disk_full_and_stays_full),
	        cmocka_unit_test(test_k8_disk_fails_and_stays_failed),
	        cmocka_unit_test(test_k8_power_cut_anywhere),
	};
	return cmocka_run_group_tests(tests, setup, lib_teardown);
}
