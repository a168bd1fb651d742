/* What an application brings about beside its own state: an old certificate that is revoked before anybody has decided
 * (UBR-2), the lock of a certificate that is reset (DOS-8), a person who is called back (UBR-3). */
#include "body.h"
#include "db.h"

/* --- The old certificate of a reissue: as soon as it is proven who asks. By the chip that is at once, by a signature
 * when it was judged, at the desk when the clerk has seen who it is; at the latest when it is accepted. */

void tg_app_take_revokes(struct tg_app_full *app, const json_t *body)
{
	bool names = json_array_size(json_object_get(body, "serials")) > 0;
	if (names && json_is_true(json_object_get(body, "revokes")))
		app->flags |= TG_APP_REVOKES;
}

bool tg_app_is_reissue(const struct tg_app_full *app)
{
	return (app->flags & TG_APP_REVOKES) != 0 && strcmp(app->row.operation, "revoke") != 0;
}

enum tg_status tg_app_owe_revocation(struct tg_store *s, const struct tg_app_full *app, struct tg_error *err)
{
	bool owed = tg_app_is_reissue(app) && !(app->flags & TG_APP_TAKEN_BACK);
	return owed ? tg_work_add(s, "revoke", app->row.number, 0, err) : TG_OK;
}

enum tg_status tg_app_identified(
        struct tg_store *s, const struct tg_app_full *app, const json_t *body, struct tg_error *err)
{
	bool says = strcmp(tg_body_text(body, "outcome"), "identified") == 0 && app->row.state == TG_APP_AT_DESK;
	return says ? tg_app_owe_revocation(s, app, err) : TG_OK;
}

static bool by_chip(const struct tg_app_row *r)
{
	return strcmp(r->proof, "desk") != 0 && strcmp(r->proof, "signature") != 0;
}

enum tg_status tg_app_owe_on_state(struct tg_store *s, const struct tg_app_full *app, struct tg_error *err)
{
	const struct tg_app_row *r = &app->row;
	bool at_once = r->state == TG_APP_SUBMITTED && by_chip(r);
	/* Only a clerk opens a lock: whoever holds the certificate might be who has tried its PIN. */
	if (strcmp(r->operation, "unlock") == 0 && strcmp(r->proof, "desk") == 0)
		return r->state == TG_APP_ACCEPTED ? tg_work_add(s, "unlock", r->number, 0, err)
		                                   : tg_work_drop(s, "unlock", r->number, 0, err);
	return at_once || r->state == TG_APP_ACCEPTED ? tg_app_owe_revocation(s, app, err) : TG_OK;
}

/* The new certificate goes its own way, whatever became of the old one. */
enum tg_status tg_app_old_revoked(
        struct tg_store *s, struct tg_app_full *app, const struct tg_seen *seen, bool *fits, struct tg_error *err)
{
	if (strcmp(app->row.operation, "revoke") == 0)
		return TG_OK;
	*fits = tg_app_is_reissue(app);
	if (!*fits)
		return TG_OK;
	app->flags |= TG_APP_TAKEN_BACK;
	TG_TRY(tg_work_drop(s, "revoke", app->row.number, 0, err));
	return tg_app_say(s, app, seen, err);
}

int tg_app_revoked_leads_to(const struct tg_app_full *app, const json_t *body)
{
	if (strcmp(app->row.operation, "revoke") != 0)
		return TG_APP_KEEPS_STATE;
	return json_array_size(json_object_get(body, "serials")) > 0 ? TG_APP_REVOKED : TG_APP_REFUSED;
}

/* --- Locks. Several certificates are several entries; the last one ends the application. */

int tg_app_reset_leads_to(const struct tg_app_full *app, const json_t *body)
{
	if (strcmp(app->row.operation, "unlock") != 0)
		return TG_APP_UNFIT;
	if (json_integer_value(json_object_get(body, "code")) != 0)
		return TG_APP_REFUSED;
	return json_integer_value(json_object_get(body, "left")) > 0 ? TG_APP_KEEPS_STATE : TG_APP_DELIVERED;
}

/* --- Calls. Who was not reached stays in the queue, for any clerk. */

int tg_app_called_leads_to(const struct tg_app_full *app, const json_t *body)
{
	if (strcmp(app->row.operation, "order") != 0 || app->row.state != TG_APP_AT_DESK)
		return TG_APP_UNFIT;
	return json_is_true(json_object_get(body, "reached")) ? TG_APP_RECORDED : TG_APP_KEEPS_STATE;
}
