/* The carrier "softhsm", through the real child. What lies on the token is asked of pkcs11-tool, what a request proves
 * of OpenSSL: never of the code under test. Requirements K-5, K-8. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

#include "rig.h"

#include <cmocka.h>
#include <openssl/crmf.h>
#include <openssl/x509.h>

#define PIN    "48213"
#define MODULE "/usr/lib/softhsm/libsofthsm2.so"

static int setup(void **state)
{
	struct rig *r = calloc(1, sizeof *r);
	rig_start(r, NULL, NULL, RIG_MAIN_MS);
	rig_softhsm(r, true);
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	rig_stop(*state);
	free(*state);
	return 0;
}

static void list_objects(char *out, size_t cap)
{
	const char *const argv[] = {
	        "pkcs11-tool", "--module", MODULE, "--token-label", "Rig", "--login", "--pin", PIN, "-O", NULL};
	assert_int_equal(rig_run(out, cap, argv), 0);
}

static void test_k5_wrong_pin_is_told_and_locks_nothing_else(void **state)
{
	struct rig *r = *state;
	struct tg_secret *wrong = rig_pin("99999"), *right = rig_pin(PIN);
	assert_int_equal(tg_token_inspect(r->token, NULL, NULL, 0, &r->info, &r->err), TG_OK);
	assert_string_equal(r->info.carrier, "softhsm");
	assert_true(r->info.initialised);
	assert_string_equal(r->info.label, "Rig");
	char serial[64];
	(void)tg_copy(serial, sizeof serial, r->info.serial);
	assert_int_equal(tg_token_login(r->token, serial, wrong, &r->info, &r->err), TG_PIN_WRONG);
	assert_string_equal(r->info.serial, serial);
	assert_true(r->info.tries_low); /* SoftHSM says so after one wrong PIN */
	assert_int_equal(tg_token_login(r->token, "00", right, &r->info, &r->err), TG_CARD_OTHER);
	assert_int_equal(tg_token_login(r->token, serial, right, &r->info, &r->err), TG_OK);
	assert_false(r->info.tries_low);
	tg_secret_destroy(wrong);
	tg_secret_destroy(right);
}

static void test_k5_a_length_outside_the_carriers_bounds_is_never_tried(void **state)
{
	struct rig *r = *state;
	struct tg_secret *shorter = rig_pin("123"), *longer = rig_pin("123456789012345678901234567890123");
	assert_int_equal(tg_token_inspect(r->token, NULL, NULL, 0, &r->info, &r->err), TG_OK);
	char serial[64];
	(void)tg_copy(serial, sizeof serial, r->info.serial);
	assert_int_equal(tg_token_login(r->token, serial, shorter, &r->info, &r->err), TG_PIN_LENGTH);
	assert_int_equal(tg_token_login(r->token, serial, longer, &r->info, &r->err), TG_PIN_LENGTH);
	assert_int_equal(tg_token_inspect(r->token, NULL, NULL, 0, &r->info, &r->err), TG_OK);
	assert_false(r->info.tries_low);
	tg_secret_destroy(shorter);
	tg_secret_destroy(longer);
}

static void test_nothing_is_done_without_a_login(void **state)
{
	struct rig *r = *state;
	struct tg_key_ref key = rig_key(1, "SIGN");
	struct tg_buf spki = TG_BUF_INIT;
	assert_int_equal(tg_token_generate(r->token, &key, "rsa-2048", &spki, &r->err), TG_TOKEN_LOST);
	assert_int_equal(tg_token_inspect(r->token, NULL, NULL, 0, &r->info, &r->err), TG_OK);
	assert_int_equal(tg_token_generate(r->token, &key, "rsa-2048", &spki, &r->err), TG_TOKEN_LOST);
	rig_login(r, PIN);
	tg_token_logout(r->token);
	assert_int_equal(tg_token_remove(r->token, &key, &r->err), TG_TOKEN_LOST);
	assert_int_equal(spki.len, 0);
}

static void test_k8_generating_twice_under_one_id_makes_one_key(void **state)
{
	struct rig *r = *state;
	struct tg_key_ref key = rig_key(1, "SIGN"), other = rig_key(2, "AUTH");
	struct tg_buf first = TG_BUF_INIT, second = TG_BUF_INIT, third = TG_BUF_INIT;
	char out[8192];
	rig_login(r, PIN);
	assert_int_equal(tg_token_find_key(r->token, &key, &first, &r->err), TG_KEY_MISSING);
	assert_int_equal(tg_token_generate(r->token, &key, "gost-512", &first, &r->err), TG_ALGORITHM);
	assert_int_equal(tg_token_generate(r->token, &key, "rsa-2048", &first, &r->err), TG_OK);
	assert_int_equal(tg_token_generate(r->token, &key, "rsa-2048", &second, &r->err), TG_OK);
	assert_int_equal(tg_token_generate(r->token, &other, "rsa-2048", &third, &r->err), TG_OK);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.data, second.data, first.len);
	assert_true(third.len != first.len || memcmp(third.data, first.data, first.len) != 0);
	list_objects(out, sizeof out);
	assert_int_equal(rig_count(out, "Private Key Object; RSA"), 2);
	assert_int_equal(rig_count(out, "ID:         544701"), 2); /* one private, one public */
	assert_int_equal(rig_count(out, "sensitive, always sensitive, never extractable, local"), 2);
	tg_buf_finish(&first);
	tg_buf_finish(&second);
	tg_buf_finish(&third);
}

/* DER of CN=Айгүл, made by OpenSSL here. */
static void subject_name(struct tg_buf *out)
{
	X509_NAME *n = X509_NAME_new();
	unsigned char *der = NULL;
	assert_int_equal(
	        X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8, (const unsigned char *)"Айгүл", -1, -1, 0), 1);
	int len = i2d_X509_NAME(n, &der);
	assert_true(len > 0);
	tg_buf_add(out, der, (size_t)len);
	OPENSSL_free(der);
	X509_NAME_free(n);
}

/* OSSL_CRMF_MSG_get0_regInfo_utf8Pairs of OpenSSL 3 looks among the controls and never finds it: asked of asn1parse. */
static void check_parsed(const struct rig *r, const struct tg_buf *der)
{
	char path[128], out[8192];
	snprintf(path, sizeof path, "%s/crmf.der", r->dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(der->data, 1, der->len, f), der->len);
	assert_int_equal(fclose(f), 0);
	const char *const argv[] = {"openssl", "asn1parse", "-inform", "DER", "-in", path, NULL};
	assert_int_equal(rig_run(out, sizeof out, argv), 0);
	assert_int_equal(rig_count(out, ":id-regInfo-utf8Pairs"), 1);
	assert_int_equal(rig_count(out, "UTF8STRING        :number?KZ-1%profile?sign%"), 1);
	assert_int_equal(rig_count(out, ":X509v3 Key Usage"), 1);
	assert_int_equal(rig_count(out, ":sha256WithRSAEncryption"), 1);
}

static void check_crmf(const struct tg_buf *der, const struct tg_buf *spki)
{
	const unsigned char *p = der->data;
	OSSL_CRMF_MSG *m = d2i_OSSL_CRMF_MSG(NULL, &p, (long)der->len);
	assert_non_null(m);
	assert_ptr_equal(p, der->data + der->len);
	OSSL_CRMF_MSGS *all = sk_OSSL_CRMF_MSG_new_null();
	sk_OSSL_CRMF_MSG_push(all, m);
	assert_int_equal(OSSL_CRMF_MSGS_verify_popo(all, 0, 0, NULL, NULL), 1);
	assert_int_equal(OSSL_CRMF_MSG_get_certReqId(m), 0);
	char name[64];
	X509_NAME_get_text_by_NID(
	        OSSL_CRMF_CERTTEMPLATE_get0_subject(OSSL_CRMF_MSG_get0_tmpl(m)), NID_commonName, name, sizeof name);
	assert_string_equal(name, "Айгүл");
	/* The public key stands in the request as the token told it (bare bits of the SubjectPublicKeyInfo). */
	assert_non_null(memmem(der->data, der->len, spki->data + 24, spki->len - 24));
	sk_OSSL_CRMF_MSG_free(all);
	OSSL_CRMF_MSG_free(m);
}

static void test_request_carries_a_proof_that_openssl_accepts(void **state)
{
	struct rig *r = *state;
	struct tg_key_ref key = rig_key(1, "SIGN"), other = rig_key(9, "SIGN");
	struct tg_buf spki = TG_BUF_INIT, wrong = TG_BUF_INIT, name = TG_BUF_INIT, crmf = TG_BUF_INIT;
	/* SEQUENCE OF one Extension: keyUsage, critical, digitalSignature + nonRepudiation */
	static const uint8_t usage[] = {
	        0x30, 0x10, 0x30, 0x0E, 0x06, 3, 0x55, 0x1D, 0x0F, 1, 1, 0xFF, 4, 4, 3, 2, 6, 0xC0};
	struct tg_bytes extensions = {usage, sizeof usage}, cut = {usage, sizeof usage - 1};
	const char *pairs = "number?KZ-1%profile?sign%";
	subject_name(&name);
	rig_login(r, PIN);
	assert_int_equal(tg_token_generate(r->token, &key, "rsa-2048", &spki, &r->err), TG_OK);
	struct tg_key_ref second = rig_key(2, "AUTH");
	assert_int_equal(tg_token_generate(r->token, &second, "rsa-2048", &wrong, &r->err), TG_OK);
	assert_int_equal(tg_token_request(r->token, &other, rig_bytes(&spki), rig_bytes(&name), extensions, pairs,
	                         &crmf, &r->err),
	        TG_KEY_MISSING);
	assert_int_equal(
	        tg_token_request(r->token, &key, rig_bytes(&spki), rig_bytes(&name), cut, pairs, &crmf, &r->err),
	        TG_INVALID);
	assert_int_equal(
	        tg_token_request(r->token, &key, rig_bytes(&name), rig_bytes(&name), extensions, pairs, &crmf, &r->err),
	        TG_INVALID);
	/* a public key that is not this key's: the proof does not hold, and is not handed out */
	assert_int_equal(tg_token_request(r->token, &key, rig_bytes(&wrong), rig_bytes(&name), extensions, pairs, &crmf,
	                         &r->err),
	        TG_SIGN_FAILED);
	assert_int_equal(crmf.len, 0);
	assert_int_equal(
	        tg_token_request(r->token, &key, rig_bytes(&spki), rig_bytes(&name), extensions, pairs, &crmf, &r->err),
	        TG_OK);
	check_crmf(&crmf, &spki);
	check_parsed(r, &crmf);
	tg_buf_finish(&spki);
	tg_buf_finish(&wrong);
	tg_buf_finish(&name);
	tg_buf_finish(&crmf);
}

static void test_k8_a_certificate_is_written_once_and_replaced_when_it_differs(void **state)
{
	struct rig *r = *state;
	struct tg_key_ref key = rig_key(1, "SIGN"), other = rig_key(2, "AUTH");
	struct tg_buf spki = TG_BUF_INIT, spki2 = TG_BUF_INIT, a = TG_BUF_INIT, b = TG_BUF_INIT;
	char out[8192];
	rig_login(r, PIN);
	assert_int_equal(tg_token_generate(r->token, &key, "rsa-2048", &spki, &r->err), TG_OK);
	assert_int_equal(tg_token_generate(r->token, &other, "rsa-2048", &spki2, &r->err), TG_OK);
	rig_certify(rig_bytes(&spki), "First", &a);
	rig_certify(rig_bytes(&spki), "Second", &b);
	assert_int_equal(tg_token_write(r->token, &other, rig_bytes(&a), &r->err), TG_CERT_MISMATCH);
	assert_int_equal(
	        tg_token_write(r->token, &key, (struct tg_bytes){a.data, a.len - 1}, &r->err), TG_CERT_INVALID);
	assert_int_equal(tg_token_prove(r->token, &key, rig_bytes(&a), &r->err), TG_PROOF_FAILED);
	assert_int_equal(tg_token_write(r->token, &key, rig_bytes(&a), &r->err), TG_OK);
	assert_int_equal(tg_token_write(r->token, &key, rig_bytes(&a), &r->err), TG_OK);
	list_objects(out, sizeof out);
	assert_int_equal(rig_count(out, "Certificate Object"), 1);
	assert_int_equal(tg_token_prove(r->token, &key, rig_bytes(&a), &r->err), TG_OK);
	assert_int_equal(tg_token_prove(r->token, &key, rig_bytes(&b), &r->err), TG_PROOF_FAILED);
	assert_int_equal(tg_token_write(r->token, &key, rig_bytes(&b), &r->err), TG_OK);
	assert_int_equal(tg_token_prove(r->token, &key, rig_bytes(&b), &r->err), TG_OK);
	list_objects(out, sizeof out);
	assert_int_equal(rig_count(out, "Certificate Object"), 1);
	assert_int_equal(rig_count(out, "CN=Second"), 1);
	tg_buf_finish(&spki);
	tg_buf_finish(&spki2);
	tg_buf_finish(&a);
	tg_buf_finish(&b);
}

static void test_remove_leaves_nothing_and_may_be_repeated(void **state)
{
	struct rig *r = *state;
	struct tg_key_ref key = rig_key(1, "SIGN"), other = rig_key(2, "AUTH");
	struct tg_buf spki = TG_BUF_INIT, a = TG_BUF_INIT;
	char out[8192];
	rig_login(r, PIN);
	assert_int_equal(tg_token_generate(r->token, &key, "rsa-2048", &spki, &r->err), TG_OK);
	rig_certify(rig_bytes(&spki), "First", &a);
	assert_int_equal(tg_token_generate(r->token, &other, "rsa-2048", &spki, &r->err), TG_OK);
	assert_int_equal(tg_token_write(r->token, &key, rig_bytes(&a), &r->err), TG_OK);
	assert_int_equal(tg_token_remove(r->token, &key, &r->err), TG_OK);
	assert_int_equal(tg_token_remove(r->token, &key, &r->err), TG_OK);
	assert_int_equal(tg_token_sweep(r->token, &r->err), TG_OK);
	list_objects(out, sizeof out);
	assert_int_equal(rig_count(out, "544701"), 0);
	assert_int_equal(rig_count(out, "Certificate Object"), 0);
	assert_int_equal(rig_count(out, "Private Key Object"), 1); /* the other one is untouched */
	tg_buf_finish(&spki);
	tg_buf_finish(&a);
}

static void test_a_killed_child_is_lost_once(void **state)
{
	struct rig *r = *state;
	struct tg_key_ref key = rig_key(1, "SIGN");
	struct tg_buf spki = TG_BUF_INIT;
	rig_login(r, PIN);
	int first = tg_token_pid(r->token);
	assert_true(first > 0);
	tg_token_kill(r->token);
	assert_int_equal(tg_token_generate(r->token, &key, "rsa-2048", &spki, &r->err), TG_TOKEN_LOST);
	rig_login(r, PIN);
	assert_true(tg_token_pid(r->token) > 0);
	assert_int_equal(tg_token_generate(r->token, &key, "rsa-2048", &spki, &r->err), TG_OK);
	/* ended while a person was typing the PIN: the login starts a new child and inspects again */
	struct tg_secret *pin = rig_pin(PIN);
	char serial[64];
	(void)tg_copy(serial, sizeof serial, r->info.serial);
	assert_int_equal(kill(tg_token_pid(r->token), SIGKILL), 0);
	usleep(50000);
	assert_int_equal(tg_token_login(r->token, serial, pin, &r->info, &r->err), TG_OK);
	tg_secret_destroy(pin);
	tg_buf_finish(&spki);
}

/* Wherever in the making of a key the child dies, making it again ends with one pair. */
static void test_k8_killed_while_generating_at_many_moments(void **state)
{
	struct rig *r = *state;
	char out[8192];
	unsigned lost = 0;
	for (unsigned i = 0; i < 12; i++) {
		struct tg_key_ref key = rig_key((uint8_t)(0x10 + i), "SIGN");
		struct tg_buf spki = TG_BUF_INIT;
		struct rig_killer k;
		rig_login(r, PIN);
		rig_kill_later(&k, r->token, i * 15000);
		enum tg_status status = tg_token_generate(r->token, &key, "rsa-2048", &spki, &r->err);
		rig_killed(&k);
		assert_true(status == TG_OK || status == TG_TOKEN_LOST);
		lost += status == TG_TOKEN_LOST;
		rig_login(r, PIN);
		tg_buf_reset(&spki);
		if (tg_token_generate(r->token, &key, "rsa-2048", &spki, &r->err) != TG_OK)
			fail_msg("again: %s", r->err.detail);
		tg_buf_finish(&spki);
	}
	assert_true(lost > 0);
	list_objects(out, sizeof out);
	assert_int_equal(rig_count(out, "Private Key Object; RSA"), 12);
	/* This module writes the file of an object in place: a death in the midst of it may leave a public object of no
	 * bits and without an id, which belongs to no pair. What has an id is one pair each. */
	assert_int_equal(rig_count(out, "ID:         5447"), 24);
}

/* What tg_token_certificates tells, kept. */
struct told {
	unsigned n, with_key, stop_after;
	char labels[256];
	struct tg_buf der[4];
};

static enum tg_status keep(const struct tg_token_certificate *c, void *ctx)
{
	struct told *t = ctx;
	assert_true(t->n < 4);
	tg_buf_add(&t->der[t->n], c->der.data, c->der.len);
	size_t used = strlen(t->labels);
	snprintf(t->labels + used, sizeof t->labels - used, "%s/%02x;", c->label, c->id_len ? c->id[c->id_len - 1] : 0);
	t->with_key += c->has_key;
	return ++t->n == t->stop_after ? TG_CANCELLED : TG_OK;
}

static void forget(struct told *t)
{
	for (unsigned i = 0; i < 4; i++)
		tg_buf_finish(&t->der[i]);
	*t = (struct told){0};
}

static void test_dos9_certificates_are_told_without_a_login(void **state)
{
	struct rig *r = *state;
	struct tg_key_ref key = rig_key(1, "SIGN"), other = rig_key(2, "Тіркеу");
	struct tg_buf spki = TG_BUF_INIT, a = TG_BUF_INIT, b = TG_BUF_INIT;
	struct told t = {0};
	assert_int_equal(tg_token_certificates(r->token, keep, &t, &r->err), TG_OK);
	assert_int_equal(t.n, 0);
	rig_login(r, PIN);
	assert_int_equal(tg_token_generate(r->token, &key, "rsa-2048", &spki, &r->err), TG_OK);
	rig_certify(rig_bytes(&spki), "First", &a);
	assert_int_equal(tg_token_write(r->token, &key, rig_bytes(&a), &r->err), TG_OK);
	tg_buf_reset(&spki);
	assert_int_equal(tg_token_generate(r->token, &other, "rsa-2048", &spki, &r->err), TG_OK);
	rig_certify(rig_bytes(&spki), "Second", &b);
	assert_int_equal(tg_token_write(r->token, &other, rig_bytes(&b), &r->err), TG_OK);
	tg_token_kill(r->token); /* a new child, in which nobody is logged in */
	usleep(50000);
	assert_int_equal(tg_token_certificates(r->token, keep, &t, &r->err), TG_OK);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.with_key, 2);
	assert_int_equal(rig_count(t.labels, "SIGN/01;") + rig_count(t.labels, "Тіркеу/02;"), 2);
	bool in_order = t.der[0].len == a.len && memcmp(t.der[0].data, a.data, a.len) == 0;
	assert_memory_equal(t.der[in_order ? 0 : 1].data, a.data, a.len);
	assert_memory_equal(t.der[in_order ? 1 : 0].data, b.data, b.len);
	forget(&t);
	t.stop_after = 1;
	assert_int_equal(tg_token_certificates(r->token, keep, &t, &r->err), TG_CANCELLED);
	assert_int_equal(t.n, 1);
	forget(&t);
	tg_buf_finish(&spki);
	tg_buf_finish(&a);
	tg_buf_finish(&b);
}

static void test_k8_an_rsa_signature_is_verified_by_openssl(void **state)
{
	struct rig *r = *state;
	static const uint8_t text[] = "kur";
	struct tg_bytes message = {text, 3}, empty = {NULL, 0};
	struct tg_key_ref key = rig_key(1, "SIGN"), none = rig_key(9, "SIGN");
	struct tg_buf spki = TG_BUF_INIT, signature = TG_BUF_INIT, algorithm = TG_BUF_INIT;
	assert_int_equal(tg_token_sign(r->token, &key, message, &signature, &algorithm, &r->err), TG_TOKEN_LOST);
	rig_login(r, PIN);
	assert_int_equal(tg_token_sign(r->token, &none, message, &signature, &algorithm, &r->err), TG_KEY_MISSING);
	assert_int_equal(tg_token_generate(r->token, &key, "rsa-2048", &spki, &r->err), TG_OK);
	assert_int_equal(tg_token_sign(r->token, &key, message, &signature, &algorithm, &r->err), TG_OK);
	assert_true(rig_openssl_verifies(r, "-sha256", rig_bytes(&spki), message, rig_bytes(&signature)));
	tg_buf_reset(&signature);
	assert_int_equal(tg_token_sign(r->token, &key, empty, &signature, &algorithm, &r->err), TG_OK);
	assert_true(rig_openssl_verifies(r, "-sha256", rig_bytes(&spki), empty, rig_bytes(&signature)));
	assert_false(rig_openssl_verifies(r, "-sha256", rig_bytes(&spki), message, rig_bytes(&signature)));
	tg_buf_finish(&spki);
	tg_buf_finish(&signature);
	tg_buf_finish(&algorithm);
}

static void test_a_token_without_pin_is_blank(void **state)
{
	(void)state;
	static struct rig r;
	rig_start(&r, NULL, NULL, RIG_MAIN_MS);
	rig_softhsm(&r, false);
	assert_int_equal(tg_token_inspect(r.token, NULL, NULL, 0, &r.info, &r.err), TG_CARD_BLANK);
	assert_false(r.info.initialised);
	rig_stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_teardown(test_a_token_without_pin_is_blank, rig_teardown),
	        cmocka_unit_test_setup_teardown(test_k5_wrong_pin_is_told_and_locks_nothing_else, setup, teardown),
	        cmocka_unit_test_setup_teardown(
	                test_k5_a_length_outside_the_carriers_bounds_is_never_tried, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_nothing_is_done_without_a_login, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_k8_generating_twice_under_one_id_makes_one_key, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_request_carries_a_proof_that_openssl_accepts, setup, teardown),
	        cmocka_unit_test_setup_teardown(
	                test_k8_a_certificate_is_written_once_and_replaced_when_it_differs, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_remove_leaves_nothing_and_may_be_repeated, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_dos9_certificates_are_told_without_a_login, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_k8_an_rsa_signature_is_verified_by_openssl, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_a_killed_child_is_lost_once, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_k8_killed_while_generating_at_many_moments, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
