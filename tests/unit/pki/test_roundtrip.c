/* Client and CA in one process: what is issued, once, to whom, and what is refused. K-8. */
#include "ca_parts.h"
#include "der.h"
#include "run.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

static void test_enrol_gives_a_confirmed_certificate(void **state)
{
	(void)state;
	struct run r;
	run_init(&r);
	make_request(&r, 1, "nca-individual-sign");
	expect(&r, TG_OK);
	assert_int_equal(r.wire.messages, 2); /* ir, certConf */
	assert_true(r.result.certificate.len > 800);
	assert_true(r.result.chain.len > 800);
	assert_int_equal(strlen(r.result.serial), 40);
	assert_int_equal(state_of(r.result.serial), TG_CA_VALID);
	assert_int_equal(tg_ca_transactions(k.ca), 0);
	run_finish(&r);
}

/* K-8: whatever was lost on the way, one key has one certificate. */
static void test_lost_answers_give_the_same_certificate(void **state)
{
	(void)state;
	struct run r;
	char serial[48];
	struct tg_ca_record rec = {0};
	run_init(&r);
	make_request(&r, 2, "nca-individual-sign");
	r.wire.lose_at = 1;
	r.wire.fail_with = TG_CA_DOWN;
	expect(&r, TG_CA_DOWN);
	assert_int_equal(known_key(&r, &rec), TG_OK);
	assert_int_equal(rec.state, TG_CA_UNCONFIRMED);
	(void)tg_copy(serial, sizeof serial, rec.serial);
	tg_ca_record_finish(&rec);

	r.wire.messages = 0;
	r.wire.lose_at = 2; /* pkiConf */
	r.wire.fail_with = TG_TIMEOUT;
	expect(&r, TG_TIMEOUT);
	assert_int_equal(r.result.certificate.len, 0);
	assert_int_equal(state_of(serial), TG_CA_VALID);

	r.wire.lose_at = 0;
	expect(&r, TG_OK);
	assert_string_equal(r.result.serial, serial);
	struct tg_buf first = TG_BUF_INIT;
	tg_buf_add(&first, r.result.certificate.data, r.result.certificate.len);
	expect(&r, TG_OK);
	assert_int_equal(first.len, r.result.certificate.len);
	assert_memory_equal(first.data, r.result.certificate.data, first.len);
	tg_buf_finish(&first);
	run_finish(&r);
}

static void test_certconf_never_sent_leaves_it_unconfirmed(void **state)
{
	(void)state;
	struct run r;
	struct tg_ca_record rec = {0};
	run_init(&r);
	forget_transactions();
	make_request(&r, 3, "nca-individual-auth");
	r.wire.fail_at = 2;
	r.wire.fail_with = TG_AGENT_DOWN;
	expect(&r, TG_AGENT_DOWN);
	assert_int_equal(known_key(&r, &rec), TG_OK);
	assert_int_equal(rec.state, TG_CA_UNCONFIRMED);
	assert_string_equal(rec.number, kit_number(3));
	assert_string_equal(rec.profile, "nca-individual-auth");
	assert_string_equal(rec.kiosk, "K01A-1");
	tg_ca_record_finish(&rec);
	assert_int_equal(tg_ca_transactions(k.ca), 1);
	k.time.mono_ms += 120001;
	assert_int_equal(tg_ca_transactions(k.ca), 0);
	run_finish(&r);
}

static void test_reused_key_is_refused(void **state)
{
	(void)state;
	struct run r;
	struct kit_person other = kit_aigul;
	run_init(&r);
	make_request(&r, 4, "nca-individual-sign");
	expect(&r, TG_OK);
	make_request(&r, 5, "nca-individual-sign"); /* another application */
	expect(&r, TG_CA_REFUSED);
	assert_non_null(strstr(r.err.detail, "duplicateCertReq"));
	make_request(&r, 4, "nca-individual-auth"); /* another profile */
	expect(&r, TG_CA_REFUSED);
	other.name = "Гүлсім"; /* another person */
	const struct kit_request q = {
	        .number = kit_number(4), .profile = "nca-individual-sign", .person = &other, .key = r.key};
	kit_crmf(&k, &q, &r.crmf);
	expect(&r, TG_CA_REFUSED);
	assert_non_null(strstr(r.err.detail, "another name"));
	run_finish(&r);
}

static void test_proof_of_possession_is_checked(void **state)
{
	(void)state;
	struct run r;
	EVP_PKEY *thief = kit_rsa();
	run_init(&r);
	struct kit_request q = {.number = kit_number(6),
	        .profile = "nca-individual-sign",
	        .person = &kit_aigul,
	        .key = r.key,
	        .signer = thief};
	kit_crmf(&k, &q, &r.crmf);
	expect(&r, TG_CA_REFUSED);
	assert_non_null(strstr(r.err.detail, "badPOP"));
	q.no_pop = true;
	kit_crmf(&k, &q, &r.crmf);
	expect(&r, TG_CA_REFUSED);
	assert_non_null(strstr(r.err.detail, "badPOP"));
	expect_nothing_issued(&r);
	EVP_PKEY_free(thief);
	run_finish(&r);
}

static void test_proof_by_a_key_in_softhsm(void **state)
{
	(void)state;
	struct run r;
	struct tg_error err = {0};
	run_init(&r);
	EVP_PKEY_free(r.key);
	bool made;
	assert_int_equal(tg_ca_token_key(k.ca->token, "subscriber", &made, &r.key, &err), TG_OK);
	tg_buf_reset(&r.spki);
	kit_spki(r.key, &r.spki);
	make_request(&r, 7, "nca-individual-sign");
	expect(&r, TG_OK);
	run_finish(&r);
}

static void test_foreign_kiosk_is_refused(void **state)
{
	(void)state;
	struct run r;
	struct kit other = k;
	char cert[256], key[256];
	struct tg_error err = {0};
	run_init(&r);
	forget_transactions();
	make_request(&r, 8, "nca-individual-sign");
	/* A certificate with the right name of a CA that is not ours. */
	(void)snprintf(other.kiosk_ca, sizeof other.kiosk_ca, "%.63s/other-ca.pem", k.dir);
	(void)snprintf(other.kiosk_ca_key, sizeof other.kiosk_ca_key, "%.63s/other-ca.key", k.dir);
	assert_int_equal(
	        tg_channel_ca_create(other.kiosk_ca, other.kiosk_ca_key, "Tamga kiosks", k.time.wall_ms, &err), TG_OK);
	(void)unlink(kit_path(k.dir, "K09Z-1.key"));
	kit_kiosk(&other, "K09Z-1", cert, key);
	r.config.cert_pem = cert;
	r.config.key_pem = key;
	r.wire.peer = "K09Z-1";
	expect(&r, TG_CA_REFUSED);
	assert_int_equal(r.wire.server.status, TG_CA_PROTECTION);
	expect_nothing_issued(&r);
	assert_int_equal(tg_ca_transactions(k.ca), 0);
	run_finish(&r);
}

static void test_kiosk_cannot_speak_for_another(void **state)
{
	(void)state;
	struct run r;
	run_init(&r);
	make_request(&r, 9, "nca-individual-sign");
	r.wire.peer = "K02B-1"; /* TLS says so; the message is signed by K01A-1 */
	expect(&r, TG_CA_REFUSED);
	assert_int_equal(r.wire.server.status, TG_CA_PROTECTION);
	expect_nothing_issued(&r);
	r.wire.peer = NULL; /* nothing known of the connection: the signature alone counts */
	expect(&r, TG_OK);
	run_finish(&r);
}

static void test_expired_kiosk_is_refused(void **state)
{
	(void)state;
	struct run r;
	run_init(&r);
	make_request(&r, 10, "nca-individual-sign");
	k.time.wall_ms += INT64_C(400) * 86400000;
	enum tg_status status = enrol(&r);
	k.time.wall_ms = KIT_NOW_MS;
	assert_int_equal(status, TG_CA_REFUSED);
	expect_nothing_issued(&r);
	run_finish(&r);
}

static void test_wrong_trust_at_the_kiosk(void **state)
{
	(void)state;
	struct run r;
	struct tg_ca_record rec = {0};
	run_init(&r);
	make_request(&r, 11, "nca-individual-sign");
	r.config.trust_pem = k.kiosk_ca;
	expect(&r, TG_CA_PROTECTION);
	assert_int_equal(r.result.certificate.len, 0);
	assert_int_equal(known_key(&r, &rec), TG_OK);
	assert_int_equal(rec.state, TG_CA_UNCONFIRMED);
	tg_ca_record_finish(&rec);
	run_finish(&r);
}

static void test_broken_answers(void **state)
{
	(void)state;
	struct run r;
	run_init(&r);
	make_request(&r, 12, "nca-individual-sign");
	for (unsigned at = 1; at <= 2; at++) {
		r.wire.messages = 0;
		r.wire.garbage_at = at;
		expect(&r, TG_CA_GARBAGE);
		assert_null(strchr(r.err.detail, '\x1b'));
		r.wire.messages = r.wire.garbage_at = 0;
		r.wire.cut_at = at;
		expect(&r, TG_CA_GARBAGE);
		r.wire.cut_at = 0;
	}
	r.wire.messages = 0;
	expect(&r, TG_OK);
	run_finish(&r);
}

/* Header and body of an answer, which its protection covers (extraCerts are not covered). */
static size_t protected_bytes(const struct tg_buf *answer)
{
	struct tg_bytes in = kit_bytes(answer);
	struct tg_der all, header, body;
	assert_true(tg_der_next(&in, &all));
	in = all.content;
	assert_true(tg_der_next(&in, &header));
	assert_true(tg_der_next(&in, &body));
	return (size_t)(in.data - answer->data);
}

static void flip_each(struct run *r, unsigned at, size_t n)
{
	for (size_t byte = 0; byte < n; byte += 23) {
		r->wire.messages = 0;
		r->wire.flip_at = at;
		r->wire.flip_byte = byte;
		enum tg_status status = enrol(r);
		bool named = status == TG_CA_PROTECTION || status == TG_CA_GARBAGE || status == TG_CA_REFUSED;
		if (!named)
			print_error("answer %u byte %zu: %s %s\n", at, byte, tg_status_name(status), r->err.detail);
		assert_true(named);
		assert_int_equal(r->result.certificate.len, 0);
	}
	r->wire.flip_at = 0;
}

/* A bit in every 23rd byte of either answer: never a certificate, and a name for what happened. */
static void test_changed_answers_are_refused(void **state)
{
	(void)state;
	struct run r;
	run_init(&r);
	make_request(&r, 13, "nca-individual-sign");
	r.wire.fail_at = 2;
	r.wire.fail_with = TG_CA_DOWN;
	expect(&r, TG_CA_DOWN);
	size_t n = protected_bytes(&r.wire.last_answer);
	assert_true(n > 1000);
	r.wire.fail_at = 0;
	flip_each(&r, 1, n);
	r.wire.messages = 0;
	expect(&r, TG_OK);
	n = protected_bytes(&r.wire.last_answer);
	assert_true(n > 100);
	flip_each(&r, 2, n);
	run_finish(&r);
}

static enum tg_status disk_full(struct tg_bytes certificate, void *ctx)
{
	(void)certificate;
	*(unsigned *)ctx += 1;
	return TG_DISK_FULL;
}

static bool on_crl(const char *serial, int *reason)
{
	struct tg_buf der = TG_BUF_INIT;
	struct tg_error err = {0};
	assert_int_equal(kit_crl(&k, TG_CA_LIST_RSA, &der, &err), TG_OK);
	const unsigned char *p = der.data;
	X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)der.len);
	assert_non_null(crl);
	BIGNUM *bn = NULL;
	assert_true(BN_hex2bn(&bn, serial) > 0);
	ASN1_INTEGER *number = BN_to_ASN1_INTEGER(bn, NULL);
	X509_REVOKED *e = NULL;
	bool found = X509_CRL_get0_by_serial(crl, &e, number) == 1;
	ASN1_ENUMERATED *why = found ? X509_REVOKED_get_ext_d2i(e, NID_crl_reason, NULL, NULL) : NULL;
	*reason = why == NULL ? -1 : (int)ASN1_ENUMERATED_get(why);
	ASN1_ENUMERATED_free(why);
	ASN1_INTEGER_free(number);
	BN_free(bn);
	X509_CRL_free(crl);
	tg_buf_finish(&der);
	return found;
}

/* The kiosk could not keep the certificate: it is on hold until it asks again. */
static void test_refused_by_the_kiosk_then_taken(void **state)
{
	(void)state;
	struct run r;
	unsigned calls = 0;
	int reason;
	struct tg_ca_record rec = {0};
	run_init(&r);
	make_request(&r, 14, "nca-individual-sign");
	r.received = disk_full;
	r.received_ctx = &calls;
	expect(&r, TG_DISK_FULL);
	assert_int_equal(calls, 1);
	assert_int_equal(r.wire.messages, 2);
	assert_int_equal(known_key(&r, &rec), TG_OK);
	assert_int_equal(rec.state, TG_CA_REJECTED);
	assert_true(on_crl(rec.serial, &reason));
	assert_int_equal(reason, CRL_REASON_CERTIFICATE_HOLD);
	r.received = NULL;
	expect(&r, TG_OK);
	assert_string_equal(r.result.serial, rec.serial);
	assert_int_equal(state_of(rec.serial), TG_CA_VALID);
	assert_false(on_crl(rec.serial, &reason));
	/* A confirmed certificate is not taken back by a later refusal. */
	r.received = disk_full;
	expect(&r, TG_DISK_FULL);
	assert_int_equal(state_of(rec.serial), TG_CA_VALID);
	tg_ca_record_finish(&rec);
	run_finish(&r);
}

static void test_revocation(void **state)
{
	(void)state;
	struct run r;
	int reason;
	run_init(&r);
	make_request(&r, 15, "nca-individual-sign");
	expect(&r, TG_OK);
	struct tg_cmp_transport t = kit_wire_port(&r.wire);
	assert_false(on_crl(r.result.serial, &reason));
	assert_int_equal(
	        tg_cmp_revoke(&r.config, &t, "nca-individual-sign", kit_bytes(&r.result.certificate), 1, &r.err),
	        TG_OK);
	assert_int_equal(state_of(r.result.serial), TG_CA_REVOKED);
	assert_true(on_crl(r.result.serial, &reason));
	assert_int_equal(reason, CRL_REASON_KEY_COMPROMISE);
	assert_int_equal(
	        tg_cmp_revoke(&r.config, &t, "nca-individual-sign", kit_bytes(&r.result.certificate), 4, &r.err),
	        TG_CA_REFUSED);
	assert_non_null(strstr(r.err.detail, "certRevoked"));
	expect(&r, TG_CA_REFUSED); /* and its key is not certified again */
	run_finish(&r);
}

static void test_revocation_without_reason_and_by_staff(void **state)
{
	(void)state;
	struct run r;
	int reason;
	run_init(&r);
	make_request(&r, 16, "nca-individual-sign");
	expect(&r, TG_OK);
	assert_int_equal(tg_ca_revoke(k.ca, r.result.serial, 8, "", &r.err), TG_INVALID);
	assert_int_equal(tg_ca_revoke(k.ca, "1234", -1, "", &r.err), TG_NOT_FOUND);
	struct tg_cmp_transport t = kit_wire_port(&r.wire);
	assert_int_equal(tg_cmp_revoke(&r.config, &t, "", kit_bytes(&r.result.certificate), -1, &r.err), TG_OK);
	assert_true(on_crl(r.result.serial, &reason));
	assert_int_equal(reason, -1);
	run_finish(&r);
}

static void test_foreign_certificate_cannot_be_revoked(void **state)
{
	(void)state;
	struct run r;
	struct tg_buf pem = TG_BUF_INIT, der = TG_BUF_INIT;
	run_init(&r);
	BIO *in = BIO_new_file(KIT_DATA "individual_valid_sign_2004_rsa.cer", "r");
	X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL);
	BIO_free(in);
	assert_non_null(x);
	unsigned char *bytes = NULL;
	int n = i2d_X509(x, &bytes);
	tg_buf_add(&der, bytes, (size_t)n);
	OPENSSL_free(bytes);
	X509_free(x);
	struct tg_cmp_transport t = kit_wire_port(&r.wire);
	assert_int_equal(tg_cmp_revoke(&r.config, &t, "", kit_bytes(&der), -1, &r.err), TG_CA_REFUSED);
	assert_non_null(strstr(r.err.detail, "badCertId"));
	tg_buf_finish(&der);
	tg_buf_finish(&pem);
	run_finish(&r);
}

static void test_renewal_only_near_the_end(void **state)
{
	(void)state;
	struct run r, next;
	run_init(&r);
	make_request(&r, 17, "nca-individual-sign");
	expect(&r, TG_OK);
	run_init(&next);
	make_request(&next, 18, "nca-individual-sign");
	struct tg_cmp_transport t = kit_wire_port(&next.wire);
	const struct tg_bytes old = kit_bytes(&r.result.certificate);
	assert_int_equal(tg_cmp_renew(&next.config, &t, "", old, kit_bytes(&next.crmf), kit_bytes(&next.spki), NULL,
	                         NULL, &next.result, &next.err),
	        TG_CA_REFUSED);
	assert_non_null(strstr(next.err.detail, "badCertId"));
	k.time.wall_ms += INT64_C(310) * 86400000;
	enum tg_status status = tg_cmp_renew(&next.config, &t, "", old, kit_bytes(&next.crmf), kit_bytes(&next.spki),
	        NULL, NULL, &next.result, &next.err);
	k.time.wall_ms = KIT_NOW_MS;
	if (status != TG_OK)
		print_error("%s / %s\n", next.err.detail, next.wire.server.detail);
	assert_int_equal(status, TG_OK);
	assert_string_not_equal(next.result.serial, r.result.serial);
	run_finish(&next);
	run_finish(&r);
}

/* A well-protected answer with a certificate for another key: swapped at the server, which lies. */
static void test_certificate_for_another_key(void **state)
{
	(void)state;
	struct run r;
	struct tg_buf other = TG_BUF_INIT;
	EVP_PKEY *key = kit_rsa();
	struct tg_ca_record rec = {0};
	run_init(&r);
	make_request(&r, 19, "nca-individual-sign");
	kit_spki(key, &other);
	struct tg_cmp_transport t = kit_wire_port(&r.wire);
	assert_int_equal(
	        tg_cmp_enrol(&r.config, &t, "", kit_bytes(&r.crmf), kit_bytes(&other), NULL, NULL, &r.result, &r.err),
	        TG_CERT_MISMATCH);
	assert_int_equal(known_key(&r, &rec), TG_OK);
	assert_int_equal(rec.state, TG_CA_REJECTED); /* the CA was told */
	tg_ca_record_finish(&rec);
	EVP_PKEY_free(key);
	tg_buf_finish(&other);
	run_finish(&r);
}

/* UBR-2: a certificate begins when it is made. A kiosk whose clock is a little behind takes it all the same; one that
 * is far behind does not. The profile of this test begins ten minutes earlier. */
static void test_a_kiosk_whose_clock_is_behind(void **state)
{
	(void)state;
	const struct {
		unsigned number;
		int minutes;
		enum tg_status want;
	} cases[] = {{120, 14, TG_OK}, {121, 16, TG_CERT_INVALID}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct run r;
		struct kit_clock behind = {k.time.wall_ms - cases[i].minutes * 60000, k.time.mono_ms};
		struct tg_clock clock = kit_clock_port(&behind);
		run_init(&r);
		make_request(&r, cases[i].number, "nca-individual-sign");
		r.config.clock = &clock;
		expect(&r, cases[i].want);
		run_finish(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_kiosk_whose_clock_is_behind),
	        cmocka_unit_test(test_enrol_gives_a_confirmed_certificate),
	        cmocka_unit_test(test_lost_answers_give_the_same_certificate),
	        cmocka_unit_test(test_certconf_never_sent_leaves_it_unconfirmed),
	        cmocka_unit_test(test_reused_key_is_refused),
	        cmocka_unit_test(test_proof_of_possession_is_checked),
	        cmocka_unit_test(test_proof_by_a_key_in_softhsm),
	        cmocka_unit_test(test_foreign_kiosk_is_refused),
	        cmocka_unit_test(test_kiosk_cannot_speak_for_another),
	        cmocka_unit_test(test_expired_kiosk_is_refused),
	        cmocka_unit_test(test_wrong_trust_at_the_kiosk),
	        cmocka_unit_test(test_broken_answers),
	        cmocka_unit_test(test_changed_answers_are_refused),
	        cmocka_unit_test(test_refused_by_the_kiosk_then_taken),
	        cmocka_unit_test(test_revocation),
	        cmocka_unit_test(test_revocation_without_reason_and_by_staff),
	        cmocka_unit_test(test_foreign_certificate_cannot_be_revoked),
	        cmocka_unit_test(test_renewal_only_near_the_end),
	        cmocka_unit_test(test_certificate_for_another_key),
	};
	return cmocka_run_group_tests(tests, run_start, run_end);
}
