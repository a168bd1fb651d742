/* The certificate of a request that was brought along (NCA-9.dom): asked for once the application is accepted, kept in
 * the journal before anything else is done with it, then written to a medium or printed. Whatever goes wrong on the way
 * is gone on with at the next try or the next visit. On the token worker, as all work with the CA. */
#include "cabinet.h"
#include "media.h"
#include "medium.h"
#include "paper.h"
#include "tamga/link.h"
#include "tamga/log.h"

#include <jansson.h>
#include <openssl/evp.h>

#define CERTIFICATE_MOST (8u * 1024u)

struct run {
	struct kiosk *k;
	struct tg_chip_work work;
	struct tg_app_row row;
	const struct tg_key_plan *plan;
	const char *request; /* the answer: PEM or Base64 */
	struct tg_buf certificate;
	struct tg_certificate_facts facts;
	struct tg_error err;
};

/* ---- what is recorded ---- */

static enum tg_status take_issued(const struct tg_entry *e, void *ctx)
{
	struct run *r = ctx;
	if (!e->body || strcmp(e->kind, tg_record_kind_name(TG_RECORD_APPLICATION_ISSUED)) != 0)
		return TG_OK;
	json_t *body = json_loadb(e->body, e->body_len, JSON_REJECT_DUPLICATES, NULL);
	const char *text = json_string_value(json_object_get(body, "certificate"));
	size_t n = text ? strlen(text) : 0;
	uint8_t der[CERTIFICATE_MOST];
	if (n && n % 4 == 0 && n / 4 * 3 <= sizeof der) {
		int len = EVP_DecodeBlock(der, (const unsigned char *)text, (int)n);
		int pad = (text[n - 1] == '=') + (text[n - 2] == '=');
		tg_buf_reset(&r->certificate);
		if (len > pad)
			tg_buf_add(&r->certificate, der, (size_t)(len - pad));
	}
	json_decref(body);
	return tg_buf_status(&r->certificate);
}

static enum tg_status find(struct kiosk *k, void *arg, struct tg_error *err)
{
	struct run *r = arg;
	TG_TRY(tg_store_app_find(k->store, r->work.number, &r->row, err));
	return tg_store_app_entries(k->store, r->work.number, take_issued, r, err);
}

static enum tg_status load(struct run *r, const char *number)
{
	TG_TRY(kiosk_load_work(r->k, number, &r->work, &r->err));
	TG_TRY(kiosk_store_call(r->k, find, r, &r->err));
	const struct tg_form *form = r->work.form;
	for (unsigned i = 0; i < form->n_keys && !r->plan; i++)
		if (!strcmp(form->keys[i].algorithm, "as-request"))
			r->plan = &form->keys[i];
	r->request = r->plan && r->plan->field ? tg_chip_work_answer(r->plan->field, &r->work) : NULL;
	if (!r->request || !*r->request)
		return tg_error_set(&r->err, TG_PKCS10, "the application holds no request");
	if (r->certificate.len)
		return tg_pki_certificate_facts(
		        (struct tg_bytes){r->certificate.data, r->certificate.len}, &r->facts, &r->err);
	return TG_OK;
}

/* ---- asking ---- */

static enum tg_status record_issued(struct run *r)
{
	struct tg_buf json = TG_BUF_INIT;
	char *text = malloc(4 * ((r->certificate.len + 2) / 3) + 1);
	if (!text)
		return tg_error_set(&r->err, TG_NO_MEMORY, "certificate");
	EVP_EncodeBlock((unsigned char *)text, r->certificate.data, (int)r->certificate.len);
	tg_buf_addf(&json,
	        "{\"number\":\"%s\",\"serial\":\"%s\",\"profile\":\"%s\",\"certificate\":\"%s\",\"until_ms\":%lld}",
	        r->work.number, r->facts.serial, r->plan->profile, text, (long long)r->facts.until_ms);
	free(text);
	enum tg_status status = tg_buf_status(&json);
	if (status == TG_OK)
		status = kiosk_append(r->k, TG_RECORD_APPLICATION_ISSUED, tg_buf_str(&json), &r->err);
	tg_buf_finish(&json);
	return status;
}

/* In the journal before the CA hears that we have it. Asked again, the CA gives the same one: then it is there. */
static enum tg_status received(struct tg_bytes certificate, void *ctx)
{
	struct run *r = ctx;
	if (r->certificate.len == certificate.len && !memcmp(r->certificate.data, certificate.data, certificate.len))
		return TG_OK;
	tg_buf_reset(&r->certificate);
	tg_buf_add(&r->certificate, certificate.data, certificate.len);
	TG_TRY(tg_buf_status(&r->certificate));
	TG_TRY(tg_pki_certificate_facts(certificate, &r->facts, &r->err));
	return record_issued(r);
}

static enum tg_status ask_ca(struct run *r)
{
	struct tg_csr csr = {0};
	struct tg_cmp_result result = {0};
	struct tg_buf info = TG_BUF_INIT;
	struct tg_cmp_config config = kiosk_cmp_config(r->k);
	struct tg_cmp_transport transport = tg_link_cmp_transport(r->k->config->agent_socket);
	TG_TRY(tg_csr_parse((struct tg_bytes){(const uint8_t *)r->request, strlen(r->request)}, &csr, &r->err));
	tg_pki_reg_info(r->work.number, r->plan->profile, &info);
	enum tg_status status = tg_cmp_enrol_p10(&config, &transport, r->plan->profile,
	        (struct tg_bytes){csr.der.data, csr.der.len}, tg_buf_str(&info), received, r, &result, &r->err);
	tg_cmp_result_finish(&result);
	tg_buf_finish(&info);
	tg_csr_finish(&csr);
	return status;
}

/* A certificate that we have is confirmed once more where that can be done now, and handed over in any case. */
static enum tg_status issue(struct run *r)
{
	bool had = r->certificate.len > 0;
	if (r->row.state == TG_APP_DELIVERED && had)
		return TG_OK;
	if (r->row.state != TG_APP_ACCEPTED && r->row.state != TG_APP_ISSUED)
		return tg_error_set(&r->err, TG_NOT_DECIDED, "state %s", tg_app_state_name(r->row.state));
	enum tg_status status = ask_ca(r);
	if (status != TG_OK && had) {
		tg_log_error(&r->err, "confirmed before, or later");
		return TG_OK;
	}
	return status;
}

/* ---- handing over ---- */

static enum tg_status read_back(struct kiosk *k, const char *name, struct tg_bytes bytes, struct tg_error *err)
{
	struct kiosk_medium medium;
	struct tg_buf b = TG_BUF_INIT;
	TG_TRY(k->media->open(k->media, false, &medium, err));
	enum tg_status status = kiosk_medium_read(medium.path, name, &b, err);
	k->media->close(k->media, &medium);
	if (status == TG_OK && (b.len != bytes.len || memcmp(b.data, bytes.data, b.len) != 0))
		status = tg_error_set(err, TG_MEDIUM_WRITE, "what is on the medium is not what was written");
	tg_buf_finish(&b);
	return status;
}

static enum tg_status write_to_medium(struct run *r, char where[KIOSK_WHERE])
{
	struct kiosk *k = r->k;
	struct kiosk_medium medium;
	char pem[2 * CERTIFICATE_MOST], name[80];
	if (!k->media)
		return tg_error_set(&r->err, TG_MEDIUM_NONE, "no place for media");
	TG_TRY(kiosk_pem("CERTIFICATE", (struct tg_bytes){r->certificate.data, r->certificate.len}, pem, sizeof pem));
	const struct tg_bytes bytes = {(const uint8_t *)pem, strlen(pem)};
	TG_TRY(k->media->open(k->media, true, &medium, &r->err));
	enum tg_status status = kiosk_medium_write(medium.path, r->work.number, ".pem", bytes, name, &r->err);
	k->media->close(k->media, &medium);
	TG_TRY(status);
	status = read_back(k, name, bytes, &r->err);
	tg_copy(where, KIOSK_WHERE, name);
	return status == TG_OK ? TG_OK
	                       : tg_error_set(&r->err, TG_MEDIUM_WRITE, "pulled out before it could be read back");
}

static enum tg_status print(struct run *r, enum tg_lang person, char where[KIOSK_WHERE])
{
	char pem[TG_VALUE_MAX], until[TG_TIME_TEXT], name[TG_NUMBER_MAX + 16], ascii[256], shown[256];
	const char *domain = r->facts.common_name;
	if (tg_domain_parse(domain, NULL, ascii, shown) == TG_OK)
		domain = shown; /* as people read it */
	const char *to = "";
	TG_TRY(kiosk_pem("CERTIFICATE", (struct tg_bytes){r->certificate.data, r->certificate.len}, pem, sizeof pem));
	tg_time_local(r->facts.until_ms, r->work.provider->utc_offset_minutes, until);
	const struct tg_slip slip = {.title = "print.certificate.title",
	        .number = r->work.number,
	        .rows = {{.label = "print.certificate.names", .value = domain},
	                {.label = "print.certificate.serial", .value = r->facts.serial},
	                {.label = "print.certificate.until", .value = until}},
	        .n_rows = 3,
	        .notes = {"print.certificate.pem"},
	        .n_notes = 1,
	        .code = pem,
	        .office = person,
	        .ms = r->work.accepted_ms,
	        .utc_offset_minutes = r->work.provider->utc_offset_minutes,
	        .copies = 1,
	        .sandbox = r->k->config->sandbox};
	snprintf(name, sizeof name, "%s-pem", r->work.number);
	return kiosk_paper_slip(r->k, &slip, person, name, where, &to, &r->err);
}

static enum tg_status record_delivered(struct run *r)
{
	char json[300];
	if (r->row.state == TG_APP_DELIVERED)
		return TG_OK;
	snprintf(json, sizeof json, "{\"number\":\"%s\",\"certificates\":[{\"key\":\"%s\",\"serial\":\"%s\"}]}",
	        r->work.number, r->plan->id, r->facts.serial);
	return kiosk_append(r->k, TG_RECORD_APPLICATION_DELIVERED, json, &r->err);
}

static enum tg_status hand_over(struct run *r, const struct kiosk_job *job, bool paper, char where[KIOSK_WHERE])
{
	TG_TRY(load(r, job->state.number));
	TG_TRY(issue(r));
	TG_TRY(paper ? print(r, job->state.lang, where) : write_to_medium(r, where));
	return record_delivered(r);
}

static void work(struct kiosk_job *job, bool paper)
{
	struct tg_event ev = {.kind = TG_EV_DELIVERED, .status = TG_NO_MEMORY};
	struct run *r = calloc(1, sizeof *r);
	if (r) {
		r->k = job->k;
		ev.status = hand_over(r, job, paper, ev.where);
		if (ev.status != TG_OK)
			tg_log_error(&r->err, "certificate not handed over");
		if (r->certificate.len)
			tg_copy(ev.serial[0], sizeof ev.serial[0], r->facts.serial);
		kiosk_poke(job->k);
		tg_buf_finish(&r->certificate);
		tg_chip_work_finish(&r->work);
		free(r);
	}
	kiosk_post(job->k, &ev);
}

static void deliver(struct kiosk_job *job)
{
	work(job, false);
}

static void deliver_paper(struct kiosk_job *job)
{
	work(job, true);
}

void kiosk_start_deliver(struct kiosk *k)
{
	kiosk_job_start(k->token_worker, kiosk_job_new(k, deliver));
}

void kiosk_start_deliver_paper(struct kiosk *k)
{
	kiosk_job_start(k->token_worker, kiosk_job_new(k, deliver_paper));
}
