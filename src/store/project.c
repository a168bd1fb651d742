/* What entries make of the other tables. One function for kiosk and centre, and for rebuilding. */
#include "body.h"
#include "db.h"
#include "erase.h"

/* What each kind of entry changes: an application; what of it is known of tokens and locks; roles, claims, tickets;
 * what the centre tells its kiosks. */
enum { APP = 1, LIFE = 2, OFFICE = 4, TOLD = 8, ERASES = 16 };
static const unsigned char projections[TG_RECORD_KIND_COUNT] = {
        [TG_RECORD_APPLICATION_SUBMITTED] = APP,
        [TG_RECORD_APPLICATION_SIGNED] = APP,
        [TG_RECORD_CHIP_INTENT] = APP,
        [TG_RECORD_CHIP_DONE] = APP,
        [TG_RECORD_APPLICATION_DELIVERED] = APP | LIFE,
        [TG_RECORD_APPLICATION_UNDONE] = APP,
        [TG_RECORD_APPLICATION_WAITING] = APP,
        [TG_RECORD_RECEIPT_PRINTED] = APP,
        [TG_RECORD_PIN_INTENT] = LIFE,
        [TG_RECORD_PIN_DONE] = LIFE,
        [TG_RECORD_PIN_TRIED] = LIFE,
        [TG_RECORD_LOCK_RESET] = APP | LIFE,
        [TG_RECORD_TOKEN_STATE] = LIFE,
        [TG_RECORD_APPLICATION_VERIFIED] = APP,
        [TG_RECORD_APPLICATION_REVOKED] = APP,
        [TG_RECORD_APPLICATION_ISSUED] = APP,
        [TG_RECORD_APPLICATION_CANCELLED] = APP,
        [TG_RECORD_APPLICATION_ABANDONED] = APP,
        [TG_RECORD_HEAD_DECIDED] = APP,
        [TG_RECORD_DESK_CLAIMED] = APP | OFFICE,
        [TG_RECORD_DESK_DECIDED] = APP,
        [TG_RECORD_POWER_USED] = APP,
        [TG_RECORD_COMPLAINT_REGISTERED] = APP,
        [TG_RECORD_COMPLAINT_STATE] = APP,
        [TG_RECORD_MAIL_DONE] = APP,
        [TG_RECORD_QUEUE_TICKET] = OFFICE,
        [TG_RECORD_KIOSK_ROLE] = OFFICE,
        [TG_RECORD_COMPANIES_CHANGED] = APP,
        [TG_RECORD_PAYMENT_NOTED] = APP | OFFICE,
        [TG_RECORD_PAYMENT_REFUND] = APP,
        [TG_RECORD_BALANCE_CHARGED] = APP,
        [TG_RECORD_CALLBACK_DONE] = APP,
        [TG_RECORD_BODIES_ERASED] = ERASES,
        [TG_RECORD_NEWS_TOLD] = TOLD,
        [TG_RECORD_SOFTWARE_TOLD] = TOLD,
        [TG_RECORD_REGISTER_IMPORTED] = TOLD,
        [TG_RECORD_CERTIFICATE_REVOKED] = TOLD,
};

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

static enum tg_status project_life(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err)
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

enum tg_status tg_seen_ask_centre(struct tg_store *s, struct tg_seen *seen, struct tg_error *err)
{
	/* A kiosk's clock may be ahead; the centre had the entry when its own clock says. */
	if (s->role == TG_STORE_CENTRE)
		TG_TRY(tg_row_received(s, seen->id, &seen->centre_ms, err));
	if (seen->centre_ms > 0 && seen->time_ms > seen->centre_ms)
		seen->time_ms = seen->centre_ms;
	return TG_OK;
}

enum tg_status tg_seen_make(struct tg_store *s, const struct tg_entry *e, int kind, const json_t *body, int64_t id,
        struct tg_seen *out, struct tg_error *err)
{
	*out = (struct tg_seen){.e = e, .kind = kind, .body = body, .id = id, .time_ms = e->time_ms};
	return projections[kind] & LIFE ? tg_seen_ask_centre(s, out, err) : TG_OK;
}

static enum tg_status project_body(
        struct tg_store *s, const struct tg_entry *e, int kind, const json_t *body, int64_t id, struct tg_error *err)
{
	struct tg_seen seen;
	TG_TRY(tg_seen_make(s, e, kind, body, id, &seen, err));
	if (projections[kind] & APP)
		TG_TRY(tg_app_project(s, &seen, err));
	if (projections[kind] & OFFICE)
		TG_TRY(tg_office_project(s, &seen, err));
	if (projections[kind] & ERASES)
		TG_TRY(tg_kept_follow(s, e, body, err));
	if (projections[kind] & TOLD)
		TG_TRY(tg_told_project(s, &seen, err));
	return projections[kind] & LIFE ? project_life(s, &seen, err) : TG_OK;
}

enum tg_status tg_project(
        struct tg_store *s, const struct tg_entry *e, const json_t *body, int64_t id, struct tg_error *err)
{
	int kind = tg_record_kind_find(e->kind);
	if (kind < 0 || projections[kind] == 0 || (!e->body && !e->kept))
		return TG_OK;
	if (body)
		return project_body(s, e, kind, body, id, err);
	/* A body that cannot be read stays in the journal, where it counts; there is nothing to project. */
	json_t *own = tg_kept_or_body(e);
	if (!own)
		return TG_OK;
	enum tg_status st = project_body(s, e, kind, own, id, err);
	json_decref(own);
	return st;
}
