/* The managers' report (C-6) on the terminal, as CSV, as JSON. */
#include "ctl.h"

#include "tamga/report.h"
#include "tamga/text.h"

#include <jansson.h>
#include <unistd.h>

#define SCREENS_DIR "/usr/share/tamga/screens"
#define CELL_MAX    200
#define COLUMNS_MAX 8

struct table {
	const char *name, *title;
	const char *columns[COLUMNS_MAX];
};
static const struct table tables[] = {
        {"applications", "Applications by service, kiosk and day", {"provider", "service", "kiosk", "day", "count"}},
        {"states", "Their states now", {"provider", "service", "state", "count"}},
        {"refusals", "Refusals by ground", {"provider", "event", "ground", "count"}},
        {"terms", "Terms", {"term", "kept", "broken", "open", "longest_minutes"}},
        {"breaches", "Broken terms", {"term", "what", "kiosk", "due", "done"}},
        {"money", "Money, in hundredths", {"provider", "service", "day", "what", "how", "currency", "count", "amount"}},
        {"notices", "Notices by e-mail", {"what", "outcome", "count"}},
};
#define TABLES (sizeof(tables) / sizeof(tables[0]))

/* Ids and numbers of other machines: made harmless for a terminal. */
static void cell_text(const json_t *row, const char *column, char out[CELL_MAX])
{
	const json_t *v = json_object_get(row, column);
	if (json_is_integer(v)) {
		(void)snprintf(out, CELL_MAX, "%lld", (long long)json_integer_value(v));
		return;
	}
	const char *text = json_string_value(v);
	tg_text_clean(out, CELL_MAX, text ? text : "", text ? strlen(text) : 0, 48);
}

static int width_of(const json_t *rows, const char *column)
{
	char cell[CELL_MAX];
	const json_t *row;
	size_t i;
	int width = tg_text_columns(column);
	json_array_foreach(rows, i, row)
	{
		cell_text(row, column, cell);
		if (tg_text_columns(cell) > width)
			width = tg_text_columns(cell);
	}
	return width;
}

static void put_cell(const char *text, int width, bool number)
{
	int spaces = width - tg_text_columns(text);
	printf("%*s%s%*s  ", number ? spaces : 0, "", text, number ? 0 : spaces, "");
}

static void put_table(const struct table *t, const json_t *rows)
{
	int widths[COLUMNS_MAX] = {0};
	char cell[CELL_MAX];
	const json_t *row;
	size_t i;
	printf("%s\n", t->title);
	if (json_array_size(rows) == 0) {
		puts("  none\n");
		return;
	}
	printf("  ");
	for (int c = 0; c < COLUMNS_MAX && t->columns[c]; c++) {
		widths[c] = width_of(rows, t->columns[c]);
		put_cell(t->columns[c], widths[c],
		        json_is_integer(json_object_get(json_array_get(rows, 0), t->columns[c])));
	}
	putchar('\n');
	json_array_foreach(rows, i, row)
	{
		printf("  ");
		for (int c = 0; c < COLUMNS_MAX && t->columns[c]; c++) {
			cell_text(row, t->columns[c], cell);
			put_cell(cell, widths[c], json_is_integer(json_object_get(row, t->columns[c])));
		}
		putchar('\n');
	}
	putchar('\n');
}

/* RFC 4180. A cell that a spreadsheet would take for a formula gets an apostrophe before it. */
static void put_csv_cell(const char *text)
{
	putchar('"');
	if (*text != '\0' && strchr("=+-@", *text))
		putchar('\'');
	for (; *text; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	putchar('"');
}

/* One table under the other: the first column says which. */
static void put_csv(const struct table *t, const json_t *rows)
{
	char cell[CELL_MAX];
	const json_t *row;
	size_t i;
	printf("table");
	for (int c = 0; c < COLUMNS_MAX && t->columns[c]; c++)
		printf(",%s", t->columns[c]);
	printf("\r\n");
	json_array_foreach(rows, i, row)
	{
		printf("%s", t->name);
		for (int c = 0; c < COLUMNS_MAX && t->columns[c]; c++) {
			cell_text(row, t->columns[c], cell);
			putchar(',');
			put_csv_cell(cell);
		}
		printf("\r\n");
	}
}

static enum ctl_exit put_report(const json_t *report, bool csv, bool json)
{
	if (json) {
		char *text = json_dumps(report, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
		if (!text)
			return ctl_fail(TG_NO_MEMORY, NULL);
		puts(text);
		free(text);
		return CTL_YES;
	}
	if (!csv)
		printf("From %s to %s\n\n", json_string_value(json_object_get(report, "from")),
		        json_string_value(json_object_get(report, "until")));
	for (size_t i = 0; i < TABLES; i++)
		(csv ? put_csv : put_table)(&tables[i], json_object_get(report, tables[i].name));
	return CTL_YES;
}

static enum tg_status open_replica(const char *dir, struct tg_store **s, struct tg_error *err)
{
	char path[600];
	if (!dir)
		return tg_error_set(err, TG_CONFIG, "--data DIR, the centre's directory, is missing");
	if (snprintf(path, sizeof(path), "%s/centre.db", dir) >= (int)sizeof(path) || access(path, F_OK) != 0)
		return tg_error_set(err, TG_NOT_FOUND, "no centre.db there");
	return tg_store_open_readonly(s, path, err);
}

static bool set_days(struct tg_report_period *p, const char *from, const char *until, int offset)
{
	char today[11];
	tg_report_day(p->now_ms, offset, today);
	(void)snprintf(p->from, sizeof(p->from), "%.8s01", today);
	(void)tg_copy(p->until, sizeof(p->until), today);
	if ((from && (!tg_report_day_ok(from) || !tg_copy(p->from, sizeof(p->from), from))) ||
	        (until && (!tg_report_day_ok(until) || !tg_copy(p->until, sizeof(p->until), until)))) {
		fputs("tamgactl: --from and --until are days as 2026-11-22\n", stderr);
		return false;
	}
	return true;
}

struct question {
	const char *dir, *from, *until, *screens, *clock_file;
	bool csv, json;
};

static enum ctl_exit make(const struct question *q, struct tg_report_period *p, const struct tg_catalog *catalog)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	json_t *report = NULL;
	const struct tg_provider *at = p->provider ? tg_catalog_provider(catalog, p->provider) : &catalog->providers[0];
	if (!at) {
		fputs("tamgactl: no such provider in the screens\n", stderr);
		return CTL_TROUBLE;
	}
	if (!set_days(p, q->from, q->until, at->utc_offset_minutes))
		return CTL_TROUBLE;
	enum tg_status st = open_replica(q->dir, &s, &err);
	if (st == TG_OK)
		st = tg_report_make(s, catalog, p, &report, &err);
	enum ctl_exit code = st == TG_OK ? put_report(report, q->csv, q->json) : ctl_fail(st, &err);
	tg_store_close(s);
	json_decref(report);
	return code;
}

enum ctl_exit ctl_report(const struct ctl_args *args)
{
	struct question q = {.screens = SCREENS_DIR};
	struct tg_report_period p = {0};
	struct tg_catalog *catalog = NULL;
	struct tg_error err = {0};
	const struct ctl_option options[] = {{"--data", &q.dir, NULL}, {"--from", &q.from, NULL},
	        {"--until", &q.until, NULL}, {"--provider", &p.provider, NULL}, {"--screens", &q.screens, NULL},
	        {"--clock-file", &q.clock_file, NULL}, {"--csv", NULL, &q.csv}, {"--json", NULL, &q.json},
	        {NULL, NULL, NULL}};
	if (!ctl_parse(args, options, NULL, 0))
		return CTL_TROUBLE;
	p.now_ms = ctl_now(q.clock_file);
	enum tg_status st = tg_catalog_load(&catalog, q.screens, NULL, &err);
	enum ctl_exit code = st == TG_OK ? make(&q, &p, catalog) : ctl_fail(st, &err);
	tg_catalog_destroy(catalog);
	return code;
}
