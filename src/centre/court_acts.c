/* What follows from an acceptance: certificates are revoked, a power of attorney is written down as used. Repeated
 * after a kill without harm: what the CA has revoked already counts as revoked. Requirements NCA-9.R1 … R3, NCA-9.rep.
 */
#include "centre.h"
#include "tamga/log.h"

#include <jansson.h>

#define ROUND_MAX 200
/* RFC 5280 CRLReason: no reason is asked for on A7 and A8. */
#define UNSPECIFIED 0

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

/* --- Revocations */

struct outcome {
	json_t *serials, *failed;
	enum tg_status code; /* of the first that failed */
	bool put_off;        /* the CA does not answer: nothing is written */
};

static bool is_final(enum tg_status st)
{
	return st == TG_NOT_FOUND || st == TG_CERT_OTHER_PERSON || st == TG_CERT_INVALID;
}

static void revoke_one(struct round *r, const json_t *application, const char *serial, struct outcome *o)
{
	struct tg_error why = {0};
	enum tg_status st = tg_ca_revoke_for(r->court->desk->ca, serial, tg_court_text(application, "iin"),
	        tg_court_text(application, "bin"), UNSPECIFIED, tg_court_text(application, "number"), &why);
	/* Revoked before, by this application or another: whose it is was looked at first. */
	if (st == TG_OK || st == TG_INVALID) {
		(void)json_array_append_new(o->serials, json_string(serial));
		return;
	}
	tg_log_error(&why, "a certificate is not revoked");
	if (!is_final(st) || (st == TG_NOT_FOUND && tg_registry_is_learning(r->court->registry, r->now_ms))) {
		o->put_off = true;
		return;
	}
	if (o->code == TG_OK)
		o->code = st;
	(void)json_array_append_new(o->failed, json_pack("{s:s, s:i}", "serial", serial, "code", (int)st));
}

static enum tg_status write_outcome(struct round *r, const char *number, struct outcome *o)
{
	if (json_array_size(o->serials) == 0 && o->code == TG_OK)
		o->code = TG_NOT_FOUND; /* it names none */
	return tg_court_write(r->store, TG_RECORD_APPLICATION_REVOKED,
	        json_pack("{s:s, s:O, s:O, s:i}", "number", number, "serials", o->serials, "failed", o->failed, "code",
	                (int)o->code),
	        r->now_ms, r->err);
}

static enum tg_status revoke_application(const struct tg_work_row *row, void *ctx)
{
	struct round *r = ctx;
	enum tg_status st;
	size_t i;
	const json_t *serial;
	struct outcome o = {.serials = json_array(), .failed = json_array(), .code = TG_OK};
	json_t *application = body_of(r, row->number, &st);
	const json_t *serials = json_object_get(application, "serials");
	struct tg_error why = {0};
	if (st == TG_OK)
		o.code = tg_court_identified(application, &why);
	const bool identified = o.code == TG_OK;
	if (!identified)
		tg_log_error(&why, "nothing is revoked");
	json_array_foreach(serials, i, serial)
	{
		if (json_is_string(serial) && identified)
			revoke_one(r, application, json_string_value(serial), &o);
	}
	if (st == TG_OK && !o.put_off)
		st = write_outcome(r, row->number, &o);
	json_decref(application);
	json_decref(o.serials);
	json_decref(o.failed);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

enum tg_status tg_court_revoke(struct tg_store *s, int64_t now_ms, void *court, struct tg_error *err)
{
	struct round r = {court, s, now_ms, err};
	return tg_store_work(s, "revoke", ROUND_MAX, revoke_application, &r, err);
}

/* --- Powers of attorney */

static enum tg_status write_power(const struct tg_work_row *row, void *ctx)
{
	struct round *r = ctx;
	enum tg_status st;
	json_t *application = body_of(r, row->number, &st);
	if (st == TG_OK)
		st = tg_court_write(r->store, TG_RECORD_POWER_USED,
		        json_pack("{s:s, s:s}", "power", tg_court_text(application, "power"), "number", row->number),
		        r->now_ms, r->err);
	json_decref(application);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

enum tg_status tg_court_powers(struct tg_store *s, int64_t now_ms, void *court, struct tg_error *err)
{
	struct round r = {court, s, now_ms, err};
	return tg_store_work(s, "power", ROUND_MAX, write_power, &r, err);
}
