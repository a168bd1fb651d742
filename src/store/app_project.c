/* What an entry makes of its application. The entries of one application come from several streams: its own kiosk, the
 * desk, a head's kiosk, the centre. Who may write what is one table; what does not fit is kept, counted, and changes
 * nothing. Requirements K-15, NCA-9.head, NCA-10, C-2. */
#include "body.h"
#include "db.h"
#include "erase.h"

enum speaker {
	NOBODY, /* not about an application */
	OWN,    /* the kiosk it was handed in at */
	MAKER,  /* who makes the certificate: its own kiosk, or the centre where it is the provider's to make (DOS-3) */
	CENTRE, /* the centre's own stream */
	CLERK,  /* who has it before the eyes (office.c) */
	PARTY,  /* its own kiosk or such a clerk */
	STAFF,  /* any desk or field set, or the office */
	ANYBODY
};
enum { KEEPS_STATE = TG_APP_KEEPS_STATE, UNFIT = TG_APP_UNFIT, BY_BODY = -3 };

static const struct rule {
	enum speaker by;
	int to;
} rules[TG_RECORD_KIND_COUNT] = {
        [TG_RECORD_APPLICATION_SUBMITTED] = {OWN, UNFIT}, /* the second time */
        [TG_RECORD_APPLICATION_SIGNED] = {OWN, BY_BODY},
        [TG_RECORD_CHIP_INTENT] = {OWN, BY_BODY},
        [TG_RECORD_CHIP_DONE] = {OWN, BY_BODY},
        [TG_RECORD_APPLICATION_DELIVERED] = {OWN, TG_APP_DELIVERED},
        [TG_RECORD_APPLICATION_UNDONE] = {MAKER, TG_APP_UNDONE},
        [TG_RECORD_APPLICATION_WAITING] = {OWN, TG_APP_WAITING},
        [TG_RECORD_APPLICATION_ISSUED] = {MAKER, BY_BODY},
        [TG_RECORD_RECEIPT_PRINTED] = {ANYBODY, KEEPS_STATE},
        [TG_RECORD_APPLICATION_CANCELLED] = {PARTY, TG_APP_CANCELLED},
        [TG_RECORD_APPLICATION_ABANDONED] = {CENTRE, BY_BODY},
        [TG_RECORD_APPLICATION_VERIFIED] = {CENTRE, BY_BODY},
        [TG_RECORD_APPLICATION_REVOKED] = {CENTRE, BY_BODY},
        [TG_RECORD_HEAD_DECIDED] = {ANYBODY, KEEPS_STATE}, /* a word only, until the centre has judged its signature */
        [TG_RECORD_DESK_CLAIMED] = {CENTRE, KEEPS_STATE},
        [TG_RECORD_DESK_DECIDED] = {CLERK, BY_BODY},
        [TG_RECORD_POWER_USED] = {CENTRE, KEEPS_STATE},
        [TG_RECORD_COMPLAINT_REGISTERED] = {STAFF, BY_BODY},
        [TG_RECORD_COMPLAINT_STATE] = {STAFF, BY_BODY},
        [TG_RECORD_MAIL_DONE] = {CENTRE, KEEPS_STATE},
        [TG_RECORD_PAYMENT_NOTED] = {STAFF, KEEPS_STATE},
        [TG_RECORD_PAYMENT_REFUND] = {STAFF, KEEPS_STATE},
        [TG_RECORD_BALANCE_CHARGED] = {CENTRE, KEEPS_STATE},
        [TG_RECORD_LOCK_RESET] = {CENTRE, BY_BODY},
        [TG_RECORD_CALLBACK_DONE] = {CLERK, BY_BODY},
        [TG_RECORD_COMPANIES_CHANGED] = {CENTRE, BY_BODY},
};

/* Its key is made and kept by the provider: nothing is left to be delivered. */
static bool is_cloud(const struct tg_app_full *app)
{
	return strcmp(app->row.operation, "cloud") == 0;
}

static enum tg_status may_speak(
        struct tg_store *s, const struct tg_app_full *app, const struct tg_seen *seen, bool *may, struct tg_error *err)
{
	bool own = strcmp(app->row.kiosk, seen->e->kiosk) == 0;
	*may = true;
	switch (rules[seen->kind].by) {
	case OWN:
		*may = own;
		return TG_OK;
	case MAKER:
		*may = is_cloud(app) ? strcmp(seen->e->kiosk, TG_CENTRE_STREAM) == 0 : own;
		return TG_OK;
	case CENTRE:
		*may = strcmp(seen->e->kiosk, TG_CENTRE_STREAM) == 0;
		return TG_OK;
	case PARTY:
		return own ? TG_OK : tg_office_may_decide(s, app, seen, may, err);
	case CLERK:
		return tg_office_may_decide(s, app, seen, may, err);
	case STAFF:
		return tg_office_is_staffed(s, seen, may, err);
	case NOBODY:
	case ANYBODY:
		return TG_OK;
	}
	return TG_OK;
}

/* --- Where an entry leads by what it says */

static int code_of(const json_t *body)
{
	json_int_t code = json_integer_value(json_object_get(body, "code"));
	return code > 0 && code < 1000 ? (int)code : 0;
}

/* Not every code of an answer is a decision: a head's bad signature decides nothing. */
static int verified_leads_to(struct tg_app_full *app, const json_t *body)
{
	if (code_of(body) == TG_CERT_STATUS)
		return KEEPS_STATE; /* nobody could be asked: it is judged again */
	if (strcmp(tg_body_text(body, "what"), "head") == 0) {
		if (app->row.state != TG_APP_CONFIRMING)
			return UNFIT;
		if (code_of(body) != 0)
			return KEEPS_STATE;
		return json_is_true(json_object_get(body, "yes")) ? (int)tg_app_confirmed_state(app) : TG_APP_DECLINED;
	}
	if (code_of(body) != 0)
		return TG_APP_REFUSED;
	app->flags |= TG_APP_GOOD;
	return app->row.state == TG_APP_VERIFYING ? TG_APP_ACCEPTED : KEEPS_STATE;
}

static int decided_leads_to(const json_t *body)
{
	static const struct {
		const char *outcome;
		enum tg_app_state to;
	} outcomes[] = {
	        {"accepted", TG_APP_ACCEPTED}, {"not-accepted", TG_APP_NOT_ACCEPTED}, {"refused", TG_APP_REFUSED}};
	const char *outcome = tg_body_text(body, "outcome");
	if (strcmp(outcome, "identified") == 0) /* the papers are judged later */
		return KEEPS_STATE;
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (strcmp(outcomes[i].outcome, outcome) == 0)
			return (int)outcomes[i].to;
	return UNFIT;
}

static int complaint_leads_to(const struct tg_seen *seen)
{
	const char *state = seen->kind == TG_RECORD_COMPLAINT_STATE ? tg_body_text(seen->body, "state") : "";
	if (strcmp(state, "answered") == 0)
		return TG_APP_DELIVERED; /* its result is the answer */
	return strcmp(state, "not-considered") == 0 ? TG_APP_REFUSED : KEEPS_STATE;
}

static int leads_to(struct tg_app_full *app, const struct tg_seen *seen)
{
	int to = rules[seen->kind].to;
	if (to != BY_BODY)
		return to;
	switch (seen->kind) {
	case TG_RECORD_CHIP_INTENT:
	case TG_RECORD_CHIP_DONE:
		return tg_app_chip_leads_to(app, seen->body);
	case TG_RECORD_APPLICATION_SIGNED:
		return tg_app_signed_leads_to(app);
	case TG_RECORD_APPLICATION_VERIFIED:
		return verified_leads_to(app, seen->body);
	case TG_RECORD_APPLICATION_REVOKED:
		return tg_app_revoked_leads_to(app, seen->body);
	case TG_RECORD_APPLICATION_ABANDONED: /* what was begun on a card is undone */
		return tg_app_state_allows(app->row.state, TG_APP_CANCELLED) ? TG_APP_CANCELLED : TG_APP_UNDONE;
	case TG_RECORD_LOCK_RESET:
		return tg_app_reset_leads_to(app, seen->body);
	case TG_RECORD_COMPANIES_CHANGED:
		return tg_company_leads_to(app, seen->body);
	case TG_RECORD_CALLBACK_DONE:
		return tg_app_called_leads_to(app, seen->body);
	case TG_RECORD_DESK_DECIDED:
		return decided_leads_to(seen->body);
	case TG_RECORD_APPLICATION_ISSUED:
		return is_cloud(app) ? TG_APP_DELIVERED : TG_APP_ISSUED;
	default:
		return complaint_leads_to(seen);
	}
}

/* --- Moving */

/* A kiosk that is made again from its journal meets its own work on an application before the centre's word about it,
 * which stands in no entry of its own: where that word is held, it was there when the work was done. */
static enum tg_status was_allowed_then(
        struct tg_store *s, const struct tg_app_full *app, enum tg_app_state to, bool *was, struct tg_error *err)
{
	json_t *body = NULL;
	int64_t ms;
	*was = false;
	if (s->role != TG_STORE_KIOSK || !s->silent || !tg_app_reaches(app->row.state, to))
		return TG_OK;
	TG_TRY(tg_feed_find(s, "application", app->row.number, &ms, &body, err));
	int said = tg_app_state_find(tg_body_text(body, "state"));
	*was = said >= 0 && said != TG_APP_REFUSED && said != TG_APP_NOT_ACCEPTED && said != TG_APP_DECLINED &&
	       said != TG_APP_CANCELLED;
	json_decref(body);
	return TG_OK;
}

static enum tg_status allowed(
        struct tg_store *s, const struct tg_app_full *app, enum tg_app_state to, bool *is, struct tg_error *err)
{
	*is = tg_app_state_allows(app->row.state, to) && tg_app_may_move(app, to);
	return *is ? TG_OK : was_allowed_then(s, app, to, is, err);
}

static void take_promise(struct tg_app_full *app, const json_t *body)
{
	json_int_t promised = json_integer_value(json_object_get(body, "promised_ms"));
	if (promised > 0)
		app->row.promised_ms = promised;
}

static enum tg_status move(
        struct tg_store *s, struct tg_app_full *app, int to, const struct tg_seen *seen, struct tg_error *err)
{
	bool fits = to >= 0;
	if (fits)
		TG_TRY(allowed(s, app, (enum tg_app_state)to, &fits, err));
	if (!fits) {
		app->irregular++;
		return TG_OK;
	}
	bool covered = true;
	if (to == TG_APP_ACCEPTED)
		TG_TRY(tg_money_covers(s, app, &covered, err));
	if (!covered) {
		app->row.code = TG_BALANCE_LOW;
		return tg_app_say(s, app, seen, err);
	}
	bool again = app->row.state == (enum tg_app_state)to;
	app->row.state = (enum tg_app_state)to;
	app->row.code = code_of(seen->body);
	if (again)
		return TG_OK;
	take_promise(app, seen->body);
	return tg_app_entered(s, app, seen, seen->e->time_ms, err);
}

/* A head's signature that is not good leaves the application where it is, and says why. */
static enum tg_status note_code(
        struct tg_store *s, struct tg_app_full *app, const struct tg_seen *seen, struct tg_error *err)
{
	app->row.code = code_of(seen->body);
	return tg_app_say(s, app, seen, err);
}

static enum tg_status note_money(
        struct tg_store *s, struct tg_app_full *app, const struct tg_seen *seen, struct tg_error *err)
{
	TG_TRY(tg_money_follow(s, app, err));
	return tg_app_say(s, app, seen, err);
}

/* The entry in which a head decided, as the centre's answer names it. */
static enum tg_status drop_head_work(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err)
{
	struct tg_stream stream;
	int64_t id = 0;
	const json_int_t seq = json_integer_value(json_object_get(seen->body, "seq"));
	TG_TRY(tg_stream_load(s, tg_body_text(seen->body, "kiosk"), &stream, err));
	if (seq <= 0 || (uint64_t)seq > stream.seq)
		return TG_OK;
	TG_TRY(tg_stream_find(s, &stream, (uint64_t)seq, &id, NULL, err));
	return tg_work_drop(s, "head", tg_body_text(seen->body, "number"), id, err);
}

static enum tg_status note_signature(struct tg_store *s, const json_t *body, struct tg_error *err)
{
	sqlite3_stmt *q;
	if (!*tg_body_text(body, "signature"))
		return TG_OK;
	TG_TRY(tg_db_stmt(s, TG_SQL_SIGNATURE_ADD, &q, err));
	tg_db_bind_text(q, 1, tg_body_text(body, "signature"));
	tg_db_bind_text(q, 2, tg_body_text(body, "number"));
	return tg_db_run(s, q, err);
}

static enum tg_status verified_effects(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err)
{
	if (s->role != TG_STORE_CENTRE || code_of(seen->body) == TG_CERT_STATUS)
		return TG_OK;
	TG_TRY(note_signature(s, seen->body, err));
	if (strcmp(tg_body_text(seen->body, "what"), "head") == 0)
		return drop_head_work(s, seen, err);
	return tg_work_drop(s, "judge", tg_body_text(seen->body, "number"), 0, err);
}

static enum tg_status side_effects(
        struct tg_store *s, struct tg_app_full *app, const struct tg_seen *seen, bool *fits, struct tg_error *err)
{
	*fits = true;
	switch (seen->kind) {
	case TG_RECORD_HEAD_DECIDED:
		return app->row.state == TG_APP_CONFIRMING ? tg_work_add(s, "head", app->row.number, seen->id, err)
		                                           : TG_OK;
	case TG_RECORD_APPLICATION_SIGNED:
		return tg_app_take_signed(s, app, seen, fits, err);
	case TG_RECORD_APPLICATION_VERIFIED:
		return verified_effects(s, seen, err);
	case TG_RECORD_APPLICATION_REVOKED:
		return tg_app_old_revoked(s, app, seen, fits, err);
	case TG_RECORD_DESK_DECIDED:
		return tg_app_identified(s, app, seen->body, err);
	case TG_RECORD_CALLBACK_DONE:
		return s->role == TG_STORE_CENTRE ? tg_claim_drop(s, app->row.number, err) : TG_OK;
	case TG_RECORD_COMPANIES_CHANGED:
		return tg_company_change(s, app, seen->body, fits, err);
	case TG_RECORD_POWER_USED:
		return tg_work_drop(s, "power", app->row.number, 0, err);
	case TG_RECORD_COMPLAINT_REGISTERED:
	case TG_RECORD_COMPLAINT_STATE:
		return tg_complaint_project(s, seen, fits, err);
	default:
		return TG_OK;
	}
}

/* What is to be erased one day. */
static void note_held(struct tg_app_full *app, const struct tg_seen *seen)
{
	if (seen->e->body && tg_record_kind_personal((enum tg_record_kind)seen->kind))
		app->held++;
}

/* An entry about an application that is there already. */
static enum tg_status go_on(
        struct tg_store *s, struct tg_app_full *app, const struct tg_seen *seen, struct tg_error *err)
{
	bool fits = true;
	note_held(app, seen);
	TG_TRY(may_speak(s, app, seen, &fits, err));
	if (strcmp(app->row.kiosk, seen->e->kiosk) == 0) {
		app->row.last_seq = seen->e->seq;
		app->row.sent_ms = app->row.registered_ms = 0;
	}
	bool paid = false;
	if (fits)
		TG_TRY(side_effects(s, app, seen, &fits, err));
	if (fits)
		TG_TRY(tg_money_project(s, app, seen, &fits, &paid, err));
	int to = fits ? leads_to(app, seen) : UNFIT;
	const int64_t irregular = app->irregular;
	if (to != KEEPS_STATE)
		TG_TRY(move(s, app, to, seen, err));
	else if (seen->kind == TG_RECORD_APPLICATION_VERIFIED)
		TG_TRY(note_code(s, app, seen, err));
	if (paid)
		TG_TRY(note_money(s, app, seen, err));
	if (fits && app->irregular == irregular)
		tg_app_note_keys(app, seen);
	bool chip = seen->kind == TG_RECORD_CHIP_INTENT && app->irregular == irregular;
	if (chip)
		TG_TRY(tg_carriers_worked_on(s, app, seen->body, err));
	else if ((app->flags & TG_APP_TWO) && app->irregular == irregular)
		TG_TRY(tg_carriers_note(s, app, seen, err));
	return TG_OK;
}

/* --- Beginning */

static void start_app(struct tg_app_full *app, const struct tg_entry *e, const char *number)
{
	*app = (struct tg_app_full){.row = {.state = TG_APP_SUBMITTED, .first_seq = e->seq, .accepted_ms = e->time_ms}};
	app->row.changed_ms = e->time_ms;
	(void)tg_copy(app->row.number, sizeof(app->row.number), number);
	(void)tg_copy(app->row.kiosk, sizeof(app->row.kiosk), e->kiosk);
}

static void fill_row(struct tg_app_row *r, const json_t *body)
{
	const struct {
		const char *member;
		char *to;
		size_t cap;
	} texts[] = {{"provider", r->provider, sizeof(r->provider)}, {"service", r->service, sizeof(r->service)},
	        {"form", r->form, sizeof(r->form)}, {"kind", r->kind, sizeof(r->kind)}, {"way", r->way, sizeof(r->way)},
	        {"operation", r->operation, sizeof(r->operation)}, {"proof", r->proof, sizeof(r->proof)}};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		(void)tg_copy(texts[i].to, texts[i].cap, tg_body_text(body, texts[i].member));
	/* Known before the first chip step: power may go between the two entries. */
	(void)tg_copy(
	        r->carrier_serial, sizeof(r->carrier_serial), tg_body_text(json_object_get(body, "carrier"), "serial"));
}

static enum tg_status fill_prints(struct tg_store *s, struct tg_app_full *app, const json_t *body, struct tg_error *err)
{
	const struct tg_app_row *r = &app->row;
	TG_TRY(tg_person_print(
	        s, r->provider, r->service, tg_body_text(body, "iin"), tg_body_text(body, "bin"), app->person, err));
	return app->flags & TG_APP_CONFIRM ? tg_entity_print(s, tg_body_text(body, "bin"), app->head, err) : TG_OK;
}

static enum tg_status take_submitted(
        struct tg_store *s, struct tg_app_full *app, const struct tg_seen *seen, struct tg_error *err)
{
	fill_row(&app->row, seen->body);
	note_held(app, seen);
	app->row.last_seq = seen->e->seq;
	take_promise(app, seen->body);
	(void)tg_copy(app->power, sizeof(app->power), tg_body_text(seen->body, "power"));
	app->flags = (json_is_true(json_object_get(seen->body, "confirm")) ? TG_APP_CONFIRM : 0u) |
	             (*tg_body_text(seen->body, "signed") ? TG_APP_SIGNED : 0u);
	tg_app_take_revokes(app, seen->body);
	app->row.state = tg_app_first_state(seen->body);
	TG_TRY(fill_prints(s, app, seen->body, err));
	TG_TRY(tg_carriers_begin(s, app, seen->body, err));
	TG_TRY(tg_money_begin(s, app->row.number, seen, err));
	if (strcmp(app->row.operation, "complaint") == 0)
		TG_TRY(tg_complaint_begin(s, app->row.number, seen->body, seen->e->time_ms, err));
	TG_TRY(tg_company_begin(s, app->row.number, seen->body, err));
	if (app->flags & TG_APP_SIGNED)
		TG_TRY(tg_work_add(s, "judge", app->row.number, seen->id, err));
	return tg_app_entered(s, app, seen, seen->e->time_ms, err);
}

static enum tg_status add_link(struct tg_store *s, int64_t id, int64_t *before, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_LINK_ADD, &q, err));
	tg_db_bind_int(q, 1, id);
	tg_db_bind_int(q, 2, *before);
	*before = id;
	return tg_db_run(s, q, err);
}

/* --- Entries that came before their application, from another stream */

static enum tg_status next_early(
        struct tg_store *s, const char *number, int64_t after, int64_t *id, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_EARLY_NEXT, &q, err));
	tg_db_bind_text(q, 1, number);
	tg_db_bind_int(q, 2, after);
	TG_TRY(tg_db_row(s, q, err));
	*id = sqlite3_column_int64(q, 0);
	sqlite3_reset(q);
	return TG_OK;
}

static enum tg_status keep_early(struct tg_store *s, const char *number, int64_t id, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_EARLY_ADD, &q, err));
	tg_db_bind_text(q, 1, number);
	tg_db_bind_int(q, 2, id);
	return tg_db_run(s, q, err);
}

static enum tg_status drop_early(struct tg_store *s, const char *number, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_EARLY_DROP, &q, err));
	tg_db_bind_text(q, 1, number);
	return tg_db_run(s, q, err);
}

struct replay {
	struct tg_store *s;
	struct tg_app_full *app;
	int64_t id;
	struct tg_error *err;
};

static enum tg_status replay_entry(const struct tg_entry *e, void *ctx)
{
	struct replay *r = ctx;
	struct tg_seen seen;
	int kind = tg_record_kind_find(e->kind);
	json_t *body = kind >= 0 ? tg_kept_or_body(e) : NULL;
	if (!body)
		return TG_OK;
	enum tg_status st = tg_seen_make(r->s, e, kind, body, r->id, &seen, r->err);
	if (st == TG_OK)
		st = go_on(r->s, r->app, &seen, r->err);
	json_decref(body);
	return st;
}

/* Links lead from newer to older rows: those that came early stand before the application itself. */
static enum tg_status link_early(struct tg_store *s, const char *number, int64_t *last, bool *any, struct tg_error *err)
{
	enum tg_status st;
	int64_t id = 0;
	while ((st = next_early(s, number, id, &id, err)) == TG_OK) {
		*any = true;
		TG_TRY(add_link(s, id, last, err));
	}
	return st == TG_NOT_FOUND ? TG_OK : st;
}

static enum tg_status replay_early(struct tg_store *s, struct tg_app_full *app, struct tg_error *err)
{
	enum tg_status st;
	struct replay r = {.s = s, .app = app, .err = err};
	while ((st = next_early(s, app->row.number, r.id, &r.id, err)) == TG_OK) {
		TG_TRY(tg_rows_hand(s, r.id, r.id, replay_entry, &r, err));
	}
	return st == TG_NOT_FOUND ? drop_early(s, app->row.number, err) : st;
}

/* An application begins with being submitted; any other entry of its own kiosk makes a row that says it is irregular,
 * those of others wait for it. */
static enum tg_status begin(struct tg_store *s, const struct tg_seen *seen, const char *number, struct tg_error *err)
{
	struct tg_app_full app;
	bool early = false;
	if (seen->kind != TG_RECORD_APPLICATION_SUBMITTED && rules[seen->kind].by != OWN)
		return s->role == TG_STORE_CENTRE ? keep_early(s, number, seen->id, err) : TG_OK;
	start_app(&app, seen->e, number);
	TG_TRY(link_early(s, number, &app.last_id, &early, err));
	TG_TRY(add_link(s, seen->id, &app.last_id, err));
	if (seen->kind == TG_RECORD_APPLICATION_SUBMITTED) {
		TG_TRY(take_submitted(s, &app, seen, err));
	} else {
		TG_TRY(go_on(s, &app, seen, err));
		app.irregular++;
	}
	if (early)
		TG_TRY(replay_early(s, &app, err));
	return tg_app_save(s, &app, err);
}

/* --- A complaint's other side: the application whose result it is about */

static enum tg_status complained_about(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err)
{
	struct tg_app_full app;
	sqlite3_stmt *q;
	char about[TG_NUMBER_MAX] = "", state[16] = "";
	TG_TRY(tg_db_stmt(s, TG_SQL_COMPLAINT_GET, &q, err));
	tg_db_bind_text(q, 1, tg_body_text(seen->body, "number"));
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_OK)
		(void)(tg_db_text(q, 0, about, sizeof(about)) && tg_db_text(q, 1, state, sizeof(state)));
	sqlite3_reset(q);
	if (st == TG_OK && *about)
		st = tg_app_load(s, about, &app, err);
	if (st != TG_OK || !*about)
		return st == TG_NOT_FOUND ? TG_OK : st;
	bool open = tg_complaint_is_open(state), is = app.row.state == TG_APP_COMPLAINED;
	if (open && !is && tg_app_state_allows(app.row.state, TG_APP_COMPLAINED)) {
		app.before_complaint = app.row.state;
		app.row.state = TG_APP_COMPLAINED;
	} else if (!open && is) {
		app.row.state = app.before_complaint;
	} else {
		return TG_OK;
	}
	TG_TRY(tg_app_entered(s, &app, seen, seen->e->time_ms, err));
	return tg_app_save(s, &app, err);
}

enum tg_status tg_app_project(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err)
{
	struct tg_app_full app;
	const char *number = tg_body_text(seen->body, "number");
	if (rules[seen->kind].by == NOBODY || !*number || strlen(number) >= TG_NUMBER_MAX)
		return TG_OK;
	enum tg_status st = tg_app_load(s, number, &app, err);
	if (st == TG_NOT_FOUND)
		return begin(s, seen, number, err);
	TG_TRY(st);
	TG_TRY(go_on(s, &app, seen, err));
	TG_TRY(add_link(s, seen->id, &app.last_id, err));
	TG_TRY(tg_app_save(s, &app, err));
	bool complaint = seen->kind == TG_RECORD_COMPLAINT_REGISTERED || seen->kind == TG_RECORD_COMPLAINT_STATE;
	return complaint ? complained_about(s, seen, err) : TG_OK;
}
