/* The report as a statement: tables and charts in words of one language, or with the ids as they are. */
#ifndef TG_CTL_REPORT_WORDS_H
#define TG_CTL_REPORT_WORDS_H

#include "tamga/arena.h"
#include "tamga/i18n.h"
#include "tamga/print.h"
#include "tamga/report.h"

#include <jansson.h>

struct ctl_report_table {
	const char *name; /* of the report's array, and behind "report." the message id of its heading */
	const char *columns[TG_STATEMENT_COLUMNS];
};
/* The tables in their order; `name` NULL at the end. */
extern const struct ctl_report_table ctl_report_tables[];
/* Message ids of the report's own words, NULL at the end. */
extern const char *const ctl_report_messages[];

struct ctl_report_words {
	const struct tg_catalog *catalog;
	const struct tg_i18n *i18n; /* NULL: ids, as scripts take them */
	enum tg_lang lang;
	struct tg_arena *arena; /* owns all texts of the statement */
	unsigned rows_max;      /* of a table: the rest is counted in its note; 0: all */
};
/* TG_NO_MEMORY. */
enum tg_status ctl_report_tell(
        const struct ctl_report_words *w, const json_t *report, int64_t now_ms, struct tg_statement *out) TG_MUST_USE;
/* One cell without letters that a terminal would obey. */
#define CTL_CELL_MAX 200
void ctl_report_cell(const json_t *row, const char *column, char out[CTL_CELL_MAX]);

#endif
