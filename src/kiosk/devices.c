/* The devices that are plugged in, and the certificates on the one that was chosen (DOS-9). On the token worker. */
#include "cabinet.h"
#include "tamga/link.h"
#include "tamga/log.h"
#include "tamga/text.h"

#include <openssl/x509.h>

#define READER_COLUMNS 40 /* as in the reader's line */
#define FRESH_MS       2000

/* ---- devices ---- */

static void name_device(struct tg_device *d, const char *reader)
{
	tg_copy(d->reader, sizeof d->reader, reader);
	tg_text_clean(d->shown, sizeof d->shown, reader, strlen(reader), READER_COLUMNS);
}

static void inspect_device(struct kiosk_job *job, struct tg_device *d)
{
	struct tg_error err = {0};
	struct tg_token_info info;
	struct tg_token_state token;
	enum tg_status status = kiosk_inspect(job, &info, &err);
	if (status != TG_OK)
		tg_log_error(&err, "a device is not usable");
	kiosk_describe_token(job->k, status, &info, &token);
	kiosk_ask_records(job->k, &token);
	d->status = token.status;
	tg_copy(d->carrier_name, sizeof d->carrier_name, token.carrier_name);
	tg_copy(d->label, sizeof d->label, token.label);
	tg_copy(d->serial, sizeof d->serial, token.serial);
}

static void list_devices(struct kiosk_job *job, struct tg_cabinet_facts *f)
{
	const struct tg_readers *r = &job->readers;
	for (unsigned i = 0; i < r->n && f->n_devices < TG_DEVICES_MAX; i++) {
		if (!r->list[i].card && !r->list[i].mute)
			continue;
		struct tg_device *d = &f->devices[f->n_devices++];
		job->has_reader = !kiosk_reader_is_soft(job->k, &r->list[i]);
		if (job->has_reader)
			name_device(d, r->list[i].name);
		else
			tg_copy(d->reader, sizeof d->reader, r->list[i].name);
		job->reader = r->list[i];
		if (r->list[i].mute)
			d->status = TG_CARD_MUTE;
		else
			inspect_device(job, d);
	}
}

static void devices(struct kiosk_job *job)
{
	struct tg_event ev = {.kind = TG_EV_DEVICES};
	struct tg_cabinet_facts *f = kiosk_facts_new();
	if (!f)
		return;
	ev.status = job->k->config->soft_carrier ? TG_OK : job->readers.service; /* one is there without a reader */
	list_devices(job, f);
	kiosk_post_cabinet(job->k, &ev, f, NULL);
}

void kiosk_start_devices(struct kiosk *k)
{
	struct kiosk_job *job = kiosk_job_new(k, devices);
	if (job)
		job->readers = k->readers;
	kiosk_job_start(k->token_worker, job);
}

/* ---- certificates ---- */

enum tg_status kiosk_look_at_token(struct kiosk_job *job, struct tg_token_info *info, struct tg_error *err)
{
	const struct tg_flow_state *s = &job->state;
	const char *wanted =
	        s->wanted_reader[0] ? s->wanted_reader : s->reader.name; /* none was chosen: the person's */
	bool here = false;
	memset(info, 0, sizeof *info);
	job->has_reader = false;
	for (unsigned i = 0; i < job->readers.n; i++)
		if (job->readers.list[i].card && !strcmp(job->readers.list[i].name, wanted)) {
			job->reader = job->readers.list[i];
			job->has_reader = !kiosk_reader_is_soft(job->k, &job->reader);
			here = true;
		}
	if (!here)
		return tg_error_set(err, TG_CARD_NONE, "no card in the chosen reader");
	return kiosk_inspect(job, info, err);
}

struct walk {
	struct kiosk_job *job;
	struct tg_cabinet_facts *facts;
	struct kiosk_held *held;
	int64_t now_ms;
};

static bool same_country(const uint8_t *der, size_t len, const char *country)
{
	const unsigned char *p = der;
	char text[8] = "";
	X509 *x = d2i_X509(NULL, &p, (long)len);
	if (x)
		X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_countryName, text, (int)sizeof text);
	X509_free(x);
	return !strcmp(text, country);
}

/* Issued by a certification authority that this kiosk trusts, for the provider's country. Looked at within the time of
 * the certificate: one that has ended is still this provider's. */
static bool is_foreign(const struct walk *w, const struct tg_token_certificate *c, const struct tg_held_certificate *h)
{
	struct tg_error err = {0};
	const struct tg_bytes none = {NULL, 0};
	int64_t at = w->now_ms < h->from_ms ? h->from_ms : w->now_ms >= h->until_ms ? h->until_ms - 1000 : w->now_ms;
	const struct tg_provider *provider = w->job->state.provider;
	if (!provider || !same_country(c->der.data, c->der.len, provider->country))
		return true;
	enum tg_status status = tg_pki_check_chain(c->der, none, w->job->k->config->cmp.trust, at, &err);
	if (status != TG_OK)
		tg_log_error(&err, "a certificate on the token");
	return status != TG_OK;
}

static enum tg_status state_of(const struct walk *w, const struct tg_held_certificate *h)
{
	if (w->now_ms >= h->until_ms)
		return TG_CERT_EXPIRED;
	return w->now_ms < h->from_ms ? TG_CERT_INVALID : TG_OK;
}

static void describe(const struct walk *w, const struct tg_token_certificate *c, const struct tg_certificate_facts *x,
        struct tg_held_certificate *h)
{
	tg_copy(h->sha256, sizeof h->sha256, x->sha256);
	tg_copy(h->serial, sizeof h->serial, x->serial);
	tg_copy(h->holder, sizeof h->holder, x->common_name);
	tg_copy(h->organisation, sizeof h->organisation, x->organisation);
	tg_copy(h->title, sizeof h->title, x->title);
	tg_copy(h->issuer, sizeof h->issuer, x->issuer);
	tg_copy(h->personal_number, sizeof h->personal_number, x->personal_number);
	tg_copy(h->organisation_number, sizeof h->organisation_number, x->organisation_number);
	tg_copy(h->algorithm, sizeof h->algorithm, x->algorithm);
	h->from_ms = x->from_ms;
	h->until_ms = x->until_ms;
	h->signs = x->signs;
	h->authenticates = x->authenticates;
	h->left_today = h->left_in_all = -1;
	h->status = state_of(w, h);
	h->foreign = is_foreign(w, c, h);
}

/* What is no certificate is passed by: an object of another program is no reason to refuse the token. */
static enum tg_status take(const struct tg_token_certificate *c, void *ctx)
{
	struct walk *w = ctx;
	struct tg_error err = {0};
	struct tg_certificate_facts facts;
	if (w->held->n == TG_HELD_CERTIFICATES_MAX || tg_pki_certificate_facts(c->der, &facts, &err) != TG_OK)
		return TG_OK;
	struct kiosk_certificate *held = &w->held->list[w->held->n];
	tg_copy(held->sha256, sizeof held->sha256, facts.sha256);
	memcpy(held->id, c->id, c->id_len);
	held->id_len = c->id_len;
	tg_copy(held->label, sizeof held->label, c->label);
	tg_buf_add(&held->der, c->der.data, c->der.len);
	describe(w, c, &facts, &w->facts->certificates[w->facts->n_certificates]);
	w->held->n++;
	w->facts->n_certificates++;
	return tg_buf_status(&held->der);
}

/* The centre's word on wrong PINs at other places, if it can be had within two seconds (DOS-8). */
static enum tg_status add_locks(struct walk *w, struct tg_error *err)
{
	struct tg_error unreached = {0};
	struct tg_link_status link = {0};
	const char *socket = w->job->k->config->agent_socket;
	w->facts->centre_reached = tg_link_fresh(socket, FRESH_MS, &link, &unreached) == TG_OK && link.last == TG_OK;
	for (unsigned i = 0; i < w->facts->n_certificates; i++)
		TG_TRY(kiosk_lock_of(w->job, &w->facts->certificates[i], err));
	return TG_OK;
}

static void certificates(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_token_info info;
	struct tg_event ev = {.kind = TG_EV_CERTIFICATES};
	struct walk w = {.job = job, .now_ms = job->k->clock.wall_ms(job->k->clock.ctx)};
	w.facts = kiosk_facts_new();
	w.held = calloc(1, sizeof *w.held);
	if (!w.facts || !w.held) {
		free(w.facts);
		free(w.held);
		return;
	}
	enum tg_status status = kiosk_look_at_token(job, &info, &err);
	kiosk_describe_token(job->k, status, &info, &ev.token);
	kiosk_ask_records(job->k, &ev.token);
	ev.status = ev.token.status;
	if (ev.status == TG_OK)
		ev.status = tg_token_certificates(job->k->token, take, &w, &err);
	if (ev.status == TG_OK)
		ev.status = add_locks(&w, &err);
	if (ev.status != TG_OK)
		tg_log_error(&err, "the chosen token cannot be entered with");
	kiosk_post_cabinet(job->k, &ev, w.facts, w.held);
}

void kiosk_start_certificates(struct kiosk *k)
{
	struct kiosk_job *job = kiosk_job_new(k, certificates);
	if (job)
		job->readers = k->readers;
	kiosk_job_start(k->token_worker, job);
}
