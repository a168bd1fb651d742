/* The receipt is made from the journal, not from the screen: what is printed is what was recorded. */
#include "paper.h"
#include "tamga/log.h"

#include <jansson.h>
#include <openssl/x509.h>

struct facts {
	struct tg_chip_work work;
	struct tg_app_row row;
	char serials[TG_FLOW_KEYS_MAX][48], until[TG_FLOW_KEYS_MAX][TG_TIME_TEXT], key_ids[TG_FLOW_KEYS_MAX][48];
	char public_keys[TG_RECEIPT_ROWS][KEY_TEXT];
	char on[TG_WORK_CARRIERS_MAX][48], not_on[48];
	char service[64], state[64], result[64];
};

static enum tg_status find_row(struct kiosk *k, void *arg, struct tg_error *err)
{
	struct facts *f = arg;
	return tg_store_app_find(k->store, f->work.number, &f->row, err);
}

/* The same state, or the same wait, means something else where nobody brings papers or no card is written to: an order,
 * a key in the cloud, an unlocking. */
static void by_operation(
        const struct kiosk *k, const struct facts *f, const char *what, const char *which, char out[64])
{
	snprintf(out, 64, "receipt.%s.%s.%s", what, f->row.operation, which);
	if (!tg_text_has(k->i18n, TG_LANG_EN, out))
		snprintf(out, 64, "receipt.%s.%s", what, which);
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

static bool add_answer(struct tg_receipt *r, const struct tg_field *field, const char *value)
{
	if (!value || !*value)
		return false;
	r->answers[r->n_answers].number = field->number;
	r->answers[r->n_answers].label = field->label;
	r->answers[r->n_answers++].value = value;
	return true;
}

static void add_public_keys(struct facts *f, struct tg_receipt *r, const struct tg_field *field)
{
	unsigned nth = 0;
	while (r->n_answers < TG_RECEIPT_ROWS &&
	        add_answer(r, field, kiosk_public_key(&f->work, field->id, nth, f->public_keys[r->n_answers])))
		nth++;
}

static void add_answers(struct facts *f, struct tg_receipt *r)
{
	for (unsigned i = 0; i < f->work.form->n_fields && r->n_answers < TG_RECEIPT_ROWS; i++) {
		const struct tg_field *field = &f->work.form->fields[i];
		if (field->kind == TG_FIELD_PUBLIC_KEY)
			add_public_keys(f, r, field);
		else if (field->person)
			(void)add_answer(r, field, tg_chip_work_answer(field->id, &f->work));
	}
}

static void name_carrier(char id[48], const char *prefix, const struct tg_work_carrier *carrier)
{
	char purpose[sizeof carrier->purpose];
	tg_copy(purpose, sizeof purpose, carrier->purpose);
	snprintf(id, 48, "%s%s", prefix, purpose);
}

/* By carrier, where there are two (NCA-6): the keys stand in that order. */
static void add_certificates(struct facts *f, struct tg_receipt *r)
{
	const struct tg_chip_work *w = &f->work;
	for (unsigned c = 0; c < w->n_carriers && w->n_carriers > 1; c++)
		name_carrier(f->on[c], "written.on-", &w->carriers[c]);
	for (unsigned i = 0; i < w->n_keys && i < 4; i++) {
		unsigned c = w->keys[i].carrier;
		certificate_facts(f, i);
		if (!f->serials[i][0])
			continue;
		r->certificates[r->n_certificates].key = f->key_ids[i];
		r->certificates[r->n_certificates].serial = f->serials[i];
		r->certificates[r->n_certificates].carrier = f->on[c][0] ? f->on[c] : NULL;
		r->certificates[r->n_certificates].carrier_serial = w->carriers[c].serial;
		r->certificates[r->n_certificates++].valid_until = f->until[i];
	}
	if (!w->left_out)
		return;
	name_carrier(f->not_on, "written.not-", &w->carriers[w->n_carriers - 1]);
	r->not_written = f->not_on;
}

/* Documents by their names in the record; older entries have plain ids there, and the first ones had none at all. */
static void add_documents(const struct facts *f, struct tg_receipt *r)
{
	const struct tg_kind *kind = kiosk_kind_of(f->work.provider, &f->row);
	const json_t *list = json_object_get(f->work.application, "documents");
	size_t n = json_array_size(list);
	for (unsigned i = 0; kind && i < kind->n_documents && r->n_documents < TG_DOCUMENTS_MAX; i++) {
		bool named = n == 0 && !kind->documents[i].when;
		for (size_t j = 0; j < n && !named; j++) {
			const json_t *one = json_array_get(list, j);
			const char *id = json_string_value(json_is_object(one) ? json_object_get(one, "id") : one);
			named = id && !strcmp(id, kind->documents[i].id);
		}
		if (named)
			r->documents[r->n_documents++].label = kind->documents[i].label;
	}
}

/* Agreed to notices on a form that has no address for them (A8): the receipt says that none will come. */
static bool no_address(const struct tg_form *form)
{
	bool agreed = false;
	for (unsigned i = 0; i < form->n_fields; i++)
		if (form->fields[i].kind == TG_FIELD_EMAIL)
			return false;
	for (unsigned i = 0; i < form->n_consents; i++)
		agreed = agreed || !strcmp(form->consents[i].id, "email");
	return agreed;
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
	        .result = f->result,
	        .place = p->place,
	        .sandbox = k->config->sandbox,
	        .sent_ms = f->row.sent_ms,
	        .registered_ms = f->row.registered_ms,
	        .result_ms = f->row.state == TG_APP_DELIVERED ? f->row.finished_ms : 0,
	        .promised_ms = f->row.promised_ms,
	        .ticket = json_string_value(json_object_get(f->work.application, "ticket"))};
	by_operation(k, f, "state", tg_app_state_name(f->row.state), f->state);
	by_operation(k, f, "result", "at-once", f->result);
	for (unsigned i = 0; i < p->n_services; i++)
		if (!strcmp(p->services[i].id, f->row.service))
			tg_copy(f->service, sizeof f->service, p->services[i].label);
	add_certificates(f, r);
	add_documents(f, r);
	add_answers(f, r);
	if (no_address(f->work.form))
		r->notes[r->n_notes++] = "receipt.no-mail";
}

static enum tg_status make(
        struct kiosk_job *job, struct facts *f, char where[KIOSK_WHERE], const char **to, struct tg_error *err)
{
	struct kiosk *k = job->k;
	struct tg_receipt r;
	TG_TRY(kiosk_load_work(k, job->state.number, &f->work, err));
	TG_TRY(kiosk_store_call(k, find_row, f, err));
	fill_receipt(k, f, &r);
	return kiosk_paper_receipt(k, &r, job->state.lang, f->work.provider, f->work.number, where, to, err);
}

void kiosk_receipt(struct kiosk_job *job)
{
	struct tg_error err = {0};
	const char *to = "";
	struct tg_event ev = {.kind = TG_EV_RECEIPT};
	struct facts *f = calloc(1, sizeof *f);
	ev.status = f ? make(job, f, ev.where, &to, &err) : tg_error_set(&err, TG_NO_MEMORY, "receipt");
	if (f && ev.status == TG_OK) {
		char json[128];
		snprintf(json, sizeof json, "{\"number\":\"%s\",\"to\":\"%s\"}", f->work.number, to);
		if (kiosk_append(job->k, TG_RECORD_RECEIPT_PRINTED, json, &err) != TG_OK)
			tg_log_error(&err, "receipt not recorded");
	} else {
		tg_log_error(&err, "no receipt");
	}
	if (f) {
		tg_chip_work_finish(&f->work);
		explicit_bzero(f, sizeof *f);
		free(f);
	}
	kiosk_post(job->k, &ev);
}
