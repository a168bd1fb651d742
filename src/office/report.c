/* The report: one walk over the journal counts, the projections say what became of each. */
#include "report_money.h"
#include "tamga/workdays.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KEY_MAX      400
#define MINUTE_MS    60000
#define TERM_DEFAULT 20 /* minutes of queue and of service (NCA-4), where the screens state none */

struct making {
	struct tg_report_streams streams;
	struct tg_store *s; /* the one that is being read */
	const struct tg_catalog *catalog;
	const struct tg_report_period *p;
	json_t *applications, *states, *refusals, *notices; /* "a\tb\tc" → count */
	json_t *money;
	json_t *terms; /* term → {kept, broken, open, longest_ms} */
	json_t *breaches;
	struct tg_error *err;
	bool failed; /* memory */
};

/* --- Days */

void tg_report_day(int64_t ms, int utc_offset_minutes, char out[11])
{
	char text[TG_TIME_TEXT];
	tg_time_utc(ms + (int64_t)utc_offset_minutes * MINUTE_MS, text);
	(void)snprintf(out, 11, "%.10s", text);
}

bool tg_report_day_ok(const char *day)
{
	struct tm t = {0};
	char again[16];
	int n = 0;
	if (strlen(day) != 10 || sscanf(day, "%4d-%2d-%2d%n", &t.tm_year, &t.tm_mon, &t.tm_mday, &n) != 3 || n != 10)
		return false;
	t.tm_year -= 1900;
	t.tm_mon -= 1;
	(void)timegm(&t);
	return strftime(again, sizeof(again), "%Y-%m-%d", &t) == 10 && strcmp(again, day) == 0;
}

static int offset_of(const struct making *m, const char *provider)
{
	const struct tg_provider *p = tg_catalog_provider(m->catalog, provider);
	if (!p && m->catalog->n_providers > 0)
		p = &m->catalog->providers[0];
	return p ? p->utc_offset_minutes : 0;
}

static bool in_period(const struct making *m, int64_t ms, const char *provider, char day[11])
{
	tg_report_day(ms, offset_of(m, provider), day);
	return strcmp(day, m->p->from) >= 0 && strcmp(day, m->p->until) <= 0;
}

static bool is_wanted(const struct making *m, const char *provider)
{
	return !m->p->provider || strcmp(m->p->provider, provider) == 0;
}

/* --- Counting */

static void count(struct making *m, json_t *map, const char *a, const char *b, const char *c, const char *d)
{
	char key[KEY_MAX];
	(void)snprintf(key, sizeof(key), "%s\t%s\t%s\t%s", a, b, c, d);
	json_int_t n = json_integer_value(json_object_get(map, key));
	if (json_object_set_new(map, key, json_integer(n + 1)) != 0)
		m->failed = true;
}

static void add_to(struct making *m, json_t *term, const char *member, json_int_t more)
{
	if (json_object_set_new(term, member, json_integer(json_integer_value(json_object_get(term, member)) + more)) !=
	        0)
		m->failed = true;
}

static json_t *term_of(struct making *m, const char *name)
{
	json_t *term = json_object_get(m->terms, name);
	if (!term) {
		term = json_pack("{s:i, s:i, s:i, s:i}", "kept", 0, "broken", 0, "open", 0, "longest_minutes", 0);
		if (!term || json_object_set_new(m->terms, name, term) != 0)
			m->failed = true;
	}
	return term;
}

static void say_time(int64_t ms, int offset, char out[TG_TIME_TEXT])
{
	out[0] = '\0';
	if (ms > 0)
		tg_time_local(ms, offset, out);
}

/* What a term came to: `done` 0 when it did not come to an end. */
struct measured {
	const char *term, *what, *kiosk;
	int64_t from, due, done;
	int offset;
};

static void measure(struct making *m, const struct measured *x)
{
	char due[TG_TIME_TEXT], done[TG_TIME_TEXT];
	json_t *term = term_of(m, x->term);
	if (m->failed)
		return;
	bool late = (x->done > 0 ? x->done : m->p->now_ms) > x->due;
	add_to(m, term, late ? "broken" : x->done > 0 ? "kept" : "open", 1);
	json_int_t minutes = x->done > x->from ? (json_int_t)((x->done - x->from + MINUTE_MS - 1) / MINUTE_MS) : 0;
	if (minutes > json_integer_value(json_object_get(term, "longest_minutes")))
		add_to(m, term, "longest_minutes",
		        minutes - json_integer_value(json_object_get(term, "longest_minutes")));
	if (!late)
		return;
	say_time(x->due, x->offset, due);
	say_time(x->done, x->offset, done);
	if (json_array_append_new(m->breaches, json_pack("{s:s, s:s, s:s, s:s, s:s}", "term", x->term, "what", x->what,
	                                               "kiosk", x->kiosk, "due", due, "done", done)) != 0)
		m->failed = true;
}

/* --- Entries */

static const char *text_of(const json_t *body, const char *member)
{
	const char *text = json_string_value(json_object_get(body, member));
	return text ? text : "";
}

/* States in which nobody waits for the result of the service any more. */
static bool has_result(enum tg_app_state state)
{
	static const bool ended[TG_APP_STATE_COUNT] = {[TG_APP_DELIVERED] = true,
	        [TG_APP_ISSUED] = true,
	        [TG_APP_REVOKED] = true,
	        [TG_APP_REFUSED] = true,
	        [TG_APP_NOT_ACCEPTED] = true,
	        [TG_APP_DECLINED] = true,
	        [TG_APP_CANCELLED] = true,
	        [TG_APP_UNDONE] = true,
	        [TG_APP_COMPLAINED] = true};
	return ended[state];
}

/* When the old certificate of a reissue was revoked; 0: it was not (UBR-2). */
static enum tg_status take_revoked(const struct tg_entry *e, void *ctx)
{
	int64_t *done = ctx;
	bool ours = strcmp(e->kiosk, TG_CENTRE_STREAM) == 0;
	if (ours && strcmp(e->kind, tg_record_kind_name(TG_RECORD_APPLICATION_REVOKED)) == 0)
		*done = e->time_ms;
	return TG_OK;
}

/* Promised in so many minutes from when the application came; one that ended before is no promise any more. */
static enum tg_status measure_revocation(struct making *m, const struct tg_app_row *app)
{
	const struct tg_provider *p = tg_catalog_provider(m->catalog, app->provider);
	const struct tg_term *term = p ? tg_provider_term(p, "revocation") : NULL;
	struct measured x = {.term = "revocation", .what = app->number, .kiosk = app->kiosk, .from = app->accepted_ms};
	if (!app->revokes || !term || term->minutes <= 0)
		return TG_OK;
	TG_TRY(tg_store_app_entries(m->s, app->number, take_revoked, &x.done, m->err));
	x.due = app->accepted_ms + (int64_t)term->minutes * MINUTE_MS;
	x.offset = offset_of(m, app->provider);
	if (x.done > 0 || !tg_app_state_is_final(app->state))
		measure(m, &x);
	return TG_OK;
}

static enum tg_status see_submitted(struct making *m, const struct tg_entry *e, const json_t *body)
{
	char day[11];
	struct tg_app_row app;
	const char *provider = text_of(body, "provider"), *number = text_of(body, "number");
	if (!is_wanted(m, provider) || !in_period(m, e->time_ms, provider, day) || strlen(number) >= TG_NUMBER_MAX)
		return TG_OK;
	enum tg_status st = tg_store_app_find(m->s, number, &app, m->err);
	if (st != TG_OK)
		return st == TG_NOT_FOUND ? TG_OK : st;
	count(m, m->applications, provider, app.service, app.kiosk, day);
	count(m, m->states, provider, app.service, tg_app_state_name(app.state), "");
	const struct measured x = {.term = "result",
	        .what = number,
	        .kiosk = app.kiosk,
	        .from = app.accepted_ms,
	        .due = app.promised_ms,
	        .done = has_result(app.state) ? app.changed_ms : 0,
	        .offset = offset_of(m, provider)};
	if (app.promised_ms > 0)
		measure(m, &x);
	return measure_revocation(m, &app);
}

/* The projection bears out who was entitled to decide. */
static enum tg_status find_app(struct making *m, const json_t *body, struct tg_app_row *app, bool *wanted)
{
	const char *number = text_of(body, "number");
	*wanted = false;
	if (!*number || strlen(number) >= TG_NUMBER_MAX)
		return TG_OK;
	enum tg_status st = tg_store_app_find(m->s, number, app, m->err);
	if (st == TG_NOT_FOUND)
		return TG_OK;
	*wanted = st == TG_OK && is_wanted(m, app->provider);
	return st;
}

static enum tg_status see_decided(struct making *m, const struct tg_entry *e, const json_t *body)
{
	char day[11];
	bool wanted;
	struct tg_app_row app;
	TG_TRY(find_app(m, body, &app, &wanted));
	if (!wanted || !in_period(m, e->time_ms, app.provider, day))
		return TG_OK;
	bool refused = strcmp(text_of(body, "outcome"), "refused") == 0 &&
	               (app.state == TG_APP_REFUSED || app.state == TG_APP_COMPLAINED);
	bool incomplete = strcmp(text_of(body, "outcome"), "not-accepted") == 0 &&
	                  (app.state == TG_APP_NOT_ACCEPTED || app.state == TG_APP_COMPLAINED);
	if (refused || incomplete)
		count(m, m->refusals, app.provider, refused ? "service" : "acceptance", text_of(body, "ground"), "");
	return TG_OK;
}

static enum tg_status see_verified(struct making *m, const struct tg_entry *e, const json_t *body)
{
	char day[11];
	bool wanted;
	struct tg_app_row app;
	json_int_t code = json_integer_value(json_object_get(body, "code"));
	if (code == 0 || *text_of(body, "what"))
		return TG_OK;
	TG_TRY(find_app(m, body, &app, &wanted));
	if (wanted && in_period(m, e->time_ms, app.provider, day))
		count(m, m->refusals, app.provider, "service", tg_status_name((enum tg_status)code), "");
	return TG_OK;
}

/* Which of the provider's terms of complaints this is (NCA-11: 5 working days, or 15): the one that, counted from the
 * moment of registration as the desk counts it, ends on the day that was promised. */
static const char *complaint_term(const struct making *m, const char *provider, int64_t from_ms, int64_t due_ms)
{
	char end[11], due[11];
	const struct tg_provider *p = tg_catalog_provider(m->catalog, provider);
	tg_report_day(due_ms, offset_of(m, provider), due);
	for (unsigned i = 0; p && i < p->n_terms; i++) {
		const struct tg_term *t = &p->terms[i];
		const struct tg_calendar *c = t->calendar ? tg_provider_calendar(p, t->calendar) : NULL;
		const struct tg_workdays *w = c ? tg_calendar_workdays(p, c) : NULL;
		if (!w || strncmp(t->id, "complaint", strlen("complaint")) != 0)
			continue;
		int64_t at = tg_workdays_add(w, from_ms, t->working_days);
		tg_report_day(at == INT64_MAX ? 0 : at, offset_of(m, provider), end);
		if (strcmp(end, due) == 0)
			return t->id;
	}
	return "complaint";
}

static enum tg_status see_complaint(struct making *m, const struct tg_entry *e, const json_t *body)
{
	char day[11];
	bool wanted;
	struct tg_app_row app;
	struct tg_complaint_row row;
	TG_TRY(find_app(m, body, &app, &wanted));
	if (!wanted || !in_period(m, e->time_ms, app.provider, day))
		return TG_OK;
	enum tg_status st = tg_store_complaint(m->s, app.number, &row, m->err);
	if (st != TG_OK)
		return st == TG_NOT_FOUND ? TG_OK : st;
	bool done = strcmp(row.state, "answered") == 0 || strcmp(row.state, "not-considered") == 0;
	const struct measured x = {.term = complaint_term(m, app.provider, e->time_ms, row.due_ms),
	        .what = app.number,
	        .kiosk = app.kiosk,
	        .from = e->time_ms,
	        .due = row.due_ms,
	        .done = done ? row.changed_ms : 0,
	        .offset = offset_of(m, app.provider)};
	if (row.due_ms > 0)
		measure(m, &x);
	return TG_OK;
}

static enum tg_status see_mail(struct making *m, const struct tg_entry *e, const json_t *body)
{
	char day[11];
	json_int_t code = json_integer_value(json_object_get(body, "code"));
	const char *outcome = code == 0 ? "sent" : code == (json_int_t)TG_TIMEOUT ? "unknown" : "given-up";
	bool ours = strcmp(e->kiosk, TG_CENTRE_STREAM) == 0;
	if (ours && in_period(m, e->time_ms, m->p->provider ? m->p->provider : "", day))
		count(m, m->notices, text_of(body, "what"), outcome, "", "");
	return TG_OK;
}

typedef enum tg_status see_fn(struct making *m, const struct tg_entry *e, const json_t *body);

static see_fn *reader_of(int kind)
{
	switch (kind) {
	case TG_RECORD_APPLICATION_SUBMITTED:
		return see_submitted;
	case TG_RECORD_DESK_DECIDED:
		return see_decided;
	case TG_RECORD_APPLICATION_VERIFIED:
		return see_verified;
	case TG_RECORD_COMPLAINT_REGISTERED:
		return see_complaint;
	case TG_RECORD_MAIL_DONE:
		return see_mail;
	default:
		return NULL;
	}
}

static enum tg_status see_entry(const struct tg_entry *e, void *ctx)
{
	struct making *m = ctx;
	see_fn *see = reader_of(tg_record_kind_find(e->kind));
	bool here = false;
	if (see)
		TG_TRY(tg_report_streams_here(&m->streams, e->kiosk, &here, m->err));
	if (!here)
		return TG_OK;
	/* What the report counts is kept of erased bodies (C-8). */
	const char *text = e->body ? e->body : e->kept;
	size_t len = e->body ? e->body_len : e->kept_len;
	json_t *body = text ? json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL) : NULL;
	enum tg_status st = body ? see(m, e, body) : TG_OK;
	json_decref(body);
	return st == TG_OK && m->failed ? TG_NO_MEMORY : st;
}

/* --- The queue */

/* The shortest of the providers: one queue serves them all. */
static int64_t term_minutes(const struct making *m, const char *id)
{
	int minutes = 0;
	for (unsigned i = 0; i < m->catalog->n_providers; i++) {
		const struct tg_term *t = tg_provider_term(&m->catalog->providers[i], id);
		if (t && t->minutes > 0 && (minutes == 0 || t->minutes < minutes))
			minutes = t->minutes;
	}
	return minutes > 0 ? minutes : TERM_DEFAULT;
}

static enum tg_status see_ticket(const struct tg_ticket_row *row, void *ctx)
{
	struct making *m = ctx;
	char day[11];
	bool here;
	int offset = offset_of(m, "");
	TG_TRY(tg_report_streams_here(&m->streams, row->kiosk, &here, m->err));
	if (!here || !in_period(m, row->taken_ms, "", day))
		return TG_OK;
	const struct measured queue = {"queue", row->ticket, row->kiosk, row->taken_ms,
	        row->taken_ms + term_minutes(m, "queue") * MINUTE_MS, row->called_ms, offset};
	measure(m, &queue);
	const struct measured service = {"service", row->ticket, row->kiosk, row->called_ms,
	        row->called_ms + term_minutes(m, "service") * MINUTE_MS, row->served_ms, offset};
	if (row->called_ms > 0)
		measure(m, &service);
	return m->failed ? TG_NO_MEMORY : TG_OK;
}

/* --- Putting together */

/* "a\tb\tc\td" → n, sorted, as objects with these members; "" as name ends them. */
static json_t *to_rows(json_t *map, const char *const names[4])
{
	json_t *rows = json_array(), *copy = NULL;
	char *text = map ? json_dumps(map, JSON_SORT_KEYS) : NULL;
	const char *key;
	json_t *n;
	copy = text ? json_loads(text, 0, NULL) : NULL;
	json_object_foreach(copy, key, n)
	{
		json_t *row = json_object();
		const char *at = key;
		for (int i = 0; i < 4; i++) {
			size_t len = strcspn(at, "\t");
			if (names[i])
				(void)json_object_set_new(row, names[i], json_stringn(at, len));
			at += at[len] ? len + 1 : len;
		}
		(void)json_object_set_new(row, "count", json_incref(n));
		(void)json_array_append_new(rows, row);
	}
	json_decref(copy);
	free(text);
	return rows;
}

static json_t *term_rows(json_t *terms)
{
	const char *name;
	json_t *term, *rows = json_array();
	json_object_foreach(terms, name, term)
	{
		json_t *row = json_pack("{s:s}", "term", name);
		(void)json_object_update(row, term);
		(void)json_array_append_new(rows, row);
	}
	return rows;
}

static enum tg_status put_together(struct making *m, json_t **out)
{
	static const char *const by_day[] = {"provider", "service", "kiosk", "day"};
	static const char *const by_state[] = {"provider", "service", "state", NULL};
	static const char *const by_ground[] = {"provider", "event", "ground", NULL};
	static const char *const by_what[] = {"what", "outcome", NULL, NULL};
	*out = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:O, s:o, s:o}", "from", m->p->from, "until", m->p->until,
	        "applications", to_rows(m->applications, by_day), "states", to_rows(m->states, by_state), "refusals",
	        to_rows(m->refusals, by_ground), "terms", term_rows(m->terms), "breaches", m->breaches, "notices",
	        to_rows(m->notices, by_what), "money", tg_report_money_rows(m->money));
	return *out ? TG_OK : tg_error_set(m->err, TG_NO_MEMORY, "report");
}

static enum tg_status walk(struct making *m)
{
	TG_TRY(tg_report_streams_of(&m->streams, m->s));
	TG_TRY(tg_store_each(m->s, see_entry, m, m->err));
	TG_TRY(tg_store_tickets(m->s, 0, INT64_MAX, see_ticket, m, m->err));
	return tg_report_money_count(&m->streams, m->catalog, m->p, m->money, m->err);
}

static enum tg_status walk_all(struct making *m, json_t **out)
{
	if (!m->applications || !m->states || !m->refusals || !m->notices || !m->terms || !m->breaches || !m->money)
		return tg_error_set(m->err, TG_NO_MEMORY, "report");
	for (struct tg_store *const *s = m->streams.all; *s; s++) {
		m->s = *s;
		TG_TRY(walk(m));
	}
	return put_together(m, out);
}

enum tg_status tg_report_make(struct tg_store *const *centres, const struct tg_catalog *catalog,
        const struct tg_report_period *p, json_t **out, struct tg_error *err)
{
	struct making m = {.streams = {.all = centres},
	        .catalog = catalog,
	        .p = p,
	        .applications = json_object(),
	        .states = json_object(),
	        .refusals = json_object(),
	        .notices = json_object(),
	        .money = json_object(),
	        .terms = json_object(),
	        .breaches = json_array(),
	        .err = err};
	*out = NULL;
	enum tg_status st = walk_all(&m, out);
	json_t *const parts[] = {m.applications, m.states, m.refusals, m.notices, m.money, m.terms, m.breaches};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		json_decref(parts[i]);
	tg_report_streams_finish(&m.streams);
	return st;
}
