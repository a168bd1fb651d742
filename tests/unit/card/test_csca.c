/* Curves that are written out in a document signer's certificate: the known one is trusted, one that is almost it
 * (another generator: CVE-2020-0601) is not. The rest of trust is shown by tests/integration/card/judge.sh. Requirement
 * K-4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "csca.h"
#include "tamga/file.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#define NOW_MS 1790000000000ll

static X509_NAME *name(const char *common)
{
	X509_NAME *n = X509_NAME_new();
	assert_int_equal(
	        X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC, (const unsigned char *)common, -1, -1, 0), 1);
	return n;
}

static X509 *certificate(const char *subject, EVP_PKEY *key, EVP_PKEY *by, bool authority)
{
	X509 *c = X509_new();
	X509_NAME *s = name(subject), *i = name("csca");
	assert_int_equal(X509_set_version(c, 2), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(c), authority ? 1 : 2), 1);
	assert_int_equal(X509_set_subject_name(c, s), 1);
	assert_int_equal(X509_set_issuer_name(c, i), 1);
	assert_non_null(ASN1_TIME_set(X509_getm_notBefore(c), NOW_MS / 1000 - 1000));
	assert_non_null(ASN1_TIME_set(X509_getm_notAfter(c), NOW_MS / 1000 + 1000));
	assert_int_equal(X509_set_pubkey(c, key), 1);
	if (authority) {
		X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
		assert_int_equal(X509_add_ext(c, e, -1), 1);
		X509_EXTENSION_free(e);
	}
	assert_true(X509_sign(c, by, EVP_sha256()) > 0);
	X509_NAME_free(s);
	X509_NAME_free(i);
	return c;
}

static X509_CRL *empty_list(EVP_PKEY *by)
{
	X509_CRL *l = X509_CRL_new();
	X509_NAME *i = name("csca");
	ASN1_TIME *t = ASN1_TIME_set(NULL, NOW_MS / 1000 - 500);
	assert_int_equal(X509_CRL_set_version(l, 1), 1);
	assert_int_equal(X509_CRL_set_issuer_name(l, i), 1);
	assert_int_equal(X509_CRL_set1_lastUpdate(l, t), 1);
	assert_non_null(ASN1_TIME_set(t, NOW_MS / 1000 + 500));
	assert_int_equal(X509_CRL_set1_nextUpdate(l, t), 1);
	assert_true(X509_CRL_sign(l, by, EVP_sha256()) > 0);
	ASN1_TIME_free(t);
	X509_NAME_free(i);
	return l;
}

static void save(const char *folder, const char *file, unsigned char *der, int n)
{
	char path[128];
	(void)snprintf(path, sizeof path, "%s/%s", folder, file);
	assert_true(n > 0);
	assert_int_equal(tg_file_write(path, der, (size_t)n, 0600, NULL), TG_OK);
	OPENSSL_free(der);
}

/* A key on P-256 with its parameters written out, with the generator doubled `doublings` times. */
static EVP_PKEY *explicit_key(int doublings)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *g = EC_POINT_dup(EC_GROUP_get0_generator(group), group);
	EC_KEY *ec = EC_KEY_new();
	EVP_PKEY *key = EVP_PKEY_new();
	for (int i = 0; i < doublings; i++)
		assert_int_equal(EC_POINT_dbl(group, g, g, NULL), 1);
	if (doublings)
		assert_int_equal(
		        EC_GROUP_set_generator(group, g, EC_GROUP_get0_order(group), EC_GROUP_get0_cofactor(group)), 1);
	EC_GROUP_set_asn1_flag(group, OPENSSL_EC_EXPLICIT_CURVE);
	assert_int_equal(EC_KEY_set_group(ec, group), 1);
	assert_int_equal(EC_KEY_generate_key(ec), 1);
	assert_int_equal(EVP_PKEY_assign_EC_KEY(key, ec), 1);
	EC_POINT_free(g);
	EC_GROUP_free(group);
	return key;
}

/* As it comes out of a file: what a certificate says of itself after it was made is not looked at. */
static X509 *read_again(X509 *c)
{
	unsigned char *der = NULL;
	int n = i2d_X509(c, &der);
	const unsigned char *p = der;
	X509 *again = d2i_X509(NULL, &p, n);
	assert_non_null(again);
	OPENSSL_free(der);
	X509_free(c);
	return again;
}

static void test_written_out_curves(void **state)
{
	char folder[] = "/tmp/tamga-csca-unit.XXXXXX";
	unsigned char *der = NULL;
	EVP_PKEY *ca_key = EVP_RSA_gen(2048);
	(void)state;
	assert_non_null(mkdtemp(folder));
	X509 *ca = certificate("csca", ca_key, ca_key, true);
	X509_CRL *list = empty_list(ca_key);
	int n = i2d_X509(ca, &der);
	save(folder, "csca.cer", der, n);
	der = NULL;
	n = i2d_X509_CRL(list, &der);
	save(folder, "csca.crl", der, n);
	for (int doublings = 0; doublings < 2; doublings++) {
		struct tg_error err = {0};
		EVP_PKEY *key = explicit_key(doublings);
		X509 *signer = read_again(certificate("ds", key, ca_key, false));
		enum tg_status status = tg_csca_trusts(folder, signer, NOW_MS, &err);
		assert_int_equal(status, doublings ? TG_DOC_SIGNER : TG_OK);
		if (doublings)
			assert_non_null(strstr(err.detail, "explicit ECC parameters"));
		X509_free(signer);
		EVP_PKEY_free(key);
	}
	assert_int_equal(tg_csca_trusts(NULL, ca, NOW_MS, NULL), TG_CONFIG);
	X509_free(ca);
	X509_CRL_free(list);
	EVP_PKEY_free(ca_key);
	char path[128];
	(void)snprintf(path, sizeof path, "%s/csca.cer", folder);
	(void)unlink(path);
	(void)snprintf(path, sizeof path, "%s/csca.crl", folder);
	(void)unlink(path);
	(void)rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_written_out_curves)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
