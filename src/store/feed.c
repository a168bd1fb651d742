/* The feed: the centre's items, and what a kiosk was told (C-5). Cursors follow the centre's clock, so that a centre
 * restored from yesterday's copy does not give a number a second time (decision 0140). */
#include "body.h"
#include "db.h"

#define CURSOR_PER_MS 1024 /* items a millisecond before a cursor runs ahead of the clock */
#define AHEAD_MS      (24 * 3600 * INT64_C(1000))
#define KEPT_MS       60000 /* a kiosk writes down no more often that nothing is new */

static bool has_names(const struct tg_feed_item *item)
{
	return tg_feed_plain(item->kind, sizeof(item->kind) - 1, false) &&
	       tg_feed_plain(item->key, sizeof(item->key) - 1, false) &&
	       tg_feed_plain(item->provider, sizeof(item->provider) - 1, true) &&
	       tg_feed_plain(item->audience, sizeof(item->audience) - 1, true);
}

static bool well_formed(const struct tg_feed_item *item)
{
	if (!has_names(item))
		return false;
	if (!item->body)
		return true;
	json_t *body = item->body_len <= TG_FEED_BODY_MAX ? tg_body_parse(item->body, item->body_len) : NULL;
	bool ok = body != NULL;
	json_decref(body);
	return ok;
}

/* Centre only: what is for whom, and what may be said of it. */
static bool may_be_said(const struct tg_feed_item *item)
{
	if (!well_formed(item) || tg_feed_kind_is_for_one(item->kind) != (item->audience[0] != '\0'))
		return false;
	json_t *body = item->body ? tg_body_parse(item->body, item->body_len) : json_object();
	bool ok = body && tg_feed_body_fits(item->kind, body);
	json_decref(body);
	return ok;
}

struct state {
	uint64_t cursor;
	int64_t centre_ms;
	uint64_t floor; /* centre: up to here it is not known any more what is gone */
	uint64_t walk;  /* kiosk: reads anew (struct tg_feed_place) */
};

static uint64_t place(sqlite3_stmt *q, int column)
{
	int64_t v = sqlite3_column_int64(q, column);
	return v > 0 ? (uint64_t)v : 0;
}

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
	*out = (struct state){place(q, 0), sqlite3_column_int64(q, 1), place(q, 2), place(q, 3)};
	sqlite3_reset(q);
	return TG_OK;
}

static enum tg_status save_state(struct tg_store *s, const struct state *st, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_FEED_SEQ_SET, &q, err));
	tg_db_bind_int(q, 1, (int64_t)st->cursor);
	tg_db_bind_int(q, 2, st->centre_ms);
	tg_db_bind_int(q, 3, (int64_t)st->floor);
	tg_db_bind_int(q, 4, (int64_t)st->walk);
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
	/* Made of what a kiosk wrote: one bad name must not make a page that no kiosk can read. */
	if (!has_names(item))
		return TG_OK;
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
	if (!may_be_said(item))
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

enum tg_status tg_store_certificate_check(struct tg_store *s, const char *certificate, struct tg_error *err)
{
	json_t *word = NULL;
	int64_t ms = 0;
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_feed_find(s, "revoked", certificate, &ms, &word, err));
	bool revoked = word != NULL;
	json_decref(word);
	return revoked ? tg_error_set(err, TG_CERT_REVOKED, "revoked, says the feed") : TG_OK;
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
	/* Two ranges of one index: a year of other kiosks' applications is not looked at. */
	TG_TRY(tg_db_prepare(s,
	        "SELECT " COLUMNS " FROM feed WHERE audience = '' AND cursor > ?1 UNION ALL "
	        "SELECT " COLUMNS " FROM feed WHERE audience = ?3 AND ?3 <> '' AND cursor > ?1 ORDER BY 1 LIMIT ?2",
	        &q, err));
	tg_db_bind_int(q, 1, cursor < INT64_MAX ? (int64_t)cursor : INT64_MAX);
	tg_db_bind_int(q, 2, max > 0 ? max : 0);
	tg_db_bind_text(q, 3, kiosk);
	return walk(s, q, fn, ctx, err);
}

enum tg_status tg_store_feed_after(
        struct tg_store *s, uint64_t cursor, int max, tg_feed_fn *fn, void *ctx, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_prepare(s, "SELECT " COLUMNS " FROM feed WHERE cursor > ?1 ORDER BY cursor LIMIT ?2", &q, err));
	tg_db_bind_int(q, 1, cursor < INT64_MAX ? (int64_t)cursor : INT64_MAX);
	tg_db_bind_int(q, 2, max > 0 ? max : 0);
	return walk(s, q, fn, ctx, err);
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

enum tg_status tg_store_feed_place(struct tg_store *s, struct tg_feed_place *out, struct tg_error *err)
{
	struct state st;
	TG_TRY(load_state(s, &st, err));
	*out = (struct tg_feed_place){st.cursor, st.walk};
	return TG_OK;
}

enum tg_status tg_store_feed_again(struct tg_store *s, struct tg_error *err)
{
	struct state st;
	TG_BUG_IF(s->role != TG_STORE_KIOSK);
	TG_TRY(load_state(s, &st, err));
	st.cursor = st.walk = 0;
	return save_state(s, &st, err);
}

/* Told by a centre whose clock was wrong, and which is gone: ours will not get there for a long time. */
static bool is_lost(const struct state *st, uint64_t after, int64_t now_ms)
{
	uint64_t soon = (uint64_t)(now_ms > 0 ? now_ms + AHEAD_MS : AHEAD_MS) * CURSOR_PER_MS;
	return after > st->cursor && after > soon;
}

enum tg_status tg_store_feed_begin(
        struct tg_store *s, struct tg_feed_place *at, int64_t now_ms, uint64_t *head, struct tg_error *err)
{
	struct state st;
	TG_TRY(load_state(s, &st, err));
	*head = st.cursor;
	if ((at->after < st.floor && at->walk < st.floor) || is_lost(&st, at->after, now_ms))
		*at = (struct tg_feed_place){0, st.cursor > 0 ? st.cursor : 1};
	return TG_OK;
}

/* --- What is gone is told for a while, then forgotten */

static enum tg_status oldest_gone(
        struct tg_store *s, int64_t before_ms, int max, struct tg_buf *cursors, struct tg_error *err)
{
	sqlite3_stmt *q;
	enum tg_status st;
	TG_TRY(tg_db_stmt(s, TG_SQL_FEED_GONE, &q, err));
	tg_db_bind_int(q, 1, before_ms);
	tg_db_bind_int(q, 2, max);
	while ((st = tg_db_row(s, q, err)) == TG_OK) {
		uint64_t cursor = place(q, 0);
		tg_buf_add(cursors, &cursor, sizeof(cursor));
	}
	return st == TG_NOT_FOUND ? tg_buf_status(cursors) : st;
}

static enum tg_status forget(struct tg_store *s, const struct tg_buf *cursors, struct tg_error *err)
{
	struct state st;
	sqlite3_stmt *q;
	TG_TRY(load_state(s, &st, err));
	for (size_t at = 0; at + sizeof(uint64_t) <= cursors->len; at += sizeof(uint64_t)) {
		uint64_t cursor;
		memcpy(&cursor, cursors->data + at, sizeof(cursor));
		TG_TRY(tg_db_stmt(s, TG_SQL_FEED_TIDY, &q, err));
		tg_db_bind_int(q, 1, (int64_t)cursor);
		TG_TRY(tg_db_run(s, q, err));
		if (cursor > st.floor)
			st.floor = cursor;
	}
	return save_state(s, &st, err);
}

enum tg_status tg_store_feed_tidy(struct tg_store *s, int64_t before_ms, int max, int *n, struct tg_error *err)
{
	struct tg_buf cursors = TG_BUF_INIT;
	TG_BUG_IF(s->role != TG_STORE_CENTRE);
	*n = 0;
	enum tg_status st = oldest_gone(s, before_ms, max, &cursors, err);
	if (st == TG_OK && cursors.len > 0) {
		st = tg_db_begin(s, err);
		if (st == TG_OK)
			st = tg_db_end(s, forget(s, &cursors, err), err);
	}
	if (st == TG_OK)
		*n = (int)(cursors.len / sizeof(uint64_t));
	tg_buf_finish(&cursors);
	return st;
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
	TG_TRY(check_page(p, p->anew ? 0 : st.cursor, err));
	if (p->anew) {
		/* What is held stays in use until all that there is has been read. */
		TG_TRY(tg_db_exec(s, "UPDATE feed SET seen = 0", err));
		st.walk = p->walk;
	}
	for (size_t i = 0; i < p->n; i++)
		TG_TRY(take_item(s, &p->items[i], err));
	st.cursor = p->up_to;
	if (st.walk > 0 && !p->more) {
		TG_TRY(tg_db_exec(s, "DELETE FROM feed WHERE seen = 0", err));
		st.walk = 0;
	}
	if (p->centre_ms > st.centre_ms)
		st.centre_ms = p->centre_ms;
	return save_state(s, &st, err);
}

/* A quiet kiosk's disk is left alone: that there is nothing new is written down once a minute. */
static enum tg_status nothing_new(struct tg_store *s, const struct tg_feed_page *p, bool *nothing, struct tg_error *err)
{
	struct state st;
	TG_TRY(load_state(s, &st, err));
	*nothing =
	        !p->anew && st.walk == 0 && p->n == 0 && p->up_to == st.cursor && p->centre_ms - st.centre_ms < KEPT_MS;
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
	const struct tg_feed_page p = {
	        .items = items, .n = n, .up_to = items[n - 1].cursor, .centre_ms = items[n - 1].time_ms};
	return tg_store_feed_take_page(s, &p, err);
}
