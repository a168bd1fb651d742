/* The card is pulled at each single APDU of changing and of unblocking a PIN (lost command), and just after each (lost
 * answer). After re-insertion either the old or the new PIN is right, never neither; the states that exist are counted
 * and said. Requirements K-5, K-8, P-5. */
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include "rig.h"

#include <cmocka.h>

#define APDUS_MAX 60 /* work that never ends is a fault of this test */
#define NEW_PIN   "864213"

struct world {
	const char *persona, *pin, *so_pin;
	int tries, so_tries;
};
static const struct world hsm = {"aigul", "648219", "3537363231383830", 3, 15};
static const struct world rutoken = {"rutoken-head", "70418352", "59206713", 5, 10};

struct scene {
	struct rig rig;
	const struct world *world;
	unsigned old_pin, new_pin, locked; /* states seen after a pull */
};

static enum tg_status pin_work(struct scene *s, bool unblock, const char *first, const char *new)
{
	struct tg_secret *a = rig_pin(first), *b = rig_pin(new);
	char serial[64];
	(void)tg_copy(serial, sizeof serial, s->rig.info.serial);
	enum tg_status status = (unblock ? tg_token_unblock : tg_token_change_pin)(
	        s->rig.token, serial, a, b, &s->rig.info, &s->rig.err);
	tg_secret_destroy(a);
	tg_secret_destroy(b);
	return status;
}

static enum tg_status login(struct scene *s, const char *digits)
{
	struct tg_secret *pin = rig_pin(digits);
	char serial[64];
	(void)tg_copy(serial, sizeof serial, s->rig.info.serial);
	enum tg_status status = tg_token_login(s->rig.token, serial, pin, &s->rig.info, &s->rig.err);
	tg_secret_destroy(pin);
	return status;
}

static void look(struct scene *s)
{
	struct rig *r = &s->rig;
	enum tg_status status = tg_token_inspect(r->token, r->reader, NULL, 0, &r->info, &r->err);
	if (status != TG_OK)
		fail_msg("inspect: %s: %s", tg_status_name(status), r->err.detail);
}

static void begin(struct scene *s, const struct world *w)
{
	*s = (struct scene){.world = w};
	rig_start(&s->rig, NULL, NULL, RIG_MAIN_MS);
	rig_card(&s->rig, w->persona);
	look(s);
}

static void must(struct scene *s, enum tg_status status, const char *what)
{
	if (status != TG_OK)
		fail_msg("%s: %s: %s", what, tg_status_name(status), s->rig.err.detail);
}

/* Sets the scene's PIN, by the officer: whatever state the card is in. */
static void start_over(struct scene *s, bool locked)
{
	look(s);
	must(s, pin_work(s, true, s->world->so_pin, "5190274"), "unblock");
	must(s, pin_work(s, false, "5190274", s->world->pin), "change");
	for (int i = 0; locked && i < s->world->tries; i++)
		assert_int_not_equal(login(s, "99999999"), TG_OK);
	assert_int_equal(rig_card_says(&s->rig, "tries"), locked ? 0 : s->world->tries);
}

/* Does the work with a pull at its nth APDU; false when it has fewer. */
static bool pulled_at(struct scene *s, bool unblock, const char *how, unsigned n)
{
	char number[16], out[256];
	snprintf(number, sizeof number, "%u", n);
	rig_card_do(&s->rig, out, sizeof out, how, number);
	enum tg_status status = pin_work(s, unblock, unblock ? s->world->so_pin : s->world->pin, NEW_PIN);
	rig_card_do(&s->rig, out, sizeof out, "status", NULL);
	bool pulled = strstr(out, "inserted=no");
	if (!pulled) {
		must(s, status, "not pulled");
		rig_card_do(&s->rig, out, sizeof out, how, "0");
		return false;
	}
	if (status != TG_OK && status != TG_CARD_PULLED)
		fail_msg("%s %u: %s: %s", how, n, tg_status_name(status), s->rig.err.detail);
	rig_card_insert(&s->rig);
	look(s);
	if (status == TG_OK)
		must(s, login(s, NEW_PIN), "said to be done");
	return true;
}

/* One of the two is right. While neither is known to be, at most one try is spent on finding out. */
static void find_state(struct scene *s, bool unblock)
{
	int before = rig_card_says(&s->rig, "tries");
	assert_int_equal(rig_card_says(&s->rig, "so-tries"), s->world->so_tries);
	if (before == 0) {
		assert_true(unblock); /* a change never locks */
		assert_int_equal(login(s, NEW_PIN), TG_PIN_LOCKED);
		s->locked++;
		return;
	}
	assert_int_equal(before, s->world->tries);
	enum tg_status status = login(s, NEW_PIN);
	if (status == TG_OK) {
		s->new_pin++;
		return;
	}
	assert_int_equal(status, TG_PIN_WRONG);
	must(s, login(s, s->world->pin), "neither the old nor the new PIN is right");
	s->old_pin++;
}

static void pull_everywhere(const struct world *w, bool unblock, const char *how)
{
	static struct scene s;
	unsigned n = 1;
	begin(&s, w);
	for (; n < APDUS_MAX; n++) {
		start_over(&s, unblock);
		if (!pulled_at(&s, unblock, how, n))
			break;
		find_state(&s, unblock);
	}
	assert_in_range(n, 3, APDUS_MAX - 1);
	assert_true(s.new_pin > 0 && s.old_pin + s.locked > 0); /* both sides of the moment were met */
	print_message("%s %s %s: %u APDUs; then old PIN %u times, new PIN %u, still locked %u\n", w->persona,
	        unblock ? "unblock" : "change", how, n - 1, s.old_pin, s.new_pin, s.locked);
	rig_stop(&s.rig);
}

static void test_k8_pulled_at_each_apdu_of_a_change(void **state)
{
	(void)state;
	pull_everywhere(&hsm, false, "pull-at");
	pull_everywhere(&rutoken, false, "pull-at");
}

static void test_k8_pulled_after_each_apdu_of_a_change(void **state)
{
	(void)state;
	pull_everywhere(&hsm, false, "pull-after");
	pull_everywhere(&rutoken, false, "pull-after");
}

static void test_k8_pulled_at_each_apdu_of_unblocking(void **state)
{
	(void)state;
	pull_everywhere(&hsm, true, "pull-at");
	pull_everywhere(&rutoken, true, "pull-at");
}

static void test_k8_pulled_after_each_apdu_of_unblocking(void **state)
{
	(void)state;
	pull_everywhere(&hsm, true, "pull-after");
	pull_everywhere(&rutoken, true, "pull-after");
}

int main(void)
{
	if (!rig_pcscd_start(NULL))
		return 77;
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_teardown(test_k8_pulled_at_each_apdu_of_a_change, rig_teardown),
	        cmocka_unit_test_teardown(test_k8_pulled_after_each_apdu_of_a_change, rig_teardown),
	        cmocka_unit_test_teardown(test_k8_pulled_at_each_apdu_of_unblocking, rig_teardown),
	        cmocka_unit_test_teardown(test_k8_pulled_after_each_apdu_of_unblocking, rig_teardown),
	};
	if (getenv("TAMGA_TEST_FILTER"))
		cmocka_set_test_filter(getenv("TAMGA_TEST_FILTER"));
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rig_pcscd_stop();
	return failed;
}
