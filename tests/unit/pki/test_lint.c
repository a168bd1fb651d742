/* Each rule of the linter with a certificate that breaks it and nothing before it. The certificates are the NCA's own
 * (tests/data/nca-test, which break none when the test numbers are allowed) changed in one place and signed by a key of
 * the test. */
#include "issue.h"
#include "lint_kit.h"
#include "ossl.h"
#include "sign.h"
#include "weak_keys.h"

#include "tamga/gost.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

static X509 *other_ca;
static unsigned covered;

static int start(void **state)
{
	lint_start(state);
	other_ca = lint_pem(KIT_DATA "nca_gost_test.crt");
	return 0;
}

static int end(void **state)
{
	X509_free(other_ca);
	return lint_end(state);
}

static void test_real_certificates_pass(void **state)
{
	(void)state;
	struct tg_error err;
	assert_int_equal(lint(original, issuer, true, &err), TG_OK);
	assert_int_equal(lint(original, issuer, false, &err), TG_CERT_INVALID);
	assert_non_null(strstr(err.detail, "profile-subject-identifier"));
	X509 *auth = lint_pem(KIT_DATA "individual_valid_sign_2004_rsa_auth.cer");
	assert_int_equal(lint(auth, issuer, true, &err), TG_CERT_INVALID); /* not for signatures */
	assert_non_null(strstr(err.detail, "profile-key-usage"));
	X509_free(auth);
	X509 *ceo = lint_pem(KIT_DATA "ceo_valid_sign_2004_gost.cer");
	assert_int_equal(lint(ceo, NULL, true, &err), TG_CERT_INVALID);
	X509_free(ceo);
	assert_int_equal(
	        tg_pki_lint(profiles, "none", (struct tg_bytes){NULL, 0}, (struct tg_bytes){NULL, 0}, true, &err),
	        TG_NOT_FOUND);
	assert_int_equal(tg_pki_lint(profiles, "nca-individual-sign", (struct tg_bytes){NULL, 0},
	                         (struct tg_bytes){NULL, 0}, true, &err),
	        TG_CERT_INVALID);
}

/* --- Changes */

static void raw(X509 *x, const char *oid, const uint8_t *bytes, int n)
{
	ASN1_OBJECT *o = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
	assert_int_equal(ASN1_OCTET_STRING_set(s, bytes, n), 1);
	X509_EXTENSION *e = X509_EXTENSION_create_by_OBJ(NULL, o, 0, s);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(s);
	ASN1_OBJECT_free(o);
}

/* One change a line. */
/* clang-format off */
static void version_2(X509 *x) { assert_int_equal(X509_set_version(x, X509_VERSION_2), 1); }
static void serial_zero(X509 *x) { assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 0), 1); }
static void serial_short(X509 *x) { assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 77), 1); }
static void serial_negative(X509 *x) { assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), -77), 1); }
static void issuer_empty(X509 *x)
{
	X509_NAME *n = X509_NAME_new();
	assert_int_equal(X509_set_issuer_name(x, n), 1);
	X509_NAME_free(n);
}
static void issuer_other(X509 *x) { assert_int_equal(X509_set_issuer_name(x, X509_get_subject_name(other_ca)), 1); }
static void time_general(X509 *x) { assert_int_equal(ASN1_GENERALIZEDTIME_set_string(X509_getm_notAfter(x), "20230118043850Z"), 1); }
static void one_day_more(X509 *x) { assert_non_null(X509_time_adj_ex(X509_getm_notAfter(x), 366, 0, &(time_t){1642480730})); }
static void one_second_less(X509 *x) { assert_non_null(X509_time_adj_ex(X509_getm_notAfter(x), 365, -1, &(time_t){1642480730})); }
static void after_the_ca(X509 *x)
{
	assert_non_null(ASN1_TIME_set(X509_getm_notBefore(x), 1893456000)); /* 2030 */
	assert_non_null(ASN1_TIME_set(X509_getm_notAfter(x), 1893456000 + 365 * 86400));
}
static void key_ec(X509 *x) { assert_int_equal(X509_set_pubkey(x, ec), 1); }
static void key_1024(X509 *x)
{
	EVP_PKEY *k = EVP_RSA_gen(1024);
	assert_non_null(k);
	assert_int_equal(X509_set_pubkey(x, k), 1);
	EVP_PKEY_free(k);
}

/* The public key's bytes with one number exchanged. */
static void patch_key(X509 *x, size_t from_end, uint8_t value)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(X509_get0_pubkey(x), &der);
	assert_true(n > 0);
	der[(size_t)n - from_end] = value;
	const unsigned char *p = der;
	EVP_PKEY *k = d2i_PUBKEY(NULL, &p, n);
	assert_non_null(k);
	assert_int_equal(X509_set_pubkey(x, k), 1);
	EVP_PKEY_free(k);
	OPENSSL_free(der);
}
static void exponent_odd(X509 *x) { patch_key(x, 1, 3); }        /* 65539 */
static void modulus_even(X509 *x) { patch_key(x, 6, 0); }        /* last byte of n */

static void key_roca(X509 *x) { set_modulus(x, WEAK_ROCA); }
static void key_close(X509 *x) { set_modulus(x, WEAK_CLOSE); }
static void nobody_is_told(X509 *x)
{
	drop(x, NID_info_access);
	drop(x, NID_crl_distribution_points);
}

static void cn_first_gone(X509 *x)
{
	X509_NAME *n = X509_NAME_dup(X509_get_subject_name(x));
	X509_NAME_ENTRY_free(X509_NAME_delete_entry(n, 0));
	assert_int_equal(X509_set_subject_name(x, n), 1);
	X509_NAME_free(n);
}
static void extra_attribute(X509 *x)
{
	X509_NAME *n = X509_NAME_dup(X509_get_subject_name(x));
	assert_int_equal(X509_NAME_add_entry_by_txt(n, "L", MBSTRING_UTF8, (const unsigned char *)"АСТАНА", -1, -1, 0), 1);
	assert_int_equal(X509_set_subject_name(x, n), 1);
	X509_NAME_free(n);
}
static void multi_valued(X509 *x)
{
	X509_NAME *n = X509_NAME_dup(X509_get_subject_name(x));
	X509_NAME_ENTRY *e = X509_NAME_delete_entry(n, 4);
	assert_int_equal(X509_NAME_add_entry(n, e, -1, -1), 1); /* into the RDN before it */
	X509_NAME_ENTRY_free(e);
	assert_int_equal(X509_set_subject_name(x, n), 1);
	X509_NAME_free(n);
}
static void cn_bmp(X509 *x) { set_name(x, NID_commonName, V_ASN1_BMPSTRING, "\x04\x16"); }
static void sn_escape(X509 *x) { set_name(x, NID_surname, V_ASN1_UTF8STRING, "ТЕСТОВ\x1b[2J"); }
static void sn_bidi(X509 *x) { set_name(x, NID_surname, V_ASN1_UTF8STRING, "ТЕСТОВ\u202e"); }
static void gn_space(X509 *x) { set_name(x, NID_givenName, V_ASN1_UTF8STRING, "ТЕСТОВИЧ "); }
static void gn_long(X509 *x)
{
	set_name(x, NID_givenName, V_ASN1_UTF8STRING,
		"ААААААААААААААААААААААААААААААААААААААААААААААААААААААААААААААААА"); /* 65 */
}
static void gn_lower(X509 *x) { set_name(x, NID_givenName, V_ASN1_UTF8STRING, "Тестович"); }
static void country_long(X509 *x) { set_name(x, NID_countryName, V_ASN1_PRINTABLESTRING, "K1"); }
static void country_other(X509 *x) { set_name(x, NID_countryName, V_ASN1_PRINTABLESTRING, "KG"); }
static void cn_other(X509 *x) { set_name(x, NID_commonName, V_ASN1_UTF8STRING, "ИВАНОВ ТЕСТ"); }
static void cn_no_name(X509 *x) { set_name(x, NID_commonName, V_ASN1_UTF8STRING, "ТЕСТОВ"); }
static void prefix_bin(X509 *x) { set_name(x, NID_serialNumber, V_ASN1_PRINTABLESTRING, "BIN123456789011"); }
static void iin_wrong(X509 *x) { set_name(x, NID_serialNumber, V_ASN1_PRINTABLESTRING, "IIN850101400002"); }

static void ku_twice(X509 *x) { conf(x, NID_key_usage, "critical,digitalSignature,nonRepudiation"); }
static void is_ca(X509 *x) { conf(x, NID_basic_constraints, "CA:TRUE"); }
static void comment(X509 *x) { conf(x, NID_netscape_comment, "hello"); }
static void no_policies(X509 *x) { drop(x, NID_certificate_policies); }
static void ku_not_critical(X509 *x) { replace(x, NID_key_usage, "digitalSignature,nonRepudiation"); }
static void eku_critical(X509 *x) { replace(x, NID_ext_key_usage, "critical,emailProtection,1.2.398.3.3.4.1.1"); }
static void aia_garbage(X509 *x)
{
	drop(x, NID_info_access);
	raw(x, "1.3.6.1.5.5.7.1.1", (const uint8_t *)"\x30\x03\x02\x01", 4);
}
static void ku_more(X509 *x) { replace(x, NID_key_usage, "critical,digitalSignature,nonRepudiation,keyAgreement"); }
static void eku_less(X509 *x) { replace(x, NID_ext_key_usage, "emailProtection"); }
static void eku_any(X509 *x) { replace(x, NID_ext_key_usage, "emailProtection,1.2.398.3.3.4.1.1,anyExtendedKeyUsage"); }
static void eku_other(X509 *x) { replace(x, NID_ext_key_usage, "emailProtection,1.2.398.3.3.4.1.2"); }
static void notice_ia5(X509 *x)
{
	CERTIFICATEPOLICIES *list = X509_get_ext_d2i(x, NID_certificate_policies, NULL, NULL);
	POLICYQUALINFO *q = sk_POLICYQUALINFO_value(sk_POLICYINFO_value(list, 0)->qualifiers, 1);
	q->d.usernotice->exptext->type = V_ASN1_VISIBLESTRING;
	assert_int_equal(X509_add1_ext_i2d(x, NID_certificate_policies, list, 0, X509V3_ADD_REPLACE), 1);
	sk_POLICYINFO_pop_free(list, POLICYINFO_free);
}
static void policy_bare(X509 *x)
{
	CERTIFICATEPOLICIES *list = X509_get_ext_d2i(x, NID_certificate_policies, NULL, NULL);
	sk_POLICYQUALINFO_pop_free(sk_POLICYINFO_value(list, 0)->qualifiers, POLICYQUALINFO_free);
	sk_POLICYINFO_value(list, 0)->qualifiers = NULL;
	assert_int_equal(X509_add1_ext_i2d(x, NID_certificate_policies, list, 0, X509V3_ADD_REPLACE), 1);
	sk_POLICYINFO_pop_free(list, POLICYINFO_free);
}
static void ski_other(X509 *x) { replace(x, NID_subject_key_identifier, "00112233445566778899aabbccddeeff00112233"); }
static void aki_other(X509 *x)
{
	AUTHORITY_KEYID *a = X509_get_ext_d2i(x, NID_authority_key_identifier, NULL, NULL);
	ASN1_OCTET_STRING_free(a->keyid);
	a->keyid = ASN1_OCTET_STRING_dup(X509_get0_subject_key_id(original));
	assert_int_equal(X509_add1_ext_i2d(x, NID_authority_key_identifier, a, 0, X509V3_ADD_REPLACE), 1);
	AUTHORITY_KEYID_free(a);
}
static void crl_ldap(X509 *x) { replace(x, NID_crl_distribution_points, "URI:ldap://pki.gov.kz/"); }
static void freshest_mail(X509 *x) { replace(x, NID_freshest_crl, "email:crl@pki.gov.kz"); }
static void aia_other(X509 *x) { replace(x, NID_info_access, "1.2.3.4;URI:http://pki.gov.kz/"); }
static void aia_file(X509 *x) { replace(x, NID_info_access, "OCSP;URI:file:///etc/passwd"); }
static void san_dns(X509 *x) { conf(x, NID_subject_alt_name, "DNS:example.kz"); }
static void san_two_at(X509 *x) { conf(x, NID_subject_alt_name, "email:a@b@c.kz"); }
static void storage_unknown(X509 *x) { raw(x, "1.2.398.3.3.5", (const uint8_t *)"\x30\x04\x06\x02\x2a\x03", 6); }
static void storage_bare(X509 *x)
{
	raw(x, "1.2.398.3.3.5", (const uint8_t *)"\x06\x08\x2a\x83\x0e\x03\x03\x05\x02\x01", 10);
}
static void storage_tail(X509 *x)
{
	raw(x, "1.2.398.3.3.5", (const uint8_t *)"\x30\x0a\x06\x08\x2a\x83\x0e\x03\x03\x05\x02\x01\x05\x00", 14);
}

/* clang-format on */

static const struct {
	const char *rule;
	change *change;
} cases[] = {
        {"rfc5280-version-3", version_2},
        {"rfc5280-serial-positive", serial_zero},
        {"rfc5280-serial-positive", serial_negative},
        {"profile-serial-random", serial_short},
        {"rfc5280-issuer-named", issuer_empty},
        {"rfc5280-issuer-is-ca", issuer_other},
        {"rfc5280-validity-encoded", time_general},
        {"profile-validity-days", one_day_more},
        {"profile-validity-days", one_second_less},
        {"rfc5280-validity-inside-issuer", after_the_ca},
        {"rfc3279-key-rsa", key_ec},
        {"profile-key-algorithm", key_1024},
        {"profile-key-exponent", exponent_odd},
        {"key-modulus-small-factor", modulus_even},
        {"key-not-roca", key_roca},
        {"key-primes-apart", key_close},
        {"profile-subject-layout", cn_first_gone},
        {"profile-subject-layout", extra_attribute},
        {"profile-subject-single-valued", multi_valued},
        {"profile-subject-string-type", cn_bmp},
        {"profile-subject-text", sn_escape},
        {"profile-subject-text", sn_bidi},
        {"profile-subject-text", gn_space},
        {"profile-subject-length", gn_long},
        {"profile-subject-upper-case", gn_lower},
        {"rfc5280-country-code", country_long},
        {"profile-subject-consistent", country_other},
        {"profile-subject-consistent", cn_other},
        {"profile-subject-consistent", cn_no_name},
        {"profile-subject-consistent", prefix_bin},
        {"profile-subject-identifier", iin_wrong},
        {"rfc5280-extensions-unique", ku_twice},
        {"rfc5280-not-ca", is_ca},
        {"profile-extensions-known", comment},
        {"profile-extensions-there", no_policies},
        {"profile-extensions-critical", ku_not_critical},
        {"profile-extensions-critical", eku_critical},
        {"rfc5280-extensions-parse", aia_garbage},
        {"profile-key-usage", ku_more},
        {"profile-ext-key-usage", eku_less},
        {"profile-ext-key-usage", eku_other},
        {"profile-roles", eku_any},
        {"rfc5280-notice-text", notice_ia5},
        {"profile-policies", policy_bare},
        {"profile-subject-key-id", ski_other},
        {"rfc5280-authority-key-id", aki_other},
        {"rfc5280-crl-address", crl_ldap},
        {"rfc5280-freshest-address", freshest_mail},
        {"rfc5280-info-access", aia_other},
        {"rfc5280-info-access", aia_file},
        {"rfc5280-revocation-told", nobody_is_told},
        {"profile-alt-names", san_dns},
        {"profile-alt-names", san_two_at},
        {"profile-storage", storage_unknown},
        {"profile-storage", storage_bare},
        {"profile-storage", storage_tail},
};
#define N_CASES (sizeof cases / sizeof *cases)

static void test_each_rule_refuses_its_example(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CASES; i++) {
		X509 *x = X509_dup(original);
		cases[i].change(x);
		assert_true(X509_sign(x, key, EVP_sha256()) > 0);
		expect_rule(x, issuer, cases[i].rule);
		X509_free(x);
		covered++;
	}
}

/* Those that need more than a changed field. */
static void test_rules_about_the_signature_and_the_issuer(void **state)
{
	(void)state;
	X509 *x = X509_dup(original);
	assert_true(X509_sign(x, key, EVP_sha384()) > 0);
	expect_rule(x, issuer, "profile-sha256-rsa");
	X509_free(x);

	/* The algorithm inside and outside the signature differ: one byte of the OID in the outer one. */
	static const uint8_t oid[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b};
	unsigned char *der = NULL;
	int n = i2d_X509(original, &der);
	uint8_t *first = memmem(der, (size_t)n, oid, sizeof oid);
	assert_non_null(first);
	uint8_t *second = memmem(first + 1, (size_t)(der + n - first - 1), oid, sizeof oid);
	assert_non_null(second);
	second[8] = 0x0c;
	x = kit_x509((struct tg_bytes){der, (size_t)n});
	expect_rule(x, issuer, "rfc5280-algorithms-equal");
	X509_free(x);
	OPENSSL_free(der);

	/* A CA that certifies its own key once more: a small one, so that the key rules before it hold. */
	X509 *ca = X509_dup(issuer);
	x = X509_dup(original);
	assert_int_equal(X509_set_pubkey(ca, key), 1);
	assert_int_equal(X509_set_pubkey(x, key), 1);
	assert_true(X509_sign(ca, key, EVP_sha256()) > 0);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	expect_rule(x, ca, "key-is-not-the-issuers");
	X509_free(x);
	X509_free(ca);
}

/* A certificate as nca-sim-sign has them: the same, but for key and signature. */
static X509 *gost_certificate(EVP_PKEY *own)
{
	struct tg_buf spki = TG_BUF_INIT;
	unsigned char digest[20];
	X509 *x = X509_dup(original);
	assert_int_equal(X509_set_pubkey(x, own), 1);
	assert_int_equal(tg_x509_spki(x, &spki), TG_OK);
	assert_int_equal(EVP_Digest(spki.data, spki.len, digest, NULL, EVP_sha1(), NULL), 1);
	ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
	assert_int_equal(ASN1_OCTET_STRING_set(id, digest, sizeof digest), 1);
	assert_int_equal(X509_add1_ext_i2d(x, NID_subject_key_identifier, id, 0, X509V3_ADD_REPLACE), 1);
	ASN1_OCTET_STRING_free(id);
	tg_buf_finish(&spki);
	return x;
}

static void expect_gost(EVP_PKEY *own, EVP_PKEY *signer, bool bare_engine, const char *rule)
{
	struct tg_error err = {0};
	X509 *x = gost_certificate(own);
	if (bare_engine)
		assert_true(X509_sign(x, signer, EVP_get_digestbynid(NID_id_GostR3411_2012_512)) > 0);
	else
		assert_int_equal(tg_sign_x509(&x, signer, &err), TG_OK);
	if (rule != NULL)
		expect_rule(x, NULL, rule);
	else if (lint(x, NULL, true, &err) != TG_OK)
		fail_msg("%s", err.detail);
	X509_free(x);
}

static void test_k6_rules_about_gost(void **state)
{
	(void)state;
	struct tg_error err;
	assert_int_equal(tg_gost_load(&err), TG_OK);
	EVP_PKEY *ca = kit_gost("gost2012-512"), *own = kit_gost("gost2001"), *newer = kit_gost("gost2012-256"),
	         *b = NULL;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(NID_id_GostR3410_2001, NULL);
	assert_int_equal(EVP_PKEY_keygen_init(c), 1);
	assert_true(EVP_PKEY_CTX_ctrl_str(c, "paramset", "B") > 0);
	assert_int_equal(EVP_PKEY_keygen(c, &b), 1);
	EVP_PKEY_CTX_free(c);
	profile = "nca-sim-sign";
	expect_gost(own, ca, false, NULL);
	expect_gost(own, ca, true, "profile-gost-signature"); /* the engine's own NULL for parameters */
	expect_gost(own, key, false, "profile-gost-signature");
	expect_gost(b, ca, false, "rfc9215-key-gost"); /* another curve */
	expect_gost(key, ca, false, "rfc9215-key-gost");
	expect_gost(newer, ca, false, "profile-key-algorithm");
	profile = "nca-individual-sign";
	expect_gost(own, ca, false, "profile-sha256-rsa");
	expect_gost(own, key, false, "rfc3279-key-rsa");
	EVP_PKEY_free(b);
	EVP_PKEY_free(newer);
	EVP_PKEY_free(own);
	EVP_PKEY_free(ca);
}

/* issuerUniqueID [1] put in by hand: OpenSSL reads it but writes none. */
static void test_unique_ids(void **state)
{
	(void)state;
	unsigned char *der = NULL;
	struct tg_buf out = TG_BUF_INIT;
	int n = i2d_X509(original, &der);
	static const uint8_t id[] = {0x81, 0x02, 0x00, 0x01}, extensions[] = {0xa3, 0x82, 0x01, 0xc5};
	uint8_t *at = memmem(der, (size_t)n, extensions, sizeof extensions);
	assert_non_null(at);
	tg_buf_add(&out, der, (size_t)(at - der));
	tg_buf_add(&out, id, sizeof id);
	tg_buf_add(&out, at, (size_t)(der + n - at));
	for (size_t k = 2; k <= 6; k += 4) { /* both lengths, 30 82 hh ll */
		unsigned len = (unsigned)out.data[k] << 8 | out.data[k + 1];
		out.data[k] = (uint8_t)((len + 4) >> 8);
		out.data[k + 1] = (uint8_t)(len + 4);
	}
	X509 *x = kit_x509(kit_bytes(&out));
	expect_rule(x, issuer, "rfc5280-no-unique-ids");
	X509_free(x);
	tg_buf_finish(&out);
	OPENSSL_free(der);
}

static void test_every_rule_has_an_example(void **state)
{
	(void)state;
	static const char *const elsewhere[] = {"profile-sha256-rsa", "rfc5280-algorithms-equal",
	        "key-is-not-the-issuers", "rfc5280-no-unique-ids", "profile-gost-signature", "rfc9215-key-gost",
	        "rfc5480-key-ec", "rfc5280-usages-agree", "rfc5890-dns-names", "rfc6125-common-name",
	        "profile-validity-begins" /* test_cloud.c */};
	const char *name, *why;
	size_t rules = 0;
	for (size_t i = 0; (name = tg_pki_lint_rule(i, &why)) != NULL; i++) {
		bool found = false;
		for (size_t k = 0; k < N_CASES; k++)
			found = found || strcmp(cases[k].rule, name) == 0;
		for (size_t k = 0; k < sizeof elsewhere / sizeof *elsewhere; k++)
			found = found || strcmp(elsewhere[k], name) == 0;
		if (!found)
			print_error("no example for %s\n", name);
		assert_true(found);
		assert_true(strlen(why) > 5);
		rules++;
	}
	assert_true(rules >= 40);
	assert_int_equal(covered, N_CASES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_real_certificates_pass),
	        cmocka_unit_test(test_each_rule_refuses_its_example),
	        cmocka_unit_test(test_rules_about_the_signature_and_the_issuer),
	        cmocka_unit_test(test_unique_ids),
	        cmocka_unit_test(test_k6_rules_about_gost),
	        cmocka_unit_test(test_every_rule_has_an_example),
	};
	return cmocka_run_group_tests(tests, start, end);
}
