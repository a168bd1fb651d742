/* Certificates of one application on two carriers: the identity card and the SIM (NCA-6). The first stands in the row
 * of the application, the second in a table of its own: nearly every application has one carrier only. */
#include "body.h"
#include "db.h"

static enum tg_status save(struct tg_store *s, const struct tg_app_row *r, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_SECOND_SET, &q, err));
	tg_db_bind_text(q, 1, r->number);
	tg_db_bind_text(q, 2, r->second_purpose);
	tg_db_bind_text(q, 3, r->second_serial);
	tg_db_bind_int(q, 4, r->second_left_out);
	return tg_db_run(s, q, err);
}

/* Purposes in the order of the work, separated by spaces. More than two, or one that is too long, is of a newer
 * program: what it means is not known here. */
enum tg_status tg_carriers_begin(struct tg_store *s, struct tg_app_full *app, const json_t *body, struct tg_error *err)
{
	const char *purposes = tg_body_text(body, "carriers");
	const char *second = strchr(purposes, ' ');
	if (!second || strchr(second + 1, ' ') ||
	        !tg_copy(app->row.second_purpose, sizeof(app->row.second_purpose), second + 1))
		return TG_OK;
	app->flags |= TG_APP_TWO;
	return save(s, &app->row, err);
}

enum tg_status tg_carriers_worked_on(
        struct tg_store *s, struct tg_app_full *app, const json_t *body, struct tg_error *err)
{
	struct tg_app_row *r = &app->row;
	const char *serial = tg_body_text(body, "serial");
	if (!*serial)
		return TG_OK;
	TG_TRY(tg_carriers_read(s, app, err));
	bool second = r->second_purpose[0] && strcmp(tg_body_text(body, "purpose"), r->second_purpose) == 0;
	if (!second)
		(void)tg_copy(r->carrier_serial, sizeof(r->carrier_serial), serial);
	if (!second || strcmp(r->second_serial, serial) == 0)
		return TG_OK;
	(void)tg_copy(r->second_serial, sizeof(r->second_serial), serial);
	return save(s, r, err);
}

/* With its first certificate proven the second token is in use. An entry moves one token only: of the entry that says
 * delivered that is the first one. */
static enum tg_status proven(
        struct tg_store *s, const struct tg_app_row *r, const struct tg_seen *seen, struct tg_error *err)
{
	struct tg_seen life = *seen;
	if (strcmp(tg_body_text(seen->body, "step"), "prove") != 0 ||
	        strcmp(tg_body_text(seen->body, "purpose"), r->second_purpose) != 0)
		return TG_OK;
	TG_TRY(tg_seen_ask_centre(s, &life, err));
	return tg_token_delivered(s, r->second_serial, &life, err);
}

enum tg_status tg_carriers_note(
        struct tg_store *s, const struct tg_app_full *app, const struct tg_seen *seen, struct tg_error *err)
{
	struct tg_app_full all = *app;
	TG_TRY(tg_carriers_read(s, &all, err));
	if (seen->kind == TG_RECORD_CHIP_DONE)
		return proven(s, &all.row, seen, err);
	if (seen->kind != TG_RECORD_APPLICATION_DELIVERED || !*tg_body_text(seen->body, "without"))
		return TG_OK;
	all.row.second_left_out = true;
	return save(s, &all.row, err);
}

enum tg_status tg_carriers_read(struct tg_store *s, struct tg_app_full *app, struct tg_error *err)
{
	struct tg_app_row *r = &app->row;
	sqlite3_stmt *q;
	if (!(app->flags & TG_APP_TWO))
		return TG_OK;
	TG_TRY(tg_db_stmt(s, TG_SQL_SECOND_GET, &q, err));
	tg_db_bind_text(q, 1, r->number);
	enum tg_status st = tg_db_row(s, q, err);
	bool ok = st == TG_OK && tg_db_text(q, 0, r->second_purpose, sizeof(r->second_purpose)) &&
	          tg_db_text(q, 1, r->second_serial, sizeof(r->second_serial));
	r->second_left_out = st == TG_OK && sqlite3_column_int(q, 2) != 0;
	sqlite3_reset(q);
	if (ok || (st != TG_OK && st != TG_NOT_FOUND))
		return st;
	return tg_error_set(
	        err, TG_STORE_DAMAGED, "store: the second carrier of an application cannot be read; rebuild");
}
