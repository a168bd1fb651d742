/* A member of staff at the kiosk: the token in the other reader, known by the list of certificates that the kiosk was
 * given, the PIN, and a signature (P-5). */
#include "cabinet.h"
#include "desk.h"
#include "staff.h"
#include "tamga/log.h"
#include "tamga/text.h"

#include <jansson.h>

#define NAME_COLUMNS 60

struct visit {
	struct kiosk_job *job;
	struct tg_token_info info;
	struct tg_certificate_facts facts;
	struct tg_key_ref key;
	struct tg_buf certificate;
	bool found;
	struct tg_error err;
};

/* At the desk staff are alone: their token lies in any reader, then in the one in which it was found. Beside a person
 * who needs help it lies in the other one. */
static bool at_desk(const struct kiosk_job *job)
{
	return job->state.stage == TG_STAGE_DESK_ENTER;
}

static enum tg_status inspect(struct visit *v, const struct tg_reader_info *r)
{
	memset(&v->info, 0, sizeof v->info);
	return tg_token_inspect(v->job->k->token, r->name, r->atr, r->atr_len, &v->info, &v->err);
}

static enum tg_status inspect_theirs(struct visit *v)
{
	const struct kiosk_job *job = v->job;
	if (at_desk(job) ? !job->has_reader : !job->has_other)
		return tg_error_set(&v->err, TG_CARD_NONE, "no token of the staff in its reader");
	return inspect(v, at_desk(job) ? &job->reader : &job->other);
}

/* The first certificate of the token that is listed as one of the staff's. */
static enum tg_status find_listed(const struct tg_token_certificate *c, void *ctx)
{
	struct visit *v = ctx;
	struct tg_error ignored = {0};
	struct tg_certificate_facts facts;
	if (v->found || tg_pki_certificate_facts(c->der, &facts, &ignored) != TG_OK ||
	        !kiosk_staff_knows(&v->job->k->staff, facts.sha256))
		return TG_OK;
	v->found = true;
	v->facts = facts;
	memcpy(v->key.id, c->id, c->id_len);
	v->key.id_len = c->id_len;
	tg_buf_add(&v->certificate, c->der.data, c->der.len);
	return tg_buf_status(&v->certificate);
}

static enum tg_status find_certificate(struct visit *v)
{
	TG_TRY(tg_token_certificates(v->job->k->token, find_listed, v, &v->err));
	if (!v->found)
		return tg_error_set(&v->err, TG_STAFF_UNKNOWN, "no certificate of the token is listed as staff");
	return TG_OK;
}

static enum tg_status certificate_holds(struct visit *v)
{
	struct kiosk *k = v->job->k;
	int64_t now = k->clock.wall_ms(k->clock.ctx);
	if (now >= v->facts.until_ms)
		return tg_error_set(&v->err, TG_CERT_EXPIRED, "the staff certificate has expired");
	TG_TRY(kiosk_not_revoked(k, v->facts.sha256, &v->err));
	return tg_pki_check_chain((struct tg_bytes){v->certificate.data, v->certificate.len},
	        (struct tg_bytes){NULL, 0}, k->config->cmp.trust, now, &v->err);
}

/* Who the token belongs to is settled before its PIN is tried. */
static enum tg_status prove(struct visit *v)
{
	struct kiosk_job *job = v->job;
	struct tg_token *t = job->k->token;
	TG_TRY(inspect_theirs(v));
	TG_TRY(find_certificate(v));
	TG_TRY(certificate_holds(v));
	enum tg_status status = tg_token_login(t, v->info.serial, job->secrets[TG_SECRET_STAFF], &v->info, &v->err);
	if (job->secrets[TG_SECRET_STAFF])
		tg_secret_wipe(job->secrets[TG_SECRET_STAFF]);
	TG_TRY(status);
	v->key.label = "";
	return tg_token_prove(t, &v->key, (struct tg_bytes){v->certificate.data, v->certificate.len}, &v->err);
}

static enum tg_status record(struct visit *v)
{
	json_t *body = json_pack("{s:s, s:s}", "staff", v->facts.serial, "what", at_desk(v->job) ? "desk" : "unblock");
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	enum tg_status status = text ? kiosk_append(v->job->k, TG_RECORD_STAFF_ENTERED, text, &v->err) : TG_NO_MEMORY;
	free(text);
	json_decref(body);
	return status;
}

struct name {
	char *out;
	size_t cap;
};

static enum tg_status take_name(const struct tg_token_certificate *c, void *ctx)
{
	struct name *n = ctx;
	struct tg_error ignored = {0};
	struct tg_certificate_facts facts;
	if (!n->out[0] && tg_pki_certificate_facts(c->der, &facts, &ignored) == TG_OK && facts.personal_number[0])
		tg_text_clean(n->out, n->cap, facts.common_name, strlen(facts.common_name), NAME_COLUMNS);
	return TG_OK;
}

/* Whose certificate lies on the locked card: to be compared with the person and the paper. */
static void take_holder(struct kiosk_job *job, char *out, size_t cap)
{
	struct tg_error err = {0};
	struct tg_token_info info;
	struct name name = {out, cap};
	if (kiosk_inspect(job, &info, &err) != TG_OK ||
	        tg_token_certificates(job->k->token, take_name, &name, &err) != TG_OK)
		tg_log_error(&err, "certificates of the locked card were not read");
}

static void staff_prove(struct kiosk_job *job)
{
	struct visit v = {.job = job};
	struct tg_event ev = {.kind = TG_EV_STAFF};
	ev.status = prove(&v);
	if (ev.status == TG_OK)
		ev.status = record(&v);
	tg_token_logout(job->k->token);
	if (v.info.serial[0])
		kiosk_describe_token(job->k, TG_OK, &v.info, &ev.token);
	if (ev.status == TG_OK) {
		tg_text_clean(ev.staff_name, sizeof ev.staff_name, v.facts.common_name, strlen(v.facts.common_name),
		        NAME_COLUMNS);
		tg_copy(ev.staff_serial, sizeof ev.staff_serial, v.facts.serial);
		if (!at_desk(job))
			take_holder(job, ev.holder, sizeof ev.holder);
		kiosk_poke(job->k);
	} else {
		tg_log_error(&v.err, "staff not known");
	}
	tg_buf_finish(&v.certificate);
	kiosk_post(job->k, &ev);
}

void kiosk_start_staff_prove(struct kiosk *k)
{
	struct kiosk_job *job = kiosk_job_new(k, staff_prove);
	if (!job)
		return;
	kiosk_job_reader(job);
	if (!k->state.staff.token.pin_pad)
		kiosk_job_take(job, TG_SECRET_STAFF);
	kiosk_job_start(k->token_worker, job);
}

static void staff_token(struct kiosk_job *job)
{
	struct visit v = {.job = job};
	struct tg_event ev = {.kind = TG_EV_STAFF_TOKEN};
	enum tg_status status = inspect_theirs(&v);
	if (status == TG_OK)
		status = find_certificate(&v);
	if (status != TG_OK)
		tg_log_error(&v.err, "the other reader holds no token of the staff");
	kiosk_describe_token(job->k, status, &v.info, &ev.token);
	tg_buf_finish(&v.certificate);
	kiosk_post(job->k, &ev);
}

void kiosk_start_staff_token(struct kiosk *k)
{
	struct kiosk_job *job = kiosk_job_new(k, staff_token);
	if (job)
		kiosk_job_reader(job);
	kiosk_job_start(k->token_worker, job);
}

/* The first reader whose token is listed. Of several that are not, the last one's reason is told. */
static enum tg_status look_everywhere(struct visit *v, const struct tg_reader_info **where)
{
	const struct tg_readers *all = &v->job->readers;
	enum tg_status status = tg_error_set(&v->err, TG_CARD_NONE, "no card in any reader");
	for (unsigned i = 0; i < all->n && !v->found; i++) {
		const struct tg_reader_info *r = &all->list[i];
		if (!r->card)
			continue;
		status = inspect(v, r);
		if (status == TG_OK)
			status = find_certificate(v);
		*where = r;
	}
	return status;
}

static void desk_token(struct kiosk_job *job)
{
	struct visit v = {.job = job};
	struct tg_event ev = {.kind = TG_EV_STAFF_TOKEN};
	const struct tg_reader_info *where = NULL;
	enum tg_status status = look_everywhere(&v, &where);
	if (status != TG_OK)
		tg_log_error(&v.err, "no reader holds a token of the staff");
	kiosk_describe_token(job->k, status, &v.info, &ev.token);
	if (where) {
		tg_copy(ev.reader.name, sizeof ev.reader.name, where->name);
		tg_text_clean(
		        ev.reader.reader, sizeof ev.reader.reader, where->name, strlen(where->name), NAME_COLUMNS);
	}
	tg_buf_finish(&v.certificate);
	kiosk_post(job->k, &ev);
}

void kiosk_start_desk_token(struct kiosk *k)
{
	struct kiosk_job *job = kiosk_job_new(k, desk_token);
	if (job)
		job->readers = k->readers;
	kiosk_job_start(k->token_worker, job);
}
