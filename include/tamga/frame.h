/* Layer: base. Messages on a local stream socket: 4 bytes length (big-endian, of what follows), 2 bytes kind, body.
 * Used between kiosk and token child and between kiosk and agent. Bodies are built with tg_buf, read with tg_reader. */
#ifndef TAMGA_FRAME_H
#define TAMGA_FRAME_H

#include "tamga/buf.h"

#define TG_FRAME_MAX (256u * 1024u)

/* Sends one frame; waits at most `timeout_ms` for room. TG_TIMEOUT, TG_IO (peer gone), TG_LIMIT. */
enum tg_status tg_frame_send(int fd, uint16_t kind, const void *body, size_t n, int timeout_ms) TG_MUST_USE;
/* Receives one frame into `body` (reset first). TG_TIMEOUT, TG_IO (peer gone or reset), TG_LIMIT (a length above
 * TG_FRAME_MAX, or below 2: the stream is of no use afterwards). */
enum tg_status tg_frame_recv(int fd, uint16_t *kind, struct tg_buf *body, int timeout_ms) TG_MUST_USE;
/* The same for a frame that may hold a PIN: the bytes go nowhere but into `body`, which the caller wipes. */

/* Length-prefixed fields inside a body: 2 bytes tag, 4 bytes length, bytes. */
void tg_field_put(struct tg_buf *b, uint16_t tag, const void *bytes, size_t n);
void tg_field_put_str(struct tg_buf *b, uint16_t tag, const char *s);
void tg_field_put_u32(struct tg_buf *b, uint16_t tag, uint32_t v);
/* False at the end or when what is left is malformed (then r->failed). */
bool tg_field_next(struct tg_reader *r, uint16_t *tag, struct tg_bytes *value);

#endif
