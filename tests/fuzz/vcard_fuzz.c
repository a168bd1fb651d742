#include "vcard_fuzz.h"

void must(bool ok)
{
	if (!ok)
		abort();
}

void send_hex(struct tg_vcard *card, const char *hex)
{
	uint8_t apdu[256];
	struct tg_buf answer = TG_BUF_INIT;
	int len = tg_unhex(hex, apdu, sizeof apdu);
	must(len > 0);
	(void)!tg_vcard_transmit(card, apdu, (size_t)len, &answer);
	must(answer.len >= 2 && answer.data[answer.len - 2] == 0x90);
	tg_buf_finish(&answer);
}

void keep_and_read_again(struct tg_vcard *card)
{
	struct tg_vcard *again;
	struct tg_buf packed = TG_BUF_INIT;
	must(tg_vcard_pack(card, &packed) == TG_OK);
	must(tg_vcard_unpack(&again, packed.data, packed.len, NULL) == TG_OK);
	tg_vcard_destroy(again);
	tg_vcard_destroy(card);
	tg_buf_finish(&packed);
}
