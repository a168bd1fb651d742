/* What the fuzz drivers of the virtual cards share. */
#ifndef TAMGA_TESTS_VCARD_FUZZ_H
#define TAMGA_TESTS_VCARD_FUZZ_H

#include "tamga/vcard.h"

void must(bool ok);
/* A command that must be answered with 9000. */
void send_hex(struct tg_vcard *card, const char *hex);
/* Whatever was done to it, a card can be kept and read again. Destroys it. */
void keep_and_read_again(struct tg_vcard *card);

#endif
