/* Keys made on the card, checked by OpenSSL: its parser for the answer, its verification for the signatures. */
#include "card_tool.h"
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

struct part {
	const uint8_t *all, *value; /* with and without its header */
	size_t all_len, len;
};

/* OpenSSL's ASN.1 reader knows tags by class and number: 7F21 = application 33, 5F37 = application 55, 81 = context 1.
 */
static bool find(const uint8_t *p, size_t n, int class, int number, struct part *out)
{
	const uint8_t *end = p + n;
	while (p < end) {
		const uint8_t *start = p;
		long len;
		int tag, cls;
		if (ASN1_get_object(&p, &len, &tag, &cls, end - p) & 0x80)
			return false;
		if (tag == number && cls == class) {
			*out = (struct part){start, p, (size_t)(p + len - start), (size_t)len};
			return true;
		}
		p += len;
	}
	return false;
}

struct request {
	struct part body, signature, modulus, exponent, holder;
};

static void read_request(const struct hand *h, struct request *r)
{
	const int app = V_ASN1_APPLICATION, ctx = V_ASN1_CONTEXT_SPECIFIC;
	struct part outer = {0}, cvc = {0}, key = {0}, at = {0};
	assert_true(find(h->answer.data, hand_data_len(h), app, 7, &outer)); /* 67 */
	assert_int_equal(outer.all_len, hand_data_len(h));
	assert_true(find(outer.value, outer.len, app, 33, &cvc));
	assert_true(find(outer.value, outer.len, app, 2, &at));
	assert_true(find(outer.value, outer.len, app, 55, &at));
	assert_true(find(cvc.value, cvc.len, app, 78, &r->body));
	assert_true(find(cvc.value, cvc.len, app, 55, &r->signature));
	assert_true(find(r->body.value, r->body.len, app, 73, &key));
	assert_true(find(r->body.value, r->body.len, app, 32, &r->holder));
	assert_true(find(key.value, key.len, ctx, 1, &r->modulus));
	assert_true(find(key.value, key.len, ctx, 2, &r->exponent));
}

static EVP_PKEY *public_key(const struct request *r)
{
	EVP_PKEY *key = NULL;
	BIGNUM *n = BN_bin2bn(r->modulus.value, (int)r->modulus.len, NULL);
	BIGNUM *e = BN_bin2bn(r->exponent.value, (int)r->exponent.len, NULL);
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	assert_true(OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n));
	assert_true(OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e));
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	assert_true(EVP_PKEY_fromdata_init(ctx) > 0);
	assert_true(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) > 0);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	BN_free(n);
	BN_free(e);
	return key;
}

static int verify(EVP_PKEY *key, const void *text, size_t n, const uint8_t *signature, size_t signature_len)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int ok = EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key) > 0 &&
	         EVP_DigestVerify(md, signature, signature_len, text, n) > 0;
	EVP_MD_CTX_free(md);
	return ok;
}

/* EMSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §9.2, note 1), which OpenSC does before it asks the card. */
static void sign_command(uint8_t ref, const char *text, uint8_t apdu[7 + 256 + 2])
{
	static const uint8_t prefix[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
	        0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
	const uint8_t head[7] = {0x80, 0x68, ref, 0x20, 0x00, 0x01, 0x00};
	uint8_t *block = apdu + 7;
	memcpy(apdu, head, sizeof head);
	memset(block, 0xff, 256);
	block[0] = 0;
	block[1] = 1;
	block[256 - 32 - sizeof prefix - 1] = 0;
	memcpy(block + 256 - 32 - sizeof prefix, prefix, sizeof prefix);
	assert_true(EVP_Digest(text, strlen(text), block + 256 - 32, NULL, EVP_sha256(), NULL));
	apdu[263] = 0x02;
	apdu[264] = 0x00;
}

static uint16_t sign(struct hand *h, uint8_t ref, const char *text)
{
	uint8_t apdu[7 + 256 + 2];
	sign_command(ref, text, apdu);
	return hand_send_bytes(h, apdu, sizeof apdu);
}

static void test_no_key_without_login(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_int_equal(hand_generate(&h, 0, 2048), 0x6982);
	assert_int_equal(sign(&h, 0, "x"), 0x6982);
	assert_sw(&h, "00A4000002CC0000", 0x6a82);
	hand_drop(&h);
}

static void test_k6_key_pair_has_the_answer_opensc_reads(void **state)
{
	struct hand h;
	struct request r;
	(void)state;
	hand_take(&h);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_int_equal(hand_generate(&h, 1, 2048), 0x9000);
	read_request(&h, &r);
	assert_int_equal(r.modulus.len, 256);
	assert_true(r.modulus.value[0] & 0x80);
	assert_int_equal(r.exponent.len, 3);
	assert_memory_equal(r.exponent.value, "\x01\x00\x01", 3);
	assert_memory_equal(r.holder.value, "TEST00010000001", 15);
	EVP_PKEY *key = public_key(&r);
	assert_true(verify(key, r.body.all, r.body.all_len, r.signature.value, r.signature.len));
	EVP_PKEY_free(key);
	hand_drop(&h);
}

static void test_k6_signature_verifies_with_the_modulus_handed_out(void **state)
{
	struct hand h;
	struct request r;
	(void)state;
	hand_take(&h);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_int_equal(hand_generate(&h, 7, 2048), 0x9000);
	read_request(&h, &r);
	EVP_PKEY *key = public_key(&r);
	assert_int_equal(sign(&h, 7, "Өтініш"), 0x9000);
	assert_int_equal(hand_data_len(&h), 256);
	assert_true(verify(key, "Өтініш", strlen("Өтініш"), h.answer.data, 256));
	assert_false(verify(key, "Өтiнiш", strlen("Өтiнiш"), h.answer.data, 256)); /* Latin i: another text */
	EVP_PKEY_free(key);
	hand_drop(&h);
}

static void test_two_keys_are_two_keys(void **state)
{
	struct hand h;
	struct request r;
	struct tg_vcard_facts f;
	uint8_t first[256];
	(void)state;
	hand_take(&h);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_int_equal(hand_generate(&h, 0, 2048), 0x9000);
	read_request(&h, &r);
	memcpy(first, r.modulus.value, 256);
	assert_int_equal(hand_generate(&h, 255, 2048), 0x9000);
	read_request(&h, &r);
	assert_memory_not_equal(first, r.modulus.value, 256);
	tg_vcard_describe(h.card, &f);
	assert_int_equal(f.keys, 2);
	hand_drop(&h);
}

static void test_k8_a_key_is_never_replaced(void **state)
{
	struct hand h;
	struct request r;
	(void)state;
	hand_take(&h);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_int_equal(hand_generate(&h, 1, 2048), 0x9000);
	read_request(&h, &r);
	EVP_PKEY *key = public_key(&r);
	assert_int_equal(hand_generate(&h, 1, 2048), 0x6a89);
	assert_int_equal(sign(&h, 1, "still the first"), 0x9000);
	assert_true(verify(key, "still the first", 15, h.answer.data, 256));
	EVP_PKEY_free(key);
	hand_drop(&h);
}

static void test_key_limit(void **state)
{
	struct hand h;
	struct tg_vcard_persona p = hand_persona();
	(void)state;
	p.max_keys = 1;
	hand_take_persona(&h, &p);
	assert_sw(&h, AID_SELECT, 0x9000);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_int_equal(hand_generate(&h, 1, 2048), 0x9000);
	assert_int_equal(hand_generate(&h, 2, 2048), 0x6a84);
	assert_sw(&h, "00E4020002CC01", 0x9000);
	assert_int_equal(hand_generate(&h, 2, 2048), 0x9000);
	hand_drop(&h);
}

static void test_deleted_key_is_gone(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_int_equal(hand_generate(&h, 1, 2048), 0x9000);
	assert_int_equal(sign(&h, 2, "x"), 0x6a88);
	assert_sw(&h, "00E4020002CC01", 0x9000);
	assert_sw(&h, "00E4020002CC01", 0x6a82);
	assert_int_equal(sign(&h, 1, "x"), 0x6a88);
	hand_drop(&h);
}

static void test_wishes_that_cannot_be(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_int_equal(hand_generate(&h, 1, 1024), 0x6a80);
	assert_int_equal(hand_generate(&h, 1, 2047), 0x6a80);
	assert_int_equal(hand_generate(&h, 1, 65535), 0x6a80);
	assert_sw(&h, "00460100", 0x6700);
	assert_sw(&h,
	        "00460100000001"
	        "00"
	        "0000",
	        0x6a80);
	assert_sw(&h,
	        "00460100000001"
	        "00",
	        0x6700);
	assert_sw(&h, "00460101000000", 0x6a86);
	hand_drop(&h);
}

static void test_signing_only_whole_blocks(void **state)
{
	struct hand h;
	uint8_t apdu[7 + 256 + 2];
	(void)state;
	hand_take(&h);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_int_equal(hand_generate(&h, 1, 2048), 0x9000);
	assert_sw(&h,
	        "80680120020001"
	        "00",
	        0x6700);
	assert_sw(&h, "80680120", 0x6700);
	sign_command(1, "x", apdu);
	assert_int_equal(hand_send_bytes(&h, apdu, sizeof apdu - 2), 0x6700); /* no room for the answer */
	memset(apdu + 7, 0xff, 256);                                          /* larger than any modulus */
	assert_int_equal(hand_send_bytes(&h, apdu, sizeof apdu), 0x6a80);
	sign_command(1, "x", apdu);
	apdu[3] = 0x40;
	assert_int_equal(hand_send_bytes(&h, apdu, sizeof apdu), 0x6a86);
	hand_drop(&h);
}

static void test_decryption_is_the_inverse(void **state)
{
	struct hand h;
	struct request r;
	uint8_t apdu[7 + 256 + 2] = {0x80, 0x62, 0x01, 0x21, 0x00, 0x01, 0x00}, block[256] = {0, 2, 3};
	size_t n = 256;
	(void)state;
	hand_take(&h);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_int_equal(hand_generate(&h, 1, 2048), 0x9000);
	read_request(&h, &r);
	EVP_PKEY *key = public_key(&r);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	assert_true(EVP_PKEY_encrypt_init(ctx) > 0 && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) > 0);
	assert_true(EVP_PKEY_encrypt(ctx, apdu + 7, &n, block, sizeof block) > 0);
	apdu[263] = 0x02;
	assert_int_equal(hand_send_bytes(&h, apdu, sizeof apdu), 0x9000);
	assert_int_equal(hand_data_len(&h), 256);
	assert_memory_equal(h.answer.data, block, 256);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	hand_drop(&h);
}

/* The primes and the private exponent, taken from the packed card where they stand as PKCS#8. */
static size_t secrets_of(struct hand *h, uint8_t out[3][16])
{
	static const char *const names[] = {
	        OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2};
	struct tg_buf packed = TG_BUF_INIT;
	size_t found = 0;
	assert_int_equal(tg_vcard_pack(h->card, &packed), TG_OK);
	for (size_t i = 0; i + 4 < packed.len && found == 0; i++) {
		const uint8_t *p = packed.data + i;
		if (p[0] != 0x30 || p[1] != 0x82)
			continue;
		EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &p, (long)(packed.len - i));
		for (size_t k = 0; key && k < 3; k++) {
			BIGNUM *n = NULL;
			uint8_t bytes[256];
			assert_true(EVP_PKEY_get_bn_param(key, names[k], &n));
			assert_true(BN_bn2binpad(n, bytes, 256) == 256);
			memcpy(out[found++], bytes + 256 - 16, 16);
			BN_clear_free(n);
		}
		EVP_PKEY_free(key);
	}
	tg_buf_wipe(&packed);
	return found;
}

/* Every instruction in both classes, pointed at the key, with and without data: nothing that comes back holds it. */
static void test_k6_private_key_leaves_by_no_command(void **state)
{
	static const char *const bodies[] = {"00",
	        "0454020000"
	        "00",
	        "02CC01"
	        "00",
	        "0000000000", ""};
	static const char *const targets[] = {"CC01", "0100", "0120", "0000"};
	uint8_t secrets[3][16];
	struct hand h;
	size_t answers = 0;
	(void)state;
	hand_take(&h);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_int_equal(hand_generate(&h, 1, 2048), 0x9000);
	assert_int_equal(secrets_of(&h, secrets), 3);
	for (unsigned i = 0; i < 256 * 2 * 4 * 5; i++) {
		unsigned ins = i / 40, class = i / 20 % 2 ? 0x80 : 0x00;
		char hex[64];
		if (ins == 0xe4 || ins == 0x20) /* would delete it; would log out */
			continue;
		assert_sw(&h, "00A4000002CC0100", 0x9000);
		snprintf(hex, sizeof hex, "%02X%02X%s%s", class, ins, targets[i / 5 % 4], bodies[i % 5]);
		answers += hand_send(&h, hex) == 0x9000;
		for (size_t k = 0; k < 3; k++)
			assert_null(memmem(h.answer.data, h.answer.len, secrets[k], 16));
	}
	assert_true(answers > 0); /* not everything was refused */
	assert_sw(&h, "00200081", 0x9000);
	assert_sw(&h,
	        "00B1CC0104"
	        "54020000"
	        "00",
	        0x6981);
	hand_drop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_no_key_without_login),
	        cmocka_unit_test(test_k6_key_pair_has_the_answer_opensc_reads),
	        cmocka_unit_test(test_k6_signature_verifies_with_the_modulus_handed_out),
	        cmocka_unit_test(test_two_keys_are_two_keys),
	        cmocka_unit_test(test_k8_a_key_is_never_replaced),
	        cmocka_unit_test(test_key_limit),
	        cmocka_unit_test(test_deleted_key_is_gone),
	        cmocka_unit_test(test_wishes_that_cannot_be),
	        cmocka_unit_test(test_signing_only_whole_blocks),
	        cmocka_unit_test(test_decryption_is_the_inverse),
	        cmocka_unit_test(test_k6_private_key_leaves_by_no_command),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
