/* Reading the identity document on the person's card: by the child tamga-chip, judged here (K-4). On the token worker,
 * so that nobody else speaks to the card meanwhile. */
#include "staff.h"
#include "tamga/document.h"
#include "tamga/log.h"
#include "tamga/text.h"

#define SIGNER_COLUMNS 100

static void progress(enum tg_mrtd_step step, void *ctx)
{
	struct kiosk_job *job = ctx;
	struct tg_event ev = {.kind = TG_EV_DOCUMENT_STEP, .key = (int)step};
	kiosk_post(job->k, &ev);
}

static enum tg_status access_of(const struct tg_flow_state *s, struct tg_mrtd_access *out, struct tg_error *err)
{
	memset(out, 0, sizeof *out);
	out->can = s->doc.by_can;
	const struct tg_answer *number = &s->doc.typed[out->can ? TG_OPEN_CAN : TG_OPEN_NUMBER];
	bool fits = tg_copy(out->number, sizeof out->number, number->value);
	if (!fits || (!out->can && !tg_flow_document_dates(s, out->birth, out->expiry)))
		return tg_error_set(err, TG_DOC_ACCESS, "what was typed cannot open a chip");
	return TG_OK;
}

static void take_over(
        struct tg_chip_document *d, const struct tg_mrtd_person *person, const struct tg_mrtd_proof *proof)
{
	const struct tg_mrz *m = &person->mrz;
	tg_copy(d->number, sizeof d->number, m->number);
	tg_copy(d->birth, sizeof d->birth, m->birth);
	tg_copy(d->expiry, sizeof d->expiry, m->expiry);
	tg_copy(d->issuer, sizeof d->issuer, m->issuer);
	tg_copy(d->nationality, sizeof d->nationality, m->nationality);
	tg_copy(d->surname, sizeof d->surname, m->surname);
	tg_copy(d->given, sizeof d->given, m->given);
	tg_copy(d->iin, sizeof d->iin, person->iin);
	d->sex[0] = m->sex;
	d->expired = person->expired;
	d->pace = proof->pace;
	d->passive = proof->passive;
	d->active = proof->active;
	d->chip = proof->chip;
	tg_text_clean(d->signer, sizeof d->signer, proof->signer, strlen(proof->signer), SIGNER_COLUMNS);
}

static enum tg_status read_and_judge(struct kiosk_job *job, struct tg_chip_document *d, struct tg_error *err)
{
	struct kiosk *k = job->k;
	struct tg_mrtd_access access;
	struct tg_mrtd_raw raw = {0};
	struct tg_mrtd_person person = {0};
	struct tg_mrtd_proof proof = {0};
	const struct tg_document_config config = {.program = k->config->chip_program};
	if (!job->has_reader || !config.program || !k->config->csca)
		return tg_error_set(err, job->has_reader ? TG_CONFIG : TG_CARD_NONE, "no document can be read here");
	TG_TRY(access_of(&job->state, &access, err));
	enum tg_status status = tg_document_read(&config, job->reader.name, &access, -1, progress, job, &raw, err);
	if (status == TG_OK)
		status = tg_mrtd_judge(&raw, k->config->csca, k->clock.wall_ms(k->clock.ctx), &person, &proof, err);
	if (status == TG_OK)
		take_over(d, &person, &proof);
	if (status == TG_OK && proof.why[0])
		tg_log_info("document: %s", proof.why);
	tg_mrtd_raw_finish(&raw);
	explicit_bzero(&access, sizeof access);
	explicit_bzero(&person, sizeof person);
	return status;
}

struct holder {
	const char *iin;
	bool other;
};

static enum tg_status compare_holder(const struct tg_token_certificate *c, void *ctx)
{
	struct holder *h = ctx;
	struct tg_certificate_facts facts;
	struct tg_error ignored = {0};
	if (tg_pki_certificate_facts(c->der, &facts, &ignored) == TG_OK && facts.personal_number[0] &&
	        strcmp(facts.personal_number, h->iin) != 0)
		h->other = true;
	return TG_OK;
}

/* A certificate on the same card that names another person: one of the two is not this person's. A card without a
 * usable key applet has no certificates to disagree. */
static bool other_holder(struct kiosk_job *job, const char *iin)
{
	struct tg_error err = {0};
	struct tg_token_info info;
	struct holder h = {iin, false};
	if (!iin[0] || kiosk_inspect(job, &info, &err) != TG_OK)
		return false;
	if (tg_token_certificates(job->k->token, compare_holder, &h, &err) != TG_OK)
		tg_log_error(&err, "certificates beside a document were not read");
	return h.other;
}

static void read_document(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_DOCUMENT};
	tg_token_kill(job->k->token); /* the key applet's child believes its applet selected: a new one looks anew */
	ev.status = read_and_judge(job, &ev.document, &err);
	if (ev.status == TG_OK)
		ev.document.other_holder = other_holder(job, ev.document.iin);
	else
		tg_log_error(&err, "no document read");
	kiosk_post(job->k, &ev);
	explicit_bzero(&ev, sizeof ev);
}

void kiosk_start_reading(struct kiosk *k)
{
	struct kiosk_job *job = kiosk_job_new(k, read_document);
	if (job)
		kiosk_job_reader(job);
	kiosk_job_start(k->token_worker, job);
}
