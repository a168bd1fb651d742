/* Bodies that are gone: each was erased, and at the centre an entry of its own stream says so. A body that somebody
 * took out of the file is no erasure. Requirement C-8. */
#include "body.h"
#include "erase.h"

static void wrong(struct tg_erased_seen *seen, const char *kiosk, uint64_t seq)
{
	(void)tg_copy(seen->kiosk, sizeof(seen->kiosk), kiosk);
	seen->seq = seq;
}

/* The row of the table; TG_NOT_FOUND. `same` when it holds `kept` (NULL: whatever it holds). */
static enum tg_status look_up(
        struct tg_store *s, const char *kiosk, uint64_t seq, const char *kept, bool *same, struct tg_error *err)
{
	sqlite3_stmt *q;
	*same = false;
	TG_TRY(tg_db_stmt(s, TG_SQL_ERASED_GET, &q, err));
	tg_db_bind_text(q, 1, kiosk);
	tg_db_bind_int(q, 2, (int64_t)seq);
	TG_TRY(tg_db_row(s, q, err));
	const char *text = (const char *)sqlite3_column_text(q, 0);
	*same = text && (!kept || strcmp(text, kept) == 0);
	sqlite3_reset(q);
	return TG_OK;
}

static enum tg_status see_item(struct tg_store *s, const json_t *item, bool *same, struct tg_error *err)
{
	char *kept = json_dumps(json_object_get(item, "kept"), JSON_COMPACT);
	const json_int_t seq = json_integer_value(json_object_get(item, "seq"));
	*same = false;
	enum tg_status st = kept && seq > 0 ? look_up(s, tg_body_text(item, "kiosk"), (uint64_t)seq, kept, same, err)
	                                    : TG_NOT_FOUND;
	free(kept);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

static enum tg_status see_erasure(struct tg_store *s, const struct tg_entry *e, struct tg_erased_seen *seen,
        const char **what, struct tg_error *err)
{
	size_t i;
	const json_t *item;
	enum tg_status st = TG_OK;
	bool same = true;
	json_t *body = tg_body_parse(e->body, e->body_len);
	json_array_foreach(json_object_get(body, "entries"), i, item)
	{
		if (st == TG_OK && same)
			st = see_item(s, item, &same, err);
		if (st == TG_OK && !same && !*what) {
			*what = "what the centre's stream says of its erasure was changed";
			wrong(seen, tg_body_text(item, "kiosk"),
			        (uint64_t)json_integer_value(json_object_get(item, "seq")));
		}
		seen->named++;
	}
	json_decref(body);
	return st;
}

enum tg_status tg_erased_see(struct tg_store *s, const struct tg_entry *e, struct tg_erased_seen *seen,
        const char **what, struct tg_error *err)
{
	*what = NULL;
	if (s->version < TG_TREE_VERSION)
		return TG_OK;
	if (!e->body) {
		bool known = false;
		seen->gone++;
		enum tg_status st = look_up(s, e->kiosk, e->seq, NULL, &known, err);
		if (st == TG_NOT_FOUND) {
			*what = "its body is gone and nothing says that it was erased";
			wrong(seen, e->kiosk, e->seq);
		}
		return st == TG_NOT_FOUND ? TG_OK : st;
	}
	bool erasure = s->role == TG_STORE_CENTRE && strcmp(e->kiosk, TG_CENTRE_STREAM) == 0 &&
	               strcmp(e->kind, tg_record_kind_name(TG_RECORD_BODIES_ERASED)) == 0;
	return erasure ? see_erasure(s, e, seen, what, err) : TG_OK;
}

/* Where a body stands again that was erased: what is still to be wiped in a sealed month does not count. */
static enum tg_status find_again(struct tg_store *s, struct tg_erased_seen *seen, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_prepare(s,
	        "SELECT e.kiosk, e.seq FROM erased e JOIN journal j ON j.kiosk = e.kiosk AND j.seq = e.seq "
	        "WHERE j.body IS NOT NULL LIMIT 1",
	        &q, err));
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_OK && tg_db_text(q, 0, seen->kiosk, sizeof(seen->kiosk)))
		seen->seq = (uint64_t)sqlite3_column_int64(q, 1);
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

enum tg_status tg_erased_end(struct tg_store *s, struct tg_erased_seen *seen, const char **what, struct tg_error *err)
{
	int64_t rows = 0, standing = 0, todo = 0;
	*what = NULL;
	if (s->version < TG_TREE_VERSION)
		return TG_OK;
	TG_TRY(tg_db_number(s, "SELECT count(*) FROM erased", &rows, err));
	/* Entries that a damaged file lost are named still; a kiosk is going to send them again. */
	TG_TRY(tg_db_number(s,
	        "SELECT count(*) FROM erased e JOIN high_water h ON h.kiosk = e.kiosk WHERE e.seq <= h.seq", &standing,
	        err));
	TG_TRY(tg_db_number(s, "SELECT count(*) FROM erase_todo", &todo, err));
	wrong(seen, s->role == TG_STORE_CENTRE ? TG_CENTRE_STREAM : s->kiosk, 0);
	if ((uint64_t)standing > seen->gone + (uint64_t)todo) {
		*what = "a body stands that was erased";
		return find_again(s, seen, err);
	}
	if (s->role == TG_STORE_CENTRE && (uint64_t)rows != seen->named)
		*what = "the table of erased bodies is not what the centre's stream says";
	return TG_OK;
}
