#include "ways.h"
#include "money.h"
#include "tamga/log.h"

struct submission {
	struct tg_flow_state *state;
	const struct kiosk_certificate *old;    /* that a renewal is for, or NULL */
	const struct tg_buf *signature;         /* CMS over it, or NULL */
	const struct kiosk_certificate *signer; /* that signs it when its keys are made (NCA-9.again), or NULL */
	char number[TG_NUMBER_MAX];
	int64_t accepted_ms;
	struct tg_application_facts *facts; /* how it stands */
};

static enum tg_status add_to_body(struct submission *s, struct tg_buf *json, struct tg_error *err)
{
	if (s->old)
		TG_TRY(kiosk_add_old(s->old, json));
	if (s->signer) {
		json->len--; /* the closing brace */
		tg_buf_addf(json, ",\"signer\":\"%s\"}", s->signer->sha256);
	}
	return kiosk_add_signature(json, s->signature, err);
}

/* The application that this one takes the place of: cancelled, whatever was made of it (P-5: edits after acceptance).
 */
static enum tg_status cancel_edited(struct kiosk *k, const struct submission *s, struct tg_error *err)
{
	char json[96];
	if (!s->state->ways.edits[0])
		return TG_OK;
	snprintf(json, sizeof json, "{\"number\":\"%s\",\"why\":\"edited\"}", s->state->ways.edits);
	return tg_store_append(k->store, TG_RECORD_APPLICATION_CANCELLED, json, s->accepted_ms, NULL, err);
}

static void say_how_it_stands(struct kiosk *k, const struct submission *s)
{
	struct tg_error err = {0};
	struct tg_app_row row;
	if (tg_store_app_find(k->store, s->number, &row, &err) != TG_OK) {
		tg_log_error(&err, "the application that was just recorded");
		return;
	}
	kiosk_facts_of_row(k, &row, s->facts);
	kiosk_take_money(k, s->number, s->facts);
}

/* Number and entry in one turn of the store: a number that was given out is always in the journal, or never shown. */
static enum tg_status submit(struct kiosk *k, void *arg, struct tg_error *err)
{
	struct submission *s = arg;
	uint32_t counter;
	struct tg_buf json = TG_BUF_INIT;
	TG_TRY(tg_store_next_number(k->store, &counter, err));
	TG_TRY(tg_number_make(k->config->kiosk_no, counter, s->number));
	tg_copy(s->state->number, sizeof s->state->number, s->number);
	s->accepted_ms = s->state->now_wall_ms = k->clock.wall_ms(k->clock.ctx);
	enum tg_status status = tg_flow_application_json(s->state, &json);
	if (status == TG_OK)
		status = add_to_body(s, &json, err);
	if (status == TG_OK)
		status = tg_store_append(
		        k->store, TG_RECORD_APPLICATION_SUBMITTED, tg_buf_str(&json), s->accepted_ms, NULL, err);
	tg_buf_wipe(&json);
	if (status == TG_OK)
		status = cancel_edited(k, s, err);
	if (status == TG_OK)
		say_how_it_stands(k, s);
	return status;
}

static void tell(struct kiosk_job *job, struct tg_event *ev, const struct submission *s, struct tg_ways_facts *facts,
        const struct tg_error *err)
{
	if (ev->status == TG_OK) {
		tg_copy(ev->number, sizeof ev->number, s->number);
		ev->accepted_ms = s->accepted_ms;
		kiosk_poke(job->k);
	} else {
		tg_log_error(err, "application not recorded");
	}
	kiosk_post_ways(job->k, ev, facts, NULL);
}

void kiosk_submit(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_SUBMITTED};
	struct tg_ways_facts *facts = kiosk_ways_new();
	if (!facts)
		return;
	struct submission s = {.state = &job->state, .old = job->certificate, .facts = &facts->application};
	if (job->state.cabinet.old[0] && !s.old)
		ev.status = tg_error_set(&err, TG_CERT_NONE, "the certificate to renew is not known any more");
	else if (s.old && tg_store_certificate_check(job->k->store, s.old->sha256, &err) != TG_OK)
		ev.status = err.status;
	else
		ev.status = submit(job->k, &s, &err);
	tell(job, &ev, &s, facts, &err);
}

/* Somebody else's certificate is refused before anything is recorded. */
static enum tg_status fits(struct kiosk_job *job, struct tg_error *err)
{
	struct tg_buf body = TG_BUF_INIT;
	enum tg_status status = tg_flow_application_json_as(&job->state, "", &body);
	if (status == TG_OK && !job->certificate)
		status = tg_error_set(err, TG_CERT_NONE, "the certificate is not on the token");
	if (status == TG_OK)
		status = kiosk_certificate_fits(job->certificate, tg_buf_str(&body), err);
	tg_buf_wipe(&body);
	return status;
}

/* New keys first, then the signature over them too: chip work does both (NCA-9.again). */
static void submit_to_sign(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_SUBMITTED};
	struct tg_ways_facts *facts = kiosk_ways_new();
	if (!facts)
		return;
	struct submission s = {.state = &job->state, .signer = job->certificate, .facts = &facts->application};
	ev.status = fits(job, &err);
	if (ev.status == TG_OK)
		ev.status = tg_store_certificate_check(job->k->store, job->certificate->sha256, &err);
	if (ev.status == TG_OK)
		ev.status = submit(job->k, &s, &err);
	tell(job, &ev, &s, facts, &err);
}

/* What is signed is what is recorded: the same answers, the same declarations; the number comes afterwards. */
static enum tg_status sign_application(
        struct kiosk_job *job, struct tg_token_info *info, struct tg_buf *cms, struct tg_error *err)
{
	struct tg_buf body = TG_BUF_INIT, content = TG_BUF_INIT;
	enum tg_status status = fits(job, err);
	if (status == TG_OK)
		status = tg_flow_application_json_as(&job->state, "", &body);
	if (status == TG_OK)
		status = kiosk_signed_content(
		        tg_buf_str(&body), job->k->clock.wall_ms(job->k->clock.ctx), NULL, &content, err);
	if (status == TG_OK)
		status = kiosk_sign(job, info, (struct tg_bytes){content.data, content.len}, cms, err);
	tg_buf_wipe(&body);
	tg_buf_wipe(&content);
	return status;
}

static enum tg_status submit_here(struct kiosk *k, void *arg, struct tg_error *err)
{
	return submit(k, arg, err);
}

/* On the token worker: first the signature, then the entry. */
void kiosk_submit_signed(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_buf cms = TG_BUF_INIT;
	struct tg_token_info info = {.tries_left = -1};
	struct tg_event ev = {.kind = TG_EV_SUBMITTED};
	struct tg_ways_facts *facts = kiosk_ways_new();
	if (!facts)
		return;
	struct submission s = {.state = &job->state, .signature = &cms, .facts = &facts->application};
	ev.status = sign_application(job, &info, &cms, &err);
	if (ev.status == TG_OK)
		ev.status = kiosk_store_call(job->k, submit_here, &s, &err);
	if (info.serial[0])
		kiosk_describe_token(job->k, ev.status == TG_PIN_WRONG ? TG_OK : ev.status, &info, &ev.token);
	tell(job, &ev, &s, facts, &err);
	tg_buf_finish(&cms);
}

void kiosk_start_signed_submit(struct kiosk *k)
{
	bool keys = tg_flow_signs_keys(&k->state);
	struct kiosk_job *job = kiosk_job_with_certificate(k, keys ? submit_to_sign : kiosk_submit_signed);
	if (job && !keys)
		kiosk_job_take_pin(job);
	kiosk_job_start(keys ? k->store_worker : k->token_worker, job);
}

void kiosk_read_work(struct kiosk *k, const char *number, struct tg_event *ev)
{
	struct tg_error err = {0};
	struct tg_chip_work work;
	if (kiosk_load_work_here(k, number, &work, &err) == TG_OK) {
		ev->must_finish = !tg_chip_work_can_undo(&work);
		tg_chip_work_facts(&work, &ev->work);
	} else {
		tg_log_error(&err, "chip work was not read back");
	}
	tg_chip_work_finish(&work);
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
		kiosk_read_work(job->k, row.number, &ev);
		kiosk_unfinished_money(job->k, row.number, &ev);
		ev.untouched = row.state == TG_APP_ACCEPTED;
		ev.ended = row.keys_left;
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
