#include "apdu.h"
#include "ber.h"

#define ANSWER_MAX   65538u
#define FETCHES_MAX  300 /* pieces of 256 bytes: 64 KB and no endless chip */
#define GET_RESPONSE 0xC0

void tg_apdu_build(const struct tg_apdu *a, struct tg_buf *out)
{
	const uint8_t head[4] = {a->cla, a->ins, a->p1, a->p2};
	bool extended = a->data.len > 255 || a->le > TG_LE_SHORT;
	if (a->data.len > 65535 || a->le > TG_LE_EXTENDED)
		out->failed = true;
	tg_buf_add(out, head, sizeof head);
	if (extended)
		tg_buf_add_u8(out, 0);
	if (a->data.len && extended)
		tg_buf_add_u16(out, (uint16_t)a->data.len);
	else if (a->data.len)
		tg_buf_add_u8(out, (uint8_t)a->data.len);
	tg_buf_add(out, a->data.data, a->data.len);
	if (a->le && extended)
		tg_buf_add_u16(out, (uint16_t)a->le);
	else if (a->le)
		tg_buf_add_u8(out, (uint8_t)a->le);
}

/* One command and the status word split off; the data are appended. */
static enum tg_status once(const struct tg_apdu_port *port, struct tg_bytes command, struct tg_buf *data, uint16_t *sw,
        unsigned *count, struct tg_error *err)
{
	struct tg_buf raw = TG_BUF_INIT;
	if (count)
		++*count;
	enum tg_status status = port->transmit(port->ctx, command, &raw, err);
	if (status == TG_OK && tg_buf_status(&raw) != TG_OK)
		status = tg_error_set(err, TG_NO_MEMORY, "no memory for an answer of the chip");
	if (status == TG_OK && (raw.len < 2 || raw.len > ANSWER_MAX))
		status = tg_error_set(err, TG_DOC_READ, "the chip answers %zu bytes", raw.len);
	if (status == TG_OK) {
		*sw = (uint16_t)(raw.data[raw.len - 2] << 8 | raw.data[raw.len - 1]);
		tg_buf_add(data, raw.data, raw.len - 2);
	}
	tg_buf_wipe(&raw);
	return status;
}

static enum tg_status fetch_rest(const struct tg_apdu_port *port, uint8_t cla, struct tg_buf *answer, uint16_t *sw,
        unsigned *count, struct tg_error *err)
{
	for (int i = 0; (*sw & 0xFF00) == 0x6100; i++) {
		if (i == FETCHES_MAX || answer->len > ANSWER_MAX)
			return tg_error_set(err, TG_DOC_READ, "the chip's answer has no end");
		const uint8_t get[5] = {(uint8_t)(cla & 0x03), GET_RESPONSE, 0, 0, (uint8_t)(*sw & 0xFF)};
		TG_TRY(once(port, (struct tg_bytes){get, sizeof get}, answer, sw, count, err));
	}
	return TG_OK;
}

enum tg_status tg_apdu_exchange(const struct tg_apdu_port *port, struct tg_bytes command, struct tg_buf *answer,
        uint16_t *sw, unsigned *count, struct tg_error *err)
{
	tg_buf_reset(answer);
	TG_BUG_IF(command.len < 4);
	TG_TRY(once(port, command, answer, sw, count, err));
	/* Only a short command without data can be repeated with the length the chip wants: its last byte is the Le. */
	if ((*sw & 0xFF00) == 0x6C00 && command.len == 5) {
		uint8_t again[5];
		memcpy(again, command.data, 4);
		again[4] = (uint8_t)(*sw & 0xFF);
		tg_buf_reset(answer);
		TG_TRY(once(port, (struct tg_bytes){again, sizeof again}, answer, sw, count, err));
	}
	TG_TRY(fetch_rest(port, command.data[0], answer, sw, count, err));
	return tg_buf_status(answer);
}
