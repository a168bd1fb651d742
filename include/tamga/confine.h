/* Layer: base. What every child of the kiosk gives up at its start, before a card's first byte reaches it (limits.md
 * §4).
 */
#ifndef TAMGA_CONFINE_H
#define TAMGA_CONFINE_H

#include <stdbool.h>
#include <stdint.h>

/* From now on the child ends with its parent, leaves no core, gets no new rights, and has nothing open above `fd`, its
 * socket (spawn.h). False: the parent is gone already, or the kernel refused. */
bool tg_confine_begin(int fd);
/* Sets both bounds of a resource (RLIMIT_…), never above the one there is. */
bool tg_confine_limit(int what, uint64_t value);

#endif
