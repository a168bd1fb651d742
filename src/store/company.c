/* Whom a complex certificate serves (DOS-6): the list begins with the application that the certificate came from, and
 * is changed by entries of the centre's stream, in their order. At the centre only. */
#include "body.h"
#include "db.h"

static enum tg_status put(struct tg_store *s, const char *number, const json_t *company, struct tg_error *err)
{
	sqlite3_stmt *q;
	if (!*tg_body_text(company, "inn"))
		return TG_OK;
	TG_TRY(tg_db_stmt(s, TG_SQL_COMPANY_SET, &q, err));
	tg_db_bind_text(q, 1, number);
	tg_db_bind_text(q, 2, tg_body_text(company, "inn"));
	tg_db_bind_text(q, 3, tg_body_text(company, "name"));
	return tg_db_run(s, q, err);
}

static enum tg_status take_out(struct tg_store *s, const char *number, const char *inn, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_COMPANY_DROP, &q, err));
	tg_db_bind_text(q, 1, number);
	tg_db_bind_text(q, 2, inn);
	return tg_db_run(s, q, err);
}

static enum tg_status put_all(struct tg_store *s, const char *number, const json_t *list, struct tg_error *err)
{
	size_t i;
	const json_t *company;
	json_array_foreach(list, i, company) TG_TRY(put(s, number, company, err));
	return TG_OK;
}

enum tg_status tg_company_begin(struct tg_store *s, const char *number, const json_t *body, struct tg_error *err)
{
	sqlite3_stmt *q;
	const json_t *list = json_object_get(body, "companies");
	if (s->role != TG_STORE_CENTRE || !json_is_array(list) || !*tg_body_text(body, "product"))
		return TG_OK;
	TG_TRY(tg_db_stmt(s, TG_SQL_COMPANY_LIST_SET, &q, err));
	tg_db_bind_text(q, 1, number);
	tg_db_bind_text(q, 2, tg_body_text(body, "product"));
	TG_TRY(tg_db_run(s, q, err));
	return put_all(s, number, list, err);
}

enum tg_status tg_company_forget(struct tg_store *s, const char *number, struct tg_error *err)
{
	static const enum tg_sql drops[] = {TG_SQL_COMPANY_DROP_ALL, TG_SQL_COMPANY_LIST_DROP};
	for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]); i++) {
		sqlite3_stmt *q;
		TG_TRY(tg_db_stmt(s, drops[i], &q, err));
		tg_db_bind_text(q, 1, number);
		TG_TRY(tg_db_run(s, q, err));
	}
	return TG_OK;
}

/* No certificate came of it. */
static bool ended_without(enum tg_app_state state)
{
	return state == TG_APP_REFUSED || state == TG_APP_NOT_ACCEPTED || state == TG_APP_DECLINED ||
	       state == TG_APP_CANCELLED || state == TG_APP_UNDONE;
}

enum tg_status tg_company_follow(struct tg_store *s, const struct tg_app_full *app, struct tg_error *err)
{
	const struct tg_app_row *r = &app->row;
	if (strcmp(r->operation, "companies") == 0)
		return r->state == TG_APP_ACCEPTED ? tg_work_add(s, "companies", r->number, 0, err)
		                                   : tg_work_drop(s, "companies", r->number, 0, err);
	return s->role == TG_STORE_CENTRE && ended_without(r->state) ? tg_company_forget(s, r->number, err) : TG_OK;
}

int tg_company_leads_to(const struct tg_app_full *app, const json_t *body)
{
	if (strcmp(app->row.operation, "companies") != 0)
		return TG_APP_UNFIT;
	return json_integer_value(json_object_get(body, "code")) != 0 ? TG_APP_REFUSED : TG_APP_DELIVERED;
}

enum tg_status tg_company_change(
        struct tg_store *s, const struct tg_app_full *app, const json_t *body, bool *fits, struct tg_error *err)
{
	size_t i;
	const json_t *company, *removed = json_object_get(body, "removed");
	const char *number = tg_body_text(body, "certificate");
	*fits = strcmp(app->row.operation, "companies") == 0;
	bool changes = *fits && app->row.state == TG_APP_ACCEPTED && s->role == TG_STORE_CENTRE &&
	               json_integer_value(json_object_get(body, "code")) == 0;
	bool there = false;
	if (changes)
		TG_TRY(tg_company_has_list(s, number, &there, err));
	if (!there)
		return TG_OK;
	json_array_foreach(removed, i, company) TG_TRY(take_out(s, number, tg_body_text(company, "inn"), err));
	return put_all(s, number, json_object_get(body, "added"), err);
}

/* --- Reading */

static enum tg_status load_list(
        struct tg_store *s, const char *number, struct tg_company_list *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	*out = (struct tg_company_list){0};
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_stmt(s, TG_SQL_COMPANY_LIST_GET, &q, err));
	tg_db_bind_text(q, 1, number);
	TG_TRY(tg_db_row(s, q, err));
	(void)tg_copy(out->number, sizeof(out->number), number);
	bool ok = tg_db_text(q, 0, out->product, sizeof(out->product));
	out->count = sqlite3_column_int(q, 1);
	sqlite3_reset(q);
	return ok ? TG_OK : tg_error_set(err, TG_STORE_DAMAGED, "store: a list of companies cannot be read; rebuild");
}

enum tg_status tg_store_companies(struct tg_store *s, const char *number, struct tg_company_list *out,
        tg_company_fn *fn, void *ctx, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	enum tg_status st;
	TG_TRY(load_list(s, number, out, err));
	if (!fn)
		return TG_OK;
	TG_TRY(tg_db_prepare(s, "SELECT inn, name FROM company WHERE number = ?1 ORDER BY inn", &q, err));
	tg_db_bind_text(q, 1, number);
	while ((st = tg_db_row(s, q, err)) == TG_OK) {
		const char *inn = (const char *)sqlite3_column_text(q, 0),
		           *name = (const char *)sqlite3_column_text(q, 1);
		st = fn(inn ? inn : "", name ? name : "", ctx);
		if (st != TG_OK)
			break;
	}
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

enum tg_status tg_company_has_list(struct tg_store *s, const char *number, bool *has, struct tg_error *err)
{
	struct tg_company_list list;
	enum tg_status st = load_list(s, number, &list, err);
	*has = st == TG_OK;
	return st == TG_NOT_FOUND ? TG_OK : st;
}
