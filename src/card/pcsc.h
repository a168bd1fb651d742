/* A port to one card through PC/SC, held in a transaction from connecting to the end. */
#ifndef TG_CARD_PCSC_H
#define TG_CARD_PCSC_H

#include "tamga/mrtd.h"

struct tg_pcsc; /* opaque */

/* TG_READER_SERVICE, TG_READER_GONE, TG_CARD_NONE, TG_CARD_MUTE, TG_CARD_BROKEN. */
enum tg_status tg_pcsc_open(struct tg_pcsc **out, const char *reader, struct tg_error *err) TG_MUST_USE;
/* Resets the card, so that nobody goes on in our secure channel or our selected application. Takes NULL. */
void tg_pcsc_close(struct tg_pcsc *p);
/* TG_CARD_PULLED, TG_CARD_BROKEN, TG_READER_GONE, TG_READER_SERVICE. */
struct tg_apdu_port tg_pcsc_port(struct tg_pcsc *p);

#endif
