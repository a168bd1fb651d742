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

static bool word_ok(struct tg_bytes v, char *out, size_t cap)
{
	if (out[0] != '\0' || v.len == 0 || v.len >= cap)
		return false;
	for (size_t i = 0; i < v.len; i++)
		if (!((v.data[i] >= 'a' && v.data[i] <= 'z') || (v.data[i] >= '0' && v.data[i] <= '9') ||
		            v.data[i] == '-'))
			return false;
	memcpy(out, v.data, v.len);
	out[v.len] = '\0';
	return true;
}

/* Which fields a request may have, and which it must. */
struct shape {
	uint16_t kind;
	bool endpoint, path, body, timeout;
	size_t body_max;
};
static const struct shape shapes[] = {
        {TG_LINK_STATUS, false, false, false, false, 0},
        {TG_LINK_POKE, false, false, false, false, 0},
        {TG_LINK_FRESH, false, false, false, true, 0},
        {TG_LINK_CMP, true, false, true, true, TG_FRAME_MAX},
        {TG_LINK_ASK, false, true, true, true, TG_LINK_ASK_MAX},
};

static const struct shape *shape_of(uint16_t kind)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (shapes[i].kind == kind)
			return &shapes[i];
	return NULL;
}

static bool take_field(const struct shape *shape, struct tg_link_request *out, uint16_t tag, struct tg_bytes v)
{
	switch (tag) {
	case TG_LINK_F_ENDPOINT:
		return shape->endpoint && word_ok(v, out->endpoint, sizeof(out->endpoint));
	case TG_LINK_F_PATH:
		return shape->path && word_ok(v, out->path, sizeof(out->path));
	case TG_LINK_F_BODY:
		if (!shape->body || out->body.data || v.len == 0 || v.len > shape->body_max)
			return false;
		out->body = v;
		return true;
	case TG_LINK_F_TIMEOUT_MS:
		return shape->timeout && out->timeout_ms == 0 && tg_link_get_u32(v, &out->timeout_ms);
	default:
		return false;
	}
}

enum tg_status tg_link_parse_request(uint16_t kind, struct tg_bytes body, struct tg_link_request *out)
{
	struct tg_reader r;
	struct tg_bytes value;
	uint16_t tag = 0;
	const struct shape *shape = shape_of(kind);
	*out = (struct tg_link_request){0};
	if (!shape)
		return TG_INVALID;
	tg_reader_init(&r, body.data, body.len);
	while (tg_field_next(&r, &tag, &value))
		if (!take_field(shape, out, tag, value))
			return TG_INVALID;
	if (!tg_reader_done(&r))
		return TG_INVALID;
	bool whole = (!shape->body || out->body.data) && (!shape->endpoint || out->endpoint[0]) &&
	             (!shape->path || out->path[0]);
	return whole ? TG_OK : TG_INVALID;
}
