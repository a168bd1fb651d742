/* Channel certificates of kiosks in ca.db: made, shown for the first time, ended. Requirement C-2. */
#include "kiosk_event.h"

#include <sqlite3.h>

static enum tg_status trouble(struct tg_registry *r)
{
	return tg_registry_status(sqlite3_errcode(tg_registry_db(r)));
}

/* SQL with a kiosk id as ?1, a fingerprint as ?2 and a number as ?3, as far as it has them. */
static enum tg_status about(struct tg_registry *r, const char *sql, const char *kiosk,
        const uint8_t fingerprint[TG_FINGERPRINT_LEN], int64_t n)
{
	sqlite3_stmt *q = tg_registry_stmt(r, sql);
	if (q) {
		sqlite3_bind_text(q, 1, kiosk, -1, SQLITE_STATIC);
		if (sqlite3_bind_parameter_count(q) > 1)
			sqlite3_bind_blob(q, 2, fingerprint, TG_FINGERPRINT_LEN, SQLITE_STATIC);
		if (sqlite3_bind_parameter_count(q) > 2)
			sqlite3_bind_int64(q, 3, n);
	}
	return tg_registry_run(r, q);
}

/* The one row of a question about a kiosk, whose id is ?1. */
static enum tg_status take_pem(struct tg_registry *r, sqlite3_stmt *q, const char *kiosk, struct tg_buf *pem)
{
	if (!q)
		return trouble(r);
	sqlite3_bind_text(q, 1, kiosk, -1, SQLITE_STATIC);
	int rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		tg_buf_add(pem, sqlite3_column_text(q, 0), (size_t)sqlite3_column_bytes(q, 0));
	sqlite3_finalize(q);
	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? TG_NOT_FOUND : tg_registry_status(rc);
	return tg_buf_status(pem);
}

enum tg_status tg_kiosk_certificate(
        struct tg_registry *r, const char *kiosk, const uint8_t spki[TG_HASH_LEN], struct tg_buf *pem)
{
	sqlite3_stmt *q = tg_registry_stmt(r, "SELECT pem FROM kiosk_certificates WHERE kiosk = ?1 AND spki_hash = ?2"
	                                      " AND replaced = 0 ORDER BY issued_ms DESC, rowid DESC LIMIT 1");
	if (q)
		sqlite3_bind_blob(q, 2, spki, TG_HASH_LEN, SQLITE_STATIC);
	return take_pem(r, q, kiosk, pem);
}

enum tg_status tg_kiosk_shown(struct tg_registry *r, const char *kiosk, struct tg_buf *pem)
{
	sqlite3_stmt *q = tg_registry_stmt(r, "SELECT pem FROM kiosk_certificates WHERE kiosk = ?1 AND used = 1"
	                                      " AND replaced = 0 ORDER BY issued_ms DESC, rowid DESC LIMIT 1");
	return take_pem(r, q, kiosk, pem);
}

/* --- Made */
static enum tg_status add_certificate(struct tg_registry *r, const struct tg_kiosk_issue *i, int64_t now_ms)
{
	sqlite3_stmt *q = tg_registry_stmt(r,
	        "INSERT INTO kiosk_certificates(fingerprint, kiosk, spki_hash, pem, issued_ms, until_ms, used, key_in)"
	        " VALUES(?, ?, ?, ?, ?, ?, 0, ?)");
	if (q) {
		sqlite3_bind_blob(q, 1, i->fingerprint, TG_FINGERPRINT_LEN, SQLITE_STATIC);
		sqlite3_bind_text(q, 2, i->kiosk, -1, SQLITE_STATIC);
		sqlite3_bind_blob(q, 3, i->spki, TG_HASH_LEN, SQLITE_STATIC);
		sqlite3_bind_text(q, 4, i->pem, -1, SQLITE_STATIC);
		sqlite3_bind_int64(q, 5, now_ms);
		sqlite3_bind_int64(q, 6, i->until_ms);
		sqlite3_bind_text(q, 7, i->key_in, -1, SQLITE_STATIC);
	}
	return tg_registry_run(r, q);
}

static enum tg_status use_secret(struct tg_registry *r, const struct tg_kiosk_issue *i, int64_t now_ms)
{
	sqlite3_stmt *q = tg_registry_stmt(
	        r, "UPDATE one_time SET used_ms = ?2, spki_hash = ?3 WHERE kiosk = ?1 AND used_ms = 0");
	if (q) {
		sqlite3_bind_text(q, 1, i->kiosk, -1, SQLITE_STATIC);
		sqlite3_bind_int64(q, 2, now_ms);
		sqlite3_bind_blob(q, 3, i->spki, TG_HASH_LEN, SQLITE_STATIC);
	}
	TG_TRY(tg_registry_run(r, q));
	return sqlite3_changes(tg_registry_db(r)) == 1 ? TG_OK : TG_ENROL_USED;
}

static enum tg_status note_issued(
        struct tg_registry *r, const struct tg_kiosk_issue *i, const struct tg_kiosk_row *k, int64_t now_ms)
{
	static const char *const ways[] = {"secret", "sandbox", "renewal"};
	char hex[2 * TG_FINGERPRINT_LEN + 1];
	tg_hex(i->fingerprint, TG_FINGERPRINT_LEN, hex);
	json_t *body = json_pack("{s:s, s:I, s:s, s:I, s:s, s:s}", "kiosk", i->kiosk, "kiosk_no", (json_int_t)k->number,
	        "certificate", hex, "until_ms", (json_int_t)i->until_ms, "key_in", i->key_in, "way", ways[i->way]);
	return tg_kiosk_note(
	        r, i->way == TG_KIOSK_BY_RENEWAL ? TG_RECORD_KIOSK_RENEWED : TG_RECORD_KIOSK_ENROLLED, body, now_ms);
}

static enum tg_status issued_locked(
        struct tg_registry *r, const struct tg_kiosk_issue *i, int64_t now_ms, uint32_t *number)
{
	struct tg_kiosk_row k;
	if (i->way == TG_KIOSK_BY_SANDBOX)
		TG_TRY(about(r, "INSERT INTO kiosks(kiosk, added_ms) VALUES(?1, ?3)", i->kiosk, NULL, now_ms));
	TG_TRY(tg_kiosk_find(r, i->kiosk, &k));
	if (k.disabled)
		return TG_KIOSK_UNKNOWN;
	if (k.number >= 1u << 20) /* record.h: the unique number has no room for more */
		return TG_LIMIT;
	if (i->way == TG_KIOSK_BY_SECRET)
		TG_TRY(use_secret(r, i, now_ms));
	TG_TRY(about(r, "UPDATE kiosk_certificates SET replaced = 1 WHERE kiosk = ?1 AND used = 0", i->kiosk, NULL, 0));
	TG_TRY(add_certificate(r, i, now_ms));
	*number = k.number;
	return note_issued(r, i, &k, now_ms);
}

enum tg_status tg_kiosk_issued(struct tg_registry *r, const struct tg_kiosk_issue *i, int64_t now_ms, uint32_t *number)
{
	TG_TRY(tg_registry_begin(r));
	return tg_registry_end(r, issued_locked(r, i, now_ms, number));
}

/* --- Shown */
struct holder {
	char kiosk[TG_KIOSK_MAX + 1], follows[TG_KIOSK_MAX + 1];
	bool used;
};

static enum tg_status find_holder(
        struct tg_registry *r, const uint8_t fingerprint[TG_FINGERPRINT_LEN], struct holder *h)
{
	sqlite3_stmt *q = tg_registry_stmt(r, "SELECT k.kiosk, k.follows, c.used FROM kiosk_certificates c"
	                                      " JOIN kiosks k ON k.kiosk = c.kiosk"
	                                      " WHERE c.fingerprint = ? AND c.replaced = 0 AND k.disabled = 0");
	if (!q)
		return trouble(r);
	sqlite3_bind_blob(q, 1, fingerprint, TG_FINGERPRINT_LEN, SQLITE_STATIC);
	int rc = sqlite3_step(q);
	if (rc == SQLITE_ROW &&
	        (!tg_copy(h->kiosk, sizeof(h->kiosk), (const char *)sqlite3_column_text(q, 0)) ||
	                !tg_copy(h->follows, sizeof(h->follows), (const char *)sqlite3_column_text(q, 1))))
		rc = SQLITE_CORRUPT;
	h->used = rc == SQLITE_ROW && sqlite3_column_int(q, 2) != 0;
	sqlite3_finalize(q);
	return rc == SQLITE_DONE ? TG_KIOSK_UNKNOWN : tg_registry_status(rc);
}

/* The kiosk whose place this one takes is not waited for any more. */
static enum tg_status end_before(struct tg_registry *r, const struct holder *h, int64_t now_ms)
{
	if (!*h->follows)
		return TG_OK;
	TG_TRY(about(r, "UPDATE kiosks SET disabled = 1 WHERE kiosk = ?1 AND disabled = 0", h->follows, NULL, 0));
	if (sqlite3_changes(tg_registry_db(r)) != 1)
		return TG_OK;
	json_t *body = json_pack("{s:s, s:s, s:s}", "kiosk", h->follows, "by", "", "follower", h->kiosk);
	return tg_kiosk_note(r, TG_RECORD_KIOSK_DISABLED, body, now_ms);
}

static enum tg_status shown_locked(
        struct tg_registry *r, const struct holder *h, const uint8_t fingerprint[TG_FINGERPRINT_LEN], int64_t now_ms)
{
	TG_TRY(about(r, "UPDATE kiosk_certificates SET replaced = 1 WHERE kiosk = ?1 AND fingerprint <> ?2", h->kiosk,
	        fingerprint, 0));
	TG_TRY(about(r, "UPDATE kiosk_certificates SET used = 1 WHERE kiosk = ?1 AND fingerprint = ?2", h->kiosk,
	        fingerprint, 0));
	return end_before(r, h, now_ms);
}

enum tg_status tg_kiosk_of_certificate(
        struct tg_registry *r, const uint8_t fingerprint[TG_FINGERPRINT_LEN], char kiosk[TG_KIOSK_MAX + 1])
{
	struct holder h = {0};
	TG_TRY(find_holder(r, fingerprint, &h));
	(void)tg_copy(kiosk, TG_KIOSK_MAX + 1, h.kiosk);
	return TG_OK;
}

enum tg_status tg_kiosk_by_certificate(struct tg_registry *r, const uint8_t fingerprint[TG_FINGERPRINT_LEN],
        char kiosk[TG_KIOSK_MAX + 1], int64_t now_ms)
{
	struct holder h = {0};
	TG_TRY(find_holder(r, fingerprint, &h));
	(void)tg_copy(kiosk, TG_KIOSK_MAX + 1, h.kiosk);
	if (h.used)
		return TG_OK;
	TG_TRY(tg_registry_begin(r));
	/* Once more: between the look and the lock it may have been replaced by another. */
	enum tg_status st = find_holder(r, fingerprint, &h);
	return tg_registry_end(r, st == TG_OK ? shown_locked(r, &h, fingerprint, now_ms) : st);
}
