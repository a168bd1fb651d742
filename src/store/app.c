/* Rows of applications: found, saved, their entries listed. */
#include "db.h"

#define STATE_NAME(name, text) text,
static const char *const state_names[TG_APP_STATE_COUNT] = {TG_APP_STATES(STATE_NAME)};
#undef STATE_NAME

const char *tg_app_state_name(enum tg_app_state state)
{
	return (unsigned)state < TG_APP_STATE_COUNT ? state_names[state] : "";
}

int tg_app_state_find(const char *name)
{
	for (int i = 0; i < TG_APP_STATE_COUNT; i++)
		if (strcmp(state_names[i], name) == 0)
			return i;
	return -1;
}

static bool read_texts(sqlite3_stmt *q, struct tg_app_row *r)
{
	char state[16];
	bool ok = tg_db_text(q, 0, r->number, sizeof(r->number)) && tg_db_text(q, 1, r->kiosk, sizeof(r->kiosk)) &&
	          tg_db_text(q, 2, state, sizeof(state)) && tg_db_text(q, 3, r->provider, sizeof(r->provider)) &&
	          tg_db_text(q, 4, r->service, sizeof(r->service)) && tg_db_text(q, 5, r->form, sizeof(r->form)) &&
	          tg_db_text(q, 6, r->carrier_serial, sizeof(r->carrier_serial));
	int found = ok ? tg_app_state_find(state) : -1;
	if (found >= 0)
		r->state = (enum tg_app_state)found;
	return found >= 0;
}

static void read_numbers(sqlite3_stmt *q, struct tg_app_full *out)
{
	struct tg_app_row *r = &out->row;
	r->accepted_ms = sqlite3_column_int64(q, 7);
	r->finished_ms = sqlite3_column_int64(q, 8);
	r->first_seq = (uint64_t)sqlite3_column_int64(q, 9);
	r->last_seq = (uint64_t)sqlite3_column_int64(q, 10);
	r->sent_ms = sqlite3_column_int64(q, 11);
	r->registered_ms = sqlite3_column_int64(q, 12);
	out->last_id = sqlite3_column_int64(q, 13);
	out->irregular = sqlite3_column_int64(q, 14);
}

enum tg_status tg_app_load(struct tg_store *s, const char *number, struct tg_app_full *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	*out = (struct tg_app_full){0};
	TG_TRY(tg_db_stmt(s, TG_SQL_APP_GET, &q, err));
	tg_db_bind_text(q, 1, number);
	TG_TRY(tg_db_row(s, q, err));
	bool ok = read_texts(q, &out->row);
	read_numbers(q, out);
	sqlite3_reset(q);
	return ok ? TG_OK : tg_error_set(err, TG_STORE_DAMAGED, "store: a row of application cannot be read; rebuild");
}

enum tg_status tg_app_save(struct tg_store *s, const struct tg_app_full *app, struct tg_error *err)
{
	const struct tg_app_row *r = &app->row;
	const char *texts[] = {
	        r->number, r->kiosk, tg_app_state_name(r->state), r->provider, r->service, r->form, r->carrier_serial};
	const int64_t numbers[] = {r->accepted_ms, r->finished_ms, (int64_t)r->first_seq, (int64_t)r->last_seq,
	        r->sent_ms, r->registered_ms, app->last_id, app->irregular};
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_APP_SET, &q, err));
	for (int i = 0; i < 7; i++)
		tg_db_bind_text(q, 1 + i, texts[i]);
	for (int i = 0; i < 8; i++)
		tg_db_bind_int(q, 8 + i, numbers[i]);
	return tg_db_run(s, q, err);
}

enum tg_status tg_store_app_find(struct tg_store *s, const char *number, struct tg_app_row *out, struct tg_error *err)
{
	struct tg_app_full app;
	enum tg_status st = tg_app_load(s, number, &app, err);
	*out = app.row;
	/* At the centre its own log says when the last entry was there. */
	if (st == TG_OK && out->registered_ms == 0)
		st = tg_row_received(s, app.last_id, &out->registered_ms, err);
	return st;
}

enum tg_status tg_store_app_unfinished(
        struct tg_store *s, const char *carrier_serial, struct tg_app_row *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	char number[TG_NUMBER_MAX];
	*out = (struct tg_app_row){0};
	TG_TRY(tg_db_stmt(s, TG_SQL_APP_OPEN, &q, err));
	tg_db_bind_text(q, 1, carrier_serial);
	TG_TRY(tg_db_row(s, q, err));
	bool ok = tg_db_text(q, 0, number, sizeof(number));
	sqlite3_reset(q);
	if (!ok)
		return tg_error_set(err, TG_STORE_DAMAGED, "store: a row of application cannot be read; rebuild");
	return tg_store_app_find(s, number, out, err);
}

enum tg_status tg_store_app_entries(
        struct tg_store *s, const char *number, tg_store_entry_fn *fn, void *ctx, struct tg_error *err)
{
	struct tg_app_full app;
	TG_TRY(tg_app_load(s, number, &app, err));
	return tg_rows_of_list(s, TG_SQL_LINK_GET, app.last_id, fn, ctx, err);
}

enum tg_status tg_store_apps_of_token(
        struct tg_store *s, const char *serial, int max, tg_app_fn *fn, void *ctx, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	enum tg_status st;
	char number[TG_NUMBER_MAX];
	TG_TRY(tg_db_prepare(s,
	        "SELECT number FROM application WHERE carrier_serial = ?1 AND carrier_serial <> '' "
	        "ORDER BY accepted_ms DESC, last_id DESC LIMIT ?2",
	        &q, err));
	tg_db_bind_text(q, 1, serial);
	tg_db_bind_int(q, 2, max > 0 ? max : 0);
	while ((st = tg_db_row(s, q, err)) == TG_OK) {
		struct tg_app_row row;
		st = tg_db_text(q, 0, number, sizeof(number))
		             ? tg_store_app_find(s, number, &row, err)
		             : tg_error_set(
		                       err, TG_STORE_DAMAGED, "store: a row of application cannot be read; rebuild");
		if (st == TG_OK)
			st = fn(&row, ctx);
		if (st != TG_OK)
			break;
	}
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}
