/* A terminal for the document, written apart from the card: it shares no line of cryptography with it. */
#ifndef DOC_TERMINAL_H
#define DOC_TERMINAL_H

#include "doc_tool.h"

struct terminal {
	struct hand *h;
	bool aes;
	uint8_t enc[16], mac[16], ssc[16];
	struct tg_buf data; /* of the last answer */
};

void terminal_finish(struct terminal *t);
/* Number, birth and expiry with check digits, as printed: "L898902C<369080619406236". Returns the card's word. */
uint16_t terminal_bac(struct terminal *t, const char *info);
/* reference 1 = MRZ (`secret` as for BAC), 2 = CAN; `nid` the curve. Returns the card's word at the end, or 0 when the
 * card's token was wrong. */
uint16_t terminal_pace(struct terminal *t, int nid, uint8_t reference, const char *secret);
/* One command under secure messaging; `le` 0 = none, up to 65536. The card's MAC is checked; 0 when it is wrong. */
uint16_t terminal_send(struct terminal *t, const char *header_hex, const void *data, size_t n, uint32_t le);
/* Chip authentication with the public key in DG14's form (uncompressed point); AES, or 3DES by MSE:SET KAT. */
uint16_t terminal_chip(struct terminal *t, const uint8_t point[65], bool aes);

#endif
