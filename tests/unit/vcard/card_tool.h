/* What the tests of the virtual card share: a card in the hand, APDUs in hex. */
#ifndef CARD_TOOL_H
#define CARD_TOOL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tamga/vcard.h"

#define AID_SELECT "00A404000BE82B0601040181C31F020100"
#define PIN_OK     "0020008106363438323139" /* 648219 */
#define PIN_WRONG  "0020008106363438323138" /* 648218 */
#define SO_PIN     "3537363231383830"

struct hand {
	struct tg_vcard *card;
	struct tg_buf answer;
};

/* An initialised card (PIN 648219), applet selected. */
void hand_take(struct hand *h);
void hand_take_persona(struct hand *h, const struct tg_vcard_persona *p);
void hand_drop(struct hand *h);
/* Sends, returns the status word. */
uint16_t hand_send(struct hand *h, const char *hex);
uint16_t hand_send_bytes(struct hand *h, const uint8_t *apdu, size_t n);
size_t hand_data_len(const struct hand *h);
/* A well-formed key generation command for one reference; `bits` as given. */
uint16_t hand_generate(struct hand *h, uint8_t ref, unsigned bits);
struct tg_vcard_persona hand_persona(void);

#define assert_sw(h, hex, sw) assert_int_equal(hand_send((h), (hex)), (sw))

#endif
