/* An application that its applicant signs once its new keys exist (NCA-9.again): handed in, keys made, signed, judged.
 * Until the verdict is good the work on the card is no chip work of an accepted application: it moves nothing, and what
 * it left on the card is remembered until it was removed there. */
#include "body.h"
#include "db.h"

bool tg_app_is_signed_kind(const struct tg_app_row *r)
{
	return strcmp(r->proof, "signature") == 0;
}

static bool was_accepted(const struct tg_app_row *r)
{
	return r->state == TG_APP_ACCEPTED || r->state == TG_APP_WORKING || r->state == TG_APP_WAITING ||
	       r->state == TG_APP_ISSUED;
}

/* Keys are made before it is signed; taken back, at any time. */
static bool before_signing(const struct tg_app_full *app, const char *step)
{
	bool making = strcmp(step, "generate") == 0 && !(app->flags & TG_APP_SIGNED) &&
	              (app->row.state == TG_APP_SUBMITTED || app->row.state == TG_APP_CONFIRMING);
	return making || strcmp(step, "undo") == 0;
}

int tg_app_chip_leads_to(const struct tg_app_full *app, const json_t *body)
{
	if (!tg_app_is_signed_kind(&app->row) || was_accepted(&app->row))
		return TG_APP_WORKING;
	return before_signing(app, tg_body_text(body, "step")) ? TG_APP_KEEPS_STATE : (int)TG_APP_WORKING;
}

bool tg_app_may_move(const struct tg_app_full *app, enum tg_app_state to)
{
	bool chip_work = to == TG_APP_WORKING || to == TG_APP_WAITING || to == TG_APP_DELIVERED || to == TG_APP_ISSUED;
	return !chip_work || app->row.state != TG_APP_SUBMITTED || !tg_app_is_signed_kind(&app->row);
}

void tg_app_note_keys(struct tg_app_full *app, const struct tg_seen *seen)
{
	const char *step = tg_body_text(seen->body, "step");
	bool gone = seen->kind == TG_RECORD_APPLICATION_DELIVERED || seen->kind == TG_RECORD_APPLICATION_UNDONE ||
	            (seen->kind == TG_RECORD_CHIP_DONE && strcmp(step, "undo") == 0);
	bool made = seen->kind == TG_RECORD_CHIP_INTENT && strcmp(step, "generate") == 0;
	if (made && tg_app_is_signed_kind(&app->row))
		app->flags |= TG_APP_KEYS;
	if (gone)
		app->flags &= ~(unsigned)TG_APP_KEYS;
}

enum tg_status tg_app_take_signed(
        struct tg_store *s, struct tg_app_full *app, const struct tg_seen *seen, bool *fits, struct tg_error *err)
{
	bool waits = app->row.state == TG_APP_SUBMITTED || app->row.state == TG_APP_CONFIRMING;
	*fits = waits && tg_app_is_signed_kind(&app->row) && !(app->flags & TG_APP_SIGNED) &&
	        *tg_body_text(seen->body, "signed");
	if (!*fits)
		return TG_OK;
	app->flags |= TG_APP_SIGNED;
	return tg_work_add(s, "judge", app->row.number, seen->id, err);
}

int tg_app_signed_leads_to(const struct tg_app_full *app)
{
	return app->row.state == TG_APP_SUBMITTED ? (int)TG_APP_VERIFYING : TG_APP_KEEPS_STATE;
}
