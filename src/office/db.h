/* Statements of office.db. */
#ifndef TG_OFFICE_DB_H
#define TG_OFFICE_DB_H

#include "tamga/office.h"

#include <sqlite3.h>
#include <stdint.h>

struct tg_office {
	sqlite3 *db;
};

enum tg_status tg_office_status(const struct tg_office *o, int rc, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_office_exec(struct tg_office *o, const char *sql, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_office_prepare(
        struct tg_office *o, const char *sql, sqlite3_stmt **q, struct tg_error *err) TG_MUST_USE;
/* Steps a statement that returns nothing, finalizes it. */
enum tg_status tg_office_run(struct tg_office *o, sqlite3_stmt *q, struct tg_error *err) TG_MUST_USE;
/* TG_OK: a row; TG_NOT_FOUND: no more, and `q` is finalized in every case but TG_OK. */
enum tg_status tg_office_row(struct tg_office *o, sqlite3_stmt *q, struct tg_error *err) TG_MUST_USE;
void tg_office_bind(sqlite3_stmt *q, int at, const char *text);
const char *tg_office_text(sqlite3_stmt *q, int column); /* never NULL */
enum tg_status tg_office_begin(struct tg_office *o, struct tg_error *err) TG_MUST_USE;
/* Commits when `st` is TG_OK, else rolls back and returns `st`. */
enum tg_status tg_office_end(struct tg_office *o, enum tg_status st, struct tg_error *err) TG_MUST_USE;

#endif
