#include "chip.h"
#include "ber.h"

#define INS_SELECT      0xA4
#define INS_READ_BINARY 0xB0
#define PIECE_MAX       223u /* what fits into a protected short answer of 256 bytes with either cipher */
#define PIECE_MIN       16u
#define HEAD_BYTES      4u /* tag and length of any file below 64 KB */

static const uint8_t application[] = {0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01}; /* 9303-10, 3.6 */

void tg_chip_init(struct tg_chip *c, const struct tg_apdu_port *port)
{
	*c = (struct tg_chip){.port = port, .piece = PIECE_MAX};
}

void tg_chip_finish(struct tg_chip *c)
{
	tg_secmsg_wipe(&c->sm);
}

enum tg_status tg_chip_send(
        struct tg_chip *c, const struct tg_apdu *plain, struct tg_buf *data, uint16_t *sw, struct tg_error *err)
{
	struct tg_buf command = TG_BUF_INIT, answer = TG_BUF_INIT;
	enum tg_status status = TG_OK;
	tg_buf_reset(data);
	if (c->sm.on)
		status = tg_secmsg_wrap(&c->sm, plain, &command, err);
	else
		tg_apdu_build(plain, &command);
	if (status == TG_OK && tg_buf_status(&command) != TG_OK)
		status = tg_error_set(err, TG_NO_MEMORY, "no memory for a command");
	if (status == TG_OK)
		status = tg_apdu_exchange(
		        c->port, tg_buf_bytes(&command), c->sm.on ? &answer : data, sw, &c->apdus, err);
	if (status == TG_OK && c->sm.on)
		status = tg_secmsg_unwrap(&c->sm, tg_buf_bytes(&answer), *sw, data, sw, err);
	tg_buf_wipe(&command);
	tg_buf_wipe(&answer);
	return status;
}

static enum tg_status select_by(struct tg_chip *c, uint8_t p1, struct tg_bytes name, uint16_t *sw, struct tg_error *err)
{
	struct tg_buf none = TG_BUF_INIT;
	const struct tg_apdu select = {0x00, INS_SELECT, p1, 0x0C, name, 0};
	enum tg_status status = tg_chip_send(c, &select, &none, sw, err);
	tg_buf_finish(&none);
	return status;
}

enum tg_status tg_chip_select_application(struct tg_chip *c, uint16_t *sw, struct tg_error *err)
{
	return select_by(c, 0x04, (struct tg_bytes){application, sizeof application}, sw, err);
}

enum tg_status tg_chip_select_master(struct tg_chip *c, uint16_t *sw, struct tg_error *err)
{
	static const uint8_t master[] = {0x3F, 0x00};
	return select_by(c, 0x00, (struct tg_bytes){master, sizeof master}, sw, err);
}

static enum tg_status select_file(struct tg_chip *c, uint16_t fid, struct tg_error *err)
{
	const uint8_t name[] = {(uint8_t)(fid >> 8), (uint8_t)fid};
	uint16_t sw = 0;
	TG_TRY(select_by(c, 0x02, (struct tg_bytes){name, sizeof name}, &sw, err));
	return sw == TG_SW_OK ? TG_OK : tg_error_set(err, TG_NOT_FOUND, "file %04X: %04X", fid, sw);
}

/* The chip wants shorter answers: 6700 wrong length, 6Cxx how long. False when they cannot be made shorter. */
static bool shorten(struct tg_chip *c, uint16_t sw)
{
	unsigned told = sw & 0xFF;
	if (sw != 0x6700 && (sw & 0xFF00) != 0x6C00)
		return false;
	unsigned next = sw != 0x6700 && told && told < c->piece ? told : c->piece / 2;
	if (next < PIECE_MIN)
		next = PIECE_MIN;
	if (next >= c->piece)
		return false;
	c->piece = next;
	return true;
}

/* One READ BINARY: at most `want` bytes, at least one. */
static enum tg_status read_piece(struct tg_chip *c, size_t at, size_t want, struct tg_buf *piece, struct tg_error *err)
{
	for (;;) {
		uint16_t sw = 0;
		unsigned le = want < c->piece ? (unsigned)want : c->piece;
		const struct tg_apdu read = {0x00, INS_READ_BINARY, (uint8_t)(at >> 8), (uint8_t)at, {NULL, 0}, le};
		TG_TRY(tg_chip_send(c, &read, piece, &sw, err));
		if ((sw == TG_SW_OK || sw == TG_SW_END_OF_FILE) && piece->len > 0 && piece->len <= want)
			return TG_OK;
		if (le < c->piece || !shorten(c, sw))
			return tg_error_set(
			        err, TG_DOC_READ, "at %zu of a file: %04X with %zu bytes", at, sw, piece->len);
	}
}

static enum tg_status read_rest(struct tg_chip *c, size_t total, struct tg_buf *out, struct tg_error *err)
{
	struct tg_buf piece = TG_BUF_INIT;
	enum tg_status status = TG_OK;
	while (out->len < total && status == TG_OK) {
		status = read_piece(c, out->len, total - out->len, &piece, err);
		if (status == TG_OK)
			tg_buf_add(out, piece.data, piece.len);
		if (out->failed)
			status = tg_error_set(err, TG_NO_MEMORY, "no memory for a file of the chip");
	}
	tg_buf_wipe(&piece);
	return status;
}

enum tg_status tg_chip_peek_file(struct tg_chip *c, uint16_t fid, struct tg_buf *head, struct tg_error *err)
{
	tg_buf_reset(head);
	TG_TRY(select_file(c, fid, err));
	return read_rest(c, HEAD_BYTES, head, err);
}

enum tg_status tg_chip_read_file(
        struct tg_chip *c, uint16_t fid, uint32_t tag, struct tg_buf *out, struct tg_error *err)
{
	uint32_t found = 0;
	size_t total = 0;
	TG_TRY(tg_chip_peek_file(c, fid, out, err));
	if (!tg_ber_measure(tg_buf_bytes(out), &found, &total) || (tag && found != tag))
		return tg_error_set(err, TG_DOC_READ, "file %04X does not begin as it should", fid);
	if (total > TG_FILE_MAX || total < HEAD_BYTES)
		return tg_error_set(err, TG_DOC_READ, "file %04X says it is %zu bytes long", fid, total);
	return read_rest(c, total, out, err);
}
