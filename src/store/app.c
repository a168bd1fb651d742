/* Rows of applications: found, saved, their entries listed. */
#include "db.h"

static int state_column(sqlite3_stmt *q, int col)
{
	char name[16];
	return tg_db_text(q, col, name, sizeof(name)) ? tg_app_state_find(name) : -1;
}

static bool read_texts(sqlite3_stmt *q, struct tg_app_full *out)
{
	struct tg_app_row *r = &out->row;
	const struct {
		int col;
		char *to;
		size_t cap;
	} texts[] = {{0, r->number, sizeof(r->number)}, {1, r->kiosk, sizeof(r->kiosk)},
	        {3, r->provider, sizeof(r->provider)}, {4, r->service, sizeof(r->service)},
	        {5, r->form, sizeof(r->form)}, {6, r->carrier_serial, sizeof(r->carrier_serial)},
	        {15, r->kind, sizeof(r->kind)}, {16, r->way, sizeof(r->way)}, {17, r->operation, sizeof(r->operation)},
	        {18, r->proof, sizeof(r->proof)}, {19, out->person, sizeof(out->person)},
	        {20, out->head, sizeof(out->head)}, {21, out->power, sizeof(out->power)}};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!tg_db_text(q, texts[i].col, texts[i].to, texts[i].cap))
			return false;
	int state = state_column(q, 2), before = state_column(q, 22);
	r->state = state < 0 ? TG_APP_DRAFT : (enum tg_app_state)state;
	out->before_complaint = before < 0 ? TG_APP_SUBMITTED : (enum tg_app_state)before;
	return state >= 0;
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
	r->promised_ms = sqlite3_column_int64(q, 23);
	r->changed_ms = sqlite3_column_int64(q, 24);
	r->code = sqlite3_column_int(q, 25);
	out->flags = (unsigned)sqlite3_column_int(q, 26);
	out->held = r->held = sqlite3_column_int64(q, 27);
	r->confirm = (out->flags & TG_APP_CONFIRM) != 0;
	r->revokes = tg_app_is_reissue(out);
	r->taken_back = (out->flags & TG_APP_TAKEN_BACK) != 0;
	r->is_signed = (out->flags & TG_APP_SIGNED) != 0;
	r->keys_left = r->finished_ms != 0 && (out->flags & TG_APP_KEYS) != 0;
}

static enum tg_status unreadable(struct tg_error *err)
{
	return tg_error_set(err, TG_STORE_DAMAGED, "store: a row of application cannot be read; rebuild");
}

enum tg_status tg_app_load(struct tg_store *s, const char *number, struct tg_app_full *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	*out = (struct tg_app_full){0};
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_stmt(s, TG_SQL_APP_GET, &q, err));
	tg_db_bind_text(q, 1, number);
	TG_TRY(tg_db_row(s, q, err));
	bool ok = read_texts(q, out);
	read_numbers(q, out);
	out->stored = true;
	out->had_person = out->person[0] != '\0';
	out->had_head = out->head[0] != '\0';
	sqlite3_reset(q);
	return ok ? TG_OK : unreadable(err);
}

/* The values that entries change, first in both statements. */
static int bind_changing(sqlite3_stmt *q, const struct tg_app_full *app)
{
	const struct tg_app_row *r = &app->row;
	const char *before = app->before_complaint == TG_APP_SUBMITTED ? "" : tg_app_state_name(app->before_complaint);
	const char *texts[] = {tg_app_state_name(r->state), r->carrier_serial, before};
	const int64_t numbers[] = {r->finished_ms, (int64_t)r->last_seq, r->sent_ms, r->registered_ms, app->last_id,
	        app->irregular, r->promised_ms, r->changed_ms, r->code, (int64_t)app->flags, app->held};
	int at = 1;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		tg_db_bind_text(q, at++, texts[i]);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		tg_db_bind_int(q, at++, numbers[i]);
	return at;
}

static enum tg_status add_row(struct tg_store *s, const struct tg_app_full *app, struct tg_error *err)
{
	const struct tg_app_row *r = &app->row;
	const char *texts[] = {r->number, r->kiosk, r->provider, r->service, r->form, r->kind, r->way, r->operation,
	        r->proof, app->person, app->head, app->power};
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_APP_ADD, &q, err));
	int at = bind_changing(q, app);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		tg_db_bind_text(q, at++, texts[i]);
	tg_db_bind_int(q, at++, r->accepted_ms);
	tg_db_bind_int(q, at, (int64_t)r->first_seq);
	return tg_db_run(s, q, err);
}

/* Apart from the other values: an UPDATE that names a column touches each index over it. */
static enum tg_status save_prints(struct tg_store *s, const struct tg_app_full *app, struct tg_error *err)
{
	sqlite3_stmt *q;
	if (app->had_person == (app->person[0] != '\0') && app->had_head == (app->head[0] != '\0'))
		return TG_OK;
	TG_TRY(tg_db_stmt(s, TG_SQL_APP_PRINTS, &q, err));
	tg_db_bind_text(q, 1, app->row.number);
	tg_db_bind_text(q, 2, app->person);
	tg_db_bind_text(q, 3, app->head);
	return tg_db_run(s, q, err);
}

enum tg_status tg_app_save(struct tg_store *s, const struct tg_app_full *app, struct tg_error *err)
{
	sqlite3_stmt *q;
	if (!app->stored)
		return add_row(s, app, err);
	TG_TRY(save_prints(s, app, err));
	TG_TRY(tg_db_stmt(s, TG_SQL_APP_SET, &q, err));
	tg_db_bind_text(q, bind_changing(q, app), app->row.number);
	return tg_db_run(s, q, err);
}

/* At the centre its own log says when it had the kiosk's first and last entry of an application. */
static enum tg_status times_at_centre(
        struct tg_store *s, const struct tg_app_full *app, struct tg_app_row *row, struct tg_error *err)
{
	struct tg_row_look look;
	struct tg_buf ids = TG_BUF_INIT;
	enum tg_status st = tg_rows_linked(s, TG_SQL_LINK_GET, app->last_id, &ids, err);
	for (size_t i = 0; st == TG_OK && i < ids.len / sizeof(int64_t); i++) {
		int64_t id;
		memcpy(&id, ids.data + i * sizeof(id), sizeof(id));
		st = tg_row_look(s, id, &look, err);
		if (st == TG_OK && strcmp(look.kiosk, row->kiosk) == 0) {
			row->sent_ms = look.received_ms;
			if (row->registered_ms == 0)
				row->registered_ms = row->sent_ms;
		}
		if (st == TG_NOT_FOUND)
			st = TG_OK;
	}
	tg_buf_finish(&ids);
	return st;
}

enum tg_status tg_store_app_find(struct tg_store *s, const char *number, struct tg_app_row *out, struct tg_error *err)
{
	struct tg_app_full app;
	enum tg_status st = tg_app_load(s, number, &app, err);
	if (st == TG_OK)
		st = tg_carriers_read(s, &app, err);
	*out = app.row;
	return st == TG_OK && s->role == TG_STORE_CENTRE ? times_at_centre(s, &app, out, err) : st;
}

enum tg_status tg_store_app_unfinished(
        struct tg_store *s, const char *carrier_serial, struct tg_app_row *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	char number[TG_NUMBER_MAX];
	*out = (struct tg_app_row){0};
	TG_TRY(tg_db_stmt(s, TG_SQL_APP_OPEN, &q, err));
	tg_db_bind_text(q, 1, carrier_serial);
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_NOT_FOUND) {
		TG_TRY(tg_db_stmt(s, TG_SQL_SECOND_OPEN, &q, err));
		tg_db_bind_text(q, 1, carrier_serial);
		st = tg_db_row(s, q, err);
	}
	TG_TRY(st);
	bool ok = tg_db_text(q, 0, number, sizeof(number));
	sqlite3_reset(q);
	return ok ? tg_store_app_find(s, number, out, err) : unreadable(err);
}

enum tg_status tg_store_app_entries(
        struct tg_store *s, const char *number, tg_store_entry_fn *fn, void *ctx, struct tg_error *err)
{
	struct tg_app_full app;
	TG_TRY(tg_app_load(s, number, &app, err));
	return tg_rows_of_list(s, TG_SQL_LINK_GET, app.last_id, fn, ctx, err);
}

enum tg_status tg_app_walk(struct tg_store *s, sqlite3_stmt *q, tg_app_fn *fn, void *ctx, struct tg_error *err)
{
	enum tg_status st;
	while ((st = tg_db_row(s, q, err)) == TG_OK) {
		struct tg_app_row row;
		char number[TG_NUMBER_MAX];
		st = tg_db_text(q, 0, number, sizeof(number)) ? tg_store_app_find(s, number, &row, err)
		                                              : unreadable(err);
		if (st == TG_OK)
			st = fn(&row, ctx);
		if (st != TG_OK)
			break;
	}
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

enum tg_status tg_store_apps_of_token(
        struct tg_store *s, const char *serial, int max, tg_app_fn *fn, void *ctx, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_prepare(s,
	        "SELECT number FROM application WHERE (carrier_serial = ?1 AND carrier_serial <> '') OR number IN "
	        "(SELECT number FROM second_carrier WHERE serial = ?1 AND serial <> '') ORDER BY accepted_ms DESC, "
	        "last_id DESC LIMIT ?2",
	        &q, err));
	tg_db_bind_text(q, 1, serial);
	tg_db_bind_int(q, 2, max > 0 ? max : 0);
	return tg_app_walk(s, q, fn, ctx, err);
}
