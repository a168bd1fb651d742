/* Complaints: state by their own number, and about what (NCA-11). */
#include "body.h"
#include "db.h"

enum state { DELIVERED, REGISTERED, EXECUTED, ANSWERED, NOT_CONSIDERED, N_STATES };
static const struct tg_sm_row rows[N_STATES] = {
        [DELIVERED] = {"delivered", TG_SM_TO(REGISTERED) | TG_SM_TO(NOT_CONSIDERED), false},
        [REGISTERED] = {"registered", TG_SM_TO(EXECUTED) | TG_SM_TO(ANSWERED) | TG_SM_TO(NOT_CONSIDERED), false},
        [EXECUTED] = {"executed", TG_SM_TO(ANSWERED), false},
        [ANSWERED] = {"answered", 0, true},
        [NOT_CONSIDERED] = {"not-considered", 0, true},
};
const struct tg_sm tg_complaint_machine = {"complaint", rows, N_STATES};

static int find_state(const char *name)
{
	for (int i = 0; i < N_STATES; i++)
		if (strcmp(rows[i].name, name) == 0)
			return i;
	return -1;
}

bool tg_complaint_is_open(const char *state)
{
	int i = find_state(state);
	return i == REGISTERED || i == EXECUTED;
}

static enum tg_status load(struct tg_store *s, const char *number, struct tg_complaint_row *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	*out = (struct tg_complaint_row){0};
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_stmt(s, TG_SQL_COMPLAINT_GET, &q, err));
	tg_db_bind_text(q, 1, number);
	TG_TRY(tg_db_row(s, q, err));
	(void)tg_copy(out->number, sizeof(out->number), number);
	bool ok = tg_db_text(q, 0, out->about, sizeof(out->about)) &&
	          tg_db_text(q, 1, out->state, sizeof(out->state)) &&
	          tg_db_text(q, 2, out->staff, sizeof(out->staff)) &&
	          tg_db_text(q, 3, out->staff_name, sizeof(out->staff_name)) &&
	          tg_db_text(q, 4, out->place, sizeof(out->place));
	out->due_ms = sqlite3_column_int64(q, 5);
	out->changed_ms = sqlite3_column_int64(q, 6);
	sqlite3_reset(q);
	return ok ? TG_OK : tg_error_set(err, TG_STORE_DAMAGED, "store: a row of complaint cannot be read; rebuild");
}

static enum tg_status save(struct tg_store *s, const struct tg_complaint_row *c, struct tg_error *err)
{
	sqlite3_stmt *q;
	const char *texts[] = {c->number, c->about, c->state, c->staff, c->staff_name, c->place};
	TG_TRY(tg_db_stmt(s, TG_SQL_COMPLAINT_SET, &q, err));
	for (int i = 0; i < 6; i++)
		tg_db_bind_text(q, i + 1, texts[i]);
	tg_db_bind_int(q, 7, c->due_ms);
	tg_db_bind_int(q, 8, c->changed_ms);
	return tg_db_run(s, q, err);
}

enum tg_status tg_store_complaint(
        struct tg_store *s, const char *number, struct tg_complaint_row *out, struct tg_error *err)
{
	return load(s, number, out, err);
}

enum tg_status tg_store_complaint_about(
        struct tg_store *s, const char *number, struct tg_complaint_row *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	char own[TG_NUMBER_MAX] = "";
	*out = (struct tg_complaint_row){0};
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_stmt(s, TG_SQL_COMPLAINT_ABOUT, &q, err));
	tg_db_bind_text(q, 1, number);
	TG_TRY(tg_db_row(s, q, err));
	bool ok = tg_db_text(q, 0, own, sizeof(own));
	sqlite3_reset(q);
	return ok ? load(s, own, out, err) : TG_NOT_FOUND;
}

enum tg_status tg_complaint_begin(
        struct tg_store *s, const char *number, const json_t *body, int64_t now_ms, struct tg_error *err)
{
	struct tg_complaint_row c = {.changed_ms = now_ms};
	(void)tg_copy(c.number, sizeof(c.number), number);
	(void)tg_copy(c.state, sizeof(c.state), rows[DELIVERED].name);
	(void)tg_copy(c.about, sizeof(c.about), tg_body_text(body, "about"));
	return save(s, &c, err);
}

static void take_members(struct tg_complaint_row *c, const json_t *body)
{
	const struct {
		const char *member;
		char *to;
		size_t cap;
	} texts[] = {{"about", c->about, sizeof(c->about)}, {"staff", c->staff, sizeof(c->staff)},
	        {"staff_name", c->staff_name, sizeof(c->staff_name)}, {"place", c->place, sizeof(c->place)}};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (*tg_body_text(body, texts[i].member))
			(void)tg_copy(texts[i].to, texts[i].cap, tg_body_text(body, texts[i].member));
	json_int_t due = json_integer_value(json_object_get(body, "due_ms"));
	if (due > 0)
		c->due_ms = due;
}

static enum tg_status go(
        struct tg_store *s, struct tg_complaint_row *c, int to, int64_t now_ms, bool *moved, struct tg_error *err)
{
	int from = find_state(c->state);
	*moved = from >= 0 && to >= 0 && tg_sm_allows(&tg_complaint_machine, from, to);
	if (!*moved)
		return TG_OK;
	(void)tg_copy(c->state, sizeof(c->state), rows[to].name);
	c->changed_ms = now_ms;
	return save(s, c, err);
}

enum tg_status tg_complaint_project(struct tg_store *s, const struct tg_seen *seen, bool *moved, struct tg_error *err)
{
	struct tg_complaint_row c;
	bool registers = seen->kind == TG_RECORD_COMPLAINT_REGISTERED;
	*moved = false;
	enum tg_status st = load(s, tg_body_text(seen->body, "number"), &c, err);
	if (st != TG_OK)
		return st == TG_NOT_FOUND ? TG_OK : st;
	int to = registers ? REGISTERED : find_state(tg_body_text(seen->body, "state"));
	if (registers)
		take_members(&c, seen->body);
	return go(s, &c, to, seen->e->time_ms, moved, err);
}

enum tg_status tg_complaint_told(
        struct tg_store *s, const char *number, const char *state, int64_t now_ms, struct tg_error *err)
{
	struct tg_complaint_row c;
	int to = find_state(state);
	enum tg_status st = to >= 0 ? load(s, number, &c, err) : TG_NOT_FOUND;
	if (st != TG_OK)
		return st == TG_NOT_FOUND ? TG_OK : st;
	int from = find_state(c.state);
	/* Only the last state is told: what lies between is passed over, nothing goes back. */
	if (from < 0 || rows[from].final || to <= from)
		return TG_OK;
	(void)tg_copy(c.state, sizeof(c.state), rows[to].name);
	c.changed_ms = now_ms;
	return save(s, &c, err);
}
