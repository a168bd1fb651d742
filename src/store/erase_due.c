/* What is to be erased by rule: a little at a time, from where the last round ended. At the centre time counts from
 * when its own clock had the last entry of an application, for a kiosk's clock may say anything; at a kiosk from the
 * centre's signed word that it has all of it. Requirement C-8. */
#include "body.h"
#include "erase.h"

#define DAY_MS INT64_C(86400000)
#define LOOKS  256  /* applications looked at in one round */
#define PLACES 4096 /* entries without an application looked at in one round */

struct due {
	struct tg_store *s;
	const struct tg_erase_rules *rules;
	int64_t now_ms;
	int left; /* bodies of this round */
	bool dry;
	uint64_t acked; /* at a kiosk */
	struct tg_erase_sweep *sweep;
	struct tg_erase_count *count;
	struct tg_erasure a;
	struct tg_error *err;
};

/* `by` is the rule's id. */
static bool is_due(const struct due *d, const char *kind, const struct tg_app_row *r, int64_t since, const char **by)
{
	int days = d->rules->days(d->rules->ctx, kind, r ? r->provider : "", r ? r->service : "", by);
	return days >= 0 && since > 0 && since <= d->now_ms - (int64_t)days * DAY_MS;
}

/* Nothing is due before the shortest rule. */
static bool is_early(const struct due *d, int64_t since)
{
	return since > d->now_ms - (int64_t)d->rules->min_days * DAY_MS;
}

static bool is_personal(const struct tg_entry *e)
{
	return e->body && tg_record_kind_personal((enum tg_record_kind)tg_record_kind_find(e->kind));
}

/* One entry by its place; what is due of it goes. */
static enum tg_status look_at(struct due *d, int64_t id, const struct tg_app_row *r, int64_t since)
{
	struct tg_rows rows;
	struct tg_row_place place;
	struct tg_entry e;
	const char *by = "";
	enum tg_status st = tg_rows_open(&rows, d->s, id, id, d->err);
	if (st == TG_OK)
		st = tg_rows_next(&rows, &e, &place, d->err);
	if (st == TG_OK && is_personal(&e) && is_due(d, e.kind, r, since, &by)) {
		d->count->bodies++;
		d->left--;
		if (!d->dry && d->a.by && strcmp(d->a.by, by) != 0)
			st = tg_erasure_end(&d->a, st, d->err);
		d->a.by = by;
		if (st == TG_OK && !d->dry)
			st = tg_erase_entry(d->s, id, &e, &d->a, d->err);
	}
	tg_rows_close(&rows);
	return st;
}

/* --- Applications */

static enum tg_status since_when(struct due *d, const struct tg_app_full *app, int64_t *since)
{
	*since = 0;
	if (d->s->role == TG_STORE_CENTRE)
		return tg_row_received(d->s, app->last_id, since, d->err);
	/* Never before the centre's word about all of it, and not when a restored centre has it no more. */
	if (app->row.registered_ms > 0 && app->row.last_seq <= d->acked)
		*since = app->row.registered_ms;
	return TG_OK;
}

static enum tg_status look_at_all(struct due *d, const struct tg_app_full *app, int64_t since)
{
	struct tg_buf ids = TG_BUF_INIT;
	int64_t id;
	uint64_t before = d->count->bodies;
	enum tg_status st = tg_rows_linked(d->s, TG_SQL_LINK_GET, app->last_id, &ids, d->err);
	for (size_t i = ids.len / sizeof(id); st == TG_OK && i > 0; i--) {
		memcpy(&id, ids.data + (i - 1) * sizeof(id), sizeof(id));
		st = look_at(d, id, &app->row, since);
	}
	tg_buf_finish(&ids);
	d->count->applications += d->count->bodies > before;
	return st;
}

static enum tg_status app_locked(struct due *d, const void *number)
{
	struct tg_app_full app;
	struct tg_error why = {0};
	int64_t since = 0;
	TG_TRY(tg_app_load(d->s, number, &app, d->err));
	TG_TRY(since_when(d, &app, &since));
	enum tg_status may = since > 0 && !is_early(d, since) ? tg_erase_may(d->s, &app, &why) : TG_ERASE_OPEN;
	if (may == TG_OK)
		return look_at_all(d, &app, since);
	if (may != TG_ERASE_OPEN)
		*d->err = why;
	return may == TG_ERASE_OPEN ? TG_OK : may;
}

/* Its own transaction: whoever else writes waits for one application, not for a round. */
static enum tg_status in_transaction(
        struct due *d, enum tg_status (*fn)(struct due *d, const void *arg), const void *arg)
{
	const struct tg_erase_count before = *d->count;
	d->a = (struct tg_erasure){.s = d->s, .why = "rule", .now_ms = d->now_ms};
	if (d->dry)
		return fn(d, arg);
	TG_TRY(tg_db_begin(d->s, d->err));
	enum tg_status st = tg_db_end(d->s, tg_erasure_end(&d->a, fn(d, arg), d->err), d->err);
	if (st != TG_OK)
		*d->count = before;
	return st;
}

struct candidate {
	char number[TG_NUMBER_MAX];
	int64_t last_id;
};

static enum tg_status find_candidates(struct due *d, struct tg_buf *list)
{
	sqlite3_stmt *q = NULL;
	enum tg_status st;
	TG_TRY(tg_db_prepare(d->s,
	        "SELECT number, last_id FROM application WHERE held > 0 AND finished_ms > 0 AND last_id > ?1 "
	        "ORDER BY last_id LIMIT ?2",
	        &q, d->err));
	tg_db_bind_int(q, 1, d->sweep->application);
	tg_db_bind_int(q, 2, LOOKS);
	while ((st = tg_db_row(d->s, q, d->err)) == TG_OK) {
		struct candidate c = {.last_id = sqlite3_column_int64(q, 1)};
		if (tg_db_text(q, 0, c.number, sizeof(c.number)))
			tg_buf_add(list, &c, sizeof(c));
	}
	sqlite3_finalize(q);
	return st == TG_NOT_FOUND ? tg_buf_status(list) : st;
}

/* Those behind it came later. */
static enum tg_status all_behind_are_early(struct due *d, const struct candidate *c, bool *are)
{
	int64_t ms = 0;
	*are = false;
	if (d->s->role != TG_STORE_CENTRE)
		return TG_OK;
	TG_TRY(tg_row_received(d->s, c->last_id, &ms, d->err));
	*are = is_early(d, ms);
	return TG_OK;
}

static enum tg_status do_applications(struct due *d)
{
	struct tg_buf list = TG_BUF_INIT;
	struct candidate c;
	bool end = false;
	enum tg_status st = find_candidates(d, &list);
	size_t n = list.len / sizeof(c), i = 0;
	for (; st == TG_OK && !end && i < n && d->left > 0; i++) {
		memcpy(&c, list.data + i * sizeof(c), sizeof(c));
		st = all_behind_are_early(d, &c, &end);
		if (st == TG_OK && !end)
			st = in_transaction(d, app_locked, c.number);
		if (st == TG_OK)
			d->sweep->application = c.last_id;
	}
	tg_buf_finish(&list);
	d->sweep->applications_done = st == TG_OK && (end || (i == n && n < LOOKS));
	return st;
}

/* --- Entries that belong to no application: at a desk's kiosk its decisions, at the centre what came too early for
 * ever */

struct orphan {
	int64_t id, since;
};

static enum tg_status has_application(struct due *d, int64_t id, bool *has)
{
	sqlite3_stmt *q;
	TG_TRY(tg_db_stmt(d->s, TG_SQL_LINK_GET, &q, d->err));
	tg_db_bind_int(q, 1, id);
	enum tg_status st = tg_db_row(d->s, q, d->err);
	sqlite3_reset(q);
	*has = st == TG_OK;
	return st == TG_NOT_FOUND ? TG_OK : st;
}

static int64_t came_when(const struct due *d, const struct tg_entry *e, const struct tg_row_place *place)
{
	if (d->s->role == TG_STORE_CENTRE)
		return place->received_ms;
	return e->seq <= d->acked ? e->time_ms : 0;
}

/* False in `on`: this one must wait, and so what follows it. */
static enum tg_status see_row(
        struct due *d, const struct tg_entry *e, const struct tg_row_place *place, struct tg_buf *ids, bool *on)
{
	const char *by = "";
	bool has = false;
	int64_t since = came_when(d, e, place);
	*on = since > 0 && !is_early(d, since);
	if (!*on || !is_personal(e))
		return TG_OK;
	TG_TRY(has_application(d, place->id, &has));
	if (has || d->rules->days(d->rules->ctx, e->kind, "", "", &by) < 0)
		return TG_OK;
	*on = is_due(d, e->kind, NULL, since, &by);
	if (*on)
		tg_buf_add(ids, &(struct orphan){place->id, since}, sizeof(struct orphan));
	return tg_buf_status(ids);
}

static enum tg_status find_orphans(struct due *d, struct tg_buf *ids)
{
	struct tg_rows rows;
	struct tg_row_place place;
	struct tg_entry e;
	bool on = true;
	int64_t from = d->sweep->entry + 1;
	enum tg_status st = tg_rows_open(&rows, d->s, from, from + PLACES - 1, d->err);
	d->sweep->entries_done = false;
	while (st == TG_OK && on && (st = tg_rows_next(&rows, &e, &place, d->err)) == TG_OK) {
		st = see_row(d, &e, &place, ids, &on);
		if (st == TG_OK && on)
			d->sweep->entry = place.id;
		if ((int)(ids->len / sizeof(struct orphan)) >= d->left)
			break;
	}
	tg_rows_close(&rows);
	d->sweep->entries_done = (st == TG_OK && !on) || (st == TG_NOT_FOUND && d->sweep->entry < from + PLACES - 1);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

static enum tg_status orphans_locked(struct due *d, const void *list)
{
	const struct tg_buf *ids = list;
	struct orphan o;
	for (size_t at = 0; at < ids->len; at += sizeof(o)) {
		memcpy(&o, ids->data + at, sizeof(o));
		TG_TRY(look_at(d, o.id, NULL, o.since));
	}
	return TG_OK;
}

static enum tg_status do_orphans(struct due *d)
{
	struct tg_buf ids = TG_BUF_INIT;
	const int64_t from = d->sweep->entry;
	enum tg_status st = find_orphans(d, &ids);
	if (st == TG_OK && ids.len > 0)
		st = in_transaction(d, orphans_locked, &ids);
	if (st != TG_OK)
		d->sweep->entry = from;
	tg_buf_finish(&ids);
	return st;
}

/* --- A kiosk, told by the centre which of its entries an order names */

static enum tg_status take_seqs(const struct tg_feed_item *item, void *ctx)
{
	struct tg_buf *seqs = ctx;
	size_t i;
	const json_t *seq;
	json_t *body = item->body ? tg_body_parse(item->body, item->body_len) : NULL;
	json_array_foreach(json_object_get(body, "seqs"), i, seq)
	{
		int64_t at = json_integer_value(seq);
		tg_buf_add(seqs, &at, sizeof(at));
	}
	json_decref(body);
	return tg_buf_status(seqs);
}

/* What this kiosk does not know yet to have ended waits for the centre's word of that. */
static enum tg_status has_ended(struct due *d, const struct tg_entry *e, bool *has)
{
	struct tg_app_full app;
	json_t *body = tg_body_parse(e->body, e->body_len);
	enum tg_status st = tg_app_load(d->s, tg_body_text(body, "number"), &app, d->err);
	*has = st == TG_NOT_FOUND ||
	       (st == TG_OK && app.row.finished_ms > 0 && (!app.row.keys_left || app.row.code == TG_ABANDONED) &&
	               tg_app_state_is_final(app.row.state));
	json_decref(body);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

static enum tg_status erase_seq(struct due *d, int64_t seq)
{
	struct tg_rows rows;
	struct tg_row_place place;
	struct tg_entry e;
	bool ended = false;
	if (seq <= 0 || (uint64_t)seq > d->acked)
		return TG_OK;
	enum tg_status st = tg_rows_open(&rows, d->s, seq, seq, d->err);
	if (st == TG_OK)
		st = tg_rows_next(&rows, &e, &place, d->err);
	if (st == TG_OK && is_personal(&e))
		st = has_ended(d, &e, &ended);
	if (st == TG_OK && ended) {
		d->count->bodies++;
		st = d->dry ? TG_OK : tg_erase_entry(d->s, seq, &e, &d->a, d->err);
	}
	tg_rows_close(&rows);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

static enum tg_status ordered_locked(struct due *d, const void *list)
{
	const struct tg_buf *seqs = list;
	int64_t seq;
	for (size_t at = 0; at < seqs->len; at += sizeof(seq)) {
		memcpy(&seq, seqs->data + at, sizeof(seq));
		TG_TRY(erase_seq(d, seq));
	}
	return TG_OK;
}

static enum tg_status do_ordered(struct due *d)
{
	struct tg_buf seqs = TG_BUF_INIT;
	enum tg_status st = tg_store_feed_held(d->s, "erase", INT32_MAX, take_seqs, &seqs, d->err);
	if (st == TG_OK && seqs.len > 0)
		st = in_transaction(d, ordered_locked, &seqs);
	tg_buf_finish(&seqs);
	return st;
}

enum tg_status tg_store_erase_due(struct tg_store *s, const struct tg_erase_rules *rules, int64_t now_ms, int max,
        bool dry, struct tg_erase_sweep *sweep, struct tg_erase_count *count, struct tg_error *err)
{
	struct tg_error own = {0};
	struct due d = {.s = s,
	        .rules = rules,
	        .now_ms = now_ms,
	        .left = max,
	        .dry = dry,
	        .sweep = sweep,
	        .count = count,
	        .err = err ? err : &own};
	*count = (struct tg_erase_count){0};
	TG_TRY(tg_schema_is_present(s, d.err));
	if (s->role == TG_STORE_KIOSK) {
		TG_TRY(tg_store_acked(s, &d.acked, d.err));
		TG_TRY(do_ordered(&d));
	}
	if (!sweep->applications_done)
		TG_TRY(do_applications(&d));
	if (sweep->applications_done && d.left > 0 && !sweep->entries_done)
		TG_TRY(do_orphans(&d));
	return TG_OK;
}
