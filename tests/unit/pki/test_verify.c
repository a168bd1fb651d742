/* K-6: signatures of every family, on certificates and CRLs of the NCA's test environment (tests/data/nca-test) and of
 * the RFCs (tests/data/gost); and what a certificate says about its holder. */
#include "kit.h"

#include "tamga/gost.h"
#include "tamga/pki.h"
#include <openssl/pem.h>

#define GOST_DATA TAMGA_TESTS_DIR "/data/gost/"

/* PEM or DER, whatever the file holds. */
static void load(const char *path, struct tg_buf *der)
{
	struct tg_buf raw = TG_BUF_INIT;
	char *name = NULL, *header = NULL;
	unsigned char *bytes = NULL;
	long n = 0;
	kit_read(path, &raw);
	BIO *in = BIO_new_mem_buf(raw.data, (int)raw.len);
	if (PEM_read_bio(in, &name, &header, &bytes, &n) == 1)
		tg_buf_add(der, bytes, (size_t)n);
	else
		tg_buf_add(der, raw.data, raw.len);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(bytes);
	BIO_free(in);
	tg_buf_finish(&raw);
}

typedef enum tg_status verifier(struct tg_bytes what, struct tg_bytes issuer, struct tg_error *err);

static void expect(verifier *v, const char *what, const char *issuer, enum tg_status want, const char *said)
{
	struct tg_buf a = TG_BUF_INIT, b = TG_BUF_INIT;
	struct tg_error err = {0};
	load(what, &a);
	load(issuer, &b);
	enum tg_status got = v(kit_bytes(&a), kit_bytes(&b), &err);
	if (got != want || (said != NULL && strstr(err.detail, said) == NULL))
		print_error("%s: %s: %s\n", what, tg_status_name(got), err.detail);
	assert_int_equal(got, want);
	assert_true(said == NULL || strstr(err.detail, said) != NULL);
	tg_buf_finish(&a);
	tg_buf_finish(&b);
}

static void k6_kazakh_2015_family_verifies(void **state)
{
	(void)state;
	expect(tg_pki_verify_crl, KIT_DATA "nca_gost2022_test.crl", KIT_DATA "nca_gost2015_test.cer", TG_OK, NULL);
}

static void k6_rsa_family_verifies(void **state)
{
	(void)state;
	expect(tg_pki_verify_certificate, KIT_DATA "individual_valid_sign_2004_rsa.cer", KIT_DATA "nca_rsa_test.crt",
	        TG_OK, NULL);
	expect(tg_pki_verify_certificate, KIT_DATA "individual_valid_sign_2004_rsa_auth.cer",
	        KIT_DATA "nca_rsa_test.crt", TG_OK, NULL);
	expect(tg_pki_verify_crl, KIT_DATA "nca_rsa_test.crl", KIT_DATA "nca_rsa_test.crt", TG_OK, NULL);
}

static void k6_russian_family_verifies(void **state)
{
	(void)state;
	static const char *const files[] = {GOST_DATA "rfc4491-2001.pem", GOST_DATA "rfc9215-256-test.pem",
	        GOST_DATA "rfc9215-256-a.pem", GOST_DATA "rfc9215-512-test.pem"};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		expect(tg_pki_verify_certificate, files[i], files[i], TG_OK, NULL);
}

/* "fails by name instead of vaguely" */
static void k6_kazakh_2004_family_says_what_it_is(void **state)
{
	(void)state;
	const char *words = "GOST 34.310-2004 with GOST 34.311-95, hash parameters 1.2.398.3.10.1.3.1.1.0: cannot be "
	                    "verified here";
	expect(tg_pki_verify_crl, KIT_DATA "nca_gost_test.crl", KIT_DATA "nca_gost_test.crt", TG_ALGORITHM, words);
	expect(tg_pki_verify_certificate, KIT_DATA "ceo_valid_sign_2004_gost.cer", KIT_DATA "nca_gost_test.crt",
	        TG_ALGORITHM, words);
}

static void k6_another_issuer_is_refused(void **state)
{
	(void)state;
	expect(tg_pki_verify_certificate, KIT_DATA "individual_valid_sign_2004_rsa.cer", KIT_DATA "nca_gost_test.crt",
	        TG_CERT_INVALID, "another issuer");
	expect(tg_pki_verify_crl, KIT_DATA "nca_gost2022_test.crl", KIT_DATA "nca_rsa_test.crt", TG_CERT_INVALID,
	        "another issuer");
	expect(tg_pki_verify_crl, KIT_DATA "nca_rsa_test.crt", KIT_DATA "nca_rsa_test.crt", TG_CERT_INVALID,
	        "not a CRL");
	expect(tg_pki_verify_certificate, KIT_DATA "nca_rsa_test.crl", KIT_DATA "nca_rsa_test.crt", TG_CERT_INVALID,
	        "not a certificate");
}

/* Every 97th bit of what is signed, of the algorithms and of the signature. */
static void k6_one_flipped_bit_fails(void **state)
{
	(void)state;
	static const struct {
		const char *what, *issuer;
		verifier *v;
	} rows[] = {{KIT_DATA "nca_gost2022_test.crl", KIT_DATA "nca_gost2015_test.cer", tg_pki_verify_crl},
	        {KIT_DATA "individual_valid_sign_2004_rsa.cer", KIT_DATA "nca_rsa_test.crt", tg_pki_verify_certificate},
	        {GOST_DATA "rfc9215-512-test.pem", GOST_DATA "rfc9215-512-test.pem", tg_pki_verify_certificate}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tg_buf what = TG_BUF_INIT, issuer = TG_BUF_INIT;
		struct tg_error err;
		load(rows[i].what, &what);
		load(rows[i].issuer, &issuer);
		assert_int_equal(rows[i].v(kit_bytes(&what), kit_bytes(&issuer), &err), TG_OK);
		for (size_t bit = 0; bit < what.len * 8; bit += 97) {
			what.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_not_equal(rows[i].v(kit_bytes(&what), kit_bytes(&issuer), &err), TG_OK);
			what.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		what.data[what.len - 1] ^= 1; /* the last byte is of the signature itself */
		assert_int_equal(rows[i].v(kit_bytes(&what), kit_bytes(&issuer), &err), TG_CERT_INVALID);
		for (size_t n = 0; n < what.len; n += 31)
			assert_int_not_equal(
			        rows[i].v((struct tg_bytes){what.data, n}, kit_bytes(&issuer), &err), TG_OK);
		tg_buf_finish(&what);
		tg_buf_finish(&issuer);
	}
}

/* A signature without the certificate around it, as a signed document carries it: r ‖ s in the Kazakh order. */
static void k6_bare_signature_of_the_kazakh_family(void **state)
{
	(void)state;
	struct tg_buf crl = TG_BUF_INIT, issuer = TG_BUF_INIT, tbs = TG_BUF_INIT;
	struct tg_error err;
	static const uint8_t sign_512[] = {
	        0x30, 0x0c, 0x06, 0x0a, 0x2a, 0x83, 0x0e, 0x03, 0x0a, 0x01, 0x01, 0x02, 0x03, 0x02};
	static const uint8_t unknown[] = {0x30, 0x0b, 0x06, 0x09, 0x2a, 0x83, 0x0e, 0x03, 0x0a, 0x01, 0x09, 0x09, 0x09};
	load(KIT_DATA "nca_gost2022_test.crl", &crl);
	load(KIT_DATA "nca_gost2015_test.cer", &issuer);
	const unsigned char *p = crl.data;
	X509_CRL *c = d2i_X509_CRL(NULL, &p, (long)crl.len);
	unsigned char *der = NULL;
	int n = i2d_re_X509_CRL_tbs(c, &der);
	assert_true(n > 0);
	tg_buf_add(&tbs, der, (size_t)n);
	OPENSSL_free(der);
	const ASN1_BIT_STRING *bits;
	X509_CRL_get0_signature(c, &bits, NULL);
	const struct tg_bytes signature = {ASN1_STRING_get0_data(bits), (size_t)ASN1_STRING_length(bits)};
	assert_int_equal(tg_pki_verify_signature(kit_bytes(&issuer), (struct tg_bytes){sign_512, sizeof sign_512},
	                         kit_bytes(&tbs), signature, &err),
	        TG_OK);
	assert_int_equal(tg_pki_verify_signature(kit_bytes(&issuer), (struct tg_bytes){unknown, sizeof unknown},
	                         kit_bytes(&tbs), signature, &err),
	        TG_ALGORITHM);
	assert_non_null(strstr(err.detail, "1.2.398.3.10.1.9.9.9"));
	assert_int_equal(tg_pki_verify_signature(
	                         kit_bytes(&issuer), (struct tg_bytes){sign_512, 5}, kit_bytes(&tbs), signature, &err),
	        TG_CERT_INVALID);
	X509_CRL_free(c);
	tg_buf_finish(&tbs);
	tg_buf_finish(&crl);
	tg_buf_finish(&issuer);
}

static void k6_weak_hashes_prove_nothing(void **state)
{
	(void)state;
	struct tg_buf issuer = TG_BUF_INIT;
	struct tg_error err;
	static const uint8_t sha1_rsa[] = {
	        0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05, 0x05, 0x00};
	load(KIT_DATA "nca_rsa_test.crt", &issuer);
	assert_int_equal(tg_pki_verify_signature(kit_bytes(&issuer), (struct tg_bytes){sha1_rsa, sizeof sha1_rsa},
	                         (struct tg_bytes){sha1_rsa, 3}, (struct tg_bytes){sha1_rsa, 3}, &err),
	        TG_ALGORITHM);
	tg_buf_finish(&issuer);
}

/* --- What a certificate says. Expected: what `openssl x509 -text` prints of these files. */
static void facts_of(const char *path, struct tg_certificate_facts *f)
{
	struct tg_buf der = TG_BUF_INIT;
	struct tg_error err;
	load(path, &der);
	assert_int_equal(tg_pki_certificate_facts(kit_bytes(&der), f, &err), TG_OK);
	tg_buf_finish(&der);
}

static void dos9_facts_of_a_head(void **state)
{
	(void)state;
	struct tg_certificate_facts f;
	facts_of(KIT_DATA "ceo_valid_sign_2004_gost.cer", &f);
	assert_string_equal(f.common_name, "ТЕСТОВ ТЕСТ");
	assert_string_equal(f.organisation, "АО \"ТЕСТ\"");
	assert_string_equal(f.personal_number, "123456789011");
	assert_string_equal(f.organisation_number, "123456789021");
	assert_string_equal(f.issuer, "ҰКО 3.0 (GOST TEST)");
	assert_string_equal(f.title, "");
	assert_string_equal(f.algorithm, "");                 /* none of ours */
	assert_int_equal(f.from_ms, INT64_C(1642481135000));  /* Jan 18 04:45:35 2022 GMT */
	assert_int_equal(f.until_ms, INT64_C(1674017135000)); /* Jan 18 04:45:35 2023 GMT */
	assert_true(f.signs);
	assert_false(f.authenticates);
}

static void dos9_facts_of_a_person(void **state)
{
	(void)state;
	struct tg_certificate_facts f;
	facts_of(KIT_DATA "individual_valid_sign_2004_rsa_auth.cer", &f);
	assert_string_equal(f.common_name, "ТЕСТОВ ТЕСТ"); /* GN is the patronymic there, not a part of this */
	assert_string_equal(f.organisation, "");
	assert_string_equal(f.organisation_number, "");
	assert_string_equal(f.personal_number, "123456789011");
	assert_string_equal(f.algorithm, "rsa-2048");
	assert_true(f.authenticates);
	assert_false(f.signs);
	facts_of(GOST_DATA "rfc4491-2001.pem", &f);
	assert_string_equal(f.algorithm, "gost2001");
	facts_of(GOST_DATA "rfc9215-512-test.pem", &f);
	assert_string_equal(f.algorithm, "gost2012-512");
	assert_string_equal(f.serial, "0b");
}

static void dos9_facts_of_no_certificate(void **state)
{
	(void)state;
	struct tg_certificate_facts f;
	struct tg_buf der = TG_BUF_INIT, name = TG_BUF_INIT;
	struct tg_error err;
	load(KIT_DATA "nca_rsa_test.crt", &der);
	assert_int_equal(tg_pki_certificate_subject(kit_bytes(&der), &name, &err), TG_OK);
	for (size_t n = 0; n < der.len; n += 7) {
		assert_int_equal(tg_pki_certificate_facts((struct tg_bytes){der.data, n}, &f, &err), TG_CERT_INVALID);
		assert_int_equal(
		        tg_pki_certificate_subject((struct tg_bytes){der.data, n}, &name, &err), TG_CERT_INVALID);
	}
	tg_buf_add_u8(&der, 0);
	assert_int_equal(tg_pki_certificate_facts(kit_bytes(&der), &f, &err), TG_CERT_INVALID);
	tg_buf_finish(&name);
	tg_buf_finish(&der);
}

int main(void)
{
	struct tg_error err;
	if (tg_gost_load(&err) != TG_OK) {
		print_error("skipped: %s\n", err.detail);
		return 77;
	}
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(k6_kazakh_2015_family_verifies),
	        cmocka_unit_test(k6_rsa_family_verifies),
	        cmocka_unit_test(k6_russian_family_verifies),
	        cmocka_unit_test(k6_kazakh_2004_family_says_what_it_is),
	        cmocka_unit_test(k6_another_issuer_is_refused),
	        cmocka_unit_test(k6_one_flipped_bit_fails),
	        cmocka_unit_test(k6_bare_signature_of_the_kazakh_family),
	        cmocka_unit_test(k6_weak_hashes_prove_nothing),
	        cmocka_unit_test(dos9_facts_of_a_head),
	        cmocka_unit_test(dos9_facts_of_a_person),
	        cmocka_unit_test(dos9_facts_of_no_certificate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
