/* Fields of the frames between kiosk and agent, shared by both ends. */
#ifndef SYNC_LINK_WIRE_H
#define SYNC_LINK_WIRE_H

#include "tamga/frame.h"
#include "tamga/link.h"

bool tg_link_get_u32(struct tg_bytes v, uint32_t *out);
bool tg_link_get_u64(struct tg_bytes v, uint64_t *out);
/* TG_BUG for a number that is no status of ours. */
enum tg_status tg_link_status_of(uint32_t code);

#endif
