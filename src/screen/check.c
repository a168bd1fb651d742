#include "check.h"

#include <string.h>

enum tg_status uses_add(struct uses *u, const char *id, const char *file, int line, int column)
{
	for (unsigned i = 0; i < u->n; i++)
		if (strcmp(u->list[i].id, id) == 0)
			return TG_OK;
	if (u->n == u->cap) {
		unsigned cap = u->cap ? 2 * u->cap : 64;
		struct use *grown = tg_arena_get(u->arena, cap * sizeof(*grown));
		if (!grown)
			return TG_NO_MEMORY;
		if (u->n)
			memcpy(grown, u->list, u->n * sizeof(*grown));
		u->list = grown;
		u->cap = cap;
	}
	u->list[u->n++] = (struct use){id, file, line, column};
	return TG_OK;
}

static bool only(const char *s, const char *allowed)
{
	return *s && s[strspn(s, allowed)] == '\0';
}

#define LOWER    "abcdefghijklmnopqrstuvwxyz"
#define ID_CHARS LOWER "0123456789-"

static bool is_message_key(const char *key)
{
	static const char *const keys[] = {
	        "label", "hint", "title", "text", "signer", "date", "place", "contact", "annex", "seal", "footnote"};
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* A key label of a carrier ("SIGN") is no message id, known by the struct it stands in. */
static bool has_messages(const cyaml_schema_value_t *map)
{
	for (const cyaml_schema_field_t *f = map->mapping.fields; f->key; f++)
		if (strcmp(f->key, "algorithm") == 0)
			return false;
	return true;
}

/* In every file "id" is an id and "label", "text" … are message ids; so this is said once, by the key. */
enum tg_status check_by_key(const cyaml_schema_value_t *map, const struct tg_yaml_node *n, void *check)
{
	const struct check *c = check;
	if (strcmp(n->key, "id") == 0 && !only(n->text, ID_CHARS))
		return tg_yaml_bad_node(c->y, n, "an id is made of a-z, 0-9 and '-'", n->text);
	if (!is_message_key(n->key) || !has_messages(map))
		return TG_OK;
	if (!only(n->text, ID_CHARS "."))
		return tg_yaml_bad_node(c->y, n, "a message id is made of a-z, 0-9, '-' and '.'", n->text);
	return uses_add(c->uses, n->text, c->y->file, n->line, n->column);
}
