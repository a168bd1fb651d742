/* Rules of the linter about roles of entities and the Treasury, and about servers: certificates that the CA's own code
 * puts together, broken in one place. */
#include "issue.h"
#include "lint_kit.h"
#include "weak_keys.h"

#include <openssl/core_names.h>
#include <openssl/x509v3.h>

static const char *answer_of(const char *field, const void *ctx)
{
	static const char *const rows[][2] = {{"surname", "ТЕСТОВ"}, {"given-name", "ТЕСТ"}, {"iin", "123456789011"},
	        {"patronymic", "ТЕСТОВИЧ"}, {"organisation", "АО \"ТЕСТ\""}, {"bin", "123456789021"},
	        {"domain", "пошта.қаз"}, {"additional-domains", "a.kz\nb.kz"}, {"role", "ROLE01"},
	        {"institution-code", "KS01234"}};
	(void)ctx;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i][0], field) == 0)
			return rows[i][1];
	return NULL;
}

static X509 *build(const char *id, EVP_PKEY *own, const char *conditions)
{
	static const struct tg_ca_urls urls = {"http://a.kz/crl", NULL, NULL, NULL};
	const struct tg_ca_application application = {
	        .standing = TG_CA_ACCEPTED, .conditions = conditions, .answer = answer_of};
	struct tg_buf subject = TG_BUF_INIT, spki = TG_BUF_INIT;
	struct tg_error err = {0};
	X509 *x = NULL;
	assert_int_equal(tg_profile_subject(profiles, id, answer_of, NULL, &subject, &err), TG_OK);
	kit_spki(own, &spki);
	const unsigned char *p = subject.data;
	X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)subject.len);
	const struct tg_issue in = {.profile = tg_profile_find(profiles, id),
	        .urls = &urls,
	        .issuer = issuer,
	        .subject = name,
	        .spki = kit_bytes(&spki),
	        .now_ms = INT64_C(1642480730000),
	        .application = &application};
	if (tg_issue_build(&in, &x, &err) != TG_OK)
		fail_msg("%s", err.detail);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	X509_NAME_free(name);
	tg_buf_finish(&subject);
	tg_buf_finish(&spki);
	return x;
}

static void broken(const char *id, EVP_PKEY *own, change *how, const char *rule)
{
	struct tg_error err;
	X509 *x = build(id, own, "role-head");
	profile = id;
	if (lint(x, issuer, true, &err) != TG_OK)
		fail_msg("%s", err.detail);
	how(x);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	expect_rule(x, issuer, rule);
	X509_free(x);
	profile = "nca-individual-sign";
}

/* clang-format off */
#define EKU_ENTITY "clientAuth,1.2.398.3.3.4.1.2"
static void key_roca(X509 *x) { set_modulus(x, WEAK_ROCA); }
static void key_2560(X509 *x)
{
	EVP_PKEY *k = EVP_RSA_gen(2560);
	assert_int_equal(X509_set_pubkey(x, k), 1);
	EVP_PKEY_free(k);
}
static void eku_role_first(X509 *x) { replace(x, NID_ext_key_usage, "clientAuth,1.2.398.3.3.4.1.2.1,1.2.398.3.3.4.1.2"); }
static void eku_roles_turned(X509 *x) { replace(x, NID_ext_key_usage, EKU_ENTITY ",1.2.398.3.3.4.1.2.2,1.2.398.3.3.4.1.2.1"); }
static void eku_treasury(X509 *x) { replace(x, NID_ext_key_usage, EKU_ENTITY ",1.2.398.5.19.1.2.2.1"); }
static void ou_iin(X509 *x) { set_name(x, NID_organizationalUnitName, V_ASN1_UTF8STRING, "IIN123456789021"); }
static void ou_wrong(X509 *x) { set_name(x, NID_organizationalUnitName, V_ASN1_UTF8STRING, "BIN960240000123"); }
static void dc_utf8(X509 *x) { set_name(x, NID_domainComponent, V_ASN1_UTF8STRING, "ROLE01"); }
static void san_email(X509 *x) { replace(x, NID_subject_alt_name, "email:a@b.kz"); }
static void san_none(X509 *x) { drop(x, NID_subject_alt_name); }
static void san_upper(X509 *x) { replace(x, NID_subject_alt_name, "DNS:xn--80a1acn3a.xn--80ao21a,DNS:A.kz"); }
static void san_twice(X509 *x) { replace(x, NID_subject_alt_name, "DNS:a.kz,DNS:a.kz"); }
static void san_underscore(X509 *x) { replace(x, NID_subject_alt_name, "DNS:a_b.kz"); }
static void san_fake_a_label(X509 *x) { replace(x, NID_subject_alt_name, "DNS:xn--zzzzzz99999.kz"); }
static void cn_not_in_san(X509 *x) { replace(x, NID_subject_alt_name, "DNS:a.kz"); }
static void ku_encipher(X509 *x) { replace(x, NID_key_usage, "critical,digitalSignature,keyEncipherment"); }
static void key_explicit(X509 *x)
{
	EVP_PKEY *k = EVP_PKEY_dup(ec);
	assert_int_equal(EVP_PKEY_set_utf8_string_param(k, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT), 1);
	assert_int_equal(X509_set_pubkey(x, k), 1);
	EVP_PKEY_free(k);
}
/* clang-format on */

static void test_rules_about_roles(void **state)
{
	(void)state;
	broken("nca-entity-auth", key, eku_role_first, "profile-ext-key-usage");
	broken("nca-entity-auth", key, eku_roles_turned, "profile-roles");
	broken("nca-entity-auth", key, eku_treasury, "profile-roles");
	broken("nca-entity-auth", key, ou_iin, "profile-subject-consistent");
	broken("nca-entity-auth", key, ou_wrong, "profile-subject-identifier");
	broken("nca-treasury-auth", key, dc_utf8, "profile-subject-string-type");
	/* The role of another application: right in itself, and not this one's. */
	const struct tg_ca_application hr = {.standing = TG_CA_ACCEPTED, .conditions = "spot role-hr"};
	const struct tg_profile *p = tg_profile_find(profiles, "nca-entity-auth");
	struct tg_error err = {0};
	X509 *x = build("nca-entity-auth", key, "role-hr");
	assert_int_equal(tg_lint_x509(p, x, issuer, true, &hr, 0, &err), TG_OK);
	X509_free(x);
	x = build("nca-entity-auth", key, "role-head");
	assert_int_equal(tg_lint_x509(p, x, issuer, true, &hr, 0, &err), TG_CERT_INVALID);
	assert_non_null(strstr(err.detail, "profile-roles"));
	X509_free(x);
	x = build("nca-entity-auth", key, NULL);
	assert_int_equal(tg_lint_x509(p, x, issuer, true, &hr, 0, &err), TG_CERT_INVALID);
	assert_non_null(strstr(err.detail, "profile-roles"));
	X509_free(x);
}

static void test_rules_about_servers(void **state)
{
	(void)state;
	broken("nca-ssl", key, san_email, "profile-alt-names");
	broken("nca-ssl", key, san_none, "profile-alt-names");
	broken("nca-ssl", key, san_upper, "rfc5890-dns-names");
	broken("nca-ssl-entity", key, san_twice, "rfc5890-dns-names");
	broken("nca-ssl", key, san_underscore, "rfc5890-dns-names");
	broken("nca-ssl", key, san_fake_a_label, "rfc5890-dns-names");
	broken("nca-ssl-entity", key, cn_not_in_san, "rfc6125-common-name");
	broken("nca-ssl", ec, ku_encipher, "profile-key-usage");
	broken("nca-ssl", ec, key_explicit, "rfc5480-key-ec");
	broken("nca-ssl", key, key_roca, "key-not-roca");
	broken("nca-ssl", key, key_2560, "profile-key-algorithm");
}

/* The profile itself is at odds: a purpose that its key usage does not allow. */
static void test_profile_that_contradicts_itself(void **state)
{
	(void)state;
	struct tg_profiles *good = profiles, *odd = NULL;
	struct tg_buf text = TG_BUF_INIT;
	struct tg_error err = {0};
	char dir[64];
	kit_folder(dir);
	kit_read(TAMGA_SOURCE_DIR "/screens/profiles/nca-individual-sign.yaml", &text);
	char *usage = strstr((char *)text.data, "key_usage: [digitalSignature, nonRepudiation]");
	assert_non_null(usage);
	memcpy(usage, "key_usage: [dataEncipherment]                ", 45);
	kit_write(kit_path(dir, "odd.yaml"), text.data, text.len);
	assert_int_equal(tg_profiles_load(&odd, dir, &err), TG_OK);
	profiles = odd;
	X509 *x = X509_dup(original);
	replace(x, NID_key_usage, "critical,dataEncipherment");
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	expect_rule(x, issuer, "rfc5280-usages-agree");
	X509_free(x);
	profiles = good;
	tg_profiles_destroy(odd);
	tg_buf_finish(&text);
	kit_folder_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_rules_about_roles),
	        cmocka_unit_test(test_rules_about_servers),
	        cmocka_unit_test(test_profile_that_contradicts_itself),
	};
	return cmocka_run_group_tests(tests, lint_start, lint_end);
}
