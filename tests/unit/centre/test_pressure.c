/* How much is let in, and how those who come too many are spread. In virtual time. Requirements C-1, C-3. */
#include "pressure.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

#define MIB ((size_t)1 << 20)

static struct tg_centre_counts counts;
static unsigned wait_ms;

static struct tg_flight *flight(const char *kiosk, bool writes, size_t bytes)
{
	struct tg_flight *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	(void)snprintf(f->kiosk, sizeof(f->kiosk), "%s", kiosk);
	f->writes = writes;
	f->bytes = bytes;
	return f;
}

static struct tg_flight *numbered(unsigned i, bool writes, size_t bytes)
{
	char kiosk[TG_KIOSK_MAX + 1];
	(void)snprintf(kiosk, sizeof(kiosk), "K%05u-1", i);
	return flight(kiosk, writes, bytes);
}

static void test_one_batch_of_a_kiosk_at_a_time(void **state)
{
	(void)state;
	struct tg_pressure p;
	assert_int_equal(tg_pressure_init(&p, 64 * MIB, 100, &counts), TG_OK);
	struct tg_flight *a = flight("K01A-1", true, 1000), *b = flight("K01A-1", true, 1000),
	                 *c = flight("K02B-1", true, 1000), *q = flight("K01A-1", false, 0);
	assert_int_equal(tg_pressure_admit(&p, a, 0, &wait_ms), TG_OK);
	assert_int_equal(tg_pressure_admit(&p, b, 0, &wait_ms), TG_CENTRE_BUSY);
	assert_in_range(wait_ms, 1, 10000);
	assert_int_equal(tg_pressure_admit(&p, c, 0, &wait_ms), TG_OK);
	assert_int_equal(tg_pressure_admit(&p, q, 0, &wait_ms), TG_OK);
	tg_pressure_leave(&p, b); /* was never in: nothing changes */
	assert_int_equal(p.requests, 3);
	tg_pressure_leave(&p, a);
	assert_int_equal(tg_pressure_admit(&p, b, 0, &wait_ms), TG_OK);
	tg_pressure_leave(&p, b);
	tg_pressure_leave(&p, c);
	tg_pressure_leave(&p, q);
	tg_pressure_leave(&p, q);
	assert_int_equal(p.requests, 0);
	assert_int_equal(p.bytes, 0);
	free(a);
	free(b);
	free(c);
	free(q);
	tg_pressure_finish(&p);
}

static void test_one_kiosk_does_not_take_all_the_room(void **state)
{
	(void)state;
	struct tg_pressure p;
	struct tg_flight *f[TG_PRESSURE_OF_ONE + 1], *other = flight("K02B-1", false, 0);
	assert_int_equal(tg_pressure_init(&p, 64 * MIB, 1000, &counts), TG_OK);
	for (unsigned i = 0; i <= TG_PRESSURE_OF_ONE; i++) {
		f[i] = flight("K01A-1", false, 0);
		assert_int_equal(
		        tg_pressure_admit(&p, f[i], 0, &wait_ms), i < TG_PRESSURE_OF_ONE ? TG_OK : TG_CENTRE_BUSY);
	}
	assert_int_equal(tg_pressure_admit(&p, other, 0, &wait_ms), TG_OK);
	for (unsigned i = 0; i <= TG_PRESSURE_OF_ONE; i++) {
		tg_pressure_leave(&p, f[i]);
		free(f[i]);
	}
	tg_pressure_leave(&p, other);
	free(other);
	tg_pressure_finish(&p);
}

static void test_bounds_of_requests_and_bytes(void **state)
{
	(void)state;
	struct tg_pressure p;
	struct tg_flight *f[12];
	/* Of eight places two are kept for questions. */
	assert_int_equal(tg_pressure_init(&p, 64 * MIB, 8, &counts), TG_OK);
	for (unsigned i = 0; i < 7; i++) {
		f[i] = numbered(i, true, 10);
		assert_int_equal(tg_pressure_admit(&p, f[i], 0, &wait_ms), i < 6 ? TG_OK : TG_CENTRE_BUSY);
	}
	for (unsigned i = 7; i < 10; i++) {
		f[i] = numbered(i, false, 0);
		assert_int_equal(tg_pressure_admit(&p, f[i], 0, &wait_ms), i < 9 ? TG_OK : TG_CENTRE_BUSY);
		assert_true(i < 9 || wait_ms >= 1000);
	}
	for (unsigned i = 0; i < 10; i++) {
		tg_pressure_leave(&p, f[i]);
		free(f[i]);
	}
	tg_pressure_finish(&p);
	assert_int_equal(tg_pressure_init(&p, 4 * MIB, 1000, &counts), TG_OK);
	f[0] = numbered(0, true, 3 * MIB);
	f[1] = numbered(1, true, MIB + 1);
	f[2] = numbered(2, true, MIB);
	assert_int_equal(tg_pressure_admit(&p, f[0], 0, &wait_ms), TG_OK);
	assert_int_equal(tg_pressure_admit(&p, f[1], 0, &wait_ms), TG_CENTRE_BUSY);
	assert_int_equal(tg_pressure_admit(&p, f[2], 0, &wait_ms), TG_OK);
	for (unsigned i = 0; i < 3; i++) {
		tg_pressure_leave(&p, f[i]);
		free(f[i]);
	}
	tg_pressure_finish(&p);
}

/* More than two seconds of the writer's work are not let in before it. */
static void test_a_slow_writer_is_not_buried(void **state)
{
	(void)state;
	struct tg_pressure p;
	assert_int_equal(tg_pressure_init(&p, 256 * MIB, 10000, &counts), TG_OK);
	for (int i = 0; i < 60; i++) {
		tg_pressure_ready(&p, MIB);
		tg_pressure_drained(&p, MIB, 1, 1000000); /* a MiB a second */
	}
	assert_true(p.rate > 0.95 * MIB && p.rate < 1.05 * MIB);
	tg_pressure_ready(&p, 3 * MIB);
	struct tg_flight *late = numbered(1, true, 1000), *asks = numbered(2, false, 0);
	assert_int_equal(tg_pressure_admit(&p, late, 0, &wait_ms), TG_CENTRE_BUSY);
	assert_int_equal(tg_pressure_admit(&p, asks, 0, &wait_ms), TG_OK);
	tg_pressure_drained(&p, 2 * MIB, 2, 2000000);
	assert_int_equal(tg_pressure_admit(&p, late, 0, &wait_ms), TG_OK);
	tg_pressure_leave(&p, late);
	tg_pressure_leave(&p, asks);
	free(late);
	free(asks);
	tg_pressure_finish(&p);
}

static int by_wait(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
	return x < y ? -1 : x > y;
}

/* A country comes back: 10,000 kiosks with a batch of 64 KiB each, and the writer takes 8 MiB a second, so that all of
 * it is 80 seconds of work (and 5 for the requests). They are told times that grow evenly, the last one near the end
 * of that work by its middle return (one and a half times what it was told). */
static void test_a_country_is_spread_over_the_time_it_takes(void **state)
{
	(void)state;
	enum { KIOSKS = 10000 };
	static unsigned told[KIOSKS];
	struct tg_pressure p;
	unsigned n = 0;
	struct tg_flight **f = calloc(KIOSKS, sizeof(struct tg_flight *));
	assert_non_null(f);
	assert_int_equal(tg_pressure_init(&p, 16 * MIB, 16384, &counts), TG_OK);
	for (unsigned i = 0; i < KIOSKS; i++) {
		f[i] = numbered(i, true, 65536);
		if (tg_pressure_admit(&p, f[i], 0, &wait_ms) == TG_CENTRE_BUSY)
			told[n++] = wait_ms;
	}
	assert_int_equal(KIOSKS - n, 256); /* 16 MiB */
	for (unsigned i = 1; i < n; i++)
		assert_true(told[i] >= told[i - 1]);
	qsort(told, n, sizeof(told[0]), by_wait);
	assert_in_range(told[n - 1] * 3 / 2, 80000, 90000);
	/* No second gets more than half as much again as its share. */
	for (unsigned second = 3; second < 53; second++) {
		unsigned in = 0;
		for (unsigned i = 0; i < n; i++)
			in += told[i] / 1000 == second;
		assert_in_range(in, 90, 270);
	}
	for (unsigned i = 0; i < KIOSKS; i++) {
		tg_pressure_leave(&p, f[i]);
		free(f[i]);
	}
	free(f);
	assert_int_equal(p.requests, 0);
	tg_pressure_finish(&p);
}

static void test_nobody_is_told_more_than_five_minutes(void **state)
{
	(void)state;
	struct tg_pressure p;
	assert_int_equal(tg_pressure_init(&p, MIB, 1000, &counts), TG_OK);
	for (unsigned i = 0; i < 5000; i++) {
		struct tg_flight *f = numbered(i, true, 4 * MIB);
		assert_int_equal(tg_pressure_admit(&p, f, 0, &wait_ms), TG_CENTRE_BUSY);
		assert_in_range(wait_ms, TG_PRESSURE_WAIT_MIN, TG_PRESSURE_WAIT_MAX);
		free(f);
	}
	assert_int_equal(wait_ms, TG_PRESSURE_WAIT_MAX);
	tg_pressure_finish(&p);
}

static void test_latencies_fall_under_their_bounds(void **state)
{
	(void)state;
	static struct tg_centre_counts c;
	const int64_t us[] = {0, 1000, 1001, 2500000, 2500001, 900000000};
	for (size_t i = 0; i < sizeof(us) / sizeof(us[0]); i++)
		tg_counts_acknowledged(&c, us[i]);
	assert_int_equal(c.acks[0], 2);
	assert_int_equal(c.acks[1], 1);
	assert_int_equal(c.acks[TG_ACK_BOUNDS - 2], 1);
	assert_int_equal(c.acks[TG_ACK_BOUNDS - 1], 2);
	assert_int_equal(c.ack_us, 905002002);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_one_batch_of_a_kiosk_at_a_time),
	        cmocka_unit_test(test_one_kiosk_does_not_take_all_the_room),
	        cmocka_unit_test(test_bounds_of_requests_and_bytes),
	        cmocka_unit_test(test_a_slow_writer_is_not_buried),
	        cmocka_unit_test(test_a_country_is_spread_over_the_time_it_takes),
	        cmocka_unit_test(test_nobody_is_told_more_than_five_minutes),
	        cmocka_unit_test(test_latencies_fall_under_their_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
