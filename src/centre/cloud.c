/* E-Cloud (DOS-3): what an accepted order was charged is written down; the key is made here, its certificate is
 * recorded. What is owed stands in the database, the key is found again by the number, the CA gives one certificate to
 * one key: a kill at any moment leads to one key and one certificate (src/decisions/0207). */
#include "cloud.h"
#include "tamga/log.h"
#include "tamga/screen.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>

#define ROUND_MAX 50
#define DAY_MS    86400000LL

struct round {
	struct tg_court *court;
	struct tg_store *store;
	int64_t now_ms;
	struct tg_error *err;
};

static json_t *body_of(struct round *r, const char *number, enum tg_status *st)
{
	struct tg_buf body = TG_BUF_INIT;
	*st = tg_store_app_body(r->store, number, &body, r->err);
	json_t *o = *st == TG_OK ? json_loadb((const char *)body.data, body.len, 0, NULL) : NULL;
	tg_buf_wipe(&body);
	return o;
}

/* --- The certificate that an order takes over from */

enum tg_status tg_cloud_old(struct tg_registry *registry, const char *serial, const char *account,
        struct tg_cloud_old *out, struct tg_error *err)
{
	char plain[TG_CA_SERIAL_MAX];
	struct tg_ca_record r;
	*out = (struct tg_cloud_old){0};
	if (!*account || !tg_ca_serial(serial, plain))
		return tg_error_set(err, TG_NOT_FOUND, "no such certificate");
	struct tg_ca_store port = tg_registry_ca_port(registry);
	enum tg_status st = port.find_by_serial(port.ctx, plain, &r);
	if (st == TG_OK)
		st = tg_pki_certificate_facts(
		        (struct tg_bytes){r.certificate.data, r.certificate.len}, &out->facts, err);
	if (st == TG_OK && strcmp(out->facts.organisation_number, account) != 0)
		st = TG_NOT_FOUND; /* who knows a serial number alone learns nothing */
	out->cloud = st == TG_OK && strcmp(r.kiosk, TG_CENTRE_STREAM) == 0;
	out->good = st == TG_OK && (r.state == TG_CA_VALID || r.state == TG_CA_UNCONFIRMED);
	tg_ca_record_finish(&r);
	return st == TG_OK ? TG_OK : tg_error_set(err, st, "the old certificate");
}

enum tg_status tg_cloud_may_order(
        const struct tg_cloud_old *old, const struct tg_provider *p, int64_t at_ms, struct tg_error *err)
{
	const int64_t end = old->facts.until_ms;
	if (!old->cloud)
		return tg_error_set(err, TG_ORDER_OFFICE, "its key is not in the cloud");
	if (!old->good)
		return tg_error_set(err, TG_ORDER_OFFICE, "the old certificate is revoked");
	if (end <= at_ms)
		return tg_error_set(err, TG_ORDER_OFFICE, "the old certificate is over");
	if (p->notice_days > 0 && end - at_ms > p->notice_days * DAY_MS)
		return tg_error_set(err, TG_ORDER_OFFICE, "the notice of its end has not appeared yet");
	return TG_OK;
}

/* --- What a balance paid */

static enum tg_status write_charge(const struct tg_work_row *row, void *ctx)
{
	struct round *r = ctx;
	struct tg_money m;
	enum tg_status st;
	json_t *application = body_of(r, row->number, &st);
	if (st == TG_OK)
		st = tg_store_money(r->store, row->number, &m, r->err);
	if (st == TG_OK)
		st = tg_court_write(r->store, TG_RECORD_BALANCE_CHARGED,
		        json_pack("{s:s, s:s, s:s, s:I, s:s}", "account", tg_court_text(application, "account"),
		                "number", row->number, "provider", m.provider, "amount", (json_int_t)m.charged,
		                "currency", m.currency),
		        r->now_ms, r->err);
	json_decref(application);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

enum tg_status tg_cloud_charge(struct tg_store *s, int64_t now_ms, void *court, struct tg_error *err)
{
	struct round r = {court, s, now_ms, err};
	return tg_store_work(s, "charge", ROUND_MAX, write_charge, &r, err);
}

/* --- The key and its certificate */

struct order {
	struct round *round;
	const json_t *application;
	const char *number;
	char conditions[TG_CONDITIONS_MAX];
	const struct tg_provider *provider;
	const struct tg_key_plan *key;
	int64_t from_ms; /* 0: now */
};

static enum tg_status find_plan(struct order *o, struct tg_error *err)
{
	const struct tg_catalog *c = o->round->court->catalog;
	const struct tg_key_plan *keys[2];
	const struct tg_form *form = c ? tg_catalog_form(c, tg_court_text(o->application, "form")) : NULL;
	o->provider = c ? tg_catalog_provider(c, tg_court_text(o->application, "provider")) : NULL;
	tg_application_conditions(o->application, o->conditions);
	unsigned n = form ? tg_form_keys(form, "cloud", o->conditions, keys, 2) : 0;
	if (!o->provider || n != 1)
		return tg_error_set(err, TG_CONFIG, "the form of %s names no key for the cloud, or several", o->number);
	o->key = keys[0];
	return TG_OK;
}

/* An order was handed in while the old certificate was good; it takes over when that one ends. */
static enum tg_status find_begin(struct order *o, int64_t handed_in_ms, struct tg_error *err)
{
	struct tg_cloud_old old;
	const char *account = tg_court_text(o->application, "account");
	const char *serial = json_string_value(json_array_get(json_object_get(o->application, "serials"), 0));
	if (!*account)
		return TG_OK;
	enum tg_status st = tg_cloud_old(o->round->court->registry, serial ? serial : "", account, &old, err);
	if (st == TG_NOT_FOUND)
		return tg_error_set(err, TG_ORDER_OFFICE, "the centre does not know the old certificate");
	TG_TRY(st);
	TG_TRY(tg_cloud_may_order(&old, o->provider, handed_in_ms, err));
	o->from_ms = old.facts.until_ms > o->round->now_ms ? old.facts.until_ms : 0;
	return TG_OK;
}

static json_t *issued(const struct order *o, const struct tg_buf *certificate, struct tg_error *err)
{
	struct tg_certificate_facts f;
	if (tg_pki_certificate_facts((struct tg_bytes){certificate->data, certificate->len}, &f, err) != TG_OK)
		return NULL;
	const size_t room = (certificate->len + 2) / 3 * 4 + 1;
	char *text = malloc(room);
	if (!text)
		return NULL;
	EVP_EncodeBlock((unsigned char *)text, certificate->data, (int)certificate->len);
	json_t *body = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "number", o->number, "serial", f.serial, "profile",
	        o->key->profile, "certificate", text, "from_ms", (json_int_t)f.from_ms, "until_ms",
	        (json_int_t)f.until_ms);
	free(text);
	return body;
}

static enum tg_status make(struct order *o, int64_t handed_in_ms, struct tg_error *err)
{
	struct tg_buf certificate = TG_BUF_INIT;
	TG_TRY(find_plan(o, err));
	TG_TRY(find_begin(o, handed_in_ms, err));
	const struct tg_ca_cloud_wish wish = {
	        .number = o->number, .profile = o->key->profile, .who = TG_CENTRE_STREAM, .from_ms = o->from_ms};
	enum tg_status st = tg_ca_cloud(o->round->court->desk->ca, &wish, &certificate, err);
	if (st == TG_OK)
		st = tg_court_write(o->round->store, TG_RECORD_APPLICATION_ISSUED, issued(o, &certificate, err),
		        o->round->now_ms, err);
	tg_buf_finish(&certificate);
	return st;
}

/* What will not become better by waiting: the application is closed with its reason, its money goes back. */
static bool is_final(enum tg_status st)
{
	return st == TG_ORDER_OFFICE || st == TG_CHANGED || st == TG_CERT_OTHER_PERSON || st == TG_CA_REFUSED ||
	       st == TG_INVALID || st == TG_CERT_INVALID;
}

static enum tg_status issue_one(const struct tg_work_row *row, void *ctx)
{
	struct round *r = ctx;
	struct tg_error why = {0};
	struct tg_app_row app;
	enum tg_status st;
	json_t *application = body_of(r, row->number, &st);
	struct order o = {.round = r, .application = application, .number = row->number};
	if (st == TG_OK)
		st = tg_store_app_find(r->store, row->number, &app, &why);
	if (st == TG_OK)
		st = make(&o, app.accepted_ms < r->now_ms ? app.accepted_ms : r->now_ms, &why);
	if (st == TG_OK) {
		tg_log_info("application %s: key and certificate made for the cloud", row->number);
	} else {
		tg_log_error(&why, "application %s: no certificate for the cloud", row->number);
	}
	if (is_final(st))
		st = tg_court_write(r->store, TG_RECORD_APPLICATION_UNDONE,
		        json_pack("{s:s, s:i}", "number", row->number, "code", (int)st), r->now_ms, r->err);
	json_decref(application);
	return st == TG_STORE_BUSY || st == TG_DISK_FULL || st == TG_IO ? st : TG_OK;
}

enum tg_status tg_cloud_issue(struct tg_store *s, int64_t now_ms, void *court, struct tg_error *err)
{
	struct round r = {court, s, now_ms, err};
	return tg_store_work(s, "cloud", ROUND_MAX, issue_one, &r, err);
}
