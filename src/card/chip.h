/* One chip being read: the port, the secure channel once there is one, and what its files say. */
#ifndef TG_CARD_CHIP_H
#define TG_CARD_CHIP_H

#include "secmsg.h"
#include "tamga/mrtd.h"

#define TG_FILE_MAX 32767u /* READ BINARY with an even instruction reaches no further */

/* Elementary files and their outermost tags (ICAO 9303-10, 3.11 and 4). */
enum tg_chip_file {
	TG_EF_CARD_ACCESS = 0x011C,
	TG_EF_COM = 0x011E,
	TG_EF_SOD = 0x011D,
	TG_EF_DG1 = 0x0101,
	TG_EF_DG14 = 0x010E,
	TG_EF_DG15 = 0x010F,
};
#define TG_TAG_COM  0x60u
#define TG_TAG_SOD  0x77u
#define TG_TAG_DG1  0x61u
#define TG_TAG_DG14 0x6Eu
#define TG_TAG_DG15 0x6Fu
#define TG_TAG_SET  0x31u

/* Holds keys: tg_chip_finish. */
struct tg_chip {
	const struct tg_apdu_port *port;
	struct tg_secmsg sm;
	unsigned apdus; /* sent so far */
	unsigned piece; /* bytes asked for by one READ BINARY: less once the chip refused so many */
};
void tg_chip_init(struct tg_chip *c, const struct tg_apdu_port *port);
void tg_chip_finish(struct tg_chip *c);

/* One command, protected when the secure channel is there. `data` (reset first) gets the plain answer. */
enum tg_status tg_chip_send(struct tg_chip *c, const struct tg_apdu *plain, struct tg_buf *data, uint16_t *sw,
        struct tg_error *err) TG_MUST_USE;
/* A select that the chip may refuse: *sw tells. */
enum tg_status tg_chip_select_application(struct tg_chip *c, uint16_t *sw, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_chip_select_master(struct tg_chip *c, uint16_t *sw, struct tg_error *err) TG_MUST_USE;
/* A whole file with its header, in pieces. `tag` 0: any. TG_NOT_FOUND: the chip has no such file. */
enum tg_status tg_chip_read_file(
        struct tg_chip *c, uint16_t fid, uint32_t tag, struct tg_buf *out, struct tg_error *err) TG_MUST_USE;
/* The first bytes of a file only. */
enum tg_status tg_chip_peek_file(
        struct tg_chip *c, uint16_t fid, struct tg_buf *head, struct tg_error *err) TG_MUST_USE;

/* "NUMBER check BIRTH check EXPIRY check" of the machine-readable zone, from which the access keys come (9303-11,
 * 4.3.2). TG_INVALID when the data cannot stand in such a zone. */
enum tg_status tg_access_text(
        const struct tg_mrtd_access *access, struct tg_buf *out, struct tg_error *err) TG_MUST_USE;

/* BAC (9303-11, 4.3). The randoms are the caller's: RND.IFD and K.IFD. TG_DOC_ACCESS when the chip refuses the keys. */
enum tg_status tg_bac(struct tg_chip *c, const struct tg_mrtd_access *access, const uint8_t rnd_ifd[8],
        const uint8_t k_ifd[16], struct tg_error *err) TG_MUST_USE;

/* Chip authentication (9303-11, 6.2) with the key in DG14: afterwards the channel has new keys, and only the genuine
 * chip can use them. TG_NOT_FOUND: DG14 has no such key, or one that nobody here knows. */
enum tg_status tg_chip_authenticate(struct tg_chip *c, struct tg_bytes dg14, struct tg_error *err) TG_MUST_USE;
/* True when DG14 offers it. */
bool tg_chip_authentication_offered(struct tg_bytes dg14);

/* Active authentication (9303-11, 6.1): the chip's signature over the challenge. The key in DG15 tells how long it is.
 */
enum tg_status tg_active_authenticate(struct tg_chip *c, struct tg_bytes dg15, const uint8_t challenge[8],
        struct tg_buf *response, struct tg_error *err) TG_MUST_USE;

#endif
