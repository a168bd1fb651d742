/* Readers and cards are told at once, without asking again and again, and through a restart of the daemon (requirement
 * K-3). The daemon, the readers and the card are real but for the reader's driver. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

#include "rig.h"
#include "tamga/card.h"
#include "tamga/clock.h"

#include <cmocka.h>

#define WAIT_MS 8000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct tg_readers last;
static atomic_uint told, empties; /* pictures; pictures in which the second reader is empty */

static void changed(const struct tg_readers *now, void *ctx)
{
	pthread_mutex_lock(&lock);
	assert_ptr_equal(ctx, &last);
	last = *now;
	told++;
	if (now->n == 2 && !now->list[1].card)
		empties++;
	pthread_mutex_unlock(&lock);
}

static struct tg_readers picture(void)
{
	pthread_mutex_lock(&lock);
	struct tg_readers copy = last;
	pthread_mutex_unlock(&lock);
	return copy;
}

typedef bool wanted(const struct tg_readers *p);

static bool is_lost(const struct tg_readers *p)
{
	return p->service == TG_READER_SERVICE && p->n == 0;
}

static bool is_empty(const struct tg_readers *p)
{
	return p->service == TG_OK && p->n == 2 && !p->list[1].card;
}

static bool has_card(const struct tg_readers *p)
{
	return p->service == TG_OK && p->n == 2 && p->list[1].card && p->list[1].atr_len;
}

static void wait_for(wanted *want, const char *what)
{
	int64_t end = tg_clock_real().mono_ms(NULL) + WAIT_MS;
	while (tg_clock_real().mono_ms(NULL) < end) {
		struct tg_readers p = picture();
		if (want(&p))
			return;
		usleep(10000);
	}
	fail_msg("%s: not told in %d ms", what, WAIT_MS);
}

static void begin(struct tg_card_watch **w)
{
	memset(&last, 0, sizeof last);
	last.service = TG_BUG;
	told = empties = 0;
	assert_int_equal(tg_card_watch_create(w, changed, &last), TG_OK);
}

static void test_k3_a_card_is_told_with_its_answer_to_reset(void **state)
{
	(void)state;
	static struct rig r;
	struct tg_card_watch *w;
	char out[256];
	rig_start(&r, NULL, NULL, RIG_MAIN_MS);
	begin(&w);
	wait_for(is_empty, "two empty readers");
	rig_card(&r, "aigul");
	wait_for(has_card, "a card");
	struct tg_readers p = picture();
	assert_string_equal(p.list[1].name, "Virtual PCD 00 01");
	assert_false(p.list[0].card);
	assert_false(p.list[1].mute);
	/* virtual-card.md's known answer to reset of a SmartCard-HSM */
	static const uint8_t atr[] = {0x3B, 0xFE, 0x18, 0, 0, 0x81, 0x31, 0xFE, 0x45, 0x80, 0x31, 0x81, 0x54, 0x48,
	        0x53, 0x4D, 0x31, 0x73, 0x80, 0x21, 0x40, 0x81, 0x07, 0xFA};
	assert_int_equal(p.list[1].atr_len, sizeof atr);
	assert_memory_equal(p.list[1].atr, atr, sizeof atr);
	/* work with the card changes its state for the daemon, but not the picture */
	unsigned before = told;
	rig_login(&r, "648219");
	usleep(300000);
	assert_int_equal(told, before);
	rig_card_do(&r, out, sizeof out, "pull", NULL);
	wait_for(is_empty, "the card pulled");
	tg_card_watch_destroy(w);
	rig_stop(&r);
}

static void test_k3_a_swap_shows_the_empty_reader_between(void **state)
{
	(void)state;
	static struct rig r;
	struct tg_card_watch *w;
	char out[256];
	rig_start(&r, NULL, NULL, RIG_MAIN_MS);
	rig_card(&r, "aigul");
	begin(&w);
	wait_for(has_card, "a card that was there before");
	unsigned before = empties;
	rig_card_do(&r, out, sizeof out, "pull", NULL);
	rig_card_insert(&r);
	wait_for(has_card, "a card again");
	assert_true(empties > before);
	tg_card_watch_destroy(w);
	rig_stop(&r);
}

static int64_t cpu_us(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static void test_k3_a_lost_daemon_is_told_once_and_found_again(void **state)
{
	(void)state;
	struct tg_card_watch *w;
	begin(&w);
	wait_for(is_empty, "two empty readers");
	rig_pcscd_kill();
	wait_for(is_lost, "the daemon gone");
	unsigned before = told;
	usleep(2500000);
	assert_int_equal(told, before);
	rig_pcscd_again();
	wait_for(is_empty, "the readers again");
	tg_card_watch_destroy(w);
}

static void test_nothing_is_done_while_nothing_happens(void **state)
{
	(void)state;
	struct tg_card_watch *w;
	begin(&w);
	wait_for(is_empty, "two empty readers");
	usleep(200000);
	int64_t before = cpu_us();
	unsigned pictures = told;
	usleep(2000000);
	assert_int_equal(told, pictures);
	assert_true(cpu_us() - before < 20000); /* 1 % of the time; a busy loop would take all of it */
	tg_card_watch_destroy(w);
}

static void test_destroying_never_waits_long(void **state)
{
	(void)state;
	for (int i = 0; i < 30; i++) {
		struct tg_card_watch *w;
		begin(&w);
		usleep((useconds_t)i * 700); /* before, while and after the thread connects */
		int64_t begun = tg_clock_real().mono_ms(NULL);
		tg_card_watch_destroy(w);
		assert_true(tg_clock_real().mono_ms(NULL) - begun < 2000);
	}
	tg_card_watch_destroy(NULL);
}

int main(void)
{
	if (!rig_pcscd_start(NULL))
		return 77;
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_teardown(test_k3_a_card_is_told_with_its_answer_to_reset, rig_teardown),
	        cmocka_unit_test_teardown(test_k3_a_swap_shows_the_empty_reader_between, rig_teardown),
	        cmocka_unit_test(test_nothing_is_done_while_nothing_happens),
	        cmocka_unit_test(test_destroying_never_waits_long),
	        cmocka_unit_test(test_k3_a_lost_daemon_is_told_once_and_found_again),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rig_pcscd_stop();
	return failed;
}
