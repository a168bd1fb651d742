/* Private: kiosks in ca.db, and secrets that a camera reads. */
#ifndef TG_CTL_KIOSK_LIFE_H
#define TG_CTL_KIOSK_LIFE_H

#include "ctl.h"

#include "tamga/registry.h"

/* ca.db of the centre's directory, which must be there. */
enum ctl_exit ctl_registry_open(const char *dir, struct tg_registry **r);

/* A QR code (ISO/IEC 18004) on the terminal, two rows of modules in a line of text; `colours`: black on white whatever
 * the terminal's own are. And as a PNG file, 0600. */
enum tg_status ctl_qr_print(const char *text, bool colours, struct tg_error *err) TG_MUST_USE;
enum tg_status ctl_qr_png(const char *path, const char *text, struct tg_error *err) TG_MUST_USE;

#endif
