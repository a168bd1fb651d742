/* The body of head.signed, read back with OpenSSL and jansson. Requirement C-1; src/decisions/0225. */
#include "lib.h"

#include <jansson.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>

static char dir[64];

static const char *path(const char *name)
{
	static char p[2][128];
	static int at;
	at = !at;
	(void)snprintf(p[at], sizeof(p[at]), "%s/%s", dir, name);
	return p[at];
}

static void write_pair(EVP_PKEY *in_file, EVP_PKEY *certified)
{
	X509 *x = X509_new();
	assert_true(x && X509_gmtime_adj(X509_getm_notBefore(x), 0) && X509_gmtime_adj(X509_getm_notAfter(x), 1000));
	assert_int_equal(X509_set_pubkey(x, certified), 1);
	assert_true(X509_sign(x, certified, EVP_sha256()) > 0);
	FILE *f = fopen(path("kiosk.crt"), "we");
	assert_true(f && PEM_write_X509(f, x) == 1);
	fclose(f);
	f = fopen(path("kiosk.key"), "we");
	assert_true(f && PEM_write_PrivateKey(f, in_file, NULL, NULL, 0, NULL, NULL) == 1);
	fclose(f);
	X509_free(x);
}

static size_t decoded(const json_t *o, const char *name, unsigned char *out)
{
	const char *text = json_string_value(json_object_get(o, name));
	assert_non_null(text);
	size_t n = strlen(text);
	int len = EVP_DecodeBlock(out, (const unsigned char *)text, (int)n);
	assert_true(len > 0);
	while (n > 0 && text[n - 1] == '=') {
		n--;
		len--;
	}
	return (size_t)len;
}

static void test_c1_a_signed_head_is_what_openssl_finds_right(void **state)
{
	(void)state;
	(void)make_dir(dir);
	EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");
	uint8_t hash[TG_HASH_LEN];
	unsigned char signature[200];
	struct tg_ack told = {.kiosk = KIOSK, .seq = 4, .centre_time_ms = 5, .tree.size = 77, .signature_len = 70};
	struct tg_tree_head before = {.size = 9};
	struct tg_head_facts f = {.kiosk = KIOSK, .seq = 12, .hash = hash, .told = &told, .before = &before};
	struct tg_buf json = TG_BUF_INIT, what = TG_BUF_INIT;
	struct tg_error err = {0};
	memset(hash, 0xab, sizeof(hash));
	write_pair(key, key);
	assert_int_equal(tg_head_body(path("kiosk.key"), path("kiosk.crt"), &f, &json, &err), TG_OK);
	json_t *o = json_loads(tg_buf_str(&json), JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	assert_int_equal(json_integer_value(json_object_get(o, "seq")), 12);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(o, "tree"), "size")), 77);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(o, "before"), "size")), 9);
	/* The signed bytes by hand. */
	tg_buf_add(&what, "tamga-head-1\0\0\x06K01A-1\0\0\0\0\0\0\0\x0c", 29);
	tg_buf_add(&what, hash, sizeof(hash));
	size_t n = decoded(o, "signature", signature);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	assert_int_equal(EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(EVP_DigestVerify(md, signature, n, what.data, what.len), 1);
	EVP_MD_CTX_free(md);
	assert_true(json.len < TG_BODY_MAX / 8);
	/* Half of a renewal, or none: nothing is signed with a key that its certificate does not name. */
	write_pair(other, key);
	assert_int_equal(tg_head_body(path("kiosk.key"), path("kiosk.crt"), &f, &json, &err), TG_CONFIG);
	assert_int_equal(tg_head_body(path("none"), path("kiosk.crt"), &f, &json, &err), TG_CONFIG);
	assert_int_equal(tg_head_body(path("kiosk.key"), path("none"), &f, &json, &err), TG_CONFIG);
	json_decref(o);
	tg_buf_finish(&json);
	tg_buf_finish(&what);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	drop_dir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_c1_a_signed_head_is_what_openssl_finds_right)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
