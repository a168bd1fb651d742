/* An unlocking that a clerk accepted (DOS-8): the lock that the provider keeps for each certificate it names is reset,
 * and the feed tells every kiosk. The token's own counter is not touched: it is not the provider's. */
#include "centre.h"
#include "tamga/log.h"

#include <jansson.h>
#include <openssl/sha.h>

#define ROUND_MAX 200

struct unlocking {
	struct tg_court *court;
	struct tg_store *store;
	int64_t now_ms;
	json_t *application;
	char staff[64]; /* who accepted it */
	struct tg_error *err;
};

static enum tg_status certificate_of(const struct unlocking *u, const char *serial, char sha256[65])
{
	uint8_t hash[SHA256_DIGEST_LENGTH];
	struct tg_ca_record r = {0};
	const struct tg_ca_store port = tg_registry_ca_port(u->court->registry);
	TG_TRY(tg_ca_find_for(
	        &port, serial, tg_court_text(u->application, "iin"), tg_court_text(u->application, "bin"), &r, u->err));
	SHA256(r.certificate.data, r.certificate.len, hash);
	tg_hex(hash, sizeof(hash), sha256);
	tg_ca_record_finish(&r);
	return TG_OK;
}

static enum tg_status write_reset(
        const struct unlocking *u, const char *serial, const char *sha256, size_t left, enum tg_status code)
{
	return tg_court_write(u->store, TG_RECORD_LOCK_RESET,
	        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i}", "certificate", sha256, "provider",
	                tg_court_text(u->application, "provider"), "by", "office", "number",
	                tg_court_text(u->application, "number"), "staff", u->staff, "serial", serial, "left", (int)left,
	                "code", (int)code),
	        u->now_ms, u->err);
}

/* All that it names must be the applicant's: else nothing is reset, and it says why. */
static enum tg_status why_not(const struct unlocking *u, const json_t *serials)
{
	size_t i;
	const json_t *serial;
	char sha256[65];
	if (json_array_size(serials) == 0)
		return TG_NOT_FOUND;
	json_array_foreach(serials, i, serial)
	{
		const char *text = json_string_value(serial);
		TG_TRY(text ? certificate_of(u, text, sha256) : TG_NOT_FOUND);
	}
	return TG_OK;
}

static enum tg_status reset_all(const struct unlocking *u, const json_t *serials)
{
	size_t i;
	const json_t *serial;
	char sha256[65];
	json_array_foreach(serials, i, serial)
	{
		TG_TRY(certificate_of(u, json_string_value(serial), sha256));
		TG_TRY(write_reset(u, json_string_value(serial), sha256, json_array_size(serials) - i - 1, TG_OK));
	}
	return TG_OK;
}

static enum tg_status unlock(const struct unlocking *u)
{
	const json_t *serials = json_object_get(u->application, "serials");
	enum tg_status why = why_not(u, serials);
	if (why == TG_OK)
		return reset_all(u, serials);
	if (why != TG_NOT_FOUND && why != TG_CERT_OTHER_PERSON && why != TG_CERT_INVALID)
		return why; /* the register does not answer: it is put off */
	tg_log_error(u->err, "no lock is reset");
	return write_reset(u, "", "", 0, why);
}

/* The last acceptance is the one that counts; there is no second one. */
static enum tg_status take_staff(const struct tg_entry *e, void *ctx)
{
	struct unlocking *u = ctx;
	bool decision = strcmp(e->kind, tg_record_kind_name(TG_RECORD_DESK_DECIDED)) == 0;
	json_t *body = decision && e->body ? json_loadb(e->body, e->body_len, 0, NULL) : NULL;
	if (strcmp(tg_court_text(body, "outcome"), "accepted") == 0)
		(void)tg_copy(u->staff, sizeof(u->staff), tg_court_text(body, "staff"));
	json_decref(body);
	return TG_OK;
}

struct round {
	struct tg_court *court;
	struct tg_store *store;
	int64_t now_ms;
	struct tg_error *err;
};

static enum tg_status unlock_application(const struct tg_work_row *row, void *ctx)
{
	const struct round *r = ctx;
	struct tg_buf body = TG_BUF_INIT;
	struct unlocking u = {.court = r->court, .store = r->store, .now_ms = r->now_ms, .err = r->err};
	enum tg_status st = tg_store_app_body(r->store, row->number, &body, r->err);
	if (st == TG_OK)
		st = tg_store_app_entries(r->store, row->number, take_staff, &u, r->err);
	u.application = st == TG_OK ? json_loadb((const char *)body.data, body.len, 0, NULL) : NULL;
	if (st == TG_OK)
		st = unlock(&u);
	json_decref(u.application);
	tg_buf_wipe(&body);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

enum tg_status tg_court_unlock(struct tg_store *s, int64_t now_ms, void *court, struct tg_error *err)
{
	struct round r = {court, s, now_ms, err};
	return tg_store_work(s, "unlock", ROUND_MAX, unlock_application, &r, err);
}
