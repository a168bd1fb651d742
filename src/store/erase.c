/* Bodies of entries go, chains stay (C-8). What goes is the body and its salt, for without the salt nobody can try what
 * a short body may have been; what is not personal in it is kept (erase_kept.c). At the centre each erasure is an entry
 * of its own stream, in the same transaction. Rows of sealed months, of a journal kept outside and the write-ahead log
 * follow after the commit, from a table that says what is still to be done: a kill in between is made up for by the
 * next round (src/decisions/0231). */
#include "body.h"
#include "erase.h"

#define ENTRY_BYTES 49152 /* of a body of TG_BODY_MAX */
#define KEPT_BYTES  16384 /* no honest one has so much: then only the number is kept */

/* --- What was erased, as entries */

static enum tg_status write_entry(struct tg_erasure *a, struct tg_error *err)
{
	if (json_array_size(a->entries) == 0)
		return TG_OK;
	json_t *o = json_pack("{s:s, s:s, s:O}", "why", a->why, "by", a->by, "entries", a->entries);
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	enum tg_status st = text ? tg_append_locked(a->s, TG_RECORD_BODIES_ERASED, text, a->now_ms, err) : TG_NO_MEMORY;
	free(text);
	(void)json_array_clear(a->entries);
	a->bytes = 0;
	return st;
}

enum tg_status tg_erasure_name(
        struct tg_erasure *a, const char *kiosk, uint64_t seq, json_t *kept, struct tg_error *err)
{
	if (!a->entries)
		a->entries = json_array();
	json_t *item = json_pack("{s:s, s:I, s:o}", "kiosk", kiosk, "seq", (json_int_t)seq, "kept", kept);
	char *text = item ? json_dumps(item, JSON_COMPACT) : NULL;
	size_t n = text ? strlen(text) + 1 : 0;
	free(text);
	enum tg_status st = n > 0 && a->entries ? TG_OK : tg_error_set(err, TG_NO_MEMORY, "erasure");
	if (st == TG_OK && a->bytes + n > ENTRY_BYTES)
		st = write_entry(a, err);
	a->bytes += n;
	if (st == TG_OK && json_array_append(a->entries, item) != 0)
		st = tg_error_set(err, TG_NO_MEMORY, "erasure");
	json_decref(item);
	return st;
}

enum tg_status tg_erasure_end(struct tg_erasure *a, enum tg_status st, struct tg_error *err)
{
	if (st == TG_OK)
		st = write_entry(a, err);
	json_decref(a->entries);
	a->entries = NULL;
	return st;
}

/* --- One body */

static json_t *kept_of(const struct tg_entry *e)
{
	json_t *body = tg_body_parse(e->body, e->body_len);
	json_t *kept = tg_kept_of(tg_record_kind_find(e->kind), body);
	char *text = kept ? json_dumps(kept, JSON_COMPACT) : NULL;
	if (text && strlen(text) > KEPT_BYTES) {
		json_decref(kept);
		kept = json_pack("{s:s}", "number", tg_body_text(body, "number"));
	}
	free(text);
	json_decref(body);
	return kept;
}

static enum tg_status run_on_row(struct tg_store *s, enum tg_sql id, int64_t row, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, id, &q, err));
	tg_db_bind_int(q, 1, row);
	return tg_db_run(s, q, err);
}

static enum tg_status add_todo(struct tg_store *s, const struct tg_entry *e, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_ERASE_TODO, &q, err));
	tg_db_bind_text(q, 1, e->kiosk);
	tg_db_bind_int(q, 2, (int64_t)e->seq);
	return tg_db_run(s, q, err);
}

static enum tg_status is_linked(struct tg_store *s, int64_t id, bool *is, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_LINK_GET, &q, err));
	tg_db_bind_int(q, 1, id);
	enum tg_status st = tg_db_row(s, q, err);
	sqlite3_reset(q);
	*is = st == TG_OK;
	return st == TG_NOT_FOUND ? TG_OK : st;
}

/* The other tables: one body less of its application, and no list that stood in it. */
static enum tg_status follow(
        struct tg_store *s, int64_t id, const struct tg_entry *e, const char *number, struct tg_error *err)
{
	sqlite3_stmt *q;
	bool linked = false;
	TG_TRY(is_linked(s, id, &linked, err));
	if (!linked)
		return TG_OK;
	TG_TRY(tg_db_stmt(s, TG_SQL_APP_HELD, &q, err));
	tg_db_bind_text(q, 1, number);
	TG_TRY(tg_db_run(s, q, err));
	bool begins = strcmp(e->kind, tg_record_kind_name(TG_RECORD_APPLICATION_SUBMITTED)) == 0;
	return begins ? tg_company_forget(s, number, err) : TG_OK;
}

enum tg_status tg_erase_entry(
        struct tg_store *s, int64_t id, const struct tg_entry *e, struct tg_erasure *a, struct tg_error *err)
{
	json_t *kept = kept_of(e);
	if (!kept)
		return tg_error_set(err, TG_NO_MEMORY, "erasure");
	enum tg_status st = tg_kept_add(s, e->kiosk, e->seq, kept, err);
	if (st == TG_OK)
		st = follow(s, id, e, tg_body_text(kept, "number"), err);
	if (st == TG_OK)
		st = add_todo(s, e, err);
	if (st == TG_OK)
		st = run_on_row(s, TG_SQL_ERASE_BODY, id, err);
	if (st == TG_OK && s->role == TG_STORE_CENTRE && strcmp(e->kiosk, TG_CENTRE_STREAM) == 0)
		st = run_on_row(s, TG_SQL_ERASE_OWN, id, err);
	if (st != TG_OK || !a || s->role != TG_STORE_CENTRE) {
		json_decref(kept);
		return st;
	}
	return tg_erasure_name(a, e->kiosk, e->seq, kept, err);
}

/* --- Whether it may */

/* A change of a list of companies is a part of that list, which began with another application. */
struct change {
	struct tg_store *s;
	bool lives;
	struct tg_error *err;
};

static enum tg_status see_change(const struct tg_entry *e, void *ctx)
{
	struct change *c = ctx;
	if (!e->body || strcmp(e->kind, tg_record_kind_name(TG_RECORD_COMPANIES_CHANGED)) != 0)
		return TG_OK;
	bool there = false;
	json_t *body = tg_body_parse(e->body, e->body_len);
	enum tg_status st = tg_company_has_list(c->s, tg_body_text(body, "certificate"), &there, c->err);
	c->lives = c->lives || there;
	json_decref(body);
	return st;
}

enum tg_status tg_erase_may(struct tg_store *s, const struct tg_app_full *app, struct tg_error *err)
{
	const struct tg_app_row *r = &app->row;
	struct change change = {.s = s, .err = err};
	bool owed = false;
	if (r->finished_ms == 0 || !tg_app_state_is_final(r->state))
		return tg_error_set(err, TG_ERASE_OPEN, "%s: %s", r->number, tg_app_state_name(r->state));
	/* Of one that was abandoned nobody comes to have them removed; what says which they are is not personal. */
	if (r->keys_left && r->code != TG_ABANDONED)
		return tg_error_set(err, TG_ERASE_OPEN, "%s: its keys still lie on the card", r->number);
	TG_TRY(tg_work_owed(s, r->number, &owed, err));
	if (owed)
		return tg_error_set(err, TG_ERASE_OPEN, "%s: the centre still has to act on it", r->number);
	if (strcmp(r->operation, "companies") == 0)
		TG_TRY(tg_rows_of_list(s, TG_SQL_LINK_GET, app->last_id, see_change, &change, err));
	return change.lives ? tg_error_set(err, TG_ERASE_OPEN, "%s: it is a part of a list that is in use", r->number)
	                    : TG_OK;
}

/* --- By order: the whole application */

/* The kiosks that hold copies drop them at once: each is told which of its own entries these are. */
static enum tg_status tell_kiosk(
        struct tg_store *s, const char *kiosk, const json_t *seqs, int64_t now_ms, struct tg_error *err)
{
	json_t *o = json_pack("{s:O}", "seqs", seqs);
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	if (!text)
		return tg_error_set(err, TG_NO_MEMORY, "feed");
	struct tg_feed_item item = {.kind = "erase", .time_ms = now_ms, .body = text, .body_len = strlen(text)};
	(void)snprintf(
	        item.key, sizeof(item.key), "%s.%lld", kiosk, (long long)json_integer_value(json_array_get(seqs, 0)));
	(void)tg_copy(item.audience, sizeof(item.audience), kiosk);
	enum tg_status st = tg_feed_put(s, &item, err);
	free(text);
	return st;
}

struct ordered {
	struct tg_store *s;
	struct tg_erasure a;
	json_t *told; /* seqs by kiosk */
	uint64_t bodies;
};

static enum tg_status note_told(struct ordered *o, const struct tg_entry *e, struct tg_error *err)
{
	if (strcmp(e->kiosk, TG_CENTRE_STREAM) == 0)
		return TG_OK;
	json_t *seqs = json_object_get(o->told, e->kiosk);
	if (!seqs && json_object_set_new(o->told, e->kiosk, json_array()) == 0)
		seqs = json_object_get(o->told, e->kiosk);
	return json_array_append_new(seqs, json_integer((json_int_t)e->seq)) == 0
	               ? TG_OK
	               : tg_error_set(err, TG_NO_MEMORY, "erasure");
}

static enum tg_status erase_place(struct ordered *o, int64_t id, struct tg_error *err)
{
	struct tg_rows rows;
	struct tg_row_place place;
	struct tg_entry e;
	enum tg_status st = tg_rows_open(&rows, o->s, id, id, err);
	if (st == TG_OK)
		st = tg_rows_next(&rows, &e, &place, err);
	bool personal = st == TG_OK && tg_record_kind_personal((enum tg_record_kind)tg_record_kind_find(e.kind));
	if (personal)
		st = note_told(o, &e, err); /* those too that were erased before: a kiosk may have been away */
	if (personal && st == TG_OK && e.body) {
		st = tg_erase_entry(o->s, id, &e, &o->a, err);
		o->bodies++;
	}
	tg_rows_close(&rows);
	return st;
}

static enum tg_status tell_all(struct ordered *o, struct tg_error *err)
{
	const char *kiosk;
	json_t *seqs;
	enum tg_status st = TG_OK;
	json_object_foreach(o->told, kiosk, seqs)
	{
		if (st == TG_OK)
			st = tell_kiosk(o->s, kiosk, seqs, o->a.now_ms, err);
	}
	return st;
}

static enum tg_status erase_locked(struct ordered *o, const char *number, struct tg_error *err)
{
	struct tg_app_full app;
	struct tg_buf ids = TG_BUF_INIT;
	int64_t id;
	TG_TRY(tg_app_load(o->s, number, &app, err));
	TG_TRY(tg_erase_may(o->s, &app, err));
	enum tg_status st = tg_rows_linked(o->s, TG_SQL_LINK_GET, app.last_id, &ids, err);
	for (size_t i = ids.len / sizeof(id); st == TG_OK && i > 0; i--) {
		memcpy(&id, ids.data + (i - 1) * sizeof(id), sizeof(id));
		st = erase_place(o, id, err);
	}
	tg_buf_finish(&ids);
	return st == TG_OK ? tell_all(o, err) : st;
}

enum tg_status tg_store_erase(struct tg_store *s, const char *number, const char *order, int64_t now_ms,
        uint64_t *bodies, struct tg_error *err)
{
	struct ordered o = {.s = s, .a = {.s = s, .why = "order", .by = order, .now_ms = now_ms}};
	*bodies = 0;
	if (s->role != TG_STORE_CENTRE || !*order || strlen(order) > TG_ERASE_ORDER_MAX)
		return tg_error_set(err, TG_INVALID, "an erasure needs the centre and an order");
	o.told = json_object();
	enum tg_status st = tg_db_begin(s, err);
	if (st == TG_OK) {
		st = tg_erasure_end(&o.a, erase_locked(&o, number, err), err);
		st = tg_db_end(s, st, err);
	}
	json_decref(o.told);
	*bodies = st == TG_OK ? o.bodies : 0;
	return st;
}
