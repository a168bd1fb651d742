/* Command APDUs and BER-TLV as the card sees them. Source: ISO/IEC 7816-3 §12.1 (cases 1 to 4, short and extended),
 * ISO/IEC 7816-4 §5.2. */
#ifndef TAMGA_VCARD_APDU_H
#define TAMGA_VCARD_APDU_H

#include "tamga/buf.h"

struct tg_apdu {
	uint8_t cla, ins, p1, p2;
	struct tg_bytes data; /* borrowed from what was parsed; len = Lc, 0 when there is none */
	uint32_t le;          /* 0 = none; 1 to 65536 */
};

/* False for anything that is not exactly one command APDU. */
bool tg_apdu_parse(const uint8_t *bytes, size_t n, struct tg_apdu *out) TG_MUST_USE;

/* Takes the next data object; tags of one or two bytes, lengths up to 65535. False at the end, or when what is left is
 * malformed: then r->failed. */
bool tg_tlv_next(struct tg_reader *r, uint16_t *tag, struct tg_bytes *value) TG_MUST_USE;
/* The first object with this tag among those at the top of `in`. False when missing or when `in` is malformed. */
bool tg_tlv_find(struct tg_bytes in, uint16_t tag, struct tg_bytes *value) TG_MUST_USE;
/* At most 65535 bytes. */
void tg_tlv_put(struct tg_buf *b, uint16_t tag, const void *value, size_t n);
void tg_tlv_put_buf(struct tg_buf *b, uint16_t tag, const struct tg_buf *value);

#endif
