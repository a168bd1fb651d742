/* Entering with a token, and the cabinet (DOS-8, DOS-9, DOS-10, DOS-12). */
#include "scenes.h"

#include "../flow/flow_cabinet.h"

static void storage(struct flow *f)
{
	flow_keys(f, "3 2");
	flow_cabinet_service(f);
	flow_at(f, "devices");
}

static void cloud(struct flow *f)
{
	storage(f);
	flow_keys(f, "2");
}

static void devices(struct flow *f)
{
	struct tg_device *d = &f->facts.devices[f->facts.n_devices++];
	(void)tg_copy(d->reader, sizeof d->reader, "Virtual PCD 00 00");
	(void)tg_copy(d->shown, sizeof d->shown, "Virtual PCD 00 00");
	(void)tg_copy(d->carrier_name, sizeof d->carrier_name, "carrier.kz-idcard");
	(void)tg_copy(d->serial, sizeof d->serial, "KZ00194031");
	flow_cabinet_walk(f, TG_STAGE_DEVICES);
}

static void devices_unusable(struct flow *f)
{
	devices(f);
	f->s.cabinet.facts.devices[1].status = TG_CARD_FOREIGN;
}

static void devices_empty(struct flow *f)
{
	f->facts.n_devices = 0;
	flow_cabinet_walk(f, TG_STAGE_DEVICES);
}

static void devices_reading(struct flow *f)
{
	f->facts.n_devices = 0;
	storage(f);
	flow_keys(f, "1");
	f->silent = true;
	flow_keys(f, "1");
}

static void devices_no_service(struct flow *f)
{
	f->facts.n_devices = 0;
	f->readers = TG_READER_SERVICE;
	flow_cabinet_walk(f, TG_STAGE_DEVICES);
}

/* The token went while its PIN was being checked. */
static void devices_lost(struct flow *f)
{
	f->entered = TG_TOKEN_LOST;
	flow_cabinet_walk(f, TG_STAGE_ENTER);
	flow_pin(f, 8);
	flow_keys(f, "Enter");
	flow_at(f, "devices");
}

static void company(struct flow *f)
{
	flow_cabinet_many(f);
	flow_cabinet_walk(f, TG_STAGE_COMPANY);
}

static void company_locked(struct flow *f)
{
	flow_cabinet_many(f);
	f->facts.n_certificates = 2;
	f->facts.centre_reached = false;
	f->facts.certificates[0].lock = TG_LOCK_DAY;
	f->facts.certificates[1].lock = TG_LOCK_ALL;
	flow_cabinet_walk(f, TG_STAGE_COMPANY);
}

static void company_none(struct flow *f)
{
	f->facts.certificates[0].foreign = true;
	flow_cabinet_walk(f, TG_STAGE_COMPANY);
}

static void company_reading(struct flow *f)
{
	flow_cabinet_walk(f, TG_STAGE_DEVICES);
	f->silent = true;
	flow_keys(f, "1");
	flow_at(f, "company");
}

static void enter(struct flow *f)
{
	flow_cabinet_walk(f, TG_STAGE_ENTER);
	flow_pin(f, 5);
}

static void enter_offline(struct flow *f)
{
	f->facts.centre_reached = false;
	flow_cabinet_walk(f, TG_STAGE_ENTER);
}

static void enter_never_online(struct flow *f)
{
	f->facts.centre_reached = false;
	f->facts.certificates[0].lock_known_ms = 0;
	f->facts.certificates[0].left_today = 1;
	f->facts.certificates[0].left_in_all = 3;
	flow_cabinet_walk(f, TG_STAGE_ENTER);
}

static void enter_wrong(struct flow *f)
{
	f->entered = TG_PIN_WRONG;
	flow_cabinet_walk(f, TG_STAGE_ENTER);
	f->facts.certificates[0].left_today = 4;
	f->facts.certificates[0].left_in_all = 6;
	flow_pin(f, 8);
	flow_keys(f, "Enter");
	flow_at(f, "enter");
}

static void enter_busy(struct flow *f)
{
	flow_cabinet_walk(f, TG_STAGE_ENTER);
	f->silent = true;
	flow_pin(f, 8);
	flow_keys(f, "Enter");
}

static void enter_lock_day(struct flow *f)
{
	f->facts.certificates[0].lock = TG_LOCK_DAY;
	f->facts.certificates[0].left_today = 0;
	f->facts.certificates[0].left_in_all = 2;
	flow_cabinet_walk(f, TG_STAGE_ENTER);
}

static void enter_lock_all(struct flow *f)
{
	f->facts.certificates[0].lock = TG_LOCK_ALL;
	f->facts.certificates[0].left_today = f->facts.certificates[0].left_in_all = 0;
	flow_cabinet_walk(f, TG_STAGE_ENTER);
}

static void enter_pad(struct flow *f)
{
	f->token.pin_pad = true;
	flow_cabinet_walk(f, TG_STAGE_ENTER);
}

static void home(struct flow *f)
{
	flow_cabinet_walk(f, TG_STAGE_HOME);
}

static void home_expiry(struct flow *f)
{
	flow_days_left(f, 0, 12);
	flow_cabinet_walk(f, TG_STAGE_HOME);
}

static void home_cloud(struct flow *f)
{
	flow_cabinet_in_cloud(f, "77aa01c0ffee", "бухгалтер", 20, TG_OK);
	flow_cabinet_walk(f, TG_STAGE_HOME);
}

static void home_cloud_office(struct flow *f)
{
	flow_cabinet_in_cloud(f, "77aa01c0ffee", "бухгалтер", 20, TG_ORDER_OFFICE);
	flow_cabinet_walk(f, TG_STAGE_HOME);
}

static void home_cloud_unknown(struct flow *f)
{
	f->cloud = TG_AGENT_DOWN;
	flow_cabinet_walk(f, TG_STAGE_HOME);
}

static void home_no_news(struct flow *f)
{
	f->facts.n_news = 0;
	flow_cabinet_walk(f, TG_STAGE_HOME);
}

static void certificates(struct flow *f)
{
	flow_cabinet_many(f);
	flow_cabinet_walk(f, TG_STAGE_HOME);
	flow_keys(f, "1");
	flow_at(f, "certificates");
}

static void certificate(struct flow *f)
{
	certificates(f);
	flow_keys(f, "1");
	flow_at(f, "certificate");
}

static void certificates_cloud(struct flow *f)
{
	flow_cabinet_in_cloud(f, "77aa01c0ffee", "бухгалтер", 20, TG_OK);
	flow_cabinet_in_cloud(f, "77aa02c0ffee", "директор", 300, TG_ORDER_OFFICE);
	flow_cabinet_walk(f, TG_STAGE_HOME);
	flow_keys(f, "2");
	flow_at(f, "certificates");
}

static void certificate_order(struct flow *f)
{
	certificates_cloud(f);
	flow_keys(f, "2");
	flow_at(f, "certificate");
}

static void certificate_order_early(struct flow *f)
{
	certificates_cloud(f);
	flow_keys(f, "3");
}

static void certificate_order_office(struct flow *f)
{
	home_cloud_office(f);
	flow_keys(f, "1 2");
	flow_at(f, "certificate");
}

static void certificate_renew(struct flow *f)
{
	flow_days_left(f, 0, 45);
	certificate(f);
}

static void certificate_ended(struct flow *f)
{
	certificates(f);
	flow_keys(f, "3");
}

static void certificate_foreign(struct flow *f)
{
	certificates(f);
	flow_keys(f, "4");
}

static void applications(struct flow *f)
{
	home(f);
	flow_keys(f, "2");
	flow_at(f, "applications");
}

static void applications_none(struct flow *f)
{
	f->facts.n_applications = 0;
	applications(f);
}

static void enter_try(struct flow *f)
{
	home(f);
	flow_keys(f, "4");
	flow_at(f, "enter");
}

static void try_it(struct flow *f)
{
	enter_try(f);
	flow_pin(f, 8);
	flow_keys(f, "Enter");
	flow_at(f, "try");
}

static void try_failed(struct flow *f)
{
	enter_try(f);
	f->entered = TG_PROOF_FAILED;
	f->chain = TG_CERT_INVALID;
	flow_pin(f, 8);
	flow_keys(f, "Enter");
	flow_at(f, "try");
}

static void leave(struct flow *f)
{
	home(f);
	flow_keys(f, "5");
	flow_at(f, "leave");
}

static void leave_pulled(struct flow *f)
{
	home(f);
	flow_card(f, false);
	flow_at(f, "leave");
}

static void leave_idle(struct flow *f)
{
	home(f);
	flow_tick(f, 100000);
	flow_tick(f, 100000);
	flow_at(f, "leave");
}

static void renew_questions(struct flow *f)
{
	certificate_renew(f);
	flow_keys(f, "Enter");
	flow_at(f, "questions");
}

static void renew_review(struct flow *f)
{
	renew_questions(f);
	flow_keys(f, "1");
	flow_at(f, "review");
}

static void renew_changed(struct flow *f)
{
	renew_review(f);
	for (unsigned i = 0; i < f->s.kind->form->n_fields; i++)
		if (f->s.kind->form->fields[i].certificate &&
		        strcmp(f->s.kind->form->fields[i].certificate, "organisation") == 0)
			(void)tg_copy(f->s.answers[i].value, sizeof f->s.answers[i].value, "ОсОО «Ала-Тоо Плюс»");
	flow_keys(f, "Enter");
	flow_at(f, "failure");
}

static void help_home(struct flow *f)
{
	home(f);
	flow_keys(f, "F1");
}

const struct scene golden_cabinet_scenes[] = {
        {"devices-storage", storage},
        {"devices-cloud", cloud},
        {"devices", devices},
        {"devices-unusable", devices_unusable},
        {"devices-empty", devices_empty},
        {"devices-reading", devices_reading},
        {"devices-no-service", devices_no_service},
        {"devices-lost", devices_lost},
        {"company", company},
        {"company-locked", company_locked},
        {"company-none", company_none},
        {"company-reading", company_reading},
        {"enter", enter},
        {"enter-offline", enter_offline},
        {"enter-never-online", enter_never_online},
        {"enter-wrong", enter_wrong},
        {"enter-busy", enter_busy},
        {"enter-lock-day", enter_lock_day},
        {"enter-lock-all", enter_lock_all},
        {"enter-pad", enter_pad},
        {"home", home},
        {"home-expiry", home_expiry},
        {"home-cloud", home_cloud},
        {"home-cloud-office", home_cloud_office},
        {"home-cloud-unknown", home_cloud_unknown},
        {"home-no-news", home_no_news},
        {"certificates", certificates},
        {"certificate", certificate},
        {"certificates-cloud", certificates_cloud},
        {"certificate-order", certificate_order},
        {"certificate-order-early", certificate_order_early},
        {"certificate-order-office", certificate_order_office},
        {"certificate-renew", certificate_renew},
        {"certificate-ended", certificate_ended},
        {"certificate-foreign", certificate_foreign},
        {"applications", applications},
        {"applications-none", applications_none},
        {"enter-try", enter_try},
        {"try", try_it},
        {"try-failed", try_failed},
        {"leave", leave},
        {"leave-pulled", leave_pulled},
        {"leave-idle", leave_idle},
        {"cabinet-renew-questions", renew_questions},
        {"cabinet-renew-review", renew_review},
        {"cabinet-renew-changed", renew_changed},
        {"over-help-home", help_home},
        {NULL, NULL},
};
