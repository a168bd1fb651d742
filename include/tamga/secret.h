/* Layer: base. The only home of PINs and keys. Locked in memory, left out of core dumps, wiped on finish, without any
 * way to be printed. Source: limits.md §5; requirement rows K-5, P-2. */
#ifndef TAMGA_SECRET_H
#define TAMGA_SECRET_H

#include "tamga/status.h"
#include <stdbool.h>
#include <stdint.h>

#define TG_SECRET_MAX 64 /* bytes; a Rutoken PIN has at most 32 */

struct tg_secret; /* opaque: lives in its own locked pages */

enum tg_status tg_secret_create(struct tg_secret **out) TG_MUST_USE;
void tg_secret_destroy(struct tg_secret *s); /* wipes; takes NULL */
void tg_secret_wipe(struct tg_secret *s);    /* len = 0, bytes zero */
/* Appends one character's bytes; false when it does not fit (then nothing is appended). */
bool tg_secret_append(struct tg_secret *s, const void *bytes, size_t n);
/* Removes the last UTF-8 character; false when empty. */
bool tg_secret_erase_last(struct tg_secret *s);
size_t tg_secret_len(const struct tg_secret *s);        /* bytes */
size_t tg_secret_characters(const struct tg_secret *s); /* what may be shown and spoken */
/* Borrowed for the length of one call into a library that needs the bytes; NUL-terminated; never copied. */
const uint8_t *tg_secret_peek(const struct tg_secret *s);
bool tg_secret_equal(const struct tg_secret *a, const struct tg_secret *b); /* constant time */

/* For the whole process, once, at its start: no core dumps, not traceable by other users. */
enum tg_status tg_secret_harden_process(void) TG_MUST_USE;

#endif
