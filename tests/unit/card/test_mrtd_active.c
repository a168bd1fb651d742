/* Active authentication by RSA (with the values of the worked example of ICAO 9303-11, appendix F) and ECDSA, and chip
 * authentication over curves and Diffie-Hellman groups, with keys made here. Requirement K-4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "active.h"
#include "ber.h"
#include "chip.h"
#include "script.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define EXAMPLE_CHALLENGE "F173589974BF40C6"
#define EXAMPLE_M1                                                                                                     \
	"9D2784A67F8E7C659973EA1AEA25D95B6C8F91E5002F369F0FBDCE8A3CEC1991B543F1696546C5524CF23A5303CD6C98599F40B79F37" \
	"7B5F"                                                                                                         \
	"3A1406B3B4D8F96784D23AA88DB7E1032A405E69325FA91A6E86F5C71AEA978264C4A207446DAD4E7292E2DCDA3024B47DA8"
#define EXAMPLE_HASH "C063AA1E6D22FBD976AB0FE73D94D2D9C6D88127"

static void put_dg15(EVP_PKEY *key, struct tg_buf *dg15)
{
	unsigned char *spki = NULL;
	int n = i2d_PUBKEY(key, &spki);
	assert_true(n > 0);
	tg_ber_put(dg15, TG_TAG_DG15, (struct tg_bytes){spki, (size_t)n});
	OPENSSL_free(spki);
}

static void raw_rsa(EVP_PKEY *key, const struct tg_buf *f, struct tg_buf *signature)
{
	uint8_t out[512];
	size_t n = sizeof out;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING), 1);
	assert_int_equal(EVP_PKEY_sign(ctx, out, &n, f->data, f->len), 1);
	EVP_PKEY_CTX_free(ctx);
	tg_buf_add(signature, out, n);
}

static enum tg_status verify(EVP_PKEY *key, const struct tg_buf *signature, const char *challenge_hex)
{
	struct tg_buf dg15 = TG_BUF_INIT;
	struct tg_error err = {0};
	uint8_t challenge[8];
	assert_int_equal(tg_unhex(challenge_hex, challenge, 8), 8);
	put_dg15(key, &dg15);
	enum tg_status status =
	        tg_active_verify(tg_buf_bytes(&dg15), (struct tg_bytes){0}, challenge, tg_buf_bytes(signature), &err);
	tg_buf_finish(&dg15);
	assert_true(status == TG_OK || (status == TG_DOC_COPY && err.status == TG_DOC_COPY));
	return status;
}

/* n − s is the same signature (ISO/IEC 9796-2, annex A). */
static void complement(EVP_PKEY *key, struct tg_buf *signature)
{
	BIGNUM *n = NULL, *s = BN_bin2bn(signature->data, (int)signature->len, NULL);
	assert_int_equal(EVP_PKEY_get_bn_param(key, "n", &n), 1);
	assert_int_equal(BN_sub(s, n, s), 1);
	assert_true(BN_bn2binpad(s, signature->data, (int)signature->len) > 0);
	BN_free(n);
	BN_free(s);
}

/* Appendix F gives no key: the values are signed with one of 1024 bits made here. */
static void test_worked_example(void **state)
{
	struct tg_buf f = TG_BUF_INIT, signature = TG_BUF_INIT;
	EVP_PKEY *key = EVP_RSA_gen(1024), *other = EVP_RSA_gen(1024);
	(void)state;
	add_hex(&f, "6A" EXAMPLE_M1 EXAMPLE_HASH "BC");
	assert_int_equal(f.len, 128);
	raw_rsa(key, &f, &signature);
	assert_int_equal(verify(key, &signature, EXAMPLE_CHALLENGE), TG_OK);
	assert_int_equal(verify(key, &signature, "F173589974BF40C7"), TG_DOC_COPY);
	assert_int_equal(verify(other, &signature, EXAMPLE_CHALLENGE), TG_DOC_COPY);
	complement(key, &signature);
	assert_int_equal(verify(key, &signature, EXAMPLE_CHALLENGE), TG_OK);
	signature.data[40] ^= 1;
	assert_int_equal(verify(key, &signature, EXAMPLE_CHALLENGE), TG_DOC_COPY);
	signature.len--;
	assert_int_equal(verify(key, &signature, EXAMPLE_CHALLENGE), TG_DOC_COPY);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	tg_buf_finish(&f);
	tg_buf_finish(&signature);
}

/* What is signed must look as the standard says, with each hash. */
static void test_rsa_forms(void **state)
{
	static const struct {
		const char *head, *md, *trailer;
		enum tg_status want;
	} rows[] = {
	        {"6A", "SHA1", "BC", TG_OK},
	        {"6A", "SHA1", "33CC", TG_OK},
	        {"6A", "SHA224", "38CC", TG_OK},
	        {"6A", "SHA256", "34CC", TG_OK},
	        {"6A", "SHA384", "36CC", TG_OK},
	        {"6A", "SHA512", "35CC", TG_OK},
	        {"6A", "SHA256", "35CC", TG_DOC_COPY},
	        {"6A", "SHA256", "BC", TG_DOC_COPY},
	        {"6A", "SHA256", "31CC", TG_DOC_COPY},
	        {"4A", "SHA256", "34CC", TG_DOC_COPY},
	        {"00", "SHA1", "BC", TG_DOC_COPY},
	};
	EVP_PKEY *key = EVP_RSA_gen(2048);
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tg_buf f = TG_BUF_INIT, hashed = TG_BUF_INIT, signature = TG_BUF_INIT;
		uint8_t hash[EVP_MAX_MD_SIZE];
		unsigned n = 0;
		const EVP_MD *md = EVP_get_digestbyname(rows[i].md);
		size_t m1 = 256 - 1 - (size_t)EVP_MD_get_size(md) - strlen(rows[i].trailer) / 2;
		for (size_t k = 0; k < m1; k++)
			tg_buf_add_u8(&hashed, (uint8_t)(k * 31));
		add_hex(&f, rows[i].head);
		tg_buf_add(&f, hashed.data, m1);
		add_hex(&hashed, EXAMPLE_CHALLENGE);
		assert_int_equal(EVP_Digest(hashed.data, hashed.len, hash, &n, md, NULL), 1);
		tg_buf_add(&f, hash, n);
		add_hex(&f, rows[i].trailer);
		raw_rsa(key, &f, &signature);
		assert_int_equal(verify(key, &signature, EXAMPLE_CHALLENGE), rows[i].want);
		tg_buf_finish(&f);
		tg_buf_finish(&hashed);
		tg_buf_finish(&signature);
	}
	EVP_PKEY_free(key);
}

/* r ‖ s over the challenge. */
static void sign_ecdsa(EVP_PKEY *key, const char *md, struct tg_buf *out)
{
	uint8_t der[256], challenge[8], half[80];
	size_t n = sizeof der;
	const unsigned char *p = der;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int size = (EVP_PKEY_get_bits(key) + 7) / 8;
	assert_int_equal(tg_unhex(EXAMPLE_CHALLENGE, challenge, 8), 8);
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_get_digestbyname(md), NULL, key), 1);
	assert_int_equal(EVP_DigestSign(ctx, der, &n, challenge, 8), 1);
	EVP_MD_CTX_free(ctx);
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)n);
	assert_non_null(sig);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(sig), half, size), size);
	tg_buf_add(out, half, (size_t)size);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(sig), half, size), size);
	tg_buf_add(out, half, (size_t)size);
	ECDSA_SIG_free(sig);
}

/* DG14 with the info that names the hash: its last arc. */
static void put_info(unsigned arc, struct tg_buf *dg14)
{
	char hex[100];
	struct tg_buf set = TG_BUF_INIT;
	(void)snprintf(hex, sizeof hex,
	        "31193017060667810801010502010106"
	        "0A04007F000701010401%02X",
	        arc);
	add_hex(&set, hex);
	tg_ber_put(dg14, TG_TAG_DG14, tg_buf_bytes(&set));
	tg_buf_finish(&set);
}

static void test_ecdsa(void **state)
{
	static const struct {
		const char *curve, *md;
		unsigned arc; /* 0: not named */
		enum tg_status want;
	} rows[] = {
	        {"P-256", "SHA256", 3, TG_OK}, {"P-256", "SHA256", 0, TG_OK}, {"P-256", "SHA1", 1, TG_OK},
	        {"P-224", "SHA224", 2, TG_OK}, {"P-384", "SHA384", 4, TG_OK}, {"P-521", "SHA512", 5, TG_OK},
	        {"brainpoolP256r1", "SHA256", 3, TG_OK}, {"brainpoolP512r1", "SHA512", 0, TG_OK},
	        {"P-256", "SHA256", 5, TG_DOC_COPY}, /* another hash than the one that is named */
	};
	uint8_t challenge[8];
	(void)state;
	assert_int_equal(tg_unhex(EXAMPLE_CHALLENGE, challenge, 8), 8);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tg_buf dg15 = TG_BUF_INIT, dg14 = TG_BUF_INIT, sig = TG_BUF_INIT;
		EVP_PKEY *key = EVP_EC_gen(rows[i].curve);
		put_dg15(key, &dg15);
		if (rows[i].arc)
			put_info(rows[i].arc, &dg14);
		sign_ecdsa(key, rows[i].md, &sig);
		struct tg_bytes k = tg_buf_bytes(&dg15), info = tg_buf_bytes(&dg14);
		assert_int_equal(tg_active_verify(k, info, challenge, tg_buf_bytes(&sig), NULL), rows[i].want);
		sig.data[3] ^= 1;
		assert_int_equal(tg_active_verify(k, info, challenge, tg_buf_bytes(&sig), NULL), TG_DOC_COPY);
		memset(sig.data, 0, sig.len);
		assert_int_equal(tg_active_verify(k, info, challenge, tg_buf_bytes(&sig), NULL), TG_DOC_COPY);
		sig.len = 1;
		assert_int_equal(tg_active_verify(k, info, challenge, tg_buf_bytes(&sig), NULL), TG_DOC_COPY);
		EVP_PKEY_free(key);
		tg_buf_finish(&dg15);
		tg_buf_finish(&dg14);
		tg_buf_finish(&sig);
	}
	assert_int_equal(
	        tg_active_verify((struct tg_bytes){0}, (struct tg_bytes){0}, challenge, (struct tg_bytes){0}, NULL),
	        TG_DOC_COPY);
}

/* A chip with a key for chip authentication, in clear, that remembers what the terminal sent. */
struct agreeing_chip {
	EVP_PKEY *key;
	struct tg_buf theirs;
	bool aes, refuses;
	unsigned commands;
};

static enum tg_status agree(void *ctx, struct tg_bytes command, struct tg_buf *answer, struct tg_error *err)
{
	struct agreeing_chip *c = ctx;
	static const uint32_t path[] = {0x7C, 0x80};
	struct tg_bytes data, value = {NULL, 0};
	bool extended = command.len > 5 && command.data[4] == 0;
	(void)err;
	c->commands++;
	data = extended ? (struct tg_bytes){command.data + 7, (size_t)(command.data[5] << 8 | command.data[6])}
	                : (struct tg_bytes){command.data + 5, command.data[4]};
	if (c->refuses) {
		add_hex(answer, "6A80");
		return TG_OK;
	}
	if (command.data[1] == 0x22) {
		assert_int_equal(command.data[2], 0x41);
		assert_int_equal(command.data[3], c->aes ? 0xA4 : 0xA6);
		assert_int_equal(tg_ber_find(data, 0x91, &value), !c->aes);
		tg_buf_add(&c->theirs, value.data, value.len);
		add_hex(answer, "9000");
	} else {
		assert_int_equal(command.data[1], 0x86);
		assert_true(tg_ber_path(data, path, 2, &value));
		tg_buf_add(&c->theirs, value.data, value.len);
		add_hex(answer, "7C009000");
	}
	return TG_OK;
}

static void put_dg14(EVP_PKEY *key, bool dh, unsigned cipher, struct tg_buf *dg14)
{
	char hex[100];
	unsigned char *spki = NULL;
	struct tg_buf infos = TG_BUF_INIT, info = TG_BUF_INIT, set = TG_BUF_INIT;
	int n = i2d_PUBKEY(key, &spki);
	assert_true(n > 0);
	(void)snprintf(hex, sizeof hex, "300F060A04007F00070202030%u0%u020101", dh ? 1 : 2, cipher);
	add_hex(&infos, hex);
	(void)snprintf(hex, sizeof hex, "060904007F00070202010%u", dh ? 1 : 2);
	add_hex(&info, hex);
	tg_buf_add(&info, spki, (size_t)n);
	tg_ber_put(&infos, 0x30, tg_buf_bytes(&info));
	tg_ber_put(&set, TG_TAG_SET, tg_buf_bytes(&infos));
	tg_ber_put(dg14, TG_TAG_DG14, tg_buf_bytes(&set));
	OPENSSL_free(spki);
	tg_buf_finish(&infos);
	tg_buf_finish(&info);
	tg_buf_finish(&set);
}

/* The chip's side of the agreement, by OpenSSL's own call for it. */
static void chip_secret(const struct agreeing_chip *c, struct tg_buf *secret)
{
	uint8_t out[512];
	size_t n = sizeof out;
	EVP_PKEY *peer = EVP_PKEY_new();
	assert_int_equal(EVP_PKEY_copy_parameters(peer, c->key), 1);
	assert_int_equal(EVP_PKEY_set1_encoded_public_key(peer, c->theirs.data, c->theirs.len), 1);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(c->key, NULL);
	assert_int_equal(EVP_PKEY_derive_init(ctx), 1);
	assert_int_equal(EVP_PKEY_derive_set_peer(ctx, peer), 1);
	assert_int_equal(EVP_PKEY_derive(ctx, out, &n), 1);
	/* A shared number is as long as the prime. */
	for (size_t i = n; EVP_PKEY_is_a(c->key, "DH") && i < (size_t)EVP_PKEY_get_size(c->key); i++)
		tg_buf_add_u8(secret, 0);
	tg_buf_add(secret, out, n);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
}

static EVP_PKEY *dh_key(void)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
	assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
	OSSL_PARAM params[] = {
	        OSSL_PARAM_construct_utf8_string("group", (char[]){"ffdhe2048"}, 0), OSSL_PARAM_construct_end()};
	assert_int_equal(EVP_PKEY_CTX_set_params(ctx, params), 1);
	assert_int_equal(EVP_PKEY_keygen(ctx, &key), 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static void test_chip_authentication(void **state)
{
	static const struct {
		const char *curve; /* NULL: a group modulo a prime */
		unsigned cipher;   /* last arc */
		enum tg_cipher want;
	} rows[] = {
	        {"P-256", 1, TG_CIPHER_3DES},
	        {"P-256", 2, TG_CIPHER_AES128},
	        {"brainpoolP384r1", 3, TG_CIPHER_AES192},
	        {"P-521", 4, TG_CIPHER_AES256},
	        {NULL, 1, TG_CIPHER_3DES},
	        {NULL, 4, TG_CIPHER_AES256},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct agreeing_chip c = {.aes = rows[i].cipher != 1};
		struct tg_buf dg14 = TG_BUF_INIT, secret = TG_BUF_INIT;
		struct tg_error err = {0};
		struct tg_chip chip;
		uint8_t key[TG_CIPHER_KEY_MAX];
		c.key = rows[i].curve ? EVP_EC_gen(rows[i].curve) : dh_key();
		put_dg14(c.key, !rows[i].curve, rows[i].cipher, &dg14);
		const struct tg_apdu_port port = {agree, &c};
		tg_chip_init(&chip, &port);
		assert_true(tg_chip_authentication_offered(tg_buf_bytes(&dg14)));
		if (tg_chip_authenticate(&chip, tg_buf_bytes(&dg14), &err) != TG_OK)
			fail_msg("row %zu: %s", i, err.detail);
		assert_int_equal(c.commands, c.aes ? 2 : 1);
		chip_secret(&c, &secret);
		assert_int_equal(chip.sm.cipher, rows[i].want);
		/* the derivation has its own known answers in test_mrtd_examples */
		assert_true(tg_cipher_derive(rows[i].want, tg_buf_bytes(&secret), 1, key));
		assert_memory_equal(key, chip.sm.enc, tg_cipher_key_bytes(rows[i].want));
		assert_true(tg_cipher_derive(rows[i].want, tg_buf_bytes(&secret), 2, key));
		assert_memory_equal(key, chip.sm.mac, tg_cipher_key_bytes(rows[i].want));
		tg_chip_finish(&chip);
		tg_buf_finish(&c.theirs);
		tg_buf_finish(&secret);
		tg_buf_finish(&dg14);
		EVP_PKEY_free(c.key);
	}
}

static void test_chip_authentication_refused(void **state)
{
	static const char *const none[] = {"", "6E023100", "6E0431023000", "6F023100",
	        "6E1131133011060904007F0007020201020104",
	        "6E143112301006"
	        "0904007F00070202010230030601AA"};
	struct agreeing_chip c = {.refuses = true};
	struct tg_buf dg14 = TG_BUF_INIT;
	struct tg_error err = {0};
	struct tg_chip chip;
	(void)state;
	const struct tg_apdu_port port = {agree, &c};
	c.key = EVP_EC_gen("P-256");
	put_dg14(c.key, false, 1, &dg14);
	tg_chip_init(&chip, &port);
	assert_int_equal(tg_chip_authenticate(&chip, tg_buf_bytes(&dg14), &err), TG_DOC_READ);
	assert_false(chip.sm.on);
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
		tg_buf_reset(&dg14);
		add_hex(&dg14, none[i]);
		assert_int_equal(tg_chip_authenticate(&chip, tg_buf_bytes(&dg14), &err), TG_NOT_FOUND);
	}
	tg_buf_finish(&dg14);
	EVP_PKEY_free(c.key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_worked_example),
	        cmocka_unit_test(test_rsa_forms),
	        cmocka_unit_test(test_ecdsa),
	        cmocka_unit_test(test_chip_authentication),
	        cmocka_unit_test(test_chip_authentication_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
