/* Secure messaging between terminal and chip (ICAO 9303-11, 9.8): each command enciphered and sealed, each answer
 * unsealed and deciphered, with a counter that both sides keep. */
#ifndef TG_CARD_SECMSG_H
#define TG_CARD_SECMSG_H

#include "apdu.h"
#include "cipher.h"

/* Holds keys: tg_secmsg_wipe. */
struct tg_secmsg {
	bool on;
	enum tg_cipher cipher;
	uint8_t enc[TG_CIPHER_KEY_MAX], mac[TG_CIPHER_KEY_MAX];
	uint8_t ssc[TG_CIPHER_BLOCK_MAX]; /* of the cipher's block length, big-endian */
};
void tg_secmsg_wipe(struct tg_secmsg *s);
/* Keys from a shared secret; the counter starts at zero. */
enum tg_status tg_secmsg_start(
        struct tg_secmsg *s, enum tg_cipher cipher, struct tg_bytes secret, struct tg_error *err) TG_MUST_USE;

/* The protected command for a plain one. */
enum tg_status tg_secmsg_wrap(
        struct tg_secmsg *s, const struct tg_apdu *plain, struct tg_buf *command, struct tg_error *err) TG_MUST_USE;
/* The plain data (appended) and status word of a protected answer. TG_DOC_READ: not sealed by who has the keys. `outer`
 * is the status word outside the seal: a chip that gave up secure messaging has nothing but it. */
enum tg_status tg_secmsg_unwrap(struct tg_secmsg *s, struct tg_bytes answer, uint16_t outer, struct tg_buf *data,
        uint16_t *sw, struct tg_error *err) TG_MUST_USE;

#endif
