/* The wire to the virtual reader vpcd: TCP, each message 2 bytes length (big-endian) and payload. The reader asks, the
 * card answers. A payload of one byte is a command to the contacts, anything longer an APDU. Source: vsmartcard 3.3. */
#ifndef TAMGA_VCARD_LINK_H
#define TAMGA_VCARD_LINK_H

#include "tamga/vcard.h"

enum { TG_LINK_OFF = 0, TG_LINK_ON = 1, TG_LINK_RESET = 2, TG_LINK_ATR = 4 };

struct tg_link {
	int fd;     /* -1 = not connected */
	bool heard; /* the reader has spoken: it is this card it sees, not one before us in its queue */
	size_t have;
	uint8_t in[2 + TG_VCARD_APDU_MAX]; /* a whole message at most: the reader waits for an answer */
};

void tg_link_init(struct tg_link *l);
/* Numeric address; at most a tenth of a second. False when nobody listens there, or its queue of one is taken. */
bool tg_link_connect(struct tg_link *l, const char *host, uint16_t port) TG_MUST_USE;
/* Between messages only, so that the reader never sees half an answer: that kills pcscd 1.9.9. */
void tg_link_close(struct tg_link *l);
/* Takes what has come. False when the other side is gone. */
bool tg_link_receive(struct tg_link *l) TG_MUST_USE;
/* The message at the front, if it is whole; borrowed until dropped. */
bool tg_link_peek(const struct tg_link *l, struct tg_bytes *message) TG_MUST_USE;
/* Wipes and forgets the message at the front. */
void tg_link_drop(struct tg_link *l);
/* Length and payload in one piece. False when the other side is gone. */
bool tg_link_send(struct tg_link *l, struct tg_bytes payload) TG_MUST_USE;

#endif
