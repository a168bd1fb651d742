/* What entries make of the table of applications. One function for kiosk and centre, and for rebuilding. */
#include "body.h"
#include "db.h"

#include "tamga/sm.h"

#define GOES_ON                                                                                                        \
	(TG_SM_TO(TG_APP_WORKING) | TG_SM_TO(TG_APP_WAITING) | TG_SM_TO(TG_APP_DELIVERED) | TG_SM_TO(TG_APP_UNDONE))

static const struct tg_sm_row app_rows[TG_APP_STATE_COUNT] = {
        [TG_APP_SUBMITTED] = {"submitted", GOES_ON, false},
        [TG_APP_WORKING] = {"working", GOES_ON, false},
        [TG_APP_WAITING] = {"waiting", GOES_ON, false},
        [TG_APP_DELIVERED] = {"delivered", 0, true},
        [TG_APP_UNDONE] = {"undone", 0, true},
};
static const struct tg_sm app_sm = {"application", app_rows, TG_APP_STATE_COUNT};

/* What each kind does: the state it leads to, or one of these. */
enum { NO_NUMBER = -1, KEEPS_STATE = -2 };
static const int leads_to[TG_RECORD_KIND_COUNT] = {
        [TG_RECORD_KIOSK_STARTED] = NO_NUMBER,
        [TG_RECORD_APPLICATION_SUBMITTED] = TG_APP_SUBMITTED,
        [TG_RECORD_CHIP_INTENT] = TG_APP_WORKING,
        [TG_RECORD_CHIP_DONE] = TG_APP_WORKING,
        [TG_RECORD_APPLICATION_DELIVERED] = TG_APP_DELIVERED,
        [TG_RECORD_APPLICATION_UNDONE] = TG_APP_UNDONE,
        [TG_RECORD_APPLICATION_WAITING] = TG_APP_WAITING,
        [TG_RECORD_RECEIPT_PRINTED] = KEEPS_STATE,
        [TG_RECORD_FAILURE_SHOWN] = NO_NUMBER,
        [TG_RECORD_PIN_INTENT] = NO_NUMBER,
        [TG_RECORD_PIN_DONE] = NO_NUMBER,
        [TG_RECORD_PIN_TRIED] = NO_NUMBER,
        [TG_RECORD_LOCK_RESET] = NO_NUMBER,
        [TG_RECORD_TOKEN_STATE] = NO_NUMBER,
        [TG_RECORD_STAFF_ENTERED] = NO_NUMBER,
        [TG_RECORD_SIGNATURE_TRIED] = NO_NUMBER,
};

static void fill_submitted(struct tg_app_row *r, const json_t *body)
{
	(void)tg_copy(r->provider, sizeof(r->provider), tg_body_text(body, "provider"));
	(void)tg_copy(r->service, sizeof(r->service), tg_body_text(body, "service"));
	(void)tg_copy(r->form, sizeof(r->form), tg_body_text(body, "form"));
	/* Known before the first chip step: power may go between the two entries. */
	(void)tg_copy(
	        r->carrier_serial, sizeof(r->carrier_serial), tg_body_text(json_object_get(body, "carrier"), "serial"));
}

static void start_app(struct tg_app_full *app, const struct tg_entry *e, const char *number)
{
	*app = (struct tg_app_full){.row = {.state = TG_APP_SUBMITTED, .first_seq = e->seq, .accepted_ms = e->time_ms}};
	(void)tg_copy(app->row.number, sizeof(app->row.number), number);
	(void)tg_copy(app->row.kiosk, sizeof(app->row.kiosk), e->kiosk);
}

/* The state machine's part: false when the entry does not fit. */
static bool move(struct tg_app_full *app, int to, const struct tg_entry *e)
{
	if (to == KEEPS_STATE)
		return true;
	if (!tg_sm_allows(&app_sm, (int)app->row.state, to))
		return false;
	app->row.state = (enum tg_app_state)to;
	if (app_rows[to].final)
		app->row.finished_ms = e->time_ms;
	return true;
}

/* An entry about an application that is there already. */
static void go_on(struct tg_app_full *app, int kind, const json_t *body, const struct tg_entry *e)
{
	/* A kiosk speaks for its own applications only (C-2). */
	bool fits = strcmp(app->row.kiosk, e->kiosk) == 0;
	if (fits) {
		app->row.last_seq = e->seq;
		app->row.sent_ms = app->row.registered_ms = 0;
		fits = move(app, leads_to[kind], e);
	}
	if (fits && kind == TG_RECORD_CHIP_INTENT && *tg_body_text(body, "serial"))
		(void)tg_copy(app->row.carrier_serial, sizeof(app->row.carrier_serial), tg_body_text(body, "serial"));
	if (!fits)
		app->irregular++;
}

/* An application begins with being submitted; anything else makes a row that says it is irregular. */
static void begin(struct tg_app_full *app, int kind, const json_t *body, const struct tg_entry *e, const char *number)
{
	start_app(app, e, number);
	if (kind == TG_RECORD_APPLICATION_SUBMITTED) {
		fill_submitted(&app->row, body);
		app->row.last_seq = e->seq;
	} else {
		go_on(app, kind, body, e);
		app->irregular++;
	}
}

static enum tg_status add_link(struct tg_store *s, int64_t id, int64_t before, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_LINK_ADD, &q, err));
	tg_db_bind_int(q, 1, id);
	tg_db_bind_int(q, 2, before);
	return tg_db_run(s, q, err);
}

static enum tg_status project_body(
        struct tg_store *s, const struct tg_entry *e, int kind, const json_t *body, int64_t id, struct tg_error *err)
{
	struct tg_app_full app;
	const char *number = tg_body_text(body, "number");
	if (!*number || strlen(number) >= TG_NUMBER_MAX)
		return TG_OK;
	enum tg_status st = tg_app_load(s, number, &app, err);
	int64_t before = app.last_id;
	if (st == TG_OK)
		go_on(&app, kind, body, e);
	else if (st == TG_NOT_FOUND)
		begin(&app, kind, body, e, number);
	else
		return st;
	app.last_id = id;
	TG_TRY(add_link(s, id, before, err));
	return tg_app_save(s, &app, err);
}

enum tg_status tg_project(
        struct tg_store *s, const struct tg_entry *e, const json_t *body, int64_t id, struct tg_error *err)
{
	int kind = tg_record_kind_find(e->kind);
	if (kind < 0 || leads_to[kind] == NO_NUMBER || !e->body)
		return TG_OK;
	if (body)
		return project_body(s, e, kind, body, id, err);
	/* A body that cannot be read stays in the journal, where it counts; there is nothing to project. */
	json_t *own = tg_body_parse(e->body, e->body_len);
	if (!own)
		return TG_OK;
	enum tg_status st = project_body(s, e, kind, own, id, err);
	json_decref(own);
	return st;
}
