/* Layer: card. Readers and cards through PC/SC: who is in which reader, told at once. Requirement K-3. */
#ifndef TAMGA_CARD_H
#define TAMGA_CARD_H

#include "tamga/status.h"
#include <stdbool.h>
#include <stdint.h>

#define TG_ATR_MAX     33
#define TG_READERS_MAX 8

struct tg_reader_info {
	char name[128];  /* as PC/SC names it; foreign text: tg_text_clean before it is shown */
	bool card, mute; /* mute: a card that does not answer to reset */
	uint8_t atr[TG_ATR_MAX];
	size_t atr_len;
};
struct tg_readers {
	enum tg_status service; /* TG_OK, TG_READER_SERVICE (pcscd is not there), TG_READER_NONE */
	struct tg_reader_info list[TG_READERS_MAX];
	unsigned n;
};

/* Watches on a thread of its own, by SCardGetStatusChange with the plug-and-play notification: no polling while pcscd
 * runs; a lost service is tried again once a second. `changed` is called on that thread with each new picture. */
struct tg_card_watch;
typedef void tg_card_changed(const struct tg_readers *now, void *ctx);
enum tg_status tg_card_watch_create(struct tg_card_watch **out, tg_card_changed *changed, void *ctx) TG_MUST_USE;
void tg_card_watch_destroy(struct tg_card_watch *w); /* cancels and joins; takes NULL */

#endif
