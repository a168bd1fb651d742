#include "card.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

static bool digest(const struct tg_vcard_pin *pin, struct tg_bytes data, uint8_t out[TG_VCARD_HASH])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned n = TG_VCARD_HASH;
	bool ok = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) && EVP_DigestUpdate(md, pin->salt, TG_VCARD_SALT) &&
	          EVP_DigestUpdate(md, data.data, data.len) && EVP_DigestFinal_ex(md, out, &n);
	EVP_MD_CTX_free(md);
	return ok;
}

bool tg_vcard_pin_set(struct tg_vcard_pin *pin, struct tg_bytes data, uint8_t limit)
{
	struct tg_vcard_pin fresh = {.len = (uint8_t)data.len, .tries = limit, .limit = limit};
	if (data.len == 0 || data.len > UINT8_MAX || RAND_bytes(fresh.salt, TG_VCARD_SALT) != 1)
		return false;
	if (!digest(&fresh, data, fresh.hash))
		return false;
	*pin = fresh;
	return true;
}

uint16_t tg_vcard_pin_try(struct tg_vcard *card, struct tg_vcard_pin *pin, struct tg_bytes data)
{
	uint8_t hash[TG_VCARD_HASH];
	if (pin->len == 0)
		return TG_SW_PIN_UNSET;
	if (pin->tries == 0)
		return TG_SW_LOCKED;
	if (!digest(pin, data, hash))
		return TG_SW_MEMORY_FAILURE;
	if (data.len == pin->len && CRYPTO_memcmp(hash, pin->hash, sizeof hash) == 0) {
		card->dirty |= pin->tries != pin->limit;
		pin->tries = pin->limit;
		return TG_SW_OK;
	}
	pin->tries--;
	card->dirty = true;
	return (uint16_t)(TG_SW_TRIES + pin->tries);
}
