/* Entering with a certificate, trying its signature, news and applications (DOS-8, DOS-9, DOS-10). */
#include "cabinet.h"
#include "staff.h"
#include "tamga/log.h"
#include "tamga/text.h"

#include <jansson.h>
#include <openssl/evp.h>

#define NEWS_LOOKED_AT 32

/* ---- what the events bring ---- */

void kiosk_certificate_free(struct kiosk_certificate *c)
{
	if (!c)
		return;
	tg_buf_wipe(&c->der);
	explicit_bzero(c, sizeof *c);
	free(c);
}

void kiosk_held_free(struct kiosk_held *held)
{
	for (unsigned i = 0; held && i < TG_HELD_CERTIFICATES_MAX; i++)
		tg_buf_wipe(&held->list[i].der);
	if (held)
		explicit_bzero(held, sizeof *held);
	free(held);
}

struct kiosk_certificate *kiosk_certificate_dup(const struct kiosk *k, const char *sha256)
{
	for (unsigned i = 0; k->held && i < k->held->n; i++) {
		const struct kiosk_certificate *from = &k->held->list[i];
		if (strcmp(from->sha256, sha256) != 0)
			continue;
		struct kiosk_certificate *copy = malloc(sizeof *copy);
		if (!copy)
			return NULL;
		*copy = *from;
		copy->der = (struct tg_buf)TG_BUF_INIT;
		tg_buf_add(&copy->der, from->der.data, from->der.len);
		return copy;
	}
	return NULL;
}

struct tg_cabinet_facts *kiosk_facts_new(void)
{
	struct tg_cabinet_facts *f = calloc(1, sizeof *f);
	if (!f)
		tg_bug_report(__FILE__, __LINE__, "no memory for what the cabinet shows");
	return f;
}

void kiosk_post_cabinet(
        struct kiosk *k, const struct tg_event *event, struct tg_cabinet_facts *facts, struct kiosk_held *held)
{
	struct kiosk_event *e = kiosk_event_new();
	if (!e) {
		free(facts);
		kiosk_held_free(held);
		return;
	}
	e->event = *event;
	e->event.cabinet = e->facts = facts;
	e->held = held;
	tg_mailbox_post(k->mailbox, &e->base);
}

/* ---- counts of wrong PINs ---- */

struct ask_lock {
	const struct kiosk_job *job;
	struct tg_held_certificate *c;
};

static enum tg_status ask_lock(struct kiosk *k, void *arg, struct tg_error *err)
{
	const struct ask_lock *a = arg;
	const struct tg_provider *p = a->job->state.provider;
	const struct tg_lock_rule rule = {
	        p ? p->lock_per_day : 0, p ? p->lock_in_all : 0, p ? p->utc_offset_minutes : 0};
	struct tg_lock lock;
	TG_TRY(tg_store_lock(k->store, a->c->sha256, &rule, k->clock.wall_ms(k->clock.ctx), &lock, err));
	a->c->lock = lock.status;
	a->c->left_today = rule.in_all > 0 ? lock.left_today : -1;
	a->c->left_in_all = rule.in_all > 0 ? lock.left_in_all : -1;
	a->c->lock_known_ms = lock.known_ms;
	struct tg_error revoked = {0};
	enum tg_status status = tg_store_certificate_check(k->store, a->c->sha256, &revoked);
	if (status == TG_CERT_REVOKED)
		a->c->status = TG_CERT_REVOKED;
	else if (status != TG_OK)
		*err = revoked;
	return status == TG_CERT_REVOKED ? TG_OK : status;
}

static enum tg_status ask_revoked(struct kiosk *k, void *sha256, struct tg_error *err)
{
	return tg_store_certificate_check(k->store, sha256, err);
}

enum tg_status kiosk_not_revoked(struct kiosk *k, const char *sha256, struct tg_error *err)
{
	char name[65];
	tg_copy(name, sizeof name, sha256);
	return kiosk_store_call(k, ask_revoked, name, err);
}

enum tg_status kiosk_lock_of(const struct kiosk_job *job, struct tg_held_certificate *c, struct tg_error *err)
{
	struct ask_lock a = {job, c};
	return kiosk_store_call(job->k, ask_lock, &a, err);
}

static enum tg_status record_try(struct kiosk_job *job, bool right, struct tg_error *err)
{
	char json[256];
	const struct tg_provider *p = job->state.provider;
	snprintf(json, sizeof json, "{\"certificate\":\"%s\",\"provider\":\"%s\",\"right\":%s}",
	        job->certificate->sha256, p ? p->id : "", right ? "true" : "false");
	TG_TRY(kiosk_append(job->k, TG_RECORD_PIN_TRIED, json, err));
	kiosk_poke(job->k);
	return TG_OK;
}

/* ---- entering ---- */

static struct tg_key_ref ref_of(const struct kiosk_certificate *c)
{
	struct tg_key_ref ref = {.id_len = c->id_len, .label = c->label};
	memcpy(ref.id, c->id, c->id_len);
	return ref;
}

static enum tg_status prove(struct kiosk_job *job, struct tg_error *err)
{
	struct tg_key_ref ref = ref_of(job->certificate);
	const struct tg_buf *der = &job->certificate->der;
	return tg_token_prove(job->k->token, &ref, (struct tg_bytes){der->data, der->len}, err);
}

/* Locked or revoked meanwhile, at this kiosk or by the centre's word: then the token hears nothing. */
static enum tg_status still_open(struct kiosk_job *job, struct tg_held_certificate *c, struct tg_error *err)
{
	tg_copy(c->sha256, sizeof c->sha256, job->certificate->sha256);
	TG_TRY(kiosk_lock_of(job, c, err));
	if (c->status == TG_CERT_REVOKED)
		return tg_error_set(err, TG_CERT_REVOKED, "revoked, says the feed");
	return c->lock == TG_OK ? TG_OK : tg_error_set(err, c->lock, "the certificate is locked");
}

/* A try that the token has judged is in the journal before anything else happens. */
enum tg_status kiosk_log_in(struct kiosk_job *job, struct tg_token_info *info, struct tg_error *err)
{
	TG_TRY(kiosk_look_at_token(job, info, err));
	if (strcmp(info->serial, job->state.token.serial) != 0)
		return tg_error_set(err, TG_CARD_OTHER, "another token than the one that was chosen");
	if (info->locked)
		return tg_error_set(err, TG_PIN_LOCKED, "the token's PIN is locked");
	enum tg_status status = tg_token_login(job->k->token, info->serial, job->pin, info, err);
	tg_secret_wipe(job->pin);
	if (status == TG_OK)
		kiosk_pin_settled(job);
	bool wrong = status == TG_PIN_WRONG || status == TG_PIN_LOCKED;
	if (status == TG_OK || wrong) {
		struct tg_error unrecorded = {0};
		enum tg_status recorded = record_try(job, status == TG_OK, &unrecorded);
		if (recorded != TG_OK)
			tg_log_error(&unrecorded, "a PIN try was not recorded");
		if (recorded != TG_OK && !wrong) { /* who is let in unrecorded could try without end */
			*err = unrecorded;
			return recorded;
		}
	}
	return status;
}

static enum tg_status enter_with(
        struct kiosk_job *job, struct tg_token_info *info, struct tg_held_certificate *c, struct tg_error *err)
{
	if (!job->certificate)
		return tg_error_set(err, TG_CERT_NONE, "the certificate is not on the token");
	TG_TRY(still_open(job, c, err));
	TG_TRY(kiosk_log_in(job, info, err));
	return prove(job, err); /* the PIN alone says nothing of the key */
}

static enum tg_status check_chain(struct kiosk_job *job)
{
	struct tg_error err = {0};
	const struct tg_buf *der = &job->certificate->der;
	const struct tg_bytes none = {NULL, 0};
	struct kiosk *k = job->k;
	return tg_pki_check_chain((struct tg_bytes){der->data, der->len}, none, k->config->cmp.trust,
	        k->clock.wall_ms(k->clock.ctx), &err);
}

/* A person who tries the signature wants to know more of it than whoever enters. */
static void try_further(struct kiosk_job *job, struct tg_event *ev)
{
	char json[160];
	struct tg_error err = {0};
	if (!job->certificate || !job->state.cabinet.trying || ev->status == TG_PIN_WRONG)
		return;
	ev->chain = check_chain(job);
	snprintf(json, sizeof json, "{\"certificate\":\"%s\",\"code\":%d}", job->certificate->sha256, (int)ev->status);
	if (kiosk_append(job->k, TG_RECORD_SIGNATURE_TRIED, json, &err) != TG_OK)
		tg_log_error(&err, "a tried signature was not recorded");
}

static void enter(struct kiosk_job *job)
{
	struct tg_error err = {0}, ignored = {0};
	struct tg_token_info info = {.tries_left = -1};
	struct tg_event ev = {.kind = TG_EV_ENTERED};
	struct tg_cabinet_facts *f = kiosk_facts_new();
	if (!f)
		return;
	ev.status = enter_with(job, &info, &f->certificates[0], &err);
	tg_token_logout(job->k->token); /* at once: a module may keep the PIN as long as the login (decision 0146) */
	if (ev.status != TG_OK)
		tg_log_error(&err, "not entered");
	try_further(job, &ev);
	if (info.serial[0])
		kiosk_describe_token(job->k, ev.status == TG_PIN_WRONG ? TG_OK : ev.status, &info, &ev.token);
	f->n_certificates = job->certificate && kiosk_lock_of(job, &f->certificates[0], &ignored) == TG_OK;
	kiosk_post_cabinet(job->k, &ev, f, NULL);
}

static const struct tg_held_certificate *chosen(const struct kiosk *k)
{
	const struct tg_cabinet *c = &k->state.cabinet;
	return c->certificate < c->facts.n_certificates ? &c->facts.certificates[c->certificate] : NULL;
}

struct kiosk_job *kiosk_job_with_certificate(struct kiosk *k, void (*work)(struct kiosk_job *job))
{
	struct kiosk_job *job = kiosk_job_new(k, work);
	if (!job)
		return NULL;
	job->readers = k->readers;
	if (chosen(k))
		job->certificate = kiosk_certificate_dup(k, chosen(k)->sha256);
	return job;
}

void kiosk_start_enter(struct kiosk *k)
{
	struct kiosk_job *job = kiosk_job_with_certificate(k, enter);
	if (!job)
		return;
	kiosk_job_take_pin(job);
	kiosk_job_start(k->token_worker, job);
}

/* ---- news and applications: on the store worker ---- */

struct page {
	struct kiosk_job *job;
	struct tg_cabinet_facts *facts;
	int64_t now_ms;
};

static void take_words(const json_t *body, const char *name, char *out, size_t each)
{
	for (int l = 0; l < TG_LANG_COUNT; l++) {
		const char *text = json_string_value(json_object_get(json_object_get(body, name), tg_lang_code(l)));
		if (text)
			tg_text_clean(out + (size_t)l * each, each, text, strlen(text), (int)each);
	}
}

static bool is_current(const json_t *body, int64_t now_ms)
{
	json_int_t from = json_integer_value(json_object_get(body, "from_ms"));
	json_int_t until = json_integer_value(json_object_get(body, "until_ms"));
	return now_ms >= from && (until == 0 || now_ms < until);
}

static enum tg_status take_news(const struct tg_feed_item *item, void *ctx)
{
	struct page *p = ctx;
	const char *provider = p->job->state.provider ? p->job->state.provider->id : "";
	if (p->facts->n_news == TG_NEWS_MAX || (item->provider[0] && strcmp(item->provider, provider) != 0))
		return TG_OK;
	json_t *body = json_loadb(item->body, item->body_len, 0, NULL);
	if (body && is_current(body, p->now_ms)) {
		struct tg_shown_news *n = &p->facts->news[p->facts->n_news++];
		json_int_t from = json_integer_value(json_object_get(body, "from_ms"));
		n->time_ms = from ? from : item->time_ms;
		take_words(body, "title", n->title[0], sizeof n->title[0]);
		take_words(body, "text", n->text[0], sizeof n->text[0]);
	}
	json_decref(body);
	return TG_OK;
}

static enum tg_status take_application(const struct tg_app_row *row, void *ctx)
{
	struct page *p = ctx;
	if (p->facts->n_applications == TG_SHOWN_APPLICATIONS_MAX)
		return TG_OK;
	struct tg_shown_application *a = &p->facts->applications[p->facts->n_applications++];
	tg_copy(a->number, sizeof a->number, row->number);
	tg_copy(a->service, sizeof a->service, row->service);
	tg_copy(a->state, sizeof a->state, tg_app_state_name(row->state));
	a->accepted_ms = row->accepted_ms;
	a->sent_ms = row->sent_ms;
	a->registered_ms = row->registered_ms;
	return TG_OK;
}

static void first_page(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_CABINET};
	struct tg_store *store = job->k->store;
	struct page p = {job, kiosk_facts_new(), job->k->clock.wall_ms(job->k->clock.ctx)};
	if (!p.facts)
		return;
	ev.status = tg_store_feed_held(store, "news", NEWS_LOOKED_AT, take_news, &p, &err);
	if (ev.status != TG_OK)
		tg_log_error(&err, "the news cannot be read");
	ev.status = tg_store_apps_of_token(
	        store, job->state.token.serial, TG_SHOWN_APPLICATIONS_MAX, take_application, &p, &err);
	if (ev.status != TG_OK)
		tg_log_error(&err, "the applications cannot be read");
	kiosk_post_cabinet(job->k, &ev, p.facts, NULL);
}

void kiosk_start_cabinet(struct kiosk *k)
{
	kiosk_job_start(k->store_worker, kiosk_job_new(k, first_page));
}

/* ---- renewal ---- */

static char *base64(const struct tg_buf *der)
{
	char *text = malloc(4 * ((der->len + 2) / 3) + 1);
	if (text)
		EVP_EncodeBlock((unsigned char *)text, der->data, (int)der->len);
	return text;
}

enum tg_status kiosk_add_old(const struct kiosk_certificate *old, struct tg_buf *json)
{
	char id[2 * TG_KEY_ID_MAX + 1];
	if (json->len == 0 || json->data[json->len - 1] != '}')
		return TG_INVALID;
	tg_hex(old->id, old->id_len, id);
	char *certificate = base64(&old->der);
	json_t *body = certificate
	                       ? json_pack("{s:s, s:s, s:s}", "id", id, "label", old->label, "certificate", certificate)
	                       : NULL;
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	if (text) {
		json->len--;
		tg_buf_addf(json, ",\"old\":%s}", text);
	}
	json_decref(body);
	free(certificate);
	enum tg_status status = text ? tg_buf_status(json) : TG_NO_MEMORY;
	free(text);
	return status;
}
