/* A Rutoken is pulled at each single APDU of generating, writing and removing (lost command), and just after each (lost
 * answer). After it is back, sweeping and repeating the same call end as if nothing had happened, and the keys and
 * certificates that were there before are there still and sign. pkcs11-tool and the card itself are asked. Requirement
 * K-8.
 *
 * Every APDU, and RSA keys, whose files are the same, only with TAMGA_DEEP set (./tests/run --deep). */
#include <setjmp.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

#include "rig.h"

#include <cmocka.h>

#include "tamga/gost.h"

#define PIN       "70418352" /* tests/personas/rutoken-head.yaml */
#define MODULE    "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so"
#define APDUS_MAX 220 /* a step that never ends is a fault of this test */

/* One key with its certificate; the old one is a person's who comes for a second. */
struct thing {
	struct tg_key_ref key;
	const char *algorithm;
	struct tg_buf spki, certificate;
};
struct scene {
	struct rig rig;
	struct thing old, new;
	struct thing *now; /* what the step works on */
	unsigned at;       /* the APDU of the last pull, for messages */
};

typedef enum tg_status step(struct scene *s);

static enum tg_status generate(struct scene *s)
{
	tg_buf_reset(&s->now->spki);
	return tg_token_generate(s->rig.token, &s->now->key, s->now->algorithm, &s->now->spki, &s->rig.err);
}

static enum tg_status write_certificate(struct scene *s)
{
	return tg_token_write(s->rig.token, &s->now->key, rig_bytes(&s->now->certificate), &s->rig.err);
}

static enum tg_status prove(struct scene *s)
{
	return tg_token_prove(s->rig.token, &s->now->key, rig_bytes(&s->now->certificate), &s->rig.err);
}

static enum tg_status remove_all(struct scene *s)
{
	return tg_token_remove(s->rig.token, &s->now->key, &s->rig.err);
}

static void must(struct scene *s, step *do_it, const char *what)
{
	enum tg_status status = do_it(s);
	if (status != TG_OK)
		fail_msg("%s (pull %u): %s: %s", what, s->at, tg_status_name(status), s->rig.err.detail);
}

static void prove_old(struct scene *s)
{
	struct thing *now = s->now;
	s->now = &s->old;
	must(s, prove, "the old certificate");
	s->now = now;
}

/* What another program sees. */
static void listed(struct scene *s, unsigned keys, unsigned certificates)
{
	char out[16384];
	const char *const argv[] = {
	        "pkcs11-tool", "--module", MODULE, "--slot", "4", "--login", "--pin", PIN, "-O", NULL};
	assert_int_equal(rig_run(out, sizeof out, argv), 0);
	unsigned k = rig_count(out, "Private Key Object"), c = rig_count(out, "Certificate Object");
	if (k != keys || c != certificates)
		fail_msg("%u keys and %u certificates, not %u and %u", k, c, keys, certificates);
	if (rig_card_says(&s->rig, "keys") != (int)keys)
		fail_msg("%d keys on the card, %u are shown", rig_card_says(&s->rig, "keys"), keys);
	rig_login(&s->rig, PIN);
}

static void make_certificate(struct scene *s, const char *name)
{
	must(s, generate, "generate");
	rig_certify(rig_bytes(&s->now->spki), name, &s->now->certificate);
}

static void come_back(struct scene *s)
{
	rig_card_insert(&s->rig);
	rig_login(&s->rig, PIN);
	enum tg_status status = tg_token_sweep(s->rig.token, &s->rig.err);
	if (status != TG_OK)
		fail_msg("sweep: %s: %s", tg_status_name(status), s->rig.err.detail);
}

/* Does the step with a pull at its nth APDU; false when it has fewer. */
static bool pulled_at(struct scene *s, step *do_it, const char *how, unsigned n)
{
	char number[16], out[256];
	s->at = n;
	snprintf(number, sizeof number, "%u", n);
	rig_card_do(&s->rig, out, sizeof out, how, number);
	enum tg_status status = do_it(s);
	rig_card_do(&s->rig, out, sizeof out, "status", NULL);
	bool pulled = strstr(out, "inserted=no");
	if (!pulled) {
		if (status != TG_OK)
			fail_msg("not pulled: %s: %s", tg_status_name(status), s->rig.err.detail);
		rig_card_do(&s->rig, out, sizeof out, how, "0");
		return false;
	}
	if (status != TG_OK && status != TG_CARD_PULLED)
		fail_msg("%s %u: %s: %s", how, n, tg_status_name(status), s->rig.err.detail);
	come_back(s);
	return true;
}

static void begin(struct scene *s, const char *algorithm)
{
	*s = (struct scene){.old = {.key = rig_key(1, "OLD"), .algorithm = "rsa-2048"},
	        .new = {.key = rig_key(2, "NEW"), .algorithm = algorithm}};
	rig_start(&s->rig, NULL, NULL, RIG_MAIN_MS);
	rig_card(&s->rig, "rutoken-head");
	rig_login(&s->rig, PIN);
	s->now = &s->old;
	make_certificate(s, "Old");
	must(s, write_certificate, "write the old");
	s->now = &s->new;
}

static bool is_deep(void)
{
	const char *deep = getenv("TAMGA_DEEP");
	return deep && *deep;
}

/* Every APDU takes ten minutes: an ordinary run takes each eleventh, and begins at another one each day. */
static unsigned stride(void)
{
	return is_deep() ? 1 : 11;
}

static unsigned first(void)
{
	return 1 + (unsigned)(time(NULL) / 86400) % stride();
}

static void end(struct scene *s, unsigned apdus, const char *what, const char *how)
{
	assert_in_range(apdus, 3, APDUS_MAX - 1);
	print_message("%s %s: swept to APDU %u, each %u.\n", what, how, apdus - stride(), stride());
	prove_old(s);
	tg_buf_finish(&s->old.spki);
	tg_buf_finish(&s->old.certificate);
	tg_buf_finish(&s->new.spki);
	tg_buf_finish(&s->new.certificate);
	rig_stop(&s->rig);
}

static void pull_in_generate(const char *algorithm, const char *how)
{
	static struct scene s;
	unsigned n = first();
	begin(&s, algorithm);
	for (; n < APDUS_MAX && pulled_at(&s, generate, how, n); n += stride()) {
		prove_old(&s);
		must(&s, generate, "generate again");
		listed(&s, 2, 1);
		must(&s, remove_all, "remove");
		listed(&s, 1, 1);
	}
	end(&s, n, algorithm, how);
}

static void pull_in_write(const char *algorithm, const char *how)
{
	static struct scene s;
	unsigned n = first();
	begin(&s, algorithm);
	for (; n < APDUS_MAX; n += stride()) {
		make_certificate(&s, "New");
		if (!pulled_at(&s, write_certificate, how, n))
			break;
		prove_old(&s);
		must(&s, write_certificate, "write again");
		must(&s, prove, "prove");
		listed(&s, 2, 2);
		must(&s, remove_all, "remove");
	}
	end(&s, n, "write", how);
}

static void pull_in_remove(const char *algorithm, const char *how)
{
	static struct scene s;
	unsigned n = first();
	begin(&s, algorithm);
	for (; n < APDUS_MAX; n += stride()) {
		make_certificate(&s, "New");
		must(&s, write_certificate, "write");
		if (!pulled_at(&s, remove_all, how, n))
			break;
		prove_old(&s);
		must(&s, remove_all, "remove again");
		listed(&s, 1, 1);
	}
	end(&s, n, "remove", how);
}

static void test_k8_pulled_at_each_apdu_of_generate(void **state)
{
	(void)state;
	pull_in_generate("gost2001", "pull-at");
	if (is_deep())
		pull_in_generate("rsa-2048", "pull-at");
}

static void test_k8_pulled_after_each_apdu_of_generate(void **state)
{
	(void)state;
	pull_in_generate("gost2001", "pull-after");
}

static void test_k8_pulled_at_each_apdu_of_write(void **state)
{
	(void)state;
	pull_in_write("gost2001", "pull-at");
}

static void test_k8_pulled_after_each_apdu_of_write(void **state)
{
	(void)state;
	pull_in_write("gost2001", "pull-after");
}

static void test_k8_pulled_at_each_apdu_of_remove(void **state)
{
	(void)state;
	pull_in_remove("gost2001", "pull-at");
}

static void test_k8_pulled_after_each_apdu_of_remove(void **state)
{
	(void)state;
	pull_in_remove("gost2001", "pull-after");
}

int main(void)
{
	struct tg_error err = {0};
	if (tg_gost_load(&err) != TG_OK) {
		print_message("skipped: %s\n", err.detail);
		return 77;
	}
	if (!rig_pcscd_start(NULL))
		return 77;
	const struct CMUnitTest tests[] = {
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
