#ifndef TG_STORE_MEND_H
#define TG_STORE_MEND_H

#include "damaged.h"

struct tg_mending {
	struct tg_damaged *from;
	struct tg_months *months;
	struct tg_store *to;
	struct tg_stream stream; /* the one that is being added to */
	bool changed;
	int pending;       /* rows of the open transaction */
	uint64_t own_seen; /* number of the last entry of the centre's stream, as the old file counts */
	int64_t now_ms;
	struct tg_mend_report *out;
	struct tg_error *err;
};
/* mend_rows.c: inside a transaction of `to`, which it ends and begins again. */
enum tg_status tg_mend_rows(struct tg_mending *m) TG_MUST_USE;
/* mend_tables.c: what is no projection of the journal, as far as it can be read. */
enum tg_status tg_mend_tables(struct tg_mending *m) TG_MUST_USE;
/* mend_erased.c */
enum tg_status tg_mend_erased(struct tg_mending *m) TG_MUST_USE;
/* What the old file said of its tree, for the entry that tells of the new one. */
enum tg_status tg_mend_old_tree(struct tg_mending *m) TG_MUST_USE;
/* Which streams ended further on than they do now, as an array of {kiosk, from, to}. */
json_t *tg_mend_lost(struct tg_mending *m);
/* mend_files.c: the new file, complete under its own name, takes the place of the old one. */
#define TG_MENDING ".mending" /* being made */
#define TG_MENDED  ".mended"  /* complete */
void tg_mend_remove_unfinished(const char *path);
enum tg_status tg_mend_swap(const char *path, int64_t now_ms, char moved_to[64], struct tg_error *err) TG_MUST_USE;

#endif
