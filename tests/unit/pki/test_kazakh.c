/* K-6, NCA-9.again: certificates and signatures under the Kazakh identifiers of СТ РК ГОСТ Р 34.10-2015 (512 bits),
 * which no program here writes: put together by hand as domain-facts.md §1.3 has it (the NCA's own CRL verifies by the
 * same rules, test_verify.c). The keys are the engine's, the signatures turned round as a whole. */
#include "kit.h"

#include "der.h"

#include "tamga/gost.h"
#include <openssl/pem.h>

#define SEQ 0x30
#define SET 0x31
#define OCT 0x04

static EVP_PKEY *ca_key, *leaf_key;
static struct tg_buf ca, leaf;
static char dir[64], trust[256];
static const char content[] = "{\"provider\":\"kz-nca\"}";

/* --- DER by the spoonful */
static void oid(struct tg_buf *out, const char *dotted)
{
	unsigned char *der = NULL;
	ASN1_OBJECT *o = OBJ_txt2obj(dotted, 1);
	int n = i2d_ASN1_OBJECT(o, &der);
	assert_true(n > 0);
	tg_buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
	ASN1_OBJECT_free(o);
}

static void put(struct tg_buf *out, uint8_t tag, struct tg_buf *inner)
{
	tg_der_put(out, tag, kit_bytes(inner));
	tg_buf_finish(inner);
}

static void put_text(struct tg_buf *out, uint8_t tag, const char *text)
{
	tg_der_put(out, tag, (struct tg_bytes){(const uint8_t *)text, strlen(text)});
}

static void algorithm(struct tg_buf *out, const char *dotted)
{
	struct tg_buf inner = TG_BUF_INIT;
	oid(&inner, dotted);
	put(out, SEQ, &inner);
}
#define SIGN_512 "1.2.398.3.10.1.1.2.3.2"
#define HASH_512 "1.2.398.3.10.1.3.3"

static void name(struct tg_buf *out, const char *common)
{
	struct tg_buf pair = TG_BUF_INIT, set = TG_BUF_INIT, rdn = TG_BUF_INIT;
	oid(&pair, "2.5.4.3");
	put_text(&pair, 0x0c, common);
	put(&set, SEQ, &pair);
	put(&rdn, SET, &set);
	put(out, SEQ, &rdn);
}

/* The point of the engine's key in the Kazakh SubjectPublicKeyInfo. */
static void spki(struct tg_buf *out, EVP_PKEY *key)
{
	struct tg_buf own = TG_BUF_INIT, bits = TG_BUF_INIT, params = TG_BUF_INIT, alg = TG_BUF_INIT, all = TG_BUF_INIT;
	kit_spki(key, &own);
	tg_buf_add_u8(&bits, 0);
	tg_der_put(&bits, OCT, (struct tg_bytes){own.data + own.len - 128, 128});
	oid(&params, "1.2.398.3.10.1.1.2.2.1");
	oid(&params, HASH_512);
	oid(&alg, "1.2.398.3.10.1.1.2.2");
	put(&alg, SEQ, &params);
	put(&all, SEQ, &alg);
	put(&all, 0x03, &bits);
	put(out, SEQ, &all);
	tg_buf_finish(&own);
}

static void signature(struct tg_buf *out, EVP_PKEY *key, const struct tg_buf *message)
{
	unsigned char sig[256];
	size_t n = sizeof sig;
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	assert_int_equal(EVP_DigestSignInit(c, NULL, EVP_get_digestbynid(NID_id_GostR3411_2012_512), NULL, key), 1);
	assert_int_equal(EVP_DigestSign(c, sig, &n, message->data, message->len), 1);
	EVP_MD_CTX_free(c);
	for (size_t i = n; i > 0; i--)
		tg_buf_add_u8(out, sig[i - 1]);
}

static void extensions(struct tg_buf *out, bool is_ca, uint8_t usage)
{
	struct tg_buf list = TG_BUF_INIT, one = TG_BUF_INIT, all = TG_BUF_INIT;
	const uint8_t bits[] = {0x03, 0x02, 0x00, usage}, yes[] = {SEQ, 0x03, 0x01, 0x01, 0xff};
	oid(&one, "2.5.29.15");
	tg_der_put(&one, OCT, (struct tg_bytes){bits, sizeof bits});
	put(&list, SEQ, &one);
	if (is_ca) {
		oid(&one, "2.5.29.19");
		tg_der_put(&one, OCT, (struct tg_bytes){yes, sizeof yes});
		put(&list, SEQ, &one);
	}
	put(&all, SEQ, &list);
	put(out, 0xa3, &all);
}

static void certificate(struct tg_buf *out, const char *subject, EVP_PKEY *key, const char *until, bool is_ca,
        uint8_t usage, const char *serial)
{
	struct tg_buf tbs = TG_BUF_INIT, in = TG_BUF_INIT, all = TG_BUF_INIT, bits = TG_BUF_INIT;
	put_text(&in, 0x02, "\x02");
	put(&tbs, 0xa0, &in);
	put_text(&tbs, 0x02, serial);
	algorithm(&tbs, SIGN_512);
	name(&tbs, "ҰКО (GOST) TEST");
	put_text(&in, 0x17, "260101000000Z");
	put_text(&in, 0x17, until);
	put(&tbs, SEQ, &in);
	name(&tbs, subject);
	spki(&tbs, key);
	extensions(&tbs, is_ca, usage);
	put(&all, SEQ, &tbs);
	tg_buf_add_u8(&bits, 0);
	signature(&bits, ca_key, &all);
	algorithm(&all, SIGN_512);
	put(&all, 0x03, &bits);
	tg_buf_reset(out);
	put(out, SEQ, &all);
}

/* --- CMS of the same family */
static void attribute(struct tg_buf *out, const char *type, struct tg_buf *value)
{
	struct tg_buf pair = TG_BUF_INIT;
	oid(&pair, type);
	put(&pair, SET, value);
	put(out, SEQ, &pair);
}

static void attributes(struct tg_buf *out)
{
	unsigned char digest[64];
	struct tg_buf v = TG_BUF_INIT;
	oid(&v, "1.2.840.113549.1.7.1");
	attribute(out, "1.2.840.113549.1.9.3", &v);
	put_text(&v, 0x17, "261118110640Z");
	attribute(out, "1.2.840.113549.1.9.5", &v);
	assert_int_equal(EVP_Digest(content, strlen(content), digest, NULL,
	                         EVP_get_digestbynid(NID_id_GostR3411_2012_512), NULL),
	        1);
	tg_der_put(&v, OCT, (struct tg_bytes){digest, sizeof digest});
	attribute(out, "1.2.840.113549.1.9.4", &v);
}

static void signer_info(struct tg_buf *out, const char *serial, EVP_PKEY *key)
{
	struct tg_buf info = TG_BUF_INIT, in = TG_BUF_INIT, set = TG_BUF_INIT, sig = TG_BUF_INIT;
	put_text(&info, 0x02, "\x01");
	name(&in, "ҰКО (GOST) TEST");
	put_text(&in, 0x02, serial);
	put(&info, SEQ, &in);
	algorithm(&info, HASH_512);
	attributes(&in);
	tg_der_put(&set, SET, kit_bytes(&in));
	put(&info, 0xa0, &in);
	algorithm(&info, SIGN_512);
	signature(&sig, key, &set);
	put(&info, OCT, &sig);
	put(out, SEQ, &info);
	tg_buf_finish(&set);
}

static void cms(struct tg_buf *out, const struct tg_buf *cert, const char *serial, EVP_PKEY *key)
{
	struct tg_buf data = TG_BUF_INIT, in = TG_BUF_INIT, eci = TG_BUF_INIT, all = TG_BUF_INIT;
	put_text(&data, 0x02, "\x01");
	algorithm(&in, HASH_512);
	put(&data, SET, &in);
	put_text(&in, OCT, content);
	oid(&eci, "1.2.840.113549.1.7.1");
	put(&eci, 0xa0, &in);
	put(&data, SEQ, &eci);
	tg_der_put(&data, 0xa0, kit_bytes(cert));
	signer_info(&in, serial, key);
	put(&data, SET, &in);
	put(&in, SEQ, &data);
	oid(&all, "1.2.840.113549.1.7.2");
	put(&all, 0xa0, &in);
	tg_buf_reset(out);
	put(out, SEQ, &all);
}

static int start(void **state)
{
	(void)state;
	assert_int_equal(tg_gost_load(NULL), TG_OK);
	kit_folder(dir);
	ca_key = kit_gost("gost2012-512");
	leaf_key = kit_gost("gost2012-512");
	certificate(&ca, "ҰКО (GOST) TEST", ca_key, "360101000000Z", true, 0x06, "\x01");
	certificate(&leaf, "ТЕСТОВ ТЕСТ", leaf_key, "270101000000Z", false, 0xc0, "\x02");
	(void)snprintf(trust, sizeof trust, "%s", kit_path(dir, "trust.pem"));
	FILE *f = fopen(trust, "we");
	X509 *x = kit_x509(kit_bytes(&ca));
	assert_int_equal(PEM_write_X509(f, x), 1);
	assert_int_equal(fclose(f), 0);
	X509_free(x);
	return 0;
}

static int end(void **state)
{
	(void)state;
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(leaf_key);
	tg_buf_finish(&ca);
	tg_buf_finish(&leaf);
	kit_folder_remove(dir);
	return 0;
}

static void judged(const struct tg_buf *in, int64_t at_ms, enum tg_status want)
{
	struct tg_cms_judged j;
	struct tg_error err = {0};
	enum tg_status got = tg_cms_verify(kit_bytes(in), trust, at_ms, NULL, NULL, &j, &err);
	if (got != want)
		print_error("%s: %s\n", tg_status_name(got), err.detail);
	assert_int_equal(got, want);
	if (want == TG_OK)
		assert_memory_equal(j.content.data, content, strlen(content));
	tg_cms_judged_finish(&j);
}

static void k6_signature_of_another_key(void **state)
{
	(void)state;
	struct tg_buf in = TG_BUF_INIT;
	cms(&in, &leaf, "\x02", ca_key);
	judged(&in, KIT_NOW_MS, TG_SIGNATURE_BAD);
	tg_buf_finish(&in);
}

static void k6_certificates_that_are_not_good(void **state)
{
	(void)state;
	struct tg_buf other = TG_BUF_INIT, in = TG_BUF_INIT;
	certificate(&other, "ТЕСТОВ ТЕСТ", leaf_key, "260601000000Z", false, 0xc0, "\x03");
	cms(&in, &other, "\x03", leaf_key);
	judged(&in, KIT_NOW_MS, TG_CERT_EXPIRED);
	certificate(&other, "ТЕСТОВ ТЕСТ", leaf_key, "270101000000Z", false, 0xc0, "\x04");
	other.data[other.len - 1] ^= 1; /* the CA's signature */
	cms(&in, &other, "\x04", leaf_key);
	judged(&in, KIT_NOW_MS, TG_CERT_INVALID);
	/* A holder who plays the CA: by name the same, not the one that is trusted. */
	EVP_PKEY *real = ca_key;
	ca_key = leaf_key;
	certificate(&other, "ТЕСТОВ ТЕСТ", leaf_key, "270101000000Z", false, 0xc0, "\x05");
	ca_key = real;
	cms(&in, &other, "\x05", leaf_key);
	judged(&in, KIT_NOW_MS, TG_CERT_INVALID);
	tg_buf_finish(&other);
	tg_buf_finish(&in);
}

static void k6_nobody_who_is_trusted(void **state)
{
	(void)state;
	struct tg_error err = {0};
	assert_int_equal(
	        tg_pki_check_chain(kit_bytes(&leaf), kit_bytes(&ca), KIT_DATA "nca_rsa_test.crt", KIT_NOW_MS, &err),
	        TG_CERT_INVALID);
	assert_non_null(strstr(err.detail, "nobody who is trusted"));
	assert_int_equal(
	        tg_pki_check_chain(kit_bytes(&leaf), (struct tg_bytes){0}, trust, INT64_C(2000000000000), &err),
	        TG_CERT_INVALID);
	/* An issuer that is no CA. */
	struct tg_buf no_ca = TG_BUF_INIT;
	certificate(&no_ca, "ҰКО (GOST) TEST", ca_key, "360101000000Z", false, 0xc0, "\x06");
	FILE *f = fopen(kit_path(dir, "no-ca.pem"), "we");
	X509 *x = kit_x509(kit_bytes(&no_ca));
	assert_int_equal(PEM_write_X509(f, x), 1);
	assert_int_equal(fclose(f), 0);
	X509_free(x);
	assert_int_equal(tg_pki_check_chain(
	                         kit_bytes(&leaf), (struct tg_bytes){0}, kit_path(dir, "no-ca.pem"), KIT_NOW_MS, &err),
	        TG_CERT_INVALID);
	assert_non_null(strstr(err.detail, "no CA"));
	tg_buf_finish(&no_ca);
}

static void k6_application_signed_under_kazakh_identifiers(void **state)
{
	(void)state;
	struct tg_buf in = TG_BUF_INIT;
	cms(&in, &leaf, "\x02", leaf_key);
	judged(&in, KIT_NOW_MS, TG_OK);
	uint8_t *at = memmem(in.data, in.len, "kz-nca", 6);
	assert_non_null(at);
	*at = 'K';
	judged(&in, KIT_NOW_MS, TG_SIGNATURE_BAD);
	tg_buf_finish(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(k6_signature_of_another_key),
	        cmocka_unit_test(k6_certificates_that_are_not_good),
	        cmocka_unit_test(k6_nobody_who_is_trusted),
	        cmocka_unit_test(k6_application_signed_under_kazakh_identifiers),
	};
	return cmocka_run_group_tests(tests, start, end);
}
