/* What the sandbox CA issued: its store port on ca.db. */
#include "centre.h"

/* A kiosk may have been away for a month. */
#define LEARNING_MS (31 * INT64_C(86400000))
#define COLUMNS     "serial, spki_hash, number, profile, kiosk, state, reason, issued_ms, expires_ms, changed_ms, issuer"
#define CERTIFICATE 11 /* the column after those */

static void take_text(sqlite3_stmt *q, int column, char *out, size_t cap)
{
	const unsigned char *t = sqlite3_column_text(q, column);
	/* Written by us with the same limits; what is longer was tampered with and is cut. */
	(void)tg_copy(out, cap, t ? (const char *)t : "");
}

static enum tg_status take_record(sqlite3_stmt *q, bool whole, struct tg_ca_record *out)
{
	*out = (struct tg_ca_record){0};
	take_text(q, 0, out->serial, sizeof(out->serial));
	if (sqlite3_column_bytes(q, 1) != TG_HASH_LEN)
		return TG_STORE_DAMAGED;
	memcpy(out->spki_hash, sqlite3_column_blob(q, 1), TG_HASH_LEN);
	take_text(q, 2, out->number, sizeof(out->number));
	take_text(q, 3, out->profile, sizeof(out->profile));
	take_text(q, 4, out->kiosk, sizeof(out->kiosk));
	int state = sqlite3_column_int(q, 5);
	if (state < TG_CA_UNCONFIRMED || state > TG_CA_REVOKED)
		return TG_STORE_DAMAGED;
	out->state = (enum tg_ca_state)state;
	out->reason = sqlite3_column_int(q, 6);
	out->issued_ms = sqlite3_column_int64(q, 7);
	out->expires_ms = sqlite3_column_int64(q, 8);
	out->changed_ms = sqlite3_column_int64(q, 9);
	take_text(q, 10, out->issuer, sizeof(out->issuer));
	if (whole)
		tg_buf_add(&out->certificate, sqlite3_column_blob(q, CERTIFICATE),
		        (size_t)sqlite3_column_bytes(q, CERTIFICATE));
	return tg_buf_status(&out->certificate);
}

/* Steps a query for one record and finalises it. */
static enum tg_status one_record(struct tg_registry *r, sqlite3_stmt *q, struct tg_ca_record *out)
{
	*out = (struct tg_ca_record){0};
	if (!q)
		return tg_registry_status(sqlite3_errcode(tg_registry_db(r)));
	int rc = sqlite3_step(q);
	enum tg_status st = TG_NOT_FOUND;
	if (rc == SQLITE_ROW)
		st = take_record(q, true, out);
	else if (rc != SQLITE_DONE)
		st = tg_registry_status(rc);
	sqlite3_finalize(q);
	return st;
}

static enum tg_status find_by_spki(void *ctx, const uint8_t hash[TG_HASH_LEN], struct tg_ca_record *out)
{
	sqlite3_stmt *q = tg_registry_stmt(ctx, "SELECT " COLUMNS ", certificate FROM issued WHERE spki_hash = ?");
	if (q)
		sqlite3_bind_blob(q, 1, hash, TG_HASH_LEN, SQLITE_STATIC);
	return one_record(ctx, q, out);
}

static enum tg_status find_by_serial(void *ctx, const char *serial, struct tg_ca_record *out)
{
	sqlite3_stmt *q = tg_registry_stmt(ctx, "SELECT " COLUMNS ", certificate FROM issued WHERE serial = ?");
	if (q)
		sqlite3_bind_text(q, 1, serial, -1, SQLITE_STATIC);
	return one_record(ctx, q, out);
}

static enum tg_status insert(void *ctx, const struct tg_ca_record *r)
{
	sqlite3_stmt *q =
	        tg_registry_stmt(ctx, "INSERT INTO issued(" COLUMNS ", certificate) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)");
	if (q) {
		sqlite3_bind_text(q, 1, r->serial, -1, SQLITE_STATIC);
		sqlite3_bind_blob(q, 2, r->spki_hash, TG_HASH_LEN, SQLITE_STATIC);
		sqlite3_bind_text(q, 3, r->number, -1, SQLITE_STATIC);
		sqlite3_bind_text(q, 4, r->profile, -1, SQLITE_STATIC);
		sqlite3_bind_text(q, 5, r->kiosk, -1, SQLITE_STATIC);
		sqlite3_bind_int(q, 6, (int)r->state);
		sqlite3_bind_int(q, 7, r->reason);
		sqlite3_bind_int64(q, 8, r->issued_ms);
		sqlite3_bind_int64(q, 9, r->expires_ms);
		sqlite3_bind_int64(q, 10, r->changed_ms);
		sqlite3_bind_text(q, 11, r->issuer, -1, SQLITE_STATIC);
		sqlite3_bind_blob64(q, 12, r->certificate.data, r->certificate.len, SQLITE_STATIC);
	}
	return tg_registry_run(ctx, q);
}

/* In a transaction of the caller's. */
static enum tg_status replace(void *ctx, const char *serial, const struct tg_ca_record *r)
{
	sqlite3_stmt *q = tg_registry_stmt(ctx, "DELETE FROM issued WHERE serial = ?");
	if (q)
		sqlite3_bind_text(q, 1, serial, -1, SQLITE_STATIC);
	TG_TRY(tg_registry_run(ctx, q));
	return sqlite3_changes(tg_registry_db(ctx)) == 1 ? insert(ctx, r) : TG_NOT_FOUND;
}

static enum tg_status set_state(
        void *ctx, const char *serial, enum tg_ca_state state, int reason, int64_t changed_ms, const char *by)
{
	sqlite3_stmt *q =
	        tg_registry_stmt(ctx, "UPDATE issued SET state = ?, reason = ?, changed_ms = ? WHERE serial = ?");
	(void)by; /* stands in the journal */
	if (q) {
		sqlite3_bind_int(q, 1, (int)state);
		sqlite3_bind_int(q, 2, reason);
		sqlite3_bind_int64(q, 3, changed_ms);
		sqlite3_bind_text(q, 4, serial, -1, SQLITE_STATIC);
	}
	TG_TRY(tg_registry_run(ctx, q));
	return sqlite3_changes(tg_registry_db(ctx)) == 1 ? TG_OK : TG_NOT_FOUND;
}

/* Whose a certificate is stands in the certificate only. That the text occurs in its bytes spares reading all others.
 */
#define KEPT                                                                                                           \
	"SELECT " COLUMNS ", certificate FROM issued WHERE kiosk = ?1 AND state < 2 AND expires_ms > ?2 "              \
	"AND instr(certificate, ?3) > 0 ORDER BY expires_ms, serial"

enum tg_status tg_registry_each_kept(struct tg_registry *r, const char *who, const char *text, int64_t now_ms,
        enum tg_status (*fn)(const struct tg_ca_record *r, void *ctx), void *ctx)
{
	sqlite3_stmt *q = tg_registry_stmt(r, KEPT);
	enum tg_status st = TG_OK;
	int rc = SQLITE_DONE;
	if (!q)
		return tg_registry_status(sqlite3_errcode(tg_registry_db(r)));
	sqlite3_bind_text(q, 1, who, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 2, now_ms);
	sqlite3_bind_blob(q, 3, text, (int)strlen(text), SQLITE_STATIC);
	while (st == TG_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct tg_ca_record record;
		st = take_record(q, true, &record);
		if (st == TG_OK)
			st = fn(&record, ctx);
		tg_ca_record_finish(&record);
	}
	sqlite3_finalize(q);
	return st == TG_OK ? tg_registry_status(rc) : st;
}

/* Steps a query for records without their certificates and finalises it. */
static enum tg_status each(struct tg_registry *r, sqlite3_stmt *q,
        enum tg_status (*fn)(const struct tg_ca_record *r, void *fn_ctx), void *fn_ctx)
{
	enum tg_status st = TG_OK;
	int rc = SQLITE_DONE;
	if (!q)
		return tg_registry_status(sqlite3_errcode(tg_registry_db(r)));
	while (st == TG_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct tg_ca_record record;
		st = take_record(q, false, &record);
		if (st == TG_OK)
			st = fn(&record, fn_ctx);
		tg_ca_record_finish(&record);
	}
	sqlite3_finalize(q);
	return st == TG_OK ? tg_registry_status(rc) : st;
}

static enum tg_status each_revoked(
        void *ctx, enum tg_status (*fn)(const struct tg_ca_record *r, void *fn_ctx), void *fn_ctx)
{
	return each(ctx,
	        tg_registry_stmt(ctx, "SELECT " COLUMNS " FROM issued WHERE state >= 2 ORDER BY changed_ms, serial"),
	        fn, fn_ctx);
}

static enum tg_status each_changed(
        void *ctx, int64_t after, enum tg_status (*fn)(const struct tg_ca_record *r, void *fn_ctx), void *fn_ctx)
{
	sqlite3_stmt *q = tg_registry_stmt(ctx,
	        "SELECT " COLUMNS " FROM change JOIN issued USING (serial) WHERE change.id > ? ORDER BY change.id");
	if (q)
		sqlite3_bind_int64(q, 1, after);
	return each(ctx, q, fn, fn_ctx);
}

static enum tg_status one_number(struct tg_registry *r, sqlite3_stmt *q, int64_t *out)
{
	*out = 0;
	if (!q)
		return tg_registry_status(sqlite3_errcode(tg_registry_db(r)));
	int rc = sqlite3_step(q);
	if (rc == SQLITE_ROW) {
		*out = sqlite3_column_int64(q, 0);
		rc = sqlite3_step(q); /* what writes is committed only when the statement is done */
	}
	sqlite3_finalize(q);
	return tg_registry_status(rc);
}

static enum tg_status last_change(void *ctx, int64_t *out)
{
	return one_number(ctx, tg_registry_stmt(ctx, "SELECT max(id) FROM change"), out);
}

static enum tg_status next_crl_number(void *ctx, uint64_t least, uint64_t *out)
{
	int64_t number = 0;
	sqlite3_stmt *q = tg_registry_stmt(ctx, "INSERT INTO counters(name, value) VALUES('crl', ?1) ON CONFLICT(name)"
	                                        " DO UPDATE SET value = max(value + 1, ?1) RETURNING value");
	if (q)
		sqlite3_bind_int64(q, 1, (sqlite3_int64)least);
	TG_TRY(one_number(ctx, q, &number));
	*out = (uint64_t)number;
	return number > 0 ? TG_OK : TG_STORE_DAMAGED;
}

bool tg_registry_is_learning(struct tg_registry *r, int64_t now_ms)
{
	sqlite3_stmt *q = tg_registry_stmt(r, "SELECT CAST(value AS INTEGER) FROM words WHERE name = 'restored'");
	const int64_t ms = q && sqlite3_step(q) == SQLITE_ROW ? sqlite3_column_int64(q, 0) : 0;
	sqlite3_finalize(q);
	return ms > 0 && now_ms - ms < LEARNING_MS;
}

struct tg_ca_store tg_registry_ca_port(struct tg_registry *r)
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
	        .ctx = r};
}
