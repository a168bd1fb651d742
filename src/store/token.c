/* Life of a token, and PIN work on it that was begun. */
#include "body.h"
#include "db.h"

#define STATE_NAME(name, text) text,
static const char *const state_names[TG_TOKEN_LIFE_COUNT] = {TG_TOKEN_STATES(STATE_NAME)};
#undef STATE_NAME

#define TO(state) TG_SM_TO(TG_TOKEN_LIFE_##state)
/* Lost and found again: staff look at it and at its holder first, so it comes back by a named act only, as a suspended
 * one does. A damaged one may hold half a key: it never comes back. */
static const struct tg_sm_row life_rows[TG_TOKEN_LIFE_COUNT] = {
        [TG_TOKEN_LIFE_BLANK] = {"blank", TO(IN_USE), false},
        [TG_TOKEN_LIFE_IN_USE] = {"in-use", TO(SUSPENDED) | TO(LOST) | TO(DAMAGED) | TO(ENDED), false},
        [TG_TOKEN_LIFE_SUSPENDED] = {"suspended", TO(IN_USE) | TO(LOST) | TO(DAMAGED) | TO(ENDED), false},
        [TG_TOKEN_LIFE_LOST] = {"lost", TO(IN_USE) | TO(ENDED), false},
        [TG_TOKEN_LIFE_DAMAGED] = {"damaged", TO(ENDED), false},
        [TG_TOKEN_LIFE_ENDED] = {"ended", 0, true},
};
const struct tg_sm tg_token_machine = {"token", life_rows, TG_TOKEN_LIFE_COUNT};

const char *tg_token_life_name(enum tg_token_life state)
{
	return (unsigned)state < TG_TOKEN_LIFE_COUNT ? state_names[state] : "";
}

int tg_token_life_find(const char *name)
{
	for (int i = 0; i < TG_TOKEN_LIFE_COUNT; i++)
		if (strcmp(state_names[i], name) == 0)
			return i;
	return -1;
}

bool tg_token_life_allows(enum tg_token_life from, enum tg_token_life to)
{
	return tg_sm_allows(&tg_token_machine, (int)from, (int)to);
}

struct token {
	struct tg_token_row row;
	int64_t stated_ms; /* of the last token.state entry that moved it; 0 = none */
	int64_t last_id;   /* newest entry of the list linked through token_entry */
};

static enum tg_status unreadable(struct tg_error *err)
{
	return tg_error_set(err, TG_STORE_DAMAGED, "store: a row of token cannot be read; rebuild");
}

/* A token nobody wrote of is blank. */
static enum tg_status load(struct tg_store *s, const char *serial, struct token *out, bool *known, struct tg_error *err)
{
	sqlite3_stmt *q;
	char state[16];
	*out = (struct token){.row = {.state = TG_TOKEN_LIFE_BLANK}};
	*known = false;
	(void)tg_copy(out->row.serial, sizeof(out->row.serial), serial);
	TG_TRY(tg_db_stmt(s, TG_SQL_TOKEN_GET, &q, err));
	tg_db_bind_text(q, 1, serial);
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_NOT_FOUND)
		return TG_OK;
	TG_TRY(st);
	int found = tg_db_text(q, 0, state, sizeof(state)) ? tg_token_life_find(state) : -1;
	out->row.changed_ms = sqlite3_column_int64(q, 1);
	out->stated_ms = sqlite3_column_int64(q, 2);
	out->last_id = sqlite3_column_int64(q, 3);
	out->row.irregular = sqlite3_column_int64(q, 4);
	sqlite3_reset(q);
	if (found < 0)
		return unreadable(err);
	out->row.state = (enum tg_token_life)found;
	*known = true;
	return TG_OK;
}

static enum tg_status save(struct tg_store *s, struct token *t, int64_t id, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_TOKEN_LINK_ADD, &q, err));
	tg_db_bind_int(q, 1, id);
	tg_db_bind_int(q, 2, t->last_id);
	TG_TRY(tg_db_run(s, q, err));
	t->last_id = id;
	TG_TRY(tg_db_stmt(s, TG_SQL_TOKEN_SET, &q, err));
	tg_db_bind_text(q, 1, t->row.serial);
	tg_db_bind_text(q, 2, tg_token_life_name(t->row.state));
	tg_db_bind_int(q, 3, t->row.changed_ms);
	tg_db_bind_int(q, 4, t->stated_ms);
	tg_db_bind_int(q, 5, t->last_id);
	tg_db_bind_int(q, 6, t->row.irregular);
	return tg_db_run(s, q, err);
}

/* --- The centre says it */

static enum tg_status say(struct tg_store *s, const struct tg_token_row *row, int64_t now_ms, struct tg_error *err)
{
	char body[48];
	struct tg_feed_item item = {.time_ms = now_ms, .kind = "token", .body = body};
	if (s->role != TG_STORE_CENTRE || s->silent)
		return TG_OK;
	(void)tg_copy(item.key, sizeof(item.key), row->serial);
	int n = snprintf(body, sizeof(body), "{\"state\":\"%s\"}", tg_token_life_name(row->state));
	item.body_len = n > 0 ? (size_t)n : 0;
	return tg_feed_put(s, &item, err);
}

/* Where it stands by the feed; -1 when the feed does not speak of it. */
static enum tg_status by_feed(
        struct tg_store *s, const char *serial, int *state, int64_t *said_ms, struct tg_error *err)
{
	json_t *word = NULL;
	*state = -1;
	*said_ms = 0;
	TG_TRY(tg_feed_find(s, "token", serial, said_ms, &word, err));
	if (word) {
		*state = tg_token_life_find(tg_body_text(word, "state"));
		if (*state < 0)
			*state = TG_TOKEN_LIFE_SUSPENDED; /* a state of a newer centre: no work on it here */
	}
	json_decref(word);
	return TG_OK;
}

static enum tg_status say_missing(struct tg_store *s, const struct tg_token_row *row, struct tg_error *err)
{
	int said;
	int64_t ms;
	TG_TRY(by_feed(s, row->serial, &said, &ms, err));
	bool plain = row->state == TG_TOKEN_LIFE_BLANK || row->state == TG_TOKEN_LIFE_IN_USE;
	bool missing = said < 0 ? !plain : said != (int)row->state;
	return missing ? say(s, row, 0, err) : TG_OK;
}

enum tg_status tg_token_say_all(struct tg_store *s, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	enum tg_status st;
	TG_TRY(tg_db_prepare(s, "SELECT serial, state FROM token", &q, err));
	while ((st = tg_db_row(s, q, err)) == TG_OK) {
		struct tg_token_row row = {0};
		char state[16];
		int found = tg_db_text(q, 0, row.serial, sizeof(row.serial)) && tg_db_text(q, 1, state, sizeof(state))
		                    ? tg_token_life_find(state)
		                    : -1;
		row.state = (enum tg_token_life)found;
		st = found < 0 ? unreadable(err) : say_missing(s, &row, err);
		if (st != TG_OK)
			break;
	}
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

/* --- Projections */

static bool is_serial(const char *serial)
{
	size_t n = strlen(serial);
	return n > 0 && n < sizeof(((struct tg_token_row *)0)->serial);
}

static void move(struct token *t, int to, const struct tg_seen *seen)
{
	t->row.state = (enum tg_token_life)to;
	t->row.changed_ms = seen->time_ms;
}

enum tg_status tg_token_delivered(
        struct tg_store *s, const char *serial, const struct tg_seen *seen, struct tg_error *err)
{
	struct token t;
	bool known;
	if (!is_serial(serial))
		return TG_OK;
	TG_TRY(load(s, serial, &t, &known, err));
	/* Nothing is said of it: ten thousand kiosks need not hear of every issue, only of what forbids work. */
	if (t.row.state == TG_TOKEN_LIFE_BLANK)
		move(&t, TG_TOKEN_LIFE_IN_USE, seen);
	else if (t.row.state != TG_TOKEN_LIFE_IN_USE)
		t.row.irregular++;
	return save(s, &t, seen->id, err);
}

static enum tg_status project_state(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err)
{
	struct token t;
	bool known;
	const char *serial = tg_body_text(seen->body, "serial");
	int to = tg_token_life_find(tg_body_text(seen->body, "state"));
	if (!is_serial(serial))
		return TG_OK;
	TG_TRY(load(s, serial, &t, &known, err));
	enum tg_token_life from = t.row.state;
	/* A kiosk's own entry was checked when it was appended, against more than this row: the feed. */
	bool fits = to >= 0 && (s->role == TG_STORE_KIOSK || tg_token_life_allows(from, (enum tg_token_life)to));
	if (fits) {
		move(&t, to, seen);
		t.stated_ms = seen->time_ms;
	} else {
		t.row.irregular++;
	}
	TG_TRY(save(s, &t, seen->id, err));
	bool nobody_cares = from == TG_TOKEN_LIFE_BLANK && to == TG_TOKEN_LIFE_IN_USE;
	return fits && !nobody_cares ? say(s, &t.row, seen->centre_ms, err) : TG_OK;
}

/* One row for each token and kiosk while something is begun and not ended. */
static enum tg_status project_pin(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err)
{
	sqlite3_stmt *q;
	bool begins = seen->kind == TG_RECORD_PIN_INTENT;
	const char *serial = tg_body_text(seen->body, "serial"), *what = tg_body_text(seen->body, "what");
	if (!is_serial(serial) || !*what || strlen(what) > 15)
		return TG_OK;
	TG_TRY(tg_db_stmt(s, begins ? TG_SQL_PIN_OPEN : TG_SQL_PIN_CLOSE, &q, err));
	tg_db_bind_text(q, 1, serial);
	tg_db_bind_text(q, 2, seen->e->kiosk);
	tg_db_bind_text(q, 3, what);
	if (begins)
		tg_db_bind_int(q, 4, (int64_t)seen->e->seq);
	return tg_db_run(s, q, err);
}

enum tg_status tg_token_project(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err)
{
	return seen->kind == TG_RECORD_TOKEN_STATE ? project_state(s, seen, err) : project_pin(s, seen, err);
}

/* --- Answers */

/* What this database's entries and the feed say together. */
static enum tg_status life(struct tg_store *s, const char *serial, enum tg_token_life *out, struct tg_error *err)
{
	struct token t;
	bool known;
	int said = -1;
	int64_t said_ms = 0;
	TG_TRY(load(s, serial, &t, &known, err));
	if (s->role == TG_STORE_KIOSK)
		TG_TRY(by_feed(s, serial, &said, &said_ms, err));
	*out = t.row.state;
	if (said < 0)
		return TG_OK;
	/* The centre knows more, except of what was said here since. A delivery alone lifts no ban. */
	bool newer = t.stated_ms > said_ms && tg_token_life_allows((enum tg_token_life)said, t.row.state);
	if (!newer)
		*out = (enum tg_token_life)said;
	return TG_OK;
}

enum tg_status tg_store_token_life(
        struct tg_store *s, const char *serial, enum tg_token_life *out, struct tg_error *err)
{
	*out = TG_TOKEN_LIFE_BLANK;
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_exec(s, "BEGIN", err));
	return tg_db_end(s, life(s, serial, out, err), err);
}

enum tg_status tg_token_check(struct tg_store *s, const json_t *body, struct tg_error *err)
{
	enum tg_token_life now;
	const char *serial = tg_body_text(body, "serial");
	int to = tg_token_life_find(tg_body_text(body, "state"));
	if (!is_serial(serial) || to < 0)
		return tg_error_set(err, TG_INVALID, "token.state: no serial number or no such state");
	TG_TRY(life(s, serial, &now, err));
	if (tg_token_life_allows(now, (enum tg_token_life)to))
		return TG_OK;
	return tg_error_set(err, TG_CARD_STATE, "a token does not go from %s to %s", tg_token_life_name(now),
	        tg_token_life_name((enum tg_token_life)to));
}

enum tg_status tg_store_token_find(
        struct tg_store *s, const char *serial, struct tg_token_row *out, struct tg_error *err)
{
	struct token t;
	bool known;
	*out = (struct tg_token_row){0};
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(load(s, serial, &t, &known, err));
	*out = t.row;
	return known ? TG_OK : TG_NOT_FOUND;
}

enum tg_status tg_store_token_entries(
        struct tg_store *s, const char *serial, tg_store_entry_fn *fn, void *ctx, struct tg_error *err)
{
	struct token t;
	bool known;
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(load(s, serial, &t, &known, err));
	return known ? tg_rows_of_list(s, TG_SQL_TOKEN_LINK_GET, t.last_id, fn, ctx, err) : TG_NOT_FOUND;
}

enum tg_status tg_store_pin_unfinished(struct tg_store *s, const char *serial, char what[16], struct tg_error *err)
{
	sqlite3_stmt *q;
	what[0] = '\0';
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_stmt(s, TG_SQL_PIN_GET, &q, err));
	tg_db_bind_text(q, 1, serial);
	TG_TRY(tg_db_row(s, q, err));
	bool ok = tg_db_text(q, 0, what, 16);
	sqlite3_reset(q);
	return ok ? TG_OK : unreadable(err);
}
