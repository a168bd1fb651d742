/* Layer: base. The one way a YAML file is read: a tree whose nodes know their places, the tree held against a schema of
 * libcyaml, and only then libcyaml, which fills the struct. Every mistake is one error with file, line and column.
 *
 * The tree refuses what has no business in our files: anchors, aliases, tags, further documents, keys that stand twice,
 * values over several lines, control characters, depth and size without limit. What stands in a text is not repeated in
 * an error (it may be a PIN), but for an id that stands twice. Decision 0100. */
#ifndef TAMGA_YAML_H
#define TAMGA_YAML_H

#include "tamga/arena.h"
#include "tamga/buf.h"
#include <cyaml/cyaml.h>

#define TG_YAML_BYTES_MAX (128u * 1024u)
#define TG_YAML_DEPTH_MAX 10u
#define TG_YAML_NODES_MAX 8000u
#define TG_YAML_TEXT_MAX  2000u

enum tg_yaml_kind { TG_YAML_SCALAR, TG_YAML_LIST, TG_YAML_MAP };

struct tg_yaml_node {
	enum tg_yaml_kind kind;
	int line, column; /* 1-based; columns count characters */
	const char *key;  /* in a map; else NULL */
	int key_line, key_column;
	const char *text; /* of a scalar */
	struct tg_yaml_node *first, *last, *next;
	unsigned n; /* children */
};

struct tg_yaml {
	const char *file;
	struct tg_bytes text;
	enum tg_status mistake; /* what each mistake in the file is */
	struct tg_error *err;
	const struct tg_yaml_node *root;
};

/* --- A file that fills one struct */
struct tg_yaml_form {
	const cyaml_schema_value_t *schema;
	enum tg_status mistake;
	/* What the schema cannot say, told with tg_yaml_bad. NULL: nothing. */
	enum tg_status (*check)(const struct tg_yaml *y, const void *data);
};
/* `*out` is what the schema describes, NULL on failure. `mistake` with file, line, column; the same without a place
 * when the file cannot be opened; TG_IO, TG_NO_MEMORY. */
enum tg_status tg_yaml_load(
        void **out, const struct tg_yaml_form *form, const char *path, struct tg_error *err) TG_MUST_USE;
/* Strings of the struct may have been replaced by others of malloc. */
void tg_yaml_free(const struct tg_yaml_form *form, void *data);

/* The mistake `what` at a place written as "subject/2/value"; when it is not there, at what should hold it. */
enum tg_status tg_yaml_bad(const struct tg_yaml *y, const char *what, const char *place, ...)
        TG_PRINTF(3, 4) TG_MUST_USE;

/* --- The steps, for who needs the tree */
/* `file`, `text`, `mistake` and `err` are set by the caller; fills `root`, which lives in `a`. */
enum tg_status tg_yaml_parse(struct tg_yaml *y, struct tg_arena *a) TG_MUST_USE;
/* Called for each scalar in a map, after it was found right; `map` is the schema of the map. */
typedef enum tg_status tg_yaml_look(const cyaml_schema_value_t *map, const struct tg_yaml_node *n, void *ctx);
/* Holds the tree against the schema. In a list the "id" of each map, or the text of each scalar, is unique. */
enum tg_status tg_yaml_match(
        const struct tg_yaml *y, const cyaml_schema_value_t *schema, tg_yaml_look *look, void *ctx) TG_MUST_USE;
/* After tg_yaml_match: libcyaml fills the struct. */
enum tg_status tg_yaml_fill(void **out, const struct tg_yaml *y, const cyaml_schema_value_t *schema) TG_MUST_USE;
void tg_yaml_free_data(const cyaml_schema_value_t *schema, void *data);
/* `mistake` with "what: 'value'" at a line and column, at a node; `value` is cleaned and cut. */
enum tg_status tg_yaml_bad_at(
        const struct tg_yaml *y, int line, int column, const char *what, const char *value) TG_MUST_USE;
enum tg_status tg_yaml_bad_node(
        const struct tg_yaml *y, const struct tg_yaml_node *at, const char *what, const char *value) TG_MUST_USE;
/* NULL when there is none, or `map` is NULL. */
const struct tg_yaml_node *tg_yaml_key(const struct tg_yaml_node *map, const char *key);
const struct tg_yaml_node *tg_yaml_item(const struct tg_yaml_node *list, unsigned i);

#endif
