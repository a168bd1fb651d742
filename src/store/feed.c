/* The feed: the centre's items, and what a kiosk was told (C-5). Cursors follow the centre's clock, so that a centre
 * restored from yesterday's copy does not give a number a second time (decision 0140). */
#include "body.h"
#include "db.h"

#define CURSOR_PER_MS 1024  /* items a millisecond before a cursor runs ahead of the clock */
#define KEPT_MS       60000 /* a kiosk writes down no more often that nothing is new */

/* Printable ASCII without quotes: these go into file names of nobody, but into logs and screens of technicians. */
static bool plain(const char *text, size_t max, bool may_be_empty)
{
	size_t n = strnlen(text, max + 1);
	if (n > max || (n == 0 && !may_be_empty))
		return false;
	for (size_t i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
			return false;
	return true;
}

static bool well_formed(const struct tg_feed_item *item)
{
	if (!plain(item->kind, sizeof(item->kind) - 1, false) || !plain(item->key, sizeof(item->key) - 1, false) ||
	        !plain(item->provider, sizeof(item->provider) - 1, true) ||
	        !plain(item->audience, sizeof(item->audience) - 1, true))
		return false;
	if (!item->body)
		return true;
	json_t *body = item->body_len <= TG_FEED_BODY_MAX ? tg_body_parse(item->body, item->body_len) : NULL;
	bool ok = body != NULL;
	json_decref(body);
	return ok;
}

struct state {
	uint64_t cursor;
	int64_t centre_ms;
};

static enum tg_status load_state(struct tg_store *s, struct state *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	*out = (struct state){0};
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_stmt(s, TG_SQL_FEED_SEQ, &q, err));
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_NOT_FOUND)
		return tg_error_set(err, TG_STORE_DAMAGED, "store: table feed_state is empty");
	TG_TRY(st);
	int64_t cursor = sqlite3_column_int64(q, 0);
	*out = (struct state){cursor > 0 ? (uint64_t)cursor : 0, sqlite3_column_int64(q, 1)};
	sqlite3_reset(q);
	return TG_OK;
}

static enum tg_status save_state(struct tg_store *s, const struct state *st, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_FEED_SEQ_SET, &q, err));
	tg_db_bind_int(q, 1, (int64_t)st->cursor);
	tg_db_bind_int(q, 2, st->centre_ms);
	return tg_db_run(s, q, err);
}

/* Replaces the older one of the same thing: (kind, key) is unique. */
static enum tg_status write_item(struct tg_store *s, const struct tg_feed_item *item, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_FEED_ADD, &q, err));
	tg_db_bind_int(q, 1, (int64_t)item->cursor);
	tg_db_bind_int(q, 2, item->time_ms);
	tg_db_bind_text(q, 3, item->kind);
	tg_db_bind_text(q, 4, item->key);
	tg_db_bind_text(q, 5, item->provider);
	tg_db_bind_text(q, 6, item->audience);
	if (item->body)
		(void)sqlite3_bind_text(q, 7, item->body, (int)item->body_len, SQLITE_STATIC);
	return tg_db_run(s, q, err);
}

enum tg_status tg_feed_put(struct tg_store *s, struct tg_feed_item *item, struct tg_error *err)
{
	struct state st;
	TG_TRY(load_state(s, &st, err));
	if (item->time_ms == 0)
		item->time_ms = st.centre_ms;
	int64_t by_clock =
	        item->time_ms > 0 && item->time_ms < INT64_MAX / CURSOR_PER_MS ? item->time_ms * CURSOR_PER_MS : 0;
	item->cursor = (uint64_t)by_clock > st.cursor ? (uint64_t)by_clock : st.cursor + 1;
	st.cursor = item->cursor;
	if (item->time_ms > st.centre_ms)
		st.centre_ms = item->time_ms;
	TG_TRY(write_item(s, item, err));
	return save_state(s, &st, err);
}

enum tg_status tg_store_feed_add(struct tg_store *s, struct tg_feed_item *item, struct tg_error *err)
{
	TG_BUG_IF(s->role != TG_STORE_CENTRE);
	if (!well_formed(item))
		return tg_error_set(err, TG_INVALID, "feed: no well-formed item");
	TG_TRY(tg_db_begin(s, err));
	return tg_db_end(s, tg_feed_put(s, item, err), err);
}

enum tg_status tg_feed_find(
        struct tg_store *s, const char *kind, const char *key, int64_t *time_ms, json_t **body, struct tg_error *err)
{
	sqlite3_stmt *q;
	*body = NULL;
	TG_TRY(tg_db_stmt(s, TG_SQL_FEED_FIND, &q, err));
	tg_db_bind_text(q, 1, kind);
	tg_db_bind_text(q, 2, key);
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_NOT_FOUND)
		return TG_OK;
	TG_TRY(st);
	*time_ms = sqlite3_column_int64(q, 0);
	const char *text = (const char *)sqlite3_column_text(q, 1);
	if (text)
		*body = tg_body_parse(text, (size_t)sqlite3_column_bytes(q, 1));
	bool unread = text && !*body;
	sqlite3_reset(q);
	return unread ? tg_error_set(err, TG_STORE_DAMAGED, "store: an item of the feed cannot be read") : TG_OK;
}

/* --- Reading */

#define COLUMNS "cursor, time_ms, kind, key, provider, audience, body"

static bool read_item(sqlite3_stmt *q, struct tg_feed_item *out)
{
	*out = (struct tg_feed_item){
	        .cursor = (uint64_t)sqlite3_column_int64(q, 0), .time_ms = sqlite3_column_int64(q, 1)};
	out->body = (const char *)sqlite3_column_text(q, 6);
	out->body_len = (size_t)sqlite3_column_bytes(q, 6);
	return tg_db_text(q, 2, out->kind, sizeof(out->kind)) && tg_db_text(q, 3, out->key, sizeof(out->key)) &&
	       tg_db_text(q, 4, out->provider, sizeof(out->provider)) &&
	       tg_db_text(q, 5, out->audience, sizeof(out->audience));
}

static enum tg_status walk(struct tg_store *s, sqlite3_stmt *q, tg_feed_fn *fn, void *ctx, struct tg_error *err)
{
	enum tg_status st;
	while ((st = tg_db_row(s, q, err)) == TG_OK) {
		struct tg_feed_item item;
		st = read_item(q, &item)
		             ? fn(&item, ctx)
		             : tg_error_set(err, TG_STORE_DAMAGED, "store: an item of the feed cannot be read");
		if (st != TG_OK)
			break;
	}
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

enum tg_status tg_store_feed_for(struct tg_store *s, const char *kiosk, uint64_t cursor, int max, tg_feed_fn *fn,
        void *ctx, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_prepare(s,
	        "SELECT " COLUMNS " FROM feed WHERE cursor > ?1 AND (?3 IS NULL OR audience IN ('', ?3)) "
	        "ORDER BY cursor LIMIT ?2",
	        &q, err));
	tg_db_bind_int(q, 1, cursor < INT64_MAX ? (int64_t)cursor : INT64_MAX);
	tg_db_bind_int(q, 2, max > 0 ? max : 0);
	if (kiosk)
		tg_db_bind_text(q, 3, kiosk);
	return walk(s, q, fn, ctx, err);
}

enum tg_status tg_store_feed_after(
        struct tg_store *s, uint64_t cursor, int max, tg_feed_fn *fn, void *ctx, struct tg_error *err)
{
	return tg_store_feed_for(s, NULL, cursor, max, fn, ctx, err);
}

enum tg_status tg_store_feed_held(
        struct tg_store *s, const char *kind, int max, tg_feed_fn *fn, void *ctx, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_prepare(s,
	        "SELECT " COLUMNS " FROM feed WHERE body IS NOT NULL AND (?1 IS NULL OR kind = ?1) "
	        "ORDER BY cursor DESC LIMIT ?2",
	        &q, err));
	if (kind)
		tg_db_bind_text(q, 1, kind);
	tg_db_bind_int(q, 2, max > 0 ? max : 0);
	return walk(s, q, fn, ctx, err);
}

enum tg_status tg_store_feed_cursor(struct tg_store *s, uint64_t *cursor, struct tg_error *err)
{
	struct state st;
	TG_TRY(load_state(s, &st, err));
	*cursor = st.cursor;
	return TG_OK;
}

/* --- A kiosk takes a page */

static enum tg_status check_page(const struct tg_feed_page *p, uint64_t from, struct tg_error *err)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct tg_feed_item *item = &p->items[i];
		if (item->cursor <= from || item->cursor > INT64_MAX)
			return tg_error_set(err, TG_CENTRE_GARBAGE, "feed: cursor %llu after %llu",
			        (unsigned long long)item->cursor, (unsigned long long)from);
		if (!well_formed(item) || item->audience[0])
			return tg_error_set(err, TG_CENTRE_GARBAGE, "feed: item %llu is malformed",
			        (unsigned long long)item->cursor);
		from = item->cursor;
	}
	if (p->up_to < from || p->up_to > INT64_MAX)
		return tg_error_set(err, TG_CENTRE_GARBAGE, "feed: a page up to %llu after %llu",
		        (unsigned long long)p->up_to, (unsigned long long)from);
	return TG_OK;
}

static enum tg_status drop_item(struct tg_store *s, const struct tg_feed_item *item, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_FEED_DROP, &q, err));
	tg_db_bind_text(q, 1, item->kind);
	tg_db_bind_text(q, 2, item->key);
	return tg_db_run(s, q, err);
}

static enum tg_status take_item(struct tg_store *s, const struct tg_feed_item *item, struct tg_error *err)
{
	if (!item->body)
		return drop_item(s, item, err);
	TG_TRY(write_item(s, item, err));
	return tg_app_told(s, item, err);
}

static enum tg_status take_locked(struct tg_store *s, const struct tg_feed_page *p, struct tg_error *err)
{
	struct state st;
	TG_TRY(load_state(s, &st, err));
	TG_TRY(check_page(p, st.cursor, err));
	for (size_t i = 0; i < p->n; i++)
		TG_TRY(take_item(s, &p->items[i], err));
	st.cursor = p->up_to;
	if (p->centre_ms > st.centre_ms)
		st.centre_ms = p->centre_ms;
	return save_state(s, &st, err);
}

/* A quiet kiosk's disk is left alone: that there is nothing new is written down once a minute. */
static enum tg_status nothing_new(struct tg_store *s, const struct tg_feed_page *p, bool *nothing, struct tg_error *err)
{
	struct state st;
	TG_TRY(load_state(s, &st, err));
	*nothing = p->n == 0 && p->up_to == st.cursor && p->centre_ms - st.centre_ms < KEPT_MS;
	return TG_OK;
}

enum tg_status tg_store_feed_take_page(struct tg_store *s, const struct tg_feed_page *page, struct tg_error *err)
{
	bool nothing = false;
	TG_BUG_IF(s->role != TG_STORE_KIOSK);
	TG_TRY(nothing_new(s, page, &nothing, err));
	if (nothing)
		return TG_OK;
	TG_TRY(tg_db_begin(s, err));
	return tg_db_end(s, take_locked(s, page, err), err);
}

enum tg_status tg_store_feed_take(struct tg_store *s, const struct tg_feed_item *items, size_t n, struct tg_error *err)
{
	if (n == 0)
		return TG_OK;
	const struct tg_feed_page p = {items, n, items[n - 1].cursor, items[n - 1].time_ms};
	return tg_store_feed_take_page(s, &p, err);
}
