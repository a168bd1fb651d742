/* Keys: made here, used here, never shown. */
#include "card.h"

/* What GENERATE ASYMMETRIC KEY PAIR asks for: the body of a card-verifiable certificate (BSI TR-03110-3 §C). */
struct wish {
	struct tg_bytes car, chr, oid;
	unsigned bits;
};

static bool read_wish(struct tg_bytes data, struct wish *w)
{
	/* 0.4.0.127.0.7.2.2.2.1: all RSA profiles of terminal authentication */
	static const uint8_t rsa[] = {0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x02, 0x01};
	struct tg_bytes profile, key, bits;
	if (!tg_tlv_find(data, 0x5f29, &profile) || !tg_tlv_find(data, 0x42, &w->car) ||
	        !tg_tlv_find(data, 0x7f49, &key) || !tg_tlv_find(data, 0x5f20, &w->chr))
		return false;
	if (w->car.len > 16 || w->chr.len < 8 || w->chr.len > 16) /* the driver reads the last five as a number */
		return false;
	if (!tg_tlv_find(key, 0x06, &w->oid) || w->oid.len != sizeof rsa + 1 ||
	        memcmp(w->oid.data, rsa, sizeof rsa) != 0)
		return false;
	if (!tg_tlv_find(key, 0x02, &bits) || bits.len != 2)
		return false;
	w->bits = (unsigned)bits.data[0] << 8 | bits.data[1];
	return w->bits == 2048 || w->bits == 3072 || w->bits == 4096;
}

static void put_body(
        const struct wish *w, const struct tg_buf *modulus, const struct tg_buf *exponent, struct tg_buf *out)
{
	struct tg_buf key = TG_BUF_INIT, body = TG_BUF_INIT;
	tg_tlv_put(&key, 0x06, w->oid.data, w->oid.len);
	tg_tlv_put_buf(&key, 0x81, modulus);
	tg_tlv_put_buf(&key, 0x82, exponent);
	tg_tlv_put(&body, 0x5f29, "\0", 1);
	tg_tlv_put(&body, 0x42, w->car.data, w->car.len);
	tg_tlv_put_buf(&body, 0x7f49, &key);
	tg_tlv_put(&body, 0x5f20, w->chr.data, w->chr.len);
	tg_tlv_put_buf(out, 0x7f4e, &body);
	tg_buf_finish(&key);
	tg_buf_finish(&body);
}

/* The request signed by the new key itself, inside an envelope that a device key would sign. There is no device key, so
 * the outer signature is eight zero bytes; OpenSC checks neither. */
static void put_request(
        const struct wish *w, const struct tg_buf *body, const struct tg_buf *signature, struct tg_buf *out)
{
	static const uint8_t zeros[8];
	struct tg_buf inner = TG_BUF_INIT, whole = TG_BUF_INIT;
	tg_buf_add(&inner, body->data, body->len);
	tg_tlv_put_buf(&inner, 0x5f37, signature);
	tg_tlv_put_buf(&whole, 0x7f21, &inner);
	tg_tlv_put(&whole, 0x42, w->car.data, w->car.len);
	tg_tlv_put(&whole, 0x5f37, zeros, sizeof zeros);
	tg_tlv_put_buf(out, 0x67, &whole);
	tg_buf_finish(&inner);
	tg_buf_finish(&whole);
}

static bool make_key(const struct wish *w, struct tg_buf *pkcs8, struct tg_buf *out)
{
	struct tg_buf modulus = TG_BUF_INIT, exponent = TG_BUF_INIT, body = TG_BUF_INIT, signature = TG_BUF_INIT;
	bool ok = tg_vcard_rsa_make(w->bits, pkcs8, &modulus, &exponent);
	if (ok) {
		put_body(w, &modulus, &exponent, &body);
		ok = !body.failed && tg_vcard_rsa_sign(pkcs8, (struct tg_bytes){body.data, body.len}, &signature);
	}
	if (ok)
		put_request(w, &body, &signature, out);
	tg_buf_finish(&modulus);
	tg_buf_finish(&exponent);
	tg_buf_finish(&body);
	tg_buf_finish(&signature);
	return ok && !out->failed;
}

/* Takes the bytes of `pkcs8`. */
static uint16_t keep_key(struct tg_vcard *card, uint16_t fid, struct tg_buf *pkcs8)
{
	if (!tg_vcard_fits(card, pkcs8->len))
		return TG_SW_FULL;
	struct tg_vcard_file *file = tg_vcard_file_add(card, fid);
	if (!file)
		return TG_SW_MEMORY_FAILURE;
	file->body = *pkcs8;
	*pkcs8 = (struct tg_buf)TG_BUF_INIT;
	return TG_SW_OK;
}

uint16_t tg_hsm_generate(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	struct wish wish;
	struct tg_buf pkcs8 = TG_BUF_INIT;
	uint16_t fid = (uint16_t)(TG_HSM_KEY << 8 | a->p1);
	if (a->p2)
		return TG_SW_P1P2;
	if (a->le < 2048) /* the answer is not sent in pieces */
		return TG_SW_LENGTH;
	if (!read_wish(a->data, &wish))
		return TG_SW_DATA;
	if (tg_vcard_file_find(card, fid))
		return TG_SW_EXISTS; /* a key is never lost by making another */
	if (tg_vcard_files_count(card, TG_HSM_KEY) >= (int)card->made_of.max_keys)
		return TG_SW_FULL;
	uint16_t sw = make_key(&wish, &pkcs8, out) ? keep_key(card, fid, &pkcs8) : TG_SW_MEMORY_FAILURE;
	tg_buf_wipe(&pkcs8);
	return sw;
}

static uint16_t use_key(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	const struct tg_vcard_file *file = tg_vcard_file_find(card, (uint16_t)(TG_HSM_KEY << 8 | a->p1));
	if (!file)
		return TG_SW_NO_REFERENCE;
	if (a->le < a->data.len)
		return TG_SW_LENGTH;
	return tg_vcard_rsa_block(&file->body, a->data, out);
}

/* The block comes already padded (algorithm 20h: plain RSA). */
uint16_t tg_hsm_sign(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	return a->p2 == 0x20 ? use_key(card, a, out) : TG_SW_P1P2;
}

uint16_t tg_hsm_decrypt(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	return a->p2 == 0x21 ? use_key(card, a, out) : TG_SW_P1P2;
}
