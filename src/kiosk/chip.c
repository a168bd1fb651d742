/* Chip work: does what tg_chip_work_next says, with a journal entry before and after each step (K-8). Runs on the token
 * worker; the store is asked through its own worker, the CA through the agent's socket. */
#include "cabinet.h"
#include "staff.h"
#include "tamga/link.h"
#include "tamga/log.h"

#include <openssl/bn.h>
#include <openssl/x509.h>

struct run {
	struct kiosk_job *job;
	struct kiosk *k;
	struct tg_chip_work work;
	struct tg_token_info info;
	const struct tg_carrier *carrier;
	unsigned key; /* the one at hand */
	struct tg_error err;
	int64_t card_us, ca_us; /* spent waiting for the carrier and for the CA: what is left is our own share */
	int64_t journal_us;     /* of our own: until entries were durable */
};

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Adds the time since `begin` to a sum, and hands on the result of the call that took it. */
static enum tg_status spent(int64_t *sum, int64_t begin, enum tg_status status)
{
	*sum += now_us() - begin;
	return status;
}

static struct tg_bytes bytes_of(const struct tg_buf *b)
{
	return (struct tg_bytes){b->data, b->len};
}

static struct tg_key_ref ref_of(const struct tg_chip_key *key)
{
	struct tg_key_ref ref = {.id_len = sizeof key->id, .label = key->plan->label};
	memcpy(ref.id, key->id, sizeof key->id);
	return ref;
}

/* The old pair, in a renewal. */
static struct tg_key_ref old_ref(const struct tg_chip_work *w)
{
	struct tg_key_ref ref = {.id_len = w->old_id_len, .label = w->old_label};
	memcpy(ref.id, w->old_id, w->old_id_len);
	return ref;
}

static void show_step(struct run *r, enum tg_chip_step step, enum tg_step_state state)
{
	struct tg_event ev = {.kind = TG_EV_CHIP_STEP, .step = step, .key = (int)r->key, .step_state = state};
	kiosk_post(r->k, &ev);
}

static enum tg_status append(struct run *r, enum tg_record_kind kind, const char *json)
{
	int64_t begin = now_us();
	return spent(&r->journal_us, begin, kiosk_append(r->k, kind, json, &r->err));
}

/* Writes an entry about a step and folds it into the work, so that memory and journal cannot disagree. */
static enum tg_status record(
        struct run *r, enum tg_record_kind kind, enum tg_chip_step step, const char *member, const struct tg_buf *der)
{
	struct tg_buf json = TG_BUF_INIT;
	struct tg_entry e = {0};
	struct tg_bytes bytes = der ? bytes_of(der) : (struct tg_bytes){NULL, 0};
	enum tg_status status = tg_chip_work_json(&r->work, step, r->key, member, bytes, &json);
	if (status == TG_OK)
		status = append(r, kind, tg_buf_str(&json));
	tg_copy(e.kind, sizeof e.kind, tg_record_kind_name(kind));
	e.body = tg_buf_str(&json);
	e.body_len = json.len;
	if (status == TG_OK)
		status = tg_chip_work_apply(&r->work, r->k->catalog, &e);
	tg_buf_finish(&json);
	return status;
}

static enum tg_status append_plain(struct run *r, enum tg_record_kind kind, enum tg_status code)
{
	char json[96];
	snprintf(json, sizeof json, "{\"number\":\"%s\",\"code\":%d}", r->work.number, (int)code);
	return append(r, kind, json);
}

static enum tg_status do_generate(struct run *r, struct tg_chip_key *key)
{
	struct tg_key_ref ref = ref_of(key);
	struct tg_buf spki = TG_BUF_INIT;
	int64_t begin = now_us();
	struct tg_certificate_facts old;
	const char *algorithm = key->plan->algorithm;
	if (r->work.renews && !strcmp(algorithm, "as-old")) {
		TG_TRY(tg_pki_certificate_facts(bytes_of(&r->work.old_certificate), &old, &r->err));
		algorithm = old.algorithm;
	}
	enum tg_status status =
	        spent(&r->card_us, begin, tg_token_generate(r->k->token, &ref, algorithm, &spki, &r->err));
	if (status == TG_OK)
		status = record(r, TG_RECORD_CHIP_DONE, TG_CHIP_GENERATE, "spki", &spki);
	tg_buf_finish(&spki);
	return status;
}

/* Who the certificate is to name: in a renewal who the old one names, with what the CA knows about that. */
static enum tg_status name_holder(struct run *r, const char *profile, struct tg_buf *subject, struct tg_buf *extensions)
{
	if (r->work.renews)
		return tg_pki_certificate_subject(bytes_of(&r->work.old_certificate), subject, &r->err);
	TG_TRY(tg_profile_subject(r->k->profiles, profile, tg_chip_work_answer, &r->work, subject, &r->err));
	return tg_profile_request_extensions(r->k->profiles, profile, tg_chip_work_answer("email", &r->work),
	        r->carrier ? r->carrier->storage_oid : NULL, extensions, &r->err);
}

static enum tg_status build_request(struct run *r, struct tg_chip_key *key, struct tg_buf *subject,
        struct tg_buf *extensions, struct tg_buf *info, struct tg_buf *crmf)
{
	struct tg_key_ref ref = ref_of(key);
	const char *profile = key->plan->profile;
	TG_TRY(name_holder(r, profile, subject, extensions));
	tg_pki_reg_info(r->work.number, profile, info);
	int64_t begin = now_us();
	return spent(&r->card_us, begin,
	        tg_token_request(r->k->token, &ref, bytes_of(&key->spki), bytes_of(subject), bytes_of(extensions),
	                tg_buf_str(info), crmf, &r->err));
}

/* Nobody is asked whether the key was used before (K-16): the pair was made by this very work, in an object that did
 * not exist, so it cannot have been; and with the request sent already, the same key and number is a repetition that
 * the CA answers with the same certificate. */
static enum tg_status do_request(struct run *r, struct tg_chip_key *key)
{
	struct tg_buf subject = TG_BUF_INIT, extensions = TG_BUF_INIT, info = TG_BUF_INIT, crmf = TG_BUF_INIT;
	enum tg_status status = build_request(r, key, &subject, &extensions, &info, &crmf);
	if (status == TG_OK)
		status = record(r, TG_RECORD_CHIP_DONE, TG_CHIP_REQUEST, "request", &crmf);
	tg_buf_wipe(&subject);
	tg_buf_finish(&extensions);
	tg_buf_finish(&info);
	tg_buf_finish(&crmf);
	return status;
}

/* The certificate is in the journal before the CA hears that we have it: a certificate that was confirmed is never
 * lost. Until the confirmation the step counts as begun, so that it is confirmed after a restart. */
static enum tg_status received(struct tg_bytes certificate, void *ctx)
{
	struct run *r = ctx;
	struct tg_buf copy = TG_BUF_INIT;
	int64_t begin = now_us();
	tg_buf_add(&copy, certificate.data, certificate.len);
	enum tg_status status = record(r, TG_RECORD_CHIP_INTENT, TG_CHIP_ENROL, "certificate", &copy);
	tg_buf_finish(&copy);
	r->ca_us -= now_us() - begin; /* called from within the time with the CA, and our own */
	return status;
}

struct tg_cmp_config kiosk_cmp_config(const struct kiosk *k)
{
	const struct kiosk_config *c = k->config;
	return (struct tg_cmp_config){.clock = &k->clock,
	        .trust_pem = c->cmp.trust,
	        .recipient = c->cmp.recipient,
	        .cert_pem = c->cmp.certificate,
	        .key_pem = c->cmp.key,
	        .secret_ref = c->cmp.secret_ref,
	        .secret_file = c->cmp.secret_file,
	        .accept_implicit_confirm = c->cmp.implicit_confirm,
	        .timeout_ms = c->cmp.timeout_ms ? (int)c->cmp.timeout_ms : 30000};
}

static enum tg_status sign_with_old(
        void *ctx, struct tg_bytes message, struct tg_buf *signature, struct tg_buf *algorithm, struct tg_error *err)
{
	struct run *r = ctx;
	struct tg_key_ref ref = old_ref(&r->work);
	int64_t begin = now_us();
	enum tg_status status = tg_token_sign(r->k->token, &ref, message, signature, algorithm, err);
	int64_t took = now_us() - begin;
	r->card_us += took;
	r->ca_us -= took; /* called from within the time with the CA */
	return status;
}

static enum tg_status ask_ca(struct run *r, struct tg_chip_key *key, struct tg_cmp_result *result)
{
	struct tg_cmp_config config = kiosk_cmp_config(r->k);
	struct tg_cmp_transport transport = tg_link_cmp_transport(r->k->config->agent_socket);
	struct tg_bytes old = bytes_of(&r->work.old_certificate);
	const struct tg_cmp_signer signer = {.sign = sign_with_old, .certificate = old, .ctx = r};
	if (!r->work.renews)
		return tg_cmp_enrol(&config, &transport, key->plan->profile, bytes_of(&key->request),
		        bytes_of(&key->spki), received, r, result, &r->err);
	config.signer = &signer;
	return tg_cmp_renew(&config, &transport, "renew", old, bytes_of(&key->request), bytes_of(&key->spki), received,
	        r, result, &r->err);
}

static enum tg_status do_enrol(struct run *r, struct tg_chip_key *key)
{
	struct tg_cmp_result result = {0};
	bool had = key->certificate.len > 0;
	int64_t begin = now_us();
	enum tg_status status = spent(&r->ca_us, begin, ask_ca(r, key, &result));
	tg_cmp_result_finish(&result);
	/* A CA that does not answer the same request twice has given us the certificate the first time. */
	if (status == TG_CA_REFUSED && had)
		status = TG_OK;
	if (status == TG_OK)
		status = record(r, TG_RECORD_CHIP_DONE, TG_CHIP_ENROL, "certificate", &key->certificate);
	return status;
}

static enum tg_status do_write(struct run *r, struct tg_chip_key *key)
{
	struct tg_key_ref ref = ref_of(key);
	int64_t begin = now_us();
	TG_TRY(spent(&r->card_us, begin, tg_token_write(r->k->token, &ref, bytes_of(&key->certificate), &r->err)));
	return record(r, TG_RECORD_CHIP_DONE, TG_CHIP_WRITE, NULL, NULL);
}

static enum tg_status do_prove(struct run *r, struct tg_chip_key *key)
{
	struct tg_key_ref ref = ref_of(key);
	int64_t begin = now_us();
	TG_TRY(spent(&r->card_us, begin, tg_token_prove(r->k->token, &ref, bytes_of(&key->certificate), &r->err)));
	return record(r, TG_RECORD_CHIP_DONE, TG_CHIP_PROVE, NULL, NULL);
}

/* Only ever reached with every new certificate proven. */
static enum tg_status do_retire(struct run *r, struct tg_chip_key *key)
{
	(void)key;
	struct tg_key_ref ref = old_ref(&r->work);
	int64_t begin = now_us();
	TG_TRY(spent(&r->card_us, begin, tg_token_remove(r->k->token, &ref, &r->err)));
	return record(r, TG_RECORD_CHIP_DONE, TG_CHIP_RETIRE, NULL, NULL);
}

static enum tg_status do_step(struct run *r, enum tg_chip_step step)
{
	static enum tg_status (*const steps[TG_CHIP_STEP_COUNT])(struct run *, struct tg_chip_key *) = {
	        [TG_CHIP_GENERATE] = do_generate,
	        [TG_CHIP_REQUEST] = do_request,
	        [TG_CHIP_ENROL] = do_enrol,
	        [TG_CHIP_WRITE] = do_write,
	        [TG_CHIP_PROVE] = do_prove,
	        [TG_CHIP_RETIRE] = do_retire};
	struct tg_chip_key *key = &r->work.keys[r->key];
	TG_BUG_IF(!steps[step]);
	show_step(r, step, TG_STEP_RUNNING);
	/* An intent may carry a certificate that was received and not confirmed: it stays in the work as it is. */
	TG_TRY(record(r, TG_RECORD_CHIP_INTENT, step, NULL, NULL));
	enum tg_status status = steps[step](r, key);
	show_step(r, step, status == TG_OK ? TG_STEP_DONE : TG_STEP_FAILED);
	return status;
}

/* Steps that an earlier run has done are shown as done at once. */
static void show_done(struct run *r)
{
	for (r->key = 0; r->key < r->work.n_keys; r->key++)
		for (int s = 0; s < TG_CHIP_UNDO; s++)
			if (r->work.keys[r->key].marks[s] == TG_MARK_DONE)
				show_step(r, (enum tg_chip_step)s, TG_STEP_DONE);
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

static enum tg_status deliver(struct run *r)
{
	struct tg_buf json = TG_BUF_INIT;
	tg_buf_addf(&json, "{\"number\":\"%s\",\"certificates\":[", r->work.number);
	for (unsigned i = 0; i < r->work.n_keys; i++) {
		char serial[48];
		serial_of(&r->work.keys[i].certificate, serial, sizeof serial);
		tg_buf_addf(
		        &json, "%s{\"key\":\"%s\",\"serial\":\"%s\"}", i ? "," : "", r->work.keys[i].plan->id, serial);
	}
	tg_buf_add_str(&json, "]}");
	enum tg_status status = tg_buf_status(&json);
	if (status == TG_OK)
		status = append(r, TG_RECORD_APPLICATION_DELIVERED, tg_buf_str(&json));
	tg_buf_finish(&json);
	return status;
}

static bool nothing_begun(const struct tg_chip_work *w)
{
	for (unsigned i = 0; i < w->n_keys; i++)
		if (w->keys[i].marks[TG_CHIP_GENERATE] != TG_MARK_NONE)
			return false;
	return true;
}

static enum tg_status remove_keys(struct run *r)
{
	for (r->key = 0; r->key < r->work.n_keys; r->key++) {
		struct tg_key_ref ref = ref_of(&r->work.keys[r->key]);
		if (r->work.keys[r->key].marks[TG_CHIP_GENERATE] != TG_MARK_NONE)
			TG_TRY(tg_token_remove(r->k->token, &ref, &r->err));
	}
	return TG_OK;
}

static enum tg_status undo(struct run *r, enum tg_status why)
{
	r->key = 0;
	TG_TRY(record(r, TG_RECORD_CHIP_INTENT, TG_CHIP_UNDO, NULL, NULL));
	if (tg_chip_work_needs_sweep(&r->work))
		TG_TRY(tg_token_sweep(r->k->token, &r->err));
	TG_TRY(remove_keys(r));
	TG_TRY(record(r, TG_RECORD_CHIP_DONE, TG_CHIP_UNDO, NULL, NULL));
	return append_plain(r, TG_RECORD_APPLICATION_UNDONE, why);
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

static enum tg_status work_through(struct run *r)
{
	enum tg_chip_step step;
	show_done(r);
	int64_t begin = now_us();
	if (tg_chip_work_needs_sweep(&r->work))
		TG_TRY(spent(&r->card_us, begin, tg_token_sweep(r->k->token, &r->err)));
	while (tg_chip_work_next(&r->work, &step, &r->key)) {
		enum tg_status status = do_step(r, step);
		if (refused_whole(&r->work, status)) {
			struct tg_error refusal = r->err;
			TG_TRY(undo(r, status));
			r->err = refusal;
			return status;
		}
		/* Refused after another key of it was certified: it can only be finished, so it waits for the office.
		 */
		bool waits = tg_chip_work_waits(status) || status == TG_CA_REFUSED;
		if (waits && append_plain(r, TG_RECORD_APPLICATION_WAITING, status) != TG_OK)
			tg_log_error(&r->err, "waiting not recorded");
		TG_TRY(status);
	}
	return deliver(r);
}

static const struct tg_carrier *carrier_of(struct kiosk *k, const char *id)
{
	for (unsigned i = 0; i < k->carriers->n; i++)
		if (!strcmp(k->carriers->list[i].id, id))
			return &k->carriers->list[i];
	return NULL;
}

/* Wrong PINs lock the certificate that they were typed for, where its provider says so (DOS-8). */
static enum tg_status record_try(struct run *r, bool right)
{
	struct tg_certificate_facts old;
	char json[192];
	if (!r->work.renews || !r->work.provider->lock_in_all)
		return TG_OK;
	TG_TRY(tg_pki_certificate_facts(bytes_of(&r->work.old_certificate), &old, &r->err));
	snprintf(json, sizeof json, "{\"certificate\":\"%s\",\"provider\":\"%s\",\"right\":%s}", old.sha256,
	        r->work.provider->id, right ? "true" : "false");
	return append(r, TG_RECORD_PIN_TRIED, json);
}

/* A locked certificate gets no further try here either, and its token hears nothing. */
static enum tg_status not_locked(struct run *r)
{
	struct tg_certificate_facts old;
	struct tg_held_certificate c = {0};
	if (!r->work.renews || !r->work.provider->lock_in_all)
		return TG_OK;
	TG_TRY(tg_pki_certificate_facts(bytes_of(&r->work.old_certificate), &old, &r->err));
	tg_copy(c.sha256, sizeof c.sha256, old.sha256);
	TG_TRY(kiosk_lock_of(r->job, &c, &r->err));
	return c.lock == TG_OK ? TG_OK : tg_error_set(&r->err, c.lock, "the old certificate is locked");
}

static enum tg_status log_in(struct run *r)
{
	int64_t begin = now_us();
	TG_TRY(spent(&r->card_us, begin, kiosk_inspect(r->job, &r->info, &r->err)));
	r->carrier = carrier_of(r->k, r->info.carrier);
	if (r->work.serial[0] && strcmp(r->work.serial, r->info.serial) != 0)
		return tg_error_set(&r->err, TG_CARD_OTHER, "another card than the one this work began on");
	tg_copy(r->work.serial, sizeof r->work.serial, r->info.serial);
	TG_TRY(not_locked(r));
	begin = now_us();
	enum tg_status status =
	        spent(&r->card_us, begin, tg_token_login(r->k->token, r->work.serial, r->job->pin, &r->info, &r->err));
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
static enum tg_status accepted(struct run *r)
{
	struct tg_app_row row = {0};
	tg_copy(row.number, sizeof row.number, r->work.number);
	TG_TRY(kiosk_store_call(r->k, find_row, &row, &r->err));
	switch (row.state) {
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

static enum tg_status run_chip(struct run *r)
{
	TG_TRY(kiosk_load_work(r->k, r->job->state.number, &r->work, &r->err));
	if (r->work.delivered || r->work.undone)
		return tg_error_set(&r->err, TG_NOT_FOUND, "this application is finished");
	TG_TRY(accepted(r));
	TG_TRY(log_in(r));
	if (r->carrier)
		TG_TRY(tg_chip_work_adopt(&r->work, r->carrier->id, r->carrier->purpose ? r->carrier->purpose : ""));
	if (r->job->undo && nothing_begun(&r->work))
		return append_plain(r, TG_RECORD_APPLICATION_UNDONE, TG_CANCELLED);
	if (!r->job->undo)
		return work_through(r);
	if (!tg_chip_work_can_undo(&r->work))
		return tg_error_set(&r->err, TG_LIMIT, "a certificate was asked for: this work can only be finished");
	return undo(r, TG_CANCELLED);
}

/* Read by tests/bench/run. */
static void log_times(const struct run *r, int64_t total)
{
	tg_log_info("chip work: total %lld us, card %lld us, ca %lld us, own %lld us, journal %lld us of it",
	        (long long)total, (long long)r->card_us, (long long)r->ca_us,
	        (long long)(total - r->card_us - r->ca_us), (long long)r->journal_us);
}

void kiosk_chip_run(struct kiosk_job *job)
{
	struct run r = {.job = job, .k = job->k};
	struct tg_event ev = {.kind = TG_EV_CHIP_ENDED};
	int64_t begin = now_us();
	ev.status = run_chip(&r);
	log_times(&r, now_us() - begin);
	tg_token_logout(job->k->token);
	if (ev.status != TG_OK)
		tg_log_error(&r.err, "chip work of %s ended", r.work.number);
	if (job->undo && ev.status == TG_OK)
		ev.status = TG_CANCELLED;
	kiosk_describe_token(job->k, ev.status, &r.info, &ev.token);
	tg_copy(ev.number, sizeof ev.number, r.work.number);
	ev.must_finish = r.work.form && !tg_chip_work_can_undo(&r.work);
	ev.accepted_ms = r.work.accepted_ms;
	for (unsigned i = 0; i < r.work.n_keys; i++)
		serial_of(&r.work.keys[i].certificate, ev.serial[i], sizeof ev.serial[i]);
	tg_chip_work_finish(&r.work);
	if (tg_link_poke(job->k->config->agent_socket) != TG_OK)
		tg_log_info("agent not reached: entries wait");
	kiosk_post(job->k, &ev);
}
