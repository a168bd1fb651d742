#include "apdu.h"

static uint32_t be16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static bool parse_short(const uint8_t *body, size_t n, struct tg_apdu *out)
{
	if (n == 1) {
		out->le = body[0] ? body[0] : 256;
		return true;
	}
	size_t lc = body[0];
	if (lc == 0 || (n != 1 + lc && n != 2 + lc))
		return false;
	out->data = (struct tg_bytes){body + 1, lc};
	if (n == 2 + lc)
		out->le = body[1 + lc] ? body[1 + lc] : 256;
	return true;
}

/* body[0] is 00 and two length bytes follow. */
static bool parse_extended(const uint8_t *body, size_t n, struct tg_apdu *out)
{
	size_t length = be16(body + 1);
	if (n == 3) {
		out->le = length ? (uint32_t)length : 65536;
		return true;
	}
	if (length == 0 || (n != 3 + length && n != 5 + length))
		return false;
	out->data = (struct tg_bytes){body + 3, length};
	if (n == 5 + length) {
		uint32_t le = be16(body + 3 + length);
		out->le = le ? le : 65536;
	}
	return true;
}

bool tg_apdu_parse(const uint8_t *bytes, size_t n, struct tg_apdu *out)
{
	*out = (struct tg_apdu){0};
	if (n < 4)
		return false;
	out->cla = bytes[0];
	out->ins = bytes[1];
	out->p1 = bytes[2];
	out->p2 = bytes[3];
	if (n == 4)
		return true;
	const uint8_t *body = bytes + 4;
	if (body[0] == 0 && n >= 7)
		return parse_extended(body, n - 4, out);
	return parse_short(body, n - 4, out);
}

bool tg_tlv_next(struct tg_reader *r, uint16_t *tag, struct tg_bytes *value)
{
	if (r->failed || r->p == r->end)
		return false;
	*tag = tg_read_u8(r);
	if ((*tag & 0x1f) == 0x1f)
		*tag = (uint16_t)(*tag << 8 | tg_read_u8(r));
	size_t length = tg_read_u8(r);
	if (length == 0x81)
		length = tg_read_u8(r);
	else if (length == 0x82)
		length = tg_read_u16(r);
	else if (length >= 0x80)
		r->failed = true;
	if (!r->failed)
		*value = tg_read_bytes(r, length);
	return !r->failed;
}

bool tg_tlv_find(struct tg_bytes in, uint16_t tag, struct tg_bytes *value)
{
	struct tg_reader r;
	struct tg_bytes v;
	uint16_t t;
	bool found = false;
	tg_reader_init(&r, in.data, in.len);
	while (tg_tlv_next(&r, &t, &v)) {
		if (t == tag && !found) {
			*value = v;
			found = true;
		}
	}
	return found && !r.failed;
}

void tg_tlv_put(struct tg_buf *b, uint16_t tag, const void *value, size_t n)
{
	if (n > 65535) {
		b->failed = true;
		return;
	}
	if (tag > 0xff)
		tg_buf_add_u16(b, tag);
	else
		tg_buf_add_u8(b, (uint8_t)tag);
	if (n > 255) {
		tg_buf_add_u8(b, 0x82);
		tg_buf_add_u16(b, (uint16_t)n);
	} else {
		if (n > 127)
			tg_buf_add_u8(b, 0x81);
		tg_buf_add_u8(b, (uint8_t)n);
	}
	tg_buf_add(b, value, n);
}

void tg_tlv_put_buf(struct tg_buf *b, uint16_t tag, const struct tg_buf *value)
{
	if (value->failed)
		b->failed = true;
	tg_tlv_put(b, tag, value->data, value->len);
}
