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
	kiosk_held_free(k->held);
	k->held = NULL;
	explicit_bzero(&k->view, sizeof k->view);
	tg_ui_scrub(k->ui);
	kiosk_post(k, &ev);
}

static void run_chip(struct kiosk *k)
{
	start_chip(k, false);
}

static void undo_chip(struct kiosk *k)
{
	start_chip(k, true);
}

static void find_unfinished(struct kiosk *k)
{
	kiosk_job_start(k->store_worker, kiosk_job_new(k, kiosk_find_unfinished));
}

static void print_receipt(struct kiosk *k)
{
	kiosk_job_start(k->print_worker, kiosk_job_new(k, kiosk_receipt));
}

static void record_failure(struct kiosk *k)
{
	kiosk_job_start(k->store_worker, kiosk_job_new(k, kiosk_record_failure));
}

static void check_services(struct kiosk *k)
{
	kiosk_job_start(k->link_worker, kiosk_job_new(k, kiosk_services));
}

void kiosk_effect(struct kiosk *k, enum tg_effect_kind effect)
{
	static void (*const effects[TG_FX_COUNT])(struct kiosk *) = {[TG_FX_TOKEN_INFO] = start_token_info,
	        [TG_FX_FIND_UNFINISHED] = find_unfinished,
	        [TG_FX_SUBMIT] = start_submit,
	        [TG_FX_CHIP_RUN] = run_chip,
	        [TG_FX_CHIP_UNDO] = undo_chip,
	        [TG_FX_RECEIPT] = print_receipt,
	        [TG_FX_CLEAR_PIN] = kiosk_secrets_wipe,
	        [TG_FX_WIPE] = wipe,
	        [TG_FX_RECORD_FAILURE] = record_failure,
	        [TG_FX_READ_DOCUMENT] = kiosk_start_reading,
	        [TG_FX_KEEP_PIN] = kiosk_keep_pin,
	        [TG_FX_CLEAR_NEW] = kiosk_clear_new,
	        [TG_FX_PIN_JUDGE] = kiosk_judge_pin,
	        [TG_FX_PIN_CHANGE] = kiosk_start_pin_change,
	        [TG_FX_STAFF_TOKEN] = kiosk_start_staff_token,
	        [TG_FX_STAFF_PROVE] = kiosk_start_staff_prove,
	        [TG_FX_UNBLOCK] = kiosk_start_unblock,
	        [TG_FX_DEVICES] = kiosk_start_devices,
	        [TG_FX_CERTIFICATES] = kiosk_start_certificates,
	        [TG_FX_ENTER] = kiosk_start_enter,
	        [TG_FX_CABINET] = kiosk_start_cabinet,
	        [TG_FX_CHECK_SERVICES] = check_services};
	if ((unsigned)effect < TG_FX_COUNT && effects[effect])
		effects[effect](k);
	else
		tg_bug_report(__FILE__, __LINE__, "an effect that the kiosk does not know");
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
