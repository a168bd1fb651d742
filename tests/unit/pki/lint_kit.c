#include "lint_kit.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

struct tg_profiles *profiles;
X509 *original, *issuer;
EVP_PKEY *key, *ec;
const char *profile = "nca-individual-sign";

X509 *lint_pem(const char *path)
{
	BIO *in = BIO_new_file(path, "r");
	X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL);
	BIO_free(in);
	assert_non_null(x);
	return x;
}

int lint_start(void **state)
{
	(void)state;
	struct tg_error err = {0};
	assert_int_equal(tg_profiles_load(&profiles, TAMGA_SOURCE_DIR "/screens/profiles", &err), TG_OK);
	original = lint_pem(KIT_DATA "individual_valid_sign_2004_rsa.cer");
	issuer = lint_pem(KIT_DATA "nca_rsa_test.crt");
	key = kit_rsa();
	ec = EVP_EC_gen("P-256");
	assert_non_null(ec);
	return 0;
}

int lint_end(void **state)
{
	(void)state;
	X509_free(original);
	X509_free(issuer);
	EVP_PKEY_free(key);
	EVP_PKEY_free(ec);
	tg_profiles_destroy(profiles);
	return 0;
}

enum tg_status lint(X509 *x, X509 *ca, bool test_ids, struct tg_error *err)
{
	unsigned char *a = NULL, *b = NULL;
	int n = i2d_X509(x, &a), m = ca == NULL ? 0 : i2d_X509(ca, &b);
	assert_true(n > 0);
	memset(err, 0, sizeof *err);
	enum tg_status status = tg_pki_lint(
	        profiles, profile, (struct tg_bytes){a, (size_t)n}, (struct tg_bytes){b, (size_t)m}, test_ids, err);
	OPENSSL_free(a);
	OPENSSL_free(b);
	return status;
}

void set_name(X509 *x, int nid, int type, const char *text)
{
	X509_NAME *n = X509_NAME_dup(X509_get_subject_name(x));
	int at = X509_NAME_get_index_by_NID(n, nid, -1);
	assert_true(at >= 0);
	/* Taken out and put back: a change in place is not noticed by the name, which keeps its encoding. */
	X509_NAME_ENTRY *e = X509_NAME_delete_entry(n, at);
	assert_int_equal(X509_NAME_ENTRY_set_data(e, type, (const unsigned char *)text, (int)strlen(text)), 1);
	assert_int_equal(X509_NAME_add_entry(n, e, at, 0), 1);
	X509_NAME_ENTRY_free(e);
	assert_int_equal(X509_set_subject_name(x, n), 1);
	X509_NAME_free(n);
}

void drop(X509 *x, int nid)
{
	int at = X509_get_ext_by_NID(x, nid, -1);
	assert_true(at >= 0);
	X509_EXTENSION_free(X509_delete_ext(x, at));
}

void conf(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (e == NULL)
		print_error("OpenSSL makes no extension of %s\n", value);
	assert_non_null(e);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

void replace(X509 *x, int nid, const char *value)
{
	drop(x, nid);
	conf(x, nid, value);
}

/* 65537 and a modulus from hex. */
void set_modulus(X509 *x, const char *hex)
{
	BIGNUM *n = NULL, *e = NULL;
	EVP_PKEY *k = NULL;
	assert_true(BN_hex2bn(&n, hex) > 0 && BN_dec2bn(&e, "65537") > 0);
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	assert_int_equal(OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n), 1);
	assert_int_equal(OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e), 1);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	assert_int_equal(EVP_PKEY_fromdata_init(c), 1);
	assert_int_equal(EVP_PKEY_fromdata(c, &k, EVP_PKEY_PUBLIC_KEY, params), 1);
	assert_int_equal(X509_set_pubkey(x, k), 1);
	EVP_PKEY_free(k);
	EVP_PKEY_CTX_free(c);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	BN_free(n);
	BN_free(e);
}
void expect_rule(X509 *x, X509 *ca, const char *rule)
{
	struct tg_error err;
	enum tg_status status = lint(x, ca, true, &err);
	if (status != TG_CERT_INVALID || strncmp(err.detail, rule, strlen(rule)) != 0 ||
	        err.detail[strlen(rule)] != ' ')
		print_error("expected %s, got %s: %s\n", rule, tg_status_name(status), err.detail);
	assert_int_equal(status, TG_CERT_INVALID);
	assert_int_equal(strncmp(err.detail, rule, strlen(rule)), 0);
	assert_int_equal(err.detail[strlen(rule)], ' ');
}
