/* Kiosks and their certificates in ca.db, and the commands about them. Requirement C-2. */
#include "centre.h"

enum tg_status tg_kiosk_find(struct tg_registry *r, const char *kiosk, struct tg_kiosk_row *out)
{
	sqlite3_stmt *q = tg_registry_stmt(r,
	        "SELECT k.number, k.disabled, k.may_enrol, c.spki_hash, c.pem FROM kiosks k"
	        " LEFT JOIN kiosk_certificates c ON c.kiosk = k.kiosk AND c.replaced = 0 WHERE k.kiosk = ?");
	*out = (struct tg_kiosk_row){0};
	(void)tg_copy(out->kiosk, sizeof(out->kiosk), kiosk);
	if (!q)
		return tg_registry_status(sqlite3_errcode(tg_registry_db(r)));
	sqlite3_bind_text(q, 1, kiosk, -1, SQLITE_STATIC);
	int rc = sqlite3_step(q);
	if (rc == SQLITE_ROW) {
		out->number = (uint32_t)sqlite3_column_int64(q, 0);
		out->disabled = sqlite3_column_int(q, 1) != 0;
		out->may_enrol = sqlite3_column_int(q, 2) != 0;
		if (sqlite3_column_bytes(q, 3) == TG_HASH_LEN)
			memcpy(out->spki, sqlite3_column_blob(q, 3), TG_HASH_LEN);
		tg_buf_add(&out->certificate, sqlite3_column_text(q, 4), (size_t)sqlite3_column_bytes(q, 4));
	}
	sqlite3_finalize(q);
	if (rc == SQLITE_DONE)
		return TG_NOT_FOUND;
	return rc == SQLITE_ROW ? tg_buf_status(&out->certificate) : tg_registry_status(rc);
}

/* SQL with a kiosk id as ?1 and the time as ?2. */
static enum tg_status about_kiosk(struct tg_registry *r, const char *sql, const char *kiosk, int64_t now_ms)
{
	sqlite3_stmt *q = tg_registry_stmt(r, sql);
	if (q) {
		sqlite3_bind_text(q, 1, kiosk, -1, SQLITE_STATIC);
		if (sqlite3_bind_parameter_count(q) > 1)
			sqlite3_bind_int64(q, 2, now_ms);
	}
	return tg_registry_run(r, q);
}

static enum tg_status add_certificate(struct tg_registry *r, const struct tg_kiosk_row *k,
        const uint8_t fingerprint[TG_FINGERPRINT_LEN], int64_t now_ms)
{
	sqlite3_stmt *q = tg_registry_stmt(
	        r, "INSERT INTO kiosk_certificates(fingerprint, kiosk, spki_hash, pem, issued_ms) VALUES(?,?,?,?,?)");
	if (q) {
		sqlite3_bind_blob(q, 1, fingerprint, TG_FINGERPRINT_LEN, SQLITE_STATIC);
		sqlite3_bind_text(q, 2, k->kiosk, -1, SQLITE_STATIC);
		sqlite3_bind_blob(q, 3, k->spki, TG_HASH_LEN, SQLITE_STATIC);
		sqlite3_bind_text64(q, 4, tg_buf_str(&k->certificate), k->certificate.len, SQLITE_STATIC, SQLITE_UTF8);
		sqlite3_bind_int64(q, 5, now_ms);
	}
	return tg_registry_run(r, q);
}

static enum tg_status read_number(struct tg_registry *r, struct tg_kiosk_row *k)
{
	sqlite3_stmt *q = tg_registry_stmt(r, "SELECT number FROM kiosks WHERE kiosk = ?");
	if (!q)
		return TG_IO;
	sqlite3_bind_text(q, 1, k->kiosk, -1, SQLITE_STATIC);
	int rc = sqlite3_step(q);
	k->number = (uint32_t)sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	if (rc != SQLITE_ROW)
		return TG_IO;
	return k->number < 1u << 20 ? TG_OK : TG_LIMIT; /* record.h: the unique number has no room for more */
}

static enum tg_status enrol_parts(
        struct tg_registry *r, struct tg_kiosk_row *k, const uint8_t fingerprint[TG_FINGERPRINT_LEN], int64_t now_ms)
{
	TG_TRY(about_kiosk(r,
	        "INSERT INTO kiosks(kiosk, added_ms) VALUES(?1, ?2) ON CONFLICT(kiosk) DO UPDATE SET may_enrol = 0",
	        k->kiosk, now_ms));
	TG_TRY(about_kiosk(r, "UPDATE kiosk_certificates SET replaced = 1 WHERE kiosk = ?1", k->kiosk, now_ms));
	TG_TRY(add_certificate(r, k, fingerprint, now_ms));
	return read_number(r, k);
}

enum tg_status tg_kiosk_enrol(
        struct tg_registry *r, struct tg_kiosk_row *out, const uint8_t fingerprint[TG_FINGERPRINT_LEN], int64_t now_ms)
{
	TG_TRY(tg_registry_run(r, tg_registry_stmt(r, "BEGIN IMMEDIATE")));
	enum tg_status st = enrol_parts(r, out, fingerprint, now_ms);
	if (st == TG_OK)
		st = tg_registry_run(r, tg_registry_stmt(r, "COMMIT"));
	if (st != TG_OK)
		(void)!tg_registry_run(r, tg_registry_stmt(r, "ROLLBACK"));
	return st;
}

enum tg_status tg_kiosk_by_certificate(
        struct tg_registry *r, const uint8_t fingerprint[TG_FINGERPRINT_LEN], char kiosk[TG_KIOSK_MAX + 1])
{
	sqlite3_stmt *q =
	        tg_registry_stmt(r, "SELECT k.kiosk FROM kiosk_certificates c JOIN kiosks k ON k.kiosk = c.kiosk"
	                            " WHERE c.fingerprint = ? AND c.replaced = 0 AND k.disabled = 0");
	if (!q)
		return TG_IO;
	sqlite3_bind_blob(q, 1, fingerprint, TG_FINGERPRINT_LEN, SQLITE_STATIC);
	int rc = sqlite3_step(q);
	if (rc == SQLITE_ROW && !tg_copy(kiosk, TG_KIOSK_MAX + 1, (const char *)sqlite3_column_text(q, 0)))
		rc = SQLITE_CORRUPT;
	sqlite3_finalize(q);
	if (rc == SQLITE_DONE)
		return TG_KIOSK_UNKNOWN;
	return tg_registry_status(rc);
}

static enum tg_status change_one(struct tg_registry *r, const char *sql, const char *kiosk, struct tg_error *err)
{
	enum tg_status st = about_kiosk(r, sql, kiosk, 0);
	if (st == TG_OK && sqlite3_changes(tg_registry_db(r)) != 1)
		return tg_error_set(err, TG_KIOSK_UNKNOWN, "no such kiosk");
	return st == TG_OK ? TG_OK : tg_error_set(err, st, "the registry cannot be changed");
}

static enum tg_status list(struct tg_registry *r, struct tg_error *err)
{
	sqlite3_stmt *q = tg_registry_stmt(r, "SELECT kiosk, number, disabled, may_enrol FROM kiosks ORDER BY kiosk");
	if (!q)
		return tg_error_set(err, TG_IO, "the registry cannot be read");
	while (sqlite3_step(q) == SQLITE_ROW)
		printf("%s\t%lld\t%s\n", (const char *)sqlite3_column_text(q, 0), (long long)sqlite3_column_int64(q, 1),
		        sqlite3_column_int(q, 2)   ? "disabled"
		        : sqlite3_column_int(q, 3) ? "may enrol again"
		                                   : "enabled");
	sqlite3_finalize(q);
	return TG_OK;
}

enum tg_status tg_kiosk_command(const struct tg_centre_options *o, const char *registry, struct tg_error *err)
{
	struct tg_registry *r = NULL;
	TG_TRY(tg_registry_open(&r, registry, err));
	enum tg_status st = TG_OK;
	if (o->kiosk_disable)
		st = change_one(r, "UPDATE kiosks SET disabled = 1 WHERE kiosk = ?1", o->kiosk_disable, err);
	if (st == TG_OK && o->kiosk_enable)
		st = change_one(r, "UPDATE kiosks SET disabled = 0 WHERE kiosk = ?1", o->kiosk_enable, err);
	if (st == TG_OK && o->kiosk_allow)
		st = change_one(r, "UPDATE kiosks SET may_enrol = 1 WHERE kiosk = ?1", o->kiosk_allow, err);
	if (st == TG_OK && o->kiosk_list)
		st = list(r, err);
	tg_registry_close(r);
	return st;
}
