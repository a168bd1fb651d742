/* An application that nobody ends would keep its words for ever: after so many days without an entry the centre ends
 * it, and the term of ended ones begins (C-8; src/decisions/0266). Days count by the centre's clock, from when it had
 * the last entry. */
#include "body.h"
#include "db.h"
#include "tamga/erase.h"

#define DAY_MS  INT64_C(86400000)
#define AT_ONCE 64

struct idle {
	struct tg_store *s;
	const struct tg_idle_rule *rule;
	int64_t now_ms;
	struct tg_error *err;
};
struct candidate {
	char number[TG_NUMBER_MAX];
	int64_t last_id;
};

static enum tg_status find_candidates(struct idle *w, int64_t after, struct tg_buf *list)
{
	sqlite3_stmt *q = NULL;
	enum tg_status st;
	TG_TRY(tg_db_prepare(w->s,
	        "SELECT number, last_id FROM application WHERE finished_ms = 0 AND last_id > ?1 ORDER BY last_id LIMIT "
	        "?2",
	        &q, w->err));
	tg_db_bind_int(q, 1, after);
	tg_db_bind_int(q, 2, AT_ONCE);
	while ((st = tg_db_row(w->s, q, w->err)) == TG_OK) {
		struct candidate c = {.last_id = sqlite3_column_int64(q, 1)};
		if (tg_db_text(q, 0, c.number, sizeof(c.number)))
			tg_buf_add(list, &c, sizeof(c));
	}
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? tg_buf_status(list) : st;
}

/* Whose turn it is: of a complaint and of what the centre owes, ours. */
static enum tg_status is_theirs(struct idle *w, const struct tg_app_full *app, bool *is)
{
	bool owed = false;
	TG_TRY(tg_work_owed(w->s, app->row.number, &owed, w->err));
	*is = !owed && app->row.finished_ms == 0 && app->row.state != TG_APP_COMPLAINED &&
	      strcmp(app->row.operation, "complaint") != 0;
	return TG_OK;
}

static enum tg_status write_end(struct idle *w, const char *number)
{
	json_t *body = json_pack("{s:s, s:i, s:i}", "number", number, "code", (int)TG_ABANDONED, "days", w->rule->days);
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	enum tg_status st = text ? tg_append_locked(w->s, TG_RECORD_APPLICATION_ABANDONED, text, w->now_ms, w->err)
	                         : tg_error_set(w->err, TG_NO_MEMORY, "abandon");
	free(text);
	json_decref(body);
	return st;
}

/* TG_NOT_FOUND: it is not idle long enough, and those behind it are not either. */
static enum tg_status end_locked(struct idle *w, const struct candidate *c, bool *ended)
{
	struct tg_app_full app;
	int64_t since = 0;
	bool theirs = false;
	*ended = false;
	TG_TRY(tg_app_load(w->s, c->number, &app, w->err));
	if (app.last_id != c->last_id)
		return TG_OK; /* something came just now */
	TG_TRY(tg_row_received(w->s, app.last_id, &since, w->err));
	if (since > w->now_ms - w->rule->days * DAY_MS)
		return TG_NOT_FOUND;
	TG_TRY(is_theirs(w, &app, &theirs));
	if (!theirs || since <= 0)
		return TG_OK;
	TG_TRY(write_end(w, c->number));
	*ended = true;
	return TG_OK;
}

static enum tg_status end_one(struct idle *w, const struct candidate *c, uint64_t *n)
{
	bool ended = false;
	TG_TRY(tg_db_begin(w->s, w->err));
	enum tg_status st = end_locked(w, c, &ended);
	enum tg_status kept = tg_db_end(w->s, st == TG_NOT_FOUND ? TG_OK : st, w->err);
	*n += kept == TG_OK && ended;
	return kept == TG_OK ? st : kept;
}

enum tg_status tg_store_abandon(struct tg_store *s, struct tg_idle_rule *rule, int64_t now_ms, struct tg_error *err)
{
	struct idle w = {s, rule, now_ms, err};
	struct tg_buf list = TG_BUF_INIT;
	struct candidate c;
	rule->done = true;
	if (s->role != TG_STORE_CENTRE || rule->days <= 0)
		return TG_OK;
	TG_TRY(tg_schema_is_present(s, err));
	enum tg_status st = find_candidates(&w, rule->after, &list);
	const size_t n = list.len / sizeof(c);
	for (size_t i = 0; i < n && st == TG_OK; i++) {
		memcpy(&c, list.data + i * sizeof(c), sizeof(c));
		st = end_one(&w, &c, &rule->ended);
		rule->after = c.last_id;
	}
	rule->done = st == TG_NOT_FOUND || n < AT_ONCE;
	tg_buf_finish(&list);
	return st == TG_NOT_FOUND ? TG_OK : st;
}
