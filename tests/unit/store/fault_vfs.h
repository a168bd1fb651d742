/* A layer over SQLite's own file system that fails the n-th write, sync, truncation or deletion, or cuts the power
 * there. */
#ifndef TG_STORE_FAULT_VFS_H
#define TG_STORE_FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

enum fault_mode {
	FAULT_NONE,
	FAULT_IO,    /* the call fails, half of a write is done */
	FAULT_FULL,  /* the same, as "disk full" */
	FAULT_POWER, /* nothing from here on reaches the files; of what was not synced, some is lost */
};

/* From now on every database is opened through the layer. */
void fault_register(void);
/* Arms the layer: the `at`-th operation (from 1) fails, and all later ones when `forever`. */
void fault_arm(enum fault_mode mode, long at, bool forever);
/* Disarms; tells whether the fault was met. */
bool fault_disarm(void);
/* After a power cut and closing: takes back a random part of the writes that no sync followed. */
void fault_lose_unsynced(uint64_t seed);

#endif
