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

/* A message id that stands where check_by_key does not look: in a list. */
enum tg_status check_message(const struct check *c, const struct tg_yaml_node *n) TG_MUST_USE;

/* --- What the checks of references are made of; each mistake is reported at the value that is wrong. */
/* `what` at the value of `key`, at the map when there is no such key. */
enum tg_status check_bad(
        const struct check *c, const struct tg_yaml_node *map, const char *key, const char *what) TG_MUST_USE;
/* Whether the `n` bytes at `s` are an entry of a NULL-ended list. */
bool check_one_of(const char *const *list, const char *s, size_t n);
/* The value of `key`, if there is one, is of the list. */
enum tg_status check_listed(const struct check *c, const struct tg_yaml_node *map, const char *key,
        const char *const *list, const char *what) TG_MUST_USE;
/* Each word of `key` passes `ok`; words are separated by single spaces. */
typedef bool check_word(const char *word, size_t n, const void *ctx);
enum tg_status check_words(const struct check *c, const struct tg_yaml_node *map, const char *key, check_word *ok,
        const void *ctx, const char *what) TG_MUST_USE;
/* The children of a list one by one; NULL when there is no list. */
const struct tg_yaml_node *check_first(const struct tg_yaml_node *map, const char *key);
/* A day as 2016-01-22. */
bool check_is_date(const char *s);
/* Operations of a service or a kind. */
extern const char *const check_operations[];
#define CHECK_OPERATIONS                                                                                               \
	"the operation is issue, renew, replace, revoke, ssl, paper, complaint, cloud, unlock, companies or order"

#endif
