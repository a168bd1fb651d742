/* BER-TLV as chips write it (ISO/IEC 7816-4, 5.2.2): definite lengths up to four bytes, tags up to three. A reader
 * never recurses, so the depth is what the caller asks for. */
#ifndef TG_CARD_BER_H
#define TG_CARD_BER_H

#include "tamga/buf.h"

struct tg_ber {
	uint32_t tag;
	struct tg_bytes value;
};

/* The next element; false at the end, or when what is left is malformed (then r->failed). */
bool tg_ber_next(struct tg_reader *r, struct tg_ber *out);
/* The first element with this tag among those of one level; false when there is none or the level is malformed. */
bool tg_ber_find(struct tg_bytes level, uint32_t tag, struct tg_bytes *value);
/* `bytes` is exactly one element with this tag. */
bool tg_ber_whole(struct tg_bytes bytes, uint32_t tag, struct tg_bytes *value);
/* The same, then down through the first element of each further tag. */
bool tg_ber_path(struct tg_bytes bytes, const uint32_t *tags, size_t n, struct tg_bytes *value);
/* From the first bytes of a file: its tag and how long it is with its header. False when these bytes cannot say. */
bool tg_ber_measure(struct tg_bytes head, uint32_t *tag, size_t *total);

void tg_ber_put(struct tg_buf *b, uint32_t tag, struct tg_bytes value);
void tg_ber_put_head(struct tg_buf *b, uint32_t tag, size_t length);

static inline struct tg_bytes tg_buf_bytes(const struct tg_buf *b)
{
	return (struct tg_bytes){b->data, b->len};
}
static inline bool tg_bytes_equal(struct tg_bytes a, struct tg_bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

#endif
