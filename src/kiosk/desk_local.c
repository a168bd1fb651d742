/* The desk of a field set that does not reach the centre: the applications that were handed in here, out of the own
 * journal. */
#include "desk.h"
#include "tamga/log.h"

#define LOOKED_AT 400 /* entries of the own journal, from its end */

struct listing {
	struct kiosk *k;
	struct tg_desk_queue *out;
};

/* The state is that of the projection, not of the entry. */
static enum tg_status take(const struct tg_entry *e, void *ctx)
{
	struct listing *l = ctx;
	struct tg_error ignored = {0};
	struct tg_app_row app;
	if (!e->body || strcmp(e->kind, tg_record_kind_name(TG_RECORD_APPLICATION_SUBMITTED)) != 0)
		return TG_OK;
	json_t *body = json_loadb(e->body, e->body_len, 0, NULL);
	struct tg_desk_row row;
	bool waits = body && kiosk_desk_row(l->k->catalog, body, "", &row) &&
	             tg_store_app_find(l->k->store, row.number, &app, &ignored) == TG_OK && app.state == TG_APP_AT_DESK;
	json_decref(body);
	if (!waits)
		return TG_OK;
	l->out->waiting++;
	if (l->out->n == TG_DESK_ROWS_MAX)
		return TG_OK;
	row.accepted_ms = app.accepted_ms;
	row.promised_ms = app.promised_ms;
	tg_copy(row.state, sizeof row.state, tg_app_state_name(app.state));
	l->out->rows[l->out->n++] = row;
	return TG_OK;
}

static enum tg_status list(struct kiosk *k, void *arg, struct tg_error *err)
{
	struct listing l = {k, arg};
	uint64_t head;
	uint8_t hash[TG_HASH_LEN];
	TG_TRY(tg_store_head(k->store, k->config->kiosk, &head, hash, err));
	uint64_t from = head > LOOKED_AT ? head - LOOKED_AT + 1 : 1;
	return tg_store_read(k->store, k->config->kiosk, from, LOOKED_AT, take, &l, err);
}

enum tg_status kiosk_desk_local_queue(struct kiosk *k, struct tg_desk_queue *out, struct tg_error *err)
{
	memset(out, 0, sizeof *out);
	out->local = true;
	return kiosk_store_call(k, list, out, err);
}

struct reading {
	struct kiosk *k;
	const char *number;
	struct tg_desk_application *out;
	bool found;
};

static enum tg_status take_body(const struct tg_entry *e, void *ctx)
{
	struct reading *r = ctx;
	struct tg_error err = {0};
	if (r->found || !e->body || strcmp(e->kind, tg_record_kind_name(TG_RECORD_APPLICATION_SUBMITTED)) != 0)
		return TG_OK;
	json_t *body = json_loadb(e->body, e->body_len, 0, NULL);
	enum tg_status status = body ? kiosk_desk_application(r->k->catalog, body, r->out, &err) : TG_CHAIN_BROKEN;
	if (status == TG_OK) {
		kiosk_desk_proofs(body, NULL, r->out);
		r->out->accepted_ms = e->time_ms;
		r->found = true;
	}
	json_decref(body);
	return status;
}

static enum tg_status read_entries(struct kiosk *k, void *arg, struct tg_error *err)
{
	struct reading *r = arg;
	struct tg_app_row app;
	TG_TRY(tg_store_app_find(k->store, r->number, &app, err));
	TG_TRY(tg_store_app_entries(k->store, r->number, take_body, r, err));
	if (!r->found)
		return tg_error_set(err, TG_NOT_FOUND, "no application with this number was handed in here");
	tg_copy(r->out->state, sizeof r->out->state, tg_app_state_name(app.state));
	r->out->local = true;
	return TG_OK;
}

enum tg_status kiosk_desk_local_read(
        struct kiosk *k, const char *number, struct tg_desk_application *out, struct tg_error *err)
{
	struct reading r = {.k = k, .number = number, .out = out};
	return kiosk_store_call(k, read_entries, &r, err);
}
