/* What everything that keeps the centre's journal must do (C-1, C-7). A back end fills in this table and runs the
 * suite; `change` is done with the engine's own program, behind the back of ours. */
#ifndef TG_REPLICA_CONFORMANCE_H
#define TG_REPLICA_CONFORMANCE_H

#include "../store/lib.h"
#include "tamga/replica.h"

struct replica_case {
	const char *name;
	void (*open)(struct tg_replica *out); /* empty after reset, else the same data */
	void (*reset)(void);
	/* One number that an SQL query gives. Tables `journal` and `high_water` with columns of the same names; the
	 * place is the column PLACE. */
	long (*ask)(const char *sql);
	void (*change)(const char *sql);
	const char *journal, *high_water, *place;
};
int conformance_run(const struct replica_case *c);

#endif
