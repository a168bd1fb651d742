/* Questions any kiosk may ask: states by number, what stands in the way of a new application. No personal data in the
 * answers, except to a head about the requests that wait for that entity. Requirements K-15, K-16, NCA-9.head. */
#include "centre.h"
#include "tamga/link.h"

#include <jansson.h>

/* What heads are shown at once: an answer has room for so much. */
#define PENDING_MAX   50
#define PENDING_BYTES (200u * 1024u)

static const char *text(const json_t *o, const char *member)
{
	const char *s = json_string_value(json_object_get(o, member));
	return s ? s : "";
}

static enum tg_status made(json_t *o, json_t **out)
{
	*out = o;
	return o ? TG_OK : TG_NO_MEMORY;
}

/* --- status */

static json_t *time_or_null(int64_t ms)
{
	return ms > 0 ? json_integer(ms) : json_null();
}

static enum tg_status complaint_state(
        struct tg_asker *a, const struct tg_app_row *r, struct tg_complaint_row *c, struct tg_error *err)
{
	enum tg_status st = strcmp(r->operation, "complaint") == 0
	                            ? tg_store_complaint(a->store, r->number, c, err)
	                            : tg_store_complaint_about(a->store, r->number, c, err);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

/* Also one that was found here: what a kiosk wrote before it moved to another centre is not its state any more. */
static enum tg_status find(struct tg_asker *a, const char *typed, struct tg_app_row *row, struct tg_error *err)
{
	char number[TG_NUMBER_MAX];
	TG_TRY(tg_number_check(typed, number));
	enum tg_status st = tg_outside_of_number(a->outside, a->registry, number, &a->elsewhere);
	return st == TG_OK ? tg_store_app_find(a->store, number, row, err)
	                   : tg_error_set(err, st, "an application of another centre");
}

static enum tg_status find_for_kiosk(
        struct tg_asker *a, const char *kiosk, const char *typed, struct tg_app_row *row, struct tg_error *err)
{
	TG_TRY(tg_guess_allowed(a, kiosk));
	enum tg_status st = find(a, typed, row, err);
	if (st == TG_INVALID || st == TG_NOT_FOUND) {
		tg_guess_missed(a, kiosk);
		return tg_error_set(err, TG_NOT_FOUND, "no such application");
	}
	return st;
}

/* When the old certificate was revoked, of a reissue (UBR-2). */
static enum tg_status take_revoked(const struct tg_entry *e, void *ctx)
{
	json_t **out = ctx;
	bool is = strcmp(e->kind, tg_record_kind_name(TG_RECORD_APPLICATION_REVOKED)) == 0;
	json_t *body = is && e->body ? json_loadb(e->body, e->body_len, 0, NULL) : NULL;
	if (!body)
		return TG_OK;
	json_decref(*out);
	*out = json_pack("{s:O?, s:O?, s:I}", "serials", json_object_get(body, "serials"), "code",
	        json_object_get(body, "code"), "ms", (json_int_t)e->time_ms);
	json_decref(body);
	return *out ? TG_OK : TG_NO_MEMORY;
}

static enum tg_status add_revoked(struct tg_asker *a, const struct tg_app_row *r, json_t *answer, struct tg_error *err)
{
	json_t *revoked = NULL;
	if (!r->revokes)
		return TG_OK;
	enum tg_status st = tg_store_app_entries(a->store, r->number, take_revoked, &revoked, err);
	if (st == TG_OK && json_object_set(answer, "revoked", revoked ? revoked : json_null()) != 0)
		st = TG_NO_MEMORY;
	json_decref(revoked);
	return st;
}

/* What is still to be paid (DOS-7). */
static enum tg_status add_money(struct tg_asker *a, const struct tg_app_row *r, json_t *answer, struct tg_error *err)
{
	struct tg_money m;
	enum tg_status st = tg_store_money(a->store, r->number, &m, err);
	if (st != TG_OK)
		return st == TG_NOT_FOUND ? TG_OK : st;
	json_t *more = json_pack("{s:I, s:I, s:s}", "due", (json_int_t)m.due, "rest", (json_int_t)tg_money_rest(&m),
	        "currency", m.currency);
	st = more && json_object_update(answer, more) == 0 ? TG_OK : TG_NO_MEMORY;
	json_decref(more);
	return st;
}

enum tg_status tg_ask_status(
        struct tg_asker *a, const char *kiosk, const json_t *in, json_t **out, struct tg_error *err)
{
	struct tg_app_row r = {0};
	struct tg_complaint_row c = {0};
	TG_TRY(find_for_kiosk(a, kiosk, text(in, "number"), &r, err));
	TG_TRY(complaint_state(a, &r, &c, err));
	if (strcmp(r.operation, "complaint") == 0 && c.due_ms > 0)
		r.promised_ms = c.due_ms; /* its term runs from its registration (NCA-11) */
	TG_TRY(made(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:I, s:i, s:s?, s:s?}", "number",
	                    r.number, "provider", r.provider, "service", r.service, "form", r.form, "kind", r.kind,
	                    "operation", r.operation, "state", tg_app_state_name(r.state), "accepted_ms",
	                    (json_int_t)r.accepted_ms, "sent_ms", time_or_null(r.sent_ms), "registered_ms",
	                    time_or_null(r.registered_ms), "promised_ms", time_or_null(r.promised_ms), "changed_ms",
	                    (json_int_t)r.changed_ms, "code", r.code, "complaint", c.state[0] ? c.state : NULL,
	                    "without", r.second_left_out ? r.second_purpose : NULL),
	        out));
	TG_TRY(add_money(a, &r, *out, err));
	return add_revoked(a, &r, *out, err);
}

/* --- open, keys, power */

enum tg_status tg_ask_open(struct tg_asker *a, const char *kiosk, const json_t *in, json_t **out, struct tg_error *err)
{
	char number[TG_NUMBER_MAX];
	(void)kiosk;
	enum tg_status st = tg_store_app_open(
	        a->store, text(in, "provider"), text(in, "service"), text(in, "iin"), text(in, "bin"), number, err);
	if (st != TG_OK && st != TG_NOT_FOUND)
		return st;
	return made(json_pack("{s:s?}", "number", st == TG_OK ? number : NULL), out);
}

enum tg_status tg_ask_keys(struct tg_asker *a, const char *kiosk, const json_t *in, json_t **out, struct tg_error *err)
{
	uint8_t hash[TG_HASH_LEN];
	struct tg_ca_record r;
	const char *hex = text(in, "spki_sha256"), *state = "used";
	(void)kiosk;
	if (strlen(hex) != (size_t)2 * TG_HASH_LEN || tg_unhex(hex, hash, sizeof(hash)) != TG_HASH_LEN)
		return tg_error_set(err, TG_INVALID, "no SHA-256");
	struct tg_ca_store port = tg_registry_ca_port(a->registry);
	enum tg_status st = port.find_by_spki(port.ctx, hash, &r);
	if (st == TG_OK && (r.state == TG_CA_REVOKED || r.state == TG_CA_REJECTED))
		state = "revoked";
	tg_ca_record_finish(&r);
	if (st != TG_OK && st != TG_NOT_FOUND)
		return tg_error_set(err, st, "registry");
	return made(json_pack("{s:s}", "state", st == TG_NOT_FOUND ? "free" : state), out);
}

enum tg_status tg_ask_power(struct tg_asker *a, const char *kiosk, const json_t *in, json_t **out, struct tg_error *err)
{
	struct tg_power_row p;
	char number[TG_NUMBER_MAX];
	TG_TRY(tg_guess_allowed(a, kiosk));
	if (tg_number_check(text(in, "power"), number) != TG_OK)
		return tg_error_set(err, TG_INVALID, "no number");
	TG_TRY(tg_store_power(a->store, number, &p, err));
	if (!p.known)
		tg_guess_missed(a, kiosk);
	return made(json_pack("{s:s, s:s, s:s}", "state",
	                    p.number[0] ? "used"
	                    : p.known   ? "free"
	                                : "unknown",
	                    "purpose", p.purpose, "bin", p.bin),
	        out);
}

/* --- pending */

struct pending {
	struct tg_asker *a;
	json_t *list;
	size_t bytes;
	bool more;
	struct tg_error *err;
};

static enum tg_status add_pending(const struct tg_app_row *row, void *ctx)
{
	struct pending *p = ctx;
	struct tg_buf body = TG_BUF_INIT;
	if (p->more || json_array_size(p->list) >= PENDING_MAX) {
		p->more = true;
		return TG_OK;
	}
	enum tg_status st = tg_store_app_body(p->a->store, row->number, &body, p->err);
	p->more = st == TG_OK && p->bytes + body.len > PENDING_BYTES;
	if (st == TG_OK && !p->more) {
		json_t *o = json_loadb((const char *)body.data, body.len, 0, NULL);
		p->bytes += body.len;
		if (json_array_append_new(p->list, o) != 0)
			st = TG_NO_MEMORY;
	}
	tg_buf_wipe(&body);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

enum tg_status tg_ask_pending(
        struct tg_asker *a, const char *kiosk, const json_t *in, json_t **out, struct tg_error *err)
{
	struct pending p = {.a = a, .list = json_array(), .err = err};
	const char *bin = text(in, "bin");
	(void)kiosk;
	enum tg_status st = p.list ? TG_OK : TG_NO_MEMORY;
	if (st == TG_OK && tg_id_bin(bin) != TG_ID_OK && !tg_id_is_nca_test(bin))
		st = tg_error_set(err, TG_INVALID, "no BIN");
	if (st == TG_OK)
		st = tg_store_apps_pending(a->store, bin, PENDING_MAX + 1, add_pending, &p, err);
	if (st == TG_OK)
		return made(json_pack("{s:o, s:b}", "applications", p.list, "more", p.more), out);
	json_decref(p.list);
	return st;
}
