#include "child.h"

#include <openssl/err.h>

static PKCS11_SLOT *our_slot(struct tg_child *c)
{
	for (unsigned i = 0; i < c->n_slots; i++)
		if (PKCS11_get_slotid_from_slot(&c->slots[i]) == c->slot)
			return &c->slots[i];
	return NULL;
}

/* libp11 0.4.12 waits for ever when the module opens no session, so one is opened here first. */
static enum tg_status probe_session(struct tg_child *c)
{
	CK_SESSION_HANDLE s;
	CK_RV rv = c->f->C_OpenSession(c->slot, CKF_SERIAL_SESSION, NULL, NULL, &s);
	if (rv == CKR_OK)
		rv = c->f->C_CloseSession(s);
	return rv == CKR_OK ? TG_OK : tg_child_failed(c, rv, TG_CARD_BROKEN, "C_OpenSession");
}

/* The login of our raw session counts for the whole process, so libp11 never sees a PIN. */
enum tg_status tg_child_private_key(struct tg_child *c, struct tg_bytes id, EVP_PKEY **out)
{
	PKCS11_KEY *keys = NULL;
	unsigned n = 0;
	*out = NULL;
	TG_TRY(probe_session(c));
	ERR_clear_error();
	if (!c->slots && PKCS11_enumerate_slots(c->p11, &c->slots, &c->n_slots))
		return tg_child_failed_p11(c, TG_CARD_BROKEN, "PKCS11_enumerate_slots");
	PKCS11_SLOT *slot = our_slot(c);
	if (!slot || !slot->token)
		return tg_error_set(&c->err, TG_TOKEN_LOST, "the slot is gone");
	if (PKCS11_enumerate_keys(slot->token, &keys, &n))
		return tg_child_failed_p11(c, TG_CARD_BROKEN, "PKCS11_enumerate_keys");
	for (unsigned i = 0; i < n && !*out; i++)
		if (keys[i].id_len == id.len && memcmp(keys[i].id, id.data, id.len) == 0)
			*out = PKCS11_get_private_key(&keys[i]);
	return *out ? TG_OK : tg_error_set(&c->err, TG_KEY_MISSING, "no private key with this id");
}
