/* The applet by its APDUs: files, their conditions, the shape of commands. Expected status words: as in test_applet.c.
 */
#include "card_tool.h"
#include <string.h>

/* --- files --- */

static void test_reading_is_free_writing_is_not(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_sw(&h, "00D7CE010A5402000053040A0B0C0D", 0x6982);
	assert_sw(&h, "00A4000002CE0100", 0x6a82);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_sw(&h, "00D7CE010A5402000053040A0B0C0D", 0x9000);
	assert_sw(&h, AID_SELECT, 0x9000);
	assert_sw(&h, "00B1CE0104540200000000", 0x6700); /* two bytes too many */
	assert_sw(&h, "00B1CE01045402000000", 0x9000);
	static const uint8_t body[] = {0x0a, 0x0b, 0x0c, 0x0d, 0x90, 0x00};
	assert_int_equal(h.answer.len, sizeof body);
	assert_memory_equal(h.answer.data, body, sizeof body);
	hand_drop(&h);
}

static void test_writing_in_pieces_overwrites_and_grows(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_sw(&h, "00D7C4010A54020000530401020304", 0x9000);
	assert_sw(&h, "00D700000A540200025304A3A4A5A6", 0x9000); /* 0000 = the current file */
	assert_sw(&h, "00A4000002C40100", 0x9000);
	static const uint8_t info[] = {0x6f, 0x0b, 0x80, 0x02, 0x00, 0x06, 0x82, 0x01, 0x01, 0x83, 0x02, 0xc4, 0x01};
	assert_int_equal(hand_data_len(&h), sizeof info);
	assert_memory_equal(h.answer.data, info, sizeof info);
	assert_sw(&h, "00B10000045402000100", 0x9000);
	static const uint8_t rest[] = {0x02, 0xa3, 0xa4, 0xa5, 0xa6};
	assert_int_equal(hand_data_len(&h), sizeof rest);
	assert_memory_equal(h.answer.data, rest, sizeof rest);
	hand_drop(&h);
}

static void test_reading_past_the_end_is_empty_writing_is_refused(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_sw(&h, "00D7C4010A54020000530401020304", 0x9000);
	assert_sw(&h, "00B1C401045402000400", 0x9000);
	assert_int_equal(hand_data_len(&h), 0);
	assert_sw(&h,
	        "00B1C40104"
	        "5402FFFF"
	        "00",
	        0x9000);
	assert_int_equal(hand_data_len(&h), 0);
	assert_sw(&h,
	        "00D7C40107"
	        "54020005"
	        "530101",
	        0x6b00); /* a gap */
	assert_sw(&h,
	        "00D7C40207"
	        "54020001"
	        "530101",
	        0x6b00);
	assert_sw(&h,
	        "00B1C40904"
	        "54020000"
	        "00",
	        0x6a82);
	hand_drop(&h);
}

static void test_malformed_reads_and_writes(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_sw(&h,
	        "00B1000004"
	        "54020000"
	        "00",
	        0x6986); /* no file chosen */
	assert_sw(&h, "00B12F0200", 0x6a80);
	assert_sw(&h,
	        "00B12F0203"
	        "540100"
	        "00",
	        0x6a80);
	assert_sw(&h,
	        "00B12F0204"
	        "54050000"
	        "00",
	        0x6a80);
	assert_sw(&h,
	        "00B12F0204"
	        "54020000",
	        0x6700); /* reads nothing */
	assert_sw(&h,
	        "00D7C40104"
	        "54020000",
	        0x6a80);
	assert_sw(&h,
	        "00D7C40106"
	        "54020000"
	        "5305",
	        0x6a80);
	assert_sw(&h,
	        "00D7C40109"
	        "54020000"
	        "5384000000",
	        0x6a80); /* a length of four bytes */
	assert_sw(&h, "00A400000100", 0x6700);
	assert_sw(&h, "00A4000C02C401", 0x6a86);
	assert_sw(&h, "00E4000002C401", 0x6a86);
	assert_sw(&h, "00E4020001C4", 0x6700);
	hand_drop(&h);
}

static void test_only_the_holders_files_can_be_written_or_deleted(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_sw(&h,
	        "00D72F0207"
	        "54020000"
	        "530101",
	        0x6985);
	assert_sw(&h,
	        "00D7CC0107"
	        "54020000"
	        "530101",
	        0x6985);
	assert_sw(&h,
	        "00D7123407"
	        "54020000"
	        "530101",
	        0x6985);
	assert_sw(&h, "00E40200022F02", 0x6985);
	assert_sw(&h, "00E4020002CE01", 0x6a82);
	assert_sw(&h,
	        "00D72F0307"
	        "54020000"
	        "530130",
	        0x9000);
	assert_sw(&h,
	        "00D7CE0107"
	        "54020000"
	        "530101",
	        0x9000);
	assert_sw(&h, "00E4020002CE01", 0x9000);
	assert_sw(&h, "00A4000002CE0100", 0x6a82);
	assert_sw(&h,
	        "00D7000007"
	        "54020000"
	        "530101",
	        0x6986); /* what was current is gone */
	hand_drop(&h);
}

static void test_list_names_every_file(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_sw(&h,
	        "00D7CE0106"
	        "54020000"
	        "5300",
	        0x9000);
	assert_sw(&h,
	        "00D7C40106"
	        "54020000"
	        "5300",
	        0x9000);
	assert_sw(&h, "80580000000000", 0x9000);
	static const uint8_t names[] = {0x2f, 0x02, 0x2f, 0x03, 0xc4, 0x01, 0xce, 0x01};
	assert_int_equal(hand_data_len(&h), sizeof names);
	assert_memory_equal(h.answer.data, names, sizeof names);
	assert_sw(&h, "8058000004", 0x6700);
	assert_sw(&h, "80580000", 0x6700);
	hand_drop(&h);
}

static void test_memory_has_an_end(void **state)
{
	struct hand h;
	struct tg_vcard_persona p = hand_persona();
	(void)state;
	p.memory = 200;
	hand_take_persona(&h, &p);
	assert_sw(&h, AID_SELECT, 0x9000);
	assert_sw(&h, PIN_OK, 0x9000);
	char hex[600] = "00D7CE01D2"
	                "54020000"
	                "5381CB";
	memset(hex + strlen(hex), 'A', 2 * 0xcb);
	assert_sw(&h, hex, 0x6a84);
	assert_sw(&h, "00A4000002CE0100", 0x6a82); /* nothing half-written */
	hand_drop(&h);
}

static void test_random_differs(void **state)
{
	struct hand h;
	uint8_t first[32];
	(void)state;
	hand_take(&h);
	assert_sw(&h, "0084000020", 0x9000);
	assert_int_equal(hand_data_len(&h), 32);
	memcpy(first, h.answer.data, 32);
	assert_sw(&h, "0084000020", 0x9000);
	assert_memory_not_equal(first, h.answer.data, 32);
	assert_sw(&h, "00840000", 0x6700);
	assert_sw(&h, "0084000000FFFF", 0x6700);
	assert_sw(&h, "0084010020", 0x6a86);
	hand_drop(&h);
}

/* --- the shape of commands (ISO/IEC 7816-3 §12.1) --- */

static void test_malformed_commands(void **state)
{
	static const char *const bad[] = {
	        "00", "0020", "002000",                 /* shorter than a header */
	        "00200081063634", PIN_OK "0000",        /* Lc and data disagree */
	        "002000810000",                         /* extended: one length byte missing */
	        "0020008100000636", "0020008100000036", /* extended Lc and data disagree; extended Lc of zero */
	};
	struct hand h;
	(void)state;
	hand_take(&h);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_sw(&h, bad[i], 0x6700);
	assert_sw(&h, "0020008106", 0x63c3);     /* case 2: no data, Le = 6 */
	assert_sw(&h, "00200081000006", 0x63c3); /* the same, extended */
	assert_int_equal(hand_send_bytes(&h, (const uint8_t *)"", 0), 0x6700);
	assert_sw(&h, "00200081", 0x63c3); /* none of it cost a try */
	hand_drop(&h);
}

static void test_long_command_to_the_limit(void **state)
{
	static uint8_t apdu[TG_VCARD_APDU_MAX];
	struct hand h;
	(void)state;
	hand_take(&h);
	memset(apdu, 0, sizeof apdu);
	apdu[1] = 0x20;
	apdu[3] = 0x81;
	apdu[5] = (uint8_t)((sizeof apdu - 7) >> 8);
	apdu[6] = (uint8_t)((sizeof apdu - 7) & 0xff);
	assert_int_equal(hand_send_bytes(&h, apdu, sizeof apdu), 0x6700);
	assert_int_equal(hand_send_bytes(&h, apdu, sizeof apdu - 1), 0x6700);
	assert_sw(&h, PIN_OK, 0x9000);
	/* more than a file's name for its size can say */
	apdu[1] = 0xd7;
	apdu[2] = 0xce;
	apdu[3] = 0x01;
	static const uint8_t head[] = {0x54, 0x02, 0x00, 0x00, 0x53, 0x82, 0xff, 0xf0};
	memcpy(apdu + 7, head, sizeof head);
	assert_int_equal(hand_send_bytes(&h, apdu, sizeof apdu), 0x6a84);
	hand_drop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_reading_is_free_writing_is_not),
	        cmocka_unit_test(test_writing_in_pieces_overwrites_and_grows),
	        cmocka_unit_test(test_reading_past_the_end_is_empty_writing_is_refused),
	        cmocka_unit_test(test_malformed_reads_and_writes),
	        cmocka_unit_test(test_only_the_holders_files_can_be_written_or_deleted),
	        cmocka_unit_test(test_list_names_every_file),
	        cmocka_unit_test(test_memory_has_an_end),
	        cmocka_unit_test(test_random_differs),
	        cmocka_unit_test(test_malformed_commands),
	        cmocka_unit_test(test_long_command_to_the_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
