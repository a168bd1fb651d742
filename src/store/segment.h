/* Making and changing segments. */
#ifndef TG_STORE_SEGMENT_H
#define TG_STORE_SEGMENT_H

#include "db.h"

struct tg_seal {
	char name[TG_SEGMENT_NAME_MAX];
	int64_t first, last, copied; /* places */
	uint8_t root[TG_HASH_LEN];   /* of the tree with `last` entries */
	const char *dir, *path, *making;
	int64_t erased; /* bodies by the time it was begun */
	sqlite3 *db;
};
/* Makes the file of the places `first` … `last`, which stand in the journal, without its name. TG_STORE_DAMAGED: they
 * do not, or are not those of the tree; TG_DISK_FULL, TG_IO. */
enum tg_status tg_segment_make(struct tg_store *s, struct tg_seal *m, int64_t now_ms, struct tg_error *err) TG_MUST_USE;
/* Gives it its name. */
enum tg_status tg_segment_name(struct tg_seal *m, struct tg_error *err) TG_MUST_USE;
/* Whatever came of it: closes; what has no name is removed. */
void tg_segment_drop(struct tg_seal *m);
/* Every row: whole in itself, and all of them together what the tree says. `t`: the tree before the first. */
enum tg_status tg_segment_check(sqlite3 *db, const char *name, struct tg_tree *t, int64_t first, int64_t last,
        const uint8_t root[TG_HASH_LEN], struct tg_error *err) TG_MUST_USE;
/* One at a time makes segments or changes them, whichever process. TG_STORE_BUSY: another does. */
enum tg_status tg_segments_lock(struct tg_store *s, int *fd, struct tg_error *err) TG_MUST_USE;
void tg_segments_unlock(int fd);

#endif
