/* A database that may be damaged anywhere, read as far as it can be. */
#ifndef TG_STORE_DAMAGED_H
#define TG_STORE_DAMAGED_H

#include "db.h"

/* leaves.c: the rows of a file, whatever leads to them is damaged. */
struct tg_leaf_row {
	int64_t id;
	uint32_t page, at;
};
struct tg_leaves {
	char path[600];
	bool is_read; /* looked through when the first row is asked for */
	int file, log;
	uint32_t page, pages; /* bytes; how many */
	uint32_t *logged;     /* by page: its newest frame in the log, 0: none */
	uint8_t *now;         /* the page that was read last */
	struct tg_buf rows;   /* of struct tg_leaf_row, by place; not one of them is believed yet */
	struct tg_buf row;
};
/* The row of this place, whole in itself; strings are borrowed until the next call. */
bool tg_leaves_row(struct tg_leaves *l, int64_t id, struct tg_entry *e, int64_t *received_ms);
/* The last whole row up to `possible`, 0: none. */
int64_t tg_leaves_end(struct tg_leaves *l, int64_t possible);
void tg_leaves_close(struct tg_leaves *l);

/* Where rows are looked for that a damaged file does not give any more. */
struct tg_spares {
	struct tg_leaves *replica; /* holds the centre's own entries twice (entry_rows.c) */
	struct tg_store *backup;   /* of the same tree; or NULL */
};

struct tg_damaged {
	sqlite3 *db;   /* NULL: it cannot be opened at all */
	char name[32]; /* of the file, for what is said */
	struct tg_leaves leaves;
	const struct tg_spares *spares; /* NULL: only what the file itself gives */
	int64_t sealed;                 /* the last place that is known to lie in a segment */
	tg_damage_fn *say;
	void *ctx;
	int64_t said;
};
/* A damaged file is no failure: TG_NO_MEMORY only. */
enum tg_status tg_damaged_open(struct tg_damaged *d, const char *path, struct tg_error *err) TG_MUST_USE;
void tg_damaged_close(struct tg_damaged *d);
void tg_damaged_say(struct tg_damaged *d, const char *fmt, ...) TG_PRINTF(2, 3);
/* What SQLite finds in its pages, table by table. */
void tg_damaged_tables(struct tg_damaged *d);
/* A number, `otherwise` when it cannot be read. */
int64_t tg_damaged_number(struct tg_damaged *d, const char *sql, int64_t otherwise);
/* The last place that anything in the file speaks of, or that a spare row has. */
int64_t tg_damaged_end(struct tg_damaged *d);
/* Rows `from` … `to` that are whole in themselves, in order; places of others are said. */
typedef enum tg_status tg_damaged_fn(const struct tg_entry *e, int64_t received_ms, void *ctx);
enum tg_status tg_damaged_rows(
        struct tg_damaged *d, int64_t from, int64_t to, tg_damaged_fn *fn, void *ctx) TG_MUST_USE;

/* damaged_segments.c: the files of sealed months beside a database, by their names, whatever its table says. */
struct tg_months {
	struct tg_month {
		char name[TG_SEGMENT_NAME_MAX];
		int64_t first, last, sealed_ms; /* 0: not known */
		uint8_t root[TG_HASH_LEN];
		bool whole; /* it and all before it */
	} * at;
	size_t n;
	char dir[512];
	struct tg_tree tree; /* over the whole ones */
};
/* Looks through all of them; says what is wrong. */
enum tg_status tg_months_read(
        struct tg_months *m, const char *database, struct tg_damaged *d, struct tg_error *err) TG_MUST_USE;
void tg_months_free(struct tg_months *m);
bool tg_month_path(const struct tg_months *m, size_t i, char out[600]);
/* mend.c: what is wrong, without changing anything. */
enum tg_status tg_inspect(struct tg_damaged *d, const struct tg_months *m) TG_MUST_USE;

#endif
