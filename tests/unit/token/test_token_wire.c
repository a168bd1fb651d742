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

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_good_requests_are_taken),
	        cmocka_unit_test(test_bad_requests_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
