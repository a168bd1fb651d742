/* The desk's side: roles of kiosks, who has which application before the eyes, the electronic queue. Requirements P-5,
 * NCA-4, NCA-10, NCA-14; src/decisions/0178. */
#include "body.h"
#include "db.h"

#define CLAIM_MS INT64_C(900000)

/* --- Roles */

static bool is_role(const char *role)
{
	return strcmp(role, "desk") == 0 || strcmp(role, "field") == 0 || *role == '\0';
}

enum tg_status tg_store_kiosk_role(struct tg_store *s, const char *kiosk, char role[16], struct tg_error *err)
{
	sqlite3_stmt *q;
	role[0] = '\0';
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_stmt(s, TG_SQL_ROLE_GET, &q, err));
	tg_db_bind_text(q, 1, kiosk);
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_OK && !tg_db_text(q, 0, role, 16))
		st = tg_error_set(err, TG_STORE_DAMAGED, "store: a row of kiosk_role cannot be read; rebuild");
	sqlite3_reset(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

enum tg_status tg_store_set_kiosk_role(
        struct tg_store *s, const char *kiosk, const char *role, int64_t now_ms, struct tg_error *err)
{
	char body[120], now[16];
	if (s->role != TG_STORE_CENTRE)
		return tg_error_set(err, TG_INVALID, "store: roles are given at the centre");
	if (!tg_kiosk_id_valid(kiosk) || strcmp(kiosk, TG_CENTRE_STREAM) == 0 || !is_role(role))
		return tg_error_set(err, TG_INVALID, "store: no kiosk or no role: desk, field or nothing");
	TG_TRY(tg_store_kiosk_role(s, kiosk, now, err));
	if (strcmp(now, role) == 0)
		return TG_OK;
	(void)snprintf(body, sizeof(body), "{\"kiosk\":\"%s\",\"role\":\"%s\"}", kiosk, role);
	return tg_store_append(s, TG_RECORD_KIOSK_ROLE, body, now_ms, NULL, err);
}

static enum tg_status project_role(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err)
{
	sqlite3_stmt *q;
	const char *kiosk = tg_body_text(seen->body, "kiosk"), *role = tg_body_text(seen->body, "role");
	if (!tg_kiosk_id_valid(kiosk) || !is_role(role))
		return TG_OK;
	TG_TRY(tg_db_stmt(s, TG_SQL_ROLE_SET, &q, err));
	tg_db_bind_text(q, 1, kiosk);
	tg_db_bind_text(q, 2, role);
	return tg_db_run(s, q, err);
}

enum tg_status tg_office_is_staffed(struct tg_store *s, const struct tg_seen *seen, bool *is, struct tg_error *err)
{
	char role[16];
	/* A kiosk does not know its role: what its own program let staff write is taken. The centre looks. */
	*is = s->role == TG_STORE_KIOSK || strcmp(seen->e->kiosk, TG_CENTRE_STREAM) == 0;
	if (*is)
		return TG_OK;
	TG_TRY(tg_store_kiosk_role(s, seen->e->kiosk, role, err));
	*is = role[0] != '\0';
	return TG_OK;
}

/* --- Claims */

enum tg_status tg_store_claim_of(struct tg_store *s, const char *number, struct tg_claim *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	*out = (struct tg_claim){0};
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_stmt(s, TG_SQL_CLAIM_GET, &q, err));
	tg_db_bind_text(q, 1, number);
	TG_TRY(tg_db_row(s, q, err));
	(void)tg_copy(out->number, sizeof(out->number), number);
	bool ok = tg_db_text(q, 0, out->kiosk, sizeof(out->kiosk)) && tg_db_text(q, 1, out->staff, sizeof(out->staff));
	out->until_ms = sqlite3_column_int64(q, 2);
	sqlite3_reset(q);
	return ok ? TG_OK : tg_error_set(err, TG_STORE_DAMAGED, "store: a row of claim cannot be read; rebuild");
}

enum tg_status tg_claim_drop(struct tg_store *s, const char *number, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_CLAIM_DROP, &q, err));
	tg_db_bind_text(q, 1, number);
	return tg_db_run(s, q, err);
}

static enum tg_status project_claim(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err)
{
	sqlite3_stmt *q;
	const json_t *b = seen->body;
	const char *kiosk = tg_body_text(b, "kiosk"), *staff = tg_body_text(b, "staff");
	if (!tg_kiosk_id_valid(kiosk) || strlen(staff) >= sizeof(((struct tg_claim *)0)->staff))
		return TG_OK;
	TG_TRY(tg_db_stmt(s, TG_SQL_CLAIM_SET, &q, err));
	tg_db_bind_text(q, 1, tg_body_text(b, "number"));
	tg_db_bind_text(q, 2, kiosk);
	tg_db_bind_text(q, 3, staff);
	tg_db_bind_int(q, 4, json_integer_value(json_object_get(b, "until_ms")));
	return tg_db_run(s, q, err);
}

/* A claim outlives its time until somebody else claims: a decision that was made in time may arrive late. */
enum tg_status tg_office_may_decide(
        struct tg_store *s, const struct tg_app_full *app, const struct tg_seen *seen, bool *may, struct tg_error *err)
{
	struct tg_claim claim;
	char role[16];
	*may = s->role == TG_STORE_KIOSK || strcmp(seen->e->kiosk, TG_CENTRE_STREAM) == 0;
	if (*may)
		return TG_OK;
	enum tg_status st = tg_store_claim_of(s, app->row.number, &claim, err);
	if (st != TG_OK && st != TG_NOT_FOUND)
		return st;
	*may = st == TG_OK && strcmp(claim.kiosk, seen->e->kiosk) == 0 &&
	       strcmp(claim.staff, tg_body_text(seen->body, "staff")) == 0;
	if (*may || strcmp(app->row.kiosk, seen->e->kiosk) != 0)
		return TG_OK;
	/* A field set has no line to the centre at the applicant's address and decides on its own ones only. */
	TG_TRY(tg_store_kiosk_role(s, seen->e->kiosk, role, err));
	*may = strcmp(role, "field") == 0;
	return TG_OK;
}

static enum tg_status may_claim(
        struct tg_store *s, const struct tg_claim *c, int64_t now_ms, int64_t *until_ms, struct tg_error *err)
{
	struct tg_app_full app;
	struct tg_claim held;
	TG_TRY(tg_app_load(s, c->number, &app, err));
	if (app.row.state != TG_APP_AT_DESK)
		return tg_error_set(err, TG_CARD_STATE, "nothing is to be decided");
	/* One whose power of attorney was used must be taken up too, to be refused; accepted it cannot be (use_power).
	 */
	enum tg_status st = tg_store_claim_of(s, c->number, &held, err);
	if (st != TG_OK)
		return st == TG_NOT_FOUND ? TG_OK : st;
	bool same = strcmp(held.kiosk, c->kiosk) == 0 && strcmp(held.staff, c->staff) == 0;
	if (!same && held.until_ms > now_ms)
		return tg_error_set(err, TG_CLAIMED, "another clerk has it");
	/* Asked again by the same clerk: no new entry before half of the time is gone. */
	if (same && held.until_ms > now_ms + CLAIM_MS / 2)
		*until_ms = held.until_ms;
	return TG_OK;
}

enum tg_status tg_store_claim(
        struct tg_store *s, const struct tg_claim *c, int64_t now_ms, int64_t *until_ms, struct tg_error *err)
{
	*until_ms = 0;
	if (s->role != TG_STORE_CENTRE || !c->staff[0])
		return tg_error_set(err, TG_INVALID, "a claim needs the centre and a clerk");
	const json_int_t until = now_ms + CLAIM_MS;
	json_t *o = json_pack(
	        "{s:s, s:s, s:s, s:I}", "number", c->number, "kiosk", c->kiosk, "staff", c->staff, "until_ms", until);
	char *body = o ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	if (!body)
		return tg_error_set(err, TG_INVALID, "claim");
	/* One transaction: two clerks that claim at the same moment are two after each other. */
	enum tg_status st = tg_db_begin(s, err);
	if (st == TG_OK) {
		st = may_claim(s, c, now_ms, until_ms, err);
		if (st == TG_OK && *until_ms == 0) {
			*until_ms = until;
			st = tg_append_locked(s, TG_RECORD_DESK_CLAIMED, body, now_ms, err);
		}
		st = tg_db_end(s, st, err);
	}
	free(body);
	return st;
}

/* --- The electronic queue: when each ticket was taken, called and served, as measured. A ticket is taken at one kiosk
 * and called at another, so its entries come in any order. */

#define DAY_MS 86400000

static enum tg_status project_ticket(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err)
{
	static const char *const kinds[] = {"taken", "called", "served"};
	sqlite3_stmt *q;
	const json_t *b = seen->body;
	const char *ticket = tg_body_text(b, "ticket"), *number = tg_body_text(b, "number");
	json_int_t ms = json_integer_value(json_object_get(b, "time_ms"));
	bool known = false;
	if (!*ticket || strlen(ticket) > 31 || strlen(number) >= TG_NUMBER_MAX || ms <= 0)
		return TG_OK;
	TG_TRY(tg_db_stmt(s, TG_SQL_TICKET_SET, &q, err));
	tg_db_bind_int(q, 1, ms / DAY_MS);
	tg_db_bind_text(q, 2, ticket);
	tg_db_bind_text(q, 3, seen->e->kiosk);
	tg_db_bind_text(q, 4, number);
	for (int i = 0; i < 3; i++) {
		bool is = strcmp(tg_body_text(b, "what"), kinds[i]) == 0;
		tg_db_bind_int(q, 5 + i, is ? ms : 0);
		known = known || is;
	}
	return known ? tg_db_run(s, q, err) : TG_OK;
}

enum tg_status tg_office_project(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err)
{
	bool centre = strcmp(seen->e->kiosk, TG_CENTRE_STREAM) == 0;
	switch (seen->kind) {
	case TG_RECORD_KIOSK_ROLE:
		return centre ? project_role(s, seen, err) : TG_OK;
	case TG_RECORD_DESK_CLAIMED:
		return centre ? project_claim(s, seen, err) : TG_OK;
	case TG_RECORD_QUEUE_TICKET:
		return project_ticket(s, seen, err);
	case TG_RECORD_PAYMENT_NOTED:
		return tg_money_project_balance(s, seen, err);
	default:
		return TG_OK;
	}
}
