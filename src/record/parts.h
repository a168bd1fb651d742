/* Pieces that hashing and the wire format share. */
#ifndef TG_RECORD_PARTS_H
#define TG_RECORD_PARTS_H

#include "tamga/record.h"

/* TG_OK, or TG_NO_MEMORY when OpenSSL refuses. */
enum tg_status tg_digest(const struct tg_bytes *pieces, size_t n, uint8_t out[TG_HASH_LEN]) TG_MUST_USE;

#define TG_KIOSK_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"

/* u16 len ‖ text */
void tg_record_put_text(struct tg_buf *b, const char *s);
/* kiosk, seq, time, kind, version: the beginning of both the hashed and the sent form. */
void tg_entry_put_head(struct tg_buf *b, const struct tg_entry *e);

#endif
