/* What is left of erased bodies: their members that are not personal, so that states, sums and reports stay as they
 * were, also when the tables are made again. At the centre the entries bodies.erased hold it and the table follows
 * them; at a kiosk, which writes no such entries, the table alone. Requirement C-8; src/decisions/0231. */
#include "body.h"
#include "erase.h"

enum tg_status tg_kept_fill(struct tg_store *s, struct tg_entry *e, struct tg_buf *room, struct tg_error *err)
{
	sqlite3_stmt *q;
	if (e->body || s->version < TG_TREE_VERSION)
		return TG_OK;
	TG_TRY(tg_db_stmt(s, TG_SQL_ERASED_GET, &q, err));
	tg_db_bind_text(q, 1, e->kiosk);
	tg_db_bind_int(q, 2, (int64_t)e->seq);
	enum tg_status st = tg_db_row(s, q, err);
	if (st != TG_OK)
		return st == TG_NOT_FOUND ? TG_OK : st;
	const char *kept = (const char *)sqlite3_column_text(q, 0);
	tg_buf_reset(room);
	tg_buf_add(room, kept ? kept : "", kept ? (size_t)sqlite3_column_bytes(q, 0) : 0);
	sqlite3_reset(q);
	e->kept_len = room->len;
	e->kept = tg_buf_str(room);
	return tg_buf_status(room);
}

/* Each word of the list that the body has. */
static bool take_members(json_t *to, const json_t *body, const char *words)
{
	char name[32];
	while (*words) {
		size_t n = strcspn(words, " ");
		if (n >= sizeof(name))
			return false;
		memcpy(name, words, n);
		name[n] = '\0';
		json_t *value = json_object_get(body, name);
		if (value && json_object_set(to, name, value) != 0)
			return false;
		words += n + strspn(words + n, " ");
	}
	return true;
}

json_t *tg_kept_of(int kind, const json_t *body)
{
	json_t *kept = json_object();
	bool ok = kept && take_members(kept, body, tg_record_kind_kept(kind));
	/* That it was signed moved its application; what was signed is gone. */
	if (ok && *tg_body_text(body, "signed"))
		ok = json_object_set_new(kept, "signed", json_string("-")) == 0;
	if (ok)
		return kept;
	json_decref(kept);
	return NULL;
}

json_t *tg_kept_or_body(const struct tg_entry *e)
{
	if (e->body)
		return tg_body_parse(e->body, e->body_len);
	return e->kept ? tg_body_parse(e->kept, e->kept_len) : NULL;
}

enum tg_status tg_kept_add(
        struct tg_store *s, const char *kiosk, uint64_t seq, const json_t *kept, struct tg_error *err)
{
	sqlite3_stmt *q;
	char *text = json_dumps(kept, JSON_COMPACT);
	if (!text)
		return tg_error_set(err, TG_NO_MEMORY, "erasure");
	enum tg_status st = tg_db_stmt(s, TG_SQL_ERASED_ADD, &q, err);
	if (st == TG_OK) {
		tg_db_bind_text(q, 1, kiosk);
		tg_db_bind_int(q, 2, (int64_t)seq);
		tg_db_bind_text(q, 3, text);
		st = tg_db_run(s, q, err);
	}
	free(text);
	return st;
}

static enum tg_status collect_entry(struct tg_store *s, const struct tg_entry *e, struct tg_error *err)
{
	size_t i;
	const json_t *item;
	enum tg_status st = TG_OK;
	json_t *body = e->body ? tg_body_parse(e->body, e->body_len) : NULL;
	json_array_foreach(json_object_get(body, "entries"), i, item)
	{
		const char *kiosk = tg_body_text(item, "kiosk");
		const json_int_t seq = json_integer_value(json_object_get(item, "seq"));
		const json_t *kept = json_object_get(item, "kept");
		if (tg_kiosk_id_valid(kiosk) && seq > 0 && json_is_object(kept) && st == TG_OK)
			st = tg_kept_add(s, kiosk, (uint64_t)seq, kept, err);
	}
	json_decref(body);
	return st;
}

enum tg_status tg_kept_collect(struct tg_store *s, struct tg_error *err)
{
	struct tg_rows rows;
	struct tg_row_place place;
	struct tg_entry e;
	const char *kind = tg_record_kind_name(TG_RECORD_BODIES_ERASED);
	if (s->role != TG_STORE_CENTRE)
		return TG_OK;
	enum tg_status st = tg_rows_open(&rows, s, 1, INT64_MAX, err);
	while (st == TG_OK && (st = tg_rows_next(&rows, &e, &place, err)) == TG_OK)
		if (strcmp(e.kind, kind) == 0 && strcmp(e.kiosk, TG_CENTRE_STREAM) == 0)
			st = collect_entry(s, &e, err);
	tg_rows_close(&rows);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

/* --- Another centre erased it, which wrote the same journal outside before this one took over: this file follows. */

static enum tg_status follow_item(struct tg_store *s, const char *kiosk, json_int_t seq, struct tg_error *err)
{
	struct tg_stream stream;
	struct tg_rows rows;
	struct tg_row_place place;
	struct tg_entry e;
	int64_t id = 0;
	TG_TRY(tg_stream_load(s, kiosk, &stream, err));
	if (seq <= 0 || (uint64_t)seq > stream.seq)
		return TG_OK;
	TG_TRY(tg_stream_find(s, &stream, (uint64_t)seq, &id, NULL, err));
	enum tg_status st = tg_rows_open(&rows, s, id, id, err);
	if (st == TG_OK)
		st = tg_rows_next(&rows, &e, &place, err);
	if (st == TG_OK && e.body)
		st = tg_erase_entry(s, id, &e, NULL, err);
	tg_rows_close(&rows);
	return st;
}

enum tg_status tg_kept_follow(struct tg_store *s, const struct tg_entry *e, const json_t *body, struct tg_error *err)
{
	size_t i;
	const json_t *item;
	if (!s->outer.is_there || s->silent || strcmp(e->kiosk, TG_CENTRE_STREAM) != 0)
		return TG_OK;
	TG_TRY(collect_entry(s, e, err));
	json_array_foreach(json_object_get(body, "entries"), i, item) TG_TRY(
	        follow_item(s, tg_body_text(item, "kiosk"), json_integer_value(json_object_get(item, "seq")), err));
	return TG_OK;
}
