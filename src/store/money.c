/* What applications cost, what came for them, what organisations have with a provider. The sums of an application
 * follow its own entries, so they do not depend on the order in which streams arrive; a balance follows the order in
 * which the centre had the entries, as a rebuild does again. Requirements DOS-3, DOS-7; src/decisions/0206. */
#include "body.h"
#include "db.h"

#define AMOUNT_MAX    1000000000000 /* no sum of this size is meant */
#define REFERENCE_MAX 64

/* With what only this file needs. */
struct money {
	struct tg_money is;
	char account[65]; /* fingerprint of the balance that an order is charged to, or "" */
};

bool tg_money_is_paid(const struct tg_money *m)
{
	return tg_money_rest(m) == 0;
}

int64_t tg_money_rest(const struct tg_money *m)
{
	int64_t rest = m->due - (m->paid - m->asked);
	return rest > 0 ? rest : 0;
}

int64_t tg_money_refundable(const struct tg_money *m)
{
	int64_t kept = m->produced_ms > 0 ? m->due : 0;
	return m->paid > kept ? m->paid - kept : 0;
}

/* --- Rows */

static enum tg_status load(struct tg_store *s, const char *number, struct money *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	struct tg_money *m = &out->is;
	*out = (struct money){0};
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_stmt(s, TG_SQL_MONEY_GET, &q, err));
	tg_db_bind_text(q, 1, number);
	TG_TRY(tg_db_row(s, q, err));
	bool ok = tg_db_text(q, 0, m->provider, sizeof(m->provider)) &&
	          tg_db_text(q, 1, m->currency, sizeof(m->currency)) &&
	          tg_db_text(q, 2, out->account, sizeof(out->account));
	int64_t *const numbers[] = {&m->due, &m->paid, &m->asked, &m->refunded, &m->charged, &m->produced_ms};
	for (int i = 0; i < 6; i++)
		*numbers[i] = sqlite3_column_int64(q, 3 + i);
	m->order = sqlite3_column_int(q, 9) != 0;
	sqlite3_reset(q);
	return ok ? TG_OK : tg_error_set(err, TG_STORE_DAMAGED, "store: a row of money cannot be read; rebuild");
}

static enum tg_status save(struct tg_store *s, const char *number, const struct money *m, struct tg_error *err)
{
	sqlite3_stmt *q;
	const char *const texts[] = {number, m->is.provider, m->is.currency, m->account};
	const int64_t numbers[] = {
	        m->is.due, m->is.paid, m->is.asked, m->is.refunded, m->is.charged, m->is.produced_ms, m->is.order};
	TG_TRY(tg_db_stmt(s, TG_SQL_MONEY_SET, &q, err));
	for (int i = 0; i < 4; i++)
		tg_db_bind_text(q, 1 + i, texts[i]);
	for (int i = 0; i < 7; i++)
		tg_db_bind_int(q, 5 + i, numbers[i]);
	return tg_db_run(s, q, err);
}

enum tg_status tg_store_money(struct tg_store *s, const char *number, struct tg_money *out, struct tg_error *err)
{
	struct money m;
	enum tg_status st = load(s, number, &m, err);
	*out = m.is;
	return st;
}

static int64_t amount_of(const json_t *body, const char *member)
{
	json_int_t v = json_integer_value(json_object_get(body, member));
	return v > 0 && v <= AMOUNT_MAX ? v : 0;
}

/* --- Balances */

/* A balance is of an organisation with one provider. */
static enum tg_status account_print(
        struct tg_store *s, const char *provider, const char *account, char out[65], struct tg_error *err)
{
	return tg_person_print(s, provider, "balance", "", account, out, err);
}

static enum tg_status balance_of(struct tg_store *s, const char *account, int64_t *amount, struct tg_error *err)
{
	sqlite3_stmt *q;
	*amount = 0;
	TG_TRY(tg_db_stmt(s, TG_SQL_BALANCE_GET, &q, err));
	tg_db_bind_text(q, 1, account);
	enum tg_status st = tg_db_row(s, q, err);
	if (st == TG_OK)
		*amount = sqlite3_column_int64(q, 0);
	sqlite3_reset(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

static enum tg_status balance_add(struct tg_store *s, const char *account, int64_t amount, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(s, TG_SQL_BALANCE_ADD, &q, err));
	tg_db_bind_text(q, 1, account);
	tg_db_bind_int(q, 2, amount);
	return tg_db_run(s, q, err);
}

enum tg_status tg_store_balance(
        struct tg_store *s, const char *provider, const char *account, int64_t *amount, struct tg_error *err)
{
	char print[65];
	*amount = 0;
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(account_print(s, provider, account, print, err));
	return balance_of(s, print, amount, err);
}

/* --- References: each payment that has one is noted once */

static enum tg_status reference_known(struct tg_store *s, const char *provider, const char *how, const char *reference,
        bool *known, struct tg_error *err)
{
	sqlite3_stmt *q;
	*known = false;
	if (!*reference)
		return TG_OK;
	TG_TRY(tg_db_stmt(s, TG_SQL_PAYMENT_GET, &q, err));
	tg_db_bind_text(q, 1, provider);
	tg_db_bind_text(q, 2, how);
	tg_db_bind_text(q, 3, reference);
	enum tg_status st = tg_db_row(s, q, err);
	sqlite3_reset(q);
	*known = st == TG_OK;
	return st == TG_NOT_FOUND ? TG_OK : st;
}

enum tg_status tg_store_payment_known(struct tg_store *s, const char *provider, const char *how, const char *reference,
        bool *known, struct tg_error *err)
{
	*known = false;
	TG_TRY(tg_schema_is_present(s, err));
	return reference_known(s, provider, how, reference, known, err);
}

/* False in `fits`: this payment was counted before. */
static enum tg_status use_reference(
        struct tg_store *s, const char *provider, const json_t *body, bool *fits, struct tg_error *err)
{
	sqlite3_stmt *q;
	bool known = false;
	const char *how = tg_body_text(body, "how"), *reference = tg_body_text(body, "reference");
	*fits = strlen(reference) <= REFERENCE_MAX && strlen(how) <= REFERENCE_MAX;
	if (!*fits || !*reference)
		return TG_OK;
	TG_TRY(reference_known(s, provider, how, reference, &known, err));
	*fits = !known;
	if (known)
		return TG_OK;
	TG_TRY(tg_db_stmt(s, TG_SQL_PAYMENT_ADD, &q, err));
	tg_db_bind_text(q, 1, provider);
	tg_db_bind_text(q, 2, how);
	tg_db_bind_text(q, 3, reference);
	return tg_db_run(s, q, err);
}

/* --- What counted, for the managers: at the centre */

static enum tg_status add_move(struct tg_store *s, const struct tg_seen *seen, const char *provider, const char *what,
        const char *currency, int64_t amount, struct tg_error *err)
{
	sqlite3_stmt *q;
	if (s->role != TG_STORE_CENTRE)
		return TG_OK;
	const char *const texts[] = {
	        provider, tg_body_text(seen->body, "number"), what, tg_body_text(seen->body, "how"), currency};
	TG_TRY(tg_db_stmt(s, TG_SQL_MOVE_ADD, &q, err));
	tg_db_bind_int(q, 1, seen->id);
	for (int i = 0; i < 5; i++)
		tg_db_bind_text(q, 2 + i, texts[i]);
	tg_db_bind_int(q, 7, amount);
	tg_db_bind_int(q, 8, seen->e->time_ms);
	return tg_db_run(s, q, err);
}

static bool read_move(sqlite3_stmt *q, struct tg_money_move *m)
{
	m->place = sqlite3_column_int64(q, 7);
	m->amount = sqlite3_column_int64(q, 5);
	m->time_ms = sqlite3_column_int64(q, 6);
	return tg_db_text(q, 0, m->provider, sizeof(m->provider)) && tg_db_text(q, 1, m->number, sizeof(m->number)) &&
	       tg_db_text(q, 2, m->what, sizeof(m->what)) && tg_db_text(q, 3, m->how, sizeof(m->how)) &&
	       tg_db_text(q, 4, m->currency, sizeof(m->currency));
}

enum tg_status tg_store_money_moves(struct tg_store *s, tg_money_fn *fn, void *ctx, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	enum tg_status st;
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_prepare(s,
	        "SELECT provider, number, what, how, currency, amount, time_ms, id FROM money_move ORDER BY id", &q,
	        err));
	while ((st = tg_db_row(s, q, err)) == TG_OK) {
		struct tg_money_move m = {0};
		st = read_move(q, &m) ? fn(&m, ctx)
		                      : tg_error_set(err, TG_STORE_DAMAGED,
		                                "store: a row of money_move cannot be read; rebuild");
		if (st != TG_OK)
			break;
	}
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

/* --- What an application costs */

enum tg_status tg_money_begin(struct tg_store *s, const char *number, const struct tg_seen *seen, struct tg_error *err)
{
	struct money m = {0};
	const json_t *body = seen->body;
	size_t i;
	const json_t *charge;
	const json_t *charges = json_object_get(body, "charges");
	json_array_foreach(charges, i, charge)
	{
		m.is.due += amount_of(charge, "amount");
	}
	const char *account = tg_body_text(body, "account");
	if (m.is.due <= 0 || !tg_copy(m.is.currency, sizeof(m.is.currency), tg_body_text(body, "currency")) ||
	        !tg_copy(m.is.provider, sizeof(m.is.provider), tg_body_text(body, "provider")))
		return TG_OK;
	m.is.order = *account != '\0';
	TG_TRY(account_print(s, m.is.provider, account, m.account, err));
	TG_TRY(add_move(s, seen, m.is.provider, "charge", m.is.currency, m.is.due, err));
	return save(s, number, &m, err);
}

/* --- What came for it, and went back */

static bool same_currency(const struct money *m, const json_t *body)
{
	return strcmp(m->is.currency, tg_body_text(body, "currency")) == 0;
}

static enum tg_status take_note(
        struct tg_store *s, struct money *m, const json_t *body, bool *fits, struct tg_error *err)
{
	int64_t amount = amount_of(body, "amount");
	*fits = amount > 0 && same_currency(m, body) && !*tg_body_text(body, "account");
	if (*fits)
		TG_TRY(use_reference(s, m->is.provider, body, fits, err));
	if (*fits)
		m->is.paid += amount;
	return TG_OK;
}

static bool take_refund(struct money *m, const json_t *body)
{
	int64_t amount = amount_of(body, "amount");
	const char *what = tg_body_text(body, "what");
	if (amount == 0 || amount > tg_money_refundable(&m->is) || !same_currency(m, body))
		return false;
	if (strcmp(what, "asked") == 0 && m->is.asked == 0) {
		m->is.asked = amount;
		return true;
	}
	if (strcmp(what, "paid") != 0 || m->is.asked != amount)
		return false;
	m->is.asked = 0;
	m->is.paid -= amount;
	m->is.refunded += amount;
	return true;
}

/* From now on nothing is paid back but what was too much. */
static void take_produced(struct money *m, int64_t time_ms)
{
	if (m->is.produced_ms == 0)
		m->is.produced_ms = time_ms;
	if (m->is.asked > tg_money_refundable(&m->is))
		m->is.asked = 0;
}

static bool is_produced(const struct tg_seen *seen)
{
	bool enrolled = seen->kind == TG_RECORD_CHIP_DONE && strcmp(tg_body_text(seen->body, "step"), "enrol") == 0 &&
	                json_integer_value(json_object_get(seen->body, "code")) == 0;
	return enrolled || seen->kind == TG_RECORD_APPLICATION_ISSUED;
}

static enum tg_status apply(struct tg_store *s, struct money *m, const struct tg_app_full *app,
        const struct tg_seen *seen, bool *fits, struct tg_error *err)
{
	switch (seen->kind) {
	case TG_RECORD_PAYMENT_NOTED:
		return take_note(s, m, seen->body, fits, err);
	case TG_RECORD_PAYMENT_REFUND:
		*fits = take_refund(m, seen->body);
		return TG_OK;
	case TG_RECORD_BALANCE_CHARGED:
		return tg_work_drop(s, "charge", app->row.number, 0, err);
	default:
		take_produced(m, seen->time_ms);
		return TG_OK;
	}
}

/* That it was asked back is no move. */
static const char *what_moved(const struct tg_seen *seen)
{
	if (seen->kind == TG_RECORD_PAYMENT_NOTED)
		return "payment";
	if (seen->kind == TG_RECORD_BALANCE_CHARGED)
		return "order";
	return strcmp(tg_body_text(seen->body, "what"), "paid") == 0 ? "refund" : NULL;
}

enum tg_status tg_money_project(struct tg_store *s, const struct tg_app_full *app, const struct tg_seen *seen,
        bool *fits, bool *moved, struct tg_error *err)
{
	struct money m;
	bool money = seen->kind == TG_RECORD_PAYMENT_NOTED || seen->kind == TG_RECORD_PAYMENT_REFUND ||
	             seen->kind == TG_RECORD_BALANCE_CHARGED;
	*moved = false;
	if (!money && !is_produced(seen))
		return TG_OK;
	enum tg_status st = load(s, app->row.number, &m, err);
	if (st == TG_NOT_FOUND) {
		*fits = !money; /* nothing is to be paid for it */
		return TG_OK;
	}
	TG_TRY(st);
	TG_TRY(apply(s, &m, app, seen, fits, err));
	*moved = *fits && money;
	const char *what = what_moved(seen);
	if (*moved && what)
		TG_TRY(add_move(s, seen, m.is.provider, what, m.is.currency, amount_of(seen->body, "amount"), err));
	return *fits ? save(s, app->row.number, &m, err) : TG_OK;
}

enum tg_status tg_money_project_balance(struct tg_store *s, const struct tg_seen *seen, struct tg_error *err)
{
	char print[65];
	bool fits = true, staffed = false;
	const json_t *b = seen->body;
	const char *provider = tg_body_text(b, "provider"), *account = tg_body_text(b, "account");
	int64_t amount = amount_of(b, "amount");
	/* Balances are of the centre: a kiosk sees its own notes only. */
	if (s->role != TG_STORE_CENTRE || !*account || *tg_body_text(b, "number") || !*provider || amount == 0)
		return TG_OK;
	TG_TRY(tg_office_is_staffed(s, seen, &staffed, err));
	if (staffed)
		TG_TRY(use_reference(s, provider, b, &fits, err));
	if (!staffed || !fits)
		return TG_OK;
	TG_TRY(account_print(s, provider, account, print, err));
	TG_TRY(add_move(s, seen, provider, "top-up", tg_body_text(b, "currency"), amount, err));
	return balance_add(s, print, amount, err);
}

/* --- What follows */

enum tg_status tg_money_covers(struct tg_store *s, const struct tg_app_full *app, bool *covers, struct tg_error *err)
{
	struct money m;
	int64_t has = 0;
	*covers = true;
	enum tg_status st = s->role == TG_STORE_CENTRE ? load(s, app->row.number, &m, err) : TG_NOT_FOUND;
	if (st != TG_OK || !m.is.order)
		return st == TG_NOT_FOUND ? TG_OK : st;
	TG_TRY(balance_of(s, m.account, &has, err));
	*covers = has >= tg_money_rest(&m.is);
	return TG_OK;
}

/* An order is charged in the transaction that accepts it: two orders never spend the same money. */
static enum tg_status charge(struct tg_store *s, const char *number, struct money *m, struct tg_error *err)
{
	int64_t rest = tg_money_rest(&m->is);
	if (rest == 0)
		return TG_OK;
	m->is.charged += rest;
	m->is.paid += rest;
	TG_TRY(balance_add(s, m->account, -rest, err));
	TG_TRY(tg_work_add(s, "charge", number, 0, err));
	return save(s, number, m, err);
}

/* It came to nothing: what a balance paid goes back to it. */
static enum tg_status give_back(struct tg_store *s, const char *number, struct money *m, struct tg_error *err)
{
	int64_t amount = m->is.produced_ms == 0 ? m->is.charged : 0;
	if (amount == 0)
		return TG_OK;
	m->is.charged = 0;
	m->is.paid -= amount;
	m->is.refunded += amount;
	TG_TRY(balance_add(s, m->account, amount, err));
	return save(s, number, m, err);
}

static bool came_to_nothing(enum tg_app_state state)
{
	return state == TG_APP_REFUSED || state == TG_APP_CANCELLED || state == TG_APP_UNDONE;
}

enum tg_status tg_money_follow(struct tg_store *s, const struct tg_app_full *app, struct tg_error *err)
{
	struct money m;
	const struct tg_app_row *r = &app->row;
	bool cloud = strcmp(r->operation, "cloud") == 0, accepted = r->state == TG_APP_ACCEPTED;
	if (s->role != TG_STORE_CENTRE)
		return TG_OK;
	enum tg_status st = load(s, r->number, &m, err);
	bool costs = st == TG_OK;
	if (st != TG_OK && st != TG_NOT_FOUND)
		return st;
	if (costs && m.is.order && accepted)
		TG_TRY(charge(s, r->number, &m, err));
	if (costs && came_to_nothing(r->state))
		TG_TRY(give_back(s, r->number, &m, err));
	if (!cloud)
		return TG_OK;
	return accepted && (!costs || tg_money_is_paid(&m.is)) ? tg_work_add(s, "cloud", r->number, 0, err)
	                                                       : tg_work_drop(s, "cloud", r->number, 0, err);
}

/* --- Word to the kiosk */

enum tg_status tg_money_say(struct tg_store *s, const char *number, json_t *word, struct tg_error *err)
{
	struct money m;
	enum tg_status st = load(s, number, &m, err);
	if (st != TG_OK)
		return st == TG_NOT_FOUND ? TG_OK : st;
	json_t *more = json_pack("{s:I, s:I, s:s}", "due", (json_int_t)m.is.due, "rest",
	        (json_int_t)tg_money_rest(&m.is), "currency", m.is.currency);
	bool said = more && json_object_update(word, more) == 0;
	json_decref(more);
	return said ? TG_OK : tg_error_set(err, TG_NO_MEMORY, "feed");
}

/* The centre counts what came; a kiosk keeps its word. */
enum tg_status tg_money_told(struct tg_store *s, const char *number, const json_t *word, struct tg_error *err)
{
	struct money m;
	const json_t *rest = json_object_get(word, "rest");
	if (!json_is_integer(rest))
		return TG_OK;
	enum tg_status st = load(s, number, &m, err);
	if (st != TG_OK)
		return st == TG_NOT_FOUND ? TG_OK : st;
	m.is.paid = m.is.due - json_integer_value(rest);
	m.is.asked = 0;
	return save(s, number, &m, err);
}
