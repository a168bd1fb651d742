/* The document's doors: the worked examples of ICAO 9303-11 against the card, and what must stay shut (K-4). */
#include "doc_tool.h"

/* What the card draws, in its order. */
struct draws {
	uint8_t bytes[256];
	size_t n, at;
};

static bool draw(uint8_t *out, size_t n, void *ctx)
{
	struct draws *d = ctx;
	if (n > d->n - d->at)
		return false;
	memcpy(out, d->bytes + d->at, n);
	d->at += n;
	return true;
}

static void draws_take(struct hand *h, struct draws *d, const char *hex)
{
	int n = tg_unhex(hex, d->bytes, sizeof d->bytes);
	assert_true(n > 0);
	d->n = (size_t)n;
	d->at = 0;
	tg_vcard_document_draw(h->card, draw, d);
}

/* Appendix D. */
static void take_example(struct hand *h, struct draws *d)
{
	struct tg_vcard_persona p = doc_specimen("L898902C", "1969-08-06", "1994-06-23", TG_VCARD_BAC);
	doc_take(h, &p);
	draws_take(h, d,
	        "4608F91988702212"
	        "0B4F80323EB3191CB04970CB4052790B");
	assert_sw(h, DOC_SELECT, 0x9000);
}

static void answers(struct hand *h, const char *hex, const char *expected)
{
	uint8_t bytes[512];
	int n = tg_unhex(expected, bytes, sizeof bytes);
	assert_true(n >= 2);
	(void)hand_send(h, hex);
	assert_int_equal(h->answer.len, n);
	assert_memory_equal(h->answer.data, bytes, (size_t)n);
}

#define BAC_COMMAND                                                                                                    \
	"0082000028"                                                                                                   \
	"72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2"                                             \
	"5F1448EEA8AD90A7"                                                                                             \
	"28"
#define SM_SELECT_COM "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800"

static void open_example(struct hand *h, struct draws *d)
{
	take_example(h, d);
	answers(h, "0084000008", "4608F919887022129000");
	answers(h, BAC_COMMAND, "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D74499000");
}

static void test_k4_icao_appendix_d(void **state)
{
	/* its EF.COM says LDS 1.6 */
	static const uint8_t com[] = {0x60, 0x14, 0x5f, 0x01, 0x04, 0x30, 0x31, 0x30, 0x36, 0x5f, 0x36, 0x06, 0x30,
	        0x34, 0x30, 0x30, 0x30, 0x30, 0x5c, 0x02, 0x61, 0x75};
	struct hand h;
	struct draws d;
	(void)state;
	open_example(&h, &d);
	assert_true(tg_vcard_document_replace(h.card, 0x011e, com, sizeof com));
	answers(&h, SM_SELECT_COM, "990290008E08FA855A5D4C50A8ED9000");
	answers(&h, "0CB000000D9701048E08ED6705417E96BA5500", "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000");
	answers(&h, "0CB000040D9701128E082EA28A70F3C7B53500",
	        "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000");
	hand_drop(&h);
}

#define PACE_CHOOSE "0022C1A40F800A04007F00070202040202830101"
#define PACE_MAP                                                                                                       \
	"10860000457C438141047ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E544552DCB6725218799115B5" \
	"5C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D00"
#define PACE_AGREE                                                                                                     \
	"10860000457C438341042DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C3556F3B3B186DF10B857B58F" \
	"6A7EB80F20BA5DC7BE1D43D9BF850149FBB3646200"
#define PACE_TOKEN "008600000C7C0A8508C2B0BD78D94BA86600"

static void pace_example(struct hand *h, struct draws *d)
{
	struct tg_vcard_persona p = doc_specimen("T22000129", "1964-08-12", "2010-10-31", TG_VCARD_PACE);
	doc_take(h, &p);
	draws_take(h, d,
	        "3F00C4D39D153F2B2A214A078D899B22"
	        "498FF49756F2DC1587840041839A85982BE7761D14715FB091EFA7BCE9058560"
	        "107CF58696EF6155053340FD633392BA81909DF7B9706F226F32086C7AFF974A");
}

static void test_k4_icao_appendix_g_ecdh(void **state)
{
	struct hand h;
	struct draws d;
	(void)state;
	pace_example(&h, &d);
	/* EF.CardAccess of §G.1 */
	assert_sw(&h, "00A4020C02011C", 0x9000);
	answers(&h, "00B0000000", "31143012060A04007F0007020204020202010202010D9000");
	assert_sw(&h, PACE_CHOOSE, 0x9000);
	answers(&h, "10860000027C0000", "7C12801095A3A016522EE98D01E76CB6B98B42C39000");
	answers(&h, PACE_MAP,
	        "7C43824104824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F5730D8C879AAA9C9F73991E61B58F4"
	        "D"
	        "52EB87A0A0C709A49DC63719363CCD13C549000");
	answers(&h, PACE_AGREE,
	        "7C438441049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB7764B22277A2EDDC3C265A9F018F"
	        "9"
	        "CB852E111B768B326904B59A0193776F0949000");
	answers(&h, PACE_TOKEN, "7C0A86083ABB9674BCE93C089000");
	hand_drop(&h);
}

/* --- What must stay shut */
static void test_nothing_is_read_in_the_clear(void **state)
{
	static const char *const shut[] = {"00A4020C020101", "00A4020C02011E", "00A4020C02011D", "00A4020C0201FF",
	        "00B0810000", "00B09E0004", "00B09D0000", "00B0000010", "00B10101045402000000",
	        "00880000080102030405060708"
	        "00"};
	struct hand h;
	struct draws d;
	(void)state;
	take_example(&h, &d);
	for (size_t i = 0; i + 1 < sizeof shut / sizeof *shut; i++)
		assert_sw(&h, shut[i], 0x6982);
	assert_int_equal(hand_data_len(&h), 0);
	assert_sw(&h, shut[sizeof shut / sizeof *shut - 1], 0x6d00); /* no active authentication on this one */
	hand_drop(&h);
}

static void test_wrong_keys_open_nothing_and_lock_nothing(void **state)
{
	struct hand h;
	struct draws d;
	(void)state;
	take_example(&h, &d);
	for (int i = 0; i < 20; i++) { /* each wrong try costs its challenge and nothing else */
		d.at = 0;
		assert_sw(&h, "0084000008", 0x9000);
		assert_sw(&h,
		        "0082000028"
		        "72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2"
		        "5F1448EEA8AD90A6"
		        "28",
		        0x6300);
		assert_sw(&h, BAC_COMMAND, 0x6985);
		assert_sw(&h, "00A4020C02011E", 0x6982);
	}
	d.at = 0;
	assert_sw(&h, "0084000008", 0x9000);
	assert_sw(&h, BAC_COMMAND, 0x9000);
	assert_sw(&h, SM_SELECT_COM, 0x9000);
	hand_drop(&h);
}

static void test_answer_to_another_challenge_is_refused(void **state)
{
	struct hand h;
	struct draws d;
	(void)state;
	take_example(&h, &d);
	d.bytes[0] ^= 1;
	assert_sw(&h, "0084000008", 0x9000);
	assert_sw(&h, BAC_COMMAND, 0x6300);
	hand_drop(&h);
}

static void test_wrong_mac_ends_the_session(void **state)
{
	struct hand h;
	struct draws d;
	(void)state;
	open_example(&h, &d);
	assert_sw(&h, "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F900", 0x6988);
	assert_sw(&h, SM_SELECT_COM, 0x6882); /* no session any more */
	assert_sw(&h, "00A4020C02011E", 0x6982);
	hand_drop(&h);
}

static void test_replayed_command_is_refused(void **state)
{
	struct hand h;
	struct draws d;
	(void)state;
	open_example(&h, &d);
	assert_sw(&h, SM_SELECT_COM, 0x9000);
	assert_sw(&h, SM_SELECT_COM, 0x6988); /* the counter has gone on */
	assert_sw(&h, "0CB000000D9701048E08ED6705417E96BA5500", 0x6882);
	hand_drop(&h);
}

static void test_command_in_the_clear_ends_the_session(void **state)
{
	struct hand h;
	struct draws d;
	(void)state;
	open_example(&h, &d);
	assert_sw(&h, SM_SELECT_COM, 0x9000);
	assert_sw(&h, "00B0000004", 0x6982);
	assert_int_equal(hand_data_len(&h), 0);
	assert_sw(&h, "0CB000000D9701048E08ED6705417E96BA5500", 0x6882);
	hand_drop(&h);
}

static void test_protected_objects_that_cannot_be(void **state)
{
	static const struct {
		const char *apdu;
		uint16_t sw;
	} bad[] = {
	        {"0CB0000003970104"
	         "00",
	                0x6987},                                    /* no MAC */
	        {"0CB000000D8E08ED6705417E96BA5597010400", 0x6988}, /* after the MAC */
	        {"0CB0000010970104970104"
	         "8E08ED6705417E96BA5500",
	                0x6988},                                  /* twice */
	        {"0CB000000C9701048E07ED6705417E96BA00", 0x6988}, /* short MAC */
	        {"0CB00000", 0x6987},
	        {"0CB0000004FFFFFFFF00", 0x6987},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct hand h;
		struct draws d;
		(void)state;
		open_example(&h, &d);
		assert_sw(&h, bad[i].apdu, bad[i].sw);
		assert_sw(&h, SM_SELECT_COM, 0x6882);
		hand_drop(&h);
	}
}

static void test_power_ends_the_session(void **state)
{
	struct hand h;
	struct draws d;
	(void)state;
	open_example(&h, &d);
	tg_vcard_reset(h.card);
	assert_sw(&h, SM_SELECT_COM, 0x6882);
	assert_sw(&h, DOC_SELECT, 0x9000);
	assert_sw(&h, "00A4020C02011E", 0x6982);
	hand_drop(&h);
}

static void test_pace_steps_out_of_turn(void **state)
{
	struct hand h;
	struct draws d;
	(void)state;
	pace_example(&h, &d);
	assert_sw(&h, "10860000027C0000", 0x6985); /* nothing chosen */
	assert_sw(&h, PACE_CHOOSE, 0x9000);
	assert_sw(&h, PACE_MAP, 0x6a80); /* the nonce first */
	assert_sw(&h, "10860000027C0000", 0x6985);
	assert_sw(&h, PACE_CHOOSE, 0x9000);
	assert_sw(&h, "00860000027C0000", 0x6985);                         /* not the end of the chain */
	assert_sw(&h, "0022C1A40F800A04007F00070202040202830102", 0x6a88); /* it has no CAN */
	assert_sw(&h, "0022C1A40F800A04007F00070202040202830103", 0x6a88);
	assert_sw(&h, "0022C1A40F800A04007F00070202040204830101", 0x6a80);       /* AES-256 is not offered */
	assert_sw(&h, "0022C1A412800A04007F0007020204020283010184010C", 0x6a88); /* another curve */
	assert_sw(&h, "0022C1A412800A04007F0007020204020283010184010D", 0x9000);
	hand_drop(&h);
}

static void test_pace_refuses_what_is_no_point_and_its_own_key(void **state)
{
	static const char *const bad[] = {/* its own public key back */
	        "10860000457C43814104824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F5730D8C879AAA9C9F739"
	        "91E6"
	        "1B58F4D52EB87A0A0C709A49DC63719363CCD13C5400",
	        /* last byte changed: beside the curve */
	        "10860000457C438141047ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E544552DCB672521879"
	        "91"
	        "15B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922E00",
	        "10860000047C02810000", "10860000057C0381010000"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct hand h;
		struct draws d;
		(void)state;
		pace_example(&h, &d);
		assert_sw(&h, PACE_CHOOSE, 0x9000);
		assert_sw(&h, "10860000027C0000", 0x9000);
		assert_sw(&h, bad[i], 0x6a80);
		assert_sw(&h, PACE_MAP, 0x6985);
		hand_drop(&h);
	}
}

static void test_pace_wrong_token_opens_nothing(void **state)
{
	struct hand h;
	struct draws d;
	(void)state;
	pace_example(&h, &d);
	assert_sw(&h, PACE_CHOOSE, 0x9000);
	assert_sw(&h, "10860000027C0000", 0x9000);
	assert_sw(&h, PACE_MAP, 0x9000);
	assert_sw(&h, PACE_AGREE, 0x9000);
	assert_sw(&h, "008600000C7C0A8508C2B0BD78D94BA86700", 0x6300);
	assert_sw(&h, PACE_TOKEN, 0x6985); /* one try */
	assert_sw(&h, DOC_SELECT, 0x9000);
	assert_sw(&h, "00A4020C02011E", 0x6982);
	hand_drop(&h);
}

static void test_each_card_opens_only_its_way(void **state)
{
	struct hand h;
	struct draws d;
	(void)state;
	take_example(&h, &d); /* BAC only, as Kazakhstan's */
	tg_vcard_reset(h.card);
	assert_sw(&h, "00A4020C02011C", 0x6a82);
	assert_sw(&h, "00B09C0000", 0x6a82);
	assert_sw(&h, PACE_CHOOSE, 0x6d00);
	hand_drop(&h);
	pace_example(&h, &d);
	assert_sw(&h, DOC_SELECT, 0x9000);
	assert_sw(&h, "0084000008", 0x9000);
	assert_sw(&h, BAC_COMMAND, 0x6d00);
	hand_drop(&h);
}

/* --- Two applications on one card */
static void test_applications_leave_each_other(void **state)
{
	struct hand h;
	struct draws d;
	(void)state;
	open_example(&h, &d);
	assert_sw(&h, AID_SELECT, 0x9000);
	assert_sw(&h, SM_SELECT_COM, 0x6e00); /* the key applet has no secure messaging */
	assert_sw(&h, PIN_OK, 0x9000);
	assert_sw(&h, "00A4020C02011E", 0x6a86);
	assert_sw(&h, DOC_SELECT, 0x9000);
	assert_sw(&h, SM_SELECT_COM, 0x6882); /* the session did not survive */
	assert_sw(&h, "00A4020C02011E", 0x6982);
	assert_sw(&h, "00200081", 0x6d00); /* nor is the key applet within reach */
	assert_sw(&h, AID_SELECT, 0x9000);
	assert_sw(&h, "00200081", 0x63c3); /* nor its login */
	hand_drop(&h);
}

static void test_unknown_applications_and_the_master_file(void **state)
{
	struct hand h;
	struct draws d;
	(void)state;
	pace_example(&h, &d);
	assert_sw(&h, "00A4040C07A0000002471002", 0x6a82);
	assert_sw(&h, "00A4040006A00000000101", 0x6a82);
	assert_sw(&h, AID_SELECT, 0x9000);
	assert_sw(&h, "00A4040C07A0000002471002", 0x6a82); /* and the key applet stays */
	assert_sw(&h, "00200081", 0x63c3);
	assert_sw(&h, "00A4000C023F00", 0x9000); /* back to the master file */
	assert_sw(&h, "00B09C0000", 0x9000);
	assert_sw(&h, "00200081", 0x6d00);
	hand_drop(&h);
}

static void test_card_without_document_answers_as_before(void **state)
{
	struct hand h;
	(void)state;
	hand_take(&h);
	assert_sw(&h, DOC_SELECT, 0x6a82);
	assert_sw(&h, "00A4000C023F00", 0x6a86);
	hand_drop(&h);
}

static void test_document_survives_in_the_state_file(void **state)
{
	struct hand h, again = {0};
	struct draws d;
	struct tg_buf packed = TG_BUF_INIT;
	(void)state;
	take_example(&h, &d);
	assert_int_equal(tg_vcard_pack(h.card, &packed), TG_OK);
	assert_int_equal(tg_vcard_unpack(&again.card, packed.data, packed.len, NULL), TG_OK);
	draws_take(&again, &d,
	        "4608F91988702212"
	        "0B4F80323EB3191CB04970CB4052790B");
	assert_sw(&again, DOC_SELECT, 0x9000);
	assert_sw(&again, "0084000008", 0x9000);
	assert_sw(&again, BAC_COMMAND, 0x9000);
	assert_sw(&again, SM_SELECT_COM, 0x9000);
	for (uint16_t fid = 0x0101; fid <= 0x011e; fid++) {
		struct tg_bytes a = tg_vcard_document_file(h.card, fid), b = tg_vcard_document_file(again.card, fid);
		assert_int_equal(a.len, b.len);
		if (a.len)
			assert_memory_equal(a.data, b.data, a.len);
	}
	hand_drop(&h);
	hand_drop(&again);
	tg_buf_wipe(&packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_k4_icao_appendix_d),
	        cmocka_unit_test(test_k4_icao_appendix_g_ecdh),
	        cmocka_unit_test(test_nothing_is_read_in_the_clear),
	        cmocka_unit_test(test_wrong_keys_open_nothing_and_lock_nothing),
	        cmocka_unit_test(test_answer_to_another_challenge_is_refused),
	        cmocka_unit_test(test_wrong_mac_ends_the_session),
	        cmocka_unit_test(test_replayed_command_is_refused),
	        cmocka_unit_test(test_command_in_the_clear_ends_the_session),
	        cmocka_unit_test(test_protected_objects_that_cannot_be),
	        cmocka_unit_test(test_power_ends_the_session),
	        cmocka_unit_test(test_pace_steps_out_of_turn),
	        cmocka_unit_test(test_pace_refuses_what_is_no_point_and_its_own_key),
	        cmocka_unit_test(test_pace_wrong_token_opens_nothing),
	        cmocka_unit_test(test_each_card_opens_only_its_way),
	        cmocka_unit_test(test_applications_leave_each_other),
	        cmocka_unit_test(test_unknown_applications_and_the_master_file),
	        cmocka_unit_test(test_card_without_document_answers_as_before),
	        cmocka_unit_test(test_document_survives_in_the_state_file),
	};
	return cmocka_run_group_tests(tests, doc_group_setup, doc_group_teardown);
}
