/* The managers' report (C-6) on the terminal, as PDF with charts, as CSV, as JSON. */
#include "ctl.h"
#include "report_words.h"

#include "tamga/file.h"
#include "tamga/spawn.h"
#include "tamga/text.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#define SCREENS_DIR "/usr/share/tamga/screens"
#define LOCALE_DIR  "/usr/share/tamga/locale"
#define DRAW_MS     60000
#define CENTRES_MAX 64 /* shards */

static int width_of(const struct tg_statement_section *s, unsigned column)
{
	int width = tg_text_columns(s->columns[column]);
	for (unsigned r = 0; r < s->n_rows; r++) {
		int cell = tg_text_columns(s->cells[r * s->n_columns + column]);
		width = cell > width ? cell : width;
	}
	return width;
}

static void put_cell(const char *text, int width, bool number)
{
	int spaces = width - tg_text_columns(text);
	printf("  %*s%s%*s", number ? spaces : 0, "", text, number ? 0 : spaces, "");
}

static void put_table(const struct tg_statement *whole, const struct tg_statement_section *s)
{
	int widths[TG_STATEMENT_COLUMNS] = {0};
	printf("%s\n", s->heading);
	if (s->n_rows == 0) {
		printf("  %s\n\n", whole->none);
		return;
	}
	for (unsigned c = 0; c < s->n_columns; c++) {
		widths[c] = width_of(s, c);
		put_cell(s->columns[c], widths[c], s->numeric[c]);
	}
	putchar('\n');
	for (unsigned r = 0; r < s->n_rows; r++) {
		for (unsigned c = 0; c < s->n_columns; c++)
			put_cell(s->cells[r * s->n_columns + c], widths[c], s->numeric[c]);
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
static void put_csv(const struct ctl_report_table *t, const json_t *rows)
{
	char cell[CTL_CELL_MAX];
	const json_t *row;
	size_t i;
	printf("table");
	for (int c = 0; c < TG_STATEMENT_COLUMNS && t->columns[c]; c++)
		printf(",%s", t->columns[c]);
	printf("\r\n");
	json_array_foreach(rows, i, row)
	{
		printf("%s", t->name);
		for (int c = 0; c < TG_STATEMENT_COLUMNS && t->columns[c]; c++) {
			ctl_report_cell(row, t->columns[c], cell);
			putchar(',');
			put_csv_cell(cell);
		}
		printf("\r\n");
	}
}

struct question {
	const struct ctl_list *dirs;
	const char *from, *until, *screens, *locale, *language, *clock_file, *pdf, *print;
	bool csv, json;
};

static enum ctl_exit put_json(const json_t *report)
{
	char *text = json_dumps(report, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	if (!text)
		return ctl_fail(TG_NO_MEMORY, NULL);
	puts(text);
	free(text);
	return CTL_YES;
}

static void put_tables(const struct tg_statement *s)
{
	printf("%s\n\n", s->period);
	for (unsigned i = 0; i < s->n_sections; i++)
		put_table(s, &s->sections[i]);
}

/* The program that draws stands beside this one. */
static bool find_drawer(const struct question *q, char out[PATH_MAX])
{
	if (q->print)
		return tg_copy(out, PATH_MAX, q->print);
	return tg_spawn_beside(out, PATH_MAX, "tamga-print");
}

static enum ctl_exit write_pdf(const struct question *q, const struct tg_statement *s)
{
	char program[PATH_MAX];
	struct tg_error err = {0};
	struct tg_buf pdf = TG_BUF_INIT;
	if (!find_drawer(q, program)) {
		fputs("tamgactl: where is tamga-print? --print PROGRAM\n", stderr);
		return CTL_TROUBLE;
	}
	const struct tg_print_settings settings = {.program = program, .locale = q->locale, .timeout_ms = DRAW_MS};
	enum tg_status st = tg_print_statement(&settings, s, &pdf, NULL, &err);
	if (st == TG_OK)
		st = tg_file_write(q->pdf, pdf.data, pdf.len, 0600, &err);
	tg_buf_finish(&pdf);
	return st == TG_OK ? CTL_YES : ctl_fail(st, &err);
}

/* As a table or a PDF, in words where a language is asked for. */
static enum ctl_exit put_statement(
        const struct question *q, const json_t *report, const struct tg_catalog *catalog, int64_t now_ms)
{
	static struct tg_statement statement;
	struct tg_i18n *i18n = NULL;
	struct tg_arena arena = {0};
	struct tg_error err = {0};
	const char *language = q->language ? q->language : q->pdf ? "ru" : NULL;
	int lang = language ? tg_lang_find(language) : (int)TG_LANG_EN;
	if (lang < 0) {
		fputs("tamgactl: the languages are kk, ky, ru, en\n", stderr);
		return CTL_TROUBLE;
	}
	enum tg_status st = language ? tg_i18n_load(&i18n, q->locale, &err) : TG_OK;
	const struct ctl_report_words words = {
	        catalog, i18n, (enum tg_lang)lang, &arena, q->pdf ? TG_STATEMENT_ROWS : 0};
	if (st == TG_OK)
		st = ctl_report_tell(&words, report, now_ms, &statement);
	enum ctl_exit code = st == TG_OK ? CTL_YES : ctl_fail(st, &err);
	if (st == TG_OK && q->pdf)
		code = write_pdf(q, &statement);
	else if (st == TG_OK)
		put_tables(&statement);
	tg_arena_finish(&arena);
	tg_i18n_destroy(i18n);
	return code;
}

static enum ctl_exit put_report(
        const struct question *q, const json_t *report, const struct tg_catalog *catalog, int64_t now_ms)
{
	if (q->json)
		return put_json(report);
	if (!q->csv)
		return put_statement(q, report, catalog, now_ms);
	for (const struct ctl_report_table *t = ctl_report_tables; t->name; t++)
		put_csv(t, json_object_get(report, t->name));
	return CTL_YES;
}

/* All of them, or none; NULL ends them. */
struct centres {
	struct tg_store *at[CENTRES_MAX + 1];
};

static void close_centres(struct centres *c)
{
	for (size_t i = 0; c->at[i]; i++)
		tg_store_close(c->at[i]);
}

static enum ctl_exit open_centres(const struct ctl_list *dirs, struct centres *c)
{
	enum ctl_exit code = CTL_YES;
	*c = (struct centres){0};
	if (dirs->n > CENTRES_MAX) {
		fprintf(stderr, "tamgactl: --data may stand %d times\n", CENTRES_MAX);
		return CTL_TROUBLE;
	}
	for (size_t i = 0; i < dirs->n && code == CTL_YES; i++)
		code = ctl_look_at_centre(dirs->at[i], &c->at[i]);
	return code;
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

static enum ctl_exit make(const struct question *q, struct tg_report_period *p, const struct tg_catalog *catalog)
{
	struct centres centres;
	struct tg_error err = {0};
	json_t *report = NULL;
	const struct tg_provider *at = p->provider ? tg_catalog_provider(catalog, p->provider) : &catalog->providers[0];
	if (!at) {
		fprintf(stderr, "tamgactl: --provider: the screens have no «%s»\n", p->provider);
		return CTL_TROUBLE;
	}
	if (!set_days(p, q->from, q->until, at->utc_offset_minutes))
		return CTL_TROUBLE;
	enum ctl_exit code = open_centres(q->dirs, &centres);
	if (code == CTL_YES) {
		enum tg_status st = tg_report_make(centres.at, catalog, p, &report, &err);
		code = st == TG_OK ? put_report(q, report, catalog, p->now_ms) : ctl_fail(st, &err);
	}
	close_centres(&centres);
	json_decref(report);
	return code;
}

enum ctl_exit ctl_report(const struct ctl_args *args)
{
	static struct ctl_list dirs;
	struct question q = {.dirs = &dirs, .screens = SCREENS_DIR, .locale = LOCALE_DIR};
	struct tg_report_period p = {0};
	struct tg_catalog *catalog = NULL;
	struct tg_error err = {0};
	const struct ctl_option options[] = {{"--from", &q.from, NULL}, {"--until", &q.until, NULL},
	        {"--provider", &p.provider, NULL}, {"--screens", &q.screens, NULL},
	        {"--clock-file", &q.clock_file, NULL}, {"--language", &q.language, NULL}, {"--locale", &q.locale, NULL},
	        {"--pdf", &q.pdf, NULL}, {"--print", &q.print, NULL}, {"--csv", NULL, &q.csv},
	        {"--json", NULL, &q.json}, {NULL, NULL, NULL}};
	if (!ctl_take_list(args, "--data", &dirs) || !ctl_parse(&dirs.rest, options, NULL, 0) ||
	        !ctl_given("--data DIR, a centre's directory,", dirs.n > 0 ? dirs.at[0] : NULL))
		return CTL_TROUBLE;
	p.now_ms = ctl_now(q.clock_file);
	enum tg_status st = tg_catalog_load(&catalog, q.screens, NULL, &err);
	enum ctl_exit code = st == TG_OK ? make(&q, &p, catalog) : ctl_fail(st, &err);
	tg_catalog_destroy(catalog);
	return code;
}
