#include "fault.h"

static bool counts_down_to_now(unsigned *n)
{
	if (*n == 0)
		return false;
	return --*n == 0;
}

enum tg_fault_act tg_faults_next(struct tg_faults *f)
{
	f->inserted++;
	f->total++;
	bool before = counts_down_to_now(&f->pull_at);
	bool after = counts_down_to_now(&f->pull_after);
	if (before)
		return TG_FAULT_PULL;
	if (f->broken)
		return TG_FAULT_GARBAGE;
	return after ? TG_FAULT_PULL_AFTER : TG_FAULT_RUN;
}

void tg_faults_mend(struct tg_faults *f)
{
	f->pull_at = f->pull_after = f->slow_ms = 0;
	f->broken = f->mute = f->any_pin = false;
}
