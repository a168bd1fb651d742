/* What a kiosk remembers of the centre's time, and what contradicts it. C-2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tamga/store.h"

#include <stdlib.h>
#include <unistd.h>

#define NOW   INT64_C(1800000000000)
#define LIMIT INT64_C(300000)
#define YEAR  INT64_C(31536000000)

static void c_2_a_clock_is_held_against_what_was_signed(void **state)
{
	static const struct {
		struct tg_clock_seen seen;
		int64_t wall_ms;
		bool wrong;
	} cases[] = {
	        {{0, 0}, 0, false}, /* nothing was ever signed to this kiosk */
	        {{NOW, NOW}, NOW, false},
	        {{NOW, NOW}, NOW + YEAR, false}, /* switched off for a year */
	        {{NOW, NOW}, NOW - LIMIT, false},
	        {{NOW, NOW}, NOW - LIMIT - 1, true},
	        {{NOW, NOW}, 0, true},                   /* its battery is empty */
	        {{NOW, NOW - YEAR}, NOW - YEAR, true},   /* behind then, and still */
	        {{NOW, NOW - YEAR}, NOW + 1, false},     /* set since */
	        {{NOW, NOW + YEAR}, NOW + YEAR, true},   /* ahead then, and not set back */
	        {{NOW, NOW + YEAR}, NOW + 60000, false}, /* set back since */
	        {{NOW, NOW + LIMIT}, NOW + LIMIT, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(tg_clock_contradicts(&cases[i].seen, cases[i].wall_ms, LIMIT), cases[i].wrong);
}

static void c_2_the_newest_time_never_goes_back(void **state)
{
	char dir[] = "/tmp/tamga-test-XXXXXX", path[64];
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	struct tg_clock_seen seen = {1, 1};
	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/kiosk.db", dir);
	assert_int_equal(tg_store_open(&s, path, TG_STORE_KIOSK, "K01A-1", &err), TG_OK);
	assert_int_equal(tg_store_clock_seen(s, &seen, &err), TG_OK);
	assert_true(seen.centre_ms == 0 && seen.wall_ms == 0);
	assert_int_equal(tg_store_set_clock_seen(s, &(struct tg_clock_seen){NOW, NOW + 5}, &err), TG_OK);
	assert_int_equal(tg_store_set_clock_seen(s, &(struct tg_clock_seen){NOW - YEAR, NOW - 7}, &err), TG_OK);
	tg_store_close(s);
	s = NULL;
	assert_int_equal(tg_store_open(&s, path, TG_STORE_KIOSK, "K01A-1", &err), TG_OK);
	assert_int_equal(tg_store_clock_seen(s, &seen, &err), TG_OK);
	assert_true(seen.centre_ms == NOW && seen.wall_ms == NOW - 7);
	tg_store_close(s);
	static const char *const ends[] = {"", "-wal", "-shm"};
	for (size_t i = 0; i < 3; i++) {
		char name[80];
		(void)snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		(void)!unlink(name);
	}
	(void)!rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(c_2_a_clock_is_held_against_what_was_signed),
	        cmocka_unit_test(c_2_the_newest_time_never_goes_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
