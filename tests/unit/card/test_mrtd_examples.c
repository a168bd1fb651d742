/* The worked examples of ICAO 9303-11: appendix D (basic access control and secure messaging) and appendix G (PACE with
 * the machine-readable zone, over a curve and over a Diffie-Hellman group). Requirement K-4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "pace.h"
#include "script.h"
#include "ber.h"

#include <eac/eac.h>
#include <eac/pace.h>
#include <openssl/dh.h>
#include <openssl/ec.h>

static const struct tg_mrtd_access eriksson = {.number = "L898902C", .birth = "1969-08-06", .expiry = "1994-06-23"};

/* D.2: the text the keys come from, for a short, a filled and a long document number. */
static void test_access_text(void **state)
{
	static const struct {
		struct tg_mrtd_access access;
		const char *want;
	} rows[] = {
	        {{.number = "L898902C", .birth = "1969-08-06", .expiry = "1994-06-23"}, "L898902C<369080619406236"},
	        {{.number = "D23145890734", .birth = "1934-07-12", .expiry = "1995-07-12"},
	                "D23145890734934071279507122"},
	        {{.number = "T22000129", .birth = "1964-08-12", .expiry = "2010-10-31"}, "T22000129364081251010318"},
	        {{.number = "L898902C", .birth = "1969-00-00", .expiry = "1994-06-23"}, "L898902C<369<<<<99406236"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tg_buf out = TG_BUF_INIT;
		assert_int_equal(tg_access_text(&rows[i].access, &out, NULL), TG_OK);
		assert_string_equal(tg_buf_str(&out), rows[i].want);
		tg_buf_finish(&out);
	}
}

static void test_access_text_refused(void **state)
{
	static const struct tg_mrtd_access rows[] = {
	        {.number = "", .birth = "1969-08-06", .expiry = "1994-06-23"},
	        {.number = "l898902c", .birth = "1969-08-06", .expiry = "1994-06-23"},
	        {.number = "L898902C", .birth = "69-08-06", .expiry = "1994-06-23"},
	        {.number = "L898902C", .birth = "1969-08-06", .expiry = "1994/06/23"},
	        {.number = "L898902C", .birth = "196908061", .expiry = ""},
	        {.can = true, .number = "123456"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tg_buf out = TG_BUF_INIT;
		assert_int_equal(tg_access_text(&rows[i], &out, NULL), TG_INVALID);
		tg_buf_finish(&out);
	}
}

/* D.1, D.2, G.1: keys from secrets. */
static void test_key_derivation(void **state)
{
	static const struct {
		enum tg_cipher cipher;
		const char *secret;
		uint32_t counter;
		const char *want;
	} rows[] = {
	        {TG_CIPHER_3DES, "239AB9CB282DAF66231DC5A4DF6BFBAE", 1, "AB94FDECF2674FDFB9B391F85D7F76F2"},
	        {TG_CIPHER_3DES, "239AB9CB282DAF66231DC5A4DF6BFBAE", 2, "7962D9ECE03D1ACD4C76089DCE131543"},
	        {TG_CIPHER_3DES, "0036D272F5C350ACAC50C3F572D23600", 1, "979EC13B1CBFE9DCD01AB0FED307EAE5"},
	        {TG_CIPHER_3DES, "0036D272F5C350ACAC50C3F572D23600", 2, "F1CB1F1FB5ADF208806B89DC579DC1F8"},
	        {TG_CIPHER_AES128, "7E2D2A41C74EA0B38CD36F863939BFA8E9032AAD", 3, "89DED1B26624EC1E634C1989302849DD"},
	        {TG_CIPHER_AES128, "28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925", 1,
	                "F5F0E35C0D7161EE6724EE513A0D9A7F"},
	        {TG_CIPHER_AES128, "28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925", 2,
	                "FE251C7858B356B24514B3BD5F4297D1"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tg_buf secret = TG_BUF_INIT;
		uint8_t key[TG_CIPHER_KEY_MAX];
		add_hex(&secret, rows[i].secret);
		assert_true(tg_cipher_derive(rows[i].cipher, tg_buf_bytes(&secret), rows[i].counter, key));
		assert_hex((struct tg_bytes){key, tg_cipher_key_bytes(rows[i].cipher)}, rows[i].want);
		tg_buf_finish(&secret);
	}
}

#define D3_CHALLENGE                                                                                                   \
	{                                                                                                              \
		"0084000008", "4608F919887022129000"                                                                   \
	}
#define D3_AUTHENTICATE "008200002872C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F25F1448EEA8AD90A728"
#define D3_ANSWER       "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D74499000"

static enum tg_status run_bac(const struct exchange *list, size_t n, struct tg_chip *chip, struct script *s,
        struct tg_apdu_port *port, struct tg_error *err)
{
	uint8_t rnd[8], k[16];
	assert_int_equal(tg_unhex("781723860C06C226", rnd, sizeof rnd), 8);
	assert_int_equal(tg_unhex("0B795240CB7049B01C19B33E32804F0B", k, sizeof k), 16);
	*s = (struct script){list, n, 0};
	*port = script_port(s);
	tg_chip_init(chip, port);
	enum tg_status status = tg_bac(chip, &eriksson, rnd, k, err);
	assert_int_equal(s->next, n);
	return status;
}

/* D.3 and D.4: from the challenge to the content of EF.COM, byte by byte. */
static void test_bac_and_secure_messaging(void **state)
{
	static const struct exchange list[] = {
	        D3_CHALLENGE,
	        {D3_AUTHENTICATE, D3_ANSWER},
	        {"0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800", "990290008E08FA855A5D4C50A8ED9000"},
	        {"0CB000000D9701048E08ED6705417E96BA5500", "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000"},
	        {"0CB000040D9701128E082EA28A70F3C7B53500",
	                "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000"},
	};
	struct tg_chip chip;
	struct script s;
	struct tg_apdu_port port;
	struct tg_error err = {0};
	struct tg_buf com = TG_BUF_INIT;
	(void)state;
	assert_int_equal(run_bac(list, 2, &chip, &s, &port, &err), TG_OK);
	assert_hex((struct tg_bytes){chip.sm.enc, 16}, "979EC13B1CBFE9DCD01AB0FED307EAE5");
	assert_hex((struct tg_bytes){chip.sm.mac, 16}, "F1CB1F1FB5ADF208806B89DC579DC1F8");
	assert_hex((struct tg_bytes){chip.sm.ssc, 8}, "887022120C06C226");
	s.n = 5;
	assert_int_equal(tg_chip_read_file(&chip, TG_EF_COM, TG_TAG_COM, &com, &err), TG_OK);
	assert_hex(tg_buf_bytes(&com), "60145F0104303130365F36063034303030305C026175");
	assert_hex((struct tg_bytes){chip.sm.ssc, 8}, "887022120C06C22C");
	assert_int_equal(chip.apdus, 5);
	tg_buf_finish(&com);
	tg_chip_finish(&chip);
}

/* The same chip with one thing wrong. */
static void test_bac_refused_and_garbled(void **state)
{
	static const struct {
		const char *challenge, *answer;
		enum tg_status want;
	} rows[] = {
	        {"4608F919887022129000", "6300", TG_DOC_ACCESS},
	        {"4608F919887022129000", "6982", TG_DOC_ACCESS},
	        {"4608F919887022129000", "9000", TG_DOC_READ},
	        /* the seal, the ciphered part, both randoms */
	        {"4608F919887022129000",
	                "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D74489000",
	                TG_DOC_READ},
	        {"4608F919887022129000",
	                "47B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D74499000",
	                TG_DOC_READ},
	        {"4608F919887022129000",
	                "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D749000",
	                TG_DOC_READ},
	        {"6D00", NULL, TG_DOC_READ},
	        {"4608F9198870229000", NULL, TG_DOC_READ},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct exchange list[] = {{"0084000008", rows[i].challenge}, {D3_AUTHENTICATE, rows[i].answer}};
		struct tg_chip chip;
		struct script s;
		struct tg_apdu_port port;
		struct tg_error err = {0};
		assert_int_equal(run_bac(list, rows[i].answer ? 2 : 1, &chip, &s, &port, &err), rows[i].want);
		assert_int_equal(err.status, rows[i].want);
		assert_false(chip.sm.on);
		tg_chip_finish(&chip);
	}
}

/* A protected command of AES-128 from another reader's tests (gmrtd), and each bit of an answer's seal counts. */
static void test_aes_messaging(void **state)
{
	struct tg_secmsg sm = {.on = true, .cipher = TG_CIPHER_AES128};
	struct tg_buf command = TG_BUF_INIT, data = TG_BUF_INIT;
	(void)state;
	assert_int_equal(tg_unhex("cc86415f2ed7e8fd663b754265695ae1", sm.enc, 16), 16);
	assert_int_equal(tg_unhex("581e84b8ee06c4d3eee30461498d7fb3", sm.mac, 16), 16);
	assert_int_equal(tg_unhex("000000000000000000000000000000ba", sm.ssc, 16), 16);
	add_hex(&data, "800a04007f000702020302028401c3");
	const struct tg_apdu plain = {0x00, 0x22, 0x41, 0xA4, tg_buf_bytes(&data), 0};
	assert_int_equal(tg_secmsg_wrap(&sm, &plain, &command, NULL), TG_OK);
	assert_hex(tg_buf_bytes(&command), "0c2241a41d871101980953d37f67558690045d78a853b18a8e08929767a2cef172e200");
	assert_hex((struct tg_bytes){sm.ssc, 16}, "000000000000000000000000000000bb");
	tg_buf_finish(&command);
	tg_buf_finish(&data);
}

static void test_garbled_answers(void **state)
{
	static const char good[] = "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED";
	static const char *const bad[] = {
	        "",                                                   /* secure messaging given up */
	        "8709019FF0EC34F9922651990290008E08AD55CC17140B2DEE", /* seal */
	        "8709019FF0EC34F9922651990290008E07AD55CC17140B2D",   /* short seal */
	        "8709019FF0EC34F992265199029000",                     /* no seal */
	        "8709019FF0EC34F99226518E08AD55CC17140B2DED",         /* no status */
	        "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED00",
	        "8709029FF0EC34F9922651990290008E08AD55CC17140B2DED", /* other padding indicator */
	        "87FF019FF0EC34F9922651990290008E08AD55CC17140B2DED", /* length past the end */
	        "8780019FF0EC34F9922651990290008E08AD55CC17140B2DED", /* length without end */
	        "990290009902900087090190290008E08AD55CC17140B2DED0",
	};
	(void)state;
	for (size_t i = 0; i <= sizeof bad / sizeof bad[0]; i++) {
		struct tg_secmsg sm = {.on = true, .cipher = TG_CIPHER_3DES};
		struct tg_buf answer = TG_BUF_INIT, data = TG_BUF_INIT;
		struct tg_error err = {0};
		uint16_t sw = 0;
		bool is_good = i == sizeof bad / sizeof bad[0];
		assert_int_equal(tg_unhex("979EC13B1CBFE9DCD01AB0FED307EAE5", sm.enc, 16), 16);
		assert_int_equal(tg_unhex("F1CB1F1FB5ADF208806B89DC579DC1F8", sm.mac, 16), 16);
		assert_int_equal(tg_unhex("887022120C06C229", sm.ssc, 8), 8);
		add_hex(&answer, is_good ? good : bad[i]);
		enum tg_status status = tg_secmsg_unwrap(&sm, tg_buf_bytes(&answer), 0x6987, &data, &sw, &err);
		assert_int_equal(status, is_good ? TG_OK : TG_DOC_READ);
		if (is_good)
			assert_hex(tg_buf_bytes(&data), "60145F01");
		tg_buf_finish(&answer);
		tg_buf_finish(&data);
	}
}

/* Appendix G: the terminal's keys of the examples instead of randoms. */
static const char *const *example_keys;

static BIGNUM *next_key(void)
{
	BIGNUM *bn = NULL;
	assert_true(BN_hex2bn(&bn, *example_keys++) > 0);
	return bn;
}

static BUF_MEM *as_buf_mem(const void *bytes, size_t n)
{
	BUF_MEM *b = BUF_MEM_new();
	assert_non_null(b);
	assert_true(BUF_MEM_grow(b, n) == n);
	memcpy(b->data, bytes, n);
	return b;
}

static BUF_MEM *fixed_ec(EVP_PKEY *key, BN_CTX *ctx)
{
	uint8_t bytes[256];
	BIGNUM *d = next_key();
	EC_KEY *ec = EVP_PKEY_get1_EC_KEY(key);
	const EC_GROUP *group = EC_KEY_get0_group(ec);
	EC_POINT *q = EC_POINT_new(group);
	assert_int_equal(EC_POINT_mul(group, q, d, NULL, NULL, ctx), 1);
	assert_int_equal(EC_KEY_set_private_key(ec, d), 1);
	assert_int_equal(EC_KEY_set_public_key(ec, q), 1);
	size_t n = EC_POINT_point2oct(group, q, POINT_CONVERSION_UNCOMPRESSED, bytes, sizeof bytes, ctx);
	EC_POINT_free(q);
	EC_KEY_free(ec);
	BN_free(d);
	return as_buf_mem(bytes, n);
}

static BUF_MEM *fixed_dh(EVP_PKEY *key, BN_CTX *ctx)
{
	uint8_t bytes[256];
	BIGNUM *x = next_key(), *y = BN_new();
	DH *dh = EVP_PKEY_get1_DH(key);
	assert_int_equal(BN_mod_exp(y, DH_get0_g(dh), x, DH_get0_p(dh), ctx), 1);
	int n = BN_bn2binpad(y, bytes, DH_size(dh));
	assert_int_equal(DH_set0_key(dh, y, x), 1);
	DH_free(dh);
	return as_buf_mem(bytes, (size_t)n);
}

static BUF_MEM *map_ec(const PACE_CTX *ctx, BN_CTX *bn)
{
	return fixed_ec(ctx->static_key, bn);
}

static BUF_MEM *map_dh(const PACE_CTX *ctx, BN_CTX *bn)
{
	return fixed_dh(ctx->static_key, bn);
}

static void prepare_ec(EAC_CTX *ctx)
{
	ctx->pace_ctx->map_generate_key = map_ec;
	ctx->pace_ctx->ka_ctx->generate_key = fixed_ec;
}

static void prepare_dh(EAC_CTX *ctx)
{
	ctx->pace_ctx->map_generate_key = map_dh;
	ctx->pace_ctx->ka_ctx->generate_key = fixed_dh;
}

static enum tg_status run_pace(const char *card_access, const char *const *keys, tg_pace_prepare *prepare,
        struct script *s, struct tg_chip *chip, struct tg_error *err)
{
	static const struct tg_mrtd_access access = {
	        .number = "T22000129", .birth = "1964-08-12", .expiry = "2010-10-31"};
	struct tg_buf file = TG_BUF_INIT;
	struct tg_pace_choice choice;
	static struct tg_apdu_port port;
	port = script_port(s);
	tg_chip_init(chip, &port);
	add_hex(&file, card_access);
	assert_true(tg_pace_choose(tg_buf_bytes(&file), &choice));
	tg_buf_finish(&file);
	example_keys = keys;
	return tg_pace(chip, &choice, &access, prepare, err);
}

static const char *const keys_g1[] = {"7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99",
        "A73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595"};
#define G1_CARD_ACCESS "31143012060A04007F0007020204020202010202010D"
#define G1_TIC         "3ABB9674BCE93C08"
#define G1_STEPS                                                                                                       \
	{"0022C1A40F800A04007F00070202040202830101", "9000"},                                                          \
	        {"10860000027C0000", "7C12801095A3A016522EE98D01E76CB6B98B42C39000"},                                  \
	        {"10860000457C438141047ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E544552DCB672521" \
	         "879"                                                                                                 \
	         "9115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D00",                                                   \
	                "7C43824104824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F5730D8C879AAA9C9F739" \
	                "91E61B"                                                                                       \
	                "58F4D52EB87A0A0C709A49DC63719363CCD13C549000"},                                               \
	{                                                                                                              \
		"10860000457C438341042DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C3556F3B3B186DF10" \
		"B8"                                                                                                   \
		"57B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB3646200",                                                    \
		        "7C438441049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB7764B22277A2EDDC3C" \
		        "265A9F"                                                                                       \
		        "018F9CB852E111B768B326904B59A0193776F0949000"                                                 \
	}
#define G1_TOKEN "008600000C7C0A8508C2B0BD78D94BA86600"

/* G.1: id-PACE-ECDH-GM-AES-CBC-CMAC-128 over brainpoolP256r1. */
static void test_pace_ecdh(void **state)
{
	static const struct exchange list[] = {G1_STEPS, {G1_TOKEN, "7C0A8608" G1_TIC "9000"}};
	struct script s = {list, 5, 0};
	struct tg_chip chip;
	struct tg_error err = {0};
	(void)state;
	assert_int_equal(run_pace(G1_CARD_ACCESS, keys_g1, prepare_ec, &s, &chip, &err), TG_OK);
	assert_int_equal(s.next, 5);
	assert_true(chip.sm.on);
	assert_hex((struct tg_bytes){chip.sm.enc, 16}, "F5F0E35C0D7161EE6724EE513A0D9A7F");
	assert_hex((struct tg_bytes){chip.sm.mac, 16}, "FE251C7858B356B24514B3BD5F4297D1");
	assert_hex((struct tg_bytes){chip.sm.ssc, 16}, "00000000000000000000000000000000");
	tg_chip_finish(&chip);
}

/* The same with one step wrong: refused is not garbled. */
static void test_pace_refused_and_garbled(void **state)
{
	static const struct exchange steps[] = {G1_STEPS};
	static const struct {
		size_t at; /* which step */
		const char *answer;
		enum tg_status want;
	} rows[] = {
	        {4, "6300", TG_DOC_ACCESS},
	        {4, "6988", TG_DOC_ACCESS},
	        {4, "7C0A86083ABB9674BCE93C099000", TG_DOC_READ},
	        {4, "9000", TG_DOC_READ},
	        {0, "6A80", TG_NOT_FOUND},
	        {0, "6983", TG_DOC_ACCESS},
	        {1, "6985", TG_DOC_READ},
	        {1, "7C0080009000", TG_DOC_READ},
	        {1, "7C11800F95A3A016522EE98D01E76CB6B98B429000", TG_DOC_READ},
	        /* a point that is not on the curve, and one at infinity */
	        {2,
	                "7C43824104824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F5730D8C879AAA9C9F73991"
	                "E61B58"
	                "F4D52EB87A0A0C709A49DC63719363CCD13C559000",
	                TG_DOC_READ},
	        {2, "7C038201009000", TG_DOC_READ},
	        /* our own key thrown back (9303-11, 4.4.3.3) */
	        {3,
	                "7C438441042DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C3556F3B3B186DF10B857"
	                "B58F6A"
	                "7EB80F20BA5DC7BE1D43D9BF850149FBB364629000",
	                TG_DOC_READ},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct exchange list[5] = {steps[0], steps[1], steps[2], steps[3], {G1_TOKEN, ""}};
		list[rows[i].at].answer = rows[i].answer;
		struct script s = {list, rows[i].at + 1, 0};
		struct tg_chip chip;
		struct tg_error err = {0};
		assert_int_equal(run_pace(G1_CARD_ACCESS, keys_g1, prepare_ec, &s, &chip, &err), rows[i].want);
		assert_int_equal(s.next, rows[i].at + 1);
		assert_false(chip.sm.on);
		tg_chip_finish(&chip);
	}
}

/* G.2: id-PACE-DH-GM-AES-CBC-CMAC-128 over the first group of RFC 5114. */
static void test_pace_dh(void **state)
{
	static const char *const keys[] = {
	        "5265030F751F4AD18B08AC565FC7AC952E41618D", "89CCD99B0E8D3B1F11E1296DCA68EC53411CF2CA"};
	static const struct exchange list[] = {
	        {"0022C1A40F800A04007F00070202040102830101", "9000"},
	        {"10860000027C0000", "7C128010854D8DF5827FA6852D1A4FA701CDDDCA9000"},
	        {"10860000867C818381818023FB3749EA030D2A25B278D2A562047ADE3F01B74F17A15402CB7352CA7D2B3EB71C343DB13D1DE"
	         "BCE9A36"
	         "66DBCFC920B49174A602CB47965CAA73DC702489A44D41DB914DE9613DC5E98C94160551C0DF86274B9359BC0490D01B03AD5"
	         "4022D"
	         "CB4F57FAD6322497D7A1E28D46710F461AFE710FBBBC5F8BA166F4311975EC6C00",
	                "7C818382818078879F57225AA8080D52ED0FC890A4B25336F699AA89A2D3A189654AF70729E623EA5738B26381E4DA"
	                "19E004706F"
	                "ACE7B235C2DBF2F38748312F3C98C2DD4882A41947B324AA1259AC22579DB93F7085655AF30889DBB845D9E6783FE4"
	                "2C9F244940"
	                "0306254C8AE8EE9DD812A804C0B66E8CAFC14F84D8258950A91B44126EE69000"},
	        {"10860000867C8183838180907D89E2D425A178AA81AF4A7774EC8E388C115CAE67031E85EECE520BD911551B9AE4D04369F29"
	         "A02626C"
	         "86FBC6747CC7BC352645B6161A2A42D44EDA80A08FA8D61B76D3A154AD8A5A51786B0BC07147057871A922212C5F67F431731"
	         "72236"
	         "B7747D1671E6D692A3C7D40A0C3C5CE397545D015C175EB5130551EDBC2EE5D400",
	                "7C8183848180075693D9AE941877573E634B6E644F8E60AF17A0076B8B123D9201074D36152BD8B3A213F53820C42A"
	                "DC79AB5D0A"
	                "EEC3AEFB91394DA476BD97B9B14D0A65C1FC71A0E019CB08AF55E1F729005FBA7E3FA5DC41899238A250767A6D46DB"
	                "974064386C"
	                "D456743585F8E5D90CC8B4004B1F6D866C79CE0584E49687FF61BC29AEA19000"},
	        {"008600000C7C0A8508B46DD9BD4D98381F00", "7C0A8608917F37B5C0E6D8D19000"},
	};
	struct script s = {list, 5, 0};
	struct tg_chip chip;
	struct tg_error err = {0};
	(void)state;
	assert_int_equal(
	        run_pace("31143012060A04007F00070202040102020102020100", keys, prepare_dh, &s, &chip, &err), TG_OK);
	assert_int_equal(s.next, 5);
	assert_hex((struct tg_bytes){chip.sm.enc, 16}, "2F7F46ADCC9E7E521B45D192FAFA9126");
	assert_hex((struct tg_bytes){chip.sm.mac, 16}, "805A1D27D45A5116F73C54469462B7D8");
	tg_chip_finish(&chip);
}

/* Of several the strongest; what nobody here knows is passed over. */
static void test_pace_choice(void **state)
{
	static const struct {
		const char *file;
		bool known, ambiguous;
		int domain;
		enum tg_cipher cipher;
	} rows[] = {
	        {G1_CARD_ACCESS, true, false, 13, TG_CIPHER_AES128},
	        /* ECDH 3DES on P-256 and ECDH AES-256 on P-521 */
	        {"31283012060A04007F0007020204020102010202010C3012060A04007F00070202040204020102020112", true, false,
	                18, TG_CIPHER_AES256},
	        /* the same protocol twice */
	        {"31283012060A04007F0007020204020202010202010C3012060A04007F0007020204020202010202010D", true, true, 12,
	                TG_CIPHER_AES128},
	        /* integrated mapping; chip authentication mapping; version 1; no parameters; a curve of nobody */
	        {"31143012060A04007F0007020204040202010202010D", false, false, 0, 0},
	        {"31143012060A04007F0007020204060202010202010D", false, false, 0, 0},
	        {"31143012060A04007F0007020204020202010102010D", false, false, 0, 0},
	        {"3111300F060A04007F00070202040202020102", false, false, 0, 0},
	        {"31143012060A04007F00070202040202020102020113", false, false, 0, 0},
	        {"31143012060A04007F000702020402020201020201FF", false, false, 0, 0},
	        {"3100", false, false, 0, 0},
	        {"", false, false, 0, 0},
	        {"3114301206", false, false, 0, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tg_buf file = TG_BUF_INIT;
		struct tg_pace_choice choice;
		add_hex(&file, rows[i].file);
		assert_int_equal(tg_pace_choose(tg_buf_bytes(&file), &choice), rows[i].known);
		if (rows[i].known) {
			assert_int_equal(choice.domain, rows[i].domain);
			assert_int_equal(choice.cipher, rows[i].cipher);
			assert_int_equal(choice.ambiguous, rows[i].ambiguous);
		}
		tg_buf_finish(&file);
	}
}

static int setup(void **state)
{
	(void)state;
	tg_pace_initialise();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_access_text),
	        cmocka_unit_test(test_access_text_refused),
	        cmocka_unit_test(test_key_derivation),
	        cmocka_unit_test(test_bac_and_secure_messaging),
	        cmocka_unit_test(test_bac_refused_and_garbled),
	        cmocka_unit_test(test_aes_messaging),
	        cmocka_unit_test(test_garbled_answers),
	        cmocka_unit_test(test_pace_ecdh),
	        cmocka_unit_test(test_pace_refused_and_garbled),
	        cmocka_unit_test(test_pace_dh),
	        cmocka_unit_test(test_pace_choice),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
