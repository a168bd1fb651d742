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
	const enum tg_status alarms[] = {TG_SYNC_FORK, TG_SYNC_FOREIGN, TG_CHAIN_BROKEN, TG_KIOSK_UNKNOWN};
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
	        cmocka_unit_test(test_restored_centre_is_sent_the_rest_again),
	        cmocka_unit_test(test_a_centre_that_takes_and_forgets_does_not_spin),
	        cmocka_unit_test(test_somebody_who_waits_is_not_made_to_wait_for_the_pause),
	        cmocka_unit_test(test_asking_during_an_exchange_is_our_bug),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
