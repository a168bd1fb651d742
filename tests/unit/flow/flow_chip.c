#include "flow_chip.h"

#include "tamga/text.h"

static bool same_name(const char *name, const char *mrz_name)
{
	return strcmp(name, "Нұрланова") == 0 ? strcmp(mrz_name, "NURLANOVA") == 0
	                                      : strcmp(name, "Айгүл") == 0 && strcmp(mrz_name, "AIGUL") == 0;
}

void flow_chip_begin(struct flow *f)
{
	f->config.staff = true;
	f->config.same_name = same_name;
	f->chip = (struct tg_chip_document){.number = "000123456",
	        .birth = "1990-01-01",
	        .expiry = "2032-05-04",
	        .issuer = "KAZ",
	        .nationality = "KAZ",
	        .iin = "900101300017",
	        .sex = "F",
	        .surname = "NURLANOVA",
	        .given = "AIGUL",
	        .active = TG_NOT_FOUND,
	        .chip = TG_OK,
	        .signer = "C=KZ, O=Training, CN=Document signer 1"};
	f->staff_token = (struct tg_token_state){.status = TG_OK,
	        .carrier = "rutoken",
	        .carrier_name = "carrier.softhsm",
	        .label = "STAFF",
	        .serial = "4e7700",
	        .tries_left = 3,
	        .pin_min = 6,
	        .pin_max = 32};
}

void flow_chip_answer(const struct flow *f, enum tg_effect_kind effect, struct tg_event *ev)
{
	if (effect == TG_FX_READ_DOCUMENT) {
		ev->status = f->reading;
		ev->document = f->chip;
	} else if (effect == TG_FX_PIN_JUDGE) {
		ev->status = f->judged;
		ev->flaw = f->flaw;
	} else if (effect == TG_FX_STAFF_TOKEN) {
		ev->token = f->staff_token;
	} else if (effect == TG_FX_STAFF_PROVE) {
		ev->status = f->staff;
		ev->token = f->staff_token;
		(void)tg_copy(ev->staff_name, sizeof ev->staff_name, "ТІЛЕУОВ ДӘУРЕН");
		(void)tg_copy(ev->staff_serial, sizeof ev->staff_serial, "5a0777");
		(void)tg_copy(ev->holder, sizeof ev->holder, f->holder ? f->holder : "");
	}
}

void flow_to_document(struct flow *f)
{
	f->token.document = true;
	f->token.can_unblock = true;
	flow_walk(f, TG_STAGE_DOCUMENT);
}

void flow_type_document(struct flow *f)
{
	flow_at(f, "document");
	flow_keys(f, "'000123456 Enter '01011990 Enter '04052032 Enter");
}

void flow_read(struct flow *f, enum tg_status status)
{
	f->reading = status;
	flow_type_document(f);
	flow_keys(f, "Enter");
}

void flow_new_pin(struct flow *f, unsigned characters)
{
	flow_pin(f, characters);
	flow_keys(f, "Enter");
	flow_pin(f, characters);
	flow_keys(f, "Enter");
}

void flow_pin_ended(struct flow *f, enum tg_status status)
{
	struct tg_event ev = flow_ev(f, TG_EV_PIN_ENDED);
	ev.status = status;
	ev.token = f->token;
	if (status == TG_OK)
		ev.token.pin_to_be_changed = ev.token.locked = false;
	flow_event(f, &ev);
}

void flow_other_card(struct flow *f, bool in)
{
	struct tg_event ev = flow_ev(f, TG_EV_READER);
	ev.reader = f->s.reader;
	ev.other = (struct tg_reader_state){
	        .service = TG_OK, .card = in, .reader = "Virtual PCD 00 01", .name = "Virtual PCD 00 01"};
	flow_event(f, &ev);
}

void flow_to_staff(struct flow *f)
{
	flow_walk(f, TG_STAGE_CARRIER);
	flow_other_card(f, false);
	f->token.locked = true;
	f->token.tries_left = 0;
	f->token.can_unblock = true;
	flow_card(f, true);
	flow_keys(f, "Enter");
	flow_at(f, "staff");
}

void flow_staff_known(struct flow *f)
{
	flow_to_staff(f);
	flow_other_card(f, true);
	flow_pin(f, 8);
	flow_keys(f, "Enter");
	assert_int_equal(f->s.staff.step, f->staff == TG_OK && !f->silent ? TG_STAFF_CHECK : f->s.staff.step);
}

void flow_to_unblock(struct flow *f)
{
	flow_staff_known(f);
	flow_keys(f, f->s.token.document ? "Down Enter Enter" : "Enter Enter");
	flow_at(f, "unblock");
}
