#include "cabinet.h"
#include "tamga/link.h"
#include "tamga/log.h"

struct submission {
	struct tg_flow_state *state;
	const struct kiosk_certificate *old; /* that a renewal is for, or NULL */
	char number[TG_NUMBER_MAX];
	int64_t accepted_ms;
};

/* Number and entry in one turn of the store: a number that was given out is always in the journal, or never shown. */
static enum tg_status submit(struct kiosk *k, void *arg, struct tg_error *err)
{
	struct submission *s = arg;
	uint32_t counter;
	struct tg_buf json = TG_BUF_INIT;
	TG_TRY(tg_store_next_number(k->store, &counter, err));
	TG_TRY(tg_number_make(k->config->kiosk_no, counter, s->number));
	tg_copy(s->state->number, sizeof s->state->number, s->number);
	s->accepted_ms = k->clock.wall_ms(k->clock.ctx);
	enum tg_status status = tg_flow_application_json(s->state, &json);
	if (status == TG_OK && s->old)
		status = kiosk_add_old(s->old, &json);
	if (status == TG_OK)
		status = tg_store_append(
		        k->store, TG_RECORD_APPLICATION_SUBMITTED, tg_buf_str(&json), s->accepted_ms, NULL, err);
	tg_buf_wipe(&json);
	return status;
}

void kiosk_submit(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct submission s = {.state = &job->state, .old = job->certificate};
	struct tg_event ev = {.kind = TG_EV_SUBMITTED};
	if (job->state.cabinet.old[0] && !s.old)
		ev.status = tg_error_set(&err, TG_CERT_NONE, "the certificate to renew is not known any more");
	else
		ev.status = submit(job->k, &s, &err);
	if (ev.status == TG_OK) {
		tg_copy(ev.number, sizeof ev.number, s.number);
		ev.accepted_ms = s.accepted_ms;
		if (tg_link_poke(job->k->config->agent_socket) != TG_OK)
			tg_log_info("agent not reached: entries wait");
	} else {
		tg_log_error(&err, "application not recorded");
	}
	kiosk_post(job->k, &ev);
}

static bool must_finish(struct kiosk *k, const char *number)
{
	struct tg_error err = {0};
	struct tg_chip_work work;
	bool must = kiosk_load_work_here(k, number, &work, &err) == TG_OK && !tg_chip_work_can_undo(&work);
	tg_chip_work_finish(&work);
	return must;
}

void kiosk_find_unfinished(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_app_row row;
	struct tg_event ev = {.kind = TG_EV_UNFINISHED};
	ev.status = tg_store_app_unfinished(job->k->store, job->state.token.serial, &row, &err);
	if (ev.status == TG_OK) {
		tg_copy(ev.number, sizeof ev.number, row.number);
		tg_copy(ev.form, sizeof ev.form, row.form);
		ev.must_finish = must_finish(job->k, row.number);
		ev.accepted_ms = row.accepted_ms;
		ev.sent_ms = row.sent_ms;
		ev.registered_ms = row.registered_ms;
	} else if (ev.status != TG_NOT_FOUND) {
		tg_log_error(&err, "looking for unfinished chip work");
	}
	kiosk_post(job->k, &ev);
}

void kiosk_record_failure(struct kiosk_job *job)
{
	struct tg_error err = {0};
	char json[128];
	snprintf(json, sizeof json, "{\"code\":%d,\"screen\":\"%s\"}", (int)job->state.failure,
	        tg_sm_name(&tg_stage_machine, (int)job->state.stage));
	if (tg_store_append(job->k->store, TG_RECORD_FAILURE_SHOWN, json, job->k->clock.wall_ms(job->k->clock.ctx),
	            NULL, &err) != TG_OK)
		tg_log_error(&err, "failure not recorded");
}
