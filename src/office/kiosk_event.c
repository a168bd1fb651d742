/* Events about kiosks: noted in ca.db in the transaction of the change, moved from there to the journal. */
#include "kiosk_event.h"

#include <sqlite3.h>

enum tg_status tg_kiosk_note(struct tg_registry *r, enum tg_record_kind kind, json_t *body, int64_t now_ms)
{
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_decref(body);
	if (!text)
		return TG_NO_MEMORY;
	sqlite3_stmt *q = tg_registry_stmt(r, "INSERT INTO kiosk_event(at_ms, kind, body) VALUES(?, ?, ?)");
	if (q) {
		sqlite3_bind_int64(q, 1, now_ms);
		sqlite3_bind_text(q, 2, tg_record_kind_name(kind), -1, SQLITE_STATIC);
		sqlite3_bind_text(q, 3, text, -1, SQLITE_TRANSIENT);
	}
	free(text);
	return tg_registry_run(r, q);
}

enum tg_status tg_kiosk_refused(
        struct tg_registry *r, const char *kiosk, enum tg_status why, unsigned tries, int64_t now_ms)
{
	json_t *body = json_pack("{s:s, s:i, s:I}", "kiosk", kiosk, "code", (int)why, "tries", (json_int_t)tries);
	return tg_kiosk_note(r, TG_RECORD_ENROLMENT_REFUSED, body, now_ms);
}

struct event {
	sqlite3_int64 id;
	int64_t at_ms;
	int kind;
	json_t *body;
};

/* TG_NOT_FOUND: there is none. */
static enum tg_status first_event(struct tg_registry *r, struct event *e)
{
	sqlite3_stmt *q = tg_registry_stmt(r, "SELECT id, at_ms, kind, body FROM kiosk_event ORDER BY id LIMIT 1");
	if (!q)
		return tg_registry_status(sqlite3_errcode(tg_registry_db(r)));
	int rc = sqlite3_step(q);
	if (rc == SQLITE_ROW) {
		const char *kind = (const char *)sqlite3_column_text(q, 2),
		           *body = (const char *)sqlite3_column_text(q, 3);
		e->id = sqlite3_column_int64(q, 0);
		e->at_ms = sqlite3_column_int64(q, 1);
		e->kind = kind ? tg_record_kind_find(kind) : -1;
		e->body = body ? json_loads(body, 0, NULL) : NULL;
	}
	sqlite3_finalize(q);
	if (rc == SQLITE_ROW)
		return e->body && e->kind >= 0 ? TG_OK : TG_STORE_DAMAGED;
	return rc == SQLITE_DONE ? TG_NOT_FOUND : tg_registry_status(rc);
}

static enum tg_status forget_event(struct tg_registry *r, const struct event *e)
{
	sqlite3_stmt *q = tg_registry_stmt(r, "DELETE FROM kiosk_event WHERE id = ?");
	if (q)
		sqlite3_bind_int64(q, 1, e->id);
	return tg_registry_run(r, q);
}

/* --- What a program before this one may have told, and was killed before it took the note away */
#define TAIL 256 /* others write in the same stream, but not so many while an event waits */

struct tail {
	const char *text;
	size_t len;
	const char *kind;
	bool found;
};

static enum tg_status compare(const struct tg_entry *e, void *ctx)
{
	struct tail *t = ctx;
	t->found = t->found || (e->body && e->body_len == t->len && strcmp(e->kind, t->kind) == 0 &&
	                               memcmp(e->body, t->text, t->len) == 0);
	return TG_OK;
}

static enum tg_status is_told(
        struct tg_store *s, enum tg_record_kind kind, const char *text, bool *told, struct tg_error *err)
{
	uint64_t seq = 0;
	uint8_t hash[TG_HASH_LEN];
	struct tail t = {.text = text, .len = strlen(text), .kind = tg_record_kind_name(kind)};
	TG_TRY(tg_store_head(s, TG_CENTRE_STREAM, &seq, hash, err));
	enum tg_status st =
	        seq == 0 ? TG_OK
	                 : tg_store_read(s, TG_CENTRE_STREAM, seq > TAIL ? seq - TAIL + 1 : 1, TAIL, compare, &t, err);
	*told = t.found;
	/* A month that cannot be read: rather told twice than never, and the centre goes on. */
	return st == TG_STORE_DAMAGED ? TG_OK : st;
}

static enum tg_status tell(struct tg_registry *r, struct tg_store *s, const struct event *e, struct tg_error *err)
{
	bool told = false;
	const enum tg_record_kind kind = (enum tg_record_kind)e->kind;
	char *text = json_object_set_new(e->body, "event", json_integer(e->id)) == 0 ? json_dumps(e->body, JSON_COMPACT)
	                                                                             : NULL;
	enum tg_status st = text ? TG_OK : tg_error_set(err, TG_NO_MEMORY, "event of a kiosk");
	if (st == TG_OK && tg_registry_first_look(r))
		st = is_told(s, kind, text, &told, err);
	if (st == TG_OK && !told)
		st = tg_store_append(s, kind, text, e->at_ms, NULL, err);
	free(text);
	return st;
}

/* Nobody else tells the same event while this transaction of ours is open. */
static enum tg_status tell_first(struct tg_registry *r, struct tg_store *s, struct tg_error *err)
{
	struct event e = {0};
	enum tg_status st = first_event(r, &e);
	if (st == TG_OK)
		st = tell(r, s, &e, err);
	if (st == TG_OK)
		st = forget_event(r, &e);
	json_decref(e.body);
	return st;
}

static enum tg_status any_event(struct tg_registry *r)
{
	struct event e = {0};
	enum tg_status st = first_event(r, &e);
	json_decref(e.body);
	return st;
}

enum tg_status tg_kiosk_tell(struct tg_registry *r, struct tg_store *s, struct tg_error *err)
{
	enum tg_status st;
	/* A look first: a centre where nothing happens writes nothing. */
	while ((st = any_event(r)) == TG_OK) {
		st = tg_registry_begin(r);
		if (st == TG_OK)
			st = tg_registry_end(r, tell_first(r, s, err));
		if (st != TG_OK && st != TG_NOT_FOUND)
			break;
	}
	if (st == TG_NOT_FOUND)
		return TG_OK;
	return err && err->status != TG_OK ? st : tg_error_set(err, st, "events of kiosks");
}
