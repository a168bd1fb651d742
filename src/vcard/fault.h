/* What can happen to a card at an APDU: counted and decided here, done by the host. */
#ifndef TAMGA_VCARD_FAULT_H
#define TAMGA_VCARD_FAULT_H

#include <stdbool.h>
#include <stdint.h>

enum tg_fault_act {
	TG_FAULT_RUN,        /* execute and answer */
	TG_FAULT_PULL,       /* gone before it is executed */
	TG_FAULT_PULL_AFTER, /* executed and kept, but the answer never arrives */
	TG_FAULT_GARBAGE,    /* not executed, answer 6F00 */
};

struct tg_faults {
	unsigned pull_at, pull_after; /* the how many-th APDU from now; 0 = never */
	unsigned slow_ms;
	bool broken;
	bool any_pin;             /* 9000 to each PIN shown, and nobody is logged in */
	bool mute;                /* no answer until this ends */
	uint64_t inserted, total; /* APDUs seen since the card was inserted, and in all */
};

/* One more APDU has arrived. A pull happens once. */
enum tg_fault_act tg_faults_next(struct tg_faults *f);
/* Everything well again; counts stay. */
void tg_faults_mend(struct tg_faults *f);

#endif
