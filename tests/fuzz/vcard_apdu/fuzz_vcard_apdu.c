/* The APDU parser and the applet under foreign bytes. Input: commands one after another, each with its length in two
 * bytes before it, as on the wire; a length of zero is a reset. The card starts selected and logged in, with one key,
 * so that every command is within reach. */
#include "tamga/vcard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct tg_buf packed; /* the card every input starts from */

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void send_hex(struct tg_vcard *card, const char *hex)
{
	uint8_t apdu[256];
	struct tg_buf answer = TG_BUF_INIT;
	int len = tg_unhex(hex, apdu, sizeof apdu);
	must(len > 0);
	(void)!tg_vcard_transmit(card, apdu, (size_t)len, &answer);
	must(answer.len >= 2 && answer.data[answer.len - 2] == 0x90);
	tg_buf_finish(&answer);
}

static void open_session(struct tg_vcard *card)
{
	send_hex(card, "00A404000BE82B0601040181C31F020100");
	send_hex(card, "0020008106363438323139");
}

static void make_first_card(void)
{
	struct tg_vcard *card;
	const struct tg_vcard_persona p = {.name = "fuzz",
	        .serial = "FUZZ1",
	        .initialised = true,
	        .user_pin = "648219",
	        .so_pin = "3537363231383830",
	        .max_keys = 2,
	        .memory = 8192};
	must(tg_vcard_create(&card, &p, NULL) == TG_OK);
	open_session(card);
	send_hex(card, "00460100000039"
	               "5F290100"
	               "4209555443413030303031"
	               "7F4915"
	               "060A04007F00070202020102"
	               "8203010001"
	               "02020800"
	               "5F200F544553543030303130303030303031"
	               "0000");
	must(tg_vcard_pack(card, &packed) == TG_OK);
	tg_vcard_destroy(card);
}

/* Making keys takes long and teaches nothing; one is there already. */
static bool makes_a_key(struct tg_bytes apdu)
{
	return apdu.len > 64 && apdu.data[1] == 0x46;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tg_vcard *card;
	struct tg_buf answer = TG_BUF_INIT, again = TG_BUF_INIT;
	struct tg_reader r;
	if (!packed.len)
		make_first_card();
	must(tg_vcard_unpack(&card, packed.data, packed.len, NULL) == TG_OK);
	open_session(card);
	tg_reader_init(&r, data, n);
	while (!r.failed && r.p < r.end) {
		size_t length = tg_read_u16(&r);
		struct tg_bytes apdu =
		        tg_read_bytes(&r, length < (size_t)(r.end - r.p) ? length : (size_t)(r.end - r.p));
		if (apdu.len == 0) {
			tg_vcard_reset(card);
			continue;
		}
		if (makes_a_key(apdu))
			continue;
		(void)!tg_vcard_transmit(card, apdu.data, apdu.len, &answer);
		must(!answer.failed && answer.len >= 2 && answer.len <= 65538);
	}
	/* Whatever was done to it, it can be kept and found again. */
	must(tg_vcard_pack(card, &again) == TG_OK);
	tg_vcard_destroy(card);
	must(tg_vcard_unpack(&card, again.data, again.len, NULL) == TG_OK);
	tg_vcard_destroy(card);
	tg_buf_finish(&again);
	tg_buf_finish(&answer);
	return 0;
}
