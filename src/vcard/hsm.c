/* The key applet: which command, under which conditions. The rules are simple as on the real device: reading is free,
 * whatever changes or uses keys and files needs the user PIN in this session. */
#include "card.h"

static const uint8_t aid[] = {0xe8, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x81, 0xc3, 0x1f, 0x02, 0x01};

enum { ANY = 0, LOGIN = 1 };

/* one row a line */
/* clang-format off */
static const struct row {
	uint8_t cla, ins, needs;
	tg_hsm_command *run;
} rows[] = {
	{0x00, 0xb1, ANY,   tg_hsm_read},
	{0x80, 0x58, ANY,   tg_hsm_list},
	{0x00, 0x84, ANY,   tg_hsm_random},
	{0x00, 0x20, ANY,   tg_hsm_verify},
	{0x00, 0x24, ANY,   tg_hsm_change},
	{0x00, 0x2c, ANY,   tg_hsm_unblock},
	{0x80, 0x50, ANY,   tg_hsm_initialise},
	{0x00, 0xd7, LOGIN, tg_hsm_update},
	{0x00, 0xe4, LOGIN, tg_hsm_delete},
	{0x00, 0x46, LOGIN, tg_hsm_generate},
	{0x80, 0x68, LOGIN, tg_hsm_sign},
	{0x80, 0x62, LOGIN, tg_hsm_decrypt},
};
/* clang-format on */

uint16_t tg_hsm_execute(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	if (a->cla != 0x00 && a->cla != 0x80)
		return TG_SW_CLA;
	if (card->made_of.kind == TG_VCARD_FOREIGN)
		return a->cla == 0x00 && a->ins == 0xa4 ? TG_SW_NOT_FOUND : TG_SW_INS;
	if (a->cla == 0x00 && a->ins == 0xa4)
		return tg_hsm_select(card, a, out);
	for (size_t i = 0; card->selected && i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].cla != a->cla || rows[i].ins != a->ins)
			continue;
		if (rows[i].needs == LOGIN && !card->logged_in)
			return TG_SW_LOGIN;
		return rows[i].run(card, a, out);
	}
	return TG_SW_INS;
}

/* The answer to selecting the applet; tag 85 ends with the firmware version, and its second byte has no bit 04h: no
 * session PIN. */
static void put_applet(struct tg_buf *out)
{
	static const uint8_t version[] = {0x03, 0x00, 0xff, 0x03, 0x05};
	struct tg_buf body = TG_BUF_INIT;
	tg_tlv_put(&body, 0x82, "\x01\x78", 2);
	tg_tlv_put(&body, 0x84, aid, sizeof aid);
	tg_tlv_put(&body, 0x85, version, sizeof version);
	tg_tlv_put_buf(out, 0x6f, &body);
	tg_buf_finish(&body);
}

static void put_file(const struct tg_vcard_file *file, struct tg_buf *out)
{
	struct tg_buf body = TG_BUF_INIT;
	size_t size = file->fid >> 8 == TG_HSM_KEY ? 0 : file->body.len;
	uint8_t number[2] = {(uint8_t)(size >> 8), (uint8_t)size};
	tg_tlv_put(&body, 0x80, number, 2);
	tg_tlv_put(&body, 0x82, "\x01", 1);
	uint8_t name[2] = {(uint8_t)(file->fid >> 8), (uint8_t)file->fid};
	tg_tlv_put(&body, 0x83, name, 2);
	tg_tlv_put_buf(out, 0x6f, &body);
	tg_buf_finish(&body);
}

/* Also the way out of a session: OpenSC logs out by selecting the applet. */
static uint16_t select_applet(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	if (a->data.len != sizeof aid || memcmp(a->data.data, aid, sizeof aid) != 0)
		return TG_SW_NOT_FOUND;
	tg_vcard_reset(card);
	card->selected = true;
	put_applet(out);
	return TG_SW_OK;
}

static uint16_t select_file(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	if (!card->selected)
		return TG_SW_NOT_FOUND;
	if (a->data.len != 2)
		return TG_SW_LENGTH;
	const struct tg_vcard_file *file = tg_vcard_file_find(card, (uint16_t)(a->data.data[0] << 8 | a->data.data[1]));
	if (!file)
		return TG_SW_NOT_FOUND;
	card->current = file->fid;
	put_file(file, out);
	return TG_SW_OK;
}

uint16_t tg_hsm_select(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	switch (a->p1) {
	case 0x04:
		return select_applet(card, a, out);
	case 0x00:
		return a->p2 == 0x00 ? select_file(card, a, out) : TG_SW_P1P2;
	case 0x08: /* a path from the master file: there is no tree here */
		return TG_SW_NOT_FOUND;
	default:
		return TG_SW_P1P2;
	}
}

uint16_t tg_hsm_random(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	(void)card;
	return tg_vcard_random(a, 1024, out);
}
