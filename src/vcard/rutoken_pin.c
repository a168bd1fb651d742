/* The two PINs. A PIN is a file that says who may change it and how many tries it has; the value lies apart, hashed. */
#include "rutoken.h"

struct one {
	struct tg_vcard_pin *pin;
	const struct tg_rut_node *node; /* NULL: no such PIN on this card yet */
	uint8_t who;
};

static bool find(struct tg_vcard *card, uint8_t reference, struct one *out)
{
	if (reference != TG_RUT_SO_PIN && reference != TG_RUT_USER_PIN)
		return false;
	bool user = reference == TG_RUT_USER_PIN;
	*out = (struct one){user ? &card->user : &card->so, tg_rut_child(card->rutoken, 0, reference),
	        user ? TG_RUT_USER : TG_RUT_SO};
	return out->node != NULL;
}

uint16_t tg_rut_verify(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_rutoken *r = card->rutoken;
	struct one one;
	(void)out;
	if (a->p1)
		return TG_SW_P1P2;
	if (!find(card, a->p2, &one) || one.pin->len == 0)
		return TG_SW_NO_REFERENCE;
	if (a->data.len == 0) {
		if (r->who & one.who)
			return TG_SW_OK;
		return one.pin->tries ? (uint16_t)(TG_SW_TRIES + one.pin->tries) : TG_SW_LOCKED;
	}
	if (a->data.len > TG_RUT_PIN_MAX)
		return TG_SW_LENGTH;
	r->who &= (uint8_t)~one.who;
	uint16_t sw = tg_vcard_pin_try(card, one.pin, a->data);
	if (sw == TG_SW_OK)
		r->who |= one.who;
	return sw;
}

/* The value: 80 with its length in two bytes, then A5 with the PIN. */
static bool new_value(struct tg_bytes data, const struct one *one, struct tg_bytes *value)
{
	const uint8_t *properties = tg_rut_properties(one->node);
	struct tg_bytes length;
	if (!properties || !tg_tlv_find(data, 0x80, &length) || !tg_tlv_find(data, 0xa5, value) || length.len != 2)
		return false;
	return (size_t)(length.data[0] << 8 | length.data[1]) == value->len && value->len >= properties[1] &&
	       value->len >= 1 && value->len <= TG_RUT_PIN_MAX;
}

uint16_t tg_rut_change(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	struct one one;
	struct tg_bytes value;
	(void)out;
	if (a->p1 != 0x01)
		return TG_SW_P1P2;
	if (a->p2 == 0)
		return TG_SW_UNSUPPORTED; /* a key from outside: keys are made here or not at all */
	if (!find(card, a->p2, &one))
		return TG_SW_NO_REFERENCE;
	/* The first value is given by whoever sets the card up. */
	if (one.pin->len && !tg_rut_may(card->rutoken, one.node, TG_RUT_CHANGE))
		return one.pin->tries ? TG_SW_LOGIN : TG_SW_LOCKED;
	if (!new_value(a->data, &one, &value))
		return TG_SW_DATA;
	uint8_t limit = tg_rut_properties(one.node)[3] & 0x0f;
	if (!tg_vcard_pin_set(one.pin, value, limit ? limit : 1))
		return TG_SW_MEMORY_FAILURE;
	card->initialised = card->user.len != 0;
	card->dirty = true;
	return TG_SW_OK;
}

/* A fresh counter; the new PIN comes with the command after it. */
uint16_t tg_rut_unblock(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	struct one one;
	(void)out;
	if (a->p1 != 0x03)
		return TG_SW_P1P2;
	if (!find(card, a->p2, &one) || one.pin->len == 0)
		return TG_SW_NO_REFERENCE;
	if (!tg_rut_may(card->rutoken, one.node, TG_RUT_UNBLOCK))
		return TG_SW_LOGIN;
	one.pin->tries = one.pin->limit;
	card->dirty = true;
	return TG_SW_OK;
}
