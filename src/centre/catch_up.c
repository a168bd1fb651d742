/* A ca.db that was put back from a backup has forgotten its last stretch: what was issued, held and revoked, which
 * kiosks were let in and shut out. The centre's own stream knows (src/decisions/0246), so what stands there behind the
 * place that ca.db remembers is taken in at the start, before anybody asks (src/decisions/0230). Taken in twice it
 * changes nothing: what ca.db has already came of the same entries. */
#include "centre.h"
#include "tamga/log.h"

#include <jansson.h>
#include <openssl/sha.h>

#define PAGE 500

struct catching {
	struct tg_registry *r;
	struct tg_store *s;
	struct tg_ca_store records;
	json_t *page; /* of {kind, ms, body} */
	size_t at;    /* in it */
	unsigned taken;
	bool missing; /* a certificate whose kiosk did not send it yet: asked for again at the next start */
};

typedef enum tg_status take_fn(struct catching *c, const json_t *body, int64_t at_ms);

static int64_t number_of(const json_t *body, const char *member)
{
	return json_integer_value(json_object_get(body, member));
}

/* --- Certificates */
struct search {
	const char *hash; /* SHA-256, hex */
	struct tg_buf *der;
};

static enum tg_status look_for_certificate(const struct tg_entry *e, void *ctx)
{
	struct search *w = ctx;
	uint8_t hash[TG_HASH_LEN];
	char hex[2 * TG_HASH_LEN + 1] = "";
	json_t *body = e->body && w->der->len == 0 ? json_loadb(e->body, e->body_len, 0, NULL) : NULL;
	if (tg_court_unpack(tg_court_text(body, "certificate"), w->der)) {
		SHA256(w->der->data, w->der->len, hash);
		tg_hex(hash, sizeof(hash), hex);
	}
	if (strcmp(hex, w->hash) != 0)
		tg_buf_reset(w->der);
	json_decref(body);
	return tg_buf_status(w->der);
}

/* The kiosk wrote the certificate itself down before the CA heard that it came. */
static enum tg_status find_certificate(struct catching *c, const json_t *body, struct tg_buf *der)
{
	struct tg_error err = {0};
	struct search w = {.hash = tg_court_text(body, "certificate"), .der = der};
	enum tg_status st = tg_store_app_entries(c->s, tg_court_text(body, "number"), look_for_certificate, &w, &err);
	return st == TG_OK && der->len == 0 ? TG_NOT_FOUND : st;
}

static enum tg_status read_issued(const json_t *body, int64_t at_ms, struct tg_ca_record *r)
{
	const char *key = tg_court_text(body, "key");
	bool fits = tg_copy(r->serial, sizeof(r->serial), tg_court_text(body, "serial")) &&
	            tg_copy(r->number, sizeof(r->number), tg_court_text(body, "number")) &&
	            tg_copy(r->profile, sizeof(r->profile), tg_court_text(body, "profile")) &&
	            tg_copy(r->kiosk, sizeof(r->kiosk), tg_court_text(body, "kiosk")) &&
	            tg_copy(r->issuer, sizeof(r->issuer), tg_court_text(body, "issuer")) &&
	            tg_unhex(key, r->spki_hash, TG_HASH_LEN) == TG_HASH_LEN;
	r->state = TG_CA_UNCONFIRMED;
	r->reason = -1;
	r->issued_ms = r->changed_ms = at_ms;
	r->expires_ms = number_of(body, "until_ms");
	return fits ? TG_OK : TG_STORE_DAMAGED;
}

/* The same key once more, from a CA elsewhere: the newest certificate stands for it. */
static enum tg_status insert(struct catching *c, const json_t *body, struct tg_ca_record *r)
{
	struct tg_ca_record before;
	enum tg_status st = c->records.find_by_spki(c->records.ctx, r->spki_hash, &before);
	bool known = st == TG_OK;
	if ((known && before.issued_ms >= r->issued_ms) || (!known && st != TG_NOT_FOUND)) {
		tg_ca_record_finish(&before);
		return st;
	}
	st = find_certificate(c, body, &r->certificate);
	if (st == TG_OK)
		st = known ? c->records.replace(c->records.ctx, before.serial, r)
		           : c->records.insert(c->records.ctx, r);
	c->taken += st == TG_OK;
	tg_ca_record_finish(&before);
	return st;
}

static enum tg_status take_issued(struct catching *c, const json_t *body, int64_t at_ms)
{
	struct tg_ca_record r;
	enum tg_status st = c->records.find_by_serial(c->records.ctx, tg_court_text(body, "serial"), &r);
	tg_ca_record_finish(&r);
	if (st != TG_NOT_FOUND)
		return st;
	st = read_issued(body, at_ms, &r);
	if (st == TG_OK)
		st = insert(c, body, &r);
	if (st == TG_NOT_FOUND) {
		tg_log_warn("certificate %s was issued and is not in ca.db, nor did a kiosk send it", r.serial);
		c->missing = true;
		st = TG_OK;
	}
	tg_ca_record_finish(&r);
	return st;
}

/* A revocation is for good, whatever stands behind it; of all else ca.db may know a newer word. */
static enum tg_status set_state(
        struct catching *c, const json_t *body, enum tg_ca_state state, int reason, int64_t at_ms)
{
	struct tg_ca_record r;
	const char *serial = tg_court_text(body, "serial");
	enum tg_status st = c->records.find_by_serial(c->records.ctx, serial, &r);
	bool news = state == TG_CA_REVOKED || at_ms >= r.changed_ms;
	if (st == TG_OK && news && r.state != TG_CA_REVOKED && r.state != state) {
		st = c->records.set_state(c->records.ctx, serial, state, reason, at_ms, tg_court_text(body, "by"));
		c->taken++;
	}
	tg_ca_record_finish(&r);
	return st == TG_NOT_FOUND ? TG_OK : st; /* its issue was told as missing */
}

static enum tg_status take_state(struct catching *c, const json_t *body, int64_t at_ms)
{
	const char *word = tg_court_text(body, "state");
	enum tg_ca_state state = TG_CA_UNCONFIRMED;
	if (strcmp(word, "confirmed") == 0)
		state = TG_CA_VALID;
	else if (strcmp(word, "held") == 0)
		state = TG_CA_REJECTED;
	return set_state(c, body, state, -1, at_ms);
}

static enum tg_status take_revoked(struct catching *c, const json_t *body, int64_t at_ms)
{
	int64_t ms = number_of(body, "ms");
	return set_state(c, body, TG_CA_REVOKED, (int)number_of(body, "reason"), ms > 0 ? ms : at_ms);
}

/* --- Kiosks */
static enum tg_status run(struct catching *c, sqlite3_stmt *q)
{
	TG_TRY(tg_registry_run(c->r, q));
	c->taken += (unsigned)sqlite3_changes(tg_registry_db(c->r));
	return TG_OK;
}

static enum tg_status take_kiosk(struct catching *c, const json_t *body, int64_t at_ms)
{
	sqlite3_stmt *q = tg_registry_stmt(c->r, "INSERT OR IGNORE INTO kiosks(number, kiosk, added_ms, place, follows)"
	                                         " VALUES(?, ?, ?, ?, ?)");
	if (q) {
		sqlite3_bind_int64(q, 1, number_of(body, "kiosk_no"));
		sqlite3_bind_text(q, 2, tg_court_text(body, "kiosk"), -1, SQLITE_STATIC);
		sqlite3_bind_int64(q, 3, at_ms);
		sqlite3_bind_text(q, 4, tg_court_text(body, "place"), -1, SQLITE_STATIC);
		sqlite3_bind_text(q, 5, tg_court_text(body, "follows"), -1, SQLITE_STATIC);
	}
	return run(c, q);
}

/* The certificate itself is the kiosk's; to know it by its fingerprint is enough. Shown, it ends those before it. */
static enum tg_status take_channel(struct catching *c, const json_t *body, int64_t at_ms)
{
	uint8_t fingerprint[TG_FINGERPRINT_LEN];
	if (tg_unhex(tg_court_text(body, "certificate"), fingerprint, sizeof(fingerprint)) != TG_FINGERPRINT_LEN)
		return TG_STORE_DAMAGED;
	TG_TRY(take_kiosk(c, body, at_ms));
	sqlite3_stmt *q = tg_registry_stmt(c->r, "INSERT OR IGNORE INTO kiosk_certificates(fingerprint, kiosk, "
	                                         "spki_hash, pem, issued_ms, until_ms, used,"
	                                         " key_in) VALUES(?, ?, zeroblob(32), '', ?, ?, 0, ?)");
	if (q) {
		sqlite3_bind_blob(q, 1, fingerprint, sizeof(fingerprint), SQLITE_STATIC);
		sqlite3_bind_text(q, 2, tg_court_text(body, "kiosk"), -1, SQLITE_STATIC);
		sqlite3_bind_int64(q, 3, at_ms);
		sqlite3_bind_int64(q, 4, number_of(body, "until_ms"));
		sqlite3_bind_text(q, 5, tg_court_text(body, "key_in"), -1, SQLITE_STATIC);
	}
	return run(c, q);
}

static bool switches(const json_t *item)
{
	int64_t kind = number_of(item, "kind");
	return kind == TG_RECORD_KIOSK_DISABLED || kind == TG_RECORD_KIOSK_ENABLED;
}

/* Shut out and let in again is not done once more. */
static bool is_last_word(const struct catching *c, const char *kiosk)
{
	for (size_t i = c->at + 1; i < json_array_size(c->page); i++) {
		const json_t *item = json_array_get(c->page, i);
		if (switches(item) && strcmp(tg_court_text(json_object_get(item, "body"), "kiosk"), kiosk) == 0)
			return false;
	}
	return true;
}

static enum tg_status set_disabled(struct catching *c, const json_t *body, int disabled)
{
	const char *kiosk = tg_court_text(body, "kiosk");
	if (!is_last_word(c, kiosk))
		return TG_OK;
	sqlite3_stmt *q = tg_registry_stmt(c->r, "UPDATE kiosks SET disabled = ?1 WHERE kiosk = ?2 AND disabled <> ?1");
	if (q) {
		sqlite3_bind_int(q, 1, disabled);
		sqlite3_bind_text(q, 2, kiosk, -1, SQLITE_STATIC);
	}
	return run(c, q);
}

static enum tg_status take_disabled(struct catching *c, const json_t *body, int64_t at_ms)
{
	(void)at_ms;
	return set_disabled(c, body, 1);
}

static enum tg_status take_enabled(struct catching *c, const json_t *body, int64_t at_ms)
{
	(void)at_ms;
	return set_disabled(c, body, 0);
}

static const struct {
	enum tg_record_kind kind;
	take_fn *take;
} takers[] = {{TG_RECORD_CERTIFICATE_ISSUED, take_issued}, {TG_RECORD_CERTIFICATE_STATE, take_state},
        {TG_RECORD_CERTIFICATE_REVOKED, take_revoked}, {TG_RECORD_KIOSK_ADDED, take_kiosk},
        {TG_RECORD_KIOSK_ENROLLED, take_channel}, {TG_RECORD_KIOSK_RENEWED, take_channel},
        {TG_RECORD_KIOSK_DISABLED, take_disabled}, {TG_RECORD_KIOSK_ENABLED, take_enabled}};

static enum tg_status take(struct catching *c, const json_t *item)
{
	const json_t *body = json_object_get(item, "body");
	for (size_t i = 0; i < sizeof(takers) / sizeof(takers[0]); i++)
		if (json_object_size(body) > 0 && number_of(item, "kind") == (int64_t)takers[i].kind)
			return takers[i].take(c, body, number_of(item, "ms"));
	return TG_OK;
}

/* --- The stream */
static enum tg_status remember(struct catching *c, uint64_t seq)
{
	char text[24];
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)seq);
	sqlite3_stmt *q = tg_registry_stmt(c->r, "INSERT INTO words(name, value) VALUES('journal', ?) "
	                                         "ON CONFLICT(name) DO UPDATE SET value = excluded.value");
	if (q)
		sqlite3_bind_text(q, 1, text, -1, SQLITE_STATIC);
	return tg_registry_run(c->r, q);
}

static uint64_t remembered(struct catching *c)
{
	sqlite3_stmt *q = tg_registry_stmt(c->r, "SELECT CAST(value AS INTEGER) FROM words WHERE name = 'journal'");
	sqlite3_int64 seq = q && sqlite3_step(q) == SQLITE_ROW ? sqlite3_column_int64(q, 0) : 0;
	sqlite3_finalize(q);
	return seq > 0 ? (uint64_t)seq : 0;
}

/* The store reads one thing at a time: first the page, then what each of it needs. */
static enum tg_status add_to_page(const struct tg_entry *e, void *ctx)
{
	struct catching *c = ctx;
	json_t *body = e->body ? json_loadb(e->body, e->body_len, 0, NULL) : NULL;
	json_t *item = json_pack("{s:i, s:I, s:o}", "kind", tg_record_kind_find(e->kind), "ms", (json_int_t)e->time_ms,
	        "body", body ? body : json_object());
	return json_array_append_new(c->page, item) == 0 ? TG_OK : TG_NO_MEMORY;
}

static enum tg_status take_page(struct catching *c, uint64_t from, struct tg_error *err)
{
	const json_t *item;
	c->page = json_array();
	enum tg_status st = tg_store_read(c->s, TG_CENTRE_STREAM, from, PAGE, add_to_page, c, err);
	if (st == TG_OK && (st = tg_registry_begin(c->r)) == TG_OK) {
		json_array_foreach(c->page, c->at, item)
		{
			st = st == TG_OK ? take(c, item) : st;
		}
		if (st == TG_OK && !c->missing)
			st = remember(c, from + json_array_size(c->page) - 1);
		st = tg_registry_end(c->r, st);
	}
	json_decref(c->page);
	return st;
}

enum tg_status tg_catch_up(struct tg_registry *r, struct tg_store *s, struct tg_error *err)
{
	struct catching c = {.r = r, .s = s, .records = tg_registry_ca_port(r)};
	uint64_t head = 0;
	uint8_t hash[TG_HASH_LEN];
	/* What ca.db still has to tell came before. */
	TG_TRY(tg_kiosk_tell(r, s, err));
	TG_TRY(tg_store_head(s, TG_CENTRE_STREAM, &head, hash, err));
	uint64_t from = remembered(&c);
	/* The journal is the older of the two: nothing is to be learnt from it. */
	enum tg_status st = from > head ? remember(&c, head) : TG_OK;
	for (; st == TG_OK && from < head; from += PAGE)
		st = take_page(&c, from + 1, err);
	if (c.taken > 0)
		tg_log_warn("ca.db was behind the journal: %u changes were taken in from it", c.taken);
	if (st == TG_STORE_DAMAGED) { /* a month that cannot be read: the rest goes on */
		tg_log_error(err, "ca.db cannot be compared with the journal");
		*err = (struct tg_error){0};
		return TG_OK;
	}
	return err->status != TG_OK || st == TG_OK ? st : tg_error_set(err, st, "ca.db, what the journal has");
}
