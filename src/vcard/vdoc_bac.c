/* Basic access control, the chip's side: ICAO 9303-11 §4.3. */
#include "card.h"
#include "vdoc.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>

uint16_t tg_vdoc_challenge(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *out)
{
	if (a->p1 || a->p2)
		return TG_SW_P1P2;
	if (a->data.len || a->le < sizeof d->challenge)
		return TG_SW_LENGTH;
	if (!d->selected)
		return TG_SW_CONDITIONS;
	if (!tg_vdoc_random(d, d->challenge, sizeof d->challenge))
		return TG_SW_MEMORY_FAILURE;
	d->have_challenge = true;
	tg_buf_add(out, d->challenge, sizeof d->challenge);
	return TG_SW_OK;
}

/* The document basic access keys: SHA-1 of number, birth and expiry with their check digits (§9.7.2). */
static bool access_keys(const struct tg_vdoc *d, struct tg_vdoc_sm *keys)
{
	uint8_t digest[20];
	const struct tg_buf *info = &d->files[TG_VDOC_MRZ_INFO];
	bool ok = EVP_Digest(info->data, info->len, digest, NULL, EVP_sha1(), NULL) == 1 &&
	          tg_vdoc_session(keys, false, digest, 16);
	OPENSSL_cleanse(digest, sizeof digest);
	return ok;
}

static bool mac_of(const struct tg_vdoc_sm *keys, const uint8_t text[32], uint8_t mac[8])
{
	struct tg_buf b = TG_BUF_INIT;
	tg_buf_add(&b, text, 32);
	tg_vdoc_pad(&b, 8);
	bool ok = tg_vdoc_mac(keys, &b, mac);
	tg_buf_finish(&b);
	return ok;
}

/* RND.IFD ‖ RND.IC ‖ K.IFD, when the terminal knows the keys and answers this challenge. */
static bool terminal_right(const struct tg_vdoc *d, const struct tg_vdoc_sm *keys, struct tg_bytes in, uint8_t text[32])
{
	uint8_t mac[8];
	if (!mac_of(keys, in.data, mac) || CRYPTO_memcmp(mac, in.data + 32, sizeof mac) != 0)
		return false;
	memcpy(text, in.data, 32);
	return tg_vdoc_cipher(keys, false, text, 32) && CRYPTO_memcmp(text + 8, d->challenge, 8) == 0;
}

/* RND.IC ‖ RND.IFD ‖ K.IC, and the session that both can make now. */
static bool answer(struct tg_vdoc *d, const struct tg_vdoc_sm *keys, const uint8_t terminal[32], struct tg_buf *out)
{
	uint8_t text[32], seed[16], mac[8];
	memcpy(text, d->challenge, 8);
	memcpy(text + 8, terminal, 8);
	bool ok = tg_vdoc_random(d, text + 16, 16);
	for (size_t i = 0; i < sizeof seed; i++)
		seed[i] = terminal[16 + i] ^ text[16 + i];
	ok = ok && tg_vdoc_session(&d->next, false, seed, sizeof seed) &&
	     tg_vdoc_cipher(keys, true, text, sizeof text) && mac_of(keys, text, mac);
	memcpy(d->next.ssc, d->challenge + 4, 4);
	memcpy(d->next.ssc + 4, terminal + 4, 4);
	if (ok) {
		tg_buf_add(out, text, sizeof text);
		tg_buf_add(out, mac, sizeof mac);
	}
	OPENSSL_cleanse(text, sizeof text);
	OPENSSL_cleanse(seed, sizeof seed);
	return ok;
}

uint16_t tg_vdoc_authenticate(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_vdoc_sm keys;
	uint8_t text[32];
	if (!(d->access & TG_VCARD_BAC))
		return TG_SW_INS;
	if (a->p1 || a->p2)
		return TG_SW_P1P2;
	if (a->data.len != 40 || a->le < 40)
		return TG_SW_LENGTH;
	if (!d->have_challenge || d->sm.on)
		return TG_SW_CONDITIONS;
	d->have_challenge = false; /* one challenge, one try */
	if (!access_keys(d, &keys))
		return TG_SW_MEMORY_FAILURE;
	uint16_t sw = TG_SW_AUTHENTICATION;
	if (terminal_right(d, &keys, a->data, text))
		sw = answer(d, &keys, text, out) ? TG_SW_OK : TG_SW_MEMORY_FAILURE;
	if (sw == TG_SW_OK)
		d->open = true;
	else
		d->next.on = false;
	OPENSSL_cleanse(&keys, sizeof keys);
	OPENSSL_cleanse(text, sizeof text);
	return sw;
}
