/* Secrets of the screen, and the work on a card's PIN: judging, changing, unblocking (K-5, P-5). The characters stay
 * in the loop's secrets and in the one job that uses them. */
#include "staff.h"
#include "tamga/log.h"

#include <jansson.h>

/* ---- secrets: the loop's ---- */

enum tg_status kiosk_secrets_create(struct kiosk *k)
{
	for (int i = TG_SECRET_PIN; i < TG_SECRET_COUNT; i++)
		TG_TRY(tg_secret_create(&k->secrets[i]));
	k->pin = k->secrets[TG_SECRET_PIN];
	return TG_OK;
}

void kiosk_secrets_destroy(struct kiosk *k)
{
	for (int i = TG_SECRET_PIN; i < TG_SECRET_COUNT; i++)
		tg_secret_destroy(k->secrets[i]);
	k->pin = NULL;
}

void kiosk_secrets_wipe(struct kiosk *k)
{
	for (int i = TG_SECRET_PIN; i < TG_SECRET_COUNT; i++)
		tg_secret_wipe(k->secrets[i]);
}

/* From here on only `to` has it. */
static void move(struct tg_secret *from, struct tg_secret *to)
{
	tg_secret_wipe(to);
	if (!tg_secret_append(to, tg_secret_peek(from), tg_secret_len(from)))
		tg_bug_report(__FILE__, __LINE__, "a PIN does not fit where a PIN is kept");
	tg_secret_wipe(from);
}

void kiosk_keep_pin(struct kiosk *k)
{
	move(k->secrets[TG_SECRET_PIN], k->secrets[TG_SECRET_OLD]);
}

void kiosk_clear_new(struct kiosk *k)
{
	tg_secret_wipe(k->secrets[TG_SECRET_NEW]);
	tg_secret_wipe(k->secrets[TG_SECRET_AGAIN]);
}

void kiosk_job_take(struct kiosk_job *job, enum tg_secret_slot slot)
{
	if (tg_secret_create(&job->secrets[slot]) == TG_OK)
		move(job->k->secrets[slot], job->secrets[slot]);
	else
		tg_bug_report(__FILE__, __LINE__, "no locked memory for a PIN");
}

/* ---- judging: in the loop, for it is a few comparisons ---- */

static const struct tg_carrier *row_of(const struct kiosk *k)
{
	for (unsigned i = 0; i < k->carriers->n; i++)
		if (strcmp(k->carriers->list[i].id, k->state.token.carrier) == 0)
			return &k->carriers->list[i];
	return NULL;
}

bool kiosk_pin_is_factory(const struct kiosk *k)
{
	const struct tg_carrier *row = row_of(k);
	size_t n = row && row->factory_pin ? strlen(row->factory_pin) : 0;
	return n > 0 && n == tg_secret_len(k->pin) && memcmp(row->factory_pin, tg_secret_peek(k->pin), n) == 0;
}

static const char *answer_by_chip(const struct tg_flow_state *s, const char *source)
{
	const struct tg_form *form = s->kind ? s->kind->form : NULL;
	for (unsigned i = 0; form && i < form->n_fields && i < TG_FORM_FIELDS_MAX; i++)
		if (form->fields[i].chip && strcmp(form->fields[i].chip, source) == 0)
			return s->answers[i].value;
	return "";
}

/* The seventh digit of an IIN tells the century (domain-facts.md §2.1). */
static void birth_of_iin(const char *iin, char out[11])
{
	static const char *const centuries[] = {"18", "18", "19", "19", "20", "20"};
	out[0] = '\0';
	if (strlen(iin) == 12 && iin[6] >= '1' && iin[6] <= '6')
		snprintf(out, 11, "%s%.2s-%.2s-%.2s", centuries[iin[6] - '1'], iin, iin + 2, iin + 4);
}

static enum tg_status judge(struct kiosk *k, enum tg_pin_flaw *flaw)
{
	const struct tg_flow_state *s = &k->state;
	const struct tg_carrier *row = row_of(k);
	struct tg_secret *fresh = k->secrets[TG_SECRET_NEW];
	char birth[11], expiry[11], by_iin[11];
	const char *iin = answer_by_chip(s, "iin");
	if (!row)
		return TG_CARD_FOREIGN;
	(void)tg_flow_document_dates(s, birth, expiry);
	birth_of_iin(iin, by_iin);
	const char *const births[] = {s->doc.chip.birth, birth, by_iin, NULL};
	const char *const numbers[] = {
	        s->doc.chip.number, s->doc.typed[TG_OPEN_NUMBER].value, s->doc.chip.iin, iin, NULL};
	static const char *const nothing[] = {NULL};
	const struct {
		const char *const *known;
		enum tg_pin_flaw flaw;
	} rows[] = {{nothing, TG_FLAW_EASY}, {births, TG_FLAW_BIRTH}, {numbers, TG_FLAW_NUMBER}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		*flaw = rows[i].flaw;
		TG_TRY(tg_pin_judge(row, fresh, rows[i].known));
	}
	*flaw = TG_FLAW_SAME;
	if (tg_secret_len(k->secrets[TG_SECRET_OLD]) > 0 && tg_secret_equal(fresh, k->secrets[TG_SECRET_OLD]))
		return TG_PIN_WEAK;
	*flaw = TG_FLAW_NONE;
	bool twice = tg_secret_len(k->secrets[TG_SECRET_AGAIN]) > 0;
	return twice && !tg_secret_equal(fresh, k->secrets[TG_SECRET_AGAIN]) ? TG_PIN_MISMATCH : TG_OK;
}

void kiosk_judge_pin(struct kiosk *k)
{
	struct tg_event ev = {.kind = TG_EV_PIN_JUDGED};
	ev.status = judge(k, &ev.flaw);
	kiosk_handle(k, &ev); /* before the next key: what is typed then belongs to what follows */
}

/* ---- the card's work, on the token worker ---- */

struct pin_work {
	struct kiosk_job *job;
	const char *what, *staff;
	struct tg_token_info info;
	struct tg_error err;
};

static enum tg_status append(struct pin_work *w, enum tg_record_kind kind, int code)
{
	const struct tg_token_state *token = &w->job->state.token;
	json_t *body =
	        json_pack("{s:s, s:s, s:s}", "serial", token->serial, "carrier", token->carrier, "what", w->what);
	if (body && w->staff)
		json_object_set_new(body, "staff", json_string(w->staff));
	if (body && kind == TG_RECORD_PIN_DONE)
		json_object_set_new(body, "code", json_integer(code));
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	enum tg_status status = text ? kiosk_append(w->job->k, kind, text, &w->err) : TG_NO_MEMORY;
	free(text);
	json_decref(body);
	return status;
}

/* After these the card's PIN is what it was, or the new one, and which of them is known. */
static bool end_is_known(enum tg_status status)
{
	static const enum tg_status list[] = {TG_OK, TG_PIN_WRONG, TG_PIN_LOCKED, TG_PIN_LENGTH, TG_PIN_WEAK,
	        TG_SO_PIN_WRONG, TG_SO_PIN_LOCKED, TG_CARD_OTHER, TG_PIN_PAD_CANCELLED, TG_CARD_UNSUPPORTED};
	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
		if (list[i] == status)
			return true;
	return false;
}

static enum tg_status same_card(struct pin_work *w)
{
	struct tg_token_state now;
	TG_TRY(kiosk_inspect(w->job, &w->info, &w->err));
	kiosk_describe_token(w->job->k, TG_OK, &w->info, &now);
	if (strcmp(now.serial, w->job->state.token.serial) != 0)
		return tg_error_set(&w->err, TG_CARD_OTHER, "another card than the one on the screen");
	return TG_OK;
}

typedef enum tg_status ask_card_fn(struct pin_work *w, struct tg_token *t);

/* The intent is in the journal before the card hears anything; the end follows when it is known. */
static enum tg_status do_work(struct pin_work *w, ask_card_fn *ask)
{
	TG_TRY(same_card(w));
	TG_TRY(append(w, TG_RECORD_PIN_INTENT, 0));
	enum tg_status status = ask(w, w->job->k->token);
	if (end_is_known(status)) {
		struct tg_error of_card = w->err;
		enum tg_status recorded = append(w, TG_RECORD_PIN_DONE, (int)status);
		if (recorded != TG_OK)
			tg_log_error(&w->err, "the end of work on a PIN was not recorded");
		w->err = of_card;
	}
	return status;
}

static void run(struct pin_work *w, ask_card_fn *ask)
{
	struct kiosk *k = w->job->k;
	struct tg_event ev = {.kind = TG_EV_PIN_ENDED};
	ev.status = do_work(w, ask);
	for (int i = TG_SECRET_PIN; i < TG_SECRET_COUNT; i++)
		if (w->job->secrets[i])
			tg_secret_wipe(w->job->secrets[i]);
	tg_token_logout(k->token);
	if (ev.status != TG_OK)
		tg_log_error(&w->err, "work on a PIN ended: %s", w->what);
	if (w->info.serial[0])
		kiosk_describe_token(k, TG_OK, &w->info, &ev.token);
	kiosk_poke(k);
	kiosk_post(k, &ev);
}

static enum tg_status ask_change(struct pin_work *w, struct tg_token *t)
{
	struct tg_secret *const *s = w->job->secrets;
	return tg_token_change_pin(t, w->info.serial, s[TG_SECRET_OLD], s[TG_SECRET_NEW], &w->info, &w->err);
}

static void change(struct kiosk_job *job)
{
	bool factory = job->state.pin.back != TG_STAGE_IDLE; /* it was forced */
	struct pin_work w = {.job = job, .what = factory ? "factory" : "change"};
	run(&w, ask_change);
}

void kiosk_start_pin_change(struct kiosk *k)
{
	struct kiosk_job *job = kiosk_job_new(k, change);
	if (!job)
		return;
	kiosk_job_reader(job);
	if (!k->state.token.pin_pad) {
		kiosk_job_take(job, TG_SECRET_OLD);
		tg_secret_wipe(k->secrets[TG_SECRET_AGAIN]);
		if (tg_flow_stage_takes_pin(k->state.pin.then)) { /* the journey goes on with it */
			if (!tg_secret_append(k->pin, tg_secret_peek(k->secrets[TG_SECRET_NEW]),
			            tg_secret_len(k->secrets[TG_SECRET_NEW])))
				tg_bug_report(__FILE__, __LINE__, "the new PIN was not kept");
		}
		kiosk_job_take(job, TG_SECRET_NEW);
	}
	kiosk_job_start(k->token_worker, job);
}

static enum tg_status ask_unblock(struct pin_work *w, struct tg_token *t)
{
	struct tg_secret *const *s = w->job->secrets;
	return tg_token_unblock(t, w->info.serial, s[TG_SECRET_SO], s[TG_SECRET_NEW], &w->info, &w->err);
}

static void unblock(struct kiosk_job *job)
{
	struct pin_work w = {.job = job, .what = "unblock", .staff = job->state.staff.serial};
	run(&w, ask_unblock);
}

void kiosk_start_unblock(struct kiosk *k)
{
	struct kiosk_job *job = kiosk_job_new(k, unblock);
	if (!job)
		return;
	kiosk_job_reader(job);
	kiosk_job_take(job, TG_SECRET_SO);
	kiosk_job_take(job, TG_SECRET_NEW);
	kiosk_clear_new(k);
	kiosk_job_start(k->token_worker, job);
}

/* A PIN was right since work on it was broken off: that it happened stays in the journal, that it is open ends. */
void kiosk_pin_settled(struct kiosk_job *job)
{
	struct pin_work w = {.job = job, .what = job->state.token.pin_broken};
	if (w.what[0] != '\0' && append(&w, TG_RECORD_PIN_DONE, TG_CARD_PULLED) != TG_OK)
		tg_log_error(&w.err, "the end of work on a PIN was not recorded");
}
