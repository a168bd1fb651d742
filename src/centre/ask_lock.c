/* The locks of the certificates that an application names, for the clerk who decides on unlocking them (DOS-8): the
 * centre's own counts, which no feed has delayed. */
#include "centre.h"
#include "tamga/link.h"

#include <jansson.h>
#include <openssl/sha.h>

struct locks {
	struct tg_asker *a;
	const json_t *application;
	struct tg_lock_rule rule;
	json_t *list;
	struct tg_error *err;
};

static enum tg_status add_lock(const struct locks *l, const char *serial, const struct tg_ca_record *r)
{
	char sha256[65];
	uint8_t hash[SHA256_DIGEST_LENGTH];
	struct tg_lock lock;
	SHA256(r->certificate.data, r->certificate.len, hash);
	tg_hex(hash, sizeof(hash), sha256);
	TG_TRY(tg_store_lock(l->a->store, sha256, &l->rule, l->a->clock.wall_ms(l->a->clock.ctx), &lock, l->err));
	json_t *o = json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:b}", "serial", serial, "code", 0, "today",
	        lock.today, "in_all", lock.in_all, "left_today", lock.left_today, "left_in_all", lock.left_in_all,
	        "lock", (int)lock.status, "revoked", r->state == TG_CA_REVOKED || r->state == TG_CA_REJECTED);
	return json_array_append_new(l->list, o) == 0 ? TG_OK : TG_NO_MEMORY;
}

/* A number of nobody, or of another person, is an answer too. */
static enum tg_status look(const struct locks *l, const char *serial)
{
	struct tg_ca_record r = {0};
	const struct tg_ca_store port = tg_registry_ca_port(l->a->registry);
	enum tg_status st = tg_ca_find_for(
	        &port, serial, tg_court_text(l->application, "iin"), tg_court_text(l->application, "bin"), &r, l->err);
	if (st == TG_OK)
		st = add_lock(l, serial, &r);
	else if (st == TG_NOT_FOUND || st == TG_CERT_OTHER_PERSON || st == TG_CERT_INVALID)
		st = json_array_append_new(l->list, json_pack("{s:s, s:i}", "serial", serial, "code", (int)st)) == 0
		             ? TG_OK
		             : TG_NO_MEMORY;
	tg_ca_record_finish(&r);
	return st;
}

static enum tg_status look_at_all(const struct locks *l)
{
	size_t i;
	const json_t *serial;
	json_array_foreach(json_object_get(l->application, "serials"), i, serial)
	{
		if (json_is_string(serial))
			TG_TRY(look(l, json_string_value(serial)));
	}
	return TG_OK;
}

static int number_of(const json_t *in, const char *member)
{
	json_int_t n = json_integer_value(json_object_get(in, member));
	return n > -1000000 && n < 1000000 ? (int)n : 0;
}

enum tg_status tg_ask_locks(struct tg_asker *a, const char *kiosk, const json_t *in, json_t **out, struct tg_error *err)
{
	char number[TG_NUMBER_MAX];
	struct tg_buf body = TG_BUF_INIT;
	(void)kiosk;
	if (tg_number_check(tg_court_text(in, "number"), number) != TG_OK)
		return tg_error_set(err, TG_INVALID, "no number");
	TG_TRY(tg_store_app_body(a->store, number, &body, err));
	json_t *application = json_loadb((const char *)body.data, body.len, 0, NULL);
	struct locks l = {.a = a,
	        .application = application,
	        .rule = {number_of(in, "per_day"), number_of(in, "in_all"), number_of(in, "utc_offset_minutes")},
	        .list = json_array(),
	        .err = err};
	tg_buf_wipe(&body);
	enum tg_status st = application && l.list ? look_at_all(&l) : TG_NO_MEMORY;
	json_decref(application);
	*out = st == TG_OK ? json_pack("{s:O}", "certificates", l.list) : NULL;
	json_decref(l.list);
	return st == TG_OK && !*out ? TG_NO_MEMORY : st;
}
