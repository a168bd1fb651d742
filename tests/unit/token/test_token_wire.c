/* Requests as the child must refuse them, written by hand: an unknown operation, unknown, repeated, missing, foreign,
 * too long, cut fields. (The answers' side stands in test_token_faults.c, spoken by a real process.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "wire.h"

#include <cmocka.h>

static enum tg_status parse(uint16_t kind, const char *hex)
{
	static uint8_t bytes[512];
	struct tg_token_request r;
	int n = *hex ? tg_unhex(hex, bytes, sizeof bytes) : 0;
	assert_true(n >= 0);
	return tg_token_request_parse(&r, kind, bytes, (size_t)n);
}

#define KEY_ID                                                                                                         \
	"0004"                                                                                                         \
	"00000001"                                                                                                     \
	"41"
#define LABEL                                                                                                          \
	"0005"                                                                                                         \
	"00000001"                                                                                                     \
	"42"
#define ALG                                                                                                            \
	"0006"                                                                                                         \
	"00000001"                                                                                                     \
	"43"

#define SERIAL                                                                                                         \
	"0002"                                                                                                         \
	"00000001"                                                                                                     \
	"41"
#define PIN                                                                                                            \
	"0003"                                                                                                         \
	"00000001"                                                                                                     \
	"31"
#define NEW_PIN                                                                                                        \
	"000c"                                                                                                         \
	"00000001"                                                                                                     \
	"32"
#define MESSAGE                                                                                                        \
	"000d"                                                                                                         \
	"00000000"

static void test_good_requests_are_taken(void **state)
{
	(void)state;
	assert_int_equal(parse(TG_OP_LOGOUT, ""), TG_OK);
	assert_int_equal(parse(TG_OP_INSPECT, ""), TG_OK);
	assert_int_equal(parse(TG_OP_INSPECT, "0000"
	                                      "00000001"
	                                      "41"),
	        TG_OK);
	assert_int_equal(parse(TG_OP_GENERATE, KEY_ID LABEL ALG), TG_OK);
	assert_int_equal(parse(TG_OP_GENERATE, ALG LABEL KEY_ID), TG_OK);
	assert_int_equal(parse(TG_OP_FIND, KEY_ID "0005"
	                                          "00000000"),
	        TG_OK);
	/* a PIN pad asks itself */
	assert_int_equal(parse(TG_OP_LOGIN, SERIAL), TG_OK);
	assert_int_equal(parse(TG_OP_LOGIN, SERIAL PIN), TG_OK);
	assert_int_equal(parse(TG_OP_CHANGE_PIN, SERIAL), TG_OK);
	assert_int_equal(parse(TG_OP_CHANGE_PIN, SERIAL PIN NEW_PIN), TG_OK);
	assert_int_equal(parse(TG_OP_UNBLOCK, SERIAL PIN NEW_PIN), TG_OK);
	assert_int_equal(parse(TG_OP_CERTIFICATES, ""), TG_OK);
	assert_int_equal(parse(TG_OP_SIGN, KEY_ID LABEL MESSAGE), TG_OK);
}

static void test_bad_requests_are_refused(void **state)
{
	(void)state;
	static const struct {
		uint16_t kind;
		const char *hex, *what;
	} bad[] = {
	        {0, "", "operation 0"},
	        {TG_OP_END, "", "an operation above the last"},
	        {0x8001, "", "an answer's kind"},
	        {TG_OP_LOGOUT, KEY_ID, "a field of another operation"},
	        {TG_OP_GENERATE, KEY_ID LABEL, "a missing field"},
	        {TG_OP_GENERATE, KEY_ID LABEL ALG ALG, "a field twice"},
	        {TG_OP_GENERATE, KEY_ID LABEL ALG "00", "a byte too many"},
	        {TG_OP_GENERATE,
	                KEY_ID LABEL "0006"
	                             "00000002"
	                             "43",
	                "a cut field"},
	        {TG_OP_GENERATE,
	                KEY_ID LABEL "0006"
	                             "ffffffff"
	                             "43",
	                "an enormous length"},
	        {TG_OP_GENERATE,
	                "0004"
	                "00000000" LABEL ALG,
	                "an empty key id"},
	        {TG_OP_LOGIN, PIN, "a PIN for no token"},
	        {TG_OP_LOGIN, SERIAL PIN NEW_PIN, "a new PIN at a login"},
	        {TG_OP_CHANGE_PIN, PIN NEW_PIN, "a new PIN for no token"},
	        {TG_OP_UNBLOCK, SERIAL KEY_ID, "a key to be unblocked"},
	        {TG_OP_CERTIFICATES, SERIAL, "certificates of another token"},
	        {TG_OP_SIGN, KEY_ID LABEL, "nothing to sign"},
	        {TG_OP_SIGN, LABEL MESSAGE, "no key to sign with"},
	        {TG_OP_FIND,
	                KEY_ID "0005"
	                       "00000002"
	                       "4200",
	                "a NUL in a text"},
	        {TG_OP_FIND,
	                KEY_ID "0005"
	                       "00000001"
	                       "ff",
	                "a text that is no UTF-8"},
	        {TG_OP_FIND,
	                KEY_ID LABEL "000e"
	                             "00000000",
	                "an unknown field"},
	        {TG_OP_FIND,
	                "0004"
	                "00000015"
	                "000102030405060708090a0b0c0d0e0f1011121314" LABEL,
	                "21 bytes of key id"},
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (parse(bad[i].kind, bad[i].hex) != TG_TOKEN_PROTOCOL)
			fail_msg("taken: %s", bad[i].what);
}

static struct tg_bytes from_hex(const char *hex)
{
	static uint8_t bytes[512];
	int n = *hex ? tg_unhex(hex, bytes, sizeof bytes) : 0;
	assert_true(n >= 0);
	return (struct tg_bytes){bytes, (size_t)n};
}

static void test_results_with_a_signature(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "00000000000130", "0001000000013100000000000130",
	        "00000000000130000100000000", "0000000000013000010000000131ff"};
	struct tg_bytes algorithm, signature;
	assert_int_equal(
	        tg_token_signature_take(from_hex("000000000001300001000000023132"), &algorithm, &signature), TG_OK);
	assert_int_equal(algorithm.len, 1);
	assert_int_equal(algorithm.data[0], 0x30);
	assert_int_equal(signature.len, 2);
	assert_memory_equal(signature.data, "12", 2);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (tg_token_signature_take(from_hex(bad[i]), &algorithm, &signature) != TG_TOKEN_PROTOCOL)
			fail_msg("taken: %s", bad[i]);
}

/* has_key, length and id, length and label, four bytes of length, certificate */
static const struct {
	const char *hex;
	unsigned n;
	bool whole;
} certificates[] = {
        {"", 0, true},
        {"0101aa01410000000130", 1, true},
        {"0101aa01410000000130000000000000023000", 2, true},
        {"0201aa01410000000130", 0, false}, /* neither with nor without a key */
        {"0101aa014100000000", 0, false},   /* an empty certificate */
        {"0101aa01410000000230", 0, false},
        {"0101aa0141ffffffff30", 0, false},
        {"0115000102030405060708090a0b0c0d0e0f1011121314000000000130", 0, false}, /* an id of 21 bytes */
        {"0101aa0141000000013001", 1, false},
};

static void test_results_with_certificates(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof certificates / sizeof certificates[0]; i++) {
		struct tg_bytes all = from_hex(certificates[i].hex);
		struct tg_token_certificate c;
		struct tg_reader r;
		unsigned n = 0;
		tg_reader_init(&r, all.data, all.len);
		while (tg_token_certificate_next(&r, &c))
			n++;
		if (n != certificates[i].n || tg_reader_done(&r) != certificates[i].whole)
			fail_msg("%s: %u", certificates[i].hex, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_good_requests_are_taken),
	        cmocka_unit_test(test_bad_requests_are_refused),
	        cmocka_unit_test(test_results_with_a_signature),
	        cmocka_unit_test(test_results_with_certificates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
