/* What the kiosk and tamga-chip say to each other: one request, some progress, one result. */
#ifndef TG_CARD_WIRE_H
#define TG_CARD_WIRE_H

#include "tamga/document.h"
#include "tamga/frame.h"

#define TG_CHIP_FD 3

enum tg_chip_frame { TG_CHIP_REQUEST = 1, TG_CHIP_PROGRESS = 2, TG_CHIP_RESULT = 3 };

#define TG_CHIP_READER_MAX 128

struct tg_chip_request {
	char reader[TG_CHIP_READER_MAX];
	struct tg_mrtd_access access;
	uint8_t challenge[8]; /* of active authentication: chosen by the kiosk */
};

void tg_chip_request_encode(const struct tg_chip_request *q, struct tg_buf *out);
bool tg_chip_request_decode(struct tg_chip_request *q, const struct tg_buf *body);
/* `raw` counts only with TG_OK. */
void tg_chip_result_encode(
        enum tg_status status, const struct tg_error *err, const struct tg_mrtd_raw *raw, struct tg_buf *out);
/* `body` comes from a process that a chip may have taken over: only results of a reading are let through, with words
 * that no terminal obeys and files no longer than a file can be. False: nonsense. `raw->challenge` is not filled. */
bool tg_chip_result_decode(
        const struct tg_buf *body, enum tg_status *status, struct tg_mrtd_raw *raw, struct tg_error *err);

#endif
