#include "desk.h"
#include "money.h"
#include "ticket.h"
#include "tamga/link.h"
#include "tamga/log.h"

#define ASK_MS 10000

static void free_facts(struct tg_desk_facts *f)
{
	if (f)
		explicit_bzero(f, sizeof *f);
	free(f);
}

static struct tg_desk_facts *new_facts(void)
{
	struct tg_desk_facts *f = calloc(1, sizeof *f);
	if (!f)
		tg_bug_report(__FILE__, __LINE__, "no memory for what the desk is told");
	return f;
}

void kiosk_post_desk(struct kiosk *k, const struct tg_event *event, struct tg_desk_facts *facts)
{
	struct kiosk_event *e = kiosk_event_new();
	if (!e) {
		free_facts(facts);
		return;
	}
	e->event = *event;
	e->event.desk = facts;
	e->desk = facts;
	tg_mailbox_post(k->mailbox, &e->base);
}

bool kiosk_desk_offline(enum tg_status status)
{
	return status == TG_AGENT_DOWN || status == TG_CENTRE_DOWN || status == TG_TIMEOUT;
}

/* Without the centre only a field set works, and only on its own. */
static bool may_work_alone(const struct kiosk *k, enum tg_status status)
{
	return k->flow_config.field_set && kiosk_desk_offline(status);
}

static enum tg_status ask(
        const struct kiosk *k, const char *path, const json_t *question, json_t **out, struct tg_error *err)
{
	struct tg_buf answer = TG_BUF_INIT;
	*out = NULL;
	char *text = json_dumps(question, JSON_COMPACT);
	if (!text)
		return tg_error_set(err, TG_NO_MEMORY, "no memory for a question");
	enum tg_status status = tg_link_ask(k->config->agent_socket, path, text, ASK_MS, &answer, err);
	free(text);
	if (status == TG_OK) {
		*out = json_loadb((const char *)answer.data, answer.len, 0, NULL);
		if (!json_is_object(*out))
			status = tg_error_set(err, TG_CENTRE_GARBAGE, "the answer to %s is no object", path);
	}
	tg_buf_wipe(&answer);
	if (status != TG_OK) {
		json_decref(*out);
		*out = NULL;
	}
	return status;
}

enum tg_status kiosk_desk_ask(
        struct kiosk_job *job, const char *path, const char *number, bool staff, json_t **out, struct tg_error *err)
{
	const struct kiosk *k = job->k;
	const struct tg_desk *d = &job->state.desk;
	json_t *question = number ? json_pack("{s:s}", "number", number) : json_object();
	if (question && staff) {
		json_object_set_new(question, "staff", json_string(d->serial));
		json_object_set_new(question, "staff_name", json_string(d->name));
	}
	*out = NULL;
	enum tg_status status = question ? ask(k, path, question, out, err) : TG_NO_MEMORY;
	json_decref(question);
	return status;
}

/* ---- the queue ---- */

static enum tg_status take_queue(struct kiosk_job *job, const json_t *answer, struct tg_desk_queue *q)
{
	size_t i;
	const json_t *one;
	json_array_foreach(json_object_get(answer, "applications"), i, one)
	{
		q->waiting++;
		if (q->n < TG_DESK_ROWS_MAX &&
		        kiosk_desk_row(job->k->catalog, one, job->state.desk.serial, &q->rows[q->n]))
			q->n++;
	}
	if (json_is_true(json_object_get(answer, "more")))
		q->waiting++;
	return TG_OK;
}

static void queue(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_DESK};
	struct tg_desk_facts *f = new_facts();
	json_t *answer = NULL;
	if (!f)
		return;
	ev.status = kiosk_desk_ask(job, "queue", NULL, false, &answer, &err);
	if (ev.status == TG_OK)
		ev.status = take_queue(job, answer, &f->queue);
	else if (may_work_alone(job->k, ev.status))
		ev.status = kiosk_desk_local_queue(job->k, &f->queue, &err);
	if (ev.status != TG_OK)
		tg_log_error(&err, "the queue is not known");
	kiosk_desk_told(job->k, &f->queue.told);
	json_decref(answer);
	kiosk_post_desk(job->k, &ev, f);
}

/* ---- one application ---- */

static void take_power(struct kiosk_job *job, struct tg_desk_application *a)
{
	struct tg_error err = {0};
	json_t *question = json_pack("{s:s}", "power", a->power), *answer = NULL;
	if (question && ask(job->k, "power", question, &answer, &err) == TG_OK) {
		const char *state = json_string_value(json_object_get(answer, "state"));
		if (state && strcmp(state, "free") == 0)
			a->power_state = TG_DESK_POWER_FREE;
		else if (state && strcmp(state, "used") == 0)
			a->power_state = TG_DESK_POWER_USED;
	} else {
		tg_log_error(&err, "the power of attorney cannot be looked up");
	}
	json_decref(question);
	json_decref(answer);
}

static void take_status(const json_t *answer, struct tg_desk_application *a)
{
	const char *state = json_string_value(json_object_get(answer, "state"));
	const char *complaint = json_string_value(json_object_get(answer, "complaint"));
	tg_copy(a->state, sizeof a->state, state ? state : "");
	tg_copy(a->complaint, sizeof a->complaint, complaint ? complaint : "");
	a->accepted_ms = json_integer_value(json_object_get(answer, "accepted_ms"));
	a->promised_ms = json_integer_value(json_object_get(answer, "promised_ms"));
}

/* A complaint has no claim: whoever moves it first has moved it. One that is decided is only shown. */
static enum tg_status claim(struct kiosk_job *job, struct tg_desk_application *a, struct tg_error *err)
{
	json_t *answer = NULL;
	if (tg_kind_is(a->service, a->kind, "complaint"))
		return TG_OK;
	enum tg_status status = kiosk_desk_ask(job, "claim", a->number, true, &answer, err);
	if (status == TG_OK)
		a->claimed_until_ms = json_integer_value(json_object_get(answer, "until_ms"));
	json_decref(answer);
	return status == TG_CARD_STATE ? TG_OK : status;
}

/* The centre's counts of what is to be unlocked. That they are not known stops nobody: the clerk is told. */
static void take_locks(struct kiosk_job *job, struct tg_desk_application *a)
{
	struct tg_error err = {0};
	const struct tg_provider *p = a->provider;
	json_t *question = json_pack("{s:s, s:i, s:i, s:i}", "number", a->number, "per_day", p->lock_per_day, "in_all",
	               p->lock_in_all, "utc_offset_minutes", p->utc_offset_minutes),
	       *answer = NULL;
	a->locks_known = question ? ask(job->k, "locks", question, &answer, &err) : TG_NO_MEMORY;
	if (a->locks_known == TG_OK)
		kiosk_desk_locks(json_object_get(answer, "certificates"), a);
	else
		tg_log_error(&err, "the locks are not known");
	json_decref(question);
	json_decref(answer);
}

static enum tg_status read_whole(
        struct kiosk_job *job, const json_t *status, struct tg_desk_application *a, struct tg_error *err)
{
	json_t *answer = NULL;
	TG_TRY(kiosk_desk_ask(job, "read", job->state.desk.wanted, false, &answer, err));
	const json_t *body = json_object_get(answer, "application");
	enum tg_status st = kiosk_desk_application(job->k->catalog, body, a, err);
	if (st == TG_OK) {
		take_status(status, a);
		kiosk_desk_proofs(body, answer, a);
		if (tg_kind_is(a->service, a->kind, "complaint"))
			a->due_ms = a->complaint[0] && strcmp(a->complaint, "delivered") != 0 ? a->promised_ms : 0;
		if (a->power[0])
			take_power(job, a);
		if (tg_kind_is(a->service, a->kind, "unlock"))
			take_locks(job, a);
		kiosk_desk_money(job, a->number, &a->money);
		st = claim(job, a, err);
	}
	json_decref(answer);
	return st;
}

static enum tg_status read_alone(struct kiosk_job *job, struct tg_desk_application *a, struct tg_error *err)
{
	TG_TRY(kiosk_desk_local_read(job->k, job->state.desk.wanted, a, err));
	bool waits = strcmp(a->state, tg_app_state_name(TG_APP_AT_DESK)) == 0;
	a->claimed_until_ms = waits ? INT64_MAX : 0;
	return TG_OK;
}

/* The queue's minutes (NCA-4): called when a clerk opens the application, served when it is decided. That they could
 * not be written stops nobody. */
static void note_ticket(struct kiosk_job *job, const struct tg_desk_application *a, const char *what)
{
	struct tg_error err = {0};
	if (a->ticket[0] && kiosk_ticket_note(job->k, a->ticket, a->number, what, &err) != TG_OK)
		tg_log_error(&err, "the queue's time was not recorded");
}

static void read_application(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_DESK};
	struct tg_desk_facts *f = new_facts();
	json_t *status = NULL;
	if (!f)
		return;
	ev.status = kiosk_desk_ask(job, "status", job->state.desk.wanted, false, &status, &err);
	if (ev.status == TG_OK)
		ev.status = read_whole(job, status, &f->application, &err);
	else if (may_work_alone(job->k, ev.status))
		ev.status = read_alone(job, &f->application, &err);
	if (ev.status != TG_OK)
		tg_log_error(&err, "the application cannot be opened");
	else if (f->application.claimed_until_ms > 0)
		note_ticket(job, &f->application, "called");
	json_decref(status);
	kiosk_post_desk(job->k, &ev, f);
}

static void hold(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_DESK_CLAIM};
	json_t *answer = NULL;
	ev.status = kiosk_desk_ask(job, "claim", job->state.desk.app.number, true, &answer, &err);
	if (ev.status != TG_OK)
		tg_log_error(&err, "the claim was not renewed");
	json_decref(answer);
	kiosk_post(job->k, &ev);
}

/* ---- registers ---- */

/* That they could not be asked is an answer too: it stands in the decision. */
static void note_down(struct kiosk_job *job, struct tg_desk_application *a)
{
	struct kiosk *k = job->k;
	struct tg_desk_answered_register *r = &a->registers[0];
	memset(a->registers, 0, sizeof a->registers);
	a->n_registers = 1;
	tg_copy(r->name, sizeof r->name, "-");
	tg_copy(r->source, sizeof r->source, "-");
	r->status = TG_DESK_DOWN;
	r->time_ms = k->clock.wall_ms(k->clock.ctx);
	a->asked_registers = true;
}

static void compare(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_DESK};
	struct tg_desk_facts *f = new_facts();
	json_t *answer = NULL;
	if (!f)
		return;
	f->application = job->state.desk.app;
	ev.status = kiosk_desk_ask(job, "registers", f->application.number, false, &answer, &err);
	if (ev.status == TG_OK) {
		kiosk_desk_registers(json_object_get(answer, "registers"), &f->application);
	} else {
		tg_log_error(&err, "the registers were not asked");
		if (ev.status == TG_REGISTER_DOWN || may_work_alone(job->k, ev.status)) {
			note_down(job, &f->application);
			ev.status = TG_OK;
		}
	}
	json_decref(answer);
	kiosk_post_desk(job->k, &ev, f);
}

/* ---- decisions ---- */

/* On the store's turn: what was decided or withdrawn here meanwhile is not decided again. */
static enum tg_status still_waits(struct kiosk *k, void *arg, struct tg_error *err)
{
	const char *number = arg;
	struct tg_app_row row;
	TG_TRY(tg_store_app_find(k->store, number, &row, err));
	return row.state == TG_APP_AT_DESK ? TG_OK : tg_error_set(err, TG_CARD_STATE, "it waits for nobody any more");
}

enum tg_status kiosk_desk_still_ours(struct kiosk_job *job, struct tg_error *err)
{
	json_t *answer = NULL;
	char number[TG_NUMBER_MAX];
	tg_copy(number, sizeof number, job->state.desk.app.number);
	if (job->state.desk.app.local)
		return kiosk_store_call(job->k, still_waits, number, err);
	enum tg_status status = kiosk_desk_ask(job, "claim", number, true, &answer, err);
	json_decref(answer);
	return status;
}

static enum tg_status write_decision(struct kiosk_job *job, struct tg_error *err)
{
	struct tg_buf json = TG_BUF_INIT;
	TG_TRY(kiosk_desk_still_ours(job, err));
	enum tg_status status = kiosk_desk_decision_json(job, &json);
	if (status == TG_OK)
		status = kiosk_append(job->k, TG_RECORD_DESK_DECIDED, tg_buf_str(&json), err);
	tg_buf_wipe(&json);
	return status;
}

static void decide(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_DESK};
	ev.status = write_decision(job, &err);
	if (ev.status == TG_OK)
		note_ticket(job, &job->state.desk.app, "served");
	if (ev.status == TG_OK)
		kiosk_poke(job->k);
	else
		tg_log_error(&err, "nothing was decided");
	kiosk_post_desk(job->k, &ev, NULL);
}

/* ---- starting ---- */

static void start(struct kiosk *k, void (*work)(struct kiosk_job *job))
{
	kiosk_job_start(k->link_worker, kiosk_job_new(k, work));
}

void kiosk_start_desk_queue(struct kiosk *k)
{
	start(k, queue);
}

void kiosk_start_desk_read(struct kiosk *k)
{
	start(k, read_application);
}

void kiosk_start_desk_claim(struct kiosk *k)
{
	start(k, hold);
}

void kiosk_start_desk_registers(struct kiosk *k)
{
	start(k, compare);
}

void kiosk_start_desk_decide(struct kiosk *k)
{
	start(k, decide);
}
