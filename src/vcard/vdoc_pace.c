/* PACE, the chip's side: ICAO 9303-11 §4.4, generic mapping over ECDH with AES-128 (id-PACE-ECDH-GM-AES-CBC-CMAC-128).
 * Written from the standard, on purpose without the library a terminal of ours may use. */
#include "card.h"
#include "vdoc.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>

static const uint8_t protocol[] = {0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02, 0x02};

static void forget(struct tg_vdoc *d)
{
	OPENSSL_cleanse(&d->pace, sizeof d->pace);
	d->pace = (struct tg_vdoc_pace){0};
}

static bool password_of(struct tg_bytes reference, enum tg_vdoc_file *out)
{
	if (reference.len != 1)
		return false;
	*out = reference.data[0] == 0x01 ? TG_VDOC_MRZ_INFO : TG_VDOC_CAN;
	return reference.data[0] == 0x01 || reference.data[0] == 0x02;
}

/* A terminal may name the domain parameters; there is one set, EF.CardAccess ends with its number. */
static bool is_our_curve(const struct tg_vdoc *d, struct tg_bytes number)
{
	const struct tg_buf *access = &d->files[TG_VDOC_CARD_ACCESS];
	return number.len == 1 && access->len > 0 && number.data[0] == access->data[access->len - 1];
}

uint16_t tg_vdoc_pace_choose(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_bytes v;
	enum tg_vdoc_file password;
	(void)out;
	forget(d);
	d->chip_chosen = false;
	if (!(d->access & TG_VCARD_PACE))
		return TG_SW_INS;
	if (d->sm.on || d->selected)
		return TG_SW_CONDITIONS;
	if (!tg_tlv_find(a->data, 0x80, &v) || v.len != sizeof protocol ||
	        memcmp(v.data, protocol, sizeof protocol) != 0)
		return TG_SW_DATA;
	if (!tg_tlv_find(a->data, 0x83, &v) || !password_of(v, &password) || d->files[password].len == 0)
		return TG_SW_NO_REFERENCE;
	if (tg_tlv_find(a->data, 0x84, &v) && !is_our_curve(d, v))
		return TG_SW_NO_REFERENCE;
	d->pace.password = password;
	d->pace.step = TG_VDOC_PACE_CHOSEN;
	return TG_SW_OK;
}

/* K_π: from the CAN as it is, from the MRZ through SHA-1 (§9.7.3). */
static bool password_key(const struct tg_vdoc *d, uint8_t key[16])
{
	const struct tg_buf *secret = &d->files[d->pace.password];
	uint8_t digest[20];
	if (d->pace.password == TG_VDOC_CAN)
		return tg_vdoc_kdf(secret->data, secret->len, 3, key);
	bool ok = EVP_Digest(secret->data, secret->len, digest, NULL, EVP_sha1(), NULL) == 1 &&
	          tg_vdoc_kdf(digest, sizeof digest, 3, key);
	OPENSSL_cleanse(digest, sizeof digest);
	return ok;
}

static uint16_t nonce(struct tg_vdoc *d, struct tg_buf *out)
{
	uint8_t key[16], z[16];
	bool ok = tg_vdoc_random(d, d->pace.nonce, sizeof d->pace.nonce) && password_key(d, key) &&
	          tg_vdoc_aes_block(key, d->pace.nonce, z);
	OPENSSL_cleanse(key, sizeof key);
	if (!ok)
		return TG_SW_MEMORY_FAILURE;
	tg_tlv_put(out, 0x80, z, sizeof z);
	d->pace.step = TG_VDOC_PACE_NONCE;
	return TG_SW_OK;
}

static uint16_t map(struct tg_vdoc *d, const uint8_t peer[TG_VDOC_POINT], struct tg_buf *out)
{
	uint8_t k[TG_VDOC_SCALAR], own[TG_VDOC_POINT], h[TG_VDOC_POINT];
	int nid = tg_vdoc_curve(d);
	if (!tg_vdoc_ec_random(d, nid, k) || !tg_vdoc_ec_mul(nid, NULL, k, own))
		return TG_SW_MEMORY_FAILURE;
	bool ok = memcmp(peer, own, sizeof own) != 0 && tg_vdoc_ec_mul(nid, peer, k, h) &&
	          tg_vdoc_ec_map(nid, d->pace.nonce, h, d->pace.generator);
	OPENSSL_cleanse(k, sizeof k);
	OPENSSL_cleanse(h, sizeof h);
	if (!ok)
		return TG_SW_DATA;
	tg_tlv_put(out, 0x82, own, sizeof own);
	d->pace.step = TG_VDOC_PACE_MAPPED;
	return TG_SW_OK;
}

static uint16_t agree(struct tg_vdoc *d, const uint8_t peer[TG_VDOC_POINT], struct tg_buf *out)
{
	uint8_t k[TG_VDOC_SCALAR], shared[TG_VDOC_POINT];
	int nid = tg_vdoc_curve(d);
	if (!tg_vdoc_ec_random(d, nid, k) || !tg_vdoc_ec_mul(nid, d->pace.generator, k, d->pace.own))
		return TG_SW_MEMORY_FAILURE;
	bool ok = memcmp(peer, d->pace.own, TG_VDOC_POINT) != 0 && tg_vdoc_ec_mul(nid, peer, k, shared) &&
	          tg_vdoc_session(&d->pace.next, true, shared + 1, TG_VDOC_SCALAR);
	OPENSSL_cleanse(k, sizeof k);
	OPENSSL_cleanse(shared, sizeof shared);
	if (!ok)
		return TG_SW_DATA;
	memcpy(d->pace.peer, peer, TG_VDOC_POINT);
	tg_tlv_put(out, 0x84, d->pace.own, TG_VDOC_POINT);
	d->pace.step = TG_VDOC_PACE_AGREED;
	return TG_SW_OK;
}

/* The authentication token over the other side's key (§4.4.3.4). */
static bool token(const struct tg_vdoc_sm *keys, const uint8_t key[TG_VDOC_POINT], uint8_t out[8])
{
	struct tg_buf inside = TG_BUF_INIT, text = TG_BUF_INIT;
	tg_tlv_put(&inside, 0x06, protocol, sizeof protocol);
	tg_tlv_put(&inside, 0x86, key, TG_VDOC_POINT);
	tg_tlv_put_buf(&text, 0x7f49, &inside);
	bool ok = tg_vdoc_mac(keys, &text, out);
	tg_buf_finish(&text);
	tg_buf_finish(&inside);
	return ok;
}

static uint16_t compare(struct tg_vdoc *d, struct tg_bytes theirs, struct tg_buf *out)
{
	uint8_t mac[8];
	if (theirs.len != sizeof mac)
		return TG_SW_DATA;
	if (!token(&d->pace.next, d->pace.own, mac))
		return TG_SW_MEMORY_FAILURE;
	if (CRYPTO_memcmp(mac, theirs.data, sizeof mac) != 0)
		return TG_SW_AUTHENTICATION;
	if (!token(&d->pace.next, d->pace.peer, mac))
		return TG_SW_MEMORY_FAILURE;
	tg_tlv_put(out, 0x86, mac, sizeof mac);
	d->next = d->pace.next;
	d->open = true;
	return TG_SW_OK;
}

static uint16_t step(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_bytes body, struct tg_buf *out)
{
	static const uint8_t tags[] = {
	        [TG_VDOC_PACE_NONCE] = 0x81, [TG_VDOC_PACE_MAPPED] = 0x83, [TG_VDOC_PACE_AGREED] = 0x85};
	struct tg_bytes v;
	enum tg_vdoc_pace_step now = d->pace.step;
	if (now == TG_VDOC_PACE_NONE || (a->cla == 0x10) != (now != TG_VDOC_PACE_AGREED))
		return TG_SW_CONDITIONS;
	if (now == TG_VDOC_PACE_CHOSEN)
		return body.len == 0 ? nonce(d, out) : TG_SW_DATA;
	if (!tg_tlv_find(body, tags[now], &v))
		return TG_SW_DATA;
	if (now == TG_VDOC_PACE_AGREED)
		return compare(d, v, out);
	if (v.len != TG_VDOC_POINT)
		return TG_SW_DATA;
	return now == TG_VDOC_PACE_NONCE ? map(d, v.data, out) : agree(d, v.data, out);
}

uint16_t tg_vdoc_pace_go(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_bytes body;
	struct tg_buf answer = TG_BUF_INIT;
	bool last = d->pace.step == TG_VDOC_PACE_AGREED;
	uint16_t sw = tg_tlv_find(a->data, 0x7c, &body) ? step(d, a, body, &answer) : TG_SW_DATA;
	if (sw == TG_SW_OK)
		tg_tlv_put_buf(out, 0x7c, &answer);
	if (sw != TG_SW_OK || last)
		forget(d); /* one try for one nonce */
	tg_buf_finish(&answer);
	return sw;
}
