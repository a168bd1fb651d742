/* The receipt is made from the journal, not from the screen: what is printed is what was recorded. */
#include "kiosk.h"
#include "tamga/log.h"
#include "tamga/print.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <unistd.h>

#define ON_SCREEN_COLUMNS 48
#define PUBLIC_KEY_TEXT   404   /* base64 of an RSA-2048 SubjectPublicKeyInfo: 392 */
#define PRINT_MS          45000 /* the printing service gets ten seconds for each of its answers */

struct facts {
	struct tg_chip_work work;
	struct tg_app_row row;
	char serials[TG_FLOW_KEYS_MAX][48], until[TG_FLOW_KEYS_MAX][TG_TIME_TEXT], key_ids[TG_FLOW_KEYS_MAX][48];
	char public_keys[TG_FLOW_KEYS_MAX][PUBLIC_KEY_TEXT];
	char service[64], state[64];
};

static enum tg_status find_row(struct kiosk *k, void *arg, struct tg_error *err)
{
	struct facts *f = arg;
	return tg_store_app_find(k->store, f->work.number, &f->row, err);
}

static void certificate_facts(struct facts *f, unsigned i)
{
	const struct tg_buf *der = &f->work.keys[i].certificate;
	const unsigned char *p = der->data;
	X509 *x = der->len ? d2i_X509(NULL, &p, (long)der->len) : NULL;
	struct tm t;
	if (x && ASN1_TIME_to_tm(X509_get0_notAfter(x), &t))
		strftime(f->until[i], sizeof f->until[i], "%d.%m.%Y", &t);
	if (x) {
		const ASN1_INTEGER *serial = X509_get0_serialNumber(x);
		if (ASN1_STRING_length(serial) <= 20)
			tg_hex(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial), f->serials[i]);
	}
	X509_free(x);
	snprintf(f->key_ids[i], sizeof f->key_ids[i], "key-plan.%s", f->work.keys[i].plan->id);
}

/* The public key of this field in base64 (K-6: the application shows the keys there are), NULL when none was made. */
static const char *public_key(struct facts *f, const char *field)
{
	for (unsigned i = 0; i < f->work.n_keys && i < TG_FLOW_KEYS_MAX; i++) {
		const struct tg_chip_key *key = &f->work.keys[i];
		if (!key->plan->field || strcmp(key->plan->field, field) != 0)
			continue;
		if (!key->spki.len || (key->spki.len + 2) / 3 * 4 >= PUBLIC_KEY_TEXT)
			return NULL;
		EVP_EncodeBlock((unsigned char *)f->public_keys[i], key->spki.data, (int)key->spki.len);
		return f->public_keys[i];
	}
	return NULL;
}

static void add_answers(struct facts *f, struct tg_receipt *r)
{
	for (unsigned i = 0; i < f->work.form->n_fields && r->n_answers < TG_RECEIPT_ROWS; i++) {
		const struct tg_field *field = &f->work.form->fields[i];
		const char *value = field->kind == TG_FIELD_PUBLIC_KEY ? public_key(f, field->id)
		                    : field->person                    ? tg_chip_work_answer(field->id, &f->work)
		                                                       : NULL;
		if (!value || !*value)
			continue;
		r->answers[r->n_answers].number = field->number;
		r->answers[r->n_answers].label = field->label;
		r->answers[r->n_answers++].value = value;
	}
}

static const struct tg_kind *kind_of(const struct tg_provider *p, const char *service, const char *form)
{
	for (unsigned i = 0; i < p->n_services; i++)
		for (unsigned j = 0; j < p->services[i].n_kinds && !strcmp(p->services[i].id, service); j++)
			if (!strcmp(p->services[i].kinds[j].form->id, form))
				return &p->services[i].kinds[j];
	return NULL;
}

static void fill_receipt(const struct kiosk *k, struct facts *f, struct tg_receipt *r)
{
	const struct tg_provider *p = f->work.provider;
	*r = (struct tg_receipt){.number = f->work.number,
	        .provider = p->label,
	        .service = f->service,
	        .form_title = f->work.form->title,
	        .form_code = f->work.form->code,
	        .accepted_ms = f->row.accepted_ms,
	        .utc_offset_minutes = p->utc_offset_minutes,
	        .kiosk = k->config->kiosk,
	        .state = f->state,
	        .place = p->place,
	        .sandbox = k->config->sandbox,
	        .sent_ms = f->row.sent_ms,
	        .registered_ms = f->row.registered_ms,
	        .result_ms = f->row.state == TG_APP_DELIVERED ? f->row.finished_ms : 0};
	snprintf(f->state, sizeof f->state, "receipt.state.%s", tg_app_state_name(f->row.state));
	for (unsigned i = 0; i < p->n_services; i++)
		if (!strcmp(p->services[i].id, f->row.service))
			tg_copy(f->service, sizeof f->service, p->services[i].label);
	for (unsigned i = 0; i < f->work.n_keys && i < 4; i++) {
		certificate_facts(f, i);
		if (!f->serials[i][0])
			continue;
		r->certificates[r->n_certificates].key = f->key_ids[i];
		r->certificates[r->n_certificates].serial = f->serials[i];
		r->certificates[r->n_certificates++].valid_until = f->until[i];
	}
	const struct tg_kind *kind = kind_of(p, f->row.service, f->row.form);
	for (unsigned i = 0; kind && i < kind->n_documents && i < 16; i++)
		if (!kind->documents[i].when)
			r->documents[r->n_documents++].label = kind->documents[i].label;
	add_answers(f, r);
}

static enum tg_status save(
        const char *dir, const char *number, const char *suffix, const struct tg_buf *b, struct tg_error *err)
{
	char path[700];
	snprintf(path, sizeof path, "%s/%s.%s", dir, number, suffix);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return tg_error_set(err, TG_IO, "receipt: %s", strerror(errno));
	ssize_t n = write(fd, b->data, b->len);
	if (close(fd) || n != (ssize_t)b->len)
		return tg_error_set(err, errno == ENOSPC ? TG_DISK_FULL : TG_IO, "receipt: %s", strerror(errno));
	return TG_OK;
}

struct output {
	struct tg_buf text, pdf;
	char where[96];
	const char *to;
};

/* `printed` is what became of drawing and printing: what could be drawn is kept as a file, even if the printer failed.
 */
static enum tg_status put_out(
        struct kiosk *k, const char *number, enum tg_status printed, struct output *o, struct tg_error *err)
{
	if (k->config->receipts && o->pdf.len) {
		TG_TRY(save(k->config->receipts, number, "txt", &o->text, err));
		TG_TRY(save(k->config->receipts, number, "pdf", &o->pdf, err));
		snprintf(o->where, sizeof o->where, "%s.pdf", number);
		o->to = "file";
	}
	TG_TRY(printed);
	if (!k->config->printer && !k->config->receipts)
		return tg_error_set(err, TG_PRINTER_NONE, "neither a printer nor a folder is configured");
	if (!k->config->printer)
		return TG_OK;
	tg_copy(o->where, sizeof o->where, k->config->printer);
	o->to = "paper";
	return TG_OK;
}

/* The program stands beside tamga-token, as both are installed. */
static enum tg_status print(struct kiosk *k, const struct tg_receipt *r, enum tg_lang first, enum tg_lang office,
        struct output *o, struct tg_error *err)
{
	char program[600], beside[500];
	tg_copy(beside, sizeof beside, k->config->token_program);
	snprintf(program, sizeof program, "%s/tamga-print", dirname(beside));
	const struct tg_print_settings settings = {
	        .program = k->config->print_program ? k->config->print_program : program,
	        .locale = k->config->locale,
	        .printer = k->config->printer,
	        .timeout_ms = PRINT_MS};
	return tg_print_receipt(&settings, r, first, office, &o->pdf, NULL, err);
}

static enum tg_status make(struct kiosk_job *job, struct facts *f, struct output *o, struct tg_error *err)
{
	struct kiosk *k = job->k;
	struct tg_receipt r;
	TG_TRY(kiosk_load_work(k, job->state.number, &f->work, err));
	TG_TRY(kiosk_store_call(k, find_row, f, err));
	fill_receipt(k, f, &r);
	int office = tg_lang_find(f->work.provider->office_language);
	enum tg_lang second = office < 0 ? TG_LANG_RU : (enum tg_lang)office;
	if (second == job->state.lang)
		second = second == TG_LANG_RU ? TG_LANG_KK : TG_LANG_RU;
	TG_TRY(tg_receipt_text(&r, k->i18n, job->state.lang, second, ON_SCREEN_COLUMNS, &o->text));
	enum tg_status printed = print(k, &r, job->state.lang, second, o, err);
	return put_out(k, f->work.number, printed, o, err);
}

void kiosk_receipt(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct facts f = {0};
	struct output o = {.to = ""};
	struct tg_event ev = {.kind = TG_EV_RECEIPT};
	ev.status = make(job, &f, &o, &err);
	if (ev.status == TG_OK) {
		char json[128];
		snprintf(json, sizeof json, "{\"number\":\"%s\",\"to\":\"%s\"}", f.work.number, o.to);
		if (kiosk_append(job->k, TG_RECORD_RECEIPT_PRINTED, json, &err) != TG_OK)
			tg_log_error(&err, "receipt not recorded");
	} else {
		tg_log_error(&err, "no receipt");
	}
	tg_copy(ev.where, sizeof ev.where, o.where);
	tg_buf_wipe(&o.text);
	tg_buf_wipe(&o.pdf);
	tg_chip_work_finish(&f.work);
	explicit_bzero(&f, sizeof f);
	kiosk_post(job->k, &ev);
}
