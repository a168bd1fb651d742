/* GOST R 34.10-2012 and PIN pads, through the real child, dialect "generic" and the stand-in of tests/modules/gost: a
 * vendor's module that a technician adds with one row. Signatures and requests are verified by the openssl program and
 * by OpenSSL's own CRMF code. What this leaves unproven for real hardware: decisions 0129 and 0130. Requirements K-5,
 * K-6. */
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rig.h"

#include <cmocka.h>
#include <openssl/crmf.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "tamga/gost.h"

#define MODULE  TAMGA_BINARY_DIR "/tests/libtamga-test-gost.so"
#define FACTORY "12345678" /* the module's own beginning */
#define SO      "87654321"
#define SERIAL  "0054474F53540001"
#define PIN     "73051826"

static const char row[] = "    name: carrier.rutoken-ecp\n"
                          "    module: " MODULE "\n"
                          "    dialect: generic\n"
                          "    pin_min: 6\n"
                          "    pin_max: 32\n"
                          "    factory_pin: \"" FACTORY "\"\n"
                          "    so_pin: text\n"
                          "    purpose: token\n"
                          "    algorithms: rsa-2048 gost2001 gost2012-256 gost2012-512\n"
                          "    certificate_category: 1\n";

static struct {
	char dir[64], carriers[96], token[96];
} place;

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

/* A folder with a carriers table of one row and a token. `sign` is how the row knows the card. */
static void begin_with(struct rig *r, const char *sign, const char *version_min)
{
	char text[2048];
	(void)tg_copy(place.dir, sizeof place.dir, "/tmp/tamga-gost-test-XXXXXX");
	assert_non_null(mkdtemp(place.dir));
	snprintf(place.carriers, sizeof place.carriers, "%s/carriers.yaml", place.dir);
	snprintf(place.token, sizeof place.token, "%s/token", place.dir);
	assert_int_equal(mkdir(place.token, 0700), 0);
	snprintf(text, sizeof text, "carriers:\n  - id: vendor\n    %s\n%s%s%s", sign, row,
	        version_min ? "    version_min: " : "", version_min ? version_min : "");
	write_file(place.carriers, text);
	assert_int_equal(setenv("TAMGA_TEST_GOST_DIR", place.token, 1), 0);
	rig_start(r, place.carriers, NULL, RIG_MAIN_MS);
}

static void begin(struct rig *r)
{
	begin_with(r, "model: TAMGA-TEST-GOST", NULL);
}

static void end(struct rig *r)
{
	char out[256];
	rig_stop(r);
	unsetenv("TAMGA_TEST_GOST_PAD");
	unsetenv("TAMGA_TEST_GOST_FAULT");
	const char *const rm[] = {"rm", "-rf", place.dir, NULL};
	assert_int_equal(rig_run(out, sizeof out, rm), 0);
}

static int teardown(void **state)
{
	unsetenv("TAMGA_TEST_GOST_PAD");
	unsetenv("TAMGA_TEST_GOST_FAULT");
	return rig_teardown(state);
}

static enum tg_status inspect(struct rig *r)
{
	return tg_token_inspect(r->token, NULL, NULL, 0, &r->info, &r->err);
}

static enum tg_status login(struct rig *r, const char *digits)
{
	struct tg_secret *pin = digits ? rig_pin(digits) : NULL;
	enum tg_status status = tg_token_login(r->token, SERIAL, pin, &r->info, &r->err);
	tg_secret_destroy(pin);
	return status;
}

static void must(struct rig *r, enum tg_status status, const char *what)
{
	if (status != TG_OK)
		fail_msg("%s: %s: %s", what, tg_status_name(status), r->err.detail);
}

/* --- Keys */
static const struct kind {
	const char *algorithm, *digest, *signature, *listed;
} kinds[] = {
        {"gost2001", "-md_gost94", "300806062a8503020203", "GOSTR3410"},
        {"gost2012-256", "-md_gost12_256", "300a06082a85030701010302", "GOSTR3410"},
        {"gost2012-512", "-md_gost12_512", "300a06082a85030701010303", "unknown"},
        {"rsa-2048", "-sha256", "300d06092a864886f70d01010b0500", "RSA"},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

static void check_signature(struct rig *r, const struct kind *k, const struct tg_key_ref *key, struct tg_bytes spki)
{
	static const uint8_t text[] = "what a person has seen";
	struct tg_bytes message = {text, sizeof text - 1}, other = {text, sizeof text - 2};
	struct tg_buf signature = TG_BUF_INIT, named = TG_BUF_INIT;
	char hex[128];
	must(r, tg_token_sign(r->token, key, message, &signature, &named, &r->err), k->algorithm);
	assert_true(rig_openssl_verifies(r, k->digest, spki, message, rig_bytes(&signature)));
	assert_false(rig_openssl_verifies(r, k->digest, spki, other, rig_bytes(&signature)));
	assert_true(named.len < sizeof hex / 2);
	tg_hex(named.data, named.len, hex);
	assert_string_equal(hex, k->signature);
	tg_buf_finish(&signature);
	tg_buf_finish(&named);
}

static void check_request(
        struct rig *r, const struct kind *k, const struct tg_key_ref *key, struct tg_bytes spki, struct tg_bytes wrong)
{
	static const uint8_t cn[] = {0x30, 0x0C, 0x31, 0x0A, 0x30, 0x08, 0x06, 3, 0x55, 4, 3, 0x0C, 1, 'A'};
	struct tg_bytes name = {cn, sizeof cn}, none = {NULL, 0};
	struct tg_buf crmf = TG_BUF_INIT;
	assert_int_equal(tg_token_request(r->token, key, wrong, name, none, NULL, &crmf, &r->err), TG_SIGN_FAILED);
	assert_int_equal(crmf.len, 0);
	must(r, tg_token_request(r->token, key, spki, name, none, "number?KG-1%", &crmf, &r->err), k->algorithm);
	const unsigned char *p = crmf.data;
	OSSL_CRMF_MSGS *all = sk_OSSL_CRMF_MSG_new_null();
	sk_OSSL_CRMF_MSG_push(all, d2i_OSSL_CRMF_MSG(NULL, &p, (long)crmf.len));
	assert_ptr_equal(p, crmf.data + crmf.len);
	if (OSSL_CRMF_MSGS_verify_popo(all, 0, 0, NULL, NULL) != 1) {
		ERR_print_errors_fp(stderr);
		fail_msg("%s: OpenSSL does not verify the proof of possession", k->algorithm);
	}
	assert_non_null(memmem(crmf.data, crmf.len, spki.data + spki.len - 64, 64));
	sk_OSSL_CRMF_MSG_pop_free(all, OSSL_CRMF_MSG_free);
	tg_buf_finish(&crmf);
}

static void write_and_prove(
        struct rig *r, const struct kind *k, const struct tg_key_ref *key, struct tg_bytes spki, struct tg_bytes wrong)
{
	struct tg_buf good = TG_BUF_INIT, other = TG_BUF_INIT;
	rig_certify(spki, k->algorithm, &good);
	rig_certify(wrong, "Another", &other);
	assert_int_equal(tg_token_write(r->token, key, rig_bytes(&other), &r->err), TG_CERT_MISMATCH);
	must(r, tg_token_write(r->token, key, rig_bytes(&good), &r->err), "write");
	must(r, tg_token_write(r->token, key, rig_bytes(&good), &r->err), "write again");
	must(r, tg_token_prove(r->token, key, rig_bytes(&good), &r->err), "prove");
	assert_int_equal(tg_token_prove(r->token, key, rig_bytes(&other), &r->err), TG_PROOF_FAILED);
	tg_buf_finish(&good);
	tg_buf_finish(&other);
}

static unsigned listed(const char *what)
{
	char out[16384];
	const char *const argv[] = {"pkcs11-tool", "--module", MODULE, "--login", "--pin", FACTORY, "-O", NULL};
	(void)rig_run(out, sizeof out, argv);
	return rig_count(out, what);
}

static void test_k6_keys_of_all_kinds_are_made_used_and_removed(void **state)
{
	(void)state;
	static struct rig r;
	struct tg_buf spki[KINDS] = {0};
	begin(&r);
	must(&r, inspect(&r), "inspect");
	assert_string_equal(r.info.version, "2.0");
	must(&r, login(&r, FACTORY), "login");
	for (uint8_t i = 0; i < KINDS; i++) {
		struct tg_key_ref key = rig_key(i, kinds[i].algorithm);
		struct tg_buf again = TG_BUF_INIT;
		assert_int_equal(tg_token_find_key(r.token, &key, &again, &r.err), TG_KEY_MISSING);
		must(&r, tg_token_generate(r.token, &key, kinds[i].algorithm, &spki[i], &r.err), kinds[i].algorithm);
		must(&r, tg_token_generate(r.token, &key, kinds[i].algorithm, &again, &r.err), "again");
		assert_int_equal(again.len, spki[i].len);
		assert_memory_equal(again.data, spki[i].data, again.len);
		tg_buf_finish(&again);
	}
	assert_int_equal(listed("Private Key Object"), KINDS);
	for (uint8_t i = 0; i < KINDS; i++) {
		struct tg_key_ref key = rig_key(i, kinds[i].algorithm);
		struct tg_bytes mine = rig_bytes(&spki[i]), other = rig_bytes(&spki[(i + 1u) % KINDS]);
		check_signature(&r, &kinds[i], &key, mine);
		check_request(&r, &kinds[i], &key, mine, other);
		write_and_prove(&r, &kinds[i], &key, mine, other);
	}
	for (uint8_t i = 0; i < KINDS; i++) {
		struct tg_key_ref key = rig_key(i, kinds[i].algorithm);
		must(&r, tg_token_remove(r.token, &key, &r.err), "remove");
		assert_int_equal(listed("Private Key Object"), KINDS - 1 - i);
		assert_int_equal(listed("Certificate Object"), KINDS - 1 - i);
		tg_buf_finish(&spki[i]);
	}
	assert_int_equal(listed("Public Key Object"), 0);
	end(&r);
}

static void test_k6_a_signature_that_does_not_come_is_told(void **state)
{
	(void)state;
	static struct rig r;
	struct tg_key_ref key = rig_key(1, "SIGN");
	struct tg_buf spki = TG_BUF_INIT, signature = TG_BUF_INIT, named = TG_BUF_INIT;
	struct tg_bytes message = {(const uint8_t *)"x", 1};
	static const char *const faults[] = {"error:C_Sign:*", "garbage:C_Sign:*", "error:C_SignInit:*"};
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(setenv("TAMGA_TEST_GOST_FAULT", faults[i], 1), 0);
		begin(&r);
		must(&r, inspect(&r), "inspect");
		must(&r, login(&r, FACTORY), "login");
		tg_buf_reset(&spki);
		must(&r, tg_token_generate(r.token, &key, "gost2012-256", &spki, &r.err), "generate");
		enum tg_status status = tg_token_sign(r.token, &key, message, &signature, &named, &r.err);
		if (status != TG_SIGN_FAILED)
			fail_msg("%s: %s: %s", faults[i], tg_status_name(status), r.err.detail);
		assert_int_equal(signature.len + named.len, 0);
		end(&r);
	}
	tg_buf_finish(&spki);
}

/* --- The carriers table */
static void test_k5_an_old_or_mute_version_is_refused_before_the_pin(void **state)
{
	(void)state;
	static struct rig r;
	begin_with(&r, "model: TAMGA-TEST-GOST", "\"2.1\"");
	assert_int_equal(inspect(&r), TG_CARD_VERSION);
	assert_string_equal(r.info.carrier, "vendor");
	assert_string_equal(r.info.version, "2.0");
	assert_int_equal(login(&r, FACTORY), TG_CARD_VERSION);
	end(&r);
	begin_with(&r, "model: TAMGA-TEST-GOST", "\"2.0\"");
	must(&r, inspect(&r), "inspect");
	end(&r);
}

static void test_k5_softhsm_under_another_name_is_one_row(void **state)
{
	(void)state;
	static struct rig r;
	char path[96];
	begin(&r);
	rig_stop(&r);
	snprintf(path, sizeof path, "%s/carriers.yaml", place.dir);
	write_file(path, "carriers:\n  - id: acme-2026\n    name: carrier.softhsm\n    model: SoftHSM v2\n"
	                 "    module: /usr/lib/softhsm/libsofthsm2.so\n    dialect: generic\n    pin_min: 5\n"
	                 "    pin_max: 5\n    pin_digits_only: true\n    purpose: staff\n    algorithms: rsa-2048\n");
	rig_start(&r, path, NULL, RIG_MAIN_MS);
	rig_softhsm(&r, true);
	must(&r, inspect(&r), "inspect");
	assert_string_equal(r.info.carrier, "acme-2026");
	rig_login(&r, "48213");
	struct tg_key_ref key = rig_key(1, "SIGN");
	struct tg_buf spki = TG_BUF_INIT;
	assert_int_equal(tg_token_generate(r.token, &key, "gost2001", &spki, &r.err), TG_ALGORITHM);
	must(&r, tg_token_generate(r.token, &key, "rsa-2048", &spki, &r.err), "generate");
	struct tg_secret *so = rig_pin("12345678"), *new = rig_pin("64821");
	assert_int_equal(tg_token_unblock(r.token, r.info.serial, so, new, &r.info, &r.err),
	        TG_CARD_UNSUPPORTED); /* no so_pin */
	tg_secret_destroy(so);
	tg_secret_destroy(new);
	tg_buf_finish(&spki);
	end(&r);
}

/* The row that names an answer to reset: the same module for what lies in a reader. */
static void test_k5_a_vendors_module_for_a_card_in_a_reader_is_one_row(void **state)
{
	(void)state;
	static struct rig r;
	char path[160];
	begin_with(&r, "atr: 3B8B015275746F6B656E20445320C1", NULL);
	rig_card(&r, "rutoken-head");
	assert_int_equal(tg_token_inspect(r.token, r.reader, NULL, 0, &r.info, &r.err), TG_CARD_FOREIGN);
	snprintf(path, sizeof path, "%s/reader", place.token);
	write_file(path, r.reader);
	must(&r, tg_token_inspect(r.token, r.reader, NULL, 0, &r.info, &r.err), "inspect");
	assert_string_equal(r.info.carrier, "vendor");
	assert_string_equal(r.info.serial, SERIAL);
	must(&r, login(&r, FACTORY), "login");
	assert_int_equal(
	        rig_card_says(&r, "tries"), 5); /* the module is another: the card in the reader heard nothing */
	end(&r);
}

static void test_k5_a_card_known_by_name_only_is_named(void **state)
{
	(void)state;
	static struct rig r;
	begin(&r);
	rig_stop(&r);
	rig_start(&r, NULL, NULL, RIG_MAIN_MS);
	rig_card(&r, rig_persona(&r, "name: lite\ncard: foreign\natr: 3B8B015275746F6B656E6C697465C2\n"
	                             "serial: A1\ninitialised: false\n"));
	assert_int_equal(tg_token_inspect(r.token, r.reader, NULL, 0, &r.info, &r.err), TG_CARD_UNSUPPORTED);
	assert_string_equal(r.info.carrier, "rutoken-lite");
	assert_string_equal(r.info.reader, r.reader);
	assert_int_equal(login(&r, FACTORY), TG_CARD_UNSUPPORTED);
	end(&r);
}

/* --- PIN pads */
static void type_on_pad(const char *lines)
{
	char path[160];
	snprintf(path, sizeof path, "%s/pad", place.token);
	write_file(path, lines);
}

static enum tg_status with_pad(struct rig *r, bool unblock)
{
	return (unblock ? tg_token_unblock : tg_token_change_pin)(r->token, SERIAL, NULL, NULL, &r->info, &r->err);
}

static void test_k5_a_pin_pad_asks_itself(void **state)
{
	(void)state;
	static struct rig r;
	assert_int_equal(setenv("TAMGA_TEST_GOST_PAD", "1", 1), 0);
	begin(&r);
	must(&r, inspect(&r), "inspect");
	assert_true(r.info.pin_pad);
	type_on_pad("cancel\n");
	assert_int_equal(login(&r, NULL), TG_PIN_PAD_CANCELLED);
	assert_false(r.info.tries_low);
	type_on_pad("99999999\n");
	assert_int_equal(login(&r, NULL), TG_PIN_WRONG);
	assert_true(r.info.tries_low);
	/* a PIN that was sent all the same is not used: what is typed on the pad counts */
	type_on_pad(FACTORY "\n");
	must(&r, login(&r, "99999999"), "login");
	assert_false(r.info.tries_low);
	type_on_pad(FACTORY "\n" PIN "\n");
	must(&r, with_pad(&r, false), "change");
	type_on_pad(FACTORY "\n");
	assert_int_equal(login(&r, NULL), TG_PIN_WRONG);
	type_on_pad(SO "\n64821975\n");
	must(&r, with_pad(&r, true), "unblock");
	type_on_pad("64821975\n");
	must(&r, login(&r, NULL), "login");
	end(&r);
}

static void test_k5_without_a_pad_no_pin_is_a_pin_too_short(void **state)
{
	(void)state;
	static struct rig r;
	begin(&r);
	must(&r, inspect(&r), "inspect");
	assert_false(r.info.pin_pad);
	assert_int_equal(login(&r, NULL), TG_PIN_LENGTH);
	assert_int_equal(with_pad(&r, false), TG_PIN_LENGTH);
	assert_int_equal(with_pad(&r, true), TG_PIN_LENGTH);
	assert_false(r.info.tries_low);
	end(&r);
}

static void test_k5_a_pad_on_which_nobody_types_is_a_timeout(void **state)
{
	(void)state;
	static struct rig r;
	assert_int_equal(setenv("TAMGA_TEST_GOST_PAD", "1", 1), 0);
	assert_int_equal(setenv("TAMGA_TEST_GOST_FAULT", "hang:C_Login", 1), 0);
	begin(&r);
	tg_token_destroy(r.token);
	struct tg_token_config config = {.program = TAMGA_BINARY_DIR "/bin/tamga-token",
	        .carriers_path = place.carriers,
	        .call_ms = 5000,
	        .generate_ms = 1500,
	        .stderr_path = r.log};
	assert_int_equal(tg_token_create(&r.token, &config), TG_OK);
	must(&r, inspect(&r), "inspect");
	assert_int_equal(login(&r, NULL), TG_TIMEOUT);
	assert_int_equal(tg_token_pid(r.token), 0);
	end(&r);
}

/* --- What the module itself says of the PIN */
static void test_k5_the_flag_for_a_factory_pin_is_told_before_the_login(void **state)
{
	(void)state;
	static struct rig r;
	char path[160];
	begin(&r);
	snprintf(path, sizeof path, "%s/token", place.token);
	write_file(path, "label L\nserial " SERIAL "\nuser " PIN "\nso " SO "\nuser_max 10\nuser_left 1\nso_max 10\n"
	                 "so_left 10\ninitialised 1\npin_set 1\nmust_change 1\n");
	must(&r, inspect(&r), "inspect");
	assert_true(r.info.pin_to_be_changed && r.info.final_try && r.info.tries_low);
	assert_int_equal(r.info.tries_left, 1);
	assert_int_equal(login(&r, "99999999"), TG_PIN_LOCKED);
	assert_true(r.info.locked);
	end(&r);
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
	        cmocka_unit_test_teardown(test_k5_an_old_or_mute_version_is_refused_before_the_pin, teardown),
	        cmocka_unit_test_teardown(test_k5_a_card_known_by_name_only_is_named, teardown),
	        cmocka_unit_test_teardown(test_k5_softhsm_under_another_name_is_one_row, teardown),
	        cmocka_unit_test_teardown(test_k5_a_vendors_module_for_a_card_in_a_reader_is_one_row, teardown),
	        cmocka_unit_test_teardown(test_k5_without_a_pad_no_pin_is_a_pin_too_short, teardown),
	        cmocka_unit_test_teardown(test_k5_a_pad_on_which_nobody_types_is_a_timeout, teardown),
	        cmocka_unit_test_teardown(test_k5_a_pin_pad_asks_itself, teardown),
	        cmocka_unit_test_teardown(test_k5_the_flag_for_a_factory_pin_is_told_before_the_login, teardown),
	        cmocka_unit_test_teardown(test_k6_a_signature_that_does_not_come_is_told, teardown),
	        cmocka_unit_test_teardown(test_k6_keys_of_all_kinds_are_made_used_and_removed, teardown),
	};
	if (getenv("TAMGA_TEST_FILTER"))
		cmocka_set_test_filter(getenv("TAMGA_TEST_FILTER"));
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rig_pcscd_stop();
	return failed;
}
