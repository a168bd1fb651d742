/* PINs. 81h is the user PIN, 88h the security officer's (8 bytes). OpenSC asks for 85h (secure messaging) and 86h
 * (biometry) too: a card that knew them would be taken for one with its own keypad. */
#include "card.h"

enum { USER = 0x81, OFFICER = 0x88 };

static bool user_length(size_t n)
{
	return n >= TG_VCARD_PIN_MIN && n <= TG_VCARD_PIN_MAX;
}

static uint16_t pin_state(const struct tg_vcard_pin *pin)
{
	if (pin->len == 0)
		return TG_SW_PIN_UNSET;
	return pin->tries ? (uint16_t)(TG_SW_TRIES + pin->tries) : TG_SW_LOCKED;
}

uint16_t tg_hsm_verify(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	(void)out;
	if (a->p1)
		return TG_SW_P1P2;
	if (a->p2 == OFFICER && a->data.len == 0)
		return pin_state(&card->so);
	if (a->p2 != USER)
		return TG_SW_NO_REFERENCE;
	if (a->data.len == 0)
		return card->logged_in ? TG_SW_OK : pin_state(&card->user);
	/* What cannot be the PIN costs no try. */
	if (a->data.len > UINT8_MAX || !user_length(a->data.len))
		return TG_SW_LENGTH;
	card->logged_in = false;
	uint16_t sw = tg_vcard_pin_try(card, &card->user, a->data);
	card->logged_in = sw == TG_SW_OK;
	return sw;
}

static uint16_t replace(struct tg_vcard *card, struct tg_vcard_pin *pin, struct tg_bytes old, struct tg_bytes fresh)
{
	uint16_t sw = tg_vcard_pin_try(card, pin, old);
	if (sw != TG_SW_OK) {
		card->logged_in = false;
		return sw;
	}
	if (!tg_vcard_pin_set(pin, fresh, pin->limit))
		return TG_SW_MEMORY_FAILURE;
	card->dirty = true;
	return TG_SW_OK;
}

uint16_t tg_hsm_change(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	(void)out;
	if (a->p1)
		return TG_SW_P1P2;
	if (a->p2 != USER && a->p2 != OFFICER)
		return TG_SW_NO_REFERENCE;
	struct tg_vcard_pin *pin = a->p2 == USER ? &card->user : &card->so;
	if (pin->len == 0)
		return TG_SW_PIN_UNSET;
	if (pin->tries == 0)
		return TG_SW_LOCKED;
	if (a->data.len < pin->len)
		return TG_SW_LENGTH;
	struct tg_bytes old = {a->data.data, pin->len};
	struct tg_bytes fresh = {a->data.data + pin->len, a->data.len - pin->len};
	if (a->p2 == USER ? !user_length(fresh.len) : fresh.len != TG_VCARD_SO_PIN_LEN)
		return TG_SW_LENGTH;
	return replace(card, pin, old, fresh);
}

/* P1 = 00: new user PIN after the officer's; 01: only a fresh counter. */
uint16_t tg_hsm_unblock(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	(void)out;
	if (a->p1 > 1)
		return TG_SW_P1P2;
	if (a->p2 != USER)
		return TG_SW_NO_REFERENCE;
	size_t fresh = a->p1 == 0 ? a->data.len - TG_VCARD_SO_PIN_LEN : TG_VCARD_PIN_MIN;
	if (a->data.len < TG_VCARD_SO_PIN_LEN || !user_length(fresh) ||
	        (a->p1 == 1 && a->data.len != TG_VCARD_SO_PIN_LEN))
		return TG_SW_LENGTH;
	uint16_t sw = tg_vcard_pin_try(card, &card->so, (struct tg_bytes){a->data.data, TG_VCARD_SO_PIN_LEN});
	if (sw != TG_SW_OK)
		return sw;
	struct tg_bytes pin = {a->data.data + TG_VCARD_SO_PIN_LEN, fresh};
	if (a->p1 == 0 && !tg_vcard_pin_set(&card->user, pin, card->user.limit))
		return TG_SW_MEMORY_FAILURE;
	card->user.tries = card->user.limit;
	card->dirty = true;
	return TG_SW_OK;
}

/* Empties the card and gives it new PINs. */
static uint16_t make_anew(struct tg_vcard *card, struct tg_bytes user, struct tg_bytes so, uint8_t limit)
{
	struct tg_vcard_pin new_user, new_so;
	if (!tg_vcard_pin_set(&new_user, user, limit) || !tg_vcard_pin_set(&new_so, so, TG_VCARD_SO_TRIES))
		return TG_SW_MEMORY_FAILURE;
	tg_vcard_files_wipe(card);
	card->initialised = false; /* its label is not ours to write: the next command brings it */
	if (!tg_vcard_files_factory(card))
		return TG_SW_MEMORY_FAILURE;
	card->user = new_user;
	card->so = new_so;
	card->initialised = true;
	card->logged_in = false;
	card->current = 0;
	return TG_SW_OK;
}

uint16_t tg_hsm_initialise(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_bytes options, user, so, limit;
	(void)out;
	if (a->p1 || a->p2)
		return TG_SW_P1P2;
	if (!tg_tlv_find(a->data, 0x80, &options) || !tg_tlv_find(a->data, 0x81, &user) ||
	        !tg_tlv_find(a->data, 0x82, &so) || !tg_tlv_find(a->data, 0x91, &limit))
		return TG_SW_DATA;
	if (options.len != 2 || !user_length(user.len) || so.len != TG_VCARD_SO_PIN_LEN || limit.len != 1 ||
	        limit.data[0] < 1 || limit.data[0] > TG_VCARD_TRIES)
		return TG_SW_DATA;
	if (card->initialised) {
		uint16_t sw = tg_vcard_pin_try(card, &card->so, so);
		if (sw != TG_SW_OK)
			return sw;
	}
	return make_anew(card, user, so, limit.data[0]);
}
