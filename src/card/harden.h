/* What tamga-chip gives up before a chip's first byte reaches it. */
#ifndef TG_CARD_HARDEN_H
#define TG_CARD_HARDEN_H

#include <stdbool.h>

/* At the start: ends with its parent, no core dump, no new rights, nothing open but its socket, little memory and time.
 */
bool tg_chip_harden(void);
/* When the reader is connected and the libraries are ready: from now on the kernel lets through only what talking to
 * the daemon of the readers and to the kiosk needs. No file, no program, no process, no new socket. */
bool tg_chip_confine(void);

#endif
