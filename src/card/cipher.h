/* The ciphers of secure messaging (ICAO 9303-11, 9.7 and 9.8): two-key 3DES with the retail MAC, AES with CMAC. Keys
 * derived with SHA-1 or SHA-256. All of it is in OpenSSL's default provider (decision 0110). */
#ifndef TG_CARD_CIPHER_H
#define TG_CARD_CIPHER_H

#include "tamga/buf.h"

enum tg_cipher { TG_CIPHER_3DES, TG_CIPHER_AES128, TG_CIPHER_AES192, TG_CIPHER_AES256 };

#define TG_CIPHER_KEY_MAX   32
#define TG_CIPHER_BLOCK_MAX 16
#define TG_MAC_BYTES        8

size_t tg_cipher_key_bytes(enum tg_cipher c); /* 16, 16, 24, 32 */
size_t tg_cipher_block(enum tg_cipher c);     /* 8 or 16 */

/* 9303-11, 9.7.1: counter 1 encryption, 2 MAC, 3 password. `key` has TG_CIPHER_KEY_MAX bytes. False: no memory. */
bool tg_cipher_derive(enum tg_cipher c, struct tg_bytes secret, uint32_t counter, uint8_t *key) TG_MUST_USE;
/* CBC over whole blocks, in place allowed. `iv` NULL is zero. */
bool tg_cipher_crypt(enum tg_cipher c, const uint8_t *key, const uint8_t *iv, bool encrypt, struct tg_bytes in,
        uint8_t *out) TG_MUST_USE;
/* One block, ECB. */
bool tg_cipher_block_encrypt(enum tg_cipher c, const uint8_t *key, const uint8_t *in, uint8_t *out) TG_MUST_USE;
/* Over whole blocks (the caller pads). */
bool tg_cipher_mac(enum tg_cipher c, const uint8_t *key, struct tg_bytes in, uint8_t mac[TG_MAC_BYTES]) TG_MUST_USE;

/* ISO/IEC 9797-1 padding method 2: always at least one byte. */
void tg_cipher_pad(struct tg_buf *b, size_t block);
/* The length without the padding, or -1. */
long tg_cipher_unpad(struct tg_bytes padded);

#endif
