/* Layer: base. A growable byte buffer: the one way to build bytes and text of unknown length.
 * `data` is always followed by a NUL that `len` does not count, so text can be handed to C functions.
 * A failed allocation sets `failed`; further appends do nothing, and the builder checks once at the end. */
#ifndef TAMGA_BUF_H
#define TAMGA_BUF_H

#include "tamga/status.h"
#include <stdbool.h>
#include <stdint.h>

struct tg_buf {
	uint8_t *data; /* owned; NULL while empty */
	size_t len, cap;
	bool failed;
};

#define TG_BUF_INIT                                                                                                    \
	{                                                                                                              \
		0                                                                                                      \
	}

void tg_buf_finish(struct tg_buf *b); /* frees; the buffer is empty and usable afterwards */
void tg_buf_wipe(struct tg_buf *b);   /* zeroes the bytes, then frees */
void tg_buf_reset(struct tg_buf *b);  /* len = 0, keeps the memory */
void tg_buf_add(struct tg_buf *b, const void *bytes, size_t n);
void tg_buf_add_str(struct tg_buf *b, const char *s);
void tg_buf_addf(struct tg_buf *b, const char *fmt, ...) TG_PRINTF(2, 3);
void tg_buf_add_u8(struct tg_buf *b, uint8_t v);
void tg_buf_add_u16(struct tg_buf *b, uint16_t v); /* big-endian, as all numbers on our wires */
void tg_buf_add_u32(struct tg_buf *b, uint32_t v);
void tg_buf_add_u64(struct tg_buf *b, uint64_t v);
const char *tg_buf_str(const struct tg_buf *b);                   /* never NULL */
enum tg_status tg_buf_status(const struct tg_buf *b) TG_MUST_USE; /* TG_OK or TG_NO_MEMORY */

/* A borrowed slice of bytes and a reader that cannot run past its end: a short read sets `failed`, returns 0. */
struct tg_bytes {
	const uint8_t *data;
	size_t len;
};
struct tg_reader {
	const uint8_t *p, *end;
	bool failed;
};
void tg_reader_init(struct tg_reader *r, const void *data, size_t len);
uint8_t tg_read_u8(struct tg_reader *r);
uint16_t tg_read_u16(struct tg_reader *r);
uint32_t tg_read_u32(struct tg_reader *r);
uint64_t tg_read_u64(struct tg_reader *r);
struct tg_bytes tg_read_bytes(struct tg_reader *r, size_t n);
/* Everything was read and nothing was short. */
bool tg_reader_done(const struct tg_reader *r);

/* Lower-case hex. `out` holds 2*n+1 bytes. */
void tg_hex(const void *bytes, size_t n, char *out);
/* Returns the number of bytes, or -1 for an odd length, a foreign character, or more than `cap`. */
int tg_unhex(const char *hex, uint8_t *out, size_t cap);

/* Copies `src` and always ends with NUL. Returns false when it did not fit: then `dst` holds the longest prefix that
 * does not cut a UTF-8 sequence. */
bool tg_copy(char *dst, size_t cap, const char *src);

#endif
