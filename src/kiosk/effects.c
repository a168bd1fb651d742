#include "kiosk.h"

static void with_reader(struct kiosk_job *job)
{
	struct kiosk *k = job->k;
	for (unsigned i = 0; i < k->readers.n && !k->config->soft_carrier; i++)
		if (k->readers.list[i].card) {
			job->reader = k->readers.list[i];
			job->has_reader = true;
			return;
		}
}

static void start_chip(struct kiosk *k, bool undo)
{
	struct kiosk_job *job = kiosk_job_new(k, kiosk_chip_run);
	if (!job)
		return;
	with_reader(job);
	job->undo = undo;
	if (tg_secret_create(&job->pin) != TG_OK ||
	        !tg_secret_append(job->pin, tg_secret_peek(k->pin), tg_secret_len(k->pin)))
		tg_bug_report(__FILE__, __LINE__, "no locked memory for a PIN");
	tg_secret_wipe(k->pin); /* from here on the job alone has it */
	kiosk_job_start(k->token_worker, job);
}

static void start_token_info(struct kiosk *k)
{
	struct kiosk_job *job = kiosk_job_new(k, kiosk_token_info);
	if (job)
		with_reader(job);
	kiosk_job_start(k->token_worker, job);
}

/* Nothing of a person outlives this: the screen's arena, the PIN, the last event. The flow has wiped its own state when
 * it hears that this is done. */
static void wipe(struct kiosk *k)
{
	struct tg_event ev = {.kind = TG_EV_WIPED};
	tg_secret_wipe(k->pin);
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
		kiosk_job_start(k->store_worker, kiosk_job_new(k, kiosk_submit));
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
		tg_secret_wipe(k->pin);
		break;
	case TG_FX_WIPE:
		wipe(k);
		break;
	case TG_FX_RECORD_FAILURE:
		kiosk_job_start(k->store_worker, kiosk_job_new(k, kiosk_record_failure));
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
