/* What entries make of the other tables. One function for kiosk and centre, and for rebuilding. */
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

/* What each kind of entry changes. */
enum { APP = 1, LIFE = 2 };
static const unsigned char projections[TG_RECORD_KIND_COUNT] = {
        [TG_RECORD_APPLICATION_SUBMITTED] = APP,
        [TG_RECORD_CHIP_INTENT] = APP,
        [TG_RECORD_CHIP_DONE] = APP,
        [TG_RECORD_APPLICATION_DELIVERED] = APP | LIFE,
        [TG_RECORD_APPLICATION_UNDONE] = APP,
        [TG_RECORD_APPLICATION_WAITING] = APP,
        [TG_RECORD_RECEIPT_PRINTED] = APP,
        [TG_RECORD_PIN_INTENT] = LIFE,
        [TG_RECORD_PIN_DONE] = LIFE,
        [TG_RECORD_PIN_TRIED] = LIFE,
        [TG_RECORD_LOCK_RESET] = LIFE,
        [TG_RECORD_TOKEN_STATE] = LIFE,
};

/* For applications: the state each kind leads to, or that it keeps the state. */
enum { KEEPS_STATE = -2 };
static const int leads_to[TG_RECORD_KIND_COUNT] = {
        [TG_RECORD_APPLICATION_SUBMITTED] = TG_APP_SUBMITTED,
        [TG_RECORD_CHIP_INTENT] = TG_APP_WORKING,
        [TG_RECORD_CHIP_DONE] = TG_APP_WORKING,
        [TG_RECORD_APPLICATION_DELIVERED] = TG_APP_DELIVERED,
        [TG_RECORD_APPLICATION_UNDONE] = TG_APP_UNDONE,
        [TG_RECORD_APPLICATION_WAITING] = TG_APP_WAITING,
        [TG_RECORD_RECEIPT_PRINTED] = KEEPS_STATE,
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

static enum tg_status project_app(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err)
{
	struct tg_app_full app;
	const char *number = tg_body_text(seen->body, "number");
	if (!*number || strlen(number) >= TG_NUMBER_MAX)
		return TG_OK;
	enum tg_status st = tg_app_load(s, number, &app, err);
	int64_t before = app.last_id;
	if (st == TG_OK)
		go_on(&app, seen->kind, seen->body, seen->e);
	else if (st == TG_NOT_FOUND)
		begin(&app, seen->kind, seen->body, seen->e, number);
	else
		return st;
	app.last_id = seen->id;
	TG_TRY(add_link(s, seen->id, before, err));
	return tg_app_save(s, &app, err);
}

/* Chip work was delivered: its token is in use. An entry that did not fit its application moves no token. */
static enum tg_status project_delivery(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err)
{
	struct tg_app_full app;
	const char *number = tg_body_text(seen->body, "number");
	enum tg_status st = tg_app_load(s, number, &app, err);
	if (st != TG_OK)
		return st == TG_NOT_FOUND ? TG_OK : st;
	bool delivered = app.row.state == TG_APP_DELIVERED && strcmp(app.row.kiosk, seen->e->kiosk) == 0;
	return delivered ? tg_token_delivered(s, app.row.carrier_serial, seen, err) : TG_OK;
}

enum tg_status tg_project_life(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err)
{
	switch (seen->kind) {
	case TG_RECORD_APPLICATION_DELIVERED:
		return project_delivery(s, seen, err);
	case TG_RECORD_PIN_TRIED:
	case TG_RECORD_LOCK_RESET:
		return tg_lock_project(s, seen, err);
	case TG_RECORD_TOKEN_STATE:
	case TG_RECORD_PIN_INTENT:
	case TG_RECORD_PIN_DONE:
		return tg_token_project(s, seen, err);
	default:
		return TG_OK;
	}
}

enum tg_status tg_seen_make(struct tg_store *s, const struct tg_entry *e, int kind, const json_t *body, int64_t id,
        struct tg_seen *out, struct tg_error *err)
{
	*out = (struct tg_seen){.e = e, .kind = kind, .body = body, .id = id, .time_ms = e->time_ms};
	/* A kiosk's clock may be ahead; the centre had the entry when its own clock says. */
	if (s->role == TG_STORE_CENTRE && (projections[kind] & LIFE))
		TG_TRY(tg_row_received(s, id, &out->centre_ms, err));
	if (out->centre_ms > 0 && out->time_ms > out->centre_ms)
		out->time_ms = out->centre_ms;
	return TG_OK;
}

static enum tg_status project_body(
        struct tg_store *s, const struct tg_entry *e, int kind, const json_t *body, int64_t id, struct tg_error *err)
{
	struct tg_seen seen;
	TG_TRY(tg_seen_make(s, e, kind, body, id, &seen, err));
	if (projections[kind] & APP)
		TG_TRY(project_app(s, &seen, err));
	return projections[kind] & LIFE ? tg_project_life(s, &seen, err) : TG_OK;
}

enum tg_status tg_project(
        struct tg_store *s, const struct tg_entry *e, const json_t *body, int64_t id, struct tg_error *err)
{
	int kind = tg_record_kind_find(e->kind);
	if (kind < 0 || projections[kind] == 0 || !e->body)
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
