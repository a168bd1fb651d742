/* Chip work: does what tg_chip_work_next says (K-8). */
#include "chip.h"
#include "ways.h"
#include "money.h"
#include "staff.h"
#include "tamga/log.h"

#include <openssl/bn.h>
#include <openssl/x509.h>

/* Steps that an earlier run has done are shown as done at once. */
static void show_done(struct kiosk_chip *r)
{
	for (r->key = 0; r->key < r->work.n_keys; r->key++)
		for (int s = 0; s < TG_CHIP_UNDO; s++)
			if (r->work.keys[r->key].marks[s] == TG_MARK_DONE)
				kiosk_chip_show(r, (enum tg_chip_step)s, TG_STEP_DONE);
}

static void serial_of(const struct tg_buf *certificate, char *out, size_t cap)
{
	const unsigned char *p = certificate->data;
	X509 *x = certificate->len ? d2i_X509(NULL, &p, (long)certificate->len) : NULL;
	BIGNUM *n = x ? ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL) : NULL;
	char *hex = n ? BN_bn2hex(n) : NULL;
	tg_copy(out, cap, hex ? hex : "");
	OPENSSL_free(hex);
	BN_free(n);
	X509_free(x);
}

/* Where there are two carriers each certificate says on which it is. */
static void add_certificate(const struct kiosk_chip *r, unsigned i, struct tg_buf *json)
{
	const struct tg_chip_key *key = &r->work.keys[i];
	char serial[48];
	serial_of(&key->certificate, serial, sizeof serial);
	tg_buf_addf(json, "%s{\"key\":\"%s\",\"serial\":\"%s\"", i ? "," : "", key->plan->id, serial);
	if (r->work.n_carriers > 1)
		tg_buf_addf(json, ",\"carrier\":\"%s\"", r->work.carriers[key->carrier].purpose);
	tg_buf_add_u8(json, '}');
}

static enum tg_status deliver(struct kiosk_chip *r, bool left_out)
{
	const unsigned last = r->work.n_carriers - 1;
	struct tg_buf json = TG_BUF_INIT;
	tg_buf_addf(&json, "{\"number\":\"%s\",\"certificates\":[", r->work.number);
	for (unsigned i = 0; i < r->work.n_keys; i++)
		if (!left_out || r->work.keys[i].carrier != last)
			add_certificate(r, i, &json);
	tg_buf_add_u8(&json, ']');
	if (left_out)
		tg_buf_addf(&json, ",\"without\":\"%s\"", r->work.carriers[last].purpose);
	tg_buf_add_u8(&json, '}');
	enum tg_status status = tg_buf_status(&json);
	if (status == TG_OK)
		status = kiosk_chip_append(r, TG_RECORD_APPLICATION_DELIVERED, tg_buf_str(&json));
	tg_buf_finish(&json);
	r->work.delivered = status == TG_OK;
	r->work.left_out = r->work.delivered && left_out;
	return status;
}

static enum tg_status remove_keys(struct kiosk_chip *r)
{
	for (unsigned i = 0; i < r->work.n_keys; i++) {
		const struct tg_chip_key *key = &r->work.keys[i];
		struct tg_key_ref ref = kiosk_chip_ref(key);
		if (key->carrier == r->at && key->marks[TG_CHIP_GENERATE] != TG_MARK_NONE)
			TG_TRY(tg_token_remove(r->k->token, &ref, &r->err));
	}
	return TG_OK;
}

/* The keys of this application leave the card at hand. */
static enum tg_status take_back(struct kiosk_chip *r)
{
	for (r->key = 0; r->key + 1 < r->work.n_keys && r->work.keys[r->key].carrier != r->at;)
		r->key++;
	TG_TRY(kiosk_chip_record(r, TG_RECORD_CHIP_INTENT, TG_CHIP_UNDO, NULL, NULL));
	if (tg_chip_work_needs_sweep(&r->work, r->at))
		TG_TRY(tg_token_sweep(r->k->token, &r->err));
	TG_TRY(remove_keys(r));
	return kiosk_chip_record(r, TG_RECORD_CHIP_DONE, TG_CHIP_UNDO, NULL, NULL);
}

static enum tg_status undo(struct kiosk_chip *r, enum tg_status why)
{
	TG_TRY(take_back(r));
	/* What was refused stays refused. */
	return r->row.keys_left ? TG_OK : kiosk_chip_note(r, TG_RECORD_APPLICATION_UNDONE, why);
}

/* The CA said no, and has not said yes to another key of this application: then nothing of it exists outside. */
static bool refused_whole(const struct tg_chip_work *w, enum tg_status status)
{
	if (status != TG_CA_REFUSED)
		return false;
	for (unsigned i = 0; i < w->n_keys; i++)
		if (w->keys[i].certificate.len)
			return false;
	return true;
}

/* One step, and what its failure means for the application. */
static enum tg_status step_on(struct kiosk_chip *r, enum tg_chip_step step)
{
	enum tg_status status = kiosk_chip_step(r, step);
	if (refused_whole(&r->work, status)) {
		struct tg_error refusal = r->err;
		TG_TRY(undo(r, status));
		r->err = refusal;
		return status;
	}
	/* Refused after another key of it was certified: it can only be finished, so it waits for the office. */
	bool waits = tg_chip_work_waits(status) || status == TG_CA_REFUSED;
	if (waits && kiosk_chip_note(r, TG_RECORD_APPLICATION_WAITING, status) != TG_OK)
		tg_log_error(&r->err, "waiting not recorded");
	return status;
}

/* What an earlier run has done is shown, what it left behind is swept. */
static enum tg_status take_up(struct kiosk_chip *r)
{
	show_done(r);
	int64_t begin = kiosk_chip_now();
	if (tg_chip_work_needs_sweep(&r->work, r->at))
		TG_TRY(kiosk_chip_spent(&r->card_us, begin, tg_token_sweep(r->k->token, &r->err)));
	return TG_OK;
}

static bool next_here(struct kiosk_chip *r, enum tg_chip_step *step)
{
	return tg_chip_work_next(&r->work, step, &r->key) && r->work.keys[r->key].carrier == r->at;
}

/* Every step that is still to be done on the card at hand, up to `last`: with TG_CHIP_GENERATE all key pairs are made
 * and nothing more. */
static enum tg_status work_up_to(struct kiosk_chip *r, enum tg_chip_step last)
{
	enum tg_chip_step step;
	TG_TRY(take_up(r));
	while (next_here(r, &step) && step <= last)
		TG_TRY(step_on(r, step));
	return TG_OK;
}

static enum tg_status work_through(struct kiosk_chip *r)
{
	TG_TRY(work_up_to(r, TG_CHIP_RETIRE));
	/* Else another card is to be put in first. */
	return tg_chip_work_at(&r->work) == r->work.n_carriers ? deliver(r, false) : TG_OK;
}

/* Its applicant signs it when the keys are made, and then it is judged (NCA-9.again). */
static bool is_to_sign(const struct tg_app_row *row)
{
	bool waits = row->state == TG_APP_SUBMITTED || row->state == TG_APP_CONFIRMING;
	return waits && !strcmp(row->proof, "signature") && !row->is_signed;
}

static enum tg_status work_and_sign(struct kiosk_chip *r)
{
	TG_TRY(work_up_to(r, TG_CHIP_GENERATE));
	return kiosk_chip_sign(r);
}

static const struct tg_carrier *carrier_of(struct kiosk *k, const char *id)
{
	for (unsigned i = 0; i < k->carriers->n; i++)
		if (!strcmp(k->carriers->list[i].id, id))
			return &k->carriers->list[i];
	return NULL;
}

/* SHA-256 of the certificate that the PIN is typed for: the one that is renewed, or that signs; "" where there is none.
 */
static enum tg_status pin_is_for(struct kiosk_chip *r, char sha256[65])
{
	struct tg_certificate_facts old;
	tg_copy(sha256, 65, is_to_sign(&r->row) ? kiosk_chip_signer(&r->work) : "");
	if (!r->work.renews)
		return TG_OK;
	TG_TRY(tg_pki_certificate_facts(kiosk_bytes(&r->work.old_certificate), &old, &r->err));
	tg_copy(sha256, 65, old.sha256);
	return TG_OK;
}

/* Wrong PINs lock the certificate that they were typed for, where its provider says so (DOS-8). */
static enum tg_status record_try(struct kiosk_chip *r, bool right)
{
	char json[192], sha256[65];
	TG_TRY(pin_is_for(r, sha256));
	if (!sha256[0] || !r->work.provider->lock_in_all)
		return TG_OK;
	snprintf(json, sizeof json, "{\"certificate\":\"%s\",\"provider\":\"%s\",\"right\":%s}", sha256,
	        r->work.provider->id, right ? "true" : "false");
	return kiosk_chip_append(r, TG_RECORD_PIN_TRIED, json);
}

/* A locked certificate gets no further try here either, and its token hears nothing. */
static enum tg_status not_locked(struct kiosk_chip *r)
{
	struct tg_held_certificate c = {0};
	TG_TRY(pin_is_for(r, c.sha256));
	if (!c.sha256[0] || !r->work.provider->lock_in_all)
		return TG_OK;
	TG_TRY(kiosk_lock_of(r->job, &c, &r->err));
	return c.lock == TG_OK ? TG_OK : tg_error_set(&r->err, c.lock, "the certificate is locked");
}

/* Another card than the one whose turn it is does not hear the PIN. */
static enum tg_status take_card(struct kiosk_chip *r)
{
	struct tg_work_carrier card = {0};
	int64_t begin = kiosk_chip_now();
	TG_TRY(kiosk_chip_spent(&r->card_us, begin, kiosk_inspect(r->job, &r->info, &r->err)));
	r->carrier = carrier_of(r->k, r->info.carrier);
	tg_copy(card.serial, sizeof card.serial, r->info.serial);
	if (r->carrier) {
		tg_copy(card.name, sizeof card.name, r->carrier->id);
		tg_copy(card.purpose, sizeof card.purpose, r->carrier->purpose ? r->carrier->purpose : "");
	}
	enum tg_status status = tg_chip_work_adopt(&r->work, r->at, &card);
	return status == TG_OK ? TG_OK : tg_error_set(&r->err, status, "another card than the one whose turn it is");
}

static enum tg_status log_in(struct kiosk_chip *r)
{
	TG_TRY(take_card(r));
	TG_TRY(not_locked(r));
	int64_t begin = kiosk_chip_now();
	enum tg_status status = kiosk_chip_spent(
	        &r->card_us, begin, tg_token_login(r->k->token, r->info.serial, r->job->pin, &r->info, &r->err));
	tg_secret_wipe(r->job->pin);
	if (status == TG_OK)
		kiosk_pin_settled(r->job);
	if (status == TG_OK || status == TG_PIN_WRONG || status == TG_PIN_LOCKED)
		TG_TRY(record_try(r, status == TG_OK));
	if (status == TG_OK && r->info.pin_to_be_changed)
		return tg_error_set(&r->err, TG_PIN_FACTORY, "the maker's PIN must be changed first");
	return status;
}

static enum tg_status find_row(struct kiosk *k, void *arg, struct tg_error *err)
{
	struct tg_app_row *row = arg;
	char number[TG_NUMBER_MAX];
	tg_copy(number, sizeof number, row->number);
	return tg_store_app_find(k->store, number, row, err);
}

/* No key is made for an application that a clerk, the head or the centre must accept first (NCA-9.check, 9.head). The
 * CA asks the same (C-5). */
static enum tg_status accepted(struct kiosk_chip *r)
{
	if (is_to_sign(&r->row) || (r->job->undo && r->row.keys_left))
		return TG_OK;
	switch (r->row.state) {
	case TG_APP_AT_DESK:
	case TG_APP_VERIFYING:
		return tg_error_set(&r->err, TG_NOT_DECIDED, "the application is not accepted yet");
	case TG_APP_CONFIRMING:
	case TG_APP_DECLINED:
		return tg_error_set(&r->err, TG_NOT_CONFIRMED, "the head has not confirmed the application");
	case TG_APP_SUBMITTED:
	case TG_APP_WORKING:
	case TG_APP_WAITING:
	case TG_APP_ACCEPTED:
	case TG_APP_ISSUED:
		return TG_OK;
	case TG_APP_DELIVERED:
	case TG_APP_UNDONE:
	case TG_APP_DRAFT:
	case TG_APP_NOT_ACCEPTED:
	case TG_APP_REFUSED:
	case TG_APP_REVOKED:
	case TG_APP_CANCELLED:
	case TG_APP_RECORDED:
	case TG_APP_COMPLAINED:
	case TG_APP_STATE_COUNT:
		break;
	}
	return tg_error_set(&r->err, TG_NOT_FOUND, "this application is finished");
}

/* Delivered with what there is: the keys that were made on the last carrier are removed first. */
static enum tg_status leave_out(struct kiosk_chip *r)
{
	if (!tg_chip_work_can_leave_out(&r->work))
		return tg_error_set(&r->err, TG_LIMIT, "a certificate was received: this carrier can only be finished");
	if (tg_chip_work_touched(&r->work, r->at)) {
		TG_TRY(log_in(r));
		TG_TRY(take_back(r));
	}
	return deliver(r, true);
}

/* The carrier that this is about: the one that has keys to be removed, or the one whose turn it is; with all done and
 * only not recorded, the last one. */
static unsigned turn_of(const struct kiosk_chip *r)
{
	const struct tg_chip_work *w = &r->work;
	for (unsigned c = 0; r->job->undo && c < w->n_carriers; c++)
		if (tg_chip_work_touched(w, c))
			return c;
	unsigned at = tg_chip_work_at(w);
	return at < w->n_carriers ? at : w->n_carriers - 1;
}

static enum tg_status run_chip(struct kiosk_chip *r)
{
	TG_TRY(kiosk_load_work(r->k, r->job->state.number, &r->work, &r->err));
	if (r->work.delivered || r->work.undone)
		return tg_error_set(&r->err, TG_NOT_FOUND, "this application is finished");
	tg_copy(r->row.number, sizeof r->row.number, r->work.number);
	TG_TRY(kiosk_store_call(r->k, find_row, &r->row, &r->err));
	TG_TRY(accepted(r));
	if (!r->job->undo && !r->job->leave_out)
		TG_TRY(kiosk_check_paid(r->k, r->work.number, &r->err));
	r->at = turn_of(r);
	if (r->job->leave_out)
		return leave_out(r);
	TG_TRY(log_in(r));
	if (r->job->undo && !tg_chip_work_touched(&r->work, r->at))
		return kiosk_chip_note(r, TG_RECORD_APPLICATION_UNDONE, TG_CANCELLED);
	if (!r->job->undo)
		return is_to_sign(&r->row) ? work_and_sign(r) : work_through(r);
	if (!tg_chip_work_can_undo(&r->work))
		return tg_error_set(&r->err, TG_LIMIT, "a certificate was asked for: this work can only be finished");
	return undo(r, TG_CANCELLED);
}

/* Read by tests/bench/run. */
static void log_times(const struct kiosk_chip *r, int64_t total)
{
	tg_log_info("chip work: total %lld us, card %lld us, ca %lld us, own %lld us, journal %lld us of it",
	        (long long)total, (long long)r->card_us, (long long)r->ca_us,
	        (long long)(total - r->card_us - r->ca_us), (long long)r->journal_us);
}

/* How an application stands that is judged from here on, or that was refused and has now left the card. */
static struct tg_ways_facts *how_it_stands(struct kiosk_chip *r)
{
	struct tg_error err = {0};
	if (!is_to_sign(&r->row) && !r->row.keys_left)
		return NULL;
	struct tg_ways_facts *facts = kiosk_ways_new();
	if (facts && kiosk_store_call(r->k, find_row, &r->row, &err) == TG_OK)
		kiosk_facts_of_row(r->k, &r->row, &facts->application);
	return facts;
}

void kiosk_chip_run(struct kiosk_job *job)
{
	struct kiosk_chip r = {.job = job, .k = job->k};
	struct tg_event ev = {.kind = TG_EV_CHIP_ENDED};
	int64_t begin = kiosk_chip_now();
	ev.status = run_chip(&r);
	log_times(&r, kiosk_chip_now() - begin);
	tg_token_logout(job->k->token);
	if (ev.status != TG_OK)
		tg_log_error(&r.err, "chip work of %s ended", r.work.number);
	if (job->undo && ev.status == TG_OK)
		ev.status = TG_CANCELLED;
	kiosk_describe_token(job->k, ev.status, &r.info, &ev.token);
	tg_copy(ev.number, sizeof ev.number, r.work.number);
	ev.must_finish = r.work.form && !tg_chip_work_can_undo(&r.work);
	ev.accepted_ms = r.work.accepted_ms;
	tg_chip_work_facts(&r.work, &ev.work);
	for (unsigned i = 0; i < r.work.n_keys; i++)
		serial_of(&r.work.keys[i].certificate, ev.serial[i], sizeof ev.serial[i]);
	tg_chip_work_finish(&r.work);
	kiosk_poke(job->k);
	struct tg_ways_facts *facts = how_it_stands(&r);
	if (facts)
		kiosk_post_ways(job->k, &ev, facts, NULL);
	else
		kiosk_post(job->k, &ev);
}
