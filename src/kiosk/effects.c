#include "cabinet.h"
#include "staff.h"

static void start_chip(struct kiosk *k, bool undo)
{
	struct kiosk_job *job = kiosk_job_new(k, kiosk_chip_run);
	if (!job)
		return;
	kiosk_job_reader(job);
	job->undo = undo;
	kiosk_job_take_pin(job);
	kiosk_job_start(k->token_worker, job);
}

/* A renewal carries the certificate that it is for. */
static void start_submit(struct kiosk *k)
{
	struct kiosk_job *job = kiosk_job_new(k, kiosk_submit);
	if (job && k->state.cabinet.old[0] != '\0')
		job->certificate = kiosk_certificate_dup(k, k->state.cabinet.old);
	kiosk_job_start(k->store_worker, job);
}

static void start_token_info(struct kiosk *k)
{
	struct kiosk_job *job = kiosk_job_new(k, kiosk_token_info);
	if (job)
		kiosk_job_reader(job);
	kiosk_job_start(k->token_worker, job);
}

/* Nothing of a person outlives this: the screen's arena, the PIN, the last event. The flow has wiped its own state when
 * it hears that this is done. */
static void wipe(struct kiosk *k)
{
	struct tg_event ev = {.kind = TG_EV_WIPED};
	kiosk_secrets_wipe(k);
	if (k->held)
		kiosk_start_logout(k); /* a login in the cabinet ends with the person */
	kiosk_held_free(k->held);
	k->held = NULL;
	explicit_bzero(&k->view, sizeof k->view);
	tg_ui_scrub(k->ui);
	kiosk_post(k, &ev);
}

void kiosk_effect(struct kiosk *k, enum tg_effect_kind effect)
{
	switch (effect) {
	case TG_FX_TOKEN_INFO:
		start_token_info(k);
		break;
	case TG_FX_FIND_UNFINISHED:
		kiosk_job_start(k->store_worker, kiosk_job_new(k, kiosk_find_unfinished));
		break;
	case TG_FX_SUBMIT:
		start_submit(k);
		break;
	case TG_FX_CHIP_RUN:
		start_chip(k, false);
		break;
	case TG_FX_CHIP_UNDO:
		start_chip(k, true);
		break;
	case TG_FX_RECEIPT:
		kiosk_job_start(k->print_worker, kiosk_job_new(k, kiosk_receipt));
		break;
	case TG_FX_CLEAR_PIN:
		kiosk_secrets_wipe(k);
		break;
	case TG_FX_WIPE:
		wipe(k);
		break;
	case TG_FX_RECORD_FAILURE:
		kiosk_job_start(k->store_worker, kiosk_job_new(k, kiosk_record_failure));
		break;
	case TG_FX_READ_DOCUMENT:
		kiosk_start_reading(k);
		break;
	case TG_FX_KEEP_PIN:
		kiosk_keep_pin(k);
		break;
	case TG_FX_CLEAR_NEW:
		kiosk_clear_new(k);
		break;
	case TG_FX_PIN_JUDGE:
		kiosk_judge_pin(k);
		break;
	case TG_FX_PIN_CHANGE:
		kiosk_start_pin_change(k);
		break;
	case TG_FX_STAFF_TOKEN:
		kiosk_start_staff_token(k);
		break;
	case TG_FX_STAFF_PROVE:
		kiosk_start_staff_prove(k);
		break;
	case TG_FX_UNBLOCK:
		kiosk_start_unblock(k);
		break;
	case TG_FX_DEVICES:
		kiosk_start_devices(k);
		break;
	case TG_FX_CERTIFICATES:
		kiosk_start_certificates(k);
		break;
	case TG_FX_ENTER:
		kiosk_start_enter(k);
		break;
	case TG_FX_CABINET:
		kiosk_start_cabinet(k);
		break;
	case TG_FX_TRY:
		kiosk_start_try(k);
		break;
	case TG_FX_LOGOUT:
		kiosk_start_logout(k);
		break;
	case TG_FX_CHECK_SERVICES:
		kiosk_job_start(k->link_worker, kiosk_job_new(k, kiosk_services));
		break;
	}
}

#define LINK_EVERY_MS 2000

void kiosk_ask_link(struct kiosk *k)
{
	int64_t now = k->clock.mono_ms(k->clock.ctx);
	bool shown = k->state.stage == TG_STAGE_RESULT || k->state.stage == TG_STAGE_WAITING;
	if (now - k->last_link_ms < LINK_EVERY_MS)
		return;
	k->last_link_ms = now;
	if (shown && !k->state.registered_ms)
		kiosk_job_start(k->store_worker, kiosk_job_new(k, kiosk_sync_state));
	if (!tg_flow_somebody_there(&k->state) || k->state.stage == TG_STAGE_OUT_OF_SERVICE)
		kiosk_effect(k, TG_FX_CHECK_SERVICES);
}
