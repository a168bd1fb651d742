/* One walk over tree and schema. The messages speak of the file as its writer sees it. */
#include "check.h"

#include "tamga/text.h"
#include <errno.h>
#include <limits.h>

enum tg_status uses_add(struct uses *u, const char *id, const char *file, int line, int column)
{
	for (unsigned i = 0; i < u->n; i++)
		if (strcmp(u->list[i].id, id) == 0)
			return TG_OK;
	if (u->n == u->cap) {
		unsigned cap = u->cap ? 2 * u->cap : 64;
		struct use *grown = arena_get(u->arena, cap * sizeof(*grown));
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

static enum tg_status bad_at(const struct check *c, int line, int column, const char *what, const char *value)
{
	char shown[160];
	tg_text_clean(shown, sizeof(shown), value, strlen(value), 40);
	return tg_error_at(c->err, TG_SCREEN_DATA, c->file, line, column, "%s: '%s'", what, shown);
}

enum tg_status check_bad(const struct check *c, const struct node *at, const char *what, const char *value)
{
	return bad_at(c, at->line, at->column, what, value);
}

static bool only(const char *s, const char *allowed)
{
	return *s && s[strspn(s, allowed)] == '\0';
}

#define LOWER    "abcdefghijklmnopqrstuvwxyz"
#define ID_CHARS LOWER "0123456789-"

static bool is_message_key(const char *key)
{
	static const char *const keys[] = {"label", "hint", "title", "text", "signer", "date", "place", "contact"};
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* In every file "id" is an id and "label", "text" … are message ids; so this is said once, by the key. A key label of a
 * carrier ("SIGN") is the one exception, known by the struct it stands in. */
static enum tg_status check_by_key(const struct check *c, const struct node *n, bool message_keys)
{
	if (strcmp(n->key, "id") == 0 && !only(n->text, ID_CHARS))
		return check_bad(c, n, "an id is made of a-z, 0-9 and '-'", n->text);
	if (!message_keys || !is_message_key(n->key))
		return TG_OK;
	if (!only(n->text, ID_CHARS "."))
		return check_bad(c, n, "a message id is made of a-z, 0-9, '-' and '.'", n->text);
	return uses_add(c->uses, n->text, c->file, n->line, n->column);
}

static enum tg_status check_string(const struct check *c, const cyaml_schema_value_t *s, const struct node *n)
{
	size_t len = strlen(n->text);
	if (len < s->string.min)
		return check_bad(c, n, "the value is empty", n->key ? n->key : "");
	if (len > s->string.max)
		return check_bad(c, n, "the value is too long", n->text);
	return TG_OK;
}

static enum tg_status check_whole(const struct check *c, const struct node *n)
{
	char *end = NULL;
	errno = 0;
	long v = strtol(n->text, &end, 10);
	const char *digits = n->text + (n->text[0] == '-');
	/* libcyaml would read 010 as eight */
	bool decimal = only(digits, "0123456789") && (digits[0] != '0' || digits[1] == '\0');
	if (!decimal || *end || errno || v > INT_MAX || v < INT_MIN)
		return check_bad(c, n, "this must be a whole number", n->text);
	return TG_OK;
}

static enum tg_status check_word(const struct check *c, const cyaml_schema_value_t *s, const struct node *n)
{
	for (uint32_t i = 0; i < s->enumeration.count; i++)
		if (strcmp(s->enumeration.strings[i].str, n->text) == 0)
			return TG_OK;
	return check_bad(
	        c, n, n->key && strcmp(n->key, "kind") == 0 ? "unknown kind of field" : "unknown word", n->text);
}

static enum tg_status check_scalar(const struct check *c, const cyaml_schema_value_t *s, const struct node *n)
{
	switch ((int)s->type) {
	case CYAML_STRING:
		return check_string(c, s, n);
	case CYAML_INT:
		return check_whole(c, n);
	case CYAML_ENUM:
		return check_word(c, s, n);
	case CYAML_BOOL: /* libcyaml takes any unknown word for true */
		return strcmp(n->text, "true") == 0 || strcmp(n->text, "false") == 0
		               ? TG_OK
		               : check_bad(c, n, "this must be true or false", n->text);
	default:
		return check_bad(c, n, "this must be a list or a group of keys", n->text);
	}
}

static enum tg_status check_node(const struct check *c, const cyaml_schema_value_t *s, const struct node *n);

static enum tg_status check_unique(const struct check *c, const struct node *list, const struct node *item)
{
	const struct node *id = node_key(item, "id");
	const char *mine = id ? id->text : item->text;
	for (const struct node *o = list->first; o != item && mine; o = o->next) {
		const struct node *other_id = node_key(o, "id");
		const char *other = other_id ? other_id->text : o->text;
		if (other && strcmp(other, mine) == 0)
			return check_bad(c, id ? id : item, "this id stands in the list twice", mine);
	}
	return TG_OK;
}

/* As deep as the tree at most: NODES_DEPTH_MAX. */
// NOLINTBEGIN(misc-no-recursion)
static enum tg_status check_list(const struct check *c, const cyaml_schema_value_t *s, const struct node *n)
{
	const char *name = n->key ? n->key : "";
	if (n->n > s->sequence.max)
		return check_bad(c, node_item(n, s->sequence.max), "the list has too many entries", name);
	if (n->n < s->sequence.min)
		return check_bad(c, n, "the list has too few entries", name);
	for (const struct node *item = n->first; item; item = item->next) {
		TG_TRY(check_node(c, s->sequence.entry, item));
		TG_TRY(check_unique(c, n, item));
	}
	return TG_OK;
}

static const cyaml_schema_field_t *find_field(const cyaml_schema_value_t *s, const char *key)
{
	const cyaml_schema_field_t *f = s->mapping.fields;
	while (f->key && strcmp(f->key, key) != 0)
		f++;
	return f->key ? f : NULL;
}

static enum tg_status check_keys(const struct check *c, const cyaml_schema_value_t *s, const struct node *map)
{
	bool message_keys = !find_field(s, "algorithm");
	for (const struct node *n = map->first; n; n = n->next) {
		const cyaml_schema_field_t *f = find_field(s, n->key);
		if (!f)
			return bad_at(c, n->key_line, n->key_column, "unknown key", n->key);
		TG_TRY(check_node(c, &f->value, n));
		if (n->kind == NODE_SCALAR)
			TG_TRY(check_by_key(c, n, message_keys));
	}
	return TG_OK;
}

static enum tg_status check_map(const struct check *c, const cyaml_schema_value_t *s, const struct node *map)
{
	TG_TRY(check_keys(c, s, map));
	for (const cyaml_schema_field_t *f = s->mapping.fields; f->key; f++)
		if (!(f->value.flags & CYAML_FLAG_OPTIONAL) && !node_key(map, f->key))
			return check_bad(c, map, "a key is missing", f->key);
	return TG_OK;
}

static enum tg_status check_node(const struct check *c, const cyaml_schema_value_t *s, const struct node *n)
{
	const char *name = n->key ? n->key : "";
	if (s->type == CYAML_MAPPING)
		return n->kind == NODE_MAP ? check_map(c, s, n) : check_bad(c, n, "this must be a group of keys", name);
	if (s->type == CYAML_SEQUENCE)
		return n->kind == NODE_LIST ? check_list(c, s, n) : check_bad(c, n, "this must be a list", name);
	return n->kind == NODE_SCALAR ? check_scalar(c, s, n) : check_bad(c, n, "this must be one value", name);
}
// NOLINTEND(misc-no-recursion)

enum tg_status check_tree(const struct check *c, const cyaml_schema_value_t *schema, const struct node *root)
{
	return check_node(c, schema, root);
}
