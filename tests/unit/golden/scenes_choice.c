/* IDLE to CARRIER. */
#include "scenes.h"

void scene_reader(struct flow *f, enum tg_status service, bool card, bool mute)
{
	struct tg_event ev = flow_ev(f, TG_EV_READER);
	ev.reader = f->s.reader;
	ev.other = f->s.other;
	ev.reader.service = service;
	ev.reader.card = card;
	ev.reader.mute = mute;
	flow_event(f, &ev);
}

static void idle(struct flow *f)
{
	flow_walk(f, TG_STAGE_IDLE);
}

static void idle_card_in(struct flow *f)
{
	flow_card(f, true);
}

static void services_say(struct flow *f, enum tg_status status)
{
	struct tg_event ev = flow_ev(f, TG_EV_SERVICES);
	ev.status = status;
	flow_event(f, &ev);
}

static void idle_disk_full(struct flow *f)
{
	services_say(f, TG_DISK_FULL);
}

static void idle_no_reader(struct flow *f)
{
	scene_reader(f, TG_READER_NONE, false, false);
	services_say(f, TG_READER_NONE);
}

static void provider(struct flow *f)
{
	flow_walk(f, TG_STAGE_PROVIDER);
}

static void provider_clock_wrong(struct flow *f)
{
	flow_walk(f, TG_STAGE_PROVIDER);
	services_say(f, TG_CLOCK_WRONG);
}

static void service(struct flow *f)
{
	flow_walk(f, TG_STAGE_SERVICE);
}

static void service_dostek(struct flow *f)
{
	flow_walk(f, TG_STAGE_PROVIDER);
	flow_keys(f, "2");
	flow_at(f, "service");
}

/* The shipped services have one kind each, so the walk passes by. */
static void kind(struct flow *f)
{
	flow_walk(f, TG_STAGE_SERVICE);
	f->s.service = &f->s.provider->services[0];
	f->s.stage = TG_STAGE_KIND;
}

static void carrier_no_card(struct flow *f)
{
	flow_walk(f, TG_STAGE_CARRIER);
}

static void carrier_no_reader(struct flow *f)
{
	flow_walk(f, TG_STAGE_CARRIER);
	scene_reader(f, TG_READER_NONE, false, false);
}

static void carrier_no_service(struct flow *f)
{
	flow_walk(f, TG_STAGE_CARRIER);
	scene_reader(f, TG_READER_SERVICE, false, false);
}

static void carrier_mute(struct flow *f)
{
	flow_walk(f, TG_STAGE_CARRIER);
	scene_reader(f, TG_OK, true, true);
}

static void carrier_reading(struct flow *f)
{
	flow_walk(f, TG_STAGE_CARRIER);
	f->silent = true;
	flow_card(f, true);
}

static void carrier_foreign(struct flow *f)
{
	flow_walk(f, TG_STAGE_CARRIER);
	f->token = (struct tg_token_state){.status = TG_CARD_FOREIGN, .tries_left = -1};
	flow_card(f, true);
}

static void carrier_blank(struct flow *f)
{
	flow_walk(f, TG_STAGE_CARRIER);
	f->token = (struct tg_token_state){.status = TG_CARD_BLANK, .tries_left = -1};
	flow_card(f, true);
}

static void carrier_locked(struct flow *f)
{
	flow_walk(f, TG_STAGE_CARRIER);
	f->token.locked = true;
	f->token.tries_left = 0;
	flow_card(f, true);
}

static void carrier_usable(struct flow *f)
{
	flow_walk(f, TG_STAGE_CARRIER);
	f->token.n_certificates = 2;
	flow_card(f, true);
}

static void carrier_unknown_tries(struct flow *f)
{
	flow_walk(f, TG_STAGE_CARRIER);
	f->token.carrier_name[0] = '\0';
	f->token.tries_left = -1;
	flow_card(f, true);
}

static void ticket(struct flow *f)
{
	f->config.tickets = true;
	flow_keys(f, "3 1 End Enter");
}

static void ticket_answered(struct flow *f, enum tg_status status, const char *number, const char *where)
{
	ticket(f);
	flow_keys(f, "Home Enter");
	struct tg_event ev = flow_ev(f, TG_EV_TICKET);
	ev.status = status;
	(void)tg_copy(ev.number, sizeof ev.number, number);
	(void)tg_copy(ev.where, sizeof ev.where, where);
	flow_event(f, &ev);
}

static void ticket_printed(struct flow *f)
{
	ticket_answered(f, TG_OK, "A-017", "HP");
}

static void ticket_without_paper(struct flow *f)
{
	ticket_answered(f, TG_OK, "A-017", "");
}

static void ticket_disk_full(struct flow *f)
{
	ticket_answered(f, TG_DISK_FULL, "", "");
}

static void ticket_wrong(struct flow *f)
{
	ticket(f);
	flow_keys(f, "Home Down 'B '; Enter");
}

const struct scene golden_choice_scenes[] = {
        {"ticket", ticket},
        {"ticket-printed", ticket_printed},
        {"ticket-without-paper", ticket_without_paper},
        {"ticket-disk-full", ticket_disk_full},
        {"ticket-wrong", ticket_wrong},
        {"idle", idle},
        {"idle-card-in", idle_card_in},
        {"idle-disk-full", idle_disk_full},
        {"idle-no-reader", idle_no_reader},
        {"provider", provider},
        {"provider-clock-wrong", provider_clock_wrong},
        {"service", service},
        {"service-dostek", service_dostek},
        {"kind", kind},
        {"carrier-no-card", carrier_no_card},
        {"carrier-no-reader", carrier_no_reader},
        {"carrier-no-service", carrier_no_service},
        {"carrier-mute", carrier_mute},
        {"carrier-reading", carrier_reading},
        {"carrier-foreign", carrier_foreign},
        {"carrier-blank", carrier_blank},
        {"carrier-locked", carrier_locked},
        {"carrier-usable", carrier_usable},
        {"carrier-unknown-tries", carrier_unknown_tries},
        {NULL, NULL},
};
