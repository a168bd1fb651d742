/* Chip work, step by step: what each does on the card or with the CA, with a journal entry before and after (K-8). */
#include "chip.h"
#include "tamga/link.h"

struct tg_key_ref kiosk_chip_ref(const struct tg_chip_key *key)
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

void kiosk_chip_show(struct kiosk_chip *r, enum tg_chip_step step, enum tg_step_state state)
{
	struct tg_event ev = {.kind = TG_EV_CHIP_STEP, .step = step, .key = (int)r->key, .step_state = state};
	kiosk_post(r->k, &ev);
}

enum tg_status kiosk_chip_append(struct kiosk_chip *r, enum tg_record_kind kind, const char *json)
{
	int64_t begin = kiosk_chip_now();
	return kiosk_chip_spent(&r->journal_us, begin, kiosk_append(r->k, kind, json, &r->err));
}

/* Writes an entry about a step and folds it into the work, so that memory and journal cannot disagree. */
enum tg_status kiosk_chip_record(struct kiosk_chip *r, enum tg_record_kind kind, enum tg_chip_step step,
        const char *member, const struct tg_buf *der)
{
	struct tg_buf json = TG_BUF_INIT;
	struct tg_entry e = {0};
	struct tg_bytes bytes = der ? kiosk_bytes(der) : (struct tg_bytes){NULL, 0};
	enum tg_status status = tg_chip_work_json(&r->work, step, r->key, member, bytes, &json);
	if (status == TG_OK)
		status = kiosk_chip_append(r, kind, tg_buf_str(&json));
	tg_copy(e.kind, sizeof e.kind, tg_record_kind_name(kind));
	e.body = tg_buf_str(&json);
	e.body_len = json.len;
	if (status == TG_OK)
		status = tg_chip_work_apply(&r->work, r->k->catalog, &e);
	tg_buf_finish(&json);
	return status;
}

enum tg_status kiosk_chip_note(struct kiosk_chip *r, enum tg_record_kind kind, enum tg_status code)
{
	char json[96];
	snprintf(json, sizeof json, "{\"number\":\"%s\",\"code\":%d}", r->work.number, (int)code);
	return kiosk_chip_append(r, kind, json);
}

static enum tg_status do_generate(struct kiosk_chip *r, struct tg_chip_key *key)
{
	struct tg_key_ref ref = kiosk_chip_ref(key);
	struct tg_buf spki = TG_BUF_INIT;
	int64_t begin = kiosk_chip_now();
	struct tg_certificate_facts old;
	const char *algorithm = key->plan->algorithm;
	if (r->work.renews && !strcmp(algorithm, "as-old")) {
		TG_TRY(tg_pki_certificate_facts(kiosk_bytes(&r->work.old_certificate), &old, &r->err));
		algorithm = old.algorithm;
	}
	enum tg_status status =
	        kiosk_chip_spent(&r->card_us, begin, tg_token_generate(r->k->token, &ref, algorithm, &spki, &r->err));
	if (status == TG_OK)
		status = kiosk_chip_record(r, TG_RECORD_CHIP_DONE, TG_CHIP_GENERATE, "spki", &spki);
	tg_buf_finish(&spki);
	return status;
}

/* Who the certificate is to name: in a renewal who the old one names, with what the CA knows about that. */
static enum tg_status name_holder(
        struct kiosk_chip *r, const char *profile, struct tg_buf *subject, struct tg_buf *extensions)
{
	if (r->work.renews)
		return tg_pki_certificate_subject(kiosk_bytes(&r->work.old_certificate), subject, &r->err);
	TG_TRY(tg_profile_subject(r->k->profiles, profile, tg_chip_work_answer, &r->work, subject, &r->err));
	return tg_profile_request_extensions(r->k->profiles, profile, tg_chip_work_answer("email", &r->work),
	        r->carrier ? r->carrier->storage_oid : NULL, extensions, &r->err);
}

static enum tg_status build_request(struct kiosk_chip *r, struct tg_chip_key *key, struct tg_buf *subject,
        struct tg_buf *extensions, struct tg_buf *info, struct tg_buf *crmf)
{
	struct tg_key_ref ref = kiosk_chip_ref(key);
	const char *profile = key->plan->profile;
	TG_TRY(name_holder(r, profile, subject, extensions));
	tg_pki_reg_info(r->work.number, profile, info);
	int64_t begin = kiosk_chip_now();
	return kiosk_chip_spent(&r->card_us, begin,
	        tg_token_request(r->k->token, &ref, kiosk_bytes(&key->spki), kiosk_bytes(subject),
	                kiosk_bytes(extensions), tg_buf_str(info), crmf, &r->err));
}

/* Nobody is asked whether the key was used before (K-16): the pair was made by this very work, in an object that did
 * not exist, so it cannot have been; and with the request sent already, the same key and number is a repetition that
 * the CA answers with the same certificate. */
static enum tg_status do_request(struct kiosk_chip *r, struct tg_chip_key *key)
{
	struct tg_buf subject = TG_BUF_INIT, extensions = TG_BUF_INIT, info = TG_BUF_INIT, crmf = TG_BUF_INIT;
	enum tg_status status = build_request(r, key, &subject, &extensions, &info, &crmf);
	if (status == TG_OK)
		status = kiosk_chip_record(r, TG_RECORD_CHIP_DONE, TG_CHIP_REQUEST, "request", &crmf);
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
	struct kiosk_chip *r = ctx;
	struct tg_buf copy = TG_BUF_INIT;
	int64_t begin = kiosk_chip_now();
	tg_buf_add(&copy, certificate.data, certificate.len);
	enum tg_status status = kiosk_chip_record(r, TG_RECORD_CHIP_INTENT, TG_CHIP_ENROL, "certificate", &copy);
	tg_buf_finish(&copy);
	r->ca_us -= kiosk_chip_now() - begin; /* called from within the time with the CA, and our own */
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
	struct kiosk_chip *r = ctx;
	struct tg_key_ref ref = old_ref(&r->work);
	int64_t begin = kiosk_chip_now();
	enum tg_status status = tg_token_sign(r->k->token, &ref, message, signature, algorithm, err);
	int64_t took = kiosk_chip_now() - begin;
	r->card_us += took;
	r->ca_us -= took; /* called from within the time with the CA */
	return status;
}

static enum tg_status ask_ca(struct kiosk_chip *r, struct tg_chip_key *key, struct tg_cmp_result *result)
{
	struct tg_cmp_config config = kiosk_cmp_config(r->k);
	struct tg_cmp_transport transport = tg_link_cmp_transport(r->k->config->agent_socket);
	struct tg_bytes old = kiosk_bytes(&r->work.old_certificate);
	const struct tg_cmp_signer signer = {.sign = sign_with_old, .certificate = old, .ctx = r};
	if (!r->work.renews)
		return tg_cmp_enrol(&config, &transport, key->plan->profile, kiosk_bytes(&key->request),
		        kiosk_bytes(&key->spki), received, r, result, &r->err);
	config.signer = &signer;
	return tg_cmp_renew(&config, &transport, "renew", old, kiosk_bytes(&key->request), kiosk_bytes(&key->spki),
	        received, r, result, &r->err);
}

static enum tg_status do_enrol(struct kiosk_chip *r, struct tg_chip_key *key)
{
	struct tg_cmp_result result = {0};
	bool had = key->certificate.len > 0;
	int64_t begin = kiosk_chip_now();
	enum tg_status status = kiosk_chip_spent(&r->ca_us, begin, ask_ca(r, key, &result));
	tg_cmp_result_finish(&result);
	/* A CA that does not answer the same request twice has given us the certificate the first time. */
	if (status == TG_CA_REFUSED && had)
		status = TG_OK;
	if (status == TG_OK)
		status = kiosk_chip_record(r, TG_RECORD_CHIP_DONE, TG_CHIP_ENROL, "certificate", &key->certificate);
	return status;
}

static enum tg_status do_write(struct kiosk_chip *r, struct tg_chip_key *key)
{
	struct tg_key_ref ref = kiosk_chip_ref(key);
	int64_t begin = kiosk_chip_now();
	TG_TRY(kiosk_chip_spent(
	        &r->card_us, begin, tg_token_write(r->k->token, &ref, kiosk_bytes(&key->certificate), &r->err)));
	return kiosk_chip_record(r, TG_RECORD_CHIP_DONE, TG_CHIP_WRITE, NULL, NULL);
}

static enum tg_status do_prove(struct kiosk_chip *r, struct tg_chip_key *key)
{
	struct tg_key_ref ref = kiosk_chip_ref(key);
	int64_t begin = kiosk_chip_now();
	TG_TRY(kiosk_chip_spent(
	        &r->card_us, begin, tg_token_prove(r->k->token, &ref, kiosk_bytes(&key->certificate), &r->err)));
	return kiosk_chip_record(r, TG_RECORD_CHIP_DONE, TG_CHIP_PROVE, NULL, NULL);
}

/* Only ever reached with every new certificate proven. */
static enum tg_status do_retire(struct kiosk_chip *r, struct tg_chip_key *key)
{
	(void)key;
	struct tg_key_ref ref = old_ref(&r->work);
	int64_t begin = kiosk_chip_now();
	TG_TRY(kiosk_chip_spent(&r->card_us, begin, tg_token_remove(r->k->token, &ref, &r->err)));
	return kiosk_chip_record(r, TG_RECORD_CHIP_DONE, TG_CHIP_RETIRE, NULL, NULL);
}

enum tg_status kiosk_chip_step(struct kiosk_chip *r, enum tg_chip_step step)
{
	static enum tg_status (*const steps[TG_CHIP_STEP_COUNT])(struct kiosk_chip *, struct tg_chip_key *) = {
	        [TG_CHIP_GENERATE] = do_generate,
	        [TG_CHIP_REQUEST] = do_request,
	        [TG_CHIP_ENROL] = do_enrol,
	        [TG_CHIP_WRITE] = do_write,
	        [TG_CHIP_PROVE] = do_prove,
	        [TG_CHIP_RETIRE] = do_retire};
	struct tg_chip_key *key = &r->work.keys[r->key];
	TG_BUG_IF(!steps[step]);
	kiosk_chip_show(r, step, TG_STEP_RUNNING);
	/* An intent may carry a certificate that was received and not confirmed: it stays in the work as it is. */
	TG_TRY(kiosk_chip_record(r, TG_RECORD_CHIP_INTENT, step, NULL, NULL));
	enum tg_status status = steps[step](r, key);
	kiosk_chip_show(r, step, status == TG_OK ? TG_STEP_DONE : TG_STEP_FAILED);
	return status;
}
