/* Questions about applications that others decide on. */
#include "body.h"
#include "db.h"

static enum tg_status take_body(const struct tg_entry *e, void *ctx)
{
	struct tg_buf *body = ctx;
	if (body->len == 0 && e->body && strcmp(e->kind, tg_record_kind_name(TG_RECORD_APPLICATION_SUBMITTED)) == 0)
		tg_buf_add(body, e->body, e->body_len);
	return tg_buf_status(body);
}

enum tg_status tg_store_app_body(struct tg_store *s, const char *number, struct tg_buf *body, struct tg_error *err)
{
	TG_TRY(tg_store_app_entries(s, number, take_body, body, err));
	return body->len > 0 ? TG_OK : tg_error_set(err, TG_NOT_FOUND, "store: the application's body is gone");
}

enum tg_status tg_store_queue(struct tg_store *s, int max, tg_app_fn *fn, void *ctx, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_prepare(s,
	        "SELECT number FROM application WHERE state = 'at-desk' OR (operation = 'complaint' AND "
	        "state = 'submitted') ORDER BY (flags & 48) = 16 DESC, accepted_ms LIMIT ?1", /* TG_APP_REVOKES */
	        &q, err));
	tg_db_bind_int(q, 1, max > 0 ? max : 0);
	return tg_app_walk(s, q, fn, ctx, err);
}

enum tg_status tg_store_apps_pending(
        struct tg_store *s, const char *bin, int max, tg_app_fn *fn, void *ctx, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	char head[65];
	TG_TRY(tg_entity_print(s, bin, head, err));
	TG_TRY(tg_db_prepare(s,
	        "SELECT number FROM application WHERE head = ?1 AND head <> '' ORDER BY accepted_ms LIMIT ?2", &q,
	        err));
	tg_db_bind_text(q, 1, head);
	tg_db_bind_int(q, 2, max > 0 ? max : 0);
	return tg_app_walk(s, q, fn, ctx, err);
}

enum tg_status tg_store_app_open(struct tg_store *s, const char *provider, const char *service, const char *iin,
        const char *bin, char number[TG_NUMBER_MAX], struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	char person[65];
	number[0] = '\0';
	TG_TRY(tg_person_print(s, provider, service, iin, bin, person, err));
	TG_TRY(tg_db_prepare(s,
	        "SELECT number FROM application WHERE person = ?1 AND person <> '' ORDER BY accepted_ms DESC LIMIT 1",
	        &q, err));
	tg_db_bind_text(q, 1, person);
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_OK && !tg_db_text(q, 0, number, TG_NUMBER_MAX))
		st = tg_error_set(err, TG_STORE_DAMAGED, "store: a row of application cannot be read; rebuild");
	sqlite3_finalize(q);
	return st;
}

enum tg_status tg_store_apps_ssl(struct tg_store *s, int64_t since_ms, tg_app_fn *fn, void *ctx, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_prepare(s,
	        "SELECT number FROM application WHERE operation = 'ssl' AND accepted_ms >= ?1 AND "
	        "proof IN ('desk', 'signature') AND "
	        "state IN ('accepted', 'working', 'waiting', 'issued', 'delivered') ORDER BY accepted_ms DESC",
	        &q, err));
	tg_db_bind_int(q, 1, since_ms);
	return tg_app_walk(s, q, fn, ctx, err);
}

enum tg_status tg_store_power(struct tg_store *s, const char *power, struct tg_power_row *out, struct tg_error *err)
{
	struct tg_app_full app;
	struct tg_buf text = TG_BUF_INIT;
	*out = (struct tg_power_row){0};
	enum tg_status st = tg_app_load(s, power, &app, err);
	if (st == TG_OK && strcmp(app.row.operation, "paper") == 0)
		st = tg_store_app_body(s, power, &text, err);
	json_t *body = st == TG_OK && text.len > 0 ? tg_body_parse((const char *)text.data, text.len) : NULL;
	out->known = body != NULL;
	(void)tg_copy(out->purpose, sizeof(out->purpose), tg_body_text(body, "purpose"));
	(void)tg_copy(out->bin, sizeof(out->bin), tg_body_text(body, "bin"));
	json_decref(body);
	tg_buf_wipe(&text);
	if (st != TG_OK && st != TG_NOT_FOUND)
		return st;
	return tg_power_user(s, power, out->number, err);
}

enum tg_status tg_store_signature_user(
        struct tg_store *s, const char *hash, char number[TG_NUMBER_MAX], struct tg_error *err)
{
	sqlite3_stmt *q;
	number[0] = '\0';
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_stmt(s, TG_SQL_SIGNATURE_GET, &q, err));
	tg_db_bind_text(q, 1, hash);
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_OK && !tg_db_text(q, 0, number, TG_NUMBER_MAX))
		st = tg_error_set(err, TG_STORE_DAMAGED, "store: a row of used_signature cannot be read; rebuild");
	sqlite3_reset(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

enum tg_status tg_store_tickets(
        struct tg_store *s, int64_t from_ms, int64_t to_ms, tg_ticket_fn *fn, void *ctx, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	enum tg_status st;
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_prepare(s,
	        "SELECT ticket, kiosk, number, taken_ms, called_ms, served_ms FROM ticket WHERE taken_ms >= ?1 AND "
	        "taken_ms < ?2 ORDER BY taken_ms, ticket",
	        &q, err));
	tg_db_bind_int(q, 1, from_ms);
	tg_db_bind_int(q, 2, to_ms);
	while ((st = tg_db_row(s, q, err)) == TG_OK) {
		struct tg_ticket_row r = {.taken_ms = sqlite3_column_int64(q, 3),
		        .called_ms = sqlite3_column_int64(q, 4),
		        .served_ms = sqlite3_column_int64(q, 5)};
		bool ok = tg_db_text(q, 0, r.ticket, sizeof(r.ticket)) && tg_db_text(q, 1, r.kiosk, sizeof(r.kiosk)) &&
		          tg_db_text(q, 2, r.number, sizeof(r.number));
		st = ok ? fn(&r, ctx)
		        : tg_error_set(err, TG_STORE_DAMAGED, "store: a row of ticket cannot be read; rebuild");
		if (st != TG_OK)
			break;
	}
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

/* --- What the centre owes */

static enum tg_status read_work(struct tg_store *s, sqlite3_stmt *q, struct tg_work_row *r, struct tg_error *err)
{
	struct tg_row_look look;
	*r = (struct tg_work_row){0};
	if (!tg_db_text(q, 0, r->what, sizeof(r->what)) || !tg_db_text(q, 1, r->number, sizeof(r->number)))
		return tg_error_set(err, TG_STORE_DAMAGED, "store: a row of work cannot be read; rebuild");
	enum tg_status st = tg_row_look(s, sqlite3_column_int64(q, 2), &look, err);
	if (st == TG_NOT_FOUND)
		return TG_OK;
	TG_TRY(st);
	r->seq = look.seq;
	r->time_ms = look.time_ms;
	(void)tg_copy(r->kiosk, sizeof(r->kiosk), look.kiosk);
	return TG_OK;
}

/* All rows first: whoever is called does the work, which changes the table. */
static enum tg_status collect_work(
        struct tg_store *s, const char *what, int max, struct tg_buf *rows, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	enum tg_status st;
	TG_TRY(tg_db_prepare(
	        s, "SELECT what, number, id FROM work WHERE what = ?1 ORDER BY id, number LIMIT ?2", &q, err));
	tg_db_bind_text(q, 1, what);
	tg_db_bind_int(q, 2, max > 0 ? max : 0);
	while ((st = tg_db_row(s, q, err)) == TG_OK) {
		struct tg_work_row r;
		st = read_work(s, q, &r, err);
		if (st != TG_OK)
			break;
		tg_buf_add(rows, &r, sizeof(r));
	}
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? tg_buf_status(rows) : st;
}

enum tg_status tg_store_work(
        struct tg_store *s, const char *what, int max, tg_work_fn *fn, void *ctx, struct tg_error *err)
{
	struct tg_buf rows = TG_BUF_INIT;
	TG_TRY(tg_schema_is_present(s, err));
	enum tg_status st = collect_work(s, what, max, &rows, err);
	for (size_t at = 0; st == TG_OK && at < rows.len; at += sizeof(struct tg_work_row)) {
		struct tg_work_row r;
		memcpy(&r, rows.data + at, sizeof(r));
		st = fn(&r, ctx);
	}
	tg_buf_finish(&rows);
	return st;
}
