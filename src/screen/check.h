/* What is the same in all files of the catalogue beside their schemas: ids and message ids. Private to screen. */
#ifndef TAMGA_SCREEN_CHECK_H
#define TAMGA_SCREEN_CHECK_H

#include "schema.h"
#include "tamga/yaml.h"

/* Where a message id is used first. */
struct use {
	const char *id, *file;
	int line, column;
};

struct uses {
	struct tg_arena *arena;
	struct use *list;
	unsigned n, cap;
};

enum tg_status uses_add(struct uses *u, const char *id, const char *file, int line, int column) TG_MUST_USE;

/* For tg_yaml_match; `uses` is a struct uses. */
struct check {
	const struct tg_yaml *y;
	struct uses *uses;
};
enum tg_status check_by_key(const cyaml_schema_value_t *map, const struct tg_yaml_node *n, void *check) TG_MUST_USE;

#endif
