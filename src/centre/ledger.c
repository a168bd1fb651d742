/* What the CA writes down, and the audit event of it, in one transaction; then the journal, then the answer. */
#include "audit.h"
#include "publish.h"

#include "tamga/log.h"

#include <openssl/sha.h>

static enum tg_status find_by_spki(void *ctx, const uint8_t hash[TG_HASH_LEN], struct tg_ca_record *out)
{
	struct tg_ledger *l = ctx;
	return l->records.find_by_spki(l->records.ctx, hash, out);
}

static enum tg_status find_by_serial(void *ctx, const char *serial, struct tg_ca_record *out)
{
	struct tg_ledger *l = ctx;
	return l->records.find_by_serial(l->records.ctx, serial, out);
}

static enum tg_status each_revoked(
        void *ctx, enum tg_status (*fn)(const struct tg_ca_record *r, void *fn_ctx), void *fn_ctx)
{
	struct tg_ledger *l = ctx;
	return l->records.each_revoked(l->records.ctx, fn, fn_ctx);
}

static enum tg_status each_changed(
        void *ctx, int64_t after, enum tg_status (*fn)(const struct tg_ca_record *r, void *fn_ctx), void *fn_ctx)
{
	struct tg_ledger *l = ctx;
	return l->records.each_changed(l->records.ctx, after, fn, fn_ctx);
}

static enum tg_status last_change(void *ctx, int64_t *out)
{
	struct tg_ledger *l = ctx;
	return l->records.last_change(l->records.ctx, out);
}

static enum tg_status next_crl_number(void *ctx, uint64_t least, uint64_t *out)
{
	struct tg_ledger *l = ctx;
	return l->records.next_crl_number(l->records.ctx, least, out);
}

/* --- With their events */
static enum tg_status settle(void *ctx)
{
	struct tg_ledger *l = ctx;
	struct tg_error err = {0};
	enum tg_status st = tg_kiosk_tell(l->registry, l->store, &err);
	if (st != TG_OK)
		tg_log_error(&err, "the audit journal does not take what the CA did");
	return st;
}

static void hash_of(const struct tg_ca_record *r, char out[2 * TG_HASH_LEN + 1])
{
	uint8_t hash[TG_HASH_LEN];
	SHA256(r->certificate.data, r->certificate.len, hash);
	tg_hex(hash, sizeof(hash), out);
}

static enum tg_status note_issued(struct tg_ledger *l, const struct tg_ca_record *r)
{
	char hash[2 * TG_HASH_LEN + 1], key[2 * TG_HASH_LEN + 1];
	hash_of(r, hash);
	tg_hex(r->spki_hash, TG_HASH_LEN, key);
	json_t *body = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s}", "serial", r->serial, "certificate", hash,
	        "number", r->number, "profile", r->profile, "kiosk", r->kiosk, "key", key, "until_ms",
	        (json_int_t)r->expires_ms, "issuer", r->issuer);
	return tg_kiosk_note(l->registry, TG_RECORD_CERTIFICATE_ISSUED, body, r->issued_ms);
}

static enum tg_status insert(void *ctx, const struct tg_ca_record *r)
{
	struct tg_ledger *l = ctx;
	TG_TRY(tg_registry_begin(l->registry));
	enum tg_status st = l->records.insert(l->records.ctx, r);
	if (st == TG_OK)
		st = note_issued(l, r);
	TG_TRY(tg_registry_end(l->registry, st));
	return settle(l);
}

static enum tg_status replace(void *ctx, const char *serial, const struct tg_ca_record *r)
{
	struct tg_ledger *l = ctx;
	TG_TRY(tg_registry_begin(l->registry));
	enum tg_status st = l->records.replace(l->records.ctx, serial, r);
	if (st == TG_OK)
		st = note_issued(l, r);
	TG_TRY(tg_registry_end(l->registry, st));
	return settle(l);
}

static const char *word_of(enum tg_ca_state state)
{
	switch (state) {
	case TG_CA_UNCONFIRMED:
		return "released";
	case TG_CA_VALID:
		return "confirmed";
	case TG_CA_REJECTED:
		return "held";
	case TG_CA_REVOKED:
		break;
	}
	return "revoked";
}

struct change {
	const char *serial, *by;
	enum tg_ca_state state;
	int reason;
	int64_t at_ms;
};

static enum tg_status note_change(struct tg_ledger *l, const struct tg_ca_record *r, const struct change *c)
{
	char hash[2 * TG_HASH_LEN + 1];
	hash_of(r, hash);
	if (c->state != TG_CA_REVOKED)
		return tg_kiosk_note(l->registry, TG_RECORD_CERTIFICATE_STATE,
		        json_pack("{s:s, s:s, s:s, s:s}", "serial", c->serial, "certificate", hash, "state",
		                word_of(c->state), "by", c->by),
		        c->at_ms);
	return tg_kiosk_note(l->registry, TG_RECORD_CERTIFICATE_REVOKED,
	        json_pack("{s:s, s:s, s:i, s:I, s:s, s:s}", "certificate", hash, "serial", c->serial, "reason",
	                c->reason < 0 ? 0 : c->reason, "ms", (json_int_t)c->at_ms, "number", r->number, "by", c->by),
	        c->at_ms);
}

static enum tg_status change(struct tg_ledger *l, const struct change *c)
{
	struct tg_ca_record r;
	enum tg_status st = l->records.find_by_serial(l->records.ctx, c->serial, &r);
	if (st == TG_OK && r.state != c->state)
		st = note_change(l, &r, c);
	if (st == TG_OK)
		st = l->records.set_state(l->records.ctx, c->serial, c->state, c->reason, c->at_ms, c->by);
	tg_ca_record_finish(&r);
	return st;
}

static enum tg_status set_state(
        void *ctx, const char *serial, enum tg_ca_state state, int reason, int64_t changed_ms, const char *by)
{
	struct tg_ledger *l = ctx;
	const struct change c = {.serial = serial, .by = by, .state = state, .reason = reason, .at_ms = changed_ms};
	TG_TRY(tg_registry_begin(l->registry));
	TG_TRY(tg_registry_end(l->registry, change(l, &c)));
	if (state == TG_CA_REVOKED || state == TG_CA_REJECTED)
		tg_publisher_wake(l->publisher);
	/* A revocation is done when ca.db has it, with its event: nobody has to ask for it once more because the
	 * journal was slow. Everything else waits for the journal. */
	enum tg_status st = settle(l);
	return state == TG_CA_REVOKED ? TG_OK : st;
}

struct tg_ca_store tg_ledger_port(struct tg_ledger *l)
{
	return (struct tg_ca_store){.find_by_spki = find_by_spki,
	        .find_by_serial = find_by_serial,
	        .insert = insert,
	        .replace = replace,
	        .set_state = set_state,
	        .each_revoked = each_revoked,
	        .each_changed = each_changed,
	        .last_change = last_change,
	        .next_crl_number = next_crl_number,
	        .settle = settle,
	        .ctx = l};
}
