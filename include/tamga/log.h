/* Layer: base. One line of text per event, to a file descriptor that the program chose. Never personal data, PINs,
 * keys or APDU bodies: numbers, codes, lengths, our own words. */
#ifndef TAMGA_LOG_H
#define TAMGA_LOG_H

#include "tamga/status.h"

void tg_log_open(const char *program, int fd); /* fd is borrowed; -1 turns logging off */
void tg_log_info(const char *fmt, ...) TG_PRINTF(1, 2);
void tg_log_warn(const char *fmt, ...) TG_PRINTF(1, 2);
void tg_log_error(const struct tg_error *err, const char *fmt, ...) TG_PRINTF(2, 3);

#endif
