/* Layer: office. What the centre's office keeps beside the replica, in a database of its own (office.db in the centre's
 * directory): which notices went out by e-mail (mail.h), and the registers of persons and entities that were imported
 * (register.h). Nothing here is needed to know what happened: that is the journal; without the file notices are found
 * again from the journal (mail.done entries say which went), registers are imported again. Decisions 0180, 0181. */
#ifndef TAMGA_OFFICE_H
#define TAMGA_OFFICE_H

#include "tamga/status.h"

struct tg_office;

/* Opens or makes the database. One object belongs to one thread; several processes may have it open. TG_STORE_OPEN,
 * TG_STORE_DAMAGED, TG_DISK_FULL. */
enum tg_status tg_office_open(struct tg_office **out, const char *path, struct tg_error *err) TG_MUST_USE;
void tg_office_close(struct tg_office *o); /* takes NULL */
/* How one that is damaged is made again (tg_store_mend_beside). A register that cannot be read to its end goes: it is
 * imported again. */
struct tg_beside;
extern const struct tg_beside tg_office_mending;

#endif
