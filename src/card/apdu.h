/* Command and answer APDUs (ISO/IEC 7816-3, 12.1), short and extended. */
#ifndef TG_CARD_APDU_H
#define TG_CARD_APDU_H

#include "tamga/mrtd.h"

#define TG_SW_OK          0x9000
#define TG_SW_END_OF_FILE 0x6282 /* fewer bytes than asked for */
#define TG_LE_SHORT       256u
#define TG_LE_EXTENDED    65536u

struct tg_apdu {
	uint8_t cla, ins, p1, p2;
	struct tg_bytes data; /* at most 65535 bytes */
	unsigned le;          /* 0: no answer data are expected; at most TG_LE_EXTENDED */
};

/* Extended only when it has to be: many chips know short ones only. */
void tg_apdu_build(const struct tg_apdu *a, struct tg_buf *out);

/* One exchange. `answer` (reset first) gets the data without the status word; what a chip of protocol T=0 keeps back
 * (61xx, 6Cxx) is fetched. TG_DOC_READ when the answer is no answer; the port's failures as they are. `count` of
 * commands may be NULL. */
enum tg_status tg_apdu_exchange(const struct tg_apdu_port *port, struct tg_bytes command, struct tg_buf *answer,
        uint16_t *sw, unsigned *count, struct tg_error *err) TG_MUST_USE;

#endif
