/* A YAML file as a tree of nodes that know their line and column. libcyaml fills the structs, but names only the place
 * near a mistake; this tree names the place itself, and refuses what has no business in our files: anchors, aliases,
 * tags, further documents, keys that stand twice, depth and size without limit. Private to screen. */
#ifndef TAMGA_SCREEN_NODES_H
#define TAMGA_SCREEN_NODES_H

#include "arena.h"
#include "files.h"

#define NODES_DEPTH_MAX 10u
#define NODES_MAX       8000u
#define NODE_TEXT_MAX   2000u

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	int line, column; /* 1-based; columns count characters */
	const char *key;  /* in a map; else NULL */
	int key_line, key_column;
	const char *text; /* of a scalar */
	struct node *first, *last, *next;
	unsigned n; /* children */
};

/* `root` is in the arena. TG_SCREEN_DATA with file, line, column. */
enum tg_status nodes_parse(
        struct node **root, struct arena *a, const struct screen_file *file, struct tg_error *err) TG_MUST_USE;
/* NULL when there is none, or `map` is NULL. */
const struct node *node_key(const struct node *map, const char *key);
const struct node *node_item(const struct node *list, unsigned i);

#endif
