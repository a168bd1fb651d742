/* Layer: store. Erasure (C-8): bodies with personal data go, with their salts; chains, states, sums and reports stay.
 * Only kinds that are marked personal (record.h). At the centre each erasure is an entry bodies.erased of its own
 * stream. What it leaves in other places (sealed months, a journal outside, the write-ahead log) goes with
 * tg_store_erase_finish. */
#ifndef TAMGA_ERASE_H
#define TAMGA_ERASE_H

#include "tamga/store.h"

#define TG_ERASE_ORDER_MAX 200
/* Centre: all personal bodies of one ended application, by a written order; the kiosks that hold copies are told to
 * drop them too. `bodies`: how many went, 0 when none was left. TG_NOT_FOUND, TG_ERASE_OPEN, TG_INVALID. */
enum tg_status tg_store_erase(struct tg_store *s, const char *number, const char *order, int64_t now_ms,
        uint64_t *bodies, struct tg_error *err) TG_MUST_USE;
struct tg_erase_rules {
	/* After how many days a body of this kind goes, and the id of the rule; -1: never. Provider and service of its
	 * application, "" of an entry without one. */
	int (*days)(void *ctx, const char *kind, const char *provider, const char *service, const char **by);
	int min_days; /* the fewest of all */
	void *ctx;
};
/* Where a sweep through the journal is; {0} begins one. When both are done the next sweep keeps `entry` alone. */
struct tg_erase_sweep {
	int64_t application, entry;
	bool applications_done, entries_done;
};
struct tg_erase_count {
	uint64_t applications, bodies;
};
/* A part of a sweep, about `max` bodies, each application in a transaction of its own; `dry` only counts. Centre: ended
 * applications and entries without one, by when the centre had their last entry. Kiosk: those that ended, by when the
 * centre acknowledged all of them, and what the centre was ordered to erase; never what is not acknowledged now. */
enum tg_status tg_store_erase_due(struct tg_store *s, const struct tg_erase_rules *rules, int64_t now_ms, int max,
        bool dry, struct tg_erase_sweep *sweep, struct tg_erase_count *count, struct tg_error *err) TG_MUST_USE;
/* Centre: applications of which there was no entry for `days` days, by the centre's clock, end as abandoned
 * (application.abandoned), a few in a call, each in a transaction of its own; their kiosks are told. Not those that
 * wait for the centre, nor complaints. */
struct tg_idle_rule {
	int days;       /* 0: never */
	int64_t after;  /* where the walk through open applications is; 0 begins one */
	bool done;      /* and that it came to its end */
	uint64_t ended; /* is added to */
};
enum tg_status tg_store_abandon(
        struct tg_store *s, struct tg_idle_rule *rule, int64_t now_ms, struct tg_error *err) TG_MUST_USE;
/* Wipes what was erased from everywhere else. `left`: bodies that somebody who reads at this moment, or a file that
 * cannot be written, still keeps in a file; they are tried again by the next call. May be killed at any moment. */
enum tg_status tg_store_erase_finish(struct tg_store *s, uint64_t *left, struct tg_error *err) TG_MUST_USE;

#endif
