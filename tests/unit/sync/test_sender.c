/* The sender alone, in virtual time. Requirement C-3. */
#include "lib.h"

static const struct tg_sender_config pace = {
        .backoff_base_ms = 1000, .backoff_cap_ms = 60000, .ask_every_ms = 30000, .halt_ms = 300000};

static struct tg_sender level_at(uint64_t acked, int64_t now)
{
	struct tg_sender s;
	tg_sender_init(&s, &pace);
	assert_int_equal(tg_sender_next(&s, now, acked).act, TG_SEND_ASK);
	tg_sender_told(&s, now, acked, 0);
	return s;
}

static void test_asks_before_it_sends(void **state)
{
	(void)state;
	struct tg_sender s;
	tg_sender_init(&s, &pace);
	assert_int_equal(tg_sender_next(&s, 0, 10).act, TG_SEND_ASK);
	tg_sender_told(&s, 0, 4, 0);
	struct tg_sender_step step = tg_sender_next(&s, 0, 10);
	assert_int_equal(step.act, TG_SEND_BATCH);
	assert_int_equal(step.from, 5);
	tg_sender_told(&s, 0, 10, 0);
	step = tg_sender_next(&s, 0, 10);
	assert_int_equal(step.act, TG_SEND_NOTHING);
	assert_int_equal(step.until_ms, 30000);
	assert_int_equal(tg_sender_next(&s, 29999, 10).act, TG_SEND_NOTHING);
	assert_int_equal(tg_sender_next(&s, 30000, 10).act, TG_SEND_ASK);
}

static void test_pauses_grow_to_the_cap_with_full_jitter(void **state)
{
	(void)state;
	struct tg_sender s;
	int64_t now = 0, tops[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
	tg_sender_init(&s, &pace);
	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		assert_int_equal(tg_sender_next(&s, now, 1).act, TG_SEND_ASK);
		tg_sender_failed(&s, now, TG_CENTRE_DOWN, UINT32_MAX);
		struct tg_sender_step step = tg_sender_next(&s, now, 1);
		assert_int_equal(step.act, TG_SEND_NOTHING);
		assert_int_equal(step.until_ms, now + tops[i]);
		now = step.until_ms;
	}
	/* The lowest draw pauses not at all, the middle one half. */
	assert_int_equal(tg_sender_next(&s, now, 1).act, TG_SEND_ASK);
	tg_sender_failed(&s, now, TG_TIMEOUT, 0);
	assert_int_equal(tg_sender_next(&s, now, 1).act, TG_SEND_ASK);
	tg_sender_failed(&s, now, TG_TIMEOUT, UINT32_MAX / 2);
	assert_int_equal(tg_sender_next(&s, now, 1).until_ms, now + 30000);
	/* What worked once is forgiven. */
	now += 30000;
	assert_int_equal(tg_sender_next(&s, now, 1).act, TG_SEND_ASK);
	tg_sender_told(&s, now, 0, 0);
	assert_int_equal(tg_sender_next(&s, now, 1).act, TG_SEND_BATCH);
	tg_sender_failed(&s, now, TG_CENTRE_DOWN, UINT32_MAX);
	assert_int_equal(tg_sender_next(&s, now, 1).until_ms, now + 1000);
}

static void test_alarms_halt_and_are_never_repaired(void **state)
{
	(void)state;
	const enum tg_status alarms[] = {
	        TG_SYNC_FORK, TG_SYNC_FOREIGN, TG_CHAIN_BROKEN, TG_KIOSK_UNKNOWN, TG_TREE_OTHER};
	for (size_t i = 0; i < sizeof(alarms) / sizeof(alarms[0]); i++) {
		struct tg_sender s = level_at(3, 0);
		assert_int_equal(tg_sender_next(&s, 0, 5).act, TG_SEND_BATCH);
		tg_sender_failed(&s, 0, alarms[i], 0);
		assert_int_equal(s.state, TG_SENDER_HALTED);
		assert_int_equal(s.last, alarms[i]);
		assert_int_equal(tg_sender_next(&s, 299999, 9).act, TG_SEND_NOTHING);
		/* Never a batch out of a halt: first the question. */
		assert_int_equal(tg_sender_next(&s, 300000, 9).act, TG_SEND_ASK);
	}
}

/* Between two exchanges too: a proof that came when nothing was to be sent. */
static void test_c1_another_tree_halts_a_level_sender(void **state)
{
	(void)state;
	struct tg_sender s = level_at(3, 0);
	tg_sender_failed(&s, 1000, TG_TREE_OTHER, 0);
	assert_int_equal(s.state, TG_SENDER_HALTED);
	assert_int_equal(tg_sender_next(&s, 300999, 9).act, TG_SEND_NOTHING);
	assert_int_equal(tg_sender_next(&s, 301000, 9).act, TG_SEND_ASK);
}

static void test_restored_centre_is_sent_the_rest_again(void **state)
{
	(void)state;
	struct tg_sender s = level_at(100, 0);
	/* Found out by the half-minute question … */
	assert_int_equal(tg_sender_next(&s, 30000, 100).act, TG_SEND_ASK);
	tg_sender_told(&s, 30000, 40, 0);
	struct tg_sender_step step = tg_sender_next(&s, 30000, 100);
	assert_int_equal(step.act, TG_SEND_BATCH);
	assert_int_equal(step.from, 41);
	/* … or by a gap: asked at once, a second gap in a row is paused for. */
	tg_sender_failed(&s, 30000, TG_SYNC_GAP, UINT32_MAX);
	assert_int_equal(tg_sender_next(&s, 30000, 100).act, TG_SEND_ASK);
	tg_sender_told(&s, 30000, 10, 0);
	assert_int_equal(tg_sender_next(&s, 30000, 100).from, 11);
	tg_sender_told(&s, 30000, 100, 0);
	assert_int_equal(tg_sender_next(&s, 30000, 100).act, TG_SEND_NOTHING);
}

static void test_a_centre_that_takes_and_forgets_does_not_spin(void **state)
{
	(void)state;
	struct tg_sender s = level_at(10, 0);
	int64_t now = 0;
	unsigned exchanges = 0;
	/* Ten minutes of a centre that says "I hold 10" to everything. */
	while (now < 600000) {
		struct tg_sender_step step = tg_sender_next(&s, now, 20);
		if (step.act == TG_SEND_NOTHING) {
			assert_true(step.until_ms > now);
			now = step.until_ms;
			continue;
		}
		exchanges++;
		assert_true(exchanges < 2000);
		tg_sender_told(&s, now, 10, UINT32_MAX);
		now++;
	}
	assert_int_equal(s.acked, 10);
}

static void test_somebody_who_waits_is_not_made_to_wait_for_the_pause(void **state)
{
	(void)state;
	struct tg_sender s;
	tg_sender_init(&s, &pace);
	assert_int_equal(tg_sender_next(&s, 0, 1).act, TG_SEND_ASK);
	tg_sender_hurry(&s, 0); /* an exchange is under way: nothing else to do */
	assert_int_equal(s.state, TG_SENDER_ASKING);
	tg_sender_failed(&s, 0, TG_CENTRE_DOWN, UINT32_MAX);
	assert_int_equal(tg_sender_next(&s, 1, 1).act, TG_SEND_NOTHING);
	tg_sender_hurry(&s, 1);
	assert_int_equal(tg_sender_next(&s, 1, 1).act, TG_SEND_ASK);
	tg_sender_told(&s, 2, 1, 0);
	assert_int_equal(tg_sender_next(&s, 3, 1).act, TG_SEND_NOTHING);
	tg_sender_hurry(&s, 3);
	assert_int_equal(tg_sender_next(&s, 3, 1).act, TG_SEND_ASK);
	/* An alarm is not asked away. */
	tg_sender_failed(&s, 4, TG_SYNC_FORK, 0);
	tg_sender_hurry(&s, 5);
	assert_int_equal(tg_sender_next(&s, 5, 1).act, TG_SEND_NOTHING);
}

/* ---- a centre that asks to wait ---- */

static struct tg_sender sending_from(uint64_t acked, int64_t now)
{
	struct tg_sender s = level_at(acked, now);
	s.c.wait_cap_ms = 600000;
	assert_int_equal(tg_sender_next(&s, now, acked + 5).act, TG_SEND_BATCH);
	return s;
}

static void test_a_busy_centre_is_left_alone_at_least_so_long(void **state)
{
	(void)state;
	struct tg_sender s = sending_from(3, 1000);
	tg_sender_busy(&s, 1000, 7000, 0);
	assert_int_equal(s.last, TG_CENTRE_BUSY);
	/* The shortest draw is what was asked for, to the millisecond; meanwhile neither batch nor question. */
	assert_int_equal(tg_sender_next(&s, 1000, 8).until_ms, 8000);
	assert_int_equal(tg_sender_next(&s, 7999, 9).act, TG_SEND_NOTHING);
	/* What the centre holds is known: no question first, and the batch begins where it began. */
	struct tg_sender_step step = tg_sender_next(&s, 8000, 9);
	assert_int_equal(step.act, TG_SEND_BATCH);
	assert_int_equal(step.from, 4);
	/* The longest draw is twice that. */
	tg_sender_busy(&s, 8000, 7000, UINT32_MAX);
	assert_int_equal(tg_sender_next(&s, 8000, 9).until_ms, 22000);
	assert_int_equal(tg_sender_next(&s, 21999, 9).act, TG_SEND_NOTHING);
}

static void test_a_busy_answer_to_a_question_is_waited_for_too(void **state)
{
	(void)state;
	struct tg_sender s;
	tg_sender_init(&s, &pace);
	s.c.wait_cap_ms = 600000;
	assert_int_equal(tg_sender_next(&s, 0, 1).act, TG_SEND_ASK);
	tg_sender_busy(&s, 0, 5000, 0);
	assert_int_equal(tg_sender_next(&s, 0, 1).until_ms, 5000);
	assert_int_equal(tg_sender_next(&s, 5000, 1).act, TG_SEND_ASK);
}

static void test_waiting_is_apart_from_the_back_off(void **state)
{
	(void)state;
	struct tg_sender s;
	tg_sender_init(&s, &pace);
	s.c.wait_cap_ms = 600000;
	int64_t now = 0;
	/* Two failures: the next pause would be drawn from 0 … 4 s. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(tg_sender_next(&s, now, 1).act, TG_SEND_ASK);
		tg_sender_failed(&s, now, TG_CENTRE_DOWN, 0);
	}
	for (int i = 0; i < 9; i++) {
		assert_int_equal(tg_sender_next(&s, now, 1).act, TG_SEND_ASK);
		tg_sender_busy(&s, now, 2000, UINT32_MAX);
		assert_int_equal(tg_sender_next(&s, now, 1).until_ms, now + 4000);
		now += 4000;
	}
	assert_int_equal(tg_sender_next(&s, now, 1).act, TG_SEND_ASK);
	tg_sender_failed(&s, now, TG_CENTRE_DOWN, UINT32_MAX);
	assert_int_equal(tg_sender_next(&s, now, 1).until_ms, now + 4000);
}

static void test_no_centre_keeps_us_away_for_ever_or_not_at_all(void **state)
{
	(void)state;
	const int64_t foolish[] = {0, -1, INT64_MIN, INT64_MAX, 86400000};
	for (size_t i = 0; i < sizeof(foolish) / sizeof(foolish[0]); i++) {
		struct tg_sender s = sending_from(1, 500);
		tg_sender_busy(&s, 500, foolish[i], UINT32_MAX);
		struct tg_sender_step step = tg_sender_next(&s, 500, 6);
		assert_int_equal(step.act, TG_SEND_NOTHING);
		assert_in_range(step.until_ms, 500 + 1000, 500 + 1200000);
	}
}

static void test_who_waits_before_the_kiosk_is_asked_for_but_nothing_is_sent(void **state)
{
	(void)state;
	struct tg_sender s = sending_from(3, 0);
	tg_sender_busy(&s, 0, 20000, 0);
	tg_sender_hurry(&s, 100);
	assert_int_equal(tg_sender_next(&s, 100, 8).act, TG_SEND_ASK);
	tg_sender_told(&s, 150, 3, 0);
	/* Answered, and the wait for batches stands. */
	assert_int_equal(tg_sender_next(&s, 150, 8).until_ms, 20000);
	assert_int_equal(tg_sender_next(&s, 19999, 8).act, TG_SEND_NOTHING);
	assert_int_equal(tg_sender_next(&s, 20000, 8).act, TG_SEND_BATCH);
}

/* Ten thousand kiosks told the same at the same moment: they come back evenly over the time from once to twice what
 * they were told. 100 slots of 100 each expected; chi-square with 99 degrees of freedom stays below 148.2 with
 * probability 0.999 (tables); the draws are fixed by the seed (xorshift64*). */
static void test_ten_thousand_come_back_evenly(void **state)
{
	(void)state;
	enum { KIOSKS = 10000, SLOTS = 100, WAIT = 60000 };
	unsigned slots[SLOTS] = {0};
	uint64_t x = 20261122;
	for (int i = 0; i < KIOSKS; i++) {
		x ^= x >> 12;
		x ^= x << 25;
		x ^= x >> 27;
		struct tg_sender s = sending_from(1, 0);
		tg_sender_busy(&s, 0, WAIT, (uint32_t)((x * 0x2545F4914F6CDD1DULL) >> 32));
		int64_t back = tg_sender_next(&s, 0, 6).until_ms;
		assert_in_range(back, WAIT, 2 * WAIT);
		slots[(back - WAIT) * SLOTS / (WAIT + 1)]++;
	}
	double chi = 0;
	for (int i = 0; i < SLOTS; i++) {
		double off = (double)slots[i] - (double)KIOSKS / SLOTS;
		chi += off * off / ((double)KIOSKS / SLOTS);
	}
	assert_true(chi < 148.2);
	/* All at one moment, as without jitter, would be nearly a million. */
	assert_true(chi > 50);
}

static void bug_seen(const char *file, int line, const char *what)
{
	(void)file;
	(void)line;
	(void)what;
	function_called();
}

static void test_asking_during_an_exchange_is_our_bug(void **state)
{
	(void)state;
	struct tg_sender s;
	tg_sender_init(&s, &pace);
	assert_int_equal(tg_sender_next(&s, 0, 1).act, TG_SEND_ASK);
	tg_bug_set_hook(bug_seen);
	expect_function_call(bug_seen);
	assert_int_equal(tg_sender_next(&s, 0, 1).act, TG_SEND_NOTHING);
	tg_bug_set_hook(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_asks_before_it_sends),
	        cmocka_unit_test(test_pauses_grow_to_the_cap_with_full_jitter),
	        cmocka_unit_test(test_alarms_halt_and_are_never_repaired),
	        cmocka_unit_test(test_c1_another_tree_halts_a_level_sender),
	        cmocka_unit_test(test_restored_centre_is_sent_the_rest_again),
	        cmocka_unit_test(test_a_centre_that_takes_and_forgets_does_not_spin),
	        cmocka_unit_test(test_somebody_who_waits_is_not_made_to_wait_for_the_pause),
	        cmocka_unit_test(test_a_busy_centre_is_left_alone_at_least_so_long),
	        cmocka_unit_test(test_a_busy_answer_to_a_question_is_waited_for_too),
	        cmocka_unit_test(test_waiting_is_apart_from_the_back_off),
	        cmocka_unit_test(test_no_centre_keeps_us_away_for_ever_or_not_at_all),
	        cmocka_unit_test(test_who_waits_before_the_kiosk_is_asked_for_but_nothing_is_sent),
	        cmocka_unit_test(test_ten_thousand_come_back_evenly),
	        cmocka_unit_test(test_asking_during_an_exchange_is_our_bug),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
