/* What the centre tells all its kiosks stands as entries in its own stream; the feed is what follows from them. So a
 * centre made again from its journal tells the same. Requirement C-5; src/decisions/0252. */
#include "body.h"
#include "db.h"

#include <stdlib.h>

/* An entry without `needs` takes back what was told. */
struct telling {
	int entry;
	const char *kind, *key, *needs;
};
static const struct telling tellings[] = {
        {TG_RECORD_NEWS_TOLD, "news", "id", "title"},
        {TG_RECORD_SOFTWARE_TOLD, "software", "version", "text"},
        {TG_RECORD_REGISTER_IMPORTED, "register", "register", "ms"},
        {TG_RECORD_CERTIFICATE_REVOKED, "revoked", "certificate", "serial"},
};

static const struct telling *find(int entry)
{
	for (size_t i = 0; i < sizeof(tellings) / sizeof(tellings[0]); i++)
		if (tellings[i].entry == entry)
			return &tellings[i];
	return NULL;
}

/* The members of an entry that are those of the item. NULL: no memory. */
static json_t *item_body(const struct telling *t, const json_t *entry)
{
	json_t *body = json_copy((json_t *)(uintptr_t)entry);
	if (body)
		tg_feed_body_trim(t->kind, body);
	return body;
}

static bool make_item(const struct telling *t, const json_t *entry, int64_t now_ms, struct tg_feed_item *out)
{
	*out = (struct tg_feed_item){.time_ms = now_ms};
	return tg_copy(out->kind, sizeof(out->kind), t->kind) &&
	       tg_copy(out->key, sizeof(out->key), tg_body_text(entry, t->key)) &&
	       tg_copy(out->provider, sizeof(out->provider), tg_body_text(entry, "provider")) &&
	       tg_feed_plain(out->key, sizeof(out->key) - 1, false) &&
	       tg_feed_plain(out->provider, sizeof(out->provider) - 1, true);
}

/* Said already, or gone and never said. */
static enum tg_status is_said(struct tg_store *s, const struct tg_feed_item *item, bool *said, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_FEED_FIND, &q, err));
	tg_db_bind_text(q, 1, item->kind);
	tg_db_bind_text(q, 2, item->key);
	enum tg_status st = tg_db_row(s, q, err);
	*said = !item->body;
	if (st == TG_NOT_FOUND)
		return TG_OK;
	TG_TRY(st);
	const char *text = (const char *)sqlite3_column_text(q, 1);
	const char *provider = (const char *)sqlite3_column_text(q, 2);
	json_t *old = text ? tg_body_parse(text, (size_t)sqlite3_column_bytes(q, 1)) : NULL;
	json_t *new = item->body ? tg_body_parse(item->body, item->body_len) : NULL;
	*said = old && new ? json_equal(old, new) && provider &&strcmp(provider, item->provider) == 0 : !old && !new;
	json_decref(old);
	json_decref(new);
	sqlite3_reset(q);
	return TG_OK;
}

static enum tg_status say(struct tg_store *s, struct tg_feed_item *item, struct tg_error *err)
{
	bool said = false;
	TG_TRY(is_said(s, item, &said, err));
	return said ? TG_OK : tg_feed_put(s, item, err);
}

/* --- A rebuild */

enum tg_status tg_told_begin(struct tg_store *s, struct tg_error *err)
{
	return tg_db_exec(s,
	        "CREATE TEMP TABLE IF NOT EXISTS told (kind TEXT, key TEXT, provider TEXT NOT NULL, "
	        "time_ms INTEGER NOT NULL, body TEXT, PRIMARY KEY (kind, key)) STRICT; DELETE FROM temp.told",
	        err);
}

static enum tg_status collect(struct tg_store *s, const struct tg_feed_item *item, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_prepare(s,
	        "INSERT OR REPLACE INTO temp.told (kind, key, provider, time_ms, body) VALUES (?1, ?2, ?3, ?4, ?5)", &q,
	        err));
	tg_db_bind_text(q, 1, item->kind);
	tg_db_bind_text(q, 2, item->key);
	tg_db_bind_text(q, 3, item->provider);
	tg_db_bind_int(q, 4, item->time_ms);
	if (item->body)
		(void)sqlite3_bind_text(q, 5, item->body, (int)item->body_len, SQLITE_STATIC);
	enum tg_status st = tg_db_run(s, q, err);
	sqlite3_finalize(q);
	return st;
}

/* Of the collected, and of what the feed says without an entry for it: that is gone. `seen` is the last one's place. */
#define COLLECTED                                                                                                      \
	"SELECT kind, key, provider, body FROM temp.told WHERE (kind, key) > (?1, ?2) UNION ALL "                      \
	"SELECT kind, key, provider, NULL FROM feed WHERE (kind, key) > (?1, ?2) AND body IS NOT NULL AND "            \
	"kind IN ('news', 'software', 'register', 'revoked') AND "                                                     \
	"NOT EXISTS (SELECT 1 FROM temp.told t WHERE t.kind = feed.kind AND t.key = feed.key) "                        \
	"ORDER BY 1, 2 LIMIT 1"

static enum tg_status say_next(struct tg_store *s, sqlite3_stmt *q, struct tg_feed_item *item, struct tg_error *err)
{
	sqlite3_reset(q);
	tg_db_bind_text(q, 1, item->kind);
	tg_db_bind_text(q, 2, item->key);
	TG_TRY(tg_db_row(s, q, err));
	struct tg_feed_item next = {0};
	if (!tg_db_text(q, 0, next.kind, sizeof(next.kind)) || !tg_db_text(q, 1, next.key, sizeof(next.key)) ||
	        !tg_db_text(q, 2, next.provider, sizeof(next.provider)))
		return tg_error_set(err, TG_STORE_DAMAGED, "store: an item of the feed cannot be read");
	next.body = (const char *)sqlite3_column_text(q, 3);
	next.body_len = (size_t)sqlite3_column_bytes(q, 3);
	enum tg_status st = say(s, &next, err);
	sqlite3_reset(q);
	next.body = NULL;
	*item = next;
	return st;
}

enum tg_status tg_told_say_all(struct tg_store *s, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	struct tg_feed_item item = {0};
	enum tg_status st;
	TG_TRY(tg_db_prepare(s, COLLECTED, &q, err));
	while ((st = say_next(s, q, &item, err)) == TG_OK) {
	}
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? tg_db_exec(s, "DELETE FROM temp.told", err) : st;
}

/* --- One entry */

enum tg_status tg_told_project(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err)
{
	struct tg_feed_item item;
	const struct telling *t = find(seen->kind);
	/* No kiosk speaks for the centre. */
	if (!t || s->role != TG_STORE_CENTRE || strcmp(seen->e->kiosk, TG_CENTRE_STREAM) != 0 ||
	        !make_item(t, seen->body, seen->time_ms, &item))
		return TG_OK;
	json_t *body = json_object_get(seen->body, t->needs) ? item_body(t, seen->body) : NULL;
	char *text = body ? json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	item.body = text;
	item.body_len = text ? strlen(text) : 0;
	json_decref(body);
	enum tg_status st = s->silent ? collect(s, &item, err) : say(s, &item, err);
	free(text);
	return st;
}

/* --- Telling */

static bool may_be_told(const struct telling *t, const json_t *entry)
{
	struct tg_feed_item item;
	json_t *body = json_deep_copy(entry);
	bool ok = body && make_item(t, entry, 0, &item);
	(void)json_object_del(body, t->key);
	(void)json_object_del(body, "provider");
	ok = ok && tg_feed_body_fits(t->kind, body) && (json_object_get(body, t->needs) || json_object_size(body) == 0);
	json_decref(body);
	return ok;
}

enum tg_status tg_store_tell(
        struct tg_store *s, enum tg_record_kind kind, const char *json, int64_t now_ms, struct tg_error *err)
{
	const struct telling *t = find((int)kind);
	TG_BUG_IF(s->role != TG_STORE_CENTRE || !t);
	size_t n = strnlen(json, TG_FEED_BODY_MAX + 1);
	json_t *body = n <= TG_FEED_BODY_MAX ? tg_body_parse(json, n) : NULL;
	bool ok = body && may_be_told(t, body);
	json_decref(body);
	return ok ? tg_store_append(s, kind, json, now_ms, NULL, err)
	          : tg_error_set(err, TG_INVALID, "feed: nothing that may be told");
}

/* --- News of older programs: rows of the feed without an entry */

static enum tg_status migrate_one(struct tg_store *s, const struct tg_feed_item *item, struct tg_error *err)
{
	json_t *body = tg_body_parse(item->body, item->body_len);
	if (!body)
		return TG_OK; /* nobody could read it before either */
	tg_feed_body_trim(item->kind, body);
	bool ok = json_object_set_new(body, "id", json_string(item->key)) == 0 &&
	          json_object_set_new(body, "provider", json_string(item->provider)) == 0;
	char *text = ok ? json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	json_decref(body);
	if (!text)
		return tg_error_set(err, TG_NO_MEMORY, "feed");
	enum tg_status st = tg_append_locked(s, TG_RECORD_NEWS_TOLD, text, item->time_ms, err);
	free(text);
	return st;
}

struct old_news {
	struct tg_store *s;
	struct tg_error *err;
};

static enum tg_status each_old(const struct tg_feed_item *item, void *ctx)
{
	struct old_news *o = ctx;
	return migrate_one(o->s, item, o->err);
}

enum tg_status tg_told_migrate(struct tg_store *s, struct tg_error *err)
{
	struct old_news o = {s, err};
	return s->role == TG_STORE_CENTRE ? tg_store_feed_held(s, "news", INT32_MAX, each_old, &o, err) : TG_OK;
}
