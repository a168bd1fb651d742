/* The virtual Rutoken under foreign bytes. Input: commands one after another, each with its length in two bytes before
 * it; a length of zero is a reset. The token starts with both PINs shown and one RSA key. What is left afterwards must
 * be a token that can be kept and read again. */
#include "../vcard_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct tg_buf packed; /* the token every input starts from */

static void open_session(struct tg_vcard *card)
{
	send_hex(card, "00200002083132333435363738");
	send_hex(card, "00200001083837363534333231");
	send_hex(card, "00A40800025000");
}

static void make_first_card(void)
{
	struct tg_vcard *card;
	const struct tg_vcard_persona p = {.kind = TG_VCARD_RUTOKEN,
	        .name = "fuzz",
	        .serial = "f0220",
	        .initialised = true,
	        .user_pin = "12345678",
	        .so_pin = "87654321",
	        .memory = 16384};
	must(tg_vcard_create(&card, &p, NULL) == TG_OK);
	tg_vcard_reset(card);
	open_session(card);
	send_hex(card, "00E00000276F25800202888202100083020001850623"
	               "0000AA0000860F460002020000000200000000000000");
	send_hex(card, "00E00000276F25800201808202100083020001850633"
	               "0000AA0000860F460002000000000200000000000000");
	send_hex(card, "0046800100");
	must(tg_vcard_pack(card, &packed) == TG_OK);
	tg_vcard_destroy(card);
}

/* Making RSA keys takes long and teaches nothing; one is there already. */
static bool makes_a_key(struct tg_bytes apdu)
{
	return apdu.len >= 4 && apdu.data[1] == 0x46;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tg_vcard *card;
	struct tg_buf answer = TG_BUF_INIT;
	struct tg_vcard_facts facts;
	struct tg_reader r;
	if (!packed.len)
		make_first_card();
	must(tg_vcard_unpack(&card, packed.data, packed.len, NULL) == TG_OK);
	tg_vcard_reset(card);
	open_session(card);
	tg_reader_init(&r, data, n);
	while (!r.failed && r.p < r.end) {
		struct tg_bytes apdu = tg_read_bytes(&r, tg_read_u16(&r));
		if (r.failed || apdu.len == 0) {
			tg_vcard_reset(card);
			continue;
		}
		if (makes_a_key(apdu))
			continue;
		(void)!tg_vcard_transmit(card, apdu.data, apdu.len, &answer);
		must(!answer.failed && answer.len >= 2);
	}
	tg_vcard_describe(card, &facts);
	must(facts.keys >= 0 && facts.tries >= 0);
	keep_and_read_again(card);
	tg_buf_finish(&answer);
	return 0;
}
