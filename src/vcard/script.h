/* A card made of bytes, to see what a malicious one can do. The format is that of OpenSC's fuzz_pkcs15_reader: blocks
 * of two bytes length (little-endian) and as many bytes; the first block is the ATR, the others are replies with their
 * status words, given in order whatever is asked, from the first one again after each power-on. When they are used up
 * the answer is 6F00. Two things are added that the fuzzer has no need of: an empty block is no answer at all, and a
 * block of one byte at the very end says how many of the last replies are then repeated for ever, 0 = all. */
#ifndef TAMGA_VCARD_SCRIPT_H
#define TAMGA_VCARD_SCRIPT_H

#include "tamga/buf.h"

struct tg_script;

struct tg_script *tg_script_create(struct tg_bytes bytes); /* NULL: no memory, or not one ATR in it */
void tg_script_destroy(struct tg_script *s);               /* takes NULL */
struct tg_bytes tg_script_bytes(const struct tg_script *s);
struct tg_bytes tg_script_atr(const struct tg_script *s); /* of any length that a block can have */
void tg_script_reset(struct tg_script *s);
/* The next reply; nothing is added for an empty block. */
void tg_script_answer(struct tg_script *s, struct tg_buf *out);

#endif
