/* Entries and acknowledgements as bytes between kiosk and centre.
 *
 * entry: u16 len ‖ kiosk ‖ u64 seq ‖ i64 time ‖ u16 len ‖ kind ‖ u32 version ‖ salt ‖ body_hash ‖ prev_hash ‖ hash ‖
 *        u8 (0: the body was erased, 1: body, 2: what is kept of an erased one) ‖ [u32 len ‖ text]
 * ack:   the signed bytes of record.h ‖ u16 len ‖ signature */
#include "parts.h"

#define ACK_LABEL "tamga-ack-2"
#define TIME_MAX  ((uint64_t)INT64_MAX / 4) /* differences of differences fit */

enum { NOTHING, BODY, KEPT };

void tg_entry_encode(const struct tg_entry *e, struct tg_buf *out)
{
	tg_entry_put_head(out, e);
	tg_buf_add(out, e->salt, TG_SALT_LEN);
	tg_buf_add(out, e->body_hash, TG_HASH_LEN);
	tg_buf_add(out, e->prev_hash, TG_HASH_LEN);
	tg_buf_add(out, e->hash, TG_HASH_LEN);
	const char *text = e->body ? e->body : e->kept;
	size_t len = e->body ? e->body_len : e->kept_len;
	tg_buf_add_u8(out, e->body ? BODY : e->kept ? KEPT : NOTHING);
	if (text) {
		tg_buf_add_u32(out, (uint32_t)len);
		tg_buf_add(out, text, len);
	}
}

static void get_fixed(struct tg_reader *r, uint8_t *out, size_t n)
{
	struct tg_bytes b = tg_read_bytes(r, n);
	if (!r->failed)
		memcpy(out, b.data, n);
}

/* A text of 1 … cap-1 of the allowed characters; anything else fails the reader. */
static void get_text(struct tg_reader *r, char *out, size_t cap, const char *allowed)
{
	size_t n = tg_read_u16(r);
	struct tg_bytes b = {NULL, 0};
	out[0] = '\0';
	if (n == 0 || n >= cap)
		r->failed = true;
	else
		b = tg_read_bytes(r, n);
	if (r->failed)
		return;
	memcpy(out, b.data, n);
	out[n] = '\0';
	if (strspn(out, allowed) != n) {
		r->failed = true;
		out[0] = '\0';
	}
}

int64_t tg_read_time(struct tg_reader *r)
{
	uint64_t ms = tg_read_u64(r);
	if (ms > TIME_MAX)
		r->failed = true;
	return r->failed ? 0 : (int64_t)ms;
}

static void get_body(struct tg_reader *r, struct tg_entry *e)
{
	uint8_t there = tg_read_u8(r);
	if (there > KEPT)
		r->failed = true;
	if (r->failed || there == NOTHING)
		return;
	uint32_t n = tg_read_u32(r);
	if (n > TG_BODY_MAX)
		r->failed = true;
	struct tg_bytes b = {NULL, 0};
	if (!r->failed)
		b = tg_read_bytes(r, n);
	if (r->failed)
		return;
	const char *text = n > 0 ? (const char *)b.data : "";
	if (there == BODY) {
		e->body = text;
		e->body_len = n;
	} else {
		e->kept = text;
		e->kept_len = n;
	}
}

#define KIND_CHARS "abcdefghijklmnopqrstuvwxyz0123456789.-"

enum tg_status tg_entry_decode(struct tg_reader *r, struct tg_entry *e)
{
	*e = (struct tg_entry){0};
	get_text(r, e->kiosk, sizeof(e->kiosk), TG_KIOSK_CHARS);
	e->seq = tg_read_u64(r);
	e->time_ms = tg_read_time(r);
	get_text(r, e->kind, sizeof(e->kind), KIND_CHARS);
	e->version = tg_read_u32(r);
	get_fixed(r, e->salt, TG_SALT_LEN);
	get_fixed(r, e->body_hash, TG_HASH_LEN);
	get_fixed(r, e->prev_hash, TG_HASH_LEN);
	get_fixed(r, e->hash, TG_HASH_LEN);
	get_body(r, e);
	/* The upper half of the numbers does not fit the database's signed ones. */
	if (r->failed || e->seq == 0 || e->seq > INT64_MAX) {
		r->failed = true;
		return TG_INVALID;
	}
	return TG_OK;
}

void tg_ack_signed_bytes(const struct tg_ack *a, struct tg_buf *out)
{
	tg_buf_add(out, ACK_LABEL, sizeof(ACK_LABEL));
	tg_record_put_text(out, a->kiosk);
	tg_buf_add_u64(out, a->seq);
	tg_buf_add(out, a->hash, TG_HASH_LEN);
	tg_buf_add_u64(out, (uint64_t)a->centre_time_ms);
	tg_buf_add(out, a->tree.epoch, TG_EPOCH_LEN);
	tg_buf_add_u64(out, a->tree.size);
	tg_buf_add(out, a->tree.root, TG_HASH_LEN);
}

void tg_head_signed_bytes(const char *kiosk, uint64_t seq, const uint8_t hash[TG_HASH_LEN], struct tg_buf *out)
{
	static const char label[] = "tamga-head-1";
	tg_buf_add(out, label, sizeof(label));
	tg_record_put_text(out, kiosk);
	tg_buf_add_u64(out, seq);
	tg_buf_add(out, hash, TG_HASH_LEN);
}

void tg_ack_encode(const struct tg_ack *a, struct tg_buf *out)
{
	tg_ack_signed_bytes(a, out);
	tg_buf_add_u16(out, (uint16_t)a->signature_len);
	tg_buf_add(out, a->signature, a->signature_len);
}

enum tg_status tg_ack_decode(struct tg_reader *r, struct tg_ack *a)
{
	*a = (struct tg_ack){0};
	struct tg_bytes label = tg_read_bytes(r, sizeof(ACK_LABEL));
	if (r->failed || memcmp(label.data, ACK_LABEL, sizeof(ACK_LABEL)) != 0)
		r->failed = true;
	get_text(r, a->kiosk, sizeof(a->kiosk), TG_KIOSK_CHARS);
	a->seq = tg_read_u64(r);
	get_fixed(r, a->hash, TG_HASH_LEN);
	a->centre_time_ms = tg_read_time(r);
	get_fixed(r, a->tree.epoch, TG_EPOCH_LEN);
	a->tree.size = tg_read_u64(r);
	get_fixed(r, a->tree.root, TG_HASH_LEN);
	a->signature_len = tg_read_u16(r);
	if (a->signature_len > sizeof(a->signature))
		r->failed = true;
	else
		get_fixed(r, a->signature, a->signature_len);
	if (!r->failed && a->seq <= INT64_MAX && a->tree.size <= INT64_MAX)
		return TG_OK;
	r->failed = true;
	a->signature_len = 0;
	return TG_INVALID;
}
