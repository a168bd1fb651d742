/* Kiosks and their one-time secrets in ca.db. Requirement C-2. */
#include "kiosk_event.h"

#include <sqlite3.h>

static enum tg_status trouble(struct tg_registry *r)
{
	return tg_registry_status(sqlite3_errcode(tg_registry_db(r)));
}

static void take_text(sqlite3_stmt *q, int column, char *out, size_t cap)
{
	const unsigned char *t = sqlite3_column_text(q, column);
	/* Written by us with the same limits; what is longer was tampered with and is left out. */
	if (!t || !tg_copy(out, cap, (const char *)t))
		out[0] = '\0';
}

/* --- Reading */
#define KIOSK_COLUMNS                                                                                                  \
	"SELECT k.kiosk, k.number, k.disabled, k.place, c.key_in, c.until_ms, c.used,"                                 \
	" coalesce((SELECT until_ms FROM one_time o WHERE o.kiosk = k.kiosk AND o.used_ms = 0), 0)"                    \
	" FROM kiosks k LEFT JOIN kiosk_certificates c ON c.rowid = (SELECT n.rowid FROM kiosk_certificates n"         \
	" WHERE n.kiosk = k.kiosk AND n.replaced = 0 ORDER BY n.issued_ms DESC, n.rowid DESC LIMIT 1)"

static void take_row(sqlite3_stmt *q, struct tg_kiosk_row *out)
{
	*out = (struct tg_kiosk_row){0};
	take_text(q, 0, out->kiosk, sizeof(out->kiosk));
	out->number = (uint32_t)sqlite3_column_int64(q, 1);
	out->disabled = sqlite3_column_int(q, 2) != 0;
	take_text(q, 3, out->place, sizeof(out->place));
	out->enrolled = sqlite3_column_type(q, 4) != SQLITE_NULL;
	take_text(q, 4, out->key_in, sizeof(out->key_in));
	out->until_ms = sqlite3_column_int64(q, 5);
	out->pending = out->enrolled && sqlite3_column_int(q, 6) == 0;
	out->secret_until_ms = sqlite3_column_int64(q, 7);
}

enum tg_status tg_kiosk_find(struct tg_registry *r, const char *kiosk, struct tg_kiosk_row *out)
{
	sqlite3_stmt *q = tg_registry_stmt(r, KIOSK_COLUMNS " WHERE k.kiosk = ?");
	*out = (struct tg_kiosk_row){0};
	if (!q)
		return trouble(r);
	sqlite3_bind_text(q, 1, kiosk, -1, SQLITE_STATIC);
	int rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		take_row(q, out);
	sqlite3_finalize(q);
	return rc == SQLITE_DONE ? TG_NOT_FOUND : tg_registry_status(rc);
}

enum tg_status tg_kiosk_of_number(struct tg_registry *r, uint32_t number, char kiosk[TG_KIOSK_MAX + 1])
{
	sqlite3_stmt *q = tg_registry_stmt(r, "SELECT kiosk FROM kiosks WHERE number = ?");
	kiosk[0] = '\0';
	if (!q)
		return trouble(r);
	sqlite3_bind_int64(q, 1, number);
	int rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		take_text(q, 0, kiosk, TG_KIOSK_MAX + 1);
	sqlite3_finalize(q);
	return rc == SQLITE_DONE ? TG_NOT_FOUND : tg_registry_status(rc);
}

enum tg_status tg_kiosk_each(struct tg_registry *r, tg_kiosk_row_fn *fn, void *ctx)
{
	sqlite3_stmt *q = tg_registry_stmt(r, KIOSK_COLUMNS " ORDER BY k.kiosk");
	enum tg_status st = TG_OK;
	int rc = SQLITE_DONE;
	if (!q)
		return trouble(r);
	while (st == TG_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct tg_kiosk_row k;
		take_row(q, &k);
		st = fn(&k, ctx);
	}
	sqlite3_finalize(q);
	return st != TG_OK ? st : tg_registry_status(rc);
}

enum tg_status tg_kiosk_secret_find(struct tg_registry *r, const char *kiosk, struct tg_kiosk_secret *out)
{
	sqlite3_stmt *q = tg_registry_stmt(r, "SELECT verifier, until_ms, used_ms, spki_hash FROM one_time WHERE kiosk "
	                                      "= ? AND length(verifier) = 32");
	*out = (struct tg_kiosk_secret){0};
	if (!q)
		return trouble(r);
	sqlite3_bind_text(q, 1, kiosk, -1, SQLITE_STATIC);
	int rc = sqlite3_step(q);
	if (rc == SQLITE_ROW) {
		memcpy(out->verifier, sqlite3_column_blob(q, 0), TG_ENROL_VERIFIER);
		out->until_ms = sqlite3_column_int64(q, 1);
		out->used_ms = sqlite3_column_int64(q, 2);
		if (sqlite3_column_bytes(q, 3) == TG_HASH_LEN)
			memcpy(out->spki, sqlite3_column_blob(q, 3), TG_HASH_LEN);
	}
	sqlite3_finalize(q);
	return rc == SQLITE_DONE ? TG_NOT_FOUND : tg_registry_status(rc);
}

/* --- Announcing */
static enum tg_status put_row(struct tg_registry *r, const struct tg_kiosk_announcement *a, int64_t now_ms)
{
	sqlite3_stmt *q = tg_registry_stmt(r,
	        "INSERT INTO kiosks(kiosk, added_ms, place, follows) VALUES(?1, ?2, coalesce(?3, ''), coalesce(?4, ''))"
	        " ON CONFLICT(kiosk) DO UPDATE SET place = coalesce(?3, place), follows = coalesce(?4, follows)");
	if (q) {
		sqlite3_bind_text(q, 1, a->kiosk, -1, SQLITE_STATIC);
		sqlite3_bind_int64(q, 2, now_ms);
		sqlite3_bind_text(q, 3, a->place, -1, SQLITE_STATIC);
		sqlite3_bind_text(q, 4, a->follows, -1, SQLITE_STATIC);
	}
	return tg_registry_run(r, q);
}

static enum tg_status put_secret(struct tg_registry *r, const struct tg_kiosk_announcement *a)
{
	sqlite3_stmt *q =
	        tg_registry_stmt(r, "INSERT OR REPLACE INTO one_time(kiosk, verifier, until_ms) VALUES(?, ?, ?)");
	if (q) {
		sqlite3_bind_text(q, 1, a->kiosk, -1, SQLITE_STATIC);
		sqlite3_bind_blob(q, 2, a->verifier, sizeof(a->verifier), SQLITE_STATIC);
		sqlite3_bind_int64(q, 3, a->until_ms);
	}
	return tg_registry_run(r, q);
}

static enum tg_status announce(
        struct tg_registry *r, const struct tg_kiosk_announcement *a, enum tg_record_kind kind, int64_t now_ms)
{
	struct tg_kiosk_row k;
	TG_TRY(put_row(r, a, now_ms));
	TG_TRY(tg_kiosk_find(r, a->kiosk, &k));
	if (k.number >= 1u << 20) /* record.h: the unique number has no room for more */
		return TG_LIMIT;
	TG_TRY(put_secret(r, a));
	json_t *body = json_pack("{s:s, s:I, s:I, s:s, s:s, s:s}", "kiosk", k.kiosk, "kiosk_no", (json_int_t)k.number,
	        "until_ms", (json_int_t)a->until_ms, "place", k.place, "follows", a->follows ? a->follows : "", "by",
	        a->by ? a->by : "");
	return tg_kiosk_note(r, kind, body, now_ms);
}

static enum tg_status check_announcement(const struct tg_kiosk_announcement *a, struct tg_error *err)
{
	if (!tg_kiosk_id_valid(a->kiosk) || strcmp(a->kiosk, TG_CENTRE_STREAM) == 0)
		return tg_error_set(err, TG_INVALID, "not a kiosk's id");
	if (a->place && strlen(a->place) > TG_KIOSK_PLACE_MAX)
		return tg_error_set(err, TG_INVALID, "the place is longer than %d bytes", TG_KIOSK_PLACE_MAX);
	return TG_OK;
}

static enum tg_status said(enum tg_status st, struct tg_error *err)
{
	if (st == TG_OK || (err && err->status != TG_OK))
		return st;
	return tg_error_set(err, st, "the registry of kiosks cannot be changed");
}

enum tg_status tg_kiosk_add(
        struct tg_registry *r, const struct tg_kiosk_announcement *a, int64_t now_ms, struct tg_error *err)
{
	struct tg_kiosk_row k;
	TG_TRY(check_announcement(a, err));
	TG_TRY(said(tg_registry_begin(r), err));
	enum tg_status st = tg_kiosk_find(r, a->kiosk, &k);
	if (st == TG_NOT_FOUND)
		st = TG_OK;
	else if (st == TG_OK && k.enrolled)
		st = tg_error_set(err, TG_INVALID, "kiosk %s has a certificate: replace gives it another", a->kiosk);
	else if (st == TG_OK && k.disabled)
		st = tg_error_set(err, TG_INVALID, "kiosk %s is disabled", a->kiosk);
	if (st == TG_OK)
		st = announce(r, a, TG_RECORD_KIOSK_ADDED, now_ms);
	return said(tg_registry_end(r, st), err);
}

enum tg_status tg_kiosk_replace(
        struct tg_registry *r, const struct tg_kiosk_announcement *a, int64_t now_ms, struct tg_error *err)
{
	struct tg_kiosk_row k;
	TG_TRY(check_announcement(a, err));
	TG_TRY(said(tg_registry_begin(r), err));
	enum tg_status st = tg_kiosk_find(r, a->kiosk, &k);
	if (st == TG_NOT_FOUND)
		st = tg_error_set(err, TG_KIOSK_UNKNOWN, "no such kiosk: %s", a->kiosk);
	else if (st == TG_OK && k.disabled)
		st = tg_error_set(err, TG_INVALID, "kiosk %s is disabled", a->kiosk);
	if (st == TG_OK)
		st = announce(r, a, TG_RECORD_KIOSK_REPLACED, now_ms);
	return said(tg_registry_end(r, st), err);
}

/* --- Disabling */
static enum tg_status set_disabled(struct tg_registry *r, const char *kiosk, bool disable, int64_t now_ms)
{
	sqlite3_stmt *q = tg_registry_stmt(r, "UPDATE kiosks SET disabled = ?2 WHERE kiosk = ?1");
	if (q) {
		sqlite3_bind_text(q, 1, kiosk, -1, SQLITE_STATIC);
		sqlite3_bind_int(q, 2, disable);
	}
	TG_TRY(tg_registry_run(r, q));
	if (sqlite3_changes(tg_registry_db(r)) != 1)
		return TG_KIOSK_UNKNOWN;
	if (!disable)
		return TG_OK;
	q = tg_registry_stmt(r, "UPDATE one_time SET until_ms = min(until_ms, ?2) WHERE kiosk = ?1");
	if (q) {
		sqlite3_bind_text(q, 1, kiosk, -1, SQLITE_STATIC);
		sqlite3_bind_int64(q, 2, now_ms);
	}
	return tg_registry_run(r, q);
}

static enum tg_status disable_locked(
        struct tg_registry *r, const char *kiosk, bool disable, const char *by, int64_t now_ms)
{
	TG_TRY(set_disabled(r, kiosk, disable, now_ms));
	json_t *body = json_pack("{s:s, s:s}", "kiosk", kiosk, "by", by ? by : "");
	return tg_kiosk_note(r, disable ? TG_RECORD_KIOSK_DISABLED : TG_RECORD_KIOSK_ENABLED, body, now_ms);
}

enum tg_status tg_kiosk_disable(
        struct tg_registry *r, const char *kiosk, bool disable, const char *by, int64_t now_ms, struct tg_error *err)
{
	TG_TRY(said(tg_registry_begin(r), err));
	enum tg_status st = tg_registry_end(r, disable_locked(r, kiosk, disable, by, now_ms));
	if (st == TG_KIOSK_UNKNOWN)
		return tg_error_set(err, st, "no such kiosk: %s", kiosk);
	return said(st, err);
}

/* --- Names */
bool tg_kiosk_next_id(const char *kiosk, char out[TG_KIOSK_MAX + 1])
{
	const char *dash = strrchr(kiosk, '-');
	char *end = NULL;
	unsigned long n =
	        dash && dash[1] >= '0' && dash[1] <= '9' && strlen(dash) <= 9 ? strtoul(dash + 1, &end, 10) : 0;
	bool counted = end && *end == '\0';
	int stem = counted ? (int)(dash - kiosk) : (int)strlen(kiosk);
	int len = snprintf(out, TG_KIOSK_MAX + 1, "%.*s-%lu", stem, kiosk, counted ? n + 1 : 2);
	return len > 0 && len <= TG_KIOSK_MAX;
}

/* --- The sandbox's secret */
enum tg_status tg_kiosk_sandbox_closed(struct tg_registry *r, bool *closed)
{
	sqlite3_stmt *q = tg_registry_stmt(r, "SELECT value FROM counters WHERE name = 'sandbox-closed'");
	*closed = false;
	if (!q)
		return trouble(r);
	int rc = sqlite3_step(q);
	*closed = rc == SQLITE_ROW && sqlite3_column_int(q, 0) != 0;
	sqlite3_finalize(q);
	return tg_registry_status(rc);
}

static enum tg_status close_locked(struct tg_registry *r, const char *by, int64_t now_ms)
{
	bool closed;
	TG_TRY(tg_kiosk_sandbox_closed(r, &closed));
	if (closed)
		return TG_OK;
	TG_TRY(tg_registry_run(
	        r, tg_registry_stmt(r, "INSERT OR REPLACE INTO counters(name, value) VALUES('sandbox-closed', 1)")));
	return tg_kiosk_note(r, TG_RECORD_ENROLMENT_CLOSED, json_pack("{s:s}", "by", by ? by : ""), now_ms);
}

enum tg_status tg_kiosk_sandbox_close(struct tg_registry *r, const char *by, int64_t now_ms)
{
	TG_TRY(tg_registry_begin(r));
	return tg_registry_end(r, close_locked(r, by, now_ms));
}
