#include "card.h"
#include <openssl/crypto.h>

static const char known_atr[] = "3BFE1800008131FE458031815448534D31738021408107FA";

static bool set_pins(struct tg_vcard *card, const struct tg_vcard_persona *p)
{
	uint8_t so[TG_VCARD_SO_PIN_LEN];
	struct tg_bytes user = {(const uint8_t *)p->user_pin, strlen(p->user_pin)};
	if (tg_unhex(p->so_pin, so, sizeof so) != (int)sizeof so)
		return false;
	bool ok = tg_vcard_pin_set(&card->user, user, TG_VCARD_TRIES) &&
	          tg_vcard_pin_set(&card->so, (struct tg_bytes){so, sizeof so}, TG_VCARD_SO_TRIES);
	OPENSSL_cleanse(so, sizeof so);
	if (p->locked)
		card->user.tries = 0;
	return ok;
}

static void take_persona(struct tg_vcard *card, const struct tg_vcard_persona *p)
{
	card->made_of = *p;
	OPENSSL_cleanse(card->made_of.user_pin, sizeof card->made_of.user_pin);
	OPENSSL_cleanse(card->made_of.so_pin, sizeof card->made_of.so_pin);
	if (card->made_of.max_keys == 0)
		card->made_of.max_keys = 24;
	if (card->made_of.memory == 0)
		card->made_of.memory = 65536;
	int n = tg_unhex(p->atr[0] ? p->atr : known_atr, card->atr, sizeof card->atr);
	card->atr_len = n > 0 ? (size_t)n : 0;
	card->initialised = p->initialised;
}

enum tg_status tg_vcard_create(struct tg_vcard **out, const struct tg_vcard_persona *p, struct tg_error *err)
{
	*out = NULL;
	TG_TRY(tg_vcard_persona_check(p, err));
	struct tg_vcard *card = calloc(1, sizeof *card);
	if (!card)
		return tg_error_set(err, TG_NO_MEMORY, "no memory for a card");
	take_persona(card, p);
	if ((p->initialised && !set_pins(card, p)) || !tg_vcard_files_factory(card)) {
		tg_vcard_destroy(card);
		return tg_error_set(err, TG_NO_MEMORY, "cannot fill a new card");
	}
	*out = card;
	return TG_OK;
}

void tg_vcard_destroy(struct tg_vcard *card)
{
	if (!card)
		return;
	tg_vcard_files_wipe(card);
	free(card->files);
	OPENSSL_cleanse(card, sizeof *card);
	free(card);
}

void tg_vcard_reset(struct tg_vcard *card)
{
	card->selected = false;
	card->logged_in = false;
	card->current = 0;
}

struct tg_bytes tg_vcard_atr(const struct tg_vcard *card)
{
	return (struct tg_bytes){card->atr, card->atr_len};
}

bool tg_vcard_transmit(struct tg_vcard *card, const uint8_t *apdu, size_t n, struct tg_buf *answer)
{
	struct tg_apdu a;
	tg_buf_reset(answer);
	card->dirty = false;
	uint16_t sw = tg_apdu_parse(apdu, n, &a) ? tg_hsm_execute(card, &a, answer) : TG_SW_LENGTH;
	if (sw != TG_SW_OK)
		tg_buf_reset(answer);
	tg_buf_add_u16(answer, sw);
	return card->dirty;
}

static int certificates(const struct tg_vcard *card)
{
	int n = 0;
	for (size_t i = 0; i < card->n_files; i++) {
		const struct tg_vcard_file *f = &card->files[i];
		int prefix = f->fid >> 8;
		/* A request (tag 67h) stands in the same place until the certificate comes. */
		n += (prefix == TG_HSM_CERT || prefix == TG_HSM_CERT_ALONE) && f->body.len && f->body.data[0] == 0x30;
	}
	return n;
}

void tg_vcard_describe(const struct tg_vcard *card, struct tg_vcard_facts *out)
{
	*out = (struct tg_vcard_facts){
	        .initialised = card->initialised,
	        .logged_in = card->logged_in,
	        .tries = card->user.tries,
	        .so_tries = card->so.tries,
	        .keys = tg_vcard_files_count(card, TG_HSM_KEY),
	        .certs = certificates(card),
	};
	memcpy(out->name, card->made_of.name, sizeof out->name);
	memcpy(out->serial, card->made_of.serial, sizeof out->serial);
}
