/* What the centre makes of the entries it takes, wherever their journal is kept (C-1, C-5, C-7, C-8, DOS-8). What
 * keeping them means is another suite (tests/unit/replica/conformance.h). */
#ifndef TG_STORE_CENTRE_SUITE_H
#define TG_STORE_CENTRE_SUITE_H

#include "lib.h"

struct centre_case {
	const char *name;
	struct tg_store *(*open)(void); /* in a new folder (lib_make_dir) empty, else with the same data */
	void (*reset)(void);            /* what lies elsewhere is gone; may be NULL */
};
int centre_suite_run(const struct centre_case *c);

#endif
