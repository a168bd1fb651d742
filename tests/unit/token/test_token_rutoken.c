/* The carrier "rutoken-ecp": the real child, Debian's OpenSC, pcscd and a virtual Rutoken. Signatures are verified by
 * the openssl program with the packaged engine; what lies on the token is asked of pkcs11-tool and of the card's own
 * status. Requirements K-5, K-6, K-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include "rig.h"

#include <cmocka.h>
#include <openssl/crmf.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "tamga/gost.h"

#define MODULE     "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so"
#define PIN        "70418352" /* tests/personas/rutoken-head.yaml */
#define FACTORY    "12345678" /* tests/personas/rutoken-factory.yaml */
#define TRIES_HEAD 5

static void begin(struct rig *r, const char *persona)
{
	rig_start(r, NULL, NULL, RIG_MAIN_MS);
	rig_card(r, persona);
}

static enum tg_status inspect(struct rig *r)
{
	return tg_token_inspect(r->token, r->reader, NULL, 0, &r->info, &r->err);
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

static void test_k5_a_rutoken_without_files_is_blank(void **state)
{
	(void)state;
	static struct rig r;
	begin(&r, "rutoken-blank");
	assert_int_equal(inspect(&r), TG_CARD_BLANK);
	assert_string_equal(r.info.carrier, "rutoken-ecp");
	assert_string_equal(r.info.serial, "000000003ba0c117");
	rig_stop(&r);
}

static void test_k5_a_locked_rutoken_is_told_before_a_pin_is_asked(void **state)
{
	(void)state;
	static struct rig r;
	begin(&r, "rutoken-locked");
	assert_int_equal(inspect(&r), TG_OK);
	assert_true(r.info.locked);
	assert_int_equal(r.info.tries_left, 0);
	assert_int_equal(login(&r, "83510627"), TG_PIN_LOCKED);
	rig_stop(&r);
}

/* OpenSC tells nothing of the sort in a fresh process: the card is asked. */
static void test_k5_tries_left_are_told_though_another_program_wasted_them(void **state)
{
	(void)state;
	static struct rig r;
	char out[4096];
	const char *const wrong[] = {
	        "pkcs11-tool", "--module", MODULE, "--slot", "4", "--login", "--pin", "99999999", "-O", NULL};
	begin(&r, "rutoken-head");
	assert_int_equal(inspect(&r), TG_OK);
	assert_int_equal(r.info.tries_left, TRIES_HEAD);
	assert_string_equal(r.info.serial, "000000003ba1f05c");
	assert_string_equal(r.info.version, ""); /* OpenSC says 0.0 */
	assert_false(r.info.final_try || r.info.locked || r.info.pin_to_be_changed);
	for (int left = TRIES_HEAD - 1; left > 0; left--) {
		assert_int_not_equal(rig_run(out, sizeof out, wrong), 0);
		assert_int_equal(inspect(&r), TG_OK);
		assert_int_equal(r.info.tries_left, left);
		assert_int_equal(rig_card_says(&r, "tries"), left);
	}
	assert_true(r.info.final_try);
	assert_int_equal(login(&r, "99999999"), TG_PIN_LOCKED);
	assert_int_equal(rig_card_says(&r, "tries"), 0);
	assert_int_equal(login(&r, PIN), TG_PIN_LOCKED);
	rig_stop(&r);
}

static void test_k5_the_makers_pin_must_be_changed(void **state)
{
	(void)state;
	static struct rig r;
	begin(&r, "rutoken-factory");
	assert_int_equal(inspect(&r), TG_OK);
	assert_false(r.info.pin_to_be_changed); /* OpenSC cannot tell, and nobody tries */
	assert_int_equal(rig_card_says(&r, "tries"), 10);
	assert_int_equal(login(&r, "12345679"), TG_PIN_WRONG);
	assert_false(r.info.pin_to_be_changed);
	assert_int_equal(r.info.tries_left, 9);
	assert_int_equal(login(&r, FACTORY), TG_OK);
	assert_true(r.info.pin_to_be_changed);
	rig_stop(&r);
}

static void generate(struct rig *r, const struct tg_key_ref *key, const char *algorithm, struct tg_buf *spki)
{
	enum tg_status status = tg_token_generate(r->token, key, algorithm, spki, &r->err);
	if (status != TG_OK)
		fail_msg("generate %s: %s: %s", algorithm, tg_status_name(status), r->err.detail);
}

/* Signed on the token, verified by openssl; the algorithm is what RFC 4491 / 8017 writes. */
static void check_signature(
        struct rig *r, const struct tg_key_ref *key, struct tg_bytes spki, const char *digest, const char *algorithm)
{
	static const uint8_t text[] = "Тамга: what a person has seen";
	struct tg_bytes message = {text, sizeof text - 1}, other = {text, sizeof text - 2};
	struct tg_buf signature = TG_BUF_INIT, named = TG_BUF_INIT;
	char hex[128];
	enum tg_status status = tg_token_sign(r->token, key, message, &signature, &named, &r->err);
	if (status != TG_OK)
		fail_msg("sign: %s: %s", tg_status_name(status), r->err.detail);
	assert_true(rig_openssl_verifies(r, digest, spki, message, rig_bytes(&signature)));
	assert_false(rig_openssl_verifies(r, digest, spki, other, rig_bytes(&signature)));
	assert_true(named.len < sizeof hex / 2);
	tg_hex(named.data, named.len, hex);
	assert_string_equal(hex, algorithm);
	tg_buf_finish(&signature);
	tg_buf_finish(&named);
}

static void check_request(struct rig *r, const struct tg_key_ref *key, struct tg_bytes spki)
{
	static const uint8_t cn[] = {0x30, 0x0C, 0x31, 0x0A, 0x30, 0x08, 0x06, 3, 0x55, 4, 3, 0x0C, 1, 'A'};
	struct tg_bytes name = {cn, sizeof cn}, none = {NULL, 0};
	struct tg_buf crmf = TG_BUF_INIT;
	enum tg_status status = tg_token_request(r->token, key, spki, name, none, "number?KG-1%", &crmf, &r->err);
	if (status != TG_OK)
		fail_msg("request: %s: %s", tg_status_name(status), r->err.detail);
	const unsigned char *p = crmf.data;
	OSSL_CRMF_MSGS *all = sk_OSSL_CRMF_MSG_new_null();
	sk_OSSL_CRMF_MSG_push(all, d2i_OSSL_CRMF_MSG(NULL, &p, (long)crmf.len));
	assert_ptr_equal(p, crmf.data + crmf.len);
	if (OSSL_CRMF_MSGS_verify_popo(all, 0, 0, NULL, NULL) != 1) {
		ERR_print_errors_fp(stderr);
		fail_msg("OpenSSL does not verify the proof of possession");
	}
	assert_non_null(memmem(crmf.data, crmf.len, spki.data + spki.len - 64, 64));
	sk_OSSL_CRMF_MSG_pop_free(all, OSSL_CRMF_MSG_free);
	tg_buf_finish(&crmf);
}

static void write_and_prove(struct rig *r, const struct tg_key_ref *key, struct tg_bytes spki, const char *name)
{
	struct tg_buf certificate = TG_BUF_INIT;
	rig_certify(spki, name, &certificate);
	enum tg_status status = tg_token_write(r->token, key, rig_bytes(&certificate), &r->err);
	if (status == TG_OK)
		status = tg_token_prove(r->token, key, rig_bytes(&certificate), &r->err);
	if (status != TG_OK)
		fail_msg("%s: %s: %s", name, tg_status_name(status), r->err.detail);
	tg_buf_finish(&certificate);
}

static enum tg_status count_certificate(const struct tg_token_certificate *c, void *ctx)
{
	unsigned *n = ctx;
	assert_true(c->has_key);
	assert_int_equal(c->id_len, 3);
	assert_true(c->der.len > 100 && c->der.data[0] == 0x30);
	++*n;
	return TG_OK;
}

#define RSA_ALGORITHM  "300d06092a864886f70d01010b0500" /* RFC 8017: sha256WithRSAEncryption, NULL */
#define GOST_ALGORITHM "300806062a8503020203"           /* RFC 4491 §2.2.2: without parameters */

static void test_k6_rsa_and_gost_keys_live_on_one_token(void **state)
{
	(void)state;
	static struct rig r;
	struct tg_key_ref gost = rig_key(1, "SIGN"), rsa = rig_key(2, "AUTH");
	struct tg_buf g = TG_BUF_INIT, a = TG_BUF_INIT, again = TG_BUF_INIT;
	unsigned n = 0;
	char out[8192];
	begin(&r, "rutoken-head");
	rig_login(&r, PIN);
	assert_int_equal(tg_token_generate(r.token, &gost, "gost2012-512", &g, &r.err), TG_ALGORITHM);
	assert_int_equal(tg_token_generate(r.token, &gost, "gost2012-256", &g, &r.err), TG_ALGORITHM);
	generate(&r, &gost, "gost2001", &g);
	generate(&r, &rsa, "rsa-2048", &a);
	generate(&r, &gost, "gost2001", &again);
	assert_int_equal(g.len, again.len);
	assert_memory_equal(g.data, again.data, g.len);
	check_signature(&r, &rsa, rig_bytes(&a), "-sha256", RSA_ALGORITHM);
	check_signature(&r, &gost, rig_bytes(&g), "-md_gost94", GOST_ALGORITHM);
	check_request(&r, &rsa, rig_bytes(&a));
	check_request(&r, &gost, rig_bytes(&g));
	write_and_prove(&r, &gost, rig_bytes(&g), "Sign");
	write_and_prove(&r, &rsa, rig_bytes(&a), "Auth");
	const char *const list[] = {
	        "pkcs11-tool", "--module", MODULE, "--slot", "4", "--login", "--pin", PIN, "-O", NULL};
	assert_int_equal(rig_run(out, sizeof out, list), 0);
	assert_int_equal(rig_count(out, "Private Key Object"), 2);
	assert_int_equal(rig_count(out, "Certificate Object"), 2);
	assert_int_equal(rig_card_says(&r, "keys"), 2);
	/* a new child: both are found again and still sign; the certificates are told without a login */
	tg_token_kill(r.token);
	usleep(50000);
	assert_int_equal(tg_token_certificates(r.token, count_certificate, &n, &r.err), TG_OK);
	assert_int_equal(n, 2);
	rig_login(&r, PIN);
	check_signature(&r, &gost, rig_bytes(&g), "-md_gost94", GOST_ALGORITHM);
	check_signature(&r, &rsa, rig_bytes(&a), "-sha256", RSA_ALGORITHM);
	assert_int_equal(tg_token_remove(r.token, &gost, &r.err), TG_OK);
	assert_int_equal(rig_card_says(&r, "keys"), 1);
	check_signature(&r, &rsa, rig_bytes(&a), "-sha256", RSA_ALGORITHM);
	tg_buf_finish(&g);
	tg_buf_finish(&a);
	tg_buf_finish(&again);
	rig_stop(&r);
}

/* The training SIM: its row takes GOST only, and digits only. */
static void test_k6_a_sim_makes_a_gost_key_only(void **state)
{
	(void)state;
	static struct rig r;
	struct tg_key_ref key = rig_key(1, "SIGN");
	struct tg_buf spki = TG_BUF_INIT;
	rig_start(&r, NULL, NULL, RIG_MAIN_MS);
	rig_card(&r, rig_persona(&r, "name: sim\ncard: rutoken\natr: 3B9C96005275746F6B656E4543507363\nserial: 51a7\n"
	                             "label: SIM\ninitialised: true\nuser_pin: \"" PIN "\"\nso_pin: \"59206713\"\n"));
	assert_int_equal(inspect(&r), TG_OK);
	assert_string_equal(r.info.carrier, "kz-sim");
	assert_int_equal(login(&r, "7041835x"), TG_PIN_LENGTH);
	assert_int_equal(rig_card_says(&r, "tries"), TRIES_HEAD);
	assert_int_equal(login(&r, PIN), TG_OK);
	assert_int_equal(tg_token_generate(r.token, &key, "rsa-2048", &spki, &r.err), TG_ALGORITHM);
	generate(&r, &key, "gost2001", &spki);
	check_signature(&r, &key, rig_bytes(&spki), "-md_gost94", GOST_ALGORITHM);
	tg_buf_finish(&spki);
	rig_stop(&r);
}

int main(void)
{
	struct tg_error err = {0};
	if (!rig_pcscd_start(NULL))
		return 77;
	if (tg_gost_load(&err) != TG_OK) {
		print_message("skipped: %s\n", err.detail);
		rig_pcscd_stop();
		return 77;
	}
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_teardown(test_k5_a_rutoken_without_files_is_blank, rig_teardown),
	        cmocka_unit_test_teardown(test_k5_a_locked_rutoken_is_told_before_a_pin_is_asked, rig_teardown),
	        cmocka_unit_test_teardown(test_k5_tries_left_are_told_though_another_program_wasted_them, rig_teardown),
	        cmocka_unit_test_teardown(test_k5_the_makers_pin_must_be_changed, rig_teardown),
	        cmocka_unit_test_teardown(test_k6_rsa_and_gost_keys_live_on_one_token, rig_teardown),
	        cmocka_unit_test_teardown(test_k6_a_sim_makes_a_gost_key_only, rig_teardown),
	};
	if (getenv("TAMGA_TEST_FILTER"))
		cmocka_set_test_filter(getenv("TAMGA_TEST_FILTER"));
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rig_pcscd_stop();
	return failed;
}
