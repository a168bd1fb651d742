#include "wire.h"
#include "tamga/frame.h"
#include "tamga/text.h"

#define BIT(f) (1u << (f))
#define KEY    (BIT(TG_F_KEY_ID) | BIT(TG_F_LABEL))

static const struct {
	size_t max;
	bool text;
} fields[TG_F_COUNT] = {
        [TG_F_READER] = {127, true},
        [TG_F_ATR] = {33, false},
        [TG_F_SERIAL] = {63, true},
        [TG_F_PIN] = {TG_SECRET_MAX, false},
        [TG_F_KEY_ID] = {TG_KEY_ID_MAX, false},
        [TG_F_LABEL] = {64, true},
        [TG_F_ALGORITHM] = {32, true},
        [TG_F_SPKI] = {4096, false},
        [TG_F_SUBJECT] = {8192, false},
        [TG_F_EXTENSIONS] = {16384, false},
        [TG_F_REG_INFO] = {4096, true},
        [TG_F_CERTIFICATE] = {65536, false},
        [TG_F_NEW_PIN] = {TG_SECRET_MAX, false},
        [TG_F_MESSAGE] = {65536, false},
        [TG_F_HASH] = {64, false},
};

static const struct {
	unsigned must, may;
} operations[TG_OP_END] = {
        [TG_OP_INSPECT] = {0, BIT(TG_F_READER) | BIT(TG_F_ATR)},
        [TG_OP_LOGIN] = {BIT(TG_F_SERIAL), BIT(TG_F_PIN)}, /* no PIN: the reader has a pad */
        [TG_OP_LOGOUT] = {0, 0},
        [TG_OP_GENERATE] = {KEY | BIT(TG_F_ALGORITHM), 0},
        [TG_OP_FIND] = {KEY, 0},
        [TG_OP_REQUEST] = {KEY | BIT(TG_F_SPKI) | BIT(TG_F_SUBJECT), BIT(TG_F_EXTENSIONS) | BIT(TG_F_REG_INFO)},
        [TG_OP_WRITE] = {KEY | BIT(TG_F_CERTIFICATE), 0},
        [TG_OP_PROVE] = {KEY | BIT(TG_F_CERTIFICATE), 0},
        [TG_OP_REMOVE] = {KEY, 0},
        [TG_OP_SWEEP] = {0, 0},
        [TG_OP_SIGN] = {KEY | BIT(TG_F_MESSAGE), 0},
        [TG_OP_SIGN_HASH] = {KEY | BIT(TG_F_HASH), 0},
        [TG_OP_CERTIFICATES] = {0, 0},
        [TG_OP_CHANGE_PIN] = {BIT(TG_F_SERIAL), BIT(TG_F_PIN) | BIT(TG_F_NEW_PIN)},
        [TG_OP_UNBLOCK] = {BIT(TG_F_SERIAL), BIT(TG_F_PIN) | BIT(TG_F_NEW_PIN)},
};

static bool field_fits(uint16_t tag, struct tg_bytes value)
{
	if (value.len > fields[tag].max)
		return false;
	if (!fields[tag].text)
		return true;
	return (!value.len || !memchr(value.data, 0, value.len)) && tg_utf8_valid((const char *)value.data, value.len);
}

enum tg_status tg_token_request_parse(struct tg_token_request *out, uint16_t kind, const void *body, size_t n)
{
	*out = (struct tg_token_request){0};
	if (kind < TG_OP_INSPECT || kind >= TG_OP_END)
		return TG_TOKEN_PROTOCOL;
	out->op = (enum tg_token_op)kind;
	struct tg_reader r;
	tg_reader_init(&r, body, n);
	uint16_t tag;
	struct tg_bytes value;
	unsigned seen = 0;
	while (tg_field_next(&r, &tag, &value)) {
		if (tag >= TG_F_COUNT || seen & BIT(tag) || !field_fits(tag, value))
			return TG_TOKEN_PROTOCOL;
		seen |= BIT(tag);
		out->field[tag] = value;
	}
	unsigned must = operations[kind].must, may = operations[kind].may;
	if (!tg_reader_done(&r) || (seen & must) != must || seen & ~(must | may))
		return TG_TOKEN_PROTOCOL;
	if (must & BIT(TG_F_KEY_ID) && !out->field[TG_F_KEY_ID].len)
		return TG_TOKEN_PROTOCOL; /* an empty CKA_ID would match every object without one */
	return TG_OK;
}

void tg_token_request_build(const struct tg_token_request *r, struct tg_buf *body)
{
	for (unsigned f = 0; f < TG_F_COUNT; f++)
		if (r->field[f].data)
			tg_field_put(body, (uint16_t)f, r->field[f].data, r->field[f].len);
}

enum answer_field { A_STATUS, A_DETAIL, A_INFO, A_RESULT, A_COUNT };

/* Flags of an info, in the order of the struct. */
enum {
	I_INITIALISED = 1,
	I_TRIES_LOW = 2,
	I_FINAL_TRY = 4,
	I_LOCKED = 8,
	I_TO_BE_CHANGED = 16,
	I_PIN_PAD = 32,
	I_ALL = 63,
};
#define NO_TRIES_TOLD 0xFF

static void put_text(struct tg_buf *b, const char *s)
{
	size_t n = strlen(s);
	tg_buf_add_u8(b, (uint8_t)n);
	tg_buf_add(b, s, n);
}

static void put_info(struct tg_buf *body, const struct tg_token_info *i)
{
	struct tg_buf b = TG_BUF_INIT;
	put_text(&b, i->carrier);
	put_text(&b, i->reader);
	put_text(&b, i->label);
	put_text(&b, i->serial);
	put_text(&b, i->model);
	put_text(&b, i->version);
	tg_buf_add_u8(&b, (uint8_t)((i->initialised ? I_INITIALISED : 0) | (i->tries_low ? I_TRIES_LOW : 0) |
	                            (i->final_try ? I_FINAL_TRY : 0) | (i->locked ? I_LOCKED : 0) |
	                            (i->pin_to_be_changed ? I_TO_BE_CHANGED : 0) | (i->pin_pad ? I_PIN_PAD : 0)));
	tg_buf_add_u8(&b, i->tries_left < 0 || i->tries_left >= NO_TRIES_TOLD ? NO_TRIES_TOLD : (uint8_t)i->tries_left);
	tg_buf_add_u32(&b, i->n_keys);
	tg_buf_add_u32(&b, i->n_certificates);
	tg_field_put(body, A_INFO, b.data, b.len);
	body->failed |= b.failed;
	tg_buf_finish(&b);
}

void tg_token_answer_build(const struct tg_token_answer *a, struct tg_buf *body)
{
	tg_field_put_u32(body, A_STATUS, (uint32_t)a->status);
	if (a->detail[0])
		tg_field_put_str(body, A_DETAIL, a->detail);
	if (a->has_info)
		put_info(body, &a->info);
	if (a->result.data)
		tg_field_put(body, A_RESULT, a->result.data, a->result.len);
}

static bool known_status(uint32_t code, enum tg_status *out)
{
	enum tg_status s;
	for (size_t i = 0; tg_status_each(i, &s); i++) {
		if ((uint32_t)s == code) {
			*out = s;
			return true;
		}
	}
	return false;
}

static void take_text(struct tg_reader *r, char *dst, size_t cap)
{
	struct tg_bytes s = tg_read_bytes(r, tg_read_u8(r));
	if (s.len >= cap)
		r->failed = true;
	if (!r->failed)
		tg_text_clean(dst, cap, (const char *)s.data, s.len, (int)cap - 1);
}

static bool take_info(struct tg_bytes value, struct tg_token_info *i)
{
	struct tg_reader r;
	tg_reader_init(&r, value.data, value.len);
	take_text(&r, i->carrier, sizeof i->carrier);
	take_text(&r, i->reader, sizeof i->reader);
	take_text(&r, i->label, sizeof i->label);
	take_text(&r, i->serial, sizeof i->serial);
	take_text(&r, i->model, sizeof i->model);
	take_text(&r, i->version, sizeof i->version);
	uint8_t flags = tg_read_u8(&r), tries = tg_read_u8(&r);
	i->initialised = flags & I_INITIALISED;
	i->tries_low = flags & I_TRIES_LOW;
	i->final_try = flags & I_FINAL_TRY;
	i->locked = flags & I_LOCKED;
	i->pin_to_be_changed = flags & I_TO_BE_CHANGED;
	i->pin_pad = flags & I_PIN_PAD;
	i->tries_left = tries == NO_TRIES_TOLD ? -1 : tries;
	i->n_keys = tg_read_u32(&r);
	i->n_certificates = tg_read_u32(&r);
	return tg_reader_done(&r) && !(flags & ~I_ALL);
}

static bool take_field(struct tg_token_answer *out, uint16_t tag, struct tg_bytes value)
{
	switch ((enum answer_field)tag) {
	case A_STATUS:
		return value.len == 4 && known_status((uint32_t)value.data[0] << 24 | (uint32_t)value.data[1] << 16 |
		                                              (uint32_t)value.data[2] << 8 | value.data[3],
		                                 &out->status);
	case A_DETAIL:
		if (value.len >= sizeof out->detail)
			return false;
		tg_text_clean(out->detail, sizeof out->detail, (const char *)value.data, value.len,
		        (int)sizeof out->detail - 1);
		return true;
	case A_INFO:
		out->has_info = true;
		return take_info(value, &out->info);
	case A_RESULT:
		out->result = value;
		return true;
	case A_COUNT:
	default:
		return false;
	}
}

enum tg_status tg_token_answer_parse(
        struct tg_token_answer *out, uint16_t kind, enum tg_token_op asked, const void *body, size_t n)
{
	*out = (struct tg_token_answer){0};
	if (kind != ((unsigned)asked | TG_OP_ANSWER))
		return TG_TOKEN_PROTOCOL;
	struct tg_reader r;
	tg_reader_init(&r, body, n);
	uint16_t tag;
	struct tg_bytes value;
	unsigned seen = 0;
	while (tg_field_next(&r, &tag, &value)) {
		if (tag >= A_COUNT || seen & BIT(tag) || !take_field(out, tag, value))
			return TG_TOKEN_PROTOCOL;
		seen |= BIT(tag);
	}
	return tg_reader_done(&r) && seen & BIT(A_STATUS) ? TG_OK : TG_TOKEN_PROTOCOL;
}

enum { S_ALGORITHM, S_SIGNATURE };

void tg_token_signature_put(struct tg_buf *result, struct tg_bytes algorithm, struct tg_bytes signature)
{
	tg_field_put(result, S_ALGORITHM, algorithm.data, algorithm.len);
	tg_field_put(result, S_SIGNATURE, signature.data, signature.len);
}

enum tg_status tg_token_signature_take(struct tg_bytes result, struct tg_bytes *algorithm, struct tg_bytes *signature)
{
	struct tg_reader r;
	uint16_t first = 0, second = 0;
	tg_reader_init(&r, result.data, result.len);
	bool both = tg_field_next(&r, &first, algorithm) && tg_field_next(&r, &second, signature);
	return both && tg_reader_done(&r) && first == S_ALGORITHM && second == S_SIGNATURE && algorithm->len &&
	                       signature->len
	               ? TG_OK
	               : TG_TOKEN_PROTOCOL;
}

void tg_token_certificate_put(struct tg_buf *result, const struct tg_token_certificate *c)
{
	tg_buf_add_u8(result, c->has_key);
	tg_buf_add_u8(result, (uint8_t)c->id_len);
	tg_buf_add(result, c->id, c->id_len);
	put_text(result, c->label);
	tg_buf_add_u32(result, (uint32_t)c->der.len);
	tg_buf_add(result, c->der.data, c->der.len);
}

bool tg_token_certificate_next(struct tg_reader *r, struct tg_token_certificate *out)
{
	*out = (struct tg_token_certificate){0};
	if (r->p == r->end)
		return false;
	uint8_t has_key = tg_read_u8(r);
	struct tg_bytes id = tg_read_bytes(r, tg_read_u8(r));
	if (has_key > 1 || id.len > sizeof out->id)
		r->failed = true;
	take_text(r, out->label, sizeof out->label);
	out->der = tg_read_bytes(r, tg_read_u32(r));
	if (r->failed || !out->der.len)
		return r->failed = true, false;
	out->has_key = has_key;
	out->id_len = id.len;
	if (id.len)
		memcpy(out->id, id.data, id.len);
	return true;
}
