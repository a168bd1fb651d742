/* What follows when an application comes into another state: times, a power of attorney used up, what the centre owes,
 * word to its kiosk. All in the transaction of the entry that moved it, so that a kill at any moment leaves the debt or
 * its payment, never neither. Requirements C-5, NCA-9.rep. */
#include "body.h"
#include "db.h"

enum tg_status tg_work_add(struct tg_store *s, const char *what, const char *number, int64_t id, struct tg_error *err)
{
	sqlite3_stmt *q;
	if (s->role != TG_STORE_CENTRE)
		return TG_OK;
	TG_TRY(tg_db_stmt(s, TG_SQL_WORK_ADD, &q, err));
	tg_db_bind_text(q, 1, what);
	tg_db_bind_text(q, 2, number);
	tg_db_bind_int(q, 3, id);
	return tg_db_run(s, q, err);
}

enum tg_status tg_work_drop(struct tg_store *s, const char *what, const char *number, int64_t id, struct tg_error *err)
{
	sqlite3_stmt *q;
	if (s->role != TG_STORE_CENTRE)
		return TG_OK;
	TG_TRY(tg_db_stmt(s, TG_SQL_WORK_DROP, &q, err));
	tg_db_bind_text(q, 1, what);
	tg_db_bind_text(q, 2, number);
	tg_db_bind_int(q, 3, id);
	return tg_db_run(s, q, err);
}

enum tg_status tg_work_owed(struct tg_store *s, const char *number, bool *is, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_prepare(s, "SELECT 1 FROM work WHERE number = ?1 LIMIT 1", &q, err));
	tg_db_bind_text(q, 1, number);
	enum tg_status st = tg_db_row(s, q, err);
	*is = st == TG_OK;
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

/* --- A power of attorney is good for one application: the first that is accepted with it. */

enum tg_status tg_power_user(struct tg_store *s, const char *power, char number[TG_NUMBER_MAX], struct tg_error *err)
{
	sqlite3_stmt *q;
	number[0] = '\0';
	TG_TRY(tg_db_stmt(s, TG_SQL_POWER_GET, &q, err));
	tg_db_bind_text(q, 1, power);
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_OK && !tg_db_text(q, 0, number, TG_NUMBER_MAX))
		st = tg_error_set(err, TG_STORE_DAMAGED, "store: a row of power cannot be read; rebuild");
	sqlite3_reset(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

static enum tg_status use_power(struct tg_store *s, struct tg_app_full *app, struct tg_error *err)
{
	sqlite3_stmt *q;
	char user[TG_NUMBER_MAX];
	if (s->role != TG_STORE_CENTRE || app->row.state != TG_APP_ACCEPTED || !app->power[0])
		return TG_OK;
	TG_TRY(tg_power_user(s, app->power, user, err));
	if (user[0] && strcmp(user, app->row.number) != 0) {
		app->row.state = TG_APP_REFUSED;
		app->row.code = TG_POWER_USED;
		return TG_OK;
	}
	TG_TRY(tg_db_stmt(s, TG_SQL_POWER_SET, &q, err));
	tg_db_bind_text(q, 1, app->power);
	tg_db_bind_text(q, 2, app->row.number);
	TG_TRY(tg_db_run(s, q, err));
	return tg_work_add(s, "power", app->row.number, 0, err);
}

/* --- What the centre owes */

static bool is_to_be_revoked(const struct tg_app_row *r)
{
	bool at_once =
	        r->state == TG_APP_SUBMITTED && strcmp(r->proof, "desk") != 0 && strcmp(r->proof, "signature") != 0;
	return at_once || r->state == TG_APP_ACCEPTED;
}

static enum tg_status owe(struct tg_store *s, const struct tg_app_full *app, struct tg_error *err)
{
	const struct tg_app_row *r = &app->row;
	TG_TRY(tg_money_follow(s, app, err));
	TG_TRY(tg_company_follow(s, app, err));
	if (strcmp(r->operation, "revoke") != 0)
		return tg_app_owe_on_state(s, app, err);
	return is_to_be_revoked(r) ? tg_work_add(s, "revoke", r->number, 0, err)
	                           : tg_work_drop(s, "revoke", r->number, 0, err);
}

/* --- Word to the kiosk */

static json_t *word_of(struct tg_store *s, const struct tg_app_full *app, const json_t *cause)
{
	const struct tg_app_row *r = &app->row;
	struct tg_complaint_row complaint;
	json_t *o = json_pack("{s:s, s:i, s:I, s:I}", "state", tg_app_state_name(r->state), "code", r->code, "ms",
	        (json_int_t)r->changed_ms, "promised_ms", (json_int_t)r->promised_ms);
	const char *ground = cause ? tg_body_text(cause, "ground") : "";
	bool ok = o && (!*ground || json_object_set_new(o, "ground", json_string(ground)) == 0);
	if (ok && strcmp(r->operation, "complaint") == 0 && tg_store_complaint(s, r->number, &complaint, NULL) == TG_OK)
		ok = json_object_set_new(o, "complaint", json_string(complaint.state)) == 0;
	if (ok && tg_money_say(s, r->number, o, NULL) == TG_OK)
		return o;
	json_decref(o);
	return NULL;
}

static enum tg_status say(
        struct tg_store *s, const struct tg_app_full *app, const json_t *cause, int64_t time_ms, struct tg_error *err)
{
	json_t *body = word_of(s, app, cause);
	if (body)
		tg_feed_body_trim("application", body); /* a ground comes from a kiosk */
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_decref(body);
	if (!text)
		return tg_error_set(err, TG_NO_MEMORY, "feed");
	struct tg_feed_item item = {.kind = "application", .time_ms = time_ms, .body = text, .body_len = strlen(text)};
	(void)tg_copy(item.key, sizeof(item.key), app->row.number);
	(void)tg_copy(item.provider, sizeof(item.provider), app->row.provider);
	(void)tg_copy(item.audience, sizeof(item.audience), app->row.kiosk);
	enum tg_status st = tg_feed_put(s, &item, err);
	free(text);
	return st;
}

/* What its own kiosk wrote of its own work, it knows. */
static bool is_news(const struct tg_seen *seen)
{
	switch (seen->kind) {
	case TG_RECORD_APPLICATION_SUBMITTED:
	case TG_RECORD_APPLICATION_SIGNED:
	case TG_RECORD_CHIP_INTENT:
	case TG_RECORD_CHIP_DONE:
	case TG_RECORD_APPLICATION_DELIVERED:
	case TG_RECORD_APPLICATION_UNDONE:
	case TG_RECORD_APPLICATION_WAITING:
	case TG_RECORD_APPLICATION_ISSUED:
	case TG_RECORD_RECEIPT_PRINTED:
		return strcmp(seen->e->kiosk, TG_CENTRE_STREAM) == 0;
	default:
		return true;
	}
}

enum tg_status tg_app_say(
        struct tg_store *s, const struct tg_app_full *app, const struct tg_seen *seen, struct tg_error *err)
{
	int64_t centre_ms = 0;
	if (s->role != TG_STORE_CENTRE || s->silent || !is_news(seen))
		return TG_OK;
	TG_TRY(tg_row_received(s, seen->id, &centre_ms, err));
	return say(s, app, seen->body, centre_ms, err);
}

/* --- */

static void close_row(struct tg_app_full *app, int64_t now_ms)
{
	if (app->row.finished_ms == 0)
		app->row.finished_ms = now_ms;
	app->person[0] = app->head[0] = '\0';
}

enum tg_status tg_app_entered(
        struct tg_store *s, struct tg_app_full *app, const struct tg_seen *seen, int64_t now_ms, struct tg_error *err)
{
	app->row.changed_ms = now_ms;
	TG_TRY(use_power(s, app, err));
	if (app->row.state != TG_APP_CONFIRMING)
		app->head[0] = '\0';
	if (tg_app_state_is_final(app->row.state))
		close_row(app, now_ms);
	if (s->role != TG_STORE_CENTRE || !seen)
		return TG_OK;
	if (app->row.state != TG_APP_AT_DESK && strcmp(app->row.proof, "desk") == 0)
		TG_TRY(tg_claim_drop(s, app->row.number, err));
	TG_TRY(owe(s, app, err));
	return tg_app_say(s, app, seen, err);
}

/* --- A kiosk is told */

enum tg_status tg_app_told(struct tg_store *s, const struct tg_feed_item *item, struct tg_error *err)
{
	struct tg_app_full app;
	if (strcmp(item->kind, "application") != 0 || !item->body)
		return TG_OK;
	enum tg_status st = tg_app_load(s, item->key, &app, err);
	if (st != TG_OK)
		return st == TG_NOT_FOUND ? TG_OK : st;
	json_t *body = tg_body_parse(item->body, item->body_len);
	int to = tg_app_state_find(tg_body_text(body, "state"));
	bool moves = to >= 0 && app.row.state != (enum tg_app_state)to &&
	             tg_app_reaches(app.row.state, (enum tg_app_state)to);
	if (moves || (to >= 0 && app.row.state == (enum tg_app_state)to)) {
		app.row.code = (int)json_integer_value(json_object_get(body, "code"));
		app.row.promised_ms = json_integer_value(json_object_get(body, "promised_ms"));
	}
	int64_t ms = json_integer_value(json_object_get(body, "ms"));
	if (moves && to == TG_APP_COMPLAINED)
		app.before_complaint = app.row.state;
	if (moves) {
		app.row.state = (enum tg_app_state)to;
		st = tg_app_entered(s, &app, NULL, ms, err);
	}
	if (st == TG_OK)
		st = tg_money_told(s, item->key, body, err);
	if (st == TG_OK)
		st = tg_complaint_told(s, item->key, tg_body_text(body, "complaint"), ms, err);
	json_decref(body);
	return st == TG_OK ? tg_app_save(s, &app, err) : st;
}

struct told {
	struct tg_store *s;
	struct tg_error *err;
};

static enum tg_status told_again(const struct tg_feed_item *item, void *ctx)
{
	struct told *t = ctx;
	return tg_app_told(t->s, item, t->err);
}

enum tg_status tg_app_told_again(struct tg_store *s, struct tg_error *err)
{
	struct told t = {s, err};
	return tg_store_feed_held(s, "application", INT32_MAX, told_again, &t, err);
}

/* --- After rebuilding at the centre: what was said is compared with what is. */

static enum tg_status say_if_other(struct tg_store *s, const char *number, struct tg_error *err)
{
	struct tg_app_full app;
	int64_t ms = 0;
	json_t *body = NULL;
	enum tg_status st = tg_app_load(s, number, &app, err);
	if (st != TG_OK)
		return st == TG_NOT_FOUND ? TG_OK : st;
	TG_TRY(tg_feed_find(s, "application", number, &ms, &body, err));
	bool same = strcmp(tg_body_text(body, "state"), tg_app_state_name(app.row.state)) == 0;
	json_decref(body);
	/* What its kiosk did since then it knows by itself. */
	bool own = app.row.state == TG_APP_WORKING || app.row.state == TG_APP_WAITING ||
	           app.row.state == TG_APP_DELIVERED || app.row.state == TG_APP_UNDONE ||
	           app.row.state == TG_APP_ISSUED;
	return same || own ? TG_OK : say(s, &app, NULL, 0, err);
}

enum tg_status tg_app_say_all(struct tg_store *s, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	struct tg_buf numbers = TG_BUF_INIT;
	enum tg_status st;
	/* The feed is written to meanwhile: first the numbers, then one after the other. */
	TG_TRY(tg_db_prepare(s, "SELECT key FROM feed WHERE kind = 'application' AND body IS NOT NULL", &q, err));
	while ((st = tg_db_row(s, q, err)) == TG_OK) {
		char number[TG_NUMBER_MAX] = "";
		if (tg_db_text(q, 0, number, sizeof(number)))
			tg_buf_add(&numbers, number, sizeof(number));
	}
	sqlite3_finalize(q);
	st = st == TG_NOT_FOUND ? tg_buf_status(&numbers) : st;
	for (size_t at = 0; st == TG_OK && at + TG_NUMBER_MAX <= numbers.len; at += TG_NUMBER_MAX)
		st = say_if_other(s, (const char *)numbers.data + at, err);
	tg_buf_finish(&numbers);
	return st;
}
