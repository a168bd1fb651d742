/* Keys: two files of the same name, a private half that makes signatures and a public one. All numbers on the wire are
 * little-endian. */
#include "rutoken.h"
#include <openssl/crypto.h>

enum { RSA_PRIVATE = 0x23, GOST_PRIVATE = 0x03 };

static void add_reversed(struct tg_buf *out, const uint8_t *p, size_t n)
{
	while (n--)
		tg_buf_add(out, p + n, 1);
}

/* OpenSC makes the private file five half moduli and eight bytes long. 0: not a key this card can make. */
static unsigned rsa_bits(uint16_t size)
{
	unsigned half = size > 8 ? (size - 8u) / 5 : 0, bits = half * 16;
	bool whole = half * 5 + 8 == size;
	return whole && bits % 128 == 0 && bits >= 1024 && bits <= 2048 ? bits : 0;
}

/* A, B, C as 1, 2, 3; 0: none of them. */
static int gost_set(const uint8_t *properties)
{
	int set = properties[1] / 0x10 - 1;
	return properties[1] % 0x10 == 0 && set >= 1 && set <= 3 ? set : 0;
}

static uint16_t make_rsa(struct tg_rut_node *private, struct tg_rut_node *public)
{
	struct tg_buf modulus = TG_BUF_INIT, exponent = TG_BUF_INIT;
	unsigned bits = rsa_bits(private->size);
	bool ok = bits && tg_vcard_rsa_make(bits, &private->body, &modulus, &exponent);
	if (ok)
		add_reversed(&public->body, modulus.data, modulus.len);
	ok = ok && !public->body.failed;
	tg_buf_finish(&modulus);
	tg_buf_finish(&exponent);
	return ok ? TG_SW_OK : bits ? TG_SW_MEMORY_FAILURE : TG_SW_DATA;
}

static uint16_t make_gost(struct tg_rut_node *private, struct tg_rut_node *public)
{
	uint8_t d[TG_RUT_GOST_BYTES], xy[2 * TG_RUT_GOST_BYTES];
	int set = gost_set(tg_rut_properties(private));
	bool ok = set && private->size == sizeof d && tg_rut_gost_make(set, d, xy);
	if (ok) {
		tg_buf_add(&private->body, d, sizeof d);
		tg_buf_add(&public->body, xy, sizeof xy);
		ok = !private->body.failed && !public->body.failed;
	}
	OPENSSL_cleanse(d, sizeof d);
	return ok ? TG_SW_OK : set ? TG_SW_MEMORY_FAILURE : TG_SW_DATA;
}

/* Only the last command's half-made key can be here: the card was pulled, or memory was short. */
static void start_anew(struct tg_rut_node *private, struct tg_rut_node *public)
{
	tg_buf_wipe(&private->body);
	tg_buf_wipe(&public->body);
}

uint16_t tg_rut_generate(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_rutoken *r = card->rutoken;
	struct tg_rut_node *private = tg_rut_key(r, TG_RUT_PRIVATE_KEYS, a->p2);
	struct tg_rut_node *public = tg_rut_key(r, TG_RUT_PUBLIC_KEYS, a->p2);
	if (a->p1 != 0x80)
		return TG_SW_P1P2;
	if (!private || !public)
		return TG_SW_NO_REFERENCE;
	if (!tg_rut_may(r, private, TG_RUT_CHANGE) || !tg_rut_may(r, public, TG_RUT_CHANGE))
		return TG_SW_LOGIN;
	if (private->body.len)
		return TG_SW_CONDITIONS; /* a key is never lost by making another */
	start_anew(private, public);
	uint16_t sw =
	        tg_rut_properties(private)[0] == RSA_PRIVATE ? make_rsa(private, public) : make_gost(private, public);
	if (sw != TG_SW_OK) {
		start_anew(private, public);
		return sw;
	}
	card->dirty = true;
	tg_buf_add(out, public->body.data, public->body.len);
	return TG_SW_OK;
}

/* MANAGE SECURITY ENVIRONMENT: the key for the next signature or decipherment, by its reference. */
uint16_t tg_rut_choose(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_bytes reference;
	(void)out;
	if (a->p1 != 0x41 || (a->p2 != 0xb6 && a->p2 != 0xb8))
		return TG_SW_P1P2;
	if (!tg_tlv_find(a->data, 0x84, &reference) || reference.len != 1)
		return TG_SW_DATA;
	const struct tg_rut_node *key = tg_rut_key(card->rutoken, TG_RUT_PRIVATE_KEYS, reference.data[0]);
	if (!key || key->body.len == 0)
		return TG_SW_NO_REFERENCE;
	card->rutoken->key = reference.data[0];
	return TG_SW_OK;
}

static uint16_t rsa_operation(const struct tg_rut_node *key, struct tg_bytes block, struct tg_buf *out)
{
	struct tg_buf in = TG_BUF_INIT, result = TG_BUF_INIT;
	add_reversed(&in, block.data, block.len);
	uint16_t sw = TG_SW_MEMORY_FAILURE;
	if (!in.failed)
		sw = tg_vcard_rsa_block(&key->body, (struct tg_bytes){in.data, in.len}, &result);
	if (sw == TG_SW_OK)
		add_reversed(out, result.data, result.len);
	tg_buf_wipe(&in);
	tg_buf_wipe(&result);
	return sw;
}

static uint16_t gost_operation(const struct tg_rut_node *key, struct tg_bytes hash, struct tg_buf *out)
{
	uint8_t signature[2 * TG_RUT_GOST_BYTES];
	if (hash.len == 0 || hash.len > TG_RUT_GOST_BYTES)
		return TG_SW_LENGTH;
	if (!tg_rut_gost_sign(gost_set(tg_rut_properties(key)), key->body.data, hash, signature))
		return TG_SW_MEMORY_FAILURE;
	tg_buf_add(out, signature, sizeof signature);
	return TG_SW_OK;
}

static uint16_t operate(struct tg_vcard *card, bool sign, struct tg_bytes block, struct tg_buf *out)
{
	struct tg_rutoken *r = card->rutoken;
	const struct tg_rut_node *key = tg_rut_key(r, TG_RUT_PRIVATE_KEYS, r->key);
	if (!key || key->body.len == 0)
		return TG_SW_CONDITIONS;
	if (!tg_rut_may(r, key, TG_RUT_USE))
		return TG_SW_LOGIN;
	if (tg_rut_properties(key)[0] == RSA_PRIVATE)
		return rsa_operation(key, block, out);
	return sign ? gost_operation(key, block, out) : TG_SW_CONDITIONS;
}

/* PERFORM SECURITY OPERATION: 9E 9A a signature, 80 86 a decipherment. A block of 256 bytes comes in two commands. */
uint16_t tg_rut_operate(struct tg_vcard *card, const struct tg_apdu *a, struct tg_buf *out)
{
	struct tg_buf *chain = &card->rutoken->chain;
	bool sign = a->p1 == 0x9e && a->p2 == 0x9a;
	uint16_t sw = TG_SW_OK;
	tg_buf_add(chain, a->data.data, a->data.len);
	if (!sign && (a->p1 != 0x80 || a->p2 != 0x86))
		sw = TG_SW_P1P2;
	else if (chain->failed)
		sw = TG_SW_MEMORY_FAILURE;
	else if (chain->len > 512)
		sw = TG_SW_LENGTH;
	else if (a->cla == 0x10)
		return TG_SW_OK;
	else
		sw = operate(card, sign, (struct tg_bytes){chain->data, chain->len}, out);
	tg_buf_wipe(chain);
	return sw;
}
