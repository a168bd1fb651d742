/* The notices of a centre: follows the journal, sends, records. */
#include "db.h"
#include "mail_parts.h"
#include "tamga/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SCAN_GROUP    200
#define RETRY_MS      60000
#define RETRY_TIMES   60 /* the longest pause is so many times the first one */
#define GIVE_UP_DAYS  5
#define DAY_MS        INT64_C(86400000)
#define AFTER_STOP_MS 10000 /* how long a finished message may still wait for its answer when the centre is to end */

struct tg_mailer {
	struct tg_mailer_parts p;
	struct tg_office *office;
	struct tg_store *store;
	int64_t retry_ms, give_up_ms;
	int64_t place; /* of the journal, up to which it was looked at */
	uint8_t hash[TG_HASH_LEN];
	bool first_time;        /* the table knows nothing: old notices are not sent now */
	int64_t server_next_ms; /* the server is not tried before; 0: it may be */
	int server_failures;
	struct tg_mail_row row; /* under way */
	bool handed;
	int64_t stopped_ms;
};

static int64_t now_of(const struct tg_mailer *m)
{
	return m->p.clock.wall_ms(m->p.clock.ctx);
}

static int64_t pause_of(const struct tg_mailer *m, int failures)
{
	int64_t times = failures < 6 ? INT64_C(1) << failures : RETRY_TIMES;
	return m->retry_ms * (times < RETRY_TIMES ? times : RETRY_TIMES);
}

/* --- The journal is followed */

struct scanning {
	struct tg_mailer *m;
	struct tg_error *err;
	int n;
};

static enum tg_status see_history(struct tg_mailer *m, const json_t *body, struct tg_error *err)
{
	const char *number = json_string_value(json_object_get(body, "number"));
	const char *what = json_string_value(json_object_get(body, "what"));
	if (!number || !what || tg_notice_find(what) < 0)
		return TG_OK;
	return tg_mail_history(
	        m->office, number, what, (int)json_integer_value(json_object_get(body, "code")), now_of(m), err);
}

/* A row is made only where a message can come of it: no consent, no address, no row (A8). */
static enum tg_status see_change(
        struct tg_mailer *m, const struct tg_entry *e, const json_t *body, struct tg_error *err)
{
	struct tg_app_row app;
	const char *number = json_string_value(json_object_get(body, "number"));
	if (!number || strlen(number) >= TG_NUMBER_MAX)
		return TG_OK;
	enum tg_status st = tg_store_app_find(m->store, number, &app, err);
	if (st != TG_OK)
		return st == TG_NOT_FOUND ? TG_OK : st;
	int what = tg_mail_asked(e, body, app.state);
	if (what < 0 || (m->first_time && now_of(m) - e->time_ms > m->give_up_ms))
		return TG_OK;
	struct tg_mail_case *c = calloc(1, sizeof(*c));
	if (!c)
		return tg_error_set(err, TG_NO_MEMORY, "notice");
	st = tg_mail_case_load(m->store, m->p.catalog, number, c, err);
	if (st == TG_OK && c->consent && c->typed[0] != '\0')
		st = tg_mail_add(m->office, number, tg_notice_name((enum tg_notice)what), now_of(m), err);
	tg_mail_case_wipe(c);
	free(c);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

/* Kinds that could ask for something: the others are not parsed. */
static bool speaks_of_notices(int kind)
{
	return kind == TG_RECORD_APPLICATION_SUBMITTED || kind == TG_RECORD_APPLICATION_VERIFIED ||
	       kind == TG_RECORD_DESK_DECIDED || kind == TG_RECORD_APPLICATION_ISSUED ||
	       kind == TG_RECORD_APPLICATION_DELIVERED || kind == TG_RECORD_APPLICATION_REVOKED;
}

static enum tg_status see_entry(const struct tg_entry *e, int64_t place, void *ctx)
{
	struct scanning *s = ctx;
	struct tg_mailer *m = s->m;
	int kind = tg_record_kind_find(e->kind);
	bool history = kind == TG_RECORD_MAIL_DONE && strcmp(e->kiosk, TG_CENTRE_STREAM) == 0;
	json_t *body = e->body && (history || speaks_of_notices(kind))
	                       ? json_loadb(e->body, e->body_len, JSON_REJECT_DUPLICATES, NULL)
	                       : NULL;
	enum tg_status st = TG_OK;
	if (body)
		st = history ? see_history(m, body, s->err) : see_change(m, e, body, s->err);
	json_decref(body);
	m->place = place;
	memcpy(m->hash, e->hash, TG_HASH_LEN);
	s->n++;
	return st;
}

static enum tg_status scan_group(struct tg_mailer *m, int *n, struct tg_error *err)
{
	struct scanning s = {m, err, 0};
	int64_t place = m->place;
	uint8_t hash[TG_HASH_LEN];
	memcpy(hash, m->hash, TG_HASH_LEN);
	TG_TRY(tg_office_begin(m->office, err));
	enum tg_status st = tg_store_after(m->store, m->place, SCAN_GROUP, see_entry, &s, err);
	if (st == TG_OK && s.n > 0)
		st = tg_mail_seen_set(m->office, m->place, m->hash, err);
	st = tg_office_end(m->office, st, err);
	*n = s.n;
	if (st != TG_OK) {
		m->place = place;
		memcpy(m->hash, hash, TG_HASH_LEN);
	}
	return st;
}

static enum tg_status scan(struct tg_mailer *m, struct tg_error *err)
{
	int n = SCAN_GROUP;
	while (n == SCAN_GROUP)
		TG_TRY(scan_group(m, &n, err));
	m->first_time = false;
	return TG_OK;
}

/* --- What ended is recorded */

static enum tg_status record_one(struct tg_mailer *m, const struct tg_mail_row *row, struct tg_error *err)
{
	json_t *body = json_pack("{s:s, s:s, s:i, s:i}", "number", row->number, "what", row->what, "code", row->code,
	        "attempts", row->attempts);
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_decref(body);
	if (!text)
		return tg_error_set(err, TG_NO_MEMORY, "mail.done");
	enum tg_status st = tg_store_append(m->store, TG_RECORD_MAIL_DONE, text, now_of(m), NULL, err);
	free(text);
	/* A crash in between: the journal is read before anything is recorded, and says that it is (see_history). */
	return st == TG_OK ? tg_mail_move(m->office, row, "done", 0, now_of(m), err) : st;
}

static enum tg_status record_ended(struct tg_mailer *m, struct tg_error *err)
{
	struct tg_mail_row row;
	enum tg_status st;
	while ((st = tg_mail_next_ended(m->office, &row, err)) == TG_OK)
		TG_TRY(record_one(m, &row, err));
	return st == TG_NOT_FOUND ? TG_OK : st;
}

/* --- One message */

static enum tg_status handing(void *ctx)
{
	struct tg_mailer *m = ctx;
	struct tg_error err = {0};
	enum tg_status st = tg_mail_move(m->office, &m->row, "handing", 0, now_of(m), &err);
	if (st != TG_OK)
		tg_log_error(&err, "notice not handed over");
	m->handed = st == TG_OK;
	return st;
}

static bool must_stop(void *ctx)
{
	struct tg_mailer *m = ctx;
	if (!m->p.stop || !m->p.stop(m->p.ctx))
		return false;
	int64_t now = m->p.clock.mono_ms(m->p.clock.ctx);
	if (m->stopped_ms == 0)
		m->stopped_ms = now > 0 ? now : 1;
	/* Breaking off before the end of the message costs nothing; after it, knowledge. */
	return !m->handed || now - m->stopped_ms > AFTER_STOP_MS;
}

static enum tg_status compose(struct tg_mailer *m, const struct tg_mail_case *c, const char *to, struct tg_buf *out)
{
	char promised[TG_TIME_TEXT] = "";
	const struct tg_i18n *t = m->p.i18n;
	const struct tg_provider *p = c->provider;
	int what = tg_notice_find(m->row.what);
	if (what < 0)
		return TG_NOT_FOUND;
	bool promise = what == TG_NOTICE_ACCEPTED && c->promised_ms > 0 && p;
	if (promise)
		tg_time_local(c->promised_ms, p->utc_offset_minutes, promised);
	const struct tg_mail_text text = {.what = (enum tg_notice)what,
	        .number = m->row.number,
	        .to = to,
	        .from = m->p.settings.from,
	        .lang = c->lang,
	        .provider = p ? tg_text(t, c->lang, p->label) : "Tamga",
	        .service = c->service ? tg_text(t, c->lang, c->service->label) : "-",
	        .contact = p && p->contact ? tg_text(t, c->lang, p->contact) : "",
	        .ground = what == TG_NOTICE_REFUSED && c->ground ? tg_text(t, c->lang, c->ground->label) : "",
	        .promised = promised,
	        .place = p && p->place ? tg_text(t, c->lang, p->place) : "",
	        .sandbox = m->p.sandbox,
	        .date_ms = now_of(m)};
	return tg_mail_compose(&text, t, out);
}

static enum tg_status end_with(struct tg_mailer *m, enum tg_status code, struct tg_error *err)
{
	m->row.code = (int)code;
	if (code != TG_OK)
		tg_log_warn("notice %s of %s: %s", m->row.what, m->row.number, tg_status_name(code));
	return tg_mail_move(m->office, &m->row, "ended", 0, now_of(m), err);
}

static enum tg_status again_later(struct tg_mailer *m, const struct tg_mail_outcome *o, struct tg_error *err)
{
	int64_t now = now_of(m), pause = pause_of(m, m->row.attempts - 1);
	tg_log_warn("notice %s of %s waits: %s", m->row.what, m->row.number, o->why);
	if (o->server) {
		pause = pause_of(m, m->server_failures++);
		m->server_next_ms = now + pause;
	}
	return tg_mail_move(m->office, &m->row, "due", now + pause, now, err);
}

static enum tg_status judge(struct tg_mailer *m, const struct tg_mail_outcome *o, struct tg_error *err)
{
	if (!o->server)
		m->server_failures = 0;
	switch (o->fate) {
	case TG_MAIL_TAKEN:
		return end_with(m, TG_OK, err);
	case TG_MAIL_NO:
		return end_with(m, TG_MAIL, err);
	case TG_MAIL_UNKNOWN:
		return end_with(m, TG_TIMEOUT, err);
	case TG_MAIL_LATER:
		break;
	}
	return again_later(m, o, err);
}

static enum tg_status send_message(
        struct tg_mailer *m, const char *to, const struct tg_buf *message, struct tg_error *err)
{
	struct tg_mail_outcome outcome;
	const struct tg_mail_way way = {handing, must_stop, m};
	m->row.attempts++;
	m->handed = false;
	TG_TRY(tg_mail_move(m->office, &m->row, "sending", 0, now_of(m), err));
	enum tg_status st = tg_mail_send(&m->p.settings, to, message, &way, &outcome, err);
	if (st != TG_OK) { /* our own settings: nothing was sent */
		m->server_next_ms = now_of(m) + pause_of(m, m->server_failures++);
		enum tg_status moved = tg_mail_move(m->office, &m->row, "due", m->server_next_ms, now_of(m), err);
		return moved == TG_OK ? st : moved;
	}
	return judge(m, &outcome, err);
}

static enum tg_status send_case(struct tg_mailer *m, struct tg_mail_case *c, struct tg_error *err)
{
	char to[TG_MAIL_ADDRESS];
	struct tg_buf message = TG_BUF_INIT;
	enum tg_status st = tg_mail_case_load(m->store, m->p.catalog, m->row.number, c, err);
	if (st == TG_NOT_FOUND || (st == TG_OK && !c->there))
		return end_with(m, TG_NOT_FOUND, err);
	TG_TRY(st);
	st = tg_mail_address(c->typed, to);
	if (st == TG_INVALID)
		return end_with(m, TG_INVALID, err);
	if (st == TG_OK)
		st = compose(m, c, to, &message);
	st = st == TG_OK ? send_message(m, to, &message, err) : tg_error_set(err, st, "notice");
	tg_buf_wipe(&message);
	return st;
}

static enum tg_status send_one(struct tg_mailer *m, struct tg_error *err)
{
	if (now_of(m) - m->row.since_ms > m->give_up_ms)
		return end_with(m, TG_MAIL, err);
	struct tg_mail_case *c = calloc(1, sizeof(*c));
	if (!c)
		return tg_error_set(err, TG_NO_MEMORY, "notice");
	enum tg_status st = send_case(m, c, err);
	tg_mail_case_wipe(c);
	free(c);
	return st;
}

static bool server_rests(const struct tg_mailer *m)
{
	int64_t left = m->server_next_ms - now_of(m);
	return left > 0 && left <= m->retry_ms * RETRY_TIMES;
}

static enum tg_status send_due(struct tg_mailer *m, struct tg_error *err)
{
	while (!must_stop(m) && !server_rests(m)) {
		enum tg_status st = tg_mail_next_due(m->office, now_of(m), m->retry_ms * RETRY_TIMES, &m->row, err);
		if (st != TG_OK)
			return st == TG_NOT_FOUND ? TG_OK : st;
		TG_TRY(send_one(m, err));
		TG_TRY(record_ended(m, err));
	}
	return TG_OK;
}

enum tg_status tg_mailer_round(struct tg_mailer *m, struct tg_error *err)
{
	m->handed = false;
	TG_TRY(scan(m, err));
	TG_TRY(record_ended(m, err));
	return send_due(m, err);
}

/* --- Beginning and end */

static enum tg_status same_entry(const struct tg_entry *e, int64_t place, void *ctx)
{
	struct tg_mailer *m = ctx;
	if (place == m->place && memcmp(e->hash, m->hash, TG_HASH_LEN) == 0)
		m->first_time = false;
	return TG_OK;
}

/* Where the last mailer was. A replica that was restored may hold other entries at the same places: then everything is
 * looked at again, and what is in the table already stays as it is. */
static enum tg_status find_place(struct tg_mailer *m, struct tg_error *err)
{
	enum tg_status st = tg_mail_seen_get(m->office, &m->place, m->hash, err);
	m->first_time = true;
	if (st == TG_OK)
		st = tg_store_after(m->store, m->place - 1, 1, same_entry, m, err);
	if (st == TG_STORE_DAMAGED) /* in a month that cannot be read: it was the same when it was sealed */
		m->first_time = false;
	else if (st != TG_OK && st != TG_NOT_FOUND)
		return st;
	if (m->first_time)
		m->place = 0;
	return TG_OK;
}

static enum tg_status open_parts(struct tg_mailer *m, struct tg_error *err)
{
	TG_TRY(tg_mail_settings_check(&m->p.settings, err));
	TG_TRY(tg_office_open(&m->office, m->p.office, err));
	TG_TRY(tg_store_open(&m->store, m->p.replica, TG_STORE_CENTRE, NULL, err));
	TG_TRY(tg_mail_recover(m->office, err));
	return find_place(m, err);
}

enum tg_status tg_mailer_create(struct tg_mailer **out, const struct tg_mailer_parts *p, struct tg_error *err)
{
	*out = NULL;
	struct tg_mailer *m = calloc(1, sizeof(*m));
	if (!m)
		return tg_error_set(err, TG_NO_MEMORY, "mailer");
	m->p = *p;
	m->retry_ms = p->settings.retry_ms > 0 ? p->settings.retry_ms : RETRY_MS;
	m->give_up_ms = (p->settings.give_up_days > 0 ? p->settings.give_up_days : GIVE_UP_DAYS) * DAY_MS;
	enum tg_status st = open_parts(m, err);
	if (st != TG_OK) {
		tg_mailer_destroy(m);
		return st;
	}
	*out = m;
	return TG_OK;
}

void tg_mailer_destroy(struct tg_mailer *m)
{
	if (!m)
		return;
	tg_store_close(m->store);
	tg_office_close(m->office);
	free(m);
}
