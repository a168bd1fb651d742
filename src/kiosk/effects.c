#include "advice.h"
#include "cabinet.h"
#include "desk.h"
#include "money.h"
#include "medium.h"
#include "paper.h"
#include "staff.h"
#include "ticket.h"
#include "ways.h"

static void start_chip(struct kiosk *k, bool undo)
{
	struct kiosk_job *job = kiosk_job_new(k, kiosk_chip_run);
	if (!job)
		return;
	kiosk_job_reader(job);
	job->undo = undo;
	if (!undo && tg_flow_pin_again(&k->state))
		kiosk_job_copy_pin(job);
	else
		kiosk_job_take_pin(job);
	kiosk_job_start(k->token_worker, job);
}

void kiosk_keep_pending(struct kiosk *k, char **json)
{
	if (k->pending)
		explicit_bzero(k->pending, strlen(k->pending));
	free(k->pending);
	k->pending = json ? *json : NULL;
	if (json)
		*json = NULL;
}

static bool is_signed(const struct tg_flow_state *s)
{
	return s->way && s->way->proof && !strcmp(s->way->proof, "signature");
}

/* A renewal carries the certificate that it is for. */
static void start_submit(struct kiosk *k)
{
	if (is_signed(&k->state)) {
		kiosk_start_signed_submit(k);
		return;
	}
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
	kiosk_keep_pending(k, NULL);
	explicit_bzero(&k->view, sizeof k->view);
	tg_ui_scrub(k->ui);
	kiosk_post(k, &ev);
}

static void run_chip(struct kiosk *k)
{
	start_chip(k, false);
}

/* The card is needed only when something on it is to be removed. */
static void leave_out(struct kiosk *k)
{
	struct kiosk_job *job = kiosk_job_new(k, kiosk_chip_run);
	if (!job)
		return;
	kiosk_job_reader(job);
	job->leave_out = true;
	if (k->state.work.touched)
		kiosk_job_take_pin(job);
	kiosk_job_start(k->token_worker, job);
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

static void print_form(struct kiosk *k)
{
	kiosk_job_start(k->print_worker, kiosk_job_new(k, kiosk_print_form));
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
	        [TG_FX_CHIP_LEAVE_OUT] = leave_out,
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
	        [TG_FX_DESK_TOKEN] = kiosk_start_desk_token,
	        [TG_FX_DESK_QUEUE] = kiosk_start_desk_queue,
	        [TG_FX_DESK_READ] = kiosk_start_desk_read,
	        [TG_FX_DESK_CLAIM] = kiosk_start_desk_claim,
	        [TG_FX_DESK_REGISTERS] = kiosk_start_desk_registers,
	        [TG_FX_DESK_DECIDE] = kiosk_start_desk_decide,
	        [TG_FX_DESK_MOVE] = kiosk_start_desk_move,
	        [TG_FX_DESK_PRINT] = kiosk_start_desk_print,
	        [TG_FX_DEVICES] = kiosk_start_devices,
	        [TG_FX_CERTIFICATES] = kiosk_start_certificates,
	        [TG_FX_ENTER] = kiosk_start_enter,
	        [TG_FX_CABINET] = kiosk_start_cabinet,
	        [TG_FX_VERDICT] = kiosk_start_verdict,
	        [TG_FX_STATUS] = kiosk_start_status,
	        [TG_FX_APPLICATION] = kiosk_start_application,
	        [TG_FX_WITHDRAW] = kiosk_start_withdraw,
	        [TG_FX_PENDING] = kiosk_start_pending,
	        [TG_FX_REQUEST] = kiosk_start_request,
	        [TG_FX_DECIDE] = kiosk_start_decide,
	        [TG_FX_PRINT_FORM] = print_form,
	        [TG_FX_MEDIUM_LIST] = kiosk_start_medium_list,
	        [TG_FX_MEDIUM_READ] = kiosk_start_medium_read,
	        [TG_FX_DELIVER] = kiosk_start_deliver,
	        [TG_FX_DELIVER_PAPER] = kiosk_start_deliver_paper,
	        [TG_FX_TICKET] = kiosk_start_ticket,
	        [TG_FX_SLIP] = kiosk_start_slip,
	        [TG_FX_DESK_PAY] = kiosk_start_desk_pay,
	        [TG_FX_OPEN_ASK] = kiosk_start_open,
	        [TG_FX_TOPICS] = kiosk_start_topics,
	        [TG_FX_COMPANIES] = kiosk_start_companies,
	        [TG_FX_CLOUD] = kiosk_start_cloud,
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
