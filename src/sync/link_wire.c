/* What may stand in a frame between kiosk and agent. */
#include "link_wire.h"
#include "tamga/sync.h"

bool tg_link_get_u32(struct tg_bytes v, uint32_t *out)
{
	struct tg_reader r;
	tg_reader_init(&r, v.data, v.len);
	*out = tg_read_u32(&r);
	return tg_reader_done(&r);
}

bool tg_link_get_u64(struct tg_bytes v, uint64_t *out)
{
	struct tg_reader r;
	tg_reader_init(&r, v.data, v.len);
	*out = tg_read_u64(&r);
	return tg_reader_done(&r);
}

enum tg_status tg_link_status_of(uint32_t code)
{
	enum tg_status st = TG_OK;
	for (size_t i = 0; tg_status_each(i, &st); i++)
		if ((uint32_t)st == code)
			return st;
	return TG_BUG;
}

static bool endpoint_ok(struct tg_bytes v, char *out, size_t cap)
{
	if (v.len == 0 || v.len >= cap)
		return false;
	for (size_t i = 0; i < v.len; i++)
		if (!((v.data[i] >= 'a' && v.data[i] <= 'z') || (v.data[i] >= '0' && v.data[i] <= '9') ||
		            v.data[i] == '-'))
			return false;
	memcpy(out, v.data, v.len);
	out[v.len] = '\0';
	return true;
}

static bool take_cmp_field(struct tg_link_request *out, uint16_t tag, struct tg_bytes v)
{
	switch (tag) {
	case TG_LINK_F_ENDPOINT:
		return out->endpoint[0] == '\0' && endpoint_ok(v, out->endpoint, sizeof(out->endpoint));
	case TG_LINK_F_BODY:
		if (out->body.data || v.len == 0)
			return false;
		out->body = v;
		return true;
	case TG_LINK_F_TIMEOUT_MS:
		return out->timeout_ms == 0 && tg_link_get_u32(v, &out->timeout_ms);
	default:
		return false;
	}
}

enum tg_status tg_link_parse_request(uint16_t kind, struct tg_bytes body, struct tg_link_request *out)
{
	struct tg_reader r;
	struct tg_bytes value;
	uint16_t tag = 0;
	*out = (struct tg_link_request){0};
	if (kind == TG_LINK_STATUS || kind == TG_LINK_POKE)
		return body.len == 0 ? TG_OK : TG_INVALID;
	if (kind != TG_LINK_CMP && kind != TG_LINK_FRESH)
		return TG_INVALID;
	tg_reader_init(&r, body.data, body.len);
	while (tg_field_next(&r, &tag, &value))
		if ((kind == TG_LINK_FRESH && tag != TG_LINK_F_TIMEOUT_MS) || !take_cmp_field(out, tag, value))
			return TG_INVALID;
	if (!tg_reader_done(&r))
		return TG_INVALID;
	return kind == TG_LINK_FRESH || (out->body.data && out->endpoint[0]) ? TG_OK : TG_INVALID;
}
