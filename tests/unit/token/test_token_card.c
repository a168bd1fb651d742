/* The carrier "kz-idcard": the real child, Debian's OpenSC, pcscd and a virtual card. What lies on the card is asked of
 * pkcs11-tool and of the card itself. Requirements K-5, K-8. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

#include "rig.h"

#include <cmocka.h>
#include <openssl/crmf.h>

#define PIN    "648219" /* tests/personas/aigul.yaml */
#define MODULE "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so"

static void begin(struct rig *r, const char *persona)
{
	rig_start(r, NULL, NULL, RIG_MAIN_MS);
	rig_card(r, persona);
}

static enum tg_status inspect(struct rig *r)
{
	return tg_token_inspect(r->token, r->reader, NULL, 0, &r->info, &r->err);
}

static enum tg_status login(struct rig *r, const char *serial, const char *digits)
{
	struct tg_secret *pin = rig_pin(digits);
	enum tg_status status = tg_token_login(r->token, serial, pin, &r->info, &r->err);
	tg_secret_destroy(pin);
	return status;
}

static void list_objects(char *out, size_t cap)
{
	const char *const argv[] = {
	        "pkcs11-tool", "--module", MODULE, "--slot", "4", "--login", "--pin", PIN, "-O", NULL};
	assert_int_equal(rig_run(out, cap, argv), 0);
}

static void test_no_card_and_no_reader_are_told_apart(void **state)
{
	(void)state;
	static struct rig r;
	rig_start(&r, NULL, NULL, RIG_MAIN_MS);
	rig_wait_card(&r, false);
	assert_int_equal(inspect(&r), TG_CARD_NONE);
	assert_int_equal(tg_token_inspect(r.token, "No Such Reader 7", NULL, 0, &r.info, &r.err), TG_READER_GONE);
	rig_stop(&r);
}

static void test_a_foreign_card_is_foreign(void **state)
{
	(void)state;
	static struct rig r;
	begin(&r, "foreign");
	assert_int_equal(inspect(&r), TG_CARD_FOREIGN);
	assert_int_equal(login(&r, "0000", PIN), TG_CARD_FOREIGN);
	rig_stop(&r);
}

static void test_a_blank_card_is_blank(void **state)
{
	(void)state;
	static struct rig r;
	begin(&r, "blank");
	assert_int_equal(inspect(&r), TG_CARD_BLANK);
	assert_string_equal(r.info.carrier, "kz-idcard");
	assert_false(r.info.initialised);
	rig_stop(&r);
}

static void test_k5_a_locked_card_is_told_before_a_pin_is_asked(void **state)
{
	(void)state;
	static struct rig r;
	char serial[64];
	begin(&r, "locked");
	assert_int_equal(inspect(&r), TG_OK);
	assert_true(r.info.locked);
	assert_int_equal(r.info.tries_left, 0);
	(void)tg_copy(serial, sizeof serial, r.info.serial);
	assert_int_equal(login(&r, serial, "915370"), TG_PIN_LOCKED);
	rig_stop(&r);
}

static void test_k5_each_wrong_pin_is_counted_and_the_third_locks(void **state)
{
	(void)state;
	static struct rig r;
	char serial[64];
	begin(&r, "aigul");
	assert_int_equal(inspect(&r), TG_OK);
	(void)tg_copy(serial, sizeof serial, r.info.serial);
	assert_int_equal(r.info.tries_left, 3);
	assert_int_equal(login(&r, serial, "111111"), TG_PIN_WRONG);
	assert_int_equal(r.info.tries_left, 2);
	assert_true(r.info.tries_low && !r.info.final_try && !r.info.locked);
	/* none of these may cost a try */
	assert_int_equal(login(&r, serial, "12345"), TG_PIN_LENGTH);
	assert_int_equal(login(&r, serial, "1234567890123456"), TG_PIN_LENGTH);
	assert_int_equal(login(&r, serial, "abcdef"), TG_PIN_LENGTH);
	assert_int_equal(login(&r, "another", "111111"), TG_CARD_OTHER);
	assert_int_equal(r.info.tries_left, 2);
	assert_int_equal(login(&r, serial, PIN), TG_OK);
	assert_int_equal(r.info.tries_left, 3);
	assert_int_equal(login(&r, serial, "111111"), TG_PIN_WRONG);
	assert_int_equal(login(&r, serial, "222222"), TG_PIN_WRONG);
	assert_int_equal(r.info.tries_left, 1);
	assert_true(r.info.final_try);
	assert_int_equal(login(&r, serial, "333333"), TG_PIN_LOCKED);
	assert_int_equal(r.info.tries_left, 0);
	assert_true(r.info.locked);
	assert_int_equal(login(&r, serial, PIN), TG_PIN_LOCKED);
	char out[512];
	rig_card_do(&r, out, sizeof out, "status", NULL);
	print_message("%s\n", out);
	rig_stop(&r);
}

/* The PIN canary: a few milliseconds after the login the child holds no copy of the PIN. */
static void test_k5_no_copy_of_the_pin_stays_in_the_child(void **state)
{
	(void)state;
	static struct rig r;
	char pin[] = "730518264"; /* tests/personas/nurlan.yaml: nine digits do not stand anywhere by chance */
	begin(&r, "nurlan");
	rig_login(&r, pin);
	usleep(10000);
	assert_int_equal(rig_copies(tg_token_pid(r.token), r.info.serial) > 0, 1); /* the search finds what is there */
	assert_int_equal(rig_copies(tg_token_pid(r.token), pin), 0);
	rig_stop(&r);
}

static void make_pair(struct rig *r, const struct tg_key_ref *key, const char *name, struct tg_buf *certificate)
{
	struct tg_buf spki = TG_BUF_INIT, again = TG_BUF_INIT;
	if (tg_token_generate(r->token, key, "rsa-2048", &spki, &r->err) != TG_OK)
		fail_msg("generate: %s", r->err.detail);
	assert_int_equal(tg_token_generate(r->token, key, "rsa-2048", &again, &r->err), TG_OK);
	assert_int_equal(spki.len, again.len);
	assert_memory_equal(spki.data, again.data, spki.len);
	rig_certify(rig_bytes(&spki), name, certificate);
	tg_buf_finish(&spki);
	tg_buf_finish(&again);
}

static void test_k5_two_keys_two_certificates_each_proven(void **state)
{
	(void)state;
	static struct rig r;
	struct tg_key_ref sign = rig_key(1, "SIGN"), auth = rig_key(2, "AUTH");
	struct tg_buf a = TG_BUF_INIT, b = TG_BUF_INIT, other = TG_BUF_INIT, spki = TG_BUF_INIT;
	char out[8192];
	begin(&r, "aigul");
	rig_login(&r, PIN);
	assert_int_equal(r.info.n_keys, 0);
	make_pair(&r, &sign, "Sign", &a);
	make_pair(&r, &auth, "Auth", &b);
	for (int i = 0; i < 2; i++) {
		if (tg_token_write(r.token, &sign, rig_bytes(&a), &r.err) != TG_OK)
			fail_msg("write: %s", r.err.detail);
		assert_int_equal(tg_token_write(r.token, &auth, rig_bytes(&b), &r.err), TG_OK);
	}
	assert_int_equal(tg_token_prove(r.token, &sign, rig_bytes(&a), &r.err), TG_OK);
	assert_int_equal(tg_token_prove(r.token, &auth, rig_bytes(&b), &r.err), TG_OK);
	assert_int_equal(tg_token_prove(r.token, &auth, rig_bytes(&a), &r.err), TG_PROOF_FAILED);
	list_objects(out, sizeof out);
	assert_int_equal(rig_count(out, "Private Key Object; RSA"), 2);
	assert_int_equal(rig_count(out, "Certificate Object; type = X.509 cert"), 2);
	assert_int_equal(rig_count(out, "CN=Sign") + rig_count(out, "CN=Auth"), 2);
	/* pkcs11-tool has logged us out on the card: told, not muddled through */
	assert_int_equal(tg_token_find_key(r.token, &sign, &spki, &r.err), TG_OK);
	rig_certify(rig_bytes(&spki), "Renewed", &other);
	rig_login(&r, PIN);
	if (tg_token_write(r.token, &sign, rig_bytes(&other), &r.err) != TG_OK)
		fail_msg("replace: %s", r.err.detail);
	assert_int_equal(tg_token_prove(r.token, &sign, rig_bytes(&other), &r.err), TG_OK);
	list_objects(out, sizeof out);
	assert_int_equal(rig_count(out, "Certificate Object; type = X.509 cert"), 2);
	assert_int_equal(rig_count(out, "CN=Renewed"), 1);
	rig_login(&r, PIN);
	assert_int_equal(tg_token_remove(r.token, &sign, &r.err), TG_OK);
	assert_int_equal(tg_token_remove(r.token, &auth, &r.err), TG_OK);
	unsigned fids[64], n = rig_card_files(&r, fids, 64);
	for (unsigned i = 0; i < n; i++)
		if (fids[i] >> 8 != 0x2F)
			fail_msg("file %04X is left on the card", fids[i]);
	tg_buf_finish(&a);
	tg_buf_finish(&b);
	tg_buf_finish(&other);
	tg_buf_finish(&spki);
	rig_stop(&r);
}

static void test_request_on_the_card_is_proven_by_its_own_key(void **state)
{
	(void)state;
	static struct rig r;
	static const uint8_t cn[] = {0x30, 0x0C, 0x31, 0x0A, 0x30, 0x08, 0x06, 3, 0x55, 4, 3, 0x0C, 1, 'A'};
	struct tg_key_ref sign = rig_key(1, "SIGN"), auth = rig_key(2, "AUTH");
	struct tg_bytes name = {cn, sizeof cn}, none = {NULL, 0};
	struct tg_buf a = TG_BUF_INIT, b = TG_BUF_INIT, crmf = TG_BUF_INIT;
	begin(&r, "aigul");
	rig_login(&r, PIN);
	assert_int_equal(tg_token_generate(r.token, &sign, "rsa-2048", &a, &r.err), TG_OK);
	if (tg_token_request(r.token, &sign, rig_bytes(&a), name, none, NULL, &crmf, &r.err) != TG_OK)
		fail_msg("request: %s", r.err.detail);
	/* the second key is made after libp11 has listed the first */
	assert_int_equal(tg_token_generate(r.token, &auth, "rsa-2048", &b, &r.err), TG_OK);
	assert_int_equal(
	        tg_token_request(r.token, &auth, rig_bytes(&a), name, none, NULL, &crmf, &r.err), TG_SIGN_FAILED);
	tg_buf_reset(&crmf);
	assert_int_equal(tg_token_request(r.token, &auth, rig_bytes(&b), name, none, NULL, &crmf, &r.err), TG_OK);
	const unsigned char *p = crmf.data;
	OSSL_CRMF_MSGS *all = sk_OSSL_CRMF_MSG_new_null();
	sk_OSSL_CRMF_MSG_push(all, d2i_OSSL_CRMF_MSG(NULL, &p, (long)crmf.len));
	assert_int_equal(OSSL_CRMF_MSGS_verify_popo(all, 0, 0, NULL, NULL), 1);
	sk_OSSL_CRMF_MSG_pop_free(all, OSSL_CRMF_MSG_free);
	tg_buf_finish(&a);
	tg_buf_finish(&b);
	tg_buf_finish(&crmf);
	rig_stop(&r);
}

static void test_k8_a_full_card_is_told_and_keeps_no_orphan(void **state)
{
	(void)state;
	static struct rig r;
	char path[128];
	struct tg_key_ref sign = rig_key(1, "SIGN"), auth = rig_key(2, "AUTH");
	struct tg_buf spki = TG_BUF_INIT;
	rig_start(&r, NULL, NULL, RIG_MAIN_MS);
	snprintf(path, sizeof path, "%s/small.yaml", r.dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs("name: small\nserial: SMALL1\nlabel: Small\nmanufacturer: Tamga\ninitialised: true\nuser_pin: \"" PIN
	      "\"\nso_pin: \"3537363231383830\"\nmax_keys: 1\n",
	        f);
	assert_int_equal(fclose(f), 0);
	rig_card(&r, path);
	rig_login(&r, PIN);
	assert_int_equal(tg_token_generate(r.token, &sign, "rsa-2048", &spki, &r.err), TG_OK);
	enum tg_status status = tg_token_generate(r.token, &auth, "rsa-2048", &spki, &r.err);
	if (status != TG_CARD_FULL)
		fail_msg("full card: %s: %s", tg_status_name(status), r.err.detail);
	assert_int_equal(tg_token_sweep(r.token, &r.err), TG_OK);
	unsigned fids[64], n = rig_card_files(&r, fids, 64), keys = 0;
	for (unsigned i = 0; i < n; i++)
		keys += fids[i] >> 8 == 0xCC;
	assert_int_equal(keys, 1);
	tg_buf_finish(&spki);
	rig_stop(&r);
}

/* PKCS#11 cuts names at 64 bytes: no card is touched that may be the wrong one. */
static void test_readers_that_pkcs11_cannot_tell_apart_are_refused(void **state)
{
	(void)state;
	static struct rig r;
	begin(&r, "aigul");
	assert_int_equal(inspect(&r), TG_TOKEN_MODULE);
	rig_stop(&r);
}

static void test_a_card_pulled_while_idle_is_pulled(void **state)
{
	(void)state;
	static struct rig r;
	struct tg_key_ref sign = rig_key(1, "SIGN");
	struct tg_buf spki = TG_BUF_INIT;
	char out[256];
	begin(&r, "aigul");
	rig_login(&r, PIN);
	rig_card_do(&r, out, sizeof out, "pull", NULL);
	rig_wait_card(&r, false);
	assert_int_equal(tg_token_generate(r.token, &sign, "rsa-2048", &spki, &r.err), TG_CARD_PULLED);
	rig_card_insert(&r);
	rig_login(&r, PIN);
	/* out and in again between two calls: the login is gone, even if it is the same card */
	rig_card_do(&r, out, sizeof out, "pull", NULL);
	rig_card_insert(&r);
	assert_int_equal(tg_token_generate(r.token, &sign, "rsa-2048", &spki, &r.err), TG_CARD_PULLED);
	rig_login(&r, PIN);
	assert_int_equal(tg_token_generate(r.token, &sign, "rsa-2048", &spki, &r.err), TG_OK);
	tg_buf_finish(&spki);
	rig_stop(&r);
}

static void test_a_silent_card_ends_at_the_deadline(void **state)
{
	(void)state;
	static struct rig r;
	char out[256];
	rig_start(&r, NULL, NULL, 2000);
	rig_card(&r, "aigul");
	assert_int_equal(inspect(&r), TG_OK);
	rig_card_do(&r, out, sizeof out, "slow", "4000");
	char serial[64];
	(void)tg_copy(serial, sizeof serial, r.info.serial);
	assert_int_equal(login(&r, serial, PIN), TG_TOKEN_LOST);
	rig_card_do(&r, out, sizeof out, "slow", "0");
	sleep(5); /* the daemon itself waits for the last slow answer */
	rig_login(&r, PIN);
	rig_stop(&r);
}

int main(void)
{
	if (!rig_pcscd_start(NULL))
		return 77;
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_teardown(test_no_card_and_no_reader_are_told_apart, rig_teardown),
	        cmocka_unit_test_teardown(test_a_foreign_card_is_foreign, rig_teardown),
	        cmocka_unit_test_teardown(test_a_blank_card_is_blank, rig_teardown),
	        cmocka_unit_test_teardown(test_k5_a_locked_card_is_told_before_a_pin_is_asked, rig_teardown),
	        cmocka_unit_test_teardown(test_k5_each_wrong_pin_is_counted_and_the_third_locks, rig_teardown),
	        cmocka_unit_test_teardown(test_k5_two_keys_two_certificates_each_proven, rig_teardown),
	        cmocka_unit_test_teardown(test_k5_no_copy_of_the_pin_stays_in_the_child, rig_teardown),
	        cmocka_unit_test_teardown(test_request_on_the_card_is_proven_by_its_own_key, rig_teardown),
	        cmocka_unit_test_teardown(test_k8_a_full_card_is_told_and_keeps_no_orphan, rig_teardown),
	        cmocka_unit_test_teardown(test_a_card_pulled_while_idle_is_pulled, rig_teardown),
	        cmocka_unit_test_teardown(test_a_silent_card_ends_at_the_deadline, rig_teardown),
	};
	if (getenv("TAMGA_TEST_FILTER"))
		cmocka_set_test_filter(getenv("TAMGA_TEST_FILTER"));
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rig_pcscd_stop();
	const struct CMUnitTest long_names[] = {
	        cmocka_unit_test_teardown(test_readers_that_pkcs11_cannot_tell_apart_are_refused, rig_teardown),
	};
	if (!rig_pcscd_start("A Reader With a Maker's Name so Long That Nothing of Its Number Is Left"))
		return failed ? failed : 77;
	failed += cmocka_run_group_tests(long_names, NULL, NULL);
	rig_pcscd_stop();
	return failed;
}
