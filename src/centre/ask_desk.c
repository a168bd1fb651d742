/* Questions of a desk: its queue, one application on one screen, taking it up (P-5, NCA-9.check). */
#include "centre.h"
#include "tamga/link.h"

#include <jansson.h>

#define QUEUE_MAX 300

static const char *text(const json_t *o, const char *member)
{
	const char *s = json_string_value(json_object_get(o, member));
	return s ? s : "";
}

static enum tg_status number_of(const json_t *in, char number[TG_NUMBER_MAX], struct tg_error *err)
{
	return tg_number_check(text(in, "number"), number) == TG_OK ? TG_OK
	                                                            : tg_error_set(err, TG_INVALID, "no number");
}

/* --- queue */

struct queue {
	struct tg_asker *a;
	json_t *list;
	bool more;
	struct tg_error *err;
};

/* Who has it: null and 0 when nobody has, or the time is over. */
static enum tg_status claim_now(struct tg_asker *a, const char *number, struct tg_claim *c, struct tg_error *err)
{
	enum tg_status st = tg_store_claim_of(a->store, number, c, err);
	if (st == TG_NOT_FOUND || (st == TG_OK && c->until_ms <= a->clock.wall_ms(a->clock.ctx))) {
		*c = (struct tg_claim){0};
		return TG_OK;
	}
	return st;
}

/* The number of the electronic queue that goes with it (NCA-8): clerks call by it. "" when there is none. */
static enum tg_status ticket_of(struct tg_asker *a, const char *number, char ticket[32], struct tg_error *err)
{
	struct tg_buf body = TG_BUF_INIT;
	enum tg_status st = tg_store_app_body(a->store, number, &body, err);
	json_t *application = st == TG_OK ? json_loadb((const char *)body.data, body.len, 0, NULL) : NULL;
	tg_buf_wipe(&body);
	if (!tg_copy(ticket, 32, text(application, "ticket")))
		ticket[0] = '\0';
	json_decref(application);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

static enum tg_status count_call(const struct tg_entry *e, void *ctx)
{
	int *calls = ctx;
	*calls += strcmp(e->kind, tg_record_kind_name(TG_RECORD_CALLBACK_DONE)) == 0;
	return TG_OK;
}

/* What comes first, and how often somebody was called in vain. */
static enum tg_status add_haste(struct queue *q, const struct tg_app_row *r, json_t *row)
{
	int calls = 0;
	bool order = strcmp(r->operation, "order") == 0;
	if (order)
		TG_TRY(tg_store_app_entries(q->a->store, r->number, count_call, &calls, q->err));
	if (order && json_object_set_new(row, "calls", json_integer(calls)) != 0)
		return TG_NO_MEMORY;
	bool urgent = r->revokes && !r->taken_back;
	return !urgent || json_object_set_new(row, "urgent", json_true()) == 0 ? TG_OK : TG_NO_MEMORY;
}

static enum tg_status add_row(const struct tg_app_row *r, void *ctx)
{
	struct queue *q = ctx;
	struct tg_claim c;
	char ticket[32];
	q->more = json_array_size(q->list) >= QUEUE_MAX;
	if (q->more)
		return TG_OK;
	TG_TRY(claim_now(q->a, r->number, &c, q->err));
	TG_TRY(ticket_of(q->a, r->number, ticket, q->err));
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s?, s:I}", "number",
	        r->number, "ticket", ticket, "kiosk", r->kiosk, "provider", r->provider, "service", r->service, "kind",
	        r->kind, "form", r->form, "way", r->way, "operation", r->operation, "state",
	        tg_app_state_name(r->state), "accepted_ms", (json_int_t)r->accepted_ms, "promised_ms",
	        (json_int_t)r->promised_ms, "claimed_by", c.staff[0] ? c.staff : NULL, "claimed_until_ms",
	        (json_int_t)c.until_ms);
	TG_TRY(add_haste(q, r, o));
	return json_array_append_new(q->list, o) == 0 ? TG_OK : TG_NO_MEMORY;
}

enum tg_status tg_ask_queue(struct tg_asker *a, const char *kiosk, const json_t *in, json_t **out, struct tg_error *err)
{
	struct queue q = {.a = a, .list = json_array(), .err = err};
	(void)kiosk;
	(void)in;
	enum tg_status st =
	        q.list ? tg_store_queue(a->store, QUEUE_MAX + 1, add_row, &q, err) : (enum tg_status)TG_NO_MEMORY;
	if (st == TG_OK) {
		*out = json_pack("{s:o, s:b}", "applications", q.list, "more", q.more);
		return *out ? TG_OK : TG_NO_MEMORY;
	}
	json_decref(q.list);
	return st;
}

/* --- read */

struct file {
	json_t *application, *head, *verified, *revoked, *decisions;
	int calls;
};

static bool is_kind(const struct tg_entry *e, enum tg_record_kind kind)
{
	return strcmp(e->kind, tg_record_kind_name(kind)) == 0;
}

/* Where the body of this kind goes; the last one stands. NULL: it is not shown. */
static json_t **place_of(struct file *f, const struct tg_entry *e)
{
	if (is_kind(e, TG_RECORD_APPLICATION_SUBMITTED))
		return f->application ? NULL : &f->application;
	if (is_kind(e, TG_RECORD_HEAD_DECIDED))
		return &f->head;
	if (is_kind(e, TG_RECORD_APPLICATION_REVOKED))
		return &f->revoked;
	return is_kind(e, TG_RECORD_APPLICATION_VERIFIED) ? &f->verified : NULL;
}

static enum tg_status take_entry(const struct tg_entry *e, void *ctx)
{
	struct file *f = ctx;
	bool decision = is_kind(e, TG_RECORD_DESK_DECIDED);
	json_t **to = decision ? NULL : place_of(f, e);
	TG_TRY(count_call(e, &f->calls));
	if (!e->body || (!decision && !to))
		return TG_OK;
	json_t *body = json_loadb(e->body, e->body_len, 0, NULL);
	if (!body)
		return TG_OK;
	if (decision)
		return json_array_append_new(f->decisions, body) == 0 ? TG_OK : TG_NO_MEMORY;
	if (to == &f->revoked && json_object_set_new(body, "ms", json_integer((json_int_t)e->time_ms)) != 0) {
		json_decref(body);
		return TG_NO_MEMORY;
	}
	json_decref(*to);
	*to = body;
	return TG_OK;
}

static enum tg_status read_file(
        struct tg_asker *a, const char *number, struct file *f, json_t **out, struct tg_error *err)
{
	struct tg_app_row row;
	struct tg_claim c;
	char conditions[TG_CONDITIONS_MAX];
	if (!f->decisions)
		return TG_NO_MEMORY;
	TG_TRY(tg_store_app_find(a->store, number, &row, err));
	TG_TRY(tg_store_app_entries(a->store, number, take_entry, f, err));
	TG_TRY(claim_now(a, number, &c, err));
	tg_application_conditions(f->application, conditions);
	*out = json_pack("{s:O?, s:b, s:s, s:s, s:O?, s:O?, s:O?, s:i, s:O, s:s?, s:I}", "application", f->application,
	        "price_short", tg_gate_price_short(a->catalog, f->application, conditions, row.accepted_ms), "state",
	        tg_app_state_name(row.state), "kiosk", row.kiosk, "head", f->head, "verified", f->verified, "revoked",
	        f->revoked, "calls", f->calls, "decisions", f->decisions, "claimed_by", c.staff[0] ? c.staff : NULL,
	        "claimed_until_ms", (json_int_t)c.until_ms);
	return *out ? TG_OK : TG_NO_MEMORY;
}

enum tg_status tg_ask_read(struct tg_asker *a, const char *kiosk, const json_t *in, json_t **out, struct tg_error *err)
{
	char number[TG_NUMBER_MAX];
	struct file f = {.decisions = json_array()};
	(void)kiosk;
	enum tg_status st = number_of(in, number, err);
	if (st == TG_OK)
		st = read_file(a, number, &f, out, err);
	json_decref(f.application);
	json_decref(f.head);
	json_decref(f.verified);
	json_decref(f.revoked);
	json_decref(f.decisions);
	return st;
}

/* --- claim */

enum tg_status tg_ask_claim(struct tg_asker *a, const char *kiosk, const json_t *in, json_t **out, struct tg_error *err)
{
	struct tg_claim c = {0};
	int64_t until = 0;
	TG_TRY(number_of(in, c.number, err));
	(void)tg_copy(c.kiosk, sizeof(c.kiosk), kiosk);
	if (!*text(in, "staff") || !tg_copy(c.staff, sizeof(c.staff), text(in, "staff")))
		return tg_error_set(err, TG_INVALID, "no clerk");
	TG_TRY(tg_store_claim(a->store, &c, a->clock.wall_ms(a->clock.ctx), &until, err));
	*out = json_pack("{s:I}", "until_ms", (json_int_t)until);
	return *out ? TG_OK : TG_NO_MEMORY;
}

/* --- registers */

enum tg_status tg_ask_registers(
        struct tg_asker *a, const char *kiosk, const json_t *in, json_t **out, struct tg_error *err)
{
	char number[TG_NUMBER_MAX];
	struct tg_buf body = TG_BUF_INIT;
	json_t *application = NULL, *answer = NULL;
	(void)kiosk;
	TG_TRY(number_of(in, number, err));
	if (!a->registers.compare)
		return tg_error_set(err, TG_REGISTER_DOWN, "this centre has no registers");
	enum tg_status st = tg_store_app_body(a->store, number, &body, err);
	if (st == TG_OK)
		application = json_loadb((const char *)body.data, body.len, 0, NULL);
	tg_buf_wipe(&body);
	if (st == TG_OK)
		st = application ? a->registers.compare(a->registers.ctx, application, &answer, err)
		                 : tg_error_set(err, TG_STORE_DAMAGED, "its body cannot be read");
	json_decref(application);
	if (st == TG_OK) {
		*out = json_pack("{s:o}", "registers", answer);
		return *out ? TG_OK : TG_NO_MEMORY;
	}
	json_decref(answer);
	return st;
}
