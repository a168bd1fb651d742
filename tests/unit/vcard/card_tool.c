#include "card_tool.h"

struct tg_vcard_persona hand_persona(void)
{
	return (struct tg_vcard_persona){.name = "test",
	        .serial = "TEST0001",
	        .label = "Test",
	        .initialised = true,
	        .user_pin = "648219",
	        .so_pin = SO_PIN};
}

void hand_take_persona(struct hand *h, const struct tg_vcard_persona *p)
{
	struct tg_error err = {0};
	*h = (struct hand){0};
	assert_int_equal(tg_vcard_create(&h->card, p, &err), TG_OK);
}

void hand_take(struct hand *h)
{
	struct tg_vcard_persona p = hand_persona();
	hand_take_persona(h, &p);
	assert_sw(h, AID_SELECT, 0x9000);
}

void hand_drop(struct hand *h)
{
	tg_vcard_destroy(h->card);
	tg_buf_finish(&h->answer);
}

uint16_t hand_send_bytes(struct hand *h, const uint8_t *apdu, size_t n)
{
	(void)!tg_vcard_transmit(h->card, apdu, n, &h->answer);
	assert_false(h->answer.failed);
	assert_true(h->answer.len >= 2);
	const uint8_t *sw = h->answer.data + h->answer.len - 2;
	return (uint16_t)(sw[0] << 8 | sw[1]);
}

uint16_t hand_send(struct hand *h, const char *hex)
{
	static uint8_t apdu[8192];
	int n = tg_unhex(hex, apdu, sizeof apdu);
	assert_true(n >= 0);
	return hand_send_bytes(h, apdu, (size_t)n);
}

size_t hand_data_len(const struct hand *h)
{
	return h->answer.len - 2;
}

uint16_t hand_generate(struct hand *h, uint8_t ref, unsigned bits)
{
	/* 5F29 profile, 42 authority, 7F49 {06 oid, 82 exponent, 02 bits}, 5F20 holder: 0x39 bytes, as OpenSC sends */
	char hex[256];
	snprintf(hex, sizeof hex,
	        "0046%02X00000039"
	        "5F290100"
	        "4209555443413030303031"
	        "7F4915"
	        "060A04007F00070202020102"
	        "8203010001"
	        "0202%04X"
	        "5F200F544553543030303130303030303031"
	        "0000",
	        ref, bits);
	return hand_send(h, hex);
}
