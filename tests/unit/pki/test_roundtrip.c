/* Client and CA in one process: what is issued, once, to whom, and what is refused. NCA.cmp, K-8. */
#include "ca_parts.h"
#include "der.h"
#include "kit.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

static struct kit k;

static int start(void **state)
{
	(void)state;
	kit_start(&k);
	return 0;
}

static int end(void **state)
{
	(void)state;
	kit_end(&k);
	return 0;
}

struct run {
	struct kit_wire wire;
	struct tg_cmp_config config;
	struct tg_buf crmf, spki;
	struct tg_cmp_result result;
	struct tg_error err;
	EVP_PKEY *key;
	tg_cmp_received *received;
	void *received_ctx;
};

static void run_init(struct run *r)
{
	memset(r, 0, sizeof *r);
	r->wire = (struct kit_wire){.ca = k.ca, .peer = "K01A-1"};
	r->config = kit_client(&k);
	r->key = kit_rsa();
	kit_spki(r->key, &r->spki);
}

static void run_finish(struct run *r)
{
	tg_buf_finish(&r->crmf);
	tg_buf_finish(&r->spki);
	tg_cmp_result_finish(&r->result);
	kit_wire_finish(&r->wire);
	EVP_PKEY_free(r->key);
}

static void make_request(struct run *r, unsigned number, const char *profile)
{
	const struct kit_request q = {
		.number = kit_number(number), .profile = profile, .storage = "1.2.398.3.3.5.2.1", .person = &kit_aigul, .key = r->key};
	kit_crmf(&k, &q, &r->crmf);
}

static enum tg_status enrol(struct run *r)
{
	struct tg_cmp_transport t = kit_wire_port(&r->wire);
	tg_cmp_result_finish(&r->result);
	memset(&r->err, 0, sizeof r->err);
	return tg_cmp_enrol(&r->config, &t, "nca-individual-sign", kit_bytes(&r->crmf), kit_bytes(&r->spki), r->received,
		r->received_ctx, &r->result, &r->err);
}

static void expect(struct run *r, enum tg_status want)
{
	enum tg_status got = enrol(r);
	if (got != want)
		print_error("%s: %s / server %s: %s\n", tg_status_name(got), r->err.detail, tg_status_name(r->wire.server.status),
			r->wire.server.detail);
	assert_int_equal(got, want);
}

static enum tg_ca_state state_of(const char *serial)
{
	struct tg_ca_record rec = {0};
	assert_int_equal(k.store.find_by_serial(k.store.ctx, serial, &rec), TG_OK);
	enum tg_ca_state s = rec.state;
	tg_ca_record_finish(&rec);
	return s;
}

static void forget_transactions(void)
{
	k.time.mono_ms += 120001;
	assert_int_equal(tg_ca_transactions(k.ca), 0);
}

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


static enum tg_status known_key(struct run *r, struct tg_ca_record *rec)
{
	uint8_t hash[TG_HASH_LEN];
	unsigned int n = sizeof hash;
	assert_int_equal(EVP_Digest(r->spki.data, r->spki.len, hash, &n, EVP_sha256(), NULL), 1);
	return k.store.find_by_spki(k.store.ctx, hash, rec);
}

static void expect_nothing_issued(struct run *r)
{
	struct tg_ca_record rec = {0};
	assert_int_equal(known_key(r, &rec), TG_NOT_FOUND);
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
	struct kit_request q = {.number = kit_number(6), .profile = "nca-individual-sign", .person = &kit_aigul, .key = r.key,
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
	assert_int_equal(tg_ca_token_key(k.ca->token, "subscriber", &r.key, &err), TG_OK);
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
	assert_int_equal(tg_channel_ca_create(other.kiosk_ca, other.kiosk_ca_key, "Tamga kiosks", k.time.wall_ms, &err), TG_OK);
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
	assert_int_equal(tg_ca_crl(k.ca, &der, &err), TG_OK);
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
		tg_cmp_revoke(&r.config, &t, "nca-individual-sign", kit_bytes(&r.result.certificate), 1, &r.err), TG_OK);
	assert_int_equal(state_of(r.result.serial), TG_CA_REVOKED);
	assert_true(on_crl(r.result.serial, &reason));
	assert_int_equal(reason, CRL_REASON_KEY_COMPROMISE);
	assert_int_equal(tg_cmp_revoke(&r.config, &t, "nca-individual-sign", kit_bytes(&r.result.certificate), 4, &r.err),
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
	assert_int_equal(tg_ca_revoke(k.ca, r.result.serial, 8, &r.err), TG_INVALID);
	assert_int_equal(tg_ca_revoke(k.ca, "1234", -1, &r.err), TG_NOT_FOUND);
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
	assert_int_equal(tg_cmp_renew(&next.config, &t, "", old, kit_bytes(&next.crmf), kit_bytes(&next.spki), NULL, NULL,
				 &next.result, &next.err),
		TG_CA_REFUSED);
	assert_non_null(strstr(next.err.detail, "badCertId"));
	k.time.wall_ms += INT64_C(310) * 86400000;
	enum tg_status status = tg_cmp_renew(&next.config, &t, "", old, kit_bytes(&next.crmf), kit_bytes(&next.spki), NULL,
		NULL, &next.result, &next.err);
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
	assert_int_equal(tg_cmp_enrol(&r.config, &t, "", kit_bytes(&r.crmf), kit_bytes(&other), NULL, NULL, &r.result, &r.err),
		TG_CERT_MISMATCH);
	assert_int_equal(known_key(&r, &rec), TG_OK);
	assert_int_equal(rec.state, TG_CA_REJECTED); /* the CA was told */
	tg_ca_record_finish(&rec);
	EVP_PKEY_free(key);
	tg_buf_finish(&other);
	run_finish(&r);
}

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
	refuse_request(&r, &q, "profile-key-bits");
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
	struct kit_request q = {.number = kit_number(23), .profile = "nca-individual-sign", .person = &kit_aigul, .key = r.key};
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
	assert_int_equal(tg_ca_cmp(k.ca, NULL, (struct tg_bytes){sequence, sizeof sequence}, &answer, &err), TG_INVALID);
	assert_int_equal(tg_ca_cmp(k.ca, NULL, (struct tg_bytes){nothing, sizeof nothing}, &answer, NULL), TG_INVALID);
	assert_int_equal(tg_ca_cmp(k.ca, NULL, (struct tg_bytes){NULL, 0}, &answer, &err), TG_INVALID);
	assert_int_equal(tg_ca_cmp(k.ca, "not a kiosk!", (struct tg_bytes){nothing, sizeof nothing}, &answer, &err), TG_INVALID);
	assert_int_equal(answer.len, 0);
	tg_buf_finish(&answer);
}

static void test_openssl_is_new_enough(void **state)
{
	(void)state;
	struct tg_error err = {0};
	assert_int_equal(tg_pki_check_openssl(&err), TG_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_openssl_is_new_enough),
		cmocka_unit_test(test_not_a_message),
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
		cmocka_unit_test(test_protection_by_secret),
		cmocka_unit_test(test_client_without_credentials),
		cmocka_unit_test(test_requests_that_the_profile_forbids),
		cmocka_unit_test(test_unknown_profile),
		cmocka_unit_test(test_register_down),
		cmocka_unit_test(test_restart_keeps_keys_and_certificates),
		cmocka_unit_test(test_token_on_bad_days),
		cmocka_unit_test(test_table_is_bounded),
	};
	return cmocka_run_group_tests(tests, start, end);
}
