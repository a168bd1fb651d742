/* Layer: base. State machines as tables of allowed moves, checked in release builds too. */
#ifndef TAMGA_SM_H
#define TAMGA_SM_H

#include "tamga/status.h"
#include <stdbool.h>
#include <stdint.h>

struct tg_sm_row {
	const char *name;
	uint64_t next; /* bit set of the states that may follow: TG_SM_TO(X) | TG_SM_TO(Y) */
	bool final;
};
#define TG_SM_TO(state) (UINT64_C(1) << (state))

struct tg_sm {
	const char *name;
	const struct tg_sm_row *rows;
	int n; /* at most 64 */
};

bool tg_sm_allows(const struct tg_sm *sm, int from, int to);
const char *tg_sm_name(const struct tg_sm *sm, int state);
/* The table as a Graphviz graph, for the manual. */
struct tg_buf;
void tg_sm_draw(const struct tg_sm *sm, struct tg_buf *out);

#endif
