/* Layer: base. Small files as a whole. */
#ifndef TAMGA_FILE_H
#define TAMGA_FILE_H

#include "tamga/buf.h"
#include <sys/types.h>

/* Appends the whole file to `out`. TG_NOT_FOUND, TG_IO, TG_LIMIT when it holds more than `max` bytes; `err` names the
 * file. The bytes pass through no other memory, so that a file with a secret can be wiped with `out`. */
enum tg_status tg_file_read(struct tg_buf *out, const char *path, size_t max, struct tg_error *err) TG_MUST_USE;
/* Makes or replaces the file, all or nothing, and on the disk when it returns: through PATH.new. TG_IO, TG_DISK_FULL.
 */
enum tg_status tg_file_write(
        const char *path, const void *bytes, size_t n, mode_t mode, struct tg_error *err) TG_MUST_USE;
/* In one folder; takes the place of what is there, and is on the disk when it returns. TG_IO. */
enum tg_status tg_file_move(const char *from, const char *to, struct tg_error *err) TG_MUST_USE;

#endif
