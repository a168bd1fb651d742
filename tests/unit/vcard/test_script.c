/* Cards made of bytes: in order, whatever is asked, and how they end. */
#include "card_tool.h"

/* A block: length in two bytes, little-endian, and the bytes. */
#define ATR "04003B021450"

static void take(struct hand *h, const char *hex)
{
	uint8_t bytes[512];
	struct tg_error err = {0};
	int n = tg_unhex(hex, bytes, sizeof bytes);
	*h = (struct hand){0};
	assert_true(n > 0);
	assert_int_equal(tg_vcard_create_script(&h->card, "test", bytes, (size_t)n, &err), TG_OK);
}

static void answers(struct hand *h, const char *wanted)
{
	static const uint8_t any[] = {0x00, 0xa4, 0x04, 0x00};
	char got[600];
	assert_false(tg_vcard_transmit(h->card, any, sizeof any, &h->answer)); /* nothing to save */
	tg_hex(h->answer.data, h->answer.len, got);
	assert_string_equal(got, wanted);
}

static void replies_come_in_order_then_6f00(void **state)
{
	struct hand h;
	char hex[20];
	(void)state;
	take(&h, ATR "020090000400AABB6A820000"
	             "0100FF"
	             "0200"
	             "6A88");
	tg_hex(tg_vcard_atr(h.card).data, tg_vcard_atr(h.card).len, hex);
	assert_string_equal(hex, "3b021450");
	answers(&h, "9000");
	answers(&h, "aabb6a82");
	answers(&h, "");   /* silence */
	answers(&h, "ff"); /* less than a status word */
	answers(&h, "6a88");
	answers(&h, "6f00");
	answers(&h, "6f00");
	tg_vcard_reset(h.card);
	answers(&h, "9000");
	hand_drop(&h);
}

static void from_the_beginning(void **state)
{
	struct hand h;
	(void)state;
	take(&h, ATR "0200900002006A82"
	             "010000");
	for (int i = 0; i < 3; i++) {
		answers(&h, "9000");
		answers(&h, "6a82");
	}
	hand_drop(&h);
}

static void the_last_for_ever(void **state)
{
	struct hand h;
	(void)state;
	take(&h, ATR "0200900002006A82"
	             "010001");
	answers(&h, "9000");
	for (int i = 0; i < 5; i++)
		answers(&h, "6a82");
	hand_drop(&h);
}

static void the_last_two_for_ever(void **state)
{
	struct hand h;
	(void)state;
	take(&h, ATR "020061110200900002006A82"
	             "010002");
	answers(&h, "6111");
	for (int i = 0; i < 3; i++) {
		answers(&h, "9000");
		answers(&h, "6a82");
	}
	hand_drop(&h);
}

static void scripts_that_are_cut(void **state)
{
	struct hand h;
	struct tg_error err = {0};
	struct tg_vcard *card = NULL;
	(void)state;
	assert_int_equal(tg_vcard_create_script(&card, "x", "", 0, &err), TG_CONFIG);
	assert_int_equal(tg_vcard_create_script(&card, "x", "\x04\x00;", 3, &err), TG_CONFIG);
	assert_int_equal(tg_vcard_create_script(&card, "x", "\x01\x00;", 3, &err), TG_CONFIG);
	assert_null(card);
	take(&h, ATR "020090000900AA"); /* the last reply is not there */
	answers(&h, "9000");
	answers(&h, "6f00");
	hand_drop(&h);
}

static void keeps_its_script(void **state)
{
	struct hand h;
	struct tg_buf bytes = TG_BUF_INIT;
	struct tg_error err = {0};
	struct tg_vcard *again = NULL;
	struct tg_vcard_facts f;
	(void)state;
	take(&h, ATR "0200900002006A82");
	answers(&h, "9000");
	assert_int_equal(tg_vcard_pack(h.card, &bytes), TG_OK);
	assert_int_equal(tg_vcard_unpack(&again, bytes.data, bytes.len, &err), TG_OK);
	tg_vcard_destroy(h.card);
	h.card = again;
	answers(&h, "9000"); /* from its beginning */
	answers(&h, "6a82");
	tg_vcard_describe(h.card, &f);
	assert_string_equal(f.name, "test");
	assert_int_equal(f.keys, 0);
	tg_buf_finish(&bytes);
	hand_drop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(replies_come_in_order_then_6f00),
	        cmocka_unit_test(from_the_beginning),
	        cmocka_unit_test(the_last_for_ever),
	        cmocka_unit_test(the_last_two_for_ever),
	        cmocka_unit_test(scripts_that_are_cut),
	        cmocka_unit_test(keeps_its_script),
	};
	return cmocka_run_group_tests_name("vcard_script", tests, NULL, NULL);
}
