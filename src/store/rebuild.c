#include "db.h"
#include "erase.h"

static const char *const forget =
        "CREATE TEMP TABLE sent AS SELECT number, last_seq, sent_ms, registered_ms FROM application "
        "WHERE sent_ms <> 0;"
        "DELETE FROM application; DELETE FROM application_entry; DELETE FROM lock_try; DELETE FROM lock_clear; "
        "DELETE FROM token; DELETE FROM token_entry; DELETE FROM pin_work; DELETE FROM early; "
        "DELETE FROM kiosk_role; DELETE FROM claim; DELETE FROM work; DELETE FROM power; "
        "DELETE FROM used_signature; "
        "DELETE FROM complaint; "
        "DELETE FROM ticket; DELETE FROM money; DELETE FROM payment; DELETE FROM money_move; DELETE FROM balance; "
        "DELETE FROM second_carrier; DELETE FROM company_list; DELETE FROM company;";
/* When the centre acknowledged is not in the journal: the old rows know it, and failing that the last acknowledgement.
 */
static const char *const remember =
        "UPDATE application SET (sent_ms, registered_ms) = (SELECT coalesce(max(sent_ms), (SELECT acked_at_ms FROM "
        "sync_state)), coalesce(max(registered_ms), (SELECT acked_centre_ms FROM sync_state)) FROM temp.sent WHERE "
        "sent.number = application.number AND sent.last_seq = application.last_seq) "
        "WHERE last_seq <= (SELECT acked_seq FROM sync_state);";

static enum tg_status project_rows(struct tg_store *s, struct tg_rows *rows, struct tg_error *err)
{
	enum tg_status st;
	struct tg_entry e;
	struct tg_row_place place;
	while ((st = tg_rows_next(rows, &e, &place, err)) == TG_OK)
		TG_TRY(tg_project(s, &e, NULL, place.id, err));
	return st == TG_NOT_FOUND ? TG_OK : st;
}

/* The kiosks were told all the way what the tables were then: only a different end is told to them. */
static enum tg_status say_what_differs(struct tg_store *s, struct tg_error *err)
{
	TG_TRY(tg_told_say_all(s, err));
	TG_TRY(tg_lock_say_all(s, err));
	TG_TRY(tg_token_say_all(s, err));
	return tg_app_say_all(s, err);
}

static enum tg_status finish_kiosk(struct tg_store *s, struct tg_error *err)
{
	TG_TRY(tg_app_told_again(s, err));
	return tg_db_exec(s, remember, err);
}

static enum tg_status project_all(struct tg_store *s, struct tg_error *err)
{
	struct tg_rows rows;
	TG_TRY(tg_rows_open(&rows, s, 1, INT64_MAX, err));
	s->silent = true;
	enum tg_status st = project_rows(s, &rows, err);
	s->silent = false;
	tg_rows_close(&rows);
	return st;
}

enum tg_status tg_rebuild_locked(struct tg_store *s, struct tg_error *err)
{
	TG_TRY(tg_db_exec(s, forget, err));
	TG_TRY(tg_told_begin(s, err));
	TG_TRY(tg_kept_collect(s, err));
	TG_TRY(project_all(s, err));
	TG_TRY(s->role == TG_STORE_KIOSK ? finish_kiosk(s, err) : say_what_differs(s, err));
	return tg_db_exec(s, "DROP TABLE temp.sent", err);
}

enum tg_status tg_store_rebuild(struct tg_store *s, struct tg_error *err)
{
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_begin(s, err));
	return tg_db_end(s, tg_rebuild_locked(s, err), err);
}
