/* The card is pulled at each single APDU of generating, writing and removing (lost command), and just after each (lost
 * answer). After it is back, repeating the same call ends as if nothing had happened: one key, one certificate, no file
 * that belongs to nobody. The card itself is asked. Requirement K-8; design.md §2.4. */
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include "rig.h"

#include <cmocka.h>

#define PIN       "648219"
#define APDUS_MAX 60 /* a step that never ends is a fault of this test */

struct scene {
	struct rig rig;
	struct tg_key_ref key;
	struct tg_buf spki, certificate;
};

/* Low bytes of all files with this high byte. */
static unsigned count_files(const struct rig *r, unsigned high)
{
	unsigned fids[128], n = rig_card_files(r, fids, 128), found = 0;
	for (unsigned i = 0; i < n; i++)
		found += fids[i] >> 8 == high;
	return found;
}

/* Asked through a connection of its own: the token has to be logged in again. */
static void check_card(struct scene *s, unsigned keys, unsigned certificates)
{
	assert_int_equal(count_files(&s->rig, 0xCC), keys);
	assert_int_equal(count_files(&s->rig, 0xC4), keys);
	assert_int_equal(count_files(&s->rig, 0xCE), keys); /* the request until the certificate takes its place */
	assert_int_equal(count_files(&s->rig, 0xCA), 0);
	assert_int_equal(count_files(&s->rig, 0xC8), 0);
	char out[512], want[32];
	rig_card_do(&s->rig, out, sizeof out, "status", NULL);
	snprintf(want, sizeof want, "keys=%u certs=%u", keys, certificates);
	if (!strstr(out, want))
		fail_msg("wanted %s, the card says %s", want, out);
	rig_login(&s->rig, PIN);
}

typedef enum tg_status step(struct scene *s);

static enum tg_status generate(struct scene *s)
{
	tg_buf_reset(&s->spki);
	return tg_token_generate(s->rig.token, &s->key, "rsa-2048", &s->spki, &s->rig.err);
}

static enum tg_status write_certificate(struct scene *s)
{
	return tg_token_write(s->rig.token, &s->key, rig_bytes(&s->certificate), &s->rig.err);
}

static enum tg_status remove_all(struct scene *s)
{
	return tg_token_remove(s->rig.token, &s->key, &s->rig.err);
}

static void must(struct scene *s, step *do_it, const char *what)
{
	enum tg_status status = do_it(s);
	if (status != TG_OK)
		fail_msg("%s: %s: %s", what, tg_status_name(status), s->rig.err.detail);
}

static void log_in_and_sweep(struct scene *s)
{
	rig_login(&s->rig, PIN);
	enum tg_status status = tg_token_sweep(s->rig.token, &s->rig.err);
	if (status != TG_OK)
		fail_msg("sweep: %s: %s", tg_status_name(status), s->rig.err.detail);
}

static void come_back(struct scene *s)
{
	rig_card_insert(&s->rig);
	log_in_and_sweep(s);
}

/* Does the step with a pull at its nth APDU; false when it has fewer. */
static bool pulled_at(struct scene *s, step *do_it, const char *how, unsigned n)
{
	char number[16], out[256];
	snprintf(number, sizeof number, "%u", n);
	rig_card_do(&s->rig, out, sizeof out, how, number);
	enum tg_status status = do_it(s);
	rig_card_do(&s->rig, out, sizeof out, "status", NULL);
	bool pulled = strstr(out, "inserted=no");
	if (!pulled) {
		assert_int_equal(status, TG_OK);
		rig_card_do(&s->rig, out, sizeof out, how, "0");
		return false;
	}
	/* The last answers of a step may be lost without harm to it; any other end is told as what it was. */
	if (status != TG_OK && status != TG_CARD_PULLED)
		fail_msg("%s %u: %s: %s", how, n, tg_status_name(status), s->rig.err.detail);
	return true;
}

/* A written certificate proves its key. */
static void check_written(struct scene *s)
{
	assert_int_equal(tg_token_prove(s->rig.token, &s->key, rig_bytes(&s->certificate), &s->rig.err), TG_OK);
	check_card(s, 1, 1);
}

static void begin(struct scene *s)
{
	*s = (struct scene){.key = rig_key(1, "SIGN")};
	rig_start(&s->rig, NULL, NULL, RIG_MAIN_MS);
	rig_card(&s->rig, "aigul");
	rig_login(&s->rig, PIN);
}

static void end(struct scene *s, unsigned apdus, const char *how)
{
	assert_in_range(apdus, 3, APDUS_MAX - 1);
	print_message("%s: %u APDUs\n", how, apdus - 1);
	tg_buf_finish(&s->spki);
	tg_buf_finish(&s->certificate);
	rig_stop(&s->rig);
}

static void pull_in_generate(const char *how)
{
	static struct scene s;
	unsigned n = 1;
	begin(&s);
	for (; n < APDUS_MAX && pulled_at(&s, generate, how, n); n++) {
		come_back(&s);
		must(&s, generate, "generate again");
		must(&s, generate, "and again");
		check_card(&s, 1, 0);
		must(&s, remove_all, "remove");
		check_card(&s, 0, 0);
	}
	end(&s, n, how);
}

static void make_certificate(struct scene *s)
{
	must(s, generate, "generate");
	rig_certify(rig_bytes(&s->spki), "Sign", &s->certificate);
}

static void pull_in_write(const char *how)
{
	static struct scene s;
	unsigned n = 1;
	begin(&s);
	for (; n < APDUS_MAX; n++) {
		make_certificate(&s);
		if (!pulled_at(&s, write_certificate, how, n))
			break;
		come_back(&s);
		must(&s, write_certificate, "write again");
		check_written(&s);
		must(&s, remove_all, "remove");
	}
	end(&s, n, how);
}

static void pull_in_remove(const char *how)
{
	static struct scene s;
	unsigned n = 1;
	begin(&s);
	for (; n < APDUS_MAX; n++) {
		make_certificate(&s);
		must(&s, write_certificate, "write");
		if (!pulled_at(&s, remove_all, how, n))
			break;
		come_back(&s);
		must(&s, remove_all, "remove again");
		check_card(&s, 0, 0);
	}
	end(&s, n, how);
}

/* The child dies while the card goes on: each APDU takes SLOW_MS, the kill comes a little later each time. */
#define SLOW_MS "12"
#define STEP_US 11000

static bool killed_in(struct scene *s, step *do_it, unsigned n)
{
	struct rig_killer k;
	char out[256];
	rig_card_do(&s->rig, out, sizeof out, "slow", SLOW_MS);
	rig_kill_later(&k, s->rig.token, n * STEP_US);
	enum tg_status status = do_it(s);
	rig_killed(&k);
	rig_card_do(&s->rig, out, sizeof out, "slow", "0");
	assert_true(status == TG_OK || status == TG_TOKEN_LOST);
	return status == TG_TOKEN_LOST;
}

static void test_k8_killed_at_many_moments_of_generate_and_write(void **state)
{
	(void)state;
	static struct scene s;
	unsigned n = 1;
	begin(&s);
	for (bool lost = true; lost && n < APDUS_MAX; n++) {
		lost = killed_in(&s, generate, n);
		log_in_and_sweep(&s);
		must(&s, generate, "generate again");
		check_card(&s, 1, 0);
		rig_certify(rig_bytes(&s.spki), "Sign", &s.certificate);
		lost |= killed_in(&s, write_certificate, n);
		log_in_and_sweep(&s);
		must(&s, write_certificate, "write again");
		check_written(&s);
		must(&s, remove_all, "remove");
		check_card(&s, 0, 0);
	}
	end(&s, n, "kills");
}

static void test_k8_pulled_at_each_apdu_of_generate(void **state)
{
	(void)state;
	pull_in_generate("pull-at");
}

static void test_k8_pulled_after_each_apdu_of_generate(void **state)
{
	(void)state;
	pull_in_generate("pull-after");
}

static void test_k8_pulled_at_each_apdu_of_write(void **state)
{
	(void)state;
	pull_in_write("pull-at");
}

static void test_k8_pulled_after_each_apdu_of_write(void **state)
{
	(void)state;
	pull_in_write("pull-after");
}

static void test_k8_pulled_at_each_apdu_of_remove(void **state)
{
	(void)state;
	pull_in_remove("pull-at");
}

static void test_k8_pulled_after_each_apdu_of_remove(void **state)
{
	(void)state;
	pull_in_remove("pull-after");
}

int main(void)
{
	if (!rig_pcscd_start(NULL))
		return 77;
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_teardown(test_k8_killed_at_many_moments_of_generate_and_write, rig_teardown),
	        cmocka_unit_test_teardown(test_k8_pulled_at_each_apdu_of_generate, rig_teardown),
	        cmocka_unit_test_teardown(test_k8_pulled_after_each_apdu_of_generate, rig_teardown),
	        cmocka_unit_test_teardown(test_k8_pulled_at_each_apdu_of_write, rig_teardown),
	        cmocka_unit_test_teardown(test_k8_pulled_after_each_apdu_of_write, rig_teardown),
	        cmocka_unit_test_teardown(test_k8_pulled_at_each_apdu_of_remove, rig_teardown),
	        cmocka_unit_test_teardown(test_k8_pulled_after_each_apdu_of_remove, rig_teardown),
	};
	if (getenv("TAMGA_TEST_FILTER"))
		cmocka_set_test_filter(getenv("TAMGA_TEST_FILTER"));
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rig_pcscd_stop();
	return failed;
}
