/* What a clerk does beside deciding: a complaint is brought to its next state, somebody is called back (UBR-3), the old
 * certificate of a reissue is revoked before the papers are judged (UBR-2). */
#include "desk.h"

#include "tamga/log.h"

#include <time.h>

#define LOOKS   40 /* at the centre, after who asks was confirmed: it revokes within a moment */
#define LOOK_MS 250

static enum tg_status write_entry(struct kiosk_job *job, enum tg_record_kind kind, json_t *body, struct tg_error *err)
{
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_decref(body);
	if (!text)
		return tg_error_set(err, TG_NO_MEMORY, "no memory for an entry");
	enum tg_status status = kiosk_append(job->k, kind, text, err);
	free(text);
	return status;
}

/* ---- what the centre makes of it ---- */

static enum tg_status look(struct kiosk_job *job, struct tg_desk_application *a, struct tg_error *err)
{
	json_t *answer = NULL;
	TG_TRY(kiosk_desk_ask(job, "read", a->number, false, &answer, err));
	kiosk_desk_old(json_object_get(answer, "application"), answer, a);
	json_decref(answer);
	return TG_OK;
}

/* Looked at until the centre has dealt with it: revoked, or heard of the call. */
static enum tg_status wait_for_centre(struct kiosk_job *job, struct tg_desk_application *a, struct tg_error *err)
{
	const struct timespec pause = {0, LOOK_MS * 1000000L};
	const int calls = a->calls;
	enum tg_status status = TG_OK;
	for (int i = 0; i < LOOKS && status == TG_OK && a->revoked_ms == 0 && a->calls == calls; i++) {
		(void)nanosleep(&pause, NULL);
		status = look(job, a, err);
	}
	return status;
}

/* ---- complaints and orders ---- */

static json_t *registered(const struct kiosk_job *job)
{
	const struct tg_desk *d = &job->state.desk;
	int office = tg_lang_find(d->app.provider->office_language);
	enum tg_lang lang = office < 0 ? TG_LANG_RU : (enum tg_lang)office;
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:s}", "number", d->app.number, "about", tg_desk_about(&d->app),
	        "staff", d->serial, "staff_name", d->name, "due_ms", (json_int_t)d->promised_ms, "place",
	        tg_text(job->k->i18n, lang, "slip.complaint.where"));
}

static enum tg_status write_complaint(struct kiosk_job *job, struct tg_error *err)
{
	const struct tg_desk *d = &job->state.desk;
	bool first = strcmp(d->move, "registered") == 0;
	json_t *body =
	        first ? registered(job)
	              : json_pack("{s:s, s:s, s:s}", "number", d->app.number, "state", d->move, "staff", d->serial);
	return write_entry(job, first ? TG_RECORD_COMPLAINT_REGISTERED : TG_RECORD_COMPLAINT_STATE, body, err);
}

static enum tg_status write_call(struct kiosk_job *job, struct tg_error *err)
{
	const struct tg_desk *d = &job->state.desk;
	TG_TRY(kiosk_desk_still_ours(job, err));
	return write_entry(job, TG_RECORD_CALLBACK_DONE,
	        json_pack("{s:s, s:s, s:s, s:b}", "number", d->app.number, "staff", d->serial, "staff_name", d->name,
	                "reached", strcmp(d->move, "reached") == 0),
	        err);
}

/* The queue that is read next shall know of it. */
static void wait_for_call(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_desk_application *a = calloc(1, sizeof *a);
	if (!a)
		return;
	*a = job->state.desk.app;
	if (wait_for_centre(job, a, &err) != TG_OK)
		tg_log_error(&err, "the centre has not heard of the call yet");
	explicit_bzero(a, sizeof *a);
	free(a);
}

static void move(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_DESK};
	const struct tg_desk_application *a = &job->state.desk.app;
	bool call = tg_kind_is(a->service, a->kind, "order");
	ev.status = call ? write_call(job, &err) : write_complaint(job, &err);
	if (ev.status == TG_OK)
		kiosk_poke(job->k);
	else
		tg_log_error(&err, "nothing was moved");
	if (ev.status == TG_OK && call)
		wait_for_call(job);
	kiosk_post_desk(job->k, &ev, NULL);
}

/* ---- who asks is proven ---- */

static enum tg_status write_identified(struct kiosk_job *job, struct tg_error *err)
{
	const struct tg_desk *d = &job->state.desk;
	TG_TRY(kiosk_desk_still_ours(job, err));
	return write_entry(job, TG_RECORD_DESK_DECIDED,
	        json_pack("{s:s, s:s, s:s, s:s, s:o}", "number", d->app.number, "staff", d->serial, "staff_name",
	                d->name, "outcome", "identified", "documents", kiosk_desk_documents(d)),
	        err);
}

static void identify(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_DESK};
	struct tg_desk_facts *f = calloc(1, sizeof *f);
	if (!f) {
		tg_bug_report(__FILE__, __LINE__, "no memory for what the desk is told");
		return;
	}
	f->application = job->state.desk.app;
	if (!f->application.identified)
		ev.status = write_identified(job, &err);
	if (ev.status == TG_OK) {
		f->application.identified = true;
		kiosk_poke(job->k);
		ev.status = wait_for_centre(job, &f->application, &err);
	}
	if (ev.status != TG_OK)
		tg_log_error(&err, "the old certificate is not revoked yet");
	kiosk_post_desk(job->k, &ev, f);
}

void kiosk_start_desk_move(struct kiosk *k)
{
	bool who = strcmp(k->state.desk.move, "identified") == 0;
	kiosk_job_start(k->link_worker, kiosk_job_new(k, who ? identify : move));
}
