/* The identity card and the SIM in one application (NCA-6), and an identity card that only says who asks (K-4). */
#include "../flow/flow_two.h"
#include "scenes.h"

static void second_other_card(struct flow *f)
{
	flow_to_second(f);
	flow_sim_in(f);
	flow_card(f, false);
	(void)tg_copy(f->token.carrier_name, sizeof f->token.carrier_name, "carrier.rutoken-ecp");
	(void)tg_copy(f->token.purpose, sizeof f->token.purpose, "token");
	(void)tg_copy(f->token.serial, sizeof f->token.serial, "3ba1f062");
	flow_card(f, true);
	flow_at(f, "second");
}

static void second_sim_in(struct flow *f)
{
	flow_to_second(f);
	flow_sim_in(f);
	flow_at(f, "second");
}

static void at_work(struct flow *f)
{
	second_sim_in(f);
	flow_keys(f, "Enter");
	flow_pin(f, 6);
	flow_keys(f, "Enter");
	flow_at(f, "working");
}

static void ended(struct flow *f, enum tg_status status, unsigned at, const char *serial)
{
	struct tg_work_facts work = flow_work_at(at);
	(void)tg_copy(work.carriers[1].serial, sizeof work.carriers[1].serial, serial);
	work.touched = at == 1;
	flow_work_ended(f, status, &work);
}

/* A key was made on the SIM, then it was pulled. */
static void second_pulled(struct flow *f)
{
	at_work(f);
	ended(f, TG_CARD_PULLED, 1, "51c04a07");
	flow_card(f, false);
	flow_at(f, "second");
}

static void waiting_second(struct flow *f)
{
	at_work(f);
	ended(f, TG_CENTRE_DOWN, 1, "51c04a07");
	flow_at(f, "waiting");
}

static void over_without(struct flow *f)
{
	flow_to_second(f);
	flow_keys(f, "Enter");
	assert_int_equal(f->s.overlay, TG_OVERLAY_WITHOUT);
}

static void serials(struct flow *f, unsigned n)
{
	static const char *const known[] = {"5a01", "5a02", "5a03"};
	for (unsigned i = 0; i < n; i++)
		(void)tg_copy(f->s.keys[i].serial, sizeof f->s.keys[i].serial, known[i]);
}

static void result_both(struct flow *f)
{
	at_work(f);
	ended(f, TG_OK, 2, "51c04a07");
	flow_at(f, "result");
	serials(f, 3);
}

static void result_part(struct flow *f)
{
	struct tg_work_facts done = flow_work_at(2);
	flow_to_second(f);
	flow_keys(f, "Enter 2");
	done.left_out = true;
	flow_work_ended(f, TG_OK, &done);
	flow_at(f, "result");
	serials(f, 2);
}

/* An identity card of a maker whose module is not here. */
static void carrier_document(struct flow *f)
{
	flow_walk(f, TG_STAGE_CARRIER);
	flow_card(f, false);
	(void)tg_copy(f->token.carrier, sizeof f->token.carrier, "kz-idcard-soma");
	f->token.status = TG_CARD_UNSUPPORTED;
	f->token.document = true;
	f->token.tries_left = -1;
	f->token.serial[0] = '\0';
	flow_card(f, true);
	flow_at(f, "carrier");
}

static void carriers_document(struct flow *f)
{
	carrier_document(f);
	flow_keys(f, "Enter");
	flow_walk(f, TG_STAGE_CARRIERS);
}

static void carrier_document_done(struct flow *f)
{
	carriers_document(f);
	flow_keys(f, "1");
	flow_at(f, "carrier");
}

const struct scene golden_second_scenes[] = {{"second", flow_to_second}, {"second-sim-in", second_sim_in},
        {"second-other-card", second_other_card}, {"second-pulled", second_pulled}, {"waiting-second", waiting_second},
        {"over-without", over_without}, {"result-both", result_both}, {"result-part", result_part},
        {"carrier-document", carrier_document}, {"carriers-document", carriers_document},
        {"carrier-document-done", carrier_document_done}, {NULL, NULL}};
