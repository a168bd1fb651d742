/* Changing and unblocking PINs, on all three kinds of carrier; unhappy ways first. After each call the card itself is
 * asked how many tries are left: none is spent by accident. Requirement K-5, P-5. */
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include "rig.h"

#include <cmocka.h>

#define MODULE "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so"

/* One kind of card and what is right on it. */
struct world {
	const char *persona, *pin, *so_pin, *wrong_so;
	int tries, so_tries;
};
static const struct world hsm = {"aigul", "648219", "3537363231383830", "3537363231383831", 3, 15};
static const struct world rutoken = {"rutoken-head", "70418352", "59206713", "59206714", 5, 10};

static void begin(struct rig *r, const struct world *w)
{
	rig_start(r, NULL, NULL, RIG_MAIN_MS);
	rig_card(r, w->persona);
	enum tg_status status = tg_token_inspect(r->token, r->reader, NULL, 0, &r->info, &r->err);
	if (status != TG_OK)
		fail_msg("inspect: %s: %s", tg_status_name(status), r->err.detail);
}

typedef enum tg_status work(struct tg_token *t, const char *serial, const struct tg_secret *first,
        const struct tg_secret *new, struct tg_token_info *out, struct tg_error *err);

static enum tg_status on_serial(struct rig *r, work *what, const char *serial, const char *first, const char *new)
{
	struct tg_secret *a = rig_pin(first), *b = rig_pin(new);
	enum tg_status status = what(r->token, serial, a, b, &r->info, &r->err);
	tg_secret_destroy(a);
	tg_secret_destroy(b);
	return status;
}

static enum tg_status call(struct rig *r, work *what, const char *first, const char *new)
{
	char serial[64];
	(void)tg_copy(serial, sizeof serial, r->info.serial);
	return on_serial(r, what, serial, first, new);
}

static enum tg_status login(struct rig *r, const char *digits)
{
	struct tg_secret *pin = rig_pin(digits);
	char serial[64];
	(void)tg_copy(serial, sizeof serial, r->info.serial);
	enum tg_status status = tg_token_login(r->token, serial, pin, &r->info, &r->err);
	tg_secret_destroy(pin);
	return status;
}

/* As the card sees it, and as it was told. */
static void left(struct rig *r, int tries, int so_tries)
{
	assert_int_equal(rig_card_says(r, "tries"), tries);
	assert_int_equal(rig_card_says(r, "so-tries"), so_tries);
	char out[512];
	rig_card_do(r, out, sizeof out, "status", NULL);
	assert_non_null(strstr(out, "login=no")); /* nobody is logged in afterwards */
}

static void refuse_what_costs_nothing(const struct world *w)
{
	static struct rig r;
	begin(&r, w);
	assert_int_equal(login(&r, "123"), TG_PIN_LENGTH);
	assert_int_equal(login(&r, "123456789012345678901234567890123"), TG_PIN_LENGTH);
	assert_int_equal(call(&r, tg_token_change_pin, "123", "864213"), TG_PIN_LENGTH);
	assert_int_equal(call(&r, tg_token_change_pin, w->pin, "123"), TG_PIN_LENGTH);
	assert_int_equal(call(&r, tg_token_change_pin, w->pin, "123456789012345678901234567890123"), TG_PIN_LENGTH);
	assert_int_equal(call(&r, tg_token_change_pin, w->pin, w->pin), TG_PIN_WEAK);
	assert_int_equal(on_serial(&r, tg_token_change_pin, "00", w->pin, "864213"), TG_CARD_OTHER);
	left(&r, w->tries, w->so_tries);
	assert_int_equal(on_serial(&r, tg_token_unblock, "00", w->so_pin, "864213"), TG_CARD_OTHER);
	left(&r, w->tries, w->so_tries);
	assert_int_equal(tg_token_inspect(r.token, r.reader, NULL, 0, &r.info, &r.err), TG_OK);
	assert_int_equal(call(&r, tg_token_unblock, "123", "864213"), TG_PIN_LENGTH);
	assert_int_equal(call(&r, tg_token_unblock, w->so_pin, "123"), TG_PIN_LENGTH);
	left(&r, w->tries, w->so_tries);
	assert_int_equal(login(&r, w->pin), TG_OK);
	rig_stop(&r);
}

static void test_k5_what_can_be_found_wrong_beforehand_costs_no_try(void **state)
{
	(void)state;
	refuse_what_costs_nothing(&hsm);
	refuse_what_costs_nothing(&rutoken);
}

/* Letters where the row takes digits only; sixteen characters that are not hexadecimal; the maker's own PIN. */
static void test_k5_forms_of_the_row_cost_no_try(void **state)
{
	(void)state;
	static struct rig r;
	begin(&r, &hsm);
	assert_int_equal(call(&r, tg_token_change_pin, "64821x", "864213"), TG_PIN_LENGTH);
	assert_int_equal(call(&r, tg_token_change_pin, hsm.pin, "86421x"), TG_PIN_LENGTH);
	assert_int_equal(call(&r, tg_token_unblock, "353736323138383", "864213"), TG_PIN_LENGTH);
	assert_int_equal(call(&r, tg_token_unblock, "353736323138383g", "864213"), TG_PIN_LENGTH);
	left(&r, hsm.tries, hsm.so_tries);
	rig_stop(&r);
	begin(&r, &rutoken);
	assert_int_equal(call(&r, tg_token_change_pin, rutoken.pin, "12345678"), TG_PIN_WEAK);
	assert_int_equal(call(&r, tg_token_unblock, rutoken.so_pin, "12345678"), TG_PIN_WEAK);
	left(&r, rutoken.tries, rutoken.so_tries);
	rig_stop(&r);
}

static void change(const struct world *w)
{
	static struct rig r;
	begin(&r, w);
	assert_int_equal(call(&r, tg_token_change_pin, "99999999", "864213"), TG_PIN_WRONG);
	assert_int_equal(r.info.tries_left, w->tries - 1);
	left(&r, w->tries - 1, w->so_tries);
	enum tg_status status = call(&r, tg_token_change_pin, w->pin, "864213");
	if (status != TG_OK)
		fail_msg("change: %s: %s", tg_status_name(status), r.err.detail);
	left(&r, w->tries, w->so_tries);
	assert_int_equal(r.info.tries_left, w->tries);
	assert_int_equal(login(&r, w->pin), TG_PIN_WRONG);
	assert_int_equal(login(&r, "864213"), TG_OK);
	/* somebody is logged in: still asked for the old one, and out afterwards */
	assert_int_equal(call(&r, tg_token_change_pin, w->pin, "975310864"), TG_PIN_WRONG);
	left(&r, w->tries - 1, w->so_tries);
	assert_int_equal(call(&r, tg_token_change_pin, "864213", "975310864"), TG_OK);
	left(&r, w->tries, w->so_tries);
	struct tg_key_ref key = rig_key(1, "SIGN");
	struct tg_buf spki = TG_BUF_INIT;
	assert_int_equal(tg_token_find_key(r.token, &key, &spki, &r.err), TG_TOKEN_LOST);
	assert_int_equal(tg_token_inspect(r.token, r.reader, NULL, 0, &r.info, &r.err), TG_OK);
	assert_int_equal(login(&r, "975310864"), TG_OK);
	rig_stop(&r);
}

static void test_k5_a_changed_pin_is_the_only_one(void **state)
{
	(void)state;
	change(&hsm);
	change(&rutoken);
}

static void lock_and_unblock(const struct world *w)
{
	static struct rig r;
	begin(&r, w);
	for (int i = w->tries - 1; i > 0; i--) {
		assert_int_equal(call(&r, tg_token_change_pin, "99999999", "864213"), TG_PIN_WRONG);
		assert_int_equal(r.info.tries_left, i);
	}
	assert_true(r.info.final_try);
	assert_int_equal(call(&r, tg_token_change_pin, "99999999", "864213"), TG_PIN_LOCKED);
	assert_true(r.info.locked);
	assert_int_equal(call(&r, tg_token_change_pin, w->pin, "864213"), TG_PIN_LOCKED);
	assert_int_equal(call(&r, tg_token_unblock, w->wrong_so, "864213"), TG_SO_PIN_WRONG);
	left(&r, 0, w->so_tries - 1);
	enum tg_status status = call(&r, tg_token_unblock, w->so_pin, "864213");
	if (status != TG_OK)
		fail_msg("unblock: %s: %s", tg_status_name(status), r.err.detail);
	assert_false(r.info.locked);
	left(&r, w->tries, w->so_tries);
	assert_int_equal(r.info.tries_left, w->tries);
	assert_int_equal(login(&r, w->pin), TG_PIN_WRONG);
	assert_int_equal(login(&r, "864213"), TG_OK);
	rig_stop(&r);
}

static void test_p5_a_locked_token_is_unblocked_by_staff(void **state)
{
	(void)state;
	lock_and_unblock(&hsm);
	lock_and_unblock(&rutoken);
}

static void lock_officer(const struct world *w)
{
	static struct rig r;
	begin(&r, w);
	for (int i = w->so_tries - 1; i >= 0; i--) {
		enum tg_status status = call(&r, tg_token_unblock, w->wrong_so, "864213");
		assert_int_equal(rig_card_says(&r, "so-tries"), i);
		if (status != TG_SO_PIN_WRONG && (i || status != TG_SO_PIN_LOCKED))
			fail_msg("%d left: %s: %s", i, tg_status_name(status), r.err.detail);
	}
	assert_int_equal(call(&r, tg_token_unblock, w->so_pin, "864213"), TG_SO_PIN_LOCKED);
	left(&r, w->tries, 0);
	assert_int_equal(login(&r, w->pin), TG_OK); /* the user's PIN is untouched by all that */
	rig_stop(&r);
}

static void test_p5_the_officers_pin_locks_by_itself(void **state)
{
	(void)state;
	lock_officer(&hsm);
	lock_officer(&rutoken);
}

static void test_k5_the_makers_pin_is_changed_and_then_forgotten(void **state)
{
	(void)state;
	static const struct world fresh = {"rutoken-factory", "12345678", "87654321", "87654322", 10, 10};
	static struct rig r;
	begin(&r, &fresh);
	assert_int_equal(login(&r, fresh.pin), TG_OK);
	assert_true(r.info.pin_to_be_changed);
	assert_int_equal(call(&r, tg_token_change_pin, fresh.pin, "864213"), TG_OK);
	assert_false(r.info.pin_to_be_changed);
	assert_int_equal(login(&r, "864213"), TG_OK);
	assert_false(r.info.pin_to_be_changed);
	rig_stop(&r);
}

/* A SmartCard-HSM gets the old and the new PIN in one piece and cuts it at the length of its own: with a digit too many
 * the right PIN would be accepted, and the new one be another than was typed. */
static void test_k5_a_pin_with_digits_too_many_changes_nothing(void **state)
{
	(void)state;
	static struct rig r;
	begin(&r, &hsm);
	assert_int_equal(call(&r, tg_token_change_pin, "6482190", "864213"), TG_PIN_WRONG);
	left(&r, hsm.tries - 1, hsm.so_tries);
	assert_int_equal(login(&r, hsm.pin), TG_OK);
	rig_stop(&r);
}

/* The card leaves while the person types: the PIN is not spent on whatever comes next. */
static void test_k5_a_pulled_card_costs_no_try(void **state)
{
	(void)state;
	static struct rig r;
	char out[256];
	begin(&r, &rutoken);
	rig_card_do(&r, out, sizeof out, "pull", NULL);
	rig_wait_card(&r, false);
	assert_int_equal(call(&r, tg_token_change_pin, "99999999", "864213"), TG_CARD_PULLED);
	rig_card_insert(&r);
	left(&r, rutoken.tries, rutoken.so_tries);
	assert_int_equal(tg_token_inspect(r.token, r.reader, NULL, 0, &r.info, &r.err), TG_OK);
	rig_card_do(&r, out, sizeof out, "pull", NULL);
	rig_card_insert(&r);
	assert_int_equal(call(&r, tg_token_unblock, rutoken.wrong_so, "864213"), TG_CARD_PULLED);
	left(&r, rutoken.tries, rutoken.so_tries);
	rig_stop(&r);
}

/* Another program at the same card: a wrong PIN there is seen here before the next try, and the right one still works.
 */
static void test_k5_two_processes_at_one_card(void **state)
{
	(void)state;
	static struct rig r;
	char out[4096];
	const char *const wrong[] = {"pkcs11-tool", "--module", MODULE, "--slot", "4", "--login", "--pin", "99999999",
	        "--change-pin", "--new-pin", "864213", NULL};
	begin(&r, &rutoken);
	assert_int_not_equal(rig_run(out, sizeof out, wrong), 0);
	assert_int_equal(call(&r, tg_token_change_pin, "99999999", "864213"), TG_PIN_WRONG);
	assert_int_equal(r.info.tries_left, rutoken.tries - 2);
	left(&r, rutoken.tries - 2, rutoken.so_tries);
	assert_int_equal(call(&r, tg_token_change_pin, rutoken.pin, "864213"), TG_OK);
	rig_stop(&r);
}

static void test_k5_softhsm_changes_and_unblocks_too(void **state)
{
	(void)state;
	static struct rig r;
	rig_start(&r, NULL, NULL, RIG_MAIN_MS);
	rig_softhsm(&r, true); /* PIN 48213, SO PIN 12345678 */
	assert_int_equal(tg_token_inspect(r.token, NULL, NULL, 0, &r.info, &r.err), TG_OK);
	assert_string_not_equal(r.info.version, "");
	assert_int_equal(call(&r, tg_token_change_pin, "48214", "864213"), TG_PIN_WRONG);
	assert_int_equal(call(&r, tg_token_change_pin, "48213", "864213"), TG_OK);
	assert_int_equal(login(&r, "48213"), TG_PIN_WRONG);
	assert_int_equal(call(&r, tg_token_unblock, "12345679", "975310"), TG_SO_PIN_WRONG);
	assert_int_equal(call(&r, tg_token_unblock, "12345678", "975310"), TG_OK);
	assert_int_equal(login(&r, "864213"), TG_PIN_WRONG);
	assert_int_equal(login(&r, "975310"), TG_OK);
	rig_stop(&r);
}

/* The PIN canary: a few milliseconds after the call the child holds no copy of either, and none of the officer's in the
 * form that was typed or that goes to the card. Nine and more digits do not stand anywhere by chance. */
static void no_copy(struct rig *r, const char *const secrets[])
{
	usleep(10000);
	assert_true(rig_copies(tg_token_pid(r->token), r->info.serial) > 0); /* the search finds what is there */
	for (; *secrets; secrets++)
		if (rig_copies(tg_token_pid(r->token), *secrets))
			fail_msg("a copy of %s is left", *secrets);
}

static void test_p2_no_copy_of_a_pin_stays_after_pin_work(void **state)
{
	(void)state;
	static const struct world nurlan = {"nurlan", "730518264", "4a1c90e2b7355d08", "4a1c90e2b7355d09", 3, 15};
	static const struct world factory = {"rutoken-factory", "12345678", "87654321", "87654329", 10, 10};
	static const char *const of_card[] = {"730518264", "7305182640", "5190274863", "4a1c90e2b7355d08",
	        "4a1c90e2b7355d09", "\x4a\x1c\x90\xe2\xb7\x35\x5d\x08", NULL};
	static const char *const of_token[] = {"9731864205", "6420853197", "87654329", "87654321", NULL};
	static struct rig r;
	begin(&r, &nurlan);
	assert_int_equal(call(&r, tg_token_change_pin, "7305182640", "5190274863"), TG_PIN_WRONG);
	no_copy(&r, of_card);
	assert_int_equal(call(&r, tg_token_change_pin, nurlan.pin, "5190274863"), TG_OK);
	no_copy(&r, of_card);
	assert_int_equal(call(&r, tg_token_unblock, nurlan.wrong_so, nurlan.pin), TG_SO_PIN_WRONG);
	no_copy(&r, of_card);
	assert_int_equal(call(&r, tg_token_unblock, nurlan.so_pin, nurlan.pin), TG_OK);
	no_copy(&r, of_card);
	rig_stop(&r);
	begin(&r, &factory);
	assert_int_equal(call(&r, tg_token_change_pin, factory.pin, "9731864205"), TG_OK);
	no_copy(&r, of_token);
	assert_int_equal(call(&r, tg_token_change_pin, "6420853197", "864213"), TG_PIN_WRONG);
	no_copy(&r, of_token);
	assert_int_equal(call(&r, tg_token_unblock, factory.wrong_so, "864213"), TG_SO_PIN_WRONG);
	assert_int_equal(call(&r, tg_token_unblock, factory.so_pin, "6420853197"), TG_OK);
	no_copy(&r, of_token);
	/* OpenSC keeps the PIN of a Rutoken while somebody is logged in (decision 0127), and no longer */
	assert_int_equal(login(&r, "6420853197"), TG_OK);
	usleep(10000);
	assert_in_range(rig_copies(tg_token_pid(r.token), "6420853197"), 0, 1);
	tg_token_logout(r.token);
	no_copy(&r, of_token);
	rig_stop(&r);
}

int main(void)
{
	if (!rig_pcscd_start(NULL))
		return 77;
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_teardown(test_k5_what_can_be_found_wrong_beforehand_costs_no_try, rig_teardown),
	        cmocka_unit_test_teardown(test_k5_forms_of_the_row_cost_no_try, rig_teardown),
	        cmocka_unit_test_teardown(test_k5_a_pin_with_digits_too_many_changes_nothing, rig_teardown),
	        cmocka_unit_test_teardown(test_k5_a_pulled_card_costs_no_try, rig_teardown),
	        cmocka_unit_test_teardown(test_k5_two_processes_at_one_card, rig_teardown),
	        cmocka_unit_test_teardown(test_k5_a_changed_pin_is_the_only_one, rig_teardown),
	        cmocka_unit_test_teardown(test_k5_the_makers_pin_is_changed_and_then_forgotten, rig_teardown),
	        cmocka_unit_test_teardown(test_p5_a_locked_token_is_unblocked_by_staff, rig_teardown),
	        cmocka_unit_test_teardown(test_p5_the_officers_pin_locks_by_itself, rig_teardown),
	        cmocka_unit_test_teardown(test_k5_softhsm_changes_and_unblocks_too, rig_teardown),
	        cmocka_unit_test_teardown(test_p2_no_copy_of_a_pin_stays_after_pin_work, rig_teardown),
	};
	if (getenv("TAMGA_TEST_FILTER"))
		cmocka_set_test_filter(getenv("TAMGA_TEST_FILTER"));
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rig_pcscd_stop();
	return failed;
}
