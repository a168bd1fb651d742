/* Keys of the virtual Rutoken: RSA checked by OpenSSL, GOST by what every signature must fulfil (the engine's own
 * verification is in tests/integration/vcard-rutoken.sh), and what the card remembers (K-5, K-6, K-8). */
#include "card_tool.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <sys/stat.h>
#include <unistd.h>

#define USER_OK "00200002083132333435363738"
#define APP     "00A40800025000"
#define GENERATE                                                                                                       \
	"00468001"                                                                                                     \
	"00"
#define CHOOSE "002241B603840101"

static void take(struct hand *h)
{
	struct tg_vcard_persona p = {.kind = TG_VCARD_RUTOKEN,
	        .name = "test",
	        .serial = "3ba0c117",
	        .initialised = true,
	        .user_pin = "12345678",
	        .so_pin = "87654321"};
	hand_take_persona(h, &p);
	tg_vcard_reset(h->card);
	assert_sw(h, USER_OK, 0x9000);
	assert_sw(h, APP, 0x9000);
}

/* The two files of one key, as OpenSC sends them for RSA-2048. */
static uint16_t create_rsa(struct hand *h, int reference)
{
	char hex[120];
	snprintf(hex, sizeof hex,
	        "00E00000276F258002028882021000830200%02X85062300"
	        "00AA0000"
	        "860F46000202000000020000000000"
	        "0000",
	        reference);
	uint16_t sw = hand_send(h, hex);
	if (sw != 0x9000)
		return sw;
	snprintf(hex, sizeof hex,
	        "00E00000276F258002018082021000830200%02X85063300"
	        "00AA0000"
	        "860F46000200000000020000000000"
	        "0000",
	        reference);
	return hand_send(h, hex);
}

static uint16_t create_gost(struct hand *h, int reference, const char *set)
{
	char hex[120];
	snprintf(hex, sizeof hex,
	        "00E00000276F258002002082021000830200%02X850603%s00AA0000"
	        "860F46000202000000020000000000"
	        "0000",
	        reference, set);
	uint16_t sw = hand_send(h, hex);
	if (sw != 0x9000)
		return sw;
	snprintf(hex, sizeof hex,
	        "00E00000276F258002004082021000830200%02X850613%s00AA0000"
	        "860F46000200000000020000000000"
	        "0000",
	        reference, set);
	return hand_send(h, hex);
}

/* 256 bytes in two commands, the second with `last` of them. */
static uint16_t operate(struct hand *h, const char *operation, const uint8_t *block)
{
	uint8_t apdu[5 + 255];
	char head[16];
	snprintf(head, sizeof head, "102A%sFF", operation);
	assert_int_equal(tg_unhex(head, apdu, sizeof apdu), 5);
	memcpy(apdu + 5, block, 255);
	assert_int_equal(hand_send_bytes(h, apdu, sizeof apdu), 0x9000);
	assert_int_equal(hand_data_len(h), 0);
	apdu[0] = 0x00;
	apdu[4] = 1;
	apdu[5] = block[255];
	return hand_send_bytes(h, apdu, 6);
}

static void reverse(uint8_t *out, const uint8_t *in, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = in[n - 1 - i];
}

static EVP_PKEY *public_key(const uint8_t little_endian[256])
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *n = BN_lebin2bn(little_endian, 256, NULL), *e = BN_new();
	EVP_PKEY *key = NULL;
	assert_true(BN_set_word(e, 65537) && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
	            OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e));
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
	return key;
}

/* EMSA-PKCS1-v1_5 of SHA-256("abc"), FIPS 180-2 appendix B.1, with 256 bytes. */
static void padded(uint8_t block[256])
{
	static const char info[] = "3031300d060960864801650304020105000420"
	                           "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	memset(block, 0xff, 256);
	block[0] = 0;
	block[1] = 1;
	block[256 - 51 - 1] = 0;
	assert_int_equal(tg_unhex(info, block + 256 - 51, 51), 51);
}

static void assert_signs(struct hand *h, const uint8_t modulus[256])
{
	uint8_t block[256], little[256], signature[256];
	padded(block);
	reverse(little, block, sizeof block);
	assert_sw(h, CHOOSE, 0x9000);
	assert_int_equal(operate(h, "9E9A", little), 0x9000);
	assert_int_equal(hand_data_len(h), 256);
	reverse(signature, h->answer.data, 256);
	EVP_PKEY *key = public_key(modulus);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	assert_int_equal(EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(EVP_DigestVerify(md, signature, 256, (const uint8_t *)"abc", 3), 1);
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
}

static void make_rsa(struct hand *h, uint8_t modulus[256])
{
	assert_int_equal(create_rsa(h, 1), 0x9000);
	assert_sw(h, GENERATE, 0x9000);
	assert_int_equal(hand_data_len(h), 256);
	memcpy(modulus, h->answer.data, 256);
	assert_true(modulus[255] & 0x80); /* little-endian: the highest bit of 2048 is in the last byte */
	assert_true(modulus[0] & 1);
}

static void rsa_signature_verifies(void **state)
{
	struct hand h;
	uint8_t modulus[256];
	struct tg_vcard_facts f;
	(void)state;
	take(&h);
	make_rsa(&h, modulus);
	assert_signs(&h, modulus);
	tg_vcard_describe(h.card, &f);
	assert_int_equal(f.keys, 1);
	hand_drop(&h);
}

static void decipherment_undoes_what_openssl_did(void **state)
{
	struct hand h;
	uint8_t modulus[256], secret[256], box[256], little[256];
	size_t n = sizeof box;
	(void)state;
	take(&h);
	make_rsa(&h, modulus);
	EVP_PKEY *key = public_key(modulus);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	padded(secret);
	assert_true(EVP_PKEY_encrypt_init(ctx) > 0 && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) > 0);
	assert_true(EVP_PKEY_encrypt(ctx, box, &n, secret, sizeof secret) > 0);
	reverse(little, box, sizeof box);
	assert_sw(&h, "002241B803840101", 0x9000);
	assert_int_equal(operate(&h, "8086", little), 0x9000);
	reverse(little, h.answer.data, 256);
	assert_memory_equal(little, secret, 256);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	hand_drop(&h);
}

static void keys_need_the_user(void **state)
{
	struct hand h;
	uint8_t modulus[256], block[256] = {0};
	(void)state;
	take(&h);
	make_rsa(&h, modulus);
	tg_vcard_reset(h.card);
	assert_sw(&h, CHOOSE, 0x9000);
	assert_int_equal(operate(&h, "9E9A", block), 0x6982);
	assert_sw(&h, "00200001083837363534333231", 0x9000); /* the officer's PIN is not the user's */
	assert_sw(&h, CHOOSE, 0x9000);
	assert_int_equal(operate(&h, "9E9A", block), 0x6982);
	assert_sw(&h, APP, 0x9000);
	assert_int_equal(create_rsa(&h, 2), 0x6982);
	assert_int_equal(create_rsa(&h, 1), 0x6982);
	assert_sw(&h, GENERATE, 0x6982);
	assert_sw(&h,
	        "00A408000810001000600200"
	        "01",
	        0x9000);
	assert_sw(&h, "00B0000000", 0x6981); /* no way to read it, … */
	assert_sw(&h, "00D600000100", 0x6981);
	assert_sw(&h, "00E40000", 0x6982);
	assert_sw(&h, USER_OK, 0x9000);
	assert_sw(&h, "00B0000000", 0x6981); /* … not even for the user */
	assert_sw(&h, "00E40000", 0x9000);
	assert_sw(&h, CHOOSE, 0x6a88);
	hand_drop(&h);
}

static void commands_for_keys_that_are_wrong(void **state)
{
	struct hand h;
	uint8_t modulus[256], block[256] = {0};
	(void)state;
	take(&h);
	assert_sw(&h, GENERATE, 0x6a88); /* no files for it */
	assert_sw(&h, CHOOSE, 0x6a88);
	assert_int_equal(operate(&h, "9E9A", block), 0x6985);
	make_rsa(&h, modulus);
	assert_sw(&h, GENERATE, 0x6985); /* never in place of another */
	assert_sw(&h,
	        "004600010"
	        "0",
	        0x6a86);
	assert_sw(&h, "002241B603840102", 0x6a88);
	assert_sw(&h, "002241B603830101", 0x6a80);
	assert_sw(&h, "002241A603840101", 0x6a86);
	assert_sw(&h, CHOOSE, 0x9000);
	assert_sw(&h, "002A9E9A03010203", 0x6700);
	assert_sw(&h, "002A9E9B03010203", 0x6a86);
	/* Another command between the halves, and the first half is forgotten. */
	assert_sw(&h, "102A9E9A03010203", 0x9000);
	assert_sw(&h, "00CA018100", 0x9000);
	assert_signs(&h, modulus);
	for (int i = 0; i < 2; i++) {
		uint8_t long_part[5 + 255] = {0x10, 0x2a, 0x9e, 0x9a, 0xff};
		assert_int_equal(hand_send_bytes(&h, long_part, sizeof long_part), 0x9000);
	}
	assert_sw(&h, "002A9E9A03010203", 0x6700);
	hand_drop(&h);
}

/* OpenSC takes the reference of a key that nothing on the card describes: what a pulled card leaves (K-8). */
static void key_without_a_name_is_replaced(void **state)
{
	struct hand h;
	uint8_t first[256], second[256];
	struct tg_vcard_facts f;
	(void)state;
	take(&h);
	make_rsa(&h, first);
	assert_sw(&h, APP, 0x9000);
	make_rsa(&h, second);
	assert_memory_not_equal(first, second, 256);
	assert_signs(&h, second);
	tg_vcard_describe(h.card, &f);
	assert_int_equal(f.keys, 1);
	hand_drop(&h);
}

static void gost_keys_sign(void **state)
{
	static const char *const sets[] = {"20", "30", "40"};
	struct hand h;
	uint8_t before[64];
	(void)state;
	take(&h);
	for (size_t i = 0; i < 3; i++) {
		assert_sw(&h, APP, 0x9000);
		assert_int_equal(create_gost(&h, 1, sets[i]), 0x9000);
		assert_sw(&h, GENERATE, 0x9000);
		assert_int_equal(hand_data_len(&h), 64);
		assert_sw(&h, CHOOSE, 0x9000);
		assert_sw(&h, "002A9E9A20000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F", 0x9000);
		assert_int_equal(hand_data_len(&h), 64);
		memcpy(before, h.answer.data, 64);
		assert_sw(&h, "002A9E9A20000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F", 0x9000);
		assert_memory_not_equal(before, h.answer.data, 64); /* another k each time */
		assert_sw(&h, "002A9E9A200000000000000000000000000000000000000000000000000000000000000000", 0x9000);
		assert_sw(&h, "002A9E9A21000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F20", 0x6700);
		assert_sw(&h, "002A808620000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F", 0x6985);
	}
	assert_sw(&h, APP, 0x9000);
	assert_int_equal(create_gost(&h, 2, "50"), 0x9000);
	assert_sw(&h, "0046800200", 0x6a80); /* no such parameters */
	hand_drop(&h);
}

static void state_is_the_whole_token(void **state)
{
	struct hand h;
	uint8_t modulus[256];
	struct tg_buf bytes = TG_BUF_INIT, again = TG_BUF_INIT;
	struct tg_error err = {0};
	struct tg_vcard *other = NULL;
	(void)state;
	take(&h);
	make_rsa(&h, modulus);
	assert_sw(&h, "0020000203313131", 0x63c4);
	assert_int_equal(tg_vcard_pack(h.card, &bytes), TG_OK);
	assert_null(memmem(bytes.data, bytes.len, "12345678", 8));
	assert_null(memmem(bytes.data, bytes.len, "87654321", 8));
	assert_int_equal(tg_vcard_unpack(&other, bytes.data, bytes.len, &err), TG_OK);
	assert_int_equal(tg_vcard_pack(other, &again), TG_OK);
	assert_int_equal(bytes.len, again.len);
	assert_memory_equal(bytes.data, again.data, again.len);
	tg_vcard_destroy(h.card);
	h.card = other;
	assert_sw(&h, "00200002", 0x63c4);
	assert_sw(&h, USER_OK, 0x9000);
	assert_signs(&h, modulus);
	for (size_t n = 0; n < bytes.len; n += 97)
		assert_int_equal(tg_vcard_unpack(&other, bytes.data, n, &err), TG_STORE_DAMAGED);
	tg_buf_finish(&bytes);
	tg_buf_finish(&again);
	hand_drop(&h);
}

/* A key that could not be kept was never made. */
static void what_is_not_saved_has_not_happened(void **state)
{
	struct hand h;
	struct tg_vcard_facts f;
	struct tg_error err = {0};
	char folder[] = "/tmp/tamga-rutoken.XXXXXX", file[64], blocker[80];
	static const uint8_t generate[] = {0x00, 0x46, 0x80, 0x01, 0x00};
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(file, sizeof file, "%s/card", folder);
	snprintf(blocker, sizeof blocker, "%s.new", file);
	take(&h);
	assert_int_equal(create_rsa(&h, 1), 0x9000);
	assert_int_equal(tg_vcard_save(h.card, file, &err), TG_OK);
	assert_int_equal(mkdir(blocker, 0700), 0); /* nothing can be written there */
	assert_int_not_equal(tg_vcard_exchange(&h.card, file, generate, sizeof generate, &h.answer, &err), TG_OK);
	assert_int_equal(h.answer.len, 2);
	assert_int_equal(h.answer.data[0] << 8 | h.answer.data[1], 0x6581);
	tg_vcard_describe(h.card, &f);
	assert_int_equal(f.keys, 0);
	assert_int_equal(rmdir(blocker), 0);
	tg_vcard_reset(h.card);
	assert_sw(&h, USER_OK, 0x9000);
	assert_int_equal(tg_vcard_exchange(&h.card, file, generate, sizeof generate, &h.answer, &err), TG_OK);
	tg_vcard_describe(h.card, &f);
	assert_int_equal(f.keys, 1);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(folder), 0);
	hand_drop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(rsa_signature_verifies),
	        cmocka_unit_test(decipherment_undoes_what_openssl_did),
	        cmocka_unit_test(keys_need_the_user),
	        cmocka_unit_test(commands_for_keys_that_are_wrong),
	        cmocka_unit_test(key_without_a_name_is_replaced),
	        cmocka_unit_test(gost_keys_sign),
	        cmocka_unit_test(state_is_the_whole_token),
	        cmocka_unit_test(what_is_not_saved_has_not_happened),
	};
	return cmocka_run_group_tests_name("vcard_rutoken_keys", tests, NULL, NULL);
}
