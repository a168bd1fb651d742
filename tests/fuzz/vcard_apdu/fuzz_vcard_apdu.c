/* The APDU parser and the applets under foreign bytes. Input: commands one after another, each with its length in two
 * bytes before it, as on the wire; a length of zero is a reset. The card starts selected and logged in, with one key,
 * so that every command is within reach. A length with its highest bit set: the command goes to the document, packed
 * into secure messaging as a terminal would that has the keys; no fuzzer finds a MAC. */
#include "../vcard_fuzz.h"
#include "card.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct tg_buf packed; /* the card every input starts from */

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
	        .memory = 8192,
	        .person = {.surname_latin = "ERIKSSON",
	                .given_latin = "ANNA",
	                .sex = "F",
	                .birth = "1964-08-12",
	                .expiry = "2010-10-31",
	                .nationality = "UTO",
	                .document = "T22000129"},
	        .document = {.present = true,
	                .format = "TD1",
	                .access = TG_VCARD_BAC | TG_VCARD_PACE,
	                .can = "483920",
	                .active_authentication = true,
	                .chip_authentication = true}};
	must(tg_vcard_create(&card, &p, NULL) == TG_OK);
	must(tg_vcard_issue(card, NULL, 0, NULL) == TG_OK);
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

static void open_document(struct tg_vcard *card)
{
	tg_vcard_reset(card);
	card->doc.selected = card->doc.open = true;
	must(tg_vdoc_session(&card->doc.sm, false, "seed", 4));
}

static void put_data(const struct tg_vdoc_sm *sm, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_buf value = TG_BUF_INIT, plain = TG_BUF_INIT;
	tg_buf_add(&plain, a->data.data, a->data.len);
	tg_vdoc_pad(&plain, tg_vdoc_block(sm));
	must(tg_vdoc_cipher(sm, true, plain.data, plain.len));
	if (!(a->ins & 1))
		tg_buf_add_u8(&value, 0x01);
	tg_buf_add(&value, plain.data, plain.len);
	tg_tlv_put_buf(out, a->ins & 1 ? 0x85 : 0x87, &value);
	tg_buf_finish(&plain);
	tg_buf_finish(&value);
}

static void put_mac(const struct tg_vdoc_sm *sm, const uint8_t head[4], struct tg_buf *body)
{
	struct tg_buf m = TG_BUF_INIT;
	uint8_t mac[8];
	tg_buf_add(&m, sm->ssc, tg_vdoc_block(sm));
	tg_buf_add(&m, head, 4);
	tg_vdoc_pad(&m, tg_vdoc_block(sm));
	if (body->len) {
		tg_buf_add(&m, body->data, body->len);
		tg_vdoc_pad(&m, tg_vdoc_block(sm));
	}
	must(tg_vdoc_mac(sm, &m, mac));
	tg_tlv_put(body, 0x8e, mac, sizeof mac);
	tg_buf_finish(&m);
}

static void pack(const struct tg_vdoc_sm *keys, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_vdoc_sm sm = *keys;
	struct tg_buf body = TG_BUF_INIT;
	const uint8_t head[4] = {0x0c, a->ins, a->p1, a->p2}, le[2] = {(uint8_t)(a->le >> 8), (uint8_t)a->le};
	for (size_t i = tg_vdoc_block(&sm); i > 0 && ++sm.ssc[i - 1] == 0; i--)
		continue;
	if (a->data.len)
		put_data(&sm, a, &body);
	if (a->le)
		tg_tlv_put(&body, 0x97, le, 2);
	put_mac(&sm, head, &body);
	tg_buf_add(out, head, sizeof head);
	tg_buf_add_u8(out, 0);
	tg_buf_add_u16(out, (uint16_t)body.len);
	tg_buf_add(out, body.data, body.len);
	tg_buf_add_u16(out, 0);
	tg_buf_finish(&body);
}

static void send_packed(struct tg_vcard *card, struct tg_bytes apdu, struct tg_buf *answer)
{
	struct tg_apdu a;
	struct tg_buf packed_apdu = TG_BUF_INIT;
	if (!tg_apdu_parse(apdu.data, apdu.len, &a) || a.data.len > 60000)
		return;
	if (!card->doc.sm.on)
		open_document(card);
	pack(&card->doc.sm, &a, &packed_apdu);
	(void)!tg_vcard_transmit(card, packed_apdu.data, packed_apdu.len, answer);
	must(!answer->failed && answer->len > 2); /* never without its MAC */
	tg_buf_finish(&packed_apdu);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tg_vcard *card;
	struct tg_buf answer = TG_BUF_INIT;
	struct tg_reader r;
	if (!packed.len)
		make_first_card();
	must(tg_vcard_unpack(&card, packed.data, packed.len, NULL) == TG_OK);
	open_session(card);
	tg_reader_init(&r, data, n);
	while (!r.failed && r.p < r.end) {
		size_t word = tg_read_u16(&r), length = word & 0x7fff;
		struct tg_bytes apdu =
		        tg_read_bytes(&r, length < (size_t)(r.end - r.p) ? length : (size_t)(r.end - r.p));
		if (apdu.len == 0) {
			tg_vcard_reset(card);
			continue;
		}
		if (makes_a_key(apdu))
			continue;
		if (word != length) {
			send_packed(card, apdu, &answer);
			continue;
		}
		(void)!tg_vcard_transmit(card, apdu.data, apdu.len, &answer);
		must(!answer.failed && answer.len >= 2 && answer.len <= 65538);
	}
	keep_and_read_again(card);
	tg_buf_finish(&answer);
	return 0;
}
