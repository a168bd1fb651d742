#include "wire.h"
#include "chip.h"
#include "tamga/text.h"

enum field {
	F_READER = 1,
	F_CAN,
	F_NUMBER,
	F_BIRTH,
	F_EXPIRY,
	F_CHALLENGE,
	F_STATUS,
	F_DETAIL,
	F_PACE,
	F_CHIP,
	F_APDUS,
	F_COM,
	F_DG1,
	F_DG14,
	F_DG15,
	F_SOD,
	F_RESPONSE,
};

/* Here and not beside the reading: with that, libeac would come into every program that only asks the child. */
void tg_mrtd_raw_finish(struct tg_mrtd_raw *r)
{
	tg_buf_wipe(&r->com);
	tg_buf_wipe(&r->dg1);
	tg_buf_wipe(&r->dg14);
	tg_buf_wipe(&r->dg15);
	tg_buf_wipe(&r->sod);
	tg_buf_wipe(&r->response);
	*r = (struct tg_mrtd_raw){0};
}

void tg_chip_request_encode(const struct tg_chip_request *q, struct tg_buf *out)
{
	tg_field_put_str(out, F_READER, q->reader);
	tg_field_put_u32(out, F_CAN, q->access.can);
	tg_field_put_str(out, F_NUMBER, q->access.number);
	tg_field_put_str(out, F_BIRTH, q->access.birth);
	tg_field_put_str(out, F_EXPIRY, q->access.expiry);
	tg_field_put(out, F_CHALLENGE, q->challenge, sizeof q->challenge);
}

static bool take_text(char *out, size_t cap, struct tg_bytes v)
{
	if (v.len >= cap || memchr(v.data, 0, v.len))
		return false;
	memcpy(out, v.data, v.len);
	out[v.len] = 0;
	return true;
}

static bool take_u32(uint32_t *out, struct tg_bytes v)
{
	struct tg_reader r;
	tg_reader_init(&r, v.data, v.len);
	*out = tg_read_u32(&r);
	return tg_reader_done(&r);
}

static bool take_flag(bool *out, struct tg_bytes v)
{
	uint32_t value;
	if (!take_u32(&value, v) || value > 1)
		return false;
	*out = value;
	return true;
}

static bool take_request_field(struct tg_chip_request *q, uint16_t tag, struct tg_bytes v)
{
	switch (tag) {
	case F_READER:
		return take_text(q->reader, sizeof q->reader, v);
	case F_CAN:
		return take_flag(&q->access.can, v);
	case F_NUMBER:
		return take_text(q->access.number, sizeof q->access.number, v);
	case F_BIRTH:
		return take_text(q->access.birth, sizeof q->access.birth, v);
	case F_EXPIRY:
		return take_text(q->access.expiry, sizeof q->access.expiry, v);
	case F_CHALLENGE:
		if (v.len != sizeof q->challenge)
			return false;
		memcpy(q->challenge, v.data, v.len);
		return true;
	default: /* the others belong to results */
		return false;
	}
}

/* Every field of `want` once, none twice, no other. */
static bool once(uint32_t *seen, uint16_t tag)
{
	if (tag == 0 || tag > F_RESPONSE || *seen & 1u << tag)
		return false;
	*seen |= 1u << tag;
	return true;
}

bool tg_chip_request_decode(struct tg_chip_request *q, const struct tg_buf *body)
{
	struct tg_reader r;
	struct tg_bytes v;
	uint16_t tag;
	uint32_t seen = 0;
	*q = (struct tg_chip_request){0};
	tg_reader_init(&r, body->data, body->len);
	while (tg_field_next(&r, &tag, &v))
		if (!once(&seen, tag) || !take_request_field(q, tag, v))
			return false;
	return !r.failed && seen == ((1u << (F_CHALLENGE + 1)) - 2);
}

static void put_buf(struct tg_buf *out, uint16_t tag, const struct tg_buf *b)
{
	tg_field_put(out, tag, b->data, b->len);
}

void tg_chip_result_encode(
        enum tg_status status, const struct tg_error *err, const struct tg_mrtd_raw *raw, struct tg_buf *out)
{
	tg_field_put_u32(out, F_STATUS, (uint32_t)status);
	tg_field_put_str(out, F_DETAIL, status == TG_OK ? "" : err->detail);
	tg_field_put_u32(out, F_APDUS, raw->apdus);
	if (status != TG_OK)
		return;
	tg_field_put_u32(out, F_PACE, raw->pace);
	tg_field_put_u32(out, F_CHIP, raw->chip_authenticated);
	put_buf(out, F_COM, &raw->com);
	put_buf(out, F_DG1, &raw->dg1);
	put_buf(out, F_DG14, &raw->dg14);
	put_buf(out, F_DG15, &raw->dg15);
	put_buf(out, F_SOD, &raw->sod);
	put_buf(out, F_RESPONSE, &raw->response);
}

/* What a reading can end with; anything else is not the child's to say. */
static bool status_allowed(uint32_t value)
{
	static const enum tg_status allowed[] = {TG_OK, TG_NO_MEMORY, TG_IO, TG_INVALID, TG_READER_GONE,
	        TG_READER_SERVICE, TG_CARD_NONE, TG_CARD_PULLED, TG_CARD_BROKEN, TG_CARD_MUTE, TG_DOC_ACCESS,
	        TG_DOC_NONE, TG_DOC_READ};
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
		if ((uint32_t)allowed[i] == value)
			return true;
	return false;
}

static bool take_buf(struct tg_buf *out, struct tg_bytes v)
{
	if (v.len > TG_FILE_MAX)
		return false;
	tg_buf_add(out, v.data, v.len);
	return !out->failed;
}

static bool take_status(enum tg_status *status, struct tg_bytes v)
{
	uint32_t value;
	if (!take_u32(&value, v) || !status_allowed(value))
		return false;
	*status = (enum tg_status)value;
	return true;
}

static bool take_result_field(
        uint16_t tag, struct tg_bytes v, enum tg_status *status, struct tg_mrtd_raw *raw, struct tg_error *err)
{
	switch (tag) {
	case F_STATUS:
		return take_status(status, v);
	case F_DETAIL:
		tg_text_clean(err->detail, sizeof err->detail, (const char *)v.data, v.len, 200);
		return true;
	case F_APDUS: {
		uint32_t value = 0;
		bool ok = take_u32(&value, v);
		raw->apdus = value;
		return ok;
	}
	case F_PACE:
		return take_flag(&raw->pace, v);
	case F_CHIP:
		return take_flag(&raw->chip_authenticated, v);
	case F_COM:
		return take_buf(&raw->com, v);
	case F_DG1:
		return take_buf(&raw->dg1, v);
	case F_DG14:
		return take_buf(&raw->dg14, v);
	case F_DG15:
		return take_buf(&raw->dg15, v);
	case F_SOD:
		return take_buf(&raw->sod, v);
	case F_RESPONSE:
		return take_buf(&raw->response, v);
	default: /* the others belong to requests */
		return false;
	}
}

#define BIT(f)       (1u << (f))
#define ALWAYS       (BIT(F_STATUS) | BIT(F_DETAIL) | BIT(F_APDUS))
#define WITH_SUCCESS (BIT(F_RESPONSE + 1) - BIT(F_STATUS))

bool tg_chip_result_decode(
        const struct tg_buf *body, enum tg_status *status, struct tg_mrtd_raw *raw, struct tg_error *err)
{
	struct tg_reader r;
	struct tg_bytes v;
	uint16_t tag;
	uint32_t seen = 0;
	struct tg_error ignored;
	struct tg_error *words = err ? err : &ignored;
	bool ok = true;
	*status = TG_TOKEN_LOST;
	*raw = (struct tg_mrtd_raw){0};
	*words = (struct tg_error){0};
	tg_reader_init(&r, body->data, body->len);
	while (ok && tg_field_next(&r, &tag, &v))
		ok = once(&seen, tag) && take_result_field(tag, v, status, raw, words);
	ok = ok && !r.failed && seen == (*status == TG_OK ? WITH_SUCCESS : ALWAYS) &&
	     (*status != TG_OK || raw->dg1.len > 0);
	words->status = *status;
	if (!ok || *status != TG_OK) {
		unsigned apdus = raw->apdus;
		tg_mrtd_raw_finish(raw);
		raw->apdus = apdus;
	}
	return ok;
}
