/* A tree held against a schema, so that every mistake has its exact place; and what is the same in all files: ids and
 * message ids. Private to screen. */
#ifndef TAMGA_SCREEN_CHECK_H
#define TAMGA_SCREEN_CHECK_H

#include "nodes.h"
#include "schema.h"

/* Where a message id is used first. */
struct use {
	const char *id, *file;
	int line, column;
};

struct uses {
	struct arena *arena;
	struct use *list;
	unsigned n, cap;
};

enum tg_status uses_add(struct uses *u, const char *id, const char *file, int line, int column) TG_MUST_USE;

struct check {
	const char *file;
	struct uses *uses;
	struct tg_error *err;
};

enum tg_status check_tree(
        const struct check *c, const cyaml_schema_value_t *schema, const struct node *root) TG_MUST_USE;
/* TG_SCREEN_DATA at the node; `fmt` may hold one %s for `value`, which is cleaned and cut. */
enum tg_status check_bad(const struct check *c, const struct node *at, const char *what, const char *value) TG_MUST_USE;

#endif
