/* The applet by its APDUs: PINs, files, conditions. Expected status words: ISO/IEC 7816-4 §5.3.4 and the table of the
 * SmartCard-HSM dialect that OpenSC 0.23 was seen to drive. */
#include "card_tool.h"
#include <string.h>

/* --- PIN (K-5: tries are real, and none is burnt by accident) --- */

static void test_k5_wrong_pin_counts_down_and_locks(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_sw(&h, "00200081", 0x63c3);
	assert_sw(&h, PIN_WRONG, 0x63c2);
	assert_sw(&h, PIN_WRONG, 0x63c1);
	assert_sw(&h, "00200081", 0x63c1);
	assert_sw(&h, PIN_WRONG, 0x63c0);
	assert_sw(&h, "00200081", 0x6983);
	assert_sw(&h, PIN_OK, 0x6983);
	assert_sw(&h, "00D72F030654020000530101", 0x6982);
	hand_drop(&h);
}

static void test_k5_right_pin_refills_the_counter(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_sw(&h, PIN_WRONG, 0x63c2);
	assert_sw(&h, PIN_WRONG, 0x63c1);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_sw(&h, AID_SELECT, 0x9000);
	assert_sw(&h, "00200081", 0x63c3);
	hand_drop(&h);
}

static void test_k5_impossible_lengths_cost_no_try(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_sw(&h, "00200081053634383231", 0x6700);                       /* 5 */
	assert_sw(&h, "002000811036343832313936343832313936343832", 0x6700); /* 16 */
	assert_sw(&h, "002000810736343832313930", 0x63c2);                   /* a longer PIN is a wrong one */
	assert_sw(&h, PIN_OK, 0x9000);
	hand_drop(&h);
}

static void test_wrong_pin_ends_the_session(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_sw(&h, "00200081", 0x9000);
	assert_sw(&h, PIN_WRONG, 0x63c2);
	assert_sw(&h, "00E4020002CE01", 0x6982);
	hand_drop(&h);
}

static void test_select_and_power_end_the_session(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_sw(&h, AID_SELECT, 0x9000);
	assert_sw(&h, "00200081", 0x63c3);
	assert_sw(&h, PIN_OK, 0x9000);
	tg_vcard_reset(h.card);
	assert_sw(&h, "00200081", 0x6d00); /* not even the applet is chosen */
	assert_sw(&h, AID_SELECT, 0x9000);
	assert_sw(&h, "00200081", 0x63c3);
	hand_drop(&h);
}

static void test_no_keypad_no_biometry(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_sw(&h, "00200085", 0x6a88);
	assert_sw(&h, "00200086", 0x6a88);
	assert_sw(&h, "00200088", 0x63cf);                 /* officer: fifteen */
	assert_sw(&h, "002000880835373632313838", 0x6700); /* one byte short of its own Lc */
	hand_drop(&h);
}

static void test_k5_unblock_needs_the_officer(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	for (int i = 0; i < 3; i++)
		(void)hand_send(&h, PIN_WRONG);
	assert_sw(&h,
	        "002C00810E"
	        "0000000000000000"
	        "313233343536",
	        0x63ce);
	assert_sw(&h, "00200081", 0x6983);
	assert_sw(&h, "002C00810D" SO_PIN "3132333435", 0x6700); /* new PIN too short: no try lost */
	assert_sw(&h, "00200088", 0x63ce);
	assert_sw(&h, "002C00810E" SO_PIN "313233343536", 0x9000);
	assert_sw(&h, "00200088", 0x63cf);
	assert_sw(&h, "00200081", 0x63c3);
	assert_sw(&h, PIN_OK, 0x63c2); /* the old one */
	assert_sw(&h, "0020008106313233343536", 0x9000);
	hand_drop(&h);
}

static void test_unblock_without_a_new_pin(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	for (int i = 0; i < 3; i++)
		(void)hand_send(&h, PIN_WRONG);
	assert_sw(&h, "002C018108" SO_PIN, 0x9000);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_sw(&h, "002C0081", 0x6700);
	assert_sw(&h, "002C038108" SO_PIN, 0x6a86);
	hand_drop(&h);
}

static void test_k5_officer_locks_too(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	for (unsigned left = 15; left-- > 0;)
		assert_sw(&h,
		        "002C00810E"
		        "0000000000000000"
		        "313233343536",
		        0x63c0 + left);
	assert_sw(&h, "002C00810E" SO_PIN "313233343536", 0x6983);
	assert_sw(&h, "002400880F" SO_PIN "00000000000000", 0x6983);
	hand_drop(&h);
}

static void test_k5_change_splits_at_the_stored_length(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_sw(&h,
	        "002400810E"
	        "363438323139"
	        "3132333435363738",
	        0x9000);
	assert_sw(&h, "00200081083132333435363738", 0x9000);
	assert_sw(&h,
	        "002400810E"
	        "3132333435363738"
	        "393837363534",
	        0x9000);
	assert_sw(&h, "0020008106393837363534", 0x9000);
	assert_sw(&h,
	        "002400810C"
	        "000000000000"
	        "313233343536",
	        0x63c2);
	assert_sw(&h,
	        "002400810B"
	        "393837363534"
	        "3132333435",
	        0x6700); /* new one too short: no try lost */
	assert_sw(&h,
	        "0024008103"
	        "393837",
	        0x6700);
	assert_sw(&h, "00200081", 0x63c2);
	hand_drop(&h);
}

static void test_change_of_the_officers_pin(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_sw(&h,
	        "0024008810"
	        "0000000000000000"
	        "1122334455667788",
	        0x63ce);
	assert_sw(&h, "0024008810" SO_PIN "1122334455667788", 0x9000);
	assert_sw(&h, "002C00810E" SO_PIN "313233343536", 0x63ce);
	assert_sw(&h,
	        "002C00810E"
	        "1122334455667788"
	        "313233343536",
	        0x9000);
	hand_drop(&h);
}

#define INIT_WITH(so)                                                                                                  \
	"8050000019"                                                                                                   \
	"80020001"                                                                                                     \
	"8106001122334455"                                                                                             \
	"8208" so "910103"

static void test_blank_card_is_initialised_once_freely_then_only_by_the_officer(void **state)
{
	struct hand h;
	struct tg_vcard_persona p = {.name = "blank", .serial = "B1"};
	struct tg_vcard_facts f;
	(void)state;
	hand_take_persona(&h, &p);
	assert_sw(&h, AID_SELECT, 0x9000);
	assert_sw(&h, "00200081", 0x6984);
	assert_sw(&h, PIN_OK, 0x6984);
	assert_sw(&h, "002C00810E" SO_PIN "313233343536", 0x6984);
	assert_sw(&h, INIT_WITH("1122334455667788"), 0x9000);
	assert_sw(&h, "0020008106001122334455", 0x9000); /* the first PIN is binary, with a zero byte */
	assert_sw(&h,
	        "00D7CE010554020000"
	        "53"
	        "00",
	        0x6a80);
	assert_sw(&h, "00D7CE0106540200005300", 0x9000);
	assert_sw(&h, INIT_WITH("0000000000000000"), 0x63ce);
	assert_sw(&h, "00A4000002CE0100", 0x9000); /* still there */
	assert_sw(&h, INIT_WITH("1122334455667788"), 0x9000);
	assert_sw(&h, "00A4000002CE0100", 0x6a82); /* wiped */
	assert_sw(&h, "00200088", 0x63cf);
	tg_vcard_describe(h.card, &f);
	assert_true(f.initialised);
	hand_drop(&h);
}

static void test_initialise_refuses_what_it_cannot_mean(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_sw(&h, "80500000", 0x6a80);
	assert_sw(&h,
	        "8050000004"
	        "80020001",
	        0x6a80);
	assert_sw(&h,
	        "8050000019"
	        "80020001"
	        "8106001122334455"
	        "8208" SO_PIN "91010A",
	        0x6a80); /* ten tries */
	assert_sw(&h,
	        "8050000018"
	        "80020001"
	        "81050011223344"
	        "8208" SO_PIN "910103",
	        0x6a80); /* short PIN */
	assert_sw(&h,
	        "8050000018"
	        "80020001"
	        "8106001122334455"
	        "82073537363231383"
	        "8910103",
	        0x6a80);
	assert_sw(&h,
	        "8050000019"
	        "80020001"
	        "8106001122334455"
	        "82FF" SO_PIN "910103",
	        0x6a80); /* runs past the end */
	assert_sw(&h, "00200088", 0x63cf);
	hand_drop(&h);
}

/* --- selecting --- */

static void test_unknown_applications_are_not_found(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	tg_vcard_reset(h.card);
	assert_sw(&h, "00A4040007627601FF000000", 0x6a82);
	assert_sw(&h, "00A4040006A00000000101", 0x6a82);
	assert_sw(&h, "00A404000AE82B0601040181C31F0200", 0x6a82); /* the AID but for its last byte */
	assert_sw(&h, "00A40800022F0000", 0x6a82);
	assert_sw(&h, "00CADF3000", 0x6d00);
	assert_sw(&h, "00CB3FFF00", 0x6d00);
	assert_sw(&h, "00A40000022F0200", 0x6a82); /* no file before the applet */
	assert_sw(&h, AID_SELECT, 0x9000);
	/* tag 85, at least two bytes, second without bit 04h */
	static const uint8_t expected[] = {0x6f, 0x18, 0x82, 0x02, 0x01, 0x78, 0x84, 0x0b, 0xe8, 0x2b, 0x06, 0x01, 0x04,
	        0x01, 0x81, 0xc3, 0x1f, 0x02, 0x01, 0x85, 0x05, 0x03, 0x00, 0xff, 0x03, 0x05, 0x90, 0x00};
	assert_int_equal(h.answer.len, sizeof expected);
	assert_memory_equal(h.answer.data, expected, sizeof expected);
	hand_drop(&h);
}

static void test_foreign_card_knows_nothing(void **state)
{
	struct hand h;
	struct tg_vcard_persona p = {.kind = TG_VCARD_FOREIGN, .name = "foreign", .serial = "F1", .atr = "3B80800101"};
	(void)state;
	hand_take_persona(&h, &p);
	assert_sw(&h, AID_SELECT, 0x6a82);
	assert_sw(&h, "00A4000C023F00", 0x6a82);
	assert_sw(&h, "00200081", 0x6d00);
	assert_sw(&h, PIN_OK, 0x6d00);
	assert_sw(&h, "8058000000", 0x6d00);
	assert_int_equal(tg_vcard_atr(h.card).len, 5);
	hand_drop(&h);
}

static void test_classes(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_sw(&h, "10200081", 0x6e00); /* chaining */
	assert_sw(&h, "0C200081", 0x6e00); /* secure messaging */
	assert_sw(&h, "FF200081", 0x6e00);
	assert_sw(&h, "0058000000", 0x6d00);
	hand_drop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_k5_wrong_pin_counts_down_and_locks),
	        cmocka_unit_test(test_k5_right_pin_refills_the_counter),
	        cmocka_unit_test(test_k5_impossible_lengths_cost_no_try),
	        cmocka_unit_test(test_wrong_pin_ends_the_session),
	        cmocka_unit_test(test_select_and_power_end_the_session),
	        cmocka_unit_test(test_no_keypad_no_biometry),
	        cmocka_unit_test(test_k5_unblock_needs_the_officer),
	        cmocka_unit_test(test_unblock_without_a_new_pin),
	        cmocka_unit_test(test_k5_officer_locks_too),
	        cmocka_unit_test(test_k5_change_splits_at_the_stored_length),
	        cmocka_unit_test(test_change_of_the_officers_pin),
	        cmocka_unit_test(test_blank_card_is_initialised_once_freely_then_only_by_the_officer),
	        cmocka_unit_test(test_initialise_refuses_what_it_cannot_mean),
	        cmocka_unit_test(test_unknown_applications_are_not_found),
	        cmocka_unit_test(test_foreign_card_knows_nothing),
	        cmocka_unit_test(test_classes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
