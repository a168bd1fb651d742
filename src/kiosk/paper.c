#include "paper.h"

#include "tamga/log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <openssl/evp.h>
#include <unistd.h>

#define SLIP_COLUMNS 48
#define PRINT_MS     45000 /* the printing service gets ten seconds for each of its answers */

enum tg_lang kiosk_office_language(const struct tg_provider *p, enum tg_lang person)
{
	int office = tg_lang_find(p->office_language);
	enum tg_lang second = office < 0 ? TG_LANG_RU : (enum tg_lang)office;
	if (second != person)
		return second;
	return second == TG_LANG_RU ? TG_LANG_KK : TG_LANG_RU;
}

const struct tg_kind *kiosk_kind_of(const struct tg_provider *p, const struct tg_app_row *row)
{
	for (unsigned i = 0; i < p->n_services; i++)
		for (unsigned j = 0; j < p->services[i].n_kinds && !strcmp(p->services[i].id, row->service); j++) {
			const struct tg_kind *kind = &p->services[i].kinds[j];
			if (row->kind[0] ? !strcmp(kind->id, row->kind) : !strcmp(kind->form->id, row->form))
				return kind;
		}
	return NULL;
}

const char *kiosk_public_key(const struct tg_chip_work *work, const char *field, unsigned nth, char out[KEY_TEXT])
{
	for (unsigned i = 0; i < work->n_keys && i < TG_FLOW_KEYS_MAX; i++) {
		const struct tg_chip_key *key = &work->keys[i];
		if (!key->plan->field || strcmp(key->plan->field, field) != 0 || nth-- > 0)
			continue;
		if (!key->spki.len || (key->spki.len + 2) / 3 * 4 >= KEY_TEXT)
			return NULL;
		EVP_EncodeBlock((unsigned char *)out, key->spki.data, (int)key->spki.len);
		return out;
	}
	return NULL;
}

/* ---- printing and keeping ---- */

static enum tg_status save(
        const char *dir, const char *name, const char *suffix, const struct tg_buf *b, struct tg_error *err)
{
	char path[700];
	snprintf(path, sizeof path, "%s/%s.%s", dir, name, suffix);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return tg_error_set(err, TG_IO, "receipt: %s", strerror(errno));
	ssize_t n = write(fd, b->data, b->len);
	if (close(fd) || n != (ssize_t)b->len)
		return tg_error_set(err, errno == ENOSPC ? TG_DISK_FULL : TG_IO, "receipt: %s", strerror(errno));
	return TG_OK;
}

struct paper {
	struct tg_buf text, pdf;
	const char *name;
	char *where;
	const char **to;
};

/* `printed` is what became of drawing and printing: what could be drawn is kept as a file, even if the printer failed.
 */
static enum tg_status put_out(struct kiosk *k, enum tg_status printed, struct paper *p, struct tg_error *err)
{
	*p->to = "";
	if (k->config->receipts && p->pdf.len) {
		if (p->text.len)
			TG_TRY(save(k->config->receipts, p->name, "txt", &p->text, err));
		TG_TRY(save(k->config->receipts, p->name, "pdf", &p->pdf, err));
		snprintf(p->where, KIOSK_WHERE, "%s.pdf", p->name);
		*p->to = "file";
	}
	TG_TRY(printed);
	if (!k->config->printer && !k->config->receipts)
		return tg_error_set(err, TG_PRINTER_NONE, "neither a printer nor a folder is configured");
	if (!k->config->printer)
		return TG_OK;
	tg_copy(p->where, KIOSK_WHERE, k->config->printer);
	*p->to = "paper";
	return TG_OK;
}

static enum tg_status finish(struct kiosk *k, enum tg_status printed, struct paper *p, struct tg_error *err)
{
	enum tg_status st = put_out(k, printed, p, err);
	tg_buf_wipe(&p->text);
	tg_buf_wipe(&p->pdf);
	return st;
}

/* The program stands beside tamga-token, as both are installed. */
static struct tg_print_settings settings(const struct kiosk *k, char program[600])
{
	char beside[500];
	tg_copy(beside, sizeof beside, k->config->token_program);
	snprintf(program, 600, "%s/tamga-print", dirname(beside));
	return (struct tg_print_settings){.program = k->config->print_program ? k->config->print_program : program,
	        .locale = k->config->locale,
	        .printer = k->config->printer,
	        .timeout_ms = PRINT_MS};
}

enum tg_status kiosk_paper_form(struct kiosk *k, const struct tg_form_print *f, enum tg_lang person, const char *name,
        char where[KIOSK_WHERE], const char **to, struct tg_error *err)
{
	char program[600];
	struct paper p = {.name = name, .where = where, .to = to};
	const struct tg_print_settings s = settings(k, program);
	enum tg_status printed = tg_print_form(&s, f, person, &p.pdf, NULL, err);
	return finish(k, printed, &p, err);
}

enum tg_status kiosk_paper_receipt(struct kiosk *k, const struct tg_receipt *r, enum tg_lang person,
        const struct tg_provider *provider, const char *name, char where[KIOSK_WHERE], const char **to,
        struct tg_error *err)
{
	char program[600];
	struct paper p = {.name = name, .where = where, .to = to};
	const struct tg_print_settings s = settings(k, program);
	enum tg_lang office = kiosk_office_language(provider, person);
	enum tg_status printed = tg_receipt_text(r, k->i18n, person, office, SLIP_COLUMNS, &p.text);
	if (printed == TG_OK)
		printed = tg_print_receipt(&s, r, person, office, &p.pdf, NULL, err);
	return finish(k, printed, &p, err);
}

enum tg_status kiosk_paper_slip(struct kiosk *k, const struct tg_slip *slip, enum tg_lang person, const char *name,
        char where[KIOSK_WHERE], const char **to, struct tg_error *err)
{
	char program[600];
	struct paper p = {.name = name, .where = where, .to = to};
	const struct tg_print_settings s = settings(k, program);
	enum tg_status printed = tg_slip_text(slip, k->i18n, person, SLIP_COLUMNS, &p.text);
	if (printed == TG_OK)
		printed = tg_print_slip(&s, slip, person, &p.pdf, NULL, err);
	return finish(k, printed, &p, err);
}

/* ---- the filled form, from the record ---- */

struct recorded {
	struct tg_chip_work work;
	char keys[TG_FORM_FIELDS_MAX][KEY_TEXT];
	char conditions[TG_CONDITIONS_BYTES];
	char name[TG_NUMBER_MAX + 16];
};

static const char *answer(const char *field_id, const void *ctx)
{
	const struct recorded *r = ctx;
	const struct tg_field *field = tg_form_field(r->work.form, field_id);
	if (field && field->kind == TG_FIELD_PUBLIC_KEY)
		return r->keys[field - r->work.form->fields];
	return tg_chip_work_answer(field_id, &r->work);
}

static void read_keys(struct recorded *r)
{
	const struct tg_form *form = r->work.form;
	for (unsigned i = 0; i < form->n_fields && i < TG_FORM_FIELDS_MAX; i++)
		if (form->fields[i].kind == TG_FIELD_PUBLIC_KEY &&
		        !kiosk_public_key(&r->work, form->fields[i].id, 0, r->keys[i]))
			r->keys[i][0] = '\0';
}

static void read_conditions(struct recorded *r)
{
	size_t used = 0, i;
	json_t *word;
	json_array_foreach(json_object_get(r->work.application, "conditions"), i, word)
	{
		const char *s = json_string_value(word);
		int n = s ? snprintf(r->conditions + used, sizeof r->conditions - used, "%s%s", used ? " " : "", s) : 0;
		if (n < 0 || (size_t)n >= sizeof r->conditions - used)
			break;
		used += (size_t)n;
	}
}

static bool consented(const struct recorded *r, const char *id)
{
	size_t i;
	json_t *word;
	json_array_foreach(json_object_get(r->work.application, "consents"), i, word)
	{
		const char *s = json_string_value(word);
		if (s && !strcmp(s, id))
			return true;
	}
	return false;
}

static void record(struct kiosk_job *job, const struct recorded *r, const struct tg_form *form, const char *to)
{
	struct tg_error err = {0};
	char json[160];
	snprintf(
	        json, sizeof json, "{\"number\":\"%s\",\"to\":\"%s\",\"what\":\"%s\"}", r->work.number, to, form->code);
	if (kiosk_append(job->k, TG_RECORD_RECEIPT_PRINTED, json, &err) != TG_OK)
		tg_log_error(&err, "paper not recorded");
}

/* `form` is the application's own, or another that takes the same answers. */
static enum tg_status print_one(struct kiosk_job *job, struct recorded *r, const struct tg_form *form,
        char where[KIOSK_WHERE], struct tg_error *err)
{
	struct kiosk *k = job->k;
	const char *to = "";
	struct tg_form_print f = {.form = form,
	        .provider = r->work.provider,
	        .conditions = r->conditions,
	        .answer = answer,
	        .ctx = r,
	        .number = r->work.number,
	        .date_ms = r->work.accepted_ms,
	        .sandbox = k->config->sandbox};
	for (unsigned i = 0; i < form->n_consents && i < sizeof f.consents; i++)
		f.consents[i] = consented(r, form->consents[i].id);
	snprintf(r->name, sizeof r->name, "%s-%s", r->work.number, form->code);
	TG_TRY(kiosk_paper_form(k, &f, job->state.lang, r->name, where, &to, err));
	record(job, r, form, to);
	return TG_OK;
}

/* What the kind has printed beside its own form (UBR-3: the agreement); NULL: nothing. */
static const char *printed_beside(const struct recorded *r)
{
	const char *kind = json_string_value(json_object_get(r->work.application, "kind"));
	const char *service = json_string_value(json_object_get(r->work.application, "service"));
	const struct tg_service *s = service ? tg_provider_service(r->work.provider, service) : NULL;
	for (unsigned i = 0; s && kind && i < s->n_kinds; i++)
		if (strcmp(s->kinds[i].id, kind) == 0)
			return s->kinds[i].printed;
	return NULL;
}

static enum tg_status print_beside(struct kiosk_job *job, struct recorded *r, struct tg_error *err)
{
	char id[64], where[KIOSK_WHERE];
	const char *words = printed_beside(r);
	for (const char *w = words; w && *w; w += strcspn(w, " "), w += *w == ' ') {
		snprintf(id, sizeof id, "%.*s", (int)strcspn(w, " "), w);
		const struct tg_form *form = tg_catalog_form(job->k->catalog, id);
		if (form)
			TG_TRY(print_one(job, r, form, where, err));
	}
	return TG_OK;
}

static enum tg_status print_recorded(
        struct kiosk_job *job, struct recorded *r, char where[KIOSK_WHERE], struct tg_error *err)
{
	TG_TRY(kiosk_load_work(job->k, job->state.number, &r->work, err));
	read_keys(r);
	read_conditions(r);
	TG_TRY(print_one(job, r, r->work.form, where, err));
	return print_beside(job, r, err);
}

void kiosk_print_form(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_PAPER, .status = TG_NO_MEMORY};
	struct recorded *r = calloc(1, sizeof *r);
	if (r) {
		ev.status = print_recorded(job, r, ev.where, &err);
		if (ev.status != TG_OK)
			tg_log_error(&err, "no paper");
		tg_chip_work_finish(&r->work);
		explicit_bzero(r, sizeof *r);
		free(r);
	}
	kiosk_post(job->k, &ev);
}
