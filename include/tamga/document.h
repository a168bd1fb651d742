/* Layer: card. Reading an identity document by a child process (tamga-chip): it alone speaks to the chip, has loaded no
 * vendor's module, has no file, no network and no database, and lives for one reading. A chip that crashes or silences
 * it costs one reading, not the kiosk. Requirement K-4; design.md §1. */
#ifndef TAMGA_DOCUMENT_H
#define TAMGA_DOCUMENT_H

#include "tamga/mrtd.h"

struct tg_document_config {
	const char *program;     /* path of tamga-chip */
	int timeout_ms;          /* of the whole reading; 0 = 30 000 */
	const char *stderr_path; /* NULL: /dev/null */
};
/* Blocking: run it on a worker. `reader` is the PC/SC name. `cancel_fd`: readable when the reading is to end, or -1.
 * As tg_mrtd_read, and TG_TOKEN_LOST when the child died or was too slow, TG_CANCELLED, TG_READER_GONE,
 * TG_READER_SERVICE, TG_CARD_NONE, TG_CARD_MUTE. The challenge of active authentication is this process's. */
enum tg_status tg_document_read(const struct tg_document_config *config, const char *reader,
        const struct tg_mrtd_access *access, int cancel_fd, tg_mrtd_progress *progress, void *ctx,
        struct tg_mrtd_raw *out, struct tg_error *err) TG_MUST_USE;

#endif
