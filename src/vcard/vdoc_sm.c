/* Secure messaging: ICAO 9303-11 §9.8. Encrypt, then MAC; the send sequence counter counts commands and answers. A
 * command that does not fit ends the session, as the standard wants it. */
#include "card.h"
#include "vdoc.h"
#include <openssl/crypto.h>

enum { DO_BYTES_ODD = 0x85, DO_BYTES = 0x87, DO_LE = 0x97, DO_STATUS = 0x99, DO_MAC = 0x8e };

/* The data objects of one protected command, borrowed. */
struct objects {
	struct tg_bytes cipher, le, mac;
	size_t covered; /* bytes before the MAC object */
};

void tg_vdoc_sm_end(struct tg_vdoc *d)
{
	OPENSSL_cleanse(&d->sm, sizeof d->sm);
	OPENSSL_cleanse(&d->next, sizeof d->next);
	d->sm = d->next = (struct tg_vdoc_sm){0};
	d->open = false;
	d->chip_chosen = false;
	d->current = -1;
}

static void count(struct tg_vdoc_sm *sm)
{
	for (size_t i = tg_vdoc_block(sm); i-- > 0;) {
		if (++sm->ssc[i] != 0)
			return;
	}
}

static uint16_t split(const struct tg_apdu *a, struct objects *o)
{
	struct tg_reader r;
	struct tg_bytes v;
	uint16_t tag;
	bool mac = false;
	*o = (struct objects){0};
	tg_reader_init(&r, a->data.data, a->data.len);
	const uint8_t cipher_tag = a->ins & 1 ? DO_BYTES_ODD : DO_BYTES;
	while (!mac && tg_tlv_next(&r, &tag, &v)) {
		mac = tag == DO_MAC;
		if (mac)
			o->mac = v;
		else if (tag == cipher_tag && !o->cipher.data && !o->le.data)
			o->cipher = v;
		else if (tag == DO_LE && !o->le.data)
			o->le = v;
		else
			return TG_SW_SM_WRONG;
		if (!mac)
			o->covered = (size_t)(r.p - a->data.data);
	}
	if (!mac)
		return TG_SW_SM_MISSING;
	return tg_reader_done(&r) && o->mac.len == 8 ? TG_SW_OK : TG_SW_SM_WRONG;
}

static bool mac_fits(const struct tg_vdoc_sm *sm, const struct tg_apdu *a, const struct objects *o)
{
	const uint8_t head[4] = {a->cla, a->ins, a->p1, a->p2};
	uint8_t mac[8];
	struct tg_buf m = TG_BUF_INIT;
	size_t block = tg_vdoc_block(sm);
	tg_buf_add(&m, sm->ssc, block);
	tg_buf_add(&m, head, sizeof head);
	tg_vdoc_pad(&m, block);
	if (o->covered) {
		tg_buf_add(&m, a->data.data, o->covered);
		tg_vdoc_pad(&m, block);
	}
	bool ok = tg_vdoc_mac(sm, &m, mac) && CRYPTO_memcmp(mac, o->mac.data, sizeof mac) == 0;
	tg_buf_finish(&m);
	return ok;
}

/* Data under an odd instruction has no padding indicator (ISO/IEC 7816-4 §10.2.1: it is TLV itself). */
static bool decrypt(const struct tg_vdoc_sm *sm, uint8_t ins, struct tg_bytes cipher, struct tg_buf *plain)
{
	if (!cipher.data)
		return true;
	size_t skip = ins & 1 ? 0 : 1;
	if (cipher.len <= skip || (skip && cipher.data[0] != 0x01))
		return false;
	tg_buf_add(plain, cipher.data + skip, cipher.len - skip);
	if (plain->failed || !tg_vdoc_cipher(sm, false, plain->data, plain->len))
		return false;
	long n = tg_vdoc_unpad(plain->data, plain->len);
	if (n >= 0)
		plain->len = (size_t)n;
	return n >= 0;
}

static bool length_wanted(struct tg_bytes le, uint32_t *out)
{
	*out = 0;
	if (!le.data)
		return true;
	if (le.len == 1)
		*out = le.data[0] ? le.data[0] : 256;
	else if (le.len == 2)
		*out = (uint32_t)le.data[0] << 8 | le.data[1];
	if (le.len == 2 && *out == 0)
		*out = 65536;
	return *out != 0;
}

/* What fits into the answer beside status, MAC and the head of the data object. */
static size_t room(const struct tg_vdoc_sm *sm, uint32_t le)
{
	const size_t around = 4 + 10 + 1 + 3 + 1;
	size_t block = tg_vdoc_block(sm), all = le ? le : 256;
	return all < around + block ? 0 : (all - around) / block * block - 1;
}

uint16_t tg_vdoc_unwrap(struct tg_vdoc *d, const struct tg_apdu *a, struct tg_buf *plain, struct tg_apdu *inner)
{
	struct objects o;
	count(&d->sm);
	uint16_t sw = split(a, &o);
	*inner = (struct tg_apdu){.cla = a->cla & 0xf0, .ins = a->ins, .p1 = a->p1, .p2 = a->p2};
	if (sw == TG_SW_OK && (!mac_fits(&d->sm, a, &o) || !decrypt(&d->sm, a->ins, o.cipher, plain) ||
	                              !length_wanted(o.le, &inner->le)))
		sw = TG_SW_SM_WRONG;
	inner->data = (struct tg_bytes){plain->data, plain->len};
	d->room = room(&d->sm, a->le);
	return sw;
}

static bool put_cipher(const struct tg_vdoc_sm *sm, uint8_t ins, struct tg_buf *data, struct tg_buf *out)
{
	struct tg_buf value = TG_BUF_INIT;
	tg_vdoc_pad(data, tg_vdoc_block(sm));
	bool ok = !data->failed && tg_vdoc_cipher(sm, true, data->data, data->len);
	if (!(ins & 1))
		tg_buf_add_u8(&value, 0x01);
	if (ok)
		tg_buf_add(&value, data->data, data->len);
	tg_tlv_put_buf(out, ins & 1 ? DO_BYTES_ODD : DO_BYTES, &value);
	tg_buf_finish(&value);
	return ok;
}

bool tg_vdoc_wrap(struct tg_vdoc *d, uint8_t ins, uint16_t sw, struct tg_buf *out)
{
	const uint8_t status[2] = {(uint8_t)(sw >> 8), (uint8_t)sw};
	struct tg_buf body = TG_BUF_INIT, m = TG_BUF_INIT;
	uint8_t mac[8] = {0};
	count(&d->sm);
	bool ok = out->len == 0 || put_cipher(&d->sm, ins, out, &body);
	tg_tlv_put(&body, DO_STATUS, status, sizeof status);
	tg_buf_add(&m, d->sm.ssc, tg_vdoc_block(&d->sm));
	tg_buf_add(&m, body.data, body.len);
	tg_vdoc_pad(&m, tg_vdoc_block(&d->sm));
	ok = ok && !body.failed && tg_vdoc_mac(&d->sm, &m, mac);
	tg_tlv_put(&body, DO_MAC, mac, sizeof mac);
	tg_buf_reset(out);
	tg_buf_add(out, body.data, body.len);
	ok = ok && !out->failed;
	tg_buf_finish(&m);
	tg_buf_finish(&body);
	return ok;
}
