#include "flow_two.h"

struct tg_work_facts flow_work_at(unsigned at)
{
	return (struct tg_work_facts){.n = 2,
	        .at = at,
	        .carriers = {{"kz-idcard", "id-card", "KZ00194031"}, {"kz-sim", "sim", ""}},
	        .keys = {{"sign", 0}, {"auth", 0}, {"sim-sign", 1}},
	        .n_keys = 3,
	        .can_leave_out = at == 1};
}

void flow_work_ended(struct flow *f, enum tg_status status, const struct tg_work_facts *work)
{
	struct tg_event ev = flow_ev(f, TG_EV_CHIP_ENDED);
	ev.status = status;
	ev.work = *work;
	flow_event(f, &ev);
}

void flow_sim_in(struct flow *f)
{
	flow_card(f, false);
	(void)tg_copy(f->token.carrier, sizeof f->token.carrier, "kz-sim");
	(void)tg_copy(f->token.carrier_name, sizeof f->token.carrier_name, "carrier.kz-sim");
	(void)tg_copy(f->token.purpose, sizeof f->token.purpose, "sim");
	(void)tg_copy(f->token.algorithms, sizeof f->token.algorithms, "gost2001");
	(void)tg_copy(f->token.serial, sizeof f->token.serial, "51c04a07");
	flow_card(f, true);
}

/* The identity card is finished; it still lies in the reader. */
void flow_to_second(struct flow *f)
{
	struct tg_work_facts work = flow_work_at(1);
	flow_begin(f, flow_shipped());
	flow_walk(f, TG_STAGE_WORKING);
	(void)tg_copy(f->s.carriers, sizeof f->s.carriers, "id-card sim");
	(void)tg_copy(work.carriers[0].serial, sizeof work.carriers[0].serial, f->s.token.serial);
	flow_work_ended(f, TG_OK, &work);
	flow_at(f, "second");
	flow_forget_effects(f);
}
