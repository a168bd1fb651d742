/* The CA on bad days, and what it does not certify. */
#include "run.h"

#include <pthread.h>

/* --- Shared secret */
static enum tg_status secret_of(void *ctx, struct tg_bytes reference, struct tg_secret *secret)
{
	(void)ctx;
	if (reference.len != 5 || memcmp(reference.data, "enrol", 5) != 0)
		return TG_NOT_FOUND;
	return tg_secret_append(secret, "correct horse", 13) ? TG_OK : TG_NO_MEMORY;
}

static void test_protection_by_secret(void **state)
{
	(void)state;
	struct run r;
	run_init(&r);
	make_request(&r, 20, "nca-individual-sign");
	const char *path = kit_path(k.dir, "secret");
	kit_write(path, "correct horse\n", 14);
	r.config.cert_pem = r.config.key_pem = NULL;
	r.config.secret_ref = "enrol";
	r.config.secret_file = path;
	expect(&r, TG_CA_REFUSED); /* secrets are off */
	kit_stop_ca(&k);
	k.config.pbm_secret = secret_of;
	kit_open_ca(&k);
	r.wire.ca = k.ca;
	expect(&r, TG_OK);
	kit_write(path, "battery staple", 14);
	assert_int_not_equal(enrol(&r), TG_OK);
	assert_int_equal(r.wire.server.status, TG_CA_PROTECTION);
	r.config.secret_ref = "nobody";
	assert_int_not_equal(enrol(&r), TG_OK);
	kit_write(path, "", 0);
	expect(&r, TG_CONFIG);
	assert_string_equal(r.err.file, path);
	run_finish(&r);
}

static void test_client_without_credentials(void **state)
{
	(void)state;
	struct run r;
	run_init(&r);
	make_request(&r, 21, "nca-individual-sign");
	r.config.cert_pem = NULL;
	expect(&r, TG_CONFIG);
	r.config = kit_client(&k);
	r.config.key_pem = k.kiosk_ca_key; /* of another certificate */
	expect(&r, TG_CONFIG);
	r.config = kit_client(&k);
	r.config.trust_pem = "/nonexistent.pem";
	expect(&r, TG_CONFIG);
	assert_string_equal(r.err.file, "/nonexistent.pem");
	r.config = kit_client(&k);
	r.config.recipient = "CN=without a slash";
	expect(&r, TG_CONFIG);
	r.config.recipient = "/C=KZ/CN=ТАМГА";
	expect(&r, TG_OK);
	run_finish(&r);
}

/* --- What the CA does not certify */
static void refuse_request(struct run *r, const struct kit_request *q, const char *why)
{
	kit_crmf(&k, q, &r->crmf);
	expect(r, TG_CA_REFUSED);
	if (strstr(r->wire.server.detail, why) == NULL)
		print_error("%s lacks %s\n", r->wire.server.detail, why);
	assert_non_null(strstr(r->wire.server.detail, why));
	expect_nothing_issued(r);
}

static void test_requests_that_the_profile_forbids(void **state)
{
	(void)state;
	struct run r;
	run_init(&r);
	struct kit_person p = kit_aigul;
	struct kit_request q = {.number = kit_number(22), .profile = "nca-individual-sign", .person = &p, .key = r.key};
	p.iin = "850101400002"; /* wrong check digit */
	refuse_request(&r, &q, "profile-subject-identifier");
	p.iin = "123456789011"; /* NCA's test number: fails the check digit too */
	refuse_request(&r, &q, "profile-subject-identifier");
	p = kit_aigul;
	q.no_reg_info = true;
	refuse_request(&r, &q, "regInfo");
	q.no_reg_info = false;
	q.number = "K7M2-0004-9QX9";
	refuse_request(&r, &q, "number");
	q.number = kit_number(22);
	EVP_PKEY *small = EVP_RSA_gen(1024);
	q.key = small;
	refuse_request(&r, &q, "profile-key-algorithm");
	EVP_PKEY_free(small);
	EVP_PKEY *ec = EVP_EC_gen("P-256");
	q.key = ec;
	refuse_request(&r, &q, "rfc3279-key-rsa");
	EVP_PKEY_free(ec);
	run_finish(&r);
}

static void test_unknown_profile(void **state)
{
	(void)state;
	struct run r;
	run_init(&r);
	struct kit_request q = {
	        .number = kit_number(23), .profile = "nca-individual-sign", .person = &kit_aigul, .key = r.key};
	kit_crmf(&k, &q, &r.crmf);
	/* regInfo is outside the proof of possession: changed here, the protection is made afterwards. */
	uint8_t *at = memmem(r.crmf.data, r.crmf.len, "individual-sign", 15);
	assert_non_null(at);
	memcpy(at, "individual-sigh", 15);
	expect(&r, TG_CA_REFUSED);
	assert_non_null(strstr(r.wire.server.detail, "profile"));
	run_finish(&r);
}

/* --- The register and the token on bad days */
static enum tg_status down_find(void *ctx, const uint8_t hash[TG_HASH_LEN], struct tg_ca_record *out)
{
	(void)ctx, (void)hash, (void)out;
	return TG_STORE_BUSY;
}

static enum tg_status down_insert(void *ctx, const struct tg_ca_record *r)
{
	(void)ctx, (void)r;
	return TG_DISK_FULL;
}

static void test_register_down(void **state)
{
	(void)state;
	struct run r;
	run_init(&r);
	make_request(&r, 24, "nca-individual-sign");
	kit_stop_ca(&k);
	k.store.find_by_spki = down_find;
	kit_open_ca(&k);
	r.wire.ca = k.ca;
	expect(&r, TG_CA_REFUSED);
	assert_non_null(strstr(r.err.detail, "systemUnavail"));
	kit_stop_ca(&k);
	k.store = tg_ca_memory_port(k.memory);
	k.store.insert = down_insert;
	kit_open_ca(&k);
	r.wire.ca = k.ca;
	expect(&r, TG_CA_REFUSED);
	assert_non_null(strstr(r.err.detail, "systemUnavail"));
	kit_stop_ca(&k);
	k.store = tg_ca_memory_port(k.memory);
	kit_open_ca(&k);
	r.wire.ca = k.ca;
	expect(&r, TG_OK);
	run_finish(&r);
}

static void test_restart_keeps_keys_and_certificates(void **state)
{
	(void)state;
	struct run r;
	char serial[48];
	struct tg_buf before = TG_BUF_INIT, after = TG_BUF_INIT;
	run_init(&r);
	make_request(&r, 25, "nca-individual-sign");
	expect(&r, TG_OK);
	(void)tg_copy(serial, sizeof serial, r.result.serial);
	assert_int_equal(tg_ca_chain_pem(k.ca, &before), TG_OK);
	kit_stop_ca(&k);
	kit_open_ca(&k);
	assert_int_equal(tg_ca_chain_pem(k.ca, &after), TG_OK);
	assert_string_equal(tg_buf_str(&before), tg_buf_str(&after));
	r.wire.ca = k.ca;
	expect(&r, TG_OK);
	assert_string_equal(r.result.serial, serial);
	tg_buf_finish(&before);
	tg_buf_finish(&after);
	run_finish(&r);
}

static void test_token_on_bad_days(void **state)
{
	(void)state;
	struct tg_ca *ca = NULL;
	struct tg_error err = {0};
	kit_stop_ca(&k);
	struct tg_ca_config c = k.config;
	c.module = "/nonexistent.so";
	assert_int_equal(tg_ca_open(&ca, &c, &k.store, &k.clock, &err), TG_TOKEN_MODULE);
	c = k.config;
	c.token_label = "another";
	c.init_token = false;
	assert_int_equal(tg_ca_open(&ca, &c, &k.store, &k.clock, &err), TG_TOKEN_MODULE);
	c = k.config;
	struct tg_secret *wrong = NULL;
	assert_int_equal(tg_secret_create(&wrong), TG_OK);
	assert_true(tg_secret_append(wrong, "11111111", 8));
	c.pin = wrong;
	assert_int_equal(tg_ca_open(&ca, &c, &k.store, &k.clock, &err), TG_PIN_WRONG);
	assert_null(ca);
	tg_secret_destroy(wrong);
	/* The issuing CA's certificate was exchanged for the root's. */
	struct tg_buf issuing = TG_BUF_INIT, root = TG_BUF_INIT;
	kit_read(kit_path(k.config.dir, "issuing.pem"), &issuing);
	kit_read(kit_path(k.config.dir, "root.pem"), &root);
	kit_write(kit_path(k.config.dir, "issuing.pem"), root.data, root.len);
	assert_int_equal(tg_ca_open(&ca, &k.config, &k.store, &k.clock, &err), TG_CERT_INVALID);
	kit_write(kit_path(k.config.dir, "issuing.pem"), "garbage", 7);
	assert_int_equal(tg_ca_open(&ca, &k.config, &k.store, &k.clock, &err), TG_CONFIG);
	kit_write(kit_path(k.config.dir, "issuing.pem"), issuing.data, issuing.len);
	tg_buf_finish(&issuing);
	tg_buf_finish(&root);
	kit_open_ca(&k);
}

static void test_table_is_bounded(void **state)
{
	(void)state;
	struct run r;
	kit_stop_ca(&k);
	k.config.transactions_max = 4;
	kit_open_ca(&k);
	run_init(&r);
	make_request(&r, 26, "nca-individual-sign");
	r.wire.fail_with = TG_CA_DOWN;
	for (unsigned i = 0; i < 10; i++) {
		r.wire.messages = 0;
		r.wire.fail_at = 2;
		expect(&r, TG_CA_DOWN);
		assert_true(tg_ca_transactions(k.ca) <= 4);
	}
	assert_int_equal(tg_ca_transactions(k.ca), 4);
	r.wire.fail_at = 0;
	expect(&r, TG_OK);
	kit_stop_ca(&k);
	k.config.transactions_max = 0;
	kit_open_ca(&k);
	run_finish(&r);
}

static void test_not_a_message(void **state)
{
	(void)state;
	struct tg_buf answer = TG_BUF_INIT;
	struct tg_error err;
	static const uint8_t text[] = "GET / HTTP/1.1\r\n", sequence[] = {0x30, 0x80, 0, 0}, nothing[] = {0x30, 0};
	assert_int_equal(tg_ca_cmp(k.ca, NULL, (struct tg_bytes){text, sizeof text}, &answer, &err), TG_INVALID);
	assert_int_equal(
	        tg_ca_cmp(k.ca, NULL, (struct tg_bytes){sequence, sizeof sequence}, &answer, &err), TG_INVALID);
	assert_int_equal(tg_ca_cmp(k.ca, NULL, (struct tg_bytes){nothing, sizeof nothing}, &answer, NULL), TG_INVALID);
	assert_int_equal(tg_ca_cmp(k.ca, NULL, (struct tg_bytes){NULL, 0}, &answer, &err), TG_INVALID);
	assert_int_equal(
	        tg_ca_cmp(k.ca, "not a kiosk!", (struct tg_bytes){nothing, sizeof nothing}, &answer, &err), TG_INVALID);
	assert_int_equal(answer.len, 0);
	tg_buf_finish(&answer);
}

static void test_openssl_is_new_enough(void **state)
{
	(void)state;
	struct tg_error err = {0};
	assert_int_equal(tg_pki_check_openssl(&err), TG_OK);
}

/* --- Many kiosks at once: one CA, four threads, each with its own transactions. */
struct worker {
	struct run r[3];
	unsigned good;
};

static void *work(void *ctx)
{
	struct worker *w = ctx;
	for (unsigned i = 0; i < 3; i++)
		w->good += enrol(&w->r[i]) == TG_OK;
	return NULL;
}

static void test_threads(void **state)
{
	(void)state;
	static struct worker workers[4];
	pthread_t threads[4];
	for (unsigned t = 0; t < 4; t++)
		for (unsigned i = 0; i < 3; i++) {
			run_init(&workers[t].r[i]);
			make_request(&workers[t].r[i], 100 + 3 * t + i, "nca-individual-auth");
		}
	for (unsigned t = 0; t < 4; t++)
		assert_int_equal(pthread_create(&threads[t], NULL, work, &workers[t]), 0);
	for (unsigned t = 0; t < 4; t++)
		assert_int_equal(pthread_join(threads[t], NULL), 0);
	for (unsigned t = 0; t < 4; t++) {
		assert_int_equal(workers[t].good, 3);
		for (unsigned i = 0; i < 3; i++) {
			assert_int_equal(state_of(workers[t].r[i].result.serial), TG_CA_VALID);
			run_finish(&workers[t].r[i]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_openssl_is_new_enough),
	        cmocka_unit_test(test_not_a_message),
	        cmocka_unit_test(test_protection_by_secret),
	        cmocka_unit_test(test_client_without_credentials),
	        cmocka_unit_test(test_requests_that_the_profile_forbids),
	        cmocka_unit_test(test_unknown_profile),
	        cmocka_unit_test(test_register_down),
	        cmocka_unit_test(test_restart_keeps_keys_and_certificates),
	        cmocka_unit_test(test_token_on_bad_days),
	        cmocka_unit_test(test_table_is_bounded),
	        cmocka_unit_test(test_threads),
	};
	return cmocka_run_group_tests(tests, run_start, run_end);
}
