/* What the report's ids are called, and its charts. */
#include "report_words.h"

#include "tamga/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_MS   (24 * 3600 * INT64_C(1000))
#define DAYS_MAX 35 /* as many bars as fit on a page */

const struct ctl_report_table ctl_report_tables[] = {
        {"applications", {"provider", "service", "kiosk", "day", "count"}},
        {"states", {"provider", "service", "state", "count"}},
        {"refusals", {"provider", "event", "ground", "count"}},
        {"terms", {"term", "kept", "broken", "open", "longest_minutes"}},
        {"breaches", {"term", "what", "kiosk", "due", "done"}},
        {"money", {"provider", "service", "day", "what", "how", "currency", "count", "amount"}},
        {"notices", {"what", "outcome", "count"}},
        {NULL, {NULL}},
};

const char *const ctl_report_messages[] = {"report.title", "report.period", "report.none", "report.more",
        "report.applications", "report.states", "report.refusals", "report.terms", "report.breaches", "report.money",
        "report.notices", "report.provider", "report.service", "report.kiosk", "report.day", "report.count",
        "report.state", "report.event", "report.ground", "report.term", "report.kept", "report.broken", "report.open",
        "report.longest_minutes", "report.what", "report.due", "report.done", "report.how", "report.currency",
        "report.amount", "report.outcome", "report.event.service", "report.event.acceptance", "report.outcome.sent",
        "report.outcome.given-up", "report.outcome.unknown", "report.money.charge", "report.money.payment",
        "report.money.refund", "report.money.top-up", "report.money.order", "report.notice.accepted",
        "report.notice.not-accepted", "report.notice.refused", "report.notice.issued", "report.notice.delivered",
        "report.notice.revoked", "report.notice.confirmed", "report.notice.declined", "report.chart.days",
        "report.chart.months", "report.chart.refusals", "report.chart.terms", "report.revocation",
        "report.state.delivered", NULL};

void ctl_report_cell(const json_t *row, const char *column, char out[CTL_CELL_MAX])
{
	const json_t *v = json_object_get(row, column);
	if (json_is_integer(v)) {
		(void)snprintf(out, CTL_CELL_MAX, "%lld", (long long)json_integer_value(v));
		return;
	}
	const char *text = json_string_value(v);
	tg_text_clean(out, CTL_CELL_MAX, text ? text : "", text ? strlen(text) : 0, 48);
}

/* --- Words */

static const char *keep(const struct ctl_report_words *w, const char *text)
{
	return tg_arena_text(w->arena, text, strlen(text));
}

/* NULL when there is no such sentence. */
static const char *say(const struct ctl_report_words *w, const char *head, const char *id)
{
	char message[120];
	if (!w->i18n || snprintf(message, sizeof(message), "%s%s", head, id) >= (int)sizeof(message))
		return NULL;
	return tg_text_has(w->i18n, w->lang, message) ? tg_text(w->i18n, w->lang, message) : NULL;
}

static const char *word_of_ground(const struct ctl_report_words *w, const struct tg_provider *p, const char *id)
{
	for (unsigned i = 0; p && i < p->n_grounds; i++)
		if (strcmp(p->grounds[i].id, id) == 0)
			return say(w, "", p->grounds[i].label);
	return say(w, "error.", id); /* the centre's own judgement */
}

static const char *word_of_term(const struct ctl_report_words *w, const char *id)
{
	for (unsigned i = 0; i < w->catalog->n_providers; i++) {
		const struct tg_term *t = tg_provider_term(&w->catalog->providers[i], id);
		if (t && t->label)
			return say(w, "", t->label);
	}
	return say(w, "report.", id);
}

static const char *word_of_payment(const struct ctl_report_words *w, const struct tg_provider *p, const char *id)
{
	for (unsigned i = 0; p && i < p->n_payments; i++)
		if (strcmp(p->payments[i].id, id) == 0)
			return say(w, "", p->payments[i].label);
	return NULL;
}

static const char *word_of_what(const struct ctl_report_words *w, const char *table, const char *id)
{
	if (strcmp(table, "money") == 0)
		return say(w, "report.money.", id);
	return strcmp(table, "notices") == 0 ? say(w, "report.notice.", id) : NULL;
}

/* What stands in a row beside what is asked, to know whose word it is. */
static const char *word_of(
        const struct ctl_report_words *w, const char *table, const char *column, const char *id, const char *provider)
{
	const struct tg_provider *p = provider ? tg_catalog_provider(w->catalog, provider) : NULL;
	if (strcmp(column, "provider") == 0)
		return p ? say(w, "", p->label) : NULL;
	if (strcmp(column, "service") == 0) {
		const struct tg_service *s = p ? tg_provider_service(p, id) : NULL;
		return s ? say(w, "", s->label) : NULL;
	}
	if (strcmp(column, "state") == 0) {
		const char *any = say(w, "report.state.", id); /* not only of certificates */
		return any ? any : say(w, "app-state.", id);
	}
	if (strcmp(column, "event") == 0)
		return say(w, "report.event.", id);
	if (strcmp(column, "ground") == 0)
		return word_of_ground(w, p, id);
	if (strcmp(column, "term") == 0)
		return word_of_term(w, id);
	if (strcmp(column, "how") == 0)
		return word_of_payment(w, p, id);
	if (strcmp(column, "outcome") == 0)
		return say(w, "report.outcome.", id);
	return strcmp(column, "what") == 0 ? word_of_what(w, table, id) : NULL;
}

/* Hundredths as people write money; ids are left as they are. */
static void write_amount(const struct ctl_report_words *w, char cell[CTL_CELL_MAX], json_int_t amount)
{
	long long whole = amount / 100, rest = amount % 100;
	if (w->i18n)
		(void)snprintf(cell, CTL_CELL_MAX, "%s%lld,%02lld", amount < 0 && whole == 0 ? "-" : "", whole,
		        rest < 0 ? -rest : rest);
}

/* "2026-11-22" as people here write it, "2026-11" too. */
static void write_day(const struct ctl_report_words *w, char day[CTL_CELL_MAX])
{
	int year, month, of_month, n = w->i18n ? sscanf(day, "%4d-%2d-%2d", &year, &month, &of_month) : 0;
	if (n == 3)
		(void)snprintf(day, CTL_CELL_MAX, "%02d.%02d.%04d", of_month, month, year);
	else if (n == 2)
		(void)snprintf(day, CTL_CELL_MAX, "%02d.%04d", month, year);
}

static const char *cell_of(
        const struct ctl_report_words *w, const struct ctl_report_table *t, const char *column, const json_t *row)
{
	char cell[CTL_CELL_MAX];
	ctl_report_cell(row, column, cell);
	if (strcmp(column, "amount") == 0)
		write_amount(w, cell, json_integer_value(json_object_get(row, column)));
	if (strcmp(column, "day") == 0)
		write_day(w, cell);
	const char *provider = json_string_value(json_object_get(row, "provider"));
	const char *word = word_of(w, t->name, column, cell, provider);
	return word ? word : keep(w, cell);
}

/* --- Tables */

static bool fill_cells(const struct ctl_report_words *w, const struct ctl_report_table *t, const json_t *rows,
        struct tg_statement_section *s)
{
	s->cells = tg_arena_get(w->arena, sizeof(*s->cells) * ((size_t)s->n_rows * s->n_columns + 1));
	for (unsigned r = 0; s->cells && r < s->n_rows; r++) {
		for (unsigned c = 0; c < s->n_columns; c++) {
			const char *cell = cell_of(w, t, t->columns[c], json_array_get(rows, r));
			if (!cell)
				return false;
			s->cells[r * s->n_columns + c] = cell;
		}
	}
	return s->cells != NULL;
}

static bool fill_note(const struct ctl_report_words *w, struct tg_statement_section *s, size_t left)
{
	char number[24], text[300];
	if (left == 0)
		return true;
	(void)snprintf(number, sizeof(number), "%zu", left);
	s->note = keep(w, tg_text_fill(text, sizeof(text), tg_text(w->i18n, w->lang, "report.more"), "count", number,
	                          (char *)NULL));
	return s->note != NULL;
}

static bool fill_table(const struct ctl_report_words *w, const struct ctl_report_table *t, const json_t *rows,
        struct tg_statement_section *s)
{
	size_t n = json_array_size(rows), most = w->rows_max > 0 && n > w->rows_max ? w->rows_max : n;
	const char *heading = say(w, "report.", t->name);
	*s = (struct tg_statement_section){.heading = heading ? heading : t->name, .n_rows = (unsigned)most};
	while (s->n_columns < TG_STATEMENT_COLUMNS && t->columns[s->n_columns]) {
		const char *column = t->columns[s->n_columns], *word = say(w, "report.", column);
		s->numeric[s->n_columns] = json_is_integer(json_object_get(json_array_get(rows, 0), column));
		s->columns[s->n_columns++] = word ? word : column;
	}
	return fill_cells(w, t, rows, s) && fill_note(w, s, n - most);
}

/* --- Charts */

static struct tg_statement_bar *find_bar(struct tg_statement_section *s, const char *label)
{
	for (unsigned i = 0; i < s->n_bars; i++)
		if (strcmp(s->bars[i].label, label) == 0)
			return &s->bars[i];
	return NULL;
}

/* NULL: there is no room for another, only the table has it. */
static struct tg_statement_bar *bar_of(struct tg_statement_section *s, const char *label)
{
	struct tg_statement_bar *bar = find_bar(s, label);
	if (bar || s->n_bars >= TG_STATEMENT_BARS)
		return bar;
	s->bars[s->n_bars].label = label;
	return &s->bars[s->n_bars++];
}

static int64_t count_of(const json_t *row, const char *column)
{
	return json_integer_value(json_object_get(row, column));
}

static int64_t day_ms(const char *day)
{
	struct tm t = {0};
	if (!day || sscanf(day, "%4d-%2d-%2d", &t.tm_year, &t.tm_mon, &t.tm_mday) != 3)
		return 0;
	t.tm_year -= 1900;
	t.tm_mon -= 1;
	return (int64_t)timegm(&t) * 1000;
}

static void label_of(const struct ctl_report_words *w, const char *day, bool months, char out[CTL_CELL_MAX])
{
	(void)snprintf(out, CTL_CELL_MAX, "%.*s", months ? 7 : 10, day ? day : "");
	write_day(w, out);
}

/* A bar for each day of the period, also where nothing came; of longer periods, for each month. */
static bool chart_days(
        const struct ctl_report_words *w, const json_t *report, const json_t *rows, struct tg_statement_section *s)
{
	size_t i;
	const json_t *row;
	char day[11], label[CTL_CELL_MAX];
	int64_t from = day_ms(json_string_value(json_object_get(report, "from"))),
	        until = day_ms(json_string_value(json_object_get(report, "until")));
	bool months = (until - from) / DAY_MS >= DAYS_MAX;
	s->chart = say(w, "report.chart.", months ? "months" : "days");
	for (int64_t at = from; at <= until && s->n_bars < TG_STATEMENT_BARS; at += DAY_MS) {
		tg_report_day(at, 0, day);
		label_of(w, day, months, label);
		const char *kept = find_bar(s, label) ? label : keep(w, label);
		if (!kept)
			return false;
		(void)bar_of(s, kept);
	}
	json_array_foreach(rows, i, row)
	{
		label_of(w, json_string_value(json_object_get(row, "day")), months, label);
		struct tg_statement_bar *bar = find_bar(s, label);
		if (bar)
			bar->parts[0] += count_of(row, "count");
	}
	return true;
}

static bool chart_refusals(const struct ctl_report_words *w, const json_t *rows, struct tg_statement_section *s)
{
	s->chart = say(w, "report.chart.", "refusals");
	for (unsigned r = 0; r < s->n_rows; r++) {
		struct tg_statement_bar *bar = bar_of(s, s->cells[r * s->n_columns + 2]);
		if (bar)
			bar->parts[0] += count_of(json_array_get(rows, r), "count");
	}
	return true;
}

static bool chart_terms(const struct ctl_report_words *w, const json_t *rows, struct tg_statement_section *s)
{
	s->chart = say(w, "report.chart.", "terms");
	s->parts[0] = say(w, "report.", "kept");
	s->parts[1] = say(w, "report.", "broken");
	for (unsigned r = 0; r < s->n_rows; r++) {
		struct tg_statement_bar *bar = bar_of(s, s->cells[r * s->n_columns]);
		if (!bar)
			continue;
		bar->parts[0] += count_of(json_array_get(rows, r), "kept");
		bar->parts[1] += count_of(json_array_get(rows, r), "broken");
	}
	return true;
}

static bool fill_chart(const struct ctl_report_words *w, const json_t *report, const struct ctl_report_table *t,
        struct tg_statement_section *s)
{
	const json_t *rows = json_object_get(report, t->name);
	if (!w->i18n || s->n_rows == 0)
		return true;
	s->bars = tg_arena_get(w->arena, TG_STATEMENT_BARS * sizeof(*s->bars));
	if (!s->bars)
		return false;
	if (strcmp(t->name, "applications") == 0)
		return chart_days(w, report, rows, s);
	if (strcmp(t->name, "refusals") == 0)
		return chart_refusals(w, rows, s);
	return strcmp(t->name, "terms") != 0 || chart_terms(w, rows, s);
}

enum tg_status ctl_report_tell(
        const struct ctl_report_words *w, const json_t *report, int64_t now_ms, struct tg_statement *out)
{
	char text[200], from[CTL_CELL_MAX], until[CTL_CELL_MAX];
	const char *title = say(w, "report.", "title"), *none = say(w, "report.", "none"),
	           *period = say(w, "report.", "period");
	*out = (struct tg_statement){
	        .title = title ? title : "Report", .none = none ? none : "none", .lang = w->lang, .ms = now_ms};
	label_of(w, json_string_value(json_object_get(report, "from")), false, from);
	label_of(w, json_string_value(json_object_get(report, "until")), false, until);
	(void)tg_text_fill(text, sizeof(text), period ? period : "From {from} to {until}", "from", from, "until", until,
	        (char *)NULL);
	out->period = keep(w, text);
	bool ok = out->period != NULL;
	for (const struct ctl_report_table *t = ctl_report_tables; ok && t->name; t++) {
		struct tg_statement_section *s = &out->sections[out->n_sections++];
		ok = fill_table(w, t, json_object_get(report, t->name), s) && fill_chart(w, report, t, s);
	}
	return ok ? TG_OK : TG_NO_MEMORY;
}
