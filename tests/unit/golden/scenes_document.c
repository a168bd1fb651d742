/* DOCUMENT and READING, the form that the chip has filled, PIN_CHANGE, STAFF and UNBLOCK, and the cards that are named
 * before any PIN is asked. */
#include "scenes.h"

#include "../flow/flow_chip.h"
#include "tamga/text.h"

static void document(struct flow *f)
{
	flow_to_document(f);
}

static void document_typed(struct flow *f)
{
	flow_to_document(f);
	flow_type_document(f);
}

static void document_can(struct flow *f)
{
	flow_to_document(f);
	flow_keys(f, "Down*4 Enter '1234");
}

static void document_wrong(struct flow *f)
{
	flow_to_document(f);
	flow_keys(f, "'12 Enter Tab '31022000 Tab Tab Enter");
}

static void reading(struct flow *f)
{
	flow_to_document(f);
	f->silent = true;
	flow_read(f, TG_OK);
	struct tg_event ev = flow_ev(f, TG_EV_DOCUMENT_STEP);
	ev.key = 2;
	flow_event(f, &ev);
	flow_at(f, "reading");
}

static void read_as(struct flow *f, enum tg_status status)
{
	flow_to_document(f);
	flow_read(f, status);
	flow_at(f, "reading");
}

static void read_person(struct flow *f)
{
	read_as(f, TG_OK);
}

static void read_access(struct flow *f)
{
	read_as(f, TG_DOC_ACCESS);
}

static void read_no_iin(struct flow *f)
{
	memset(f->chip.iin, 0, sizeof f->chip.iin);
	read_as(f, TG_OK);
}

/* Where the certificates go; a token before the identity card; the token after it. */
static void carriers(struct flow *f)
{
	flow_walk(f, TG_STAGE_CARRIERS);
}

static void a_token(struct flow *f)
{
	flow_card(f, false);
	f->token.document = false;
	(void)tg_copy(f->token.carrier_name, sizeof f->token.carrier_name, "carrier.rutoken-ecp");
	(void)tg_copy(f->token.purpose, sizeof f->token.purpose, "token");
	(void)tg_copy(f->token.serial, sizeof f->token.serial, "3ba1f05c");
}

static void identity_first(struct flow *f)
{
	flow_walk(f, TG_STAGE_CARRIER);
	a_token(f);
	flow_card(f, true);
	flow_at(f, "carrier");
}

static void carrier_token(struct flow *f)
{
	flow_walk(f, TG_STAGE_CARRIERS);
	flow_keys(f, "2");
	a_token(f);
	flow_at(f, "carrier");
}

static void read_none(struct flow *f)
{
	read_as(f, TG_DOC_NONE);
}

static void read_broken(struct flow *f)
{
	read_as(f, TG_DOC_READ);
}

static void read_signer(struct flow *f)
{
	f->chip.passive = TG_DOC_SIGNER;
	read_as(f, TG_OK);
}

static void read_tampered(struct flow *f)
{
	f->chip.passive = TG_DOC_TAMPERED;
	read_as(f, TG_OK);
}

static void read_copy(struct flow *f)
{
	f->chip.active = TG_DOC_COPY;
	read_as(f, TG_OK);
}

static void read_expired(struct flow *f)
{
	f->chip.expired = true;
	read_as(f, TG_OK);
}

static void read_other(struct flow *f)
{
	f->chip.other_holder = true;
	read_as(f, TG_OK);
}

static void form_chip(struct flow *f)
{
	read_as(f, TG_OK);
	flow_keys(f, "Enter Enter");
	flow_at(f, "form");
	flow_keys(f, "'Нұрланова Enter 'Айша Enter");
}

static void review_chip(struct flow *f)
{
	read_as(f, TG_OK);
	flow_walk(f, TG_STAGE_REVIEW);
}

static void carrier_named(struct flow *f, enum tg_status status)
{
	flow_walk(f, TG_STAGE_CARRIER);
	f->token.status = status;
	flow_card(f, true);
}

/* A token whose maker's module is not here; an identity card would say who asks all the same. */
static void carrier_unsupported(struct flow *f)
{
	f->token.document = false;
	(void)tg_copy(f->token.carrier_name, sizeof f->token.carrier_name, "carrier.jacarta");
	carrier_named(f, TG_CARD_UNSUPPORTED);
}

static void carrier_version(struct flow *f)
{
	carrier_named(f, TG_CARD_VERSION);
}

static void carrier_state(struct flow *f)
{
	carrier_named(f, TG_CARD_STATE);
}

static void carrier_locked_staff(struct flow *f)
{
	f->token.can_unblock = true;
	f->token.locked = true;
	carrier_named(f, TG_OK);
}

static void carrier_pin_broken(struct flow *f)
{
	(void)snprintf(f->token.pin_broken, sizeof f->token.pin_broken, "change");
	carrier_named(f, TG_OK);
}

static void pin_broken(struct flow *f)
{
	(void)snprintf(f->token.pin_broken, sizeof f->token.pin_broken, "unblock");
	flow_walk(f, TG_STAGE_PIN);
}

/* ---- a change ---- */

static void forced(struct flow *f)
{
	f->token.pin_to_be_changed = true;
	flow_walk(f, TG_STAGE_PIN_CHANGE);
}

static void forced_again(struct flow *f)
{
	forced(f);
	flow_pin(f, 6);
	flow_keys(f, "Enter");
	flow_pin(f, 4);
}

static void flawed(struct flow *f, enum tg_pin_flaw flaw)
{
	forced(f);
	f->judged = TG_PIN_WEAK;
	f->flaw = flaw;
	flow_pin(f, 6);
	flow_keys(f, "Enter");
}

static void flaw_easy(struct flow *f)
{
	flawed(f, TG_FLAW_EASY);
}

static void flaw_birth(struct flow *f)
{
	flawed(f, TG_FLAW_BIRTH);
}

static void mismatch(struct flow *f)
{
	forced_again(f);
	f->judged = TG_PIN_MISMATCH;
	flow_keys(f, "Enter");
}

/* As the cabinet leads there. */
static void own_will(struct flow *f)
{
	flow_walk(f, TG_STAGE_PIN);
	struct tg_flow_state *s = &f->s;
	s->pin.then = TG_STAGE_HOME;
	s->stage = TG_STAGE_PIN_CHANGE;
}

static void own_wrong(struct flow *f)
{
	own_will(f);
	flow_pin(f, 6);
	flow_keys(f, "Enter");
	flow_new_pin(f, 7);
	f->token.tries_left = 2;
	flow_pin_ended(f, TG_PIN_WRONG);
}

static void pad(struct flow *f)
{
	own_will(f);
	f->s.token.pin_pad = true;
}

static void changing(struct flow *f)
{
	forced(f);
	flow_new_pin(f, 6);
}

static void changed(struct flow *f)
{
	own_will(f);
	flow_pin(f, 6);
	flow_keys(f, "Enter");
	flow_new_pin(f, 7);
	flow_pin_ended(f, TG_OK);
}

static void failure_locked_staff(struct flow *f)
{
	f->token.can_unblock = true;
	flow_walk(f, TG_STAGE_WORKING);
	f->token.locked = true;
	flow_chip_ended(f, TG_PIN_LOCKED);
}

/* ---- staff ---- */

static void staff_no_reader(struct flow *f)
{
	flow_to_staff(f);
	memset(&f->s.other, 0, sizeof f->s.other);
}

static void staff_foreign(struct flow *f)
{
	flow_to_staff(f);
	f->staff_token = (struct tg_token_state){.status = TG_CARD_FOREIGN, .tries_left = -1};
	flow_other_card(f, true);
}

static void staff_pin(struct flow *f)
{
	flow_to_staff(f);
	flow_other_card(f, true);
	flow_pin(f, 5);
}

static void staff_ends(struct flow *f, enum tg_status status)
{
	f->staff = status;
	f->staff_token.tries_left = 3 - (status == TG_PIN_WRONG);
	flow_staff_known(f);
}

static void staff_wrong(struct flow *f)
{
	staff_ends(f, TG_PIN_WRONG);
}

static void staff_unknown(struct flow *f)
{
	staff_ends(f, TG_STAFF_UNKNOWN);
}

static void staff_busy(struct flow *f)
{
	flow_to_staff(f);
	flow_other_card(f, true);
	flow_pin(f, 8);
	f->silent = true;
	flow_keys(f, "Enter");
}

static void staff_check(struct flow *f)
{
	f->token.document = true;
	flow_staff_known(f);
}

static void staff_check_holder(struct flow *f)
{
	f->token.document = false;
	f->holder = "НҰРЛАНОВА АЙГҮЛ";
	flow_staff_known(f);
	flow_keys(f, "Down Enter");
}

static void staff_check_chip(struct flow *f)
{
	staff_check(f);
	flow_keys(f, "Enter");
	flow_read(f, TG_OK);
	flow_keys(f, "Enter");
	flow_at(f, "staff");
}

static void unblock_so(struct flow *f)
{
	flow_to_unblock(f);
	flow_pin(f, 16);
}

static void unblock_new(struct flow *f)
{
	flow_to_unblock(f);
	flow_pin(f, 16);
	flow_keys(f, "Enter");
	flow_pin(f, 6);
}

static void unblock_busy(struct flow *f)
{
	unblock_new(f);
	flow_new_pin(f, 6);
}

static void unblock_so_wrong(struct flow *f)
{
	unblock_busy(f);
	flow_pin_ended(f, TG_SO_PIN_WRONG);
}

static void unblock_so_locked(struct flow *f)
{
	unblock_busy(f);
	flow_pin_ended(f, TG_SO_PIN_LOCKED);
}

static void unblock_done(struct flow *f)
{
	unblock_busy(f);
	flow_pin_ended(f, TG_OK);
}

const struct scene golden_document_scenes[] = {
        {"document", document},
        {"document-typed", document_typed},
        {"document-can", document_can},
        {"document-wrong", document_wrong},
        {"reading", reading},
        {"read-person", read_person},
        {"read-access", read_access},
        {"read-no-iin", read_no_iin},
        {"carriers", carriers},
        {"carrier-identity-first", identity_first},
        {"carrier-insert-token", carrier_token},
        {"read-none", read_none},
        {"read-broken", read_broken},
        {"read-signer", read_signer},
        {"read-tampered", read_tampered},
        {"read-copy", read_copy},
        {"read-expired", read_expired},
        {"read-other", read_other},
        {"form-chip", form_chip},
        {"review-chip", review_chip},
        {"carrier-unsupported", carrier_unsupported},
        {"carrier-version", carrier_version},
        {"carrier-state", carrier_state},
        {"carrier-locked-staff", carrier_locked_staff},
        {"carrier-pin-broken", carrier_pin_broken},
        {"pin-broken", pin_broken},
        {"pin-change-forced", forced},
        {"pin-change-again", forced_again},
        {"pin-change-easy", flaw_easy},
        {"pin-change-birth", flaw_birth},
        {"pin-change-mismatch", mismatch},
        {"pin-change-own", own_will},
        {"pin-change-wrong", own_wrong},
        {"pin-change-pad", pad},
        {"pin-change-busy", changing},
        {"pin-change-done", changed},
        {"failure-locked-staff", failure_locked_staff},
        {"staff-insert", flow_to_staff},
        {"staff-no-reader", staff_no_reader},
        {"staff-foreign", staff_foreign},
        {"staff-pin", staff_pin},
        {"staff-wrong", staff_wrong},
        {"staff-unknown", staff_unknown},
        {"staff-busy", staff_busy},
        {"staff-check", staff_check},
        {"staff-check-holder", staff_check_holder},
        {"staff-check-chip", staff_check_chip},
        {"unblock-so", unblock_so},
        {"unblock-so-wrong", unblock_so_wrong},
        {"unblock-so-locked", unblock_so_locked},
        {"unblock-new", unblock_new},
        {"unblock-busy", unblock_busy},
        {"unblock-done", unblock_done},
        {NULL, NULL},
};
